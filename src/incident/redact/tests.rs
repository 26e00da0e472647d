//! Nothing is left of what is redacted, and a pseudonym means the same everywhere.

use serde_json::Value;

use super::*;
use crate::incident::occurrence::{TEXT_CHARS_MAX, beginning};
use crate::testing::incident as sample;

fn redacted(mut report: IncidentReport, what: &[Redaction], clients: &[&str]) -> IncidentReport {
    let clients: Vec<String> = clients.iter().map(|&id| id.to_owned()).collect();
    redact(&mut report, &what.iter().copied().collect(), Some(&clients)).unwrap();
    report
}

fn json(report: &IncidentReport) -> String {
    serde_json::to_string(report).unwrap()
}

/// The example of the first incident.
fn example(report: &IncidentReport) -> (&str, &str) {
    let example = &report.incidents[0].examples[0];
    (&example.message, example.error.as_deref().unwrap())
}

#[test]
fn nothing_is_left_of_a_client_wherever_it_is_named() {
    for text in ["zyxw", "zyxw_storage/2025 zyxw", "/var/log/zyxw.log", "'zyxw'"] {
        let report = sample::hostile(text);
        assert!(json(&report).contains("zyxw"));
        let report = redacted(report, &[Redaction::ClientId], &["zyxw"]);
        assert!(!json(&report).contains("zyxw"), "{text}: {}", json(&report));
    }
}

#[test]
fn nothing_is_left_of_errors_and_sql() {
    let mut report = sample::report();
    report.incidents[0].examples[0].error = Some("pq: secret reason".to_owned());
    report.incidents[0].examples[0].message += ", since: pq: secret reason";
    let mut second = report.incidents[0].examples[0].clone();
    second.message = "failed by pq: secret reason".to_owned();
    report.incidents[1].examples = vec![second];
    let everything = redacted(report.clone(), &Redaction::ALL, &[]);
    for secret in ["secret", "SELECT", "cards", "pg_sleep", "webapp"] {
        assert!(json(&report).contains(secret), "{secret}");
        assert!(!json(&everything).contains(secret), "{secret}: {}", json(&everything));
    }
    assert_eq!(example(&everything), ("Denied query: sql-1", "error-1"));
    assert_eq!(everything.incidents[1].examples[0].message, "failed by sql-2");

    let errors = redacted(report.clone(), &[Redaction::Error], &[]);
    assert!(example(&errors).0.contains("SELECT * FROM cards") && !json(&errors).contains("secret"));
    let sql = redacted(report, &[Redaction::Sql], &[]);
    assert_eq!(example(&sql), ("Denied query: sql-1", "pq: secret reason"));
}

#[test]
fn nothing_is_left_of_sql_in_errors_and_where_codes_are_not_stated() {
    let mut report = sample::report();
    report.incidents[0].codes.clear();
    let example = &mut report.incidents[0].examples[0];
    example.message = "Denied query: TABLE secrets".to_owned();
    example.error = Some("syntax error at position 9 near 'secrets'".to_owned());
    let other = Example {
        message: "Can't store row\nfor x\nINSERT INTO secrets".to_owned(),
        error: Some("pq: duplicate key, Key (mail)=(secrets) already exists".to_owned()),
        ..example.clone()
    };
    report.incidents[1].examples = vec![other];
    let report = redacted(report, &[Redaction::Sql], &[]);
    assert!(!json(&report).contains("secrets"), "{}", json(&report));
    assert_eq!(self::example(&report), ("Denied query: sql-1", "syntax error at position 9 near sql-2"));
    assert_eq!(report.incidents[1].examples[0].message, "Can't store row\nfor x\nsql-3");
}

#[test]
fn nothing_is_left_of_a_name_that_looks_like_sql() {
    let mut report = sample::report();
    report.incidents[0].codes = vec![581];
    report.incidents[0].examples[0].message = "client zyxw select it: failed".to_owned();
    let report = redacted(report, &Redaction::ALL, &["zyxw select it"]);
    assert_eq!(example(&report).0, "client sql-1");
}

#[test]
fn nothing_is_left_of_what_a_message_is_cut_off_in() {
    // As they stand in the report, with so many letters of the name or of the error before the cut.
    let message =
        |about: &str, shown: usize| beginning(format!("{}{about}", ".".repeat(TEXT_CHARS_MAX - shown)).as_bytes());
    let long_error = format!("pq: {}", "secret ".repeat(90));
    for shown in 1..TEXT_CHARS_MAX {
        for (about, secret) in [("zyxw-Customer of ours", "zyxw"), (long_error.as_str(), "pq: secre")] {
            let mut report = sample::report();
            let example = &mut report.incidents[0].examples[0];
            example.message = message(about, shown);
            example.error = Some(beginning(long_error.as_bytes()));
            let report = redacted(report, &[Redaction::ClientId, Redaction::Error], &["ZYXW-customer"]);
            let (told, error) = self::example(&report);
            let left = told.trim_end_matches(" ...").trim_start_matches('.');
            let beginning_left = (1..secret.len()).any(|length| left.ends_with(&secret[..length]));
            assert!(!beginning_left && !told.contains(secret) && error == "error-1", "{shown}: {told}");
        }
    }
}

#[test]
fn a_log_with_more_clients_than_can_be_known_is_not_redacted_by_halves() {
    let all: BTreeSet<Redaction> = [Redaction::ClientId].into();
    assert_eq!(redact(&mut sample::report(), &all, None), Err(CannotRedact));
    assert_eq!(redact(&mut sample::report(), &[Redaction::Sql].into(), None), Ok(()));
}

#[test]
fn a_star_alone_is_no_name() {
    let mut report = sample::report();
    report.scope.client_ids = vec!["*".to_owned()];
    let report = redacted(report, &[Redaction::ClientId], &["webapp"]);
    assert_eq!(report.scope.client_ids, ["*"]);
}

#[test]
fn a_pseudonym_means_the_same_everywhere_and_clients_are_numbered_as_they_come() {
    let mut report = sample::report();
    report.scope.client_ids = vec!["etl*".to_owned(), "unheard-of".to_owned()];
    report.command = "acralog report --client 'etl*,unheard-of' webapp.log".to_owned();
    report.title = "webapp, and webapps".to_owned();
    let report = redacted(report, &[Redaction::ClientId], &["mobile", "webapp", "etl"]);
    assert_eq!(report.scope.client_ids, ["client-3*", "client-4"]);
    assert_eq!(report.command, "acralog report --client 'client-3*,client-4' client-2.log");
    assert_eq!(report.title, "client-2, and webapps");
    assert_eq!(report.totals.by_client[1].client_id.as_deref(), Some("client-2"));
    assert_eq!(report.incidents[0].client_ids, ["client-2"]);
    let sessions = [&report.incidents[0].sessions[0], &report.sessions.as_ref().unwrap()[0]];
    assert!(sessions.iter().all(|session| session.client_id.as_deref() == Some("client-2")));
    assert_eq!(report.redacted, ["client_id"]);
}

#[test]
fn the_same_text_has_the_same_number_in_every_example() {
    let mut report = sample::report();
    let one = report.incidents[0].examples[0].clone();
    let other =
        Example { message: "Denied query: 'TABLE x'".to_owned(), error: Some("other".to_owned()), ..one.clone() };
    report.incidents[0].examples = vec![one.clone(), other.clone(), one.clone()];
    report.incidents[1].codes = vec![563];
    report.incidents[1].examples = vec![other, one];
    let report = redacted(report, &[Redaction::Sql, Redaction::Error], &[]);
    let told = |incident: usize| -> Vec<_> {
        let examples = report.incidents[incident].examples.iter();
        examples.map(|example| format!("{} {}", example.message, example.error.as_deref().unwrap())).collect()
    };
    let (first, second) = ("Denied query: sql-1 error-1", "Denied query: sql-2 error-2");
    assert_eq!(
        (told(0), told(1)),
        (vec![first.to_owned(), second.to_owned(), first.to_owned()], vec![second.to_owned(), first.to_owned()])
    );
    assert_eq!(report.redacted, ["error", "sql"]);
}

#[test]
fn pseudonyms_are_not_taken_for_names() {
    let mut report = sample::report();
    report.title = "client-1 webapp error sql".to_owned();
    let report = redacted(report, &Redaction::ALL, &["webapp", "error", "sql", "client-1"]);
    assert_eq!(report.title, "client-4 client-1 client-2 client-3");
    assert_eq!(example(&report), ("Denied query: sql-1", "error-1"));
    assert_eq!(report.incidents[0].client_ids, ["client-1"]);
}

#[test]
fn what_is_not_asked_for_stays_and_so_do_texts_of_ours() {
    let report = sample::report();
    let expected = IncidentReport { redacted: vec![], ..report.clone() };
    assert_eq!(redacted(report.clone(), &[], &["webapp"]), expected);
    let incident = &redacted(report.clone(), &Redaction::ALL, &["burst", "client", "read"]).incidents[0];
    let before = &report.incidents[0];
    assert_eq!((incident.title, &incident.rule, &incident.advice), (before.title, &before.rule, &before.advice));
}

#[test]
fn the_shape_of_the_report_stays() {
    fn shape(value: &mut Value) {
        match value {
            Value::String(text) => text.clear(),
            Value::Array(items) => items.iter_mut().for_each(shape),
            Value::Object(fields) => fields.values_mut().for_each(shape),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let shape_of = |report: IncidentReport| {
        let mut value = serde_json::to_value(IncidentReport { redacted: vec![], ..report }).unwrap();
        shape(&mut value);
        value
    };
    let report = sample::report();
    assert_eq!(shape_of(redacted(report.clone(), &Redaction::ALL, &[])), shape_of(report));
}
