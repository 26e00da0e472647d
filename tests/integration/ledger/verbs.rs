//! The verbs that look into a ledger: what they print, read back, and their exit codes; and chains that are given up on purpose.

use std::fs;

use serde::Deserialize;
use serde_json::Value;

use super::{DAY_MS, Files, MIDDLE, NEW, OLD, Site, Week, service};
use crate::log_writer::{Format, Service};
use crate::support::Run;
use crate::support::report::{Place, Tool};
use crate::support::verify::write_key;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LedgerDocument {
    schema: String,
    version: u32,
    tool: Tool,
    ledger: String,
    anchor: String,
    runs: u64,
    last_run: Option<String>,
    unreadable_records: u64,
    chains: Vec<Chain>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Chain {
    stream: String,
    state: String,
    first_seal: String,
    last_seal: String,
    entries: u64,
    first: Place,
    last: Place,
    from: Option<String>,
    to: Option<String>,
    key: String,
    verified: Option<String>,
}

/// What `ledger show` says, held against its schema.
#[track_caller]
fn shown(site: &Site, flags: &[&str]) -> LedgerDocument {
    let done = site.verb(&["ledger", "show", "--json"], flags).exit(0);
    let schema: Value = serde_json::from_slice(&Run::bare().args(["schema", "ledger"]).exit(0).stdout).expect("JSON");
    let document: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> = schema.iter_errors(&document).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}: {document}");
    serde_json::from_value(document).expect("the document of the contract")
}

#[test]
fn show_lists_every_chain_in_its_last_state_as_the_schema_has_it() {
    for format in Format::ALL {
        let mut week = Week::of(format);
        let site = Site::verified(&week.files);
        let first = shown(&site, &[]);
        assert_eq!((&*first.schema, first.version, &*first.tool.name, first.runs), ("acralog-ledger", 1, "acralog", 1));
        assert!(first.ledger.ends_with("acra.ledger") && first.last_run.is_some() && first.unreadable_records == 0);
        let entries: Vec<u64> = first.chains.iter().map(|chain| chain.entries).collect();
        assert_eq!(entries, [5, 5, 8, 5, 6, 6, 4], "{format:?}");
        let place = |place: &Place| format!("{}:{}", place.file, place.line);
        let spanning = &first.chains[2];
        assert_eq!(
            (place(&spanning.first), place(&spanning.last)),
            ("logs/acra.log.2:11".into(), "logs/acra.log.1:4".into())
        );
        assert!(spanning.stream.contains("acra.log") && spanning.key.len() == 16 && spanning.verified.is_some());
        assert!(spanning.from < spanning.to && spanning.first_seal != spanning.last_seal);
        let states: Vec<&str> = first.chains.iter().map(|chain| &*chain.state).collect();
        assert_eq!(states, ["closed", "closed", "closed", "closed", "closed", "closed", "open"], "{format:?}");
        let mut more = week.service.entries(2);
        more.push(week.service.end());
        week.files.edit(NEW, |lines| lines.extend(more));
        site.put(&week.files);
        site.verify(&[]).exit(0);
        let second = shown(&site, &[]);
        let last = second.chains.last().expect("chains");
        assert_eq!((second.runs, second.chains.len(), &*last.state, last.entries), (2, 7, "closed", 7), "{format:?}");
        assert_eq!(last.first_seal, first.chains[6].first_seal);
        assert_ne!(second.anchor, first.anchor);
        let table = site.verb(&["ledger", "show"], &[]).exit(0);
        assert!(table.text().contains("acra.ledger: 7 chains, 2 runs"), "{}", table.told());
        assert_eq!(table.text().lines().count(), 1 + 7 + 1, "{}", table.told());
    }
}

#[test]
fn check_and_anchor_answer_by_their_exit_codes() {
    let mut week = Week::of(Format::Json);
    let site = Site::verified(&week.files);
    let anchor = |site: &Site| site.verb(&["ledger", "anchor"], &[]).exit(0).text().trim_end().to_owned();
    let old = anchor(&site);
    assert_eq!(old.split(' ').count(), 3, "{old}");
    let more = week.service.entries(2);
    week.files.edit(NEW, |lines| lines.extend(more));
    site.put(&week.files);
    site.verify(&[]).exit(0);
    let check =
        |anchor: &str| site.verb(&["ledger", "check"], &[]).args(anchor.split(' ').filter(|word| !word.is_empty()));
    check("").exit(0);
    check(&old).exit(0);
    site.verb(&["ledger", "check", &old], &[]).exit(0);
    check(&anchor(&site)).exit(0);
    // Another root, more records than there are, another ledger.
    let words: Vec<&str> = old.split(' ').collect();
    let root = words[2].replacen(&words[2][..1], if words[2].starts_with('A') { "B" } else { "A" }, 1);
    let done = check(&format!("{} {} {root}", words[0], words[1])).exit(1);
    assert!(done.text().contains("are not those of the anchor"), "{}", done.told());
    let done = check(&format!("{} 4711 {}", words[0], words[2])).exit(1);
    assert!(done.text().contains("records were removed"), "{}", done.told());
    let other = Site::verified(&Files::of([(NEW, &service(Format::Cef).chain(3))]));
    let done = check(&anchor(&other)).exit(1);
    assert!(done.text().contains("another ledger"), "{}", done.told());
    for wrong in ["nothing", "acralog-ledger/00 3", "acralog-ledger/00 x AAAA", &format!("{old} more")] {
        check(wrong).refused();
    }
}

#[test]
fn a_verb_that_looks_begins_no_ledger_and_says_what_is_wrong_with_one() {
    let site = Site::new(&Week::of(Format::Json).files);
    let verbs: [&[&str]; 4] = [
        &["ledger", "show"],
        &["ledger", "anchor"],
        &["ledger", "check"],
        &["ledger", "prune", "--before", "2025-01-01"],
    ];
    for verb in verbs {
        let done = site.verb(verb, &[]).exit(2);
        assert!(done.stderr.contains("there is no ledger"), "{}", done.told());
        assert!(!site.ledger_path().exists() && !site.path("acra.ledger.lock").exists());
    }
    site.verify(&[]).exit(0);
    let mut ledger = site.ledger();
    ledger[60] ^= 1;
    fs::write(site.ledger_path(), &ledger).expect("our own file");
    for verb in verbs {
        let done = site.verb(verb, &[]).exit(2);
        assert!(done.stderr.contains("acra.ledger:1: the ledger is damaged"), "{}", done.told());
        assert_eq!(site.ledger(), ledger);
    }
}

#[test]
fn what_is_pruned_is_not_missed_and_what_goes_on_is_remembered_again() {
    for format in Format::ALL {
        let mut week = Week::of(format);
        let site = Site::verified(&week.files);
        // Days 0 to 2, by the time of the last entry.
        let before = "2025-03-17";
        let done = site.verb(&["ledger", "prune"], &["--before", before]).exit(0);
        assert!(done.text().contains("3 chains were given up"), "{}", done.told());
        let states = |site: &Site| shown(site, &[]).chains.iter().map(|chain| chain.state.clone()).collect::<Vec<_>>();
        assert_eq!(
            states(&site),
            ["retired", "retired", "retired", "closed", "closed", "closed", "open"],
            "{format:?}"
        );
        // A second time there is nothing to write down.
        let ledger = site.ledger();
        let done = site.verb(&["ledger", "prune"], &["--before", before]).exit(0);
        assert!(done.text().contains("0 chains were given up"), "{}", done.told());
        assert_eq!(site.ledger(), ledger);
        // What was given up may be here as well.
        site.verify(&["--ledger-required"]).exit(0);
        week.files.remove(OLD);
        site.put(&week.files);
        let report = site.verify(&["--ledger-required"]).exit(0).report();
        assert!(!report.codes().contains("chain-missing"), "{:?}", report.findings);
        // What was not, is missed.
        week.files.edit(MIDDLE, |lines| drop(lines.drain(4..9)));
        site.put(&week.files);
        site.verify(&["--ledger-required"]).exit(1).report().shows("chain-missing");
        // Even the open chain may be given up; it goes on, and is held to what it has then.
        let mut week = Week::of(format);
        site.put(&week.files);
        site.verb(&["ledger", "prune"], &["--before", "2026-01-01"]).exit(0);
        let more = week.service.entries(2);
        week.files.edit(NEW, |lines| lines.extend(more));
        site.put(&week.files);
        site.verify(&["--ledger-required"]).exit(0);
        assert_eq!(states(&site).last().map(String::as_str), Some("open"), "{format:?}");
        week.files.edit(NEW, |lines| lines.truncate(14));
        site.put(&week.files);
        site.verify(&["--ledger-required"]).exit(1).report().shows("chain-shortened");
    }
}

#[test]
fn records_of_a_key_that_is_not_given_are_counted_and_never_taken_for_missing_chains() {
    for format in Format::ALL {
        let mut old = Service::new(format, [7; 32], 1);
        let first = old.chain(4);
        let mut service = service(format);
        service.pause(DAY_MS);
        let second = service.chain(4);
        let site = Site::new(&Files::of([(NEW, &[&first[..], &second].concat())]));
        write_key(&site.path("old.key"), &[7; 32]);
        let both = ["--key-file", "old.key"];
        site.verify(&both).exit(0);
        let unreadable = shown(&site, &[]).unreadable_records;
        assert!(unreadable >= 1 && shown(&site, &both).unreadable_records == 0, "{format:?}: {unreadable}");
        let done = site.verb(&["ledger", "show"], &[]).exit(0);
        assert!(done.text().contains("of keys that were not given"), "{}", done.told());
        // The old log is gone, and its key with it.
        site.put(&Files::of([(NEW, &second)]));
        let report = site.verify(&["--ledger-required"]).exit(0).report();
        assert!(report.not_shown.iter().any(|limit| limit.what.contains("keys that were not given")), "{format:?}");
        site.verify(&both).exit(1).report().shows("chain-missing");
    }
}
