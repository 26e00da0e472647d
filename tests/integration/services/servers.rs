//! Real servers on free ports, which end with the value that stands for them.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use tempfile::TempDir;

use super::certificates::Certificates;
use super::running::Running;

/// The servers that are named here, with blanks between them, must be there: their absence is a failure.
const DEMAND: &str = "ACRALOG_SERVERS";

/// Servers and their programs.
const PROGRAMS: [(&str, &str); 4] = [
    ("redis", "redis-server"),
    ("moto", "moto_server"),
    ("rsyslog", "rsyslogd"),
    ("alertmanager", "prometheus-alertmanager"),
];

/// The machines of CI are slow.
pub const START_SECONDS_MAX: u64 = 60;

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
pub fn installed(name: &str, how: &str) -> Option<PathBuf> {
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
pub fn start(command: &mut Command, port: u16) -> Running {
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut server = Running(child.expect("a program that is installed"));
    wait_for(&mut server, command, port);
    server
}

/// Waits until a server listens on a port.
pub fn wait_for(server: &mut Running, command: &Command, port: u16) {
    let started = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        let ended = server.0.try_wait().expect("a child can be asked");
        assert!(ended.is_none(), "{command:?} ended: {ended:?}");
        assert!(started.elapsed() < Duration::from_secs(START_SECONDS_MAX), "{command:?} does not listen");
        thread::sleep(Duration::from_millis(20));
    }
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

    /// A Sentinel, which knows of one master that is not there.
    pub fn start_sentinel() -> Option<Self> {
        let program = installed("redis-server", "apt-get install redis-server")?;
        let (folder, certificates, port) = (tempfile::tempdir().expect("a folder"), Certificates::new(), free_port());
        let (file, master) = (folder.path().join("sentinel.conf"), free_port());
        let text = format!("port {port}\nbind 127.0.0.1\nsentinel monitor keys 127.0.0.1 {master} 1\n");
        std::fs::write(&file, text).expect("a file of our own");
        let server = start(Command::new(program).arg(&file).arg("--sentinel"), port);
        Some(Self { port, tls_port: port, certificates, password: None, _server: server, _folder: folder })
    }

    /// Nodes of one cluster, each with the slots of these names; the first one has all others as well.
    pub fn start_cluster(names: &[&[String]]) -> Option<Vec<Self>> {
        let more = ["--cluster-enabled", "yes"];
        let nodes: Vec<_> = names.iter().map(|_| Self::start(None, "server", &more)).collect::<Option<_>>()?;
        let slot_of = |name: &String| nodes[0].ask(&["CLUSTER", "KEYSLOT", name])[1..].to_owned();
        let slots: Vec<Vec<String>> = names.iter().map(|names| names.iter().map(slot_of).collect()).collect();
        let taken: Vec<_> = slots[1..].iter().flatten().cloned().collect();
        for (node, slots) in nodes.iter().zip(&slots) {
            let rest = (0..16384).map(|slot: u32| slot.to_string()).filter(|slot| !taken.contains(slot)).collect();
            let slots = if node.port == nodes[0].port { rest } else { slots.clone() };
            let words: Vec<_> = ["CLUSTER", "ADDSLOTS"].into_iter().chain(slots.iter().map(String::as_str)).collect();
            assert_eq!(node.ask(&words), "+OK");
            node.ask(&["CLUSTER", "MEET", "127.0.0.1", &nodes[0].port.to_string()]);
        }
        let started = Instant::now();
        // A node answers to its keys once it knows who has the others.
        while !nodes.iter().all(Self::is_in_full_cluster) {
            assert!(started.elapsed() < Duration::from_secs(START_SECONDS_MAX), "the nodes do not come together");
            thread::sleep(Duration::from_millis(50));
        }
        Some(nodes)
    }

    fn is_in_full_cluster(&self) -> bool {
        let answer = self.ask_all(&["CLUSTER", "INFO"]);
        answer.contains("cluster_state:ok") && answer.contains("cluster_slots_assigned:16384")
    }

    /// The first line of an answer.
    pub fn ask(&self, words: &[&str]) -> String {
        self.ask_all(words).lines().next().unwrap_or_default().to_owned()
    }

    /// An answer, as far as it comes at once.
    fn ask_all(&self, words: &[&str]) -> String {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).expect("the server listens");
        write_command(&mut socket, words);
        let mut answer = vec![0; 4096];
        let length = socket.read(&mut answer).expect("the server answers");
        String::from_utf8_lossy(&answer[..length]).into_owned()
    }

    /// Sends commands that are answered with a line each.
    pub fn send(&self, database: u32, commands: &[&[&str]]) {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).expect("the server listens");
        let database = database.to_string();
        let first = self.password.map(|password| vec!["AUTH", password]);
        let begin = first.into_iter().chain([vec!["SELECT", &database]]);
        for command in begin.chain(commands.iter().map(|words| words.to_vec())) {
            write_command(&mut socket, &command);
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

fn write_command(socket: &mut TcpStream, words: &[&str]) {
    let mut bytes = format!("*{}\r\n", words.len());
    for word in words {
        bytes += &format!("${}\r\n{word}\r\n", word.len());
    }
    socket.write_all(bytes.as_bytes()).expect("the server reads");
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
