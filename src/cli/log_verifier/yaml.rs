//! Flags in a YAML file: a mapping of names to single values, and nothing else. Reading the file is left to `plan`.

use saphyr_parser::{Event, Parser, ScalarStyle};

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
    let mut parser = Parser::new_from_str(text);
    let mut next = || match parser.next() {
        Some(Ok((event, span))) => Ok((event, span.start.line())),
        // What the parser says may quote the file.
        Some(Err(error)) => Err((error.marker().line(), "not YAML".to_owned())),
        None => Ok((Event::StreamEnd, 1)),
    };
    loop {
        match next()? {
            (Event::StreamStart | Event::DocumentStart(_) | Event::Nothing, _) => {}
            (Event::MappingStart(..), _) => break,
            (Event::StreamEnd, _) => return Ok(config),
            // An empty document, or one of comments only.
            (Event::Scalar(value, ScalarStyle::Plain, ..), _) if is_null(&value) => {}
            (Event::DocumentEnd, _) => {}
            (_, line) => return Err((line, "not a list of flags and their values".to_owned())),
        }
    }
    loop {
        let (name, line) = match next()? {
            (Event::MappingEnd, _) => return Ok(config),
            (Event::Scalar(name, ..), line) => (name, line),
            (_, line) => return Err((line, "the name of a flag was expected".to_owned())),
        };
        let (value, line) = match next()? {
            (Event::Scalar(value, style, ..), _) => {
                let is_none = style == ScalarStyle::Plain && is_null(&value);
                ((!is_none).then_some(zeroize::Zeroizing::new(value.into_owned())), line)
            }
            (_, line) => return Err((line, "a flag has one value, not several".to_owned())),
        };
        match (flags::named(&name), value) {
            (Some(flag), Some(value)) => config.typed.set(flag, &value).map_err(|what| (line, what))?,
            (None, _) if name != VERSION => config.unknown.push(name.into_owned()),
            _ => {}
        }
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
                    audit_log_missing_ok: true\nredis_db_keys: 3\nredis_password: 0123\nkeys_dir: \nd: ~\nother: [1, 2]\n";
        assert_eq!(read(text).unwrap_err(), (10, "a flag has one value, not several".to_owned()));
        let config = read(&text.replace("[1, 2]", "1")).unwrap();
        let typed = config.typed;
        assert_eq!((typed.text("audit_log_file"), typed.text("audit_log_file_format")), ("a b.log", "json"));
        assert_eq!((typed.text("redis_password"), typed.text("redis_db_keys")), ("0123", "3"));
        assert!(typed.is_on("audit_log_missing_ok") && !typed.is_on("d"));
        assert_eq!(typed.text("keys_dir"), ".acrakeys");
        assert_eq!(config.unknown, ["other"]);
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
            ("a: &x 1\nkeys_dir: *x\n", 2, "one value"),
        ] {
            let (at, said) = read(text).unwrap_err();
            assert!(said.contains(what), "{text:?}: {said}");
            assert!(at.abs_diff(line) <= 1, "{text:?}: line {at}");
            assert!(!said.contains(secret), "{said}");
        }
    }
}
