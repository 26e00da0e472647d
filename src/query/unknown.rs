//! Names that were asked for and that nothing in the input has: a misspelled one finds nothing, and nobody would see why.
//! Reading the input, and telling people, is left to others.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use super::codes::CodeSet;
use super::names::{Names, either, nearest};
use crate::event::{Event, canonical_key, catalogue};

/// So many names of a kind are remembered to be offered; a hostile log has any number of them.
const REMEMBERED_MAX: usize = 4096;
/// Longer names are not offered.
const OFFERED_BYTES_MAX: usize = 120;
/// Names that an entry has without a field of that name.
const BUILT_IN: [&str; 6] = ["time", "level", "message", "product", "version", "code"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AskedName {
    /// A client, perhaps with `*` in it.
    Client(String, Names),
    /// A session, likewise.
    Session(String, Names),
    /// A service, likewise.
    Product(String, Names),
    /// A field, by its canonical key.
    Field(String),
    /// Codes of which Acra has none, as they were typed.
    Code(String, CodeSet),
}

impl AskedName {
    /// Every name of a list.
    pub fn each(names: &Names, kind: fn(String, Names) -> Self) -> impl Iterator<Item = Self> {
        names.each().map(move |(word, name)| kind(word, name))
    }

    /// The field that a key means, under any of its spellings.
    pub fn field(key: &str) -> Self {
        Self::Field(String::from_utf8_lossy(canonical_key(key.as_bytes())).into_owned())
    }

    /// The parts of a value of `--code` that name no code Acra has.
    pub fn codes(value: &str) -> impl Iterator<Item = Self> {
        value.split(',').map(str::trim).filter_map(|part| {
            let set = CodeSet::parse_part(part).ok()??;
            let is_known = set.iter().any(|code| catalogue::find(code).is_some());
            (!is_known).then(|| Self::Code(part.to_owned(), set))
        })
    }

    fn is_in(&self, event: &Event<'_>) -> bool {
        let any = |key: &[u8], names: &Names| event.values(key).any(|value| names.contain(value.as_bytes()));
        match self {
            Self::Client(_, names) => any(b"client_id", names),
            Self::Session(_, names) => any(b"session_id", names),
            Self::Product(_, names) => event.product.as_ref().is_some_and(|text| names.contain(text.as_bytes())),
            Self::Field(key) => event.values(key.as_bytes()).next().is_some(),
            Self::Code(_, codes) => event.code().is_some_and(|code| codes.contains(code)),
        }
    }

    /// What is said when nothing has it.
    fn message(&self, known: &KnownNames) -> String {
        let offer = |word: &str, names: &BTreeSet<String>| {
            let near = nearest(&word.replace('*', ""), names.iter().map(String::as_str));
            if near.is_empty() { String::new() } else { format!("; nearest: {}", either(&near)) }
        };
        match self {
            Self::Client(word, _) => format!("no entry has a client `{word}`{}", offer(word, &known.clients)),
            Self::Session(word, _) => format!("no entry has a session `{word}`"),
            Self::Product(word, _) => {
                let names: Vec<&str> = known.products.iter().map(String::as_str).take(5).collect();
                let there = if names.is_empty() { "none is named at all".to_owned() } else { names.join(", ") };
                format!("no entry has a product `{word}`; in the input: {there}")
            }
            Self::Field(key) => format!("no entry has a field `{key}`{}", offer(key, &known.fields)),
            Self::Code(word, _) => format!("no entry has a code {word}, and Acra has none of that number"),
        }
    }
}

/// Names that the input has, to be offered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownNames {
    fields: BTreeSet<String>,
    clients: BTreeSet<String>,
    products: BTreeSet<String>,
    entries: bool,
}

impl KnownNames {
    fn take(&mut self, event: &Event<'_>) {
        self.entries = true;
        event.fields.iter().for_each(|field| remember(&mut self.fields, canonical_key(field.key.as_bytes())));
        event.values(b"client_id").for_each(|value| remember(&mut self.clients, value.as_bytes()));
        event.product.iter().for_each(|text| remember(&mut self.products, text.as_bytes()));
    }

    fn merge(&mut self, other: Self) {
        self.entries |= other.entries;
        let sets = [
            (&mut self.fields, other.fields),
            (&mut self.clients, other.clients),
            (&mut self.products, other.products),
        ];
        for (names, more) in sets {
            more.iter().for_each(|name| remember(names, name.as_bytes()));
        }
    }
}

fn remember(names: &mut BTreeSet<String>, name: &[u8]) {
    if let Ok(name) = std::str::from_utf8(name)
        && name.len() <= OFFERED_BYTES_MAX
        && !names.contains(name)
        && names.len() < REMEMBERED_MAX
    {
        names.insert(name.to_owned());
    }
}

/// Finds out which of the names that were asked for nothing has.
#[derive(Debug)]
pub struct Unknown<'a> {
    names: Vec<(&'a AskedName, AtomicBool)>,
    known: Mutex<KnownNames>,
}

impl<'a> Unknown<'a> {
    pub fn of(asked: &'a [AskedName]) -> Self {
        let names = asked.iter().map(|name| (name, AtomicBool::new(false))).collect();
        Self { names, known: Mutex::default() }
    }

    /// Whether every name was found: nothing more need be read.
    pub fn is_settled(&self) -> bool {
        self.names.iter().all(|(_, found)| found.load(Ordering::Relaxed))
    }

    /// Reads an entry; what it has is kept in `known`.
    pub fn observe(&self, event: &Event<'_>, known: &mut KnownNames) {
        known.take(event);
        for (name, found) in &self.names {
            if !found.load(Ordering::Relaxed) && name.is_in(event) {
                found.store(true, Ordering::Relaxed);
            }
        }
    }

    /// Takes in what entries have, in the order of the input.
    pub fn remember(&self, known: KnownNames) {
        self.known.lock().merge(known);
    }

    /// What is to be said of the names that nothing has; nothing of an input without entries.
    pub fn messages(&self) -> Vec<String> {
        let mut known = self.known.lock().clone();
        if !known.entries {
            return Vec::new();
        }
        known.fields.extend(BUILT_IN.map(str::to_owned));
        let unseen = self.names.iter().filter(|(_, found)| !found.load(Ordering::Relaxed));
        unseen.map(|(name, _)| name.message(&known)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: [&str; 3] = [
        r#"{"client_id":"webapp","code":560,"duration":7,"level":"info","msg":"m","product":"acra-server","session_id":12}"#,
        r#"{"KeyID":"etl-7","code":9001,"level":"info","msg":"m","product":"acra-server"}"#,
        "no entry",
    ];

    fn messages(asked: &[AskedName], log: &[&str]) -> Vec<String> {
        let unknown = Unknown::of(asked);
        for line in log {
            let mut known = KnownNames::default();
            if let Ok(event) = Event::read(line.as_bytes()) {
                unknown.observe(&event, &mut known);
            }
            unknown.remember(known);
        }
        unknown.messages()
    }

    fn of(names: &str, kind: fn(String, Names) -> AskedName) -> Vec<AskedName> {
        AskedName::each(&Names::parse([names]).unwrap(), kind).collect()
    }

    #[test]
    fn a_name_that_nothing_has_is_said_with_those_that_are_like_it() {
        let cases = [
            (of("webap", AskedName::Client), "no entry has a client `webap`; nearest: webapp"),
            (of("*apq", AskedName::Client), "no entry has a client `*apq`"),
            (of("9*", AskedName::Session), "no entry has a session `9*`"),
            (of("acra", AskedName::Product), "no entry has a product `acra`; in the input: acra-server"),
            (vec![AskedName::field("durration")], "no entry has a field `durration`; nearest: duration"),
            (vec![AskedName::field("clientid")], "no entry has a field `clientid`; nearest: client_id"),
            (vec![AskedName::field("mesage")], "no entry has a field `mesage`; nearest: message"),
            (AskedName::codes("560, 9002").collect(), "no entry has a code 9002, and Acra has none of that number"),
        ];
        for (asked, message) in cases {
            assert_eq!(messages(&asked, &LOG), [message], "{asked:?}");
            assert_eq!(messages(&asked, &LOG[2..]), [""; 0], "there is no entry: {asked:?}");
        }
    }

    #[test]
    fn of_a_name_that_something_has_nothing_is_said() {
        let asked = [
            of("*app, etl-*, w*p", AskedName::Client),
            of("12", AskedName::Session),
            of("acra-*", AskedName::Product),
            vec![AskedName::field("clientID"), AskedName::field("duration")],
            // Acra has these; that the log has none is an answer, and no slip.
            AskedName::codes("587, 5xx, 9001, sql-query-blocked, no such").collect(),
        ];
        assert_eq!(messages(&asked.concat(), &LOG), [""; 0]);
        assert!(Unknown::of(&[]).is_settled());
    }
}
