//! Finds the inputs of a verb as planned, and how large they are.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::plan::InputPlan;
use crate::source::{self, Arrangement, Discovery, Origin, Stream};

/// Finds what the plan names.
pub(super) fn discover(plan: &InputPlan) -> Result<Discovery, Failure> {
    let mut specs = plan.paths.clone();
    if let Some(list) = &plan.files_from {
        specs.extend(read_list(list)?);
    }
    let arrangement = if plan.as_one_stream { Arrangement::OneStream } else { Arrangement::RotationSets };
    Ok(source::discover(&specs, arrangement))
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
