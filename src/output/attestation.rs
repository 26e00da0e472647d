//! Attestations: the statement and its envelope as they are written, and what a check of one found. What is true is decided in
//! `evidence`.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;
use strum::IntoStaticStr;

use super::escape::{self, visible};
use super::json::Tool;
use super::layout::{Palette, TextStyle};
use super::wording::{counted, grouped};
use crate::evidence::{AttestationCheck, CheckedFile, FileMatch, ReadStatement};
use crate::outcome::Outcome;

/// Of the document; raised when a field changes its meaning or goes away.
const VERSION: u32 = 1;

#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum AttestFormat {
    Human,
    Json,
}

impl AttestFormat {
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// Writes a statement or an envelope.
pub fn write_evidence(out: &mut impl Write, evidence: &impl Serialize) -> io::Result<()> {
    escape::write_json(out, evidence)
}

/// What was found of an attestation.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "acralog attest check --output-format json")]
pub(super) struct AttestCheckDocument<'a> {
    /// What this document is.
    #[schemars(extend("const" = "acralog-attest-check"))]
    schema: &'static str,
    /// Raised when a field changes its meaning or goes away.
    #[schemars(extend("const" = VERSION))]
    version: u32,
    /// Who wrote this.
    tool: Tool,
    /// The answer about the attestation and the files; about the log only with --require intact.
    outcome: Outcome,
    /// 0 intact, 1 tampered, 2 undecided, 3 incomplete.
    #[schemars(range(max = 3))]
    exit_code: u8,
    /// The attestation, as it was given.
    attestation: &'a str,
    /// The key that it was checked with: the SHA-256 of its SubjectPublicKeyInfo.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    key_id: &'a str,
    /// Whether that key signed it. When it did not, nothing of what it says is known.
    signature_fits: bool,
    /// What it says; null when the signature does not fit.
    attested: Option<Attested<'a>>,
    /// The files, in the order given.
    files: Vec<FileRecord<'a>>,
}

/// What an attestation says.
#[derive(Serialize, JsonSchema)]
struct Attested<'a> {
    /// The answer of the verification.
    outcome: Outcome,
    /// The named policy it was verified under.
    policy: &'a str,
    /// When, as it says.
    time_verified: &'a str,
    /// The version of acralog that verified; empty when it does not say.
    verifier_version: &'a str,
    /// How often each code was found; a later version may know others than this one.
    findings_by_code: Vec<CodeCount<'a>>,
    /// What was asked for and could not be read to its end.
    inputs_not_read: &'a [String],
    /// What the answer does not cover, for people.
    not_shown: &'a [String],
    /// What was verified.
    subjects: Vec<SubjectRecord<'a>>,
}

/// How often a code was found.
#[derive(Serialize, JsonSchema)]
struct CodeCount<'a> {
    /// Its stable name.
    code: &'a str,
    /// How often.
    count: u64,
}

/// An input that was verified.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Subject")]
struct SubjectRecord<'a> {
    /// As it was given or found then.
    name: &'a str,
    /// Of its bytes as they lay on disk.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    sha256: &'a str,
    /// How many bytes that were; null when it is not said.
    bytes: Option<u64>,
}

/// A file and what it is to the attestation.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CheckedFile")]
struct FileRecord<'a> {
    /// As it was given.
    path: &'a str,
    state: CheckedFileState,
    /// The name of the subject that it is.
    subject: Option<&'a str>,
    /// Its length; null when it cannot be read.
    bytes: Option<u64>,
    /// How many of its bytes, from the first on, are what was verified; null when it cannot be read.
    verified_bytes: Option<u64>,
    /// Why it cannot be read, for people.
    problem: Option<&'a str>,
}

/// What a file is to an attestation.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum CheckedFileState {
    /// It is what was verified.
    Whole,
    /// Its beginning is what was verified; it has grown since.
    Beginning,
    /// No subject has its digest.
    Differs,
    /// It cannot be read.
    Unread,
}

impl<'a> AttestCheckDocument<'a> {
    fn new(check: &'a AttestationCheck, outcome: Outcome) -> Self {
        let statement = check.statement.as_ref();
        Self {
            schema: "acralog-attest-check",
            version: VERSION,
            tool: Tool::THIS,
            outcome,
            exit_code: outcome.code(),
            attestation: &check.attestation,
            key_id: &check.key_id,
            signature_fits: statement.is_some(),
            attested: statement.map(Attested::new),
            files: check.files.iter().map(|file| FileRecord::new(file, statement)).collect(),
        }
    }
}

impl<'a> Attested<'a> {
    fn new(statement: &'a ReadStatement) -> Self {
        let subjects = statement.subjects.iter().map(|subject| SubjectRecord {
            name: &subject.name,
            sha256: &subject.digest.sha256,
            bytes: subject.annotations.bytes,
        });
        let codes = statement.findings_by_code.iter();
        Self {
            outcome: statement.outcome,
            policy: &statement.policy,
            time_verified: &statement.time_verified,
            verifier_version: &statement.verifier_version,
            findings_by_code: codes.map(|(code, &count)| CodeCount { code, count }).collect(),
            inputs_not_read: &statement.inputs_not_read,
            not_shown: &statement.not_shown,
            subjects: subjects.collect(),
        }
    }
}

impl<'a> FileRecord<'a> {
    fn new(file: &'a CheckedFile, statement: Option<&'a ReadStatement>) -> Self {
        let subject = |index: usize| statement.and_then(|statement| statement.subjects.get(index));
        let (state, subject, bytes, problem) = match &file.found {
            Ok((FileMatch::Whole { subject: index }, bytes)) => {
                (CheckedFileState::Whole, subject(*index), Some(*bytes), None)
            }
            Ok((FileMatch::Beginning { subject: index }, bytes)) => {
                (CheckedFileState::Beginning, subject(*index), Some(*bytes), None)
            }
            Ok((FileMatch::Differs, bytes)) => (CheckedFileState::Differs, None, Some(*bytes), None),
            Err(why) => (CheckedFileState::Unread, None, None, Some(why.as_str())),
        };
        let verified_bytes = match state {
            CheckedFileState::Whole => bytes,
            CheckedFileState::Beginning => subject.and_then(|subject| subject.annotations.bytes),
            CheckedFileState::Differs => Some(0),
            CheckedFileState::Unread => None,
        };
        Self { path: &file.path, state, subject: subject.map(|it| &*it.name), bytes, verified_bytes, problem }
    }
}

/// Says what was found of an attestation.
pub fn write_attestation_check(
    out: &mut dyn Write,
    check: &AttestationCheck,
    outcome: Outcome,
    (format, palette): (AttestFormat, Palette),
) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let document = AttestCheckDocument::new(check, outcome);
    match format {
        AttestFormat::Human => write_text(&mut out, &document, palette)?,
        AttestFormat::Json => escape::write_json(&mut out, &document)?,
    }
    out.flush()
}

fn write_text(out: &mut impl Write, document: &AttestCheckDocument<'_>, palette: Palette) -> io::Result<()> {
    let (name, key) = (visible(document.attestation), document.key_id);
    let Some(attested) = &document.attested else {
        let bad = palette.paint(TextStyle::Bad, "the signature does not fit");
        writeln!(out, "{name}: {bad}: it was signed with another key than {key}, or altered since")?;
        return writeln!(out, "nothing that it says is known to be true, and no file was compared with it");
    };
    let good = palette.paint(TextStyle::Good, "the signature fits");
    writeln!(out, "{name}: {good}: signed with the key {key}")?;
    write_attested(out, attested, palette)?;
    if document.files.is_empty() {
        writeln!(out, "subjects:")?;
        for subject in &attested.subjects {
            let bytes = subject.bytes.map(|bytes| format!(" ({})", bytes_in_words(bytes))).unwrap_or_default();
            writeln!(out, "  {}  {}{bytes}", subject.sha256, visible(subject.name))?;
        }
    }
    document.files.iter().try_for_each(|file| write_file(out, file, palette))
}

fn write_attested(out: &mut impl Write, attested: &Attested<'_>, palette: Palette) -> io::Result<()> {
    let tone = match attested.outcome {
        Outcome::Intact => TextStyle::Good,
        Outcome::Incomplete => TextStyle::Warning,
        Outcome::Undecided | Outcome::Tampered => TextStyle::Bad,
    };
    let version = match attested.verifier_version {
        "" => String::new(),
        version => format!(" {}", visible(version)),
    };
    writeln!(
        out,
        "it says: {}, verified at {} by acralog{version} under the policy {}",
        palette.paint(tone, attested.outcome.name()),
        visible(attested.time_verified),
        visible(attested.policy)
    )?;
    let subjects = counted(attested.subjects.len() as u64, "file", "files");
    writeln!(out, "it says so of {subjects}, by the SHA-256 of what was read")?;
    for CodeCount { code, count } in &attested.findings_by_code {
        writeln!(out, "  found: {} {}", visible(code), grouped(*count))?;
    }
    for input in attested.inputs_not_read {
        writeln!(out, "  not read: {}", visible(input))?;
    }
    attested.not_shown.iter().try_for_each(|limit| writeln!(out, "  not shown: {}", visible(limit)))
}

fn write_file(out: &mut impl Write, file: &FileRecord<'_>, palette: Palette) -> io::Result<()> {
    let path = visible(file.path);
    let known_as = match file.subject {
        Some(name) if name != file.path => format!(", as {}", visible(name)),
        _ => String::new(),
    };
    let (bytes, verified) = (file.bytes.unwrap_or_default(), file.verified_bytes.unwrap_or_default());
    match file.state {
        CheckedFileState::Whole => {
            let good = palette.paint(TextStyle::Good, "what was verified");
            writeln!(out, "{path}: {good}{known_as} ({})", bytes_in_words(bytes))
        }
        CheckedFileState::Beginning => {
            let warning = palette.paint(TextStyle::Warning, "grown since");
            let (verified, rest) = (bytes_in_words(verified), bytes_in_words(bytes - verified.min(bytes)));
            writeln!(
                out,
                "{path}: {warning}: the first {verified} are what was verified{known_as}, {rest} behind are not"
            )
        }
        CheckedFileState::Differs => {
            let bad = palette.paint(TextStyle::Bad, "not what was verified");
            writeln!(out, "{path}: {bad}: no subject has its SHA-256; it was changed since, or is another file")
        }
        CheckedFileState::Unread => {
            let bad = palette.paint(TextStyle::Bad, "cannot be read");
            writeln!(out, "{path}: {bad}: {}", visible(file.problem.unwrap_or_default()))
        }
    }
}

fn bytes_in_words(bytes: u64) -> String {
    counted(bytes, "byte", "bytes")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::evidence::Subject;
    use crate::output::schema;
    use crate::testing::output::{assert_closed, assert_described, assert_valid};

    fn statement() -> ReadStatement {
        ReadStatement {
            subjects: vec![Subject::new("var/acra.log", 1234, &[7; 32]), Subject::new("-", 1, &[8; 32])],
            outcome: Outcome::Tampered,
            policy: "strict".to_owned(),
            time_verified: "2025-03-14T00:00:00Z".to_owned(),
            verifier_version: "0.1.0".to_owned(),
            findings_by_code: BTreeMap::from([("chain-altered".to_owned(), 1)]),
            inputs_not_read: vec!["gone\x1b.log".to_owned()],
            not_shown: vec!["what was deleted".to_owned()],
        }
    }

    fn sample(statement: Option<ReadStatement>) -> AttestationCheck {
        let file = |path: &str, found| CheckedFile { path: path.to_owned(), found };
        let files = vec![
            file("var/acra.log", Ok((FileMatch::Whole { subject: 0 }, 1234))),
            file("copy.log", Ok((FileMatch::Beginning { subject: 0 }, 1235))),
            file("b.log", Ok((FileMatch::Differs, 9))),
            file("c.log", Err("is a directory".to_owned())),
        ];
        AttestationCheck { attestation: "a.json".to_owned(), key_id: "ab".repeat(32), statement, files }
    }

    fn told(check: &AttestationCheck, format: AttestFormat) -> String {
        let mut out = Vec::new();
        write_attestation_check(&mut out, check, check.outcome(false), (format, Palette::Plain)).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn people_read_what_is_attested_and_what_each_file_is() {
        let key = "ab".repeat(32);
        let expected = format!(
            "a.json: the signature fits: signed with the key {key}\n\
             it says: tampered, verified at 2025-03-14T00:00:00Z by acralog 0.1.0 under the policy strict\n\
             it says so of 2 files, by the SHA-256 of what was read\n\
             \x20 found: chain-altered 1\n\
             \x20 not read: gone\\x1b.log\n\
             \x20 not shown: what was deleted\n\
             var/acra.log: what was verified (1 234 bytes)\n\
             copy.log: grown since: the first 1 234 bytes are what was verified, as var/acra.log, 1 byte behind are not\n\
             b.log: not what was verified: no subject has its SHA-256; it was changed since, or is another file\n\
             c.log: cannot be read: is a directory\n"
        );
        assert_eq!(told(&sample(Some(statement())), AttestFormat::Human), expected);
        let listed = told(&AttestationCheck { files: Vec::new(), ..sample(Some(statement())) }, AttestFormat::Human);
        assert!(listed.ends_with(&format!(
            "subjects:\n  {}  var/acra.log (1 234 bytes)\n  {}  - (1 byte)\n",
            "07".repeat(32),
            "08".repeat(32)
        )));
    }

    #[test]
    fn nothing_is_repeated_of_what_nobody_signed() {
        let check = AttestationCheck { files: Vec::new(), ..sample(None) };
        let text = told(&check, AttestFormat::Human);
        assert!(text.contains("does not fit") && text.contains("nothing that it says is known"), "{text}");
    }

    #[test]
    fn the_document_is_what_the_schema_says() {
        let schema = schema::attest_check();
        assert_closed(schema.as_value());
        assert_described(schema.as_value(), "");
        for statement in [Some(statement()), None] {
            let text = told(&sample(statement), AttestFormat::Json);
            assert_valid(&schema, &serde_json::from_str(&text).unwrap());
            assert!(!text.contains('\x1b'));
        }
    }
}
