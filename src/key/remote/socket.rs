//! A connection to a server, with TLS or without, that is given up at a certain time, however slowly bytes still drip out of
//! it. What is spoken on it is left to the services.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs as _};
#[cfg(any(feature = "redis", feature = "webhook"))]
use std::sync::Arc;
use std::time::{Duration, Instant};

#[cfg(any(feature = "redis", feature = "webhook"))]
use rustls::pki_types::ServerName;
#[cfg(any(feature = "redis", feature = "webhook"))]
use rustls::{ClientConfig, ClientConnection, StreamOwned};

/// When to give up, and what is then said.
#[derive(Clone, Copy)]
pub(crate) struct Deadline {
    pub(crate) at: Instant,
    pub(crate) said: &'static str,
    pub(crate) limit: Duration,
}

impl Deadline {
    /// So long from now.
    pub(crate) fn within(limit: Duration) -> Self {
        Self { at: Instant::now() + limit, said: "no answer", limit }
    }

    /// The time that is left.
    pub(crate) fn left(self) -> io::Result<Duration> {
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

/// A connection.
pub(crate) enum Socket {
    /// Anybody on the way can read it.
    Plain(Timed),
    #[cfg(any(feature = "redis", feature = "webhook"))]
    Tls(Box<StreamOwned<ClientConnection, Timed>>),
}

impl Socket {
    /// Connects to `HOST:PORT`.
    pub(crate) fn connect(address: &str, end: Deadline) -> io::Result<Self> {
        Timed::connect(address, end).map(Self::Plain)
    }

    /// Connects to `HOST:PORT`, which must prove to be `name`.
    #[cfg(any(feature = "redis", feature = "webhook"))]
    pub(crate) fn connect_tls(
        address: &str,
        config: &Arc<ClientConfig>,
        name: ServerName<'static>,
        end: Deadline,
    ) -> io::Result<Self> {
        let timed = Timed::connect(address, end)?;
        let client = ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(client, timed);
        // Now, so that what is wrong with a certificate is not said of what is sent.
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok(Self::Tls(Box::new(stream)))
    }

    /// Sets another end to it.
    pub(crate) fn give_up_at(&mut self, end: Deadline) {
        self.timed().end = end;
    }

    /// Says that nothing more will be sent; the other side can still answer.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        #[cfg(any(feature = "redis", feature = "webhook"))]
        if let Self::Tls(stream) = self {
            stream.conn.send_close_notify();
            stream.flush()?;
        }
        self.timed().socket.shutdown(Shutdown::Write)
    }

    fn timed(&mut self) -> &mut Timed {
        match self {
            Self::Plain(timed) => timed,
            #[cfg(any(feature = "redis", feature = "webhook"))]
            Self::Tls(stream) => &mut stream.sock,
        }
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(timed) => timed.read(buffer),
            #[cfg(any(feature = "redis", feature = "webhook"))]
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(timed) => timed.write(bytes),
            #[cfg(any(feature = "redis", feature = "webhook"))]
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(timed) => timed.flush(),
            #[cfg(any(feature = "redis", feature = "webhook"))]
            Self::Tls(stream) => stream.flush(),
        }
    }
}

/// A socket with its end.
pub(crate) struct Timed {
    socket: TcpStream,
    end: Deadline,
}

impl Timed {
    fn connect(address: &str, end: Deadline) -> io::Result<Self> {
        let mut refused = io::Error::new(io::ErrorKind::NotFound, "the name of the host is not known");
        for address in address.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, end.left()?) {
                Ok(socket) => {
                    socket.set_nodelay(true)?;
                    return Ok(Self { socket, end });
                }
                Err(error) => refused = end.in_time(error),
            }
        }
        Err(refused)
    }
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
