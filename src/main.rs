//! argv in, exit code out.

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use acralog::cli::{Cli, Verb, grep, log_verifier};
use acralog::command;
use acralog::failure::{self, Failure};
use acralog::outcome::{Exit, Outcome};
use acralog::output::Diagnostics;
use acralog::plan::{self, Surroundings};
use clap::Parser as _;

fn main() -> ExitCode {
    failure::announce_panics(|place| say(&Failure::new(format!("internal error at {place}"))));
    let mut command_line = Surroundings::command_line();
    if let Some(arguments) = log_verifier::called(&mut command_line) {
        return verify_as_acra(arguments);
    }
    grep::spell_out_context(&mut command_line);
    let answer = failure::catch_panic(|| match Cli::try_parse_from(command_line) {
        Ok(cli) => run(cli),
        Err(message) => Ok(explain(&message)),
    });
    answer
        .unwrap_or_else(|failure| {
            say(&failure);
            Outcome::Undecided.into()
        })
        .into()
}

fn run(cli: Cli) -> Result<Exit, Failure> {
    let mut stdout = io::stdout();
    match cli.verb {
        Verb::Verify(typed) => {
            let plan = plan::verify(*typed, &Surroundings::of_this_process())?;
            command::verify::run(&plan).map(Exit::from)
        }
        Verb::Grep(typed) => {
            let plan = plan::grep(*typed, &Surroundings::of_this_process())?;
            command::grep::run(&plan)
        }
        Verb::Stats(typed) => {
            let plan = plan::stats(*typed, &Surroundings::of_this_process())?;
            command::stats::run(&plan)
        }
        Verb::Convert(typed) => {
            let plan = plan::convert(*typed, &Surroundings::of_this_process())?;
            command::convert::run(&plan)
        }
        Verb::Report(typed) => {
            let plan = plan::report(*typed, &Surroundings::of_this_process())?;
            command::report::run(&plan)
        }
        Verb::Keys(typed) => {
            let plan = plan::keys(*typed, &Surroundings::of_this_process())?;
            command::keys::run(&plan, &mut stdout)
        }
        Verb::LogVerifier(typed) => {
            Ok(command::log_verifier::run(typed.arguments, &Surroundings::of_this_process(), &mut stdout))
        }
        Verb::Codes(typed) => {
            let plan = plan::codes(&typed, &Surroundings::of_this_process())?;
            command::codes::run(&plan, &mut stdout)
        }
        Verb::Explain(typed) => command::explain::run(&plan::explain(&typed)?, typed.output_format, &mut stdout),
        Verb::Completions(typed) => command::completions::run(typed.shell, &mut stdout),
        Verb::Man(typed) => command::man::run(&typed.folder),
        Verb::Schema(typed) => command::schema::run(typed.report, &mut stdout),
    }
}

/// What knows two exit codes only.
fn verify_as_acra(arguments: Vec<OsString>) -> ExitCode {
    let around = Surroundings::without_arguments();
    let answer = failure::catch_panic(|| Ok(command::log_verifier::run(arguments, &around, &mut io::stdout())));
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
        Ok(()) if !message.use_stderr() => Exit::Done,
        _ => Outcome::Undecided.into(),
    }
}

fn say(failure: &Failure) {
    if !failure.is_silent() {
        Diagnostics::stderr().failure(failure);
    }
}
