//! Journals that were cut off, damaged, locked, and written to a full disk.

use std::fs::OpenOptions;
use std::io::ErrorKind;

use super::*;
use crate::reaction::clock::UnixTime;
use crate::reaction::sample;
use crate::reaction::schedule::ReactionSchedule;

fn facts(deliveries: &Deliveries) -> Vec<JournalEntry> {
    deliveries.facts().collect()
}

fn opened(folder: &Path) -> OpenedJournal {
    Journal::open(folder).expect("nobody else has it")
}

/// The facts of an alarm that is told, goes on, and is over while another one is being told.
fn story() -> Vec<JournalEntry> {
    let mut schedule = ReactionSchedule::new(Deliveries::default(), vec![sample::settings("page")], 1);
    let at = |second| UnixTime::default().plus(Duration::from_secs(second));
    let (one, other) = (sample::alarm(1), sample::alarm(2));
    schedule.observe(&one, at(1));
    let attempt = schedule.step("page", at(1)).expect("it is due");
    schedule.finish("page", attempt.purpose, at(2), Ok(()));
    schedule.observe(&other, at(3));
    schedule.step("page", at(3)).expect("it is due");
    schedule.observe(&sample::closed(&one), at(4));
    schedule.take_entries()
}

/// The lines of the story, and how long they are up to the end of each.
fn lines_of_story() -> (Vec<Vec<u8>>, Vec<usize>) {
    let entries = [vec![JournalEntry::Version(VERSION)], story()].concat();
    let line = |entry: &JournalEntry| {
        let mut line = Vec::new();
        entry.write(&mut line).map(|()| line)
    };
    let lines: Vec<_> = entries.iter().map(|entry| line(entry).unwrap()).collect();
    let ends = lines.iter().scan(0, |end, line| {
        *end += line.len();
        Some(*end)
    });
    let ends = ends.collect();
    (lines, ends)
}

/// What the lines say that are whole within so many bytes.
fn whole_lines(lines: &[Vec<u8>], ends: &[usize], length: usize) -> Deliveries {
    let mut deliveries = Deliveries::default();
    for (line, _) in lines.iter().zip(ends).filter(|(_, end)| **end <= length) {
        deliveries.apply(&JournalEntry::read(line).unwrap());
    }
    deliveries
}

#[test]
fn a_journal_that_was_cut_off_anywhere_says_what_its_whole_lines_say() {
    let (lines, ends) = lines_of_story();
    let text = lines.concat();
    for length in 0..=text.len() {
        let mut deliveries = Deliveries::default();
        let contents = Contents::read(&text[..length], &mut deliveries).unwrap();
        assert_eq!(facts(&deliveries), facts(&whole_lines(&lines, &ends, length)), "{length}");
        let whole = ends.iter().copied().filter(|end| *end <= length).max().unwrap_or(0);
        let found = (contents.bytes, contents.torn_bytes, contents.damaged);
        assert_eq!(found, (whole as u64, (length - whole) as u64, 0), "{length}");
    }
}

#[test]
fn a_journal_that_was_cut_off_is_mended_said_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (lines, ends) = lines_of_story();
    let text = lines.concat();
    let around = ends.iter().flat_map(|end| [end - 1, *end, end + 1]).filter(|length| *length <= text.len());
    for length in around.chain((0..text.len()).step_by(97)) {
        fs::write(folder.path().join(JOURNAL), &text[..length]).unwrap();
        let mut wanted = whole_lines(&lines, &ends, length);
        let OpenedJournal { mut journal, deliveries, warnings } = opened(folder.path());
        assert_eq!(facts(&deliveries), facts(&wanted), "{length}");
        let is_torn = length > 0 && !ends.contains(&length);
        assert_eq!(warnings.len(), usize::from(is_torn), "{length}: {warnings:?}");
        // What is written behind it is read.
        let other = JournalEntry::Known { at: UnixTime::default(), id: sample::alarm(9).id };
        journal.append(std::slice::from_ref(&other)).unwrap();
        drop(journal);
        wanted.apply(&other);
        let again = opened(folder.path());
        assert_eq!((facts(&again.deliveries), again.warnings), (facts(&wanted), Vec::new()), "{length}");
    }
}

#[test]
fn a_line_that_was_altered_is_left_out_said_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(JOURNAL);
    drop(opened(folder.path()).journal.append(&story()));
    let mut text = fs::read(&path).unwrap();
    let middle = text.len() / 2;
    text[middle] ^= 1;
    fs::write(&path, &text).unwrap();
    let again = opened(folder.path());
    assert_eq!(again.warnings.len(), 1, "{:?}", again.warnings);
    assert!(again.warnings[0].contains("1 lines are not as they were written; kept as journal.damaged"));
    assert_eq!(fs::read(folder.path().join(DAMAGED)).unwrap(), text);
    drop(again);
    assert_eq!(opened(folder.path()).warnings, Vec::<String>::new());
}

#[cfg(unix)]
#[test]
fn what_is_kept_of_a_damaged_journal_is_written_through_no_link() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = folder.path().join("elsewhere");
    fs::write(&elsewhere, "theirs").unwrap();
    drop(opened(folder.path()).journal.append(&story()));
    std::os::unix::fs::symlink(&elsewhere, folder.path().join(DAMAGED)).unwrap();
    let path = folder.path().join(JOURNAL);
    let text = [b"no fact\n", &fs::read(&path).unwrap()[..]].concat();
    fs::write(&path, &text).unwrap();
    assert!(opened(folder.path()).warnings[0].contains("kept as journal.damaged"));
    assert_eq!(fs::read(folder.path().join(DAMAGED)).unwrap(), text);
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "theirs");
}

#[test]
fn a_second_process_is_refused_until_the_first_ends() {
    let folder = tempfile::tempdir().unwrap();
    let first = opened(folder.path());
    let failure = Journal::open(folder.path()).unwrap_err();
    assert!(failure.message.ends_with("another process is using this journal"), "{failure:?}");
    drop(first);
    opened(folder.path());
}

#[test]
fn a_journal_of_another_layout_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut line = Vec::new();
    JournalEntry::Version(VERSION + 1).write(&mut line).unwrap();
    fs::write(folder.path().join(JOURNAL), line).unwrap();
    assert!(Journal::open(folder.path()).unwrap_err().message.contains("layout 2"));
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("state");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let OpenedJournal { mut journal, deliveries, .. } = opened(&inner);
    journal.replace(&deliveries).unwrap();
    assert_eq!([mode(&inner), mode(&inner.join(JOURNAL)), mode(&inner.join(LOCK))], [0o700, 0o600, 0o600]);
    drop(journal);
    fs::set_permissions(&inner, fs::Permissions::from_mode(0o777)).unwrap();
    assert!(opened(&inner).warnings[0].contains("other users may change the journal (mode 0777)"));
}

#[test]
fn what_is_written_while_it_is_made_anew_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let OpenedJournal { mut journal, mut deliveries, .. } = opened(folder.path());
    let story = story();
    let (before, after) = story.split_at(3);
    before.iter().for_each(|entry| deliveries.apply(entry));
    journal.append(before).unwrap();
    journal.begin_anew(&deliveries).unwrap().sync_all().unwrap();
    after.iter().for_each(|entry| deliveries.apply(entry));
    journal.append(after).unwrap();
    assert!(journal.finish_anew().unwrap());
    assert!(!journal.finish_anew().unwrap(), "there is no other one");
    drop(journal);
    assert_eq!(facts(&opened(folder.path()).deliveries), facts(&deliveries));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_once_and_nothing_is_lost_when_there_is_room_again() {
    let folder = tempfile::tempdir().unwrap();
    let OpenedJournal { mut journal, mut deliveries, .. } = opened(folder.path());
    let story = story();
    let (before, after) = story.split_at(3);
    journal.file = Some(Arc::new(OpenOptions::new().write(true).open("/dev/full").unwrap()));
    before.iter().for_each(|entry| deliveries.apply(entry));
    assert_eq!(journal.append(before).unwrap_err().kind(), ErrorKind::StorageFull);
    assert!(!journal.is_durable() && journal.wants_anew());
    journal.append(&[]).unwrap();
    journal.begin_anew(&deliveries).unwrap().sync_all().unwrap();
    after.iter().for_each(|entry| deliveries.apply(entry));
    journal.append(after).unwrap();
    assert!(journal.finish_anew().unwrap() && journal.is_durable());
    drop(journal);
    assert_eq!(facts(&opened(folder.path()).deliveries), facts(&deliveries));
}

#[test]
fn alarms_that_are_over_take_no_room_for_long() {
    let folder = tempfile::tempdir().unwrap();
    let OpenedJournal { mut journal, mut deliveries, .. } = opened(folder.path());
    let at = |number| UnixTime::of_milliseconds(number);
    for number in 0..5000 {
        let alarm = sample::alarm(number);
        let change = |alarm| JournalEntry::Alarm { at: at(number), alarm: Arc::new(alarm), joins: Vec::new() };
        let entries = [change(alarm.clone()), change(sample::closed(&alarm))];
        entries.iter().for_each(|entry| deliveries.apply(entry));
        journal.append(&entries).unwrap();
    }
    assert!(journal.wants_anew(), "{}", journal.bytes);
    deliveries.expire(at(4000));
    journal.replace(&deliveries).unwrap();
    assert!(journal.bytes < 100_000, "{}", journal.bytes);
    assert_eq!(deliveries.state(&sample::alarm(3999).id), None);
    assert!(deliveries.state(&sample::alarm(4000).id).is_some());
    assert!(facts(&deliveries).iter().all(|entry| !matches!(entry, JournalEntry::Alarm { .. })));
}
