//! Drawings of reports of any size: every number is a number, and nothing is drawn outside.

use super::{markup, tags, values};
use crate::entry::LogTime;
use crate::incident::Kind;
use crate::incident::report::{Bin, ByClient, ByCode, Incident, IncidentReport, Period};
use crate::testing::incident as sample;

const MIDNIGHT: i64 = 1_741_910_400_000;

/// A report with so many bins of a length, so many incidents and clients.
fn report(bins: u64, bin_seconds: u64, incidents: u64, clients: u64) -> IncidentReport {
    let mut report = sample::report();
    let at = |seconds: u64| LogTime { unix_ms: MIDNIGHT + seconds as i64 * 1000 };
    let length = bins.max(1) * bin_seconds;
    report.period = Some(Period { first: at(0), last: at(length) });
    let bin = |index| {
        let levels = [0, 0, index % 7, index % 3, index * 11, 0, 0];
        Bin { start: at(index * bin_seconds), entries: levels.iter().sum(), levels }
    };
    report.totals.by_hour.bin_seconds = bin_seconds;
    report.totals.by_hour.bins = (0..bins).map(bin).collect();
    let sample = report.incidents[0].clone();
    let incident = |number: u64| Incident {
        number,
        kind: Kind::ALL[number as usize % Kind::ALL.len()],
        first: Some(at(number * length / incidents.max(1))).filter(|_| number % 10 != 9),
        last: Some(at(number * length / incidents.max(1) + number)).filter(|_| number % 10 != 9),
        ..sample.clone()
    };
    report.incidents = (1..=incidents).map(incident).collect();
    report.totals.by_client = (0..clients)
        .map(|index| ByClient {
            client_id: Some(format!("client-{index}")),
            entries: clients - index,
            hours: std::array::from_fn(|hour| index * hour as u64 % 17),
        })
        .collect();
    report.totals.by_code =
        (0..clients).map(|code| ByCode { code: Some(code as u16), title: "unknown code", entries: code }).collect();
    report
}

/// Every number of every shape is finite, short and inside of the drawing.
fn assert_drawn_well(report: &IncidentReport) {
    let markup = markup(report);
    assert!(!markup.contains("NaN") && !markup.contains("inf%"));
    for attribute in ["x", "y", "x1", "x2", "y1", "y2", "width", "height"] {
        for value in values(&markup, attribute) {
            let number: f64 = value.trim_end_matches('%').parse().unwrap();
            assert!(number >= 0.0, "{attribute} {value}");
            assert!(!value.ends_with('%') || number <= 100.1, "{attribute} {value}");
            assert!(value.split_once('.').is_none_or(|(_, rest)| rest.trim_end_matches('%').len() <= 2), "{value}");
        }
    }
    for (at, _) in markup.match_indices("<svg role=\"img\"") {
        let named = &markup[at..at + 400];
        assert!(named.contains("<title id=") && named.contains("aria-labelledby="), "{named}");
    }
}

#[test]
fn reports_of_any_size_are_drawn_with_numbers_inside_of_the_drawing() {
    let year = 366 * 86_400;
    for (bins, bin_seconds, incidents, clients) in [
        (0, 3600, 0, 0),
        (1, 3600, 1, 1),
        (24, 3600, 6, 5),
        (800, year / 800, 1000, 300),
        (2, year, 3, 20),
        (2, 1, 2, 2),
        (3, 0, 1, 21),
    ] {
        assert_drawn_well(&report(bins, bin_seconds, incidents, clients));
    }
    assert_drawn_well(&sample::quiet());
}

#[test]
fn counts_and_times_at_the_ends_of_their_types_are_drawn() {
    let mut report = report(2, 3600, 2, 2);
    for unix_ms in [i64::MIN, i64::MAX] {
        report.period = Some(Period { first: LogTime { unix_ms }, last: LogTime { unix_ms: 0 } });
        report.incidents[0].first = Some(LogTime { unix_ms });
        report.totals.by_hour.bins[1].start = LogTime { unix_ms };
        report.totals.by_hour.bins[1].entries = u64::MAX;
        report.totals.by_hour.bins[1].levels[2] = u64::MAX;
        report.totals.by_client[0].entries = u64::MAX;
        report.totals.by_client[0].hours[5] = u64::MAX;
        report.totals.by_hour.bin_seconds = u64::MAX;
        assert_drawn_well(&report);
    }
}

#[test]
fn twenty_clients_are_drawn_and_all_are_in_the_table() {
    let mut report = report(24, 3600, 1, 300);
    report.totals.clients_omitted = 0;
    let markup = markup(&report);
    assert!(markup.contains("Most active clients: 20 of 300") && markup.contains("<code>client-299</code>"));
    let drawn = values(&markup, "class").into_iter().filter(|class| class.starts_with("heat-")).count();
    assert_eq!(drawn, 20 * 24);
}

#[test]
fn every_incident_with_a_time_is_on_the_timeline_and_the_others_are_counted() {
    let markup = markup(&report(24, 3600, 30, 1));
    let drawn = values(&markup, "class").into_iter().filter(|class| class.starts_with("event stroke-")).count();
    assert_eq!(drawn, 27);
    assert!(markup.contains("3 incidents state no time and are not drawn."));
    assert_eq!(tags(&markup).iter().filter(|tag| **tag == "article").count(), 30);
}

#[test]
fn charts_say_their_numbers_in_words() {
    let markup = markup(&sample::report());
    for words in [
        "1850 entries in 4 bins; the highest has 1323, from 2025-03-14T17:00:00Z. 34 without a time are not drawn.",
        "560  SQL query blocked by the request firewall: 111; 9999  unknown code: 21",
        "webapp: 03:00 130, 17:00 41",
        "1: Burst of blocked SQL queries, high, 2025-03-14T03:12:00.284Z to 2025-03-14T03:12:31.012Z",
        "40488 bytes verified, 0 bytes verified earlier, 0 bytes repeated, 613 bytes unsigned, 231 bytes broken",
    ] {
        assert!(markup.contains(words), "{words}");
    }
}
