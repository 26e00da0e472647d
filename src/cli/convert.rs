//! `acralog convert` as typed. Whether the flags make sense together, and what they lead to, is left to `plan`.

use clap::Args;
use clap::builder::ArgPredicate;

use super::shared::{FollowArgs, InputArgs, KeyArgs, NoColorArgs, PolicyArgs, TargetArgs, WorkArgs, choice};
use crate::siem::{CefName, CefStyle, Envelope, Framing, SeverityScale, TargetFormat};

/// Arguments of `convert`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP, after_long_help = AFTER_LONG_HELP)]
pub struct ConvertArgs {
    /// Where to look for logs.
    #[command(flatten)]
    pub input: InputArgs,

    /// Whether it goes on.
    #[command(flatten)]
    pub follow: FollowArgs,

    /// The format to write
    #[arg(
        long,
        visible_aliases = ["output-format", "format"],
        value_parser = choice(TARGETS, TargetFormat::name),
        value_name = "FORMAT",
        required_unless_present_any = ["validate", "json"],
        default_value_if("json", ArgPredicate::IsPresent, TargetFormat::Json.name()),
        help_heading = FORMAT
    )]
    pub to: Option<TargetFormat>,

    /// The same as --to json
    #[arg(long, conflicts_with = "to", help_heading = FORMAT)]
    pub json: bool,

    /// Which CEF to write
    #[arg(
        long,
        value_parser = choice(CEF_STYLES, CefStyle::name),
        value_name = "STYLE",
        default_value = CefStyle::Spec.name(),
        help_heading = FORMAT
    )]
    pub cef_style: CefStyle,

    /// What the name of a CEF event is
    #[arg(
        long,
        value_parser = choice(CEF_NAMES, CefName::name),
        value_name = "WHAT",
        default_value = CefName::Catalogue.name(),
        help_heading = FORMAT
    )]
    pub cef_name: CefName,

    /// Where the severity comes from
    #[arg(
        long,
        value_parser = choice(SEVERITIES, SeverityScale::name),
        value_name = "SCALE",
        default_value = SeverityScale::Catalogue.name(),
        help_heading = FORMAT
    )]
    pub severity: SeverityScale,

    /// The columns of csv, separated by commas
    #[arg(long, value_name = "NAME", value_delimiter = ',', help_heading = FORMAT)]
    pub fields: Vec<String>,

    /// What to put around each event
    #[arg(long, value_parser = choice(ENVELOPES, Envelope::name), value_name = "ENVELOPE", help_heading = FORMAT)]
    pub envelope: Option<Envelope>,

    /// How syslog messages are told apart
    #[arg(
        long,
        value_parser = choice(FRAMINGS, Framing::name),
        value_name = "HOW",
        default_value = Framing::Lf.name(),
        help_heading = FORMAT
    )]
    pub framing: Framing,

    /// The id of the structured data of RFC 5424: a name, `@`, and your enterprise number
    #[arg(long, value_name = "ID", help_heading = FORMAT)]
    pub sd_id: Option<String>,

    /// The name of the service where neither the entry nor a start-up line says it
    #[arg(long, value_name = "NAME", help_heading = CONTENT)]
    pub product: Option<String>,

    /// The host the log comes from; it does not stand in the log
    #[arg(long, value_name = "NAME", help_heading = CONTENT)]
    pub host: Option<String>,

    /// Carry the original line along, for evidence and for `verify --unwrap-from`
    #[arg(long, help_heading = CONTENT)]
    pub keep_raw: bool,

    /// Verify on the way: every event says whether it verified, and the exit code is that of `verify`; not with json,
    /// plaintext and `--cef-style acra`, which have no place for it but in a syslog-rfc5424 or splunk-hec envelope
    #[arg(long, visible_alias = "verified", help_heading = CONTENT)]
    pub verify: bool,

    /// Pass on lines that are no entries, marked, instead of leaving them out with exit 2
    #[arg(long, help_heading = CONTENT)]
    pub lossy: bool,

    /// Write nothing, but say what a strict reader of CEF would refuse in lines of CEF
    #[arg(
        long,
        conflicts_with_all = ["to", "json", "envelope", "keep_raw", "verify", "lossy", "output", "follow"],
        help_heading = CONTENT
    )]
    pub validate: bool,

    /// The keys.
    #[command(flatten)]
    pub keys: KeyArgs,

    /// What is demanded.
    #[command(flatten)]
    pub policy: PolicyArgs,

    /// Where the output goes.
    #[command(flatten)]
    pub target: TargetArgs,

    /// Do not say what the format could not carry
    #[arg(short, long, help_heading = OUTPUT)]
    pub quiet: bool,

    /// Colours.
    #[command(flatten)]
    pub color: NoColorArgs,

    /// How the work is done.
    #[command(flatten)]
    pub work: WorkArgs,
}

const TARGETS: &[(TargetFormat, &str)] = &[
    (TargetFormat::Cef, "Common Event Format, valid by its specification (see --cef-style)"),
    (TargetFormat::Leef, "LEEF 2.0, for QRadar"),
    (TargetFormat::Ecs, "Elastic Common Schema"),
    (TargetFormat::Ocsf, "Open Cybersecurity Schema Framework"),
    (TargetFormat::Gelf, "GELF 1.1, for Graylog"),
    (TargetFormat::Csv, "CSV quoted as RFC 4180 has it, for spreadsheets; lines end in a line feed"),
    (TargetFormat::Json, "As Acra writes it with `--logging_format=json`"),
    (TargetFormat::Plaintext, "As Acra writes it with `--logging_format=plaintext`"),
];

const CEF_STYLES: &[(CefStyle, &str)] = &[
    (CefStyle::Spec, "Valid by the specification, which Acra's own is not"),
    (CefStyle::Acra, "As Acra writes it with `--logging_format=cef`, byte for byte"),
];

const CEF_NAMES: &[(CefName, &str)] =
    &[(CefName::Catalogue, "The title of the code; the message stands in `msg`"), (CefName::Message, "The message")];

const SEVERITIES: &[(SeverityScale, &str)] = &[
    (SeverityScale::Catalogue, "From the event code, see `acralog codes`"),
    (SeverityScale::Acra, "From the level, as Acra has it"),
];

const ENVELOPES: &[(Envelope, &str)] = &[
    (Envelope::SyslogRfc5424, "Syslog with structured data"),
    (Envelope::SyslogRfc3164, "The older syslog"),
    (Envelope::SplunkHec, "Splunk's HTTP event collector"),
    (Envelope::ElasticBulk, "The _bulk interface of Elasticsearch"),
];

const FRAMINGS: &[(Framing, &str)] = &[
    (Framing::Lf, "A line feed behind each message"),
    (Framing::OctetCounting, "Its length in front of each message (RFC 6587), as TLS demands it"),
];

const FORMAT: &str = "Format";
const CONTENT: &str = "Content";
const OUTPUT: &str = "Output";

/// What `convert` is, for its long help.
pub(super) const LONG_ABOUT: &str = "\
Write the events of a log in another format: what SIEM collectors accept, or what Acra itself writes.

What the format cannot carry is said on standard error, once for each field. The seals of Acra cover \
Acra's own lines only: an export is evidence when it carries them along (--keep-raw).";

/// What both forms of the help end with: the work people come for.
macro_rules! examples {
    () => {
        "\
EXAMPLES
  For a collector that takes CEF over syslog and TLS:
      acralog convert --to cef --envelope syslog-rfc5424 \\
          --framing octet-counting acra-server.log
  Into Elasticsearch, verified, with the signed lines:
      acralog convert --to ecs --envelope elastic-bulk --keep-raw --verify \\
          --key-file audit.key /var/log/acra/
  A spreadsheet of a few columns:
      acralog convert --to csv --fields time,code,client_id,message acra.log
  As it happens, for a forwarder that reads a pipe:
      acralog convert --follow --to ecs /var/log/acra/ \\
          | vector --config acra.yaml
  What a strict collector would refuse in Acra's own CEF:
      acralog convert --validate acra-server.cef.log"
    };
}

const AFTER_HELP: &str = concat!("Exit codes: acralog convert --help\n\n", examples!());

const AFTER_LONG_HELP: &str = concat!(
    "\
EXIT CODES
  0  done
  1  --validate has complaints; with --verify: tampered
  2  an error, nothing to check, or lines that are no entries and were left out
     (see --lossy)
  3  with --verify: incomplete
  64 wrong usage, or a file that --output may not replace: nothing was looked at

",
    examples!()
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_envelope_and_style_can_be_chosen() {
        let same = |listed: Vec<&str>, all: Vec<&str>| {
            assert_eq!(listed.len(), all.len());
            assert!(all.iter().all(|name| listed.contains(name)), "{all:?}");
        };
        same(TARGETS.iter().map(|it| it.0.name()).collect(), TargetFormat::ALL.map(TargetFormat::name).to_vec());
        same(ENVELOPES.iter().map(|it| it.0.name()).collect(), Envelope::ALL.map(Envelope::name).to_vec());
        same(FRAMINGS.iter().map(|it| it.0.name()).collect(), Framing::ALL.map(Framing::name).to_vec());
    }
}
