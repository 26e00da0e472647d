//! Pauses between neighbouring entries of a running service: which ones are usual, and which ones were the longest. A pause
//! that is longer than usual is silence.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::rules::SilenceRule;
use crate::entry::LogTime;
use crate::line::Place;

/// How many of the longest pauses are kept.
const KEPT_MAX: usize = 2_000;
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

/// All pauses so far.
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
    /// No pause yet.
    pub(super) fn new(rule: SilenceRule) -> Self {
        Self { lengths: vec![0; bucket(i64::MAX) + 1], count: 0, longest: BinaryHeap::new(), rule }
    }

    /// Takes in the pause between two neighbouring entries. The places are asked for only when they may matter.
    pub(super) fn add(&mut self, from: LogTime, to: LogTime, places: impl FnOnce() -> (Place, Place)) {
        let milliseconds = to.unix_ms.saturating_sub(from.unix_ms).max(0);
        self.lengths[bucket(milliseconds)] += 1;
        self.count += 1;
        let full = self.longest.len() == KEPT_MAX;
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

    /// The pauses that are silence.
    pub(super) fn finish(self) -> Silences {
        let usual_ms = self.usual_ms();
        let times_usual = usual_ms.saturating_mul(self.rule.times_usual.get().into());
        let limit_ms = self.rule.at_least.milliseconds().max(times_usual);
        let full = self.longest.len() == KEPT_MAX;
        let longest = self.longest.into_iter().map(|pause| pause.0);
        let mut pauses: Vec<Pause> = longest.filter(|pause| pause.milliseconds >= limit_ms).collect();
        pauses.sort_by(|a, b| (a.from, &a.after).cmp(&(b.from, &b.after)));
        // Only when all that were kept are silence, shorter ones that were not may be as well.
        let certain = self.lengths.iter().enumerate().filter(|(number, _)| length(*number) >= limit_ms);
        let long: u64 = certain.map(|(_, count)| count).sum();
        let omitted = if full && pauses.len() == KEPT_MAX { long.saturating_sub(KEPT_MAX as u64) } else { 0 };
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
        let row = (0..KEPT_MAX as i64 + 1_000).flat_map(|number| std::iter::repeat_n(1, 200).chain([4_000 + number]));
        let silences = silences(row);
        assert_eq!((silences.pauses.len(), silences.omitted), (KEPT_MAX, 1_000));
        assert!(silences.pauses.iter().all(|pause| pause.milliseconds >= 5_000 * 1000));
        assert!(silences.pauses.windows(2).all(|pair| pair[0].from < pair[1].from));
        assert_eq!((silences.usual_ms, silences.limit_ms), (length(bucket(1_000)), 3_600_000));
    }
}
