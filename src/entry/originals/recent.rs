//! The values that fields had in the lines above, and what numbers and times may have been. How they stand in a line is left to
//! `originals`.

use std::collections::HashSet;

/// Values that are kept of one field.
const VALUES_MAX: usize = 512;

/// Fields that are kept.
const FIELDS_MAX: usize = 64;

/// The levels (audit log, section 2).
const LEVELS: [&str; 6] = ["debug", "info", "warning", "error", "fatal", "panic"];
/// The same in json.
const QUOTED_LEVELS: [&str; 6] = ["\"debug\"", "\"info\"", "\"warning\"", "\"error\"", "\"fatal\"", "\"panic\""];
/// The same as severities of cef, and how `originals` calls that part of the header.
const SEVERITIES: [&str; 6] = ["0", "1", "3", "6", "8", "10"];
const SEVERITY: &[u8] = b"|6";

/// Numbers up to here are all tried: sessions, codes.
const NUMBERS_MAX: u32 = 10_000;

/// Digits of a name that are all tried, and bytes of such a name.
const DIGITS_MAX: usize = 4;
const NAME_BYTES_MAX: usize = 64;

/// Seconds behind the entry above that are tried for a time of whole ones.
const SECONDS_MAX: u32 = 600;

/// The same for a time in milliseconds.
const MS_SECONDS_MAX: u64 = 8;

/// The values of fields, the latest first.
#[derive(Debug, Default)]
pub struct FieldValues {
    /// In the order in which they were met.
    fields: Vec<(Vec<u8>, Vec<Vec<u8>>)>,
    seen: HashSet<(usize, Vec<u8>)>,
}

impl FieldValues {
    /// Takes in the fields of one more line, older than those before.
    pub(super) fn add<'a>(&mut self, fields: impl Iterator<Item = (&'a [u8], &'a [u8])>) {
        for (name, value) in fields {
            let index = match self.fields.iter().position(|(known, _)| known == name) {
                Some(index) => index,
                None if self.fields.len() == FIELDS_MAX => continue,
                None => {
                    self.fields.push((name.to_vec(), Vec::new()));
                    self.fields.len() - 1
                }
            };
            let values = &mut self.fields[index].1;
            if values.len() < VALUES_MAX && self.seen.insert((index, value.to_vec())) {
                values.push(value.to_vec());
            }
        }
    }

    /// Of one field.
    pub(super) fn of(&self, name: &[u8]) -> impl Iterator<Item = &[u8]> {
        let found = self.fields.iter().find(|(known, _)| known == name);
        found.into_iter().flat_map(|(_, values)| values.iter().map(Vec::as_slice))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u8], &[Vec<u8>])> {
        self.fields.iter().map(|(name, values)| (name.as_slice(), values.as_slice()))
    }
}

/// What a number or a time may have been.
#[derive(Debug)]
pub(super) enum Guesses {
    /// No number and no time.
    None,
    /// The few values that a field has.
    Words(std::slice::Iter<'static, &'static str>),
    /// Small numbers.
    Numbers(std::ops::Range<u32>),
    /// As many digits as stand in a name, between what stands around them: `client-035`.
    Digits(Vec<u8>, std::ops::Range<u32>, usize, Vec<u8>),
    /// Times of day from one on, in seconds, between what stands around them.
    Seconds(Vec<u8>, std::ops::Range<u32>, Vec<u8>),
    /// Milliseconds since the epoch, in quotes or not.
    Milliseconds(std::ops::Range<u64>, &'static str),
}

impl Guesses {
    /// By the value as it stands, and that of the same field in the line above.
    pub(super) fn of(name: &[u8], value: &[u8], above: Option<&[u8]>) -> Self {
        match name {
            b"level" if value.starts_with(b"\"") => return Self::Words(QUOTED_LEVELS.iter()),
            b"level" => return Self::Words(LEVELS.iter()),
            SEVERITY => return Self::Words(SEVERITIES.iter()),
            _ => {}
        }
        if !value.is_empty() && value.len() <= 5 && value.iter().all(u8::is_ascii_digit) {
            return Self::Numbers(0..NUMBERS_MAX);
        }
        if let Some(digits) = Self::of_name(value) {
            return digits;
        }
        let Some(above) = above else { return Self::None };
        Self::of_time(above).or_else(|| Self::of_milliseconds(above)).unwrap_or(Self::None)
    }

    /// A name whose only number is short.
    fn of_name(value: &[u8]) -> Option<Self> {
        let end = value.iter().rposition(u8::is_ascii_digit)? + 1;
        let begin = value[..end].iter().rposition(|byte| !byte.is_ascii_digit())? + 1;
        let (before, digits, after) = (&value[..begin], end - begin, &value[end..]);
        let is_name = value.len() <= NAME_BYTES_MAX && digits <= DIGITS_MAX && !before.iter().any(u8::is_ascii_digit);
        is_name.then(|| Self::Digits(before.to_vec(), 0..10_u32.pow(digits as u32), digits, after.to_vec()))
    }

    /// `2025-03-14T00:00:02Z`, whatever stands around it.
    fn of_time(above: &[u8]) -> Option<Self> {
        let at = memchr::memchr(b'T', above)?;
        let time = above.get(at + 1..at + 9)?;
        let day = above[..at].iter().filter(|byte| **byte == b'-').count();
        let digits = |at: usize| std::str::from_utf8(time.get(at..at + 2)?).ok()?.parse::<u32>().ok();
        (day == 2 && time[2] == b':' && time[5] == b':').then_some(())?;
        let second = digits(0)? * 3600 + digits(3)? * 60 + digits(6)?;
        let seconds = second..(second + SECONDS_MAX).min(24 * 3600);
        Some(Self::Seconds(above[..=at].to_vec(), seconds, above[at + 9..].to_vec()))
    }

    /// `1741910400.368`.
    fn of_milliseconds(above: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(above).ok()?;
        let (bare, quote) = match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
            Some(bare) => (bare, "\""),
            None => (text, ""),
        };
        let (seconds, ms) = bare.split_once('.')?;
        let is_number = |text: &str, digits: usize| text.len() == digits && text.bytes().all(|it| it.is_ascii_digit());
        (is_number(seconds, 10) && is_number(ms, 3)).then_some(())?;
        let ms = seconds.parse::<u64>().ok()? * 1000 + ms.parse::<u64>().ok()?;
        Some(Self::Milliseconds(ms..ms + MS_SECONDS_MAX * 1000, quote))
    }
}

impl Iterator for Guesses {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        match self {
            Self::None => None,
            Self::Words(words) => words.next().map(|word| word.as_bytes().to_vec()),
            Self::Numbers(numbers) => Some(numbers.next()?.to_string().into_bytes()),
            Self::Digits(before, numbers, digits, after) => {
                let number = format!("{:0digits$}", numbers.next()?);
                Some([before, number.as_bytes(), after].concat())
            }
            Self::Seconds(before, seconds, after) => {
                let second = seconds.next()?;
                let time = format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
                Some([before, time.as_bytes(), after].concat())
            }
            Self::Milliseconds(times, quote) => {
                let ms = times.next()?;
                Some(format!("{quote}{}.{:03}{quote}", ms / 1000, ms % 1000).into_bytes())
            }
        }
    }
}
