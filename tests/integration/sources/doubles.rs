//! Doubles of files (attacks, row 55): a file stands for another one only when its content is the same, and a number of a
//! set whose content is elsewhere is a hole.

use std::fs;
use std::path::Path;

use super::gzip;
use super::rotation::set_of;
use crate::log_writer::{Format, Service, text};
use crate::support::verify::write;
use crate::support::{Run, fixture};

const NAMES: [&str; 4] = ["a.log.3", "a.log.2", "a.log.1", "a.log"];

/// A rotated set of which each file is one whole chain.
fn whole_chains(format: Format) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let mut service = Service::new(format, fixture::key("audit.key"), 55);
    for name in NAMES {
        write(folder.path(), name, &text(&service.chain(6)));
    }
    folder
}

fn read(folder: &Path, name: &str) -> Vec<u8> {
    fs::read(folder.join(name)).expect("just written")
}

#[test]
fn an_empty_file_beside_the_compressed_rotation_does_not_hide_it() {
    let situation = fixture::situation("accept_empty_twin_hides_gz");
    let run = || Run::report().key_file(situation.join("audit.key"));
    let report = run().path(situation.join("set")).exit(2).report();
    assert_eq!(report.account.verified.lines, 15, "what says more is read");
    let place = report.finding("file-twin-differs").place.clone().expect("it stands beside a file");
    assert!(place.file.ends_with("log.1.gz"), "{place:?}");
    let named = ["log", "log.1", "log.1.gz", "log.2"].map(|name| situation.join("set").join(name));
    run().args(&named).exit(2).report().shows("file-twin-differs");
    // Missing files may be meant, two logs in one place are not.
    run().arg("--missing-ok").path(situation.join("set")).exit(2);
}

#[test]
fn a_twin_is_a_double_only_when_it_holds_the_same() {
    for format in Format::ALL {
        let folder = whole_chains(format);
        let rotated = read(folder.path(), "a.log.1");
        write(folder.path(), "a.log.1.gz", &gzip(&rotated));
        Run::report().key("audit.key").path(folder.path()).exit(0).report().shows("file-double");
        let half = &rotated[..rotated.len() / 2];
        for twin in [&b""[..], half, &read(folder.path(), "a.log.2"), b"something else\n"] {
            write(folder.path(), "a.log.1.gz", &gzip(twin));
            let report = Run::report().key("audit.key").path(folder.path()).exit(2).report();
            assert_eq!(report.shows("file-twin-differs").account.verified.lines, 24);
            write(folder.path(), "a.log.1.gz", &gzip(&rotated));
            write(folder.path(), "a.log.1", twin);
            Run::report().key("audit.key").path(folder.path()).exit_one_of(&[1, 2]).report().shows("file-twin-differs");
            write(folder.path(), "a.log.1", &rotated);
        }
    }
}

#[test]
fn grep_does_not_pass_over_a_twin_in_silence() {
    let situation = fixture::situation("accept_empty_twin_hides_gz");
    let done = Run::bare().args(["grep", "-c", "."]).path(situation.join("set")).exit(2);
    assert!(done.stderr.contains("log.1: stands for the same rotation"), "{}", done.told());
}

/// Puts the content of a file under another name.
#[cfg(unix)]
type Way = dyn Fn(&Path, &Path);

#[test]
#[cfg(unix)]
fn a_file_that_stands_in_for_a_deleted_one_leaves_a_hole() {
    let hard = |from: &Path, to: &Path| fs::hard_link(from, to).expect("one file system");
    let soft = |from: &Path, to: &Path| std::os::unix::fs::symlink(from, to).expect("links are there");
    let copy = |from: &Path, to: &Path| fs::write(to, fs::read(from).expect("it is there")).expect("a copy");
    let packed = |from: &Path, to: &Path| {
        fs::write(to.with_extension("1.gz"), gzip(&fs::read(from).expect("it is there"))).expect("a packed copy");
    };
    let ways: [&Way; 4] = [&hard, &soft, &copy, &packed];
    for format in Format::ALL {
        for (number, stand_in) in ways.iter().enumerate() {
            for (deleted, instead) in [("a.log.1", "a.log.2"), ("a.log.1", "a.log.3"), ("a.log.1", "a.log")] {
                let folder = whole_chains(format);
                fs::remove_file(folder.path().join(deleted)).expect("it was there");
                stand_in(&folder.path().join(instead), &folder.path().join(deleted));
                let name = format!("{format:?}, way {number}, {instead} for {deleted}");
                let report = Run::report().key("audit.key").path(folder.path()).exit(2).report();
                let told = &report.finding("file-missing").message;
                assert!(told.contains("what stands here holds what"), "{name}: {told}");
                assert_eq!(report.account.verified.lines, 18, "{name}: each entry once");
                Run::report().key("audit.key").path(folder.path()).arg("--missing-ok").exit(0);
                let named: Vec<_> =
                    fs::read_dir(folder.path()).expect("a folder").flatten().map(|it| it.path()).collect();
                Run::report().key("audit.key").args(&named).exit(2);
            }
        }
    }
}

#[test]
fn a_chain_cut_by_a_file_that_stands_in_for_another_is_no_tampering() {
    for (deleted, instead) in
        [("a.log.2", "a.log.3"), ("a.log.2", "a.log.1"), ("a.log.3", "a.log.1"), ("a.log.1", "a.log.3")]
    {
        for format in Format::ALL {
            let folder = set_of(&NAMES, format);
            fs::copy(folder.path().join(instead), folder.path().join(deleted)).expect("a copy");
            let done = Run::report().key("audit.key").path(folder.path()).exit(2);
            done.report().shows("file-missing");
        }
    }
}

#[test]
fn rotations_in_which_nothing_stands_are_no_copies_of_one_another() {
    let folder = whole_chains(Format::Json);
    for name in ["a.log.4", "a.log.5"] {
        write(folder.path(), name, b"");
    }
    Run::report().key("audit.key").path(folder.path()).exit(0);
}
