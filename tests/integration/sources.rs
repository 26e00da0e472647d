//! Where the lines come from: rotated sets in any order and compression, lists and patterns, standard input, and the
//! wrappers of containers and system loggers. What the lines prove is left to `attacks`.

mod doubles; // two files for one rotation, one file for two
mod exports; // what SIEMs kept of a log
mod inventory; // many logs, each with its own keys
mod names; // which names are the parts of one log
mod prefixes; // texts in front of every line, known and unknown
mod rotation; // a chain crosses files; their order is found
mod wrappers; // docker, CRI, journald, syslog
mod writers; // whose line it is; records without a text

use std::fs;

use crate::log_writer::{Format, Service, text};
use crate::support::verify::write;
use crate::support::{Run, fixture};

#[test]
fn standard_input_is_read_in_every_format() {
    for format in Format::ALL {
        let log = fixture::bytes(&format!("chain_closed_three.{}.log", format.name()));
        let report = Run::report().key("audit.key").stdin(&log).exit(0).report();
        assert_eq!(report.files[0].formats, [format.name()]);
        assert_eq!(report.files[0].bytes, log.len() as u64);
    }
}

#[test]
fn standard_input_may_be_compressed() {
    let log = fixture::bytes("chain_closed_three.json.log");
    let zstd = zstd::encode_all(log.as_slice(), 3).expect("memory takes everything");
    for (name, bytes) in [("gzip", gzip(&log)), ("zstd", zstd)] {
        let report = Run::report().key("audit.key").stdin(&bytes).exit(0).report();
        assert_eq!(report.files[0].compression.as_deref(), Some(name));
        assert_eq!(report.files[0].bytes, log.len() as u64);
    }
}

#[test]
fn every_member_of_a_gzip_file_and_every_frame_of_a_zstd_file_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = fixture::bytes("chain_closed_three.plaintext.log");
    // Cut inside a line: a member does not end where a line does.
    let (head, tail) = log.split_at(log.len() / 2 + 7);
    let zstd = |bytes| zstd::encode_all(bytes, 3).expect("memory takes everything");
    let files = [
        ("a.log.gz", [gzip(head), gzip(tail)].concat()),
        ("b.log.gz", [gzip(b""), gzip(head), gzip(b""), gzip(tail), gzip(b"")].concat()),
        ("c.log.zst", [zstd(head), zstd(tail)].concat()),
    ];
    for (name, bytes) in files {
        let path = write(folder.path(), name, &bytes);
        let report = Run::report().key("audit.key").path(path).exit(0).report();
        assert_eq!((report.account.verified.lines, report.files[0].bytes), (42, log.len() as u64), "{name}");
    }
}

#[test]
fn a_compressed_file_is_known_by_its_content_not_by_its_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = fixture::bytes("chain_closed_three.cef.log");
    for (name, bytes) in [("plain.log.gz", log.clone()), ("packed.log", gzip(&log))] {
        let path = write(folder.path(), name, &bytes);
        Run::report().key("audit.key").path(path).exit(0);
    }
}

#[test]
fn a_directory_is_searched_recursively_and_each_log_judged_on_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir_all(folder.path().join("translator/eu")).expect("new folders");
    write(folder.path(), "acra-server.log", &fixture::bytes("chain_closed_three.json.log"));
    write(folder.path(), "translator/eu/acra-translator.log", &fixture::bytes("service_day.cef.log"));
    let report = Run::report().key("audit.key").path(folder.path()).exit(0).report();
    assert_eq!((report.streams.len(), report.files.len()), (2, 2));
    write(folder.path(), "translator/eu/acra-translator.log", &fixture::bytes("chain_altered_middle.cef.log"));
    let report = Run::report().key("audit.key").path(folder.path()).exit(1).report();
    let worst: Vec<_> = report.files.iter().filter(|file| file.worst == "tampered").collect();
    assert!(worst.len() == 1 && worst[0].path.ends_with("acra-translator.log"), "{worst:?}");
}

#[test]
fn a_log_named_twice_is_read_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = write(folder.path(), "a.log", &fixture::bytes("chain_closed_three.json.log"));
    let report = Run::report().key("audit.key").path(&log).path(&log).path(folder.path()).exit(0).report();
    assert_eq!((report.files.len(), report.account.verified.lines), (1, 42), "{:?}", report.files);
}

#[test]
fn a_file_is_named_the_way_it_was_given() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "a.log", &fixture::bytes("chain_closed_three.json.log"));
    let report = Run::report().key("audit.key").current_dir(folder.path()).path("a.log").exit(0).report();
    assert_eq!(report.files[0].path, "a.log");
    assert_eq!(report.chains[0].first.file, "a.log");
}

#[test]
fn a_pattern_in_quotes_names_what_the_shell_would_have_named() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["a.log", "b.log"] {
        write(folder.path(), name, &fixture::bytes("chain_closed_three.json.log"));
    }
    write(folder.path(), "c.txt", b"not a log");
    let report = Run::report().key("audit.key").path(folder.path().join("*.log")).exit(0).report();
    assert_eq!(report.files.len(), 2);
}

#[test]
fn a_list_of_files_may_come_from_a_file_or_from_standard_input() {
    let folder = tempfile::tempdir().expect("a folder");
    let a = write(folder.path(), "a b.log", &fixture::bytes("chain_closed_three.json.log"));
    let b = write(folder.path(), "b.log", &fixture::bytes("service_day.json.log"));
    let list = format!("{}\n\n{}\r\n", a.display(), b.display());
    let file = write(folder.path(), "list", list.as_bytes());
    let report = Run::report().key("audit.key").arg("--files-from").arg(&file).exit(0).report();
    assert_eq!(report.files.len(), 2);
    let report = Run::report().key("audit.key").arg("--files-from").stdin(list.as_bytes()).exit(0).report();
    assert_eq!(report.files.len(), 2);
    let list = format!("{}\n{}\n", a.display(), folder.path().join("gone.log").display());
    let file = write(folder.path(), "list", list.as_bytes());
    Run::report().key("audit.key").arg("--files-from").arg(&file).exit(2);
}

#[test]
fn formats_may_change_within_a_stream_between_chains() {
    let key = fixture::key("audit.key");
    let log: Vec<_> = Format::ALL
        .into_iter()
        .flat_map(|format| {
            let mut service = Service::new(format, key, 9);
            [service.start_up(2), service.chain(4)].concat()
        })
        .collect();
    let report = Run::report().key("audit.key").stdin(&text(&log)).done().report();
    assert_eq!(report.files[0].formats, ["plaintext", "json", "cef"]);
    assert_eq!(report.account.verified.lines, 12, "{:?}", report.findings_by_code);
}

#[test]
fn byte_order_mark_crlf_and_a_missing_newline_are_accounted_for() {
    let lines = fixture::lines("chain_closed_three.json.log");
    let mut log = b"\xef\xbb\xbf".to_vec();
    log.extend(crate::log_writer::text_with(&lines, b"\r\n"));
    log.truncate(log.len() - 2);
    let report = Run::report().key("audit.key").stdin(&log).exit(0).report();
    assert_eq!(report.account.sum().bytes, log.len() as u64);
    assert_eq!(report.account.verified.lines, 42);
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("memory takes everything");
    encoder.finish().expect("memory takes everything")
}
