//! What rules mean, by the examples of `corpus.toml`.

use toml::de::{DeTable, DeValue};

use super::SigmaRules;
use crate::event::Event;

mod counting;

/// The tables of this name in the corpus.
fn corpus(name: &str, mut look: impl FnMut(&DeTable<'_>)) {
    let tables = DeTable::parse(include_str!("tests/corpus.toml")).expect("TOML");
    let Some(DeValue::Array(cases)) = tables.get_ref().get(name).map(|it| it.get_ref()) else { panic!("no {name}") };
    cases.iter().for_each(|case| look(case.get_ref().as_table().expect("a table")));
}

fn text<'t>(case: &'t DeTable<'_>, key: &str) -> &'t str {
    case.get(key).and_then(|it| it.get_ref().as_str()).unwrap_or_else(|| panic!("no {key}"))
}

fn texts<'t>(case: &'t DeTable<'_>, key: &str) -> Vec<&'t str> {
    let Some(DeValue::Array(texts)) = case.get(key).map(|it| it.get_ref()) else { panic!("no {key}") };
    texts.iter().map(|text| text.get_ref().as_str().expect("a text")).collect()
}

fn rule(detection: &str) -> String {
    format!("title: An example\nlogsource:\n    product: acra\ndetection:\n{detection}")
}

/// An entry with these members, and with what every entry has.
fn entry(members: &str) -> String {
    let mut entry: serde_json::Map<String, serde_json::Value> = serde_json::from_str(members).expect("members");
    entry.entry("level").or_insert("info".into());
    entry.entry("msg").or_insert("".into());
    entry.entry("unixTime").or_insert("1741910400.000".into());
    serde_json::to_string(&entry).expect("an object")
}

#[test]
fn rules_match_what_they_must_and_nothing_else() {
    let mut wrong = Vec::new();
    corpus("case", |case| {
        let about = text(case, "about");
        let rules =
            SigmaRules::of_text("a.yml", &rule(text(case, "detection"))).unwrap_or_else(|it| panic!("{about}: {it}"));
        let matches = texts(case, "matches").into_iter().map(|it| (it, true));
        for (members, wanted) in matches.chain(texts(case, "passes").into_iter().map(|it| (it, false))) {
            let line = entry(members);
            let event = Event::read(line.as_bytes()).unwrap_or_else(|error| panic!("{line}: {error:?}"));
            if rules.matches(&event) != wanted {
                wrong.push(format!("{about}: {members} {}", if wanted { "does not match" } else { "matches" }));
            }
        }
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_wrong_or_not_supported_is_refused_with_its_line() {
    corpus("refused", |case| {
        let about = text(case, "about");
        let failure = match SigmaRules::of_text("a.yml", &rule(text(case, "detection"))) {
            Ok(_) => panic!("{about}: taken"),
            Err(failure) => failure,
        };
        let line = failure.message.strip_prefix("a.yml:").and_then(|it| it.split(':').next()?.parse::<usize>().ok());
        assert!(line.is_some_and(|line| line >= 4), "{about}: {failure}");
        assert!(failure.message.contains(text(case, "why")), "{about}: {failure}");
        assert_eq!(failure.exit().code(), 64, "{about}");
    });
}
