//! Ties sessions to clients and addresses. A session id is a number that restarts with the service, so a session is (run,
//! session id); the address stands in an entry of its own, before the id is known (events, traps 5 and 6).

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use foldhash::quality::RandomState;

use super::occurrence::{
    EntryFacts, SessionIdentity, SessionMoment, Sign, beginning, earlier, later, name, name_bytes,
};
use super::report::SessionRecord;
use crate::entry::LogTime;
use crate::verdict::Capped;

/// How many sessions are told apart at a time.
const LIVE_MAX: usize = 16_384;
/// How many sessions a report lists.
const SESSIONS_MAX: usize = 100_000;

#[derive(Debug, Default)]
pub(super) struct Sessions {
    /// Where each session that is told apart is found in `live`, by run and session id.
    places: HashMap<Vec<u8>, usize, RandomState>,
    /// The sessions themselves; None where one was forgotten. Nearly every entry asks for one, so it takes no search.
    live: Vec<Option<Session>>,
    vacant: Vec<usize>,
    /// The places in `live`, by the numbers of the sessions: the oldest one first.
    by_age: BTreeMap<u64, usize>,
    /// The numbers of those that are over, and may be forgotten first.
    finished: VecDeque<u64>,
    next: u64,
    /// Where the session of the latest entry that has one is in `live`.
    latest: usize,
    peers: Peers,
    /// What is listed at the end; None when nobody asked.
    listed: Option<Capped<(u64, SessionRecord)>>,
    key: Vec<u8>,
}

/// A session that is told apart.
#[derive(Debug)]
pub(super) struct Session {
    number: u64,
    key: Vec<u8>,
    identity: Arc<SessionIdentity>,
    first: Option<LogTime>,
    last: Option<LogTime>,
    entries: u64,
    in_scope: bool,
    is_over: bool,
}

impl Session {
    /// Its number in its run, as it is shown.
    pub(super) fn id(&self) -> &Arc<str> {
        &self.identity.id
    }

    /// Its client, when that is known by now.
    pub(super) fn client(&self) -> Option<&Arc<str>> {
        self.identity.client.as_ref()
    }

    /// The session as it is known by now.
    pub(super) fn moment(&self) -> SessionMoment {
        SessionMoment { session: Arc::clone(&self.identity), first: self.first }
    }

    fn record(&self) -> SessionRecord {
        self.identity.record(self.first, self.last, self.entries)
    }
}

impl Sessions {
    /// No session yet; they are listed at the end or not.
    pub(super) fn new(listed: bool) -> Self {
        Self { listed: listed.then(Capped::default), ..Self::default() }
    }

    /// Another stream begins: what waits in the one before has no part in it.
    pub(super) fn begin_stream(&mut self) {
        self.peers = Peers::default();
    }

    /// Takes an entry of a run in; the session it belongs to, as far as it is known by now.
    pub(super) fn observe(
        &mut self,
        entry: &EntryFacts<'_>,
        run: u64,
        client: Option<&Arc<str>>,
        clock: i64,
    ) -> Option<&Session> {
        if let Some(Sign::Connection(at)) = entry.sign {
            self.peers.add(run, &entry.message[at..], clock);
        }
        let id = entry.session.as_deref()?;
        self.key.clear();
        self.key.extend_from_slice(&run.to_be_bytes());
        self.key.extend_from_slice(name_bytes(id));
        self.latest = match self.places.get(&self.key[..]) {
            Some(place) => *place,
            None => self.begin(run, name_bytes(id)),
        };
        let session = self.live.get_mut(self.latest)?.as_mut()?;
        session.entries += 1;
        session.first = earlier(session.first, entry.time);
        session.last = later(session.last, entry.time);
        if let Some(client) = client.filter(|_| session.identity.client.is_none()) {
            Arc::make_mut(&mut session.identity).client = Some(Arc::clone(client));
        }
        match entry.sign {
            Some(Sign::SessionBegins) if session.identity.addresses.is_empty() => {
                Arc::make_mut(&mut session.identity).addresses = self.peers.take(run, clock);
            }
            Some(Sign::SessionEnds) if !session.is_over => {
                session.is_over = true;
                self.finished.push_back(session.number);
            }
            _ => {}
        }
        Some(session)
    }

    /// The session of the latest entry that has one; it is one of those that are reported.
    pub(super) fn select(&mut self) -> Option<&Session> {
        let session = self.live.get_mut(self.latest)?.as_mut()?;
        session.in_scope = true;
        Some(session)
    }

    fn begin(&mut self, run: u64, id: &[u8]) -> usize {
        while self.by_age.len() >= LIVE_MAX && self.forget_one() {}
        self.next += 1;
        let session = Session {
            number: self.next,
            key: self.key.clone(),
            identity: Arc::new(SessionIdentity { run, id: beginning(id).into(), ..SessionIdentity::default() }),
            first: None,
            last: None,
            entries: 0,
            in_scope: false,
            is_over: false,
        };
        let place = self.vacant.pop().unwrap_or_else(|| {
            self.live.push(None);
            self.live.len() - 1
        });
        self.live[place] = Some(session);
        self.places.insert(self.key.clone(), place);
        self.by_age.insert(self.next, place);
        place
    }

    /// Forgets a session that is over, or else the oldest one.
    fn forget_one(&mut self) -> bool {
        let over = std::iter::from_fn(|| self.finished.pop_front()).find_map(|number| self.by_age.remove(&number));
        let place = over.or_else(|| self.by_age.pop_first().map(|(_, place)| place));
        let Some((place, session)) = place.and_then(|place| Some((place, self.live[place].take()?))) else {
            return false;
        };
        self.vacant.push(place);
        self.places.remove(&session.key);
        if let Some(listed) = self.listed.as_mut().filter(|_| session.in_scope) {
            listed.push((session.number, session.record()), SESSIONS_MAX);
        }
        true
    }

    /// The sessions that are reported, by their beginning, and how many more there were; None when nobody asked.
    pub(super) fn finish(mut self) -> (Option<Vec<SessionRecord>>, u64) {
        // Those that are left are listed by age, whether they are over or not.
        self.finished.clear();
        while self.forget_one() {}
        let Some(Capped { mut items, omitted }) = self.listed else { return (None, 0) };
        items.sort_by_key(|(number, _)| *number);
        (Some(items.into_iter().map(|(_, record)| record).collect()), omitted)
    }
}

/// How many connections of a run may be waiting for their session.
const WAITING_MAX: usize = 8;
/// How long after its address a session is named at the latest, in milliseconds.
const WAIT_MS: i64 = 5_000;
/// Of how many runs connections may be waiting; the latest ones.
const RUNS_MAX: usize = 16;

/// Addresses of connections whose session is not named yet, by run.
#[derive(Debug, Default)]
struct Peers {
    runs: BTreeMap<u64, PendingPeers>,
}

#[derive(Debug, Default)]
struct PendingPeers {
    addresses: Vec<(i64, String)>,
    /// How many of them belong to sessions that were named already: which ones, nobody can tell.
    taken: usize,
    /// When there was last no room for an address.
    lost: Option<i64>,
}

impl Peers {
    /// Somebody connects to a run.
    fn add(&mut self, run: u64, address: &[u8], clock: i64) {
        self.runs.entry(run).or_default().add(address, clock);
        if self.runs.len() > RUNS_MAX {
            self.runs.pop_first();
        }
    }

    /// The address of the session of a run that is named now; several, when it may be any of them. None at all, when it may
    /// be one that is not known.
    fn take(&mut self, run: u64, clock: i64) -> Vec<String> {
        self.runs.get_mut(&run).map(|waiting| waiting.take(clock)).unwrap_or_default()
    }
}

impl PendingPeers {
    fn add(&mut self, address: &[u8], clock: i64) {
        self.addresses.retain(|(since, _)| clock - since <= WAIT_MS);
        if self.addresses.is_empty() {
            self.taken = 0;
        }
        if self.addresses.len() == WAITING_MAX {
            self.lost = Some(clock);
        } else {
            self.addresses.push((clock, name(address)));
        }
    }

    fn take(&mut self, clock: i64) -> Vec<String> {
        let lost = self.lost.is_some_and(|at| clock - at <= WAIT_MS);
        let known = self.addresses.iter().filter(|_| !lost);
        let candidates = known.map(|(_, address)| address.clone()).collect();
        self.taken += 1;
        if self.taken >= self.addresses.len() {
            self.addresses.clear();
            self.taken = 0;
        }
        candidates
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;

    /// A session of run 1 by name, the message and the second of each entry.
    fn observe(sessions: &mut Sessions, entries: &[(Option<&str>, &str, i64)]) {
        for (session, message, second) in entries {
            let client = session.map(|_| "webapp".into());
            let session = session.map_or(String::new(), |session| format!("\"session_id\":\"{session}\","));
            let line = format!("{{\"level\":\"info\",\"msg\":\"{message}\",{session}\"unixTime\":\"{second}.000\"}}");
            let entry = EntryFacts::of(Event::read(line.as_bytes()).expect("an entry"));
            sessions.observe(&entry, 1, client.as_ref(), second * 1000);
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
        let last = (2 * LIVE_MAX - 1).to_string();
        (0..LIVE_MAX).for_each(|_| observe(&mut sessions, &[(Some(&last), finished, 2)]));
        assert!(sessions.live.len() <= LIVE_MAX && sessions.finished.len() <= LIVE_MAX);
        let (listed, omitted) = sessions.finish();
        let listed = listed.expect("they were asked for");
        assert_eq!(listed.len() as u64 + omitted, 2 * LIVE_MAX as u64 + 1);
        assert!(listed.len() <= SESSIONS_MAX);
        assert!(listed.iter().all(|session| session.session_id != "long" || session.entries == 2));
    }

    #[test]
    fn of_more_connections_than_are_kept_no_session_gets_a_wrong_address() {
        let mut peers = Peers::default();
        let count = WAITING_MAX + 1;
        (0..count).for_each(|number| peers.add(1, number.to_string().as_bytes(), 0));
        (0..count).for_each(|_| assert_eq!(peers.take(1, 1), Vec::<String>::new()));
        peers.add(1, b"later", WAIT_MS + 1);
        assert_eq!(peers.take(1, WAIT_MS + 2), ["later"]);
    }

    #[test]
    fn a_session_does_not_come_from_a_connection_to_another_run() {
        let mut peers = Peers::default();
        peers.add(1, b"a", 0);
        peers.add(2, b"b", 0);
        assert_eq!(
            (peers.take(2, 0), peers.take(1, 0), peers.take(3, 0)),
            (vec!["b".into()], vec!["a".into()], vec![])
        );
    }

    #[test]
    fn memory_for_addresses_is_bounded() {
        let mut peers = Peers::default();
        for run in 0..100 {
            (0..100).for_each(|_| peers.add(run, &[b'a'; 9_000], 0));
        }
        assert!(peers.runs.len() <= RUNS_MAX && peers.runs.values().all(|it| it.addresses.len() <= WAITING_MAX));
    }
}
