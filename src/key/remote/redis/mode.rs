//! What a Redis is among others: alone, a node of a cluster, or a Sentinel. A node lists only the keys that it has itself.

use super::resp::Reply;

/// What a server says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// It has all keys.
    Standalone,
    /// Others have keys as well.
    Cluster,
    /// It has none, and knows who has them.
    Sentinel,
}

impl Mode {
    /// In the answer to HELLO: names and values in turn, as every Redis since version 6 has it, whoever asks.
    pub(super) fn of_hello(reply: &Reply) -> Option<Self> {
        let Reply::List(parts) = reply else { return None };
        let (pairs, _) = parts.as_chunks::<2>();
        pairs.iter().find_map(|[name, value]| match (name, value) {
            (Reply::Bytes(name), Reply::Bytes(mode)) if name.as_slice() == b"mode" => Self::named(mode),
            _ => None,
        })
    }

    /// In the answer to INFO, which not everyone may ask for.
    pub(super) fn of_info(reply: &Reply) -> Option<Self> {
        let Reply::Bytes(text) = reply else { return None };
        let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
        lines.into_iter().find_map(|line| Self::named(line.strip_prefix(b"redis_mode:")?))
    }

    fn named(word: &[u8]) -> Option<Self> {
        match word {
            b"standalone" => Some(Self::Standalone),
            b"cluster" => Some(Self::Cluster),
            b"sentinel" => Some(Self::Sentinel),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::Zeroizing;

    fn bytes(text: &str) -> Reply {
        Reply::Bytes(Zeroizing::new(text.as_bytes().to_vec()))
    }

    #[test]
    fn the_mode_stands_in_both_answers() {
        for (word, mode) in [
            ("standalone", Some(Mode::Standalone)),
            ("cluster", Some(Mode::Cluster)),
            ("sentinel", Some(Mode::Sentinel)),
            ("other", None),
        ] {
            let hello = vec![bytes("server"), bytes("redis"), bytes("proto"), Reply::Line, bytes("mode"), bytes(word)];
            assert_eq!(Mode::of_hello(&Reply::List(hello)), mode, "{word}");
            let info = format!("# Server\r\nredis_version:7.0.15\r\nredis_mode:{word}\r\nos:Linux\r\n");
            assert_eq!(Mode::of_info(&bytes(&info)), mode, "{word}");
        }
        for other in [Reply::Line, Reply::Nothing, bytes("mode"), Reply::List(vec![bytes("mode")])] {
            assert_eq!((Mode::of_hello(&other), Mode::of_info(&other)), (None, None));
        }
    }
}
