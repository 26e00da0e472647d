//! What plaintext and cef have in common: the seal stands at the end of the line and everything before it is signed
//! (audit log, section 3). Where fields begin and end is left to `plaintext` and `cef`.

use super::{END_MESSAGE, Entry, Fidelity, Format, MacInput, Marker, SealField, cef, ending, plaintext};

/// Reads a line without trailing blanks as plaintext.
pub(super) fn parse_plaintext(line: &[u8]) -> Entry {
    parse(line, Format::Plaintext, plaintext::message, plaintext::fields)
}

/// Reads a line without trailing blanks as cef.
pub(super) fn parse_cef(line: &[u8]) -> Entry {
    parse(line, Format::Cef, cef::message, cef::fields)
}

/// A line without trailing blanks that begins as no entry does and yet ends as a signed one: its first bytes were altered.
pub(super) fn parse_beheaded(line: &[u8]) -> Option<Entry> {
    ending::split(line)?;
    let entry = match memchr::memmem::find(line, b"|cossacklabs|") {
        Some(_) => parse_cef(line),
        None => parse_plaintext(line),
    };
    // Even if its seal is right: a json entry's MAC input, written out as text, carries the entry's own seal.
    Some(Entry { fidelity: Fidelity::Ambiguous, ..entry })
}

fn parse<'a, F>(line: &'a [u8], format: Format, message: fn(&[u8]) -> Option<&[u8]>, fields: fn(&'a [u8]) -> F) -> Entry
where
    F: Iterator<Item = (&'a [u8], &'a [u8])>,
{
    let is_end =
        |part: &'a [u8]| message(part) == Some(END_MESSAGE) && fields(part).any(|field| field == (b"chain", b"end"));
    let entry = |seal, marker, signed_bytes| {
        let mac = MacInput::Line(0..signed_bytes);
        Entry { format, seal, marker, fidelity: Fidelity::Exact, mac }
    };
    if let Some(end) = ending::split(line) {
        let signed = &line[..end.signed_bytes];
        let marker = match end.start {
            true => Marker::Start,
            false if is_end(signed) => Marker::End,
            false => Marker::Middle,
        };
        // A quoted value ends with its quote and a cef value has no bare equals sign, so this cannot be text.
        return match ending::split(signed) {
            Some(_) => entry(SealField::Malformed, marker, 0),
            None => entry(SealField::Present(end.seal), marker, end.signed_bytes),
        };
    }
    let mut seal = if ending::is_damaged(line) { SealField::Malformed } else { SealField::Absent };
    let mut marker = if is_end(line) { Marker::End } else { Marker::Middle };
    let mut last = None;
    for (key, value) in fields(line) {
        // Loose text in front becomes part of a plaintext key.
        if key == b"integrity" || key.ends_with(b" integrity") {
            seal = SealField::Malformed;
        }
        last = Some((key, value));
    }
    if last == Some((b"chain", b"new")) && line.ends_with(b"chain=new") {
        marker = Marker::Start;
    }
    entry(seal, marker, 0)
}
