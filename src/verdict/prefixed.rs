//! Sealed lines with a text in front of them that no wrapper explains (attacks, row 44). When nearly all are like that and no
//! chain begins, something put it there and nothing can be decided; otherwise they are what they seem: altered.

use super::code::Code;
use super::rulings::{self, FindingBuilder, LinePosition, LineRange, Rulings};
use crate::entry::{self, Entry, SealField};
use crate::line::LineSpan;

/// How much of the text is shown, in bytes.
const SHOWN_BYTES_MAX: usize = 60;

/// See the file's head.
#[derive(Clone, Default)]
pub(super) struct Prefixed {
    /// Lines that end with a seal in its place.
    ambiguous: Option<LineRange>,
    /// Lines with a seal inside: an object behind a text is none.
    malformed: Option<LineRange>,
    /// The first line's text, or the beginning of it.
    shown: String,
}

impl Prefixed {
    /// Keeps a sealed line that fits no chain until it shows what the others look like. False when it is to be judged.
    pub(super) fn hold(&mut self, position: LinePosition, line: &LineSpan, text: &[u8], entry: &Entry) -> bool {
        let Some(prefix) = entry::foreign_prefix(text) else { return false };
        let held = self;
        if held.shown.is_empty() {
            held.shown = String::from_utf8_lossy(&prefix[..prefix.len().min(SHOWN_BYTES_MAX)]).into_owned();
        }
        let lines = if entry.seal == SealField::Malformed { &mut held.malformed } else { &mut held.ambiguous };
        rulings::extend(lines, position, line);
        true
    }

    /// A chain begins, or the stream has ended.
    pub(super) fn settle(&mut self, out: &mut Rulings, opened: u64, seals: u64) {
        let Prefixed { ambiguous, malformed, shown } = std::mem::take(self);
        let held: u64 = [&ambiguous, &malformed].into_iter().flatten().map(LineRange::lines).sum();
        // One letter in front of the only line is what a slip or a bad disk leaves as well.
        let nearly_all = held.saturating_mul(10) >= seals.saturating_mul(9) && (held > 1 || shown.len() > 1);
        if opened > 0 || !nearly_all {
            let altered = [
                (ambiguous, Code::EntryAmbiguous, "a text stands in front of this entry"),
                (malformed, Code::SealMalformed, "a text stands in front of this entry, so it is none"),
            ];
            for (lines, code, message) in altered {
                let Some(lines) = lines else { continue };
                out.count_lines(&lines, |account| &mut account.broken);
                let event = FindingBuilder::of(code, message).over(lines.first, lines.last, lines.lines());
                out.find(event);
            }
            return;
        }
        let Some(mut lines) = ambiguous.clone().or_else(|| malformed.clone()) else { return };
        if let Some(malformed) = malformed.filter(|_| ambiguous.is_some()) {
            lines.take_in(malformed);
        }
        out.count_lines(&lines, |account| &mut account.unverifiable);
        let message = format!("every sealed line has a text in front that is not understood, such as \"{shown}\"");
        let event = FindingBuilder::of(Code::PrefixUnknown, message).over(lines.first, lines.last, lines.lines()).hint(
            "get the lines without it: docker compose logs --no-log-prefix, kubectl logs without --prefix, \
             journalctl -o json --all",
        );
        out.find(event)
    }
}
