//! Correlations: what they count, what belongs together, and when a match is raised and over.

use std::sync::Arc;

use super::super::{Correlator, MatchState, SigmaRules};
use crate::event::Event;

/// A message, a client, and a time in seconds.
type Row<'a> = (&'a str, &'a str, i64);

/// Rules that correlations of the tests are made of: `a`, `b` and `c` match entries with these messages.
const BASE: &str = "\
title: A
name: a
logsource: {product: acra}
detection: {s: {message: a}, condition: s}
---
title: B
name: b
logsource: {product: acra}
detection: {s: {message: b}, condition: s}
---
title: C
name: c
logsource: {product: acra}
detection: {s: {message: c}, condition: s}
---
";

/// Rules of the base and a correlation.
fn correlation(section: &str) -> Result<SigmaRules, crate::failure::Failure> {
    SigmaRules::of_text("a.yml", &format!("{BASE}title: Counted\nlevel: high\ncorrelation: {section}\n"))
}

/// A change, as it is compared: `raised 10 a=1`, and where its entries stand.
fn shown(change: &super::super::SigmaMatch<usize>) -> String {
    let state = match change.state {
        MatchState::Raised => "raised",
        MatchState::Updated => "updated",
        MatchState::Closed => "closed",
    };
    let group = change.group.iter().map(|(name, value)| format!(" {name}={}", value.as_deref().unwrap_or("-")));
    format!("{state} {}{} {:?}", change.count, group.collect::<String>(), change.entries)
}

/// What becomes of entries, as far as correlations tell it.
fn run(rules: SigmaRules, entries: &[Row<'_>]) -> Vec<String> {
    run_of(rules, |title| !["A", "B", "C", "Any"].contains(&title), entries)
}

/// The same, as far as rules with these titles tell it.
fn run_of(rules: SigmaRules, is_meant: fn(&str) -> bool, entries: &[Row<'_>]) -> Vec<String> {
    let rules = Arc::new(rules);
    let mut correlator = Correlator::new(Arc::clone(&rules));
    let mut changes = Vec::new();
    let is_meant = |change: &super::super::SigmaMatch<usize>| is_meant(&rules.rule(change.rule).title);
    for (at, (message, client, seconds)) in entries.iter().enumerate() {
        let client = if client.is_empty() { String::new() } else { format!(r#""client_id":"{client}","#) };
        let line = format!(r#"{{{client}"level":"info","msg":"{message}","session_id":{at},"unixTime":"1.000"}}"#);
        let event = Event::read(line.as_bytes()).expect("an entry");
        for change in correlator.observe(&rules.hits(&event), seconds * 1_000, || at).into_iter().filter(is_meant) {
            changes.push(format!("{seconds}: {}", shown(&change)));
        }
    }
    changes
        .extend(correlator.finish().iter().filter(|it| is_meant(it)).map(|change| format!("end: {}", shown(change))));
    changes
}

fn counted(section: &str, entries: &[Row<'_>]) -> Vec<String> {
    run(correlation(section).unwrap_or_else(|error| panic!("{section}: {error}")), entries)
}

#[test]
fn events_are_counted_within_a_timespan_that_slides_and_for_each_group() {
    let section = "{type: event_count, rules: [a], group-by: [client_id], timespan: 10s, condition: {gte: 3}}";
    let entries =
        [("a", "x", 0), ("a", "y", 1), ("a", "x", 9), ("b", "x", 9), ("a", "x", 12), ("a", "", 12), ("a", "x", 19)];
    assert_eq!(counted(section, &entries), ["19: raised 3 client_id=x [2, 4, 6]", "end: closed 3 client_id=x []"]);
}

#[test]
fn a_match_goes_on_and_is_told_once() {
    let section = "{type: event_count, rules: [a], timespan: 10s, condition: {gt: 1}}";
    let entries = [("a", "", 0), ("a", "", 1), ("a", "", 2), ("a", "", 20), ("a", "", 21)];
    let wanted =
        ["1: raised 2 [0, 1]", "2: updated 3 [2]", "20: closed 3 []", "21: raised 2 [3, 4]", "end: closed 2 []"];
    assert_eq!(counted(section, &entries), wanted);
}

#[test]
fn a_match_is_over_when_its_condition_was_not_met_for_a_timespan_though_entries_go_on() {
    let section = "{type: event_count, rules: [a], timespan: 10s, condition: {gte: 3}}";
    let entries = [("a", "", 0), ("a", "", 1), ("a", "", 2), ("a", "", 9), ("a", "", 18), ("a", "", 27), ("a", "", 28)];
    let wanted = [
        "2: raised 3 [0, 1, 2]",
        "9: updated 4 [3]",
        "18: updated 5 [4]",
        "27: closed 5 []",
        "28: raised 3 [5, 6]",
        "end: closed 3 []",
    ];
    assert_eq!(counted(section, &entries), wanted);
}

#[test]
fn values_are_counted_once_each() {
    let section = "{type: value_count, rules: [a, b], timespan: 10s, condition: {field: client_id, gte: 3}}";
    let entries =
        [("a", "x", 0), ("a", "y", 1), ("b", "x", 2), ("a", "", 3), ("a", "y", 9), ("b", "z", 12), ("a", "w", 30)];
    assert_eq!(
        counted(section, &entries),
        ["12: raised 3 [2, 4, 5]", "end: closed 3 []"].map(|it| {
            // The match is over before the last entry.
            it.replace("end", "30")
        })
    );
}

#[test]
fn rules_are_counted_in_any_order() {
    let section = "{type: temporal, rules: [a, b, c], group-by: [client_id], timespan: 10s}";
    let entries = [("c", "x", 0), ("a", "x", 1), ("b", "y", 2), ("a", "x", 3), ("b", "x", 10), ("b", "x", 25)];
    let wanted = ["10: raised 3 client_id=x [0, 3, 4]", "25: closed 3 client_id=x []"];
    assert_eq!(counted(section, &entries), wanted);
    let two = "{type: temporal, rules: [a, b, c], timespan: 10s, condition: {gte: 2}}";
    assert_eq!(counted(two, &[("c", "", 0), ("a", "", 11), ("b", "", 21)])[0], "21: raised 2 [1, 2]");
}

#[test]
fn rules_are_counted_in_their_order() {
    let section = "{type: temporal_ordered, rules: [a, b, c], timespan: 10s}";
    let cases: [(&[Row<'_>], &[&str]); 5] = [
        (&[("a", "", 0), ("b", "", 5), ("c", "", 10)], &["10: raised 3 [0, 1, 2]", "end: closed 3 []"]),
        (&[("a", "", 0), ("b", "", 5), ("c", "", 11)], &[]),
        (&[("a", "", 0), ("a", "", 4), ("b", "", 5), ("c", "", 11)], &["11: raised 3 [1, 2, 3]", "end: closed 3 []"]),
        (&[("b", "", 0), ("a", "", 1), ("c", "", 2)], &[]),
        (&[("c", "", 0), ("a", "", 1), ("b", "", 2), ("b", "", 3)], &[]),
    ];
    for (entries, wanted) in cases {
        assert_eq!(counted(section, entries), wanted, "{entries:?}");
    }
}

#[test]
fn an_upper_limit_is_judged_when_the_timespan_is_over() {
    let section = "{type: event_count, rules: [a], timespan: 10s, condition: {gt: 1, lte: 3}}";
    let few = [("a", "", 0), ("a", "", 1), ("b", "", 11), ("a", "", 30)];
    assert_eq!(counted(section, &few), ["11: raised 2 [0, 1]", "11: closed 2 []"]);
    let many = [("a", "", 0), ("a", "", 1), ("a", "", 2), ("a", "", 3), ("b", "", 11)];
    assert_eq!(counted(section, &many), [""; 0]);
}

#[test]
fn an_entry_that_matches_two_rules_is_counted_once_and_does_not_follow_itself() {
    let base = "\
title: Any
name: any
logsource: {product: acra}
detection: {s: {message: '*'}, condition: s}
---
";
    let with = |section: &str| SigmaRules::of_text("a.yml", &format!("{base}{BASE}title: T\ncorrelation: {section}\n"));
    let count = with("{type: event_count, rules: [any, a], timespan: 10s, condition: {gte: 2}}").unwrap();
    assert_eq!(run(count, &[("a", "", 0), ("b", "", 20)]), [""; 0]);
    let ordered = with("{type: temporal_ordered, rules: [any, a], timespan: 10s}").unwrap();
    let changes = run(ordered, &[("a", "", 0), ("a", "", 5)]);
    assert!(changes.iter().any(|it| it.starts_with("5: raised 2")), "{changes:?}");
}

#[test]
fn correlations_can_be_made_of_correlations() {
    let text = format!(
        "{BASE}title: Many
name: many
correlation: {{type: event_count, rules: [a], group-by: [client_id], timespan: 10s, condition: {{gte: 2}}}}
---
title: Many, then one
level: critical
correlation: {{type: temporal_ordered, rules: [many, b], group-by: [client_id], timespan: 20s}}
"
    );
    let rules = SigmaRules::of_text("a.yml", &text).unwrap();
    let entries = [("a", "x", 0), ("b", "x", 1), ("a", "x", 2), ("b", "y", 3), ("b", "x", 12)];
    assert_eq!(run(rules, &entries), ["12: raised 2 client_id=x [2, 4]", "end: closed 2 client_id=x []"]);
}

#[test]
fn what_only_serves_a_correlation_is_told_when_that_says_so() {
    let section = "type: event_count, rules: [a], timespan: 10s, condition: {gte: 2}";
    let silent = run_of(correlation(&format!("{{{section}}}")).unwrap(), |_| true, &[("a", "x", 0)]);
    assert_eq!(silent, [""; 0]);
    let rules = correlation(&format!("{{{section}, generate: true}}")).unwrap();
    let told = run_of(rules, |_| true, &[("a", "x", 0), ("c", "", 1)]);
    let wanted = ["0: raised 1 client_id=x [0]", "1: raised 1 client_id=- [1]"];
    assert_eq!(told[..2], wanted, "and a rule that serves none is told anyway");
}

#[test]
fn an_alias_is_another_field_in_each_rule() {
    let section = "{type: temporal, rules: [a, b], group-by: [who], timespan: 10s, \
                   aliases: {who: {a: session_id, b: client_id}}}";
    assert_eq!(counted(section, &[("a", "", 0), ("b", "0", 1)])[0], "1: raised 2 who=0 [0, 1]");
    let missing = "{type: temporal, rules: [a, b], group-by: [who], timespan: 10s, aliases: {who: {a: session_id}}}";
    assert!(correlation(missing).unwrap_err().message.contains("names no field for `b`"));
}

#[test]
fn a_correlation_says_what_it_demands() {
    let cases = [
        ("{type: event_count, rules: a, timespan: 5m, condition: {gte: 10}}", "at least 10 entries of a within 5m"),
        (
            "{type: value_count, rules: [a, b], group-by: [error], timespan: 1h, condition: {field: client_id, eq: 3}}",
            "exactly 3 values of client_id in a, b within 1h, for each error",
        ),
        ("{type: temporal, rules: [a, b], timespan: 5m}", "all of a, b within 5m"),
        ("{type: temporal_ordered, rules: [a, b], timespan: 5m}", "a, b, in this order within 5m"),
        ("{type: event_count, rules: a, timespan: 5m, condition: {lt: 3}}", "at most 2 entries of a within 5m"),
        ("{type: event_count, rules: a, timespan: 5m, condition: {gt: 3, lt: 9}}", "4 to 8 entries of a within 5m"),
    ];
    for (section, wanted) in cases {
        let rules = Arc::new(correlation(section).unwrap());
        let texts: Vec<_> = (0..4).filter(|at| *at == 0).map(|at| rules.counter(at).text.clone()).collect();
        assert_eq!(texts, [wanted], "{section}");
    }
}

#[test]
fn correlations_that_cannot_be_are_refused() {
    let cases = [
        ("{type: event_count, rules: [d], timespan: 5m, condition: {gte: 2}}", "there is no rule `d`"),
        (
            "{type: event_count, rules: [n], timespan: 5m, condition: {gte: 2}}\nname: n",
            "the correlation is made of itself",
        ),
        ("{type: event_count, rules: [a], timespan: 5m, condition: {gte: 2}}\nname: a", "is called `a` as well"),
    ];
    for (section, what) in cases {
        let failure = correlation(section).unwrap_err();
        assert!(failure.message.contains(what) && failure.message.starts_with("a.yml:"), "{section}: {failure}");
    }
}

#[test]
fn of_too_many_groups_some_are_given_up_and_memory_stays_bounded() {
    let section = "{type: event_count, rules: [a], group-by: [client_id], timespan: 1h, condition: {gte: 2}}";
    let rules = Arc::new(correlation(section).unwrap());
    let mut correlator = Correlator::new(Arc::clone(&rules));
    for at in 0..60_000 {
        let line = format!(r#"{{"client_id":"{at}","level":"info","msg":"a","unixTime":"1.000"}}"#);
        let event = Event::read(line.as_bytes()).expect("an entry");
        assert_eq!(correlator.observe(&rules.hits(&event), at, || ()), []);
    }
    assert_eq!(correlator.given_up(), 10_000);
    assert_eq!(correlator.finish(), []);
}

proptest::proptest! {
    /// A window that forgets what it can gives the same answer as one that forgets nothing.
    #[test]
    fn a_match_is_raised_when_so_many_are_that_close(steps in proptest::collection::vec(0_i64..6, 1..60), least in 1_usize..6) {
        let section = format!("{{type: event_count, rules: [a], timespan: 10s, condition: {{gte: {least}}}}}");
        let mut clock = 0;
        let times: Vec<i64> = steps.iter().map(|step| { clock += step; clock }).collect();
        let entries: Vec<Row<'_>> = times.iter().map(|time| ("a", "", *time)).collect();
        let changes = counted(&section, &entries);
        let holds = |at: usize| at + 1 >= least && times[at] - times[at + 1 - least] <= 10;
        let (mut wanted, mut held) = (Vec::new(), None::<i64>);
        for (at, time) in times.iter().enumerate() {
            if held.is_some_and(|held| time - held > 10) {
                held = None;
            }
            if holds(at) {
                if held.is_none() {
                    wanted.push(*time);
                }
                held = Some(*time);
            }
        }
        let raised: Vec<i64> = changes.iter().filter(|it| it.contains("raised")).map(|it| it.split(':').next().unwrap().parse().unwrap()).collect();
        proptest::prop_assert_eq!(raised, wanted);
    }
}
