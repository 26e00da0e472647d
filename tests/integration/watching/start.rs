//! Where a watch begins to read: behind what a ledger verified, whatever was rotated since, or at the end of what is there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::process::{QUIET_LINES, Site, Watching, json_lines};
use super::{Alarm, day, replayed, watch};
use crate::support::{Run, fixture};

/// A watch of a folder with a log and a ledger.
fn behind_ledger(site: &Site) -> Run {
    watch().arg("--ledger").arg(site.path("acra.ledger")).path(site.folder.path())
}

/// What `verify` knows of the log from now on.
fn remember(site: &Site) {
    let run = Run::verify().key("audit.key").arg("--ledger").arg(site.path("acra.ledger"));
    run.path(site.folder.path()).exit_one_of(&[0, 3]);
}

/// The alarms of a log that is gone on with, until all of it was read, and what was said beside.
fn told(run: Run, go_on: impl FnOnce()) -> (Vec<Alarm>, String) {
    let watch = Watching::start_ready(run);
    go_on();
    let (alarms, said) = watch.end_with_alarms();
    (alarms, said.join("\n"))
}

/// Alarms by their names, and how they ended.
fn ended(alarms: &[Alarm]) -> Vec<(&str, &str, u64)> {
    alarms.iter().filter(|it| it.state == "closed").map(|it| (&*it.id, &*it.verified, it.count)).collect()
}

#[test]
fn a_watch_goes_on_behind_what_a_ledger_verified_whatever_was_rotated_since() {
    let nothing: fn(&Path) = |_| ();
    let rename: fn(&Path) = |log| {
        fs::rename(log, log.with_extension("log.1")).and_then(|()| fs::write(log, "")).expect("a rotation");
    };
    let compress: fn(&Path) = |log| {
        let mut gzip =
            GzEncoder::new(File::create(log.with_extension("log.1.gz")).expect("a file"), Compression::fast());
        io::copy(&mut File::open(log).expect("the log"), &mut gzip).expect("gzip");
        gzip.finish().and_then(|_| fs::write(log, "")).expect("a rotation");
    };
    let copy: fn(&Path) = |log| {
        fs::copy(log, log.with_extension("log.1")).and_then(|_| fs::write(log, "")).expect("a rotation");
    };
    let whole = replayed(watch().path(day("json")));
    for (what, rotate) in [("not at all", nothing), ("renamed", rename), ("compressed", compress), ("copied", copy)] {
        let site = Site::new();
        remember(&site);
        site.grow(QUIET_LINES, 400);
        rotate(&site.path("acra.log"));
        let (alarms, said) = told(behind_ledger(&site), || site.grow(400, site.lines()));
        assert_eq!(ended(&alarms), ended(&whole), "{what}: {said}");
        assert!(said.contains(&format!("begins behind line {QUIET_LINES} of ")), "{what}: {said}");
        // What stands before was not read.
        let read = site.lines() - QUIET_LINES;
        assert!(said.contains(&format!("{read} entries, proven until 20")), "{what}: {said}");
    }
}

#[test]
fn a_log_that_is_not_as_the_ledger_knows_it_is_read_from_its_beginning() {
    let site = Site::new();
    remember(&site);
    let text = fs::read_to_string(site.path("acra.log")).expect("the log");
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    lines[20] = lines[20].replace("\"level\":\"info\"", "\"level\":\"warning\"");
    fs::write(site.path("acra.log"), lines.concat()).expect("the log");
    let watch = Watching::start_ready(behind_ledger(&site));
    watch.says("all of it is read: the ledger knows no beginning of it");
    let alarm = watch.tells("integrity-failure", "raised");
    assert!(alarm.places.iter().any(|place| (place.line..=place.through).contains(&21)), "{:?}", alarm.places);
    watch.end();
}

#[test]
fn where_there_is_no_ledger_yet_all_is_read_unless_it_is_demanded() {
    let site = Site::new();
    let (alarms, said) = told(behind_ledger(&site), || site.grow(QUIET_LINES, site.lines()));
    assert_eq!(ended(&alarms), ended(&replayed(watch().path(day("json")))));
    assert!(said.contains("every log is read from its beginning"), "{said}");
    let demanded = behind_ledger(&site).arg("--ledger-required").exit(2);
    assert!(demanded.stderr.contains("acra.ledger"), "{}", demanded.stderr);
}

#[test]
fn a_watch_that_begins_at_the_end_reads_only_what_is_written_from_then_on_and_says_what_is_not_proven() {
    let site = Site::new();
    // A poison record stands behind line 690, the second chain begins with line 514.
    site.grow(QUIET_LINES, 400);
    let run = watch().args(["--from", "end"]).path(site.path("acra.log"));
    let (alarms, said) = told(run, || site.grow(400, site.lines()));
    assert!(
        said.contains("up to line 400, is not read, and an open chain is not proven before the next one"),
        "{said}"
    );
    assert!(said.contains(&format!("{} entries, proven until 20", site.lines() - 400)), "{said}");
    let whole = replayed(watch().path(day("json")));
    // What the second chain and those behind it seal is known by the same names.
    let of = |alarms: &[Alarm]| {
        let poison = |it: &&Alarm| it.kind == "poison-record" && it.state == "closed";
        alarms.iter().filter(poison).map(|it| (it.id.clone(), it.verified.clone(), it.count)).collect::<Vec<_>>()
    };
    assert_eq!(of(&alarms), of(&whole));
    assert!(!of(&whole).is_empty());
    let of_before = |it: &&Alarm| it.places.iter().any(|place| place.line <= 400);
    assert_eq!(alarms.iter().filter(of_before).collect::<Vec<_>>(), Vec::<&Alarm>::new());
    assert!(!alarms.iter().any(|it| it.kind == "integrity-failure"), "{alarms:#?}");
}

#[test]
fn an_alarm_of_an_earlier_watch_is_not_over_at_once_only_because_its_entries_are_not_read_again() {
    const RECORD: &str = "[[reaction]]\nname = \"file\"\nwhen = { state = [\"raised\", \"closed\"] }\nfile = { path = \"file.jsonl\" }\n";
    let site = Site::new();
    let first = Watching::start_ready(site.watch_with_state(RECORD));
    site.grow(QUIET_LINES, 696);
    let raised = first.tells("poison-record", "raised");
    first.kill();
    let again = Watching::start_ready(site.watch_with_state(RECORD).args(["--from", "end"]));
    again.end();
    let told = json_lines(&site.path("file.jsonl"));
    let closed = told.iter().any(|it| it["id"] == *raised.id && it["state"] == "closed");
    assert!(!closed, "{told:#?}");
}

#[test]
fn what_is_altered_or_copied_behind_what_a_ledger_verified_is_told_and_nothing_else() {
    type Attack = fn(&mut Vec<String>, &[String]);
    let alter: Attack = |more, _| more[10] = more[10].replace("\"msg\":\"", "\"msg\":\"x");
    let remove: Attack = |more, _| drop(more.remove(10));
    let copy_a_closed_chain: Attack = |more, before| more.splice(..0, before[..513].iter().cloned()).for_each(drop);
    let copy_the_open_chain: Attack = |more, before| more.extend_from_slice(&before[513..]);
    let attacks = [
        ("an altered line", alter, "integrity-failure"),
        ("a removed line", remove, "integrity-failure"),
        ("a closed chain once more", copy_a_closed_chain, "integrity-warning"),
        ("the open chain once more", copy_the_open_chain, "integrity-warning"),
    ];
    let text = fs::read_to_string(day("json")).expect("a fixture");
    let lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    for (what, attack, kind) in attacks {
        let site = Site::new();
        site.grow(QUIET_LINES, 600);
        remember(&site);
        let watch = Watching::start_ready(behind_ledger(&site));
        watch.says("begins behind line 600 of");
        let mut more = lines[600..690].to_vec();
        attack(&mut more, &lines[..600]);
        site.write(&more.concat());
        let told = watch.tells(kind, "raised");
        assert!(kind == "integrity-failure" || told.rule == "chain-repeated", "{what}: {told:?}");
        assert!(told.places.iter().all(|place| place.line > 600), "{what}: {:?}", told.places);
        let (alarms, _) = watch.end_with_alarms();
        // Lines 600 to 690 raise nothing, and copies of earlier entries happened once.
        let others: Vec<_> = alarms.iter().filter(|it| it.kind != kind).collect();
        assert_eq!(others, Vec::<&Alarm>::new(), "{what}");
    }
}

#[test]
fn a_log_is_read_whole_where_the_ledger_does_not_say_what_is_demanded() {
    let site = Site::new();
    remember(&site);
    for demand in [["--chain-max-age", "1d"], ["--gap", "1d"], ["--input-format", "json"]] {
        let watch = Watching::start_ready(behind_ledger(&site).args(demand));
        watch.says("all of it is read: the ledger does not say what is demanded of it");
        watch.end();
    }
}

#[test]
fn what_is_wrapped_is_found_at_the_end_as_well_and_a_log_that_appears_later_is_read_whole() {
    let text = fs::read_to_string(fixture::log("wrapper_docker.json.log")).expect("a fixture");
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (before, behind) = lines.split_at(lines.len() / 2);
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("acra.log");
    fs::write(&log, before.concat()).expect("a log");
    let watch = Watching::start_ready(watch().args(["--from", "end"]).path(folder.path()));
    OpenOptions::new()
        .append(true)
        .open(&log)
        .and_then(|mut log| log.write_all(behind.concat().as_bytes()))
        .expect("it");
    fs::write(folder.path().join("later.log"), &text).expect("a log");
    let entries = |of: &str, count: usize| format!("{of}: {count} entries");
    let wanted = [entries("acra.log", behind.len()), entries("later.log", lines.len())];
    // The second one is looked for once a second.
    std::thread::sleep(std::time::Duration::from_secs(3));
    let said = watch.end().join("\n");
    assert!(wanted.iter().all(|wanted| said.contains(wanted)), "{wanted:?}: {said}");
}

#[test]
fn a_pipe_that_has_ended_keeps_nobody_waiting() {
    let site = Site::new();
    let both = Watching::start(watch().path("-").path(site.path("acra.log")));
    both.says("watching 2 logs");
    both.end();
}
