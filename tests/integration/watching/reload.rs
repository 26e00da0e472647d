//! What a watch as a service is told: to read its rules again, to try a reaction, to do nothing, to end; and what it tells systemd.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use rustix::process::Signal;

use super::process::{QUIET_LINES, Site, Watching, awaited, json_lines, metrics};
use crate::services::servers::free_port;

/// The first burst of blocked queries has begun.
const BURST_LINES: usize = 200;
/// It is over, and the poison records have been read.
const POISON_LINES: usize = 1_000;

/// A reaction that writes to a file of its name.
fn to_file(name: &str, more: &str) -> String {
    format!("[[reaction]]\nname = \"{name}\"\n{more}\nfile = {{ path = \"{name}.jsonl\" }}\n")
}

/// The number of a metric without labels.
fn metric(address: &str, name: &str) -> Option<f64> {
    metrics(address).lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
}

const RELOADED: &str = "acralog_config_last_reload_successful";

#[test]
fn a_reload_takes_new_rules_and_reactions_and_a_bad_file_changes_nothing() {
    let (site, address) = (Site::new(), format!("127.0.0.1:{}", free_port()));
    let old = to_file("old", "when = { kind = \"sql-firewall-burst\" }\nresolve = false");
    let watch = Watching::start_ready(site.watch_with_state(&old).args(["--metrics-listen", &address]));
    assert_eq!(metric(&address, RELOADED), Some(1.0));
    fs::write(
        site.path("watch.toml"),
        "[[reaction]]\nname = \"new\"\nwhen = { knid = \"x\" }\nfile = { path = \"new.jsonl\" }\n",
    )
    .expect("a file");
    watch.signal(Signal::HUP);
    watch.says("watch.toml:3: ");
    watch.says("the rules that held before hold on");
    assert_eq!(metric(&address, RELOADED), Some(0.0));
    site.grow(QUIET_LINES, BURST_LINES);
    awaited(|| json_lines(&site.path("old.jsonl")).pop().ok_or_else(|| "the old reaction".to_owned()));
    let event = "[[event]]\nname = \"poisoned\"\ncode = \"587\"\n";
    let new = to_file("new", "when = { rule = \"poisoned\" }\nresolve = false");
    fs::write(site.path("watch.toml"), [event, &old, &new].concat()).expect("a file");
    watch.signal(Signal::HUP);
    watch.says("rules and reactions were read again");
    assert_eq!(metric(&address, RELOADED), Some(1.0));
    site.grow(BURST_LINES, POISON_LINES);
    let told = awaited(|| json_lines(&site.path("new.jsonl")).pop().ok_or_else(|| "the new reaction".to_owned()));
    assert_eq!((&told["kind"], &told["rule"]), (&"event".into(), &"poisoned".into()));
    watch.end();
    assert_eq!(json_lines(&site.path("old.jsonl")).len(), 1, "the old one knows what it told");
    assert_eq!(json_lines(&site.path("new.jsonl")).len(), 1);
}

#[test]
fn a_reaction_is_tried_with_an_alarm_that_says_it_is_made_up_and_nothing_else_happens() {
    let site = Site::new();
    site.grow(QUIET_LINES, site.lines());
    let broken = "[[reaction]]\nname = \"broken\"\nexec = { command = [\"/bin/false\"] }\n";
    let configuration = [&to_file("one", ""), &to_file("two", ""), broken].concat();
    let tried = |name: &str| site.watch(&configuration).args(["--test-reaction", name]);
    let done = tried("one").exit(0);
    assert_eq!(done.text(), "", "no alarm of the log");
    assert!(done.stderr.contains("reaction one: done"), "{}", done.stderr);
    let told = json_lines(&site.path("one.jsonl"));
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["test"], true);
    assert!(told[0]["title"].as_str().is_some_and(|title| title.contains("nothing happened")), "{told:?}");
    assert!(told[0]["idempotency_key"].as_str().is_some_and(|key| key.starts_with("test-")), "{told:?}");
    assert!(!site.path("two.jsonl").exists(), "nor does another one do anything");
    let failed = tried("broken").exit(2);
    assert!(failed.stderr.contains("reaction broken: "), "{}", failed.stderr);
    let unknown = tried("won").refused();
    assert!(unknown.stderr.contains("one"), "{}", unknown.stderr);
}

#[test]
fn a_dry_run_says_what_it_would_do_and_does_nothing() {
    let site = Site::new();
    let configuration = to_file("record", "when = { kind = \"poison-record\" }");
    let watch = Watching::start_ready(site.watch(&configuration).arg("--dry-run"));
    site.grow(QUIET_LINES, POISON_LINES);
    let said = watch.says("reaction record: a dry run, nothing is done about ");
    watch.says("reaction record: this would be done: ");
    watch.end();
    assert!(!site.path("record.jsonl").exists(), "{said}");
    let replayed = site.watch(&configuration).args(["--replay", "--dry-run"]).exit(0);
    let done = replayed.stderr.matches("reaction record: a dry run, nothing is done about ").count();
    assert_eq!(done, 2, "raised and over: {}", replayed.stderr);
    assert!(!site.path("record.jsonl").exists());
}

#[test]
fn the_end_waits_for_those_who_are_being_told_and_for_nothing_else() {
    let site = Site::new();
    let slow = format!(
        "[[reaction]]\nname = \"slow\"\nresolve = false\nexec = {{ command = [\"/bin/sh\", \"-c\", \"sleep 1; cat >>{}\"] }}\n",
        site.path("slow.jsonl").display()
    );
    // One that gathers for an hour is told before the end.
    let gathering = to_file("gathering", "wait = \"1h\"\nresolve = false");
    let watch = Watching::start_ready(site.watch_with_state(&[slow, gathering].concat()));
    site.grow(QUIET_LINES, BURST_LINES);
    let raised = watch.tells("sql-firewall-burst", "raised");
    let said = watch.end();
    let slow = json_lines(&site.path("slow.jsonl"));
    assert_eq!(slow.len(), 1, "{said:#?}");
    assert_eq!(slow[0]["alarms"][0]["id"], *raised.id);
    let gathered = json_lines(&site.path("gathering.jsonl"));
    assert_eq!(gathered.iter().map(|it| &it["id"]).collect::<Vec<_>>(), [&raised.id], "{said:#?}");
}

#[test]
fn systemd_is_told_of_the_start_a_reload_and_the_end() {
    let site = Site::new();
    let socket = UnixDatagram::bind(site.path("notify")).expect("a socket of our own");
    socket.set_read_timeout(Some(Duration::from_secs(60))).expect("a socket of our own");
    let hears = |words: &str| loop {
        let mut buffer = [0; 4096];
        let length = socket.recv(&mut buffer).unwrap_or_else(|error| panic!("{words}: {error}"));
        let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
        if text.lines().any(|line| line == words) {
            return text;
        }
    };
    let run = site.watch("").env("NOTIFY_SOCKET", site.path("notify")).env("WATCHDOG_USEC", "100000");
    let watch = Watching::start(run);
    let ready = hears("READY=1");
    assert!(ready.contains("STATUS=watching 1 log"), "{ready}");
    hears("WATCHDOG=1");
    watch.signal(Signal::HUP);
    hears("RELOADING=1");
    hears("READY=1");
    watch.signal(Signal::TERM);
    hears("STOPPING=1");
}
