//! `acralog completions` as typed. The script itself is made in `command`.

use clap::Args;
use clap_complete::Shell;

use super::shared::TargetArgs;

const EXAMPLES: &str = "\
EXAMPLES
  acralog completions bash > ~/.local/share/bash-completion/completions/acralog
  acralog completions zsh > \"${fpath[1]}/_acralog\"
  acralog completions fish > ~/.config/fish/completions/acralog.fish";

/// Arguments of `completions`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CompletionsArgs {
    /// The shell to complete for
    pub shell: Shell,

    /// Where the script goes.
    #[command(flatten)]
    pub target: TargetArgs,
}
