//! From the flags about keystores to the keystore that is meant. Flags that do not fit together are refused here.

use std::path::PathBuf;

use zeroize::Zeroizing;

use super::keystore::{KeystorePlace, KeystoreSource, MASTER_KEY, Opener, is_host_and_port};
use super::{Environment, KEYS_DIR, has_default_keystore};
use crate::cli::keystore::{ElsewhereArgs, Encryption, KeystoreArgs};
use crate::failure::Failure;
use crate::key::remote::{RedisSettings, TlsSettings, VaultSettings};

/// Where Acra has its secret in Vault unless it is told otherwise.
const SECRETS_PATH: &str = "secret/";

/// A flag, and whether it was given.
type Flag = (&'static str, bool);

/// Whether a keystore was asked for, in whatever way.
pub(super) fn names_keystore(typed: &KeystoreArgs) -> bool {
    typed.keys_dir.is_some() || names_opener(typed) || first(&redis_flags(&typed.elsewhere)).is_some()
}

/// Whether something was given that opens a keystore.
pub(super) fn names_opener(typed: &KeystoreArgs) -> bool {
    let elsewhere = &typed.elsewhere;
    let flags = [&master_flags(typed)[..], &vault_flags(elsewhere), &[kms_flag(elsewhere)]].concat();
    first(&flags).is_some() || elsewhere.keystore_encryption.is_some()
}

/// The keystore that is meant; None when none is.
pub(super) fn source(
    typed: &KeystoreArgs,
    may_be_default: bool,
    env: &Environment<'_>,
) -> Result<Option<KeystoreSource>, Failure> {
    let Some(place) = place(typed, may_be_default, env)? else {
        return Ok(None);
    };
    Ok(Some(KeystoreSource { place, opener: opener(typed)? }))
}

fn place(typed: &KeystoreArgs, may_be_default: bool, env: &Environment<'_>) -> Result<Option<KeystorePlace>, Failure> {
    let elsewhere = &typed.elsewhere;
    if let Some(address) = &elsewhere.redis_host_port {
        return redis(address, typed, env).map(KeystorePlace::Redis).map(Some);
    }
    if let Some(flag) = first(&redis_flags(elsewhere)) {
        return Err(Failure::usage(format!("{flag} was given, but no Redis")).with_hint("--redis-host-port HOST:PORT"));
    }
    let path = match &typed.keys_dir {
        Some(path) => path.clone(),
        None if may_be_default && has_default_keystore() => PathBuf::from(KEYS_DIR),
        None if names_opener(typed) => {
            return Err(Failure::usage("a master key was given, but no keystore that it opens")
                .with_hint("--keys-dir DIR, or --redis-host-port HOST:PORT"));
        }
        None => return Ok(None),
    };
    Ok(Some(KeystorePlace::Folder { path, flag: "--keys-dir" }))
}

fn redis(address: &str, typed: &KeystoreArgs, env: &Environment<'_>) -> Result<RedisSettings, Failure> {
    let elsewhere = &typed.elsewhere;
    if !is_host_and_port(address) {
        return Err(Failure::usage("--redis-host-port was given something that is not HOST:PORT")
            .with_hint("--redis-host-port redis.example:6379; the password comes from --redis-password-env NAME"));
    }
    let password = match &elsewhere.redis_password_env {
        Some(name) => Some(password(name, env)?),
        None => None,
    };
    if elsewhere.redis_user.is_some() && password.is_none() {
        return Err(Failure::new("--redis-user was given, but no password")
            .with_hint("--redis-password-env NAME; a user without a password takes any"));
    }
    let trust = &elsewhere.redis_trust;
    let tls = TlsSettings {
        ca: trust.redis_tls_ca.clone(),
        certificate: trust.redis_tls_cert.clone(),
        key: trust.redis_tls_key.clone(),
        server_name: trust.redis_tls_sni.clone(),
        trusts_system: false,
    };
    if let Some(flag) = first(&redis_trust_flags(elsewhere)).filter(|_| !elsewhere.redis_tls) {
        return Err(Failure::usage(format!("{flag} was given, but no TLS for Redis")).with_hint("add --redis-tls"));
    }
    let keys_dir = match &typed.keys_dir {
        Some(path) => path.to_str().ok_or_else(|| Failure::usage("--keys-dir is not UTF-8, as names in Redis are"))?,
        None => KEYS_DIR,
    };
    Ok(RedisSettings {
        address: address.to_owned(),
        user: elsewhere.redis_user.clone(),
        password,
        database: elsewhere.redis_db.unwrap_or_default(),
        keys_dir: keys_dir.to_owned(),
        tls: elsewhere.redis_tls.then_some(tls),
    })
}

/// The name of the variable is not repeated: the password in its place is an easy slip.
fn password(name: &str, env: &Environment<'_>) -> Result<Zeroizing<String>, Failure> {
    let hint = "export the password as a variable and give its name: --redis-password-env REDIS_PASSWORD";
    let value = Zeroizing::new(env.secret(name).unwrap_or_default().into_encoded_bytes());
    let text = std::str::from_utf8(&value).map_err(|_| {
        Failure::new("the variable that --redis-password-env names does not hold a text").with_hint(hint)
    })?;
    if text.is_empty() {
        let message = "the variable that --redis-password-env names is not set, or empty";
        return Err(Failure::new(message).with_hint(hint));
    }
    Ok(Zeroizing::new(text.to_owned()))
}

fn opener(typed: &KeystoreArgs) -> Result<Opener, Failure> {
    let elsewhere = &typed.elsewhere;
    let encryption = elsewhere.keystore_encryption.unwrap_or(Encryption::EnvMasterKey);
    let (vault, kms) = (vault_flags(elsewhere), [kms_flag(elsewhere)]);
    let [variable, file] = master_flags(typed);
    let refuse = |flags: &[Flag], hint: &str| match first(flags) {
        None => Ok(()),
        Some(flag) => Err(Failure::usage(format!("{flag} does not fit the way in which the keystore is opened"))
            .with_hint(hint.to_owned())),
    };
    let name = || typed.master_key_env.clone().unwrap_or_else(|| MASTER_KEY.to_owned());
    let credentials = || {
        elsewhere.kms_credentials.clone().ok_or_else(|| {
            Failure::usage("AWS KMS is to be asked, but no credentials for it were given")
                .with_hint("--kms-credentials FILE, the one that acra-server is given as --kms_credentials_path")
        })
    };
    match encryption {
        Encryption::EnvMasterKey => {
            refuse(&vault, "add --keystore-encryption vault-master-key")?;
            refuse(&kms, "add --keystore-encryption kms-encrypted-master-key, or kms-per-client")?;
            let file = typed.master_key_file.clone().map(Opener::File);
            Ok(file.unwrap_or_else(|| Opener::Variable { name: name() }))
        }
        Encryption::VaultMasterKey => {
            refuse(&[variable, file], "the master key is taken from Vault: leave this out")?;
            refuse(&kms, "the master key is taken from Vault: leave this out")?;
            self::vault(elsewhere).map(Opener::Vault)
        }
        Encryption::KmsEncryptedMasterKey => {
            refuse(&[file], "KMS decrypts what is in a variable: --master-key-env NAME, or ACRA_MASTER_KEY")?;
            refuse(&vault, "the master key is decrypted by KMS: leave this out")?;
            Ok(Opener::KmsMaster { variable: name(), credentials: credentials()? })
        }
        Encryption::KmsPerClient => {
            refuse(&[variable, file], "KMS decrypts each key, without a master key: leave this out")?;
            refuse(&vault, "KMS decrypts each key, without a master key: leave this out")?;
            Ok(Opener::KmsPerClient { credentials: credentials()? })
        }
    }
}

fn vault(elsewhere: &ElsewhereArgs) -> Result<VaultSettings, Failure> {
    let Some(address) = elsewhere.vault_address.clone() else {
        return Err(Failure::usage("the master key is to be taken from Vault, but no Vault was named")
            .with_hint("--vault-address URL"));
    };
    let trust = &elsewhere.vault_trust;
    let tls = TlsSettings {
        ca: trust.vault_tls_ca.clone(),
        certificate: trust.vault_tls_cert.clone(),
        key: trust.vault_tls_key.clone(),
        server_name: trust.vault_tls_sni.clone(),
        trusts_system: false,
    };
    let tls_flag = vault_flags(elsewhere).into_iter().skip(2).find(|(_, given)| *given);
    if let Some((flag, _)) = tls_flag.filter(|_| address.starts_with("http:")) {
        return Err(Failure::usage(format!("{flag} was given, but the address of Vault is not one with TLS"))
            .with_hint("the address begins with https"));
    }
    let path = elsewhere.vault_secrets_path.clone().unwrap_or_else(|| SECRETS_PATH.to_owned());
    Ok(VaultSettings { address, path, tls })
}

/// The first flag that was given.
fn first(flags: &[Flag]) -> Option<&'static str> {
    flags.iter().find(|(_, given)| *given).map(|(flag, _)| *flag)
}

fn master_flags(typed: &KeystoreArgs) -> [Flag; 2] {
    [("--master-key-env", typed.master_key_env.is_some()), ("--master-key-file", typed.master_key_file.is_some())]
}

fn redis_flags(typed: &ElsewhereArgs) -> Vec<Flag> {
    let mut flags = vec![
        ("--redis-host-port", typed.redis_host_port.is_some()),
        ("--redis-user", typed.redis_user.is_some()),
        ("--redis-password-env", typed.redis_password_env.is_some()),
        ("--redis-db", typed.redis_db.is_some()),
        ("--redis-tls", typed.redis_tls),
    ];
    flags.extend(redis_trust_flags(typed));
    flags
}

fn redis_trust_flags(typed: &ElsewhereArgs) -> [Flag; 4] {
    let trust = &typed.redis_trust;
    [
        ("--redis-tls-ca", trust.redis_tls_ca.is_some()),
        ("--redis-tls-cert", trust.redis_tls_cert.is_some()),
        ("--redis-tls-key", trust.redis_tls_key.is_some()),
        ("--redis-tls-sni", trust.redis_tls_sni.is_some()),
    ]
}

/// The address and the path, then those about TLS.
fn vault_flags(typed: &ElsewhereArgs) -> [Flag; 6] {
    let trust = &typed.vault_trust;
    [
        ("--vault-address", typed.vault_address.is_some()),
        ("--vault-secrets-path", typed.vault_secrets_path.is_some()),
        ("--vault-tls-ca", trust.vault_tls_ca.is_some()),
        ("--vault-tls-cert", trust.vault_tls_cert.is_some()),
        ("--vault-tls-key", trust.vault_tls_key.is_some()),
        ("--vault-tls-sni", trust.vault_tls_sni.is_some()),
    ]
}

fn kms_flag(typed: &ElsewhereArgs) -> Flag {
    ("--kms-credentials", typed.kms_credentials.is_some())
}
