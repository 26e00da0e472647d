//! The published contract of the json format: reports validate against the schema and are read back without a loss by types
//! that tolerate no unknown field.

use serde_json::{Value, json};

use super::hostile::HOSTILE;
use super::shape;
use crate::entry::Format;
use crate::event::Level;
use crate::incident::report::{GapKind, IncidentReport, RunEnd};
use crate::incident::{Kind, Redaction, Severity};
use crate::line::Wrapper;
use crate::output::incident_report::{Extent, IncidentFormat, write_incident_report};
use crate::output::schema;
use crate::source::Compression;
use crate::testing::incident as sample;
use crate::testing::output::{assert_closed, assert_described, assert_names, assert_valid};
use crate::verdict::code::{Class, Code, Policy};

fn document(report: &IncidentReport) -> Value {
    let mut out = Vec::new();
    write_incident_report(&mut out, report, IncidentFormat::Json, Extent::Folded).unwrap();
    serde_json::from_slice(&out).unwrap()
}

#[test]
fn documents_keep_to_their_schema_and_are_read_back_without_a_loss() {
    let hostile = HOSTILE.iter().map(|text| sample::hostile(text));
    for report in [sample::report(), sample::quiet()].into_iter().chain(hostile) {
        let document = document(&report);
        assert_valid(&schema::report(), &document);
        let read: shape::IncidentDocument = serde_json::from_value(document.clone()).unwrap();
        assert_eq!(read.schema, "acralog-report");
        assert_eq!((read.version, read.rules), (1, report.rules));
        assert_eq!(read.incidents.len(), report.incidents.len());
        assert_eq!(serde_json::to_value(&read).unwrap(), document);
    }
}

#[test]
fn the_document_is_the_report_with_its_own_name_in_front() {
    let mut wanted = serde_json::to_value(sample::report()).unwrap();
    wanted["schema"] = "acralog-report".into();
    wanted["version"] = 1.into();
    wanted["tool"] = json!({"name": "acralog", "version": env!("CARGO_PKG_VERSION")});
    assert_eq!(document(&sample::report()), wanted);
}

#[test]
fn the_schema_leaves_no_object_open_and_describes_every_field() {
    let schema = schema::report().to_value();
    assert_closed(&schema);
    assert_described(&schema, "");
}

#[test]
fn the_schema_knows_every_word() {
    let schema = schema::report().to_value();
    let words = &schema["$defs"];
    assert_names(&words["Kind"], &Kind::ALL.map(Kind::name));
    assert_names(&words["Severity"], &Severity::ALL.map(Severity::name));
    assert_names(&words["Level"], &Level::ALL.map(Level::name));
    assert_names(&words["Code"], &Code::ALL.iter().map(|code| code.name()).collect::<Vec<_>>());
    let classes = [Class::Note, Class::Warning, Class::Incomplete, Class::Undecided, Class::Tampered];
    assert_names(&words["Class"], &classes.map(Class::name));
    assert_names(&words["Policy"], &[Policy::Default, Policy::Strict, Policy::Acra].map(Policy::name));
    assert_names(&words["RunEnd"], &RunEnd::ALL.map(RunEnd::name));
    assert_names(&words["GapKind"], &GapKind::ALL.map(GapKind::name));
    assert_names(&words["Redaction"], &Redaction::ALL.map(Redaction::name));
    assert_names(&words["Wrapper"], &Wrapper::ALL.map(Wrapper::name));
    assert_names(&words["Compression"], &[Compression::Gzip, Compression::Zstd].map(Compression::name));
    assert_names(&words["Format"], &[Format::Plaintext, Format::Json, Format::Cef].map(Format::name));
}

#[test]
fn a_document_with_an_unknown_field_or_word_is_refused_by_the_schema() {
    let schema = schema::report().to_value();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let genuine = document(&sample::report());
    let changes: [fn(&mut Value); 6] = [
        |document| document["extra"] = 1.into(),
        |document| document["incidents"][0]["kind"] = "no-such-kind".into(),
        |document| document["incidents"][0]["first"] = "yesterday".into(),
        |document| document["incidents"][0]["rule"]["numbers"]["at_least"] = "many".into(),
        |document| document["totals"]["by_hour"]["bins"][0]["levels"] = json!([1]),
        |document| document["rules"]["silence"]["at-least"] = 3600.into(),
    ];
    for change in changes {
        let mut document = genuine.clone();
        change(&mut document);
        assert!(!validator.is_valid(&document), "{document:#}");
    }
}
