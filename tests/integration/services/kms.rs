//! AWS KMS: calls that Acra made, played by a stand-in, and moto, which answers as AWS does.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::servers::Moto;
use super::standin::{Asked, Standin};
use super::{Secrets, assert_opens, check, master};
use crate::support::Run;
use crate::support::keystore::Fixture;

pub const SECRET: &str = "the/secret+of/the+access+key";

/// Writes a file with credentials that only its owner reads.
pub fn credentials(folder: &Path, region: &str, endpoint: &str) -> PathBuf {
    let path = folder.join(format!("{region}.json"));
    let content = json!({"access_key_id": "AKIAEXAMPLE", "secret_access_key": SECRET, "region": region,
                         "endpoint": endpoint});
    fs::write(&path, content.to_string()).expect("a file of our own");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("a file of our own");
    path
}

fn given(store: &Fixture, way: &str, credentials: &Path, run: Run) -> Run {
    let run = run.arg("--keys-dir").arg(store.keys_dir()).args(["--keystore-encryption", way]);
    run.arg("--kms-credentials").arg(credentials)
}

#[test]
fn the_calls_that_acra_made_open_its_keystores() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["v1-kms-master", "v2-kms-master"] {
        let store = Fixture::named(name);
        let calls: Vec<Value> = serde_json::from_str(&store.text("kms_calls.json").expect("calls")).expect("JSON");
        let call = calls.into_iter().find(|call| call["op"] == "Decrypt").expect("a call that decrypts");
        let plain = call["out_base64"].as_str().expect("a text").to_owned();
        let wanted = json!({"CiphertextBlob": call["in_base64"], "KeyId": "alias/acra_master_key"});
        let secrets = Secrets::of(&store, &[SECRET, &plain]);
        let standin = Standin::start(move |asked: &Asked| {
            let body: Value = serde_json::from_str(&asked.body).unwrap_or_default();
            match body == wanted {
                true => (200, json!({"KeyId": "arn:aws:kms:x", "Plaintext": plain}).to_string()),
                false => (400, json!({"__type": "InvalidCiphertextException"}).to_string()),
            }
        });
        let file = credentials(folder.path(), "eu-west-2", &standin.url());
        let wrapped = store.text("kms_wrapped_master_key.txt").expect("a wrapped master key");
        assert_opens(&store, &secrets, |run| {
            given(&store, "kms-encrypted-master-key", &file, run).env("ACRA_MASTER_KEY", wrapped.trim())
        });
        let asked = &standin.asked()[0];
        assert_eq!(asked.line, "POST / HTTP/1.1");
        assert_eq!(asked.header("x-amz-target"), "TrentService.Decrypt");
        assert_eq!(asked.header("content-type"), "application/x-amz-json-1.1");
        assert_eq!(asked.header("host"), format!("127.0.0.1:{}", standin.port));
        let scope = format!("/{}/eu-west-2/kms/aws4_request, ", &asked.header("x-amz-date")[..8]);
        assert!(asked.header("authorization").starts_with("AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/"));
        assert!(asked.header("authorization").contains(&scope), "{asked:?}");
    }
}

/// Makes a key with an alias, and encrypts with it.
pub fn encrypt(moto: &Moto, region: &str, alias: &str, plain: &[u8]) -> Vec<u8> {
    let aliases = moto.ask(region, "ListAliases", "{}");
    let has = aliases["Aliases"].as_array().is_some_and(|found| found.iter().any(|found| found["AliasName"] == alias));
    if !has {
        let made = moto.ask(region, "CreateKey", "{}");
        let target = made["KeyMetadata"]["KeyId"].as_str().expect("a name");
        moto.ask(region, "CreateAlias", &json!({"AliasName": alias, "TargetKeyId": target}).to_string());
    }
    let answer = moto.ask(region, "Encrypt", &json!({"KeyId": alias, "Plaintext": STANDARD.encode(plain)}).to_string());
    STANDARD.decode(answer["CiphertextBlob"].as_str().expect("a text")).expect("base64")
}

#[test]
fn moto_decrypts_master_keys() {
    let Some(moto) = Moto::start() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let way = "kms-encrypted-master-key";
    for (name, region) in [("v1-single", "eu-west-1"), ("v2-single", "eu-west-2")] {
        let store = Fixture::named(name);
        let secrets = Secrets::of(&store, &[SECRET]);
        let master = STANDARD.decode(master(&store)).expect("base64");
        let file = credentials(folder.path(), region, &moto.endpoint());
        let unknown = given(&store, way, &file, check())
            .env("ACRA_MASTER_KEY", STANDARD.encode([&[1, 2, 2, 0, b'x'][..], &[7; 179]].concat()));
        secrets.refused(unknown, "alias/acra_master_key: KMS refuses: ");

        let mut wrapped = encrypt(&moto, region, "alias/acra_master_key", &master);
        let run =
            |run: Run, wrapped: &[u8]| given(&store, way, &file, run).env("ACRA_MASTER_KEY", STANDARD.encode(wrapped));
        assert_opens(&store, &secrets, |verb| run(verb, &wrapped));
        let other =
            given(&store, way, &file, check()).args(["--master-key-env", "W"]).env("W", STANDARD.encode(&wrapped));
        secrets.exit(other, 0);
        *wrapped.last_mut().expect("some bytes") ^= 1;
        secrets.refused(run(check(), &wrapped), "KMS refuses: InvalidCiphertextException (status 400)");
        let missing = given(&store, way, &file, check());
        secrets.refused(missing, "the variable ACRA_MASTER_KEY is not set");
    }
}

#[test]
fn moto_decrypts_each_key_of_keystore_v1() {
    let Some(moto) = Moto::start() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let (way, region) = ("kms-per-client", "eu-central-1");
    let store = Fixture::named("v1-single");
    let secrets = Secrets::of(&store, &[SECRET]);
    let file = credentials(folder.path(), region, &moto.endpoint());
    let sealed = encrypt(&moto, region, "alias/acra_audit_log", &store.current_key());
    let old = encrypt(&moto, region, "alias/acra_audit_log", &[9; 32]);
    let history = store.keys_dir().join("secure_log_key.old");
    fs::create_dir_all(&history).expect("a folder of our own");
    fs::write(store.keys_dir().join("secure_log_key"), &sealed).expect("a file of our own");
    fs::write(history.join("2026-01-01T00:00:00"), &old).expect("a file of our own");
    let mut damaged = old;
    *damaged.last_mut().expect("some bytes") ^= 1;
    fs::write(history.join("2026-01-02T00:00:00"), &damaged).expect("a file of our own");
    assert_opens(&store, &secrets, |run| given(&store, way, &file, run));
    let checked = secrets.exit(given(&store, way, &file, check()), 0);
    assert!(checked.text().contains("1 of 2 historical keys can be used"), "{}", checked.told());
    assert!(checked.stderr.contains("2026-01-02T00:00:00: KMS "), "{}", checked.told());
    let told = "alias/acra_audit_log: KMS refuses: InvalidCiphertextException";
    assert!(checked.stderr.contains(told), "{}", checked.told());

    let v2 = Fixture::named("v2-single");
    secrets.refused(given(&v2, way, &file, check()), "for which Acra has no keys per client");
}

#[test]
fn credentials_that_cannot_be_used_are_refused_without_being_repeated() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Fixture::named("v1-single");
    let secrets = Secrets::of(&store, &[SECRET]);
    let path = folder.path().join("credentials.json");
    let slip = STANDARD.encode(SECRET.repeat(2));
    let done = Secrets::of(&store, &[&slip]).exit(given(&store, "kms-per-client", Path::new(&slip), check()), 64);
    assert!(done.stderr.contains("is not the name of a file"), "{}", done.told());
    let check = || given(&store, "kms-per-client", &path, check());
    for (content, words) in [
        (format!("AKIAEXAMPLE:{SECRET}"), "not the credentials for KMS in JSON"),
        (format!(r#"{{"secret_access_key": "{SECRET}", "region": "x"}}"#), "access_key_id is missing"),
        (
            json!({"access_key_id": "A", "secret_access_key": SECRET, "region": "x", "endpoint": "x"}).to_string(),
            "the address of KMS is not a URL\nhint: it looks like https://kms.",
        ),
    ] {
        fs::write(&path, content).expect("a file of our own");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("a file of our own");
        secrets.refused(check(), words);
    }
    let refusing =
        Standin::start(|_| (400, json!({"__type": "a#AccessDeniedException", "message": SECRET}).to_string()));
    credentials(folder.path(), "credentials", &refusing.url());
    secrets.refused(check(), "KMS refuses: AccessDeniedException (status 400)");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("a file of our own");
    let done = secrets.exit(check(), 2);
    assert!(done.stderr.contains("KMS refuses"), "{}", done.told());
}

#[test]
fn a_key_that_the_service_denies_is_left_out_and_a_service_that_goes_away_ends_the_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Fixture::named("v1-single");
    let secrets = Secrets::of(&store, &[SECRET]);
    let history = store.keys_dir().join("secure_log_key.old");
    fs::create_dir_all(&history).expect("a folder of our own");
    let (sealed, old) = (b"current".repeat(20), b"old".repeat(20));
    fs::write(store.keys_dir().join("secure_log_key"), &sealed).expect("a file of our own");
    for day in 1..=3 {
        fs::write(history.join(format!("2026-01-0{day}T00:00:00")), &old).expect("a file of our own");
    }
    for (kind, asked, code) in [
        ("InvalidCiphertextException", 4, 0),
        ("IncorrectKeyException", 4, 0),
        ("ThrottlingException", 2, 2),
        ("AccessDeniedException", 4, 0),
        ("DisabledException", 4, 0),
        ("", 2, 2),
    ] {
        let (current, sealed) = (STANDARD.encode(store.current_key()), STANDARD.encode(&sealed));
        let standin = Standin::start(move |asked: &Asked| {
            let body: Value = serde_json::from_str(&asked.body).unwrap_or_default();
            match body["CiphertextBlob"] == sealed {
                true => (200, json!({"Plaintext": current}).to_string()),
                false if kind.is_empty() => (200, String::new()),
                false => (400, json!({"__type": kind}).to_string()),
            }
        });
        let file = credentials(folder.path(), "eu-west-1", &standin.url());
        let checked = secrets.exit(given(&store, "kms-per-client", &file, check()), code);
        assert_eq!(standin.asked().len(), asked, "{}", checked.told());
        assert_eq!(checked.stderr.contains("a historical key is left out"), code == 0, "{}", checked.told());
        let log = store.logs().into_iter().next().expect("a log");
        let verified = given(&store, "kms-per-client", &file, Run::verify()).path(log);
        secrets.exit(verified, code);
    }
}

#[test]
fn keys_that_are_not_encrypted_are_not_sent_to_anyone() {
    let folder = tempfile::tempdir().expect("a folder");
    let standin = Standin::start(|_| (200, String::new()));
    let file = credentials(folder.path(), "eu-west-1", &standin.url());
    for name in ["v1-single", "v2-single"] {
        let store = Fixture::named(name);
        let run = given(&store, "kms-encrypted-master-key", &file, check()).env("ACRA_MASTER_KEY", master(&store));
        let told = "the variable ACRA_MASTER_KEY: it looks like a master key that is not encrypted; nothing was sent";
        Secrets::of(&store, &[SECRET]).refused(run, told);
    }
    // Of any length, whether or not it opens this keystore.
    for (name, of) in [("v1-long-master", "v1-long-master"), ("v1-single", "v1-long-master")] {
        let (store, other) = (Fixture::named(name), Fixture::named(of));
        let run = given(&store, "kms-encrypted-master-key", &file, check()).env("ACRA_MASTER_KEY", master(&other));
        Secrets::of(&other, &[SECRET]).refused(run, "a master key that is not encrypted; nothing was sent to KMS");
    }
    for length in [33, 48, 64, 96, 184] {
        let blob: Vec<u8> = (0..length).map(|at: u32| (at * at * 7 + at * 13 + 129) as u8 | 0x80).collect();
        let store = Fixture::named("v1-single");
        let value = STANDARD.encode(&blob);
        let run = given(&store, "kms-encrypted-master-key", &file, check()).env("ACRA_MASTER_KEY", &value);
        Secrets::of(&store, &[SECRET, &value]).refused(run, "nothing was sent to KMS");
    }
    let store = Fixture::named("v1-single");
    fs::write(store.keys_dir().join("secure_log_key"), store.current_key()).expect("a file of our own");
    let run = given(&store, "kms-per-client", &file, check());
    Secrets::of(&store, &[SECRET]).refused(run, "secure_log_key: it looks like a key that is not encrypted");
    assert_eq!(standin.asked().len(), 0);
}
