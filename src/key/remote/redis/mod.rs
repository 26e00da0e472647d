//! A keystore in Redis (keystore, section 6): the names of its entries, and the search for them. GET and SCAN are sent,
//! HELLO or INFO before SCAN, and AUTH and SELECT if need be: nothing is written and nothing is locked.

mod resp;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use zeroize::Zeroizing;

use super::RedisSettings;
use super::tls::{Trust, is_loopback, server_name};
use crate::failure::Failure;
use crate::key::secret::decode_go_base64;
use crate::key::store::{HISTORY, History, Storage, StorageError, StoreEntry};
use resp::{Connection, ONE_NODE_HINT, Patience, RedisError, Reply, Wrong};

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
    names: EntryNames,
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
            names: EntryNames::new(&settings.keys_dir),
            tls,
            connection: RefCell::new(None),
            patience,
        };
        let connection = redis.connect()?;
        redis.connection.replace(Some(connection));
        warnings.extend(redis.warning());
        Ok((redis, warnings))
    }

    /// EntryNames the database in messages.
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
                Wrong::Refused(RedisError::UnknownCommand) => self.sentinel(),
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
    fn search(&self, mut search: Scan<'_>, about: &str) -> Result<History, Failure> {
        let unlisted = loop {
            let reply = match self.answer(&search.command(), SCAN_BYTES_MAX)? {
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
                ScanStep::Ask => {}
                ScanStep::Done => break None,
                ScanStep::TooMany => {
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

    fn place(&self, entry: StoreEntry<'_>) -> String {
        format!("{} {}", self.shown(), self.names.of(entry))
    }

    fn read(&self, entry: StoreEntry<'_>) -> Result<Option<Zeroizing<Vec<u8>>>, StorageError> {
        let place = self.place(entry);
        // As base64, and line ends in it.
        let text_max = entry.bytes_max() * 3 / 2;
        let content = match self.ask(&[b"GET", self.names.of(entry).as_bytes()], text_max, &place)? {
            Reply::Nothing => return Ok(None),
            Reply::Bytes(content) => content,
            Reply::Line | Reply::List(_) => return Err(StorageError::Access(self.not_redis())),
        };
        if entry == StoreEntry::Version {
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
        let found = self.search(Scan::behind(&prefix, self.names.history_pattern()), &about)?;
        Ok(History { unlisted: found.unlisted.or(incomplete), ..found })
    }

    fn elsewhere(&self) -> Option<String> {
        let mut others = BTreeSet::new();
        for entry in [StoreEntry::CurrentKey, StoreEntry::KeyRing] {
            let suffix = format!("/{}", entry.path());
            // Whoever may not look for them has had another message before.
            let found = self.search(Scan::before(&suffix, format!("*{suffix}")), &self.shown()).ok()?;
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

/// The names of the entries below one directory. Acra takes it verbatim for the current key of keystore v1, and cleaned for
/// everything else.
#[derive(Debug)]
struct EntryNames {
    verbatim: String,
}

impl EntryNames {
    /// The directory as it was given to Acra.
    fn new(keys_dir: &str) -> Self {
        Self { verbatim: keys_dir.to_owned() }
    }

    /// The name of an entry.
    fn of(&self, entry: StoreEntry<'_>) -> String {
        let name = format!("{}/{}", self.verbatim, entry.path());
        if entry == StoreEntry::CurrentKey { name } else { clean(&name) }
    }

    /// What the names of historical keys begin with.
    fn history_prefix(&self) -> String {
        clean(&format!("{}/{HISTORY}", self.verbatim)) + "/"
    }

    /// What Redis is asked for to find them.
    fn history_pattern(&self) -> String {
        escape_glob(&self.history_prefix()) + "*"
    }
}

/// The shortest name of the same path, as Go's `path.Clean` has it.
fn clean(path: &str) -> String {
    let root = if path.starts_with('/') { "/" } else { "" };
    let mut kept: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match kept.last() {
                Some(&last) if last != ".." => drop(kept.pop()),
                _ if root.is_empty() => kept.push(part),
                _ => {}
            },
            _ => kept.push(part),
        }
    }
    let cleaned = format!("{root}{}", kept.join("/"));
    if cleaned.is_empty() { ".".to_owned() } else { cleaned }
}

/// The pattern that only this text fits.
fn escape_glob(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for letter in text.chars() {
        if "*?[]^\\".contains(letter) {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern
}

/// What a server says it is. A node of a cluster lists only the keys that it has itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// It has all keys.
    Standalone,
    /// Others have keys as well.
    Cluster,
    /// It has none, and knows who has them.
    Sentinel,
}

impl Mode {
    /// In the answer to HELLO: names and values in turn, as every Redis since version 6 has it, whoever asks.
    fn of_hello(reply: &Reply) -> Option<Self> {
        let Reply::List(parts) = reply else { return None };
        let (pairs, _) = parts.as_chunks::<2>();
        pairs.iter().find_map(|[name, value]| match (name, value) {
            (Reply::Bytes(name), Reply::Bytes(mode)) if name.as_slice() == b"mode" => Self::named(mode),
            _ => None,
        })
    }

    /// In the answer to INFO, which not everyone may ask for.
    fn of_info(reply: &Reply) -> Option<Self> {
        let Reply::Bytes(text) = reply else { return None };
        let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
        lines.into_iter().find_map(|line| Self::named(line.strip_prefix(b"redis_mode:")?))
    }

    fn named(word: &[u8]) -> Option<Self> {
        match word {
            b"standalone" => Some(Self::Standalone),
            b"cluster" => Some(Self::Cluster),
            b"sentinel" => Some(Self::Sentinel),
            _ => None,
        }
    }
}

/// The most historical keys: one an hour for a year.
const NAMES_MAX: usize = 10_000;

/// Of a name behind the prefix, in bytes. The times that Acra names its keys after have 29 at most, a file name has 255.
const NAME_BYTES_MAX: usize = 255;

/// Of a cursor, in bytes: a number of 64 bits.
const CURSOR_BYTES_MAX: usize = 20;

/// How many keys Redis looks at for one SCAN; a database of ten million takes this many thousands of them.
const SCAN_COUNT: &[u8] = b"1000";
const SCANS_MAX: usize = 10_000;

/// Of a reply to one SCAN, in bytes: several times what as many names of Acra have.
const SCAN_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What is kept of a name.
type Keep<'a> = Box<dyn Fn(&str) -> Option<String> + 'a>;

/// A search that goes on from reply to reply.
struct Scan<'a> {
    /// What is kept of a name that fits.
    keep: Keep<'a>,
    pattern: String,
    cursor: Zeroizing<Vec<u8>>,
    found: BTreeSet<String>,
    scans: usize,
}

/// What comes after a reply.
#[derive(Debug, PartialEq)]
enum ScanStep {
    /// The next command.
    Ask,
    /// Nothing: everything was looked at.
    Done,
    /// Nothing: it is more than a keystore can be.
    TooMany,
}

impl<'a> Scan<'a> {
    /// A search for the names that begin with `prefix`, which are those that fit `pattern`: what stands behind it.
    fn behind(prefix: &'a str, pattern: String) -> Self {
        Self::new(pattern, move |name| name.strip_prefix(prefix).filter(|rest| !rest.contains('/')).map(str::to_owned))
    }

    /// A search for the names that end with `suffix`, which are those that fit `pattern`: what stands before it.
    fn before(suffix: &'a str, pattern: String) -> Self {
        Self::new(pattern, move |name| name.strip_suffix(suffix).map(str::to_owned))
    }

    fn new(pattern: String, keep: impl Fn(&str) -> Option<String> + 'a) -> Self {
        let cursor = Zeroizing::new(b"0".to_vec());
        Self { keep: Box::new(keep), pattern, cursor, found: BTreeSet::new(), scans: 0 }
    }

    /// The next command.
    fn command(&self) -> [&[u8]; 6] {
        [b"SCAN", &self.cursor, b"MATCH", self.pattern.as_bytes(), b"COUNT", SCAN_COUNT]
    }

    /// Takes what is in a reply; None is one to something else.
    fn take(&mut self, reply: Reply) -> Option<ScanStep> {
        let (cursor, names) = parts(reply)?;
        for name in names {
            // Acra's own names are digits and punctuation.
            let text = std::str::from_utf8(&name).ok().and_then(&self.keep);
            // Redis may name a key more than once.
            self.found.extend(text.filter(|text| (1..=NAME_BYTES_MAX).contains(&text.len())));
        }
        self.cursor = cursor;
        self.scans += 1;
        let is_end = self.cursor.as_slice() == b"0";
        let is_too_much = self.found.len() > NAMES_MAX || (self.scans == SCANS_MAX && !is_end);
        Some(match (is_too_much, is_end) {
            (true, _) => ScanStep::TooMany,
            (false, true) => ScanStep::Done,
            (false, false) => ScanStep::Ask,
        })
    }

    /// What was kept of the names that were found.
    fn found(self) -> Vec<String> {
        self.found.into_iter().collect()
    }
}

/// The next cursor and the names in a reply to SCAN.
#[expect(clippy::type_complexity, reason = "a pair of what was just read")]
fn parts(reply: Reply) -> Option<(Zeroizing<Vec<u8>>, Vec<Zeroizing<Vec<u8>>>)> {
    let Reply::List(parts) = reply else { return None };
    let Ok([Reply::Bytes(cursor), Reply::List(names)]) = <[Reply; 2]>::try_from(parts) else { return None };
    let is_number = (1..=CURSOR_BYTES_MAX).contains(&cursor.len()) && cursor.iter().all(u8::is_ascii_digit);
    let bytes = |name| if let Reply::Bytes(bytes) = name { Some(bytes) } else { None };
    let names = names.into_iter().map(bytes).collect::<Option<_>>()?;
    is_number.then_some((cursor, names))
}

#[cfg(test)]
mod tests;
