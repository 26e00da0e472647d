//! `watch --replay --compare`: what the rules of another configuration raise of a day, for people and as programs read it.

use std::fs;

use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

use super::{Alarm, day, watch};
use crate::support::{Run, fixture};

/// What other rules make of an alarm, as programs read it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Difference {
    change: String,
    before: Option<Alarm>,
    after: Option<Alarm>,
    raised_before: Option<String>,
    raised_after: Option<String>,
}

/// Two configurations in a folder.
fn configurations(now: &str, next: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("now.toml"), now).expect("a file");
    fs::write(folder.path().join("next.toml"), next).expect("a file");
    folder
}

/// Compares the first one with the second one.
fn compare(run: Run, folder: &TempDir) -> Run {
    run.current_dir(folder.path()).args(["--replay", "--config", "now.toml", "--compare", "next.toml"])
}

fn for_people() -> Run {
    Run::bare().arg("watch").key("audit.key")
}

const NOW: &str = "[rules.service-restart]\nat-least = 1\n";
const NEXT: &str = "[sql-firewall]\nat-least = 30\n\n[key-errors]\nat-least = 5\n\n\
                    [[event]]\nname = \"poison\"\ncode = \"587\"\nseverity-score = 9\n";

#[test]
fn what_is_missing_new_or_otherwise_is_printed_and_what_is_the_same_is_counted() {
    let folder = configurations(NOW, NEXT);
    let done = compare(for_people(), &folder).path(day("json")).exit(0);
    let lines: Vec<&str> = done.text().lines().collect();
    let [burst, poison, keys, counts] = lines[..] else { panic!("{lines:#?}") };
    assert!(burst.starts_with("~ 2025-03-14T03:12:35.867Z  closed  high     sql-firewall-burst"), "{burst}");
    assert!(burst.ends_with("]: raised 2025-03-14T03:12:08.097Z -> 2025-03-14T03:12:31.387Z"), "{burst}");
    assert!(
        poison.starts_with("+ ") && poison.contains("event (poison): entries of reporting: 3, verified"),
        "{poison}"
    );
    assert!(keys.starts_with("- ") && keys.contains("key-errors: errors of etl: 4, verified"), "{keys}");
    assert_eq!(
        counts,
        "4 alarms are the same, 1 only with now.toml, 1 only with next.toml, 1 with both, but otherwise"
    );
    assert!(done.stderr.contains("entries, proven until 2025-03-14"), "{}", done.stderr);
}

#[test]
fn where_nothing_differs_it_is_said() {
    let folder = configurations(NOW, NOW);
    let done = compare(for_people(), &folder).path(day("json")).exit(0);
    assert_eq!(done.text(), "nothing differs: 6 alarms are the same with now.toml and with next.toml\n");
    let programs = compare(watch(), &folder).path(day("json")).exit(0);
    assert_eq!(programs.text(), "");
    // Without --config the rules are those that hold then; what is typed holds for both.
    let built_in =
        || for_people().current_dir(folder.path()).args(["--replay", "--compare", "next.toml", "--code", "560"]);
    let done = built_in().args(["--set", "key-errors.at-least=5"]).path(day("json")).exit(0);
    assert_eq!(done.text(), "nothing differs: 6 alarms are the same with the built-in rules and with next.toml\n");
    let severe = built_in().args(["--min-severity", "critical"]).path(day("json")).exit(0);
    assert!(severe.text().starts_with("nothing differs: 1 alarm is the same"), "{}", severe.text());
}

#[test]
fn the_exit_code_is_that_of_the_log_and_a_pipe_is_read_once() {
    let folder = configurations(NOW, NEXT);
    let text = fixture::bytes("service_day.json.log");
    let genuine = compare(watch(), &folder).stdin(&text).exit(0);
    assert_eq!(genuine.text().lines().count(), 3, "{}", genuine.text());
    let altered = String::from_utf8(text).expect("json").replacen("webapp", "webapq", 1);
    let done = compare(for_people(), &folder).stdin(altered.as_bytes()).exit(1);
    assert!(!done.text().contains("integrity-failure"), "both raise it: {}", done.text());
}

#[test]
fn a_file_that_is_wrong_is_refused_with_its_line() {
    for (next, said) in [
        ("[sql-firewall]\nat-last = 3\n", "next.toml:2: no setting of sql-firewall is called `at-last`"),
        ("\n[[event]]\nname = \"all\"\n", "next.toml:2: the event `all` is every entry"),
        ("polcy = \"strict\"\n", "next.toml:1: no flag is called `polcy`"),
        ("a = \n", "next.toml:1: "),
    ] {
        let folder = configurations(NOW, next);
        let done = compare(watch(), &folder).path(day("json")).refused();
        assert!(done.stderr.contains(said) && done.stdout.is_empty(), "{said}: {}", done.told());
    }
    let folder = configurations(NOW, NEXT);
    let missing =
        watch().current_dir(folder.path()).args(["--replay", "--compare", "none.toml"]).path(day("json")).exit(2);
    assert!(missing.stderr.contains("none.toml: cannot read the configuration"), "{}", missing.stderr);
    watch().current_dir(folder.path()).args(["--compare", "next.toml"]).path(day("json")).refused();
    for other in [&["--dry-run"][..], &["--why", "a.log:1"]] {
        compare(watch(), &folder).args(other).path(day("json")).refused();
    }
}

#[test]
fn programs_read_the_alarm_of_both_sides_as_the_published_schema_says() {
    let folder = configurations(NOW, NEXT);
    let schema = Run::bare().args(["schema", "watch-comparison"]).exit(0);
    let schema: Value = serde_json::from_str(schema.text()).expect("json");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    for format in ["json", "plaintext", "cef"] {
        let done = compare(watch(), &folder).path(day(format)).exit(0);
        let mut told = Vec::new();
        for line in done.text().lines() {
            let value: Value = serde_json::from_str(line).expect("json");
            assert!(schema.is_valid(&value), "{line}");
            let it: Difference = serde_json::from_value(value).unwrap_or_else(|error| panic!("{error}: {line}"));
            let of = |alarm: Option<Alarm>| alarm.map(|alarm| (alarm.kind, alarm.count));
            let is_later = it.raised_before.zip(it.raised_after).map(|(before, after)| before < after);
            told.push((it.change, of(it.before), of(it.after), is_later));
        }
        let alarm = |kind: &str, count| Some((kind.to_owned(), count));
        let burst = alarm("sql-firewall-burst", 37);
        let wanted = [
            ("changed".to_owned(), burst.clone(), burst, Some(true)),
            ("added".to_owned(), None, alarm("event", 3), None),
            ("removed".to_owned(), alarm("key-errors", 4), None, None),
        ];
        assert_eq!(told, wanted, "{format}");
    }
}
