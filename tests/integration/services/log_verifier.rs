//! acra-log-verifier with keys that are elsewhere, by its documented flags alone: as a verb, through a link, and from a file
//! of flags. What the services are asked, and most of what they refuse, is left to their own modules.

mod verifier;

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::certificates::Certificates;
use super::servers::{Moto, Redis, free_port};
use super::standin::Standin;
use super::{Secrets, kms, master, redis, vault};
use crate::support::keystore::Fixture;
use verifier::{Verifier, path};

/// An address at which nobody listens.
fn nobody() -> String {
    format!("127.0.0.1:{}", free_port())
}

/// Whom to trust, whom not; who the client is, and the key of somebody else.
fn tls_files(certificates: &Certificates) -> [String; 5] {
    ["ca.pem", "other-ca.pem", "client.pem", "client.key", "server.key"]
        .map(|name| certificates.path(name).display().to_string())
}

#[test]
fn keystores_in_redis_are_found_by_database_and_folder_and_open_with_a_password() {
    let Some(server) = Redis::start(Some(redis::PASSWORD), "server", &[]) else { return };
    redis::load_v1(&server, &Fixture::named("v1-rotated"), "./k", "k");
    let (address, nobody, other_key) = (server.address(), nobody(), STANDARD.encode([7; 40]));
    let with_password = format!(":another-password@{address}");
    for (name, database, keys_dir) in
        [("v1-redis-single", "0", ".acrakeys"), ("v2-redis-single", "3", ".acrakeys"), ("v1-rotated", "0", "./k")]
    {
        let store = Fixture::named(name);
        if store.text("redis_dump.json").is_some() {
            redis::load(&server, database.parse().expect("a number"), &store);
        }
        let (secrets, master) =
            (Secrets::of(&store, &[redis::PASSWORD, "another-password", vault::TOKEN]), master(&store));
        let settings = [
            ("redis_host_port", &*address),
            ("redis_password", redis::PASSWORD),
            ("redis_db_keys", database),
            ("keys_dir", keys_dir),
            ("ACRA_MASTER_KEY", &master),
        ];
        let verifier = Verifier::new(&store, &secrets, &[&settings]);
        verifier.verifies("default env ACRA_MASTER_KEY");

        let (standin, token) = (Standin::start(vault::vault(&master)), STANDARD.encode(vault::TOKEN));
        verifier.accepts(&[
            ("ACRA_MASTER_KEY", ""),
            ("vault_connection_api_string", &standin.url()),
            ("vault_secrets_path", "secret/acra/key"),
            ("VAULT_API_TOKEN", &token),
        ]);
        for (change, why, hint) in [
            (("redis_password", ""), "Redis refuses (NOAUTH)", "give the password of Redis"),
            (("redis_password", "another-password"), "Redis refuses (WRONGPASS)", "is not the one of Redis"),
            (("redis_db_keys", "99"), "Redis refuses (ERR)", "the number of the database"),
            (("keys_dir", "elsewhere"), "elsewhere/secure_log_key: missing", "name the keystore that acra-server uses"),
            (("redis_host_port", &nobody), "cannot connect", "is Redis there, at this host and port?"),
            (("redis_host_port", "127.0.0.1"), "not HOST:PORT", "--redis_host_port"),
            (("redis_host_port", &with_password), "not HOST:PORT", "--redis_password"),
            (("ACRA_MASTER_KEY", &other_key), "master key", ""),
            (("ACRA_MASTER_KEY", ""), "the variable ACRA_MASTER_KEY is not set", "in base64"),
        ] {
            verifier.refuses(&[change], why, hint);
        }
    }
}

#[test]
fn redis_with_tls_proves_its_name_and_sees_a_certificate() {
    let servers = ["named", "server"].map(|certificate| Redis::start(Some(redis::PASSWORD), certificate, &[]));
    let [Some(named), Some(plain)] = &servers else { return };
    let store = Fixture::named("v2-redis-single");
    redis::load(named, 0, &store);
    let (secrets, master) = (Secrets::of(&store, &[redis::PASSWORD]), master(&store));
    let [ca, other_ca, client, key, other_key] = &tls_files(&named.certificates);
    let (address, without_tls) = (named.tls_address(), named.address());
    let settings = [
        ("redis_host_port", &*address),
        ("redis_password", redis::PASSWORD),
        ("redis_tls_enable", "true"),
        ("redis_tls_client_sni", "server.test"),
        ("ACRA_MASTER_KEY", &master),
    ];
    let own = [("redis_tls_client_ca", &**ca), ("redis_tls_client_cert", client), ("redis_tls_client_key", key)];
    let verifier = Verifier::new(&store, &secrets, &[&settings, &own]);
    verifier.verifies("default env ACRA_MASTER_KEY");

    let common = [("tls_ca", &**ca), ("tls_cert", client), ("tls_key", key)];
    verifier.accepts(&[&own.map(|(flag, _)| (flag, ""))[..], &common].concat());
    // Acra adds the authority to those of the system.
    verifier.accepts(&[("redis_tls_client_ca", other_ca), ("SSL_CERT_FILE", ca)]);
    verifier.accepts(&[("redis_tls_enable", "false"), ("redis_host_port", &without_tls)]);
    for (change, why, hint) in [
        (("redis_tls_client_ca", &**other_ca), "invalid peer certificate", "does the CA vouch for this server?"),
        (("redis_tls_client_ca", "no/ca.pem"), "no/ca.pem: cannot read this file for TLS", ""),
        (("redis_tls_client_ca", key), "client.key: holds no certificate that can be read", "it is PEM"),
        (("redis_tls_client_sni", ""), "invalid peer certificate", "does the CA vouch for this server?"),
        (
            ("redis_tls_client_cert", ""),
            "client.key: the private key of the client for TLS was given without",
            "or neither",
        ),
        (
            ("redis_tls_client_key", ""),
            "client.pem: the certificate of the client for TLS was given without",
            "or neither",
        ),
        (("redis_tls_client_key", other_key), "client.pem: cannot be used for TLS", "is it the private key"),
    ] {
        verifier.refuses(&[change], why, hint);
    }
    let hint = "is it the port for connections without TLS?";
    let done = verifier.refuses(&[("redis_tls_enable", "false")], "no answer", hint);
    let idle = "without effect in this run: --redis_tls_client_ca, --redis_tls_client_cert";
    assert!(done.stderr.contains(idle), "{}", done.told());

    redis::load(plain, 0, &store);
    let ([ca, _, client, key, _], address) = (&tls_files(&plain.certificates), plain.tls_address());
    let own = [("redis_tls_client_ca", &**ca), ("redis_tls_client_cert", client), ("redis_tls_client_key", key)];
    verifier.accepts(&[&own[..], &[("redis_host_port", &address), ("redis_tls_client_sni", "")]].concat());
}

#[test]
fn a_master_key_in_vault_is_taken_with_a_token() {
    let (other, nobody) = (STANDARD.encode("hvs.another-token"), format!("http://{}", nobody()));
    for (name, strategy, place) in [
        ("v1-single", "vault_master_key", "secret/acra/key"),
        // Before it had strategies, the address alone said it.
        ("v2-single", "env_master_key", "plain/acra/key"),
    ] {
        let store = Fixture::named(name);
        let secrets = Secrets::of(&store, &[vault::TOKEN, "hvs.another-token", "hunter2"]);
        let standin = Standin::start(vault::vault(&master(&store)));
        let (url, keys_dir, token) = (standin.url(), store.keys_dir(), STANDARD.encode(vault::TOKEN));
        let settings = [
            ("keys_dir", path(&keys_dir)),
            ("keystore_encryption_type", strategy),
            ("vault_connection_api_string", &url),
            ("vault_secrets_path", place),
            ("VAULT_API_TOKEN", &token),
        ];
        let verifier = Verifier::new(&store, &secrets, &[&settings]);
        verifier.verifies("HashiCorp Vault ACRA_MASTER_KEY");

        for (change, why, hint) in [
            (("VAULT_API_TOKEN", ""), "the variable VAULT_API_TOKEN is not set", "it holds the token in base64"),
            (("VAULT_API_TOKEN", vault::TOKEN), "the token is not base64", "it holds the token in base64"),
            (("VAULT_API_TOKEN", &*other), "Vault refuses the token (status 403)", "the token may have ended"),
            (("vault_secrets_path", "elsewhere/acra"), "its first part is not a mount", "the path is MOUNT/NAME"),
            (("vault_connection_api_string", &nobody), "cannot be asked: ", "is the server there"),
            (("vault_connection_api_string", "http://a:hunter2@b"), "may not hold a user or a password", "https://"),
        ] {
            verifier.refuses(&[change], why, hint);
        }
        let change = [("vault_connection_api_string", ""), ("keystore_encryption_type", "vault_master_key")];
        verifier.refuses(&change, "the address of Vault is missing", "--vault_connection_api_string=URL");
    }
}

#[test]
fn vault_with_tls_proves_its_name_and_sees_a_certificate() {
    let store = Fixture::named("v1-single");
    let secrets = Secrets::of(&store, &[vault::TOKEN]);
    let certificates = Certificates::new();
    let [ca, other_ca, client, key, other_key] = &tls_files(&certificates);
    let start = |certificate| Standin::start_tls(&certificates, certificate, vault::vault(&master(&store)));
    let (named, plain) = (start("named"), start("server"));
    let [url, other_url] = [&named, &plain].map(|standin| format!("https://127.0.0.1:{}", standin.port));
    let (keys_dir, token) = (store.keys_dir(), STANDARD.encode(vault::TOKEN));
    let settings = [
        ("keys_dir", path(&keys_dir)),
        ("keystore_encryption_type", "vault_master_key"),
        ("vault_connection_api_string", &url),
        ("vault_secrets_path", "secret/acra/key"),
        ("vault_tls_transport_enable", "true"),
        ("vault_tls_client_sni", "server.test"),
        ("VAULT_API_TOKEN", &token),
    ];
    let own = [("vault_tls_client_ca", &**ca), ("vault_tls_client_cert", client), ("vault_tls_client_key", key)];
    let verifier = Verifier::new(&store, &secrets, &[&settings, &own]);
    verifier.verifies("HashiCorp Vault ACRA_MASTER_KEY");

    let common = [("tls_ca", &**ca), ("tls_cert", client), ("tls_key", key)];
    verifier.accepts(&[&own.map(|(flag, _)| (flag, ""))[..], &common].concat());
    verifier.accepts(&[("vault_tls_client_ca", ""), ("vault_tls_ca_path", ca)]);
    verifier.accepts(&[("vault_tls_client_ca", other_ca), ("SSL_CERT_FILE", ca)]);
    verifier.accepts(&[("vault_connection_api_string", &other_url), ("vault_tls_client_sni", "")]);

    named.asked();
    // What the system of this machine trusts is left out.
    let refuses = |change, why, hint| verifier.refuses(&[change, ("SSL_CERT_FILE", &**other_ca)], why, hint);
    for (change, why, hint) in [
        (("vault_tls_client_ca", &**other_ca), "invalid peer certificate", "does the CA vouch for it?"),
        (("vault_tls_client_sni", ""), "invalid peer certificate", "does the CA vouch for it?"),
        (("vault_tls_client_sni", "not a name"), "neither the name of a host nor an IP address", "without a port"),
        (
            ("vault_tls_client_cert", ""),
            "client.key: the private key of the client for TLS was given without",
            "or neither",
        ),
        (
            ("vault_tls_client_key", ""),
            "client.pem: the certificate of the client for TLS was given without",
            "or neither",
        ),
        (("vault_tls_client_key", client), "client.pem: holds no private key that can be read", "it is PEM"),
        (("vault_tls_client_key", other_key), "client.pem: cannot be used for TLS", "is it the private key"),
    ] {
        refuses(change, why, hint);
    }
    let done = refuses(("vault_tls_transport_enable", "false"), "invalid peer certificate", "does the CA");
    let idle = "without effect in this run: --vault_tls_client_ca, --vault_tls_client_cert";
    assert!(done.stderr.contains(idle), "{}", done.told());
    assert_eq!(named.asked().len(), 0, "a token went to a server that was not trusted");
}

#[test]
fn kms_decrypts_the_master_key_or_each_key() {
    let Some(moto) = Moto::start() else { return };
    let made = tempfile::tempdir().expect("a folder");
    let file = |region: &str, endpoint: &str| kms::credentials(made.path(), region, endpoint).display().to_string();
    let certificates = Certificates::new();
    let [_, other_ca, ..] = &tls_files(&certificates);
    let with_tls = Standin::start_tls(&certificates, "server", |_| (200, String::new()));
    let refusing = Standin::start(|_| (400, json!({"__type": "UnrecognizedClientException"}).to_string()));
    let untrusted = file("untrusted", &format!("https://127.0.0.1:{}", with_tls.port));
    let (refused, down) = (file("refused", &refusing.url()), file("down", &format!("http://{}", nobody())));

    let (encrypted, per_client) = ("kms_encrypted_master_key", "kms_per_client");
    for (name, region, strategy, loader) in [
        ("v1-single", "eu-west-1", encrypted, "KMS ACRA_MASTER_KEY"),
        ("v2-single", "eu-west-2", encrypted, "KMS ACRA_MASTER_KEY"),
        ("v1-single", "eu-west-3", per_client, "KMS"),
    ] {
        let store = Fixture::named(name);
        let secrets = Secrets::of(&store, &[kms::SECRET]);
        let (keys_dir, credentials) = (store.keys_dir(), file(region, &moto.endpoint()));
        let mut wrapped = Vec::new();
        if strategy == encrypted {
            let master = STANDARD.decode(master(&store)).expect("base64");
            wrapped = kms::encrypt(&moto, region, "alias/acra_master_key", &master);
        } else {
            let sealed = kms::encrypt(&moto, region, "alias/acra_audit_log", &store.current_key());
            fs::write(keys_dir.join("secure_log_key"), sealed).expect("a file of our own");
        }
        let variable = STANDARD.encode(&wrapped);
        let settings = [
            ("keys_dir", path(&keys_dir)),
            ("keystore_encryption_type", strategy),
            ("kms_type", "aws"),
            ("kms_credentials_path", &credentials),
            ("ACRA_MASTER_KEY", &variable),
        ];
        let verifier = Verifier::new(&store, &secrets, &[&settings]);
        verifier.verifies(loader);

        for (change, why, hint) in [
            (("kms_credentials_path", &*refused), "KMS refuses: UnrecognizedClientException", "secret_access_key"),
            (("kms_credentials_path", &down), "cannot be asked: ", "is the server there"),
            (("kms_credentials_path", &untrusted), "invalid peer certificate", "does the CA vouch for it?"),
            (("kms_credentials_path", "no.json"), "no.json: cannot read the credentials for KMS", ""),
            (("kms_credentials_path", ""), "the credentials of KMS are missing", "--kms_credentials_path=FILE"),
            (("kms_type", ""), "the key management service is missing", "--kms_type=aws"),
        ] {
            verifier.refuses(&[change, ("SSL_CERT_FILE", other_ca)], why, hint);
        }
        if let Some(last) = wrapped.last_mut() {
            *last ^= 1;
            let damaged = STANDARD.encode(&wrapped);
            verifier.refuses(&[("ACRA_MASTER_KEY", &damaged)], "KMS refuses: InvalidCiphertextException", "damaged");
            verifier.refuses(&[("ACRA_MASTER_KEY", "")], "the variable ACRA_MASTER_KEY is not set", "in base64");
        }
    }
}
