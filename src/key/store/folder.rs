//! A keystore in a directory, as `--keys_dir` of Acra names it.

use std::fs::{self, DirEntry, File};
use std::io;
use std::path::{Component, Path, PathBuf};

use zeroize::Zeroizing;

use super::versions::is_time_of_rotation;
use super::{HISTORY, History, Storage, StorageError, StoreEntry};
use crate::failure::Failure;
use crate::key::secret::{is_secret_text, read_up_to};

/// The mode that Acra demands of a keystore directory.
#[cfg(unix)]
const MODE: u32 = 0o700;

/// What Acra calls the directory of its keys, and what people call it.
const USUAL_NAMES: [&str; 2] = [".acrakeys", "keys"];

/// What to do about a keystore that others may not read, as it should be.
const OWNER_HINT: &str = "run as the user whose keystore it is, the one of acra-server";

/// A directory that exists.
#[derive(Debug)]
pub struct KeystoreFolder {
    path: PathBuf,
    flag: &'static str,
}

impl KeystoreFolder {
    /// The keystore directory that was given to a flag, such as `--keys-dir`.
    ///
    /// # Errors
    /// When there is no such directory.
    pub fn open(path: PathBuf, flag: &'static str) -> Result<Self, Failure> {
        let hint = || {
            let hint = "name the directory that acra-server is given as --keys_dir";
            neighbour(&path, flag).map_or_else(|| hint.to_owned(), |found| format!("{found}; {hint}"))
        };
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => Ok(Self { path, flag }),
            Ok(_) => Err(Failure::new(format!("{}: not a directory", path.display())).with_hint(hint())),
            Err(_) if is_secret_text(path.as_os_str().as_encoded_bytes()) => {
                Err(Failure::usage(format!("{flag} was given something that is not the name of a directory"))
                    .with_hint("name the directory that acra-server is given as --keys_dir"))
            }
            Err(error) => {
                Err(Failure::new(format!("{}: cannot open the keystore: {error}", path.display())).with_hint(hint()))
            }
        }
    }

    /// For people, when others than the owner may use the directory: Acra itself refuses one of any other mode.
    pub fn warning(&self) -> Option<String> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(&self.path).ok()?.permissions().mode() & 0o777;
            let path = self.path.display();
            (mode != MODE).then(|| {
                format!("{path}: the keystore has mode {mode:04o}, and Acra accepts 0700 only; chmod 700 sets it")
            })
        }
        #[cfg(not(unix))]
        None
    }

    fn content(&self, entry: StoreEntry<'_>) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
        let path = self.path.join(entry.path());
        let cannot_read = self.cannot("read this part of the keystore", &path);
        let metadata = match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return if is_link(&path) { Err(leads_nowhere(&path)) } else { Ok(None) };
            }
            Err(error) => return Err(cannot_read(error)),
            Ok(metadata) => metadata,
        };
        if !metadata.is_file() {
            return Err(Failure::new(format!("{}: not a file", path.display())));
        }
        let length_max = entry.bytes_max();
        if metadata.len() > length_max as u64 {
            return Err(Failure::new(format!("{}: longer than {length_max} bytes", path.display()))
                .with_hint("that is no part of a keystore of Acra"));
        }
        // With room for one byte more, so that a file that grew meanwhile is not cut.
        let room = usize::try_from(metadata.len()).unwrap_or(length_max) + 1;
        let mut content = Zeroizing::new(vec![0; room]);
        let length = File::open(&path).and_then(|file| read_up_to(file, &mut content)).map_err(&cannot_read)?;
        if length == room {
            return Err(Failure::new(format!("{}: changed while it was read", path.display())));
        }
        content.truncate(length);
        Ok(Some(content))
    }

    fn cannot(&self, what: &str, path: &Path) -> impl Fn(io::Error) -> Failure {
        let told = format!("{}: cannot {what}", path.display());
        move |error| match error.kind() {
            io::ErrorKind::PermissionDenied => Failure::new(format!("{told}: {error}")).with_hint(OWNER_HINT),
            _ => Failure::new(format!("{told}: {error}")),
        }
    }
}

impl Storage for KeystoreFolder {
    fn origin(&self) -> String {
        format!("{} {}", self.flag, self.path.display())
    }

    fn place(&self, entry: StoreEntry<'_>) -> String {
        self.path.join(entry.path()).display().to_string()
    }

    /// Whatever is wrong with one file, the next one may be read.
    fn read(&self, entry: StoreEntry<'_>) -> Result<Option<Zeroizing<Vec<u8>>>, StorageError> {
        self.content(entry).map_err(StorageError::Entry)
    }

    /// Acra makes regular files; whoever copied or mounted a keystore may have links to them. A link that leads to no file
    /// was one, and so was whatever else bears the name of a key.
    fn history(&self) -> Result<History, Failure> {
        let folder = self.path.join(HISTORY);
        let cannot_list = self.cannot("list the historical keys", &folder);
        let mut history = History::default();
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                history.unlisted = is_link(&folder).then(|| leads_nowhere(&folder));
                return Ok(history);
            }
            Err(error) => {
                history.unlisted = Some(cannot_list(error));
                return Ok(history);
            }
        };
        for entry in entries {
            match entry {
                // Acra's own names are digits and punctuation.
                Ok(entry) => {
                    history.names.extend(entry.file_name().into_string().ok().filter(|name| is_key(&entry, name)))
                }
                Err(error) => history.unlisted = Some(cannot_list(error)),
            }
        }
        Ok(history)
    }

    fn elsewhere(&self) -> Option<String> {
        neighbour(&self.path, self.flag)
    }
}

/// Whether an entry of the history is a key, or was one. Kubernetes has links to directories beside the files of a volume.
fn is_key(entry: &DirEntry, name: &str) -> bool {
    match entry.file_type() {
        Ok(kind) if kind.is_dir() => false,
        Ok(kind) if kind.is_symlink() => {
            let is_folder = fs::metadata(entry.path()).is_ok_and(|metadata| metadata.is_dir());
            !is_folder || is_time_of_rotation(name)
        }
        _ => true,
    }
}

fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink())
}

fn leads_nowhere(path: &Path) -> Failure {
    Failure::new(format!("{}: a link that leads nowhere", path.display()))
        .with_hint("restore what it leads to, or mount it")
}

/// A keystore one level away from a path that is none, for people.
fn neighbour(path: &Path, flag: &str) -> Option<String> {
    let is_name = matches!(path.components().next_back(), Some(Component::Normal(_)));
    let above = if is_name { path.parent().map(Path::to_owned) } else { Some(path.join("..")) };
    let above = above.map(|above| if above.as_os_str().is_empty() { PathBuf::from(".") } else { above });
    let below = [Some(path.to_owned()), above.clone()].into_iter().flatten();
    let below = below.flat_map(|folder| USUAL_NAMES.map(|name| folder.join(name)));
    let is_other = |found: &PathBuf| fs::canonicalize(found).ok() != fs::canonicalize(path).ok();
    let found = below.chain(above).find(|found| holds_keys(found) && is_other(found))?;
    Some(format!("there is a keystore in {0}: {flag} {0}", found.display()))
}

/// Whether a directory looks like a keystore.
fn holds_keys(folder: &Path) -> bool {
    [StoreEntry::CurrentKey, StoreEntry::KeyRing].into_iter().any(|entry| folder.join(entry.path()).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, KeystoreFolder) {
        let made = tempfile::tempdir().unwrap();
        let folder = KeystoreFolder::open(made.path().to_owned(), "--keys-dir").unwrap();
        (made, folder)
    }

    #[test]
    fn entries_are_files_below_the_directory_and_may_be_missing() {
        let (made, folder) = folder();
        assert_eq!(folder.read(StoreEntry::CurrentKey).unwrap(), None);
        assert_eq!(folder.history().unwrap().names, [""; 0]);
        fs::create_dir(made.path().join(HISTORY)).unwrap();
        for (entry, content) in [
            (StoreEntry::Version, "v"),
            (StoreEntry::CurrentKey, ""),
            (StoreEntry::HistoricalKey("2026-11-22T10:13:33.75"), "old"),
            (StoreEntry::KeyRing, "ring"),
        ] {
            fs::write(made.path().join(entry.path()), content).unwrap();
            assert_eq!(folder.read(entry).unwrap().unwrap().as_slice(), content.as_bytes());
        }
        assert_eq!(folder.history().unwrap().names, ["2026-11-22T10:13:33.75"]);
        let place = made.path().join("secure_log_key").display().to_string();
        assert_eq!(folder.place(StoreEntry::CurrentKey), place);
        assert_eq!(folder.origin(), format!("--keys-dir {}", made.path().display()));
    }

    #[cfg(unix)]
    #[test]
    fn whatever_bears_the_name_of_a_key_is_history_and_nothing_endless_is_opened() {
        use std::os::unix::fs::symlink;
        let (made, folder) = folder();
        let history = made.path().join(HISTORY);
        fs::create_dir_all(history.join("2026-01-01T00:00:00")).unwrap();
        fs::write(history.join("2026-01-02T00:00:00"), "x").unwrap();
        for (target, name) in [
            ("2026-01-02T00:00:00", "2026-01-03T00:00:00"),
            ("no such file", "2026-01-04T00:00:00"),
            ("2026-01-01T00:00:00", "2026-01-05T00:00:00"),
            ("2026-01-01T00:00:00", "..data"),
            ("2026-01-06T00:00:00", "2026-01-06T00:00:00"),
        ] {
            symlink(target, history.join(name)).unwrap();
        }
        let mut found = folder.history().unwrap();
        found.names.sort_unstable();
        assert_eq!(found.names, [2, 3, 4, 5, 6].map(|day| format!("2026-01-0{day}T00:00:00")));
        assert!(found.unlisted.is_none());
        for (day, wrong) in [(2, None), (3, None), (4, Some("leads nowhere")), (5, Some("not a file")), (6, Some(""))] {
            let read = folder.content(StoreEntry::HistoricalKey(&format!("2026-01-0{day}T00:00:00")));
            match wrong {
                None => assert_eq!(read.unwrap().unwrap().as_slice(), b"x"),
                Some(wrong) => assert!(read.unwrap_err().message.contains(wrong)),
            }
        }

        // A secret volume of Kubernetes consists of links, and Acra follows them.
        std::os::unix::fs::symlink(history.join("2026-01-02T00:00:00"), made.path().join("secure_log_key")).unwrap();
        assert_eq!(folder.read(StoreEntry::CurrentKey).unwrap().unwrap().as_slice(), b"x");
        std::os::unix::fs::symlink("/dev/zero", made.path().join("audit-log.keyring")).unwrap();
        assert!(folder.content(StoreEntry::KeyRing).unwrap_err().message.ends_with("audit-log.keyring: not a file"));
    }

    #[cfg(unix)]
    #[test]
    fn a_history_that_cannot_be_listed_is_not_taken_for_none() {
        let (made, folder) = folder();
        let history = made.path().join(HISTORY);
        for (told, make) in [
            ("a link that leads nowhere", &|| std::os::unix::fs::symlink("away", &history).unwrap()),
            ("cannot list the historical keys", &|| fs::write(&history, "").unwrap()),
        ] as [(&str, &dyn Fn()); 2]
        {
            make();
            let found = folder.history().unwrap();
            assert!(found.unlisted.is_some_and(|failure| failure.message.contains(told)), "{told}");
            fs::remove_file(&history).unwrap();
        }
        assert!(folder.history().unwrap().unlisted.is_none());
    }

    #[test]
    fn a_keystore_one_level_away_is_named() {
        let made = tempfile::tempdir().unwrap();
        let keystore = made.path().join("acra/.acrakeys");
        fs::create_dir_all(keystore.join(HISTORY)).unwrap();
        fs::create_dir(made.path().join("acra/other")).unwrap();
        fs::write(keystore.join("secure_log_key"), "x").unwrap();
        let named = format!("there is a keystore in {0}: --keys-dir {0}", keystore.display());
        let hint = |path: &str| match KeystoreFolder::open(made.path().join(path), "--keys-dir") {
            Ok(folder) => folder.elsewhere().unwrap_or_default(),
            Err(failure) => failure.hint.unwrap_or_default(),
        };
        for path in [
            "acra",
            "acra/other",
            "acra/missing",
            "acra/.acrakeys/secure_log_key",
            "acra/.acrakeys/secure_log_key.old",
            "acra/.acrakeys/.acrakeys",
        ] {
            assert!(hint(path).starts_with(&named), "{path}: {}", hint(path));
        }
        for path in ["acra/.acrakeys", ".", "elsewhere/deep"] {
            assert!(!hint(path).contains("there is a keystore"), "{path}: {}", hint(path));
        }
    }

    #[test]
    fn what_is_too_long_is_refused_unread() {
        let (made, folder) = folder();
        fs::write(made.path().join("secure_log_key"), vec![0; StoreEntry::CurrentKey.bytes_max() + 1]).unwrap();
        let failure = folder.content(StoreEntry::CurrentKey).unwrap_err();
        assert!(failure.message.ends_with("secure_log_key: longer than 8192 bytes"), "{failure:?}");
    }

    #[test]
    fn a_directory_that_is_none_is_named_but_a_key_in_its_place_is_not() {
        let failure = KeystoreFolder::open("no/such/keys".into(), "--keys-dir").unwrap_err();
        assert!(failure.message.starts_with("no/such/keys: cannot open the keystore"), "{failure:?}");
        let failure = KeystoreFolder::open("Cargo.toml".into(), "--keys-dir").unwrap_err();
        assert_eq!(failure.message, "Cargo.toml: not a directory");
        let slip = "ooFe+5kLih7w2oR0wVVbPXuqfGizqSE8BPDkehr0ksw=";
        let failure = KeystoreFolder::open(slip.into(), "--keys-dir").unwrap_err();
        assert!(!format!("{failure:?}").contains(&slip[..8]), "{failure:?}");
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_of_another_mode_than_acra_demands_gets_a_warning() {
        use std::os::unix::fs::PermissionsExt as _;
        let (made, folder) = folder();
        for (mode, warned) in [(0o700, false), (0o755, true), (0o750, true), (0o500, true)] {
            fs::set_permissions(made.path(), fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(folder.warning().is_some(), warned, "mode {mode:o}");
        }
    }
}
