//! acralog in the place of acra-log-verifier: the documented examples line by line, in every format of its messages, and no
//! exit code but 0 and 1. Its flags are left to `flags`.

use std::fs;
use std::path::{Path, PathBuf};

use acralog::{Event, Level};
use serde::Deserialize;

use crate::log_writer::{Format, Lines, Service, text};
use crate::support::Run;
use crate::support::keystore::Keystore;
use crate::support::run::Done;

mod flags;
mod twin;

/// A message as a test sees it: level, text, error.
type Message = (String, String, Option<String>);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonLine {
    level: String,
    msg: String,
    error: Option<String>,
    product: String,
    timestamp: String,
    #[serde(rename = "unixTime")]
    unix_time: String,
    version: String,
}

const START: [(&str, &str); 2] =
    [("info", "Initializing ACRA_MASTER_KEY loader..."), ("info", "Initialized default env ACRA_MASTER_KEY loader")];
const SOUND: (&str, &str) = ("info", "Integrity check successful");

/// A folder with a keystore, and logs that were sealed with its key.
struct Place {
    store: Keystore,
    key: [u8; 32],
}

impl Place {
    fn new() -> Self {
        Self::of("v1-single")
    }

    fn of(keystore: &str) -> Self {
        let store = Keystore::named(keystore);
        fs::rename(store.keys_dir(), store.folder().join(".acrakeys")).expect("a folder of our own");
        let key = store.current_key().expect("a sound keystore").try_into().expect("32 bytes");
        Self { store, key }
    }

    fn folder(&self) -> &Path {
        self.store.folder()
    }

    /// A run that was ended in the order: six lines, then a chain.
    fn log(&self, format: Format, seed: u64) -> Lines {
        let mut service = Service::new(format, self.key, seed);
        // Each run is a day later than the one before it.
        for _ in 0..seed * 500 {
            service.tick();
        }
        let mut lines = service.start_up(6);
        lines.extend(service.chain(9));
        lines
    }

    fn write(&self, name: &str, lines: &[Vec<u8>]) -> PathBuf {
        let path = self.folder().join(name);
        fs::write(&path, text(lines)).expect("a file of our own");
        path
    }

    /// The two logs of the documentation and the list that names them, with what else is to stand in it.
    fn two_logs(&self, others: &[&str]) {
        self.write("log1.txt", &self.log(Format::Plaintext, 1));
        self.write("log2.txt", &self.log(Format::Plaintext, 2));
        let names: Vec<_> =
            ["log1.txt", "log2.txt"].iter().chain(others).map(|name| name.as_bytes().to_vec()).collect();
        self.write("log_file_list.txt", &names);
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let run = Run::bare().arg("acra-log-verifier").args(arguments).current_dir(self.folder());
        run.env("ACRA_MASTER_KEY", &self.store.master_key)
    }

    /// Another verb, with the keys of the same keystore.
    fn run_verb(&self, verb: &str) -> Run {
        Run::bare().arg(verb).current_dir(self.folder()).env("ACRA_MASTER_KEY", &self.store.master_key)
    }

    fn absolute(&self, name: &str) -> String {
        self.folder().join(name).display().to_string()
    }
}

/// What was said, read back with the product's own readers, or as JSON without unknown fields.
#[track_caller]
fn messages(done: &Done, format: &str) -> Vec<Message> {
    assert!(done.stdout.is_empty(), "{}", done.told());
    assert!(done.stderr.is_empty() || done.stderr.ends_with('\n'), "{}", done.told());
    done.stderr.lines().map(|line| message(line, format).unwrap_or_else(|| panic!("{line}: {}", done.told()))).collect()
}

fn message(line: &str, format: &str) -> Option<Message> {
    if format == "json" {
        let line: JsonLine = serde_json::from_str(line).ok()?;
        assert_eq!((&line.product[..], &line.version[..]), ("acra-log-verifier", env!("CARGO_PKG_VERSION")));
        assert!(line.timestamp.ends_with('Z') && line.timestamp.len() == 20, "{}", line.timestamp);
        assert_eq!(line.unix_time.split_once('.').map(|(_, milliseconds)| milliseconds.len()), Some(3));
        return Some((line.level, line.msg, line.error));
    }
    let event = Event::read(line.as_bytes()).ok().filter(|event| event.moment.is_some())?;
    assert_eq!(event.format.name(), format.to_lowercase());
    if format == "CEF" {
        assert_eq!(event.product.as_ref().map(|text| text.to_str()).as_deref(), Some("acra-log-verifier"));
    }
    assert!(event.fields.iter().all(|field| field.key.as_bytes() == b"error") && event.fields.len() <= 1, "{line}");
    let error = event.field("error").map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    assert!(matches!(event.level, Level::Debug | Level::Info | Level::Warning | Level::Error));
    Some((event.level.name().to_owned(), event.message.to_str().into_owned(), error))
}

fn said(level: &str, text: impl Into<String>) -> Message {
    (level.to_owned(), text.into(), None)
}

fn failed(text: impl Into<String>, error: impl Into<String>) -> Message {
    ("error".to_owned(), text.into(), Some(error.into()))
}

fn unsigned(lines: impl IntoIterator<Item = u64>) -> impl Iterator<Item = Message> {
    lines.into_iter().map(|line| said("warning", format!("No integrity check for line:  {line}")))
}

/// The start, then this.
fn with_start(rest: impl IntoIterator<Item = Message>) -> Vec<Message> {
    START.iter().map(|(level, text)| said(level, *text)).chain(rest).collect()
}

#[test]
fn a_list_of_sound_logs_is_what_the_documentation_shows() {
    let place = Place::new();
    place.two_logs(&[]);
    let expected = with_start(unsigned(1..=6).chain(unsigned(1..=6)).chain([said(SOUND.0, SOUND.1)]));
    for format in ["plaintext", "json", "CEF"] {
        let done = place.run(&["--audit_log_file_list=log_file_list.txt", "--logging_format", format]).exit(0);
        assert_eq!(messages(&done, format), expected, "{format}");
    }
}

#[test]
fn a_tampered_entry_is_what_the_documentation_shows() {
    let place = Place::new();
    place.two_logs(&[]);
    let mut lines = place.log(Format::Plaintext, 1);
    lines[7] =
        String::from_utf8(lines[7].clone()).expect("UTF-8").replacen("time=\"2025", "time=\"2026", 1).into_bytes();
    place.write("log1.txt", &lines);
    let error = failed("Specified logs are corrupted. File: log1.txt , Line:  8", "integrity doesn't match");
    let expected = with_start(unsigned(1..=6).chain([error]));
    for format in ["plaintext", "json", "CEF"] {
        let done = place.run(&["-audit_log_file_list", "log_file_list.txt", "-logging_format", format]).exit(1);
        assert_eq!(messages(&done, format), expected, "{format}");
    }
    // Acra's service prints it so, byte for byte.
    let done = place.run(&["-audit_log_file_list", "log_file_list.txt"]).exit(1);
    let last = done.stderr.lines().last().expect("a line");
    let (_, behind) = last.split_once("Z\" ").expect("a time");
    let error =
        r#"level=error msg="Specified logs are corrupted. File: log1.txt , Line:  8" error="integrity doesn't match""#;
    assert_eq!(behind, error);
}

#[test]
fn a_missing_log_is_what_the_documentation_shows_with_and_without_missing_ok() {
    let place = Place::new();
    place.two_logs(&["not_existing_file.txt"]);
    let path = place.absolute("not_existing_file.txt");
    let why = format!("open {path}: no such file or directory");
    let missing = || said("warning", format!("file:  {path} is missing"));
    let lines = || unsigned(1..=6).chain(unsigned(1..=6));
    let refused =
        [missing(), failed(format!("unexpected error occurred while log file processing:  {path}"), why.clone())];
    let refused = with_start(refused.into_iter().chain(lines()).chain([failed("Logs verification error", why)]));
    let passed = with_start([missing()].into_iter().chain(lines()).chain([said(SOUND.0, SOUND.1)]));
    for format in ["plaintext", "json", "CEF"] {
        let run = || place.run(&["--audit_log_file_list", "log_file_list.txt", "--logging_format", format]);
        assert_eq!(messages(&run().exit(1), format), refused, "{format}");
        assert_eq!(messages(&run().arg("--audit_log_missing_ok").exit(0), format), passed, "{format}");
    }
}

#[test]
fn debugging_shows_the_absolute_paths_in_the_order_of_verification() {
    let place = Place::new();
    place.two_logs(&[]);
    let done = place.run(&["-d", "-audit_log_file_list", "log_file_list.txt", "-audit_log_file", "./log2.txt"]).done();
    let paths: Vec<_> =
        messages(&done, "plaintext").into_iter().filter(|message| message.0 == "debug").map(|m| m.1).take(3).collect();
    assert_eq!(paths, ["log2.txt", "log1.txt", "log2.txt"].map(|name| place.absolute(name)));
}

#[test]
fn a_chain_may_cross_the_files_of_a_list() {
    let place = Place::new();
    let lines = place.log(Format::Json, 3);
    place.write("1", &lines[..9]);
    place.write("2", &lines[9..]);
    for (list, code) in [("1\n2\n", 0), ("2\n1\n", 1), ("1\n", 0), ("2\n", 1)] {
        fs::write(place.folder().join("list"), list).expect("a file of our own");
        let done = place.run(&["-audit_log_file_list=list", "-audit_log_file_format=json"]).exit(code);
        let open = done.stderr.contains("Missing end of final audit log chain");
        assert_eq!(open, list == "1\n", "{}", done.told());
    }
}

#[test]
fn logs_of_every_keystore_and_format_are_sound() {
    for name in ["v1-single", "v1-rotated", "v2-single", "v2-rotated"] {
        let place = Place::of(name);
        for log in place.store.logs() {
            let format = log.extension().expect("a format").to_str().expect("UTF-8");
            let done = place.run(&["--audit_log_file_format", format, "--audit_log_file"]).arg(&log).exit(0);
            let told = messages(&done, "plaintext");
            assert_eq!(told.last(), Some(&said(SOUND.0, SOUND.1)), "{}", done.told());
        }
    }
}

#[test]
fn json_is_not_taken_for_text_and_text_not_for_json() {
    let place = Place::new();
    for format in Format::ALL {
        place.write(format.name(), &place.log(format, 4));
        for demanded in ["plaintext", "json", "CEF"] {
            let alike = (format == Format::Json) == (demanded == "json");
            let run = place.run(&["-audit_log_file", format.name(), "-audit_log_file_format", demanded]);
            let done = run.exit(u8::from(!alike));
            let hint = format!("--audit_log_file_format={}", format.name());
            assert_eq!(done.stderr.contains(&hint), !alike, "{}", done.told());
        }
    }
}

#[test]
fn where_acra_passes_what_we_would_not_a_warning_says_so() {
    let place = Place::new();
    let sound = place.log(Format::Plaintext, 5);
    let mut stripped = sound.clone();
    stripped.insert(9, b"time=\"2025-03-14T00:00:00Z\" level=info msg=inserted".to_vec());
    let unsigned_only = sound[..6].to_vec();
    for (lines, outcome, also) in [
        (&stripped, "tampered, exit 1", "No integrity check for line:  10"),
        (&unsigned_only, "incomplete, exit 3", "Empty source of audit log"),
    ] {
        place.write("log", lines);
        let done = place.run(&["-audit_log_file=log"]).exit(0);
        let told = messages(&done, "plaintext");
        let [.., warning, last] = &told[..] else { panic!("{}", done.told()) };
        assert_eq!(last, &said(SOUND.0, SOUND.1));
        assert!(warning.0 == "warning" && warning.1.contains("`acralog verify`"), "{}", done.told());
        assert!(warning.1.contains(outcome) && done.stderr.contains(also), "{}", done.told());
    }
}

#[test]
fn what_acra_refuses_is_refused_with_its_words() {
    let place = Place::new();
    let mut crashed = Service::new(Format::Plaintext, place.key, 6);
    let mut lines = crashed.entries(3);
    crashed.crash();
    lines.extend(crashed.chain(4));
    place.write("unfinished", &lines);
    place.write("headless", &place.log(Format::Plaintext, 7)[8..]);
    place.write("foreign", &Service::new(Format::Plaintext, [7; 32], 8).chain(4));
    for (log, error) in [
        ("unfinished", "end of audit log chain is missing"),
        ("headless", "integrity doesn't match"),
        ("foreign", "integrity doesn't match"),
    ] {
        let done = place.run(&["-audit_log_file", log]).exit(1);
        let told = messages(&done, "plaintext");
        let line = told.iter().find(|message| message.0 == "error").expect("an error");
        assert!(line.1.starts_with(&format!("Specified logs are corrupted. File: {log} , Line:  ")), "{}", done.told());
        assert_eq!(line.2.as_deref(), Some(error), "{}", done.told());
    }
}

#[test]
fn any_number_of_unsigned_lines_is_told_one_by_one() {
    let place = Place::new();
    let line = b"time=\"2025-03-14T00:00:00Z\" level=info msg=x\n";
    fs::write(place.folder().join("log"), line.repeat(100_000)).expect("a file of our own");
    let done = place.run(&["-audit_log_file=log"]).exit(0);
    assert_eq!(done.stderr.matches("No integrity check for line:  ").count(), 100_000);
    assert!(done.stderr.contains("for line:  100000\""), "the last one");
}
