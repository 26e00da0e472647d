//! Services that keep a keystore or open it: Redis, HashiCorp Vault, AWS KMS. Each is a cargo feature; without it, asking for
//! the service is a failure that says so. What the keys mean is left to `store`.

#[cfg(any(feature = "vault", feature = "kms"))]
mod address;
#[cfg(any(feature = "redis", feature = "vault", feature = "kms"))]
mod host;
#[cfg(any(feature = "vault", feature = "kms"))]
mod http;
#[cfg(any(feature = "vault", feature = "kms"))]
mod json;
#[cfg(feature = "kms")]
mod kms;
#[cfg(any(feature = "vault", feature = "kms"))]
mod proxy;
#[cfg(feature = "redis")]
mod redis;
mod settings;
#[cfg(any(feature = "redis", feature = "vault", feature = "kms"))]
mod tls;
#[cfg(feature = "vault")]
mod vault;

use std::path::Path;

use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::key::store::{KeyService, MasterKey, Storage};

pub use settings::{ProxySettings, RedisSettings, TlsSettings, VaultCaller, VaultSettings};

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
