//! sarif, junit and github as their readers see them: the parts these readers depend on.

use serde_json::Value;

use super::{CASES, run};
use crate::support::{Run, fixture};

#[test]
fn sarif_names_rules_places_and_the_exit_code() {
    for (log, keys) in CASES {
        let done = run("sarif", log, keys);
        let sarif: Value =
            serde_json::from_slice(&done.stdout).unwrap_or_else(|error| panic!("{error}: {}", done.told()));
        assert_eq!(sarif["version"], "2.1.0");
        let only_run = &sarif["runs"][0];
        assert_eq!(only_run["tool"]["driver"]["name"], "acralog");
        assert_eq!(only_run["invocations"][0]["exitCode"], done.code);
        let rules = only_run["tool"]["driver"]["rules"].as_array().expect("rules");
        let is_rule = |id: &Value| rules.iter().any(|rule| &rule["id"] == id);
        for result in only_run["results"].as_array().expect("results") {
            assert!(is_rule(&result["ruleId"]), "{result}");
            assert!(
                ["none", "note", "warning", "error"].contains(&result["level"].as_str().expect("a level")),
                "{result}"
            );
            assert!(result["message"]["text"].is_string(), "{result}");
            assert!(stands_somewhere(result), "{result}");
        }
    }
}

/// Services that show results refuse a file in which one of them stands nowhere.
fn stands_somewhere(result: &Value) -> bool {
    let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    uri.as_str().is_some_and(|uri| !uri.is_empty())
}

#[test]
fn a_sarif_result_about_a_whole_input_stands_at_that_input() {
    let folder = fixture::root().join("situations/sarif_result_without_location");
    let empty_folder = tempfile::tempdir().expect("a folder");
    let odd = tempfile::tempdir().expect("a folder");
    crate::support::verify::write(odd.path(), "a.log", b"");
    crate::support::verify::write(odd.path(), "a.log.gz", b"");
    let (empty, odd) = (empty_folder.path().to_str().expect("utf-8"), odd.path().to_str().expect("utf-8"));
    let cases = [
        ("empty.log", "nothing-signed", "empty.log"),
        ("unsigned.log", "nothing-signed", "unsigned.log"),
        ("nomatch*.log", "file-missing", "nomatch%2A.log"),
        ("missing.log", "file-missing", "missing.log"),
        (empty, "file-unreadable", empty),
        (odd, "", ""),
    ];
    for (path, rule, uri) in cases {
        let run = Run::verify().key_file("key.hex").format("sarif").current_dir(&folder).path(path);
        let done = run.done();
        let sarif: Value = serde_json::from_slice(&done.stdout).expect("json");
        let results = sarif["runs"][0]["results"].as_array().expect("results");
        assert!(!results.is_empty() && results.iter().all(stands_somewhere), "{}", done.told());
        let found = results.iter().find(|result| result["ruleId"] == rule);
        let place = |result: &Value| result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].clone();
        if !rule.is_empty() {
            let place = found.map(place).unwrap_or_default();
            assert!(place.as_str().is_some_and(|place| place.ends_with(uri)), "{path}: {}", done.told());
        }
    }
}

#[test]
fn sarif_points_at_the_altered_line() {
    let done = run("sarif", "chain_altered_middle.json.log", &["audit.key"]);
    let sarif: Value = serde_json::from_slice(&done.stdout).expect("json");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    let altered = results.iter().find(|result| result["ruleId"] == "entry-restored").expect("the altered entry");
    let place = &altered["locations"][0]["physicalLocation"];
    assert_eq!((&altered["level"], &place["region"]["startLine"]), (&"error".into(), &33.into()));
    let uri = place["artifactLocation"]["uri"].as_str().expect("a uri");
    assert!(uri.ends_with("chain_altered_middle.json.log"), "{uri}");
}

/// The tags of an xml document in order, after a check that they nest.
#[track_caller]
fn xml_tags(text: &str) -> Vec<String> {
    let (mut open, mut tags) = (Vec::new(), Vec::new());
    for piece in text.split('<').skip(1) {
        let (tag, _) = piece.split_once('>').unwrap_or_else(|| panic!("an open tag: {piece}"));
        if tag.starts_with('?') {
            continue;
        }
        let name = tag.trim_matches('/').split_whitespace().next().unwrap_or_default().to_owned();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "tags do not nest: {text}");
        } else {
            tags.push(tag.to_owned());
            if !tag.ends_with('/') {
                open.push(name);
            }
        }
    }
    assert!(open.is_empty(), "{open:?} is not closed: {text}");
    tags
}

#[test]
fn junit_fails_exactly_when_the_run_does() {
    for (log, keys) in CASES {
        let done = run("junit", log, keys);
        let tags = xml_tags(done.text());
        assert!(tags[0].starts_with("testsuites"), "{}", done.told());
        let is_case = |tag: &&String| tag.starts_with("testcase");
        assert!(tags.iter().any(|tag| is_case(&tag)), "{}", done.told());
        let failed = tags.iter().any(|tag| tag.starts_with("failure") || tag.starts_with("error"));
        assert_eq!(failed, done.code != 0, "{}", done.told());
    }
}

#[test]
fn github_annotates_the_altered_line_and_fails_exactly_when_the_run_does() {
    let done = run("github", "chain_altered_middle.json.log", &["audit.key"]);
    let is_altered = |line: &str| line.starts_with("::error ") && line.contains("line=33") && line.contains("file=");
    assert!(done.text().lines().any(is_altered), "{}", done.told());
    for (log, keys) in CASES {
        let done = run("github", log, keys);
        let has_error = done.text().lines().any(|line| line.starts_with("::error"));
        assert_eq!(has_error, done.code != 0, "{}", done.told());
        assert!(done.text().lines().all(|line| line.starts_with("::")), "{}", done.told());
        // GitHub shows ten.
        let first = done.text().lines().next().unwrap_or_default();
        assert!(first.contains(" title=acralog::"), "the answer comes first: {}", done.told());
        let weight = |line: &str| ["::error", "::warning", "::notice"].iter().position(|it| line.starts_with(it));
        let weights: Vec<_> = done.text().lines().skip(1).map(weight).collect();
        assert!(weights.is_sorted(), "what weighs most comes before the rest: {}", done.told());
    }
}

#[test]
fn github_appends_to_the_step_summary() {
    let folder = tempfile::tempdir().expect("a folder");
    let summary = crate::support::verify::write(folder.path(), "summary.md", b"# Mine\n");
    let log = fixture::log("chain_altered_middle.json.log");
    Run::verify().key("audit.key").format("github").env("GITHUB_STEP_SUMMARY", &summary).path(&log).exit(1);
    let text = std::fs::read_to_string(&summary).expect("the summary");
    assert!(text.starts_with("# Mine\n") && text.to_lowercase().contains("tampered"), "{text}");
    // The other formats leave it alone.
    Run::report().key("audit.key").env("GITHUB_STEP_SUMMARY", &summary).path(&log).exit(1);
    assert_eq!(std::fs::read_to_string(&summary).expect("the summary"), text);
}

#[test]
fn a_step_summary_that_cannot_be_written_is_never_exit_0() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = fixture::log("chain_closed_three.json.log");
    let nowhere = folder.path().join("no/such/file");
    let done = Run::verify().key("audit.key").format("github").env("GITHUB_STEP_SUMMARY", nowhere).path(log).done();
    assert_eq!(done.code, 2, "{}", done.told());
}
