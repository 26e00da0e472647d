//! `acralog convert` as people use it: every format and envelope over every genuine log, what is said about losses, what is
//! left out, verdicts on the way, and the way back into `verify`. What each format writes is tested beside it in `src`.

use std::path::PathBuf;

use serde_json::Value;

use crate::support::{Run, fixture, verify};

const SOURCES: [&str; 3] = ["plaintext", "json", "cef"];
const TARGETS: [&str; 8] = ["cef", "leef", "ecs", "ocsf", "gelf", "csv", "json", "plaintext"];
const ENVELOPES: [&str; 4] = ["syslog-rfc5424", "syslog-rfc3164", "splunk-hec", "elastic-bulk"];
const NAMES: [&str; 4] = ["chain_closed_three", "content_hard", "content_marker_texts", "line_long_70kb"];

fn convert(to: &str) -> Run {
    Run::bare().args(["convert", "--to", to])
}

fn log(name: &str, format: &str) -> PathBuf {
    fixture::log(&format!("{name}.{format}.log"))
}

/// `--keep-raw` where there is a place for the line.
fn keep_raw(to: &str, envelope: Option<&str>) -> Option<&'static str> {
    let placed = !["json", "plaintext"].contains(&to) || matches!(envelope, Some("splunk-hec" | "elastic-bulk"));
    placed.then_some("--keep-raw")
}

fn entries(name: &str, format: &str) -> usize {
    fixture::lines(&format!("{name}.{format}.log")).iter().filter(|line| !line.is_empty()).count()
}

#[test]
fn every_format_has_one_inert_line_for_every_entry_of_every_log() {
    for name in NAMES {
        for source in SOURCES {
            let wanted = entries(name, source);
            for target in TARGETS {
                let done = convert(target).arg("-q").args(keep_raw(target, None)).path(log(name, source)).exit(0);
                let heads = usize::from(target == "csv");
                let lines = done.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count();
                assert_eq!(lines, wanted + heads, "{name}.{source} to {target}");
                if !["plaintext", "json"].contains(&target) {
                    let text = done.text();
                    let acts =
                        |c: char| (c.is_control() && !"\n\r\t".contains(c)) || "\u{202e}\u{2028}\u{2029}".contains(c);
                    assert!(!text.contains(acts), "{name}.{source} to {target}: {:?}", text.find(acts));
                }
            }
        }
    }
}

#[test]
fn every_envelope_goes_around_every_format() {
    for target in TARGETS.into_iter().filter(|target| *target != "csv") {
        for envelope in ENVELOPES {
            let done =
                convert(target).args(["--envelope", envelope, "-q"]).path(log("chain_closed_three", "json")).exit(0);
            let each = if envelope == "elastic-bulk" { 2 } else { 1 };
            assert_eq!(done.text().lines().count(), each * 60, "{target} in {envelope}");
            if !envelope.starts_with("syslog") {
                assert!(
                    done.text().lines().all(|line| serde_json::from_str::<Value>(line).is_ok()),
                    "{target} {envelope}"
                );
            }
        }
    }
    let counted = convert("cef").args(["--envelope", "syslog-rfc5424", "--framing", "octet-counting", "-q"]);
    let counted = counted.path(log("content_hard", "json")).exit(0);
    let (mut rest, mut messages) = (counted.stdout.as_slice(), 0);
    while !rest.is_empty() {
        let blank = rest.iter().position(|byte| *byte == b' ').unwrap();
        let length: usize = std::str::from_utf8(&rest[..blank]).unwrap().parse().unwrap();
        assert!(rest[blank + 1..].starts_with(b"<1"));
        rest = &rest[blank + 1 + length..];
        messages += 1;
    }
    assert_eq!(messages, entries("content_hard", "json"));
}

#[test]
fn acras_own_style_gives_acras_own_bytes() {
    let cef = convert("cef").args(["--cef-style", "acra"]).path(log("service_day", "json")).exit(0);
    let wanted = fixture::bytes("service_day.cef.log");
    for (written, wanted) in cef.stdout.split(|byte| *byte == b'\n').zip(wanted.split(|byte| *byte == b'\n')) {
        let body = wanted.windows(11).position(|part| part == b" integrity=").map_or(wanted, |at| &wanted[..at + 1]);
        assert!(written == body, "{} {}", written.escape_ascii(), body.escape_ascii());
    }
    let lost: Vec<_> = cef.stderr.lines().collect();
    assert_eq!(lost, ["warning: integrity: has no place in this format, in 1892 entries"]);
}

#[test]
fn losses_are_said_once_for_each_field_and_not_at_all_when_nobody_asks() {
    let done = convert("plaintext").path(log("content_hard", "json")).exit(0);
    for field in ["product", "version", "unixTime", "nested", "big"] {
        let said = done.stderr.lines().filter(|line| line.starts_with(&format!("warning: {field}: "))).count();
        assert_eq!(said, 1, "{field}: {}", done.told());
    }
    assert!(convert("plaintext").arg("-q").path(log("content_hard", "json")).exit(0).stderr.is_empty());
}

#[test]
fn plaintext_gets_its_product_from_the_start_up_line_or_from_the_user() {
    let products = |done: &str| -> Vec<String> {
        let product = |line: &str| serde_json::from_str::<Value>(line).unwrap()["product"].to_string();
        done.lines().map(product).collect()
    };
    let day = convert("json").arg("-q").path(log("service_day", "plaintext")).exit(0);
    assert!(products(day.text()).iter().all(|product| product == "\"acra-server\""));
    let unnamed = convert("json").arg("-q").path(log("chain_closed_three", "plaintext")).exit(0);
    assert!(products(unnamed.text()).iter().all(|product| product == "null"));
    let named =
        convert("json").args(["-q", "--product", "acra-translator"]).path(log("chain_closed_three", "plaintext"));
    assert!(products(named.exit(0).text()).iter().all(|product| product == "\"acra-translator\""));
}

#[test]
fn lines_that_are_no_entries_are_left_out_with_exit_2_or_passed_on_marked() {
    let folder = tempfile::tempdir().unwrap();
    let mut mixed = b"panic: something foreign\n\n".to_vec();
    mixed.extend(fixture::bytes("chain_closed_three.json.log"));
    mixed.extend(b"{\"torn\":");
    let path = verify::write(folder.path(), "mixed.log", &mixed);
    let strict = convert("ecs").arg("-q").path(&path).exit(2);
    assert_eq!(strict.text().lines().count(), 60);
    assert!(strict.stderr.contains("mixed.log:1: 2 lines are no entries"), "{}", strict.told());
    let out = folder.path().join("out.json");
    let kept = convert("ecs").args(["-q", "-o"]).path(&out).path(&path).exit(2);
    assert!(!out.exists() && kept.stderr.contains("not written"), "{}", kept.told());
    for target in TARGETS {
        let lossy = convert(target).args(["-q", "--lossy"]).path(&path).exit(0);
        let marked = lossy.text().lines().filter(|line| {
            let line = line.to_lowercase().replace(['_', '-'], "");
            line.contains("acralogunparsed")
        });
        let heads = usize::from(target == "csv");
        assert_eq!((marked.count(), lossy.text().lines().count()), (2, 62 + heads), "{target}");
    }
}

#[test]
fn a_line_that_is_too_long_is_left_out_and_told_even_when_losses_are_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let entry = r#"time="2025-03-14T00:00:00Z" level=info msg=m"#;
    let long = [entry, " a=", &"x".repeat(65 << 20), "\n", entry, "\n"].concat();
    let path = verify::write(folder.path(), "long.log", long.as_bytes());
    let (lossy, strict) = (convert("json").args(["-q", "--lossy"]), convert("json").arg("-q"));
    for (run, told) in [(lossy, "longer than 64 MiB and was left out"), (strict, "no entry of Acra's and was left out")]
    {
        let done = run.path(&path).exit(2);
        assert!(done.stderr.contains(&format!("long.log:1: this line is {told}")), "{}", done.stderr);
        assert_eq!(done.text().lines().count(), 1);
    }
    let sound = "CEF:0|v|p|1|100|m|1|msg=";
    let cef = [sound, &"x".repeat(65 << 20), "\n", sound, "x\n"].concat();
    let path = verify::write(folder.path(), "long.cef", cef.as_bytes());
    let unchecked = Run::bare().args(["convert", "--validate"]).path(&path).exit(2);
    assert!(unchecked.stderr.contains("long.cef:1: longer than 64 MiB and not checked"), "{}", unchecked.stderr);
}

#[test]
fn the_name_of_a_lost_field_is_told_by_its_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let line = format!("time=\"2025-03-14T00:00:00Z\" level=info msg=m K-{}=v\n", "x\u{fc}".repeat(5000));
    let path = verify::write(folder.path(), "a.log", line.as_bytes());
    let done = convert("cef").path(&path).exit(0);
    assert!(done.stderr.contains("K-x\u{fc}x") && done.stderr.len() < 1500, "{}", done.stderr);
}

#[test]
fn a_field_of_the_log_cannot_pass_for_the_mark_of_a_foreign_line() {
    let line = br#"{"acralog_unparsed":"true","level":"info","msg":"m","unixTime":"1700000000.149"}"#;
    for target in TARGETS {
        let done = convert(target).stdin(line).exit(0);
        let text = done.text().to_lowercase().replace('_', "");
        assert_eq!(
            text.matches("acralogunparsed").count(),
            text.matches("acralogunparsedinlog").count(),
            "{}",
            done.told()
        );
        assert!(done.stderr.contains("warning: acralog_unparsed: the name was changed"), "{}", done.told());
    }
}

#[test]
fn a_format_that_is_insisted_on_makes_lines_of_others_no_entries() {
    let as_json = ["--input-format", "json"];
    let done = convert("ecs").arg("-q").args(as_json).path(log("chain_closed_three", "cef")).exit(2);
    assert!(done.stdout.is_empty() && done.stderr.contains("60 lines are no entries"), "{}", done.told());
    convert("ecs").arg("-q").args(as_json).path(log("chain_closed_three", "json")).exit(0);
    Run::bare().args(["grep", "-e", "."]).args(as_json).path(log("chain_closed_three", "cef")).exit(2);
    Run::bare().args(["grep", "-e", "."]).args(as_json).path(log("chain_closed_three", "json")).exit(0);
}

#[test]
fn a_file_that_could_not_be_read_leaves_nothing_behind_even_when_the_rest_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.json");
    let run = |flags: &[&str]| {
        let run = convert("ecs").args(["-q", "--verify"]).key("audit.key").args(flags).arg("-o").path(&out);
        run.path(log("chain_closed_three", "json")).path(folder.path().join("missing.log"))
    };
    let done = run(&[]).exit(2);
    assert!(!out.exists() && done.stderr.contains("not written"), "{}", done.told());
    run(&["--missing-ok"]).exit(0);
    assert!(out.exists());
}

#[test]
fn verify_adds_the_verdict_of_this_run_and_ends_with_its_exit_code() {
    let statuses = |done: &crate::support::run::Done| -> Vec<String> {
        let status = |line: &str| {
            let event: Value = serde_json::from_str(line).unwrap();
            event["acra"]["integrity"]["status"].as_str().unwrap_or("none").to_owned()
        };
        done.text().lines().map(status).collect()
    };
    let count = |statuses: &[String], status: &str| statuses.iter().filter(|it| *it == status).count();
    for source in SOURCES {
        let run = |name| convert("ecs").args(["-q", "--verify"]).key("audit.key").path(log(name, source));
        let good = statuses(&run("chain_closed_three").exit(0));
        assert_eq!((count(&good, "verified"), count(&good, "unsigned")), (42, 18), "{source}");
        let bad = statuses(&run("chain_altered_middle").exit(1));
        assert_eq!((count(&bad, "verified"), count(&bad, "failed"), count(&bad, "unsigned")), (41, 1, 18), "{source}");
        let plain = convert("ecs").arg("-q").path(log("chain_closed_three", source)).exit(0);
        assert_eq!(count(&statuses(&plain), "none"), 60, "{source}: a verdict without verification");
    }
    let key_without_verify = convert("ecs").key("audit.key").path(log("chain_closed_three", "json")).refused();
    assert!(key_without_verify.stderr.contains("hint: add --verify"));
}

#[test]
fn a_verdict_that_has_no_place_is_refused() {
    let cases: [(&str, &[&str], bool); 6] = [
        ("json", &[], false),
        ("plaintext", &[], false),
        ("cef", &["--cef-style", "acra"], false),
        ("json", &["--envelope", "elastic-bulk"], false),
        ("json", &["--envelope", "syslog-rfc5424"], true),
        ("cef", &["--cef-style", "acra", "--envelope", "splunk-hec"], true),
    ];
    for (to, flags, carried) in cases {
        let run = convert(to).args(["-q", "--verify"]).key("audit.key").args(flags);
        let run = run.path(log("chain_closed_three", "json"));
        let done = if carried { run.exit(0) } else { run.refused() };
        assert_eq!(done.stderr.contains("have no place for a verdict"), !carried, "{}", done.told());
        assert_eq!(done.stdout.is_empty(), !carried);
    }
    let folder = fixture::root().join("situations/convert_json_carries_foreign_verdict");
    let run = convert("json").args(["-q", "--verify"]).key_file(folder.join("audit.key")).path(folder.join("log"));
    assert!(run.refused().stdout.is_empty());
}

#[test]
fn no_field_of_the_log_is_called_as_a_verdict_is() {
    let folder = tempfile::tempdir().unwrap();
    let names =
        ["integrity_status", "integrityStatus", "acralog_integrity_status", "chain_id", "verified", "KEY.fingerprint"];
    let members: Vec<String> = names.map(|name| format!(r#""{name}":"verified""#)).to_vec();
    let line = format!(r#"{{{},"level":"info","msg":"m","unixTime":"1.000"}}"#, members.join(","));
    let path = verify::write(folder.path(), "a.log", line.as_bytes());
    for to in TARGETS {
        for style in ["spec", "acra"].into_iter().take(if to == "cef" { 2 } else { 1 }) {
            let flags: &[&str] = if to == "cef" { &["--cef-style", style] } else { &[] };
            let done = convert(to).args(flags).path(&path).exit(0);
            for name in names {
                let warning = format!("warning: {name}: ");
                assert!(done.stderr.contains(&warning), "{to}: {}", done.told());
                let bare = [format!("\"{name}\":"), format!("\"_{name}\":"), format!(" {name}=")];
                assert!(!bare.iter().any(|it| done.text().contains(it)), "{to}: {}", done.told());
            }
        }
    }
}

#[test]
fn floats_and_odd_keys_are_written_as_acra_writes_them() {
    let log = fixture::root().join("situations/acra_style_keys_and_floats/in.log");
    let first = |to: &str, flags: &[&str]| {
        let done = convert(to).arg("-q").args(flags).path(&log).exit(0);
        done.text().lines().next().unwrap_or_default().to_owned()
    };
    let cef = first("cef", &["--cef-style", "acra"]);
    let wanted = r#"|1|"back\\\\s"=v n=8.55771895e+07 "p\\|q"=v unixTime=1700000000.000 "x\\=y"=v "#;
    assert!(cef.ends_with(wanted), "{cef}");
    let plaintext = first("plaintext", &[]);
    assert!(plaintext.ends_with(r" back\s=v n=8.55771895e+07 p|q=v x=y=v"), "{plaintext}");
    // And back.
    let folder = tempfile::tempdir().unwrap();
    let back = convert("json").arg("-q").path(verify::write(folder.path(), "a.cef", cef.as_bytes())).exit(0);
    assert!(back.text().contains(r#"{"back\\s":"v","#) && back.text().contains(r#""x=y":"v""#), "{}", back.told());
}

#[test]
fn an_export_that_kept_its_lines_verifies_like_the_log() {
    let exports: [(&str, &[&str]); 3] = [
        ("ecs", &[]),
        ("splunk-hec", &["--envelope", "splunk-hec"]),
        ("elastic-bulk", &["--envelope", "elastic-bulk"]),
    ];
    let folder = tempfile::tempdir().unwrap();
    for name in ["chain_closed_three", "content_hard"] {
        for source in SOURCES {
            for to in ["ecs", "cef", "json"] {
                for (export, flags) in exports.iter().filter(|(export, _)| to == "ecs" || *export != "ecs") {
                    let file = folder.path().join(format!("{name}.{source}.{to}.{export}"));
                    convert(to)
                        .args(["-q", "--keep-raw", "-o"])
                        .path(&file)
                        .args(*flags)
                        .path(log(name, source))
                        .exit(0);
                    let done = Run::report().key("audit.key").args(["--unwrap-from", export]).path(&file).exit(0);
                    let original = Run::report().key("audit.key").path(log(name, source)).exit(0);
                    let lines = |report: &crate::support::report::Report| report.account.verified.lines;
                    assert_eq!(lines(&done.report()), lines(&original.report()), "{name}.{source} {to} {export}");
                }
            }
        }
    }
}

#[test]
fn existing_cef_is_checked_against_the_specification() {
    let validate = || Run::bare().args(["convert", "--validate"]);
    let acras = validate().path(log("chain_closed_three", "cef")).exit(1);
    for rule in ["header-escape", "key-invalid"] {
        assert!(acras.text().contains(rule), "{rule}: {}", acras.told());
    }
    let place = acras.text().lines().next().unwrap().split(": ").next().unwrap();
    assert!(place.contains("chain_closed_three.cef.log:1:"), "{place}");
    let folder = tempfile::tempdir().unwrap();
    for name in NAMES {
        for source in SOURCES {
            let file = folder.path().join(format!("{name}.{source}.cef"));
            let verified = convert("cef").args(["-q", "--keep-raw", "--verify"]).key("audit.key");
            verified.arg("-o").path(&file).path(log(name, source)).exit(0);
            let ours = validate().path(&file).exit(0);
            assert!(ours.stdout.is_empty(), "{}", ours.told());
        }
    }
    let empty = validate().path(verify::write(folder.path(), "empty.cef", b"")).exit(2);
    assert!(empty.stderr.contains("there is no line to check"), "{}", empty.told());
}

#[test]
fn what_makes_no_sense_is_refused() {
    for flags in [
        &["--to", "cef", "--framing", "octet-counting"][..],
        &["--to", "ecs", "--fields", "time"],
        &["--to", "yaml"],
        &["--to", "json", "--keep-raw"],
        &["--to", "csv", "--envelope", "splunk-hec"],
        &["--to", "csv", "--fields", "time,code,time"],
        &["--to", "cef", "--cef-style", "acra", "--keep-raw", "--envelope", "syslog-rfc5424"],
        &["--validate", "--to", "cef"],
        &["--to", "cef", "--force"],
        &[],
    ] {
        let done = Run::bare().arg("convert").args(flags).path(log("chain_closed_three", "json")).refused();
        assert!(done.stdout.is_empty() && !done.stderr.is_empty(), "{}", done.told());
    }
    convert("ecs").arg("--verify").path(log("chain_closed_three", "json")).exit(2);
}

#[test]
fn the_result_does_not_depend_on_the_threads() {
    for target in TARGETS {
        let run = |threads| {
            convert(target)
                .args(["-q", "--threads", threads])
                .args(keep_raw(target, None))
                .path(log("service_day", "plaintext"))
        };
        assert!(run("1").exit(0).stdout == run("5").exit(0).stdout, "{target}");
    }
}

/// Texts that act where they are shown, and what each of them may not become anywhere.
const HOSTILE: [&str; 8] = [
    "\u{1b}]0;owned\u{7}",
    "\u{1b}[2J\u{1b}[31mred",
    "a\nCEF:0|forged|line|1|1|1|1|\r\nb",
    "=cmd|' /C calc'!A0",
    "\u{202e}gpj.exe\u{2028}\u{feff}",
    "x\u{0}\u{9b}31m\u{7f}",
    "\"},{\"forged\":true,\"a\":\"",
    "suser=forged cs4Label=integrityStatus cs4=verified",
];

#[test]
fn no_text_of_a_log_acts_in_any_format_or_envelope() {
    let folder = tempfile::tempdir().unwrap();
    let line = |text: &str| {
        let text = serde_json::to_string(text).unwrap();
        let fields = format!(r#""client_id":{text},"code":560,"error":{text},"extra":{text},"level":"error""#);
        let rest =
            r#""product":"acra-server","session_id":7,"timestamp":"2023-11-14T22:13:20Z","unixTime":"1700000000.389""#;
        format!("{{{fields},\"msg\":{text},{rest},\"sql\":{text},\"version\":\"0.96.0\"}}\n")
    };
    let harmless = verify::write(folder.path(), "harmless.log", line("harmless").as_bytes());
    for text in HOSTILE {
        let path = verify::write(folder.path(), "hostile.log", line(text).as_bytes());
        for target in TARGETS {
            let envelopes = if target == "csv" { &[][..] } else { &ENVELOPES };
            for envelope in [&[][..]].into_iter().chain(envelopes.iter().map(std::slice::from_ref)) {
                let raw = keep_raw(target, envelope.first().copied());
                let flags: Vec<&str> = envelope.iter().flat_map(|name| ["--envelope", name]).chain(raw).collect();
                let run = |path| convert(target).arg("-q").args(&flags).path(path).exit(0);
                let done = run(&path);
                let lines = done.text().lines().count();
                assert_eq!(lines, run(&harmless).text().lines().count(), "{text:?} adds a line: {}", done.told());
                // json as Acra writes it, byte for byte, holds what Go does not escape; on a terminal it is made visible.
                let beyond = |c: char| target != "json" && (c.is_control() || "\u{202e}\u{2028}\u{feff}".contains(c));
                let acts = |c: char| !"\n\t".contains(c) && (c < ' ' || beyond(c));
                assert!(!done.text().contains(acts), "{text:?} in {target} {envelope:?}: {}", done.told());
                if target == "csv" {
                    assert!(!done.text().contains(",=") && !done.text().contains(",\"="), "{}", done.told());
                }
                let objects = done.text().lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
                assert!(objects.into_iter().all(|object| !has_key(&object, "forged")), "{}", done.told());
            }
        }
    }
}

fn has_key(value: &Value, key: &str) -> bool {
    match value {
        Value::Object(members) => members.iter().any(|(name, value)| name == key || has_key(value, key)),
        Value::Array(items) => items.iter().any(|item| has_key(item, key)),
        _ => false,
    }
}
