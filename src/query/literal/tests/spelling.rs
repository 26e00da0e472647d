//! One entry in every format, spelled in every way its reader accepts. Which way is chosen by bytes, one per choice.

/// What is in the entry. The code may be a json number in any digits.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) code: &'static str,
    pub(super) session: &'static str,
    pub(super) client: &'static str,
    pub(super) error: &'static str,
    pub(super) message: &'static str,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Format {
    Json,
    Plaintext,
    Cef,
}

/// The next choice, from 0 to 15; they begin anew when they are used up.
struct Choices<'a>(std::iter::Cycle<std::slice::Iter<'a, u8>>);

impl Choices<'_> {
    fn next(&mut self) -> u8 {
        self.0.next().map_or(0, |byte| byte % 16)
    }
}

/// The line.
pub(super) fn hostile_line(entry: &Entry, format: Format, choices: &[u8]) -> Vec<u8> {
    let mut choices = Choices(choices.iter().cycle());
    match format {
        Format::Json => json(entry, &mut choices),
        Format::Plaintext => plaintext(entry, &mut choices),
        Format::Cef => cef(entry, &mut choices),
    }
}

fn json(entry: &Entry, choices: &mut Choices<'_>) -> Vec<u8> {
    let mut members = vec![
        ("client_id", text(entry.client, choices)),
        ("code", number(entry.code, choices)),
        ("error", text(entry.error, choices)),
        ("level", text("error", choices)),
        ("msg", text(entry.message, choices)),
        ("product", text("acra-server", choices)),
        ("session_id", number(entry.session, choices)),
    ];
    if choices.next() == 0 {
        members.push(("nested", "{\"a\":[1, 2.50]}".to_owned()));
    }
    if choices.next() == 0 {
        members.reverse();
    }
    let mut line = String::from("{");
    for (index, (key, value)) in members.into_iter().enumerate() {
        if index > 0 {
            line += ",";
        }
        let key = if choices.next() == 0 { text(key, choices) } else { format!("\"{key}\"") };
        let blank = |choice: u8| if choice == 0 { " \t" } else { "" };
        line += &[blank(choices.next()), &key, blank(choices.next()), ":", blank(choices.next()), &value].concat();
    }
    (line + "}").into_bytes()
}

/// A json number in one of its spellings, or a text; what is no number is a text.
fn number(digits: &str, choices: &mut Choices<'_>) -> String {
    let is_number = digits.parse::<f64>().is_ok() && !digits.starts_with('0');
    match choices.next() {
        0 if is_number => format!("{digits}e0").replace(".0e0", "e0"),
        1 if is_number && !digits.contains('.') => format!("0.{digits}E{}", digits.len()),
        2 if is_number && !digits.contains('.') => {
            format!("{}.{}e+2", &digits[..digits.len() - 2], &digits[digits.len() - 2..])
                .trim_start_matches('.')
                .to_owned()
        }
        3 if digits == "560" => "559.99999999999999999999".to_owned(),
        4 if digits == "9007199254740992" => "9007199254740993".to_owned(),
        5..10 if is_number => digits.to_owned(),
        _ => text(digits, choices),
    }
}

/// A json string with some of its characters escaped.
fn text(text: &str, choices: &mut Choices<'_>) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match (choices.next(), letter) {
            (0, _) => out += &format!("\\u{:04x}", u32::from(letter)),
            (1, _) => out += &format!("\\u{:04X}", u32::from(letter)),
            (2..5, '/') => out += "\\/",
            (_, '"' | '\\') => out.extend(['\\', letter]),
            (_, '\n') => out += "\\n",
            _ => out.push(letter),
        }
    }
    out + "\""
}

fn plaintext(entry: &Entry, choices: &mut Choices<'_>) -> Vec<u8> {
    let mut line = String::from("time=\"2025-03-14T00:00:00Z\" level=error");
    for (key, value) in [
        ("msg", entry.message),
        ("client_id", entry.client),
        ("code", entry.code),
        ("error", entry.error),
        ("session_id", entry.session),
    ] {
        let bare = value.bytes().all(|byte| byte.is_ascii_alphanumeric()) && choices.next() < 8;
        line += &format!(" {key}={}", if bare { value.to_owned() } else { quoted(value, choices) });
    }
    line.into_bytes()
}

/// A text in Go's quotes with some of its characters escaped.
fn quoted(text: &str, choices: &mut Choices<'_>) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match (choices.next(), letter) {
            (0, letter) if letter.is_ascii() => out += &format!("\\x{:02x}", u32::from(letter)),
            (1, _) => out += &format!("\\u{:04x}", u32::from(letter)),
            (2, _) => out += &format!("\\U{:08X}", u32::from(letter)),
            (_, '"' | '\\') => out.extend(['\\', letter]),
            (_, '\n') => out += "\\n",
            _ => out.push(letter),
        }
    }
    out + "\""
}

fn cef(entry: &Entry, choices: &mut Choices<'_>) -> Vec<u8> {
    let mut value = |value: &str| {
        let escaped = value.replace('\\', "\\\\").replace('|', "\\|").replace('=', "\\=").replace('\n', " ");
        let blanks = if choices.next() == 0 { " " } else { "" };
        [blanks, &escaped, blanks].concat()
    };
    let header = [value("acra-server"), value("0.96.0"), value(entry.code), value(entry.message)].join("|");
    let extension = [("client_id", entry.client), ("error", entry.error), ("session_id", entry.session)]
        .map(|(key, text)| format!("{key}={}", value(text)));
    format!("CEF:0|cossacklabs|{header}|6|{} unixTime=1741910400.271 ", extension.join(" ")).into_bytes()
}
