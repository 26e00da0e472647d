//! When the incidents were: a lane per kind, a bar from the first to the last entry of each.

use super::super::element::{Element, Node};
use super::super::value::{Rounded, counted, note};
use super::axis::TimeAxis;
use super::{Anchor, Drawing, hint, in_percent, label, legend, percent, rect, rule};
use crate::incident::report::{Bin, EntryTotals, Incident};
use crate::incident::{Kind, Severity};
use crate::output::incident_report::view::View;
use crate::verdict::report::ProvenRange;

/// The height of a lane, and where in it name, numbers and bars stand, in pixels: a number is above its bar, and below the
/// name, whatever the moment.
const LANE: f64 = 58.0;
const NAME: f64 = 14.0;
const NUMBER: f64 = 35.0;
const BAR: f64 = 44.0;
/// Above the lanes: how much was logged, below its name.
const ENTRIES: f64 = 74.0;
const HEAP_TOP: f64 = 20.0;
/// Below the lanes: what is proven, and the height of its band.
const PROVEN: f64 = 44.0;
const BAND: f64 = 9.0;
/// How many steps can be told apart in a lane of very many incidents, and in what is proven.
const STEPS: usize = 500;
/// Below the lanes: the names of the moments.
const FOOT: f64 = 26.0;
/// Numbers closer together than this, in percent, would run into one another.
const NUMBERS_APART: f64 = 5.0;
/// More incidents than this have no numbers in the drawing; the contents list them in the same order.
const NUMBERED_MAX: usize = 60;

pub(super) fn figure(report: &View<'_>) -> Node {
    let incidents = &report.incidents;
    let dated: Vec<(&Incident, i64, i64)> = incidents.iter().filter_map(dated).collect();
    let undated = incidents.len() - dated.len();
    let ends = dated.iter().flat_map(|(_, first, last)| [*first, *last]);
    let period = report.period.iter().flat_map(|period| [period.first.unix_ms, period.last.unix_ms]);
    let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| dated.iter().any(|row| row.0.kind == *kind)).collect();
    let Some(axis) = TimeAxis::spanning(ends.chain(period), 0).filter(|_| !kinds.is_empty()) else {
        return remark("", 0, undated);
    };
    let lanes = ENTRIES + LANE * kinds.len() as f64;
    let verification = report.verification.as_ref();
    let bottom = lanes + if verification.is_some() { PROVEN } else { 0.0 };
    let spoken = match dated.len() {
        0..=NUMBERED_MAX => dated.iter().map(|(incident, ..)| describe(incident)).collect::<Vec<_>>().join("; "),
        many => format!("{many} incidents; the contents list them."),
    };
    let mut drawing = Drawing::new("timeline", "When the incidents were", spoken, bottom + FOOT);
    axis.marks(0.0, bottom).into_iter().for_each(|mark| drawing.add(mark));
    drawing.add(entries(&report.totals, axis));
    if let Some(verification) = verification {
        let ranges = verification.streams.iter().flat_map(|stream| &stream.proven);
        drawing.add(proven(ranges, lanes, axis));
    }
    for (index, kind) in kinds.into_iter().enumerate() {
        let rows: Vec<_> = dated.iter().filter(|row| row.0.kind == kind).copied().collect();
        lane(&mut drawing, ENTRIES + LANE * index as f64, &rows, axis, dated.len() <= NUMBERED_MAX);
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
        1..=NUMBERED_MAX => format!("{days}, UTC. The numbers are those of the incidents. "),
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

/// How much was logged when: a heap for each bin. Inside of a drawing of their own they are not taken for incidents.
fn entries(totals: &EntryTotals, axis: TimeAxis) -> Element {
    let length = i128::from(totals.by_hour.bin_seconds.max(1)) * 1000;
    let highest = totals.by_hour.bins.iter().map(|bin| bin.entries).max().unwrap_or(0);
    let heap = |bin: &Bin| {
        let from = i128::from(bin.start.unix_ms);
        let (left, right) = (axis.at(from), axis.at(from + length));
        let height = (percent(bin.entries, highest) / 100.0 * (ENTRIES - HEAP_TOP)).max(1.0);
        rect("heap", left, (right - left).max(0.1), ENTRIES - height, height)
    };
    band(0.0, ENTRIES)
        .with(label("name", Anchor::Start, 0.0, NAME, "Entries"))
        .with_all(totals.by_hour.bins.iter().filter(|bin| axis.shows(bin.start.unix_ms.into(), length)).map(heap))
}

/// What is proven, in steps; a step that is proven in part counts as not proven.
fn proven<'a>(ranges: impl Iterator<Item = &'a ProvenRange>, top: f64, axis: TimeAxis) -> Element {
    let mut steps = [false; STEPS];
    let place_of = |moment: i64| axis.at(moment.into()) / 100.0 * STEPS as f64;
    for range in ranges {
        // Wholly inside of one range: between two of them something was not proven.
        let (from, to) = (place_of(range.from.unix_ms).ceil() as usize, place_of(range.to.unix_ms).floor() as usize);
        if from < to {
            steps[from..to].fill(true);
        }
    }
    let mut band = band(top, PROVEN).with(label("name", Anchor::Start, 0.0, NAME, "Proven")).with(rect(
        "unproven",
        0.0,
        100.0,
        NUMBER - 9.0,
        BAND,
    ));
    let mut at = 0;
    while at < STEPS {
        let length = steps[at..].iter().take_while(|step| **step == steps[at]).count();
        if steps[at] {
            let share = 100.0 / STEPS as f64;
            band = band.with(rect("proven-band", at as f64 * share, length as f64 * share, NUMBER - 9.0, BAND));
        }
        at += length;
    }
    band
}

/// A drawing inside of the drawing.
fn band(top: f64, height: f64) -> Element {
    Element::new("svg")
        .attribute("x", 0)
        .attribute("y", Rounded(top))
        .attribute("width", "100%")
        .attribute("height", Rounded(height))
}

/// Of very many incidents of a kind one for each step, the worst.
fn thinned<'a>(rows: &[(&'a Incident, i64, i64)], axis: TimeAxis) -> Vec<(&'a Incident, i64, i64)> {
    if rows.len() <= STEPS {
        return rows.to_vec();
    }
    let mut worst: [Option<(&Incident, i64, i64)>; STEPS] = [None; STEPS];
    for row in rows {
        let step = (axis.at(row.1.into()) / 100.0 * (STEPS - 1) as f64) as usize;
        let heavier = worst[step].is_none_or(|it| it.0.severity_score < row.0.severity_score);
        if heavier {
            worst[step] = Some(*row);
        }
    }
    worst.into_iter().flatten().collect()
}

fn lane(drawing: &mut Drawing, top: f64, rows: &[(&Incident, i64, i64)], axis: TimeAxis, numbered: bool) {
    let Some((of_kind, ..)) = rows.first() else { return };
    let count = counted(rows.len() as u64, "incident", "incidents");
    drawing.add(label("name", Anchor::Start, 0.0, top + NAME, of_kind.kind.title()));
    drawing.add(label("amount soft", Anchor::End, 100.0, top + NAME, count));
    drawing.add(rule("grid", top + BAR));
    let mut free_from = f64::NEG_INFINITY;
    for (incident, first, last) in thinned(rows, axis) {
        let (first, last) = (&first, &last);
        let (left, right) = (axis.at((*first).into()), axis.at((*last).into()));
        drawing.add(bar(incident, left, right, top + BAR));
        // A number at the right edge reaches to the left.
        let (anchor, begins) = if left > 96.0 { (Anchor::End, left - NUMBERS_APART) } else { (Anchor::Start, left) };
        if numbered && begins >= free_from {
            free_from = left + NUMBERS_APART;
            drawing.add(label("number", anchor, left, top + NUMBER, incident.number.to_string()));
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
