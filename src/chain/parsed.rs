//! The lines of a batch with the entries they are: what any thread can find out of a batch by itself.

use std::ops::Range;

use super::follow::{Fingerprint, Fingerprinter, Sealed, Suspect};
use crate::entry::{self, Entry, Fidelity, Marker, Parser, SealField};
use crate::line::Batch;

/// A batch of more text than this is one very long line, and a buffer that was made for it is given back.
const BYTES_USUAL_MAX: usize = 8 << 20;

/// A batch with its entries.
#[derive(Default)]
pub struct Parsed {
    /// The lines.
    pub batch: Batch,
    /// What each line is; None for a line that is no entry.
    pub entries: Vec<Option<Entry>>,
    /// The names of the entries' lines.
    fingerprints: Vec<Fingerprint>,
    /// Holds the MAC inputs of json entries.
    parser: Parser,
    /// The sealed lines, by index.
    sealed: Vec<usize>,
    /// The lines that may have been sealed, or the second half of a sealed one, by index, each with the number of sealed lines
    /// above it. Genuine logs have none.
    suspects: Vec<(usize, usize)>,
}

impl Parsed {
    /// Reuses the memory for a new batch.
    pub(super) fn clear(&mut self) {
        self.batch.clear();
        self.entries.clear();
        self.fingerprints.clear();
        self.sealed.clear();
        self.suspects.clear();
        self.parser.clear(BYTES_USUAL_MAX);
        self.batch.text.shrink_to(BYTES_USUAL_MAX);
    }

    /// Whether it holds a line so long that several such batches at a time would take too much memory.
    pub(super) fn is_heavy(&self) -> bool {
        self.batch.text.len() > BYTES_USUAL_MAX
    }

    /// Names a line; all that are no entries have one name.
    pub fn fingerprint(&self, line: usize) -> Fingerprint {
        self.fingerprints.get(line).copied().unwrap_or_default()
    }

    /// The names of sealed lines, by their places among the sealed lines.
    pub(super) fn fingerprints(&self, sealed: Range<usize>) -> impl Iterator<Item = Fingerprint> {
        sealed.filter_map(|index| self.sealed.get(index)).map(|&line| self.fingerprint(line))
    }

    /// Parses every line.
    pub(super) fn parse(&mut self, fingerprinter: &Fingerprinter) {
        let Self { batch, entries, fingerprints, parser, sealed, suspects } = self;
        for (index, line) in batch.lines.iter().enumerate() {
            let text = batch.text_of(line);
            let entry = parser.parse(text);
            fingerprints.push(match &entry {
                Some(_) => fingerprinter.of(entry::without_trailing_blanks(text)),
                None => Fingerprint::default(),
            });
            if matches!(entry, Some(Entry { seal: SealField::Present(_), .. })) {
                sealed.push(index);
            } else if entry::is_suspect(entry.as_ref(), text)
                || (entry.is_none() && may_be_half(batch, sealed.last().copied(), index))
            {
                suspects.push((index, sealed.len()));
            }
            entries.push(entry);
        }
    }

    /// The indices of lines that may have been sealed.
    pub fn suspects(&self) -> impl Iterator<Item = usize> {
        self.suspects.iter().map(|(line, _)| *line)
    }

    /// Whether a suspect stands right above one of the sealed lines.
    pub(super) fn has_suspect_above(&self, sealed: usize) -> bool {
        self.suspects.binary_search_by_key(&sealed, |(_, above)| *above).is_ok()
    }

    /// One of the suspects, with its line, if it stands above one of the sealed lines.
    #[inline]
    pub(super) fn suspect(&self, index: usize, sealed: usize) -> Option<(usize, Suspect<'_>)> {
        let (line, _) = *self.suspects.get(index).filter(|(_, above)| *above <= sealed)?;
        let (entry, span) = (self.entries[line].as_ref(), &self.batch.lines[line]);
        let text = self.batch.text_of(span);
        let suspect = Suspect {
            line: text,
            above: self.above(line),
            marker: entry.map_or(Marker::Middle, |entry| entry.marker),
            lossy: span.lossy,
            is_searched: entry::is_suspect(entry, text),
            is_unsigned: entry.is_some_and(|entry| entry.seal == SealField::Absent),
        };
        Some((line, suspect))
    }

    /// The line above one, empty when that has a seal in its place; None when it is not in this batch.
    fn above(&self, line: usize) -> Option<&[u8]> {
        let above = line.checked_sub(1)?;
        Some(self.unsealed_text(above))
    }

    /// The last line, empty when it has a seal in its place.
    pub(super) fn last(&self) -> &[u8] {
        self.batch.lines.len().checked_sub(1).map_or(&[], |last| self.unsealed_text(last))
    }

    fn unsealed_text(&self, line: usize) -> &[u8] {
        match self.sealed.binary_search(&line) {
            Ok(_) => &[],
            Err(_) => self.batch.text_of(&self.batch.lines[line]),
        }
    }

    /// How many lines are sealed.
    pub(super) fn sealed_lines(&self) -> usize {
        self.sealed.len()
    }

    /// A sealed entry, by its place among the sealed lines.
    #[inline]
    pub(super) fn sealed(&self, index: usize) -> Option<Sealed<'_>> {
        let line = *self.sealed.get(index)?;
        let entry = self.entries[line].as_ref()?;
        let SealField::Present(seal) = &entry.seal else {
            return None;
        };
        let span = &self.batch.lines[line];
        let (text, lossy) = (self.batch.text_of(span), span.lossy);
        let fingerprint = self.fingerprint(line);
        let above = if entry.fidelity == Fidelity::Ambiguous { self.above(line) } else { Some(&[][..]) };
        Some(Sealed { line: text, fingerprint, entry, body: self.parser.mac_bytes(entry, text), seal, lossy, above })
    }

    /// The text of a sealed line, by its place among the sealed lines.
    pub(super) fn sealed_text(&self, index: usize) -> &[u8] {
        self.batch.text_of(&self.batch.lines[self.sealed[index]])
    }

    /// The line of a sealed entry, by its place among the sealed lines.
    pub(super) fn line_of(&self, index: usize) -> usize {
        self.sealed[index]
    }

    pub(super) fn marker(&self, index: usize) -> Marker {
        self.entries[self.sealed[index]].as_ref().map_or(Marker::Middle, |entry| entry.marker)
    }
}

/// Whether a line that is no entry may be the second half of one: the first half stands above it, or in the batch before.
fn may_be_half(batch: &Batch, last_sealed: Option<usize>, line: usize) -> bool {
    let text = |line: usize| batch.text_of(&batch.lines[line]);
    !text(line).is_empty()
        && line.checked_sub(1).is_none_or(|above| last_sealed != Some(above) && entry::looks_written(text(above)))
}
