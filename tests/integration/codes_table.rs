//! Every code that `verify` can find: the smallest input that shows it, where it is told, and what it weighs under each
//! policy. A code without a row here would be one that nobody has ever seen told.

use std::path::{Path, PathBuf};

use acralog::{Code, Policy};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::attacks::damage::{change_text, made_up, replaced, rewrite_text, strip_seal, unsigned, without};
use crate::keystores::lost::{COMPROMISED, set_state};
use crate::log_writer::{Event, Format, Lines, Service, spelling, text};
use crate::sources::gzip;
use crate::support::keystore::Keystore;
use crate::support::verify::write;
use crate::support::{Run, fixture};

/// A code, what shows it, where it is told (`file:line`, a file, or nowhere), and its class under the policies default,
/// strict and acra. A row is a line, however long.
type Row = (&'static str, fn() -> Input, &'static str, &'static str);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("chain-altered", || changed(|log| drop(log.remove(4))), "a.log:5", "tampered tampered tampered"),
    ("entry-restored", || changed(|log| log[4] = change_text(TEXT, &log[4])), "a.log:5", "tampered tampered tampered"),
    ("line-inserted", || changed(|log| log.insert(5, made_up(TEXT, &log[4]))), "a.log:6", "tampered tampered tampered"),
    ("line-displaced", || changed(|log| log.swap(4, 5)), "a.log:5", "tampered tampered tampered"),
    ("line-split", || changed(|log| { let rest = log[4].split_off(50); log.insert(5, rest) }), "a.log:6", "tampered tampered tampered"),
    ("line-out-of-chain", an_end_beside_another_chain, "a.log:2", "tampered tampered tampered"),
    ("line-unsigned-inside-chain", || changed(|log| log.insert(5, unsigned(TEXT))), "a.log:6", "tampered tampered warning"),
    ("line-foreign-inside-chain", || changed(|log| log.insert(5, b"http: TLS handshake error".to_vec())), "a.log:6", "incomplete incomplete warning"),
    ("seal-malformed", || changed(|log| log[4] = without_last_letter(&log[4])), "a.log:5", "tampered tampered tampered"),
    ("entry-ambiguous", || of_json(|line| [b"{\"msg\":\"evil\",", &line[1..]].concat()), "a.log:5", "tampered tampered warning"),
    ("chain-start-unmarked", || changed(|log| log[2] = without(&log[2], b" chain=new")), "a.log:3", "tampered tampered tampered"),
    ("chain-start-misplaced", || changed(|log| log[4].extend(b" chain=new")), "a.log:5", "tampered tampered tampered"),
    ("marker-unsigned", || changed(|log| log[2] = strip_seal(TEXT, &log[2])), "a.log:3", "tampered tampered warning"),
    ("entries-unreachable", || changed(|log| drop(log.remove(4))), "a.log:6", "incomplete incomplete note"),
    ("line-unclaimed", without_a_head_beside_another, "a.log:6", "incomplete incomplete tampered"),
    ("line-repeated", || changed(|log| log.insert(5, log[4].clone())), "a.log:6", "incomplete incomplete tampered"),
    ("chain-repeated", || changed(|log| log.extend_from_within(2..8)), "a.log:17", "incomplete incomplete note"),
    ("entry-out-of-time", moved_by_an_hour, "a.log:9", "incomplete incomplete note"),
    ("chain-unfinished", || changed(|log| drop(log.remove(7))), "a.log:7", "incomplete incomplete tampered"),
    ("lines-unsigned-at-end", || changed(|log| log.push(unsigned(TEXT))), "a.log:17", "incomplete incomplete warning"),
    ("line-torn", torn, "a.log:16", "incomplete incomplete warning"),
    ("nothing-signed", || of(&service(1).start_up(3)), "a.log", "incomplete incomplete warning"),
    ("nothing-verified", || of(&genuine(TEXT)[4..7]), "a.log:1", "incomplete incomplete tampered"),
    ("chain-open-at-end", || changed(|log| drop(log.pop())), "a.log:15", "warning incomplete warning"),
    ("stream-headless", || of(&genuine(TEXT)[4..]), "a.log:1", "incomplete incomplete tampered"),
    ("entry-reencoded", || of_json(|line| replaced(line, b"\"level\":", b"\"level\": ")), "a.log:5", "warning incomplete note"),
    ("time-backwards", || changed(|log| log.rotate_left(8)), "a.log:11", "warning incomplete note"),
    ("time-gap", || changed(|_| ()).args(&["--gap", "1s"]), "a.log:8", "incomplete incomplete incomplete"),
    ("chain-too-old", || changed(|_| ()).args(&["--chain-max-age", "1s"]), "a.log:3", "incomplete incomplete incomplete"),
    ("chain-elsewhere", || Input::with(&[("a.log", &genuine_text()), ("b.log", &genuine_text())]), "b.log:3", "warning incomplete note"),
    ("file-skipped", || Input::with(&[("a.log", &genuine_text()), ("b.png", b"x")]), "b.png", "note incomplete note"),
    ("file-double", || Input::with(&[("a.log", &genuine_text()), ("a.log.1", &whole_chain(2)), ("a.log.1.gz", &gzip(&whole_chain(2)))]), "a.log.1.gz", "warning incomplete warning"),
    ("lines-unsigned-many", || before_a_chain(&service(1).start_up(17)), "a.log:1", "incomplete incomplete warning"),
    ("start-up-beside-chain", || beside_a_chain(&["Starting service acra-server", "Keystore init OK"]), "a.log:3", "warning incomplete warning"),
    ("lines-unsigned-beside-chain", || beside_a_chain(&["Nothing happened here"]), "a.log:3", "incomplete incomplete warning"),
    ("lines-unsigned-not-start-up", || before_a_chain(&[of_a_client()]), "a.log:1", "incomplete incomplete warning"),
    ("lines-unsigned-between-chains", || changed(|_| ()), "a.log:1", "note incomplete warning"),
    ("chains-interleaved", || beside_a_chain(&[]), "", "note note tampered"),
    ("lines-of-others", || docker(|line, record| if line == 1 { record["stream"] = "stdout".into() }), "a.log:1", "note note note"),
    ("file-missing", || Input::with(&[("a.log.3", &whole_chain(1)), ("a.log.1", &whole_chain(2))]), "a.log.2", "undecided undecided undecided"),
    ("file-twin-differs", || Input::with(&[("a.log.1", &whole_chain(1)), ("a.log.1.gz", &gzip(&whole_chain(2)))]), "a.log.1", "undecided undecided undecided"),
    ("file-unreadable", || Input::with(&[("a.log.gz", &gzip(&genuine_text())[..100])]), "a.log.gz", "undecided undecided undecided"),
    ("line-unreadable", || Input::with(&[("a.log.gz", &gzip(&vec![b'a'; (64 << 20) + 1]))]), "a.log.gz:1", "undecided undecided undecided"),
    ("line-damaged", || docker(|line, record| if line == 5 { replace_a_letter(record) }), "a.log:5", "undecided undecided undecided"),
    ("record-without-text", || journal(|line, record| if line == 5 { record["MESSAGE"] = Value::Null }), "a.log:5", "undecided undecided undecided"),
    ("prefix-unknown", || changed(|log| log.iter_mut().for_each(|line| *line = [b">>> ", &line[..]].concat())), "a.log:3", "undecided undecided tampered"),
    ("key-wrong", || changed(|_| ()).key("foreign.key.hex"), "a.log:3", "undecided undecided tampered"),
    ("key-lost", || changed(|log| log[10] = rewrite_text(TEXT, &log[10])), "a.log:11", "undecided undecided tampered"),
    ("key-compromised", || sealed_by(&[1], |store| set_state(store, 1, COMPROMISED)), "a.log:1", "warning incomplete warning"),
    ("key-outdated", || sealed_by(&[3, 3, 1], |_| ()), "a.log:9", "warning incomplete warning"),
    ("key-unused", || changed(|_| ()).and_key("old.key.hex"), "", "warning warning note"),
    ("chain-missing", || remembered(|folder| edit(folder, |log| drop(log.drain(..8)))), "", "tampered tampered tampered"),
    ("chain-shortened", || remembered(|folder| edit(folder, |log| log.truncate(13))), "a.log:13", "tampered tampered tampered"),
    ("chain-changed", || remembered(|folder| edit(folder, |log| log.rotate_left(8))), "a.log:11", "tampered tampered tampered"),
    ("chain-not-found", || remembered(|folder| drop(write(folder, "a.log", &gzip(&genuine_text())[..100]))), "", "undecided undecided undecided"),
    ("chain-resumed", || without_its_beginning(&["--ledger", LEDGER]), "a.log:1", "warning incomplete warning"),
    ("chain-expired", || without_its_beginning(&["--ledger", LEDGER, "--retention", "30m"]), "a.log:1", "note note note"),
    ("ledger-new", || changed(|_| ()).args(&["--ledger", LEDGER]), LEDGER, "note note note"),
    ("ledger-missing", || changed(|_| ()).args(&["--ledger", LEDGER, "--ledger-required"]), LEDGER, "undecided undecided undecided"),
    ("ledger-older", with_an_older_ledger, LEDGER, "undecided undecided undecided"),
    ("ledger-damaged", || remembered(|folder| change_ledger(folder, |bytes| bytes[60] ^= 1)), "acra.ledger:1", "undecided undecided undecided"),
    ("format-contradiction", || changed(|_| ()).args(&["--input-format", "json"]), "a.log:3", "undecided undecided undecided"),
];

const TEXT: Format = Format::Plaintext;
const HOUR_MS: i64 = 3_600_000;

/// Files, and the keys they are verified with.
struct Input {
    folder: TempDir,
    keys: Vec<PathBuf>,
    store: Option<Keystore>,
    args: &'static [&'static str],
}

impl Input {
    fn with(files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, bytes) in files {
            write(folder.path(), name, bytes);
        }
        Self { folder, keys: vec![fixture::key_file("audit.key")], store: None, args: &[] }
    }

    fn key(self, name: &str) -> Self {
        Self { keys: vec![fixture::key_file(name)], ..self }
    }

    fn and_key(mut self, name: &str) -> Self {
        self.keys.push(fixture::key_file(name));
        self
    }

    fn args(self, args: &'static [&'static str]) -> Self {
        Self { args, ..self }
    }

    fn run(&self, policy: Policy) -> Run {
        let run = Run::report().args(["--policy", policy.name()]).args(self.args).current_dir(self.folder.path());
        let run = self.keys.iter().fold(run, |run, key| run.key_file(key));
        let run = self.store.iter().fold(run, |run, store| store.given_to(run));
        run.path(".")
    }
}

fn of(lines: &[Vec<u8>]) -> Input {
    Input::with(&[("a.log", &text(lines))])
}

fn service(seed: u64) -> Service {
    Service::new(TEXT, fixture::key("audit.key"), seed)
}

/// A chain of entries whose messages begin with a letter, the end among them.
fn chain(service: &mut Service, entries: usize) -> Lines {
    let read = |service: &mut Service| {
        let event = Event::new(service.tick(), "info", "Read query from client");
        service.write(&event)
    };
    let mut lines: Lines = (1..entries).map(|_| read(service)).collect();
    lines.push(service.end());
    lines
}

/// Two chains of six entries, each behind two lines of a start: they begin in the lines 3 and 11, and end in 8 and 16.
fn genuine(format: Format) -> Lines {
    let mut service = Service::new(format, fixture::key("audit.key"), 1);
    (0..2).flat_map(|_| [service.start_up(2), chain(&mut service, 6)].concat()).collect()
}

fn genuine_text() -> Vec<u8> {
    text(&genuine(TEXT))
}

/// A file that is one chain of its own.
fn whole_chain(hour: i64) -> Vec<u8> {
    let mut service = service(1);
    service.pause(hour * HOUR_MS);
    text(&chain(&mut service, 4))
}

fn without_last_letter(line: &[u8]) -> Vec<u8> {
    line[..line.len() - 1].to_vec()
}

fn changed(change: impl Fn(&mut Lines)) -> Input {
    let mut lines = genuine(TEXT);
    change(&mut lines);
    of(&lines)
}

fn of_json(respell: impl Fn(&[u8]) -> Vec<u8>) -> Input {
    let mut lines = genuine(Format::Json);
    lines[4] = respell(&lines[4]);
    of(&lines)
}

/// The last line ends inside its seal, and so does the file.
fn torn() -> Input {
    let log = genuine_text();
    Input::with(&[("a.log", &log[..log.len() - 40])])
}

/// The rest of the first chain, its end included, stands an hour late, inside the second one.
fn moved_by_an_hour() -> Input {
    let mut service = service(1);
    let first = chain(&mut service, 6);
    service.pause(HOUR_MS);
    let second = chain(&mut service, 6);
    of(&[&first[..4], &second[..4], &first[4..], &second[4..]].concat())
}

fn without_a_head_beside_another() -> Input {
    of_situation("log")
}

/// The last line of an instance whose chain began before the stream, or one that was put there.
fn an_end_beside_another_chain() -> Input {
    of_situation("minimal.log")
}

fn of_situation(name: &str) -> Input {
    let folder = fixture::situation("accuse_interleaved_head_removed");
    let log = std::fs::read(folder.join(name)).expect("a file of the fixture");
    Input { keys: vec![folder.join("audit.key")], ..Input::with(&[("a.log", &log)]) }
}

fn before_a_chain(lines: &[Vec<u8>]) -> Input {
    of(&[lines, &chain(&mut service(1), 6)].concat())
}

fn of_a_client() -> Vec<u8> {
    let event = Event::new(1_741_910_400_000, "info", "Access granted").with("client_id", "mallory");
    spelling::unsigned(TEXT, &event)
}

/// Another instance starts with these messages, and begins its chain, among the entries of the first one.
fn beside_a_chain(messages: &[&str]) -> Input {
    let (mut one, mut other) = (service(1), service(2));
    // Or its first entry would be that of the first one, byte for byte.
    other.pause(2_000);
    let mut starting = |message: &&str| spelling::unsigned(TEXT, &Event::new(other.tick(), "info", message));
    let start: Lines = messages.iter().map(&mut starting).collect();
    let (one, other) = (chain(&mut one, 6), chain(&mut other, 6));
    of(&[&one[..2], &start, &one[2..4], &other[..2], &one[4..], &other[2..]].concat())
}

/// The log as docker stores it, line by line.
fn docker(change: impl Fn(usize, &mut Value)) -> Input {
    wrapped(|line| json!({"log": format!("{line}\n"), "stream": "stderr", "time": "2025-03-14T00:00:00.1Z"}), change)
}

/// The same in the journal.
fn journal(change: impl Fn(usize, &mut Value)) -> Input {
    wrapped(|line| json!({"MESSAGE": line, "_PID": "7", "__CURSOR": "s=1"}), change)
}

fn wrapped(wrap: impl Fn(&str) -> Value, change: impl Fn(usize, &mut Value)) -> Input {
    let lines = genuine(TEXT).into_iter().enumerate().map(|(index, line)| {
        let mut record = wrap(str::from_utf8(&line).expect("the writer writes UTF-8"));
        change(index + 1, &mut record);
        record.to_string().into_bytes()
    });
    of(&lines.collect::<Lines>())
}

const LEDGER: &str = "acra.ledger";

/// A log that was changed since a run remembered it.
fn remembered(change: impl FnOnce(&Path)) -> Input {
    let input = changed(|_| ()).args(&["--ledger", LEDGER]);
    input.run(Policy::Default).exit(0);
    change(input.folder.path());
    input
}

fn edit(folder: &Path, change: impl FnOnce(&mut Lines)) {
    let mut log = genuine(TEXT);
    change(&mut log);
    write(folder, "a.log", &text(&log));
}

fn change_ledger(folder: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(folder.join(LEDGER)).expect("a ledger");
    change(&mut bytes);
    write(folder, LEDGER, &bytes);
}

/// The file in which a chain began is gone since a run remembered it.
fn without_its_beginning(args: &'static [&'static str]) -> Input {
    let mut service = service(1);
    let old = service.entries(3);
    service.pause(HOUR_MS);
    let input = Input::with(&[("a.log.1", &text(&old)), ("a.log", &text(&service.entries(3)))]).args(args);
    input.run(Policy::Default).exit(0);
    std::fs::remove_file(input.folder.path().join("a.log.1")).expect("our own file");
    input
}

/// The ledger of the first of two runs.
fn with_an_older_ledger() -> Input {
    let input = remembered(|_| ());
    let older = std::fs::read(input.folder.path().join(LEDGER)).expect("a ledger");
    input.run(Policy::Default).exit(0);
    write(input.folder.path(), LEDGER, &older);
    input
}

fn replace_a_letter(record: &mut Value) {
    let log = record["log"].as_str().expect("a text").replacen("client", "cl\u{fffd}ent", 1);
    record["log"] = log.into();
}

/// A chain of four entries for each of these keys of a keystore.
fn sealed_by(seqnums: &[i64], change: fn(&Keystore)) -> Input {
    let store = Keystore::named("v2-rotated");
    let keys = store.expected().expect("Acra was asked for its keys");
    let mut service = service(1);
    let chains = seqnums.iter().flat_map(|seqnum| {
        let key = keys.iter().find(|key| key.seqnum == Some(*seqnum)).and_then(|key| key.hex.as_ref());
        let key = hex::decode(key.expect("a key of that number")).expect("hex digits");
        service.rotate_key(key.try_into().expect("a raw key has 32 bytes"));
        chain(&mut service, 4)
    });
    let log = text(&chains.collect::<Lines>());
    change(&store);
    Input { keys: Vec::new(), store: Some(store), ..Input::with(&[("a.log", &log)]) }
}

#[test]
fn the_table_has_a_row_for_every_code_in_their_order() {
    let told: Vec<&str> = ROWS.iter().map(|(code, ..)| *code).collect();
    let all: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(told, all);
}

#[test]
fn every_code_is_told_at_its_place_and_weighs_what_the_policy_says() {
    let mut wrong = Vec::new();
    for (code, input, place, classes) in ROWS {
        // A run may leave something to the next one.
        let reports = Policy::ALL.map(|policy| input().run(policy).done().report());
        let found = reports.each_ref().map(|report| report.findings.iter().find(|finding| finding.code == *code));
        let class = found.map(|finding| finding.map_or("-", |finding| &finding.class)).join(" ");
        let places = found.map(|finding| match finding.and_then(|finding| finding.place.as_ref()) {
            Some(place) if place.line > 0 => format!("{}:{}", place.file.trim_start_matches("./"), place.line),
            Some(place) => place.file.trim_start_matches("./").to_owned(),
            None => String::new(),
        });
        if class != *classes || places.iter().any(|told| told != place) {
            let codes = &reports[0].findings_by_code;
            wrong.push(format!("{code}: {class} at {places:?} instead of {classes} at {place:?}, found {codes:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), ROWS.len(), wrong.join("\n"));
}
