//! Walks the lines of every stream through the house: source, line, entry, chain, verdict. What comes out is left to the
//! judge's sink; every verb that verifies goes this way.

use std::io;

use crate::chain::{Followed, Pipeline, Strategy};
use crate::key::KeySet;
use crate::line::{Limits, Wrapper};
use crate::reading::{FileEvent, ReadHooks, ReadOptions, StreamReader};
use crate::record::RecordFeed;
use crate::source::{Discovery, Lack, Lacking, Stream};
use crate::verdict::{Integrity, Judge};

/// How the work is done.
#[derive(Clone, Copy, Debug, Default)]
pub struct VerifyOptions {
    /// The size of batches. No answer depends on it.
    pub limits: Limits,
    /// Stages side by side, or one entry after the other. No answer depends on it.
    pub strategy: Strategy,
    /// What the lines of every file are wrapped in; None is to find out.
    pub wrapper: Option<Wrapper>,
}

/// Tells the judge what was asked for and is not among the streams.
///
/// # Errors
/// When the report cannot be written.
pub fn tell_discovery(discovery: &Discovery, judge: &mut Judge<'_>) -> io::Result<()> {
    for Lacking { path, why, lack } in discovery.lacking() {
        let path = path.to_string_lossy();
        match lack {
            Lack::Missing => judge.missing(&path, why)?,
            // Told with the file that it contradicts.
            Lack::Twin => {}
            Lack::Unusable => judge.unusable(&path, why)?,
        }
    }
    for (path, why) in &discovery.doubles {
        judge.double(&path.to_string_lossy(), why)?;
    }
    for (path, why) in &discovery.skipped {
        judge.skipped(&path.to_string_lossy(), why)?;
    }
    Ok(())
}

/// Verifies streams, one after the other, on the threads of the current pool, each with the keys it may be verified with. A
/// sink is fed with every line and what verification says of it, in the same pass.
///
/// # Errors
/// When the report cannot be written, when the sink fails, or the account of bytes does not come out. What cannot be read is
/// a finding, not an error.
pub fn verify(
    streams: &[Stream],
    keys: &KeySet,
    options: VerifyOptions,
    hooks: ReadHooks<'_>,
    judge: &mut Judge<'_>,
    mut feed: Option<RecordFeed<'_>>,
) -> io::Result<()> {
    let mut pipeline = Pipeline::new(keys.keys(), options.strategy);
    let mut scheduled = keys;
    let read_options = ReadOptions { limits: options.limits, wrapper: options.wrapper, search: None };
    for stream in streams {
        let keys = keys.of(stream.inventoried);
        if !std::ptr::eq(keys, scheduled) {
            (pipeline, scheduled) = (Pipeline::new(keys.keys(), options.strategy), keys);
        }
        let mut judged = judge.stream(stream, keys)?;
        let mut reader = StreamReader::new(&stream.files, read_options, hooks);
        if let Some(feed) = &mut feed {
            feed.begin_stream(stream)?;
        }
        pipeline.run(&mut |batch| reader.next(batch), &mut |event: FileEvent, followed: Followed<'_>| {
            if let Some(feed) = &mut feed {
                // Whether it wants more does not matter: the answer is about the whole log.
                feed.take(&event, &followed.prepared.batch, Some(&Integrity::of_batch(&followed, keys.keys())))?;
            }
            judged.take(event, &followed)?;
            if followed.prepared.batch.paused { judged.pause() } else { Ok(()) }
        })?;
        judged.finish()?;
    }
    Ok(())
}
