//! Which word is the pattern, and what the flags come to.

use std::fs;

use clap::Parser as _;

use super::*;
use crate::cli::{Cli, Verb};
use crate::plan::Surroundings;

fn plan_at(words: &[&str], terminal: bool) -> Result<GrepPlan, Failure> {
    let typed = ["acralog", "grep"].iter().chain(words);
    let Verb::Grep(typed) = Cli::parse_from(typed).verb else { panic!("not grep") };
    grep(*typed, &Surroundings::of_a_test(&|_| None, terminal))
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
fn the_first_word_is_the_pattern_unless_it_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("poison");
    fs::write(&file, "").unwrap();
    let (here, glob) = (file.display().to_string(), folder.path().join("p*").display().to_string());
    let cases: [(&[&str], Option<&str>, &[&str]); 10] = [
        (&["poison", "a.log"], Some("poison"), &["a.log"]),
        (&["poison.*record", "a.log"], Some("poison.*record"), &["a.log"]),
        (&["", "a.log"], Some(""), &["a.log"]),
        (&["a/b|c", "a.log"], Some("a/b|c"), &["a.log"]),
        (&["-e", "no/such", "a.log"], Some("no/such"), &["a.log"]),
        (&["-e", "one", "two"], Some("one"), &["two"]),
        (&["-F", "a.c", "a.log"], Some(r"a\.c"), &["a.log"]),
        (&["-"], None, &["-"]),
        (&[&here, "b.log"], None, &[&here, "b.log"]),
        (&[&glob, "b.log"], None, &[&glob, "b.log"]),
    ];
    for (words, pattern, paths) in cases {
        assert_eq!(
            words_of(words),
            (pattern.map(str::to_owned), paths.iter().map(|path| (*path).to_owned()).collect())
        );
    }
}

#[test]
fn a_word_that_looks_like_a_path_and_is_none_is_refused_with_the_way_out() {
    for word in ["no/such", "acra-server.log", "/var/log/none", "acra-server.log.1.gz"] {
        let failure = plan(&[word, "a.log"]).expect_err(word);
        assert_eq!(failure.message, format!("{word}: no such file or directory"));
        assert!(failure.hint.is_some_and(|hint| hint.contains("-e PATTERN")), "{word}");
    }
    let alone = plan(&["poison"]).unwrap_err();
    assert!(alone.message.contains("no PATH was given"), "{alone:?}");
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
        // The start-up lines are wanted as well.
        (&["--code", "560", "--product", "acra-server"], false),
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
    assert!(plan(&["-"]).unwrap().query.codes.is_none());
    for (flags, wanted) in [(&["-C", "3"][..], (3, 3)), (&["-C", "3", "-A", "0"], (3, 0)), (&["-B", "2"], (2, 0))] {
        let style = plan(&[flags, &["-"]].concat()).unwrap().style;
        assert_eq!((style.before, style.after), wanted, "{flags:?}");
    }
}

#[test]
fn people_get_harmless_lines_and_programs_the_bytes_of_the_log() {
    let reader = |words: &[&str], terminal| plan_at(words, terminal).unwrap().style.reader;
    assert_eq!(reader(&["-"], false), Reader::Program);
    assert_eq!(reader(&["-"], true), Reader::Person);
    assert_eq!(reader(&["--color", "always", "-"], false), Reader::Person);
    assert_eq!(reader(&["--color", "never", "-"], true), Reader::Person);
    let plan = plan(&["-v", "x", "-"]).unwrap();
    assert!(plan.inverted && plan.style.highlight.is_none(), "what does not match has nothing to set off");
}
