//! What every report format of `verify` promises: its published contract, exit codes and places, and that no text acts.

mod contract;
mod formats;
mod hostile;
