//! The protocol in which a service tells systemd its state (sd_notify(3)): ready, reloading, stopping, a line for people, and that it is
//! alive. When the state changes is left to whoever watches.
//!
//! The crate `sd-notify` takes the address from the process's environment only, which is `plan`'s to look at, and knows no abstract
//! sockets; what is left of the protocol is a line for each word.

use std::ffi::OsString;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::health::Health;
use super::labels::harmless;
use crate::failure::Failure;

/// How often the start is prolonged where no watchdog says how often that looks.
const BEAT: Duration = Duration::from_secs(10);

/// Nobody is told more often than this, whatever the watchdog says.
const BEAT_MIN: Duration = Duration::from_millis(10);

/// Beats that may be missed before the start counts as hanging.
const BEATS_MISSED_MAX: u32 = 3;

/// The longest line for people, in characters.
const STATUS_CHARS_MAX: usize = 500;

/// What systemd leaves in the environment of a service. Programs that a service starts must not inherit it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceVariables {
    /// `NOTIFY_SOCKET`: a path, or an abstract name behind an `@`.
    pub notify_socket: Option<OsString>,
    /// `WATCHDOG_USEC`: after this many microseconds without a word the service is ended.
    pub watchdog_usec: Option<OsString>,
    /// `WATCHDOG_PID`: the process that the watchdog means.
    pub watchdog_pid: Option<OsString>,
}

impl ServiceVariables {
    /// The names of these variables.
    pub const NAMES: [&str; 3] = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"];

    /// Those of an environment.
    pub fn of(variable: &dyn Fn(&str) -> Option<OsString>) -> Self {
        let [notify_socket, watchdog_usec, watchdog_pid] = Self::NAMES.map(variable);
        Self { notify_socket, watchdog_usec, watchdog_pid }
    }

    /// How often the watchdog wants a word from this process (sd_watchdog_enabled(3)); None where there is none.
    fn watchdog(&self) -> Result<Option<Duration>, Failure> {
        let number = |name: &str, value: &Option<OsString>| {
            let Some(value) = value else { return Ok(None) };
            let number = value.to_str().and_then(|value| value.parse::<u64>().ok());
            number.map(Some).ok_or_else(|| Failure::new(format!("the variable {name} of systemd is no number")))
        };
        let [_, usec_name, pid_name] = Self::NAMES;
        let pid = number(pid_name, &self.watchdog_pid)?;
        let usec = number(usec_name, &self.watchdog_usec)?.filter(|usec| *usec > 0);
        let is_meant = pid.is_none_or(|pid| pid == u64::from(std::process::id()));
        Ok(usec.filter(|_| is_meant).map(Duration::from_micros))
    }
}

/// The systemd that started this process; nobody, where something else did.
#[derive(Debug)]
pub struct ServiceManager {
    socket: Option<Arc<NotifySocket>>,
    _beats: Option<Beats>,
}

impl ServiceManager {
    /// Finds it, and tells it from now on that the threads take steps.
    ///
    /// # Errors
    /// The variables are not those that systemd sets, or there is no thread.
    pub fn connect(variables: &ServiceVariables, health: &Health) -> Result<Self, Failure> {
        let Some(address) = variables.notify_socket.as_ref().filter(|address| !address.is_empty()) else {
            return Ok(Self { socket: None, _beats: None });
        };
        let watchdog = variables.watchdog()?;
        let socket = Arc::new(NotifySocket::to(address)?);
        let beats = Beats::start(Arc::clone(&socket), health.clone(), watchdog)?;
        Ok(Self { socket: Some(socket), _beats: Some(beats) })
    }

    /// The start, or a reload, is over.
    ///
    /// # Errors
    /// Systemd cannot be told, and will wait in vain.
    pub fn ready(&self, status: &str) -> Result<(), Failure> {
        self.tell(&format!("READY=1\n{}", status_line(status)))
    }

    /// The configuration is read again; [`Self::ready`] ends that.
    ///
    /// # Errors
    /// Systemd cannot be told.
    pub fn reloading(&self) -> Result<(), Failure> {
        self.tell(&format!("RELOADING=1\nMONOTONIC_USEC={}\n", monotonic_usec()))
    }

    /// The end begins.
    ///
    /// # Errors
    /// Systemd cannot be told.
    pub fn stopping(&self, status: &str) -> Result<(), Failure> {
        self.tell(&format!("STOPPING=1\n{}", status_line(status)))
    }

    fn tell(&self, words: &str) -> Result<(), Failure> {
        self.socket.as_ref().map_or(Ok(()), |socket| socket.send(words))
    }
}

/// A text may come from a log: a line feed in it would be the end of the line, and the beginning of another word.
fn status_line(status: &str) -> String {
    let text: String = harmless(status).chars().take(STATUS_CHARS_MAX).collect();
    format!("STATUS={text}\n")
}

#[cfg(unix)]
fn monotonic_usec() -> i64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    now.tv_sec.saturating_mul(1_000_000).saturating_add(now.tv_nsec / 1000)
}

#[cfg(not(unix))]
fn monotonic_usec() -> i64 {
    0
}

/// Tells that the threads take steps, on a thread of its own, until it is dropped.
#[derive(Debug)]
struct Beats {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Beats {
    fn start(socket: Arc<NotifySocket>, health: Health, watchdog: Option<Duration>) -> Result<Self, Failure> {
        // sd_watchdog_enabled(3): every half of the time.
        let beat = watchdog.map_or(BEAT, |watchdog| BEAT_MIN.max(watchdog / 2));
        let (end, ended) = mpsc::channel();
        let tell = move || loop {
            let words = beat_words(&health, watchdog.is_some(), beat);
            // What cannot be told now is told at the next beat, and systemd notices.
            if !words.is_empty() {
                drop(socket.send(&words));
            }
            if ended.recv_timeout(beat) != Err(RecvTimeoutError::Timeout) {
                return;
            }
        };
        let thread = thread::Builder::new().name("systemd".to_owned()).spawn(tell)?;
        Ok(Self { end: Some(end), thread: Some(thread) })
    }
}

impl Drop for Beats {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            // A panic was announced where it happened.
            drop(thread.join());
        }
    }
}

/// What is told at a beat: nothing while a thread takes no steps. What is there at the start may take long to verify, and may take
/// that long as long as threads take steps.
fn beat_words(health: &Health, watchdog: bool, beat: Duration) -> String {
    let Ok(threads) = health.check() else { return String::new() };
    let mut words = String::new();
    if watchdog {
        words.push_str("WATCHDOG=1\n");
    }
    if threads > 0 && health.is_starting() {
        let prolonged = beat.saturating_mul(BEATS_MISSED_MAX).as_micros();
        words.push_str(&format!("EXTEND_TIMEOUT_USEC={prolonged}\n"));
    }
    words
}

/// The socket at which systemd listens.
#[derive(Debug)]
struct NotifySocket {
    #[cfg(unix)]
    socket: std::os::unix::net::UnixDatagram,
    #[cfg(unix)]
    address: std::os::unix::net::SocketAddr,
}

#[cfg(unix)]
impl NotifySocket {
    /// A word that systemd does not take within this time is lost.
    const SEND_TIME_MAX: Duration = Duration::from_secs(1);

    fn to(address: &std::ffi::OsStr) -> Result<Self, Failure> {
        use std::os::unix::ffi::OsStrExt as _;
        use std::os::unix::net::{SocketAddr, UnixDatagram};

        let unfit = || Failure::new("the variable NOTIFY_SOCKET of systemd holds no address of a socket");
        let address = match address.as_bytes() {
            [b'/', ..] => SocketAddr::from_pathname(address).map_err(|_| unfit())?,
            #[cfg(target_os = "linux")]
            [b'@', name @ ..] => {
                use std::os::linux::net::SocketAddrExt as _;
                SocketAddr::from_abstract_name(name).map_err(|_| unfit())?
            }
            _ => return Err(unfit()),
        };
        let socket = UnixDatagram::unbound()?;
        socket.set_write_timeout(Some(Self::SEND_TIME_MAX))?;
        Ok(Self { socket, address })
    }

    fn send(&self, words: &str) -> Result<(), Failure> {
        let sent = self.socket.send_to_addr(words.as_bytes(), &self.address);
        sent.map(|_| ()).map_err(|error| Failure::new(format!("systemd cannot be told: {error}")))
    }
}

/// There is no systemd here.
#[cfg(not(unix))]
impl NotifySocket {
    fn to(_: &std::ffi::OsStr) -> Result<Self, Failure> {
        Ok(Self {})
    }

    fn send(&self, _: &str) -> Result<(), Failure> {
        Ok(())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::net::UnixDatagram;

    use tempfile::TempDir;

    use super::*;

    /// A systemd that listens.
    struct Systemd {
        socket: UnixDatagram,
        folder: TempDir,
    }

    impl Systemd {
        fn listen() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let socket = UnixDatagram::bind(folder.path().join("notify")).expect("a socket");
            socket.set_read_timeout(Some(Duration::from_secs(60))).expect("a time");
            Self { socket, folder }
        }

        fn variables(&self, watchdog_usec: Option<&str>) -> ServiceVariables {
            ServiceVariables {
                notify_socket: Some(self.folder.path().join("notify").into()),
                watchdog_usec: watchdog_usec.map(Into::into),
                watchdog_pid: Some(std::process::id().to_string().into()),
            }
        }

        fn hears(&self) -> String {
            let mut bytes = [0; 4096];
            let count = self.socket.recv(&mut bytes).expect("a word");
            String::from_utf8(bytes[..count].to_vec()).expect("text")
        }
    }

    #[test]
    fn each_state_has_its_words_and_no_status_adds_another() {
        let systemd = Systemd::listen();
        let manager = ServiceManager::connect(&systemd.variables(None), &Health::new()).expect("a socket");
        manager.ready("2 logs").expect("told");
        assert_eq!(systemd.hears(), "READY=1\nSTATUS=2 logs\n");
        manager.reloading().expect("told");
        let words = systemd.hears();
        let time = words.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").and_then(|rest| rest.strip_suffix('\n'));
        assert!(time.and_then(|time| time.parse::<u64>().ok()).is_some_and(|time| time > 0), "{words}");
        manager.ready("a\nSTOPPING=1\x1b").expect("told");
        assert_eq!(systemd.hears(), "READY=1\nSTATUS=a\\nSTOPPING=1\\x1b\n");
        manager.ready(&"x".repeat(5000)).expect("told");
        assert_eq!(systemd.hears().len(), "READY=1\nSTATUS=\n".len() + STATUS_CHARS_MAX);
        manager.stopping("drains").expect("told");
        assert_eq!(systemd.hears(), "STOPPING=1\nSTATUS=drains\n");
    }

    #[test]
    fn the_watchdog_hears_again_and_again_that_threads_take_steps() {
        let systemd = Systemd::listen();
        let health = Health::new();
        let heartbeat = health.follow("a.log");
        let manager = ServiceManager::connect(&systemd.variables(Some("20000")), &health).expect("a socket");
        assert_eq!(systemd.hears(), "WATCHDOG=1\nEXTEND_TIMEOUT_USEC=30000\n");
        health.ready();
        // Some may be on their way still.
        while systemd.hears() != "WATCHDOG=1\n" {}
        assert_eq!(systemd.hears(), "WATCHDOG=1\n");
        drop((manager, heartbeat));
        systemd.socket.set_nonblocking(true).expect("a socket");
        let mut bytes = [0; 64];
        while systemd.socket.recv(&mut bytes).is_ok() {}
    }

    #[test]
    fn a_beat_says_what_is_true() {
        let health = Health::new();
        let beat = Duration::from_secs(5);
        assert_eq!(beat_words(&health, true, beat), "WATCHDOG=1\n");
        assert_eq!(
            beat_words(&health, false, beat),
            "",
            "nothing is followed yet, and systemd waits as long as it wants"
        );
        let heartbeat = health.follow("a.log");
        assert_eq!(beat_words(&health, false, beat), "EXTEND_TIMEOUT_USEC=15000000\n");
        health.ready();
        assert_eq!(beat_words(&health, true, beat), "WATCHDOG=1\n");
        health.stopping();
        assert_eq!(beat_words(&health, true, beat), "WATCHDOG=1\n");
        heartbeat.fall_silent();
        assert_eq!(beat_words(&health, true, beat), "");
    }

    #[test]
    fn without_systemd_nothing_is_told_and_a_wrong_variable_is_refused() {
        let health = Health::new();
        let variables = |socket: &str, usec: Option<&str>, pid: Option<&str>| {
            ServiceVariables::of(&|name| match name {
                "NOTIFY_SOCKET" => Some(socket.into()),
                "WATCHDOG_USEC" => usec.map(Into::into),
                "WATCHDOG_PID" => pid.map(Into::into),
                _ => None,
            })
        };
        for none in [ServiceVariables::default(), variables("", Some("nonsense"), None)] {
            let manager = ServiceManager::connect(&none, &health).expect("nobody");
            manager.ready("x").expect("told to nobody");
        }
        for wrong in ["notify", "vsock:2:9999", "/\0"] {
            let failure = ServiceManager::connect(&variables(wrong, None, None), &health).expect_err(wrong);
            assert!(failure.message.contains("NOTIFY_SOCKET"), "{failure}");
        }
        let absent = ServiceManager::connect(&variables("/does/not/exist", None, None), &health).expect("a socket");
        assert!(absent.ready("x").expect_err("nobody listens").message.starts_with("systemd cannot be told"));
        let own = std::process::id().to_string();
        let cases = [
            (None, None, Ok(None)),
            (Some("30000000"), None, Ok(Some(30))),
            (Some("30000000"), Some(own.as_str()), Ok(Some(30))),
            (Some("30000000"), Some("1"), Ok(None)),
            (Some("0"), None, Ok(None)),
            (Some("nonsense"), None, Err(())),
            (Some("30000000"), Some("nonsense"), Err(())),
        ];
        for (usec, pid, seconds) in cases {
            let watchdog = variables("/x", usec, pid).watchdog();
            let shown = watchdog.map(|watchdog| watchdog.map(|time| time.as_secs())).map_err(drop);
            assert_eq!(shown, seconds, "{usec:?} {pid:?}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_socket_may_have_an_abstract_name() {
        use std::os::linux::net::SocketAddrExt as _;
        use std::os::unix::net::SocketAddr;

        let name = format!("acralog-test-{}", std::process::id());
        let socket =
            UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).expect("a name")).expect("a socket");
        let variables = ServiceVariables { notify_socket: Some(format!("@{name}").into()), ..Default::default() };
        let manager = ServiceManager::connect(&variables, &Health::new()).expect("a socket");
        manager.ready("x").expect("told");
        let mut bytes = [0; 64];
        let count = socket.recv(&mut bytes).expect("a word");
        assert_eq!(&bytes[..count], b"READY=1\nSTATUS=x\n");
    }
}
