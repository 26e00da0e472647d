//! The reactions of a configuration file: taken whole or refused whole, with the line that is at fault and the nearest known word. What
//! else stands in the file is left to `plan`, what an action needs to `action`.

use std::collections::BTreeSet;
use std::num::NonZeroU16;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::condition::{When, unknown};
use super::deliveries::TOLD_AT_MAX;
use super::reference::{REACTION, SettingReference, UNDO};
use crate::entry::Span;
use crate::failure::Failure;

/// How serde begins what it says of a value, which it repeats.
const NOT_TAKEN: [&str; 4] = ["invalid type", "invalid value", "invalid length", "unknown variant"];

/// Each has a thread of its own.
const REACTIONS_MAX: usize = 64;
const NAME_BYTES_MAX: usize = 64;

/// The tables of which a reaction has one, and its `undo` another one. Beside each, how many alarms it is told at once when nothing
/// else is said: a program and a signal are about one.
const ACTIONS: [(&str, usize); 5] = [("exec", 1), ("webhook", 100), ("syslog", 100), ("file", 100), ("signal", 1)];

/// The list of reactions in a configuration file.
pub const LIST: &str = "reaction";

/// What is done about some alarms.
#[derive(Clone, Debug)]
pub struct Reaction<A> {
    /// When, and how often.
    pub settings: ReactionSettings,
    /// What is done.
    pub action: A,
    /// What is done when the alarm is over.
    pub undo: Option<A>,
}

/// When a reaction is due, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReactionSettings {
    /// Its name.
    pub name: Arc<str>,
    /// The alarms it is for.
    pub when: When,
    /// Whether alarms count that nothing proves.
    pub unverified: bool,
    /// How long more alarms are waited for after the first.
    pub wait: Duration,
    /// The least time between two notifications.
    pub interval: Duration,
    /// After how long an alarm that goes on is told again.
    pub repeat: Option<Duration>,
    /// Whether it is told that an alarm is over.
    pub resolve: bool,
    /// How many notifications there are within how long.
    pub rate_limit: Option<RateLimit>,
    /// The most alarms of a notification.
    pub alarms_max: usize,
    /// How long an attempt may take.
    pub timeout: Duration,
    /// When an attempt that failed is made again.
    pub retry: Retry,
    /// Whether it is only said what would be done.
    pub dry_run: bool,
    /// How what was done ends.
    pub undo: Option<UndoSettings>,
}

/// So many notifications within so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    pub at_most: usize,
    pub within: Duration,
}

/// When an attempt that failed is made again: after `first`, then after twice as long each time, up to `longest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    pub first: Duration,
    pub longest: Duration,
    /// Since the first attempt.
    pub give_up_after: Duration,
}

/// How what was done ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UndoSettings {
    /// How long an attempt may take.
    pub timeout: Duration,
    /// At the latest so long after it was done, whether the alarm is over or not.
    pub after: Option<Duration>,
}

impl<A> Reaction<A> {
    /// The same with its actions made into something else.
    ///
    /// # Errors
    /// That of `prepare`, with the name of the reaction.
    pub fn prepare<B>(self, prepare: impl Fn(A) -> Result<B, Failure>) -> Result<Reaction<B>, Failure> {
        let name = Arc::clone(&self.settings.name);
        let prepare = |action| prepare(action).map_err(|failure| failure.at(&format!("reaction {name}")));
        let undo = self.undo.map(&prepare).transpose()?;
        Ok(Reaction { action: prepare(self.action)?, undo, settings: self.settings })
    }
}

/// The reactions in the text of a configuration file. `S` says what an action needs, as it is written; what else stands there is of
/// others.
///
/// # Errors
/// When a reaction says anything that cannot be understood.
pub fn reactions<S: DeserializeOwned>(path: &Path, text: &str) -> Result<Vec<Reaction<S>>, Failure> {
    let source = Source { path, text };
    let tables = DeTable::parse(text).map_err(|error| source.refusal(&error))?.into_inner();
    let reactions = tables.into_iter().find(|(key, _)| key.get_ref() == LIST);
    reactions.map_or_else(|| Ok(Vec::new()), |(_, reactions)| source.reactions(reactions))
}

/// Puts the titles of Sigma rules where conditions name their ids. `rules` are all of them, each by its id and its title.
///
/// # Errors
/// When a condition names none of them.
pub fn name_sigma_rules<A>(reactions: &mut [Reaction<A>], rules: &[(Option<&str>, &str)]) -> Result<(), Failure> {
    reactions.iter_mut().try_for_each(|Reaction { settings, .. }| {
        let named = settings.when.name_sigma_rules(rules);
        named.map_err(|failure| failure.at(&format!("reaction {}", settings.name)))
    })
}

/// A length of time in whole seconds.
struct Length(Duration);

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Span::deserialize(deserializer).map(|span| Self(Duration::from_secs(span.seconds())))
    }
}

/// `[[reaction]]` without its actions.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ReactionTable {
    name: Spanned<String>,
    #[serde(default)]
    when: When,
    #[serde(default)]
    unverified: bool,
    wait: Option<Length>,
    interval: Option<Length>,
    repeat: Option<Length>,
    resolve: Option<Spanned<bool>>,
    rate_limit: Option<Spanned<RateLimitTable>>,
    max_alarms: Option<NonZeroU16>,
    timeout: Option<Length>,
    retry: Option<Spanned<RetryTable>>,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RateLimitTable {
    at_most: NonZeroU16,
    within: Length,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct RetryTable {
    first: Option<Length>,
    longest: Option<Length>,
    give_up_after: Option<Length>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct UndoTable {
    timeout: Option<Length>,
    after: Option<Length>,
}

/// How long an attempt may take when nothing is said.
const TIMEOUT: Duration = Duration::from_secs(10);

impl RetryTable {
    fn retry(self) -> Retry {
        let or = |length: Option<Length>, seconds| length.map_or(Duration::from_secs(seconds), |length| length.0);
        Retry {
            first: or(self.first, 1),
            longest: or(self.longest, 5 * 60),
            // A target that is down for a night gets what it missed.
            give_up_after: or(self.give_up_after, 24 * 60 * 60),
        }
    }
}

/// A text that is read, and what it is called.
#[derive(Clone, Copy)]
struct Source<'a> {
    path: &'a Path,
    text: &'a str,
}

impl<'a> Source<'a> {
    fn place(self, offset: usize) -> String {
        let before = self.text.as_bytes().get(..offset).unwrap_or(self.text.as_bytes());
        format!("{}:{}", self.path.display(), 1 + memchr::memchr_iter(b'\n', before).count())
    }

    fn read<T: Deserialize<'a>>(self, value: Spanned<DeValue<'a>>) -> Result<T, Failure> {
        T::deserialize(ValueDeserializer::from(value)).map_err(|error| self.refusal(&error))
    }

    /// What is said of what serde does not take. A value is never repeated: somebody may have put a secret there.
    fn refusal(self, error: &toml::de::Error) -> Failure {
        let message = error.message();
        let failure = if let Some((name, rest)) = split_after(message, "unknown field `") {
            // `x`, expected one of `a`, `b`
            unknown("setting", name, rest.split('`').skip(1).step_by(2))
        } else if let Some((names, known)) =
            message.strip_prefix("unexpected keys in table: ").and_then(|rest| rest.split_once(", available keys: "))
        {
            // Of toml itself, about a table that is a variant.
            unknown("setting", names.split(", ").next().unwrap_or_default(), known.split(", "))
        } else if NOT_TAKEN.iter().any(|what| message.starts_with(what)) {
            let wanted = message.rsplit_once(", expected ").map_or("something else", |(_, wanted)| wanted);
            Failure::usage(format!("this cannot be: it is {wanted}"))
        } else {
            let message = message.replace('\n', ", ");
            match message.split_once("; hint: ") {
                Some((what, hint)) => Failure::usage(what).with_hint(hint),
                None => Failure::usage(message),
            }
        };
        match error.span() {
            Some(span) => failure.at(&self.place(span.start)),
            None => failure.at(&self.path.display().to_string()),
        }
    }

    fn refused(self, span: &Range<usize>, message: &str, hint: &str) -> Failure {
        Failure::usage(message).with_hint(hint).at(&self.place(span.start))
    }

    fn reactions<S: DeserializeOwned>(self, value: Spanned<DeValue<'a>>) -> Result<Vec<Reaction<S>>, Failure> {
        const HINT: &str = "each reaction begins with [[reaction]]";
        let span = value.span();
        let DeValue::Array(tables) = value.into_inner() else {
            return Err(self.refused(&span, "reactions are a list of tables", HINT));
        };
        if tables.len() > REACTIONS_MAX {
            return Err(self.refused(
                &span,
                "more than 64 reactions",
                "one reaction may be for several kinds of alarms",
            ));
        }
        let (mut reactions, mut names) = (Vec::new(), BTreeSet::new());
        for value in tables {
            let span = value.span();
            let DeValue::Table(table) = value.into_inner() else {
                return Err(self.refused(&span, "a reaction is a table", HINT));
            };
            let reaction: Reaction<S> = self.reaction(table, &span)?;
            if !names.insert(Arc::clone(&reaction.settings.name)) {
                let message = format!("two reactions are called `{}`", reaction.settings.name);
                return Err(self.refused(&span, &message, "what was told already is remembered by the name"));
            }
            reactions.push(reaction);
        }
        Ok(reactions)
    }

    fn reaction<S: DeserializeOwned>(self, table: DeTable<'a>, span: &Range<usize>) -> Result<Reaction<S>, Failure> {
        let parts = self.parts(table, span, "reaction", REACTION)?;
        let undo = match parts.undo {
            Some(undo) => Some(self.undo::<S>(undo)?),
            None => None,
        };
        let table: ReactionTable = self.read(Spanned::new(span.clone(), DeValue::Table(parts.own)))?;
        let (undo_settings, undo) = undo.unzip();
        let settings = self.settings(table, parts.alarms_max, undo_settings)?;
        Ok(Reaction { settings, action: self.read(parts.action)?, undo })
    }

    fn undo<S: DeserializeOwned>(self, value: Spanned<DeValue<'a>>) -> Result<(UndoSettings, S), Failure> {
        let span = value.span();
        let DeValue::Table(table) = value.into_inner() else {
            return Err(self.refused(&span, "undo is a table", "undo = { exec = { ... }, timeout = \"10s\" }"));
        };
        let parts = self.parts(table, &span, "undo", UNDO)?;
        let table: UndoTable = self.read(Spanned::new(span, DeValue::Table(parts.own)))?;
        let timeout = table.timeout.map_or(TIMEOUT, |length| length.0);
        Ok((UndoSettings { timeout, after: table.after.map(|length| length.0) }, self.read(parts.action)?))
    }

    /// Takes a table apart.
    fn parts(
        self,
        table: DeTable<'a>,
        span: &Range<usize>,
        whose: &str,
        settings: &[SettingReference],
    ) -> Result<Parts<'a>, Failure> {
        let (mut own, mut undo, mut action, mut alarms_max) = (DeTable::new(), None, None, 1);
        let actions = ACTIONS.iter().map(|(action, _)| *action);
        let all = actions.clone().collect::<Vec<_>>().join(", ");
        let known = settings.iter().map(|setting| setting.name);
        for (key, value) in table {
            let (name, at) = (key.get_ref().as_ref(), key.span());
            let is_own = known.clone().any(|known| known == name);
            if let Some((_, most)) = ACTIONS.iter().find(|(action, _)| *action == name) {
                alarms_max = *most;
                let one = DeTable::from_iter([(key, value)]);
                if action.replace(Spanned::new(at.clone(), DeValue::Table(one))).is_some() {
                    return Err(self.refused(&at, &format!("{whose} has two actions"), "write one for each"));
                }
            } else if name == "undo" && is_own {
                undo = Some(value);
            } else if is_own {
                own.insert(key, value);
            } else {
                return Err(
                    unknown(&format!("setting of {whose}"), name, known.chain(actions)).at(&self.place(at.start))
                );
            }
        }
        let action = action
            .ok_or_else(|| self.refused(span, &format!("{whose} does nothing"), &format!("it has one of {all}")))?;
        Ok(Parts { own, undo, action, alarms_max })
    }

    /// Whether it is told that an alarm is over.
    fn resolve(self, table: &ReactionTable, has_undo: bool) -> Result<bool, Failure> {
        let tells_ends = table.when.tells_ends();
        let Some(resolve) = &table.resolve else { return Ok(!has_undo && tells_ends) };
        if *resolve.get_ref() && has_undo {
            return Err(self.refused(&resolve.span(), "resolve and undo are both for the end of an alarm", "keep one"));
        }
        if *resolve.get_ref() && !tells_ends {
            let hint = "add \"closed\" to its states, or leave out resolve";
            return Err(self.refused(&resolve.span(), "resolve tells what `when` leaves out", hint));
        }
        Ok(*resolve.get_ref())
    }

    fn rate_limit(self, limit: Spanned<RateLimitTable>) -> Result<RateLimit, Failure> {
        let at_most = limit.get_ref().at_most.get().into();
        if at_most > TOLD_AT_MAX {
            let message = format!("a rate limit counts up to {TOLD_AT_MAX} notifications");
            return Err(self.refused(&limit.span(), &message, "so many within a shorter time"));
        }
        Ok(RateLimit { at_most, within: limit.get_ref().within.0 })
    }

    fn settings(
        self,
        table: ReactionTable,
        alarms_max: usize,
        undo: Option<UndoSettings>,
    ) -> Result<ReactionSettings, Failure> {
        let name = table.name.get_ref();
        let is_plain = |letter: u8| letter.is_ascii_alphanumeric() || b"-_.".contains(&letter);
        if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.bytes().all(is_plain) {
            let hint = "letters, digits, `-`, `_` and `.`, at most 64: it stands in metrics and in messages";
            return Err(self.refused(&table.name.span(), "this cannot be the name of a reaction", hint));
        }
        let resolve = self.resolve(&table, undo.is_some())?;
        let retry_span = table.retry.as_ref().map_or(0..0, Spanned::span);
        let retry = table.retry.map(Spanned::into_inner).unwrap_or_default().retry();
        if retry.first > retry.longest {
            return Err(self.refused(&retry_span, "retry begins with more than its longest wait", "first <= longest"));
        }
        let or_none = |length: Option<Length>| length.map_or(Duration::ZERO, |length| length.0);
        let rate_limit = table.rate_limit.map(|limit| self.rate_limit(limit)).transpose()?;
        Ok(ReactionSettings {
            name: name.as_str().into(),
            when: table.when,
            unverified: table.unverified,
            wait: or_none(table.wait),
            interval: or_none(table.interval),
            repeat: table.repeat.map(|length| length.0),
            resolve,
            rate_limit,
            // What is undone for each alarm is done for each.
            alarms_max: if undo.is_some() { 1 } else { table.max_alarms.map_or(alarms_max, |most| most.get().into()) },
            timeout: table.timeout.map_or(TIMEOUT, |length| length.0),
            retry,
            dry_run: table.dry_run,
            undo,
        })
    }
}

/// A table with its action aside.
struct Parts<'a> {
    own: DeTable<'a>,
    undo: Option<Spanned<DeValue<'a>>>,
    action: Spanned<DeValue<'a>>,
    alarms_max: usize,
}

/// What stands between a beginning and the next backtick, and what follows it.
fn split_after<'t>(text: &'t str, beginning: &str) -> Option<(&'t str, &'t str)> {
    text.strip_prefix(beginning)?.split_once('`')
}

#[cfg(test)]
mod tests;
