//! Puts the matches of several streams in the order of time. Each stream keeps its own order: a line that states no time, or
//! an earlier one than the line before it, stands right behind that line.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use super::entries::{EntryCheck, Foreign};
use super::grep::{Grep, Match};
use super::unread::Unread;
use super::walk::{Walk, Walked};
use crate::event::{Event, Service};
use crate::failure::Failure;
use crate::line::{Batch, Limits};
use crate::outcome::Outcome;
use crate::reading::{Flow, How, Reading, Surroundings};
use crate::source::{Discovery, Stream};
use crate::verdict::Piece;

/// What a stream holds in memory, in bytes of text; there may be many streams.
const LANE_BYTES: usize = 256 << 10;

/// Prints the matches of all streams in the order of time.
///
/// # Errors
/// When the matches cannot be written, or threads cannot be started.
pub(super) fn run(walk: &Walk<'_>, discovery: &Discovery, grep: &mut Grep<'_>) -> Result<Walked, Failure> {
    let mut unread = Unread::told();
    unread.note_discovery(discovery);
    let limits = Limits { batch_bytes: LANE_BYTES, ..Limits::default() };
    let how = How { limits, wrapper: walk.input.unwrap_from, search: walk.search };
    walk.with_progress(discovery, |around| merge(&discovery.streams, how, around, grep)).map(|(all_read, foreign)| {
        Walked { verdict: Outcome::Intact, complete: unread.is_nothing() && all_read, foreign }
    })
}

/// Whether everything could be read, and the files of which no line is an entry.
fn merge(
    streams: &[Stream],
    how: How<'_>,
    around: Surroundings<'_>,
    grep: &mut Grep<'_>,
) -> io::Result<(bool, Foreign)> {
    let lane = |stream| Lane::new(stream, how, around, grep.entry_check());
    let mut lanes: Vec<Lane<'_>> = streams.iter().map(lane).collect();
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
            let line = &lane.batch.lines[line];
            let found = Match { file: &lane.file, line, text: lane.batch.text_of(line), verdict: None };
            if grep.found(&found)? != Flow::Continue {
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
    reading: Reading<'a>,
    batch: Batch,
    file: Arc<str>,
    matches: VecDeque<Waiting>,
    service: Service,
    time: i64,
    unread: Unread,
    entries: EntryCheck,
}

impl<'a> Lane<'a> {
    fn new(stream: &'a Stream, how: How<'a>, around: Surroundings<'a>, entries: EntryCheck) -> Self {
        let reading = Reading::new(&stream.files, how, around);
        let (batch, file) = (Batch::default(), Arc::clone(&stream.name));
        Self {
            stream,
            reading,
            batch,
            file,
            matches: VecDeque::new(),
            service: Service::default(),
            time: i64::MIN,
            unread: Unread::told(),
            entries,
        }
    }

    /// Reads until something matches, or to the end.
    fn fill(&mut self, grep: &mut Grep<'_>) {
        while self.matches.is_empty()
            && let Some(piece) = self.reading.next(&mut self.batch)
        {
            self.file = Arc::clone(&self.stream.files[piece.file()].shown);
            self.unread.note_piece(&self.file, &piece);
            self.entries.note(&self.file, &piece, &self.batch);
            if !matches!(piece, Piece::Lines { .. }) {
                continue;
            }
            self.batch.lines.iter().for_each(|line| grep.note_length(&self.file, line));
            for (line, _) in
                grep.matches(&self.batch, &mut self.service).into_iter().enumerate().filter(|(_, matched)| *matched)
            {
                let event = Event::read(self.batch.text_of(&self.batch.lines[line]));
                let stated = event.ok().and_then(|event| event.moment).map(|moment| moment.time.unix_ms);
                self.time = self.time.max(stated.unwrap_or(i64::MIN));
                self.matches.push_back(Waiting { time: self.time, line });
            }
        }
    }
}
