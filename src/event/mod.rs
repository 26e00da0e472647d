//! An entry as an event: typed fields whatever the format (audit log, section 2), and the catalogue of what codes mean.
//! Whether the entry is genuine is left to `verdict`; which events are wanted, to `query`; other formats, to `siem`.

pub mod catalogue;
mod json;
mod service;
mod text;
mod value;

use schemars::JsonSchema;
use strum::{IntoStaticStr, VariantArray};

use crate::entry::{Format, Marker, Seal, without_trailing_blanks};

pub use service::{START_UP_WORDS, Service};
pub use value::{Field, Moment, Precision, Text, Value, canonical_key};

/// The code that cef carries when an event has none (events, trap 1); as a code of its own it says as little.
pub const CODE_GENERAL: u16 = 100;

/// Fields that most entries have at most, so that their vector is made once.
const FIELDS_USUAL: usize = 8;

/// One entry, typed. Borrows from its line wherever the line says things as they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Event<'a> {
    /// The format it was read from.
    pub format: Format,
    /// When it was logged; None when the entry does not say so in a form that can be read.
    pub moment: Option<Moment<'a>>,
    /// Its level.
    pub level: Level,
    /// Its message; empty when it has none.
    pub message: Text<'a>,
    /// The name of the service. plaintext never has it.
    pub product: Option<Text<'a>>,
    /// The version of the service. plaintext has it in the start-up line only.
    pub version: Option<Text<'a>>,
    /// All other fields in the order of the line, `code`, client and session among them; never the seal and the mark of a
    /// chain's start. A key may be there more than once in text formats only.
    pub fields: Vec<Field<'a>>,
    /// The seal, when there is a well-formed one in its place.
    pub seal: Option<Seal>,
    /// Whether it carries the mark of a chain's first entry.
    pub marker: Marker,
}

/// Why a line is no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoEvent {
    /// Nothing but blanks.
    Blank,
    /// It begins as no entry does.
    Foreign,
    /// It begins like an entry and is none: torn, damaged, or written by somebody else.
    Malformed,
}

impl<'a> Event<'a> {
    /// Reads one line without its terminator.
    ///
    /// # Errors
    /// When the line is no entry of Acra's.
    pub fn read(line: &'a [u8]) -> Result<Self, NoEvent> {
        Self::read_as(line, None)
    }

    /// Reads one line of a format that is insisted on; None is any.
    ///
    /// # Errors
    /// When the line is no entry of Acra's in this format.
    pub fn read_as(line: &'a [u8], wanted: Option<Format>) -> Result<Self, NoEvent> {
        let line = without_trailing_blanks(line);
        if line.is_empty() {
            return Err(NoEvent::Blank);
        }
        let format = Format::sniff(line).filter(|format| wanted.is_none_or(|wanted| wanted == *format));
        let event = match format.ok_or(NoEvent::Foreign)? {
            Format::Plaintext => text::read_plaintext(line),
            Format::Json => json::read(line),
            Format::Cef => text::read_cef(line),
        };
        event.ok_or(NoEvent::Malformed)
    }

    /// The field that marks a line which is no entry.
    const UNPARSED: &'static str = "acralog_unparsed";

    /// What stands for a line that is no entry where it is passed on all the same: an event that says so in the field
    /// `acralog_unparsed`, and whose message is the line.
    pub fn of_foreign_line(line: &'a [u8]) -> Self {
        Self {
            format: Format::Plaintext,
            moment: None,
            level: Level::Info,
            message: Text::borrowed(line),
            product: None,
            version: None,
            fields: vec![Field { key: Text::from(Self::UNPARSED), value: Value::Text(Text::from("true")) }],
            seal: None,
            marker: Marker::Middle,
        }
    }

    /// Puts `_in_log` behind the names of fields that are called as what a run of this program says of an entry is called:
    /// no field of a log may pass for it. `renamed` is told each name as it was.
    pub fn rename_impostors(&mut self, mut renamed: impl FnMut(&str)) {
        for field in self.fields.iter_mut().filter(|field| is_name_of_ours(field.key.as_bytes())) {
            renamed(&field.key.to_str());
            field.key = Text::owned([field.key.as_bytes(), b"_in_log"].concat());
        }
    }

    /// The same event on its own, without its line.
    pub fn into_owned<'b>(self) -> Event<'b> {
        let own = |text: Text<'_>| Text::owned(text.0.into_owned());
        let own_field = |field: Field<'_>| Field { key: own(field.key), value: field.value.into_owned() };
        Event {
            format: self.format,
            moment: self.moment.map(|moment| Moment {
                time: moment.time,
                precision: moment.precision,
                rfc3339: moment.rfc3339.map(own),
            }),
            level: self.level,
            message: own(self.message),
            product: self.product.map(own),
            version: self.version.map(own),
            fields: self.fields.into_iter().map(own_field).collect(),
            seal: self.seal,
            marker: self.marker,
        }
    }

    /// Whether this is the line a service starts with, `Starting service <name> [pid=<number>]`; a run begins here
    /// (events, trap 5). It is the only line that names the version in plaintext.
    pub fn is_start_up(&self) -> bool {
        self.started_service().is_some()
    }

    /// The name and the process id in the line a service starts with.
    pub fn started_service(&self) -> Option<(&str, &str)> {
        let service = self.message.as_bytes().strip_prefix(b"Starting service ")?;
        let (name, rest) = std::str::from_utf8(service).ok()?.split_once(" [pid=")?;
        let (pid, _) = rest.split_once(']').filter(|(_, behind)| behind.is_empty())?;
        let plain = !pid.is_empty() && pid.bytes().all(|byte| byte.is_ascii_digit()) && !name.contains(' ');
        plain.then_some((name, pid))
    }

    /// The event code; None when the entry has none, which is the normal case.
    pub fn code(&self) -> Option<u16> {
        self.fields.iter().find(|field| field.key.as_bytes() == b"code")?.value.as_code()
    }

    /// The client, under whichever of its spellings (events, trap 4).
    pub fn client(&self) -> Option<&Value<'a>> {
        self.field("client_id")
    }

    /// The session: a number that restarts with the service (events, trap 5).
    pub fn session(&self) -> Option<&Value<'a>> {
        self.field("session_id")
    }

    /// The value of a field by its canonical key. Of several, the first one that is spelled so counts, and another
    /// spelling only where there is none: a field by another name must not speak for the client.
    pub fn field(&self, key: &str) -> Option<&Value<'a>> {
        self.place(key.as_bytes()).map(|at| &self.fields[at].value)
    }

    /// Where the field of a canonical key stands.
    fn place(&self, key: &[u8]) -> Option<usize> {
        let named = |of: fn(&[u8]) -> &[u8]| self.fields.iter().position(|field| of(field.key.as_bytes()) == key);
        named(|key| key).or_else(|| named(canonical_key))
    }

    /// All values of a field by its canonical key. An entry may have a client under more than one of its spellings.
    pub fn values<'e, 'k>(&'e self, key: &'k [u8]) -> impl Iterator<Item = &'e Value<'a>> + use<'e, 'k, 'a> {
        let wanted = move |field: &&Field<'a>| canonical_key(field.key.as_bytes()) == key;
        self.fields.iter().filter(wanted).map(|field| &field.value)
    }

    /// The fields that neither [`Event::code`] nor [`Event::client`] nor [`Event::session`] tells: a second client and a
    /// code that is none are among them.
    pub fn other_fields(&self) -> impl Iterator<Item = &Field<'a>> {
        let code = if self.code().is_some() { self.place(b"code") } else { None };
        let told = [code, self.place(b"client_id"), self.place(b"session_id")];
        self.fields.iter().enumerate().filter(move |(at, _)| !told.contains(&Some(*at))).map(|(_, field)| field)
    }
}

/// Whether a name, however it is spelled, is one of those under which this program tells what it found out.
fn is_name_of_ours(key: &[u8]) -> bool {
    const WHOLE: [&[u8]; 5] = [b"verified", b"chainid", b"chainposition", b"keyfingerprint", b"integritystatus"];
    const BEGINNINGS: [&[u8]; 2] = [b"acralog", b"integrity"];
    // Every field of every event is asked for: the first two letters tell nearly all of them apart.
    const FIRST: [[u8; 2]; 5] = [*b"ac", *b"in", *b"ve", *b"ch", *b"ke"];
    let mut letters = key.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase);
    let Some(first) = letters.next().zip(letters.next()).map(|(one, two)| [one, two]) else { return false };
    if !FIRST.contains(&first) {
        return false;
    }
    let name: Vec<u8> = first.into_iter().chain(letters).collect();
    // `acra_` stands before names of ours in some formats.
    let bare = name.strip_prefix(b"acra").unwrap_or(&name);
    // The seal itself is the log's own.
    let begins = |beginning: &&[u8]| name.strip_prefix(*beginning).is_some_and(|rest| !rest.is_empty());
    BEGINNINGS.iter().any(begins) || WHOLE.contains(&bare)
}

/// How serious the service itself finds an entry. The order is the order of severity.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    JsonSchema,
    IntoStaticStr,
    VariantArray,
)]
#[strum(serialize_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// `trace`
    Trace,
    /// `debug`
    Debug,
    /// `info`
    Info,
    /// `warning`
    Warning,
    /// `error`
    Error,
    /// `fatal`
    Fatal,
    /// `panic`
    Panic,
}

impl Level {
    /// Every level, the least severe first.
    pub const ALL: [Self; 7] = *Self::VARIANTS.as_array().expect("as many as there are variants");

    /// The word in plaintext and json.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The level with this name.
    pub fn named(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"trace" => Self::Trace,
            b"debug" => Self::Debug,
            b"info" => Self::Info,
            b"warning" => Self::Warning,
            b"error" => Self::Error,
            b"fatal" => Self::Fatal,
            b"panic" => Self::Panic,
            _ => return None,
        })
    }

    /// The severity in Acra's cef, which has no place of its own for `trace` (audit log, section 2).
    pub fn cef_severity(self) -> u8 {
        match self {
            Self::Trace | Self::Debug => 0,
            Self::Info => 1,
            Self::Warning => 3,
            Self::Error => 6,
            Self::Fatal => 8,
            Self::Panic => 10,
        }
    }

    /// The level that Acra's cef means by a severity.
    pub fn of_cef_severity(severity: &[u8]) -> Option<Self> {
        Some(match severity {
            b"0" => Self::Debug,
            b"1" => Self::Info,
            b"3" => Self::Warning,
            b"6" => Self::Error,
            b"8" => Self::Fatal,
            b"10" => Self::Panic,
            _ => return None,
        })
    }

    /// The severity of RFC 5424, section 6.2.1 (syslog and GELF).
    pub fn syslog_severity(self) -> u8 {
        match self {
            Self::Panic => 0,
            Self::Fatal => 2,
            Self::Error => 3,
            Self::Warning => 4,
            Self::Info => 6,
            Self::Debug | Self::Trace => 7,
        }
    }
}

#[cfg(test)]
mod tests;
