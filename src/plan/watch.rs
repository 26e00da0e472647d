//! Watching, decided: which logs, by which rules, with which keys, what is told of it and to whom.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Parser as _;
use toml::Spanned;
use toml::de::DeValue;

use super::filter::{first_filter, flagged_patterns, query, refuse_pattern_among_paths};
use super::report::{line_of, parse_toml, rules};
use super::verification;
use super::{
    Configuration, Environment, InputPlan, VerificationPlan, demands_nothing, input, keys, palette, refuse_following,
    threads,
};
use crate::cli::{EventRuleArgs, LineName, StartAt, WatchArgs};
use crate::failure::Failure;
use crate::incident::Severity;
use crate::monitoring::{ListenAddress, ServiceVariables};
use crate::output::{AlarmFormat, Palette};
use crate::query::SigmaRules;
use crate::reaction::action::{Action, ActionSpec, Surroundings};
use crate::reaction::{self, Reaction};
use crate::watch::{Alarm, EventRule, WatchOptions};

/// The list of a configuration file in which they stand.
pub(super) const EVENT: &str = "event";
/// What the entries are called that the filters of the command line select.
const TYPED: &str = "typed";
/// What the rules are called where no configuration changes them.
const BUILT_IN: &str = "the built-in rules";

/// Watching, decided.
#[derive(Debug)]
pub struct WatchPlan {
    pub input: InputPlan,
    /// How to verify; None without a key.
    pub verification: Option<VerificationPlan>,
    /// What can be read again.
    pub rules: WatchRules,
    /// What the rules are compared with, where they are; the logs are replayed then.
    pub compared: Option<ComparedRules>,
    /// Whether the logs are read as they are, to their end.
    pub replay: bool,
    /// Where logs begin to be read of which no ledger says more.
    pub start_at: StartAt,
    /// The severity from which on alarms are told.
    pub min_severity: Option<Severity>,
    pub format: AlarmFormat,
    pub palette: Palette,
    pub quiet: bool,
    /// The reaction that is tried, and nothing else.
    pub test_reaction: Option<String>,
    /// Where metrics and health are asked for.
    pub metrics_listen: Option<ListenAddress>,
    /// How systemd is told that it works.
    pub service: ServiceVariables,
    pub threads: NonZeroUsize,
}

impl WatchPlan {
    /// Whether an alarm is severe enough to be told.
    pub fn is_severe(&self, alarm: &Alarm) -> bool {
        self.min_severity.is_none_or(|least| alarm.severity >= least)
    }
}

/// Rules that others are compared with.
#[derive(Debug)]
pub struct ComparedRules {
    pub options: Arc<WatchOptions>,
    /// What the rules are called that are compared, and what these are.
    pub names: [String; 2],
}

impl ComparedRules {
    /// Those of another configuration, and what people should know of it that they are not told of this one.
    fn of(file: &Path, rules: WatchRules, own: &WatchRules, env: &Environment<'_>) -> (Self, Vec<String>) {
        let own_name = env.configuration.as_ref().map_or_else(|| BUILT_IN.to_owned(), Configuration::shown);
        let names = [own_name, file.to_string_lossy().into_owned()];
        let warnings = rules.warnings.into_iter().filter(|warning| !own.warnings.contains(warning)).collect();
        (Self { options: rules.options, names }, warnings)
    }
}

/// What is watched for, and what is done about it: what files say that may say something else later.
#[derive(Debug)]
pub struct WatchRules {
    pub options: Arc<WatchOptions>,
    /// None when nothing is done about alarms.
    pub reactions: Option<ReactionsPlan>,
    /// What people should know of it; each one a line without the prefix.
    pub warnings: Vec<String>,
}

/// What is done about alarms.
#[derive(Debug)]
pub struct ReactionsPlan {
    pub reactions: Vec<Reaction<Action>>,
    /// How long alarms that are over are remembered.
    pub forget_after: Duration,
    /// Where it is remembered what was told to whom.
    pub state: Option<PathBuf>,
}

/// Decides on watching. `rules_of` decides what would be watched for if the configuration were another file.
///
/// # Errors
/// When there is nothing to read, when a rule or a filter cannot be understood, when a key cannot be had.
pub fn watch(
    typed: WatchArgs,
    env: &Environment<'_>,
    rules_of: impl Fn(&Path) -> Result<WatchRules, Failure>,
) -> Result<WatchPlan, Failure> {
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
    if typed.replay && verification.as_ref().is_some_and(|it| it.ledger.is_some()) {
        return Err(Failure::usage("--ledger is for logs that are followed: a replay begins at their beginnings")
            .with_hint("leave it out, or leave out --replay"));
    }
    let other =
        typed.compare.as_deref().map(|file| Ok::<_, Failure>((file.to_owned(), rules_of(file)?))).transpose()?;
    let mut plan = WatchPlan {
        input,
        verification,
        compared: None,
        replay: typed.replay,
        start_at: typed.from,
        min_severity: typed.min_severity,
        format: if typed.jsonl { AlarmFormat::Jsonl } else { typed.output_format },
        palette: palette(typed.color, env.stdout_is_terminal, env),
        quiet: typed.quiet,
        test_reaction: typed.test_reaction.clone(),
        metrics_listen: typed.metrics_listen.as_deref().map(str::parse).transpose()?,
        service: ServiceVariables::of(env.variable),
        threads: threads(None),
        rules: watch_rules(typed, env)?,
    };
    if let Some((file, rules)) = other {
        let (compared, warnings) = ComparedRules::of(&file, rules, &plan.rules, env);
        plan.rules.warnings.extend(warnings);
        plan.compared = Some(compared);
    }
    Ok(plan)
}

/// Decides on what is watched for. No key is needed for that.
///
/// # Errors
/// When a rule, a filter or a reaction cannot be understood, or what one needs cannot be had.
pub fn watch_rules(mut typed: WatchArgs, env: &Environment<'_>) -> Result<WatchRules, Failure> {
    // They are rules here, which count over time as well, and no filter.
    let sigma = std::mem::take(&mut typed.filter.sigma);
    let mut warnings = Vec::new();
    let configuration = env.configuration.as_ref().map(|file| (file.shown(), file.text.as_str()));
    let mut options = WatchOptions { rules: rules(configuration.clone(), &typed.rules)?, ..WatchOptions::default() };
    options.asked = typed.why.take().map(|LineName { file, line }| (file, line));
    if !sigma.is_empty() {
        options.sigma = Some(Arc::new(SigmaRules::load(&sigma)?));
    }
    if let Some((file, text)) = configuration {
        options.events = events(file, text, env)?;
    }
    let patterns = flagged_patterns(&typed.pattern)?;
    if patterns.is_some() || first_filter(&typed.filter).is_some() {
        let (query, notes) = query(&typed.filter, &typed.pattern, patterns.as_deref(), env)?;
        warnings.extend(notes);
        options.events.push(EventRule { name: TYPED.into(), query, severity_score: None });
    }
    let reactions = reactions(&typed, env, options.sigma.as_deref(), &mut warnings)?;
    Ok(WatchRules { options: Arc::new(options), reactions, warnings })
}

/// What a configuration file says is to be done about alarms. A log that is replayed moves nobody, unless it is only said.
fn reactions(
    typed: &WatchArgs,
    env: &Environment<'_>,
    sigma: Option<&SigmaRules>,
    warnings: &mut Vec<String>,
) -> Result<Option<ReactionsPlan>, Failure> {
    let Some(file) = env.configuration.as_ref().filter(|_| !typed.replay || typed.dry_run) else {
        return refuse_without_reactions(typed).map(|()| None);
    };
    let mut specs = reaction::reactions::<ActionSpec>(&file.path, &file.text)?;
    if specs.is_empty() {
        return refuse_without_reactions(typed).map(|()| None);
    }
    let rules: Vec<_> =
        sigma.iter().flat_map(|it| it.iter()).map(|(_, rule)| (rule.id.as_deref(), &*rule.title)).collect();
    reaction::name_sigma_rules(&mut specs, &rules).map_err(|failure| failure.at(&file.shown()))?;
    let folder = file.path.parent().unwrap_or(Path::new(""));
    let around = Surroundings { folder, variable: env.variable };
    let mut reactions = Vec::new();
    for mut spec in specs {
        spec.settings.dry_run |= typed.dry_run;
        let ready = spec.prepare(|action| Action::prepare(action, &around));
        reactions.push(ready.map_err(|failure| failure.at(&file.shown()))?);
    }
    let actions = reactions.iter().flat_map(|reaction| [Some(&reaction.action), reaction.undo.as_ref()]).flatten();
    warnings.extend(actions.flat_map(|action| action.warnings().iter().cloned()));
    if typed.state.is_none() && !typed.dry_run && typed.test_reaction.is_none() {
        warnings.push(
            "reactions without --state DIR: a restart tells of open alarms again, and loses what was not told"
                .to_owned(),
        );
    }
    let forget_after = Duration::from_secs(typed.forget_after.seconds());
    Ok(Some(ReactionsPlan { reactions, forget_after, state: typed.state.clone() }))
}

/// Flags about reactions are for those that there are.
fn refuse_without_reactions(typed: &WatchArgs) -> Result<(), Failure> {
    let flag = match typed {
        WatchArgs { state: Some(_), .. } => "--state",
        WatchArgs { test_reaction: Some(_), .. } => "--test-reaction",
        _ => return Ok(()),
    };
    Err(Failure::usage(format!("{flag} is about reactions, and there are none"))
        .with_hint("write them into a configuration file, each in a table [[reaction]], and name it with --config"))
}

/// The entries that a configuration file names to raise an alarm, each kind in a table `[[event]]` with the names of flags as keys.
fn events(file: String, text: &str, env: &Environment<'_>) -> Result<Vec<EventRule>, Failure> {
    let tables = parse_toml(&file, text)?;
    let Some(DeValue::Array(events)) = tables.get_ref().get(EVENT).map(|events| events.get_ref()) else {
        return Ok(Vec::new());
    };
    let at = |event: &Spanned<_>| format!("{file}:{}", line_of(text, event.span().start));
    events.iter().map(|event| event_rule(event, env).map_err(|failure| failure.at(&at(event)))).collect()
}

fn event_rule(event: &Spanned<DeValue<'_>>, env: &Environment<'_>) -> Result<EventRule, Failure> {
    let DeValue::Table(table) = event.get_ref() else {
        return Err(Failure::usage("an event is a table").with_hint("write [[event]], and its settings below it"));
    };
    let mut words = Vec::new();
    for (key, value) in table {
        let values = match value.get_ref() {
            DeValue::Array(values) => values.iter().map(Spanned::get_ref).collect(),
            value => vec![value],
        };
        for value in values {
            match value {
                DeValue::Boolean(true) => words.push(format!("--{}", key.get_ref())),
                DeValue::Boolean(false) => {}
                DeValue::String(value) => words.push(format!("--{}={value}", key.get_ref())),
                DeValue::Integer(number) => words.push(format!("--{}={}", key.get_ref(), number.as_str())),
                _ => return Err(Failure::usage(format!("event.{} cannot be that", key.get_ref()))),
            }
        }
    }
    let typed = EventRuleArgs::try_parse_from(words).map_err(|message| {
        let text = message.render().to_string();
        // What clap says of the command line that this is not begins behind an empty line.
        let what: Vec<&str> = text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
        Failure::usage(format!("[[event]]: {}", what.join(" ").trim_start_matches("error: ")))
    })?;
    let patterns = flagged_patterns(&typed.pattern)?;
    if patterns.is_none() && first_filter(&typed.filter).is_none() {
        return Err(Failure::usage(format!("the event `{}` is every entry", typed.name))
            .with_hint("say which entries: code, level, client, where, regexp, ... as the flags of `acralog grep`"));
    }
    let (query, _) = query(&typed.filter, &typed.pattern, patterns.as_deref(), env)?;
    Ok(EventRule { name: typed.name.into(), query, severity_score: typed.severity_score })
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
