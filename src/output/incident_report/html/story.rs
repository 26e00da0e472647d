//! What the log tells beside its incidents: runs, sessions, lines without a seal, gaps.

use super::element::{Element, Node};
use super::section::Section;
use super::table::{Column, Table};
use super::value::{duration, id, ids, more, note, over, place_or_none, plain, times};
use crate::incident::report::{Run, SessionRecord};
use crate::output::incident_report::view::View;

/// A word for people, and the one for machines.
fn both(title: &'static str, name: &'static str) -> Node {
    over(title, id(name))
}

pub(super) fn runs(report: &View<'_>) -> Element {
    let columns = [("Run", Column::Number), ("Service", Column::Words), ("Stream", Column::Words)];
    let mut table = Table::new("Runs, in the order of the log", columns)
        .column("Start-up line", Column::Words)
        .column("First, last", Column::Line)
        .column("Entries", Column::Number)
        .column("End", Column::Words);
    for run in &report.runs {
        table.row([
            plain(run.number),
            over(run.service.as_deref(), instance(run)),
            id(&*run.stream).into(),
            place_or_none(run.start.as_ref()),
            times(run.first, run.last),
            run.entries.into(),
            both(run.end.title(), run.end.name()),
        ]);
    }
    let content =
        if report.runs.is_empty() { note("No run of a service is in the log.").into() } else { table.plain() };
    Section::Runs.holding([content, more(report.runs_omitted, "runs")])
}

/// Which version of a service ran as which process.
fn instance(run: &Run) -> String {
    let version =
        run.version.as_deref().map_or_else(|| "version unknown".to_owned(), |version| format!("version {version}"));
    let process = run.pid.as_deref().map_or_else(|| "process unknown".to_owned(), |pid| format!("process {pid}"));
    format!("{version}, {process}")
}

/// Sessions as a table: of the log, or of an incident.
pub(super) fn session_table(title: &str, sessions: &[SessionRecord]) -> Node {
    let columns = [("Run", Column::Number), ("Session", Column::Line), ("Client", Column::Words)];
    let mut table = Table::new(title, columns)
        .column("Addresses", Column::Words)
        .column("First, last", Column::Line)
        .column("Entries", Column::Number);
    for session in sessions {
        table.row([
            plain(session.run),
            id(session.session_id.as_str()).into(),
            session.client_id.as_deref().map(id).into(),
            ids(&session.addresses),
            times(session.first, session.last),
            session.entries.into(),
        ]);
    }
    table.titled()
}

pub(super) fn sessions(report: &View<'_>) -> Element {
    let content = match report.sessions.as_deref() {
        None => note("Not asked for; each incident lists its own.").into(),
        Some([]) => note("No session is in scope.").into(),
        Some(sessions) => session_table("Sessions, by their first entry", sessions),
    };
    Section::Sessions.holding([content, more(report.sessions_omitted, "sessions")])
}

pub(super) fn unsigned(report: &View<'_>) -> Element {
    let columns = [("File", Column::Words), ("Line", Column::Number), ("Through line", Column::Number)];
    let mut table = Table::new("Stretches of lines without a seal", columns)
        .column("Lines, without blank ones", Column::Number)
        .column("First, last", Column::Line);
    for stretch in &report.unsigned {
        table.row([
            id(&*stretch.file).into(),
            plain(stretch.line),
            plain(stretch.through),
            stretch.lines.into(),
            times(stretch.first, stretch.last),
        ]);
    }
    let content = if report.unsigned.is_empty() { note("None.").into() } else { table.plain() };
    Section::Unsigned.holding([content, more(report.unsigned_omitted, "stretches")])
}

pub(super) fn gaps(report: &View<'_>) -> Element {
    let columns = [("Why", Column::Words), ("From, to", Column::Line), ("Length", Column::Line)];
    let mut table = Table::new("Times and files that are not there", columns)
        .column("Seconds", Column::Number)
        .column("After", Column::Words)
        .column("Before", Column::Words);
    for gap in &report.gaps {
        let length = Some(duration(i128::from(gap.seconds) * 1000)).filter(|_| gap.from.is_some() && gap.to.is_some());
        table.row([
            both(gap.kind.title(), gap.kind.name()),
            times(gap.from, gap.to),
            length.into(),
            gap.seconds.into(),
            place_or_none(gap.after.as_ref()),
            place_or_none(gap.before.as_ref()),
        ]);
    }
    let content = if report.gaps.is_empty() { note("None.").into() } else { table.plain() };
    Section::Gaps.holding([content, more(report.gaps_omitted, "gaps")])
}
