//! A conversion, decided: the writer and its settings, what is carried along, where it goes.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::{
    Environment, InputPlan, VerificationPlan, asked_columns, input, refuse_following, repeated, threads,
    verification_if,
};
use crate::cli::ConvertArgs;
use crate::failure::Failure;
use crate::output::{Existing, OutputConsumer};
use crate::query::AskedName;
use crate::siem::{CefStyle, Envelope, FIELDS_DEFAULT, Framing, Settings, TargetFormat};

/// What `convert` is to do.
#[derive(Debug)]
pub enum ConvertPlan {
    /// Write events in another format.
    Convert(Box<ConversionPlan>),
    /// Say what a strict reader of CEF would refuse.
    Validate(ValidationPlan),
}

/// A conversion, decided.
#[derive(Debug)]
pub struct ConversionPlan {
    pub input: InputPlan,
    /// Whether what is written from now on is converted as well.
    pub follow: bool,
    pub to: TargetFormat,
    /// Which CEF, when it is that.
    pub cef_style: CefStyle,
    /// The columns of csv.
    pub fields: Vec<String>,
    pub settings: Settings,
    pub envelope: Option<Envelope>,
    pub framing: Framing,
    /// Whether the original lines are carried along.
    pub keep_raw: bool,
    /// The fields that were asked for by name: one that nothing in the input has was probably misspelled.
    pub asked: Vec<AskedName>,
    /// Whether lines that are no entries are passed on, marked.
    pub lossy: bool,
    /// How to verify on the way.
    pub verification: Option<VerificationPlan>,
    /// The file to write to; None is standard output.
    pub target: Option<(PathBuf, Existing)>,
    pub reader: OutputConsumer,
    /// Whether losses are told.
    pub tell_losses: bool,
    /// Whether a progress bar may be drawn on standard error.
    pub progress: bool,
    pub threads: NonZeroUsize,
}

/// A check of CEF, decided.
#[derive(Debug)]
pub struct ValidationPlan {
    /// Where to look for CEF.
    pub input: InputPlan,
    /// Whether a progress bar may be drawn on standard error.
    pub progress: bool,
    pub threads: NonZeroUsize,
}

/// Decides on a conversion.
///
/// # Errors
/// When there is nothing to read, when flags contradict each other, when a key cannot be had.
pub fn convert(typed: ConvertArgs, env: &Environment<'_>) -> Result<ConvertPlan, Failure> {
    refuse_following(typed.follow.follow)?;
    let input = input(&typed.input, "convert", env)?;
    let threads = threads(typed.work.threads);
    let Some(to) = typed.to else {
        // A bar would tear the complaints.
        let progress = env.progress(&typed.work) && !env.stdout_is_terminal;
        return Ok(ConvertPlan::Validate(ValidationPlan { input, progress, threads }));
    };
    refuse(&typed, to)?;
    let verification = verification_if(typed.verify, "--verify", &input, &typed.keys, &typed.policy, env)?;
    let target = super::target(&typed.target);
    let to_terminal = target.is_none() && env.stdout_is_terminal;
    let asked = asked_columns(&typed.fields);
    let usual = || FIELDS_DEFAULT.map(str::to_owned).to_vec();
    let fields = if typed.fields.is_empty() { usual() } else { typed.fields };
    let default = Settings::default();
    Ok(ConvertPlan::Convert(Box::new(ConversionPlan {
        input,
        follow: typed.follow.follow,
        asked,
        to,
        cef_style: typed.cef_style,
        fields,
        settings: Settings {
            product: typed.product,
            host: typed.host,
            cef_name: typed.cef_name,
            severity: typed.severity,
            sd_id: typed.sd_id.unwrap_or(default.sd_id),
        },
        envelope: typed.envelope,
        framing: typed.framing,
        keep_raw: typed.keep_raw,
        lossy: typed.lossy,
        verification,
        reader: if to_terminal { OutputConsumer::Person } else { OutputConsumer::Program },
        tell_losses: !typed.quiet,
        progress: env.progress(&typed.work) && !to_terminal,
        target,
        threads,
    })))
}

/// Refuses flags that contradict each other.
fn refuse(typed: &ConvertArgs, to: TargetFormat) -> Result<(), Failure> {
    if typed.framing == Framing::OctetCounting && !typed.envelope.is_some_and(Envelope::is_syslog) {
        return Err(Failure::usage("--framing octet-counting is a matter of syslog")
            .with_hint("add --envelope syslog-rfc5424 or syslog-rfc3164"));
    }
    if !typed.fields.is_empty() && to != TargetFormat::Csv {
        return Err(Failure::usage("--fields chooses the columns of csv").with_hint("use --to csv"));
    }
    if to == TargetFormat::Csv && typed.envelope.is_some() {
        return Err(Failure::usage("csv begins with a row of names, for which no envelope has a place")
            .with_hint("leave out --envelope, or choose another format"));
    }
    let acras = to.is_acras(typed.cef_style);
    if acras && typed.keep_raw && !typed.envelope.is_some_and(Envelope::carries_raw) {
        return Err(Failure::usage("entries as Acra writes them have no place for the original line")
            .with_hint("add --envelope splunk-hec or elastic-bulk, or leave out --keep-raw"));
    }
    if acras && typed.verify && !typed.envelope.is_some_and(Envelope::carries_verdict) {
        return Err(Failure::usage(
            "entries as Acra writes them have no place for a verdict, so --verify would say nothing",
        )
        .with_hint("choose another format or --envelope splunk-hec, or leave out --verify and run `acralog verify`"));
    }
    if typed.follow.follow && typed.target.output.is_some() {
        return Err(Failure::usage("-o writes a file that is whole, and --follow has no end")
            .with_hint("write to standard output, and redirect that: > FILE"));
    }
    if let Some(name) = repeated(&typed.fields) {
        return Err(Failure::usage(format!("--fields names {name} twice")));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
