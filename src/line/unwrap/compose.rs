//! What `docker compose logs`, `docker compose up` and `docker service logs` put in front of a line: `web-1  | text`, in colour
//! or not, with `-t` a time behind it.

use super::header::{behind_blanks, behind_timestamp, unpadded};
use super::{WrappedPiece, Writer, append, looks_like_entry};

/// The longest name of a container, in bytes.
const CONTAINER_NAME_BYTES_MAX: usize = 256;

pub(super) fn open_compose(line: &[u8], out: &mut Vec<u8>) -> Option<WrappedPiece> {
    if is_of_compose(line) {
        append(line, out)?;
        return WrappedPiece::whole(Writer::named(b"docker compose"));
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
    WrappedPiece::whole(Writer::named(service(name)))
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
