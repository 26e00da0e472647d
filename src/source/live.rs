//! Inputs on which reading may wait for somebody to write: pipes, sockets, terminals. Tells whether there is more at once,
//! so that what is at hand is not held back meanwhile.

use std::fs::File;
use std::time::Duration;
use std::{fmt, io};

/// How long nothing must come until an input counts as waiting: a busy writer is not, even when it is slower than we are.
const PATIENCE: Duration = Duration::from_millis(10);

/// An input that may keep its reader waiting.
pub struct Live {
    #[cfg(unix)]
    file: File,
}

impl Live {
    /// The file must not be a regular one.
    ///
    /// # Errors
    /// Those of the system.
    #[cfg(unix)]
    pub(super) fn of(file: &File) -> io::Result<Self> {
        Ok(Self { file: file.try_clone()? })
    }

    /// Whether nothing is there to be read, and nothing came for a moment. At the end of the input there is something:
    /// its end.
    #[cfg(unix)]
    pub fn waits(&self) -> bool {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};

        let patience = Timespec { tv_sec: 0, tv_nsec: i64::from(PATIENCE.subsec_nanos()) };
        let mut asked = [PollFd::new(&self.file, PollFlags::IN)];
        // Where nobody can tell, what is at hand is passed on.
        !poll(&mut asked, Some(&patience)).is_ok_and(|ready| ready > 0)
    }

    /// Where the system does not tell, what is at hand is always passed on.
    #[cfg(not(unix))]
    pub fn waits(&self) -> bool {
        true
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Live")
    }
}

/// Whether something is piped, or redirected, into standard input: not a terminal, not `/dev/null`.
#[cfg(unix)]
pub fn stdin_is_fed() -> bool {
    use std::os::fd::AsFd;
    use std::os::unix::fs::FileTypeExt;

    let kind = io::stdin().as_fd().try_clone_to_owned().and_then(|stdin| File::from(stdin).metadata());
    kind.is_ok_and(|it| {
        let kind = it.file_type();
        kind.is_file() || kind.is_fifo() || kind.is_socket()
    })
}

/// Whether something is piped, or redirected, into standard input: not a terminal.
#[cfg(not(unix))]
pub fn stdin_is_fed() -> bool {
    use std::io::IsTerminal as _;
    !io::stdin().is_terminal()
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::Write as _;
    use std::os::fd::OwnedFd;

    use super::*;

    #[test]
    fn a_pipe_waits_until_something_is_written_or_its_end_is_there() {
        let (reader, mut writer) = io::pipe().expect("pipes can be made");
        let live = Live { file: File::from(OwnedFd::from(reader)) };
        assert!(live.waits());
        writer.write_all(b"x").expect("a pipe takes a byte");
        assert!(!live.waits());
        drop(writer);
        assert!(!live.waits());
    }
}
