//! Where acra-log-verifier has its keys: a keystore in a folder or in Redis, and what opens it.

use std::path::PathBuf;

use zeroize::Zeroizing;

use super::VerifierFlags;
use super::typed::FlagValues;
use crate::failure::Failure;
use crate::key::KeySet;
use crate::key::remote::{RedisSettings, TlsSettings, VaultSettings};
use crate::plan::Environment;
use crate::plan::keys::{KeystorePlace, KeystoreSource, MASTER_KEY, Opener, is_host_and_port, open_keystore};

/// Keys, and how they were had.
#[derive(Debug)]
pub struct VerifierKeys {
    /// The keys to try for each chain, newest first.
    pub keys: KeySet,
    /// What people should know about them.
    pub warnings: Vec<String>,
    /// What gave the master key, as Acra words it.
    pub loader: &'static str,
}

/// Opens the keystore that the flags name.
///
/// # Errors
/// When the flags do not name one, or it cannot be opened.
pub fn verifier_keys(flags: &VerifierFlags, env: &Environment<'_>) -> Result<VerifierKeys, Failure> {
    let typed = &flags.typed;
    let (opener, loader) = opener(typed, env)?;
    let source = KeystoreSource { place: place(typed)?, opener };
    let (keystore, mut warnings) = open_keystore(&source, env)?;
    warnings.extend(keystore.warning_without_current());
    Ok(VerifierKeys { keys: keystore.into_keys()?, warnings, loader })
}

fn place(typed: &FlagValues) -> Result<KeystorePlace, Failure> {
    let folder = || KeystorePlace::Folder { path: PathBuf::from(typed.text("keys_dir")), flag: "--keys_dir" };
    let Some(address) = typed.some("redis_host_port") else { return Ok(folder()) };
    // So Acra is told that Redis holds something else, and no keys.
    if typed.text("redis_db_keys") == "-1" {
        return Ok(folder());
    }
    if !is_host_and_port(address) {
        return Err(Failure::new("--redis_host_port was given something that is not HOST:PORT")
            .with_hint("--redis_host_port=redis.example:6379; the password belongs to --redis_password"));
    }
    let no_database = || Failure::new("--redis_db_keys is not the number of a Redis database");
    Ok(KeystorePlace::Redis(RedisSettings {
        address: address.to_owned(),
        user: None,
        password: typed.some("redis_password").map(|password| Zeroizing::new(password.to_owned())),
        database: typed.text("redis_db_keys").parse().map_err(|_| no_database())?,
        keys_dir: typed.text("keys_dir").to_owned(),
        tls: typed.is_on("redis_tls_enable").then(|| tls(typed, "redis_tls_client_")),
    }))
}

fn opener(typed: &FlagValues, env: &Environment<'_>) -> Result<(Opener, &'static str), Failure> {
    match typed.text("keystore_encryption_type") {
        "vault_master_key" => vault(typed),
        "kms_encrypted_master_key" => {
            let opener = Opener::KmsMaster { variable: master_key(env)?, credentials: credentials(typed)? };
            Ok((opener, "KMS ACRA_MASTER_KEY"))
        }
        "kms_per_client" => Ok((Opener::KmsPerClient { credentials: credentials(typed)? }, "KMS")),
        // Before it had strategies, Acra asked Vault as soon as its address was given.
        _ if !env.is_set(MASTER_KEY) && typed.some("vault_connection_api_string").is_some() => vault(typed),
        _ => Ok((Opener::Variable { name: master_key(env)? }, "default env ACRA_MASTER_KEY")),
    }
}

/// The variable with the master key; elsewhere it can be another one.
fn master_key(env: &Environment<'_>) -> Result<String, Failure> {
    if env.is_set(MASTER_KEY) {
        return Ok(MASTER_KEY.to_owned());
    }
    let failure = Failure::new(format!("the variable {MASTER_KEY} is not set, or empty"));
    Err(failure.with_hint("it holds the master key of the keystore, in base64"))
}

fn vault(typed: &FlagValues) -> Result<(Opener, &'static str), Failure> {
    let Some(address) = typed.some("vault_connection_api_string") else {
        return Err(Failure::new("the address of Vault is missing").with_hint("--vault_connection_api_string=URL"));
    };
    let tls = if address.starts_with("https:") && typed.is_on("vault_tls_transport_enable") {
        let mut tls = tls(typed, "vault_tls_client_");
        if typed.some("vault_tls_client_ca").is_none() {
            tls.ca = typed.some("vault_tls_ca_path").map(PathBuf::from).or(tls.ca);
        }
        tls
    } else {
        TlsSettings::default()
    };
    let settings =
        VaultSettings { address: address.to_owned(), path: typed.text("vault_secrets_path").to_owned(), tls };
    Ok((Opener::Vault(settings), "HashiCorp Vault ACRA_MASTER_KEY"))
}

fn credentials(typed: &FlagValues) -> Result<PathBuf, Failure> {
    if typed.some("kms_type").is_none() {
        return Err(Failure::new("the key management service is missing").with_hint("--kms_type=aws"));
    }
    let path = typed.some("kms_credentials_path").map(PathBuf::from);
    path.ok_or_else(|| Failure::new("the credentials of KMS are missing").with_hint("--kms_credentials_path=FILE"))
}

/// The TLS settings with a prefix; those without one stand in for what is missing.
fn tls(typed: &FlagValues, prefix: &str) -> TlsSettings {
    let own = |name: &str| typed.some(&format!("{prefix}{name}"));
    let file = |name: &str| own(name).or_else(|| typed.some(&format!("tls_{name}"))).map(PathBuf::from);
    TlsSettings {
        ca: file("ca"),
        // Acra adds the authority to those of the system.
        trusts_system: true,
        certificate: file("cert"),
        key: file("key"),
        server_name: own("sni").map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    fn typed(line: &str) -> FlagValues {
        FlagValues::read(line.split_whitespace().map(OsString::from).collect()).unwrap()
    }

    fn opener_of(line: &str, is_set: bool) -> Result<(Opener, &'static str), Failure> {
        let variable = |name: &str| (is_set && name == MASTER_KEY).then(|| OsString::from("x"));
        opener(&typed(line), &Environment::of_a_test(&variable, false))
    }

    #[test]
    fn the_strategy_decides_what_opens_the_keystore() {
        const VAULT: &str = "-vault_connection_api_string http://v";
        const KMS: &str = "-kms_type aws -kms_credentials_path c -keystore_encryption_type";
        for (line, is_set, loader) in [
            (String::new(), true, "default env ACRA_MASTER_KEY"),
            ("-keystore_encryption_type=env_master_key -kms_type=aws".to_owned(), true, "default env ACRA_MASTER_KEY"),
            (format!("{VAULT} -keystore_encryption_type vault_master_key"), true, "HashiCorp Vault ACRA_MASTER_KEY"),
            (VAULT.to_owned(), false, "HashiCorp Vault ACRA_MASTER_KEY"),
            (VAULT.to_owned(), true, "default env ACRA_MASTER_KEY"),
            (format!("{KMS} kms_encrypted_master_key"), true, "KMS ACRA_MASTER_KEY"),
            (format!("{KMS}=kms_per_client"), false, "KMS"),
        ] {
            let (opener, named) = opener_of(&line, is_set).unwrap();
            let is_right = match &opener {
                Opener::Variable { name } => loader.starts_with("default") && name == MASTER_KEY,
                Opener::Vault(vault) => {
                    loader.starts_with("HashiCorp") && vault.address == "http://v" && vault.path == "secret/"
                }
                Opener::KmsMaster { credentials, .. } => loader.starts_with("KMS A") && credentials.ends_with("c"),
                Opener::KmsPerClient { credentials } => loader == "KMS" && credentials.ends_with("c"),
                Opener::File(_) => false,
            };
            assert!(is_right && named == loader, "{line}: {opener:?} {named}");
        }
    }

    #[test]
    fn what_a_strategy_lacks_is_named() {
        for (line, is_set, hint) in [
            ("-keystore_encryption_type vault_master_key", true, "--vault_connection_api_string=URL"),
            ("-keystore_encryption_type kms_per_client", true, "--kms_type=aws"),
            ("-keystore_encryption_type kms_per_client -kms_type aws", true, "--kms_credentials_path=FILE"),
            ("", false, "it holds the master key of the keystore, in base64"),
        ] {
            assert_eq!(opener_of(line, is_set).unwrap_err().hint.as_deref(), Some(hint), "{line}");
        }
    }

    #[test]
    fn settings_for_tls_fall_back_on_those_for_all() {
        let line = "-redis_host_port h:1 -redis_db_keys 3 -redis_password p -keys_dir k -redis_tls_enable \
                    -redis_tls_client_ca own -tls_ca common -tls_cert cert -tls_key key -redis_tls_client_sni name";
        let KeystorePlace::Redis(redis) = place(&typed(line)).unwrap() else { panic!("not Redis") };
        assert_eq!((&redis.address[..], redis.database, &redis.keys_dir[..]), ("h:1", 3, "k"));
        assert!(redis.password.is_some_and(|password| *password == "p"));
        let tls = redis.tls.unwrap();
        assert_eq!((tls.ca, tls.trusts_system), (Some("own".into()), true));
        assert_eq!(tls.certificate, Some("cert".into()));
        assert_eq!((tls.key, tls.server_name.as_deref()), (Some("key".into()), Some("name")));
        for (line, ca) in [
            ("-vault_tls_transport_enable -vault_tls_ca_path old -tls_ca common", Some("old")),
            ("-vault_tls_transport_enable -vault_tls_ca_path old -vault_tls_client_ca new", Some("new")),
            ("-vault_tls_transport_enable -tls_ca common", Some("common")),
            ("-vault_tls_client_ca new", None),
        ] {
            let line = format!("-vault_connection_api_string https://v {line}");
            let Ok((Opener::Vault(vault), _)) = opener_of(&line, false) else { panic!("not Vault") };
            assert_eq!(vault.tls.ca, ca.map(PathBuf::from), "{line}");
        }
    }

    #[test]
    fn without_redis_the_keystore_is_a_folder_and_what_is_not_a_redis_is_refused() {
        assert!(matches!(place(&typed("")), Ok(KeystorePlace::Folder { path, .. }) if path.ends_with(".acrakeys")));
        for address in ["h", ":1", "h:x", "redis://:hunter2@h:1", ":hunter2@h:1", "h:1/hunter2"] {
            let failed = place(&typed(&format!("-redis_host_port {address}"))).unwrap_err();
            assert!(failed.message.contains("not HOST:PORT"), "{address}: {failed}");
            assert!(!format!("{failed:?}").contains("hunter2"), "{failed:?}");
        }
        let elsewhere = place(&typed("-redis_host_port h:1 -redis_db_keys=-1 -keys_dir k"));
        assert!(matches!(elsewhere, Ok(KeystorePlace::Folder { path, .. }) if path.ends_with("k")));
        for number in ["-2", "99999999999"] {
            let failed = place(&typed(&format!("-redis_host_port h:1 -redis_db_keys={number}"))).unwrap_err();
            assert!(failed.message.contains("--redis_db_keys"), "{failed}");
        }
    }
}
