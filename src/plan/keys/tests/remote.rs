//! Which keystores the flags about other places come to, and which flags do not fit together. Nothing is connected.

use super::*;
use crate::cli::keystore::KeystoreArgs;
use crate::plan::keys::{KeystorePlace, KeystoreSource, Opener, source};

/// The keystore of these flags, in a world in which PW holds a password.
fn decided(flags: &str) -> Result<Option<KeystoreSource>, Failure> {
    let Verb::Keys(typed) = Cli::parse_from(format!("acralog keys check {flags}").split_whitespace()).verb else {
        panic!("not keys");
    };
    let crate::cli::keys::KeysAction::Check(typed) = typed.action else { panic!("not check") };
    let keystore: KeystoreArgs = typed.keys.keystore;
    let variable = |asked: &str| (asked == "PW").then(|| OsString::from("hunter2"));
    source(&keystore, true, &Environment::of_a_test(&variable, false))
}

#[test]
fn redis_takes_the_place_of_the_directory() {
    let flags = "--redis-host-port [::1]:6379 --redis-user u --redis-password-env PW --redis-db 3 --keys-dir ./k --redis-tls \
                 --redis-tls-ca ca.pem --redis-tls-cert c.pem --redis-tls-key k.pem --redis-tls-sni name";
    let source = decided(flags).unwrap().unwrap();
    assert!(!format!("{source:?}").contains("hunter2"), "{source:?}");
    let KeystorePlace::Redis(settings) = source.place else { panic!("not Redis") };
    assert_eq!((&settings.address[..], settings.database, &settings.keys_dir[..]), ("[::1]:6379", 3, "./k"));
    assert_eq!((settings.user.as_deref(), settings.password.unwrap().as_str()), (Some("u"), "hunter2"));
    let tls = settings.tls.unwrap();
    let files = [tls.ca, tls.certificate, tls.key].map(|path| path.unwrap().display().to_string());
    assert_eq!((files, tls.server_name.as_deref()), (["ca.pem", "c.pem", "k.pem"].map(String::from), Some("name")));

    let plain = decided("--redis-host-port redis:1").unwrap().unwrap();
    assert!(matches!(plain.opener, Opener::Variable { name } if name == "ACRA_MASTER_KEY"));
    let KeystorePlace::Redis(settings) = plain.place else { panic!("not Redis") };
    assert_eq!((settings.database, &settings.keys_dir[..]), (0, ".acrakeys"));
    assert!(settings.password.is_none() && settings.tls.is_none());
}

#[test]
fn the_way_of_opening_is_named_as_acra_names_it() {
    let opener = |flags: &str| decided(&format!("--keys-dir k {flags}")).unwrap().unwrap().opener;
    let Opener::Vault(vault) = opener("--keystore-encryption vault-master-key --vault-address https://v") else {
        panic!("not Vault");
    };
    assert_eq!((&vault.address[..], &vault.path[..]), ("https://v", "secret/"));
    let kms = "--kms-credentials c.json --keystore-encryption";
    let Opener::KmsMaster { variable, credentials } = opener(&format!("{kms} kms-encrypted-master-key")) else {
        panic!("not KMS");
    };
    assert_eq!((&variable[..], credentials), ("ACRA_MASTER_KEY", PathBuf::from("c.json")));
    assert!(matches!(opener(&format!("{kms} kms-per-client")), Opener::KmsPerClient { .. }));
    let other = opener(&format!("{kms} kms-encrypted-master-key --master-key-env W"));
    assert!(matches!(other, Opener::KmsMaster { variable, .. } if variable == "W"));
    assert!(matches!(opener("--keystore-encryption env-master-key"), Opener::Variable { .. }));
}

#[test]
fn flags_that_do_not_fit_together_are_refused_with_advice() {
    let dir = "--keys-dir k";
    let vault = format!("{dir} --keystore-encryption vault-master-key --vault-address");
    let kms = format!("{dir} --keystore-encryption kms-encrypted-master-key --kms-credentials c");
    let per_client = format!("{dir} --keystore-encryption kms-per-client --kms-credentials c");
    let cases = [
        ("--redis-db 1".to_owned(), "--redis-db was given, but no Redis", "--redis-host-port"),
        (format!("{dir} --redis-user a"), "--redis-user was given, but no Redis", "--redis-host-port"),
        ("--redis-host-port r:1 --redis-user a".to_owned(), "--redis-user was given, but no pass", "--redis-password"),
        (format!("{dir} --redis-tls-ca a"), "--redis-tls-ca was given, but no Redis", "--redis-host-port"),
        ("--redis-host-port r:1 --redis-tls-sni a".to_owned(), "--redis-tls-sni was given, but no TLS", "--redis-tls"),
        ("--redis-host-port hunter2".to_owned(), "--redis-host-port was given something", "--redis-password-env"),
        ("--redis-host-port :hunter2@r:1".to_owned(), "--redis-host-port was given something", "--redis-password-env"),
        ("--redis-host-port r:99999".to_owned(), "--redis-host-port was given something", "redis.example:6379"),
        ("--redis-host-port r:1 --redis-password-env hunter2".to_owned(), "the variable that --redis", "export"),
        (format!("{dir} --vault-address https://v"), "--vault-address does not fit", "vault-master-key"),
        (format!("{dir} --vault-tls-sni n"), "--vault-tls-sni does not fit", "vault-master-key"),
        (format!("{dir} --kms-credentials c"), "--kms-credentials does not fit", "kms-per-client"),
        (format!("{dir} --keystore-encryption vault-master-key"), "the master key is to be taken", "--vault-address"),
        (format!("{vault} http://v --vault-tls-ca a"), "--vault-tls-ca was given, but the address", "https"),
        (format!("{vault} https://v --master-key-env A"), "--master-key-env does not fit", "leave this out"),
        (format!("{vault} https://v --kms-credentials c"), "--kms-credentials does not fit", "leave this out"),
        (format!("{dir} --keystore-encryption kms-per-client"), "AWS KMS is to be asked", "--kms-credentials"),
        (format!("{kms} --master-key-file f"), "--master-key-file does not fit", "--master-key-env"),
        (format!("{kms} --vault-address https://v"), "--vault-address does not fit", "leave this out"),
        (format!("{per_client} --master-key-env A"), "--master-key-env does not fit", "leave this out"),
        (format!("{per_client} --vault-secrets-path p"), "--vault-secrets-path does not fit", "leave this out"),
        ("--keystore-encryption env-master-key".to_owned(), "a master key was given, but no keystore", "--keys-dir"),
    ];
    for (flags, message, hint) in cases {
        let failure = decided(&flags).unwrap_err();
        assert!(failure.message.starts_with(message), "{flags}: {failure:?}");
        assert!(failure.hint.as_ref().unwrap().contains(hint), "{flags}: {failure:?}");
        assert!(!format!("{failure:?}").contains("hunter2"), "{flags}: {failure:?}");
    }
}
