//! Thirty nights of a service whose log Debian's `logrotate` rotates, with a ledger: nobody is accused of what rotation does, and
//! whoever takes away a chain of the twelfth day is told the night after. Skipped where there is no `logrotate`.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use super::{DAY_MS, Files, Site, service, skipped};
use crate::log_writer::{Format, Lines, Service, lines, text};
use crate::sources::gzip;
use crate::support::fixture;
use crate::support::report::Report;
use crate::support::tools::logrotate;

const NIGHTS: usize = 30;

/// The day whose chain is taken away, and its date: the first one is day 0, 2025-03-14.
const DAY: usize = 12;
const DATE: &str = "2025-03-26";

/// How logrotate takes the log from the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rotation {
    /// The file gets another name, and the service opens a new one.
    Create,
    /// The file is copied and emptied; the service keeps it open.
    CopyTruncate,
}

/// A service, its log and the rotation of it.
struct Host {
    site: Site,
    service: Service,
    rotation: Rotation,
    /// The log as the service has it open.
    log: File,
}

impl Host {
    fn new(format: Format, rotation: Rotation) -> Self {
        let site = Site::new(&Files::of([]));
        let word = if rotation == Rotation::Create { "create 0640" } else { "copytruncate" };
        let log = site.path("logs").join("acra.log");
        let configuration = format!(
            "\"{}\" {{\n    {word}\n    rotate 7\n    compress\n    delaycompress\n    missingok\n}}\n",
            log.display()
        );
        fs::write(site.path("logrotate.conf"), configuration).expect("a file of our own");
        Self { log: opened(&log), site, service: service(format), rotation }
    }

    /// A day passes: a chain of four entries from its start to its end, behind a restart on some days; and one of three that
    /// on some days is open over the night, and ends the next day.
    fn write_day(&mut self, day: usize) {
        let is_open = |day: usize| day % 3 == 1;
        let mut written = Lines::new();
        if day > 0 {
            self.service.pause(DAY_MS);
            if is_open(day - 1) {
                written.extend(self.service.entries(2));
                written.push(self.service.end());
            }
        }
        if day % 5 == 4 {
            written.extend(self.service.start_up(4));
        }
        written.extend(self.service.chain(4));
        written.extend(self.service.entries(2));
        if !is_open(day) {
            written.push(self.service.end());
        }
        self.log.write_all(&text(&written)).expect("a log of our own");
    }

    #[track_caller]
    fn rotate(&mut self) {
        let (state, configuration) = (self.site.path("logrotate.state"), self.site.path("logrotate.conf"));
        let mut command = Command::new(logrotate().expect("it was looked for"));
        let output = command.arg("-f").arg("-s").arg(state).arg(configuration).output().expect("it is installed");
        assert!(output.status.success(), "logrotate: {}", String::from_utf8_lossy(&output.stderr));
        if self.rotation == Rotation::Create {
            self.log = opened(&self.site.path("logs/acra.log"));
        }
    }

    #[track_caller]
    fn verify(&self, exit: u8) -> Report {
        let required: &[&str] = if self.site.ledger_path().exists() { &["--ledger-required"] } else { &[] };
        self.site.verify(&[&["--retention", "7d"], required].concat()).exit(exit).report()
    }

    /// Every file of the site.
    fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let files = walkdir::WalkDir::new(self.site.path(".")).into_iter().map(|entry| entry.expect("our own folder"));
        let files = files.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path);
        files.map(|path| (path.clone(), fs::read(&path).expect("a file of our own"))).collect()
    }

    /// Puts back what was there.
    fn put_back(&self, files: &[(PathBuf, Vec<u8>)]) {
        fs::remove_dir_all(self.site.path("logs")).expect("our own folder");
        fs::create_dir(self.site.path("logs")).expect("a new folder");
        files.iter().for_each(|(path, bytes)| fs::write(path, bytes).expect("a file of our own"));
    }

    /// Changes the lines of a rotated file, packed or not.
    #[track_caller]
    fn edit(&self, name: &str, change: impl FnOnce(&mut Lines)) {
        let path = self.site.path("logs").join(name);
        let is_packed = path.extension().is_some_and(|extension| extension == "gz");
        let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut edited = lines(&if is_packed { unpacked(&bytes).expect("gzip") } else { bytes });
        change(&mut edited);
        fs::write(&path, if is_packed { gzip(&text(&edited)) } else { text(&edited) }).expect("a file of our own");
    }
}

fn opened(log: &Path) -> File {
    OpenOptions::new().append(true).create(true).open(log).expect("a log of our own")
}

fn unpacked(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut text)?;
    Ok(text)
}

const HOSTS: [(Format, Rotation); 4] = [
    (Format::Plaintext, Rotation::Create),
    (Format::Json, Rotation::Create),
    (Format::Json, Rotation::CopyTruncate),
    (Format::Cef, Rotation::CopyTruncate),
];

#[test]
fn thirty_nights_of_rotation_are_exit_0_every_night() {
    if logrotate().is_none() {
        return skipped("logrotate is not installed");
    }
    for (format, rotation) in HOSTS {
        let mut host = Host::new(format, rotation);
        let mut expired = 0;
        for night in 0..NIGHTS {
            host.write_day(night);
            host.rotate();
            let report = host.verify(0);
            let told = || format!("{format:?} {rotation:?} night {night}: {:?}", report.findings);
            assert_eq!(report.streams.len(), 1, "{}", told());
            assert_eq!(report.files.len(), 1 + (night + 1).min(7), "{}", told());
            let account = &report.account;
            let proven = account.verified.lines + account.remembered.lines;
            assert_eq!(proven + account.unsigned.lines, account.sum().lines, "{}", told());
            expired += usize::from(report.codes().contains("chain-expired"));
        }
        assert!(expired > 20, "{format:?} {rotation:?}: the rotation removed nothing");
    }
}

/// What is done to the chain of the day, whose lines are these; the finding, and the code of it.
type Attack = (&'static str, fn(&mut Lines, usize, Format), &'static str);

const ATTACKS: &[Attack] = &[
    ("deleted", |lines, at, _| drop(lines.drain(at..at + 4)), "chain-missing"),
    ("replaced", |lines, at, format| drop(lines.splice(at..at + 4, foreign_chain(format))), "chain-missing"),
    ("shortened", |lines, at, _| drop(lines.drain(at + 2..at + 4)), "chain-shortened"),
    ("emptied with its file", |lines, _, _| lines.clear(), "chain-missing"),
];

/// A chain of the same day that another host sealed with the same key.
fn foreign_chain(format: Format) -> Lines {
    let mut other = Service::new(format, fixture::key("audit.key"), 77);
    other.pause(DAY as i64 * DAY_MS);
    other.chain(4)
}

#[test]
fn a_chain_of_day_12_that_is_taken_away_is_told_the_night_after_and_named() {
    if logrotate().is_none() {
        return skipped("logrotate is not installed");
    }
    for (format, rotation) in HOSTS {
        let mut host = Host::new(format, rotation);
        for night in 0..DAY + 5 {
            host.write_day(night);
            // On these days its log is the newest rotated file, or a packed one.
            let name = match night.checked_sub(DAY) {
                Some(1) => "acra.log.1".to_owned(),
                Some(nights @ (2 | 4)) => format!("acra.log.{nights}.gz"),
                _ => String::new(),
            };
            if !name.is_empty() {
                attack(&mut host, (format, &name));
            }
            host.rotate();
            host.verify(0);
        }
    }
}

/// Does everything to a log between two nights, and puts back what was there.
#[track_caller]
fn attack(host: &mut Host, (format, name): (Format, &str)) {
    let files = host.files();
    for (what, change, code) in ATTACKS {
        host.edit(name, |lines| {
            // Behind the end of a chain that was open over the night.
            let at = lines.iter().position(|line| is_start(line)).expect("a chain begins on that day");
            change(lines, at, format);
        });
        host.rotate();
        let report = host.verify(1);
        let told = format!("{format:?} {:?} {name} {what}: {:#?}", host.rotation, report.findings);
        let named = report.findings.iter().any(|finding| {
            let shortened =
                finding.code == "chain-shortened" && finding.message.contains("verified 4 entries, stops here after 2");
            finding.code == *code && (finding.message.contains(DATE) || shortened)
        });
        assert!(named, "{told}");
        host.put_back(&files);
        host.log = opened(&host.site.path("logs/acra.log"));
    }
}

/// Whether a chain begins with this line.
fn is_start(line: &[u8]) -> bool {
    let is_object = line.starts_with(b"{");
    is_object && memchr::memmem::find(line, b"\"chain\":\"new\"").is_some() || line.ends_with(b" chain=new")
}
