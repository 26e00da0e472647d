//! An alarm, as it is told to people and machines, kept in a journal and handed to reactions. When one is raised is left to others.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use strum::{IntoStaticStr, VariantArray};

use crate::entry::LogTime;
use crate::event::Level;
use crate::incident::report::Reference;
use crate::incident::{EntryName, Kind, Severity};
use crate::query::MatchState;

/// Where an alarm stands.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    IntoStaticStr,
    VariantArray,
)]
#[strum(serialize_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum AlarmState {
    /// It is new.
    Raised,
    /// It goes on: the numbers are those of now.
    Updated,
    /// It is over.
    Closed,
}

impl From<MatchState> for AlarmState {
    fn from(state: MatchState) -> Self {
        match state {
            MatchState::Raised => Self::Raised,
            MatchState::Updated => Self::Updated,
            MatchState::Closed => Self::Closed,
        }
    }
}

impl AlarmState {
    /// The word in every format.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// What happened, in one word: a kind of incident that a report knows, or what only shows while a log is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlarmKind {
    /// A kind of incident.
    Incident(Kind),
    /// An entry that somebody asked to be told of.
    Event,
    /// The log is not as it should be, and an alteration need not be what explains it: a chain began anew without an end, or is open
    /// for too long; lines stand there twice, or cannot be read; what was read is gone.
    IntegrityWarning,
    /// The log's own time went back, or ahead of the clock of this machine.
    ClockJump,
}

impl AlarmKind {
    /// Those that no report knows.
    const OF_WATCH: [Self; 3] = [Self::Event, Self::IntegrityWarning, Self::ClockJump];

    /// Every kind.
    pub fn all() -> impl Iterator<Item = Self> {
        Kind::ALL.into_iter().map(Self::Incident).chain(Self::OF_WATCH)
    }

    /// The word in every format.
    pub fn name(self) -> &'static str {
        match self {
            Self::Incident(kind) => kind.name(),
            Self::Event => "event",
            Self::IntegrityWarning => "integrity-warning",
            Self::ClockJump => "clock-jump",
        }
    }

    /// Whether it is about the log itself, and not about what stands in it.
    pub fn is_of_integrity(self) -> bool {
        matches!(self, Self::Incident(Kind::IntegrityFailure) | Self::IntegrityWarning)
    }

    /// The kind of this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::all().find(|kind| kind.name() == name)
    }
}

impl Serialize for AlarmKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for AlarmKind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Cow::<str>::deserialize(deserializer)?;
        Self::of_name(&name).ok_or_else(|| serde::de::Error::custom(format!("{name:?} is no kind of alarm")))
    }
}

impl JsonSchema for AlarmKind {
    fn schema_name() -> Cow<'static, str> {
        "AlarmKind".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let names: Vec<&str> = Self::all().map(Self::name).collect();
        schemars::json_schema!({ "type": "string", "enum": names, "description": "What happened, in one word." })
    }
}

/// Whether the entries that raised an alarm carry seals that their chain demands.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    IntoStaticStr,
    VariantArray,
)]
pub enum SealProof {
    /// All of them do.
    #[strum(serialize = "yes")]
    #[serde(rename = "yes")]
    Yes,
    /// One of them has a seal that fits no chain so far: altered, or out of place until others come.
    #[strum(serialize = "not yet")]
    #[serde(rename = "not yet")]
    NotYet,
    /// One of them has no seal, or no key was given. Anybody could have written it.
    #[strum(serialize = "no")]
    #[serde(rename = "no")]
    No,
}

impl SealProof {
    /// The words in every format.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// Names an alarm: the same for the same entries on every machine, and after every restart.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct AlarmId(#[schemars(regex(pattern = "^[0-9a-f]{32}$"))] String);

impl AlarmId {
    /// What is hashed ahead of everything: another layout has another name.
    const DOMAIN: &'static [u8] = b"acralog alarm 1";

    /// That of an alarm of a kind, raised by a rule for a client by an entry.
    pub fn new(kind: AlarmKind, rule: &str, client: Option<&str>, raised_by: EntryName) -> Self {
        let mut hash = Sha256::new();
        // Each part with its length in front: no two lists of parts are the same bytes.
        let mut part = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        };
        part(Self::DOMAIN);
        part(kind.name().as_bytes());
        part(rule.as_bytes());
        part(if client.is_some() { b"client" } else { b"" });
        part(client.unwrap_or_default().as_bytes());
        match raised_by {
            EntryName::Sealed { chain, position } => {
                part(b"sealed");
                part(&chain.0);
                part(&position.to_be_bytes());
            }
            EntryName::Text(hash) => {
                part(b"text");
                part(&hash);
            }
        }
        Self(hex::encode(&hash.finalize()[..16]))
    }

    /// 32 hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AlarmId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for AlarmId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// One change of an alarm, with all that is known of it by then. Its texts come from the log and are hostile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Alarm {
    /// Where it stands.
    pub state: AlarmState,
    /// What kind it is.
    pub kind: AlarmKind,
    /// Names it.
    pub id: AlarmId,
    /// How severe, in a word.
    pub severity: Severity,
    /// How severe, 0 to 10.
    #[schemars(range(max = 10))]
    pub severity_score: u8,
    /// What kind it is, for people.
    pub title: String,
    /// What happened so far, in a line for people.
    pub summary: String,
    /// The rule that raised it: one of `report`, of the configuration, or of Sigma by its title.
    pub rule: String,
    /// What the rule demands, for people.
    pub rule_text: String,
    /// The log.
    pub stream: String,
    /// Whether what raised it is proven by seals.
    pub verified: SealProof,
    /// What tells it apart from others of its rule: a client, or what a rule of Sigma groups by. Only the process knows it that raised
    /// it; everybody else knows alarms by their ids.
    #[serde(skip)]
    pub group: Option<Arc<str>>,
    /// Clients concerned, in order of appearance.
    pub client_ids: Vec<String>,
    /// Clients beyond those.
    pub client_ids_omitted: u64,
    /// Sessions concerned, in order of appearance.
    pub session_ids: Vec<String>,
    /// Sessions beyond those.
    pub session_ids_omitted: u64,
    /// The event codes of its entries, ascending.
    pub codes: Vec<u16>,
    /// How often it happened so far.
    pub count: u64,
    /// What was counted, for people.
    pub counted: String,
    /// Its entries so far.
    pub entries: u64,
    /// The time of its first entry; null when none states its time.
    pub first: Option<LogTime>,
    /// The time of its last entry so far.
    pub last: Option<LogTime>,
    /// Where its entries stand.
    pub places: Vec<Reference>,
    /// Entries that stand in none of these places.
    pub places_omitted: u64,
    /// Some of its entries: the first ones that differ.
    pub examples: Vec<AlarmExample>,
    /// What to do first, for people.
    pub advice: String,
    /// It was made up to try a reaction: nothing happened.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
}

/// An entry of an alarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlarmExample {
    /// Its level.
    pub level: Level,
    /// Its message; the beginning of a long one.
    pub message: String,
    /// Its field error; the beginning of a long one.
    pub error: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Seal;

    #[test]
    fn every_kind_has_a_name_of_its_own_by_which_it_is_found() {
        for kind in AlarmKind::all() {
            assert_eq!(AlarmKind::of_name(kind.name()), Some(kind));
            let json = serde_json::to_string(&kind).expect("a text");
            assert_eq!(serde_json::from_str::<AlarmKind>(&json).expect("the same"), kind);
        }
        assert_eq!(AlarmKind::all().count(), Kind::ALL.len() + 3);
        assert!(serde_json::from_str::<AlarmKind>("\"unheard-of\"").is_err());
    }

    #[test]
    fn an_id_is_another_one_as_soon_as_anything_is() {
        let (event, burst) = (AlarmKind::Event, AlarmKind::Incident(Kind::SqlFirewallBurst));
        let sealed = |first: u8, position| EntryName::Sealed { chain: Seal([first; 32]), position };
        let ids = [
            AlarmId::new(event, "a", None, sealed(1, 1)),
            AlarmId::new(burst, "a", None, sealed(1, 1)),
            AlarmId::new(event, "b", None, sealed(1, 1)),
            AlarmId::new(event, "a", Some(""), sealed(1, 1)),
            AlarmId::new(event, "a", Some("webapp"), sealed(1, 1)),
            AlarmId::new(event, "a", None, sealed(2, 1)),
            AlarmId::new(event, "a", None, sealed(1, 2)),
            AlarmId::new(event, "a", None, EntryName::Text([1; 32])),
            AlarmId::new(event, "a", None, EntryName::Text([2; 32])),
        ];
        let distinct: std::collections::HashSet<_> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len(), "{ids:?}");
        assert_eq!(AlarmId::new(event, "a", None, sealed(1, 1)), ids[0], "the same for the same");
        assert_eq!(ids[0].as_str().len(), 32);
    }
}
