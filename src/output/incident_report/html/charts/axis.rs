//! Scales: time along the width, counts along the height, both with round numbers at their marks.

use super::super::element::HtmlElement;
use super::{Anchor, in_percent, label};
use crate::entry::LogTime;

const SECOND: i128 = 1_000;
const MINUTE: i128 = 60 * SECOND;
const HOUR: i128 = 60 * MINUTE;
const DAY: i128 = 24 * HOUR;

/// Distances between marks, in milliseconds.
const STEPS: [i128; 20] = [
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
const STEPS_MAX: i128 = 9;

/// A stretch of time laid out from 0 to 100 percent; in milliseconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeAxis {
    from: i128,
    to: i128,
}

impl TimeAxis {
    /// From the earliest to the latest moment; at least as long as `at_least` milliseconds.
    pub(super) fn spanning(moments: impl IntoIterator<Item = i64>, at_least: i128) -> Option<Self> {
        let ends = moments.into_iter().map(i128::from).fold(None, |ends: Option<(i128, i128)>, moment| {
            Some(ends.map_or((moment, moment), |(from, to)| (from.min(moment), to.max(moment))))
        });
        let (from, to) = ends?;
        let missing = (at_least.max(SECOND) - (to - from)).max(0);
        Some(Self { from: from - missing / 2, to: to + (missing - missing / 2) })
    }

    /// The place of a moment, in percent.
    pub(super) fn at(self, moment: i128) -> f64 {
        let share = (moment - self.from) as f64 / (self.to - self.from).max(1) as f64;
        (share * 100.0).clamp(0.0, 100.0)
    }

    /// Whether anything of a stretch of time lies on it.
    pub(super) fn shows(self, from: i128, length: i128) -> bool {
        from <= self.to && from + length > self.from
    }

    /// The day, or the first and the last one.
    pub(super) fn days(self) -> String {
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
        let fitting = STEPS.into_iter().find(|step| length / step <= STEPS_MAX);
        fitting.unwrap_or_else(|| length / STEPS_MAX + 1)
    }

    /// The places of round moments with their names. The date is said where it changes.
    fn ticks(self) -> Vec<(f64, String)> {
        let step = self.step();
        let first = self.from.div_euclid(step) + i128::from(self.from.rem_euclid(step) != 0);
        let moments = (first..).map(|index| index * step).take_while(|moment| *moment <= self.to);
        let mut day = String::new();
        moments.map(|moment| (self.at(moment), name_of(moment, step, &mut day))).collect()
    }

    /// Marks over the height of a plot, with their names below.
    pub(super) fn marks(self, top: f64, bottom: f64) -> Vec<HtmlElement> {
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
fn name_of(moment: i128, step: i128, day: &mut String) -> String {
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
pub(super) fn round_steps(highest: u64) -> Vec<u64> {
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
