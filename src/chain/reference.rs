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
struct SealedLine {
    inputs: Vec<Vec<u8>>,
    seal: String,
    start: bool,
}

/// Verifies a log with the audit log key (32 bytes, audit log, section 3); one answer for each line.
///
/// ```
/// use acralog::reference::{LineAnswer, verify};
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

fn read(line: &[u8]) -> Option<SealedLine> {
    if line.starts_with(b"{") { read_object(line) } else { read_text(line) }
}

/// plaintext and cef: all bytes before the last ` integrity=`.
fn read_text(line: &[u8]) -> Option<SealedLine> {
    let (rest, start) = match line.strip_suffix(b" chain=new") {
        Some(rest) => (rest, true),
        None => (line, false),
    };
    let (input, end) = rest.split_at_checked(rest.len().checked_sub(" integrity=".len() + 64)?)?;
    let seal = String::from_utf8(end.strip_prefix(b" integrity=")?.to_vec()).ok()?;
    is_seal(&seal).then(|| SealedLine { inputs: vec![input.to_vec()], seal, start })
}

/// json: the object without its seal and start mark, flattened.
fn read_object(line: &[u8]) -> Option<SealedLine> {
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
    is_seal(&seal).then(|| SealedLine { inputs: inputs.to_vec(), seal, start })
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
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{number:e}");
        return if size < 1.0 { text } else { text.replace('e', "e+") };
    }
    number.to_string()
}

#[cfg(test)]
mod tests {
    use super::LineAnswer::{Unreachable, Unsigned, Verified, Wrong};
    use super::*;

    /// The throw-away key the genuine lines below were signed with.
    const KEY: &str = "f1f6ff1960b3321d890eef6b26a64ecbf828b78a0b889349170ed2ca1a5812d1";

    /// The lines that stand in the unit test of Acra's own logging package.
    const PLAINTEXT: [&str; 3] = [
        r#"time="2020-05-12T21:19:35+03:00" level=info msg="Test message with random information: bytSFuKJob" integrity=d49e55a26733dc0bddd3a47ef034059234550e799c48363b69f413ab2a4da07f chain=new"#,
        r#"time="2020-05-12T21:19:35+03:00" level=info msg="Test message with random information: bMFWLOeqnM" integrity=e83c71bb3cb2fa909f78e0f141eb7fa0cb1dbe038cb355a94e6c403bfc1b9773"#,
        r#"time="2020-05-12T21:19:35+03:00" level=info msg="Test message with random information: qquxyOrZnp" integrity=1ae68f7ca75948d19fea98ac577b3dd64d2661bd5d415cf17b4f8c571de10125"#,
    ];

    /// The beginning of a chain that Acra's own logging package wrote.
    const JSON: [&str; 3] = [
        r#"{"chain":"new","client_id":"client-022","integrity":"246ed315684b2166691cf06dc456d9d09184e5c776f983ed2c104a7df18f6c03","level":"info","msg":"Got new connection to AcraServer: 10.0.0.7:51034","product":"acra-server","session_id":2960,"timestamp":"2023-11-14T22:13:20Z","unixTime":"1700000000.368","version":"0.96.0"}"#,
        r#"{"client_id":"client-022","code":512,"error":"can't decrypt symmetric key: Cannot load master key","integrity":"0cdb5a9e7943dc7239a3ffbb824cc11efc53fcc874482b005ac89454c28965c5","level":"error","msg":"Cannot load master key","product":"acra-server","session_id":4971,"timestamp":"2023-11-14T22:13:20Z","unixTime":"1700000000.660","version":"0.96.0"}"#,
        r#"{"client_id":"client-017","integrity":"85c25ae90b11f2f4ffb613a23429ddc3e90336d9ccec626047b0ab74b6bb911c","level":"info","msg":"Got new connection to AcraServer: 10.0.0.7:51034","product":"acra-server","session_id":3072,"timestamp":"2023-11-14T22:13:20Z","unixTime":"1700000000.721","version":"0.96.0"}"#,
    ];

    fn answers(lines: &[&str]) -> Vec<LineAnswer> {
        let key = hex::decode(KEY).expect("hex").try_into().expect("32 bytes");
        verify(lines.join("\n").as_bytes(), &key)
    }

    #[test]
    fn genuine_lines_are_verified() {
        for [a, b, c] in [PLAINTEXT, JSON] {
            assert_eq!(answers(&[a, b, c]), [Verified; 3]);
            assert_eq!(answers(&[a, b, c, ""]), [Verified; 3], "a final newline");
            assert_eq!(
                answers(&["text", a, "", b, "text", a]),
                [Unsigned, Verified, Unsigned, Verified, Unsigned, Verified]
            );
        }
    }

    #[test]
    fn what_follows_a_wrong_seal_is_unreachable_until_the_next_start() {
        for [a, b, c] in [PLAINTEXT, JSON] {
            let altered = b.replacen("20", "21", 1);
            assert_eq!(answers(&[a, &altered, c, a, b]), [Verified, Wrong, Unreachable, Verified, Verified]);
            assert_eq!(answers(&[a, c, b]), [Verified, Wrong, Unreachable]);
            assert_eq!(answers(&[a, b, b, c]), [Verified, Verified, Wrong, Unreachable]);
            assert_eq!(answers(&[b, c]), [Unreachable; 2]);
            assert_eq!(verify(a.as_bytes(), &[0; 32]), [Wrong]);
        }
    }

    #[test]
    fn a_seal_that_is_not_64_lower_case_digits_is_none() {
        for line in [PLAINTEXT[1], JSON[1]] {
            for (from, to) in [("integrity=", "integrity=0"), ("integrity\":\"", "integrity\":\"0"), ("e", "E")] {
                let altered = line.replace(from, to);
                if altered != line {
                    assert_eq!(answers(&[&altered]), [Unsigned], "{altered}");
                }
            }
        }
    }

    #[test]
    fn both_spellings_of_go_are_tried() {
        let key = [7; 32];
        for (line, input) in [(r#""\b""#, r#""\b""#), (r#""\u0008""#, r#""\u0008""#), (r#" "\u0008""#, r#""\b""#)] {
            let mut hmac = Hmac::<Sha256>::new_from_slice(&Sha256::digest(key)).expect("any length");
            hmac.update(format!("delimitermsgdelimiter{input}delimiter").as_bytes());
            let seal = hex::encode(Sha256::digest(hmac.finalize().into_bytes()));
            let log = format!(r#"{{"chain":"new","integrity":"{seal}","msg":{line}}}"#);
            assert_eq!(verify(log.as_bytes(), &key), [Verified], "{line}");
        }
    }

    #[test]
    fn values_are_printed_as_go_prints_them() {
        let cases = [
            (
                r#"{"z":null,"a":[1.0,-0,1e21,1e-7,9007199254740993]}"#,
                r#"{"a":[1,-0,1e+21,1e-7,9007199254740992],"z":null}"#,
            ),
            (r#""<>&\u2028\u2029\u001F\u007f\/ \n""#, "\"\\u003c\\u003e\\u0026\\u2028\\u2029\\u001f\u{7f}/ \\n\""),
            (r#""\b\f\r\t\"\\\ud83d\ude00""#, r#""\b\f\r\t\"\\😀""#),
        ];
        for (read, printed) in cases {
            let value = serde_json::from_str(read).expect("json");
            assert_eq!(go_value(&value, true), printed, "{read}");
        }
        assert_eq!(go_string("\u{8}\u{c}", false), r#""\u0008\u000c""#);
    }
}
