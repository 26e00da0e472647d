//! Turns what happens in a stream into incidents by the rules: which occurrences belong together, what is unusual for whom,
//! and what a rule demands, in words. Counting within a span is left to `correlation`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::correlation::{Queries, QueryOwner, Settled, Track, Tripwire};
use super::gaps::{Pause, Silences};
use super::incidents::{IncidentBuilder, IncidentList, Raised};
use super::kind::{Kind, Severity};
use super::occurrence::Occurrence;
use super::report::{Applied, Incident};
use super::rules::{Rules, SilenceRule, Spike, Threshold};

/// How many tracks are told apart at a time.
const APART_MAX: usize = 1_024;
/// Of how many clients the rate of decryption errors is known.
const RATES_MAX: usize = 10_000;
/// Looking for tracks that are over is not worth while more often than this, in milliseconds.
const ROOM_EVERY_MS: i64 = 1_000;
/// How many spikes of decryption errors wait for the end of the stream.
const SPIKES_MAX: usize = 20_000;
/// While a log is watched, a query of which no further entry came for this long is complete, in milliseconds: the service writes them
/// at once.
const LIVE_QUERY_SPAN_MS: i64 = 250;

/// What one track is about: the client, where the kind of incident asks for it.
pub(super) type TrackKey = (Kind, Option<Arc<str>>);

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
    incidents: IncidentList,
    /// While a log is watched: what became of episodes since somebody asked.
    live: Option<LiveEpisodes>,
}

/// What became of episodes.
#[derive(Debug, Default)]
pub(super) struct LiveEpisodes {
    /// Tracks that something came to.
    pub(super) touched: Vec<TrackKey>,
    /// Episodes that are over.
    pub(super) ended: Vec<(TrackKey, IncidentBuilder)>,
}

impl Detectors {
    /// Those of a log that is watched: episodes are asked for one by one, none becomes an incident of a list.
    pub(super) fn live(rules: Rules) -> Self {
        Self { live: Some(LiveEpisodes::default()), ..Self::new(rules) }
    }

    pub(super) fn set_rules(&mut self, rules: Rules) {
        self.rules = rules;
    }

    pub(super) fn new(rules: Rules) -> Self {
        Self {
            live: None,
            rules,
            tracks: BTreeMap::new(),
            room_made: None,
            queries: Queries::default(),
            tripwire: Tripwire::default(),
            decryption_errors: HashMap::new(),
            spikes: Vec::new(),
            incidents: IncidentList::default(),
        }
    }

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
        let (_, client) = track_key(kind, occurrence.client.as_ref());
        if kind == Kind::DecryptionErrors
            && (self.decryption_errors.len() < RATES_MAX || self.decryption_errors.contains_key(&client))
        {
            *self.decryption_errors.entry(client.clone()).or_default() += 1;
        }
        let rule = self.threshold(kind);
        let mut key = (kind, client);
        self.make_room(&key, occurrence.clock);
        if self.tracks.len() >= APART_MAX && !self.tracks.contains_key(&key) {
            key.1 = None;
        }
        let settled = self.tracks.entry(key.clone()).or_insert_with(Track::new).add(occurrence, rule);
        if let Some(live) = &mut self.live {
            live.touched.push(key.clone());
        }
        self.settle(key, settled);
    }

    /// Ends what is over anyway, when there are too many tracks for one more.
    fn make_room(&mut self, wanted: &TrackKey, clock: i64) {
        let in_vain = self.room_made.is_some_and(|at| clock.saturating_sub(at) < ROOM_EVERY_MS);
        if self.tracks.len() < APART_MAX || in_vain || self.tracks.contains_key(wanted) {
            return;
        }
        self.end_what_is_over(clock);
    }

    fn end_what_is_over(&mut self, clock: i64) {
        self.room_made = Some(clock);
        let is_over =
            |(key, track): (&TrackKey, &Track)| track.is_over(self.threshold(key.0), clock).then(|| key.clone());
        let over: Vec<TrackKey> = self.tracks.iter().filter_map(is_over).collect();
        over.into_iter().for_each(|key| self.finish_track(key));
    }

    fn finish_track(&mut self, key: TrackKey) {
        if let Some(track) = self.tracks.remove(&key) {
            self.settle(key, track.finish());
        }
    }

    fn settle(&mut self, (kind, client): TrackKey, settled: Settled) {
        match settled.episode {
            Some(over) if self.live.is_some() => {
                self.live.iter_mut().for_each(|live| live.ended.push(((kind, client.clone()), over.clone())));
            }
            Some(spike) if kind == Kind::DecryptionErrors => self.hold(client, spike),
            Some(builder) => {
                let rule = threshold_met(kind, self.threshold(kind), builder.count);
                self.incidents.add(builder.raise(kind, rule));
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
            self.incidents.omit(severity, (self.spikes.len() - SPIKES_MAX) as u64);
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
        while let Some((key, track)) = self.tracks.pop_first() {
            self.settle(key, track.finish());
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
        for (client, spike) in std::mem::take(&mut self.spikes) {
            let in_spikes = in_spikes.get(&client).copied().unwrap_or_default();
            if let Some(applied) = self.spike_met(&client, &spike, in_spikes, watched_ms) {
                self.incidents.add(spike.raise(Kind::DecryptionErrors, applied));
            }
        }
        self.decryption_errors.clear();
    }

    /// Holds a spike against the rate of its client outside of its spikes: their errors, and how long they last.
    fn spike_met(
        &self,
        client: &Option<Arc<str>>,
        spike: &IncidentBuilder,
        (in_spikes, length_of_spikes): (u64, i64),
        watched_ms: i64,
    ) -> Option<Applied> {
        let all = self.decryption_errors.get(client).copied();
        let rest = all.map(|all| Baseline {
            count: all.saturating_sub(in_spikes),
            milliseconds: watched_ms.saturating_sub(length_of_spikes),
        });
        let rule = self.rules.decryption_errors;
        let length = length_ms(spike);
        // A rest that is shorter than the spike itself says nothing about what is usual.
        let usual = rest.filter(|rest| rest.milliseconds > length);
        usual.is_none_or(|rest| rest.is_exceeded(spike.count, length, rule.times_usual.get())).then(|| {
            let usual = usual.map(|rest| per_hour(rest.count, rest.milliseconds));
            spike_met(rule, spike.count, per_hour(spike.count, length), usual)
        })
    }

    /// So much time has passed: what waited for something else is decided, what is over ends. Queries of which no entry came
    /// for so long are complete; how far apart their entries may be where a log is read at once does not matter here.
    pub(super) fn advance(&mut self, clock: i64) {
        for query in self.queries.close_older(clock.saturating_sub(LIVE_QUERY_SPAN_MS)) {
            self.add(Kind::SqlFirewallBurst, query);
        }
        for reaction in self.tripwire.give_up(clock) {
            self.add(Kind::PoisonAlarmMissing, reaction);
        }
        if self.room_made.is_none_or(|at| clock.saturating_sub(at) >= ROOM_EVERY_MS) {
            self.end_what_is_over(clock);
        }
    }

    /// What became of episodes since the last time.
    pub(super) fn take_episodes(&mut self) -> LiveEpisodes {
        self.live.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// How a track stands: what the rule demands, how many occurrences wait to be enough, and how many are enough already.
    pub(super) fn standing(&self, key: &TrackKey) -> (String, usize, Option<u64>) {
        let track = self.tracks.get(key);
        let queries = if key.0 == Kind::SqlFirewallBurst { self.queries.waiting(key.1.as_ref()) } else { 0 };
        let waiting = track.map_or(0, Track::waiting) + queries;
        let rule = threshold_met(key.0, self.threshold(key.0), 0).text;
        (rule, waiting, track.and_then(Track::episode).map(|episode| episode.count))
    }

    /// The episode of a track, with the rule that it meets; None where there is none, or it is nothing unusual so far.
    pub(super) fn episode(&self, key: &TrackKey, watched_ms: i64) -> Option<(&IncidentBuilder, Applied)> {
        let builder = self.tracks.get(key)?.episode()?;
        Some((builder, self.met(key, builder, watched_ms)?))
    }

    /// The rule that an episode meets. That of decryption errors asks what is usual for the client.
    pub(super) fn met(&self, (kind, client): &TrackKey, builder: &IncidentBuilder, watched_ms: i64) -> Option<Applied> {
        match kind {
            Kind::DecryptionErrors => self.spike_met(client, builder, (builder.count, length_ms(builder)), watched_ms),
            _ => Some(threshold_met(*kind, self.threshold(*kind), builder.count)),
        }
    }

    /// Whether a pause is long enough to be a silence, usual or not.
    pub(super) fn is_silence(&self, milliseconds: i64) -> bool {
        milliseconds >= self.rules.silence.at_least.milliseconds()
    }

    /// The rule that a pause meets, where so much is usual and so much allowed, in milliseconds.
    pub(super) fn silence_met(&self, limits: (i64, i64), pause: &Pause) -> Applied {
        silence_met(self.rules.silence, limits, pause.milliseconds)
    }

    pub(super) fn silences(&mut self, silences: &Silences) {
        for pause in &silences.pauses {
            let applied = silence_met(self.rules.silence, (silences.usual_ms, silences.limit_ms), pause.milliseconds);
            self.incidents.add(IncidentBuilder::of_pause(pause.clone()).raise(Kind::Silence, applied));
        }
        self.incidents.omit(Severity::of_score(Kind::Silence.severity_score([])), silences.omitted);
    }

    /// Raises an incident that others found.
    pub(super) fn raise(&mut self, incident: Incident) {
        self.incidents.add(incident);
    }

    /// The incidents, and how many there were of each severity.
    pub(super) fn finish(self) -> Raised {
        self.incidents.finish()
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
            Kind::ServiceCrash | Kind::ServiceRestart | Kind::IntegrityFailure | Kind::Silence | Kind::Sigma => {
                rules.service_restart
            }
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

/// The length of a spike in milliseconds, at least a second: plaintext knows no less.
fn length_ms(spike: &IncidentBuilder) -> i64 {
    spike.clocks.map_or(0, |(from, to)| to.saturating_sub(from)).max(1000)
}

fn per_hour(count: u64, milliseconds: i64) -> u64 {
    let length = u64::try_from(milliseconds).unwrap_or(0).max(1);
    count.saturating_mul(3_600_000).div_ceil(length)
}

/// What something belongs to that happens to a client: a single blocked query may be part of a burst.
pub(super) fn track_key(kind: Kind, client: Option<&Arc<str>>) -> TrackKey {
    let client = client.filter(|_| is_of_one_client(kind)).cloned();
    (kind, client)
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

/// Every rule by its name in the configuration, and what it demands.
pub fn rules_in_words(rules: &Rules) -> [(&'static str, String); 14] {
    let named = |kind: Kind, text| (kind.rule(), text);
    let of = |kind: Kind, rule| named(kind, at_least(rule, counted(kind)));
    let (restart, restarts) = RESTARTS;
    [
        named(
            Kind::SqlFirewallBurst,
            format!("{}; fewer are an incident of their own", of(Kind::SqlFirewallBurst, rules.sql_firewall).1),
        ),
        of(Kind::PoisonRecord, rules.poison_record),
        named(Kind::PoisonCheckFailed, at_least(rules.poison_tripwire, TRIPWIRE)),
        named(Kind::DecryptionErrors, spike_demands(rules.decryption_errors, &usual_rate(rules.decryption_errors))),
        of(Kind::EncryptionErrors, rules.encryption_errors),
        of(Kind::Probing, rules.probing),
        of(Kind::DatabaseUnavailable, rules.database_unavailable),
        of(Kind::ConnectionFailures, rules.connection_failures),
        of(Kind::ConnectionDrops, rules.connection_drops),
        of(Kind::KeyErrors, rules.key_errors),
        of(Kind::ServiceErrors, rules.service_errors),
        of(Kind::GeneralErrors, rules.general_errors),
        named(Kind::ServiceRestart, at_least(rules.service_restart, (restart, restarts))),
        named(Kind::Silence, silence_demands(rules.silence)),
    ]
}

/// What the rule about restarts counts, stopped or not; an incident knows which.
const RESTARTS: (&str, &str) = ("start-up of a service that ran before", "start-ups of services that ran before");

/// What the rule about the tripwire of poison records counts; an incident knows which.
const TRIPWIRE: (&str, &str) =
    ("sign that poison records would go unnoticed", "signs that poison records would go unnoticed");

/// The rule that was met, and its numbers: so many within so long.
fn threshold_met(kind: Kind, rule: Threshold, observed: u64) -> Applied {
    let Threshold { at_least: count, within } = rule;
    let text = match kind {
        Kind::SqlFirewallBlock => {
            format!("any {} of one client; those within {within} are one incident", counted(kind).0)
        }
        _ => at_least(rule, counted(kind)),
    };
    let numbers = [("at_least", count.get().into()), ("within_seconds", within.seconds()), ("observed", observed)];
    Applied { name: kind.rule().into(), text, numbers: BTreeMap::from(numbers) }
}

fn at_least(rule: Threshold, (one, many): (&str, &str)) -> String {
    let Threshold { at_least, within } = rule;
    format!("at least {at_least} {} within {within}", if at_least.get() == 1 { one } else { many })
}

/// What the rule of a kind counts: one of it, and several.
fn counted(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::SqlFirewallBurst => ("blocked query of one client", "blocked queries of one client"),
        Kind::SqlFirewallBlock => ("blocked query", "blocked queries"),
        Kind::PoisonRecord => ("poison record read by one client", "poison records read by one client"),
        Kind::PoisonAlarmMissing => {
            ("reaction to a poison record without its alarm", "reactions to poison records without their alarms")
        }
        Kind::PoisonCheckFailed => (
            "check for poison records that was skipped or failed",
            "checks for poison records that were skipped or failed",
        ),
        Kind::EncryptionErrors => {
            ("error of encrypting the data of one client", "errors of encrypting the data of one client")
        }
        Kind::Probing => ("odd request of one client", "odd requests of one client"),
        Kind::ConnectionDrops => ("connection that broke off", "connections that broke off"),
        Kind::GeneralErrors => ("error without a code of its own", "errors without a code of their own"),
        Kind::DecryptionErrors => ("decryption error of one client", "decryption errors of one client"),
        Kind::KeyErrors => ("error of keys", "errors of keys"),
        Kind::DatabaseUnavailable => ("failed connection to the database", "failed connections to the database"),
        Kind::ConnectionFailures => ("failed connection", "failed connections"),
        Kind::ServiceErrors => ("error of the service", "errors of the service"),
        Kind::ServiceCrash => {
            ("start-up of a service that was not stopped", "start-ups of services that were not stopped")
        }
        Kind::ServiceRestart => ("start-up of a service that was stopped", "start-ups of services that were stopped"),
        Kind::IntegrityFailure => ("finding", "findings"),
        Kind::Silence => ("gap", "gaps"),
        Kind::Sigma => ("match", "matches"),
    }
}

/// The rule that a spike met: so many within so long, and so many times the usual rate; `usual_per_hour` is None when
/// nobody knows it.
fn spike_met(rule: Spike, observed: u64, per_hour: u64, usual_per_hour: Option<u64>) -> Applied {
    let usual = match usual_per_hour {
        Some(_) => usual_rate(rule),
        None => "the log is too short to know the client's usual rate".to_owned(),
    };
    let mut numbers = BTreeMap::from([
        ("at_least", rule.at_least.get().into()),
        ("within_seconds", rule.within.seconds()),
        ("times_usual", rule.times_usual.get().into()),
        ("observed", observed),
        ("observed_per_hour", per_hour),
    ]);
    numbers.extend(usual_per_hour.map(|usual| ("usual_per_hour", usual)));
    Applied { name: Kind::DecryptionErrors.rule().into(), text: spike_demands(rule, &usual), numbers }
}

fn spike_demands(rule: Spike, usual: &str) -> String {
    let Spike { at_least: count, within, times_usual: _ } = rule;
    format!("{}, {usual}", at_least(Threshold { at_least: count, within }, counted(Kind::DecryptionErrors)))
}

fn usual_rate(rule: Spike) -> String {
    format!("and {} times the client's own rate in the rest of the log", rule.times_usual)
}

/// The rule that a silence met: so long, and so many times the usual pause.
fn silence_met(rule: SilenceRule, (usual_ms, limit_ms): (i64, i64), observed_ms: i64) -> Applied {
    let SilenceRule { at_least, times_usual } = rule;
    let seconds = |milliseconds: i64| u64::try_from(milliseconds / 1000).unwrap_or(0);
    Applied {
        name: Kind::Silence.rule().into(),
        text: silence_demands(rule),
        numbers: BTreeMap::from([
            ("at_least_seconds", at_least.seconds()),
            ("times_usual", times_usual.get().into()),
            ("usual_seconds", seconds(usual_ms)),
            ("limit_seconds", seconds(limit_ms)),
            ("observed_seconds", seconds(observed_ms)),
        ]),
    }
}

fn silence_demands(rule: SilenceRule) -> String {
    let SilenceRule { at_least, times_usual } = rule;
    format!("no entry of a running service for {at_least} or longer, and for {times_usual} times the usual pause")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_of_the_configuration_is_said_with_its_numbers() {
        let json = serde_json::to_value(Rules::default()).unwrap();
        let said = rules_in_words(&Rules::default());
        assert_eq!(json.as_object().unwrap().len(), said.len());
        for (name, text) in said {
            let settings = json[name].as_object().unwrap_or_else(|| panic!("no rule is called {name}"));
            for (setting, value) in settings {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                assert!(text.split([' ', ',', ';']).any(|word| word == value), "{name}: {setting} is not in: {text}");
            }
        }
    }

    #[test]
    fn what_is_counted_is_one_or_several() {
        let text = |at_least: u16| {
            let rule = serde_json::json!({"at-least": at_least, "within": "1h 30m"});
            threshold_met(Kind::DatabaseUnavailable, serde_json::from_value(rule).unwrap(), 9).text
        };
        assert_eq!(text(1), "at least 1 failed connection to the database within 1h 30m");
        assert_eq!(text(2), "at least 2 failed connections to the database within 1h 30m");
    }
}
