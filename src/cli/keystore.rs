//! Where Acra's keystore is, and what opens it: in a folder or in Redis, with a master key from HashiCorp Vault or AWS KMS.
//! Arguments of every verb that takes keys; what they mean together, and beside other keys, is left to `plan`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

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
    pub remote: RemoteKeystoreArgs,
}

const REMOTE: &str = "Keystore elsewhere";

/// What opens the keystore, by the names Acra has for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Encryption {
    /// A master key in a variable or a file
    EnvMasterKey,
    /// A master key in HashiCorp Vault; the token comes from VAULT_API_TOKEN, in base64, a namespace from VAULT_NAMESPACE
    VaultMasterKey,
    /// A master key in a variable, which AWS KMS decrypts
    KmsEncryptedMasterKey,
    /// No master key: AWS KMS decrypts each key (keystore v1)
    KmsPerClient,
}

/// A keystore that is not in a directory, or not opened by a master key at hand.
#[derive(Clone, Debug, Default, Args)]
pub struct RemoteKeystoreArgs {
    /// What opens the keystore, as acra-server is told by --keystore_encryption_type [default: env-master-key]
    #[arg(long, value_enum, value_name = "NAME", help_heading = REMOTE)]
    pub keystore_encryption: Option<Encryption>,

    /// Take the keystore from Redis; --keys-dir is then what the names of its entries begin with [default: .acrakeys]
    #[arg(long, value_name = "HOST:PORT", help_heading = REMOTE)]
    pub redis_host_port: Option<String>,

    /// The user of Redis who asks, where it has users beside the default one; with --redis-password-env
    #[arg(long, value_name = "NAME", help_heading = REMOTE)]
    pub redis_user: Option<String>,

    /// The environment variable NAME holds the password of Redis
    #[arg(long, value_name = "NAME", help_heading = REMOTE)]
    pub redis_password_env: Option<String>,

    /// The number of the database in Redis [default: 0]
    #[arg(long, value_name = "N", help_heading = REMOTE)]
    pub redis_db: Option<u32>,

    /// Connect to Redis with TLS
    #[arg(long, help_heading = REMOTE)]
    pub redis_tls: bool,

    /// TLS for Redis.
    #[command(flatten)]
    pub redis_trust: RedisTrustArgs,

    /// The address of HashiCorp Vault
    ///
    /// A server with https on another machine is asked through the proxy that the variable HTTPS_PROXY names, unless NO_PROXY
    /// lists its host. The same goes for AWS KMS.
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url, help_heading = REMOTE)]
    pub vault_address: Option<String>,

    /// The path of the secret in Vault whose field acra_master_key is the master key [default: secret/]
    #[arg(long, value_name = "PATH", help_heading = REMOTE)]
    pub vault_secrets_path: Option<String>,

    /// TLS for Vault.
    #[command(flatten)]
    pub vault_trust: VaultTrustArgs,

    /// The credentials for AWS KMS: JSON with access_key_id, secret_access_key, region, and an endpoint if need be
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = REMOTE)]
    pub kms_credentials: Option<PathBuf>,
}

/// Whom to trust as Redis.
#[derive(Clone, Debug, Default, Args)]
pub struct RedisTrustArgs {
    /// The authorities that may vouch for Redis, in PEM [default: those of the system]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true, help_heading = REMOTE)]
    pub redis_tls_ca: Option<PathBuf>,

    /// The certificate to show to Redis, in PEM
    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        requires = "redis_tls_key",
        hide_short_help = true, help_heading = REMOTE
    )]
    pub redis_tls_cert: Option<PathBuf>,

    /// The private key of that certificate, in PEM
    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        requires = "redis_tls_cert",
        hide_short_help = true, help_heading = REMOTE
    )]
    pub redis_tls_key: Option<PathBuf>,

    /// The name that Redis must prove [default: its host]
    #[arg(long, value_name = "NAME", hide_short_help = true, help_heading = REMOTE)]
    pub redis_tls_sni: Option<String>,
}

/// Whom to trust as Vault.
#[derive(Clone, Debug, Default, Args)]
pub struct VaultTrustArgs {
    /// The authorities that may vouch for Vault, in PEM [default: those of the system]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true, help_heading = REMOTE)]
    pub vault_tls_ca: Option<PathBuf>,

    /// The certificate to show to Vault, in PEM
    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        requires = "vault_tls_key",
        hide_short_help = true, help_heading = REMOTE
    )]
    pub vault_tls_cert: Option<PathBuf>,

    /// The private key of that certificate, in PEM
    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        requires = "vault_tls_cert",
        hide_short_help = true, help_heading = REMOTE
    )]
    pub vault_tls_key: Option<PathBuf>,

    /// The name that Vault must prove [default: the host of its address]
    #[arg(long, value_name = "NAME", hide_short_help = true, help_heading = REMOTE)]
    pub vault_tls_sni: Option<String>,
}
