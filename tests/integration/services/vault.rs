//! A master key in HashiCorp Vault. No registry that this project may use offers Vault itself, so a stand-in answers here: a
//! server of the tests that speaks the documented wire format of Vault, and is no proof of how a real one behaves.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::certificates::Certificates;
use super::servers::free_port;
use super::standin::{Asked, Standin};
use super::{Secrets, assert_opens, check, master};
use crate::support::Run;
use crate::support::keystore::Fixture;

pub const TOKEN: &str = "hvs.the-token-of-vault";

/// The engines: `secret` has versions, `plain` has none.
fn mounts() -> String {
    let secret = json!({"secret/": {"type": "kv", "options": {"version": "2"}}, "plain/": {"type": "kv", "options": null},
                        "transit/": {"type": "transit", "options": null}});
    json!({"request_id": "1", "data": {"auth": {}, "secret": secret}}).to_string()
}

/// Answers as Vault does, for a secret in both engines.
pub fn vault(master_key: &str) -> impl Fn(&Asked) -> (u16, String) + Send + use<> {
    let master_key = master_key.to_owned();
    let fields = json!({"acra_master_key": master_key, "other": 7});
    move |asked| {
        if asked.header("x-vault-token") != TOKEN {
            return (403, json!({"errors": ["permission denied"]}).to_string());
        }
        match asked.line.as_str() {
            "GET /v1/sys/internal/ui/mounts HTTP/1.1" => (200, mounts()),
            "GET /v1/secret/data/acra/key HTTP/1.1" => {
                (200, json!({"data": {"data": fields, "metadata": {"version": 1}}}).to_string())
            }
            "GET /v1/plain/acra/key HTTP/1.1" => (200, json!({"data": fields, "lease_duration": 1}).to_string()),
            "GET /v1/plain/mute HTTP/1.1" => (200, json!({"data": {"ACRA_MASTER_KEY": master_key}}).to_string()),
            "GET /v1/plain/number HTTP/1.1" => (200, json!({"data": {"acra_master_key": 7}}).to_string()),
            "GET /v1/plain/text HTTP/1.1" => {
                (200, json!({"data": {"acra_master_key": format!("!{master_key}")}}).to_string())
            }
            "GET /v1/plain/deep HTTP/1.1" => (200, format!("{{\"data\": {}", "[".repeat(100_000))),
            _ => (404, json!({"errors": []}).to_string()),
        }
    }
}

pub fn given(store: &Fixture, url: &str, path: &str, run: Run) -> Run {
    let run = run.arg("--keys-dir").arg(store.keys_dir()).args(["--keystore-encryption", "vault-master-key"]);
    let run = run.args(["--vault-address", url, "--vault-secrets-path", path]);
    run.env("VAULT_API_TOKEN", STANDARD.encode(format!("{TOKEN}\n")))
}

#[test]
fn the_master_key_is_taken_from_both_versions_of_the_engine() {
    for name in ["v1-single", "v2-single"] {
        let store = Fixture::named(name);
        let secrets = Secrets::of(&store, &[TOKEN]);
        // With a line end, as it has when it came from a file.
        let standin = Standin::start(vault(&format!("{}\n", master(&store))));
        for (path, wanted) in
            [("secret/acra/key", "/v1/secret/data/acra/key"), ("plain/acra/key", "/v1/plain/acra/key")]
        {
            assert_opens(&store, &secrets, |run| given(&store, &standin.url(), path, run));
            standin.asked();
            secrets.exit(given(&store, &format!("{}/", standin.url()), path, check()), 0);
            let asked = standin.asked();
            let lines: Vec<_> = asked.iter().map(|asked| asked.line.as_str()).collect();
            assert_eq!(lines, ["GET /v1/sys/internal/ui/mounts HTTP/1.1", &format!("GET {wanted} HTTP/1.1")]);
            for asked in asked {
                assert_eq!(asked.header("x-vault-token"), TOKEN);
                assert_eq!(asked.header("x-vault-request"), "true");
                assert_eq!(asked.header("host"), format!("127.0.0.1:{}", standin.port));
            }
        }
    }
}

#[test]
fn what_is_wrong_with_a_path_or_a_secret_is_said_with_advice() {
    let store = Fixture::named("v1-single");
    let secrets = Secrets::of(&store, &[TOKEN]);
    let standin = Standin::start(vault(&master(&store)));
    for (path, words) in [
        ("/secret/acra/key", "its first part is not a mount"),
        ("elsewhere/acra", "its first part is not a mount"),
        ("transit/acra", "the mount is not a kv engine"),
        ("secret", "no secret behind the mount"),
        ("secret/", "/v1/secret/data: not found in Vault (status 404)"),
        ("secret/data/acra/key", "/v1/secret/data/data/acra/key: not found in Vault"),
        ("plain/other key", "/v1/plain/other%20key: not found in Vault"),
        ("plain/mute", "the secret has no field acra_master_key"),
        ("plain/number", "the field acra_master_key is not a text"),
        ("plain/text", "the master key is not base64"),
        ("plain/deep", "the answer is not a secret of a kv engine"),
    ] {
        secrets.refused(given(&store, &standin.url(), path, check()), words);
    }
    let other = Fixture::named("v2-single");
    let run = given(&other, &standin.url(), "plain/acra/key", check());
    secrets.refused(run, "this keystore is v2");
}

#[test]
fn a_token_that_vault_or_http_refuses_is_never_repeated() {
    let store = Fixture::named("v1-single");
    let standin = Standin::start(vault(&master(&store)));
    let secrets = Secrets::of(&store, &[TOKEN, "hvs.another-token"]);
    for (value, words) in [
        (String::new(), "VAULT_API_TOKEN is not set"),
        (TOKEN.to_owned(), "the token is not base64"),
        (STANDARD.encode("\n\n"), "the token is empty"),
        (STANDARD.encode("hvs.another-token"), "Vault refuses the token (status 403)"),
        (STANDARD.encode("hvs.another-token\r\nX-More: 1"), "letters that cannot be there"),
        (STANDARD.encode(format!("{TOKEN}\r\n")), "letters that cannot be there"),
    ] {
        let run = given(&store, &standin.url(), "plain/acra/key", check()).env("VAULT_API_TOKEN", value);
        secrets.refused(run, words);
    }
    assert!(standin.asked().iter().all(|asked| asked.header("x-more").is_empty()));
}

#[test]
fn what_a_server_answers_is_neither_followed_nor_repeated() {
    let store = Fixture::named("v1-single");
    let secrets = Secrets::of(&store, &[TOKEN, "text of the server"]);
    let other = Standin::start(vault(&master(&store)));
    let target = format!("Location: {}/v1/sys/internal/ui/mounts", other.url());
    for (status, body, words) in [
        (307, target.clone(), "the server redirects (307)"),
        (301, target, "the server redirects (301)"),
        (503, "text of the server".to_owned(), "Vault is sealed, or being maintained (status 503)"),
        (500, "text of the server".to_owned(), "Vault does not answer the request (status 500)"),
        (473, "text of the server".to_owned(), "this Vault is a standby (status 473)"),
        (200, "text of the server".to_owned(), "the answer is not one of Vault"),
        (200, "{\"data\": \"text of the server\"}".to_owned(), "the answer is not one of Vault"),
        (200, " ".repeat(5 << 20), "the answer is longer than"),
    ] {
        let standin = Standin::start(move |_| (status, body.clone()));
        secrets.refused(given(&store, &standin.url(), "plain/acra/key", check()), words);
        assert_eq!(standin.asked().len(), 1);
    }
    assert_eq!(other.asked().len(), 0, "the token went on");
    let raw = Standin::start_raw(b"-ERR text of the server\r\n");
    secrets.refused(given(&store, &raw.url(), "plain/acra/key", check()), "cannot be asked: ");
    let nobody = format!("http://127.0.0.1:{}", free_port());
    secrets.refused(given(&store, &nobody, "plain/acra/key", check()), "cannot be asked: ");
    let named = given(&store, "http://user:hunter2@127.0.0.1:1", "plain/acra/key", check());
    let done = secrets.exit(named, 64);
    assert!(!done.stderr.contains("hunter2"), "{}", done.told());
}

#[test]
fn tls_trusts_whom_it_is_told_to_and_shows_a_certificate() {
    let store = Fixture::named("v1-single");
    let secrets = Secrets::of(&store, &[TOKEN]);
    let certificates = Certificates::new();
    let path = |name: &str| certificates.path(name);
    for (certificate, name) in [("server", None), ("named", Some("server.test"))] {
        let standin = Standin::start_tls(&certificates, certificate, vault(&master(&store)));
        let url = format!("https://127.0.0.1:{}", standin.port);
        let tls = |run: Run, ca: &str| given(&store, &url, "secret/acra/key", run).arg("--vault-tls-ca").arg(path(ca));
        let shown = |run: Run| {
            let run = run.arg("--vault-tls-cert").arg(path("client.pem")).arg("--vault-tls-key");
            run.arg(path("client.key"))
        };
        let named = |run: Run| if let Some(name) = name { run.args(["--vault-tls-sni", name]) } else { run };
        assert_opens(&store, &secrets, |run| named(shown(tls(run, "ca.pem"))));
        let host = format!("127.0.0.1:{}", standin.port);
        assert!(standin.asked().iter().all(|asked| asked.header("host") == host));

        secrets.refused(named(shown(tls(check(), "other-ca.pem"))), "invalid peer certificate");
        secrets.refused(shown(tls(check(), "ca.pem")).args(["--vault-tls-sni", "x.test"]), "invalid peer certificate");
        for other in ["x@127.0.0.1", "localhost?x", "a/b"] {
            let run = shown(tls(check(), "ca.pem")).args(["--vault-tls-sni", other]);
            let done = secrets.exit(run, 64);
            assert!(done.stderr.contains("neither the name of a host nor an IP address"), "{}", done.told());
        }
        secrets.refused(named(tls(check(), "ca.pem")), "cannot be asked: ");
        secrets.refused(given(&store, &url, "secret/acra/key", check()), "invalid peer certificate");
        assert_eq!(standin.asked().len(), 0, "a token went to a server that was not trusted");
        if name.is_none() {
            // Asked for by a name, and proven as an address.
            let url = format!("https://localhost:{}", standin.port);
            let by_name =
                |run: Run| given(&store, &url, "secret/acra/key", run).arg("--vault-tls-ca").arg(path("ca.pem"));
            secrets.refused(shown(by_name(check())), "invalid peer certificate");
            secrets.exit(shown(by_name(check())).args(["--vault-tls-sni", "127.0.0.1"]), 0);
        }
    }
}

#[test]
fn a_namespace_of_the_environment_is_named_in_every_request_and_nothing_else_comes_in_with_it() {
    let store = Fixture::named("v1-single");
    let secrets = Secrets::of(&store, &[TOKEN]);
    let standin = Standin::start(vault(&master(&store)));
    let run = || given(&store, &standin.url(), "secret/acra/key", check());
    for namespace in ["", "team/a", "team b"] {
        secrets.exit(run().env("VAULT_NAMESPACE", namespace), 0);
        let asked = standin.asked();
        assert_eq!(asked.len(), 2);
        for asked in asked {
            assert_eq!(asked.header("x-vault-namespace"), namespace);
            assert_eq!(asked.headers.iter().any(|(name, _)| name == "x-vault-namespace"), !namespace.is_empty());
        }
    }
    let told = "what goes into x-vault-namespace has letters that cannot be there";
    secrets.refused(run().env("VAULT_NAMESPACE", "team\r\nX-More: 1"), told);
    assert_eq!(standin.asked().len(), 0);
}

#[test]
fn without_a_list_of_mounts_the_namespace_the_path_and_the_address_are_what_to_look_at() {
    let store = Fixture::named("v1-single");
    let secrets = Secrets::of(&store, &[TOKEN]);
    let standin = Standin::start(vault(&master(&store)));
    let url = format!("{}/v1/", standin.url());
    let done = secrets.exit(given(&store, &url, "secret/acra/key", check()), 2);
    let told = format!("{}/v1/v1/sys/internal/ui/mounts: Vault has no such list of mounts (status 404)", standin.url());
    assert!(done.stderr.contains(&told), "{}", done.told());
    for word in ["VAULT_NAMESPACE", "the address ends in /v1", "the address is not the one of Vault"] {
        assert!(done.stderr.contains(word), "{word}: {}", done.told());
    }
}
