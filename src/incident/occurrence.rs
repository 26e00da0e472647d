//! One thing that happened, as the detectors hand it on: an entry, or the entries of one blocked query. It outlives its
//! line, so it holds no more of it than a report shows.

use std::sync::Arc;

use super::report::{Example, Reference, SealCounts, SessionRecord};
use crate::entry::LogTime;
use crate::verdict::IntegrityStatus;

/// How many characters of a text of the log a report shows.
pub(super) const TEXT_CHARS_MAX: usize = 400;
/// What a text that goes on ends in.
pub(super) const CUT_OFF: &str = " ...";

/// Acra's names of clients are no longer than this.
const NAME_CHARS_MAX: usize = 256;
/// Such a name in UTF-8.
const NAME_BYTES_MAX: usize = 4 * NAME_CHARS_MAX;

/// Lines of a file that are this close to each other are one reference.
const REFERENCE_LINES_APART_MAX: u64 = 64;

/// Something that counts once.
#[derive(Clone, Debug)]
pub(super) struct Occurrence {
    /// When, in milliseconds; never before an occurrence that was read earlier.
    pub(super) clock: i64,
    /// The client, as the entry or its session names it.
    pub(super) client: Option<Arc<str>>,
    /// The session as it is known by now.
    pub(super) session: Option<SessionRecord>,
    /// What was logged.
    pub(super) sightings: Vec<EntryRef>,
}

/// One entry of it.
#[derive(Clone, Debug)]
pub(super) struct EntryRef {
    pub(super) code: Option<u16>,
    pub(super) status: Option<IntegrityStatus>,
    pub(super) example: Example,
}

/// The beginning of a text of the log.
pub(super) fn beginning(text: &[u8]) -> String {
    // Every character takes at least one byte, and at most four.
    let enough = &text[..text.len().min(TEXT_CHARS_MAX * 4 + 4)];
    let text_of_enough = String::from_utf8_lossy(enough);
    match text_of_enough.char_indices().nth(TEXT_CHARS_MAX) {
        None => text_of_enough.into_owned(),
        Some((end, _)) => format!("{}{CUT_OFF}", &text_of_enough[..end]),
    }
}

/// What of a name is told apart: a hostile log has names of any length.
pub(super) fn name_bytes(name: &[u8]) -> &[u8] {
    &name[..name.len().min(NAME_BYTES_MAX)]
}

/// The same as a text.
pub(super) fn name(name: &[u8]) -> String {
    String::from_utf8_lossy(name_bytes(name)).into_owned()
}

/// What is there of a text that was cut off; None when it looks whole.
pub(super) fn before_cut(text: &str) -> Option<&str> {
    let body = text.strip_suffix(CUT_OFF)?;
    (body.chars().count() == TEXT_CHARS_MAX).then_some(body)
}

/// Adds a verdict to the counts.
pub(super) fn count_seal(counts: &mut SealCounts, status: IntegrityStatus) {
    *match status {
        IntegrityStatus::Verified => &mut counts.verified,
        IntegrityStatus::Reencoded => &mut counts.reencoded,
        IntegrityStatus::Unsigned => &mut counts.unsigned,
        // What stands there twice happened once: the investigation leaves it out.
        IntegrityStatus::Repeated => return,
        IntegrityStatus::Failed => &mut counts.failed,
    } += 1;
}

/// Adds an entry to references; false when it would take one more than there may be.
pub(super) fn refer(references: &mut Vec<Reference>, most: usize, file: &Arc<str>, line: u64) -> bool {
    if let Some(last) = references.last_mut()
        && Arc::ptr_eq(&last.file, file)
        && line >= last.through
        && line - last.through <= REFERENCE_LINES_APART_MAX
    {
        last.through = line;
        last.entries += 1;
        return true;
    }
    if references.len() == most {
        return false;
    }
    references.push(Reference { file: Arc::clone(file), line, through: line, entries: 1 });
    true
}

/// The earlier of two times, when there is one.
pub(super) fn earlier(a: Option<LogTime>, b: Option<LogTime>) -> Option<LogTime> {
    a.into_iter().chain(b).min()
}

/// The later of two times, when there is one.
pub(super) fn later(a: Option<LogTime>, b: Option<LogTime>) -> Option<LogTime> {
    a.into_iter().chain(b).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_at_a_character() {
        assert_eq!(beginning("short".as_bytes()), "short");
        assert_eq!(beginning("ä".repeat(400).as_bytes()), "ä".repeat(400));
        assert_eq!(beginning("漢".repeat(9_000).as_bytes()), format!("{} ...", "漢".repeat(400)));
        assert_eq!(beginning("😀".repeat(401).as_bytes()), format!("{} ...", "😀".repeat(400)));
        assert_eq!(beginning(b"a\xffb"), "a\u{fffd}b");
        assert_eq!(before_cut(&beginning("ä".repeat(401).as_bytes())), Some(&*"ä".repeat(400)));
        assert_eq!([before_cut(&beginning("ä".repeat(400).as_bytes())), before_cut("a ...")], [None, None]);
    }

    #[test]
    fn names_are_bounded() {
        assert_eq!(name(b"webapp"), "webapp");
        assert_eq!(name(&[b'a'; 5_000]).len(), NAME_BYTES_MAX);
    }

    #[test]
    fn lines_close_together_are_one_reference_and_no_line_is_lost() {
        let (a, b): (Arc<str>, Arc<str>) = ("a".into(), "b".into());
        let mut references = Vec::new();
        let lines = [(&a, 1), (&a, 65), (&a, 130), (&b, 131), (&a, 132), (&b, 1)];
        let kept: Vec<bool> = lines.map(|(file, line)| refer(&mut references, 4, file, line)).into();
        assert_eq!(kept, [true, true, true, true, true, false]);
        let seen: Vec<_> = references.iter().map(|it| (&*it.file, it.line, it.through, it.entries)).collect();
        assert_eq!(seen, [("a", 1, 65, 2), ("a", 130, 130, 1), ("b", 131, 131, 1), ("a", 132, 132, 1)]);
    }
}
