//! Lines of containers: docker's json-file, the Kubernetes container runtime's, and what docker compose and the tools
//! that follow several pods put in front of a line.

use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::syslog::{behind_blanks, behind_timestamp, iso_time, split_word, unpadded};
use super::{JsonText, PieceEnd, WrappedPiece, WriterName, append, looks_like_entry};

/// docker's json-file lines: `{"log":"text\n","stream":"stderr","time":"..."}`; a `log` without its newline is a piece.
/// Strict on purpose: a repeated or foreign key would let a line show one text to people and another one to us.
pub(super) fn open(line: &[u8], out: &mut Vec<u8>) -> Option<WrappedPiece> {
    if !line.starts_with(b"{") {
        return None;
    }
    let at = out.len();
    let mut json = serde_json::Deserializer::from_slice(line);
    let outer = json.deserialize_map(DockerVisitor { out }).and_then(|outer| json.end().map(|()| outer));
    let Ok(DockerFields { log: true, output, time, .. }) = outer else {
        out.truncate(at);
        return None;
    };
    if output.is_none() && !time {
        out.truncate(at);
        return None;
    }
    let part = if out.len() > at && out.ends_with(b"\n") {
        out.pop();
        PieceEnd::Last
    } else {
        PieceEnd::Continued
    };
    Some(WrappedPiece::new(output.unwrap_or_default(), part))
}

/// What was seen of the object.
#[derive(Default)]
struct DockerFields {
    log: bool,
    output: Option<WriterName>,
    time: bool,
    attrs: bool,
}

struct DockerVisitor<'a> {
    out: &'a mut Vec<u8>,
}

impl<'de> Visitor<'de> for DockerVisitor<'_> {
    type Value = DockerFields;

    fn expecting(&self, message: &mut fmt::Formatter<'_>) -> fmt::Result {
        message.write_str("an object with log, stream and time")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<DockerFields, A::Error> {
        let mut fields = DockerFields::default();
        let mut key = Vec::new();
        loop {
            key.clear();
            if map.next_key_seed(JsonText { out: &mut key })?.is_none() {
                return Ok(fields);
            }
            let repeated = match key.as_slice() {
                b"log" => {
                    map.next_value_seed(JsonText { out: &mut *self.out })?;
                    std::mem::replace(&mut fields.log, true)
                }
                b"stream" => {
                    let mut name = Vec::new();
                    map.next_value_seed(JsonText { out: &mut name })?;
                    fields.output.replace(WriterName::output(&name)).is_some()
                }
                b"time" => {
                    map.next_value::<IgnoredAny>()?;
                    std::mem::replace(&mut fields.time, true)
                }
                b"attrs" => {
                    map.next_value::<IgnoredAny>()?;
                    std::mem::replace(&mut fields.attrs, true)
                }
                _ => return Err(serde::de::Error::custom("a foreign key")),
            };
            if repeated {
                return Err(serde::de::Error::custom("a repeated key"));
            }
        }
    }
}

/// The Kubernetes container runtime's lines: `<RFC 3339> <stdout|stderr> <P|F>[:tag...] text`, `P` marks a piece.
pub(super) fn open_cri(line: &[u8], out: &mut Vec<u8>) -> Option<WrappedPiece> {
    let (time, rest) = split_word(line)?;
    if iso_time(time) != Some(time.len()) {
        return None;
    }
    let (output, rest) = split_word(rest)?;
    let writer = match WriterName::output(output) {
        WriterName::Unnamed => return None,
        writer => writer,
    };
    // An empty text may come without the blank before it.
    let (tags, text) = split_word(rest).unwrap_or((rest, b""));
    let part = match tags.split(|&byte| byte == b':').next() {
        Some(b"F") => PieceEnd::Last,
        Some(b"P") => PieceEnd::Continued,
        _ => return None,
    };
    out.extend_from_slice(text);
    Some(WrappedPiece::new(writer, part))
}

/// The longest name of a container, in bytes.
const CONTAINER_NAME_BYTES_MAX: usize = 256;

/// What `docker compose logs`, `docker compose up` and `docker service logs` put in front of a line: `web-1  | text`, in
/// colour or not, with `-t` a time behind it.
pub(super) fn open_compose(line: &[u8], out: &mut Vec<u8>) -> Option<WrappedPiece> {
    if is_of_compose(line) {
        append(line, out)?;
        return WrappedPiece::whole(WriterName::named(b"docker compose"));
    }
    let line = without_colour(line);
    let name = line.iter().take(CONTAINER_NAME_BYTES_MAX).take_while(|byte| is_of_a_name(**byte)).count();
    if name == 0 {
        return None;
    }
    let (name, rest) = line.split_at(name);
    let padded = without_colour(rest);
    let bar = behind_blanks(padded);
    if bar.len() == padded.len() {
        return None;
    }
    let rest = without_colour(without_colour(bar).strip_prefix(b"|")?);
    // An empty text may come without the blank before it.
    let text = match rest.strip_prefix(b" ") {
        Some(text) => without_colour(text),
        // nerdctl leaves the blank out.
        None if rest.is_empty() || looks_like_entry(rest) => rest,
        None => return None,
    };
    let text = behind_timestamp(text).unwrap_or(text);
    append(unpadded(text), out)?;
    WrappedPiece::whole(WriterName::named(service(name)))
}

/// What compose itself says among the lines of the containers: `web-1 exited with code 137`.
fn is_of_compose(line: &[u8]) -> bool {
    let line = without_colour(line).trim_ascii_end();
    if line.starts_with(b"Attaching to ") {
        return true;
    }
    let code = line.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let name = line[..line.len() - code].strip_suffix(b" exited with code ");
    code > 0 && name.is_some_and(|name| !name.is_empty() && name.iter().all(|byte| is_of_a_name(*byte)))
}

fn is_of_a_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'@')
}

/// The name without the number of the container: `web-1`, `web_1` as older ones write it, or `web.1.x9f2k@node` in a swarm.
fn service(name: &[u8]) -> &[u8] {
    if let (Some(dot), Some(_)) = (memchr::memchr(b'.', name), memchr::memchr(b'@', name)) {
        return &name[..dot];
    }
    let number = name.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    match name[..name.len() - number].split_last() {
        Some((b'-' | b'_', service)) if number > 0 && !service.is_empty() => service,
        _ => name,
    }
}

/// Behind `ESC [ digits m`, as often as it stands there.
fn without_colour(mut text: &[u8]) -> &[u8] {
    while let Some(rest) = text.strip_prefix(b"\x1b[") {
        let digits = rest.iter().take(16).take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
        match rest[digits..].strip_prefix(b"m") {
            Some(rest) => text = rest,
            None => break,
        }
    }
    text
}

/// What tools that follow several pods put in front of a line: kubectl `[pod/NAME/CONTAINER] text`, kail
/// `NAMESPACE/NAME[CONTAINER]: text`, stern `NAME CONTAINER text`; with `--timestamps` a time behind it.
pub(super) fn open_pod(line: &[u8], out: &mut Vec<u8>) -> Option<WrappedPiece> {
    let (container, text) = kubectl(line).or_else(|| kail(line)).or_else(|| stern(line))?;
    let text = behind_timestamp(text).unwrap_or(text);
    append(unpadded(text), out)?;
    WrappedPiece::whole(WriterName::named(container))
}

fn kubectl(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let (word, text) = split_word(line).unwrap_or((line, b""));
    let path = word.strip_prefix(b"[pod/")?.strip_suffix(b"]")?;
    let slash = memchr::memchr(b'/', path)?;
    let (pod, container) = (&path[..slash], &path[slash + 1..]);
    (is_label(pod) && is_label(container)).then_some((container, text))
}

fn kail(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let (word, text) = split_word(line).unwrap_or((line, b""));
    let word = word.strip_suffix(b"]:")?;
    let open = memchr::memchr(b'[', word)?;
    let (pod, container) = (&word[..open], &word[open + 1..]);
    let slash = memchr::memchr(b'/', pod)?;
    let named = is_label(&pod[..slash]) && is_label(&pod[slash + 1..]) && is_label(container);
    named.then_some((container, text))
}

/// Two words say little, so the first one must be numbered as pods are, `acra-0` or `acra-7d4b9c6f5-x2x8p`, or an entry must
/// stand behind them.
fn stern(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let (pod, rest) = split_word(line)?;
    let (container, text) = split_word(rest)?;
    let suffix = pod.rsplit(|byte| *byte == b'-').next().unwrap_or_default();
    let numbered = suffix.len() < pod.len()
        && (suffix.len() == 5 || (!suffix.is_empty() && suffix.iter().all(u8::is_ascii_digit)));
    let entry = behind_timestamp(text).unwrap_or(text);
    (is_label(pod) && is_label(container) && (numbered || looks_like_entry(entry))).then_some((container, text))
}

/// Whether a word is a name in Kubernetes.
fn is_label(word: &[u8]) -> bool {
    let inner = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
    let outer = |byte: Option<&u8>| byte.is_some_and(|byte| inner(byte) && !matches!(byte, b'-' | b'.'));
    word.len() <= 253 && word.iter().all(inner) && outer(word.first()) && outer(word.last())
}
