//! Words as a POSIX shell takes them, so that what was typed can be typed again.

use std::ffi::OsString;

/// Letters that mean only themselves wherever they stand, beside ASCII letters and digits.
const PLAIN: &str = "_./:=,@%+-";

/// The command line of these arguments, which stand behind the name of the program. Bytes that are not UTF-8 are shown as
/// U+FFFD. `-oFILE` is written as `-o FILE`: a name that it begins with must be found as a word.
pub(super) fn command_line(arguments: &[OsString]) -> String {
    let mut line = "acralog".to_owned();
    let mut are_paths = false;
    for argument in arguments {
        let word = argument.to_string_lossy();
        are_paths |= word == "--";
        let glued = word.strip_prefix("-o").filter(|value| !are_paths && !value.is_empty() && !value.starts_with('='));
        match glued {
            Some(value) => line.extend([" -o ", &quoted(value)]),
            None => line.extend([" ", &quoted(&word)]),
        }
    }
    line
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
        let glued = ["-owebapp.txt", "-o", "-o=a b", "--", "-oa"].map(OsString::from);
        assert_eq!(command_line(&glued), "acralog -o webapp.txt -o '-o=a b' -- -oa");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        #[cfg(unix)]
        fn a_shell_reads_what_was_typed(words in proptest::collection::vec("[^\0]{0,12}", 0..4)) {
            prop_assume!(!words.iter().any(|word| word.starts_with("-o")));
            let arguments: Vec<OsString> = words.iter().map(OsString::from).collect();
            let line = command_line(&arguments);
            let script = format!("acralog() {{ for word; do printf '%s\\0' \"$word\"; done; }}; {line}");
            let printed = Command::new("sh").arg("-c").arg(script).output().unwrap();
            let expected: String = words.iter().map(|word| format!("{word}\0")).collect();
            prop_assert_eq!(String::from_utf8(printed.stdout).unwrap(), expected);
        }
    }
}
