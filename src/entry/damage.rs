//! A closer look at lines that are not what they should be: whether one shows by itself that it was damaged, or may be
//! the beginning of a genuine one. Slow, and only asked about lines that do not verify.

use super::ending::{self, is_nearly};
use super::{Format, cef, json, plaintext, without_trailing_blanks};

/// Whether a sealed line was damaged at its start mark, or holds the seal of another line inside, as two lines do that
/// were joined (attacks, row 1). A genuine line that is merely out of reach shows neither.
pub fn shows_damage(line: &[u8]) -> bool {
    let line = without_trailing_blanks(line);
    if Format::sniff(line) == Some(Format::Json) {
        return json::has_member(line, is_damaged_mark);
    }
    let Some(end) = ending::split(line) else { return false };
    let signed = &line[..end.signed_bytes];
    let is_seal = |(key, _): (&[u8], &[u8])| key == b"integrity" || key.ends_with(b" integrity");
    match Format::sniff(line) {
        Some(Format::Cef) => cef::fields(signed).any(is_seal),
        _ => plaintext::fields(signed).any(is_seal),
    }
}

/// `"chain":"new"` with a byte or two wrong, in the key or in the value.
fn is_damaged_mark(key: &[u8], value: &[u8]) -> bool {
    (key == b"chain" && is_nearly(value, "\"new\"")) || (is_nearly(key, "chain") && value == b"\"new\"")
}

/// Whether the first line of a log may be the end of one whose beginning was cut off with the file before. A line that
/// carries the mark of a start and all its first letters, some of them wrong, is none: there was nothing before it.
pub fn may_be_beheaded(line: &[u8]) -> bool {
    let line = without_trailing_blanks(line);
    let is_marked = line.ends_with(b" chain=new") || memchr::memmem::find(line, b"\"chain\":\"new\"").is_some();
    let is_start = |start: &str| line.get(..start.len()).is_some_and(|text| is_nearly(text, start));
    Format::sniff(line).is_none() && !(is_marked && ["time=\"", "CEF:0|", "{\"chain\""].into_iter().any(is_start))
}

/// Whether a plaintext line ends inside quotes, so that what looks like its seal is text (attacks, row 19).
pub fn ends_inside_quotes(line: &[u8]) -> bool {
    let line = without_trailing_blanks(line);
    let is_open = |(_, value): (&[u8], &[u8])| {
        value.strip_prefix(b"\"").is_some_and(|text| !text[..plaintext::quoted_bytes(text)].ends_with(b"\""))
    };
    Format::sniff(line) == Some(Format::Plaintext) && plaintext::fields(line).last().is_some_and(is_open)
}

/// Whether an unterminated line may be a genuine one that was cut (attacks, row 19). Not when it goes on after the place
/// where a genuine one ends.
pub fn may_be_torn(line: &[u8]) -> bool {
    let is_seal = |(key, _): &(&[u8], &[u8])| *key == b"integrity" || key.ends_with(b" integrity");
    let field = match Format::sniff(line) {
        Some(Format::Json) => return is_open_object(line),
        Some(Format::Cef) => cef::fields(line).find(is_seal),
        Some(Format::Plaintext) => plaintext::fields(line).find(is_seal),
        None => return [&b"time="[..], b"CEF:"].iter().any(|start| start.starts_with(line)),
    };
    // A cef value goes on behind a space, so what follows the digits may seem to belong to it.
    let digits = field.and_then(|(_, value)| value.split(|byte| *byte == b' ').next());
    let Some(digits) = digits.filter(|digits| !digits.is_empty()) else { return true };
    let is_hex = digits.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let rest = memchr::memmem::rfind(line, digits).map_or(&[][..], |at| &line[at + digits.len()..]);
    match digits.len() {
        _ if !is_hex => false,
        0..ending::SEAL_DIGITS => rest.is_empty(),
        ending::SEAL_DIGITS => b" chain=new".starts_with(rest),
        _ => false,
    }
}

/// Whether a line begins as an entry of Acra's does. An object that has neither `level` nor `msg` is another's.
pub fn looks_written(line: &[u8]) -> bool {
    match Format::sniff(line) {
        None => false,
        Some(Format::Plaintext | Format::Cef) => true,
        Some(Format::Json) => {
            let torn = || {
                let rest = line.trim_ascii_start().strip_prefix(b"{").unwrap_or_default();
                rest.trim_ascii_start().starts_with(b"\"")
            };
            match json::has_member(line, |_, _| true) {
                true => json::has_member(line, |key, _| key == b"level" || key == b"msg"),
                false => torn(),
            }
        }
    }
}

/// The longest text in front of an entry that is looked for, in bytes.
const PREFIX_BYTES_MAX: usize = 512;

/// The text in front of what is evidently an entry, as log shippers and terminals put it there (attacks, row 44). It has no
/// quote in it: an entry with a spoilt beginning has one before another can follow.
pub fn foreign_prefix(line: &[u8]) -> Option<&[u8]> {
    if Format::sniff(line).is_some() {
        return None;
    }
    let head = &line[..line.len().min(PREFIX_BYTES_MAX)];
    let starts = [&b"time=\""[..], b"CEF:0|", b"{\""];
    let at = starts.iter().filter_map(|start| memchr::memmem::find(head, start)).min()?;
    let prefix = &line[..at];
    memchr::memchr(b'"', prefix).is_none().then_some(prefix)
}

/// Whether an object is not closed yet.
pub(super) fn is_open_object(line: &[u8]) -> bool {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for byte in line {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && !quoted && matches!(byte, b'}' | b']') {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEAL: &str = "d49e55a26733dc0bddd3a47ef034059234550e799c48363b69f413ab2a4da07f";

    #[test]
    fn damage_is_seen_at_the_start_mark_and_where_two_lines_were_joined() {
        let text = r#"time="2025-03-14T00:00:02Z" level=info msg="a""#;
        let cases = [
            (format!("{text} integrity={SEAL}"), false),
            (format!("{text} sql=\"select ' integrity={SEAL} chain=new'\" integrity={SEAL}"), false),
            (format!("{text} integrity={SEAL} chain=new*{text} integrity={SEAL}"), true),
            (format!("{text} integrity={SEAL}\u{b}{text} integrity={SEAL}"), true),
            (format!("CEF:0|a|b|c|1|m|1|k=v integrity={SEAL} chain=new+CEF:0|k=v integrity={SEAL}"), true),
            (format!("CEF:0|a|b|c|1|m|1|k= integrity\\={SEAL} integrity={SEAL}"), false),
            (format!(r#"{{"chain":"New","integrity":"{SEAL}"}}"#), true),
            (format!(r#"{{"bhain":"new","integrity":"{SEAL}"}}"#), true),
            (format!(r#"{{"chain":"new","integrity":"{SEAL}"}}"#), false),
            (format!(r#"{{"chain":"end","integrity":"{SEAL}"}}"#), false),
            (format!(r#"{{"chain":"middle","integrity":"{SEAL}"}}"#), false),
        ];
        for (line, expected) in cases {
            assert_eq!(shows_damage(line.as_bytes()), expected, "{line}");
        }
    }

    #[test]
    fn what_begins_as_an_entry_looks_written_and_anything_else_does_not() {
        let cases = [
            (r#"time="2025-03-14T00:00:02Z" level=info"#, true),
            ("CEF:0|cossacklabs|", true),
            (r#"{"level":"info","msg":"m"}"#, true),
            (r#" { "msg" : "m" }"#, true),
            (r#"{"level":"in"#, true),
            (r#"{"caller":"x.go","ts":1}"#, false),
            ("{}", false),
            ("{0xc000012345}", false),
            ("2023/11/14 22:13:24 http: Accept error", false),
            (r#"xtime="2025-03-14T00:00:02Z""#, false),
            ("", false),
        ];
        for (line, expected) in cases {
            assert_eq!(looks_written(line.as_bytes()), expected, "{line}");
        }
    }

    #[test]
    fn a_text_in_front_of_an_entry_is_found_and_no_entry_is_one() {
        let cases = [
            (r#">>> time="2025-03-14T00:00:02Z" level=info"#, Some(">>> ")),
            ("a|CEF:0|cossacklabs|", Some("a|")),
            (r#"[acra] {"level":"info"}"#, Some("[acra] ")),
            (r#"{"log":"time=\"x"}"#, None),
            (r#"time="x" sql="time=" {"a""#, None),
            (r#"msg="a" {"level":"info"}"#, None),
            ("nothing at all", None),
        ];
        for (line, expected) in cases {
            assert_eq!(foreign_prefix(line.as_bytes()), expected.map(str::as_bytes), "{line}");
        }
    }

    #[test]
    fn every_beginning_of_a_genuine_line_may_be_torn_and_nothing_that_goes_on_after_its_end() {
        let sealed = [
            format!(r#"time="2025-03-14T00:00:02Z" level=info msg="a  integrity=x" integrity={SEAL} chain=new"#),
            format!("CEF:0|a|b|c|1|m|1|k=v integrity={SEAL} chain=new"),
            format!(r#"{{"chain":"new","integrity":"{SEAL}","sql":"a }} \" b","z":[{{}}]}}"#),
        ];
        for line in &sealed {
            for cut in 1..line.len() {
                assert!(may_be_torn(&line.as_bytes()[..cut]), "{}", &line[..cut]);
            }
            for extra in [" integrity=00", "\u{b}", "x", " chain=new integrity=0"] {
                assert!(!may_be_torn(format!("{line}{extra}").as_bytes()), "{line}{extra}");
            }
            assert!(!may_be_torn(format!("x: {line}").as_bytes()), "{line}");
        }
    }
}
