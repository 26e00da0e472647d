//! Syslog: rsyslog receives, and what it wrote is read back; and collectors that are no good.

use std::io::Read as _;
use std::net::{TcpListener, UdpSocket};
use std::thread;

use super::*;
use crate::testing::receivers::Rsyslog;

/// An alarm with texts that would break a message, and one that is too long for any.
fn alarms() -> [Alarm; 2] {
    let client = "we\"b]a\\pp\nnext".to_owned();
    let summary = "first\nsecond \x1b[31m".to_owned();
    [Alarm { client_ids: vec![client], summary, ..alarm("one") }, Alarm { summary: "ä".repeat(20_000), ..alarm("two") }]
}

/// What rsyslog makes of the alarms above: priority 10 * 8 + 5, and no time or host, which differ.
fn assert_received(lines: &[String], alarms: &[Alarm], is_local: bool) {
    for (line, alarm) in lines.iter().zip(alarms) {
        let words: Vec<&str> = line.splitn(6, ' ').collect();
        let message_id = if is_local { "-" } else { "sql-firewall-burst" };
        assert_eq!((words[0], words[3], words[4]), ("85", "acralog", message_id), "{line}");
        assert!(is_local || words[2] == "here", "{line}");
        assert!(words[1].parse::<jiff::Timestamp>().is_ok(), "{line}");
        let client = if alarm.title == "one" { r#"we\"b\]a\\pp�next"# } else { "test-client" };
        let expected = format!(
            "{}[acralog@32473 id=\"{}\" kind=\"sql-firewall-burst\" state=\"raised\" severity=\"low\" verified=\"no\" \
             rule=\"test\" client=\"{client}\" count=\"1\" reaction=\"page\" key=\"page-1f0c\"] ",
            // Without structured data of its own.
            if is_local { "-  " } else { "" },
            alarm.id
        );
        assert!(words[5].starts_with(&expected), "{line}");
        let message = words[5][expected.len()..].trim_start();
        match alarm.title.as_str() {
            "one" => assert_eq!(message, "LOW: one: first\\nsecond \\x1b[31m"),
            _ => assert!(message.starts_with("LOW: two: äää") && message.ends_with("ä ..."), "{message}"),
        }
    }
}

#[test]
fn rsyslog_receives_over_datagrams_connections_and_tls() {
    let Some(server) = Rsyslog::start() else { return };
    let alarms = alarms();
    let (port, tls_port, socket) = (server.port, server.tls_port, server.socket());
    let mut seen = 0;
    for (address, more) in [
        (format!("tcp://127.0.0.1:{port}"), ""),
        #[cfg(feature = "webhook")]
        (format!("tls://127.0.0.1:{tls_port}"), ", ca-file = \"ca.pem\""),
        (format!("udp://127.0.0.1:{port}"), ""),
        (format!("unix://{}", socket.display()), ""),
    ] {
        let toml = format!("syslog = {{ address = \"{address}\", hostname = \"here\" {more} }}");
        let action = prepare(&toml, &server.certificates.path(".")).unwrap();
        assert_eq!(action.describe(), format!("syslog to {address}"));
        action.perform(&notification(&alarms), LONG).unwrap_or_else(|failure| panic!("{failure:?}"));
        let received = server.received(seen + 2);
        assert_received(&received[seen..], &alarms, address.starts_with("unix"));
        seen = received.len();
    }
    let _ = tls_port;
}

#[cfg(feature = "webhook")]
#[test]
fn a_collector_that_cannot_prove_who_it_is_is_told_nothing() {
    let Some(server) = Rsyslog::start() else { return };
    for (host, ca) in [("127.0.0.1", "other-ca.pem"), ("localhost", "ca.pem")] {
        let toml = format!("syslog = {{ address = \"tls://{host}:{}\", ca-file = \"{ca}\" }}", server.tls_port);
        let action = prepare(&toml, &server.certificates.path(".")).unwrap();
        let failure = action.perform(&notification(&alarms()), LONG).unwrap_err();
        assert!(failure.message.contains("invalid peer certificate") && !failure.is_permanent, "{failure:?}");
    }
    let action = prepare(&format!("syslog = {{ address = \"tcp://127.0.0.1:{}\" }}", server.port), Path::new("/"));
    action.unwrap().perform(&notification(&alarms()), LONG).unwrap();
    assert_eq!(server.received(2).len(), 2);
}

#[test]
fn messages_stand_behind_their_length_and_in_datagrams_alone() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let receiving = thread::spawn(move || {
        let mut text = String::new();
        listener.accept().unwrap().0.read_to_string(&mut text).unwrap();
        text
    });
    let send = |address: &str| {
        let toml = format!("syslog = {{ address = \"{address}\", facility = \"local7\", hostname = \"\" }}");
        prepare(&toml, Path::new("/")).unwrap().perform(&notification(&[alarm("a"), alarm("b")]), LONG).unwrap();
    };
    send(&format!("tcp://{address}"));
    let text = receiving.join().unwrap();
    let mut rest = &text[..];
    for title in ["a", "b"] {
        let (length, behind) = rest.split_once(' ').unwrap();
        let (message, behind) = behind.split_at(length.parse().unwrap());
        assert!(message.starts_with("<189>1 ") && message.contains(" - acralog "), "{message}");
        assert!(message.ends_with(&format!("LOW: {title}: made up to try this reaction")), "{message}");
        rest = behind;
    }
    assert_eq!(rest, "");
    let socket = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
    send(&format!("udp://{}", socket.local_addr().unwrap()));
    for _ in 0..2 {
        let mut buffer = [0; 4096];
        let length = socket.recv(&mut buffer).unwrap();
        assert!(buffer[..length].starts_with(b"<189>1 "));
    }
}

#[test]
fn a_collector_that_is_not_there_or_does_not_read_is_told_again_later() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let silent = listener.local_addr().unwrap();
    let nobody = crate::testing::servers::free_port();
    let one = [alarm("x")];
    // More than the sockets of both sides take.
    let many: Vec<Alarm> = (0..1000).map(|_| Alarm { summary: "x".repeat(9000), ..alarm("x") }).collect();
    for (address, alarms, told) in [
        (format!("tcp://127.0.0.1:{nobody}"), &one[..], "refused"),
        (format!("tcp://{silent}"), &many, "no answer within 2 seconds"),
        ("unix:///no/such/socket".to_owned(), &one, "No such file"),
    ] {
        let action = prepare(&format!("syslog = {{ address = \"{address}\" }}"), Path::new("/")).unwrap();
        let failure = action.perform(&notification(alarms), Duration::from_secs(2)).unwrap_err();
        assert!(failure.message.contains(told) && !failure.is_permanent, "{failure:?}");
        assert!(failure.message.starts_with(&format!("syslog to {address}: ")), "{failure:?}");
    }
}

#[test]
fn an_address_is_one_of_a_collector() {
    for (address, described) in [
        ("udp://logs.example", "udp://logs.example:514"),
        ("tcp://logs.example:1514", "tcp://logs.example:1514"),
        ("tcp://[::1]", "tcp://[::1]:514"),
        ("tcp://[::1]:99", "tcp://[::1]:99"),
        ("unix:///dev/log", "unix:///dev/log"),
    ] {
        let action = prepare(&format!("syslog = {{ address = \"{address}\" }}"), Path::new("/")).unwrap();
        assert_eq!(action.describe(), format!("syslog to {described}"));
    }
    for address in
        ["", "logs.example", "http://a", "tcp://", "tcp://:514", "tcp://a:b", "tcp://a:70000", "unix://x", "tcp://a/b"]
    {
        let failure = prepare(&format!("syslog = {{ address = \"{address}\" }}"), Path::new("/")).unwrap_err();
        assert!(failure.message.contains("the address is not one of a collector"), "{address}: {failure:?}");
    }
    for (more, told) in [
        ("ca-file = \"ca.pem\"", "files for TLS were given"),
        ("sd-id = \"a b\"", "no name of structured data"),
        ("sd-id = \"\"", "no name of structured data"),
        ("facility = \"kern\"", "unknown variant"),
        ("format = \"local\"", "for sockets of this machine"),
    ] {
        let failure = prepare(&format!("syslog = {{ address = \"udp://a\", {more} }}"), Path::new("/")).unwrap_err();
        assert!(failure.message.contains(told), "{more}: {failure:?}");
    }
}
