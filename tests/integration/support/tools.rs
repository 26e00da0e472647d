//! Programs that some tests need and that may not be here.

use std::io::{self, Write as _};
use std::process::Command;

/// Whether a program is installed.
pub fn has(program: &str) -> bool {
    let found = Command::new("sh").args(["-c", &format!("command -v {program}")]).output();
    found.is_ok_and(|output| output.status.success())
}

/// The program that rotates logs; Debian has it where only root looks.
pub fn logrotate() -> Option<&'static str> {
    ["logrotate", "/usr/sbin/logrotate"].into_iter().find(|program| has(program))
}

/// Says why a test shows nothing here.
pub fn skipped(why: &str) {
    drop(writeln!(io::stderr(), "skipped: {why}"));
}
