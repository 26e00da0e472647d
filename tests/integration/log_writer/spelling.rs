//! How Acra spells an entry in each format (audit log, section 2): Go's `%q`, Go's JSON, logrus text, CEF escapes. Seals and
//! chains are left to `sealing`.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::{Event, Format};

/// Which Go built the service: its spelling of `\b` and `\f` changed with 1.22.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Go {
    UpTo1_21,
    Current,
}

const PRODUCT: &str = "acra-server";
const VERSION: &str = "0.96.0";

/// A whole line without a seal.
pub fn unsigned(format: Format, event: &Event) -> Vec<u8> {
    match format {
        Format::Plaintext => body(format, event),
        Format::Cef => body(format, event) + " ",
        Format::Json => json(&Value::Object(json_object(event)), Go::Current),
    }
    .into_bytes()
}

/// The body of a plaintext or cef line: all that stands before the seal.
pub fn body(format: Format, event: &Event) -> String {
    match format {
        Format::Plaintext => plaintext_body(event),
        Format::Cef => cef_body(event),
        Format::Json => unreachable!("a json entry has no body: its seal stands among its keys"),
    }
}

fn plaintext_body(event: &Event) -> String {
    let mut body = format!("time={} level={}", bare_or_quoted(&rfc3339(event.unix_ms)), bare_or_quoted(&event.level));
    if !event.message.is_empty() {
        write!(body, " msg={}", bare_or_quoted(&event.message)).expect("a string takes everything");
    }
    for (key, value) in &event.fields {
        write!(body, " {key}={}", bare_or_quoted(&printed(value))).expect("a string takes everything");
    }
    body
}

fn cef_body(event: &Event) -> String {
    let severity = match event.level.as_str() {
        "debug" => 0,
        "info" => 1,
        "warning" => 3,
        "error" => 6,
        "fatal" => 8,
        _ => 10,
    };
    let code = event.fields.get("code").map_or_else(|| "100".to_owned(), printed);
    let mut fields = event.fields.clone();
    fields.remove("code");
    fields.insert("unixTime".into(), unix_time(event.unix_ms).into());
    let extension: Vec<String> = fields
        .iter()
        .map(|(key, value)| {
            let key = if is_bare(key) { key.clone() } else { quoted(key) };
            format!("{key}={}", cef_value(&printed(value)))
        })
        .collect();
    let message = cef_value(&event.message);
    format!("CEF:0|cossacklabs|{PRODUCT}|{VERSION}|{code}|{message}|{severity}|{}", extension.join(" "))
}

/// A json entry before it is sealed.
pub fn json_object(event: &Event) -> Map<String, Value> {
    let mut object: Map<String, Value> = event.fields.clone().into_iter().collect();
    for (key, value) in [
        ("level", event.level.clone()),
        ("msg", event.message.clone()),
        ("product", PRODUCT.into()),
        ("timestamp", rfc3339(event.unix_ms)),
        ("unixTime", unix_time(event.unix_ms)),
        ("version", VERSION.into()),
    ] {
        object.insert(key.into(), value.into());
    }
    object
}

fn rfc3339(unix_ms: i64) -> String {
    jiff::Timestamp::from_second(unix_ms.div_euclid(1000)).expect("tests live in this era").to_string()
}

fn unix_time(unix_ms: i64) -> String {
    format!("{}.{:03}", unix_ms.div_euclid(1000), unix_ms.rem_euclid(1000))
}

/// Go's `fmt.Sprint` of a string or number.
fn printed(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        // `%v` prints floats like `%g`, with exponents of at least two digits; below 1e6 and from 1e-4 on it uses none.
        Value::Number(number) => number.as_i64().map_or_else(
            || float(number.as_f64().expect("a finite number"), (1e-4, 1e6), 2),
            |whole| whole.to_string(),
        ),
        other => unreachable!("the writer puts {other} into json only"),
    }
}

fn is_bare(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._/@^+".contains(&byte))
}

fn bare_or_quoted(text: &str) -> String {
    if is_bare(text) { text.to_owned() } else { quoted(text) }
}

/// Go's `%q`. Of the letters beyond ASCII that Go calls unprintable, only those the tests use are known here.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\0'..='\x1f' | '\x7f' => push_code(&mut out, "\\x", 2, letter),
            '\u{80}'..='\u{a0}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => push_code(&mut out, "\\u", 4, letter),
            _ => out.push(letter),
        }
    }
    out + "\""
}

fn push_code(out: &mut String, prefix: &str, digits: usize, letter: char) {
    write!(out, "{prefix}{:0digits$x}", u32::from(letter)).expect("a string takes everything");
}

fn cef_value(text: &str) -> String {
    let mut out = String::new();
    for letter in text.trim().chars() {
        match letter {
            '\n' | '\t' => out.push(' '),
            '\\' | '|' | '=' => out.extend(['\\', letter]),
            _ => out.push(letter),
        }
    }
    if out.is_empty() { " ".into() } else { out }
}

/// Go's `json.Marshal` of a value that was read as JSON, so every number is a float64.
pub fn json(value: &Value, go: Go) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => float(number.as_f64().expect("a finite number"), (1e-6, 1e21), 1),
        Value::String(text) => json_string(text, go),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| json(item, go)).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(object) => {
            let pairs: Vec<String> =
                object.iter().map(|(key, item)| format!("{}:{}", json_string(key, go), json(item, go))).collect();
            format!("{{{}}}", pairs.join(","))
        }
    }
}

fn json_string(text: &str, go: Go) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' if go == Go::Current => out.push_str("\\b"),
            '\u{c}' if go == Go::Current => out.push_str("\\f"),
            '\0'..='\x1f' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => push_code(&mut out, "\\u", 4, letter),
            _ => out.push(letter),
        }
    }
    out + "\""
}

/// The shortest form of a float; an exponent of at least `exponent_digits` digits below `small` and from `large` on.
fn float(number: f64, (small, large): (f64, f64), exponent_digits: usize) -> String {
    let shortest = format!("{number:e}");
    let places = shortest.split('e').next().map_or(0, |digits| digits.trim_start_matches('-').len().saturating_sub(2));
    // As many digits, rounded to the even one in the middle between two, as Go does it.
    let rounded = format!("{number:.places$e}");
    let scientific = if rounded.parse() == Ok(number) { rounded } else { shortest };
    let size = number.abs();
    let (digits, exponent) = scientific.split_once('e').expect("the exponent form has an exponent");
    if size == 0.0 || (small..large).contains(&size) {
        let exponent: i32 = exponent.parse().expect("a number");
        return match usize::try_from(places as i32 - exponent) {
            Ok(behind_point) => format!("{number:.behind_point$}"),
            Err(_) => number.to_string(),
        };
    }
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
    format!("{digits}e{sign}{exponent:0>exponent_digits$}")
}
