//! The lower part of the human report: the proven range, what is not shown, the byte account, the keys, and the answer.

use std::collections::HashMap;
use std::io::{self, Write};

use unicode_width::UnicodeWidthStr as _;

use super::layout::{Folder, LINE_COLUMNS, broken, filled, padded};
use crate::outcome::Outcome;
use crate::output::color::{Palette, Tone};
use crate::output::escape::{excerpt, visible};
use crate::output::wording::{byte_classes, counted, grouped, policy_remark, without_known_date};
use crate::verdict::report::{Limit, StreamReport, Summary};

/// The texts stand below one another, right of the words `proven`, `not shown`, `bytes`, `keys`.
const LABEL_COLUMNS: usize = 11;
const TEXT_COLUMNS: usize = LINE_COLUMNS - LABEL_COLUMNS;

/// The most logs in the table of answers.
const LOGS_MAX: usize = 200;

/// A longer name stands out of the column.
const LOG_COLUMNS_MAX: usize = 50;

/// In front of what goes on below.
const CONTINUED: &str = "  ";

/// The most proven ranges shown of one stream.
const RANGES_PER_STREAM: usize = 8;

/// The most things named that are not shown.
const LIMITS_MAX: usize = 20;

/// The most streams named for one thing that is not shown.
const NAMES_PER_LIMIT: usize = 3;

/// Said once: the log vouches for its own times, nobody else does.
const WHOSE_TIMES: &str = "   (the log's own times)";

pub(super) struct Totals<'a> {
    pub(super) summary: &'a Summary,
    pub(super) folder: &'a Folder,
    pub(super) palette: Palette,
}

impl Totals<'_> {
    pub(super) fn write(&self, out: &mut impl Write, bytes_read: u64) -> io::Result<()> {
        writeln!(out)?;
        self.write_proven(out)?;
        self.write_not_shown(out)?;
        self.write_bytes(out, bytes_read)?;
        self.write_keys(out)?;
        self.write_logs(out)?;
        write_result(out, self.palette, self.summary)
    }

    fn write_proven(&self, out: &mut impl Write) -> io::Result<()> {
        let streams = &self.summary.streams;
        if streams.iter().all(|stream| stream.proven.is_empty()) {
            return write_text(out, "proven", "nothing");
        }
        let mut label = "proven";
        for (index, stream) in streams.iter().enumerate() {
            let mut items = ranges(stream);
            if index + 1 == streams.len() {
                items.last_mut().into_iter().for_each(|last| last.push_str(WHOSE_TIMES));
            }
            if streams.len() == 1 {
                return write_lines(out, label, &filled(&items, ",", TEXT_COLUMNS));
            }
            let name = format!("{}:", visible(self.folder.inside(&stream.name)));
            let ranges = filled(&items, ",", TEXT_COLUMNS - CONTINUED.len());
            write_named(out, label, name, &ranges)?;
            label = "";
        }
        Ok(())
    }

    fn write_not_shown(&self, out: &mut impl Write) -> io::Result<()> {
        let mut limits = self.limits();
        let omitted = limits.len().saturating_sub(LIMITS_MAX);
        limits.truncate(LIMITS_MAX);
        if omitted > 0 {
            limits.push(format!("... and {omitted} more (use --output-format json)"));
        }
        let mut label = "not shown";
        for limit in limits {
            write_text(out, label, &limit)?;
            label = "";
        }
        Ok(())
    }

    /// What is not shown, said once for all streams it holds for.
    fn limits(&self) -> Vec<String> {
        let streams = self.summary.streams.len();
        let mut limits: Vec<(&str, Vec<&str>)> = Vec::new();
        let mut known: HashMap<&str, usize> = HashMap::new();
        for Limit { stream, what } in &self.summary.not_shown {
            let index = *known.entry(what).or_insert(limits.len());
            if index == limits.len() {
                limits.push((what, Vec::new()));
            }
            let named = stream.as_deref().filter(|_| streams > 1);
            limits[index].1.extend(named.map(|name| self.folder.inside(name)));
        }
        limits.iter().map(|(limit, names)| said_of(names, streams) + &excerpt(limit)).collect()
    }

    /// Every byte by class, and what was counted where it was read: a reader can see that the sum comes out.
    fn write_bytes(&self, out: &mut impl Write, bytes_read: u64) -> io::Result<()> {
        let mut items = byte_classes(self.summary);
        let sum = format!("{} of {}", grouped(self.summary.account.total().bytes), grouped(bytes_read));
        match items.last_mut() {
            Some(last) => last.push_str(&format!(" = {sum}")),
            None => items.push(sum),
        }
        write_lines(out, "bytes", &filled(&items, " +", TEXT_COLUMNS))
    }

    /// The answer about each log, where there are several; what is not intact is never left out for what is.
    fn write_logs(&self, out: &mut impl Write) -> io::Result<()> {
        let streams = &self.summary.streams;
        if streams.len() < 2 {
            return Ok(());
        }
        let mut severe: Vec<usize> = (0..streams.len()).collect();
        // Stable: logs of one answer stay in their order.
        severe.sort_by_key(|&at| std::cmp::Reverse(streams[at].outcome));
        severe.truncate(LOGS_MAX);
        severe.sort_unstable();
        let names: Vec<_> = severe.iter().map(|&at| visible(self.folder.inside(&streams[at].name))).collect();
        let width = names.iter().map(|name| name.width()).filter(|width| *width <= LOG_COLUMNS_MAX).max();
        let mut label = "logs";
        for (&at, name) in severe.iter().zip(&names) {
            let outcome = streams[at].outcome;
            let word = match outcome {
                Outcome::Intact => outcome.name().to_owned(),
                _ => outcome.name().to_ascii_uppercase(),
            };
            let word = self.palette.paint(tone(outcome), word);
            writeln!(out, "{label:<LABEL_COLUMNS$}{}   {word}", padded(name, width.unwrap_or(0)))?;
            label = "";
        }
        match streams.len() - severe.len() {
            0 => Ok(()),
            more => write_text(out, "", &format!("... and {} more (use --output-format json)", grouped(more as u64))),
        }
    }

    fn write_keys(&self, out: &mut impl Write) -> io::Result<()> {
        let mut label = "keys";
        for key in &self.summary.keys {
            let fits = match key.chains {
                0 => "fits no chain".to_owned(),
                chains => format!("fits {}", counted(chains, "chain", "chains")),
            };
            let name = format!("{} from {},", visible(&key.fingerprint), visible(&key.source));
            write_named(out, label, name, &[fits])?;
            label = "";
        }
        Ok(())
    }
}

fn tone(outcome: Outcome) -> Tone {
    match outcome {
        Outcome::Intact => Tone::Good,
        Outcome::Incomplete => Tone::Warning,
        Outcome::Undecided | Outcome::Tampered => Tone::Bad,
    }
}

pub(super) fn write_result(out: &mut impl Write, palette: Palette, summary: &Summary) -> io::Result<()> {
    let tone = tone(summary.outcome);
    let word = summary.outcome.name().to_ascii_uppercase();
    write!(out, "{}   exit {}", palette.paint(tone, word), summary.exit_code)?;
    match policy_remark(summary) {
        Some(remark) => writeln!(out, "   {remark}"),
        None => writeln!(out),
    }
}

/// The streams something is said of, with a colon; nothing when there is only one.
fn said_of(names: &[&str], streams: usize) -> String {
    if names.is_empty() {
        return String::new();
    }
    if names.len() == streams {
        return "every log: ".to_owned();
    }
    let shown: Vec<_> = names.iter().take(NAMES_PER_LIMIT).map(|name| visible(name)).collect();
    let more = names.len() - shown.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}: ", shown.join(", "))
}

/// The proven ranges of a stream; at least one item. A date is written when it changes.
fn ranges(stream: &StreamReport) -> Vec<String> {
    let mut date = String::new();
    let mut items = Vec::new();
    for range in stream.proven.iter().take(RANGES_PER_STREAM) {
        let from = without_known_date(range.from.to_string(), &mut date);
        let to = without_known_date(range.to.to_string(), &mut date);
        items.push(format!("{from} .. {to}"));
    }
    let more = stream.proven.len().saturating_sub(RANGES_PER_STREAM) as u64 + stream.proven_omitted;
    if more > 0 {
        items.push(format!("... and {} more", grouped(more)));
    }
    if items.is_empty() {
        items.push("nothing".to_owned());
    }
    items
}

/// Lines behind a label.
fn write_lines(out: &mut impl Write, label: &str, lines: &[String]) -> io::Result<()> {
    let mut label = label;
    for line in lines {
        write_text(out, label, line)?;
        label = "";
    }
    Ok(())
}

/// Lines behind a name: the first one beside it, when it fits there, the others a little to the right.
fn write_named(out: &mut impl Write, label: &str, name: String, lines: &[String]) -> io::Result<()> {
    let [first, others @ ..] = lines else { return write_text(out, label, &name) };
    let beside = format!("{name} {first}");
    if beside.width() <= TEXT_COLUMNS {
        write_text(out, label, &beside)?;
    } else {
        write_text(out, label, &name)?;
        writeln!(out, "{:LABEL_COLUMNS$}{CONTINUED}{first}", "")?;
    }
    others.iter().try_for_each(|line| writeln!(out, "{:LABEL_COLUMNS$}{CONTINUED}{line}", ""))
}

/// A text behind a label; what does not fit into the line goes on below it, a little to the right.
fn write_text(out: &mut impl Write, label: &str, text: &str) -> io::Result<()> {
    let mut lines = broken(text, TEXT_COLUMNS);
    let rest = lines.split_off(1).join(" ");
    writeln!(out, "{label:<LABEL_COLUMNS$}{}", lines.concat())?;
    if rest.is_empty() {
        return Ok(());
    }
    let lines = broken(&rest, TEXT_COLUMNS - CONTINUED.len());
    lines.iter().try_for_each(|line| writeln!(out, "{:LABEL_COLUMNS$}{CONTINUED}{line}", ""))
}
