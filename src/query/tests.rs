//! Whole queries against lines of every format.

use super::*;
use crate::entry::LogTime;

const WEBAPP: [&str; 3] = [
    r#"{"client_id":"webapp","code":560,"level":"error","msg":"Error on query check","product":"acra-server","session_id":747,"timestamp":"2025-03-14T00:00:00Z","unixTime":"1741910400.000","version":"0.96.0"}"#,
    r#"time="2025-03-14T00:00:00Z" level=error msg="Error on query check" client_id=webapp code=560 session_id=747"#,
    r"CEF:0|cossacklabs|acra-server|0.96.0|560|Error on query check|6|client_id=webapp session_id=747 unixTime=1741910400.000 ",
];
const PLAIN: [&str; 3] = [
    r#"{"level":"info","msg":"Keystore init OK","product":"acra-server","timestamp":"2025-03-14T00:00:00Z","unixTime":"1741910400.000","version":"0.96.0"}"#,
    r#"time="2025-03-14T00:00:00Z" level=info msg="Keystore init OK""#,
    r"CEF:0|cossacklabs|acra-server|0.96.0|100|Keystore init OK|1|unixTime=1741910400.000 ",
];

fn selects(query: &Query, line: &str) -> bool {
    let event = Event::read(line.as_bytes());
    query.selects(line.as_bytes(), event.as_ref().map_err(|why| *why))
}

fn codes(text: &str) -> CodeSet {
    CodeSet::parse([text]).expect(text)
}

fn names(text: &str) -> Names {
    Names::parse([text]).expect(text)
}

fn pattern(text: &str, raw: bool) -> Option<Pattern> {
    Some(Pattern::new(text, PatternStyle { raw, ..PatternStyle::default() }).expect(text))
}

fn period(since: &str, until: &str) -> TimeRange {
    TimeRange::parse(Some(since), Some(until), LogTime { unix_ms: 0 }, &Zone::default()).expect("a period").0
}

/// A query, and whether it selects the entry of the client and the one without a client or code.
fn cases() -> Vec<(Query, bool, bool)> {
    let all = Query::default;
    let condition = |text: &str| vec![Condition::parse(text).expect(text)];
    vec![
        (all(), true, true),
        (Query { codes: Some(codes("560")), ..all() }, true, false),
        (Query { codes: Some(codes("587,5xx")), excluded_codes: codes("560"), ..all() }, false, false),
        (Query { excluded_codes: codes("560"), ..all() }, false, true),
        (Query { codes: Some(CodeSet::default()), ..all() }, false, false),
        (Query { codes: Some(codes("100")), ..all() }, false, false),
        (Query { levels: LevelSet::parse(["error+"]).ok(), ..all() }, true, false),
        (Query { period: period("2025-03-14", "2025-03-15"), ..all() }, true, true),
        (Query { period: period("2025-03-13", "2025-03-14"), ..all() }, false, false),
        (Query { clients: names("etl,web*"), ..all() }, true, false),
        (Query { clients: names("*"), ..all() }, true, false),
        (Query { sessions: names("747"), ..all() }, true, false),
        (Query { sessions: names("74"), ..all() }, false, false),
        (Query { conditions: condition("!code?"), ..all() }, false, true),
        (Query { pattern: pattern("(Error|OK)", false), ..all() }, true, true),
        (Query { pattern: pattern("^Error on", false), ..all() }, true, false),
        (Query { pattern: pattern("cossacklabs|webapp|init", true), ..all() }, true, true),
        (Query { pattern: pattern("webapp", false), ..all() }, false, false),
        (Query { codes: Some(codes("560")), pattern: pattern("OK", false), ..all() }, false, false),
        (Query { codes: Some(codes("560")), clients: names("webapp"), sessions: names("748"), ..all() }, false, false),
    ]
}

#[test]
fn a_query_selects_alike_in_every_format() {
    for (query, webapp, plain) in cases() {
        for (lines, wanted) in [(WEBAPP, webapp), (PLAIN, plain)] {
            for line in lines {
                assert_eq!(selects(&query, line), wanted, "{query:?} on {line}");
            }
        }
    }
}

#[test]
fn only_formats_that_name_the_service_can_be_asked_for_it() {
    let query = Query { products: names("acra-*"), ..Query::default() };
    assert_eq!(WEBAPP.map(|line| selects(&query, line)), [true, false, true]);
}

#[test]
fn an_entry_without_a_readable_time_is_in_no_period() {
    let line = r#"time="soon" level=info"#;
    assert!(selects(&Query::default(), line));
    assert!(!selects(&Query { period: period("@0", "@99999999999"), ..Query::default() }, line));
}

#[test]
fn a_line_that_is_no_event_is_selected_by_a_raw_pattern_alone() {
    for line in ["panic: runtime error", r#"{"level":"error","msg":"torn"#, "", "  "] {
        let raw = || Query { pattern: pattern("", true), ..Query::default() };
        assert!(selects(&raw(), line), "{line}");
        assert!(!selects(&Query::default(), line), "{line}");
        assert!(!selects(&Query { pattern: pattern("", false), ..Query::default() }, line), "{line}");
        assert!(!selects(&Query { excluded_codes: codes("560"), ..raw() }, line), "{line}");
        assert!(!selects(&Query { clients: names("*"), ..raw() }, line), "{line}");
        assert!(!selects(&Query { conditions: vec![Condition::parse("!code?").unwrap()], ..raw() }, line), "{line}");
    }
}
