//! No key, no key of the schedule, no link, and no seal that a forger lacks appears in any output of any run, in any
//! spelling. That secrets are wiped from memory is left to the tests of `key` and `chain`.

use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};

use crate::log_writer::sealing::{Sealer, take_apart};
use crate::log_writer::spelling::Go;
use crate::support::verify::write_key;
use crate::support::{FORMATS, Run, fixture};

/// One secret in every spelling a careless program might print.
fn spellings(secret: &[u8]) -> Vec<Vec<u8>> {
    let hex = hex::encode(secret);
    // Half of a secret is too much as well.
    let (head, tail) = hex.split_at(32);
    let debug = format!("{:?}", &secret[..4]);
    let texts = [
        head.to_owned(),
        tail.to_owned(),
        head.to_uppercase(),
        tail.to_uppercase(),
        STANDARD.encode(secret),
        STANDARD_NO_PAD.encode(secret),
        URL_SAFE.encode(secret),
        debug.trim_end_matches(']').to_owned(),
    ];
    texts.into_iter().map(String::into_bytes).chain([secret.to_vec()]).collect()
}

/// The keys, and for the altered fixture the secrets on the way to the break, and the seal the altered line lacks.
fn secrets() -> Vec<Vec<u8>> {
    let mut secrets: Vec<Vec<u8>> = Vec::new();
    let keys = [fixture::key("audit.key").to_vec(), hex_key("old.key.hex"), hex_key("foreign.key.hex")];
    for key in &keys {
        secrets.extend(spellings(key));
    }
    let mut sealer = Sealer::new(&fixture::key("audit.key"));
    for line in &fixture::lines(ALTERED)[26..33] {
        let sealed = take_apart(line, Go::Current).expect("chain 2 begins in line 27");
        let seal = sealer.seal(&sealed.mac_input);
        if seal != sealed.seal {
            secrets.push(seal.as_bytes()[..16].to_vec());
        }
        for secret in sealer.secrets() {
            secrets.extend(spellings(secret));
        }
    }
    secrets
}

fn hex_key(name: &str) -> Vec<u8> {
    let text = std::fs::read_to_string(fixture::key_file(name)).expect("a key of the fixtures");
    hex::decode(text.trim()).expect("hex digits")
}

mod keystores;

const ALTERED: &str = "chain_altered_middle.plaintext.log";

/// Holds a run to its exit code: one that does something else than it was for has shown nothing.
#[track_caller]
fn assert_silent(secrets: &[Vec<u8>], code: u8, run: Run) {
    let done = run.exit(code);
    for secret in secrets {
        let is_in = |text: &[u8]| text.windows(secret.len()).any(|window| window == secret);
        let told = String::from_utf8_lossy(secret).into_owned();
        assert!(!is_in(&done.stdout), "{told} stands in stdout: {}", done.told());
        assert!(!is_in(done.stderr.as_bytes()), "{told} stands in stderr: {}", done.told());
    }
}

#[test]
fn the_search_itself_finds_a_secret() {
    let secrets = secrets();
    assert!(secrets.len() > 100);
    let key = fixture::key("audit.key");
    let printed = format!("key {}", hex::encode(key)).into_bytes();
    assert!(secrets.iter().any(|secret| printed.windows(secret.len()).any(|window| window == secret)));
}

#[test]
fn no_report_holds_a_secret() {
    let secrets = secrets();
    let logs = [
        ("chain_closed_three.json.log", 0),
        (ALTERED, 1),
        ("chain_unfinished_crash.cef.log", 3),
        ("key_rotated_between_chains.json.log", 0),
    ];
    for format in FORMATS {
        for (log, code) in logs {
            for verbosity in [&[][..], &["-v"]] {
                let run = || Run::verify().format(format).args(verbosity).path(fixture::log(log));
                assert_silent(&secrets, code, run().key("audit.key").key("old.key.hex"));
                assert_silent(&secrets, 2, run().key("foreign.key.hex"));
            }
        }
    }
}

#[test]
fn no_line_that_is_explained_holds_a_secret() {
    let secrets = secrets();
    let log = fixture::log(ALTERED);
    for line in [27, 32, 33, 34, 41] {
        for format in ["human", "json"] {
            let place = format!("{}:{line}", log.display());
            let run = || Run::verify().format(format).arg("-v").args(["--explain", &place]).path(&log);
            assert_silent(&secrets, 1, run().key("audit.key").key("old.key.hex"));
            assert_silent(&secrets, 2, run().key("foreign.key.hex"));
        }
    }
    for file in ["audit.key", "audit.key.hex"] {
        let path = fixture::key_file(file);
        let run = Run::verify().key("audit.key").arg("--explain").arg(format!("{}:1", path.display()));
        assert_silent(&secrets, 3, run.path(path));
    }
}

#[test]
fn no_report_holds_a_key_of_the_environment() {
    let secrets = secrets();
    let key = fixture::key("audit.key");
    for value in [hex::encode(key), STANDARD.encode(key)] {
        for (log, code) in [("chain_closed_three.json.log", 0), (ALTERED, 1)] {
            let run = Run::report().arg("-v").env("AUDIT_KEY", &value).args(["--key-env", "AUDIT_KEY"]);
            assert_silent(&secrets, code, run.path(fixture::log(log)));
        }
    }
}

#[test]
fn no_error_holds_a_secret() {
    let secrets = secrets();
    let folder = tempfile::tempdir().expect("a folder");
    let key = fixture::key("audit.key");
    let digits = hex::encode(key);
    let log = fixture::log("chain_closed_three.json.log");
    let run = || Run::verify().arg("-v").path(&log);
    let wrong = |name: &str, bytes: &[u8]| write_key(&folder.path().join(name), bytes);
    let files = [
        wrong("short.key", &key[..31]),
        wrong("long.key", &[&key[..], b"x"].concat()),
        wrong("digits.key", &digits.as_bytes()[..63]),
        wrong("letter.key", format!("{}g", &digits[..63]).as_bytes()),
        wrong("twice.key", digits.repeat(2).as_bytes()),
        wrong("base64.key", &STANDARD.encode(key).as_bytes()[..40]),
    ];
    for file in &files {
        assert_silent(&secrets, 2, run().key_file(file));
    }
    for value in [digits[..60].to_owned(), format!("{digits}{digits}"), format!("key={digits}")] {
        assert_silent(&secrets, 2, run().env("AUDIT_KEY", value).args(["--key-env", "AUDIT_KEY"]));
    }
    // A key file given where a log belongs is read, never shown.
    assert_silent(&secrets, 3, Run::verify().arg("-v").key("audit.key").path(fixture::key_file("audit.key")));
    assert_silent(&secrets, 3, Run::verify().arg("-v").key("audit.key").path(fixture::key_file("audit.key.hex")));
}

#[test]
fn a_key_typed_where_its_file_or_variable_belongs_is_not_echoed() {
    let secrets = secrets();
    let digits = hex::encode(fixture::key("audit.key"));
    let log = fixture::log("chain_closed_three.json.log");
    assert_silent(&secrets, 64, Run::verify().args(["--key-file", &digits]).path(&log));
    assert_silent(&secrets, 64, Run::verify().args(["--key-env", &digits]).path(&log));
    assert_silent(&secrets, 64, Run::verify().arg(format!("--key-file={digits}")).arg("--no-such-flag").path(&log));
}

#[cfg(target_os = "linux")]
#[test]
fn no_verb_leaves_its_memory_to_a_core_file() {
    for verb in [&["verify", "-", "--key-file"][..], &["grep", "x", "-", "--verified", "--key-file"]] {
        let run = Run::bare().args(verb).arg(fixture::key_file("audit.key"));
        let mut command = run.into_command();
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the binary was built with this test");
        let path = format!("/proc/{}/limits", child.id());
        let is_off = || {
            let limits = std::fs::read_to_string(&path).expect("a process that waits for its input");
            let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("a limit");
            core.split_whitespace().skip(4).take(2).eq(["0", "0"])
        };
        // It is the first thing that is done.
        let off = (0..200).any(|_| {
            is_off() || {
                std::thread::sleep(std::time::Duration::from_millis(10));
                false
            }
        });
        drop(child.stdin.take());
        child.wait().expect("a child can be waited for");
        assert!(off, "{verb:?}");
    }
}
