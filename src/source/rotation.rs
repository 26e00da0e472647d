//! Puts found files into rotation sets, oldest first, with the missing ones in their places: a number that a set leaves
//! out, and a file that stands for another one only when both hold the same once they are decompressed (attacks, rows 21
//! and 55). How the files were found is left to `discover`.

use std::cmp::{Ordering, Reverse};
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use regex::Regex;
use sha2::{Digest, Sha256};

use super::name::{Age, DatedDirectory, LogName, natural_order, words_of};
use super::{Input, Refused, Stream, open};

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
pub(super) enum FoundInput {
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
struct SetMember {
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
    members: Vec<SetMember>,
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
    pub(super) fn new<'f>(stream_by: Option<&'a Regex>, found: impl Iterator<Item = &'f FoundInput> + Clone) -> Self {
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
            if let FoundInput::File { path, directory, way: way @ (Way::Named | Way::Scanned) } = found {
                let member = arranger.member(path.clone(), directory, *way);
                if let Some(number) = member.number() {
                    arranger.placed.entry(member.set.clone()).or_default().insert(number.value);
                }
            }
        }
        arranger
    }

    /// What must be known of all files before the first one can be placed.
    fn learn(&mut self, found: &FoundInput) {
        let FoundInput::File { path, directory, .. } = found else { return };
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
    pub(super) fn arrange(&mut self, found: Vec<FoundInput>) -> Vec<Stream> {
        let mut sets: Vec<Option<Set>> = Vec::new();
        let mut by_common: HashMap<Common, usize> = HashMap::new();
        for found in found {
            let FoundInput::File { path, directory, way } = found else {
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

    fn common(&self, member: &SetMember) -> Common {
        let text = self.stream_by.and_then(|pattern| text_in(pattern, &member.path));
        text.map_or_else(|| Common::Set(member.set.clone()), Common::Text)
    }

    fn member(&self, path: PathBuf, directory: &Arc<Path>, way: Way) -> SetMember {
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
        SetMember {
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
    fn place_absent(&mut self, member: &SetMember) -> bool {
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
        let input = |member: SetMember| {
            let SetMember { age, path, after_gap, twins, .. } = member;
            (age, Input { after_gap, twins, ..Input::path(path) })
        };
        let mut files: Vec<(Age, Input)> = members.into_iter().map(input).collect();
        files.extend(holes);
        // Stable: files of one age stay in their order.
        files.sort_by_key(|(age, _)| *age);
        Stream::new(name, files.into_iter().map(|(_, input)| input).collect())
    }

    /// Oldest first, each rotation once, or twice where both files of it were named and differ.
    fn without_twins(&mut self, mut members: Vec<SetMember>) -> Vec<SetMember> {
        // Within one rotation the file to prefer comes first.
        members.sort_by(|a, b| {
            let place = |it: &SetMember| it.path.with_file_name(&it.stem).to_string_lossy().into_owned();
            let by_place = || natural_order(&place(a), &place(b));
            let preferred = |it: &SetMember| (it.way == Way::Scanned, it.compressed);
            a.age.cmp(&b.age).then_with(by_place).then_with(|| preferred(a).cmp(&preferred(b)))
        });
        let mut files: Vec<SetMember> = Vec::with_capacity(members.len());
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
    fn place_holes(&mut self, set: &SetName, files: &[SetMember]) -> Vec<(Age, Input)> {
        let there = || files.iter().filter(|member| member.way != Way::Absent);
        let (numbered, numbers): (Vec<&SetMember>, Vec<Number<'_>>) =
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

/// The live log that a file was rotated from, by its name; None of one that is no rotation, and where time alone names the files.
pub fn live_of(rotated: &Path) -> Option<PathBuf> {
    let parsed = LogName::parse(rotated.file_name()?.to_str()?);
    (parsed.age != Age::Live && !parsed.base.starts_with('*')).then(|| rotated.with_file_name(parsed.base))
}

/// The rotated files beside a live log, oldest first, by their names alone. Of a file that stands there compressed as well, the
/// uncompressed one, which is there before the other and as long as that is being written.
pub fn rotated(live: &Path) -> Vec<PathBuf> {
    let (Some(directory), Some(base)) = (live.parent(), live.file_name().and_then(|name| name.to_str())) else {
        return Vec::new();
    };
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    let mut members: Vec<(Age, bool, LogName, PathBuf)> = Vec::new();
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let ways = [Some(LogName::parse(name)), LogName::parse_before_extension(name)];
        let Some(parsed) = ways.into_iter().flatten().find(|it| it.base == base && it.age != Age::Live) else {
            continue;
        };
        members.push((parsed.age, parsed.is_compressed(name), parsed, live.with_file_name(name)));
    }
    members.sort_by(|a, b| (a.0, &a.2.stem, a.1).cmp(&(b.0, &b.2.stem, b.1)));
    members.dedup_by(|later, kept| later.2.stem == kept.2.stem);
    members.into_iter().map(|(.., path)| path).collect()
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

impl SetMember {
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
        let likeness = compare(&self.path, &twin.path);
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
fn without_copies(mut members: Vec<SetMember>) -> (Vec<SetMember>, Vec<(Age, Input)>) {
    let groups = match members.len() {
        0 | 1 => Vec::new(),
        _ => groups_of_same(members.iter().map(|member| &member.path)),
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
fn name_of(common: &Common, members: &[SetMember], whole: bool) -> Arc<str> {
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

/// Holes of one set that are all told; beyond that only the first one of each gap is.
const HOLES_MAX: usize = 100;

/// A number that is there, and its digits as the name writes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Number<'a> {
    value: u64,
    digits: &'a str,
}

/// A number that should be there.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Hole {
    value: u64,
    /// Filled up with zeros like its neighbours' (`log.009` before `log.010`).
    digits: String,
    /// The index of its next older neighbour among the numbers.
    after: usize,
}

/// The holes between numbers that are there, oldest (greatest) first, and between the newest and the live log. What is
/// `told` already is none.
fn find_holes(numbers: &[Number<'_>], live: bool, told: impl Fn(u64) -> bool) -> Vec<Hole> {
    // Beside a live log alone a great number is rather a year or a port than a count.
    let live = live && numbers.last().is_some_and(|newest| newest.value <= HOLES_MAX as u64 + 1);
    let before_first = live.then_some(Number { value: 0, digits: "" });
    let newer = numbers.iter().copied().skip(1).chain(before_first);
    let mut holes = Vec::new();
    for (after, (older, newer)) in numbers.iter().zip(newer).enumerate() {
        let gap = (newer.value.saturating_add(1)..older.value).rev().filter(|&value| !told(value));
        let width = zero_filled(older.digits).max(zero_filled(newer.digits));
        for (index, value) in gap.enumerate() {
            if index > 0 && holes.len() >= HOLES_MAX {
                break;
            }
            holes.push(Hole { value, digits: format!("{value:0width$}"), after });
        }
    }
    holes
}

/// The width that zeros fill up, 0 when there are none.
fn zero_filled(digits: &str) -> usize {
    if digits.starts_with('0') { digits.len() } else { 0 }
}

/// Bytes that are read at once.
const BLOCK_BYTES: usize = 64 << 10;

/// Bytes that tell most files apart: the first entry of a log holds its time.
const HEAD_BYTES: u64 = 4 << 10;

/// How two contents compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Likeness {
    /// Byte for byte, to the end of both.
    Same,
    /// The first one ends early, or cannot be read further; as far as it goes both are the same.
    Beginning,
    /// The other way round.
    Continuation,
    /// Neither.
    Different,
}

/// Compares two files, in constant memory. What is no regular file is never opened.
fn compare(a: &Path, b: &Path) -> Likeness {
    let (Some(mut a), Some(mut b)) = (reader(a), reader(b)) else { return Likeness::Different };
    let (mut left, mut right) = (vec![0; BLOCK_BYTES], vec![0; BLOCK_BYTES]);
    loop {
        let (mine, yours) = (fill(&mut a, &mut left), fill(&mut b, &mut right));
        let (count, other) = (mine.bytes, yours.bytes);
        if left[..count.min(other)] != right[..count.min(other)] {
            return Likeness::Different;
        }
        match count.cmp(&other) {
            Ordering::Less => return Likeness::Beginning,
            Ordering::Greater => return Likeness::Continuation,
            Ordering::Equal => {}
        }
        match (mine.end, yours.end) {
            (None, _) | (_, None) => {}
            (Some(Ok(())), Some(Ok(()))) => return Likeness::Same,
            (Some(Err(_)), Some(Ok(()))) => return Likeness::Beginning,
            (Some(Ok(())), Some(Err(_))) => return Likeness::Continuation,
            (Some(Err(_)), Some(Err(_))) => return Likeness::Different,
        }
    }
}

/// Groups of files with the same content, by index: at least two in a group. A file that says nothing, and one that cannot
/// be read, is in none.
fn groups_of_same<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> Vec<Vec<usize>> {
    let paths: Vec<&PathBuf> = paths.collect();
    let all: Vec<usize> = (0..paths.len()).collect();
    // Few files share a head: only those are read as a whole.
    let alike = grouped(&all, |at| head(paths[at]));
    alike.iter().flat_map(|group| grouped(group, |at| digest(paths[at]))).collect()
}

/// The groups of at least two with the same key, in the order of their first.
fn grouped<K: Hash + Eq>(of: &[usize], key: impl Fn(usize) -> Option<K>) -> Vec<Vec<usize>> {
    let mut places: HashMap<K, usize> = HashMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for &at in of {
        let Some(key) = key(at) else { continue };
        let place = *places.entry(key).or_insert(groups.len());
        if place == groups.len() {
            groups.push(Vec::new());
        }
        groups[place].push(at);
    }
    groups.retain(|group| group.len() > 1);
    groups
}

fn head(path: &Path) -> Option<u64> {
    let mut head = Vec::new();
    reader(path)?.take(HEAD_BYTES).read_to_end(&mut head).ok()?;
    let says_something = head.iter().any(|byte| !byte.is_ascii_whitespace() && *byte != 0);
    let mut hasher = DefaultHasher::new();
    head.hash(&mut hasher);
    says_something.then(|| hasher.finish())
}

fn digest(path: &Path) -> Option<[u8; 32]> {
    let (mut reader, mut block, mut hash) = (reader(path)?, vec![0; BLOCK_BYTES], Sha256::new());
    loop {
        let filled = fill(&mut reader, &mut block);
        hash.update(&block[..filled.bytes]);
        match filled.end {
            None => {}
            Some(Ok(())) => return Some(hash.finalize().into()),
            Some(Err(_)) => return None,
        }
    }
}

/// The decompressed content of a regular file.
fn reader(path: &Path) -> Option<Box<dyn Read + Send>> {
    let is_file = fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    is_file.then(|| open(&Input::path(path.to_owned())).ok().map(|opened| opened.reader)).flatten()
}

struct Filled {
    bytes: usize,
    /// Set where nothing follows.
    end: Option<io::Result<()>>,
}

/// Reads until the block is full.
fn fill(reader: &mut impl Read, block: &mut [u8]) -> Filled {
    let mut bytes = 0;
    while bytes < block.len() {
        match reader.read(&mut block[bytes..]) {
            Ok(0) => return Filled { bytes, end: Some(Ok(())) },
            Ok(count) => bytes += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Filled { bytes, end: Some(Err(error)) },
        }
    }
    Filled { bytes, end: None }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{HOLES_MAX, Number, find_holes, live_of, rotated};

    /// Digits of the numbers that are there, whether the live log is, what is told; and the holes wanted.
    type Case<'a> = (&'a [&'a str], bool, &'a [u64], &'a [&'a str]);

    fn holes(digits: &[&str], live: bool, told: &[u64]) -> Vec<String> {
        let numbers: Vec<_> = digits.iter().map(|digits| Number { value: digits.parse().unwrap(), digits }).collect();
        let holes = find_holes(&numbers, live, |value| told.contains(&value));
        for hole in &holes {
            assert!(numbers[hole.after].value > hole.value, "{hole:?}");
            assert!(numbers.get(hole.after + 1).is_none_or(|newer| newer.value < hole.value), "{hole:?}");
        }
        holes.into_iter().map(|hole| hole.digits).collect()
    }

    #[test]
    fn numbers_left_out_are_holes_oldest_first() {
        let cases: [Case<'_>; 14] = [
            (&[], true, &[], &[]),
            (&["3", "2", "1"], true, &[], &[]),
            (&["1", "0"], true, &[], &[]),
            (&["3", "1"], false, &[], &["2"]),
            (&["7", "4", "3", "1"], true, &[], &["6", "5", "2"]),
            (&["3", "3", "1", "1"], false, &[], &["2"]),
            (&["2"], true, &[], &["1"]),
            (&["2"], false, &[], &[]),
            (&["5", "1"], false, &[4, 2], &["3"]),
            (&["3", "1"], false, &[2], &[]),
            (&["011", "008"], false, &[], &["010", "009"]),
            (&["11", "08"], false, &[], &["10", "09"]),
            (&["2025"], true, &[], &[]),
            (&["2025", "2023"], true, &[], &["2024"]),
        ];
        for (digits, live, told, expected) in cases {
            assert_eq!(holes(digits, live, told), expected, "{digits:?} live {live} told {told:?}");
        }
    }

    #[test]
    fn beyond_a_hundred_holes_only_the_first_of_each_gap_is_told() {
        let told = |digits: &[&str], live| holes(digits, live, &[]);
        assert_eq!(told(&["101"], true).len(), HOLES_MAX);
        assert_eq!(told(&["102", "1"], false).len(), HOLES_MAX);
        let many = told(&["99999", "60", "50", "49", "40", "1"], true);
        assert_eq!(many.len(), HOLES_MAX + 3);
        assert_eq!(many[0], "99998");
        assert_eq!(many[HOLES_MAX - 1..], ["99899", "59", "48", "39"]);
    }

    #[test]
    fn the_rotated_files_of_a_live_log_stand_from_the_oldest_on_each_once() {
        // What stands in a folder, and what of it is rotated from `acra.log`.
        let cases: [(&[&str], &[&str]); 5] = [
            (
                &["acra.log", "acra.log.1", "acra.log.10", "acra.log.2.gz", "acra.log.2", "acra.log.3.zst"],
                &["acra.log.10", "acra.log.3.zst", "acra.log.2", "acra.log.1"],
            ),
            (&["acra.log-20250314.gz", "acra.log-20250315"], &["acra.log-20250314.gz", "acra.log-20250315"]),
            (&["acra.1.log", "acra.2.log.gz", "acra.log"], &["acra.2.log.gz", "acra.1.log"]),
            (&["other.log.1", "acra.log.old", "xacra.log.1", "acra.logs"], &[]),
            (&[], &[]),
        ];
        for (names, wanted) in cases {
            let folder = tempfile::tempdir().expect("a folder");
            names.iter().for_each(|name| std::fs::write(folder.path().join(name), "").expect("a file"));
            let wanted: Vec<_> = wanted.iter().map(|name| folder.path().join(name)).collect();
            assert_eq!(rotated(&folder.path().join("acra.log")), wanted, "{names:?}");
        }
        assert!(rotated(Path::new("no/such/acra.log")).is_empty());
        let live = ["a/acra.log.1", "a/acra.log.2.gz", "a/acra.log-20250314", "a/acra.log", "a/20250314.log"];
        let live = live.map(|name| live_of(Path::new(name)));
        let acra = || Some(Path::new("a/acra.log").to_owned());
        assert_eq!(live, [acra(), acra(), acra(), None, None]);
    }
}
