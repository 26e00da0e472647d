//! One entry with what is known of it beside its own words, told to the detectors. What it amounts to is left to them.

use std::sync::Arc;

use super::correlation::QueryOwner;
use super::detectors::Detectors;
use super::investigation_options::InvestigationOptions;
use super::kind::Kind;
use super::occurrence::{EntryFacts, Sign};
use super::occurrence::{EntryRef, Occurrence, beginning};
use super::report::{Example, RunEnd};
use super::runs::Observed;
use super::sessions::Session;
use crate::event::Level;
use crate::verdict::IntegrityStatus;

/// Poison records: that they are looked for, or that one was found.
const CODE_POISON_DETECTION: u16 = 101;

/// An entry of a file.
pub(super) struct EntryContext<'a> {
    pub(super) entry: &'a EntryFacts<'a>,
    pub(super) file: &'a Arc<str>,
    pub(super) line: u64,
    /// When in its stream, in milliseconds; never before an earlier one.
    pub(super) clock: i64,
    pub(super) status: Option<IntegrityStatus>,
    /// The client, as the entry or its session names it.
    pub(super) client: Option<Arc<str>>,
}

impl EntryContext<'_> {
    /// Whether a report is asked for it.
    pub(super) fn is_in(&self, question: &InvestigationOptions) -> bool {
        let InvestigationOptions { period, clients, .. } = question;
        (period.is_open() || self.entry.time.is_some_and(|time| period.contains(time)))
            && (clients.is_empty() || self.client.as_deref().is_some_and(|client| clients.contain(client.as_bytes())))
    }

    /// Tells it to the detectors, as all it is.
    pub(super) fn tell(&self, detectors: &mut Detectors, observed: &Observed, session: Option<&Session>) {
        let restarted = observed.replaced.as_ref().and_then(|replaced| match replaced.end {
            RunEnd::Stopped | RunEnd::PoisonShutdown => Some(Kind::ServiceRestart),
            RunEnd::NotStopped => Some(Kind::ServiceCrash),
            RunEnd::LogEnds => None,
        });
        if let Some(kind) = restarted {
            detectors.add(kind, self.occurrence(session));
        }
        match self.kind() {
            None => {}
            Some(Kind::PoisonAlarmMissing) => detectors.poison_reaction(self.occurrence(session)),
            Some(Kind::PoisonRecord) => detectors.poison_alarm(self.occurrence(session)),
            Some(Kind::SqlFirewallBlock) => {
                let owner = match session {
                    Some(session) => QueryOwner::Session(observed.run, beginning(session.id())),
                    None => QueryOwner::Client(observed.run, self.client.clone()),
                };
                detectors.blocked(owner, &self.entry.message, self.occurrence(session));
            }
            Some(kind) => detectors.add(kind, self.occurrence(session)),
        }
    }

    /// What it speaks of. What has no code of its own is known by its message.
    fn kind(&self) -> Option<Kind> {
        match (self.entry.code, &self.entry.sign) {
            (_, Some(Sign::PoisonShutdown)) => Some(Kind::PoisonAlarmMissing),
            (_, Some(Sign::PoisonCheckSkipped)) => Some(Kind::PoisonCheckFailed),
            // At info level it says that detection is switched on (events, trap 2).
            (Some(CODE_POISON_DETECTION), _) if self.entry.level >= Level::Warning => Some(Kind::PoisonAlarmMissing),
            (code, _) => code.and_then(Kind::of_code),
        }
    }

    /// What outlives its line.
    pub(super) fn occurrence(&self, session: Option<&Session>) -> Occurrence {
        let example = Example {
            file: Arc::clone(self.file),
            line: self.line,
            time: self.entry.time,
            level: self.entry.level,
            message: beginning(&self.entry.message),
            error: self.entry.error.as_deref().map(beginning),
        };
        let sighting = EntryRef { code: self.entry.code, status: self.status, example };
        let (client, session) = (self.client.clone(), session.map(Session::record));
        Occurrence { clock: self.clock, client, session, sightings: vec![sighting] }
    }
}
