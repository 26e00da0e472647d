//! acra-log-verifier, a program of its own inside acralog, which takes the place of Acra's verifier: from its arguments to its
//! exit code, 0 or 1. Here it is decided which logs are read as one and what is demanded of them; how Acra's verifier goes
//! through a log is left to `verdict`.

mod answer;
mod flags;
mod keys;
mod typed;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufReader, Read as _, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use zeroize::Zeroizing;

use crate::chain::UndoEffort;
use crate::command::{self, on_threads};
use crate::entry::Format;
use crate::failure::Failure;
use crate::key::{self, KeySet, is_secret_text};
use crate::outcome::{Exit, Outcome};
use crate::output::Existing;
use crate::plan::{Environment, threads};
use crate::record::{RecordFeed, RecordOptions};
use crate::source::{self, Discovery, Input, Stream};
use crate::verdict::Judge;
use crate::verdict::code::{Demands, Policy};
use crate::verifier::{self, VerifyOptions};
use answer::{AnswerSink, LineChecker, ServiceLog, VerifierAnswer, write_wrong_usage};
use flags::{FlagKind, config, markdown, usage};
use keys::{VerifierKeys, verifier_keys};
use typed::{FlagError, FlagValues, read_config};

/// Said where Acra has no words of its own.
const FAILED: &str = "Logs verification error";

/// Where `--dump_config` writes, and what is read when no `--config_file` is given.
const CONFIG_FILE: &str = "configs/acra-log-verifier.yaml";

/// What `--generate_markdown_args_table` writes, beside the configuration file.
const MARKDOWN_NAME: &str = "markdown_acra-log-verifier.md";

/// A configuration file is a few pages.
const CONFIG_BYTES_MAX: u64 = 1 << 20;

/// The flags of a run, those of the configuration file among them.
#[derive(Debug)]
struct VerifierFlags {
    typed: FlagValues,
    /// What people should know about them.
    warnings: Vec<String>,
    /// A configuration file that was read because it was there.
    found_config: Option<&'static str>,
    /// The names to which the configuration file gives a value of its own. Hostile.
    in_config: Vec<String>,
}

/// A verification, decided.
#[derive(Debug)]
struct LogVerifierPlan {
    /// The logs in the order given, as they were named; one stream.
    files: Vec<PathBuf>,
    /// The format of their signed lines.
    format: Format,
    /// What is demanded of them.
    demands: Demands,
    threads: NonZeroUsize,
}

/// Reads the arguments, which are wiped, and does what they ask for. Only help goes to `stdout`.
pub fn run(arguments: Vec<OsString>, env: &Environment<'_>, stdout: &mut dyn Write) -> Exit {
    let typed = match FlagValues::read(arguments) {
        Ok(typed) => typed,
        Err(FlagError::Help) => {
            let written = stdout.write_all(usage().as_bytes()).and_then(|()| stdout.flush());
            return if written.is_ok() { Exit::Done } else { Exit::Raised };
        }
        Err(FlagError::Wrong(what)) => {
            write_wrong_usage(&what, &usage());
            return Exit::Raised;
        }
    };
    let mut log = log_of(&typed);
    let flags = match verifier_flags(typed) {
        Ok(flags) => flags,
        Err(failure) => return give_up(&mut log, &failure),
    };
    let mut log = log_of(&flags.typed);
    flags.found_config.into_iter().for_each(|path| log.info(&format!("Configuration read from {path}")));
    flags.warnings.iter().for_each(|warning| log.warning(warning));
    match write_documents(&flags, &mut log) {
        Ok(false) => {}
        Ok(true) => {
            log.flush();
            return Exit::Done;
        }
        Err(failure) => return give_up(&mut log, &failure),
    }
    match decide(&flags, env, &mut log) {
        Ok((plan, keys)) => verify(&plan, &keys, log),
        Err(failure) => give_up(&mut log, &failure),
    }
}

fn log_of(typed: &FlagValues) -> ServiceLog {
    ServiceLog::stderr(format_named(typed.text("logging_format")), typed.is_on("d"))
}

fn give_up(log: &mut ServiceLog, failure: &Failure) -> Exit {
    log.failure(FAILED, failure);
    log.flush();
    Exit::Raised
}

/// Writes the configuration file, and beside it the table of flags, when that is asked for; whether it was.
fn write_documents(flags: &VerifierFlags, log: &mut ServiceLog) -> Result<bool, Failure> {
    let typed = &flags.typed;
    if !typed.is_on("dump_config") {
        return Ok(false);
    }
    let path = Path::new(typed.some("config_file").unwrap_or(CONFIG_FILE));
    if !flags.in_config.is_empty() {
        // Acra replaces it: a password or a keystore that was set up would be gone.
        let names = flags.in_config.join(", ");
        return Err(Failure::new(format!("{}: not replaced, since it sets flags: {names}", path.display()))
            .with_hint("move the file away, or name another one with --config_file"));
    }
    let mut documents = vec![(path.to_owned(), config())];
    if typed.is_on("generate_markdown_args_table") {
        documents.push((path.with_file_name(MARKDOWN_NAME), markdown()));
    }
    tell_idle(flags, log);
    for (path, text) in &documents {
        write_document(path, text)?;
        log.info(&format!("Config dumped to {}", path.display()));
    }
    Ok(true)
}

fn write_document(path: &Path, text: &str) -> Result<(), Failure> {
    let cannot = |error| Failure::new(format!("{}: cannot be written: {error}", path.display()));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(cannot)?;
    }
    // As Acra does it: what stood there is replaced, and nothing is read.
    let mut target = command::open(Some(&(path.to_owned(), Existing::Replace)), &Discovery::default())?;
    target.write_all(text.as_bytes()).map_err(cannot)?;
    target.commit().map_err(cannot)
}

/// Tells of the flags that nobody has asked for by now: they change nothing.
fn tell_idle(flags: &VerifierFlags, log: &mut ServiceLog) {
    let idle = flags.typed.without_effect();
    if !idle.is_empty() {
        log.warning(&format!("without effect in this run: --{}", idle.join(", --")));
    }
}

fn decide(
    flags: &VerifierFlags,
    env: &Environment<'_>,
    log: &mut ServiceLog,
) -> Result<(LogVerifierPlan, VerifierKeys), Failure> {
    let planned = plan_of(flags);
    log.info("Initializing ACRA_MASTER_KEY loader...");
    let keys = verifier_keys(flags, env);
    if let Ok(keys) = &keys {
        log.info(&format!("Initialized {} loader", keys.loader));
    }
    tell_idle(flags, log);
    let keys = keys?;
    keys.warnings.iter().for_each(|warning| log.warning(warning));
    Ok((planned?, keys))
}

fn verify(plan: &LogVerifierPlan, keys: &VerifierKeys, mut log: ServiceLog) -> Exit {
    for path in &plan.files {
        log.debug(&absolute(path));
    }
    let files: Vec<_> = plan.files.iter().cloned().map(Input::path).collect();
    let names = files.iter().map(|file| Arc::clone(&file.shown)).collect();
    let answer = Mutex::new(VerifierAnswer::new(log, names, plan.demands.missing_ok));
    let judged = judge(plan, &keys.keys, files, &answer);
    let mut answer = answer.into_inner();
    match judged {
        Ok(Outcome::Intact) if answer.is_sound() => Exit::Done,
        Ok(_) => Exit::Raised,
        Err(failure) => give_up(answer.log(), &failure),
    }
}

fn judge(
    plan: &LogVerifierPlan,
    keys: &KeySet,
    files: Vec<Input>,
    answer: &Mutex<VerifierAnswer>,
) -> Result<Outcome, Failure> {
    let name = files.last().map(|file| file.shown.clone()).unwrap_or_default();
    let discovery = Discovery { streams: vec![Stream::new(name, files)], ..Discovery::default() };
    let mut sink = AnswerSink(answer);
    // The format is no demand on the judge: plaintext and cef are signed alike, and Acra takes one for the other.
    let mut judge = Judge::new(&mut sink, plan.demands.clone(), keys, None);
    let mut lines = LineChecker::new(plan, answer);
    lines.tell_missing();
    lines.note_holes();
    // Acra stops at the first entry that does not fit, whatever it was.
    let options = VerifyOptions { undo: UndoEffort::Off, ..VerifyOptions::default() };
    on_threads(plan.threads, false, &discovery, |hooks| {
        let feed = RecordFeed::new(&mut lines, RecordOptions::default());
        verifier::verify(&discovery.streams, keys, options, hooks, &mut judge, Some(feed))
    })?
    .and_then(|()| judge.finish())
    .map_err(Failure::from)
}

/// A path as Acra shows it in messages.
fn absolute(path: &PathBuf) -> String {
    std::path::absolute(path).as_ref().unwrap_or(path).to_string_lossy().into_owned()
}

/// The format that is meant by a word of the flags.
fn format_named(word: &str) -> Format {
    match word {
        "json" => Format::Json,
        "CEF" => Format::Cef,
        _ => Format::Plaintext,
    }
}

/// Adds the flags of the configuration file to those that were typed, which come first.
///
/// # Errors
/// When the file cannot be read, or is none of flags. One that does not exist is a warning: Acra goes on without a word.
fn verifier_flags(mut typed: FlagValues) -> Result<VerifierFlags, Failure> {
    let mut warnings = Vec::new();
    let named = typed.some("config_file").map(PathBuf::from);
    let path = named.as_deref().unwrap_or(Path::new(CONFIG_FILE));
    if is_secret_text(path.as_os_str().as_encoded_bytes()) && !path.exists() {
        return Err(Failure::new("--config_file was given something that is not the name of a file"));
    }
    let (mut found_config, mut in_config) = (None, Vec::new());
    match read_text(path)? {
        Some(text) => {
            let config = read_config(&text)
                .map_err(|(line, what)| Failure::new(format!("{}:{line}: {what}", path.display())))?;
            in_config.extend(config.typed.changed().map(|flag| flag.name.to_owned()));
            in_config.extend(config.unknown.iter().cloned());
            if config.typed.changed().any(|flag| flag.kind == FlagKind::Secret) {
                warnings.extend(key::exposed_file(path, "configuration file with a password"));
            }
            if config.typed.some("config_file").is_some() {
                warnings.push(format!("{}: config_file is not followed in a configuration file", path.display()));
            }
            typed.complete(config.typed);
            if !config.unknown.is_empty() {
                let names = config.unknown.join(", ");
                warnings.push(format!("{}: these names are no flags and are ignored: {names}", path.display()));
            }
            found_config = named.is_none().then_some(CONFIG_FILE);
        }
        None if named.is_some() && !typed.is_on("dump_config") => {
            warnings.push(format!("{}: there is no such configuration file", path.display()))
        }
        None => {}
    }
    if typed.left > 0 {
        let count = typed.left;
        warnings.push(format!("arguments are ignored from the first one on that is no flag: {count} of them"));
    }
    Ok(VerifierFlags { typed, warnings, found_config, in_config })
}

/// Decides what to verify, and how; with which keys is left to [`verifier_keys`].
///
/// # Errors
/// When no log is named, or the list of logs cannot be read.
fn plan_of(flags: &VerifierFlags) -> Result<LogVerifierPlan, Failure> {
    let typed = &flags.typed;
    let demands =
        Demands { policy: Policy::Acra, missing_ok: typed.is_on("audit_log_missing_ok"), ..Demands::default() };
    let format = format_named(typed.text("audit_log_file_format"));
    let mut files: Vec<_> = typed.some("audit_log_file").map(PathBuf::from).into_iter().collect();
    if let Some(list) = typed.some("audit_log_file_list") {
        let cannot = |error| Failure::new(format!("{list}: cannot read the list: {error}"));
        let lines = File::open(list).and_then(|list| source::parse_list(BufReader::new(list))).map_err(cannot)?;
        files.extend(lines);
    }
    if files.is_empty() {
        return Err(Failure::new("no log was named").with_hint("--audit_log_file=FILE or --audit_log_file_list=FILE"));
    }
    Ok(LogVerifierPlan { files, format, demands, threads: threads(None) })
}

/// The text of a file; None when there is no such file.
fn read_text(path: &Path) -> Result<Option<Zeroizing<String>>, Failure> {
    let cannot = |error| Failure::new(format!("{}: cannot read the configuration file: {error}", path.display()));
    if !path.try_exists().map_err(cannot)? {
        return Ok(None);
    }
    // It may hold a password.
    let mut text = Zeroizing::new(String::new());
    let file = File::open(path).map_err(cannot)?;
    text.reserve(file.metadata().map_or(0, |metadata| metadata.len().min(CONFIG_BYTES_MAX) as usize + 1));
    let read = file.take(CONFIG_BYTES_MAX + 1).read_to_string(&mut text).map_err(cannot)?;
    if read as u64 > CONFIG_BYTES_MAX {
        return Err(Failure::new(format!("{}: a configuration file has 1 MiB at most", path.display())));
    }
    Ok(Some(text))
}

#[cfg(test)]
mod tests;
