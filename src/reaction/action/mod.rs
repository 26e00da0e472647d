//! The actions that a reaction can take: each tells or does one thing, once, and says how that went. When, how often, and whether it
//! is tried again is left to the schedule.

use std::time::Duration;

use crate::watch::Alarm;

/// What an action is told.
#[derive(Clone, Copy, Debug)]
pub struct Notification<'a> {
    /// The name of the reaction.
    pub reaction: &'a str,
    /// The alarms it is about, the oldest change first; never empty.
    pub alarms: &'a [Alarm],
    /// The same for every attempt to tell this, on every machine and after every restart.
    pub idempotency_key: &'a str,
    /// How many changes of alarms were held back by the rate limit since the last notification; they are not told one by one.
    pub withheld: u64,
}

/// Why an action did not come about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionFailure {
    /// What happened, for people. Never a secret.
    pub message: String,
    /// Whether the same again would fail again: it is not tried again.
    pub is_permanent: bool,
    /// When the receiver wants to be asked again (RFC 9110, section 10.2.3).
    pub retry_after: Option<Duration>,
}
