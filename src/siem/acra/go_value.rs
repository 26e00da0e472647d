//! Values as Go's `%v` prints them, which is what plaintext and cef hold. Numbers of json no longer tell a whole float from
//! an integer: they are taken for integers as long as one holds them.

use std::borrow::Cow;

use serde_json::Value as Json;

use crate::entry::go_float;
use crate::event::Value;

/// The text of a value in plaintext and cef.
pub(super) fn print<'a>(value: &'a Value<'_>) -> Cow<'a, [u8]> {
    match value {
        Value::Text(text) => Cow::Borrowed(text.as_bytes()),
        Value::Number(token) if is_integer(token) => Cow::Borrowed(token.as_bytes()),
        Value::Number(token) => match token.parse() {
            Ok(float) => {
                let mut out = Vec::new();
                go_float::push_general(float, &mut out);
                Cow::Owned(out)
            }
            Err(_) => Cow::Borrowed(token.as_bytes()),
        },
        Value::Json(json) => {
            let mut out = Vec::new();
            match serde_json::from_str(json) {
                Ok(tree) => push_json(&tree, &mut out),
                // Nested too deep for a tree: said as it stands.
                Err(_) => out.extend_from_slice(json.as_bytes()),
            }
            Cow::Owned(out)
        }
    }
}

fn is_integer(token: &str) -> bool {
    token.parse::<i64>().is_ok() || token.parse::<u64>().is_ok()
}

/// Appends a tree: `map[a:1 b:[1 2] c:<nil>]`, keys sorted.
fn push_json(tree: &Json, out: &mut Vec<u8>) {
    match tree {
        Json::Null => out.extend_from_slice(b"<nil>"),
        Json::Bool(truth) => out.extend_from_slice(if *truth { b"true" } else { b"false" }),
        Json::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(float) => go_float::push_general(float, out),
            None => out.extend_from_slice(number.to_string().as_bytes()),
        },
        Json::String(text) => out.extend_from_slice(text.as_bytes()),
        Json::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b' ');
                }
                push_json(item, out);
            }
            out.push(b']');
        }
        Json::Object(members) => {
            out.extend_from_slice(b"map[");
            for (index, (key, value)) in members.iter().enumerate() {
                if index > 0 {
                    out.push(b' ');
                }
                out.extend_from_slice(key.as_bytes());
                out.push(b':');
                push_json(value, out);
            }
            out.push(b']');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_values_are_printed_as_go_prints_them() {
        let number = |token: &str| Value::Number(token.to_owned().into());
        let json = |text: &str| Value::Json(text.to_owned().into());
        let cases = [
            (number("4102"), "4102"),
            (number("9007199254741104"), "9007199254741104"),
            (number("7.2965725192102795"), "7.2965725192102795"),
            (number("8.20957364008659e-10"), "8.20957364008659e-10"),
            (number("1e-9"), "1e-09"),
            (number("0.00001"), "1e-05"),
            (number("4.09014528484434e+22"), "4.09014528484434e+22"),
            (number("-0.5"), "-0.5"),
            (number("85577189.5"), "8.55771895e+07"),
            (number("123456789012345680000"), "1.2345678901234568e+20"),
            (number("1696161600.0039062"), "1.6961616000039062e+09"),
            (json(r#"{"a":85577189.5,"b":[1e-9,1000000]}"#), "map[a:8.55771895e+07 b:[1e-09 1000000]]"),
            (json(r#"{"<x>":null,"a":[1,2,3],"b":1}"#), "map[<x>:<nil> a:[1 2 3] b:1]"),
            (json(r#"[true,{"k":"v w"},1.5,[]]"#), "[true map[k:v w] 1.5 []]"),
            (json("null"), "<nil>"),
            (json("false"), "false"),
        ];
        for (value, printed) in cases {
            assert_eq!(String::from_utf8_lossy(&print(&value)), printed);
        }
    }
}
