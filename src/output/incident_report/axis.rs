//! One axis of time in plain letters: how much was logged, when the incidents were, what is proven. The page of HTML draws
//! the same.

use super::view::View;
use crate::entry::LogTime;
use crate::incident::Severity;
use crate::verdict::report::ProvenRange;

/// How many steps the axis has.
pub(super) const STEPS: usize = 60;

/// From nothing to the most that was logged in a step.
const SHADES: [char; 9] = ['.', '\'', ':', '-', '=', '+', '*', '%', '@'];

/// Lanes below one another, each of them [`STEPS`] letters long.
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
struct Scale {
    from: i128,
    to: i128,
}

impl Scale {
    fn step_of(self, moment: i128) -> usize {
        let moment = (moment.clamp(self.from, self.to) - self.from) * STEPS as i128;
        usize::try_from(moment / (self.to - self.from + 1)).unwrap_or(0).min(STEPS - 1)
    }

    fn steps_of(self, first: i128, last: i128) -> std::ops::RangeInclusive<usize> {
        self.step_of(first)..=self.step_of(last.max(first))
    }

    /// The first moment of a step.
    fn start_of(self, step: usize) -> i128 {
        self.from + (self.to - self.from + 1) * step as i128 / STEPS as i128
    }
}

/// The axis of a report; None when nothing in it has a time.
pub(super) fn axis(view: &View<'_>) -> Option<Axis> {
    let (first, last) = view.ends()?;
    let scale = Scale { from: first.unix_ms.into(), to: last.unix_ms.into() };
    let mut lanes = vec![("entries", entries(view, scale))];
    for severity in Severity::ALL.into_iter().rev() {
        lanes.extend(incidents(view, severity, scale).map(|lane| (severity.name(), lane)));
    }
    let proven = view.verification.as_ref().map(|verification| {
        proven(verification.streams.iter().flat_map(|stream| stream.proven.iter().copied()), scale)
    });
    let legend = match &proven {
        Some(_) => "entries: the more, the darker; proven: = wholly, - in part, . not",
        None => "entries: the more, the darker; no key was given, so nothing is proven",
    };
    lanes.extend(proven.map(|lane| ("proven", lane)));
    let middle = LogTime { unix_ms: i64::midpoint(first.unix_ms, last.unix_ms) };
    Some(Axis { days: days(first, last), lanes, times: times(first, middle, last), legend })
}

fn entries(view: &View<'_>, scale: Scale) -> String {
    let hours = &view.totals.by_hour;
    let length = i128::from(hours.bin_seconds) * 1000;
    let mut counts = [0_u64; STEPS];
    for bin in &hours.bins {
        let start = i128::from(bin.start.unix_ms);
        let steps = scale.steps_of(start, start + length - 1);
        let share = bin.entries.div_ceil((steps.end() - steps.start() + 1) as u64);
        steps.for_each(|step| counts[step] = counts[step].saturating_add(share));
    }
    let most = counts.into_iter().max().unwrap_or(0).max(1);
    let shade = |count: u64| (u128::from(count) * (SHADES.len() as u128 - 1)).div_ceil(most.into()) as usize;
    counts.into_iter().map(|count| SHADES[shade(count)]).collect()
}

/// None when there is no incident of this severity that has a time.
fn incidents(view: &View<'_>, severity: Severity, scale: Scale) -> Option<String> {
    let mut lane = [false; STEPS];
    for incident in view.incidents.iter().filter(|incident| incident.severity == severity) {
        let Some(first) = incident.first.or(incident.last) else { continue };
        let last = incident.last.unwrap_or(first);
        scale.steps_of(first.unix_ms.into(), last.unix_ms.into()).for_each(|step| lane[step] = true);
    }
    let any = lane.contains(&true);
    any.then(|| lane.into_iter().map(|marked| if marked { 'x' } else { '.' }).collect())
}

/// A step is proven when a single range covers it whole: between two ranges something was not.
fn proven(ranges: impl Iterator<Item = ProvenRange>, scale: Scale) -> String {
    let mut lane = ['.'; STEPS];
    for range in ranges {
        let (from, to) = (i128::from(range.from.unix_ms), i128::from(range.to.unix_ms));
        if to < scale.from || from > scale.to {
            continue;
        }
        for step in scale.steps_of(from, to) {
            let end = if step + 1 == STEPS { scale.to } else { scale.start_of(step + 1) - 1 };
            if from <= scale.start_of(step) && end <= to {
                lane[step] = '=';
            } else if lane[step] == '.' {
                lane[step] = '-';
            }
        }
    }
    lane.into_iter().collect()
}

/// The date and the time of a moment; a moment of no calendar is all date.
pub(super) fn date_and_time(time: LogTime) -> (String, String) {
    let text = time.to_string();
    match text.split_once('T') {
        Some((date, time)) => (date.to_owned(), time.to_owned()),
        None => (text, String::new()),
    }
}

/// Whether two moments lie within the same day.
pub(super) fn is_one_day(first: LogTime, last: LogTime) -> bool {
    date_and_time(first).0 == date_and_time(last).0
}

fn days(first: LogTime, last: LogTime) -> String {
    let (first, last) = (date_and_time(first).0, date_and_time(last).0);
    if first == last { first } else { format!("{first} to {last}") }
}

/// Days where the axis is longer than two of them, hours and minutes where it is shorter, seconds within an hour.
fn times(first: LogTime, middle: LogTime, last: LogTime) -> String {
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
    let half = STEPS / 2;
    let left = half.saturating_sub(first.len() + middle.len() / 2).max(1);
    let used = first.len() + left + middle.len();
    let right = STEPS.saturating_sub(used + last.len()).max(1);
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
            assert_eq!(lane.len(), STEPS, "{name}");
        }
        let proven = &axis.lanes[3].1;
        assert!(proven.starts_with("-=======-.") && proven.ends_with('.'), "{proven}");
        assert!(axis.times.starts_with("00:00 ") && axis.times.ends_with(" 23:53") && axis.times.len() == STEPS);
        assert_eq!(super::axis(&View::full(&sample::quiet())), None, "nothing has a time");
    }

    #[test]
    fn a_break_within_a_step_is_seen() {
        let time = |unix_ms: i64| LogTime { unix_ms };
        let scale = Scale { from: 0, to: 59_999 };
        let range = |from, to| ProvenRange { from: time(from), to: time(to) };
        let lane = |ranges: &[ProvenRange]| proven(ranges.iter().copied(), scale);
        assert_eq!(lane(&[range(0, 59_999)]), "=".repeat(60));
        assert_eq!(lane(&[range(0, 30_400), range(30_500, 59_999)]), format!("{}-{}", "=".repeat(30), "=".repeat(29)));
        assert_eq!(lane(&[]), ".".repeat(60));
        assert_eq!(lane(&[range(-9, -1), range(70_000, 80_000)]), ".".repeat(60), "outside");
        assert_eq!(lane(&[range(i64::MIN, i64::MAX)]), "=".repeat(60));
    }

    #[test]
    fn moments_at_the_ends_of_their_type_have_a_place() {
        let scale = Scale { from: i64::MIN.into(), to: i64::MAX.into() };
        assert_eq!((scale.step_of(i64::MIN.into()), scale.step_of(i64::MAX.into())), (0, STEPS - 1));
        let ends = [i64::MIN, i64::MAX].map(|unix_ms| LogTime { unix_ms });
        assert!(!times(ends[0], LogTime { unix_ms: 0 }, ends[1]).is_empty());
    }
}
