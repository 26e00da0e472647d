//! The report as one document of facts, lists, tables, charts and an axis of time in plain letters: what text, markdown and
//! HTML say alike. How it looks is left to them, what stands in its parts to `sections`.

mod sections;

use super::view::View;
use super::wording::{Emphasis, Phrase, date_and_time, trusted};
use crate::entry::LogTime;
use crate::incident::Severity;
use crate::incident::report::IncidentReport;
use crate::verdict::report::ProvenRange;

/// How much a format says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// What a reader of an incident needs.
    Brief,
    Whole,
}

/// The report, ready to be written.
#[derive(Debug)]
pub(super) struct IncidentDocument<'a> {
    pub(super) title: &'a str,
    pub(super) case_id: Option<&'a str>,
    /// What stands above all parts.
    pub(super) head: Vec<Fact<'a>>,
    pub(super) sections: Vec<Section<'a>>,
}

#[derive(Debug)]
pub(super) struct Section<'a> {
    pub(super) part: ReportPart,
    pub(super) blocks: Vec<Block<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReportPart {
    Verification,
    Incidents,
    /// Which incidents there are.
    Contents,
    InFull,
    Totals,
    /// What the answer of the verification stands on.
    Proof,
    Chains,
    Findings,
    Runs,
    Sessions,
    Unsigned,
    Gaps,
    Inputs,
    Rules,
    Scope,
    NotShown,
    Making,
}

impl ReportPart {
    /// Every part, in the order of the report.
    pub(super) const ALL: [Self; 17] = [
        Self::Verification,
        Self::Incidents,
        Self::Contents,
        Self::InFull,
        Self::Totals,
        Self::Proof,
        Self::Chains,
        Self::Findings,
        Self::Runs,
        Self::Sessions,
        Self::Unsigned,
        Self::Gaps,
        Self::Inputs,
        Self::Rules,
        Self::Scope,
        Self::NotShown,
        Self::Making,
    ];

    /// What stands above it.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Verification => "Verification",
            Self::Incidents => "Incidents",
            Self::Contents => "Contents",
            Self::InFull => "Incidents in full",
            Self::Totals => "Totals",
            Self::Proof => "What is proven",
            Self::Chains => "Chains",
            Self::Findings => "Findings",
            Self::Runs => "Runs",
            Self::Sessions => "Sessions",
            Self::Unsigned => "Unsigned lines",
            Self::Gaps => "Gaps",
            Self::Inputs => "Inputs",
            Self::Rules => "Rules in force",
            Self::Scope => "Scope",
            Self::NotShown => "What is not shown",
            Self::Making => "How this report was made",
        }
    }

    /// Whether formats of letters say it without a title of its own, as more about incidents.
    fn goes_on(self) -> bool {
        matches!(self, Self::Contents | Self::InFull)
    }

    /// Whether a report has anything to say about it. An empty list says something, a question that was not asked does not.
    fn is_in(self, report: &IncidentReport) -> bool {
        match self {
            Self::Chains | Self::Findings => report.verification.is_some(),
            Self::Sessions => report.sessions.is_some(),
            _ => true,
        }
    }
}

/// What stands below one another.
#[derive(Debug)]
pub(super) enum Block<'a> {
    Text(Phrase<'a>),
    /// Names and what they stand for.
    Facts(Vec<Fact<'a>>),
    List(List<'a>),
    Table(TableBlock<'a>),
    /// One incident in full.
    Article(Article<'a>),
    /// What is to be seen first: a word, what it means, and what stands behind it, which is a part of its own as well.
    Frame {
        word: &'static str,
        tone: Emphasis,
        meaning: String,
        facts: Vec<Fact<'a>>,
    },
    /// When it happened, in letters.
    Axis(Axis),
    /// For formats that cannot draw: what a drawing shows.
    Letters(Vec<Block<'a>>),
    /// For formats that can.
    Drawing(ChartKind, &'a View<'a>),
}

/// What can be drawn of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChartKind {
    /// Every byte of the input.
    Bytes,
    /// How many incidents of which severity.
    Severities,
    /// When the incidents were.
    Timeline,
    /// Entries along the time.
    Hours,
    /// Entries by code and by client.
    Bars,
    /// Entries by client and hour of the day.
    HeatMap,
}

/// An incident with everything that is known about it.
#[derive(Debug)]
pub(super) struct Article<'a> {
    pub(super) number: u64,
    pub(super) title: &'a str,
    pub(super) tone: Emphasis,
    pub(super) facts: Vec<Fact<'a>>,
}

/// A name and what it stands for; several values stand below one another.
#[derive(Debug)]
pub(super) struct Fact<'a> {
    pub(super) name: &'static str,
    pub(super) values: Vec<Phrase<'a>>,
    pub(super) role: FactRole,
}

/// What a fact is to its reader, for formats that set such things apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FactRole {
    /// One of several in short.
    Plain,
    /// What the answer itself stands on.
    Lead,
    Advice,
    Reason,
    /// Things one below the other.
    Things,
    /// Something of the log, word by word.
    Quote,
}

/// Things of a kind.
#[derive(Debug)]
pub(super) struct List<'a> {
    /// What the parts of an item are called, where a format sets them side by side; none when they are not parts.
    pub(super) columns: &'static [&'static str],
    pub(super) items: Vec<ListItem<'a>>,
}

/// An item of a list: what it is, and more about it, as far as it is known.
#[derive(Debug)]
pub(super) struct ListItem<'a> {
    pub(super) first: Phrase<'a>,
    pub(super) more: Vec<Option<Phrase<'a>>>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct TableColumn {
    pub(super) title: &'static str,
    pub(super) kind: ColumnKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ColumnKind {
    /// A few letters, to the left.
    Word,
    /// To the right.
    Number,
    /// Words that may be broken.
    Words,
}

#[derive(Debug)]
pub(super) struct TableBlock<'a> {
    pub(super) columns: Vec<TableColumn>,
    pub(super) rows: Vec<Vec<Phrase<'a>>>,
    /// The last cell of each row as a number, where these are to be compared; otherwise empty.
    pub(super) counts: Vec<u64>,
}

impl<'a> IncidentDocument<'a> {
    /// What a view of a report says, to a depth.
    pub(super) fn of(view: &'a View<'a>, depth: Depth) -> Self {
        let brief = depth == Depth::Brief && view.is_folded();
        let parts =
            ReportPart::ALL.into_iter().filter(|part| part.is_in(view) && !(brief && *part == ReportPart::Rules));
        Self {
            title: &view.title,
            case_id: view.case_id.as_deref(),
            head: sections::head_facts(view),
            sections: parts.map(|part| Section { part, blocks: blocks(part, view, depth) }).collect(),
        }
    }

    /// The parts for formats that cannot draw: their blocks, the title in front of those that have one. What the answer
    /// stands on is in its frame there.
    pub(super) fn in_letters(&self) -> impl Iterator<Item = (Option<&'static str>, Vec<&Block<'a>>)> {
        let sections = self.sections.iter().filter(|section| section.part != ReportPart::Proof).map(|section| {
            let title = (!section.part.goes_on()).then(|| section.part.title());
            (title, section.blocks.iter().flat_map(letters).collect::<Vec<_>>())
        });
        sections.filter(|(_, blocks)| !blocks.is_empty())
    }
}

fn letters<'b, 'a>(block: &'b Block<'a>) -> &'b [Block<'a>] {
    match block {
        Block::Letters(blocks) => blocks,
        Block::Drawing(..) => &[],
        other => std::slice::from_ref(other),
    }
}

fn blocks<'a>(part: ReportPart, view: &'a View<'a>, depth: Depth) -> Vec<Block<'a>> {
    match part {
        ReportPart::Verification => sections::verification(view),
        ReportPart::Incidents => sections::overview(view),
        ReportPart::Contents => sections::contents(view),
        ReportPart::InFull => sections::in_full(view, depth),
        ReportPart::Totals => sections::totals(view, depth),
        ReportPart::Proof => sections::proof(view),
        ReportPart::Chains => sections::chains(view, depth),
        ReportPart::Findings => sections::findings(view),
        ReportPart::Runs => sections::runs(view, depth),
        ReportPart::Sessions => sections::sessions(view),
        ReportPart::Unsigned => sections::unsigned(view),
        ReportPart::Gaps => sections::gaps(view, depth),
        ReportPart::Inputs => sections::inputs(view),
        ReportPart::Rules => sections::rules(view),
        ReportPart::Scope => sections::scope(view),
        ReportPart::NotShown => sections::not_shown(view),
        ReportPart::Making => sections::tool(view),
    }
}

impl<'a> Article<'a> {
    /// `Incident 3: Burst of blocked SQL queries`
    pub(super) fn heading(&self) -> Phrase<'a> {
        trusted("Incident ").number(self.number).trusted(": ").sentence(self.title)
    }
}

impl<'a> Fact<'a> {
    fn new(name: &'static str, value: Phrase<'a>) -> Self {
        Self::several(name, [value])
    }

    fn several(name: &'static str, values: impl IntoIterator<Item = Phrase<'a>>) -> Self {
        Self { name, values: values.into_iter().collect(), role: FactRole::Plain }
    }

    fn is(self, role: FactRole) -> Self {
        Self { role, ..self }
    }
}

impl<'a> ListItem<'a> {
    fn new(first: Phrase<'a>, more: impl IntoIterator<Item = Option<Phrase<'a>>>) -> Self {
        Self { first, more: more.into_iter().collect() }
    }
}

/// How many steps the axis has.
const AXIS_STEPS: usize = 60;

/// From nothing to the most that was logged in a step.
const AXIS_SHADES: [char; 9] = ['.', '\'', ':', '-', '=', '+', '*', '%', '@'];

/// Lanes below one another, each of them [`AXIS_STEPS`] letters long.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Axis {
    /// The day, or the first and the last one.
    pub(super) days: String,
    /// What each lane shows, and its letters.
    pub(super) lanes: Vec<(&'static str, String)>,
    /// The times of the first, the middle and the last moment, and blanks between them.
    pub(super) times: String,
    /// What the letters mean.
    pub(super) legend: &'static str,
}

/// From the first to the last moment, both included, in milliseconds.
#[derive(Clone, Copy)]
struct AxisScale {
    from: i128,
    to: i128,
}

impl AxisScale {
    fn step_of(self, moment: i128) -> usize {
        let moment = (moment.clamp(self.from, self.to) - self.from) * AXIS_STEPS as i128;
        usize::try_from(moment / (self.to - self.from + 1)).unwrap_or(0).min(AXIS_STEPS - 1)
    }

    fn steps_of(self, first: i128, last: i128) -> std::ops::RangeInclusive<usize> {
        self.step_of(first)..=self.step_of(last.max(first))
    }

    /// The first moment of a step.
    fn start_of(self, step: usize) -> i128 {
        self.from + (self.to - self.from + 1) * step as i128 / AXIS_STEPS as i128
    }
}

/// The axis of a report; None when nothing in it has a time.
fn axis(view: &View<'_>) -> Option<Axis> {
    let (first, last) = view.ends()?;
    let scale = AxisScale { from: first.unix_ms.into(), to: last.unix_ms.into() };
    let mut lanes = vec![("entries", entries_lane(view, scale))];
    for severity in Severity::ALL.into_iter().rev() {
        lanes.extend(incidents_lane(view, severity, scale).map(|lane| (severity.name(), lane)));
    }
    let proven = view.verification.as_ref().map(|verification| {
        proven_lane(verification.streams.iter().flat_map(|stream| stream.proven.iter().copied()), scale)
    });
    let legend = match &proven {
        Some(_) => "entries: the more, the darker; proven: = wholly, - in part, . not",
        None => "entries: the more, the darker; no key was given, so nothing is proven",
    };
    lanes.extend(proven.map(|lane| ("proven", lane)));
    let middle = LogTime { unix_ms: i64::midpoint(first.unix_ms, last.unix_ms) };
    Some(Axis { days: axis_days(first, last), lanes, times: axis_times(first, middle, last), legend })
}

fn entries_lane(view: &View<'_>, scale: AxisScale) -> String {
    let hours = &view.totals.by_hour;
    let length = i128::from(hours.bin_seconds) * 1000;
    let mut counts = [0_u64; AXIS_STEPS];
    for bin in &hours.bins {
        let start = i128::from(bin.start.unix_ms);
        let steps = scale.steps_of(start, start + length - 1);
        let share = bin.entries.div_ceil((steps.end() - steps.start() + 1) as u64);
        steps.for_each(|step| counts[step] = counts[step].saturating_add(share));
    }
    let most = counts.into_iter().max().unwrap_or(0).max(1);
    let shade = |count: u64| (u128::from(count) * (AXIS_SHADES.len() as u128 - 1)).div_ceil(most.into()) as usize;
    counts.into_iter().map(|count| AXIS_SHADES[shade(count)]).collect()
}

/// None when there is no incident of this severity that has a time.
fn incidents_lane(view: &View<'_>, severity: Severity, scale: AxisScale) -> Option<String> {
    let mut lane = [false; AXIS_STEPS];
    for incident in view.incidents.iter().filter(|incident| incident.severity == severity) {
        let Some(first) = incident.first.or(incident.last) else { continue };
        let last = incident.last.unwrap_or(first);
        scale.steps_of(first.unix_ms.into(), last.unix_ms.into()).for_each(|step| lane[step] = true);
    }
    let any = lane.contains(&true);
    any.then(|| lane.into_iter().map(|marked| if marked { 'x' } else { '.' }).collect())
}

/// A step is proven when a single range covers it whole: between two ranges something was not.
fn proven_lane(ranges: impl Iterator<Item = ProvenRange>, scale: AxisScale) -> String {
    let mut lane = ['.'; AXIS_STEPS];
    for range in ranges {
        let (from, to) = (i128::from(range.from.unix_ms), i128::from(range.to.unix_ms));
        if to < scale.from || from > scale.to {
            continue;
        }
        for step in scale.steps_of(from, to) {
            let end = if step + 1 == AXIS_STEPS { scale.to } else { scale.start_of(step + 1) - 1 };
            if from <= scale.start_of(step) && end <= to {
                lane[step] = '=';
            } else if lane[step] == '.' {
                lane[step] = '-';
            }
        }
    }
    lane.into_iter().collect()
}

fn axis_days(first: LogTime, last: LogTime) -> String {
    let (first, last) = (date_and_time(first).0, date_and_time(last).0);
    if first == last { first } else { format!("{first} to {last}") }
}

/// Days where the axis is longer than two of them, hours and minutes where it is shorter, seconds within an hour.
fn axis_times(first: LogTime, middle: LogTime, last: LogTime) -> String {
    let length = last.unix_ms.saturating_sub(first.unix_ms);
    let named = |time: LogTime| {
        let (date, time) = date_and_time(time);
        match length {
            ..3_600_000 => time.get(..8).unwrap_or(&date).to_owned(),
            3_600_000..172_800_000 => time.get(..5).unwrap_or(&date).to_owned(),
            _ => date,
        }
    };
    let [first, middle, last] = [first, middle, last].map(named);
    let half = AXIS_STEPS / 2;
    let left = half.saturating_sub(first.len() + middle.len() / 2).max(1);
    let used = first.len() + left + middle.len();
    let right = AXIS_STEPS.saturating_sub(used + last.len()).max(1);
    format!("{first}{:left$}{middle}{:right$}{last}", "", "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::incident as sample;

    #[test]
    fn the_axis_shows_entries_incidents_and_what_is_proven() {
        let report = sample::report();
        let axis = axis(&View::full(&report)).expect("there are times");
        assert_eq!(axis.days, "2025-03-14");
        let names: Vec<&str> = axis.lanes.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["entries", "high", "medium", "proven"]);
        for (name, lane) in &axis.lanes {
            assert_eq!(lane.len(), AXIS_STEPS, "{name}");
        }
        let proven = &axis.lanes[3].1;
        assert!(proven.starts_with("-=======-.") && proven.ends_with('.'), "{proven}");
        assert!(axis.times.starts_with("00:00 ") && axis.times.ends_with(" 23:53") && axis.times.len() == AXIS_STEPS);
        assert_eq!(super::axis(&View::full(&sample::quiet())), None, "nothing has a time");
    }

    #[test]
    fn a_break_within_a_step_is_seen() {
        let time = |unix_ms: i64| LogTime { unix_ms };
        let scale = AxisScale { from: 0, to: 59_999 };
        let range = |from, to| ProvenRange { from: time(from), to: time(to) };
        let lane = |ranges: &[ProvenRange]| proven_lane(ranges.iter().copied(), scale);
        assert_eq!(lane(&[range(0, 59_999)]), "=".repeat(60));
        assert_eq!(lane(&[range(0, 30_400), range(30_500, 59_999)]), format!("{}-{}", "=".repeat(30), "=".repeat(29)));
        assert_eq!(lane(&[]), ".".repeat(60));
        assert_eq!(lane(&[range(-9, -1), range(70_000, 80_000)]), ".".repeat(60), "outside");
        assert_eq!(lane(&[range(i64::MIN, i64::MAX)]), "=".repeat(60));
    }

    #[test]
    fn moments_at_the_ends_of_their_type_have_a_place() {
        let scale = AxisScale { from: i64::MIN.into(), to: i64::MAX.into() };
        assert_eq!((scale.step_of(i64::MIN.into()), scale.step_of(i64::MAX.into())), (0, AXIS_STEPS - 1));
        let ends = [i64::MIN, i64::MAX].map(|unix_ms| LogTime { unix_ms });
        assert!(!axis_times(ends[0], LogTime { unix_ms: 0 }, ends[1]).is_empty());
    }
}
