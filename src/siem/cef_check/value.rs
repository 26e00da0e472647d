//! What the dictionary of CEF says of the values of its keys, as far as a line alone can break it: times and numbers.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::Rule;

/// The calendar times of CEF; the year, the milliseconds and the zone may be missing.
static CALENDAR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let month = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec";
    let clock = r"\d{2}:\d{2}:\d{2}(?:\.\d{3})?";
    Regex::new(&format!(r"(?-u)^(?:{month}) \d{{1,2}}(?: \d{{4}})? {clock}(?: [A-Za-z0-9+:/_-]+)?$")).ok()
});

/// What a value must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValueKind {
    Time,
    Integer,
    Decimal,
}

impl ValueKind {
    /// What the value of a key must be; None when any text will do.
    pub(super) fn of(key: &[u8]) -> Option<Self> {
        Some(match key {
            b"rt"
            | b"start"
            | b"end"
            | b"art"
            | b"mrt"
            | b"fileCreateTime"
            | b"fileModificationTime"
            | b"oldFileCreateTime"
            | b"oldFileModificationTime"
            | b"deviceCustomDate1"
            | b"deviceCustomDate2"
            | b"flexDate1" => Self::Time,
            // No key of the dictionary, but a time all the same: Acra's, in seconds (siem, section 1).
            b"unixTime" => Self::Time,
            b"cn1" | b"cn2" | b"cn3" | b"cnt" | b"dpid" | b"dpt" | b"dvcpid" | b"flexNumber1" | b"flexNumber2"
            | b"fsize" | b"in" | b"oldFileSize" | b"out" | b"spid" | b"spt" | b"type" => Self::Integer,
            b"cfp1" | b"cfp2" | b"cfp3" | b"cfp4" => Self::Decimal,
            _ => return None,
        })
    }

    /// The rule that a value breaks.
    pub(super) fn broken_by(self, value: &[u8]) -> Option<Rule> {
        let digits = value.strip_prefix(b"-").unwrap_or(value);
        let whole = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
        let sound = match self {
            Self::Time => whole || CALENDAR.as_ref().is_some_and(|calendar| calendar.is_match(value)),
            Self::Integer => whole,
            Self::Decimal => std::str::from_utf8(value).is_ok_and(|text| text.parse::<f64>().is_ok()),
        };
        let rule = if self == Self::Time { Rule::DateNotEpochMs } else { Rule::NumberInvalid };
        (!sound).then_some(rule)
    }
}

/// Whether a key is one of the numbered ones, whose meaning only a label tells.
pub(super) fn is_numbered(key: &[u8]) -> bool {
    let Some((b'1'..=b'6', stem)) = key.split_last() else {
        return false;
    };
    let stems: [&[u8]; 8] =
        [b"cs", b"cn", b"cfp", b"c6a", b"deviceCustomDate", b"flexString", b"flexNumber", b"flexDate"];
    stems.contains(&stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_milliseconds_or_the_calendar_of_cef() {
        let sound = [
            "1700000001464",
            "-1",
            "Nov 14 2023 22:13:21",
            "Nov 14 2023 22:13:21.464",
            "Nov 14 2023 22:13:21.464 UTC",
            "Nov  14",
            "Nov 4 22:13:21 +03:00",
        ];
        for (value, expected) in sound.map(|value| (value, value != "Nov  14")) {
            assert_eq!(ValueKind::Time.broken_by(value.as_bytes()).is_none(), expected, "{value}");
        }
        for value in ["1700000001.464", "2023-11-14T22:13:21Z", "14 Nov 2023 22:13:21", "-", "soon", "Nov 14 2023"] {
            assert_eq!(ValueKind::Time.broken_by(value.as_bytes()), Some(Rule::DateNotEpochMs), "{value}");
        }
    }

    #[test]
    fn numbers_are_numbers() {
        for (kind, value, sound) in [
            (ValueKind::Integer, "50010", true),
            (ValueKind::Integer, "1.5", false),
            (ValueKind::Integer, "x", false),
            (ValueKind::Decimal, "1.5e3", true),
            (ValueKind::Decimal, "1,5", false),
        ] {
            assert_eq!(kind.broken_by(value.as_bytes()).is_none(), sound, "{value}");
        }
    }

    #[test]
    fn only_the_numbered_keys_of_the_dictionary_need_a_label() {
        for (key, expected) in [("cs1", true), ("cn3", true), ("cs1Label", false), ("cs7", false), ("acs1", false)] {
            assert_eq!(is_numbered(key.as_bytes()), expected, "{key}");
        }
    }
}
