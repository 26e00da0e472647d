//! Directories as they stand on disk, against the streams wanted.

use std::fs;
use std::path::{Path, PathBuf};

use super::discover;
use crate::source::{Arrangement, Discovery, Input, Lack, Order, Origin, Refused};

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

fn search(root: &Path, specs: &[&str], arrangement: Arrangement<'_>) -> Discovery {
    let spec = |name: &&str| {
        if *name == "-" { PathBuf::from("-") } else { root.join(name) }
    };
    discover(&specs.iter().map(spec).collect::<Vec<_>>(), arrangement)
}

/// `name: file file; name: file`, relative to the root; `!file` is not there, `(file)` a hole.
fn streams(root: &Path, discovery: &Discovery) -> String {
    let prefix = format!("{}/", root.display());
    let file = |file: &Input| match &file.origin {
        Origin::Hole { .. } => format!("({})", file.shown),
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

/// Writes files with these contents, gzipped where the name says so.
fn files(contents: &[(&str, &str)]) -> tempfile::TempDir {
    let root = directory(&[]);
    for (name, content) in contents {
        let bytes = if name.ends_with(".gz") {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            std::io::Write::write_all(&mut gzip, content.as_bytes()).unwrap();
            gzip.finish().unwrap()
        } else {
            content.as_bytes().to_vec()
        };
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    root
}

#[test]
fn of_a_rotation_and_its_compressed_copy_the_uncompressed_one_is_read() {
    let names = ["a.log", "a.log.1", "a.log.1.gz", "a.log.2.gz", "a.log.2.zst"];
    let root = files(&names.map(|name| (name, &name[..7.min(name.len())])));
    let found = search(root.path(), &["."], Arrangement::RotationSets);
    assert_eq!(streams(root.path(), &found), "a.log: a.log.2.gz a.log.1 a.log");
    let doubles = reasons(root.path(), &found.doubles);
    assert!(doubles[0].starts_with("./a.log.2.zst: ") && doubles[1].starts_with("./a.log.1.gz: "), "{doubles:?}");
    let named = search(root.path(), &["a.log.1", "a.log.1.gz"], Arrangement::RotationSets);
    assert_eq!(streams(root.path(), &named), "a.log.1: a.log.1", "once, however it was meant");
}

fn twins(root: &Path, discovery: &Discovery) -> Vec<String> {
    let twins = discovery.lacking().filter(|lacking| lacking.lack == Lack::Twin);
    twins.map(|twin| twin.path.strip_prefix(root).unwrap().to_string_lossy().replace("./", "")).collect()
}

#[test]
fn a_twin_that_holds_something_else_is_no_double_and_what_says_more_is_read() {
    let cases = [
        ("", "a whole log", "a.log.1.gz", "a.log.1"),
        ("a whole", "a whole log", "a.log.1.gz", "a.log.1"),
        ("a whole log", "a whole", "a.log.1", "a.log.1.gz"),
        ("one log", "another log", "a.log.1", "a.log.1.gz"),
    ];
    for (plain, packed, read, left_out) in cases {
        let root = files(&[("a.log.1", plain), ("a.log.1.gz", packed), ("a.log", "live")]);
        let found = search(root.path(), &["."], Arrangement::RotationSets);
        assert_eq!(streams(root.path(), &found), format!("a.log: {read} a.log"));
        assert_eq!((twins(root.path(), &found), found.doubles.len()), (vec![left_out.to_owned()], 0));
        let named = search(root.path(), &["a.log.1", "a.log.1.gz"], Arrangement::RotationSets);
        assert_eq!(streams(root.path(), &named), "a.log: a.log.1 a.log.1.gz", "what is named is read");
        assert_eq!(twins(root.path(), &named), ["a.log.1.gz"]);
    }
    let root = files(&[("a.log.1", "a whole log"), ("a.log.1.gz", "a whole log")]);
    let packed = root.path().join("a.log.1.gz");
    let bytes = fs::read(&packed).unwrap();
    fs::write(&packed, &bytes[..bytes.len() - 4]).unwrap();
    let found = search(root.path(), &["."], Arrangement::RotationSets);
    assert_eq!(twins(root.path(), &found), ["a.log.1.gz"], "what breaks off is not the same");
}

#[test]
fn a_file_that_holds_what_another_one_of_its_set_holds_leaves_a_hole() {
    let cases = [
        (&[("a.log.2", "two"), ("a.log.1", "two"), ("a.log", "live")][..], "a.log: a.log.2 (a.log.1) a.log"),
        (&[("a.log.2.gz", "two"), ("a.log.1", "two"), ("a.log", "live")], "a.log: a.log.2.gz (a.log.1) a.log"),
        (&[("a.log.2", "two"), ("a.log.1", "live"), ("a.log", "live")], "a.log: a.log.2 (a.log.1) a.log"),
        (
            &[("a-20261127.log", "x"), ("a-20261128.log", "x"), ("a.log", "y")],
            "a.log: a-20261127.log (a-20261128.log) a.log",
        ),
        (&[("a.log.3", "x"), ("a.log.2", "y"), ("a.log.1", "x")], "a.log: a.log.3 a.log.2 (a.log.1)"),
        (&[("a.log.3", "x"), ("a.log.1", "y"), ("a.log", "x")], "a.log: (a.log.3) (a.log.2) a.log.1 a.log"),
        // What says nothing is no copy: logrotate leaves such files.
        (&[("a.log.2", ""), ("a.log.1", ""), ("a.log", "")], "a.log: a.log.2 a.log.1 a.log"),
        (
            &[("a.log.1", "x"), ("b.log.1", "x"), ("d/a.log.1", "x")],
            "a.log.1: a.log.1; b.log.1: b.log.1; d/a.log.1: d/a.log.1",
        ),
    ];
    for (contents, expected) in cases {
        let root = files(contents);
        let found = search(root.path(), &["."], Arrangement::RotationSets);
        assert_eq!(streams(root.path(), &found), expected);
        let names: Vec<&str> = contents.iter().map(|(name, _)| *name).collect();
        let named = search(root.path(), &names, Arrangement::RotationSets);
        assert_eq!(named.streams.len(), found.streams.len(), "{names:?}");
    }
    let root = files(cases[0].0);
    let found = search(root.path(), &["."], Arrangement::RotationSets);
    // Which of the two numbers it is, nobody knows: something may be missing before it too.
    assert_eq!(found.streams[0].files.iter().map(|file| file.after_gap).collect::<Vec<_>>(), [true, false, false]);
}

#[test]
#[cfg(unix)]
fn a_link_in_place_of_a_rotated_file_leaves_a_hole_and_one_that_names_the_live_log_does_not() {
    let hard = |from: PathBuf, to: PathBuf| fs::hard_link(from, to).unwrap();
    let soft = |from: PathBuf, to: PathBuf| std::os::unix::fs::symlink(from, to).unwrap();
    for link in [&hard as &dyn Fn(PathBuf, PathBuf), &soft] {
        let root = directory(&["a.log", "a.log.2"]);
        link(root.path().join("a.log.2"), root.path().join("a.log.1"));
        link(root.path().join("a.log"), root.path().join("current.log"));
        let specs = ["a.log.2", "a.log.1", "a.log", "current.log", "a.log"];
        for specs in [&specs[..], &["."]] {
            let found = search(root.path(), specs, Arrangement::RotationSets);
            assert_eq!(streams(root.path(), &found), "a.log: a.log.2 (a.log.1) a.log", "{specs:?}");
            assert_eq!(found.doubles.len(), 0);
        }
    }
    let root = directory(&["a-20261128.log", "a-20261127.log"]);
    soft("a-20261128.log".into(), root.path().join("a.log"));
    let found = search(root.path(), &["."], Arrangement::RotationSets);
    assert_eq!(
        streams(root.path(), &found),
        "a.log: a-20261127.log a-20261128.log",
        "the live name leads to the newest"
    );
}

#[test]
#[cfg(unix)]
fn a_hard_link_in_another_set_is_read_in_its_own_set() {
    let root = directory(&["daily.0/a.log", "daily.0/a.log.1", "daily.1/a.log"]);
    fs::hard_link(root.path().join("daily.0/a.log.1"), root.path().join("daily.1/a.log.1")).unwrap();
    let found = search(root.path(), &["."], Arrangement::RotationSets);
    let wanted = "daily.0/a.log: daily.0/a.log.1 daily.0/a.log; daily.1/a.log: daily.1/a.log.1 daily.1/a.log";
    assert_eq!(streams(root.path(), &found), wanted);
}

#[test]
fn a_number_before_the_extension_is_a_rotation_only_beside_the_live_log() {
    let cases = [
        (&["a.2.log.gz", "a.1.log", "a.log"][..], "a.log: a.2.log.gz a.1.log a.log"),
        (&["a.3.log", "a.1.log", "a.log"], "a.log: a.3.log (a.2.log) a.1.log a.log"),
        (&["a.1.log", "a.2.log"], "a.1.log: a.1.log; a.2.log: a.2.log"),
        (&["a-1.log", "a-2.log", "a.log"], "a-1.log: a-1.log; a-2.log: a-2.log; a.log: a.log"),
    ];
    for (names, expected) in cases {
        let root = directory(names);
        let found = search(root.path(), &["."], Arrangement::RotationSets);
        assert_eq!(streams(root.path(), &found), expected);
        assert_eq!(found.streams.iter().all(|stream| stream.has_lookalike), found.streams.len() > 1);
    }
    let root = directory(&["a.2.log", "a.1.log", "a.log"]);
    let found = search(root.path(), &["a.1.log", "a.2.log"], Arrangement::RotationSets);
    assert_eq!(streams(root.path(), &found), "a.log: a.2.log a.1.log", "the live log need not be given");
}

#[test]
fn files_below_directories_named_by_date_are_one_log() {
    let cases = [
        (
            &["h/2026/11/27/a.log.gz", "h/2026/11/28/a.log", "h/a.log"][..],
            "h/a.log: h/2026/11/27/a.log.gz h/2026/11/28/a.log h/a.log",
        ),
        (
            &["h/2026/11/27/a.log", "h/2026/11/27/b.log", "i/2026/11/27/a.log"],
            "h/2026/11/27/a.log: h/2026/11/27/a.log; h/2026/11/27/b.log: h/2026/11/27/b.log; i/2026/11/27/a.log: i/2026/11/27/a.log",
        ),
        (
            &[
                "h/2026/09/30/1790762400-9f3c.log",
                "h/2026/09/30/1790758800-a1b2.log",
                "h/2026/10/01/1790812800-77aa.log",
            ],
            "h/*.log: h/2026/09/30/1790758800-a1b2.log h/2026/09/30/1790762400-9f3c.log h/2026/10/01/1790812800-77aa.log",
        ),
        (
            &["b/2026/11/28/a-20261128-1022.log", "b/2026/11/28/a.log"],
            "b/a.log: b/2026/11/28/a-20261128-1022.log b/2026/11/28/a.log",
        ),
        // Some of these ids may be names: a log that lacks its middle would look altered.
        (
            &["h/2026/09/30/1790758800-a1b2.log", "h/2026/09/30/1790762400-zz.log", "h/2026/10/01/1790812800-77aa.log"],
            "h/2026/09/30/1790758800-a1b2.log: h/2026/09/30/1790758800-a1b2.log; h/2026/09/30/1790762400-zz.log: h/2026/09/30/1790762400-zz.log; h/2026/10/01/1790812800-77aa.log: h/2026/10/01/1790812800-77aa.log",
        ),
        // Rotated sets below a date are copies of a directory.
        (
            &["b/2026/11/27/a.log", "b/2026/11/27/a.log.1", "b/2026/11/28/a.log"],
            "b/2026/11/27/a.log: b/2026/11/27/a.log.1 b/2026/11/27/a.log; b/2026/11/28/a.log: b/2026/11/28/a.log",
        ),
        (
            &["2026-11-27/a.log", "2026-11-28/a.log"],
            "2026-11-27/a.log: 2026-11-27/a.log; 2026-11-28/a.log: 2026-11-28/a.log",
        ),
    ];
    for (names, expected) in cases {
        let root = directory(names);
        let found = search(root.path(), &["."], Arrangement::RotationSets);
        assert_eq!(streams(root.path(), &found), expected);
    }
}

#[test]
fn what_paths_have_in_common_names_a_stream_when_asked_for() {
    let root = directory(&["eu-1/x7.log", "eu-1/y3.log", "eu-2/x7.log", "eu-2/x7.log.1", "other.log", "other.log.1"]);
    let pattern = regex::Regex::new("(eu-[0-9]+)/").unwrap();
    let found = search(root.path(), &["."], Arrangement::StreamBy(&pattern));
    assert_eq!(
        streams(root.path(), &found),
        "eu-1: eu-1/x7.log eu-1/y3.log; eu-2: eu-2/x7.log.1 eu-2/x7.log; other.log: other.log.1 other.log"
    );
    let mut found = search(root.path(), &["eu-1"], Arrangement::StreamBy(&pattern));
    found.put_in_order(Order::Time(&|input| Some(if input.shown.contains("x7") { 2 } else { 1 })));
    assert_eq!(streams(root.path(), &found), "eu-1: eu-1/y3.log eu-1/x7.log");
    let whole = regex::Regex::new("x7|y3").unwrap();
    let found = search(root.path(), &["eu-1", "eu-2/x7.log"], Arrangement::StreamBy(&whole));
    assert_eq!(streams(root.path(), &found), "x7: eu-1/x7.log eu-2/x7.log; y3: eu-1/y3.log");
}

#[test]
fn files_are_put_in_the_order_of_their_names_when_asked_for() {
    let root = directory(&["a.log", "a.log.10", "a.log.9"]);
    let mut found = search(root.path(), &["a.log", "a.log.10", "a.log.9"], Arrangement::OneStream);
    found.put_in_order(Order::Name);
    assert_eq!(streams(root.path(), &found), "all inputs: a.log a.log.9 a.log.10");
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
