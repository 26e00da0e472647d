//! The chain formula (audit log, section 3): `key_schedule` has the keys, `seal_verifier` absorbs an entry, links it to its
//! predecessor and compares its seal; `follow` keeps the chains of a stream apart, `pipeline` does it on all cores, ahead of
//! the verified links by `prediction`; `undo` searches what an altered entry was; `checkpoint` is where a chain stands, to go
//! on with later. What a break means is left to `verdict`.
//!
//! ```text
//! k(1) = SHA-256(K)                k(n+1) = SHA-256(k(n))        key schedule
//! h(n) = HMAC(k(n), LE(n) || h(n-1))                             absorb, then link
//! IC(n) = SHA-256(h(n))                                          the seal
//! ```

mod arch;
mod checkpoint;
mod follow;
mod key_schedule;
mod parsed;
mod pending;
mod pipeline;
mod prediction;
pub mod reference;
mod seal_verifier;
mod search_log;
mod sha256;
mod trial;
mod undo;

pub use checkpoint::{CHECKPOINT_KEY_BYTES, Checkpoint, EncryptedCheckpoint, NONCE_BYTES};
pub use follow::{
    CHECKPOINTS_MAX, ChainId, ChainPosition, Fingerprint, OPEN_CHAINS_MAX, Recovered, SeenLines, Spelling, Step,
};
pub use follow::{Hypothesis, PlaceSearch, SearchSummary, SpellingTrials, Trial};
pub use pending::PENDING_LINES_MAX;
pub use pipeline::{Followed, Pipeline, Strategy};
pub use search_log::{CandidateFamily, FamilyOutcome, FamilyTrial, PlaceSkip, SearchSkip};
pub use undo::{Original, UndoBudget, UndoEffort};
