//! Nothing is left of what is redacted, and a pseudonym means the same everywhere.

use proptest::prelude::*;
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
    assert_eq!((&incident.title, &incident.rule, &incident.advice), (&before.title, &before.rule, &before.advice));
}

#[test]
fn what_a_rule_of_sigma_says_is_no_text_of_ours() {
    let mut report = sample::report();
    let incident = &mut report.incidents[0];
    incident.title = "A dump by webapp".to_owned().into();
    incident.rule.name = incident.title.clone();
    incident.rule.text = "any match (Sigma, rules/webapp.yml:1)".to_owned();
    let report = redacted(report, &[Redaction::ClientId], &["webapp"]);
    let incident = &report.incidents[0];
    assert_eq!([&*incident.title, &*incident.rule.name], ["A dump by client-1"; 2]);
    assert_eq!(incident.rule.text, "any match (Sigma, rules/client-1.yml:1)");
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

fn scrub(names: &[&str], text: &str) -> String {
    let mut clients = Pseudonyms::new("client");
    names.iter().for_each(|name| clients.learn(name));
    Scrubber::new([&clients]).unwrap().scrub(text).unwrap_or_else(|| text.to_owned())
}

#[test]
fn whole_words_are_replaced_and_the_longest_comes_first() {
    let cases: [(&[&str], &str, &str); 21] = [
        (&["etl"], "open .acrakeys/etl_storage: denied", "open .acrakeys/client-1_storage: denied"),
        (&["etl"], "etl, etl2 and 2etl; betls (etl)", "client-1, etl2 and 2etl; betls (client-1)"),
        (&["etl", "etl-7"], "etl-7 etl", "client-2 client-1"),
        (&["web", "web app"], "web app, web apple", "client-2, client-1 apple"),
        (&["a b", "b c"], "a b c", "client-1+client-2"),
        (&["a b c", "b"], "a b c", "client-1"),
        (&["b c", "x"], "a b c x", "a client-1 client-2"),
        (&["-x-"], "a-x-b", "aclient-1b"),
        (&["ж"], "жж a", "client-1client-1 a"),
        (&["o'neil"], r"--client 'o'\''neil' o'neil", "--client 'client-1' client-1"),
        (&["client-1"], "client-1 client-2", "client-1 client-2"),
        (&["x", "client-1"], "client-1 x", "client-2 client-1"),
        (&["", "x"], "x y", "client-2 y"),
        (&[""], "x y", "x y"),
        (&[], "x y", "x y"),
        (&["x"], "", ""),
        (&["Etl"], "etl ETL", "client-1 client-1"),
        (&["Etl", "etl"], "etl ETL Etl", "client-2 client-1 client-1"),
        (&[r#"a"b\c"#], r#"name "a\"b\\c""#, r#"name "client-1""#),
        (&["<b>", "a.b", "[x]*"], "<b> a.b acb [x]* x", "client-1 client-2 acb client-3 x"),
        (&["301"], "a.log:301 3012", "a.log:client-1 3012"),
    ];
    for (names, text, expected) in cases {
        assert_eq!(scrub(names, text), expected, "{names:?} in {text:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_name_is_left_as_a_whole_word(names in proptest::collection::vec("[ab_é]{1,3}", 1..4), text in "[ab_é ]{0,12}") {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let scrubbed = scrub(&names, &text);
        // Pseudonyms are cut out: what is left between them was left by the scrubber.
        for part in regex::Regex::new("client-[0-9]").unwrap().split(&scrubbed) {
            for name in &names {
                let whole = part.match_indices(name).find(|(at, _)| is_whole(part.as_bytes(), *at, at + name.len()));
                let at_edge = |at: usize| at == 0 || at + name.len() == part.len();
                prop_assert!(whole.is_none_or(|(at, _)| at_edge(at)), "{name:?} in {scrubbed:?}");
            }
        }
    }
}

#[test]
fn what_stands_before_the_sql_is_kept() {
    // Between the bars: from here on it may be SQL; in any message, and in one that quotes SQL.
    let cases = [
        ("Denied query: 'SELECT * FROM cards'", "Denied query: |", "Denied query: |"),
        ("Denied query: 'TABLE cards'", "Denied query: |", "Denied query: |"),
        ("Denied query: TABLE cards", "", "Denied query: |"),
        ("Query has been blocked by DENY [patterns]", "", ""),
        ("Error on AcraCensor check", "", ""),
        ("Can't parse 'x y'", "Can't parse |", "Can't parse |"),
        ("Can't parse query", "", ""),
        ("near \"x\": y", "near |", "near |"),
        ("syntax error:42", "", ""),
        ("select 1", "|", "|"),
        ("pq: SELECT 1", "pq: |", "pq: |"),
        ("x;dElEtE\tfrom t", "x;|", "x;|"),
        ("x INSERT/**/INTO t", "x |", "x |"),
        ("SELECT(1)", "|", "|"),
        ("CREATE  TABLE t", "|", "|"),
        ("SET PASSWORD = 'x'", "|", "|"),
        ("Can't create session", "", ""),
        ("Can't set deadline: 'x'", "Can't set deadline: |", "Can't set deadline: |"),
        ("Key (email)=(a@b) exists", "Key (email)=|", "Key (email)=|"),
        ("x\nSELECT 1", "x\n|", "x\n|"),
        ("with x as (values (1))", "|", "|"),
        ("with x", "", ""),
        ("COPY cards FROM stdin", "|", "|"),
        ("kind of statement: select", "", "kind of statement: |"),
        ("nothing to select ", "", ""),
        ("selected, preselect, select_all it", "", ""),
        ("s\u{e9}lect \u{17f}elect x", "", ""),
        ("", "", ""),
    ];
    for (message, anywhere, quoting) in cases {
        for (expected, quotes_sql) in [(anywhere, false), (quoting, true)] {
            let expected = if expected.is_empty() { format!("{message}|") } else { expected.to_owned() };
            let kept = &message[..sql_begins_at(message, quotes_sql)];
            assert_eq!(format!("{kept}|"), expected, "{message:?} {quotes_sql}");
        }
    }
}
