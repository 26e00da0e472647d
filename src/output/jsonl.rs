//! The jsonl format: one record per line as it comes, the summary last; described by `acralog schema verify-line`. Nothing
//! is kept, so nothing is omitted.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::escape;
use super::json::Answer;
use crate::verdict::report::{ChainReport, FileReport, Finding, Sink, Summary};

/// Writes records as they come.
pub(super) struct Jsonl<W> {
    out: W,
    warnings: Vec<String>,
}

impl<W: Write> Jsonl<W> {
    /// `warnings` are about the run itself; they stand in the summary.
    pub(super) fn new(out: W, warnings: Vec<String>) -> Self {
        Self { out, warnings }
    }
}

impl<W: Write> Sink for Jsonl<W> {
    fn finding(&mut self, finding: Finding) -> io::Result<()> {
        escape::write_json_line(&mut self.out, &Record::Finding { finding: &finding })
    }

    fn pause(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn chain(&mut self, chain: ChainReport) -> io::Result<()> {
        escape::write_json_line(&mut self.out, &Record::Chain { chain: &chain })
    }

    fn files(&mut self, files: Vec<FileReport>) -> io::Result<()> {
        for file in &files {
            escape::write_json_line(&mut self.out, &Record::File { file })?;
        }
        // A reader at the other end of a pipe sees a stream as soon as it is done.
        self.out.flush()
    }

    fn finish(&mut self, summary: Summary) -> io::Result<()> {
        let answer = Box::new(Answer::new(&summary, &self.warnings));
        let record = Record::Summary { schema: "acralog-verify-line", answer, files: summary.files };
        escape::write_json_line(&mut self.out, &record)?;
        self.out.flush()
    }
}

/// One line of the stream.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
#[schemars(title = "acralog verify --output-format jsonl")]
pub(super) enum Record<'a> {
    /// Something worth saying about a place in a log.
    Finding {
        #[serde(flatten)]
        finding: &'a Finding,
    },
    /// One chain.
    Chain {
        #[serde(flatten)]
        chain: &'a ChainReport,
    },
    /// One file of the input.
    File {
        #[serde(flatten)]
        file: &'a FileReport,
    },
    /// The answer; the last record.
    Summary {
        /// What this stream is.
        #[schemars(extend("const" = "acralog-verify-line"))]
        schema: &'static str,
        #[serde(flatten)]
        answer: Box<Answer<'a>>,
        /// Files read.
        files: u64,
    },
}
