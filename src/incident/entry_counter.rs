//! Counts entries for a report: by level, code, group and client, and along the time in bins of an hour, or longer ones where
//! the log is longer than a chart is wide.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use foldhash::quality::RandomState;

use super::occurrence::name_bytes;
use super::report::{Bin, ByClient, ByCode, ByGroup, ByLevel, EntryTotals, Hours, Period};
use crate::entry::LogTime;
use crate::event::{Level, catalogue};

/// How many codes that the catalogue does not have are told apart.
const UNKNOWN_CODES_MAX: usize = 1_000;

#[derive(Debug, Default)]
pub(super) struct EntryCounter {
    pub(super) lines: u64,
    pub(super) blank_lines: u64,
    pub(super) other_lines: u64,
    pub(super) out_of_scope: u64,
    entries: u64,
    sealed: u64,
    undated: u64,
    /// In the order of [`Level::ALL`].
    levels: [u64; 7],
    codes: BTreeMap<u16, u64>,
    without_code: u64,
    /// How many of the codes the catalogue does not have.
    unknown_codes: usize,
    /// Entries of codes beyond those: a log that invents codes has none worth telling apart.
    other_codes: u64,
    hours: Binning,
    period: Option<Period>,
}

impl EntryCounter {
    /// Counts an entry in scope.
    pub(super) fn add(&mut self, level: Level, code: Option<u16>, time: Option<LogTime>, sealed: bool) {
        self.entries += 1;
        self.sealed += u64::from(sealed);
        self.levels[level as usize] += 1;
        match code {
            None => self.without_code += 1,
            Some(code) => match self.codes.get_mut(&code) {
                Some(entries) => *entries += 1,
                None if catalogue::find(code).is_none() && self.unknown_codes == UNKNOWN_CODES_MAX => {
                    self.other_codes += 1;
                }
                None => {
                    self.unknown_codes += usize::from(catalogue::find(code).is_none());
                    self.codes.insert(code, 1);
                }
            },
        }
        let Some(time) = time else {
            self.undated += 1;
            return;
        };
        self.hours.add(time, Level::ALL.len() - 1 - level as usize);
        let known = self.period.unwrap_or(Period { first: time, last: time });
        self.period = Some(Period { first: known.first.min(time), last: known.last.max(time) });
    }

    /// The times of the first and the last entry.
    pub(super) fn period(&self) -> Option<Period> {
        self.period
    }

    pub(super) fn finish(self, clients: &Clients) -> EntryTotals {
        let by_level = Level::ALL.into_iter().zip(self.levels).rev().map(|(level, entries)| ByLevel { level, entries });
        let mut by_code: Vec<ByCode> = self.codes.iter().map(|(&code, &entries)| by_code(code, entries)).collect();
        let mut groups: BTreeMap<&str, u64> = BTreeMap::new();
        for (code, entries) in &self.codes {
            *groups.entry(catalogue::find(*code).map_or("unknown", |entry| entry.group)).or_default() += entries;
        }
        if self.other_codes > 0 {
            by_code.push(ByCode { code: None, title: "other unknown codes", entries: self.other_codes });
            *groups.entry("unknown").or_default() += self.other_codes;
        }
        if self.without_code > 0 {
            by_code.push(ByCode { code: None, title: "no code", entries: self.without_code });
            groups.insert("none", self.without_code);
        }
        by_code.sort_by_key(|it| Reverse(it.entries));
        let mut by_group: Vec<_> = groups.into_iter().map(|(group, entries)| ByGroup { group, entries }).collect();
        by_group.sort_by_key(|it| Reverse(it.entries));
        let listed = clients.list();
        EntryTotals {
            lines: self.lines,
            blank_lines: self.blank_lines,
            other_lines: self.other_lines,
            out_of_scope: self.out_of_scope,
            entries: self.entries,
            sealed: self.sealed,
            undated: self.undated,
            by_level: by_level.collect(),
            by_code,
            by_group,
            by_client: listed.by_client,
            other_clients: listed.other_clients,
            clients_omitted: listed.clients_omitted,
            by_hour: self.hours.finish(),
        }
    }
}

fn by_code(code: u16, entries: u64) -> ByCode {
    let title = catalogue::find(code).map_or("unknown code", |entry| entry.title);
    ByCode { code: Some(code), title, entries }
}

/// How many clients are told apart; what others do is counted together.
const KNOWN_MAX: usize = 10_000;
/// How many names are remembered, for those who must not tell them.
const NAMES_MAX: usize = 50_000;
/// How many clients a report lists.
const LISTED_MAX: usize = KNOWN_MAX;

const HOUR_MS: i64 = 3_600_000;

#[derive(Debug, Default)]
pub(super) struct Clients {
    numbers: HashMap<Box<[u8]>, usize, RandomState>,
    /// The first ones, by number.
    known: Vec<ClientCount>,
    /// Whether there are more names than are remembered.
    unnamed: bool,
    /// Entries without a client.
    nobody: HourlyCount,
    /// Entries of clients beyond those that are told apart.
    others: u64,
}

#[derive(Debug)]
struct ClientCount {
    name: Arc<str>,
    count: HourlyCount,
}

#[derive(Clone, Copy, Debug, Default)]
struct HourlyCount {
    entries: u64,
    hours: [u64; 24],
}

impl HourlyCount {
    fn add(&mut self, time: Option<LogTime>) {
        self.entries += 1;
        if let Some(time) = time {
            self.hours[(time.unix_ms.rem_euclid(24 * HOUR_MS) / HOUR_MS) as usize] += 1;
        }
    }
}

struct ClientLists {
    by_client: Vec<ByClient>,
    other_clients: u64,
    clients_omitted: u64,
}

impl Clients {
    pub(super) fn named(&mut self, name: &[u8]) -> (Arc<str>, Option<usize>) {
        let name = name_bytes(name);
        let next = self.numbers.len();
        let number = match self.numbers.get(name) {
            Some(number) => Some(*number),
            None if next == NAMES_MAX => {
                self.unnamed = true;
                None
            }
            None => {
                self.numbers.insert(name.into(), next);
                Some(next)
            }
        };
        if let Some(client) = number.and_then(|number| self.known.get(number)) {
            return (Arc::clone(&client.name), number);
        }
        let text: Arc<str> = String::from_utf8_lossy(name).into();
        let known = number.filter(|number| *number < KNOWN_MAX);
        if known.is_some() {
            self.known.push(ClientCount { name: Arc::clone(&text), count: HourlyCount::default() });
        }
        (text, known)
    }

    /// Counts an entry: without a client, of a known one, or of another one.
    pub(super) fn count(&mut self, client: Option<Option<usize>>, time: Option<LogTime>) {
        match client {
            None => self.nobody.add(time),
            Some(Some(number)) => self.known[number].count.add(time),
            Some(None) => self.others += 1,
        }
    }

    /// All names, by first appearance; None when there are more than can be remembered.
    pub(super) fn names(&self) -> Option<Vec<String>> {
        let mut names: Vec<(&[u8], &usize)> = self.numbers.iter().map(|(name, number)| (&**name, number)).collect();
        names.sort_unstable_by_key(|(_, number)| **number);
        let text = |(name, _): (&[u8], _)| String::from_utf8_lossy(name).into_owned();
        (!self.unnamed).then(|| names.into_iter().map(text).collect())
    }

    /// The most frequent clients first; of equally frequent ones the one that appeared first.
    fn list(&self) -> ClientLists {
        let row = |client_id, count: HourlyCount| ByClient { client_id, entries: count.entries, hours: count.hours };
        let known = self.known.iter().map(|client| row(Some(client.name.to_string()), client.count));
        let mut all: Vec<ByClient> = std::iter::once(row(None, self.nobody)).chain(known).collect();
        all.retain(|client| client.entries > 0);
        all.sort_by_key(|client| std::cmp::Reverse(client.entries));
        let beyond = all.split_off(all.len().min(LISTED_MAX));
        ClientLists {
            by_client: all,
            other_clients: self.others + beyond.iter().map(|client| client.entries).sum::<u64>(),
            clients_omitted: beyond.len() as u64 + u64::from(self.others > 0),
        }
    }
}

/// How many bins there may be.
const BINS_MAX: usize = 750;
/// The lengths of bins in hours; beyond them each one is twice as long as the one before.
const LADDER_HOURS: [u64; 6] = [1, 3, 6, 12, 24, 24 * 7];

const HOUR_SECONDS: u64 = 3_600;

#[derive(Debug)]
struct Binning {
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
    fn add(&mut self, time: LogTime, level: usize) {
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

    fn finish(self) -> Hours {
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

    #[test]
    fn every_way_of_counting_gives_the_same_sum() {
        let mut counting = EntryCounter::default();
        let mut clients = Clients::default();
        let entries = [
            (Level::Error, Some(560), Some(0), true),
            (Level::Error, Some(560), Some(1), true),
            (Level::Info, None, Some(3_600_000), false),
            (Level::Trace, Some(9_999), None, true),
        ];
        for (level, code, time, sealed) in entries {
            let time = time.map(|unix_ms| LogTime { unix_ms });
            counting.add(level, code, time, sealed);
            clients.count(None, time);
        }
        assert_eq!(counting.period().map(|period| period.last.unix_ms), Some(3_600_000));
        let totals = counting.finish(&clients);
        assert_eq!((totals.entries, totals.sealed, totals.undated), (4, 3, 1));
        let sums = [
            totals.by_level.iter().map(|it| it.entries).sum::<u64>(),
            totals.by_code.iter().map(|it| it.entries).sum(),
            totals.by_group.iter().map(|it| it.entries).sum(),
            totals.by_client.iter().map(|it| it.entries).sum(),
            totals.by_hour.bins.iter().map(|it| it.entries).sum::<u64>() + totals.undated,
        ];
        assert_eq!(sums, [4; 5]);
        let codes: Vec<_> = totals.by_code.iter().map(|it| (it.code, it.title, it.entries)).collect();
        let blocked = "SQL query blocked by the request firewall";
        assert_eq!(codes, [(Some(560), blocked, 2), (Some(9_999), "unknown code", 1), (None, "no code", 1)]);
        let errors = totals.by_level.iter().position(|it| it.level == Level::Error).expect("every level is there");
        assert_eq!((totals.by_level[errors].entries, totals.by_hour.bins[0].levels[errors]), (2, 2));
    }

    #[test]
    fn a_log_that_invents_codes_does_not_fill_the_memory() {
        let mut counting = EntryCounter::default();
        (0..=u16::MAX).rev().for_each(|code| counting.add(Level::Info, Some(code), None, true));
        let totals = counting.finish(&Clients::default());
        assert_eq!(totals.by_code.len(), UNKNOWN_CODES_MAX + catalogue::all().len() + 1);
        assert_eq!(totals.by_code.iter().map(|it| it.entries).sum::<u64>(), 1 << 16);
        assert_eq!(totals.by_group.iter().map(|it| it.entries).sum::<u64>(), 1 << 16);
        assert_eq!((totals.by_code[0].code, totals.by_code[0].title), (None, "other unknown codes"));
        assert!(totals.by_code.iter().all(|it| it.title != "no code"), "every entry has one");
    }

    #[test]
    fn clients_are_counted_by_hour_and_listed_by_how_often_they_are_seen() {
        let mut clients = Clients::default();
        let entries = [(Some("b"), 3), (Some("a"), 3), (None, 23), (Some("a"), 24 + 3), (Some("c"), 0)];
        for (client, hour) in entries {
            let number = client.map(|name| clients.named(name.as_bytes()).1);
            clients.count(number, Some(LogTime { unix_ms: hour * HOUR_MS }));
        }
        clients.count(None, None);
        let listed = clients.list();
        let seen: Vec<_> =
            listed.by_client.iter().map(|it| (it.client_id.as_deref(), it.entries, it.hours[3])).collect();
        assert_eq!(seen, [(None, 2, 0), (Some("a"), 2, 2), (Some("b"), 1, 1), (Some("c"), 1, 0)]);
        assert_eq!(listed.by_client[0].hours.iter().sum::<u64>(), 1, "an entry without a time is in no hour");
        assert_eq!(clients.names().unwrap(), ["b", "a", "c"]);
    }

    #[test]
    fn memory_is_bounded_and_no_entry_is_lost() {
        let mut clients = Clients::default();
        let count = KNOWN_MAX + 7;
        for number in 0..count {
            let (_, known) = clients.named(number.to_string().as_bytes());
            clients.count(Some(known), None);
        }
        let listed = clients.list();
        let sum: u64 = listed.by_client.iter().map(|client| client.entries).sum();
        assert_eq!((listed.by_client.len(), sum + listed.other_clients), (LISTED_MAX, count as u64));
        assert_eq!(listed.clients_omitted, (KNOWN_MAX - LISTED_MAX + 1) as u64, "the others count as one");
        assert!(
            clients.names().is_some_and(|names| names.len() == count && names[count - 1] == (count - 1).to_string())
        );
    }

    #[test]
    fn either_all_names_are_remembered_or_none_are_given() {
        let mut clients = Clients::default();
        (0..NAMES_MAX).for_each(|number| _ = clients.named(number.to_string().as_bytes()));
        assert!(clients.names().is_some());
        assert_eq!(clients.named(b"7").1, Some(7));
        assert_eq!((clients.named(b"one more").1, clients.names()), (None, None));
    }

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
