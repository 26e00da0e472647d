//! A run that goes on behind an unchanged beginning, against its slow twin that walks over everything (`--full`): over many
//! nights of a growing, rotating log both say the same, and what was done to the log in between is found by both.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::log_writer::{Chance, Format, Service, text};
use crate::support::{Run, fixture, report};

const NIGHTS: usize = 8;

/// A log of one service with its ledger.
struct Nights {
    folder: tempfile::TempDir,
    service: Service,
    chance: Chance,
}

impl Nights {
    fn new(format: Format, seed: u64) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("logs")).expect("a folder");
        Self { folder, service: Service::new(format, fixture::key("audit.key"), seed), chance: Chance::new(seed) }
    }

    fn logs(&self) -> PathBuf {
        self.folder.path().join("logs")
    }

    fn ledger(&self) -> PathBuf {
        self.folder.path().join("acra.ledger")
    }

    fn append(&self, lines: &[Vec<u8>]) {
        let path = self.logs().join("acra.log");
        let mut log = OpenOptions::new().append(true).create(true).open(path).expect("the log");
        log.write_all(&text(lines)).expect("the log");
    }

    /// What happens to the log on one day.
    fn day(&mut self) {
        for _ in 0..1 + self.chance.below(3) {
            match self.chance.below(8) {
                0 => {
                    self.service.crash();
                    self.service.pause(10_000);
                }
                1 => self.rotate(false),
                2 => self.rotate(true),
                3 => {
                    let end = self.service.chain(2 + self.chance.below(5));
                    self.append(&end);
                    let start_up = self.service.start_up(self.chance.below(4));
                    self.append(&start_up);
                    // A start that nothing follows is a matter of its own.
                    let entries = self.service.entries(1);
                    self.append(&entries);
                }
                _ => {
                    let entries = self.service.entries(1 + self.chance.below(20));
                    self.append(&entries);
                }
            }
        }
        self.service.pause(3_600_000);
    }

    fn rotate(&self, packed: bool) {
        let name = |number: usize| self.logs().join(format!("acra.log.{number}"));
        for number in (1..20).rev() {
            for ending in ["", ".gz"] {
                let from = PathBuf::from(format!("{}{ending}", name(number).display()));
                let _ = fs::rename(&from, format!("{}{ending}", name(number + 1).display()));
            }
        }
        let log = self.logs().join("acra.log");
        if log.exists() {
            fs::rename(log, name(1)).expect("rotated");
            if packed {
                pack(&name(1));
            }
        }
    }

    /// Both ways with the same ledger; the fast one's ledger is kept.
    fn verify(&self, flags: &[&str]) -> [report::Report; 2] {
        let twin = self.folder.path().join("twin.ledger");
        let _ = fs::copy(self.ledger(), &twin);
        let _ = fs::copy(self.folder.path().join("acra.ledger.lock"), self.folder.path().join("twin.ledger.lock"));
        let run = |ledger: &Path, more: &[&str]| {
            let run = Run::report().key("audit.key").arg("--ledger").arg(ledger);
            run.args(flags).args(more).path(self.logs()).done().report()
        };
        let slow = run(&twin, &["--full"]);
        [run(&self.ledger(), &[]), slow]
    }
}

fn pack(path: &Path) {
    let packed = PathBuf::from(format!("{}.gz", path.display()));
    let mut gzip = GzEncoder::new(fs::File::create(packed).expect("a file"), Compression::fast());
    gzip.write_all(&fs::read(path).expect("a file")).expect("packed");
    gzip.finish().expect("packed");
    fs::remove_file(path).expect("removed");
}

/// What both must say alike.
pub fn answer(report: &report::Report) -> impl PartialEq + std::fmt::Debug + use<> {
    // How often something is told in the part that was not read again is said in its message.
    let codes: BTreeSet<String> = report.findings_by_code.keys().cloned().collect();
    let keys: Vec<(String, u64)> = report.keys.iter().map(|key| (key.fingerprint.clone(), key.chains)).collect();
    let not_shown: Vec<String> = report.not_shown.iter().map(|limit| limit.what.clone()).collect();
    let files: Vec<_> = report.files.iter().map(|file| (file.path.clone(), file.bytes, file.formats.clone())).collect();
    (
        (report.outcome.clone(), report.exit_code, codes, keys, not_shown),
        (report.chain_counts.clone(), report.streams.clone(), files),
    )
}

#[test]
fn night_after_night_what_goes_on_says_what_a_walk_over_everything_says() {
    let mut resumed = 0;
    for (format, seed) in Format::ALL.into_iter().flat_map(|format| (1..=3).map(move |seed| (format, seed))) {
        let mut nights = Nights::new(format, seed);
        for night in 0..NIGHTS {
            nights.day();
            let [fast, slow] = nights.verify(&[]);
            assert_eq!(answer(&fast), answer(&slow), "{} {seed}, night {night}", format.name());
            assert_eq!(slow.account.remembered.bytes, 0);
            assert_eq!(fast.account.total, slow.account.total, "{} {seed}, night {night}", format.name());
            resumed += usize::from(fast.account.remembered.bytes > 0);
        }
    }
    assert!(resumed > 35, "only {resumed} of 72 runs went on behind an unchanged beginning");
}

#[test]
fn nights_on_which_the_oldest_file_goes_in_its_time_are_told_alike() {
    let (mut resumed, mut expired) = (0, 0);
    for (format, seed) in Format::ALL.into_iter().map(|format| (format, 30)) {
        let mut nights = Nights::new(format, seed);
        for night in 0..2 * NIGHTS {
            let count = 2 + nights.chance.below(8);
            let is_ended = nights.chance.below(2) == 0;
            let lines = if is_ended { nights.service.chain(count) } else { nights.service.entries(count) };
            nights.append(&lines);
            nights.rotate(night % 2 == 0);
            let entries = nights.service.entries(3);
            nights.append(&entries);
            nights.service.pause(3_600_000);
            for ending in ["", ".gz"] {
                let _ = fs::remove_file(nights.logs().join(format!("acra.log.4{ending}")));
            }
            for again in ["", "and once more"] {
                let [fast, slow] = nights.verify(&["--retention", "90m"]);
                let told = || format!("{}, night {night} {again}: {:?}", format.name(), slow.findings);
                assert_eq!(answer(&fast), answer(&slow), "{}", told());
                assert_ne!(fast.exit_code, 1, "{}", told());
                resumed += usize::from(fast.account.remembered.bytes > 0);
                expired += usize::from(fast.codes().contains("chain-expired"));
            }
        }
    }
    assert!(resumed > 40 && expired > 20, "{resumed} of 96 runs went on behind a beginning, {expired} missed one");
}

#[test]
fn what_is_done_to_the_unchanged_part_is_found_all_the_same() {
    for (format, seed) in Format::ALL.into_iter().flat_map(|format| (10..=13).map(move |seed| (format, seed))) {
        let mut nights = Nights::new(format, seed);
        for _ in 0..3 {
            nights.day();
            nights.verify(&[]);
        }
        let entries = nights.service.entries(12);
        nights.append(&entries);
        nights.verify(&[]);
        let log = nights.logs().join("acra.log");
        let mut bytes = fs::read(&log).expect("the log");
        let at = bytes.len() - 1 - nights.chance.below(bytes.len() / 2);
        let line_at = |at: usize| bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        match nights.chance.below(3) {
            0 => bytes[at] = if bytes[at] == b'x' { b'y' } else { b'x' },
            1 => drop(bytes.drain(line_at(at)..line_at(bytes.len() - 1))),
            _ => bytes.truncate(line_at(bytes.len() - 1)),
        }
        fs::write(&log, bytes).expect("the log");
        nights.day();
        let [fast, slow] = nights.verify(&[]);
        assert_eq!(answer(&fast), answer(&slow), "{} {seed}", format.name());
        assert_ne!(fast.exit_code, 0, "{} {seed}", format.name());
        assert_eq!(fast.account.remembered.bytes, 0, "everything was walked");
    }
}
