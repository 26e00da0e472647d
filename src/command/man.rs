//! Writes the manual pages, generated from the clap structs of `cli`: one for acralog, one for every verb.

use std::fs;
use std::path::Path;

use clap::{Command, CommandFactory as _};

use crate::cli::Cli;
use crate::failure::Failure;
use crate::outcome::Outcome;

/// Writes the pages into `folder`, which is made when it does not exist. Pages that stand there are replaced.
///
/// # Errors
/// When the folder or a page cannot be written.
pub fn run(folder: &Path) -> Result<Outcome, Failure> {
    let cannot_write = |path: &Path| {
        let path = path.display().to_string();
        move |error| Failure::new(format!("{path}: cannot write the manual pages: {error}"))
    };
    fs::create_dir_all(folder).map_err(cannot_write(folder))?;
    for command in commands() {
        let name = command.get_display_name().unwrap_or("acralog").to_owned();
        let path = folder.join(format!("{name}.1"));
        let mut page = Vec::new();
        clap_mangen::Man::new(command)
            .render(&mut page)
            .map_err(cannot_write(&path))?;
        fs::write(&path, page).map_err(cannot_write(&path))?;
    }
    Ok(Outcome::Intact)
}

/// acralog itself and its verbs, each one complete in itself.
fn commands() -> Vec<Command> {
    let mut root = Cli::command();
    root.build();
    let verbs: Vec<_> = root.get_subcommands().cloned().collect();
    [vec![root], verbs].concat()
}
