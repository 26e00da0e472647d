//! Writes the manual pages, generated from the clap structs of `cli`: one for acralog, one for every verb.

use std::path::Path;
use std::{fs, io};

use clap::{Command, CommandFactory as _};
use clap_mangen::roff::{Roff, roman};

use crate::cli::Cli;
use crate::failure::Failure;
use crate::outcome::Exit;

/// Writes the pages into `folder`, which is made when it does not exist. Pages that stand there are replaced.
///
/// # Errors
/// When the folder or a page cannot be written.
pub fn run(folder: &Path) -> Result<Exit, Failure> {
    let cannot_write = |path: &Path| {
        let path = path.display().to_string();
        move |error| Failure::new(format!("{path}: cannot write the manual pages: {error}"))
    };
    fs::create_dir_all(folder).map_err(cannot_write(folder))?;
    for command in commands() {
        let name = command.get_display_name().unwrap_or("acralog").to_owned();
        let path = folder.join(format!("{name}.1"));
        page(command).and_then(|page| fs::write(&path, page)).map_err(cannot_write(&path))?;
    }
    Ok(Exit::Done)
}

/// One page in the language of man. What the help ends with (keys, exit codes, examples) is set line by line in sections
/// of its own: filled into paragraphs, as clap_mangen would do, commands could not be copied from it.
fn page(command: Command) -> io::Result<Vec<u8>> {
    let after = command.get_after_long_help().or(command.get_after_help()).map(ToString::to_string);
    let command = command.after_help(None::<&str>).after_long_help(None::<&str>);
    let mut page = Vec::new();
    clap_mangen::Man::new(command).source(concat!("acralog ", env!("CARGO_PKG_VERSION"))).render(&mut page)?;

    let mut sections = Roff::new();
    for section in after.unwrap_or_default().split("\n\n") {
        let mut lines = section.lines();
        sections.control("SH", lines.next());
        sections.control("nf", []);
        for line in lines {
            sections.text([roman(line)]);
        }
        sections.control("fi", []);
    }
    sections.to_writer(&mut page)?;
    Ok(page)
}

/// acralog itself, its verbs, and what those consist of, each one complete in itself.
fn commands() -> Vec<Command> {
    let mut root = Cli::command();
    root.build();
    let verbs: Vec<_> = root.get_subcommands().cloned().collect();
    let nested: Vec<_> = verbs.iter().flat_map(Command::get_subcommands).cloned().collect();
    [vec![root], verbs, nested].concat()
}
