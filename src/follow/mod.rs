//! Reads logs while they are written: waits at the end of a file, goes on over every rotation, and reads each byte once. What the
//! lines mean is left to whoever reads them; which logs are meant, to `source`.

mod changes;
mod file;
mod log;
mod progress;
mod succession;

pub use changes::Changes;
pub use file::PassedText;
pub use log::FollowedLog;
pub use progress::FollowProgress;

#[cfg(test)]
mod tests;
