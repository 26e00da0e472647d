//! `acralog report` as people use it: the incidents of a genuine day, formats, scope, redaction, exit codes.

mod folding;
mod odd;
mod process;
mod tripwire;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use crate::support::{Run, fixture};

/// The formats of the log.
const FORMATS: [&str; 3] = ["plaintext", "json", "cef"];

/// The formats of the report.
const REPORT_FORMATS: [&str; 5] = ["text", "markdown", "html", "json", "csv"];

fn report() -> Run {
    Run::bare().arg("report")
}

fn day(format: &str) -> PathBuf {
    fixture::log(&format!("service_day.{format}.log"))
}

/// What of the document these tests look at; the whole of it is read back in the tests of the formats.
#[derive(Debug, Deserialize)]
struct Document {
    incidents: Vec<Incident>,
    verification: Option<Value>,
    inputs: Vec<Value>,
    totals: Value,
    runs: Vec<Value>,
    rules: Value,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "every field must be there, and no other")]
struct Incident {
    number: u64,
    kind: String,
    title: String,
    severity: String,
    severity_score: u8,
    codes: Vec<u16>,
    client_ids: Vec<String>,
    client_ids_omitted: u64,
    sessions: Vec<Session>,
    sessions_omitted: u64,
    first: Option<String>,
    last: Option<String>,
    entries: u64,
    count: u64,
    counted: String,
    rule: Value,
    seals: Option<BTreeMap<String, u64>>,
    references: Vec<Value>,
    references_omitted: u64,
    examples: Vec<Value>,
    advice: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "every field must be there, and no other")]
struct Session {
    run: u64,
    session_id: String,
    client_id: Option<String>,
    addresses: Vec<String>,
    first: Option<String>,
    last: Option<String>,
    entries: u64,
}

#[track_caller]
fn document(run: Run) -> Document {
    read(run.args(["--format", "json"]), 0)
}

#[track_caller]
fn read(run: Run, code: u8) -> Document {
    let done = run.exit(code);
    serde_json::from_slice(&done.stdout).unwrap_or_else(|error| panic!("{error}: {}", done.told()))
}

/// The ground truth of the day (fixtures/README.md): kind, severity, client, code, first and last second, entries, count.
type Planted = (&'static str, &'static str, &'static str, u16, &'static str, &'static str, u64, u64);

const PLANTED: [Planted; 6] = [
    ("sql-firewall-burst", "high", "webapp", 560, "03:12:00", "03:12:35", 111, 37),
    ("poison-record", "critical", "reporting", 587, "11:40:00", "11:40:00", 3, 3),
    ("decryption-errors", "medium", "legacy-batch", 581, "15:00:00", "15:04:57", 180, 180),
    ("database-unavailable", "high", "", 540, "18:20:01", "18:23:41", 64, 64),
    ("connection-failures", "medium", "", 584, "21:05:00", "21:05:49", 45, 45),
    ("key-errors", "high", "etl", 511, "22:30:00", "22:30:03", 4, 4),
];

#[test]
fn the_day_has_exactly_the_six_planted_incidents_in_every_format_of_the_log() {
    for format in FORMATS {
        let incidents = document(report().path(day(format))).incidents;
        let seen: Vec<&str> = incidents.iter().map(|incident| &incident.kind[..]).collect();
        assert_eq!(seen, PLANTED.map(|it| it.0), "{format}");
        for (incident, planted) in incidents.iter().zip(PLANTED) {
            let (kind, severity, client, code, first, last, entries, count) = planted;
            assert_eq!((&incident.severity[..], &incident.codes[..]), (severity, &[code][..]), "{format}: {kind}");
            assert_eq!((incident.entries, incident.count), (entries, count), "{format}: {kind}");
            let second = |time: &Option<String>| time.as_ref().map(|time| time[11..19].to_owned());
            let wanted = (Some(first.to_owned()), Some(last.to_owned()));
            assert_eq!((second(&incident.first), second(&incident.last)), wanted, "{format}: {kind}");
            let referred: u64 = incident.references.iter().filter_map(|it| it["entries"].as_u64()).sum();
            assert_eq!(referred + incident.references_omitted, entries, "{format}: {kind}");
            match client {
                "" => assert_ne!(incident.client_ids.len(), 1, "{format}: {kind}"),
                client => assert_eq!(incident.client_ids, [client], "{format}: {kind}"),
            }
        }
        let all = ["reporting", "mobile-api", "etl", "webapp", "admin-tool", "legacy-batch"];
        assert_eq!(incidents[3].client_ids, all, "the database is down for everybody");
        assert!(incidents[4].client_ids.is_empty(), "before TLS nobody is named");
    }
}

#[test]
fn sessions_are_tied_to_clients_and_addresses() {
    for format in FORMATS {
        let incidents = document(report().path(day(format))).incidents;
        let burst = &incidents[0].sessions;
        assert_eq!(burst.len(), 1, "{format}");
        let session = (&burst[0].session_id[..], burst[0].client_id.as_deref(), burst[0].entries);
        assert_eq!(session, ("301", Some("webapp"), 111), "{format}");
        assert_eq!(burst[0].addresses, ["10.20.2.213:44592"], "{format}");
        assert_eq!((incidents[3].sessions.len(), incidents[4].sessions.len()), (64, 45), "{format}");
        let without: Value = json(report().path(day(format)));
        let with: Value = json(report().arg("--sessions").path(day(format)));
        assert_eq!(without["sessions"], Value::Null);
        let listed = with["sessions"].as_array().expect("a list");
        assert!(listed.len() > 360 && listed.iter().any(|it| it["session_id"] == "301"), "{format}");
    }
}

fn json(run: Run) -> Value {
    let done = run.args(["--format", "json"]).exit(0);
    serde_json::from_slice(&done.stdout).unwrap_or_else(|error| panic!("{error}: {}", done.told()))
}

#[test]
fn with_a_key_the_report_says_what_is_proven_of_every_incident() {
    for format in FORMATS {
        let document = document(report().key("audit.key").path(day(format)));
        let verification = document.verification.expect("there is a key");
        assert_eq!(verification["outcome"], "intact", "{format}");
        assert_eq!(verification["account"]["verified"]["lines"], 1892, "{format}");
        for incident in &document.incidents {
            let seals = incident.seals.as_ref().expect("there is a key");
            assert_eq!(seals["verified"], incident.entries, "{format}: {}", incident.kind);
        }
    }
    assert!(document(report().path(day("json"))).verification.is_none(), "there was no key");
}

#[test]
fn an_altered_log_is_the_gravest_incident() {
    for format in FORMATS {
        let log = fixture::log(&format!("chain_altered_middle.{format}.log"));
        let document = document(report().key("audit.key").path(&log));
        let incident = document.incidents.iter().find(|it| it.kind == "integrity-failure").expect("it was altered");
        assert_eq!((&incident.severity[..], incident.count), ("critical", 1), "{format}");
        assert_eq!(incident.references[0]["line"], 33, "{format}");
        assert_eq!(incident.rule["numbers"]["entry-restored"], 1, "{format}");
    }
}

#[test]
fn inputs_are_named_with_the_hash_that_other_tools_give() {
    let document = document(report().path(day("json")));
    let bytes = fixture::bytes("service_day.json.log");
    let hash = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&bytes));
    let [input] = &document.inputs[..] else { panic!("one input") };
    assert_eq!((input["sha256"].as_str(), input["bytes"].as_u64()), (Some(&hash[..]), Some(bytes.len() as u64)));
    assert_eq!((input["lines"].as_u64(), input["entries"].as_u64()), (Some(1898), Some(1898)));
    assert_eq!(document.totals["entries"], 1898);
    assert_eq!(document.runs.len(), 1);
}

#[test]
fn the_document_is_what_the_schema_says() {
    let schema = Run::bare().args(["schema", "report"]).exit(0);
    let schema: Value = serde_json::from_slice(&schema.stdout).expect("a schema");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let altered = fixture::log("chain_altered_middle.json.log");
    let runs = [
        (report().arg("--sessions").path(day("json")), 0),
        (report().key("audit.key").path(day("cef")), 0),
        (report().key("audit.key").args(["--case-id", "7", "--generated-at", "now"]).path(altered), 0),
        (report().stdin(b""), 0),
        // No line is an entry: that is not a log in which nothing happened.
        (report().stdin(b"no entry\n"), 2),
    ];
    for (run, code) in runs {
        let document = serde_json::from_slice(&run.args(["--format", "json"]).exit(code).stdout).expect("a document");
        let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

#[test]
fn exit_codes_say_what_was_asked_for() {
    let altered = fixture::log("chain_altered_middle.json.log");
    let folder = tempfile::tempdir().expect("a folder");
    let quiet = folder.path().join("quiet.log");
    let lines = fixture::lines("service_day.json.log");
    std::fs::write(&quiet, lines[..100].join(&b'\n')).expect("a file");
    let day = day("json");
    let missing = PathBuf::from("no-such.log");
    let cases: [(&str, &[&str], bool, &PathBuf, u8); 13] = [
        ("done", &[], false, &day, 0),
        ("an incident is severe enough", &["--fail-on", "high"], false, &day, 1),
        ("the worst one is critical", &["--fail-on", "critical"], false, &day, 1),
        ("nothing happened", &["--fail-on", "low"], false, &quiet, 0),
        ("verified", &["--verify"], true, &day, 0),
        ("verified, and something happened", &["--verify", "--fail-on", "high"], true, &day, 1),
        ("altered, and nobody asked", &[], true, &altered, 0),
        ("altered", &["--verify"], true, &altered, 1),
        ("altered, which is critical", &["--fail-on", "critical"], true, &altered, 1),
        ("a verdict without a key", &["--verify"], false, &day, 2),
        ("missing", &[], false, &missing, 2),
        ("missing, with a key", &["--verify"], true, &missing, 2),
        ("no such rule", &["--set", "sql-fire.at-least=2"], false, &day, 64),
    ];
    for (what, flags, with_key, log, code) in cases {
        let run = if with_key { report().key("audit.key") } else { report() };
        let done = run.args(flags).path(log).done();
        assert_eq!(done.code, code, "{what}: {}", done.told());
    }
    let warned = report().key("audit.key").path(altered).exit(0);
    assert!(warned.stderr.contains("tampered"), "{}", warned.told());
}

#[test]
fn the_same_log_gives_the_same_bytes_on_any_number_of_threads() {
    for format in REPORT_FORMATS {
        let run = |threads: &str| {
            let run = report().key("audit.key").args(["--sessions", "--format", format, "--threads", threads]);
            // The command is part of the report.
            run.path(day("json")).exit(0).text().replace(&format!("--threads {threads}"), "--threads N")
        };
        assert!(run("1") == run("7") && run("1") == run("2"), "{format}");
    }
    let dated = report().args(["--generated-at", "2025-03-15T08:00:00Z"]).path(day("json"));
    assert_eq!(json(dated)["generated_at"], "2025-03-15T08:00:00Z");
}

#[test]
fn the_scope_confines_the_report_and_says_so() {
    let day = day("json");
    let client = json(report().args(["--client", "webapp"]).path(&day));
    let kinds = |document: &Value| {
        let incidents = document["incidents"].as_array().expect("a list");
        incidents.iter().filter_map(|it| it["kind"].as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&client), ["sql-firewall-burst", "database-unavailable"]);
    assert_eq!(client["scope"]["client_ids"], serde_json::json!(["webapp"]));
    let afternoon = ["--since", "2025-03-14 12:00", "--until", "2025-03-14 18:00"];
    assert_eq!(kinds(&json(report().args(afternoon).path(&day))), ["decryption-errors"]);
}

#[test]
fn rules_come_from_a_file_and_from_flags_and_are_stated() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("rules.toml");
    std::fs::write(&config, "[sql-firewall]\nat-least = 100\n[poison-record]\nat-least = 4\n").expect("a file");
    let run = report().arg("--config").arg(&config).args(["--set", "connection-failures.within=1s"]);
    let document = document(run.path(day("json")));
    let kinds: Vec<&str> = document.incidents.iter().map(|incident| &incident.kind[..]).collect();
    assert_eq!(kinds, ["sql-firewall-block", "decryption-errors", "database-unavailable", "key-errors"]);
    assert_eq!(document.incidents[0].count, 37);
    assert_eq!(document.rules["sql-firewall"], serde_json::json!({"at-least": 100, "within": "5m"}));
    assert_eq!(document.rules["connection-failures"]["within"], "1s");
}
