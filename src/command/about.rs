//! The verbs that read no log: event codes, explanations, keys, schemas, and the completions and manual pages that are generated
//! from the clap structs of `cli`.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::roff::{Roff, roman};

use super::configuration_page;
use crate::cli::Cli;
use crate::cli::about::ReportKind;
use crate::failure::Failure;
use crate::outcome::Exit;
use crate::output::{
    Diagnostics, schema, write_codes, write_explanation, write_fingerprints, write_key_check, write_key_list,
};
use crate::plan::{CodesPlan, ExplainPlan, KeysPlan, KeysTask};

pub fn codes(plan: &CodesPlan, to: &mut dyn Write) -> Result<Exit, Failure> {
    super::printed(write_codes(to, &plan.entries, plan.format, plan.palette))
}

pub fn explain(plan: &ExplainPlan, to: &mut dyn Write) -> Result<Exit, Failure> {
    super::printed(write_explanation(to, &plan.topics, plan.format, plan.palette))
}

pub fn completions(shell: Shell, to: &mut dyn Write) -> Result<Exit, Failure> {
    // Gathered first: clap_complete panics when its writer fails, as a closed pipe does.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "acralog", &mut script);
    super::printed(to.write_all(&script).and_then(|()| to.flush()))
}

/// Writes what was asked for to `to`, and warnings to standard error.
pub fn keys(plan: &KeysPlan, to: &mut dyn Write) -> Result<Exit, Failure> {
    let mut messages = Diagnostics::stderr();
    plan.given.warnings.iter().for_each(|warning| messages.warning(warning));
    let (keys, keystore) = (&plan.given.keys, plan.given.keystore.as_ref());
    let written = match plan.action {
        KeysTask::List(format, palette) => write_key_list(to, keys, keystore, &plan.given.warnings, (format, palette)),
        KeysTask::Check => write_key_check(to, keys, keystore),
        KeysTask::Fingerprint => write_fingerprints(to, keys),
    };
    super::printed(written)
}

pub fn schema(report: ReportKind, to: &mut dyn Write) -> Result<Exit, Failure> {
    let schema = match report {
        ReportKind::Verify => schema::verify(),
        ReportKind::VerifyLine => schema::verify_line(),
        ReportKind::VerifyExplain => schema::verify_explain(),
        ReportKind::GrepRow => schema::grep_row(),
        ReportKind::Stats => schema::stats(),
        ReportKind::Report => schema::report(),
        ReportKind::Keys => schema::keys(),
        ReportKind::Ledger => schema::ledger(),
        ReportKind::WatchAlarm => schema::watch_alarm(),
        ReportKind::WatchComparison => schema::watch_comparison(),
        ReportKind::AttestCheck => schema::attest_check(),
    };
    let written = serde_json::to_writer_pretty(&mut *to, &schema).map_err(io::Error::from);
    super::printed(written.and_then(|()| writeln!(to)).and_then(|()| to.flush()))
}

/// Writes the pages into `folder`, which is made when it does not exist. Pages that stand there are replaced.
///
/// # Errors
/// When the folder or a page cannot be written.
pub fn man(folder: &Path) -> Result<Exit, Failure> {
    let cannot_write = |path: &Path| {
        let path = path.display().to_string();
        move |error| Failure::new(format!("{path}: cannot write the manual pages: {error}"))
    };
    fs::create_dir_all(folder).map_err(cannot_write(folder))?;
    for command in all_commands() {
        let name = command.get_display_name().unwrap_or("acralog").to_owned();
        let path = folder.join(format!("{name}.1"));
        page(command).and_then(|page| fs::write(&path, page)).map_err(cannot_write(&path))?;
    }
    let path = folder.join(format!("{}.5", configuration_page::NAME));
    configuration_page::page().and_then(|page| fs::write(&path, page)).map_err(cannot_write(&path))?;
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
fn all_commands() -> Vec<Command> {
    let mut root = Cli::command();
    root.build();
    let verbs: Vec<_> = root.get_subcommands().cloned().collect();
    let nested: Vec<_> = verbs.iter().flat_map(Command::get_subcommands).cloned().collect();
    [vec![root], verbs, nested].concat()
}
