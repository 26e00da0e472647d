//! acra-log-verifier, set up for one keystore: how it is called, and what it must say.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::Secrets;
use crate::support::Run;
use crate::support::keystore::Fixture;
use crate::support::run::Done;

/// A flag and its value, or a variable, whose name is in capitals. The last of several counts.
pub type Setting<'a> = (&'static str, &'a str);

const SOUND: &str = "level=info msg=\"Integrity check successful\"";

/// How it is called.
#[derive(Clone, Copy)]
enum Way {
    /// `acralog acra-log-verifier --flag=value`
    Verb,
    /// `acra-log-verifier -flag value`
    Link,
    /// `acra-log-verifier --config_file=flags.yaml`
    File,
}

/// acra-log-verifier, set up for a keystore, in a folder of its own.
pub struct Verifier<'a> {
    store: &'a Fixture,
    secrets: &'a Secrets,
    settings: Vec<Setting<'a>>,
    folder: TempDir,
}

impl<'a> Verifier<'a> {
    pub fn new(store: &'a Fixture, secrets: &'a Secrets, settings: &[&[Setting<'a>]]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        symlink(env!("CARGO_BIN_EXE_acralog"), folder.path().join("acra-log-verifier")).expect("a link");
        assert!(store.logs().len() >= 3, "one of each format");
        Self { store, secrets, settings: settings.concat(), folder }
    }

    fn run(&self, way: Way, changes: &[Setting<'_>]) -> Run {
        let settings = self.settings.iter().chain(changes).copied();
        let (variables, flags): (Vec<_>, Vec<_>) = settings.partition(|(name, _)| name.starts_with(char::is_uppercase));
        let link = Run::program(&self.folder.path().join("acra-log-verifier"));
        let run = match way {
            Way::Verb => {
                let flags = flags.iter().map(|(name, value)| format!("--{name}={value}"));
                Run::bare().arg("acra-log-verifier").args(flags)
            }
            Way::Link => link.args(flags.iter().flat_map(|(name, value)| match *value {
                "true" => vec![format!("-{name}")],
                value => vec![format!("-{name}"), value.to_owned()],
            })),
            Way::File => {
                let text: String = flags.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
                let file = self.folder.path().join("flags.yaml");
                fs::write(&file, text).expect("a file of our own");
                // It may hold a password.
                fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("a file of our own");
                link.arg("--config_file=flags.yaml")
            }
        };
        let run = run.current_dir(self.folder.path());
        variables.into_iter().fold(run, |run, (name, value)| run.env(name, value))
    }

    /// Every log of the keystore is sound, and with one entry altered it is not. The way changes from log to log.
    #[track_caller]
    pub fn verifies(&self, loader: &str) {
        for (log, way) in self.store.logs().iter().zip([Way::Verb, Way::Link, Way::File].into_iter().cycle()) {
            let done = self.secrets.exit(self.run(way, &named(log)), 0);
            let [start, loaded, unsigned @ .., last] = &said(&done)[..] else { panic!("{}", done.told()) };
            assert_eq!(*start, "level=info msg=\"Initializing ACRA_MASTER_KEY loader...\"", "{}", done.told());
            assert_eq!(*loaded, format!("level=info msg=\"Initialized {loader} loader\""), "{}", done.told());
            let is_unsigned = |line: &&str| line.starts_with("level=warning msg=\"No integrity check for line:  ");
            assert!(unsigned.iter().all(is_unsigned), "nothing else to say: {}", done.told());
            assert_eq!(*last, SOUND, "{}", done.told());

            let (altered, line) = self.altered(log);
            let done = self.secrets.exit(self.run(way, &[&named(&altered)[..], &[("d", "true")]].concat()), 1);
            let name = altered.file_name().and_then(|name| name.to_str()).expect("UTF-8");
            let error = format!("Specified logs are corrupted. File: {name} , Line:  {line}");
            let error = format!("level=error msg=\"{error}\" error=\"integrity doesn't match\"");
            assert_eq!(said(&done).last(), Some(&&*error), "{}", done.told());
        }
    }

    /// A copy of a log in which the second entry of the first chain is altered, and the number of its line.
    fn altered(&self, log: &Path) -> (PathBuf, usize) {
        let text = fs::read_to_string(log).expect("a log of the fixture");
        let mut lines: Vec<_> = text.split_inclusive('\n').map(str::to_owned).collect();
        let second = 1 + lines.iter().position(|line| line.contains("integrity")).expect("a signed entry");
        assert!(lines[second].contains("client-0"), "{}", lines[second]);
        lines[second] = lines[second].replacen("client-0", "client-9", 1);
        let path = self.folder.path().join(log.file_name().expect("a name"));
        fs::write(&path, lines.concat()).expect("a file of our own");
        (path, second + 1)
    }

    /// With these changes a log of the keystore is still sound.
    #[track_caller]
    pub fn accepts(&self, changes: &[Setting<'_>]) {
        let done = self.secrets.exit(self.run(Way::Verb, &[&named(&self.store.logs()[0]), changes].concat()), 0);
        assert_eq!(said(&done).last(), Some(&SOUND), "{}", done.told());
    }

    /// With these changes there is no answer: the last line says why, with this advice.
    #[track_caller]
    pub fn refuses(&self, changes: &[Setting<'_>], why: &str, hint: &str) -> Done {
        let logs = self.store.logs();
        let more = [&named(&logs[0]), &[("d", "true")][..], changes].concat();
        let done = self.secrets.exit(self.run(Way::Verb, &more), 1);
        let last = said(&done).pop().unwrap_or_default();
        let told = last.strip_prefix("level=error msg=\"Logs verification error\" error=").unwrap_or_default();
        let (what, advice) = told.split_once("; hint: ").unwrap_or((told, ""));
        assert!(what.contains(why) && advice.contains(hint), "{why}; hint: {hint}: {}", done.told());
        done
    }
}

/// The flags that name a log.
fn named(log: &Path) -> [Setting<'_>; 2] {
    let format = match log.extension().and_then(|format| format.to_str()).expect("a format") {
        "cef" => "CEF",
        format => format,
    };
    [("audit_log_file", path(log)), ("audit_log_file_format", format)]
}

/// What is said behind the times, line by line.
#[track_caller]
fn said(done: &Done) -> Vec<&str> {
    assert!(done.stdout.is_empty(), "{}", done.told());
    let behind = |line| str::split_once(line, "Z\" ").filter(|(time, _)| time.starts_with("time=\"")).map(|(_, it)| it);
    done.stderr.lines().map(|line| behind(line).unwrap_or_else(|| panic!("{line}: {}", done.told()))).collect()
}

pub fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}
