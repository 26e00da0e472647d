//! A strict reader of RFC 5424, written after its ABNF (section 6), and of octet counting (RFC 6587, 3.4.1).

/// A message, taken apart.
#[derive(Debug, PartialEq)]
pub(super) struct Message<'a> {
    pub(super) priority: u8,
    pub(super) timestamp: &'a str,
    pub(super) hostname: &'a str,
    pub(super) app_name: &'a str,
    pub(super) procid: &'a str,
    pub(super) msgid: &'a str,
    /// The elements, each with its parameters unescaped.
    pub(super) data: Vec<(&'a str, Vec<(&'a str, String)>)>,
    pub(super) msg: &'a str,
}

/// None when the message breaks the grammar.
pub(super) fn read(message: &str) -> Option<Message<'_>> {
    let (priority, rest) = message.strip_prefix('<')?.split_once('>')?;
    let canonical = (1..=3).contains(&priority.len()) && (priority == "0" || !priority.starts_with('0'));
    let priority = canonical.then(|| priority.parse().ok())?.filter(|value| *value <= 191)?;
    let rest = rest.strip_prefix("1 ")?;
    let (timestamp, rest) = rest.split_once(' ')?;
    is_timestamp(timestamp).then_some(())?;
    let (hostname, rest) = word(rest, 255)?;
    let (app_name, rest) = word(rest, 48)?;
    let (procid, rest) = word(rest, 128)?;
    let (msgid, rest) = word(rest, 32)?;
    let (data, rest) = structured_data(rest)?;
    let msg = if rest.is_empty() { "" } else { rest.strip_prefix(' ')? };
    Some(Message { priority, timestamp, hostname, app_name, procid, msgid, data, msg })
}

/// `NILVALUE / 1*n PRINTUSASCII`, and the blank behind it.
fn word(text: &str, chars_max: usize) -> Option<(&str, &str)> {
    let (word, rest) = text.split_once(' ')?;
    let fits = (1..=chars_max).contains(&word.len()) && word.bytes().all(|byte| (33..=126).contains(&byte));
    fits.then_some((word, rest))
}

/// `NILVALUE / FULL-DATE "T" FULL-TIME`, at most six digits of a second, no leap second, capital letters.
fn is_timestamp(text: &str) -> bool {
    if text == "-" {
        return true;
    }
    let fits = |form: &str, text: &str| {
        form.len() == text.len()
            && form.bytes().zip(text.bytes()).all(|(f, t)| if f == b'0' { t.is_ascii_digit() } else { f == t })
    };
    let Some(text) = text.strip_suffix('Z') else { return false };
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let in_range = |range: std::ops::Range<usize>, from: u8, to: u8| {
        seconds[range].parse::<u8>().is_ok_and(|number| (from..=to).contains(&number))
    };
    fits("0000-00-00T00:00:00", seconds)
        && in_range(5..7, 1, 12)
        && in_range(8..10, 1, 31)
        && in_range(11..13, 0, 23)
        && in_range(14..16, 0, 59)
        && in_range(17..19, 0, 59)
        && (1..=6).contains(&fraction.len())
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
}

type Element<'a> = (&'a str, Vec<(&'a str, String)>);

fn structured_data(text: &str) -> Option<(Vec<Element<'_>>, &str)> {
    if let Some(rest) = text.strip_prefix('-') {
        return Some((Vec::new(), rest));
    }
    let mut elements: Vec<Element<'_>> = Vec::new();
    let mut rest = text;
    while let Some(inside) = rest.strip_prefix('[') {
        let (id, mut at) = sd_name(inside)?;
        // 6.3.2: the same id must not occur twice.
        elements.iter().all(|element| element.0 != id).then_some(())?;
        let mut params = Vec::new();
        while let Some(param) = at.strip_prefix(' ') {
            let (name, value) = sd_name(param)?;
            let (value, behind) = param_value(value.strip_prefix("=\"")?)?;
            params.push((name, value));
            at = behind;
        }
        elements.push((id, params));
        rest = at.strip_prefix(']')?;
    }
    (!elements.is_empty()).then_some((elements, rest))
}

/// `1*32 PRINTUSASCII` except `=`, blank, `]` and `"`.
fn sd_name(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().position(|byte| !(33..=126).contains(&byte) || b"=]\"".contains(&byte))?;
    (1..=32).contains(&end).then(|| text.split_at(end))
}

/// A value up to its quote. A backslash in front of any other character would be a regular one: this reader refuses it.
fn param_value(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            ']' => return None,
            '\\' => value.push(chars.next().map(|next| next.1).filter(|next| "\"\\]".contains(*next))?),
            _ => value.push(c),
        }
    }
    None
}

/// Takes messages apart that were framed by counting; None when a frame is not one.
pub(super) fn read_counted(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut messages = Vec::new();
    while !bytes.is_empty() {
        let digits = bytes.iter().position(|&byte| byte == b' ')?;
        let count = std::str::from_utf8(&bytes[..digits]).ok()?;
        // MSG-LEN = NONZERO-DIGIT *DIGIT
        (!count.starts_with('0') && count.bytes().all(|byte| byte.is_ascii_digit())).then_some(())?;
        let (message, rest) = bytes[digits + 1..].split_at_checked(count.parse().ok()?)?;
        messages.push(message);
        bytes = rest;
    }
    Some(messages)
}

#[test]
fn the_reader_reads_the_examples_of_the_rfc_and_refuses_what_it_forbids() {
    let good = [
        "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - 'su root' failed",
        r#"<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"][examplePriority@32473 class="high"]"#,
        "<0>1 - - - - - -",
    ];
    for message in good {
        assert!(read(message).is_some(), "{message}");
    }
    let bad = [
        "<034>1 - - - - - -",
        "<192>1 - - - - - -",
        "<34>2 - - - - - -",
        "<34>1 2003-10-11t22:14:15Z - - - - -",
        "<34>1 2003-13-11T22:14:15Z - - - - -",
        "<34>1 2003-10-11T22:14:15.1234567Z - - - - -",
        "<34>1 - h\u{e4} - - - -",
        "<34>1 -  - - - -",
        "<34>1 - - - - - [x]y",
        "<34>1 - - - - - [x a=\"]\"]",
        r#"<34>1 - - - - - [x a="\n"]"#,
        "<34>1 - - - - - [x][x]",
    ];
    for message in bad {
        assert_eq!(read(message), None, "{message}");
    }
    assert_eq!(read_counted(b"3 abc1 x"), Some(vec![&b"abc"[..], b"x"]));
    for bad in [&b"03 abc"[..], b"4 abc", b"x abc", b"3abc"] {
        assert_eq!(read_counted(bad), None);
    }
}
