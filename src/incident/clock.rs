//! The course of time in a stream, as its entries state it: it never runs back, and a single wrong time does not lead it
//! astray. Which entries lie in the period of a question is left to `investigation`.

use crate::entry::LogTime;

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
    now: i64,
    /// The time of the entry that it was last set by.
    latest: Option<LogTime>,
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
