//! Walks the lines of every stream through the house: source, line, entry, chain, verdict. What comes out is left to the
//! judge's sink; every verb that verifies goes this way.

use std::io;

use crate::chain::{Followed, Pace, Schedule};
use crate::key::KeySet;
use crate::line::{Limits, Wrapper};
use crate::reading::{Audience, How, Reading, Surroundings};
use crate::source::Stream;
use crate::verdict::{Integrity, Judge, Piece};

/// How the work is done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    /// The size of batches. No answer depends on it.
    pub limits: Limits,
    /// Stages side by side, or one entry after the other. No answer depends on it.
    pub pace: Pace,
    /// What the lines of every file are wrapped in; None is to find out.
    pub wrapper: Option<Wrapper>,
}

/// Verifies streams, one after the other, on the threads of the current pool, each with the keys it may be verified with. An audience is shown every line with what
/// verification says of it, in the same pass.
///
/// # Errors
/// When the report cannot be written, when the audience fails, or the account of bytes does not come out. What cannot be
/// read is a finding, not an error.
pub fn verify(
    streams: &[Stream],
    keys: &KeySet,
    manner: Manner,
    around: Surroundings<'_>,
    judge: &mut Judge<'_>,
    mut audience: Option<&mut dyn Audience>,
) -> io::Result<()> {
    let mut schedule = Schedule::new(keys.keys(), manner.pace);
    let mut scheduled = keys;
    let how = How { limits: manner.limits, wrapper: manner.wrapper, search: None };
    for stream in streams {
        let keys = keys.of(stream.inventoried);
        if !std::ptr::eq(keys, scheduled) {
            (schedule, scheduled) = (Schedule::new(keys.keys(), manner.pace), keys);
        }
        judge.begin_stream(stream, keys)?;
        let mut reading = Reading::new(&stream.files, how, around);
        if let Some(audience) = &mut audience {
            audience.begin_stream(stream)?;
        }
        schedule.run(&mut |batch| reading.next(batch), &mut |piece: Piece, followed: Followed<'_>| {
            if let Some(audience) = &mut audience {
                // Whether it wants more does not matter: the answer is about the whole log.
                audience.take(&piece, &followed.prepared.batch, Some(&Integrity::of_batch(&followed, keys.keys())))?;
            }
            judge.take(piece, &followed)?;
            if followed.prepared.batch.paused { judge.pause() } else { Ok(()) }
        })?;
        judge.end_stream()?;
    }
    Ok(())
}
