//! The syntax of Go's flags, and the table behind it.

use std::collections::BTreeSet;

use super::*;

fn read(line: &str) -> Result<Typed, Stop> {
    Typed::read(line.split_whitespace().map(OsString::from).collect())
}

fn wrong(line: &str) -> String {
    match read(line) {
        Err(Stop::Wrong(what)) => what,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn every_flag_is_taken_with_one_dash_and_two_and_its_value_in_either_place() {
    for flag in flags::all() {
        let value = match flag.kind {
            Kind::Text | Kind::Secret => "a=b",
            Kind::Number => "3",
            Kind::Switch => "true",
            Kind::Choice(words) => words[words.len() - 1],
        };
        let name = flag.name;
        for line in [format!("-{name}={value}"), format!("--{name}={value}")] {
            assert_eq!(read(&line).unwrap().text(name), value, "{line}");
        }
        for dashes in ["-", "--"] {
            let line = match flag.kind {
                Kind::Switch => format!("{dashes}{name}"),
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
        let mut typed = Typed::default();
        typed.set(flag, flag.default).unwrap();
        assert_eq!(typed.value(flag), flag.default, "{}", flag.name);
        assert_eq!(flag.value.is_empty(), flag.kind == Kind::Switch, "{}", flag.name);
        assert!(flag.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{}", flag.name);
    }
    assert!(Typed::default().without_effect().is_empty());
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
        assert_eq!(read(line).unwrap_err(), Stop::Help, "{line}");
    }
    assert_eq!(format!("{:?}", read("-redis_password=hunter2").unwrap()), r#"{"redis_password"}"#);
}

#[test]
#[cfg(unix)]
fn an_argument_that_is_not_utf_8_is_taken_neither_for_a_flag_nor_for_its_value() {
    use std::os::unix::ffi::OsStringExt as _;
    let odd = |text: &[u8]| OsString::from_vec([text, &[0xff]].concat());
    assert_eq!(Typed::read(vec!["-d".into(), odd(b"a")]).unwrap().left, 1);
    for arguments in [
        vec!["-audit_log_file".into(), odd(b"a")],
        vec!["-audit_log_file".into(), odd(b"-")],
        vec![odd(b"-audit_log_file=a")],
        vec!["-d".into(), odd(b"--")],
    ] {
        let Err(Stop::Wrong(what)) = Typed::read(arguments) else { panic!("taken") };
        assert!(what.contains("not UTF-8"), "{what}");
    }
}

#[test]
fn what_was_given_comes_before_what_is_taken_from_elsewhere() {
    let mut typed = read("-keys_dir=a -d=false").unwrap();
    typed.complete(read("-keys_dir=b -d -audit_log_file=c").unwrap());
    assert_eq!((typed.text("keys_dir"), typed.is_on("d"), typed.text("audit_log_file")), ("a", false, "c"));
}
