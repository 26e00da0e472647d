//! Puts found files into rotation sets, oldest first, with the missing ones in their places. How the files were found is
//! left to `discover`, the numbers that a set leaves out to `missing_rotation`, which files hold the same to `content`.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use regex::Regex;

use super::content::{self, Likeness};
use super::missing_rotation::{Number, find_holes};
use super::name::{Age, DatedDirectory, LogName, natural_order, words_of};
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

/// What the files of a stream have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Common {
    /// Their set, as far as names tell it.
    Set(SetName),
    /// A text in their paths that the user chose.
    Text(String),
}

/// A file of a set.
struct Member {
    set: SetName,
    path: PathBuf,
    /// The real directory it stands in.
    directory: Arc<Path>,
    way: Way,
    name: OsString,
    age: Age,
    /// Equal for a file and its compressed copy.
    stem: OsString,
    compressed: bool,
    /// How many directories above it are named by the date.
    date_depth: usize,
    /// Whether its number stands before the extension: `acra.1.log`.
    before_extension: bool,
    /// Whether something may be missing before it.
    after_gap: bool,
    /// See [`Input::twins`].
    twins: Vec<PathBuf>,
}

/// The files of a stream.
struct Set {
    common: Common,
    members: Vec<Member>,
}

/// Arranges the files of a run, at once or one spec after another. It must know all of them beforehand: a number that is
/// there is no hole, whichever spec found it.
pub(super) struct Arranger<'a> {
    stream_by: Option<&'a Regex>,
    /// Names that stand in a directory without a number or a date.
    live: HashSet<SetName>,
    /// Directories above dated ones that hold rotated sets: copies of a directory, and not the parts of one log.
    snapshots: HashSet<PathBuf>,
    /// Where names stand behind a time, and not ids alone: there, nobody knows which files are the parts of one log, and
    /// a log that lacks some of its files would look altered.
    named_by_time: HashSet<PathBuf>,
    /// Numbers that are there, or have been given a place as missing.
    placed: HashMap<SetName, HashSet<u64>>,
    /// Those among them that are holes.
    holes: HashMap<SetName, HashSet<u64>>,
    doubles: Vec<Refused>,
}

impl<'a> Arranger<'a> {
    pub(super) fn new<'f>(stream_by: Option<&'a Regex>, found: impl Iterator<Item = &'f Found> + Clone) -> Self {
        let mut arranger = Self {
            stream_by,
            live: HashSet::new(),
            snapshots: HashSet::new(),
            named_by_time: HashSet::new(),
            placed: HashMap::new(),
            holes: HashMap::new(),
            doubles: Vec::new(),
        };
        for found in found.clone() {
            arranger.learn(found);
        }
        for found in found {
            if let Found::File { path, directory, way: way @ (Way::Named | Way::Scanned) } = found {
                let member = arranger.member(path.clone(), directory, *way);
                if let Some(number) = member.number() {
                    arranger.placed.entry(member.set.clone()).or_default().insert(number.value);
                }
            }
        }
        arranger
    }

    /// What must be known of all files before the first one can be placed.
    fn learn(&mut self, found: &Found) {
        let Found::File { path, directory, .. } = found else { return };
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return };
        let parsed = LogName::parse(name);
        match parsed.age {
            Age::Live => {
                self.live.insert((Arc::clone(directory), parsed.base.into()));
            }
            Age::Numbered(_) => {
                self.snapshots.extend(DatedDirectory::parse(directory).map(|dated| dated.above));
            }
            Age::Dated { .. } if parsed.is_named_behind_time() => {
                let above = DatedDirectory::parse(directory).map_or(directory.to_path_buf(), |dated| dated.above);
                self.named_by_time.insert(above);
            }
            Age::Dated { .. } => {}
        }
    }

    /// Streams in the order in which their first file was found. Of a rotation that stands there twice, compressed and
    /// not, the uncompressed file is taken and the other one is a double, if it holds the same.
    pub(super) fn arrange(&mut self, found: Vec<Found>) -> Vec<Stream> {
        let mut sets: Vec<Option<Set>> = Vec::new();
        let mut by_common: HashMap<Common, usize> = HashMap::new();
        for found in found {
            let Found::File { path, directory, way } = found else {
                sets.push(None);
                continue;
            };
            let member = self.member(path, &directory, way);
            if way == Way::Absent && !self.place_absent(&member) {
                continue;
            }
            let common = self.common(&member);
            let next = sets.len();
            let at = *by_common.entry(common.clone()).or_insert(next);
            if at == next {
                sets.push(Some(Set { common, members: Vec::new() }));
            }
            if let Some(Some(set)) = sets.get_mut(at) {
                set.members.push(member);
            }
        }
        let stream = |set: Option<Set>| match set {
            None => Stream::new(Input::stdin().shown, vec![Input::stdin()]),
            Some(set) => self.stream(set),
        };
        sets.into_iter().map(stream).collect()
    }

    /// What was found and left out.
    pub(super) fn into_doubles(self) -> Vec<Refused> {
        self.doubles
    }

    fn common(&self, member: &Member) -> Common {
        let text = self.stream_by.and_then(|pattern| text_in(pattern, &member.path));
        text.map_or_else(|| Common::Set(member.set.clone()), Common::Text)
    }

    fn member(&self, path: PathBuf, directory: &Arc<Path>, way: Way) -> Member {
        let name = path.file_name().unwrap_or_default().to_owned();
        // A name that is not UTF-8 stands for itself: two of them may look the same when they are shown.
        let dated = DatedDirectory::parse(directory);
        let above = dated.as_ref().map_or(&**directory, |dated| &dated.above);
        let (mut base, mut age, stem, compressed): (OsString, Age, OsString, bool) = match name.to_str() {
            Some(text) => {
                let parsed = LogName::parse(text);
                let is_unsure = parsed.is_of_ids() && self.named_by_time.contains(above);
                let parsed = if is_unsure { parsed.alone() } else { parsed };
                let compressed = parsed.is_compressed(text);
                (parsed.base.into(), parsed.age, parsed.stem.into(), compressed)
            }
            None => (name.clone(), Age::Live, name.clone(), false),
        };
        let mut before_extension = false;
        if age == Age::Live
            && let Some(parsed) = name.to_str().and_then(LogName::parse_before_extension)
        {
            let set = (Arc::clone(directory), OsString::from(parsed.base));
            // The live log shows that it is a rotation, whether or not it is to be read.
            if self.live.contains(&set) || directory.join(&set.1).exists() {
                (base, age, before_extension) = (set.1, parsed.age, true);
            }
        }
        let dated = dated.filter(|dated| !self.snapshots.contains(&dated.above));
        let (above, date_depth) = match dated {
            Some(dated) if !matches!(age, Age::Numbered(_)) => {
                age = if age == Age::Live { dated.age } else { age };
                (dated.above.into(), dated.depth)
            }
            _ => (Arc::clone(directory), 0),
        };
        Member {
            set: (above, base),
            path,
            directory: Arc::clone(directory),
            way,
            name,
            age,
            stem,
            compressed,
            date_depth,
            before_extension,
            after_gap: false,
            twins: Vec::new(),
        }
    }

    /// False when the file has its place already, as a hole.
    fn place_absent(&mut self, member: &Member) -> bool {
        let Some(number) = member.number() else { return true };
        self.placed.entry(member.set.clone()).or_default().insert(number.value);
        self.holes.get(&member.set).is_none_or(|holes| !holes.contains(&number.value))
    }

    fn stream(&mut self, set: Set) -> Stream {
        let Set { common, members } = set;
        let members = self.without_twins(members);
        // The sets that a text brought together count their files each for itself.
        let first = members.first().map(|member| member.set.clone());
        let of_one_set = first.filter(|first| members.iter().all(|member| member.set == *first));
        let mut holes = of_one_set.map(|set| self.place_holes(&set, &members)).unwrap_or_default();
        let (members, copies) = without_copies(members);
        holes.extend(copies);
        let name = name_of(&common, &members, holes.is_empty());
        let input = |member: Member| {
            let Member { age, path, after_gap, twins, .. } = member;
            (age, Input { after_gap, twins, ..Input::path(path) })
        };
        let mut files: Vec<(Age, Input)> = members.into_iter().map(input).collect();
        files.extend(holes);
        // Stable: files of one age stay in their order.
        files.sort_by_key(|(age, _)| *age);
        Stream::new(name, files.into_iter().map(|(_, input)| input).collect())
    }

    /// Oldest first, each rotation once, or twice where both files of it were named and differ.
    fn without_twins(&mut self, mut members: Vec<Member>) -> Vec<Member> {
        // Within one rotation the file to prefer comes first.
        members.sort_by(|a, b| {
            let place = |it: &Member| it.path.with_file_name(&it.stem).to_string_lossy().into_owned();
            let by_place = || natural_order(&place(a), &place(b));
            let preferred = |it: &Member| (it.way == Way::Scanned, it.compressed);
            a.age.cmp(&b.age).then_with(by_place).then_with(|| preferred(a).cmp(&preferred(b)))
        });
        let mut files: Vec<Member> = Vec::with_capacity(members.len());
        let mut places: HashMap<(Arc<Path>, OsString), usize> = HashMap::new();
        for member in members {
            if member.way == Way::Absent {
                files.push(member);
                continue;
            }
            let at = *places.entry((Arc::clone(&member.directory), member.stem.clone())).or_insert(files.len());
            let read = match files.get_mut(at) {
                Some(kept) => kept.absorb(member, &mut self.doubles),
                None => Some(member),
            };
            files.extend(read);
        }
        files
    }

    /// The holes of a set, named like the neighbour that is older.
    fn place_holes(&mut self, set: &SetName, files: &[Member]) -> Vec<(Age, Input)> {
        let there = || files.iter().filter(|member| member.way != Way::Absent);
        let (numbered, numbers): (Vec<&Member>, Vec<Number<'_>>) =
            there().filter_map(|member| Some((member, member.number()?))).unzip();
        let live = there().any(|member| member.age == Age::Live);
        let placed = self.placed.entry(set.clone()).or_default();
        let found = find_holes(&numbers, live, |number| placed.contains(&number));
        let mut holes = Vec::with_capacity(found.len());
        for hole in found {
            let Some(neighbour) = numbered.get(hole.after) else { continue };
            placed.insert(hole.value);
            self.holes.entry(set.clone()).or_default().insert(hole.value);
            let path = neighbour.path.with_file_name(neighbour.named_with(&hole.digits));
            holes.push((Age::Numbered(Reverse(hole.value)), Input::hole(path, "the file is missing")));
        }
        holes
    }
}

impl Member {
    fn number(&self) -> Option<Number<'_>> {
        let Age::Numbered(Reverse(value)) = self.age else { return None };
        let mut words = self.stem.to_str()?.rsplit('.');
        let digits = if self.before_extension { words.nth(1)? } else { words.next()? };
        Some(Number { value, digits })
    }

    /// The name of the same set's file with another number.
    fn named_with(&self, digits: &str) -> OsString {
        let mut name = self.set.1.clone();
        match self.set.1.to_str().and_then(|base| base.rsplit_once('.')).filter(|_| self.before_extension) {
            Some((front, extension)) => format!("{front}.{digits}.{extension}").into(),
            None => {
                name.push(".");
                name.push(digits);
                name
            }
        }
    }

    /// Tells the twin of a file that is kept from its double; returns it where it is to be read all the same.
    fn absorb(&mut self, twin: Self, doubles: &mut Vec<Refused>) -> Option<Self> {
        let likeness = content::compare(&self.path, &twin.path);
        if likeness == Likeness::Same {
            doubles.push((twin.path, format!("{} is the same rotation", self.path.display())));
            return None;
        }
        if twin.way == Way::Named {
            self.twins.push(twin.path.clone());
            return Some(twin);
        }
        let mut left_out = twin;
        // What was cut off, or is empty, says less than the other one.
        if likeness == Likeness::Beginning && self.way == Way::Scanned {
            std::mem::swap(self, &mut left_out);
        }
        self.twins.append(&mut left_out.twins);
        self.twins.push(left_out.path);
        None
    }
}

/// A set in which files hold the same says less than its names do: one of them is read, and the others are holes (attacks,
/// row 55). Which of the places is its own nobody knows, so something may be missing on either side of it.
fn without_copies(mut members: Vec<Member>) -> (Vec<Member>, Vec<(Age, Input)>) {
    let groups = match members.len() {
        0 | 1 => Vec::new(),
        _ => content::groups_of_same(members.iter().map(|member| &member.path)),
    };
    let mut copies = HashMap::new();
    for group in groups {
        // What was named twice under one number is not about numbers.
        let live = group.iter().copied().find(|&at| members[at].age == Age::Live);
        let kept = live.unwrap_or(group[0]);
        let others = group.into_iter().filter(|&at| at != kept && members[at].age != members[kept].age);
        copies.extend(others.map(|at| (at, kept)));
    }
    let hole = |(&at, &kept): (&usize, &usize)| {
        let (copy, kept) = (&members[at], members[kept].path.display());
        let why = format!("the file is missing: what stands here holds what {kept} holds");
        (copy.age, Input { twins: copy.twins.clone(), ..Input::hole(copy.path.clone(), why) })
    };
    let holes = copies.iter().map(hole).collect();
    for &kept in copies.values() {
        for member in members.iter_mut().skip(kept).take(2) {
            member.after_gap = true;
        }
    }
    let mut at = 0..;
    members.retain(|_| at.next().is_none_or(|at| !copies.contains_key(&at)));
    (members, holes)
}

/// What a pattern finds in a path: its groups, joined, or all of it when it has none.
fn text_in(pattern: &Regex, path: &Path) -> Option<String> {
    let path = path.to_string_lossy();
    let found = pattern.captures(&path)?;
    let groups: Vec<&str> = found.iter().skip(1).flatten().map(|group| group.as_str()).collect();
    Some(if groups.is_empty() { found[0].to_owned() } else { groups.join("/") })
}

/// How a stream is named to people.
fn name_of(common: &Common, members: &[Member], whole: bool) -> Arc<str> {
    let base = match common {
        Common::Text(text) => return text.as_str().into(),
        Common::Set((_, base)) => base,
    };
    match members {
        [only] if whole => only.path.to_string_lossy().into(),
        [.., newest] if newest.name == *base && newest.date_depth == 0 => newest.path.to_string_lossy().into(),
        [.., newest] => {
            let above = newest.path.ancestors().nth(newest.date_depth + 1).unwrap_or(Path::new(""));
            above.join(base).to_string_lossy().into()
        }
        [] => base.to_string_lossy().into(),
    }
}

/// Marks the streams whose names look as if they were parts of one log, which nobody but the user can tell.
pub(super) fn mark_lookalikes(streams: &mut [Stream]) {
    let words: Vec<Vec<String>> = streams.iter().map(|stream| words_of(Path::new(&*stream.name))).collect();
    let mut counts: HashMap<&[String], usize> = HashMap::new();
    words.iter().for_each(|words| *counts.entry(words).or_default() += 1);
    for (stream, words) in streams.iter_mut().zip(&words) {
        stream.has_lookalike = counts.get(&**words).is_some_and(|count| *count > 1);
    }
}
