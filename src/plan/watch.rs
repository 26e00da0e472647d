//! Watching, decided: which logs, by which rules, with which keys, what is told of it and to whom.

use std::num::NonZeroUsize;
use std::sync::Arc;

use super::filter::{first_filter, flagged_patterns, query, refuse_pattern_among_paths};
use super::report::rules;
use super::verification;
use super::{
    Environment, InputPlan, VerificationPlan, demands_nothing, input, keys, palette, refuse_following, threads,
};
use crate::cli::{LineName, WatchArgs};
use crate::failure::Failure;
use crate::incident::Severity;
use crate::output::{AlarmFormat, Palette};
use crate::watch::{EventRule, WatchOptions};

/// What the entries are called that the filters of the command line select.
const TYPED: &str = "typed";

/// Watching, decided.
#[derive(Debug)]
pub struct WatchPlan {
    pub input: InputPlan,
    /// How to verify; None without a key.
    pub verification: Option<VerificationPlan>,
    /// What is watched for.
    pub options: Arc<WatchOptions>,
    /// Whether the logs are read as they are, to their end.
    pub replay: bool,
    /// The line that is asked about.
    pub why: Option<LineName>,
    /// The severity from which on alarms are told.
    pub min_severity: Option<Severity>,
    pub format: AlarmFormat,
    pub palette: Palette,
    pub quiet: bool,
    /// What people should know of what they asked for; each one a line without the prefix.
    pub warnings: Vec<String>,
    pub threads: NonZeroUsize,
}

/// Decides on watching.
///
/// # Errors
/// When there is nothing to read, when a rule or a filter cannot be understood, when a key cannot be had.
pub fn watch(typed: WatchArgs, env: &Environment<'_>) -> Result<WatchPlan, Failure> {
    refuse_following(!typed.replay)?;
    if let Some(filter) = first_filter(&typed.filter) {
        refuse_pattern_among_paths(&typed.input.paths, filter)?;
    }
    let input = input(&typed.input, "watch", env)?;
    refuse_arrangement(&input, typed.replay)?;
    let has_key = keys::is_named(&typed.keys) || input.inventory.iter().any(|log| !log.key_files.is_empty());
    let verification = if has_key {
        Some(verification(&input, &typed.keys, &typed.policy, env)?)
    } else {
        demands_nothing(&typed.policy)?;
        None
    };
    if verification.as_ref().is_some_and(|it| it.ledger.is_some()) {
        return Err(Failure::usage("watch has no ledger: what is there is verified when it begins")
            .with_hint("leave out --ledger, and give it to the `acralog verify` that cron runs"));
    }
    let mut warnings = Vec::new();
    let configuration = env.configuration.as_ref().map(|file| (file.shown(), file.text.as_str()));
    let mut options = WatchOptions { rules: rules(configuration, &typed.rules)?, events: Vec::new() };
    let patterns = flagged_patterns(&typed.pattern)?;
    if patterns.is_some() || first_filter(&typed.filter).is_some() {
        let (query, notes) = query(&typed.filter, &typed.pattern, patterns.as_deref(), env)?;
        warnings.extend(notes);
        options.events.push(EventRule { name: TYPED.into(), query, severity_score: None });
    }
    Ok(WatchPlan {
        input,
        verification,
        options: Arc::new(options),
        replay: typed.replay,
        why: typed.why,
        min_severity: typed.min_severity,
        format: if typed.jsonl { AlarmFormat::Jsonl } else { typed.output_format },
        palette: palette(typed.color, env.stdout_is_terminal, env),
        quiet: typed.quiet,
        warnings,
        threads: threads(None),
    })
}

/// A log that is followed is known by its path.
fn refuse_arrangement(input: &InputPlan, is_replayed: bool) -> Result<(), Failure> {
    let told = [
        ("--inventory", !input.inventory.is_empty()),
        ("--as-one-stream", input.as_one_stream),
        ("--stream-by", input.stream_by.is_some()),
        ("--order-by", input.order_by.is_some()),
    ];
    match told.into_iter().find(|(_, is_told)| *is_told && !is_replayed) {
        Some((flag, _)) => Err(Failure::usage(format!("{flag} is for logs that are read to their end"))
            .with_hint("leave it out, or add --replay")),
        None => Ok(()),
    }
}
