//! The human format as people see it: whole reports, and the limits.

use unicode_width::UnicodeWidthStr as _;

use super::{Human, SharedFolder, Verbosity};
use crate::line::Place;
use crate::output::layout::Palette;
use crate::testing::output::{self as sample, ClosedPipe, Story};
use crate::verdict::code::{Class, Code};
use crate::verdict::report::{Account, Limit, ProvenRange, Sink, StreamReport};

fn written(story: &Story, verbosity: Verbosity) -> String {
    let mut out = Vec::new();
    story.tell(&mut Human::new(&mut out, verbosity, Palette::Plain)).unwrap();
    String::from_utf8(out).unwrap()
}

#[track_caller]
fn assert_fits_the_page(text: &str) {
    assert!(text.lines().all(|line| line.width() <= 80), "{text}");
}

#[test]
fn an_intact_log_shows_what_is_proven_and_what_is_not() {
    assert_eq!(
        written(&sample::intact(), Verbosity::Normal),
        "\
acra-server.log    json   1 chain    1 204 entries   verified

proven     2025-03-14T00:00:02Z .. 10:16:58Z   (the log's own times)
not shown  whether a whole chain was removed: there is no record of earlier runs
bytes      120 400 verified = 120 400 of 120 400
keys       1f0c7a2b90d3e4c5 from --key-file audit.key, fits 5 chains
INTACT   exit 0
"
    );
}

#[test]
fn a_tampered_log_names_every_place_in_the_order_of_the_log() {
    assert_eq!(
        written(&sample::tampered(), Verbosity::Normal),
        "\
acra-server.log.2.gz   json   3 chains   1 204 entries   verified
acra-server.log.1      json   1 chain      871 entries   BROKEN
  line 412             altered, or entries before it removed
                       expected 5e1c..  found 91ab..
                       hint: compare line 412 with a copy of the log that was
                       shipped elsewhere
  lines 413-871        not verifiable: the chain state is lost at line 412
acra-server.log        json   1 chain    1 204 entries   verified, still open
  line 1204            warning: the chain has no end yet
acra-server.log.3.gz   named in the list, but not there

proven     2025-03-14T00:00:02Z .. 03:12:44Z,
           04:00:01Z .. 10:16:58Z   (the log's own times)
not shown  entries after the last one here: its chain is open
           whether a whole chain was removed: there is no record of earlier runs
bytes      281 288 verified + 612 unsigned + 230 broken +
           45 770 not verifiable = 327 900 of 327 900
keys       1f0c7a2b90d3e4c5 from --key-file audit.key, fits 5 chains
TAMPERED   exit 1   policy acra; by default: tampered (exit 1)
"
    );
}

#[test]
fn verbose_adds_the_reading_order_chains_notes_and_codes() {
    assert_eq!(
        written(&sample::tampered(), Verbosity::Verbose),
        "\
stream acra-server.log: 3 files, oldest first
acra-server.log.2.gz   json   3 chains   1 204 entries   verified
  read through         gzip, docker
  lines 1-402          chain, closed, 402 entries verified,
                       2025-03-14T00:00:02Z .. 03:12:44Z, key 1f0c7a2b90d3e4c5
  line 403 to acra-server.log.1:2
                       chain, headless, 0 entries verified
acra-server.log.1      json   1 chain      871 entries   BROKEN
  lines 7-411          chain, broken, 405 entries verified,
                       2025-03-14T00:00:02Z .. 03:12:44Z, key 1f0c7a2b90d3e4c5
  lines 1-6            note: 6 lines without a seal before the chain
                       (lines-unsigned-between-chains)
  line 412             altered, or entries before it removed (chain-altered)
                       expected 5e1c..  found 91ab..
                       hint: compare line 412 with a copy of the log that was
                       shipped elsewhere
  lines 413-871        not verifiable: the chain state is lost at line 412
                       (entries-unreachable)
acra-server.log        json   1 chain    1 204 entries   verified, still open
  lines 1-1204         chain, still open, 1 204 entries verified,
                       2025-03-14T00:00:02Z .. 03:12:44Z, key 1f0c7a2b90d3e4c5
  line 1204            warning: the chain has no end yet (chain-open-at-end)
acra-server.log.3.gz   named in the list, but not there (file-missing)
whole run              note: two instances write into acra-server.log
                       (chains-interleaved)

proven     2025-03-14T00:00:02Z .. 03:12:44Z,
           04:00:01Z .. 10:16:58Z   (the log's own times)
not shown  entries after the last one here: its chain is open
           whether a whole chain was removed: there is no record of earlier runs
bytes      281 288 verified + 612 unsigned + 230 broken +
           45 770 not verifiable = 327 900 of 327 900
keys       1f0c7a2b90d3e4c5 from --key-file audit.key, fits 5 chains
TAMPERED   exit 1   policy acra; by default: tampered (exit 1)
"
    );
}

#[test]
fn quiet_says_nothing_when_intact_and_the_worst_with_the_answer_when_not() {
    assert_eq!(written(&sample::intact(), Verbosity::Quiet), "");
    let wanted = "acra-server.log.1:412: chain-altered: altered, or entries before it removed\n\
                  TAMPERED   exit 1   policy acra; by default: tampered (exit 1)\n";
    assert_eq!(written(&sample::tampered(), Verbosity::Quiet), wanted);
}

#[test]
fn of_many_findings_in_one_file_twenty_are_shown_and_the_rest_is_counted() {
    let mut story = sample::intact();
    for line in 1..=2000 {
        let place = Some(sample::place("acra-server.log", line));
        story.findings.push(sample::finding(Code::ChainElsewhere, place, "stands elsewhere too"));
    }
    let place = Some(sample::place("acra-server.log", 3000));
    story.findings.push(sample::finding(Code::ChainAltered, place, "altered"));
    let text = written(&story, Verbosity::Normal);
    assert_eq!(text.matches("stands elsewhere too").count(), 19);
    assert!(text.contains("line 3000"), "the heaviest finding is among those shown:\n{text}");
    assert!(text.contains("  ... and 1 981 findings more (use --output-format json)\n"), "{text}");
}

#[test]
fn of_many_proven_ranges_eight_are_shown_and_the_rest_is_counted() {
    let mut story = sample::intact();
    let stream = &mut story.summary.streams[0];
    let range = stream.proven[0];
    stream.proven = vec![ProvenRange { from: range.to, to: range.to }; 10];
    stream.proven_omitted = 5;
    let text = written(&story, Verbosity::Normal);
    assert_eq!(text.matches(" .. ").count(), 8);
    assert!(text.contains("... and 7 more   (the log's own times)"), "{text}");
    assert_fits_the_page(&text);
}

#[test]
fn several_streams_are_named_and_nothing_proven_is_said() {
    let mut story = sample::intact();
    let mut second = story.summary.streams[0].clone();
    second.name = "translator.log".into();
    second.proven.clear();
    story.summary.streams.push(second);
    let text = written(&story, Verbosity::Normal);
    assert!(text.contains("proven     acra-server.log: 2025-03-14T00:00:02Z .. 10:16:58Z\n"), "{text}");
    assert!(text.contains("\n           translator.log: nothing   (the log's own times)\n"), "{text}");
    story.summary.streams.iter_mut().for_each(|stream| stream.proven.clear());
    assert!(written(&story, Verbosity::Normal).contains("proven     nothing\n"));
}

#[test]
fn long_paths_share_a_folder_and_stand_on_lines_of_their_own() {
    let mut story = sample::tampered();
    let folder = "/var/log/containers/acra/".to_owned();
    let long = "a_name_that_needs_more_room_than_its_column_has.log";
    for (file, name) in story.files.iter_mut().zip(["acra-server.log.2.gz", "acra-server.log.1", long]) {
        file.path = (folder.clone() + name).into();
    }
    for finding in &mut story.findings {
        for place in finding.place.iter_mut().chain(&mut finding.through) {
            place.file = (folder.clone() + &place.file).into();
        }
    }
    let text = written(&story, Verbosity::Verbose);
    let wanted = format!("in {folder}\nstream acra-server.log: 3 files, oldest first\nacra-server.log.2.gz   json");
    assert!(text.starts_with(&wanted), "{text}");
    assert!(text.contains(&format!("\n{long}\n                       json   1 chain ")), "{text}");
    assert_eq!(text.matches(&folder).count(), 1, "{text}");
    assert_fits_the_page(&text);
}

#[test]
fn columns_stand_in_line_behind_letters_of_any_width() {
    let mut story = sample::intact();
    let paths = ["acra-server.log", "監査ログ/サーバー.log", "ä\u{301}-\u{1f511}.log"];
    story.files = paths.map(sample::file).to_vec();
    story.summary.streams =
        paths.map(|path| StreamReport { name: path.into(), ..story.summary.streams[0].clone() }).to_vec();
    let text = written(&story, Verbosity::Normal);
    let places = |word: &str| -> Vec<usize> {
        text.lines().filter_map(|line| line.find(word).map(|at| line[..at].width())).collect()
    };
    assert_eq!((places("   json   "), places("   intact")), (vec![21; 3], vec![32; 3]), "{text}");
}

#[test]
fn what_is_not_shown_of_several_streams_is_said_once() {
    let mut story = sample::intact();
    for name in ["b.log", "c.log", "d.log", "e.log"] {
        story.summary.streams.push(StreamReport { name: name.into(), ..story.summary.streams[0].clone() });
    }
    let of = |stream: &str, what: &str| Limit { stream: Some(stream.into()), what: what.to_owned() };
    let everywhere = ["acra-server.log", "b.log", "c.log", "d.log", "e.log"].map(|stream| of(stream, "x"));
    let somewhere = ["acra-server.log", "b.log", "c.log", "d.log"].map(|stream| of(stream, "y"));
    let run = Limit { stream: None, what: "of all: z".to_owned() };
    story.summary.not_shown = [&everywhere[..], &somewhere[..], &[run]].concat();
    let text = written(&story, Verbosity::Normal);
    let wanted = "\
not shown  every log: x
           acra-server.log, b.log, c.log and 1 more: y
           of all: z
";
    assert!(text.contains(wanted), "{text}");
}

#[test]
fn a_file_that_is_not_there_is_called_missing() {
    let mut story = sample::intact();
    let file = &mut story.files[0];
    (file.bytes, file.account, file.worst) = (0, Account::default(), Class::Warning);
    let place = Some(sample::place("acra-server.log", 0));
    story.findings = vec![sample::finding(Code::FileMissing, place, "the file is missing")];
    let text = written(&story, Verbosity::Normal);
    assert!(text.lines().next().unwrap().ends_with("   missing"), "{text}");
}

#[test]
fn colours_change_nothing_but_the_colour() {
    let mut out = Vec::new();
    let story = sample::tampered();
    story.tell(&mut Human::new(&mut out, Verbosity::Verbose, Palette::Colored)).unwrap();
    assert!(out.contains(&0x1b));
    let stripped = anstream::adapter::strip_bytes(&out).into_vec();
    assert_eq!(String::from_utf8(stripped).unwrap(), written(&story, Verbosity::Verbose));
}

#[test]
fn a_closed_pipe_is_an_error_and_not_a_panic() {
    let mut sink = Human::new(ClosedPipe, Verbosity::Normal, Palette::Plain);
    assert!(sink.finish(sample::intact().summary).is_err());
}

#[test]
fn a_folder_is_named_once_when_several_files_share_it() {
    let cases: [(&[&str], &str, &str); 7] = [
        (&["/var/log/a.log"], "", "/var/log/a.log"),
        (&["/var/log/a.log", "/var/log/b.log"], "/var/log/", "a.log"),
        (&["/var/log/a.log", "/var/lob/a.log"], "/var/", "log/a.log"),
        (&["/a.log", "/b.log"], "", "/a.log"),
        (&["a.log", "a.log.1"], "", "a.log"),
        (&["x/ä.log", "x/ö.log"], "x/", "ä.log"),
        (&["x/a.log", "-"], "", "x/a.log"),
    ];
    for (paths, name, first) in cases {
        let files: Vec<_> = paths.iter().map(|path| sample::file(path)).collect();
        let folder = SharedFolder::of(&files);
        assert_eq!((folder.name().unwrap_or_default(), folder.inside(paths[0])), (name, first), "{paths:?}");
    }
}

#[test]
fn places_name_one_line_several_lines_or_the_file() {
    let folder = SharedFolder("x/".to_owned());
    let at = |file: &str, line| Place { file: file.into(), line };
    assert_eq!(folder.lines_of(&at("x/a", 4), None), "line 4");
    assert_eq!(folder.lines_of(&at("x/a", 4), Some(&at("x/a", 4))), "line 4");
    assert_eq!(folder.lines_of(&at("x/a", 4), Some(&at("x/a", 9))), "lines 4-9");
    assert_eq!(folder.lines_of(&at("x/a", 4), Some(&at("x/b", 9))), "line 4 to b:9");
    assert_eq!(folder.lines_of(&at("x/a", 4), Some(&at("y/b", 9))), "line 4 to y/b:9");
    assert_eq!(folder.lines_of(&at("x/a", 0), None), "");
}
