//! A report that cannot be written must not cost the answer: the run goes on to its end, and what went wrong first is told
//! then.

use std::io;

use crate::verdict::report::{ChainReport, FileReport, Finding, Sink, Summary};

/// Passes everything on until something cannot be written, and is silent from then on. It never fails itself.
pub struct FirstError<'a> {
    sink: &'a mut (dyn Sink + Send),
    error: Option<io::Error>,
}

impl<'a> FirstError<'a> {
    /// Passes on to `sink`.
    pub fn new(sink: &'a mut (dyn Sink + Send)) -> Self {
        Self { sink, error: None }
    }

    /// Whether everything could be written.
    ///
    /// # Errors
    /// With the first error of the sink.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::sample::{self, ClosedPipe};
    use crate::output::{ReportFormat, ReportStyle, report_sink};

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
