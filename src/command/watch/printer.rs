//! Prints alarms on a thread of its own: whoever reads them slowly, or not at all, keeps nobody from being told of them otherwise.

use std::io::{self, Stdout};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;

use crate::failure::Failure;
use crate::output::{AlarmPrinter, Diagnostics};
use crate::watch::Alarm;

/// How many changes of alarms wait for a slow reader; what comes beyond is not printed, which is said.
const WAITING_MAX: usize = 10_000;
/// How long the end waits for one.
const END_MAX: Duration = Duration::from_secs(10);

/// The thread that prints.
pub(super) struct PrintQueue {
    /// Room for all that may wait is taken at once, so an alarm is no part of it.
    queue: Mutex<Option<SyncSender<Box<Alarm>>>>,
    /// Whether lines may be left out for a reader that is too slow.
    may_drop: bool,
    dropped: Mutex<u64>,
    broken: Arc<Mutex<Option<io::Error>>>,
    ended: Mutex<Receiver<()>>,
}

impl PrintQueue {
    /// Begins to print. Where a log is replayed, nothing is left out.
    ///
    /// # Errors
    /// When there is no thread.
    pub(super) fn start(out: AlarmPrinter<Stdout>, is_replayed: bool) -> Result<Self, Failure> {
        let (queue, alarms) = sync_channel(WAITING_MAX);
        let (end, ended) = channel();
        let broken = Arc::<Mutex<_>>::default();
        let noted = Arc::clone(&broken);
        let print = move || print(out, &alarms, &noted, &end);
        let started = thread::Builder::new().name("printer".to_owned()).spawn(print);
        started.map_err(|error| Failure::new(format!("cannot start a thread: {error}")))?;
        let (queue, ended) = (Mutex::new(Some(queue)), Mutex::new(ended));
        Ok(Self { queue, may_drop: !is_replayed, dropped: Mutex::new(0), broken, ended })
    }

    /// Prints an alarm, when those before it are.
    pub(super) fn print(&self, alarm: &Alarm) {
        let Some(queue) = self.queue.lock().clone() else { return };
        let alarm = Box::new(alarm.clone());
        if !self.may_drop {
            // It fails where nobody reads any more, which is told by the error.
            return drop(queue.send(alarm));
        }
        if let Err(TrySendError::Full(_)) = queue.try_send(alarm) {
            let mut dropped = self.dropped.lock();
            *dropped += 1;
            if dropped.is_power_of_two() {
                let what = format!("whoever reads the alarms is too slow: {dropped} changes were not printed so far");
                Diagnostics::stderr().warning(&what);
            }
        }
    }

    /// # Errors
    /// Why nothing can be printed any more.
    pub(super) fn check(&self) -> io::Result<()> {
        self.broken.lock().take().map_or(Ok(()), Err)
    }

    /// Waits until what came so far is printed, for a while.
    ///
    /// # Errors
    /// When it could not be printed.
    pub(super) fn end(&self) -> io::Result<()> {
        drop(self.queue.lock().take());
        // A reader that does not read is not waited for.
        let _ = self.ended.lock().recv_timeout(END_MAX);
        self.check()
    }
}

fn print(
    mut out: AlarmPrinter<Stdout>,
    alarms: &Receiver<Box<Alarm>>,
    broken: &Mutex<Option<io::Error>>,
    end: &Sender<()>,
) {
    for alarm in alarms {
        if let Err(error) = out.print(&alarm) {
            *broken.lock() = Some(error);
            break;
        }
    }
    // Nobody may wait for it.
    let _ = end.send(());
}
