//! A watch that is killed at random moments, while its log grows and those who are told are slow, fail and recover: no alarm is lost, what
//! is told twice has the same key, no number goes backwards, and what was told before is not told again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::process::{QUIET_LINES, Site, Watching, awaited, json_lines};
use super::{Alarm, day, replayed, watch};
use crate::log_writer::Chance;
use crate::services::standin::{Asked, Standin};

/// How often it is killed where `ACRALOG_KILLS` says nothing else.
const KILLS: usize = 15;
/// The longest life of a watch.
const LIFE_MS_MAX: usize = 700;

#[expect(clippy::disallowed_methods, reason = "how long somebody wants to try is no matter of the tool's plan")]
fn kills() -> usize {
    std::env::var("ACRALOG_KILLS").map_or(KILLS, |number| number.parse().expect("ACRALOG_KILLS is a number"))
}

/// One alarm, as it was told once.
#[derive(Clone, Debug, PartialEq)]
struct Told {
    key: String,
    id: String,
    state: String,
    count: u64,
}

impl Told {
    fn of(key: &Value, alarm: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{alarm}")).to_owned();
        let count = alarm["count"].as_u64().expect("a count");
        Self { key: text(key), id: text(&alarm["id"]), state: text(&alarm["state"]), count }
    }

    /// All alarms of a notification.
    fn all_of(notification: &Value) -> Vec<Self> {
        let alarms = notification["alarms"].as_array().unwrap_or_else(|| panic!("{notification}"));
        alarms.iter().map(|alarm| Self::of(&notification["idempotency_key"], alarm)).collect()
    }
}

/// A server that is slow, fails for a while, and has what it took.
struct Target {
    server: Standin,
    took: Arc<Mutex<Vec<Told>>>,
}

impl Target {
    fn start(seed: u64) -> Self {
        let took = Arc::new(Mutex::new(Vec::new()));
        let (memory, chance, answers) = (Arc::clone(&took), Mutex::new(Chance::new(seed)), Mutex::new(0_usize));
        let answer = move |asked: &Asked| {
            let mut chance = chance.lock().expect("nobody panics with it");
            let mut answers = answers.lock().expect("nobody panics with it");
            *answers += 1;
            thread::sleep(Duration::from_millis(chance.below(150) as u64));
            // Down for three requests, then up for three, and unreliable all the time.
            if *answers % 6 < 3 || chance.below(4) == 0 {
                return (503, "not now".to_owned());
            }
            let notification: Value = serde_json::from_str(&asked.body).expect("json");
            memory.lock().expect("nobody panics with it").extend(Told::all_of(&notification));
            (200, String::new())
        };
        Self { server: Standin::start(answer), took }
    }

    fn took(&self) -> Vec<Told> {
        self.took.lock().expect("nobody panics with it").clone()
    }
}

/// A program that fails every third time, takes its time, and does not take a notification of which it got half.
const PROGRAM: &str = r#"#!/bin/sh
IFS= read -r notification || exit 1
sleep 0.0$(($$ % 10))
[ $(($$ % 3)) -eq 0 ] && exit 75
[ -n "$ACRALOG_KEY" ] || exit 64
printf '%s\n' "$notification" >>"$TOLD"
"#;

/// What each reaction took so far.
fn took(site: &Site, target: &Target) -> BTreeMap<&'static str, Vec<Told>> {
    let program = json_lines(&site.path("program.jsonl")).iter().flat_map(Told::all_of).collect();
    let file = json_lines(&site.path("file.jsonl"));
    let file = file.iter().map(|line| Told::of(&line["idempotency_key"], line)).collect();
    [("program", program), ("server", target.took()), ("file", file)].into()
}

fn configuration(site: &Site, target: &Target) -> String {
    let program = site.path("program");
    fs::write(&program, PROGRAM).expect("a file of our own");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).expect("a file of our own");
    let retry = "retry = { first = \"1s\", longest = \"1s\" }";
    let every = "when = { state = [\"raised\", \"updated\", \"closed\"] }";
    format!(
        "[[reaction]]\nname = \"program\"\n{retry}\nexec = {{ command = [{program:?}], env = {{ TOLD = {:?} }} }}\n\
         [[reaction]]\nname = \"server\"\n{retry}\n{every}\nwebhook = {{ url = \"{}\" }}\n\
         [[reaction]]\nname = \"file\"\n{every}\nfile = {{ path = \"file.jsonl\" }}\n",
        site.path("program.jsonl"),
        target.server.url()
    )
}

/// A watch of everything, told to a file.
const RECORD: &str = "[[reaction]]\nname = \"file\"\nfile = { path = \"file.jsonl\" }\n";

/// The alarms that were told as raised to [`RECORD`].
fn recorded(site: &Site) -> BTreeSet<String> {
    let told = json_lines(&site.path("file.jsonl")).into_iter();
    told.filter(|it| it["state"] == "raised").map(|it| it["id"].as_str().expect("an id").to_owned()).collect()
}

#[test]
fn what_came_and_went_while_nothing_watched_is_told_even_where_there_was_no_alarm_before() {
    let (site, wanted) = (Site::new(), wanted());
    Watching::start_ready(site.watch_with_state(RECORD)).kill();
    site.grow(QUIET_LINES, site.lines());
    Watching::start_ready(site.watch_with_state(RECORD)).end();
    assert_eq!(recorded(&site), wanted.into_keys().collect());
}

/// So many lines, and two incidents are over; the third has not begun.
const TWO_INCIDENTS_LINES: usize = 800;

#[test]
fn what_was_over_before_anybody_watched_is_not_told_even_where_the_first_watch_is_killed() {
    let site = Site::new();
    site.grow(QUIET_LINES, TWO_INCIDENTS_LINES);
    let over = closed(replayed(watch().path(site.path("acra.log"))));
    assert_eq!(over.len(), 2);
    for life_ms in [0, 100, 200] {
        let watch = Watching::start(site.watch_with_state(RECORD));
        thread::sleep(Duration::from_millis(life_ms));
        watch.kill();
    }
    let watch = Watching::start_ready(site.watch_with_state(RECORD));
    // What happens from here on is told by the same watch.
    site.grow(TWO_INCIDENTS_LINES, site.lines());
    let told: BTreeSet<String> = wanted().into_keys().filter(|id| !over.contains_key(id)).collect();
    awaited(|| if recorded(&site).is_superset(&told) { Ok(()) } else { Err(format!("{told:?}")) });
    watch.end();
    assert_eq!(recorded(&site), told);
}

/// Which alarms there are in the end, and how often each happened.
fn wanted() -> BTreeMap<String, u64> {
    closed(replayed(watch().path(day("json"))))
}

/// Those that are over, and how often each happened.
fn closed(alarms: Vec<Alarm>) -> BTreeMap<String, u64> {
    alarms.into_iter().filter(|it| it.state == "closed").map(|it| (it.id, it.count)).collect()
}

/// Fails as long as somebody has not been told that an alarm was raised, or that it is over.
fn all_told(told: &BTreeMap<&str, Vec<Told>>, wanted: &BTreeMap<String, u64>) -> Result<(), String> {
    let has = |all: &[Told], id: &String, state: &str| all.iter().any(|it| it.id == *id && it.state == state);
    for ((name, all), state) in told.iter().flat_map(|it| [(it, "raised"), (it, "closed")]) {
        if let Some(id) = wanted.keys().find(|id| !has(all, id, state)) {
            return Err(format!("{name} was not told that {id} is {state}, only {all:#?}"));
        }
    }
    Ok(())
}

/// Holds what a reaction took against the alarms there were.
#[track_caller]
fn assert_told(name: &str, told: &[Told], wanted: &BTreeMap<String, u64>) {
    let unknown: Vec<_> = told.iter().filter(|it| !wanted.contains_key(&it.id)).collect();
    assert!(unknown.is_empty(), "{name}: no such alarm is in the log: {unknown:?}");
    // One key says one thing.
    let mut by_key: BTreeMap<&str, BTreeSet<(&str, &str, u64)>> = BTreeMap::new();
    for it in told {
        by_key.entry(&it.key).or_default().insert((&it.id, &it.state, it.count));
    }
    for (key, said) in &by_key {
        let ids: BTreeSet<_> = said.iter().map(|(id, ..)| id).collect();
        assert_eq!(ids.len(), said.len(), "{name}: {key} says two things of one alarm: {said:?}");
    }
    for (id, count) in wanted {
        let of: Vec<_> = told.iter().filter(|it| it.id == *id).collect();
        for state in ["raised", "closed"] {
            let keys: BTreeSet<_> = of.iter().filter(|it| it.state == state).map(|it| &it.key).collect();
            assert_eq!(keys.len(), 1, "{name}: {id} is told as {state} under one key: {of:#?}");
        }
        assert!(of.is_sorted_by_key(|it| it.count), "{name}: {id}: numbers went backwards: {of:#?}");
        assert_eq!(of.last().map(|it| (&*it.state, it.count)), Some(("closed", *count)), "{name}: {id}: {of:#?}");
    }
}

#[test]
fn no_alarm_is_lost_and_none_told_under_two_names_wherever_a_watch_is_killed() {
    let (site, kills, mut chance) = (Site::new(), kills(), Chance::new(0x6b11));
    let (target, wanted) = (Target::start(7), wanted());
    assert_eq!(wanted.len(), super::INCIDENTS.len());
    let run = || site.watch_with_state(&configuration(&site, &target));
    // What is in a log before anybody watches is told only while it goes on.
    Watching::start_ready(run()).kill();
    let mut written = QUIET_LINES;
    for life in 1..=kills {
        let watch = Watching::start(run());
        let until = QUIET_LINES + (site.lines() - QUIET_LINES) * life / kills;
        let mut left_ms = chance.below(LIFE_MS_MAX);
        while written < until {
            let next = (written + 1 + chance.below(40)).min(until);
            site.grow(written, next);
            written = next;
            let pause = chance.below(30).min(left_ms);
            left_ms -= pause;
            thread::sleep(Duration::from_millis(pause as u64));
        }
        thread::sleep(Duration::from_millis(left_ms as u64));
        watch.kill();
    }
    let before = took(&site, &target);
    let last = Watching::start_ready(run());
    awaited(|| all_told(&took(&site, &target), &wanted));
    last.end();
    let told = took(&site, &target);
    told.iter().for_each(|(name, told)| assert_told(name, told, &wanted));
    let doubled = |told: &[Told]| told.len() - told.iter().map(|it| (&it.key, &it.id)).collect::<BTreeSet<_>>().len();
    let seen = told.iter().map(|(name, all)| (*name, before[name].len(), all.len(), doubled(all))).collect::<Vec<_>>();
    // Not `eprintln!`: the test harness would keep it to itself.
    let seen = format!("killed {kills} times: reaction, told by the last start, in the end, of these twice: {seen:?}");
    drop(writeln!(io::stderr(), "{seen}"));
    let again = Watching::start_ready(run());
    thread::sleep(Duration::from_millis(500));
    assert_eq!(again.alarms(), [], "what is over is not told again");
    again.end();
    assert_eq!(took(&site, &target), told, "nor is anybody told again");
}
