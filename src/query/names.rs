//! Names of clients, sessions and services as they are asked for: exact, or with `*` for anything; and the known word that is
//! nearest to a misspelled one.

use crate::failure::Failure;

/// Names of which any will do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(Vec<NamePattern>);

/// One name: what stands between its stars. Without a star it is one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NamePattern(Vec<Vec<u8>>);

impl NamePattern {
    fn matches(&self, value: &[u8]) -> bool {
        let [first, rest @ ..] = &self.0[..] else { return false };
        let Some(mut value) = value.strip_prefix(first.as_slice()) else { return false };
        let Some((last, between)) = rest.split_last() else { return value.is_empty() };
        for text in between {
            // The first place is the best one: it leaves the most for what follows.
            match memchr::memmem::find(value, text) {
                Some(at) => value = &value[at + text.len()..],
                None => return false,
            }
        }
        value.ends_with(last)
    }

    /// The text it begins with.
    pub(super) fn beginning(&self) -> &[u8] {
        self.0.first().map_or(b"", Vec::as_slice)
    }

    /// Whether it has a star.
    pub(super) fn is_open(&self) -> bool {
        self.0.len() > 1
    }

    fn to_word(&self) -> String {
        self.0.iter().map(|text| String::from_utf8_lossy(text)).collect::<Vec<_>>().join("*")
    }
}

impl Names {
    /// Reads the values of `--client`, `--session` or `--product`, each one a list separated by commas. A `*` anywhere
    /// in a name stands for anything.
    ///
    /// # Errors
    /// When a name is empty.
    pub fn parse<'a>(values: impl IntoIterator<Item = &'a str>) -> Result<Self, Failure> {
        let name = |part: &str| match part {
            "" => Err(Failure::usage("a name is missing")
                .with_hint("names are separated by single commas; `*` stands for any name")),
            _ => Ok(NamePattern(part.split('*').map(|text| text.as_bytes().to_vec()).collect())),
        };
        values
            .into_iter()
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .map(name)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a value is one of the names; nothing is, when there is none.
    pub fn contain(&self, value: &[u8]) -> bool {
        self.0.iter().any(|name| name.matches(value))
    }

    /// The names as they were typed, one by one.
    pub fn to_words(&self) -> Vec<String> {
        self.0.iter().map(NamePattern::to_word).collect()
    }

    /// Each name alone, and as it was typed.
    pub(super) fn each(&self) -> impl Iterator<Item = (String, Self)> {
        self.0.iter().map(|name| (name.to_word(), Self(vec![name.clone()])))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &NamePattern> {
        self.0.iter()
    }
}

/// How many words are offered.
const OFFERED_MAX: usize = 3;
/// How much alike words must be, from 0 to 1; below this the offer would be noise.
const LIKENESS_MIN: f64 = 0.8;

/// The known words that are most like the typed one: those that contain it, or else those that are spelled much like
/// it.
pub(crate) fn nearest<'a>(typed: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let typed = typed.to_ascii_lowercase();
    let mut rated: Vec<(f64, &str)> = known
        .map(|word| {
            let lower = word.to_ascii_lowercase();
            let inside = typed.len() > 2 && lower.contains(&typed);
            (if inside { 2.0 } else { strsim::jaro_winkler(&typed, &lower) }, word)
        })
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .collect();
    // Stable: words that are equally near keep the order they are known in.
    rated.sort_by(|a, b| b.0.total_cmp(&a.0));
    rated.into_iter().take(OFFERED_MAX).map(|(_, word)| word).collect()
}

/// `a`, `a or b`, `a, b or c`.
pub(crate) fn either(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [others @ .., last] => format!("{} or {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_exact_but_for_its_stars() {
        let cases = [
            ("webapp", "webapp", true),
            ("webapp", "webapp2", false),
            ("etl*", "etl", true),
            ("etl*", "etl-7", true),
            ("etl*", "an etl", false),
            ("*app", "webapp", true),
            ("*app", "webapp2", false),
            ("*app", "app", true),
            ("*app*", "webapp2", true),
            ("a*b", "aab", true),
            ("a*b", "ab", true),
            ("a*b", "abc", false),
            ("ab*ba", "aba", false),
            ("a*b*c", "a-bc-b-c", true),
            ("a*b*c", "acb", false),
            ("a**c", "abc", true),
            ("*", "", true),
        ];
        for (name, value, wanted) in cases {
            assert_eq!(Names::parse([name]).unwrap().contain(value.as_bytes()), wanted, "{name} {value}");
        }
        let names = Names::parse(["webapp, etl*", "a*b"]).unwrap();
        assert!(names.contain(b"etl-7") && names.contain(b"axb") && !names.contain(b"web"));
        assert_eq!(names.to_words(), ["webapp", "etl*", "a*b"]);
        assert!(!Names::default().contain(b""));
    }

    #[test]
    fn an_empty_name_is_refused() {
        assert!(Names::parse(["a,"]).is_err() && Names::parse([""]).is_err());
    }

    #[test]
    fn words_that_contain_the_typed_one_come_first() {
        let known = ["sql-query-blocked", "block", "blokced", "keys-unreadable"];
        assert_eq!(nearest("Block", known.into_iter()), ["sql-query-blocked", "block", "blokced"]);
        assert_eq!(nearest("sql-query-bloked", known.into_iter()), ["sql-query-blocked"]);
        assert!(nearest("zzz", known.into_iter()).is_empty());
    }

    #[test]
    fn several_words_are_joined_as_people_say_them() {
        assert_eq!(either(&["a"]), "a");
        assert_eq!(either(&["a", "b", "c"]), "a, b or c");
    }
}
