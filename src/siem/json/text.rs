//! Strings of JSON (RFC 8259, section 7) that are harmless even on a terminal: what does more than show itself stands as
//! `\uNNNN`, which is the same value for every reader.

use crate::terminal_safe::{is_command, is_unsafe_char};

/// Bytes that are looked at together; a multiple of what a vector register holds.
const BLOCK: usize = 16;
const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends a string of any bytes; whether some of them were no UTF-8 and became U+FFFD.
pub(super) fn push_string(text: &[u8], out: &mut Vec<u8>) -> bool {
    out.push(b'"');
    let replaced = push_inside(text, out);
    out.push(b'"');
    replaced
}

/// The same without the quotes around it.
pub(super) fn push_inside(text: &[u8], out: &mut Vec<u8>) -> bool {
    push_inert(text, out, push_escaped)
}

/// Appends JSON that has no blanks outside of strings, as Go prints it.
pub(super) fn push_json(json: &str, out: &mut Vec<u8>) {
    push_inert(json.as_bytes(), out, |byte, out| match byte {
        // Only blanks between tokens can be here, and any blank does.
        0..b' ' => out.push(b' '),
        0x7f => push_unit(0x7f, out),
        _ => out.push(byte),
    });
}

/// Appends text; `escape` writes the ASCII characters that need attention, but for a second `#`.
fn push_inert(text: &[u8], out: &mut Vec<u8>, escape: impl Fn(u8, &mut Vec<u8>)) -> bool {
    let mut replaced = false;
    let mut at = 0;
    loop {
        let plain = plain_bytes(&text[at..]);
        out.extend_from_slice(&text[at..at + plain]);
        at += plain;
        let Some(&byte) = text.get(at) else { return replaced };
        if byte.is_ascii() {
            match byte {
                b'#' if is_command(text, at) => push_unit(b'#'.into(), out),
                b'#' => out.push(b'#'),
                _ => escape(byte, out),
            }
            at += 1;
        } else {
            let run = text[at..].iter().position(u8::is_ascii).unwrap_or(text.len() - at);
            replaced |= push_unicode(&text[at..at + run], out);
            at += run;
        }
    }
}

/// How many bytes from here on are printable ASCII that means nothing in a string.
pub(super) fn plain_bytes(text: &[u8]) -> usize {
    let special = |byte: &u8| (*byte < b' ') | (*byte == b'"') | (*byte == b'\\') | (*byte == b'#') | (*byte >= 0x7f);
    // Without an early end the compiler looks at a whole block at once.
    let blocks = text.chunks_exact(BLOCK);
    let plain = BLOCK * blocks.take_while(|block| !block.iter().fold(false, |any, byte| any | special(byte))).count();
    plain + text[plain..].iter().position(special).unwrap_or(text.len() - plain)
}

fn push_escaped(byte: u8, out: &mut Vec<u8>) {
    match byte {
        b'"' | b'\\' => out.extend([b'\\', byte]),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        _ => push_unit(byte.into(), out),
    }
}

/// Appends a stretch without ASCII characters; whether some of it was no UTF-8.
fn push_unicode(run: &[u8], out: &mut Vec<u8>) -> bool {
    let mut replaced = false;
    for chunk in run.utf8_chunks() {
        let mut rest = chunk.valid();
        while let Some((at, hostile)) = rest.char_indices().find(|(_, letter)| is_unsafe_char(*letter)) {
            out.extend_from_slice(&rest.as_bytes()[..at]);
            hostile.encode_utf16(&mut [0; 2]).iter().for_each(|unit| push_unit(*unit, out));
            rest = &rest[at + hostile.len_utf8()..];
        }
        out.extend_from_slice(rest.as_bytes());
        if !chunk.invalid().is_empty() {
            replaced = true;
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
    replaced
}

fn push_unit(unit: u16, out: &mut Vec<u8>) {
    let digit = |shift: u16| HEX[usize::from(unit >> shift & 0x0f)];
    out.extend([b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]);
}
