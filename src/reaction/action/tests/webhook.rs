//! Webhooks: Alertmanager is told and shows what it was told; what answers mean; and that no secret gets into anything that is said.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::*;
use crate::testing::certificates::Certificates;
use crate::testing::receivers::Alertmanager;
use crate::testing::servers::free_port;
use crate::testing::standin::{Asked, Standin};
use crate::watch::AlarmState;

fn ok(_: &Asked) -> (u16, String) {
    (200, "ok".to_owned())
}

fn perform(toml: &str, folder: &Path) -> Result<(), ActionFailure> {
    prepare(toml, folder).unwrap().perform(&notification(&[alarm("x")]), LONG)
}

/// The answer to a request that the table makes of a server.
fn answered(url: &str) -> Result<(), ActionFailure> {
    perform(&format!("webhook = {{ url = \"{url}\" }}"), Path::new("/"))
}

#[test]
fn alertmanager_shows_an_alarm_while_it_goes_on() {
    let Some(server) = Alertmanager::start() else { return };
    let toml = format!(
        "webhook = {{ preset = \"alertmanager\", url = \"http://127.0.0.1:{}\", link = \"https://wiki.example/acra\" }}",
        server.port
    );
    let action = prepare(&toml, Path::new("/")).unwrap();
    assert_eq!(action.describe(), format!("webhook alertmanager to http://127.0.0.1:{}", server.port));
    let tell = |alarm: &Alarm| {
        let alarms = [alarm.clone()];
        action.perform(&notification(&alarms), LONG).unwrap_or_else(|failure| panic!("{failure:?}"));
        let mut shown: Vec<Value> = server.alerts();
        shown.retain(|alert| alert["labels"]["alarm"] == alarm.id.as_str());
        shown
    };
    let raised = Alarm { summary: "a \u{202e}b\n".to_owned(), ..alarm("one") };
    let updated =
        Alarm { state: AlarmState::Updated, severity: crate::incident::Severity::High, count: 7, ..raised.clone() };
    // As of a log whose clock is ahead.
    let ahead = Alarm { first: Some(LogTime { unix_ms: 4_102_444_800_000 }), last: None, ..alarm("ahead") };
    for (alarm, severity) in [(&raised, "low"), (&raised, "low"), (&updated, "high"), (&ahead, "low")] {
        let shown = tell(alarm);
        assert_eq!(shown.len(), 1, "{shown:?}");
        assert_eq!(shown[0]["labels"]["severity"], severity);
        assert_eq!(shown[0]["labels"]["alertname"], "sql-firewall-burst");
        assert_eq!(shown[0]["annotations"]["summary"].as_str().map(|text| text.starts_with(['a', 'm'])), Some(true));
        assert_eq!(shown[0]["annotations"]["count"], format!("{} entries", alarm.count));
        assert_eq!(shown[0]["generatorURL"], "https://wiki.example/acra");
        assert_ne!(shown[0]["status"]["state"], "suppressed");
    }
    for alarm in [updated, ahead] {
        assert!(tell(&Alarm { state: AlarmState::Closed, ..alarm }).is_empty());
    }
}

#[test]
fn a_receiver_behind_a_private_authority_is_told_who_asks() {
    let folder = Certificates::new();
    let server = Standin::start_tls(&folder, "server", ok);
    let url = format!("https://127.0.0.1:{}/hook", server.port);
    let certificates = "client-cert-file = \"client.pem\", client-key-file = \"client.key\"";
    std::fs::write(folder.path("token"), "hunter2\n").unwrap();
    let toml = |ca: &str, more: &str| format!("webhook = {{ url = \"{url}\", ca-file = \"{ca}\", {more} }}");
    let more = format!("{certificates}, token-file = \"token\", headers = {{ X-Place = \"here\" }}");
    perform(&toml("ca.pem", &more), &folder.path(".")).unwrap();
    let asked = server.asked();
    assert_eq!(asked[0].line, "POST /hook HTTP/1.1");
    for (name, value) in [
        ("authorization", "Bearer hunter2"),
        ("content-type", "application/json"),
        ("idempotency-key", "page-1f0c"),
        ("user-agent", "acralog"),
        ("x-place", "here"),
    ] {
        assert_eq!(asked[0].header(name), value, "{name}");
    }
    let body: Value = serde_json::from_str(&asked[0].body).unwrap();
    assert_eq!(body, serde_json::to_value(notification(&[alarm("x")])).unwrap());
    for (ca, more) in [("other-ca.pem", certificates), ("ca.pem", "")] {
        let failure = perform(&toml(ca, more), &folder.path(".")).unwrap_err();
        assert!(!failure.is_permanent, "{failure:?}");
    }
    assert!(server.asked().is_empty());
}

#[test]
fn an_answer_says_whether_and_when_it_is_tried_again() {
    let waits = Some(Duration::from_secs(7));
    for (answer, permanent, retry_after, told) in [
        (&b"HTTP/1.1 204 No\r\n\r\n"[..], None, None, ""),
        (b"HTTP/1.1 202 Yes\r\nContent-Length: 2\r\n\r\nok", None, None, ""),
        (
            b"HTTP/1.1 429 No\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nslow",
            Some(false),
            waits,
            "the answer is 429: slow",
        ),
        (b"HTTP/1.1 503 No\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", Some(false), waits, "the answer is 503"),
        (b"HTTP/1.1 503 No\r\nRetry-After: soon\r\nContent-Length: 0\r\n\r\n", Some(false), None, "503"),
        (
            b"HTTP/1.1 429 No\r\nRetry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 0\r\n\r\n",
            Some(false),
            Some(Duration::ZERO),
            "429",
        ),
        (b"HTTP/1.1 408 No\r\nContent-Length: 0\r\n\r\n", Some(false), None, "408"),
        (b"HTTP/1.1 425 No\r\nContent-Length: 0\r\n\r\n", Some(false), None, "425"),
        (b"HTTP/1.1 500 No\r\nContent-Length: 99\r\n\r\nbroke", Some(false), None, "500"),
        (
            b"HTTP/1.1 400 No\r\nRetry-After: 7\r\nContent-Length: 12\r\n\r\n\x1b[31mno\r\nway",
            Some(true),
            None,
            "400: \\x1b[31mno; way",
        ),
        (b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", Some(true), None, "404"),
        (
            b"HTTP/1.1 302 No\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
            Some(true),
            None,
            "leads elsewhere",
        ),
        (b"SSH-2.0-x\r\n", Some(false), None, "not one of an HTTP server"),
        (b"", Some(false), None, "cannot be told"),
    ] {
        let server = Standin::start_raw(answer);
        let done = answered(&server.url());
        let shown = String::from_utf8_lossy(answer);
        assert_eq!(done.as_ref().err().map(|failure| failure.is_permanent), permanent, "{shown}: {done:?}");
        assert_eq!(done.as_ref().err().and_then(|failure| failure.retry_after), retry_after, "{shown}: {done:?}");
        assert!(done.err().is_none_or(|failure| failure.message.contains(told)), "{shown}: {told}");
        assert_eq!(server.asked().len(), 1, "{shown}");
    }
}

#[test]
fn a_receiver_that_takes_too_long_is_told_again_later() {
    let server = Standin::start(|asked| {
        std::thread::sleep(Duration::from_secs(3));
        ok(asked)
    });
    let action = prepare(&format!("webhook = {{ url = \"{}\" }}", server.url()), Path::new("/")).unwrap();
    let failure = action.perform(&notification(&[alarm("x")]), Duration::from_secs(1)).unwrap_err();
    assert!(failure.message.ends_with("cannot be told: not done within 1 seconds"), "{failure:?}");
    assert!(!failure.is_permanent);
}

#[test]
fn an_answer_without_end_is_read_as_far_as_it_is_told() {
    let server = Standin::start(|_| (400, "no ".repeat(3_000_000)));
    let failure = answered(&server.url()).unwrap_err();
    assert!(failure.is_permanent && failure.message.len() < 600, "{}", failure.message.len());
}

#[test]
fn several_requests_have_keys_of_their_own_and_the_first_that_fails_is_the_last() {
    let count = AtomicUsize::new(0);
    let server = Standin::start(move |_| {
        if count.fetch_add(1, Ordering::Relaxed) == 3 { (500, String::new()) } else { (202, String::new()) }
    });
    let toml = format!("webhook = {{ preset = \"pagerduty\", url = \"{}\", token-env = \"KEY\" }}", server.url());
    let action = prepare_with(&toml, Path::new("/"), &[("KEY", "hunter2-hunter2")]).unwrap();
    let alarms = [alarm("a"), alarm("b")];
    action.perform(&notification(&alarms), LONG).unwrap();
    assert!(!action.perform(&notification(&alarms), LONG).unwrap_err().is_permanent);
    let asked = server.asked();
    let keys: Vec<&str> = asked.iter().map(|asked| asked.header("idempotency-key")).collect();
    assert_eq!(keys, ["page-1f0c-1", "page-1f0c-2", "page-1f0c-1", "page-1f0c-2"]);
    assert!(asked.iter().all(|asked| asked.header("authorization").is_empty()));
    assert!(asked.iter().all(|asked| asked.body.contains("\"routing_key\":\"hunter2-hunter2\"")));
}

#[test]
fn a_body_of_ones_own_is_sent_as_it_is() {
    let (server, folder) = (Standin::start(ok), tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("x.j2"), "{{ alarm.title }} for {{ reaction }}").unwrap();
    let more = "method = \"PUT\", body-template = \"x.j2\", headers = { Content-Type = \"text/plain\" }";
    perform(&format!("webhook = {{ url = \"{}/a\", {more} }}", server.url()), folder.path()).unwrap();
    let asked = server.asked();
    assert_eq!((&asked[0].line[..], &asked[0].body[..]), ("PUT /a HTTP/1.1", "x for page"));
    assert_eq!(asked[0].header("content-type"), "text/plain");
    let failure =
        prepare(&format!("webhook = {{ url = \"{}\", body-template = \"x.j2\" }}", server.url()), folder.path());
    assert!(failure.unwrap_err().message.ends_with("the template does not make JSON of every text"));
}

#[test]
fn receivers_are_asked_where_they_answer_and_shown_their_tokens() {
    let server = Standin::start(ok);
    for (preset, path, line, authorization) in [
        ("alertmanager", "", "POST /api/v2/alerts HTTP/1.1", "Bearer hunter2"),
        ("alertmanager", "/am/api/v2/alerts", "POST /am/api/v2/alerts HTTP/1.1", "Bearer hunter2"),
        ("splunk-hec", "/", "POST /services/collector/event HTTP/1.1", "Splunk hunter2"),
        ("ntfy", "/acra-alarms", "POST / HTTP/1.1", "Bearer hunter2"),
        ("generic", "/x", "POST /x HTTP/1.1", "Bearer hunter2"),
    ] {
        let toml =
            format!("webhook = {{ preset = \"{preset}\", url = \"{}{path}\", token-env = \"T\" }}", server.url());
        let action = prepare_with(&toml, Path::new("/"), &[("T", "hunter2")]).unwrap();
        action.perform(&notification(&[alarm("x")]), LONG).unwrap();
        let asked = server.asked();
        assert_eq!((&asked[0].line[..], asked[0].header("authorization")), (line, authorization), "{preset}");
        assert!(preset != "ntfy" || asked[0].body.contains("\"topic\":\"acra-alarms\""), "{}", asked[0].body);
    }
}

/// Secrets of every kind, none of which may be in anything that is said.
const SECRETS: [&str; 4] = ["T00HUNTER/B00HUNTER", "hunter2-in-the-query", "hunter2-token", "hunter2-header"];

fn with_secrets(url: &str, folder: &Path, more: &str) -> Result<Action, Failure> {
    std::fs::write(folder.join("url"), format!("{url}/services/{}?key={}", SECRETS[0], SECRETS[1])).unwrap();
    std::fs::write(folder.join("header"), SECRETS[3]).unwrap();
    let toml = format!(
        "webhook = {{ url-file = \"url\", token-env = \"TOKEN\", header-files = {{ X-Secret = \"header\" }}, {more} }}"
    );
    prepare_with(&toml, folder, &[("TOKEN", SECRETS[2])])
}

#[track_caller]
fn assert_no_secret(shown: &str) {
    for part in ["HUNTER", "hunter2"] {
        assert!(!shown.contains(part), "{shown}");
    }
}

#[test]
fn no_failure_tells_a_secret() {
    let certificates = Certificates::new();
    let folder = certificates.path(".");
    let echo =
        |status: u16| move |asked: &Asked| (status, format!("{} {:?} {}", asked.line, asked.headers, asked.body));
    let tls = Standin::start_tls(&certificates, "server", ok);
    let slow = Standin::start(|asked| {
        std::thread::sleep(Duration::from_secs(3));
        ok(asked)
    });
    let servers =
        [Standin::start(echo(400)), Standin::start(echo(500)), Standin::start(echo(429)), Standin::start(echo(302))];
    let raw = [Standin::start_raw(b"hunter2\r\n"), Standin::start_raw(b"")];
    let mut urls: Vec<String> = servers.iter().chain(&raw).chain([&slow]).map(Standin::url).collect();
    urls.push(format!("http://127.0.0.1:{}", free_port()));
    urls.push(format!("https://127.0.0.1:{}", tls.port));
    urls.push("http://no-such-host.invalid".to_owned());
    for url in urls {
        let more = if url.starts_with("https") { "ca-file = \"other-ca.pem\"" } else { "" };
        let action = with_secrets(&url, &folder, more).unwrap();
        let failure = action.perform(&notification(&[alarm("x")]), Duration::from_secs(2)).unwrap_err();
        let shown = format!("{failure:?} {action:?} {} {:?}", action.describe(), action.warnings());
        assert_no_secret(&shown);
        assert!(shown.contains(&format!("to {url}")), "{shown}");
    }
    for server in servers {
        let asked = server.asked();
        assert_eq!(asked[0].line, format!("POST /services/{}?key={} HTTP/1.1", SECRETS[0], SECRETS[1]));
        assert_eq!(asked[0].header("authorization"), format!("Bearer {}", SECRETS[2]));
        assert_eq!(asked[0].header("x-secret"), SECRETS[3]);
    }
}

#[test]
fn what_cannot_work_is_refused_without_repeating_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    for (name, text) in [
        ("no-url", "hunter2"),
        ("ftp", "ftp://hunter2/x"),
        ("user", "https://u:hunter2@x.example"),
        ("fragment", "https://x.example/#hunter2"),
        ("ntfy", "https://ntfy.example/hunter2/hunter2"),
        ("good", "https://x.example/hunter2"),
        ("header", "hunter2\u{e9}"),
    ] {
        write(name, text);
    }
    for (table, told) in [
        ("", "there is no URL"),
        ("url = \"http://a\", url-env = \"U\"", "given twice"),
        ("url-file = \"good\", url-env = \"U\"", "given twice"),
        ("preset = \"slack\", url = \"https://hooks.slack.com/services/hunter2\"", "may hold, a secret"),
        ("preset = \"teams\", url = \"https://x.example/hunter2\"", "may hold, a secret"),
        ("url = \"https://x.example/?key=hunter2\"", "may hold, a secret"),
        ("url = \"https://u:hunter2@x.example\"", "may hold, a secret"),
        ("url-file = \"no-url\"", "is not a URL"),
        ("url-file = \"ftp\"", "neither one of https nor of http"),
        ("url-file = \"user\"", "may not hold a user"),
        ("url-file = \"fragment\"", "may not hold a fragment"),
        ("preset = \"ntfy\", url-file = \"ntfy\"", "does not end with a topic"),
        ("preset = \"pagerduty\"", "PagerDuty wants the integration key"),
        ("url = \"http://a\", ca-file = \"ca.pem\"", "files for TLS were given"),
        ("url-file = \"good\", headers = { Authorization = \"hunter2\" }", "the header Authorization is a secret"),
        ("url-file = \"good\", headers = { \"a b\" = \"hunter2\" }", "has no name of a header"),
        ("url-file = \"good\", headers = { A = \"hunter2\\n\" }", "letters that cannot be there"),
        ("url-file = \"good\", headers = { Host = \"hunter2\" }", "one that acralog sets itself"),
        ("url-file = \"good\", headers = { A = \"1\" }, header-files = { a = \"good\" }", "given twice"),
        ("url-file = \"good\", link = \"javascript:hunter2\"", "link is not the URL"),
        ("url-file = \"good\", body-template = \"none\"", "cannot be read"),
        ("url-file = \"good\", client-cert-file = \"c.pem\"", "without its private key"),
    ] {
        let failure =
            prepare_with(&format!("webhook = {{ {table} }}"), folder.path(), &[("U", "http://a")]).unwrap_err();
        assert!(failure.message.contains(told), "{table}: {failure:?}");
        assert_no_secret(&format!("{failure:?}"));
    }
    let toml = "webhook = { url-file = \"good\" }";
    let proxy = [("HTTPS_PROXY", "socks5://hunter2")];
    assert_no_secret(&format!("{:?}", prepare_with(toml, folder.path(), &proxy).unwrap_err()));
    let action = prepare_with(toml, folder.path(), &[("HTTPS_PROXY", "http://u:hunter2@proxy.example:1")]).unwrap();
    assert_no_secret(&format!("{action:?} {}", action.describe()));
}

#[test]
fn a_secret_that_others_can_read_gets_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    for (url, warned) in [("http://x.example", true), ("https://x.example", false), ("http://127.0.0.1", false)] {
        let action = with_secrets(url, folder.path(), "").unwrap();
        assert_eq!(action.warnings().iter().any(|told| told.contains("not https")), warned, "{url}");
    }
    assert!(with_secrets("https://x.example", folder.path(), "").unwrap().warnings()[0].contains("chmod 600"));
}
