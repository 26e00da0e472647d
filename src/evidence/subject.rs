//! What was verified, by its digest: the subjects of a statement, and which of them a file is. A log may have grown since: then
//! its beginning is what was verified.

use std::collections::{BTreeSet, HashMap};
use std::io::{self, ErrorKind, Read};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Bytes that are hashed at once.
const BUFFER_BYTES: usize = 128 << 10;

/// An input that was read: a ResourceDescriptor of in-toto.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// As the input was given or found; `-` is standard input.
    #[serde(default)]
    pub name: String,
    pub digest: DigestSet,
    #[serde(default)]
    pub annotations: SubjectAnnotations,
}

/// Digests by algorithm, in hex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestSet {
    pub sha256: String,
}

/// What else is said of a subject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectAnnotations {
    /// How many bytes the digest is over: a file is read up to the length that it has when it is opened.
    pub bytes: Option<u64>,
}

impl Subject {
    /// So many bytes with this digest.
    pub fn new(name: &str, bytes: u64, sha256: &[u8; 32]) -> Self {
        let digest = DigestSet { sha256: hex::encode(sha256) };
        Self { name: name.to_owned(), digest, annotations: SubjectAnnotations { bytes: Some(bytes) } }
    }

    /// Whether the digest is one.
    pub fn is_well_formed(&self) -> bool {
        let digest = self.digest.sha256.as_bytes();
        digest.len() == 64 && digest.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    }

    /// What of the name is left when the file is moved to another folder.
    fn file_name(&self) -> &str {
        file_name(&self.name)
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// What a file is to a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileMatch {
    /// It has the digest of this subject, by index.
    Whole { subject: usize },
    /// Its beginning has the digest of this subject, which has its name; it has grown since, and nobody vouches for the rest.
    Beginning { subject: usize },
    /// No subject has its digest.
    Differs,
}

/// The subjects of a statement by what they are looked up by.
pub struct SubjectIndex<'a> {
    subjects: &'a [Subject],
    by_digest: HashMap<&'a str, usize>,
    by_file_name: HashMap<&'a str, Vec<usize>>,
}

impl<'a> SubjectIndex<'a> {
    /// Of two subjects with one digest the first one is found.
    pub fn new(subjects: &'a [Subject]) -> Self {
        let (mut by_digest, mut by_file_name) = (HashMap::new(), HashMap::<_, Vec<_>>::new());
        for (index, subject) in subjects.iter().enumerate() {
            by_digest.entry(subject.digest.sha256.as_str()).or_insert(index);
            by_file_name.entry(subject.file_name()).or_default().push(index);
        }
        Self { subjects, by_digest, by_file_name }
    }

    /// What a file of this name is that reads like this; beside it, its bytes. It is read once.
    ///
    /// # Errors
    /// Those of the reader.
    pub fn look_up(&self, name: &str, file: impl Read) -> io::Result<(FileMatch, u64)> {
        let namesakes = self.by_file_name.get(file_name(name)).map_or(&[][..], Vec::as_slice);
        let length_of = |index: &usize| self.subjects[*index].annotations.bytes;
        // Nothing at all is the beginning of everything.
        let lengths: BTreeSet<u64> = namesakes.iter().filter_map(length_of).filter(|bytes| *bytes > 0).collect();
        let hashed = hash(file, &lengths)?;
        if let Some(&subject) = self.by_digest.get(hashed.whole.as_str()) {
            return Ok((FileMatch::Whole { subject }, hashed.bytes));
        }
        let is_beginning = |index: &&usize| {
            let beginning = length_of(index).and_then(|bytes| hashed.beginnings.get(&bytes));
            beginning == Some(&self.subjects[**index].digest.sha256)
        };
        let longest = namesakes.iter().filter(is_beginning).max_by_key(|index| length_of(index));
        Ok((longest.map_or(FileMatch::Differs, |&subject| FileMatch::Beginning { subject }), hashed.bytes))
    }
}

/// The digest of a file and of its beginnings.
struct HashedFile {
    bytes: u64,
    whole: String,
    /// By length; those that are shorter than the file.
    beginnings: HashMap<u64, String>,
}

fn hash(mut file: impl Read, lengths: &BTreeSet<u64>) -> io::Result<HashedFile> {
    let (mut bytes, mut state, mut buffer) = (0, Sha256::new(), vec![0; BUFFER_BYTES]);
    let mut beginnings = HashMap::new();
    let mut stops = lengths.iter().copied().peekable();
    loop {
        let count = match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let mut rest = &buffer[..count];
        // A stop that is where the file ends is no beginning of it.
        while let Some(stop) = stops.next_if(|stop| *stop < bytes + rest.len() as u64) {
            // Within the buffer: it is behind what was hashed, and before the end of the rest.
            let (before, behind) = rest.split_at((stop - bytes) as usize);
            state.update(before);
            (bytes, rest) = (stop, behind);
            beginnings.insert(stop, hex::encode(state.clone().finalize()));
        }
        state.update(rest);
        bytes += rest.len() as u64;
    }
    Ok(HashedFile { bytes, whole: hex::encode(state.finalize()), beginnings })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives at most so many bytes at once.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(out.len()).min(self.0.len());
            out[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn subject(name: &str, content: &[u8]) -> Subject {
        Subject::new(name, content.len() as u64, &Sha256::digest(content).into())
    }

    #[test]
    fn a_file_is_known_by_its_digest_whatever_its_name_and_its_beginning_by_its_name_as_well() {
        let subjects = [
            subject("var/acra.log", b"one two"),
            subject("acra.log", b"one"),
            subject("b.log", b"one t"),
            subject("c.log", b""),
        ];
        let whole = |subject| FileMatch::Whole { subject };
        let beginning = |subject| FileMatch::Beginning { subject };
        let cases: [(&str, &[u8], FileMatch); 11] = [
            ("acra.log", b"one two", whole(0)),
            ("elsewhere/x", b"one", whole(1)),
            ("/a/acra.log", b"one two three", beginning(0)),
            ("acra.log", b"one t", whole(2)),
            ("acra.log", b"one tw", beginning(1)),
            ("b.log", b"one two three", beginning(2)),
            ("x.log", b"one two three", FileMatch::Differs),
            ("acra.log", b"on", FileMatch::Differs),
            ("c.log", b"", whole(3)),
            ("c.log", b"x", FileMatch::Differs),
            ("acra.log", b"One two", FileMatch::Differs),
        ];
        let index = SubjectIndex::new(&subjects);
        for (name, content, expected) in cases {
            for at_once in [1, 2, 3, 100] {
                let (found, bytes) = index.look_up(name, Slow(content, at_once)).unwrap();
                assert_eq!((found, bytes), (expected, content.len() as u64), "{name} {content:?} {at_once}");
            }
        }
    }

    #[test]
    fn a_digest_is_64_small_hex_digits() {
        let digest = |text: &str| Subject { digest: DigestSet { sha256: text.to_owned() }, ..subject("a", b"") };
        assert!(subject("a", b"").is_well_formed());
        for text in ["", "ab", &"g".repeat(64), &"A".repeat(64), &"a".repeat(65)] {
            assert!(!digest(text).is_well_formed(), "{text}");
        }
    }
}
