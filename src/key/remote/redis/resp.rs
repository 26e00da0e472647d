//! The protocol of Redis (RESP 2), as much of it as reading needs. Everything a server sends is bounded.

use std::io::{self, BufRead};

use zeroize::Zeroizing;

use super::refusal::Refusal;

/// Of a line, in bytes: errors are sentences, numbers are short.
const LINE_BYTES_MAX: u64 = 1024;

/// Of all lists of a reply together.
const ITEMS_MAX: usize = 100_000;

/// Lists in a list in a reply.
const DEPTH_MAX: u8 = 2;

/// What a server answered.
#[derive(Debug, PartialEq)]
pub(super) enum Reply {
    /// A line: `OK`, or a number.
    Line,
    /// Bytes.
    Bytes(Zeroizing<Vec<u8>>),
    /// There is no such thing.
    Nothing,
    /// Several replies.
    List(Vec<Reply>),
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Wrong {
    /// The connection failed, or the time is up.
    Io(io::Error),
    /// The server refuses.
    Refused(Refusal),
    /// This is not the protocol.
    NotRedis,
    /// It is longer than what was asked for can be.
    TooLong,
}

impl Wrong {
    /// Whether it says something of what was asked for, and nothing of what may be asked next.
    pub(super) fn is_about_the_entry(&self) -> bool {
        match self {
            Self::TooLong => true,
            Self::Refused(refusal) => refusal.is_about_the_entry(),
            Self::Io(_) | Self::NotRedis => false,
        }
    }
}

impl From<io::Error> for Wrong {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The bytes of a command. One of its words may be a password.
pub(super) fn command(words: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let room: usize = words.iter().map(|word| word.len() + 32).sum();
    let mut bytes = Zeroizing::new(Vec::with_capacity(room + 32));
    bytes.extend(format!("*{}\r\n", words.len()).bytes());
    for word in words {
        bytes.extend(format!("${}\r\n", word.len()).bytes());
        bytes.extend_from_slice(word);
        bytes.extend(b"\r\n");
    }
    bytes
}

/// Reads a reply that holds `bytes_max` at most, all its parts together.
pub(super) fn read(from: &mut dyn BufRead, bytes_max: usize) -> Result<Reply, Wrong> {
    Reader { from, bytes_left: bytes_max, items: 0 }.reply(0)
}

struct Reader<'a> {
    from: &'a mut dyn BufRead,
    /// What the parts that are still to come may hold.
    bytes_left: usize,
    items: usize,
}

impl Reader<'_> {
    fn reply(&mut self, depth: u8) -> Result<Reply, Wrong> {
        let line = self.line()?;
        let (kind, rest) = line.split_first().ok_or(Wrong::NotRedis)?;
        match kind {
            b'+' | b':' => Ok(Reply::Line),
            b'-' => Err(Wrong::Refused(Refusal::read(rest))),
            b'$' => match length(rest)? {
                Some(length) => self.bytes(length).map(Reply::Bytes),
                None => Ok(Reply::Nothing),
            },
            b'*' if depth < DEPTH_MAX => {
                let Some(count) = length(rest)? else { return Ok(Reply::Nothing) };
                self.items = self.items.saturating_add(count);
                if self.items > ITEMS_MAX {
                    return Err(Wrong::TooLong);
                }
                (0..count).map(|_| self.reply(depth + 1)).collect::<Result<_, _>>().map(Reply::List)
            }
            _ => Err(Wrong::NotRedis),
        }
    }

    /// A line without its end.
    fn line(&mut self) -> Result<Vec<u8>, Wrong> {
        let mut line = Vec::new();
        io::Read::take(&mut *self.from, LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Err(Wrong::Io(io::ErrorKind::UnexpectedEof.into()));
        }
        line.strip_suffix(b"\r\n").map(<[u8]>::to_vec).ok_or(Wrong::NotRedis)
    }

    fn bytes(&mut self, length: usize) -> Result<Zeroizing<Vec<u8>>, Wrong> {
        self.bytes_left = self.bytes_left.checked_sub(length).ok_or(Wrong::TooLong)?;
        let mut bytes = Zeroizing::new(vec![0; length]);
        self.from.read_exact(&mut bytes)?;
        let mut end = [0; 2];
        self.from.read_exact(&mut end)?;
        if end == *b"\r\n" { Ok(bytes) } else { Err(Wrong::NotRedis) }
    }
}

/// A number that may be -1, which is nothing.
fn length(digits: &[u8]) -> Result<Option<usize>, Wrong> {
    if digits == b"-1" {
        return Ok(None);
    }
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let number = std::str::from_utf8(digits).ok().filter(|_| is_number).and_then(|digits| digits.parse().ok());
    number.map(Some).ok_or(Wrong::NotRedis)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read_all(bytes: &[u8]) -> Result<Reply, Wrong> {
        read(&mut &*bytes, 8)
    }

    fn bytes(text: &str) -> Reply {
        Reply::Bytes(Zeroizing::new(text.as_bytes().to_vec()))
    }

    #[test]
    fn a_command_is_a_list_of_words_with_their_lengths() {
        assert_eq!(command(&[b"GET", b"a\r\nb"]).as_slice(), b"*2\r\n$3\r\nGET\r\n$4\r\na\r\nb\r\n");
    }

    #[test]
    fn replies_are_lines_bytes_nothing_and_lists() {
        assert_eq!(read_all(b"+OK\r\n").unwrap(), Reply::Line);
        assert_eq!(read_all(b"$2\r\n\r\n\r\n").unwrap(), bytes("\r\n"));
        assert_eq!(read_all(b"$0\r\n\r\n").unwrap(), bytes(""));
        assert_eq!(read_all(b"$-1\r\n").unwrap(), Reply::Nothing);
        let scan = b"*2\r\n$1\r\n0\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n";
        let names = Reply::List(vec![bytes("a"), bytes("b")]);
        assert_eq!(read_all(scan).unwrap(), Reply::List(vec![bytes("0"), names]));
    }

    #[test]
    fn an_error_is_a_refusal_of_which_only_the_kind_is_kept() {
        let Err(Wrong::Refused(found)) = read_all(b"-WRONGPASS invalid: hunter2\r\n") else { panic!("no refusal") };
        assert_eq!(found, Refusal::WrongPassword);
        assert!(matches!(read_all(b"-\r\n"), Err(Wrong::Refused(Refusal::Other(_)))));
    }

    #[test]
    fn what_is_not_the_protocol_or_too_long_is_refused() {
        let long = [b"+", &[b'a'; 2000][..], b"\r\n"].concat();
        for bytes in [
            &b"HTTP/1.1 400 Bad Request\r\n"[..],
            b"$x\r\n",
            b"$-2\r\n",
            b"$+1\r\na\r\n",
            b"$1\r\nabc",
            b"+OK\n",
            &long,
        ] {
            assert!(matches!(read_all(bytes), Err(Wrong::NotRedis)), "{bytes:?}");
        }
        // The last one has no part that is too long.
        let parts = b"*2\r\n$5\r\naaaaa\r\n$5\r\nbbbbb\r\n";
        for bytes in [&b"$9\r\n"[..], b"*100001\r\n", b"$99999999\r\n", parts] {
            assert!(matches!(read_all(bytes), Err(Wrong::TooLong)), "{bytes:?}");
        }
        assert!(matches!(read_all(b"*1\r\n*1\r\n*1\r\n"), Err(Wrong::NotRedis)));
        for bytes in [&b""[..], b"$3\r\nab", b"*2\r\n+a\r\n"] {
            assert!(matches!(read_all(bytes), Err(Wrong::Io(_))), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in "[-+:$*0-9a\r\n]{0,40}") {
            let _ = read_all(bytes.as_bytes());
        }
    }
}
