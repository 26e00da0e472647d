//! What of an entry matters to an investigation, taken out of it where lines are read side by side: what is left to do one
//! entry after the other is little.

use std::borrow::Cow;

use super::occurrence::name;
use crate::entry::{Format, LogTime};
use crate::event::{CODE_GENERAL, Event, Level, NoEvent, Text, Value};
use crate::record::Record;

/// A line as it is investigated.
#[derive(Debug)]
pub(super) enum LineFacts<'a> {
    /// Nothing but blanks.
    Blank,
    /// No entry of Acra's, or one that is too long to be read.
    Other,
    /// An entry.
    Entry(EntryFacts<'a>),
}

/// What of an entry matters.
#[derive(Debug)]
pub(super) struct EntryFacts<'a> {
    pub(super) format: Format,
    pub(super) time: Option<LogTime>,
    pub(super) level: Level,
    /// Never the filler of cef (events, trap 1).
    pub(super) code: Option<u16>,
    pub(super) client: Option<Cow<'a, [u8]>>,
    pub(super) session: Option<Cow<'a, [u8]>>,
    pub(super) product: Option<Cow<'a, [u8]>>,
    pub(super) message: Cow<'a, [u8]>,
    pub(super) error: Option<Cow<'a, [u8]>>,
    pub(super) sealed: bool,
    pub(super) sign: Option<Sign>,
}

/// What a message says about the course of the service and of its sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// A service starts (events, trap 5).
    StartUp(Box<ServiceStart>),
    /// A service stops, or makes room for a new instance of itself (events, trap 10).
    Stop,
    /// Somebody connects, from this place in the message on (events, trap 6).
    Connection(usize),
    /// A connection becomes a session.
    SessionBegins,
    /// The last entry of a session.
    SessionEnds,
    /// A service ends itself, because a poison record was read.
    PoisonShutdown,
    /// Poison records are not looked for, since there are no keys to recognise them with.
    PoisonCheckSkipped,
}

/// What a start-up line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ServiceStart {
    pub(super) service: String,
    pub(super) pid: String,
    pub(super) version: Option<String>,
}

impl<'a> LineFacts<'a> {
    /// What of a line matters.
    pub(super) fn of(record: Record<'a>) -> Self {
        match record.into_event() {
            Ok(event) => Self::Entry(EntryFacts::of(event)),
            Err(NoEvent::Blank) => Self::Blank,
            Err(_) => Self::Other,
        }
    }
}

impl<'a> EntryFacts<'a> {
    /// Takes out of an entry what matters.
    pub(super) fn of(event: Event<'a>) -> Self {
        Self {
            format: event.format,
            time: event.moment.as_ref().map(|moment| moment.time),
            level: event.level,
            code: event.code().filter(|code| *code != CODE_GENERAL),
            client: event.client().map(bytes),
            session: event.session().map(bytes),
            error: event.field("error").map(bytes),
            sealed: event.seal.is_some(),
            sign: Sign::of(&event),
            product: event.product.map(|product| product.0),
            message: event.message.0,
        }
    }
}

fn bytes<'a>(value: &Value<'a>) -> Cow<'a, [u8]> {
    match value {
        Value::Text(Text(text)) => text.clone(),
        Value::Number(Cow::Borrowed(json)) | Value::Json(Cow::Borrowed(json)) => Cow::Borrowed(json.as_bytes()),
        Value::Number(Cow::Owned(json)) | Value::Json(Cow::Owned(json)) => Cow::Owned(json.clone().into_bytes()),
    }
}

impl Sign {
    fn of(event: &Event<'_>) -> Option<Self> {
        let message = event.message.as_bytes();
        Some(match message.first()? {
            b'S' if !message.starts_with(b"Skip") => {
                let (service, pid) = event.started_service()?;
                let version = event.version.as_ref().map(|version| name(version.as_bytes()));
                Self::StartUp(Box::new(ServiceStart {
                    service: name(service.as_bytes()),
                    pid: name(pid.as_bytes()),
                    version,
                }))
            }
            b'R' if message.starts_with(b"Received incoming SIGTERM or SIGINT signal") => Self::Stop,
            b'R' if message.starts_with(b"Received incoming SIGHUP signal") => Self::Stop,
            // Whichever service it is: `Got new connection to AcraServer: 10.20.1.7:51034`.
            b'G' if message.starts_with(b"Got new connection to ") => {
                Self::Connection(memchr::memmem::find(message, b": ")? + 2)
            }
            b'H' if message == b"Handle client's connection" => Self::SessionBegins,
            b'D' | b'd' if message[1..].starts_with(b"etected poison record, exit") => Self::PoisonShutdown,
            b'S' if message.starts_with(b"Skip poison record check due to a lack of poison keys") => {
                Self::PoisonCheckSkipped
            }
            b'F' if message == b"Finished processing client's connection" => Self::SessionEnds,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign(message: &str) -> Option<Sign> {
        let line = format!("time=\"2025-03-14T00:00:00Z\" level=info msg=\"{message}\" version=0.96.0");
        EntryFacts::of(Event::read(line.as_bytes()).expect("an entry")).sign
    }

    #[test]
    fn messages_are_signs_only_as_acra_writes_them() {
        let start_up =
            ServiceStart { service: "a".to_owned(), pid: "7".to_owned(), version: Some("0.96.0".to_owned()) };
        let cases = [
            ("Starting service a [pid=7]", Some(Sign::StartUp(Box::new(start_up)))),
            ("Received incoming SIGTERM or SIGINT signal", Some(Sign::Stop)),
            ("Received incoming SIGHUP signal", Some(Sign::Stop)),
            ("Received incoming SIGUSR1 signal", None),
            ("Got new connection to AcraServer: 10.20.1.7:51034", Some(Sign::Connection(34))),
            ("Got new connection to AcraServer", None),
            ("Handle client's connection", Some(Sign::SessionBegins)),
            ("Handle client's connection ...", None),
            ("Finished processing client's connection", Some(Sign::SessionEnds)),
            ("Detected poison record, exit", Some(Sign::PoisonShutdown)),
            ("detected poison record, exit", Some(Sign::PoisonShutdown)),
            ("detected poison record, run script - /a", None),
            ("Skip poison record check due to a lack of poison keys", Some(Sign::PoisonCheckSkipped)),
            ("Skip poison record check due to empty callbacks", None),
            ("a Received incoming SIGHUP signal", None),
            ("", None),
        ];
        for (message, wanted) in cases {
            assert_eq!(sign(message), wanted, "{message}");
        }
    }

    #[test]
    fn the_filler_of_cef_is_no_code_and_numbers_are_read_as_text() {
        let cef = Event::read(b"CEF:0|cossacklabs|acra-server|0.96.0|100|m|1|session_id=7 unixTime=1.000 ");
        let json = Event::read(br#"{"code":560,"level":"error","msg":"m","session_id":7,"unixTime":"1.000"}"#);
        let seen: Vec<_> = [cef, json]
            .into_iter()
            .map(|event| {
                let notice = EntryFacts::of(event.expect("an entry"));
                (notice.code, notice.session.map(|session| session.into_owned()))
            })
            .collect();
        assert_eq!(seen, [(None, Some(b"7".to_vec())), (Some(560), Some(b"7".to_vec()))]);
    }
}
