//! Which alarms a reaction is for: conditions on what an alarm says of itself. What is a list holds for any of its items, what is a
//! table for all of them. When an alarm is told is left to `schedule`.

use std::marker::PhantomData;
use std::{fmt, iter};

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, IntoDeserializer as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use strum::VariantArray as _;

use crate::failure::Failure;
use crate::incident::{Kind, Severity};
use crate::query::{CodeSet, Names, either, nearest};
use crate::watch::{Alarm, AlarmKind, AlarmState, SealProof};

/// The changes that are told when none are named. That an alarm goes on is told by `repeat`.
const TOLD: [AlarmState; 2] = [AlarmState::Raised, AlarmState::Closed];

/// What `when` says: alternatives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When(Vec<AlarmCondition>);

/// What one table below `when` says: all of it must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct AlarmCondition {
    kind: Option<OneOrMore<KindWord>>,
    /// At least this severe.
    severity: Option<SeverityWord>,
    code: Option<OneOrMore<CodeWord>>,
    client: Option<OneOrMore<NameWord>>,
    rule: Option<OneOrMore<NameWord>>,
    /// Titles of Sigma rules, or their ids until the rules are known.
    sigma: Option<OneOrMore<String>>,
    /// Which of its changes are told.
    state: Option<OneOrMore<StateWord>>,
}

impl Default for When {
    /// Every alarm.
    fn default() -> Self {
        Self(vec![AlarmCondition::default()])
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let OneOrMore(alternatives) = OneOrMore::deserialize(deserializer)?;
        Ok(Self(alternatives))
    }
}

impl When {
    /// Whether an alarm is meant.
    pub fn matches(&self, alarm: &Alarm) -> bool {
        self.0.iter().any(|condition| condition.matches(alarm))
    }

    /// Whether a change of an alarm is to be told. Of one that is not meant any more everything is that anything could ask for: it was
    /// told before.
    pub fn tells(&self, alarm: &Alarm, state: AlarmState) -> bool {
        let mut meant = self.0.iter().filter(|condition| condition.matches(alarm)).peekable();
        if meant.peek().is_some() {
            return meant.any(|condition| condition.tells(state));
        }
        self.0.iter().any(|condition| condition.tells(state))
    }

    /// Whether that an alarm is over is told without being asked for, or asked for.
    pub fn tells_ends(&self) -> bool {
        self.0.iter().any(|condition| condition.tells(AlarmState::Closed))
    }

    /// Puts the titles of Sigma rules where their ids stand. `rules` are all of them, each by its id and its title.
    ///
    /// # Errors
    /// When no rule has such an id or title: nothing would ever be told.
    pub fn name_sigma_rules(&mut self, rules: &[(Option<&str>, &str)]) -> Result<(), Failure> {
        let names = self.0.iter_mut().filter_map(|condition| condition.sigma.as_mut()).flat_map(|names| &mut names.0);
        for name in names {
            let by_id = rules.iter().find(|(id, _)| id.is_some_and(|id| id.eq_ignore_ascii_case(name)));
            let Some((_, title)) = by_id.or_else(|| rules.iter().find(|(_, title)| title == name)) else {
                return Err(unknown("Sigma rule", name, rules.iter().map(|(_, title)| *title)));
            };
            (*title).clone_into(name);
        }
        Ok(())
    }
}

impl AlarmCondition {
    fn matches(&self, alarm: &Alarm) -> bool {
        fn any<T>(words: &Option<OneOrMore<T>>, is_meant: impl Fn(&T) -> bool) -> bool {
            words.as_ref().is_none_or(|words| words.0.iter().any(is_meant))
        }
        any(&self.kind, |kind| kind.0 == alarm.kind)
            && self.severity.as_ref().is_none_or(|least| alarm.severity >= least.0)
            && any(&self.code, |codes| alarm.codes.iter().any(|code| codes.0.contains(*code)))
            && any(&self.client, |names| alarm.client_ids.iter().any(|client| names.0.contain(client.as_bytes())))
            && any(&self.rule, |names| names.0.contain(alarm.rule.as_bytes()))
            && any(&self.sigma, |title| *title == alarm.rule)
    }

    fn tells(&self, state: AlarmState) -> bool {
        match &self.state {
            Some(states) => states.0.iter().any(|word| word.0 == state),
            None => TOLD.contains(&state),
        }
    }
}

/// Whether what an alarm says is proven, or said by acralog itself: that a log was altered, is silent, or that its chain is not in
/// order cannot be told by a forged line alone.
pub fn is_trusted(alarm: &Alarm) -> bool {
    const OWN: [AlarmKind; 3] =
        [AlarmKind::Incident(Kind::IntegrityFailure), AlarmKind::Incident(Kind::Silence), AlarmKind::IntegrityWarning];
    alarm.verified == SealProof::Yes || OWN.contains(&alarm.kind)
}

/// Says which names are most like one that is not known.
pub(super) fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Failure {
    const LISTED_MAX: usize = 24;
    let near = nearest(name, known.clone());
    let failure = Failure::usage(format!("no {what} is called `{name}`"));
    let all: Vec<&str> = known.take(LISTED_MAX + 1).collect();
    match &near[..] {
        [] if all.len() > LISTED_MAX || all.is_empty() => failure,
        [] => failure.with_hint(format!("known are {}", all.join(", "))),
        near => failure.with_hint(format!("did you mean {}?", either(near))),
    }
}

/// One value, or a list of them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct OneOrMore<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMore<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrMoreVisitor(PhantomData))
    }
}

struct OneOrMoreVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrMoreVisitor<T> {
    type Value = OneOrMore<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("one value, or a list of them")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(OneOrMore(vec![T::deserialize(text.into_deserializer())?]))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(OneOrMore(vec![T::deserialize(number.into_deserializer())?]))
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Self::Value, M::Error> {
        Ok(OneOrMore(vec![T::deserialize(MapAccessDeserializer::new(map))?]))
    }

    fn visit_seq<S: SeqAccess<'de>>(self, items: S) -> Result<Self::Value, S::Error> {
        let items = Vec::deserialize(SeqAccessDeserializer::new(items))?;
        // Nothing would ever match.
        if items.is_empty() {
            return Err(S::Error::custom("a list of nothing matches nothing; hint: leave it out to match everything"));
        }
        Ok(OneOrMore(items))
    }
}

/// A text that stands for something.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct KindWord(AlarmKind);

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct SeverityWord(Severity);

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct StateWord(AlarmState);

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct NameWord(Names);

/// A code by its number, or as `grep --code` takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct CodeWord(CodeSet);

impl TryFrom<String> for KindWord {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let known = AlarmKind::all().map(AlarmKind::name).collect::<Vec<_>>();
        let refused = || unknown("kind of alarm", &text, known.iter().copied()).in_one_line();
        AlarmKind::of_name(&text).map(Self).ok_or_else(refused)
    }
}

impl TryFrom<String> for SeverityWord {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let found = Severity::ALL.into_iter().find(|severity| severity.name() == text);
        let refused = || unknown("severity", &text, Severity::ALL.into_iter().map(Severity::name)).in_one_line();
        found.map(Self).ok_or_else(refused)
    }
}

impl TryFrom<String> for StateWord {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let all = AlarmState::VARIANTS.iter().copied();
        let refused = || unknown("state", &text, all.clone().map(AlarmState::name)).in_one_line();
        all.clone().find(|state| state.name() == text).map(Self).ok_or_else(refused)
    }
}

impl TryFrom<String> for NameWord {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Names::parse([text.as_str()]).map(Self).map_err(|failure| failure.in_one_line())
    }
}

impl<'de> Deserialize<'de> for CodeWord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CodeVisitor)
    }
}

struct CodeVisitor;

impl Visitor<'_> for CodeVisitor {
    type Value = CodeWord;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an event code: 587, \"5xx\", \"510-514\" or the name of one")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<CodeWord, E> {
        let code = u16::try_from(number).map_err(|_| E::custom(format!("{number} is no event code")))?;
        Ok(CodeWord(iter::once(code).collect()))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<CodeWord, E> {
        CodeSet::parse([text]).map(CodeWord).map_err(|failure| E::custom(failure.in_one_line()))
    }
}
