//! As typed -> as decided: inputs and inventory, keys loaded, format, policy and output settled. All refusals happen here, and
//! this is the only place that looks at the environment; below it no flag exists. Finding the files is left to `source`.

mod attest;
mod bundle;
mod codes;
mod configuration;
mod convert;
mod filter;
mod grep;
pub(crate) mod keys;
mod ledger;
mod report;
mod stats;
mod watch;

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::File;
use std::io::{IsTerminal as _, Read as _};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use regex::Regex;
use zeroize::Zeroizing;

use crate::chain::UndoEffort;
use crate::cli::shared::{ColorChoice, InputArgs, KeyArgs, PolicyArgs, PrintArgs, TargetArgs, WorkArgs};
use crate::cli::{LineName, VerifyArgs};
use crate::entry::{Format, LogTime};
use crate::failure::Failure;
use crate::key::{self, KeySet};
use crate::line::Wrapper;
use crate::output::{Existing, Palette, ReportFormat, Verbosity};
use crate::query::AskedName;
use crate::siem::Column;
use crate::source::{self, OrderBy};
use crate::verdict::code::{Demands, Policy};

pub use attest::{AttestCheckPlan, AttestationPlan, SigningPlan, attest_check};
pub use bundle::{BundlePlan, bundle};
pub use codes::{CodesPlan, ExplainPlan, codes, explain};
pub use configuration::{Configuration, FlagReference, configure, flag_references, takes};
pub use convert::{ConversionPlan, ConvertPlan, ValidationPlan, convert};
pub use grep::{GrepPlan, Printing, grep};
pub use keys::{KeysPlan, KeysTask, keys};
pub use ledger::{LedgerPlan, LedgerTask, LedgerVerbPlan, ledger};
pub use report::{IncidentPlan, ReportPlan, report};
pub use stats::{StatsPlan, stats};
pub use watch::{ComparedRules, ReactionsPlan, WatchPlan, WatchRules, watch, watch_rules};

/// What the world around the process is like. A type of its own, so that a test can have another world.
pub struct Environment<'a> {
    pub variable: &'a dyn Fn(&str) -> Option<OsString>,
    /// Whether something is piped, or redirected, into standard input.
    pub stdin_is_fed: bool,
    pub stdout_is_terminal: bool,
    pub stderr_is_terminal: bool,
    /// What time it is, for what the user says of times.
    pub now: LogTime,
    /// What was typed behind the name of the program.
    pub arguments: Vec<OsString>,
    pub configuration: Option<Configuration>,
}

impl Environment<'_> {
    /// Those of this process.
    pub fn of_this_process() -> Self {
        Self { arguments: Self::command_line().into_iter().skip(1).collect(), ..Self::without_arguments() }
    }

    /// Those of this process, but for the arguments, which may hold a secret.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that looks at the environment")]
    pub fn without_arguments() -> Self {
        Self {
            variable: &|name| std::env::var_os(name),
            stdin_is_fed: source::stdin_is_fed(),
            stdout_is_terminal: std::io::stdout().is_terminal(),
            stderr_is_terminal: std::io::stderr().is_terminal(),
            now: LogTime::now(),
            arguments: Vec::new(),
            configuration: None,
        }
    }

    /// Those of a test: on the 14th of March 2025, with nothing typed.
    #[cfg(test)]
    pub(crate) fn of_a_test(variable: &dyn Fn(&str) -> Option<OsString>, is_terminal: bool) -> Environment<'_> {
        Environment {
            variable,
            stdin_is_fed: false,
            stdout_is_terminal: is_terminal,
            stderr_is_terminal: is_terminal,
            now: LogTime { unix_ms: 1_741_910_400_000 },
            arguments: Vec::new(),
            configuration: None,
        }
    }

    /// The whole command line of this process, with the name by which it was called.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that looks at what was typed")]
    pub fn command_line() -> Vec<OsString> {
        std::env::args_os().collect()
    }

    /// Whether a progress bar may be drawn.
    fn progress(&self, typed: &WorkArgs) -> bool {
        self.stderr_is_terminal && !typed.no_progress
    }

    /// What a variable holds that a user named. Some systems would refuse to look up what is no name.
    fn secret(&self, name: &str) -> Option<OsString> {
        if name.contains(['=', '\0']) { None } else { (self.variable)(name) }
    }

    /// Whether a variable is set to anything but the empty text. It may hold a secret.
    pub(crate) fn is_set(&self, name: &str) -> bool {
        let value = Zeroizing::new((self.variable)(name).unwrap_or_default().into_encoded_bytes());
        !value.is_empty()
    }
}

/// A verification, decided.
#[derive(Debug)]
pub struct VerifyPlan {
    pub input: InputPlan,
    pub verification: VerificationPlan,
    /// Whether everything is read, unchanged or not.
    pub is_full: bool,
    /// Where the report goes, and in which form.
    pub output: OutputPlan,
    /// Where the answer is stated for others, when it is.
    pub attestation: Option<AttestationPlan>,
    pub threads: NonZeroUsize,
    pub configuration: Option<PathBuf>,
    /// The line that is to be explained instead of a report.
    pub explained: Option<LineName>,
}

impl VerifyPlan {
    /// Whether what is remembered of an unchanged part of a log says everything that is asked.
    pub fn may_resume(&self) -> bool {
        !self.is_full && self.attestation.is_none() && self.verification.may_resume(&self.input)
    }
}

impl VerificationPlan {
    /// Whether a ledger says of an unchanged part of a log all that is demanded of it.
    pub fn may_resume(&self, input: &InputPlan) -> bool {
        let Demands { gap, chain_max_age, .. } = &self.demands;
        gap.is_none() && chain_max_age.is_none() && input.format.is_none() && input.unwrap_from.is_none()
    }
}

/// With which keys to verify, and what is demanded of the log.
#[derive(Debug)]
pub struct VerificationPlan {
    /// The keys to try for each chain, in the order given; at least one. Those of an inventory are bound to their logs.
    pub keys: KeySet,
    pub demands: Demands,
    /// How much is done to find out what stood in the place of an altered entry.
    pub undo: UndoEffort,
    /// What is remembered of earlier runs, where it is.
    pub ledger: Option<LedgerPlan>,
    /// What people should know before the answer; each one a line without the prefix.
    pub warnings: Vec<String>,
}

/// Where to look for logs.
#[derive(Clone, Debug)]
pub struct InputPlan {
    /// Files, directories, patterns; `-` is standard input.
    pub paths: Vec<PathBuf>,
    /// A file that lists further paths; `-` is standard input.
    pub files_from: Option<PathBuf>,
    /// The logs that are to be there, when there is an inventory; nothing else is read then.
    pub inventory: Vec<InventoryLog>,
    /// Whether all files are one stream in the order given; otherwise rotated sets are found by name.
    pub as_one_stream: bool,
    /// What the paths of the files of one stream have in common, where their names do not tell it.
    pub stream_by: Option<Regex>,
    /// The order of the files of a stream, where their names do not tell it.
    pub order_by: Option<OrderBy>,
    /// The format that signed lines must have; None is to detect it.
    pub format: Option<Format>,
    /// The export that the lines are to be taken out of; None is to detect what is around them.
    pub unwrap_from: Option<Wrapper>,
}

impl InputPlan {
    /// Whether further logs may appear where these are: in a directory, or by a pattern.
    pub fn may_gain_logs(&self) -> bool {
        self.paths.iter().any(|path| path.is_dir() || source::is_pattern(path) && !path.exists())
    }
}

/// Following a log takes to know a file by what it is, and not by its name.
fn refuse_following(asked: bool) -> Result<(), Failure> {
    if asked && cfg!(not(unix)) {
        return Err(Failure::usage("--follow is for Unix: a rotated file cannot be known again here"));
    }
    Ok(())
}

/// Where the report goes, and in which form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputPlan {
    /// The form of the report.
    pub format: ReportFormat,
    /// The file it goes to, and what to do with one that stands there; None is standard output.
    pub target: Option<(PathBuf, Existing)>,
    /// How much is said to people.
    pub verbosity: Verbosity,
    pub palette: Palette,
    /// Whether a progress bar may be drawn on standard error.
    pub progress: bool,
    /// Where GitHub Actions wants the step summary; only with the format `github`.
    pub step_summary: Option<PathBuf>,
}

/// A log that is to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InventoryLog {
    /// How it is named in reports.
    pub name: Arc<str>,
    /// The file, directory or pattern where it is.
    pub path: PathBuf,
    /// The files that hold its keys; none when it takes those of the command line.
    pub key_files: Vec<PathBuf>,
}

/// Where a verb prints that reads no log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrintPlan {
    /// On standard output.
    Stdout,
    /// Into a file; what to do with one that stands there.
    File(PathBuf, Existing),
    /// Nowhere.
    Nowhere,
}

/// Decides on a verification.
///
/// # Errors
/// When there is nothing to read, no key, a key that cannot be had, or a report file that must not be replaced.
pub fn verify(typed: VerifyArgs, env: &Environment<'_>) -> Result<VerifyPlan, Failure> {
    let is_explained = matches!(typed.output_format, ReportFormat::Human | ReportFormat::Json);
    if typed.explain.is_some() && !is_explained {
        let name = typed.output_format.name();
        return Err(Failure::usage(format!("--explain has no format {name}"))
            .with_hint("leave out --output-format, or give it `human` or `json`"));
    }
    let input = input(&typed.input, "verify", env)?;
    let output = output(&typed, env)?;
    let mut verification = verification(&input, &typed.keys, &typed.policy, env)?;
    if let Some(ledger) = &mut verification.ledger {
        ledger.unchanged_by = ledger::unchanged_by(typed.unchanged_by)?;
    }
    let (attestation, warnings) = attest::attestation(&typed.attestation, &typed.target, env)?;
    verification.warnings.extend(warnings);
    let configuration = env.configuration.as_ref().map(|read| read.path.clone());
    let (threads, is_full, explained) = (threads(typed.work.threads), typed.full, typed.explain);
    Ok(VerifyPlan { input, verification, is_full, output, attestation, threads, configuration, explained })
}

/// What to read: without a PATH what is piped in, as rg does it.
fn input(typed: &InputArgs, verb: &str, env: &Environment<'_>) -> Result<InputPlan, Failure> {
    let mut paths = typed.paths.clone();
    let is_told = typed.files_from.is_some() || typed.inventory.is_some();
    if paths.is_empty() && !is_told {
        // Those of the configuration file come before a pipe: cron gives every job one.
        paths.clone_from(&typed.configured_paths);
    }
    if paths.is_empty() && !is_told && env.stdin_is_fed {
        paths.push(source::STDIN_NAME.into());
    }
    if paths.is_empty() && !is_told {
        return Err(Failure::usage(format!("nothing to {verb}: no PATH was given"))
            .with_hint("name files, directories or patterns; `-` reads standard input"));
    }
    let stdin = typed.paths.iter().chain(&typed.files_from).filter(|path| path.as_os_str() == "-").count();
    if stdin > 1 {
        return Err(Failure::usage("standard input was given more than once")
            .with_hint("give `-` once, as a PATH or to --files-from"));
    }
    if typed.inventory.is_some() && !typed.paths.is_empty() {
        return Err(Failure::usage("an inventory says which logs to read, but a PATH was given as well")
            .with_hint("leave the PATH out, or write it into the inventory"));
    }
    Ok(InputPlan {
        paths,
        files_from: typed.files_from.clone(),
        inventory: typed.inventory.as_deref().map(read_inventory).transpose()?.unwrap_or_default(),
        as_one_stream: typed.as_one_stream,
        stream_by: typed.stream_by.clone(),
        order_by: typed.order_by,
        format: typed.input_format,
        unwrap_from: typed.unwrap_from,
    })
}

fn verification(
    input: &InputPlan,
    keys: &KeyArgs,
    policy: &PolicyArgs,
    env: &Environment<'_>,
) -> Result<VerificationPlan, Failure> {
    let (bound, mut warnings) = load_keys(&input.inventory)?;
    // Where every log has its own keys, no other is needed.
    let is_bound = !bound.is_empty() && bound.iter().all(Option::is_some);
    let mut set = KeySet::default();
    if !is_bound || keys::is_named(keys) {
        let (loaded, more) = keys::load(keys, env)?;
        set = loaded;
        warnings.extend(more);
    }
    set.bind(bound);
    let ledger = ledger::of_run(&policy.ledger, input, env)?;
    Ok(VerificationPlan { keys: set, demands: demands(policy), undo: policy.undo, ledger, warnings })
}

/// The verification of a verb that verifies only when it is asked to, by this flag.
fn verification_if(
    asked: bool,
    flag: &str,
    input: &InputPlan,
    keys: &KeyArgs,
    policy: &PolicyArgs,
    env: &Environment<'_>,
) -> Result<Option<VerificationPlan>, Failure> {
    if asked {
        return verification(input, keys, policy, env).map(Some);
    }
    if keys::is_named(keys) {
        return Err(Failure::usage("a key was given, but nothing is verified without being asked")
            .with_hint(format!("add {flag}")));
    }
    demands_nothing(policy).map(|()| None)
}

/// Refuses what is demanded of a log that nobody verifies: the answer would look as if it had been met.
fn demands_nothing(typed: &PolicyArgs) -> Result<(), Failure> {
    let typed = [
        ("--policy", typed.policy != Policy::Default),
        ("--require-end", typed.require_end),
        ("--missing-ok", typed.missing_ok),
        ("--gap", typed.gap.is_some()),
        ("--chain-max-age", typed.chain_max_age.is_some()),
        ("--allow", !typed.allowed.is_empty()),
        ("--undo", typed.undo != UndoEffort::default()),
        ("--ledger", typed.ledger.ledger.is_some()),
    ];
    match typed.into_iter().find(|(_, is_typed)| *is_typed) {
        None => Ok(()),
        Some((flag, _)) => {
            Err(Failure::usage(format!("{flag} says what to demand of the log, but nothing verifies it"))
                .with_hint(format!("leave the flag out, or verify with {}", keys::GIVE_A_KEY)))
        }
    }
}

fn demands(typed: &PolicyArgs) -> Demands {
    Demands {
        policy: typed.policy,
        require_end: typed.require_end,
        missing_ok: typed.missing_ok,
        gap: typed.gap,
        chain_max_age: typed.chain_max_age,
        allowed: typed.allowed.iter().copied().collect(),
    }
}

fn output(typed: &VerifyArgs, env: &Environment<'_>) -> Result<OutputPlan, Failure> {
    let target = target(&typed.target);
    let on_terminal = target.is_none() && env.stdout_is_terminal;
    let verbosity = match (typed.quiet, typed.verbose) {
        (true, _) => Verbosity::Quiet,
        (false, true) => Verbosity::Verbose,
        (false, false) => Verbosity::Normal,
    };
    let step_summary = (typed.output_format == ReportFormat::Github)
        .then(|| (env.variable)("GITHUB_STEP_SUMMARY"))
        .flatten()
        .filter(|path| !path.is_empty())
        .map(PathBuf::from);
    Ok(OutputPlan {
        format: typed.output_format,
        palette: palette(typed.color, on_terminal, env),
        target,
        verbosity,
        // A bar would tear the lines that jsonl prints meanwhile.
        progress: env.progress(&typed.work)
            && verbosity != Verbosity::Quiet
            && !(typed.output_format == ReportFormat::Jsonl && on_terminal),
        step_summary,
    })
}

/// Decides where a verb prints that reads no log.
pub fn print(typed: &TargetArgs, quiet: bool) -> PrintPlan {
    match target(typed) {
        _ if quiet => PrintPlan::Nowhere,
        Some((path, existing)) => PrintPlan::File(path, existing),
        None => PrintPlan::Stdout,
    }
}

/// The colours of a verb that passes no entries on.
fn palette_of(typed: &PrintArgs, env: &Environment<'_>) -> Palette {
    palette(typed.color, typed.target.output.is_none() && env.stdout_is_terminal, env)
}

/// The file to write to, and what to do with one that stands there; None is standard output.
fn target(typed: &TargetArgs) -> Option<(PathBuf, Existing)> {
    let existing = if typed.force { Existing::Replace } else { Existing::Refuse };
    typed.output.clone().map(|path| (path, existing))
}

/// Colour on a terminal, as <https://no-color.org> and <https://bixense.com/clicolors/> have it.
fn palette(choice: ColorChoice, on_terminal: bool, env: &Environment<'_>) -> Palette {
    let colored = match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if env.is_set("NO_COLOR") => false,
        ColorChoice::Auto if env.is_set("CLICOLOR_FORCE") => true,
        ColorChoice::Auto => on_terminal && (env.variable)("TERM").is_none_or(|kind| kind != "dumb"),
    };
    if colored { Palette::Colored } else { Palette::Plain }
}

/// The first name that stands there a second time: as a column, it would be the same twice.
fn repeated(names: &[String]) -> Option<&str> {
    let stands_before = |(at, name): &(usize, &String)| names[..*at].contains(name);
    names.iter().enumerate().find(stands_before).map(|(_, name)| name.as_str())
}

/// The fields of the log among columns.
fn asked_columns(names: &[String]) -> Vec<AskedName> {
    let field = |name: &String| match Column::named(name) {
        Column::Field(key) => Some(AskedName::Field(key)),
        _ => None,
    };
    names.iter().filter_map(field).collect()
}

pub(crate) fn threads(typed: Option<u16>) -> NonZeroUsize {
    typed
        .and_then(|count| NonZeroUsize::new(count.into()))
        .or_else(|| std::thread::available_parallelism().ok())
        .unwrap_or(NonZeroUsize::MIN)
}

/// Letters that mean only themselves wherever they stand, beside ASCII letters and digits.
const PLAIN: &str = "_./:=,@%+-";

/// The command line of these arguments, which stand behind the name of the program. Bytes that are not UTF-8 are shown as
/// U+FFFD. `-oFILE` is written as `-o FILE`: a name that it begins with must be found as a word.
fn command_line(arguments: &[OsString]) -> String {
    let mut line = "acralog".to_owned();
    let mut are_paths = false;
    for argument in arguments {
        let word = argument.to_string_lossy();
        are_paths |= word == "--";
        let glued = word.strip_prefix("-o").filter(|value| !are_paths && !value.is_empty() && !value.starts_with('='));
        match glued {
            Some(value) => line.extend([" -o ", &quoted(value)]),
            None => line.extend([" ", &quoted(&word)]),
        }
    }
    line
}

fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || PLAIN.contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    // Nothing has a meaning between single quotes; a quote itself stands between two such texts.
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// The longest inventory that is read, in bytes (1 MiB).
const INVENTORY_BYTES_MAX: u64 = 1 << 20;

/// How a line is written, for people.
const FORM: &str = "a line is NAME PATTERN [KEY-FILE...], with quotes around what has blanks in it; # begins a comment";

/// Reads an inventory. Paths are relative to the folder of the inventory.
///
/// # Errors
/// When it cannot be read, when a line has another form, when it names no log, or one name twice.
fn read_inventory(path: &Path) -> Result<Vec<InventoryLog>, Failure> {
    let cannot = |why: String| Failure::new(format!("{}: cannot read the inventory: {why}", path.display()));
    let mut text = String::new();
    let file = File::open(path).map_err(|error| cannot(error.to_string()))?;
    file.take(INVENTORY_BYTES_MAX + 1).read_to_string(&mut text).map_err(|error| cannot(error.to_string()))?;
    if text.len() as u64 > INVENTORY_BYTES_MAX {
        return Err(cannot("it is longer than 1 MiB".to_owned()));
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut logs: Vec<InventoryLog> = Vec::new();
    let mut names = HashSet::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let wrong = |what: &str| Failure::new(format!("{}:{}: {what}", path.display(), index + 1)).with_hint(FORM);
        let fields = shlex::split(line).ok_or_else(|| wrong("a quote is not closed"))?;
        let (name, pattern, key_files) = match fields.as_slice() {
            [] => continue,
            [name, pattern, key_files @ ..] => (name, pattern, key_files),
            [_] => return Err(wrong("a name without the path of its log")),
        };
        if !names.insert(name.clone()) {
            return Err(wrong("the name stands on a line above as well"));
        }
        if [name, pattern].into_iter().chain(key_files).any(String::is_empty) || pattern == "-" {
            return Err(wrong("a log has a name, and a path that is not standard input"));
        }
        logs.push(InventoryLog {
            name: name.as_str().into(),
            path: folder.join(pattern),
            key_files: key_files.iter().map(|file| folder.join(file)).collect(),
        });
    }
    if logs.is_empty() {
        return Err(Failure::new(format!("{}: the inventory names no log", path.display())).with_hint(FORM));
    }
    Ok(logs)
}

/// The keys of each log that has its own, in the order of the logs; and what people should know about them.
fn load_keys(logs: &[InventoryLog]) -> Result<(Vec<Option<KeySet>>, Vec<String>), Failure> {
    let mut warnings = Vec::new();
    let mut sets = Vec::with_capacity(logs.len());
    for log in logs {
        let mut set = KeySet::default();
        for path in &log.key_files {
            let read = key::given::read_key_file(path)?;
            // One key may serve many logs.
            warnings.extend(read.warning.filter(|warning| !warnings.contains(warning)));
            set.add(read.key);
        }
        sets.push((!log.key_files.is_empty()).then_some(set));
    }
    Ok((sets, warnings))
}

#[cfg(test)]
mod tests;
