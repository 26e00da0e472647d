//! What every report format promises: it fails exactly when the exit code says so, names the places, and does not hide a
//! closed pipe.

use serde_json::Value;

use super::contract::written;
use crate::outcome::Outcome;
use crate::output::{ReportFormat, ReportStyle, report_sink};
use crate::testing::output::{self as sample, ClosedPipe};
use crate::verdict::code::{Class, Code};

#[test]
fn every_format_fails_exactly_when_the_exit_code_is_not_zero() {
    for outcome in [Outcome::Intact, Outcome::Incomplete, Outcome::Undecided, Outcome::Tampered] {
        let mut story = sample::intact();
        (story.summary.outcome, story.summary.exit_code) = (outcome, outcome.code());
        let failed = outcome != Outcome::Intact;
        let junit = written(&story, ReportFormat::Junit);
        assert_eq!(junit.contains("<failure ") || junit.contains("<error "), failed, "{junit}");
        let github = written(&story, ReportFormat::Github);
        assert_eq!(github.lines().any(|line| line.starts_with("::error ")), failed, "{github}");
        let sarif: Value = serde_json::from_str(&written(&story, ReportFormat::Sarif)).unwrap();
        assert_eq!(sarif["runs"][0]["invocations"][0]["exitCode"], outcome.code());
        let human = written(&story, ReportFormat::Human);
        assert!(human.ends_with(&format!("   exit {}\n", outcome.code())), "{human}");
    }
}

#[test]
fn sarif_has_a_rule_for_every_code_and_results_with_places() {
    let story = sample::tampered();
    let log: Value = serde_json::from_str(&written(&story, ReportFormat::Sarif)).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), Code::ALL.len());
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), story.findings.len());
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
    }
    let altered = results.iter().find(|result| result["ruleId"] == "chain-altered").unwrap();
    let place = &altered["locations"][0]["physicalLocation"];
    assert_eq!(
        (&place["artifactLocation"]["uri"], &place["region"]["startLine"]),
        (&"acra-server.log.1".into(), &412.into())
    );
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
}

#[test]
fn junit_counts_its_cases_and_tells_errors_from_failures() {
    let text = written(&sample::tampered(), ReportFormat::Junit);
    let wanted = "<testsuites name=\"acralog verify\" tests=\"7\" failures=\"4\" errors=\"1\">";
    assert!(text.contains(wanted), "{text}");
    assert!(
        text.contains("<testcase classname=\"acra-server.log\" name=\"acra-server.log.1:412: chain-altered\">"),
        "{text}"
    );
    assert!(
        text.contains("<failure type=\"chain-altered\" message=\"altered, or entries before it removed\">"),
        "{text}"
    );
    assert!(text.contains("<error type=\"file-missing\""), "{text}");
}

#[test]
fn github_annotates_lines_and_appends_a_summary() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("summary.md");
    std::fs::write(&path, "of another step\n").unwrap();
    let mut out = Vec::new();
    let style =
        ReportStyle { format: ReportFormat::Github, step_summary: Some(path.clone()), ..ReportStyle::default() };
    sample::tampered().tell(&mut *report_sink(&mut out, style)).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(
        text.contains("::error file=acra-server.log.1,line=412,title=chain-altered::altered, or entries"),
        "{text}"
    );
    assert!(text.contains("::warning file=acra-server.log,line=1204,title=chain-open-at-end::"), "{text}");
    assert!(text.contains("::notice title=chains-interleaved::"), "{text}");
    let page = std::fs::read_to_string(&path).unwrap();
    assert!(page.starts_with("of another step\n### Acra audit log: TAMPERED (exit 1)\n"), "{page}");
    assert!(page.contains("| ` acra-server.log.1 ` | json | 1 | 871 | BROKEN |"), "{page}");
}

#[test]
fn a_closed_pipe_is_an_error_in_every_format() {
    for format in ReportFormat::ALL {
        let style = ReportStyle { format, ..ReportStyle::default() };
        assert!(sample::tampered().tell(&mut *report_sink(ClosedPipe, style)).is_err(), "{}", format.name());
    }
}

#[test]
fn class_is_ordered_as_the_shortlist_needs_it() {
    let classes = [Class::Note, Class::Warning, Class::Incomplete, Class::Undecided, Class::Tampered];
    assert!(classes.is_sorted() && classes.iter().enumerate().all(|(i, class)| *class as usize == i));
}
