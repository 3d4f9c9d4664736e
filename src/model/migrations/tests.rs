//! What goose v3.30.1 printed, run on SQLite: `goose -dir migrations sqlite3 ./x.db up` and so on.

use super::*;
use proptest::prelude::*;

fn names(list: &[Migration]) -> Vec<(u64, &str, &str)> {
    list.iter().map(|m| (m.version, m.name.as_str(), m.detail.as_str())).collect()
}

fn short(list: &[Migration]) -> Vec<u64> {
    list.iter().map(|m| m.version).collect()
}

fn read(log: &str, way: Way) -> Option<Migrations> {
    Migrations::read(log.lines(), way)
}

const BASE: u64 = 20_250_430_034_028;
const ORDERS: u64 = 20_250_501_101_500;
const NOTHING: u64 = 20_250_502_090_000;
const LATE: u64 = 20_250_430_999_999;

const STATUS: &str = "2026/11/30 05:13:10     Applied At                  Migration
2026/11/30 05:13:10     =======================================
2026/11/30 05:13:10     Mon Nov 30 05:13:10 2026 -- 20250430034028_base_schema.sql
2026/11/30 05:13:10     Pending                  -- 20250501101500_orders.sql
2026/11/30 05:13:10     Pending                  -- 20250502090000_nothing.sql
";
const UP: &str = "2026/11/30 05:13:11 OK   20250501101500_orders.sql (13.67ms)
2026/11/30 05:13:11 EMPTY 20250502090000_nothing.sql (12.3ms)
2026/11/30 05:13:11 goose: successfully migrated database to version: 20250502090000
";

#[test]
fn status_and_up_are_one_story() {
    for way in [Way::Up, Way::Untold] {
        // goose says itself that it went up
        let found = read(&format!("{STATUS}{UP}"), way).unwrap();
        assert_eq!(
            names(&found.before),
            [(BASE, "20250430034028_base_schema.sql", "Mon Nov 30 05:13:10 2026")]
        );
        assert_eq!(
            names(&found.applied),
            [
                (ORDERS, "20250501101500_orders.sql", "13.67ms"),
                (NOTHING, "20250502090000_nothing.sql", "12.3ms")
            ]
        );
        assert_eq!((found.pending.len(), found.listed, found.current), (0, true, Some(NOTHING)));
    }
}

#[test]
fn down_is_not_told_as_applied() {
    let down = "2026/11/30 05:13:11 OK   20250502090000_nothing.sql (12.01ms)\n";
    let found = read(&format!("{STATUS}{down}"), Way::Down).unwrap();
    assert_eq!((short(&found.undone), short(&found.applied)), (vec![NOTHING], vec![]));
    assert_eq!(found.current, None, "nobody said a version");
    // nobody says which way it went: lines only
    assert_eq!(read(down, Way::Untold), None);
    let to = "2026/11/30 05:13:11 OK   20250501101500_orders.sql (11.12ms)
2026/11/30 05:13:11 goose: no migrations to run. current version: 20250430034028\n";
    let found = read(to, Way::Down).unwrap();
    assert_eq!((short(&found.undone), found.current), (vec![ORDERS], Some(BASE)));
    assert_eq!(read(to, Way::Untold), None);
    let redo = "2026/11/30 05:13:11 OK   20250501101500_orders.sql (19.15ms)
2026/11/30 05:13:11 OK   20250501101500_orders.sql (19.75ms)\n";
    let found = read(redo, Way::Redo).unwrap();
    assert_eq!(
        (short(&found.undone), short(&found.applied), found.current),
        (vec![ORDERS], vec![ORDERS], None)
    );
}

#[test]
fn a_failed_migration_is_told_once() {
    let sql = "2026/11/30 05:13:11 OK   20250501101500_orders.sql (2.75ms)
2026/11/30 05:13:11 goose run: ERROR 20250502090000_nothing.sql: failed to run SQL migration: failed to execute SQL query \"INSERT INTO nowhere VALUES (1);\": SQL logic error: no such table: nowhere (1)\n";
    let found = read(&format!("{STATUS}{sql}"), Way::Up).unwrap();
    assert_eq!(short(found.failed.as_slice()), [NOTHING]);
    assert_eq!((found.pending.len(), short(&found.applied), found.current), (0, vec![ORDERS], None));
    for go in [
        "goose run: ERROR go migration: \"20250502090000_nothing.sql\": failed to run go migration: boom",
        "goose run: ERROR go migration no tx: \"20250502090000_nothing.sql\": failed to run go migration: boom",
        "goose run: ERROR migrations/20250502090000_nothing.sql: failed to run go migration: boom",
        "partial migration error (type:sql,version:20250502090000): failed to run go migration: boom",
    ] {
        let found =
            read(&format!("{STATUS}{go}\n{}", STATUS.replace("05:13:10  ", "05:14:10  ")), Way::Up).unwrap();
        assert_eq!(
            names(found.failed.as_slice()),
            [(NOTHING, "20250502090000_nothing.sql", "failed to run go migration: boom")],
            "{go}"
        );
        assert_eq!(short(&found.pending), [ORDERS], "{go}");
    }
    let alone = read("partial migration error (type:go,version:7): boom", Way::Up).unwrap();
    assert_eq!(names(alone.failed.as_slice()), [(7, "version 7", "boom")]);
}

#[test]
fn the_version_is_the_one_that_was_said() {
    for (line, way, version) in [
        (
            "2026/11/30 05:13:11 goose: no migrations to run. current version: 20250502090000",
            Way::Up,
            Some(NOTHING),
        ),
        ("goose: version 0", Way::Untold, Some(0)),
        ("goose: no migrations to run, current version: 7", Way::Untold, Some(7)),
        ("2026/11/30 05:13:10 OK   20250430034028_base_schema.sql (7.41ms)", Way::Up, None),
        ("OK    00009_old_style.sql", Way::Up, None),
    ] {
        assert_eq!(read(line, way).unwrap().current, version, "{line}");
    }
    // an older image knows fewer files than the database has
    let older = "2026/11/30 05:13:12     Mon Nov 30 05:13:11 2026 -- 20250430034028_base_schema.sql\n";
    assert_eq!(read(older, Way::Up).unwrap().current, None);
    let after = format!("goose: version 3\n{UP}2026/11/30 05:13:11 OK   20250503000000_x.sql (1ms)\n");
    assert_eq!(read(&after, Way::Up).unwrap().current, None, "it ran after the version was said");
}

#[test]
fn missing_migrations_are_pending() {
    let log = "2026/11/30 05:13:11 goose run: error: found 1 missing migrations before current version 20250502090000:
\tversion 20250430999999: m/20250430999999_late.sql\n";
    let found = read(log, Way::Up).unwrap();
    assert_eq!((short(&found.pending), found.current), (vec![LATE], Some(NOTHING)));
    assert_eq!(read("\tversion 20250430999999: m/20250430999999_late.sql\n", Way::Up), None);
}

#[test]
fn what_the_database_does_not_keep_is_no_table() {
    let ran = "2026/11/30 05:13:12 OK   20250501101500_orders.sql (16.46ms)\n";
    for (end, way) in [
        ("2026/11/30 05:13:12 goose: up to current file version: 20250502090000\n", Way::Up),
        ("2026/11/30 05:13:12 goose: down to current file version: 0\n", Way::Down),
        ("2026/11/30 05:13:12 goose: file version 20250502090000\n", Way::Untold),
        ("2026/11/30 05:13:12     no versioning            -- 20250430034028_base_schema.sql\n", Way::Up),
        ("", Way::Unversioned),
    ] {
        assert_eq!(read(&format!("{ran}{end}"), way), None, "{end}");
    }
}

#[test]
fn programs_that_embed_goose_say_the_way_themselves() {
    let words = "goose: OK    up 00001_a.sql (13.67ms)
goose: EMPTY up 00002_b.go (1ms)
goose: successfully migrated database, current version: 2\n";
    let json = r#"{"time":"2026-11-30T05:13:12Z","level":"INFO","msg":"migration completed","logger":"goose","direction":"up","duration_seconds":0.01367,"source":"00001_a.sql","state":"applied","type":"sql","version":1}
{"level":"INFO","msg":"listening","port":8080}
{"time":"2026-11-30T05:13:12Z","level":"INFO","msg":"migration completed","logger":"goose","direction":"up","duration_seconds":0.001,"source":"00002_b.go","state":"empty","type":"go","version":2}
{"time":"2026-11-30T05:13:12Z","level":"INFO","msg":"successfully migrated database","logger":"goose","current_version":2}
"#;
    let wrapped = r#"{"level":"info","msg":"OK   00001_a.sql (13.67ms)"}
{"level":"info","msg":"EMPTY 00002_b.go (1.00ms)"}
{"level":"info","msg":"goose: successfully migrated database to version: 2"}
"#;
    for log in [words, json, wrapped] {
        let found = read(log, Way::Untold).unwrap();
        assert_eq!((short(&found.applied), found.current), (vec![1, 2], Some(2)), "{log}");
        assert_eq!(found.applied[0].detail, "13.67ms");
    }
    let down =
        words.replace("OK    up", "OK    down").replace("EMPTY up", "EMPTY down").replace(": 2", ": 0");
    let found = read(&down, Way::Untold).unwrap();
    assert_eq!((short(&found.undone), found.applied.len(), found.current), (vec![1, 2], 0, Some(0)));
    // by half
    assert_eq!(
        read(&format!("{json}{}", r#"{"msg":"migration completed","logger":"goose"}"#), Way::Up),
        None
    );
    assert_eq!(
        read("level=INFO msg=\"migration completed\" logger=goose direction=up source=00001_a.sql", Way::Up),
        None
    );
}

#[test]
fn what_is_not_gooses_is_left_alone() {
    for line in [
        "OK",
        "OK then",
        "OK   readme.md (3ms)",
        "listening -- on 8080",
        "GET /a -- 200",
        "Pending -- x.sql",
        "ERROR 00003_a.sql: no",
        "",
        "12:00:00",
        "a/b c:d",
        "OK 99999999999999999999999_big.sql",
        "2026/11/30 05:13:11 goose run: no next version found",
        "{\"msg\":\"OK\"}",
        "{broken",
        "GET /x -- 00001_a.sql",
        "    Applied At                  Migration",
    ] {
        assert_eq!(read(line, Way::Up), None, "{line}");
    }
}

proptest! {
    #[test]
    fn no_log_is_too_odd(lines in proptest::collection::vec("(goose: |OK   |EMPTY |\\{\"msg\":\"|)?(up |down |version |ERROR )?[0-9a-z_.: -]{0,30}", 0..8)) {
        for way in [Way::Up, Way::Down, Way::Redo, Way::Untold, Way::Unversioned] {
            if let Some(found) = Migrations::read(lines.iter().map(String::as_str), way) {
                let both = found.applied.iter().any(|m| found.pending.contains(m));
                prop_assert!(!both);
            }
        }
    }
}
