//! A server for HTTP that answers as a test says and remembers what it was asked, with TLS or without.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use super::certificates::Certificates;

/// A request: its first line, its headers by their names in small letters, its body.
#[derive(Clone, Debug)]
pub struct Asked {
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Asked {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }
}

/// Everything between the head of a request and its answer.
type Answering = Box<dyn Fn(&Asked) -> Vec<u8> + Send>;

/// A server that lasts as long as the test binary.
pub struct Standin {
    pub port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Standin {
    /// Answers every request with a status and a body.
    pub fn start(answer: impl Fn(&Asked) -> (u16, String) + Send + 'static) -> Self {
        Self::serve(None, Box::new(move |asked| http(answer(asked))))
    }

    /// With TLS as `certificate`, for clients that `ca.pem` vouches for.
    pub fn start_tls(
        certificates: &Certificates,
        certificate: &str,
        answer: impl Fn(&Asked) -> (u16, String) + Send + 'static,
    ) -> Self {
        let read = |name: &str| CertificateDer::from_pem_slice(&certificates.read(name)).expect("a certificate");
        let mut roots = RootCertStore::empty();
        roots.add(read("ca.pem")).expect("an authority");
        let provider = Arc::new(ring::default_provider());
        let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        let key = PrivateKeyDer::from_pem_slice(&certificates.read(&format!("{certificate}.key"))).expect("a key");
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the usual versions")
            .with_client_cert_verifier(clients.build().expect("an authority"))
            .with_single_cert(vec![read(&format!("{certificate}.pem"))], key)
            .expect("a certificate and its key");
        Self::serve(Some(Arc::new(config)), Box::new(move |asked| http(answer(asked))))
    }

    /// Sends these bytes, whatever it is asked.
    pub fn start_raw(bytes: &'static [u8]) -> Self {
        Self::serve(None, Box::new(move |_| bytes.to_vec()))
    }

    fn serve(tls: Option<Arc<ServerConfig>>, answer: Answering) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("it listens").port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let memory = Arc::clone(&asked);
        thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                drop(socket.set_read_timeout(Some(Duration::from_secs(20))));
                // A client that hangs up is what some tests are about.
                let _ = match &tls {
                    None => converse(socket, &memory, &answer),
                    Some(config) => {
                        let server = ServerConnection::new(Arc::clone(config)).expect("a configuration");
                        converse(StreamOwned::new(server, socket), &memory, &answer)
                    }
                };
            }
        });
        Self { port, asked }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What it was asked since this was asked last.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.asked.lock().expect("nobody panics with it"))
    }
}

fn http((status, body): (u16, String)) -> Vec<u8> {
    let (length, target) = (body.len(), body.strip_prefix("Location: "));
    let more = target.map_or(String::new(), |target| format!("Location: {target}\r\n"));
    format!("HTTP/1.1 {status} Told\r\n{more}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}").into_bytes()
}

/// One request and its answer.
fn converse(stream: impl Read + Write, memory: &Mutex<Vec<Asked>>, answer: &Answering) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut asked = Asked { line: String::new(), headers: Vec::new(), body: String::new() };
    stream.read_line(&mut asked.line)?;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        asked.headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let length = asked.header("content-length").parse().unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    asked.body = String::from_utf8(body).map_err(std::io::Error::other)?;
    asked.line = asked.line.trim_end().to_owned();
    let bytes = answer(&asked);
    memory.lock().expect("nobody panics with it").push(asked);
    stream.get_mut().write_all(&bytes)?;
    stream.get_mut().flush()
}
