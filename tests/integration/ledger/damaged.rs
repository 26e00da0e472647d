//! Whoever may write the ledger and has no key must not change what it says, nor roll it back unseen where its lock file stands
//! beside it; whoever reads it learns nothing that helps to forge.

use std::fs;
use std::path::Path;

use acralog::internals::Ledger;
use acralog::{AuditKey, KeySet};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use super::{DAY_MS, Files, NEW, Site, service};
use crate::log_writer::sealing::{Sealer, take_apart};
use crate::log_writer::spelling::Go;
use crate::log_writer::{Format, Lines, Service, lines, text};
use crate::support::verify::write;
use crate::support::{Run, fixture};

/// The log of three nights, and the ledger of each: a chain ends, one goes on over two nights, and one is retired.
struct Nights {
    site: Site,
    log: Lines,
    ledgers: Vec<Vec<u8>>,
}

impl Nights {
    fn of(format: Format) -> Self {
        let mut service = service(format);
        let mut log = service.chain(3);
        service.pause(DAY_MS);
        log.extend(service.entries(3));
        let site = Site::new(&Files::of([(NEW, &log)]));
        let mut nights = Self { site, log, ledgers: Vec::new() };
        nights.pass();
        for _ in 0..2 {
            service.pause(DAY_MS);
            nights.log.extend(service.entries(2));
            nights.pass();
        }
        nights
    }

    /// A night passes, and is remembered.
    fn pass(&mut self) {
        self.site.put(&Files::of([(NEW, &self.log)]));
        self.site.verify(&[]).exit(0);
        self.ledgers.push(self.site.ledger());
    }

    fn last(&self) -> &[u8] {
        self.ledgers.last().expect("a night passed")
    }
}

fn keys() -> KeySet {
    [AuditKey::new(&fixture::key("audit.key"), "the test")].into_iter().collect()
}

/// Puts a file in the place of the ledger; the lock file stays.
fn replace(site: &Site, ledger: &[u8]) {
    fs::write(site.ledger_path(), ledger).expect("a file of our own");
}

/// Holds a run that demands its ledger to an answer, and the ledger to stay as it is.
#[track_caller]
fn assert_refused(site: &Site, code: &str, what: &str) {
    let before = fs::read(site.ledger_path()).ok();
    let report = site.verify(&["--ledger-required"]).exit(2).report();
    assert!(report.codes().contains(code), "{what}: {code} is not among {:?}", report.findings_by_code);
    assert_eq!(fs::read(site.ledger_path()).ok(), before, "{what}: it was written");
}

#[test]
fn no_byte_of_a_ledger_can_be_changed() {
    let nights = Nights::of(Format::Json);
    let (ledger, path) = (nights.last(), nights.site.ledger_path());
    let (mut accepted, mut told) = (Vec::new(), 0);
    for at in 0..ledger.len() {
        // Another letter, a control character, and a byte that is no text.
        for bit in [1, 0x40, 0x80] {
            let mut changed = ledger.to_vec();
            changed[at] ^= bit;
            replace(&nights.site, &changed);
            match Ledger::open(&path, &keys()) {
                Ok(_) => accepted.push((at, bit)),
                Err(error) => told += usize::from(error.line().is_some()),
            }
        }
    }
    assert!(accepted.is_empty(), "{} of {}: {accepted:?}", accepted.len(), ledger.len());
    assert!(told > ledger.len() * 2, "the line is told in {told} cases only");
}

#[test]
fn a_changed_ledger_is_undecided_whatever_byte_it_is() {
    let nights = Nights::of(Format::Cef);
    let ledger = nights.last();
    for at in (0..ledger.len()).step_by(83).chain([ledger.len() - 1]) {
        let mut changed = ledger.to_vec();
        changed[at] ^= 1;
        replace(&nights.site, &changed);
        let report = nights.site.verify(&["--ledger-required"]).exit(2).report();
        let codes = report.codes();
        assert!(codes.contains("ledger-damaged") || codes.contains("ledger-older"), "byte {at}: {codes:?}");
        nights.site.verify(&[]).exit(2);
    }
    replace(&nights.site, ledger);
    nights.site.verify(&["--ledger-required"]).exit(0);
}

#[test]
fn no_line_of_a_ledger_can_be_removed_swapped_or_repeated() {
    let nights = Nights::of(Format::Plaintext);
    let all = lines(nights.last());
    for at in 0..all.len() {
        let (mut removed, mut repeated, mut swapped) = (all.clone(), all.clone(), all.clone());
        removed.remove(at);
        repeated.insert(at, all[at].clone());
        swapped.swap(at, (at + 1) % all.len());
        // What is missing at the end was rolled back.
        let code = if at + 1 == all.len() { "ledger-older" } else { "ledger-damaged" };
        for (what, changed, code) in [
            ("removed", removed, code),
            ("repeated", repeated, "ledger-damaged"),
            ("swapped", swapped, "ledger-damaged"),
        ] {
            replace(&nights.site, &text(&changed));
            assert_refused(&nights.site, code, &format!("line {} is {what}", at + 1));
        }
    }
}

#[test]
fn a_ledger_that_is_rolled_back_cut_off_emptied_removed_or_foreign_is_told_by_its_name() {
    for format in Format::ALL {
        let nights = Nights::of(format);
        let (site, last) = (&nights.site, nights.last());
        for (night, ledger) in nights.ledgers[..2].iter().enumerate() {
            replace(site, ledger);
            assert_refused(site, "ledger-older", &format!("that of night {night}"));
        }
        let whole = lines(last);
        for count in 1..whole.len() {
            replace(site, &text(&whole[..count]));
            assert_refused(site, "ledger-older", &format!("{count} lines"));
        }
        for (what, ledger) in [
            ("cut inside a line", &last[..last.len() - 100]),
            ("without the last line feed", &last[..last.len() - 1]),
            ("emptied", b""),
            ("a blank line", b"\n"),
            ("no text", b"\xff\xfe\x00\x01\n"),
            ("another document", b"{\"kind\":\"run\"}\n"),
            ("two line feeds at its end", &[last, b"\n"].concat()),
        ] {
            replace(site, ledger);
            assert_refused(site, "ledger-damaged", what);
        }
        let other = Nights::of(format);
        replace(site, other.last());
        assert_refused(site, "ledger-older", "another ledger of the same key");
        replace(site, &foreign_ledger(format));
        assert_refused(site, "ledger-damaged", "a ledger of another key");
        fs::remove_file(site.ledger_path()).expect("our own file");
        assert_refused(site, "ledger-missing", "removed");
        // Nor does a run begin a new one where there was one.
        let report = site.verify(&[]).exit(2).report();
        report.shows("ledger-missing");
        assert!(!site.ledger_path().exists());
        replace(site, last);
        site.verify(&["--ledger-required"]).exit(0);
    }
}

/// What another key's log left to be remembered.
fn foreign_ledger(format: Format) -> Vec<u8> {
    let mut other = Service::new(format, [7; 32], 1);
    let site = Site::new(&Files::of([(NEW, &other.chain(3))]));
    let key = crate::support::verify::write_key(&site.path("other.key"), &[7; 32]);
    Run::report().key_file(key).arg("--ledger").arg(site.ledger_path()).path(site.path("logs")).exit(0);
    site.ledger()
}

#[test]
fn without_its_lock_file_a_whole_ledger_is_taken_as_it_is_and_a_damaged_one_is_not() {
    let nights = Nights::of(Format::Json);
    let site = &nights.site;
    let lock = site.path("acra.ledger.lock");
    for (what, bytes) in [("emptied", &b""[..]), ("edited", b"acralog-ledger/0123456789abcdef 3"), ("cut off", b"acra")]
    {
        fs::write(&lock, bytes).expect("a file of our own");
        replace(site, nights.last());
        site.verify(&["--ledger-required"]).exit(0).report();
        assert!(fs::read(&lock).expect("a lock file").starts_with(b"acralog-ledger/"), "{what}: it is written anew");
    }
    let foreign = b"acralog-ledger/0123456789abcdef 3 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
    fs::write(&lock, foreign).expect("a file of our own");
    assert_refused(site, "ledger-older", "a lock file of another ledger");
    fs::write(&lock, b"\xff\xfe\n").expect("a file of our own");
    site.verify(&["--ledger-required"]).exit(2);
    fs::remove_file(&lock).expect("our own file");
    let mut changed = nights.last().to_vec();
    changed[60] ^= 1;
    replace(site, &changed);
    assert_refused(site, "ledger-damaged", "a damaged ledger without its lock file");
    replace(site, nights.last());
    site.verify(&["--ledger-required"]).exit(0);
    fs::remove_file(site.ledger_path()).expect("our own file");
    fs::remove_file(&lock).expect("our own file");
    assert_refused(site, "ledger-missing", "neither is there");
    site.verify(&[]).exit(0).report().shows("ledger-new");
}

#[test]
fn an_anchor_kept_elsewhere_shows_what_no_lock_file_does() {
    let nights = Nights::of(Format::Json);
    let site = &nights.site;
    let anchor = site.verb(&["ledger", "anchor"], &[]).exit(0).text().trim_end().to_owned();
    fs::remove_file(site.path("acra.ledger.lock")).expect("our own file");
    replace(site, &nights.ledgers[1]);
    // Nobody but who has the anchor can tell.
    site.verify(&["--ledger-required"]).exit(0);
    site.verb(&["ledger", "check"], &[]).exit(0);
    site.verb(&["ledger", "check", &anchor], &[]).exit(1);
}

#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_the_lock_file_or_the_new_ledger_leads_nowhere() {
    use std::os::unix::fs::symlink;
    for name in ["acra.ledger.lock", "acra.ledger.new"] {
        let nights = Nights::of(Format::Json);
        let site = &nights.site;
        let victim = write(&site.path("."), "victim", b"of value\n");
        let _ = fs::remove_file(site.path(name));
        symlink(&victim, site.path(name)).expect("a link of our own");
        site.verify(&["--ledger-required"]).exit_one_of(&[0, 2]);
        assert_eq!(fs::read(&victim).expect("a file of our own"), b"of value\n", "{name}");
    }
}

/// The secrets of a log: of every chain, K, k(n) and h(n) of every position.
fn secrets(log: &[Vec<u8>], key: &[u8; 32]) -> Vec<Vec<u8>> {
    let mut secrets = vec![key.to_vec()];
    let mut sealer = Sealer::new(key);
    for line in log {
        let sealed = take_apart(line, Go::Current).expect("a sealed line");
        if sealed.starts_chain {
            sealer = Sealer::new(key);
            secrets.push(sealer.secrets()[0].to_vec());
        }
        assert_eq!(sealer.seal(&sealed.mac_input), sealed.seal, "the chains follow one another");
        secrets.extend(sealer.secrets().map(<[u8]>::to_vec));
    }
    secrets
}

/// Where a secret stands in a file, in any spelling.
fn spelling_in<'s>(text: &[u8], secrets: &'s [Vec<u8>]) -> Option<(&'static str, &'s [u8])> {
    let lower = text.to_ascii_lowercase();
    secrets.iter().find_map(|secret| {
        let digits = hex::encode(secret);
        let is_in = |text: &[u8], part: &[u8]| memchr::memmem::find(text, part).is_some();
        let found = [
            ("raw", is_in(text, &secret[..8]) || is_in(text, &secret[secret.len() - 8..])),
            ("hex", is_in(&lower, &digits.as_bytes()[..16]) || is_in(&lower, &digits.as_bytes()[48..])),
            ("base64", is_in(text, &STANDARD.encode(secret).as_bytes()[..16])),
            ("base64url", is_in(text, &URL_SAFE.encode(secret).as_bytes()[..16])),
        ];
        found.into_iter().find(|(_, is_found)| *is_found).map(|(spelling, _)| (spelling, secret.as_slice()))
    })
}

#[test]
fn a_ledger_holds_no_key_no_step_key_and_no_link() {
    let key = fixture::key("audit.key");
    for format in Format::ALL {
        let nights = Nights::of(format);
        let secrets = secrets(&nights.log, &key);
        assert_eq!(secrets.len(), 1 + 2 + 2 * nights.log.len());
        // The search itself finds them.
        assert_eq!(spelling_in(hex::encode_upper(&secrets[5]).as_bytes(), &secrets).map(|it| it.0), Some("hex"));
        assert_eq!(spelling_in(STANDARD.encode(&secrets[3]).as_bytes(), &secrets).map(|it| it.0), Some("base64"));
        let records = String::from_utf8(nights.last().to_vec()).expect("JSON is text");
        assert!(records.matches("\"kind\":\"checkpoint\"").count() >= 3, "{records}");
        for name in ["acra.ledger", "acra.ledger.lock"] {
            let bytes = fs::read(nights.site.path(name)).expect("a file of the ledger");
            assert_eq!(spelling_in(&bytes, &secrets), None, "{format:?}: {name}");
        }
        for verb in
            [&["ledger", "show"][..], &["ledger", "show", "--json"], &["ledger", "anchor"], &["ledger", "check"]]
        {
            let done = nights.site.verb(verb, &[]).exit(0);
            assert_eq!(spelling_in(&done.stdout, &secrets), None, "{format:?}: {verb:?}");
            assert_eq!(spelling_in(done.stderr.as_bytes(), &secrets), None, "{format:?}: {verb:?}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_ledger_and_its_lock_file_are_for_their_owner_only_and_a_wider_mode_is_kept() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| fs::metadata(path).expect("a file of the ledger").permissions().mode() & 0o777;
    let nights = Nights::of(Format::Json);
    let (ledger, lock) = (nights.site.ledger_path(), nights.site.path("acra.ledger.lock"));
    assert_eq!((mode(&ledger), mode(&lock)), (0o600, 0o600));
    fs::set_permissions(&ledger, fs::Permissions::from_mode(0o640)).expect("our own file");
    nights.site.verify(&[]).exit(0);
    assert_eq!(mode(&ledger), 0o640);
}
