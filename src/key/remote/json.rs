//! Secret texts inside JSON. The usual readers copy a text with escapes into memory that nobody wipes, so it is taken as it
//! stands and spelled out here.

use serde_json::value::RawValue;
use zeroize::Zeroizing;

/// The bytes of a JSON string; None is another value, or a string with letters beyond ASCII in an escape, which neither a
/// key in base64 nor a name of a service has.
pub(super) fn text(value: &RawValue) -> Option<Zeroizing<Vec<u8>>> {
    let inside = value.get().strip_prefix('"')?.strip_suffix('"')?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(inside.len()));
    let mut rest = inside.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let (&escaped, behind) = rest.split_first()?;
        rest = behind;
        bytes.push(match escaped {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'b' => 8,
            b'f' => 12,
            b'u' => {
                let (digits, behind) = rest.split_at_checked(4)?;
                rest = behind;
                let number = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
                u8::try_from(number).ok().filter(u8::is_ascii)?
            }
            other => other,
        });
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<Vec<u8>> {
        text(serde_json::from_str::<&RawValue>(json).unwrap()).map(|bytes| bytes.to_vec())
    }

    #[test]
    fn texts_are_spelled_out_and_nothing_else_is_a_text() {
        let plain = read(r#""a+b/c==""#);
        assert_eq!(plain.unwrap(), b"a+b/c==");
        assert_eq!(read(r#""a\u002bb\/c\u003D=\n\r\t\b\f\"\\""#).unwrap(), b"a+b/c==\n\r\t\x08\x0c\"\\");
        assert_eq!(read(r#""""#).unwrap(), b"");
        assert_eq!(read("\"\u{e9}\"").unwrap(), "\u{e9}".as_bytes());
        for other in ["1", "null", "{\"a\":\"b\"}", "[\"a\"]", r#""\u00e9""#, r#""\ud83d\ude00""#] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
