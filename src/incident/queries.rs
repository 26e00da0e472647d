//! Puts the entries of blocked queries together: a query that the SQL firewall blocks is logged in three entries, four with
//! debug (events, trap 3). What a row of blocked queries means is left to `detectors`.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::occurrence::Occurrence;

/// Entries of one query are not further apart than this, in milliseconds.
pub const QUERY_SPAN_MS: i64 = 5_000;
/// A query has no more entries than this: what goes on is another one.
pub const ENTRIES_MAX: usize = 4;
/// How much of a message tells kinds of entries apart, in bytes.
const HEAD_BYTES_MAX: usize = 100;
/// How many queries may be waiting for more of their entries.
const OPEN_MAX: usize = 4096;

/// Whose query it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum QueryOwner {
    /// That of a session of a run.
    Session(u64, String),
    /// That of a client of a run, where no session is named.
    Client(u64, Option<Arc<str>>),
}

/// Queries of which entries may still come.
#[derive(Debug, Default)]
pub(super) struct Queries {
    open: HashMap<QueryOwner, OpenQuery>,
    /// The owners of open queries by age, each with the number of its query; some are closed by now.
    by_age: VecDeque<(u64, QueryOwner)>,
    next: u64,
}

#[derive(Debug)]
struct OpenQuery {
    number: u64,
    query: Occurrence,
    /// The kinds of entries it has, each by the fixed part of its message.
    heads: Vec<Vec<u8>>,
}

impl Queries {
    /// Takes an entry of a blocked query in, as an occurrence with one sighting; the queries that are complete by now, in
    /// the order in which they began. An entry of a kind that the owner's query already has begins the next one.
    pub(super) fn add(&mut self, owner: QueryOwner, message: &[u8], mut entry: Occurrence) -> Vec<Occurrence> {
        let horizon = entry.clock.saturating_sub(QUERY_SPAN_MS);
        let mut complete = self.close_older(horizon);
        let head = head(message);
        if let Some(open) = self.open.get_mut(&owner) {
            if open.heads.len() < ENTRIES_MAX && !open.heads.iter().any(|known| known == head) {
                open.heads.push(head.to_vec());
                open.query.sightings.append(&mut entry.sightings);
                open.query.client = open.query.client.take().or(entry.client);
                return complete;
            }
            complete.extend(self.open.remove(&owner).map(|open| open.query));
        }
        self.next += 1;
        self.by_age.push_back((self.next, owner.clone()));
        let open = OpenQuery { number: self.next, query: entry, heads: vec![head.to_vec()] };
        self.open.insert(owner, open);
        complete
    }

    /// Nothing more comes of any.
    pub(super) fn finish(&mut self) -> Vec<Occurrence> {
        self.close_older(i64::MAX)
    }

    fn close_older(&mut self, horizon: i64) -> Vec<Occurrence> {
        let mut closed = Vec::new();
        while let Some((number, owner)) = self.by_age.front() {
            match self.open.get(owner).filter(|open| open.number == *number) {
                Some(open) if open.query.clock >= horizon && self.by_age.len() <= OPEN_MAX => break,
                Some(_) => closed.extend(self.open.remove(owner).map(|open| open.query)),
                None => {}
            }
            self.by_age.pop_front();
        }
        closed
    }
}

/// What of a message is the same for every query: the words before the query, or the rule, that it names.
pub fn head(message: &[u8]) -> &[u8] {
    let message = &message[..message.len().min(HEAD_BYTES_MAX)];
    let end = message.iter().position(|byte| matches!(byte, b':' | b'\'' | b'"' | b'[')).unwrap_or(message.len());
    &message[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::incident_builder::tests::occurrence;

    const THREE: [&str; 3] =
        ["Query has been blocked by DENY [patterns]", "Denied query: 'select 1'", "Error on AcraCensor check"];

    fn owner(session: &str) -> QueryOwner {
        QueryOwner::Session(1, session.to_owned())
    }

    /// The number of entries of each query, when these come from (session, message, second).
    fn queries<'a>(entries: impl IntoIterator<Item = (&'a str, &'a str, i64)>) -> Vec<usize> {
        let mut queries = Queries::default();
        let mut complete = Vec::new();
        for (session, message, second) in entries {
            complete.extend(queries.add(owner(session), message.as_bytes(), occurrence(second)));
        }
        complete.extend(queries.finish());
        complete.iter().map(|query| query.sightings.len()).collect()
    }

    #[test]
    fn three_entries_are_one_query_and_so_are_four() {
        let debug = "Query was checked by AcraCensor";
        let [a, b, c] = THREE;
        assert_eq!(queries([("1", a, 0), ("1", b, 0), ("1", c, 0)]), [3]);
        assert_eq!(queries([a, b, c, a, b, c].map(|message| ("1", message, 0))), [3, 3]);
        assert_eq!(queries([debug, a, b, c, debug, a, b, c].map(|message| ("1", message, 0))), [4, 4]);
        assert_eq!(queries([]), Vec::<usize>::new());
        let made_up: Vec<String> = (0..10).map(|number| format!("reason {number}")).collect();
        assert_eq!(queries(made_up.iter().map(|message| ("1", &message[..], 0))), [4, 4, 2], "more is another query");
    }

    #[test]
    fn sessions_do_not_mix_and_a_missing_entry_does_not_join_two_queries() {
        let [a, b, c] = THREE;
        let mixed = [("1", a, 0), ("2", a, 0), ("1", b, 0), ("2", b, 0), ("2", c, 0), ("1", c, 0)];
        assert_eq!(queries(mixed), [3, 3]);
        assert_eq!(queries([a, b, a, b, c].map(|message| ("1", message, 0))), [2, 3]);
        assert_eq!(queries([("1", a, 0), ("1", b, 0), ("1", c, 60)]), [2, 1], "a minute later is another query");
        assert_eq!(queries([("1", "Denied query: 'a'", 0), ("1", "Denied query: 'b: c'", 0)]), [1, 1]);
    }

    #[test]
    fn what_waits_is_bounded_and_nothing_is_lost() {
        let sessions: Vec<String> = (0..OPEN_MAX + 50).map(|number| number.to_string()).collect();
        let counts = queries(sessions.iter().map(|session| (&session[..], THREE[0], 0)));
        assert_eq!(counts, vec![1; sessions.len()]);
        let mut many = Queries::default();
        for session in &sessions {
            many.add(owner(session), THREE[0].as_bytes(), occurrence(0));
        }
        assert!(many.open.len() <= OPEN_MAX + 1 && many.by_age.len() <= OPEN_MAX + 1);
    }
}
