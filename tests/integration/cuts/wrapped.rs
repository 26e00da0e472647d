//! Lines that a wrapper stored in pieces: across files (attacks, row 41), with bytes lost at a joint (row 45), and the rest
//! of one whose beginning is not here.

use serde_json::json;

use super::{chain, report_on, service};
use crate::log_writer::{Event, Format, Lines, text};

/// A record of docker's json-file driver, which replaces bytes that are no text.
fn docker(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    format!("{}\n", json!({"log": text, "stream": "stderr", "time": "2025-03-14T00:00:00.1Z"})).into_bytes()
}

fn cri(mark: char, text: &[u8]) -> Vec<u8> {
    [format!("2025-03-14T00:00:00.1Z stderr {mark} ").as_bytes(), text, b"\n"].concat()
}

fn journal(text: &str, pid: u32, line_break: Option<&str>) -> Vec<u8> {
    let mut record = json!({"MESSAGE": text, "_PID": pid.to_string(), "_STREAM_ID": "5f", "__CURSOR": "s=1"});
    if let Some(line_break) = line_break {
        record["_LINE_BREAK"] = line_break.into();
    }
    format!("{record}\n").into_bytes()
}

/// The two pieces of a line, and a whole line.
type Store = fn(&[u8], &[u8]) -> [Vec<u8>; 2];

const STORES: [(&str, Store); 3] = [
    ("docker", |head, rest| [docker(head), docker(&[rest, b"\n"].concat())]),
    ("cri", |head, rest| [cri('P', head), cri('F', rest)]),
    ("journald-json", |head, rest| {
        let [head, rest] = [head, rest].map(|piece| std::str::from_utf8(piece).expect("ASCII"));
        [journal(head, 7, Some("line-max")), journal(rest, 7, None)]
    }),
];

fn whole(store: Store, line: &[u8]) -> Vec<u8> {
    let [_, whole] = store(b"", line);
    whole
}

#[test]
fn pieces_of_a_line_are_joined_across_files() {
    for format in Format::ALL {
        let lines = chain(format);
        for (name, store) in STORES {
            for (index, line) in lines.iter().enumerate() {
                for cut in [1, 5, line.len() / 2, line.len() - 1] {
                    let [head, rest] = store(&line[..cut], &line[cut..]);
                    let stored =
                        |lines: &[Vec<u8>]| lines.iter().flat_map(|line| whole(store, line)).collect::<Vec<_>>();
                    let older = [stored(&lines[..index]), head].concat();
                    let live = [rest, stored(&lines[index + 1..])].concat();
                    let told = format!("{format:?} in {name}, line {index} cut at {cut}");
                    let bytes = older.len() + live.len();
                    let report = report_on(&[older.clone(), Vec::new(), live.clone()], 0, &told);
                    assert_eq!(report.account.verified.bytes, bytes as u64, "{told}");
                    // Or in the middle of a record.
                    let log = [older, live].concat();
                    for at in (1..log.len()).step_by(97) {
                        let report = report_on(&[log[..at].to_vec(), log[at..].to_vec()], 0, &told);
                        assert_eq!(report.account.verified.bytes, bytes as u64, "{told}, file cut at {at}");
                    }
                }
            }
        }
    }
}

#[test]
fn pieces_that_the_journal_marks_are_joined_by_their_writer() {
    for format in Format::ALL {
        let lines = chain(format);
        let mut log = Vec::new();
        for line in &lines {
            let line = std::str::from_utf8(line).expect("ASCII");
            let (head, rest) = line.split_at(line.len() / 2);
            log.extend(journal(&head[..3], 7, Some("line-max")));
            log.extend(journal("another program", 8, None));
            log.extend(journal(&head[3..], 7, Some("pid-change")));
            log.extend(journal("half a line of ", 8, Some("line-max")));
            log.extend(journal(rest, 7, None));
            log.extend(journal("another program", 8, None));
        }
        let report = crate::support::verify::verify_set(&[log], &[crate::support::fixture::key("audit.key")], 128);
        assert_eq!(report.account.verified.lines, lines.len() as u64, "{format:?}: {:#?}", report.findings);
    }
}

#[test]
fn a_nul_that_ended_a_record_stands_in_the_line() {
    let mut service = service(Format::Cef);
    let event = Event::new(service.tick(), "info", "a\0b");
    let lines = [vec![service.write(&event)], service.chain(2)].concat();
    let first = String::from_utf8(lines[0].clone()).expect("UTF-8");
    let (head, rest) = first.split_once('\0').expect("cef does not escape it");
    let mut log = [journal(head, 7, Some("nul")), journal(rest, 7, None)].concat();
    lines[1..].iter().for_each(|line| log.extend(journal(std::str::from_utf8(line).expect("ASCII"), 7, None)));
    report_on(&[log], 0, "a record that ends with NUL");
}

#[test]
fn a_line_that_the_end_of_its_writer_cut_is_torn() {
    for format in Format::ALL {
        let mut before = service(format);
        let lines = before.entries(3);
        before.crash();
        let restart = before.chain(3);
        for line_break in ["eof", "pid-change"] {
            let as_text = |line: &[u8]| String::from_utf8(line.to_vec()).expect("UTF-8");
            let mut log = Vec::new();
            lines[..2].iter().for_each(|line| log.extend(journal(&as_text(line), 7, None)));
            log.extend(journal(&as_text(&lines[2][..lines[2].len() * 2 / 3]), 7, Some(line_break)));
            restart.iter().for_each(|line| log.extend(journal(&as_text(line), 8, None)));
            report_on(&[log], 3, &format!("{format:?} {line_break}")).shows("line-torn");
        }
    }
}

#[test]
fn a_log_that_begins_with_the_rest_of_a_line_asks_for_the_file_before() {
    for format in Format::ALL {
        let lines = chain(format);
        for (name, store) in STORES {
            for line in &lines {
                for cut in [9, line.len() / 2, line.len() - 20] {
                    let [_, rest] = store(&line[..cut], &line[cut..]);
                    let next: Lines = service(format).chain(3);
                    let log = [rest, next.iter().flat_map(|line| whole(store, line)).collect()].concat();
                    let told = format!("{format:?} in {name}, cut at {cut}: {}", String::from_utf8_lossy(line));
                    let report =
                        crate::support::verify::verify_set(&[log], &[crate::support::fixture::key("audit.key")], 128);
                    assert!(report.codes().contains("stream-headless"), "{told}: {:#?}", report.findings);
                    let finding = report.finding("stream-headless");
                    assert!(finding.message.contains("began in an earlier file"), "{told}: {finding:?}");
                    assert_ne!(report.exit_code, 1, "{told}: {:#?}", report.findings);
                }
            }
        }
    }
}

/// A chain whose second entry says this.
fn chain_that_says(format: Format, text: &str) -> Lines {
    let mut service = service(format);
    let event = Event::new(service.tick(), "info", text);
    [service.entries(1), vec![service.write(&event)], service.chain(3)].concat()
}

#[test]
fn damage_where_docker_cut_inside_a_character_is_undecided() {
    for format in Format::ALL {
        for character in ["\u{e9}", "\u{65e5}", "\u{1f600}"] {
            let lines = chain_that_says(format, &character.repeat(200));
            let line = &lines[1];
            let begins =
                line.windows(character.len()).position(|part| part == character.as_bytes()).expect("it is there");
            let cut = begins + 40 * character.len() + 1;
            let mut log = docker(&text(&lines[..1]));
            log.extend(docker(&line[..cut]));
            log.extend(docker(&[&line[cut..], b"\n"].concat()));
            lines[2..].iter().for_each(|line| log.extend(docker(&text(std::slice::from_ref(line)))));
            let told = format!("{format:?} {character}");
            let report = report_on(&[log], 2, &told);
            assert_eq!(report.finding("line-damaged").place.as_ref().map(|place| place.line), Some(2), "{told}");
            assert!(!report.codes().contains("chain-altered"), "{told}");
        }
    }
}

#[test]
fn a_line_with_bytes_that_are_no_text_is_undecided_behind_docker_and_a_changed_one_without_is_not() {
    let mut lines = chain_that_says(Format::Cef, "caf? x");
    let at = lines[1].iter().position(|byte| *byte == b'?').expect("it is there");
    lines[1][at] = 0xe9;
    let wrapped = |lines: &Lines| lines.iter().flat_map(|line| docker(&[line, b"\n".as_slice()].concat())).collect();
    report_on(&[wrapped(&lines)], 2, "invalid UTF-8").shows("line-damaged");
    lines[1][at] = b'!';
    report_on(&[wrapped(&lines)], 1, "altered").shows("chain-altered");
}
