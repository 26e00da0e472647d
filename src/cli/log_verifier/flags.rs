//! The flags of acra-log-verifier: one table for parsing, help, configuration files and documents. What they lead to is
//! left to `plan`.

use strum::VariantArray;

use super::tls;

/// One flag.
#[derive(Debug)]
pub struct Flag {
    /// Its name without dashes; the same in configuration files.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Its value when it is not given.
    pub default: &'static str,
    /// What stands for its value in the help.
    pub value: &'static str,
    /// What it does.
    pub help: &'static str,
    /// Where it stands in the help.
    pub group: Group,
    /// Whether it changes anything.
    pub effect: Effect,
}

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A text that is never shown, and wiped.
    Secret,
    /// A whole number.
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
pub enum Group {
    /// What to verify.
    Verification,
    /// What is said about it.
    Logging,
    /// Flags in files.
    Configuration,
    /// Where the keys are.
    Keystore,
    /// Keys in Redis.
    Redis,
    /// A key management service.
    Kms,
    /// The master key in HashiCorp Vault.
    Vault,
    /// TLS settings for all connections that have none of their own.
    Tls,
}

impl Group {
    /// Every group, in the order of the help.
    pub const ALL: [Self; 8] = *Self::VARIANTS.as_array().expect("as many as there are variants");

    /// Its heading.
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

/// The formats of logs, those that are read and those that are printed.
pub const FORMATS: &[&str] = &["plaintext", "json", "CEF"];

/// Where the master key comes from: the values of `--keystore_encryption_type`.
pub const STRATEGIES: &[&str] = &["env_master_key", "vault_master_key", "kms_encrypted_master_key", "kms_per_client"];

/// Every flag, group by group.
pub fn all() -> impl Iterator<Item = &'static Flag> {
    [OWN, KEYSTORE, REDIS, tls::REDIS, KMS, VAULT, tls::VAULT, tls::COMMON].into_iter().flatten()
}

/// The flag of a name.
pub fn named(name: &str) -> Option<&'static Flag> {
    all().find(|flag| flag.name == name)
}

/// A flag that is acted on.
pub(super) const fn acted(
    group: Group,
    name: &'static str,
    kind: Kind,
    default: &'static str,
    value: &'static str,
    help: &'static str,
) -> Flag {
    Flag { name, kind, default, value, help, group, effect: Effect::ActedOn }
}

/// The same flag, accepted and nothing more.
pub(super) const fn accepted(flag: Flag) -> Flag {
    Flag { effect: Effect::Accepted, ..flag }
}

use Group::{Configuration, Keystore, Kms, Logging, Redis, Vault, Verification};
use Kind::{Choice, Number, Secret, Switch, Text};

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
