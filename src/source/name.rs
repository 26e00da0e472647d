//! File names as log rotation writes them: which log a file belongs to, and how old it is within it. Pure; what exists
//! is left to `scan`.

/// When a file was the live log, as far as its name says. The order is the order of writing: oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Age {
    /// Rotated at a date. The later of two files of one day has the greater time, or the greater count (a count is
    /// added when the name without it is taken already).
    Dated { day: u32, second: u64, count: u64 },
    /// Rotated `.N` times: the greater, the older.
    Numbered(std::cmp::Reverse<u64>),
    /// The live log.
    Live,
}

/// A file name, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LogName {
    /// The name of the live log of its set.
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
        let (base, age) = dated(stem).or_else(|| numbered(stem)).unwrap_or((stem.to_owned(), Age::Live));
        Self { base, age, stem: stem.to_owned() }
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

/// `base.N`
fn numbered(stem: &str) -> Option<(String, Age)> {
    let (base, count) = stem.rsplit_once('.')?;
    // Nothing is rotated a hundred thousand times: longer numbers are dates of a form that is not known here.
    if base.is_empty() || count.len() > 5 {
        return None;
    }
    Some((base.to_owned(), Age::Numbered(std::cmp::Reverse(number(count)?))))
}

/// `base-DATE`, `base.DATE`, `base_DATE`, each perhaps with `-TIME`, `.COUNT` and the extension behind.
fn dated(stem: &str) -> Option<(String, Age)> {
    // The last date in the name counts: a service name may hold another one.
    stem.char_indices().rev().find_map(|(at, separator)| {
        if !matches!(separator, '-' | '.' | '_') || at == 0 {
            return None;
        }
        let (day, rest) = calendar_day(&stem[at + 1..])?;
        let (second, rest) = time_of_rotation(rest)?;
        let (count, extension) = count(rest)?;
        let base = format!("{}{extension}", &stem[..at]);
        Some((base, Age::Dated { day, second, count }))
    })
}

/// `20250314` or `2025-03-14` as a number that sorts by date, and what follows.
fn calendar_day(text: &str) -> Option<(u32, &str)> {
    let (year, month, day, rest) = if text.as_bytes().get(4) == Some(&b'-') {
        let dash = text.as_bytes().get(7) == Some(&b'-');
        (text.get(..4)?, text.get(5..7).filter(|_| dash)?, text.get(8..10)?, text.get(10..)?)
    } else {
        (text.get(..4)?, text.get(4..6)?, text.get(6..8)?, text.get(8..)?)
    };
    let (year, month, day) = (number(year)?, number(month)?, number(day)?);
    let real = (1970..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    let sortable = u32::try_from(year * 10_000 + month * 100 + day).ok()?;
    real.then_some((sortable, rest))
}

/// `HH`, `HHMM` or `HHMMSS` right behind the day, or `-HHMMSS`, `-HH`, `-1710381600`, also behind `_` or `T`; 0 when
/// there is none. None when digits follow that are no time of day.
fn time_of_rotation(text: &str) -> Option<(u64, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 {
        return Some(separated_time(text));
    }
    let (time, rest) = text.split_at(digits);
    let pairs: Vec<u64> = (0..digits).step_by(2).filter_map(|at| number(time.get(at..at + 2)?)).collect();
    let real = match pairs.as_slice() {
        [hour, smaller @ ..] => smaller.len() <= 2 && *hour < 24 && smaller.iter().all(|&part| part < 60),
        [] => false,
    };
    (real && digits.is_multiple_of(2)).then_some((number(time)?, rest))
}

fn separated_time(text: &str) -> (u64, &str) {
    let none = (0, text);
    let Some(separator) = text.chars().next().filter(|&it| matches!(it, '-' | '_' | 'T')) else {
        return none;
    };
    let digits = text[1..].bytes().take_while(u8::is_ascii_digit).count();
    match number(&text[1..=digits]) {
        Some(time) if separator != 'T' || digits <= 6 => (time, &text[1 + digits..]),
        _ => none,
    }
}

/// `.COUNT` and the extension: `.3`, `.log`, `.3.log` or nothing. None when anything else follows.
fn count(text: &str) -> Option<(u64, &str)> {
    let Some(rest) = text.strip_prefix('.') else {
        return text.is_empty().then_some((0, ""));
    };
    let word = rest.split('.').next().unwrap_or_default();
    let (count, extension) = match number(word) {
        Some(count) => (count, &text[1 + word.len()..]),
        None => (0, text),
    };
    let letters = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    let plain = extension.is_empty() || extension[1..].split('.').all(letters);
    plain.then_some((count, extension))
}

#[cfg(test)]
mod tests {
    use super::LogName;

    #[test]
    fn rotated_files_sort_oldest_first_under_the_name_of_the_live_log() {
        let sets: [(&str, &[&str]); 10] = [
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
        fn any_name_can_be_taken_apart(name in "[-._T0-9é]{0,4}(log)?[-._T0-9é]{0,20}(\\.gz)?") {
            let parsed = LogName::parse(&name);
            proptest::prop_assert!(name.starts_with(&parsed.stem));
        }
    }
}
