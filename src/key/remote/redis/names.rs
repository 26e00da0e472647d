//! The names of the entries of a keystore in Redis (keystore, section 6). Acra takes the directory verbatim for the current
//! key of keystore v1, and cleaned for everything else.

use crate::key::store::{Entry, HISTORY};

/// The names that begin with one directory.
#[derive(Debug)]
pub(super) struct Names {
    verbatim: String,
}

impl Names {
    /// The directory as it was given to Acra.
    pub(super) fn new(keys_dir: &str) -> Self {
        Self { verbatim: keys_dir.to_owned() }
    }

    /// The name of an entry.
    pub(super) fn of(&self, entry: Entry<'_>) -> String {
        let name = format!("{}/{}", self.verbatim, entry.path());
        if entry == Entry::CurrentKey { name } else { clean(&name) }
    }

    /// What the names of historical keys begin with.
    pub(super) fn history_prefix(&self) -> String {
        clean(&format!("{}/{HISTORY}", self.verbatim)) + "/"
    }

    /// What Redis is asked for to find them.
    pub(super) fn history_pattern(&self) -> String {
        escape_glob(&self.history_prefix()) + "*"
    }
}

/// The shortest name of the same path, as Go's `path.Clean` has it.
fn clean(path: &str) -> String {
    let root = if path.starts_with('/') { "/" } else { "" };
    let mut kept: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match kept.last() {
                Some(&last) if last != ".." => drop(kept.pop()),
                _ if root.is_empty() => kept.push(part),
                _ => {}
            },
            _ => kept.push(part),
        }
    }
    let cleaned = format!("{root}{}", kept.join("/"));
    if cleaned.is_empty() { ".".to_owned() } else { cleaned }
}

/// The pattern that only this text fits.
fn escape_glob(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for letter in text.chars() {
        if "*?[]^\\".contains(letter) {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_current_key_has_the_directory_verbatim_and_the_others_have_it_cleaned() {
        // current key, history, key ring
        let cases = [
            (".acrakeys", ".acrakeys/secure_log_key", ".acrakeys/secure_log_key.old/T", ".acrakeys/audit-log.keyring"),
            ("./k", "./k/secure_log_key", "k/secure_log_key.old/T", "k/audit-log.keyring"),
            ("k/", "k//secure_log_key", "k/secure_log_key.old/T", "k/audit-log.keyring"),
            ("/a//b/../c/", "/a//b/../c//secure_log_key", "/a/c/secure_log_key.old/T", "/a/c/audit-log.keyring"),
            ("../k", "../k/secure_log_key", "../k/secure_log_key.old/T", "../k/audit-log.keyring"),
            (".", "./secure_log_key", "secure_log_key.old/T", "audit-log.keyring"),
            ("/", "//secure_log_key", "/secure_log_key.old/T", "/audit-log.keyring"),
        ];
        for (keys_dir, current, history, ring) in cases {
            let names = Names::new(keys_dir);
            assert_eq!(names.of(Entry::CurrentKey), current);
            assert_eq!(names.of(Entry::HistoricalKey("T")), history);
            assert_eq!(names.history_prefix() + "T", history);
            assert_eq!(names.of(Entry::KeyRing), ring);
        }
        assert_eq!(Names::new("./k").of(Entry::Version), "k/version");
    }

    #[test]
    fn paths_are_cleaned_as_go_cleans_them() {
        for (path, cleaned) in [
            ("", "."),
            (".", "."),
            ("a/..", "."),
            ("a/../..", ".."),
            ("../../a", "../../a"),
            ("/..", "/"),
            ("/../a", "/a"),
            ("a//b///c", "a/b/c"),
            ("./a/./b/", "a/b"),
            ("a/b/../../c", "c"),
            ("...", "..."),
        ] {
            assert_eq!(clean(path), cleaned, "{path}");
        }
    }

    #[test]
    fn letters_that_mean_something_in_a_pattern_are_escaped() {
        assert_eq!(Names::new("a*[b]?^c\\d").history_pattern(), "a\\*\\[b\\]\\?\\^c\\\\d/secure_log_key.old/*");
    }
}
