//! The flags of acra-log-verifier: each documented one in each of its forms, in a file, and what is said about those that are
//! wrong. No secret is ever said.

use std::fs;

use super::{Place, messages, said};
use crate::log_writer::Format;
use crate::support::Run;

/// Every documented flag, with a value that changes nothing about a sound log in a folder.
const DOCUMENTED: &str = "
    audit_log_file_format=plaintext audit_log_missing_ok=true d=false logging_format=plaintext dump_config=false
    generate_markdown_args_table=false keys_dir=.acrakeys keystore_encryption_type=env_master_key redis_password=hunter2
    redis_db_keys=0 redis_host_port= redis_tls_enable=false redis_tls_client_auth=4 redis_tls_client_ca=a
    redis_tls_client_cert=a redis_tls_client_key=a redis_tls_client_sni=a redis_tls_crl_client_cache_size=1
    redis_tls_crl_client_cache_time=1 redis_tls_crl_client_check_only_leaf_certificate=true
    redis_tls_crl_client_from_cert=use redis_tls_crl_client_url=a redis_tls_ocsp_client_check_only_leaf_certificate=true
    redis_tls_ocsp_client_from_cert=trust redis_tls_ocsp_client_required=requireGood redis_tls_ocsp_client_url=a
    kms_type=aws kms_credentials_path=a vault_connection_api_string=http://127.0.0.1:1 vault_secrets_path=secret/
    vault_tls_transport_enable=true vault_tls_client_auth=0 vault_tls_ca_path=a vault_tls_client_ca=a
    vault_tls_client_cert=a vault_tls_client_key=a vault_tls_client_sni=a vault_tls_crl_client_cache_size=1
    vault_tls_crl_client_cache_time=1 vault_tls_crl_client_check_only_leaf_certificate=true
    vault_tls_crl_client_from_cert=ignore vault_tls_crl_client_url=a
    vault_tls_ocsp_client_check_only_leaf_certificate=true vault_tls_ocsp_client_from_cert=prefer
    vault_tls_ocsp_client_required=allowUnknown vault_tls_ocsp_client_url=a tls_ca=a tls_cert=a tls_key=a tls_auth=1
    tls_client_id_from_cert=true tls_crl_cache_size=1 tls_crl_cache_time=1 tls_crl_check_only_leaf_certificate=true
    tls_crl_from_cert=use tls_crl_url=a tls_ocsp_check_only_leaf_certificate=true tls_ocsp_from_cert=use
    tls_ocsp_required=denyUnknown tls_ocsp_url=a";

/// Those among them that are acted on, or have their defaults.
const WITHOUT_CHANGE: &[&str] = &[
    "audit_log_file_format",
    "audit_log_missing_ok",
    "d",
    "dump_config",
    "generate_markdown_args_table",
    "keys_dir",
    "keystore_encryption_type",
    "logging_format",
    "redis_db_keys",
    "redis_tls_enable",
    "tls_ocsp_required",
    "vault_secrets_path",
    "vault_tls_ocsp_client_from_cert",
];

/// What is said when there is nothing else to say about a sound log of nine signed lines.
fn sound() -> Place {
    let place = Place::new();
    place.write("a.log", &place.log(Format::Plaintext, 1)[6..]);
    place
}

#[test]
fn every_documented_flag_is_taken_in_every_form() {
    let place = sound();
    let pairs: Vec<_> = DOCUMENTED.split_whitespace().map(|pair| pair.split_once('=').expect("a value")).collect();
    let is_switch = |value: &str| matches!(value, "true" | "false");
    for dashes in ["-", "--"] {
        let joined: Vec<_> = pairs.iter().map(|(name, value)| format!("{dashes}{name}={value}")).collect();
        let apart = pairs.iter().flat_map(|(name, value)| match is_switch(value) {
            true => vec![format!("{dashes}{name}={value}")],
            false => vec![format!("{dashes}{name}"), (*value).to_owned()],
        });
        for form in [joined.clone(), apart.collect()] {
            let done = place.run(&["-audit_log_file", "a.log"]).args(form).exit(0);
            let told = messages(&done, "plaintext");
            assert_eq!(told.len(), 4, "{}", done.told());
            let (level, warning, _) = &told[2];
            let idle = warning.strip_prefix("without effect in this run: ").expect("the warning");
            assert_eq!(level, "warning");
            // There is no Redis and no Vault in this run: nobody asks how to connect to them.
            let named: Vec<_> = idle.split(", ").map(|name| name.trim_start_matches('-')).collect();
            let changed = pairs.iter().filter(|(name, value)| !WITHOUT_CHANGE.contains(name) && !value.is_empty());
            let mut expected: Vec<_> = changed.map(|(name, _)| *name).collect();
            expected.sort_unstable();
            let mut sorted = named.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, expected);
            assert!(!done.stderr.contains("hunter2"), "{}", done.told());
        }
    }
}

#[test]
fn a_wrong_command_line_is_exit_1_with_the_usage_and_help_is_exit_0() {
    let place = sound();
    for (arguments, what) in [
        (&["-nope"][..], "flag provided but not defined: -nope\n"),
        (&["--audit_log_file"], "flag needs an argument: -audit_log_file\n"),
        (&["-d=maybe"], "invalid value for flag -d: it takes true or false\n"),
        (&["--logging_format", "xml"], "invalid value for flag -logging_format: it takes plaintext, json, CEF\n"),
        (&["---d"], "an argument has the dashes of a flag and no name\n"),
    ] {
        let done = place.run(arguments).exit(1);
        assert!(done.stdout.is_empty() && done.stderr.starts_with(what), "{}", done.told());
        assert!(done.stderr.contains("\nUsage of acra-log-verifier:\n"), "{}", done.told());
    }
    for help in ["-h", "--help", "-help"] {
        let done = place.run(&[help]).exit(0);
        assert!(done.stderr.is_empty() && done.text().contains("  --audit_log_file_list=<file>\n"), "{}", done.told());
    }
}

#[test]
fn whatever_goes_wrong_is_one_line_and_exit_1() {
    let place = sound();
    fs::write(place.folder().join("empty"), "\n").expect("a file of our own");
    for (arguments, what) in [
        (&[][..], "no log was named"),
        (&["-audit_log_file_list=empty"], "no log was named"),
        (&["-audit_log_file_list=absent"], "absent: cannot read the list"),
        (&["-audit_log_file=a.log", "-keys_dir=absent"], "absent"),
        (&["-audit_log_file=a.log", "-keystore_encryption_type=vault_master_key"], "--vault_connection_api_string"),
        (&["-audit_log_file=a.log", "-keystore_encryption_type=kms_per_client"], "--kms_type=aws"),
        (&["-audit_log_file=a.log", "-redis_host_port=h:1", "-redis_db_keys=-2"], "--redis_db_keys"),
        (&["-config_file=a.log"], "a.log:"),
    ] {
        let done = place.run(arguments).exit(1);
        let told = messages(&done, "plaintext");
        let (level, text, error) = told.last().expect("a line");
        assert_eq!((&level[..], &text[..]), ("error", "Logs verification error"), "{}", done.told());
        assert!(error.as_ref().is_some_and(|error| error.contains(what)), "{}", done.told());
    }
    let done = place.run(&["-audit_log_file=a.log"]).env("ACRA_MASTER_KEY", "").exit(1);
    assert!(done.stderr.contains("the variable ACRA_MASTER_KEY is not set"), "{}", done.told());
    assert!(!done.stderr.contains("--master-key"), "no flag of other verbs: {}", done.told());
    let unreadable = place.run(&["-audit_log_file=.acrakeys", "-audit_log_missing_ok"]).exit(1);
    assert!(unreadable.stderr.contains("unexpected error occurred"), "{}", unreadable.told());
}

#[test]
#[cfg(unix)]
fn it_is_called_by_its_name_through_a_link_or_a_copy() {
    let place = sound();
    let program = env!("CARGO_BIN_EXE_acralog");
    for (folder, copied) in [("link", false), ("copy", true)] {
        let name = place.folder().join(folder).join("acra-log-verifier");
        fs::create_dir(name.parent().expect("a folder")).expect("a folder of our own");
        match copied {
            true => drop(fs::copy(program, &name).expect("a copy")),
            false => std::os::unix::fs::symlink(program, &name).expect("a link"),
        }
        let run = || Run::program(&name).current_dir(place.folder()).env("ACRA_MASTER_KEY", &place.store.master_key);
        run().arg("-audit_log_file=a.log").exit(0);
        let done = run().arg("verify").exit(1);
        assert!(done.stderr.contains("arguments are ignored from the first one on"), "{}", done.told());
    }
}

#[test]
fn a_file_of_flags_does_what_they_do_and_the_command_line_comes_first() {
    let place = sound();
    let write = |text: &str| fs::write(place.folder().join("c.yaml"), text).expect("a file of our own");
    write("version: 0.85.0\n# comment\naudit_log_file: a.log\nlogging_format: json\nkeys_dir:\n");
    let done = place.run(&["--config_file=c.yaml"]).exit(0);
    assert_eq!(messages(&done, "json").len(), 3, "{}", done.told());
    let done = place.run(&["--config_file=c.yaml", "-logging_format=CEF"]).exit(0);
    assert_eq!(messages(&done, "CEF").len(), 3);
    write("audit_log_file: a.log\nno_flag_at_all: 1\n");
    let done = place.run(&["--config_file=c.yaml"]).exit(0);
    assert!(done.stderr.contains("these names are no flags and are ignored: no_flag_at_all"), "{}", done.told());
    write("audit_log_file: a.log\nredis_password: [hunter2]\n");
    let done = place.run(&["--config_file=c.yaml"]).exit(1);
    assert!(done.stderr.contains("c.yaml:2: ") && !done.stderr.contains("hunter2"), "{}", done.told());
    let done = place.run(&["--config_file=absent.yaml", "-audit_log_file=a.log"]).exit(0);
    assert!(done.stderr.contains("absent.yaml: there is no such configuration file"), "{}", done.told());
}

#[test]
fn a_dumped_configuration_has_the_defaults_whatever_else_is_typed_and_is_read_back() {
    let place = sound();
    let typed = ["-redis_password=hunter2", "-audit_log_file=a.log", "-keys_dir=elsewhere", "-audit_log_missing_ok"];
    let done = place.run(&["--dump_config", "--generate_markdown_args_table"]).args(typed).exit(0);
    let told = messages(&done, "plaintext");
    let files = ["configs/acra-log-verifier.yaml", "configs/markdown_acra-log-verifier.md"];
    assert!(told[0].1.starts_with("without effect in this run: --audit_log_file, "), "{}", done.told());
    assert_eq!(told[1..], files.map(|file| said("info", format!("Config dumped to {file}"))));
    let [config, page] = files.map(|file| fs::read_to_string(place.folder().join(file)).expect("a file"));
    for name in DOCUMENTED.split_whitespace().map(|pair| pair.split('=').next().expect("a name")) {
        assert!(config.contains(&format!("\n{name}: ")), "{name}");
        let dashes = if name == "d" { "-" } else { "--" };
        assert!(page.contains(&format!("| `{dashes}{name}` | ")), "{name}");
    }
    assert!(config.contains("\nkeys_dir: .acrakeys\n") && !config.contains("hunter2") && !config.contains("a.log"));
    // It is found where it was written, as Acra finds it, and says so.
    let done = place.run(&["-audit_log_file=a.log"]).exit(0);
    assert!(done.stderr.contains("Configuration read from configs/acra-log-verifier.yaml"), "{}", done.told());
    assert_eq!(messages(&done, "plaintext").len(), 4, "nothing of it is unusual: {}", done.told());
    place.run(&["-dump_config"]).exit(0);
}

#[test]
fn a_configuration_goes_where_it_is_wanted_and_replaces_none_that_sets_something() {
    let place = sound();
    let file = |name: &str| place.folder().join(name);
    place.run(&["-dump_config", "-generate_markdown_args_table", "-config_file=etc/v.yaml"]).exit(0);
    assert!(file("etc/v.yaml").exists() && file("etc/markdown_acra-log-verifier.md").exists());
    assert!(!file("configs").exists());
    let own = "# ours\nredis_password: hunter2\nkeys_dir: k\n";
    fs::write(file("etc/v.yaml"), own).expect("a file of our own");
    let done = place.run(&["-dump_config", "-config_file=etc/v.yaml"]).exit(1);
    assert!(done.stderr.contains("etc/v.yaml: not replaced, since it sets flags: keys_dir, redis_password; hint: "));
    assert!(!done.stderr.contains("hunter2"), "{}", done.told());
    assert_eq!(fs::read_to_string(file("etc/v.yaml")).expect("a file"), own);
}

#[test]
fn a_table_of_flags_alone_is_no_reason_not_to_verify() {
    let place = sound();
    let mut lines = place.log(Format::Plaintext, 1);
    lines.remove(8);
    place.write("altered.log", &lines);
    fs::write(place.folder().join("c.yaml"), "generate_markdown_args_table: true\n").expect("a file of our own");
    for flag in ["--generate_markdown_args_table", "--config_file=c.yaml"] {
        let done = place.run(&["-audit_log_file=altered.log", flag]).exit(1);
        let warning = "without effect in this run: --generate_markdown_args_table";
        assert!(done.stderr.contains(warning) && done.stderr.contains("corrupted"), "{}", done.told());
    }
    assert!(!place.folder().join("configs").exists());
}

#[test]
fn what_nobody_asks_for_in_a_run_is_named() {
    let place = sound();
    let redis = "-redis_host_port=127.0.0.1:1";
    for (flags, idle) in [
        (&["-tls_ca=x", redis][..], "--tls_ca"),
        (&["-redis_tls_client_ca=x", redis], "--redis_tls_client_ca"),
        (&["-vault_connection_api_string=https://127.0.0.1:1"], "--vault_connection_api_string"),
        (&["-kms_type=aws", "-kms_credentials_path=x"], "--kms_type, --kms_credentials_path"),
        (
            &[
                "-keystore_encryption_type=vault_master_key",
                "-vault_connection_api_string=http://127.0.0.1:1",
                "-vault_tls_transport_enable",
                "-vault_tls_client_ca=x",
            ],
            "--vault_tls_transport_enable, --vault_tls_client_ca",
        ),
    ] {
        let done = place.run(&["-audit_log_file=a.log"]).args(flags).exit_one_of(&[0, 1]);
        let told = messages(&done, "plaintext");
        let wanted = said("warning", format!("without effect in this run: {idle}"));
        assert!(told.contains(&wanted), "{flags:?}: {}", done.told());
    }
}

#[test]
#[cfg(unix)]
fn what_is_said_and_not_heard_is_no_success() {
    use std::process::Stdio;
    let place = sound();
    let run = |stderr: Stdio| {
        let run = Run::bare().args(["acra-log-verifier", "-audit_log_file=a.log"]).current_dir(place.folder());
        run.env("ACRA_MASTER_KEY", &place.store.master_key).onto(Stdio::null(), stderr)
    };
    assert_eq!(run(Stdio::null()), 0);
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    assert_eq!(run(writer.into()), 1);
}

#[test]
fn no_secret_is_in_any_output() {
    let place = sound();
    let key = hex::encode(place.key);
    let master = &place.store.master_key;
    for arguments in [
        vec![format!("-redis_password={master}"), "-d".to_owned(), "-audit_log_file=a.log".to_owned()],
        vec![
            format!("-redis_password={master}"),
            "-redis_host_port=127.0.0.1:1".to_owned(),
            "-audit_log_file=a".to_owned(),
        ],
        vec![format!("-redis_db_keys={master}")],
        vec![format!("-logging_format={master}")],
        vec![format!("-nope={master}")],
        vec!["-audit_log_file=a.log".to_owned(), master.clone()],
        vec!["-audit_log_file=a.log".to_owned(), "-logging_format=json".to_owned(), "-d".to_owned()],
    ] {
        let done = place.run(&[]).args(&arguments).exit_one_of(&[0, 1]);
        assert!(!done.stderr.contains(&master[..20]) && !done.stderr.contains(&key[..20]), "{}", done.told());
        assert!(done.stdout.is_empty(), "{}", done.told());
    }
}

#[test]
fn names_of_files_are_inert_in_every_format() {
    let place = sound();
    for format in ["plaintext", "json", "CEF"] {
        let name = "no\u{1b}[2J\u{202e}\nlog";
        let done = place.run(&["-d", "-logging_format", format, "-audit_log_file", name]).exit(1);
        assert!(messages(&done, format).len() >= 5, "{}", done.told());
        assert!(!done.stderr.contains(['\u{1b}', '\u{202e}']), "{}", done.told());
    }
}

#[test]
fn a_password_in_a_file_that_others_may_read_gets_a_warning() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = sound();
    for (mode, text, warned) in [
        (0o644, "redis_password: hunter2\n", true),
        (0o640, "redis_password: hunter2\n", true),
        (0o600, "redis_password: hunter2\n", false),
        (0o644, "redis_password: ''\nkeys_dir: \"\"\n", false),
    ] {
        let file = place.write("c.yaml", &[format!("audit_log_file: a.log\n{text}").into_bytes()]);
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("a file of our own");
        let done = place.run(&["--config_file=c.yaml"]).exit(0);
        let told = "c.yaml: the configuration file with a password is open to other users";
        assert_eq!(done.stderr.contains(told), warned, "{mode:o}: {}", done.told());
        assert!(!done.stderr.contains("hunter2"), "{}", done.told());
    }
}
