//! A watch that tells real servers while its log grows: Alertmanager, rsyslog, a webhook behind a private authority; and Prometheus, which
//! asks it. A server that is not installed is skipped, unless CI demands it.

use std::fs;

use serde_json::Value;

use super::process::{QUIET_LINES, Site, Watching, awaited};
use crate::packaging::{awaited as answered, is_installed, prometheus};
use crate::services::certificates::Certificates;
use crate::services::receivers::{Alertmanager, Rsyslog};
use crate::services::servers::free_port;
use crate::services::standin::Standin;

/// So many lines of the day, and more than ten queries of one client were blocked.
const BURST_LINES: usize = 200;
/// So many, and more than twenty were.
const GROWN_BURST_LINES: usize = 236;
/// So many, and it is over.
const AFTER_BURST_LINES: usize = 1_000;
const BURST: &str = "sql-firewall-burst";

#[test]
fn alertmanager_sees_an_alarm_and_what_becomes_of_it_until_it_is_over() {
    let Some(server) = Alertmanager::start() else { return };
    let site = Site::new();
    let configuration = format!(
        "[[reaction]]\nname = \"page\"\nwhen = {{ kind = \"{BURST}\", state = [\"raised\", \"updated\", \"closed\"] }}\n\
         webhook = {{ preset = \"alertmanager\", url = \"http://127.0.0.1:{}\" }}\n",
        server.port
    );
    let watch = Watching::start_ready(site.watch_with_state(&configuration));
    // The alert, once it says this count.
    let shown = |count: u64| {
        awaited(|| {
            let alerts = server.alerts();
            let is_meant = |alert: &&Value| alert["annotations"]["count"] == format!("{count} blocked queries");
            let found = alerts.iter().find(is_meant).cloned();
            found.ok_or_else(|| format!("{count} in {alerts:#?}"))
        })
    };
    site.grow(QUIET_LINES, BURST_LINES);
    let raised = watch.tells(BURST, "raised");
    let first = shown(raised.count);
    assert_eq!((&first["labels"]["alertname"], &first["labels"]["alarm"]), (&BURST.into(), &(&*raised.id).into()));
    assert_eq!(first["status"]["state"], "active");
    site.grow(BURST_LINES, GROWN_BURST_LINES);
    let updated = watch.tells(BURST, "updated");
    let second = shown(updated.count);
    assert!(updated.count > raised.count, "{} and {}", updated.count, raised.count);
    for known_by in ["fingerprint", "labels", "startsAt", "status"] {
        assert!(!first[known_by].is_null(), "{first:#}");
        assert_eq!(second[known_by], first[known_by], "{known_by}: it is the same alert");
    }
    assert_eq!(server.alerts().len(), 1, "and no second one");
    site.grow(GROWN_BURST_LINES, AFTER_BURST_LINES);
    let closed = watch.tells(BURST, "closed");
    awaited(|| {
        let alerts = server.alerts();
        if alerts.is_empty() { Ok(()) } else { Err(format!("{} is over, and shown: {alerts:#?}", closed.id)) }
    });
    watch.end();
}

#[test]
fn prometheus_asks_a_watch_and_knows_its_alarms() {
    if !is_installed("promtool", "prometheus") {
        return;
    }
    let (site, address) = (Site::new(), format!("127.0.0.1:{}", free_port()));
    let watch = Watching::start_ready(site.watch("").args(["--metrics-listen", &address]));
    let (_prometheus, api) = prometheus(site.folder.path(), &address);
    let alarms = |number: &'static str| {
        let query = format!("{api}/query?query=acralog_alarms_raised_total%7Bkind=%22{BURST}%22%7D");
        answered(&query, move |data| data["result"][0]["value"][1] == number)
    };
    alarms("0");
    site.grow(QUIET_LINES, AFTER_BURST_LINES);
    watch.tells(BURST, "raised");
    alarms("1");
    let query = format!("{api}/query?query=acralog_entries_total");
    let number = AFTER_BURST_LINES.to_string();
    answered(&query, |data| data["result"][0]["value"][1] == *number);
    watch.end();
}

#[test]
fn rsyslog_receives_an_alarm_on_every_way() {
    let Some(server) = Rsyslog::start() else { return };
    let site = Site::new();
    let (port, tls_port) = (server.port, server.tls_port);
    let ways = [
        format!("address = \"udp://127.0.0.1:{port}\""),
        format!("address = \"tcp://127.0.0.1:{port}\""),
        format!("address = \"tls://127.0.0.1:{tls_port}\", ca-file = {:?}", server.certificates.path("ca.pem")),
        format!("address = \"unix://{}\"", server.socket().display()),
    ];
    let reaction = |(number, way): (usize, &String)| {
        format!(
            "[[reaction]]\nname = \"way-{number}\"\nwhen = {{ kind = \"{BURST}\" }}\nresolve = false\nsyslog = {{ {way} }}\n"
        )
    };
    let configuration: String = ways.iter().enumerate().map(reaction).collect();
    let watch = Watching::start_ready(site.watch_with_state(&configuration));
    site.grow(QUIET_LINES, BURST_LINES);
    let raised = watch.tells(BURST, "raised");
    let received = server.received(ways.len());
    for number in 0..ways.len() {
        let of_way =
            |line: &&String| line.contains(&*raised.id) && line.contains(&format!("reaction=\"way-{number}\""));
        assert_eq!(received.iter().filter(of_way).count(), 1, "way-{number}: {received:#?}");
    }
    watch.end();
}

#[test]
fn a_webhook_behind_a_private_authority_is_told() {
    let (site, certificates) = (Site::new(), Certificates::new());
    let server = Standin::start_tls(&certificates, "server", |_| (200, String::new()));
    fs::write(site.path("token"), "hunter2\n").expect("a file of our own");
    let path = |name: &str| certificates.path(name);
    let configuration = format!(
        "[[reaction]]\nname = \"hook\"\nwhen = {{ kind = \"{BURST}\" }}\nwebhook = {{ url = \"https://127.0.0.1:{}/hook\", ca-file = {:?}, \
         client-cert-file = {:?}, client-key-file = {:?}, token-file = \"token\" }}\n",
        server.port,
        path("ca.pem"),
        path("client.pem"),
        path("client.key")
    );
    let watch = Watching::start_ready(site.watch_with_state(&configuration));
    site.grow(QUIET_LINES, BURST_LINES);
    let raised = watch.tells(BURST, "raised");
    let asked = awaited(|| server.asked().into_iter().next().ok_or_else(|| "a request".to_owned()));
    assert_eq!((&*asked.line, asked.header("authorization")), ("POST /hook HTTP/1.1", "Bearer hunter2"));
    let told: Value = serde_json::from_str(&asked.body).expect("json");
    assert_eq!(told["alarms"][0]["id"], *raised.id);
    assert_eq!(told["idempotency_key"], asked.header("idempotency-key"));
    let said = watch.end().concat();
    let journal = fs::read_to_string(site.path("state/journal")).expect("a journal");
    assert!(!said.contains("hunter2") && !journal.contains("hunter2"), "a secret is said");
}
