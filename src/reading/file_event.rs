//! What a stream is made of: lines of files, and what happens to files.

/// Something that happens to a file of a stream, in the order in which it is read. `file` is the index of a file in its stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileEvent {
    /// A file was opened; nothing is known of it yet.
    Opened {
        /// Which file.
        file: usize,
        /// Whether something may be missing in front of it.
        after_gap: bool,
    },
    /// The batch holds lines of a file.
    Lines {
        /// Which file.
        file: usize,
    },
    /// A file gives nothing more.
    Closed {
        /// Which file.
        file: usize,
        /// Its bytes after decompression, counted where they were read.
        bytes: u64,
        /// The name of its wrapper.
        wrapper: Option<&'static str>,
        /// The name of its compression.
        compression: Option<&'static str>,
    },
    /// A file is not there, or gives nothing more although it is not at its end.
    Failed {
        /// Which file.
        file: usize,
        /// It is not there.
        missing: bool,
        /// What happened, for people.
        why: String,
        /// Bytes that were read but are not in any line.
        lost_bytes: u64,
    },
}

impl FileEvent {
    /// The file it belongs to.
    pub fn file(&self) -> usize {
        match *self {
            Self::Opened { file, .. }
            | Self::Lines { file }
            | Self::Closed { file, .. }
            | Self::Failed { file, .. } => file,
        }
    }
}
