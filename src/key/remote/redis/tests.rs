//! What is sent to Redis, and how long it is waited for: with a server that answers as a test says.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use super::*;
use crate::key::remote::TlsSettings;
use crate::key::store::{MasterKey, Unlock, open};

/// A server; None as an answer hangs up.
struct Server {
    address: String,
    /// The words of each command, by connection.
    asked: Arc<Mutex<Vec<Vec<Vec<String>>>>>,
}

impl Server {
    /// One that has all keys, and says so.
    fn start(answer: impl Fn(&[String]) -> Option<Vec<u8>> + Send + 'static) -> Self {
        Self::start_mute(move |words| if words[0] == "HELLO" { hello("standalone") } else { answer(words) })
    }

    /// One that says of itself what the test wants.
    fn start_mute(answer: impl Fn(&[String]) -> Option<Vec<u8>> + Send + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let memory = Arc::clone(&asked);
        thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                memory.lock().unwrap().push(Vec::new());
                let mut reader = BufReader::new(socket);
                while let Some(words) = command(&mut reader) {
                    let bytes = answer(&words);
                    memory.lock().unwrap().last_mut().unwrap().push(words);
                    let Some(bytes) = bytes else { break };
                    // A client that has given up is what some tests are about.
                    drop(reader.get_mut().write_all(&bytes));
                }
            }
        });
        Self { address, asked }
    }

    fn settings(&self) -> RedisSettings {
        let (address, keys_dir) = (self.address.clone(), "k".to_owned());
        RedisSettings { address, user: None, password: None, database: 0, keys_dir, tls: None }
    }

    fn redis(&self) -> Redis {
        Redis::open(&self.settings()).unwrap().0
    }

    /// The commands on each connection, as lines.
    fn asked(&self) -> Vec<Vec<String>> {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(|commands| commands.iter().map(|words| words.join(" ")).collect()).collect()
    }
}

/// The words of the next command.
fn command(reader: &mut BufReader<TcpStream>) -> Option<Vec<String>> {
    let mut number = |kind: char| {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        line.trim_end().strip_prefix(kind)?.parse::<usize>().ok()
    };
    let count = number('*')?;
    let mut words = Vec::new();
    for _ in 0..count {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let length: usize = line.trim_end().strip_prefix('$')?.parse().ok()?;
        let mut word = vec![0; length + 2];
        reader.read_exact(&mut word).ok()?;
        words.push(String::from_utf8(word[..length].to_vec()).ok()?);
    }
    Some(words)
}

fn bulk(text: &str) -> Vec<u8> {
    format!("${}\r\n{text}\r\n", text.len()).into_bytes()
}

/// A reply to HELLO.
fn hello(mode: &str) -> Option<Vec<u8>> {
    Some([b"*4\r\n".to_vec(), bulk("proto"), b":2\r\n".to_vec(), bulk("mode"), bulk(mode)].concat())
}

/// A reply to SCAN.
fn scan(cursor: &str, names: &[&str]) -> Option<Vec<u8>> {
    let names: Vec<u8> = names.iter().flat_map(|name| bulk(name)).collect();
    let count = names.iter().filter(|byte| **byte == b'$').count();
    Some([b"*2\r\n".to_vec(), bulk(cursor), format!("*{count}\r\n").into_bytes(), names].concat())
}

const NOTHING: &[u8] = b"$-1\r\n";
const OLD: [&str; 3] = ["k/secure_log_key.old/1", "k/secure_log_key.old/2", "k/secure_log_key.old/3"];

fn unlock() -> Unlock {
    Unlock::Master(MasterKey::from_bytes(Zeroizing::new(vec![7; 32]), "the test"))
}

#[test]
fn only_what_is_needed_is_sent_and_a_password_in_the_clear_gets_a_warning() {
    let server = Server::start(|_| Some(b"+OK\r\n".to_vec()));
    let elsewhere = server.address.replace("127.0.0.1", "0.0.0.0");
    for (address, database, user, password, sent, warned) in [
        (&server.address, 0, None, None, &[][..], false),
        (&server.address, 3, None, None, &["SELECT 3"], false),
        (&server.address, 3, None, Some("p"), &["AUTH p", "SELECT 3"], false),
        (&server.address, 0, Some("u"), Some("p"), &["AUTH u p"], false),
        (&elsewhere, 0, None, Some("p"), &["AUTH p"], true),
        (&elsewhere, 0, None, None, &[], false),
    ] {
        let user = user.map(str::to_owned);
        let password = password.map(|password| Zeroizing::new(password.to_owned()));
        let settings = RedisSettings { address: address.clone(), user, password, database, ..server.settings() };
        let (redis, warnings) = Redis::open(&settings).unwrap();
        // Waits until all was received.
        drop(redis.read(StoreEntry::Version));
        let asked = server.asked().pop().unwrap();
        assert_eq!(asked[..asked.len() - 1], *sent, "{settings:?}");
        assert_eq!(warnings.len(), usize::from(warned), "{warnings:?}");
        assert!(warnings.iter().all(|told| told.contains("not TLS: the password can be read")), "{warnings:?}");
    }
}

#[test]
fn a_connection_that_fails_at_a_historical_key_ends_the_run_at_once() {
    let server = Server::start(|words| match (words[0].as_str(), words[1].as_str()) {
        ("SCAN", _) => scan("0", &OLD),
        (_, "k/secure_log_key") => Some(bulk("AAAA")),
        (_, "k/secure_log_key.old/3") => None,
        _ => Some(NOTHING.to_vec()),
    });
    let redis = server.redis();
    let failure = open(&redis, &unlock()).unwrap_err();
    assert!(failure.message.contains("k/secure_log_key.old/3: no answer: "), "{failure:?}");
    let asked = server.asked();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(asked[0].last().unwrap(), "GET k/secure_log_key.old/3", "{asked:?}");
}

#[test]
fn what_redis_holds_in_place_of_a_key_is_a_problem_of_that_key() {
    for unfit in [&b"$20000\r\n"[..], b"-WRONGTYPE x\r\n", b"-NOPERM x\r\n", b"-MOVED 1 a:1\r\n", b"$1\r\n!\r\n"] {
        let server = Server::start(move |words| match words[1].as_str() {
            "k/secure_log_key.old/2" => Some(unfit.to_vec()),
            _ => Some(bulk("AAAA")),
        });
        let redis = server.redis();
        let had = redis.read(StoreEntry::HistoricalKey("2"));
        assert!(matches!(had, Err(StorageError::Entry(_))), "{had:?}");
        assert_eq!(redis.read(StoreEntry::HistoricalKey("1")).unwrap().unwrap().as_slice(), [0; 3]);
    }
    for refused in ["-LOADING x\r\n", "+OK\r\n", "HTTP/1.1 200 OK\r\n"] {
        let server = Server::start(|_| Some(refused.into()));
        let had = server.redis().read(StoreEntry::HistoricalKey("2"));
        assert!(matches!(had, Err(StorageError::Access(_))), "{had:?}");
    }
}

#[test]
fn a_redis_that_always_answers_but_never_comes_to_an_end_is_given_up() {
    let server = Server::start(|words| {
        thread::sleep(Duration::from_millis(50));
        if words[0] == "SCAN" { scan("1", &[]) } else { Some(NOTHING.to_vec()) }
    });
    let patience = Patience::new(STEP_SECONDS_MAX, Duration::from_secs(1));
    let redis = Redis::connected(&server.settings(), patience).unwrap().0;
    let failure = redis.history().unwrap_err();
    assert!(failure.message.ends_with("the keystore was not read within 1 seconds"), "{failure:?}");
    assert_eq!(failure.hint.as_deref(), Some(OWN_DATABASE_HINT));
    assert!((5..=21).contains(&server.asked()[0].len()), "{:?}", server.asked());
    let again = redis.read(StoreEntry::Version).unwrap_err();
    assert!(matches!(again, StorageError::Access(_)), "{again:?}");
    assert_eq!(server.asked().len(), 1, "nobody connects once the time is up");
}

#[test]
fn bytes_that_drip_do_not_prolong_a_step() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        let mut socket = listener.accept().unwrap().0;
        while socket.write_all(b"$").is_ok() {
            thread::sleep(Duration::from_millis(50));
        }
    });
    let settings =
        RedisSettings { address, user: None, password: None, database: 0, keys_dir: "k".to_owned(), tls: None };
    let patience = Patience::new(Duration::from_secs(1), WHOLE_SECONDS_MAX);
    let read = Redis::connected(&settings, patience).and_then(|(redis, _)| Ok(redis.read(StoreEntry::Version)?));
    let failure = read.unwrap_err();
    assert!(failure.message.ends_with(": no answer within 1 seconds"), "{failure:?}");
}

#[test]
fn replies_that_hold_more_than_names_of_keys_are_refused() {
    let long = "k/secure_log_key.old/".to_owned() + &"1".repeat(64 * 1024);
    let server = Server::start(move |_| scan("0", &vec![long.as_str(); 100]));
    let failure = server.redis().history().unwrap_err();
    assert!(failure.message.contains("longer than"), "{failure:?}");
}

#[test]
fn history_of_a_node_that_may_not_have_all_of_it_is_told_to_be_incomplete() {
    let info = |mode: &str| Some(bulk(&format!("# Server\r\nredis_mode:{mode}\r\n")));
    let unknown = || Some(b"-ERR unknown command\r\n".to_vec());
    let proxy = "it does not say whether it is a node of a cluster";
    for (answers, told) in [
        ([hello("cluster"), None], Some("a node of a cluster")),
        ([hello("standalone"), None], None),
        ([unknown(), info("cluster")], Some("a node of a cluster")),
        ([unknown(), info("standalone")], None),
        ([unknown(), Some(b"-NOPERM x\r\n".to_vec())], Some(proxy)),
        ([Some(b"+OK\r\n".to_vec()), Some(NOTHING.to_vec())], Some(proxy)),
    ] {
        let server = Server::start_mute(move |words| match words[0].as_str() {
            "HELLO" => answers[0].clone(),
            "INFO" => answers[1].clone(),
            _ => scan("0", &OLD),
        });
        let history = server.redis().history().unwrap();
        assert_eq!(history.names, ["1", "2", "3"]);
        let unlisted = history.unlisted.map(|failure| failure.message);
        assert_eq!(unlisted.is_some(), told.is_some(), "{unlisted:?}");
        assert!(unlisted.is_none_or(|said| told.is_some_and(|told| said.contains(told))), "{told:?}");
    }
}

#[test]
fn a_search_that_is_not_allowed_leaves_the_history_incomplete_and_any_other_trouble_ends_it() {
    for (refused, told) in
        [("-NOPERM x\r\n", "Redis refuses (NOPERM)"), ("-ERR unknown command\r\n", "Redis refuses (ERR)")]
    {
        let server = Server::start(|_| Some(refused.into()));
        let history = server.redis().history().unwrap();
        assert!(history.names.is_empty() && history.unlisted.unwrap().message.contains(told), "{told}");
    }
    for (refused, told) in
        [("-LOADING x\r\n", "(LOADING)"), ("-CLUSTERDOWN x\r\n", "(CLUSTERDOWN)"), ("+OK\r\n", "not one of")]
    {
        let server = Server::start(|_| Some(refused.into()));
        let failure = server.redis().history().unwrap_err();
        assert!(failure.message.contains(told), "{failure:?}");
    }
}

#[test]
fn a_sentinel_is_named_as_one() {
    let server = Server::start_mute(|words| match words[0].as_str() {
        "HELLO" => hello("sentinel"),
        _ => Some(b"-ERR unknown command 'GET', with args beginning with: 'k/version'\r\n".to_vec()),
    });
    let failure = open(&server.redis(), &unlock()).unwrap_err();
    assert!(failure.message.ends_with(": a Sentinel, which has no keys itself"), "{failure:?}");
    assert!(failure.hint.is_some_and(|hint| hint.contains("address of the master")));
}

fn settings(listener: &TcpListener) -> RedisSettings {
    let address = listener.local_addr().unwrap().to_string();
    RedisSettings { address, user: None, password: None, database: 0, keys_dir: "k".to_owned(), tls: None }
}

#[test]
fn who_is_turned_away_before_it_asks_is_told_why() {
    for (line, told) in [
        ("-ERR max number of clients reached\r\n", "it has as many clients as it takes"),
        ("-DENIED Redis is running in protected mode\r\n", "it is in protected mode"),
    ] {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let settings = settings(&listener);
        thread::spawn(move || listener.accept().unwrap().0.write_all(line.as_bytes()));
        let redis = Redis::open(&settings).unwrap().0;
        // By then the server has hung up.
        thread::sleep(Duration::from_millis(100));
        let Err(StorageError::Access(failure)) = redis.read(StoreEntry::Version) else { panic!("{told}") };
        assert!(failure.message.contains(told), "{failure:?}");
    }
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let patience = Patience::new(Duration::from_secs(1), WHOLE_SECONDS_MAX);
    let redis = Redis::connected(&settings(&silent), patience).unwrap().0;
    let Err(StorageError::Access(failure)) = redis.read(StoreEntry::Version) else { panic!("an answer of nobody") };
    assert!(failure.message.ends_with("no answer within 1 seconds"), "{failure:?}");
}

#[test]
fn keystores_under_other_names_are_named() {
    let server = Server::start(|words| match words.get(3).map(String::as_str) {
        Some("*/secure_log_key") => scan("0", &["acra/keys/secure_log_key", "./k/secure_log_key"]),
        Some("*/audit-log.keyring") => scan("0", &["k2/audit-log.keyring"]),
        Some(_) => scan("0", &[]),
        None => Some(NOTHING.to_vec()),
    });
    let failure = open(&server.redis(), &unlock()).unwrap_err();
    assert!(failure.message.contains("k/secure_log_key: missing"), "{failure:?}");
    let named = "this database has keystores under these names: ./k, acra/keys, k2; name the keystore";
    assert!(failure.hint.as_ref().is_some_and(|hint| hint.starts_with(named)), "{failure:?}");
}

#[test]
fn a_server_without_tls_that_waits_for_more_is_given_up() {
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, rcgen::generate_simple_self_signed([]).unwrap().cert.pem()).unwrap();
    let tls = TlsSettings { ca: Some(ca), ..TlsSettings::default() };
    let settings = RedisSettings { tls: Some(tls), ..settings(&silent) };
    let patience = Patience::new(Duration::from_secs(1), WHOLE_SECONDS_MAX);
    let failure = Redis::connected(&settings, patience).err().unwrap();
    assert!(failure.message.ends_with("cannot connect: no answer within 1 seconds"), "{failure:?}");
    assert!(failure.hint.is_some_and(|hint| hint.starts_with("is it the port for TLS")));
}

#[test]
fn the_current_key_has_the_directory_verbatim_and_the_others_have_it_cleaned() {
    // current key, history, key ring
    let cases = [
        (".acrakeys", ".acrakeys/secure_log_key", ".acrakeys/secure_log_key.old/T", ".acrakeys/audit-log.keyring"),
        ("./k", "./k/secure_log_key", "k/secure_log_key.old/T", "k/audit-log.keyring"),
        ("k/", "k//secure_log_key", "k/secure_log_key.old/T", "k/audit-log.keyring"),
        ("/a//b/../c/", "/a//b/../c//secure_log_key", "/a/c/secure_log_key.old/T", "/a/c/audit-log.keyring"),
        ("../k", "../k/secure_log_key", "../k/secure_log_key.old/T", "../k/audit-log.keyring"),
        (".", "./secure_log_key", "secure_log_key.old/T", "audit-log.keyring"),
        ("/", "//secure_log_key", "/secure_log_key.old/T", "/audit-log.keyring"),
    ];
    for (keys_dir, current, history, ring) in cases {
        let names = EntryNames::new(keys_dir);
        assert_eq!(names.of(StoreEntry::CurrentKey), current);
        assert_eq!(names.of(StoreEntry::HistoricalKey("T")), history);
        assert_eq!(names.history_prefix() + "T", history);
        assert_eq!(names.of(StoreEntry::KeyRing), ring);
    }
    assert_eq!(EntryNames::new("./k").of(StoreEntry::Version), "k/version");
}

#[test]
fn paths_are_cleaned_as_go_cleans_them() {
    for (path, cleaned) in [
        ("", "."),
        (".", "."),
        ("a/..", "."),
        ("a/../..", ".."),
        ("../../a", "../../a"),
        ("/..", "/"),
        ("/../a", "/a"),
        ("a//b///c", "a/b/c"),
        ("./a/./b/", "a/b"),
        ("a/b/../../c", "c"),
        ("...", "..."),
    ] {
        assert_eq!(clean(path), cleaned, "{path}");
    }
}

#[test]
fn letters_that_mean_something_in_a_pattern_are_escaped() {
    assert_eq!(EntryNames::new("a*[b]?^c\\d").history_pattern(), "a\\*\\[b\\]\\?\\^c\\\\d/secure_log_key.old/*");
}

#[test]
fn the_mode_stands_in_both_answers() {
    for (word, mode) in [
        ("standalone", Some(Mode::Standalone)),
        ("cluster", Some(Mode::Cluster)),
        ("sentinel", Some(Mode::Sentinel)),
        ("other", None),
    ] {
        let hello = vec![bytes("server"), bytes("redis"), bytes("proto"), Reply::Line, bytes("mode"), bytes(word)];
        assert_eq!(Mode::of_hello(&Reply::List(hello)), mode, "{word}");
        let info = format!("# Server\r\nredis_version:7.0.15\r\nredis_mode:{word}\r\nos:Linux\r\n");
        assert_eq!(Mode::of_info(&bytes(&info)), mode, "{word}");
    }
    for other in [Reply::Line, Reply::Nothing, bytes("mode"), Reply::List(vec![bytes("mode")])] {
        assert_eq!((Mode::of_hello(&other), Mode::of_info(&other)), (None, None));
    }
}

fn bytes(text: &str) -> Reply {
    Reply::Bytes(Zeroizing::new(text.as_bytes().to_vec()))
}

fn reply(cursor: &str, names: &[&str]) -> Reply {
    Reply::List(vec![bytes(cursor), Reply::List(names.iter().map(|name| bytes(name)).collect())])
}

fn search() -> Scan<'static> {
    Scan::behind("k/", "k/*".to_owned())
}

#[test]
fn the_search_goes_on_where_the_cursor_says_and_keeps_each_name_once() {
    let mut search = search();
    assert_eq!(search.command(), [&b"SCAN"[..], b"0", b"MATCH", b"k/*", b"COUNT", b"1000"]);
    assert_eq!(search.take(reply("17", &["k/b", "k/a"])), Some(ScanStep::Ask));
    assert_eq!(search.command()[1], b"17");
    assert_eq!(search.take(reply("18446744073709551615", &[])), Some(ScanStep::Ask));
    assert_eq!(search.take(reply("0", &["k/a", "k/c"])), Some(ScanStep::Done));
    assert_eq!(search.found(), ["a", "b", "c"]);
}

#[test]
fn names_that_acra_does_not_give_are_not_kept() {
    let (longest, longer, huge) = ("k/".to_owned() + &"1".repeat(255), "k/".to_owned() + &"1".repeat(256), "k/1");
    let huge = huge.repeat(30_000);
    let mut search = search();
    search.take(reply("0", &[&longest, &longer, &huge, "k/", "k/a/b", "other/a", "\u{e9}"]));
    assert_eq!(search.found(), [&longest[2..]]);
}

#[test]
fn what_stands_before_a_name_is_kept_whatever_it_is() {
    let mut search = Scan::before("/secure_log_key", "*/secure_log_key".to_owned());
    search
        .take(reply("0", &["a/b/secure_log_key", "k//secure_log_key", "/secure_log_key", "other", "k/secure_log_key"]));
    assert_eq!(search.found(), ["a/b", "k", "k/"]);
}

#[test]
fn what_has_no_end_is_given_up() {
    let mut endless = search();
    for _ in 1..SCANS_MAX {
        assert_eq!(endless.take(reply("1", &["k/a"])), Some(ScanStep::Ask));
    }
    assert_eq!(endless.take(reply("1", &["k/a"])), Some(ScanStep::TooMany));

    let names: Vec<String> = (0..=NAMES_MAX).map(|number| format!("k/{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(search().take(reply("0", &names)), Some(ScanStep::TooMany));
    assert_eq!(search().take(reply("0", &names[1..])), Some(ScanStep::Done));
}

#[test]
fn what_is_no_reply_to_scan_is_noticed() {
    for other in [
        Reply::Line,
        Reply::Nothing,
        Reply::List(vec![bytes("0")]),
        Reply::List(vec![bytes("0"), bytes("k/a")]),
        Reply::List(vec![bytes("0"), Reply::List(vec![Reply::Line])]),
        reply("", &[]),
        reply("-1", &[]),
        reply("0 0", &[]),
        reply("184467440737095516150", &[]),
    ] {
        let shown = format!("{other:?}");
        assert_eq!(search().take(other), None, "{shown}");
    }
}
