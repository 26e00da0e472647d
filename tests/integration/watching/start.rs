//! Where a watch begins to read: behind what a ledger verified, whatever was rotated since, or at the end of what is there.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::process::{QUIET_LINES, Site, Watching, json_lines};
use super::{Alarm, day, replayed, watch};
use crate::support::Run;

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
    watch.says("the ledger knows no beginning of it: all of it is read");
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
fn an_alarm_of_an_earlier_watch_is_not_over_only_because_its_entries_are_not_read_again() {
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
