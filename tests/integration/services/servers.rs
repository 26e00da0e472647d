//! Real servers on free ports, which end with the value that stands for them.

use std::env;
use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::certificates::Certificates;
use crate::support::running::Running;

/// The servers that are named here, with blanks between them, must be there: their absence is a failure.
const DEMAND: &str = "ACRALOG_SERVERS";

/// Servers and their programs.
const PROGRAMS: [(&str, &str); 2] = [("redis", "redis-server"), ("moto", "moto_server")];

/// The machines of CI are slow.
const START_SECONDS_MAX: u64 = 60;

/// Whether a program must be there. A demand that names no server would demand nothing, and is a failure.
#[track_caller]
fn is_demanded(program: &str, demand: &str) -> bool {
    let demanded = demand.split_whitespace().map(|word| {
        let known = PROGRAMS.iter().find(|(server, _)| *server == word);
        known.unwrap_or_else(|| panic!("{DEMAND}: {word} is no server; there are {PROGRAMS:?}")).1
    });
    demanded.collect::<Vec<_>>().contains(&program)
}

#[test]
fn a_server_is_demanded_by_its_name_and_a_name_of_none_is_noticed() {
    for (demand, redis, moto) in
        [("", false, false), ("redis", true, false), ("moto", false, true), ("redis moto", true, true)]
    {
        assert_eq!(
            [is_demanded("redis-server", demand), is_demanded("moto_server", demand)],
            [redis, moto],
            "{demand}"
        );
    }
    for demand in ["required", "redis-server", "redis,moto"] {
        assert!(std::panic::catch_unwind(|| is_demanded("redis-server", demand)).is_err(), "{demand}");
    }
}

/// A program on the path; None where it is absent and need not be there.
#[expect(clippy::disallowed_methods, reason = "whether there must be a server is no matter of the tool's plan")]
fn installed(name: &str, how: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let program = env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file());
    let is_demanded = is_demanded(name, &env::var(DEMAND).unwrap_or_default());
    if program.is_none() {
        let absent = format!("{name} is not installed\nhint: {how}");
        assert!(!is_demanded, "{absent}");
        // Not `eprintln!`: the test harness would keep it to itself.
        drop(writeln!(io::stderr(), "skipped: {absent}"));
    }
    program
}

/// Starts a server and waits until it listens on a port.
fn start(command: &mut Command, port: u16) -> Running {
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut server = Running(child.expect("a program that is installed"));
    let started = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        let ended = server.0.try_wait().expect("a child can be asked");
        assert!(ended.is_none(), "{command:?} ended: {ended:?}");
        assert!(started.elapsed() < Duration::from_secs(START_SECONDS_MAX), "{command:?} does not listen");
        thread::sleep(Duration::from_millis(20));
    }
    server
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).and_then(|socket| socket.local_addr()).expect("a free port").port()
}

/// redis-server, with TLS beside plain connections.
pub struct Redis {
    pub port: u16,
    pub tls_port: u16,
    pub certificates: Certificates,
    password: Option<&'static str>,
    _server: Running,
    _folder: TempDir,
}

impl Redis {
    /// `more` is configuration, as it would stand behind the name of the program.
    pub fn start(password: Option<&'static str>, certificate: &str, more: &[&str]) -> Option<Self> {
        let program = installed("redis-server", "apt-get install redis-server")?;
        let (folder, certificates) = (tempfile::tempdir().expect("a folder"), Certificates::new());
        let (port, tls_port) = (free_port(), free_port());
        let mut command = Command::new(program);
        command.args(["--save", "", "--bind", "127.0.0.1", "--dir"]).arg(folder.path());
        command.args(["--port", &port.to_string(), "--tls-port", &tls_port.to_string(), "--tls-cert-file"]);
        command.arg(certificates.path(&format!("{certificate}.pem"))).arg("--tls-key-file");
        command.arg(certificates.path(&format!("{certificate}.key"))).arg("--tls-ca-cert-file");
        command.arg(certificates.path("ca.pem")).args(more);
        if let Some(password) = password {
            command.args(["--requirepass", password]);
        }
        let server = start(&mut command, port);
        Some(Self { port, tls_port, certificates, password, _server: server, _folder: folder })
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn tls_address(&self) -> String {
        format!("127.0.0.1:{}", self.tls_port)
    }

    /// Sends commands that are answered with a line each.
    pub fn send(&self, database: u32, commands: &[&[&str]]) {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).expect("the server listens");
        let database = database.to_string();
        let first = self.password.map(|password| vec!["AUTH", password]);
        let begin = first.into_iter().chain([vec!["SELECT", &database]]);
        for command in begin.chain(commands.iter().map(|words| words.to_vec())) {
            let mut bytes = format!("*{}\r\n", command.len());
            for word in &command {
                bytes += &format!("${}\r\n{word}\r\n", word.len());
            }
            socket.write_all(bytes.as_bytes()).expect("the server reads");
            let mut answer = Vec::new();
            while !answer.ends_with(b"\n") {
                let mut byte = [0];
                socket.read_exact(&mut byte).expect("the server answers");
                answer.push(byte[0]);
            }
            assert!(answer.starts_with(b"+") || answer.starts_with(b":"), "{}", String::from_utf8_lossy(&answer));
        }
    }
}

/// moto, which answers as AWS does.
pub struct Moto {
    pub port: u16,
    _server: Running,
}

impl Moto {
    pub fn start() -> Option<Self> {
        let program = installed("moto_server", "pip install 'moto[server,kms]', and its folder on the PATH")?;
        let port = free_port();
        let server = start(Command::new(program).args(["-p", &port.to_string()]), port);
        Some(Self { port, _server: server })
    }

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Asks KMS for something that acralog does not.
    pub fn ask(&self, region: &str, action: &str, body: &str) -> serde_json::Value {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).expect("the server listens");
        let request = format!(
            "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nX-Amz-Target: TrentService.{action}\r\n\
             Content-Type: application/x-amz-json-1.1\r\nContent-Length: {}\r\nAuthorization: AWS4-HMAC-SHA256 \
             Credential=AKIAEXAMPLE/20261122/{region}/kms/aws4_request, SignedHeaders=host, Signature=00\r\n\r\n{body}",
            body.len()
        );
        socket.write_all(request.as_bytes()).expect("the server reads");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).expect("the server answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        assert!(head.contains(" 200 "), "{action}: {answer}");
        serde_json::from_str(body).unwrap_or_default()
    }
}
