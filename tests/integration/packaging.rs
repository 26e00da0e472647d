//! The service, the alerts and the dashboard that come with the program: they hold by the tools of systemd and Prometheus where
//! those are installed, and name no metric that is not told. A tool that `ACRALOG_TOOLS="promtool systemd-analyze"` names must be there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use acralog::internals::{Alarm, Exposition, Health, Metrics, MonitoringServer, ReactionResult};
use acralog::{Code, Demands, LogTime};
use regex::Regex;
use serde_json::Value;

use crate::support::running::Running;
use crate::support::tools::{has, skipped};

/// More exposed than this by the measure of `systemd-analyze security` the service must not be.
const EXPOSURE_MAX: f64 = 2.0;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn packaged(name: &str) -> PathBuf {
    root().join("packaging").join(name)
}

fn text_of(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Whether a tool is here; says that the test is skipped where it is not.
#[expect(clippy::disallowed_methods, reason = "whether a tool must be there is no matter of the tool's plan")]
pub fn is_installed(tool: &str, package: &str) -> bool {
    let is_here = has(tool);
    if !is_here {
        let demanded = std::env::var("ACRALOG_TOOLS").unwrap_or_default();
        let absent = format!("{tool} is not installed: apt-get install {package}");
        assert!(!demanded.split_whitespace().any(|name| name == tool), "{absent}");
        skipped(&absent);
    }
    is_here
}

#[track_caller]
fn assert_success(output: &Output) {
    let told = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    assert!(output.status.success(), "{}: {}", output.status, told.join("\n"));
}

/// Metrics of which each has a value.
fn metrics() -> Metrics {
    let metrics = Metrics::new(&Demands::default());
    for name in ["/var/log/acra/acra-server.log", "a\"b\\c\nd.log"] {
        let stream = metrics.stream(name);
        stream.add_lines(7, 1000, 1);
        stream.finding(Code::ChainUnfinished);
        stream.set_lag(512, Duration::from_millis(1500));
        stream.set_proven_until(Some(LogTime { unix_ms: 1_741_943_000_500 }));
        stream.set_verified_position(Some(LogTime { unix_ms: 1_741_943_000_500 }));
        stream.set_open_chain(Some(LogTime { unix_ms: 1_741_943_000_500 }));
        // Its gauges are told as long as somebody may set them.
        std::mem::forget(stream);
    }
    metrics.know_reaction("pager");
    metrics.add_reactions("pager", ReactionResult::Delivered, 1);
    metrics.set_reactions_pending("pager", 2);
    metrics.set_journal_durable(true);
    metrics.config_read(true);
    metrics.set_key_used_since("5e1c0a", LogTime { unix_ms: 1_741_943_000_500 });
    metrics
}

/// Of each metric its type and the names of its labels, as they are told.
fn told() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let page = metrics().encode(Exposition::Prometheus);
    let label = Regex::new(r#"[{,]([a-z_]+)=""#).expect("a pattern");
    let mut metrics = BTreeMap::new();
    for line in page.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("a name and a type");
            let known = metrics.insert(name.to_owned(), (kind.to_owned(), BTreeSet::new()));
            assert_eq!(known, None, "{name} is told twice");
        } else if !line.starts_with('#') {
            let name = line.split(['{', ' ']).next().expect("a name");
            let (_, labels) = metrics.get_mut(name).unwrap_or_else(|| panic!("no type before {line}"));
            labels.extend(label.captures_iter(line).map(|label| label[1].to_owned()));
        }
    }
    metrics
}

#[test]
fn the_page_of_metrics_names_each_with_its_type_and_labels() {
    let told = told();
    let row = Regex::new(r"(?m)^\| `([a-z_]+)` \| (counter|gauge) \| (.*?) ?\| .* \|$").expect("a pattern");
    let label = Regex::new("`([a-z_]+)`").expect("a pattern");
    let page = text_of(&root().join("docs/monitoring.md"));
    let documented: BTreeMap<_, _> = row
        .captures_iter(&page)
        .map(|row| {
            let labels = label.captures_iter(&row[3]).map(|label| label[1].to_owned()).collect::<BTreeSet<_>>();
            (row[1].to_owned(), (row[2].to_owned(), labels))
        })
        .collect();
    assert_eq!(documented, told);
}

/// The metrics that a text names, without what PromQL and the files of Prometheus mean by such words.
fn named(text: &str) -> BTreeSet<String> {
    let name = Regex::new(r"\b(?:acralog|process)_[a-z_]+\b").expect("a pattern");
    name.find_iter(text).map(|name| name.as_str().to_owned()).collect()
}

#[test]
fn alerts_and_dashboard_name_only_metrics_that_are_told() {
    let told: BTreeSet<String> = told().into_keys().collect();
    let mut all = BTreeSet::new();
    for file in ["prometheus-rules.yml", "prometheus-rules.test.yml", "grafana-dashboard.json"] {
        let named = named(&text_of(&packaged(file)));
        let unknown: Vec<_> = named.difference(&told).collect();
        assert!(unknown.is_empty(), "{file}: {unknown:?}");
        assert!(named.len() > 5, "{file}: only {named:?} were found");
        all.extend(named);
    }
    let unused: Vec<_> = told.difference(&all).collect();
    assert!(unused.is_empty(), "neither an alert nor a panel shows {unused:?}");
}

#[test]
fn every_alert_is_tried() {
    let alert = Regex::new(r"(?m)^ +- alert: (\w+)$").expect("a pattern");
    let (rules, tests) = (text_of(&packaged("prometheus-rules.yml")), text_of(&packaged("prometheus-rules.test.yml")));
    let alerts: Vec<_> = alert.captures_iter(&rules).map(|alert| alert[1].to_owned()).collect();
    assert!(alerts.len() > 10, "{alerts:?}");
    let word = |name: &str| Regex::new(&format!(r"\b{name}\b")).expect("a pattern").is_match(&tests);
    let untried: Vec<_> = alerts.iter().filter(|alert| !word(alert)).collect();
    assert!(untried.is_empty(), "{untried:?}");
    let page = text_of(&root().join("docs/monitoring.md"));
    assert!(page.contains("job_name: acralog\n"), "the job that the alerts mean");
}

#[test]
fn promtool_finds_nothing_wrong_with_metrics_and_alerts() {
    if !is_installed("promtool", "prometheus") {
        return;
    }
    let mut check = Command::new("promtool");
    check.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut check = check.spawn().expect("it is installed");
    let page = metrics().encode(Exposition::Prometheus);
    check.stdin.take().expect("a pipe").write_all(page.as_bytes()).expect("it reads");
    let checked = check.wait_with_output().expect("it ends");
    assert_success(&checked);
    assert_eq!(String::from_utf8_lossy(&checked.stderr), "", "what it would do otherwise");
    for (words, file) in
        [(["check", "rules"], "prometheus-rules.yml"), (["test", "rules"], "prometheus-rules.test.yml")]
    {
        let output = Command::new("promtool").args(words).arg(packaged(file)).output();
        assert_success(&output.expect("it is installed"));
    }
}

/// The machines of CI are slow.
const SCRAPE_TIME_MAX: Duration = Duration::from_secs(60);

/// A Prometheus that scrapes a watch and knows the alerts; its address.
pub fn prometheus(folder: &Path, target: &str) -> (Running, String) {
    let rules = packaged("prometheus-rules.yml");
    let configuration = format!(
        "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: [{:?}]\n\
         scrape_configs: [{{job_name: acralog, static_configs: [{{targets: [{target:?}]}}]}}]\n",
        rules.display().to_string()
    );
    let file = folder.join("prometheus.yml");
    fs::write(&file, configuration).expect("a file of our own");
    let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|socket| socket.local_addr()).expect("a free port").port();
    let server = Command::new("prometheus")
        .arg(format!("--config.file={}", file.display()))
        .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    (Running(server.expect("it is installed")), format!("http://127.0.0.1:{port}/api/v1"))
}

/// What Prometheus answers, once that is what is waited for.
pub fn awaited(url: &str, is_there: impl Fn(&Value) -> bool) -> Value {
    let started = Instant::now();
    loop {
        let answer = ureq::get(url).call().ok().and_then(|mut answer| answer.body_mut().read_to_string().ok());
        let answer: Value = answer.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        if is_there(&answer["data"]) {
            return answer;
        }
        assert!(started.elapsed() < SCRAPE_TIME_MAX, "{url}: {answer:#}");
        thread::sleep(Duration::from_millis(200));
    }
}

/// An alarm as a watch tells it.
fn integrity_failure() -> Alarm {
    let alarm = serde_json::json!({
        "state": "raised", "kind": "integrity-failure", "id": "0123456789abcdef0123456789abcdef", "severity": "critical",
        "severity_score": 10, "title": "", "summary": "", "rule": "integrity-failure", "rule_text": "", "stream": "acra.log",
        "verified": "yes", "client_ids": [], "client_ids_omitted": 0, "session_ids": [], "session_ids_omitted": 0,
        "codes": [], "count": 1, "counted": "findings", "entries": 1, "first": null, "last": null, "places": [],
        "places_omitted": 0, "examples": [], "advice": "",
    });
    serde_json::from_value(alarm).expect("an alarm")
}

#[test]
fn prometheus_scrapes_a_watch_and_raises_the_alerts_it_deserves() {
    if !is_installed("promtool", "prometheus") {
        return;
    }
    let metrics = Arc::new(metrics());
    metrics.alarm(&integrity_failure());
    let address = "127.0.0.1:0".parse().expect("an address");
    let server = MonitoringServer::start(&address, metrics, Health::new()).expect("a port");
    let folder = tempfile::tempdir().expect("a folder");
    let (_prometheus, api) = prometheus(folder.path(), &server.address().to_string());
    let targets = awaited(&format!("{api}/targets"), |data| data["activeTargets"][0]["health"] == "up");
    assert_eq!(targets["data"]["activeTargets"][0]["lastError"], "");
    let query = format!("{api}/query?query=acralog_entries_total");
    let entries = awaited(&query, |data| data["result"].as_array().is_some_and(|series| series.len() == 2));
    let logs: BTreeSet<_> = entries["data"]["result"]
        .as_array()
        .expect("series")
        .iter()
        .map(|series| {
            assert_eq!(series["value"][1], "7");
            series["metric"]["stream"].as_str().expect("a log").to_owned()
        })
        .collect();
    assert_eq!(logs, ["/var/log/acra/acra-server.log", "a\"b\\c\\nd.log"].map(str::to_owned).into());
    awaited(&format!("{api}/alerts"), |data| {
        let alerts = data["alerts"].as_array().map_or(&[][..], Vec::as_slice);
        alerts.iter().any(|alert| alert["labels"]["alertname"] == "AcralogIntegrityAlarm" && alert["state"] == "firing")
    });
}

/// The panels that show something.
fn panels(dashboard: &Value) -> Vec<&Value> {
    dashboard["panels"].as_array().expect("panels").iter().filter(|panel| panel["type"] != "row").collect()
}

#[test]
fn the_dashboard_has_the_shape_that_grafana_imports() {
    let dashboard: Value = serde_json::from_str(&text_of(&packaged("grafana-dashboard.json"))).expect("JSON");
    assert!(dashboard["schemaVersion"].as_u64().is_some_and(|version| version >= 36), "since Grafana 9");
    assert_eq!(dashboard["id"], Value::Null, "an imported dashboard has no number yet");
    let variables = dashboard["templating"]["list"].as_array().expect("variables");
    let names: BTreeSet<_> = variables.iter().map(|variable| variable["name"].as_str().expect("a name")).collect();
    assert_eq!(variables[0]["type"], "datasource");
    let variable = Regex::new(r"\$\{?([a-z]\w*)").expect("a pattern");
    let (mut ids, mut expressions) = (BTreeSet::new(), Vec::new());
    for panel in panels(&dashboard) {
        let title = panel["title"].as_str().expect("a title");
        assert!(ids.insert(panel["id"].as_u64()), "{title}: two panels have this number");
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{title}");
        let place = &panel["gridPos"];
        assert!(place["x"].as_u64().zip(place["w"].as_u64()).is_some_and(|(x, width)| x + width <= 24), "{title}");
        for target in panel["targets"].as_array().expect("targets") {
            expressions.push((title, target["expr"].as_str().expect("an expression")));
        }
    }
    assert!(expressions.len() > 15, "{expressions:?}");
    for (title, expression) in &expressions {
        for used in variable.captures_iter(expression).filter(|used| !used[1].starts_with("__")) {
            assert!(names.contains(&used[1]), "{title}: {expression}");
        }
    }
    if is_installed("promtool", "prometheus") {
        assert_expressions(&expressions);
    }
}

/// Prometheus reads the expressions of panels, once variables are replaced as Grafana does it.
fn assert_expressions(expressions: &[(&str, &str)]) {
    let mut rules = "groups:\n  - name: panels\n    rules:\n".to_owned();
    for (index, (_, expression)) in expressions.iter().enumerate() {
        let replaced = expression.replace("$__rate_interval", "1m").replace('$', "");
        let quoted = serde_json::to_string(&replaced).expect("a text");
        rules.push_str(&format!("      - record: panel_{index}\n        expr: {quoted}\n"));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("panels.yml");
    fs::write(&file, rules).expect("a file of our own");
    assert_success(&Command::new("promtool").args(["check", "rules"]).arg(file).output().expect("it is installed"));
}

#[test]
fn the_service_is_sound_and_hardly_exposed() {
    let unit = text_of(&packaged("acralog-watch.service"));
    let command = "acralog watch --config /etc/acralog/watch.toml --state %S/acralog --metrics-listen 127.0.0.1:9187 \
                   --key-file %d/audit.key /var/log/acra";
    assert!(unit.contains(&format!("\nExecStart=/usr/bin/{command}\n")), "the command line of the manual");
    if !is_installed("systemd-analyze", "systemd") {
        return;
    }
    let security = Command::new("systemd-analyze")
        .args(["security", "--offline=yes", "--no-pager"])
        .arg(format!("--threshold={}", 10.0 * EXPOSURE_MAX))
        .arg(packaged("acralog-watch.service"))
        .output()
        .expect("it is installed");
    assert_success(&security);
    let answer = String::from_utf8_lossy(&security.stdout).into_owned();
    let exposure = answer.split("Overall exposure level for acralog-watch.service: ").nth(1).expect("an answer");
    let exposure: f64 = exposure.split(' ').next().and_then(|number| number.parse().ok()).expect("a number");
    assert!(exposure <= EXPOSURE_MAX, "{answer}");
    // It wants the program to be installed.
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("acralog-watch.service");
    fs::write(&file, unit.replace("=/usr/bin/acralog ", &format!("={} ", env!("CARGO_BIN_EXE_acralog"))))
        .expect("a file");
    let verified = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(file).output();
    let verified = verified.expect("it is installed");
    assert_success(&verified);
    assert_eq!(String::from_utf8_lossy(&verified.stderr), "", "what it does not understand");
}
