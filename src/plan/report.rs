//! A report, decided: what it is asked for, by which rules, from which file and flags they come, what it says of itself, where
//! it goes.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{
    Environment, InputPlan, VerificationPlan, command_line, demands_nothing, input, keys, threads, verification,
};
use crate::cli::ReportArgs;
use crate::cli::shared::RuleArgs;
use crate::entry::{LogTime, from_rfc3339};
use crate::failure::Failure;
use crate::incident::rules::Rules;
use crate::incident::{InvestigationOptions, Redaction, ReportMeta, Severity, rules_in_words};
use crate::output::{Existing, Extent, IncidentFormat};
use crate::query::{Names, SigmaRules, TimeRange, Zone, either, nearest};

/// What a report is called when nobody gives it a title.
const TITLE: &str = "Acra incident report";

/// The table of a configuration file below which rules may stand.
pub(super) const RULES: &str = "rules";

/// What every refusal of a name ends with.
const ALL_RULES: &str = "`acralog report --print-rules` prints all of them";

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
    pub input: InputPlan,
    /// How to verify on the way; None without a key.
    pub verification: Option<VerificationPlan>,
    /// Whether a log that is not intact ends with the exit code of `verify`.
    pub verify: bool,
    /// What is asked for.
    pub options: InvestigationOptions,
    /// What people should know of what they asked for; each one a line without the prefix.
    pub warnings: Vec<String>,
    /// What the report says of itself.
    pub meta: ReportMeta,
    /// What is replaced by pseudonyms.
    pub redactions: BTreeSet<Redaction>,
    /// The severity from which on an incident ends with exit 1.
    pub fail_on: Option<Severity>,
    pub format: IncidentFormat,
    /// How much of it people read.
    pub extent: Extent,
    /// The file to write to; None is standard output.
    pub target: Option<(PathBuf, Existing)>,
    /// Whether warnings are said.
    pub tell_warnings: bool,
    /// Whether a progress bar may be drawn on standard error.
    pub progress: bool,
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
    let options = InvestigationOptions {
        period,
        clients: Names::parse(typed.clients.iter().map(String::as_str))?,
        rules: rules(configuration, &typed.rules)?,
        sigma: sigma(&typed.sigma)?,
        sessions: typed.sessions,
        format: input.format,
    };
    let meta = ReportMeta {
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
        options,
        warnings,
        meta,
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

/// The rules of Sigma; None when none are asked for.
fn sigma(paths: &[PathBuf]) -> Result<Option<Arc<SigmaRules>>, Failure> {
    let rules = (!paths.is_empty()).then(|| SigmaRules::load(paths)).transpose()?;
    Ok(rules.map(Arc::new))
}

/// What has to be typed to get the same report: a configuration file that was found is named.
pub(super) fn arguments(env: &Environment<'_>) -> Vec<OsString> {
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

/// The rules in force. Of the configuration file its name is given, for people, and its text.
///
/// # Errors
/// When the file cannot be read or is no TOML; when a name is not known, or a value is none.
pub(super) fn rules(
    configuration: Option<(String, &str)>,
    RuleArgs { file, changes }: &RuleArgs,
) -> Result<Rules, Failure> {
    let mut settings = RuleSettings::default()?;
    if let Some((shown, text)) = configuration {
        settings.change_by_configuration(&shown, text)?;
    }
    if let Some(path) = file {
        let cannot = |error| Failure::new(format!("{}: cannot read the rules: {error}", path.display()));
        let text = fs::read_to_string(path).map_err(cannot)?;
        settings.change_by_file(&path.to_string_lossy(), &text)?;
    }
    for change in changes {
        settings.change_by_word(change)?;
    }
    Ok(settings.rules)
}

/// Rules, and the same by name.
struct RuleSettings {
    rules: Rules,
    by_name: Map<String, Value>,
}

impl RuleSettings {
    fn default() -> Result<Self, Failure> {
        let rules = Rules::default();
        match serde_json::to_value(rules) {
            Ok(Value::Object(by_name)) => Ok(Self { rules, by_name }),
            _ => Err(Failure::new("internal error: rules without names")),
        }
    }

    /// Changes what a file in TOML sets.
    fn change_by_file(&mut self, file: &str, text: &str) -> Result<(), Failure> {
        self.change_by_tables(file, text, parse_toml(file, text)?.get_ref(), |_| true)
    }

    /// Changes what a configuration file says of rules: in tables of their names, or in those below `rules`.
    fn change_by_configuration(&mut self, file: &str, text: &str) -> Result<(), Failure> {
        let tables = parse_toml(file, text)?;
        self.change_by_tables(file, text, tables.get_ref(), is_rule)?;
        match tables.get_ref().get(RULES).map(|rules| rules.get_ref()) {
            Some(DeValue::Table(rules)) => self.change_by_tables(file, text, rules, |_| true),
            _ => Ok(()),
        }
    }

    fn change_by_tables(
        &mut self,
        file: &str,
        text: &str,
        tables: &DeTable<'_>,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Result<(), Failure> {
        let place = |offset: usize| format!("{file}:{}", line_of(text, offset));
        for (rule, table) in tables.iter().filter(|(rule, _)| is_wanted(rule.get_ref())) {
            let at_rule = place(rule.span().start);
            let rule = rule.get_ref();
            let known = self.known(rule).map_err(|failure| failure.at(&at_rule))?;
            let DeValue::Table(table) = table.get_ref() else {
                return Err(Failure::usage(format!("{at_rule}: {rule} is a rule and has settings of its own"))
                    .with_hint(format!("write [{rule}], and the settings below it: {}", names(known))));
            };
            for (key, value) in table {
                let as_written = text.get(value.span()).unwrap_or_default();
                let value = simple(value.get_ref(), as_written);
                let at_key = place(key.span().start);
                self.change(rule, key.get_ref(), value, as_written).map_err(|failure| failure.at(&at_key))?;
            }
        }
        Ok(())
    }

    /// Changes what `RULE.SETTING=VALUE` sets, in TOML. A text needs no quotes of its own: the shell takes them off.
    fn change_by_word(&mut self, word: &str) -> Result<(), Failure> {
        let at = format!("--set {word}");
        let malformed = || {
            Failure::usage(format!("{at}: this is not RULE.SETTING=VALUE"))
                .with_hint("it is written like this: --set sql-firewall.at-least=20")
        };
        let (name, as_written) = word.split_once('=').ok_or_else(malformed)?;
        // A string of JSON is one of TOML.
        let quoted = format!("{name}={}", Value::from(as_written.trim()));
        let tables = DeTable::parse(word).or_else(|_| DeTable::parse(&quoted)).map_err(|_| malformed())?;
        let (rule, settings) = only(tables.get_ref().iter()).ok_or_else(malformed)?;
        let (key, value) = settings.get_ref().as_table().and_then(|it| only(it.iter())).ok_or_else(malformed)?;
        let value = simple(value.get_ref(), as_written);
        self.change(rule.get_ref(), key.get_ref(), value, as_written.trim()).map_err(|failure| failure.at(&at))
    }

    /// The settings of a rule.
    fn known(&self, rule: &str) -> Result<&Map<String, Value>, Failure> {
        let found = self.by_name.get(rule).and_then(Value::as_object);
        found.ok_or_else(|| unknown("rule", rule, &self.by_name))
    }

    fn change(&mut self, rule: &str, key: &str, value: Value, as_written: &str) -> Result<(), Failure> {
        let known = self.known(rule)?;
        let default = known.get(key).ok_or_else(|| unknown(&format!("setting of {rule}"), key, known))?;
        let wanted =
            if default.is_number() { "a number from 1 to 65535" } else { "a length of time: 90s, 5m, \"1h 30m\"" };
        let mut changed = self.by_name.clone();
        changed[rule][key] = value;
        self.rules = serde_json::from_value(Value::Object(changed.clone())).map_err(|_| {
            Failure::usage(format!("{rule}.{key} cannot be {as_written}")).with_hint(format!("it is {wanted}"))
        })?;
        self.by_name = changed;
        Ok(())
    }
}

/// A text or a number; null for what no setting takes.
fn simple(value: &DeValue<'_>, as_written: &str) -> Value {
    match value {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).map_or_else(|_| Value::from(as_written), Value::from)
        }
        _ => Value::Null,
    }
}

/// The one item there is.
fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    items.next().filter(|_| items.next().is_none())
}

/// Says which names are most like one that is not known.
fn unknown(what: &str, name: &str, known: &Map<String, Value>) -> Failure {
    let near = nearest(name, known.keys().map(String::as_str));
    let hint = if near.is_empty() {
        format!("known are {};", names(known))
    } else {
        format!("did you mean {}?", either(&near))
    };
    Failure::usage(format!("no {what} is called `{name}`")).with_hint(format!("{hint} {ALL_RULES}"))
}

fn names(known: &Map<String, Value>) -> String {
    known.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
}

pub(super) fn parse_toml<'t>(file: &str, text: &'t str) -> Result<Spanned<DeTable<'t>>, Failure> {
    DeTable::parse(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = line_of(text, start);
        Failure::usage(format!("{file}:{line}: {}", error.message().replace('\n', ", ")))
    })
}

/// Whether a rule is called so.
pub(super) fn is_rule(name: &str) -> bool {
    rule_names().contains(&name)
}

/// What the rules are called.
pub(super) fn rule_names() -> Vec<&'static str> {
    rules_in_words(&Rules::default()).iter().map(|(name, _)| *name).collect()
}

/// The number of the line in which a byte stands.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    1 + memchr::memchr_iter(b'\n', before).count()
}

#[cfg(test)]
mod tests;
