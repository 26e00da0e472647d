//! A connection to Redis, with or without TLS, in which nothing lasts longer than it may.

use std::cell::Cell;
use std::io::{self, BufReader, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::resp::{self, Reply, Wrong};

/// How long is waited for Redis: for each step, and for all of them together, however many there are.
pub(super) struct Patience {
    step: Duration,
    whole: Duration,
    left: Cell<Duration>,
}

/// When to give up, and what is then said.
#[derive(Clone, Copy)]
struct End {
    at: Instant,
    said: &'static str,
    limit: Duration,
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
    fn spend<T>(&self, step: impl FnOnce(End) -> T) -> T {
        let (begun, left) = (Instant::now(), self.left.get());
        let end = if left < self.step {
            End { at: begun + left, said: "the keystore was not read", limit: self.whole }
        } else {
            End { at: begun + self.step, said: "no answer", limit: self.step }
        };
        let done = step(end);
        self.left.set(left.saturating_sub(begun.elapsed()));
        done
    }
}

impl End {
    fn left(self) -> io::Result<Duration> {
        let left = self.at.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(self.too_late()) } else { Ok(left) }
    }

    fn too_late(self) -> io::Error {
        let told = format!("{} within {} seconds", self.said, self.limit.as_secs());
        io::Error::new(io::ErrorKind::TimedOut, told)
    }

    /// A socket whose time is up says that it would block.
    fn in_time(self, error: io::Error) -> io::Error {
        if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) {
            self.too_late()
        } else {
            error
        }
    }
}

/// A connection on which commands are answered one by one.
pub(super) struct Connection {
    stream: BufReader<Stream>,
}

enum Stream {
    Plain(Timed),
    Tls(Box<StreamOwned<ClientConnection, Timed>>),
}

impl Connection {
    /// Connects to `HOST:PORT`.
    pub(super) fn open(
        address: &str,
        tls: Option<(&Arc<ClientConfig>, ServerName<'static>)>,
        patience: &Patience,
    ) -> io::Result<Self> {
        patience.spend(|end| Self::open_until(end, address, tls))
    }

    fn open_until(end: End, address: &str, tls: Option<(&Arc<ClientConfig>, ServerName<'static>)>) -> io::Result<Self> {
        let mut refused = io::Error::new(io::ErrorKind::NotFound, "the name of the host is not known");
        let mut connected = None;
        for address in address.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, end.left()?) {
                Ok(socket) => {
                    connected = Some(socket);
                    break;
                }
                Err(error) => refused = end.in_time(error),
            }
        }
        let socket = connected.ok_or(refused)?;
        socket.set_nodelay(true)?;
        let timed = Timed { socket, end };
        let stream = match tls {
            None => Stream::Plain(timed),
            Some((config, name)) => {
                let client = ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)?;
                let mut stream = StreamOwned::new(client, timed);
                // Now, so that what is wrong with a certificate is not said of a command.
                while stream.conn.is_handshaking() {
                    stream.conn.complete_io(&mut stream.sock)?;
                }
                Stream::Tls(Box::new(stream))
            }
        };
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Sends a command and reads its reply, which holds `bytes_max` at most.
    pub(super) fn ask(&mut self, words: &[&[u8]], bytes_max: usize, patience: &Patience) -> Result<Reply, Wrong> {
        patience.spend(|end| {
            let stream = self.stream.get_mut();
            stream.timed().end = end;
            let sent = stream.write_all(&resp::command(words)).and_then(|()| stream.flush());
            let reply = resp::read(&mut self.stream, bytes_max);
            // Who is not let in is told so before anything was sent, and the connection is closed.
            if matches!(reply, Err(Wrong::Refused(_))) {
                return reply;
            }
            sent?;
            reply
        })
    }
}

impl Stream {
    fn timed(&mut self) -> &mut Timed {
        match self {
            Self::Plain(timed) => timed,
            Self::Tls(stream) => &mut stream.sock,
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(timed) => timed.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(timed) => timed.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(timed) => timed.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

/// A socket that is given up at a certain time, however slowly bytes still drip out of it.
struct Timed {
    socket: TcpStream,
    end: End,
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.set_read_timeout(Some(self.end.left()?))?;
        self.socket.read(buffer).map_err(|error| self.end.in_time(error))
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.set_write_timeout(Some(self.end.left()?))?;
        self.socket.write(bytes).map_err(|error| self.end.in_time(error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}
