//! A condition on one field (`client_id=webapp`, `error~timeout`, `duration>=1.5`, `code?`), and the pattern of a search: a
//! regular expression or a plain text, on the message or on the line as it stands.

use memchr::memmem::Finder;
use regex::bytes::{Regex, RegexBuilder};

use crate::event::{Event, Level, canonical_key};
use crate::failure::Failure;

/// What every refusal says.
const FORMS: &str = "conditions are written key=value, key!=value, key~regex, key!~regex, key>number, key>=number, \
                     key<number, key<=number, key? (has it) or !key? (has it not)";

/// A condition on one field. `!=` and `!~` hold for entries without the field too: they select what `=` and `~` leave.
#[derive(Clone, Debug)]
pub struct Condition {
    key: FieldKey,
    test: Test,
    negated: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FieldKey {
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
            return Ok(Self { key: FieldKey::parse(key.unwrap_or(asked))?, test: Test::Present, negated });
        };
        let (key, value) = (FieldKey::parse(&text[..at])?, text[at + operator.len()..].trim_start());
        if operator == "=" && value.starts_with('=') {
            return Err(refused().with_hint("one `=` is enough; for a value that begins with it, write key~^="));
        }
        if operator == "=" && value.starts_with('~') {
            return Err(refused().with_hint("a pattern is key~REGEX; for a value that begins with `~`, write key~^~"));
        }
        let test = match operator {
            "=" | "!=" => Test::Equal(value.trim_end().into()),
            "~" | "!~" => Test::Match(compile(value, false)?),
            _ => Test::Compare(relation(operator), limit(&key, value)?),
        };
        Ok(Self { key, test, negated: operator.starts_with('!') })
    }

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
            FieldKey::Field(key) => Some(key),
            _ => None,
        }
    }

    /// Whether it is about what the start-up line of a service says for all its entries.
    pub fn needs_service(&self) -> bool {
        matches!(self.key, FieldKey::Product | FieldKey::Version)
    }

    /// The text that the field must be, when there is just one.
    pub(super) fn text(&self) -> Option<(&FieldKey, &[u8])> {
        match &self.test {
            Test::Equal(text) if !self.negated => Some((&self.key, text)),
            _ => None,
        }
    }
}

impl FieldKey {
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

fn limit(key: &FieldKey, value: &str) -> Result<f64, Failure> {
    number(value.as_bytes()).ok_or_else(|| {
        let error = Failure::usage(format!("`{value}` is no number"));
        match key {
            FieldKey::Level if Level::named(value.as_bytes()).is_some() => {
                error.with_hint(format!("--level {value}+ is {value} and above, --level {value}- is it and below"))
            }
            _ => error.with_hint("> >= < <= compare numbers; = and ~ compare texts"),
        }
    })
}

/// A decimal number, with or without an exponent. Words such as `inf` are none.
pub(super) fn number(text: &[u8]) -> Option<f64> {
    let decimal = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
    let text = text.trim_ascii();
    let text = text.iter().all(decimal).then(|| std::str::from_utf8(text).ok())??;
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// How much memory a compiled pattern may take; enough for any that is typed by hand.
const COMPILED_BYTES_MAX: usize = 4 << 20;

/// How a pattern is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PatternStyle {
    /// A plain text, not a regular expression (`-F`).
    pub fixed: bool,
    /// Upper and lower case are the same (`-i`).
    pub ignore_case: bool,
    /// It is looked for in the raw line, seal and escapes included, and not in the message.
    pub raw: bool,
    /// It matches whole words only (`-w`).
    pub words: bool,
    /// It matches the whole text only (`-x`).
    pub whole: bool,
}

/// A regular expression that matches nothing, not even the empty text.
const NOTHING: &str = r"[^\s\S]";

/// A pattern, compiled.
#[derive(Clone, Debug)]
pub struct Pattern {
    matcher: Matcher,
    style: PatternStyle,
}

#[derive(Clone, Debug)]
pub(super) enum Matcher {
    Text(Box<Finder<'static>>),
    Regex(Regex),
}

impl Pattern {
    /// Compiles a pattern. A regular expression knows Unicode and matches any bytes; its `.` matches line breaks as
    /// well, since a message is one text.
    ///
    /// # Errors
    /// When it is no regular expression, or one that takes too much memory.
    pub fn new(pattern: &str, style: PatternStyle) -> Result<Self, Failure> {
        Self::any_of(&[pattern.to_owned()], style)
    }

    /// Compiles several patterns of which one must match; of none, nothing does.
    pub fn any_of(patterns: &[String], style: PatternStyle) -> Result<Self, Failure> {
        if let ([pattern], true, false, false, false) =
            (patterns, style.fixed, style.ignore_case, style.words, style.whole)
        {
            let matcher = Matcher::Text(Box::new(Finder::new(pattern.as_bytes()).into_owned()));
            return Ok(Self { matcher, style });
        }
        let advised = |error: Failure| match (error.hint.is_some(), style.fixed) {
            (false, false) => error.with_hint("-F takes a pattern as plain text"),
            _ => error,
        };
        let mut alternatives = Vec::with_capacity(patterns.len());
        for pattern in patterns {
            let regex = if style.fixed { regex::escape(pattern) } else { pattern.clone() };
            // Alone first: `a)|(b` is none, though it would be one between parentheses.
            compile(&regex, style.ignore_case).map_err(advised)?;
            alternatives.push(regex);
        }
        let any = match alternatives.as_slice() {
            [] => NOTHING.to_owned(),
            [one] if !style.words && !style.whole => one.clone(),
            several => several.iter().map(|regex| framed(regex, style)).collect::<Vec<_>>().join("|"),
        };
        let matcher = Matcher::Regex(compile(&any, style.ignore_case).map_err(advised)?);
        Ok(Self { matcher, style })
    }

    /// Whether it is looked for in the raw line.
    pub fn is_raw(&self) -> bool {
        self.style.raw
    }

    /// Whether it is found in a text.
    pub fn matches(&self, text: &[u8]) -> bool {
        match &self.matcher {
            Matcher::Text(finder) => finder.find(text).is_some(),
            Matcher::Regex(regex) => regex.is_match(text),
        }
    }

    /// The pattern as a regular expression, to set off what it found; None when it is too large for one.
    pub fn regex(&self) -> Option<Regex> {
        match &self.matcher {
            Matcher::Text(finder) => compile(&regex::escape(std::str::from_utf8(finder.needle()).ok()?), false).ok(),
            Matcher::Regex(regex) => Some(regex.clone()),
        }
    }

    pub(super) fn matcher(&self) -> &Matcher {
        &self.matcher
    }

    pub(super) fn ignores_case(&self) -> bool {
        self.style.ignore_case
    }
}

/// A regular expression as one of several, with what must stand around it.
fn framed(regex: &str, style: PatternStyle) -> String {
    // In the verbose mode of `(?x)` a comment would reach over the parenthesis.
    let end = if regex.contains("(?") && regex.contains('x') && regex.contains('#') { "\n" } else { "" };
    match (style.whole, style.words) {
        (true, _) => format!(r"\A(?:{regex}{end})\z"),
        (false, true) => format!(r"\b{{start-half}}(?:{regex}{end})\b{{end-half}}"),
        (false, false) => format!("(?:{regex}{end})"),
    }
}

/// Compiles a regular expression over bytes.
fn compile(pattern: &str, ignore_case: bool) -> Result<Regex, Failure> {
    RegexBuilder::new(pattern)
        .case_insensitive(ignore_case)
        .dot_matches_new_line(true)
        .size_limit(COMPILED_BYTES_MAX)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => Failure::usage("the pattern takes too much memory")
                .with_hint("large counts such as {1000} multiply what stands before them"),
            error => {
                // The message shows the place in several lines; what is wrong stands in the last one.
                let text = error.to_string();
                let last = text.lines().last().unwrap_or_default();
                let wrong = last.strip_prefix("error: ").unwrap_or(last);
                Failure::usage(format!("`{pattern}` is no regular expression: {wrong}"))
            }
        })
}

#[cfg(test)]
mod tests;
