//! Stretches of the log's own time of which no verified entry is, of any chain of the stream (attacks, row 66). What time an entry
//! states is left to `entry`, and whether it verifies to `stream`.

use std::collections::BTreeMap;

use super::code::Code;
use super::rulings::{FindingBuilder, LinePosition, Rulings};
use crate::entry::{LogTime, Span, length_in_words};

/// Gaps that are kept until the stream is known; further ones are told at once, the oldest first. What could still fill it
/// would stand behind ten thousand others.
const GAPS_MAX: usize = 10_000;

/// See the file's head.
#[derive(Clone)]
pub(super) struct TimeGaps {
    longest: Span,
    /// The youngest entry so far; of several, the last one.
    youngest: Option<TimedEntry>,
    /// By the time at which they begin. No two overlap.
    gaps: BTreeMap<LogTime, TimeGap>,
    /// Verified entries that state no time.
    pub(super) untimed: u64,
}

#[derive(Clone, Copy, Debug)]
struct TimedEntry {
    time: LogTime,
    position: LinePosition,
}

/// More time than is accepted, between the last entry before it and the first one after it.
#[derive(Clone, Copy, Debug)]
struct TimeGap {
    after: TimedEntry,
    before: TimedEntry,
}

impl TimeGap {
    fn milliseconds(&self) -> i64 {
        self.before.time.unix_ms.saturating_sub(self.after.time.unix_ms)
    }
}

impl TimeGaps {
    /// Looks for gaps that are longer than this.
    pub(super) fn longer_than(longest: Span) -> Self {
        Self { longest, youngest: None, gaps: BTreeMap::new(), untimed: 0 }
    }

    /// Takes in a verified entry. One that is older than others above it, because chains take turns, were put into another
    /// order, or a clock was set back, begins no gap, and fills one.
    pub(super) fn observe(&mut self, out: &mut Rulings, position: LinePosition, time: Option<LogTime>) {
        let Some(time) = time else {
            self.untimed += 1;
            return;
        };
        let entry = TimedEntry { time, position };
        match self.youngest {
            Some(youngest) if time < youngest.time => self.fill(entry),
            youngest => {
                self.youngest = Some(entry);
                if let Some(after) = youngest {
                    self.keep(TimeGap { after, before: entry });
                }
            }
        }
        while self.gaps.len() > GAPS_MAX {
            let Some((_, oldest)) = self.gaps.pop_first() else { return };
            self.tell(out, &oldest);
        }
    }

    fn keep(&mut self, gap: TimeGap) {
        if gap.milliseconds() > self.longest.milliseconds() {
            self.gaps.insert(gap.after.time, gap);
        }
    }

    /// What is left of a gap on both sides of an entry may be too long still.
    fn fill(&mut self, entry: TimedEntry) {
        let Some((&begins, &gap)) = self.gaps.range(..entry.time).next_back() else { return };
        if entry.time < gap.before.time {
            self.gaps.remove(&begins);
            self.keep(TimeGap { before: entry, ..gap });
            self.keep(TimeGap { after: entry, ..gap });
        }
    }

    /// The stream has ended: what was not filled is a gap. The time since its last entry is none.
    pub(super) fn settle(&mut self, out: &mut Rulings) {
        std::mem::take(&mut self.gaps).values().for_each(|gap| self.tell(out, gap));
    }

    fn tell(&self, out: &mut Rulings, gap: &TimeGap) {
        let TimeGap { after, before } = gap;
        let length = length_beyond(gap.milliseconds(), self.longest);
        let message = format!("no verified entry for {length}: from {} to {}", after.time, before.time);
        let (first, last) = (after.position.min(before.position), after.position.max(before.position));
        let event = FindingBuilder::of(Code::TimeGap, message)
            .over(first, last, 2)
            .hint("the service stood still or was stopped, or a chain was removed; --allow time-gap when it is known");
        out.find(event)
    }
}

/// A length that is more than another one, for people: in milliseconds only where that is all that it is more.
pub(super) fn length_beyond(milliseconds: i64, limit: Span) -> String {
    let seconds = milliseconds - milliseconds.rem_euclid(1000);
    length_in_words(if seconds > limit.milliseconds() { seconds } else { milliseconds })
}

#[cfg(test)]
mod tests {
    use super::{GAPS_MAX, TimeGaps};
    use crate::entry::{LogTime, Span};
    use crate::verdict::rulings::{LinePosition, Ruling, Rulings};

    /// Where the gaps stand that are longer than 10 seconds, in a log with entries of these times in milliseconds.
    fn gaps(times: &[i64]) -> Vec<(u64, u64)> {
        let (mut out, mut gaps) = (Rulings::default(), TimeGaps::longer_than(Span::of_seconds(10)));
        for (line, &unix_ms) in (1..).zip(times) {
            gaps.observe(&mut out, LinePosition { file: 0, line }, Some(LogTime { unix_ms }));
        }
        gaps.settle(&mut out);
        let place = |ruling| match ruling {
            Ruling::Finding(finding) => Some((finding.first?.line, finding.last?.line)),
            _ => None,
        };
        out.take().into_iter().filter_map(place).collect()
    }

    /// What it is, times, and the lines of the gaps between them.
    type Case = (&'static str, &'static [i64], &'static [(u64, u64)]);

    #[test]
    fn a_gap_is_a_time_of_which_no_entry_is_wherever_it_stands() {
        let cases: [Case; 11] = [
            ("nothing", &[], &[]),
            ("one entry", &[5], &[]),
            ("just not too long", &[0, 10_000], &[]),
            ("just too long", &[0, 10_001], &[(1, 2)]),
            ("from the last entry of its second", &[0, 0, 20_000, 20_000], &[(2, 3)]),
            ("two of them", &[0, 20_000, 21_000, 40_000], &[(1, 2), (3, 4)]),
            ("a step back is none, and neither is the way from there", &[50_000, 0, 1, 50_001], &[]),
            ("filled below", &[0, 20_000, 10_000, 21_000], &[]),
            ("filled in part", &[0, 30_000, 10_000], &[(2, 3)]),
            ("left on both sides", &[0, 40_000, 20_000], &[(1, 3), (2, 3)]),
            ("filled by the same time as an end", &[0, 20_000, 0, 20_000], &[(1, 2)]),
        ];
        for (case, times, expected) in cases {
            assert_eq!(gaps(times), expected, "{case}");
        }
    }

    #[test]
    fn of_more_gaps_than_are_kept_each_is_told() {
        let count = GAPS_MAX as i64 + 7;
        let times: Vec<i64> = (0..=count).map(|number| number * 11_000).collect();
        assert_eq!(gaps(&times).len() as i64, count);
    }

    #[test]
    fn milliseconds_are_told_where_they_make_the_difference() {
        let limit = Span::of_seconds(1800);
        for (milliseconds, words) in [(1_800_389, "30m 389ms"), (1_801_389, "30m 1s"), (90_000_389, "1d 1h")] {
            assert_eq!(super::length_beyond(milliseconds, limit), words);
        }
    }
}
