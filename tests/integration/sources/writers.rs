//! Whose line it is: what another output or another process wrote is held against no chain (attacks, rows 42 and 56), and a
//! record without its text is not decided about (row 45).

use serde_json::{Value, json};

use crate::log_writer::{Format, Lines, Service};
use crate::support::report::Report;
use crate::support::{Run, fixture};

/// Two chains, with start-up lines before each.
fn sample(format: Format) -> Lines {
    let mut service = Service::new(format, fixture::key("audit.key"), 42);
    [service.start_up(3), service.chain(9), service.start_up(2), service.chain(6)].concat()
}

/// The line behind which strangers are put: inside the first chain.
const INSIDE: usize = 7;

/// An entry without a seal, in a format.
fn unsealed(format: Format) -> Vec<u8> {
    Service::new(format, [7; 32], 7).start_up(1).remove(0)
}

/// A form in which the wrapper says who wrote a line.
#[derive(Clone, Copy, Debug)]
enum Form {
    Docker,
    Cri,
    JournalIdentifier,
    JournalCommand,
    JournalPid,
    JournalShort,
    Syslog3164,
    Syslog5424,
    Compose,
    Kubectl,
}

impl Form {
    const ALL: [Self; 10] = [
        Self::Docker,
        Self::Cri,
        Self::JournalIdentifier,
        Self::JournalCommand,
        Self::JournalPid,
        Self::JournalShort,
        Self::Syslog3164,
        Self::Syslog5424,
        Self::Compose,
        Self::Kubectl,
    ];

    /// A line that Acra wrote (`ours`), or another one.
    fn line(self, ours: bool, text: &[u8]) -> Vec<u8> {
        let text = std::str::from_utf8(text).expect("UTF-8");
        let name = if ours { "acra-server" } else { "systemd" };
        let pid = if ours { "4711" } else { "1" };
        let output = if ours { "stderr" } else { "stdout" };
        let journal = |mut record: Value| {
            record["MESSAGE"] = text.into();
            record["__CURSOR"] = "c".into();
            record.to_string()
        };
        let line = match self {
            Self::Docker => json!({"log": format!("{text}\n"), "stream": output, "time": "t"}).to_string(),
            Self::Cri => format!("2025-03-14T00:00:00.1Z {output} F {text}"),
            Self::JournalIdentifier => journal(json!({"SYSLOG_IDENTIFIER": name, "_PID": pid})),
            Self::JournalCommand => journal(json!({"_COMM": name, "_PID": pid})),
            Self::JournalPid => journal(json!({"_PID": pid})),
            Self::JournalShort => format!("Mar 14 00:00:00 db-1 {name}[{pid}]: {text}"),
            Self::Syslog3164 => format!("<30>Mar 14 00:00:00 db-1 {name}[{pid}]: {text}"),
            Self::Syslog5424 => format!("<30>1 2025-03-14T00:00:00Z db-1 {name} {pid} - - {text}"),
            Self::Compose => format!("{name}-1  | {text}"),
            Self::Kubectl => format!("[pod/acra-0/{name}] {text}"),
        };
        (line + "\n").into_bytes()
    }

    fn log(self, lines: &[(bool, Vec<u8>)]) -> Vec<u8> {
        lines.iter().flat_map(|(ours, text)| self.line(*ours, text)).collect()
    }
}

fn each(mut judge: impl FnMut(Form, Format)) {
    for form in Form::ALL {
        for format in Format::ALL {
            judge(form, format);
        }
    }
}

/// Acra's lines, with lines of others before them, inside the first chain, and behind the last one.
fn with_strangers(lines: Lines, strangers: &[Vec<u8>]) -> Vec<(bool, Vec<u8>)> {
    let others = || strangers.iter().map(|text| (false, text.clone()));
    let mut all: Vec<_> = others().collect();
    for (index, line) in lines.into_iter().enumerate() {
        all.push((true, line));
        if index == INSIDE {
            all.extend(others());
        }
    }
    all.extend(others());
    all
}

#[track_caller]
fn report_on(log: &[u8], exit: u8) -> Report {
    Run::report().key("audit.key").stdin(log).exit(exit).report()
}

#[test]
fn what_another_output_or_process_wrote_is_held_against_no_chain() {
    each(|form, format| {
        let strangers = [b"Stopping AcraServer...".to_vec(), b"[GIN] 200 | GET \"/?chain=new\"".to_vec()];
        let log = form.log(&with_strangers(sample(format), &strangers));
        let report = report_on(&log, 0);
        let account = &report.account;
        let told = format!("{form:?} {format:?} {:?}", report.findings);
        assert_eq!((account.verified.lines, account.unsigned.lines, account.other.lines), (15, 5, 6), "{told}");
        assert_eq!(account.sum().bytes, log.len() as u64, "{told}");
        let finding = report.finding("lines-of-others");
        assert_eq!((finding.class.as_str(), finding.lines), ("note", 6), "{told}");
        assert!(finding.message.starts_with("6 lines of "), "{told}");
    });
}

#[test]
fn an_entry_without_a_seal_on_the_other_output_is_told() {
    for form in [Form::Docker, Form::Cri, Form::JournalIdentifier, Form::JournalShort, Form::Compose] {
        for format in Format::ALL {
            let log = form.log(&with_strangers(sample(format), &[unsealed(format)]));
            let report = report_on(&log, 0);
            let message = &report.finding("lines-of-others").message;
            assert!(message.ends_with("; 3 of them look like entries of Acra's"), "{form:?} {format:?} {message}");
        }
    }
}

#[test]
fn an_entry_without_a_seal_of_the_same_writer_is_inside_the_chain() {
    each(|form, format| {
        let mut lines = sample(format);
        lines.insert(INSIDE, unsealed(format));
        let log = form.log(&with_strangers(lines, &[b"Stopping".to_vec()]));
        report_on(&log, 1).finding("line-unsigned-inside-chain");
    });
}

#[test]
fn of_a_process_known_by_its_number_alone_an_entry_is_never_put_aside() {
    // Another run of Acra has another number.
    for format in Format::ALL {
        let log = Form::JournalPid.log(&with_strangers(sample(format), &[unsealed(format)]));
        report_on(&log, 1).finding("line-unsigned-inside-chain");
    }
}

#[test]
fn another_run_of_the_same_service_is_the_same_writer() {
    for format in Format::ALL {
        for (old, new) in [("4711", "4712"), ("acra-server-1 ", "acra-server-2 ")] {
            let form = if old == "4711" { Form::JournalShort } else { Form::Compose };
            let mut lines: Vec<Vec<u8>> = sample(format).iter().map(|line| form.line(true, line)).collect();
            let other = String::from_utf8(form.line(true, &unsealed(format))).expect("UTF-8").replacen(old, new, 1);
            lines.insert(INSIDE, other.into_bytes());
            report_on(&lines.concat(), 1).finding("line-unsigned-inside-chain");
        }
    }
}

#[test]
fn a_sealed_line_is_judged_whoever_is_said_to_have_written_it() {
    each(|form, format| {
        let mut lines: Vec<_> = sample(format).into_iter().map(|line| (true, line)).collect();
        let victim = &mut lines[INSIDE];
        let at = victim.1.iter().position(|&byte| byte == b'-').expect("every format has a hyphen early");
        *victim = (false, victim.1.iter().enumerate().map(|(i, &b)| if i == at { b'+' } else { b }).collect());
        report_on(&form.log(&lines), 1).finding("entry-restored");
    });
}

#[test]
fn with_sealed_lines_on_both_outputs_both_are_the_log() {
    for form in [Form::Docker, Form::Cri, Form::JournalIdentifier] {
        for format in Format::ALL {
            let lines = sample(format).into_iter().enumerate();
            let mut lines: Vec<_> = lines.map(|(index, line)| (index % 2 == 0, line)).collect();
            assert_eq!(report_on(&form.log(&lines), 0).account.verified.lines, 15, "{form:?} {format:?}");
            lines.insert(INSIDE, (false, unsealed(format)));
            report_on(&form.log(&lines), 1).finding("line-unsigned-inside-chain");
        }
    }
}

#[test]
fn without_any_seal_every_line_is_the_log() {
    each(|form, format| {
        let lines = Service::new(format, [7; 32], 3).start_up(5);
        let report = report_on(&form.log(&with_strangers(lines, &[])), 3);
        assert_eq!((report.account.unsigned.lines, report.account.other.lines), (5, 0), "{form:?} {format:?}");
        report.finding("nothing-signed");
    });
}

#[test]
fn the_journal_of_a_unit_verifies_as_the_readme_pipes_it() {
    for file in ["journal.json", "journal.short", "own.json"] {
        let key = fixture::situation("accuse_journal_of_a_unit/audit.key");
        let path = fixture::situation("accuse_journal_of_a_unit").join(file);
        let report = Run::report().key_file(key).path(path).exit(0).report();
        assert_eq!(report.chain_counts.closed, 2, "{file}");
        assert_eq!(report.account.other.lines, if file == "own.json" { 0 } else { 5 }, "{file}");
    }
}

#[test]
fn a_line_of_no_format_inside_a_chain_proves_nothing() {
    for file in ["docker.log", "bare.log"] {
        let key = fixture::situation("accuse_stderr_of_net_http/audit.key");
        let path = fixture::situation("accuse_stderr_of_net_http").join(file);
        let report = Run::report().key_file(&key).path(&path).exit(3).report();
        assert_eq!(report.finding("line-foreign-inside-chain").place.as_ref().map(|place| place.line), Some(10));
        Run::report().key_file(key).path(path).args(["--allow", "line-foreign-inside-chain"]).exit(0);
    }
    for format in Format::ALL {
        let entry = String::from_utf8(unsealed(format)).expect("UTF-8");
        let sealed = String::from_utf8(sample(format).remove(INSIDE)).expect("UTF-8");
        let cases = [
            ("2023/11/14 22:13:24 http: Accept error".to_owned(), 3),
            (r#"{"ts":"2023-11-14T22:13:24Z","caller":"x.go"}"#.to_owned(), 3),
            // A seal taken off and the beginning spoilt: not proven, and never nothing.
            (format!("x{}", &entry[1..]), 3),
            (entry.clone(), 1),
            // Torn, and others follow.
            (entry[..entry.len() / 2].to_owned(), 1),
            // A seal is a seal, whatever stands before it.
            (format!("x{}", &sealed[1..]), 1),
        ];
        for (line, exit) in cases {
            let mut lines = sample(format);
            lines.insert(INSIDE, line.clone().into_bytes());
            let done = Run::report().key("audit.key").stdin(&crate::log_writer::text(&lines)).done();
            assert_eq!(done.code, exit, "{format:?} {line}: {}", done.told());
        }
    }
}

type Change = fn(&mut Value);

/// Records of the journal: Acra's, one of them changed.
fn journal(lines: &Lines, victim: usize, change: impl Fn(&mut Value)) -> Vec<u8> {
    let mut log = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let mut record: Value = serde_json::from_slice(&Form::JournalIdentifier.line(true, line)).expect("json");
        if index == victim {
            change(&mut record);
        }
        log.extend(format!("{record}\n").into_bytes());
    }
    log
}

#[test]
fn a_record_without_its_text_is_not_decided_about() {
    let changes: [(&str, Change); 5] = [
        ("null", |record| record["MESSAGE"] = Value::Null),
        ("no MESSAGE", |record| drop(record.as_object_mut().map(|it| it.remove("MESSAGE")))),
        ("several MESSAGE", |record| record["MESSAGE"] = json!([record["MESSAGE"], "another"])),
        ("several MESSAGE", |record| record["MESSAGE"] = json!([record["MESSAGE"], null])),
        ("no bytes", |record| record["MESSAGE"] = json!([1, 2, 300])),
    ];
    for format in Format::ALL {
        let lines = sample(format);
        // A start-up line, the first entry of a chain, one inside, the last one.
        for victim in [0, 3, INSIDE, lines.len() - 1] {
            for (why, change) in changes {
                let log = journal(&lines, victim, change);
                let report = report_on(&log, 2);
                let finding = report.finding("record-without-text");
                let told = format!("{format:?} {victim} {why}: {finding:?}");
                assert_eq!(finding.place.as_ref().map(|place| place.line), Some(victim as u64 + 1), "{told}");
                assert!(finding.message.contains(why), "{told}");
                assert_eq!(report.account.unreadable.lines, 1, "{told}");
                assert_eq!(report.account.sum().bytes, log.len() as u64, "{told}");
            }
            let of_another = journal(&lines, 0, |record| {
                record["MESSAGE"] = Value::Null;
                record["SYSLOG_IDENTIFIER"] = "systemd".into();
            });
            assert_eq!(report_on(&of_another, 0).account.other.lines, 1);
        }
    }
}

#[test]
fn what_the_short_form_prints_as_blob_data_is_not_decided_about() {
    for format in Format::ALL {
        let mut lines = sample(format);
        lines[INSIDE] = b"[4.1K blob data]".to_vec();
        let log = Form::JournalShort.log(&with_strangers(lines, &[]));
        let report = report_on(&log, 2);
        assert!(report.finding("record-without-text").message.contains("blob data"), "{format:?}");
    }
}

#[test]
fn the_record_with_several_messages_is_named() {
    for format in Format::ALL {
        let key = fixture::situation("journald_message_several/key.hex");
        let path = fixture::situation("journald_message_several").join(format!("{}.journal.json", format.name()));
        let report = Run::report().key_file(&key).path(&path).exit(2).report();
        let finding = report.finding("record-without-text");
        assert!(finding.message.contains("several MESSAGE fields"), "{finding:?}");
        let grep = Run::bare().args(["grep", "--code", "560"]).path(path).exit(2);
        assert!(grep.stderr.contains("without a text"), "{}", grep.told());
    }
}

#[test]
fn a_journal_without_any_text_is_neither_empty_nor_fine() {
    for format in Format::ALL {
        let log: Vec<u8> = sample(format)
            .iter()
            .flat_map(|_| b"{\"SYSLOG_IDENTIFIER\":\"acra-server\",\"__CURSOR\":\"c\",\"MESSAGE\":null}\n".to_vec())
            .collect();
        let report = report_on(&log, 2);
        assert_eq!(report.finding("record-without-text").lines, 20, "{format:?}");
        let convert = Run::bare().args(["convert", "--to", "ecs"]).stdin(&log).done();
        assert!(convert.code != 0 && !convert.stderr.is_empty(), "{}", convert.told());
    }
}
