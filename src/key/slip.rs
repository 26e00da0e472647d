//! A secret given where its name belongs: an easy slip, after which no message may repeat what was given. Whether a text is
//! one is guessed, and rather once too often.

use zeroize::Zeroizing;

use super::go_base64;

/// The least length of what is taken for a secret in base64, in bytes. Names of this length that happen to be base64 are rare.
const SECRET_BYTES_MIN: usize = 30;

/// The same in letters, for base64 that is not whole.
const SECRET_LETTERS_MIN: usize = 40;

/// The least number of hex digits.
const SECRET_DIGITS_MIN: usize = 32;

/// The letters of base64 for each slash among them, at least; a path has more slashes.
const LETTERS_PER_SLASH: usize = 13;

/// Whether a text is itself a secret, or may be one: an audit log key or a master key, in hex, base64 or JSON, whole or with
/// a letter too few, with blanks, quotes or colons in it.
pub(super) fn is_secret_text(text: &[u8]) -> bool {
    let is_long = |bytes: Zeroizing<Vec<u8>>| bytes.len() >= SECRET_BYTES_MIN;
    let is_base64 = go_base64::decode(text).is_some_and(is_long);
    if text.contains(&b'{') || (is_base64 && text.ends_with(b"=")) {
        return true;
    }
    let is_decoration = |byte: &u8| byte.is_ascii_whitespace() || b"\"':=,".contains(byte);
    let mut letters = Zeroizing::new(Vec::with_capacity(text.len()));
    letters.extend(text.iter().filter(|byte| !is_decoration(byte)));
    let digits = letters.strip_prefix(b"0x").unwrap_or(&letters);
    if digits.len() >= SECRET_DIGITS_MIN && digits.iter().all(u8::is_ascii_hexdigit) {
        return true;
    }
    let has = |kind: fn(&u8) -> bool| letters.iter().any(kind);
    let is_like_base64 = letters.len() >= SECRET_LETTERS_MIN
        && letters.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte))
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase);
    let slashes = letters.iter().filter(|byte| **byte == b'/').count();
    (is_base64 || is_like_base64) && slashes * LETTERS_PER_SLASH <= letters.len()
}

/// Whether a text may be repeated as the name of a variable.
pub(super) fn is_variable_name(name: &str) -> bool {
    let is_word = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_word && name.bytes().next().is_some_and(|first| !first.is_ascii_digit()) && !is_secret_text(name.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    /// Spellings in which a key may land where its name belongs.
    fn spellings(key: &[u8]) -> Vec<String> {
        let (hex, base64) = (hex::encode(key), STANDARD.encode(key));
        let pairs: Vec<_> = hex.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair)).collect();
        vec![
            hex.clone(),
            hex.to_uppercase(),
            hex[1..].to_owned(),
            format!("0x{hex}"),
            format!("{} {}", &hex[..32], &hex[32..]),
            pairs.join(":"),
            format!("\"{hex}\""),
            base64.clone(),
            base64.trim_end_matches('=').to_owned(),
            format!(" {base64}"),
            format!("'{base64}'"),
            format!("{}\n{}", &base64[..20], &base64[20..]),
            format!("{{\"encryption\":\"{base64}\""),
            URL_SAFE_NO_PAD.encode(key),
        ]
    }

    proptest! {
        #[test]
        fn a_key_is_known_in_every_spelling(key: [u8; 32]) {
            for spelling in spellings(&key) {
                // Of a thousand keys a few have as many slashes as a path, when nothing else gives them away.
                let slashes = spelling.bytes().filter(|byte| *byte == b'/').count();
                let is_known = is_secret_text(spelling.as_bytes()) && !is_variable_name(&spelling);
                prop_assert!(slashes > 2 || is_known, "{}", spelling);
            }
        }
    }

    #[test]
    fn names_of_files_and_variables_are_not_taken_for_secrets() {
        for name in [
            "ACRA_MASTER_KEY",
            "ACRA_MASTER_KEY_OF_THE_PRODUCTION_CLUSTER_2",
            ".acrakeys",
            "/etc/acra/keys",
            "MASTERKEY",
            "",
            "/var/lib/acra/production/keystores/acra-server/keys",
            "/home/Bob2/Projects/acra/deployment/keystore/current",
            "C:\\Program Files\\Acra\\keystore-of-2026\\master.key",
            "a-rather-long-name-of-a-folder-with-many-words-in-it",
        ] {
            assert!(!is_secret_text(name.as_bytes()), "{name}");
        }
        assert!(is_variable_name("ACRA_MASTER_KEY") && is_variable_name("_k1"));
        assert!(
            !is_variable_name("") && !is_variable_name("1K") && !is_variable_name("A=b") && !is_variable_name("a b")
        );
    }
}
