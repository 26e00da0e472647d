//! What is done about alarms: which reaction an alarm is for, when it is told, and what was told already. Raising alarms is left to
//! `watch`.

pub mod action;
mod clock;
mod condition;
mod config;
mod deliveries;
mod record;

pub use clock::{SteadyClock, UnixTime, WallClock};
pub use config::{RateLimit, Reaction, Retry, ReactionSettings, UndoSettings, WatchConfig};
