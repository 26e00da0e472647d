//! Names of clients, sessions and services as they are asked for: exact, or by their beginning.

use super::error::QueryError;

/// Names of which any will do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(Vec<Name>);

/// One name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) text: Vec<u8>,
    /// Whether it ended in `*`: more may follow.
    pub(super) open: bool,
}

impl Names {
    /// Reads the values of `--client`, `--session` or `--product`, each one a list separated by commas. A `*` at the
    /// end of a name stands for anything.
    ///
    /// # Errors
    /// When a name is empty.
    pub fn parse<'a>(values: impl IntoIterator<Item = &'a str>) -> Result<Self, QueryError> {
        let name = |part: &str| match part.strip_suffix('*') {
            Some(text) => Ok(Name { text: text.into(), open: true }),
            None if part.is_empty() => Err(QueryError::new("a name is missing")
                .with_hint("names are separated by single commas; `*` stands for any name")),
            None => Ok(Name { text: part.into(), open: false }),
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
        self.0.iter().any(|name| if name.open { value.starts_with(&name.text) } else { value == name.text })
    }

    /// The names as they were typed, one by one.
    pub fn to_words(&self) -> Vec<String> {
        let word = |name: &Name| String::from_utf8_lossy(&name.text).into_owned() + if name.open { "*" } else { "" };
        self.0.iter().map(word).collect()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Name> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_exact_unless_it_ends_in_a_star() {
        let names = Names::parse(["webapp, etl*", "a*b"]).unwrap();
        let cases =
            [("webapp", true), ("webapp2", false), ("etl", true), ("etl-7", true), ("a*b", true), ("aab", false)];
        for (value, wanted) in cases {
            assert_eq!(names.contain(value.as_bytes()), wanted, "{value}");
        }
        assert_eq!(names.to_words(), ["webapp", "etl*", "a*b"]);
        assert!(Names::parse(["*"]).unwrap().contain(b""));
        assert!(!Names::default().contain(b""));
    }

    #[test]
    fn an_empty_name_is_refused() {
        assert!(Names::parse(["a,"]).is_err() && Names::parse([""]).is_err());
    }
}
