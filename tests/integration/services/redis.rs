//! Keystores in Redis, as Acra filled it: names, history, passwords, databases, TLS, and what is said when it fails.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::servers::{Redis, free_port};
use super::standin::Standin;
use super::{Secrets, assert_opens, check, master};
use crate::support::Run;
use crate::support::keystore::Fixture;
use crate::support::run::Done;

pub const PASSWORD: &str = "the-password-of-redis";

/// An entry of `redis_dump.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    key: String,
    r#type: String,
    value: String,
}

pub fn load(redis: &Redis, database: u32, store: &Fixture) {
    let dump = store.text("redis_dump.json").expect("a keystore in Redis");
    let entries: Vec<Entry> = serde_json::from_str(&dump).expect("entries");
    for entry in entries {
        assert_eq!(entry.r#type, "string");
        redis.send(database, &[&["SET", &entry.key, &entry.value]]);
    }
}

/// The files of a keystore v1 under the names that they have in Redis.
pub fn load_v1(redis: &Redis, store: &Fixture, verbatim: &str, cleaned: &str) {
    let current = STANDARD.encode(store.bytes("keys/secure_log_key"));
    redis.send(0, &[&["SET", &format!("{verbatim}/secure_log_key"), &current]]);
    for time in store.history() {
        let sealed = STANDARD.encode(store.bytes(&format!("keys/secure_log_key.old/{time}")));
        redis.send(0, &[&["SET", &format!("{cleaned}/secure_log_key.old/{time}"), &sealed]]);
    }
}

/// A log that every key of the keystore has sealed a chain of.
fn mixed(store: &Fixture) -> std::path::PathBuf {
    store.logs().into_iter().find(|log| log.ends_with("mixed-keys.json")).expect("such a log")
}

/// The names of the findings about a log.
fn codes(done: &Done) -> Vec<String> {
    done.report().findings.iter().map(|finding| finding.code.clone()).collect()
}

fn given(store: &Fixture, address: &str, run: Run) -> Run {
    run.args(["--redis-host-port", address]).env("ACRA_MASTER_KEY", master(store)).env("REDIS_PASSWORD", PASSWORD)
}

#[test]
fn keystores_that_acra_wrote_into_redis_open_with_a_password_and_without_in_any_database() {
    let plain = Redis::start(None, "server", &[]);
    let closed = Redis::start(Some(PASSWORD), "server", &[]);
    let (Some(plain), Some(closed)) = (plain, closed) else { return };
    for (name, database) in [("v1-redis-single", 0), ("v2-redis-single", 3)] {
        let store = Fixture::named(name);
        let secrets = Secrets::of(&store, &[PASSWORD]);
        for (redis, flags) in [(&plain, &[][..]), (&closed, &["--redis-password-env", "REDIS_PASSWORD"])] {
            load(redis, database, &store);
            let number = database.to_string();
            assert_opens(&store, &secrets, |run| {
                given(&store, &redis.address(), run).args(["--redis-db", &number]).args(flags)
            });
        }
        let origin =
            secrets.exit(given(&store, &plain.address(), check()).args(["--redis-db", &database.to_string()]), 0);
        let wanted = format!("Redis 127.0.0.1:{}", plain.port);
        assert!(origin.text().contains(&wanted), "{}", origin.told());
    }
}

#[test]
fn history_is_found_among_thousands_of_other_entries_whatever_the_directory_is_called() {
    let Some(redis) = Redis::start(None, "server", &[]) else { return };
    let store = Fixture::named("v1-rotated");
    let secrets = Secrets::of(&store, &[]);
    assert!(store.history().len() > 1);
    redis.send(0, &[&["EVAL", "for i = 1, 5000 do redis.call('SET', 'other/' .. i, 'x') end return 1", "0"]]);
    let directories = [
        (".acrakeys", ".acrakeys"),
        ("./k", "k"),
        ("k2/", "k2"),
        ("/var//lib/../acra", "/var/acra"),
        ("a*[b]?\\c", "a*[b]?\\c"),
    ];
    for (verbatim, cleaned) in directories {
        load_v1(&redis, &store, verbatim, cleaned);
        // What only looks like history of this directory.
        redis.send(0, &[&["SET", &format!("{cleaned}/secure_log_key.older/x"), "x"]]);
        redis.send(0, &[&["SET", "aXb!\\c/secure_log_key.old/x", "x"]]);
        let list = Run::bare().args(["keys", "list", "--output-format", "json", "--keys-dir", verbatim]);
        let done = secrets.exit(given(&store, &redis.address(), list), 0);
        let document: serde_json::Value = serde_json::from_slice(&done.stdout).expect("JSON");
        assert_eq!(document["keys"].as_array().expect("keys").len(), 1 + store.history().len(), "{}", done.told());
        assert_eq!(document["warnings"].as_array().expect("warnings").len(), 0, "{}", done.told());
        assert_opens(&store, &secrets, |run| given(&store, &redis.address(), run).args(["--keys-dir", verbatim]));
    }
}

#[test]
fn tls_trusts_whom_it_is_told_to_and_shows_a_certificate() {
    let store = Fixture::named("v2-redis-single");
    let secrets = Secrets::of(&store, &[PASSWORD]);
    for (certificate, name) in [("server", None), ("named", Some("server.test"))] {
        let Some(redis) = Redis::start(Some(PASSWORD), certificate, &[]) else { return };
        load(&redis, 0, &store);
        let path = |name: &str| redis.certificates.path(name);
        let tls = |run: Run, ca: &str| {
            let run = given(&store, &redis.tls_address(), run).args(["--redis-password-env", "REDIS_PASSWORD"]);
            run.args(["--redis-tls", "--redis-tls-ca"]).arg(path(ca))
        };
        let shown = |run: Run| {
            let run = run.arg("--redis-tls-cert").arg(path("client.pem")).arg("--redis-tls-key");
            run.arg(path("client.key"))
        };
        let named = |run: Run| if let Some(name) = name { run.args(["--redis-tls-sni", name]) } else { run };
        assert_opens(&store, &secrets, |run| named(shown(tls(run, "ca.pem"))));

        secrets.refused(named(shown(tls(check(), "other-ca.pem"))), "invalid peer certificate");
        secrets.refused(shown(tls(check(), "ca.pem")).args(["--redis-tls-sni", "x.test"]), "invalid peer certificate");
        // redis-server asks for a certificate unless it is told not to.
        secrets.refused(named(tls(check(), "ca.pem")), "does Redis accept the certificate of the client?");
        if name.is_some() {
            secrets.refused(shown(tls(check(), "ca.pem")), "invalid peer certificate");
        }
        let wrong_port = given(&store, &redis.tls_address(), check());
        secrets.refused(wrong_port, "is it the port for connections without TLS?");
    }
}

#[test]
fn what_redis_refuses_is_said_with_advice() {
    let Some(redis) = Redis::start(Some(PASSWORD), "server", &[]) else { return };
    let store = Fixture::named("v1-redis-single");
    let secrets = Secrets::of(&store, &[PASSWORD, "another-password"]);
    let run = |keys_dir: &str| given(&store, &redis.address(), check()).args(["--keys-dir", keys_dir]);
    let with = |keys_dir: &str| run(keys_dir).args(["--redis-password-env", "REDIS_PASSWORD"]);

    secrets.refused(run("k"), "Redis refuses (NOAUTH): it asks for a password\n");
    let other = run("k").args(["--redis-password-env", "OTHER"]).env("OTHER", "another-password");
    secrets.refused(other, "Redis refuses (WRONGPASS)");
    secrets.refused(with("k").args(["--redis-db", "99"]), "Redis refuses (ERR): it has no database of this number");
    secrets.refused(with("nothing"), "nothing/secure_log_key: missing");

    redis.send(0, &[&["SET", "bad/secure_log_key", "not base64!"], &["LPUSH", "list/secure_log_key", "x"]]);
    let long = "A".repeat(20_000);
    redis.send(0, &[&["SET", "long/secure_log_key", &long], &["SET", "longer/version", &long]]);
    redis.send(0, &[&["SET", "short/secure_log_key", "QUJD"]]);
    secrets.refused(with("bad"), "bad/secure_log_key: not base64");
    secrets.refused(with("list"), "Redis refuses (WRONGTYPE)");
    secrets.refused(with("long"), "long/secure_log_key: longer than such an entry can be");
    secrets.refused(with("longer"), "longer/version: longer than such an entry can be");
    secrets.refused(with("short"), "not a key as Acra encrypts it");

    // A historical key that cannot be read is left out, and what comes after it is still understood.
    load_v1(&redis, &Fixture::named("v1-rotated"), "r", "r");
    redis.send(0, &[&["SET", "r/secure_log_key.old/2030-01-01T00:00:00", &long]]);
    let rotated = Fixture::named("v1-rotated");
    let run = given(&rotated, &redis.address(), check()).args(["--keys-dir", "r"]);
    let done = secrets.exit(run.args(["--redis-password-env", "REDIS_PASSWORD"]), 0);
    assert!(done.stderr.contains("secure_log_key.old/2030-01-01T00:00:00: longer than"), "{}", done.told());
    assert!(done.text().contains("2 of 3 historical keys"), "{}", done.told());
}

#[test]
fn who_is_not_redis_is_noticed() {
    let store = Fixture::named("v1-redis-single");
    let secrets = Secrets::of(&store, &[]);
    let at = |port: u16| given(&store, &format!("127.0.0.1:{port}"), check());
    secrets.refused(at(free_port()), "cannot connect");
    let http = Standin::start_raw(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    secrets.refused(at(http.port), "is it the port for connections without TLS?");
}

#[test]
fn a_user_who_may_only_get_and_scan_is_enough() {
    let Some(redis) = Redis::start(None, "server", &[]) else { return };
    let store = Fixture::named("v1-redis-single");
    let secrets = Secrets::of(&store, &[]);
    load(&redis, 0, &store);
    redis.send(0, &[&["ACL", "SETUSER", "default", "-@all", "+get", "+scan"]]);
    assert_opens(&store, &secrets, |run| given(&store, &redis.address(), run));
    let other = given(&store, &redis.address(), check()).args(["--redis-db", "1"]);
    secrets.refused(other, "Redis refuses (NOPERM)");
}

#[test]
fn history_on_other_nodes_of_a_cluster_is_missed_and_never_taken_for_none() {
    let store = Fixture::named("v1-rotated");
    let secrets = Secrets::of(&store, &[]);
    let mut history: Vec<_> = store.history().iter().map(|time| format!("k/secure_log_key.old/{time}")).collect();
    history.sort_unstable();
    let elsewhere = history.split_off(1);
    let here = [vec!["k/secure_log_key".to_owned(), "k/version".to_owned()], history].concat();
    let Some(nodes) = Redis::start_cluster(&[&here, &elsewhere]) else { return };
    let set = |node: &Redis, name: &String, file: &str| {
        let sealed = STANDARD.encode(store.bytes(&format!("keys/{file}")));
        assert_eq!(node.ask(&["SET", name, &sealed]), "+OK");
    };
    set(&nodes[0], &here[0], "secure_log_key");
    for (node, names) in [(&nodes[0], &here[2..]), (&nodes[1], &elsewhere[..])] {
        names.iter().for_each(|name| set(node, name, &name[2..]));
    }
    let run = |run: Run, node: &Redis| given(&store, &node.address(), run).args(["--keys-dir", "k"]);

    let done = secrets.exit(run(Run::report(), &nodes[0]).path(mixed(&store)), 2);
    assert_eq!(codes(&done).iter().filter(|code| *code == "key-lost").count(), 1, "{}", done.told());
    assert!(!codes(&done).contains(&"chain-altered".to_owned()), "{}", done.told());
    assert!(done.report().warnings.iter().any(|told| told.contains("a node of a cluster")), "{}", done.told());
    let current = store.logs().into_iter().find(|log| log.ends_with("audit.json")).expect("such a log");
    secrets.exit(run(Run::report(), &nodes[0]).path(current), 0);
    let list = secrets.exit(run(Run::bare().args(["keys", "list"]), &nodes[0]), 0);
    assert!(list.text().contains("secure_log_key.old/*"), "{}", list.told());

    secrets.refused(run(check(), &nodes[1]), "Redis refuses (MOVED): another node of its cluster has this entry");
    secrets.refused(run(check(), &nodes[0]).args(["--redis-db", "1"]), "it is a node of a cluster");
    // A node that has lost the others.
    assert_eq!(nodes[1].ask(&["FLUSHALL"]), "+OK");
    assert_eq!(nodes[1].ask(&["CLUSTER", "RESET"]), "+OK");
    secrets.refused(run(check(), &nodes[1]), "Redis refuses (CLUSTERDOWN): its cluster is down, or incomplete");
}

#[test]
fn a_sentinel_and_a_replica_that_lost_its_master_are_named() {
    let store = Fixture::named("v1-redis-single");
    let secrets = Secrets::of(&store, &[]);
    let Some(sentinel) = Redis::start_sentinel() else { return };
    secrets.refused(given(&store, &sentinel.address(), check()), "a Sentinel, which has no keys itself");
    let Some(replica) = Redis::start(None, "server", &["--replica-serve-stale-data", "no"]) else { return };
    replica.send(0, &[&["REPLICAOF", "127.0.0.1", &free_port().to_string()]]);
    let told = "Redis refuses (MASTERDOWN): it is a replica that has lost its master";
    secrets.refused(given(&store, &replica.address(), check()), told);
}

#[test]
fn a_password_that_is_not_wanted_and_a_redis_that_is_full_are_said_in_words() {
    let Some(redis) = Redis::start(None, "server", &[]) else { return };
    let store = Fixture::named("v1-redis-single");
    let secrets = Secrets::of(&store, &[PASSWORD]);
    let run = || given(&store, &redis.address(), check());
    let with_password = run().args(["--redis-password-env", "REDIS_PASSWORD"]);
    secrets.refused(with_password, "a password was given, and this Redis has none");
    redis.send(0, &[&["CONFIG", "SET", "maxclients", "1"]]);
    let kept = std::net::TcpStream::connect(redis.address()).expect("the server listens");
    secrets.refused(run(), "it has as many clients as it takes");
    drop(kept);
}

#[test]
fn users_of_redis_read_what_they_may_and_what_they_may_not_is_lost_not_altered() {
    let Some(redis) = Redis::start(Some("the-password-of-the-default-user"), "server", &[]) else { return };
    let store = Fixture::named("v1-rotated");
    let secrets = Secrets::of(&store, &[PASSWORD, "the-password-of-the-default-user"]);
    load_v1(&redis, &store, "k", "k");
    let mut history = store.history();
    history.sort_unstable();
    let [oldest, ..] = &history[..] else { panic!("a history") };
    let user = |name: &str, rules: &[&str]| {
        let password = format!(">{PASSWORD}");
        redis.send(0, &[&[&["ACL", "SETUSER", name, "on", &password][..], rules].concat()]);
    };
    user("reader", &["~k/*", "+get", "+scan"]);
    user("no-scan", &["~k/*", "+get"]);
    let without = format!("~k/secure_log_key.old/{}", history[1]);
    user("no-oldest", &["~k/version", "~k/secure_log_key", &without, "+get", "+scan"]);
    user("no-current", &["~k/version", "~k/secure_log_key.old/*", "+get", "+scan"]);
    let run = |name: &str, run: Run| {
        let run = given(&store, &redis.address(), run).args(["--keys-dir", "k", "--redis-user", name]);
        run.args(["--redis-password-env", "REDIS_PASSWORD"])
    };
    assert_opens(&store, &secrets, |verb| run("reader", verb));
    secrets.refused(run("nobody", check()), "it does not know this password, or this user with it");
    for (name, lost, missing) in
        [("no-scan", "secure_log_key.old/*", 2), ("no-oldest", oldest, 1), ("no-current", ": secure_log_key", 1)]
    {
        let done = secrets.exit(run(name, Run::report()).path(mixed(&store)), 2);
        let found = codes(&done);
        assert_eq!(found.iter().filter(|code| *code == "key-lost").count(), missing, "{}", done.told());
        assert!(!found.contains(&"chain-altered".to_owned()), "{}", done.told());
        assert!(done.report().findings.iter().any(|finding| finding.message.contains(lost)), "{}", done.told());
        assert!(done.report().warnings.iter().any(|told| told.contains("(NOPERM)")), "{}", done.told());
        let list = secrets.exit(run(name, Run::bare().args(["keys", "list"])), 0);
        assert!(list.text().contains("Redis refuses (NOPERM)"), "{}", list.told());
    }
}

#[test]
fn a_wrong_directory_names_those_that_there_are() {
    let Some(redis) = Redis::start(None, "server", &[]) else { return };
    let (v1, v2) = (Fixture::named("v1-single"), Fixture::named("v2-redis-single"));
    load_v1(&redis, &v1, "acra/keys", "acra/keys");
    load(&redis, 0, &v2);
    let secrets = Secrets::of(&v1, &[]);
    let told = "this database has keystores under these names: .acrakeys, acra/keys; ";
    secrets.refused(given(&v1, &redis.address(), check()).args(["--keys-dir", "keys"]), told);
}
