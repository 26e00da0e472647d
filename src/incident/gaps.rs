//! What is missing in a log, as it shows while the log is read: times and files of which nothing is there, pauses that are
//! longer than usual, and seals. Whether a line is allowed to have no seal is left to `verdict`.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use super::occurrence::{earlier, later};
use super::report::{Gap, GapKind, RunEnd, UnsignedRange};
use super::rules::SilenceRule;
use super::runs::Replaced;
use crate::entry::LogTime;
use crate::line::Place;
use crate::verdict::Capped;

/// How many gaps a report lists.
const GAPS_MAX: usize = 100_000;

#[derive(Debug, Default)]
pub(super) struct Gaps {
    listed: Capped<Gap>,
    /// Files that were not read, since the latest entry.
    open: Vec<Gap>,
}

impl Gaps {
    /// A file is missing, or cannot be read behind a line; `from` is the time of the latest entry before.
    pub(super) fn unread(&mut self, file: &Arc<str>, line: u64, from: Option<LogTime>) {
        let after = Some(Place { file: Arc::clone(file), line });
        self.open.push(Gap { kind: GapKind::FileUnread, from, to: None, seconds: 0, after, before: None });
    }

    /// The first entry after files that were not read; whether there were any.
    pub(super) fn close(&mut self, time: LogTime, place: impl Fn() -> Place) -> bool {
        let open = std::mem::take(&mut self.open);
        let any = !open.is_empty();
        for gap in open {
            let seconds = gap.from.map_or(0, |from| seconds(from, time));
            self.list(Gap { to: Some(time), seconds, before: Some(place()), ..gap });
        }
        any
    }

    /// A service began again.
    pub(super) fn service_was_down(&mut self, replaced: &Replaced, to: LogTime, place: Place) {
        let kind = match replaced.end {
            RunEnd::Stopped => GapKind::Stopped,
            RunEnd::PoisonShutdown => GapKind::PoisonShutdown,
            RunEnd::NotStopped | RunEnd::LogEnds => GapKind::NotStopped,
        };
        let seconds = replaced.last.map_or(0, |from| seconds(from, to));
        let after = Some(replaced.last_place.clone());
        self.list(Gap { kind, from: replaced.last, to: Some(to), seconds, after, before: Some(place) });
    }

    /// Nothing more comes that could end an open gap.
    pub(super) fn end_stream(&mut self) {
        std::mem::take(&mut self.open).into_iter().for_each(|gap| self.list(gap));
    }

    fn list(&mut self, gap: Gap) {
        self.listed.push(gap, GAPS_MAX);
    }

    /// The gaps by time, those without one where they were read, and how many more there were.
    pub(super) fn finish(mut self, silences: &Silences) -> (Vec<Gap>, u64) {
        for pause in &silences.pauses {
            self.list(Gap {
                kind: GapKind::Silence,
                from: Some(pause.from),
                to: Some(pause.to),
                seconds: seconds(pause.from, pause.to),
                after: Some(pause.after.clone()),
                before: Some(pause.before.clone()),
            });
        }
        self.listed.items.sort_by_key(|gap| gap.from.or(gap.to));
        (self.listed.items, self.listed.omitted + silences.omitted)
    }
}

fn seconds(from: LogTime, to: LogTime) -> u64 {
    u64::try_from(to.unix_ms.saturating_sub(from.unix_ms) / 1000).unwrap_or(0)
}

/// How many of the longest pauses are kept.
const PAUSES_MAX: usize = 2_000;
/// Pauses of this many per hundred are usual.
const USUAL_PERCENT: u64 = 99;
/// Each doubling of a length is told apart in so many steps.
const STEPS: u32 = 16;

/// A pause, by its ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pause {
    pub(super) milliseconds: i64,
    pub(super) from: LogTime,
    pub(super) to: LogTime,
    pub(super) after: Place,
    pub(super) before: Place,
}

/// All pauses so far between neighbouring entries of a running service.
#[derive(Debug)]
pub(super) struct Pauses {
    /// How many pauses there are of each length; see [`bucket`].
    lengths: Vec<u64>,
    count: u64,
    /// The shortest of them on top.
    longest: BinaryHeap<Reverse<Pause>>,
    rule: SilenceRule,
}

/// Pauses that are longer than the rule allows.
pub(super) struct Silences {
    /// The pause that 99 of 100 do not exceed, in milliseconds.
    pub(super) usual_ms: i64,
    /// What the rule makes of it, in milliseconds.
    pub(super) limit_ms: i64,
    /// By time.
    pub(super) pauses: Vec<Pause>,
    /// At least so many more were too many to be kept.
    pub(super) omitted: u64,
}

impl Pauses {
    pub(super) fn new(rule: SilenceRule) -> Self {
        Self { lengths: vec![0; bucket(i64::MAX) + 1], count: 0, longest: BinaryHeap::new(), rule }
    }

    /// Another rule holds from here on.
    pub(super) fn set_rule(&mut self, rule: SilenceRule) {
        self.rule = rule;
    }

    /// Takes in the pause between two neighbouring entries. The places are asked for only when they may matter.
    pub(super) fn add(&mut self, from: LogTime, to: LogTime, places: impl FnOnce() -> (Place, Place)) {
        let milliseconds = to.unix_ms.saturating_sub(from.unix_ms).max(0);
        self.lengths[bucket(milliseconds)] += 1;
        self.count += 1;
        let full = self.longest.len() == PAUSES_MAX;
        let shortest = self.longest.peek().map_or(0, |shortest| shortest.0.milliseconds);
        if milliseconds < self.rule.at_least.milliseconds() || (full && milliseconds <= shortest) {
            return;
        }
        if full {
            self.longest.pop();
        }
        let (after, before) = places();
        self.longest.push(Reverse(Pause { milliseconds, from, to, after, before }));
    }

    /// What is usual so far, and what the rule makes of it, in milliseconds.
    pub(super) fn limit_ms(&self) -> (i64, i64) {
        let usual_ms = self.usual_ms();
        let times_usual = usual_ms.saturating_mul(self.rule.times_usual.get().into());
        (usual_ms, self.rule.at_least.milliseconds().max(times_usual))
    }

    pub(super) fn finish(self) -> Silences {
        let (usual_ms, limit_ms) = self.limit_ms();
        let full = self.longest.len() == PAUSES_MAX;
        let longest = self.longest.into_iter().map(|pause| pause.0);
        let mut pauses: Vec<Pause> = longest.filter(|pause| pause.milliseconds >= limit_ms).collect();
        pauses.sort_by(|a, b| (a.from, &a.after).cmp(&(b.from, &b.after)));
        // Only when all that were kept are silence, shorter ones that were not may be as well.
        let certain = self.lengths.iter().enumerate().filter(|(number, _)| length(*number) >= limit_ms);
        let long: u64 = certain.map(|(_, count)| count).sum();
        let omitted = if full && pauses.len() == PAUSES_MAX { long.saturating_sub(PAUSES_MAX as u64) } else { 0 };
        Silences { usual_ms, limit_ms, pauses, omitted }
    }

    /// The rank is rounded down: of twenty pauses the longest one is not usual.
    fn usual_ms(&self) -> i64 {
        let rank = self.count.saturating_sub(1) * USUAL_PERCENT / 100;
        let mut below = 0;
        for (number, count) in self.lengths.iter().enumerate() {
            below += count;
            if below > rank {
                return length(number);
            }
        }
        0
    }
}

/// The bucket of a length in milliseconds: one for each up to 16, then 16 for each doubling.
fn bucket(milliseconds: i64) -> usize {
    let length = milliseconds.unsigned_abs();
    let doublings = length.max(1).ilog2().saturating_sub(STEPS.ilog2());
    (doublings * STEPS) as usize + (length >> doublings) as usize
}

/// The shortest length of a bucket.
fn length(bucket: usize) -> i64 {
    let (steps, bucket) = (STEPS as usize, bucket as i64);
    let doublings = (bucket as usize / steps).saturating_sub(1);
    (bucket - (doublings * steps) as i64) << doublings
}

/// How many stretches a report lists.
const UNSIGNED_RANGES_MAX: usize = 100_000;

#[derive(Debug, Default)]
pub(super) struct UnsignedRuns {
    listed: Capped<UnsignedRange>,
    /// The one that may go on.
    current: Option<UnsignedRange>,
}

impl UnsignedRuns {
    /// Takes in a line without a seal.
    pub(super) fn add(&mut self, file: &Arc<str>, line: u64, time: Option<LogTime>) {
        match &mut self.current {
            Some(current) if Arc::ptr_eq(&current.file, file) => {
                current.through = line;
                current.lines += 1;
                current.first = earlier(current.first, time);
                current.last = later(current.last, time);
            }
            _ => {
                self.end();
                let file = Arc::clone(file);
                self.current = Some(UnsignedRange { file, line, through: line, lines: 1, first: time, last: time });
            }
        }
    }

    /// An entry with a seal comes, or another file.
    pub(super) fn end(&mut self) {
        if let Some(range) = self.current.take() {
            self.listed.push(range, UNSIGNED_RANGES_MAX);
        }
    }

    /// The stretches in the order of the log, and how many more there were.
    pub(super) fn finish(mut self) -> (Vec<UnsignedRange>, u64) {
        self.end();
        (self.listed.items, self.listed.omitted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn silences(seconds: impl IntoIterator<Item = i64>) -> Silences {
        let rule = serde_json::from_value(serde_json::json!({"at-least": "1h", "times-usual": 3})).expect("a rule");
        let mut pauses = Pauses::new(rule);
        let mut at = 0;
        let place = |line: i64| Place { file: "a".into(), line: line.unsigned_abs() };
        for pause in seconds {
            let times = [at, at + pause].map(|second| LogTime { unix_ms: second * 1000 });
            pauses.add(times[0], times[1], || (place(at), place(at + pause)));
            at += pause;
        }
        pauses.finish()
    }

    #[test]
    fn buckets_are_in_order_and_never_more_than_a_sixteenth_wide() {
        let mut lengths: Vec<i64> = (0..62).flat_map(|bits| [(1 << bits) - 1, 1 << bits, (1 << bits) + 1]).collect();
        lengths.extend([0, 17, 1_000, 3_599_999, i64::MAX]);
        lengths.sort_unstable();
        assert!(lengths.iter().map(|ms| bucket(*ms)).is_sorted());
        for ms in lengths {
            let floor = length(bucket(ms));
            assert!(floor <= ms && ms - floor <= ms / 16, "{ms}: {floor}");
        }
    }

    #[test]
    fn silence_is_longer_than_the_rule_and_than_usual() {
        let busy = || std::iter::repeat_n(1, 200);
        let lengths = |it: Silences| it.pauses.iter().map(|pause| pause.milliseconds / 1000).collect::<Vec<_>>();
        assert_eq!(lengths(silences(busy().chain([3599, 3600, 9000]))), [3600, 9000]);
        assert_eq!(lengths(silences([])), Vec::<i64>::new());
        assert_eq!(lengths(silences([1, 7200])), [7200], "two pauses, and one is a thousand times the other");
        let hourly = std::iter::repeat_n(3600, 200);
        assert_eq!(lengths(silences(hourly.chain([7200, 11_000]))), [11_000], "an hour is usual here");
    }

    #[test]
    fn the_longest_pauses_are_kept_however_many_there_are() {
        let row = (0..PAUSES_MAX as i64 + 1_000).flat_map(|number| std::iter::repeat_n(1, 200).chain([4_000 + number]));
        let silences = silences(row);
        assert_eq!((silences.pauses.len(), silences.omitted), (PAUSES_MAX, 1_000));
        assert!(silences.pauses.iter().all(|pause| pause.milliseconds >= 5_000 * 1000));
        assert!(silences.pauses.windows(2).all(|pair| pair[0].from < pair[1].from));
        assert_eq!((silences.usual_ms, silences.limit_ms), (length(bucket(1_000)), 3_600_000));
    }

    #[test]
    fn a_stretch_ends_at_a_seal_and_at_the_end_of_its_file() {
        let (a, b): (Arc<str>, Arc<str>) = ("a".into(), "b".into());
        let mut stretches = UnsignedRuns::default();
        let at = |second: i64| Some(LogTime { unix_ms: second * 1000 });
        for (file, line, time) in [(&a, 1, at(5)), (&a, 2, None), (&a, 4, at(7)), (&b, 1, None)] {
            stretches.add(file, line, time);
        }
        stretches.end();
        stretches.add(&b, 9, None);
        let (listed, omitted) = stretches.finish();
        let seen: Vec<_> = listed.iter().map(|it| (&*it.file, it.line, it.through, it.lines)).collect();
        assert_eq!(seen, [("a", 1, 4, 3), ("b", 1, 1, 1), ("b", 9, 9, 1)]);
        assert_eq!((listed[0].first, listed[0].last, omitted), (at(5), at(7), 0));
    }

    #[test]
    fn memory_is_bounded() {
        let mut stretches = UnsignedRuns::default();
        let file: Arc<str> = "a".into();
        for line in 0..UNSIGNED_RANGES_MAX as u64 + 5 {
            stretches.add(&file, line, None);
            stretches.end();
        }
        let (listed, omitted) = stretches.finish();
        assert_eq!((listed.len(), omitted), (UNSIGNED_RANGES_MAX, 5));
    }
}
