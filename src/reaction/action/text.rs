//! Texts of alarms for people, and of what others answer for messages: nothing in them does more than show itself, none is longer
//! than its receiver takes, and none repeats a secret.

use std::fmt::Write as _;

use serde::Serialize;

use super::Notification;
use crate::entry::LogTime;
use crate::terminal_safe::{Visible, is_unsafe_char};
use crate::watch::{Alarm, AlarmState};

/// What stands behind a text that was cut.
const CUT: &str = " ...";

/// What stands in the place of a secret.
const REDACTED: &str = "[redacted]";

/// The most characters of what a program or a server said that a message repeats.
const EXCERPT_CHARS_MAX: usize = 400;

/// The least of a secret at which it is known where it was cut off, in bytes: less would be found in every word.
const PART_BYTES_MIN: usize = 4;

/// The most clients or places that are named one by one.
const NAMED_MAX: usize = 5;

/// A text with escapes for what does more than show itself, of so many characters at most.
pub(super) fn shown(text: &str, chars_max: usize) -> String {
    let mut out = String::with_capacity(text.len().min(chars_max));
    let (mut chars, mut end) = (0, 0);
    for c in text.chars() {
        if is_unsafe_char(c) {
            let from = out.len();
            // Writing to a String cannot fail.
            let _ = write!(out, "{}", Visible(c));
            // An escape is of ASCII.
            chars += out.len() - from;
        } else {
            out.push(c);
            chars += 1;
        }
        if chars + CUT.len() <= chars_max {
            end = out.len();
        }
        if chars > chars_max {
            out.truncate(end);
            out.push_str(CUT);
            break;
        }
    }
    out
}

/// The beginning of a text that is at most so many bytes long.
pub(super) fn cut_to_bytes(text: &str, bytes_max: usize) -> String {
    if text.len() <= bytes_max {
        return text.to_owned();
    }
    let mut end = bytes_max.saturating_sub(CUT.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{CUT}", &text[..end])
}

/// The beginning of what a server said, in a line for a message. Secrets in it are taken out, and the parts of them at which it was
/// cut off.
pub(super) fn beginning_of(said: &[u8], secrets: &[&str]) -> String {
    shown(&without_secrets(said, secrets), EXCERPT_CHARS_MAX)
}

/// The same of the end of what a program said: why it failed stands there.
pub(super) fn end_of(said: &[u8], secrets: &[&str]) -> String {
    let text = without_secrets(said, secrets);
    match text.char_indices().rev().nth(EXCERPT_CHARS_MAX / 2 - 1).filter(|(at, _)| *at > 0) {
        None => shown(&text, EXCERPT_CHARS_MAX),
        Some((at, _)) => format!("... {}", shown(&text[at..], EXCERPT_CHARS_MAX)),
    }
}

fn without_secrets(said: &[u8], secrets: &[&str]) -> String {
    let mut text = String::from_utf8_lossy(said).into_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, REDACTED);
        let begins = |at: &usize| secret.is_char_boundary(*at) && text.starts_with(&secret[*at..]);
        if let Some(at) = (1..secret.len().saturating_sub(PART_BYTES_MIN - 1)).find(begins) {
            text.replace_range(..secret.len() - at, REDACTED);
        }
        let ends = |at: &usize| secret.is_char_boundary(*at) && text.ends_with(&secret[..*at]);
        if let Some(at) = (PART_BYTES_MIN..secret.len()).rev().find(ends) {
            text.truncate(text.len() - at);
        }
    }
    let lines: Vec<&str> = text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join("; ")
}

/// JSON in one line, in which everything that does more than show itself is spelled `\uNNNN`: such characters stand in strings only.
pub(super) fn json_line(value: &impl Serialize) -> Result<String, serde_json::Error> {
    let json = serde_json::to_string(value)?;
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if is_unsafe_char(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    Ok(out)
}

/// What an alarm is about, in a few words: `HIGH: Burst of blocked queries (over)`.
pub(super) fn heading(alarm: &Alarm) -> String {
    let test = if alarm.test { "TEST, nothing happened: " } else { "" };
    let state = match alarm.state {
        AlarmState::Raised => "",
        AlarmState::Updated => " (goes on)",
        AlarmState::Closed => " (over)",
    };
    format!("{test}{}: {}{state}", alarm.severity.name().to_uppercase(), alarm.title)
}

/// A name, and what an alarm says under it.
pub(super) type AlarmFact = (&'static str, String);

/// What people ask first about an alarm. Texts are as hostile as those of the alarm.
pub(super) fn facts(alarm: &Alarm) -> Vec<AlarmFact> {
    let time = |time: Option<LogTime>| time.map(|time| time.to_string());
    let places = alarm.places.iter().map(|place| place.shown_as(&place.file));
    let count = (alarm.count > 0).then(|| format!("{} {}", alarm.count, alarm.counted));
    [
        ("Rule", Some(format!("{}: {}", alarm.rule, alarm.rule_text))),
        ("Clients", listed(alarm.client_ids.iter().cloned(), alarm.client_ids_omitted)),
        ("Count", count),
        ("First", time(alarm.first)),
        ("Last", time(alarm.last)),
        ("Where", listed(places, alarm.places_omitted)),
        ("Proven", Some(alarm.verified.name().to_owned())),
        ("Log", Some(alarm.stream.clone())),
        ("Alarm", Some(alarm.id.to_string())),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect()
}

fn listed(items: impl ExactSizeIterator<Item = String>, omitted: u64) -> Option<String> {
    let more = omitted + (items.len().saturating_sub(NAMED_MAX)) as u64;
    let named: Vec<String> = items.take(NAMED_MAX).collect();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!named.is_empty()).then(|| format!("{}{more}", named.join(", ")))
}

/// What is said of changes that the rate limit held back; None when there are none.
pub(super) fn withheld(notification: &Notification<'_>) -> Option<String> {
    let count = notification.withheld;
    (count > 0).then(|| format!("{count} more changes of alarms were held back by the rate limit of this reaction"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_is_cut_where_it_is_too_long_and_shows_what_it_would_do() {
        for (text, chars_max, expected) in [
            ("abc", 3, "abc"),
            ("abcdefgh", 7, "abc ..."),
            ("a\x1b[31m", 99, "a\\x1b[31m"),
            ("\u{202e}", 8, "\\u{202e}"),
            ("\u{202e}x", 8, " ..."),
            ("äöü", 3, "äöü"),
        ] {
            assert_eq!(shown(text, chars_max), expected, "{text:?}");
        }
        assert_eq!(cut_to_bytes("ääää", 7), "ä ...");
        assert_eq!(cut_to_bytes("ääää", 8), "ääää");
    }

    #[test]
    fn a_secret_is_taken_out_of_what_others_say_whole_or_cut_off() {
        let secret = "hunter2-hunter3";
        for (said, expected) in [
            ("no", "no"),
            ("key hunter2-hunter3 is wrong", "key [redacted] is wrong"),
            ("ter3 is wrong", "[redacted] is wrong"),
            ("key hunter2-hun", "key"),
            ("a\r\n\r\nb\x07", "a; b\\x07"),
        ] {
            assert_eq!(beginning_of(said.as_bytes(), &[secret]), expected, "{said}");
            assert_eq!(end_of(said.as_bytes(), &[secret]), expected, "{said}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_longer_than_it_may_be(text in any::<String>(), max in 4_usize..40) {
            let shown = shown(&text, max);
            prop_assert!(shown.chars().count() <= max, "{shown:?}");
            prop_assert!(!shown.chars().any(is_unsafe_char));
            prop_assert!(cut_to_bytes(&text, max).len() <= max);
        }

        #[test]
        fn json_means_the_same_and_acts_on_nobody(text in any::<String>()) {
            let json = json_line(&text).unwrap();
            prop_assert!(!json.chars().any(is_unsafe_char), "{json:?}");
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }
}
