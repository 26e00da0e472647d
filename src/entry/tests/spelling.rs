//! Json as Acra spells it, and otherwise (attacks, rows 16 to 18).

use super::*;

#[test]
fn json_is_flattened_from_its_raw_tokens() {
    check(&[
        (
            r#"{"a":[1.50,{}],"chain":"new","delimiter":"d","integrity":"$","msg":"<\b>"}"#,
            // The nested object sends it the slow way, which prints numbers and strings as Go does.
            r#"json sealed start reencoded | delimiteradelimiter[1.5,{}]delimiterdelimiterdelimiterdelimiter"d"delimiterdelimitermsgdelimiter"\u003c\b\u003e"delimiter"#,
        ),
        (
            r#"{"a":[1.50],"integrity":"$","msg":"<\b>"}"#,
            r#"json sealed middle exact | delimiteradelimiter[1.50]delimiterdelimitermsgdelimiter"<\b>"delimiter"#,
        ),
        (
            r#"{"chain":"middle","integrity":"$"}"#,
            r#"json sealed middle exact | delimiterchaindelimiter"middle"delimiter"#,
        ),
        // In the middle between two decimals Go prints the even one, where Rust prints the larger.
        (
            r#"{"a":{"t":1696161600.0039062},"integrity":"$"}"#,
            r#"json sealed middle exact | delimiteradelimiter{"t":1696161600.0039062}delimiter"#,
        ),
        (
            r#"{"a":{"t":1696161600.00390625},"integrity":"$"}"#,
            r#"json sealed middle reencoded | delimiteradelimiter{"t":1696161600.0039062}delimiter"#,
        ),
        (r#"{"\u003cx\u003e":1,"integrity":"$"}"#, r#"json sealed middle exact | delimiter<x>delimiter1delimiter"#),
        (
            r#"{"é":"\u0008\u000c","integrity":"$"}"#,
            r#"json sealed middle reencoded | delimiterédelimiter"\b\f"delimiter"#,
        ),
        (
            r#"{"integrity":"$","é":"\u0008\u000c"}"#,
            r#"json sealed middle exact | delimiterédelimiter"\u0008\u000c"delimiter"#,
        ),
        (r#"{"integrity":"$","é":"\b\f"}"#, r#"json sealed middle exact | delimiterédelimiter"\b\f"delimiter"#),
        (r#"{"integrity":"$"}"#, "json sealed middle exact | "),
    ]);
}

#[test]
fn json_in_another_spelling_is_reencoded_or_ambiguous() {
    const AB: &str = r#"delimiteradelimiter1delimiterdelimiterbdelimiter"S"delimiter"#;
    let cases = [
        (r#" {"a":1,"b":"S","integrity":"$"}"#, "reencoded"),
        (r#"{"a":1, "b":"S","integrity":"$"}"#, "reencoded"),
        (r#"{"b":"S","a":1,"integrity":"$"}"#, "reencoded"),
        (r#"{"a":1.0 ,"b":"\u0053","integrity":"$"}"#, "reencoded"),
        (r#"{"a":1,"\u0062":"S","integrity":"$"}"#, "reencoded"),
        (r#"{"a":2,"a":1,"b":"S","integrity":"$"}"#, "ambiguous"),
        (r#"{"a":2,"\u0061":1,"b":"S","integrity":"$"}"#, "ambiguous"),
        (r#"{"adelimiter1delimiterdelimiterb":"S","integrity":"$"}"#, "ambiguous"),
    ];
    for (line, fidelity) in cases {
        let line = line.replace('$', HEX);
        assert_eq!(describe(&line), format!("json sealed middle {fidelity} | {AB}"), "{line}");
    }
    check(&[
        (
            r#"{"a":{"b":1,"b":2},"integrity":"$"}"#,
            r#"json sealed middle ambiguous | delimiteradelimiter{"b":2}delimiter"#,
        ),
        (r#"{"a":1e400 ,"integrity":"$"}"#, "json malformed middle exact"),
        (r#"{"a":1delimiterdelimiterbdelimiter2,"integrity":"$"}"#, "json malformed middle exact"),
    ]);
}

#[test]
fn nesting_of_any_depth_is_answered() {
    for (open, close) in [("[", "]"), ("{\"k\":", "}"), ("[{\"k\":", "}]")] {
        let nested = format!("{}0{}", open.repeat(100_000), close.repeat(100_000));
        let raw = format!(r#"{{"a":{nested},"integrity":"{HEX}"}}"#);
        assert_eq!(describe(&raw), format!("json sealed middle exact | delimiteradelimiter{nested}delimiter"));
        let spaced = format!(r#"{{"a": {nested},"integrity":"{HEX}"}}"#);
        assert_eq!(describe(&spaced), "json malformed middle exact");
        assert!(remarshal(raw.as_bytes()).is_empty());
        assert_eq!(time_of(spaced.as_bytes()), None);
        assert_eq!(describe(&format!(r#"{{"a":{}"#, open.repeat(100_000))), "none");
    }
}

#[test]
fn an_object_of_too_many_members_is_not_remarshalled_but_read() {
    let members: Vec<_> = (10_000..80_000).map(|key| format!(r#""{key}":0"#)).collect();
    let raw = format!(r#"{{{},"integrity":"{HEX}"}}"#, members.join(","));
    assert!(describe(&raw).starts_with("json sealed middle exact | delimiter10000delimiter0delimiter"));
    assert_eq!(describe(&raw.replace(r#""10000":0"#, r#""10000": 0"#)), "json malformed middle exact");
    assert!(remarshal(raw.as_bytes()).is_empty());
}

#[test]
fn a_line_is_remarshalled_the_way_either_go_would_have() {
    let text = |line: &str| -> Vec<String> {
        remarshal(line.as_bytes()).into_iter().map(|input| String::from_utf8(input).expect("utf-8")).collect()
    };
    assert_eq!(
        text(r#"{"b":"\u0008", "a":1.0,"integrity":"00","chain":"new"}"#),
        [
            r#"delimiteradelimiter1delimiterdelimiterbdelimiter"\b"delimiter"#,
            r#"delimiteradelimiter1delimiterdelimiterbdelimiter"\u0008"delimiter"#,
        ]
    );
    assert_eq!(text(r#"{"a":"\/"}"#), [r#"delimiteradelimiter"/"delimiter"#]);
    for line in ["{", "[]", r#"{"a":1e400}"#, r#"time="t" msg="a""#, "CEF:0|a", "", "{}{}"] {
        assert_eq!(text(line), [""; 0], "{line}");
    }
}
