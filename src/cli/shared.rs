//! Arguments that several verbs share: where to look for logs, the keys, what is demanded, which events are wanted. What they
//! mean together is left to `plan`.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum, ValueHint};
use regex::Regex;

use super::keystore::KeystoreArgs;
use crate::chain::UndoEffort;
use crate::entry::{Format, Span};
use crate::line::Wrapper;
use crate::source::OrderBy;
use crate::verdict::code::{Code, Policy};

pub(super) const INPUT: &str = "Input";
const KEY: &str = "Key";
const POLICY: &str = "Policy";
const DIAGNOSIS: &str = "Diagnosis";
pub(super) const LEDGER: &str = "Ledger";
pub(super) const RULES: &str = "Rules";
const OUTPUT: &str = "Output";

/// Where to look for logs.
#[derive(Clone, Debug, Args)]
pub struct InputArgs {
    /// Logs: files, directories (searched recursively), patterns in quotes; `-` is standard input
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,

    /// Where to look when no PATH is given, as a configuration file says it; may be repeated
    #[arg(
        long = "paths",
        value_name = "PATH",
        value_hint = ValueHint::AnyPath,
        hide = true,
        help_heading = INPUT
    )]
    pub configured_paths: Vec<PathBuf>,

    /// Read further paths from LIST, one per line; `-` is standard input
    #[arg(long, value_name = "LIST", value_hint = ValueHint::FilePath, help_heading = INPUT)]
    pub files_from: Option<PathBuf>,

    /// Read the logs that FILE lists, each with its own keys: NAME PATTERN [KEY-FILE...] on a line
    ///
    /// For many servers. PATTERN is a file, a directory or a pattern; paths are relative
    /// to the folder of FILE, quotes hold blanks together, and # begins a comment. A log that
    /// is not there makes the answer `undecided`. A log without a KEY-FILE takes the keys of
    /// the command line. For example:
    ///     eu-1  logs/eu-1/acra-server.log*  keys/eu-1.key
    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        conflicts_with_all = ["files_from", "as_one_stream"],
        verbatim_doc_comment,
        help_heading = INPUT
    )]
    pub inventory: Option<PathBuf>,

    /// Read all files as one log, in the order given, whatever their names
    #[arg(long, help_heading = INPUT)]
    pub as_one_stream: bool,

    /// Read files as one log when REGEX finds the same text in their paths
    ///
    /// For rotated files whose names cannot be guessed. The text is that of the groups of
    /// REGEX, or all that it matches; files in which it finds nothing are put together by
    /// their names as always. For keys like eu-1/2026/09/30/batch.log, one log per server:
    ///     --stream-by '(eu-[0-9]+)/' --order-by time
    #[arg(long, value_name = "REGEX", conflicts_with = "as_one_stream", verbatim_doc_comment, help_heading = INPUT)]
    pub stream_by: Option<Regex>,

    /// Put the files of each log in this order, instead of the order that their names tell
    #[arg(long, value_parser = choice(ORDERS, OrderBy::name), value_name = "ORDER", help_heading = INPUT)]
    pub order_by: Option<OrderBy>,

    /// Insist on a format instead of detecting it: lines in another one are no entries, and signed ones an error
    #[arg(long, value_parser = choice(FORMATS, Format::name), value_name = "FORMAT", help_heading = INPUT)]
    pub input_format: Option<Format>,

    /// Take the lines out of this instead of finding out what wraps them; exports made with `--keep-raw` are never found
    #[arg(long, value_parser = choice(WRAPPERS, Wrapper::name), value_name = "FORM", help_heading = INPUT)]
    pub unwrap_from: Option<Wrapper>,
}

/// Whether a verb goes on with what is written from now on.
#[derive(Debug, Args)]
pub struct FollowArgs {
    /// Go on with what is written from now on, over every rotation, until you interrupt it
    ///
    /// Each log is followed by its path: when another file takes its place, the old one is read
    /// to its end first, and when it is emptied (copytruncate), its copy. A log that is not there
    /// is waited for, and so is one that appears later in a directory. Rotated files are looked
    /// for in the directory of the log. What follows a match with -A, -B and -C ends where a
    /// line of another log comes in between.
    #[arg(
        long,
        conflicts_with_all = ["inventory", "as_one_stream", "stream_by", "order_by", "ledger"],
        verbatim_doc_comment,
        help_heading = INPUT
    )]
    pub follow: bool,
}

/// When entries make an incident.
#[derive(Clone, Debug, Default, Args)]
pub struct RuleArgs {
    /// Take the rules from FILE, in TOML; what it does not set stays as it is. It comes after the rules of the configuration
    /// file
    #[arg(long = "rules", value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = RULES)]
    pub file: Option<PathBuf>,

    /// Change a setting of a rule: `sql-firewall.at-least=20`; comes after --rules, and may be repeated
    #[arg(long = "set", value_name = "RULE.SETTING=VALUE", help_heading = RULES)]
    pub changes: Vec<String>,
}

/// The keys to verify with.
#[derive(Clone, Debug, Args)]
pub struct KeyArgs {
    /// Read an audit log key from FILE: 32 raw bytes, hex or base64; may be repeated
    #[arg(long = "key-file", value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = KEY)]
    pub key_files: Vec<PathBuf>,

    /// Take an audit log key from the environment variable NAME: hex or base64; may be repeated
    #[arg(long = "key-env", value_name = "NAME", help_heading = KEY)]
    pub key_variables: Vec<String>,

    /// Acra's keystore.
    #[command(flatten)]
    pub keystore: KeystoreArgs,
}

/// What is demanded of a log that is verified.
#[derive(Clone, Debug, Args)]
pub struct PolicyArgs {
    /// What to demand of the log
    #[arg(
        long,
        value_parser = choice(POLICIES, Policy::name),
        value_name = "NAME",
        default_value = Policy::Default.name(),
        help_heading = POLICY
    )]
    pub policy: Policy,

    /// Demand that the last chain has its end: a log of a service that was stopped
    #[arg(long, help_heading = POLICY)]
    pub require_end: bool,

    /// Count a missing file as a warning; without this the answer is `undecided`
    #[arg(long, help_heading = POLICY)]
    pub missing_ok: bool,

    /// Demand that the log is silent for no longer than DURATION: 30m, 1h30m, 2d
    ///
    /// By its own times, between two verified entries, whichever chains and files they are in.
    /// The time since its last entry does not count. For a service that logs every few minutes:
    ///     --gap 30m
    #[arg(
        long,
        value_name = "DURATION",
        value_parser = length,
        verbatim_doc_comment,
        help_heading = POLICY
    )]
    pub gap: Option<Span>,

    /// Demand that the verified entries of a chain span no more than DURATION: 12h, 2d
    ///
    /// A chain without an end does not show whether its tail was cut off. For a log that is
    /// rotated every night, and so begins a new chain then:
    ///     --chain-max-age 25h
    #[arg(
        long,
        value_name = "DURATION",
        value_parser = length,
        verbatim_doc_comment,
        help_heading = POLICY
    )]
    pub chain_max_age: Option<Span>,

    /// Count these findings as notes; several are separated by commas
    #[arg(
        long = "allow",
        value_name = "NAME",
        value_delimiter = ',',
        value_parser = waivable_codes(),
        help_heading = POLICY
    )]
    pub allowed: Vec<Code>,

    /// How much to do to find out what stood in the place of an altered entry
    ///
    /// Where an entry does not fit its chain, likely originals of it are tried. If its own seal
    /// proves one, the report says what stood there (`entry-restored`), and the entries behind
    /// it are verified. That is tampering all the same. For example:
    ///     acralog verify --undo deep --key-file audit.key acra.log
    #[arg(
        long,
        value_parser = choice(EFFORTS, UndoEffort::name),
        value_name = "EFFORT",
        default_value = UndoEffort::Fast.name(),
        verbatim_doc_comment,
        help_heading = DIAGNOSIS
    )]
    pub undo: UndoEffort,

    /// What earlier runs proved.
    #[command(flatten)]
    pub ledger: LedgerArgs,
}

/// What earlier runs proved.
#[derive(Clone, Debug, Default, Args)]
pub struct LedgerArgs {
    /// Hold the log against what FILE remembers of earlier runs, and remember this run in it
    ///
    /// Chains are not linked to one another: only a ledger shows that a whole chain was removed,
    /// or that the end of the log was cut off. It is written when the log was not altered, and
    /// goes on with a chain whose beginning rotation has removed. One ledger is for one set of
    /// logs: give a folder, or a pattern in quotes, and always the same.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, verbatim_doc_comment, help_heading = LEDGER)]
    pub ledger: Option<PathBuf>,

    /// Demand that the ledger is there, whole, and no older than the last one; else the answer is `undecided`
    #[arg(long, requires = "ledger", help_heading = LEDGER)]
    pub ledger_required: bool,

    /// Accept that entries are gone which are older than DURATION, counted back from the newest one: 7d
    #[arg(long, value_name = "DURATION", value_parser = length, requires = "ledger", help_heading = LEDGER)]
    pub retention: Option<Span>,
}

/// The flags that name a file to write, which --force is about.
pub(super) const WRITTEN: &str = "written";

/// Where the output goes.
#[derive(Clone, Debug, Default, Args)]
pub struct TargetArgs {
    /// Write to FILE, whole or not at all, instead of standard output
    #[arg(
        short,
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        group = WRITTEN,
        help_heading = OUTPUT
    )]
    pub output: Option<PathBuf>,

    /// Let --output replace a file that exists
    #[arg(long, requires = WRITTEN, help_heading = OUTPUT)]
    pub force: bool,
}

/// How a verb prints that passes no entries on.
#[derive(Clone, Debug, Args)]
pub struct PrintArgs {
    /// Where the output goes.
    #[command(flatten)]
    pub target: TargetArgs,

    /// Print nothing: the exit code is the answer
    #[arg(short, long, conflicts_with = "output", help_heading = OUTPUT)]
    pub quiet: bool,

    /// When to use colour
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = ColorChoice::Auto, help_heading = OUTPUT)]
    pub color: ColorChoice,
}

/// A word for the format that programs want most.
#[derive(Clone, Copy, Debug, Args)]
pub struct JsonArgs {
    /// The same as --output-format json
    #[arg(long, conflicts_with = "output_format", help_heading = OUTPUT)]
    pub json: bool,
}

/// A flag of every verb that has nothing to colour.
#[derive(Clone, Copy, Debug, Args)]
pub struct NoColorArgs {
    /// Taken as by every verb; nothing that this one prints has colours
    #[arg(long, value_enum, value_name = "WHEN", hide_short_help = true, help_heading = OUTPUT)]
    pub color: Option<ColorChoice>,
}

/// How the work is done; no result depends on it.
#[derive(Clone, Copy, Debug, Args)]
pub struct WorkArgs {
    /// Never draw a progress bar
    #[arg(long, help_heading = OUTPUT)]
    pub no_progress: bool,

    /// How many threads to use; the result does not depend on it [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = OUTPUT)]
    pub threads: Option<u16>,
}

const FORMATS: &[(Format, &str)] = &[
    (Format::Plaintext, "`--logging_format=plaintext`"),
    (Format::Json, "`--logging_format=json`"),
    (Format::Cef, "`--logging_format=cef`"),
];

const ORDERS: &[(OrderBy, &str)] = &[
    (OrderBy::Name, "By path, oldest first, numbers by their value: `a.9` before `a.10`"),
    (OrderBy::Time, "By the time of the first entry in each file; never by that of the file system, which copies lose"),
];

const WRAPPERS: &[(Wrapper, &str)] = &[
    (Wrapper::Ecs, "Documents after ECS: `event.original`, or `acra.original_base64`; inside `_source` as well"),
    (Wrapper::SplunkHec, "Events for Splunk: `acra_raw` or `acra_raw_base64` among the fields, or the event"),
    (Wrapper::ElasticBulk, "A bulk request to Elastic: actions, and documents after ECS"),
    (Wrapper::Docker, "docker's json-file driver"),
    (Wrapper::Cri, "The files of a Kubernetes node"),
    (Wrapper::JournaldJson, "`journalctl -o json`"),
    (Wrapper::JournaldShort, "`journalctl -o short` and its kin; the files of rsyslog"),
    (Wrapper::Syslog, "Syslog with its priority, RFC 5424 and RFC 3164"),
    (Wrapper::Compose, "`docker compose logs`: `web-1  | `"),
    (Wrapper::PodPrefix, "`kubectl logs --prefix`: `[pod/NAME/CONTAINER] `; stern and kail"),
    (Wrapper::Timestamps, "`docker logs -t`, `kubectl logs --timestamps`: a time and a blank"),
];

pub(super) const EFFORTS: &[(UndoEffort, &str)] = &[
    (UndoEffort::Fast, "Single edits and replaced values: a fifth of a second for each break, two seconds in all"),
    (UndoEffort::Deep, "Pairs of edits as well: some seconds for each break, a minute in all"),
    (UndoEffort::Off, "Nothing"),
];

const POLICIES: &[(Policy, &str)] = &[
    (Policy::Default, "Refuse what only an alteration explains, and what leaves nothing proven"),
    (Policy::Strict, "Refuse everything that is not proven: warnings count"),
    (Policy::Acra, "Tolerate what Acra's own verifier tolerates"),
];

/// Takes one of a few values by its name; each has a line of help.
pub(super) fn choice<T>(
    choices: &'static [(T, &'static str)],
    name: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T>
where
    T: Copy + Send + Sync + 'static,
{
    let values = choices.iter().map(move |&(value, help)| PossibleValue::new(name(value)).help(help));
    PossibleValuesParser::new(values).try_map(move |typed| {
        let chosen = choices.iter().find(|choice| name(choice.0) == typed);
        chosen.map(|choice| choice.0).ok_or("not one of the possible values")
    })
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Takes a length of time.
pub(super) fn length(text: &str) -> Result<Span, String> {
    Span::try_from(text.to_owned())
}

/// A shorter word for [`Code::LinesUnsignedBetweenChains`], the finding that is waived most.
const UNSIGNED_BETWEEN: &str = "unsigned-between";

/// Takes the names of the findings that may be waived.
fn waivable_codes() -> impl TypedValueParser<Value = Code> {
    let waivable = || Code::ALL.iter().copied().filter(|code| code.waivable());
    let names = waivable().map(|code| {
        let value = PossibleValue::new(code.name()).help(code.meaning());
        if code == Code::LinesUnsignedBetweenChains { value.alias(UNSIGNED_BETWEEN) } else { value }
    });
    PossibleValuesParser::new(names).try_map(move |name| {
        let name = if name == UNSIGNED_BETWEEN { Code::LinesUnsignedBetweenChains.name() } else { name.as_str() };
        waivable().find(|code| code.name() == name).ok_or("not a finding that can be allowed")
    })
}

const PATTERN: &str = "Pattern";
const EVENT: &str = "Event";

/// The pattern.
#[derive(Clone, Debug, Default, Args)]
pub struct PatternArgs {
    /// A regular expression on the message; may be repeated: one of them must match. Every word is a PATH then
    #[arg(
        short = 'e',
        long = "regexp",
        value_name = "PATTERN",
        allow_hyphen_values = true,
        help_heading = PATTERN
    )]
    pub patterns: Vec<String>,

    /// Take the patterns from FILE, one per line; `-` is standard input
    #[arg(short = 'f', long = "file", value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = PATTERN)]
    pub pattern_files: Vec<PathBuf>,

    /// Match PATTERN against the whole line as it stands in the log
    #[arg(long, help_heading = PATTERN)]
    pub raw: bool,

    /// Take PATTERN for plain text
    #[arg(short = 'F', long, overrides_with = "extended_regexp", help_heading = PATTERN)]
    pub fixed_strings: bool,

    /// Take PATTERN for a regular expression, as is done anyway
    #[arg(short = 'E', long, overrides_with = "fixed_strings", help_heading = PATTERN)]
    pub extended_regexp: bool,

    /// Do not tell capital letters from small ones in PATTERN
    #[arg(short = 'i', long, help_heading = PATTERN)]
    pub ignore_case: bool,

    /// PATTERN must match whole words
    #[arg(short = 'w', long, help_heading = PATTERN)]
    pub word_regexp: bool,

    /// PATTERN must match the whole message; with --raw the whole line
    #[arg(short = 'x', long, help_heading = PATTERN)]
    pub line_regexp: bool,
}

/// The filters.
#[derive(Clone, Debug, Args)]
pub struct FilterArgs {
    /// Event codes: 560, 5xx, 510-514, identifiers; several are separated by commas (see `acralog codes`)
    #[arg(long = "code", value_name = "CODES", help_heading = EVENT)]
    pub codes: Vec<String>,

    /// Groups of event codes: censor, keys, ... (see `acralog codes`)
    #[arg(long = "group", value_name = "GROUP", help_heading = EVENT)]
    pub groups: Vec<String>,

    /// Event codes to leave out
    #[arg(long = "exclude-code", value_name = "CODES", help_heading = EVENT)]
    pub excluded_codes: Vec<String>,

    /// Levels: error, error+ (and worse), info- (and less), several separated by commas
    #[arg(long = "level", value_name = "LEVEL", help_heading = EVENT)]
    pub levels: Vec<String>,

    /// Clients, whichever way Acra spells the field; a `*` at the end stands for anything
    #[arg(long = "client", value_name = "ID", help_heading = EVENT)]
    pub clients: Vec<String>,

    /// Sessions, by number
    #[arg(long = "session", value_name = "ID", help_heading = EVENT)]
    pub sessions: Vec<String>,

    /// Services: acra-server, acra-translator
    #[arg(long = "product", value_name = "NAME", help_heading = EVENT)]
    pub products: Vec<String>,

    /// Other fields: KEY=VALUE, KEY!=VALUE, KEY~REGEX, KEY!~REGEX, KEY>NUMBER, KEY? (is there); may be repeated
    #[arg(long = "where", value_name = "CONDITION", help_heading = EVENT)]
    pub conditions: Vec<String>,

    /// Entries that a rule of Sigma matches: a file, or a directory with all below it; may be repeated. Rules of correlation
    /// need more than one entry and select none
    #[arg(long = "sigma", value_name = "RULES", value_hint = ValueHint::AnyPath, help_heading = EVENT)]
    pub sigma: Vec<PathBuf>,

    /// Not before TIME: RFC 3339, `2025-03-14 10:00`, `yesterday 14:00`, epoch seconds, or `2h` ago
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, help_heading = EVENT)]
    pub since: Option<String>,

    /// Before TIME
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, help_heading = EVENT)]
    pub until: Option<String>,

    /// The time zone of --since and --until, and of the times that are shown to people: an IANA name
    #[arg(long, value_name = "ZONE", default_value = "UTC", help_heading = EVENT)]
    pub timezone: String,
}
