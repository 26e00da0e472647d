//! Event codes as people name them, by number, range, identifier, short name and group; and levels: `error`, `error+`,
//! `info-`.

use std::collections::BTreeSet;

use super::names::{either, nearest};
use crate::event::{Level, catalogue};
use crate::failure::Failure;

/// A set of event codes. A number that the catalogue does not have is a code like any other: a later Acra may write it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodeSet(BTreeSet<u16>);

impl CodeSet {
    /// Reads the values of `--code`, each one a list separated by commas: `560`, `5xx`, `510-514`, an identifier of
    /// Acra's in any case, or a short name of the catalogue.
    ///
    /// # Errors
    /// When a part is none of these.
    pub fn parse<'a>(values: impl IntoIterator<Item = &'a str>) -> Result<Self, Failure> {
        let mut set = Self::default();
        for part in values.into_iter().flat_map(|value| value.split(',')).map(str::trim) {
            set.union(&Self::parse_part(part)?.ok_or_else(|| unknown(part))?);
        }
        Ok(set)
    }

    /// Reads one part of a value; None for a word that names no code.
    ///
    /// # Errors
    /// When it is made like a number or a range and is none.
    pub fn parse_part(part: &str) -> Result<Option<Self>, Failure> {
        if part.starts_with(|first: char| first.is_ascii_digit()) {
            return numbers(part).map(Some);
        }
        let named = |entry: &&catalogue::CatalogueEntry| {
            [entry.slug, entry.identifier].iter().any(|name| name.eq_ignore_ascii_case(part))
        };
        Ok(catalogue::all().iter().find(named).map(|entry| Self::from_iter([entry.code])))
    }

    /// The codes of groups of the catalogue; each value is a list separated by commas.
    ///
    /// # Errors
    /// When there is no such group.
    pub fn of_groups<'a>(values: impl IntoIterator<Item = &'a str>) -> Result<Self, Failure> {
        let mut set = Self::default();
        for name in values.into_iter().flat_map(|value| value.split(',')).map(str::trim) {
            set.union(&Self::of_group(name).ok_or_else(|| {
                Failure::usage(format!("no group `{name}`"))
                    .with_hint(format!("the groups are {}", catalogue::groups().join(", ")))
            })?);
        }
        Ok(set)
    }

    /// The codes of one group; None when there is no such group.
    pub fn of_group(name: &str) -> Option<Self> {
        let members = catalogue::all().iter().filter(|entry| entry.group.eq_ignore_ascii_case(name));
        Some(members.map(|entry| entry.code).collect()).filter(|set: &Self| !set.is_empty())
    }

    /// Whether a code is in the set.
    pub fn contains(&self, code: u16) -> bool {
        self.0.contains(&code)
    }

    /// The codes in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = u16> {
        self.0.iter().copied()
    }

    /// How many codes there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the codes of another set.
    pub fn union(&mut self, other: &Self) {
        self.0.extend(&other.0);
    }

    /// Takes the codes of another set out.
    pub fn remove(&mut self, other: &Self) {
        self.0.retain(|code| !other.contains(*code));
    }
}

impl FromIterator<u16> for CodeSet {
    fn from_iter<I: IntoIterator<Item = u16>>(codes: I) -> Self {
        Self(codes.into_iter().collect())
    }
}

/// `560`, `5xx`, `510-514`.
fn numbers(text: &str) -> Result<CodeSet, Failure> {
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (number(first, text)?, number(last, text)?),
        None => {
            let digits = text.trim_end_matches(['x', 'X']);
            // A place left open: `5xx` is 500 to 599.
            let open = u32::try_from(text.len() - digits.len()).ok().and_then(|places| 10_u16.checked_pow(places));
            let width = open.ok_or_else(|| no_code(text))?;
            let first = number(digits, text)?.checked_mul(width).ok_or_else(|| no_code(text))?;
            (first, first.saturating_add(width - 1))
        }
    };
    if first > last {
        return Err(Failure::usage(format!("the range `{text}` is empty")).with_hint(format!("{last}-{first}")));
    }
    Ok((first..=last).collect())
}

fn number(digits: &str, text: &str) -> Result<u16, Failure> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| plain).ok_or_else(|| no_code(text))
}

fn no_code(text: &str) -> Failure {
    Failure::usage(format!("`{text}` is no event code"))
        .with_hint("codes are written 560, 5xx, 510-514, or by their names: `acralog codes` lists them")
}

fn unknown(word: &str) -> Failure {
    if word.is_empty() {
        return Failure::usage("an event code is missing").with_hint("codes are separated by single commas");
    }
    let error = Failure::usage(format!("no event code is called `{word}`"));
    if let Some(group) = catalogue::groups().into_iter().find(|group| group.eq_ignore_ascii_case(word)) {
        return error.with_hint(format!("{group} is a group: --group {group}"));
    }
    let known = catalogue::all().iter();
    match nearest(word, known.clone().map(|entry| entry.slug).chain(known.map(|entry| entry.identifier))) {
        near if near.is_empty() => error.with_hint("`acralog codes` lists all names"),
        near => error.with_hint(format!("did you mean {}?", either(&near))),
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelSet(Vec<Level>);

impl LevelSet {
    /// Reads the values of `--level`, each one a list separated by commas: a level, `error+` for it and those above,
    /// `info-` for it and those below.
    ///
    /// # Errors
    /// When a part names no level.
    pub fn parse<'a>(values: impl IntoIterator<Item = &'a str>) -> Result<Self, Failure> {
        let mut levels = Vec::new();
        for part in values.into_iter().flat_map(|value| value.split(',')).map(str::trim) {
            let name = part.strip_suffix(['+', '-']).unwrap_or(part);
            let edge = level(name).ok_or_else(|| {
                Failure::usage(format!("no level `{part}`"))
                    .with_hint(format!("the levels are {}; `error+` is error and above", names().join(", ")))
            })?;
            let wanted = |level: &Level| match part.as_bytes().last() {
                Some(b'+') => *level >= edge,
                Some(b'-') => *level <= edge,
                _ => *level == edge,
            };
            levels.extend(Level::ALL.into_iter().filter(wanted));
        }
        levels.sort_unstable();
        levels.dedup();
        Ok(Self(levels))
    }

    pub fn contains(&self, level: Level) -> bool {
        self.0.contains(&level)
    }
}

fn names() -> [&'static str; 7] {
    Level::ALL.map(Level::name)
}

fn level(name: &str) -> Option<Level> {
    let name = name.to_ascii_lowercase();
    // The word that is typed most often for it.
    Level::named(if name == "warn" { b"warning" } else { name.as_bytes() })
}

#[cfg(test)]
mod tests {
    use Level::{Debug, Error, Fatal, Info, Panic, Trace, Warning};

    use super::*;

    fn codes(values: &[&str]) -> Result<Vec<u16>, Failure> {
        CodeSet::parse(values.iter().copied()).map(|set| set.iter().collect())
    }

    #[test]
    fn codes_are_read_as_people_name_them() {
        let cases: [(&[&str], &[u16]); 8] = [
            (&["560"], &[560]),
            (&["587, 560", "560"], &[560, 587]),
            (&["510-514"], &[510, 511, 512, 513, 514]),
            (&["51x"], &[510, 511, 512, 513, 514, 515, 516, 517, 518, 519]),
            (&["eventcodeerrorcensorqueryisnotallowed"], &[560]),
            (&["EventCodeErrorDecryptorRecognizedPoisonRecord,SQL-query-blocked"], &[560, 587]),
            (&["999,65535"], &[999, 65535]),
            (&[], &[]),
        ];
        for (values, wanted) in cases {
            assert_eq!(codes(values).as_deref(), Ok(wanted), "{values:?}");
        }
        assert_eq!(codes(&["12xx"]), Ok((1200..1300).collect()));
        assert_eq!(codes(&["65xxx"]), Ok((65000..=65535).collect()));
    }

    #[test]
    fn what_is_no_code_is_refused_with_a_hint() {
        let cases = [
            ("sql-query-bloked", "did you mean sql-query-blocked"),
            ("poison-record", "did you mean poison-record-"),
            ("RecognizedPoison", "EventCodeErrorDecryptorRecognizedPoisonRecord"),
            ("censor", "--group censor"),
            ("zzz", "lists all names"),
            ("", "single commas"),
            ("65536", "510-514"),
            ("5xx-6xx", "510-514"),
            ("560-", "510-514"),
            ("5x0", "510-514"),
            ("66xxx", "510-514"),
            ("5xxxxxxxxxxxxxxxxxxx", "510-514"),
            ("560-+561", "510-514"),
            ("514-510", "510-514"),
            ("-510", "lists all names"),
        ];
        for (value, hint) in cases {
            let error = codes(&[value]).expect_err(value);
            assert!(error.hint.as_ref().is_some_and(|text| text.contains(hint)), "{value}: {error:?}");
        }
        assert!(codes(&["560,"]).is_err() && codes(&["560,,587"]).is_err());
    }

    #[test]
    fn groups_are_those_of_the_catalogue() {
        let keys = CodeSet::of_groups(["KEYS"]).unwrap();
        assert_eq!(keys.iter().collect::<Vec<_>>(), [510, 511, 512, 513, 514]);
        let error = CodeSet::of_groups(["keys,poison"]).unwrap_err();
        let hint = error.hint.unwrap();
        assert!(catalogue::groups().iter().all(|group| hint.contains(group)), "{hint}");
    }

    #[test]
    fn sets_are_united_and_taken_apart() {
        let mut set = CodeSet::parse(["510-514"]).unwrap();
        set.union(&CodeSet::parse(["560"]).unwrap());
        set.remove(&CodeSet::parse(["511-513,700"]).unwrap());
        assert_eq!(set.iter().collect::<Vec<_>>(), [510, 514, 560]);
        assert!(set.contains(560) && !set.contains(511) && set.len() == 3);
    }

    #[test]
    fn levels_are_read_alone_and_with_what_is_above_or_below() {
        let cases: [(&[&str], &[Level]); 7] = [
            (&["error"], &[Error]),
            (&["Error+"], &[Error, Fatal, Panic]),
            (&["info-"], &[Trace, Debug, Info]),
            (&["info", "warn,info"], &[Info, Warning]),
            (&["debug-, fatal+"], &[Trace, Debug, Fatal, Panic]),
            (&["trace+"], &Level::ALL),
            (&["panic-"], &Level::ALL),
        ];
        for (values, wanted) in cases {
            assert_eq!(LevelSet::parse(values.iter().copied()), Ok(LevelSet(wanted.to_vec())), "{values:?}");
        }
        let above = LevelSet::parse(["error+"]).unwrap();
        assert!(above.contains(Fatal) && !above.contains(Warning));
    }

    #[test]
    fn a_word_that_is_no_level_is_refused_with_the_words_that_are() {
        for value in ["critical", "", "+", "error,", "error++", "3"] {
            let error = LevelSet::parse([value]).expect_err(value);
            assert!(error.hint.is_some_and(|hint| hint.contains("trace, debug, info, warning, error, fatal, panic")));
        }
    }
}
