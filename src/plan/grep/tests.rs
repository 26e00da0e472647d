//! Which word is the pattern, and what the flags come to.

use std::fs;

use clap::Parser as _;

use super::*;
use crate::cli::{Cli, Verb};
use crate::plan::Environment;

fn plan_at(words: &[&str], terminal: bool) -> Result<GrepPlan, Failure> {
    let typed = ["acralog", "grep"].iter().chain(words);
    let Verb::Grep(typed) = Cli::parse_from(typed).verb else { panic!("not grep") };
    grep(*typed, &Environment::of_a_test(&|_| None, terminal))
}

fn plan(words: &[&str]) -> Result<GrepPlan, Failure> {
    plan_at(words, false)
}

/// The pattern as a regular expression, and the paths.
#[track_caller]
fn words_of(words: &[&str]) -> (Option<String>, Vec<String>) {
    let plan = plan(words).unwrap_or_else(|failure| panic!("{words:?}: {failure:?}"));
    let pattern = plan.query.pattern.as_ref().and_then(Pattern::regex).map(|regex| regex.as_str().to_owned());
    (pattern, plan.input.paths.iter().map(|path| path.display().to_string()).collect())
}

#[test]
fn the_first_word_is_the_pattern_unless_a_flag_says_what_is_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("poison");
    fs::write(&file, "").unwrap();
    let (here, glob) = (file.display().to_string(), folder.path().join("p*").display().to_string());
    let patterns = folder.path().join("patterns.txt");
    fs::write(&patterns, "one\ntwo\n").unwrap();
    let listed = patterns.display().to_string();
    let cases: [(&[&str], Option<&str>, &[&str]); 19] = [
        (&["poison", "a.log"], Some("poison"), &["a.log"]),
        (&["poison.*record", "a.log"], Some("poison.*record"), &["a.log"]),
        (&["", "a.log"], Some(""), &["a.log"]),
        (&["a/b|c", "a.log"], Some("a/b|c"), &["a.log"]),
        (&["-e", "no/such", "a.log"], Some("no/such"), &["a.log"]),
        (&["-e", "one", "two"], Some("one"), &["two"]),
        (&["-e", "-5", "two"], Some("-5"), &["two"]),
        (&["-e", "one", "-e", "two", "a.log"], Some("(?:one)|(?:two)"), &["a.log"]),
        (&["-f", &listed, "a.log"], Some("(?:one)|(?:two)"), &["a.log"]),
        (&["-f", &listed, "-e", "three", "a.log"], Some("(?:three)|(?:one)|(?:two)"), &["a.log"]),
        (&["-F", "a.c", "a.log"], Some(r"a\.c"), &["a.log"]),
        (&["-F", "-E", "a.c", "a.log"], Some("a.c"), &["a.log"]),
        // What exists on the disk does not matter.
        (&[".", "a.log"], Some("."), &["a.log"]),
        (&["src", "a.log"], Some("src"), &["a.log"]),
        (&["acra-server.log", "a.log"], Some("acra-server.log"), &["a.log"]),
        (&["-", "a.log"], Some("-"), &["a.log"]),
        (&["--code", "560", &here, "b.log"], None, &[&here, "b.log"]),
        (&["--level", "error", &glob, "b.log"], None, &[&glob, "b.log"]),
        (&["--since", "2h", "no/such.log"], None, &["no/such.log"]),
    ];
    for (words, pattern, paths) in cases {
        assert_eq!(
            words_of(words),
            (pattern.map(str::to_owned), paths.iter().map(|path| (*path).to_owned()).collect())
        );
    }
}

#[test]
fn with_every_filter_each_word_is_a_path() {
    let filters = [
        ["--code", "560"],
        ["--group", "censor"],
        ["--exclude-code", "560"],
        ["--level", "error"],
        ["--client", "a"],
        ["--session", "7"],
        ["--product", "acra-server"],
        ["--where", "a=b"],
        ["--since", "2h"],
        ["--until", "1h"],
    ];
    for filter in filters {
        assert_eq!(words_of(&[&filter[..], &["a.log"]].concat()), (None, vec!["a.log".to_owned()]), "{filter:?}");
        // What is no path may have been meant as PATTERN.
        for word in ["poison", "no such", ""] {
            let failure = plan(&[&filter[..], &[word, "a.log"]].concat()).unwrap_err();
            let hint = failure.hint.unwrap_or_default();
            assert!(hint.contains(filter[0]) && hint.contains("-e "), "{filter:?} {word}: {hint}");
        }
    }
}

#[test]
fn without_a_path_what_is_piped_in_is_searched_and_otherwise_nothing() {
    let fed = |words: &[&str]| {
        let typed = ["acralog", "grep"].iter().chain(words);
        let Verb::Grep(typed) = Cli::parse_from(typed).verb else { panic!("not grep") };
        grep(*typed, &Environment { stdin_is_fed: true, ..Environment::of_a_test(&|_| None, false) })
    };
    for words in [&["poison"][..], &["--code", "560"], &["-e", "poison"]] {
        assert_eq!(fed(words).unwrap().input.paths, [Path::new("-")], "{words:?}");
        let failure = plan(words).unwrap_err();
        assert!(failure.message.contains("no PATH was given"), "{failure:?}");
    }
    assert_eq!(fed(&["poison", "a.log"]).unwrap().input.paths, [Path::new("a.log")]);
    assert!(
        plan(&["poison"]).unwrap_err().hint.is_some_and(|hint| hint.contains("`poison` was taken for the PATTERN"))
    );
    // A file alone is the PATTERN: that is said, since it may have been meant otherwise.
    assert_eq!(fed(&["src"]).unwrap().warnings.len(), 1);
    assert!(fed(&["poison"]).unwrap().warnings.is_empty());
    assert!(fed(&[]).unwrap_err().message.contains("no PATTERN"));
    for words in [&["-f", "-"][..], &["-f", "-", "-"]] {
        assert!(fed(words).unwrap_err().message.contains("more than once"), "{words:?}");
    }
}

#[test]
fn later_flags_win_and_quiet_is_quiet() {
    let printing = |flags: &[&str]| plan(&[flags, &["x", "-"]].concat()).unwrap().printing;
    assert!(matches!(printing(&["-c", "-l"]), Printing::Names));
    assert!(matches!(printing(&["-l", "-L"]), Printing::NamesWithout));
    assert!(matches!(printing(&["-L", "-c"]), Printing::Counts));
    assert!(matches!(printing(&["-c", "-q"]), Printing::Nothing));
    assert!(matches!(printing(&["-q", "-q", "-i", "-i", "-n", "-n"]), Printing::Nothing));
    let style = |flags: &[&str]| plan(&[flags, &["x", "-"]].concat()).unwrap().style;
    assert_eq!(style(&["--color", "always", "--color", "never"]).palette, Palette::Plain);
    assert_eq!(style(&["-A", "1", "-A", "2"]).after, 2);
    assert_eq!(style(&["-z", "-r", "-E"]).end, 0);
    let names = |flags: &[&str]| plan(&[flags, &["x", "-"]].concat()).unwrap().with_file;
    assert_eq!((names(&["-H", "--no-filename"]), names(&["--no-filename", "-H"])), (Some(false), Some(true)));
    assert!(plan(&["-o", "--code", "560", "-"]).unwrap_err().message.contains("PATTERN"));
}

#[test]
fn lines_are_passed_over_only_where_nothing_can_be_missed() {
    let cases: [(&[&str], bool); 9] = [
        (&["--code", "560"], true),
        (&["--code", "560", "-c"], true),
        (&["--code", "560", "-m", "1", "-n"], true),
        (&["--code", "560", "-v"], false),
        (&["--code", "560", "-A", "1"], false),
        (&["--code", "560", "-B", "1"], false),
        (&["--code", "560", "-C", "1"], false),
        // The start-up lines are looked for as well.
        (&["--code", "560", "--product", "acra-server"], true),
        (&["--code", "560", "-C", "0"], true),
    ];
    for (flags, skips) in cases {
        assert_eq!(plan(&[flags, &["-"]].concat()).unwrap().may_skip_lines(), skips, "{flags:?}");
    }
}

#[test]
fn groups_and_codes_are_one_set_and_context_is_what_its_own_flag_says() {
    let query = plan(&["--code", "587", "--group", "keys", "-"]).unwrap().query;
    let codes = query.codes.expect("codes were asked for");
    assert!(codes.contains(587) && codes.contains(511) && !codes.contains(560));
    assert!(plan(&["", "-"]).unwrap().query.codes.is_none());
    for (flags, wanted) in [(&["-C", "3"][..], (3, 3)), (&["-C", "3", "-A", "0"], (3, 0)), (&["-B", "2"], (2, 0))] {
        let style = plan(&[flags, &["", "-"]].concat()).unwrap().style;
        assert_eq!((style.before, style.after), wanted, "{flags:?}");
    }
}

#[test]
fn people_get_harmless_lines_and_programs_the_bytes_of_the_log() {
    let reader = |words: &[&str], terminal| plan_at(words, terminal).unwrap().style.reader;
    assert_eq!(reader(&["", "-"], false), OutputConsumer::Program);
    assert_eq!(reader(&["", "-"], true), OutputConsumer::Person);
    assert_eq!(reader(&["--color", "always", "", "-"], false), OutputConsumer::Person);
    assert_eq!(reader(&["--color", "never", "", "-"], true), OutputConsumer::Person);
    let plan = plan(&["-v", "x", "-"]).unwrap();
    assert!(plan.inverted && plan.style.highlight.is_none(), "what does not match has nothing to set off");
}
