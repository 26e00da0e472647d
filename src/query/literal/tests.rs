//! The pre-filter against the query itself: on lines spelled in every way a format has, on chosen places, and on whole
//! logs.

mod spelling;

use proptest::prelude::*;

use super::*;
use crate::event::Event;
use crate::query::{CodeSet, Condition, Names, Pattern, PatternStyle};
use spelling::{Entry, Format, hostile_line};

fn codes(text: &str) -> Query {
    Query { codes: Some(CodeSet::parse([text]).expect(text)), ..Query::default() }
}

fn sessions(text: &str) -> Query {
    Query { sessions: Names::parse([text]).expect(text), ..Query::default() }
}

fn clients(text: &str) -> Query {
    Query { clients: Names::parse([text]).expect(text), ..Query::default() }
}

fn condition(text: &str) -> Query {
    Query { conditions: vec![Condition::parse(text).expect(text)], ..Query::default() }
}

fn pattern(text: &str, style: PatternStyle) -> Query {
    Query { pattern: Some(Pattern::new(text, style).expect(text)), ..Query::default() }
}

fn raw(text: &str) -> Query {
    pattern(text, PatternStyle { raw: true, ..PatternStyle::default() })
}

fn message(text: &str) -> Query {
    pattern(text, PatternStyle::default())
}

/// Queries of every kind that has needles, about the words that [`Entry`] is made of.
fn queries() -> Vec<Query> {
    let fixed = PatternStyle { fixed: true, ..PatternStyle::default() };
    let mut queries = vec![raw("check|init"), raw("(?i)WEB"), raw("code.{0,3}560")];
    queries.extend(["560", "5600", "560,5600,587", "100,101", "510-514"].map(codes));
    queries.extend(["747", "7470,747", "9007199254740992", "web*"].map(sessions));
    queries.extend(["webapp", "web-*", "a/b/webapp", "747", "74*", "etl,web*", "a b.c", "a|webapp=\""].map(clients));
    queries.extend(["client_id=webapp", "msg=Error on query check", "error=a/b/webapp"].map(condition));
    queries.extend(["session_id=747", "session_id=web-7", "product=acra-server"].map(condition));
    queries.extend(["Error on", "query check$", "(?i)che", "(init|query) check", "[Ee]rror.*a/b"].map(message));
    queries.push(pattern("on query", fixed));
    queries.push(pattern("a/b/webapp", fixed));
    queries
}

fn found(query: &Query, line: &[u8]) -> Option<Option<usize>> {
    query.literals(false).map(|filter| filter.find(line, 0))
}

fn selects(query: &Query, line: &[u8]) -> bool {
    query.selects(line, Event::read(line).as_ref().map_err(|why| *why))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    #[test]
    fn no_wanted_line_is_passed_over_however_it_is_spelled(
        entry in any_entry(),
        format in prop_oneof![Just(Format::Json), Just(Format::Plaintext), Just(Format::Cef)],
        choices in proptest::collection::vec(any::<u8>(), 1..60),
        before in "[ -~]{0,40}",
    ) {
        let line = hostile_line(&entry, format, &choices);
        prop_assert!(Event::read(&line).is_ok(), "{}", line.escape_ascii());
        let haystack = [before.as_bytes(), b"\n", &line, b"\n", &line].concat();
        let at = before.len() + 1;
        for query in queries().iter().filter(|query| selects(query, &line)) {
            let Some(filter) = query.literals(false) else { continue };
            let hit = filter.find(&haystack, at);
            let inside = hit.is_some_and(|hit| (at..at + line.len()).contains(&hit));
            prop_assert!(inside, "{hit:?} of {query:?} in {}", line.escape_ascii());
        }
    }
}

fn any_entry() -> impl Strategy<Value = Entry> {
    let code = prop::sample::select(vec!["560", "5600", "0560", "00587", "100", "512", "560.0", "15600", "56"]);
    let session = prop::sample::select(vec!["747", "7470", "9007199254740992", "web-7", "0747"]);
    let name =
        || prop::sample::select(vec!["webapp", "web-7", "a/b/webapp", "747", "a b.c", "a|webapp=\"", "etl\u{e9}"]);
    let text = prop::sample::select(vec!["Error on query check", "Error\n\\a/b", "init check", "<query> & check"]);
    (code, session, name(), name(), text).prop_map(|(code, session, client, error, message)| Entry {
        code,
        session,
        client,
        error,
        message,
    })
}

#[test]
fn most_of_the_queries_have_needles_and_most_entries_are_selected_by_some() {
    let with_needles = queries().iter().filter(|query| query.literals(false).is_some()).count();
    assert!(with_needles > 25, "{with_needles}");
    let entry =
        Entry { code: "560", session: "747", client: "webapp", error: "web-7", message: "Error on query check" };
    for format in [Format::Json, Format::Plaintext, Format::Cef] {
        let line = hostile_line(&entry, format, &[255]);
        let selected = queries().iter().filter(|query| selects(query, &line)).count();
        assert!(selected > 15, "{selected}: {}", line.escape_ascii());
    }
}

#[test]
fn a_code_counts_only_where_a_value_may_be() {
    let cases = [
        (r#"{"code":560}"#, Some(8)),
        (r#"{"code": 560}"#, Some(9)),
        (r#"{"code":"0560"}"#, Some(10)),
        (r#"{"code":5600}"#, None),
        (r#"{"code":1560}"#, None),
        (r#"{"a":"560x"}"#, Some(6)),
        (r#"{"a":"x560"}"#, None),
        (r#"{"a":".560"}"#, None),
        (r#"{"code":5.6e2}"#, Some(1)),
        (r#"{"code" : 559.9999999999999999999}"#, Some(1)),
        (r#"{"code":561}"#, None),
        (r#"{"a":"\u0035"}"#, Some(6)),
        (r#"{"a":"\u0030560"}"#, Some(6)),
        (r#"{"a":"\u0026\u003c\u0037"}"#, None),
        (r#"{"c\u006fde":5.6e2}"#, Some(3)),
        (r#"code=560 a=b"#, Some(5)),
        (r#"code=560"#, Some(5)),
        (r#"code="\x35\x36\x30""#, Some(6)),
        (r#"code="\U00000035""#, Some(6)),
        (r#"a="\x1b\U0001f600\xff""#, None),
        (r"CEF:0|a|b|1|560|m|1|", Some(12)),
        (r"CEF:0|a|b|1| 0560 |m|1|", Some(14)),
        (r"CEF:0|a|b|1|561|m\|560", Some(19)),
        ("560", None),
        ("integrity=a5607 7560b", None),
        ("", None),
        ("\\u00", None),
        ("\\u003", None),
        ("\\x", None),
        ("\"code\"", None),
        ("\"code\":", None),
    ];
    for (text, wanted) in cases {
        assert_eq!(found(&codes("560"), text.as_bytes()), Some(wanted), "{text}");
    }
    assert_eq!(found(&codes("587"), br#"code="\x30587""#), Some(Some(6)), "a hidden zero in front");
    assert_eq!(found(&codes("560,5600"), b"code=5600"), Some(Some(5)));
    assert_eq!(found(&codes("560,5600"), b"code=56000 code=560"), Some(Some(16)));
}

#[test]
fn where_a_line_may_be_wanted_without_certain_bytes_there_is_no_filter() {
    let none = [
        Query::default(),
        codes("5xx"),
        codes("7,560"),
        Query { excluded_codes: CodeSet::parse(["560"]).unwrap(), ..Query::default() },
        clients("747"),
        clients("ab"),
        clients("*,webapp"),
        clients("1.5e*"),
        clients("[webapp]"),
        sessions("7*"),
        condition("client_id!=webapp"),
        condition("client_id~webapp"),
        condition("level=error"),
        condition("code=560"),
        message("Error|OK"),
        message(".*"),
        message("(?i)poison record"),
        message("^$"),
        raw("a\nb"),
        message("<<<>>>"),
    ];
    for query in none {
        assert!(query.literals(false).is_none(), "{query:?}");
    }
}

#[test]
fn the_part_that_selects_the_least_is_searched_for() {
    let query = Query { clients: Names::parse(["*"]).unwrap(), ..codes("560") };
    assert_eq!(found(&query, b"code=560"), Some(Some(5)));
    let query = Query { codes: codes("5xx").codes, ..clients("webapp") };
    assert_eq!(found(&query, b"client_id=webapp code=999"), Some(Some(10)));
    let query = Query { pattern: message(".*").pattern, ..sessions("747") };
    assert_eq!(found(&query, b"session_id=747"), Some(Some(11)));
    let query = Query { codes: codes("560").codes, ..message("on query") };
    assert_eq!(found(&query, b"code=560"), Some(None));
}

#[test]
fn a_processor_without_vectors_finds_the_same() {
    let packed = codes("560,5600,587").literals(false).expect("needles");
    let automaton = automaton(packed.needles.iter().map(Literal::bytes)).expect("few needles");
    let slow = Prefilter { search: Searching::Automaton(automaton), ..packed.clone() };
    for name in ["content_hard.json.log", "content_hard.plaintext.log", "service_day.cef.log"] {
        let log = log(name);
        let (mut at, mut hits) = (0, 0);
        while let Some(hit) = packed.find(&log, at) {
            assert_eq!(slow.find(&log, at), Some(hit));
            (at, hits) = (hit + 1, hits + 1);
        }
        assert_eq!(slow.find(&log, at), None);
        assert!(hits > 0);
    }
}

#[test]
fn a_log_searched_from_hit_to_hit_gives_the_lines_that_are_selected() {
    for name in
        ["service_day.json.log", "service_day.cef.log", "content_hard.plaintext.log", "content_marker_texts.json.log"]
    {
        let log = log(name);
        for query in [codes("560"), codes("581,587"), message("check"), clients("webapp,client-0*"), sessions("747")] {
            let filter = query.literals(false).expect("needles");
            let lines = || log.split(|byte| *byte == b'\n');
            let wanted: Vec<&[u8]> = lines().filter(|line| selects(&query, line)).collect();
            let mut candidates = Vec::new();
            let mut at = 0;
            while let Some(hit) = filter.find(&log, at) {
                let begin = memchr::memrchr(b'\n', &log[..hit]).map_or(0, |newline| newline + 1);
                at = memchr::memchr(b'\n', &log[hit..]).map_or(log.len(), |newline| hit + newline);
                candidates.push(&log[begin..at]);
            }
            candidates.retain(|line| selects(&query, line));
            assert_eq!(candidates, wanted, "{name}");
        }
    }
}

fn log(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/fixtures/logs/{name}", env!("CARGO_MANIFEST_DIR"))).expect(name)
}
