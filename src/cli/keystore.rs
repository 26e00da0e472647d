//! Where Acra's keystore is, and what opens it: arguments of every verb that takes keys. What they mean beside other keys is
//! left to `plan`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::elsewhere::ElsewhereArgs;

const KEY: &str = "Key";

/// Acra's keystore.
#[derive(Clone, Debug, Default, Args)]
pub struct KeystoreArgs {
    /// Take the audit log keys, historical ones included, from Acra's keystore in DIR
    /// [default: .acrakeys, when it exists and no other key is given]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = KEY)]
    pub keys_dir: Option<PathBuf>,

    /// Take the master key of the keystore from the environment variable NAME: base64, as Acra takes it
    /// [default: ACRA_MASTER_KEY]
    #[arg(long, value_name = "NAME", conflicts_with = "master_key_file", help_heading = KEY)]
    pub master_key_env: Option<String>,

    /// Read the master key of the keystore from FILE: base64, or raw (32 bytes or more for keystore v1, JSON for v2)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = KEY)]
    pub master_key_file: Option<PathBuf>,

    /// Where it is not at hand.
    #[command(flatten)]
    pub elsewhere: ElsewhereArgs,
}
