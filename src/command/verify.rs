//! Verifies logs as planned: finds the files, walks them through the house, writes the report.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::output::{self, Diagnostics, Progress, ReportStyle, Target};
use crate::plan::{InputPlan, OutputPlan, VerifyPlan};
use crate::source::{self, Arrangement, Discovery, Origin, Stream};
use crate::verdict::Judge;
use crate::verdict::report::Sink;
use crate::verification::{self, Manner, Stopped, Watch};

/// Verifies what the plan names and reports to the plan's target.
///
/// # Errors
/// When a list cannot be read, the report cannot be written, or the run was interrupted: never with an answer.
pub fn run(plan: &VerifyPlan) -> Result<Outcome, Failure> {
    let mut target = open_target(&plan.output)?;
    if plan.output.verbosity != output::Verbosity::Quiet {
        let mut messages = Diagnostics::stderr();
        plan.warnings.iter().for_each(|warning| messages.warning(warning));
    }
    let discovery = discover(&plan.input)?;
    let style = ReportStyle {
        format: plan.output.format,
        verbosity: plan.output.verbosity,
        palette: plan.output.palette,
        warnings: plan.warnings.clone(),
        step_summary: plan.output.step_summary.clone(),
    };
    let mut sink = output::report_sink(&mut target, style);
    let outcome = judge(plan, &discovery, sink.as_mut())?;
    drop(sink);
    target.commit().map_err(|error| cannot_report(&error))?;
    Ok(outcome)
}

fn judge(plan: &VerifyPlan, discovery: &Discovery, sink: &mut (dyn Sink + Send)) -> Result<Outcome, Failure> {
    let mut judge = Judge::new(sink, plan.demands.clone(), &plan.keys, plan.input.format);
    tell_discovery(discovery, &mut judge).map_err(|error| cannot_report(&error))?;
    let watch = Watcher::start(&plan.output, &discovery.streams)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(plan.threads.get())
        .build()
        .map_err(|error| Failure::new(format!("cannot start threads: {error}")))?;
    let done = pool.install(|| {
        let manner = Manner::default();
        verification::verify(&discovery.streams, &plan.keys, manner, &source::open, &watch, &mut judge)
    });
    drop(watch);
    match done {
        Ok(()) => judge.finish().map_err(|error| cannot_report(&error)),
        Err(Stopped::Failed(error)) => Err(cannot_report(&error)),
        Err(Stopped::Interrupted) => Err(Failure::new("interrupted before an answer was reached")),
    }
}

/// Opened before the work begins, so that a refusal comes at once.
fn open_target(plan: &OutputPlan) -> Result<Target, Failure> {
    let Some((path, existing)) = &plan.target else { return Ok(Target::stdout()) };
    Target::file(path, *existing).map_err(|error| {
        let hint = error.hint();
        // Anyhow spells out the whole chain of causes.
        let failure = Failure::new(format!("{:#}", anyhow::Error::from(error)));
        match hint {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        }
    })
}

fn discover(plan: &InputPlan) -> Result<Discovery, Failure> {
    let mut specs = plan.paths.clone();
    if let Some(list) = &plan.files_from {
        specs.extend(read_list(list)?);
    }
    let arrangement = if plan.as_one_stream { Arrangement::OneStream } else { Arrangement::RotationSets };
    Ok(source::discover(&specs, arrangement))
}

fn read_list(list: &Path) -> Result<Vec<PathBuf>, Failure> {
    let cannot = |error: io::Error| Failure::new(format!("{}: cannot read the list: {error}", list.display()));
    let from_stdin = list.as_os_str() == source::STDIN_NAME;
    let paths = if from_stdin {
        source::parse_list(io::stdin().lock()).map_err(cannot)?
    } else {
        source::parse_list(BufReader::new(File::open(list).map_err(cannot)?)).map_err(cannot)?
    };
    if from_stdin && paths.iter().any(|path| path.as_os_str() == source::STDIN_NAME) {
        return Err(Failure::new("the list comes from standard input, so it cannot name it")
            .with_hint("take the line `-` out of the list"));
    }
    if paths.is_empty() {
        return Err(Failure::new(format!("{}: the list names no file", list.display())));
    }
    Ok(paths)
}

/// What was asked for and is not among the streams.
fn tell_discovery(discovery: &Discovery, judge: &mut Judge<'_>) -> io::Result<()> {
    for path in &discovery.unmatched {
        judge.missing(&path.to_string_lossy(), "no such file")?;
    }
    for path in &discovery.empty {
        judge.unusable(&path.to_string_lossy(), "no log in this directory")?;
    }
    for (path, why) in &discovery.unusable {
        judge.unusable(&path.to_string_lossy(), why)?;
    }
    for (path, why) in &discovery.skipped {
        judge.skipped(&path.to_string_lossy(), why)?;
    }
    Ok(())
}

fn cannot_report(error: &io::Error) -> Failure {
    Failure::new(format!("cannot write the report: {error}"))
}

/// Shows how far the work is, and listens for Ctrl-C.
struct Watcher {
    progress: Progress,
    interrupted: Arc<AtomicBool>,
}

impl Watcher {
    fn start(plan: &OutputPlan, streams: &[Stream]) -> Result<Self, Failure> {
        let interrupted = Arc::new(AtomicBool::new(false));
        // A signal ends the process at once and never with 0. Only a report file that is not finished needs a word
        // with it: the temporary file must go.
        let signals = [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM];
        for signal in signals.into_iter().filter(|_| plan.target.is_some()) {
            // The second one ends the process at once, as people expect who press Ctrl-C twice.
            signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&interrupted))
                .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&interrupted)))
                .map_err(|error| Failure::new(format!("cannot listen for signals: {error}")))?;
        }
        let progress = if plan.progress { Progress::start(disk_bytes(streams)) } else { Progress::hidden() };
        Ok(Self { progress, interrupted })
    }
}

impl Watch for Watcher {
    fn read(&self, disk_bytes: u64) {
        self.progress.tick(disk_bytes);
    }

    fn stop(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }
}

/// The size of all inputs, when every one of them has one.
fn disk_bytes(streams: &[Stream]) -> Option<u64> {
    let mut files = streams.iter().flat_map(|stream| &stream.files);
    files.try_fold(0, |sum: u64, file| match &file.origin {
        Origin::Stdin => None,
        Origin::Hole(_) => Some(sum),
        Origin::Path(path) => {
            let metadata = path.metadata().ok()?;
            metadata.is_file().then(|| sum.saturating_add(metadata.len()))
        }
    })
}
