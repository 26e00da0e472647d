//! Lines wrapped by docker, a Kubernetes node, journald and syslog verify like bare ones, and the wrapper is named.

use crate::log_writer::wrapping::{Wrapper, wrap};
use crate::log_writer::{Event, Format, Lines, Service};
use crate::support::report::Report;
use crate::support::{Run, fixture};

fn sample(format: Format) -> Lines {
    let mut service = Service::new(format, fixture::key("audit.key"), 38);
    [service.start_up(2), service.chain(12), service.start_up(1), service.chain(5)].concat()
}

#[track_caller]
fn report_on(log: &[u8], exit: u8) -> Report {
    Run::report().key("audit.key").stdin(log).exit(exit).report()
}

fn each(mut judge: impl FnMut(Format, Wrapper)) {
    for format in Format::ALL {
        for wrapper in Wrapper::ALL {
            judge(format, wrapper);
        }
    }
}

#[test]
fn wrapped_lines_are_verified_and_the_wrapper_is_named() {
    each(|format, wrapper| {
        let log = wrap(&sample(format), wrapper);
        let report = report_on(&log, 0);
        let told = format!("{format:?} in {wrapper:?}: {:?}", report.files);
        assert_eq!(report.files[0].wrapper.as_deref(), Some(wrapper.name()), "{told}");
        assert_eq!((report.account.verified.lines, report.account.unsigned.lines), (17, 3), "{told}");
        assert_eq!(report.account.sum().bytes, log.len() as u64, "{told}");
    });
}

#[test]
fn lines_of_other_processes_in_front_do_not_hide_the_wrapper() {
    each(|format, wrapper| {
        let strangers = vec![b"entrypoint: waiting for the database".to_vec(); 12];
        let log = wrap(&[strangers, sample(format)].concat(), wrapper);
        let report = report_on(&log, 0);
        assert_eq!(report.files[0].wrapper.as_deref(), Some(wrapper.name()), "{format:?} in {wrapper:?}");
        assert_eq!(report.account.verified.lines, 17, "{format:?} in {wrapper:?}");
    });
}

#[test]
fn bare_lines_have_no_wrapper() {
    for format in Format::ALL {
        let report = report_on(&crate::log_writer::text(&sample(format)), 0);
        assert_eq!(report.files[0].wrapper, None, "{format:?}");
    }
}

#[test]
fn a_tampered_line_is_found_under_every_wrapper_with_its_physical_line() {
    each(|format, wrapper| {
        let mut lines = sample(format);
        let victim = 6;
        let at = lines[victim].iter().position(|&byte| byte == b'-').expect("every format has a hyphen early");
        lines[victim][at] = b'+';
        let report = report_on(&wrap(&lines, wrapper), 1);
        let place = report.finding("entry-restored").place.clone().expect("an altered entry stands somewhere");
        let split_before = if wrapper == Wrapper::Cri { victim / 3 } else { 0 };
        assert_eq!(place.line as usize, victim + 1 + split_before, "{format:?} in {wrapper:?}");
    });
}

#[test]
fn genuine_wrapped_logs_name_their_wrapper() {
    for (name, wrapper) in [
        ("wrapper_docker.json.log", "docker"),
        ("wrapper_docker.plaintext.log", "docker"),
        ("wrapper_cri.json.log", "cri"),
        ("wrapper_cri.plaintext.log", "cri"),
    ] {
        let report = report_on(&fixture::bytes(name), 0);
        assert_eq!(report.files[0].wrapper.as_deref(), Some(wrapper), "{name}");
        assert_eq!(report.account.verified.lines, 42, "{name}");
    }
}

#[test]
fn a_partial_line_that_is_never_finished_never_passes() {
    let whole = fixture::bytes("wrapper_cri.json.log");
    let text = String::from_utf8(whole).expect("UTF-8");
    let torn: String = text.lines().take(8).map(|line| format!("{line}\n")).collect();
    assert!(torn.ends_with('\n') && torn.contains(" stderr P "), "the eighth line is the partial one");
    let code = Run::report().key("audit.key").stdin(torn.as_bytes()).done().code;
    assert!(code == 3 || code == 1, "exit {code}");
}

#[test]
fn docker_pieces_of_a_long_line_are_joined() {
    // docker cuts a line of more than 16 KiB into several entries; only the last one ends with a newline.
    let mut service = Service::new(Format::Json, fixture::key("audit.key"), 16);
    let event = Event::new(service.tick(), "info", &"x".repeat(40_000));
    let mut lines = vec![service.write(&event)];
    lines.extend(service.chain(3));
    let mut log = Vec::new();
    for line in &lines {
        let chunks: Vec<&[u8]> = line.chunks(16_384).collect();
        for (number, chunk) in chunks.iter().enumerate() {
            let end = if number + 1 == chunks.len() { "\n" } else { "" };
            let text = format!("{}{end}", std::str::from_utf8(chunk).expect("ASCII"));
            let entry = serde_json::json!({"log": text, "stream": "stderr", "time": "2025-03-14T00:00:00.1Z"});
            log.extend(format!("{entry}\n").into_bytes());
        }
    }
    assert_eq!(report_on(&log, 0).account.verified.lines, 4);
}

#[test]
fn lines_of_other_services_in_a_journal_are_not_mistaken_for_entries() {
    for wrapper in [Wrapper::JournaldShort, Wrapper::Syslog3164] {
        let mut lines = sample(Format::Plaintext);
        lines.insert(0, b"Started Session 4 of user root.".to_vec());
        report_on(&wrap(&lines, wrapper), 0);
    }
}
