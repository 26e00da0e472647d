//! What a correlation remembers of one group: the newest of what it counts, no more than decides whether its condition holds.
//! Which groups there are, and what is told of them, is left to `correlator`.

use std::collections::{HashMap, HashSet, VecDeque};

use foldhash::fast::RandomState;

use super::rules::{CounterKind, SigmaCounter};

/// What is counted: when it happened, and what is told of it, when that is kept.
#[derive(Debug)]
pub(super) struct CountedMatch<T> {
    pub(super) clock: i64,
    pub(super) entry: Option<T>,
}

/// What was counted so far.
#[derive(Debug)]
pub(super) enum CountingWindow<T> {
    /// The newest events, as many as are needed.
    Events(VecDeque<CountedMatch<T>>),
    Values(DistinctValues<T>),
    /// For each rule, when it matched last.
    Rules(Vec<Option<CountedMatch<T>>>),
    /// For each rule, the latest beginning of a sequence that has come to it.
    Sequences(Vec<Option<Sequence<T>>>),
    /// Everything from the first event on, to be judged at the end of the timespan.
    Whole(WholeSpan<T>),
}

/// The newest of different values.
#[derive(Debug)]
pub(super) struct DistinctValues<T> {
    /// By time; one that has come again stands there more than once.
    queue: VecDeque<(u64, CountedMatch<T>)>,
    /// When each value came last.
    latest: HashMap<u64, i64, RandomState>,
}

/// Matches of rules in their order.
#[derive(Debug, Clone)]
pub(super) struct Sequence<T> {
    began: i64,
    entries: Vec<Option<T>>,
}

/// A timespan that is judged when it is over.
#[derive(Debug)]
pub(super) struct WholeSpan<T> {
    count: u64,
    distinct: HashSet<u64, RandomState>,
    entries: Vec<T>,
}

/// How many entries of a timespan are kept that is judged at its end.
const ENTRIES_MAX: usize = 64;

impl<T: Clone> CountingWindow<T> {
    pub(super) fn new(counter: &SigmaCounter) -> Self {
        if counter.bounds.most.is_some() {
            return Self::Whole(WholeSpan { count: 0, distinct: HashSet::default(), entries: Vec::new() });
        }
        match counter.what {
            CounterKind::Events => Self::Events(VecDeque::new()),
            CounterKind::Values => Self::Values(DistinctValues { queue: VecDeque::new(), latest: HashMap::default() }),
            CounterKind::Rules => Self::Rules((0..counter.members).map(|_| None).collect()),
            CounterKind::RulesInOrder => Self::Sequences((0..counter.members).map(|_| None).collect()),
        }
    }

    /// Counts a match of one of the counter's rules; whether the condition holds now. What is older than the timespan no
    /// longer counts.
    pub(super) fn add(
        &mut self,
        counter: &SigmaCounter,
        member: usize,
        value: Option<u64>,
        counted: CountedMatch<T>,
    ) -> bool {
        let (now, horizon) = (counted.clock, counted.clock.saturating_sub(counter.timespan_ms));
        let least = usize::try_from(counter.bounds.least).unwrap_or(usize::MAX);
        match self {
            Self::Events(events) => {
                events.push_back(counted);
                while events.len() > least || events.front().is_some_and(|event| event.clock < horizon) {
                    events.pop_front();
                }
                events.len() >= least
            }
            Self::Values(values) => values.add(value.unwrap_or_default(), counted, least, horizon),
            Self::Rules(rules) => {
                if let Some(rule) = rules.get_mut(member) {
                    *rule = Some(counted);
                }
                rules.iter().flatten().filter(|rule| rule.clock >= horizon).count() >= least
            }
            Self::Sequences(sequences) => {
                let begun = match member.checked_sub(1) {
                    None => Some(Sequence { began: now, entries: Vec::new() }),
                    Some(before) => sequences[before].clone().filter(|sequence| sequence.began >= horizon),
                };
                let Some(mut sequence) = begun else { return false };
                sequence.entries.push(counted.entry);
                if member + 1 == sequences.len() {
                    sequences[member] = Some(sequence);
                    return true;
                }
                sequences[member] = Some(sequence);
                false
            }
            Self::Whole(span) => {
                span.add(counter, member, value, counted.entry);
                false
            }
        }
    }

    /// Whether the timespan, which is over, meets the condition. Only one that is judged at its end does.
    pub(super) fn holds_at_end(&self, counter: &SigmaCounter) -> bool {
        let Self::Whole(span) = self else { return false };
        let number = match counter.what {
            CounterKind::Events => span.count,
            _ => span.distinct.len() as u64,
        };
        number >= counter.bounds.least && counter.bounds.most.is_none_or(|most| number <= most)
    }

    /// How many entries it holds that count, and takes out those that were kept.
    pub(super) fn take(&mut self) -> (u64, Vec<T>) {
        match self {
            Self::Events(events) => {
                (events.len() as u64, events.iter_mut().filter_map(|event| event.entry.take()).collect())
            }
            Self::Values(values) => {
                let entries = values.queue.iter_mut().filter_map(|(_, counted)| counted.entry.take()).collect();
                (values.queue.len() as u64, entries)
            }
            Self::Rules(rules) => {
                let mut kept: Vec<&mut CountedMatch<T>> = rules.iter_mut().flatten().collect();
                kept.sort_by_key(|rule| rule.clock);
                (kept.len() as u64, kept.into_iter().filter_map(|rule| rule.entry.take()).collect())
            }
            Self::Sequences(sequences) => {
                let whole = sequences.last_mut().and_then(Option::take);
                // One that was told does not begin another match.
                sequences.iter_mut().for_each(|sequence| *sequence = None);
                let entries = whole.map_or(Vec::new(), |sequence| sequence.entries);
                (entries.len() as u64, entries.into_iter().flatten().collect())
            }
            Self::Whole(span) => (span.count, std::mem::take(&mut span.entries)),
        }
    }

    /// How many things it remembers, and how many entries it keeps for them.
    pub(super) fn size(&self) -> (usize, usize) {
        let kept = |counted: &CountedMatch<T>| usize::from(counted.entry.is_some());
        match self {
            Self::Events(events) => (events.len(), events.iter().map(kept).sum()),
            Self::Values(values) => {
                (values.queue.len() + values.latest.len(), values.queue.iter().map(|(_, it)| kept(it)).sum())
            }
            Self::Rules(rules) => (rules.len(), rules.iter().flatten().map(kept).sum()),
            Self::Sequences(sequences) => {
                let entries = |sequence: &Sequence<T>| sequence.entries.len();
                let of_all = sequences.iter().flatten().map(entries).sum::<usize>();
                (sequences.len() + of_all, of_all)
            }
            Self::Whole(span) => (1 + span.distinct.len(), span.entries.len()),
        }
    }
}

impl<T> DistinctValues<T> {
    fn add(&mut self, value: u64, counted: CountedMatch<T>, least: usize, horizon: i64) -> bool {
        self.latest.insert(value, counted.clock);
        self.queue.push_back((value, counted));
        while let Some((value, counted)) = self.queue.front() {
            let is_latest = self.latest.get(value) == Some(&counted.clock);
            // The newest values decide: of more than are needed the oldest one goes.
            if is_latest && counted.clock >= horizon && self.latest.len() <= least {
                break;
            }
            if is_latest {
                self.latest.remove(value);
            }
            self.queue.pop_front();
        }
        if self.queue.len() > 2 * self.latest.len() + ENTRIES_MAX {
            let latest = &self.latest;
            self.queue.retain(|(value, counted)| latest.get(value) == Some(&counted.clock));
        }
        self.latest.len() >= least
    }
}

impl<T> WholeSpan<T> {
    fn add(&mut self, counter: &SigmaCounter, member: usize, value: Option<u64>, entry: Option<T>) {
        self.count = self.count.saturating_add(1);
        let most = counter.bounds.most.unwrap_or(u64::MAX);
        // One more than there may be is as good as any number more.
        if self.distinct.len() as u64 <= most && counter.what != CounterKind::Events {
            self.distinct.insert(value.unwrap_or(member as u64));
        }
        if self.entries.len() < ENTRIES_MAX {
            self.entries.extend(entry);
        }
    }
}
