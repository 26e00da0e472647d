//! Answers requests for metrics and health over HTTP/1.1, on one thread of its own. Nobody can keep others waiting: there are so many
//! connections and no more, each has so long and no longer, and the one that is there longest makes room. What the answers
//! say is left to `metrics` and `health`.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{self, Shutdown, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token, Waker};

use super::health::Health;
use super::http::{Answer, HEAD_BYTES_MAX, Question, Status};
use super::labels::harmless;
use super::metrics::Metrics;
use crate::failure::Failure;

/// Connections beyond this many make room for one another.
const CONNECTIONS_MAX: usize = 256;

/// From the first byte of a request to the last one of its answer.
const CONNECTION_TIME_MAX: Duration = Duration::from_secs(10);

/// Connections that are taken before those that are there are served.
const ACCEPTED_AT_ONCE: usize = 32;

/// Bytes that are read at once.
const READ_BYTES: usize = 4 * 1024;

/// Bytes that are read behind a request before its connection is cut.
const IGNORED_BYTES_MAX: usize = 64 * 1024;

/// What is waited where the system is short of something, open files for one.
const SHORTAGE_PAUSE: Duration = Duration::from_millis(50);

/// Threads without a step that an answer names.
const STALLED_MAX: usize = 10;

const LISTENER: Token = Token(0);
const WAKER: Token = Token(1);

/// Where requests are expected: a host or an address, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenAddress(String);

impl FromStr for ListenAddress {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self, Failure> {
        let parts = text.rsplit_once(':').filter(|(host, port)| {
            let is_host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
                Some(address) => address.parse::<net::Ipv6Addr>().is_ok(),
                None => !host.is_empty() && !host.contains([':', '/', '[', ']']) && !host.contains(char::is_whitespace),
            };
            is_host && port.parse::<u16>().is_ok()
        });
        match parts {
            Some(_) => Ok(Self(text.to_owned())),
            None => Err(Failure::usage(format!("{text:?} is no address to listen at")).with_hint(
                "it looks like 127.0.0.1:9187, [::1]:9187 or localhost:9187; 0.0.0.0:9187 is for everybody",
            )),
        }
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A server that answers until it is dropped.
#[derive(Debug)]
pub struct MonitoringServer {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    waker: Arc<Waker>,
    thread: Option<JoinHandle<()>>,
}

impl MonitoringServer {
    /// Begins to listen, and to answer.
    ///
    /// # Errors
    /// Nobody can listen at the address, or there is no thread for it.
    pub fn start(address: &ListenAddress, metrics: Arc<Metrics>, health: Health) -> Result<Self, Failure> {
        let pages = Pages { metrics, health };
        Self::listen(address, pages, CONNECTION_TIME_MAX).map_err(|error| {
            Failure::new(format!("cannot listen at {address}: {error}"))
                .with_hint("does another process listen there, is it an address of this machine?")
        })
    }

    fn listen(address: &ListenAddress, pages: Pages, time_max: Duration) -> io::Result<Self> {
        // One that resolves names, and tries each of their addresses.
        let listener = net::TcpListener::bind(&address.0)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let mut listener = TcpListener::from_std(listener);
        let poll = Poll::new()?;
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        let stop = Arc::new(AtomicBool::new(false));
        let mut switchboard = Switchboard {
            poll,
            listener,
            has_backlog: false,
            connections: BTreeMap::new(),
            next: WAKER.0 + 1,
            time_max,
            pages,
            stop: Arc::clone(&stop),
        };
        let thread = thread::Builder::new().name("metrics".to_owned()).spawn(move || switchboard.serve())?;
        Ok(Self { address, stop, waker, thread: Some(thread) })
    }

    /// Where it listens, with the port that the system chose in place of 0.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for MonitoringServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if self.waker.wake().is_ok()
            && let Some(thread) = self.thread.take()
        {
            // A panic was announced where it happened.
            drop(thread.join());
        }
    }
}

/// What is answered.
struct Pages {
    metrics: Arc<Metrics>,
    health: Health,
}

impl Pages {
    fn answer(&self, question: &Question) -> Answer {
        match question.path.as_str() {
            "/metrics" => Answer {
                status: Status::Ok,
                content_type: question.exposition.content_type(),
                body: self.metrics.encode(question.exposition),
            },
            "/healthz" => match self.health.check() {
                Ok(_) => Answer::text(Status::Ok, "ok"),
                Err(stalled) => {
                    let lines = stalled.iter().take(STALLED_MAX).map(|thread| harmless(&thread.to_string()));
                    Answer::text(Status::Unavailable, &lines.collect::<Vec<_>>().join("\n"))
                }
            },
            "/readyz" if self.health.is_ready() => Answer::text(Status::Ok, "ok"),
            "/readyz" => {
                let why = "not ready: what was there at the start is being verified, or the end has come";
                Answer::text(Status::Unavailable, why)
            }
            _ => Answer::text(Status::NotFound, "there are /metrics, /healthz and /readyz"),
        }
    }

    fn refuse(status: Status) -> Answer {
        let words = match status {
            Status::MethodNotAllowed => "only GET and HEAD",
            Status::HeadTooLarge => "the head of the request is too long",
            Status::VersionNotSupported => "only HTTP/1.1 and HTTP/1.0",
            _ => "not a request of HTTP/1.1",
        };
        Answer::text(status, words)
    }
}

/// All connections.
struct Switchboard {
    poll: Poll,
    listener: TcpListener,
    /// Somebody may wait to be taken.
    has_backlog: bool,
    /// By their tokens, which grow: the first one is there longest.
    connections: BTreeMap<usize, HttpConnection>,
    next: usize,
    time_max: Duration,
    pages: Pages,
    stop: Arc<AtomicBool>,
}

impl Switchboard {
    fn serve(&mut self) {
        let mut events = Events::with_capacity(CONNECTIONS_MAX);
        while !self.stop.load(Ordering::Acquire) {
            let oldest = self.connections.first_key_value().map(|(_, connection)| connection.deadline);
            let timeout = match oldest {
                _ if self.has_backlog => Some(Duration::ZERO),
                oldest => oldest.map(|deadline| deadline.saturating_duration_since(Instant::now())),
            };
            if let Err(error) = self.poll.poll(&mut events, timeout) {
                if error.kind() != ErrorKind::Interrupted {
                    thread::sleep(SHORTAGE_PAUSE);
                }
                continue;
            }
            for event in &events {
                match event.token() {
                    LISTENER => self.has_backlog = true,
                    WAKER => {}
                    Token(token) => self.proceed(token),
                }
            }
            let now = Instant::now();
            self.connections.retain(|_, connection| connection.deadline > now);
            if self.has_backlog {
                self.accept(now + self.time_max);
            }
        }
    }

    /// Takes some of those who wait.
    fn accept(&mut self, deadline: Instant) {
        for _ in 0..ACCEPTED_AT_ONCE {
            match self.listener.accept() {
                Ok((mut socket, _)) => {
                    let interest = Interest::READABLE | Interest::WRITABLE;
                    if self.poll.registry().register(&mut socket, Token(self.next), interest).is_err() {
                        continue;
                    }
                    if self.connections.len() == CONNECTIONS_MAX {
                        self.connections.pop_first();
                    }
                    self.connections.insert(self.next, HttpConnection::new(socket, deadline));
                    self.next += 1;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.has_backlog = false;
                    return;
                }
                Err(error) if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::ConnectionAborted) => {}
                Err(_) => {
                    thread::sleep(SHORTAGE_PAUSE);
                    return;
                }
            }
        }
    }

    fn proceed(&mut self, token: usize) {
        if let Some(connection) = self.connections.get_mut(&token)
            && connection.proceed(&self.pages).is_none()
        {
            self.connections.remove(&token);
        }
    }
}

/// One request and its answer.
struct HttpConnection {
    socket: TcpStream,
    deadline: Instant,
    exchange: Exchange,
}

/// How far it is.
enum Exchange {
    /// The head of the request, as far as it came.
    Request(Vec<u8>),
    /// The answer, and how much of it was sent.
    Answer { bytes: Vec<u8>, sent: usize },
    /// Waits until the client has read all of it: to close while something comes in could take the answer away from the
    /// client (RFC 9112, section 9.6). How much came in since.
    Closing { ignored: usize },
}

/// The socket has nothing to give or to take for now.
struct Blocked;

impl HttpConnection {
    fn new(socket: TcpStream, deadline: Instant) -> Self {
        Self { socket, deadline, exchange: Exchange::Request(Vec::new()) }
    }

    /// Goes as far as the socket lets it, which it must: the socket tells of changes only. None is the end.
    fn proceed(&mut self, pages: &Pages) -> Option<Blocked> {
        loop {
            let step = match &mut self.exchange {
                Exchange::Request(_) => self.receive(pages),
                Exchange::Answer { bytes, sent } => match self.socket.write(&bytes[*sent..]) {
                    Ok(0) => return None,
                    Ok(count) => {
                        *sent += count;
                        if *sent == bytes.len() {
                            self.socket.shutdown(Shutdown::Write).ok()?;
                            self.exchange = Exchange::Closing { ignored: 0 };
                        }
                        Ok(())
                    }
                    Err(error) => Err(error),
                },
                Exchange::Closing { ignored } => match self.socket.read(&mut [0; READ_BYTES]) {
                    Ok(count) if count > 0 && *ignored < IGNORED_BYTES_MAX => {
                        *ignored += count;
                        Ok(())
                    }
                    Ok(_) => return None,
                    Err(error) => Err(error),
                },
            };
            match step {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Some(Blocked),
                Err(_) => return None,
            }
        }
    }

    /// Reads more of the request, and finds its answer when it is whole.
    fn receive(&mut self, pages: &Pages) -> io::Result<()> {
        let Exchange::Request(head) = &mut self.exchange else { return Ok(()) };
        let mut bytes = [0; READ_BYTES];
        let wanted = READ_BYTES.min(HEAD_BYTES_MAX - head.len());
        let count = self.socket.read(&mut bytes[..wanted])?;
        if count == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        head.extend_from_slice(&bytes[..count]);
        let (answer, head_only) = match Question::read(head) {
            Ok(None) => return Ok(()),
            Ok(Some(question)) => (pages.answer(&question), question.head_only),
            Err(status) => (Pages::refuse(status), false),
        };
        self.exchange = Exchange::Answer { bytes: answer.into_bytes(head_only), sent: 0 };
        Ok(())
    }
}

#[cfg(test)]
mod tests;
