//! Appends alarms to a file, a line of JSON for each. What reads the file and rotates it is left to others: it is opened anew each
//! time.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::secret::Surroundings;
use super::text::{json_line, shown};
use super::{ActionFailure, Notification};
use crate::failure::Failure;
use crate::private_file;
use crate::watch::Alarm;

/// The most characters of a path that is shown.
const PATH_CHARS_MAX: usize = 1024;

/// The TOML of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AlarmFileSpec {
    path: PathBuf,
    #[serde(default, rename = "format")]
    _format: AlarmFileFormat,
}

/// How alarms are written.
#[derive(Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum AlarmFileFormat {
    #[default]
    Jsonl,
}

/// A file to append to.
#[derive(Debug)]
pub struct AlarmFile {
    path: PathBuf,
}

/// A line: the alarm, and by whom it is told.
#[derive(Serialize)]
struct AlarmFileLine<'a> {
    reaction: &'a str,
    idempotency_key: &'a str,
    /// In the first line of a notification, if at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    withheld: Option<u64>,
    #[serde(flatten)]
    alarm: &'a Alarm,
}

impl AlarmFile {
    pub(super) fn prepare(spec: AlarmFileSpec, around: &Surroundings<'_>) -> Result<Self, Failure> {
        let path = around.path(&spec.path);
        let place = path.display();
        let folder = path.parent().filter(|_| path.file_name().is_some());
        if !folder.is_some_and(Path::is_dir) {
            return Err(Failure::new(format!("{place}: file: there is no folder for this file")));
        }
        match std::fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_symlink() => Err(Failure::new(format!("{place}: file: a symbolic link"))
                .with_hint("give the path of the file itself: whoever may change a link says where alarms go")),
            Ok(metadata) if !metadata.is_file() => Err(Failure::new(format!("{place}: file: not a file"))),
            _ => Ok(Self { path }),
        }
    }

    pub(super) fn describe(&self) -> String {
        format!("file {}", shown(&self.path.to_string_lossy(), PATH_CHARS_MAX))
    }

    pub(super) fn perform(&self, notification: &Notification<'_>) -> Result<(), ActionFailure> {
        let failed = |error: io::Error| ActionFailure::passing(format!("{}: {error}", self.describe()));
        let mut lines = String::new();
        for (index, alarm) in notification.alarms.iter().enumerate() {
            let Notification { reaction, idempotency_key, withheld, .. } = *notification;
            let withheld = Some(withheld).filter(|count| index == 0 && *count > 0);
            let line = json_line(&AlarmFileLine { reaction, idempotency_key, withheld, alarm });
            lines += &line.map_err(|error| failed(error.into()))?;
            lines.push('\n');
        }
        self.append(lines).map_err(failed)
    }

    /// All at once, so that nobody else's lines come between, and on the disk before anything is said to be done.
    fn append(&self, mut lines: String) -> io::Result<()> {
        let is_new = !self.path.exists();
        let mut file = private_file::open(OpenOptions::new().read(true).append(true).create(true), &self.path)?;
        if !ends_with_line(&mut file)? {
            // An attempt that a full disk cut off must not spoil the line of this one.
            lines.insert(0, '\n');
        }
        file.write_all(lines.as_bytes())?;
        file.sync_all()?;
        if is_new { private_file::sync_folder_of(&self.path) } else { Ok(()) }
    }
}

fn ends_with_line(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}
