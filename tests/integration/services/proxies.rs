//! Vault behind a proxy of the environment: which variables count, for which servers, and what is said when the proxy fails.
//! The list of exempt hosts is left to the unit tests.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use super::certificates::Certificates;
use super::servers::free_port;
use super::standin::Standin;
use super::{Secrets, assert_opens, check, master, vault};
use crate::support::Run;
use crate::support::keystore::Fixture;

const PASSWORD: &str = "the-password-of-the-proxy";

/// A proxy that passes everything on to one port of this machine, and remembers what it was asked.
struct Tunnel {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Tunnel {
    fn to(target: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("it listens").port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let memory = Arc::clone(&asked);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                // A client that hangs up is no matter of the proxy.
                drop(pass_on(client, target, &memory));
            }
        });
        Self { port, asked }
    }
}

fn pass_on(client: TcpStream, target: u16, memory: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut client = BufReader::new(client);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && client.read_line(&mut head)? > 0 {}
    memory.lock().expect("nobody panics with it").push(head);
    let mut server = TcpStream::connect(("127.0.0.1", target))?;
    let (mut to_client, mut to_server) = (client.get_ref().try_clone()?, server.try_clone()?);
    to_client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
    thread::spawn(move || io::copy(&mut client, &mut to_server));
    io::copy(&mut server, &mut to_client).map(drop)
}

/// Keys from a Vault with TLS that shows itself as `server.test`, which no resolver knows.
struct Behind {
    store: Fixture,
    certificates: Certificates,
}

impl Behind {
    fn new() -> Self {
        Self { store: Fixture::named("v1-single"), certificates: Certificates::new() }
    }

    fn secrets(&self) -> Secrets {
        Secrets::of(&self.store, &[vault::TOKEN, PASSWORD])
    }

    fn start(&self, certificate: &str) -> Standin {
        Standin::start_tls(&self.certificates, certificate, vault::vault(&master(&self.store)))
    }

    fn given(&self, url: &str, run: Run) -> Run {
        let path = |name: &str| self.certificates.path(name);
        let run = vault::given(&self.store, url, "secret/acra/key", run).arg("--vault-tls-ca").arg(path("ca.pem"));
        let run = run.arg("--vault-tls-cert").arg(path("client.pem")).arg("--vault-tls-key");
        run.arg(path("client.key"))
    }
}

#[test]
fn a_server_is_asked_through_the_proxy_for_https_which_sees_nothing_of_it() {
    let behind = Behind::new();
    let (standin, secrets) = (behind.start("named"), behind.secrets());
    let tunnel = Tunnel::to(standin.port);
    for (name, url) in [
        ("HTTPS_PROXY", format!("http://user:{PASSWORD}@127.0.0.1:{}", tunnel.port)),
        ("https_proxy", format!("127.0.0.1:{}", tunnel.port)),
    ] {
        assert_opens(&behind.store, &secrets, |run| behind.given("https://server.test:8200", run).env(name, &url));
        let heads = std::mem::take(&mut *tunnel.asked.lock().expect("nobody panics with it"));
        assert!(!heads.is_empty());
        for head in heads {
            assert!(head.starts_with("CONNECT server.test:8200 HTTP/1.1\r\n"), "{head}");
            assert_eq!(head.contains("Proxy-Authorization: Basic "), url.contains('@'), "{head}");
            assert!(!head.contains(vault::TOKEN), "{head}");
        }
    }
    assert!(standin.asked().iter().all(|asked| asked.header("host") == "server.test:8200"));
}

#[test]
fn this_machine_is_asked_directly_and_other_proxies_do_not_count() {
    let behind = Behind::new();
    let (standin, secrets) = (behind.start("server"), behind.secrets());
    let url = format!("https://127.0.0.1:{}", standin.port);
    let dead = format!("http://127.0.0.1:{}", free_port());
    for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        secrets.exit(behind.given(&url, check()).env(name, &dead), 0);
    }
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        let run = behind.given("https://server.test:8200", check()).env(name, &dead);
        let done = secrets.exit(run, 2);
        assert!(!done.stderr.contains("proxy"), "{}", done.told());
    }
}

#[test]
fn a_proxy_that_fails_is_named_without_its_password() {
    let behind = Behind::new();
    let secrets = behind.secrets();
    let refusing = Standin::start_raw(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n");
    let silent = Standin::start_raw(b"");
    let proxy = |port: u16| format!("http://user:{PASSWORD}@127.0.0.1:{port}");
    let run = |proxy: &str| behind.given("https://server.test", check()).env("HTTPS_PROXY", proxy);
    for (port, words) in [(free_port(), ""), (refusing.port, "responded 407"), (silent.port, "")] {
        let done = secrets.exit(run(&proxy(port)), 2);
        let told = format!("cannot be asked through the proxy http://127.0.0.1:{port}: ");
        let (_, what) = done.stderr.split_once(&told).unwrap_or_else(|| panic!("{}", done.told()));
        assert!(what.contains(words) && what.contains("hint: HTTPS_PROXY names this proxy"), "{}", done.told());
    }
    assert_eq!(refusing.asked()[0].line, "CONNECT server.test:443 HTTP/1.1");

    secrets.refused(run(&format!("socks5://user:{PASSWORD}@127.0.0.1:1")), "the variable HTTPS_PROXY does not hold");
    let named = run(&proxy(free_port())).args(["--vault-tls-sni", "name.test"]);
    secrets.refused(named, "Vault cannot be asked by another name through the proxy http://127.0.0.1:");
}
