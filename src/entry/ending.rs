//! How a plaintext or cef line ends: ` integrity=<64 hex>` and, on a chain's first entry, ` chain=new`. Looks at the end
//! of the line only; what else stands in the line is left to `text`.

use super::Seal;

/// The separator, the key and the equals sign before the seal (audit log, section 3).
const FIELD: &[u8; 11] = b" integrity=";
/// What follows the seal of a chain's first entry; not signed.
const START: &[u8] = b" chain=new";
/// Hex digits of a seal.
pub(super) const SEAL_DIGITS: usize = 64;
/// How many bytes of a field's name may be wrong for it to count as a damaged one, not as another field.
pub(super) const DAMAGE_BYTES_MAX: usize = 2;

/// A line that ends exactly as Acra ends a signed one.
pub(super) struct Ending {
    /// Length of the signed part, which stands at the beginning of the line.
    pub(super) signed_bytes: usize,
    /// The seal.
    pub(super) seal: Seal,
    /// Whether ` chain=new` follows.
    pub(super) start: bool,
}

/// Splits a line without trailing blanks; the work does not depend on its length.
pub(super) fn split(line: &[u8]) -> Option<Ending> {
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
pub(super) fn seal_from(digits: &[u8]) -> Option<Seal> {
    let digits: &[u8; SEAL_DIGITS] = digits.try_into().ok()?;
    let mut seal = [0; SEAL_DIGITS / 2];
    // Invalid digits are collected and judged once: a branch per digit costs more than the rest of the split.
    let mut invalid = 0;
    for (byte, pair) in seal.iter_mut().zip(digits.as_chunks::<2>().0) {
        let (high, low) = (NIBBLES[usize::from(pair[0])], NIBBLES[usize::from(pair[1])]);
        invalid |= high | low;
        *byte = high << 4 | (low & 0x0f);
    }
    (invalid & 0xf0 == 0).then_some(Seal(seal))
}

fn without_start(line: &[u8]) -> (&[u8], bool) {
    match line.strip_suffix(START) {
        Some(sealed) => (sealed, true),
        None => (line, false),
    }
}

/// The value of each lower-case hex digit; 0xff for every other byte.
const NIBBLES: [u8; 256] = {
    let mut table = [0xff; 256];
    let digits = b"0123456789abcdef";
    let mut value = 0;
    while value < digits.len() {
        table[digits[value] as usize] = value as u8;
        value += 1;
    }
    table
};

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
    fn a_misspelled_key_before_a_seal_is_damage_and_another_key_is_not() {
        assert!(is_damaged(format!("a inteGrity={HEX}").as_bytes()));
        assert!(is_damaged(format!("a\"integrity={HEX} chain=new").as_bytes()));
        assert!(!is_damaged(format!("a query_hash={HEX}").as_bytes()));
        assert!(!is_damaged(format!("a inteGrity={}", HEX.to_uppercase()).as_bytes()));
    }
}
