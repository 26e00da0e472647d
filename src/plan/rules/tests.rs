//! What files and flags make of the rules, and what they are told when they cannot.

use super::*;
use crate::incident::rules::DOCUMENTED;

/// The rules by a file, when it is not empty, and by flags; as JSON.
fn changed(file: &str, flags: &[&str]) -> Result<Value, Failure> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.toml");
    fs::write(&path, file).unwrap();
    let flags: Vec<String> = flags.iter().map(|&flag| flag.to_owned()).collect();
    let config = (!file.is_empty()).then_some(path.as_path());
    let rules = rules(None, config, &flags).map_err(|failure| Failure {
        message: failure.message.replace(&folder.path().display().to_string(), "F"),
        ..failure
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
    let default = Settings::default().unwrap().by_name;
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
    let failure = rules(None, Some(Path::new("no/such/rules.toml")), &[]).unwrap_err();
    assert!(failure.message.starts_with("no/such/rules.toml: cannot read the rules: "), "{failure:?}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.toml");
    fs::write(&path, b"\xff").unwrap();
    assert!(rules(None, Some(&path), &[]).unwrap_err().message.contains("cannot read the rules"));
}
