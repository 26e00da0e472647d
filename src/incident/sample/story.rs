//! What the made-up report says beside its incidents: inputs, counts, runs, gaps.

use std::sync::Arc;

use super::super::report::{
    Bin, ByClient, ByCode, ByGroup, ByLevel, Gap, GapKind, Hours, InputFile, Run, RunEnd, Totals,
};
use super::{Say, at};
use crate::entry::Format;
use crate::event::Level;
use crate::line::Place;

pub(super) fn inputs(say: Say<'_>, file: &Arc<str>) -> Vec<InputFile> {
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

pub(super) fn totals(say: Say<'_>) -> Totals {
    let levels = [0, 1, 330, 3, 1_500, 40, 10];
    let mut hours = [0; 24];
    hours[3] = 130;
    hours[17] = 41;
    Totals {
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

pub(super) fn runs(say: Say<'_>, file: &Arc<str>) -> Vec<Run> {
    let run = Run {
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
    let second = Run {
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

pub(super) fn gaps(file: &Arc<str>) -> Vec<Gap> {
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
