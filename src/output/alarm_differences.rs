//! What two sets of rules make of the same logs, for people and for programs: only what differs, and how many alarms do. Which alarms
//! are the same is left to `watch`.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::alarms::{AlarmFormat, in_words, time_or_dash};
use super::escape::{self, visible};
use super::layout::{Palette, TextStyle};
use super::wording::{counted, grouped};
use crate::entry::LogTime;
use crate::watch::{Alarm, AlarmChange, AlarmDifference, AlarmDifferences, RaisedAlarm};

/// What other rules make of an alarm.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "acralog watch --replay --compare FILE --output-format jsonl")]
pub(super) struct AlarmDifferenceLine<'a> {
    /// Which rules raise it: only those of the configuration (removed), only those of FILE (added), or both, but otherwise.
    change: AlarmChange,
    /// The alarm by the rules of the configuration, as it was last; null when they do not raise it.
    before: Option<&'a Alarm>,
    /// The alarm by the rules of FILE, as it was last; null when they do not raise it.
    after: Option<&'a Alarm>,
    /// The time of the entry by which it was raised before; null when there is none.
    raised_before: Option<LogTime>,
    /// The time of the entry by which it is raised after; null when there is none.
    raised_after: Option<LogTime>,
}

/// Writes what differs, log by log.
#[derive(Debug)]
pub struct AlarmDifferencePrinter<W> {
    out: W,
    format: AlarmFormat,
    palette: Palette,
    /// What the rules are called, before and after.
    names: [String; 2],
    same: u64,
    removed: u64,
    added: u64,
    changed: u64,
}

impl<W: Write> AlarmDifferencePrinter<W> {
    pub fn new(out: W, format: AlarmFormat, palette: Palette, names: [String; 2]) -> Self {
        Self { out, format, palette, names, same: 0, removed: 0, added: 0, changed: 0 }
    }

    /// Writes what differs in a log.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn print(&mut self, compared: &AlarmDifferences) -> io::Result<()> {
        self.same += compared.same;
        for difference in &compared.differences {
            *match difference.change() {
                AlarmChange::Removed => &mut self.removed,
                AlarmChange::Added => &mut self.added,
                AlarmChange::Changed => &mut self.changed,
            } += 1;
            match self.format {
                AlarmFormat::Human => writeln!(self.out, "{}", for_people(difference, self.palette))?,
                AlarmFormat::Jsonl => escape::write_json_line(&mut self.out, &AlarmDifferenceLine::of(difference))?,
            }
        }
        self.out.flush()
    }

    /// Writes how many alarms differ, for people.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn finish(&mut self) -> io::Result<()> {
        if self.format == AlarmFormat::Human {
            let [before, after] = self.names.each_ref().map(|name| visible(name));
            let same = counted(self.same, "alarm is", "alarms are");
            match [self.removed, self.added, self.changed] {
                [0, 0, 0] => writeln!(self.out, "nothing differs: {same} the same with {before} and with {after}")?,
                numbers => {
                    let [removed, added, changed] = numbers.map(grouped);
                    writeln!(
                        self.out,
                        "{same} the same, {removed} only with {before}, {added} only with {after}, {changed} with both, but otherwise"
                    )?;
                }
            }
        }
        self.out.flush()
    }
}

impl<'a> AlarmDifferenceLine<'a> {
    fn of(difference: &'a AlarmDifference) -> Self {
        let AlarmDifference { before, after } = difference;
        Self {
            change: difference.change(),
            before: before.as_ref().map(|it| &it.alarm),
            after: after.as_ref().map(|it| &it.alarm),
            raised_before: before.as_ref().and_then(|it| it.raised),
            raised_after: after.as_ref().and_then(|it| it.raised),
        }
    }
}

/// A mark, the words of the alarm, and what is otherwise.
fn for_people(difference: &AlarmDifference, palette: Palette) -> String {
    let (tone, mark) = match difference.change() {
        AlarmChange::Removed => (TextStyle::Bad, "-"),
        AlarmChange::Added => (TextStyle::Good, "+"),
        AlarmChange::Changed => (TextStyle::Warning, "~"),
    };
    let AlarmDifference { before, after } = difference;
    let alarm = after.as_ref().or(before.as_ref()).map_or_else(String::new, |it| in_words(&it.alarm, palette));
    let otherwise = match (before, after) {
        (Some(before), Some(after)) => format!(": {}", otherwise(before, after)),
        _ => String::new(),
    };
    format!("{} {alarm}{otherwise}", palette.paint(tone, mark))
}

fn otherwise(before: &RaisedAlarm, after: &RaisedAlarm) -> String {
    let severity = |it: &RaisedAlarm| format!("{} ({})", it.alarm.severity.name(), it.alarm.severity_score);
    let said = [
        ("count", grouped(before.alarm.count), grouped(after.alarm.count)),
        ("raised", time_or_dash(before.raised), time_or_dash(after.raised)),
        ("severity", severity(before), severity(after)),
    ];
    let said = said.into_iter().filter(|(_, before, after)| before != after);
    said.map(|(what, before, after)| format!("{what} {before} -> {after}")).collect::<Vec<_>>().join(", ")
}
