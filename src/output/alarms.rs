//! Alarms as they change, for people and for programs: one line for each change, written at once.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;
use strum::{IntoStaticStr, VariantArray};

use super::escape::{self, visible};
use super::layout::{Palette, TextStyle};
use crate::entry::LogTime;
use crate::incident::Severity;
use crate::incident::report::Reference;
use crate::watch::{Alarm, AlarmState, SealProof};

/// The formats of `watch`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum AlarmFormat {
    /// For people.
    Human,
    /// One document a line.
    Jsonl,
}

impl AlarmFormat {
    /// Every format.
    pub const ALL: [Self; 2] = *Self::VARIANTS.as_array().expect("as many as there are variants");

    /// The word on the command line.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// One change of an alarm.
#[derive(Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(title = "acralog watch --output-format jsonl")]
pub(super) struct AlarmLine(Alarm);

/// Places that people are shown in a line.
const PLACES_MAX: usize = 3;

/// Writes alarms as they change.
#[derive(Debug)]
pub struct AlarmPrinter<W> {
    out: W,
    format: AlarmFormat,
    palette: Palette,
}

impl<W: Write> AlarmPrinter<W> {
    pub fn new(out: W, format: AlarmFormat, palette: Palette) -> Self {
        Self { out, format, palette }
    }

    /// Writes one change of an alarm, and hands it on at once.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn print(&mut self, alarm: &Alarm) -> io::Result<()> {
        match self.format {
            AlarmFormat::Human => self.for_people(alarm)?,
            AlarmFormat::Jsonl => escape::write_json_line(&mut self.out, alarm)?,
        }
        self.out.flush()
    }

    fn for_people(&mut self, alarm: &Alarm) -> io::Result<()> {
        writeln!(self.out, "{}", in_words(alarm, self.palette))?;
        if alarm.state == AlarmState::Raised {
            let advice = self.palette.paint(TextStyle::Quiet, format!("do first: {}", visible(&alarm.advice)));
            writeln!(self.out, "    {advice}")?;
        }
        Ok(())
    }
}

/// A line for people: when, what became of it, how severe, what and how much, where, whether it is proven, its name.
pub(super) fn in_words(alarm: &Alarm, palette: Palette) -> String {
    let time = time_or_dash(alarm.last.or(alarm.first));
    let (state, severity) = (format!("{:<7}", alarm.state.name()), format!("{:<8}", alarm.severity.name()));
    let (state, severity) =
        (palette.paint(tone_of(alarm.state), state), palette.paint(tone_of_severity(alarm), severity));
    let (tone, verified) = match alarm.verified {
        // They are about the seals themselves.
        _ if alarm.kind.is_of_integrity() => (TextStyle::Neutral, ""),
        SealProof::Yes => (TextStyle::Good, "verified"),
        SealProof::NotYet => (TextStyle::Warning, "not verified yet"),
        SealProof::No => (TextStyle::Warning, "not verified"),
    };
    let comma = if verified.is_empty() { "" } else { ", " };
    let verified = format!("{comma}{}", palette.paint(tone, verified));
    let kind = alarm.kind.name();
    let rule = if kind == alarm.rule { String::new() } else { format!(" ({})", visible(&alarm.rule)) };
    let test = if alarm.test { "TEST, nothing happened: " } else { "" };
    let summary = visible(&alarm.summary);
    let id = palette.paint(TextStyle::Quiet, format!("[{}]", &alarm.id.as_str()[..8]));
    format!("{time}  {state} {severity} {test}{kind}{rule}: {summary}{verified}{} {id}", places(alarm))
}

/// A time, where there is one.
pub(super) fn time_or_dash(time: Option<LogTime>) -> String {
    time.map_or_else(|| "-".to_owned(), |time| time.to_string())
}

fn tone_of_severity(alarm: &Alarm) -> TextStyle {
    match (alarm.state, alarm.severity) {
        (AlarmState::Closed, _) => TextStyle::Quiet,
        (_, Severity::Critical | Severity::High) => TextStyle::Bad,
        (_, Severity::Medium) => TextStyle::Warning,
        (_, Severity::Low) => TextStyle::Neutral,
    }
}

fn tone_of(state: AlarmState) -> TextStyle {
    match state {
        AlarmState::Raised => TextStyle::Bad,
        AlarmState::Updated => TextStyle::Warning,
        AlarmState::Closed => TextStyle::Good,
    }
}

/// Where it stands, as an editor opens it.
fn places(alarm: &Alarm) -> String {
    let place = |it: &Reference| it.shown_as(&visible(&it.file));
    let shown: Vec<String> = alarm.places.iter().take(PLACES_MAX).map(place).collect();
    let more = if alarm.places.len() > PLACES_MAX || alarm.places_omitted > 0 { ", ..." } else { "" };
    if shown.is_empty() { String::new() } else { format!(", {}{more}", shown.join(", ")) }
}
