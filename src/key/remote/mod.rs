//! Services that keep a keystore or open it, Redis, HashiCorp Vault, AWS KMS, and the settings to reach them. Each is a
//! cargo feature; without it, asking for the service is a failure that says so. What the keys mean is left to `store`.

#[cfg(any(feature = "vault", feature = "kms", feature = "webhook"))]
pub(crate) mod http;
#[cfg(feature = "kms")]
mod kms;
#[cfg(feature = "redis")]
mod redis;
#[cfg(any(feature = "cli", feature = "redis"))]
pub(crate) mod socket;
#[cfg(any(feature = "redis", feature = "vault", feature = "kms", feature = "webhook"))]
pub(crate) mod tls;
#[cfg(feature = "vault")]
mod vault;

use std::fmt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::store::{KeyService, MasterKey, Storage};
use crate::failure::Failure;

/// The keystore in Redis, connected; and what people should know about the way to it.
///
/// # Errors
/// When Redis cannot be reached, or refuses.
pub fn redis(settings: &RedisSettings) -> Result<(Box<dyn Storage>, Vec<String>), Failure> {
    #[cfg(feature = "redis")]
    {
        let (redis, warnings) = redis::Redis::open(settings)?;
        Ok((Box::new(redis), warnings))
    }
    #[cfg(not(feature = "redis"))]
    {
        let _ = settings;
        Err(absent("Redis", "redis"))
    }
}

/// The master key in HashiCorp Vault, and what people should know about the way to it.
///
/// # Errors
/// When Vault cannot be reached, refuses, or holds no master key at the path.
pub fn vault(
    settings: &VaultSettings,
    caller: &VaultCaller,
    proxy: &ProxySettings,
) -> Result<(MasterKey, Vec<String>), Failure> {
    #[cfg(feature = "vault")]
    {
        vault::master_key(settings, caller, proxy)
    }
    #[cfg(not(feature = "vault"))]
    {
        let _ = (settings, caller, proxy);
        Err(absent("HashiCorp Vault", "vault"))
    }
}

/// The master key that AWS KMS makes of `wrapped`, which was taken from the place that `source` names; and what people should
/// know about the credentials.
///
/// # Errors
/// When the credentials cannot be read, when KMS cannot be reached, or refuses.
pub fn kms_master(
    credentials: &Path,
    wrapped: &Zeroizing<Vec<u8>>,
    source: &str,
    proxy: &ProxySettings,
) -> Result<(MasterKey, Vec<String>), Failure> {
    #[cfg(feature = "kms")]
    {
        kms::master_key(credentials, wrapped, source, proxy)
    }
    #[cfg(not(feature = "kms"))]
    {
        let _ = (credentials, wrapped, source, proxy);
        Err(absent("AWS KMS", "kms"))
    }
}

/// AWS KMS as the one who decrypts each key; and what people should know about the credentials.
///
/// # Errors
/// When the credentials cannot be read.
pub fn kms_per_client(
    credentials: &Path,
    proxy: &ProxySettings,
) -> Result<(Box<dyn KeyService>, Vec<String>), Failure> {
    #[cfg(feature = "kms")]
    {
        kms::per_client(credentials, proxy)
    }
    #[cfg(not(feature = "kms"))]
    {
        let _ = (credentials, proxy);
        Err(absent("AWS KMS", "kms"))
    }
}

/// Said in place of a service that was left out of the build.
#[cfg(not(all(feature = "redis", feature = "vault", feature = "kms")))]
fn absent(service: &str, feature: &str) -> Failure {
    Failure::new(format!("this acralog was built without {service}"))
        .with_hint(format!("build it with the cargo feature {feature}, which is one of the default ones"))
}

/// A keystore in Redis.
pub struct RedisSettings {
    /// `HOST:PORT`.
    pub address: String,
    /// Who asks; None is the default user, the only one that Acra knows.
    pub user: Option<String>,
    /// What AUTH is given.
    pub password: Option<Zeroizing<String>>,
    /// The number of the database.
    pub database: u32,
    /// What Acra is given as `--keys_dir`, which the names of its entries begin with.
    pub keys_dir: String,
    /// None is a connection without TLS.
    pub tls: Option<TlsSettings>,
}

/// Shows whether there is a user and a password, never the password.
impl fmt::Debug for RedisSettings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("RedisSettings")
            .field("address", &self.address)
            .field("has_user", &self.user.is_some())
            .field("has_password", &self.password.is_some())
            .field("database", &self.database)
            .field("keys_dir", &self.keys_dir)
            .field("tls", &self.tls)
            .finish()
    }
}

/// A master key in HashiCorp Vault. Who asks for it is handed in beside it.
#[derive(Clone, Debug)]
pub struct VaultSettings {
    /// The URL of the server: `https://vault.example:8200`.
    pub address: String,
    /// The path of the secret, which begins with the mount: `secret/acra`.
    pub path: String,
    /// For addresses that begin with `https`.
    pub tls: TlsSettings,
}

/// Who asks Vault, as the environment says it. Never shown.
pub struct VaultCaller {
    /// The token, in base64 as Acra takes it.
    pub token: Zeroizing<Vec<u8>>,
    /// The part of Vault that is meant; nothing is the root, and what a Vault has that knows no namespaces.
    pub namespace: Vec<u8>,
}

/// The proxy through which servers are asked by https. Those by http, and this machine, are asked directly.
#[derive(Default)]
pub struct ProxySettings {
    /// `http://proxy.example:3128`, with a user and a password if need be.
    pub url: Option<Zeroizing<Vec<u8>>>,
    /// The hosts that are asked directly, with commas between them: `host.example`, `.example` for all below it, `*` for all.
    pub exempt: String,
}

/// Shows whether there is a proxy, never its password.
impl fmt::Debug for ProxySettings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (has_url, exempt) = (self.url.is_some(), &self.exempt);
        out.debug_struct("ProxySettings").field("has_url", &has_url).field("exempt", exempt).finish()
    }
}

/// Whom to trust, and who one is. Files are PEM.
#[derive(Clone, Debug, Default)]
pub struct TlsSettings {
    /// The authorities that may vouch for the server; None are those of the system.
    pub ca: Option<PathBuf>,
    /// Whether those of the system may vouch for it as well when `ca` is given.
    pub trusts_system: bool,
    /// The certificate of the client, with those it was issued by.
    pub certificate: Option<PathBuf>,
    /// The private key of the client's certificate.
    pub key: Option<PathBuf>,
    /// The name the server is asked for and must prove; None is the host of its address.
    pub server_name: Option<String>,
}
