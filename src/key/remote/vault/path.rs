//! Where a secret lies in Vault: the mount that its path begins with, and what is asked for (keystore, section 2.4).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

/// What `sys/internal/ui/mounts` answers.
#[derive(Deserialize)]
pub(super) struct Mounts {
    data: MountData,
}

#[derive(Deserialize)]
struct MountData {
    /// The engines that keep secrets, by their paths. As they are: options that are null are others than none.
    secret: BTreeMap<String, Map<String, Value>>,
}

/// How the secrets of a mount are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// As they are.
    Plain,
    /// With versions: `data` stands behind the mount, and around the fields.
    Versioned,
}

/// Why no path can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathError {
    /// The first part is not the name of a mount, or the token may not see it.
    NoMount,
    /// The mount is of another type than kv.
    NotKv,
    /// The mount does not say its version.
    NoVersion,
    /// Only the mount is named.
    NoSecret,
}

impl Mounts {
    /// What to ask for, behind `/v1/`, and the layout of the answer.
    pub(super) fn locate(&self, path: &str) -> Result<(String, Layout), PathError> {
        let (first, rest) = path.split_once('/').map_or((path, None), |(first, rest)| (first, Some(rest)));
        let found = self.data.secret.iter().find(|(name, _)| name.trim_matches('/') == first);
        let (_, mount) = found.ok_or(PathError::NoMount)?;
        if mount.get("type").is_none_or(|kind| kind != "kv") {
            return Err(PathError::NotKv);
        }
        let version = match mount.get("options").ok_or(PathError::NoVersion)? {
            Value::Object(options) => options.get("version").and_then(Value::as_str).ok_or(PathError::NoVersion)?,
            _ => "1",
        };
        if version != "2" {
            return Ok((path.to_owned(), Layout::Plain));
        }
        let rest = rest.ok_or(PathError::NoSecret)?;
        let parts = [first, "data"].into_iter().chain(rest.split('/').filter(|part| !part.is_empty()));
        Ok((parts.collect::<Vec<_>>().join("/"), Layout::Versioned))
    }
}

/// A path as it stands in a URL.
pub(super) fn escape(path: &str) -> String {
    let mut escaped = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = r#"{"request_id": "x", "data": {"auth": {}, "secret": {
        "secret/": {"type": "kv", "options": {"version": "2"}, "path": "secret/"},
        "old/": {"type": "kv", "options": null},
        "older/": {"type": "kv"},
        "one/": {"type": "kv", "options": {"version": "1"}},
        "odd/": {"type": "kv", "options": "2"},
        "mute/": {"type": "kv", "options": {}},
        "number/": {"type": "kv", "options": {"version": 2}},
        "team/kv/": {"type": "kv", "options": {"version": "2"}},
        "cubbyhole/": {"type": "cubbyhole"},
        "untyped/": {}
    }}}"#;

    #[test]
    fn the_mount_decides_what_is_asked_for() {
        let mounts: Mounts = serde_json::from_str(MOUNTS).unwrap();
        let versioned = |path: &str| Ok((path.to_owned(), Layout::Versioned));
        let plain = |path: &str| Ok((path.to_owned(), Layout::Plain));
        let cases = [
            ("secret/", versioned("secret/data")),
            ("secret/acra", versioned("secret/data/acra")),
            ("secret//acra//key/", versioned("secret/data/acra/key")),
            ("secret/data/acra", versioned("secret/data/data/acra")),
            ("secret", Err(PathError::NoSecret)),
            ("/secret/acra", Err(PathError::NoMount)),
            ("", Err(PathError::NoMount)),
            ("team/kv/acra", Err(PathError::NoMount)),
            ("unknown/acra", Err(PathError::NoMount)),
            ("cubbyhole/acra", Err(PathError::NotKv)),
            ("untyped/acra", Err(PathError::NotKv)),
            ("mute/acra", Err(PathError::NoVersion)),
            ("number/acra", Err(PathError::NoVersion)),
            ("older/acra", Err(PathError::NoVersion)),
            ("old/acra//key/", plain("old/acra//key/")),
            ("one/acra", plain("one/acra")),
            ("odd/acra", plain("odd/acra")),
            ("old", plain("old")),
        ];
        for (path, expected) in cases {
            assert_eq!(mounts.locate(path), expected, "{path}");
        }
    }

    #[test]
    fn letters_that_mean_something_in_a_url_are_escaped() {
        assert_eq!(escape("secret/data/a b?c#d%2e\u{e9}-._~"), "secret/data/a%20b%3Fc%23d%252e%C3%A9-._~");
    }
}
