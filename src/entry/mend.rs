//! What a line may have been before something was put behind its seal, or a line feed into it: the entries that are tried where
//! a chain does not go on, before anything is searched. Whether one of them was sealed is left to `chain`.

use super::ending::{FIELD, seal_from};
use super::{Draft, Format, Marker, Seal, drafts, looks_written, without_trailing_blanks};

/// What somebody did to a line whose seal fits without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mending {
    /// Something was put behind the seal.
    Shortened,
    /// A line feed was put into it; this is the second half.
    Joined,
}

/// An entry that may have been sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MendedEntry {
    pub draft: Draft,
    pub seal: Seal,
    /// Whether it is the end of its chain.
    pub ends: bool,
    pub mending: Mending,
}

impl MendedEntry {
    fn new(draft: Draft, mending: Mending) -> Option<Self> {
        let seal = seal_from(draft.seal_text())?;
        let (_, entry) = draft.read(&seal, false)?;
        Some(Self { draft, seal, ends: entry.marker == Marker::End, mending })
    }

    /// Whether its seal stands in this line with its name.
    fn has_whole_field(&self, line: &[u8]) -> bool {
        let name = if Format::sniff(line) == Some(Format::Json) { &b"\"integrity\":\""[..] } else { FIELD };
        memchr::memmem::find(line, &[name, self.draft.seal_text()].concat()).is_some()
    }

    /// Whether this line is its spelling.
    fn is_spelled(&self, line: &[u8]) -> bool {
        [false, true].iter().any(|is_first| self.draft.spell(&self.seal, *is_first) == line)
    }
}

/// Entries that a line holds whose seal is malformed: what stands behind the seal is taken off.
pub fn shortened(line: &[u8]) -> Vec<MendedEntry> {
    let line = without_trailing_blanks(line);
    let mended = drafts(line).into_iter().filter_map(|draft| MendedEntry::new(draft, Mending::Shortened));
    mended.filter(|entry| entry.has_whole_field(line) && !entry.is_spelled(line)).collect()
}

/// The entry that two lines are, if they are one in two parts.
pub fn joined(above: &[u8], line: &[u8]) -> Option<MendedEntry> {
    if !looks_written(above) {
        return None;
    }
    let whole = [above, line].concat();
    let mended = drafts(&whole).into_iter().filter_map(|draft| MendedEntry::new(draft, Mending::Joined));
    mended.into_iter().find(|entry| entry.is_spelled(without_trailing_blanks(&whole)))
}

#[cfg(test)]
mod tests {
    use super::{joined, shortened};
    use crate::entry::parse;

    const DIGITS: &str = "44b7f70a5d10623ae34b5fd24816d5616fa58a06f491c6ab50fc556728356d93";

    fn whole_lines() -> [String; 3] {
        [
            format!("time=\"2025-03-14T00:00:02Z\" level=info msg=\"a b\" integrity={DIGITS}"),
            format!("CEF:0|cossacklabs|acra|0.96.0|100|a b|1|unixTime=1.5 integrity={DIGITS}"),
            format!("{{\"integrity\":\"{DIGITS}\",\"level\":\"info\",\"msg\":\"a b\"}}"),
        ]
    }

    fn body(line: &str) -> Vec<u8> {
        let mut scratch = Vec::new();
        let entry = parse(line.as_bytes(), &mut scratch).expect("an entry");
        entry.mac_bytes(line.as_bytes(), &scratch).to_vec()
    }

    #[test]
    fn what_stands_behind_the_seal_is_taken_off() {
        for line in whole_lines() {
            for tail in [" integrity=00", "x", " xyz", " chain=end", " chain=new x"] {
                let found = shortened(format!("{line}{tail}").as_bytes());
                assert!(found.iter().any(|entry| entry.draft.body() == body(&line)), "{line}{tail}: {found:?}");
            }
            assert!(shortened(line.as_bytes()).is_empty(), "{line}");
        }
        let [.., json] = whole_lines();
        let doubled = format!("{},\"integrity\":\"00\"}}", &json[..json.len() - 1]);
        assert_eq!(shortened(doubled.as_bytes())[0].draft.body(), body(&json));
    }

    #[test]
    fn an_entry_in_two_lines_is_joined_wherever_it_was_torn() {
        for line in whole_lines() {
            for at in 8..line.len() {
                let found = joined(&line.as_bytes()[..at], &line.as_bytes()[at..]);
                assert_eq!(found.map(|entry| entry.draft.body().to_vec()), Some(body(&line)), "{line} at {at}");
            }
            assert_eq!(joined(b"some other text", line.as_bytes()), None);
        }
    }
}
