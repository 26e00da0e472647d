//! A made-up report with something in every place, for the tests of the formats.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::entry::{Format, LogTime};
use crate::event::Level;
use crate::incident::report::{
    Applied, Bin, ByClient, ByCode, ByGroup, ByLevel, EntryTotals, Example, Gap, GapKind, Hours, Incident,
    IncidentReport, InputFile, Period, Reference, RunEnd, Scope, SealCounts, ServiceRun, SessionRecord, SeverityCounts,
    UnsignedRange, Verification,
};
use crate::incident::rules::Rules;
use crate::incident::{Kind, Severity};
use crate::line::Place;
use crate::outcome::Outcome;
use crate::verdict::code::{Code, Policy};
use crate::verdict::report::{
    Account, ChainCounts, ChainReport, ChainVerdict, Finding, KeyReport, Limit, ProvenRange, StreamReport, Tally,
};

/// Says a text of the log.
type Say<'a> = &'a dyn Fn(&str) -> String;

/// A report of a log that was altered, with a key.
pub(crate) fn report() -> IncidentReport {
    report_with(&str::to_owned)
}

/// The same, with one text wherever a log, a file name or a user has a say.
pub(crate) fn hostile(text: &str) -> IncidentReport {
    report_with(&|_| text.to_owned())
}

/// A report of a log in which nothing happened, without a key.
pub(crate) fn quiet() -> IncidentReport {
    IncidentReport {
        case_id: None,
        generated_at: None,
        redacted: vec![],
        scope: Scope::default(),
        verification: None,
        period: None,
        incidents: vec![],
        incidents_omitted: 0,
        incidents_by_severity: SeverityCounts::default(),
        totals: EntryTotals::default(),
        runs: vec![],
        runs_omitted: 0,
        sessions: None,
        sessions_omitted: 0,
        unsigned: vec![],
        unsigned_omitted: 0,
        gaps: vec![],
        gaps_omitted: 0,
        ..report()
    }
}

/// A moment on 2025-03-14.
fn at(hour: i64, minute: i64, second: i64, ms: i64) -> Option<LogTime> {
    Some(LogTime { unix_ms: (1_741_910_400 + hour * 3600 + minute * 60 + second) * 1000 + ms })
}

fn report_with(say: Say<'_>) -> IncidentReport {
    let file: Arc<str> = say("acra-server.log").into();
    IncidentReport {
        title: say("Blocked queries in the night"),
        case_id: Some(say("IR-2025-031")),
        generated_at: at(23, 59, 58, 0),
        command: format!("acralog report {}", say("acra-server.log")),
        redacted: vec!["error", "sql"],
        scope: Scope { since: at(0, 0, 1, 0), before: at(23, 59, 59, 1), client_ids: vec![say("webapp"), say("etl")] },
        verification: Some(verification(say, &file)),
        inputs: inputs(say, &file),
        period: at(0, 0, 2, 271).zip(at(23, 53, 57, 120)).map(|(first, last)| Period { first, last }),
        incidents: vec![burst(say, &file), silence(&file)],
        incidents_omitted: 12,
        incidents_by_severity: SeverityCounts { critical: 0, high: 1, medium: 1, low: 12 },
        totals: totals(say),
        runs: runs(say, &file),
        runs_omitted: 13,
        sessions: Some(vec![session(say)]),
        sessions_omitted: 14,
        unsigned: vec![UnsignedRange {
            file: Arc::clone(&file),
            line: 1,
            through: 6,
            lines: 5,
            first: at(0, 0, 3, 0),
            last: at(0, 0, 4, 0),
        }],
        unsigned_omitted: 15,
        gaps: gaps(&file),
        gaps_omitted: 16,
        rules: Rules::default(),
        not_shown: vec![Limit { stream: Some(Arc::clone(&file)), what: say("entries after the last one here") }],
    }
}

fn verification(say: Say<'_>, file: &Arc<str>) -> Verification {
    let place = |line| Place { file: Arc::clone(file), line };
    let tally = |bytes, lines| Tally { bytes, lines };
    Verification {
        outcome: Outcome::Tampered,
        policy: Policy::Acra,
        default_policy_outcome: Some(Outcome::Tampered),
        keys: vec![KeyReport {
            fingerprint: "1f0c7a2b90d3e4c5".to_owned(),
            source: say("--key-file audit.key"),
            chains: 2,
        }],
        streams: vec![StreamReport {
            name: Arc::clone(file),
            outcome: Outcome::Tampered,
            files: vec![Arc::clone(file)],
            proven: at(0, 0, 5, 0)
                .zip(at(3, 12, 44, 0))
                .map(|(from, to)| ProvenRange { from, to })
                .into_iter()
                .collect(),
            proven_omitted: 17,
            interleaved: true,
        }],
        account: Account {
            verified: tally(40_488, 411),
            broken: tally(231, 1),
            unverifiable: tally(45_770, 459),
            unsigned: tally(613, 5),
            unreadable: tally(70, 2),
            other: tally(33, 3),
            blank: tally(19, 18),
            ..Account::default()
        },
        chain_counts: ChainCounts { closed: 21, open_at_end: 22, unfinished: 23, headless: 24, broken: 25 },
        chains: vec![ChainReport {
            stream: 0,
            verdict: ChainVerdict::Broken,
            first: place(7),
            last: place(411),
            entries: 405,
            key: Some("1f0c7a2b90d3e4c5".to_owned()),
            from: at(0, 0, 6, 0),
            to: at(3, 12, 45, 0),
        }],
        chains_omitted: 26,
        findings: vec![Finding {
            code: Code::ChainAltered,
            class: Code::ChainAltered.class(Policy::Acra),
            place: Some(place(412)),
            through: Some(place(871)),
            lines: 460,
            message: say("altered, or entries before it removed"),
            hint: Some(say("compare line 412 with a copy")),
            expected: Some("5e1c".to_owned()),
            found: Some("91ab".to_owned()),
        }],
        findings_omitted: 27,
    }
}

fn burst(say: Say<'_>, file: &Arc<str>) -> Incident {
    Incident {
        number: 1,
        kind: Kind::SqlFirewallBurst,
        title: Kind::SqlFirewallBurst.title().into(),
        severity: Severity::High,
        severity_score: 7,
        codes: vec![560],
        client_ids: vec![say("webapp")],
        client_ids_omitted: 31,
        sessions: vec![session(say)],
        sessions_omitted: 32,
        first: at(3, 12, 0, 284),
        last: at(3, 12, 31, 12),
        entries: 111,
        count: 37,
        counted: Kind::SqlFirewallBurst.counted(),
        rule: Applied {
            name: "sql-firewall".into(),
            text: "at least 10 blocked queries of one client within 5m".to_owned(),
            numbers: BTreeMap::from([("at_least", 10), ("observed", 37), ("within_seconds", 300)]),
        },
        seals: Some(SealCounts { verified: 101, reencoded: 2, unsigned: 3, failed: 5 }),
        references: vec![Reference { file: Arc::clone(file), line: 238, through: 350, entries: 108 }],
        references_omitted: 33,
        examples: vec![Example {
            file: Arc::clone(file),
            line: 239,
            time: at(3, 12, 0, 285),
            level: Level::Error,
            message: say("Denied query: 'SELECT * FROM cards WHERE id = 1; SELECT pg_sleep(10)'"),
            error: Some(say("deny by pattern")),
        }],
        advice: "Identify client_id and session, read the masked query.".to_owned(),
    }
}

fn silence(file: &Arc<str>) -> Incident {
    Incident {
        number: 2,
        kind: Kind::Silence,
        title: Kind::Silence.title().into(),
        severity: Severity::Medium,
        severity_score: 5,
        codes: vec![],
        client_ids: vec![],
        client_ids_omitted: 0,
        sessions: vec![],
        sessions_omitted: 0,
        first: at(4, 0, 0, 0),
        last: at(6, 30, 0, 0),
        entries: 0,
        count: 1,
        counted: Kind::Silence.counted(),
        rule: Applied {
            name: "silence".into(),
            text: "no entry for 1h or longer".to_owned(),
            numbers: BTreeMap::from([("at_least_seconds", 3600), ("observed_seconds", 9000)]),
        },
        seals: None,
        references: vec![Reference { file: Arc::clone(file), line: 500, through: 501, entries: 2 }],
        references_omitted: 0,
        examples: vec![],
        advice: "Find out whether the service, its host or the way of the log stood still.".to_owned(),
    }
}

fn session(say: Say<'_>) -> SessionRecord {
    SessionRecord {
        run: 1,
        session_id: say("301"),
        client_id: Some(say("webapp")),
        addresses: vec![say("10.20.1.7:51034"), say("10.20.1.8:40022")],
        first: at(3, 11, 59, 900),
        last: at(3, 12, 31, 13),
        entries: 113,
    }
}

fn inputs(say: Say<'_>, file: &Arc<str>) -> Vec<InputFile> {
    let input = InputFile {
        path: Arc::clone(file),
        stream: Arc::clone(file),
        bytes: 87_191,
        sha256: Some("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned()),
        compression: Some("gzip"),
        wrapper: Some("docker"),
        formats: vec![Format::Json, Format::Cef],
        lines: 1_898,
        entries: 1_897,
        unread: None,
    };
    let missing = InputFile {
        path: say("acra-server.log.1").into(),
        bytes: 0,
        sha256: None,
        compression: None,
        wrapper: None,
        formats: vec![],
        lines: 0,
        entries: 0,
        unread: Some(say("the file is missing")),
        ..input.clone()
    };
    vec![missing, input]
}

fn totals(say: Say<'_>) -> EntryTotals {
    let levels = [0, 1, 330, 3, 1_500, 40, 10];
    let mut hours = [0; 24];
    hours[3] = 130;
    hours[17] = 41;
    EntryTotals {
        lines: 1_898,
        blank_lines: 18,
        other_lines: 28,
        out_of_scope: 29,
        entries: 1_884,
        sealed: 1_879,
        undated: 34,
        by_level: Level::ALL.into_iter().rev().zip(levels).map(|(level, entries)| ByLevel { level, entries }).collect(),
        by_code: vec![
            ByCode { code: None, title: "no code", entries: 1_752 },
            ByCode { code: Some(560), title: "SQL query blocked by the request firewall", entries: 111 },
            ByCode { code: Some(9_999), title: "unknown code", entries: 21 },
        ],
        by_group: vec![
            ByGroup { group: "none", entries: 1_752 },
            ByGroup { group: "censor", entries: 111 },
            ByGroup { group: "unknown", entries: 21 },
        ],
        by_client: vec![
            ByClient { client_id: None, entries: 1_700, hours: [70; 24] },
            ByClient { client_id: Some(say("webapp")), entries: 171, hours },
        ],
        other_clients: 13,
        clients_omitted: 35,
        by_hour: Hours {
            bin_seconds: 3600,
            bins: [(0, 20), (3, 500), (4, 7), (17, 1_323)]
                .into_iter()
                .filter_map(|(hour, entries)| {
                    let levels = [0, 0, entries / 5, 1, entries - entries / 5 - 1, 0, 0];
                    at(hour, 0, 0, 0).map(|start| Bin { start, entries, levels })
                })
                .collect(),
        },
    }
}

fn runs(say: Say<'_>, file: &Arc<str>) -> Vec<ServiceRun> {
    let run = ServiceRun {
        number: 1,
        stream: Arc::clone(file),
        service: Some(say("acra-server")),
        version: Some(say("0.96.0")),
        pid: Some("4242".to_owned()),
        start: Some(Place { file: Arc::clone(file), line: 1 }),
        first: at(0, 0, 2, 271),
        last: at(11, 0, 0, 0),
        entries: 1_000,
        end: RunEnd::NotStopped,
    };
    let second = ServiceRun {
        number: 2,
        start: Some(Place { file: Arc::clone(file), line: 1_001 }),
        first: at(11, 0, 9, 0),
        last: at(23, 53, 57, 120),
        entries: 897,
        end: RunEnd::Stopped,
        ..run.clone()
    };
    vec![run, second]
}

fn gaps(file: &Arc<str>) -> Vec<Gap> {
    let place = |line| Some(Place { file: Arc::clone(file), line });
    vec![
        Gap {
            kind: GapKind::Silence,
            from: at(4, 0, 0, 0),
            to: at(6, 30, 0, 0),
            seconds: 9_000,
            after: place(500),
            before: place(501),
        },
        Gap {
            kind: GapKind::NotStopped,
            from: at(11, 0, 0, 0),
            to: at(11, 0, 9, 0),
            seconds: 9,
            after: place(1_000),
            before: place(1_001),
        },
        Gap { kind: GapKind::FileUnread, from: None, to: None, seconds: 0, after: place(1), before: None },
    ]
}
