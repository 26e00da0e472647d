//! Finds the inputs of a verb as planned, and how large they are.

use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::entry::time_of;
use crate::failure::Failure;
use crate::line::{Batch, Limits, LineReader, Wrapper};
use crate::output::Diagnostics;
use crate::plan::{InputPlan, InventoryLog};
use crate::source::{self, Arrangement, Discovery, Input, Order, OrderBy, Origin, Stream};

/// Lines of a file that are looked at for a time.
const TIMED_LINES_MAX: usize = 1000;

/// Finds what the plan names.
pub(super) fn discover(plan: &InputPlan) -> Result<Discovery, Failure> {
    let arrangement = match &plan.stream_by {
        Some(pattern) => Arrangement::StreamBy(pattern),
        None if plan.as_one_stream => Arrangement::OneStream,
        None => Arrangement::RotationSets,
    };
    let mut discovery = if plan.inventory.is_empty() {
        let mut specs = plan.paths.clone();
        if let Some(list) = &plan.files_from {
            specs.extend(read_list(list)?);
        }
        source::discover(&specs, arrangement)
    } else {
        discover_inventory(&plan.inventory, arrangement)
    };
    if let Some(pattern) = &plan.stream_by {
        let mut files = discovery.streams.iter().flat_map(|stream| &stream.files);
        if !files.any(|file| pattern.is_match(&file.shown)) {
            return Err(Failure::new(format!(
                "--stream-by {pattern:?} finds nothing in any path",
                pattern = pattern.as_str()
            ))
            .with_hint("a path is searched as acralog verify -v shows it"));
        }
    }
    match plan.order_by {
        None => {}
        Some(OrderBy::Name) => discovery.put_in_order(Order::Name),
        Some(OrderBy::Time) => discovery.put_in_order(Order::Time(&|input| first_time(input, plan.unwrap_from))),
    }
    Ok(discovery)
}

/// Finds the logs of an inventory. One that is not there has a stream as well, in which it is missing.
fn discover_inventory(logs: &[InventoryLog], arrangement: Arrangement<'_>) -> Discovery {
    let mut all = Discovery::default();
    for (index, log) in logs.iter().enumerate() {
        let mut found = source::discover(std::slice::from_ref(&log.path), arrangement);
        let absent = found.unmatched.iter().map(|path| (path, "nothing matches this pattern"));
        let empty = found.empty.iter().map(|path| (path, "no log in this directory"));
        let no_file = found
            .paths()
            .filter(|path| **path == log.path && !path.exists())
            .map(|path| (path, "there is no such file"));
        let hole =
            |(path, why): (&PathBuf, &str)| Input::hole(path.clone(), format!("{} is not here: {why}", log.name));
        let holes: Vec<Input> = absent.chain(empty).chain(no_file).map(hole).collect();
        if !holes.is_empty() {
            found.streams = vec![Stream::new(Arc::clone(&log.name), holes)];
        }
        let several = found.streams.len() > 1;
        for mut stream in found.streams {
            let name = if several { format!("{}: {}", log.name, stream.name).into() } else { Arc::clone(&log.name) };
            (stream.name, stream.inventoried) = (name, Some(index));
            all.streams.push(stream);
        }
        all.skipped.extend(found.skipped);
        all.doubles.extend(found.doubles);
        all.unusable.extend(found.unusable);
    }
    all
}

/// The time of the first entry of a file, in milliseconds since 1970. What is no regular file is not opened: its bytes
/// would be gone.
fn first_time(input: &Input, wrapper: Option<Wrapper>) -> Option<i64> {
    let Origin::Path(path) = &input.origin else { return None };
    if !path.metadata().is_ok_and(|metadata| metadata.is_file()) {
        return None;
    }
    let reader = source::open(input).ok()?.reader;
    let limits = Limits { batch_lines: TIMED_LINES_MAX, ..Limits::default() };
    let mut lines = match wrapper {
        None => LineReader::with_limits(reader, limits),
        Some(wrapper) => LineReader::with_wrapper(reader, limits, wrapper),
    };
    let mut batch = Batch::default();
    lines.fill(&mut batch).ok()?;
    batch.lines.iter().find_map(|line| time_of(batch.text_of(line))).map(|time| time.unix_ms)
}

/// Says of each file that AcraCensor captures queries in that it is one: it looks like a log, and nothing in it is signed.
pub(super) fn tell_captured_queries(discovery: &Discovery) {
    for file in discovery.streams.iter().flat_map(|stream| &stream.files).filter(|file| holds_captured_queries(file)) {
        Diagnostics::stderr().warning(&format!(
            "{}: these are queries that AcraCensor captured (`query_capture` in its configuration), not an audit log: \
             they have neither times nor seals",
            file.shown
        ));
    }
}

fn holds_captured_queries(file: &Input) -> bool {
    const BEGINNING: &[u8] = br#"{"raw_query":"#;
    // A pipe gives its bytes once.
    let Origin::Path(path) = &file.origin else { return false };
    let mut first = Vec::with_capacity(BEGINNING.len());
    path.metadata().is_ok_and(|metadata| metadata.is_file())
        && source::open(file)
            .is_ok_and(|opened| opened.reader.take(BEGINNING.len() as u64).read_to_end(&mut first).is_ok())
        && first == BEGINNING
}

fn read_list(list: &Path) -> Result<Vec<PathBuf>, Failure> {
    let cannot = |error: io::Error| Failure::new(format!("{}: cannot read the list: {error}", list.display()));
    let from_stdin = list.as_os_str() == source::STDIN_NAME;
    let paths = if from_stdin {
        source::parse_list(io::stdin().lock()).map_err(cannot)?
    } else {
        source::parse_list(BufReader::new(File::open(list).map_err(cannot)?)).map_err(cannot)?
    };
    if from_stdin && paths.iter().any(|path| path.as_os_str() == source::STDIN_NAME) {
        return Err(Failure::new("the list comes from standard input, so it cannot name it")
            .with_hint("take the line `-` out of the list"));
    }
    if paths.is_empty() {
        return Err(Failure::new(format!("{}: the list names no file", list.display())));
    }
    Ok(paths)
}

/// The size of all inputs, when every one of them has one.
pub(super) fn disk_bytes(streams: &[Stream]) -> Option<u64> {
    let mut files = streams.iter().flat_map(|stream| &stream.files);
    files.try_fold(0, |sum: u64, file| match &file.origin {
        Origin::Stdin => None,
        Origin::Hole { .. } => Some(sum),
        Origin::Path(path) => {
            // A missing file has nothing to read.
            let Ok(metadata) = path.metadata() else { return Some(sum) };
            metadata.is_file().then(|| sum.saturating_add(metadata.len()))
        }
    })
}
