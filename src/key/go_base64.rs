//! Base64 as Acra reads it: the standard alphabet with padding; line ends are skipped wherever they stand, and bits that no
//! byte needs may be set. What is decoded is always secret, so nothing is said about what is wrong with a text.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

const ENGINE: GeneralPurpose =
    GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// The bytes a text stands for; None is a text that is not base64.
pub(super) fn decode(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut letters = Zeroizing::new(Vec::with_capacity(text.len()));
    letters.extend(text.iter().filter(|letter| !matches!(letter, b'\r' | b'\n')));
    let mut bytes = Zeroizing::new(vec![0; letters.len() / 4 * 3 + 3]);
    // The error would name a letter and its place.
    let length = ENGINE.decode_slice(letters.as_slice(), bytes.as_mut_slice()).ok()?;
    bytes.truncate(length);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decoded(text: &str) -> Option<Vec<u8>> {
        decode(text.as_bytes()).map(|bytes| bytes.to_vec())
    }

    #[test]
    fn line_ends_and_spare_bits_do_not_matter() {
        for text in ["Zm9vYg==", "Zm9v\nYg==\n", "Zm9v\r\nYg\n=\r=", "\nZm9vYg==", "Zm9vYh==", "Zm9vYv=="] {
            assert_eq!(decoded(text).unwrap(), b"foob", "{text:?}");
        }
        assert_eq!(decoded("").unwrap(), b"");
    }

    #[test]
    fn anything_else_does() {
        let texts = [
            "Zm9vYg",
            "Zm9vYg=",
            " Zm9vYg==",
            "Zm9vYg== ",
            "Zm9v Yg==",
            "Zm9vYg===",
            "Zm9vYg==Zm9v",
            "Zm9v-_==",
            "=",
            "Z",
        ];
        for text in texts {
            assert_eq!(decoded(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded_wherever_the_lines_break(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            width in 1_usize..80,
        ) {
            let text = base64::engine::general_purpose::STANDARD.encode(&bytes);
            let lines: Vec<_> = text.as_bytes().chunks(width).collect();
            prop_assert_eq!(decode(&lines.join(&b"\r\n"[..])).unwrap().to_vec(), bytes);
        }
    }
}
