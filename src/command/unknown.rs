//! Looks for the names that were asked for in the lines that a verb reads, or in a reading of their own where the verb
//! passed over lines.

use std::io;

use rayon::prelude::*;

use super::services::{self, Since};
use super::walk::Walk;
use crate::entry::Format;
use crate::event::{Event, Service};
use crate::failure::Failure;
use crate::line::{Batch, Limits, LineState};
use crate::query::{Known, Unknown};
use crate::reading::{self, Audience, Flow, How};
use crate::source::{Discovery, Origin, Stream};
use crate::verdict::{Integrity, Piece};

/// Lines that are worth a task of their own.
const LINES_PER_TASK: usize = 512;

/// Looks for names in the entries of a batch, unless all of them were found before.
pub(super) fn look(unknown: &Unknown<'_>, batch: &Batch, services: Option<&[Since]>, format: Option<Format>) {
    if unknown.is_settled() {
        return;
    }
    let parts: Vec<Known> = batch
        .lines
        .par_chunks(LINES_PER_TASK)
        .enumerate()
        .map(|(part, lines)| {
            let mut known = Known::default();
            for (index, line) in lines.iter().enumerate().filter(|(_, line)| line.state != LineState::TooLong) {
                let Ok(mut event) = Event::read_as(batch.text_of(line), format) else { continue };
                if let Some(services) = services {
                    services::at(services, part * LINES_PER_TASK + index).complete(&mut event);
                }
                unknown.observe(&event, &mut known);
            }
            known
        })
        .collect();
    parts.into_iter().for_each(|known| unknown.remember(known));
}

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
pub(super) fn read_again(walk: &Walk<'_>, discovery: &Discovery, unknown: &Unknown<'_>) -> Result<(), Failure> {
    let how = How { limits: Limits::default(), wrapper: walk.input.unwrap_from, search: None };
    let mut looking = Looking { unknown, service: Service::default(), format: walk.input.format };
    walk.with_progress(discovery, |around| reading::read(&discovery.streams, how, around, &mut looking))
}

/// Looks for names and does nothing else.
struct Looking<'a> {
    unknown: &'a Unknown<'a>,
    service: Service,
    format: Option<Format>,
}

impl Audience for Looking<'_> {
    fn begin_stream(&mut self, _: &Stream) -> io::Result<()> {
        self.service = Service::default();
        Ok(())
    }

    fn take(&mut self, piece: &Piece, batch: &Batch, _: Option<&[Integrity<'_>]>) -> io::Result<Flow> {
        if let Piece::Lines { .. } = piece {
            let services = services::follow(&mut self.service, batch);
            look(self.unknown, batch, Some(&services), self.format);
        }
        Ok(if self.unknown.is_settled() { Flow::Stop } else { Flow::Continue })
    }
}
