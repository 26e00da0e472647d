//! The keystores of `fixtures/keystores`, each in a folder of its own with the mode that Acra demands, which git does not
//! keep. What they show stands in the README beside them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tempfile::TempDir;

use super::{Run, fixture};

/// A keystore of the fixtures, copied.
pub struct Keystore {
    pub name: String,
    /// The value of ACRA_MASTER_KEY.
    pub master_key: String,
    copy: TempDir,
}

/// A key as Acra sees it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    pub source: String,
    pub seqnum: Option<i64>,
    pub state: Option<String>,
    pub current: bool,
    pub hex: Option<String>,
    pub error: Option<String>,
}

impl Keystore {
    /// All that lie in a directory and are opened with a master key.
    pub fn all() -> Vec<Self> {
        let mut names: Vec<String> = fs::read_dir(folder())
            .expect("fixtures/keystores")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
            .filter(|name| name.starts_with('v') && !name.contains("-redis-") && !name.contains("-kms-"))
            .collect();
        names.sort_unstable();
        assert!(names.len() > 60, "the keystores are there");
        names.iter().map(|name| Self::named(name)).collect()
    }

    #[track_caller]
    pub fn named(name: &str) -> Self {
        let copy = tempfile::tempdir().expect("a folder");
        let keys = copy.path().join("keys");
        copy_folder(&folder().join(name).join("keys"), &keys);
        fs::set_permissions(&keys, fs::Permissions::from_mode(0o700)).expect("our own folder");
        let text = read(name, "master_key.txt").expect("every keystore has a master key");
        let master_key = text.strip_suffix('\n').unwrap_or(&text).to_owned();
        Self { name: name.to_owned(), master_key, copy }
    }

    /// The folder in which `keys` is the keystore.
    pub fn folder(&self) -> &Path {
        self.copy.path()
    }

    pub fn keys_dir(&self) -> PathBuf {
        self.copy.path().join("keys")
    }

    /// Adds the keystore and its master key to a run.
    pub fn given_to(&self, run: Run) -> Run {
        run.env("ACRA_MASTER_KEY", &self.master_key).arg("--keys-dir").arg(self.keys_dir())
    }

    /// `acralog keys VERB` for this keystore.
    pub fn keys(&self, verb: &str) -> Run {
        self.given_to(Run::bare().args(["keys", verb]))
    }

    /// All keys, newest first, where Acra was asked for them.
    pub fn expected(&self) -> Option<Vec<Expected>> {
        let text = read(&self.name, "expected_keys.json")?;
        Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", self.name)))
    }

    /// The current key, unless Acra could not read it.
    pub fn current_key(&self) -> Option<Vec<u8>> {
        let text = read(&self.name, "expected_key.hex")?;
        Some(hex::decode(text.trim()).expect("hex digits"))
    }

    /// The logs that Acra sealed with its keys.
    pub fn logs(&self) -> Vec<PathBuf> {
        logs(&self.name)
    }
}

/// Any folder of the fixtures, whatever opens it: the keystore in it, if there is one, copied. For `services`.
#[cfg(all(feature = "redis", feature = "vault", feature = "kms"))]
pub struct Fixture {
    name: String,
    copy: TempDir,
}

#[cfg(all(feature = "redis", feature = "vault", feature = "kms"))]
impl Fixture {
    pub fn named(name: &str) -> Self {
        let copy = tempfile::tempdir().expect("a folder");
        let keys = copy.path().join("keys");
        copy_folder(&folder().join(name).join("keys"), &keys);
        fs::set_permissions(&keys, fs::Permissions::from_mode(0o700)).expect("our own folder");
        Self { name: name.to_owned(), copy }
    }

    pub fn keys_dir(&self) -> PathBuf {
        self.copy.path().join("keys")
    }

    /// A file, where there is one.
    pub fn text(&self, file: &str) -> Option<String> {
        read(&self.name, file)
    }

    #[track_caller]
    pub fn bytes(&self, file: &str) -> Vec<u8> {
        fs::read(folder().join(&self.name).join(file)).expect("a file of the fixture")
    }

    /// The key that Acra seals with.
    pub fn current_key(&self) -> Vec<u8> {
        hex::decode(self.text("expected_key.hex").expect("a current key").trim()).expect("hex digits")
    }

    /// The names of the historical keys.
    pub fn history(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(folder().join(&self.name).join("keys/secure_log_key.old")) else {
            return Vec::new();
        };
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect()
    }

    pub fn logs(&self) -> Vec<PathBuf> {
        logs(&self.name)
    }
}

fn folder() -> PathBuf {
    fixture::root().join("keystores")
}

fn logs(name: &str) -> Vec<PathBuf> {
    let logs = folder().join(name).join("logs");
    let Ok(entries) = fs::read_dir(logs) else { return Vec::new() };
    let mut logs: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    logs.sort_unstable();
    logs
}

fn read(name: &str, file: &str) -> Option<String> {
    fs::read_to_string(folder().join(name).join(file)).ok()
}

/// A folder that does not exist is an empty one: git keeps none.
fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir(to).expect("a new folder");
    let Ok(entries) = fs::read_dir(from) else { return };
    for entry in entries.map(|entry| entry.expect("an entry")) {
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}
