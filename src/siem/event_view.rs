//! What an event says to every format: what the catalogue has on its code, who logged it, and which field has which role.
//! Where each of them goes is left to the formats.

use super::{LogRecord, Loss, Losses, Settings, SeverityScale};
use crate::event::catalogue::{self, CatalogueEntry};
use crate::event::{CODE_GENERAL, Event, Field, Level, Text, Value, canonical_key};

/// The vendor, as Acra writes it.
pub(super) const VENDOR: &str = "cossacklabs";
/// What stands where something is required that the log does not have.
pub(super) const UNKNOWN: &str = "unknown";
/// What the product is called when nobody says it.
pub(super) const PRODUCT_UNKNOWN: &str = "acra";
/// What the name of an event without a code is cut to: CEF has room for 512 characters, and `msg` has all of it.
pub(super) const NAME_BYTES_MAX: usize = 512;
/// The most digits of a process id.
const PID_DIGITS_MAX: usize = 10;

/// A field that may have a place of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldRole {
    Code,
    Client,
    Session,
    Error,
    Sql,
    Operation,
    Trace,
    Span,
}

const ROLES: usize = 8;

impl FieldRole {
    fn named(key: &[u8]) -> Option<Self> {
        Some(match canonical_key(key) {
            b"code" => Self::Code,
            b"client_id" => Self::Client,
            b"session_id" => Self::Session,
            b"error" => Self::Error,
            b"sql" => Self::Sql,
            b"operation" => Self::Operation,
            // Acra's own spelling, and those of libraries for tracing.
            b"trace_id" | b"traceID" | b"traceId" | b"TraceID" | b"TraceId" | b"traceid" | b"trace.id" => Self::Trace,
            b"span_id" | b"spanID" | b"spanId" | b"SpanID" | b"SpanId" | b"spanid" | b"span.id" => Self::Span,
            _ => return None,
        })
    }

    /// Whether a value is what the role demands in formats that have types.
    fn fits(self, value: &Value<'_>) -> bool {
        let typed = match self {
            Self::Code => true,
            Self::Client | Self::Session => !matches!(value, Value::Json(_)),
            Self::Error | Self::Sql | Self::Operation | Self::Trace | Self::Span => matches!(value, Value::Text(_)),
        };
        typed && !value.as_bytes().is_empty()
    }
}

/// What is known of a record.
pub(super) struct Facts<'r> {
    pub(super) event: &'r Event<'r>,
    /// The row of its code; that of 100 when it has none, or one Acra does not have.
    pub(super) row: &'static CatalogueEntry,
    pub(super) code: Option<u16>,
    /// On the scale of CEF, 0 to 10.
    pub(super) severity: u8,
    /// Whether it tells of something that failed.
    pub(super) failed: bool,
    pub(super) product: Option<&'r [u8]>,
    pub(super) version: Option<&'r [u8]>,
    /// Where the field of each role stands.
    places: [Option<usize>; ROLES],
}

impl<'r> Facts<'r> {
    /// For formats of texts: the first field of a name has its role.
    pub(super) fn of(record: &LogRecord<'r>, settings: &'r Settings) -> Self {
        Self::read(record, settings, |_, _| true)
    }

    /// For formats with types: only a field whose value is what the role demands has it. Any other one keeps its name and
    /// its type.
    pub(super) fn typed(record: &LogRecord<'r>, settings: &'r Settings) -> Self {
        Self::read(record, settings, FieldRole::fits)
    }

    fn read(record: &LogRecord<'r>, settings: &'r Settings, fits: impl Fn(FieldRole, &Value<'_>) -> bool) -> Self {
        let event = record.event;
        let mut places = [None; ROLES];
        for (at, field) in event.fields.iter().enumerate() {
            if let Some(role) = FieldRole::named(field.key.as_bytes()).filter(|role| fits(*role, &field.value)) {
                let place = &mut places[role as usize];
                // A field by another name must not speak for the client where there is one that is named so.
                let is_named_so = |at: usize| {
                    let key = event.fields[at].key.as_bytes();
                    canonical_key(key) == key
                };
                if place.is_none_or(|first| is_named_so(at) && !is_named_so(first)) {
                    *place = Some(at);
                }
            }
        }
        let code = event.code();
        if code.is_none() {
            // It is there and no code: a field like any other.
            places[FieldRole::Code as usize] = None;
        }
        let row = code.and_then(catalogue::find).unwrap_or_else(general);
        let of_level = event.level.cef_severity();
        Self {
            event,
            row,
            code,
            severity: match settings.severity {
                SeverityScale::Catalogue => row.severity.unwrap_or(of_level),
                SeverityScale::Acra => of_level,
            },
            // The row of 100 says nothing of the outcome: there the level decides.
            failed: row.ecs.outcome == "failure" || (row.code == CODE_GENERAL && event.level >= Level::Error),
            product: product(event, settings),
            version: event.version.as_ref().map(Text::as_bytes).and_then(stated),
            places,
        }
    }

    pub(super) fn value(&self, role: FieldRole) -> Option<&'r Value<'r>> {
        self.places[role as usize].map(|at| &self.event.fields[at].value)
    }

    /// The value that has a role, as text.
    pub(super) fn text(&self, role: FieldRole) -> Option<&'r [u8]> {
        self.value(role).map(Value::as_bytes)
    }

    /// The client where only texts are allowed.
    pub(super) fn client(&self, losses: &mut Losses) -> Option<&'r [u8]> {
        let client = self.value(FieldRole::Client)?;
        if matches!(client, Value::Number(_)) {
            losses.add("client_id", Loss::Type);
        }
        Some(client.as_bytes())
    }

    /// The fields that take none of these roles; repeated ones are among them.
    pub(super) fn rest(&self, carried: &[FieldRole]) -> impl Iterator<Item = &'r Field<'r>> + Clone + use<'r> {
        let mut taken = [None; ROLES];
        carried.iter().for_each(|role| taken[*role as usize] = self.places[*role as usize]);
        let fields = self.event.fields.iter().enumerate();
        fields.filter(move |(at, _)| !taken.contains(&Some(*at))).map(|(_, field)| field)
    }

    /// The code; 100 when there is none, as Acra writes it.
    pub(super) fn code_or_general(&self) -> u16 {
        self.code.unwrap_or(CODE_GENERAL)
    }

    /// What the catalogue says of the code, unless that is what it says of every event without one.
    pub(super) fn special_row(&self) -> Option<&'static CatalogueEntry> {
        Some(self.row).filter(|row| row.code != CODE_GENERAL)
    }

    /// The group of its code; none of a code that Acra does not have.
    pub(super) fn group(&self) -> Option<&'static str> {
        (self.row.code == self.code_or_general()).then_some(self.row.group)
    }

    /// A name that many events share: that of the code, or the words of the message before anything that varies.
    pub(super) fn name(&self) -> &'r [u8] {
        match self.special_row() {
            Some(row) => row.title.as_bytes(),
            None => beginning(stem(self.event.message.as_bytes()), NAME_BYTES_MAX),
        }
    }
}

/// The row of entries without a code.
fn general() -> &'static CatalogueEntry {
    // A test of the catalogue's holds every row to being there, 100 first.
    &catalogue::all()[0]
}

/// The name of the service: its own, or the one that was given for the run.
pub(super) fn product<'r>(event: &'r Event<'_>, settings: &'r Settings) -> Option<&'r [u8]> {
    let own = event.product.as_ref().map(Text::as_bytes).and_then(stated);
    own.or(settings.product.as_deref().map(str::as_bytes).and_then(stated))
}

/// The number of the process, which only the first line of a run states.
pub(super) fn pid<'r>(event: &'r Event<'_>) -> Option<&'r [u8]> {
    event.started_service().map(|(_, pid)| pid.as_bytes()).filter(|pid| pid.len() <= PID_DIGITS_MAX)
}

/// A text with something in it.
fn stated(text: &[u8]) -> Option<&[u8]> {
    (!text.trim_ascii().is_empty()).then_some(text)
}

/// A value that the format requires: a placeholder where the log has none.
pub(super) fn required<'a>(
    value: Option<&'a [u8]>,
    placeholder: &'a str,
    field: &str,
    losses: &mut Losses,
) -> &'a [u8] {
    value.unwrap_or_else(|| {
        losses.add(field, Loss::MadeUp);
        placeholder.as_bytes()
    })
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

/// The beginning of a text, up to a whole character.
pub(super) fn beginning(text: &[u8], bytes_max: usize) -> &[u8] {
    if text.len() <= bytes_max {
        return text;
    }
    let is_start = |at: &usize| text[*at] & 0xc0 != 0x80;
    let end = (bytes_max.saturating_sub(3)..=bytes_max).rev().find(is_start);
    &text[..end.unwrap_or(bytes_max)]
}

#[cfg(test)]
mod tests;
