//! What a conversion could not carry, counted by field. Lost quietly is lost twice: the command tells it at the end.

use std::collections::BTreeMap;

use strum::VariantArray;

use crate::event::Value;

/// How something was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, VariantArray)]
pub enum Loss {
    /// The time was cut to whole seconds.
    Milliseconds,
    /// The time is written in UTC, or without its zone.
    Zone,
    /// The format has no place for it.
    LeftOut,
    /// The value is required and not in the log: a placeholder stands there.
    MadeUp,
    /// A number, a list or an object became text, or a text became a number.
    Type,
    /// Control characters, line breaks or separators were replaced.
    Characters,
    /// Blanks at the ends were cut off.
    Blanks,
    /// Bytes that are no UTF-8 became U+FFFD.
    Encoding,
    /// An empty value was left out.
    Empty,
    /// A whole number beyond 2^53 was read from json, where it may have been rounded already.
    Rounded,
    /// The name of the field was changed.
    Name,
    /// The text was cut to the length the format allows.
    Length,
    /// The text is longer than the format allows; it was not cut, but a collector may do so.
    Long,
}

impl Loss {
    /// Every loss.
    pub const ALL: [Self; 13] = *Self::VARIANTS.as_array().expect("as many as there are variants");

    /// What happened, for people, after the name of the field.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Milliseconds => "milliseconds were cut off",
            Self::Zone => "the time zone was not carried",
            Self::LeftOut => "has no place in this format",
            Self::MadeUp => "is not in the log; a placeholder stands there",
            Self::Type => "the json type was not carried",
            Self::Characters => "control characters or separators were replaced",
            Self::Blanks => "blanks at the ends were cut off",
            Self::Encoding => "bytes that are not UTF-8 were replaced",
            Self::Empty => "empty values were left out",
            Self::Rounded => "a number beyond 2^53 may have been rounded in json",
            Self::Name => "the name was changed",
            Self::Length => "the text was cut",
            Self::Long => "is longer than the format allows, and was not cut",
        }
    }
}

/// Field names that are counted one by one; those beyond go by [`OTHERS`], so that a hostile log cannot fill the memory.
const FIELDS_MAX: usize = 256;
/// What fields beyond [`FIELDS_MAX`] are counted as.
const OTHERS: &str = "(other fields)";

/// How often what was lost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Losses(BTreeMap<String, BTreeMap<Loss, u64>>);

impl Losses {
    /// Counts one loss in one entry. The name may hold text of the log.
    pub fn add(&mut self, field: &str, loss: Loss) {
        self.add_many(field, loss, 1);
    }

    fn add_many(&mut self, field: &str, loss: Loss, entries: u64) {
        // Looked up before it is inserted: a name is copied once, not for every entry.
        let known = if self.0.contains_key(field) || self.0.len() < FIELDS_MAX { field } else { OTHERS };
        match self.0.get_mut(known) {
            Some(losses) => *losses.entry(loss).or_default() += entries,
            None => drop(self.0.insert(known.to_owned(), BTreeMap::from([(loss, entries)]))),
        }
    }

    /// Adds what another part of the run lost.
    pub fn merge(&mut self, other: &Self) {
        for (field, loss, entries) in other.iter() {
            self.add_many(field, loss, entries);
        }
    }

    /// Whether nothing was lost.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Field, what happened, and in how many entries; sorted by field.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Loss, u64)> {
        self.0
            .iter()
            .flat_map(|(field, losses)| losses.iter().map(move |(loss, entries)| (field.as_str(), *loss, *entries)))
    }
}

/// Counts what a value loses when it becomes text.
pub(super) fn count_text(field: &str, value: &Value<'_>, losses: &mut Losses) {
    if !matches!(value, Value::Text(_)) {
        losses.add(field, Loss::Type);
    }
    count_rounded(field.as_bytes(), value, losses);
}

/// Counts a number that json may have spoiled before it came here; the name of the field may be any bytes.
pub(super) fn count_rounded(field: &[u8], value: &Value<'_>, losses: &mut Losses) {
    if may_be_rounded(value) {
        losses.add(&String::from_utf8_lossy(field), Loss::Rounded);
    }
}

/// Whether a value is a whole number of json beyond 2^53, up to which a float64 holds every one (RFC 8259, section 6): Go
/// prints floats of that size with an exponent, so it was an integer once.
pub(super) fn may_be_rounded(value: &Value<'_>) -> bool {
    const WHOLE_EXACT_MAX: u64 = 1 << 53;
    const DIGITS_EXACT: usize = 15;
    let Value::Number(number) = value else { return false };
    let digits = number.trim_start_matches('-');
    if digits.len() <= DIGITS_EXACT {
        return false;
    }
    match digits.parse::<u64>() {
        Ok(whole) => whole > WHOLE_EXACT_MAX,
        Err(_) => digits.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_counted_by_field_and_kind_and_parts_add_up() {
        let (mut whole, mut part) = (Losses::default(), Losses::default());
        whole.add("a", Loss::Type);
        part.add("a", Loss::Type);
        part.add("a", Loss::Empty);
        part.add("b", Loss::Zone);
        whole.merge(&part);
        let told: Vec<_> = whole.iter().collect();
        assert_eq!(told, [("a", Loss::Type, 2), ("a", Loss::Empty, 1), ("b", Loss::Zone, 1)]);
        assert!(Losses::default().is_empty() && !whole.is_empty());
    }

    #[test]
    fn names_without_end_do_not_fill_the_memory() {
        let mut losses = Losses::default();
        (0..10_000).for_each(|name| losses.add(&format!("field {name}"), Loss::Name));
        assert!(losses.0.len() <= FIELDS_MAX + 1);
        assert_eq!(losses.iter().map(|(_, _, entries)| entries).sum::<u64>(), 10_000);
    }

    #[test]
    fn every_loss_has_words_of_its_own() {
        let meanings: std::collections::BTreeSet<_> = Loss::ALL.iter().map(|loss| loss.meaning()).collect();
        assert_eq!(meanings.len(), Loss::ALL.len());
    }

    #[test]
    fn only_whole_numbers_beyond_two_to_the_53_are_counted() {
        let cases = [
            ("9007199254740992", false),
            ("9007199254740993", true),
            ("9007199254740994", true),
            ("-9007199254740993", true),
            ("-9007199254740994", true),
            ("123456789012345678901234567890", true),
            ("0.12345678901234567890", false),
            ("4.09014528484434e+22", false),
            ("8.20957364008659e-10", false),
            ("7.2965725192102795", false),
            ("747", false),
        ];
        for (number, rounded) in cases {
            let mut losses = Losses::default();
            count_text("n", &Value::Number(number.into()), &mut losses);
            let counted: Vec<_> = losses.iter().map(|(_, loss, _)| loss).collect();
            let expected = if rounded { vec![Loss::Type, Loss::Rounded] } else { vec![Loss::Type] };
            assert_eq!(counted, expected, "{number}");
        }
    }
}
