//! Texts in front of every line: those of known tools are taken off, others are shown and nothing is decided (attacks, rows 43
//! and 44).

use crate::log_writer::{Format, Lines, Service, text};
use crate::support::report::Report;
use crate::support::{Run, fixture};

fn sample(format: Format) -> Lines {
    let mut service = Service::new(format, fixture::key("audit.key"), 44);
    [service.start_up(2), service.chain(8), service.start_up(1), service.chain(5)].concat()
}

fn behind(prefix: &str, lines: &Lines) -> Vec<u8> {
    text(&lines.iter().map(|line| [prefix.as_bytes(), line].concat()).collect::<Vec<_>>())
}

#[track_caller]
fn report_on(log: &[u8], exit: u8) -> Report {
    Run::report().key("audit.key").stdin(log).exit(exit).report()
}

#[test]
fn the_texts_of_known_tools_are_taken_off() {
    let prefixes = [
        ("compose", "web-1  | "),
        ("compose", "web_1        | "),
        ("compose", "\x1b[36mweb_1        |\x1b[0m "),
        ("compose", "\x1b[36mweb-1  | \x1b[0m"),
        ("compose", "web-1  | 2023-11-14T22:13:20.123456789Z "),
        ("pod-prefix", "[pod/acra-7d4b9c6f5-x2x8p/acra] "),
        ("pod-prefix", "[pod/acra-0/acra] 2023-11-14T22:13:20.123456789Z "),
        ("pod-prefix", "prod/acra-0[acra]: "),
        ("pod-prefix", "acra-7d4b9c6f5-x2x8p acra "),
        ("timestamps", "2023-11-14T22:13:20.123456789Z "),
        ("journald-short", "nov. 14 22:13:20 host acra-server[7]: "),
        ("journald-short", "11月 14 22:13:20 host acra-server[7]: "),
        ("journald-short", "Mär 14 22:13:20 host acra-server[7]: "),
        ("journald-short", "Tue 2023-11-14 22:13:20 UTC host acra-server[7]: "),
        ("journald-short", "Tue 2023-11-14 22:13:20 UTC host acra-server.service[7]: "),
        ("journald-short", "2023-11-14T22:13:20+0000 host acra-server[7]: "),
        ("journald-short", "1700000000.123456 host acra-server[7]: "),
        ("journald-short", "[12345.678901] host acra-server[7]: "),
        ("journald-short", "[   12.345678 <    0.000123 >] host acra-server[7]: "),
        ("journald-short", "Mar 14 00:00:00 host acra-server[7]:    "),
        ("syslog", "<30>Mar 14 00:00:00 host acra-server[7]:  "),
        ("syslog", "<30>1 2025-03-14T00:00:00Z host acra-server 7 - -   "),
    ];
    for format in Format::ALL {
        for (wrapper, prefix) in prefixes {
            let log = behind(prefix, &sample(format));
            let report = report_on(&log, 0);
            let told = format!("{format:?} {prefix:?}");
            assert_eq!(report.files[0].wrapper.as_deref(), Some(wrapper), "{told}");
            assert_eq!((report.account.verified.lines, report.account.unsigned.lines), (13, 3), "{told}");
            assert_eq!(report.account.sum().bytes, log.len() as u64, "{told}");
        }
    }
}

#[test]
fn taking_a_text_off_makes_no_altered_line_verify() {
    for format in Format::ALL {
        for prefix in ["web-1  | ", "[pod/a-0/acra] ", "2023-11-14T22:13:20Z ", "nov. 14 22:13:20 h acra-server[7]:  "]
        {
            let mut lines = sample(format);
            let at = lines[5].iter().position(|&byte| byte == b'-').expect("every format has a hyphen early");
            lines[5][at] = b'+';
            let place = report_on(&behind(prefix, &lines), 1).finding("entry-restored").place.clone();
            assert_eq!(place.map(|place| place.line), Some(6), "{format:?} {prefix:?}");
        }
    }
}

const UNKNOWN: [&str; 7] =
    [">>> ", "[acra] INFO: ", "app=acra node=7 :: ", "x\t", "acra|", "(web.1) \x1b[31m", "2023-11-14 22:13:20Z"];

#[test]
fn an_unknown_text_in_front_of_every_line_is_shown_and_nothing_is_decided() {
    for format in Format::ALL {
        for prefix in UNKNOWN {
            let log = behind(prefix, &sample(format));
            let report = report_on(&log, 2);
            let finding = report.finding("prefix-unknown");
            let told = format!("{format:?} {prefix:?} {:?}", report.findings);
            assert_eq!((finding.class.as_str(), finding.lines), ("undecided", 13), "{told}");
            assert!(finding.message.contains(prefix), "{told}");
            assert!(finding.hint.as_ref().is_some_and(|hint| hint.contains("--no-log-prefix")), "{told}");
            assert!(report.findings.iter().all(|finding| finding.class != "tampered"), "{told}");
            assert_eq!(report.account.sum().bytes, log.len() as u64, "{told}");
            let human = Run::verify().key("audit.key").stdin(&log).exit(2);
            assert!(!human.text().contains('\x1b'), "a text of the log is never printed raw: {told}");
        }
    }
}

#[test]
fn a_text_in_front_of_some_lines_is_an_alteration() {
    for format in Format::ALL {
        let lines = sample(format);
        for victims in [vec![2], vec![4], vec![2, 4, 6]] {
            let changed = lines.iter().enumerate().map(|(index, line)| match victims.contains(&index) {
                true => [b">>> ", line.as_slice()].concat(),
                false => line.clone(),
            });
            report_on(&text(&changed.collect::<Vec<_>>()), 1);
        }
    }
}

#[test]
fn lines_of_other_containers_are_not_held_against_the_chain() {
    for format in Format::ALL {
        let mut log = b"Attaching to db-1, web-1\n".to_vec();
        for line in behind("web-1  | ", &sample(format)).split_inclusive(|byte| *byte == b'\n') {
            log.extend_from_slice(b"db-1   | LOG:  checkpoint starting: time\n");
            log.extend_from_slice(line);
        }
        log.extend_from_slice(b"web-1 exited with code 0\n");
        let report = report_on(&log, 0);
        assert_eq!((report.account.verified.lines, report.account.other.lines), (13, 18), "{format:?}");
    }
}

#[test]
fn the_logs_of_compose_verify() {
    for format in Format::ALL {
        let key = fixture::situation("unknown_prefix_on_every_line/key.hex");
        let path = fixture::situation("unknown_prefix_on_every_line").join(format!("compose.{}.log", format.name()));
        assert_eq!(Run::report().key_file(key).path(&path).exit(0).report().account.verified.lines, 7, "{format:?}");
        assert!(Run::bare().args(["grep", "--code", "560"]).path(path).exit(0).text().contains("blocked"));
    }
}

#[test]
fn what_wraps_the_lines_can_be_told() {
    for format in Format::ALL {
        // The first line makes them look bare.
        let mut log = b"CEF: a bare line that looks like an entry\n".to_vec();
        log.extend(behind("web-1  | ", &sample(format)));
        assert_ne!(Run::report().key("audit.key").stdin(&log).done().code, 0, "{format:?}");
        let told = Run::report().key("audit.key").args(["--unwrap-from", "compose"]).stdin(&log).exit(0).report();
        assert_eq!(told.account.verified.lines, 13, "{format:?}");
    }
}
