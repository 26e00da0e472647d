//! The flags of acra-log-verifier: one table for parsing, help, configuration files and documents. What they lead to is
//! left to the rest of `log_verifier`.

use std::fmt::Write as _;

use strum::VariantArray;

use FlagGroup::{Configuration, Keystore, Kms, Logging, Redis, Vault, Verification};
use FlagKind::{Choice, Number, Secret, Switch, Text};

#[derive(Debug)]
pub struct Flag {
    /// Its name without dashes; the same in configuration files.
    pub name: &'static str,
    pub kind: FlagKind,
    /// Its value when it is not given.
    pub default: &'static str,
    /// What stands for its value in the help.
    pub value: &'static str,
    pub help: &'static str,
    /// Where it stands in the help.
    pub group: FlagGroup,
    /// Whether it changes anything.
    pub effect: Effect,
}

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagKind {
    Text,
    /// A text that is never shown, and wiped.
    Secret,
    Number,
    /// On or off; alone it is on.
    Switch,
    /// One of these words, in capitals or not.
    Choice(&'static [&'static str]),
}

/// What a flag does here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// What its help says.
    ActedOn,
    /// Nothing: it is taken so that command lines need not change, and named in a warning when it is given.
    Accepted,
}

/// The parts of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, VariantArray)]
pub enum FlagGroup {
    Verification,
    /// What is said about it.
    Logging,
    Configuration,
    Keystore,
    Redis,
    Kms,
    Vault,
    /// TLS settings for all connections that have none of their own.
    Tls,
}

impl FlagGroup {
    /// Every group, in the order of the help.
    pub const ALL: [Self; 8] = *Self::VARIANTS.as_array().expect("as many as there are variants");

    pub fn title(self) -> &'static str {
        match self {
            Self::Verification => "Verification",
            Self::Logging => "Logging",
            Self::Configuration => "Configuration files",
            Self::Keystore => "Keystore",
            Self::Redis => "Redis",
            Self::Kms => "KMS",
            Self::Vault => "HashiCorp Vault",
            Self::Tls => "TLS",
        }
    }
}

/// Every flag, group by group.
pub fn all() -> impl Iterator<Item = &'static Flag> {
    [OWN, KEYSTORE, REDIS, REDIS_TLS, KMS, VAULT, VAULT_TLS, COMMON_TLS].into_iter().flatten()
}

/// The flag of a name.
pub fn named(name: &str) -> Option<&'static Flag> {
    all().find(|flag| flag.name == name)
}

/// What stands above the flags in the usage.
const ABOUT: &str = "\
acra-log-verifier of acralog: takes the flags of Acra's verifier and says what it
says. Exit 0: the logs are sound; exit 1: they are not, or there is no answer.
`acralog verify` tells more, and demands more.
";

/// The version of Acra whose flags these are: its own tools read a configuration file of another one not at all.
const ACRA_VERSION: &str = "0.96.0";

/// What `--help` prints.
pub fn usage() -> String {
    let mut out = format!("Usage of acra-log-verifier:\n{ABOUT}");
    for group in FlagGroup::ALL {
        // Writing to a string cannot fail, here and below.
        let _ = write!(out, "\n{}:\n", group.title());
        for flag in all().filter(|flag| flag.group == group) {
            let dashes = if flag.name.len() == 1 { "-" } else { "--" };
            let value = if flag.value.is_empty() { String::new() } else { format!("=<{}>", flag.value) };
            let _ = write!(out, "  {dashes}{}{value}\n        {}", flag.name, flag.help);
            let _ = match flag.default {
                "" | "false" => writeln!(out),
                default => writeln!(out, " (default {default})"),
            };
            if flag.effect == Effect::Accepted {
                out.push_str("        Accepted, without effect\n");
            }
        }
    }
    out
}

/// The flags as a configuration file, each with its default, as Acra dumps them.
pub fn config() -> String {
    let mut out = format!("version: {ACRA_VERSION}\n");
    for flag in by_name() {
        let _ = write!(out, "# {}\n{}: {}\n\n", described(flag), flag.name, flag.default);
    }
    out
}

/// The flags as a page of Markdown, a table for each group.
pub fn markdown() -> String {
    let mut out = "# acra-log-verifier\n".to_owned();
    for group in FlagGroup::ALL {
        let _ = write!(out, "\n## {}\n\n| flag | default | what it does |\n|---|---|---|\n", group.title());
        for flag in all().filter(|flag| flag.group == group) {
            let default = if flag.default.is_empty() { String::new() } else { format!("`{}`", flag.default) };
            let dashes = if flag.name.len() == 1 { "-" } else { "--" };
            let _ = writeln!(out, "| `{dashes}{}` | {default} | {} |", flag.name, described(flag));
        }
    }
    out
}

fn by_name() -> Vec<&'static Flag> {
    let mut flags: Vec<_> = all().collect();
    flags.sort_by_key(|flag| flag.name);
    flags
}

fn described(flag: &Flag) -> String {
    match flag.effect {
        Effect::ActedOn => flag.help.to_owned(),
        Effect::Accepted => format!("{} (accepted, without effect)", flag.help),
    }
}

/// The formats of logs, those that are read and those that are printed.
const FORMATS: &[&str] = &["plaintext", "json", "CEF"];

/// Where the master key comes from: the values of `--keystore_encryption_type`.
const STRATEGIES: &[&str] = &["env_master_key", "vault_master_key", "kms_encrypted_master_key", "kms_per_client"];

const OWN: &[Flag] = &[
    acted(Verification, "audit_log_file", Text, "", "file", "The log to verify"),
    acted(
        Verification,
        "audit_log_file_format",
        Choice(FORMATS),
        "plaintext",
        "format",
        "Format of the logs: plaintext, json or CEF",
    ),
    acted(Verification, "audit_log_file_list", Text, "", "file", "A file that names logs, one path per line, in order"),
    acted(
        Verification,
        "audit_log_missing_ok",
        Switch,
        "false",
        "",
        "A log of the list that does not exist is a warning only",
    ),
    acted(Verification, "d", Switch, "false", "", "Debug: show the absolute paths in the order of verification"),
    acted(
        Logging,
        "logging_format",
        Choice(FORMATS),
        "plaintext",
        "format",
        "Format of what is said on standard error: plaintext, json or CEF",
    ),
    acted(
        Configuration,
        "config_file",
        Text,
        "",
        "file",
        "YAML file of flags, which those typed come before; else configs/acra-log-verifier.yaml if it exists",
    ),
    acted(
        Configuration,
        "dump_config",
        Switch,
        "false",
        "",
        "Write all flags with their defaults to --config_file, else to configs/acra-log-verifier.yaml, and end",
    ),
    acted(
        Configuration,
        "generate_markdown_args_table",
        Switch,
        "false",
        "",
        "With --dump_config: describe the flags in markdown_acra-log-verifier.md beside that file",
    ),
];

const KEYSTORE: &[Flag] = &[
    acted(Keystore, "keys_dir", Text, ".acrakeys", "folder", "Folder of the keystore"),
    acted(
        Keystore,
        "keystore_encryption_type",
        Choice(STRATEGIES),
        "env_master_key",
        "strategy",
        "What opens it: env_master_key, vault_master_key, kms_encrypted_master_key, kms_per_client",
    ),
];

const REDIS: &[Flag] = &[
    acted(Redis, "redis_host_port", Text, "", "host:port", "Take the keystore from this Redis, not from --keys_dir"),
    acted(Redis, "redis_password", Secret, "", "password", "Password of Redis; other users of this machine can see it"),
    acted(Redis, "redis_db_keys", Number, "0", "number", "Number of the Redis database that holds the keys"),
    acted(Redis, "redis_tls_enable", Switch, "false", "", "Connect to Redis with TLS"),
];

const KMS: &[Flag] = &[
    acted(Kms, "kms_type", Choice(&["", "aws"]), "", "type", "The key management service: aws"),
    acted(Kms, "kms_credentials_path", Text, "", "file", "JSON file with the credentials of the service"),
];

const VAULT: &[Flag] = &[
    acted(Vault, "vault_connection_api_string", Text, "", "url", "Address of the Vault that has the master key"),
    acted(Vault, "vault_secrets_path", Text, "secret/", "path", "Path of the master key in Vault"),
    acted(Vault, "vault_tls_transport_enable", Switch, "false", "", "Connect to Vault with TLS"),
    acted(
        Vault,
        "vault_tls_ca_path",
        Text,
        "",
        "file",
        "The same as --vault_tls_client_ca; kept for old command lines",
    ),
];

/// A flag that is acted on.
const fn acted(
    group: FlagGroup,
    name: &'static str,
    kind: FlagKind,
    default: &'static str,
    value: &'static str,
    help: &'static str,
) -> Flag {
    Flag { name, kind, default, value, help, group, effect: Effect::ActedOn }
}

/// The same flag, accepted and nothing more.
const fn accepted(flag: Flag) -> Flag {
    Flag { effect: Effect::Accepted, ..flag }
}

/// What to do with an address that a certificate names.
const FROM_CERT: FlagKind = Choice(&["use", "trust", "prefer", "ignore"]);

/// What to do when the service does not know a certificate.
const REQUIRED: FlagKind = Choice(&["denyUnknown", "allowUnknown", "requireGood"]);

const CA: &str = "Certificate that vouches for the server, beside those of the system";
const CERT: &str = "Certificate to show to the server";
const KEY: &str = "Private key of that certificate";
const CRL_CACHE_SIZE: &str = "Revocation lists to keep";
const CRL_CACHE_TIME: &str = "How long to keep a revocation list";
const CRL_LEAF: &str = "Look up only the last certificate in revocation lists";
const CRL_FROM_CERT: &str = "What to do with the revocation list that a certificate names: use, trust, prefer, ignore";
const CRL_URL: &str = "Address of a revocation list";
const OCSP_LEAF: &str = "Ask OCSP about the last certificate only";
const OCSP_FROM_CERT: &str = "What to do with the OCSP service that a certificate names: use, trust, prefer, ignore";
const OCSP_REQUIRED: &str = "What to do when OCSP does not know a certificate: denyUnknown, allowUnknown, requireGood";
const OCSP_URL: &str = "Address of an OCSP service";
const AUTH: &str = "How servers ask for certificates of clients, 0 to 4";
const SNI: &str = "Name that the certificate of the server must have; that of its address when it is empty";
const ID_FROM_CERT: &str = "Take the id of a client from its certificate";
const EXTRACTOR: &str = "What of a certificate is the id of its client";

/// The flags with a prefix, with `$client` in their names, with the default of `auth`, and those that only this set
/// has.
macro_rules! tls_flags {
    ($group:ident, $prefix:literal, $client:literal, $auth:literal, [$($own:expr),*]) => {
        &[
            acted(FlagGroup::$group, concat!($prefix, $client, "ca"), Text, "", "file", CA),
            acted(FlagGroup::$group, concat!($prefix, $client, "cert"), Text, "", "file", CERT),
            acted(FlagGroup::$group, concat!($prefix, $client, "key"), Text, "", "file", KEY),
            tls_flags!(@ $group, [$prefix, "crl_", $client, "cache_size"], Number, "16", "count", CRL_CACHE_SIZE),
            tls_flags!(@ $group, [$prefix, "crl_", $client, "cache_time"], Number, "0", "seconds", CRL_CACHE_TIME),
            tls_flags!(@ $group, [$prefix, "crl_", $client, "check_only_leaf_certificate"],
                Switch, "false", "", CRL_LEAF),
            tls_flags!(@ $group, [$prefix, "crl_", $client, "from_cert"], FROM_CERT, "prefer", "policy", CRL_FROM_CERT),
            tls_flags!(@ $group, [$prefix, "crl_", $client, "url"], Text, "", "url", CRL_URL),
            tls_flags!(@ $group, [$prefix, "ocsp_", $client, "check_only_leaf_certificate"],
                Switch, "false", "", OCSP_LEAF),
            tls_flags!(@ $group, [$prefix, "ocsp_", $client, "from_cert"],
                FROM_CERT, "prefer", "policy", OCSP_FROM_CERT),
            tls_flags!(@ $group, [$prefix, "ocsp_", $client, "required"],
                REQUIRED, "denyUnknown", "policy", OCSP_REQUIRED),
            tls_flags!(@ $group, [$prefix, "ocsp_", $client, "url"], Text, "", "url", OCSP_URL),
            tls_flags!(@ $group, [$prefix, $client, "auth"], Number, $auth, "mode", AUTH),
            $($own),*
        ]
    };
    (@ $group:ident, [$($name:literal),*], $($rest:expr),*) => {
        accepted(acted(FlagGroup::$group, concat!($($name),*), $($rest),*))
    };
}

const REDIS_TLS: &[Flag] = tls_flags!(
    Redis,
    "redis_tls_",
    "client_",
    "-1",
    [acted(FlagGroup::Redis, "redis_tls_client_sni", Text, "", "name", SNI)]
);

const VAULT_TLS: &[Flag] = tls_flags!(
    Vault,
    "vault_tls_",
    "client_",
    "4",
    [acted(FlagGroup::Vault, "vault_tls_client_sni", Text, "", "name", SNI)]
);

const COMMON_TLS: &[Flag] = tls_flags!(
    Tls,
    "tls_",
    "",
    "4",
    [
        accepted(acted(FlagGroup::Tls, "tls_client_id_from_cert", Switch, "false", "", ID_FROM_CERT)),
        accepted(acted(FlagGroup::Tls, "tls_identifier_extractor_type", Text, "distinguished_name", "type", EXTRACTOR))
    ]
);

#[cfg(test)]
mod tests {
    use super::super::typed::read_config;
    use super::*;

    #[test]
    fn the_usage_and_the_page_name_every_flag_once() {
        let (usage, page) = (usage(), markdown());
        for flag in all() {
            let dashes = if flag.name.len() == 1 { "-" } else { "--" };
            let name = format!("{dashes}{}", flag.name);
            let heads = usage.lines().filter(|line| line.trim_start().split('=').next() == Some(name.as_str()));
            assert_eq!(heads.count(), 1, "{name}");
            let rows = page.lines().filter(|line| line.split('`').nth(1) == Some(name.as_str()));
            assert_eq!(rows.count(), 1, "{name}");
        }
        assert!(usage.lines().all(|line| line.chars().count() <= 130), "{usage}");
    }

    #[test]
    fn a_configuration_file_holds_every_flag_with_its_default() {
        let text = config();
        let read = read_config(&text).unwrap();
        assert!(read.unknown.is_empty() && text.starts_with("version: 0."));
        for flag in all() {
            assert_eq!(text.matches(&format!("\n{}: ", flag.name)).count(), 1, "{}", flag.name);
            assert_eq!(read.typed.value(flag), flag.default);
        }
    }
}
