//! A report, decided: what it is asked for, by which rules, what it says of itself, where it goes.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::rules::rules;
use super::shell::command_line;
use super::{Environment, InputPlan, VerificationPlan, demands_nothing, input, keys, threads, verification};
use crate::cli::ReportArgs;
use crate::entry::{LogTime, from_rfc3339};
use crate::failure::Failure;
use crate::incident::{InvestigationOptions, Redaction, ReportMeta, Severity};
use crate::output::{Existing, Extent, IncidentFormat};
use crate::query::{Names, TimeRange, Zone};

/// What a report is called when nobody gives it a title.
const TITLE: &str = "Acra incident report";

/// What `report` is to do.
#[derive(Debug)]
pub enum ReportPlan {
    /// Report what happened.
    Report(Box<IncidentPlan>),
    /// Print the default rules.
    PrintRules,
}

/// A report, decided.
#[derive(Debug)]
pub struct IncidentPlan {
    /// Where to look for logs.
    pub input: InputPlan,
    /// How to verify on the way; None without a key.
    pub verification: Option<VerificationPlan>,
    /// Whether a log that is not intact ends with the exit code of `verify`.
    pub verify: bool,
    /// What is asked for.
    pub question: InvestigationOptions,
    /// What people should know of what they asked for; each one a line without the prefix.
    pub warnings: Vec<String>,
    /// What the report says of itself.
    pub dressing: ReportMeta,
    /// What is replaced by pseudonyms.
    pub redactions: BTreeSet<Redaction>,
    /// The severity from which on an incident ends with exit 1.
    pub fail_on: Option<Severity>,
    /// The format of the report.
    pub format: IncidentFormat,
    /// How much of it people read.
    pub extent: Extent,
    /// The file to write to; None is standard output.
    pub target: Option<(PathBuf, Existing)>,
    /// Whether warnings are said.
    pub tell_warnings: bool,
    /// Whether a progress bar may be drawn on standard error.
    pub progress: bool,
    /// How many threads to work with.
    pub threads: NonZeroUsize,
}

/// Decides on a report.
///
/// # Errors
/// When there is nothing to read, when the scope or a rule cannot be understood, when a key cannot be had.
pub fn report(typed: ReportArgs, env: &Environment<'_>) -> Result<ReportPlan, Failure> {
    if typed.print_rules {
        return Ok(ReportPlan::PrintRules);
    }
    let input = input(&typed.input, "report on", env)?;
    // A keystore that merely lies here is no reason to verify, and no reason to fail for want of its master key.
    let has_key = keys::is_named(&typed.keys)
        || input.inventory.iter().any(|log| !log.key_files.is_empty())
        || (typed.verify && keys::has_default_keystore());
    if typed.verify && !has_key {
        return Err(Failure::new("--verify needs a key to verify with").with_hint(keys::GIVE_A_KEY));
    }
    let zone = Zone::named(&typed.timezone)?;
    let (period, warnings) = TimeRange::parse(typed.since.as_deref(), typed.until.as_deref(), env.now, &zone)?;
    let configuration = env.configuration.as_ref().map(|file| (file.shown(), file.text.as_str()));
    let question = InvestigationOptions {
        period,
        clients: Names::parse(typed.clients.iter().map(String::as_str))?,
        rules: rules(configuration, typed.rules.as_deref(), &typed.changes)?,
        sessions: typed.sessions,
        format: input.format,
    };
    let dressing = ReportMeta {
        title: typed.title.unwrap_or_else(|| TITLE.to_owned()),
        case_id: typed.case_id,
        generated_at: typed.generated_at.map(|text| generated_at(&text, env.now)).transpose()?,
        command: command_line(&arguments(env)),
    };
    let verification = if has_key {
        Some(verification(&input, &typed.keys, &typed.policy, env)?)
    } else {
        demands_nothing(&typed.policy)?;
        None
    };
    Ok(ReportPlan::Report(Box::new(IncidentPlan {
        input,
        verification,
        verify: typed.verify,
        question,
        warnings,
        dressing,
        redactions: typed.redact.into_iter().collect(),
        fail_on: typed.fail_on,
        format: typed.output_format,
        extent: if typed.full { Extent::Full } else { Extent::Folded },
        target: super::target(&typed.target),
        tell_warnings: !typed.quiet,
        progress: env.progress(&typed.work) && !typed.quiet,
        threads: threads(typed.work.threads),
    })))
}

/// What has to be typed to get the same report: a configuration file that was found is named.
fn arguments(env: &Environment<'_>) -> Vec<OsString> {
    let mut arguments = env.arguments.clone();
    if let Some(found) = env.configuration.as_ref().filter(|found| !found.is_typed) {
        // In front of `--`, and of what may come behind it.
        let named = ["--config".into(), found.path.clone().into_os_string()];
        arguments.splice(..0, named);
    }
    arguments
}

fn generated_at(text: &str, now: LogTime) -> Result<LogTime, Failure> {
    if text == "now" {
        return Ok(now.whole_seconds());
    }
    from_rfc3339(text.as_bytes()).ok_or_else(|| {
        Failure::usage(format!("`{text}` is no time at which a report can be made"))
            .with_hint("--generated-at now, or a time of RFC 3339: 2025-03-14T10:00:00Z")
    })
}

#[cfg(test)]
mod tests;
