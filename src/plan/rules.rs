//! The rules of a report: the defaults, changed by the configuration file, by a file of rules, and by `--set`. What the rules mean is left to
//! `incident`.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::failure::Failure;
use crate::incident::rules::Rules;
use crate::incident::rules_in_words;
use crate::query::{either, nearest};

/// The table of a configuration file below which rules may stand.
pub(super) const RULES: &str = "rules";

/// What every refusal of a name ends with.
const ALL_RULES: &str = "`acralog report --print-rules` prints all of them";

/// The rules in force. Of the configuration file its name is given, for people, and its text.
///
/// # Errors
/// When the file cannot be read or is no TOML; when a name is not known, or a value is none.
pub(super) fn rules(
    configuration: Option<(String, &str)>,
    file: Option<&Path>,
    changes: &[String],
) -> Result<Rules, Failure> {
    let mut settings = Settings::default()?;
    if let Some((shown, text)) = configuration {
        settings.change_by_configuration(&shown, text)?;
    }
    if let Some(path) = file {
        let cannot = |error| Failure::new(format!("{}: cannot read the rules: {error}", path.display()));
        let text = fs::read_to_string(path).map_err(cannot)?;
        settings.change_by_file(&path.to_string_lossy(), &text)?;
    }
    for change in changes {
        settings.change_by_word(change)?;
    }
    Ok(settings.rules)
}

/// Rules, and the same by name.
struct Settings {
    rules: Rules,
    by_name: Map<String, Value>,
}

impl Settings {
    fn default() -> Result<Self, Failure> {
        let rules = Rules::default();
        match serde_json::to_value(rules) {
            Ok(Value::Object(by_name)) => Ok(Self { rules, by_name }),
            _ => Err(Failure::new("internal error: rules without names")),
        }
    }

    /// Changes what a file in TOML sets.
    fn change_by_file(&mut self, file: &str, text: &str) -> Result<(), Failure> {
        self.change_by_tables(file, text, parse(file, text)?.get_ref(), |_| true)
    }

    /// Changes what a configuration file says of rules: in tables of their names, or in those below `rules`.
    fn change_by_configuration(&mut self, file: &str, text: &str) -> Result<(), Failure> {
        let tables = parse(file, text)?;
        self.change_by_tables(file, text, tables.get_ref(), is_rule)?;
        match tables.get_ref().get(RULES).map(|rules| rules.get_ref()) {
            Some(DeValue::Table(rules)) => self.change_by_tables(file, text, rules, |_| true),
            _ => Ok(()),
        }
    }

    fn change_by_tables(
        &mut self,
        file: &str,
        text: &str,
        tables: &DeTable<'_>,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Result<(), Failure> {
        let place = |offset: usize| format!("{file}:{}", line_of(text, offset));
        for (rule, table) in tables.iter().filter(|(rule, _)| is_wanted(rule.get_ref())) {
            let at_rule = place(rule.span().start);
            let rule = rule.get_ref();
            let known = self.known(rule).map_err(|failure| failure.at(&at_rule))?;
            let DeValue::Table(table) = table.get_ref() else {
                return Err(Failure::usage(format!("{at_rule}: {rule} is a rule and has settings of its own"))
                    .with_hint(format!("write [{rule}], and the settings below it: {}", names(known))));
            };
            for (key, value) in table {
                let as_written = text.get(value.span()).unwrap_or_default();
                let value = simple(value.get_ref(), as_written);
                let at_key = place(key.span().start);
                self.change(rule, key.get_ref(), value, as_written).map_err(|failure| failure.at(&at_key))?;
            }
        }
        Ok(())
    }

    /// Changes what `RULE.SETTING=VALUE` sets, in TOML. A text needs no quotes of its own: the shell takes them off.
    fn change_by_word(&mut self, word: &str) -> Result<(), Failure> {
        let at = format!("--set {word}");
        let malformed = || {
            Failure::usage(format!("{at}: this is not RULE.SETTING=VALUE"))
                .with_hint("it is written like this: --set sql-firewall.at-least=20")
        };
        let (name, as_written) = word.split_once('=').ok_or_else(malformed)?;
        // A string of JSON is one of TOML.
        let quoted = format!("{name}={}", Value::from(as_written.trim()));
        let tables = DeTable::parse(word).or_else(|_| DeTable::parse(&quoted)).map_err(|_| malformed())?;
        let (rule, settings) = only(tables.get_ref().iter()).ok_or_else(malformed)?;
        let (key, value) = settings.get_ref().as_table().and_then(|it| only(it.iter())).ok_or_else(malformed)?;
        let value = simple(value.get_ref(), as_written);
        self.change(rule.get_ref(), key.get_ref(), value, as_written.trim()).map_err(|failure| failure.at(&at))
    }

    /// The settings of a rule.
    fn known(&self, rule: &str) -> Result<&Map<String, Value>, Failure> {
        let found = self.by_name.get(rule).and_then(Value::as_object);
        found.ok_or_else(|| unknown("rule", rule, &self.by_name))
    }

    fn change(&mut self, rule: &str, key: &str, value: Value, as_written: &str) -> Result<(), Failure> {
        let known = self.known(rule)?;
        let default = known.get(key).ok_or_else(|| unknown(&format!("setting of {rule}"), key, known))?;
        let wanted =
            if default.is_number() { "a number from 1 to 65535" } else { "a length of time: 90s, 5m, \"1h 30m\"" };
        let mut changed = self.by_name.clone();
        changed[rule][key] = value;
        self.rules = serde_json::from_value(Value::Object(changed.clone())).map_err(|_| {
            Failure::usage(format!("{rule}.{key} cannot be {as_written}")).with_hint(format!("it is {wanted}"))
        })?;
        self.by_name = changed;
        Ok(())
    }
}

/// A text or a number; null for what no setting takes.
fn simple(value: &DeValue<'_>, as_written: &str) -> Value {
    match value {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).map_or_else(|_| Value::from(as_written), Value::from)
        }
        _ => Value::Null,
    }
}

/// The one item there is.
fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    items.next().filter(|_| items.next().is_none())
}

/// Says which names are most like one that is not known.
fn unknown(what: &str, name: &str, known: &Map<String, Value>) -> Failure {
    let near = nearest(name, known.keys().map(String::as_str));
    let hint = if near.is_empty() {
        format!("known are {};", names(known))
    } else {
        format!("did you mean {}?", either(&near))
    };
    Failure::usage(format!("no {what} is called `{name}`")).with_hint(format!("{hint} {ALL_RULES}"))
}

fn names(known: &Map<String, Value>) -> String {
    known.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// The tables of a file.
fn parse<'t>(file: &str, text: &'t str) -> Result<Spanned<DeTable<'t>>, Failure> {
    DeTable::parse(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = line_of(text, start);
        Failure::usage(format!("{file}:{line}: {}", error.message().replace('\n', ", ")))
    })
}

/// Whether a rule is called so.
pub(super) fn is_rule(name: &str) -> bool {
    rule_names().contains(&name)
}

/// What the rules are called.
pub(super) fn rule_names() -> Vec<&'static str> {
    rules_in_words(&Rules::default()).iter().map(|(name, _)| *name).collect()
}

/// The number of the line in which a byte stands.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    1 + memchr::memchr_iter(b'\n', before).count()
}

#[cfg(test)]
mod tests;
