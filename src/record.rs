//! One line as every verb sees it: where it stands, what it says and for which run of a service, what verification says of it.
//! It is read once, however many ask. What the lines mean to a verb is left to its sink; users of the library without one
//! go through [`events`].

use std::cell::OnceCell;
use std::collections::VecDeque;
use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use crate::entry::Format;
use crate::event::{Event, NoEvent, START_UP_WORDS, Service};
use crate::line::{Batch, Limits, LineReader, LineSpan};
use crate::reading::{FileEvent, ReadHooks, ReadOptions, StreamReader};
use crate::source::Stream;
use crate::verdict::Integrity;

/// Lines that are worth a task of their own.
const LINES_PER_TASK: usize = 512;

/// How lines are read as events.
#[derive(Clone, Debug, Default)]
pub struct RecordOptions {
    /// The format that entries must have; None is any.
    pub format: Option<Format>,
    /// The service of the entries before the first start-up line, where they do not name it.
    pub product: Option<String>,
}

/// One line.
#[derive(Debug)]
pub struct Record<'a> {
    /// The file it stands in, as it is named to people. Hostile.
    pub file: &'a Arc<str>,
    /// Its number there, and its state.
    pub line: &'a LineSpan,
    /// Its index in the batch.
    pub index: usize,
    /// The line without its terminator and its wrapper; empty when it has no text that can be read.
    pub text: &'a [u8],
    /// What the verification of this run says of it; None when there is none.
    pub integrity: Option<Integrity<'a>>,
    format: Option<Format>,
    service: &'a Service,
    event: OnceCell<Result<Event<'a>, NoEvent>>,
}

impl<'a> Record<'a> {
    /// What it says, with the service it belongs to; read when it is first asked for.
    ///
    /// # Errors
    /// When the line is no entry of Acra's, or has no text that can be read.
    pub fn event(&self) -> Result<&Event<'a>, NoEvent> {
        self.event.get_or_init(|| self.read()).as_ref().map_err(|why| *why)
    }

    /// The same, without the record.
    ///
    /// # Errors
    /// Those of [`Record::event`].
    pub fn into_event(mut self) -> Result<Event<'a>, NoEvent> {
        self.event.take().unwrap_or_else(|| self.read())
    }

    /// The record of a line that was read before, with what it said.
    #[must_use]
    pub fn with_event(self, event: Event<'a>) -> Self {
        Self { event: OnceCell::from(Ok(event)), ..self }
    }

    fn read(&self) -> Result<Event<'a>, NoEvent> {
        if !self.line.state.has_text() {
            return Err(NoEvent::Malformed);
        }
        let mut event = Event::read_as(self.text, self.format)?;
        self.service.complete(&mut event);
        Ok(event)
    }
}

/// The lines of a batch.
pub struct Records<'a> {
    batch: &'a Batch,
    file: &'a Arc<str>,
    integrity: Option<&'a [Integrity<'a>]>,
    format: Option<Format>,
    services: &'a Services,
}

impl<'a> Records<'a> {
    /// Those of a batch, of entries in this format; None is any.
    pub fn new(
        batch: &'a Batch,
        file: &'a Arc<str>,
        integrity: Option<&'a [Integrity<'a>]>,
        format: Option<Format>,
        services: &'a Services,
    ) -> Self {
        Self { batch, file, integrity, format, services }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.batch.lines.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.batch.lines.is_empty()
    }

    /// Whether it may be waited for the next batch: nothing may be held back.
    pub fn is_paused(&self) -> bool {
        self.batch.paused
    }

    /// One of them, not read yet.
    pub fn get(&self, index: usize) -> Record<'_> {
        let line = self.line(index);
        Record {
            file: self.file,
            line,
            index,
            text: self.batch.text_of(line),
            integrity: self.integrity(index),
            format: self.format,
            service: self.services.at(index),
            event: OnceCell::new(),
        }
    }

    /// Where one of them stands, and its state.
    pub fn line(&self, index: usize) -> &LineSpan {
        &self.batch.lines[index]
    }

    /// What the verification of this run says of one of them; None when there is none.
    pub fn integrity(&self, index: usize) -> Option<Integrity<'a>> {
        self.integrity.map(|verdicts| verdicts[index])
    }

    /// All of them in the order of the log.
    pub fn iter(&self) -> impl Iterator<Item = Record<'_>> {
        (0..self.len()).map(|index| self.get(index))
    }

    /// Groups of them for the threads of the pool, in the order of the log. A record is made where it is looked at: with its
    /// event it is some hundred bytes, which are not to be moved for every line.
    pub fn par_groups(&self) -> impl IndexedParallelIterator<Item = Range<usize>> {
        let groups = self.len().div_ceil(LINES_PER_TASK);
        let group = |index| index * LINES_PER_TASK..self.len().min((index + 1) * LINES_PER_TASK);
        (0..groups).into_par_iter().map(group)
    }
}

/// What a sink wants to see next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Whatever comes.
    Continue,
    /// Nothing more of this file.
    SkipFile,
    /// Nothing more at all.
    Stop,
}

/// Is shown the lines of every stream in their order. It is shown all of them, except that with a
/// [`LineSearch`](crate::line::LineSearch) lines that cannot matter may be left out.
pub trait RecordSink: Send {
    /// A stream begins.
    ///
    /// # Errors
    /// Those of whatever it writes to, here and below.
    fn begin_stream(&mut self, _stream: &Stream) -> io::Result<()> {
        Ok(())
    }

    /// Something happens to a file of the stream; the records are those of [`FileEvent::Lines`], none otherwise.
    ///
    /// # Errors
    /// Those of whatever it writes to.
    fn take(&mut self, file: &Arc<str>, event: &FileEvent, records: &Records<'_>) -> io::Result<Flow>;
}

/// Makes records of what is read of a stream and hands them to a sink.
pub struct RecordFeed<'s> {
    sink: &'s mut dyn RecordSink,
    options: RecordOptions,
    files: Vec<Arc<str>>,
    service: Service,
    empty: Batch,
}

impl<'s> RecordFeed<'s> {
    /// Feeds this sink.
    pub fn new(sink: &'s mut dyn RecordSink, options: RecordOptions) -> Self {
        Self { sink, options, files: Vec::new(), service: Service::default(), empty: Batch::default() }
    }

    /// A stream begins, and with it another run of a service.
    ///
    /// # Errors
    /// Those of the sink, here and below.
    pub fn begin_stream(&mut self, stream: &Stream) -> io::Result<()> {
        self.files = stream.files.iter().map(|file| Arc::clone(&file.shown)).collect();
        self.service = Service::named(self.options.product.clone());
        self.sink.begin_stream(stream)
    }

    /// What was read next, with the verdicts on its lines when there are any.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn take(&mut self, event: &FileEvent, batch: &Batch, integrity: Option<&[Integrity<'_>]>) -> io::Result<Flow> {
        if let FileEvent::Added { shown, .. } = event {
            self.files.push(Arc::clone(shown));
        }
        let file = &self.files[event.file()];
        let (batch, integrity) = match event {
            FileEvent::Lines { .. } => (batch, integrity),
            _ => {
                self.empty.paused = batch.paused;
                (&self.empty, None)
            }
        };
        let services = Services::follow(&mut self.service, batch);
        self.sink.take(file, event, &Records::new(batch, file, integrity, self.options.format, &services))
    }
}

/// Reads streams without verifying them: while a batch is shown, the next one is read, but a batch is shown before it is
/// waited for more of a live input.
///
/// # Errors
/// Those of the sink. What cannot be read is an event, not an error.
pub fn read_streams(
    streams: &[Stream],
    options: ReadOptions<'_>,
    hooks: ReadHooks<'_>,
    mut feed: RecordFeed<'_>,
) -> io::Result<()> {
    for stream in streams {
        feed.begin_stream(stream)?;
        let mut reader = StreamReader::new(&stream.files, options, hooks);
        let (mut now, mut ahead) = (Batch::default(), Batch::default());
        let mut event = reader.next(&mut now);
        while let Some(current) = event {
            if now.paused {
                match feed.take(&current, &now, None)? {
                    Flow::Continue => {}
                    Flow::SkipFile => reader.skip_file(),
                    Flow::Stop => return Ok(()),
                }
                event = reader.next(&mut now);
                continue;
            }
            let (flow, next) = rayon::join(|| feed.take(&current, &now, None), || reader.next(&mut ahead));
            event = next;
            std::mem::swap(&mut now, &mut ahead);
            match flow? {
                Flow::Continue => {}
                Flow::SkipFile => {
                    let file = current.file();
                    while event.as_ref().is_some_and(|event| event.file() == file) {
                        reader.skip_file();
                        event = reader.next(&mut now);
                    }
                }
                Flow::Stop => return Ok(()),
            }
        }
    }
    Ok(())
}

/// The service from a line of a batch on.
#[derive(Debug)]
struct Since {
    line: usize,
    service: Service,
}

/// The services to which the lines of a batch belong.
#[derive(Debug)]
pub struct Services(Vec<Since>);

impl Services {
    /// What the start-up lines of a batch say: the service of the lines before it, then one more for each start-up line.
    /// `current` is left as it is behind the batch.
    pub fn follow(current: &mut Service, batch: &Batch) -> Self {
        let mut services = vec![Since { line: 0, service: current.clone() }];
        let words = memchr::memmem::Finder::new(START_UP_WORDS);
        let mut from = 0;
        while let Some(found) = batch.text.get(from..).and_then(|rest| words.find(rest)) {
            let at = from + found;
            let index = batch.lines.partition_point(|line| line.text.end <= at);
            let Some(line) = batch.lines.get(index) else { break };
            // A line is read once, however often it has the words: a hostile one may consist of them.
            from = line.text.end;
            if let Ok(event) = Event::read(batch.text_of(line))
                && event.is_start_up()
            {
                current.observe(&event);
                services.push(Since { line: index, service: current.clone() });
            }
        }
        Self(services)
    }

    /// The service that a line of the batch belongs to.
    pub fn at(&self, line: usize) -> &Service {
        // The first one holds from line 0 on.
        let latest = self.0.partition_point(|since| since.line <= line).saturating_sub(1);
        &self.0[latest].service
    }
}

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
mod tests;
