//! Logs of this kind that others reported or made, as they are.

use std::path::PathBuf;

use crate::support::{Run, fixture};

fn situation(name: &str) -> PathBuf {
    fixture::root().join("situations").join(name)
}

#[test]
fn each_situation_gets_its_answer() {
    let cases = [
        ("docker_cut_inside_a_character", "key.hex", "plaintext.docker.log", 2, "line-damaged"),
        ("docker_cut_inside_a_character", "key.hex", "json.docker.log", 2, "line-damaged"),
        ("torn_line_then_restart", "key.hex", "plaintext.log", 3, "chain-unfinished"),
        ("torn_line_then_restart", "key.hex", "json.log", 3, "chain-unfinished"),
        ("torn_line_then_restart", "key.hex", "cef.log", 3, "chain-unfinished"),
        ("accuse_torn_then_restart", "audit.key", "glued.log", 3, "line-torn"),
        ("accuse_torn_then_restart", "audit.key", "end_torn.log", 3, "line-torn"),
        ("accuse_torn_then_restart", "audit.key", "newline.log", 3, "line-torn"),
        ("accuse_torn_then_restart", "audit.key", "older_file", 3, "line-torn"),
        ("accuse_torn_then_restart", "audit.key", "empty_live", 3, "line-torn"),
    ];
    for (name, key, log, exit, code) in cases {
        let folder = situation(name);
        let done = Run::report().key_file(folder.join(key)).path(folder.join(log)).exit(exit);
        done.report().shows(code);
    }
}

#[test]
fn what_only_looks_odd_is_verified_to_its_last_byte() {
    for (name, key, log) in [
        ("utf16_log", "key.hex", "plaintext.log"),
        ("utf16_log", "key.hex", "json.log"),
        ("utf16_log", "key.hex", "cef.log"),
        ("accuse_line_cut_across_files", "audit.key", "set"),
    ] {
        let folder = situation(name);
        let report = Run::report().key_file(folder.join(key)).path(folder.join(log)).exit(0).report();
        let account = &report.account;
        assert_eq!(account.verified.bytes + account.unsigned.bytes, account.sum().bytes, "{name} {log}");
    }
}
