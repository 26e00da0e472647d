//! A code as machines get it. The names of the fields are those of the standards they belong to.

use serde::Serialize;

use super::ACRA_VERSION;
use crate::event::catalogue::Entry;
use crate::output::json::Tool;

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
}

impl<'a> Document<'a> {
    pub(super) fn new(entries: &[&'a Entry]) -> Self {
        let codes = entries.iter().map(|entry| Record::new(entry)).collect();
        Self { schema: "acralog-codes", version: VERSION, tool: Tool::THIS, acra_version: ACRA_VERSION, codes }
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

/// Class and activity in one number (siem, 3.4).
pub(super) fn type_uid(entry: &Entry) -> u32 {
    entry.ocsf.class * 100 + entry.ocsf.activity
}
