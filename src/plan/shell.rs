//! Words as a POSIX shell takes them, so that what was typed can be typed again.

use std::ffi::OsString;

/// Letters that mean only themselves wherever they stand, beside ASCII letters and digits.
const PLAIN: &str = "_./:=,@%+-";

/// The command line of these arguments, which stand behind the name of the program. Bytes that are not UTF-8 are shown as
/// U+FFFD.
pub(super) fn command_line(arguments: &[OsString]) -> String {
    let words = arguments.iter().map(|argument| quoted(&argument.to_string_lossy()));
    std::iter::once("acralog".to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || PLAIN.contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    // Nothing has a meaning between single quotes; a quote itself stands between two such texts.
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_words_that_need_it_are_quoted() {
        let cases = [
            ("/var/log/acra-server.log.1", "/var/log/acra-server.log.1"),
            ("sql-firewall.at-least=20", "sql-firewall.at-least=20"),
            ("2025-03-14T10:00:00+01:00", "2025-03-14T10:00:00+01:00"),
            ("", "''"),
            ("a b", "'a b'"),
            ("*.log", "'*.log'"),
            ("~/a", "'~/a'"),
            ("$(rm)", "'$(rm)'"),
            ("o'neil", r"'o'\''neil'"),
            ("ж", "'ж'"),
        ];
        for (word, expected) in cases {
            assert_eq!(command_line(&[word.into()]), format!("acralog {expected}"));
        }
        assert_eq!(command_line(&["report".into(), "a b".into(), "c".into()]), "acralog report 'a b' c");
        assert_eq!(command_line(&[]), "acralog");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        #[cfg(unix)]
        fn a_shell_reads_what_was_typed(words in proptest::collection::vec("[^\0]{0,12}", 0..4)) {
            let arguments: Vec<OsString> = words.iter().map(OsString::from).collect();
            let line = command_line(&arguments);
            let script = format!("acralog() {{ for word; do printf '%s\\0' \"$word\"; done; }}; {line}");
            let printed = Command::new("sh").arg("-c").arg(script).output().unwrap();
            let expected: String = words.iter().map(|word| format!("{word}\0")).collect();
            prop_assert_eq!(String::from_utf8(printed.stdout).unwrap(), expected);
        }
    }
}
