//! The inventory, decided: which logs there are to be, and the keys that each of them may be verified with. Whether they
//! are there is left to `source`.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::failure::Failure;
use crate::key::{self, KeySet};

/// The longest inventory that is read, in bytes (1 MiB).
const INVENTORY_BYTES_MAX: u64 = 1 << 20;

/// How a line is written, for people.
const FORM: &str = "a line is NAME PATTERN [KEY-FILE...], with quotes around what has blanks in it; # begins a comment";

/// A log that is to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InventoryLog {
    /// How it is named in reports.
    pub name: Arc<str>,
    /// The file, directory or pattern where it is.
    pub path: PathBuf,
    /// The files that hold its keys; none when it takes those of the command line.
    pub key_files: Vec<PathBuf>,
}

/// Reads an inventory. Paths are relative to the folder of the inventory.
///
/// # Errors
/// When it cannot be read, when a line has another form, when it names no log, or one name twice.
pub(super) fn read(path: &Path) -> Result<Vec<InventoryLog>, Failure> {
    let cannot = |why: String| Failure::new(format!("{}: cannot read the inventory: {why}", path.display()));
    let mut text = String::new();
    let file = File::open(path).map_err(|error| cannot(error.to_string()))?;
    file.take(INVENTORY_BYTES_MAX + 1).read_to_string(&mut text).map_err(|error| cannot(error.to_string()))?;
    if text.len() as u64 > INVENTORY_BYTES_MAX {
        return Err(cannot("it is longer than 1 MiB".to_owned()));
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut logs: Vec<InventoryLog> = Vec::new();
    let mut names = HashSet::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let wrong = |what: &str| Failure::new(format!("{}:{}: {what}", path.display(), index + 1)).with_hint(FORM);
        let fields = shlex::split(line).ok_or_else(|| wrong("a quote is not closed"))?;
        let (name, pattern, key_files) = match fields.as_slice() {
            [] => continue,
            [name, pattern, key_files @ ..] => (name, pattern, key_files),
            [_] => return Err(wrong("a name without the path of its log")),
        };
        if !names.insert(name.clone()) {
            return Err(wrong("the name stands on a line above as well"));
        }
        if [name, pattern].into_iter().chain(key_files).any(String::is_empty) || pattern == "-" {
            return Err(wrong("a log has a name, and a path that is not standard input"));
        }
        logs.push(InventoryLog {
            name: name.as_str().into(),
            path: folder.join(pattern),
            key_files: key_files.iter().map(|file| folder.join(file)).collect(),
        });
    }
    if logs.is_empty() {
        return Err(Failure::new(format!("{}: the inventory names no log", path.display())).with_hint(FORM));
    }
    Ok(logs)
}

/// The keys of each log that has its own, in the order of the logs; and what people should know about them.
pub(super) fn load_keys(logs: &[InventoryLog]) -> Result<(Vec<Option<KeySet>>, Vec<String>), Failure> {
    let mut warnings = Vec::new();
    let mut sets = Vec::with_capacity(logs.len());
    for log in logs {
        let mut set = KeySet::default();
        for path in &log.key_files {
            let read = key::file::read(path)?;
            // One key may serve many logs.
            warnings.extend(read.warning.filter(|warning| !warnings.contains(warning)));
            set.add(read.key);
        }
        sets.push((!log.key_files.is_empty()).then_some(set));
    }
    Ok((sets, warnings))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::read;

    fn inventory(text: &str) -> Result<Vec<(String, PathBuf, usize)>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("inventory");
        std::fs::write(&path, text).unwrap();
        let logs =
            read(&path).map_err(|failure| failure.message.replace(&format!("{}", path.display()), "inventory"))?;
        let inside = |path: &PathBuf| path.strip_prefix(folder.path()).unwrap_or(path).to_owned();
        Ok(logs.iter().map(|log| (log.name.to_string(), inside(&log.path), log.key_files.len())).collect())
    }

    #[test]
    fn a_line_names_a_log_its_place_and_its_keys() {
        let text =
            "\u{feff}# logs\neu  logs/eu*.log eu.key old.key # two keys\r\n\n'far east' \"/var/log/far east/\"\n";
        let wanted = [("eu", "logs/eu*.log", 2), ("far east", "/var/log/far east/", 0)];
        assert_eq!(inventory(text).unwrap(), wanted.map(|(name, path, keys)| (name.to_owned(), path.into(), keys)));
    }

    #[test]
    fn what_is_no_inventory_is_refused_with_its_line() {
        let cases = [
            ("", "inventory: the inventory names no log"),
            ("# none\n", "inventory: the inventory names no log"),
            ("a a.log\nb\n", "inventory:2: a name without the path of its log"),
            ("a 'a.log\n", "inventory:1: a quote is not closed"),
            ("a a.log\na b.log\n", "inventory:2: the name stands on a line above as well"),
            ("a -\n", "inventory:1: a log has a name, and a path that is not standard input"),
            ("'' a.log\n", "inventory:1: a log has a name, and a path that is not standard input"),
        ];
        for (text, wanted) in cases {
            assert_eq!(inventory(text).unwrap_err(), wanted, "{text:?}");
        }
    }
}
