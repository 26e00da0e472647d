//! The manual page of the configuration file, held against the program: it names what is accepted and nothing else, and its example
//! works. That it is up to date is left to `cli`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use regex::Regex;
use tempfile::TempDir;

use crate::support::{Run, fixture};

const ACTIONS: [&str; 5] = ["exec", "webhook", "syslog", "file", "signal"];

/// A manual page as text: what roff escapes is as it was.
fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("man").join(name);
    fs::read_to_string(path).expect("a page").replace("\\-", "-").replace("\\*(Aq", "'").replace("\\&", "")
}

/// The keys of the page, by the heading they stand under.
fn keys() -> BTreeMap<String, BTreeSet<String>> {
    let heading = Regex::new("^\\.S[HS] \"?([^\"]+)\"?$").expect("a pattern");
    let key = Regex::new("^\\\\fB([a-z-]+)\\\\fR \\(").expect("a pattern");
    let (mut under, mut keys) = (String::new(), BTreeMap::<String, BTreeSet<String>>::new());
    for line in page("acralog-config.5").lines() {
        if let Some(found) = heading.captures(line) {
            under = found[1].to_owned();
        } else if let Some(found) = key.captures(line) {
            assert!(keys.entry(under.clone()).or_default().insert(found[1].to_owned()) || under == "FLAGS", "{line}");
        }
    }
    keys
}

/// What the program says is known there, where something stands that is not.
fn known(configuration: &str) -> BTreeSet<String> {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.toml"), configuration).expect("a file");
    let run = Run::bare().args(["watch", "--replay", "--dry-run", "--config", "a.toml"]).current_dir(folder.path());
    let done = run.path(fixture::log("chain_closed_three.json.log")).refused();
    let (_, names) = done.stderr.split_once("known are ").unwrap_or_else(|| panic!("{configuration}: {}", done.told()));
    let names = names.split([';', '\n']).next().unwrap_or_default();
    names.split(", ").map(str::to_owned).collect()
}

#[test]
fn the_page_names_the_settings_of_reactions_that_are_accepted_and_no_others() {
    let keys = keys();
    let places = [
        ("reaction", "zzzzzzzz = 1"),
        ("when", "when = { zzzzzzzz = 1 }"),
        ("rate-limit", "rate-limit = { zzzzzzzz = 1 }"),
        ("retry", "retry = { zzzzzzzz = 1 }"),
        ("undo", "undo = { zzzzzzzz = 1 }"),
    ];
    for (table, line) in places {
        let mut known = known(&format!("[[reaction]]\nname = \"a\"\nfile = {{ path = \"b\" }}\n{line}\n"));
        if ["reaction", "undo"].contains(&table) {
            assert!(ACTIONS.iter().all(|action| known.remove(*action)), "{table}: {known:?}");
        }
        assert_eq!(keys[table], known, "{table}");
    }
    for action in ACTIONS.into_iter().filter(|action| cfg!(feature = "webhook") || *action != "webhook") {
        let known = known(&format!("[[reaction]]\nname = \"a\"\n{action} = {{ zzzzzzzz = 1 }}\n"));
        assert_eq!(keys[action], known, "{action}");
    }
}

#[test]
fn the_page_names_every_rule_and_its_settings() {
    let keys = keys();
    let rules = known("[rules.zzzzzzzz]\n");
    assert!(rules.len() > 10, "{rules:?}");
    for rule in rules {
        assert_eq!(keys[&rule], known(&format!("[{rule}]\nzzzzzzzz = 1\n")), "{rule}");
    }
}

#[test]
fn the_page_names_every_flag_that_a_verb_has() {
    let keys = keys();
    let flag = Regex::new("(?m)^(?:\\\\fB-.\\\\fR, )?\\\\fB--([a-z-]+)\\\\fR").expect("a pattern");
    let mut seen = BTreeSet::new();
    for verb in ["verify", "grep", "stats", "convert", "report", "watch", "bundle", "codes", "explain", "keys-list"] {
        let page = page(&format!("acralog-{verb}.1"));
        seen.extend(flag.captures_iter(&page).map(|found| found[1].to_owned()));
    }
    for never in ["config", "help", "version"] {
        seen.remove(never);
    }
    assert!(seen.len() > 60, "{seen:?}");
    let missing: Vec<_> = seen.difference(&keys["FLAGS"]).collect();
    assert!(missing.is_empty(), "{missing:?}");
    for name in ["name", "severity-score", "code", "client", "where", "regexp"] {
        assert!(keys["event"].contains(name), "{name}");
    }
}

/// A folder with the example of the page and all that it names.
fn example() -> TempDir {
    let page = page("acralog-config.5");
    let (_, example) = page.split_once(".SH EXAMPLE\n.nf\n").expect("an example");
    let (example, _) = example.split_once("\n.fi").expect("its end");
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, bytes: &[u8], mode: u32| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, bytes).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("our own file");
    };
    write("config.toml", example.as_bytes(), 0o644);
    write("audit.key", fixture::key("audit.key").as_ref(), 0o600);
    write("logs/acra.log", &fixture::bytes("service_day.json.log"), 0o644);
    ["lock-out", "let-in"].iter().for_each(|name| write(name, b"#!/bin/sh\n", 0o755));
    folder
}

#[test]
fn the_example_of_the_page_is_accepted_by_every_verb_that_reads_it() {
    let folder = example();
    let run = |args: &[&str]| Run::bare().args(args).args(["--config", "config.toml"]).current_dir(folder.path());
    let watched = run(&["watch", "--replay", "--dry-run"]).exit(0);
    assert!(watched.text().contains("reporting-denied"), "{}", watched.told());
    assert!(watched.stderr.contains("lock-out") && watched.stderr.contains("record"), "{}", watched.told());
    let verified = run(&["verify"]).done();
    assert!([0, 3].contains(&verified.code), "{}", verified.told());
    run(&["report"]).exit(0);
}
