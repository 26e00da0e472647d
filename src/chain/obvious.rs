//! The verifier one would write down from the formula alone: a line at a time, one chain at a time, a tree for every json
//! object. Slow and short on purpose: it is the tests' truth, the benches' baseline, and an example to read. It shares no
//! code with the fast one; instances that interleave, altered spellings and markers without a seal are left to that.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// What can be said about a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineAnswer {
    /// It carries the seal the chain demands.
    Verified,
    /// It carries no seal, or none that can be read; blank lines too.
    Unsigned,
    /// It carries another seal than the chain demands.
    Wrong,
    /// It carries a seal, but the state of the chain is not known here.
    Unreachable,
}

/// One sealed line: every MAC input it may have been signed as, its seal, and whether a chain begins with it.
struct Sealed {
    inputs: Vec<Vec<u8>>,
    seal: String,
    start: bool,
}

/// Verifies a log with the audit log key (32 bytes, audit log, section 3); one answer for each line.
///
/// ```
/// use acralog::chain::obvious::{LineAnswer, verify};
///
/// let log = b"time=\"2025-03-14T00:00:02Z\" level=info msg=\"not signed\"\n";
/// assert_eq!(verify(log, &[7; 32]), [LineAnswer::Unsigned]);
/// ```
pub fn verify(log: &[u8], key: &[u8; 32]) -> Vec<LineAnswer> {
    // k(n+1) and h(n); none before the first start and after a wrong seal.
    let mut state: Option<(Vec<u8>, Vec<u8>)> = None;
    let log = log.strip_suffix(b"\n").unwrap_or(log);
    let answer = |line: &[u8]| {
        let Some(entry) = read(line.trim_ascii_end()) else {
            return LineAnswer::Unsigned;
        };
        if entry.start {
            state = Some((Sha256::digest(key).to_vec(), Vec::new()));
        }
        let Some((key, previous)) = state.take() else {
            return LineAnswer::Unreachable;
        };
        for input in &entry.inputs {
            let mut hmac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes a key of any length");
            hmac.update(input);
            hmac.update(&previous);
            let link = hmac.finalize().into_bytes();
            if hex::encode(Sha256::digest(link)) == entry.seal {
                state = Some((Sha256::digest(&key).to_vec(), link.to_vec()));
                return LineAnswer::Verified;
            }
        }
        LineAnswer::Wrong
    };
    log.split(|&byte| byte == b'\n').map(answer).collect()
}

fn read(line: &[u8]) -> Option<Sealed> {
    if line.starts_with(b"{") { read_object(line) } else { read_text(line) }
}

/// plaintext and cef: all bytes before the last ` integrity=`.
fn read_text(line: &[u8]) -> Option<Sealed> {
    let (rest, start) = match line.strip_suffix(b" chain=new") {
        Some(rest) => (rest, true),
        None => (line, false),
    };
    let (input, end) = rest.split_at_checked(rest.len().checked_sub(" integrity=".len() + 64)?)?;
    let seal = String::from_utf8(end.strip_prefix(b" integrity=")?.to_vec()).ok()?;
    is_seal(&seal).then(|| Sealed { inputs: vec![input.to_vec()], seal, start })
}

/// json: the object without its seal and start mark, flattened.
fn read_object(line: &[u8]) -> Option<Sealed> {
    let mut object: Map<String, Value> = serde_json::from_slice(line).ok()?;
    let seal = object.remove("integrity")?.as_str()?.to_owned();
    let start = object.get("chain").and_then(Value::as_str) == Some("new");
    if start {
        object.remove("chain");
    }
    let inputs = [true, false].map(|short| {
        let member =
            |(key, value): (&String, &Value)| format!("delimiter{key}delimiter{}delimiter", go_value(value, short));
        object.iter().map(member).collect::<String>().into_bytes()
    });
    is_seal(&seal).then(|| Sealed { inputs: inputs.to_vec(), seal, start })
}

fn is_seal(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// A value as Go's `json.Marshal` prints it; `short` is whether `\b` and `\f` are (Go 1.22 and later).
fn go_value(value: &Value, short: bool) -> String {
    match value {
        Value::Null | Value::Bool(_) => value.to_string(),
        Value::Number(number) => go_float(number.as_f64().unwrap_or(f64::NAN)),
        Value::String(text) => go_string(text, short),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| go_value(item, short)).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(members) => {
            let member =
                |(key, value): (&String, &Value)| format!("{}:{}", go_string(key, short), go_value(value, short));
            let members: Vec<_> = members.iter().map(member).collect();
            format!("{{{}}}", members.join(","))
        }
    }
}

fn go_string(text: &str, short: bool) -> String {
    let escape = |letter: char| match letter {
        '"' | '\\' => format!("\\{letter}"),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        '\u{8}' if short => "\\b".to_owned(),
        '\u{c}' if short => "\\f".to_owned(),
        '\0'..=' ' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' if letter != ' ' => {
            format!("\\u{:04x}", letter as u32)
        }
        _ => letter.to_string(),
    };
    format!("\"{}\"", text.chars().map(escape).collect::<String>())
}

fn go_float(number: f64) -> String {
    let size = number.abs();
    if size != 0.0 && (size < 1e-6 || size >= 1e21) {
        let text = format!("{number:e}");
        return if size < 1.0 { text } else { text.replace('e', "e+") };
    }
    number.to_string()
}
