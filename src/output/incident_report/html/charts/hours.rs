//! Entries along the time, every bin a pile of levels.

use super::super::element::{Element, Node};
use super::super::table::Table;
use super::super::value::{counted, note};
use super::axis::{TimeAxis, round_steps};
use super::{Anchor, Drawing, amount, hint, label, legend, rect, rule};
use crate::event::Level;
use crate::incident::report::{Bin, EntryTotals};
use crate::output::incident_report::document::ColumnKind;
use crate::output::incident_report::wording::duration;

/// Upper and lower edge of the plot, and the height of it all, in pixels.
const TOP: f64 = 22.0;
const BOTTOM: f64 = 222.0;
const HEIGHT: f64 = 246.0;
/// What there is at all can be seen.
const PILE_MIN: f64 = 2.0;
/// A single bin does not fill the width.
const BINS_MIN: i128 = 12;

/// The class of a level's colour.
pub(super) fn class_of(level: Level) -> &'static str {
    match level {
        Level::Panic => "level-panic",
        Level::Fatal => "level-fatal",
        Level::Error => "level-error",
        Level::Warning => "level-warning",
        Level::Info => "level-info",
        Level::Debug => "level-debug",
        Level::Trace => "level-trace",
    }
}

pub(super) fn figure(totals: &EntryTotals) -> Node {
    let hours = &totals.by_hour;
    let length = i128::from(hours.bin_seconds.max(1)) * 1000;
    let moments = hours.bins.iter().flat_map(|bin| {
        let end = i128::from(bin.start.unix_ms) + length;
        [bin.start.unix_ms, i64::try_from(end).unwrap_or(i64::MAX)]
    });
    let Some(axis) = TimeAxis::spanning(moments, length * BINS_MIN) else {
        return Node::Nothing;
    };
    let highest = hours.bins.iter().map(|bin| bin.entries).max().unwrap_or(0);
    let title = match hours.bin_seconds {
        3600 => "Entries per hour, by level".to_owned(),
        seconds => format!("Entries per {}, by level", duration(seconds)),
    };
    let description = describe(&hours.bins, totals.undated);
    let mut drawing = Drawing::new("hours", title, description, HEIGHT);
    let marks = round_steps(highest);
    let top_mark = marks.last().copied().unwrap_or(1).max(1);
    let height_of = |count: u64| count as f64 / top_mark as f64 * (BOTTOM - TOP);
    axis.marks(BOTTOM, BOTTOM).into_iter().for_each(|mark| drawing.add(mark));
    for mark in marks {
        let at = BOTTOM - height_of(mark);
        drawing.add(rule(if mark == 0 { "base" } else { "grid" }, at));
        if mark > 0 {
            drawing.add(label("axis", Anchor::Start, 0.0, at - 4.0, amount(mark)));
        }
    }
    for bin in &hours.bins {
        drawing.add(pile(bin, totals, (axis, length), &height_of));
    }
    let used =
        totals.by_level.iter().filter(|row| row.entries > 0).map(|row| (class_of(row.level).into(), row.level.name()));
    drawing.figure(remark(&axis.days(), totals), legend(used))
}

pub(super) fn table(totals: &EntryTotals) -> Node {
    let hours = &totals.by_hour;
    let title = format!("The same in numbers: bins of {} seconds ({})", hours.bin_seconds, duration(hours.bin_seconds));
    let mut table = Table::new(title, [("Begins", ColumnKind::Word), ("Entries", ColumnKind::Number)]);
    for level in &totals.by_level {
        table = table.numbers(level.level.name());
    }
    for bin in &hours.bins {
        table.row([bin.start.into(), bin.entries.into()].into_iter().chain(bin.levels.map(Node::from)));
    }
    table.folded()
}

/// A bin: the most severe level stands on the ground, where heights are best compared.
fn pile(bin: &Bin, totals: &EntryTotals, (axis, length): (TimeAxis, i128), height_of: &dyn Fn(u64) -> f64) -> Element {
    let from = i128::from(bin.start.unix_ms);
    let (left, right) = (axis.at(from), axis.at(from + length));
    let width = right - left;
    // A hair of paper between neighbours, when there is room for it.
    let (left, width) = (left + width * 0.06, (width * 0.88).max(0.1));
    let mut ground = BOTTOM;
    let mut parts = Vec::new();
    let mut words = Vec::new();
    for (row, count) in totals.by_level.iter().zip(bin.levels).filter(|(_, count)| *count > 0) {
        let height = height_of(count).max(PILE_MIN).min((ground - TOP).max(0.0));
        ground -= height;
        parts.push(rect(class_of(row.level), left, width, ground, height));
        words.push(format!("{count} {}", row.level.name()));
    }
    let words = format!("{}: {} ({})", bin.start, counted(bin.entries, "entry", "entries"), words.join(", "));
    Element::new("g").with(hint(words)).with_all(parts)
}

fn describe(bins: &[Bin], undated: u64) -> String {
    let sum: u64 = bins.iter().map(|bin| bin.entries).fold(0, u64::saturating_add);
    // Of equal ones the first.
    let highest = bins.iter().rev().max_by_key(|bin| bin.entries);
    let highest =
        highest.map(|bin| format!("; the highest has {}, from {}", bin.entries, bin.start)).unwrap_or_default();
    let dated =
        format!("{} in {}{highest}", counted(sum, "entry", "entries"), counted(bins.len() as u64, "bin", "bins"));
    if undated == 0 { format!("{dated}.") } else { format!("{dated}. {undated} without a time are not drawn.") }
}

fn remark(days: &str, totals: &EntryTotals) -> Node {
    let undated = match totals.undated {
        0 => String::new(),
        undated => format!(" {} without a time cannot be drawn.", counted(undated, "entry", "entries")),
    };
    note(format!("{days}, UTC. Even a single entry is drawn two pixels high.{undated}")).into()
}
