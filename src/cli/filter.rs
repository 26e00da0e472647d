//! What `grep` and `stats` ask of an entry, as typed: the pattern and the filters. Which word is the pattern, and what the
//! filters mean together, is left to `plan`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

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
