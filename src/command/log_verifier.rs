//! acra-log-verifier, a program of its own inside acralog: from its arguments to its exit code, 0 or 1. What it says on the
//! way is left to `output`.

mod lines;

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::pipeline::on_threads;
use crate::cli::log_verifier::{self as cli, Stop, Typed};
use crate::failure::Failure;
use crate::key::KeySet;
use crate::outcome::{Exit, Outcome};
use crate::output::{Answer, AnswerSink, Existing, ServiceLog, write_wrong_usage};
use crate::plan::{self, CONFIG_FILE, Environment, LogVerifierPlan, MARKDOWN_NAME, VerifierFlags, VerifierKeys};
use crate::record::{RecordFeed, RecordOptions};
use crate::source::{Discovery, Input, Stream};
use crate::verdict::Judge;
use crate::verification::{self, VerifyOptions};

use lines::Lines;

/// Said where Acra has no words of its own.
const FAILED: &str = "Logs verification error";

/// Reads the arguments, which are wiped, and does what they ask for. Only help goes to `stdout`.
pub fn run(arguments: Vec<OsString>, around: &Environment<'_>, stdout: &mut dyn Write) -> Exit {
    let typed = match Typed::read(arguments) {
        Ok(typed) => typed,
        Err(Stop::Help) => {
            let written = stdout.write_all(cli::usage().as_bytes()).and_then(|()| stdout.flush());
            return if written.is_ok() { Exit::Done } else { Exit::Raised };
        }
        Err(Stop::Wrong(what)) => {
            write_wrong_usage(&what, &cli::usage());
            return Exit::Raised;
        }
    };
    let mut log = log_of(&typed);
    let flags = match plan::verifier_flags(typed) {
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
    match decide(&flags, around, &mut log) {
        Ok((plan, keys)) => verify(&plan, &keys, log),
        Err(failure) => give_up(&mut log, &failure),
    }
}

fn log_of(typed: &Typed) -> ServiceLog {
    ServiceLog::stderr(plan::format_named(typed.text("logging_format")), typed.is_on("d"))
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
    let mut documents = vec![(path.to_owned(), cli::config())];
    if typed.is_on("generate_markdown_args_table") {
        documents.push((path.with_file_name(MARKDOWN_NAME), cli::markdown()));
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
    let mut target = super::target::open(Some(&(path.to_owned(), Existing::Replace)), &Discovery::default())?;
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
    around: &Environment<'_>,
    log: &mut ServiceLog,
) -> Result<(LogVerifierPlan, VerifierKeys), Failure> {
    let planned = plan::log_verifier(flags);
    log.info("Initializing ACRA_MASTER_KEY loader...");
    let keys = plan::verifier_keys(flags, around);
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
    let answer = Mutex::new(Answer::new(log, names, plan.demands.missing_ok));
    let judged = judge(plan, &keys.keys, files, &answer);
    let mut answer = answer.into_inner().unwrap_or_else(PoisonError::into_inner);
    match judged {
        Ok(Outcome::Intact) if answer.is_sound() => Exit::Done,
        Ok(_) => Exit::Raised,
        Err(failure) => give_up(answer.log(), &failure),
    }
}

fn judge(plan: &LogVerifierPlan, keys: &KeySet, files: Vec<Input>, answer: &Mutex<Answer>) -> Result<Outcome, Failure> {
    let name = files.last().map(|file| file.shown.clone()).unwrap_or_default();
    let discovery = Discovery { streams: vec![Stream::new(name, files)], ..Discovery::default() };
    let mut sink = AnswerSink(answer);
    // The format is no demand on the judge: plaintext and cef are signed alike, and Acra takes one for the other.
    let mut judge = Judge::new(&mut sink, plan.demands.clone(), keys, None);
    let mut lines = Lines::new(plan, answer);
    lines.tell_missing();
    lines.note_holes();
    on_threads(plan.threads, false, &discovery, |hooks| {
        let feed = RecordFeed::new(&mut lines, RecordOptions::default());
        verification::verify(&discovery.streams, keys, VerifyOptions::default(), hooks, &mut judge, Some(feed))
    })?
    .and_then(|()| judge.finish())
    .map_err(Failure::from)
}

/// A path as Acra shows it in messages.
fn absolute(path: &PathBuf) -> String {
    std::path::absolute(path).as_ref().unwrap_or(path).to_string_lossy().into_owned()
}
