//! Log text and file names are hostile: nothing in them reaches a terminal, a page or a CI server as a command.

use std::path::PathBuf;

use tempfile::TempDir;

use crate::support::verify::write;
use crate::support::{FORMATS, Run, fixture};

/// What each of these would do if it came through: colour, a title, a hidden line, markup, a workflow command.
const HOSTILE: [&str; 6] = [
    "\u{1b}[2J\u{1b}]0;owned\u{7}",
    "\u{9b}31m\u{202e}gnol",
    "a\r\u{8}\u{8}b",
    "<script>alert(1)</script>&]]>",
    "[click](javascript:alert(1)) | =cmd()",
    "::error file=x::owned%0A::add-mask::",
];

/// A directory whose log has a hostile name and hostile lines.
fn hostile_logs() -> (TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut paths = Vec::new();
    for (number, text) in HOSTILE.iter().enumerate() {
        let mut log = fixture::lines("chain_closed_three.plaintext.log");
        log[32] = format!("time=\"{text}\" level={text} msg=\"{text}\" integrity={}", "0".repeat(64)).into_bytes();
        log.insert(33, format!("{text}\u{1b}[0m").into_bytes());
        let name = format!("{number}{}.log", text.replace('/', "_"));
        paths.push(write(folder.path(), &name, &crate::log_writer::text(&log)));
    }
    // A newline in a name would forge a line of the report.
    paths.push(write(folder.path(), "x\n::error::owned\n.log", &fixture::bytes("chain_altered_middle.json.log")));
    (folder, paths)
}

#[test]
fn no_control_character_of_a_log_or_a_name_comes_through() {
    let (_folder, paths) = hostile_logs();
    for path in &paths {
        for format in FORMATS {
            let done = Run::verify().key("audit.key").format(format).arg("-v").path(path).exit(1);
            for (where_, text) in [("stdout", done.text()), ("stderr", &done.stderr)] {
                let bad = text.chars().find(|letter| {
                    (letter.is_control() && *letter != '\n' && *letter != '\t')
                        || ('\u{202a}'..='\u{202e}').contains(letter)
                });
                assert_eq!(bad, None, "{format} {where_} {path:?}: {}", done.told());
            }
        }
    }
}

#[test]
fn no_name_or_line_forges_a_line_of_the_report() {
    let (_folder, paths) = hostile_logs();
    for path in &paths {
        for format in FORMATS {
            let done = Run::verify().key("audit.key").format(format).path(path).exit(1);
            let is_forged = |line: &str| line.starts_with("::error::owned") || line.starts_with("::add-mask");
            assert!(!done.text().lines().chain(done.stderr.lines()).any(is_forged), "{format}: {}", done.told());
            if format == "junit" {
                assert!(!done.text().contains("<script"), "{}", done.told());
            }
        }
    }
}

#[test]
fn hostile_names_in_errors_do_not_come_through_either() {
    for text in HOSTILE {
        let done = Run::verify().key("audit.key").path(format!("/no/such/{text}")).exit(2);
        assert!(!done.stderr.chars().any(|letter| letter.is_control() && letter != '\n'), "{}", done.told());
        let done = Run::verify().key_file(format!("/no/such/{text}")).path("x").exit(2);
        assert!(!done.stderr.chars().any(|letter| letter.is_control() && letter != '\n'), "{}", done.told());
    }
}
