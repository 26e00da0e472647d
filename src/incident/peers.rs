//! Which addresses a session may come from: an address is logged before its session is named (events, trap 6). Whose session
//! it is, is left to `sessions`.

use std::collections::BTreeMap;

use super::occurrence::name;

/// How many connections of a run may be waiting for their session.
const WAITING_MAX: usize = 8;
/// How long after its address a session is named at the latest, in milliseconds.
const WAIT_MS: i64 = 5_000;
/// Of how many runs connections may be waiting; the latest ones.
const RUNS_MAX: usize = 16;

/// Addresses of connections whose session is not named yet, by run.
#[derive(Debug, Default)]
pub(super) struct Peers {
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
    pub(super) fn add(&mut self, run: u64, address: &[u8], clock: i64) {
        self.runs.entry(run).or_default().add(address, clock);
        if self.runs.len() > RUNS_MAX {
            self.runs.pop_first();
        }
    }

    /// The address of the session of a run that is named now; several, when it may be any of them. None at all, when it may
    /// be one that is not known.
    pub(super) fn take(&mut self, run: u64, clock: i64) -> Vec<String> {
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
    fn memory_is_bounded() {
        let mut peers = Peers::default();
        for run in 0..100 {
            (0..100).for_each(|_| peers.add(run, &[b'a'; 9_000], 0));
        }
        assert!(peers.runs.len() <= RUNS_MAX && peers.runs.values().all(|it| it.addresses.len() <= WAITING_MAX));
    }
}
