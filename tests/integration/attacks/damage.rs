//! What an attacker without the key can do to a line. Which damage gets which answer is left to the rows.

use crate::log_writer::Format;

/// Changes the case of the first letter of the message.
pub fn change_text(format: Format, line: &[u8]) -> Vec<u8> {
    let at = message_at(format, line);
    let mut changed = line.to_vec();
    assert!(changed[at].is_ascii_alphabetic(), "the message begins with a letter");
    changed[at] ^= 0x20;
    changed
}

/// Changes an entry in two places: more than a search for its original undoes.
pub fn rewrite_text(format: Format, line: &[u8]) -> Vec<u8> {
    let mark: (&[u8], &[u8]) = match format {
        Format::Plaintext => (b"level=", b"lever="),
        Format::Json => (b"acra-server", b"acra-serves"),
        Format::Cef => (b"acra-server|", b"acra-serves|"),
    };
    replaced(&change_text(format, line), mark.0, mark.1)
}

/// Where the text of the message begins.
pub fn message_at(format: Format, line: &[u8]) -> usize {
    match format {
        Format::Plaintext => find(line, b"msg=\"") + 5,
        Format::Json => find(line, b"\"msg\":\"") + 7,
        Format::Cef => {
            let bars = line.iter().enumerate().filter(|(_, byte)| **byte == b'|');
            bars.map(|(at, _)| at).nth(4).expect("a cef line has seven bars") + 1
        }
    }
}

/// Changes one digit of the seal.
pub fn change_seal(format: Format, line: &[u8]) -> Vec<u8> {
    let at = seal_at(format, line) + 20;
    let mut changed = line.to_vec();
    changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
    changed
}

/// Where the first digit of the seal stands.
pub fn seal_at(format: Format, line: &[u8]) -> usize {
    match format {
        Format::Json => find(line, b"\"integrity\":\"") + 13,
        Format::Plaintext | Format::Cef => find(line, b" integrity=") + 11,
    }
}

/// Takes the seal away, leaves the markers.
pub fn strip_seal(format: Format, line: &[u8]) -> Vec<u8> {
    let at = seal_at(format, line);
    let field = match format {
        Format::Json => at - 13..at + 64 + 2,
        Format::Plaintext | Format::Cef => at - 11..at + 64,
    };
    [&line[..field.start], &line[field.end..]].concat()
}

/// Takes seal and markers away, so that the line looks like one from before the keystore was open.
pub fn strip_seal_and_markers(format: Format, line: &[u8]) -> Vec<u8> {
    let markers: [&[u8]; 2] = match format {
        Format::Json => [b"\"chain\":\"new\",", b"\"chain\":\"end\","],
        Format::Plaintext | Format::Cef => [b" chain=new", b" chain=end"],
    };
    markers.iter().fold(strip_seal(format, line), |line, marker| without(&line, marker))
}

/// The same line under another seal, which nobody computed.
pub fn made_up(format: Format, line: &[u8]) -> Vec<u8> {
    let mut changed = change_text(format, &without(&without(line, b" chain=new"), b"\"chain\":\"new\","));
    let at = seal_at(format, &changed);
    changed[at..at + 64].copy_from_slice(&[b"0123456789abcdef".as_slice(); 4].concat());
    changed
}

/// A line as the service writes it before the keystore is open.
pub fn unsigned(format: Format) -> Vec<u8> {
    let event = crate::log_writer::Event::new(1_700_000_003_000, "info", "Nothing happened here");
    crate::log_writer::spelling::unsigned(format, &event)
}

/// The line without the first occurrence of a part, if there is one.
pub fn without(line: &[u8], part: &[u8]) -> Vec<u8> {
    match line.windows(part.len()).position(|window| window == part) {
        Some(at) => [&line[..at], &line[at + part.len()..]].concat(),
        None => line.to_vec(),
    }
}

/// The line with the first occurrence of `from` replaced; None when it is not there.
pub fn replaced_if_there(line: &[u8], from: &[u8], to: &[u8]) -> Option<Vec<u8>> {
    let at = line.windows(from.len()).position(|window| window == from)?;
    Some([&line[..at], to, &line[at + from.len()..]].concat())
}

/// The line with the first occurrence of `from`, which is there, replaced.
pub fn replaced(line: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = find(line, from);
    [&line[..at], to, &line[at + from.len()..]].concat()
}

/// Where a part that is there begins.
#[track_caller]
pub fn find(line: &[u8], part: &[u8]) -> usize {
    line.windows(part.len())
        .position(|window| window == part)
        .unwrap_or_else(|| panic!("{:?} is not in {:?}", String::from_utf8_lossy(part), String::from_utf8_lossy(line)))
}
