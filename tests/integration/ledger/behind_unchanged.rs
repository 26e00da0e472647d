//! A run that reads only what is new must say what a walk over everything says (`--full`): of what is gone, of what stands there
//! twice, and of what another key verified. Random nights are tried in `resuming`.

use std::fs;

use super::{DAY_MS, Files, MIDDLE, NEW, Site, service};
use crate::log_writer::{Format, Lines, Service};
use crate::resuming::answer;
use crate::support::report::Report;

/// A walk over everything, and then a run that reads what is new with the ledger as it was before.
#[track_caller]
fn verify_both(site: &Site, flags: &[&str], exit: u8) -> Report {
    let files = ["acra.ledger", "acra.ledger.lock"].map(|name| site.path(name));
    let before = files.each_ref().map(|path| fs::read(path).expect("a ledger of our own"));
    let slow = site.verify(&[&["--full"], flags].concat()).exit(exit).report();
    for (path, bytes) in files.iter().zip(before) {
        fs::write(path, bytes).expect("a ledger of our own");
    }
    let fast = site.verify(flags).exit(exit).report();
    assert_eq!(answer(&fast), answer(&slow), "{:#?}\n{:#?}", fast.findings, slow.findings);
    fast
}

/// How the logs stand on each night; the flags of the last one, its exit code, and a code that it tells.
type Row = (&'static str, fn(&mut Service) -> Vec<Files>, &'static [&'static str], u8, &'static str);

const LONG: &[&str] = &["--retention", "30d"];
const SHORT: &[&str] = &["--retention", "1h"];

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("the file is gone in which a chain began", |it| beginning_removed(it, 1), &[], 0, "chain-resumed"),
    ("the same, before its time", |it| beginning_removed(it, 1), LONG, 1, "chain-shortened"),
    ("the same, in its time", |it| beginning_removed(it, 1), SHORT, 0, "chain-expired"),
    ("the same, a night later", |it| beginning_removed(it, 2), &[], 0, "chain-resumed"),
    ("the same, a night later and before its time", |it| beginning_removed(it, 2), LONG, 1, "chain-shortened"),
    ("the same of an open chain", |it| open_beginning_removed(it, 2), &[], 0, "chain-resumed"),
    ("the same of an open chain, two nights later", |it| open_beginning_removed(it, 3), &[], 0, "chain-resumed"),
    ("the same of an open chain, two nights later and before its time", |it| open_beginning_removed(it, 3), LONG, 1, "chain-shortened"),
    ("a file of whole chains is gone in its time", whole_chains_removed, SHORT, 0, "chain-expired"),
    ("a chain goes on that began behind lines without a seal", behind_unsigned_lines, &[], 0, "lines-unsigned-between-chains"),
    ("an open chain began before the one above it ended", begun_too_early, &[], 0, "time-backwards"),
    ("the log stands there twice", |it| { let log = it.chain(5); vec![one(&log), Files::of([(NEW, &log), ("copy.log", &log)])] }, &[], 0, "chain-elsewhere"),
    ("an old copy of a log that was renamed is put back", renamed_and_put_back, &[], 0, "chain-elsewhere"),
    ("the beginning of a chain is removed that has grown since", beginning_of_a_grown_chain_removed, &[], 1, "chain-shortened"),
];

fn one(log: &[Vec<u8>]) -> Files {
    Files::of([(NEW, log)])
}

/// A chain in two files with others behind it; on so many nights the older file is gone.
fn beginning_removed(service: &mut Service, nights: usize) -> Vec<Files> {
    let first = service.chain(8);
    service.pause(DAY_MS);
    let new = [&first[4..], &service.chain(5)].concat();
    let mut states = vec![Files::of([(MIDDLE, &first[..4]), (NEW, &new)])];
    states.extend(std::iter::repeat_n(one(&new), nights));
    states
}

/// The same of a chain that is open, and goes on.
fn open_beginning_removed(service: &mut Service, nights: usize) -> Vec<Files> {
    let old = service.entries(4);
    service.pause(DAY_MS);
    let mut new = service.entries(3);
    let mut states = vec![Files::of([(MIDDLE, &old), (NEW, &new)])];
    for _ in 0..nights {
        states.push(one(&new));
        new.extend(service.entries(2));
    }
    states
}

fn whole_chains_removed(service: &mut Service) -> Vec<Files> {
    let old = [service.chain(5), service.chain(5)].concat();
    service.pause(DAY_MS);
    let new = service.chain(5);
    let more = [&new[..], &service.chain(4)].concat();
    vec![Files::of([(MIDDLE, &old), (NEW, &new)]), one(&more)]
}

fn begun_too_early(service: &mut Service) -> Vec<Files> {
    let mut log = service.chain(5);
    service.pause(-2_000);
    log.extend(service.entries(3));
    let mut more = log.clone();
    more.extend(service.entries(2));
    vec![one(&log), one(&more)]
}

/// Nothing is proven across them.
fn behind_unsigned_lines(service: &mut Service) -> Vec<Files> {
    let mut log = service.chain(5);
    log.extend(service.start_up(2));
    log.extend(service.entries(3));
    let mut more = log.clone();
    more.extend(service.entries(2));
    vec![one(&log), one(&more)]
}

fn renamed_and_put_back(service: &mut Service) -> Vec<Files> {
    let old = service.chain(5);
    let new = [&old[..], &service.chain(5)].concat();
    vec![one(&old), Files::of([("other.log", &new)]), Files::of([("other.log", &new), (NEW, &old)])]
}

/// The chain before it is still here, so no rotation did that.
fn beginning_of_a_grown_chain_removed(service: &mut Service) -> Vec<Files> {
    let before = service.chain(5);
    let parts: [Lines; 3] = [service.entries(4), service.entries(4), service.entries(3)];
    let log = |parts: &[Lines]| one(&[&before[..], &parts.concat()].concat());
    vec![log(&parts[..1]), log(&parts[..2]), log(&parts[2..])]
}

#[test]
fn what_is_gone_or_stands_there_twice_is_told_by_a_run_that_reads_only_what_is_new() {
    for (format, (what, nights, flags, exit, code)) in
        Format::ALL.into_iter().flat_map(|format| ROWS.iter().map(move |row| (format, row)))
    {
        let mut states = nights(&mut service(format));
        let last = states.pop().expect("a last night");
        let site = Site::new(&Files::of([]));
        for state in states {
            site.put(&state);
            site.verify(&[]).exit(0);
        }
        site.put(&last);
        let report = verify_both(&site, flags, *exit);
        assert!(report.codes().contains(*code), "{} {what}: {:#?}", format.name(), report.findings);
    }
}

#[test]
fn a_chain_goes_on_behind_a_file_that_is_gone_however_many_runs_there_were() {
    // More runs than checkpoints that are tried.
    const RUNS: usize = 260;
    let mut service = service(Format::Json);
    let (old, mut new) = (service.entries(3), service.entries(1));
    let site = Site::new(&Files::of([(MIDDLE, &old), (NEW, &new)]));
    for _ in 0..RUNS {
        site.verify(&[]).exit(0);
        new.extend(service.entries(1));
        site.put(&Files::of([(MIDDLE, &old), (NEW, &new)]));
    }
    site.put(&one(&new));
    for _ in 0..2 {
        let report = verify_both(&site, &[], 0);
        assert!(report.codes().contains("chain-resumed"), "{:#?}", report.findings);
    }
}

#[test]
fn a_chain_goes_on_behind_the_end_of_a_log_that_was_given_a_new_file_and_no_old_one() {
    for format in Format::ALL {
        let mut service = service(format);
        let site = Site::new(&one(&service.entries(4)));
        site.verify(&[]).exit(0);
        let mut new = service.entries(3);
        for _ in 0..3 {
            site.put(&one(&new));
            let report = verify_both(&site, &[], 0);
            assert!(report.codes().contains("chain-resumed"), "{:#?}", report.findings);
            new.extend(service.entries(2));
        }
        // The same where nothing was written between a run and the rotation.
        let last = service.entries(1);
        site.put(&Files::of([(MIDDLE, &new), (NEW, &last)]));
        site.verify(&[]).exit(0);
        let more = [&last[..], &service.entries(1)].concat();
        site.put(&Files::of([(MIDDLE, &new), (NEW, &more)]));
        site.verify(&[]).exit(0);
        site.put(&one(&more));
        assert!(verify_both(&site, &[], 0).codes().contains("chain-resumed"));
    }
}

#[test]
fn what_another_key_verified_is_not_taken_for_verified_without_it() {
    for format in Format::ALL {
        let mut service = service(format);
        let mut log = service.chain(5);
        service.rotate_key([9; 32]);
        log.extend(service.chain(5));
        let site = Site::new(&one(&log));
        let second = site.path("second.key");
        fs::write(&second, [9; 32]).expect("a file of our own");
        site.verify(&[]).key_file(second).exit(0);
        assert!(!verify_both(&site, &[], 2).codes().is_empty());
    }
}
