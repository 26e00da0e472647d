//! The way to Redis: a connection in which nothing lasts longer than it may; its protocol (RESP 2), as much of it as reading
//! needs, with everything a server sends bounded; and what it refuses with.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Write as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use zeroize::Zeroizing;

use crate::key::remote::socket::{Deadline, Socket};

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
    Refused(RedisError),
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
fn encode_command(words: &[&[u8]]) -> Zeroizing<Vec<u8>> {
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
fn read_reply(from: &mut dyn BufRead, bytes_max: usize) -> Result<Reply, Wrong> {
    RespReader { from, bytes_left: bytes_max, items: 0 }.reply(0)
}

struct RespReader<'a> {
    from: &'a mut dyn BufRead,
    /// What the parts that are still to come may hold.
    bytes_left: usize,
    items: usize,
}

impl RespReader<'_> {
    fn reply(&mut self, depth: u8) -> Result<Reply, Wrong> {
        let line = self.line()?;
        let (kind, rest) = line.split_first().ok_or(Wrong::NotRedis)?;
        match kind {
            b'+' | b':' => Ok(Reply::Line),
            b'-' => Err(Wrong::Refused(RedisError::read(rest))),
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

/// Why Redis does not do what it was asked for. A server may repeat in its sentence what it was sent, so of the sentence
/// only the kind is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RedisError {
    /// Nobody has said who asks.
    NoAuth,
    /// The user or the password is another one.
    WrongPassword,
    /// A password was given, and there is none.
    NoPasswordSet,
    /// A user was given to a Redis that is older than users.
    NoUsers,
    /// The database has a number that there is not.
    NoSuchDatabase,
    /// A node of a cluster has one database only.
    OneDatabase,
    /// Another node of the cluster has the entry.
    Moved,
    /// The cluster has lost nodes, or none of them has the entry.
    ClusterDown,
    /// A replica has lost its master.
    MasterDown,
    /// Redis is reading its data.
    Loading,
    /// A script keeps it from everything else.
    Busy,
    /// Others have taken all connections.
    MaxClients,
    /// It answers only on its own machine, as it was not told otherwise.
    Protected,
    /// The user may not do this.
    NotAllowed,
    /// The entry is of another type than a keystore has.
    WrongType,
    /// There is no such command.
    UnknownCommand,
    /// Another reason, by the type of the error.
    Other(String),
}

/// Beginnings of errors, in the spelling of all versions since 2.6.
const KNOWN: &[(&str, RedisError)] = &[
    ("NOAUTH ", RedisError::NoAuth),
    ("ERR operation not permitted", RedisError::NoAuth),
    ("WRONGPASS ", RedisError::WrongPassword),
    ("ERR invalid password", RedisError::WrongPassword),
    ("ERR AUTH <password> called without any password configured", RedisError::NoPasswordSet),
    ("ERR Client sent AUTH, but no password is set", RedisError::NoPasswordSet),
    ("ERR wrong number of arguments for 'auth'", RedisError::NoUsers),
    ("ERR DB index is out of range", RedisError::NoSuchDatabase),
    ("ERR invalid DB index", RedisError::NoSuchDatabase),
    ("ERR SELECT is not allowed in cluster mode", RedisError::OneDatabase),
    ("MOVED ", RedisError::Moved),
    ("ASK ", RedisError::Moved),
    ("CLUSTERDOWN ", RedisError::ClusterDown),
    ("MASTERDOWN ", RedisError::MasterDown),
    ("LOADING ", RedisError::Loading),
    ("BUSY ", RedisError::Busy),
    ("ERR max number of clients", RedisError::MaxClients),
    ("DENIED ", RedisError::Protected),
    ("NOPERM ", RedisError::NotAllowed),
    ("WRONGTYPE ", RedisError::WrongType),
    ("ERR unknown command", RedisError::UnknownCommand),
];

impl RedisError {
    /// Reads the line of an error, without the dash before it.
    fn read(line: &[u8]) -> Self {
        let begins = |begin: &str| {
            line.get(..begin.len()).is_some_and(|found| found.eq_ignore_ascii_case(begin.as_bytes()))
                // A type may stand alone.
                || begin.strip_suffix(' ').is_some_and(|alone| line == alone.as_bytes())
        };
        let known = KNOWN.iter().find(|(begin, _)| begins(begin));
        known.map_or_else(|| Self::Other(error_type(line)), |(_, refusal)| refusal.clone())
    }

    /// Whether it says something of what was asked for, and nothing of what may be asked next.
    pub(super) fn is_about_the_entry(&self) -> bool {
        matches!(self, Self::WrongType | Self::NotAllowed | Self::Moved)
    }

    /// Whether it says that something may not be done or is not known, rather than that nothing can be done now.
    pub(super) fn is_about_the_command(&self) -> bool {
        matches!(self, Self::NotAllowed | Self::UnknownCommand)
    }

    /// What happened, and what to do about it.
    pub(super) fn told(&self) -> (String, &'static str) {
        let (kind, what, hint) = match self {
            Self::NoAuth => {
                ("NOAUTH", "it asks for a password", "give the password of Redis: --redis-password-env NAME")
            }
            Self::WrongPassword => (
                "WRONGPASS",
                "it does not know this password, or this user with it",
                "the password is not the one of Redis; a user beside the default one is named with --redis-user",
            ),
            Self::NoPasswordSet => (
                "ERR",
                "a password was given, and this Redis has none",
                "leave out the password, or is it another Redis that is meant?",
            ),
            Self::NoUsers => ("ERR", "it knows no users, as before version 6", "leave out --redis-user"),
            Self::NoSuchDatabase => (
                "ERR",
                "it has no database of this number",
                "the number of the database is the one that acra-server is given as --redis_db_keys",
            ),
            Self::OneDatabase => ("ERR", "it is a node of a cluster, which has the database 0 only", ONE_NODE_HINT),
            Self::Moved => ("MOVED", "another node of its cluster has this entry", ONE_NODE_HINT),
            Self::ClusterDown => {
                ("CLUSTERDOWN", "its cluster is down, or incomplete", "`redis-cli cluster info` says more")
            }
            Self::MasterDown => (
                "MASTERDOWN",
                "it is a replica that has lost its master",
                "give the address of the master, or try again when they are connected",
            ),
            Self::Loading => ("LOADING", "it is still reading its data", "try again in a moment"),
            Self::Busy => ("BUSY", "it is busy with a script", "try again in a moment"),
            Self::MaxClients => (
                "ERR",
                "it has as many clients as it takes",
                "try again in a moment, or raise maxclients in its configuration",
            ),
            Self::Protected => (
                "DENIED",
                "it is in protected mode, and answers on its own machine only",
                "set a password in its configuration, or run this on the machine of Redis",
            ),
            Self::NotAllowed => ("NOPERM", "its user may not do this", RIGHTS_HINT),
            Self::WrongType => ("WRONGTYPE", "the entry is no text", "that is no part of a keystore of Acra"),
            Self::UnknownCommand => (
                "ERR",
                "it does not know the command",
                "is this a Redis itself, with its usual commands, and no proxy in front of several?",
            ),
            Self::Other(kind) => {
                (&kind[..], "it does not say why in words that are known", "the log of Redis may say why")
            }
        };
        (format!("Redis refuses ({kind}): {what}"), hint)
    }
}

/// What to do about a user who may not.
const RIGHTS_HINT: &str = "the user of Redis needs the commands GET and SCAN for the names of the keystore, and SELECT for \
                           another database than 0; --redis-user names another user";

/// What to do about a cluster.
pub(super) const ONE_NODE_HINT: &str = "Acra, and so acralog, asks one Redis that has all keys: copy the keystore out of the cluster into a Redis of its own";

/// The first word of an error, such as `NOREPLICAS`.
fn error_type(line: &[u8]) -> String {
    let word = line.split(|byte| *byte == b' ').next().unwrap_or_default();
    let is_type = (1..=32).contains(&word.len()) && word.iter().all(u8::is_ascii_uppercase);
    if is_type { String::from_utf8_lossy(word).into_owned() } else { "ERR".to_owned() }
}

/// How long is waited for Redis: for each step, and for all of them together, however many there are.
pub(super) struct Patience {
    step: Duration,
    whole: Duration,
    left: Cell<Duration>,
}

impl Patience {
    /// For a step, and for everything.
    pub(super) fn new(step: Duration, whole: Duration) -> Self {
        Self { step, whole, left: Cell::new(whole) }
    }

    /// Whether there is none left.
    pub(super) fn is_spent(&self) -> bool {
        self.left.get().is_zero()
    }

    /// Takes a step, which knows when to give up. What others do between the steps takes no patience.
    fn spend<T>(&self, step: impl FnOnce(Deadline) -> T) -> T {
        let (begun, left) = (Instant::now(), self.left.get());
        let end = if left < self.step {
            Deadline { at: begun + left, said: "the keystore was not read", limit: self.whole }
        } else {
            Deadline::within(self.step)
        };
        let done = step(end);
        self.left.set(left.saturating_sub(begun.elapsed()));
        done
    }
}

/// A connection on which commands are answered one by one.
pub(super) struct Connection {
    stream: BufReader<Socket>,
}

impl Connection {
    /// Connects to `HOST:PORT`.
    pub(super) fn open(
        address: &str,
        tls: Option<(&Arc<ClientConfig>, ServerName<'static>)>,
        patience: &Patience,
    ) -> io::Result<Self> {
        let socket = patience.spend(|end| match tls {
            None => Socket::connect(address, end),
            Some((config, name)) => Socket::connect_tls(address, config, name, end),
        });
        Ok(Self { stream: BufReader::new(socket?) })
    }

    /// Sends a command and reads its reply, which holds `bytes_max` at most.
    pub(super) fn ask(&mut self, words: &[&[u8]], bytes_max: usize, patience: &Patience) -> Result<Reply, Wrong> {
        patience.spend(|end| {
            let stream = self.stream.get_mut();
            stream.give_up_at(end);
            let sent = stream.write_all(&encode_command(words)).and_then(|()| stream.flush());
            let reply = read_reply(&mut self.stream, bytes_max);
            // Who is not let in is told so before anything was sent, and the connection is closed.
            if matches!(reply, Err(Wrong::Refused(_))) {
                return reply;
            }
            sent?;
            reply
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read_all(bytes: &[u8]) -> Result<Reply, Wrong> {
        read_reply(&mut &*bytes, 8)
    }

    fn bytes(text: &str) -> Reply {
        Reply::Bytes(Zeroizing::new(text.as_bytes().to_vec()))
    }

    #[test]
    fn a_command_is_a_list_of_words_with_their_lengths() {
        assert_eq!(encode_command(&[b"GET", b"a\r\nb"]).as_slice(), b"*2\r\n$3\r\nGET\r\n$4\r\na\r\nb\r\n");
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
        assert_eq!(found, RedisError::WrongPassword);
        assert!(matches!(read_all(b"-\r\n"), Err(Wrong::Refused(RedisError::Other(_)))));
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

    #[test]
    fn the_errors_of_every_version_are_known_by_their_beginning_alone() {
        for (line, refusal) in [
            ("NOAUTH Authentication required.", RedisError::NoAuth),
            ("WRONGPASS invalid: hunter2", RedisError::WrongPassword),
            ("WRONGPASS", RedisError::WrongPassword),
            ("ERR invalid password", RedisError::WrongPassword),
            ("ERR Client sent AUTH, but no password is set", RedisError::NoPasswordSet),
            (
                "ERR AUTH <password> called without any password configured for the default user. Are you sure your \
                 configuration is correct?",
                RedisError::NoPasswordSet,
            ),
            ("ERR wrong number of arguments for 'auth' command", RedisError::NoUsers),
            ("ERR DB index is out of range", RedisError::NoSuchDatabase),
            ("ERR SELECT is not allowed in cluster mode", RedisError::OneDatabase),
            ("MOVED 3999 127.0.0.1:6381", RedisError::Moved),
            ("ASK 3999 127.0.0.1:6381", RedisError::Moved),
            ("CLUSTERDOWN Hash slot not served", RedisError::ClusterDown),
            ("MASTERDOWN Link with MASTER is down", RedisError::MasterDown),
            ("LOADING Redis is loading the dataset in memory", RedisError::Loading),
            ("ERR max number of clients reached", RedisError::MaxClients),
            ("ERR max number of clients + cluster connections reached", RedisError::MaxClients),
            ("DENIED Redis is running in protected mode", RedisError::Protected),
            ("NOPERM User default has no permissions to run the 'scan' command", RedisError::NotAllowed),
            ("ERR unknown command `SCAN`, with args beginning with: `hunter2`", RedisError::UnknownCommand),
            ("NOREPLICAS hunter2", RedisError::Other("NOREPLICAS".to_owned())),
            ("hunter2", RedisError::Other("ERR".to_owned())),
            ("", RedisError::Other("ERR".to_owned())),
            ("DENIED\x1b[31m", RedisError::Other("ERR".to_owned())),
        ] {
            let found = RedisError::read(line.as_bytes());
            assert_eq!(found, refusal, "{line}");
            let (what, hint) = found.told();
            assert!(what.starts_with("Redis refuses (") && !hint.is_empty(), "{what}; {hint}");
            assert!(!format!("{found:?} {what} {hint}").contains("hunter2"), "{what}");
        }
    }
}
