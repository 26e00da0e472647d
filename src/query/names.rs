//! Names of clients, sessions and services as they are asked for: exact, or with `*` for anything.

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
}
