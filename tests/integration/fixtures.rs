//! Every genuine log gets the verdict that `fixtures/expected.tsv` states beside it, and no log goes without a row. What
//! the logs show stands in `fixtures/README.md`.

use std::collections::BTreeSet;
use std::fs;

use crate::support::{Run, fixture};

struct Row<'a> {
    name: &'a str,
    keys: Vec<&'a str>,
    flags: Vec<&'a str>,
    exit: u8,
    codes: BTreeSet<&'a str>,
}

fn rows(table: &str) -> Vec<Row<'_>> {
    let list = |cell: &'static str| move |text: &&str| *text != cell;
    let rows: Vec<Row<'_>> = table
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            let [name, keys, flags, exit, codes] = cells[..] else { panic!("five cells: {line:?}") };
            Row {
                name,
                keys: keys.split(',').collect(),
                flags: flags.split(' ').filter(list("-")).collect(),
                exit: exit.parse().unwrap_or_else(|_| panic!("an exit code: {line:?}")),
                codes: codes.split(',').filter(list("-")).collect(),
            }
        })
        .collect();
    assert!(rows.len() > 50, "the table is not empty");
    rows
}

#[test]
fn every_row_of_the_table_comes_true() {
    let table = fixture::expected();
    let mut wrong = Vec::new();
    for row in rows(&table) {
        let run = Run::report().args(&row.flags).path(fixture::log(row.name));
        let done = row.keys.iter().fold(run, |run, key| run.key(key)).done();
        let found = serde_json::from_slice::<crate::support::report::Report>(&done.stdout)
            .map(|report| report.findings_by_code.keys().cloned().collect::<BTreeSet<_>>());
        let expected: BTreeSet<String> = row.codes.iter().map(|&code| code.to_owned()).collect();
        if done.code != row.exit || found.as_ref().ok() != Some(&expected) {
            wrong.push(format!(
                "{} {:?} {:?}: exit {} instead of {}, found {found:?} instead of {expected:?} {}",
                row.name, row.keys, row.flags, done.code, row.exit, done.stderr
            ));
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_log_has_a_row_and_every_row_a_log() {
    let table = fixture::expected();
    let in_table: BTreeSet<String> = rows(&table).iter().map(|row| row.name.to_owned()).collect();
    let on_disk: BTreeSet<String> = fs::read_dir(fixture::logs())
        .expect("fixtures/logs")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect();
    assert_eq!(in_table, on_disk);
}

#[test]
fn every_code_of_the_table_is_one_of_the_stable_names() {
    let table = fixture::expected();
    let names: BTreeSet<&str> = acralog::Code::ALL.iter().map(|code| code.name()).collect();
    for row in rows(&table) {
        assert!(row.codes.is_subset(&names), "{}: {:?}", row.name, row.codes);
    }
}

#[test]
fn the_altered_line_is_named_and_the_other_chains_are_verified() {
    for format in ["plaintext", "json", "cef"] {
        let path = fixture::log(&format!("chain_altered_middle.{format}.log"));
        let report = Run::report().key("audit.key").path(&path).exit(1).report();
        let altered = report.finding("entry-restored");
        let place = altered.place.as_ref().expect("an altered entry stands somewhere");
        assert_eq!((place.line, place.file.as_str()), (33, path.to_str().expect("UTF-8")), "{format}");
        let told = "`client_id=client-009` stood here, `client_id=Client-009` stands here now; its own seal proves it";
        let message = altered.message.replace("\"client_id\":\"", "client_id=").replace("\"`", "`");
        assert!(message.contains(told), "{format}: {message}");
        assert_eq!((report.chain_counts.closed, report.chain_counts.broken), (3, 0), "{format}");
        // Chain 2 is lines 27 to 40: six verified, one broken, seven verified from what stood there.
        let lines = [report.account.verified.lines, report.account.broken.lines, report.account.unverifiable.lines];
        assert_eq!(lines, [14 + 6 + 7 + 14, 1, 0], "{format}");
        let report = Run::report().key("audit.key").args(["--undo", "off"]).path(&path).exit(1).report();
        assert_eq!(report.finding("chain-altered").place.as_ref().map(|place| place.line), Some(33), "{format}");
        let lines = [report.account.verified.lines, report.account.broken.lines, report.account.unverifiable.lines];
        assert_eq!(lines, [14 + 6 + 14, 1, 7], "{format}");
    }
}

#[test]
fn a_rotated_key_is_named_beside_each_chain_it_verified() {
    for format in ["plaintext", "json", "cef"] {
        let path = fixture::log(&format!("key_rotated_between_chains.{format}.log"));
        let report = Run::report().key("audit.key").key("old.key.hex").path(path).exit(0).report();
        let chains_by_key: Vec<u64> = report.keys.iter().map(|key| key.chains).collect();
        assert_eq!(chains_by_key, [3, 2], "{format}");
        let (audit, old) = (&report.keys[0].fingerprint, &report.keys[1].fingerprint);
        let named: Vec<_> = report.chains.iter().map(|chain| chain.key.as_ref().expect("a key")).collect();
        assert_eq!(named, [old, old, audit, audit, audit], "{format}");
    }
}
