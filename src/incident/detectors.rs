//! Turns what happens in a stream into incidents by the rules: which occurrences belong together, and what is unusual for
//! whom. Counting within a span is left to `correlation`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::correlation::Tripwire;
use super::correlation::{Queries, QueryOwner};
use super::correlation::{Settled, Track};
use super::gaps::Silences;
use super::incident_builder::IncidentBuilder;
use super::incident_list::{IncidentList, Raised};
use super::kind::{Kind, Severity};
use super::occurrence::Occurrence;
use super::report::Incident;
use super::rules::{Rules, Threshold};
use super::wording;

/// How many tracks are told apart at a time.
const APART_MAX: usize = 1_024;
/// Of how many clients the rate of decryption errors is known.
const RATES_MAX: usize = 10_000;
/// Looking for tracks that are over is not worth while more often than this, in milliseconds.
const ROOM_EVERY_MS: i64 = 1_000;
/// How many spikes of decryption errors wait for the end of the stream.
const SPIKES_MAX: usize = 20_000;

/// What one track is about: the client, where the kind of incident asks for it.
type TrackKey = (Kind, Option<Arc<str>>);

/// All detectors of a run.
#[derive(Debug)]
pub(super) struct Detectors {
    rules: Rules,
    tracks: BTreeMap<TrackKey, Track>,
    queries: Queries,
    tripwire: Tripwire,
    /// When room was last made for more tracks.
    room_made: Option<i64>,
    /// Decryption errors of each client in this stream.
    decryption_errors: HashMap<Option<Arc<str>>, u64>,
    /// Spikes, to be held against the rest of the stream.
    spikes: Vec<(Option<Arc<str>>, IncidentBuilder)>,
    docket: IncidentList,
}

impl Detectors {
    /// Nothing happened yet.
    pub(super) fn new(rules: Rules) -> Self {
        Self {
            rules,
            tracks: BTreeMap::new(),
            room_made: None,
            queries: Queries::default(),
            tripwire: Tripwire::default(),
            decryption_errors: HashMap::new(),
            spikes: Vec::new(),
            docket: IncidentList::default(),
        }
    }

    /// Takes in an entry of a blocked query.
    pub(super) fn blocked(&mut self, owner: QueryOwner, message: &[u8], entry: Occurrence) {
        for query in self.queries.add(owner, message, entry) {
            self.add(Kind::SqlFirewallBurst, query);
        }
    }

    /// Takes in the alarm that a poison record was read.
    pub(super) fn poison_alarm(&mut self, entry: Occurrence) {
        let in_vain = self.tripwire.alarm(entry.clock, entry.client.clone());
        in_vain.into_iter().for_each(|reaction| self.add(Kind::PoisonAlarmMissing, reaction));
        self.add(Kind::PoisonRecord, entry);
    }

    /// Takes in that the service ends itself because of a poison record.
    pub(super) fn poison_reaction(&mut self, entry: Occurrence) {
        let in_vain = self.tripwire.reaction(entry);
        in_vain.into_iter().for_each(|reaction| self.add(Kind::PoisonAlarmMissing, reaction));
    }

    /// Takes in something that happened. For [`Kind::SqlFirewallBlock`] there is [`Self::blocked`].
    pub(super) fn add(&mut self, kind: Kind, occurrence: Occurrence) {
        let client = if is_of_one_client(kind) { occurrence.client.clone() } else { None };
        if kind == Kind::DecryptionErrors
            && (self.decryption_errors.len() < RATES_MAX || self.decryption_errors.contains_key(&client))
        {
            *self.decryption_errors.entry(client.clone()).or_default() += 1;
        }
        let rule = self.threshold(kind);
        self.make_room(&(kind, client.clone()), occurrence.clock);
        let topic = if self.tracks.len() < APART_MAX || self.tracks.contains_key(&(kind, client.clone())) {
            (kind, client)
        } else {
            (kind, None)
        };
        let settled = self.tracks.entry(topic.clone()).or_insert_with(Track::new).add(occurrence, rule);
        self.settle(topic, settled);
    }

    /// Ends what is over anyway, when there are too many tracks for one more.
    fn make_room(&mut self, wanted: &TrackKey, clock: i64) {
        let in_vain = self.room_made.is_some_and(|at| clock.saturating_sub(at) < ROOM_EVERY_MS);
        if self.tracks.len() < APART_MAX || in_vain || self.tracks.contains_key(wanted) {
            return;
        }
        self.room_made = Some(clock);
        let is_over =
            |(topic, track): (&TrackKey, &Track)| track.is_over(self.threshold(topic.0), clock).then(|| topic.clone());
        let over: Vec<TrackKey> = self.tracks.iter().filter_map(is_over).collect();
        over.into_iter().for_each(|topic| self.finish_track(topic));
    }

    fn finish_track(&mut self, topic: TrackKey) {
        if let Some(track) = self.tracks.remove(&topic) {
            self.settle(topic, track.finish());
        }
    }

    fn settle(&mut self, (kind, client): TrackKey, settled: Settled) {
        match settled.episode {
            Some(spike) if kind == Kind::DecryptionErrors => self.hold(client, spike),
            Some(draft) => {
                let rule = wording::threshold(kind, self.threshold(kind), draft.count);
                self.docket.add(draft.raise(kind, rule));
            }
            None => {}
        }
        if kind == Kind::SqlFirewallBurst {
            // Too few for a burst, they are blocked queries all the same.
            settled.quiet.into_iter().for_each(|query| self.add(Kind::SqlFirewallBlock, query));
        }
    }

    fn hold(&mut self, client: Option<Arc<str>>, spike: IncidentBuilder) {
        self.spikes.push((client, spike));
        if self.spikes.len() >= 2 * SPIKES_MAX {
            self.spikes.sort_by_key(|(_, spike)| std::cmp::Reverse(spike.count));
            let severity = Severity::of_score(Kind::DecryptionErrors.severity_score([]));
            self.docket.omit(severity, (self.spikes.len() - SPIKES_MAX) as u64);
            self.spikes.truncate(SPIKES_MAX);
        }
    }

    /// A stream is at its end. So many milliseconds of it lie in the period in question.
    pub(super) fn end_stream(&mut self, watched_ms: i64) {
        for query in self.queries.finish() {
            self.add(Kind::SqlFirewallBurst, query);
        }
        for reaction in self.tripwire.finish() {
            self.add(Kind::PoisonAlarmMissing, reaction);
        }
        // Bursts come before blocks in the order of kinds, so that what a burst leaves over is taken in before its end.
        while let Some((topic, track)) = self.tracks.pop_first() {
            self.settle(topic, track.finish());
        }
        self.decide_spikes(watched_ms);
        self.room_made = None;
    }

    /// Holds each spike against the client's own rate in the rest of the stream.
    fn decide_spikes(&mut self, watched_ms: i64) {
        let mut in_spikes: HashMap<Option<Arc<str>>, (u64, i64)> = HashMap::new();
        for (client, spike) in &self.spikes {
            let (count, length) = in_spikes.entry(client.clone()).or_default();
            *count += spike.count;
            *length = length.saturating_add(length_ms(spike));
        }
        let errors = std::mem::take(&mut self.decryption_errors);
        for (client, spike) in std::mem::take(&mut self.spikes) {
            let (count, length) = in_spikes.get(&client).copied().unwrap_or_default();
            let all = errors.get(&client).copied();
            let rest = all.map(|all| Baseline {
                count: all.saturating_sub(count),
                milliseconds: watched_ms.saturating_sub(length),
            });
            let rule = self.rules.decryption_errors;
            let length = length_ms(&spike);
            // A rest that is shorter than the spike itself says nothing about what is usual.
            let usual = rest.filter(|rest| rest.milliseconds > length);
            if usual.is_none_or(|rest| rest.is_exceeded(spike.count, length, rule.times_usual.get())) {
                let usual = usual.map(|rest| per_hour(rest.count, rest.milliseconds));
                let applied = wording::spike(rule, spike.count, per_hour(spike.count, length), usual);
                self.docket.add(spike.raise(Kind::DecryptionErrors, applied));
            }
        }
    }

    /// Raises an incident for each silence.
    pub(super) fn silences(&mut self, silences: &Silences) {
        for pause in &silences.pauses {
            let applied = wording::silence(self.rules.silence, silences, pause);
            self.docket.add(IncidentBuilder::of_pause(pause.clone()).raise(Kind::Silence, applied));
        }
        self.docket.omit(Severity::of_score(Kind::Silence.severity_score([])), silences.omitted);
    }

    /// Raises an incident that others found.
    pub(super) fn raise(&mut self, incident: Incident) {
        self.docket.add(incident);
    }

    /// The incidents, and how many there were of each severity.
    pub(super) fn finish(self) -> Raised {
        self.docket.finish()
    }

    fn threshold(&self, kind: Kind) -> Threshold {
        let rules = &self.rules;
        match kind {
            Kind::SqlFirewallBurst => rules.sql_firewall,
            Kind::SqlFirewallBlock => Threshold { at_least: std::num::NonZeroU16::MIN, ..rules.sql_firewall },
            Kind::PoisonRecord => rules.poison_record,
            Kind::PoisonAlarmMissing | Kind::PoisonCheckFailed => rules.poison_tripwire,
            Kind::EncryptionErrors => rules.encryption_errors,
            Kind::Probing => rules.probing,
            Kind::ConnectionDrops => rules.connection_drops,
            Kind::GeneralErrors => rules.general_errors,
            Kind::DecryptionErrors => {
                Threshold { at_least: rules.decryption_errors.at_least, within: rules.decryption_errors.within }
            }
            Kind::DatabaseUnavailable => rules.database_unavailable,
            Kind::ConnectionFailures => rules.connection_failures,
            Kind::KeyErrors => rules.key_errors,
            Kind::ServiceErrors => rules.service_errors,
            Kind::ServiceCrash | Kind::ServiceRestart | Kind::IntegrityFailure | Kind::Silence => rules.service_restart,
        }
    }
}

/// What happens in a stream outside of a client's spikes.
#[derive(Clone, Copy)]
struct Baseline {
    count: u64,
    milliseconds: i64,
}

impl Baseline {
    /// Whether a spike is at least so many times as dense.
    fn is_exceeded(self, count: u64, length_ms: i64, times: u16) -> bool {
        let spike = i128::from(count) * i128::from(self.milliseconds);
        spike >= i128::from(times) * i128::from(self.count) * i128::from(length_ms)
    }
}

/// Its length in milliseconds, at least a second: plaintext knows no less.
fn length_ms(spike: &IncidentBuilder) -> i64 {
    spike.clocks.map_or(0, |(from, to)| to.saturating_sub(from)).max(1000)
}

fn per_hour(count: u64, milliseconds: i64) -> u64 {
    let length = u64::try_from(milliseconds).unwrap_or(0).max(1);
    count.saturating_mul(3_600_000).div_ceil(length)
}

/// Whether what happens to different clients are different incidents.
fn is_of_one_client(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::SqlFirewallBurst
            | Kind::SqlFirewallBlock
            | Kind::PoisonRecord
            | Kind::PoisonAlarmMissing
            | Kind::DecryptionErrors
            | Kind::EncryptionErrors
            | Kind::Probing
            | Kind::KeyErrors
    )
}
