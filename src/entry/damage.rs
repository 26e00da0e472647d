//! A closer look at lines that are not what they should be: whether one shows by itself that it was damaged, was cut or may be
//! the beginning of a genuine one, and where a service began again behind it. Looks at the text only, slowly, and is only
//! asked about lines that do not verify.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde::de::IgnoredAny;

use super::ending::{self, SEAL_DIGITS, is_nearly};
use super::{Format, SealField, cef, json, parse, plaintext, without_trailing_blanks};

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

/// How a plaintext entry begins.
const PLAINTEXT: &[u8] = b"time=\"";
/// How a cef entry begins; in a value of cef the bar is escaped.
const CEF: &[u8] = b"CEF:0|";
/// How a json entry begins.
const JSON: &[u8] = b"{\"";

/// The beginnings, ready to be looked for: every line of every log is looked through.
static PLAINTEXT_PLACES: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(PLAINTEXT));
static CEF_PLACES: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(CEF));
static JSON_PLACES: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(JSON));

/// The longest time in the zones of RFC 3339, with nanoseconds.
const TIME_BYTES_MAX: usize = 35;

/// Places in a line of json that are tried; a genuine entry nests a few objects at most.
const OBJECTS_MAX: usize = 32;

/// Lines longer than that are tried at the first two places only, so that a hostile one does not take long.
const TRIED_BYTES_MAX: usize = 1 << 20;

/// Hex digits that are no word.
const DIGITS_MIN: usize = 8;

/// Whether `rest`, the first line of a file, completes `head`, the unterminated last line of the file before (attacks,
/// row 57). Not when it is an entry by itself: then `head` is torn.
pub fn completes(head: &[u8], rest: &[u8]) -> bool {
    if head.trim_ascii().is_empty() {
        return false;
    }
    if rest.trim_ascii().is_empty() {
        return true;
    }
    let whole = [head, rest].concat();
    let format = Format::sniff(&whole);
    match format {
        None => [PLAINTEXT, CEF].into_iter().any(|start| is_beginning(&whole, start)),
        Some(Format::Json) => is_object(&whole) || (is_open_object(head) && !is_object(rest)),
        // An entry of another format may well be what a text says.
        Some(Format::Plaintext | Format::Cef) if begins_text_entry(rest) && Format::sniff(rest) == format => false,
        Some(Format::Plaintext | Format::Cef) => !is_sealed(head) || is_sealed(&whole) || may_be_torn(&whole),
    }
}

/// Where a second entry begins in a line, behind a first one that is torn (attacks, row 47). Nothing inside a genuine entry
/// looks like the beginning of one in the same format.
pub fn second_entry(line: &[u8]) -> Option<usize> {
    let format = Format::sniff(line);
    let is_torn = |at: usize, start: &[u8]| format.is_some() || is_beginning(&line[..at], start);
    if matches!(format, None | Some(Format::Plaintext))
        && let Some(at) = places(line, &PLAINTEXT_PLACES).find(|&at| begins_text_entry(&line[at..]))
    {
        return is_torn(at, PLAINTEXT).then_some(at);
    }
    // What `convert` writes holds a whole line in a field that Acra does not have.
    if matches!(format, None | Some(Format::Cef))
        && let Some(at) = places(line, &CEF_PLACES).next()
        && !line[..at].ends_with(b"rawEvent=")
    {
        return is_torn(at, CEF).then_some(at);
    }
    if matches!(format, None | Some(Format::Json)) {
        // Most lines have no such place, and looking is faster than reading.
        places(line, &JSON_PLACES).next()?;
        if is_object(line) {
            return None;
        }
        let tries = if line.len() > TRIED_BYTES_MAX { 2 } else { OBJECTS_MAX };
        let at = places(line, &JSON_PLACES).take(tries).find(|&at| is_object(&line[at..]))?;
        let head = without_padding(&line[..at]);
        let is_torn = head.starts_with(b"{") && (is_open_object(head) || is_object(head));
        return (is_torn || JSON.starts_with(head)).then_some(at);
    }
    None
}

/// Whether the first line of a log is the rest of one that began in an earlier file, and not a line that another process
/// wrote. A rest that ends with a whole seal is an entry to [`parse`] already.
pub fn is_rest(line: &[u8]) -> bool {
    let line = without_trailing_blanks(line);
    match Format::sniff(line) {
        Some(Format::Plaintext | Format::Cef) => return false,
        // It may begin with an object that stands inside another one.
        Some(Format::Json) => return !is_object(line) && is_rest_of_object(line, false),
        None => {}
    }
    if line.ends_with(b"}") && line.contains(&b'"') {
        return [false, true].into_iter().any(|in_text| is_rest_of_object(line, in_text));
    }
    let (sealed, is_first) = match line.strip_suffix(b" chain=new") {
        Some(sealed) => (sealed, true),
        None => (line, false),
    };
    let digits = sealed.iter().rev().take_while(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')).count();
    let key = &sealed[..sealed.len() - digits];
    match digits {
        SEAL_DIGITS => ending::FIELD.ends_with(key),
        DIGITS_MIN..SEAL_DIGITS => key.is_empty(),
        0..DIGITS_MIN => is_first && key.is_empty(),
        _ => false,
    }
}

/// Whether a text becomes an object when what it closes is opened before it.
fn is_rest_of_object(rest: &[u8], in_text: bool) -> bool {
    let Some(closed) = closed_by(rest, in_text) else { return false };
    let Some((innermost, outer)) = closed.split_first() else { return false };
    let mut head = Vec::new();
    for closer in outer.iter().rev() {
        head.extend_from_slice(if *closer == b'}' { b"{\"a\":" } else { b"[" });
    }
    // Cut in a key, in a text, before a value, behind one.
    let beginnings: &[&[u8]] = match (innermost, in_text) {
        (b'}', true) => &[b"{\"a\":\"", b"{\""],
        (b'}', false) => &[b"{\"a\":", b"{\"a\":1", b"{\"a\"", b"{"],
        (_, true) => &[b"[\""],
        (_, false) => &[b"[", b"[1"],
    };
    beginnings.iter().any(|beginning| is_object(&[&head, *beginning, rest].concat()))
}

/// The brackets that a text closes and does not open, innermost first; None when there are too many, or it opens more.
fn closed_by(text: &[u8], in_text: bool) -> Option<Vec<u8>> {
    let (mut quoted, mut escaped, mut depth) = (in_text, false, 0_usize);
    let mut closed = Vec::new();
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted && depth > 0 => depth -= 1,
            b'}' | b']' if !quoted => closed.push(*byte),
            _ => {}
        }
    }
    (depth == 0 && closed.len() <= OBJECTS_MAX).then_some(closed)
}

/// Where a text stands in a line, not counting its beginning.
fn places<'a>(line: &'a [u8], text: &'a Finder<'_>) -> impl Iterator<Item = usize> + 'a {
    let behind = line.get(1..).unwrap_or_default();
    // Nearly no line has one, and an iterator takes longer to make than a line to search.
    let first = text.find(behind).into_iter();
    first.flat_map(move |first| text.find_iter(&behind[first..]).map(move |at| first + at + 1))
}

/// Whether a text is no more than the first letters of an entry, perhaps with a hole behind them.
fn is_beginning(text: &[u8], start: &[u8]) -> bool {
    start.starts_with(without_padding(text))
}

/// The text in front of a hole.
fn without_padding(text: &[u8]) -> &[u8] {
    let letters = text.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    &text[..letters]
}

/// `time="<time>" level=`, or the head of cef.
fn begins_text_entry(text: &[u8]) -> bool {
    let Some(time) = text.strip_prefix(PLAINTEXT) else { return text.starts_with(CEF) };
    let Some(end) = time.iter().take(TIME_BYTES_MAX + 1).position(|byte| *byte == b'"') else { return false };
    let is_time = time[..end].iter().all(|byte| byte.is_ascii_digit() || b"-:TZ.+".contains(byte));
    is_time && time[end + 1..].starts_with(b" level=")
}

fn is_sealed(line: &[u8]) -> bool {
    let sealed = parse(line, &mut Vec::new()).is_some_and(|entry| matches!(entry.seal, SealField::Present(_)));
    sealed && !ends_inside_quotes(line)
}

fn is_object(text: &[u8]) -> bool {
    text.trim_ascii_start().starts_with(b"{") && serde_json::from_slice::<IgnoredAny>(text).is_ok()
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

    fn genuine() -> [String; 6] {
        [
            format!(
                r#"time="2025-03-14T00:00:02Z" level=info msg="a \"time=\" b" fields.time="2025-03-14T00:00:02Z" k=v integrity={SEAL} chain=new"#
            ),
            format!(
                r#"time="2025-03-14T00:00:02+01:00" level=info msg=m sql="x integrity={SEAL} chain=new" integrity={SEAL}"#
            ),
            format!(r"CEF:0|cossacklabs|acra-server|0.96.0|100|a CEF:0\|b|1|k=v unixTime=1.2 integrity={SEAL}"),
            "CEF:0|cossacklabs|acra-server|0.96.0|100|a|1|k=v unixTime=1.2 ".to_owned(),
            format!(
                r#"{{"chain":"new","integrity":"{SEAL}","msg":"{{\"a\":1}}","nested":{{"a":{{"b":[{{"c":1}}]}}}},"z":"}}"}}"#
            ),
            r#"{"level":"info","msg":"no seal","z":[{},{"a":"{"}]}"#.to_owned(),
        ]
    }

    #[test]
    fn a_line_is_completed_wherever_it_was_cut() {
        for line in genuine() {
            for cut in 1..=line.len() {
                let (head, rest) = line.as_bytes().split_at(cut);
                assert!(completes(head, rest), "{} | {}", &line[..cut], &line[cut..]);
            }
        }
    }

    #[test]
    fn an_entry_of_its_own_completes_no_torn_line() {
        for line in genuine() {
            for next in genuine() {
                if Format::sniff(line.as_bytes()) == Format::sniff(next.as_bytes()) {
                    for cut in 1..=line.len() {
                        assert!(!completes(&line.as_bytes()[..cut], next.as_bytes()), "{} | {next}", &line[..cut]);
                    }
                }
            }
        }
    }

    #[test]
    fn a_second_entry_is_found_behind_a_first_one_wherever_that_was_cut_and_never_inside_one() {
        for line in genuine() {
            assert_eq!(second_entry(line.as_bytes()), None, "{line}");
            for next in genuine() {
                if Format::sniff(line.as_bytes()) == Format::sniff(next.as_bytes()) {
                    for cut in 1..=line.len() {
                        for hole in ["", "\0\0\0"] {
                            let glued = format!("{}{hole}{next}", &line[..cut]);
                            assert_eq!(second_entry(glued.as_bytes()), Some(cut + hole.len()), "{glued}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_foreign_text_in_front_of_an_entry_is_no_torn_line() {
        for line in genuine() {
            for text in ["web-1  | ", "[pod/acra] ", "1 ", "{x} "] {
                assert_eq!(second_entry(format!("{text}{line}").as_bytes()), None, "{text}{line}");
            }
        }
    }

    #[test]
    fn the_rest_of_a_line_is_told_from_what_others_write() {
        let cases = [
            (r#"ion closed","product":"acra-server","version":"0.96.0"}"#.to_owned(), true),
            (r#"sion":"0.96.0"}"#.to_owned(), true),
            (r#","version":"0.96.0"}"#.to_owned(), true),
            (SEAL[50..].to_owned(), true),
            (format!("{} chain=new", &SEAL[60..]), true),
            (format!("rity={SEAL}"), true),
            ("panic: runtime error {\"a\":1}".to_owned(), false),
            ("listening".to_owned(), false),
            ("add".to_owned(), false),
            (SEAL.repeat(2), false),
            (String::new(), false),
        ];
        for (line, expected) in cases {
            assert_eq!(is_rest(line.as_bytes()), expected, "{line}");
        }
    }
}
