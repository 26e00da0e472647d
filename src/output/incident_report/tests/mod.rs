//! What every format of an incident report promises: its published contract, that no text acts, and that nothing is left out.

mod contract;
mod csv;
pub(super) mod hostile;
pub(super) mod leaves;
mod markdown;
mod shape;
