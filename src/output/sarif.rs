//! The sarif format (SARIF 2.1.0, OASIS): one run with a rule per finding code, for code scanning. Results are bounded
//! by what such services accept.

use std::io::Write;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::escape;
use super::json::AccountWithTotal;
use super::sink::AtEnd;
use super::wording::{AnnotationLevel, answer, full_message, meaning};
use crate::line::Place;
use crate::outcome::Outcome;
use crate::verdict::code::{Code, Policy};
use crate::verdict::report::{Finding, GatheringLimits, Sink, Sorted, Summary};

/// GitHub refuses a run with more results.
const RESULTS_MAX: usize = 25_000;

/// Writes the log when the run ends.
pub(super) fn sink<W: Write>(out: W) -> impl Sink {
    let limits = GatheringLimits { findings: RESULTS_MAX, chains: 0 };
    AtEnd::new(out, limits, |out: &mut W, summary: &Summary, sorted: &Sorted| {
        escape::write_json(out, &SarifLog::new(summary, sorted))
    })
}

#[derive(Serialize)]
struct SarifLog {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [SarifRun; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifRun {
    tool: Value,
    invocations: [Value; 1],
    column_kind: &'static str,
    results: Vec<Value>,
    properties: Value,
}

impl SarifLog {
    fn new(summary: &Summary, sorted: &Sorted) -> Self {
        let result = |finding: &Finding| result(finding, &place_of(finding, summary, sorted));
        let run = SarifRun {
            tool: tool(),
            invocations: [invocation(summary, sorted.findings_omitted)],
            column_kind: "unicodeCodePoints",
            results: sorted.findings.iter().map(result).collect(),
            properties: json!({
                "outcome": summary.outcome,
                "policy": summary.policy,
                "notShown": summary.not_shown,
                "account": AccountWithTotal::new(&summary.account),
            }),
        };
        Self { schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] }
    }
}

fn tool() -> Value {
    let rules: Vec<Value> = Code::ALL.iter().map(|code| rule(*code)).collect();
    json!({ "driver": {
        "name": env!("CARGO_PKG_NAME"),
        "version": env!("CARGO_PKG_VERSION"),
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": rules,
    }})
}

fn rule(code: Code) -> Value {
    json!({
        "id": code.name(),
        "name": format!("{code:?}"),
        "shortDescription": { "text": meaning(code) },
        "fullDescription": { "text": meaning(code) },
        "help": { "text": help(code) },
        "defaultConfiguration": { "level": level(AnnotationLevel::of(code.class(Policy::Default))) },
    })
}

fn help(code: Code) -> String {
    let [default, strict, acra] = [Policy::Default, Policy::Strict, Policy::Acra].map(|p| code.class(p).name());
    let waive =
        if code.waivable() { format!(" It can be accepted with --allow {}.", code.name()) } else { String::new() };
    format!("{} Policy default: {default}; strict: {strict}; acra: {acra}.{waive}", meaning(code))
}

fn invocation(summary: &Summary, omitted: u64) -> Value {
    let mut invocation = json!({
        "executionSuccessful": summary.outcome != Outcome::Undecided,
        "exitCode": summary.exit_code,
        "exitCodeDescription": answer(summary),
    });
    if omitted > 0 {
        let text = format!("{omitted} more findings were left out; --output-format jsonl has them all");
        invocation["toolExecutionNotifications"] = json!([{ "level": "warning", "message": { "text": text } }]);
    }
    invocation
}

/// Where a result stands that concerns a whole stream, which it names, or the whole run: a service that shows results
/// refuses all of them when one stands nowhere.
fn place_of(finding: &Finding, summary: &Summary, sorted: &Sorted) -> Place {
    if let Some(place) = &finding.place {
        return place.clone();
    }
    let is_named = |name: &Arc<str>| finding.message.strip_prefix(&**name).is_some_and(|rest| rest.starts_with(": "));
    let streams = || summary.streams.iter().map(|stream| &stream.name);
    let of_findings = || sorted.findings.iter().find_map(|finding| finding.place.as_ref()).map(|place| &place.file);
    let file = streams().find(|name| is_named(name)).or_else(|| sorted.files.first().map(|file| &file.path));
    let file = file.or_else(of_findings).or_else(|| streams().next());
    Place { file: file.map_or_else(|| Arc::from("."), Arc::clone), line: 0 }
}

fn result(finding: &Finding, place: &Place) -> Value {
    json!({
        "ruleId": finding.code.name(),
        // ALL is in declaration order, so the discriminant is the index.
        "ruleIndex": finding.code as usize,
        "level": level(AnnotationLevel::of(finding.class)),
        "message": { "text": literal(&full_message(finding)) },
        "partialFingerprints": { "place/v1": fingerprint(finding) },
        "locations": [location(place, finding.through.as_ref())],
        "properties": { "class": finding.class, "lines": finding.lines },
    })
}

fn level(level: AnnotationLevel) -> &'static str {
    match level {
        AnnotationLevel::Error => "error",
        AnnotationLevel::Warning => "warning",
        AnnotationLevel::Note => "note",
    }
}

fn location(place: &Place, through: Option<&Place>) -> Value {
    let mut physical = json!({ "artifactLocation": { "uri": uri(&place.file) } });
    if place.line > 0 {
        physical["region"] = json!({ "startLine": place.line });
        if let Some(last) = through.filter(|last| last.file == place.file && last.line > place.line) {
            physical["region"]["endLine"] = json!(last.line);
        }
    }
    json!({ "physicalLocation": physical })
}

/// Brackets make a link in a SARIF message, braces a placeholder (SARIF 2.1.0, sections 3.11.5 and 3.11.6).
fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '[' | ']' => out.extend(['\\', c]),
            '{' | '}' => out.extend([c, c]),
            _ => out.push(c),
        }
    }
    out
}

/// A path as a URI reference: everything but letters, digits and `-._~/` percent-encoded.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len() + 8);
    if path.starts_with('/') {
        // A path that begins with two slashes would otherwise name a host.
        out.push_str("file://");
    }
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// The same for the same finding in a log that has grown since.
fn fingerprint(finding: &Finding) -> String {
    let mut hash = Sha256::new();
    let (file, line) = finding.place.as_ref().map_or(("", 0), |place| (&*place.file, place.line));
    for part in [finding.code.name(), file, &line.to_string(), finding.found.as_deref().unwrap_or("")] {
        hash.update(part.as_bytes());
        // No name contains a zero byte, so parts cannot run into one another.
        hash.update([0]);
    }
    hex::encode(&hash.finalize()[..16])
}

#[cfg(test)]
mod tests {
    use super::{Code, literal, uri};

    #[test]
    fn rules_stand_at_the_index_their_results_name() {
        for (index, code) in Code::ALL.iter().enumerate() {
            assert_eq!(*code as usize, index);
        }
    }

    #[test]
    fn paths_become_uri_references() {
        let cases = [
            ("logs/acra-1.log", "logs/acra-1.log"),
            ("/var/log/a b.log", "file:///var/log/a%20b.log"),
            ("//host/x", "file:////host/x"),
            ("a:b%\n\u{e4}", "a%3Ab%25%0A%C3%A4"),
            ("-", "-"),
        ];
        for (path, wanted) in cases {
            assert_eq!(uri(path), wanted);
        }
    }

    #[test]
    fn messages_hold_neither_links_nor_placeholders() {
        assert_eq!(literal("[x](http://y) {0} \\"), "\\[x\\](http://y) {{0}} \\\\");
    }
}
