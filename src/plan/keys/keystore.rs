//! A keystore, decided: where it is and what opens it, whatever flags said so; and the opening.

use std::ffi::OsString;
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::Environment;
use crate::failure::Failure;
use crate::key::remote::{self, ProxySettings, RedisSettings, VaultCaller, VaultSettings};
use crate::key::store::{self, Keystore, KeystoreFolder, Storage, Unlock};

/// The variable in which Acra takes its master key.
pub(crate) const MASTER_KEY: &str = "ACRA_MASTER_KEY";

/// The variable in which Acra takes the token for Vault: base64.
const VAULT_TOKEN: &str = "VAULT_API_TOKEN";

/// The one in which the client of Vault that Acra uses takes a namespace.
const VAULT_NAMESPACE: &str = "VAULT_NAMESPACE";

/// The variables in which the world names a proxy for https, and the hosts that need none. The first that is set counts, as
/// it does for Acra.
const PROXY: [&str; 2] = ["HTTPS_PROXY", "https_proxy"];
const NO_PROXY: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// A keystore and what opens it.
#[derive(Debug)]
pub(crate) struct KeystoreSource {
    pub(crate) place: KeystorePlace,
    pub(crate) opener: Opener,
}

/// Where a keystore is.
#[derive(Debug)]
pub(crate) enum KeystorePlace {
    /// In a directory that was given to a flag.
    Folder {
        path: PathBuf,
        flag: &'static str,
    },
    Redis(RedisSettings),
}

/// What opens a keystore.
#[derive(Debug)]
pub(crate) enum Opener {
    /// A master key in an environment variable.
    Variable { name: String },
    /// A master key in a file.
    File(PathBuf),
    /// A master key in HashiCorp Vault.
    Vault(VaultSettings),
    /// A master key in an environment variable, which AWS KMS decrypts with the credentials of a file.
    KmsMaster { variable: String, credentials: PathBuf },
    /// AWS KMS decrypts each key.
    KmsPerClient { credentials: PathBuf },
}

/// Whether this is where a Redis can be. What is not may hold a password, and is not repeated in messages.
pub(crate) fn is_host_and_port(address: &str) -> bool {
    let (host, port) = address.rsplit_once(':').unwrap_or_default();
    !host.is_empty() && !host.contains(['/', '@']) && port.parse::<u16>().is_ok()
}

/// Opens a keystore: its keys, and what people should know about them and about the way to them.
///
/// # Errors
/// When it cannot be reached or opened. What is wrong with its current key is left to [`Keystore::current`].
pub(crate) fn open_keystore(
    source: &KeystoreSource,
    env: &Environment<'_>,
) -> Result<(Keystore, Vec<String>), Failure> {
    let mut warnings = Vec::new();
    let storage: Box<dyn Storage> = match &source.place {
        KeystorePlace::Folder { path, flag } => {
            let folder = KeystoreFolder::open(path.clone(), flag)?;
            warnings.extend(folder.warning());
            Box::new(folder)
        }
        KeystorePlace::Redis(settings) => {
            let (redis, warned) = remote::redis(settings)?;
            warnings.extend(warned);
            redis
        }
    };
    let unlock = unlock(source, storage.as_ref(), env, &mut warnings)?;
    let keystore = store::open(storage.as_ref(), &unlock)?;
    warnings.extend(keystore.warnings());
    Ok((keystore, warnings))
}

fn unlock(
    source: &KeystoreSource,
    storage: &dyn Storage,
    env: &Environment<'_>,
    warnings: &mut Vec<String>,
) -> Result<Unlock, Failure> {
    let (master, warned) = match &source.opener {
        Opener::Variable { name } => (store::from_variable(name, env.secret(name))?, Vec::new()),
        Opener::File(path) => {
            let (master, warning) = store::from_file(path)?;
            (master, warning.into_iter().collect())
        }
        Opener::Vault(settings) => {
            let held = |name: &str| env.secret(name).unwrap_or_default().into_encoded_bytes();
            let caller = VaultCaller { token: Zeroizing::new(held(VAULT_TOKEN)), namespace: held(VAULT_NAMESPACE) };
            remote::vault(settings, &caller, &proxy(env))?
        }
        Opener::KmsMaster { variable, credentials } => {
            let wrapped = store::wrapped_in_variable(variable, env.secret(variable))?;
            // Whatever its form: it is not for others.
            if store::is_master_key_of(storage, &wrapped) {
                let told = "it looks like a master key that is not encrypted; nothing was sent to KMS";
                let told = format!("the variable {variable}: {told}");
                let hint = "it opens this keystore without KMS: the strategy env_master_key";
                return Err(Failure::new(told).with_hint(hint));
            }
            remote::kms_master(credentials, &wrapped, &format!("the variable {variable}"), &proxy(env))?
        }
        Opener::KmsPerClient { credentials } => {
            let (service, warned) = remote::kms_per_client(credentials, &proxy(env))?;
            warnings.extend(warned);
            return Ok(Unlock::Service(service));
        }
    };
    warnings.extend(warned);
    Ok(Unlock::Master(master))
}

fn proxy(env: &Environment<'_>) -> ProxySettings {
    let first = |names: [&str; 2]| {
        let mut set = names.into_iter().filter_map(|name| env.secret(name)).map(OsString::into_encoded_bytes);
        set.find(|value| !value.is_empty())
    };
    let exempt = first(NO_PROXY).unwrap_or_default();
    ProxySettings { url: first(PROXY).map(Zeroizing::new), exempt: String::from_utf8_lossy(&exempt).into_owned() }
}
