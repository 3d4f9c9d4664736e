"""Interop: the program against an AWS server that nobody here wrote (moto), and the simulator against the AWS
command line. usage: run.py BINARY"""
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import seed  # noqa: E402
from cockpit import Cockpit  # noqa: E402
from simulator import Simulator  # noqa: E402

BINARY = ""
BIN = Path(sys.executable).parent


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def environment(home, **extra):
    """A clean environment: nothing of the developer's own AWS set-up or files."""
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "TERM": "xterm-256color", "LANG": "C.UTF-8",
           "XDG_CONFIG_HOME": f"{home}/config", "XDG_STATE_HOME": f"{home}/state", "XDG_CACHE_HOME": f"{home}/cache",
           "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": seed.REGION,
           "AWS_EC2_METADATA_DISABLED": "true"}
    env.update(extra)
    return env


def answers(url, deadline=60):
    end = time.monotonic() + deadline
    while True:
        try:
            urllib.request.urlopen(url, timeout=2).read()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


class Moto(unittest.TestCase):
    """An AWS without App Runner, service deployments, CloudWatch over CBOR, or time."""

    @classmethod
    def setUpClass(cls):
        cls.home = Path(tempfile.mkdtemp())
        port = free_port()
        cls.url = f"http://127.0.0.1:{port}"
        cls.log = open(cls.home / "moto.log", "wb")
        cls.moto = subprocess.Popen([BIN / "moto_server", "-H", "127.0.0.1", "-p", str(port)],
                                    stdout=cls.log, stderr=cls.log)
        answers(cls.url + "/moto-api/")
        seed.seed(cls.url)
        project = cls.home / "project"
        project.mkdir()
        (project / "flightdeck.toml").write_text(
            'stuck_after = "8s"\n'
            + "".join(f'[[environment]]\nname = "{e}"\nregion = "{seed.REGION}"\nclusters = ["{e}"]\n'
                      f'apprunner = true\naccount = "{seed.ACCOUNT}"\nprotection = "confirm"\nendpoint_url = "{cls.url}"\n'
                      for e in ("staging", "prod"))
            + f'[lock]\ns3 = "s3://{seed.BUCKET}/team"\n'
            + '[[application]]\nname = "fem-fd-service"\nrepository = "fem-fd-service"\n'
              'services = { staging = "ecs:staging/staging-service", prod = "ecs:prod/prod-service" }\n'
              '[application.migration]\ncontainer = "service"\n'
              'command = ["goose", "-dir", "migrations", "up"]\ntimeout = "2m"\n')
        cls.project = project

    @classmethod
    def tearDownClass(cls):
        cls.moto.kill()
        cls.moto.wait()
        cls.log.close()
        shutil.rmtree(cls.home, ignore_errors=True)

    def cockpit(self, *args):
        os.chdir(self.project)
        return Cockpit([BINARY, *args], environment(self.home))

    def test_status_lists_services_and_tells_what_is_missing(self):
        done = subprocess.run([BINARY, "status", "--json"], cwd=self.project, env=environment(self.home),
                              capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        environments = {e["name"]: e for e in json.loads(done.stdout)["environments"]}
        self.assertEqual(set(environments), {"staging", "prod"})
        service = environments["prod"]["services"][0]
        self.assertEqual(service["name"], "prod-service")
        self.assertEqual(service["version"], "1f0c9a7")
        self.assertNotIn("hunter2", done.stdout + done.stderr)

    def test_with_no_configuration_clusters_become_environments(self):
        with tempfile.TemporaryDirectory() as empty:
            done = subprocess.run([BINARY, "status", "--json"], cwd=empty,
                                  env=environment(empty, AWS_ENDPOINT_URL=self.url),
                                  capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        names = {e["name"] for e in json.loads(done.stdout)["environments"]}
        self.assertLessEqual({"staging", "prod"}, names)

    def test_fleet_and_service_screens_show_it(self):
        with self.cockpit() as c:
            c.wait(r"prod-service")
            c.wait(r"staging-service")
            c.wait(r"1f0c9a7")
            c.keys("/prod-service\r")
            c.wait(r"(?s)prod-service")
            c.keys("\r")
            c.wait(r"Rollout.*Metrics.*Logs")
            c.wait(r"prod-service:\d+")
            c.keys("c")
            c.wait(r"DB_PASSWORD")
            self.assertNotIn("hunter2", c.text())
            c.keys("m")
            c.wait(r"(?i)unavailable|unsupported|unreadable|does not|not found|404")
            c.keys("3")
            c.wait(r"(?i)App ?Runner")

    def test_a_deploy_registers_and_updates_and_ends_stuck(self):
        ecs = seed.client("ecs", self.url)
        before = ecs.describe_services(cluster="staging", services=["staging-service"])["services"][0]
        with self.cockpit() as c:
            c.wait(r"staging-service")
            c.wait(r"5c11e90")
            c.keys("/staging-service\r")
            c.wait(r"1 of 2|staging-service")
            c.keys("D")
            c.wait(r"8be02d4")
            c.keys("8be02d4")
            c.wait(r"(?m)8be02d4")
            c.keys("\r")
            self.confirm(c)
            c.wait(r"stuck\s+(no progress for )?\d+s", deadline=120)
        after = ecs.describe_services(cluster="staging", services=["staging-service"])["services"][0]
        self.assertNotEqual(before["taskDefinition"], after["taskDefinition"])
        definition = ecs.describe_task_definition(taskDefinition=after["taskDefinition"])["taskDefinition"]
        container = definition["containerDefinitions"][0]
        self.assertIn("8be02d4", container["image"])
        self.assertIn({"name": "DB_PASSWORD", "value": "hunter2-secret"}, container["environment"])

    def test_a_migrations_exit_code_is_read(self):
        with self.cockpit() as c:
            c.wait(r"prod-service")
            c.wait(r"1f0c9a7")
            c.keys("/prod-service\r")
            c.keys("M")
            c.wait(r"Migrate prod-service with an image")
            c.wait(r"▸ 1f0c9a7")
            c.keys("\r")
            self.confirm(c)
            c.wait(r"exit(ed with)?( code)? 0", deadline=120)
            c.wait(r"succeeded")

    def migrate(self):
        """Migrates staging without a screen; gives exit code and what was printed."""
        done = subprocess.run([BINARY, "migrate", "staging/staging-service", "--yes", "--timeout", "2m"],
                              cwd=self.project, env=environment(self.home), capture_output=True, text=True,
                              timeout=180)
        return done.returncode, done.stdout + done.stderr

    def test_the_lock_is_an_object_in_s3(self):
        s3 = seed.client("s3", self.url)
        key = f"team/locks/{seed.ACCOUNT}/{seed.REGION}/staging/fem-fd-service.json"

        def held(minutes):
            s3.put_object(Bucket=seed.BUCKET, Key=key, Body=json.dumps({
                "format": 1, "holder": "ada@laptop", "host": "laptop", "run": "r1", "title": "Deploy 8be02d4",
                "at": self.stamp(0), "expires_at": self.stamp(minutes)}))

        held(10)
        code, told = self.migrate()
        self.assertEqual(code, 5, told)
        self.assertIn("ada@laptop", told)
        held(-30)
        code, told = self.migrate()
        self.assertEqual(code, 0, told)
        keys = [o["Key"] for o in s3.list_objects_v2(Bucket=seed.BUCKET).get("Contents", [])]
        self.assertNotIn(key, keys)
        records = [k for k in keys if k.startswith("team/runs/")]
        self.assertTrue(records, keys)
        record = s3.get_object(Bucket=seed.BUCKET, Key=records[-1])["Body"].read().decode()
        self.assertIn("succeeded", record)
        self.assertNotIn("hunter2", record)

    @staticmethod
    def stamp(minutes):
        return int((time.time() + 60 * minutes) * 1000)

    def confirm(self, c):
        """Reads the plan to its end, then confirms it."""
        while c.wait(r"(enter run it|read on)").group(1) == "read on":
            c.keys("\x06")
            c.changes()
        # A dialog takes no confirmation in its first moment, and says so: nobody has read it by then.
        for _ in range(5):
            c.rest(0.8)
            if not re.search(r"enter run it", c.text()):
                break
            c.keys("\r")
            if c.wait(r"(step \d of \d|took|once more)").group(1) != "once more":
                break
        c.wait(r"(step \d of \d|took)")


class CommandLine(unittest.TestCase):
    """The AWS command line on the simulator: lists, deploys, runs a task and reads metrics."""

    @classmethod
    def setUpClass(cls):
        cls.home = Path(tempfile.mkdtemp())
        cls.sim = Simulator(BINARY)
        cls.url = cls.sim.url

    @classmethod
    def tearDownClass(cls):
        cls.sim.stop()
        shutil.rmtree(cls.home, ignore_errors=True)

    def aws(self, *args):
        done = subprocess.run([BIN / "aws", "--endpoint-url", self.url, "--region", seed.REGION, "--output", "json",
                               *args], env=environment(self.home), capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, f"aws {' '.join(args)}: {done.stderr}")
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def test_lists(self):
        clusters = self.aws("ecs", "list-clusters")["clusterArns"]
        self.assertTrue(any(a.endswith("cluster/prod") for a in clusters))
        services = self.aws("ecs", "list-services", "--cluster", "prod")["serviceArns"]
        self.assertTrue(any(a.endswith("/prod-service") for a in services))
        names = [s["ServiceName"] for s in self.aws("apprunner", "list-services")["ServiceSummaryList"]]
        self.assertIn("fem-fd-service", names)

    def test_deploys_and_waits(self):
        self.aws("ecs", "update-service", "--cluster", "staging", "--service", "staging-service",
                 "--force-new-deployment")
        self.aws("ecs", "wait", "services-stable", "--cluster", "staging", "--services", "staging-service")

    def test_runs_a_task(self):
        service = self.aws("ecs", "describe-services", "--cluster", "staging", "--services", "staging-worker")
        definition = service["services"][0]["taskDefinition"]
        network = json.dumps(service["services"][0]["networkConfiguration"])
        task = self.aws("ecs", "run-task", "--cluster", "staging", "--task-definition", definition,
                        "--launch-type", "FARGATE", "--network-configuration", network, "--overrides",
                        '{"containerOverrides":[{"name":"worker","command":["goose","-dir","migrations","up"]}]}')
        arn = task["tasks"][0]["taskArn"]
        self.aws("ecs", "wait", "tasks-stopped", "--cluster", "staging", "--tasks", arn)
        ended = self.aws("ecs", "describe-tasks", "--cluster", "staging", "--tasks", arn)["tasks"][0]
        self.assertEqual(ended["containers"][0]["exitCode"], 0)

    def test_writes_an_object_only_where_there_is_none(self):
        body = self.home / "lock.json"
        body.write_text('{"holder": "ada"}')
        place = ["--bucket", "fem-flightdeck", "--key", "locks/interop.json"]
        self.aws("s3api", "put-object", *place, "--body", str(body), "--if-none-match", "*")
        with self.assertRaisesRegex(AssertionError, "PreconditionFailed"):
            self.aws("s3api", "put-object", *place, "--body", str(body), "--if-none-match", "*")
        copy = self.home / "copy.json"
        self.aws("s3api", "get-object", *place, str(copy))
        self.assertEqual(copy.read_text(), body.read_text())
        listed = self.aws("s3api", "list-objects-v2", "--bucket", "fem-flightdeck", "--prefix", "locks/")
        self.assertIn("locks/interop.json", [o["Key"] for o in listed["Contents"]])
        self.aws("s3api", "delete-object", *place)

    def test_reads_metrics(self):
        query = json.dumps([{"Id": "cpu", "MetricStat": {"Period": 60, "Stat": "Average", "Metric": {
            "Namespace": "AWS/ECS", "MetricName": "CPUUtilization", "Dimensions": [
                {"Name": "ClusterName", "Value": "prod"}, {"Name": "ServiceName", "Value": "prod-service"}]}}}])
        clock = json.loads(urllib.request.urlopen(self.url + "/_sim/clock").read()) \
            if self.has_clock() else {"now": time.time()}
        now = clock.get("now", time.time())
        stamp = lambda t: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t))
        data = self.aws("cloudwatch", "get-metric-data", "--metric-data-queries", query,
                        "--start-time", stamp(now - 3600), "--end-time", stamp(now))
        self.assertGreater(len(data["MetricDataResults"][0]["Values"]), 30)

    def has_clock(self):
        try:
            urllib.request.urlopen(self.url + "/_sim/clock").read()
            return True
        except OSError:
            return False


class Stage(unittest.TestCase):
    """The script by which the stage deploys itself, word for word, and one command of the program in its place:
    EC2 capacity, bridge network, parameters as secrets, one moving tag."""

    setUpClass = classmethod(CommandLine.setUpClass.__func__)
    tearDownClass = classmethod(CommandLine.tearDownClass.__func__)
    aws = CommandLine.aws

    PUSHED = "e7b41d2c5f0a4be39d17c6a82f3b90e4d5186a7c"
    OVERRIDES = '{"containerOverrides":[{"name":"service","command":["goose","-dir","migrations","up"]}]}'

    def push(self, tag):
        """The build gives the newest image the environment's tag."""
        image = self.aws("ecr", "batch-get-image", "--repository-name", "fem-fd-service", "--image-ids",
                         f"imageTag={self.PUSHED}")["images"][0]
        self.aws("ecr", "put-image", "--repository-name", "fem-fd-service", "--image-tag", tag, "--image-manifest",
                 image["imageManifest"])
        return image["imageId"]["imageDigest"]

    def digest(self, cluster, service):
        """What the newest service revision says that runs."""
        found = self.aws("ecs", "list-service-deployments", "--cluster", cluster, "--service", service)
        arn = found["serviceDeployments"][0]["targetServiceRevisionArn"]
        revision = self.aws("ecs", "describe-service-revisions", "--service-revision-arns", arn)["serviceRevisions"][0]
        return revision["containerImages"][0]["imageDigest"]

    def test_a_the_script_by_the_aws_command_line(self):
        pushed = self.push("prod")
        self.assertNotEqual(self.digest("prod", "prod-service"), pushed)
        before = self.aws("ecs", "describe-services", "--cluster", "prod", "--services", "prod-service")["services"][0]
        self.assertNotIn("networkConfiguration", before)
        task = self.aws("ecs", "run-task", "--cluster", "prod", "--launch-type", "EC2", "--task-definition",
                        "prod-service", "--overrides", self.OVERRIDES)
        self.assertEqual(task["failures"], [])
        arn = task["tasks"][0]["taskArn"]
        self.aws("ecs", "wait", "tasks-stopped", "--cluster", "prod", "--tasks", arn)
        ended = self.aws("ecs", "describe-tasks", "--cluster", "prod", "--tasks", arn)["tasks"][0]
        self.assertEqual(ended["containers"][0]["exitCode"], 0)
        self.assertEqual(ended["launchType"], "EC2")
        lines = self.aws("logs", "get-log-events", "--log-group-name", "prod-service", "--log-stream-name",
                         f"svc/service/{arn.rsplit('/', 1)[1]}", "--start-from-head")["events"]
        self.assertIn("20251219112204", lines[-1]["message"])
        self.aws("ecs", "update-service", "--cluster", "prod", "--service", "prod-service", "--force-new-deployment")
        self.aws("ecs", "wait", "services-stable", "--cluster", "prod", "--services", "prod-service")
        after = self.aws("ecs", "describe-services", "--cluster", "prod", "--services", "prod-service")["services"][0]
        self.assertEqual(after["taskDefinition"], before["taskDefinition"])
        self.assertEqual(self.digest("prod", "prod-service"), pushed)

    def test_b_one_command_in_place_of_the_script(self):
        pushed = self.push("staging")
        project = self.home / "stage"
        project.mkdir()
        (project / "flightdeck.toml").write_text(
            f'[[environment]]\nname = "staging"\nregion = "{seed.REGION}"\nclusters = ["staging"]\n'
            f'protection = "confirm"\nendpoint_url = "{self.url}"\n'
            '[[application]]\nname = "fem-fd-service"\nservices = { staging = "ecs:staging/staging-service" }\n'
            '[application.migration]\ncommand = ["goose", "-dir", "migrations", "up"]\n')
        tasks = lambda: self.aws("ecs", "list-tasks", "--cluster", "staging", "--desired-status", "STOPPED",
                                 "--family", "staging-service")["taskArns"]
        before = set(tasks())
        done = subprocess.run([BINARY, "release", "staging/staging-service", "--yes", "--json"], cwd=project,
                              env=environment(self.home), capture_output=True, text=True, timeout=180)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn('"succeeded"', done.stdout)
        self.assertEqual(self.digest("staging", "staging-service"), pushed)
        described = self.aws("ecs", "describe-tasks", "--cluster", "staging", "--tasks", *(set(tasks()) - before))
        runs = [t for t in described["tasks"]
                if "goose" in t["overrides"]["containerOverrides"][0].get("command", [])]
        self.assertEqual([t["containers"][0]["exitCode"] for t in runs], [0], "exactly one migration")


if __name__ == "__main__":
    BINARY = str(Path(sys.argv.pop(1)).resolve())
    unittest.main(verbosity=2)
