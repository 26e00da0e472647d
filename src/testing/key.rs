//! Keystores in memory and key rings that tests make, part by part, with keys that are sealed by the tests themselves. Those
//! that Acra wrote are fixtures.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::key::store::{History, Keystore, MasterKey, Storage, StorageError, StoreEntry, Unlock, open, seal, sign};

/// The tags of DER that a key ring has (X.690, 8.3 and 8.7), and the one of a symmetric key in it.
const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const SYMMETRIC_KEY: u8 = 0x83;

/// The content of an entry that cannot be read.
pub(crate) const UNFIT: &[u8] = b"unfit";

/// The content of one at which the storage goes away.
pub(crate) const AWAY: &[u8] = b"away";

/// The historical key beside which others cannot be listed.
pub(crate) const UNLISTED: &str = "and others";

/// A keystore in memory, with entries by their path.
#[derive(Clone, Default)]
pub(crate) struct Memory(pub(crate) BTreeMap<String, Vec<u8>>);

impl Memory {
    pub(crate) fn with(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.0.insert(path.to_owned(), content.into());
        self
    }

    /// A keystore v2 with this key ring.
    pub(crate) fn with_ring(ring: impl Into<Vec<u8>>) -> Self {
        Self::default().with("version", b"Acra Keystore v2").with("audit-log.keyring", ring)
    }
}

impl Storage for Memory {
    fn origin(&self) -> String {
        "--memory M".to_owned()
    }

    fn place(&self, entry: StoreEntry<'_>) -> String {
        format!("M/{}", entry.path())
    }

    fn read(&self, entry: StoreEntry<'_>) -> Result<Option<Zeroizing<Vec<u8>>>, StorageError> {
        match self.0.get(&entry.path()) {
            Some(content) if content == UNFIT => Err(StorageError::Entry(Failure::new(self.place(entry) + ": unfit"))),
            Some(content) if content == AWAY => Err(StorageError::Access(Failure::new("the storage has gone away"))),
            content => Ok(content.cloned().map(Zeroizing::new)),
        }
    }

    fn history(&self) -> Result<History, Failure> {
        let names = self.0.keys().filter_map(|path| path.strip_prefix("secure_log_key.old/"));
        let names = names.filter(|name| *name != UNLISTED).map(str::to_owned).collect();
        let is_unlisted = self.0.contains_key(&format!("secure_log_key.old/{UNLISTED}"));
        Ok(History { names, unlisted: is_unlisted.then(|| Failure::new("M/secure_log_key.old: cannot be listed")) })
    }

    fn elsewhere(&self) -> Option<String> {
        self.0.contains_key("beside").then(|| "there is a keystore beside".to_owned())
    }
}

/// What keys are sealed with.
pub(crate) const MASTER: [u8; 32] = [7; 32];

/// The master key of keystore v1.
pub(crate) fn master() -> Unlock {
    Unlock::Master(MasterKey::from_bytes(Zeroizing::new(MASTER.to_vec()), "the test"))
}

/// The master key of keystore v2.
pub(crate) fn master_pair() -> Unlock {
    let [encryption, signature] = [&MASTER, SIGNATURE_KEY].map(|key| STANDARD.encode(key));
    let json = serde_json::json!({"encryption": encryption, "signature": signature}).to_string();
    Unlock::Master(MasterKey::from_bytes(Zeroizing::new(json.into_bytes()), "the test"))
}

/// A key of keystore v1 whose bytes are all `fill`.
pub(crate) fn sealed(fill: u8) -> Vec<u8> {
    seal(&[fill; 32], &MASTER, b"secure_log_key", [fill; 12])
}

/// The part of a ring's key in which 32 bytes `fill` are sealed.
pub(crate) fn sealed_part(seqnum: i8, fill: u8) -> Vec<u8> {
    let context = format!("AKSv2 keystore: key ring audit-log: symmetric key {seqnum}");
    part(3, &seal(&[fill; 32], &MASTER, context.as_bytes(), [fill; 12]))
}

/// A key ring of keys by number, state and the byte they consist of.
pub(crate) fn ring_file(keys: &[(i8, i8, u8)], current: i8) -> Vec<u8> {
    let keys = keys.iter().map(|(seqnum, state, fill)| key(*seqnum, *state, &[&sealed_part(*seqnum, *fill)]));
    let keys: Vec<_> = keys.collect();
    let keys: Vec<_> = keys.iter().map(|key| &key[..]).collect();
    signed(&payload(&ring_of(&keys, current)))
}

/// A keystore v2 with a key in each state, the oldest one in a state that Acra has not, and since before year 0.
pub(crate) fn of_every_state() -> Keystore {
    let [since, until] = [far_time("00000101000000+0100"), far_time("20501122101334Z")];
    let oldest = key_valid([&since, &until], 0, -1, &[&sealed_part(0, 99)]);
    let others = [1, 2, 3, 4, 5, 6].map(|state| key(state, state, &[&sealed_part(state, 1)]));
    let keys: Vec<_> = [&oldest].into_iter().chain(&others).map(|key| &key[..]).collect();
    open(&Memory::with_ring(signed(&payload(&ring_of(&keys, 2)))), &master_pair()).unwrap()
}

/// What rings are signed with.
pub(crate) const SIGNATURE_KEY: &[u8; 32] = b"a signature key of some 32 bytes";

/// The kind of signature that is known.
pub(crate) const HMAC: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];

pub(crate) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => [&[tag, short], content].concat(),
        Ok(long) => [&[tag, 0x81, long], content].concat(),
        Err(_) => [&[tag, 0x82, (length >> 8) as u8, length as u8], content].concat(),
    }
}

pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(SEQUENCE, &parts.concat())
}

pub(crate) fn number(number: i8) -> Vec<u8> {
    element(INTEGER, &number.to_be_bytes())
}

pub(crate) fn time() -> Vec<u8> {
    element(UTC_TIME, b"261122101334Z")
}

/// A time as it is written for a year that UTCTime has not.
pub(crate) fn far_time(text: &str) -> Vec<u8> {
    element(GENERALIZED_TIME, text.as_bytes())
}

/// A key with these parts.
pub(crate) fn key(seqnum: i8, state: i8, parts: &[&[u8]]) -> Vec<u8> {
    key_valid([&time(), &time()], seqnum, state, parts)
}

/// A key with the times since when, and until when, it is valid.
pub(crate) fn key_valid([since, until]: [&[u8]; 2], seqnum: i8, state: i8, parts: &[&[u8]]) -> Vec<u8> {
    sequence(&[&number(seqnum), &number(state), since, until, &element(SET, &parts.concat())])
}

pub(crate) fn part(format: i8, sealed: &[u8]) -> Vec<u8> {
    sequence(&[&number(format), &element(SYMMETRIC_KEY, sealed)])
}

pub(crate) fn ring_of(keys: &[&[u8]], current: i8) -> Vec<u8> {
    sequence(&[&element(OCTET_STRING, b"audit-log"), &sequence(keys), &number(current)])
}

pub(crate) fn payload(ring: &[u8]) -> Vec<u8> {
    sequence(&[&number(1), &number(2), &time(), ring])
}

pub(crate) fn signature(algorithm: &[u8], signature: &[u8]) -> Vec<u8> {
    sequence(&[&element(OBJECT_IDENTIFIER, algorithm), &element(OCTET_STRING, signature)])
}

pub(crate) fn with_signatures(payload: &[u8], signatures: &[&[u8]]) -> Vec<u8> {
    sequence(&[payload, &element(SET, &signatures.concat())])
}

pub(crate) fn signed(payload: &[u8]) -> Vec<u8> {
    with_signatures(payload, &[&signature(HMAC, &sign(SIGNATURE_KEY, payload))])
}
