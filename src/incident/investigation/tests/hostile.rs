//! Logs that were made to lead an investigation astray: wrong times, forged entries, holes, scopes that cut.

use crate::incident::investigation::tests::*;

fn at(second: i64) -> Option<LogTime> {
    Some(LogTime { unix_ms: second * 1000 })
}

fn kinds(report: &IncidentReport) -> Vec<Kind> {
    report.incidents.iter().map(|incident| incident.kind).collect()
}

/// Entries that say nothing, one a second.
fn busy(from: i64, count: i64) -> String {
    (0..count).map(|second| entry(from + second, "m", "")).collect()
}

const STOP: &str = "Received incoming SIGTERM or SIGINT signal";

#[test]
fn one_time_of_the_future_does_not_join_all_that_comes_later() {
    let day = 86_400;
    let log = [
        busy(0, 10),
        entry(9_000_000_000, "m", ""),
        busy(10, 100),
        row(540, "a", day, 2, 1),
        row(540, "a", 2 * day, 2, 1),
        row(587, "a", 3 * day, 1, 1),
        row(587, "a", 4 * day, 1, 1),
    ];
    let report = conclude(&log.concat());
    let found: Vec<Kind> = kinds(&report).into_iter().filter(|kind| *kind != Kind::Silence).collect();
    assert_eq!(found, [Kind::PoisonRecord, Kind::PoisonRecord]);
}

#[test]
fn entries_without_a_time_before_the_first_one_with_it_are_part_of_the_log() {
    let undated = |message: &str, fields: &str| {
        format!("{{{fields}\"level\":\"error\",\"msg\":\"{message}\",\"product\":\"acra-server\"}}\n")
    };
    let connection = "Got new connection to AcraServer: 10.0.0.1:5";
    let down = |number: i64| undated(&number.to_string(), r#""code":540,"#);
    let log = [
        undated(connection, ""),
        entry(1_700_000_000, connection, ""),
        (0..2).map(down).collect(),
        row(540, "a", 1_700_000_000, 1, 1),
    ];
    assert_eq!(kinds(&conclude(&log.concat())), [Kind::DatabaseUnavailable]);
}

#[test]
fn an_entry_of_the_past_is_no_silence_and_does_not_hide_one() {
    let past = entry(100_000, "m", "");
    assert_eq!(kinds(&conclude(&[busy(200_000, 300), past.clone(), busy(200_300, 9)].concat())), []);
    let hidden = conclude(&[busy(200_000, 300), past, busy(210_000, 9)].concat());
    assert_eq!(incidents(&hidden), [(Kind::Silence, String::new(), 1, 200_299, 210_000)]);
}

#[test]
fn a_silence_that_reaches_beyond_the_period_is_reported_on_both_sides() {
    let log = [busy(0, 300), busy(20_000, 300)].concat();
    let of = |from, before| {
        let options = InvestigationOptions {
            period: TimeRange { from: at(from), before: at(before) },
            ..InvestigationOptions::default()
        };
        incidents(&conclude_in_batches(&[&log], options, 100).report)
    };
    let silence = [(Kind::Silence, String::new(), 1, 299, 20_000)];
    assert_eq!(of(0, 10_000), silence);
    assert_eq!(of(10_000, 30_000), silence);
    assert_eq!(of(20_001, 30_000), []);
    assert_eq!(of(0, 299), []);
}

#[test]
fn a_signal_to_stop_that_stopped_nothing_does_not_hide_a_crash_or_a_silence() {
    let crash = conclude(&[start_up(0), entry(1, STOP, ""), busy(2, 2_000), start_up(2_100)].concat());
    assert_eq!(kinds(&crash), [Kind::ServiceCrash]);
    let silence = conclude(&[busy(0, 300), entry(300, STOP, ""), busy(9_000, 5)].concat());
    assert_eq!(kinds(&silence), [Kind::Silence]);
}

#[test]
fn where_nothing_ran_nothing_was_silent() {
    let other = entry(9_000, "Starting service acra-translator [pid=8]", "");
    let log = [start_up(0), busy(1, 300), entry(301, STOP, ""), other].concat();
    assert_eq!(kinds(&conclude(&log)), []);
    let running = conclude(&log.replace(STOP, "m"));
    assert_eq!(kinds(&running), [Kind::Silence], "the other service was not stopped");
}

#[test]
fn the_usual_rate_of_decryption_errors_is_that_of_the_period() {
    // Two every ten minutes, in an hour of a log of ten days: ten in five minutes are not five times as many.
    let quiet: String = (0..240 * 6).map(|number| entry(number * 600, "m", "")).collect();
    let begin = 240 * 3_600;
    let usual: String = (0..6).map(|number| row(581, "a", begin + number * 500, 8, 30)).collect();
    let log = [quiet, usual, row(581, "a", begin + 3_200, 12, 25), busy(begin + 3_600, 5)].concat();
    let of = |from| {
        let options = InvestigationOptions {
            period: TimeRange { from: at(from), before: None },
            ..InvestigationOptions::default()
        };
        kinds(&conclude_in_batches(&[&log], options, 100).report)
    };
    assert_eq!(of(0), [Kind::DecryptionErrors], "in ten days they are unusual");
    assert_eq!(of(begin), []);
}

#[test]
fn a_forged_start_up_line_does_not_choose_how_severe_a_crash_is() {
    let forged = entry(9, "Starting service acra-server [pid=8]", r#""code":800,"#);
    let report = conclude(&[start_up(0), forged].concat());
    assert_eq!((kinds(&report), report.incidents[0].severity), (vec![Kind::ServiceCrash], Severity::High));
    assert_eq!(report.incidents[0].advice, Kind::ServiceCrash.advice());
}

#[test]
fn an_entry_of_a_blocked_query_that_names_no_client_is_part_of_it() {
    let fields = [r#""code":560,"session_id":7,"#, r#""code":560,"session_id":7,"client_id":"a","#];
    let log = [entry(0, "Query has been blocked", fields[0]), entry(0, "Denied query: 'b'", fields[1])].concat();
    assert_eq!(incidents(&conclude(&log)), [(Kind::SqlFirewallBlock, "a".to_owned(), 1, 0, 0)]);
}

#[test]
fn a_connection_of_one_stream_is_no_address_of_another_ones_session() {
    let connection = entry(0, "Got new connection to AcraServer: 10.0.0.1:5", "");
    let session = entry(0, "Handle client's connection", r#""client_id":"a","session_id":7,"#);
    let options = InvestigationOptions { sessions: true, ..InvestigationOptions::default() };
    let report = conclude_in_batches(&[&connection, &session], options, 100).report;
    assert_eq!(report.sessions.expect("they were asked for")[0].addresses, Vec::<String>::new());
}

#[test]
fn names_of_any_length_take_no_more_memory_than_long_ones() {
    let long = "x".repeat(100_000);
    let fields = format!(r#""client_id":"{long}","session_id":"{long}","code":587,"#);
    let options = InvestigationOptions { sessions: true, ..InvestigationOptions::default() };
    let log = entry(0, &format!("Starting service {long} [pid=7]"), &fields);
    let conclusion = conclude_in_batches(&[&log], options, 100);
    let report = serde_json::to_string(&conclusion.report).expect("a report");
    assert!(report.len() < 20_000, "{}", report.len());
    assert!(conclusion.client_ids.iter().all(|client| client.len() < 2_000));
}
