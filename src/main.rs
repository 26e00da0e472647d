//! argv in, exit code out.

use std::io;
use std::process::ExitCode;

use acralog::cli::{Cli, Verb};
use acralog::command;
use acralog::failure::{self, Failure};
use acralog::outcome::Outcome;
use acralog::output::Diagnostics;
use acralog::plan::{self, Surroundings};
use clap::Parser as _;

fn main() -> ExitCode {
    failure::announce_panics(|place| say(&Failure::new(format!("internal error at {place}"))));
    let answer = failure::catch_panic(|| match Cli::try_parse() {
        Ok(cli) => run(cli),
        Err(message) => Ok(explain(&message)),
    });
    answer
        .unwrap_or_else(|failure| {
            say(&failure);
            Outcome::Undecided
        })
        .into()
}

fn run(cli: Cli) -> Result<Outcome, Failure> {
    let mut stdout = io::stdout();
    match cli.verb {
        Verb::Verify(typed) => {
            let plan = plan::verify(*typed, &Surroundings::of_this_process())?;
            command::verify::run(&plan)
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

/// Prints what clap has to say: help and version are an answer, wrong usage is none.
fn explain(message: &clap::Error) -> Outcome {
    match message.print() {
        Ok(()) if !message.use_stderr() => Outcome::Intact,
        _ => Outcome::Undecided,
    }
}

fn say(failure: &Failure) {
    Diagnostics::stderr().failure(failure);
}
