//! Exports of SIEMs that kept the original lines verify like the log itself, and without the originals prove nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::log_writer::Lines;
use crate::support::report::{Report, Tally};
use crate::support::{Run, fixture};

/// Who took the lines in.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Export {
    Ecs,
    /// As Elasticsearch hands its documents out again.
    EcsHits,
    SplunkHec,
    /// The line is the event itself.
    SplunkEvents,
    ElasticBulk,
}

impl Export {
    const ALL: [Self; 5] = [Self::Ecs, Self::EcsHits, Self::SplunkHec, Self::SplunkEvents, Self::ElasticBulk];

    fn name(self) -> &'static str {
        match self {
            Self::Ecs | Self::EcsHits => "ecs",
            Self::SplunkHec | Self::SplunkEvents => "splunk-hec",
            Self::ElasticBulk => "elastic-bulk",
        }
    }

    /// The lines in front of each document.
    fn actions(self) -> u64 {
        u64::from(self == Self::ElasticBulk)
    }

    fn write(self, line: &[u8], number: usize) -> String {
        let document = with_original(json!({"@timestamp": "2025-03-14T00:00:00Z", "message": "a message"}), line);
        match self {
            Self::Ecs => format!("{document}\n"),
            Self::EcsHits => {
                json!({"_index": "logs", "_id": number.to_string(), "_source": document}).to_string() + "\n"
            }
            Self::SplunkHec => {
                let key = if std::str::from_utf8(line).is_ok() { "acra_raw" } else { "acra_raw_base64" };
                let fields = json!({"code": "560", key: original(line)});
                json!({"time": 1.5, "event": {"msg": "a message"}, "fields": fields}).to_string() + "\n"
            }
            Self::SplunkEvents => json!({"time": 1.5, "event": String::from_utf8_lossy(line)}).to_string() + "\n",
            Self::ElasticBulk => format!("{{\"create\":{{\"_id\":\"{number}\"}}}}\n{document}\n"),
        }
    }

    fn write_all(self, lines: &Lines) -> Vec<u8> {
        lines.iter().enumerate().flat_map(|(number, line)| self.write(line, number).into_bytes()).collect()
    }
}

/// The line as JSON can hold it.
fn original(line: &[u8]) -> String {
    std::str::from_utf8(line).map_or_else(|_| STANDARD.encode(line), str::to_owned)
}

fn with_original(mut document: Value, line: &[u8]) -> Value {
    if std::str::from_utf8(line).is_ok() {
        document["event"] = json!({"code": "560", "original": original(line)});
    } else {
        document["acra"] = json!({"original_base64": original(line)});
    }
    document
}

#[track_caller]
fn report_on(export: Export, bytes: &[u8], exit: u8) -> Report {
    Run::report().key("audit.key").arg("--unwrap-from").arg(export.name()).stdin(bytes).exit(exit).report()
}

#[test]
fn an_export_verifies_like_the_log_itself() {
    for name in ["chain_closed_three", "content_hard", "content_marker_texts"] {
        for format in ["plaintext", "json", "cef"] {
            let name = format!("{name}.{format}.log");
            let bare = Run::report().key("audit.key").path(fixture::log(&name)).exit(0).report();
            let lines = fixture::lines(&name);
            let is_text = lines.iter().all(|line| std::str::from_utf8(line).is_ok());
            for export in Export::ALL.into_iter().filter(|export| is_text || *export != Export::SplunkEvents) {
                let bytes = export.write_all(&lines);
                let report = report_on(export, &bytes, 0);
                let told = format!("{name} in {export:?}");
                assert_eq!(report.files[0].wrapper.as_deref(), Some(export.name()), "{told}");
                assert_eq!(report.files[0].formats, [format], "{told}");
                assert_eq!(report.account.verified.lines, bare.account.verified.lines, "{told}");
                assert_eq!(report.account.unsigned.lines, bare.account.unsigned.lines, "{told}");
                assert_eq!(report.account.blank.lines, export.actions() * lines.len() as u64, "{told}");
                assert_eq!(report.chain_counts, bare.chain_counts, "{told}");
                assert_eq!(report.findings_by_code, bare.findings_by_code, "{told}");
                assert_eq!(report.account.sum().bytes, bytes.len() as u64, "{told}");
            }
        }
    }
}

#[test]
fn bytes_that_are_no_unicode_come_back_from_base64_only() {
    let lines = fixture::lines("content_hard.cef.log");
    assert!(lines.iter().any(|line| std::str::from_utf8(line).is_err()));
    for export in [Export::Ecs, Export::EcsHits, Export::SplunkHec, Export::ElasticBulk] {
        let bytes = export.write_all(&lines);
        assert!(String::from_utf8(bytes.clone()).is_ok_and(|text| text.contains("_base64\":")));
        report_on(export, &bytes, 0);
    }
    // Where the export could not hold the bytes, nothing shows whether the line is the one that was signed (attacks, row 45).
    let report = report_on(Export::SplunkEvents, &Export::SplunkEvents.write_all(&lines), 2);
    report.shows("line-damaged");
}

#[test]
fn an_altered_original_is_found_at_its_line_of_the_export() {
    for format in ["plaintext", "json", "cef"] {
        let mut lines = fixture::lines(&format!("chain_closed_three.{format}.log"));
        let victim = 12;
        let at = lines[victim].iter().position(|&byte| byte == b'-').expect("every format has a hyphen early");
        lines[victim][at] = b'+';
        for export in Export::ALL {
            let report = report_on(export, &export.write_all(&lines), 1);
            let place = report.finding("entry-restored").place.clone().expect("an altered entry stands somewhere");
            let line = (victim as u64 + 1) * (1 + export.actions());
            assert_eq!(place.line, line, "{format} in {export:?}");
        }
    }
}

#[test]
fn an_entry_that_was_taken_out_is_missed() {
    for export in Export::ALL {
        let mut lines = fixture::lines("chain_closed_three.json.log");
        lines.remove(12);
        report_on(export, &export.write_all(&lines), 1);
    }
}

#[test]
fn an_export_without_originals_proves_nothing_and_accuses_nobody() {
    let seal = "5f".repeat(32);
    let documents = [
        json!({"@timestamp": "2025-03-14T00:00:00Z", "message": "m", "event": {"code": "560"},
               "acra": {"integrity": {"status": "verified", "chain_id": "5f5f5f5f5f5f5f5f", "value": seal}}}),
        json!({"time": 1.5, "event": "a message", "fields": {"code": "560", "integrity_status": "verified"}}),
        json!({"event": "CEF:0|cossacklabs|a|1|560|t|7|rt=1 cs2Label=integrity cs2=5f5f5f5f msg=m", "fields": {}}),
    ];
    for export in Export::ALL {
        for document in &documents {
            let bytes = format!("{{\"create\":{{}}}}\n{document}\n").repeat(5);
            let run = Run::report().key("audit.key").arg("--unwrap-from").arg(export.name()).stdin(bytes.as_bytes());
            let report = run.exit_one_of(&[2, 3]).report();
            assert_eq!(report.account.verified, Tally::default(), "{export:?}: {document}");
            assert_eq!(report.account.sum().bytes, bytes.len() as u64, "{export:?}: {document}");
        }
    }
}

#[test]
fn a_document_that_holds_two_originals_is_not_believed() {
    let mut lines = fixture::lines("chain_closed_three.json.log");
    let victim = lines.len() - 3;
    let shown = String::from_utf8(std::mem::take(&mut lines[victim])).expect("UTF-8");
    let mut bytes = Export::Ecs.write_all(&lines[..victim].to_vec());
    let doubled = format!("{{\"event\":{{\"original\":\"another\",\"original\":{}}}}}\n", json!(shown));
    bytes.extend(doubled.into_bytes());
    bytes.extend(Export::Ecs.write_all(&lines[victim + 1..].to_vec()));
    let report = report_on(Export::Ecs, &bytes, 1);
    assert_eq!(report.account.sum().bytes, bytes.len() as u64);
}

#[test]
fn without_the_flag_an_export_is_a_foreign_file() {
    let lines = fixture::lines("chain_closed_three.json.log");
    for export in Export::ALL {
        let bytes = export.write_all(&lines);
        let report = Run::report().key("audit.key").stdin(&bytes).exit_one_of(&[1, 2, 3]).report();
        assert_eq!(
            (report.files[0].wrapper.as_deref(), report.account.verified),
            (None, Tally::default()),
            "{export:?}"
        );
    }
}

#[test]
fn with_the_flag_a_bare_log_is_still_read() {
    let log = fixture::bytes("chain_closed_three.cef.log");
    for export in Export::ALL {
        assert_eq!(report_on(export, &log, 0).account.verified.lines, 42, "{export:?}");
    }
}

#[test]
fn an_export_may_be_packed_and_its_rotated_files_are_one_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let lines = fixture::lines("chain_closed_three.plaintext.log");
    let (head, tail) = lines.split_at(20);
    let write = |name, bytes: &[u8]| crate::support::verify::write(folder.path(), name, bytes);
    write("acra.log.1.gz", &super::gzip(&Export::Ecs.write_all(&head.to_vec())));
    let last = write("acra.log", &Export::Ecs.write_all(&tail.to_vec()));
    let run = Run::report().key("audit.key").args(["--unwrap-from", "ecs"]).path(last).path(folder.path().join("*.gz"));
    let report = run.exit(0).report();
    assert_eq!((report.streams.len(), report.account.verified.lines), (1, 42));
}
