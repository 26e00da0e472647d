//! Tells which entry begins a blocked query, so that a query is counted once. The rules are those of the report.

use std::collections::HashMap;

use crate::event::Event;
use crate::incident::{QUERY_ENTRIES_MAX, QUERY_SPAN_MS};

/// How many queries may be waiting for more of their entries.
const OPEN_MAX: usize = 4096;
/// How much of a name tells owners apart, in bytes.
const NAME_BYTES_MAX: usize = 256;

/// Whose query it is: that of a session, or of a client where no session is named.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Owner {
    Session(Vec<u8>),
    Client(Option<Vec<u8>>),
}

impl Owner {
    pub(super) fn of(event: &Event<'_>) -> Self {
        let beginning = |text: &[u8]| text[..text.len().min(NAME_BYTES_MAX)].to_vec();
        match event.session() {
            Some(session) => Self::Session(beginning(session.as_bytes())),
            None => Self::Client(event.client().map(|client| beginning(client.as_bytes()))),
        }
    }
}

/// Queries of which entries may still come.
#[derive(Debug, Default)]
pub(super) struct BlockedQueries {
    open: HashMap<Owner, Open>,
    /// The last time that an entry stated.
    clock: i64,
}

#[derive(Debug)]
struct Open {
    since: i64,
    heads: Vec<Vec<u8>>,
}

impl BlockedQueries {
    /// Sessions begin anew.
    pub(super) fn start_run(&mut self) {
        self.open.clear();
    }

    /// Whether an entry begins a query; otherwise it belongs to the one of its owner that was begun before.
    pub(super) fn begins(&mut self, owner: Owner, head: Vec<u8>, time: Option<i64>) -> bool {
        self.clock = time.unwrap_or(self.clock);
        let horizon = self.clock.saturating_sub(QUERY_SPAN_MS);
        if let Some(open) = self.open.get_mut(&owner)
            && open.since >= horizon
            && open.heads.len() < QUERY_ENTRIES_MAX
            && !open.heads.contains(&head)
        {
            open.heads.push(head);
            return false;
        }
        if self.open.len() >= OPEN_MAX {
            self.open.retain(|_, open| open.since >= horizon);
            if self.open.len() >= OPEN_MAX {
                self.open.clear();
            }
        }
        self.open.insert(owner, Open { since: self.clock, heads: vec![head] });
        true
    }
}
