//! `acralog keys` as typed. Opening the keystore is left to `plan`.

use clap::builder::ArgPredicate;
use clap::{Args, Subcommand};

use super::shared::{JsonArgs, KeyArgs, PrintArgs, choice};
use crate::output::KeysFormat;

/// What `keys` is, for its long help.
pub(super) const LONG_ABOUT: &str = "\
Look into Acra's keystore, and at other audit log keys: what is there, and whether it can be used. \
No key and no part of one is ever printed; keys are named by fingerprints, as in every report.";

const EXAMPLES: &str = "\
EXAMPLES
  What is in the keystore:
      acralog keys list --keys-dir /var/lib/acra/.acrakeys
  Whether a verification will find its key:
      acralog keys check --keys-dir /var/lib/acra/.acrakeys
  Which key is which:
      acralog keys fingerprint --key-file audit.key";

const LIST_EXAMPLES: &str = "\
EXAMPLES
  With the master key in ACRA_MASTER_KEY, as acra-server has it:
      acralog keys list --keys-dir /var/lib/acra/.acrakeys
  For a machine, with the master key in a file:
      acralog keys list --keys-dir .acrakeys --master-key-file master.key \\
          --output-format json";

const CHECK_EXAMPLES: &str = "\
EXAMPLES
  Exit 0 when the keystore opens and its current key can be used, else exit 2:
      acralog keys check --keys-dir /var/lib/acra/.acrakeys
  With the master key in a variable of another name:
      acralog keys check --keys-dir .acrakeys --master-key-env AUDIT_MASTER_KEY";

const FINGERPRINT_EXAMPLES: &str = "\
EXAMPLES
  The keys that would be tried, in their order:
      acralog keys fingerprint --key-file old.key --keys-dir .acrakeys";

/// Arguments of `keys`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, disable_help_subcommand = true)]
pub struct KeysArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: KeysAction,
}

/// What `keys` can do.
#[derive(Debug, Subcommand)]
pub enum KeysAction {
    /// List the audit log keys of a keystore, those that cannot be used included.
    List(KeysListArgs),
    /// Say whether the keystore opens and its current key can be used.
    #[command(after_help = CHECK_EXAMPLES)]
    Check(KeysUseArgs),
    /// Print the fingerprints of keys, one per line with its source.
    #[command(after_help = FINGERPRINT_EXAMPLES)]
    Fingerprint(KeysUseArgs),
}

/// Arguments of `keys list`.
#[derive(Debug, Args)]
#[command(after_help = LIST_EXAMPLES)]
pub struct KeysListArgs {
    /// The keys.
    #[command(flatten)]
    pub keys: KeyArgs,

    /// How to print the keys
    #[arg(
        long,
        visible_alias = "format",
        value_parser = choice(FORMATS, KeysFormat::name),
        value_name = "FORMAT",
        default_value_if("json", ArgPredicate::IsPresent, KeysFormat::Json.name()),
        default_value = KeysFormat::Table.name(),
        help_heading = OUTPUT
    )]
    pub output_format: KeysFormat,

    /// The format programs want most.
    #[command(flatten)]
    pub json: JsonArgs,

    /// How the list is printed.
    #[command(flatten)]
    pub print: PrintArgs,
}

/// Arguments of the verbs that only use keys.
#[derive(Debug, Args)]
pub struct KeysUseArgs {
    /// The keys.
    #[command(flatten)]
    pub keys: KeyArgs,

    /// How the answer is printed.
    #[command(flatten)]
    pub print: PrintArgs,
}

const OUTPUT: &str = "Output";

const FORMATS: &[(KeysFormat, &str)] =
    &[(KeysFormat::Table, "Columns for people"), (KeysFormat::Json, "One JSON document")];
