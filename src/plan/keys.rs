//! The keys, decided: which files, variables and keystores they come from, and what was taken for a key by mistake; read and
//! opened. What is done with them is left to the verbs.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{Environment, PrintPlan, palette_of};
use crate::cli::keys::{KeysAction, KeysArgs};
use crate::cli::keystore::{Encryption, KeystoreArgs, RemoteKeystoreArgs};
use crate::cli::shared::KeyArgs;
use crate::failure::Failure;
use crate::key::remote::{self, ProxySettings, RedisSettings, TlsSettings, VaultCaller, VaultSettings};
use crate::key::store::{self, Keystore, KeystoreFolder, Storage, Unlock};
use crate::key::{self, AuditKey, KeySet};
use crate::output::{KeysFormat, Palette};

/// Where Acra keeps its keys unless it is told otherwise.
const KEYS_DIR: &str = ".acrakeys";

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

/// How a key is given, for people.
pub(super) const GIVE_A_KEY: &str = "--key-file FILE, --key-env NAME, or --keys-dir DIR for Acra's keystore";

/// `keys`, decided.
#[derive(Debug)]
pub struct KeysPlan {
    pub action: KeysTask,
    pub given: GivenKeys,
    /// Where the answer is printed.
    pub print: PrintPlan,
}

/// What to do with keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeysTask {
    List(KeysFormat, Palette),
    /// Say that they can be used.
    Check,
    /// Print their fingerprints, in the order in which they are tried.
    Fingerprint,
}

/// Keys as they were given.
#[derive(Debug)]
pub struct GivenKeys {
    /// Those of files and variables.
    pub keys: Vec<AuditKey>,
    /// Those of a keystore.
    pub keystore: Option<Keystore>,
    /// What people should know about them; each one a line without the prefix.
    pub warnings: Vec<String>,
}

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

/// Decides on a look at keys.
///
/// # Errors
/// When no key was given, when one cannot be had, or when the current key of a keystore cannot be used and is not merely to
/// be listed.
pub fn keys(typed: KeysArgs, env: &Environment<'_>) -> Result<KeysPlan, Failure> {
    let print = match &typed.action {
        KeysAction::List(list) => &list.print,
        KeysAction::Check(other) | KeysAction::Fingerprint(other) => &other.print,
    };
    let print = super::print(&print.target, print.quiet);
    let (typed, action) = match typed.action {
        KeysAction::List(list) => {
            let palette = palette_of(&list.print, env);
            (list.keys, KeysTask::List(list.output_format, palette))
        }
        KeysAction::Check(check) => (check.keys, KeysTask::Check),
        KeysAction::Fingerprint(fingerprint) => {
            let (keys, warnings) = load(&fingerprint.keys, env)?;
            let given = GivenKeys { keys: keys.into_keys(), keystore: None, warnings };
            return Ok(KeysPlan { action: KeysTask::Fingerprint, given, print });
        }
    };
    let mut given = gather(&typed, env)?;
    if let Some(Err(failure)) = given.keystore.as_ref().map(Keystore::current) {
        if !matches!(action, KeysTask::List(..)) {
            return Err(failure.clone());
        }
        given.warnings.push(format!("the current key cannot be used: {}", failure.in_one_line()));
    }
    Ok(KeysPlan { action, given, print })
}

/// The keys to try for each chain, in their order, and what people should know about them.
pub(super) fn load(typed: &KeyArgs, env: &Environment<'_>) -> Result<(KeySet, Vec<String>), Failure> {
    let GivenKeys { keys, keystore, mut warnings } = gather(typed, env)?;
    let mut keys: KeySet = keys.into_iter().collect();
    if let Some(keystore) = keystore {
        warnings.extend(keystore.warning_without_current());
        keys.extend(keystore.into_keys()?);
    }
    Ok((keys, warnings))
}

/// Whether a key was asked for, in whatever way.
pub(super) fn is_named(typed: &KeyArgs) -> bool {
    has_other(typed) || names_keystore(&typed.keystore)
}

/// Whether there is a keystore where Acra has it when it is not told otherwise.
pub(super) fn has_default_keystore() -> bool {
    Path::new(KEYS_DIR).is_dir()
}

fn has_other(typed: &KeyArgs) -> bool {
    !typed.key_files.is_empty() || !typed.key_variables.is_empty()
}

fn gather(typed: &KeyArgs, env: &Environment<'_>) -> Result<GivenKeys, Failure> {
    let mut keys = Vec::new();
    let mut warnings = Vec::new();
    for path in &typed.key_files {
        let read = key::given::read_key_file(path)?;
        refuse_file(&read.key, path, typed, env)?;
        keys.push(read.key);
        warnings.extend(read.warning);
    }
    for name in &typed.key_variables {
        let key = key::given::parse_variable(name, env.secret(name))?;
        refuse_variable(&key, name, typed, env)?;
        keys.push(key);
    }
    let keystore = match source(&typed.keystore, !has_other(typed), env)? {
        Some(source) => {
            let is_default = typed.keystore.keys_dir.is_none() && matches!(source.place, KeystorePlace::Folder { .. });
            let (opened, warned) = open_keystore(&source, env)
                .map_err(|failure| if is_default { explain_default(&failure) } else { failure })?;
            warnings.extend(warned);
            Some(opened)
        }
        None => None,
    };
    if keys.is_empty() && keystore.is_none() {
        return Err(Failure::new("no audit log key was given").with_hint(GIVE_A_KEY));
    }
    Ok(GivenKeys { keys, keystore, warnings })
}

/// Says why a keystore was opened that nobody named.
fn explain_default(failure: &Failure) -> Failure {
    let hint = failure.hint.as_ref().map(|hint| format!("{hint}; ")).unwrap_or_default();
    failure.clone().with_hint(format!("{hint}the keystore {KEYS_DIR} is opened when no other key is given"))
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

/// Refuses a key of a file that is a master key.
fn refuse_file(key: &AuditKey, path: &Path, typed: &KeyArgs, env: &Environment<'_>) -> Result<(), Failure> {
    let beside = path.parent().unwrap_or(Path::new(""));
    let beside = [beside.join(KEYS_DIR), beside.join("keys"), beside.to_owned()];
    refuse(key, &format!("--master-key-file {}", path.display()), &beside, typed, env)
}

/// Refuses a key of a variable that is a master key.
fn refuse_variable(key: &AuditKey, name: &str, typed: &KeyArgs, env: &Environment<'_>) -> Result<(), Failure> {
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

/// Where Acra has its secret in Vault unless it is told otherwise.
const SECRETS_PATH: &str = "secret/";

/// A flag, and whether it was given.
type FlagValue = (&'static str, bool);

/// Whether a keystore was asked for, in whatever way.
fn names_keystore(typed: &KeystoreArgs) -> bool {
    typed.keys_dir.is_some() || names_opener(typed) || first(&redis_flags(&typed.remote)).is_some()
}

/// Whether something was given that opens a keystore.
fn names_opener(typed: &KeystoreArgs) -> bool {
    let remote = &typed.remote;
    let flags = [&master_flags(typed)[..], &vault_flags(remote), &[kms_flag(remote)]].concat();
    first(&flags).is_some() || remote.keystore_encryption.is_some()
}

/// The keystore that is meant; None when none is.
fn source(
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
    let remote = &typed.remote;
    if let Some(address) = &remote.redis_host_port {
        return redis(address, typed, env).map(KeystorePlace::Redis).map(Some);
    }
    if let Some(flag) = first(&redis_flags(remote)) {
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
    let remote = &typed.remote;
    if !is_host_and_port(address) {
        return Err(Failure::usage("--redis-host-port was given something that is not HOST:PORT")
            .with_hint("--redis-host-port redis.example:6379; the password comes from --redis-password-env NAME"));
    }
    let password = match &remote.redis_password_env {
        Some(name) => Some(password(name, env)?),
        None => None,
    };
    if remote.redis_user.is_some() && password.is_none() {
        return Err(Failure::new("--redis-user was given, but no password")
            .with_hint("--redis-password-env NAME; a user without a password takes any"));
    }
    let trust = &remote.redis_trust;
    let tls = TlsSettings {
        ca: trust.redis_tls_ca.clone(),
        certificate: trust.redis_tls_cert.clone(),
        key: trust.redis_tls_key.clone(),
        server_name: trust.redis_tls_sni.clone(),
        trusts_system: false,
    };
    if let Some(flag) = first(&redis_trust_flags(remote)).filter(|_| !remote.redis_tls) {
        return Err(Failure::usage(format!("{flag} was given, but no TLS for Redis")).with_hint("add --redis-tls"));
    }
    let keys_dir = match &typed.keys_dir {
        Some(path) => path.to_str().ok_or_else(|| Failure::usage("--keys-dir is not UTF-8, as names in Redis are"))?,
        None => KEYS_DIR,
    };
    Ok(RedisSettings {
        address: address.to_owned(),
        user: remote.redis_user.clone(),
        password,
        database: remote.redis_db.unwrap_or_default(),
        keys_dir: keys_dir.to_owned(),
        tls: remote.redis_tls.then_some(tls),
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
    let remote = &typed.remote;
    let encryption = remote.keystore_encryption.unwrap_or(Encryption::EnvMasterKey);
    let (vault, kms) = (vault_flags(remote), [kms_flag(remote)]);
    let [variable, file] = master_flags(typed);
    let refuse = |flags: &[FlagValue], hint: &str| match first(flags) {
        None => Ok(()),
        Some(flag) => Err(Failure::usage(format!("{flag} does not fit the way in which the keystore is opened"))
            .with_hint(hint.to_owned())),
    };
    let name = || typed.master_key_env.clone().unwrap_or_else(|| MASTER_KEY.to_owned());
    let credentials = || {
        remote.kms_credentials.clone().ok_or_else(|| {
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
            self::vault(remote).map(Opener::Vault)
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

fn vault(remote: &RemoteKeystoreArgs) -> Result<VaultSettings, Failure> {
    let Some(address) = remote.vault_address.clone() else {
        return Err(Failure::usage("the master key is to be taken from Vault, but no Vault was named")
            .with_hint("--vault-address URL"));
    };
    let trust = &remote.vault_trust;
    let tls = TlsSettings {
        ca: trust.vault_tls_ca.clone(),
        certificate: trust.vault_tls_cert.clone(),
        key: trust.vault_tls_key.clone(),
        server_name: trust.vault_tls_sni.clone(),
        trusts_system: false,
    };
    let tls_flag = vault_flags(remote).into_iter().skip(2).find(|(_, given)| *given);
    if let Some((flag, _)) = tls_flag.filter(|_| address.starts_with("http:")) {
        return Err(Failure::usage(format!("{flag} was given, but the address of Vault is not one with TLS"))
            .with_hint("the address begins with https"));
    }
    let path = remote.vault_secrets_path.clone().unwrap_or_else(|| SECRETS_PATH.to_owned());
    Ok(VaultSettings { address, path, tls })
}

/// The first flag that was given.
fn first(flags: &[FlagValue]) -> Option<&'static str> {
    flags.iter().find(|(_, given)| *given).map(|(flag, _)| *flag)
}

fn master_flags(typed: &KeystoreArgs) -> [FlagValue; 2] {
    [("--master-key-env", typed.master_key_env.is_some()), ("--master-key-file", typed.master_key_file.is_some())]
}

fn redis_flags(typed: &RemoteKeystoreArgs) -> Vec<FlagValue> {
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

fn redis_trust_flags(typed: &RemoteKeystoreArgs) -> [FlagValue; 4] {
    let trust = &typed.redis_trust;
    [
        ("--redis-tls-ca", trust.redis_tls_ca.is_some()),
        ("--redis-tls-cert", trust.redis_tls_cert.is_some()),
        ("--redis-tls-key", trust.redis_tls_key.is_some()),
        ("--redis-tls-sni", trust.redis_tls_sni.is_some()),
    ]
}

/// The address and the path, then those about TLS.
fn vault_flags(typed: &RemoteKeystoreArgs) -> [FlagValue; 6] {
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

fn kms_flag(typed: &RemoteKeystoreArgs) -> FlagValue {
    ("--kms-credentials", typed.kms_credentials.is_some())
}

#[cfg(test)]
mod tests;
