//! What the flags of a conversion come to, and which of them contradict each other.

use std::path::Path;

use clap::Parser as _;

use super::*;
use crate::cli::{Cli, Verb};

const HEX: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn plan_at(flags: &str, terminal: bool) -> Result<ConvertPlan, Failure> {
    let Verb::Convert(typed) = Cli::parse_from(format!("acralog convert {flags}").split_whitespace()).verb else {
        panic!("not convert");
    };
    let variable = |name: &str| (name == "K").then(|| HEX.into());
    convert(*typed, &Environment::of_a_test(&variable, terminal))
}

#[track_caller]
fn conversion(flags: &str, terminal: bool) -> ConversionPlan {
    match plan_at(flags, terminal) {
        Ok(ConvertPlan::Convert(plan)) => *plan,
        other => panic!("{flags}: {other:?}"),
    }
}

#[test]
fn what_contradicts_itself_is_refused_with_advice() {
    let cases = [
        ("--to json", "nothing to convert: no PATH was given", "standard input"),
        (
            "--to json --framing octet-counting a.log",
            "--framing octet-counting is a matter of syslog",
            "syslog-rfc5424",
        ),
        ("--to ecs --envelope elastic-bulk --framing octet-counting a.log", "--framing octet-counting", "syslog"),
        ("--to json --fields time a.log", "--fields chooses the columns of csv", "--to csv"),
        ("--to ecs --verify a.log", "no audit log key was given", "--key-file"),
        (
            "--to json --verify --key-env K a.log",
            "entries as Acra writes them have no place for a verdict",
            "splunk-hec",
        ),
        ("--to plaintext --verify --key-env K a.log", "entries as Acra writes them", "acralog verify"),
        ("--to cef --cef-style acra --verify --key-env K a.log", "entries as Acra writes them", "--verify"),
        ("--to json --envelope elastic-bulk --verify --key-env K a.log", "entries as Acra writes them", "--verify"),
        ("--to json --key-env K a.log", "", "--verify"),
    ];
    for (flags, message, hint) in cases {
        let failure = plan_at(flags, false).map(|_| ()).expect_err(flags);
        assert!(failure.message.starts_with(message), "{flags}: {failure:?}");
        let told = format!("{} {}", failure.message, failure.hint.unwrap_or_default());
        assert!(told.contains(hint), "{flags}: {told}");
    }
}

#[test]
fn without_flags_a_conversion_is_the_plain_one() {
    let plan = conversion("--to csv a.log", false);
    assert_eq!((plan.to, plan.cef_style, plan.framing), (TargetFormat::Csv, CefStyle::Spec, Framing::Lf));
    assert_eq!(plan.fields, FIELDS_DEFAULT);
    assert!(plan.envelope.is_none() && plan.target.is_none() && plan.verification.is_none());
    assert!(plan.tell_losses && !plan.lossy && !plan.keep_raw);
    assert_eq!(plan.settings.sd_id, Settings::default().sd_id);
}

#[test]
fn flags_reach_the_writers() {
    let plan =
        conversion("--to csv --fields time,code --product p --host h --sd-id acra@1 --keep-raw --lossy -q -", false);
    assert_eq!(plan.fields, ["time", "code"]);
    assert_eq!((plan.settings.product.as_deref(), plan.settings.host.as_deref()), (Some("p"), Some("h")));
    assert_eq!(plan.settings.sd_id, "acra@1");
    assert!(plan.keep_raw && plan.lossy && !plan.tell_losses);
    assert!(conversion("--to ecs --verify --key-env K a.log", false).verification.is_some());
    assert!(conversion("--to json --envelope splunk-hec --verify --key-env K a.log", false).verification.is_some());
    let framed = conversion("--to cef --envelope syslog-rfc3164 --framing octet-counting a.log", false);
    assert_eq!((framed.envelope, framed.framing), (Some(Envelope::SyslogRfc3164), Framing::OctetCounting));
}

#[test]
fn only_a_terminal_that_gets_the_events_is_a_person() {
    let cases = [
        ("--to json a.log", false, OutputConsumer::Program),
        ("--to json a.log", true, OutputConsumer::Person),
        ("--to json -o out.json a.log", true, OutputConsumer::Program),
    ];
    for (flags, terminal, reader) in cases {
        assert_eq!(conversion(flags, terminal).reader, reader, "{flags} {terminal}");
    }
    let kept = conversion("--to json -o out.json a.log", false).target;
    assert_eq!(kept, Some((Path::new("out.json").to_owned(), Existing::Refuse)));
    let replaced = conversion("--to json -o out.json --force a.log", false).target;
    assert_eq!(replaced.map(|(_, existing)| existing), Some(Existing::Replace));
}

#[test]
fn a_check_needs_no_format() {
    assert!(matches!(plan_at("--validate a.log", false), Ok(ConvertPlan::Validate(_))));
}
