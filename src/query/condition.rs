//! A condition on one field: `client_id=webapp`, `error~timeout`, `duration>=1.5`, `code?`.

use regex::bytes::Regex;

use super::pattern;
use crate::event::{Event, Level, canonical_key};
use crate::failure::Failure;

/// What every refusal says.
const FORMS: &str = "conditions are written key=value, key!=value, key~regex, key!~regex, key>number, key>=number, \
                     key<number, key<=number, key? (has it) or !key? (has it not)";

/// A condition on one field. `!=` and `!~` hold for entries without the field too: they select what `=` and `~` leave.
#[derive(Clone, Debug)]
pub struct Condition {
    key: Key,
    test: Test,
    negated: bool,
}

/// Which field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Message,
    Level,
    Product,
    Version,
    Code,
    /// Any other, by its canonical key.
    Field(Vec<u8>),
}

#[derive(Clone, Debug)]
enum Test {
    Equal(Vec<u8>),
    Match(Regex),
    Compare(Relation, f64),
    Present,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Less,
    AtMost,
    Greater,
    AtLeast,
}

/// The operators, those first that begin like another one.
const OPERATORS: [&str; 8] = ["!=", "!~", ">=", "<=", "=", "~", ">", "<"];

impl Condition {
    /// Reads a value of `--where`.
    ///
    /// # Errors
    /// When it has another form, asks for the time, or compares with what is no number.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let refused = || Failure::usage(format!("`{text}` is no condition")).with_hint(FORMS);
        let operator = text.char_indices().skip(1).find_map(|(at, _)| {
            OPERATORS.into_iter().find(|operator| text[at..].starts_with(operator)).map(|operator| (at, operator))
        });
        let Some((at, operator)) = operator else {
            let asked = text.trim().strip_suffix('?').ok_or_else(refused)?.trim_end();
            let key = asked.strip_prefix('!').or_else(|| asked.strip_suffix('!'));
            let negated = key.is_some();
            return Ok(Self { key: Key::parse(key.unwrap_or(asked))?, test: Test::Present, negated });
        };
        let (key, value) = (Key::parse(&text[..at])?, text[at + operator.len()..].trim_start());
        if operator == "=" && value.starts_with('=') {
            return Err(refused().with_hint("one `=` is enough; for a value that begins with it, write key~^="));
        }
        if operator == "=" && value.starts_with('~') {
            return Err(refused().with_hint("a pattern is key~REGEX; for a value that begins with `~`, write key~^~"));
        }
        let test = match operator {
            "=" | "!=" => Test::Equal(value.trim_end().into()),
            "~" | "!~" => Test::Match(pattern::compile(value, false)?),
            _ => Test::Compare(relation(operator), limit(&key, value)?),
        };
        Ok(Self { key, test, negated: operator.starts_with('!') })
    }

    /// Whether it holds.
    pub fn holds(&self, event: &Event<'_>) -> bool {
        let holds = self.key.any(event, |value| match &self.test {
            Test::Equal(wanted) => value == wanted,
            Test::Match(regex) => regex.is_match(value),
            Test::Compare(relation, limit) => number(value).is_some_and(|number| relation.holds(number, *limit)),
            Test::Present => true,
        });
        holds != self.negated
    }

    /// The key of the field it is about; None for what every entry has.
    pub fn field(&self) -> Option<&[u8]> {
        match &self.key {
            Key::Field(key) => Some(key),
            _ => None,
        }
    }

    /// Whether it is about what the start-up line of a service says for all its entries.
    pub fn needs_service(&self) -> bool {
        matches!(self.key, Key::Product | Key::Version)
    }

    /// The text that the field must be, when there is just one.
    pub(super) fn text(&self) -> Option<(&Key, &[u8])> {
        match &self.test {
            Test::Equal(text) if !self.negated => Some((&self.key, text)),
            _ => None,
        }
    }
}

impl Key {
    fn parse(key: &str) -> Result<Self, Failure> {
        Ok(match key.trim() {
            "" => return Err(Failure::usage("a condition has no key").with_hint(FORMS)),
            "time" | "timestamp" | "unixTime" => {
                return Err(Failure::usage("time is no field").with_hint("--since and --until select by time"));
            }
            "msg" | "message" => Self::Message,
            "level" => Self::Level,
            "product" => Self::Product,
            "version" => Self::Version,
            "code" => Self::Code,
            other => Self::Field(canonical_key(other.as_bytes()).to_owned()),
        })
    }

    /// Whether any value of the field passes. Text formats may have a key more than once.
    fn any(&self, event: &Event<'_>, passes: impl Fn(&[u8]) -> bool) -> bool {
        let fields = |key: &[u8]| event.values(key).any(|value| passes(value.as_bytes()));
        match self {
            Self::Message => !event.message.is_empty() && passes(event.message.as_bytes()),
            Self::Level => passes(event.level.name().as_bytes()),
            // A product that is no text stands among the fields.
            Self::Product => event.product.as_ref().is_some_and(|text| passes(text.as_bytes())) || fields(b"product"),
            Self::Version => event.version.as_ref().is_some_and(|text| passes(text.as_bytes())) || fields(b"version"),
            Self::Code => match event.code() {
                Some(code) => passes(code.to_string().as_bytes()),
                // What is no code stands among the fields.
                None => fields(b"code"),
            },
            Self::Field(key) => fields(key),
        }
    }
}

impl Relation {
    fn holds(self, number: f64, limit: f64) -> bool {
        match self {
            Self::Less => number < limit,
            Self::AtMost => number <= limit,
            Self::Greater => number > limit,
            Self::AtLeast => number >= limit,
        }
    }
}

fn relation(operator: &str) -> Relation {
    match operator {
        "<" => Relation::Less,
        "<=" => Relation::AtMost,
        ">" => Relation::Greater,
        _ => Relation::AtLeast,
    }
}

fn limit(key: &Key, value: &str) -> Result<f64, Failure> {
    number(value.as_bytes()).ok_or_else(|| {
        let error = Failure::usage(format!("`{value}` is no number"));
        match key {
            Key::Level if Level::named(value.as_bytes()).is_some() => {
                error.with_hint(format!("--level {value}+ is {value} and above, --level {value}- is it and below"))
            }
            _ => error.with_hint("> >= < <= compare numbers; = and ~ compare texts"),
        }
    })
}

/// A decimal number, with or without an exponent. Words such as `inf` are none.
fn number(text: &[u8]) -> Option<f64> {
    let decimal = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
    let text = text.trim_ascii();
    let text = text.iter().all(decimal).then(|| std::str::from_utf8(text).ok())??;
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests;
