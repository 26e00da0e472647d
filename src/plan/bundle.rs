//! A bundle of evidence, decided: what is verified, what is packed and where it goes.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::attest::{self, SigningPlan};
use super::report::{arguments, rules};
use super::{Environment, InputPlan, VerificationPlan, command_line, input, threads, verification};
use crate::cli::BundleArgs;
use crate::cli::shared::RuleArgs;
use crate::failure::Failure;
use crate::incident::{InvestigationOptions, ReportMeta};
use crate::output::Existing;

/// What the incidents are called.
const TITLE: &str = "Acra incident report";

/// A bundle, decided.
#[derive(Debug)]
pub struct BundlePlan {
    pub input: InputPlan,
    pub verification: VerificationPlan,
    /// Who signs the attestation, and the time of everything.
    pub signing: SigningPlan,
    /// What counts as an incident.
    pub options: InvestigationOptions,
    /// What the incidents say of themselves, the command line included.
    pub meta: ReportMeta,
    pub with_logs: bool,
    /// The file it goes to, and what to do with one that stands there.
    pub target: (PathBuf, Existing),
    /// Whether warnings are said.
    pub tell_warnings: bool,
    /// Whether a progress bar may be drawn on standard error.
    pub progress: bool,
    pub threads: NonZeroUsize,
}

/// Decides on a bundle.
///
/// # Errors
/// When there is nothing to read, no file to write to, or a key that cannot be had.
pub fn bundle(typed: BundleArgs, env: &Environment<'_>) -> Result<BundlePlan, Failure> {
    let input = input(&typed.input, "bundle", env)?;
    let target = super::target(&typed.target).ok_or_else(|| {
        Failure::usage("a bundle is a file, and none was named").with_hint("-o FILE.tar.zst says where it goes")
    })?;
    let (signing, warning) = attest::signing(typed.attest_key.as_deref(), env)?;
    let mut verification = verification(&input, &typed.keys, &typed.policy, env)?;
    verification.warnings.extend(warning);
    let configuration = env.configuration.as_ref().map(|file| (file.shown(), file.text.as_str()));
    let options = InvestigationOptions {
        rules: rules(configuration, &RuleArgs::default())?,
        format: input.format,
        ..InvestigationOptions::default()
    };
    let meta = ReportMeta {
        title: TITLE.to_owned(),
        case_id: None,
        generated_at: Some(signing.time),
        command: command_line(&arguments(env)),
    };
    Ok(BundlePlan {
        input,
        verification,
        signing,
        options,
        meta,
        with_logs: typed.with_logs,
        target,
        tell_warnings: !typed.quiet,
        progress: env.progress(&typed.work) && !typed.quiet,
        threads: threads(typed.work.threads),
    })
}
