//! `acralog man` as typed. The pages themselves are made in `command`.

use std::path::PathBuf;

use clap::Args;

const EXAMPLES: &str = "\
EXAMPLES
  acralog man ~/.local/share/man/man1
  man acralog-verify";

/// Arguments of `man`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ManArgs {
    /// The folder to write acralog.1 and a page for every verb into; made when it does not exist
    #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub folder: PathBuf,
}
