//! The flags of acra-log-verifier: one table for parsing, help, configuration files and documents. What they lead to is
//! left to `plan`.

use super::flag::{Flag, Group, Kind, acted};
use super::tls;

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
