//! Real servers that alarms are told to, on free ports, which end with the value that stands for them.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::certificates::Certificates;
use super::running::Running;
use super::servers::{START_SECONDS_MAX, free_port, installed, start, wait_for};

/// rsyslogd, which writes what it receives to a file, a line for each message.
pub(crate) struct Rsyslog {
    pub(crate) port: u16,
    pub(crate) tls_port: u16,
    pub(crate) certificates: Certificates,
    folder: TempDir,
    _server: Running,
}

impl Rsyslog {
    pub(crate) fn start() -> Option<Self> {
        let program = installed("rsyslogd", "apt-get install rsyslog rsyslog-openssl")?;
        let (folder, certificates) = (tempfile::tempdir().expect("a folder"), Certificates::new());
        let (port, tls_port) = (free_port(), free_port());
        let path = |name: &str| certificates.path(name).display().to_string();
        let (ca, certificate, key) = (path("ca.pem"), path("server.pem"), path("server.key"));
        let work = folder.path().display();
        let configuration = format!(
            r#"global(workDirectory="{work}" defaultNetstreamDriverCAFile="{ca}"
                defaultNetstreamDriverCertFile="{certificate}" defaultNetstreamDriverKeyFile="{key}")
            module(load="imuxsock" sysSock.use="off")
            module(load="imudp")
            module(load="imtcp")
            template(name="all" type="string"
                string="%pri% %timestamp:::date-rfc3339% %hostname% %app-name% %msgid% %structured-data% %msg%\n")
            ruleset(name="all") {{ action(type="omfile" file="{work}/received" template="all") }}
            input(type="imuxsock" socket="{work}/log" ruleset="all")
            input(type="imudp" address="127.0.0.1" port="{port}" ruleset="all")
            input(type="imtcp" address="127.0.0.1" port="{port}" ruleset="all")
            input(type="imtcp" address="127.0.0.1" port="{tls_port}" ruleset="all" streamDriver.name="ossl"
                streamDriver.mode="1" streamDriver.authMode="anon")
            "#
        );
        let file = folder.path().join("rsyslog.conf");
        std::fs::write(&file, configuration).expect("a file of our own");
        let mut command = Command::new(program);
        command.arg("-n").arg("-f").arg(&file).arg("-i").arg(folder.path().join("pid"));
        let mut server = start(&mut command, tls_port);
        wait_for(&mut server, &command, port);
        Some(Self { port, tls_port, certificates, folder, _server: server })
    }

    /// Where programs of the same machine send to.
    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// All that was received, once it is so many messages.
    pub(crate) fn received(&self, messages: usize) -> Vec<String> {
        let started = Instant::now();
        loop {
            let text = std::fs::read_to_string(self.folder.path().join("received")).unwrap_or_default();
            if text.ends_with('\n') && text.lines().count() >= messages {
                return text.lines().map(str::to_owned).collect();
            }
            assert!(started.elapsed() < Duration::from_secs(START_SECONDS_MAX), "received only: {text}");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Alertmanager, which tells nobody.
pub(crate) struct Alertmanager {
    pub(crate) port: u16,
    _server: Running,
    _folder: TempDir,
}

impl Alertmanager {
    pub(crate) fn start() -> Option<Self> {
        let program = installed("prometheus-alertmanager", "apt-get install prometheus-alertmanager")?;
        let (folder, port) = (tempfile::tempdir().expect("a folder"), free_port());
        let file = folder.path().join("alertmanager.yml");
        std::fs::write(&file, "route:\n  receiver: nobody\nreceivers:\n  - name: nobody\n").expect("a file of our own");
        let mut command = Command::new(program);
        command.arg(format!("--config.file={}", file.display()));
        command.arg(format!("--storage.path={}", folder.path().display()));
        command.arg(format!("--web.listen-address=127.0.0.1:{port}")).arg("--cluster.listen-address=");
        let server = start(&mut command, port);
        Some(Self { port, _server: server, _folder: folder })
    }

    /// The alerts that go on.
    pub(crate) fn alerts(&self) -> Vec<serde_json::Value> {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).expect("the server listens");
        let request = "GET /api/v2/alerts HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n";
        socket.write_all(request.as_bytes()).expect("the server reads");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).expect("the server answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        assert!(head.contains(" 200 "), "{answer}");
        serde_json::from_str(body).expect("a list")
    }
}
