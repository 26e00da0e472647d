//! What is said of an entry that was altered, and of which its own seal proves what it was: the two texts, shortened to where they
//! differ. How it was proven is left to `chain`.

use super::code::Code;
use super::rulings::{FindingBuilder, LinePosition};
use crate::entry::without_trailing_blanks;

/// Bytes that are shown on each side of what differs, to the next end of a word.
const CONTEXT_BYTES: usize = 24;

/// Bytes of a text that are shown where the whole of it differs.
const SHOWN_BYTES_MAX: usize = 80;

/// Says what stood there and what stands there.
pub(super) fn finding(position: LinePosition, original: &[u8], found: &[u8]) -> FindingBuilder {
    let (stood, stands) = difference(original, found);
    let message = format!("altered: `{stood}` stood here, `{stands}` stands here now; its own seal proves it");
    FindingBuilder::of(Code::EntryRestored, message)
        .at(position)
        .hint("the entries behind it were verified from what stood here; removed ones cannot be brought back like this")
}

/// The parts in which an original and the line that was found differ, with a little of what stands around them.
pub fn difference(original: &[u8], found: &[u8]) -> (String, String) {
    let found = without_trailing_blanks(found);
    let same_begin = original.iter().zip(found).take_while(|(a, b)| a == b).count();
    let shorter = original.len().min(found.len()) - same_begin;
    let same_end = original.iter().rev().zip(found.iter().rev()).take(shorter).take_while(|(a, b)| a == b).count();
    let begin = word_begin(original, same_begin);
    let kept_end = same_end - word_rest(&original[original.len() - same_end..]);
    (shown(original, begin, original.len() - kept_end), shown(found, begin, found.len() - kept_end))
}

/// Where the word begins in which this place stands, as far as the context goes.
fn word_begin(text: &[u8], at: usize) -> usize {
    let first = at.saturating_sub(CONTEXT_BYTES);
    let blank = text[first..at].iter().rposition(|byte| matches!(byte, b' ' | b',' | b'|' | b'{'));
    blank.map_or(first, |blank| first + blank + 1)
}

/// How many bytes of a text belong to the word that goes on in it.
fn word_rest(text: &[u8]) -> usize {
    text.iter().take(CONTEXT_BYTES).take_while(|byte| !matches!(byte, b' ' | b',' | b'|')).count()
}

fn shown(text: &[u8], begin: usize, end: usize) -> String {
    let part = &text[begin..end];
    if part.len() <= SHOWN_BYTES_MAX {
        return String::from_utf8_lossy(part).into_owned();
    }
    let half = SHOWN_BYTES_MAX / 2;
    let (head, tail) = (&part[..half], &part[part.len() - half..]);
    format!("{}...{}", String::from_utf8_lossy(head), String::from_utf8_lossy(tail))
}
