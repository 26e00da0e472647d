//! `acralog watch` as people use it: the incidents of a day as alarms, whether the day is replayed or grows, and what only an
//! alteration explains, told while the log is written.

mod comparing; // what other rules would have raised
#[cfg(all(feature = "redis", feature = "vault", feature = "kms", feature = "webhook"))]
mod killed; // no alarm is lost wherever it is killed
#[cfg(all(target_os = "linux", feature = "redis", feature = "vault", feature = "kms", feature = "webhook"))]
mod load; // a service writes much, and its log is rotated again and again
#[cfg_attr(
    not(all(feature = "redis", feature = "vault", feature = "kms", feature = "webhook")),
    allow(dead_code, reason = "what a build leaves out uses the rest")
)]
mod process; // a watch beside the test, and a log that grows
#[cfg(all(feature = "redis", feature = "vault", feature = "kms", feature = "webhook"))]
mod reload; // what a service is told, and tells systemd
#[cfg(all(feature = "redis", feature = "vault", feature = "kms", feature = "webhook"))]
mod servers; // real servers are told
mod start; // where a watch begins to read

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::live::Live;
use crate::support::{Run, fixture};

/// One change of an alarm, as programs read it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Alarm {
    state: String,
    kind: String,
    id: String,
    severity: String,
    severity_score: u8,
    title: String,
    summary: String,
    rule: String,
    rule_text: String,
    stream: String,
    verified: String,
    client_ids: Vec<String>,
    client_ids_omitted: u64,
    session_ids: Vec<String>,
    session_ids_omitted: u64,
    codes: Vec<u16>,
    count: u64,
    counted: String,
    entries: u64,
    first: Option<String>,
    last: Option<String>,
    places: Vec<Place>,
    places_omitted: u64,
    examples: Vec<Example>,
    advice: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    file: String,
    line: u64,
    through: u64,
    entries: u64,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    level: String,
    message: String,
    error: Option<String>,
}

fn alarm(line: &str) -> Alarm {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

fn watch() -> Run {
    Run::bare().args(["watch", "--jsonl"]).key("audit.key")
}

/// What a replay tells.
fn replayed(run: Run) -> Vec<Alarm> {
    run.arg("--replay").exit(0).text().lines().map(alarm).collect()
}

fn day(format: &str) -> PathBuf {
    fixture::log(&format!("service_day.{format}.log"))
}

/// The incidents of the day: their kinds, whose they are, and how often it happened in the end.
const INCIDENTS: [(&str, &[&str], u64); 6] = [
    ("sql-firewall-burst", &["webapp"], 37),
    ("poison-record", &["reporting"], 3),
    ("decryption-errors", &["legacy-batch"], 180),
    ("database-unavailable", &[], 64),
    ("connection-failures", &[], 45),
    ("key-errors", &["etl"], 4),
];

/// Holds the changes of alarms against the incidents of the day.
#[track_caller]
fn assert_day(alarms: &[Alarm], what: &str) {
    let of_state = |state: &str| alarms.iter().filter(|it| it.state == state).cloned().collect::<Vec<_>>();
    let (raised, closed) = (of_state("raised"), of_state("closed"));
    let kinds = |alarms: &[Alarm]| alarms.iter().map(|it| it.kind.clone()).collect::<Vec<_>>();
    let wanted: Vec<String> = INCIDENTS.iter().map(|(kind, ..)| (*kind).to_owned()).collect();
    assert_eq!(kinds(&raised), wanted, "{what}");
    assert_eq!(kinds(&closed), wanted, "{what}");
    for ((kind, clients, count), closed) in INCIDENTS.iter().zip(&closed) {
        assert_eq!(closed.count, *count, "{what}: {kind}");
        assert_eq!(closed.verified, "yes", "{what}: {kind}");
        if !clients.is_empty() {
            assert_eq!(closed.client_ids, *clients, "{what}: {kind}");
        }
    }
    let ids: HashSet<&str> = alarms.iter().map(|it| &*it.id).collect();
    assert_eq!(ids.len(), INCIDENTS.len(), "{what}: an alarm keeps its name");
    // Never one change a line: it doubles, or a minute passes.
    assert!(alarms.len() < 60, "{what}: {} changes", alarms.len());
}

#[test]
fn the_incidents_of_a_day_are_the_alarms_of_its_replay_in_every_format() {
    let mut names = Vec::new();
    for format in ["json", "plaintext", "cef"] {
        let alarms = replayed(watch().path(day(format)));
        assert_day(&alarms, format);
        names.push(alarms.iter().map(|it| it.id.clone()).collect::<Vec<_>>());
    }
    let again = replayed(watch().path(day("json")));
    assert_eq!(again.iter().map(|it| it.id.clone()).collect::<Vec<_>>(), names[0], "the names are the same every time");
}

#[test]
fn a_replica_under_another_name_and_in_other_files_has_the_same_alarms() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = fs::read_to_string(day("json")).expect("a fixture");
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for (suffix, part) in [(".2", &lines[..500]), (".1", &lines[500..900]), ("", &lines[900..])] {
        fs::write(folder.path().join(format!("replica.log{suffix}")), part.concat()).expect("a file");
    }
    let told =
        |alarms: Vec<Alarm>| alarms.into_iter().map(|it| (it.state, it.kind, it.id, it.count)).collect::<Vec<_>>();
    assert_eq!(told(replayed(watch().path(folder.path()))), told(replayed(watch().path(day("json")))));
}

/// A log of the test's own that grows.
struct Growing {
    path: PathBuf,
    _folder: tempfile::TempDir,
}

impl Growing {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("acra.log");
        fs::write(&path, text).expect("a log");
        Self { path, _folder: folder }
    }

    fn write(&self, text: &str) {
        let log = OpenOptions::new().append(true).open(&self.path);
        log.and_then(|mut log| log.write_all(text.as_bytes())).expect("a log of our own");
    }
}

/// The next alarm of this kind and state.
#[track_caller]
fn next(live: &Live, kind: &str, state: &str) -> Alarm {
    loop {
        let told = alarm(&live.line());
        if (&*told.kind, &*told.state) == (kind, state) {
            return told;
        }
    }
}

#[test]
fn a_day_that_grows_raises_what_its_replay_raises() {
    let text = fs::read_to_string(day("json")).expect("a fixture");
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let log = Growing::new("");
    let live = Live::start(watch().path(&log.path));
    // In pieces that end where no query is half written.
    for piece in [&lines[..170], &lines[170..696], &lines[696..1_000], &lines[1_000..1_300], &lines[1_300..]] {
        log.write(&piece.concat());
        std::thread::sleep(Duration::from_millis(100));
    }
    let mut alarms = Vec::new();
    let closed = |alarms: &[Alarm]| alarms.iter().filter(|it| it.state == "closed").count();
    while closed(&alarms) < INCIDENTS.len() {
        alarms.push(alarm(&live.line()));
    }
    live.nothing();
    assert_day(&alarms, "a log that grows");
    let told = |alarms: &[Alarm]| {
        let of = |it: &Alarm| (it.state != "updated").then(|| (it.state.clone(), it.id.clone(), it.count));
        alarms.iter().filter_map(of).collect::<Vec<_>>()
    };
    assert_eq!(told(&alarms), told(&replayed(watch().path(day("json")))));
}

/// What is done to the lines from 200 to 230 before they are written, and to the log behind them.
type Attack = (&'static str, fn(&mut Vec<String>), fn(&Path));

#[test]
fn what_only_an_alteration_explains_is_told_while_the_log_is_written() {
    let nothing: fn(&Path) = |_| ();
    let attacks: [Attack; 5] = [
        ("an altered line", |lines| lines[10] = lines[10].replace("deny", "permit"), nothing),
        ("an altered last line", |lines| lines[29] = lines[29].replace("\"level\":\"", "\"level\":\"x"), nothing),
        ("a removed line", |lines| drop(lines.remove(10)), nothing),
        ("an inserted line", |lines| lines.insert(10, FORGED.to_owned()), nothing),
        (
            "a shortened file",
            |lines| lines.truncate(10),
            |path| {
                let log = OpenOptions::new().write(true).open(path).expect("the log");
                log.set_len(log.metadata().expect("it").len() - 2_000).expect("a shorter log");
            },
        ),
    ];
    let text = fs::read_to_string(day("json")).expect("a fixture");
    let lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    for (what, attack, behind) in attacks {
        let log = Growing::new(&lines[..170].concat());
        let live = Live::start(watch().args(["--min-severity", "critical"]).path(&log.path));
        live.nothing();
        let mut more = lines[170..200].to_vec();
        attack(&mut more);
        log.write(&more.concat());
        live.settle();
        behind(&log.path);
        let told = next(&live, "integrity-failure", "raised");
        assert_eq!((&*told.verified, &*told.severity, told.codes.len()), ("yes", "critical", 0), "{what}");
        assert!(told.places[0].file.ends_with("acra.log"), "{what}: {:?}", told.places);
        assert!(told.first.is_some(), "{what}: behind which time it was altered");
        live.nothing();
        assert_eq!(live.interrupt(), Some(0), "{what}: a watch that is ended has done what it was to do");
    }
}

const FORGED: &str = "{\"code\":587,\"level\":\"warning\",\"msg\":\"Recognized poison record\",\"client_id\":\"reporting\",\
                      \"timestamp\":\"2025-03-14T11:40:00.300Z\"}\n";

#[test]
fn a_genuine_log_that_grows_slowly_and_is_rotated_is_not_accused() {
    let text = fs::read_to_string(day("json")).expect("a fixture");
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let log = Growing::new(&lines[..170].concat());
    let live = Live::start(watch().args(["--min-severity", "critical"]).path(&log.path));
    for (number, piece) in lines[170..690].chunks(40).enumerate() {
        let (head, tail) =
            piece.concat().split_at_checked(1_000).map(|(a, b)| (a.to_owned(), b.to_owned())).expect("text");
        log.write(&head);
        std::thread::sleep(Duration::from_millis(30));
        log.write(&tail);
        if number % 4 == 3 {
            fs::rename(&log.path, log.path.with_extension(format!("log.{}", 9 - number / 4))).expect("a rotation");
            fs::write(&log.path, "").expect("an empty log");
        }
    }
    live.nothing();
    assert_eq!(live.interrupt(), Some(0));
}

#[test]
fn forged_lines_neither_join_nor_hide_what_is_proven() {
    let text = fs::read_to_string(day("json")).expect("a fixture");
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let with_forged = [&lines[..690].concat(), FORGED, &lines[690..].concat()].concat();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("acra.log");
    fs::write(&path, with_forged).expect("a log");
    let told: Vec<Alarm> = watch().arg("--replay").path(&path).exit(1).text().lines().map(alarm).collect();
    let poison = |verified: &str| -> Vec<Alarm> {
        let is_meant = |it: &&Alarm| it.kind == "poison-record" && it.verified == verified;
        told.iter().filter(is_meant).cloned().collect()
    };
    let forged = poison("no");
    assert_eq!(forged.iter().map(|it| it.count).max(), Some(1), "the forged one stands alone");
    let genuine = poison("yes");
    let clean: Vec<Alarm> = replayed(watch().path(day("json")));
    let clean: Vec<&Alarm> = clean.iter().filter(|it| it.kind == "poison-record").collect();
    let of = |it: &Alarm| (it.state.clone(), it.id.clone(), it.count);
    assert_eq!(genuine.iter().map(of).collect::<Vec<_>>(), clean.into_iter().map(of).collect::<Vec<_>>());
    assert!(told.iter().any(|it| it.kind == "integrity-failure" && it.state == "raised"), "and the log was altered");
}

#[test]
fn without_a_key_nothing_is_proven_and_nothing_altered() {
    let run = Run::bare().args(["watch", "--jsonl", "--replay"]).path(day("json"));
    let told: Vec<Alarm> = run.exit(0).text().lines().map(alarm).collect();
    assert!(told.iter().all(|it| it.verified == "no"), "{told:?}");
    let kinds: BTreeMap<&str, usize> =
        told.iter().filter(|it| it.state == "raised").fold(BTreeMap::new(), |mut all, it| {
            *all.entry(&*it.kind).or_default() += 1;
            all
        });
    assert_eq!(kinds, INCIDENTS.iter().map(|(kind, ..)| (*kind, 1)).collect());
}

#[test]
fn entries_that_somebody_asked_for_raise_one_alarm_for_each_client() {
    let told = replayed(watch().args(["--code", "587,560"]).path(day("json")));
    let of_event: Vec<&Alarm> = told.iter().filter(|it| it.kind == "event").collect();
    let raised: Vec<(&str, u64)> =
        of_event.iter().filter(|it| it.state == "raised").map(|it| (&*it.client_ids[0], it.count)).collect();
    assert_eq!(raised, [("webapp", 1), ("reporting", 1)]);
    let closed: Vec<(&str, u64)> =
        of_event.iter().filter(|it| it.state == "closed").map(|it| (&*it.client_ids[0], it.count)).collect();
    // The watch ends before it is certain that nothing more comes of the second one, or does not.
    assert_eq!(closed[0], ("webapp", 111));
}

#[test]
fn a_configuration_names_entries_and_says_what_is_wrong_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("watch.toml");
    let replay = |text: &str| {
        fs::write(&path, text).expect("a file");
        Run::bare().args(["watch", "--jsonl", "--replay", "--config"]).arg(&path).key("audit.key").path(day("json"))
    };
    let event = "[[event]]\nname = \"poison\"\ncode = [\"587\"]\nclient = \"rep*\"\nseverity-score = 9\n";
    let told: Vec<Alarm> = replay(event).exit(0).text().lines().map(alarm).collect();
    let raised: Vec<&Alarm> = told.iter().filter(|it| it.kind == "event" && it.state == "raised").collect();
    assert_eq!(raised.len(), 1);
    assert_eq!((&*raised[0].rule, &*raised[0].severity), ("poison", "critical"));
    let wrong = [
        ("[[event]]\nname = \"all\"\n", "the event `all` is every entry"),
        ("[[event]]\ncode = \"587\"\n", "--name"),
        ("[[event]]\nname = \"a\"\ncode = \"unheard-of\"\n", "unheard-of"),
        ("[[event]]\nname = \"a\"\ncoed = \"587\"\n", "--coed"),
        ("event = [1]\n", "an event is a table"),
    ];
    for (text, complaint) in wrong {
        let done = replay(text).refused();
        assert!(done.stderr.contains(complaint), "{text}: {}", done.stderr);
        assert!(done.stderr.contains("watch.toml:"), "{text}: {}", done.stderr);
    }
}

#[test]
fn it_is_said_why_an_entry_raised_an_alarm_or_none() {
    let path = day("json");
    let why = |line: u64| {
        let asked = format!("{}:{line}", path.display());
        watch().args(["--replay", "--why", &asked]).path(&path).exit(0).stderr
    };
    let cases = [
        (173, "sql-firewall-burst of webapp: 1 so far, and the rule says at least 10 blocked queries"),
        (696, "with it the alarm poison-record (poison-record) was raised"),
        (900, "it belongs to the alarm decryption-errors of legacy-batch, which is open"),
        (5, "no rule of incidents is about it"),
        (99_999, "was not read"),
    ];
    for (line, reason) in cases {
        assert!(why(line).contains(reason), "{line}: {}", why(line));
    }
}

#[test]
fn a_pipe_is_watched_to_its_end_and_the_exit_code_is_the_answer() {
    let text = fs::read(day("json")).expect("a fixture");
    let told: Vec<Alarm> = watch().stdin(&text).exit(0).text().lines().map(alarm).collect();
    assert_day(&told, "a pipe");
    let altered = String::from_utf8(text).expect("json").replacen("webapp", "webapq", 1);
    let done = watch().stdin(altered.as_bytes()).exit(1);
    assert!(done.text().lines().map(alarm).any(|it| it.kind == "integrity-failure"), "{}", done.text());
}

#[test]
fn a_log_that_is_emptied_or_deleted_without_a_copy_is_a_warning() {
    let text = fs::read_to_string(day("json")).expect("a fixture");
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let [emptied, deleted]: [fn(&Path); 2] =
        [|path| fs::write(path, "").expect("an empty log"), |path| fs::remove_file(path).expect("a log to delete")];
    for (what, lose) in [("emptied", emptied), ("deleted", deleted)] {
        let log = Growing::new(&lines[..100].concat());
        let live = Live::start(watch().path(&log.path));
        live.nothing();
        lose(&log.path);
        let told = next(&live, "integrity-warning", "raised");
        assert_eq!((&*told.rule, &*told.severity), ("log-lost", "high"), "{what}");
    }
}

#[test]
fn alarms_are_as_the_published_schema_says() {
    let schema: Value = serde_json::from_str(Run::bare().args(["schema", "watch-alarm"]).exit(0).text()).expect("json");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let done = watch().args(["--replay", "--code", "560"]).path(day("cef")).exit(0);
    let (mut states, mut kinds) = (HashSet::new(), HashSet::new());
    for line in done.text().lines() {
        let alarm: Value = serde_json::from_str(line).expect("json");
        assert!(schema.is_valid(&alarm), "{line}");
        states.insert(alarm["state"].to_string());
        kinds.insert(alarm["kind"].to_string());
    }
    // Those of the day, and `event`.
    assert_eq!((states.len(), kinds.len()), (3, INCIDENTS.len() + 1), "{states:?} {kinds:?}");
}

#[test]
fn people_get_a_line_for_each_change_and_what_to_do_first() {
    let run = Run::bare().args(["watch", "--replay", "--min-severity", "critical"]).key("audit.key").path(day("json"));
    let done = run.exit(0);
    let text = done.text();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("2025-03-14T11:40:00.284Z  raised  critical poison-record: "), "{text}");
    assert!(lines[0].contains("poison records of reporting: 1, verified, "), "{text}");
    assert!(lines[1].starts_with("    do first: Cut off the client_id and session now"), "{text}");
    assert!(!text.contains('\u{1b}'), "no colours in a pipe");
}
