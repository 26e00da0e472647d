//! How following a log goes on, for those who watch it from outside.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What a follower leaves for others to see.
#[derive(Debug, Default)]
pub struct FollowProgress {
    losses: AtomicU64,
    looks: AtomicU64,
    behind: AtomicU64,
    is_caught_up: AtomicBool,
    is_all_taken: AtomicBool,
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
        self.behind.load(Ordering::Relaxed)
    }

    /// Whether what was there when the log began to be followed has been read, and taken by whoever wants its lines.
    pub fn is_caught_up(&self) -> bool {
        self.is_caught_up.load(Ordering::Acquire)
    }

    pub(super) fn lose(&self) {
        self.losses.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn look(&self) {
        self.looks.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether everything that was read so far has been taken.
    pub(super) fn set_taken(&self, all: bool) {
        self.is_all_taken.store(all, Ordering::Relaxed);
    }

    /// What was there at first has been read. It is caught up with once that was taken.
    pub(super) fn pass_beginning(&self) {
        if self.is_all_taken.load(Ordering::Relaxed) {
            self.is_caught_up.store(true, Ordering::Release);
        }
    }

    pub(super) fn set_bytes_behind(&self, bytes: u64) {
        self.behind.store(bytes, Ordering::Relaxed);
    }
}
