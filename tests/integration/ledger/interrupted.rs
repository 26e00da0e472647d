//! Whatever ends a run, or keeps it from writing, leaves a ledger that is the old one or the new one, byte for byte, and the next
//! run works without help.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Files, NEW, Site, has, service, skipped};
use crate::log_writer::{Format, Lines};
use crate::support::Run;
use crate::support::run::wait;
use crate::support::running::Running;
use crate::support::verify::write;

/// A log that an earlier run verified, and that has grown since.
fn grown() -> Site {
    let mut service = service(Format::Json);
    let mut log: Lines = service.chain(3);
    log.extend(service.entries(3));
    let site = Site::verified(&Files::of([(NEW, &log)]));
    log.extend(service.entries(2));
    site.put(&Files::of([(NEW, &log)]));
    site
}

/// The command line of a run of this site, for a shell.
fn shell_line(site: &Site) -> String {
    let command = site.verify(&["--ledger-required"]).into_command();
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| format!("'{}'", word.to_str().expect("paths in UTF-8"))).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_second_process_is_told_so_and_the_ledger_is_whole() {
    let site = grown();
    let log = fs::read(site.path("logs").join(NEW)).expect("a file of our own");
    // It has its ledger, and waits for a log.
    let mut first = site.verb(&["verify"], &[]).path("-").into_command();
    first.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut first = Running(first.spawn().expect("the binary was built with this test"));
    let lock = site.path("acra.ledger.lock");
    let is_locked = || {
        let file = fs::File::open(&lock).expect("a lock file");
        file.try_lock().is_err()
    };
    assert!(
        (0..500).any(|_| is_locked() || {
            std::thread::sleep(std::time::Duration::from_millis(10));
            false
        }),
        "the first one never took the lock"
    );
    let before = site.ledger();
    for verb in [&["verify"][..], &["grep", "--verified", "-e", "x"], &["convert", "--verify", "--to", "ecs"]] {
        let done = site.verb(verb, &[]).path("logs").exit(2);
        assert!(done.stderr.contains("another process is using this ledger"), "{}", done.told());
        assert!(done.stdout.is_empty(), "{}", done.told());
    }
    let done = site.verb(&["ledger", "prune"], &["--before", "2020-01-01"]).exit(2);
    assert!(done.stderr.contains("another process is using this ledger"), "{}", done.told());
    // Looking into it needs no lock.
    site.verb(&["ledger", "check"], &[]).exit(0);
    assert_eq!(site.ledger(), before);
    std::io::Write::write_all(&mut first.0.stdin.take().expect("a pipe"), &log).expect("it reads");
    wait(&mut first.0, "the first one");
    site.verify(&["--ledger-required"]).exit(0);
}

#[test]
fn many_processes_at_once_end_with_an_answer_or_that_sentence_and_no_line_is_lost() {
    let site = grown();
    let runs_before = runs(&site);
    let done: Vec<_> = std::thread::scope(|scope| {
        let run = || site.verb(&["verify", "-q"], &["--ledger-required"]).path("logs").exit_one_of(&[0, 2]);
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(run)).collect();
        threads.into_iter().map(|thread| thread.join().expect("a run with an answer")).collect()
    });
    let passed = done.iter().filter(|done| done.code == 0).count();
    assert!(passed > 0);
    for done in done.iter().filter(|done| done.code == 2) {
        assert!(done.stderr.contains("another process is using this ledger"), "{}", done.told());
    }
    assert_eq!(runs(&site), runs_before + passed);
    site.verify(&["--ledger-required"]).exit(0);
}

fn runs(site: &Site) -> usize {
    let ledger = String::from_utf8(site.ledger()).expect("JSON is text");
    ledger.matches("\"kind\":\"run\"").count()
}

#[test]
fn what_an_earlier_run_left_behind_does_not_disturb() {
    let site = grown();
    write(&site.path("."), "acra.ledger.new", b"half of a led");
    site.verify(&["--ledger-required"]).exit(0);
    assert!(!site.path("acra.ledger.new").exists());
    let lock = site.path("acra.ledger.lock");
    let whole = fs::read(&lock).expect("a lock file");
    for count in [0, 1, 30, whole.len() - 1] {
        fs::write(&lock, &whole[..count]).expect("a file of our own");
        site.verify(&["--ledger-required"]).exit(0);
    }
    // A folder of that name is not ours to remove.
    fs::create_dir(site.path("acra.ledger.new")).expect("a new folder");
    let done = site.verify(&["--ledger-required"]).exit(2);
    assert!(done.stderr.contains("cannot write the ledger"), "{}", done.told());
    fs::remove_dir(site.path("acra.ledger.new")).expect("our own folder");
    site.verify(&["--ledger-required"]).exit(0);
}

#[test]
fn what_is_no_file_is_no_ledger() {
    let site = grown();
    let log = site.path("logs");
    for (path, what) in [("/dev/full", "/dev"), (log.to_str().expect("UTF-8"), "a folder")] {
        let run = Run::verify().key("audit.key").args(["--ledger", path]).path(&log);
        let done = run.exit(2);
        assert!(done.stderr.contains("the ledger"), "{what}: {}", done.told());
        assert!(done.stderr.contains("hint:"), "{what}: {}", done.told());
        let _ = fs::remove_file("/dev/full.lock");
    }
}

fn is_root() -> bool {
    let probe = tempfile::tempdir().expect("a folder");
    fs::set_permissions(probe.path(), fs::Permissions::from_mode(0o500)).expect("our own folder");
    fs::write(probe.path().join("file"), b"").is_ok()
}

#[test]
fn a_folder_or_a_ledger_that_cannot_be_written_costs_the_answer_before_the_work() {
    if is_root() {
        skipped("root may write everywhere");
        return;
    }
    let site = grown();
    let before = site.ledger();
    let mode = |mode| fs::set_permissions(site.path("."), fs::Permissions::from_mode(mode)).expect("our own folder");
    mode(0o500);
    let done = site.verify(&["--ledger-required"]).exit_one_of(&[2]);
    mode(0o700);
    assert!(done.stderr.contains("must be writable"), "{}", done.told());
    assert_eq!(site.ledger(), before);
    // A new one shows it before the work.
    fs::remove_file(site.ledger_path()).expect("our own file");
    fs::remove_file(site.path("acra.ledger.lock")).expect("our own file");
    mode(0o500);
    let done = site.verify(&[]).exit(2);
    mode(0o700);
    assert!(done.stdout.is_empty() && done.stderr.contains("must be writable"), "{}", done.told());
}

/// Runs the tests' own shell with these lines in the site's folder.
fn shell(site: &Site, script: &str) -> std::process::Output {
    Command::new("bash")
        .args(["-c", script])
        .current_dir(site.path("."))
        .env("ACRALOG_CONFIG", "")
        .stdin(Stdio::null())
        .output()
        .expect("a shell")
}

#[test]
fn a_file_that_may_not_grow_leaves_the_old_ledger_and_a_sentence() {
    for first_run in [false, true] {
        for block in [0, 1, 2] {
            let site = grown();
            if first_run {
                fs::remove_file(site.ledger_path()).expect("our own file");
                fs::remove_file(site.path("acra.ledger.lock")).expect("our own file");
            }
            let before = fs::read(site.ledger_path()).ok();
            let line = shell_line(&site).replace("'--ledger-required'", "");
            // In blocks of 1024 bytes, as bash has it; the report goes into a pipe.
            let output = shell(&site, &format!("ulimit -f {block}; {line}"));
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{block} blocks: {:?}: {told}", output.status);
            assert!(told.contains("the ledger: File too large"), "{block} blocks: {told}");
            assert_eq!(fs::read(site.ledger_path()).ok(), before, "{block} blocks");
            assert!(!site.path("acra.ledger.new").exists(), "{block} blocks: it says nothing");
            site.verify(&[]).exit(0);
        }
    }
}

#[test]
fn a_full_disk_and_one_that_is_read_only_leave_the_old_ledger_and_a_sentence() {
    let site = grown();
    let disk = site.path("disk");
    fs::create_dir(&disk).expect("a new folder");
    let mount = |options: &str| Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(&disk).output();
    if !mount("size=32k").is_ok_and(|output| output.status.success()) {
        skipped("no small disk can be mounted here");
        return;
    }
    let _unmount = Unmount(&disk);
    let ledger = disk.join("acra.ledger");
    for name in ["acra.ledger", "acra.ledger.lock"] {
        fs::copy(site.path(name), disk.join(name)).expect("there is room");
    }
    let before = fs::read(&ledger).expect("a ledger");
    let mut fillers = 0;
    while fs::write(disk.join(format!("filler{fillers}")), [b'x'; 4096]).is_ok() {
        fillers += 1;
    }
    let run = || Run::report().key("audit.key").arg("--ledger").arg(&ledger).path(site.path("logs"));
    let done = run().exit(2);
    assert!(done.stderr.contains("cannot write the ledger: No space left on device"), "{}", done.told());
    assert_eq!(fs::read(&ledger).expect("a ledger"), before);
    assert!(!disk.join("acra.ledger.new").exists());
    (0..=fillers).for_each(|filler| drop(fs::remove_file(disk.join(format!("filler{filler}")))));
    run().exit(0);
    let before = fs::read(&ledger).expect("a ledger");
    assert!(mount("remount,ro").is_ok_and(|output| output.status.success()));
    let done = run().exit(2);
    assert!(done.stdout.is_empty() && done.stderr.contains("must be writable"), "{}", done.told());
    assert_eq!(fs::read(&ledger).expect("a ledger"), before);
    let look = Run::bare().args(["ledger", "check"]).key("audit.key").arg("--ledger").arg(&ledger);
    look.exit(0);
}

#[test]
fn a_ledger_that_is_marked_as_read_only_is_replaced_and_stays_so() {
    let site = grown();
    fs::set_permissions(site.ledger_path(), fs::Permissions::from_mode(0o400)).expect("our own file");
    let before = runs(&site);
    site.verify(&["--ledger-required"]).exit(0);
    assert_eq!(runs(&site), before + 1);
    assert_eq!(fs::metadata(site.ledger_path()).expect("a ledger").permissions().mode() & 0o777, 0o400);
}

struct Unmount<'p>(&'p Path);

impl Drop for Unmount<'_> {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(self.0).status());
    }
}

/// System calls with which a ledger is written.
const WRITING: [&str; 8] = ["openat", "write", "fsync", "rename", "ftruncate", "unlink", "fchmod", "flock"];

/// More than a run makes of one of them.
const CALLS_MAX: usize = 400;

#[test]
fn a_process_that_is_killed_at_any_system_call_leaves_the_old_ledger_or_the_new_one() {
    let can_trace = has("strace")
        && Command::new("strace").args(["-o", "/dev/null", "true"]).status().is_ok_and(|status| status.success());
    if !can_trace {
        skipped("strace cannot be used here");
        return;
    }
    for new in [false, true] {
        for call in WRITING {
            let kills = kill_at_every(call, new);
            if ["rename", "fsync"].contains(&call) {
                assert!(kills > 0, "{call} is not what a ledger is written with any more");
            }
        }
    }
}

/// Kills a run at its first, second... call, until it survives; how often that was.
fn kill_at_every(call: &str, new: bool) -> usize {
    let site = grown();
    let (ledger, lock) = (site.ledger_path(), site.path("acra.ledger.lock"));
    if new {
        fs::remove_file(&ledger).expect("our own file");
        fs::remove_file(&lock).expect("our own file");
    }
    let before = fs::read(&ledger).ok();
    let (line, locked) = (shell_line(&site).replace("'--ledger-required'", ""), fs::read(&lock).ok());
    for kills in 0..CALLS_MAX {
        let inject = format!("--inject={call}:signal=KILL:when={}", kills + 1);
        let output = shell(&site, &format!("strace -f -qq -o /dev/null -e trace={call} {inject} {line} --threads 1"));
        let told = || format!("{call} {}: {:?}: {}", kills + 1, output.status, String::from_utf8_lossy(&output.stderr));
        if output.status.success() {
            return kills;
        }
        let after = fs::read(&ledger).ok();
        if after != before {
            // The new one: whole, and the old one is its beginning.
            let after = after.expect("never none");
            assert!(after.starts_with(before.as_deref().unwrap_or_default()), "{}", told());
        }
        site.verify(&[]).exit(0);
        site.verb(&["ledger", "check"], &[]).exit(0);
        // Once more from the beginning.
        for (path, bytes) in [(&ledger, &before), (&lock, &locked)] {
            match bytes {
                Some(bytes) => fs::write(path, bytes).expect("a file of our own"),
                None => drop(fs::remove_file(path)),
            }
        }
    }
    panic!("{call}: no run survives");
}
