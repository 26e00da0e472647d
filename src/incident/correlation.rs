//! What belongs together in time: the entries of one blocked query, the alarm of a poison record and what follows from it,
//! and occurrences that come close together, often enough. What any of it means is left to `detectors`.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use foldhash::quality::RandomState;

use super::incidents::IncidentBuilder;
use super::occurrence::Occurrence;
use super::rules::Threshold;

/// Occurrences of one kind, and of one client where the kind asks for it. It knows neither, only a clock and a threshold.
#[derive(Debug)]
pub(super) struct Track {
    /// What is not an episode yet: fewer than the threshold, none older than its span.
    pending: VecDeque<Occurrence>,
    episode: Option<Episode>,
    /// The latest clock.
    now: i64,
}

#[derive(Debug)]
struct Episode {
    builder: IncidentBuilder,
    /// The clocks of the latest occurrences; as many as it takes to go on.
    latest: VecDeque<i64>,
}

/// What became of occurrences.
#[derive(Debug, Default)]
pub(super) struct Settled {
    /// An episode that is over.
    pub(super) episode: Option<IncidentBuilder>,
    /// Occurrences that were too few.
    pub(super) quiet: Vec<Occurrence>,
}

impl Track {
    pub(super) fn new() -> Self {
        Self { pending: VecDeque::new(), episode: None, now: i64::MIN }
    }

    /// Whether nothing of it can belong to an episode with what comes at this time.
    pub(super) fn is_over(&self, rule: Threshold, clock: i64) -> bool {
        self.now < clock.saturating_sub(rule.within.milliseconds())
    }

    /// Takes one more occurrence in. An episode begins with the first of so many occurrences within the span, and goes on
    /// while at least half as many are as close: around the threshold it would else fall apart.
    pub(super) fn add(&mut self, occurrence: Occurrence, rule: Threshold) -> Settled {
        self.now = self.now.max(occurrence.clock);
        let horizon = self.now.saturating_sub(rule.within.milliseconds());
        let mut settled = Settled::default();
        if let Some(episode) = &mut self.episode {
            if episode.goes_on(self.now, horizon, rule) {
                episode.builder.add(&occurrence);
                return settled;
            }
            settled.episode = self.episode.take().map(|episode| episode.builder);
        }
        while self.pending.front().is_some_and(|oldest| oldest.clock < horizon) {
            settled.quiet.extend(self.pending.pop_front());
        }
        self.pending.push_back(occurrence);
        if self.pending.len() >= usize::from(rule.at_least.get()) {
            self.episode = Some(Episode::of(std::mem::take(&mut self.pending), rule));
        }
        settled
    }

    /// How many occurrences are not an episode yet.
    pub(super) fn waiting(&self) -> usize {
        self.pending.len()
    }

    /// What is known of the episode that goes on.
    pub(super) fn episode(&self) -> Option<&IncidentBuilder> {
        self.episode.as_ref().map(|episode| &episode.builder)
    }

    pub(super) fn finish(self) -> Settled {
        Settled { episode: self.episode.map(|episode| episode.builder), quiet: self.pending.into() }
    }
}

impl Episode {
    fn of(occurrences: VecDeque<Occurrence>, rule: Threshold) -> Self {
        let mut episode = Self { builder: IncidentBuilder::default(), latest: VecDeque::new() };
        for occurrence in &occurrences {
            episode.builder.add(occurrence);
            episode.remember(occurrence.clock, rule);
        }
        episode
    }

    /// Whether an occurrence of now belongs to it.
    fn goes_on(&mut self, now: i64, horizon: i64, rule: Threshold) -> bool {
        self.remember(now, rule);
        self.latest.front().is_some_and(|oldest| *oldest >= horizon)
    }

    fn remember(&mut self, clock: i64, rule: Threshold) {
        self.latest.push_back(clock);
        if self.latest.len() > occurrences_to_continue(rule) {
            self.latest.pop_front();
        }
    }
}

/// How many occurrences, the latest among them, must lie within the span for an episode to go on.
fn occurrences_to_continue(rule: Threshold) -> usize {
    usize::from(rule.at_least.get()).div_ceil(2).max(2)
}

/// Entries of one query are not further apart than this, in milliseconds.
pub const QUERY_SPAN_MS: i64 = 5_000;
/// A query has no more entries than this: what goes on is another one.
pub const QUERY_ENTRIES_MAX: usize = 4;
/// How much of a message tells kinds of entries apart, in bytes.
const MESSAGE_HEAD_BYTES_MAX: usize = 100;
/// How many queries may be waiting for more of their entries.
const OPEN_QUERIES_MAX: usize = 4096;

/// Whose query it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum QueryOwner {
    /// That of a session of a run.
    Session(u64, Arc<str>),
    /// That of a client of a run, where no session is named.
    Client(u64, Option<Arc<str>>),
}

/// Queries of which entries may still come: a query that the SQL firewall blocks is logged in three entries, four with debug
/// (events, trap 3).
#[derive(Debug, Default)]
pub(super) struct Queries {
    open: HashMap<QueryOwner, OpenQuery, RandomState>,
    /// The open queries by age; some are closed by now.
    by_age: VecDeque<QueuedQuery>,
    next: u64,
}

/// A query that was opened: whose, and when.
#[derive(Debug)]
struct QueuedQuery {
    number: u64,
    clock: i64,
    owner: QueryOwner,
}

#[derive(Debug)]
struct OpenQuery {
    number: u64,
    query: Occurrence,
    /// The kinds of its entries, each by the fixed part of its message, with colons between them: there is none in it.
    heads: Vec<u8>,
}

impl Queries {
    /// Takes an entry of a blocked query in, as an occurrence of one entry; the queries that are complete by now, in
    /// the order in which they began. An entry of a kind that the owner's query already has begins the next one.
    pub(super) fn add(&mut self, owner: QueryOwner, message: &[u8], mut entry: Occurrence) -> Vec<Occurrence> {
        let horizon = entry.clock.saturating_sub(QUERY_SPAN_MS);
        let mut complete = self.close_older(horizon);
        let head = message_head(message);
        if let Some(open) = self.open.get_mut(&owner) {
            let is_known = || open.heads.split(|byte| *byte == b':').any(|known| known == head);
            if open.query.entries.len() < QUERY_ENTRIES_MAX && !is_known() {
                open.heads.push(b':');
                open.heads.extend_from_slice(head);
                open.query.entries.append(&mut entry.entries);
                open.query.client = open.query.client.take().or(entry.client);
                return complete;
            }
            complete.extend(self.open.remove(&owner).map(|open| open.query));
        }
        self.next += 1;
        self.by_age.push_back(QueuedQuery { number: self.next, clock: entry.clock, owner: owner.clone() });
        let open = OpenQuery { number: self.next, query: entry, heads: head.to_vec() };
        self.open.insert(owner, open);
        complete
    }

    /// How many queries of a client may still have further entries.
    pub(super) fn waiting(&self, client: Option<&Arc<str>>) -> usize {
        self.open.values().filter(|open| open.query.client.as_ref() == client).count()
    }

    /// Nothing more comes of any.
    pub(super) fn finish(&mut self) -> Vec<Occurrence> {
        self.close_older(i64::MAX)
    }

    /// The queries that began before, in the order in which they did: nothing more comes of them.
    pub(super) fn close_older(&mut self, horizon: i64) -> Vec<Occurrence> {
        let mut closed = Vec::new();
        // No query is looked up before it is time: those that are closed already wait here as well.
        let is_due = |by_age: &VecDeque<QueuedQuery>| {
            by_age.front().is_some_and(|oldest| oldest.clock < horizon || by_age.len() > OPEN_QUERIES_MAX)
        };
        while is_due(&self.by_age) {
            let Some(QueuedQuery { number, owner, .. }) = self.by_age.pop_front() else { break };
            match self.open.remove(&owner) {
                Some(open) if open.number == number => closed.push(open.query),
                Some(later) => _ = self.open.insert(owner, later),
                None => {}
            }
        }
        closed
    }
}

/// What of a message is the same for every query: the words before the query, or the rule, that it names.
pub fn message_head(message: &[u8]) -> &[u8] {
    let message = &message[..message.len().min(MESSAGE_HEAD_BYTES_MAX)];
    let end = message.iter().position(|byte| matches!(byte, b':' | b'\'' | b'"' | b'[')).unwrap_or(message.len());
    &message[..end]
}

/// An alarm and what follows from it are not further apart than this, in milliseconds.
const ALARM_SPAN_MS: i64 = 10_000;
/// How many alarms, and how many that have none yet, are remembered within that time.
const ALARMS_MAX: usize = 1_024;

/// Poison records as a stream tells of them: 587 is the alarm, and a 101 at warning level, with which the service ends itself,
/// stands right behind one (events, trap 2). A 101 that stands alone tells of an alarm that is not in the log.
#[derive(Debug, Default)]
pub(super) struct Tripwire {
    /// The latest alarms: when, and whose.
    alarms: VecDeque<(i64, Option<Arc<str>>)>,
    /// What may belong to an alarm that comes yet.
    waiting: VecDeque<Occurrence>,
}

impl Tripwire {
    /// Takes in an alarm; what waited for one in vain.
    pub(super) fn alarm(&mut self, clock: i64, client: Option<Arc<str>>) -> Vec<Occurrence> {
        let in_vain = self.give_up_before(clock.saturating_sub(ALARM_SPAN_MS));
        self.waiting.retain(|it| !is_same(&client, &it.client));
        while self.alarms.front().is_some_and(|(at, _)| *at < clock.saturating_sub(ALARM_SPAN_MS))
            || self.alarms.len() >= ALARMS_MAX
        {
            self.alarms.pop_front();
        }
        if self.alarms.back() != Some(&(clock, client.clone())) {
            self.alarms.push_back((clock, client));
        }
        in_vain
    }

    /// Takes in what follows from an alarm; what waited for one in vain.
    pub(super) fn reaction(&mut self, reaction: Occurrence) -> Vec<Occurrence> {
        let horizon = reaction.clock.saturating_sub(ALARM_SPAN_MS);
        let mut in_vain = self.give_up_before(horizon);
        let told = self.alarms.iter().any(|(at, client)| *at >= horizon && is_same(client, &reaction.client));
        if !told {
            if self.waiting.len() >= ALARMS_MAX {
                in_vain.extend(self.waiting.pop_front());
            }
            self.waiting.push_back(reaction);
        }
        in_vain
    }

    /// It is so late: what waited in vain.
    pub(super) fn give_up(&mut self, clock: i64) -> Vec<Occurrence> {
        self.give_up_before(clock.saturating_sub(ALARM_SPAN_MS))
    }

    fn give_up_before(&mut self, horizon: i64) -> Vec<Occurrence> {
        let over = self.waiting.iter().take_while(|it| it.clock < horizon).count();
        self.waiting.drain(..over).collect()
    }

    /// The stream is at its end: what waits still.
    pub(super) fn finish(&mut self) -> Vec<Occurrence> {
        self.alarms.clear();
        std::mem::take(&mut self.waiting).into()
    }
}

/// Whether both may be the same client's: Acra ends itself without naming one.
fn is_same(a: &Option<Arc<str>>, b: &Option<Arc<str>>) -> bool {
    let named = |client: &Option<Arc<str>>| client.as_deref().is_some_and(|name| !name.is_empty());
    !named(a) || !named(b) || a == b
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::incidents::tests::occurrence;

    fn rule(at_least: u16) -> Threshold {
        serde_json::from_value(serde_json::json!({"at-least": at_least, "within": "10s"})).unwrap()
    }

    /// The number of occurrences in each episode, and how many were in none.
    type Found = (Vec<u64>, usize);

    /// What is found when occurrences come at these seconds.
    fn episodes(at_least: u16, seconds: impl IntoIterator<Item = i64>) -> Found {
        let (mut track, rule) = (Track::new(), rule(at_least));
        let (mut counts, mut quiet) = (Vec::new(), 0);
        let mut settle = |settled: Settled| {
            counts.extend(settled.episode.map(|builder| builder.count));
            quiet += settled.quiet.len();
        };
        for second in seconds {
            settle(track.add(occurrence(second), rule));
        }
        settle(track.finish());
        (counts, quiet)
    }

    #[test]
    fn an_episode_takes_so_many_within_the_span_and_ends_when_they_are_no_longer_close() {
        let cases: [(&str, u16, &[i64], Found); 8] = [
            ("nothing", 3, &[], (vec![], 0)),
            ("too few", 3, &[0, 1], (vec![], 2)),
            ("enough", 3, &[0, 1, 2], (vec![3], 0)),
            ("the span belongs to it", 3, &[0, 5, 10], (vec![3], 0)),
            ("one second more is too far", 3, &[0, 5, 11], (vec![], 3)),
            ("the first of a slow row are left out", 3, &[0, 8, 16, 17], (vec![3], 1)),
            ("a pause ends it", 3, &[0, 1, 2, 30, 31, 32, 33], (vec![3, 4], 0)),
            ("one alone is enough where the rule says so", 1, &[0, 9, 30], (vec![2, 1], 0)),
        ];
        for (what, at_least, seconds, wanted) in cases {
            assert_eq!(episodes(at_least, seconds.iter().copied()), wanted, "{what}");
        }
    }

    #[test]
    fn around_the_threshold_an_episode_does_not_fall_apart() {
        // Four within the span make one of four; one every four seconds is three within the span.
        let row = (0..4).chain((8..100).step_by(4));
        assert_eq!(episodes(4, row), (vec![27], 0));
    }

    #[test]
    fn a_clock_that_goes_back_loses_no_occurrence() {
        assert_eq!(episodes(3, [5, 4, 6, 0, 7]), (vec![5], 0));
    }

    proptest::proptest! {
        #[test]
        fn every_occurrence_is_in_an_episode_or_quiet(at_least in 1_u16..6, steps in proptest::collection::vec(0_i64..12, 0..80)) {
            let seconds: Vec<i64> = steps.iter().scan(0, |at, step| { *at += step; Some(*at) }).collect();
            let (counts, quiet) = episodes(at_least, seconds.iter().copied());
            proptest::prop_assert_eq!(counts.iter().sum::<u64>() as usize + quiet, seconds.len());
            proptest::prop_assert!(counts.iter().all(|count| *count >= u64::from(at_least)));
        }
    }

    const THREE: [&str; 3] =
        ["Query has been blocked by DENY [patterns]", "Denied query: 'select 1'", "Error on AcraCensor check"];

    fn owner(session: &str) -> QueryOwner {
        QueryOwner::Session(1, session.into())
    }

    /// The number of entries of each query, when these come from (session, message, second).
    fn queries<'a>(entries: impl IntoIterator<Item = (&'a str, &'a str, i64)>) -> Vec<usize> {
        let mut queries = Queries::default();
        let mut complete = Vec::new();
        for (session, message, second) in entries {
            complete.extend(queries.add(owner(session), message.as_bytes(), occurrence(second)));
        }
        complete.extend(queries.finish());
        complete.iter().map(|query| query.entries.len()).collect()
    }

    #[test]
    fn three_entries_are_one_query_and_so_are_four() {
        let debug = "Query was checked by AcraCensor";
        let [a, b, c] = THREE;
        assert_eq!(queries([("1", a, 0), ("1", b, 0), ("1", c, 0)]), [3]);
        assert_eq!(queries([a, b, c, a, b, c].map(|message| ("1", message, 0))), [3, 3]);
        assert_eq!(queries([debug, a, b, c, debug, a, b, c].map(|message| ("1", message, 0))), [4, 4]);
        assert_eq!(queries([]), Vec::<usize>::new());
        let made_up: Vec<String> = (0..10).map(|number| format!("reason {number}")).collect();
        assert_eq!(queries(made_up.iter().map(|message| ("1", &message[..], 0))), [4, 4, 2], "more is another query");
    }

    #[test]
    fn sessions_do_not_mix_and_a_missing_entry_does_not_join_two_queries() {
        let [a, b, c] = THREE;
        let mixed = [("1", a, 0), ("2", a, 0), ("1", b, 0), ("2", b, 0), ("2", c, 0), ("1", c, 0)];
        assert_eq!(queries(mixed), [3, 3]);
        assert_eq!(queries([a, b, a, b, c].map(|message| ("1", message, 0))), [2, 3]);
        assert_eq!(queries([("1", a, 0), ("1", b, 0), ("1", c, 60)]), [2, 1], "a minute later is another query");
        assert_eq!(queries([("1", "Denied query: 'a'", 0), ("1", "Denied query: 'b: c'", 0)]), [1, 1]);
    }

    #[test]
    fn what_waits_is_bounded_and_nothing_is_lost() {
        let sessions: Vec<String> = (0..OPEN_QUERIES_MAX + 50).map(|number| number.to_string()).collect();
        let counts = queries(sessions.iter().map(|session| (&session[..], THREE[0], 0)));
        assert_eq!(counts, vec![1; sessions.len()]);
        let mut many = Queries::default();
        for session in &sessions {
            many.add(owner(session), THREE[0].as_bytes(), occurrence(0));
        }
        assert!(many.open.len() <= OPEN_QUERIES_MAX + 1 && many.by_age.len() <= OPEN_QUERIES_MAX + 1);
    }

    /// Whether it is an alarm, whose, and in which second.
    type Row<'a> = (bool, &'a str, i64);

    /// How many reactions are without an alarm, when alarms and reactions of clients come at these seconds.
    fn alone(entries: &[Row<'_>]) -> usize {
        let mut tripwire = Tripwire::default();
        let mut alone = 0;
        for (is_alarm, client, second) in entries {
            let client: Option<Arc<str>> = Some(*client).filter(|client| !client.is_empty()).map(Into::into);
            alone += match is_alarm {
                true => tripwire.alarm(second * 1000, client).len(),
                false => tripwire.reaction(Occurrence { client, ..occurrence(*second) }).len(),
            };
        }
        alone + tripwire.finish().len()
    }

    #[test]
    fn a_reaction_stands_beside_its_alarm_or_alone() {
        let cases: [(&str, &[Row<'_>], usize); 8] = [
            ("nothing", &[], 0),
            ("right behind its alarm", &[(true, "a", 5), (false, "", 5)], 0),
            ("right before it", &[(false, "", 5), (true, "a", 6)], 0),
            ("no alarm at all", &[(false, "", 5)], 1),
            ("one of long ago", &[(true, "a", 5), (false, "", 60)], 1),
            ("one of long after", &[(false, "a", 5), (true, "a", 60)], 1),
            ("that of another client", &[(true, "a", 5), (false, "b", 5)], 1),
            ("one with, one without", &[(true, "a", 5), (false, "a", 5), (false, "a", 90)], 1),
        ];
        for (what, entries, wanted) in cases {
            assert_eq!(alone(entries), wanted, "{what}");
        }
    }

    #[test]
    fn every_reaction_of_a_flood_stands_alone() {
        let entries: Vec<_> = (0..3 * ALARMS_MAX).map(|_| (false, "a", 1)).collect();
        assert_eq!(alone(&entries), entries.len());
    }
}
