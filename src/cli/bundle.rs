//! `acralog bundle` as typed. What the flags mean together is left to `plan`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::shared::{InputArgs, KeyArgs, NoColorArgs, PolicyArgs, TargetArgs, WorkArgs};

/// Arguments of `bundle`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct BundleArgs {
    /// Where to look for logs.
    #[command(flatten)]
    pub input: InputArgs,

    /// The keys.
    #[command(flatten)]
    pub keys: KeyArgs,

    /// What is demanded.
    #[command(flatten)]
    pub policy: PolicyArgs,

    /// Sign the attestation in the bundle with the Ed25519 private key in FILE (PKCS#8, PEM), as verify does
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = EVIDENCE)]
    pub attest_key: Option<PathBuf>,

    /// Pack the logs too, as they lie on disk and as far as they were verified
    #[arg(long, help_heading = EVIDENCE)]
    pub with_logs: bool,

    /// Where the bundle goes.
    #[command(flatten)]
    pub target: TargetArgs,

    /// Say no warnings on standard error: the bundle and the exit code are the answer
    #[arg(short, long, help_heading = OUTPUT)]
    pub quiet: bool,

    /// Colours.
    #[command(flatten)]
    pub color: NoColorArgs,

    /// How the work is done.
    #[command(flatten)]
    pub work: WorkArgs,
}

const EVIDENCE: &str = "Evidence";
const OUTPUT: &str = "Output";

/// What `bundle` is, for its long help.
pub(super) const LONG_ABOUT: &str = "\
Verify logs, and pack what was found into one file: a tar archive in zstd that --output names.

It holds the report of `verify` as text and as JSON, the incidents of `report` as Markdown and as JSON, \
the attestation that `verify --attest` would write, the command line, and SHA256SUMS, which \
`sha256sum -c` checks. The logs themselves are left out unless --with-logs; the incidents quote entries \
of them all the same: names of clients, and SQL. The exit code is that of `verify`. With SOURCE_DATE_EPOCH \
the same run gives the same bytes.";

const EXAMPLES: &str = "\
EXAMPLES
  For an auditor, signed:
      acralog bundle -o evidence.tar.zst --key-file audit.key \\
          --attest-key signing.pem /var/log/acra/
  With the logs, and what is in it:
      acralog bundle -o evidence.tar.zst --key-file audit.key \\
          --with-logs acra.log
      tar --zstd -xf evidence.tar.zst
      cd acralog-bundle && sha256sum -c SHA256SUMS";
