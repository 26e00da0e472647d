//! A connection to Redis, with or without TLS, in which nothing lasts longer than it may.

use std::io::{self, BufReader, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::resp::{self, Reply, Wrong};

/// For connecting, and for each command with its reply.
const SECONDS_MAX: Duration = Duration::from_secs(10);

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
    pub(super) fn open(address: &str, tls: Option<(&Arc<ClientConfig>, ServerName<'static>)>) -> io::Result<Self> {
        let mut refused = io::Error::new(io::ErrorKind::NotFound, "the name of the host is not known");
        let mut connected = None;
        for address in address.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, SECONDS_MAX) {
                Ok(socket) => {
                    connected = Some(socket);
                    break;
                }
                Err(error) => refused = error,
            }
        }
        let socket = connected.ok_or(refused)?;
        socket.set_nodelay(true)?;
        let timed = Timed { socket, end: Instant::now() + SECONDS_MAX };
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
    pub(super) fn ask(&mut self, words: &[&[u8]], bytes_max: usize) -> Result<Reply, Wrong> {
        let stream = self.stream.get_mut();
        stream.timed().end = Instant::now() + SECONDS_MAX;
        stream.write_all(&resp::command(words))?;
        stream.flush()?;
        resp::read(&mut self.stream, bytes_max)
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
    end: Instant,
}

impl Timed {
    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(too_late()) } else { Ok(Some(left)) }
    }
}

fn too_late() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {} seconds", SECONDS_MAX.as_secs()))
}

/// A socket whose time is up says that it would block.
fn in_time(error: io::Error) -> io::Error {
    if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) { too_late() } else { error }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.set_read_timeout(self.left()?)?;
        self.socket.read(buffer).map_err(in_time)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.set_write_timeout(self.left()?)?;
        self.socket.write(bytes).map_err(in_time)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}
