//! What a run believes of a file instead of hashing it (`--unchanged-by`): nothing is read of what is as it was, and whatever was
//! done to a file has it hashed as ever.

use std::fs::{self, FileTimes, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::{Files, NEW, OLD, Site, Week, has, skipped};
use crate::log_writer::{Format, text};
use crate::resuming::answer;
use crate::support::report::Report;

/// How old a ctime must be to be believed.
const TICK: Duration = Duration::from_secs(2);

const CTIME: &[&str] = &["--unchanged-by", "ctime"];
const APPEND_ONLY: &[&str] = &["--unchanged-by", "append-only"];

/// Logs that nobody has written to for a while, and that a run with these flags has verified.
struct Settled {
    site: Site,
    week: Week,
}

impl Settled {
    fn verified(format: Format, flags: &[&str]) -> Self {
        let week = long_week(format);
        let site = Site::new(&week.files);
        thread::sleep(TICK + TICK / 10);
        site.verify(flags).exit(0);
        Self { site, week }
    }

    fn log(&self) -> PathBuf {
        self.site.path("logs").join(NEW)
    }

    /// Goes on with the newest log.
    fn grow(&mut self) {
        let lines = text(&self.week.service.entries(3));
        let mut log = OpenOptions::new().append(true).open(self.log()).expect("our own file");
        log.write_all(&lines).expect("our own file");
    }

    fn verify(&self, flags: &[&str], exit: u8) -> Report {
        self.site.verify(flags).exit(exit).report()
    }
}

/// A week at whose end much was written: more than is looked at to tell what a file is.
fn long_week(format: Format) -> Week {
    let mut week = Week::of(format);
    let more = week.service.entries(100);
    week.files.edit(NEW, |lines| lines.extend(more));
    week
}

/// By what each file counts as unchanged, the oldest first.
fn unchanged_by(report: &Report) -> Vec<&str> {
    report.files.iter().map(|file| file.unchanged_by.as_deref().unwrap_or("none")).collect()
}

/// Changes a byte in the middle of a file, and puts back its times as far as that can be done.
fn alter(path: &Path) {
    let times = fs::metadata(path).expect("our own file").modified().expect("a time");
    let file = OpenOptions::new().write(true).read(true).open(path).expect("our own file");
    let at = file.metadata().expect("our own file").len() / 2;
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).expect("a byte");
    file.write_all_at(if byte == *b"x" { b"y" } else { b"x" }, at).expect("a byte");
    file.set_times(FileTimes::new().set_modified(times)).expect("our own file");
}

/// Whether the file system of the tests' folders is one of those whose ctime is believed.
fn tells_every_change() -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let kind = Command::new("stat").args(["-f", "-c", "%T"]).arg(folder.path()).output().expect("coreutils");
    let kind = String::from_utf8_lossy(&kind.stdout);
    ["ext2/ext3", "xfs", "btrfs", "f2fs"].contains(&kind.trim())
}

/// What is done to the newest log between two runs, and what a run that believes the ctime makes of it: by what each file counts as
/// unchanged, and its exit code.
type Row = (&'static str, fn(&mut Settled), [&'static str; 3], u8);

const ROWS: &[Row] = &[
    ("nothing", |_| (), ["ctime", "ctime", "ctime"], 0),
    ("one byte is another, and its times are put back", |it| alter(&it.log()), ["none", "none", "none"], 1),
    ("the same in the oldest", |it| alter(&it.site.path("logs").join(OLD)), ["none", "none", "none"], 1),
    ("it has grown", Settled::grow, ["ctime", "ctime", "hash"], 0),
    ("it was copied", |it| replaced_by_a_copy(&it.log()), ["ctime", "ctime", "hash"], 0),
    ("others may read it now", |it| set_mode(&it.log(), 0o644), ["ctime", "ctime", "hash"], 0),
    ("it was away for a moment", |it| moved_away_and_back(&it.log()), ["ctime", "ctime", "hash"], 0),
];

fn replaced_by_a_copy(path: &Path) {
    let copy = path.with_file_name("copy");
    fs::copy(path, &copy).expect("a copy");
    fs::rename(&copy, path).expect("in its place");
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("our own file");
}

fn moved_away_and_back(path: &Path) {
    let away = path.with_file_name("away");
    fs::rename(path, &away).expect("our own file");
    fs::rename(&away, path).expect("our own file");
}

#[test]
fn a_file_with_the_ctime_that_an_earlier_run_recorded_is_believed_and_every_other_one_is_hashed() {
    if !tells_every_change() {
        return skipped("the ctime of this file system is not believed");
    }
    thread::scope(|scope| {
        for (what, change, wanted, exit) in ROWS {
            scope.spawn(move || {
                let mut logs = Settled::verified(Format::Json, CTIME);
                change(&mut logs);
                let report = logs.verify(CTIME, *exit);
                assert_eq!(unchanged_by(&report), wanted, "{what}: {:#?}", report.findings);
                // A run that believes nothing says the same.
                assert_eq!(without_remarks(report), without_remarks(logs.verify(&[], *exit)), "{what}");
            });
        }
    });
}

/// The answer without what only one of two runs can say.
fn without_remarks(mut report: Report) -> impl PartialEq + std::fmt::Debug + use<> {
    let is_told_by_one = |what: &str| what.contains("believed by") || what.contains("after the last run");
    report.not_shown.retain(|limit| !is_told_by_one(&limit.what));
    answer(&report)
}

#[test]
fn what_was_believed_is_said_to_people_and_programs_and_in_the_ledger() {
    if !tells_every_change() {
        return skipped("the ctime of this file system is not believed");
    }
    let logs = Settled::verified(Format::Plaintext, CTIME);
    let report = logs.verify(CTIME, 0);
    assert_eq!(Some(report.account.remembered), report.account.total, "{:#?}", report.account);
    let said = "whether what an earlier run verified is unchanged: believed by ctime, not hashed";
    assert!(report.not_shown.iter().any(|limit| limit.what == said), "{:#?}", report.not_shown);
    let human = logs.site.verb(&["verify"], CTIME).path("logs").exit(0);
    assert!(human.told().contains("is unchanged: believed by ctime"), "{}", human.told());
    let ledger = String::from_utf8(logs.site.ledger()).expect("JSON is text");
    assert_eq!(ledger.matches(r#""unchanged_by":"ctime""#).count(), 6, "two runs over three files");
    let report = logs.verify(&[], 0);
    assert!(!report.not_shown.iter().any(|limit| limit.what.contains("believed")), "{:#?}", report.not_shown);
}

#[test]
fn a_ctime_is_recorded_by_a_run_that_was_asked_to_and_kept_by_those_that_were_not() {
    if !tells_every_change() {
        return skipped("the ctime of this file system is not believed");
    }
    let logs = Settled::verified(Format::Cef, &[]);
    assert!(!String::from_utf8(logs.site.ledger()).expect("JSON is text").contains("ctime"));
    let runs: [(&[&str], &str); 6] =
        [(CTIME, "hash"), (CTIME, "ctime"), (&[], "hash"), (CTIME, "ctime"), (&["--full"], "none"), (CTIME, "ctime")];
    for (flags, by) in runs {
        assert_eq!(unchanged_by(&logs.verify(flags, 0)), [by; 3], "{flags:?}");
    }
    logs.site.verb(&["ledger", "check"], &[]).exit(0);
}

#[test]
fn a_ctime_within_the_tick_of_the_run_is_not_recorded() {
    let site = Site::new(&Files::of([]));
    let written = Instant::now();
    site.put(&Week::of(Format::Json).files);
    site.verify(CTIME).exit(0);
    let ledger = String::from_utf8(site.ledger()).expect("JSON is text");
    // A machine may be as slow as it likes.
    assert!(ledger.matches(r#""ctime":null"#).count() == 3 || written.elapsed() >= TICK, "{ledger}");
}

/// So many bytes are read of every file, to tell what it is.
const HEAD_BYTES_MAX: u64 = 8 << 10;

/// The bytes that a run with these flags reads of a file.
fn bytes_read(logs: &Settled, flags: &[&str], file: &Path) -> u64 {
    let trace = logs.site.path("trace");
    let command = logs.site.verify(flags).into_command();
    let traced = Command::new("strace")
        .args(["-f", "-qq", "-o"])
        .arg(&trace)
        .args(["-e", "trace=read,pread64,readv,preadv,mmap", "-P"])
        .arg(file)
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir(logs.site.path("."))
        .env("ACRALOG_CONFIG", "")
        .output()
        .expect("strace");
    assert_eq!(traced.status.code(), Some(0), "{}", String::from_utf8_lossy(&traced.stderr));
    let trace = fs::read_to_string(trace).expect("a trace");
    assert!(trace.contains("read(") && !trace.contains("mmap("), "{trace}");
    trace.lines().filter_map(|line| line.rsplit_once("= ")?.1.parse::<u64>().ok()).sum()
}

fn can_trace() -> bool {
    has("strace")
        && Command::new("strace").args(["-o", "/dev/null", "true"]).status().is_ok_and(|status| status.success())
}

#[test]
fn of_a_file_that_is_believed_only_its_ends_are_looked_at() {
    if !tells_every_change() || !can_trace() {
        return skipped("the ctime of this file system is not believed, or strace cannot be used here");
    }
    let logs = Settled::verified(Format::Json, CTIME);
    let length = fs::metadata(logs.log()).expect("our own file").len();
    let [believed, hashed] = [CTIME, &[]].map(|flags| bytes_read(&logs, flags, &logs.log()));
    assert!(believed <= HEAD_BYTES_MAX && hashed >= length, "{believed} and {hashed} of {length} bytes");
}

/// A file to which one can only append, until this is dropped.
struct AppendOnly(PathBuf);

impl AppendOnly {
    /// None where that cannot be asked for.
    fn set(path: PathBuf) -> Option<Self> {
        chattr("+a", &path).then(|| Self(path))
    }
}

impl Drop for AppendOnly {
    fn drop(&mut self) {
        chattr("-a", &self.0);
    }
}

fn chattr(flag: &str, path: &Path) -> bool {
    Command::new("chattr").arg(flag).arg(path).output().is_ok_and(|output| output.status.success())
}

/// The same as above, of a newest log to which one can only append.
const APPEND_ONLY_ROWS: &[Row] = &[
    ("nothing", |_| (), ["hash", "hash", "append-only"], 0),
    ("it has grown", Settled::grow, ["hash", "hash", "append-only"], 0),
    ("others may read it now", |it| set_mode_of(it, 0o644), ["hash", "hash", "append-only"], 0),
    ("one can do more", |it| assert!(chattr("-a", &it.log())), ["hash", "hash", "hash"], 0),
    ("one can do more, and it has grown", |it| with_more_rights(it, Settled::grow), ["hash", "hash", "hash"], 0),
    ("it was altered", |it| with_more_rights(it, |it| alter(&it.log())), ["none", "none", "none"], 1),
    ("it was copied", copied_with_its_attribute, ["hash", "hash", "hash"], 0),
];

fn set_mode_of(logs: &mut Settled, mode: u32) {
    // The mode of such a file cannot be changed; whoever may take the attribute off can put it back.
    with_more_rights(logs, |it| set_mode(&it.log(), mode));
    assert!(chattr("+a", &logs.log()));
}

fn with_more_rights(logs: &mut Settled, change: impl FnOnce(&mut Settled)) {
    assert!(chattr("-a", &logs.log()));
    change(logs);
}

fn copied_with_its_attribute(logs: &mut Settled) {
    with_more_rights(logs, |it| replaced_by_a_copy(&it.log()));
    assert!(chattr("+a", &logs.log()));
}

/// Logs of which the newest can only be appended to, verified; None where that cannot be asked for.
fn append_only(format: Format) -> Option<(Settled, AppendOnly)> {
    let week = long_week(format);
    let logs = Settled { site: Site::new(&week.files), week };
    let guard = AppendOnly::set(logs.log())?;
    logs.verify(APPEND_ONLY, 0);
    Some((logs, guard))
}

const NO_CHATTR: &str = "the attribute of append-only files cannot be set here";

#[test]
fn a_file_that_can_only_be_appended_to_is_believed_and_read_on_and_every_other_one_is_hashed() {
    for (what, change, wanted, exit) in APPEND_ONLY_ROWS {
        let Some((mut logs, _guard)) = append_only(Format::Json) else { return skipped(NO_CHATTR) };
        change(&mut logs);
        let report = logs.verify(APPEND_ONLY, *exit);
        assert_eq!(unchanged_by(&report), wanted, "{what}: {:#?}", report.findings);
        assert_eq!(without_remarks(report), without_remarks(logs.verify(&[], *exit)), "{what}");
    }
}

#[test]
fn a_log_that_grows_night_after_night_is_never_read_twice_and_its_hash_is_the_right_one() {
    for format in Format::ALL {
        let Some((mut logs, _guard)) = append_only(format) else { return skipped(NO_CHATTR) };
        let text = fs::read(logs.log()).expect("our own file").len() as u64;
        for night in 0..6 {
            logs.grow();
            if night == 3 && can_trace() {
                let read = bytes_read(&logs, APPEND_ONLY, &logs.log());
                assert!(read < text.min(2 * HEAD_BYTES_MAX), "{read} bytes were read of a log that had {text} before");
                continue;
            }
            let report = logs.verify(APPEND_ONLY, 0);
            assert_eq!(unchanged_by(&report)[2], "append-only", "{} night {night}", format.name());
            assert_eq!(report.account.verified.lines, 3, "{} night {night}", format.name());
        }
        let report = logs.verify(&[], 0);
        assert_eq!(unchanged_by(&report), ["hash"; 3], "{}", format.name());
        assert_eq!(report.account.verified.lines, 0, "{}", format.name());
    }
}

#[test]
fn who_may_take_the_attribute_off_and_put_it_back_is_believed_and_found_by_the_next_hash() {
    let Some((mut logs, _guard)) = append_only(Format::Json) else { return skipped(NO_CHATTR) };
    with_more_rights(&mut logs, |it| alter(&it.log()));
    assert!(chattr("+a", &logs.log()));
    let report = logs.verify(APPEND_ONLY, 0);
    assert!(report.not_shown.iter().any(|limit| limit.what.contains("believed by append-only")));
    for flags in [&[][..], &["--full"]] {
        logs.verify(flags, 1);
    }
}

#[test]
fn one_of_several_beliefs_suffices() {
    if !tells_every_change() {
        return skipped("the ctime of this file system is not believed");
    }
    let week = Week::of(Format::Json);
    let mut logs = Settled { site: Site::new(&week.files), week };
    let Some(_guard) = AppendOnly::set(logs.log()) else { return skipped(NO_CHATTR) };
    thread::sleep(TICK + TICK / 10);
    let both = ["--unchanged-by", "ctime,append-only"];
    logs.verify(&both, 0);
    assert_eq!(unchanged_by(&logs.verify(&both, 0)), ["ctime"; 3]);
    logs.grow();
    assert_eq!(unchanged_by(&logs.verify(&both, 0)), ["ctime", "ctime", "append-only"]);
}

#[test]
fn what_is_believed_without_a_ledger_is_wrong_usage() {
    let site = Site::new(&Week::of(Format::Json).files);
    let run = crate::support::Run::verify().key("audit.key").args(CTIME).path(site.path("logs"));
    let done = run.exit(64);
    assert!(done.stderr.contains("--ledger"), "{}", done.told());
}
