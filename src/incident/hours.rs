//! Entries along the time, in bins of an hour; a log that is longer than a chart is wide has longer bins.

use std::collections::BTreeMap;

use super::report::{Bin, Hours};
use crate::entry::LogTime;

/// How many bins there may be.
const BINS_MAX: usize = 750;
/// The lengths of bins in hours; beyond them each one is twice as long as the one before.
const LADDER_HOURS: [u64; 6] = [1, 3, 6, 12, 24, 24 * 7];

const HOUR_SECONDS: u64 = 3_600;

/// The bins so far.
#[derive(Debug)]
pub(super) struct Binning {
    bin_seconds: u64,
    /// By number: the time since 1970 in lengths of bins.
    bins: BTreeMap<i64, [u64; 7]>,
}

impl Default for Binning {
    fn default() -> Self {
        Self { bin_seconds: HOUR_SECONDS, bins: BTreeMap::new() }
    }
}

impl Binning {
    /// Counts an entry of a level, by its place in the list of levels.
    pub(super) fn add(&mut self, time: LogTime, level: usize) {
        let number = self.number(time.unix_ms);
        self.bins.entry(number).or_default()[level] += 1;
        while self.bins.len() > BINS_MAX {
            self.coarsen();
        }
    }

    fn number(&self, unix_ms: i64) -> i64 {
        unix_ms.div_euclid(self.bin_ms())
    }

    fn bin_ms(&self) -> i64 {
        i64::try_from(self.bin_seconds.saturating_mul(1000)).unwrap_or(i64::MAX)
    }

    fn coarsen(&mut self) {
        let before = self.bin_ms();
        let mut longer = LADDER_HOURS.into_iter().map(|hours| hours * HOUR_SECONDS);
        let doubled = self.bin_seconds.saturating_mul(2);
        self.bin_seconds = longer.find(|seconds| *seconds > self.bin_seconds).unwrap_or(doubled);
        for (number, levels) in std::mem::take(&mut self.bins) {
            let sums = self.bins.entry(self.number(number.saturating_mul(before))).or_default();
            sums.iter_mut().zip(levels).for_each(|(sum, entries)| *sum += entries);
        }
    }

    /// The bins by time.
    pub(super) fn finish(self) -> Hours {
        let bin_ms = self.bin_ms();
        let bin = |(number, levels): (i64, [u64; 7])| Bin {
            start: LogTime { unix_ms: number.saturating_mul(bin_ms) },
            entries: levels.iter().sum(),
            levels,
        };
        Hours { bin_seconds: self.bin_seconds, bins: self.bins.into_iter().map(bin).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binned(hours: impl IntoIterator<Item = i64>) -> Hours {
        let mut binning = Binning::default();
        for hour in hours {
            let unix_ms = hour.saturating_mul(3_600_000).saturating_add(1);
            binning.add(LogTime { unix_ms }, hour.rem_euclid(7) as usize);
        }
        binning.finish()
    }

    #[test]
    fn a_day_is_counted_in_hours() {
        let hours = binned([0, 0, 1, 23]);
        let seen: Vec<_> = hours.bins.iter().map(|bin| (bin.start.to_string(), bin.entries)).collect();
        let wanted = [("1970-01-01T00:00:00Z", 2), ("1970-01-01T01:00:00Z", 1), ("1970-01-01T23:00:00Z", 1)];
        assert_eq!(seen, wanted.map(|(start, entries)| (start.to_owned(), entries)));
        assert_eq!((hours.bin_seconds, hours.bins[0].levels), (3600, [2, 0, 0, 0, 0, 0, 0]));
    }

    #[test]
    fn a_long_log_has_longer_bins_and_loses_no_entry() {
        let count = 24 * 365;
        let year = binned(0..count);
        assert_eq!(year.bin_seconds, 12 * 3600, "730 bins");
        assert_eq!(year.bins.iter().map(|bin| bin.entries).sum::<u64>(), count as u64);
        assert!(year.bins.windows(2).all(|pair| pair[0].start < pair[1].start));
    }

    #[test]
    fn times_of_any_size_are_binned() {
        let spread = (0..5_000).map(|number| i64::MIN / 3_600_000 + number * 1_000_000_000);
        let hours = binned(spread.chain([i64::MAX / 3_600_000]));
        assert!(hours.bins.len() <= BINS_MAX);
        assert_eq!(hours.bins.iter().map(|bin| bin.entries).sum::<u64>(), 5_001);
    }
}
