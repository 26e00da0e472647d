//! The configuration file as people use it: where it is found, what it changes, and what is said of one that is wrong. How
//! it meets what is typed is left to `plan`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::support::{Run, fixture};

const SOUND: &str = "chain_closed_three.json.log";

/// A folder with a key, and a file beside it with these lines.
fn place(lines: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("audit.key"), fixture::key("audit.key")).expect("a file");
    fs::set_permissions(folder.path().join("audit.key"), fs::Permissions::from_mode(0o600)).expect("our own file");
    let path = write(folder.path(), "config.toml", lines);
    (folder, path)
}

fn write(folder: &Path, name: &str, lines: &str) -> PathBuf {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(&path, lines).expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("our own file");
    path
}

#[test]
fn a_file_is_found_where_it_is_named_and_where_everybody_has_it() {
    let (folder, path) = place("key-file = ['audit.key']\n");
    let home = write(folder.path(), "home/.config/acralog/config.toml", "key-file = ['../../../audit.key']\n");
    let xdg = write(folder.path(), "xdg/acralog/config.toml", "key-file = ['../../audit.key']\n");
    let log = fixture::log(SOUND);
    let verify = || Run::bare().arg("verify").arg("-v");
    let named = format!("note: {}: flags were taken from this configuration file", path.display());
    for run in [
        verify().arg("--config").path(&path).path(&log),
        Run::bare().arg("--config").path(&path).args(["verify", "-v"]).path(&log),
        verify().arg(format!("--config={}", path.display())).path(&log),
        verify().env("ACRALOG_CONFIG", &path).path(&log),
        // What is typed comes before what a variable says.
        verify().env("ACRALOG_CONFIG", "/no/such/file").arg("--config").path(&path).path(&log),
    ] {
        let done = run.exit(0);
        assert!(done.stderr.contains(&named), "{}", done.told());
    }
    let everybody = |run: Run| run.without_env("ACRALOG_CONFIG").env("HOME", folder.path().join("home")).path(&log);
    let at_home = everybody(verify()).without_env("XDG_CONFIG_HOME").exit(0);
    assert!(at_home.stderr.contains(&home.display().to_string()), "{}", at_home.told());
    let by_xdg = everybody(verify()).env("XDG_CONFIG_HOME", folder.path().join("xdg")).exit(0);
    assert!(by_xdg.stderr.contains(&xdg.display().to_string()), "{}", by_xdg.told());
    everybody(verify()).env("XDG_CONFIG_HOME", folder.path()).exit(2);
    let not_said = Run::bare().arg("verify").env("ACRALOG_CONFIG", &path).path(&log).exit(0);
    assert_eq!(not_said.stderr, "");
}

#[test]
fn paths_keys_policy_and_what_is_accepted_come_from_the_file_and_what_is_typed_wins() {
    let (folder, path) = place(
        "key-file = 'audit.key'\npaths = ['logs']\n[verify]\npolicy = 'strict'\n[grep]\nverify = true\n[report]\nformat = 'json'\n",
    );
    for format in ["plaintext", "json", "cef"] {
        let name = format!("chain_closed_three.{format}.log");
        write(folder.path(), "logs/acra.log", &String::from_utf8(fixture::bytes(&name)).expect("text"));
        let run = |verb: &[&str]| Run::bare().args(verb).env("ACRALOG_CONFIG", &path);
        run(&["verify"]).exit(3);
        run(&["verify", "--policy", "default"]).exit(0);
        run(&["verify", "--key-env", "K"]).env("K", hex::encode([9; 32])).exit(2);
        let hits = run(&["grep", "-c", "-e", "."]).exit(0);
        let all = run(&["grep", "-c", "-e", "."]).env("ACRALOG_CONFIG", "").path(folder.path().join("logs")).exit(0);
        assert_eq!((hits.text().trim(), all.text().trim()), ("42", "60"), "{format}: only what verifies");
        let json = run(&["report", "--verify"]).exit(0);
        let json: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
        let command = json["command"].as_str().expect("a command");
        assert_eq!(command, format!("acralog --config {} report --verify", path.display()), "it can be done again");
    }
}

#[test]
fn rules_stand_in_the_file_and_a_file_of_rules_is_one() {
    let (folder, path) = place("[rules.sql-firewall]\nat-least = 11\n[silence]\nat-least = '2h'\n");
    let rules = write(folder.path(), "rules.toml", "[sql-firewall]\nat-least = 12\n");
    let at_least = |flags: &[&str]| {
        let done = Run::bare().args(["report", "--json"]).args(flags).path(fixture::log(SOUND)).exit(0);
        let json: serde_json::Value = serde_json::from_slice(&done.stdout).expect("JSON");
        (json["rules"]["sql-firewall"]["at-least"].clone(), json["rules"]["silence"]["at-least"].clone())
    };
    let (config, rules) = (path.to_str().expect("text"), rules.to_str().expect("text"));
    assert_eq!(at_least(&["--config", config]), (11.into(), "2h".into()));
    assert_eq!(at_least(&["--config", config, "--rules", rules]), (12.into(), "2h".into()));
    assert_eq!(at_least(&["--config", rules]), (12.into(), "1h".into()), "as it was before there were both");
    assert_eq!(at_least(&["--rules", rules, "--set", "silence.at-least=3h"]), (12.into(), "3h".into()));
}

#[test]
fn what_is_wrong_with_a_file_is_said_with_its_line_and_never_passed_over() {
    let log = fixture::log(SOUND);
    for (lines, said) in [
        (
            "policy = 'lax'",
            "config.toml:1: invalid value 'lax' for '--policy <NAME>'\nhint: possible values: default, strict, acra",
        ),
        ("\n[verify]\nthreads = 0", "config.toml:3: invalid value '0' for '--threads <N>'"),
        ("polcy = 'strict'", "config.toml:1: no flag is called `polcy`\nhint: did you mean policy?"),
        ("[verify]\nforce = true", "config.toml: the following required arguments were not provided"),
        ("key-file = 'a'\nkey-file = 'b'", "config.toml:2: "),
    ] {
        let (_folder, path) = place(lines);
        let done = Run::verify().env("ACRALOG_CONFIG", &path).key("audit.key").path(&log).refused();
        assert!(done.stderr.contains(said) && done.stdout.is_empty(), "{said}: {}", done.told());
        // Help helps all the same.
        for help in [&["help", "verify"][..], &["verify", "--help"], &["--version"], &["schema"]] {
            Run::bare().args(help).env("ACRALOG_CONFIG", &path).exit(0);
        }
    }
    let (folder, path) = place("threads = 2\n");
    for missing in [folder.path().join("none.toml"), folder.path().to_owned()] {
        let done = Run::verify().arg("--config").path(missing).key("audit.key").path(&log).exit(2);
        assert!(done.stderr.contains("cannot read the configuration"), "{}", done.told());
    }
    // What was typed wrong is the fault of nobody else.
    let typed = Run::verify().arg("--config").path(&path).args(["--policy", "lax"]).path(&log).refused();
    assert!(!typed.stderr.contains("config.toml"), "{}", typed.told());
}

#[test]
fn a_key_that_stands_in_the_file_is_not_repeated() {
    use base64::Engine as _;
    let key = fixture::key("audit.key");
    let forms = [hex::encode(key), base64::engine::general_purpose::STANDARD.encode(key)];
    for form in forms {
        for flag in ["key-file", "key-env", "keys-dir", "master-key-file", "master-key-env", "key", "audit-key"] {
            let keystore = if flag == "keys-dir" { "" } else { "keys-dir = 'keys'\n" };
            let (_folder, path) = place(&format!("{keystore}{flag} = '{form}'\n"));
            let done =
                Run::bare().arg("verify").arg("--config").path(&path).path(fixture::log(SOUND)).exit_one_of(&[2, 64]);
            assert!(!done.stderr.contains(&form), "{flag}: {}", done.told());
        }
    }
}

#[test]
fn a_file_that_others_may_change_is_warned_about() {
    let (_folder, path) = place("key-file = 'audit.key'\n");
    let log = fixture::log(SOUND);
    for (mode, warned) in [(0o644, false), (0o600, false), (0o664, true), (0o666, true)] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("our own file");
        let done = Run::bare().arg("verify").arg("--config").path(&path).path(&log).exit(0);
        assert_eq!(
            done.stderr.contains("other users may change the configuration"),
            warned,
            "{mode:o}: {}",
            done.told()
        );
    }
}

#[test]
fn the_file_that_the_readme_shows_is_one() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("a README");
    let shown = readme.split("\n```toml\n").nth(1).and_then(|rest| rest.split("\n```").next()).expect("a toml block");
    let (folder, path) = place(shown);
    write(folder.path(), "acra.log", &String::from_utf8(fixture::bytes(SOUND)).expect("text"));
    let run = |verb: &[&str]| Run::bare().args(verb).arg("--config").path(&path).path(folder.path().join("acra.log"));
    run(&["verify"]).exit(0);
    run(&["grep", "-e", "."]).exit(0);
    run(&["report"]).exit(0);
    run(&["convert", "--to", "csv", "-q"]).exit_one_of(&[0, 2]);
    Run::bare().args(["keys", "fingerprint", "--config"]).path(&path).exit(0);
}
