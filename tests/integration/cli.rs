//! The command line as a whole: help, usage errors, and the completions, schemas and manual pages that are
//! generated and committed.
//! What `verify` finds is left to other modules.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use crate::support::run::{Done, Run};

fn acralog(args: &[&str]) -> Done {
    Run::bare().args(args).done()
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn help_and_version_are_answers_on_standard_output() {
    for args in [
        &["--help"][..],
        &["-h"],
        &["--version"],
        &["verify", "--help"],
        &["help"],
        &["help", "verify"],
        &["help", "keys", "list"],
        &["help", "acra-log-verifier"],
        &["completions", "--help"],
        &["man", "--help"],
        &["schema", "--help"],
        &["keys", "--help"],
        &["keys", "list", "--help"],
        &["acra-log-verifier", "--help"],
    ] {
        let run = acralog(args);
        assert_eq!(run.code, 0, "{args:?}");
        assert!(!run.stdout.is_empty() && run.stderr.is_empty(), "{args:?}");
    }
    for verb in ["verify", "grep", "codes", "acra-log-verifier"] {
        assert_eq!(acralog(&["help", verb]).stdout, acralog(&[verb, "--help"]).stdout, "help {verb}");
    }
    let version = text(&acralog(&["--version"]).stdout);
    assert_eq!(version, format!("acralog {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_usage_is_exit_64_and_what_cannot_be_had_exit_2_with_nothing_on_standard_output() {
    let wrong = [
        &[][..],
        &["no-such-verb"],
        &["help", "no-such-verb"],
        &["verify"],
        &["verify", "--no-such-flag"],
        &["verify", "--allow", "chain-altered", "Cargo.toml"],
        &["verify", "-q", "-v", "Cargo.toml"],
        &["completions", "no-such-shell"],
        &["schema", "no-such-report"],
        &["man"],
        &["keys"],
        &["explain"],
        &["verify", "--keys-dir", "src", "--master-key-env", "A", "--master-key-file", "b", "Cargo.toml"],
        &["verify", "--redis-db", "1", "Cargo.toml"],
        &["grep", "-e", "(", "--code", "560", "Cargo.toml"],
        &["convert", "Cargo.toml"],
        &["report", "--set", "silence.at-least=never", "Cargo.toml"],
    ];
    let not_to_be_had = [
        &["verify", "Cargo.toml"][..],
        &["verify", "--key-file", "no/such.key", "Cargo.toml"],
        &["verify", "--key-env", "ACRALOG_TEST_NOT_SET", "Cargo.toml"],
        &["report", "--verify", "Cargo.toml"],
        &["man", "Cargo.toml"],
        &["keys", "list"],
        &["keys", "check", "--keys-dir", "no/such/keys"],
    ];
    let wrong = wrong.iter().map(|args| (args, 64));
    for (args, code) in wrong.chain(not_to_be_had.iter().map(|args| (args, 2))) {
        let run = acralog(args);
        assert_eq!(run.code, code, "{args:?}");
        assert!(run.stdout.is_empty() && !run.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn the_same_flags_mean_the_same_in_every_verb() {
    let log = "fixtures/logs/chain_closed_three.json.log";
    let key = ["--key-file", "fixtures/keys/audit.key"];
    let answer = |args: &[&str]| {
        let run = acralog(args);
        assert_eq!(run.code, 0, "{args:?}: {}", run.stderr);
        text(&run.stdout)
    };
    let verbs: [&[&str]; 7] = [
        &["verify", key[0], key[1], log],
        &["grep", "--code", "560", "fixtures/logs/service_day.json.log"],
        &["report", log],
        &["convert", log],
        &["codes", "560"],
        &["explain", "560"],
        &["keys", "list", key[0], key[1]],
    ];
    for verb in verbs {
        let spelled = |flags: &[&str]| answer(&[verb, flags].concat());
        let json = spelled(&["--output-format", "json"]);
        assert!(json.trim_start().starts_with(['{', '[']), "{verb:?}: {json}");
        for other in [&["--format", "json"][..], &["--json"], &["--json", "--color", "never"]] {
            // A report states the command that made it.
            let other = spelled(other).replace("--color never ", "");
            let said = |text: &str| text.lines().filter(|line| !line.contains("\"command\"")).count();
            assert_eq!(said(&other), said(&json), "{verb:?}");
        }
        if !verb.contains(&"grep") {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("out");
            assert_eq!(spelled(&["--json", "-o", file.to_str().unwrap()]), "", "{verb:?}");
            assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), json.lines().count(), "{verb:?}");
            let again = acralog(&[verb, &["--json", "-o", file.to_str().unwrap()][..]].concat());
            assert_eq!(again.code, 64, "{verb:?}: {}", again.stderr);
        }
        // The format of an export has no default.
        let flags: &[&str] = if verb[0] == "convert" { &["-q", "--to", "csv"] } else { &["-q"] };
        answer(&[verb, flags].concat());
    }
    for (verb, flag) in [("grep", "--verify"), ("grep", "--verified"), ("convert", "--verify"), ("report", "--verify")]
    {
        let last: &[&str] = if verb == "convert" { &["--to", "csv", "-q"] } else { &[] };
        let pattern: &[&str] = if verb == "grep" { &["-e", "."] } else { &[] };
        answer(&[&[verb, flag, key[0], key[1], log], last, pattern].concat());
    }
}

#[test]
fn contradictory_spellings_are_refused() {
    for args in [
        &["verify", "--json", "--output-format", "human", "a.log"][..],
        &["grep", "-c", "--json", "x", "a.log"],
        &["convert", "--json", "--to", "cef", "a.log"],
        &["codes", "-q", "-o", "file"],
    ] {
        assert_eq!(acralog(args).code, 64, "{args:?}");
    }
    let rows = acralog(&["grep", "--code", "560", "--json", "--fields", "code", "fixtures/logs/service_day.json.log"]);
    assert_eq!(rows.code, 0, "{}", rows.stderr);
    let misled = acralog(&["completions", "bash", "--format", "x"]).stderr;
    assert!(misled.contains("--format") && !misled.contains("similar argument"), "{misled}");
}

#[test]
fn what_is_missing_is_named_with_a_hint() {
    for (args, message) in [
        (
            &["verify"][..],
            "acralog: nothing to verify: no PATH was given\n\
             hint: name files, directories or patterns; `-` reads standard input\n",
        ),
        (
            &["verify", "a.log"],
            "acralog: no audit log key was given\n\
             hint: --key-file FILE, --key-env NAME, or --keys-dir DIR for Acra's keystore\n",
        ),
    ] {
        assert_eq!(acralog(args).stderr, message);
    }
}

#[test]
fn a_key_on_the_command_line_is_not_repeated() {
    let key = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    let pair = format!("AUDIT_KEY={key}");
    for flags in [["--key-file", key], ["--key-env", key], ["--key-env", &pair], ["--key", key]] {
        let run = acralog(&["verify", "a.log", flags[0], flags[1]]);
        assert_eq!(run.code, 64);
        assert!(!run.stderr.contains(key), "{flags:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_exit_2_and_never_a_panic() {
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = |args: &[&str], stderr: Stdio| Run::bare().args(args).onto(full(), stderr);
    let runs = [&["--help"][..], &["completions", "bash"], &["schema"], &["verify", "a.log"], &["verify"]];
    for (args, code) in runs.into_iter().zip([2, 2, 2, 2, 64]) {
        assert_eq!(status(args, Stdio::null()), code, "{args:?}");
        assert_eq!(status(args, full().into()), code, "{args:?}");
    }
}

/// File name of the completion script, by shell.
const COMPLETIONS: [(&str, &str); 5] = [
    ("bash", "acralog.bash"),
    ("elvish", "acralog.elv"),
    ("fish", "acralog.fish"),
    ("powershell", "_acralog.ps1"),
    ("zsh", "_acralog"),
];

#[test]
fn the_committed_completions_are_the_generated_ones() {
    let folder = repository().join("completions");
    for (shell, name) in COMPLETIONS {
        let run = acralog(&["completions", shell]);
        assert_eq!(run.code, 0);
        let committed = fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert!(
            committed == text(&run.stdout),
            "completions/{name} is out of date: cargo run -- completions {shell} > completions/{name}"
        );
    }
    assert_eq!(fs::read_dir(folder).unwrap().count(), COMPLETIONS.len(), "a file too many in completions/");
}

#[test]
fn the_committed_schemas_are_the_generated_ones() {
    let reports = [
        "verify",
        "verify-line",
        "verify-explain",
        "grep-row",
        "stats",
        "report",
        "keys",
        "ledger",
        "watch-alarm",
        "watch-comparison",
        "attest-check",
    ];
    let folder = repository().join("tests/schemas");
    for report in reports {
        let run = acralog(&["schema", report]);
        assert_eq!(run.code, 0);
        let path = format!("tests/schemas/{report}.schema.json");
        let committed = fs::read_to_string(repository().join(&path)).unwrap_or_default();
        assert!(
            committed == text(&run.stdout),
            "{path} is out of date: cargo run -- schema {report} > {path}. What readers rely on has changed: is it meant?"
        );
    }
    assert_eq!(fs::read_dir(folder).unwrap().count(), reports.len(), "a file too many in tests/schemas/");
}

#[test]
fn the_committed_manual_pages_are_the_generated_ones() {
    let fresh = tempfile::tempdir().unwrap();
    let folder = fresh.path().join("made/on/demand");
    assert_eq!(acralog(&["man", folder.to_str().unwrap()]).code, 0);
    let (committed, generated) = (pages(&repository().join("man")), pages(&folder));
    assert_eq!(
        committed.keys().collect::<Vec<_>>(),
        generated.keys().collect::<Vec<_>>(),
        "pages too many or too few: remove what is old and run cargo run -- man man"
    );
    for (name, page) in generated {
        assert!(committed[&name] == page, "man/{name} is out of date: cargo run -- man man");
    }
}

/// The files of a folder, by name.
fn pages(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap())).collect()
}
