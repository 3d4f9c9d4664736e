use super::*;
use crate::model::{Kind, RunHeader, RunKind, ServiceKey, Stamp, StepState, Verdict};
use std::os::unix::fs::PermissionsExt;

fn begin(id: &str) -> Entry {
    Entry::Begin {
        format: FORMAT,
        run: RunHeader {
            id: RunId::from(id),
            kind: RunKind::Deploy,
            key: ServiceKey::new("prod", Kind::Ecs, "prod", "prod-service"),
            account: "111122223333".into(),
            region: "us-west-2".into(),
            title: "Deploy".into(),
            from: "a".into(),
            to: "b".into(),
            who: "me@here".into(),
            identity: String::new(),
            note: String::new(),
            at: Stamp(1),
        },
        steps: vec!["one".into()],
        confirmed: std::collections::BTreeMap::default(),
    }
}

fn step() -> Entry {
    Entry::Step { at: Stamp(2), step: 0, state: StepState::Active, detail: String::new() }
}

fn end() -> Entry {
    Entry::End { at: Stamp(3), verdict: Verdict::Succeeded, why: "steady".into(), for_good: false }
}

fn write(journal: &mut Journal, id: &str, entries: &[Entry]) {
    for entry in entries {
        journal.append(&RunId::from(id), entry).unwrap();
    }
    journal.sync().unwrap();
}

#[test]
fn what_was_written_is_read_back() {
    let dir = tempfile::tempdir().unwrap();
    let runs = dir.path().join("runs");
    let mut journal = Journal::new(runs.clone());
    assert!(journal.read(Purpose::Look).runs.is_empty());
    write(&mut journal, "r1", &[begin("r1"), step(), end()]);
    write(&mut journal, "r2", &[begin("r2"), step()]);
    let file = runs.join("r1.jsonl");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    let reading = Journal::new(runs).read(Purpose::Look);
    assert!(reading.notices.is_empty());
    let [first, second] = reading.runs.as_slice() else { panic!("two runs") };
    assert_eq!(first.entries, [begin("r1"), step(), end()]);
    assert!(!first.held, "a run that ended is let go");
    assert_eq!(second.entries, [begin("r2"), step()]);
    assert!(second.held, "a run in progress is held");
}

#[test]
fn a_run_is_taken_up_by_one_process_only() {
    let dir = tempfile::tempdir().unwrap();
    let mut first = Journal::new(dir.path().to_owned());
    write(&mut first, "r1", &[begin("r1")]);
    drop(first);

    let mut second = Journal::new(dir.path().to_owned());
    let mut third = Journal::new(dir.path().to_owned());
    assert!(!second.read(Purpose::TakeUp).runs[0].held);
    assert!(third.read(Purpose::TakeUp).runs[0].held);
    assert!(matches!(third.append(&RunId::from("r1"), &step()), Err(JournalError::Held(_))));
    write(&mut second, "r1", &[step(), end()]);
    assert_eq!(third.read(Purpose::Look).runs[0].entries, [begin("r1"), step(), end()]);
}

#[test]
fn bad_lines_are_set_aside_and_the_rest_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::new(dir.path().to_owned());
    write(&mut journal, "r1", &[begin("r1"), step()]);
    drop(journal);
    let path = dir.path().join("r1.jsonl");
    let mut text = fs::read_to_string(&path).unwrap();
    text.insert_str(text.find('\n').unwrap() + 1, "{\"entry\":\"step\",\"at\":\"nonsense\"}\n\u{0}\u{0}\n");
    text.push_str("{\"entry\":\"end\",\"at\":3,\"verd");
    fs::write(&path, &text).unwrap();

    let mut journal = Journal::new(dir.path().to_owned());
    let reading = journal.read(Purpose::TakeUp);
    assert_eq!(reading.runs[0].entries, [begin("r1"), step()]);
    assert_eq!(reading.notices.len(), 1, "{:?}", reading.notices);
    assert!(reading.notices[0].contains("3 lines"), "{:?}", reading.notices);
    let aside = fs::read_to_string(dir.path().join("r1.jsonl.corrupt")).unwrap();
    assert!(aside.contains("nonsense") && aside.contains("\"verd"));

    // It goes on in the file that was put in order.
    write(&mut journal, "r1", &[end()]);
    let reading = Journal::new(dir.path().to_owned()).read(Purpose::Look);
    assert_eq!(reading.runs[0].entries, [begin("r1"), step(), end()]);
    assert!(reading.notices.is_empty());
}

#[test]
fn a_half_written_line_of_another_process_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::new(dir.path().to_owned());
    write(&mut journal, "r1", &[begin("r1")]);
    let path = dir.path().join("r1.jsonl");
    let mut text = fs::read_to_string(&path).unwrap();
    text.push_str("{\"entry\":\"st");
    fs::write(&path, &text).unwrap();
    let reading = Journal::new(dir.path().to_owned()).read(Purpose::TakeUp);
    assert!(reading.runs[0].held);
    assert!(reading.notices.is_empty());
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn a_newer_format_is_told_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("r1.jsonl");
    fs::write(&path, "{\"entry\":\"begin\",\"format\":2,\"flight\":{}}\n{\"entry\":\"leap\"}\n").unwrap();
    let reading = Journal::new(dir.path().to_owned()).read(Purpose::TakeUp);
    assert!(reading.runs.is_empty());
    assert!(reading.notices[0].contains("newer flightdeck"), "{:?}", reading.notices);
    assert!(path.exists());
}

#[test]
fn a_line_that_came_later_leaves_the_whole_file_alone() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::new(dir.path().to_owned());
    write(&mut journal, "r1", &[begin("r1"), step()]);
    drop(journal);
    let path = dir.path().join("r1.jsonl");
    for later in [
        "{\"entry\":\"leap\",\"at\":3}\n",
        "{\"entry\":\"end\",\"at\":3,\"verdict\":\"postponed\",\"why\":\"\"}\n",
    ] {
        let own = fs::read_to_string(&path).unwrap();
        let mut text = own.lines().take(2).collect::<Vec<_>>().join(
            "
",
        ) + "
";
        text.push_str(later);
        fs::write(&path, &text).unwrap();
        let reading = Journal::new(dir.path().to_owned()).read(Purpose::TakeUp);
        assert!(reading.runs.is_empty());
        assert!(reading.notices[0].contains("newer flightdeck"), "{:?}", reading.notices);
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}

#[test]
fn two_processes_that_begin_and_read_at_once_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for name in ["a", "b", "c"] {
            let dir = dir.path().to_owned();
            scope.spawn(move || {
                let mut journal = Journal::new(dir.clone());
                for number in 0..20 {
                    let id = format!("{name}{number}");
                    write(&mut journal, &id, &[begin(&id), step()]);
                    let others = Journal::new(dir.clone()).read(Purpose::Look);
                    assert!(others.notices.is_empty(), "{:?}", others.notices);
                    write(&mut journal, &id, &[end()]);
                }
            });
        }
    });
    let reading = Journal::new(dir.path().to_owned()).read(Purpose::Look);
    assert_eq!(reading.runs.len(), 60);
    assert!(reading.runs.iter().all(|run| run.entries.len() == 3 && !run.held));
}

#[test]
fn a_run_begins_once() {
    let dir = tempfile::tempdir().unwrap();
    let (mut one, mut two) = (Journal::new(dir.path().into()), Journal::new(dir.path().into()));
    let run = RunId::from("r1");
    assert!(!one.knows(&run));
    one.claim(&run).unwrap();
    assert!(matches!(two.claim(&run), Err(JournalError::Begun(_))), "claimed, and not written yet");
    write(&mut one, "r1", &[begin("r1")]);
    assert!(two.knows(&run));
    assert!(matches!(two.append(&run, &begin("r1")), Err(JournalError::Begun(_))), "begun once");
    write(&mut one, "r1", &[end()]);
    assert!(matches!(two.append(&run, &begin("r1")), Err(JournalError::Begun(_))), "over");
    assert!(matches!(one.claim(&run), Err(JournalError::Begun(_))), "nor by whoever flew it");
    fs::create_dir(dir.path().join("archive")).unwrap();
    fs::rename(dir.path().join("r1.jsonl"), dir.path().join("archive/r1.jsonl")).unwrap();
    assert!(matches!(two.claim(&run), Err(JournalError::Begun(_))), "long ago");
    // whoever died before its first line changed nothing
    one.claim(&RunId::from("r2")).unwrap();
    drop(one);
    two.claim(&RunId::from("r2")).unwrap();
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "nothing is left beside");
}

#[test]
fn of_many_who_begin_a_run_one_does() {
    let dir = tempfile::tempdir().unwrap();
    for round in 0..20 {
        let run = RunId::from(format!("r{round}").as_str());
        let begun: Vec<bool> = std::thread::scope(|scope| {
            let claim = || {
                let mut journal = Journal::new(dir.path().into());
                let begun = journal.claim(&run).is_ok();
                (begun, journal)
            };
            let threads: Vec<_> = (0..6).map(|_| scope.spawn(claim)).collect();
            let held: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
            held.iter().map(|(begun, _)| *begun).collect()
        });
        assert_eq!(begun.iter().filter(|begun| **begun).count(), 1, "{begun:?}");
    }
}

#[test]
fn a_file_of_rubbish_only_is_set_aside_whole() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("r1.jsonl"), b"\xff\xfe rubbish").unwrap();
    let reading = Journal::new(dir.path().to_owned()).read(Purpose::TakeUp);
    assert!(reading.runs.is_empty());
    assert_eq!(reading.notices.len(), 1);
    assert!(dir.path().join("r1.jsonl.corrupt").exists());
    assert!(!dir.path().join("r1.jsonl").exists());
}

#[test]
fn names_from_outside_stay_in_the_directory() {
    let path = path_of(Path::new("/state"), &RunId::from("../../etc/passwd"));
    assert_eq!(path, Path::new("/state/______etc_passwd.jsonl"));
}

#[test]
fn an_unwritable_place_is_an_error_that_names_the_file() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("runs"), "a file").unwrap();
    let mut journal = Journal::new(dir.path().join("runs"));
    let error = journal.append(&RunId::from("r1"), &begin("r1")).unwrap_err();
    assert!(error.to_string().contains("r1.jsonl"), "{error}");
}

#[test]
fn whoever_looks_is_told_what_can_be_read_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::new(dir.path().to_owned());
    write(&mut journal, "r1", &[begin("r1"), step(), end()]);
    write(&mut journal, "r2", &[begin("r2"), step()]);
    drop(journal);
    let path = dir.path().join("r2.jsonl");
    let mut text = fs::read_to_string(&path).unwrap();
    text.push_str("{\"entry\":\"st");
    fs::write(&path, &text).unwrap();
    // a pipe under a run's name is neither waited for nor taken for a run
    let pipe = dir.path().join("r3.jsonl");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0)
        .unwrap();

    let reading = Journal::new(dir.path().to_owned()).read(Purpose::Look);
    assert_eq!(reading.runs.len(), 2, "what can be read is");
    assert_eq!(reading.runs[1].entries, [begin("r2"), step()]);
    assert!(reading.partial);
    assert_eq!(reading.notices.len(), 2, "{:?}", reading.notices);
    assert!(reading.notices[0].contains("1 line"), "{:?}", reading.notices);
    assert!(reading.notices[1].contains("named pipe"), "{:?}", reading.notices);
    assert_eq!(fs::read_to_string(&path).unwrap(), text, "as it was");
    assert!(!dir.path().join("r2.jsonl.corrupt").exists());
    fs::remove_file(pipe).unwrap();
    fs::remove_file(path).unwrap();
    assert!(!Journal::new(dir.path().to_owned()).read(Purpose::Look).partial);
}

#[test]
fn a_disk_that_takes_nothing_hides_no_run() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::new(dir.path().to_owned());
    write(&mut journal, "r1", &[begin("r1"), step()]);
    drop(journal);
    let path = dir.path().join("r1.jsonl");
    let mut text = fs::read_to_string(&path).unwrap();
    text.push_str("{\"entry\":\"st");
    fs::write(&path, &text).unwrap();
    // where the bad line would go nothing can be written
    fs::create_dir(dir.path().join("r1.jsonl.corrupt")).unwrap();
    let reading = Journal::new(dir.path().to_owned()).read(Purpose::TakeUp);
    assert_eq!(reading.runs[0].entries, [begin("r1"), step()]);
    assert!(reading.partial && reading.notices[0].contains("nor set aside"), "{:?}", reading.notices);
}

#[test]
fn a_journal_that_is_removed_while_its_run_is_flown_takes_no_line_any_more() {
    for whole in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let runs = dir.path().join("runs");
        let mut journal = Journal::new(runs.clone());
        write(&mut journal, "r1", &[begin("r1"), step()]);
        write(&mut journal, "r2", &[begin("r2")]);
        if whole {
            fs::remove_dir_all(&runs).unwrap();
        } else {
            fs::remove_file(runs.join("r1.jsonl")).unwrap();
        }
        for _ in 0..2 {
            journal.append(&RunId::from("r1"), &step()).unwrap();
            let error = journal.sync().unwrap_err().to_string();
            assert!(error.contains("r1.jsonl") && error.contains("removed"), "{error}");
        }
        journal.append(&RunId::from("r2"), &step()).unwrap();
        assert_eq!(journal.sync().is_err(), whole, "another run's file is its own");
    }
}
