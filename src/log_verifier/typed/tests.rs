//! The syntax of Go's flags and the table behind it, and flags in a YAML file.

use std::collections::BTreeSet;

use super::*;

fn read(line: &str) -> Result<FlagValues, FlagError> {
    FlagValues::read(line.split_whitespace().map(OsString::from).collect())
}

fn wrong(line: &str) -> String {
    match read(line) {
        Err(FlagError::Wrong(what)) => what,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn every_flag_is_taken_with_one_dash_and_two_and_its_value_in_either_place() {
    for flag in flags::all() {
        let value = match flag.kind {
            FlagKind::Text | FlagKind::Secret => "a=b",
            FlagKind::Number => "3",
            FlagKind::Switch => "true",
            FlagKind::Choice(words) => words[words.len() - 1],
        };
        let name = flag.name;
        for line in [format!("-{name}={value}"), format!("--{name}={value}")] {
            assert_eq!(read(&line).unwrap().text(name), value, "{line}");
        }
        for dashes in ["-", "--"] {
            let line = match flag.kind {
                FlagKind::Switch => format!("{dashes}{name}"),
                _ => format!("{dashes}{name} {value}"),
            };
            let typed = read(&line).unwrap();
            assert_eq!(typed.without_effect(), [name], "{line}");
            assert_eq!((typed.text(name), typed.left), (value, 0), "{line}");
            assert_eq!(typed.without_effect(), [""; 0], "{line}: somebody asked");
        }
    }
}

#[test]
fn the_table_has_no_name_twice_and_only_defaults_that_its_flags_take() {
    let names: BTreeSet<_> = flags::all().map(|flag| flag.name).collect();
    assert_eq!(names.len(), flags::all().count());
    for flag in flags::all() {
        let mut typed = FlagValues::default();
        typed.set(flag, flag.default).unwrap();
        assert_eq!(typed.value(flag), flag.default, "{}", flag.name);
        assert_eq!(flag.value.is_empty(), flag.kind == FlagKind::Switch, "{}", flag.name);
        assert!(flag.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{}", flag.name);
    }
    assert!(FlagValues::default().without_effect().is_empty());
}

#[test]
fn a_switch_takes_the_words_that_go_takes() {
    for (word, on) in [("1", true), ("t", true), ("T", true), ("TRUE", true), ("True", true), ("true", true)]
        .into_iter()
        .chain([("0", false), ("f", false), ("F", false), ("FALSE", false), ("False", false), ("false", false)])
    {
        assert_eq!(read(&format!("-d={word}")).unwrap().is_on("d"), on, "{word}");
    }
    for word in ["yes", "", "tRUE", "2"] {
        assert_eq!(wrong(&format!("-d={word}")), "invalid value for flag -d: it takes true or false");
    }
}

#[test]
fn the_last_of_several_counts_and_words_may_be_in_capitals() {
    let typed = read("-keys_dir=a --keys_dir b --audit_log_file_format cef --logging_format JSON -keys_dir=").unwrap();
    assert_eq!((typed.text("keys_dir"), typed.some("keys_dir")), ("", None));
    assert_eq!((typed.text("audit_log_file_format"), typed.text("logging_format")), ("CEF", "json"));
}

#[test]
fn nothing_is_read_behind_the_first_argument_that_is_no_flag() {
    for (line, left) in
        [("-d true -keys_dir x", 3), ("-d -- -keys_dir x", 2), ("-d - x", 2), ("-d", 0), ("a.log", 1), ("--", 0)]
    {
        let typed = read(line).unwrap();
        assert_eq!((typed.left, typed.text("keys_dir")), (left, ".acrakeys"), "{line}");
    }
}

#[test]
fn what_is_wrong_is_said_without_the_value() {
    for (line, what) in [
        ("-nope=hunter2", "flag provided but not defined: -nope"),
        ("---d", "an argument has the dashes of a flag and no name"),
        ("-=hunter2", "an argument has the dashes of a flag and no name"),
        ("-redis_db_keys=hunter2", "invalid value for flag -redis_db_keys: it takes a whole number"),
        ("-logging_format hunter2", "invalid value for flag -logging_format: it takes plaintext, json, CEF"),
        ("-kms_type gcp", "invalid value for flag -kms_type: it takes aws"),
        ("-redis_password", "flag needs an argument: -redis_password"),
    ] {
        assert_eq!(wrong(line), what, "{line}");
    }
    for line in ["-h", "-help", "--help", "-d --help -nope"] {
        assert_eq!(read(line).unwrap_err(), FlagError::Help, "{line}");
    }
    assert_eq!(format!("{:?}", read("-redis_password=hunter2").unwrap()), r#"{"redis_password"}"#);
}

#[test]
#[cfg(unix)]
fn an_argument_that_is_not_utf_8_is_taken_neither_for_a_flag_nor_for_its_value() {
    use std::os::unix::ffi::OsStringExt as _;
    let odd = |text: &[u8]| OsString::from_vec([text, &[0xff]].concat());
    assert_eq!(FlagValues::read(vec!["-d".into(), odd(b"a")]).unwrap().left, 1);
    for arguments in [
        vec!["-audit_log_file".into(), odd(b"a")],
        vec!["-audit_log_file".into(), odd(b"-")],
        vec![odd(b"-audit_log_file=a")],
        vec!["-d".into(), odd(b"--")],
    ] {
        let Err(FlagError::Wrong(what)) = FlagValues::read(arguments) else { panic!("taken") };
        assert!(what.contains("not UTF-8"), "{what}");
    }
}

#[test]
fn what_was_given_comes_before_what_is_taken_from_elsewhere() {
    let mut typed = read("-keys_dir=a -d=false").unwrap();
    typed.complete(read("-keys_dir=b -d -audit_log_file=c").unwrap());
    assert_eq!((typed.text("keys_dir"), typed.is_on("d"), typed.text("audit_log_file")), ("a", false, "c"));
}

#[test]
fn values_are_taken_as_they_are_written_and_empty_ones_are_none() {
    let text = "version: 0.85.0\n# a comment\naudit_log_file: 'a b.log'\naudit_log_file_format: json\n\
                audit_log_missing_ok: true\nredis_db_keys: 3\nredis_password: 0123\nkeys_dir: \nd: ~\nother: [1, {a: b}]\nmore: x\n";
    let config = read_config(text).unwrap();
    let typed = config.typed;
    assert_eq!((typed.text("audit_log_file"), typed.text("audit_log_file_format")), ("a b.log", "json"));
    assert_eq!((typed.text("redis_password"), typed.text("redis_db_keys")), ("0123", "3"));
    assert!(typed.is_on("audit_log_missing_ok") && !typed.is_on("d"));
    assert_eq!(typed.text("keys_dir"), ".acrakeys");
    assert_eq!(config.unknown, ["other", "more"]);
}

#[test]
fn an_empty_value_takes_the_default() {
    for empty in ["", "''", "\"\"", "~", "null"] {
        let text = format!("keys_dir: {empty}\nredis_db_keys: {empty}\nd: {empty}\naudit_log_file_format: {empty}\n");
        let typed = read_config(&text).unwrap().typed;
        assert_eq!((typed.text("keys_dir"), typed.text("redis_db_keys"), typed.is_on("d")), (".acrakeys", "0", false));
        assert_eq!((typed.text("audit_log_file_format"), typed.changed().count()), ("plaintext", 0));
    }
}

#[test]
fn a_switch_is_spelled_as_yaml_has_it() {
    for (value, on) in [("yes", true), ("On", true), ("TRUE", true), ("'1'", true), ("off", false), ("n", false)] {
        assert_eq!(read_config(&format!("d: {value}")).unwrap().typed.is_on("d"), on, "{value}");
    }
    assert_eq!(read_config("d: 'yes'").unwrap_err().1, "invalid value for flag -d: it takes true or false");
    assert_eq!(read_config("keys_dir: yes").unwrap().typed.text("keys_dir"), "yes");
}

#[test]
fn a_file_without_flags_says_nothing() {
    for text in ["", "# only a comment\n", "---\n", "---\n...\n", "{}", "~"] {
        let config = read_config(text).unwrap();
        assert!(config.unknown.is_empty() && config.typed.text("audit_log_file").is_empty(), "{text:?}");
    }
}

#[test]
fn what_is_no_such_file_is_refused_by_its_line_and_nothing_of_it_is_repeated() {
    let secret = "hunter2hunter2";
    for (text, line, what) in [
        ("- hunter2hunter2\n", 1, "not a list of flags"),
        ("hunter2hunter2\n", 1, "not a list of flags"),
        ("d: true\nkeys_dir: \"hunter2hunter2\n", 2, "not YAML"),
        ("d: true\nredis_password: hunter2hunter2: x\n", 2, "not YAML"),
        ("d: true\n? [a]\n: hunter2hunter2\n", 2, "the name of a flag"),
        ("d: true\n\nredis_db_keys: hunter2hunter2\n", 3, "invalid value for flag -redis_db_keys: it takes a whole"),
        ("keys_dir: {a: hunter2hunter2}\n", 1, "one value"),
        ("a: &x 1\nkeys_dir: *x\n", 2, "not an alias"),
        ("d: true\n---\nkeys_dir: hunter2hunter2\n", 2, "a second document"),
    ] {
        let (at, said) = read_config(text).unwrap_err();
        assert!(said.contains(what), "{text:?}: {said}");
        assert!(at.abs_diff(line) <= 1, "{text:?}: line {at}");
        assert!(!said.contains(secret), "{said}");
    }
}
