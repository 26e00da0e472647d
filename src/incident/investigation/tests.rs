//! What an investigation says of whole logs.

mod hostile;

use super::*;
use crate::entry::LogTime;
use crate::incident::report::{GapKind, RunEnd};
use crate::incident::{InvestigationOptions, ReportMeta, Severity};
use crate::line::Limits;
use crate::query::{Names, TimeRange};
use crate::reading::{ReadHooks, ReadOptions};
use crate::record::{RecordFeed, RecordOptions, read_streams};
use crate::source::{Input, Opened, Stream};
use crate::verdict::code::{Code, Policy};
use crate::verdict::report::{Gathering, Sink as _};

/// What an investigation says of logs, each a stream of its own, read in batches of so many lines.
fn conclude_in_batches(logs: &[&str], options: InvestigationOptions, batch_lines: usize) -> Conclusion {
    let name = |number: usize| format!("{number}.log");
    let stream = |number| Stream::new(name(number), vec![Input::path(name(number).into())]);
    let streams: Vec<Stream> = (0..logs.len()).map(stream).collect();
    let open = |input: &Input| {
        let at = (0..logs.len()).find(|number| name(*number) == *input.shown).expect("one of the logs");
        let reader = Box::new(std::io::Cursor::new(logs[at].as_bytes().to_vec()));
        Ok(Opened::of(reader))
    };
    let hooks = ReadHooks { open: &open, on_read: &|_| {}, followed: None };
    let read_options = ReadOptions { limits: Limits { batch_lines, ..Limits::default() }, ..ReadOptions::default() };
    let mut investigation = Investigation::new(options);
    let feed = RecordFeed::new(&mut investigation, RecordOptions::default());
    read_streams(&streams, read_options, hooks, feed).expect("nothing fails");
    investigation.conclude(ReportMeta::default(), None)
}

fn conclude(log: &str) -> IncidentReport {
    conclude_in_batches(&[log], InvestigationOptions::default(), 100).report
}

/// An entry at a second of 1970, with further fields of json.
fn entry(second: i64, message: &str, fields: &str) -> String {
    format!(
        "{{{fields}\"level\":\"error\",\"msg\":\"{message}\",\"product\":\"acra-server\",\"unixTime\":\"{second}.000\"}}\n"
    )
}

/// So many entries of a code, one each so many seconds.
fn row(code: u16, client: &str, from: i64, count: i64, step: i64) -> String {
    let fields = format!(r#""client_id":"{client}","code":{code},"session_id":7,"#);
    (0..count).map(|number| entry(from + number * step, "m", &fields)).collect()
}

fn start_up(second: i64) -> String {
    entry(second, "Starting service acra-server [pid=7]", "")
}

const SKIPPED: &str = "Skip poison record check due to a lack of poison keys";
const SHUT_DOWN: &str = "Detected poison record, exit";

fn named(client: &str) -> Names {
    Names::parse([client]).expect("a name")
}

/// Kind, client, count, first and last second of each incident.
fn incidents(report: &IncidentReport) -> Vec<(Kind, String, u64, i64, i64)> {
    let second = |time: Option<LogTime>| time.map_or(-1, |time| time.unix_ms / 1000);
    let row = |it: &crate::incident::report::Incident| {
        (it.kind, it.client_ids.join(" "), it.count, second(it.first), second(it.last))
    };
    report.incidents.iter().map(row).collect()
}

#[test]
fn each_kind_is_raised_by_its_rule_and_not_below_it() {
    let of = |kind, client: &str, count, first, last| vec![(kind, client.to_owned(), count, first, last)];
    let cases = [
        ("a poison record", row(587, "a", 9, 1, 1), of(Kind::PoisonRecord, "a", 1, 9, 9)),
        ("poison records are looked for", row(101, "a", 9, 50, 1).replace("error", "info"), vec![]),
        ("a poison record without its alarm", row(101, "", 9, 1, 1), of(Kind::PoisonAlarmMissing, "", 1, 9, 9)),
        (
            "with its alarm",
            [row(587, "a", 9, 1, 1), row(101, "", 9, 1, 1)].concat(),
            of(Kind::PoisonRecord, "a", 1, 9, 9),
        ),
        ("a check that is skipped", entry(9, SKIPPED, ""), of(Kind::PoisonCheckFailed, "", 1, 9, 9)),
        ("a check that fails", row(589, "a", 9, 1, 1), of(Kind::PoisonCheckFailed, "a", 1, 9, 9)),
        ("a check that nobody asked for", entry(9, "Skip poison record check due to empty callbacks", ""), vec![]),
        ("four odd packets", row(600, "a", 0, 4, 1), vec![]),
        ("probing", row(1203, "a", 0, 5, 1), of(Kind::Probing, "a", 5, 0, 4)),
        ("two errors of encryption", row(904, "a", 0, 2, 1), vec![]),
        ("encryption", row(904, "a", 0, 3, 1), of(Kind::EncryptionErrors, "a", 3, 0, 2)),
        ("the firewall in trouble", row(562, "a", 0, 1, 1), of(Kind::ServiceErrors, "a", 1, 0, 0)),
        ("four errors without a name", row(500, "a", 0, 4, 1), vec![]),
        ("errors without a name", row(500, "a", 0, 5, 1), of(Kind::GeneralErrors, "a", 5, 0, 4)),
        ("keys", row(511, "a", 0, 4, 1), of(Kind::KeyErrors, "a", 4, 0, 3)),
        ("a service that cannot start", row(505, "a", 0, 1, 1), of(Kind::ServiceErrors, "a", 1, 0, 0)),
        ("nine connections that break off", row(536, "a", 0, 9, 1), vec![]),
        ("connections that break off", row(536, "a", 0, 10, 1), of(Kind::ConnectionDrops, "a", 10, 0, 9)),
        ("a code that nobody fears", row(800, "a", 0, 50, 1), vec![]),
        ("two failures of the database", row(540, "a", 0, 2, 1), vec![]),
        ("the database", row(540, "a", 0, 3, 100), of(Kind::DatabaseUnavailable, "a", 3, 0, 200)),
        ("four failures of TLS", row(584, "a", 0, 4, 1), vec![]),
        ("TLS", row(584, "a", 0, 5, 1), of(Kind::ConnectionFailures, "a", 5, 0, 4)),
        ("one decryption error", row(586, "a", 0, 1, 1), vec![]),
        ("decryption errors", row(581, "a", 0, 10, 1), of(Kind::DecryptionErrors, "a", 10, 0, 9)),
        ("blocked queries", row(560, "a", 0, 9, 10), of(Kind::SqlFirewallBlock, "a", 9, 0, 80)),
        ("a burst of them", row(560, "a", 0, 10, 10), of(Kind::SqlFirewallBurst, "a", 10, 0, 90)),
    ];
    for (what, log, wanted) in cases {
        assert_eq!(incidents(&conclude(&log)), wanted, "{what}");
    }
}

#[test]
fn clients_do_not_share_an_incident_unless_it_is_about_all_of_them() {
    let both = |code| [row(code, "a", 0, 10, 1), row(code, "b", 0, 10, 1)].concat();
    let clients = |code| incidents(&conclude(&both(code))).into_iter().map(|it| it.1).collect::<Vec<_>>();
    assert_eq!(clients(560), ["a", "b"]);
    assert_eq!(clients(581), ["a", "b"]);
    assert_eq!(clients(540), ["a b"]);
}

#[test]
fn decryption_errors_are_held_against_the_clients_own_rate() {
    // One every two minutes is usual for `a`: thirty in thirty seconds are not, ten in five minutes are nearly so.
    let day = 86_400;
    let usual = |client: &str| row(581, client, 0, day / 120, 120);
    assert_eq!(incidents(&conclude(&usual("a"))), [], "what is usual raises nothing");
    let sorted = |logs: &[String]| {
        let mut lines: Vec<(i64, String)> = Vec::new();
        for line in logs.concat().lines() {
            let second = line.split("\"unixTime\":\"").nth(1).and_then(|it| it.split('.').next()?.parse().ok());
            lines.push((second.expect("a time"), format!("{line}\n")));
        }
        lines.sort_by_key(|(second, _)| *second);
        lines.into_iter().map(|(_, line)| line).collect::<String>()
    };
    let spike = conclude(&sorted(&[usual("a"), row(581, "a", 40_000, 30, 1)]));
    let [incident] = &spike.incidents[..] else { panic!("{:?}", incidents(&spike)) };
    assert_eq!((incident.rule.numbers["times_usual"], incident.rule.numbers["usual_per_hour"]), (5, 30));
    assert!(incident.count >= 30 && incident.rule.numbers["observed_per_hour"] > 150, "{:?}", incident.rule);
    let mild = conclude(&sorted(&[usual("a"), row(581, "a", 40_000, 9, 30)]));
    assert_eq!(incidents(&mild), []);
    let other = conclude(&sorted(&[usual("a"), row(581, "b", 40_000, 10, 30)]));
    assert_eq!(incidents(&other), [(Kind::DecryptionErrors, "b".to_owned(), 10, 40_000, 40_270)]);
}

#[test]
fn a_log_that_is_too_short_for_a_baseline_says_so_in_the_rule() {
    let report = conclude(&row(581, "a", 0, 10, 1));
    let rule = &report.incidents[0].rule;
    assert!(rule.text.contains("too short") && !rule.numbers.contains_key("usual_per_hour"), "{rule:?}");
}

#[test]
fn a_start_up_after_a_run_is_a_restart_or_a_crash_and_the_first_one_is_neither() {
    let stop = entry(20, "Received incoming SIGTERM or SIGINT signal", "");
    let report = conclude(&[start_up(0), entry(10, "m", ""), stop, start_up(400), start_up(900)].concat());
    let nobody = String::new;
    let wanted = [(Kind::ServiceRestart, nobody(), 1, 400, 400), (Kind::ServiceCrash, nobody(), 1, 900, 900)];
    assert_eq!(incidents(&report), wanted);
    let ends: Vec<_> = report.runs.iter().map(|run| run.end).collect();
    assert_eq!(ends, [RunEnd::Stopped, RunEnd::NotStopped, RunEnd::LogEnds]);
    let gaps: Vec<_> = report.gaps.iter().map(|gap| (gap.kind, gap.seconds)).collect();
    assert_eq!(gaps, [(GapKind::Stopped, 380), (GapKind::NotStopped, 500)]);
}

#[test]
fn silence_is_a_pause_of_a_running_service_only() {
    let busy: String = (0..300).map(|second| entry(second, "m", "")).collect();
    let later = entry(300 + 7_200, "m", "");
    let wanted = (Kind::Silence, String::new(), 1, 299, 7_500);
    assert_eq!(incidents(&conclude(&[&busy[..], &later].concat())), [wanted]);
    let stop = entry(300, "Received incoming SIGTERM or SIGINT signal", "");
    let stopped = conclude(&[&busy[..], &stop, &start_up(7_500)].concat());
    assert!(stopped.incidents.iter().all(|incident| incident.kind != Kind::Silence), "{:?}", incidents(&stopped));
    let late_stop = entry(7_500, "Received incoming SIGTERM or SIGINT signal", "");
    assert_eq!(incidents(&conclude(&[&busy[..], &late_stop].concat())).len(), 1, "silence, and then a stop");
    let options = InvestigationOptions { clients: named("a"), ..InvestigationOptions::default() };
    let filtered = conclude_in_batches(&[&[&busy[..], &later].concat()], options, 100).report;
    assert_eq!(incidents(&filtered), []);
    assert!(filtered.not_shown.iter().any(|limit| limit.what.starts_with("silence")));
}

#[test]
fn a_missing_file_is_a_gap_and_neither_silence_nor_a_crash() {
    let file = |name: &str| Input::path(name.into());
    let stream = Stream::new("a", ["a.2", "a.1", "a"].map(file).into());
    let busy: String = (0..300).map(|second| entry(second, "m", "")).collect();
    let later = start_up(90_000);
    let open = |input: &Input| {
        let log = match &*input.shown {
            "a.2" => busy.clone(),
            "a" => later.clone(),
            _ => return Err(std::io::ErrorKind::NotFound.into()),
        };
        let reader = Box::new(std::io::Cursor::new(log.into_bytes()));
        Ok(Opened::of(reader))
    };
    let hooks = ReadHooks { open: &open, on_read: &|_| {}, followed: None };
    let mut investigation = Investigation::new(InvestigationOptions::default());
    let feed = RecordFeed::new(&mut investigation, RecordOptions::default());
    read_streams(&[stream], ReadOptions::default(), hooks, feed).expect("nothing fails");
    let report = investigation.conclude(ReportMeta::default(), None).report;
    assert_eq!(incidents(&report), []);
    let [gap] = &report.gaps[..] else { panic!("{:?}", report.gaps) };
    assert_eq!((gap.kind, gap.seconds), (GapKind::FileUnread, 90_000 - 299));
    assert_eq!(gap.after.as_ref().map(|place| &*place.file), Some("a.1"));
    let unread: Vec<_> = report.inputs.iter().map(|input| input.unread.as_deref()).collect();
    assert_eq!(unread, [None, Some("the file is missing"), None]);
    assert_eq!(report.runs[0].end, RunEnd::LogEnds, "nobody knows how it ended");
}

#[test]
fn the_scope_confines_what_is_counted_and_detected() {
    let log = [row(587, "a", 0, 1, 1), row(587, "b", 1_000, 1, 1), row(587, "a", 2_000, 1, 1)].concat();
    let at = |second: i64| Some(LogTime { unix_ms: second * 1000 });
    let (always, everybody) = (TimeRange::default(), Names::default());
    let scopes = [
        (TimeRange { from: at(1_000), ..always }, everybody.clone(), vec!["b", "a"]),
        (TimeRange { before: at(1_000), ..always }, everybody, vec!["a"]),
        (always, named("a"), vec!["a", "a"]),
    ];
    for (period, clients, wanted) in scopes {
        let options = InvestigationOptions { period, clients, sessions: true, ..InvestigationOptions::default() };
        let report = conclude_in_batches(&[&log], options, 100).report;
        let clients: Vec<String> = incidents(&report).into_iter().map(|it| it.1).collect();
        assert_eq!(clients, wanted);
        assert_eq!(report.totals.entries, wanted.len() as u64);
        assert_eq!(report.totals.entries + report.totals.out_of_scope, 3);
    }
}

#[test]
fn an_entry_without_a_client_is_that_of_its_sessions_client() {
    let log = [
        entry(0, "Got new connection to AcraServer: 10.0.0.1:5", ""),
        entry(0, "Handle client's connection", r#""client_id":"a","session_id":7,"#),
        entry(1, "m", r#""code":587,"session_id":7,"#),
        entry(2, "m", r#""code":587,"session_id":8,"#),
    ];
    let report = conclude(&log.concat());
    let [named, unnamed] = &report.incidents[..] else { panic!("{:?}", incidents(&report)) };
    assert_eq!(named.client_ids, ["a"]);
    assert_eq!(named.sessions[0].addresses, ["10.0.0.1:5"]);
    assert!(unnamed.client_ids.is_empty());
    assert_eq!(unnamed.sessions[0].session_id, "8");
}

#[test]
fn streams_are_investigated_one_by_one_and_no_answer_depends_on_batches() {
    let (a, b) = (row(560, "a", 5_000, 6, 1), row(560, "a", 0, 6, 1));
    let options = || InvestigationOptions { sessions: true, ..InvestigationOptions::default() };
    let whole = conclude_in_batches(&[&a, &b], options(), 100).report;
    let wanted =
        [(Kind::SqlFirewallBlock, "a".to_owned(), 6, 0, 5), (Kind::SqlFirewallBlock, "a".to_owned(), 6, 5_000, 5_005)];
    assert_eq!(incidents(&whole), wanted);
    for batch_lines in [1, 2, 5] {
        assert_eq!(conclude_in_batches(&[&a, &b], options(), batch_lines).report, whole, "{batch_lines}");
    }
}

#[test]
fn an_altered_log_is_an_incident_of_its_own() {
    let report = concluded_of([finding("a.log", 412)]);
    let [incident] = &report.incidents[..] else { panic!("one incident") };
    assert_eq!((incident.kind, incident.severity, incident.count), (Kind::IntegrityFailure, Severity::Critical, 1));
    assert_eq!((incident.references[0].line, incident.references[0].through), (412, 871));
    assert_eq!(incident.rule.numbers["chain-altered"], 1);
}

/// Something only an alteration explains, in a file.
fn finding(file: &str, line: u64) -> Finding {
    let mut finding = crate::testing::incident::report().verification.expect("a verification").findings.remove(0);
    finding.class = Code::ChainAltered.class(Policy::Default);
    finding.place = Some(Place { file: file.into(), line });
    finding.through = Some(Place { file: file.into(), line: line + 459 });
    finding
}

/// The report of a log that was not read, but of which verification found this; no more than one finding is listed.
fn concluded_of(findings: impl IntoIterator<Item = Finding>) -> IncidentReport {
    let mut gathering = Gathering::new(crate::verdict::report::GatheringLimits { findings: 1, chains: 0 });
    let mut alterations = crate::incident::Alterations::new(&mut gathering);
    findings.into_iter().for_each(|finding| alterations.finding(finding).expect("it is gathered"));
    let altered = alterations.by_file();
    let mut investigation = Investigation::new(InvestigationOptions::default());
    for file in ["a.log", "b.log"] {
        investigation.inputs.begin(file.into(), file.into());
    }
    investigation.raise_integrity_failures(altered);
    investigation.conclude(ReportMeta::default(), None).report
}

#[test]
fn every_altered_stream_is_an_incident_however_many_findings_another_one_has() {
    let flood = (1..=5_000).map(|line| finding("a.log", line * 1_000));
    let report = concluded_of(flood.chain([finding("b.log", 7)]));
    let seen: Vec<_> = report.incidents.iter().map(|it| (it.count, &*it.references[0].file, it.number)).collect();
    assert_eq!(seen, [(5_000, "a.log", 1), (1, "b.log", 2)]);
    assert_eq!(report.incidents[0].rule.numbers["chain-altered"], 5_000);
    assert_eq!(report.incidents_by_severity.critical, 2);
}

#[test]
fn a_service_that_ends_itself_on_a_poison_record_did_not_crash() {
    let alarm = row(587, "a", 9, 1, 1);
    let log = [start_up(0), alarm, entry(9, SHUT_DOWN, r#""code":101,"#), start_up(60)].concat();
    let report = conclude(&log);
    let kinds: Vec<Kind> = report.incidents.iter().map(|incident| incident.kind).collect();
    assert_eq!(kinds, [Kind::PoisonRecord, Kind::ServiceRestart]);
    assert_eq!(report.runs[0].end, RunEnd::PoisonShutdown);
    assert_eq!((report.gaps[0].kind, report.gaps[0].seconds), (GapKind::PoisonShutdown, 51));
}

#[test]
fn a_hundred_thousand_incidents_are_all_listed_and_counted() {
    // Each one of a client of its own, ten minutes after the one before.
    let count = 100_000;
    let log: String = (0..count).map(|number| row(511, &format!("c{}", number % 500), number * 600, 1, 1)).collect();
    let report = conclude(&log);
    assert_eq!((report.incidents.len(), report.incidents_omitted), (count as usize, 0));
    assert_eq!(report.incidents_by_severity.high, count as u64);
}
