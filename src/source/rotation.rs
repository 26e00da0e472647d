//! Puts found files into rotation sets, oldest first, with the missing ones in their places. Pure: how the files were
//! found is left to `discover`, the numbers that a set leaves out to `hole`.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::hole::{Number, find_holes};
use super::name::{Age, LogName};
use super::{Input, Refused, Stream};

/// How the user came to mean a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// By its own path: it is read whatever stands beside it.
    Named,
    /// By its own path, and it is not there.
    Absent,
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

/// The real directory of a set and the name of its live log.
type SetName = (Arc<Path>, OsString);

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
    name: SetName,
    members: Vec<Member>,
}

/// Arranges the files of a run, at once or one spec after another. It must know all of them beforehand: a number that is
/// there is no hole, whichever spec found it.
pub(super) struct Arranger {
    /// Numbers that are there, or have been given a place as missing.
    placed: HashMap<SetName, HashSet<u64>>,
    /// Those among them that are holes.
    holes: HashMap<SetName, HashSet<u64>>,
    doubles: Vec<Refused>,
}

impl Arranger {
    pub(super) fn new<'a>(found: impl Iterator<Item = &'a Found>) -> Self {
        let mut placed: HashMap<SetName, HashSet<u64>> = HashMap::new();
        for found in found {
            if let Found::File { path, directory, way: way @ (Way::Named | Way::Scanned) } = found {
                let (base, member) = member(path.clone(), *way);
                if let Some(number) = member.number() {
                    placed.entry((Arc::clone(directory), base)).or_default().insert(number.value);
                }
            }
        }
        Self { placed, holes: HashMap::new(), doubles: Vec::new() }
    }

    /// Streams in the order in which their first file was found. Of a rotation that stands there twice, compressed and
    /// not, the uncompressed file is taken and the other one is a double.
    pub(super) fn arrange(&mut self, found: Vec<Found>) -> Vec<Stream> {
        let mut sets: Vec<Option<Set>> = Vec::new();
        let mut by_name: HashMap<SetName, usize> = HashMap::new();
        for found in found {
            let Found::File { path, directory, way } = found else {
                sets.push(None);
                continue;
            };
            let (base, member) = member(path, way);
            let name = (directory, base);
            if way == Way::Absent && !self.place_absent(&name, &member) {
                continue;
            }
            let next = sets.len();
            let at = *by_name.entry(name.clone()).or_insert(next);
            if at == next {
                sets.push(Some(Set { name, members: Vec::new() }));
            }
            if let Some(Some(set)) = sets.get_mut(at) {
                set.members.push(member);
            }
        }
        let stream = |set: Option<Set>| match set {
            None => Stream { name: Input::stdin().shown, files: vec![Input::stdin()] },
            Some(set) => self.stream(set),
        };
        sets.into_iter().map(stream).collect()
    }

    /// What was found and left out.
    pub(super) fn into_doubles(self) -> Vec<Refused> {
        self.doubles
    }

    /// False when the file has its place already, as a hole.
    fn place_absent(&mut self, name: &SetName, member: &Member) -> bool {
        let Some(number) = member.number() else { return true };
        self.placed.entry(name.clone()).or_default().insert(number.value);
        self.holes.get(name).is_none_or(|holes| !holes.contains(&number.value))
    }

    fn stream(&mut self, set: Set) -> Stream {
        let Set { name, members } = set;
        let files = self.without_twins(members);
        let holes = self.place_holes(&name, &files);
        let name = match files.as_slice() {
            [only] => only.path.to_string_lossy().into(),
            [.., newest] if newest.age == Age::Live && !newest.compressed => newest.path.to_string_lossy().into(),
            [.., newest] => newest.path.with_file_name(&name.1).to_string_lossy().into(),
            [] => name.1.to_string_lossy().into(),
        };
        let mut files: Vec<(Age, Input)> =
            files.into_iter().map(|member| (member.age, Input::path(member.path))).collect();
        files.extend(holes);
        // Stable: files of one age stay in their order.
        files.sort_by_key(|(age, _)| *age);
        Stream { name, files: files.into_iter().map(|(_, input)| input).collect() }
    }

    /// Oldest first, each rotation once.
    fn without_twins(&mut self, mut members: Vec<Member>) -> Vec<Member> {
        // Within one rotation the file to prefer comes first.
        members.sort_by(|a, b| {
            let key = |it: &Member| (it.age, it.way == Way::Scanned, it.compressed);
            key(a).cmp(&key(b)).then_with(|| a.name.cmp(&b.name))
        });
        let mut files: Vec<Member> = Vec::with_capacity(members.len());
        for member in members {
            let mut same_age = files.iter().rev().take_while(|kept| kept.age == member.age);
            let twin = same_age.find(|kept| kept.way != Way::Absent && kept.stem == member.stem);
            match twin {
                Some(twin) if member.way == Way::Scanned => {
                    let reason = format!("{} is the same rotation", twin.path.display());
                    self.doubles.push((member.path, reason));
                }
                _ => files.push(member),
            }
        }
        files
    }

    /// The holes of a set, named like the neighbour that is older.
    fn place_holes(&mut self, name: &SetName, files: &[Member]) -> Vec<(Age, Input)> {
        let there = || files.iter().filter(|member| member.way != Way::Absent);
        let (numbered, numbers): (Vec<&Member>, Vec<Number<'_>>) =
            there().filter_map(|member| Some((member, member.number()?))).unzip();
        let live = there().any(|member| member.age == Age::Live);
        let placed = self.placed.entry(name.clone()).or_default();
        let found = find_holes(&numbers, live, |number| placed.contains(&number));
        let mut holes = Vec::with_capacity(found.len());
        for hole in found {
            let Some(neighbour) = numbered.get(hole.after) else { continue };
            let mut file_name = name.1.clone();
            file_name.push(".");
            file_name.push(&hole.digits);
            placed.insert(hole.value);
            self.holes.entry(name.clone()).or_default().insert(hole.value);
            let path = neighbour.path.with_file_name(file_name);
            holes.push((Age::Numbered(Reverse(hole.value)), Input::hole(path)));
        }
        holes
    }
}

impl Member {
    fn number(&self) -> Option<Number<'_>> {
        let Age::Numbered(Reverse(value)) = self.age else { return None };
        let (_, digits) = self.stem.to_str()?.rsplit_once('.')?;
        Some(Number { value, digits })
    }
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
