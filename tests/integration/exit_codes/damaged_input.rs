//! Input that cannot be read, or is no log at all: a clear answer, bounded memory and time, never a panic, never 0.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::log_writer::{Format, Service, text};
use crate::support::run::Done;
use crate::support::verify::write;
use crate::support::{Run, fixture};

fn genuine() -> Vec<u8> {
    fixture::bytes("chain_closed_three.json.log")
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory takes everything");
    encoder.finish().expect("memory takes everything")
}

#[track_caller]
fn run_on(path: &Path, exits: &[u8]) -> Done {
    Run::report().key("audit.key").path(path).exit_one_of(exits)
}

#[test]
fn a_directory_without_logs_never_passes() {
    let folder = tempfile::tempdir().expect("a folder");
    run_on(folder.path(), &[2, 3]);
    fs::create_dir(folder.path().join("empty")).expect("a new folder");
    run_on(folder.path(), &[2, 3]);
}

#[test]
fn a_pattern_or_list_that_names_nothing_is_undecided() {
    let folder = tempfile::tempdir().expect("a folder");
    run_on(&folder.path().join("*.log"), &[2]);
    let list = write(folder.path(), "list", b"\n");
    Run::report().key("audit.key").arg("--files-from").arg(list).exit_one_of(&[2, 3]);
    Run::report().key("audit.key").arg("--files-from").arg(folder.path().join("missing")).exit(2);
}

#[test]
fn a_broken_gzip_file_is_undecided() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = gzip(&genuine());
    let mut wrong_sum = whole.clone();
    let sum_at = whole.len() - 8;
    wrong_sum[sum_at] ^= 1;
    let mut wrong_length = whole.clone();
    *wrong_length.last_mut().expect("a trailer") ^= 1;
    let broken: [(&str, Vec<u8>); 8] = [
        ("cut in the middle", whole[..whole.len() / 2].to_vec()),
        ("cut in the trailer", whole[..whole.len() - 3].to_vec()),
        ("cut in the header", whole[..6].to_vec()),
        ("wrong checksum", wrong_sum),
        ("wrong length", wrong_length),
        ("trailing garbage", [whole.as_slice(), b"garbage after the end"].concat()),
        ("a second member that is cut", [whole.as_slice(), &whole[..40]].concat()),
        ("magic only", b"\x1f\x8b".to_vec()),
    ];
    for (name, bytes) in broken {
        let path = write(folder.path(), &format!("{}.log.gz", name.replace(' ', "-")), &bytes);
        let done = run_on(&path, &[2]);
        done.report().shows("file-unreadable");
    }
    run_on(&write(folder.path(), "whole.log.gz", &whole), &[0]);
}

#[test]
fn a_broken_zstd_file_is_undecided() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = zstd::encode_all(genuine().as_slice(), 3).expect("memory takes everything");
    run_on(&write(folder.path(), "whole.log.zst", &whole), &[0]);
    run_on(&write(folder.path(), "cut.log.zst", &whole[..whole.len() / 2]), &[2]).report().shows("file-unreadable");
    let garbage = [whole.as_slice(), b"garbage after the end"].concat();
    run_on(&write(folder.path(), "garbage.log.zst", &garbage), &[2]).report().shows("file-unreadable");
}

#[test]
fn a_compressed_file_altered_inside_never_passes() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = gzip(&genuine());
    for part in 1..8 {
        let mut altered = whole.clone();
        altered[whole.len() * part / 8] ^= 0x10;
        run_on(&write(folder.path(), &format!("{part}.log.gz"), &altered), &[1, 2]);
    }
}

/// Root may read everything, so rights alone make no file unreadable in every environment; these paths do.
fn unreadable(folder: &Path) -> Vec<PathBuf> {
    let log = write(folder, "a.log", &genuine());
    let dangling = folder.join("dangling.log");
    symlink(folder.join("nowhere"), &dangling).expect("a new link");
    let looping = folder.join("loop.log");
    symlink(&looping, &looping).expect("a new link");
    let mut paths = vec![log.join("below-a-file.log"), dangling, looping, folder.join("n".repeat(300))];
    let forbidden = write(folder, "forbidden.log", &genuine());
    fs::set_permissions(&forbidden, fs::Permissions::from_mode(0o000)).expect("our own file");
    if File::open(&forbidden).is_err() {
        paths.push(forbidden);
    }
    paths
}

#[test]
fn an_unreadable_file_is_undecided_and_named() {
    let folder = tempfile::tempdir().expect("a folder");
    for path in unreadable(folder.path()) {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let done = run_on(&path, &[2]);
        let told = done.stderr.clone() + done.text();
        assert!(told.contains(&name[..name.len().min(40)]), "{name} is not named: {}", done.told());
    }
}

#[test]
fn an_unreadable_file_does_not_keep_the_others_from_being_verified() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = write(folder.path(), "good.log", &genuine());
    let report = Run::report().key("audit.key").path(&log).path(folder.path().join("gone.log")).exit(2).report();
    assert_eq!(report.account.verified.lines, 42, "{:?}", report.account);
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_that_fails_when_it_is_read_never_passes() {
    // It opens, and reading its first byte fails even for root: address 0 is not mapped.
    run_on(Path::new("/proc/self/mem"), &[2, 3]);
}

#[test]
fn a_device_that_never_ends_is_refused() {
    run_on(Path::new("/dev/zero"), &[2]);
    run_on(Path::new("/dev/null"), &[2, 3]);
}

#[test]
fn a_line_of_100_mb_is_unreadable_and_the_rest_is_still_verified() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("long.log");
    let mut file = BufWriter::new(File::create(&path).expect("a new file"));
    for _ in 0..100 {
        file.write_all(&[b'a'; 1_000_000]).expect("room for 100 MB");
    }
    file.write_all(b"\n").and_then(|()| file.write_all(&genuine())).and_then(|()| file.flush()).expect("room");
    let report = run_on(&path, &[2]).report();
    report.shows("line-unreadable");
    assert_eq!(report.account.verified.lines, 42, "{:?}", report.account);
    assert_eq!((report.account.unreadable.lines, report.account.unreadable.bytes), (1, 100_000_001));
}

#[test]
fn a_small_gzip_file_that_grows_to_a_line_of_100_mb_is_bounded() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..100 {
        encoder.write_all(&[0; 1_000_000]).expect("memory takes everything");
    }
    let bomb = encoder.finish().expect("memory takes everything");
    assert!(bomb.len() < 1_000_000);
    run_on(&write(folder.path(), "bomb.log.gz", &bomb), &[2]).report().shows("line-unreadable");
}

#[test]
fn a_genuine_line_of_a_megabyte_is_verified() {
    for format in Format::ALL {
        let mut service = Service::new(format, fixture::key("audit.key"), 1);
        let event = crate::log_writer::Event::new(service.tick(), "info", &"long ".repeat(200_000));
        let mut log = service.entries(2);
        log.push(service.write(&event));
        log.extend(service.chain(3));
        let report = Run::report().key("audit.key").stdin(&text(&log)).exit(0).report();
        assert_eq!(report.account.verified.lines, 6, "{format:?}");
    }
}

/// Lines that look like sealed json and are hostile.
fn hostile_json() -> Vec<(&'static str, Vec<u8>)> {
    let seal = format!("\"integrity\":\"{}\"}}", "0".repeat(64));
    let line = |head: &str| format!("{head},{seal}").into_bytes();
    let depth = 100_000;
    vec![
        (
            "arrays nested 100 000 deep",
            line(&format!("{{\"chain\":\"new\",\"a\":{}{}", "[".repeat(depth), "]".repeat(depth))),
        ),
        ("arrays that never end", format!("{{\"a\":{}", "[".repeat(depth)).into_bytes()),
        (
            "objects nested 100 000 deep",
            line(&format!("{{\"chain\":\"new\",\"a\":{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth))),
        ),
        ("a number beyond float64", line("{\"chain\":\"new\",\"a\":1e400")),
        ("a number of a million digits", line(&format!("{{\"chain\":\"new\",\"a\":{}", "9".repeat(1_000_000)))),
        ("a lone surrogate", line("{\"chain\":\"new\",\"a\":\"\\ud800\"")),
        ("a hundred thousand keys", {
            let keys: Vec<String> = (0..100_000).map(|number| format!("\"k{number}\":{number}")).collect();
            line(&format!("{{\"chain\":\"new\",{}", keys.join(",")))
        }),
        ("no value", b"{\"integrity\":}".to_vec()),
        ("an open string", b"{\"integrity\":\"".to_vec()),
    ]
}

#[test]
fn hostile_json_never_passes_and_never_panics() {
    for (name, line) in hostile_json() {
        let alone = [line.as_slice(), b"\n"].concat();
        let done = Run::report().key("audit.key").stdin(&alone).done();
        assert!([1, 2, 3].contains(&done.code), "{name}: {}", done.told());
        let mut log = fixture::lines("chain_closed_three.json.log");
        log.insert(30, line);
        let done = Run::report().key("audit.key").stdin(&text(&log)).done();
        assert!([1, 3].contains(&done.code), "{name} inside a chain: {}", done.told());
        assert_eq!(done.report().account.sum().bytes, text(&log).len() as u64, "{name}");
    }
}

#[test]
fn nul_bytes_and_noise_never_pass_and_never_panic() {
    let noise: Vec<u8> = (0..100_000_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let bare: [(&str, Vec<u8>); 4] = [
        ("one NUL", vec![0]),
        ("a block of NULs", vec![0; 65_536]),
        ("noise", noise),
        ("invalid UTF-8", b"CEF:0|\xff\xfe| integrity=\xc3\x28\n".to_vec()),
    ];
    for (name, bytes) in bare {
        let done = Run::report().key("audit.key").stdin(&bytes).done();
        assert!(done.code != 0, "{name}: {}", done.told());
    }
    for format in Format::ALL {
        let mut log = fixture::lines(&format!("chain_closed_three.{}.log", format.name()));
        log.insert(30, vec![0; 300]);
        Run::report().key("audit.key").stdin(&text(&log)).exit(3).report().shows("line-foreign-inside-chain");
    }
}
