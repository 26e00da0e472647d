//! Rules of Sigma: those that are shipped fire on what they are for, in every format; how they go together with other filters;
//! what is refused; and what the programs of Sigma itself say of them, where they are installed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::log_writer::{Event, Format, spelling};
use crate::support::{Run, fixture, tools};

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/sigma")
}

fn day(format: Format) -> PathBuf {
    fixture::log(&format!("service_day.{}.log", format.name()))
}

/// The incidents that rules raise in a log: title, severity, clients and count.
fn incidents(rules: &Path, log: &Path) -> BTreeSet<(String, String, String, u64)> {
    let run = Run::bare().arg("report").arg("--sigma").arg(rules).format("json").path(log).exit(0);
    let report: Value = serde_json::from_slice(&run.stdout).expect("a report");
    let of_sigma = report["incidents"].as_array().expect("incidents").iter().filter(|it| it["kind"] == "sigma");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    of_sigma
        .map(|it| {
            assert_eq!(it["title"], it["rule"]["name"]);
            let clients: Vec<String> = it["client_ids"].as_array().expect("clients").iter().map(text).collect();
            (text(&it["title"]), text(&it["severity"]), clients.join(" "), it["count"].as_u64().expect("a count"))
        })
        .collect()
}

#[test]
fn the_shipped_rules_find_in_a_genuine_day_what_happened_in_it_in_every_format() {
    let everybody = "reporting mobile-api webapp etl admin-tool legacy-batch";
    let wanted = [
        ("Acra Burst Of Blocked SQL Queries", "high", "webapp", 111),
        ("Acra Database Cannot Be Reached", "medium", everybody, 64),
        ("Acra Keys Cannot Be Used", "high", "etl", 4),
        ("Acra Many TLS Failures", "medium", "", 45),
        ("Acra Poison Record Read", "critical", "reporting", 3),
        ("Acra SQL Injection Blocked", "high", "webapp", 34),
        ("Acra Unusually Many Decryption Errors Of A Client", "medium", "legacy-batch", 180),
    ];
    for format in Format::ALL {
        let sorted = |clients: &str| {
            let mut clients: Vec<&str> = clients.split(' ').collect();
            clients.sort_unstable();
            clients.join(" ")
        };
        let seen: Vec<_> = incidents(&shipped(), &day(format)).into_iter().collect();
        let seen: Vec<_> = seen.iter().map(|(a, b, c, d)| (&a[..], &b[..], sorted(c), *d)).collect();
        let wanted: Vec<_> = wanted.iter().map(|(a, b, c, d)| (*a, *b, sorted(c), *d)).collect();
        assert_eq!(seen, wanted, "{}", format.name());
    }
}

/// A made-up entry: message, level, code, client, and seconds since the one before.
type Row = (&'static str, &'static str, u16, &'static str, i64);

fn log(format: Format, rows: &[Row]) -> Vec<u8> {
    let mut unix_ms = 1_741_910_400_000;
    let mut lines = Vec::new();
    for (message, level, code, client, seconds) in rows.iter().copied() {
        unix_ms += seconds * 1_000;
        let mut event = Event::new(unix_ms, level, message);
        if code != 0 {
            event.fields.insert("code".into(), code.into());
        }
        if !client.is_empty() {
            event.fields.insert("client_id".into(), client.into());
        }
        lines.extend(spelling::unsigned(format, &event));
        lines.push(b'\n');
    }
    lines
}

fn several(count: usize, row: Row) -> Vec<Row> {
    vec![row; count]
}

/// What a shipped rule is for: its file, what its last rule is called, entries that make it fire, and entries that are just too
/// few or too harmless.
type Example = (&'static str, &'static str, Vec<Row>, Vec<Row>);

fn blocked(client: &'static str) -> Row {
    ("Error on AcraCensor check", "error", 560, client, 1)
}

fn undecrypted(client: &'static str) -> Row {
    ("Can't decrypt binary data", "error", 581, client, 1)
}

fn poison(client: &'static str, seconds: i64) -> Row {
    ("Recognized poison record", "warning", 587, client, seconds)
}

/// An error that its code tells all of.
fn error(code: u16) -> Row {
    ("m", "error", code, "", 1)
}

fn of_the_firewall() -> Vec<Example> {
    let of_clients = |clients: [&'static str; 3]| clients.map(|client| ("m", "error", 560, client, 60)).to_vec();
    let denied = |query| vec![(query, "error", 560, "a", 1)];
    vec![
        (
            "acra_blocked_and_poison",
            "Acra Poison Record Read By A Client With Blocked Queries",
            vec![blocked("a"), poison("a", 3_000)],
            vec![blocked("a"), poison("b", 1), poison("a", 4_000)],
        ),
        ("acra_firewall_in_trouble", "Acra SQL Firewall In Trouble", vec![error(561)], vec![error(563)]),
        (
            "acra_sql_blocked_burst",
            "Acra Burst Of Blocked SQL Queries",
            several(30, blocked("a")),
            [several(29, blocked("a")), several(29, blocked("b"))].concat(),
        ),
        (
            "acra_sql_blocked_many_clients",
            "Acra SQL Queries Of Many Clients Blocked",
            of_clients(["a", "b", "c"]),
            of_clients(["a", "b", "a"]),
        ),
        (
            "acra_sql_injection_blocked",
            "Acra SQL Injection Blocked",
            denied("Denied query: 'SELECT a FROM t UNION\n ALL\tSELECT 1'"),
            denied("Denied query: 'SELECT a FROM t'"),
        ),
    ]
}

fn of_keys_and_poison_records() -> Vec<Example> {
    let of_clients = |clients: [&'static str; 3]| clients.map(|client| ("m", "error", 586, client, 60)).to_vec();
    let message = |message, level, code| vec![(message, level, code, "", 1)];
    vec![
        (
            "acra_decryption_errors_burst",
            "Acra Unusually Many Decryption Errors Of A Client",
            several(10, undecrypted("a")),
            [several(9, undecrypted("a")), several(9, undecrypted("b"))].concat(),
        ),
        (
            "acra_decryption_errors_many_clients",
            "Acra Decryption Errors Of Many Clients",
            of_clients(["a", "b", "c"]),
            of_clients(["a", "b", "a"]),
        ),
        ("acra_keys_unusable", "Acra Keys Cannot Be Used", vec![error(512)], vec![error(514)]),
        ("acra_plaintext_stored", "Acra Values May Be Stored In Plain Text", vec![error(903)], vec![error(904)]),
        (
            "acra_poison_alarm_missing",
            "Acra Ended Itself Because Of A Poison Record",
            message("Detected poison record, exit", "warning", 101),
            message("Turned on poison record detection", "info", 101),
        ),
        (
            "acra_poison_check_failed",
            "Acra Poison Records Not Looked For",
            message("Skip poison record check due to a lack of poison keys", "info", 0),
            message("Turned on poison record detection", "info", 101),
        ),
        ("acra_poison_record_read", "Acra Poison Record Read", vec![poison("a", 1)], vec![undecrypted("a")]),
    ]
}

fn of_the_service() -> Vec<Example> {
    let every = |count, message, seconds| several(count, (message, "info", 0, "", seconds));
    let (chain_end, start) = ("End of current audit log chain", "Starting service acra-server [pid=7]");
    vec![
        (
            "acra_database_unavailable",
            "Acra Database Cannot Be Reached",
            several(5, error(540)),
            several(4, error(540)),
        ),
        (
            "acra_log_chain_resets",
            "Acra Audit Log Chain Ended Again And Again",
            every(5, chain_end, 60),
            every(5, chain_end, 600),
        ),
        ("acra_probing", "Acra Signs Of Probing", several(5, error(1203)), several(5, ("m", "error", 1203, "", 100))),
        ("acra_restart_loop", "Acra Service Starts Again And Again", every(3, start, 100), every(2, start, 100)),
        (
            "acra_service_fatal",
            "Acra Service Ended With A Fatal Error",
            vec![("m", "fatal", 0, "", 1)],
            vec![("m", "error", 0, "", 1)],
        ),
        ("acra_tls_failures_burst", "Acra Many TLS Failures", several(10, error(584)), several(9, error(584))),
    ]
}

#[test]
fn every_shipped_rule_fires_on_what_it_is_for_and_not_on_what_is_like_it_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let rules = [of_the_firewall(), of_keys_and_poison_records(), of_the_service()].concat();
    for (file, title, fires, passes) in &rules {
        let rule = shipped().join(format!("{file}.yml"));
        for format in Format::ALL {
            for (rows, wanted) in [(fires, true), (passes, false)] {
                let path = folder.path().join("a.log");
                fs::write(&path, log(format, rows)).unwrap();
                let seen = incidents(&rule, &path).iter().any(|incident| incident.0 == *title);
                assert_eq!(
                    seen,
                    wanted,
                    "{file} in {}: {}",
                    format.name(),
                    String::from_utf8_lossy(&log(format, rows))
                );
            }
        }
    }
    let files = fs::read_dir(shipped()).unwrap().map(|entry| entry.unwrap().path());
    let files: BTreeSet<_> = files.filter(|path| path.extension().is_some_and(|it| it == "yml")).collect();
    let tried: BTreeSet<_> = rules.iter().map(|(file, ..)| shipped().join(format!("{file}.yml"))).collect();
    assert_eq!(files, tried, "every rule is tried");
}

#[test]
fn rules_select_lines_beside_the_other_filters() {
    let injection = shipped().join("acra_sql_injection_blocked.yml");
    let injection = injection.to_str().unwrap();
    let poison = shipped().join("acra_poison_record_read.yml");
    let cases: [(&[&str], &str, u8); 7] = [
        (&["--sigma", injection], "34\n", 0),
        (&["--sigma", injection, "--client", "webapp"], "34\n", 0),
        (&["--sigma", injection, "--client", "etl"], "0\n", 1),
        (&["--sigma", injection, "--code", "587"], "0\n", 1),
        (&["--sigma", injection, "-e", "pg_sleep"], "11\n", 0),
        (&["--sigma", injection, "--sigma", poison.to_str().unwrap()], "37\n", 0),
        (&["--sigma", injection, "-v", "--code", "560"], "1864\n", 0),
    ];
    for format in Format::ALL {
        for (args, wanted, exit) in cases {
            let run = Run::bare().args(["grep", "-c"]).args(args).path(day(format)).exit(exit);
            let count = String::from_utf8(run.stdout).unwrap();
            assert_eq!(count, wanted, "{args:?} in {}", format.name());
        }
    }
    let run = Run::bare().args(["stats", "--sigma", injection, "--json"]).path(day(Format::Json)).exit(0);
    let stats: Value = serde_json::from_slice(&run.stdout).unwrap();
    let [row] = &stats["rows"].as_array().unwrap()[..] else { panic!("{stats:#}") };
    assert_eq!((&stats["entries"], &row["by"]["code"], &row["entries"]), (&34.into(), &560.into(), &34.into()));
}

#[test]
fn rules_that_are_wrong_or_for_others_are_refused_with_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let rule = |source: &str, detection: &str| format!("title: T\nlogsource: {{{source}}}\ndetection:\n{detection}");
    let fine = "    s: {code: 587}\n    condition: s\n";
    let cases = [
        (
            "broken.yml",
            rule("product: acra", "    s: {code|contain: 5}\n    condition: s\n"),
            "broken.yml:4: there is no modifier",
        ),
        ("yaml.yml", "title: [".to_owned(), "yaml.yml:"),
        ("other.yml", rule("product: windows, service: security", fine), "no rule of Sigma for logs of Acra"),
        (
            "old.yml",
            rule("product: acra", fine).replace("title: T", "title: T\nstatus: deprecated"),
            "no rule of Sigma",
        ),
        ("nowhere.yml", rule("definition: x", fine), "nowhere.yml:2: the logsource names neither"),
        (
            "untitled.yml",
            rule("product: acra", fine).replace("title: T\n", ""),
            "untitled.yml:1: the rule has no title",
        ),
        ("level.yml", rule("product: acra", fine) + "level: awful\n", "level.yml:6: the level is none"),
        ("filter.yml", "title: T\nfilter:\n    rules: any\n".to_owned(), "filters of Sigma are not supported"),
    ];
    for (file, text, what) in cases {
        let path = folder.path().join(file);
        fs::write(&path, text).unwrap();
        for verb in ["grep", "report"] {
            let run = Run::bare().arg(verb).arg("--sigma").arg(&path).path(day(Format::Json)).exit(64);
            assert!(run.stderr.contains(what), "{verb} {file}: {}", run.stderr);
        }
    }
    let missing = Run::bare().args(["grep", "--sigma", "no/such/rules"]).path(day(Format::Json)).exit(2);
    assert!(missing.stderr.contains("no/such/rules: cannot read the rules"), "{}", missing.stderr);
    // Beside rules that are for us, those for others are passed over, and the report says so.
    let mixed = folder.path().join("mixed");
    fs::create_dir_all(mixed.join("below")).unwrap();
    fs::write(mixed.join("ours.yaml"), rule("service: acra-server", fine)).unwrap();
    fs::write(mixed.join("below/theirs.yml"), rule("product: linux", fine)).unwrap();
    let run = Run::bare().args(["report", "--json", "--sigma"]).arg(&mixed).path(day(Format::Json)).exit(0);
    let report = String::from_utf8(run.stdout).unwrap();
    assert!(report.contains("it is for logs of linux") && report.contains("\"sigma\""), "{report}");
}

/// A program of Sigma, when it is installed; it must be when CI says so.
#[expect(clippy::disallowed_methods, reason = "whether it must be there is no matter of the tool's plan")]
fn sigma(args: &[&str]) -> Option<String> {
    if !tools::has("sigma") {
        assert!(std::env::var_os("ACRALOG_SIGMA").is_none(), "sigma is demanded, and is not installed");
        tools::skipped("sigma is not installed: pip install sigma-cli, pysigma-backend-splunk and -elasticsearch");
        return None;
    }
    let run = Command::new("sigma").args(args).current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("sigma runs");
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "sigma {args:?}: {said}{}", String::from_utf8_lossy(&run.stderr));
    Some(said)
}

#[test]
fn the_shipped_rules_are_what_sigma_itself_calls_valid_and_become_queries_of_splunk_and_elastic() {
    let Some(checked) = sigma(&["check", "--fail-on-issues", "rules/sigma/"]) else { return };
    assert!(checked.contains("Found 0 errors, 0 condition errors and 0 issues"), "{checked}");
    for target in ["splunk", "esql"] {
        let queries = sigma(&["convert", "-t", target, "--without-pipeline", "rules/sigma/"]).unwrap_or_default();
        for code in [587, 560, 581, 584] {
            assert!(queries.contains(&code.to_string()), "{target}: {queries}");
        }
    }
}
