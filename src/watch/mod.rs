//! What goes on in logs while they are written: alarms that are raised, updated and closed. Following and verifying is left to
//! `follow` and `verifier`, what is done about an alarm to `reaction`.

mod alarm;
mod comparison;
mod integrity;
mod log;
mod occasions;

pub use alarm::{Alarm, AlarmExample, AlarmId, AlarmKind, AlarmState, SealProof};
pub use comparison::{AlarmChange, AlarmComparison, AlarmDifference, AlarmDifferences, RaisedAlarm, RuleSide};
pub use log::{EventRule, LineCounts, LogWatch, Now, WatchOptions};
