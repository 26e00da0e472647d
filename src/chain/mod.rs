//! The chain formula (audit log, section 3) in separate stages: `key_schedule` (the keys), `absorb` (whatever of an entry can
//! be hashed without its predecessor), `link` (the serial rest). What a break means is left to `verdict`.
//!
//! ```text
//! k(1) = SHA-256(K)                k(n+1) = SHA-256(k(n))        key schedule
//! h(n) = HMAC(k(n), LE(n) || h(n-1))                             absorb, link
//! IC(n) = SHA-256(h(n))                                          the seal
//! ```

mod absorb;
mod block;
mod follow;
mod key_schedule;
mod link;
mod pipeline;
mod prediction;
mod prepare;
pub mod reference;
mod seen;
mod verifier;

pub use follow::{ChainId, ChainPosition, Follower, OPEN_CHAINS_MAX, Sealed, Spelling, Step};
pub use pipeline::{Followed, Pipeline, Strategy};
pub use prepare::Prepared;
pub use seen::{Fingerprint, Fingerprinter, SeenLines};
pub use verifier::ChainVerifier;
