//! Events one after the other, for users of the library that want to go through a log without a sink.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::Arc;

use super::{Records, Services};
use crate::event::{Event, NoEvent, Service};
use crate::line::{Batch, Limits, LineReader};

/// One line of a log.
#[derive(Debug)]
pub struct LogEvent {
    /// Its 1-based number.
    pub line: u64,
    /// What it says, with the service that the last start-up line named; why it says nothing where it is no entry.
    pub event: Result<Event<'static>, NoEvent>,
}

/// The lines of a log that are not blank, read as they are asked for. See [`events`].
pub struct Events<R> {
    lines: LineReader<R>,
    batch: Batch,
    service: Service,
    ready: VecDeque<LogEvent>,
    done: bool,
}

/// Reads a log, in whichever format and wrapper it is; memory does not grow with it. Nothing is verified.
pub fn events<R: Read>(log: R) -> Events<R> {
    let lines = LineReader::with_limits(log, Limits::default());
    Events { lines, batch: Batch::default(), service: Service::default(), ready: VecDeque::new(), done: false }
}

impl<R> Events<R> {
    fn read_batch(&mut self) {
        let (services, file) = (Services::follow(&mut self.service, &self.batch), Arc::from(""));
        for record in Records::new(&self.batch, &file, None, None, &services).iter() {
            let line = record.line.number;
            match record.into_event() {
                Err(NoEvent::Blank) => {}
                event => self.ready.push_back(LogEvent { line, event: event.map(Event::into_owned) }),
            }
        }
    }
}

impl<R: Read> Iterator for Events<R> {
    /// An error is the last item.
    type Item = io::Result<LogEvent>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() && !self.done {
            match self.lines.fill(&mut self.batch) {
                Ok(true) => self.read_batch(),
                Ok(false) => self.done = true,
                Err(error) => {
                    self.done = true;
                    return Some(Err(error));
                }
            }
        }
        self.ready.pop_front().map(Ok)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_that_is_not_blank_comes_with_its_number_and_what_it_is() {
        let entry = "time=\"2025-03-14T00:00:00Z\" level=info msg=m code=560";
        let log = format!("{entry}\n\nno entry\n  \n{entry}\n");
        let seen: Vec<_> = events(log.as_bytes())
            .map(|line| line.expect("bytes can be read"))
            .map(|line| (line.line, line.event.map(|event| event.code())))
            .collect();
        assert_eq!(seen, [(1, Ok(Some(560))), (3, Err(NoEvent::Foreign)), (5, Ok(Some(560)))]);
    }

    #[test]
    fn the_service_is_that_of_the_last_start_up_line() {
        let time = "time=\"2025-03-14T00:00:00Z\" level=info";
        let log = format!("{time} msg=m\n{time} msg=\"Starting service a [pid=1]\" version=1\n{time} msg=m\n");
        let products: Vec<_> = events(log.as_bytes())
            .map(|line| line.expect("bytes can be read").event.expect("an entry").product)
            .map(|product| product.map(|text| text.to_str().into_owned()))
            .collect();
        assert_eq!(products, [None, Some("a".to_owned()), Some("a".to_owned())]);
    }

    #[test]
    fn an_error_is_the_last_item() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("broken off"))
            }
        }
        let mut lines = events(Broken);
        assert!(lines.next().is_some_and(|item| item.is_err()) && lines.next().is_none());
    }
}
