//! What the judging of every stream shares and leaves behind: the recorder, the chains seen so far, what each key did.

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
        Self {
            recorder: Recorder::new(sink, demands),
            replay: Replay::default(),
            keys: keys.keys().iter().map(report).collect(),
            compromised: keys.keys().iter().map(AuditKey::is_compromised).collect(),
            ages: keys.keys().iter().map(AuditKey::age).collect(),
            lost_keys: keys.lost().to_vec(),
            limits: Vec::new(),
            forced,
        }
    }
}
