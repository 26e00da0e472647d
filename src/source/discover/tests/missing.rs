//! Files that are missing stand in their places (attacks, row 21).

use std::io::ErrorKind;

use super::{directory, search, streams};
use crate::source::{Arrangement, Input, Origin, open};

/// Specs, and the streams wanted.
type Case<'a> = (&'a [&'a str], &'a str);

#[track_caller]
fn assert_streams(names: &[&str], arrangement: Arrangement<'_>, cases: &[Case<'_>]) {
    let root = directory(names);
    for (specs, expected) in cases {
        let found = search(root.path(), specs, arrangement);
        assert_eq!(streams(root.path(), &found), *expected, "{names:?} as {specs:?}");
        assert_eq!((found.unmatched.len(), found.unusable.len()), (0, 0), "{specs:?}");
        let not_there = |input: &&Input| match &input.origin {
            Origin::Stdin => false,
            Origin::Path(path) => !path.exists(),
            Origin::Hole { .. } => true,
        };
        for input in found.streams.iter().flat_map(|stream| &stream.files).filter(not_there) {
            let kind = open(input).err().expect("refused").kind();
            assert!(matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory), "{input:?}: {kind}");
        }
    }
}

#[test]
fn a_named_file_that_is_missing_stands_where_its_name_says() {
    let cases: [Case<'_>; 13] = [
        (&["none"], "none: !none"),
        (&["none", "none", "./none", "d/../none"], "none: !none"),
        (&["no/where", "no/where", "./no/where"], "no/where: !no/where"),
        (&["a.log/x"], "a.log/x: !a.log/x"),
        (&["b.log", "a.log"], "b.log: !b.log; a.log: a.log"),
        (
            &["a.log", "a.log.1", "a.log.4", "a.log.2.gz", "a.log.3"],
            "a.log: !a.log.4 a.log.3 !a.log.2.gz a.log.1 a.log",
        ),
        (&["a.log.2", ".", "a.log.2"], "a.log: a.log.3 !a.log.2 a.log.1 a.log; d/a.log.1: d/a.log.1"),
        (&["d/a.log", "d/a.log.1", "d/a.log", "d/a.log.1"], "d/a.log: d/a.log.1 !d/a.log"),
        (&["d/a.log", "d/a.log.2", "d/a.log", "d/a.log.2"], "d/a.log: !d/a.log.2 !d/a.log"),
        (&["a.log", "a.log-20250314"], "a.log: !a.log-20250314 a.log"),
        (&["a.log.1.gz", "a.log.1"], "a.log: a.log.1 !a.log.1.gz"),
        (&["a.log.3.gz", "d", "a.log*"], "a.log: !a.log.3.gz a.log.3 (a.log.2) a.log.1 a.log; d/a.log.1: d/a.log.1"),
        (&["-", "none"], "-: -; none: !none"),
    ];
    assert_streams(&["a.log", "a.log.1", "a.log.3", "d/a.log.1"], Arrangement::RotationSets, &cases);
}

#[test]
fn a_missing_file_does_not_displace_its_compressed_copy() {
    let cases: [Case<'_>; 2] = [
        (&["a.log.1", "."], "a.log: !a.log.1 a.log.1.gz a.log"),
        (&["a.log.1", "a.log.1.gz"], "a.log: !a.log.1 a.log.1.gz"),
    ];
    assert_streams(&["a.log", "a.log.1.gz"], Arrangement::RotationSets, &cases);
}

#[test]
fn a_number_that_a_set_leaves_out_is_a_hole() {
    let sets: [(&[&str], &str); 12] = [
        (&["a.log.1", "a.log.3"], "a.log: a.log.3 (a.log.2) a.log.1"),
        (&["a.log.1.gz", "a.log.3.zst"], "a.log: a.log.3.zst (a.log.2) a.log.1.gz"),
        (&["a.log", "a.log.1", "a.log.2", "a.log.3"], "a.log: a.log.3 a.log.2 a.log.1 a.log"),
        (&["a.log.1", "a.log.2.gz"], "a.log: a.log.2.gz a.log.1"),
        (&["a.log.2", "a.log.3"], "a.log: a.log.3 a.log.2"),
        (&["a.log", "a.log.2"], "a.log: a.log.2 (a.log.1) a.log"),
        (&["a.log", "a.log.0", "a.log.1"], "a.log: a.log.1 a.log.0 a.log"),
        (&["a.log", "a.log.1", "a.log.4"], "a.log: a.log.4 (a.log.3) (a.log.2) a.log.1 a.log"),
        (&["a.log-20250301", "a.log-20250314", "a.log"], "a.log: a.log-20250301 a.log-20250314 a.log"),
        (&["a-20250314.3.log", "a-20250314.1.log"], "a.log: a-20250314.1.log a-20250314.3.log"),
        (&["a.log-20250314", "a.log.4", "a.log.2"], "a.log: a.log-20250314 a.log.4 (a.log.3) a.log.2"),
        (&["a.log.010", "a.log.008"], "a.log: a.log.010 (a.log.009) a.log.008"),
    ];
    for (names, expected) in sets {
        let backwards: Vec<&str> = names.iter().rev().copied().collect();
        let cases: [Case<'_>; 4] = [(&["."], expected), (&["a*"], expected), (names, expected), (&backwards, expected)];
        assert_streams(names, Arrangement::RotationSets, &cases);
        let (_, files) = expected.split_once(": ").unwrap();
        let expected = format!("all inputs: {files}");
        assert_streams(names, Arrangement::OneStream, &[(&["."], &expected), (&["a*"], &expected)]);
    }
}

#[test]
fn a_set_that_lacks_its_oldest_or_its_live_file_has_no_hole() {
    let cases: [Case<'_>; 3] = [
        (&["b.log*"], "b.log: b.log.2 b.log.1 b.log"),
        (&["c.log*"], "c.log: c.log.3 c.log.2"),
        (&["c.log*", "c.log"], "c.log: c.log.3 c.log.2 !c.log"),
    ];
    assert_streams(&["b.log", "b.log.1", "b.log.2", "c.log.2", "c.log.3"], Arrangement::RotationSets, &cases);
}

#[test]
fn a_hole_is_told_whatever_stands_there_and_was_not_meant() {
    let cases: [Case<'_>; 3] = [
        (&["a.log.1", "a.log.3"], "a.log: a.log.3 (a.log.2) a.log.1"),
        (&["a.log.[13]"], "a.log: a.log.3 (a.log.2) a.log.1"),
        (&["d/../a.log.1", "d/../a.log.3", "."], "a.log: a.log.3 a.log.2 a.log.1; d/b.log: d/b.log"),
    ];
    assert_streams(&["a.log.1", "a.log.2", "a.log.3", "d/b.log"], Arrangement::RotationSets, &cases);
}

#[test]
fn a_hole_is_spelled_like_its_neighbour() {
    let root = directory(&["d/a.log.1", "d/a.log.3.gz"]);
    let spelling = root.path().join("d/../d/a.log.3.gz");
    let found = super::discover(&[root.path().join("d/a.log.1"), spelling], Arrangement::RotationSets);
    assert_eq!(found.streams[0].files[1], Input::hole(root.path().join("d/../d/a.log.2"), "the file is missing"));
}

#[test]
#[cfg(unix)]
fn a_file_reached_by_another_path_leaves_no_hole() {
    let root = directory(&["d/a.log.1", "d/a.log.2", "d/a.log.3"]);
    std::os::unix::fs::symlink("d/a.log.2", root.path().join("other.log")).unwrap();
    let found = search(root.path(), &["other.log", "d"], Arrangement::RotationSets);
    assert_eq!(streams(root.path(), &found), "other.log: other.log; d/a.log: d/a.log.3 d/a.log.1");
}

#[test]
fn as_one_stream_missing_files_stand_where_they_were_named_and_holes_where_they_were_found() {
    let cases: [Case<'_>; 11] = [
        (&["none"], "none: !none"),
        (&["a.log", "none", "none", "b.log"], "all inputs: a.log !none b.log"),
        (&["a.log", "a.log.3", "a.log.1"], "all inputs: a.log a.log.3 a.log.1"),
        (&["a.log.2", "a.log.4", "a.log.1"], "all inputs: !a.log.2 !a.log.4 a.log.1"),
        (&["a.log*"], "all inputs: a.log.3 (a.log.2) a.log.1 a.log"),
        (&["d", "a.log*"], "all inputs: d/a.log.3 (d/a.log.2) d/a.log.1 a.log.3 (a.log.2) a.log.1 a.log"),
        (&["a.log*", "a.log.2"], "all inputs: a.log.3 (a.log.2) a.log.1 a.log"),
        (&["a.log.2", "a.log*"], "all inputs: !a.log.2 a.log.3 a.log.1 a.log"),
        (&["a.log.1", "a.log*"], "all inputs: a.log.1 a.log.3 (a.log.2) a.log"),
        (&["d/a.log.[13]", "-", "d/a.log.2.gz", "d"], "all inputs: d/a.log.3 (d/a.log.2) d/a.log.1 -"),
        (&["a.log.3", "-", "a.log*"], "all inputs: a.log.3 - a.log.1 a.log"),
    ];
    let names = ["a.log", "a.log.1", "a.log.3", "b.log", "d/a.log.1", "d/a.log.3"];
    assert_streams(&names, Arrangement::OneStream, &cases);
}
