//! The pattern of a search: a regular expression or a plain text, on the message or on the line as it stands.

use memchr::memmem::Finder;
use regex::bytes::{Regex, RegexBuilder};

use crate::failure::Failure;

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
    ///
    /// # Errors
    /// Those of [`Pattern::new`].
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

    /// Whether upper and lower case are the same.
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
pub(super) fn compile(pattern: &str, ignore_case: bool) -> Result<Regex, Failure> {
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
mod tests {
    use super::*;

    const REGEX: PatternStyle =
        PatternStyle { fixed: false, ignore_case: false, raw: false, words: false, whole: false };
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
    fn words_whole_texts_and_several_patterns_are_those_of_grep() {
        let words = PatternStyle { words: true, ..REGEX };
        let whole = PatternStyle { whole: true, ..REGEX };
        let cases: [(&[&str], PatternStyle, &str, bool); 16] = [
            (&["own"], words, "own, goal", true),
            (&["own"], words, "down", false),
            (&["-1"], words, "a -1", true),
            (&["o.n|x"], words, "down x", true),
            (&["own"], PatternStyle { fixed: true, ..words }, "down own", true),
            (&["own"], PatternStyle { ignore_case: true, ..words }, "Own", true),
            (&["own"], whole, "own", true),
            (&["ow|n"], whole, "own", false),
            (&["own"], PatternStyle { words: true, ..whole }, "own goal", false),
            (&["a", "b"], REGEX, "b", true),
            (&["a", "b"], whole, "ab", false),
            (&["a.", "b"], FIXED, "ab", true),
            (&["a.", "c"], FIXED, "ab", false),
            (&["(?i)a", "b"], REGEX, "B", false),
            (&[], REGEX, "", false),
            (&["x", ""], REGEX, "anything", true),
        ];
        for (patterns, style, text, wanted) in cases {
            let patterns: Vec<String> = patterns.iter().map(|it| (*it).to_owned()).collect();
            let compiled = Pattern::any_of(&patterns, style).unwrap();
            assert_eq!(compiled.matches(text.as_bytes()), wanted, "{patterns:?} in {text}");
        }
        assert!(Pattern::any_of(&["a)|(b".to_owned(), "c".to_owned()], REGEX).is_err());
        let commented = ["(?x)a # )".to_owned(), "b".to_owned()];
        assert!(Pattern::any_of(&commented, REGEX).unwrap().matches(b"b"));
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
