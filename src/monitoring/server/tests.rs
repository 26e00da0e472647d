//! The server, asked by a client of HTTP, by slow clients, by many at once, and by those that speak something else.

use std::io::Write as _;
use std::net::TcpStream as Client;
use std::sync::Barrier;

use ureq::Agent;
use ureq::http::Response;

use super::*;
use crate::monitoring::health::Heartbeat;
use crate::verdict::code::Demands;

/// A server at a port that the system chose, and what it tells of.
struct Served {
    server: MonitoringServer,
    metrics: Arc<Metrics>,
    health: Health,
}

impl Served {
    fn start() -> Self {
        Self::with(CONNECTION_TIME_MAX)
    }

    fn with(time_max: Duration) -> Self {
        let (metrics, health) = (Arc::new(Metrics::new(&Demands::default())), Health::new());
        let pages = Pages { metrics: Arc::clone(&metrics), health: health.clone() };
        let address = "127.0.0.1:0".parse().expect("an address");
        let server = MonitoringServer::listen(&address, pages, time_max).expect("a port");
        Self { server, metrics, health }
    }

    fn agent() -> Agent {
        let config = Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(60)));
        config.build().new_agent()
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.address())
    }

    /// Status, type and body of an answer.
    fn get(&self, path: &str) -> (u16, String, String) {
        told(Self::agent().get(self.url(path)).call().expect("an answer"))
    }

    fn connect(&self) -> Client {
        let client = Client::connect(self.server.address()).expect("a connection");
        client.set_read_timeout(Some(Duration::from_secs(60))).expect("a time");
        client
    }
}

fn told(mut response: Response<ureq::Body>) -> (u16, String, String) {
    let kind = response.headers()["content-type"].to_str().expect("text").to_owned();
    (response.status().as_u16(), kind, response.body_mut().read_to_string().expect("a body"))
}

/// What comes until the server ends the connection; that it breaks off is an end as well.
fn rest(client: &mut Client) -> String {
    let mut text = Vec::new();
    drop(client.read_to_end(&mut text));
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
fn metrics_come_in_the_format_that_is_asked_for() {
    let served = Served::start();
    served.metrics.stream("a.log").add_lines(7, 1000, 1);
    let (status, kind, body) = served.get("/metrics");
    assert_eq!((status, kind.as_str()), (200, "text/plain; version=0.0.4; charset=utf-8"));
    assert!(body.contains("\nacralog_entries_total{stream=\"a.log\"} 7\n"), "{body}");
    assert!(!body.contains("# EOF"), "{body}");
    let request = Served::agent().get(served.url("/metrics")).header("accept", "application/openmetrics-text");
    let (status, kind, body) = told(request.call().expect("an answer"));
    assert_eq!((status, kind.as_str()), (200, "application/openmetrics-text; version=1.0.0; charset=utf-8"));
    assert!(body.ends_with("# EOF\n"), "{body}");
}

#[test]
fn each_path_has_its_answer_and_there_are_no_others() {
    let served = Served::start();
    assert_eq!(served.get("/healthz").0, 200);
    assert_eq!(served.get("/readyz").0, 503);
    served.health.ready();
    assert_eq!(served.get("/readyz?verbose"), (200, "text/plain; charset=utf-8".to_owned(), "ok\n".to_owned()));
    for path in ["/", "/metrics/", "/METRICS", "/../metrics", "/healthz/x", "/%6detrics"] {
        assert_eq!(served.get(path).0, 404, "{path}");
    }
    let posted = Served::agent().post(served.url("/metrics")).send("x".repeat(100_000)).expect("an answer");
    assert_eq!(posted.status(), 405);
    assert_eq!(posted.headers()["allow"], "GET, HEAD");
    let mut head = Served::agent().head(served.url("/healthz")).call().expect("an answer");
    assert_eq!((head.status().as_u16(), head.headers()["content-length"].to_str().expect("text")), (200, "3"));
    assert_eq!(head.body_mut().read_to_string().expect("nothing"), "");
}

#[test]
fn a_thread_without_a_step_is_named_without_what_its_name_could_do() {
    let served = Served::start();
    let threads: Vec<Heartbeat> = (0..20).map(|number| served.health.follow(&format!("{number}\n\x1b[2J"))).collect();
    assert_eq!(served.get("/healthz").0, 200);
    threads.iter().for_each(Heartbeat::fall_silent);
    let (status, _, body) = served.get("/healthz");
    assert_eq!((status, body.lines().count()), (503, STALLED_MAX), "{body}");
    assert!(body.starts_with("no step for 60 s: 0\\n\\x1b[2J\n"), "{body}");
    threads.iter().for_each(Heartbeat::beat);
    assert_eq!(served.get("/healthz").0, 200);
}

#[test]
fn what_is_no_request_is_refused_and_the_next_one_is_answered() {
    let served = Served::start();
    let long = format!("GET /{}", "x".repeat(HEAD_BYTES_MAX));
    let cases = [
        (&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], "HTTP/1.1 400 "),
        (&b"\0\0\0\0\0\0\0\0\r\n\r\n"[..], "HTTP/1.1 400 "),
        (&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], "HTTP/1.1 505 "),
        (&b"GET /metrics HTTP/1.1\r\n\r\n"[..], "HTTP/1.1 400 "),
        (&b"DELETE /metrics HTTP/1.1\r\nHost: a\r\n\r\n"[..], "HTTP/1.1 405 "),
        (long.as_bytes(), "HTTP/1.1 431 "),
    ];
    for (bytes, status) in cases {
        let mut client = served.connect();
        client.write_all(bytes).expect("sent");
        let answer = rest(&mut client);
        assert!(answer.starts_with(status), "{:?}: {answer}", String::from_utf8_lossy(bytes));
    }
    // Those that say nothing, or leave in the middle.
    drop(served.connect());
    served.connect().write_all(b"GET /met").expect("sent");
    assert_eq!(served.get("/metrics").0, 200);
}

#[test]
fn a_request_may_come_in_pieces_and_more_may_come_behind_it() {
    let served = Served::start();
    let mut client = served.connect();
    client.set_nodelay(true).expect("a socket");
    for byte in b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n" {
        client.write_all(&[*byte]).expect("sent");
    }
    // It may be refused once enough was ignored.
    drop(client.write_all(&[b'x'; 2 * IGNORED_BYTES_MAX]));
    let answer = rest(&mut client);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
}

#[test]
fn a_client_that_is_too_slow_is_left() {
    let served = Served::with(Duration::from_millis(50));
    let mut clients = [served.connect(), served.connect(), served.connect()];
    clients[1].write_all(b"GET /metrics HTTP/1.1\r\nHo").expect("sent");
    clients[2].write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").expect("sent");
    // The last one has its answer, and does not close.
    assert_eq!(clients.each_mut().map(|client| rest(client).is_empty()), [true, true, false]);
}

#[test]
fn those_that_never_finish_keep_nobody_waiting() {
    let served = Served::start();
    let slow: Vec<Client> = (0..CONNECTIONS_MAX + 100)
        .map(|_| {
            let mut client = served.connect();
            client.write_all(b"GET /metrics HTTP/1.1\r\n").expect("sent");
            client
        })
        .collect();
    assert_eq!(served.get("/metrics").0, 200);
    drop(slow);
    assert_eq!(served.get("/metrics").0, 200);
}

#[test]
fn one_that_does_not_read_keeps_nobody_waiting() {
    let served = Served::start();
    // More than the buffers of sockets take.
    let streams: Vec<_> =
        (0..64).map(|number| served.metrics.stream(&format!("{number}-{}", "x".repeat(300)))).collect();
    let mut deaf: Vec<Client> = (0..20).map(|_| served.connect()).collect();
    for client in &mut deaf {
        client.write_all(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n").expect("sent");
    }
    assert_eq!(served.get("/healthz").0, 200);
    let answer = rest(&mut deaf[0]);
    let length: usize =
        answer.lines().find_map(|line| line.strip_prefix("Content-Length: ")?.parse().ok()).expect("a length");
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.len());
    assert_eq!(body, Some(length), "the whole of it");
    drop(streams);
}

#[test]
fn two_hundred_at_once_are_all_answered() {
    const CLIENTS: usize = 200;
    let served = Served::start();
    let barrier = Barrier::new(CLIENTS);
    let answers: Vec<u16> = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    served.get("/metrics").0
                })
            })
            .collect();
        clients.into_iter().map(|client| client.join().expect("no panic")).collect()
    });
    assert_eq!(answers, [200; CLIENTS]);
}

#[test]
fn a_port_is_free_again_when_the_server_ends_and_taken_before() {
    let served = Served::start();
    let address: ListenAddress = served.server.address().to_string().parse().expect("an address");
    let again = || MonitoringServer::start(&address, Arc::clone(&served.metrics), served.health.clone());
    let failure = again().expect_err("it is taken");
    assert!(failure.message.starts_with(&format!("cannot listen at {address}: ")), "{failure}");
    let Served { server, metrics, health } = served;
    drop(server);
    assert!(MonitoringServer::start(&address, metrics, health).is_ok());
}

#[test]
fn an_address_has_a_host_and_a_port() {
    for text in ["127.0.0.1:9187", "[::1]:9187", "localhost:0", "metrics.example.org:65535", "0.0.0.0:1"] {
        assert_eq!(text.parse::<ListenAddress>().expect(text).to_string(), text);
    }
    for text in
        ["", ":9187", "127.0.0.1", "127.0.0.1:", "a:65536", "a:-1", "::1:9187", "[::1]", "[a]:1", "http://a:1", "a b:1"]
    {
        let failure = text.parse::<ListenAddress>().expect_err(text);
        assert_eq!(failure.exit().code(), 64, "{text}");
    }
}
