//! The lower part of the human report: the proven range, what is not shown, the byte account, the keys, and the answer.

use std::io::{self, Write};

use crate::outcome::Outcome;
use crate::output::color::{Palette, Tone};
use crate::output::escape::{excerpt, visible};
use crate::output::wording::{byte_classes, counted, grouped, policy_remark, without_known_date};
use crate::verdict::report::{StreamReport, Summary};

/// Lists are broken before this column.
const LINE_COLUMNS: usize = 80;

/// The texts stand below one another, right of the words `proven`, `not shown`, `bytes`, `keys`.
const LABEL_COLUMNS: usize = 11;

/// The most proven ranges shown of one stream.
const RANGES_PER_STREAM: usize = 8;

pub(super) fn write(out: &mut impl Write, palette: Palette, summary: &Summary, bytes_read: u64) -> io::Result<()> {
    writeln!(out)?;
    write_proven(out, summary)?;
    let not_shown: Vec<String> = summary.not_shown.iter().map(|text| excerpt(text).into_owned()).collect();
    if !not_shown.is_empty() {
        write_list(out, "not shown", &not_shown, ";")?;
    }
    write_bytes(out, summary, bytes_read)?;
    write_keys(out, summary)?;
    write_result(out, palette, summary)
}

pub(super) fn write_result(out: &mut impl Write, palette: Palette, summary: &Summary) -> io::Result<()> {
    let tone = match summary.outcome {
        Outcome::Intact => Tone::Good,
        Outcome::Incomplete => Tone::Warning,
        Outcome::Undecided | Outcome::Tampered => Tone::Bad,
    };
    let word = summary.outcome.name().to_ascii_uppercase();
    write!(out, "{}   exit {}", palette.paint(tone, word), summary.exit_code)?;
    match policy_remark(summary) {
        Some(remark) => writeln!(out, "   {remark}"),
        None => writeln!(out),
    }
}

fn write_proven(out: &mut impl Write, summary: &Summary) -> io::Result<()> {
    if summary.streams.iter().all(|stream| stream.proven.is_empty()) {
        return write_list(out, "proven", &["nothing".to_owned()], ",");
    }
    let named = summary.streams.len() > 1;
    let mut label = "proven";
    for (index, stream) in summary.streams.iter().enumerate() {
        let mut items = ranges(stream);
        if named {
            items[0] = format!("{}: {}", visible(&stream.name), items[0]);
        }
        if index + 1 == summary.streams.len() {
            // Said once: the log vouches for its own times, nobody else does.
            if let Some(last) = items.last_mut() {
                last.push_str("   (the log's own times)");
            }
        }
        write_list(out, label, &items, ",")?;
        label = "";
    }
    Ok(())
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

/// Every byte by class, and what was counted where it was read: a reader can see that the sum comes out.
fn write_bytes(out: &mut impl Write, summary: &Summary, bytes_read: u64) -> io::Result<()> {
    let mut items = byte_classes(summary);
    if items.is_empty() {
        items.push("0".to_owned());
    }
    let last = items.len() - 1;
    let total = grouped(summary.account.total().bytes);
    items[last].push_str(&format!(" = {total} of {}", grouped(bytes_read)));
    write_list(out, "bytes", &items, " +")
}

fn write_keys(out: &mut impl Write, summary: &Summary) -> io::Result<()> {
    if summary.keys.is_empty() {
        return write_list(out, "keys", &["none".to_owned()], ",");
    }
    let mut label = "keys";
    for key in &summary.keys {
        let verified = counted(key.chains, "chain", "chains");
        let text = format!("{} from {}, verified {verified}", visible(&key.fingerprint), visible(&key.source));
        write_list(out, label, &[text], ",")?;
        label = "";
    }
    Ok(())
}

/// Items behind a label, broken between items.
fn write_list(out: &mut impl Write, label: &str, items: &[String], separator: &str) -> io::Result<()> {
    let mut line = format!("{label:<LABEL_COLUMNS$}");
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            line.push_str(separator);
            if line.chars().count() + 1 + item.chars().count() > LINE_COLUMNS {
                writeln!(out, "{line}")?;
                line = " ".repeat(LABEL_COLUMNS);
            } else {
                line.push(' ');
            }
        }
        line.push_str(item);
    }
    writeln!(out, "{line}")
}
