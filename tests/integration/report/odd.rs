//! Reports on logs that are hostile, and reports that must not say everything.

use super::{FORMATS, REPORT_FORMATS, day, json, report};

#[test]
fn what_is_redacted_is_nowhere_in_the_report() {
    let redacted: [(&str, &[&str]); 3] = [
        ("client_id", &["webapp", "reporting", "legacy-batch", "mobile-api", "admin-tool", "etl"]),
        ("error", &["deny by pattern", "signature mismatch", "connection refused", "bad certificate"]),
        ("sql", &["SELECT", "cards", "pg_sleep", "DROP"]),
    ];
    for format in FORMATS {
        for report_format in REPORT_FORMATS {
            let all = report().args(["--redact", "client_id,error,sql", "--sessions", "--format", report_format]);
            let all = all.path(day(format)).exit(0);
            for (what, words) in redacted {
                let only = report().args(["--redact", what, "--format", report_format]).path(day(format)).exit(0);
                for word in words {
                    let hidden = |text: &str| !text.contains(word);
                    assert!(hidden(only.text()) && hidden(all.text()), "{word} in {report_format} of {format}");
                }
            }
        }
    }
}

#[test]
fn pseudonyms_are_stable_whatever_the_scope() {
    let whole = json(report().args(["--redact", "client_id"]).path(day("json")));
    let part = json(report().args(["--redact", "client_id", "--since", "2025-03-14 12:00"]).path(day("json")));
    let name = |document: &serde_json::Value| {
        let incidents = document["incidents"].as_array().expect("a list");
        let spike = incidents.iter().find(|it| it["kind"] == "decryption-errors").expect("a spike");
        spike["client_ids"][0].as_str().expect("a name").to_owned()
    };
    assert_eq!(name(&whole), name(&part));
    assert!(name(&whole).starts_with("client-"));
}

/// A log whose every text is the same hostile one, in json.
fn hostile_log(text: &str) -> Vec<u8> {
    let quoted = serde_json::to_string(text).expect("a text");
    let entry = |code: u16, second: u32| {
        format!(
            "{{\"client_id\":{quoted},\"code\":{code},\"error\":{quoted},\"level\":\"error\",\"msg\":{quoted},\
             \"product\":{quoted},\"session_id\":{quoted},\"unixTime\":\"17419104{second:02}.000\",\"version\":{quoted}}}\n"
        )
    };
    let codes = [560, 587, 581, 540, 584, 511];
    codes.iter().flat_map(|code| (0..20).map(|second| entry(*code, second))).collect::<String>().into_bytes()
}

#[test]
fn hostile_logs_are_inert_in_every_format() {
    let texts = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "](javascript:alert(1))",
        "=cmd|'/c calc'!A1",
        "\u{1b}]0;owned\u{7}\u{1b}[31m",
        "a\u{202e}b",
        "a\n# heading\n| cell |",
        "::error::owned",
        "##[error]owned",
    ];
    for text in texts {
        let log = hostile_log(text);
        for format in REPORT_FORMATS {
            let done = report().args(["--sessions", "--format", format]).stdin(&log).exit(0);
            let said = done.text();
            assert!(!said.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{format}: {text:?}");
            let forbidden: &[&str] = match format {
                "html" => &["<script", "<img"],
                "csv" => &["\n=cmd", ",=cmd", "\"=cmd"],
                "markdown" => &["\n# heading\n|", "\n::error", "##[error]"],
                _ => &["\n::error", "##[error]"],
            };
            for forbidden in forbidden {
                assert!(!said.contains(forbidden), "{forbidden:?} in {format}: {text:?}");
            }
        }
    }
}

#[test]
fn an_empty_log_and_one_without_entries_have_a_report_as_well() {
    for (log, code) in [(&b""[..], 0), (b"\n\n", 0), (b"no entry at all\n", 2)] {
        for format in REPORT_FORMATS {
            let done = report().args(["--format", format]).stdin(log).exit(code);
            assert!(!done.text().contains("NaN") && !done.stdout.is_empty(), "{format}: {}", done.told());
        }
    }
}

#[test]
fn every_client_has_a_pseudonym_however_many_there_are() {
    // More than are counted one by one; the last one is named in a message and in an error that are quoted.
    let last = "zyxw-the-last";
    let entry = |client: &str, code: u16, text: &str| {
        format!(
            "{{\"client_id\":\"{client}\",\"code\":{code},\"error\":\"{text}\",\"level\":\"error\",\"msg\":\"{text}\",\
             \"product\":\"acra-server\",\"session_id\":\"7\",\"unixTime\":\"1741910400.000\",\"version\":\"0.96.0\"}}\n"
        )
    };
    let mut log: String = (0..10_500).map(|number| entry(&format!("id{number:05}"), 100, "m")).collect();
    log += &entry(last, 100, "m");
    log += &entry("id00001", 511, "cannot read ZYXW-the-last_storage");
    for format in REPORT_FORMATS {
        let told = report().args(["--format", format]).stdin(log.as_bytes()).exit(0);
        let redacted = report().args(["--redact", "client_id", "--format", format]).stdin(log.as_bytes()).exit(0);
        let names = |text: &str| text.to_lowercase().contains("zyxw") || text.contains("id00001");
        assert!(names(told.text()) && !names(redacted.text()), "{format}");
    }
}

#[test]
fn names_are_redacted_in_the_command_and_in_its_file_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("WebApp.log");
    std::fs::copy(day("json"), &log).expect("a copy");
    for format in REPORT_FORMATS {
        let target = folder.path().join(format!("webapp.{format}"));
        let run = report().args(["--redact", "client_id", "--client", "webapp,webapp*", "--format", format]);
        let run = run.args(["--title", "WEBAPP's day", "--case-id", "webapp-7", "--set", "silence.at-least=2h"]);
        run.arg(format!("-o{}", target.display())).path(&log).exit(0);
        let text = std::fs::read_to_string(&target).expect("a report").to_lowercase();
        assert!(!text.contains("webapp"), "{format}: {text}");
    }
}
