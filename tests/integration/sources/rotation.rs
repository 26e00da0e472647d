//! Rotated sets: a chain begins in one file and ends in the next, files come in any order and compression, and are read as
//! one stream, oldest first.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::gzip;
use crate::log_writer::{Format, Lines, Service, text};
use crate::support::report::Report;
use crate::support::verify::write;
use crate::support::{Run, fixture};

const OLDEST_FIRST: [&str; 4] =
    ["acra-server.log.3.gz", "acra-server.log.2.gz", "acra-server.log.1", "acra-server.log"];

pub(super) fn name_of(path: &str) -> &str {
    Path::new(path).file_name().and_then(|name| name.to_str()).expect("a name in UTF-8")
}

#[track_caller]
pub(super) fn assert_one_stream(report: &Report, oldest_first: &[&str]) {
    assert_eq!(report.streams.len(), 1, "{:?}", report.streams);
    let order: Vec<&str> = report.streams[0].files.iter().map(|path| name_of(path)).collect();
    assert_eq!(order, oldest_first);
}

#[test]
fn a_rotated_set_is_one_stream_as_a_directory_and_as_arguments_in_any_order() {
    let set = fixture::log("rotation_four_files");
    let report = Run::report().key("audit.key").path(&set).exit(0).report();
    assert_one_stream(&report, &OLDEST_FIRST);
    assert_eq!(report.chain_counts.closed, 4);
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]] {
        let paths: Vec<PathBuf> = order.iter().map(|&index| set.join(OLDEST_FIRST[index])).collect();
        let report = Run::report().key("audit.key").args(&paths).exit(0).report();
        assert_one_stream(&report, &OLDEST_FIRST);
    }
    let report = Run::report().key("audit.key").path(set.join("acra-server.log*")).exit(0).report();
    assert_one_stream(&report, &OLDEST_FIRST);
}

#[test]
fn the_order_is_shown_to_those_who_ask() {
    let done = Run::verify().key("audit.key").arg("-v").path(fixture::log("rotation_four_files")).exit(0);
    let told = done.text().to_owned() + &done.stderr;
    let mut last = 0;
    for name in OLDEST_FIRST {
        let at = told[last..].find(name).unwrap_or_else(|| panic!("{name} does not follow: {}", done.told()));
        last += at;
    }
}

/// A log of several chains, cut into so many pieces inside the chains.
pub(super) fn pieces(format: Format, count: usize) -> Vec<Vec<u8>> {
    let mut service = Service::new(format, fixture::key("audit.key"), 39);
    let mut log = Lines::new();
    for _ in 0..count {
        log.extend(service.chain(9));
    }
    let piece = log.len() / count;
    // Never at the end of a chain: the cut is moved by 4 of 9 entries.
    let cuts: Vec<usize> = (0..count).map(|number| number * piece + if number == 0 { 0 } else { 4 }).collect();
    let ends = cuts.iter().skip(1).copied().chain([log.len()]);
    cuts.iter().zip(ends).map(|(&from, to)| text(&log[from..to])).collect()
}

/// Writes the pieces under these names, oldest first, packed as the name says.
pub(super) fn set_of(names: &[&str], format: Format) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, piece) in names.iter().zip(pieces(format, names.len())) {
        let bytes = match name.rsplit('.').next() {
            Some("gz") => gzip(&piece),
            Some("zst") => zstd::encode_all(piece.as_slice(), 3).expect("memory takes everything"),
            _ => piece,
        };
        write(folder.path(), name, &bytes);
    }
    folder
}

#[test]
fn every_naming_of_rotated_files_is_put_in_order() {
    let namings: [&[&str]; 7] = [
        &["a.log.3.gz", "a.log.2.zst", "a.log.1", "a.log"],
        &[
            "a.log.11", "a.log.10", "a.log.9", "a.log.8", "a.log.7", "a.log.6", "a.log.5", "a.log.4", "a.log.3",
            "a.log.2", "a.log.1", "a.log",
        ],
        &[
            "a.log.10.gz",
            "a.log.9.gz",
            "a.log.8",
            "a.log.7",
            "a.log.6",
            "a.log.5",
            "a.log.4",
            "a.log.3",
            "a.log.2",
            "a.log.1",
            "a.log",
        ],
        &["a.log-20250313.gz", "a.log-20250314.gz", "a.log-20250315", "a.log"],
        &["a.log-20241231", "a.log-20250101"],
        &["a.log.2025-03-13.gz", "a.log.2025-03-14", "a.log"],
        &["a.log-2025031422.gz", "a.log-2025031423", "a.log"],
    ];
    for names in namings {
        for format in Format::ALL {
            let folder = set_of(names, format);
            let report = Run::report().key("audit.key").path(folder.path()).exit(0).report();
            assert_one_stream(&report, names);
            assert_eq!(report.account.verified.lines, 9 * names.len() as u64, "{names:?}");
        }
    }
}

#[test]
fn two_rotated_sets_in_one_directory_are_two_streams() {
    let folder = tempfile::tempdir().expect("a folder");
    for stem in ["server", "translator"] {
        for (name, piece) in [".1", ""].iter().zip(pieces(Format::Json, 2)) {
            write(folder.path(), &format!("{stem}.log{name}"), &piece);
        }
    }
    let report = Run::report().key("audit.key").path(folder.path()).done().report();
    let streams: Vec<Vec<&str>> =
        report.streams.iter().map(|stream| stream.files.iter().map(|path| name_of(path)).collect()).collect();
    assert_eq!(streams, [["server.log.1", "server.log"], ["translator.log.1", "translator.log"]]);
    // The same chains stand in both sets, which is worth a warning, not an alarm.
    assert_eq!(report.exit_code, 0, "{:?}", report.findings_by_code);
    report.shows("chain-elsewhere");
}

#[test]
fn files_of_any_name_are_one_stream_when_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let names = ["zulu.txt", "mike.txt", "alpha.txt"];
    let paths: Vec<PathBuf> =
        names.iter().zip(pieces(Format::Cef, 3)).map(|(name, piece)| write(folder.path(), name, &piece)).collect();
    let report = Run::report().key("audit.key").arg("--as-one-stream").args(&paths).exit(0).report();
    assert_one_stream(&report, &names);
    Run::report().key("audit.key").arg("--as-one-stream").args(paths.iter().rev()).exit_one_of(&[1, 3]);
}

#[test]
fn a_chain_crosses_files_even_where_a_line_is_the_last_one_without_a_newline() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut pieces = pieces(Format::Plaintext, 2);
    pieces[0].pop();
    write(folder.path(), "a.log.1", &pieces[0]);
    write(folder.path(), "a.log", &pieces[1]);
    Run::report().key("audit.key").path(folder.path()).exit(0);
}

#[test]
fn tampering_is_named_with_the_file_and_the_line_within_it() {
    let folder = set_of(&["a.log.2.gz", "a.log.1", "a.log"], Format::Json);
    let path = folder.path().join("a.log.1");
    let log = std::fs::read(&path).expect("just written");
    let altered = String::from_utf8(log).expect("UTF-8").replacen(
        "\"product\":\"acra-server\"",
        "\"product\":\"acra-serveR\"",
        1,
    );
    std::fs::write(&path, altered).expect("our own file");
    let report = Run::report().key("audit.key").path(folder.path()).exit(1).report();
    let place = report.finding("entry-restored").place.clone().expect("an altered entry stands somewhere");
    assert_eq!((name_of(&place.file), place.line), ("a.log.1", 1));
}
