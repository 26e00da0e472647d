//! Sinks that stand around others: one that gathers for the formats that must see everything before they can write, one that
//! keeps the first error of a report to the end of the run, one that keeps the answer, and one that tells two. How anything is
//! written is left to the formats.

use std::io::{self, Write};

use crate::verdict::report::{
    Capped, ChainReport, FileReport, Finding, Gathering, GatheringLimits, Sink, Sorted, Summary,
};

/// Keeps what it is told and writes when the run ends.
pub(super) struct AtEnd<W, F> {
    out: W,
    gathering: Gathering,
    write: F,
}

impl<W: Write, F: FnMut(&mut W, &Summary, &Sorted) -> io::Result<()>> AtEnd<W, F> {
    pub(super) fn new(out: W, limits: GatheringLimits, write: F) -> Self {
        Self { out, gathering: Gathering::new(limits), write }
    }
}

impl<W: Write, F: FnMut(&mut W, &Summary, &Sorted) -> io::Result<()>> Sink for AtEnd<W, F> {
    fn finding(&mut self, finding: Finding) -> io::Result<()> {
        self.gathering.finding(finding)
    }

    fn chain(&mut self, chain: ChainReport) -> io::Result<()> {
        self.gathering.chain(chain)
    }

    fn files(&mut self, files: Vec<FileReport>) -> io::Result<()> {
        self.gathering.files(files)
    }

    fn finish(&mut self, summary: Summary) -> io::Result<()> {
        let gathering = std::mem::replace(&mut self.gathering, Gathering::new(GatheringLimits::default()));
        (self.write)(&mut self.out, &summary, &gathering.sorted())?;
        self.out.flush()
    }
}

/// Keeps what it is told, bounded, until it is known whether that is the report.
#[derive(Default)]
pub struct ReportBuffer {
    events: Capped<ReportEvent>,
}

/// How much a buffer keeps: a run that tells more is walked once more.
const EVENTS_MAX: usize = 100_000;

enum ReportEvent {
    StreamBegins,
    Finding(Finding),
    Chain(ChainReport),
    Files(Vec<FileReport>),
    End(Box<Summary>),
}

impl ReportBuffer {
    /// Tells it all to another sink; false when not everything was kept.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn replay(self, sink: &mut dyn Sink) -> io::Result<bool> {
        if self.events.omitted > 0 {
            return Ok(false);
        }
        for event in self.events.items {
            match event {
                ReportEvent::StreamBegins => sink.begin_stream()?,
                ReportEvent::Finding(finding) => sink.finding(finding)?,
                ReportEvent::Chain(chain) => sink.chain(chain)?,
                ReportEvent::Files(files) => sink.files(files)?,
                ReportEvent::End(summary) => sink.finish(*summary)?,
            }
        }
        Ok(true)
    }

    fn push(&mut self, event: ReportEvent) -> io::Result<()> {
        self.events.push(event, EVENTS_MAX);
        Ok(())
    }
}

impl Sink for ReportBuffer {
    fn begin_stream(&mut self) -> io::Result<()> {
        self.push(ReportEvent::StreamBegins)
    }

    fn finding(&mut self, finding: Finding) -> io::Result<()> {
        self.push(ReportEvent::Finding(finding))
    }

    fn chain(&mut self, chain: ChainReport) -> io::Result<()> {
        self.push(ReportEvent::Chain(chain))
    }

    fn files(&mut self, files: Vec<FileReport>) -> io::Result<()> {
        self.push(ReportEvent::Files(files))
    }

    fn finish(&mut self, summary: Summary) -> io::Result<()> {
        self.push(ReportEvent::End(Box::new(summary)))
    }
}

/// Passes everything on until something cannot be written, and is silent from then on. It never fails itself.
pub struct FirstError<'a> {
    sink: &'a mut (dyn Sink + Send),
    error: Option<io::Error>,
}

impl<'a> FirstError<'a> {
    pub fn new(sink: &'a mut (dyn Sink + Send)) -> Self {
        Self { sink, error: None }
    }

    /// Whether everything could be written.
    pub fn into_result(self) -> io::Result<()> {
        self.error.map_or(Ok(()), Err)
    }

    fn pass(&mut self, tell: impl FnOnce(&mut (dyn Sink + Send)) -> io::Result<()>) -> io::Result<()> {
        if self.error.is_none() {
            self.error = tell(self.sink).err();
        }
        Ok(())
    }
}

impl Sink for FirstError<'_> {
    fn begin_stream(&mut self) -> io::Result<()> {
        self.pass(|sink| sink.begin_stream())
    }

    fn pause(&mut self) -> io::Result<()> {
        self.pass(|sink| sink.pause())
    }

    fn finding(&mut self, finding: Finding) -> io::Result<()> {
        self.pass(|sink| sink.finding(finding))
    }

    fn chain(&mut self, chain: ChainReport) -> io::Result<()> {
        self.pass(|sink| sink.chain(chain))
    }

    fn files(&mut self, files: Vec<FileReport>) -> io::Result<()> {
        self.pass(|sink| sink.files(files))
    }

    fn finish(&mut self, summary: Summary) -> io::Result<()> {
        self.pass(|sink| sink.finish(summary))
    }
}

/// Passes everything on, and keeps the answer for whoever writes it elsewhere as well.
pub struct SummaryTap<'a> {
    sink: &'a mut (dyn Sink + Send),
    summary: Option<Summary>,
}

impl<'a> SummaryTap<'a> {
    pub fn new(sink: &'a mut (dyn Sink + Send)) -> Self {
        Self { sink, summary: None }
    }

    /// The answer; None before the end of the run.
    pub fn into_summary(self) -> Option<Summary> {
        self.summary
    }
}

impl Sink for SummaryTap<'_> {
    fn begin_stream(&mut self) -> io::Result<()> {
        self.sink.begin_stream()
    }

    fn pause(&mut self) -> io::Result<()> {
        self.sink.pause()
    }

    fn finding(&mut self, finding: Finding) -> io::Result<()> {
        self.sink.finding(finding)
    }

    fn chain(&mut self, chain: ChainReport) -> io::Result<()> {
        self.sink.chain(chain)
    }

    fn files(&mut self, files: Vec<FileReport>) -> io::Result<()> {
        self.sink.files(files)
    }

    fn finish(&mut self, summary: Summary) -> io::Result<()> {
        self.summary = Some(summary.clone());
        self.sink.finish(summary)
    }
}

/// Tells two sinks the same, one after the other.
pub struct TeeSink<'a> {
    first: &'a mut (dyn Sink + Send),
    second: &'a mut (dyn Sink + Send),
}

impl<'a> TeeSink<'a> {
    pub fn new(first: &'a mut (dyn Sink + Send), second: &'a mut (dyn Sink + Send)) -> Self {
        Self { first, second }
    }
}

impl Sink for TeeSink<'_> {
    fn begin_stream(&mut self) -> io::Result<()> {
        self.first.begin_stream()?;
        self.second.begin_stream()
    }

    fn pause(&mut self) -> io::Result<()> {
        self.first.pause()?;
        self.second.pause()
    }

    fn finding(&mut self, finding: Finding) -> io::Result<()> {
        self.first.finding(finding.clone())?;
        self.second.finding(finding)
    }

    fn chain(&mut self, chain: ChainReport) -> io::Result<()> {
        self.first.chain(chain.clone())?;
        self.second.chain(chain)
    }

    fn files(&mut self, files: Vec<FileReport>) -> io::Result<()> {
        self.first.files(files.clone())?;
        self.second.files(files)
    }

    fn finish(&mut self, summary: Summary) -> io::Result<()> {
        self.first.finish(summary.clone())?;
        self.second.finish(summary)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{ReportFormat, ReportStyle, report_sink};
    use crate::testing::output::{self as sample, ClosedPipe};

    #[test]
    fn a_closed_pipe_is_told_at_the_end_in_every_format() {
        for format in ReportFormat::ALL {
            let mut sink = report_sink(ClosedPipe, ReportStyle { format, ..ReportStyle::default() });
            let mut going_on = FirstError::new(sink.as_mut());
            sample::tampered().tell(&mut going_on).unwrap();
            let error = going_on.into_result().unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::BrokenPipe, "{}", format.name());
        }
    }
}
