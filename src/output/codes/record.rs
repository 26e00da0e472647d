//! A code as machines get it. The names of the fields are those of the standards they belong to.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{ACRA_VERSION, Topic};
use crate::event::catalogue::{self, Entry};
use crate::incident::Kind;
use crate::output::json::Tool;
use crate::verdict::code::{Code, Policy};

/// The version of the document.
const VERSION: u32 = 1;

/// Some codes, with what they come from.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    schema: &'static str,
    version: u32,
    tool: Tool,
    acra_version: &'static str,
    codes: Vec<Record<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<FindingRecord>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    incidents: Vec<IncidentRecord>,
}

impl<'a> Document<'a> {
    pub(super) fn new(entries: &[&'a Entry]) -> Self {
        let codes = entries.iter().map(|entry| Record::new(entry)).collect();
        let (findings, incidents) = (Vec::new(), Vec::new());
        let (version, tool, acra_version) = (VERSION, Tool::THIS, ACRA_VERSION);
        Self { schema: "acralog-codes", version, tool, acra_version, codes, findings, incidents }
    }

    /// The document that explains these, each kind in the order asked for.
    pub(super) fn explaining(topics: &[Topic]) -> Document<'static> {
        let mut document = Document::new(&[]);
        for topic in topics {
            match *topic {
                Topic::Event(entry) => document.codes.push(Record::new(entry)),
                Topic::Finding(code) => document.findings.push(FindingRecord::new(code)),
                Topic::Incident(kind) => document.incidents.push(IncidentRecord::new(kind)),
            }
        }
        document
    }
}

/// A finding.
#[derive(Serialize)]
struct FindingRecord {
    name: &'static str,
    meaning: &'static str,
    cause: Option<&'static str>,
    response: Option<&'static str>,
    /// Its class by policy.
    class: BTreeMap<&'static str, &'static str>,
    can_be_allowed: bool,
}

impl FindingRecord {
    fn new(code: Code) -> Self {
        let advice = code.advice();
        Self {
            name: code.name(),
            meaning: code.meaning(),
            cause: advice.map(|advice| advice.cause),
            response: advice.map(|advice| advice.response),
            class: Policy::ALL.map(|policy| (policy.name(), code.class(policy).name())).into(),
            can_be_allowed: code.waivable(),
        }
    }
}

/// A kind of incident.
#[derive(Serialize)]
struct IncidentRecord {
    name: &'static str,
    title: &'static str,
    meaning: Option<&'static str>,
    cause: Option<&'static str>,
    response: String,
    codes: Vec<u16>,
    rule: &'static str,
    severity_max: u8,
}

impl IncidentRecord {
    fn new(kind: Kind) -> Self {
        let background = kind.background();
        Self {
            name: kind.name(),
            title: kind.title(),
            meaning: background.map(|background| background.meaning),
            cause: background.map(|background| background.cause),
            response: response(kind),
            codes: kind.codes(),
            rule: kind.rule(),
            severity_max: kind.severity_score(kind.codes()),
        }
    }
}

/// One code.
#[derive(Serialize)]
pub(super) struct Record<'a> {
    code: u16,
    identifier: &'a str,
    group: &'a str,
    important: bool,
    severity: Option<u8>,
    slug: &'a str,
    title: &'a str,
    act: Option<&'a str>,
    ecs: Ecs<'a>,
    ocsf: Ocsf,
    meaning: &'a str,
    cause: &'a str,
    response: &'a str,
}

#[derive(Serialize)]
struct Ecs<'a> {
    kind: &'a str,
    category: Vec<&'a str>,
    r#type: &'a str,
    outcome: &'a str,
}

#[derive(Serialize)]
struct Ocsf {
    class_uid: u32,
    activity_id: u32,
    type_uid: u32,
}

impl<'a> Record<'a> {
    pub(super) fn new(entry: &'a Entry) -> Self {
        let &Entry { code, identifier, group, important, severity, slug, title, act, .. } = entry;
        let &Entry { ecs, ocsf, meaning, cause, response, .. } = entry;
        let ecs = Ecs {
            kind: ecs.kind,
            category: ecs.categories.split(',').collect(),
            r#type: ecs.kind_type,
            outcome: ecs.outcome,
        };
        let ocsf = Ocsf { class_uid: ocsf.class, activity_id: ocsf.activity, type_uid: type_uid(entry) };
        Self { code, identifier, group, important, severity, slug, title, act, ecs, ocsf, meaning, cause, response }
    }
}

/// Class and activity in one number (siem, section 4).
pub(super) fn type_uid(entry: &Entry) -> u32 {
    entry.ocsf.class * 100 + entry.ocsf.activity
}

/// What to do first about an incident: what its worst event code says, or its kind.
pub(super) fn response(kind: Kind) -> String {
    let entries = kind.codes().into_iter().filter_map(catalogue::find);
    let worst = entries.max_by_key(|entry| entry.severity);
    worst.map_or(kind.advice(), |entry| entry.response).to_owned()
}
