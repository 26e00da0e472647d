//! The evidence of one run in one file: a tar archive in zstd, with a list of SHA-256 that `sha256sum -c` checks. The same
//! members at the same time are the same bytes. What the members say is left to the caller.

use std::io::{self, ErrorKind, Read, Write};

use sha2::{Digest as _, Sha256};
use tar::{Builder, EntryType, Header};
use zstd::stream::write::Encoder;

use crate::entry::LogTime;
use crate::source::{self, Input};

/// The folder in which everything is unpacked.
const FOLDER: &str = "acralog-bundle";

/// The list of digests; it sorts before every other member, so that a reader of a stream has it first.
const LIST: &str = "SHA256SUMS";

/// How hard zstd tries: reports shrink to a tenth, and a log of a gigabyte still takes seconds.
const LEVEL: i32 = 9;

/// What of a name is kept in the name of a member, in letters.
const KEPT_LETTERS_MAX: usize = 80;

/// Something that is packed.
#[derive(Debug)]
pub struct BundleMember {
    name: String,
    bytes: u64,
    sha256: String,
    content: BundleContent,
}

#[derive(Debug)]
enum BundleContent {
    Text(Vec<u8>),
    /// Read again when it is packed, as far as the run read it.
    Log(Input),
}

impl BundleMember {
    /// A text that was written for the bundle.
    pub fn text(name: &str, text: Vec<u8>) -> Self {
        let sha256 = hex::encode(Sha256::digest(&text));
        Self { name: name.to_owned(), bytes: text.len() as u64, sha256, content: BundleContent::Text(text) }
    }

    /// A log that the run read, by its place among them, so many bytes with this digest.
    pub fn log(place: usize, input: &Input, bytes: u64, sha256: &str) -> Self {
        let name = format!("logs/{:04}-{}", place + 1, harmless(&input.shown));
        Self { name, bytes, sha256: sha256.to_owned(), content: BundleContent::Log(input.clone()) }
    }

    pub fn name(&self) -> &str {
        &self.name
    }
}

/// The end of a path in letters that no shell, archive or file system takes for anything else.
fn harmless(path: &str) -> String {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let letter = |letter: char| {
        if letter.is_ascii_alphanumeric() || ".-_".contains(letter) { letter } else { '_' }
    };
    let skipped = name.chars().count().saturating_sub(KEPT_LETTERS_MAX);
    name.chars().skip(skipped).map(letter).collect()
}

/// Packs members, sorted by their names, behind the list of their digests. They belong to nobody, and are of one time.
///
/// # Errors
/// Those of the writer; when a log cannot be read again, or is not any more what the run read.
pub fn write_bundle(out: impl Write, mut members: Vec<BundleMember>, time: LogTime) -> io::Result<()> {
    members.sort_by(|a, b| a.name.cmp(&b.name));
    let line = |member: &BundleMember| format!("{}  {}\n", member.sha256, member.name);
    let list: String = members.iter().map(line).collect();
    members.insert(0, BundleMember::text(LIST, list.into_bytes()));
    let mut encoder = Encoder::new(out, LEVEL)?;
    encoder.include_checksum(true)?;
    let mut archive = Builder::new(encoder);
    let seconds = u64::try_from(time.unix_ms / 1000).unwrap_or_default();
    for member in &members {
        append(&mut archive, member, seconds)?;
    }
    archive.into_inner()?.finish()?.flush()
}

fn append(archive: &mut Builder<impl Write>, member: &BundleMember, seconds: u64) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(seconds);
    header.set_size(member.bytes);
    let path = format!("{FOLDER}/{}", member.name);
    match &member.content {
        BundleContent::Text(text) => archive.append_data(&mut header, path, text.as_slice()),
        BundleContent::Log(input) => {
            let mut log = HashedLog { log: source::open_as_it_lies(input)?.take(member.bytes), sha256: Sha256::new() };
            archive.append_data(&mut header, path, &mut log)?;
            // Its length is part of that: a shorter one would have left the archive torn.
            if log.log.limit() > 0 || hex::encode(log.sha256.finalize()) != member.sha256 {
                let what = format!("{} is not any more what was verified", input.shown);
                return Err(io::Error::new(ErrorKind::InvalidData, what));
            }
            Ok(())
        }
    }
}

/// A log that is hashed while it is packed.
struct HashedLog {
    log: io::Take<Box<dyn Read + Send>>,
    sha256: Sha256,
}

impl Read for HashedLog {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.log.read(out)?;
        self.sha256.update(&out[..count]);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const TIME: LogTime = LogTime { unix_ms: 1_741_910_400_000 };

    fn packed(members: Vec<BundleMember>) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        write_bundle(&mut out, members, TIME).map(|()| out)
    }

    fn log(path: &std::path::Path, bytes: &[u8]) -> BundleMember {
        let sha256 = hex::encode(Sha256::digest(bytes));
        BundleMember::log(0, &Input::path(path.to_owned()), bytes.len() as u64, &sha256)
    }

    #[test]
    fn members_are_sorted_belong_to_nobody_and_are_the_same_bytes_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a\u{202e} b.log");
        fs::write(&path, "lines, and more").unwrap();
        let members =
            || vec![BundleMember::text("z", b"1".to_vec()), BundleMember::text("a", Vec::new()), log(&path, b"lines")];
        let bundle = packed(members()).unwrap();
        let mut reversed = members();
        reversed.reverse();
        assert!(packed(reversed).unwrap() == bundle);
        let mut archive = tar::Archive::new(zstd::stream::read::Decoder::new(&bundle[..]).unwrap());
        let mut seen = Vec::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let header = entry.header();
            let (mode, owner) = (header.mode().unwrap(), (header.uid().unwrap(), header.gid().unwrap()));
            assert_eq!((mode, owner, header.mtime().unwrap()), (0o644, (0, 0), 1_741_910_400));
            let name = entry.path().unwrap().to_str().unwrap().to_owned();
            let mut content = String::new();
            entry.read_to_string(&mut content).unwrap();
            seen.push((name, content));
        }
        let sum = |text: &str| hex::encode(Sha256::digest(text));
        let list = format!("{}  a\n{}  logs/0001-a__b.log\n{}  z\n", sum(""), sum("lines"), sum("1"));
        let expected = [("SHA256SUMS", &list[..]), ("a", ""), ("logs/0001-a__b.log", "lines"), ("z", "1")];
        assert_eq!(seen, expected.map(|(name, text)| (format!("acralog-bundle/{name}"), text.to_owned())));
    }

    #[test]
    fn a_log_that_is_another_one_by_now_is_not_packed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        for now in ["Lines", "line", ""] {
            fs::write(&path, now).unwrap();
            let error = packed(vec![log(&path, b"lines")]).unwrap_err();
            assert!(error.to_string().contains("not any more what was verified"), "{now:?}: {error}");
        }
        fs::remove_file(&path).unwrap();
        assert_eq!(packed(vec![log(&path, b"lines")]).unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[test]
    fn a_long_name_keeps_its_end() {
        assert_eq!(harmless("/var/log/acra.log"), "acra.log");
        assert_eq!(harmless(".."), "..");
        assert_eq!(harmless(&format!("{}.log", "x".repeat(200))), format!("{}.log", "x".repeat(76)));
    }
}
