//! What was typed, in the syntax of Go's `flag` package: one dash or two, the value behind `=` or as the next argument,
//! switches alone or with `=true`, the last of several counts. A configuration file in YAML, a mapping of names to single
//! values, leads to the same. What the flags mean together is left to `mod` and `keys`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt;

use saphyr_parser::{Event, Parser, ScalarStyle, StrInput};
use zeroize::Zeroizing;

use super::flags::{self, Flag, FlagKind};

/// The entry in which Acra notes the version that wrote the file.
const VERSION: &str = "version";

/// Flags and their values: those that were given, and the defaults of the others.
#[derive(Default)]
pub struct FlagValues {
    given: BTreeMap<&'static str, Zeroizing<String>>,
    /// Those that somebody asked for: the others changed nothing.
    asked: RefCell<BTreeSet<&'static str>>,
    /// Arguments from the first on that is no flag: Go reads no further, and neither do we.
    pub left: usize,
}

/// Why there are no flags.
#[derive(Debug, PartialEq, Eq)]
pub enum FlagError {
    /// Help was asked for.
    Help,
    /// What is wrong: lower case, no full stop, never a value.
    Wrong(String),
}

/// What a configuration file says.
#[derive(Debug, Default)]
pub struct Config {
    pub typed: FlagValues,
    /// Names that are no flags, in the order of the file. Hostile.
    pub unknown: Vec<String>,
}

impl FlagValues {
    /// Reads the arguments behind the name of the program, and wipes them.
    ///
    /// # Errors
    /// When help is asked for, or a flag is unknown, has no value, or one that it does not take.
    pub fn read(arguments: Vec<OsString>) -> Result<Self, FlagError> {
        let mut words = Words { words: arguments.into_iter().map(text_or_bytes).collect(), next: 0 };
        let mut typed = Self::default();
        while let Some(word) = words.peek() {
            let word = match word {
                Ok(word) => word,
                Err(NotUtf8 { is_flag: false }) => break,
                Err(NotUtf8 { is_flag: true }) => return Err(not_utf8("a flag or its value")),
            };
            if !word.starts_with('-') || *word == "-" {
                break;
            }
            words.next += 1;
            if *word == "--" {
                break;
            }
            typed.read_flag(&word, &mut words)?;
        }
        typed.left = words.words.len() - words.next;
        Ok(typed)
    }

    fn read_flag(&mut self, word: &str, words: &mut Words) -> Result<(), FlagError> {
        let body = word.strip_prefix("--").or_else(|| word.strip_prefix('-')).unwrap_or(word);
        let (name, value) = match body.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (body, None),
        };
        if name.is_empty() || name.starts_with('-') {
            return Err(FlagError::Wrong("an argument has the dashes of a flag and no name".to_owned()));
        }
        let Some(flag) = flags::named(name) else {
            return Err(match name {
                "h" | "help" => FlagError::Help,
                _ => FlagError::Wrong(format!("flag provided but not defined: -{name}")),
            });
        };
        let next;
        let value = match (value, flag.kind) {
            (Some(value), _) => value,
            (None, FlagKind::Switch) => "true",
            (None, _) => {
                let missing = || FlagError::Wrong(format!("flag needs an argument: -{name}"));
                next = words.peek().ok_or_else(missing)?.map_err(|_| not_utf8(&format!("the value of -{name}")))?;
                words.next += 1;
                next.as_str()
            }
        };
        self.set(flag, value).map_err(FlagError::Wrong)
    }

    /// Gives a flag a value, in place of the one it had.
    ///
    /// # Errors
    /// When the flag does not take it; the value is not repeated.
    pub fn set(&mut self, flag: &'static Flag, value: &str) -> Result<(), String> {
        let taken = match flag.kind {
            FlagKind::Text | FlagKind::Secret => Some(value),
            FlagKind::Number => value.parse::<i64>().ok().map(|_| value),
            FlagKind::Switch => match value {
                "1" | "t" | "T" | "true" | "TRUE" | "True" => Some("true"),
                "0" | "f" | "F" | "false" | "FALSE" | "False" => Some("false"),
                _ => None,
            },
            FlagKind::Choice(words) => words.iter().find(|word| word.eq_ignore_ascii_case(value)).copied(),
        };
        let Some(taken) = taken else {
            return Err(format!("invalid value for flag -{}: {}", flag.name, flag.kind));
        };
        self.given.insert(flag.name, Zeroizing::new(taken.to_owned()));
        Ok(())
    }

    /// Takes flags from elsewhere that were not given here.
    pub fn complete(&mut self, other: Self) {
        for (name, value) in other.given {
            self.given.entry(name).or_insert(value);
        }
    }

    /// The value of a flag of the table.
    pub fn value(&self, flag: &Flag) -> &str {
        self.given.get(flag.name).map_or(flag.default, |value| value.as_str())
    }

    /// The value of a flag by its name, for whoever acts on it.
    pub fn text(&self, name: &str) -> &str {
        debug_assert!(flags::named(name).is_some(), "{name} is no flag");
        let Some(flag) = flags::named(name) else { return "" };
        self.asked.borrow_mut().insert(flag.name);
        self.value(flag)
    }

    /// The same; None when it is empty.
    pub fn some(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// Whether a switch is on.
    pub fn is_on(&self, name: &str) -> bool {
        self.text(name) == "true"
    }

    /// The flags that were given a value of their own.
    pub fn changed(&self) -> impl Iterator<Item = &'static Flag> {
        flags::all().filter(|flag| self.value(flag) != flag.default)
    }

    /// Those among them that changed nothing: nobody has asked for them so far.
    pub fn without_effect(&self) -> Vec<&'static str> {
        let asked = self.asked.borrow();
        self.changed().map(|flag| flag.name).filter(|name| !asked.contains(name)).collect()
    }
}

impl fmt::Debug for FlagValues {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Values may be secret.
        out.debug_set().entries(self.given.keys()).finish()
    }
}

impl fmt::Display for FlagKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text | Self::Secret => out.write_str("it takes a text"),
            Self::Number => out.write_str("it takes a whole number"),
            Self::Switch => out.write_str("it takes true or false"),
            Self::Choice(words) => {
                let words: Vec<_> = words.iter().filter(|word| !word.is_empty()).copied().collect();
                write!(out, "it takes {}", words.join(", "))
            }
        }
    }
}

/// An argument that is not UTF-8, and whether it looks like a flag.
#[derive(Clone, Copy)]
struct NotUtf8 {
    is_flag: bool,
}

/// The arguments.
struct Words {
    words: Vec<Result<Zeroizing<String>, NotUtf8>>,
    next: usize,
}

impl Words {
    fn peek(&self) -> Option<Result<Zeroizing<String>, NotUtf8>> {
        self.words.get(self.next).cloned()
    }
}

fn text_or_bytes(argument: OsString) -> Result<Zeroizing<String>, NotUtf8> {
    argument.into_string().map(Zeroizing::new).map_err(|bytes| {
        let bytes = Zeroizing::new(bytes.into_encoded_bytes());
        NotUtf8 { is_flag: bytes.starts_with(b"-") }
    })
}

fn not_utf8(what: &str) -> FlagError {
    FlagError::Wrong(format!("{what} is not UTF-8: name such a file in --audit_log_file_list"))
}

/// Reads the text of a configuration file. A value that is empty or null is none.
///
/// # Errors
/// When it is not such a mapping, or a flag does not take its value: the line, and what is wrong there, without any text of
/// the file.
pub fn read_config(text: &str) -> Result<Config, (usize, String)> {
    let mut config = Config::default();
    let mut events = YamlEvents(Parser::new_from_str(text));
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
                    FlagKind::Switch if is_plain => Zeroizing::new(boolean(&value).to_owned()),
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
struct YamlEvents<'a>(Parser<'a, StrInput<'a>>);

impl<'a> YamlEvents<'a> {
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
mod tests;
