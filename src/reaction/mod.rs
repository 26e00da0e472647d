//! What is done about alarms: which reaction an alarm is for, when it is told, and what was told already. Raising alarms is left to
//! `watch`.

pub mod action;
mod clock;
mod condition;
mod config;
mod deliveries;
mod journal;
mod queue;
mod reactor;
mod record;
pub mod reference;
#[cfg(test)]
mod sample;
mod schedule;

pub use clock::UnixTime;
pub use config::{LIST, Reaction, name_sigma_rules, reactions};
pub use reactor::{ReactionPlan, Reactor, test_reaction};
pub use schedule::ReactionCounts;
