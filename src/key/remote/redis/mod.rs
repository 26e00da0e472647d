//! A keystore in Redis (keystore, section 6). GET and SCAN are sent, and AUTH and SELECT if need be: nothing is written and
//! nothing is locked.

mod connection;
mod names;
mod resp;
mod search;

use std::cell::RefCell;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use zeroize::Zeroizing;

use super::RedisSettings;
use super::host::{is_loopback, server_name};
use super::tls::Trust;
use crate::failure::Failure;
use crate::key::go_base64;
use crate::key::store::{Entry, Storage, Trouble};
use connection::{Connection, Patience};
use names::Names;
use resp::{Reply, Wrong};
use search::{Next, REPLY_BYTES_MAX, Search};

/// For connecting, and for each command with its reply.
const STEP_SECONDS_MAX: Duration = Duration::from_secs(10);

/// For the whole keystore, whatever Redis answers.
const WHOLE_SECONDS_MAX: Duration = Duration::from_secs(60);

/// What to do when there is too much, or it takes too long.
const OWN_DATABASE_HINT: &str = "give Acra's keystore a database of its own, on a Redis that answers quickly";

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
    patience: Patience,
}

impl Redis {
    /// Connects; and what people should know about the way.
    pub(super) fn open(settings: &RedisSettings) -> Result<(Self, Vec<String>), Failure> {
        Self::connected(settings, Patience::new(STEP_SECONDS_MAX, WHOLE_SECONDS_MAX))
    }

    fn connected(settings: &RedisSettings, patience: Patience) -> Result<(Self, Vec<String>), Failure> {
        let mut warnings = Vec::new();
        let tls = match &settings.tls {
            None => None,
            Some(tls) => {
                let host = host(&settings.address).trim_matches(['[', ']']);
                let name = server_name(tls.server_name.as_deref().unwrap_or(host), "Redis")?;
                let mut trust = Trust::load(tls)?;
                warnings.append(&mut trust.warnings);
                Some((trust.client_config()?, name))
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
            patience,
        };
        let connection = redis.connect()?;
        redis.connection.replace(Some(connection));
        warnings.extend(redis.warning());
        Ok((redis, warnings))
    }

    /// Names the database in messages.
    fn shown(&self) -> String {
        let number = if self.database == 0 { String::new() } else { format!("/{}", self.database) };
        format!("Redis {}{number}", self.address)
    }

    fn warning(&self) -> Option<String> {
        let is_readable = self.password.is_some() && self.tls.is_none() && !is_loopback(host(&self.address));
        let shown = self.shown();
        is_readable.then(|| format!("{shown}: not TLS: the password can be read by everyone on the way"))
    }

    fn connect(&self) -> Result<Connection, Failure> {
        let tls = self.tls.as_ref().map(|(config, name)| (config, name.clone()));
        let connected = Connection::open(&self.address, tls, &self.patience);
        let mut connection = connected.map_err(|error| self.unreachable(&error))?;
        let password = self.password.as_ref().map(|password| password.as_bytes());
        // 0 is selected from the beginning, and not everyone may say SELECT.
        let database = (self.database > 0).then(|| self.database.to_string());
        let database = database.as_ref().map(|number| number.as_bytes());
        let commands = [password.map(|password| [b"AUTH", password]), database.map(|number| [b"SELECT", number])];
        for words in commands.into_iter().flatten() {
            connection.ask(&words, 0, &self.patience).map_err(|wrong| self.told(&wrong, &self.shown()))?;
        }
        Ok(connection)
    }

    /// Asks, on a new connection if the last one was given up; `about` names what is asked for.
    fn ask(&self, words: &[&[u8]], bytes_max: usize, about: &str) -> Result<Reply, Trouble> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect().map_err(Trouble::Access)?,
        };
        let reply = connection.ask(words, bytes_max, &self.patience);
        if matches!(reply, Ok(_) | Err(Wrong::Refused(_))) {
            self.connection.replace(Some(connection));
        }
        reply.map_err(|wrong| {
            let failure = self.told(&wrong, about);
            if wrong.is_about_the_entry() { Trouble::Entry(failure) } else { Trouble::Access(failure) }
        })
    }

    fn unreachable(&self, error: &io::Error) -> Failure {
        let hint = match self.tls {
            Some(_) => "is it the port for TLS, and does the CA vouch for this server?",
            None => "is Redis there, at this host and port?",
        };
        Failure::new(format!("{}: cannot connect: {error}", self.shown())).with_hint(hint)
    }

    fn told(&self, wrong: &Wrong, about: &str) -> Failure {
        let port = match self.tls {
            Some(_) => "is it the port for connections with TLS, and does Redis accept the certificate of the client?",
            None => "is it the port for connections without TLS?",
        };
        let port = port.to_owned();
        let (what, hint) = match wrong {
            Wrong::Io(error) if self.patience.is_spent() => (error.to_string(), OWN_DATABASE_HINT.to_owned()),
            Wrong::Io(error) if error.kind() == io::ErrorKind::TimedOut => (error.to_string(), port),
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
                    "NOPERM" => {
                        "the user of Redis needs the commands GET and SCAN, and SELECT for another database than 0"
                    }
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

    fn read(&self, entry: Entry<'_>) -> Result<Option<Zeroizing<Vec<u8>>>, Trouble> {
        let place = self.place(entry);
        // As base64, and line ends in it.
        let text_max = entry.bytes_max() * 3 / 2;
        let content = match self.ask(&[b"GET", self.names.of(entry).as_bytes()], text_max, &place)? {
            Reply::Nothing => return Ok(None),
            Reply::Bytes(content) => content,
            Reply::Line | Reply::List(_) => return Err(Trouble::Access(self.not_redis())),
        };
        if entry == Entry::Version {
            return Ok(Some(content));
        }
        let decoded = go_base64::decode(&content).ok_or_else(|| {
            let failure = Failure::new(format!("{place}: not base64, as Acra has it in Redis"));
            Trouble::Entry(failure.with_hint("restore it from a copy of the keystore"))
        })?;
        if decoded.len() > entry.bytes_max() {
            return Err(Trouble::Entry(self.told(&Wrong::TooLong, &place)));
        }
        Ok(Some(decoded))
    }

    fn history(&self) -> Result<Vec<String>, Failure> {
        let prefix = self.names.history_prefix();
        let about = format!("{} {prefix}", self.shown());
        let mut search = Search::new(&prefix, self.names.history_pattern());
        loop {
            let reply = self.ask(&search.command(), REPLY_BYTES_MAX, &about)?;
            match search.take(reply).ok_or_else(|| self.not_redis())? {
                Next::Ask => {}
                Next::Done => return Ok(search.found()),
                Next::TooMany => {
                    return Err(Failure::new(format!("{about}: too many keys to find the historical ones among them"))
                        .with_hint(OWN_DATABASE_HINT));
                }
            }
        }
    }
}

fn host(address: &str) -> &str {
    address.rsplit_once(':').map_or("", |(host, _)| host)
}

#[cfg(test)]
mod tests;
