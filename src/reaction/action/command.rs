//! Runs a program: fed, heard as far as memory allows, and killed with its children when its time is up. What it is for and what its
//! end means is left to the actions.

use std::collections::VecDeque;
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, ioctl_fionbio};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

/// Of the end of what a program prints, in bytes.
const OUTPUT_BYTES_MAX: usize = 8192;

/// How long a program that was killed may take to be gone. One that waits for a disk cannot be killed, and is left to the system.
const DYING_SECONDS_MAX: Duration = Duration::from_secs(5);

/// What is still read when a program has ended: others may hold its output, and write without end.
const REST_BYTES_MAX: usize = 1024 * 1024;

/// How a program ended.
pub(super) struct Ended {
    /// None when its time was up.
    pub(super) status: Option<ExitStatus>,
    /// The end of what it printed, both outputs as they came.
    pub(super) output: Vec<u8>,
}

/// Runs a program in a process group of its own. What it started and left behind is left alone when it ended in time; what it prints
/// from then on is lost.
pub(super) fn run(mut command: Command, stdin: &[u8], timeout: Duration) -> io::Result<Ended> {
    let deadline = Instant::now() + timeout;
    let (output, writer) = io::pipe()?;
    command.process_group(0).stdin(Stdio::piped()).stdout(writer.try_clone()?).stderr(writer);
    let mut group = ProcessGroup(Some(command.spawn()?));
    // It holds the writing ends, without which the output would never end.
    drop(command);
    let exit = group.watch_exit()?;
    let mut conversation = Conversation::new(group.take_stdin(), stdin, output)?;
    let in_time = conversation.until(&exit, deadline)?;
    let status = if in_time {
        group.reap()?
    } else {
        group.kill();
        if conversation.until(&exit, Instant::now() + DYING_SECONDS_MAX)? {
            group.reap()?;
        }
        None
    };
    Ok(Ended { status, output: conversation.output() })
}

/// A program and what it started, which is killed when it was not waited for.
struct ProcessGroup(Option<Child>);

impl ProcessGroup {
    fn pid(&self) -> Option<Pid> {
        Pid::from_raw(self.0.as_ref()?.id().try_into().ok()?)
    }

    fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.0.as_mut()?.stdin.take()
    }

    /// A pipe that ends when the program does. The program is not reaped by then: its number belongs to nobody else.
    fn watch_exit(&self) -> io::Result<io::PipeReader> {
        let (reader, writer) = io::pipe()?;
        if let Some(pid) = self.pid() {
            let wait = move || {
                let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
                while matches!(waitid(WaitId::Pid(pid), options), Err(Errno::INTR)) {}
                drop(writer);
            };
            thread::Builder::new().name("action".to_owned()).spawn(wait)?;
        }
        Ok(reader)
    }

    fn kill(&self) {
        if let Some(pid) = self.pid() {
            // Whoever is gone needs no signal.
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }

    fn reap(&mut self) -> io::Result<Option<ExitStatus>> {
        self.0.take().map(|mut child| child.wait()).transpose()
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        self.kill();
        if let Some(child) = &mut self.0 {
            // One that cannot be killed is not waited for.
            let _ = child.try_wait();
        }
    }
}

/// What goes to a program and what comes from it, at the same time and in any order.
struct Conversation<'a> {
    stdin: Option<ChildStdin>,
    unsent: &'a [u8],
    output: Option<io::PipeReader>,
    kept: VecDeque<u8>,
}

impl<'a> Conversation<'a> {
    fn new(stdin: Option<ChildStdin>, unsent: &'a [u8], output: io::PipeReader) -> io::Result<Self> {
        ioctl_fionbio(&output, true)?;
        if let Some(stdin) = &stdin {
            ioctl_fionbio(stdin, true)?;
        }
        Ok(Self { stdin, unsent, output: Some(output), kept: VecDeque::new() })
    }

    /// Goes on until the program ends, which is true, or the time is up.
    fn until(&mut self, exit: &io::PipeReader, deadline: Instant) -> io::Result<bool> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(timeout) = Timespec::try_from(left) else { return Ok(false) };
            let (stdin, output) = (self.stdin.as_ref(), self.output.as_ref());
            let mut waited = vec![PollFd::new(exit, PollFlags::IN)];
            waited.extend(stdin.map(|stdin| PollFd::from_borrowed_fd(stdin.as_fd(), PollFlags::OUT)));
            waited.extend(output.map(|output| PollFd::from_borrowed_fd(output.as_fd(), PollFlags::IN)));
            match poll(&mut waited, Some(&timeout)) {
                Ok(0) => return Ok(false),
                Err(Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
                Ok(_) => {}
            }
            let has_ended = !waited[0].revents().is_empty();
            self.send();
            self.receive(if has_ended { REST_BYTES_MAX } else { OUTPUT_BYTES_MAX });
            if has_ended {
                return Ok(true);
            }
        }
    }

    /// Sends what fits. A program need not read all that it is told.
    fn send(&mut self) {
        let Some(stdin) = &mut self.stdin else { return };
        match stdin.write(self.unsent) {
            Ok(sent) => self.unsent = &self.unsent[sent..],
            Err(error) if is_not_now(&error) => {}
            Err(_) => self.unsent = &[],
        }
        if self.unsent.is_empty() {
            self.stdin = None;
        }
    }

    fn receive(&mut self, bytes_max: usize) {
        let (mut buffer, mut received) = ([0; OUTPUT_BYTES_MAX], 0);
        while let Some(output) = self.output.as_mut().filter(|_| received < bytes_max) {
            match output.read(&mut buffer) {
                Ok(0) => self.output = None,
                Ok(read) => {
                    received += read;
                    self.kept.extend(&buffer[..read]);
                    self.kept.drain(..self.kept.len().saturating_sub(OUTPUT_BYTES_MAX));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => self.output = None,
            }
        }
    }

    fn output(self) -> Vec<u8> {
        self.kept.into()
    }
}

fn is_not_now(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}
