//! What is done about alarms: which reaction an alarm is for, when it is told, and what was told already. Raising alarms is left to
//! `watch`.

pub mod action;
