//! Ties sessions to clients and addresses. A session id is a number that restarts with the service, so a session is (run,
//! session id); the address stands in an entry of its own, before the id is known (events, traps 5 and 6).

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::occurrence::{beginning, earlier, later};
use super::report::SessionRecord;
use crate::entry::LogTime;

/// How many sessions are told apart at a time.
const LIVE_MAX: usize = 16_384;
/// How many sessions a report lists.
const LISTED_MAX: usize = 10_000;
/// How many connections may be waiting for their session.
const PEERS_MAX: usize = 8;
/// How long after its address a session is named at the latest, in milliseconds.
const PEER_WAIT_MS: i64 = 5_000;

/// The words before the address of a new connection, whichever service it is: `Got new connection to AcraServer: `.
const NEW_CONNECTION: &[u8] = b"Got new connection to ";
/// The entry that names the session of a new connection.
const HANDLED: &[u8] = b"Handle client's connection";
/// The last entry of a session.
const FINISHED: &[u8] = b"Finished processing client's connection";

/// All sessions so far.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    /// By run and session id.
    live: HashMap<Vec<u8>, Live>,
    /// The sessions that are told apart, by their beginning.
    by_age: BTreeMap<u64, Vec<u8>>,
    /// Those that are over, and may be forgotten first.
    finished: VecDeque<(u64, Vec<u8>)>,
    next: u64,
    peers: Peers,
    /// What is listed at the end; None when nobody asked.
    listed: Option<Vec<(u64, SessionRecord)>>,
    omitted: u64,
    key: Vec<u8>,
}

#[derive(Debug)]
struct Live {
    number: u64,
    record: SessionRecord,
    in_scope: bool,
}

/// What an entry says about sessions.
pub(super) struct Mention<'a> {
    pub(super) run: u64,
    pub(super) session: Option<&'a [u8]>,
    pub(super) client: Option<&'a str>,
    pub(super) message: &'a [u8],
    pub(super) time: Option<LogTime>,
    pub(super) clock: i64,
}

impl Sessions {
    /// No session yet; they are listed at the end or not.
    pub(super) fn new(listed: bool) -> Self {
        Self { listed: listed.then(Vec::new), ..Self::default() }
    }

    /// Takes an entry in; the session it belongs to, as far as it is known by now.
    pub(super) fn observe(&mut self, mention: &Mention<'_>) -> Option<&SessionRecord> {
        self.peers.observe(mention.message, mention.clock);
        let session = mention.session?;
        self.key.clear();
        self.key.extend_from_slice(&mention.run.to_be_bytes());
        self.key.extend_from_slice(session);
        if !self.live.contains_key(&self.key[..]) {
            self.begin(mention.run, session);
        }
        let live = self.live.get_mut(&self.key[..])?;
        let record = &mut live.record;
        record.entries += 1;
        record.first = earlier(record.first, mention.time);
        record.last = later(record.last, mention.time);
        if record.client_id.is_none() {
            record.client_id = mention.client.map(str::to_owned);
        }
        if record.addresses.is_empty() && mention.message == HANDLED {
            record.addresses = self.peers.take();
        }
        if mention.message == FINISHED {
            self.finished.push_back((live.number, self.key.clone()));
        }
        Some(&live.record)
    }

    /// The session of the latest entry that has one; it is one of those that are reported.
    pub(super) fn select(&mut self) -> Option<&SessionRecord> {
        let live = self.live.get_mut(&self.key[..])?;
        live.in_scope = true;
        Some(&live.record)
    }

    fn begin(&mut self, run: u64, session: &[u8]) {
        while self.live.len() >= LIVE_MAX && self.forget_one() {}
        let record = SessionRecord {
            run,
            session_id: beginning(session),
            client_id: None,
            addresses: Vec::new(),
            first: None,
            last: None,
            entries: 0,
        };
        self.by_age.insert(self.next, self.key.clone());
        self.live.insert(self.key.clone(), Live { number: self.next, record, in_scope: false });
        self.next += 1;
    }

    /// Forgets a session that is over, or else the oldest one.
    fn forget_one(&mut self) -> bool {
        while let Some((number, key)) = self.finished.pop_front() {
            if self.by_age.remove(&number).is_some() {
                self.retire(&key);
                return true;
            }
        }
        let Some((_, key)) = self.by_age.pop_first() else { return false };
        self.retire(&key);
        true
    }

    fn retire(&mut self, key: &[u8]) {
        let Some(live) = self.live.remove(key).filter(|live| live.in_scope) else { return };
        let Some(listed) = &mut self.listed else { return };
        if listed.len() < LISTED_MAX {
            listed.push((live.number, live.record));
        } else {
            self.omitted += 1;
        }
    }

    /// The sessions that are reported, by their beginning, and how many more there were; None when nobody asked.
    pub(super) fn finish(mut self) -> (Option<Vec<SessionRecord>>, u64) {
        while let Some((_, key)) = self.by_age.pop_first() {
            self.retire(&key);
        }
        let sorted = self.listed.map(|mut listed| {
            listed.sort_by_key(|(number, _)| *number);
            listed.into_iter().map(|(_, record)| record).collect()
        });
        (sorted, self.omitted)
    }
}

/// Addresses of connections whose session is not named yet.
#[derive(Debug, Default)]
struct Peers {
    waiting: Vec<(i64, String)>,
    /// How many of them belong to sessions that were named already: which ones, nobody can tell.
    taken: usize,
}

impl Peers {
    fn observe(&mut self, message: &[u8], clock: i64) {
        let Some(rest) = message.strip_prefix(NEW_CONNECTION) else { return };
        let Some(at) = memchr::memmem::find(rest, b": ") else { return };
        self.waiting.retain(|(since, _)| clock - since <= PEER_WAIT_MS);
        if self.waiting.is_empty() || self.waiting.len() == PEERS_MAX {
            self.waiting.clear();
            self.taken = 0;
        }
        self.waiting.push((clock, beginning(&rest[at + 2..])));
    }

    /// The address of the session that is named now; several, when it may be any of them.
    fn take(&mut self) -> Vec<String> {
        let candidates: Vec<String> = self.waiting.iter().map(|(_, address)| address.clone()).collect();
        self.taken += 1;
        if self.taken >= candidates.len() {
            self.waiting.clear();
            self.taken = 0;
        }
        candidates
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A session of run 1 by name, the message and the second of each entry.
    fn observe(sessions: &mut Sessions, entries: &[(Option<&str>, &str, i64)]) {
        for (session, message, second) in entries {
            let client = session.map(|_| "webapp");
            let session = session.map(str::as_bytes);
            let time = Some(LogTime { unix_ms: second * 1000 });
            let (message, clock) = (message.as_bytes(), second * 1000);
            sessions.observe(&Mention { run: 1, session, client, message, time, clock });
            sessions.select();
        }
    }

    fn listed(entries: &[(Option<&str>, &str, i64)]) -> Vec<SessionRecord> {
        let mut sessions = Sessions::new(true);
        observe(&mut sessions, entries);
        sessions.finish().0.expect("they were asked for")
    }

    const HANDLE: &str = "Handle client's connection";

    fn connection(address: &str) -> String {
        format!("Got new connection to AcraServer: {address}")
    }

    #[test]
    fn a_session_has_the_address_that_was_named_before_it() {
        let [first, second] = ["10.0.0.1:5", "[::1]:6"].map(connection);
        let sessions = listed(&[
            (None, &first, 0),
            (Some("7"), HANDLE, 0),
            (None, &second, 3),
            (Some("8"), HANDLE, 4),
            (Some("7"), "m", 9),
        ]);
        let seen: Vec<_> = sessions.iter().map(|it| (&it.session_id[..], it.addresses.join(" "), it.entries)).collect();
        assert_eq!(seen, [("7", "10.0.0.1:5".to_owned(), 2), ("8", "[::1]:6".to_owned(), 1)]);
        assert_eq!(
            (sessions[0].first.map(|it| it.unix_ms), sessions[0].last.map(|it| it.unix_ms)),
            (Some(0), Some(9000))
        );
    }

    #[test]
    fn of_connections_that_begin_at_once_nobody_says_whose_address_is_whose() {
        let [a, b, c, d] = ["a:1", "b:1", "c:1", "d:1"].map(connection);
        let sessions = listed(&[
            (None, &a, 0),
            (None, &b, 0),
            (Some("1"), HANDLE, 0),
            (Some("2"), HANDLE, 0),
            (None, &c, 1),
            (Some("3"), HANDLE, 1),
            (None, &d, 2),
            (Some("4"), HANDLE, 60),
            (Some("5"), HANDLE, 60),
        ]);
        let addresses: Vec<String> = sessions.iter().map(|it| it.addresses.join(" ")).collect();
        assert_eq!(addresses, ["a:1 b:1", "a:1 b:1", "c:1", "d:1", ""]);
    }

    #[test]
    fn memory_is_bounded_and_sessions_that_are_over_go_first() {
        let mut sessions = Sessions::new(true);
        let finished = "Finished processing client's connection";
        observe(&mut sessions, &[(Some("long"), "m", 0)]);
        for number in 0..2 * LIVE_MAX {
            observe(&mut sessions, &[(Some(&number.to_string()), finished, 1)]);
        }
        observe(&mut sessions, &[(Some("long"), "m", 2)]);
        assert!(sessions.live.len() <= LIVE_MAX && sessions.finished.len() <= LIVE_MAX);
        let (listed, omitted) = sessions.finish();
        let listed = listed.expect("they were asked for");
        assert_eq!((listed.len() as u64 + omitted, listed.len()), (2 * LIVE_MAX as u64 + 1, LISTED_MAX));
        assert!(listed.iter().all(|session| session.session_id != "long" || session.entries == 2));
    }
}
