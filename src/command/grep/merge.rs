//! Puts the matches of several streams in the order of time. Each stream keeps its own order: a line that states no time, or
//! an earlier one than the line before it, stands right behind that line.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use super::search::Grep;
use crate::command::entries::{EntryCheck, Foreign};
use crate::command::pipeline::{Completed, PipelineOptions};
use crate::command::unread::Unread;
use crate::entry::Format;
use crate::event::Service;
use crate::failure::Failure;
use crate::line::{Batch, Limits};
use crate::outcome::Outcome;
use crate::reading::{FileEvent, ReadHooks, ReadOptions, StreamReader};
use crate::record::{Flow, Records, Services};
use crate::source::{Discovery, Stream};

/// What a stream holds in memory, in bytes of text; there may be many streams.
const LANE_BYTES: usize = 256 << 10;

/// Prints the matches of all streams in the order of time.
///
/// # Errors
/// When the matches cannot be written, or threads cannot be started.
pub(super) fn run(
    pipeline: &PipelineOptions<'_>,
    discovery: &Discovery,
    grep: &mut Grep<'_>,
) -> Result<Completed, Failure> {
    let mut unread = Unread::told();
    unread.note_discovery(discovery);
    let limits = Limits { batch_bytes: LANE_BYTES, ..Limits::default() };
    let options = ReadOptions { limits, wrapper: pipeline.input.unwrap_from, search: pipeline.search };
    let format = pipeline.input.format;
    let merged = pipeline.with_progress(discovery, |hooks| {
        let lane = |stream| Lane::new(stream, options, hooks, format);
        merge(discovery.streams.iter().map(lane).collect(), grep)
    });
    merged.map(|(all_read, foreign)| Completed {
        verdict: Outcome::Intact,
        complete: unread.is_nothing() && all_read,
        foreign,
    })
}

/// Whether everything could be read, and the files of which no line is an entry.
fn merge(mut lanes: Vec<Lane<'_>>, grep: &mut Grep<'_>) -> io::Result<(bool, Foreign)> {
    if grep.wants_nothing() {
        return Ok((true, Foreign::default()));
    }
    for lane in &mut lanes {
        lane.fill(grep);
    }
    loop {
        // The first of equals, so that the order is that of the streams.
        let earliest = lanes.iter_mut().filter(|lane| !lane.matches.is_empty()).min_by_key(|lane| lane.matches[0].time);
        let Some(lane) = earliest else { break };
        if let Some(Waiting { line, .. }) = lane.matches.pop_front() {
            let records = Records::new(&lane.batch, &lane.file, None, lane.format, &lane.services);
            if grep.found(&records.get(line))? != Flow::Continue {
                grep.cut_short = true;
                break;
            }
        }
        if lane.matches.is_empty() {
            if lane.batch.paused {
                grep.flush()?;
            }
            lane.fill(grep);
        }
    }
    let all_read = lanes.iter().all(|lane| lane.unread.is_nothing());
    let foreign = lanes.into_iter().map(|lane| lane.entries.into_foreign());
    Ok((all_read, foreign.fold(Foreign::default(), Foreign::and)))
}

/// A match that waits for its turn.
struct Waiting {
    /// Milliseconds since 1970; never less than that of the match before it.
    time: i64,
    /// Its index in the batch.
    line: usize,
}

/// One stream on its way.
struct Lane<'a> {
    stream: &'a Stream,
    reader: StreamReader<'a>,
    format: Option<Format>,
    batch: Batch,
    file: Arc<str>,
    matches: VecDeque<Waiting>,
    service: Service,
    /// Those of the batch.
    services: Services,
    time: i64,
    unread: Unread,
    entries: EntryCheck,
}

impl<'a> Lane<'a> {
    fn new(stream: &'a Stream, options: ReadOptions<'a>, hooks: ReadHooks<'a>, format: Option<Format>) -> Self {
        let (batch, mut service) = (Batch::default(), Service::default());
        Self {
            stream,
            reader: StreamReader::new(&stream.files, options, hooks),
            format,
            services: Services::follow(&mut service, &batch),
            batch,
            file: Arc::clone(&stream.name),
            matches: VecDeque::new(),
            service,
            time: i64::MIN,
            unread: Unread::told(),
            entries: EntryCheck::of(format),
        }
    }

    /// Reads until something matches, or to the end.
    fn fill(&mut self, grep: &mut Grep<'_>) {
        while self.matches.is_empty()
            && let Some(event) = self.reader.next(&mut self.batch)
        {
            self.file = Arc::clone(&self.stream.files[event.file()].shown);
            if matches!(event, FileEvent::Lines { .. }) {
                self.services = Services::follow(&mut self.service, &self.batch);
            }
            let records = Records::new(&self.batch, &self.file, None, self.format, &self.services);
            self.unread.note_event(&self.file, &event);
            self.entries.note(&self.file, &event, &records);
            if !matches!(event, FileEvent::Lines { .. }) {
                continue;
            }
            records.iter().for_each(|record| grep.note_length(&record));
            for record in grep.matches(&records) {
                let stated = record.event().ok().and_then(|event| event.moment.as_ref());
                self.time = self.time.max(stated.map_or(i64::MIN, |moment| moment.time.unix_ms));
                self.matches.push_back(Waiting { time: self.time, line: record.index });
            }
        }
    }
}
