//! What the entries of a stream before an entry say about it: whose it is, in which run of its service and in which session, and what
//! time it is in its stream. What follows from it is left to `detectors`.

use std::sync::Arc;

use super::correlation::QueryOwner;
use super::detectors::Detectors;
use super::entry_counter::Clients;
use super::kind::Kind;
use super::occurrence::{EntryFacts, EntryName, EntryRef, Occurrence, Sign, beginning};
use super::report::{Example, RunEnd};
use super::runs::{Observed, Runs};
use super::sessions::{Session, Sessions};
use crate::entry::LogTime;
use crate::event::Level;
use crate::verdict::IntegrityStatus;

/// What is known of a stream, as far as it was read.
#[derive(Debug)]
pub(super) struct StreamContext {
    pub(super) clients: Clients,
    pub(super) sessions: Sessions,
    pub(super) runs: Runs,
    pub(super) clock: StreamClock,
}

impl StreamContext {
    /// Nothing was read yet. Runs are listed at the end, and sessions or not.
    pub(super) fn of_report(lists_sessions: bool) -> Self {
        Self::new(Runs::new(true), Sessions::new(lists_sessions))
    }

    /// The same of a log that is watched, for ever: nothing is listed.
    pub(super) fn live() -> Self {
        Self::new(Runs::new(false), Sessions::new(false))
    }

    fn new(runs: Runs, sessions: Sessions) -> Self {
        Self { clients: Clients::default(), sessions, runs, clock: StreamClock::default() }
    }

    pub(super) fn begin_stream(&mut self, name: &Arc<str>) {
        self.runs.begin_stream(name);
        self.sessions.begin_stream();
        self.clock = StreamClock::default();
    }

    /// Takes the next entry in.
    pub(super) fn place<'a>(
        &mut self,
        entry: &'a EntryFacts<'a>,
        file: &'a Arc<str>,
        line: u64,
        status: Option<IntegrityStatus>,
    ) -> EntryContext<'a> {
        let tick = self.clock.tick(entry.time);
        let named = entry.client.as_deref().map(|client| self.clients.named(client));
        let observed = self.runs.observe(entry, file, line, tick.now);
        let session = self.sessions.observe(entry, observed.run, named.as_ref().map(|(name, _)| name), tick.now);
        // The session knows whose it is where the entry does not say so.
        let client = match &named {
            Some((name, _)) => Some(Arc::clone(name)),
            None => session.and_then(|session| session.client().cloned()),
        };
        let client_number = named.map(|(_, number)| number);
        EntryContext { entry, file, line, status, name: None, client, client_number, tick, observed }
    }

    /// The session of the entry that was placed last; it is one of those that are reported.
    pub(super) fn session_of(&mut self, entry: &EntryFacts<'_>) -> Option<&Session> {
        entry.session.as_ref().and_then(|_| self.sessions.select())
    }
}

/// Poison records: that they are looked for, or that one was found.
const CODE_POISON_DETECTION: u16 = 101;

/// An entry, and what those before it say about it.
pub(super) struct EntryContext<'a> {
    pub(super) entry: &'a EntryFacts<'a>,
    pub(super) file: &'a Arc<str>,
    pub(super) line: u64,
    pub(super) status: Option<IntegrityStatus>,
    /// What names it, where somebody wants to know.
    pub(super) name: Option<EntryName>,
    /// The client, as the entry or its session names it.
    pub(super) client: Option<Arc<str>>,
    /// The number of the client that the entry names; None within where there are too many.
    pub(super) client_number: Option<Option<usize>>,
    /// When in its stream; never before an earlier one.
    pub(super) tick: Tick,
    pub(super) observed: Observed,
}

impl EntryContext<'_> {
    /// Tells it to the detectors, as all it is.
    pub(super) fn tell(&self, detectors: &mut Detectors, session: Option<&Session>) {
        let restarted = self.observed.replaced.as_ref().and_then(|replaced| match replaced.end {
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
                    Some(session) => QueryOwner::Session(self.observed.run, Arc::clone(session.id())),
                    None => QueryOwner::Client(self.observed.run, self.client.clone()),
                };
                detectors.blocked(owner, &self.entry.message, self.occurrence(session));
            }
            Some(kind) => detectors.add(kind, self.occurrence(session)),
        }
    }

    /// What it speaks of. What has no code of its own is known by its message.
    pub(super) fn kind(&self) -> Option<Kind> {
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
        let entry = EntryRef { code: self.entry.code, status: self.status, name: self.name, example };
        let (client, session) = (self.client.clone(), session.map(Session::moment));
        Occurrence { clock: self.tick.now, client, session, entries: vec![entry] }
    }
}

/// Entries this far behind the latest one, in milliseconds, may show that its time is wrong.
const FAR_BEHIND_MS: i64 = 3_600_000;
/// So many of them in a row do show it: from there on the time is theirs.
const FAR_BEHIND_MAX: u32 = 64;
/// No step is longer than ten years, in milliseconds, whatever an entry states: the sum of steps must fit.
const STEP_MAX_MS: i64 = 10 * 365 * 86_400_000;

/// What time it is in a stream.
#[derive(Debug, Default)]
pub(super) struct StreamClock {
    /// Milliseconds since the first entry that states its time.
    pub(super) now: i64,
    /// The time of the entry that it was last set by.
    pub(super) latest: Option<LogTime>,
    /// The entries since then that were far behind, when there was no other.
    far_behind: u32,
}

/// What an entry does to the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tick {
    /// Milliseconds since the first entry that states its time.
    pub(super) now: i64,
    /// How much of it passed since the entry before that set the clock.
    pub(super) step: i64,
    /// Whether the clock is set by this entry: it is not behind another one.
    pub(super) sets: bool,
}

impl StreamClock {
    /// Takes in the time of the next entry.
    pub(super) fn tick(&mut self, time: Option<LogTime>) -> Tick {
        let Some(time) = time else { return Tick { now: self.now, step: 0, sets: false } };
        let step = self.latest.map_or(0, |latest| time.unix_ms.saturating_sub(latest.unix_ms));
        self.far_behind = if step < -FAR_BEHIND_MS { self.far_behind + 1 } else { 0 };
        let sets = step >= 0 || self.far_behind >= FAR_BEHIND_MAX;
        if sets {
            self.latest = Some(time);
            self.far_behind = 0;
        }
        let step = step.clamp(0, STEP_MAX_MS);
        self.now = self.now.saturating_add(step);
        Tick { now: self.now, step, sets }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The clock in seconds after entries at these seconds.
    fn seconds(times: impl IntoIterator<Item = i64>) -> Vec<i64> {
        let mut clock = StreamClock::default();
        let time = |second: i64| Some(LogTime { unix_ms: second.saturating_mul(1000) });
        times.into_iter().map(|second| clock.tick(time(second)).now / 1000).collect()
    }

    #[test]
    fn it_begins_with_the_first_entry_and_never_runs_back() {
        assert_eq!(seconds([1_000, 1_005, 1_002, 1_006]), [0, 5, 5, 6]);
        assert_eq!(StreamClock::default().tick(None), Tick { now: 0, step: 0, sets: false });
        assert_eq!(seconds([10_000, 0, 10_001]), [0, 0, 1], "one entry of the past changes nothing");
    }

    #[test]
    fn a_time_of_the_future_does_not_stop_it_for_good() {
        for future in [1_000_000, i64::MAX] {
            let clock = seconds([0, future].into_iter().chain(1..200));
            let behind = FAR_BEHIND_MAX as usize;
            assert!(clock[1..=1 + behind].iter().all(|now| *now == clock[1]), "nobody knows yet which time is wrong");
            assert_eq!(clock[2 + behind] - clock[1], 1);
            assert_eq!(clock[200] - clock[1], 199 - behind as i64);
        }
    }

    #[test]
    fn no_times_overflow_it() {
        let extremes = [i64::MIN, i64::MAX].into_iter().cycle().take(1_000);
        assert!(seconds(extremes).is_sorted());
    }
}
