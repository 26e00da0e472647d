//! Poison records as the log tells of them: 587 is the alarm, and a 101 at warning level, with which the service ends itself,
//! stands right behind one (events, trap 2). A 101 that stands alone tells of an alarm that is not in the log.

use std::collections::VecDeque;
use std::sync::Arc;

use super::occurrence::Occurrence;

/// An alarm and what follows from it are not further apart than this, in milliseconds.
const SPAN_MS: i64 = 10_000;
/// How many alarms, and how many that have none yet, are remembered within that time.
const REMEMBERED_MAX: usize = 1_024;

/// What is remembered of a stream.
#[derive(Debug, Default)]
pub(super) struct Tripwire {
    /// The latest alarms: when, and whose.
    alarms: VecDeque<(i64, Option<Arc<str>>)>,
    /// What may belong to an alarm that comes yet.
    waiting: VecDeque<Occurrence>,
}

impl Tripwire {
    /// Takes in an alarm; what waited for one in vain.
    pub(super) fn alarm(&mut self, clock: i64, client: Option<Arc<str>>) -> Vec<Occurrence> {
        let in_vain = self.give_up_before(clock.saturating_sub(SPAN_MS));
        self.waiting.retain(|it| !is_same(&client, &it.client));
        while self.alarms.front().is_some_and(|(at, _)| *at < clock.saturating_sub(SPAN_MS))
            || self.alarms.len() >= REMEMBERED_MAX
        {
            self.alarms.pop_front();
        }
        if self.alarms.back() != Some(&(clock, client.clone())) {
            self.alarms.push_back((clock, client));
        }
        in_vain
    }

    /// Takes in what follows from an alarm; what waited for one in vain.
    pub(super) fn reaction(&mut self, reaction: Occurrence) -> Vec<Occurrence> {
        let horizon = reaction.clock.saturating_sub(SPAN_MS);
        let mut in_vain = self.give_up_before(horizon);
        let told = self.alarms.iter().any(|(at, client)| *at >= horizon && is_same(client, &reaction.client));
        if !told {
            if self.waiting.len() >= REMEMBERED_MAX {
                in_vain.extend(self.waiting.pop_front());
            }
            self.waiting.push_back(reaction);
        }
        in_vain
    }

    fn give_up_before(&mut self, horizon: i64) -> Vec<Occurrence> {
        let over = self.waiting.iter().take_while(|it| it.clock < horizon).count();
        self.waiting.drain(..over).collect()
    }

    /// The stream is at its end: what waits still.
    pub(super) fn finish(&mut self) -> Vec<Occurrence> {
        self.alarms.clear();
        std::mem::take(&mut self.waiting).into()
    }
}

/// Whether both may be the same client's: Acra ends itself without naming one.
fn is_same(a: &Option<Arc<str>>, b: &Option<Arc<str>>) -> bool {
    let named = |client: &Option<Arc<str>>| client.as_deref().is_some_and(|name| !name.is_empty());
    !named(a) || !named(b) || a == b
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::incident_builder::tests::occurrence;

    /// Whether it is an alarm, whose, and in which second.
    type Row<'a> = (bool, &'a str, i64);

    /// How many reactions are without an alarm, when alarms and reactions of clients come at these seconds.
    fn alone(entries: &[Row<'_>]) -> usize {
        let mut tripwire = Tripwire::default();
        let mut alone = 0;
        for (is_alarm, client, second) in entries {
            let client: Option<Arc<str>> = Some(*client).filter(|client| !client.is_empty()).map(Into::into);
            alone += match is_alarm {
                true => tripwire.alarm(second * 1000, client).len(),
                false => tripwire.reaction(Occurrence { client, ..occurrence(*second) }).len(),
            };
        }
        alone + tripwire.finish().len()
    }

    #[test]
    fn a_reaction_stands_beside_its_alarm_or_alone() {
        let cases: [(&str, &[Row<'_>], usize); 8] = [
            ("nothing", &[], 0),
            ("right behind its alarm", &[(true, "a", 5), (false, "", 5)], 0),
            ("right before it", &[(false, "", 5), (true, "a", 6)], 0),
            ("no alarm at all", &[(false, "", 5)], 1),
            ("one of long ago", &[(true, "a", 5), (false, "", 60)], 1),
            ("one of long after", &[(false, "a", 5), (true, "a", 60)], 1),
            ("that of another client", &[(true, "a", 5), (false, "b", 5)], 1),
            ("one with, one without", &[(true, "a", 5), (false, "a", 5), (false, "a", 90)], 1),
        ];
        for (what, entries, wanted) in cases {
            assert_eq!(alone(entries), wanted, "{what}");
        }
    }

    #[test]
    fn memory_is_bounded_and_nothing_is_lost() {
        let entries: Vec<_> = (0..3 * REMEMBERED_MAX).map(|_| (false, "a", 1)).collect();
        assert_eq!(alone(&entries), entries.len());
    }
}
