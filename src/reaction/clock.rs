//! Moments that outlive a restart, and the clock they are read from, which never goes back while the program runs. The log's own
//! times are left to `entry`.

use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};

/// A moment by the clock of this machine, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixTime(u64);

impl UnixTime {
    /// So many milliseconds after 1970.
    pub const fn of_milliseconds(milliseconds: u64) -> Self {
        Self(milliseconds)
    }

    /// So much later.
    #[must_use]
    pub fn plus(self, length: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(length.as_millis()).unwrap_or(u64::MAX)))
    }

    /// So much earlier.
    #[must_use]
    pub fn minus(self, length: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(length.as_millis()).unwrap_or(u64::MAX)))
    }

    /// How long after another moment it is; nothing when it is before that.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

/// Tells what time it is.
pub trait WallClock: Send + Sync {
    /// The present moment, never before one that was told earlier.
    fn now(&self) -> UnixTime;
}

/// The clock of this machine as it stood at the start, and what passed since: setting it neither holds nor hastens anything.
#[derive(Debug)]
pub struct SteadyClock {
    started: Instant,
    started_at: UnixTime,
}

impl SteadyClock {
    /// Starts it.
    pub fn start() -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { started: Instant::now(), started_at: UnixTime::default().plus(now) }
    }
}

impl WallClock for SteadyClock {
    fn now(&self) -> UnixTime {
        self.started_at.plus(self.started.elapsed())
    }
}
