//! Lines of every format and the events they are read as.

use super::*;

const TIME: &str =
    r#""product":"acra-server","timestamp":"2025-03-14T00:00:00Z","unixTime":"1741910400.271","version":"0.96.0"}"#;
const LATER: &str = "2025-03-14T00:00:00Z";
const UNIX_MS: i64 = 1_741_910_400_271;

/// A json entry with these members in front of the usual ones.
fn json(members: &str) -> String {
    format!(r#"{{{members}"level":"info","msg":"m",{TIME}"#)
}

fn plaintext(rest: &str) -> String {
    format!(r#"time="{LATER}" level=info msg=m{rest}"#)
}

fn cef(extension: &str) -> String {
    format!("CEF:0|cossacklabs|acra-server|0.96.0|100|m|1|{extension}unixTime=1741910400.271 ")
}

#[track_caller]
fn read(line: &str) -> Event<'_> {
    Event::read(line.as_bytes()).unwrap_or_else(|why| panic!("{why:?}: {line}"))
}

/// The fields as people would write them: `key=text`, `key:number`, `key::json`.
fn fields(event: &Event<'_>) -> Vec<String> {
    let shown = |field: &Field<'_>| {
        let mark = match &field.value {
            Value::Text(_) => "=",
            Value::Number(_) => ":",
            Value::Json(_) => "::",
        };
        format!("{}{mark}{}", field.key.to_str(), field.value.to_str())
    };
    event.fields.iter().map(shown).collect()
}

#[test]
fn json_members_become_fields_with_their_types() {
    let cases: [(&str, &[&str]); 14] = [
        ("", &[]),
        (r#""a":"x","b":1.5,"c":true,"d":null,"#, &["a=x", "b:1.5", "c::true", "d::null"]),
        // Escapes are undone.
        (r#""a":"\u0041\n\"\u003e","#, &["a=A\n\">"]),
        // Go sorts keys and keeps the last of equal ones.
        (r#""b":1,"a":2,"a":3,"#, &["a:3", "b:1"]),
        // Nested values are as Go prints them.
        (r#""a":{"y": 1, "x":[ 2,{}]},"#, &[r#"a::{"x":[2,{}],"y":1}"#]),
        (r#""a":[1,"\u00e9"],"#, &["a::[1,\"\u{e9}\"]"]),
        // A json text in a text stays a text.
        (r#""a":"{\"b\":1}","#, &[r#"a={"b":1}"#]),
        (r#""a b":"x","q\"k":"y","n\nk":"z","#, &["a b=x", "n\nk=z", "q\"k=y"]),
        // Numbers are said as they stand, however large.
        (r#""code":1e300,"#, &["code:1e+300"]),
        // Duration is a text that looks like a number (events, trap 8).
        (r#""duration":"0.123","#, &["duration=0.123"]),
        // What logrus made of fields that are called like its own.
        (r#""fields.level":"x","fields.msg":"y","#, &["fields.level=x", "fields.msg=y"]),
        (r#""KeyID":"b","client_id":"a","#, &["KeyID=b", "client_id=a"]),
        (r#""integrity":"none","#, &["integrity=none"]),
        (r#""chain":"end","#, &["chain=end"]),
    ];
    for (members, wanted) in cases {
        let line = json(members);
        let event = read(&line);
        assert_eq!(fields(&event), wanted, "{line}");
        assert_eq!((event.level, event.message.as_bytes()), (Level::Info, &b"m"[..]), "{line}");
        assert_eq!(
            event.moment.as_ref().map(|it| (it.time.unix_ms, it.precision)),
            Some((UNIX_MS, Precision::Milliseconds))
        );
        assert_eq!(event.product, Some(Text::from("acra-server")));
    }
}

#[test]
fn a_json_time_that_cannot_be_read_is_a_field() {
    let cases: [(&str, Option<i64>, &[&str]); 6] = [
        (r#""timestamp":"2025-03-14T00:00:00Z""#, Some(1_741_910_400_000), &[]),
        (r#""timestamp":"soon""#, None, &["timestamp=soon"]),
        (r#""timestamp":5"#, None, &["timestamp:5"]),
        (r#""unixTime":"1741910400.271""#, Some(UNIX_MS), &[]),
        (r#""unixTime":"1741910400""#, None, &["unixTime=1741910400"]),
        (r#""unixTime":1741910400.271"#, None, &["unixTime:1741910400.271"]),
    ];
    for (members, time, wanted) in cases {
        let line = format!(r#"{{"level":"info","msg":"m",{members}}}"#);
        let event = read(&line);
        assert_eq!(event.moment.as_ref().map(|moment| moment.time.unix_ms), time, "{line}");
        assert_eq!(fields(&event), wanted, "{line}");
    }
}

#[test]
fn a_json_time_beside_a_readable_one_is_not_lost() {
    let line = r#"{"level":"info","msg":"m","timestamp":"soon","unixTime":"1741910400.271"}"#;
    let event = read(line);
    assert_eq!(event.moment.as_ref().map(|moment| moment.rfc3339.clone()), Some(None));
    assert_eq!(fields(&event), ["timestamp=soon"]);
}

#[test]
fn plaintext_pairs_become_fields_in_their_order() {
    let cases: [(&str, &[&str]); 9] = [
        ("", &[]),
        (r#" b=x a="y z" c="#, &["b=x", "a=y z", "c="]),
        (r#" a="\"\n\x1b\u00e9\\""#, &["a=\"\n\u{1b}\u{e9}\\"]),
        // Numbers are texts here.
        (" code=560 session_id=7", &["code=560", "session_id=7"]),
        (" a=1 a=2", &["a=1", "a=2"]),
        (" a b=x", &["a b=x"]),
        (" fields.msg=x", &["fields.msg=x"]),
        // Only the first one is the message; only the start-up line has a version.
        (" msg=again version=1 version=2", &["msg=again", "version=2"]),
        (r#" a="{\"b\":1}""#, &[r#"a={"b":1}"#]),
    ];
    for (rest, wanted) in cases {
        let line = plaintext(rest);
        let event = read(&line);
        assert_eq!(fields(&event), wanted, "{line}");
        assert_eq!(event.message.as_bytes(), b"m", "{line}");
        assert_eq!(event.moment.as_ref().map(|moment| moment.precision), Some(Precision::Seconds));
    }
    let untimed = read("time=soon level=info msg=m a=1");
    assert_eq!((untimed.moment.is_none(), fields(&untimed)), (true, vec!["time=soon".to_owned(), "a=1".to_owned()]));
    let timeless = read(r#"time="" level=info msg=m"#);
    assert!(timeless.moment.is_none() && timeless.fields.is_empty(), "there is nothing to keep");
    assert!(read(&format!(r#"time="{LATER}" level=info a=1 msg=m"#)).message.is_empty());
}

#[test]
fn cef_extensions_become_fields_without_escapes() {
    let cases: [(&str, &[&str]); 8] = [
        ("", &[]),
        ("b=x a=y z ", &["b=x", "a=y z"]),
        (r"a=1\=2\\3\|4 ", &[r"a=1=2\3|4"]),
        // A backslash before anything else is one.
        (r"a=x\ny ", &[r"a=x\ny"]),
        // Acra quotes keys that are no plain words (events, trap 9): odd ones too.
        (r#""Key ID"=k "a=b"=x "q\"k"=y "#, &["Key ID=k", "a=b=x", "q\"k=y"]),
        // An empty value is a blank.
        ("a=  b=1 ", &["a=", "b=1"]),
        ("a=1 a=2 ", &["a=1", "a=2"]),
        ("unixTime=soon ", &["unixTime=soon"]),
    ];
    for (extension, wanted) in cases {
        let line = cef(extension);
        let event = read(&line);
        assert_eq!(fields(&event), wanted, "{line}");
        assert_eq!(event.moment.as_ref().map(|moment| moment.time.unix_ms), Some(UNIX_MS), "{line}");
    }
    let coded = read("CEF:0|cossacklabs|acra-server|0.96.0|560|a\\|b|6|a=1 sql=x ");
    assert_eq!(fields(&coded), ["a=1", "code=560", "sql=x"]);
    assert_eq!((coded.message.as_bytes(), coded.level, coded.moment), (&b"a|b"[..], Level::Error, None));
}

#[test]
fn what_is_no_entry_says_why() {
    let cases: [(&str, NoEvent); 17] = [
        ("", NoEvent::Blank),
        (" \t\r", NoEvent::Blank),
        ("hello", NoEvent::Foreign),
        (r#"{"level":"loud","msg":"m"}"#, NoEvent::Malformed),
        (r#"{"level":1,"msg":"m"}"#, NoEvent::Malformed),
        (r#"{"level":"info"}"#, NoEvent::Malformed),
        (r#"{"msg":"m"}"#, NoEvent::Malformed),
        (r#"{"level":"info","msg":5}"#, NoEvent::Malformed),
        (r#"{"level":"info","msg":"m""#, NoEvent::Malformed),
        (r#"{"level":"info","msg":"m"}x"#, NoEvent::Malformed),
        (r#"{"a":01,"level":"info","msg":"m"}"#, NoEvent::Malformed),
        (r#"time="2025-03-14T00:00:00Z" level=loud msg=m"#, NoEvent::Malformed),
        (r#"time="2025-03-14T00:00:00Z" level=info msg="torn"#, NoEvent::Malformed),
        (r#"time="2025-03-14T00:00:00Z" level=info msg=m torn"#, NoEvent::Malformed),
        ("CEF:0|cossacklabs|acra-server|0.96.0|100|torn", NoEvent::Malformed),
        ("CEF:0|cossacklabs|acra-server|0.96.0|100|m|2|a=1 ", NoEvent::Malformed),
        ("CEF:0|cossacklabs|acra-server|0.96.0|100|m|1|torn", NoEvent::Malformed),
    ];
    for (line, wanted) in cases {
        assert_eq!(Event::read(line.as_bytes()).map(|event| fields(&event)), Err(wanted), "{line}");
    }
}

#[test]
fn the_client_is_one_under_each_of_its_spellings() {
    for key in ["client_id", "clientID", "ClientID", "KeyID", "Key ID"] {
        let (quoted, plain) = (format!("\"{key}\"=webapp "), format!(" {key}=webapp"));
        for line in [json(&format!("\"{key}\":\"webapp\",")), plaintext(&plain), cef(&quoted)] {
            let event = read(&line);
            assert_eq!(event.client().map(Value::as_bytes), Some(&b"webapp"[..]), "{line}");
            assert_eq!(event.other_fields().count(), 0, "{line}");
        }
    }
    assert_eq!(canonical_key(b"client"), b"client");
    let line = plaintext(" KeyID=b client_id=a session_id=1 session_id=2 code=no");
    let event = read(&line);
    let values: Vec<_> = event.values(b"client_id").map(Value::to_str).collect();
    let others: Vec<_> = event.other_fields().map(|field| field.value.to_str()).collect();
    assert_eq!((values, others), (vec!["b".into(), "a".into()], vec!["b".into(), "2".into(), "no".into()]));
}

#[test]
fn a_code_is_plain_digits_and_nothing_else() {
    let cases = [
        ("560", Some(560)),
        (r#""560""#, Some(560)),
        ("0", Some(0)),
        ("65535", Some(65535)),
        ("65536", None),
        ("-560", None),
        ("5.6e2", Some(560)),
        ("560.5", None),
        (r#""5.6e2""#, None),
        (r#"" 560""#, None),
        (r#""""#, None),
        ("null", None),
        ("[560]", None),
    ];
    for (value, code) in cases {
        // The blank makes it Go's to read: numbers are printed anew.
        let line = json(&format!("\"code\": {value},"));
        let event = read(&line);
        assert_eq!(event.code(), code, "{value}");
        assert_eq!(event.other_fields().count(), usize::from(code.is_none()), "{value}");
    }
    assert_eq!(read(&cef("")).code(), None);
}

#[test]
fn an_event_of_its_own_says_the_same() {
    for line in [json(r#""a":[1],"b":"x","#), plaintext(r#" a="x y""#), cef("a=x ")] {
        assert_eq!(read(&line).into_owned(), read(&line), "{line}");
    }
}

#[test]
fn a_field_by_another_name_does_not_speak_for_the_client() {
    let line = json(r#""KeyID":"other","client_id":"webapp","#);
    let event = read(&line);
    assert_eq!(event.client().map(|value| value.to_str().into_owned()).as_deref(), Some("webapp"));
    let others: Vec<_> = event.other_fields().map(|field| field.key.to_str().into_owned()).collect();
    assert_eq!(others, ["KeyID"]);
}

#[test]
fn the_mark_of_a_start_without_a_seal_is_a_field_like_any_other() {
    for line in [json(r#""chain":"new","#), plaintext(" chain=new"), cef("chain=new ")] {
        let event = read(&line);
        assert_eq!((fields(&event).join(" ").as_str(), event.marker), ("chain=new", Marker::Middle), "{line}");
    }
}

#[test]
fn a_number_that_go_refuses_makes_the_line_no_entry() {
    for (number, expected) in [("1e400", false), ("-1e400", false), ("1e308", true), (&"9".repeat(400), false)] {
        let line = json(&format!(r#""big":{number},"#));
        assert_eq!(Event::read(line.as_bytes()).is_ok(), expected, "{number}");
    }
}

#[test]
fn names_are_read_back_and_others_are_none() {
    for level in Level::ALL {
        assert_eq!(Level::named(level.name().as_bytes()), Some(level));
    }
    for name in ["", "Info", "info ", "warn", "loud"] {
        assert_eq!(Level::named(name.as_bytes()), None, "{name}");
    }
    assert!(Level::ALL.is_sorted());
}

#[test]
fn severities_of_cef_are_those_of_levels_and_trace_has_none_of_its_own() {
    for level in Level::ALL {
        let severity = level.cef_severity().to_string();
        let read = if level == Level::Trace { Level::Debug } else { level };
        assert_eq!(Level::of_cef_severity(severity.as_bytes()), Some(read), "{severity}");
    }
    for severity in ["", "2", "01", "11", "High", "-1"] {
        assert_eq!(Level::of_cef_severity(severity.as_bytes()), None, "{severity}");
    }
}

#[test]
fn a_worse_level_is_never_less_severe() {
    assert!(Level::ALL.map(Level::cef_severity).is_sorted());
    assert!(Level::ALL.map(Level::syslog_severity).into_iter().rev().is_sorted());
}
