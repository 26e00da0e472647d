//! One answer per situation, in every output format: what the exit code is when the input, the key, the output or the
//! process itself is not as it should be. What an intact or damaged log is, is left to `attacks`.

mod damaged_input; // files that cannot be read, or are no logs at all
mod process; // pipes, signals, FIFOs

use std::fs;
use std::path::Path;

use crate::log_writer::{Format, Service, text};
use crate::support::verify::{write, write_key};
use crate::support::{FORMATS, Run, fixture};

/// Situations and the fixtures and keys that bring them about.
const SITUATIONS: [(u8, &str, &str); 4] = [
    (0, "chain_closed_three.json.log", "audit.key"),
    (1, "chain_altered_middle.json.log", "audit.key"),
    (2, "chain_closed_three.json.log", "foreign.key.hex"),
    (3, "chain_unfinished_crash.json.log", "audit.key"),
];

#[test]
fn every_answer_has_its_exit_code_in_every_output_format() {
    for (exit, log, key) in SITUATIONS {
        for format in FORMATS {
            for verbosity in [&[][..], &["-v"], &["-q"]] {
                Run::verify().key(key).format(format).args(verbosity).path(fixture::log(log)).exit(exit);
            }
        }
    }
}

#[test]
fn the_worst_of_several_logs_wins_in_the_order_one_two_three_zero() {
    let folder = tempfile::tempdir().expect("a folder");
    let named = |name: &str, log: &str| write(folder.path(), name, &fixture::bytes(log));
    let intact = named("a.log", "chain_closed_three.json.log");
    let tampered = named("b.log", "chain_altered_middle.cef.log");
    let incomplete = named("c.log", "chain_unfinished_crash.plaintext.log");
    let missing = folder.path().join("missing.log");
    let cases: [(&[&Path], u8); 6] = [
        (&[&intact], 0),
        (&[&intact, &incomplete], 3),
        (&[&incomplete, &missing], 2),
        (&[&intact, &missing], 2),
        (&[&missing, &tampered], 1),
        (&[&incomplete, &tampered, &intact, &missing], 1),
    ];
    for (paths, exit) in cases {
        Run::report().key("audit.key").args(paths).exit(exit);
        Run::report().key("audit.key").args(paths.iter().rev()).exit(exit);
    }
}

#[test]
fn a_usage_error_is_told_from_undecided_and_says_what_to_do() {
    let log = fixture::log("chain_closed_three.json.log");
    let wrong: [&[&str]; 8] = [
        &["--policy", "lenient"],
        &["--input-format", "xml"],
        &["--output-format", "yaml"],
        &["--allow", "chain-altered"],
        &["--allow", "no-such-code"],
        &["--threads", "many"],
        &["--no-such-flag"],
        &["-q", "-v"],
    ];
    for args in wrong {
        let done = Run::verify().key("audit.key").args(args).path(&log).refused();
        assert!(!done.stderr.is_empty() && done.stdout.is_empty(), "{}", done.told());
    }
    Run::bare().arg("no-such-verb").refused();
    let done = Run::verify().key("audit.key").refused();
    assert!(!done.stderr.is_empty(), "no input named: {}", done.told());
}

#[test]
fn without_a_key_nothing_can_be_decided() {
    let done = Run::verify().path(fixture::log("chain_closed_three.json.log")).exit(2);
    assert!(done.stderr.contains("key") && done.stderr.contains("hint"), "{}", done.told());
}

#[test]
fn a_key_of_the_wrong_shape_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let shapes: [(&str, Vec<u8>); 7] = [
        ("empty", vec![]),
        ("31 bytes", vec![1; 31]),
        ("33 bytes", vec![1; 33]),
        ("63 digits", vec![b'a'; 63]),
        ("66 digits", vec![b'a'; 66]),
        ("64 letters", vec![b'z'; 64]),
        ("a megabyte", vec![0; 1 << 20]),
    ];
    let log = fixture::log("chain_closed_three.json.log");
    for (name, key) in shapes {
        let key = write_key(&folder.path().join(name), &key);
        let done = Run::verify().key_file(&key).path(&log).exit(2);
        assert!(done.stderr.contains(name), "the file is named: {}", done.told());
    }
    Run::verify().key_file(folder.path().join("missing")).path(&log).exit(2);
    Run::verify().key_file(folder.path()).path(&log).exit(2);
}

#[test]
fn a_key_may_come_raw_or_as_digits_from_a_file_or_the_environment() {
    use base64::Engine as _;
    let folder = tempfile::tempdir().expect("a folder");
    let key = fixture::key("audit.key");
    let log = fixture::log("chain_closed_three.json.log");
    let digits = hex::encode(key);
    let files =
        [key.to_vec(), digits.clone().into_bytes(), format!("{digits}\n").into(), format!("{digits}\r\n").into()];
    for (number, bytes) in files.iter().enumerate() {
        let file = write_key(&folder.path().join(number.to_string()), bytes);
        Run::verify().key_file(file).path(&log).exit(0);
    }
    let base64 = base64::engine::general_purpose::STANDARD.encode(key);
    for value in [&digits, &base64] {
        Run::verify().env("AUDIT_KEY", value).args(["--key-env", "AUDIT_KEY"]).path(&log).exit(0);
    }
    Run::verify().args(["--key-env", "NO_SUCH_VARIABLE"]).path(&log).exit(2);
    Run::verify().env("AUDIT_KEY", "short").args(["--key-env", "AUDIT_KEY"]).path(&log).exit(2);
}

#[test]
fn a_key_file_that_everyone_may_read_is_warned_about_and_changes_nothing_else() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let key = write_key(&folder.path().join("audit.key"), &fixture::key("audit.key"));
    let log = fixture::log("chain_closed_three.json.log");
    let quiet = Run::report().key_file(&key).path(&log).exit(0);
    assert!(!quiet.stderr.contains("audit.key"), "{}", quiet.told());
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("our own file");
    let warned = Run::report().key_file(&key).path(&log).exit(0);
    assert!(warned.stderr.contains("audit.key"), "{}", warned.told());
}

#[test]
fn an_existing_output_file_is_replaced_only_by_force_and_always_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = fixture::log("chain_altered_middle.json.log");
    for format in FORMATS {
        let output = folder.path().join(format);
        let run = || Run::verify().key("audit.key").format(format).path(&log).arg("-o").arg(&output);
        let first = run().exit(1);
        assert!(first.stdout.is_empty(), "the data went into the file: {}", first.told());
        let written = fs::read(&output).expect("the report");
        assert!(!written.is_empty(), "{format}");
        fs::write(&output, "mine").expect("our own file");
        run().refused();
        assert_eq!(fs::read(&output).expect("still there"), b"mine", "{format}");
        run().arg("--force").exit(1);
        assert_eq!(fs::read(&output).expect("replaced"), written, "{format}");
    }
    let left: Vec<_> =
        fs::read_dir(folder.path()).expect("the folder").map(|entry| entry.expect("a file").file_name()).collect();
    assert_eq!(left.len(), FORMATS.len(), "temporary files were left behind: {left:?}");
    Run::verify().key("audit.key").path(&log).arg("-o").arg(folder.path().join("no/such/folder")).exit(2);
}

#[test]
fn a_refused_run_leaves_no_output_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = folder.path().join("report.json");
    Run::report().path(fixture::log("chain_closed_three.json.log")).arg("-o").arg(&output).exit(2);
    assert!(!output.exists(), "there is nothing to report without a key");
}

#[test]
fn a_run_that_is_quiet_says_nothing_about_an_intact_log() {
    let done = Run::verify().key("audit.key").arg("-q").path(fixture::log("chain_closed_three.cef.log")).exit(0);
    assert!(done.stdout.is_empty(), "{}", done.told());
}

#[test]
fn the_policy_decides_about_what_is_not_tampering() {
    let mut service = Service::new(Format::Json, fixture::key("audit.key"), 1);
    let log = text(&[service.chain(3), service.start_up(1)].concat());
    let run = || Run::report().key("audit.key");
    run().stdin(&log).exit(3).report().shows("lines-unsigned-at-end");
    run().args(["--allow", "lines-unsigned-at-end"]).stdin(&log).exit(0);
    run().args(["--policy", "strict"]).stdin(&log).exit(3);
    let acra = run().args(["--policy", "acra"]).stdin(&log).exit(0).report();
    assert_eq!(acra.default_policy_outcome.as_deref(), Some("incomplete"), "what the default policy thinks is told");
}

#[test]
fn nothing_signed_cannot_be_waived() {
    Run::verify().key("audit.key").args(["--allow", "nothing-signed"]).stdin(b"").refused();
}
