//! The Kubernetes container runtime's lines: `<RFC 3339> <stdout|stderr> <P|F>[:tag...] text`, `P` marks a piece.

use super::header::{iso_time, split_word};
use super::{PieceEnd, WrappedPiece, Writer};

pub(super) fn open_cri(line: &[u8], out: &mut Vec<u8>) -> Option<WrappedPiece> {
    let (time, rest) = split_word(line)?;
    if iso_time(time) != Some(time.len()) {
        return None;
    }
    let (output, rest) = split_word(rest)?;
    let writer = match Writer::output(output) {
        Writer::Unnamed => return None,
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
