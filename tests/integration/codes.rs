//! The event codes as `codes` and `explain` print them, held against the table they come from, and read back the way
//! programs read them.

use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;

use serde::Deserialize;

use crate::support::run::{Done, Run};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    schema: String,
    version: u32,
    tool: Tool,
    acra_version: String,
    codes: Vec<Code>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tool {
    name: String,
    version: String,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Code {
    code: u16,
    identifier: String,
    group: String,
    important: bool,
    severity: Option<u8>,
    slug: String,
    title: String,
    act: Option<String>,
    ecs: Ecs,
    ocsf: Ocsf,
    meaning: String,
    cause: String,
    response: String,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ecs {
    kind: String,
    category: Vec<String>,
    r#type: String,
    outcome: String,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ocsf {
    class_uid: u32,
    activity_id: u32,
    type_uid: u32,
}

impl Code {
    /// The row of the table this came from.
    fn row(&self) -> String {
        let severity = self.severity.map_or("-".to_owned(), |severity| severity.to_string());
        let ecs = &self.ecs;
        [
            self.code.to_string().as_str(),
            &self.identifier,
            &self.group,
            if self.important { "yes" } else { "no" },
            &severity,
            &self.slug,
            &self.title,
            self.act.as_deref().unwrap_or("none"),
            &[&ecs.kind, ecs.category.join(",").as_str(), &ecs.r#type, &ecs.outcome].join("/"),
            &format!("{}:{}", self.ocsf.class_uid, self.ocsf.activity_id),
            &self.meaning,
            &self.cause,
            &self.response,
        ]
        .join("\t")
    }
}

fn acralog(args: &[&str]) -> Done {
    Run::bare().args(args).done()
}

#[track_caller]
fn answer(args: &[&str]) -> String {
    let run = acralog(args);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{args:?}");
    String::from_utf8(run.stdout).unwrap()
}

fn document(args: &[&str]) -> Document {
    serde_json::from_str(&answer(&[args, &["--output-format", "json"]].concat())).unwrap()
}

/// The codes that the words select, by number.
fn listed(args: &[&str]) -> Vec<u16> {
    document(&[&["codes"], args].concat()).codes.iter().map(|code| code.code).collect()
}

/// The rows of the table, without its header.
fn rows() -> Vec<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/event/catalogue.tsv");
    fs::read_to_string(path).unwrap().lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn the_printed_table_has_a_row_per_code_with_what_the_catalogue_says() {
    let printed = answer(&["codes"]);
    let printed: Vec<&str> = printed.lines().skip(1).collect();
    let rows = rows();
    assert_eq!((printed.len(), rows.len()), (105, 105));
    for (printed, row) in printed.iter().zip(&rows) {
        let columns: Vec<&str> = row.split('\t').collect();
        let wanted = [columns[0], columns[4], columns[2], columns[5], columns[6]].join(" ");
        assert_eq!(printed.split_whitespace().collect::<Vec<_>>().join(" "), wanted);
    }
}

#[test]
fn the_json_document_holds_the_whole_catalogue() {
    let document = document(&["codes"]);
    assert_eq!((document.schema.as_str(), document.version), ("acralog-codes", 1));
    assert_eq!((document.tool.name.as_str(), document.tool.version.as_str()), ("acralog", env!("CARGO_PKG_VERSION")));
    assert_eq!(document.acra_version, "0.96.0");
    assert_eq!(document.codes.iter().map(Code::row).collect::<Vec<_>>(), rows());
    for code in &document.codes {
        assert_eq!(code.ocsf.type_uid, 100 * code.ocsf.class_uid + code.ocsf.activity_id);
    }
}

#[test]
fn jsonl_has_the_same_objects_one_per_line() {
    let lines = answer(&["codes", "--output-format", "jsonl"]);
    let codes: Vec<Code> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(codes, document(&["codes"]).codes);
}

#[test]
fn csv_holds_the_catalogue_and_no_formula() {
    let text = answer(&["codes", "--output-format", "csv"]);
    assert_eq!(text.split_terminator("\r\n").count(), 106);
    assert!(text.starts_with("code,identifier,group,important,severity,slug,title,"));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<Vec<String>> = reader.deserialize().map(Result::unwrap).collect();
    let codes = document(&["codes"]).codes;
    assert_eq!(rows.len(), codes.len());
    for (cells, code) in rows.iter().zip(codes) {
        assert_eq!(cells.len(), 17, "{cells:?}");
        assert!(cells.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t'])), "{cells:?}");
        assert_eq!(cells[..3], [code.code.to_string(), code.identifier, code.group]);
        assert_eq!(cells[6], code.title);
        assert_eq!(cells[13], code.ocsf.type_uid.to_string());
        assert_eq!(cells[14..], [code.meaning, code.cause, code.response]);
    }
}

#[test]
fn codes_are_selected_by_number_name_group_and_words() {
    let cases: [(&[&str], &[u16]); 8] = [
        (&["560", "587,101"], &[101, 560, 587]),
        (&["51x"], &[510, 511, 512, 513, 514]),
        (&["KEYS"], &[510, 511, 512, 513, 514]),
        (&["--group", "keys,censor", "--important"], &[510, 511, 512, 513, 560, 561, 562, 563]),
        (&["sql-query-blocked", "EVENTCODEERRORCANTREADKEYS"], &[511, 560]),
        (&["5xx", "--group", "keys"], &[510, 511, 512, 513, 514]),
        (&["999", "560"], &[560]),
        (&["Jaeger", "exporter"], &[812]),
    ];
    for (args, wanted) in cases {
        assert_eq!(listed(args), wanted, "{args:?}");
    }
    let poison: BTreeSet<u16> = listed(&["poison record"]).into_iter().collect();
    assert!(poison.is_superset(&BTreeSet::from([101, 583, 587, 589])), "{poison:?}");
}

#[test]
fn what_is_no_code_is_wrong_usage_with_a_hint() {
    for (args, message) in [
        (
            &["codes", "sql-query-bloked"][..],
            "acralog: no event code is called `sql-query-bloked`\nhint: did you mean sql-query-blocked",
        ),
        (&["codes", "999"], "acralog: no event code of Acra 0.96.0 matches all that\nhint: `acralog codes` lists"),
        (&["codes", "keys", "--group", "censor"], "acralog: no event code of Acra 0.96.0 matches all that\nhint: "),
        (&["codes", "600-500"], "acralog: the range `600-500` is empty\nhint: 500-600"),
        (&["codes", "--group", "sensor"], "acralog: no group `sensor`\nhint: the groups are general, errors, "),
        (&["explain", "999"], "acralog: Acra 0.96.0 has no event code 999\nhint: `acralog codes` lists"),
        (&["explain", "560", "poison"], "acralog: no event code is called `poison`\nhint: did you mean poison-record-"),
        (
            &["explain", "chain-alterd"],
            "acralog: no event code, finding or incident is called `chain-alterd`\nhint: did you mean chain-altered",
        ),
        (&["explain", "censor"], "acralog: no event code is called `censor`\nhint: "),
    ] {
        let run = acralog(args);
        let said = run.stderr;
        assert_eq!((run.code, run.stdout.as_slice()), (64, &b""[..]), "{args:?}");
        assert!(said.starts_with(message), "{args:?}: {said}");
    }
    assert_eq!(acralog(&["explain"]).code, 64);
}

#[test]
fn findings_and_incidents_are_explained_like_codes() {
    let page = answer(&["explain", "chain-altered", "poison-record,587", "chain-altered"]);
    let heads: Vec<_> = page.lines().filter(|line| !line.starts_with(' ') && !line.is_empty()).collect();
    assert_eq!(heads[0], "chain-altered  a finding of verify");
    assert_eq!(heads[1], "poison-record  an incident of report: Poison record read");
    assert!(heads[2].starts_with("587  ") && heads.len() == 3, "{page}");
    for said in ["likely cause", "do first", "tampered by --policy default", "--print-rules", "583, 587"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let json = answer(&["explain", "--json", "lines-unsigned-between-chains,silence,key-wrong,560"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["findings"][0]["can_be_allowed"], true);
    assert_eq!(json["findings"][1]["class"]["acra"], "tampered");
    assert_eq!((&json["incidents"][0]["name"], &json["codes"][0]["code"]), (&"silence".into(), &560.into()));
    assert!(answer(&["explain", "--color", "always", "560"]).contains('\x1b'));
}

#[test]
fn an_explanation_says_what_the_catalogue_says_in_the_order_asked_for() {
    let page = answer(&["explain", "587", "sql-query-blocked", "587"]);
    let words = page.split_whitespace().collect::<Vec<_>>().join(" ");
    let codes = document(&["codes", "560,587"]).codes;
    for code in &codes {
        for text in [&code.title, &code.meaning, &code.cause, &code.response, &code.identifier] {
            assert!(words.contains(text.as_str()), "{text}");
        }
    }
    assert_eq!(page.lines().filter(|line| !line.starts_with(' ') && !line.is_empty()).count(), 2);
    assert!(page.starts_with("587  ") && page.contains("\n\n560  "), "{page}");
    let order: Vec<u16> = document(&["explain", "587", "560"]).codes.iter().map(|code| code.code).collect();
    assert_eq!(order, [587, 560]);
}

#[test]
fn colour_is_there_when_it_is_asked_for() {
    assert!(!answer(&["codes"]).contains('\x1b'));
    let colored = answer(&["codes", "--color", "always"]);
    assert!(colored.contains('\x1b'));
    assert_eq!(anstream::adapter::strip_str(&colored).to_string(), answer(&["codes"]));
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_exit_2() {
    for args in [&["codes"][..], &["codes", "--output-format", "json"], &["explain", "560"]] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        assert_eq!(Run::bare().args(args).onto(full, Stdio::null()), 2, "{args:?}");
    }
}
