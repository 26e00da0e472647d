//! States the answer of a verification for others, in a file that appears whole or not at all.

use std::io::Write as _;

use super::digests::Digests;
use crate::command;
use crate::evidence::{AttestedRun, DsseEnvelope, Statement};
use crate::failure::Failure;
use crate::output::{Target, write_evidence};
use crate::plan::{AttestationPlan, SigningPlan};
use crate::source::Discovery;
use crate::verdict::code::Demands;
use crate::verdict::report::Summary;

/// An attestation that is not written yet: what it is over is still being read.
pub(super) struct PendingAttestation<'a> {
    plan: &'a AttestationPlan,
    target: Target,
    pub(super) digests: Digests,
}

impl<'a> PendingAttestation<'a> {
    /// Opens its file, so that a refusal comes before the work.
    ///
    /// # Errors
    /// When the file cannot be written, or stands there and may not be replaced.
    pub(super) fn open(plan: &'a AttestationPlan, discovery: &Discovery) -> Result<Self, Failure> {
        let target = command::open(Some(&(plan.path.clone(), plan.existing)), discovery)?;
        Ok(Self { plan, target, digests: Digests::default() })
    }

    /// Writes it, whatever the answer is.
    ///
    /// # Errors
    /// When nothing was read, or the file cannot be written.
    pub(super) fn write(
        self,
        summary: Option<&Summary>,
        demands: &Demands,
        discovery: &Discovery,
    ) -> Result<(), Failure> {
        let Self { plan, mut target, digests } = self;
        let path = plan.path.display();
        let summary = summary.ok_or_else(|| Failure::new("internal error: no answer to attest to"))?;
        let (subjects, not_read) = digests.subjects(discovery);
        if subjects.is_empty() {
            return Err(Failure::new(format!("{path}: not written: nothing was read that it could be about")));
        }
        let evidence = evidence(
            &plan.signing,
            &AttestedRun { subjects: &subjects, not_read: &not_read, summary, demands, time: plan.signing.time },
        );
        let written = evidence.and_then(|evidence| target.write_all(&evidence)).and_then(|()| target.commit());
        written.map_err(|error| Failure::new(format!("{path}: cannot write the attestation: {error}")))
    }
}

/// The bytes of the file: the envelope, or the statement where nobody signs it.
pub(super) fn evidence(signing: &SigningPlan, run: &AttestedRun<'_>) -> std::io::Result<Vec<u8>> {
    let mut statement = Vec::new();
    write_evidence(&mut statement, &Statement::of(run))?;
    let Some(key) = &signing.key else { return Ok(statement) };
    let mut envelope = Vec::new();
    write_evidence(&mut envelope, &DsseEnvelope::sign(&statement, key))?;
    Ok(envelope)
}
