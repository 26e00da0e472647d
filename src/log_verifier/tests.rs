//! Which logs are verified, and where flags come from.

use std::ffi::OsString;
use std::fs;

use super::*;

fn typed(line: &str) -> FlagValues {
    FlagValues::read(line.split_whitespace().map(OsString::from).collect()).unwrap()
}

fn plan(line: &str) -> Result<LogVerifierPlan, Failure> {
    plan_of(&verifier_flags(typed(line))?)
}

#[test]
fn logs_are_taken_in_the_order_of_the_list_and_one_that_is_named_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list");
    fs::write(&list, "b.log\n\na*.log\r\n-\nb.log\n").unwrap();
    let planned = plan(&format!("-audit_log_file_list {} -audit_log_file z.log", list.display())).unwrap();
    assert_eq!(planned.files, ["z.log", "b.log", "a*.log", "-", "b.log"].map(PathBuf::from));
    assert_eq!(planned.demands.policy, Policy::Acra);
    assert!(!planned.demands.missing_ok);
    let missing_ok = plan("-audit_log_file z.log -audit_log_missing_ok").unwrap();
    assert!(missing_ok.demands.missing_ok);
    for (word, format) in [("plaintext", Format::Plaintext), ("JSON", Format::Json), ("cef", Format::Cef)] {
        let planned = plan(&format!("-audit_log_file z.log -audit_log_file_format {word}")).unwrap();
        assert_eq!(planned.format, format);
    }
}

#[test]
fn without_a_log_there_is_nothing_to_do() {
    assert_eq!(plan("").unwrap_err().message, "no log was named");
    let failed = plan("-audit_log_file_list no/such/list").unwrap_err();
    assert!(failed.message.starts_with("no/such/list: cannot read the list"), "{failed}");
}

#[test]
fn flags_of_the_command_line_come_before_those_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.yaml");
    fs::write(&path, "audit_log_file: a.log\nkeys_dir: from-file\nnope: 1\nredis_tls_client_auth: 2\n").unwrap();
    let line = format!("-config_file {} -keys_dir typed x y", path.display());
    let flags = verifier_flags(typed(&line)).unwrap();
    assert_eq!((flags.typed.text("audit_log_file"), flags.typed.text("keys_dir")), ("a.log", "typed"));
    assert!(flags.found_config.is_none());
    for (warning, said) in
        flags.warnings.iter().zip(["these names are no flags and are ignored: nope", "no flag: 2 of them"])
    {
        assert!(warning.contains(said), "{warning}");
    }
    assert_eq!(flags.warnings.len(), 2);
    assert_eq!(flags.in_config, ["audit_log_file", "keys_dir", "redis_tls_client_auth", "nope"]);
    let absent = verifier_flags(typed("-config_file no/such.yaml")).unwrap();
    let secret = verifier_flags(typed(&format!("-config_file {}", hex::encode([7; 32])))).unwrap_err();
    assert!(secret.message.starts_with("--config_file was given something"), "{secret}");
    assert_eq!(absent.warnings, ["no/such.yaml: there is no such configuration file"]);
    assert_eq!(verifier_flags(typed("-config_file no/such.yaml -dump_config")).unwrap().warnings, [""; 0]);
    fs::write(&path, "d: true\nkeys_dir: [hunter2]\n").unwrap();
    let failed = verifier_flags(typed(&line)).unwrap_err();
    assert_eq!(failed.message, format!("{}:2: a flag has one value, not several", path.display()));
}
