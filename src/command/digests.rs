//! The digests of the inputs of a run, made of the bytes that the run itself reads: what was looked at is what they are of,
//! whatever happens to the files meanwhile.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;

use crate::evidence::{NamedInput, Subject};
use crate::source::{self, Digest, Discovery, Input, Opened, PendingDigest};

/// The digests of the inputs, in the order in which they were opened: every input once, in their order.
#[derive(Default)]
pub(super) struct Digests(Mutex<Vec<Option<PendingDigest>>>);

impl Digests {
    pub(super) fn open(&self, input: &Input) -> io::Result<Opened> {
        let opened = source::open_hashed(input);
        let digest = opened.as_ref().ok().map(|(_, digest)| digest.clone());
        self.0.lock().push(digest);
        opened.map(|(opened, _)| opened)
    }

    /// One for each input; None of one that could not be opened.
    pub(super) fn digests(&self) -> Vec<Option<Digest>> {
        let digests = self.0.lock();
        digests.iter().map(|pending| pending.as_ref().and_then(PendingDigest::get)).collect()
    }

    /// What was read to its end, in the order of the inputs.
    pub(super) fn read<'a>(&self, discovery: &'a Discovery) -> Vec<(&'a Input, Digest)> {
        let inputs = discovery.streams.iter().flat_map(|stream| &stream.files);
        let pairs = inputs.zip(self.digests());
        pairs.filter_map(|(input, digest)| Some((input, digest.filter(|digest| digest.is_whole)?))).collect()
    }

    /// The same as subjects; and what was asked for and is none.
    pub(super) fn subjects(&self, discovery: &Discovery) -> (Vec<Subject>, Vec<NamedInput>) {
        let read = self.read(discovery);
        let subject = |(input, digest): &(&Input, Digest)| Subject::new(&input.shown, digest.bytes, &digest.sha256);
        let subjects = read.iter().map(subject).collect();
        let mut rest = read.iter().map(|(input, _)| *input).peekable();
        let inputs = discovery.streams.iter().flat_map(|stream| &stream.files);
        let not_read = inputs.filter(|input| rest.next_if(|read| std::ptr::eq(*read, *input)).is_none());
        // A twin that was named is read as well.
        let named: HashSet<&Path> = discovery.paths().map(PathBuf::as_path).collect();
        let lacking = discovery.lacking().filter(|lacking| !named.contains(lacking.path));
        let names = not_read.map(|input| input.shown.to_string());
        let names = names.chain(lacking.map(|lacking| lacking.path.to_string_lossy().into_owned()));
        (subjects, names.map(|name| NamedInput { name }).collect())
    }
}
