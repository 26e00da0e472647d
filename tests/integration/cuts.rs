//! Lines that a rotation, a crash or a wrapper cut in two, wherever the cut falls; and what stands around lines without
//! being one: holes of NUL bytes, another encoding (attacks, rows 19, 32, 41, 43, 45 - 47, 57).

mod across_files;
mod situations;
mod torn;
mod wrapped;

use serde_json::json;

use crate::log_writer::{Event, Format, Lines, Service, text};
use crate::support::report::Report;
use crate::support::verify::verify_set;
use crate::support::{Run, fixture};

/// No log of these tests is read in one batch, and most lines are longer than one.
const BATCH_BYTES: usize = 128;

#[track_caller]
fn report_on(files: &[Vec<u8>], exit: u8, told: &str) -> Report {
    let report = verify_set(files, &[fixture::key("audit.key")], BATCH_BYTES);
    assert_eq!(report.exit_code, exit, "{told}: {:#?}", report.findings);
    for (file, bytes) in report.files.iter().zip(files) {
        assert_eq!((file.bytes, file.account.sum().bytes), (bytes.len() as u64, bytes.len() as u64), "{told}");
    }
    report
}

fn service(format: Format) -> Service {
    Service::new(format, fixture::key("audit.key"), 41)
}

/// A first entry, one in the middle, one with objects inside, and an end.
fn chain(format: Format) -> Lines {
    let mut service = service(format);
    let mut entry = |message: &str| {
        let event = Event::new(service.tick(), "info", message)
            .with("client_id", "alice")
            .with("sql", "x integrity=44b7f70a5d10623ae34b5fd24816d5616fa58a06f491c6ab50fc556728356d93 chain=new");
        service.write(&event)
    };
    let mut lines = vec![entry("first words"), entry("time=\"2025-03-14T00:00:00Z\" CEF:0| {\"a\"")];
    if format == Format::Json {
        let nested = Event::new(service.tick(), "info", "m").with("nested", json!({"a": {"b": [{"c": 1}]}, "t": "}{"}));
        lines.push(service.write(&nested));
    }
    lines.push(service.end());
    lines
}

#[test]
fn padding_of_any_size_is_no_line() {
    for format in Format::ALL {
        let lines = chain(format);
        let verified = text(&lines).len() as u64;
        for hole in [1, 2, 127, 4096, 70_000, 3 << 20] {
            let nuls = vec![0; hole];
            let [first, rest @ ..] = lines.as_slice() else { panic!("a chain has lines") };
            let places: [&[&[u8]]; 4] = [
                &[&nuls, &text(&lines)],
                &[&text(std::slice::from_ref(first)), &nuls, &text(rest)],
                &[&text(&lines), &nuls],
                &[&nuls, b"\n", &text(&lines), &nuls, b"\n\r\n", &nuls],
            ];
            for (place, parts) in places.into_iter().enumerate() {
                let report = report_on(&[parts.concat()], 0, &format!("{format:?}, {hole} bytes, place {place}"));
                assert_eq!(report.account.verified.bytes, verified);
                assert!(report.account.blank.bytes >= hole as u64);
            }
        }
    }
}

#[test]
fn a_hole_longer_than_the_longest_line_takes_no_memory() {
    let mut log = vec![0; 66 << 20];
    log.extend(text(&chain(Format::Cef)));
    let report = report_on(&[log], 0, "66 MiB");
    assert_eq!(report.account.blank.bytes, 66 << 20);
}

#[test]
fn a_hole_in_front_does_not_hide_the_wrapper() {
    use crate::log_writer::wrapping::{Wrapper, wrap};
    for wrapper in Wrapper::ALL {
        let log = [vec![0; 100_000], wrap(&chain(Format::Json), wrapper)].concat();
        let report = report_on(&[log], 0, &format!("{wrapper:?}"));
        assert_eq!(report.files[0].wrapper.as_deref(), Some(wrapper.name()));
    }
}

#[test]
fn a_torn_line_with_a_hole_behind_it_is_torn() {
    for format in Format::ALL {
        let mut service = service(format);
        let (before, restart) = (service.entries(3), {
            service.crash();
            service.chain(3)
        });
        let torn = &before[2][..before[2].len() / 2];
        for hole in [3, 4096, 200_000] {
            let log = [&text(&before[..2]), torn, &vec![0; hole], &text(&restart)].concat();
            report_on(&[log], 3, &format!("{format:?}, {hole} bytes")).shows("line-torn").shows("chain-unfinished");
        }
    }
}

fn utf16(text: &str, mark: bool, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let mark = if mark { "\u{feff}" } else { "" };
    mark.encode_utf16().chain(text.encode_utf16()).flat_map(unit).collect()
}

#[test]
fn utf_16_is_read_and_counted_in_its_own_bytes() {
    for format in Format::ALL {
        let mut service = service(format);
        let event = Event::new(service.tick(), "info", "caf\u{e9} \u{65e5}\u{672c} \u{1f600}");
        let lines = [vec![service.write(&event)], service.chain(4)].concat();
        let log = String::from_utf8(text(&lines)).expect("the writer writes UTF-8");
        for line_end in ["\n", "\r\n"] {
            let log = log.replace('\n', line_end);
            for encoded in [
                utf16(&log, true, u16::to_le_bytes),
                utf16(&log, true, u16::to_be_bytes),
                utf16(&log, false, u16::to_le_bytes),
                utf16(&log, false, u16::to_be_bytes),
            ] {
                let bytes = encoded.len() as u64;
                let report = report_on(&[encoded], 0, &format!("{format:?}"));
                assert_eq!(report.account.verified.bytes, bytes);
            }
        }
    }
}

#[test]
fn what_was_misread_on_the_way_to_utf_16_is_undecided_and_what_was_altered_is_not() {
    for format in Format::ALL {
        let mut service = service(format);
        let event = Event::new(service.tick(), "info", "caf\u{e9}");
        let lines = [service.entries(1), vec![service.write(&event)], service.chain(4)].concat();
        let log = String::from_utf8(text(&lines)).expect("the writer writes UTF-8");
        // PowerShell reads what a program writes in the code page of the console.
        let misread = utf16(&log.replace('\u{e9}', "\u{251c}\u{2310}"), true, u16::to_le_bytes);
        report_on(&[misread], 2, &format!("{format:?}")).shows("line-damaged");
        let end = log.find("End of current").expect("the chain has an end");
        let altered = log[..end].to_owned() + "end" + &log[end + 3..];
        report_on(&[utf16(&altered, true, u16::to_le_bytes)], 1, &format!("{format:?}"));
    }
}

#[test]
fn half_a_character_at_the_end_of_utf_16_is_said() {
    let mut log = utf16(&String::from_utf8(text(&chain(Format::Json))).expect("UTF-8"), true, u16::to_le_bytes);
    log.push(b'x');
    let done = Run::report().key("audit.key").stdin(&log).exit(2);
    assert!(done.report().finding("file-unreadable").message.contains("UTF-16"), "{}", done.told());
}
