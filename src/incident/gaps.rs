//! Times and files of which nothing is there, as the log shows them while it is read. Silence shows only at the end.

use std::sync::Arc;

use super::pauses::Silences;
use super::report::{Gap, GapKind, RunEnd};
use super::runs::Replaced;
use crate::entry::LogTime;
use crate::line::Place;
use crate::verdict::Capped;

/// How many gaps a report lists.
const LISTED_MAX: usize = 100_000;

/// All gaps so far.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    listed: Capped<Gap>,
    /// Files that were not read, since the latest entry.
    open: Vec<Gap>,
}

impl Gaps {
    /// A file is missing, or cannot be read behind a line; `from` is the time of the latest entry before.
    pub(super) fn unread(&mut self, file: &Arc<str>, line: u64, from: Option<LogTime>) {
        let after = Some(Place { file: Arc::clone(file), line });
        self.open.push(Gap { kind: GapKind::FileUnread, from, to: None, seconds: 0, after, before: None });
    }

    /// The first entry after files that were not read; whether there were any.
    pub(super) fn close(&mut self, time: LogTime, place: impl Fn() -> Place) -> bool {
        let open = std::mem::take(&mut self.open);
        let any = !open.is_empty();
        for gap in open {
            let seconds = gap.from.map_or(0, |from| seconds(from, time));
            self.list(Gap { to: Some(time), seconds, before: Some(place()), ..gap });
        }
        any
    }

    /// A service began again.
    pub(super) fn service_was_down(&mut self, replaced: &Replaced, to: LogTime, place: Place) {
        let kind = match replaced.end {
            RunEnd::Stopped => GapKind::Stopped,
            RunEnd::PoisonShutdown => GapKind::PoisonShutdown,
            RunEnd::NotStopped | RunEnd::LogEnds => GapKind::NotStopped,
        };
        let seconds = replaced.last.map_or(0, |from| seconds(from, to));
        let after = Some(replaced.last_place.clone());
        self.list(Gap { kind, from: replaced.last, to: Some(to), seconds, after, before: Some(place) });
    }

    /// Nothing more comes that could end an open gap.
    pub(super) fn end_stream(&mut self) {
        std::mem::take(&mut self.open).into_iter().for_each(|gap| self.list(gap));
    }

    fn list(&mut self, gap: Gap) {
        self.listed.push(gap, LISTED_MAX);
    }

    /// The gaps by time, those without one where they were read, and how many more there were.
    pub(super) fn finish(mut self, silences: &Silences) -> (Vec<Gap>, u64) {
        for pause in &silences.pauses {
            self.list(Gap {
                kind: GapKind::Silence,
                from: Some(pause.from),
                to: Some(pause.to),
                seconds: seconds(pause.from, pause.to),
                after: Some(pause.after.clone()),
                before: Some(pause.before.clone()),
            });
        }
        self.listed.items.sort_by_key(|gap| gap.from.or(gap.to));
        (self.listed.items, self.listed.omitted + silences.omitted)
    }
}

fn seconds(from: LogTime, to: LogTime) -> u64 {
    u64::try_from(to.unix_ms.saturating_sub(from.unix_ms) / 1000).unwrap_or(0)
}
