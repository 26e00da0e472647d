//! Rows 10, 12 to 15, 20 and 21 of the list of attacks: nothing to verify, whole chains repeated, moved, cut, removed, and
//! files missing from a set.

use tempfile::TempDir;

use super::{CHAIN_LINES, Case, INCOMPLETE, INTACT, assert_all, three_chains};
use crate::log_writer::{Event, Format, Lines, Service, text};
use crate::support::verify::write;
use crate::support::{Run, fixture};

#[test]
fn row_10_nothing_at_all_is_incomplete() {
    let nothing: [(&str, &[u8]); 5] = [
        ("empty", b""),
        ("a newline", b"\n"),
        ("blank lines", b"\n\n \n\t\n"),
        ("CRLF", b"\r\n\r\n"),
        ("a mark", b"\xef\xbb\xbf"),
    ];
    assert_all(nothing.map(|(name, log)| Case::of_bytes(name, log.to_vec(), INCOMPLETE, &["nothing-signed"])));
}

#[test]
fn row_12_a_repeated_chain_is_incomplete_and_counted_apart() {
    assert_all(Format::ALL.into_iter().flat_map(|format| {
        let log = three_chains(format);
        (0..3).flat_map(move |chain| {
            let copy = log[chain * CHAIN_LINES..][..CHAIN_LINES].to_vec();
            let places = [("at once", (chain + 1) * CHAIN_LINES), ("at the end", log.len()), ("in front", 0)];
            let cases: Vec<Case> = places
                .into_iter()
                .map(|(name, at)| {
                    let mut log = log.clone();
                    log.splice(at..at, copy.clone());
                    let name = format!("{format:?} chain {chain} {name}");
                    Case::new(name, &log, INCOMPLETE, &["chain-repeated"])
                })
                .collect();
            cases
        })
    }));
}

#[test]
fn row_13_chains_in_another_order_show_time_running_backwards() {
    assert_all(Format::ALL.into_iter().flat_map(|format| {
        [[1, 0, 2], [0, 2, 1], [2, 1, 0]].map(|order| {
            let log = three_chains(format);
            let moved: Lines =
                order.iter().flat_map(|chain| log[chain * CHAIN_LINES..][..CHAIN_LINES].to_vec()).collect();
            Case::new(format!("{format:?} {order:?}"), &moved, INTACT, &["time-backwards"])
        })
    }));
}

#[test]
fn row_14_a_tail_that_was_cut_off_leaves_the_chain_open() {
    assert_all(Format::ALL.into_iter().flat_map(|format| {
        [1, 2, 5, 13].into_iter().flat_map(move |count| {
            let mut log = three_chains(format);
            log.truncate(log.len() - count);
            let name = format!("{format:?} without the last {count}");
            [
                Case::new(&name, &log, INTACT, &["chain-open-at-end"]),
                Case::new(&name, &log, INCOMPLETE, &["chain-open-at-end"]).with(&["--require-end"]),
            ]
        })
    }));
}

#[test]
fn row_15_a_text_that_looks_like_an_end_is_no_end() {
    let end = "End of current audit log chain";
    let at = 1_741_910_400_500;
    let forgeries = [
        Event::new(at, "info", "Process query").with("sql", format!("{end}\" chain=end")),
        Event::new(at, "info", &format!("client said: {end} chain=end")).with("sql", "chain=end"),
        Event::new(at, "info", "x").with("sql", format!("\"chain\":\"end\",\"msg\":\"{end}\"")),
        Event::new(at, "info", "x").with("sql", format!("|{end}|1|chain=end ")),
        Event::new(at, "info", end),
        Event::new(at, "info", &format!("{end} ")).with("chain", "end"),
        Event::new(at, "info", "x").with("chain", "end"),
        Event::new(at, "info", end).with("chain", "end of it"),
        Event::new(at, "info", end).with("chain_", "end").with("x chain", "end"),
    ];
    let forged = |format: Format, event: &Event| {
        let mut service = Service::new(format, fixture::key("audit.key"), 15);
        let mut log = service.entries(4);
        log.push(service.write(event));
        service.crash();
        log.extend(service.chain(5));
        log
    };
    // CEF trims a value before it writes it: there the sixth event is spelled as a real end.
    let is_an_end = |format: Format, number: usize| format == Format::Cef && number == 5;
    let formats_and_forgeries =
        Format::ALL.into_iter().flat_map(|format| (0..forgeries.len()).map(move |n| (format, n)));
    assert_all(formats_and_forgeries.filter(|&(format, number)| !is_an_end(format, number)).map(|(format, number)| {
        let log = forged(format, &forgeries[number]);
        Case::new(format!("{format:?} forgery {number}"), &log, INCOMPLETE, &["chain-unfinished"])
    }));
}

#[test]
fn row_20_a_removed_chain_cannot_be_seen_and_the_report_says_so() {
    for format in Format::ALL {
        for chain in 0..3 {
            let mut log = three_chains(format);
            log.drain(chain * CHAIN_LINES..(chain + 1) * CHAIN_LINES);
            let report = Run::report().key("audit.key").stdin(&text(&log)).exit(0).report();
            let says_so = report.not_shown.iter().any(|it| it.what.contains("chain") && it.what.contains("removed"));
            assert!(says_so, "{format:?} chain {chain}: {:?}", report.not_shown);
        }
    }
}

/// A rotated set of four files; each holds one whole chain.
fn rotated_set() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let mut service = Service::new(Format::Json, fixture::key("audit.key"), 21);
    for name in ["acra-server.log.3", "acra-server.log.2", "acra-server.log.1", "acra-server.log"] {
        write(folder.path(), name, &text(&service.chain(6)));
    }
    folder
}

#[test]
fn row_21_a_file_missing_from_the_set_leaves_the_run_undecided() {
    for missing in ["acra-server.log.1", "acra-server.log.2"] {
        let folder = rotated_set();
        Run::report().key("audit.key").path(folder.path()).exit(0);
        std::fs::remove_file(folder.path().join(missing)).expect("it was there");
        Run::report().key("audit.key").path(folder.path()).exit(2).report().shows("file-missing");
        Run::report().key("audit.key").path(folder.path()).arg("--missing-ok").exit(0).report().shows("file-missing");
    }
}

#[test]
fn row_21_a_chain_broken_off_by_a_missing_file_is_no_tampering() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["acra-server.log", "acra-server.log.1", "acra-server.log.3.gz"] {
        write(folder.path(), name, &fixture::bytes(&format!("rotation_four_files/{name}")));
    }
    Run::report().key("audit.key").path(folder.path()).exit(2).report().shows("file-missing");
    Run::report().key("audit.key").path(folder.path()).arg("--missing-ok").exit_one_of(&[0, 3]).report();
}

#[test]
fn row_21_a_named_file_that_is_missing_leaves_the_run_undecided() {
    let folder = rotated_set();
    let live = folder.path().join("acra-server.log");
    let gone = folder.path().join("gone.log");
    Run::report().key("audit.key").path(&live).path(&gone).exit(2);
    Run::report().key("audit.key").path(&live).path(&gone).arg("--missing-ok").exit(0).report().shows("file-missing");
}
