"""goose itself, on SQLite, through a migration that runs on this machine: what the program tells of each run is compared
with the database's own table of versions. usage: goose.py BINARY GOOSE

goose v3.30.1 writes its log as text alone: its command has no JSON log."""
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from simulator import Simulator  # noqa: E402

BINARY, GOOSE = "", ""
SERVICE = "staging/staging-service"
FILES = {
    20250430034028: "base_schema",
    20250501090000: "orders",
    20250502090000: "items",
}
ROW = re.compile(r"^\| `(\d+)_[\w.]+` \| \**([\w ]+?)\**(?: \(.*\))? \|")


class Goose(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = Path(tempfile.mkdtemp())
        cls.env = {"PATH": os.environ["PATH"], "HOME": str(cls.home), "LANG": "C.UTF-8", "TMPDIR": str(cls.home),
                   "XDG_CONFIG_HOME": f"{cls.home}/config", "XDG_STATE_HOME": f"{cls.home}/state",
                   "XDG_CACHE_HOME": f"{cls.home}/cache", "AWS_ACCESS_KEY_ID": "AKIADEMO",
                   "AWS_SECRET_ACCESS_KEY": "secret", "AWS_EC2_METADATA_DISABLED": "true"}
        cls.sim = Simulator(BINARY, env=cls.env)
        cls.url = cls.sim.url

    @classmethod
    def tearDownClass(cls):
        cls.sim.stop()
        shutil.rmtree(cls.home, ignore_errors=True)

    def setUp(self):
        self.project = Path(tempfile.mkdtemp(dir=self.home))
        (self.project / "m").mkdir()
        for version, name in FILES.items():
            self.file(version, name)

    def file(self, version, name, up=None):
        up = up or f"create table {name} (id integer);"
        (self.project / "m" / f"{version}_{name}.sql").write_text(
            f"-- +goose Up\n{up}\n-- +goose Down\ndrop table {name};\n")

    def goose(self, *words):
        return [GOOSE, "-dir", "m", *words[:-1], "sqlite3", "db.sqlite", words[-1]]

    def applied(self):
        """What the database's own table says, by version."""
        if not (self.project / "db.sqlite").exists():
            return set()
        with sqlite3.connect(self.project / "db.sqlite") as database:
            found = database.execute("select name from sqlite_master where name = 'goose_db_version'").fetchall()
            rows = database.execute("select version_id from goose_db_version where is_applied") if found else []
            return {version for version, in rows if version}

    def run_flightdeck(self, *args):
        return subprocess.run([BINARY, *args], cwd=self.project, env=self.env, capture_output=True, text=True,
                              timeout=120)

    def migrate(self, command, *flags, checks=(), down=None):
        """Flies a migration; gives its result, and what the record of the run tells."""
        words = lambda command: json.dumps(list(command))
        (self.project / "flightdeck.toml").write_text(
            f'[[environment]]\nname = "staging"\nregion = "us-west-2"\nclusters = ["staging"]\n'
            f'endpoint_url = "{self.url}"\nprotection = "confirm"\n'
            f'[[application]]\nname = "web"\nrepository = "fem-fd-service"\n'
            f'services = {{ staging = "ecs:staging/staging-service" }}\n'
            f"[application.migration]\nlocal = true\ncommand = {words(command)}\n"
            + (f"checks = [{', '.join(map(words, checks))}]\n" if checks else "")
            + (f"down = {words(down)}\n" if down else ""))
        before = self.applied()
        done = self.run_flightdeck("migrate", SERVICE, "--yes", "--json", *flags)
        events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        result = next((event for event in events if event["event"] == "result"), None)
        self.assertIsNotNone(result, done.stdout + done.stderr)
        self.assertEqual(done.returncode, result["exit_code"])
        record = self.run_flightdeck("runs", "export", result["run"])
        self.assertEqual(record.returncode, 0, record.stderr)
        told = {"log": [event["text"] for event in events if event["event"] == "log"], "version": None,
                "applied": set(), "taken back": set(), "pending": set(), "failed": set(), "record": record.stdout}
        version = re.search(r"The database is at version (\d+)\.", record.stdout)
        told["version"] = int(version.group(1)) if version else None
        for row in filter(None, map(ROW.match, record.stdout.splitlines())):
            told[row.group(2)].add(int(row.group(1)))
        self.agrees(told, before)
        return result, told

    def agrees(self, told, before):
        """Whatever is told is what the database says."""
        after = self.applied()
        self.assertLessEqual(told["applied"], after, told["record"])
        self.assertFalse(told["taken back"] & after, told["record"])
        self.assertFalse(told["pending"] & after, told["record"])
        self.assertFalse(told["failed"] & after, told["record"])
        if told["applied"] or told["taken back"]:
            self.assertEqual(told["applied"], after - before, told["record"])
            self.assertEqual(told["taken back"], before - after, told["record"])
        if told["version"] is not None:
            self.assertEqual(told["version"], max(after, default=0), told["record"])

    def succeeded(self, pair):
        self.assertEqual(pair[0]["verdict"], "succeeded", pair)
        return pair[1]

    def failed(self, pair):
        self.assertEqual((pair[0]["verdict"], pair[0]["exit_code"]), ("failed", 1), pair)
        return pair[1]

    def test_validate_status_and_up(self):
        checks = [[GOOSE, "-dir", "m", "validate"], self.goose("status")]
        told = self.succeeded(self.migrate(self.goose("up"), checks=checks))
        self.assertEqual(told["applied"], set(FILES))
        self.assertEqual(told["version"], max(FILES))
        again = self.succeeded(self.migrate(self.goose("up")))
        self.assertEqual((again["applied"], again["version"]), (set(), max(FILES)))

    def test_status_alone_applies_nothing(self):
        told = self.succeeded(self.migrate(self.goose("status")))
        self.assertEqual((told["applied"], told["pending"]), (set(), set(FILES)))

    def test_up_by_one(self):
        for version in sorted(FILES):
            told = self.succeeded(self.migrate(self.goose("up-by-one")))
            self.assertEqual(told["applied"], {version})

    def test_down_takes_the_last_one_back(self):
        self.succeeded(self.migrate(self.goose("up")))
        told = self.succeeded(self.migrate(self.goose("up"), "--down", down=self.goose("down")))
        self.assertEqual(told["taken back"], {max(FILES)})
        self.assertEqual(self.applied(), set(FILES) - {max(FILES)})
        self.assertIn(told["version"], (None, max(self.applied())))

    def test_a_failing_migration_is_named(self):
        self.file(20250601000000, "broken", up="create tabel broken (id integer);")
        self.file(20250602000000, "never")
        told = self.failed(self.migrate(self.goose("up")))
        self.assertEqual(told["applied"], set(FILES))
        self.assertEqual(told["failed"], {20250601000000})
        self.assertIn("syntax error", told["record"])

    def test_missing_migrations_are_no_success(self):
        self.succeeded(self.migrate(self.goose("up")))
        self.file(20250430120000, "late")
        self.file(20250601000000, "newest")
        told = self.failed(self.migrate(self.goose("up")))
        self.assertEqual(told["applied"], set())
        self.assertIn("20250430120000_late.sql", told["record"])
        told = self.succeeded(self.migrate(self.goose("-allow-missing", "up")))
        self.assertEqual(told["applied"], {20250430120000, 20250601000000})

    def test_without_versioning_no_version_is_told(self):
        told = self.succeeded(self.migrate(self.goose("-no-versioning", "up")))
        self.assertEqual(self.applied(), set())
        self.assertEqual((told["version"], told["applied"]), (None, set()))


if __name__ == "__main__":
    BINARY, GOOSE = (str(Path(path).resolve()) for path in (sys.argv.pop(1), sys.argv.pop(1)))
    unittest.main(verbosity=2)
