//! `acralog ledger` as typed. Opening the ledger is left to `plan` and `command`.

use std::path::PathBuf;

use clap::builder::ArgPredicate;
use clap::{Args, Subcommand, ValueHint};

use super::shared::{JsonArgs, KeyArgs, PrintArgs, choice};
use crate::output::LedgerFormat;

/// What `ledger` is, for its long help.
pub(super) const LONG_ABOUT: &str = "\
Look into a ledger: what `verify --ledger FILE` remembers of earlier runs. \
Its lines are authenticated with the audit log keys, so those are needed here as well; no key and no secret of a chain \
is ever printed.";

const EXAMPLES: &str = "\
EXAMPLES
  Which chains are remembered, and where they were seen last:
      acralog ledger show --key-file audit.key --ledger acra.ledger
  One line to keep where nobody who can write the ledger can change it:
      acralog ledger anchor --key-file audit.key --ledger acra.ledger
  Whether the ledger still is that one, or has grown from it:
      acralog ledger check --key-file audit.key --ledger acra.ledger ANCHOR
  Give up the chains of logs that were deleted on purpose:
      acralog ledger prune --key-file audit.key --ledger acra.ledger \\
          --before 2025-01-01";

const SHOW_EXAMPLES: &str = "\
EXAMPLES
  Which chains are remembered, and when each was proven last:
      acralog ledger show --key-file audit.key --ledger acra.ledger
  For a machine:
      acralog ledger show --key-file audit.key --ledger acra.ledger --json";

const CHECK_EXAMPLES: &str = "\
EXAMPLES
  Exit 0 when the ledger grew from this anchor, exit 1 when it did not:
      acralog ledger check --key-file audit.key --ledger acra.ledger \\
          acralog-ledger/9e0c1b2a3d4f5061 4 \\
          xlw5SvffMlyym8eJ73Yo4RoipA2HpT5KBVN8XC1i6TA=";

const ANCHOR_EXAMPLES: &str = "\
EXAMPLES
  Into the log of another host, where nobody who writes the ledger can reach it:
      acralog ledger anchor --key-file audit.key --ledger acra.ledger |
          logger -n loghost -t acralog";

const PRUNE_EXAMPLES: &str = "\
EXAMPLES
  Logs of last year were deleted on purpose:
      acralog ledger prune --key-file audit.key --ledger acra.ledger \\
          --before 2025-01-01";

/// Arguments of `ledger`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, disable_help_subcommand = true)]
pub struct LedgerVerbArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: LedgerAction,
}

/// What `ledger` can do.
#[derive(Debug, Subcommand)]
pub enum LedgerAction {
    /// List the chains that are remembered.
    #[command(after_help = SHOW_EXAMPLES)]
    Show(LedgerShowArgs),
    /// Say whether a ledger is as it was written, and grew from an anchor: exit 1 when it did not.
    #[command(after_help = CHECK_EXAMPLES)]
    Check(LedgerCheckArgs),
    /// Print an anchor: a line that says which records a ledger has.
    #[command(after_help = ANCHOR_EXAMPLES)]
    Anchor(LedgerFileArgs),
    /// Give up chains on purpose, so that nobody misses them.
    #[command(after_help = PRUNE_EXAMPLES)]
    Prune(LedgerPruneArgs),
}

/// A ledger and the keys that it is opened with.
#[derive(Debug, Args)]
pub struct LedgerFileArgs {
    /// The ledger
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ledger: PathBuf,

    /// The keys.
    #[command(flatten)]
    pub keys: KeyArgs,

    /// How the answer is printed.
    #[command(flatten)]
    pub print: PrintArgs,
}

/// Arguments of `ledger show`.
#[derive(Debug, Args)]
pub struct LedgerShowArgs {
    /// The ledger.
    #[command(flatten)]
    pub file: LedgerFileArgs,

    /// How to print the chains
    #[arg(
        long,
        visible_alias = "format",
        value_parser = choice(FORMATS, LedgerFormat::name),
        value_name = "FORMAT",
        default_value_if("json", ArgPredicate::IsPresent, LedgerFormat::Json.name()),
        default_value = LedgerFormat::Table.name(),
        help_heading = OUTPUT
    )]
    pub output_format: LedgerFormat,

    /// The format programs want most.
    #[command(flatten)]
    pub json: JsonArgs,
}

/// Arguments of `ledger check`.
#[derive(Debug, Args)]
pub struct LedgerCheckArgs {
    /// An anchor, as `ledger anchor` printed it; its three words need no quotes
    #[arg(value_name = "ANCHOR", num_args = 1..=3)]
    pub anchor: Vec<String>,

    /// The ledger.
    #[command(flatten)]
    pub file: LedgerFileArgs,
}

/// Arguments of `ledger prune`.
#[derive(Debug, Args)]
pub struct LedgerPruneArgs {
    /// Give up chains whose last entry is older than TIME: 2025-01-01, RFC 3339, or `90d` ago
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub before: String,

    /// The ledger.
    #[command(flatten)]
    pub file: LedgerFileArgs,
}

const OUTPUT: &str = "Output";

const FORMATS: &[(LedgerFormat, &str)] =
    &[(LedgerFormat::Table, "Columns for people"), (LedgerFormat::Json, "One JSON document")];
