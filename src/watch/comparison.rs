//! The alarms that two sets of rules raise in one log, and which of them differ. Reading the log is left to others, and so is saying
//! what came of it.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::alarm::{Alarm, AlarmId, AlarmKind, SealProof};
use crate::entry::LogTime;

/// The most alarms of one log that are held for one set of rules.
const ALARMS_MAX: usize = 16_384;

/// Which rules raise it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleSide {
    /// Those that are compared.
    Before,
    /// Those that they are compared with.
    After,
}

/// What other rules make of an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AlarmChange {
    /// Only the rules that are compared raise it.
    Removed,
    /// Only those that they are compared with raise it.
    Added,
    /// Both raise it: more or less often, earlier or later, or as more or less severe.
    Changed,
}

/// An alarm, and when it was raised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RaisedAlarm {
    /// As it was told last.
    pub alarm: Alarm,
    /// The time of the entry that raised it; None when it states none.
    pub raised: Option<LogTime>,
}

/// The alarms of one log, as they come.
#[derive(Debug, Default)]
pub struct AlarmComparison {
    before: BTreeMap<AlarmId, RaisedAlarm>,
    after: BTreeMap<AlarmId, RaisedAlarm>,
    not_compared: u64,
}

/// What came of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct AlarmDifferences {
    /// How many alarms are the same.
    pub same: u64,
    /// The others, in the order in which they were raised.
    pub differences: Vec<AlarmDifference>,
    /// Changes of alarms for which there was no room.
    pub not_compared: u64,
}

/// An alarm that both raise, or only one of them.
#[derive(Debug, PartialEq, Eq)]
pub struct AlarmDifference {
    /// By the rules that are compared.
    pub before: Option<RaisedAlarm>,
    /// By those that they are compared with.
    pub after: Option<RaisedAlarm>,
}

/// What alarms have in common that are the same but for their extent.
type AlarmTopic = (AlarmKind, String, Option<Arc<str>>, bool);

impl AlarmComparison {
    /// Takes in a change of an alarm.
    pub fn take(&mut self, side: RuleSide, alarm: Alarm) {
        // Where one side has no room, what is new on the other one would look as if only that raised it.
        let is_full = self.before.len().max(self.after.len()) >= ALARMS_MAX;
        let alarms = match side {
            RuleSide::Before => &mut self.before,
            RuleSide::After => &mut self.after,
        };
        match alarms.get_mut(&alarm.id) {
            Some(known) => known.alarm = alarm,
            None if is_full => self.not_compared += 1,
            None => {
                let raised = alarm.last.or(alarm.first);
                alarms.insert(alarm.id.clone(), RaisedAlarm { alarm, raised });
            }
        }
    }

    /// No more comes of this log.
    pub fn finish(mut self) -> AlarmDifferences {
        let mut pairs = Vec::new();
        let mut apart = BTreeMap::<AlarmTopic, (Vec<RaisedAlarm>, Vec<RaisedAlarm>)>::new();
        for (id, before) in self.before {
            match self.after.remove(&id) {
                Some(after) => pairs.push(AlarmDifference { before: Some(before), after: Some(after) }),
                None => apart.entry(before.topic()).or_default().0.push(before),
            }
        }
        for after in self.after.into_values() {
            apart.entry(after.topic()).or_default().1.push(after);
        }
        // Another threshold makes another entry the one that raises it.
        pairs.extend(apart.into_values().flat_map(|(before, after)| overlapping(before, after)));
        let all = pairs.len();
        pairs.retain(AlarmDifference::differs);
        let same = (all - pairs.len()) as u64;
        pairs.sort_by_cached_key(|pair| pair.before.iter().chain(&pair.after).map(RaisedAlarm::order).min());
        AlarmDifferences { same, differences: pairs, not_compared: self.not_compared }
    }
}

/// Pairs those of one topic that overlap; the others stay alone.
fn overlapping(mut before: Vec<RaisedAlarm>, mut after: Vec<RaisedAlarm>) -> Vec<AlarmDifference> {
    before.sort_by_cached_key(RaisedAlarm::extent);
    after.sort_by_cached_key(RaisedAlarm::extent);
    let (mut before, mut after) = (before.into_iter().peekable(), after.into_iter().peekable());
    let mut pairs = Vec::new();
    loop {
        let order = match (before.peek(), after.peek()) {
            (Some(before), Some(after)) => before.place(after),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return pairs,
        };
        pairs.push(AlarmDifference {
            before: before.next_if(|_| order.is_le()),
            after: after.next_if(|_| order.is_ge()),
        });
    }
}

impl RaisedAlarm {
    fn topic(&self) -> AlarmTopic {
        let Alarm { kind, rule, group, verified, .. } = &self.alarm;
        (*kind, rule.clone(), group.clone(), *verified == SealProof::Yes)
    }

    fn extent(&self) -> (Option<LogTime>, Option<LogTime>, AlarmId) {
        (self.alarm.first, self.alarm.last, self.alarm.id.clone())
    }

    fn order(&self) -> (Option<LogTime>, AlarmId) {
        (self.raised, self.alarm.id.clone())
    }

    /// Whether it is over before another one begins, or begins when that is over; equal where they overlap.
    fn place(&self, other: &Self) -> Ordering {
        match (self.alarm.last < other.alarm.first, other.alarm.last < self.alarm.first) {
            (true, _) => Ordering::Less,
            (_, true) => Ordering::Greater,
            (false, false) => Ordering::Equal,
        }
    }
}

impl AlarmDifference {
    /// What the other rules make of it.
    pub fn change(&self) -> AlarmChange {
        match (&self.before, &self.after) {
            (_, None) => AlarmChange::Removed,
            (None, Some(_)) => AlarmChange::Added,
            (Some(_), Some(_)) => AlarmChange::Changed,
        }
    }

    fn differs(&self) -> bool {
        let told = |it: &RaisedAlarm| (it.alarm.count, it.raised, it.alarm.severity_score);
        self.before.as_ref().map(told) != self.after.as_ref().map(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::LogTime;
    use crate::incident::{EntryName, Kind, Severity};
    use crate::watch::AlarmState;

    const KIND: AlarmKind = AlarmKind::Incident(Kind::SqlFirewallBurst);

    /// One of a client that begins and ends at these seconds, so often.
    fn alarm(client: &str, first: i64, last: i64, count: u64) -> Alarm {
        let time = |seconds| Some(LogTime { unix_ms: 1_000 * seconds });
        Alarm {
            state: AlarmState::Raised,
            kind: KIND,
            id: AlarmId::new(KIND, "sql-firewall", Some(client), EntryName::of(None, &last.to_be_bytes())),
            severity: Severity::High,
            severity_score: 8,
            title: String::new(),
            summary: String::new(),
            rule: "sql-firewall".to_owned(),
            rule_text: String::new(),
            stream: "acra.log".to_owned(),
            verified: SealProof::Yes,
            group: Some(client.into()),
            client_ids: vec![client.to_owned()],
            client_ids_omitted: 0,
            session_ids: Vec::new(),
            session_ids_omitted: 0,
            codes: vec![560],
            count,
            counted: "blocked queries".to_owned(),
            entries: count,
            first: time(first),
            last: time(last),
            places: Vec::new(),
            places_omitted: 0,
            examples: Vec::new(),
            advice: String::new(),
            test: false,
        }
    }

    /// The changes, each with the counts before and after.
    fn compared(before: &[Alarm], after: &[Alarm]) -> (u64, Vec<(AlarmChange, u64, u64)>) {
        let mut comparison = AlarmComparison::default();
        before.iter().for_each(|alarm| comparison.take(RuleSide::Before, alarm.clone()));
        after.iter().for_each(|alarm| comparison.take(RuleSide::After, alarm.clone()));
        let AlarmDifferences { same, differences, not_compared } = comparison.finish();
        assert_eq!(not_compared, 0);
        let count = |side: &Option<RaisedAlarm>| side.as_ref().map_or(0, |it| it.alarm.count);
        (same, differences.iter().map(|it| (it.change(), count(&it.before), count(&it.after))).collect())
    }

    #[test]
    fn alarms_are_the_same_when_they_overlap_whichever_entry_raised_them() {
        let early = [alarm("a", 0, 10, 5)];
        assert_eq!(compared(&early, &early), (1, vec![]));
        let later = alarm("a", 4, 20, 7);
        assert_eq!(compared(&early, &[later]), (0, vec![(AlarmChange::Changed, 5, 7)]));
        let apart = alarm("a", 11, 20, 7);
        let both = vec![(AlarmChange::Removed, 5, 0), (AlarmChange::Added, 0, 7)];
        assert_eq!(compared(&early, &[apart]), (0, both.clone()));
        let of_another = alarm("b", 0, 12, 7);
        assert_eq!(compared(&early, &[of_another]), (0, both.clone()));
        let unproven = Alarm { verified: SealProof::NotYet, ..alarm("a", 0, 12, 7) };
        assert_eq!(compared(&early, &[unproven]), (0, both));
    }

    #[test]
    fn one_alarm_that_becomes_several_is_changed_and_the_rest_is_new() {
        let long = alarm("a", 0, 100, 50);
        let short = [alarm("a", 0, 10, 20), alarm("a", 60, 70, 20)];
        let wanted = vec![(AlarmChange::Changed, 50, 20), (AlarmChange::Added, 0, 20)];
        assert_eq!(compared(std::slice::from_ref(&long), &short), (0, wanted));
        let wanted = vec![(AlarmChange::Changed, 20, 50), (AlarmChange::Removed, 20, 0)];
        assert_eq!(compared(&short, &[long]), (0, wanted));
    }

    #[test]
    fn an_alarm_counts_as_it_was_last_and_from_when_it_was_raised() {
        let raised = alarm("a", 0, 10, 5);
        let grown = |last| Alarm { count: 9, last, ..raised.clone() };
        let later = Alarm { id: alarm("a", 0, 20, 5).id, ..grown(alarm("a", 0, 20, 9).last) };
        assert_eq!(compared(&[raised.clone(), grown(later.last)], &[raised.clone(), grown(None)]), (1, vec![]));
        assert_eq!(compared(&[raised.clone(), grown(later.last)], &[later]), (0, vec![(AlarmChange::Changed, 9, 9)]));
        let severe = Alarm { severity_score: 9, ..raised.clone() };
        assert_eq!(compared(&[raised], &[severe]), (0, vec![(AlarmChange::Changed, 5, 5)]));
    }

    #[test]
    fn beyond_the_most_that_are_held_alarms_are_counted_on_both_sides() {
        let mut comparison = AlarmComparison::default();
        for second in 0..=ALARMS_MAX as i64 {
            comparison.take(RuleSide::Before, alarm("a", second, second, 1));
        }
        comparison.take(RuleSide::After, alarm("a", 0, 0, 1));
        assert_eq!(comparison.finish().not_compared, 2);
    }
}
