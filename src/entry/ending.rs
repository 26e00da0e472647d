//! What plaintext and cef have in common (audit log, section 3): ` integrity=<64 hex>` and, on a chain's first entry,
//! ` chain=new` stand at the end of the line, and everything before them is signed. Where fields begin and end is left to
//! `plaintext` and `cef`.

use super::{END_MESSAGE, Entry, Fidelity, Format, MacInput, Marker, Seal, SealField, cef, plaintext};

/// The separator, the key and the equals sign before the seal (audit log, section 3).
pub(super) const FIELD: &[u8; 11] = b" integrity=";
/// What follows the seal of a chain's first entry; not signed.
pub(super) const START: &[u8] = b" chain=new";
/// Hex digits of a seal.
pub(super) const SEAL_DIGITS: usize = 64;
/// How many bytes of a field's name may be wrong for it to count as a damaged one, not as another field.
pub(super) const DAMAGE_BYTES_MAX: usize = 2;

/// A line that ends exactly as Acra ends a signed one.
pub(crate) struct Ending {
    /// Length of the signed part, which stands at the beginning of the line.
    pub(crate) signed_bytes: usize,
    /// The seal.
    pub(crate) seal: Seal,
    /// Whether ` chain=new` follows.
    pub(crate) start: bool,
}

/// Splits a line without trailing blanks; the work does not depend on its length.
pub(crate) fn split(line: &[u8]) -> Option<Ending> {
    let (sealed, start) = without_start(line);
    let (signed, digits) = sealed.split_last_chunk::<SEAL_DIGITS>()?;
    let signed = signed.strip_suffix(FIELD)?;
    Some(Ending { signed_bytes: signed.len(), seal: seal_from(digits)?, start })
}

/// Whether a line that [`split`] refuses ends in a seal whose key is spelled wrong by a byte or two: no field of Acra's
/// has a value like that, so this is a seal that was damaged, not a line without one.
pub(super) fn is_damaged(line: &[u8]) -> bool {
    let (sealed, _) = without_start(line);
    let Some((rest, digits)) = sealed.split_last_chunk::<SEAL_DIGITS>() else {
        return false;
    };
    let Some((_, field)) = rest.split_last_chunk::<11>() else {
        return false;
    };
    let differences = field.iter().zip(FIELD).filter(|(a, b)| a != b).count();
    seal_from(digits).is_some() && differences <= DAMAGE_BYTES_MAX
}

/// Whether a text is another one with a letter or two wrong. By letters, as json makes U+FFFD of a byte that is none.
pub(super) fn is_nearly(text: &[u8], wanted: &str) -> bool {
    let text = String::from_utf8_lossy(text);
    let differences = text.chars().zip(wanted.chars()).filter(|(a, b)| a != b).count();
    text.chars().count() == wanted.chars().count() && (1..=DAMAGE_BYTES_MAX).contains(&differences)
}

/// Reads 64 lower-case hex digits; anything else is not a seal of Acra's.
pub(crate) fn seal_from(digits: &[u8]) -> Option<Seal> {
    let digits: &[u8; SEAL_DIGITS] = digits.try_into().ok()?;
    let (mut values, mut invalid) = ([0; SEAL_DIGITS], false);
    // All digits in the same way, whatever they are: so the compiler makes it vectors.
    for (value, digit) in values.iter_mut().zip(digits) {
        let (decimal, letter) = (digit.wrapping_sub(b'0'), digit.wrapping_sub(b'a'));
        let (is_decimal, is_letter) = (decimal < 10, letter < 6);
        *value = if is_decimal { decimal } else { letter.wrapping_add(10) };
        invalid |= !(is_decimal | is_letter);
    }
    let mut seal = [0; SEAL_DIGITS / 2];
    for (byte, [high, low]) in seal.iter_mut().zip(values.as_chunks().0) {
        *byte = high << 4 | low;
    }
    (!invalid).then_some(Seal(seal))
}

fn without_start(line: &[u8]) -> (&[u8], bool) {
    match line.strip_suffix(START) {
        Some(sealed) => (sealed, true),
        None => (line, false),
    }
}

/// Reads a line without trailing blanks as plaintext.
pub(super) fn parse_plaintext(line: &[u8]) -> Entry {
    parse(line, Format::Plaintext, plaintext::is_message, plaintext::fields)
}

/// Reads a line without trailing blanks as cef.
pub(super) fn parse_cef(line: &[u8]) -> Entry {
    parse(line, Format::Cef, cef::is_message, cef::fields)
}

/// A line without trailing blanks that begins as no entry does and yet ends as a signed one: its first bytes were altered.
pub(super) fn parse_beheaded(line: &[u8]) -> Option<Entry> {
    split(line)?;
    let entry = match memchr::memmem::find(line, b"|cossacklabs|") {
        Some(_) => parse_cef(line),
        None => parse_plaintext(line),
    };
    // Even if its seal is right: a json entry's MAC input, written out as text, carries the entry's own seal.
    Some(Entry { fidelity: Fidelity::Ambiguous, ..entry })
}

fn parse<'a, F>(
    line: &'a [u8],
    format: Format,
    is_message: fn(&[u8], &[u8]) -> bool,
    fields: fn(&'a [u8]) -> F,
) -> Entry
where
    F: Iterator<Item = (&'a [u8], &'a [u8])>,
{
    let is_end =
        |part: &'a [u8]| is_message(part, END_MESSAGE) && fields(part).any(|field| field == (b"chain", b"end"));
    let entry = |seal, marker, signed_bytes| {
        let mac = MacInput::Line(0..signed_bytes);
        Entry { format, seal, marker, fidelity: Fidelity::Exact, mac }
    };
    if let Some(end) = split(line) {
        let signed = &line[..end.signed_bytes];
        let marker = match end.start {
            true => Marker::Start,
            false if is_end(signed) => Marker::End,
            false => Marker::Middle,
        };
        // A quoted value ends with its quote and a cef value has no bare equals sign, so this cannot be text.
        return match split(signed) {
            Some(_) => entry(SealField::Malformed, marker, 0),
            None => entry(SealField::Present(end.seal), marker, end.signed_bytes),
        };
    }
    let mut seal = if is_damaged(line) { SealField::Malformed } else { SealField::Absent };
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

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "d49e55a26733dc0bddd3a47ef034059234550e799c48363b69f413ab2a4da07f";

    #[test]
    fn only_the_exact_ending_is_split_off() {
        let cases = [
            (format!("a integrity={HEX}"), Some((1, false))),
            (format!("a integrity={HEX} chain=new"), Some((1, true))),
            (format!(" integrity={HEX}"), Some((0, false))),
            (format!("integrity={HEX}"), None),
            (format!("a integrity={HEX}0"), None),
            (format!("a integrity={}", &HEX[1..]), None),
            (format!("a integrity={}", HEX.to_uppercase()), None),
            (format!("a integrity={HEX} chain=end"), None),
            (format!("a integrity={HEX}  chain=new"), None),
            (format!("a integrity={HEX} chain=new chain=new"), None),
            (String::new(), None),
        ];
        for (line, expected) in cases {
            let found = split(line.as_bytes()).map(|ending| (ending.signed_bytes, ending.start));
            assert_eq!(found, expected, "{line}");
        }
    }

    #[test]
    fn a_seal_is_read_digit_by_digit() {
        let seal = seal_from(HEX.as_bytes()).expect("64 lower-case digits");
        assert_eq!(hex::encode(seal.0), HEX);
        for byte in [b'G', b'g', b'A', b'/', b':', b'`', 0, 0x80, 0xff] {
            let mut digits = *HEX.as_bytes().first_chunk::<64>().expect("64 digits");
            for at in [0, 1, 62, 63] {
                let kept = std::mem::replace(&mut digits[at], byte);
                assert_eq!(seal_from(&digits), None, "byte {byte} at {at}");
                digits[at] = kept;
            }
        }
    }

    #[test]
    fn every_byte_at_every_place_is_taken_for_the_digit_it_is_or_refused() {
        let slow = |byte: u8| b"0123456789abcdef".iter().position(|digit| *digit == byte);
        for place in 0..SEAL_DIGITS {
            for byte in 0..=255 {
                for other in *b"09af" {
                    let mut digits = [other; SEAL_DIGITS];
                    digits[place] = byte;
                    let seal = seal_from(&digits);
                    assert_eq!(seal.is_some(), slow(byte).is_some(), "{byte:#x} at {place} among {other:#x}");
                    if let Some(seal) = seal {
                        assert_eq!(hex::encode(seal.0).as_bytes(), digits);
                    }
                }
            }
        }
    }

    #[test]
    fn a_misspelled_key_before_a_seal_is_damage_and_another_key_is_not() {
        assert!(is_damaged(format!("a inteGrity={HEX}").as_bytes()));
        assert!(is_damaged(format!("a\"integrity={HEX} chain=new").as_bytes()));
        assert!(!is_damaged(format!("a query_hash={HEX}").as_bytes()));
        assert!(!is_damaged(format!("a inteGrity={}", HEX.to_uppercase()).as_bytes()));
    }
}
