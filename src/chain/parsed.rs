//! The lines of a batch with the entries they are: what any thread can find out of a batch by itself.

use std::ops::Range;

use super::follow::{Fingerprint, Fingerprinter, Sealed, Suspect};
use crate::entry::{self, Entry, Marker, Parser, SealField};
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
    /// The lines that may have been sealed, by index, each with the number of sealed lines above it. Genuine logs have none.
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
            } else if !line.lossy && entry::is_suspect(entry.as_ref(), text) {
                suspects.push((index, sealed.len()));
            }
            entries.push(entry);
        }
    }

    /// Whether a suspect stands right above one of the sealed lines.
    pub(super) fn has_suspect_above(&self, sealed: usize) -> bool {
        self.suspects.binary_search_by_key(&sealed, |(_, above)| *above).is_ok()
    }

    /// One of the suspects, with its line, if it stands above one of the sealed lines.
    #[inline]
    pub(super) fn suspect(&self, index: usize, sealed: usize) -> Option<(usize, Suspect<'_>)> {
        let (line, _) = *self.suspects.get(index).filter(|(_, above)| *above <= sealed)?;
        let marker = self.entries[line].as_ref().map_or(Marker::Middle, |entry| entry.marker);
        Some((line, Suspect { line: self.batch.text_of(&self.batch.lines[line]), marker }))
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
        Some(Sealed { line: text, fingerprint, entry, body: self.parser.mac_bytes(entry, text), seal, lossy })
    }

    /// The text of a sealed line, by its place among the sealed lines.
    pub(super) fn sealed_text(&self, index: usize) -> &[u8] {
        self.batch.text_of(&self.batch.lines[self.sealed[index]])
    }

    /// The places among the sealed lines of those that somebody asks about.
    pub(super) fn examined(&self) -> Range<usize> {
        let place = |line: usize| self.sealed.partition_point(|sealed| *sealed < line);
        place(self.batch.examined.start)..place(self.batch.examined.end)
    }

    /// The line of a sealed entry, by its place among the sealed lines.
    pub(super) fn line_of(&self, index: usize) -> usize {
        self.sealed[index]
    }

    pub(super) fn marker(&self, index: usize) -> Marker {
        self.entries[self.sealed[index]].as_ref().map_or(Marker::Middle, |entry| entry.marker)
    }
}
