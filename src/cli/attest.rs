//! `acralog attest` as typed, and the flags with which `verify` leaves what it checks. What they lead to is left to `plan`.

use std::path::PathBuf;

use clap::builder::ArgPredicate;
use clap::{Args, Subcommand, ValueEnum, ValueHint};

use super::shared::{JsonArgs, PrintArgs, WRITTEN, choice};
use crate::output::AttestFormat;

/// The flags of a verb that states its answer for others.
#[derive(Clone, Debug, Default, Args)]
pub struct AttestationArgs {
    /// State the answer in FILE for others, whole or not at all: an in-toto Statement over the SHA-256 of every input
    ///
    /// It is written whatever the answer is, and the exit code stays that of the answer. With --attest-key it is signed, in
    /// a DSSE envelope; without, it is the bare statement, for another tool to sign. SOURCE_DATE_EPOCH sets its time.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, group = WRITTEN, help_heading = EVIDENCE)]
    pub attest: Option<PathBuf>,

    /// Sign what --attest writes with the Ed25519 private key in FILE (PKCS#8, PEM)
    ///
    /// As `openssl genpkey -algorithm ed25519 -out signing.pem` makes it; `openssl pkey -in signing.pem -pubout` prints what
    /// others check with. It is not the audit log key.
    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        requires = "attest",
        help_heading = EVIDENCE
    )]
    pub attest_key: Option<PathBuf>,
}

const EVIDENCE: &str = "Evidence";

/// What `attest` is, for its long help.
pub(super) const LONG_ABOUT: &str = "\
Check the evidence that `acralog verify --attest FILE --attest-key KEY` leaves: who signed it, what it says, and which files \
it says it of. No audit log key is needed for that.";

const EXAMPLES: &str = "\
EXAMPLES
  What an attestation says, and whether it is genuine:
      acralog attest check acra.intoto.json --key public.pem
  Whether a log is still what was verified:
      acralog attest check acra.intoto.json --key public.pem acra.log";

const CHECK_EXAMPLES: &str = "\
EXAMPLES
  What an attestation says, and whether it is genuine:
      acralog attest check acra.intoto.json --key public.pem
  Whether logs are still what was verified, and were intact then:
      acralog attest check acra.intoto.json --key public.pem \\
          --require intact acra.log.1 acra.log";

const EXIT_CODES: &str = "\
EXIT CODES
  0  genuine     the key signed the attestation, and each PATH is what it is
                 about; whatever it says of the log, unless --require intact
  1  altered     the signature does not fit, or no subject has the SHA-256 of
                 a PATH
  2  undecided   something cannot be read, or is not understood
  3  incomplete  a PATH has grown: only its beginning is what was verified

";

/// Arguments of `attest`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, disable_help_subcommand = true)]
pub struct AttestArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: AttestAction,
}

/// What `attest` can do.
#[derive(Debug, Subcommand)]
pub enum AttestAction {
    /// Say whether a key signed an attestation, what it says, and whether files are those it is about.
    Check(AttestCheckArgs),
}

/// Arguments of `attest check`.
#[derive(Debug, Args)]
#[command(after_help = CHECK_EXAMPLES, after_long_help = check_long_help())]
pub struct AttestCheckArgs {
    /// The attestation: a DSSE envelope, as verify --attest writes it with --attest-key; `-` is standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub attestation: PathBuf,

    /// Files that are to be what was verified, wherever they lie now [default: list the subjects]
    #[arg(value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub files: Vec<PathBuf>,

    /// The Ed25519 public key of who signed it (PEM): from somewhere else than the attestation
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub key: PathBuf,

    /// Demand this answer of the attestation: any other makes the exit code that of `verify`
    #[arg(long, value_enum, value_name = "ANSWER")]
    pub require: Option<RequiredAnswer>,

    /// How to print what was found
    #[arg(
        long,
        visible_alias = "format",
        value_parser = choice(FORMATS, AttestFormat::name),
        value_name = "FORMAT",
        default_value_if("json", ArgPredicate::IsPresent, AttestFormat::Json.name()),
        default_value = AttestFormat::Human.name(),
        help_heading = OUTPUT
    )]
    pub output_format: AttestFormat,

    /// The format programs want most.
    #[command(flatten)]
    pub json: JsonArgs,

    /// How it is printed.
    #[command(flatten)]
    pub print: PrintArgs,
}

/// The answer that is demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RequiredAnswer {
    /// Every signed entry verified, nothing that the policy forbids
    Intact,
}

const OUTPUT: &str = "Output";

const FORMATS: &[(AttestFormat, &str)] =
    &[(AttestFormat::Human, "Text for people"), (AttestFormat::Json, "One JSON document")];

fn check_long_help() -> String {
    format!("{EXIT_CODES}{CHECK_EXAMPLES}")
}
