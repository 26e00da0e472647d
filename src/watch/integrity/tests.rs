//! What looks altered, for how long, and what becomes of alarms about it.

use super::*;
use crate::entry::Seal;

fn finding(code: Code, file: &str, line: u64) -> Finding {
    Finding {
        code,
        class: if code == Code::ChainUnfinished { Class::Incomplete } else { Class::Tampered },
        place: Some(Place { file: file.into(), line }),
        through: None,
        lines: 1,
        message: "something".to_owned(),
        hint: None,
        expected: None,
        found: None,
    }
}

/// A log of which so many entries verify, in a file of this name.
fn watch(entries: u64) -> IntegrityWatch {
    let mut watch = IntegrityWatch::new(&"acra.log".into());
    read(&mut watch, "acra.log", entries);
    watch
}

fn read(watch: &mut IntegrityWatch, file: &str, entries: u64) {
    watch.begin_file(&file.into());
    for line in 1..=entries {
        watch.read(line);
        let position = watch.opened * 1_000 + line;
        watch.verified(line, EntryName::Sealed { chain: Seal([7; 32]), position }, None);
    }
}

/// The states, and how much was found, of what becomes of alarms at these times.
fn states(watch: &mut IntegrityWatch, times: impl IntoIterator<Item = i64>) -> Vec<(&'static str, u64)> {
    let alarms = times.into_iter().flat_map(|now| watch.advance(now));
    alarms.map(|alarm| (alarm.state.name(), alarm.count)).collect()
}

#[test]
fn what_stands_for_a_moment_is_told_and_what_is_settled_is_closed_when_that_is_certain() {
    let mut watch = watch(10);
    watch.standing(vec![finding(Code::ChainAltered, "acra.log", 11)], 1_000);
    assert_eq!(states(&mut watch, [1_000, 1_299]), []);
    assert_eq!(states(&mut watch, [1_300, 2_000]), [("raised", 1)]);
    watch.standing(Vec::new(), 2_000);
    assert_eq!(states(&mut watch, [2_000, 6_999]), []);
    assert_eq!(states(&mut watch, [7_000, 9_000]), [("closed", 0)]);
}

#[test]
fn another_word_for_the_same_line_ends_nothing() {
    let mut watch = watch(10);
    watch.standing(vec![finding(Code::ChainAltered, "acra.log", 11)], 0);
    assert_eq!(states(&mut watch, [300]), [("raised", 1)]);
    watch.standing(vec![finding(Code::LineInserted, "acra.log", 11)], 400);
    assert_eq!(states(&mut watch, [400, 60_000]), []);
    // For good, it is the same finding.
    watch.found(finding(Code::LineInserted, "acra.log", 11), 60_001);
    watch.standing(Vec::new(), 60_002);
    assert_eq!(states(&mut watch, [60_003, 100_000]), []);
}

#[test]
fn what_is_found_later_is_an_alarm_of_its_own_with_a_name_of_its_own() {
    let mut watch = watch(10);
    let told = |watch: &mut IntegrityWatch, now: i64| {
        watch.found(finding(Code::ChainAltered, "acra.log", 11), now);
        watch.advance(now)
    };
    let first = told(&mut watch, 0);
    assert_eq!(told(&mut watch, 1_000)[0].id, first[0].id, "close together they are one");
    // The place has the same name as before: the log was rotated, or simply altered again.
    let later = told(&mut watch, 1_000 + APART_MS + 1);
    assert_eq!(later[0].state, AlarmState::Raised);
    assert_ne!(later[0].id, first[0].id);
    read(&mut watch, "acra.log", 10);
    let rotated = told(&mut watch, 10 * APART_MS);
    assert!(![&first[0].id, &later[0].id].contains(&&rotated[0].id));
}

#[test]
fn an_alarm_is_named_by_the_entry_before_it_whichever_file_has_the_name_by_now() {
    let mut watch = watch(10);
    let before = watch.name_of("x", Some(&Place { file: "acra.log".into(), line: 8 }));
    assert_eq!(before, EntryName::Sealed { chain: Seal([7; 32]), position: 1_007 });
    read(&mut watch, "acra.log", 3);
    let name = |line| watch.name_of("x", Some(&Place { file: "acra.log".into(), line }));
    let sealed = |position| EntryName::Sealed { chain: Seal([7; 32]), position };
    assert_eq!([name(1), name(3), name(4), name(8)], [1_010, 2_002, 2_003, 1_007].map(sealed));
}

#[test]
fn the_start_of_another_instance_may_take_its_time_and_what_is_incomplete_is_no_alarm() {
    let mut watch = watch(10);
    let standing = || {
        vec![
            finding(Code::LineUnsignedInsideChain, "acra.log", 11),
            finding(Code::ChainUnfinished, "acra.log", 5),
            finding(Code::LinesUnsignedAtEnd, "acra.log", 9),
        ]
    };
    watch.standing(standing(), 0);
    assert_eq!(states(&mut watch, [300, 60_000, START_MS - 1]), [("raised", 1)], "only the last of them");
    assert_eq!(states(&mut watch, [START_MS]), [("raised", 1)]);
    let warned = |watch: &mut IntegrityWatch, now| watch.warnings(now).iter().map(|it| it.code).collect::<Vec<_>>();
    assert_eq!(warned(&mut watch, WARNING_MS), [Code::ChainUnfinished]);
    assert_eq!(warned(&mut watch, 2 * WARNING_MS), [], "once");
    // Another chain without an end is another warning, whatever was told before.
    watch.standing(
        vec![finding(Code::ChainUnfinished, "acra.log", 5), finding(Code::ChainUnfinished, "acra.log", 8)],
        0,
    );
    assert_eq!(warned(&mut watch, 2 * WARNING_MS), [Code::ChainUnfinished]);
}

#[test]
fn a_flood_is_counted_and_told_now_and_then() {
    let mut watch = watch(10);
    let mut told = 0;
    for line in 0..5_000 {
        watch.found(finding(Code::ChainAltered, "acra.log", 11 + line), 1);
        told += watch.advance(1).len();
    }
    assert_eq!((watch.alarms[0].count(), watch.alarms[0].found.len()), (5_000, FINDINGS_MAX));
    assert!(told < 20, "{told}");
}
