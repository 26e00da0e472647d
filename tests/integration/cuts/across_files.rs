//! A line that begins in one file of a set and ends in the next one (attacks, row 57).

use tempfile::TempDir;

use super::{chain, report_on, service};
use crate::log_writer::{Format, text};
use crate::sources::gzip;
use crate::support::verify::{verify_set, write};
use crate::support::{Run, fixture};

#[test]
fn a_line_cut_by_the_end_of_a_file_is_whole_wherever_it_was_cut() {
    for format in Format::ALL {
        let log = text(&chain(format));
        for cut in 0..=log.len() {
            let (older, live) = log.split_at(cut);
            let report = report_on(&[older.to_vec(), live.to_vec()], 0, &format!("{format:?} cut at {cut}"));
            assert_eq!(report.account.verified.bytes, log.len() as u64, "{format:?} cut at {cut}");
        }
    }
}

#[test]
fn lines_without_a_seal_are_joined_as_well() {
    for format in Format::ALL {
        let mut service = service(format);
        let start = text(&service.start_up(2));
        let log = [start.clone(), text(&service.chain(3))].concat();
        for cut in 1..start.len() {
            let (older, live) = log.split_at(cut);
            let report = report_on(&[older.to_vec(), live.to_vec()], 0, &format!("{format:?} cut at {cut}"));
            assert_eq!(report.account.unsigned.bytes, start.len() as u64, "{format:?} cut at {cut}");
        }
    }
}

#[test]
fn a_log_may_be_cut_into_files_of_any_size() {
    for format in Format::ALL {
        let mut log = text(&chain(format));
        // No newline at the very end either.
        log.pop();
        for size in [1, 2, 7, 50, 100, 300] {
            let files: Vec<Vec<u8>> = log.chunks(size).map(<[u8]>::to_vec).collect();
            let report = report_on(&files, 0, &format!("{format:?} in files of {size}"));
            assert_eq!(report.account.verified.bytes, log.len() as u64, "{format:?} in files of {size}");
        }
    }
}

#[test]
fn empty_files_and_holes_between_the_parts_change_nothing() {
    for format in Format::ALL {
        let log = text(&chain(format));
        let (older, live) = log.split_at(log.len() / 2);
        for between in [vec![], vec![Vec::new()], vec![Vec::new(); 3]] {
            let hole = [vec![0; 5000], live.to_vec()].concat();
            for live in [live.to_vec(), hole] {
                let files = [vec![older.to_vec()], between.clone(), vec![live]].concat();
                let report = report_on(&files, 0, &format!("{format:?}, {} files between", between.len()));
                assert_eq!(report.account.verified.bytes, log.len() as u64);
            }
        }
    }
}

#[test]
fn a_byte_that_is_missing_at_the_cut_is_missed() {
    for format in Format::ALL {
        let log = text(&chain(format));
        let middle = log.iter().position(|byte| *byte == b'\n').expect("lines") + 1;
        for cut in middle..middle + 150 {
            let files = [log[..cut].to_vec(), log[cut + 1..].to_vec()];
            let report = verify_set(&files, &[fixture::key("audit.key")], 128);
            // A blank line or the newline itself may be missing without a loss.
            let newline = log[cut] == b'\n';
            assert!(newline || [1, 3].contains(&report.exit_code), "{format:?} without byte {cut}: {report:?}");
        }
    }
}

#[test]
fn a_set_is_joined_on_disk_whatever_the_files_are_packed_in_and_whatever_reads_them() {
    for format in Format::ALL {
        let lines = chain(format);
        let log = text(&lines);
        let cut = lines[0].len() + 1 + lines[1].len() / 2;
        let folder = TempDir::new().expect("a folder");
        let older = write(folder.path(), "audit.log.1.gz", &gzip(&log[..cut]));
        let live = write(folder.path(), "audit.log", &log[cut..]);
        let report = Run::report().key("audit.key").path(folder.path()).exit(0).report();
        assert_eq!(report.account.verified.bytes, log.len() as u64);
        let as_one = Run::report().key("audit.key").arg("--as-one-stream").path(&older).path(&live).exit(0).report();
        assert_eq!(as_one.account, report.account);
        let count = |args: &[&str]| {
            let done = Run::bare().arg("grep").args(args).arg("[a-z]").path(folder.path()).exit(0);
            done.text().lines().count()
        };
        assert_eq!(count(&["--no-filename"]), lines.len(), "{format:?}");
        let convert = Run::bare().args(["convert", "--to", "json"]).path(folder.path()).done();
        assert_eq!(convert.text().lines().count(), lines.len(), "{}", convert.told());
    }
}
