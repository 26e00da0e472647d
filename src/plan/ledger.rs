//! What is remembered of earlier runs, decided: for a run with a ledger, and for the verb that looks into one.

use std::path::{Path, PathBuf};

use super::{Environment, InputPlan, PrintPlan, keys, palette_of};
use crate::cli::ledger::{LedgerAction, LedgerVerbArgs};
use crate::cli::shared::LedgerArgs;
use crate::entry::{LogTime, Span};
use crate::failure::Failure;
use crate::key::KeySet;
use crate::ledger::anchor::TreeHead;
use crate::ledger::unchanged::UnchangedBy;
use crate::output::{LedgerFormat, Palette};
use crate::query::{TimeRange, Zone};
use crate::source;

/// What is remembered of earlier runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerPlan {
    pub path: PathBuf,
    /// Whether it must be there.
    pub required: bool,
    /// Entries that are so much older than the newest one may be gone.
    pub retention_ms: Option<i64>,
    /// What is asked for, the same wherever it is asked.
    pub arguments: Vec<String>,
    /// What is believed of a file instead of hashing it.
    pub unchanged_by: Vec<UnchangedBy>,
    pub now: LogTime,
}

/// A look into a ledger, decided.
#[derive(Debug)]
pub struct LedgerVerbPlan {
    pub path: PathBuf,
    pub keys: KeySet,
    pub action: LedgerTask,
    /// What people should know; each one a line without the prefix.
    pub warnings: Vec<String>,
    pub print: PrintPlan,
}

/// What to do with a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LedgerTask {
    Show(LedgerFormat, Palette),
    /// Say whether it is whole, and grew from this anchor.
    Check(Option<TreeHead>),
    Anchor,
    /// Retire the chains whose last entry is older than `before`.
    Prune {
        before: LogTime,
        now: LogTime,
    },
}

/// The ledger of a run over these inputs.
pub(super) fn of_run(
    typed: &LedgerArgs,
    input: &InputPlan,
    env: &Environment<'_>,
) -> Result<Option<LedgerPlan>, Failure> {
    let Some(path) = &typed.ledger else { return Ok(None) };
    let inventoried = input.inventory.iter().map(|log| log.path.as_path());
    let paths = input.paths.iter().map(PathBuf::as_path).chain(inventoried);
    let mut arguments = paths.map(absolute).collect::<Result<Vec<_>, _>>()?;
    if let Some(list) = &input.files_from {
        arguments.push(format!("--files-from {}", absolute(list)?));
    }
    // What makes logs of files, and orders them, decides where a chain is found.
    arguments.extend(input.as_one_stream.then(|| "--as-one-stream".to_owned()));
    arguments.extend(input.stream_by.iter().map(|pattern| format!("--stream-by {}", pattern.as_str())));
    arguments.extend(input.order_by.map(|order| format!("--order-by {}", order.name())));
    Ok(Some(LedgerPlan {
        path: path.clone(),
        required: typed.ledger_required,
        retention_ms: typed.retention.map(Span::milliseconds),
        arguments,
        unchanged_by: Vec::new(),
        now: env.now,
    }))
}

/// What may be believed of a file.
pub(super) fn unchanged_by(typed: Vec<UnchangedBy>) -> Result<Vec<UnchangedBy>, Failure> {
    match typed.iter().find(|by| **by != UnchangedBy::Hash).filter(|_| !cfg!(target_os = "linux")) {
        None => Ok(typed),
        Some(by) => Err(Failure::usage(format!("--unchanged-by {} is for Linux only", by.name()))
            .with_hint("leave it out: what an earlier run verified is hashed then")),
    }
}

fn absolute(path: &Path) -> Result<String, Failure> {
    if path.as_os_str() == source::STDIN_NAME {
        return Ok(source::STDIN_NAME.to_owned());
    }
    let cannot = |error| Failure::new(format!("{}: cannot tell where this is: {error}", path.display()));
    std::path::absolute(path).map(|path| path.to_string_lossy().into_owned()).map_err(cannot)
}

/// Decides on a look into a ledger.
///
/// # Errors
/// When no key was given or one cannot be had, or what was typed is no anchor or no time.
pub fn ledger(typed: LedgerVerbArgs, env: &Environment<'_>) -> Result<LedgerVerbPlan, Failure> {
    let (file, action) = match typed.action {
        LedgerAction::Show(show) => {
            let palette = palette_of(&show.file.print, env);
            (show.file, LedgerTask::Show(show.output_format, palette))
        }
        LedgerAction::Check(check) => {
            let anchor = (!check.anchor.is_empty()).then(|| check.anchor.join(" ").parse()).transpose();
            let anchor = anchor.map_err(|what: &str| {
                Failure::usage(format!("{}: is no anchor", check.anchor.join(" "))).with_hint(what)
            })?;
            (check.file, LedgerTask::Check(anchor))
        }
        LedgerAction::Anchor(file) => (file, LedgerTask::Anchor),
        LedgerAction::Prune(prune) => {
            let (range, _) = TimeRange::parse(None, Some(&prune.before), env.now, &Zone::named("UTC")?)?;
            let before = range.before.unwrap_or(env.now);
            (prune.file, LedgerTask::Prune { before, now: env.now })
        }
    };
    let (keys, warnings) = keys::load(&file.keys, env)?;
    let print = super::print(&file.print.target, file.print.quiet);
    Ok(LedgerVerbPlan { path: file.ledger, keys, action, warnings, print })
}
