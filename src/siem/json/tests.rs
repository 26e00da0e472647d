//! Strings and values are the same for every reader, and nothing in them acts on a terminal.

use proptest::prelude::*;

use super::{Json, *};
use crate::event::Value;
use crate::siem::{Loss, Losses};
use crate::terminal_safe::is_unsafe_char;

fn string(text: &[u8]) -> String {
    let mut out = Vec::new();
    push_string(text, &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn strings_are_spelled_as_json_with_nothing_hostile_left() {
    let long = "a".repeat(40);
    let cases: [(&[u8], String); 17] = [
        (b"", "".into()),
        (long.as_bytes(), long.clone()),
        (b"quote \" and \\", r#"quote \" and \\"#.into()),
        (b"a\nb\r\tc\0\x08\x1b[31m\x7f", r"a\nb\r\tc\u0000\u0008\u001b[31m\u007f".into()),
        ("é漢😀 здравствуйте".as_bytes(), "é漢😀 здравствуйте".into()),
        ("\u{9b}31m\u{85}".as_bytes(), r"\u009b31m\u0085".into()),
        ("ab\u{202e}cd\u{2028}\u{feff}\u{ad}".as_bytes(), r"ab\u202ecd\u2028\ufeff\u00ad".into()),
        ("\u{e0041}é\u{ffff}".as_bytes(), r"\udb40\udc41é\uffff".into()),
        (b"##[error] # ###", r"#\u0023[error] # #\u0023\u0023".into()),
        (b"\xff\xfe x", "\u{fffd}\u{fffd} x".into()),
        (b"\xe6\xbc!\xc3\xa4\x9b", "\u{fffd}!ä\u{fffd}".into()),
        ("plain ä 漢 – “x”".as_bytes(), "plain ä 漢 – “x”".into()),
        (b"a\"b\\c/", r#"a\"b\\c/"#.into()),
        ("\u{61c}\u{180e}\u{2028}".as_bytes(), r"\u061c\u180e\u2028".into()),
        (b"# ## ###", r"# #\u0023 #\u0023\u0023".into()),
        (b"</script>", "</script>".into()),
        (b"0123456789abcde\"0123456789abcdef", "0123456789abcde\\\"0123456789abcdef".into()),
    ];
    for (text, spelled) in cases {
        assert_eq!(string(text), format!("\"{spelled}\""), "{}", text.escape_ascii());
    }
}

#[test]
fn no_hostile_character_is_copied_unseen() {
    for c in (0..=0x0010_ffff).filter_map(char::from_u32).filter(|c| is_unsafe_char(*c)) {
        assert!(!string(c.to_string().as_bytes()).contains(c), "{c:?}");
    }
}

#[test]
fn nested_json_stays_what_it_is_but_for_the_hostile() {
    let cases = [
        (r#"{"a":[1,null,"x \" \\ é"]}"#, r#"{"a":[1,null,"x \" \\ é"]}"#),
        ("[\"\u{7f}\u{202e}##\"]", r#"["\u007f\u202e#\u0023"]"#),
        ("[1,\n2]", "[1, 2]"),
    ];
    for (json, spelled) in cases {
        let mut out = Vec::new();
        push_json(json, &mut out);
        assert_eq!(String::from_utf8_lossy(&out), spelled);
    }
}

#[test]
fn what_is_lost_is_counted_by_the_field() {
    let (mut out, mut losses) = (Vec::new(), Losses::default());
    let mut json = Json::new(&mut out, &mut losses);
    json.open();
    json.text("message", "msg", b"\xff");
    json.key_of_log(b"k\xff");
    json.value(b"big", &Value::Number("9007199254740993".into()));
    json.close();
    assert_eq!(String::from_utf8_lossy(&out), "{\"message\":\"\u{fffd}\",\"k\u{fffd}\":9007199254740993}");
    let counted: Vec<_> = losses.iter().collect();
    let expected = [("big", Loss::Rounded, 1), ("k\u{fffd}", Loss::Encoding, 1), ("msg", Loss::Encoding, 1)];
    assert_eq!(counted, expected);
}

proptest! {
    #[test]
    fn any_text_is_read_back_and_any_bytes_as_far_as_they_are_text(text in any::<String>(), bytes in any::<Vec<u8>>()) {
        for text in [text.as_bytes(), &bytes] {
            let written = string(text);
            prop_assert!(!written.chars().any(is_unsafe_char));
            prop_assert!(!written.contains("##"));
            prop_assert_eq!(serde_json::from_str::<String>(&written).unwrap(), String::from_utf8_lossy(text));
        }
        let json = serde_json::json!({ text.clone(): [text.clone(), 1.5, null, { "x": text }] });
        let mut out = Vec::new();
        push_json(&json.to_string(), &mut out);
        prop_assert_eq!(serde_json::from_slice::<serde_json::Value>(&out).unwrap(), json);
    }
}
