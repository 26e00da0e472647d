//! What the judging of every stream shares and leaves behind: the recorder, the chains seen so far, what each key did.

use std::collections::HashSet;

use super::policy::Demands;
use super::recorder::Recorder;
use super::replay::Replay;
use super::report::{KeyReport, Limit, Sink};
use crate::entry::Format;
use crate::key::{AuditKey, KeySet};

/// See the file's head.
pub(super) struct Docket<'s> {
    pub(super) recorder: Recorder<'s>,
    pub(super) replay: Replay,
    /// In the order in which they were given.
    pub(super) keys: Vec<KeyReport>,
    /// What their keystore says of these keys: whether others know them, and how many have replaced them.
    pub(super) compromised: Vec<bool>,
    pub(super) ages: Vec<Option<usize>>,
    /// Which of these keys the current stream is verified with, in the order in which they are tried.
    in_use: Vec<usize>,
    /// Keys that exist and could not be had.
    pub(super) lost_keys: Vec<String>,
    /// What each stream cannot show.
    pub(super) limits: Vec<Limit>,
    /// The only format that sealed lines may have.
    pub(super) forced: Option<Format>,
}

impl<'s> Docket<'s> {
    pub(super) fn new(
        sink: &'s mut (dyn Sink + Send),
        demands: Demands,
        keys: &KeySet,
        forced: Option<Format>,
    ) -> Self {
        let report = |key: &AuditKey| KeyReport {
            fingerprint: key.fingerprint().to_owned(),
            source: key.source().to_owned(),
            chains: 0,
        };
        let mut all: Vec<&AuditKey> = Vec::new();
        let mut known = HashSet::new();
        all.extend(keys.sets().flat_map(KeySet::keys).filter(|key| known.insert(key.fingerprint())));
        Self {
            recorder: Recorder::new(sink, demands),
            replay: Replay::default(),
            keys: all.iter().map(|key| report(key)).collect(),
            compromised: all.iter().map(|key| key.is_compromised()).collect(),
            ages: all.iter().map(|key| key.age()).collect(),
            in_use: (0..all.len()).collect(),
            lost_keys: keys.lost().to_vec(),
            limits: Vec::new(),
            forced,
        }
    }

    /// A stream begins, which is verified with these keys.
    pub(super) fn use_keys(&mut self, keys: &KeySet) {
        let place = |key: &AuditKey| self.keys.iter().position(|known| known.fingerprint == key.fingerprint());
        self.in_use = keys.keys().iter().filter_map(place).collect();
        self.lost_keys = keys.lost().to_vec();
    }

    /// The index among all keys of one that the current stream is verified with.
    pub(super) fn key(&self, index: usize) -> usize {
        self.in_use.get(index).copied().unwrap_or(index)
    }
}
