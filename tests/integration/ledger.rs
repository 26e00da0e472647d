//! What a run remembers, and what it holds against a log the next time (docs/ledger.md): the logs that the tests change between
//! two runs, and the runs themselves. Each threat has a file of its own.

mod behind_unchanged; // a run that reads only what is new
mod changed_logs; // whoever may write the logs
mod damaged; // whoever may write the ledger, or read it
#[cfg(target_os = "linux")]
mod interrupted; // whatever ends a run, or keeps it from writing
#[cfg(target_os = "linux")]
mod nights; // a month of rotation
#[cfg(target_os = "linux")]
mod unchanged_by; // files that are believed to be as they were
mod verbs; // looking into a ledger, and giving up chains

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::log_writer::{Format, Lines, Service, lines, text};
use crate::support::tools::{has, skipped};
use crate::support::{Run, fixture};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

fn service(format: Format) -> Service {
    Service::new(format, fixture::key("audit.key"), 20)
}

/// Files by their names.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Files(BTreeMap<String, Vec<u8>>);

impl Files {
    fn of<const N: usize>(files: [(&str, &[Vec<u8>]); N]) -> Self {
        Self(files.into_iter().map(|(name, lines)| (name.to_owned(), text(lines))).collect())
    }

    /// Changes the lines of a file.
    #[track_caller]
    fn edit(&mut self, name: &str, change: impl FnOnce(&mut Lines)) {
        let bytes = self.0.get_mut(name).expect("a file of this name");
        let mut edited = lines(bytes);
        change(&mut edited);
        *bytes = text(&edited);
    }

    fn put(&mut self, name: &str, bytes: &[u8]) {
        self.0.insert(name.to_owned(), bytes.to_vec());
    }

    #[track_caller]
    fn remove(&mut self, name: &str) -> Vec<u8> {
        self.0.remove(name).expect("a file of this name")
    }

    #[track_caller]
    fn rename(&mut self, from: &str, to: &str) {
        let bytes = self.remove(from);
        self.put(to, &bytes);
    }
}

/// A week of one service in a rotated set, and what comes after it. A chain begins every day:
///
/// | day | chain | where |
/// |---|---|---|
/// | 0 | 5 entries | `acra.log.2:1` |
/// | 1 | 5 entries | `acra.log.2:6` |
/// | 2 | 8 entries | `acra.log.2:11` to `acra.log.1:4` |
/// | 3 | 5 entries | `acra.log.1:5` |
/// | 4 | 6 entries | `acra.log.1:10` to `acra.log:3` |
/// | 5 | 6 entries | `acra.log:4` |
/// | 6 | 4 entries, open | `acra.log:10` |
struct Week {
    files: Files,
    /// Goes on with the open chain.
    service: Service,
}

/// The files of a week, oldest first.
const OLD: &str = "acra.log.2";
const MIDDLE: &str = "acra.log.1";
const NEW: &str = "acra.log";

impl Week {
    fn of(format: Format) -> Self {
        let mut service = service(format);
        let mut days: Vec<Lines> = Vec::new();
        for entries in [5, 5, 8, 5, 6, 6] {
            days.push(service.chain(entries));
            service.pause(DAY_MS);
        }
        days.push(service.entries(4));
        let old = [&days[0][..], &days[1], &days[2][..4]].concat();
        let middle = [&days[2][4..], &days[3], &days[4][..3]].concat();
        let new = [&days[4][3..], &days[5], &days[6]].concat();
        Self { files: Files::of([(OLD, &old), (MIDDLE, &middle), (NEW, &new)]), service }
    }
}

/// Logs in a folder, and a ledger beside it.
struct Site {
    folder: TempDir,
}

impl Site {
    fn new(files: &Files) -> Self {
        let site = Self { folder: tempfile::tempdir().expect("a folder") };
        site.put(files);
        site
    }

    /// Puts these logs in the place of those that are there.
    fn put(&self, files: &Files) {
        let logs = self.path("logs");
        if logs.exists() {
            fs::remove_dir_all(&logs).expect("our own folder");
        }
        fs::create_dir(&logs).expect("a new folder");
        for (name, bytes) in &files.0 {
            fs::write(logs.join(name), bytes).expect("a file of our own");
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn ledger_path(&self) -> PathBuf {
        self.path("acra.ledger")
    }

    /// The bytes of the ledger.
    #[track_caller]
    fn ledger(&self) -> Vec<u8> {
        fs::read(self.ledger_path()).expect("a ledger")
    }

    /// A run of a verb with the ledger, over nothing yet.
    fn verb(&self, verb: &[&str], flags: &[&str]) -> Run {
        let run = Run::bare().args(verb).key("audit.key").args(["--ledger", "acra.ledger"]).args(flags);
        run.current_dir(self.folder.path())
    }

    /// `verify` with the ledger, over the folder of logs.
    fn verify(&self, flags: &[&str]) -> Run {
        self.verb(&["verify", "--output-format", "json"], flags).path("logs")
    }

    /// A site whose logs were verified once, in a ledger of its own.
    #[track_caller]
    fn verified(files: &Files) -> Self {
        let site = Self::new(files);
        site.verify(&[]).exit(0).report().shows("ledger-new");
        site
    }
}
