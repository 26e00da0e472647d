//! The jsonl format: one record per line as it comes, the summary last; described by `verify-line.schema.json`. Nothing
//! is kept, so nothing is omitted.

use std::io::{self, Write};

use serde::Serialize;

use super::inert_json;
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
        inert_json::write_line(&mut self.out, &Record::Finding(&finding))
    }

    fn pause(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn chain(&mut self, chain: ChainReport) -> io::Result<()> {
        inert_json::write_line(&mut self.out, &Record::Chain(&chain))
    }

    fn files(&mut self, files: Vec<FileReport>) -> io::Result<()> {
        for file in &files {
            inert_json::write_line(&mut self.out, &Record::File(file))?;
        }
        // A reader at the other end of a pipe sees a stream as soon as it is done.
        self.out.flush()
    }

    fn finish(&mut self, summary: Summary) -> io::Result<()> {
        let answer = Answer::new("acralog-verify-line", &summary, &self.warnings);
        let record = Box::new(SummaryRecord { answer, files: summary.files });
        inert_json::write_line(&mut self.out, &Record::Summary(record))?;
        self.out.flush()
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Record<'a> {
    Finding(&'a Finding),
    Chain(&'a ChainReport),
    File(&'a FileReport),
    Summary(Box<SummaryRecord<'a>>),
}

#[derive(Serialize)]
struct SummaryRecord<'a> {
    #[serde(flatten)]
    answer: Answer<'a>,
    files: u64,
}
