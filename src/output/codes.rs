//! The catalogue of event codes, printed: as a table, as a page per code, and for machines; and what findings and kinds of
//! incidents mean. Which of them is decided in `plan`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use strum::IntoStaticStr;

use super::escape;
use super::json::Tool;
use super::layout::{Align, LINE_COLUMNS, Palette, Table, TextStyle, broken};
use super::wording::meaning;
use crate::event::catalogue::{self, CatalogueEntry};
use crate::incident::rules::Rules;
use crate::incident::{Kind, Severity, rules_in_words};
use crate::verdict::code::{Code, Policy};

/// Of the document; raised when a field changes its meaning or goes away.
const VERSION: u32 = 1;

/// The version of Acra whose codes the catalogue holds.
pub const ACRA_VERSION: &str = "0.96.0";

#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum CodesFormat {
    Table,
    Json,
    Jsonl,
    Csv,
}

impl CodesFormat {
    pub fn name(self) -> &'static str {
        self.into()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum ExplainFormat {
    Human,
    /// The document that `codes` prints.
    Json,
}

impl ExplainFormat {
    pub fn name(self) -> &'static str {
        self.into()
    }
}

pub fn write_codes(
    out: &mut dyn Write,
    entries: &[&CatalogueEntry],
    format: CodesFormat,
    palette: Palette,
) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    match format {
        CodesFormat::Table => write_table(&mut out, entries, palette)?,
        CodesFormat::Json => escape::write_json(&mut out, &CodesDocument::new(entries))?,
        CodesFormat::Jsonl => {
            entries.iter().try_for_each(|entry| escape::write_json_line(&mut out, &CodeRecord::new(entry)))?;
        }
        CodesFormat::Csv => write_csv(&mut out, entries)?,
    }
    out.flush()
}

/// What can be explained.
#[derive(Clone, Copy, Debug)]
pub enum ExplainTopic {
    Event(&'static CatalogueEntry),
    Finding(Code),
    Incident(Kind),
}

impl PartialEq for ExplainTopic {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Event(one), Self::Event(other)) => one.code == other.code,
            (Self::Finding(one), Self::Finding(other)) => one == other,
            (Self::Incident(one), Self::Incident(other)) => one == other,
            _ => false,
        }
    }
}

pub fn write_explanation(
    out: &mut dyn Write,
    topics: &[ExplainTopic],
    format: ExplainFormat,
    palette: Palette,
) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    match format {
        ExplainFormat::Human => write_pages(&mut out, topics, palette)?,
        ExplainFormat::Json => escape::write_json(&mut out, &CodesDocument::explaining(topics))?,
    }
    out.flush()
}

fn write_table(out: &mut impl Write, entries: &[&CatalogueEntry], palette: Palette) -> io::Result<()> {
    let columns = [
        ("CODE", Align::Right),
        ("SEVERITY", Align::Right),
        ("GROUP", Align::Left),
        ("NAME", Align::Left),
        ("TITLE", Align::Left),
    ];
    let mut table = Table::new(columns);
    for entry in entries {
        let severity = entry.severity.map_or_else(|| "-".to_owned(), |severity| severity.to_string());
        let code = entry.code.to_string();
        // What Acra calls most important stands out; the others step back.
        let tone = if entry.important { TextStyle::Neutral } else { TextStyle::Quiet };
        let cells = [code.as_str(), &severity, entry.group, entry.slug, entry.title];
        table.push(cells.map(|cell| (tone, cell)));
    }
    table.write(out, palette)
}

/// Where the text begins, behind the widest label.
const PAGE_TEXT_COLUMN: usize = 14;

/// Writes the pages, an empty line between two.
fn write_pages(out: &mut impl Write, topics: &[ExplainTopic], palette: Palette) -> io::Result<()> {
    for (index, topic) in topics.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        let (name, title, rows) = match *topic {
            ExplainTopic::Event(entry) => (entry.code.to_string(), entry.title.to_owned(), event_rows(entry)),
            ExplainTopic::Finding(code) => {
                (code.name().to_owned(), "a finding of verify".to_owned(), finding_rows(code))
            }
            ExplainTopic::Incident(kind) => {
                (kind.name().to_owned(), format!("an incident of report: {}", kind.title()), incident_rows(kind))
            }
        };
        writeln!(out, "{}  {title}", palette.paint(TextStyle::Good, name))?;
        for (label, text) in rows {
            let mut label = label;
            for line in broken(&text, LINE_COLUMNS - PAGE_TEXT_COLUMN - 2) {
                writeln!(
                    out,
                    "  {}{line}",
                    palette.paint(TextStyle::Quiet, format_args!("{label:PAGE_TEXT_COLUMN$}"))
                )?;
                label = "";
            }
        }
    }
    Ok(())
}

/// What stands on a page: a label, and a text beside it.
type PageRow = (&'static str, String);

fn event_rows(entry: &CatalogueEntry) -> Vec<PageRow> {
    vec![
        ("meaning", entry.meaning.to_owned()),
        ("likely cause", entry.cause.to_owned()),
        ("do first", entry.response.to_owned()),
        ("name", entry.slug.to_owned()),
        ("identifier", entry.identifier.to_owned()),
        ("group", group_text(entry)),
        ("severity", severity_text(entry)),
        ("CEF", cef_text(entry)),
        ("ECS", ecs_text(entry)),
        ("OCSF", ocsf_text(entry)),
    ]
}

fn finding_rows(code: Code) -> Vec<PageRow> {
    let mut rows = vec![("meaning", meaning(code))];
    if let Some(advice) = code.advice() {
        rows.push(("likely cause", advice.cause.to_owned()));
        rows.push(("do first", advice.response.to_owned()));
    }
    let weights = Policy::ALL.map(|policy| format!("{} by --policy {}", code.class(policy).name(), policy.name()));
    rows.push(("weight", weights.join(", ")));
    let allow = if code.waivable() { format!("--allow {} makes it a note", code.name()) } else { "no".to_owned() };
    rows.push(("can be allowed", allow));
    rows
}

fn incident_rows(kind: Kind) -> Vec<PageRow> {
    let mut rows = Vec::new();
    if let Some(background) = kind.background() {
        rows.push(("meaning", background.meaning.to_owned()));
        rows.push(("likely cause", background.cause.to_owned()));
    }
    rows.push(("do first", response(kind)));
    let codes: Vec<_> = kind.codes().iter().map(u16::to_string).collect();
    if !codes.is_empty() {
        rows.push(("event codes", codes.join(", ")));
    }
    let demands = rules_in_words(&Rules::default()).into_iter().find(|(rule, _)| *rule == kind.rule());
    if let Some((rule, demands)) = demands {
        rows.push(("rule", format!("{rule}: {demands}; `acralog report --print-rules` shows how to change it")));
    }
    let score = kind.severity_score(kind.codes());
    rows.push(match kind {
        Kind::Sigma => ("severity", "that of the rule's level".to_owned()),
        _ => ("severity", format!("up to {score} of 10 ({})", Severity::of_score(score).name())),
    });
    rows
}

fn group_text(entry: &CatalogueEntry) -> String {
    let important = if entry.important { "; Acra's documentation counts it among the most important" } else { "" };
    format!("{}{important}", entry.group)
}

fn severity_text(entry: &CatalogueEntry) -> String {
    match entry.severity {
        Some(severity) => format!("{severity} of 10"),
        None => "that of the entry's level".to_owned(),
    }
}

fn cef_text(entry: &CatalogueEntry) -> String {
    let act = entry.act.map(|act| format!(", act={act}")).unwrap_or_default();
    format!("event class {}, name \"{}\"{act}", entry.code, entry.title)
}

fn ecs_text(entry: &CatalogueEntry) -> String {
    let ecs = entry.ecs;
    let categories = ecs.categories.replace(',', ", ");
    format!(
        "event.kind {}, event.category {categories}, event.type {}, event.outcome {}, event.action {}",
        ecs.kind, ecs.kind_type, ecs.outcome, entry.slug
    )
}

fn ocsf_text(entry: &CatalogueEntry) -> String {
    let class = match entry.ocsf.class {
        0 => " (Base Event)",
        3002 => " (Authentication)",
        4001 => " (Network Activity)",
        6002 => " (Application Lifecycle)",
        6003 => " (API Activity)",
        6005 => " (Datastore Activity)",
        6008 => " (Application Error)",
        _ => "",
    };
    format!("class_uid {}{class}, activity_id {}, type_uid {}", entry.ocsf.class, entry.ocsf.activity, type_uid(entry))
}

const CSV_COLUMNS: [&str; 17] = [
    "code",
    "identifier",
    "group",
    "important",
    "severity",
    "slug",
    "title",
    "act",
    "ecs_kind",
    "ecs_category",
    "ecs_type",
    "ecs_outcome",
    "ocsf_class_uid",
    "ocsf_type_uid",
    "meaning",
    "cause",
    "response",
];

fn write_csv(out: &mut impl Write, entries: &[&CatalogueEntry]) -> io::Result<()> {
    escape::write_csv_row(out, &CSV_COLUMNS)?;
    for entry in entries {
        let numbers = [u32::from(entry.code), entry.ocsf.class, type_uid(entry)].map(|number| number.to_string());
        let severity = entry.severity.map(|severity| severity.to_string()).unwrap_or_default();
        let row = [
            numbers[0].as_str(),
            entry.identifier,
            entry.group,
            if entry.important { "yes" } else { "no" },
            &severity,
            entry.slug,
            entry.title,
            entry.act.unwrap_or_default(),
            entry.ecs.kind,
            entry.ecs.categories,
            entry.ecs.kind_type,
            entry.ecs.outcome,
            &numbers[1],
            &numbers[2],
            entry.meaning,
            entry.cause,
            entry.response,
        ];
        escape::write_csv_row(out, &row)?;
    }
    Ok(())
}

/// Some codes, with what they come from.
#[derive(Serialize)]
struct CodesDocument<'a> {
    schema: &'static str,
    version: u32,
    tool: Tool,
    acra_version: &'static str,
    codes: Vec<CodeRecord<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<FindingRecord>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    incidents: Vec<IncidentRecord>,
}

impl<'a> CodesDocument<'a> {
    fn new(entries: &[&'a CatalogueEntry]) -> Self {
        let codes = entries.iter().map(|entry| CodeRecord::new(entry)).collect();
        let (findings, incidents) = (Vec::new(), Vec::new());
        let (version, tool, acra_version) = (VERSION, Tool::THIS, ACRA_VERSION);
        Self { schema: "acralog-codes", version, tool, acra_version, codes, findings, incidents }
    }

    /// The document that explains these, each kind in the order asked for.
    fn explaining(topics: &[ExplainTopic]) -> CodesDocument<'static> {
        let mut document = CodesDocument::new(&[]);
        for topic in topics {
            match *topic {
                ExplainTopic::Event(entry) => document.codes.push(CodeRecord::new(entry)),
                ExplainTopic::Finding(code) => document.findings.push(FindingRecord::new(code)),
                ExplainTopic::Incident(kind) => document.incidents.push(IncidentRecord::new(kind)),
            }
        }
        document
    }
}

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

#[derive(Serialize)]
struct CodeRecord<'a> {
    code: u16,
    identifier: &'a str,
    group: &'a str,
    important: bool,
    severity: Option<u8>,
    slug: &'a str,
    title: &'a str,
    act: Option<&'a str>,
    ecs: EcsRecord<'a>,
    ocsf: OcsfRecord,
    meaning: &'a str,
    cause: &'a str,
    response: &'a str,
}

#[derive(Serialize)]
struct EcsRecord<'a> {
    kind: &'a str,
    category: Vec<&'a str>,
    r#type: &'a str,
    outcome: &'a str,
}

#[derive(Serialize)]
struct OcsfRecord {
    class_uid: u32,
    activity_id: u32,
    type_uid: u32,
}

impl<'a> CodeRecord<'a> {
    fn new(entry: &'a CatalogueEntry) -> Self {
        let &CatalogueEntry { code, identifier, group, important, severity, slug, title, act, .. } = entry;
        let &CatalogueEntry { ecs, ocsf, meaning, cause, response, .. } = entry;
        let ecs = EcsRecord {
            kind: ecs.kind,
            category: ecs.categories.split(',').collect(),
            r#type: ecs.kind_type,
            outcome: ecs.outcome,
        };
        let ocsf = OcsfRecord { class_uid: ocsf.class, activity_id: ocsf.activity, type_uid: type_uid(entry) };
        Self { code, identifier, group, important, severity, slug, title, act, ecs, ocsf, meaning, cause, response }
    }
}

/// Class and activity in one number (siem, section 4).
fn type_uid(entry: &CatalogueEntry) -> u32 {
    entry.ocsf.class * 100 + entry.ocsf.activity
}

/// What to do first about an incident: what its worst event code says, or its kind.
fn response(kind: Kind) -> String {
    let entries = kind.codes().into_iter().filter_map(catalogue::find);
    let worst = entries.max_by_key(|entry| entry.severity);
    worst.map_or(kind.advice(), |entry| entry.response).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::catalogue;

    fn page(topic: ExplainTopic) -> String {
        let mut out = Vec::new();
        write_pages(&mut out, &[topic], Palette::Plain).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_finding_and_every_incident_has_a_page_with_meaning_cause_and_response() {
        let findings = Code::ALL.iter().map(|code| ExplainTopic::Finding(*code));
        for topic in findings.chain(Kind::ALL.map(ExplainTopic::Incident)) {
            let page = page(topic);
            for label in ["\n  meaning ", "\n  likely cause ", "\n  do first "] {
                assert!(page.contains(label), "{label}: {page}");
            }
            assert!(page.lines().all(|line| line.len() <= LINE_COLUMNS), "{page}");
        }
    }

    #[test]
    fn every_code_has_a_page_that_fits_a_terminal_and_says_everything() {
        for entry in catalogue::all() {
            let page = page(ExplainTopic::Event(entry));
            let words = page.split_whitespace().collect::<Vec<_>>().join(" ");
            for text in [entry.title, entry.meaning, entry.cause, entry.response, entry.slug, entry.identifier] {
                assert!(words.contains(text), "{}: {text}", entry.code);
            }
            assert!(page.lines().all(|line| line.len() <= LINE_COLUMNS), "{page}");
            assert!(words.contains(&format!("class_uid {} (", entry.ocsf.class)), "{page}");
        }
    }
}
