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
