//! A keystore, decided: where it is and what opens it, whatever flags said so; and the opening.

use std::path::PathBuf;

use zeroize::Zeroizing;

use super::Surroundings;
use crate::failure::Failure;
use crate::key::remote::{self, RedisSettings, VaultSettings};
use crate::key::store::{self, Folder, Keystore, Storage, Unlock};

/// The variable in which Acra takes its master key.
pub(in crate::plan) const MASTER_KEY: &str = "ACRA_MASTER_KEY";

/// The variable in which Acra takes the token for Vault: base64.
const VAULT_TOKEN: &str = "VAULT_API_TOKEN";

/// A keystore and what opens it.
#[derive(Debug)]
pub(in crate::plan) struct KeystoreSource {
    pub(in crate::plan) place: KeystorePlace,
    pub(in crate::plan) opener: Opener,
}

/// Where a keystore is.
#[derive(Debug)]
pub(in crate::plan) enum KeystorePlace {
    /// In a directory that was given to a flag.
    Folder {
        path: PathBuf,
        flag: &'static str,
    },
    Redis(RedisSettings),
}

/// What opens a keystore.
#[derive(Debug)]
pub(in crate::plan) enum Opener {
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
pub(in crate::plan) fn is_host_and_port(address: &str) -> bool {
    let (host, port) = address.rsplit_once(':').unwrap_or_default();
    !host.is_empty() && !host.contains(['/', '@']) && port.parse::<u16>().is_ok()
}

/// Opens a keystore: its keys, and what people should know about them and about the way to them.
///
/// # Errors
/// When it cannot be reached or opened. What is wrong with its current key is left to [`Keystore::current`].
pub(in crate::plan) fn open_keystore(
    source: &KeystoreSource,
    around: &Surroundings<'_>,
) -> Result<(Keystore, Vec<String>), Failure> {
    let mut warnings = Vec::new();
    let storage: Box<dyn Storage> = match &source.place {
        KeystorePlace::Folder { path, flag } => {
            let folder = Folder::open(path.clone(), flag)?;
            warnings.extend(folder.warning());
            Box::new(folder)
        }
        KeystorePlace::Redis(settings) => remote::redis(settings)?,
    };
    let unlock = unlock(&source.opener, around, &mut warnings)?;
    let keystore = store::open(storage.as_ref(), &unlock)?;
    warnings.extend(keystore.warnings());
    Ok((keystore, warnings))
}

fn unlock(opener: &Opener, around: &Surroundings<'_>, warnings: &mut Vec<String>) -> Result<Unlock, Failure> {
    let (master, warned) = match opener {
        Opener::Variable { name } => (store::from_variable(name, around.secret(name))?, Vec::new()),
        Opener::File(path) => {
            let (master, warning) = store::from_file(path)?;
            (master, warning.into_iter().collect())
        }
        Opener::Vault(settings) => {
            let token = Zeroizing::new(around.secret(VAULT_TOKEN).unwrap_or_default().into_encoded_bytes());
            remote::vault(settings, &token)?
        }
        Opener::KmsMaster { variable, credentials } => {
            let wrapped = store::wrapped_in_variable(variable, around.secret(variable))?;
            remote::kms_master(credentials, &wrapped, &format!("the variable {variable}"))?
        }
        Opener::KmsPerClient { credentials } => {
            let (service, warned) = remote::kms_per_client(credentials)?;
            warnings.extend(warned);
            return Ok(Unlock::Service(service));
        }
    };
    warnings.extend(warned);
    Ok(Unlock::Master(master))
}
