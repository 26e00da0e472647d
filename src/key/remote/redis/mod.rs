//! A keystore in Redis (keystore, section 6). GET and SCAN are sent, HELLO or INFO before SCAN, and AUTH and SELECT if need
//! be: nothing is written and nothing is locked.

mod connection;
mod mode;
mod names;
mod refusal;
mod resp;
mod search;

use std::cell::RefCell;
use std::collections::BTreeSet;
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
use crate::key::secret::decode_go_base64;
use crate::key::store::{Entry, History, Storage, StorageError};
use connection::{Connection, Patience};
use mode::Mode;
use names::Names;
use refusal::{ONE_NODE_HINT, Refusal};
use resp::{Reply, Wrong};
use search::{Next, REPLY_BYTES_MAX, Search};

/// For connecting, and for each command with its reply.
const STEP_SECONDS_MAX: Duration = Duration::from_secs(10);

/// For the whole keystore, whatever Redis answers.
const WHOLE_SECONDS_MAX: Duration = Duration::from_secs(60);

/// Of what a server says about itself, in bytes.
const ABOUT_ITSELF_BYTES_MAX: usize = 64 * 1024;

/// How many names of other keystores are told.
const OTHERS_MAX: usize = 5;

/// What to do when there is too much, or it takes too long.
const OWN_DATABASE_HINT: &str = "give Acra's keystore a database of its own, on a Redis that answers quickly";

/// A keystore in Redis.
pub(super) struct Redis {
    address: String,
    user: Option<String>,
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
            user: settings.user.clone(),
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
        let user = self.user.as_ref().map(|user| user.as_bytes());
        // 0 is selected from the beginning, and not everyone may say SELECT.
        let database = (self.database > 0).then(|| self.database.to_string());
        let database = database.as_ref().map(|number| number.as_bytes());
        let login = password.map(|password| [Some(&b"AUTH"[..]), user, Some(password)]);
        let commands = [login, database.map(|number| [Some(&b"SELECT"[..]), Some(number), None])];
        for words in commands.into_iter().flatten() {
            let words: Vec<_> = words.into_iter().flatten().collect();
            connection.ask(&words, 0, &self.patience).map_err(|wrong| self.told(&wrong, &self.shown()))?;
        }
        Ok(connection)
    }

    /// Asks, on a new connection if the last one was given up; what is wrong with the answer is no failure yet.
    fn answer(&self, words: &[&[u8]], bytes_max: usize) -> Result<Result<Reply, Wrong>, Failure> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect()?,
        };
        let reply = connection.ask(words, bytes_max, &self.patience);
        if matches!(reply, Ok(_) | Err(Wrong::Refused(_))) {
            self.connection.replace(Some(connection));
        }
        Ok(reply)
    }

    /// Asks; `about` names what is asked for.
    fn ask(&self, words: &[&[u8]], bytes_max: usize, about: &str) -> Result<Reply, StorageError> {
        self.answer(words, bytes_max).map_err(StorageError::Access)?.map_err(|wrong| {
            let failure = match &wrong {
                // It has other commands than the Redis that it knows of.
                Wrong::Refused(Refusal::UnknownCommand) => self.sentinel(),
                _ => None,
            };
            let failure = failure.unwrap_or_else(|| self.told(&wrong, about));
            if wrong.is_about_the_entry() { StorageError::Entry(failure) } else { StorageError::Access(failure) }
        })
    }

    /// What the server is; None when it does not say so.
    fn mode(&self) -> Result<Option<Mode>, Failure> {
        if let Some(mode) = self.about_itself(&[b"HELLO"])?.as_ref().and_then(Mode::of_hello) {
            return Ok(Some(mode));
        }
        Ok(self.about_itself(&[b"INFO", b"server"])?.as_ref().and_then(Mode::of_info))
    }

    /// What the server answers to a question about itself; None when it does not let itself be asked.
    fn about_itself(&self, words: &[&[u8]]) -> Result<Option<Reply>, Failure> {
        match self.answer(words, ABOUT_ITSELF_BYTES_MAX)? {
            Ok(reply) => Ok(Some(reply)),
            Err(Wrong::Refused(_)) => Ok(None),
            Err(wrong) => Err(self.told(&wrong, &self.shown())),
        }
    }

    /// Says that this is a Sentinel, if it is one.
    fn sentinel(&self) -> Option<Failure> {
        let is_sentinel = matches!(self.mode(), Ok(Some(Mode::Sentinel)));
        let what = "a Sentinel, which has no keys itself";
        let hint = "give the address of the master: `redis-cli -p PORT sentinel masters` names it";
        is_sentinel.then(|| Failure::new(format!("{}: {what}", self.shown())).with_hint(hint))
    }

    /// Why SCAN may not find every key; None when it does.
    fn incomplete(&self, about: &str) -> Result<Option<Failure>, Failure> {
        let what = match self.mode()? {
            Some(Mode::Standalone | Mode::Sentinel) => return Ok(None),
            Some(Mode::Cluster) => "a node of a cluster: historical keys on other nodes are not seen",
            None => "it does not say whether it is a node of a cluster: historical keys on other nodes are not seen",
        };
        Ok(Some(Failure::new(format!("{about}: {what}")).with_hint(ONE_NODE_HINT)))
    }

    /// Looks through all keys. What was found is kept when not all of them may be looked at, and why they may not.
    fn search(&self, mut search: Search<'_>, about: &str) -> Result<History, Failure> {
        let unlisted = loop {
            let reply = match self.answer(&search.command(), REPLY_BYTES_MAX)? {
                Ok(reply) => reply,
                Err(wrong) => {
                    let failure = self.told(&wrong, about);
                    match &wrong {
                        Wrong::Refused(refusal) if refusal.is_about_the_command() => break Some(failure),
                        _ => return Err(failure),
                    }
                }
            };
            match search.take(reply).ok_or_else(|| self.not_redis())? {
                Next::Ask => {}
                Next::Done => break None,
                Next::TooMany => {
                    let told = format!("{about}: too many keys to find the historical ones among them");
                    break Some(Failure::new(told).with_hint(OWN_DATABASE_HINT));
                }
            }
        };
        Ok(History { names: search.found(), unlisted })
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
            Wrong::Refused(refusal) => {
                let (what, hint) = refusal.told();
                (what, hint.to_owned())
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

    fn read(&self, entry: Entry<'_>) -> Result<Option<Zeroizing<Vec<u8>>>, StorageError> {
        let place = self.place(entry);
        // As base64, and line ends in it.
        let text_max = entry.bytes_max() * 3 / 2;
        let content = match self.ask(&[b"GET", self.names.of(entry).as_bytes()], text_max, &place)? {
            Reply::Nothing => return Ok(None),
            Reply::Bytes(content) => content,
            Reply::Line | Reply::List(_) => return Err(StorageError::Access(self.not_redis())),
        };
        if entry == Entry::Version {
            return Ok(Some(content));
        }
        let decoded = decode_go_base64(&content).ok_or_else(|| {
            let failure = Failure::new(format!("{place}: not base64, as Acra has it in Redis"));
            StorageError::Entry(failure.with_hint("restore it from a copy of the keystore"))
        })?;
        if decoded.len() > entry.bytes_max() {
            return Err(StorageError::Entry(self.told(&Wrong::TooLong, &place)));
        }
        Ok(Some(decoded))
    }

    fn history(&self) -> Result<History, Failure> {
        let prefix = self.names.history_prefix();
        let about = format!("{} {prefix}", self.shown());
        let incomplete = self.incomplete(&about)?;
        let found = self.search(Search::behind(&prefix, self.names.history_pattern()), &about)?;
        Ok(History { unlisted: found.unlisted.or(incomplete), ..found })
    }

    fn elsewhere(&self) -> Option<String> {
        let mut others = BTreeSet::new();
        for entry in [Entry::CurrentKey, Entry::KeyRing] {
            let suffix = format!("/{}", entry.path());
            // Whoever may not look for them has had another message before.
            let found = self.search(Search::before(&suffix, format!("*{suffix}")), &self.shown()).ok()?;
            others.extend(found.names);
        }
        let (count, first) = (others.len(), others.into_iter().take(OTHERS_MAX).collect::<Vec<_>>());
        let more = if count > OTHERS_MAX { format!(", and {} more", count - OTHERS_MAX) } else { String::new() };
        let named = format!("this database has keystores under these names: {}{more}", first.join(", "));
        (count > 0).then_some(named)
    }
}

fn host(address: &str) -> &str {
    address.rsplit_once(':').map_or("", |(host, _)| host)
}

#[cfg(test)]
mod tests;
