//! What every text format asks of an event: which field has which part in it, and what the catalogue says of its code.

use super::clock::has_zone;
use super::{Loss, Losses, Settings, SeverityScale};
use crate::event::{CODE_GENERAL, Event, Field, Text, Value, canonical_key, catalogue};

/// What the product is called when nobody says it.
pub(super) const PRODUCT_UNKNOWN: &[u8] = b"acra";
/// The version when nobody says it.
pub(super) const VERSION_UNKNOWN: &[u8] = b"unknown";
/// Beyond this a json number has lost digits already (events, trap 9).
const EXACT_MAX: f64 = (1_u64 << 53) as f64;
/// What the name of an event without a code is cut to: CEF has room for 512 characters, and `msg` has all of it.
const NAME_BYTES_MAX: usize = 512;

/// The fields that have a part of their own.
#[derive(Clone, Copy)]
pub(super) enum Part {
    Code,
    Client,
    Session,
    Error,
    Sql,
    Operation,
}

const PARTS: usize = 6;

/// An event, read once.
pub(super) struct View<'a> {
    pub(super) event: &'a Event<'a>,
    /// Its code; 100 when it has none, as Acra writes it.
    pub(super) code: u16,
    /// What the catalogue says of the code.
    pub(super) entry: Option<&'static catalogue::Entry>,
    /// Where the first field of each part stands.
    places: [Option<usize>; PARTS],
}

impl<'a> View<'a> {
    pub(super) fn of(event: &'a Event<'a>) -> Self {
        let mut places = [None; PARTS];
        for (at, field) in event.fields.iter().enumerate() {
            let part = match canonical_key(field.key.as_bytes()) {
                b"code" => Part::Code,
                b"client_id" => Part::Client,
                b"session_id" => Part::Session,
                b"error" => Part::Error,
                b"sql" => Part::Sql,
                b"operation" => Part::Operation,
                _ => continue,
            };
            let place = &mut places[part as usize];
            *place = place.or(Some(at));
        }
        let code = event.code();
        if code.is_none() {
            // It is there and no code: a field like any other.
            places[Part::Code as usize] = None;
        }
        let code = code.unwrap_or(CODE_GENERAL);
        Self { event, code, entry: catalogue::find(code), places }
    }

    /// The value of a part.
    pub(super) fn value(&self, part: Part) -> Option<&'a Value<'a>> {
        self.places[part as usize].map(|at| &self.event.fields[at].value)
    }

    /// All fields but those of the given parts; repeated ones are among them.
    pub(super) fn others<const N: usize>(
        &self,
        without: [Part; N],
    ) -> impl Iterator<Item = &'a Field<'a>> + use<'a, N> {
        let taken = without.map(|part| self.places[part as usize]);
        let fields = self.event.fields.iter().enumerate();
        fields.filter(move |(at, _)| !taken.contains(&Some(*at))).map(|(_, field)| field)
    }

    /// The name of the service: its own, or the one that was given for the run.
    pub(super) fn product<'b>(&self, settings: &'b Settings) -> Option<&'b [u8]>
    where
        'a: 'b,
    {
        stated(self.event.product.as_ref()).or(settings.product.as_deref().map(str::as_bytes))
    }

    /// The version of the service.
    pub(super) fn version(&self) -> Option<&'a [u8]> {
        stated(self.event.version.as_ref())
    }

    /// The severity on the scale of CEF.
    pub(super) fn severity(&self, scale: SeverityScale) -> u8 {
        let of_level = self.event.level.cef_severity();
        match scale {
            SeverityScale::Acra => of_level,
            SeverityScale::Catalogue => self.entry.and_then(|entry| entry.severity).unwrap_or(of_level),
        }
    }

    /// A name that many events share: that of the code, or the words of the message before anything that varies.
    pub(super) fn name(&self) -> &'a [u8] {
        match self.entry {
            Some(entry) if entry.code != CODE_GENERAL => entry.title.as_bytes(),
            _ => beginning(stem(self.event.message.as_bytes())),
        }
    }

    /// The number of the process, which only the first line of a run states.
    pub(super) fn pid(&self) -> Option<&'a [u8]> {
        let service = self.event.message.as_bytes().strip_prefix(b"Starting service ")?;
        let mark = memchr::memmem::find(service, b"[pid=")?;
        let number = &service[mark + b"[pid=".len()..];
        let digits = number.iter().position(|byte| !byte.is_ascii_digit())?;
        (number[digits] == b']' && (1..=10).contains(&digits)).then_some(&number[..digits])
    }

    /// Counts what becomes of the time when it is written in UTC.
    pub(super) fn count_time(&self, losses: &mut Losses) {
        if self.event.moment.as_ref().is_some_and(has_zone) {
            losses.add("time", Loss::Zone);
        }
    }
}

/// A value that the format requires: a placeholder where the log has none.
pub(super) fn required<'a>(
    value: Option<&'a [u8]>,
    placeholder: &'a [u8],
    field: &str,
    losses: &mut Losses,
) -> &'a [u8] {
    value.unwrap_or_else(|| {
        losses.add(field, Loss::MadeUp);
        placeholder
    })
}

/// A text with something in it.
fn stated<'a>(text: Option<&'a Text<'_>>) -> Option<&'a [u8]> {
    text.map(Text::as_bytes).filter(|bytes| !bytes.trim_ascii().is_empty())
}

/// The words before the first one that varies, when there are at least two of them; otherwise the whole message.
fn stem(message: &[u8]) -> &[u8] {
    let varies = |word: &[u8]| word.iter().any(|byte| byte.is_ascii_digit() || b"[]{}'\"`=/@<>\\".contains(byte));
    let (mut end, mut words) = (0, 0);
    for word in message.split(|byte| *byte == b' ') {
        if varies(word) {
            break;
        }
        end += word.len() + 1;
        words += usize::from(!word.is_empty());
    }
    if words < 2 || end > message.len() { message } else { trim_punctuation(&message[..end]) }
}

fn trim_punctuation(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|byte| !b" :,;-(.".contains(byte));
    end.map_or(text, |last| &text[..=last])
}

/// The beginning of a name, up to a whole character.
pub(super) fn beginning(text: &[u8]) -> &[u8] {
    if text.len() <= NAME_BYTES_MAX {
        return text;
    }
    let is_start = |at: &usize| text[*at] & 0xc0 != 0x80;
    let end = (NAME_BYTES_MAX - 3..=NAME_BYTES_MAX).rev().find(is_start);
    &text[..end.unwrap_or(NAME_BYTES_MAX)]
}

/// Counts what a value loses when it becomes text.
pub(super) fn count_text(field: &str, value: &Value<'_>, losses: &mut Losses) {
    if !matches!(value, Value::Text(_)) {
        losses.add(field, Loss::Type);
    }
    count_rounded(field, value, losses);
}

/// Counts a number that json may have spoiled before it came here.
pub(super) fn count_rounded(field: &str, value: &Value<'_>, losses: &mut Losses) {
    let Value::Number(json) = value else {
        return;
    };
    // Shorter ones are smaller; Go prints larger ones with an exponent.
    let may_be = json.len() >= 16 || json.contains(['e', 'E']);
    if may_be && json.parse::<f64>().is_ok_and(|number| number.abs() > EXACT_MAX) {
        losses.add(field, Loss::Rounded);
    }
}

#[cfg(test)]
mod tests;
