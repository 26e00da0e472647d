//! File names as log rotation writes them: which log a file belongs to, and how old it is within it. Pure; what exists
//! is left to `scan`.

use std::cmp::{Ordering, Reverse};
use std::path::{Component, Path, PathBuf};

use jiff::civil::{Date, DateTime, Time};

/// When a file was the live log, as far as its name says. The order is the order of writing: oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Age {
    /// Rotated at a date. The later of two files of one second has the greater count (a count is added when the name
    /// without it is taken already; a fraction of the second is one too).
    Dated { second: i64, count: u64 },
    /// Rotated `.N` times: the greater, the older.
    Numbered(Reverse<u64>),
    /// The live log.
    Live,
}

/// A file name, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LogName {
    /// The name of the live log of its set; `*.log` for a set whose files are named by time alone.
    pub(super) base: String,
    /// Its place in the set.
    pub(super) age: Age,
    /// The name without a compression suffix: `log.1` and `log.1.gz` are the same rotation.
    pub(super) stem: String,
}

/// Whether a file name is one that logs and their rotations have.
pub fn looks_like_log(name: &str) -> bool {
    LogName::parse(name).looks_like_log()
}

impl LogName {
    /// Takes a name apart. A name that no rotation writes is a live log of its own.
    pub(super) fn parse(name: &str) -> Self {
        let stem = strip_compression(name);
        let taken_apart = dated(stem).or_else(|| dated_in_front(stem)).or_else(|| numbered(stem));
        let (base, age) = taken_apart.unwrap_or((stem.to_owned(), Age::Live));
        Self { base, age, stem: stem.to_owned() }
    }

    /// The name as logrotate writes it where it keeps the extension: `acra.1.log` of `acra.log`. Two services may be
    /// numbered in the same way, so it is a rotation only beside its live log.
    pub(super) fn parse_before_extension(name: &str) -> Option<Self> {
        let stem = strip_compression(name);
        let (front, extension) = stem.rsplit_once('.')?;
        let (base, count) = front.rsplit_once('.')?;
        let is_extension = !extension.is_empty() && extension.bytes().all(|byte| byte.is_ascii_alphabetic());
        // Nobody keeps a thousand rotations; a port or a process is no count.
        let plain = is_extension && !base.is_empty() && count.len() <= 3;
        let age = Age::Numbered(Reverse(number(count).filter(|_| plain)?));
        Some(Self { base: format!("{base}.{extension}"), age, stem: stem.to_owned() })
    }

    /// What stands behind a time in front, when it is no id: `acra-server.log` of `1790762400-acra-server.log`.
    pub(super) fn is_named_behind_time(&self) -> bool {
        !self.base.starts_with('*') && self.base != self.stem && self.stem.ends_with(&self.base)
    }

    /// Whether its set is told by the extension alone.
    pub(super) fn is_of_ids(&self) -> bool {
        self.base.starts_with('*') && self.base != self.stem
    }

    /// The same file as a log of its own.
    pub(super) fn alone(self) -> Self {
        Self { base: self.stem.clone(), age: Age::Live, stem: self.stem }
    }

    pub(super) fn is_compressed(&self, name: &str) -> bool {
        self.stem.len() < name.len()
    }

    /// Whether a file of this name in a directory is taken for a log.
    pub(super) fn looks_like_log(&self) -> bool {
        const SUFFIXES: [&str; 5] = [".json", ".jsonl", ".ndjson", ".cef", ".txt"];
        let base = self.base.to_ascii_lowercase();
        base == "log" || base.contains(".log") || SUFFIXES.iter().any(|suffix| base.ends_with(suffix))
    }
}

fn strip_compression(name: &str) -> &str {
    let stem = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(name);
    if stem.is_empty() { name } else { stem }
}

/// A decimal number of up to 18 digits.
fn number(text: &str) -> Option<u64> {
    let plain = (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// How many digits a text begins with.
fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// `base.N`
fn numbered(stem: &str) -> Option<(String, Age)> {
    let (base, count) = stem.rsplit_once('.')?;
    // Nothing is rotated a hundred thousand times: longer numbers are dates of a form that is not known here.
    if base.is_empty() || count.len() > 5 {
        return None;
    }
    Some((base.to_owned(), Age::Numbered(Reverse(number(count)?))))
}

/// `base-DATE`, `base.DATE`, `base_DATE`, each perhaps with a time, a count and the extension behind. The last date in
/// the name counts: a service name may hold another one. Seconds since 1970 count where there is no date.
fn dated(stem: &str) -> Option<(String, Age)> {
    let at_separator = |moment: fn(&str) -> Option<(NameTime, &str)>| {
        stem.char_indices().rev().find_map(|(at, separator)| {
            if !matches!(separator, '-' | '.' | '_') || at == 0 {
                return None;
            }
            let (moment, rest) = moment(&stem[at + 1..])?;
            let (count, extension) = count(rest)?;
            Some((format!("{}{extension}", &stem[..at]), moment.counted(count)))
        })
    };
    at_separator(calendar_moment).or_else(|| at_separator(epoch))
}

/// `DATE.log`, `DATE-name.log`, `EPOCH-id.log`: the time stands in front, as the keys of object stores have it. An id
/// names no log, so the files of one directory that differ in it only are one set.
fn dated_in_front(stem: &str) -> Option<(String, Age)> {
    let (moment, rest) = calendar_moment(stem).or_else(|| epoch(stem))?;
    let (name, extension) = rest.split_at(rest.rfind('.')?);
    let letters = extension.len() > 1 && extension[1..].bytes().all(|byte| byte.is_ascii_alphabetic());
    if !letters {
        return None;
    }
    if name.is_empty() {
        return Some((format!("*{extension}"), moment.counted(0)));
    }
    let name = name.strip_prefix(['-', '_', '.']).filter(|name| !name.is_empty())?;
    let base = if is_id(name) { "*" } else { name };
    Some((format!("{base}{extension}"), moment.counted(number(name).unwrap_or(0))))
}

/// Whether a text is made up by a machine: a number, hex, a UUID, or letters among digits that make no word. What people
/// call their services and instances (`web-1`, `db2`, `eu1a`) is none.
fn is_id(text: &str) -> bool {
    let is_hex = |word: &str| word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let hex = text.split('-').all(is_hex) && ((digits > 0 && text.len() >= 4) || text.len() >= 8);
    let letters_follow = text.as_bytes().windows(2).any(|two| two[0].is_ascii_digit() && two[1].is_ascii_alphabetic());
    let plain = text.len() >= 4 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let mut letters = text.split(|c: char| !c.is_ascii_alphabetic());
    let mixed = plain && digits > 1 && letters_follow && letters.all(|run| run.len() < 4 || is_hex(run));
    number(text).is_some() || hex || mixed
}

/// A moment in a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct NameTime {
    /// Seconds since 1970; a time without a zone is taken for UTC, which keeps the order within a set.
    second: i64,
    /// Billionths of it, 0 when the name has none.
    fraction: u64,
}

impl NameTime {
    fn counted(self, count: u64) -> Age {
        Age::Dated { second: self.second, count: self.fraction.max(count) }
    }
}

/// Seconds since 1970, or thousandths, millionths, billionths of one.
fn epoch(text: &str) -> Option<(NameTime, &str)> {
    // Numbers from 2033 on look like dates with an hour (`2034010112`), and numbers before 2001 are shorter.
    const SECONDS: std::ops::Range<u64> = 1_000_000_000..2_000_000_000;
    let (stated, rest) = text.split_at(digits(text));
    let places = match stated.len() {
        10 | 13 | 16 | 19 => stated.len() as u32 - 10,
        _ => return None,
    };
    let second = number(&stated[..10]).filter(|second| SECONDS.contains(second))?;
    let fraction = stated[10..].parse::<u64>().unwrap_or(0) * 10_u64.pow(9 - places);
    Some((NameTime { second: i64::try_from(second).ok()?, fraction }, rest))
}

/// A date with or without a time, and what follows.
fn calendar_moment(text: &str) -> Option<(NameTime, &str)> {
    let (date, rest) = calendar_day(text)?;
    let (clock, rest) = time_of_rotation(rest)?;
    let at = |second: i64| {
        DateTime::from_parts(date, Time::midnight()).duration_since(DateTime::from(EPOCH)).as_secs() + second
    };
    Some((NameTime { second: at(clock.second), fraction: clock.fraction }, rest))
}

const EPOCH: Date = Date::constant(1970, 1, 1);

/// `20250314`, `2025-03-14`, `2025_03_14` or `2025.03.14`, and what follows.
fn calendar_day(text: &str) -> Option<(Date, &str)> {
    let separator = text.as_bytes().get(4).copied().filter(|byte| b"-_.".contains(byte));
    let (year, month, day, rest) = if let Some(separator) = separator {
        let again = text.as_bytes().get(7) == Some(&separator);
        (text.get(..4)?, text.get(5..7).filter(|_| again)?, text.get(8..10)?, text.get(10..)?)
    } else {
        (text.get(..4)?, text.get(4..6)?, text.get(6..8)?, text.get(8..)?)
    };
    Some((date(year, month, day)?, rest))
}

fn date(year: &str, month: &str, day: &str) -> Option<Date> {
    let number = |text: &str| number(text).and_then(|number| i16::try_from(number).ok());
    let year = number(year).filter(|year| (1970..=9999).contains(year))?;
    Date::new(year, i8::try_from(number(month)?).ok()?, i8::try_from(number(day)?).ok()?).ok()
}

/// `HH`, `HHMM` or `HHMMSS` right behind the day, `T10:22:33.444Z` and its like, or `-HHMMSS`, `_10-22-33`; midnight when
/// there is none. None when digits follow that are no time of day.
fn time_of_rotation(text: &str) -> Option<(NameTime, &str)> {
    let midnight = NameTime { second: 0, fraction: 0 };
    if digits(text) > 0 {
        return clock(text).map(|(moment, rest, _)| (moment, rest));
    }
    let Some(separator) = text.chars().next().filter(|&it| matches!(it, '-' | '_' | 'T' | ' ')) else {
        return Some((midnight, text));
    };
    match clock(&text[1..]) {
        // An hour alone may as well be a count, which sorts alike.
        Some((moment, rest, parts)) if parts > 1 || separator == 'T' => Some((moment, rest)),
        _ => Some((midnight, text)),
    }
}

/// `10`, `1022`, `102233`, `10:22:33`, `10-22-33.444`, `10:22:33+02:00`: the second of the day, what follows, and how many
/// of hour, minute and second there are.
fn clock(text: &str) -> Option<(NameTime, &str, usize)> {
    let (mut second, mut parts, mut rest, mut colons) = (0, 0, text, false);
    for (limit, unit) in [(24, 3600), (60, 60), (61, 1)] {
        let separated = rest.strip_prefix([':', '-', '.', '_']).filter(|_| parts > 0);
        let pair = separated.unwrap_or(rest);
        // Digits that go on without a separator are read in pairs; with one, there are exactly two.
        if separated.is_some() && digits(pair) != 2 {
            break;
        }
        let Some(value) = pair.get(..2).and_then(number) else { break };
        if value >= limit {
            return None;
        }
        colons |= rest.starts_with(':');
        second += i64::try_from(value * unit).ok()?;
        (parts, rest) = (parts + 1, &pair[2..]);
    }
    if parts == 0 || digits(rest) > 0 {
        return None;
    }
    let mut fraction = 0;
    if parts == 3
        && let Some(stated) = rest.strip_prefix(['.', ',']).map(|rest| &rest[..digits(rest)])
        && (1..=9).contains(&stated.len())
        && (colons || stated.len().is_multiple_of(3))
    {
        fraction = number(stated)? * 10_u64.pow(9 - stated.len() as u32);
        rest = &rest[1 + stated.len()..];
    }
    let (offset, rest) = zone(rest, colons);
    Some((NameTime { second: second - offset, fraction }, rest, parts))
}

/// `Z`, `+02:00`, `+0200`: the offset in seconds, and what follows. A minus is a zone only behind a time with colons.
fn zone(text: &str, colons: bool) -> (i64, &str) {
    if let Some(rest) = text.strip_prefix(['Z', 'z']) {
        return (0, rest);
    }
    let sign = match text.bytes().next() {
        Some(b'+') => 1,
        Some(b'-') if colons => -1,
        _ => return (0, text),
    };
    let stated = &text[1..];
    let minutes = if stated.as_bytes().get(2) == Some(&b':') { 3 } else { 2 };
    let pair = |at: usize| stated.get(at..at + 2).and_then(number).and_then(|number| i64::try_from(number).ok());
    match (pair(0), pair(minutes)) {
        (Some(hours @ 0..24), Some(rest @ 0..60)) => (sign * (hours * 3600 + rest * 60), &stated[minutes + 2..]),
        _ => (0, text),
    }
}

/// A count and the extension: `.3`, `-3`, `_3`, `.log`, `.3.log` or nothing. None when anything else follows.
fn count(text: &str) -> Option<(u64, &str)> {
    if text.is_empty() {
        return Some((0, ""));
    }
    let rest = text.strip_prefix(['.', '-', '_'])?;
    let word = &rest[..digits(rest)];
    let (count, extension) = match number(word) {
        Some(count) => (count, &rest[word.len()..]),
        None => (0, text),
    };
    let letters = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    let plain = extension.strip_prefix('.').map_or(extension.is_empty(), |words| words.split('.').all(letters));
    plain.then_some((count, extension))
}

/// A directory that is named by a date, as cronolog and object stores have it: `host/2026/11/28`, perhaps with the hour
/// and the minute below, and `year=2026/month=11/day=28` or `date=2026-11-28`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DatedDirectory {
    /// The directory above the date.
    pub(super) above: PathBuf,
    /// How many directories make up the date.
    pub(super) depth: usize,
    /// When a file in it was live that says no more.
    pub(super) age: Age,
}

impl DatedDirectory {
    /// A day alone (`2026-11-28/`) is none: the backups of a directory are named like that.
    pub(super) fn parse(directory: &Path) -> Option<Self> {
        let mut smaller = Vec::new();
        let mut above = directory;
        while let Some(Component::Normal(name)) = above.components().next_back() {
            let name = name.to_str()?;
            let (value, named) = name.rsplit_once('=').map_or((name, false), |(_, value)| (value, true));
            above = above.parent()?;
            if named && let Some((date, "")) = calendar_day(value) {
                return Self::new(above, (date, date), &smaller, 1);
            }
            if value.len() == 4 {
                let month = smaller.pop()?;
                let Some(day) = smaller.pop() else {
                    let first = date(value, month, "01")?;
                    return Self::new(above, (first, first.last_of_month()), &[], 2);
                };
                let day = date(value, month, day)?;
                return Self::new(above, (day, day), &smaller, 3);
            }
            if value.len() > 2 || number(value).is_none() || smaller.len() == 4 {
                return None;
            }
            smaller.push(value);
        }
        None
    }

    /// `below`: the minute and the hour.
    fn new(above: &Path, (first, last): (Date, Date), below: &[&str], depth: usize) -> Option<Self> {
        let midnight = |date: Date| DateTime::from_parts(date, Time::midnight()).duration_since(DateTime::from(EPOCH));
        let (mut begin, mut length) = (midnight(first).as_secs(), midnight(last).as_secs() + 86_400);
        length -= begin;
        for (value, (limit, unit)) in below.iter().rev().zip([(24, 3600), (60, 60)]) {
            begin += i64::try_from(number(value).filter(|value| *value < limit)?).ok()? * unit;
            length = unit;
        }
        // A live log is younger than what was rotated away from it, into the same directory.
        let age = Age::Dated { second: begin + length - 1, count: u64::MAX };
        (below.len() <= 2).then(|| Self { above: above.to_owned(), depth: depth + below.len(), age })
    }
}

/// The order in which people sort names: `log.9` before `log.10`.
pub(super) fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    while !left.is_empty() && !right.is_empty() {
        let (count, other) = (digits(left), digits(right));
        if count > 0 && other > 0 {
            let (mine, yours) = (&left[..count], &right[..other]);
            let (mine, yours) = (mine.trim_start_matches('0'), yours.trim_start_matches('0'));
            match mine.len().cmp(&yours.len()).then_with(|| mine.cmp(yours)) {
                Ordering::Equal => {}
                unequal => return unequal,
            }
            (left, right) = (&left[count..], &right[other..]);
        } else {
            let (Some(mine), Some(yours)) = (left.chars().next(), right.chars().next()) else { break };
            if mine != yours {
                return mine.cmp(&yours);
            }
            (left, right) = (&left[mine.len_utf8()..], &right[yours.len_utf8()..]);
        }
    }
    left.len().cmp(&right.len()).then_with(|| a.cmp(b))
}

/// What is left of a path without numbers, ids and the words for old files: files that agree in it may be parts of one log.
pub(super) fn words_of(path: &Path) -> Vec<String> {
    let words = |text: &str, of_use: fn(&str) -> bool| -> Vec<String> {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty() && of_use(word));
        words.map(str::to_owned).collect()
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let directory = path.parent().unwrap_or(Path::new("")).to_string_lossy();
    let is_word = |word: &str| !word.bytes().all(|byte| byte.is_ascii_digit());
    let says_what = |word: &str| {
        let old = ["old", "bak", "backup", "prev", "previous", "orig"];
        !word.bytes().any(|byte| byte.is_ascii_digit()) && !old.contains(&word)
    };
    let name = strip_compression(&name);
    // What follows a time in front may be an id that looks like a word.
    let is_dated = calendar_moment(name).or_else(|| epoch(name)).is_some();
    let name = if is_dated { &name[name.rfind('.').unwrap_or(0)..] } else { name };
    // The separator keeps `a/b.log` and `a.b.log` apart.
    [words(&directory, is_word), vec!["/".to_owned()], words(name, says_what)].concat()
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;
    use std::path::Path;

    use super::{Age, DatedDirectory, LogName, natural_order, words_of};

    #[test]
    fn rotated_files_sort_oldest_first_under_the_name_of_the_live_log() {
        let sets: [(&str, &[&str]); 22] = [
            ("log", &["log-2025031409.gz", "log-2025031410", "log-2025031500", "log"]),
            ("a.log", &["a-20250314235959.log.gz", "a-20250315000000.log", "a.log"]),
            ("log", &["log.10.gz", "log.9.zst", "log.2.gz", "log.1", "log"]),
            ("acra.log", &["acra.log.2", "acra.log.1.gz", "acra.log"]),
            ("log", &["log-20241231.gz", "log-20250314", "log-20250314.1", "log-20250314.2", "log-20250315", "log"]),
            ("log", &["log-2025-03-14", "log.2025-03-15.gz", "log_2025-03-16", "log"]),
            ("log", &["log-20250314-1710381600.gz", "log-20250314-1710385200.gz", "log"]),
            ("acra.log", &["acra-2025-03-14.log", "acra-2025-03-15.0.log.gz", "acra-2025-03-15.10.log", "acra.log"]),
            ("0.log", &["0.log.20250314-171038.gz", "0.log.20250314-181038", "0.log"]),
            ("a.json", &["a.json-20250313", "a-20250314.json", "a.json.1", "a.json"]),
            // logrotate, `dateformat -%s` and its like, with `extension .log` and without.
            ("acra.log", &["acra.log-1710381600.gz", "acra.log-1710385200", "acra.log"]),
            ("acra.log", &["acra-1710381600.log.gz", "acra.log.1710385200", "acra_1710385201123.log", "acra.log"]),
            ("acra.log", &["acra-20261127.log", "acra.2026-11-28.log", "acra.log-2026112823", "acra.log"]),
            ("acra.log", &["acra.log-2026-11-28", "acra.log.2026-11-28T09.gz", "acra.log.2026-11-28T10", "acra.log"]),
            ("acra.log", &["acra.log.2026.11.28", "acra.log.2026_11_29", "acra.log"]),
            // lumberjack.
            (
                "acra.log",
                &[
                    "acra-2026-11-28T10-22-33.099.log.gz",
                    "acra-2026-11-28T10-22-33.444.log",
                    "acra-2026-11-28T10-22-34.000.log",
                ],
            ),
            // ISO 8601, in its forms and zones.
            ("acra.log", &["acra.log.2026-11-28T10:22:33Z.gz", "acra.log.2026-11-28T10:22:34Z", "acra.log"]),
            ("acra.log", &["acra.log.20261128T102233Z", "acra.log.20261128T102234Z", "acra.log"]),
            ("acra.log", &["acra-2026-11-28T02:30:00+02:00.log", "acra-2026-11-28T02:10:00+01:00.log"]),
            ("acra.log", &["acra-2026-11-28T10:22:33.45Z.log", "acra-2026-11-28T10:22:33.5Z.log"]),
            // The time in front.
            (
                "*.log",
                &[
                    "1790762400-9f3c.log",
                    "1790762400123-0b1d2c3e-77aa-4c1e-9a55-001122334455.log",
                    "1790762401-17.log.gz",
                ],
            ),
            ("acra-server.log", &["20261127-acra-server.log.gz", "1795860553-acra-server.log", "acra-server.log"]),
        ];
        for (base, names) in sets {
            let parsed: Vec<LogName> = names.iter().map(|name| LogName::parse(name)).collect();
            for (name, parsed) in names.iter().zip(&parsed) {
                assert_eq!(parsed.base, base, "{name}");
            }
            for pair in parsed.windows(2) {
                assert!(pair[0].age < pair[1].age, "{pair:?}");
            }
        }
    }

    #[test]
    fn a_number_before_the_extension_is_a_rotation_of_the_name_without_it() {
        let bases = [("acra.1.log", "acra.log"), ("acra.12.log.gz", "acra.log"), ("a.b.010.json", "a.b.json")];
        for (name, base) in bases {
            let parsed = LogName::parse_before_extension(name).unwrap();
            assert_eq!(parsed.base, base, "{name}");
            assert!(matches!(parsed.age, Age::Numbered(_)), "{name}");
        }
        for name in ["acra-1.log", "acra.8080.log", "acra.x.log", ".1.log", "acra.1.l0g", "acra.1", "acra..log"] {
            assert_eq!(LogName::parse_before_extension(name), None, "{name}");
        }
    }

    #[test]
    fn what_services_and_instances_are_called_keeps_them_apart() {
        let names = [
            "acra-server.log",
            "acra-translator.log",
            "acra-server-1.log",
            "acra-server-2.log",
            "1790762400-acra-server.log",
            "1790762400-acra-translator.log",
            "1790762400-acra-server-1.log",
            "1790762400-web-1.log",
            "1790762400-db2.log",
            "1790762400-eu1a.log",
            "node-20250314-abc.log",
        ];
        let bases: std::collections::HashSet<String> = names.iter().map(|name| LogName::parse(name).base).collect();
        // The first service is the same with its time in front, and so is its first instance.
        assert_eq!(bases.len(), names.len() - 3, "{bases:?}");
    }

    #[test]
    fn a_directory_may_be_named_by_the_date_its_files_were_live_at() {
        let second = |directory: &str| match DatedDirectory::parse(Path::new(directory))?.age {
            Age::Dated { second, .. } => Some(second + 1),
            _ => None,
        };
        let forms = ["h/2026/11/28", "h/year=2026/month=11/day=28", "h/date=2026-11-28", "h/dt=20261128"];
        assert_eq!(forms.map(second), [Some(1_795_824_000 + 86_400); 4]);
        assert_eq!(second("h/2026/11/28/10/05"), Some(1_795_824_000 + 36_360));
        assert_eq!(second("h/2026/11"), second("h/2026/11/30"));
        for directory in
            ["h/2026-11-28", "h/2026", "h/11/28", "h/2026/13/01", "h/2026/11/28/24", "h", "", "1/2/3/4/5/6"]
        {
            assert_eq!(DatedDirectory::parse(Path::new(directory)), None, "{directory}");
        }
        let dated = DatedDirectory::parse(Path::new("/logs/h/2026/11/28/10")).unwrap();
        assert_eq!((dated.above.as_path(), dated.depth), (Path::new("/logs/h"), 4));
    }

    #[test]
    fn names_are_sorted_as_people_sort_them() {
        let sorted = ["", "a.log", "a.log.9", "a.log.09x", "a.log.10", "b1", "b02", "é"];
        for pair in sorted.windows(2) {
            assert_eq!(natural_order(pair[0], pair[1]), Ordering::Less, "{pair:?}");
            assert_eq!(natural_order(pair[1], pair[0]), Ordering::Greater, "{pair:?}");
        }
    }

    #[test]
    fn names_that_differ_in_numbers_only_may_be_parts_of_one_log() {
        let alike = |a: &str, b: &str| words_of(Path::new(a)) == words_of(Path::new(b));
        for (a, b) in [
            ("acra-1.log", "acra-2.log.gz"),
            ("acra.log", "acra.log.old"),
            ("1/a.log", "2/a.log"),
            ("1790762400-zz.log", "1790762400-a1.log.gz"),
        ] {
            assert!(alike(a, b), "{a} {b}");
        }
        for (a, b) in [("acra-server.log", "acra-translator.log"), ("eu/a.log", "us/a.log"), ("a/b.log", "a.b.log")] {
            assert!(!alike(a, b), "{a} {b}");
        }
    }

    #[test]
    fn names_that_no_rotation_writes_stay_apart() {
        let names = [
            "a.1.log",
            "log-20251314",
            "log-20250332",
            "log-2025031",
            "log-202503145",
            "log-2025031424",
            "log-202503141060",
            "log-2025031410000",
            "log-2025031410000000",
            "log-2025-03-1425",
            "20250314",
            "-20250314",
            ".gz",
            "log.123456",
            "a-1.2.3-x",
            "día-2025-03-1é",
            "node-20250314-abc.log",
            "log.",
            "log-2025-03-14x",
        ];
        for name in names {
            let parsed = LogName::parse(name);
            assert_eq!((parsed.base.as_str(), parsed.age), (name, super::Age::Live), "{name}");
        }
    }

    #[test]
    fn logs_are_told_by_their_names() {
        let logs =
            ["a.log", "a.log.1", "A.LOG", "a.json.2.gz", "a.jsonl", "a.ndjson.zst", "a.cef", "a.txt-20250314", "log"];
        let others = ["a.json.tmp", "audit.key", "notes.md", "catalog", "a.gz", "txt", "a.json.gz.md5"];
        for (names, expected) in [(&logs[..], true), (&others[..], false)] {
            for name in names {
                assert_eq!(LogName::parse(name).looks_like_log(), expected, "{name}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn any_name_can_be_taken_apart(name in "[-._TZ:+0-9é]{0,24}(log)?[-._TZ:+0-9é]{0,24}(\\.log)?(\\.gz)?") {
            let parsed = LogName::parse(&name);
            proptest::prop_assert!(name.starts_with(&parsed.stem));
            let _ = (LogName::parse_before_extension(&name), DatedDirectory::parse(Path::new(&name)));
            proptest::prop_assert_eq!(natural_order(&name, &name), Ordering::Equal);
        }
    }
}
