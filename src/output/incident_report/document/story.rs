//! What the log tells beside its incidents: runs, sessions, lines without a seal, gaps.

use super::incidents::session;
use super::{Block, Depth, Item, Nouns, list, named};
use crate::incident::report::{Gap, GapKind, ServiceRun, SessionRecord, UnsignedRange};
use crate::output::incident_report::phrase::{Phrase, joined, ours, theirs};
use crate::output::incident_report::view::View;
use crate::output::incident_report::wording::{duration, place};

const RUNS: Nouns = Nouns {
    one: "run",
    many: "runs",
    none: "No run of a service is in the log.",
    columns: &["Run", "Times, entries, end", "Start-up line", "Stream"],
};
const SESSIONS: Nouns = Nouns { one: "session", many: "sessions", none: "No session is in the log.", columns: &[] };
const UNSIGNED: Nouns = Nouns {
    one: "stretch",
    many: "stretches",
    none: "Every line has a seal, or nothing was read.",
    columns: &["Lines", "First, last"],
};
const GAPS: Nouns =
    Nouns { one: "gap", many: "gaps", none: "No gap was found.", columns: &["Gap", "From, to", "Where"] };

pub(super) fn runs<'a>(report: &'a View<'a>, depth: Depth) -> Vec<Block<'a>> {
    list(report.head(&report.runs, report.runs_omitted), RUNS, |run| of_run(run, depth))
}

fn of_run(run: &ServiceRun, depth: Depth) -> Item<'_> {
    let service = run.service.as_ref().map_or_else(|| ours("a service that is not named"), theirs);
    let version = run.version.as_ref().map(|version| ours(" ").theirs(version));
    let pid = run.pid.as_ref().map(|pid| ours(", process ").theirs(pid));
    let head = ours("run ").number(run.number).ours(": ").then([service]).then(version).then(pid);
    let start = match &run.start {
        Some(start) => ours("start-up line ").theirs(place(&start.file, start.line, 0)),
        None => ours("began before the log does"),
    };
    let begins_there = run.start.as_ref().is_some_and(|start| start.file == run.stream);
    let stream = (!begins_there).then(|| ours("stream ").theirs(&*run.stream));
    let times = Phrase::default().when(run.first, run.last).ours(", ").counted(run.entries, "entry", "entries");
    let end = named(run.end.title(), run.end.name(), depth);
    Item::new(head, [Some(times.ours("; ").then([end])), Some(start), stream])
}

pub(super) fn sessions<'a>(report: &'a View<'a>) -> Vec<Block<'a>> {
    let sessions = report.sessions.as_deref().unwrap_or_default();
    list(report.head(sessions, report.sessions_omitted), SESSIONS, |record: &SessionRecord| {
        Item::new(session(record), [])
    })
}

pub(super) fn unsigned<'a>(report: &'a View<'a>) -> Vec<Block<'a>> {
    list(report.head(&report.unsigned, report.unsigned_omitted), UNSIGNED, stretch)
}

fn stretch(stretch: &UnsignedRange) -> Item<'_> {
    let lines = theirs(place(&stretch.file, stretch.line, stretch.through));
    let lines = lines.ours(" (").counted(stretch.lines, "line", "lines").ours(")");
    Item::new(lines, [Some(Phrase::default().when(stretch.first, stretch.last))])
}

pub(super) fn gaps<'a>(report: &'a View<'a>, depth: Depth) -> Vec<Block<'a>> {
    list(report.head(&report.gaps, report.gaps_omitted), GAPS, |gap| of_gap(gap, depth))
}

fn of_gap(gap: &Gap, depth: Depth) -> Item<'_> {
    let length = (gap.seconds > 0).then(|| {
        let length = ours(", ").sentence(duration(gap.seconds));
        match depth {
            Depth::Brief => length,
            Depth::Whole => length.ours(" (").number(gap.seconds).ours(" seconds)"),
        }
    });
    let head = named(gap.kind.title(), gap.kind.name(), depth).then(length);
    let after = if gap.kind == GapKind::FileUnread { "file " } else { "after " };
    let places = [(after, &gap.after), ("before ", &gap.before)];
    let places = places.into_iter().filter_map(|(word, at)| {
        let at = at.as_ref()?;
        Some(ours(word).theirs(place(&at.file, at.line, 0)))
    });
    let places = joined(places, ", ");
    let times = (gap.from.is_some() || gap.to.is_some()).then(|| Phrase::default().when(gap.from, gap.to));
    let places = (!places.pieces().is_empty()).then_some(places);
    Item::new(head, [times, places])
}
