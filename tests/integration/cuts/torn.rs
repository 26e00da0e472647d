//! A crash in the middle of a line, and the restart behind it (attacks, rows 19, 32 and 47).

use super::{chain, report_on, service};
use crate::log_writer::{Format, text};

/// For every place where a crash may cut a line behind the first one of a chain: what stands before the cut line, and what
/// is left of it.
fn each_cut(mut judge: impl FnMut(Format, &[u8], &[u8], &str)) {
    for format in Format::ALL {
        let lines = chain(format);
        for (index, line) in lines.iter().enumerate().skip(1) {
            for cut in 1..line.len() {
                judge(format, &text(&lines[..index]), &line[..cut], &format!("{format:?} line {index} cut at {cut}"));
            }
        }
    }
}

/// The service begins again, a quarter of an hour later.
fn restart(format: Format) -> [Vec<u8>; 2] {
    let mut service = service(format);
    for _ in 0..2000 {
        service.tick();
    }
    [text(&service.start_up(2)), text(&service.chain(3))]
}

#[test]
fn a_torn_line_with_a_restart_behind_it_is_a_crash_wherever_it_was_cut() {
    each_cut(|format, before, torn, told| {
        let [start, chain] = restart(format);
        let logs: [&[&[u8]]; 4] = [
            &[before, torn, &start, &chain],
            &[before, torn, b"\n", &start, &chain],
            &[before, torn, &chain],
            &[before, torn, b"\n", &chain],
        ];
        for parts in logs {
            let report = report_on(&[parts.concat()], 3, told);
            assert!(report.account.verified.bytes >= chain.len() as u64, "{told}");
            // An object shows by itself that it is not whole.
            if format == Format::Json && torn.len() > 1 && parts[2] == b"\n" {
                report.shows("line-torn");
            }
        }
    });
}

#[test]
fn a_torn_first_entry_is_no_tampering() {
    for format in Format::ALL {
        let line = &chain(format)[0];
        let [start, chain] = restart(format);
        for cut in 1..line.len() {
            for end in ["", "\n"] {
                let log = [&line[..cut], end.as_bytes(), &start, &chain].concat();
                let told = format!("{format:?} cut at {cut}");
                let report =
                    crate::support::verify::verify_set(&[log], &[crate::support::fixture::key("audit.key")], 128);
                assert_ne!(report.exit_code, 1, "{told}: {:#?}", report.findings);
                // With its seal it is an entry that was signed, and the only one of its chain.
                let is_signed = format != Format::Json && cut >= line.len() - " chain=new".len();
                assert!(report.exit_code == 3 || !is_signed, "{told}: {:#?}", report.findings);
            }
        }
    }
}

#[test]
fn so_is_one_at_the_end_of_an_older_file() {
    each_cut(|format, before, torn, told| {
        let older = [before, torn].concat();
        let report = report_on(&[older.clone(), restart(format).concat()], 3, told);
        assert_eq!(report.files[1].worst, "note", "{told}");
        report_on(&[older, Vec::new()], 3, told);
    });
}

#[test]
fn a_torn_line_in_a_chain_that_goes_on_is_tampering() {
    for format in Format::ALL {
        let lines = chain(format);
        for cut in 30..lines[1].len() - 12 {
            let mut log = lines.clone();
            log[1].truncate(cut);
            report_on(&[text(&log)], 1, &format!("{format:?} in place, cut at {cut}"));
            let mut log = lines.clone();
            log.insert(1, lines[1][..cut].to_vec());
            report_on(&[text(&log)], 1, &format!("{format:?} put in, cut at {cut}"));
        }
    }
}

#[test]
fn the_mark_of_a_start_is_missed_where_the_chain_goes_on() {
    for format in [Format::Plaintext, Format::Cef] {
        let mut lines = chain(format);
        let marked = lines[0].len();
        lines[0].truncate(marked - b" chain=new".len());
        report_on(&[text(&lines)], 1, &format!("{format:?}")).shows("chain-start-unmarked");
    }
}

#[test]
fn a_torn_line_of_one_of_several_instances_is_a_crash() {
    for format in Format::ALL {
        let mut other = crate::log_writer::Service::new(format, crate::support::fixture::key("audit.key"), 7);
        let (mut lines, others) = (chain(format), other.entries(6));
        lines.truncate(2);
        let torn = lines[1][..lines[1].len() * 2 / 3].to_vec();
        let before = text(&[&others[..2], &lines[..1], &others[2..4]].concat());
        let after = text(&[&others[4..], &[other.end()]].concat());
        report_on(&[[before, torn, after].concat()], 3, &format!("{format:?}")).shows("line-torn");
    }
}
