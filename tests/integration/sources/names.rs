//! Which names are the parts of one log: those that rotation writes, and those that only the user can tell.

use std::fs;

use super::rotation::{assert_one_stream, name_of, pieces, set_of};
use crate::log_writer::{Format, Service, text};
use crate::support::verify::write;
use crate::support::{Run, fixture};

/// Writes the pieces of one log under these paths, oldest first.
fn tree_of(paths: &[&str], format: Format) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, piece) in paths.iter().zip(pieces(format, paths.len())) {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("below the folder")).expect("new folders");
        let packed = path.extension().is_some_and(|it| it == "gz");
        fs::write(path, if packed { super::gzip(&piece) } else { piece }).expect("our own folder");
    }
    folder
}

#[test]
fn what_logrotate_names_with_extension_is_one_log() {
    let situation = fixture::situation("rotation_names");
    let report = Run::report().key_file(situation.join("key.hex")).path(situation.join("extension")).exit(0).report();
    assert_one_stream(&report, &["acra.2.log.gz", "acra.1.log", "acra.log"]);
    assert_eq!((report.chain_counts.closed, report.account.verified.lines), (1, 13));
}

#[test]
fn every_way_to_name_rotated_files_is_put_in_order() {
    let namings: [&[&str]; 15] = [
        &["acra.2.log.gz", "acra.1.log", "acra.log"],
        &["acra-20261127.log", "acra-20261128.log", "acra.log"],
        &["acra.log-1732790553.gz", "acra.log-1732794153", "acra.log"],
        &["acra-1732790553.log", "acra-1732794153.log", "acra.log"],
        &["acra.log.1732790553", "acra.log.1732794153", "acra.log"],
        &["acra.log-2026112809.gz", "acra.log-2026112810", "acra.log"],
        &["acra.log-2026-11-27", "acra.log-2026-11-28", "acra.log"],
        &["acra.log.2026-11-28T09", "acra.log.2026-11-28T10", "acra.log"],
        &["acra-2026-11-28T10-22-33.444.log.gz", "acra-2026-11-28T10-22-34.001.log", "acra.log"],
        &["acra.log.2026-11-28T10:22:33Z", "acra.log.2026-11-28T10:23:00Z", "acra.log"],
        &["acra.log.20261128T102233Z", "acra.log.20261128T102300Z", "acra.log"],
        &["2026/11/27/acra.log", "2026/11/28/acra.log", "2026/12/01/acra.log"],
        &["acra.2026-11-27.log", "acra.2026-11-28.log"],
        &[
            "host/2026/09/30/1790758800-9f3c.log",
            "host/2026/09/30/1790762400-0b1d.log",
            "host/2026/10/01/1790812800-77aa.log.gz",
        ],
        &["year=2026/month=11/day=28/hour=09/acra.log", "year=2026/month=11/day=28/hour=10/acra.log"],
    ];
    for names in namings {
        for format in Format::ALL {
            let folder = tree_of(names, format);
            let done = Run::report().key("audit.key").path(folder.path()).exit(0);
            let report = done.report();
            let wanted: Vec<&str> = names.iter().map(|path| name_of(path)).collect();
            assert_one_stream(&report, &wanted);
            assert_eq!(report.account.verified.lines, 9 * names.len() as u64, "{names:?}");
        }
    }
}

#[test]
fn services_and_instances_in_one_directory_are_never_one_log_by_a_guess() {
    let folder = tempfile::tempdir().expect("a folder");
    let names = [
        "acra-server.log",
        "acra-translator.log",
        "acra-server-1.log",
        "acra-server-2.log",
        "1790762400-acra-keys.log",
        "1790762400-acra-web.log",
    ];
    for (seed, name) in names.iter().enumerate() {
        let mut service = Service::new(Format::Cef, fixture::key("audit.key"), seed as u64 + 1);
        write(folder.path(), name, &text(&service.chain(5)));
    }
    let report = Run::report().key("audit.key").path(folder.path()).exit(0).report();
    assert_eq!(report.streams.len(), names.len(), "{:?}", report.streams);
}

#[test]
fn where_names_do_not_tell_what_belongs_together_the_hint_says_how_to_tell_it() {
    let ambiguous: [&[&str]; 3] =
        [&["acra-2.log", "acra-1.log"], &["2026-11-27/acra.log", "2026-11-28/acra.log"], &["acra.log.old", "acra.log"]];
    for names in ambiguous {
        let folder = tree_of(names, Format::Json);
        let report = Run::report().key("audit.key").path(folder.path()).exit_one_of(&[0, 3]).report();
        assert_eq!(report.streams.len(), 2, "{names:?}");
        let hint = report.finding("stream-headless").hint.clone().expect("there is something to do");
        assert!(hint.contains("--stream-by") && hint.contains("--as-one-stream"), "{names:?}: {hint}");
        let run = || Run::report().key("audit.key").args(["--stream-by", "acra", "--order-by", "time"]);
        assert_eq!(run().path(folder.path()).exit(0).report().streams[0].files.len(), 2, "{names:?}");
    }
    let folder = set_of(&["a.log.1", "a.log"], Format::Json);
    let alone = Run::report().key("audit.key").path(folder.path().join("a.log")).exit_one_of(&[0, 3]).report();
    let hint = alone.finding("stream-headless").hint.clone().expect("there is something to do");
    assert!(hint.contains("older file"), "{hint}");
}

#[test]
fn a_pattern_names_the_streams_and_each_is_put_in_the_order_of_its_entries() {
    // The names sort against the times, and so do the times of the file system.
    let paths = ["eu/9/zz.log", "eu/3/yy.log.gz", "eu/5/xx.log"];
    for format in Format::ALL {
        let folder = tree_of(&paths, format);
        let by = |args: &[&str]| Run::report().key("audit.key").args(args).path(folder.path());
        let report = by(&["--stream-by", "/(eu)/", "--order-by", "time"]).exit(0).report();
        assert_one_stream(&report, &["zz.log", "yy.log.gz", "xx.log"]);
        assert_eq!(report.streams[0].name, "eu");
        let report = by(&["--stream-by", "/(eu)/", "--order-by", "name"]).done().report();
        assert_one_stream(&report, &["yy.log.gz", "xx.log", "zz.log"]);
        let named: Vec<_> = ["xx", "yy", "zz"]
            .iter()
            .zip([5, 3, 9])
            .map(|(name, folder)| format!("eu/{folder}/{name}.log{}", if *name == "yy" { ".gz" } else { "" }))
            .collect();
        let run = Run::report().key("audit.key").args(["--as-one-stream", "--order-by", "time"]);
        assert_one_stream(
            &run.current_dir(folder.path()).args(&named).exit(0).report(),
            &["zz.log", "yy.log.gz", "xx.log"],
        );
    }
}

#[test]
fn a_pattern_that_is_none_or_that_no_path_has_is_refused() {
    let folder = set_of(&["a.log"], Format::Json);
    let by = |pattern: &str| Run::verify().key("audit.key").args(["--stream-by", pattern]).path(folder.path());
    by("(").refused();
    let told = by("server-[0-9]").done();
    assert!(told.code != 0 && told.stderr.contains("finds nothing in any path"), "{}", told.told());
}

#[test]
fn other_verbs_put_files_in_the_same_order() {
    let folder = tree_of(&["eu/9/zz.log", "eu/3/yy.log"], Format::Plaintext);
    let args = ["grep", "--stream-by", "eu/", "--order-by", "time", "-l", "-e", "."];
    let done = Run::bare().args(args).path(folder.path()).exit(0);
    let names: Vec<&str> = done.text().lines().map(name_of).collect();
    assert_eq!(names, ["zz.log", "yy.log"]);
}
