//! The published description of the json formats: derived from the types that are written, so that it never differs from
//! them. What a field means is the comment on it.

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

use super::{
    alarm_differences, alarms, attestation, incident_report, json, keys, ledger, line_explanation, rows, stats,
};

/// JSON Schema (draft 2020-12) of `--output-format json`.
pub fn verify() -> Schema {
    derived::<json::VerifyDocument<'_>>()
}

/// JSON Schema (draft 2020-12) of one line of `--output-format jsonl`.
pub fn verify_line() -> Schema {
    derived::<json::VerifyRecord<'_>>()
}

/// JSON Schema (draft 2020-12) of `verify --explain FILE:LINE --output-format json`.
pub fn verify_explain() -> Schema {
    derived::<line_explanation::ExplanationDocument<'_>>()
}

/// JSON Schema (draft 2020-12) of `report --output-format json`.
pub fn report() -> Schema {
    derived::<incident_report::ReportDocument<'_>>()
}

/// JSON Schema (draft 2020-12) of a row of `grep --output-format json` and `jsonl`.
pub fn grep_row() -> Schema {
    derived::<rows::UsualRow>()
}

/// JSON Schema (draft 2020-12) of `stats --output-format json`.
pub fn stats() -> Schema {
    derived::<stats::StatsDocument<'_>>()
}

/// JSON Schema (draft 2020-12) of `keys list --output-format json`.
pub fn keys() -> Schema {
    derived::<keys::KeysDocument<'_>>()
}

/// JSON Schema (draft 2020-12) of `ledger show --output-format json`.
pub fn ledger() -> Schema {
    derived::<ledger::LedgerDocument<'_>>()
}

/// JSON Schema (draft 2020-12) of one line of `watch --output-format jsonl`.
pub fn watch_alarm() -> Schema {
    derived::<alarms::AlarmLine>()
}

/// JSON Schema (draft 2020-12) of one line of `watch --replay --compare FILE --output-format jsonl`.
pub fn watch_comparison() -> Schema {
    derived::<alarm_differences::AlarmDifferenceLine<'_>>()
}

/// JSON Schema (draft 2020-12) of `attest check --output-format json`.
pub fn attest_check() -> Schema {
    derived::<attestation::AttestCheckDocument<'_>>()
}

fn derived<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings.with_transform(RecursiveTransform(as_published)).into_generator().into_root_schema_for::<T>()
}

/// What is said of a part of a document holds for every reader: nothing else is in an object, words are one list, and
/// nothing is told of the types of Rust.
fn as_published(schema: &mut Schema) {
    schema.remove("format");
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = text.replace('\n', " ");
    }
    let cases = schema.get("oneOf").and_then(Value::as_array);
    if let Some(words) = cases.and_then(|cases| cases.iter().map(|case| case.get("const").cloned()).collect()) {
        schema.remove("oneOf");
        schema.insert("type".to_owned(), "string".into());
        schema.insert("enum".to_owned(), Value::Array(words));
    }
    if schema.get("type").is_some_and(|kind| kind == "object") && schema.get("additionalProperties").is_none() {
        schema.insert("additionalProperties".to_owned(), false.into());
    }
}
