//! Charts along the time, when the incidents were and how many entries there were, and the scales below and beside them:
//! time along the width, counts along the height, both with round numbers at their marks.

use super::{Anchor, Chart, amount, hint, in_percent, label, legend, percent, rect, rule};
use crate::entry::LogTime;
use crate::event::Level;
use crate::incident::report::{Bin, EntryTotals, Incident};
use crate::incident::{Kind, Severity};
use crate::output::incident_report::document::ColumnKind;
use crate::output::incident_report::html::element::{HtmlElement, HtmlTable, Node, Rounded, counted, note};
use crate::output::incident_report::view::View;
use crate::output::incident_report::wording::duration;
use crate::verdict::report::ProvenRange;

/// The height of a lane, and where in it name, numbers and bars stand, in pixels: a number is above its bar, and below the
/// name, whatever the moment.
const LANE: f64 = 58.0;
const NAME_BASELINE: f64 = 14.0;
const NUMBER_BASELINE: f64 = 35.0;
const BAR_TOP: f64 = 44.0;
/// Above the lanes: how much was logged, below its name.
const ENTRIES: f64 = 74.0;
const HEAP_TOP: f64 = 20.0;
/// Below the lanes: what is proven, and the height of its band.
const PROVEN: f64 = 44.0;
const BAND: f64 = 9.0;
/// How many steps can be told apart in a lane of very many incidents, and in what is proven.
const LANE_STEPS: usize = 500;
/// Below the lanes: the names of the moments.
const FOOT: f64 = 26.0;
/// Numbers closer together than this, in percent, would run into one another.
const NUMBERS_APART: f64 = 5.0;
/// More incidents than this have no numbers in the drawing; the contents list them in the same order.
const NUMBERED_MAX: usize = 60;

/// When the incidents were: a lane per kind, a bar from the first to the last entry of each.
pub(super) fn timeline(view: &View<'_>) -> Node {
    let incidents = &view.incidents;
    let dated: Vec<(&Incident, i64, i64)> = incidents.iter().filter_map(dated).collect();
    let undated = incidents.len() - dated.len();
    let ends = dated.iter().flat_map(|(_, first, last)| [*first, *last]);
    let period = view.period.iter().flat_map(|period| [period.first.unix_ms, period.last.unix_ms]);
    let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| dated.iter().any(|row| row.0.kind == *kind)).collect();
    let Some(axis) = TimeAxis::spanning(ends.chain(period), 0).filter(|_| !kinds.is_empty()) else {
        return timeline_remark("", 0, undated);
    };
    let lanes = ENTRIES + LANE * kinds.len() as f64;
    let verification = view.verification.as_ref();
    let bottom = lanes + if verification.is_some() { PROVEN } else { 0.0 };
    let spoken = match dated.len() {
        0..=NUMBERED_MAX => {
            dated.iter().map(|(incident, ..)| incident_in_words(incident)).collect::<Vec<_>>().join("; ")
        }
        many => format!("{many} incidents; the contents list them."),
    };
    let mut drawing = Chart::new("timeline", "When the incidents were", spoken, bottom + FOOT);
    axis.marks(0.0, bottom).into_iter().for_each(|mark| drawing.add(mark));
    drawing.add(entries_band(&view.totals, axis));
    if let Some(verification) = verification {
        let ranges = verification.streams.iter().flat_map(|stream| &stream.proven);
        drawing.add(proven_band(ranges, lanes, axis));
    }
    for (index, kind) in kinds.into_iter().enumerate() {
        let rows: Vec<_> = dated.iter().filter(|row| row.0.kind == kind).copied().collect();
        lane(&mut drawing, ENTRIES + LANE * index as f64, &rows, axis, dated.len() <= NUMBERED_MAX);
    }
    drawing.add(rule("base", bottom));
    let severities =
        Severity::ALL.into_iter().rev().filter(|severity| dated.iter().any(|row| row.0.severity == *severity));
    let legend = legend(severities.map(|severity| (format!("fill-{}", severity.name()), severity.name())));
    drawing.figure(timeline_remark(&axis.days(), dated.len(), undated), legend)
}

/// An incident with its first and last moment; None when it has none.
fn dated(incident: &Incident) -> Option<(&Incident, i64, i64)> {
    let first = incident.first.or(incident.last)?.unix_ms;
    let last = incident.last.map_or(first, |last| last.unix_ms);
    Some((incident, first.min(last), first.max(last)))
}

fn timeline_remark(days: &str, drawn: usize, undated: usize) -> Node {
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
fn entries_band(totals: &EntryTotals, axis: TimeAxis) -> HtmlElement {
    let length = i128::from(totals.by_hour.bin_seconds.max(1)) * 1000;
    let highest = totals.by_hour.bins.iter().map(|bin| bin.entries).max().unwrap_or(0);
    let heap = |bin: &Bin| {
        let from = i128::from(bin.start.unix_ms);
        let (left, right) = (axis.at(from), axis.at(from + length));
        let height = (percent(bin.entries, highest) / 100.0 * (ENTRIES - HEAP_TOP)).max(1.0);
        rect("heap", left, (right - left).max(0.1), ENTRIES - height, height)
    };
    band(0.0, ENTRIES)
        .with(label("name", Anchor::Start, 0.0, NAME_BASELINE, "Entries"))
        .with_all(totals.by_hour.bins.iter().filter(|bin| axis.shows(bin.start.unix_ms.into(), length)).map(heap))
}

/// What is proven, in steps; a step that is proven in part counts as not proven.
fn proven_band<'a>(ranges: impl Iterator<Item = &'a ProvenRange>, top: f64, axis: TimeAxis) -> HtmlElement {
    let mut steps = [false; LANE_STEPS];
    let place_of = |moment: i64| axis.at(moment.into()) / 100.0 * LANE_STEPS as f64;
    for range in ranges {
        // Wholly inside of one range: between two of them something was not proven.
        let (from, to) = (place_of(range.from.unix_ms).ceil() as usize, place_of(range.to.unix_ms).floor() as usize);
        if from < to {
            steps[from..to].fill(true);
        }
    }
    let mut band = band(top, PROVEN).with(label("name", Anchor::Start, 0.0, NAME_BASELINE, "Proven")).with(rect(
        "unproven",
        0.0,
        100.0,
        NUMBER_BASELINE - 9.0,
        BAND,
    ));
    let mut at = 0;
    while at < LANE_STEPS {
        let length = steps[at..].iter().take_while(|step| **step == steps[at]).count();
        if steps[at] {
            let share = 100.0 / LANE_STEPS as f64;
            band =
                band.with(rect("proven-band", at as f64 * share, length as f64 * share, NUMBER_BASELINE - 9.0, BAND));
        }
        at += length;
    }
    band
}

/// A drawing inside of the drawing.
fn band(top: f64, height: f64) -> HtmlElement {
    HtmlElement::new("svg")
        .attribute("x", 0)
        .attribute("y", Rounded(top))
        .attribute("width", "100%")
        .attribute("height", Rounded(height))
}

/// Of very many incidents of a kind one for each step, the worst.
fn thinned<'a>(rows: &[(&'a Incident, i64, i64)], axis: TimeAxis) -> Vec<(&'a Incident, i64, i64)> {
    if rows.len() <= LANE_STEPS {
        return rows.to_vec();
    }
    let mut worst: [Option<(&Incident, i64, i64)>; LANE_STEPS] = [None; LANE_STEPS];
    for row in rows {
        let step = (axis.at(row.1.into()) / 100.0 * (LANE_STEPS - 1) as f64) as usize;
        let heavier = worst[step].is_none_or(|it| it.0.severity_score < row.0.severity_score);
        if heavier {
            worst[step] = Some(*row);
        }
    }
    worst.into_iter().flatten().collect()
}

fn lane(drawing: &mut Chart, top: f64, rows: &[(&Incident, i64, i64)], axis: TimeAxis, numbered: bool) {
    let Some((of_kind, ..)) = rows.first() else { return };
    let count = counted(rows.len() as u64, "incident", "incidents");
    drawing.add(label("name", Anchor::Start, 0.0, top + NAME_BASELINE, of_kind.kind.title()));
    drawing.add(label("amount soft", Anchor::End, 100.0, top + NAME_BASELINE, count));
    drawing.add(rule("grid", top + BAR_TOP));
    let mut free_from = f64::NEG_INFINITY;
    for (incident, first, last) in thinned(rows, axis) {
        let (first, last) = (&first, &last);
        let (left, right) = (axis.at((*first).into()), axis.at((*last).into()));
        drawing.add(incident_bar(incident, left, right, top + BAR_TOP));
        // A number at the right edge reaches to the left.
        let (anchor, begins) = if left > 96.0 { (Anchor::End, left - NUMBERS_APART) } else { (Anchor::Start, left) };
        if numbered && begins >= free_from {
            free_from = left + NUMBERS_APART;
            drawing.add(label("number", anchor, left, top + NUMBER_BASELINE, incident.number.to_string()));
        }
    }
}

/// A line with round ends can be seen even when it has no length.
fn incident_bar(incident: &Incident, left: f64, right: f64, at: f64) -> HtmlElement {
    HtmlElement::new("line")
        .class(format_args!("event stroke-{}", incident.severity.name()))
        .attribute("x1", in_percent(left))
        .attribute("x2", in_percent(right.max(left + 0.05)))
        .attribute("y1", at)
        .attribute("y2", at)
        .with(hint(incident_in_words(incident)))
}

fn incident_in_words(incident: &Incident) -> String {
    let moment = |time: Option<crate::entry::LogTime>| time.map_or_else(|| "?".to_owned(), |time| time.to_string());
    let (number, title, severity) = (incident.number, &incident.title, incident.severity.name());
    format!("{number}: {title}, {severity}, {} to {}", moment(incident.first), moment(incident.last))
}

/// Upper and lower edge of the plot, and the height of it all, in pixels.
const PLOT_TOP: f64 = 22.0;
const PLOT_BOTTOM: f64 = 222.0;
const PLOT_HEIGHT: f64 = 246.0;
/// What there is at all can be seen.
const PILE_MIN: f64 = 2.0;
/// A single bin does not fill the width.
const BINS_MIN: i128 = 12;

fn level_class(level: Level) -> &'static str {
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

/// Entries along the time, every bin a pile of levels.
pub(super) fn hours(totals: &EntryTotals) -> Node {
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
    let description = bins_in_words(&hours.bins, totals.undated);
    let mut drawing = Chart::new("hours", title, description, PLOT_HEIGHT);
    let marks = round_steps(highest);
    let top_mark = marks.last().copied().unwrap_or(1).max(1);
    let height_of = |count: u64| count as f64 / top_mark as f64 * (PLOT_BOTTOM - PLOT_TOP);
    axis.marks(PLOT_BOTTOM, PLOT_BOTTOM).into_iter().for_each(|mark| drawing.add(mark));
    for mark in marks {
        let at = PLOT_BOTTOM - height_of(mark);
        drawing.add(rule(if mark == 0 { "base" } else { "grid" }, at));
        if mark > 0 {
            drawing.add(label("axis", Anchor::Start, 0.0, at - 4.0, amount(mark)));
        }
    }
    for bin in &hours.bins {
        drawing.add(pile(bin, totals, (axis, length), &height_of));
    }
    let used = totals
        .by_level
        .iter()
        .filter(|row| row.entries > 0)
        .map(|row| (level_class(row.level).into(), row.level.name()));
    drawing.figure(hours_remark(&axis.days(), totals), legend(used))
}

pub(super) fn hours_table(totals: &EntryTotals) -> Node {
    let hours = &totals.by_hour;
    let title = format!("The same in numbers: bins of {} seconds ({})", hours.bin_seconds, duration(hours.bin_seconds));
    let mut table = HtmlTable::new(title, [("Begins", ColumnKind::Word), ("Entries", ColumnKind::Number)]);
    for level in &totals.by_level {
        table = table.numbers(level.level.name());
    }
    for bin in &hours.bins {
        table.row([bin.start.into(), bin.entries.into()].into_iter().chain(bin.levels.map(Node::from)));
    }
    table.folded()
}

/// A bin: the most severe level stands on the ground, where heights are best compared.
fn pile(
    bin: &Bin,
    totals: &EntryTotals,
    (axis, length): (TimeAxis, i128),
    height_of: &dyn Fn(u64) -> f64,
) -> HtmlElement {
    let from = i128::from(bin.start.unix_ms);
    let (left, right) = (axis.at(from), axis.at(from + length));
    let width = right - left;
    // A hair of paper between neighbours, when there is room for it.
    let (left, width) = (left + width * 0.06, (width * 0.88).max(0.1));
    let mut ground = PLOT_BOTTOM;
    let mut parts = Vec::new();
    let mut words = Vec::new();
    for (row, count) in totals.by_level.iter().zip(bin.levels).filter(|(_, count)| *count > 0) {
        let height = height_of(count).max(PILE_MIN).min((ground - PLOT_TOP).max(0.0));
        ground -= height;
        parts.push(rect(level_class(row.level), left, width, ground, height));
        words.push(format!("{count} {}", row.level.name()));
    }
    let words = format!("{}: {} ({})", bin.start, counted(bin.entries, "entry", "entries"), words.join(", "));
    HtmlElement::new("g").with(hint(words)).with_all(parts)
}

fn bins_in_words(bins: &[Bin], undated: u64) -> String {
    let sum: u64 = bins.iter().map(|bin| bin.entries).fold(0, u64::saturating_add);
    // Of equal ones the first.
    let highest = bins.iter().rev().max_by_key(|bin| bin.entries);
    let highest =
        highest.map(|bin| format!("; the highest has {}, from {}", bin.entries, bin.start)).unwrap_or_default();
    let dated =
        format!("{} in {}{highest}", counted(sum, "entry", "entries"), counted(bins.len() as u64, "bin", "bins"));
    if undated == 0 { format!("{dated}.") } else { format!("{dated}. {undated} without a time are not drawn.") }
}

fn hours_remark(days: &str, totals: &EntryTotals) -> Node {
    let undated = match totals.undated {
        0 => String::new(),
        undated => format!(" {} without a time cannot be drawn.", counted(undated, "entry", "entries")),
    };
    note(format!("{days}, UTC. Even a single entry is drawn two pixels high.{undated}")).into()
}

const SECOND: i128 = 1_000;
const MINUTE: i128 = 60 * SECOND;
const HOUR: i128 = 60 * MINUTE;
const DAY: i128 = 24 * HOUR;

/// Distances between marks, in milliseconds.
const TICK_STEPS: [i128; 20] = [
    SECOND,
    5 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    5 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    30 * DAY,
    90 * DAY,
    365 * DAY,
];

/// The most steps between marks on an axis of time.
const TICK_STEPS_MAX: i128 = 9;

/// A stretch of time laid out from 0 to 100 percent; in milliseconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct TimeAxis {
    from: i128,
    to: i128,
}

impl TimeAxis {
    /// From the earliest to the latest moment; at least as long as `at_least` milliseconds.
    fn spanning(moments: impl IntoIterator<Item = i64>, at_least: i128) -> Option<Self> {
        let ends = moments.into_iter().map(i128::from).fold(None, |ends: Option<(i128, i128)>, moment| {
            Some(ends.map_or((moment, moment), |(from, to)| (from.min(moment), to.max(moment))))
        });
        let (from, to) = ends?;
        let missing = (at_least.max(SECOND) - (to - from)).max(0);
        Some(Self { from: from - missing / 2, to: to + (missing - missing / 2) })
    }

    /// The place of a moment, in percent.
    fn at(self, moment: i128) -> f64 {
        let share = (moment - self.from) as f64 / (self.to - self.from).max(1) as f64;
        (share * 100.0).clamp(0.0, 100.0)
    }

    /// Whether anything of a stretch of time lies on it.
    fn shows(self, from: i128, length: i128) -> bool {
        from <= self.to && from + length > self.from
    }

    /// The day, or the first and the last one.
    fn days(self) -> String {
        let day = |moment: i128| {
            let unix_ms = moment.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
            let text = LogTime { unix_ms }.to_string();
            text.split_once('T').map_or(text.clone(), |(date, _)| date.to_owned())
        };
        let (first, last) = (day(self.from), day(self.to - 1));
        if first == last { first } else { format!("{first} to {last}") }
    }

    fn step(self) -> i128 {
        let length = self.to - self.from;
        let fitting = TICK_STEPS.into_iter().find(|step| length / step <= TICK_STEPS_MAX);
        fitting.unwrap_or_else(|| length / TICK_STEPS_MAX + 1)
    }

    /// The places of round moments with their names. The date is said where it changes.
    fn ticks(self) -> Vec<(f64, String)> {
        let step = self.step();
        let first = self.from.div_euclid(step) + i128::from(self.from.rem_euclid(step) != 0);
        let moments = (first..).map(|index| index * step).take_while(|moment| *moment <= self.to);
        let mut day = String::new();
        moments.map(|moment| (self.at(moment), tick_name(moment, step, &mut day))).collect()
    }

    /// Marks over the height of a plot, with their names below.
    fn marks(self, top: f64, bottom: f64) -> Vec<HtmlElement> {
        let ticks = self.ticks();
        let mut marks = Vec::new();
        for (index, (place, name)) in ticks.into_iter().enumerate() {
            let line = HtmlElement::new("line")
                .class("tick")
                .attribute("x1", in_percent(place))
                .attribute("x2", in_percent(place))
                .attribute("y1", top)
                .attribute("y2", bottom + 4.0);
            let anchor = match place {
                ..5.0 => Anchor::Start,
                95.0.. => Anchor::End,
                _ => Anchor::Middle,
            };
            // Every other name gives way on a phone.
            let class = if index % 2 == 0 { "axis" } else { "axis minor" };
            marks.push(line);
            marks.push(label(class, anchor, place, bottom + 18.0, name));
        }
        marks
    }
}

/// `2025-03-14` where a day begins, otherwise `03:12` or `03:12:31`.
fn tick_name(moment: i128, step: i128, day: &mut String) -> String {
    let Ok(unix_ms) = i64::try_from(moment) else {
        return String::new();
    };
    let text = LogTime { unix_ms }.to_string();
    let Some((date, time)) = text.split_once('T') else {
        return text;
    };
    if date != day {
        let midnight_or_first = day.is_empty() || moment.rem_euclid(DAY) == 0 || step >= DAY;
        date.clone_into(day);
        if midnight_or_first && moment.rem_euclid(DAY) == 0 {
            return date.to_owned();
        }
    }
    let letters = if step < MINUTE { 8 } else { 5 };
    time.get(..letters).unwrap_or(time).to_owned()
}

/// The marks of a scale from 0 to a count: round numbers, the last one not below it.
fn round_steps(highest: u64) -> Vec<u64> {
    const STEPS_WANTED: u64 = 4;
    let mut unit = 1u64;
    let step = loop {
        let fitting = [1, 2, 5].into_iter().filter_map(|factor| unit.checked_mul(factor));
        match fitting.into_iter().find(|step| step.saturating_mul(STEPS_WANTED) >= highest) {
            Some(step) => break step,
            None => match unit.checked_mul(10) {
                Some(next) => unit = next,
                None => break u64::MAX,
            },
        }
    };
    let last = highest.div_ceil(step).max(1);
    (0..=last).filter_map(|index| index.checked_mul(step)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIDNIGHT: i64 = 1_741_910_400_000;

    fn names(length_ms: i64) -> Vec<String> {
        let axis = TimeAxis::spanning([MIDNIGHT + 2_271, MIDNIGHT + 2_271 + length_ms], 0).unwrap();
        axis.ticks().into_iter().map(|(_, name)| name).collect()
    }

    #[test]
    fn marks_stand_at_round_moments_whatever_the_length() {
        assert_eq!(names(4_000), ["00:00:03", "00:00:04", "00:00:05", "00:00:06"]);
        assert_eq!(names(86_000_000)[..3], ["03:00", "06:00", "09:00"]);
        assert_eq!(names(3 * 86_400_000)[..3], ["12:00", "2025-03-15", "12:00"]);
        for length in [0, 1, 1_000, 59_000, 86_400_000, 31_536_000_000, 3_153_600_000_000, i64::MAX - 2 * MIDNIGHT] {
            let names = names(length);
            assert!(names.len() <= 11 && !names.is_empty(), "{length}: {names:?}");
        }
    }

    #[test]
    fn moments_stand_between_0_and_100_percent_even_when_there_is_one_only() {
        let axis = TimeAxis::spanning([MIDNIGHT], 0).unwrap();
        assert_eq!(axis.at(i128::from(MIDNIGHT)), 50.0);
        assert_eq!((axis.at(i128::MIN / 2), axis.at(i128::MAX / 2)), (0.0, 100.0));
        let widest = TimeAxis::spanning([i64::MIN, i64::MAX], 0).unwrap();
        assert_eq!((widest.at(i64::MIN.into()), widest.at(i64::MAX.into())), (0.0, 100.0));
        assert!(widest.ticks().len() <= 11);
        assert_eq!(TimeAxis::spanning([], 5), None);
    }

    #[test]
    fn counts_are_marked_in_round_steps_that_reach_the_highest() {
        let cases: [(u64, &[u64]); 5] = [
            (0, &[0, 1]),
            (1, &[0, 1]),
            (7, &[0, 2, 4, 6, 8]),
            (1_323, &[0, 500, 1_000, 1_500]),
            (41, &[0, 20, 40, 60]),
        ];
        for (highest, wanted) in cases {
            assert_eq!(round_steps(highest), wanted, "{highest}");
        }
        assert!(round_steps(u64::MAX).len() <= 6);
    }
}
