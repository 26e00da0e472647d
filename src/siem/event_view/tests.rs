//! How an event is looked at, whatever the format it goes to.

use super::*;
use crate::entry::Format;

fn facts<'r>(event: &'r Event<'r>, settings: &'r Settings) -> Facts<'r> {
    Facts::of(&LogRecord { event, file: "f", line: 1, raw: None, integrity: None }, settings)
}

fn read(line: &str) -> Event<'_> {
    Event::read(line.as_bytes()).unwrap()
}

#[test]
fn the_name_is_what_many_events_share() {
    let settings = Settings::default();
    let long = format!("{} end", "ä".repeat(400));
    let cases = [
        ("Got new connection to AcraServer: 10.20.1.7:51034", "Got new connection to AcraServer"),
        ("Starting service acra-server [pid=4242]", "Starting service acra-server"),
        ("Start listening to connections. Current PID: 4242", "Start listening to connections. Current PID"),
        ("Denied query: 'select 1'", "Denied query"),
        ("Keystore init OK", "Keystore init OK"),
        ("Validating service configuration...", "Validating service configuration..."),
        ("2 keys were read", "2 keys were read"),
        ("Stopped 5", "Stopped 5"),
        ("", ""),
        (" ", " "),
        (&long, &"ä".repeat(256)),
    ];
    for (message, name) in cases {
        let line = serde_json::json!({"level": "info", "msg": message}).to_string();
        assert_eq!(String::from_utf8_lossy(facts(&read(&line), &settings).name()), name, "{message}");
    }
    let coded = read(r#"{"code":560,"level":"error","msg":"Error on query check"}"#);
    assert_eq!(facts(&coded, &settings).name(), b"SQL query blocked by the request firewall");
    let unknown = read(r#"{"code":9999,"level":"error","msg":"All of it"}"#);
    assert_eq!(facts(&unknown, &settings).name(), b"All of it");
}

#[test]
fn the_number_of_the_process_is_read_from_the_first_line_of_a_run_only() {
    let cases = [
        ("Starting service acra-server [pid=4242]", Some("4242")),
        // Not the line a service starts with (events, trap 5).
        ("Starting service acra-server [pid=100] step 0", None),
        ("Starting service acra-server", None),
        ("Stopping service x [pid=1]", None),
        ("", None),
        ("Starting service acra-server [pid=]", None),
        ("Starting service acra-server [pid=1x]", None),
        ("Starting service acra-server [pid=12345678901]", None),
        ("Starting service acra-server [pid=12", None),
        ("client said: Starting service x [pid=1]", None),
    ];
    for (message, pid) in cases {
        let line = serde_json::json!({"level": "info", "msg": message}).to_string();
        assert_eq!(super::pid(&read(&line)), pid.map(str::as_bytes), "{message}");
    }
}

#[test]
fn only_the_first_field_has_a_part_and_a_code_that_is_none_is_a_field() {
    let line = r#"time="2023-11-14T22:13:20Z" level=info msg=m KeyID=a clientID=b code=many error=e error=f sql=s"#;
    let event = read(line);
    assert_eq!(event.format, Format::Plaintext);
    let settings = Settings::default();
    let facts = facts(&event, &settings);
    assert_eq!(facts.code_or_general(), 100);
    assert_eq!(facts.value(FieldRole::Client).unwrap().as_bytes(), b"a");
    let others = facts.rest(&[FieldRole::Code, FieldRole::Client, FieldRole::Error]);
    let keys: Vec<_> = others.map(|field| field.key.to_str()).collect();
    assert_eq!(keys, ["clientID", "code", "error", "sql"]);
}

#[test]
fn severity_is_that_of_the_catalogue_or_that_of_the_level() {
    let cases = [
        (r#"{"code":560,"level":"error","msg":"m"}"#, 7, 6),
        (r#"{"code":587,"level":"warning","msg":"m"}"#, 10, 3),
        (r#"{"code":100,"level":"warning","msg":"m"}"#, 3, 3),
        (r#"{"level":"panic","msg":"m"}"#, 10, 10),
    ];
    for (line, catalogue, acra) in cases {
        let event = read(line);
        for (severity, expected) in [(SeverityScale::Catalogue, catalogue), (SeverityScale::Acra, acra)] {
            let settings = Settings { severity, ..Settings::default() };
            assert_eq!(facts(&event, &settings).severity, expected, "{line}");
        }
    }
}
