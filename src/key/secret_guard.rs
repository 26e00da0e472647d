//! A secret given where its name belongs: an easy slip, after which no message may repeat what was given. Whether a text is
//! one is guessed, and rather once too often.

use zeroize::Zeroizing;

use super::go_base64;

/// The least length of what is taken for a secret in base64, in bytes.
const SECRET_BYTES_MIN: usize = 30;

/// The same in letters, for base64 that is not whole.
const SECRET_LETTERS_MIN: usize = 40;

/// The least number of hex digits.
const SECRET_DIGITS_MIN: usize = 32;

/// Of a hundred letters of base64, how many are at least of another kind than the one before them: capital, small, digit.
/// Random ones have 64 on average, words of a path about 33.
const CHANGES_PER_CENT_MIN: usize = 45;

/// Whether a text is itself a secret, or holds what may be one: an audit log key or a master key, in hex, base64 or JSON,
/// whole or with a letter too few, with blanks, quotes, colons or words around it.
pub(crate) fn is_secret_text(text: &[u8]) -> bool {
    let mut bare = Zeroizing::new(Vec::with_capacity(text.len()));
    bare.extend(text.iter().filter(|byte| !byte.is_ascii_whitespace() && !b"\"'".contains(byte)));
    let is_long = |bytes: Zeroizing<Vec<u8>>| bytes.len() >= SECRET_BYTES_MIN;
    let is_whole = bare.ends_with(b"=") && go_base64::decode(&bare).is_some_and(is_long);
    is_whole || bare.starts_with(b"{") || holds_hex(text) || holds_base64(&bare)
}

/// Digits may stand in groups.
fn holds_hex(text: &[u8]) -> bool {
    let mut digits = 0;
    text.iter().any(|byte| {
        match byte {
            byte if byte.is_ascii_hexdigit() => digits += 1,
            b' ' | b':' | b'-' | b'_' | b'\n' | b'\r' | b'\t' => {}
            _ => digits = 0,
        }
        digits >= SECRET_DIGITS_MIN
    })
}

fn holds_base64(letters: &[u8]) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
    letters.split(|byte| !is_letter(byte)).any(|run| {
        let kinds = run.windows(2).filter(|pair| kind(pair[0]) != kind(pair[1])).count();
        run.len() >= SECRET_LETTERS_MIN && kinds * 100 >= run.len() * CHANGES_PER_CENT_MIN
    })
}

/// Capital, small, or neither.
fn kind(byte: u8) -> u8 {
    match byte {
        b'A'..=b'Z' => 0,
        b'a'..=b'z' => 1,
        _ => 2,
    }
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

    /// Spellings in which a key may land where its name belongs.
    fn spellings(key: &[u8]) -> Vec<String> {
        let (hex, base64) = (hex::encode(key), STANDARD.encode(key));
        let groups = |by: &str| {
            let pairs: Vec<_> = hex.as_bytes().chunks(4).map(String::from_utf8_lossy).collect();
            pairs.join(by)
        };
        vec![
            hex.clone(),
            hex.to_uppercase(),
            hex[1..].to_owned(),
            format!("0x{hex}"),
            groups(" "),
            groups(":"),
            groups("-"),
            format!("\"{hex}\""),
            format!("key={hex}"),
            format!("./{hex}.key"),
            base64.clone(),
            base64.trim_end_matches('=').to_owned(),
            format!(" {base64}"),
            format!("'{base64}'"),
            format!("{base64};"),
            format!("{}\n{}", &base64[..20], &base64[20..]),
            format!("{{\"encryption\":\"{base64}\""),
            URL_SAFE_NO_PAD.encode(key),
        ]
    }

    #[test]
    fn a_key_is_known_in_every_spelling() {
        let mut unknown = 0;
        for seed in 0..2000_u32 {
            let key = <sha2::Sha256 as sha2::Digest>::digest(seed.to_be_bytes());
            for spelling in spellings(&key) {
                let is_known = is_secret_text(spelling.as_bytes()) && !is_variable_name(&spelling);
                // What is neither hex nor padded is guessed by its letters.
                assert!(
                    is_known || spelling.trim_end_matches(';').len() == 43 || spelling.ends_with("=;"),
                    "{spelling}"
                );
                unknown += usize::from(!is_known);
            }
        }
        assert!(unknown < 200, "{unknown} of 36 000 would be repeated");
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
            "/etc/acra/AuditLogKeyForProductionCluster2026",
            "/mnt/Backups2026/AcraKeystoreCopyFromMonday",
            "/var/lib/acra/{blue,green}/keys",
        ] {
            assert!(!is_secret_text(name.as_bytes()), "{name}");
        }
        assert!(is_variable_name("ACRA_MASTER_KEY") && is_variable_name("_k1"));
        assert!(
            !is_variable_name("") && !is_variable_name("1K") && !is_variable_name("A=b") && !is_variable_name("a b")
        );
    }
}
