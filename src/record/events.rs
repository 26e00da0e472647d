//! Events one after the other, for users of the library that want to go through a log without a sink.

use std::collections::VecDeque;
use std::io::{self, Read};

use crate::event::{Event, NoEvent};
use crate::line::{Batch, Limits, LineReader};

/// One line of a log.
#[derive(Debug)]
pub struct LogEvent {
    /// Its 1-based number.
    pub line: u64,
    /// What it says; why it says nothing where it is no entry.
    pub event: Result<Event<'static>, NoEvent>,
}

/// The lines of a log that are not blank, read as they are asked for. See [`events`].
pub struct Events<R> {
    lines: LineReader<R>,
    batch: Batch,
    ready: VecDeque<LogEvent>,
    done: bool,
}

/// Reads a log, in whichever format and wrapper it is; memory does not grow with it. Nothing is verified.
pub fn events<R: Read>(log: R) -> Events<R> {
    let lines = LineReader::with_limits(log, Limits::default());
    Events { lines, batch: Batch::default(), ready: VecDeque::new(), done: false }
}

impl<R: Read> Iterator for Events<R> {
    /// An error is the last item.
    type Item = io::Result<LogEvent>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() && !self.done {
            match self.lines.fill(&mut self.batch) {
                Ok(more) => self.done = !more,
                Err(error) => {
                    self.done = true;
                    return Some(Err(error));
                }
            }
            for line in self.batch.lines.iter().filter(|_| !self.done) {
                let event = match Event::read(self.batch.text_of(line)) {
                    _ if !line.state.has_text() => Err(NoEvent::Malformed),
                    Err(NoEvent::Blank) => continue,
                    event => event.map(Event::into_owned),
                };
                self.ready.push_back(LogEvent { line: line.number, event });
            }
        }
        self.ready.pop_front().map(Ok)
    }
}
