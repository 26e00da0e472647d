//! A log as Acra's own verifier walks through it: line by line in one format, one chain at a time, up to the first line that
//! it refuses (audit log, section 4). Whether a seal fits is left to the verdict on the line.

use std::fmt;

use super::{Integrity, IntegrityStatus};
use crate::entry::go_json::{self, Style};
use crate::entry::{self, Entry, Format, Marker, SealField};

/// What Acra's verifier makes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcraStep {
    Passed,
    /// It warns that there is nothing to check, and goes on.
    Unchecked,
    Refused(AcraRefusal),
}

/// Why Acra's verifier stops; printed in its words as far as they are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcraRefusal {
    /// A line of json is no object.
    NotJson {
        /// The format that it seems to be in.
        seems: Option<Format>,
    },
    /// What stands where the seal belongs is no hexadecimal number.
    NotHex(Format),
    /// The seal is not the one that the chain demands.
    Mismatch,
    /// A chain begins, and the one before it has no end.
    EndMissing,
}

#[derive(Debug)]
pub struct AcraWalk {
    format: Format,
    /// Whether the last sealed line ended its chain; None before the first one.
    ended: Option<bool>,
    scratch: Vec<u8>,
}

/// What Acra reads in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AcraReading {
    /// Not exactly one seal.
    Unsealed,
    /// Something that it cannot read.
    Unreadable(AcraRefusal),
    /// A seal, and whether a chain begins here.
    Sealed { starts: bool },
}

impl AcraWalk {
    /// Before the first line of a log of this format.
    pub fn new(format: Format) -> Self {
        Self { format, ended: None, scratch: Vec::new() }
    }

    /// Takes the next line, without its line end, and what verification says of it.
    pub fn line(&mut self, text: &[u8], verdict: &Integrity<'_>) -> AcraStep {
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if text.is_empty() {
            return AcraStep::Passed;
        }
        let is_json = Format::sniff(text) == Some(Format::Json);
        let is_readable = is_json == (self.format == Format::Json);
        let fits = match verdict.status {
            IntegrityStatus::Verified | IntegrityStatus::Reencoded => true,
            // It repeats a chain, or its mark alone is another one.
            IntegrityStatus::Repeated | IntegrityStatus::Failed => verdict.position.is_some(),
            IntegrityStatus::Unsigned => false,
        };
        if is_readable && fits {
            let marker = self.marker(text);
            let (starts, is_first) = (marker == Marker::Start, verdict.position == Some(1));
            // Acra begins with the state of a new chain, with or without the mark.
            let step = self.sealed(starts, starts == is_first || (is_first && self.ended.is_none()));
            self.ended = Some(marker == Marker::End);
            return step;
        }
        if is_readable && verdict.fits {
            // It can be read in two ways; Acra takes the one that was sealed.
            let marker = self.marker(text);
            let step = self.sealed(marker == Marker::Start, true);
            self.ended = Some(marker == Marker::End);
            return step;
        }
        match self.read(text) {
            AcraReading::Unsealed => AcraStep::Unchecked,
            AcraReading::Unreadable(refusal) => AcraStep::Refused(refusal),
            AcraReading::Sealed { starts } => self.sealed(starts, false),
        }
    }

    fn sealed(&self, starts: bool, fits: bool) -> AcraStep {
        match (starts && self.ended == Some(false), fits) {
            (true, _) => AcraStep::Refused(AcraRefusal::EndMissing),
            (false, false) => AcraStep::Refused(AcraRefusal::Mismatch),
            (false, true) => AcraStep::Passed,
        }
    }

    /// Reads a line in the one format that Acra was told.
    fn read(&mut self, text: &[u8]) -> AcraReading {
        if self.format == Format::Json {
            return read_json(text);
        }
        self.scratch.clear();
        // A message that looks like a seal is the reason why Acra does not check this one; here it is no excuse.
        match entry::parse(text, &mut self.scratch) {
            Some(Entry { format: Format::Plaintext | Format::Cef, seal: SealField::Present(_), marker, .. }) => {
                AcraReading::Sealed { starts: marker == Marker::Start }
            }
            _ => read_text(text, self.format),
        }
    }

    fn marker(&mut self, text: &[u8]) -> Marker {
        // Almost no line has one, and parsing takes longer than looking.
        if memchr::memmem::find(text, b"chain").is_none() {
            return Marker::Middle;
        }
        self.scratch.clear();
        entry::parse(text, &mut self.scratch).map_or(Marker::Middle, |entry| entry.marker)
    }
}

/// Reads a line of text by the one mark that Acra looks for.
fn read_text(text: &[u8], format: Format) -> AcraReading {
    const FIELD: &[u8] = b" integrity=";
    let mut places = memchr::memmem::find_iter(text, FIELD);
    let (Some(at), None) = (places.next(), places.next()) else { return AcraReading::Unsealed };
    let tail = text[at + FIELD.len()..].trim_ascii_end();
    let tail = if format == Format::Cef { tail.trim_ascii_start() } else { tail };
    match tail.strip_suffix(b" chain=new") {
        Some(seal) => sealed(seal, format, true),
        None => sealed(tail, format, false),
    }
}

fn read_json(text: &[u8]) -> AcraReading {
    let Some(object) = go_json::marshal(text, Style::Go122) else {
        let seems = Format::sniff(text).filter(|format| *format != Format::Json);
        return AcraReading::Unreadable(AcraRefusal::NotJson { seems });
    };
    let member = |wanted: &[u8]| object.members().find(|(key, _)| *key == wanted).map(|(_, value)| value);
    let text_of =
        |value: &'_ [u8]| value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).map(<[u8]>::to_vec);
    match member(b"integrity").and_then(text_of) {
        Some(seal) => sealed(&seal, Format::Json, member(b"chain") == Some(b"\"new\"")),
        None => AcraReading::Unsealed,
    }
}

fn sealed(digits: &[u8], format: Format, starts: bool) -> AcraReading {
    let is_hex = digits.len().is_multiple_of(2) && digits.iter().all(u8::is_ascii_hexdigit);
    if is_hex { AcraReading::Sealed { starts } } else { AcraReading::Unreadable(AcraRefusal::NotHex(format)) }
}

impl fmt::Display for AcraRefusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson { seems: None } => out.write_str("[json] can't parse integrity: not json"),
            Self::NotJson { seems: Some(format) } => {
                write!(out, "[json] can't parse integrity: not json, but {}", format.name())
            }
            Self::NotHex(format) => write!(out, "[{}] can't parse integrity: not hexadecimal", format.name()),
            Self::Mismatch => out.write_str("integrity doesn't match"),
            Self::EndMissing => out.write_str("end of audit log chain is missing"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Seal;

    const SEAL: &str = "d49e55a26733dc0bddd3a47ef034059234550e799c48363b69f413ab2a4da07f";
    const END: &str = "time=\"t\" level=info msg=\"End of current audit log chain\" chain=end";

    fn verified(position: u64) -> Integrity<'static> {
        let (chain, position) = (Some(Seal([1; 32])), Some(position));
        Integrity { status: IntegrityStatus::Verified, fits: true, chain, position, key: None }
    }

    fn not(status: IntegrityStatus) -> Integrity<'static> {
        Integrity { status, fits: false, chain: None, position: None, key: None }
    }

    fn walk(format: Format, lines: &[(String, Integrity<'static>)]) -> Vec<AcraStep> {
        let mut walk = AcraWalk::new(format);
        lines.iter().map(|(text, verdict)| walk.line(text.as_bytes(), verdict)).collect()
    }

    #[test]
    fn what_is_not_verified_is_read_as_acra_reads_it() {
        let (mismatch, not_json) = (AcraRefusal::Mismatch, AcraRefusal::NotJson { seems: None });
        let looks_like = |format| AcraStep::Refused(AcraRefusal::NotJson { seems: Some(format) });
        let text = |ending: &str| format!("time=\"t\" level=info msg=m{ending}");
        let json = |members: &str| format!("{{\"level\":\"info\"{members}}}");
        let not_hex = |format| AcraStep::Refused(AcraRefusal::NotHex(format));
        let (plain, cef) = (Format::Plaintext, Format::Cef);
        let cases = [
            (plain, String::new(), AcraStep::Passed),
            (plain, "\r".to_owned(), AcraStep::Passed),
            (plain, " \t".to_owned(), AcraStep::Unchecked),
            (Format::Json, " \t".to_owned(), AcraStep::Refused(not_json)),
            (plain, text(""), AcraStep::Unchecked),
            (plain, text(&format!(" integrity={SEAL} integrity={SEAL}")), AcraStep::Unchecked),
            (plain, text(&format!(" integrity={SEAL}")), AcraStep::Refused(mismatch)),
            (plain, text(&format!(" integrity={SEAL} chain=new")), AcraStep::Refused(mismatch)),
            (plain, text(&format!(" integrity={}", &SEAL[..32])), AcraStep::Refused(mismatch)),
            (plain, text(&format!(" integrity=x integrity={SEAL}")), AcraStep::Refused(mismatch)),
            (plain, text(" integrity="), AcraStep::Refused(mismatch)),
            (plain, text(" integrity= chain=new"), AcraStep::Refused(mismatch)),
            (plain, text(&format!(" integrity={}", &SEAL[..33])), not_hex(plain)),
            (plain, text(&format!(" integrity=zz{}", &SEAL[2..])), not_hex(plain)),
            (plain, text(&format!(" integrity={SEAL} foo")), not_hex(plain)),
            (plain, text(&format!(" integrity={SEAL} chain=old")), not_hex(plain)),
            (plain, json(""), AcraStep::Unchecked),
            (cef, format!("CEF:0|c|p|v|100|m|1|unixTime=1 integrity={SEAL} "), AcraStep::Refused(mismatch)),
            (cef, "CEF:0|c|p|v|100|m|1|unixTime=1 integrity=x ".to_owned(), not_hex(cef)),
            (cef, "CEF:0|c|p|v|100|m|1|unixTime=1 integrity= chain=new".to_owned(), not_hex(cef)),
            (Format::Json, json(""), AcraStep::Unchecked),
            (Format::Json, json(",\"integrity\":1"), AcraStep::Unchecked),
            (Format::Json, json(&format!(",\"integrity\":\"{SEAL}\"")), AcraStep::Refused(mismatch)),
            (Format::Json, json(",\"integrity\":\"\""), AcraStep::Refused(mismatch)),
            (Format::Json, json(",\"integrity\":\"zz\""), not_hex(Format::Json)),
            (Format::Json, json("") + " x", AcraStep::Refused(not_json)),
            (Format::Json, json("")[..10].to_owned(), AcraStep::Refused(not_json)),
            (Format::Json, "panic: goroutine 1".to_owned(), AcraStep::Refused(not_json)),
            (Format::Json, "[1,2]".to_owned(), AcraStep::Refused(not_json)),
            (Format::Json, text(""), looks_like(plain)),
        ];
        for (format, text, expected) in cases {
            for status in [IntegrityStatus::Failed, IntegrityStatus::Unsigned] {
                assert_eq!(walk(format, &[(text.clone(), not(status))]), [expected], "{text}");
            }
        }
    }

    #[test]
    fn a_chain_begins_with_its_mark_and_after_the_end_of_another_one() {
        let middle = || format!("time=\"t\" level=info msg=m integrity={SEAL}");
        let start = || middle() + " chain=new";
        let end = || format!("{END} integrity={SEAL}");
        let (passed, mismatch) = (AcraStep::Passed, AcraStep::Refused(AcraRefusal::Mismatch));
        let end_missing = AcraStep::Refused(AcraRefusal::EndMissing);
        let failed = || not(IntegrityStatus::Failed);
        let cases = [
            (vec![(start(), verified(1)), (middle(), verified(2)), (end(), verified(3))], [passed; 3]),
            (vec![(start(), verified(1)), (end(), verified(2)), (start(), verified(1))], [passed; 3]),
            (
                vec![(start(), verified(1)), (middle(), verified(2)), (start(), verified(1))],
                [passed, passed, end_missing],
            ),
            (vec![(start(), verified(1)), (middle(), verified(2)), (start(), failed())], [passed, passed, end_missing]),
            (vec![(start(), verified(1)), (start(), verified(2)), (end(), verified(3))], [passed, end_missing, passed]),
            (vec![(start(), verified(1)), (end(), verified(2)), (middle(), verified(1))], [passed, passed, mismatch]),
            (vec![(start(), verified(1)), (end(), verified(2)), (start(), failed())], [passed, passed, mismatch]),
            (vec![(middle(), verified(1)), (middle(), verified(2)), (end(), verified(3))], [passed; 3]),
        ];
        for (lines, expected) in cases {
            assert_eq!(walk(Format::Plaintext, &lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn an_entry_that_can_be_read_in_two_ways_passes_when_its_seal_fits() {
        let twice = format!("{{\"level\":\"info\",\"level\":\"info\",\"integrity\":\"{SEAL}\",\"chain\":\"new\"}}");
        let start = format!("{{\"integrity\":\"{SEAL}\",\"chain\":\"new\"}}");
        let end_missing = AcraStep::Refused(AcraRefusal::EndMissing);
        for (fits, steps) in [
            (true, [AcraStep::Passed, end_missing, end_missing]),
            (false, [AcraStep::Refused(AcraRefusal::Mismatch), AcraStep::Passed, end_missing]),
        ] {
            let ambiguous = Integrity { fits, ..not(IntegrityStatus::Failed) };
            let lines = [(twice.clone(), ambiguous), (start.clone(), verified(1)), (twice.clone(), ambiguous)];
            assert_eq!(walk(Format::Json, &lines), steps);
        }
    }

    #[test]
    fn what_is_sealed_in_another_format_is_read_as_acra_was_told() {
        let plain = format!("time=\"t\" level=info msg=m integrity={SEAL} chain=new");
        let json = format!("{{\"integrity\":\"{SEAL}\",\"chain\":\"new\"}}");
        let flattened = format!("delimiterleveldelimiter\"info\"delimiter integrity={SEAL}");
        let seems = |format| AcraStep::Refused(AcraRefusal::NotJson { seems: format });
        let ambiguous = Integrity { fits: true, ..not(IntegrityStatus::Failed) };
        for (format, line, verdict, step) in [
            (Format::Json, &plain, verified(1), seems(Some(Format::Plaintext))),
            (Format::Json, &flattened, ambiguous, seems(None)),
            (Format::Cef, &plain, verified(1), AcraStep::Passed),
            (Format::Plaintext, &json, verified(1), AcraStep::Unchecked),
            (Format::Plaintext, &flattened, ambiguous, AcraStep::Passed),
        ] {
            assert_eq!(walk(format, &[(line.clone(), verdict)]), [step], "{line}");
        }
    }
}
