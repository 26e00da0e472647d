//! What a run may believe of a file instead of hashing it, where it was asked to by name: that the file system would have told of
//! a change (ledger, section 6). What is told of a file, and whether it says that nothing has changed.

use std::fs::File;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

/// By what a file counts as unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum UnchangedBy {
    /// The SHA-256 of its text.
    Hash,
    /// The same file with the same size and time of change.
    Ctime,
    /// The same file, to which one can only append.
    AppendOnly,
}

impl UnchangedBy {
    /// The word on the command line and in reports.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// What the file system says of a file; numbers are text, as those of JSON have 53 bits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileStat {
    pub device: String,
    pub inode: String,
    /// As it lies on disk.
    pub size: u64,
    /// When it changed last, in nanoseconds since 1970; None where a later change might not show in it.
    pub ctime: Option<String>,
    /// When it came to be, likewise: another file may get the inode of one that is gone.
    pub birth: Option<String>,
    /// Whether one can only append to it.
    pub append_only: bool,
    /// Of a file to which one can only append: SHA-256 after the last whole block of its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub midstate: Option<String>,
}

impl FileStat {
    /// Of a file as it is now. None where nothing is believed.
    #[cfg(target_os = "linux")]
    pub fn of(file: &File) -> Option<Self> {
        use rustix::fs::{IFlags, ioctl_getflags};
        use std::os::unix::fs::MetadataExt as _;

        let metadata = file.metadata().ok()?;
        let birth = metadata.created().ok().and_then(|born| born.duration_since(std::time::UNIX_EPOCH).ok());
        Some(Self {
            device: metadata.dev().to_string(),
            inode: metadata.ino().to_string(),
            size: metadata.len(),
            ctime: Some(ctime_ns(&metadata).to_string()),
            birth: birth.map(|born| born.as_nanos().to_string()),
            append_only: ioctl_getflags(file).is_ok_and(|flags| flags.contains(IFlags::APPEND)),
            midstate: None,
        })
    }

    #[cfg(not(target_os = "linux"))]
    pub fn of(_: &File) -> Option<Self> {
        None
    }

    /// Of a file that is going to be hashed: what a later run may believe. Without its ctime where a change from now on might
    /// leave it as it is.
    pub fn to_remember(file: &File, by: &[UnchangedBy]) -> Option<Self> {
        let is_told = by.contains(&UnchangedBy::Ctime) && tells_every_change(file);
        if by.iter().all(|by| *by == UnchangedBy::Hash) {
            return None;
        }
        let stat = Self::of(file)?;
        let ctime = stat.ctime.filter(|ctime| is_told && is_past(ctime, now_ns()));
        Some(Self { ctime, ..stat })
    }

    /// The same with what it takes to go on with the hash of its text, where that can be asked for.
    #[must_use]
    pub fn with_midstate(self, midstate: Option<String>) -> Self {
        let midstate = midstate.filter(|_| self.append_only).or(self.midstate);
        Self { midstate, ..self }
    }

    /// By what a file of which this was remembered has still the text that it had then, in front of what may have been appended:
    /// the first that holds. `text` bytes were hashed; None where those on disk are others, as they are compressed.
    pub fn still_holds(&self, now: &Self, by: &[UnchangedBy], text: Option<u64>) -> Option<UnchangedBy> {
        let is_same = (&self.device, &self.inode) == (&now.device, &now.inode);
        let is_whole = self.size == now.size && text.is_none_or(|bytes| bytes == now.size);
        let holds = |by: &UnchangedBy| match by {
            UnchangedBy::Hash => false,
            UnchangedBy::Ctime => is_whole && self.ctime.is_some() && self.ctime == now.ctime,
            UnchangedBy::AppendOnly => {
                let is_as_long = text.map_or(is_whole, |bytes| now.size >= bytes);
                let was_born_then = self.birth.is_some() && self.birth == now.birth;
                is_as_long && was_born_then && self.append_only && now.append_only
            }
        };
        by.iter().copied().filter(|_| is_same).find(holds)
    }
}

/// The clock of a file system ticks: a change within the tick of the last one leaves its ctime as it is. The slowest ticks of those
/// that are believed are a second; twice that is left for what lies between two clocks.
const TICK_NS: i128 = 2_000_000_000;

fn is_past(ctime: &str, now_ns: i128) -> bool {
    ctime.parse::<i128>().is_ok_and(|ctime| ctime < now_ns - TICK_NS)
}

fn now_ns() -> i128 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.ok().and_then(|now| i128::try_from(now.as_nanos()).ok()).unwrap_or_default()
}

#[cfg(target_os = "linux")]
fn ctime_ns(metadata: &std::fs::Metadata) -> i128 {
    use std::os::unix::fs::MetadataExt as _;
    i128::from(metadata.ctime()) * 1_000_000_000 + i128::from(metadata.ctime_nsec())
}

/// Whether every change from now on is going to show in the ctime of a file. Who has mapped it into memory and changed a page once
/// may do so again unseen, until that page is written to the disk; file systems that have no disk of their own never tell.
#[cfg(target_os = "linux")]
fn tells_every_change(file: &File) -> bool {
    /// ext2 to ext4, xfs, btrfs, f2fs (`linux/magic.h`).
    const TELLING: [u32; 4] = [0xef53, 0x5846_5342, 0x9123_683e, 0xf2f5_2010];
    let kind = rustix::fs::fstatfs(file).ok().and_then(|it| u32::try_from(it.f_type).ok());
    kind.is_some_and(|kind| TELLING.contains(&kind)) && file.sync_data().is_ok()
}

#[cfg(not(target_os = "linux"))]
fn tells_every_change(_: &File) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stat() -> FileStat {
        FileStat {
            device: "1".to_owned(),
            inode: "2".to_owned(),
            size: 100,
            ctime: Some("1741910400000000000".to_owned()),
            birth: Some("1741910300000000000".to_owned()),
            append_only: true,
            midstate: None,
        }
    }

    #[test]
    fn a_file_is_believed_only_where_all_is_as_it_was_recorded() {
        use UnchangedBy::{AppendOnly, Ctime, Hash};
        type Change = fn(&mut FileStat);
        type Row = (&'static str, Change, Change, Option<u64>, [bool; 2]);
        let rows: &[Row] = &[
            ("nothing", |_| (), |_| (), Some(100), [true, true]),
            ("compressed", |_| (), |_| (), None, [true, true]),
            ("another device", |_| (), |it| it.device.push('0'), Some(100), [false, false]),
            ("another inode", |_| (), |it| it.inode.push('0'), Some(100), [false, false]),
            ("another ctime", |_| (), |it| it.ctime = Some("1".to_owned()), Some(100), [false, true]),
            ("no ctime recorded", |it| it.ctime = None, |it| it.ctime = None, Some(100), [false, true]),
            ("another file in that inode", |_| (), |it| it.birth = Some("1".to_owned()), Some(100), [true, false]),
            ("no birth recorded", |it| it.birth = None, |it| it.birth = None, Some(100), [true, false]),
            ("the attribute is gone", |_| (), |it| it.append_only = false, Some(100), [true, false]),
            ("the attribute is new", |it| it.append_only = false, |_| (), Some(100), [true, false]),
            ("grown", |_| (), |it| it.size = 101, Some(100), [false, true]),
            ("grown, and compressed", |_| (), |it| it.size = 101, None, [false, false]),
            ("shorter", |_| (), |it| it.size = 99, Some(100), [false, false]),
            ("grown while it was read", |_| (), |_| (), Some(101), [false, false]),
        ];
        for (what, then, now, text, wanted) in rows {
            let (mut recorded, mut found) = (stat(), stat());
            then(&mut recorded);
            now(&mut found);
            let holds = |by| recorded.still_holds(&found, &[by], *text) == Some(by);
            assert_eq!([Ctime, AppendOnly].map(holds), *wanted, "{what}");
            assert_eq!(recorded.still_holds(&found, &[Hash], *text), None, "{what}");
        }
    }

    #[test]
    fn a_ctime_is_past_when_no_clock_can_tick_the_same_again() {
        for (ctime, is_told) in [("1", true), ("999999999", true), ("1000000000", false), ("3000000000", false)] {
            assert_eq!(is_past(ctime, 3_000_000_000), is_told, "{ctime}");
        }
        assert!(!is_past("9000000000", 3_000_000_000) && !is_past("", 3_000_000_000));
    }
}
