//! acra-log-verifier, decided: its flags together with those of a configuration file, which logs to read as one, and what is
//! demanded of them. Keys are left to `keys`.

mod keys;

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::cli::log_verifier::{Kind, Typed, read_config};
use crate::entry::Format;
use crate::failure::Failure;
use crate::key::{self, is_secret_text};
use crate::source;
use crate::verdict::code::{Demands, Policy};

pub use keys::{VerifierKeys, verifier_keys};

/// Where `--dump_config` writes, and what is read when no `--config_file` is given.
pub const CONFIG_FILE: &str = "configs/acra-log-verifier.yaml";

/// What `--generate_markdown_args_table` writes, beside the configuration file.
pub const MARKDOWN_NAME: &str = "markdown_acra-log-verifier.md";

/// A configuration file is a few pages.
const CONFIG_BYTES_MAX: u64 = 1 << 20;

/// The flags of a run, those of the configuration file among them.
#[derive(Debug)]
pub struct VerifierFlags {
    /// The flags.
    pub typed: Typed,
    /// What people should know about them.
    pub warnings: Vec<String>,
    /// A configuration file that was read because it was there.
    pub found_config: Option<&'static str>,
    /// The names to which the configuration file gives a value of its own. Hostile.
    pub in_config: Vec<String>,
}

/// A verification, decided.
#[derive(Debug)]
pub struct LogVerifierPlan {
    /// The logs in the order given, as they were named; one stream.
    pub files: Vec<PathBuf>,
    /// The format of their signed lines.
    pub format: Format,
    /// What is demanded of them.
    pub demands: Demands,
    /// How many threads to work with.
    pub threads: NonZeroUsize,
}

/// The format that is meant by a word of the flags.
pub fn format_named(word: &str) -> Format {
    match word {
        "json" => Format::Json,
        "CEF" => Format::Cef,
        _ => Format::Plaintext,
    }
}

/// Adds the flags of the configuration file to those that were typed, which come first.
///
/// # Errors
/// When the file cannot be read, or is none of flags. One that does not exist is a warning: Acra goes on without a word.
pub fn verifier_flags(mut typed: Typed) -> Result<VerifierFlags, Failure> {
    let mut warnings = Vec::new();
    let named = typed.some("config_file").map(PathBuf::from);
    let path = named.as_deref().unwrap_or(Path::new(CONFIG_FILE));
    if is_secret_text(path.as_os_str().as_encoded_bytes()) && !path.exists() {
        return Err(Failure::new("--config_file was given something that is not the name of a file"));
    }
    let (mut found_config, mut in_config) = (None, Vec::new());
    match read_text(path)? {
        Some(text) => {
            let config = read_config(&text)
                .map_err(|(line, what)| Failure::new(format!("{}:{line}: {what}", path.display())))?;
            in_config.extend(config.typed.changed().map(|flag| flag.name.to_owned()));
            in_config.extend(config.unknown.iter().cloned());
            if config.typed.changed().any(|flag| flag.kind == Kind::Secret) {
                warnings.extend(key::exposed_file(path, "configuration file with a password"));
            }
            if config.typed.some("config_file").is_some() {
                warnings.push(format!("{}: config_file is not followed in a configuration file", path.display()));
            }
            typed.complete(config.typed);
            if !config.unknown.is_empty() {
                let names = config.unknown.join(", ");
                warnings.push(format!("{}: these names are no flags and are ignored: {names}", path.display()));
            }
            found_config = named.is_none().then_some(CONFIG_FILE);
        }
        None if named.is_some() && !typed.is_on("dump_config") => {
            warnings.push(format!("{}: there is no such configuration file", path.display()))
        }
        None => {}
    }
    if typed.left > 0 {
        let count = typed.left;
        warnings.push(format!("arguments are ignored from the first one on that is no flag: {count} of them"));
    }
    Ok(VerifierFlags { typed, warnings, found_config, in_config })
}

/// Decides what to verify, and how; with which keys is left to [`verifier_keys`].
///
/// # Errors
/// When no log is named, or the list of logs cannot be read.
pub fn log_verifier(flags: &VerifierFlags) -> Result<LogVerifierPlan, Failure> {
    let typed = &flags.typed;
    let demands =
        Demands { policy: Policy::Acra, missing_ok: typed.is_on("audit_log_missing_ok"), ..Demands::default() };
    let format = format_named(typed.text("audit_log_file_format"));
    let mut files: Vec<_> = typed.some("audit_log_file").map(PathBuf::from).into_iter().collect();
    if let Some(list) = typed.some("audit_log_file_list") {
        let cannot = |error| Failure::new(format!("{list}: cannot read the list: {error}"));
        let lines = File::open(list).and_then(|list| source::parse_list(BufReader::new(list))).map_err(cannot)?;
        files.extend(lines);
    }
    if files.is_empty() {
        return Err(Failure::new("no log was named").with_hint("--audit_log_file=FILE or --audit_log_file_list=FILE"));
    }
    Ok(LogVerifierPlan { files, format, demands, threads: super::threads(None) })
}

/// The text of a file; None when there is no such file.
fn read_text(path: &Path) -> Result<Option<Zeroizing<String>>, Failure> {
    let cannot = |error| Failure::new(format!("{}: cannot read the configuration file: {error}", path.display()));
    if !path.try_exists().map_err(cannot)? {
        return Ok(None);
    }
    // It may hold a password.
    let mut text = Zeroizing::new(String::new());
    let file = File::open(path).map_err(cannot)?;
    text.reserve(file.metadata().map_or(0, |metadata| metadata.len().min(CONFIG_BYTES_MAX) as usize + 1));
    let read = file.take(CONFIG_BYTES_MAX + 1).read_to_string(&mut text).map_err(cannot)?;
    if read as u64 > CONFIG_BYTES_MAX {
        return Err(Failure::new(format!("{}: a configuration file has 1 MiB at most", path.display())));
    }
    Ok(Some(text))
}

#[cfg(test)]
mod tests;
