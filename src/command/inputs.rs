//! Finds the inputs of a verb as planned, and how large they are.

use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::output::Diagnostics;
use crate::plan::InputPlan;
use crate::source::{self, Arrangement, Discovery, Input, Origin, Stream};

/// Finds what the plan names.
pub(super) fn discover(plan: &InputPlan) -> Result<Discovery, Failure> {
    let mut specs = plan.paths.clone();
    if let Some(list) = &plan.files_from {
        specs.extend(read_list(list)?);
    }
    let arrangement = if plan.as_one_stream { Arrangement::OneStream } else { Arrangement::RotationSets };
    Ok(source::discover(&specs, arrangement))
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
        Origin::Hole(_) => Some(sum),
        Origin::Path(path) => {
            // A missing file has nothing to read.
            let Ok(metadata) = path.metadata() else { return Some(sum) };
            metadata.is_file().then(|| sum.saturating_add(metadata.len()))
        }
    })
}
