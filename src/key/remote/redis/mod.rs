//! A keystore in Redis (keystore, section 6). Four commands are sent, AUTH, SELECT, GET and SCAN: nothing is written and
//! nothing is locked.

mod connection;
mod names;
mod resp;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use zeroize::Zeroizing;

use super::RedisSettings;
use super::tls::Trust;
use crate::failure::Failure;
use crate::key::go_base64;
use crate::key::store::{Entry, Storage};
use connection::Connection;
use names::Names;
use resp::{Reply, Wrong};

/// The most historical keys: one an hour for a year.
const NAMES_MAX: usize = 10_000;

/// How many keys Redis looks at for one SCAN; a database of ten million takes this many thousands of them.
const SCAN_COUNT: &[u8] = b"1000";
const SCANS_MAX: usize = 10_000;

/// A keystore in Redis.
pub(super) struct Redis {
    address: String,
    password: Option<Zeroizing<String>>,
    database: u32,
    keys_dir: String,
    names: Names,
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
    /// None after a failure: what would come next on that connection is not an answer.
    connection: RefCell<Option<Connection>>,
}

impl Redis {
    /// Connects.
    pub(super) fn open(settings: &RedisSettings) -> Result<Self, Failure> {
        let tls = match &settings.tls {
            None => None,
            Some(tls) => {
                let host = settings.address.rsplit_once(':').map_or("", |(host, _)| host);
                let name = tls.server_name.as_deref().unwrap_or(host.trim_matches(['[', ']']));
                let name = ServerName::try_from(name.to_owned())
                    .map_err(|_| Failure::new(format!("{name}: not a name that a server can prove")))?;
                Some((Trust::load(tls)?.client_config()?, name))
            }
        };
        let redis = Self {
            address: settings.address.clone(),
            password: settings.password.clone(),
            database: settings.database,
            keys_dir: settings.keys_dir.clone(),
            names: Names::new(&settings.keys_dir),
            tls,
            connection: RefCell::new(None),
        };
        let connection = redis.connect()?;
        redis.connection.replace(Some(connection));
        Ok(redis)
    }

    /// Names the database in messages.
    fn shown(&self) -> String {
        let number = if self.database == 0 { String::new() } else { format!("/{}", self.database) };
        format!("Redis {}{number}", self.address)
    }

    fn connect(&self) -> Result<Connection, Failure> {
        let tls = self.tls.as_ref().map(|(config, name)| (config, name.clone()));
        let mut connection = Connection::open(&self.address, tls).map_err(|error| self.unreachable(&error))?;
        let database = self.database.to_string();
        let password = self.password.as_ref().map(|password| password.as_bytes());
        let commands = [password.map(|password| [b"AUTH", password]), Some([b"SELECT", database.as_bytes()])];
        for words in commands.into_iter().flatten() {
            connection.ask(&words, 0).map_err(|wrong| self.told(&wrong, &self.shown()))?;
        }
        Ok(connection)
    }

    /// Asks, on a new connection if the last one was given up; `about` names what is asked for.
    fn ask(&self, words: &[&[u8]], length_max: usize, about: &str) -> Result<Reply, Failure> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect()?,
        };
        let reply = connection.ask(words, length_max);
        if matches!(reply, Ok(_) | Err(Wrong::Refused(_))) {
            self.connection.replace(Some(connection));
        }
        reply.map_err(|wrong| self.told(&wrong, about))
    }

    fn unreachable(&self, error: &io::Error) -> Failure {
        let hint = match self.tls {
            Some(_) => "is it the port for TLS, and does the CA vouch for this server?",
            None => "is Redis there, at this host and port?",
        };
        Failure::new(format!("{}: cannot connect: {error}", self.shown())).with_hint(hint)
    }

    fn told(&self, wrong: &Wrong, about: &str) -> Failure {
        let tls = if self.tls.is_some() { "with TLS" } else { "without TLS" };
        let port = format!("is it the port for connections {tls}?");
        let (what, hint) = match wrong {
            // A server for TLS hangs up on a client without it.
            Wrong::Io(error) => (format!("no answer: {error}"), port),
            Wrong::NotRedis => ("the answer is not one of Redis".to_owned(), port),
            Wrong::TooLong => {
                ("longer than such an entry can be".to_owned(), "that is no part of a keystore of Acra".to_owned())
            }
            Wrong::Refused(kind) => {
                let hint = match kind.as_str() {
                    "NOAUTH" => "give the password of Redis",
                    "WRONGPASS" => "the password is not the one of Redis",
                    "NOPERM" => "the user of Redis needs the commands SELECT, GET and SCAN",
                    "WRONGTYPE" => "that is no part of a keystore of Acra",
                    _ => {
                        "the log of Redis says why; the number of the database and the password are what it may refuse"
                    }
                };
                (format!("Redis refuses ({kind})"), hint.to_owned())
            }
        };
        Failure::new(format!("{about}: {what}")).with_hint(hint)
    }

    fn not_redis(&self) -> Failure {
        self.told(&Wrong::NotRedis, &self.shown())
    }
}

impl Storage for Redis {
    fn origin(&self) -> String {
        format!("{} {}", self.shown(), self.keys_dir)
    }

    fn place(&self, entry: Entry<'_>) -> String {
        format!("{} {}", self.shown(), self.names.of(entry))
    }

    fn read(&self, entry: Entry<'_>) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
        let place = self.place(entry);
        // As base64, and line ends in it.
        let length_max = entry.bytes_max() * 3 / 2;
        let content = match self.ask(&[b"GET", self.names.of(entry).as_bytes()], length_max, &place)? {
            Reply::Nothing => return Ok(None),
            Reply::Bytes(content) => content,
            Reply::Line | Reply::List(_) => return Err(self.not_redis()),
        };
        if entry == Entry::Version {
            return Ok(Some(content));
        }
        let decoded = go_base64::decode(&content).ok_or_else(|| {
            Failure::new(format!("{place}: not base64, as Acra has it in Redis"))
                .with_hint("restore it from a copy of the keystore")
        })?;
        if decoded.len() > entry.bytes_max() {
            return Err(self.told(&Wrong::TooLong, &place));
        }
        Ok(Some(decoded))
    }

    fn history(&self) -> Result<Vec<String>, Failure> {
        let (prefix, pattern) = (self.names.history_prefix(), self.names.history_pattern());
        let about = format!("{} {prefix}", self.shown());
        // Redis may name a key more than once.
        let mut found = BTreeSet::new();
        let mut cursor = b"0".to_vec();
        for _ in 0..SCANS_MAX {
            let words: [&[u8]; 6] = [b"SCAN", &cursor, b"MATCH", pattern.as_bytes(), b"COUNT", SCAN_COUNT];
            let (next, names) = scanned(self.ask(&words, 64 * 1024, &about)?).ok_or_else(|| self.not_redis())?;
            // Acra's own names are digits and punctuation.
            let texts = names.iter().filter_map(|name| std::str::from_utf8(name).ok()?.strip_prefix(&prefix));
            found.extend(texts.filter(|name| !name.is_empty() && !name.contains('/')).map(str::to_owned));
            if next.as_slice() == b"0" {
                return Ok(found.into_iter().collect());
            }
            if found.len() > NAMES_MAX {
                break;
            }
            cursor = next.to_vec();
        }
        Err(Failure::new(format!("{about}: too many keys to find the historical ones among them"))
            .with_hint("give Acra's keystore a database of its own"))
    }
}

/// The next cursor and the names in a reply to SCAN.
#[expect(clippy::type_complexity, reason = "a pair of what was just read")]
fn scanned(reply: Reply) -> Option<(Zeroizing<Vec<u8>>, Vec<Zeroizing<Vec<u8>>>)> {
    let Reply::List(parts) = reply else { return None };
    let Ok([Reply::Bytes(cursor), Reply::List(names)]) = <[Reply; 2]>::try_from(parts) else { return None };
    let bytes = |name| if let Reply::Bytes(bytes) = name { Some(bytes) } else { None };
    Some((cursor, names.into_iter().map(bytes).collect::<Option<_>>()?))
}
