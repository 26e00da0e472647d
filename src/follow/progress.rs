//! How following a log goes on, for those who watch it from outside.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a follower leaves for others to see.
#[derive(Debug)]
pub struct FollowProgress {
    losses: AtomicU64,
    looks: AtomicU64,
    /// [`UNKNOWN`] until the live file is read.
    behind: AtomicU64,
}

const UNKNOWN: u64 = u64::MAX;

/// Whoever is no further behind than this keeps up with a log that is written without a pause, in bytes.
const KEEPING_UP_BYTES: u64 = 64 << 10;

impl Default for FollowProgress {
    fn default() -> Self {
        Self { losses: AtomicU64::new(0), looks: AtomicU64::new(0), behind: AtomicU64::new(UNKNOWN) }
    }
}

impl FollowProgress {
    /// How often what was read was in no file any more: the log was emptied or deleted, and nothing beside it holds the same.
    pub fn losses(&self) -> u64 {
        self.losses.load(Ordering::Relaxed)
    }

    /// How often it was looked whether there is more: as long as this grows, somebody waits.
    pub fn looks(&self) -> u64 {
        self.looks.load(Ordering::Relaxed)
    }

    /// How many bytes of the live file were not read yet.
    pub fn bytes_behind(&self) -> u64 {
        Some(self.behind.load(Ordering::Relaxed)).filter(|bytes| *bytes != UNKNOWN).unwrap_or(0)
    }

    /// Whether the live file is read as fast as it is written.
    pub fn keeps_up(&self) -> bool {
        self.behind.load(Ordering::Relaxed) <= KEEPING_UP_BYTES
    }

    pub(super) fn lose(&self) {
        self.losses.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn look(&self) {
        self.looks.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn set_bytes_behind(&self, bytes: u64) {
        self.behind.store(bytes, Ordering::Relaxed);
    }
}
