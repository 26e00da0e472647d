//! What the flags of a report come to, and what is refused.

use std::path::Path;

use clap::Parser as _;

use super::*;
use crate::cli::{Cli, Verb};
use crate::incident::report::Scope;
use crate::incident::rules::Rules;

const HEX: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// 2025-03-14T00:00:00.250Z.
const NOW: LogTime = LogTime { unix_ms: 1_741_910_400_250 };

fn plan_of(words: &[&str], terminal: bool) -> Result<ReportPlan, Failure> {
    let line = ["acralog", "report"].iter().chain(words);
    let Verb::Report(typed) = Cli::parse_from(line).verb else { panic!("not report") };
    let variable = |name: &str| (name == "K").then(|| HEX.into());
    let env = Environment::of_a_test(&variable, terminal);
    let arguments = std::iter::once(&"report").chain(words).map(Into::into).collect();
    report(*typed, &Environment { now: NOW, arguments, ..env })
}

#[track_caller]
fn incidents(flags: &str) -> IncidentPlan {
    let words: Vec<_> = flags.split_whitespace().collect();
    match plan_of(&words, false) {
        Ok(ReportPlan::Report(plan)) => *plan,
        other => panic!("{flags}: {other:?}"),
    }
}

#[test]
fn what_cannot_be_reported_is_refused_with_advice() {
    let cases: [(&[&str], &str, &str); 17] = [
        (&["a.log", "--policy", "strict"], "--policy says what to demand of the log, but nothing", "--key-file FILE"),
        (&["a.log", "--require-end"], "--require-end says what to demand", "--key-env NAME"),
        (&["a.log", "--missing-ok"], "--missing-ok says what to demand", "leave the flag out, or verify"),
        (&["a.log", "--allow", "line-torn"], "--allow says what to demand", "--key-file FILE"),
        (&[], "nothing to report on: no PATH was given", "standard input"),
        (&["-", "-"], "standard input was given more than once", "once"),
        (&["a.log", "--verify"], "--verify needs a key", "--key-file FILE, --key-env NAME, or --keys-dir DIR"),
        (&["a.log", "--key-env", "NO"], "the variable NO is not set", ""),
        (&["a.log", "--key-file", "no/such.key"], "no/such.key: cannot read the key file", ""),
        (&["a.log", "--since", "soon"], "`soon` is no moment", "moments are written"),
        (&["a.log", "--since", "today", "--until", "yesterday"], "nothing is both since", ""),
        (&["a.log", "--timezone", "Middle/Earth"], "", "IANA"),
        (&["a.log", "--client", "a,,b"], "a name is missing", "single commas"),
        (&["a.log", "--generated-at", "soon"], "`soon` is no time at which", "--generated-at now"),
        (&["a.log", "--generated-at", "2h"], "`2h` is no time at which", "2025-03-14T10:00:00Z"),
        (&["a.log", "--set", "sql.at-least=1"], "--set sql.at-least=1: no rule is called `sql`", "sql-firewall"),
        (&["a.log", "--rules", "no/such.toml"], "no/such.toml: cannot read the rules", ""),
    ];
    for (words, message, hint) in cases {
        let failure = plan_of(words, false).map(|_| ()).expect_err(message);
        assert!(failure.message.starts_with(message), "{words:?}: {failure:?}");
        let told = format!("{} {}", failure.message, failure.hint.unwrap_or_default());
        assert!(told.contains(hint), "{words:?}: {told}");
    }
}

#[test]
fn without_flags_a_report_is_the_plain_one() {
    let plan = incidents("a.log");
    assert_eq!(plan.question.scope(), Scope::default());
    assert_eq!((plan.question.rules, plan.question.sessions, plan.question.format), (Rules::default(), false, None));
    assert_eq!(
        plan.dressing,
        ReportMeta {
            title: "Acra incident report".to_owned(),
            case_id: None,
            generated_at: None,
            command: "acralog report a.log".to_owned()
        }
    );
    assert!(plan.verification.is_none() && !plan.verify && plan.fail_on.is_none() && plan.redactions.is_empty());
    assert_eq!((plan.format, plan.target), (IncidentFormat::Text, None));
}

#[test]
fn a_key_is_enough_to_verify_and_the_flag_is_about_the_exit_code() {
    for (flags, verifies, verify) in
        [("a.log", false, false), ("a.log --key-env K", true, false), ("a.log --key-env K --verify", true, true)]
    {
        let plan = incidents(flags);
        assert_eq!((plan.verification.is_some(), plan.verify), (verifies, verify), "{flags}");
    }
}

#[test]
fn scope_and_rules_reach_the_question() {
    let plan = incidents(
        "--since 2025-03-14T10:00 --until 2025-03-15 --timezone Europe/Kyiv --client webapp,etl* --client x --sessions \
         --input-format cef --set sql-firewall.at-least=20 a.log",
    );
    let scope = plan.question.scope();
    assert_eq!(scope.since.unwrap().to_string(), "2025-03-14T08:00:00Z");
    assert_eq!(scope.before.unwrap().to_string(), "2025-03-14T22:00:00Z");
    assert_eq!(scope.client_ids, ["webapp", "etl*", "x"]);
    assert_eq!((plan.question.sessions, plan.question.format), (true, Some(crate::entry::Format::Cef)));
    assert_eq!(plan.question.rules.sql_firewall.at_least.get(), 20);
}

#[test]
fn the_command_can_be_typed_again() {
    let Ok(ReportPlan::Report(plan)) = plan_of(&["--title", "It's late", "a b.log", "--client=x*"], false) else {
        panic!("no report")
    };
    assert_eq!(plan.dressing.title, "It's late");
    assert_eq!(plan.dressing.command, r"acralog report --title 'It'\''s late' 'a b.log' '--client=x*'");
}

#[test]
fn the_date_of_a_report_is_the_one_that_is_wanted() {
    for (flags, date) in [
        ("--generated-at now", "2025-03-14T00:00:00Z"),
        ("--generated-at 2025-03-14T12:00:00.125+02:00", "2025-03-14T10:00:00.125Z"),
    ] {
        assert_eq!(incidents(&format!("a.log {flags}")).dressing.generated_at.unwrap().to_string(), date);
    }
}

#[test]
fn where_it_goes_and_what_ends_it_is_decided_here() {
    let plan = incidents("a.log --format html -o a.html --force --fail-on high --redact sql,client_id --redact sql");
    assert_eq!(plan.target, Some((Path::new("a.html").to_owned(), Existing::Replace)));
    assert_eq!((plan.format, plan.fail_on), (IncidentFormat::Html, Some(Severity::High)));
    assert_eq!(plan.redactions, BTreeSet::from([Redaction::ClientId, Redaction::Sql]));
    assert_eq!(incidents("a.log -o a.html").target, Some((Path::new("a.html").to_owned(), Existing::Refuse)));
    for (words, terminal, progress) in
        [(&["a.log"][..], true, true), (&["a.log", "--no-progress"], true, false), (&["a.log"], false, false)]
    {
        let Ok(ReportPlan::Report(plan)) = plan_of(words, terminal) else { panic!("no report") };
        assert_eq!(plan.progress, progress, "{words:?} {terminal}");
    }
}

#[test]
fn rules_are_printed_alone() {
    assert!(matches!(plan_of(&["--print-rules"], false), Ok(ReportPlan::PrintRules)));
    assert!(Cli::try_parse_from(["acralog", "report", "--print-rules", "a.log"]).is_err());
}
