//! As typed -> as decided: keys loaded, format, policy and output settled. All refusals happen here, and this is the only
//! place that looks at the environment; below it no flag exists. Finding the files is left to `source`.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use crate::cli::VerifyArgs;
use crate::cli::verify::{ColorChoice, InputFormat, PolicyName, ReportFormat};
use crate::entry::Format;
use crate::failure::Failure;
use crate::key::{self, AuditKey};
use crate::verdict::policy::{Demands, Policy};

/// What the world around the process is like. A type of its own, so that a test can have another world.
pub struct Surroundings<'a> {
    /// Looks up an environment variable.
    pub variable: &'a dyn Fn(&str) -> Option<OsString>,
    /// Whether standard output is a terminal.
    pub stdout_is_terminal: bool,
    /// Whether standard error is a terminal.
    pub stderr_is_terminal: bool,
}

impl Surroundings<'_> {
    /// Those of this process.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that looks at the environment")]
    pub fn of_this_process() -> Self {
        Self {
            variable: &|name| std::env::var_os(name),
            stdout_is_terminal: std::io::stdout().is_terminal(),
            stderr_is_terminal: std::io::stderr().is_terminal(),
        }
    }

    /// Whether a variable is set to anything but the empty text.
    fn is_set(&self, name: &str) -> bool {
        (self.variable)(name).is_some_and(|value| !value.is_empty())
    }
}

/// A verification, decided.
#[derive(Debug)]
pub struct VerifyPlan {
    /// Where to look for logs.
    pub input: InputPlan,
    /// The keys to try for each chain, in the order given; at least one, none of them twice.
    pub keys: Vec<AuditKey>,
    /// What is demanded of the log.
    pub demands: Demands,
    /// Where the report goes, and in which form.
    pub output: OutputPlan,
    /// How many threads to work with.
    pub threads: NonZeroUsize,
    /// What people should know before the answer; each one a line without the prefix.
    pub warnings: Vec<String>,
}

/// Where to look for logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputPlan {
    /// Files, directories, patterns; `-` is standard input.
    pub paths: Vec<PathBuf>,
    /// A file that lists further paths; `-` is standard input.
    pub files_from: Option<PathBuf>,
    /// Whether all files are one stream in the order given; otherwise rotated sets are found by name.
    pub as_one_stream: bool,
    /// The format that signed lines must have; None is to detect it.
    pub format: Option<Format>,
}

/// Where the report goes, and in which form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputPlan {
    /// The form of the report.
    pub format: ReportFormat,
    /// None is standard output.
    pub target: Option<Target>,
    /// How much is said beside the report.
    pub detail: Detail,
    /// Whether the human report has colour.
    pub color: bool,
    /// Whether a progress bar may be drawn on standard error.
    pub progress: bool,
    /// Where GitHub Actions wants the step summary; only with the format `github`.
    pub step_summary: Option<PathBuf>,
}

/// A file for the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Where it shall stand.
    pub path: PathBuf,
    /// Whether a file that stands there may be replaced.
    pub replace: bool,
}

/// How much is said to people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Errors only: `-q`.
    Quiet,
    /// The answer and what led to it.
    #[default]
    Normal,
    /// Also the order of the files, the keys, and notes: `-v`.
    Verbose,
}

/// Decides on a verification.
///
/// # Errors
/// When there is nothing to read, no key, a key that cannot be had, or a report file that must not be replaced.
pub fn verify(typed: VerifyArgs, around: &Surroundings<'_>) -> Result<VerifyPlan, Failure> {
    let input = input(&typed)?;
    let output = output(&typed, around)?;
    let (keys, warnings) = keys(&typed, around)?;
    Ok(VerifyPlan { input, keys, demands: demands(&typed), output, threads: threads(typed.threads), warnings })
}

fn input(typed: &VerifyArgs) -> Result<InputPlan, Failure> {
    if typed.paths.is_empty() && typed.files_from.is_none() {
        return Err(Failure::new("nothing to verify: no PATH was given")
            .with_hint("name files, directories or patterns; `-` reads standard input"));
    }
    let stdin = typed.paths.iter().chain(&typed.files_from).filter(|path| path.as_os_str() == "-").count();
    if stdin > 1 {
        return Err(Failure::new("standard input was given more than once")
            .with_hint("give `-` once, as a PATH or to --files-from"));
    }
    Ok(InputPlan {
        paths: typed.paths.clone(),
        files_from: typed.files_from.clone(),
        as_one_stream: typed.as_one_stream,
        format: typed.input_format.map(|format| match format {
            InputFormat::Plaintext => Format::Plaintext,
            InputFormat::Json => Format::Json,
            InputFormat::Cef => Format::Cef,
        }),
    })
}

fn keys(typed: &VerifyArgs, around: &Surroundings<'_>) -> Result<(Vec<AuditKey>, Vec<String>), Failure> {
    let mut keys = Vec::new();
    let mut warnings = Vec::new();
    for path in &typed.key_files {
        let read = key::file::read(path)?;
        keys.push(read.key);
        warnings.extend(read.warning);
    }
    for name in &typed.key_variables {
        // A name with these letters is no name, and some systems would refuse to look it up.
        let value = if name.contains(['=', '\0']) { None } else { (around.variable)(name) };
        keys.push(key::env::parse(name, value)?);
    }
    if keys.is_empty() {
        return Err(Failure::new("no audit log key was given").with_hint("--key-file FILE or --key-env NAME"));
    }
    Ok((key::distinct(keys), warnings))
}

fn demands(typed: &VerifyArgs) -> Demands {
    Demands {
        policy: match typed.policy {
            PolicyName::Default => Policy::Default,
            PolicyName::Strict => Policy::Strict,
            PolicyName::Acra => Policy::Acra,
        },
        require_end: typed.require_end,
        missing_ok: typed.missing_ok,
        allowed: typed.allowed.iter().copied().collect(),
    }
}

fn output(typed: &VerifyArgs, around: &Surroundings<'_>) -> Result<OutputPlan, Failure> {
    let target = typed.output.clone().map(|path| Target { path, replace: typed.force });
    if let Some(target) = &target {
        refuse_occupied(target)?;
    }
    let on_terminal = target.is_none() && around.stdout_is_terminal;
    let color = match typed.color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            let dumb = (around.variable)("TERM").is_some_and(|kind| kind == "dumb");
            on_terminal && !dumb && !around.is_set("NO_COLOR")
        }
    };
    let detail = match (typed.quiet, typed.verbose) {
        (true, _) => Detail::Quiet,
        (false, true) => Detail::Verbose,
        (false, false) => Detail::Normal,
    };
    let step_summary = (typed.output_format == ReportFormat::Github)
        .then(|| (around.variable)("GITHUB_STEP_SUMMARY"))
        .flatten()
        .filter(|path| !path.is_empty())
        .map(PathBuf::from);
    Ok(OutputPlan {
        format: typed.output_format,
        target,
        detail,
        color,
        progress: around.stderr_is_terminal && !typed.no_progress && detail > Detail::Quiet,
        step_summary,
    })
}

/// Better now than after an hour of work. What stands there by the end is looked at again when the report is moved there.
fn refuse_occupied(target: &Target) -> Result<(), Failure> {
    let path = target.path.display();
    if target.path.is_dir() {
        return Err(Failure::new(format!("{path}: is a directory")).with_hint("--output takes the name of a file"));
    }
    if !target.replace && target.path.symlink_metadata().is_ok() {
        return Err(Failure::new(format!("{path}: exists already")).with_hint("--force replaces it"));
    }
    Ok(())
}

fn threads(typed: Option<u16>) -> NonZeroUsize {
    typed
        .and_then(|count| NonZeroUsize::new(count.into()))
        .or_else(|| std::thread::available_parallelism().ok())
        .unwrap_or(NonZeroUsize::MIN)
}

#[cfg(test)]
mod tests;
