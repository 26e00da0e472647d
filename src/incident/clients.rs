//! The clients of a log by first appearance, and how often each one is seen. What a client did is left to others.

use std::collections::HashMap;
use std::sync::Arc;

use super::occurrence::name_bytes;
use super::report::ByClient;
use crate::entry::LogTime;

/// How many clients are told apart; what others do is counted together.
const KNOWN_MAX: usize = 10_000;
/// How many names are remembered, for those who must not tell them.
const NAMES_MAX: usize = 50_000;
/// How many clients a report lists.
const LISTED_MAX: usize = KNOWN_MAX;

const HOUR_MS: i64 = 3_600_000;

/// Every client so far.
#[derive(Debug, Default)]
pub(super) struct Clients {
    numbers: HashMap<Box<[u8]>, usize>,
    /// The first ones, by number.
    known: Vec<ClientCount>,
    /// Whether there are more names than are remembered.
    unnamed: bool,
    /// Entries without a client.
    nobody: HourlyCount,
    /// Entries of clients beyond those that are told apart.
    others: u64,
}

#[derive(Debug)]
struct ClientCount {
    name: Arc<str>,
    count: HourlyCount,
}

#[derive(Clone, Copy, Debug, Default)]
struct HourlyCount {
    entries: u64,
    hours: [u64; 24],
}

impl HourlyCount {
    fn add(&mut self, time: Option<LogTime>) {
        self.entries += 1;
        if let Some(time) = time {
            self.hours[(time.unix_ms.rem_euclid(24 * HOUR_MS) / HOUR_MS) as usize] += 1;
        }
    }
}

/// The lists of a report.
pub(super) struct ClientLists {
    pub(super) by_client: Vec<ByClient>,
    pub(super) other_clients: u64,
    pub(super) clients_omitted: u64,
}

impl Clients {
    /// The client with this name.
    pub(super) fn named(&mut self, name: &[u8]) -> (Arc<str>, Option<usize>) {
        let name = name_bytes(name);
        let next = self.numbers.len();
        let number = match self.numbers.get(name) {
            Some(number) => Some(*number),
            None if next == NAMES_MAX => {
                self.unnamed = true;
                None
            }
            None => {
                self.numbers.insert(name.into(), next);
                Some(next)
            }
        };
        if let Some(client) = number.and_then(|number| self.known.get(number)) {
            return (Arc::clone(&client.name), number);
        }
        let text: Arc<str> = String::from_utf8_lossy(name).into();
        let known = number.filter(|number| *number < KNOWN_MAX);
        if known.is_some() {
            self.known.push(ClientCount { name: Arc::clone(&text), count: HourlyCount::default() });
        }
        (text, known)
    }

    /// Counts an entry: without a client, of a known one, or of another one.
    pub(super) fn count(&mut self, client: Option<Option<usize>>, time: Option<LogTime>) {
        match client {
            None => self.nobody.add(time),
            Some(Some(number)) => self.known[number].count.add(time),
            Some(None) => self.others += 1,
        }
    }

    /// All names, by first appearance; None when there are more than can be remembered.
    pub(super) fn names(&self) -> Option<Vec<String>> {
        let mut names: Vec<(&[u8], &usize)> = self.numbers.iter().map(|(name, number)| (&**name, number)).collect();
        names.sort_unstable_by_key(|(_, number)| **number);
        let text = |(name, _): (&[u8], _)| String::from_utf8_lossy(name).into_owned();
        (!self.unnamed).then(|| names.into_iter().map(text).collect())
    }

    /// The most frequent clients first; of equally frequent ones the one that appeared first.
    pub(super) fn list(&self) -> ClientLists {
        let row = |client_id, count: HourlyCount| ByClient { client_id, entries: count.entries, hours: count.hours };
        let known = self.known.iter().map(|client| row(Some(client.name.to_string()), client.count));
        let mut all: Vec<ByClient> = std::iter::once(row(None, self.nobody)).chain(known).collect();
        all.retain(|client| client.entries > 0);
        all.sort_by_key(|client| std::cmp::Reverse(client.entries));
        let beyond = all.split_off(all.len().min(LISTED_MAX));
        ClientLists {
            by_client: all,
            other_clients: self.others + beyond.iter().map(|client| client.entries).sum::<u64>(),
            clients_omitted: beyond.len() as u64 + u64::from(self.others > 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_counted_by_hour_and_listed_by_how_often_they_are_seen() {
        let mut clients = Clients::default();
        let entries = [(Some("b"), 3), (Some("a"), 3), (None, 23), (Some("a"), 24 + 3), (Some("c"), 0)];
        for (client, hour) in entries {
            let number = client.map(|name| clients.named(name.as_bytes()).1);
            clients.count(number, Some(LogTime { unix_ms: hour * HOUR_MS }));
        }
        clients.count(None, None);
        let listed = clients.list();
        let seen: Vec<_> =
            listed.by_client.iter().map(|it| (it.client_id.as_deref(), it.entries, it.hours[3])).collect();
        assert_eq!(seen, [(None, 2, 0), (Some("a"), 2, 2), (Some("b"), 1, 1), (Some("c"), 1, 0)]);
        assert_eq!(listed.by_client[0].hours.iter().sum::<u64>(), 1, "an entry without a time is in no hour");
        assert_eq!(clients.names().unwrap(), ["b", "a", "c"]);
    }

    #[test]
    fn memory_is_bounded_and_no_entry_is_lost() {
        let mut clients = Clients::default();
        let count = KNOWN_MAX + 7;
        for number in 0..count {
            let (_, known) = clients.named(number.to_string().as_bytes());
            clients.count(Some(known), None);
        }
        let listed = clients.list();
        let sum: u64 = listed.by_client.iter().map(|client| client.entries).sum();
        assert_eq!((listed.by_client.len(), sum + listed.other_clients), (LISTED_MAX, count as u64));
        assert_eq!(listed.clients_omitted, (KNOWN_MAX - LISTED_MAX + 1) as u64, "the others count as one");
        assert!(
            clients.names().is_some_and(|names| names.len() == count && names[count - 1] == (count - 1).to_string())
        );
    }

    #[test]
    fn either_all_names_are_remembered_or_none_are_given() {
        let mut clients = Clients::default();
        (0..NAMES_MAX).for_each(|number| _ = clients.named(number.to_string().as_bytes()));
        assert!(clients.names().is_some());
        assert_eq!(clients.named(b"7").1, Some(7));
        assert_eq!((clients.named(b"one more").1, clients.names()), (None, None));
    }
}
