//! Checks an attestation as planned: reads it, opens its envelope, and compares files with its subjects.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::evidence::{
    AttestationCheck, CheckedFile, DsseEnvelope, EnvelopeError, PAYLOAD_TYPE, ReadStatement, StatementError,
    SubjectIndex, is_bare_statement,
};
use crate::failure::Failure;
use crate::outcome::Exit;
use crate::output::write_attestation_check;
use crate::plan::AttestCheckPlan;
use crate::source::{self, Input};

/// The longest attestation that is read, in bytes (64 MiB): some hundred thousand subjects.
const ATTESTATION_BYTES_MAX: u64 = 64 << 20;

/// Checks what the plan names, and says what it found.
///
/// # Errors
/// When the attestation cannot be read, or not be understood although it was signed.
pub fn check(plan: &AttestCheckPlan, to: &mut dyn io::Write) -> Result<Exit, Failure> {
    let shown = plan.attestation.display().to_string();
    let text = read(&plan.attestation).map_err(|why| Failure::new(format!("{shown}: cannot read it: {why}")))?;
    let statement = open(&text, plan, &shown)?;
    let files = match &statement {
        None => Vec::new(),
        Some(statement) => {
            let index = SubjectIndex::new(&statement.subjects);
            plan.files.iter().map(|path| compare(path, &index)).collect()
        }
    };
    let check = AttestationCheck { attestation: shown, key_id: plan.key.key_id().to_owned(), statement, files };
    let outcome = check.outcome(plan.requires_intact);
    super::printed(write_attestation_check(to, &check, outcome, (plan.format, plan.palette)))?;
    Ok(outcome.into())
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let mut text = Vec::new();
    let mut read = |from: &mut dyn Read| from.take(ATTESTATION_BYTES_MAX + 1).read_to_end(&mut text);
    let length = if path.as_os_str() == source::STDIN_NAME {
        read(&mut io::stdin().lock())
    } else {
        File::open(path).and_then(|mut file| read(&mut file))
    };
    if length.map_err(|error| error.to_string())? as u64 > ATTESTATION_BYTES_MAX {
        return Err("it is longer than 64 MiB".to_owned());
    }
    Ok(text)
}

/// What the key signed; None when it did not sign this.
fn open(text: &[u8], plan: &AttestCheckPlan, shown: &str) -> Result<Option<ReadStatement>, Failure> {
    let signed = match DsseEnvelope::open(text, &plan.key) {
        Ok(signed) => signed,
        Err(EnvelopeError::SignatureDoesNotFit) => return Ok(None),
        Err(EnvelopeError::Malformed(_)) if is_bare_statement(text) => {
            return Err(Failure::new(format!("{shown}: a statement that nobody signed: it proves nothing"))
                .with_hint("acralog verify --attest FILE --attest-key KEY writes one that is signed"));
        }
        Err(EnvelopeError::Malformed(why)) => return Err(Failure::new(format!("{shown}: not a DSSE envelope: {why}"))),
    };
    if signed.payload_type != PAYLOAD_TYPE {
        let message = format!("{shown}: signed, but not understood: its payload is {:?}", signed.payload_type);
        return Err(Failure::new(message).with_hint(format!("an attestation holds {PAYLOAD_TYPE}")));
    }
    let statement = ReadStatement::parse(&signed.payload);
    statement
        .map(Some)
        .map_err(|StatementError(why)| Failure::new(format!("{shown}: signed, but not understood: {why}")))
}

fn compare(path: &Path, index: &SubjectIndex<'_>) -> CheckedFile {
    let input = if path.as_os_str() == source::STDIN_NAME { Input::stdin() } else { Input::path(path.to_owned()) };
    let found = source::open_as_it_lies(&input).and_then(|file| index.look_up(&input.shown, file));
    CheckedFile { path: input.shown.to_string(), found: found.map_err(|error| error.to_string()) }
}
