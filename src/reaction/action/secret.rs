//! Secrets of actions: tokens, and URLs that are one. They come from a file or a variable, are wiped when dropped, and are never
//! shown. Who gets them is left to the actions.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::key::{FILE_BYTES_MAX, SecretFileError, is_variable_name, read_file};

/// Where what an action names is found.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The folder of the configuration, to which paths are relative.
    pub folder: &'a Path,
    /// The value of a variable of the environment.
    pub variable: &'a dyn Fn(&str) -> Option<OsString>,
}

impl Surroundings<'_> {
    pub(super) fn path(&self, given: &Path) -> PathBuf {
        self.folder.join(given)
    }
}

/// A secret text.
pub(super) struct SecretText(Zeroizing<String>);

impl SecretText {
    #[cfg(feature = "webhook")]
    pub(super) fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// The text itself, for the one who asks for it.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

/// Never shows it.
impl fmt::Debug for SecretText {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SecretText")
    }
}

/// Where a secret is: in a file, or in a variable.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SecretSource {
    pub(super) file: Option<PathBuf>,
    pub(super) env: Option<String>,
}

impl SecretSource {
    /// Reads the secret that is called `what` in messages; None when it has no source. What people should know about its file goes
    /// to `warnings`.
    pub(super) fn read(
        &self,
        what: &str,
        around: &Surroundings<'_>,
        warnings: &mut Vec<String>,
    ) -> Result<Option<SecretText>, Failure> {
        match (&self.file, &self.env) {
            (None, None) => Ok(None),
            (Some(_), Some(_)) => {
                Err(Failure::usage(format!("the {what} is given twice: in a file and in a variable"))
                    .with_hint("give one of them"))
            }
            (Some(file), None) => read_text(&around.path(file), what, warnings).map(Some),
            (None, Some(name)) => read_variable(name, what, around).map(Some),
        }
    }
}

fn read_text(path: &Path, what: &str, warnings: &mut Vec<String>) -> Result<SecretText, Failure> {
    let place = path.display();
    let file = read_file(path).map_err(|why| match why {
        SecretFileError::Refused(error) => Failure::new(format!("{place}: cannot read the {what}: {error}")),
        SecretFileError::Unfit(kind) => Failure::new(format!("{place}: the {what} is {kind}")),
    })?;
    if file.is_too_long() {
        return Err(Failure::new(format!("{place}: the {what} is longer than {FILE_BYTES_MAX} bytes")));
    }
    warnings.extend(file.warning(path, what));
    checked(&file.content, what).map_err(|why| Failure::new(format!("{place}: {why}")))
}

fn read_variable(name: &str, what: &str, around: &Surroundings<'_>) -> Result<SecretText, Failure> {
    // Somebody may have given the secret itself, which is not repeated.
    if !is_variable_name(name) {
        return Err(Failure::usage(format!("the {what} is to come from something that is no name of a variable"))
            .with_hint("give the name of a variable that holds it, not the secret itself"));
    }
    let value = Zeroizing::new((around.variable)(name).unwrap_or_default().into_encoded_bytes());
    checked(&value, what).map_err(|why| Failure::new(format!("the variable {name}: {why}")))
}

/// A secret without what editors put behind it.
fn checked(content: &[u8], what: &str) -> Result<SecretText, String> {
    let text = content.trim_ascii();
    if text.is_empty() {
        return Err(format!("the {what} is not there: it is empty"));
    }
    match std::str::from_utf8(text) {
        Ok(text) if !text.chars().any(char::is_control) => Ok(SecretText(Zeroizing::new(text.to_owned()))),
        _ => Err(format!("the {what} is not one line of text")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: Option<&str>, env: Option<&str>, folder: &Path) -> Result<Option<SecretText>, Failure> {
        let source = SecretSource { file: file.map(PathBuf::from), env: env.map(str::to_owned) };
        let variable = |name: &str| (name == "TOKEN").then(|| OsString::from("hunter2\n"));
        source.read("token", &Surroundings { folder, variable: &variable }, &mut Vec::new())
    }

    #[test]
    fn a_secret_is_one_line_of_a_file_or_of_a_variable_and_never_shown() {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in [("good", "hunter2\n"), ("empty", " \n"), ("lines", "hunter2\nhunter3\n")] {
            std::fs::write(folder.path().join(name), content).unwrap();
        }
        std::fs::write(folder.path().join("long"), "hunter2".repeat(1000)).unwrap();
        for (file, env) in [(Some("good"), None), (None, Some("TOKEN"))] {
            let secret = read(file, env, folder.path()).unwrap().unwrap();
            assert_eq!(secret.expose(), "hunter2");
            assert_eq!(format!("{secret:?}"), "SecretText");
        }
        assert!(read(None, None, folder.path()).unwrap().is_none());
        for (file, env, told) in [
            (Some("good"), Some("TOKEN"), "the token is given twice"),
            (Some("none"), None, "cannot read the token"),
            (Some("."), None, "the token is a directory"),
            (Some("empty"), None, "it is empty"),
            (Some("lines"), None, "not one line"),
            (Some("long"), None, "longer than 4096 bytes"),
            (None, Some("OTHER"), "the variable OTHER: the token is not there"),
            (None, Some("xoxb-hunter2"), "no name of a variable"),
        ] {
            let failure = read(file, env, folder.path()).unwrap_err();
            assert!(failure.message.contains(told), "{failure:?}");
            assert!(!format!("{failure:?}").contains("hunter"), "{failure:?}");
        }
    }
}
