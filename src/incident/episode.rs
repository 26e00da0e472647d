//! Finds episodes: occurrences that come close together, often enough. It knows no kinds and no clients, only a clock and a
//! threshold; what an episode means is left to `detectors`.

use std::collections::VecDeque;

use super::incident_builder::IncidentBuilder;
use super::occurrence::Occurrence;
use super::rules::Threshold;

/// Occurrences of one kind, and of one client where the kind asks for it.
#[derive(Debug)]
pub(super) struct Track {
    /// What is not an episode yet: fewer than the threshold, none older than its span.
    pending: VecDeque<Occurrence>,
    episode: Option<Episode>,
    /// The latest clock.
    now: i64,
}

#[derive(Debug)]
struct Episode {
    draft: IncidentBuilder,
    /// The clocks of the latest occurrences; as many as it takes to go on.
    latest: VecDeque<i64>,
}

/// What became of occurrences.
#[derive(Debug, Default)]
pub(super) struct Settled {
    /// An episode that is over.
    pub(super) episode: Option<IncidentBuilder>,
    /// Occurrences that were too few.
    pub(super) quiet: Vec<Occurrence>,
}

impl Track {
    /// Nothing happened yet.
    pub(super) fn new() -> Self {
        Self { pending: VecDeque::new(), episode: None, now: i64::MIN }
    }

    /// Whether nothing of it can belong to an episode with what comes at this time.
    pub(super) fn is_over(&self, rule: Threshold, clock: i64) -> bool {
        self.now < clock.saturating_sub(rule.within.milliseconds())
    }

    /// Takes one more occurrence in. An episode begins with the first of so many occurrences within the span, and goes on
    /// while at least half as many are as close: around the threshold it would else fall apart.
    pub(super) fn add(&mut self, occurrence: Occurrence, rule: Threshold) -> Settled {
        self.now = self.now.max(occurrence.clock);
        let horizon = self.now.saturating_sub(rule.within.milliseconds());
        let mut settled = Settled::default();
        if let Some(episode) = &mut self.episode {
            if episode.goes_on(self.now, horizon, rule) {
                episode.draft.add(&occurrence);
                return settled;
            }
            settled.episode = self.episode.take().map(|episode| episode.draft);
        }
        while self.pending.front().is_some_and(|oldest| oldest.clock < horizon) {
            settled.quiet.extend(self.pending.pop_front());
        }
        self.pending.push_back(occurrence);
        if self.pending.len() >= usize::from(rule.at_least.get()) {
            self.episode = Some(Episode::of(std::mem::take(&mut self.pending), rule));
        }
        settled
    }

    /// Nothing more comes.
    pub(super) fn finish(self) -> Settled {
        Settled { episode: self.episode.map(|episode| episode.draft), quiet: self.pending.into() }
    }
}

impl Episode {
    fn of(occurrences: VecDeque<Occurrence>, rule: Threshold) -> Self {
        let mut episode = Self { draft: IncidentBuilder::default(), latest: VecDeque::new() };
        for occurrence in &occurrences {
            episode.draft.add(occurrence);
            episode.remember(occurrence.clock, rule);
        }
        episode
    }

    /// Whether an occurrence of now belongs to it.
    fn goes_on(&mut self, now: i64, horizon: i64, rule: Threshold) -> bool {
        self.remember(now, rule);
        self.latest.front().is_some_and(|oldest| *oldest >= horizon)
    }

    fn remember(&mut self, clock: i64, rule: Threshold) {
        self.latest.push_back(clock);
        if self.latest.len() > to_go_on(rule) {
            self.latest.pop_front();
        }
    }
}

/// How many occurrences, the latest among them, must lie within the span for an episode to go on.
fn to_go_on(rule: Threshold) -> usize {
    usize::from(rule.at_least.get()).div_ceil(2).max(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::incident_builder::tests::occurrence;

    fn rule(at_least: u16) -> Threshold {
        serde_json::from_value(serde_json::json!({"at-least": at_least, "within": "10s"})).unwrap()
    }

    /// The number of occurrences in each episode, and how many were in none.
    type Found = (Vec<u64>, usize);

    /// What is found when occurrences come at these seconds.
    fn episodes(at_least: u16, seconds: impl IntoIterator<Item = i64>) -> Found {
        let (mut track, rule) = (Track::new(), rule(at_least));
        let (mut counts, mut quiet) = (Vec::new(), 0);
        let mut settle = |settled: Settled| {
            counts.extend(settled.episode.map(|draft| draft.count));
            quiet += settled.quiet.len();
        };
        for second in seconds {
            settle(track.add(occurrence(second), rule));
        }
        settle(track.finish());
        (counts, quiet)
    }

    #[test]
    fn an_episode_takes_so_many_within_the_span_and_ends_when_they_are_no_longer_close() {
        let cases: [(&str, u16, &[i64], Found); 8] = [
            ("nothing", 3, &[], (vec![], 0)),
            ("too few", 3, &[0, 1], (vec![], 2)),
            ("enough", 3, &[0, 1, 2], (vec![3], 0)),
            ("the span belongs to it", 3, &[0, 5, 10], (vec![3], 0)),
            ("one second more is too far", 3, &[0, 5, 11], (vec![], 3)),
            ("the first of a slow row are left out", 3, &[0, 8, 16, 17], (vec![3], 1)),
            ("a pause ends it", 3, &[0, 1, 2, 30, 31, 32, 33], (vec![3, 4], 0)),
            ("one alone is enough where the rule says so", 1, &[0, 9, 30], (vec![2, 1], 0)),
        ];
        for (what, at_least, seconds, wanted) in cases {
            assert_eq!(episodes(at_least, seconds.iter().copied()), wanted, "{what}");
        }
    }

    #[test]
    fn around_the_threshold_an_episode_does_not_fall_apart() {
        // Four within the span make one of four; one every four seconds is three within the span.
        let row = (0..4).chain((8..100).step_by(4));
        assert_eq!(episodes(4, row), (vec![27], 0));
    }

    #[test]
    fn a_clock_that_goes_back_loses_nothing() {
        assert_eq!(episodes(3, [5, 4, 6, 0, 7]), (vec![5], 0));
    }

    proptest::proptest! {
        #[test]
        fn every_occurrence_is_in_an_episode_or_quiet(at_least in 1_u16..6, steps in proptest::collection::vec(0_i64..12, 0..80)) {
            let seconds: Vec<i64> = steps.iter().scan(0, |at, step| { *at += step; Some(*at) }).collect();
            let (counts, quiet) = episodes(at_least, seconds.iter().copied());
            proptest::prop_assert_eq!(counts.iter().sum::<u64>() as usize + quiet, seconds.len());
            proptest::prop_assert!(counts.iter().all(|count| *count >= u64::from(at_least)));
        }
    }
}
