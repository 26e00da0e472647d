//! The keys, decided: which files, variables and keystores they come from, read and opened. What is done with them is left
//! to the verbs.

pub(crate) mod keystore;
mod mistaken;
mod typed;

use std::path::Path;

use super::{Environment, PrintPlan, palette_of};
use crate::cli::keys::{KeysAction, KeysArgs};
use crate::cli::shared::KeyArgs;
use crate::failure::Failure;
use crate::key::store::Keystore;
use crate::key::{self, AuditKey, KeySet};
use crate::output::{KeysFormat, Palette};

use keystore::{KeystorePlace, open_keystore};

/// Where Acra keeps its keys unless it is told otherwise.
const KEYS_DIR: &str = ".acrakeys";

/// How a key is given, for people.
pub(super) const GIVE_A_KEY: &str = "--key-file FILE, --key-env NAME, or --keys-dir DIR for Acra's keystore";

/// `keys`, decided.
#[derive(Debug)]
pub struct KeysPlan {
    /// What to do with the keys.
    pub action: KeysTask,
    /// The keys.
    pub given: GivenKeys,
    /// Where the answer is printed.
    pub print: PrintPlan,
}

/// What to do with keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeysTask {
    /// List them.
    List(KeysFormat, Palette),
    /// Say that they can be used.
    Check,
    /// Print their fingerprints, in the order in which they are tried.
    Fingerprint,
}

/// Keys as they were given.
#[derive(Debug)]
pub struct GivenKeys {
    /// Those of files and variables.
    pub keys: Vec<AuditKey>,
    /// Those of a keystore.
    pub keystore: Option<Keystore>,
    /// What people should know about them; each one a line without the prefix.
    pub warnings: Vec<String>,
}

/// Decides on a look at keys.
///
/// # Errors
/// When no key was given, when one cannot be had, or when the current key of a keystore cannot be used and is not merely to
/// be listed.
pub fn keys(typed: KeysArgs, env: &Environment<'_>) -> Result<KeysPlan, Failure> {
    let print = match &typed.action {
        KeysAction::List(list) => &list.print,
        KeysAction::Check(other) | KeysAction::Fingerprint(other) => &other.print,
    };
    let print = super::print(&print.target, print.quiet);
    let (typed, action) = match typed.action {
        KeysAction::List(list) => {
            let palette = palette_of(&list.print, env);
            (list.keys, KeysTask::List(list.output_format, palette))
        }
        KeysAction::Check(check) => (check.keys, KeysTask::Check),
        KeysAction::Fingerprint(fingerprint) => {
            let (keys, warnings) = load(&fingerprint.keys, env)?;
            let given = GivenKeys { keys: keys.into_keys(), keystore: None, warnings };
            return Ok(KeysPlan { action: KeysTask::Fingerprint, given, print });
        }
    };
    let mut given = gather(&typed, env)?;
    if let Some(Err(failure)) = given.keystore.as_ref().map(Keystore::current) {
        if !matches!(action, KeysTask::List(..)) {
            return Err(failure.clone());
        }
        given.warnings.push(format!("the current key cannot be used: {}", failure.in_one_line()));
    }
    Ok(KeysPlan { action, given, print })
}

/// The keys to try for each chain, in their order, and what people should know about them.
pub(super) fn load(typed: &KeyArgs, env: &Environment<'_>) -> Result<(KeySet, Vec<String>), Failure> {
    let GivenKeys { keys, keystore, mut warnings } = gather(typed, env)?;
    let mut keys: KeySet = keys.into_iter().collect();
    if let Some(keystore) = keystore {
        warnings.extend(keystore.warning_without_current());
        keys.extend(keystore.into_keys()?);
    }
    Ok((keys, warnings))
}

/// Whether a key was asked for, in whatever way.
pub(super) fn is_named(typed: &KeyArgs) -> bool {
    has_other(typed) || typed::names_keystore(&typed.keystore)
}

/// Whether there is a keystore where Acra has it when it is not told otherwise.
pub(super) fn has_default_keystore() -> bool {
    Path::new(KEYS_DIR).is_dir()
}

fn has_other(typed: &KeyArgs) -> bool {
    !typed.key_files.is_empty() || !typed.key_variables.is_empty()
}

fn gather(typed: &KeyArgs, env: &Environment<'_>) -> Result<GivenKeys, Failure> {
    let mut keys = Vec::new();
    let mut warnings = Vec::new();
    for path in &typed.key_files {
        let read = key::file::read(path)?;
        mistaken::refuse_file(&read.key, path, typed, env)?;
        keys.push(read.key);
        warnings.extend(read.warning);
    }
    for name in &typed.key_variables {
        let key = key::env::parse(name, env.secret(name))?;
        mistaken::refuse_variable(&key, name, typed, env)?;
        keys.push(key);
    }
    let keystore = match typed::source(&typed.keystore, !has_other(typed), env)? {
        Some(source) => {
            let is_default = typed.keystore.keys_dir.is_none() && matches!(source.place, KeystorePlace::Folder { .. });
            let (opened, warned) = open_keystore(&source, env)
                .map_err(|failure| if is_default { explain_default(&failure) } else { failure })?;
            warnings.extend(warned);
            Some(opened)
        }
        None => None,
    };
    if keys.is_empty() && keystore.is_none() {
        return Err(Failure::new("no audit log key was given").with_hint(GIVE_A_KEY));
    }
    Ok(GivenKeys { keys, keystore, warnings })
}

/// Says why a keystore was opened that nobody named.
fn explain_default(failure: &Failure) -> Failure {
    let hint = failure.hint.as_ref().map(|hint| format!("{hint}; ")).unwrap_or_default();
    failure.clone().with_hint(format!("{hint}the keystore {KEYS_DIR} is opened when no other key is given"))
}

#[cfg(test)]
mod tests;
