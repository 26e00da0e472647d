//! Incidents by rules of Sigma: each match that goes on becomes one, told by its rule. What matches, and how matches are counted,
//! is left to `query`.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::incidents::IncidentBuilder;
use super::occurrence::{EntryName, Occurrence};
use super::report::{Applied, Incident};
use crate::query::{Correlator, MatchState, SigmaHits, SigmaLevel, SigmaMatch, SigmaRules};

/// Matches of a run on their way to incidents.
#[derive(Debug)]
pub(super) struct SigmaMatches {
    rules: Arc<SigmaRules>,
    correlator: Correlator<Arc<Occurrence>>,
    /// By the number of the match: what belongs to it so far.
    ongoing: HashMap<u64, IncidentBuilder>,
}

impl SigmaMatches {
    pub(super) fn new(rules: Arc<SigmaRules>) -> Self {
        Self { correlator: Correlator::new(Arc::clone(&rules)), rules, ongoing: HashMap::new() }
    }

    /// Takes in what rules say of an entry, at a time of its stream in milliseconds; the incidents that are over by then.
    pub(super) fn observe(
        &mut self,
        hits: &SigmaHits,
        clock: i64,
        occurrence: impl FnOnce() -> Occurrence,
    ) -> Vec<Incident> {
        let changes = self.correlator.observe(hits, clock, || Arc::new(occurrence()));
        self.take(changes)
    }

    /// The same while a log is watched: what became of each match, what belongs to it taken in.
    pub(super) fn observe_live(
        &mut self,
        hits: &SigmaHits,
        clock: i64,
        occurrence: impl FnOnce() -> Occurrence,
    ) -> Vec<SigmaMatch<Arc<Occurrence>>> {
        let changes = self.correlator.observe(hits, clock, || Arc::new(occurrence()));
        changes.iter().for_each(|change| self.add(change));
        changes
    }

    /// It is so late; what became of each match.
    pub(super) fn advance(&mut self, clock: i64) -> Vec<SigmaMatch<Arc<Occurrence>>> {
        let changes = self.correlator.advance(clock);
        changes.iter().for_each(|change| self.add(change));
        changes
    }

    /// Nothing more is matched; what became of each match.
    pub(super) fn finish_live(&mut self) -> Vec<SigmaMatch<Arc<Occurrence>>> {
        let changes = self.correlator.finish();
        changes.iter().for_each(|change| self.add(change));
        changes
    }

    /// A match as it stands, and the entry that was added last. One that is over is forgotten.
    pub(super) fn standing(&mut self, change: &SigmaMatch<Arc<Occurrence>>) -> Option<(Incident, Option<EntryName>)> {
        let builder = match change.state {
            MatchState::Closed => self.ongoing.remove(&change.id)?,
            MatchState::Raised | MatchState::Updated => self.ongoing.get(&change.id)?.clone(),
        };
        let latest = builder.latest;
        Some((self.incident(builder, change), latest))
    }

    /// What tells a match apart from others: its rule, which others may share the title of, and what that groups by.
    pub(super) fn group(&self, change: &SigmaMatch<Arc<Occurrence>>) -> String {
        let id = self.rules.rule(change.rule).id.as_deref();
        let values = change.group.iter().map(|(_, value)| value.as_deref().unwrap_or_default());
        id.into_iter().chain(values).collect::<Vec<_>>().join(" ")
    }

    fn add(&mut self, change: &SigmaMatch<Arc<Occurrence>>) {
        let builder = self.ongoing.entry(change.id).or_default();
        change.entries.iter().for_each(|occurrence| builder.add(occurrence));
    }

    /// A stream is at its end.
    pub(super) fn end_stream(&mut self) -> Vec<Incident> {
        let changes = self.correlator.finish();
        self.take(changes)
    }

    /// What the report does not show of them, for people.
    pub(super) fn not_shown(&self) -> Vec<String> {
        let mut limits = Vec::new();
        let passed_over = self.rules.passed_over();
        if let Some(first) = passed_over.first() {
            let (count, place, why) = (passed_over.len(), &first.place, &first.why);
            limits.push(match count {
                1 => format!("what a rule of Sigma asks for that was passed over: {place}: {why}"),
                _ => format!("what {count} rules of Sigma ask for that were passed over, like {place}: {why}"),
            });
        }
        match self.correlator.given_up() {
            0 => {}
            groups => limits.push(format!(
                "correlations of Sigma in {groups} groups of entries, which were given up because there are too many"
            )),
        }
        limits
    }

    fn take(&mut self, changes: Vec<SigmaMatch<Arc<Occurrence>>>) -> Vec<Incident> {
        let mut over = Vec::new();
        for change in changes {
            self.add(&change);
            if change.state == MatchState::Closed
                && let Some(builder) = self.ongoing.remove(&change.id)
            {
                over.push(self.incident(builder, &change));
            }
        }
        over
    }

    fn incident(&self, builder: IncidentBuilder, ended: &SigmaMatch<Arc<Occurrence>>) -> Incident {
        let rule = self.rules.rule(ended.rule);
        let applied = Applied {
            name: Cow::Owned(rule.title.clone()),
            text: format!("{} (Sigma, {})", ended.demands, rule.place),
            numbers: BTreeMap::from([("observed", ended.count)]),
        };
        builder.raise_by_sigma(rule.title.clone(), score(rule.level), ended.count, applied)
    }
}

/// How severe a level is, 0 to 10.
fn score(level: SigmaLevel) -> u8 {
    match level {
        SigmaLevel::Informational => 1,
        SigmaLevel::Low => 3,
        SigmaLevel::Medium => 5,
        SigmaLevel::High => 8,
        SigmaLevel::Critical => 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::Severity;

    #[test]
    fn a_level_is_as_severe_as_its_word() {
        let levels = [SigmaLevel::Low, SigmaLevel::Medium, SigmaLevel::High, SigmaLevel::Critical];
        for level in levels {
            assert_eq!(Severity::of_score(score(level)).name(), level.name());
        }
        assert_eq!(Severity::of_score(score(SigmaLevel::Informational)), Severity::Low);
    }
}
