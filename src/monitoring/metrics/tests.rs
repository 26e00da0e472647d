//! What is counted, and how it is told.

use std::time::Duration;

use super::*;
use crate::incident::EntryName;
use crate::incident::Severity;
use crate::verdict::code::{Code, Policy};
use crate::watch::{AlarmId, SealProof};

const NOW: LogTime = LogTime { unix_ms: 1_741_943_000_500 };

fn metrics() -> Metrics {
    Metrics::with_clock(&Demands::default(), || NOW)
}

/// The value of a series, by its name with its labels.
fn value(metrics: &Metrics, series: &str) -> Option<f64> {
    let page = metrics.encode(Exposition::Prometheus);
    let mut lines = page.lines().filter_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    let value = lines.next()?.parse().expect("a number");
    assert_eq!(lines.next(), None, "{series} is there twice");
    Some(value)
}

#[track_caller]
fn assert_values(metrics: &Metrics, expected: &[(&str, Option<f64>)]) {
    for (series, expected) in expected {
        assert_eq!(value(metrics, series), *expected, "{series}");
    }
}

fn ago(seconds: i64) -> LogTime {
    LogTime { unix_ms: NOW.unix_ms - 1000 * seconds }
}

fn alarm(kind: AlarmKind, state: AlarmState) -> Alarm {
    Alarm {
        state,
        kind,
        id: AlarmId::new(kind, "rule", None, EntryName::Text([0; 32])),
        severity: Severity::High,
        severity_score: 8,
        title: String::new(),
        summary: String::new(),
        rule: "rule".to_owned(),
        rule_text: String::new(),
        stream: "a.log".to_owned(),
        verified: SealProof::Yes,
        group: None,
        client_ids: Vec::new(),
        client_ids_omitted: 0,
        session_ids: Vec::new(),
        session_ids_omitted: 0,
        codes: Vec::new(),
        count: 1,
        counted: String::new(),
        entries: 1,
        first: None,
        last: None,
        places: Vec::new(),
        places_omitted: 0,
        examples: Vec::new(),
        advice: String::new(),
        test: false,
    }
}

#[test]
fn what_a_log_holds_and_where_its_proof_stands_is_told_by_log() {
    let metrics = metrics();
    let stream = metrics.stream("a.log");
    assert_values(
        &metrics,
        &[
            ("acralog_entries_total{stream=\"a.log\"}", Some(0.0)),
            ("acralog_lag_bytes{stream=\"a.log\"}", None),
            ("acralog_proven_until_seconds{stream=\"a.log\"}", Some(0.0)),
            ("acralog_verified_position_timestamp_seconds{stream=\"a.log\"}", Some(0.0)),
            ("acralog_open_chain_age_seconds{stream=\"a.log\"}", None),
        ],
    );
    stream.add_lines(7, 1000, 2);
    stream.clone().add_lines(1, 100, 0);
    stream.set_lag(512, Duration::from_millis(1500));
    stream.set_proven_until(Some(ago(60)));
    stream.set_verified_position(Some(ago(0)));
    stream.set_open_chain(Some(ago(3600)));
    stream.finding(Code::ChainAltered);
    stream.finding(Code::ChainUnfinished);
    assert_values(
        &metrics,
        &[
            ("acralog_entries_total{stream=\"a.log\"}", Some(8.0)),
            ("acralog_read_bytes_total{stream=\"a.log\"}", Some(1100.0)),
            ("acralog_unsealed_lines_total{stream=\"a.log\"}", Some(2.0)),
            ("acralog_lag_bytes{stream=\"a.log\"}", Some(512.0)),
            ("acralog_lag_seconds{stream=\"a.log\"}", Some(1.5)),
            ("acralog_proven_until_seconds{stream=\"a.log\"}", Some(1_741_942_940.5)),
            ("acralog_verified_position_timestamp_seconds{stream=\"a.log\"}", Some(1_741_943_000.5)),
            ("acralog_open_chain_age_seconds{stream=\"a.log\"}", Some(3600.0)),
            ("acralog_findings_total{stream=\"a.log\",code=\"chain-altered\",class=\"tampered\"}", Some(1.0)),
            ("acralog_findings_total{stream=\"a.log\",code=\"chain-unfinished\",class=\"incomplete\"}", Some(1.0)),
            ("acralog_findings_total{stream=\"a.log\",code=\"chain-missing\",class=\"tampered\"}", Some(0.0)),
            ("acralog_findings_total{stream=\"a.log\",code=\"key-wrong\",class=\"undecided\"}", None),
        ],
    );
    stream.set_proven_until(None);
    stream.set_open_chain(None);
    assert_eq!(value(&metrics, "acralog_proven_until_seconds{stream=\"a.log\"}"), Some(0.0));
    assert_eq!(value(&metrics, "acralog_open_chain_age_seconds{stream=\"a.log\"}"), None);
}

#[test]
fn a_finding_weighs_what_the_demands_say() {
    let strict = Demands { policy: Policy::Acra, ..Demands::default() };
    let metrics = Metrics::with_clock(&strict, || NOW);
    metrics.stream("a.log").finding(Code::ChainUnfinished);
    let series = "acralog_findings_total{stream=\"a.log\",code=\"chain-unfinished\",class=\"tampered\"}";
    assert_eq!(value(&metrics, series), Some(1.0));
}

#[test]
fn a_log_that_is_followed_no_more_keeps_its_counters_only() {
    let metrics = metrics();
    let stream = metrics.stream("a.log");
    stream.add_lines(3, 30, 0);
    stream.set_lag(1, Duration::ZERO);
    assert_eq!(value(&metrics, "acralog_logs_followed"), Some(1.0));
    drop(stream);
    let series =
        ["acralog_lag_bytes", "acralog_proven_until_seconds"].map(|name| format!("{name}{{stream=\"a.log\"}}"));
    assert_eq!(series.map(|series| value(&metrics, &series)), [None, None]);
    assert_eq!(value(&metrics, "acralog_logs_followed"), Some(0.0));
    metrics.stream("a.log").add_lines(1, 10, 0);
    assert_eq!(value(&metrics, "acralog_entries_total{stream=\"a.log\"}"), Some(4.0));
}

#[test]
fn of_logs_that_share_a_label_the_worst_is_told() {
    let metrics = metrics();
    let streams: Vec<_> = (0..70).map(|number| metrics.stream(&format!("{number}.log"))).collect();
    for (number, stream) in (0..).zip(&streams) {
        stream.add_lines(1, 10, 0);
        stream.set_lag(100 - number, Duration::from_secs(number));
        stream.set_proven_until(Some(ago(1000 - 10 * i64::try_from(number).expect("small"))));
        stream.set_open_chain(Some(ago(i64::try_from(number).expect("small"))));
    }
    assert_values(
        &metrics,
        &[
            ("acralog_entries_total{stream=\"63.log\"}", Some(1.0)),
            ("acralog_entries_total{stream=\"64.log\"}", None),
            ("acralog_entries_total{stream=\"other\"}", Some(6.0)),
            ("acralog_lag_bytes{stream=\"other\"}", Some(36.0)),
            ("acralog_lag_seconds{stream=\"other\"}", Some(69.0)),
            ("acralog_proven_until_seconds{stream=\"other\"}", Some(seconds(ago(360).unix_ms))),
            ("acralog_open_chain_age_seconds{stream=\"other\"}", Some(69.0)),
            ("acralog_logs_followed", Some(70.0)),
        ],
    );
    // One of them that proved nothing is the worst.
    streams[66].set_proven_until(None);
    assert_eq!(value(&metrics, "acralog_proven_until_seconds{stream=\"other\"}"), Some(0.0));
}

#[test]
fn names_of_files_break_no_line_of_the_page() {
    let metrics = metrics();
    let streams = ["a\"b\\c\nd\re\x1b", "a\"b\\c\nd\re\x1b", "other", "ü"].map(|name| metrics.stream(name));
    streams.iter().for_each(|stream| stream.add_lines(1, 1, 0));
    let series = "acralog_entries_total{stream=\"a\\\"b\\\\c\\\\nd\\\\re\\\\x1b\"}";
    assert_eq!(value(&metrics, series), Some(2.0), "{}", metrics.encode(Exposition::Prometheus));
    assert_eq!(value(&metrics, "acralog_entries_total{stream=\"ü\"}"), Some(1.0));
}

#[test]
fn alarms_are_counted_by_kind_and_open_ones_until_they_are_closed() {
    let metrics = metrics();
    let kind = AlarmKind::ClockJump;
    let counts = |metrics: &Metrics| {
        ["raised_total", "open"].map(|name| value(metrics, &format!("acralog_alarms_{name}{{kind=\"clock-jump\"}}")))
    };
    assert_eq!(counts(&metrics), [Some(0.0), Some(0.0)]);
    for kind in AlarmKind::all() {
        assert!(value(&metrics, &format!("acralog_alarms_open{{kind=\"{}\"}}", kind.name())).is_some());
    }
    (0..2).for_each(|_| metrics.alarm(&alarm(kind, AlarmState::Raised)));
    metrics.alarm(&alarm(kind, AlarmState::Updated));
    metrics.alarm(&Alarm { test: true, ..alarm(kind, AlarmState::Raised) });
    assert_eq!(counts(&metrics), [Some(2.0), Some(2.0)]);
    for open in [1.0, 0.0, 0.0] {
        metrics.alarm(&alarm(kind, AlarmState::Closed));
        assert_eq!(counts(&metrics), [Some(2.0), Some(open)]);
    }
}

#[test]
fn reactions_are_counted_by_how_they_went() {
    let metrics = metrics();
    metrics.know_reaction("pager");
    let attempts =
        |result| value(&metrics, &format!("acralog_reactions_total{{reaction=\"pager\",result=\"{result}\"}}"));
    for result in ["delivered", "failed", "abandoned", "withheld", "dry_run"] {
        assert_eq!(attempts(result), Some(0.0), "{result}");
    }
    metrics.add_reactions("pager", ReactionResult::Failed, 1);
    metrics.add_reactions("pager", ReactionResult::Delivered, 1);
    metrics.add_reactions("pager", ReactionResult::Delivered, 1);
    metrics.set_reactions_pending("pager", 4);
    assert_eq!([attempts("failed"), attempts("delivered"), attempts("abandoned")], [Some(1.0), Some(2.0), Some(0.0)]);
    assert_eq!(value(&metrics, "acralog_reactions_pending{reaction=\"pager\"}"), Some(4.0));
    for number in 0..200 {
        metrics.add_reactions(&number.to_string(), ReactionResult::Delivered, 1);
        metrics.set_reactions_pending(&number.to_string(), 1);
    }
    let others = value(&metrics, "acralog_reactions_total{reaction=\"other\",result=\"delivered\"}");
    assert_eq!(others, Some(101.0));
    assert_eq!(value(&metrics, "acralog_reactions_pending{reaction=\"other\"}"), None);
}

#[test]
fn the_process_says_what_it_is_and_what_nobody_set_is_absent() {
    let metrics = metrics();
    let version = env!("CARGO_PKG_VERSION");
    assert_values(
        &metrics,
        &[
            ("process_start_time_seconds", Some(1_741_943_000.5)),
            (&format!("acralog_build_info{{version=\"{version}\"}}"), Some(1.0)),
            ("acralog_journal_durable", None),
            ("acralog_config_last_reload_successful", None),
        ],
    );
    metrics.set_journal_durable(false);
    metrics.config_read(true);
    metrics.set_key_used_since("5e1c", ago(90));
    assert_values(
        &metrics,
        &[
            ("acralog_journal_durable", Some(0.0)),
            ("acralog_config_last_reload_successful", Some(1.0)),
            ("acralog_config_last_reload_success_timestamp_seconds", Some(1_741_943_000.5)),
            ("acralog_key_age_seconds{key=\"5e1c\"}", Some(90.0)),
        ],
    );
    metrics.config_read(false);
    metrics.set_journal_durable(true);
    assert_values(
        &metrics,
        &[("acralog_config_last_reload_successful", Some(0.0)), ("acralog_journal_durable", Some(1.0))],
    );
    for number in 0..100 {
        metrics.set_key_used_since(&format!("{number:04x}"), ago(1));
    }
    assert_eq!(metrics.encode(Exposition::Prometheus).matches("acralog_key_age_seconds{").count(), KEYS_MAX);
}

#[test]
fn threads_count_while_others_read() {
    let metrics = metrics();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let metrics = &metrics;
            scope.spawn(move || {
                let stream = metrics.stream(&format!("{}.log", thread % 2));
                for _ in 0..1000 {
                    stream.add_lines(1, 2, 0);
                    metrics.add_reactions("pager", ReactionResult::Delivered, 1);
                }
            });
        }
        for _ in 0..20 {
            assert!(metrics.encode(Exposition::OpenMetrics).ends_with("# EOF\n"));
        }
    });
    assert_eq!(value(&metrics, "acralog_entries_total{stream=\"1.log\"}"), Some(2000.0));
    assert_eq!(value(&metrics, "acralog_reactions_total{reaction=\"pager\",result=\"delivered\"}"), Some(4000.0));
}
