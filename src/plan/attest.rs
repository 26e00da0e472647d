//! Attestations, decided: where the answer of a verification is stated and who signs it, and what is to be checked of one.

use std::path::{Path, PathBuf};

use super::{Environment, PrintPlan, palette_of, print};
use crate::cli::AttestArgs;
use crate::cli::attest::{AttestAction, AttestationArgs, RequiredAnswer};
use crate::cli::shared::TargetArgs;
use crate::entry::LogTime;
use crate::failure::Failure;
use crate::key::ed25519::{AttestationKey, AttestationPublicKey, read_private_key, read_public_key};
use crate::output::{AttestFormat, Existing, Palette};

/// The variable that says what time it is, for output that is the same twice (reproducible-builds.org).
const SOURCE_DATE_EPOCH: &str = "SOURCE_DATE_EPOCH";

/// The last second of the year 9999, behind which RFC 3339 knows no time.
const SECONDS_MAX: i64 = 253_402_300_799;

/// How the answer of a verification is stated for others.
#[derive(Debug)]
pub struct AttestationPlan {
    pub path: PathBuf,
    pub existing: Existing,
    pub signing: SigningPlan,
}

/// Who signs an attestation, and when.
#[derive(Debug)]
pub struct SigningPlan {
    /// Nobody signs it when there is none.
    pub key: Option<AttestationKey>,
    pub time: LogTime,
}

/// `attest check`, decided.
#[derive(Debug)]
pub struct AttestCheckPlan {
    pub attestation: PathBuf,
    pub key: AttestationPublicKey,
    /// What is to be what was verified.
    pub files: Vec<PathBuf>,
    /// Whether the attested answer counts, and must be intact.
    pub requires_intact: bool,
    pub format: AttestFormat,
    pub palette: Palette,
    pub print: PrintPlan,
}

/// Decides how the answer is stated, and what people should know of that.
///
/// # Errors
/// When the key cannot be had, when the time is none, or when the report goes to the same file.
pub(super) fn attestation(
    typed: &AttestationArgs,
    report: &TargetArgs,
    env: &Environment<'_>,
) -> Result<(Option<AttestationPlan>, Vec<String>), Failure> {
    let Some(path) = typed.attest.clone() else { return Ok((None, Vec::new())) };
    if report.output.as_ref() == Some(&path) {
        return Err(Failure::usage(format!("{}: --output and --attest name the same file", path.display()))
            .with_hint("write each to a file of its own"));
    }
    if typed.attest_key.as_ref() == Some(&path) {
        return Err(Failure::usage(format!("{}: the attestation would replace the key that signs it", path.display()))
            .with_hint("--attest names the file to write, --attest-key the one with the key"));
    }
    let (signing, warning) = signing(typed.attest_key.as_deref(), env)?;
    let existing = if report.force { Existing::Replace } else { Existing::Refuse };
    Ok((Some(AttestationPlan { path, existing, signing }), warning.into_iter().collect()))
}

/// Decides who signs, and what people should know of that.
///
/// # Errors
/// When the key cannot be had, or the time is none.
pub(super) fn signing(
    key_file: Option<&Path>,
    env: &Environment<'_>,
) -> Result<(SigningPlan, Option<String>), Failure> {
    let (key, warning) = match key_file {
        // DSSE knows no envelope without a signature, so the statement is written as it is: others can sign that.
        None => {
            let unsigned =
                "the attestation is not signed: whoever can write the file can change it; --attest-key signs it";
            (None, Some(unsigned.to_owned()))
        }
        Some(path) => {
            let read = read_private_key(path)?;
            (Some(read.key), read.warning)
        }
    };
    Ok((SigningPlan { key, time: time(env)? }, warning))
}

/// When it is verified: now, or when the environment says so.
fn time(env: &Environment<'_>) -> Result<LogTime, Failure> {
    let Some(value) = (env.variable)(SOURCE_DATE_EPOCH) else { return Ok(env.now.whole_seconds()) };
    let seconds = value.to_str().and_then(|text| text.parse().ok());
    let in_range = seconds.filter(|seconds| (0..=SECONDS_MAX).contains(seconds));
    in_range.map(|seconds| LogTime { unix_ms: seconds * 1000 }).ok_or_else(|| {
        Failure::usage(format!("the variable {SOURCE_DATE_EPOCH} is not a number of seconds since 1970"))
            .with_hint("unset it, or set it to what `date +%s` prints")
    })
}

/// Decides on a check.
///
/// # Errors
/// When the public key cannot be had.
pub fn attest_check(typed: AttestArgs, env: &Environment<'_>) -> Result<AttestCheckPlan, Failure> {
    let AttestAction::Check(typed) = typed.action;
    let stdin = typed.files.iter().chain([&typed.attestation]).filter(|path| path.as_os_str() == "-").count();
    if stdin > 1 {
        return Err(Failure::usage("standard input was given more than once").with_hint("give `-` once"));
    }
    Ok(AttestCheckPlan {
        key: read_public_key(&typed.key)?,
        attestation: typed.attestation,
        files: typed.files,
        requires_intact: typed.require == Some(RequiredAnswer::Intact),
        format: typed.output_format,
        palette: palette_of(&typed.print, env),
        print: print(&typed.print.target, typed.print.quiet),
    })
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    fn typed(attest: &str) -> AttestationArgs {
        AttestationArgs { attest: Some(attest.into()), attest_key: None }
    }

    #[test]
    fn the_time_is_that_of_the_environment_or_now_to_the_second() {
        for (value, expected) in [
            (None, Some(1_741_910_400_000)),
            (Some("0"), Some(0)),
            (Some("1700000000"), Some(1_700_000_000_000)),
            (Some("253402300800"), None),
            (Some("-1"), None),
            (Some("now"), None),
            (Some(""), None),
        ] {
            let variable = |name: &str| value.filter(|_| name == SOURCE_DATE_EPOCH).map(OsString::from);
            let env = Environment::of_a_test(&variable, false);
            let plan = attestation(&typed("a.json"), &TargetArgs::default(), &env);
            let time = plan.map(|(plan, _)| plan.expect("a plan").signing.time.unix_ms);
            assert_eq!(time.as_ref().ok(), expected.as_ref(), "{value:?}: {time:?}");
        }
    }

    #[test]
    fn what_is_not_signed_is_told_and_one_file_holds_one_thing() {
        let env = Environment::of_a_test(&|_| None, false);
        let (plan, warnings) = attestation(&typed("a.json"), &TargetArgs::default(), &env).expect("a plan");
        assert!(plan.is_some_and(|plan| plan.signing.key.is_none()) && warnings[0].contains("not signed"));
        let report = TargetArgs { output: Some("a.json".into()), force: true };
        assert!(attestation(&typed("a.json"), &report, &env).unwrap_err().message.contains("same file"));
        let key = AttestationArgs { attest: Some("k.pem".into()), attest_key: Some("k.pem".into()) };
        assert!(attestation(&key, &TargetArgs::default(), &env).unwrap_err().message.contains("replace the key"));
        assert!(attestation(&AttestationArgs::default(), &report, &env).expect("no plan").0.is_none());
    }
}
