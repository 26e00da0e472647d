//! The keys of a run: those to try for each chain, and the names of those that exist and could not be had.

use super::AuditKey;

/// Keys in the order in which they are tried, each one once: trying a key twice costs time and says nothing new.
#[derive(Debug, Default)]
pub struct KeySet {
    keys: Vec<AuditKey>,
    lost: Vec<String>,
    /// The keys of the logs of an inventory, where they have their own.
    bound: Vec<Option<KeySet>>,
}

impl KeySet {
    /// Adds a key behind the others, unless it is there. Of two the source of the first one stays, and what one of them is
    /// said to be both are.
    pub fn add(&mut self, key: AuditKey) {
        match self.keys.iter_mut().find(|known| known.fingerprint == key.fingerprint) {
            Some(known) => {
                known.is_compromised |= key.is_compromised;
                known.age = known.age.or(key.age);
            }
            None => self.keys.push(key),
        }
    }

    /// Notes a key that exists and could not be had: nobody can tell the chains that it sealed from altered ones.
    pub fn lose(&mut self, name: String) {
        self.lost.push(name);
    }

    /// Adds what is in another set.
    pub fn extend(&mut self, other: Self) {
        other.keys.into_iter().for_each(|key| self.add(key));
        self.lost.extend(other.lost);
    }

    /// Binds keys to the logs of an inventory: each of those may be verified with its own ones only.
    pub fn bind(&mut self, bound: Vec<Option<Self>>) {
        self.bound = bound;
    }

    /// The keys that a log may be verified with: of an inventory, by its index, or any other.
    pub fn of(&self, inventoried: Option<usize>) -> &Self {
        inventoried.and_then(|log| self.bound.get(log)).and_then(Option::as_ref).unwrap_or(self)
    }

    /// Every set: the keys for all logs, then those of single ones.
    pub fn sets(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(self.bound.iter().flatten())
    }

    /// The keys to try.
    pub fn keys(&self) -> &[AuditKey] {
        &self.keys
    }

    /// The keys to try, and nothing else.
    pub fn into_keys(self) -> Vec<AuditKey> {
        self.keys
    }

    /// The names of the keys that could not be had, for people: `--keys-dir .acrakeys: secure_log_key.old/<time>`.
    pub fn lost(&self) -> &[String] {
        &self.lost
    }
}

impl FromIterator<AuditKey> for KeySet {
    fn from_iter<I: IntoIterator<Item = AuditKey>>(keys: I) -> Self {
        let mut set = Self::default();
        keys.into_iter().for_each(|key| set.add(key));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::KEY_BYTES;

    #[test]
    fn a_key_given_twice_counts_once_and_the_first_source_stays() {
        let set = |given: &[(u8, &str)]| -> KeySet {
            given.iter().map(|(fill, source)| AuditKey::new(&[*fill; KEY_BYTES], *source)).collect()
        };
        let mut keys = set(&[(1, "a"), (2, "b"), (1, "c")]);
        keys.lose("x".to_owned());
        let mut others = set(&[(2, "d"), (3, "e")]);
        others.lose("y".to_owned());
        keys.extend(others);
        let sources: Vec<_> = keys.keys().iter().map(AuditKey::source).collect();
        assert_eq!(sources, ["a", "b", "e"]);
        assert_eq!(keys.lost(), ["x", "y"]);
        let marked = |keys: &KeySet| keys.keys().iter().map(AuditKey::is_compromised).collect::<Vec<_>>();
        assert_eq!(marked(&keys), [false; 3]);
        keys.add(AuditKey::new(&[2; KEY_BYTES], "f").compromised().replaced_by(4));
        assert_eq!(marked(&keys), [false, true, false]);
        assert_eq!(keys.keys()[1].age(), Some(4));
    }
}
