//! Puts found files into rotation sets, oldest first. Pure: how the files were found is left to `discover`.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::name::{Age, LogName};
use super::{Input, Refused, Stream};

/// How the user came to mean a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// By its own path: it is read whatever stands beside it.
    Named,
    /// By a directory or a pattern.
    Scanned,
}

/// Something to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Stdin,
    File {
        path: PathBuf,
        /// The real directory it stands in, however its path was spelled.
        directory: Arc<Path>,
        way: Way,
    },
}

/// A file of a set.
struct Member {
    path: PathBuf,
    way: Way,
    name: OsString,
    age: Age,
    /// Equal for a file and its compressed copy.
    stem: OsString,
    compressed: bool,
}

/// Files of one directory and one base name.
struct Set {
    base: OsString,
    members: Vec<Member>,
}

/// Streams in the order in which their first file was found. Of a rotation that stands there twice, compressed and not,
/// the uncompressed file is taken and the other one told in `skipped`.
pub(super) fn arrange(found: Vec<Found>, skipped: &mut Vec<Refused>) -> Vec<Stream> {
    let mut sets: Vec<Option<Set>> = Vec::new();
    let mut by_name: HashMap<(Arc<Path>, OsString), usize> = HashMap::new();
    for found in found {
        let Found::File { path, directory, way } = found else {
            sets.push(None);
            continue;
        };
        let (base, member) = member(path, way);
        let next = sets.len();
        let at = *by_name.entry((directory, base.clone())).or_insert(next);
        if at == next {
            sets.push(Some(Set { base, members: Vec::new() }));
        }
        if let Some(Some(set)) = sets.get_mut(at) {
            set.members.push(member);
        }
    }
    let stream = |set: Option<Set>| match set {
        None => Stream { name: Input::stdin().shown, files: vec![Input::stdin()] },
        Some(set) => set.into_stream(skipped),
    };
    sets.into_iter().map(stream).collect()
}

fn member(path: PathBuf, way: Way) -> (OsString, Member) {
    let name = path.file_name().unwrap_or_default().to_owned();
    // A name that is not UTF-8 stands for itself: two of them may look the same when they are shown.
    let (base, age, stem, compressed) = match name.to_str() {
        Some(text) => {
            let parsed = LogName::parse(text);
            let compressed = parsed.is_compressed(text);
            (parsed.base.into(), parsed.age, parsed.stem.into(), compressed)
        }
        None => (name.clone(), Age::Live, name.clone(), false),
    };
    (base, Member { path, way, name, age, stem, compressed })
}

impl Set {
    fn into_stream(mut self, skipped: &mut Vec<Refused>) -> Stream {
        // Within one rotation the file to prefer comes first.
        self.members.sort_by(|a, b| {
            let key = |it: &Member| (it.age, it.way == Way::Scanned, it.compressed);
            key(a).cmp(&key(b)).then_with(|| a.name.cmp(&b.name))
        });
        let mut files: Vec<Member> = Vec::with_capacity(self.members.len());
        for member in self.members {
            let same_age = files.iter().rev().take_while(|kept| kept.age == member.age);
            let twin = same_age.into_iter().find(|kept| kept.stem == member.stem);
            match twin {
                Some(twin) if member.way == Way::Scanned => {
                    let reason = format!("{} is the same rotation", twin.path.display());
                    skipped.push((member.path, reason));
                }
                _ => files.push(member),
            }
        }
        let name = match files.as_slice() {
            [only] => only.path.to_string_lossy().into(),
            [.., newest] if newest.age == Age::Live && !newest.compressed => newest.path.to_string_lossy().into(),
            [.., newest] => newest.path.with_file_name(&self.base).to_string_lossy().into(),
            [] => self.base.to_string_lossy().into(),
        };
        Stream { name, files: files.into_iter().map(|member| Input::path(member.path)).collect() }
    }
}
