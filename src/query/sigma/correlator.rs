//! Counts what rules of Sigma match over time (Sigma correlation rules specification 2): within a timespan, apart for each group,
//! on the log's own clock, in bounded memory. Which entries match is left to `rules`.
//!
//! A match is one that goes on: it is raised when a condition is met, updated by each entry that belongs to it, and closed when
//! its condition was not met for a timespan. What a rule without correlation matches is told in the same way: its matches for one
//! client belong together while they are within five minutes.
//!
//! A condition with an upper limit (`lt`, `lte`, `eq`) can only be judged when its timespan is over. That begins with the first
//! entry of a group; a match is raised and closed at its end.
//!
//! # Live
//!
//! For each entry in the order of the log, once its place is settled:
//!
//! ```text
//! let hits = rules.hits(&event);                      // any thread; most entries hit nothing
//! for change in correlator.observe(&hits, clock_ms, || anchor.clone()) { ... }
//! ```
//!
//! `clock_ms` is the log's own time in milliseconds and must not go back: whoever follows a log with a clock that jumps adds up
//! its steps and leaves out those that are negative. The correlator takes what goes back for a standstill. Now and then, also
//! where nothing is logged, [`Correlator::advance`] with the time by then closes what is over. [`Correlator::finish`] is for the
//! end of a log, not for that of a watch: it judges timespans that are not over yet.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::rules::{CounterInput, RuleIndex, SigmaCounter, SigmaHits, SigmaRules};
use super::window::{CountedMatch, CountingWindow};

/// How many groups are told apart at a time, of all rules together.
const GROUPS_MAX: usize = 50_000;
/// How many things are remembered of all groups together.
const REMEMBERED_MAX: usize = 1_000_000;
/// How many entries are kept for matches that may be raised; those beyond are counted and not told.
const ENTRIES_MAX: usize = 32_768;
/// How many of them for one group.
const ENTRIES_OF_GROUP_MAX: usize = 64;

/// Where a match stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchState {
    /// It is new.
    Raised,
    /// One more entry belongs to it.
    Updated,
    /// It is over.
    Closed,
}

/// A change of a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigmaMatch<T> {
    /// Numbers it among all of this correlator.
    pub id: u64,
    /// The rule, known to [`SigmaRules::rule`].
    pub rule: RuleIndex,
    /// Where it stands.
    pub state: MatchState,
    /// What it is about: the fields that the rule groups by, and their values; none for an entry without the field.
    pub group: Vec<(String, Option<String>)>,
    /// How many entries belong to it so far.
    pub count: u64,
    /// Those of them that were not told before and could be kept, the oldest first.
    pub entries: Vec<T>,
    /// What the rule demands, for people.
    pub demands: String,
}

/// Counts over time. `T` is what is told of an entry: where it stands, or all that a report shows.
#[derive(Debug)]
pub struct Correlator<T> {
    rules: Arc<SigmaRules>,
    groups: HashMap<GroupKey, SigmaGroup<T>, RandomState>,
    /// When each group is over unless something happens, by that time and its number.
    ends: BTreeMap<(i64, u64), GroupKey>,
    clock: i64,
    next_group: u64,
    next_match: u64,
    remembered: usize,
    kept: usize,
    given_up: u64,
}

/// A counter, and what it tells entries apart by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct GroupKey {
    counter: usize,
    values: Arc<[Option<Box<str>>]>,
}

#[derive(Debug)]
struct SigmaGroup<T> {
    number: u64,
    /// When it is over unless something happens.
    end: i64,
    /// When something last happened.
    touched: i64,
    window: CountingWindow<T>,
    ongoing: Option<OngoingMatch>,
}

#[derive(Clone, Copy, Debug)]
struct OngoingMatch {
    id: u64,
    count: u64,
    /// When its condition was last met.
    held: i64,
}

/// What came of counting one match of a rule.
#[derive(Clone, Copy, Debug, Default)]
struct CountingResult {
    held: bool,
    raised: bool,
}

impl<T: Clone> Correlator<T> {
    /// Nothing was counted yet.
    pub fn new(rules: Arc<SigmaRules>) -> Self {
        Self {
            rules,
            groups: HashMap::default(),
            ends: BTreeMap::new(),
            clock: i64::MIN,
            next_group: 0,
            next_match: 0,
            remembered: 0,
            kept: 0,
            given_up: 0,
        }
    }

    /// Takes in what rules say of the next entry, logged at a time in milliseconds; what changed by it. `entry` makes what is
    /// told of it, and is asked only when something counts.
    pub fn observe(&mut self, hits: &SigmaHits, clock_ms: i64, entry: impl FnOnce() -> T) -> Vec<SigmaMatch<T>> {
        let mut changes = self.advance(clock_ms);
        if hits.inputs.is_empty() {
            return changes;
        }
        let entry = entry();
        let rules = Arc::clone(&self.rules);
        // What the counters so far came to; they stand before those that count them.
        let mut results: Vec<(usize, CountingResult)> = Vec::new();
        let mut last: Option<&CounterInput> = None;
        for input in &hits.inputs {
            let counter = rules.counter(input.counter);
            let is_wanted = input.if_held.is_none_or(|inner| {
                let inner = results.iter().filter(|(at, _)| *at == inner);
                inner.into_iter().any(|(_, result)| if counter.counts_rules() { result.held } else { result.raised })
            });
            // An entry that matches two rules of a count is one entry.
            let is_counted = !counter.counts_rules()
                && last.is_some_and(|last| last.counter == input.counter && last.group == input.group);
            if is_wanted && !is_counted {
                let result = self.count(counter, input, &entry, &mut changes);
                results.push((input.counter, result));
                last = Some(input);
            }
        }
        changes
    }

    /// Takes in that it is so late by the log's clock: what is over is closed.
    pub fn advance(&mut self, clock_ms: i64) -> Vec<SigmaMatch<T>> {
        self.clock = self.clock.max(clock_ms);
        let mut changes = Vec::new();
        while let Some((&(end, _), _)) = self.ends.first_key_value()
            && end < self.clock
        {
            self.end_first(&mut changes);
        }
        changes
    }

    /// Nothing more is logged: all that goes on is over, and timespans that are not are judged all the same.
    pub fn finish(&mut self) -> Vec<SigmaMatch<T>> {
        let mut changes = Vec::new();
        while !self.ends.is_empty() {
            self.end_first(&mut changes);
        }
        self.clock = i64::MIN;
        changes
    }

    /// How many groups were given up because there were too many.
    pub fn given_up(&self) -> u64 {
        self.given_up
    }

    fn count(
        &mut self,
        counter: &SigmaCounter,
        input: &CounterInput,
        entry: &T,
        changes: &mut Vec<SigmaMatch<T>>,
    ) -> CountingResult {
        let key = GroupKey { counter: input.counter, values: input.group.as_slice().into() };
        self.make_room(&key, changes);
        let clock = self.clock;
        let is_new = !self.groups.contains_key(&key);
        let group = self.groups.entry(key.clone()).or_insert_with(|| {
            self.next_group += 1;
            SigmaGroup {
                number: self.next_group,
                end: clock.saturating_add(counter.timespan_ms),
                touched: clock,
                window: CountingWindow::new(counter),
                ongoing: None,
            }
        });
        let before = if is_new { (0, 0) } else { group.window.size() };
        // What belongs to an ongoing match is told at once.
        let has_room = group.ongoing.is_none() && self.kept < ENTRIES_MAX && before.1 < ENTRIES_OF_GROUP_MAX;
        let kept = has_room.then(|| entry.clone());
        let held = group.window.add(counter, input.member, input.value, CountedMatch { clock, entry: kept });
        let mut result = CountingResult { held, raised: false };
        group.touched = clock;
        let change = match &mut group.ongoing {
            Some(ongoing) => {
                ongoing.count += 1;
                ongoing.held = if held { clock } else { ongoing.held };
                Some((MatchState::Updated, *ongoing, vec![entry.clone()]))
            }
            None if held => {
                self.next_match += 1;
                result.raised = true;
                let (count, mut entries) = group.window.take();
                if !has_room {
                    entries.push(entry.clone());
                }
                let ongoing = OngoingMatch { id: self.next_match, count, held: clock };
                group.ongoing = Some(ongoing);
                Some((MatchState::Raised, ongoing, entries))
            }
            None => None,
        };
        let after = group.window.size();
        self.remembered = self.remembered + after.0 - before.0;
        self.kept = self.kept + after.1 - before.1;
        self.ends.remove(&(group.end, group.number));
        if counter.bounds.most.is_none() {
            group.end = group.ongoing.map_or(clock, |ongoing| ongoing.held).saturating_add(counter.timespan_ms);
        }
        self.ends.insert((group.end, group.number), key.clone());
        if let Some((state, ongoing, entries)) = change.filter(|_| counter.is_told) {
            changes.push(counter.change(&key, state, ongoing, entries));
        }
        result
    }

    /// Gives up the groups that end first, when there are too many of them.
    fn make_room(&mut self, wanted: &GroupKey, changes: &mut Vec<SigmaMatch<T>>) {
        while (self.groups.len() >= GROUPS_MAX && !self.groups.contains_key(wanted))
            || (self.remembered >= REMEMBERED_MAX && !self.groups.is_empty())
        {
            self.given_up += 1;
            self.end_first(changes);
        }
    }

    /// Ends the group that ends first; one in which something else may still come of what it counted goes on without its match.
    fn end_first(&mut self, changes: &mut Vec<SigmaMatch<T>>) {
        let Some(((end, number), key)) = self.ends.pop_first() else { return };
        let Some(mut group) = self.groups.remove(&key) else { return };
        let rules = Arc::clone(&self.rules);
        let counter = rules.counter(key.counter);
        let (remembered, kept) = group.window.size();
        if let Some(ongoing) = group.ongoing.take() {
            if counter.is_told {
                changes.push(counter.change(&key, MatchState::Closed, ongoing, Vec::new()));
            }
            let later = group.touched.saturating_add(counter.timespan_ms);
            if later >= self.clock && later > end && self.clock > end {
                group.end = later;
                self.ends.insert((later, number), key.clone());
                self.groups.insert(key, group);
                return;
            }
        } else if group.window.holds_at_end(counter) {
            self.next_match += 1;
            let (count, entries) = group.window.take();
            let ongoing = OngoingMatch { id: self.next_match, count, held: end };
            if counter.is_told {
                changes.push(counter.change(&key, MatchState::Raised, ongoing, entries));
                changes.push(counter.change(&key, MatchState::Closed, ongoing, Vec::new()));
            }
        }
        self.remembered -= remembered;
        self.kept -= kept;
    }
}

impl SigmaCounter {
    /// Whether it counts which rules match, not how often.
    fn counts_rules(&self) -> bool {
        use super::rules::CounterKind::{Events, Rules, RulesInOrder, Values};
        match self.what {
            Events | Values => false,
            Rules | RulesInOrder => true,
        }
    }

    fn change<T>(&self, key: &GroupKey, state: MatchState, ongoing: OngoingMatch, entries: Vec<T>) -> SigmaMatch<T> {
        let values = key.values.iter().map(|value| value.as_deref().map(str::to_owned));
        let group = self.group_names.iter().cloned().zip(values).collect();
        let OngoingMatch { id, count, .. } = ongoing;
        SigmaMatch { id, rule: self.rule, state, group, count, entries, demands: self.text.clone() }
    }
}
