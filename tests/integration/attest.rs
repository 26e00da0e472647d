//! What `verify --attest` leaves for others: its statement, its signature, held against openssl, and what `attest check` finds
//! out of it.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::support::run::Done;
use crate::support::verify::{write, write_key};
use crate::support::{FORMATS, Run, fixture};

/// The key of RFC 8032, section 7.1, test 1; and the public one of test 2.
const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
";
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
-----END PUBLIC KEY-----
";
const OTHER_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=
-----END PUBLIC KEY-----
";

/// The member in which the answer stands that VSA has no place for.
const EXTENSION: &str = "pkg:cargo/acralog#docs/attestation.md";

const ALL_FORMATS: [&str; 3] = ["plaintext", "json", "cef"];

/// A folder with keys, logs and the attestations of them.
struct Case {
    folder: TempDir,
}

impl Case {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        write_key(&folder.path().join("signing.pem"), PRIVATE.as_bytes());
        write(folder.path(), "public.pem", PUBLIC.as_bytes());
        write(folder.path(), "other.pem", OTHER_PUBLIC.as_bytes());
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        write(self.folder.path(), name, bytes);
    }

    /// `acralog verify --attest a.json` inside the folder.
    fn verify(&self) -> Run {
        Run::verify().key("audit.key").args(["--attest", "a.json"]).current_dir(self.folder.path())
    }

    /// The same, signed, at a time that is always the same.
    fn signed(&self) -> Run {
        self.verify().args(["--attest-key", "signing.pem"]).env("SOURCE_DATE_EPOCH", "1741910400")
    }

    fn check(&self) -> Run {
        self.check_with("public.pem")
    }

    fn check_with(&self, key: &str) -> Run {
        Run::bare().args(["attest", "check", "a.json", "--key", key]).current_dir(self.folder.path())
    }

    fn envelope(&self) -> Value {
        serde_json::from_slice(&fs::read(self.path("a.json")).expect("an attestation")).expect("JSON")
    }

    fn statement(&self) -> Value {
        let payload = STANDARD.decode(self.envelope()["payload"].as_str().expect("a payload")).expect("base64");
        serde_json::from_slice(&payload).expect("JSON")
    }

    fn exists(&self) -> bool {
        self.path("a.json").exists()
    }

    /// Whether nothing unfinished lies about.
    fn is_tidy(&self) -> bool {
        let mut names =
            fs::read_dir(self.folder.path()).expect("our folder").map(|it| it.expect("an entry").file_name());
        !names.any(|name| name.to_string_lossy().ends_with(".tmp"))
    }
}

fn intact(format: &str) -> Vec<u8> {
    fixture::bytes(&format!("chain_closed_three.{format}.log"))
}

fn altered(format: &str) -> Vec<u8> {
    fixture::bytes(&format!("chain_altered_middle.{format}.log"))
}

fn document(done: &Done) -> Value {
    serde_json::from_slice(&done.stdout).unwrap_or_else(|error| panic!("{error}: {}", done.told()))
}

#[test]
fn the_subject_is_what_sha256sum_prints_and_the_result_what_the_exit_code_says() {
    for format in ALL_FORMATS {
        for (log, code, outcome, result) in
            [(intact(format), 0, "intact", "PASSED"), (altered(format), 1, "tampered", "FAILED")]
        {
            let case = Case::new();
            case.write("acra.log", &log);
            case.signed().path("acra.log").exit(code);
            let statement = case.statement();
            let subject = json!([{
                "name": "acra.log",
                "digest": {"sha256": hex::encode(Sha256::digest(&log))},
                "annotations": {"bytes": log.len()},
            }]);
            assert_eq!(statement["subject"], subject, "{format}");
            assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
            assert_eq!(statement["predicateType"], "https://slsa.dev/verification_summary/v1");
            let predicate = &statement["predicate"];
            assert_eq!(
                (&predicate["verificationResult"], &predicate["timeVerified"]),
                (&json!(result), &json!("2025-03-14T00:00:00Z"))
            );
            let extension = &predicate[EXTENSION];
            assert_eq!((&extension["outcome"], &extension["exit_code"]), (&json!(outcome), &json!(code)));
            assert_eq!(extension["findings_by_code"].get("entry-restored").is_some(), code == 1, "{format}");
            assert_eq!(extension["keys"][0]["fingerprint"].as_str().map(str::len), Some(16));
            assert!(!extension["not_shown"].as_array().expect("a list").is_empty(), "no answer shows everything");
        }
    }
}

#[test]
fn the_members_of_the_answer_are_those_of_the_report() {
    let case = Case::new();
    case.write("acra.log", &altered("json"));
    let done = case.signed().format("json").path("acra.log").exit(1);
    let (report, statement) = (document(&done), case.statement());
    let extension = &statement["predicate"][EXTENSION];
    for member in
        ["outcome", "exit_code", "default_policy_outcome", "findings_by_code", "chain_counts", "not_shown", "streams"]
    {
        assert_eq!(extension[member], report[member], "{member}");
    }
}

#[test]
fn the_same_run_at_the_same_time_is_the_same_attestation_and_any_report_beside_it_is_as_without() {
    let case = Case::new();
    case.write("acra.log", &intact("cef"));
    let mut seen = Vec::new();
    for format in FORMATS {
        let with = case.signed().arg("--force").args(["--threads", "1"]).format(format).path("acra.log").exit(0);
        seen.push(fs::read(case.path("a.json")).expect("an attestation"));
        let without =
            Run::verify().key("audit.key").format(format).path("acra.log").current_dir(case.folder.path()).exit(0);
        assert_eq!(with.stdout, without.stdout, "{format}");
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn openssl_finds_the_signature_right_over_the_pre_authentication_encoding() {
    let case = Case::new();
    let openssl = |args: &[&str]| {
        Command::new("openssl").args(args).current_dir(case.folder.path()).stdin(Stdio::null()).output()
    };
    if !openssl(&["version"]).is_ok_and(|done| done.status.success()) {
        return drop(writeln!(io::stderr(), "skipped: the signature held against openssl, which is not installed"));
    }
    // A key of its own making, and not the one of a standard.
    assert!(openssl(&["genpkey", "-algorithm", "ed25519", "-out", "made.pem"]).expect("it runs").status.success());
    assert!(openssl(&["pkey", "-in", "made.pem", "-pubout", "-out", "made.pub"]).expect("it runs").status.success());
    let der = openssl(&["pkey", "-in", "made.pem", "-pubout", "-outform", "DER"]).expect("it runs").stdout;
    case.write("acra.log", &intact("json"));
    case.verify().args(["--attest-key", "made.pem"]).path("acra.log").exit(0);
    let envelope = case.envelope();
    let payload = STANDARD.decode(envelope["payload"].as_str().expect("text")).expect("base64");
    let kind = "application/vnd.in-toto+json";
    let mut signed = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len()).into_bytes();
    signed.extend(&payload);
    let signature = &envelope["signatures"][0];
    assert_eq!(envelope["payloadType"], kind);
    assert_eq!(signature["keyid"], hex::encode(Sha256::digest(&der)));
    case.write("sig", &STANDARD.decode(signature["sig"].as_str().expect("text")).expect("base64"));
    let verify = |message: &[u8]| {
        case.write("message", message);
        let args =
            ["pkeyutl", "-verify", "-pubin", "-inkey", "made.pub", "-rawin", "-in", "message", "-sigfile", "sig"];
        openssl(&args).expect("it runs").status.success()
    };
    assert!(verify(&signed), "openssl refuses the signature");
    signed.push(b' ');
    assert!(!verify(&signed), "openssl takes anything");
    case.check_with("made.pub").arg("acra.log").exit(0);
}

#[test]
fn a_file_is_what_was_verified_has_grown_or_is_something_else() {
    let case = Case::new();
    let log = intact("plaintext");
    case.write("acra.log", &log);
    case.signed().path("acra.log").exit(0);
    let mut grown = log.clone();
    grown.extend_from_slice(b"more\n");
    let mut changed = log.clone();
    changed[100] ^= 1;
    fs::create_dir(case.path("moved")).expect("a new folder");
    case.write("renamed.log", &log);
    case.write("moved/acra.log", &grown);
    case.write("changed.log", &changed);
    for (paths, code, states) in [
        (&["acra.log"][..], 0, &["whole"][..]),
        (&["renamed.log", "acra.log"], 0, &["whole", "whole"]),
        (&["acra.log", "moved/acra.log"], 3, &["whole", "beginning"]),
        (&["moved/acra.log", "changed.log"], 1, &["beginning", "differs"]),
        (&["acra.log", "gone.log"], 2, &["whole", "unread"]),
        (&["moved"], 2, &["unread"]),
        (&["changed.log", "gone.log"], 1, &["differs", "unread"]),
    ] {
        let done = case.check().args(["--json"]).args(paths).exit(code);
        let found = document(&done);
        let told: Vec<&str> =
            found["files"].as_array().expect("files").iter().filter_map(|it| it["state"].as_str()).collect();
        assert_eq!((told, &found["exit_code"]), (states.to_vec(), &json!(code)), "{paths:?}");
        let text = case.check().args(paths).exit(code);
        assert_eq!(
            text.text().lines().filter(|line| paths.iter().any(|path| line.starts_with(&format!("{path}: ")))).count(),
            paths.len()
        );
    }
    case.check().stdin(&log).exit(0);
    let listed = case.check().exit(0);
    assert!(
        listed.text().contains(&format!("  {}  acra.log (", hex::encode(Sha256::digest(&log)))),
        "{}",
        listed.told()
    );
}

#[test]
fn what_an_attestation_says_is_told_and_decides_only_where_it_is_demanded() {
    let case = Case::new();
    case.write("acra.log", &altered("cef"));
    case.signed().path("acra.log").exit(1);
    let told = case.check().arg("acra.log").exit(0);
    assert!(told.text().contains("it says: tampered, verified at 2025-03-14T00:00:00Z by acralog"), "{}", told.told());
    assert!(told.text().contains("found: entry-restored 1"), "{}", told.told());
    case.check().args(["--require", "intact", "acra.log"]).exit(1);
    case.check().args(["--require", "intact", "-q"]).exit(1);
    let intact_case = Case::new();
    intact_case.write("acra.log", &intact("cef"));
    intact_case.signed().path("acra.log").exit(0);
    intact_case.check().args(["--require", "intact", "acra.log"]).exit(0);
}

#[test]
fn no_byte_of_what_is_signed_can_change_and_no_other_key_fits() {
    let case = Case::new();
    case.write("acra.log", &intact("json"));
    case.signed().path("acra.log").exit(0);
    let whole = case.envelope();
    let other = case.check_with("other.pem").arg("acra.log").exit(1);
    assert!(other.text().contains("the signature does not fit"), "{}", other.told());
    assert!(!other.text().contains("intact"), "nothing is repeated of what is not signed: {}", other.told());
    let statement = case.statement().to_string().replace("PASSED", "FAILED");
    for (member, value, code) in [
        ("payload", json!(STANDARD.encode(statement)), 1),
        ("payloadType", json!("application/json"), 1),
        ("signatures", json!([]), 2),
        ("signatures", json!([{"keyid": "", "sig": STANDARD.encode([1; 64])}]), 1),
        ("payload", json!("??"), 2),
    ] {
        let mut envelope = whole.clone();
        envelope[member] = value;
        case.write("a.json", envelope.to_string().as_bytes());
        let done = case.check().arg("acra.log").exit(code);
        assert!(!done.told().contains("the signature fits"), "{member}: {}", done.told());
    }
}

#[test]
fn without_a_key_it_is_the_bare_statement_which_proves_nothing() {
    let case = Case::new();
    case.write("acra.log", &intact("json"));
    let done = case.verify().env("SOURCE_DATE_EPOCH", "1741910400").path("acra.log").exit(0);
    assert!(done.stderr.contains("the attestation is not signed"), "{}", done.told());
    let bare = fs::read(case.path("a.json")).expect("a statement");
    let refused = case.check().arg("acra.log").exit(2);
    assert!(refused.stderr.contains("a statement that nobody signed"), "{}", refused.told());
    fs::remove_file(case.path("a.json")).expect("it is there");
    case.signed().path("acra.log").exit(0);
    let payload = STANDARD.decode(case.envelope()["payload"].as_str().expect("text")).expect("base64");
    assert!(payload == bare, "what others sign is what is signed here");
}

#[test]
fn what_cannot_be_read_is_no_subject() {
    let case = Case::new();
    let log = intact("json");
    let gzip = fixture::bytes("chain_closed_three.json.log");
    case.write("acra.log", &log);
    case.write("b.log.xz", b"\xfd7zXZ\0 and so on");
    let inputs = ["acra.log", "gone.log", "b.log.xz", "no*thing"];
    case.signed().args(inputs).exit(2);
    let statement = case.statement();
    assert_eq!(statement["subject"].as_array().map(Vec::len), Some(1), "{statement}");
    let extension = &statement["predicate"][EXTENSION];
    assert_eq!(extension["outcome"], "undecided");
    assert_eq!(extension["inputs_not_read"], json!([{"name": "gone.log"}, {"name": "b.log.xz"}, {"name": "no*thing"}]));
    let told = case.check().exit(0);
    assert!(told.text().contains("not read: gone.log"), "{}", told.told());
    assert!(gzip == log);
}

#[test]
fn an_attestation_about_nothing_is_not_written() {
    let case = Case::new();
    for flags in [&["gone.log"][..], &["gone.log", "--missing-ok"]] {
        let done = case.signed().args(flags).exit(2);
        assert!(done.stderr.contains("a.json: not written: nothing was read"), "{}", done.told());
        assert!(!case.exists() && case.is_tidy());
    }
}

#[test]
fn standard_input_and_compressed_files_are_subjects_as_they_come() {
    let (case, log) = (Case::new(), intact("plaintext"));
    case.signed().stdin(&log).exit(0);
    let sha256 = |bytes: &[u8]| json!(hex::encode(Sha256::digest(bytes)));
    let subject = |case: &Case| case.statement()["subject"][0].clone();
    assert_eq!((&subject(&case)["name"], &subject(&case)["digest"]["sha256"]), (&json!("-"), &sha256(&log)));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&log).expect("memory takes everything");
    let gzip = gzip.finish().expect("memory takes everything");
    case.write("acra.log.1.gz", &gzip);
    case.signed().args(["--force", "acra.log.1.gz"]).exit(0);
    assert_eq!(subject(&case)["digest"]["sha256"], sha256(&gzip));
    // A damaged file was read to its end all the same.
    let mut damaged = gzip;
    let middle = damaged.len() / 2;
    damaged[middle..].fill(0);
    case.write("acra.log.1.gz", &damaged);
    case.signed().args(["--force", "acra.log.1.gz"]).exit_one_of(&[1, 2, 3]);
    assert_eq!(subject(&case)["digest"]["sha256"], sha256(&damaged));
}

#[test]
fn the_file_is_written_whole_or_not_at_all() {
    let case = Case::new();
    case.write("acra.log", &intact("json"));
    case.write("a.json", b"mine");
    let refused = case.signed().path("acra.log").refused();
    assert!(refused.stderr.contains("a.json: exists already"), "{}", refused.told());
    assert_eq!(fs::read(case.path("a.json")).expect("it is there"), b"mine");
    case.signed().args(["--force", "acra.log"]).exit(0);
    case.check().arg("acra.log").exit(0);
    for (flags, code, told) in [
        (&["--attest", "no/such/folder/a.json"][..], 2, "cannot be written"),
        (&["--attest", "acra.log", "--force"], 64, "is one of the files to read"),
        (&["--attest", "b.json", "-o", "b.json"], 64, "same file"),
        (&["--attest-key", "signing.pem"], 64, "--attest"),
        (&["--attest", "b.json", "--attest-key", "public.pem"], 2, "it is a public key"),
        (&["--attest", "b.json", "--attest-key", "gone.pem"], 2, "cannot read the key file"),
    ] {
        let run = Run::verify().key("audit.key").args(flags).path("acra.log").current_dir(case.folder.path());
        let done = run.exit(code);
        assert!(done.stderr.contains(told), "{}", done.told());
        assert!(case.is_tidy() && !case.path("b.json").exists(), "{flags:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_attestation_that_cannot_be_written_is_exit_2_unless_the_log_is_worse() {
    let case = Case::new();
    case.write("good.log", &intact("json"));
    case.write("bad.log", &altered("json"));
    for (log, code) in [("good.log", 2), ("bad.log", 1)] {
        let run = Run::verify().key("audit.key").args(["--attest", "/dev/full", log]).current_dir(case.folder.path());
        let done = run.exit(code);
        assert!(done.stderr.contains("/dev/full: cannot write the attestation: "), "{}", done.told());
        assert!(!done.stdout.is_empty(), "the report is there");
    }
}

#[test]
fn a_key_that_others_can_read_is_told_and_no_key_is_repeated() {
    let case = Case::new();
    case.write("acra.log", &intact("json"));
    fs::set_permissions(case.path("signing.pem"), fs::Permissions::from_mode(0o644)).expect("our own file");
    let done = case.signed().args(["-v", "acra.log"]).exit(0);
    assert!(done.stderr.contains("the attestation key is open to other users (mode 0644)"), "{}", done.told());
    let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    let typed = Run::verify().key("audit.key").args(["--attest", "b.json", "--attest-key", seed, "acra.log"]).refused();
    let checked =
        Run::bare().args(["attest", "check", "a.json", "--key", seed]).current_dir(case.folder.path()).refused();
    let attestation = fs::read_to_string(case.path("a.json")).expect("text") + &case.statement().to_string();
    let audit = fixture::key("audit.key");
    for text in [done.told(), attestation, typed.stderr, checked.stderr] {
        for secret in
            [seed, "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A", &hex::encode(audit), &STANDARD.encode(audit)]
        {
            assert!(!text.contains(secret), "{text}");
        }
        assert!(
            !text.contains("audit.key") || text == done.told(),
            "where a key was read is nobody's business: {text}"
        );
    }
}

#[test]
fn what_was_signed_and_is_not_understood_is_undecided() {
    let case = Case::new();
    for (text, told) in [("", "not a DSSE envelope"), ("{}", "not a DSSE envelope"), ("[1]", "not a DSSE envelope")] {
        case.write("a.json", text.as_bytes());
        let done = case.check().exit(2);
        assert!(done.stderr.contains(told), "{}", done.told());
    }
    let gone = Run::bare().args(["attest", "check", "gone.json", "--key"]).arg(case.path("public.pem")).exit(2);
    assert!(gone.stderr.contains("gone.json: cannot read it"), "{}", gone.told());
    let private = case.check_with("signing.pem").exit(2);
    assert!(private.stderr.contains("it is a private key"), "{}", private.told());
}

#[test]
fn a_log_that_goes_on_is_what_was_verified_as_far_as_it_was_read() {
    let (case, log) = (Case::new(), intact("json"));
    case.write("acra.log", &log);
    case.signed().path("acra.log").exit(0);
    let append = |path: &Path| {
        let mut file = fs::File::options().append(true).open(path).expect("our own file");
        file.write_all(&log).expect("a few bytes");
    };
    append(&case.path("acra.log"));
    let done = case.check().args(["--json", "acra.log"]).exit(3);
    let file = &document(&done)["files"][0];
    assert_eq!((&file["verified_bytes"], &file["bytes"]), (&json!(log.len()), &json!(2 * log.len())));
}
