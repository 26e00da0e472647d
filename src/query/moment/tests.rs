//! Moments and periods as people type them.

use Precision::{Milliseconds, Seconds};

use super::*;

/// 2025-03-14T12:30:15.500Z, a Friday.
const NOW: LogTime = LogTime { unix_ms: 1_741_955_415_500 };

fn since(text: &str, zone: &str) -> Result<String, Failure> {
    let zone = Zone::named(zone).expect("a zone");
    TimeRange::parse(Some(text), None, NOW, &zone).map(|(period, _)| period.from.expect("a beginning").to_string())
}

#[test]
fn moments_are_read_as_people_type_them() {
    let cases = [
        ("2025-03-14T10:00:00Z", "2025-03-14T10:00:00Z"),
        ("2025-03-14T10:00:00.271+02:00", "2025-03-14T08:00:00.271Z"),
        ("2025-03-14 10:00Z", "2025-03-14T10:00:00Z"),
        ("2025-03-14", "2025-03-14T00:00:00Z"),
        ("2025-03-14 10:00", "2025-03-14T10:00:00Z"),
        (" 2025-03-14T10:00:30 ", "2025-03-14T10:00:30Z"),
        ("2025-03-14  10:00:30.25", "2025-03-14T10:00:30.250Z"),
        ("10:00", "2025-03-14T10:00:00Z"),
        ("10:00:59", "2025-03-14T10:00:59Z"),
        ("today", "2025-03-14T00:00:00Z"),
        ("today 09:15", "2025-03-14T09:15:00Z"),
        ("yesterday", "2025-03-13T00:00:00Z"),
        ("yesterday 14:00", "2025-03-13T14:00:00Z"),
        ("now", "2025-03-14T12:30:15.500Z"),
        ("1741910400", "2025-03-14T00:00:00Z"),
        ("@1741910400", "2025-03-14T00:00:00Z"),
        ("1741910400.271", "2025-03-14T00:00:00.271Z"),
        ("@0", "1970-01-01T00:00:00Z"),
        ("1741910400271", "2025-03-14T00:00:00.271Z"),
        ("@1741910400271", "2025-03-14T00:00:00.271Z"),
        ("2h", "2025-03-14T10:30:15.500Z"),
        ("-2h", "2025-03-14T10:30:15.500Z"),
        ("30m", "2025-03-14T12:00:15.500Z"),
        ("1d12h", "2025-03-13T00:30:15.500Z"),
        ("2 hours ago", "2025-03-14T10:30:15.500Z"),
        ("1 week", "2025-03-07T12:30:15.500Z"),
        ("90s", "2025-03-14T12:28:45.500Z"),
    ];
    for (text, wanted) in cases {
        assert_eq!(since(text, "UTC").as_deref(), Ok(wanted), "{text:?}");
    }
}

#[test]
fn a_text_without_a_zone_is_a_time_of_the_given_one() {
    let cases = [
        ("2025-03-14", "Europe/Berlin", "2025-03-13T23:00:00Z"),
        ("2025-07-01 12:00", "Europe/Berlin", "2025-07-01T10:00:00Z"),
        ("2025-07-01T12:00:00Z", "Europe/Berlin", "2025-07-01T12:00:00Z"),
        ("10:00", "America/New_York", "2025-03-14T14:00:00Z"),
        // In Auckland it is the 15th already.
        ("today", "Pacific/Auckland", "2025-03-14T11:00:00Z"),
        // A day is a day of the calendar: the clocks went forward in between.
        ("1 week", "America/New_York", "2025-03-07T13:30:15.500Z"),
        // There is no half past two on this day.
        ("2025-03-30 02:30", "Europe/Berlin", "2025-03-30T01:00:00Z"),
    ];
    for (text, zone, wanted) in cases {
        assert_eq!(since(text, zone).as_deref(), Ok(wanted), "{text:?} in {zone}");
    }
}

#[test]
fn what_is_no_moment_is_refused_with_the_forms_that_are() {
    for text in [
        "",
        "tomorrow",
        "2025",
        "20250314",
        "2025-13-01",
        "2025-02-29",
        "25:00",
        "10",
        "2h30",
        "2x",
        "+2h",
        "@",
        "@x",
        "-5",
        "2025-03-14T",
        "2025-03-14 10",
        "2025-03-14T10:00[Europe/Berlin]",
        "2025-03-14[UTC]",
        "today now",
        "yesterday\0",
        "99999999999999999999",
        "99999999 years",
    ] {
        let error = since(text, "UTC").expect_err(text);
        assert!(error.hint.is_some(), "{text:?}");
    }
}

#[test]
fn a_period_includes_its_ends_unless_the_end_is_a_date() {
    let ms = |unix_ms| LogTime { unix_ms };
    let cases = [
        (Some("2025-03-14"), Some("2025-03-15"), 1_741_910_400_000, 1_741_996_799_999),
        (Some("2025-03-14 10:00"), Some("2025-03-14 10:05"), 1_741_946_400_000, 1_741_946_700_000),
        (Some("yesterday"), Some("today"), 1_741_824_000_000, 1_741_910_399_999),
        (Some("@1741910400"), Some("@1741910400"), 1_741_910_400_000, 1_741_910_400_000),
        (Some("2h"), Some("now"), 1_741_948_215_500, 1_741_955_415_500),
    ];
    for (since, until, first, last) in cases {
        let (period, notes) = TimeRange::parse(since, until, NOW, &Zone::default()).expect("a period");
        assert!(notes.is_empty(), "{notes:?}");
        assert!(period.contains(ms(first)) && period.contains(ms(last)), "{since:?} {until:?}");
        assert!(!period.contains(ms(first - 1)) && !period.contains(ms(last + 1)), "{since:?} {until:?}");
    }
    assert!(TimeRange::default().is_open() && TimeRange::default().contains(ms(i64::MIN)));
}

#[test]
fn a_period_that_ends_before_it_begins_is_refused() {
    for (since, until) in [("2025-03-14", "2025-03-14"), ("10:00", "09:59"), ("1h", "2h")] {
        assert!(TimeRange::parse(Some(since), Some(until), NOW, &Zone::default()).is_err(), "{since} {until}");
    }
}

#[test]
fn a_time_that_comes_twice_or_never_is_the_one_that_leaves_nothing_out() {
    let twice = "comes twice in this time zone; --";
    let never = "never comes in this time zone; --";
    let cases = [
        ("Europe/Berlin", "2025-10-26 02:30", "2025-10-26T00:30:00Z", "2025-10-26T01:30:00Z", twice),
        ("Europe/Berlin", "2025-10-26 03:00", "2025-10-26T02:00:00Z", "2025-10-26T02:00:00Z", ""),
        ("America/New_York", "2025-11-02 01:00:00", "2025-11-02T05:00:00Z", "2025-11-02T06:00:00Z", twice),
        // Half an hour.
        ("Australia/Lord_Howe", "2025-04-06 01:45", "2025-04-05T14:45:00Z", "2025-04-05T15:15:00Z", twice),
        // The last moment before the clocks go forward is the end.
        ("Europe/Berlin", "2025-03-30 02:30", "2025-03-30T01:00:00Z", "2025-03-30T00:59:59.999Z", never),
        ("America/New_York", "2025-03-09 02:00", "2025-03-09T07:00:00Z", "2025-03-09T06:59:59.999Z", never),
    ];
    for (zone, text, since, until, note) in cases {
        let zone = Zone::named(zone).unwrap();
        let (first, of_since) = TimeRange::parse(Some(text), None, NOW, &zone).unwrap();
        let (last, of_until) = TimeRange::parse(None, Some(text), NOW, &zone).unwrap();
        let before = last.before.unwrap().unix_ms - 1;
        assert_eq!(first.from.unwrap().to_string(), since, "{text}");
        assert_eq!(LogTime { unix_ms: before }.to_string(), until, "{text}");
        let told = |notes: &[String], flag: &str| notes.iter().any(|it| it.contains(&format!("{note}{flag} takes ")));
        let expected = !note.is_empty();
        assert_eq!((told(&of_since, "since"), told(&of_until, "until")), (expected, expected), "{text} {of_until:?}");
        assert_eq!(of_since.len() + of_until.len(), if expected { 2 } else { 0 });
    }
}

#[test]
fn a_day_begins_when_it_is_midnight_for_the_first_time_or_past_it() {
    let cases = [
        // Midnight came twice, and did not come.
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"),
        ("America/Havana", "2025-11-02", "2025-11-02T04:00:00Z"),
    ];
    for (zone, day, wanted) in cases {
        let zone = Zone::named(zone).unwrap();
        let (first, of_since) = TimeRange::parse(Some(day), None, NOW, &zone).unwrap();
        let (last, of_until) = TimeRange::parse(None, Some(day), NOW, &zone).unwrap();
        assert_eq!(first.from.map(|time| time.to_string()).as_deref(), Some(wanted), "{day}");
        assert_eq!((first.from, of_since.len() + of_until.len()), (last.before, 0), "{day}");
    }
}

#[test]
fn times_are_written_with_the_offset_of_their_zone() {
    let cases = [
        ("UTC", 1_741_910_400_271, Milliseconds, "2025-03-14T00:00:00.271Z"),
        ("utc", 1_741_910_400_271, Seconds, "2025-03-14T00:00:00Z"),
        ("Europe/Berlin", 1_741_910_400_009, Milliseconds, "2025-03-14T01:00:00.009+01:00"),
        ("europe/berlin", 1_751_910_400_000, Seconds, "2025-07-07T19:46:40+02:00"),
        ("America/St_Johns", 1_741_910_400_000, Seconds, "2025-03-13T21:30:00-02:30"),
        ("Europe/London", 1_736_910_400_000, Seconds, "2025-01-15T03:06:40+00:00"),
        ("UTC", -1, Milliseconds, "1969-12-31T23:59:59.999Z"),
        ("Europe/Berlin", i64::MAX, Seconds, "@9223372036854775807ms"),
    ];
    for (zone, unix_ms, precision, wanted) in cases {
        assert_eq!(Zone::named(zone).unwrap().rfc3339(LogTime { unix_ms }, precision), wanted);
    }
}

#[test]
fn a_clock_that_has_written_before_writes_the_same() {
    let zone = Zone::named("Europe/Berlin").unwrap();
    let mut clock = Clock::new(zone.clone());
    // Over the end of summer time, back and forth.
    for unix_ms in [1_761_440_399_999, 1_761_440_400_000, 1_761_440_400_500, i64::MAX, 1_761_440_399_000, -1_500] {
        for precision in [Seconds, Milliseconds] {
            let mut text = Vec::new();
            clock.write(LogTime { unix_ms }, precision, &mut text);
            assert_eq!(String::from_utf8_lossy(&text), zone.rfc3339(LogTime { unix_ms }, precision));
        }
    }
}

#[test]
fn a_zone_that_does_not_exist_is_refused_with_a_hint() {
    for name in ["Europe/Bonn", "", "CEST+7", "/etc/passwd", "../UTC"] {
        assert!(Zone::named(name).expect_err(name).hint.is_some());
    }
}
