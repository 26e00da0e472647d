//! Flags in a YAML file: a mapping of names to single values, and nothing else. Reading the file is left to `plan`.

use saphyr_parser::{Event, Parser, ScalarStyle, StrInput};
use zeroize::Zeroizing;

use super::flag::Kind;
use super::flags;
use super::typed::Typed;

/// The entry in which Acra notes the version that wrote the file.
const VERSION: &str = "version";

/// What a configuration file says.
#[derive(Debug, Default)]
pub struct Config {
    /// The flags.
    pub typed: Typed,
    /// Names that are no flags, in the order of the file. Hostile.
    pub unknown: Vec<String>,
}

/// Reads the text of a configuration file. A value that is empty or null is none.
///
/// # Errors
/// When it is not such a mapping, or a flag does not take its value: the line, and what is wrong there, without any text of
/// the file.
pub fn read(text: &str) -> Result<Config, (usize, String)> {
    let mut config = Config::default();
    let mut events = Events(Parser::new_from_str(text));
    loop {
        match events.next()? {
            (Event::StreamStart | Event::DocumentStart(_) | Event::Nothing, _) => {}
            (Event::MappingStart(..), _) => break,
            (Event::StreamEnd, _) => return Ok(config),
            // An empty document, or one of comments only.
            (Event::Scalar(value, ScalarStyle::Plain, ..), _) if is_null(&value) => {}
            (Event::DocumentEnd, _) => {}
            (_, line) => return Err((line, "not a list of flags and their values".to_owned())),
        }
    }
    while let Some(name) = events.name()? {
        match flags::named(&name) {
            Some(flag) => {
                let (value, line) = events.value()?;
                let value = value.map(|(value, is_plain)| match flag.kind {
                    Kind::Switch if is_plain => Zeroizing::new(boolean(&value).to_owned()),
                    _ => value,
                });
                value.map_or(Ok(()), |value| config.typed.set(flag, &value)).map_err(|what| (line, what))?;
            }
            None => {
                events.skip_value()?;
                if name != VERSION {
                    config.unknown.push(name);
                }
            }
        }
    }
    events.end()?;
    Ok(config)
}

/// A value, and whether it is without quotes.
type PlainOrNot = (Zeroizing<String>, bool);

/// What the parser finds. What it says of errors may quote the file.
struct Events<'a>(Parser<'a, StrInput<'a>>);

impl<'a> Events<'a> {
    fn next(&mut self) -> Result<(Event<'a>, usize), (usize, String)> {
        match self.0.next() {
            Some(Ok((event, span))) => Ok((event, span.start.line())),
            Some(Err(error)) => Err((error.marker().line(), "not YAML".to_owned())),
            None => Ok((Event::StreamEnd, 1)),
        }
    }

    /// The next name; None at the end of the mapping.
    fn name(&mut self) -> Result<Option<String>, (usize, String)> {
        match self.next()? {
            (Event::MappingEnd, _) => Ok(None),
            (Event::Scalar(name, ..), _) => Ok(Some(name.into_owned())),
            (_, line) => Err((line, "the name of a flag was expected".to_owned())),
        }
    }

    /// The value of a flag, whether it is without quotes, and its line.
    fn value(&mut self) -> Result<(Option<PlainOrNot>, usize), (usize, String)> {
        match self.next()? {
            (Event::Scalar(value, style, ..), line) => {
                let is_plain = style == ScalarStyle::Plain;
                // As Acra has it, an empty text is no value either, in quotes or not.
                let is_none = value.is_empty() || (is_plain && is_null(&value));
                let value = Zeroizing::new(value.into_owned());
                Ok(((!is_none).then_some((value, is_plain)), line))
            }
            (Event::Alias(_), line) => Err((line, "a flag has a value of its own, not an alias".to_owned())),
            (_, line) => Err((line, "a flag has one value, not several".to_owned())),
        }
    }

    /// Whatever stands behind a name that is none of ours.
    fn skip_value(&mut self) -> Result<(), (usize, String)> {
        let mut depth = 0_usize;
        loop {
            match self.next()?.0 {
                Event::MappingStart(..) | Event::SequenceStart(..) => depth += 1,
                Event::MappingEnd | Event::SequenceEnd => depth = depth.saturating_sub(1),
                Event::StreamEnd => return Ok(()),
                _ => {}
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    /// Nothing may stand behind the mapping: nobody would act on it.
    fn end(&mut self) -> Result<(), (usize, String)> {
        loop {
            match self.next()? {
                (Event::DocumentEnd | Event::Nothing, _) => {}
                (Event::StreamEnd, _) => return Ok(()),
                (_, line) => return Err((line, "a second document, which nobody would read".to_owned())),
            }
        }
    }
}

/// A switch as YAML 1.1 spells it, in the words of flags.
fn boolean(value: &str) -> &str {
    match value {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => "true",
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => "false",
        other => other,
    }
}

fn is_null(value: &str) -> bool {
    matches!(value, "" | "~" | "null" | "Null" | "NULL")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_taken_as_they_are_written_and_empty_ones_are_none() {
        let text = "version: 0.85.0\n# a comment\naudit_log_file: 'a b.log'\naudit_log_file_format: json\n\
                    audit_log_missing_ok: true\nredis_db_keys: 3\nredis_password: 0123\nkeys_dir: \nd: ~\nother: [1, {a: b}]\nmore: x\n";
        let config = read(text).unwrap();
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
            let text =
                format!("keys_dir: {empty}\nredis_db_keys: {empty}\nd: {empty}\naudit_log_file_format: {empty}\n");
            let typed = read(&text).unwrap().typed;
            assert_eq!(
                (typed.text("keys_dir"), typed.text("redis_db_keys"), typed.is_on("d")),
                (".acrakeys", "0", false)
            );
            assert_eq!((typed.text("audit_log_file_format"), typed.changed().count()), ("plaintext", 0));
        }
    }

    #[test]
    fn a_switch_is_spelled_as_yaml_has_it() {
        for (value, on) in [("yes", true), ("On", true), ("TRUE", true), ("'1'", true), ("off", false), ("n", false)] {
            assert_eq!(read(&format!("d: {value}")).unwrap().typed.is_on("d"), on, "{value}");
        }
        assert_eq!(read("d: 'yes'").unwrap_err().1, "invalid value for flag -d: it takes true or false");
        assert_eq!(read("keys_dir: yes").unwrap().typed.text("keys_dir"), "yes");
    }

    #[test]
    fn a_file_without_flags_says_nothing() {
        for text in ["", "# only a comment\n", "---\n", "---\n...\n", "{}", "~"] {
            let config = read(text).unwrap();
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
            (
                "d: true\n\nredis_db_keys: hunter2hunter2\n",
                3,
                "invalid value for flag -redis_db_keys: it takes a whole",
            ),
            ("keys_dir: {a: hunter2hunter2}\n", 1, "one value"),
            ("a: &x 1\nkeys_dir: *x\n", 2, "not an alias"),
            ("d: true\n---\nkeys_dir: hunter2hunter2\n", 2, "a second document"),
        ] {
            let (at, said) = read(text).unwrap_err();
            assert!(said.contains(what), "{text:?}: {said}");
            assert!(at.abs_diff(line) <= 1, "{text:?}: line {at}");
            assert!(!said.contains(secret), "{said}");
        }
    }
}
