//! The pattern of a search: a regular expression or a plain text, on the message or on the line as it stands.

use memchr::memmem::Finder;
use regex::bytes::{Regex, RegexBuilder};

use super::error::QueryError;

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
}

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
    pub fn new(pattern: &str, style: PatternStyle) -> Result<Self, QueryError> {
        let matcher = match (style.fixed, style.ignore_case) {
            (true, false) => Matcher::Text(Box::new(Finder::new(pattern.as_bytes()).into_owned())),
            (true, true) => Matcher::Regex(compile(&regex::escape(pattern), true)?),
            (false, ignore_case) => Matcher::Regex(compile(pattern, ignore_case).map_err(|error| {
                if error.hint.is_some() { error } else { error.with_hint("-F takes a pattern as plain text") }
            })?),
        };
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

    /// Whether upper and lower case are the same.
    pub(super) fn ignores_case(&self) -> bool {
        self.style.ignore_case
    }
}

/// Compiles a regular expression over bytes.
pub(super) fn compile(pattern: &str, ignore_case: bool) -> Result<Regex, QueryError> {
    RegexBuilder::new(pattern)
        .case_insensitive(ignore_case)
        .dot_matches_new_line(true)
        .size_limit(COMPILED_BYTES_MAX)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => QueryError::new("the pattern takes too much memory")
                .with_hint("large counts such as {1000} multiply what stands before them"),
            error => {
                // The message shows the place in several lines; what is wrong stands in the last one.
                let text = error.to_string();
                let last = text.lines().last().unwrap_or_default();
                let wrong = last.strip_prefix("error: ").unwrap_or(last);
                QueryError::new(format!("`{pattern}` is no regular expression: {wrong}"))
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGEX: PatternStyle = PatternStyle { fixed: false, ignore_case: false, raw: false };
    const FIXED: PatternStyle = PatternStyle { fixed: true, ..REGEX };

    #[test]
    fn patterns_are_found_in_any_bytes() {
        let ignoring = |style| PatternStyle { ignore_case: true, ..style };
        let cases: [(&str, PatternStyle, &[u8], bool); 11] = [
            ("poison.*record", REGEX, b"poison\nrecord", true),
            ("^poison", REGEX, b"a poison", false),
            ("(?-u:\\xff)", REGEX, b"a\xffb", true),
            ("\u{fc}b", REGEX, b"\xff\xc3\xbcb", true),
            ("\u{dc}B", ignoring(REGEX), b"\xff\xc3\xbcb", true),
            ("a.c", FIXED, b"abc", false),
            ("a.c", FIXED, b"xa.cx", true),
            ("A.C", ignoring(FIXED), b"xa.cx", true),
            ("A.C", ignoring(FIXED), b"xabcx", false),
            ("", FIXED, b"", true),
            ("Poison", REGEX, b"poison", false),
        ];
        for (pattern, style, text, wanted) in cases {
            let compiled = Pattern::new(pattern, style).unwrap();
            assert_eq!(compiled.matches(text), wanted, "{pattern} in {}", text.escape_ascii());
        }
    }

    #[test]
    fn a_pattern_that_does_not_compile_is_refused_in_one_line_with_a_hint() {
        let cases = [("foo(", "-F"), ("[z-a]", "-F"), ("a{1000}{1000}{1000}", "counts"), ("*", "-F")];
        for (pattern, hint) in cases {
            let error = Pattern::new(pattern, REGEX).expect_err(pattern);
            assert!(!error.message.contains('\n'), "{error}");
            assert!(error.hint.is_some_and(|text| text.contains(hint)), "{pattern}");
        }
        assert!(Pattern::new("foo(", FIXED).is_ok());
    }
}
