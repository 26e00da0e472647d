//! Counts entries by level, code, group and time. Clients are counted in `clients`.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::clients::Clients;
use super::hours::Binning;
use super::report::{ByCode, ByGroup, ByLevel, EntryTotals, Period};
use crate::entry::LogTime;
use crate::event::{Level, catalogue};

/// How many codes that the catalogue does not have are told apart.
const UNKNOWN_CODES_MAX: usize = 1_000;

/// The counts so far.
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

    /// The lists of a report.
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
}
