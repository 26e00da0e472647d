//! What tools that follow several pods put in front of a line: kubectl `[pod/NAME/CONTAINER] text`, kail
//! `NAMESPACE/NAME[CONTAINER]: text`, stern `NAME CONTAINER text`; with `--timestamps` a time behind it.

use super::header::{behind_timestamp, split_word, unpadded};
use super::{WrappedPiece, Writer, append, looks_like_entry};

pub(super) fn open_pod(line: &[u8], out: &mut Vec<u8>) -> Option<WrappedPiece> {
    let (container, text) = kubectl(line).or_else(|| kail(line)).or_else(|| stern(line))?;
    let text = behind_timestamp(text).unwrap_or(text);
    append(unpadded(text), out)?;
    WrappedPiece::whole(Writer::named(container))
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
