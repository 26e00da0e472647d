//! Takes note of the files that are read: what is in them, and what could not be had. Their hashes are left to those who
//! see the bytes.

use std::collections::HashMap;
use std::sync::Arc;

use super::report::InputFile;
use crate::entry::Format;

/// All files so far, in reading order; the last one is being read.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    files: Vec<InputFile>,
}

impl Inputs {
    /// A file of a stream comes.
    pub(super) fn begin(&mut self, path: Arc<str>, stream: Arc<str>) {
        self.files.push(InputFile::of_stream(path, stream));
    }

    /// Counts a line; `entry` is its format when it is one.
    pub(super) fn line(&mut self, entry: Option<Format>) {
        let Some(file) = self.files.last_mut() else { return };
        file.lines += 1;
        if let Some(format) = entry {
            file.entries += 1;
            if !file.formats.contains(&format) {
                file.formats.push(format);
            }
        }
    }

    /// What the lines were wrapped in shows at the end.
    pub(super) fn close(&mut self, wrapper: Option<&'static str>, compression: Option<&'static str>) {
        if let Some(file) = self.files.last_mut() {
            (file.wrapper, file.compression) = (wrapper, compression);
        }
    }

    /// The file cannot be read, or not to its end; the lines that were had.
    pub(super) fn unread(&mut self, why: &str) -> u64 {
        let Some(file) = self.files.last_mut() else { return 0 };
        file.unread = Some(why.to_owned());
        file.lines
    }

    /// The stream that a file belongs to.
    pub(super) fn streams(&self) -> HashMap<Arc<str>, Arc<str>> {
        self.files.iter().map(|file| (Arc::clone(&file.path), Arc::clone(&file.stream))).collect()
    }

    /// The files, in reading order.
    pub(super) fn finish(self) -> Vec<InputFile> {
        self.files
    }
}
