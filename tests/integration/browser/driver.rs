//! A headless Chromium for the tests, spoken to in the WebDriver protocol. What a page must show is left to the tests.

use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError, Weak, mpsc};
use std::time::Duration;
use std::{env, fs, thread};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::running::Running;

/// The longest wait for any answer: the machines of CI are slow.
const ANSWER_SECONDS_MAX: u64 = 60;

/// `required` here makes a missing browser a failure.
const DEMAND: &str = "ACRALOG_BROWSER";

const ABSENT: &str = "Chromium is not installed\nhint: apt-get install chromium chromium-driver";

/// Nothing that a browser does on its own, and no way out of the machine.
const FLAGS: [&str; 12] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND",
];

/// The browser that tests running at the same time share; it ends with the last of them.
static SHARED: Mutex<Weak<Mutex<Browser>>> = Mutex::new(Weak::new());

/// Lets a test have the browser for itself; says that it is skipped where there is none.
#[track_caller]
pub fn in_browser(test: impl FnOnce(&Browser)) {
    let Some((chromium, chromedriver)) = installed() else { return };
    let shared = {
        let mut known = lock(&SHARED);
        known.upgrade().unwrap_or_else(|| {
            let started = Arc::new(Mutex::new(Browser::start(&chromium, &chromedriver)));
            *known = Arc::downgrade(&started);
            started
        })
    };
    let browser = lock(&shared);
    browser.show(1280, Media::Screen, Scheme::Light);
    test(&browser);
}

/// A test that failed with the browser in its hands leaves it usable: every test opens its own pages.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(clippy::disallowed_methods, reason = "whether there must be a browser is no matter of the tool's plan")]
fn installed() -> Option<(PathBuf, PathBuf)> {
    static SAID: Once = Once::new();
    let path = env::var_os("PATH").unwrap_or_default();
    let find = |name| env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file());
    let programs = find("chromium").zip(find("chromedriver"));
    if programs.is_none() {
        assert!(env::var_os(DEMAND).is_none_or(|value| value != "required"), "{ABSENT}");
        // Not `eprintln!`: the test harness would keep it to itself.
        SAID.call_once(|| drop(writeln!(io::stderr(), "skipped: the tests of the page in a browser: {ABSENT}")));
    }
    programs
}

/// For what the page is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    Screen,
    Print,
}

/// Which colours the reader prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    Light,
    Dark,
}

/// A running browser with one window.
pub struct Browser {
    agent: ureq::Agent,
    /// The address that commands are sent to.
    session: String,
    _driver: Running,
    /// Profile and pages; goes when the processes are gone.
    folder: TempDir,
}

impl Browser {
    #[track_caller]
    fn start(chromium: &Path, chromedriver: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (driver, port) = start_driver(chromedriver, folder.path());
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(ANSWER_SECONDS_MAX)))
            .http_status_as_error(false)
            // The driver is on this machine, whatever the environment says about the way to others.
            .proxy(None);
        let agent = ureq::Agent::new_with_config(config.build());
        let mut flags = FLAGS.map(str::to_owned).to_vec();
        flags.push(format!("--user-data-dir={}", folder.path().join("profile").display()));
        let milliseconds = ANSWER_SECONDS_MAX * 1000;
        let wanted = json!({
            "timeouts": { "pageLoad": milliseconds, "script": milliseconds },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
            "goog:chromeOptions": { "binary": chromium, "args": flags, "perfLoggingPrefs": { "enableNetwork": true } },
        });
        let sessions = format!("http://127.0.0.1:{port}/session");
        let started = send(&agent, &sessions, &json!({ "capabilities": { "alwaysMatch": wanted } }));
        let id = started["sessionId"].as_str().expect("a session has an id");
        let browser = Self { session: format!("{sessions}/{id}"), agent, _driver: driver, folder };
        browser.leave_the_first_page();
        browser
    }

    /// Browsers begin with a page of their own, which loads what it likes: closes it for a blank one.
    #[track_caller]
    fn leave_the_first_page(&self) {
        let blank = self.command("window/new", &json!({ "type": "tab" }));
        let left = self.agent.delete(format!("{}/window", self.session)).call();
        left.expect("a window can be closed");
        self.command("window", &json!({ "handle": blank["handle"] }));
    }

    /// Opens a page by its text.
    #[track_caller]
    pub fn open(&self, page: &str) {
        let path = self.folder.path().join("page.html");
        fs::write(&path, page).expect("a file in the browser's own folder");
        // What was said about the page before is not said about this one.
        self.log("browser");
        self.log("performance");
        self.command("url", &json!({ "url": format!("file://{}", path.display()) }));
        // Two frames later everything that the page began is under way, and was told before this is answered.
        let script = "requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(arguments[0], 0)));";
        self.command("execute/async", &json!({ "script": script, "args": [] }));
    }

    /// Sets the width of the window, the medium and the colours.
    #[track_caller]
    pub fn show(&self, width: u32, media: Media, scheme: Scheme) {
        let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", &size);
        let media = if media == Media::Print { "print" } else { "screen" };
        let scheme = if scheme == Scheme::Dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.devtools("Emulation.setEmulatedMedia", &json!({ "media": media, "features": features }));
    }

    /// What the body of a function returns when the page runs it.
    #[track_caller]
    pub fn ask(&self, script: &str, arguments: &[&str]) -> Value {
        self.command("execute/sync", &json!({ "script": script, "args": arguments }))
    }

    /// What the console says about the page: warnings, errors and exceptions.
    #[track_caller]
    pub fn complaints(&self) -> Vec<String> {
        let severe = |entry: &Value| ["WARNING", "SEVERE"].contains(&entry["level"].as_str().expect("a level"));
        let said = |entry: Value| entry["message"].as_str().expect("a message").to_owned();
        self.log("browser").into_iter().filter(severe).map(said).collect()
    }

    /// Every address that was asked for since the page was opened, its own first.
    #[track_caller]
    pub fn requests(&self) -> Vec<String> {
        let address = |entry: Value| {
            let event: Value = serde_json::from_str(entry["message"].as_str().expect("a message")).expect("JSON");
            let (method, told) = (&event["message"]["method"], &event["message"]["params"]);
            match method.as_str() {
                Some("Network.requestWillBeSent") => told["request"]["url"].as_str().map(str::to_owned),
                Some("Network.webSocketCreated") => told["url"].as_str().map(str::to_owned),
                _ => None,
            }
        };
        self.log("performance").into_iter().filter_map(address).collect()
    }

    /// A command of the DevTools protocol.
    #[track_caller]
    pub fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.command("goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    #[track_caller]
    fn log(&self, kind: &str) -> Vec<Value> {
        let entries = self.command("se/log", &json!({ "type": kind }));
        entries.as_array().expect("a list of entries").clone()
    }

    #[track_caller]
    fn command(&self, name: &str, parameters: &Value) -> Value {
        send(&self.agent, &format!("{}/{name}", self.session), parameters)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Asks the browser to go before its driver does; a driver that does not answer is killed all the same.
        drop(self.agent.delete(&self.session).call());
    }
}

/// The driver, and the port it chose. What browsers write beside their profile goes to the folder too.
#[track_caller]
fn start_driver(program: &Path, folder: &Path) -> (Running, u16) {
    let mut command = Command::new(program);
    command.env("XDG_CONFIG_HOME", folder.join("config")).env("XDG_CACHE_HOME", folder.join("cache"));
    command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut driver = Running(command.spawn().unwrap_or_else(|error| panic!("{}: {error}", program.display())));
    let stdout = driver.0.stdout.take().expect("it was asked for");
    let (found, port) = mpsc::channel();
    // Reads to the end, so that the driver never waits for its reader.
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let number = line.rsplit_once("on port ").and_then(|(_, rest)| rest.trim_end_matches('.').parse().ok());
            // The first line says the port that was asked for, and nobody listens after the answer.
            number.filter(|port| *port != 0).map(|port: u16| found.send(port));
        }
    });
    let port = port.recv_timeout(Duration::from_secs(ANSWER_SECONDS_MAX));
    (driver, port.expect("chromedriver names its port"))
}

/// Sends a command and takes its value.
#[track_caller]
fn send(agent: &ureq::Agent, address: &str, parameters: &Value) -> Value {
    let request = agent.post(address).header("content-type", "application/json");
    let answer = request.send(parameters.to_string()).and_then(|mut answer| answer.body_mut().read_to_string());
    let answer = answer.unwrap_or_else(|error| panic!("{address} {parameters}: {error}"));
    let mut answer: Value = serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"));
    let value = answer["value"].take();
    assert!(value.get("error").is_none(), "{address} {parameters}: {value:#}");
    value
}
