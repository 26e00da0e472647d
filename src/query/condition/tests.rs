//! Conditions against one event in each format.

use super::*;

const LINES: [&str; 3] = [
    r#"{"KeyID":"webapp","code":560,"duration":1.5,"error":"x=1 \u003e 2","level":"error","msg":"Error on query check","product":"acra-server","session_id":747,"timestamp":"2025-03-14T00:00:00Z","unixTime":"1741910400.271","version":"0.96.0"}"#,
    r#"time="2025-03-14T00:00:00Z" level=error msg="Error on query check" KeyID=webapp code=560 duration=1.5 error="x=1 > 2" product=acra-server session_id=747 version=0.96.0"#,
    r"CEF:0|cossacklabs|acra-server|0.96.0|560|Error on query check|6|KeyID=webapp duration=1.5 error=x\=1 > 2 session_id=747 unixTime=1741910400.271 ",
];

fn holds(condition: &str, line: &str) -> bool {
    let event = Event::read(line.as_bytes()).expect("an entry");
    Condition::parse(condition).expect(condition).holds(&event)
}

#[test]
fn a_condition_holds_alike_in_every_format() {
    let cases = [
        ("client_id=webapp", true),
        ("Key ID=webapp", true),
        ("ClientID!=webapp", false),
        ("client_id=web", false),
        ("client_id~^web", true),
        ("client_id!~^web", false),
        ("code=560", true),
        ("code>=560", true),
        ("code = 560 ", true),
        (" client_id = webapp ", true),
        ("code>560", false),
        ("code?", true),
        ("msg=Error on query check", true),
        ("message~query$", false),
        ("level=error", true),
        ("product~^acra-", true),
        ("version!=0.96.0", false),
        ("error=x=1 > 2", true),
        ("error~=1 >", true),
        ("duration>1.4", true),
        ("duration<=1.5", true),
        ("duration<1.5e0", false),
        ("session_id=747", true),
        ("session_id<1000", true),
        ("error>1", false),
        ("error<=1", false),
        ("sql?", false),
        ("!sql?", true),
        ("sql!?", true),
        ("!level?", false),
        ("sql!=a", true),
        ("sql!~a", true),
        ("sql=", false),
        ("sql>0", false),
    ];
    for (condition, wanted) in cases {
        for line in LINES {
            assert_eq!(holds(condition, line), wanted, "{condition} on {line}");
        }
    }
}

#[test]
fn what_is_no_condition_is_refused_with_a_hint() {
    let cases = [
        ("", "key=value"),
        ("client_id", "key=value"),
        ("=webapp", "key=value"),
        ("?", "no key"),
        ("!?", "no key"),
        (" =x", "no key"),
        ("client_id==webapp", "one `=`"),
        ("client_id=~web", "key~REGEX"),
        ("time>2025-03-14", "--since"),
        ("timestamp?", "--since"),
        ("level>=warning", "--level warning+"),
        ("duration>long", "compare numbers"),
        ("duration>inf", "compare numbers"),
        ("duration>", "compare numbers"),
    ];
    for (condition, wanted) in cases {
        let error = Condition::parse(condition).expect_err(condition);
        let said = format!("{} {}", error.message, error.hint.unwrap_or_default());
        assert!(said.contains(wanted), "{condition}: {said}");
    }
    assert!(Condition::parse("error~(").is_err());
}

#[test]
fn any_of_repeated_keys_will_do() {
    let line = r#"time="2025-03-14T00:00:00Z" level=info a=1 a=2"#;
    for (condition, wanted) in [("a=1", true), ("a=2", true), ("a=3", false), ("a!=2", false), ("a>1", true)] {
        assert_eq!(holds(condition, line), wanted, "{condition}");
    }
}

#[test]
fn a_value_that_is_no_number_is_neither_less_nor_more() {
    for value in ["inf", "NaN", "0x10", "1_0", "''", "1e999"] {
        let line = format!(r#"time="2025-03-14T00:00:00Z" level=info a="{value}""#);
        assert!(!holds("a>0", &line) && !holds("a<=0", &line), "{value}");
    }
}

const REGEX: PatternStyle = PatternStyle { fixed: false, ignore_case: false, raw: false, words: false, whole: false };
const FIXED: PatternStyle = PatternStyle { fixed: true, ..REGEX };

#[test]
fn patterns_are_found_in_any_bytes() {
    let ignoring = |style| PatternStyle { ignore_case: true, ..style };
    let cases: [(&str, PatternStyle, &[u8], bool); 11] = [
        ("poison.*record", REGEX, b"poison\nrecord", true),
        ("^poison", REGEX, b"a poison", false),
        ("(?-u:\\xff)", REGEX, b"a\xffb", true),
        ("\u{fc}b", REGEX, b"\xff\xc3\xbcb", true),
        ("\u{dc}B", ignoring(REGEX), b"\xff\xc3\xbcb", true),
        ("a.c", FIXED, b"abc", false),
        ("a.c", FIXED, b"xa.cx", true),
        ("A.C", ignoring(FIXED), b"xa.cx", true),
        ("A.C", ignoring(FIXED), b"xabcx", false),
        ("", FIXED, b"", true),
        ("Poison", REGEX, b"poison", false),
    ];
    for (pattern, style, text, wanted) in cases {
        let compiled = Pattern::new(pattern, style).unwrap();
        assert_eq!(compiled.matches(text), wanted, "{pattern} in {}", text.escape_ascii());
    }
}

#[test]
fn words_whole_texts_and_several_patterns_are_those_of_grep() {
    let words = PatternStyle { words: true, ..REGEX };
    let whole = PatternStyle { whole: true, ..REGEX };
    let cases: [(&[&str], PatternStyle, &str, bool); 16] = [
        (&["own"], words, "own, goal", true),
        (&["own"], words, "down", false),
        (&["-1"], words, "a -1", true),
        (&["o.n|x"], words, "down x", true),
        (&["own"], PatternStyle { fixed: true, ..words }, "down own", true),
        (&["own"], PatternStyle { ignore_case: true, ..words }, "Own", true),
        (&["own"], whole, "own", true),
        (&["ow|n"], whole, "own", false),
        (&["own"], PatternStyle { words: true, ..whole }, "own goal", false),
        (&["a", "b"], REGEX, "b", true),
        (&["a", "b"], whole, "ab", false),
        (&["a.", "b"], FIXED, "ab", true),
        (&["a.", "c"], FIXED, "ab", false),
        (&["(?i)a", "b"], REGEX, "B", false),
        (&[], REGEX, "", false),
        (&["x", ""], REGEX, "anything", true),
    ];
    for (patterns, style, text, wanted) in cases {
        let patterns: Vec<String> = patterns.iter().map(|it| (*it).to_owned()).collect();
        let compiled = Pattern::any_of(&patterns, style).unwrap();
        assert_eq!(compiled.matches(text.as_bytes()), wanted, "{patterns:?} in {text}");
    }
    assert!(Pattern::any_of(&["a)|(b".to_owned(), "c".to_owned()], REGEX).is_err());
    let commented = ["(?x)a # )".to_owned(), "b".to_owned()];
    assert!(Pattern::any_of(&commented, REGEX).unwrap().matches(b"b"));
}

#[test]
fn a_pattern_that_does_not_compile_is_refused_in_one_line_with_a_hint() {
    let cases = [("foo(", "-F"), ("[z-a]", "-F"), ("a{1000}{1000}{1000}", "counts"), ("*", "-F")];
    for (pattern, hint) in cases {
        let error = Pattern::new(pattern, REGEX).expect_err(pattern);
        assert!(!error.message.contains('\n'), "{error}");
        assert!(error.hint.is_some_and(|text| text.contains(hint)), "{pattern}");
    }
    assert!(Pattern::new("foo(", FIXED).is_ok());
}
