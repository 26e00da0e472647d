//! A master key given as an audit log key: both are 32 bytes that look like nothing. What tells them apart is at hand more
//! often than not: the variable of Acra that holds the master key, or a keystore that it opens.

use std::path::{Path, PathBuf};

use super::keystore::MASTER_KEY;
use super::{Environment, KEYS_DIR};
use crate::cli::shared::KeyArgs;
use crate::failure::Failure;
use crate::key::AuditKey;
use crate::key::store::{self, KeystoreFolder};

/// Refuses a key of a file that is a master key.
pub(super) fn refuse_file(key: &AuditKey, path: &Path, typed: &KeyArgs, env: &Environment<'_>) -> Result<(), Failure> {
    let beside = path.parent().unwrap_or(Path::new(""));
    let beside = [beside.join(KEYS_DIR), beside.join("keys"), beside.to_owned()];
    refuse(key, &format!("--master-key-file {}", path.display()), &beside, typed, env)
}

/// Refuses a key of a variable that is a master key.
pub(super) fn refuse_variable(
    key: &AuditKey,
    name: &str,
    typed: &KeyArgs,
    env: &Environment<'_>,
) -> Result<(), Failure> {
    refuse(key, &format!("--master-key-env {name}"), &[], typed, env)
}

fn refuse(
    key: &AuditKey,
    as_master: &str,
    beside: &[PathBuf],
    typed: &KeyArgs,
    env: &Environment<'_>,
) -> Result<(), Failure> {
    let places = typed.keystore.keys_dir.iter().cloned().chain([PathBuf::from(KEYS_DIR)]);
    let opened = places.chain(beside.iter().cloned()).find(|place| opens(place, key));
    let source = key.source();
    let (told, place) = match opened {
        Some(place) => {
            let place = place.display().to_string();
            (format!("{source}: this is the master key of the keystore {place}, not an audit log key"), place)
        }
        None if store::from_variable(MASTER_KEY, env.secret(MASTER_KEY)).is_ok_and(|master| master.is(key.bytes())) => {
            (format!("{source}: this is the master key in {MASTER_KEY}, not an audit log key"), "DIR".to_owned())
        }
        None => return Ok(()),
    };
    Err(Failure::new(told)
        .with_hint(format!("it opens the keystore that the audit log key is in: --keys-dir {place} {as_master}")))
}

fn opens(place: &Path, key: &AuditKey) -> bool {
    place.is_dir()
        && KeystoreFolder::open(place.to_owned(), "").is_ok_and(|folder| store::is_master_key_of(&folder, key.bytes()))
}
