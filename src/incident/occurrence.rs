//! What of an entry matters to an investigation, taken out of it where lines are read side by side; and one thing that
//! happened, as the detectors hand it on: an entry, or the entries of one blocked query. That outlives its line, so it holds
//! no more of it than a report shows.

use std::borrow::Cow;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::report::{Example, Reference, SealCounts, SessionRecord};
use crate::entry::{Format, LogTime, Seal};
use crate::event::{CODE_GENERAL, Event, Level, NoEvent, Text, Value};
use crate::query::{SigmaHits, SigmaRules};
use crate::record::Record;
use crate::verdict::{Integrity, IntegrityStatus};

/// How many characters of a text of the log a report shows.
pub(super) const TEXT_CHARS_MAX: usize = 400;
/// What a text that goes on ends in.
pub(super) const CUT_OFF: &str = " ...";

/// Acra's names of clients are no longer than this.
const NAME_CHARS_MAX: usize = 256;
/// Such a name in UTF-8.
const NAME_BYTES_MAX: usize = 4 * NAME_CHARS_MAX;

/// Lines of a file that are this close to each other are one reference.
const REFERENCE_LINES_APART_MAX: u64 = 64;

/// A line as it is investigated.
#[derive(Debug)]
pub(super) enum LineFacts<'a> {
    /// Nothing but blanks.
    Blank,
    /// No entry of Acra's, or one that is too long to be read.
    Other,
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
    /// What rules of Sigma say of it; None when they say nothing.
    pub(super) sigma: Option<Box<SigmaHits>>,
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
    /// What of a line matters, and what these rules say of it.
    pub(super) fn of(record: Record<'a>, sigma: Option<&SigmaRules>) -> Self {
        match record.into_event() {
            Ok(event) => {
                let hits = sigma.map(|rules| rules.hits(&event)).filter(|hits| !hits.is_empty());
                let sigma = hits.map(Box::new);
                Self::Entry(EntryFacts { sigma, ..EntryFacts::of(event) })
            }
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
            sigma: None,
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

/// Something that counts once.
#[derive(Clone, Debug)]
pub(super) struct Occurrence {
    /// When, in milliseconds; never before an occurrence that was read earlier.
    pub(super) clock: i64,
    /// The client, as the entry or its session names it.
    pub(super) client: Option<Arc<str>>,
    /// The session as it is known by now.
    pub(super) session: Option<SessionMoment>,
    /// What was logged: one entry, or those of one blocked query.
    pub(super) entries: Vec<EntryRef>,
}

/// A session as it was known at one moment. A detector that is busy keeps thousands of them, of few sessions.
#[derive(Clone, Debug)]
pub(super) struct SessionMoment {
    pub(super) session: Arc<SessionIdentity>,
    /// The time of its first entry.
    pub(super) first: Option<LogTime>,
}

/// What is known of a session that hardly ever changes.
#[derive(Clone, Debug, Default)]
pub(super) struct SessionIdentity {
    /// Its run, by number.
    pub(super) run: u64,
    /// Its number in the run, as it is shown.
    pub(super) id: Arc<str>,
    pub(super) client: Option<Arc<str>>,
    pub(super) addresses: Vec<String>,
}

impl SessionIdentity {
    /// The session as it is reported.
    pub(super) fn record(&self, first: Option<LogTime>, last: Option<LogTime>, entries: u64) -> SessionRecord {
        SessionRecord {
            run: self.run,
            session_id: self.id.to_string(),
            client_id: self.client.as_deref().map(str::to_owned),
            addresses: self.addresses.clone(),
            first,
            last,
            entries,
        }
    }
}

/// Names an entry, on whatever machine and in whichever file it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryName {
    /// One of a chain: the first seal of that, and its 1-based position.
    Sealed { chain: Seal, position: u64 },
    /// A line that no chain is known of: the SHA-256 of its text.
    Text([u8; 32]),
}

impl EntryName {
    /// That of an entry that stands in a line with this text.
    pub fn of(integrity: Option<&Integrity<'_>>, text: &[u8]) -> Self {
        match integrity {
            Some(Integrity { chain: Some(chain), position: Some(position), .. }) => {
                Self::Sealed { chain: *chain, position: *position }
            }
            _ => Self::Text(Sha256::digest(text).into()),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct EntryRef {
    pub(super) code: Option<u16>,
    pub(super) status: Option<IntegrityStatus>,
    /// Known while a log is watched.
    pub(super) name: Option<EntryName>,
    pub(super) example: Example,
}

/// The beginning of a text of the log.
pub fn beginning(text: &[u8]) -> String {
    // Every character takes at least one byte, and at most four.
    if text.len() <= TEXT_CHARS_MAX {
        return String::from_utf8_lossy(text).into_owned();
    }
    let enough = &text[..text.len().min(TEXT_CHARS_MAX * 4 + 4)];
    let text_of_enough = String::from_utf8_lossy(enough);
    match text_of_enough.char_indices().nth(TEXT_CHARS_MAX) {
        None => text_of_enough.into_owned(),
        Some((end, _)) => format!("{}{CUT_OFF}", &text_of_enough[..end]),
    }
}

/// What of a name is told apart: a hostile log has names of any length.
pub(super) fn name_bytes(name: &[u8]) -> &[u8] {
    &name[..name.len().min(NAME_BYTES_MAX)]
}

/// The same as a text.
pub(super) fn name(name: &[u8]) -> String {
    String::from_utf8_lossy(name_bytes(name)).into_owned()
}

/// What is there of a text that was cut off; None when it looks whole.
pub(super) fn before_cut(text: &str) -> Option<&str> {
    let body = text.strip_suffix(CUT_OFF)?;
    (body.chars().count() == TEXT_CHARS_MAX).then_some(body)
}

pub(super) fn count_seal(counts: &mut SealCounts, status: IntegrityStatus) {
    *match status {
        IntegrityStatus::Verified => &mut counts.verified,
        IntegrityStatus::Reencoded => &mut counts.reencoded,
        IntegrityStatus::Unsigned => &mut counts.unsigned,
        // What stands there twice happened once: the investigation leaves it out.
        IntegrityStatus::Repeated => return,
        IntegrityStatus::Failed => &mut counts.failed,
    } += 1;
}

/// Adds an entry to references; false when it would take one more than there may be.
pub fn refer(references: &mut Vec<Reference>, most: usize, file: &Arc<str>, line: u64) -> bool {
    if let Some(last) = references.last_mut()
        && Arc::ptr_eq(&last.file, file)
        && line >= last.through
        && line - last.through <= REFERENCE_LINES_APART_MAX
    {
        last.through = line;
        last.entries += 1;
        return true;
    }
    if references.len() == most {
        return false;
    }
    references.push(Reference { file: Arc::clone(file), line, through: line, entries: 1 });
    true
}

/// The earlier of two times, when there is one.
pub(super) fn earlier(a: Option<LogTime>, b: Option<LogTime>) -> Option<LogTime> {
    a.into_iter().chain(b).min()
}

/// The later of two times, when there is one.
pub(super) fn later(a: Option<LogTime>, b: Option<LogTime>) -> Option<LogTime> {
    a.into_iter().chain(b).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_at_a_character() {
        assert_eq!(beginning("short".as_bytes()), "short");
        assert_eq!(beginning("ä".repeat(400).as_bytes()), "ä".repeat(400));
        assert_eq!(beginning("漢".repeat(9_000).as_bytes()), format!("{} ...", "漢".repeat(400)));
        assert_eq!(beginning("😀".repeat(401).as_bytes()), format!("{} ...", "😀".repeat(400)));
        assert_eq!(beginning(b"a\xffb"), "a\u{fffd}b");
        // Whether a text is long enough to be cut is asked of its bytes first.
        for (length, cut) in [(0, false), (399, false), (400, false), (401, true)] {
            let cut = if cut { CUT_OFF } else { "" };
            for (letter, shown) in [(b'a', "a"), (b'\xff', "\u{fffd}")] {
                let wanted = shown.repeat(length.min(TEXT_CHARS_MAX)) + cut;
                assert_eq!(beginning(&vec![letter; length]), wanted, "{length} of {shown}");
            }
        }
        assert_eq!(before_cut(&beginning("ä".repeat(401).as_bytes())), Some(&*"ä".repeat(400)));
        assert_eq!([before_cut(&beginning("ä".repeat(400).as_bytes())), before_cut("a ...")], [None, None]);
    }

    #[test]
    fn names_are_bounded() {
        assert_eq!(name(b"webapp"), "webapp");
        assert_eq!(name(&[b'a'; 5_000]).len(), NAME_BYTES_MAX);
    }

    #[test]
    fn lines_close_together_are_one_reference_and_no_line_is_lost() {
        let (a, b): (Arc<str>, Arc<str>) = ("a".into(), "b".into());
        let mut references = Vec::new();
        let lines = [(&a, 1), (&a, 65), (&a, 130), (&b, 131), (&a, 132), (&b, 1)];
        let kept: Vec<bool> = lines.map(|(file, line)| refer(&mut references, 4, file, line)).into();
        assert_eq!(kept, [true, true, true, true, true, false]);
        let seen: Vec<_> = references.iter().map(|it| (&*it.file, it.line, it.through, it.entries)).collect();
        assert_eq!(seen, [("a", 1, 65, 2), ("a", 130, 130, 1), ("b", 131, 131, 1), ("a", 132, 132, 1)]);
    }

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
