//! Writes the completion script of a shell, generated from the clap structs of `cli`.

use std::io::Write;

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::failure::Failure;
use crate::outcome::Exit;

/// Writes the script to `to`.
///
/// # Errors
/// When the writer fails.
pub fn run(shell: Shell, to: &mut dyn Write) -> Result<Exit, Failure> {
    // Gathered first: clap_complete panics when its writer fails, as a closed pipe does.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "acralog", &mut script);
    super::printed(to.write_all(&script).and_then(|()| to.flush()))
}
