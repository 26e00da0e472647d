//! What becomes of a command line when a file says more, in worlds made for the purpose.

use std::fs;

use super::*;

/// The words behind the verb, with the folder of the file as F; or what is said instead.
fn configured(file: &str, typed: &str) -> Result<String, Failure> {
    let folder = tempfile::tempdir().unwrap();
    let shown = folder.path().display().to_string();
    let path = folder.path().join("config.toml");
    fs::write(&path, file).unwrap();
    let variable = |name: &str| match name {
        "ACRALOG_CONFIG" => Some(path.clone().into_os_string()),
        "HOME" => Some("/home/me".into()),
        _ => None,
    };
    let words: Vec<OsString> = format!("acralog {typed}").split_whitespace().map(OsString::from).collect();
    let env = Environment::of_a_test(&variable, false);
    match configure(words, None, &env) {
        Ok((words, _)) => {
            let words: Vec<_> = words.iter().skip(2).map(|word| word.to_string_lossy().into_owned()).collect();
            Ok(words.join(" ").replace(&shown, "F"))
        }
        Err(failure) => Err(Failure { message: failure.message.replace(&shown, "F"), ..failure }),
    }
}

#[test]
fn a_file_says_what_flags_say_and_what_is_typed_wins() {
    let cases = [
        ("policy = 'strict'", "verify a.log", "--policy=strict a.log"),
        ("policy = 'strict'", "verify --policy acra a.log", "--policy acra a.log"),
        ("policy = 'strict'", "verify --policy=lax a.log", "--policy=lax a.log"),
        ("policy = 'strict'\n[verify]\npolicy = 'acra'", "verify a.log", "--policy=acra a.log"),
        ("[grep]\nignore-case = true", "verify a.log", "a.log"),
        ("[grep]\nignore-case = true\ncode = ['560', '5xx']", "grep x", "--code=560 --code=5xx --ignore-case x"),
        ("[grep]\nignore-case = false", "grep x", "x"),
        ("allow = ['time-backwards', 'line-torn']", "verify a", "--allow=time-backwards --allow=line-torn a"),
        ("threads = 2", "report a", "--threads=2 a"),
        ("[verify]\nverbose = true", "verify -q a", "-q a"),
        ("output-format = 'json'", "verify --json a", "--json a"),
        ("format = 'json'", "codes", "--output-format=json"),
        (
            "paths = ['log', '/var/log/acra', '~/x', '-']",
            "grep x",
            "--paths=F/log --paths=/var/log/acra --paths=/home/me/x --paths=- x",
        ),
        ("output-format = 'table'", "keys list", "list --output-format=table"),
        ("paths = ['log']\nfiles-from = 'list'", "verify a", "a"),
        ("files-from = 'list'", "grep x a", "x a"),
        ("files-from = 'list'", "grep x", "--files-from=F/list x"),
        ("files-from = 'list'", "grep --code 560 a", "--code 560 a"),
        ("policy = 'strict'", "verify --no-such-flag --policy=acra", "--no-such-flag --policy=acra"),
        ("to = 'csv'", "convert a", "--to=csv a"),
        ("to = 'csv'", "convert --validate a", "--validate a"),
        ("verify = true\nkey-file = 'k'", "grep --regexp=--no a", "--key-file=F/k --verify --regexp=--no a"),
        ("[silence]\nat-least = '2h'\n[rules.key-errors]\nat-least = 2", "report a", "a"),
        ("policy = 'strict'", "report --print-rules", "--print-rules"),
        ("policy = 'strict'", "schema", ""),
        ("nonsense", "help verify", "verify"),
    ];
    for (file, typed, words) in cases {
        assert_eq!(configured(file, typed).unwrap(), words, "{file} / {typed}");
    }
}

#[test]
fn keys_that_are_typed_take_the_place_of_those_of_the_file() {
    let keys = "key-file = ['a.key']\nkeys-dir = 'keys'\nmaster-key-env = 'M'\npolicy = 'strict'";
    let redis = "keys-dir = 'keys'\nredis-host-port = 'r:1'\nredis-db = 2\nmaster-key-env = 'M'";
    let all = "--key-file=F/a.key --keys-dir=F/keys --master-key-env=M --policy=strict";
    let cases = [
        (keys, "verify a", format!("{all} a")),
        (keys, "verify --key-file b a", "--policy=strict --key-file b a".to_owned()),
        (keys, "verify --key-env B a", "--policy=strict --key-env B a".to_owned()),
        (keys, "verify --keys-dir b a", "--master-key-env=M --policy=strict --keys-dir b a".to_owned()),
        (
            keys,
            "verify --master-key-file m a",
            "--key-file=F/a.key --keys-dir=F/keys --policy=strict --master-key-file m a".to_owned(),
        ),
        (keys, "grep x a", "x a".to_owned()),
        (keys, "grep --verify x a", format!("{all} --verify x a")),
        (keys, "grep --verified x a", format!("{all} --verified x a")),
        (keys, "convert --to csv a", "--to csv a".to_owned()),
        (keys, "report a", format!("{all} a")),
        ("policy = 'strict'", "report a", "a".to_owned()),
        (redis, "keys check", "check --keys-dir=keys --master-key-env=M --redis-db=2 --redis-host-port=r:1".to_owned()),
        (redis, "verify --keys-dir k a", "--master-key-env=M --keys-dir k a".to_owned()),
        (redis, "verify --key-file k a", "--key-file k a".to_owned()),
    ];
    for (file, typed, words) in cases {
        let sorted = |words: &str| {
            let mut words: Vec<_> = words.split(' ').map(str::to_owned).collect();
            words.sort();
            words
        };
        assert_eq!(sorted(&configured(file, typed).unwrap()), sorted(&words), "{file} / {typed}");
    }
}

#[test]
fn what_a_file_cannot_say_is_refused_with_its_line_and_what_is_nearest() {
    let cases = [
        ("\npolcy = 'strict'", "F/config.toml:2: no flag is called `polcy`", "policy"),
        ("[verfy]\npolicy = 'acra'", "F/config.toml:1: no verb or rule is called `verfy`", "verify"),
        ("[silense]\nat-least = 1", "F/config.toml:1: no verb or rule is called `silense`", "silence"),
        ("[verify]\n\nignore-case = true", "F/config.toml:3: no flag is called `ignore-case`", "long names of flags"),
        ("config = 'x'", "F/config.toml:1: no flag is called `config`", ""),
        (
            "master-key = '00112233'",
            "F/config.toml:1: no flag is called `master-key`",
            "master-key-env, master-key-file or attest-key",
        ),
        ("[schema]\noutput = 'x'", "F/config.toml:1: no verb or rule is called `schema`", ""),
        ("quiet = 'yes'", "F/config.toml:1: quiet takes true or false", ""),
        ("policy = ['strict']", "F/config.toml:1: policy takes a text or a number", ""),
        ("key-file = true", "F/config.toml:1: key-file takes a text, or a list", ""),
        ("policy = 'strict", "F/config.toml:1: ", ""),
    ];
    for (file, message, hint) in cases {
        let failure = configured(file, "verify a.log").unwrap_err();
        assert!(failure.message.starts_with(message), "{file}: {failure:?}");
        assert!(failure.hint.clone().unwrap_or_default().contains(hint), "{file}: {failure:?}");
        assert!(!format!("{failure:?}").contains("00112233"), "{failure:?}");
        assert_eq!(failure.exit().code(), 64);
    }
}
