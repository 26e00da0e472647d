//! Rows 30 to 40 of the list of attacks: genuine logs that must pass, or be refused under their own name. Where the lines
//! come from (rows 38 and 39) is covered in full by `sources`.

use std::fs::OpenOptions;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::{CHAIN_LINES, Case, INCOMPLETE, INTACT, assert_all, three_chains};
use crate::log_writer::{Event, Format, Service, interleave, text, text_with};
use crate::support::verify::{write, write_key};
use crate::support::{Run, fixture};

fn service(format: Format, seed: u64) -> Service {
    Service::new(format, fixture::key("audit.key"), seed)
}

#[test]
fn row_30_a_message_that_contains_a_seal_is_genuine() {
    let seal = "44b7f70a5d10623ae34b5fd24816d5616fa58a06f491c6ab50fc556728356d93";
    let messages = [
        format!("x integrity={seal}"),
        format!("x integrity={seal} chain=new"),
        format!("\" integrity={seal}"),
        " integrity=".to_owned(),
        format!("\"integrity\":\"{seal}\""),
    ];
    assert_all(Format::ALL.into_iter().flat_map(|format| {
        messages.each_ref().map(|message| {
            let mut service = service(format, 30);
            let event = Event::new(service.tick(), "info", message).with("zone", message.as_str());
            let mut log = vec![service.write(&event), service.write(&event)];
            log.extend(service.chain(3));
            Case::new(format!("{format:?} {message}"), &log, INTACT, &[])
        })
    }));
}

#[test]
fn row_31_a_log_of_an_acra_built_with_an_old_go_is_genuine() {
    let log = fixture::bytes("content_hard_go1_21.json.log");
    assert_all([Case::of_bytes("go 1.21", log.clone(), INTACT, &[])]);
    let report = Run::report().key("audit.key").stdin(&log).exit(0).report();
    assert!(!report.codes().contains("entry-reencoded"), "these are the very bytes that were signed");
}

#[test]
fn row_32_a_crash_leaves_one_unfinished_chain_and_all_others_verified() {
    for format in Format::ALL {
        let mut service = service(format, 32);
        let mut log = [service.start_up(2), service.chain(5), service.entries(7)].concat();
        service.crash();
        log.extend([service.start_up(2), service.chain(5), service.chain(4)].concat());
        let report = Run::report().key("audit.key").stdin(&text(&log)).exit(3).report();
        report.shows("chain-unfinished");
        assert_eq!((report.chain_counts.closed, report.chain_counts.unfinished), (3, 1), "{format:?}");
        assert_eq!(report.account.verified.lines, 5 + 7 + 5 + 4, "{format:?}");
    }
}

#[test]
fn row_33_a_log_that_begins_inside_a_chain_needs_the_file_before() {
    for format in Format::ALL {
        for cut in [7, 12, 19] {
            let log = &three_chains(format)[cut..];
            let report = Run::report().key("audit.key").stdin(&text(log)).exit(3).report();
            report.shows("stream-headless");
            Run::report().key("audit.key").args(["--allow", "stream-headless"]).stdin(&text(log)).exit(0);
            assert_eq!((report.chain_counts.closed, report.chain_counts.headless), (2, 1), "{format:?} {cut}");
            assert_eq!(report.account.unverifiable.lines, (CHAIN_LINES - cut) as u64, "{format:?} {cut}");
        }
    }
    assert_all(Format::ALL.map(|format| {
        let log = &three_chains(format)[8..18];
        Case::new(format!("{format:?} the middle of one chain only"), log, INCOMPLETE, &["nothing-verified"])
    }));
}

#[test]
fn row_34_a_key_rotated_between_chains_needs_both_keys_in_any_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let old = write_key(&folder.path().join("old.key"), &[5; 32]);
    for format in Format::ALL {
        let mut service = Service::new(format, [5; 32], 34);
        let mut log = service.chain(4);
        service.rotate_key(fixture::key("audit.key"));
        log.extend(service.chain(4));
        let log = text(&log);
        for keys in [[&old, &fixture::key_file("audit.key")], [&fixture::key_file("audit.key"), &old]] {
            let report = Run::report().key_file(keys[0]).key_file(keys[1]).stdin(&log).exit(0).report();
            let fingerprints: Vec<_> = report.chains.iter().map(|chain| chain.key.clone().expect("a key")).collect();
            assert_ne!(fingerprints[0], fingerprints[1], "{format:?}");
        }
        Run::report().key_file(&old).stdin(&log).exit_one_of(&[1, 2]);
    }
}

#[test]
fn row_35_a_wrong_key_is_not_called_tampering() {
    let folder = tempfile::tempdir().expect("a folder");
    let wrong = write_key(&folder.path().join("wrong.key"), &[9; 32]);
    for format in Format::ALL {
        for chains in [1, 2, 40] {
            let mut service = service(format, 35);
            let log: Vec<_> = (0..chains).flat_map(|_| service.chain(3)).collect();
            Run::report().key_file(&wrong).stdin(&text(&log)).exit(2).report().shows("key-wrong");
        }
    }
}

#[test]
fn row_36_instances_interleaved_in_one_stream_are_followed_each() {
    assert_all(Format::ALL.into_iter().flat_map(|format| {
        [2, 3, 8].map(|instances| {
            let logs: Vec<_> = (0..instances).map(|seed| service(format, 100 + seed).chain(20)).collect();
            let log = interleave(36 + instances, &logs);
            Case::new(format!("{format:?} {instances} instances"), &log, INTACT, &["chains-interleaved"])
        })
    }));
}

#[test]
fn row_37_terminators_and_marks_of_other_systems_change_nothing() {
    assert_all(Format::ALL.into_iter().flat_map(|format| {
        let log = three_chains(format);
        let unix = text(&log);
        let mut unterminated = unix.clone();
        unterminated.pop();
        let variants = [
            ("CRLF", text_with(&log, b"\r\n")),
            ("a byte order mark", [b"\xef\xbb\xbf", unix.as_slice()].concat()),
            ("trailing blanks", text_with(&log, b"  \t\n")),
            ("no final newline", unterminated),
            ("a blank line after every line", text_with(&log, b"\n\n")),
            ("blank lines around", [b"\n\n", unix.as_slice(), b"\r\n \n"].concat()),
        ];
        variants.map(|(name, log)| Case::of_bytes(format!("{format:?} {name}"), log, INTACT, &[]))
    }));
}

#[test]
fn row_40_a_log_that_grows_while_it_is_read_is_verified_up_to_its_length_at_open() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut service = service(Format::Plaintext, 40);
    let path = write(folder.path(), "acra-server.log", &text(&service.entries(2000)));
    let mut file = OpenOptions::new().append(true).open(&path).expect("the log");
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        // Also when the test fails: a writer that nobody stops would fill the disk.
        let _stop = Stop(&is_done);
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                file.write_all(&text(&service.entries(1))).expect("the log grows");
            }
        });
        // The pages of a line that spans two become visible one by one: many runs, so that some meet such a line.
        let mut lines = Vec::new();
        for _ in 0..8 {
            let report = Run::report().key("audit.key").path(&path).exit(0).report();
            lines.push(report.account.verified.lines);
        }
        assert!(lines[0] >= 2000 && lines.is_sorted(), "{lines:?}");
    });
}

/// Says on drop that it is done.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_key_alone_decides_nothing_about_a_log_without_chains() {
    assert_all(Format::ALL.map(|format| {
        let log = service(format, 41).start_up(3);
        Case::new(format!("{format:?} start-up only"), &log, INCOMPLETE, &["nothing-signed"])
    }));
    let elsewhere = b"Mar 14 00:00:00 db-1 kernel: hello\n".to_vec();
    assert_all([Case::of_bytes("some other log", elsewhere, INCOMPLETE, &["nothing-signed"])]);
}
