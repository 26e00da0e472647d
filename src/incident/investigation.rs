//! Looks at every line of the log and makes the report of it.

use std::io;
use std::sync::Arc;

use super::question::{Dressing, Question};
use super::report::{InputFile, Report, Totals, Verification};
use crate::line::Batch;
use crate::reading::{Audience, Flow};
use crate::source::Stream;
use crate::verdict::gather::Gathered;
use crate::verdict::{Integrity, Piece};

/// An investigation on its way.
pub struct Investigation {
    question: Question,
    /// What was read so far, in reading order.
    inputs: Vec<InputFile>,
    /// Where the files of the current stream begin.
    first: usize,
}

/// What came of it.
pub struct Found {
    /// The report, except for the digests of the inputs. There is one input for every file, in reading order.
    pub report: Report,
    /// Every client of the log by its first appearance, in scope or not.
    pub client_ids: Vec<String>,
}

impl Investigation {
    /// Nothing was seen yet.
    pub fn new(question: Question) -> Self {
        Self { question, inputs: Vec::new(), first: 0 }
    }

    /// Makes the report.
    pub fn finish(self, dressing: Dressing, verified: Option<Gathered>) -> Found {
        let not_shown = verified.as_ref().map_or_else(Vec::new, |gathered| gathered.summary.not_shown.clone());
        let report = Report {
            title: dressing.title,
            case_id: dressing.case_id,
            generated_at: dressing.generated_at,
            command: dressing.command,
            redacted: Vec::new(),
            scope: self.question.scope(),
            verification: verified.map(Verification::of),
            period: None,
            incidents: Vec::new(),
            incidents_omitted: 0,
            totals: Totals { lines: self.inputs.iter().map(|input| input.lines).sum(), ..Totals::default() },
            inputs: self.inputs,
            runs: Vec::new(),
            runs_omitted: 0,
            sessions: self.question.sessions.then(Vec::new),
            sessions_omitted: 0,
            unsigned: Vec::new(),
            unsigned_omitted: 0,
            gaps: Vec::new(),
            gaps_omitted: 0,
            rules: self.question.rules,
            not_shown,
        };
        Found { report, client_ids: Vec::new() }
    }
}

impl Audience for Investigation {
    fn begin_stream(&mut self, stream: &Stream) -> io::Result<()> {
        self.first = self.inputs.len();
        self.inputs.extend(stream.files.iter().map(|file| InputFile {
            path: Arc::clone(&file.shown),
            stream: Arc::clone(&stream.name),
            bytes: 0,
            sha256: None,
            compression: None,
            wrapper: None,
            formats: Vec::new(),
            lines: 0,
            entries: 0,
            unread: None,
        }));
        Ok(())
    }

    fn take(&mut self, piece: &Piece, batch: &Batch, _: Option<&[Integrity<'_>]>) -> io::Result<Flow> {
        let input = &mut self.inputs[self.first + piece.file()];
        match piece {
            Piece::Opened { .. } => {}
            Piece::Lines { .. } => input.lines += batch.lines.len() as u64,
            Piece::Closed { wrapper, compression, .. } => (input.wrapper, input.compression) = (*wrapper, *compression),
            Piece::Failed { missing: true, .. } => input.unread = Some("the file is missing".to_owned()),
            Piece::Failed { why, .. } => input.unread = Some(why.clone()),
        }
        Ok(Flow::Continue)
    }
}
