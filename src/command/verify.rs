//! Verifies logs as planned: finds the files, walks them through the house, writes the report.

use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::output::{Diagnostics, Progress, ReportStyle, Target, Verbosity, report_sink};
use crate::plan::{InputPlan, OutputPlan, VerifyPlan};
use crate::source::{self, Arrangement, Discovery, Origin, Stream};
use crate::verdict::Judge;
use crate::verdict::report::Sink;
use crate::verification::{self, Manner, Surroundings};

/// Verifies what the plan names and reports to the plan's target.
///
/// # Errors
/// When a list cannot be read, the report cannot be written, or the run was interrupted: never with an answer.
pub fn run(plan: &VerifyPlan) -> Result<Outcome, Failure> {
    let mut target = open_target(&plan.output)?;
    if let Some(unfinished) = target.unfinished() {
        remove_on_signal(unfinished.to_owned())?;
    }
    if plan.output.verbosity != Verbosity::Quiet {
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
    let mut sink = report_sink(&mut target, style);
    let outcome = judge(plan, &discovery, sink.as_mut())?;
    drop(sink);
    target.commit().map_err(|error| cannot_report(&error))?;
    Ok(outcome)
}

fn judge(plan: &VerifyPlan, discovery: &Discovery, sink: &mut (dyn Sink + Send)) -> Result<Outcome, Failure> {
    let mut judge = Judge::new(sink, plan.demands.clone(), &plan.keys, plan.input.format);
    tell_discovery(discovery, &mut judge).map_err(|error| cannot_report(&error))?;
    let progress =
        if plan.output.progress { Progress::start(disk_bytes(&discovery.streams)) } else { Progress::hidden() };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(plan.threads.get())
        .build()
        .map_err(|error| Failure::new(format!("cannot start threads: {error}")))?;
    let around = Surroundings { open: &source::open, on_read: &|disk_bytes| progress.tick(disk_bytes) };
    let manner = Manner { wrapper: plan.input.unwrap_from, ..Manner::default() };
    pool.install(|| verification::verify(&discovery.streams, &plan.keys, manner, &around, &mut judge))
        .map_err(|error| cannot_report(&error))?;
    progress.finish();
    judge.finish().map_err(|error| cannot_report(&error))
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

/// Ctrl-C ends the process at once, and never with exit 0: nothing to do for that. But a report that is not finished must
/// not be left lying about.
fn remove_on_signal(unfinished: PathBuf) -> Result<(), Failure> {
    let cannot = |error: io::Error| Failure::new(format!("cannot listen for signals: {error}"));
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM]).map_err(cannot)?;
    let listen = move || {
        for signal in signals.forever() {
            // It may be gone already, and there is nobody to tell.
            let _ = fs::remove_file(&unfinished);
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    };
    thread::Builder::new().name("signals".to_owned()).spawn(listen).map_err(cannot)?;
    Ok(())
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
        judge.missing(&path.to_string_lossy(), "nothing matches this pattern")?;
    }
    for path in &discovery.empty {
        judge.unusable(&path.to_string_lossy(), "no log in this directory")?;
    }
    for (path, why) in &discovery.unusable {
        judge.unusable(&path.to_string_lossy(), why)?;
    }
    for (path, why) in &discovery.doubles {
        judge.double(&path.to_string_lossy(), why)?;
    }
    for (path, why) in &discovery.skipped {
        judge.skipped(&path.to_string_lossy(), why)?;
    }
    Ok(())
}

fn cannot_report(error: &io::Error) -> Failure {
    Failure::new(format!("cannot write the report: {error}"))
}

/// The size of all inputs, when every one of them has one.
fn disk_bytes(streams: &[Stream]) -> Option<u64> {
    let mut files = streams.iter().flat_map(|stream| &stream.files);
    files.try_fold(0, |sum: u64, file| match &file.origin {
        Origin::Stdin => None,
        Origin::Hole(_) => Some(sum),
        Origin::Path(path) => {
            // A missing file has nothing to read.
            let Ok(metadata) = path.metadata() else { return Some(sum) };
            metadata.is_file().then(|| sum.saturating_add(metadata.len()))
        }
    })
}
