//! Sends alarms to a collector of syslog, a message of RFC 5424 for each, over a datagram, a connection or TLS. How its parts are
//! spelled is that of `siem`.

use std::io::{self, Read as _, Write as _};
use std::net::UdpSocket;
use std::path::PathBuf;
#[cfg(feature = "webhook")]
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use strum::{IntoStaticStr, VariantArray};

use super::secret::Surroundings;
use super::text::{cut_to_bytes, heading, shown};
use super::{ActionFailure, Notification};
use crate::entry::LogTime;
use crate::failure::Failure;
use crate::incident::Severity;
use crate::key::remote::socket::{Deadline, Socket};
use crate::siem::{Losses, push_hostname, push_octet_count, push_param_value};
use crate::watch::Alarm;

/// Of a message over datagrams, in bytes: what every receiver should take (RFC 5424, 6.1; RFC 5426, 3.2).
const DATAGRAM_BYTES_MAX: usize = 2048;

/// Of a message over a connection, in bytes. Every receiver should take 8192 (RFC 5425, 4.3.1); rsyslog takes 8096 unless it is told
/// otherwise, and makes two messages of a longer one.
const STREAM_BYTES_MAX: usize = 8000;

/// Of a value of the structured data, in bytes before it is spelled out, which may take three times as many.
const VALUE_BYTES_MAX: usize = 64;

/// How long is waited for a collector to take notice that all was sent. Not every one hangs up.
const NOTICE_SECONDS_MAX: Duration = Duration::from_secs(2);

/// The ports of syslog (RFC 5426, 3.3), which TCP has by habit, and of that over TLS (RFC 5425, 4.1).
const PORT: u16 = 514;
const TLS_PORT: u16 = 6514;

/// Names the structured data unless another name is given; 32473 is the number RFC 5612 keeps for documentation.
const SD_ID: &str = "acralog@32473";

/// Of the name of structured data, in bytes (RFC 5424, 6.3.2).
const SD_ID_BYTES_MAX: usize = 32;

/// The most characters of an address that is shown.
const ADDRESS_CHARS_MAX: usize = 300;

/// The TOML of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct SyslogSpec {
    address: String,
    #[serde(default)]
    facility: Facility,
    /// Unless it is given, `local` to a socket of this machine and `rfc5424` to everybody else.
    format: Option<SyslogFormat>,
    sd_id: Option<String>,
    /// The name of this machine, where it is not the one that it has itself.
    hostname: Option<String>,
    ca_file: Option<PathBuf>,
    client_cert_file: Option<PathBuf>,
    client_key_file: Option<PathBuf>,
}

/// The formats of messages.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum SyslogFormat {
    Rfc5424,
    /// What syslog(3) sends, which is the only one that rsyslog and journald read from programs of the same machine unless they
    /// are told otherwise: RFC 3164 without a host. The structured data stands in the text.
    Local,
}

/// The facilities of RFC 5424, table 1, by their usual names.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
enum Facility {
    User = 1,
    Daemon = 3,
    Auth = 4,
    #[default]
    Authpriv = 10,
    Audit = 13,
    Local0 = 16,
    Local1,
    Local2,
    Local3,
    Local4,
    Local5,
    Local6,
    Local7,
}

/// A collector.
#[derive(Debug)]
pub struct Syslog {
    way: SyslogWay,
    format: SyslogFormat,
    facility: Facility,
    sd_id: String,
    hostname: String,
    warnings: Vec<String>,
}

/// How messages get there; addresses are `HOST:PORT`.
#[derive(Debug)]
enum SyslogWay {
    Udp(String),
    Tcp(String),
    #[cfg(feature = "webhook")]
    Tls {
        address: String,
        config: Arc<rustls::ClientConfig>,
        name: rustls::pki_types::ServerName<'static>,
    },
    #[cfg(unix)]
    Unix(PathBuf),
}

impl Syslog {
    pub(super) fn prepare(spec: SyslogSpec, around: &Surroundings<'_>) -> Result<Self, Failure> {
        let has_files =
            [&spec.ca_file, &spec.client_cert_file, &spec.client_key_file].iter().any(|file| file.is_some());
        if has_files && !spec.address.starts_with("tls://") {
            return Err(Failure::usage("syslog: files for TLS were given, and the address is not one of TLS")
                .with_hint("address = \"tls://logs.example:6514\", or leave them out"));
        }
        let sd_id = spec.sd_id.clone().unwrap_or_else(|| SD_ID.to_owned());
        let is_name = |byte: u8| byte.is_ascii_graphic() && !b"=]\"".contains(&byte);
        if sd_id.is_empty() || sd_id.len() > SD_ID_BYTES_MAX || !sd_id.bytes().all(is_name) {
            return Err(
                Failure::usage("syslog: sd-id is no name of structured data").with_hint("sd-id = \"acralog@32473\"")
            );
        }
        let mut warnings = Vec::new();
        let (facility, hostname) = (spec.facility, spec.hostname.clone().unwrap_or_else(own_name));
        let is_local = spec.address.starts_with("unix://");
        let usual = if is_local { SyslogFormat::Local } else { SyslogFormat::Rfc5424 };
        let format = spec.format.unwrap_or(usual);
        if format == SyslogFormat::Local && !is_local {
            return Err(Failure::usage("syslog: the format local is for sockets of this machine")
                .with_hint("leave out the format: others get RFC 5424"));
        }
        let way = SyslogWay::prepare(spec, around, &mut warnings)?;
        Ok(Self { way, format, facility, sd_id, hostname, warnings })
    }

    pub(super) fn describe(&self) -> String {
        format!("syslog to {}", shown(&self.way.shown(), ADDRESS_CHARS_MAX))
    }

    pub(super) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    pub(super) fn perform(&self, notification: &Notification<'_>, timeout: Duration) -> Result<(), ActionFailure> {
        let (end, now) = (Deadline::within(timeout), LogTime::now());
        let messages: Vec<Vec<u8>> =
            notification.alarms.iter().map(|alarm| self.message(notification, alarm, now)).collect();
        let sent = self.way.send(&messages, end);
        sent.map_err(|error| ActionFailure::passing(format!("{}: {error}", self.describe())))
    }

    /// The message for an alarm.
    fn message(&self, notification: &Notification<'_>, alarm: &Alarm, now: LogTime) -> Vec<u8> {
        let priority = self.facility as u8 * 8 + severity(alarm.severity);
        // Nobody counts what is lost here: all of an alarm is told by other actions.
        let losses = &mut Losses::default();
        let mut out = format!("<{priority}>").into_bytes();
        match self.format {
            SyslogFormat::Rfc5424 => {
                out.extend(format!("1 {now} ").bytes());
                push_hostname(self.hostname.as_bytes(), &mut out, losses);
                out.extend(format!(" acralog {} {} [{}", std::process::id(), alarm.kind.name(), self.sd_id).bytes());
            }
            SyslogFormat::Local => {
                let time = jiff::Timestamp::from_millisecond(now.unix_ms).unwrap_or_default();
                out.extend(time.strftime("%b %e %H:%M:%S ").to_string().bytes());
                out.extend(format!("acralog[{}]: [{}", std::process::id(), self.sd_id).bytes());
            }
        }
        let test = if alarm.test { "true" } else { "" };
        let count = |count: u64| if count > 0 { count.to_string() } else { String::new() };
        let parameters = [
            ("id", alarm.id.as_str()),
            ("kind", alarm.kind.name()),
            ("state", alarm.state.name()),
            ("severity", alarm.severity.name()),
            ("verified", alarm.verified.name()),
            ("rule", &alarm.rule),
            ("client", alarm.client_ids.first().map_or("", String::as_str)),
            ("count", &count(alarm.count)),
            ("reaction", notification.reaction),
            ("key", notification.idempotency_key),
            ("withheld", &count(notification.withheld)),
            ("test", test),
        ];
        for (name, value) in parameters.into_iter().filter(|(_, value)| !value.is_empty()) {
            out.extend(format!(" {name}=\"").bytes());
            push_param_value(cut_to_bytes(value, VALUE_BYTES_MAX).as_bytes(), name, &mut out, losses);
            out.push(b'"');
        }
        out.extend(b"] ");
        let left = self.way.bytes_max().saturating_sub(out.len());
        let text = shown(&format!("{}: {}", heading(alarm), alarm.summary), STREAM_BYTES_MAX);
        out.extend(cut_to_bytes(&text, left).bytes());
        out
    }
}

/// The severity of RFC 5424, table 2: critical, error, warning, notice.
fn severity(severity: Severity) -> u8 {
    match severity {
        Severity::Critical => 2,
        Severity::High => 3,
        Severity::Medium => 4,
        Severity::Low => 5,
    }
}

/// The name that this machine has itself.
fn own_name() -> String {
    #[cfg(unix)]
    {
        rustix::system::uname().nodename().to_string_lossy().into_owned()
    }
    #[cfg(not(unix))]
    {
        String::new()
    }
}

impl SyslogWay {
    fn prepare(spec: SyslogSpec, around: &Surroundings<'_>, warnings: &mut Vec<String>) -> Result<Self, Failure> {
        let unfit = || {
            Failure::usage("syslog: the address is not one of a collector").with_hint(
                "address = \"udp://logs.example:514\", \"tcp://...\", \"tls://logs.example:6514\" or \"unix:///dev/log\"",
            )
        };
        let (scheme, rest) = spec.address.split_once("://").ok_or_else(unfit)?;
        let with_port = |port: u16| with_port(rest, port).ok_or_else(unfit);
        match scheme {
            "udp" => Ok(Self::Udp(with_port(PORT)?)),
            "tcp" => Ok(Self::Tcp(with_port(PORT)?)),
            "tls" => Self::prepare_tls(with_port(TLS_PORT)?, &spec, around, warnings),
            #[cfg(unix)]
            "unix" if rest.starts_with('/') => Ok(Self::Unix(PathBuf::from(rest))),
            _ => Err(unfit()),
        }
    }

    #[cfg(not(feature = "webhook"))]
    fn prepare_tls(_: String, _: &SyslogSpec, _: &Surroundings<'_>, _: &mut Vec<String>) -> Result<Self, Failure> {
        Err(super::built_without("syslog over TLS"))
    }

    #[cfg(feature = "webhook")]
    fn prepare_tls(
        address: String,
        spec: &SyslogSpec,
        around: &Surroundings<'_>,
        warnings: &mut Vec<String>,
    ) -> Result<Self, Failure> {
        use crate::key::remote::TlsSettings;
        use crate::key::remote::tls::{Trust, server_name};
        let path = |file: &Option<PathBuf>| file.as_ref().map(|file| around.path(file));
        let tls = TlsSettings {
            ca: path(&spec.ca_file),
            certificate: path(&spec.client_cert_file),
            key: path(&spec.client_key_file),
            ..TlsSettings::default()
        };
        let host = address.rsplit_once(':').map_or("", |(host, _)| host).trim_matches(['[', ']']);
        let name = server_name(host, "the collector of syslog")?;
        let mut trust = Trust::load(&tls)?;
        warnings.append(&mut trust.warnings);
        Ok(Self::Tls { config: trust.client_config()?, name, address })
    }

    fn shown(&self) -> String {
        match self {
            Self::Udp(address) => format!("udp://{address}"),
            Self::Tcp(address) => format!("tcp://{address}"),
            #[cfg(feature = "webhook")]
            Self::Tls { address, .. } => format!("tls://{address}"),
            #[cfg(unix)]
            Self::Unix(path) => format!("unix://{}", path.display()),
        }
    }

    /// Of a message, in bytes.
    fn bytes_max(&self) -> usize {
        match self {
            Self::Tcp(_) => STREAM_BYTES_MAX,
            #[cfg(feature = "webhook")]
            Self::Tls { .. } => STREAM_BYTES_MAX,
            _ => DATAGRAM_BYTES_MAX,
        }
    }

    fn send(&self, messages: &[Vec<u8>], end: Deadline) -> io::Result<()> {
        match self {
            Self::Udp(address) => send_datagrams(address, messages, end),
            Self::Tcp(address) => send_counted(Socket::connect(address, end)?, messages, end),
            #[cfg(feature = "webhook")]
            Self::Tls { address, config, name } => {
                send_counted(Socket::connect_tls(address, config, name.clone(), end)?, messages, end)
            }
            #[cfg(unix)]
            Self::Unix(path) => {
                let socket = std::os::unix::net::UnixDatagram::unbound()?;
                socket.connect(path)?;
                for message in messages {
                    socket.set_write_timeout(Some(end.left()?))?;
                    socket.send(message)?;
                }
                Ok(())
            }
        }
    }
}

/// `HOST:PORT` of what may lack a port; None is no address.
fn with_port(address: &str, port: u16) -> Option<String> {
    // A colon in brackets is one of IPv6.
    let after_host =
        if address.starts_with('[') { address.find(']')? + 1 } else { address.find(':').unwrap_or(address.len()) };
    let (host, rest) = address.split_at(after_host);
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]%".contains(&byte);
    let port = if rest.is_empty() { port } else { rest.strip_prefix(':')?.parse().ok()? };
    (!host.is_empty() && host.bytes().all(is_host)).then(|| format!("{host}:{port}"))
}

/// Nobody says whether a datagram arrives.
fn send_datagrams(address: &str, messages: &[Vec<u8>], end: Deadline) -> io::Result<()> {
    let mut refused = io::Error::new(io::ErrorKind::NotFound, "the name of the host is not known");
    for address in std::net::ToSocketAddrs::to_socket_addrs(address)? {
        let here = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        let sent = UdpSocket::bind(here).and_then(|socket| {
            socket.connect(address)?;
            messages.iter().try_for_each(|message| {
                socket.set_write_timeout(Some(end.left()?))?;
                socket.send(message).map(drop)
            })
        });
        match sent {
            Ok(()) => return Ok(()),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

/// Sends messages with their lengths in front (RFC 6587, 3.4.1), and waits until the collector hangs up as well: syslog has no other
/// sign that it took what was sent.
fn send_counted(mut socket: Socket, messages: &[Vec<u8>], end: Deadline) -> io::Result<()> {
    for message in messages {
        let mut counted = message.clone();
        push_octet_count(0, &mut counted);
        socket.write_all(&counted)?;
    }
    socket.flush()?;
    socket.finish()?;
    socket.give_up_at(Deadline::within(end.left()?.min(NOTICE_SECONDS_MAX)));
    let mut answer = [0; 256];
    loop {
        match socket.read(&mut answer) {
            // Nothing is to be said by a collector; one that talks on is not listened to for longer than the others.
            Ok(1..) => {}
            Ok(0) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // The first one has hung up without the good manners of TLS.
            Err(error) if matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::TimedOut) => {
                return Ok(());
            }
            Err(error) => return Err(error),
        }
    }
}
