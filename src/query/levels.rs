//! Levels as people name them: `error`, `error+`, `info-`.

use crate::event::Level;
use crate::failure::Failure;

/// A set of levels.
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

    /// Whether a level is in the set.
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
    use super::*;
    use Level::{Debug, Error, Fatal, Info, Panic, Trace, Warning};

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
