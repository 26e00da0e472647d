//! How colour is used: sparingly. Whether it is used is decided in `plan`, which words are coloured by the formats.

use std::fmt;

use anstyle::{AnsiColor, Style};

/// Whether to paint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Palette {
    /// No escape sequences at all.
    #[default]
    Plain,
    /// ANSI colours.
    Colored,
}

/// What a word means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// Proven.
    Good,
    /// Altered, or no answer.
    Bad,
    /// Worth a look.
    Warning,
    /// Beside the point.
    Quiet,
    /// Nothing special.
    Neutral,
}

impl Palette {
    /// A text in its tone. The text must be harmless already.
    pub(super) fn paint(self, tone: Tone, text: impl fmt::Display) -> impl fmt::Display {
        let style = match (self, tone) {
            (Self::Plain, _) | (_, Tone::Neutral) => Style::new(),
            (_, Tone::Good) => AnsiColor::Green.on_default().bold(),
            (_, Tone::Bad) => AnsiColor::Red.on_default().bold(),
            (_, Tone::Warning) => AnsiColor::Yellow.on_default(),
            (_, Tone::Quiet) => Style::new().dimmed(),
        };
        fmt::from_fn(move |out| write!(out, "{style}{text}{style:#}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Palette, Tone};

    #[test]
    fn a_plain_palette_adds_nothing_and_colours_are_reset() {
        assert_eq!(Palette::Plain.paint(Tone::Bad, "BROKEN").to_string(), "BROKEN");
        assert_eq!(Palette::Colored.paint(Tone::Neutral, "x").to_string(), "x");
        let painted = Palette::Colored.paint(Tone::Bad, "BROKEN").to_string();
        assert!(painted.starts_with("\x1b[") && painted.ends_with("BROKEN\x1b[0m"), "{painted:?}");
    }
}
