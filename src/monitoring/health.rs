//! Whether the threads of a watch still take steps, and whether it follows already. Who asks, and what is done about the answer, is
//! left to the server and to systemd.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};

/// The longest time without a step; one that waits for more of a log is a step as well.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// The state of a watch. A clone is the same state.
#[derive(Clone, Debug)]
pub struct Health {
    shared: Arc<HealthState>,
}

#[derive(Debug)]
struct HealthState {
    origin: Instant,
    /// One of the constants of [`HealthState`].
    stage: AtomicU8,
    threads: Mutex<Vec<Arc<Pulse>>>,
}

impl HealthState {
    const STARTING: u8 = 0;
    const READY: u8 = 1;
    const STOPPING: u8 = 2;
}

/// The last step of a thread.
#[derive(Debug)]
struct Pulse {
    name: String,
    /// Milliseconds since the origin.
    last_ms: AtomicI64,
}

/// A thread that takes steps. When it is dropped nothing is expected of the thread any more, unless that panicked.
#[derive(Debug)]
pub struct Heartbeat {
    health: Health,
    pulse: Arc<Pulse>,
}

/// A thread that takes no steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stalled {
    /// Its log; hostile text.
    pub name: String,
    /// Time since its last step.
    pub silence: Duration,
}

impl Health {
    /// Of a watch that begins.
    pub fn new() -> Self {
        let shared = HealthState {
            origin: Instant::now(),
            stage: AtomicU8::new(HealthState::STARTING),
            threads: Mutex::new(Vec::new()),
        };
        Self { shared: Arc::new(shared) }
    }

    /// A thread begins, in place of an earlier one of the same name.
    pub fn follow(&self, name: &str) -> Heartbeat {
        let pulse = Arc::new(Pulse { name: name.to_owned(), last_ms: AtomicI64::new(self.elapsed_ms()) });
        let mut threads = self.threads();
        threads.retain(|other| other.name != name);
        threads.push(Arc::clone(&pulse));
        drop(threads);
        Heartbeat { health: self.clone(), pulse }
    }

    /// What was there at the start is verified, and following has begun.
    pub fn ready(&self) {
        self.shared.stage.store(HealthState::READY, Ordering::Release);
    }

    /// The watch ends: nobody should rely on it any more.
    pub fn stopping(&self) {
        self.shared.stage.store(HealthState::STOPPING, Ordering::Release);
    }

    /// Whether it follows.
    pub fn is_ready(&self) -> bool {
        self.shared.stage.load(Ordering::Acquire) == HealthState::READY
    }

    /// Whether it begins: what was there at the start is being verified.
    pub fn is_starting(&self) -> bool {
        self.shared.stage.load(Ordering::Acquire) == HealthState::STARTING
    }

    /// How many threads take steps, or those that do not.
    pub fn check(&self) -> Result<usize, Vec<Stalled>> {
        self.check_at(self.elapsed_ms())
    }

    fn check_at(&self, now_ms: i64) -> Result<usize, Vec<Stalled>> {
        let threads = self.threads();
        let silence = |pulse: &Pulse| {
            let silence_ms = now_ms.saturating_sub(pulse.last_ms.load(Ordering::Relaxed));
            Duration::from_millis(u64::try_from(silence_ms).unwrap_or(0))
        };
        let stalled: Vec<_> = threads
            .iter()
            .map(|pulse| Stalled { name: pulse.name.clone(), silence: silence(pulse) })
            .filter(|thread| thread.silence > SILENCE_MAX)
            .collect();
        if stalled.is_empty() { Ok(threads.len()) } else { Err(stalled) }
    }

    fn elapsed_ms(&self) -> i64 {
        i64::try_from(self.shared.origin.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    fn threads(&self) -> MutexGuard<'_, Vec<Arc<Pulse>>> {
        self.shared.threads.lock()
    }
}

impl Default for Health {
    fn default() -> Self {
        Self::new()
    }
}

impl Heartbeat {
    /// The thread took a step.
    pub fn beat(&self) {
        self.pulse.last_ms.store(self.health.elapsed_ms(), Ordering::Relaxed);
    }

    /// As if the thread had taken no step for longer than is allowed.
    #[cfg(test)]
    pub(super) fn fall_silent(&self) {
        let before = 2 * i64::try_from(SILENCE_MAX.as_millis()).expect("a short time");
        self.pulse.last_ms.store(self.health.elapsed_ms() - before, Ordering::Relaxed);
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.health.threads().retain(|pulse| !Arc::ptr_eq(pulse, &self.pulse));
        }
    }
}

impl fmt::Display for Stalled {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "no step for {} s: {}", self.silence.as_secs(), self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_without_a_step_is_named_until_it_takes_one_or_ends() {
        let health = Health::new();
        let (first, second) = (health.follow("a.log"), health.follow("b.log"));
        first.pulse.last_ms.store(0, Ordering::Relaxed);
        second.pulse.last_ms.store(60_000, Ordering::Relaxed);
        assert_eq!(health.check_at(30_000), Ok(2));
        let stalled = health.check_at(60_000).expect_err("one");
        assert_eq!(stalled, [Stalled { name: "a.log".to_owned(), silence: Duration::from_secs(60) }]);
        assert_eq!(stalled[0].to_string(), "no step for 60 s: a.log");
        first.beat();
        assert_eq!(health.check(), Ok(2));
        drop(first);
        assert_eq!(health.check_at(60_000), Ok(1));
    }

    #[test]
    fn a_thread_that_panicked_stays_silent_until_another_takes_its_place() {
        let health = Health::new();
        let heartbeat = health.follow("a.log");
        let thread = std::thread::spawn(move || {
            heartbeat.fall_silent();
            let _heartbeat = heartbeat;
            panic!("on purpose");
        });
        assert!(thread.join().is_err());
        assert!(health.check().is_err());
        let again = health.follow("a.log");
        assert_eq!(health.check(), Ok(1));
        drop(again);
        assert_eq!(health.check(), Ok(0));
    }

    #[test]
    fn it_is_ready_between_the_start_and_the_end() {
        let health = Health::new();
        let stage = |health: &Health| (health.is_starting(), health.is_ready());
        assert_eq!(stage(&health), (true, false));
        health.ready();
        assert_eq!(stage(&health.clone()), (false, true));
        health.stopping();
        assert_eq!(stage(&health), (false, false));
    }
}
