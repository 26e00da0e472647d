//! Looks for the names that were asked for in a reading of its own, where a verb passed over lines.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::pipeline::PipelineOptions;
use crate::failure::Failure;
use crate::line::Limits;
use crate::query::{KnownNames, Unknown};
use crate::reading::{FileEvent, ReadOptions};
use crate::record::{self, Flow, RecordSink, Records};
use crate::source::{Discovery, Origin};

/// Whether everything can be read a second time: pipes cannot.
pub(super) fn is_rereadable(discovery: &Discovery) -> bool {
    discovery.streams.iter().flat_map(|stream| &stream.files).all(|file| match &file.origin {
        Origin::Stdin => false,
        Origin::Hole { .. } => true,
        Origin::Path(path) => path.metadata().is_ok_and(|metadata| metadata.is_file()),
    })
}

/// Reads everything to look for names, as far as that takes. What cannot be read was told by the first reading.
///
/// # Errors
/// When threads cannot be started.
pub(super) fn read_again(
    pipeline: &PipelineOptions<'_>,
    discovery: &Discovery,
    unknown: &Unknown<'_>,
) -> Result<(), Failure> {
    let options = ReadOptions { limits: Limits::default(), wrapper: pipeline.input.unwrap_from, search: None };
    let mut looking = Looking { unknown };
    pipeline.with_progress(discovery, |hooks| {
        record::read_streams(&discovery.streams, options, hooks, pipeline.feed(&mut looking))
    })
}

/// Looks for names and does nothing else.
struct Looking<'a> {
    unknown: &'a Unknown<'a>,
}

impl RecordSink for Looking<'_> {
    fn take(&mut self, _: &Arc<str>, _: &FileEvent, records: &Records<'_>) -> io::Result<Flow> {
        let look = |lines: Range<usize>| {
            let mut known = KnownNames::default();
            for index in lines {
                if let Ok(event) = records.get(index).event() {
                    self.unknown.observe(event, &mut known);
                }
            }
            known
        };
        let parts: Vec<KnownNames> = records.par_groups().map(look).collect();
        parts.into_iter().for_each(|known| self.unknown.remember(known));
        Ok(if self.unknown.is_settled() { Flow::Stop } else { Flow::Continue })
    }
}
