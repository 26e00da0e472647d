//! One run of the program: argv in, exit code out. What is asked for is parsed by `cli`, decided by `plan` and done by
//! `command`.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use std::{io, iter};

use clap::Parser as _;

use crate::cli::{self, Cli, Verb, grep};
use crate::command;
use crate::failure::{self, Failure};
use crate::key;
use crate::log_verifier;
use crate::outcome::{Exit, Outcome};
use crate::output::Diagnostics;
use crate::plan::{self, Environment};

/// Runs the program with the arguments and the environment of this process.
pub fn run() -> ExitCode {
    key::keep_out_of_core_dumps();
    command::refuse_limit_signal();
    failure::announce_panics(|place| say(&Failure::new(format!("internal error at {place}"))));
    let mut command_line = Environment::command_line();
    if let Some(arguments) = cli::log_verifier_arguments(&mut command_line) {
        return verify_as_acra(arguments);
    }
    grep::spell_out_context(&mut command_line);
    let answer = failure::catch_panic(|| parse_and_run(command_line));
    answer
        .unwrap_or_else(|failure| {
            say(&failure);
            failure.exit()
        })
        .into()
}

fn parse_and_run(command_line: Vec<OsString>) -> Result<Exit, Failure> {
    let mut env = Environment::of_this_process();
    match parse(&command_line, None, &mut env)? {
        Ok(cli) => {
            let warnings = env.configuration.iter().flat_map(|file| &file.warnings);
            warnings.for_each(|warning| Diagnostics::stderr().warning(warning));
            run_verb(cli, &env)
        }
        Err(mut message) => {
            cli::mend_suggestion(&mut message, &command_line);
            Ok(explain(&message))
        }
    }
}

/// What was typed, completed by the configuration file (by another one `instead`), which becomes part of the environment; or what
/// clap says of it.
///
/// # Errors
/// When it is the file that is wrong.
fn parse(
    command_line: &[OsString],
    instead: Option<&Path>,
    env: &mut Environment<'_>,
) -> Result<Result<Cli, clap::Error>, Failure> {
    let (words, configuration) = plan::configure(command_line.to_vec(), instead, env)?;
    let parsed = Cli::try_parse_from(&words);
    if let (Err(message), Some(file)) = (&parsed, &configuration)
        && let Some(failure) = file.blame(message, command_line)
    {
        return Err(failure);
    }
    env.configuration = configuration;
    Ok(parsed)
}

/// `help VERB` is `VERB --help`.
fn help(verb: Vec<String>) -> Result<Exit, Failure> {
    let words = iter::once("acralog".to_owned()).chain(verb).chain(["--help".to_owned()]);
    parse_and_run(words.map(OsString::from).collect())
}

fn run_verb(cli: Cli, env: &Environment<'_>) -> Result<Exit, Failure> {
    match cli.verb {
        Verb::Verify(typed) => {
            let plan = plan::verify(*typed, env)?;
            command::verify::run(&plan).map(Exit::from)
        }
        Verb::Grep(typed) => {
            let plan = plan::grep(*typed, env)?;
            command::grep::run(&plan)
        }
        Verb::Stats(typed) => {
            let plan = plan::stats(*typed, env)?;
            command::stats::run(&plan)
        }
        Verb::Convert(typed) => {
            let plan = plan::convert(*typed, env)?;
            command::convert::run(&plan)
        }
        Verb::Report(typed) => {
            let plan = plan::report(*typed, env)?;
            command::report::run(&plan)
        }
        Verb::Watch(typed) => command::watch::run(plan::watch(*typed, env, rules_of)?, &watch_again),
        Verb::Attest(typed) => {
            let plan = plan::attest_check(typed, env)?;
            command::print(&plan.print, |to| command::attest::check(&plan, to))
        }
        Verb::Bundle(typed) => {
            let plan = plan::bundle(*typed, env)?;
            command::bundle::run(&plan).map(Exit::from)
        }
        Verb::Keys(typed) => {
            let plan = plan::keys(*typed, env)?;
            command::print(&plan.print, |to| command::about::keys(&plan, to))
        }
        Verb::Ledger(typed) => {
            let plan = plan::ledger(*typed, env)?;
            command::print(&plan.print, |to| command::ledger::run(&plan, to))
        }
        Verb::LogVerifier(typed) => Ok(log_verifier::run(typed.arguments, env, &mut io::stdout())),
        Verb::Codes(typed) => {
            let plan = plan::codes(&typed, env)?;
            command::print(&plan::print(&typed.print.target, typed.print.quiet), |to| command::about::codes(&plan, to))
        }
        Verb::Explain(typed) => {
            let plan = plan::explain(&typed, env)?;
            command::print(&plan::print(&typed.print.target, typed.print.quiet), |to| {
                command::about::explain(&plan, to)
            })
        }
        Verb::Help(typed) => help(typed.verb),
        Verb::Completions(typed) => {
            command::print(&plan::print(&typed.target, false), |to| command::about::completions(typed.shell, to))
        }
        Verb::Man(typed) => command::about::man(&typed.folder),
        Verb::Schema(typed) => {
            command::print(&plan::print(&typed.target, false), |to| command::about::schema(typed.report, to))
        }
    }
}

/// What this process was told to watch for, decided anew: the files that it was told of may say something else by now.
fn watch_again() -> Result<plan::WatchRules, Failure> {
    watch_rules(None, &mut Environment::of_this_process())
}

/// What this process would watch for if its configuration were this file.
fn rules_of(file: &Path) -> Result<plan::WatchRules, Failure> {
    let mut env = Environment::of_this_process();
    let mut rules = watch_rules(Some(file), &mut env)?;
    rules.warnings.extend(env.configuration.into_iter().flat_map(|file| file.warnings));
    Ok(rules)
}

fn watch_rules(instead: Option<&Path>, env: &mut Environment<'_>) -> Result<plan::WatchRules, Failure> {
    let mut command_line = Environment::command_line();
    grep::spell_out_context(&mut command_line);
    match parse(&command_line, instead, env)? {
        Ok(Cli { verb: Verb::Watch(typed), .. }) => plan::watch_rules(*typed, env),
        Ok(_) => Err(Failure::new("internal error: this is no watch any more")),
        Err(message) => Err(Failure::usage(message.to_string())),
    }
}

/// What knows two exit codes only.
fn verify_as_acra(arguments: Vec<OsString>) -> ExitCode {
    let env = Environment::without_arguments();
    let answer = failure::catch_panic(|| Ok(log_verifier::run(arguments, &env, &mut io::stdout())));
    answer
        .unwrap_or_else(|failure| {
            say(&failure);
            Exit::Raised
        })
        .into()
}

/// Prints what clap has to say: help and version are an answer, wrong usage is none.
fn explain(message: &clap::Error) -> Exit {
    match message.print() {
        _ if message.use_stderr() => Exit::Usage,
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Outcome::Undecided.into(),
        _ => Exit::Done,
    }
}

fn say(failure: &Failure) {
    if !failure.is_silent() {
        Diagnostics::stderr().failure(failure);
    }
}
