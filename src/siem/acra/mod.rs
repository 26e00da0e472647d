//! Entries as Acra itself writes them, byte for byte what its formatters print for the same event, but without a seal: a
//! seal belongs to the bytes it was made for. Every entry is written unsigned, as those of a starting service are.

mod cef;
mod go_value;
mod json;
mod plaintext;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use super::{LogRecord, Loss, Losses, Settings, Writer};
use crate::entry::Format;
use crate::event::{Event, Field, Moment, Precision};

/// Writes one of Acra's own formats.
pub struct AcraWriter {
    format: Format,
    settings: Settings,
}

impl AcraWriter {
    /// Writes entries of this format.
    pub fn new(format: Format, settings: Settings) -> Self {
        Self { format, settings }
    }
}

impl Writer for AcraWriter {
    fn write(&self, record: &LogRecord<'_>, out: &mut Vec<u8>, losses: &mut Losses) {
        let event = record.event;
        if event.seal.is_some() {
            losses.add("integrity", Loss::LeftOut);
        }
        match self.format {
            Format::Plaintext => plaintext::write(event, out, losses),
            Format::Json => json::write(event, &self.settings, out, losses),
            Format::Cef => cef::write(event, &self.settings, out, losses),
        }
    }
}

/// The fields in byte order of their keys, as all three formats want them.
fn sorted<'e, 'a>(event: &'e Event<'a>) -> Vec<&'e Field<'a>> {
    let mut fields: Vec<_> = event.fields.iter().collect();
    if !fields.is_sorted_by_key(|field| &field.key) {
        // Stable: fields with the same key stay in their order.
        fields.sort_by_key(|field| &field.key);
    }
    fields
}

/// The text a field is known by in a report of losses.
fn name_of(field: &Field<'_>) -> String {
    field.key.to_str().into_owned()
}

/// Appends `<seconds>.<milliseconds>`, the time in json and cef.
fn push_unix_time(moment: &Moment<'_>, out: &mut Vec<u8>, losses: &mut Losses) {
    if moment.precision == Precision::Seconds {
        losses.add("unixTime", Loss::MadeUp);
    }
    push_number(moment.time.unix_ms.div_euclid(1000), out);
    out.push(b'.');
    out.extend(moment.time.millisecond_digits());
}

fn push_number(number: i64, out: &mut Vec<u8>) {
    use std::io::Write as _;
    // Writing to memory cannot fail.
    let _ = write!(out, "{number}");
}

/// The RFC 3339 text of an event's time in whole seconds: the entry's own, or one in UTC.
fn rfc3339<'m>(moment: &'m Moment<'_>, losses: &mut Losses) -> Cow<'m, [u8]> {
    if let Some(text) = &moment.rfc3339 {
        return text.as_bytes().into();
    }
    losses.add("time", Loss::Zone);
    moment.time.whole_seconds().to_string().into_bytes().into()
}
