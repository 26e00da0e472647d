//! When the incidents were: a lane per kind, a bar from the first to the last entry of each.

use super::super::element::{Element, Node};
use super::super::value::{counted, note};
use super::axis::TimeAxis;
use super::{Anchor, Drawing, hint, in_percent, label, legend, rule};
use crate::incident::report::{Incident, Report};
use crate::incident::{Kind, Severity};

/// The height of a lane, and where in it name, numbers and bars stand, in pixels: a number is above its bar, and below the
/// name, whatever the moment.
const LANE: f64 = 58.0;
const NAME: f64 = 14.0;
const NUMBER: f64 = 35.0;
const BAR: f64 = 44.0;
/// Below the lanes: the names of the moments.
const FOOT: f64 = 26.0;
/// Numbers closer together than this, in percent, would run into one another.
const NUMBERS_APART: f64 = 5.0;
/// More incidents than this have no numbers in the drawing; the contents list them in the same order.
const NUMBERED_MAX: usize = 60;

pub(in super::super) fn figure(report: &Report) -> Node {
    let dated: Vec<(&Incident, i64, i64)> = report.incidents.iter().filter_map(dated).collect();
    let undated = report.incidents.len() - dated.len();
    let ends = dated.iter().flat_map(|(_, first, last)| [*first, *last]);
    let period = report.period.iter().flat_map(|period| [period.first.unix_ms, period.last.unix_ms]);
    let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| dated.iter().any(|row| row.0.kind == *kind)).collect();
    let Some(axis) = TimeAxis::spanning(ends.chain(period), 0).filter(|_| !kinds.is_empty()) else {
        return remark("", 0, undated);
    };
    let bottom = LANE * kinds.len() as f64;
    let spoken = match dated.len() {
        0..=NUMBERED_MAX => dated.iter().map(|(incident, ..)| describe(incident)).collect::<Vec<_>>().join("; "),
        many => format!("{many} incidents; the contents list them."),
    };
    let mut drawing = Drawing::new("timeline", "When the incidents were", spoken, bottom + FOOT);
    axis.marks(0.0, bottom).into_iter().for_each(|mark| drawing.add(mark));
    for (index, kind) in kinds.into_iter().enumerate() {
        let rows: Vec<_> = dated.iter().filter(|row| row.0.kind == kind).copied().collect();
        lane(&mut drawing, LANE * index as f64, &rows, axis, dated.len() <= NUMBERED_MAX);
    }
    drawing.add(rule("base", bottom));
    let severities =
        Severity::ALL.into_iter().rev().filter(|severity| dated.iter().any(|row| row.0.severity == *severity));
    let legend = legend(severities.map(|severity| (format!("fill-{}", severity.name()), severity.name())));
    drawing.figure(remark(&axis.days(), dated.len(), undated), legend)
}

/// An incident with its first and last moment; None when it has none.
fn dated(incident: &Incident) -> Option<(&Incident, i64, i64)> {
    let first = incident.first.or(incident.last)?.unix_ms;
    let last = incident.last.map_or(first, |last| last.unix_ms);
    Some((incident, first.min(last), first.max(last)))
}

fn remark(days: &str, drawn: usize, undated: usize) -> Node {
    let drawn = match drawn {
        0 => String::new(),
        1..=NUMBERED_MAX => format!("{days}, UTC. The numbers are those of the incidents below. "),
        _ => format!("{days}, UTC. "),
    };
    let missing = match undated {
        0 => String::new(),
        1 => "1 incident states no time and is not drawn.".to_owned(),
        _ => format!("{undated} incidents state no time and are not drawn."),
    };
    let words = drawn + &missing;
    if words.is_empty() { Node::Nothing } else { note(words.trim_end()).into() }
}

fn lane(drawing: &mut Drawing, top: f64, rows: &[(&Incident, i64, i64)], axis: TimeAxis, numbered: bool) {
    let Some((of_kind, ..)) = rows.first() else { return };
    let count = counted(rows.len() as u64, "incident", "incidents");
    drawing.add(label("name", Anchor::Start, 0.0, top + NAME, of_kind.kind.title()));
    drawing.add(label("amount soft", Anchor::End, 100.0, top + NAME, count));
    drawing.add(rule("grid", top + BAR));
    let mut free_from = f64::NEG_INFINITY;
    for (incident, first, last) in rows {
        let (left, right) = (axis.at((*first).into()), axis.at((*last).into()));
        drawing.add(bar(incident, left, right, top + BAR));
        // A number at the right edge reaches to the left.
        let (anchor, begins) = if left > 96.0 { (Anchor::End, left - NUMBERS_APART) } else { (Anchor::Start, left) };
        if numbered && begins >= free_from {
            free_from = left + NUMBERS_APART;
            drawing.add(label("number", anchor, left, top + NUMBER, incident.number));
        }
    }
}

/// A line with round ends can be seen even when it has no length.
fn bar(incident: &Incident, left: f64, right: f64, at: f64) -> Element {
    Element::new("line")
        .class(format_args!("event stroke-{}", incident.severity.name()))
        .attribute("x1", in_percent(left))
        .attribute("x2", in_percent(right.max(left + 0.05)))
        .attribute("y1", at)
        .attribute("y2", at)
        .with(hint(describe(incident)))
}

fn describe(incident: &Incident) -> String {
    let moment = |time: Option<crate::entry::LogTime>| time.map_or_else(|| "?".to_owned(), |time| time.to_string());
    let (number, title, severity) = (incident.number, incident.title, incident.severity.name());
    format!("{number}: {title}, {severity}, {} to {}", moment(incident.first), moment(incident.last))
}
