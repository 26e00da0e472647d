//! Reports on noisy logs: that the log was altered is never cut, counts are taken before any cut, machine formats are
//! complete, and what people read stays short.

use serde_json::Value;

use super::{document, json, report};
use crate::log_writer::{Event, Format, Service};
use crate::support::fixture;
use crate::support::verify::write;

/// A log with so many incidents of several clients, ten minutes apart.
fn noisy(incidents: i64) -> String {
    let entry = |number: i64| {
        let second = 1_741_910_400 + number * 600;
        format!(
            "{{\"client_id\":\"client-{}\",\"code\":511,\"level\":\"error\",\"msg\":\"Can't read keys\",\
             \"product\":\"acra-server\",\"unixTime\":\"{second}.000\",\"version\":\"0.96.0\"}}\n",
            number % 50
        )
    };
    (0..incidents).map(entry).collect()
}

#[test]
fn that_the_log_was_altered_stands_first_in_every_format_however_noisy_the_log_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let altered = fixture::bytes("chain_altered_middle.json.log");
    let log = write(folder.path(), "a.log", &[noisy(3_000).as_bytes(), &altered].concat());
    let run = |format: &str| report().key("audit.key").args(["--format", format]).path(&log).exit(0).text().to_owned();
    let first = document(report().key("audit.key").path(&log)).incidents.remove(0);
    assert_eq!((&first.kind[..], first.number), ("integrity-failure", 1));
    let csv = run("csv");
    assert!(csv.lines().nth(1).is_some_and(|row| row.starts_with("1,integrity-failure,")), "{csv:.300}");
    assert!(csv.lines().count() > 3_001);
    for format in ["text", "markdown", "html"] {
        let text = run(format);
        let worst = text.find("The worst").unwrap_or_else(|| panic!("{format} says no worst one"));
        let said = text[worst..].find("The log was altered").unwrap_or_else(|| panic!("{format} does not say it"));
        assert!(said < 200, "{format}: {}", &text[worst..worst + said]);
    }
}

#[test]
fn what_people_read_is_short_and_what_machines_read_is_complete() {
    let log = noisy(5_000);
    let run = |flags: &[&str]| report().args(flags).stdin(log.as_bytes()).exit(0).text().to_owned();
    let document: Value = json(report().stdin(log.as_bytes()));
    assert_eq!(document["incidents"].as_array().map(Vec::len), Some(5_000));
    assert_eq!(
        (&document["incidents_omitted"], &document["incidents_by_severity"]["high"]),
        (&0.into(), &5_000.into())
    );
    assert_eq!(run(&["--format", "csv"]).lines().count(), 5_001);
    let text = run(&[]);
    assert!(text.lines().count() <= 200, "{} lines", text.lines().count());
    assert!(
        text.contains("5 000 incidents: 5 000 high") && text.contains("more groups of similar incidents"),
        "{text}"
    );
    let html = run(&["--format", "html"]);
    assert!(html.len() < 2_000_000 && html.matches("<article").count() == 20, "{} bytes", html.len());
    assert_eq!(run(&["--format", "html", "--full"]).matches("<article").count(), 5_000);
    let markdown = run(&["--format", "markdown"]);
    assert!(markdown.contains("5 000 incidents") && markdown.lines().count() < 1_000, "{markdown:.300}");
    assert!(run(&["--full"]).matches("  -- Incident ").count() == 5_000);
    let raised = report().args(["--fail-on", "high"]).stdin(log.as_bytes()).exit(1);
    assert!(raised.stderr.contains("5000 incidents are as severe"), "{}", raised.told());
}

#[test]
fn a_log_with_five_hundred_breaks_and_noise_between_its_lines_has_a_short_report() {
    let folder = tempfile::tempdir().expect("a folder");
    for format in [Format::Plaintext, Format::Json, Format::Cef] {
        let mut service = Service::new(format, fixture::key("audit.key"), 3);
        let mut lines = Vec::new();
        for number in 0..500 {
            let mut chain = service.chain(4);
            chain[2] = Event::new(1_741_910_400_000 + number, "info", "m").message.into_bytes();
            lines.extend(chain);
            lines.push(format!("another program says {number}").into_bytes());
        }
        lines.push(Vec::new());
        let log = write(folder.path(), &format!("{}.log", format.name()), &lines.join(&b'\n'));
        // What stood in each place is another matter.
        let report = || report().key("audit.key").args(["--undo", "off"]);
        let run = |flags: &[&str]| report().args(flags).path(&log).exit(0).text().to_owned();
        assert!(run(&[]).lines().count() <= 200, "{}", format.name());
        assert!(run(&["--format", "html"]).len() < 2_000_000, "{}", format.name());
        let document = json(report().path(&log));
        let verification = &document["verification"];
        let omitted =
            [&document["unsigned_omitted"], &verification["findings_omitted"], &verification["chains_omitted"]];
        assert_eq!(omitted, [&Value::from(0); 3], "{}", format.name());
        assert!(document["unsigned"].as_array().is_some_and(|list| list.len() >= 500), "{}", format.name());
    }
}
