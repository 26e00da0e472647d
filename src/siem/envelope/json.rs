//! JSON strings that are harmless even on a terminal: what does more than show itself stands as `\uXXXX`. The value is the
//! same for every reader; the objects around the strings are left to the envelopes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::push_formatted;
use crate::inert::is_hostile;
use crate::siem::{Loss, Losses};

/// Whether a byte can begin a character that must be spelled out; every other byte is copied unseen.
const SUSPECTS: [bool; 256] = suspects();

const fn suspects() -> [bool; 256] {
    let mut suspects = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        // The first bytes of U+0080 to U+00AD, U+061C, U+180E, U+2000 on, U+FEFF on, and U+E0000 on.
        suspects[byte] = matches!(byte, 0..0x20 | 0x22 | 0x23 | 0x5c | 0x7f | 0xc2 | 0xd8 | 0xe1 | 0xe2 | 0xef | 0xf3);
        byte += 1;
    }
    suspects
}

/// Appends a text in quotes. Bytes that are no UTF-8 become U+FFFD and are counted under the field.
pub(super) fn push_text(text: &[u8], field: &str, out: &mut Vec<u8>, losses: &mut Losses) {
    match std::str::from_utf8(text) {
        Ok(text) => push_string(text, out),
        Err(_) => {
            push_string(&String::from_utf8_lossy(text), out);
            losses.add(field, Loss::Encoding);
        }
    }
}

/// Appends a text in quotes.
pub(super) fn push_string(text: &str, out: &mut Vec<u8>) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    let bytes = text.as_bytes();
    let (mut copied, mut at) = (0, 0);
    while let Some(&byte) = bytes.get(at) {
        if !SUSPECTS[usize::from(byte)] {
            at += 1;
            continue;
        }
        // A suspect is the first byte of its character.
        let Some(c) = text[at..].chars().next() else { break };
        let end = at + c.len_utf8();
        // CI runners look for commands (`##[error]`) anywhere in a line.
        let command = c == '#' && bytes[..at].ends_with(b"#");
        if command || matches!(c, '"' | '\\') || is_hostile(c) {
            out.extend_from_slice(&bytes[copied..at]);
            push_escaped(c, out);
            copied = end;
        }
        at = end;
    }
    out.extend_from_slice(&bytes[copied..]);
    out.push(b'"');
}

fn push_escaped(c: char, out: &mut Vec<u8>) {
    let short = match c {
        '"' => b'"',
        '\\' => b'\\',
        '\n' => b'n',
        '\r' => b'r',
        '\t' => b't',
        _ => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                push_formatted(out, format_args!("\\u{unit:04x}"));
            }
            return;
        }
    };
    out.extend([b'\\', short]);
}

/// Appends the bytes in base64, in quotes.
pub(super) fn push_base64(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(STANDARD.encode(bytes).as_bytes());
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::{is_hostile, push_string};

    fn written(text: &str) -> String {
        let mut out = Vec::new();
        push_string(text, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_does_more_than_show_itself_is_spelled_out() {
        let cases = [
            ("", r#""""#),
            ("plain ä 漢 – “x”", r#""plain ä 漢 – “x”""#),
            ("a\"b\\c/", r#""a\"b\\c/""#),
            ("\n\r\t\0\x1b\x7f\u{9b}", r#""\n\r\t\u0000\u001b\u007f\u009b""#),
            ("\u{202e}\u{2028}\u{feff}\u{ad}\u{61c}\u{180e}", r#""\u202e\u2028\ufeff\u00ad\u061c\u180e""#),
            ("\u{e0041}", r#""\udb40\udc41""#),
            ("# ## ###", r##""# #\u0023 #\u0023\u0023""##),
        ];
        for (text, wanted) in cases {
            assert_eq!(written(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn no_hostile_character_begins_with_a_byte_that_is_copied_unseen() {
        for c in (0..=0x0010_ffff).filter_map(char::from_u32) {
            let text = c.to_string();
            assert!(!is_hostile(c) || !written(&text).contains(c), "{c:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_text_is_read_back_as_it_was(text in proptest::arbitrary::any::<String>()) {
            let json = written(&text);
            proptest::prop_assert!(!json.chars().any(is_hostile) && !json.contains("##"));
            proptest::prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }
}
