//! What the flags of a report come to, and what is refused.

use std::path::Path;

use clap::Parser as _;

use super::*;
use crate::cli::{Cli, Verb};
use crate::incident::report::Scope;
use crate::incident::rules::{DOCUMENTED, Rules};

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
    assert_eq!(plan.options.scope(), Scope::default());
    assert_eq!((plan.options.rules, plan.options.sessions, plan.options.format), (Rules::default(), false, None));
    assert_eq!(
        plan.meta,
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
fn scope_and_rules_reach_the_options() {
    let plan = incidents(
        "--since 2025-03-14T10:00 --until 2025-03-15 --timezone Europe/Kyiv --client webapp,etl* --client x --sessions \
         --input-format cef --set sql-firewall.at-least=20 a.log",
    );
    let scope = plan.options.scope();
    assert_eq!(scope.since.unwrap().to_string(), "2025-03-14T08:00:00Z");
    assert_eq!(scope.before.unwrap().to_string(), "2025-03-14T22:00:00Z");
    assert_eq!(scope.client_ids, ["webapp", "etl*", "x"]);
    assert_eq!((plan.options.sessions, plan.options.format), (true, Some(crate::entry::Format::Cef)));
    assert_eq!(plan.options.rules.sql_firewall.at_least.get(), 20);
}

#[test]
fn the_command_can_be_typed_again() {
    let Ok(ReportPlan::Report(plan)) = plan_of(&["--title", "It's late", "a b.log", "--client=x*"], false) else {
        panic!("no report")
    };
    assert_eq!(plan.meta.title, "It's late");
    assert_eq!(plan.meta.command, r"acralog report --title 'It'\''s late' 'a b.log' '--client=x*'");
}

#[test]
fn the_date_of_a_report_is_the_one_that_is_wanted() {
    for (flags, date) in [
        ("--generated-at now", "2025-03-14T00:00:00Z"),
        ("--generated-at 2025-03-14T12:00:00.125+02:00", "2025-03-14T10:00:00.125Z"),
    ] {
        assert_eq!(incidents(&format!("a.log {flags}")).meta.generated_at.unwrap().to_string(), date);
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

/// The rules by a file, when it is not empty, and by flags; as JSON.
fn changed(file: &str, flags: &[&str]) -> Result<Value, Failure> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.toml");
    fs::write(&path, file).unwrap();
    let flags: Vec<String> = flags.iter().map(|&flag| flag.to_owned()).collect();
    let config = (!file.is_empty()).then_some(path.as_path());
    let rules = rules(None, &RuleArgs { file: config.map(Path::to_owned), changes: flags }).map_err(|failure| {
        Failure { message: failure.message.replace(&folder.path().display().to_string(), "F"), ..failure }
    })?;
    Ok(serde_json::to_value(rules).unwrap())
}

fn default() -> Value {
    serde_json::to_value(Rules::default()).unwrap()
}

#[test]
fn the_documented_rules_are_the_defaults_and_all_of_them() {
    assert_eq!(changed(DOCUMENTED, &[]).unwrap(), default());
    let documented = DeTable::parse(DOCUMENTED).unwrap();
    let default = RuleSettings::default().unwrap().by_name;
    for (rule, settings) in &default {
        let table = documented.get_ref().get(rule.as_str()).unwrap_or_else(|| panic!("{rule}"));
        let table = table.get_ref().as_table().unwrap();
        for key in settings.as_object().unwrap().keys() {
            assert!(table.contains_key(key.as_str()), "{rule}.{key}");
        }
    }
}

#[test]
fn a_file_comes_before_flags_and_the_last_flag_wins() {
    let file = "# ours\n[sql-firewall]\nat-least = 20\n[silence]\nat-least = '2h'\n";
    let cases: [(&str, &[&str], &str, &str, Value); 11] = [
        ("", &[], "sql-firewall", "at-least", 10.into()),
        (file, &[], "sql-firewall", "at-least", 20.into()),
        (file, &[], "silence", "at-least", "2h".into()),
        (file, &[], "silence", "times-usual", 3.into()),
        (file, &["sql-firewall.at-least=30", "sql-firewall.at-least=40"], "sql-firewall", "at-least", 40.into()),
        ("silence.times-usual = 0x10", &[], "silence", "times-usual", 16.into()),
        ("", &["silence.at-least=90m"], "silence", "at-least", "1h 30m".into()),
        ("", &[" key-errors.within = 1h 30m "], "key-errors", "within", "1h 30m".into()),
        ("", &["'key-errors'.within = \"1h 30m\" # as in a file"], "key-errors", "within", "1h 30m".into()),
        ("", &["sql-firewall.at-least=0x1e"], "sql-firewall", "at-least", 30.into()),
        ("", &["silence = {at-least = '2h'}"], "silence", "at-least", "2h".into()),
    ];
    for (file, flags, rule, key, value) in cases {
        let rules = changed(file, flags).unwrap();
        assert_eq!(rules[rule][key], value, "{file} {flags:?}");
        let mut others = rules;
        let mut default = default();
        for both in [&mut others, &mut default] {
            both["sql-firewall"]["at-least"] = Value::Null;
            both["silence"] = Value::Null;
            both["key-errors"]["within"] = Value::Null;
        }
        assert_eq!(others, default, "{file} {flags:?} changed more");
    }
}

#[test]
fn what_is_wrong_in_a_file_is_told_with_its_line_and_what_is_right() {
    let cases = [
        ("a = \n", "F/rules.toml:1: ", ""),
        ("\n[sql-firewall]\nat-least = 20 30\n", "F/rules.toml:3: ", ""),
        ("[key-errors]\nwithin = '1h'\nwithin = '2h'\n", "F/rules.toml:3: duplicate key", ""),
        (
            "\n\n[sql-firewal]\nat-least = 1\n",
            "F/rules.toml:3: no rule is called `sql-firewal`",
            "did you mean sql-firewall?",
        ),
        ("[xyz]\n", "F/rules.toml:1: no rule is called `xyz`", "known are connection-drops, connection-failures, "),
        ("[xyz]\n", "", "--print-rules"),
        ("[silence]\nat_least = '1h'\n", "F/rules.toml:2: no setting of silence is called `at_least`", "at-least?"),
        (
            "[silence]\n\nwithin = '1h'\n",
            "F/rules.toml:3: no setting of silence is called `within`",
            "at-least, times-usual",
        ),
        ("silence = 5\n", "F/rules.toml:1: silence is a rule and has settings of its own", "write [silence]"),
        ("[[silence]]\n", "F/rules.toml:1: silence is a rule", "at-least, times-usual"),
        ("[silence]\nat-least = 5\n", "F/rules.toml:2: silence.at-least cannot be 5", "a length of time: 90s"),
        ("[silence]\nat-least = '0s'\n", "F/rules.toml:2: silence.at-least cannot be '0s'", "a length of time"),
        ("[silence]\ntimes-usual = 0\n", "F/rules.toml:2: silence.times-usual cannot be 0", "from 1 to 65535"),
        ("[silence]\ntimes-usual = 65536\n", "F/rules.toml:2: silence.times-usual cannot be 65536", "from 1 to 65535"),
        ("[silence]\ntimes-usual = 1.5\n", "F/rules.toml:2: silence.times-usual cannot be 1.5", "from 1 to 65535"),
        ("[silence]\ntimes-usual = 99999999999999999999\n", "F/rules.toml:2: silence.times-usual cannot be 9999", ""),
        ("[silence]\ntimes-usual = [\n1]\n", "F/rules.toml:2: silence.times-usual cannot be [", ""),
    ];
    for (file, message, hint) in cases {
        let failure = changed(file, &[]).expect_err(file);
        assert!(failure.message.starts_with(message), "{file}: {failure:?}");
        assert!(failure.hint.clone().unwrap_or_default().contains(hint), "{file}: {failure:?}");
    }
}

#[test]
fn what_is_wrong_in_a_flag_is_told_with_the_flag() {
    let cases = [
        ("sql-firewall", "--set sql-firewall: this is not RULE.SETTING=VALUE", "--set sql-firewall.at-least=20"),
        ("sql-firewall=20", "--set sql-firewall=20: this is not", ""),
        ("at-least=20", "--set at-least=20: this is not", ""),
        ("", "--set : this is not", ""),
        ("sql.at-least=20", "--set sql.at-least=20: no rule is called `sql`", "did you mean sql-firewall?"),
        ("silence.at-leas=2h", "--set silence.at-leas=2h: no setting of silence", "did you mean at-least?"),
        ("silence.at-least=2", "--set silence.at-least=2: silence.at-least cannot be 2", "a length of time"),
        ("key-errors.at-least=-1", "--set key-errors.at-least=-1: key-errors.at-least cannot be -1", "from 1"),
        ("key-errors.at-least=", "--set key-errors.at-least=: key-errors.at-least cannot be", "from 1"),
        (
            "silence.at-least=\"never\"",
            "--set silence.at-least=\"never\": silence.at-least cannot be \"never\"",
            "a length",
        ),
        ("silence.at-least=true", "--set silence.at-least=true: silence.at-least cannot be true", "a length of time"),
        ("silence.at-least.x=5", "--set silence.at-least.x=5: silence.at-least cannot be 5", ""),
        ("silence.at-least='1h'\nsilence.times-usual=2", "--set silence.at-least='1h'\nsilence", ""),
        ("silence={}", "--set silence={}: this is not", ""),
    ];
    for (flag, message, hint) in cases {
        let failure = changed("", &[flag]).expect_err(flag);
        assert!(failure.message.starts_with(message), "{flag}: {failure:?}");
        assert!(failure.hint.clone().unwrap_or_default().contains(hint), "{flag}: {failure:?}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_told() {
    let failure = rules(None, &RuleArgs { file: Some("no/such/rules.toml".into()), changes: Vec::new() }).unwrap_err();
    assert!(failure.message.starts_with("no/such/rules.toml: cannot read the rules: "), "{failure:?}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.toml");
    fs::write(&path, b"\xff").unwrap();
    assert!(
        rules(None, &RuleArgs { file: Some(path), changes: Vec::new() })
            .unwrap_err()
            .message
            .contains("cannot read the rules")
    );
}
