//! Directories as they stand on disk, against the streams wanted.

use std::fs;
use std::path::{Path, PathBuf};

use super::discover;
use crate::source::{Arrangement, Discovery, Input, Origin, Refused};

mod missing; // what is named or numbered, and not there

fn directory(names: &[&str]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for name in names {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, name).unwrap();
    }
    directory
}

fn search(root: &Path, specs: &[&str], arrangement: Arrangement) -> Discovery {
    let spec = |name: &&str| {
        if *name == "-" { PathBuf::from("-") } else { root.join(name) }
    };
    discover(&specs.iter().map(spec).collect::<Vec<_>>(), arrangement)
}

/// `name: file file; name: file`, relative to the root; `!file` is not there, `(file)` a hole.
fn streams(root: &Path, discovery: &Discovery) -> String {
    let prefix = format!("{}/", root.display());
    let file = |file: &Input| match &file.origin {
        Origin::Hole(_) => format!("({})", file.shown),
        Origin::Path(path) if !path.exists() => format!("!{}", file.shown),
        _ => file.shown.to_string(),
    };
    let stream = |stream: &crate::source::Stream| {
        let files: Vec<String> = stream.files.iter().map(file).collect();
        format!("{}: {}", stream.name, files.join(" "))
    };
    let text: Vec<String> = discovery.streams.iter().map(stream).collect();
    text.join("; ").replace(&prefix, "").replace("d/../", "").replace("./", "")
}

fn reasons(root: &Path, refused: &[Refused]) -> Vec<String> {
    let line = |(path, reason): &Refused| format!("{}: {reason}", path.display());
    refused.iter().map(line).map(|line| line.replace(&format!("{}/", root.display()), "")).collect()
}

#[test]
fn rotation_sets_are_sorted_whatever_the_order_given() {
    let names = [
        "a.log",
        "a.log.1",
        "a.log.2.gz",
        "b.json",
        "b-2025-03-14.json",
        "c.log.9",
        "c.log.10.gz",
        "d/a.log",
        "d/a.log.1",
    ];
    let root = directory(&names);
    let cases = [
        (
            &["."][..],
            "a.log: a.log.2.gz a.log.1 a.log; b.json: b-2025-03-14.json b.json; c.log: c.log.10.gz c.log.9; \
             d/a.log: d/a.log.1 d/a.log",
        ),
        (&["a.log.2.gz", "b.json", "a.log", "a.log.1"], "a.log: a.log.2.gz a.log.1 a.log; b.json: b.json"),
        (&["a.log"], "a.log: a.log"),
        (&["a.log.1"], "a.log.1: a.log.1"),
        (&["a.log.1", "a.log.2.gz"], "a.log: a.log.2.gz a.log.1"),
        (&["a.log.1", "d/a.log"], "a.log.1: a.log.1; d/a.log: d/a.log"),
        (&["d/a.log", "-", "-", "d/../d/a.log.1", "d", "d/a.log"], "d/a.log: d/a.log.1 d/a.log; -: -"),
        (&["a.log*"], "a.log: a.log.2.gz a.log.1 a.log"),
        (&["*/a.log"], "d/a.log: d/a.log"),
        (&["?"], "d/a.log: d/a.log.1 d/a.log"),
    ];
    for (specs, expected) in cases {
        let found = search(root.path(), specs, Arrangement::RotationSets);
        assert_eq!(streams(root.path(), &found).replace("d/../", ""), expected, "{specs:?}");
        assert_eq!((found.unmatched.len(), found.skipped.len(), found.unusable.len()), (0, 0, 0), "{specs:?}");
    }
}

#[test]
fn everything_as_one_stream_keeps_the_order_given() {
    let root = directory(&["a.log", "a.log.1", "d/b.log", "d/b.log.1"]);
    let found = search(root.path(), &["a.log", "-", "a.log.1", "d"], Arrangement::OneStream);
    assert_eq!(streams(root.path(), &found), "all inputs: a.log - a.log.1 d/b.log.1 d/b.log");
    let found = search(root.path(), &["a.log"], Arrangement::OneStream);
    assert_eq!(streams(root.path(), &found), "a.log: a.log");
    assert!(search(root.path(), &["none*"], Arrangement::OneStream).streams.is_empty());
}

#[test]
fn of_a_rotation_and_its_compressed_copy_the_uncompressed_one_is_read() {
    let root = directory(&["a.log", "a.log.1", "a.log.1.gz", "a.log.2.gz", "a.log.2.zst"]);
    let found = search(root.path(), &["."], Arrangement::RotationSets);
    assert_eq!(streams(root.path(), &found), "a.log: a.log.2.gz a.log.1 a.log");
    let doubles = reasons(root.path(), &found.doubles);
    assert!(doubles[0].starts_with("./a.log.2.zst: ") && doubles[1].starts_with("./a.log.1.gz: "), "{doubles:?}");
    let named = search(root.path(), &["a.log.1", "a.log.1.gz"], Arrangement::RotationSets);
    assert_eq!(streams(root.path(), &named), "a.log: a.log.1 a.log.1.gz", "what is named is read");
}

#[test]
#[cfg(unix)]
fn a_link_that_stands_in_for_a_rotated_file_is_told_and_one_that_names_the_live_log_is_not() {
    let root = directory(&["a.log", "a.log.2"]);
    std::os::unix::fs::symlink("a.log.2", root.path().join("a.log.1")).unwrap();
    std::os::unix::fs::symlink("a.log", root.path().join("current.log")).unwrap();
    let specs = ["a.log.2", "a.log.1", "a.log", "current.log", "a.log"];
    let found = search(root.path(), &specs, Arrangement::RotationSets);
    assert_eq!(streams(root.path(), &found), "a.log: a.log.2 a.log");
    let doubles = reasons(root.path(), &found.doubles);
    assert!(doubles.len() == 1 && doubles[0].starts_with("a.log.1: is the same file as "), "{doubles:?}");
}

#[test]
fn what_is_left_out_of_a_directory_is_told() {
    let root = directory(&["a.log", "notes.md", ".hidden.log", ".git/x.log", "key"]);
    let found = search(root.path(), &["."], Arrangement::RotationSets);
    assert_eq!(streams(root.path(), &found), "a.log: a.log");
    let expected = [
        "./.git: is hidden",
        "./.hidden.log: is hidden",
        "./key: does not look like a log",
        "./notes.md: does not look like a log",
    ];
    assert_eq!(reasons(root.path(), &found.skipped), expected);
}

#[test]
fn what_matches_nothing_is_told_and_a_directory_without_logs_is_empty() {
    let root = directory(&["a.log", "[x].log", "e/notes.md"]);
    let found = search(root.path(), &["a.log/*", "*.gz", "[", "[x].log", "e"], Arrangement::RotationSets);
    assert_eq!(streams(root.path(), &found), "[x].log: [x].log");
    assert_eq!(found.unmatched, ["a.log/*", "*.gz", "["].map(|name| root.path().join(name)));
    assert_eq!(found.empty, [root.path().join("e")]);
}

#[test]
#[cfg(unix)]
fn links_pipes_and_devices_are_told_apart() {
    use std::os::unix::fs::symlink;
    let root = directory(&["d/a.log", "other/c.log"]);
    let inside = root.path().join("d");
    symlink("a.log", inside.join("A-current.log")).unwrap();
    symlink("../other/c.log", inside.join("c.log")).unwrap();
    symlink("../other", inside.join("other.log")).unwrap();
    symlink("nowhere", inside.join("dangling.log")).unwrap();
    symlink("/dev/null", inside.join("null.log")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(inside.join("p.log")).status().unwrap().success());
    let found = search(root.path(), &["d"], Arrangement::RotationSets);
    assert_eq!(streams(root.path(), &found), "d/a.log: d/a.log; d/c.log: d/c.log");
    let expected = [
        "d/dangling.log: is a link that leads nowhere",
        "d/null.log: is a device",
        "d/other.log: is a link to a directory",
        "d/p.log: is a named pipe",
    ];
    assert_eq!(reasons(root.path(), &found.skipped), expected);
    let named = search(root.path(), &["d/p.log", "d/null.log", "d/dangling.log"], Arrangement::RotationSets);
    assert_eq!(streams(root.path(), &named), "d/p.log: d/p.log; d/dangling.log: !d/dangling.log");
    assert_eq!(reasons(root.path(), &named.unusable), ["d/null.log: is a device"]);
    let matched = search(root.path(), &["d/p*"], Arrangement::RotationSets);
    assert!(matched.streams.is_empty() && matched.skipped.len() == 1 && matched.unmatched.is_empty());
}
