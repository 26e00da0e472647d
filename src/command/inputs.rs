//! Finds the inputs of a verb as planned, how large they are, and in which of them no line is an entry: a search of such a file
//! must not look like one that found nothing. What follows for the exit code is left to the verbs.

use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::entry::{Format, time_of};
use crate::event::NoEvent;
use crate::failure::Failure;
use crate::line::{Batch, Limits, LineReader, LineState, Wrapper};
use crate::output::{Diagnostics, grouped};
use crate::plan::{InputPlan, InventoryLog};
use crate::reading::FileEvent;
use crate::record::Records;
use crate::source::{self, Arrangement, Discovery, Input, Order, OrderBy, Origin, Stream};

/// Lines of a file that are looked at for a time.
const TIMED_LINES_MAX: usize = 1000;

/// How much of what all lines begin with is looked at, in bytes.
const BEGINNING_BYTES_MAX: usize = 40;

/// What entries begin with (audit log, section 2).
const ENTRY_STARTS: [&[u8]; 3] = [b"{\"", b"time=\"", b"CEF:"];

/// How many files are named.
const NAMED_MAX: usize = 20;

/// Finds what the plan names.
pub(super) fn discover(plan: &InputPlan) -> Result<Discovery, Failure> {
    let arrangement = match &plan.stream_by {
        Some(pattern) => Arrangement::StreamBy(pattern),
        None if plan.as_one_stream => Arrangement::OneStream,
        None => Arrangement::RotationSets,
    };
    let mut discovery = if plan.inventory.is_empty() {
        let mut specs = plan.paths.clone();
        if let Some(list) = &plan.files_from {
            specs.extend(read_list(list)?);
        }
        source::discover(&specs, arrangement)
    } else {
        discover_inventory(&plan.inventory, arrangement)
    };
    if let Some(pattern) = &plan.stream_by {
        let mut files = discovery.streams.iter().flat_map(|stream| &stream.files);
        if !files.any(|file| pattern.is_match(&file.shown)) {
            return Err(Failure::new(format!(
                "--stream-by {pattern:?} finds nothing in any path",
                pattern = pattern.as_str()
            ))
            .with_hint("a path is searched as acralog verify -v shows it"));
        }
    }
    match plan.order_by {
        None => {}
        Some(OrderBy::Name) => discovery.put_in_order(Order::Name),
        Some(OrderBy::Time) => discovery.put_in_order(Order::Time(&|input| first_time(input, plan.unwrap_from))),
    }
    Ok(discovery)
}

/// Finds the logs of an inventory. One that is not there has a stream as well, in which it is missing.
fn discover_inventory(logs: &[InventoryLog], arrangement: Arrangement<'_>) -> Discovery {
    let mut all = Discovery::default();
    for (index, log) in logs.iter().enumerate() {
        let mut found = source::discover(std::slice::from_ref(&log.path), arrangement);
        let absent = found.unmatched.iter().map(|path| (path, "nothing matches this pattern"));
        let empty = found.empty.iter().map(|path| (path, "no log in this directory"));
        let no_file = found
            .paths()
            .filter(|path| **path == log.path && !path.exists())
            .map(|path| (path, "there is no such file"));
        let hole =
            |(path, why): (&PathBuf, &str)| Input::hole(path.clone(), format!("{} is not here: {why}", log.name));
        let holes: Vec<Input> = absent.chain(empty).chain(no_file).map(hole).collect();
        if !holes.is_empty() {
            found.streams = vec![Stream::new(Arc::clone(&log.name), holes)];
        }
        let several = found.streams.len() > 1;
        for mut stream in found.streams {
            let name = if several { format!("{}: {}", log.name, stream.name).into() } else { Arc::clone(&log.name) };
            (stream.name, stream.inventoried) = (name, Some(index));
            all.streams.push(stream);
        }
        all.skipped.extend(found.skipped);
        all.doubles.extend(found.doubles);
        all.unusable.extend(found.unusable);
    }
    all
}

/// The time of the first entry of a file, in milliseconds since 1970. What is no regular file is not opened: its bytes
/// would be gone.
fn first_time(input: &Input, wrapper: Option<Wrapper>) -> Option<i64> {
    let Origin::Path(path) = &input.origin else { return None };
    if !path.metadata().is_ok_and(|metadata| metadata.is_file()) {
        return None;
    }
    let reader = source::open(input).ok()?.reader;
    let limits = Limits { batch_lines: TIMED_LINES_MAX, ..Limits::default() };
    let mut lines = match wrapper {
        None => LineReader::with_limits(reader, limits),
        Some(wrapper) => LineReader::with_wrapper(reader, limits, wrapper),
    };
    let mut batch = Batch::default();
    lines.fill(&mut batch).ok()?;
    batch.lines.iter().find_map(|line| time_of(batch.text_of(line))).map(|time| time.unix_ms)
}

/// Says of each file that AcraCensor captures queries in that it is one: it looks like a log, and nothing in it is signed.
pub(super) fn tell_captured_queries(discovery: &Discovery) {
    for file in discovery.streams.iter().flat_map(|stream| &stream.files).filter(|file| holds_captured_queries(file)) {
        Diagnostics::stderr().warning(&format!(
            "{}: these are queries that AcraCensor captured (`query_capture` in its configuration), not an audit log: \
             they have neither times nor seals",
            file.shown
        ));
    }
}

fn holds_captured_queries(file: &Input) -> bool {
    const BEGINNING: &[u8] = br#"{"raw_query":"#;
    // A pipe gives its bytes once.
    let Origin::Path(path) = &file.origin else { return false };
    let mut first = Vec::with_capacity(BEGINNING.len());
    path.metadata().is_ok_and(|metadata| metadata.is_file())
        && source::open(file)
            .is_ok_and(|opened| opened.reader.take(BEGINNING.len() as u64).read_to_end(&mut first).is_ok())
        && first == BEGINNING
}

fn read_list(list: &Path) -> Result<Vec<PathBuf>, Failure> {
    let cannot = |error: io::Error| Failure::new(format!("{}: cannot read the list: {error}", list.display()));
    let from_stdin = list.as_os_str() == source::STDIN_NAME;
    let paths = if from_stdin {
        source::parse_list(io::stdin().lock()).map_err(cannot)?
    } else {
        source::parse_list(BufReader::new(File::open(list).map_err(cannot)?)).map_err(cannot)?
    };
    if from_stdin && paths.iter().any(|path| path.as_os_str() == source::STDIN_NAME) {
        return Err(Failure::new("the list comes from standard input, so it cannot name it")
            .with_hint("take the line `-` out of the list"));
    }
    if paths.is_empty() {
        return Err(Failure::new(format!("{}: the list names no file", list.display())));
    }
    Ok(paths)
}

/// The size of all inputs, when every one of them has one.
pub(super) fn disk_bytes(streams: &[Stream]) -> Option<u64> {
    let mut files = streams.iter().flat_map(|stream| &stream.files);
    files.try_fold(0, |sum: u64, file| match &file.origin {
        Origin::Stdin => None,
        Origin::Hole { .. } => Some(sum),
        Origin::Path(path) => {
            // A missing file has nothing to read.
            let Ok(metadata) = path.metadata() else { return Some(sum) };
            metadata.is_file().then(|| sum.saturating_add(metadata.len()))
        }
    })
}

/// Looks through one file after the other until it has found an entry in each.
#[derive(Debug)]
pub(super) struct EntryCheck {
    format: Option<Format>,
    current: FileLines,
    foreign: Foreign,
}

/// What was seen of the current file.
#[derive(Debug, Default)]
struct FileLines {
    /// Lines that are not blank.
    lines: u64,
    has_entry: bool,
    /// What all lines so far begin with.
    common: Vec<u8>,
    /// The beginning of the first line.
    first: Vec<u8>,
}

/// The files of which no line is an entry, and whether any had a line at all.
#[derive(Debug, Default)]
pub(super) struct Foreign {
    files: u64,
    /// What is said of the first of them.
    told: Vec<String>,
    has_lines: bool,
    /// Whether a format was insisted on.
    insisted: bool,
}

impl EntryCheck {
    /// Nothing so far; only lines of a format count as entries when one is insisted on.
    pub(super) fn of(format: Option<Format>) -> Self {
        Self {
            format,
            current: FileLines::default(),
            foreign: Foreign { insisted: format.is_some(), ..Foreign::default() },
        }
    }

    /// Takes note of what happens to a file. One that is left before its end says nothing.
    pub(super) fn note(&mut self, file: &Arc<str>, event: &FileEvent, records: &Records<'_>) {
        match event {
            FileEvent::Opened { .. } => self.current = FileLines::default(),
            FileEvent::Lines { .. } if !self.current.has_entry => self.look(records),
            FileEvent::Closed { .. } => self.close(file),
            FileEvent::Added { .. } | FileEvent::Lines { .. } | FileEvent::Failed { .. } => {}
        }
    }

    pub(super) fn into_foreign(self) -> Foreign {
        self.foreign
    }

    fn look(&mut self, records: &Records<'_>) {
        let seen = &mut self.current;
        for record in records.iter() {
            match record.event() {
                Ok(_) => {
                    seen.has_entry = true;
                    self.foreign.has_lines = true;
                    return;
                }
                Err(NoEvent::Blank) => continue,
                Err(_) if matches!(record.line.state, LineState::Textless(_)) => continue,
                Err(_) => {}
            }
            let text = &record.text[..record.text.len().min(BEGINNING_BYTES_MAX)];
            if seen.lines == 0 {
                (seen.common, seen.first) = (text.to_vec(), text.to_vec());
            }
            let same = seen.common.iter().zip(text).take_while(|(a, b)| a == b).count();
            seen.common.truncate(same);
            seen.lines += 1;
        }
    }

    fn close(&mut self, file: &Arc<str>) {
        let FileLines { lines, has_entry, mut common, first } = std::mem::take(&mut self.current);
        self.foreign.has_lines |= lines > 0;
        if has_entry || lines == 0 {
            return;
        }
        self.foreign.files += 1;
        if self.foreign.told.len() == NAMED_MAX {
            return;
        }
        // What stands in front is what keeps the lines from being entries.
        let entry = ENTRY_STARTS.iter().filter_map(|start| memchr::memmem::find(&common, start)).min();
        common.truncate(entry.filter(|at| *at > 0).unwrap_or(common.len()));
        let wanted = self.format.map_or_else(String::new, |format| format!(" in the format {}", format.name()));
        let count = match lines {
            1 => format!("the only line is no entry{wanted}"),
            _ => format!("0 of {} lines are entries{wanted}", grouped(lines)),
        };
        let begins = match (lines, common.is_empty()) {
            (1, _) => format!("it begins with `{}`", String::from_utf8_lossy(&first)),
            (_, false) => format!("every line begins with `{}`", String::from_utf8_lossy(&common)),
            (_, true) => format!("the first one begins with `{}`", String::from_utf8_lossy(&first)),
        };
        self.foreign.told.push(format!("{file}: {count}; {begins}"));
    }
}

impl Foreign {
    /// Takes in those of another log.
    pub(super) fn merge(&mut self, other: Self) {
        self.files += other.files;
        self.told.extend(other.told);
        self.told.truncate(NAMED_MAX);
        self.has_lines |= other.has_lines;
        self.insisted |= other.insisted;
    }

    /// Whether every file that was read to its end has an entry, or no line.
    pub(super) fn is_nothing(&self) -> bool {
        self.files == 0
    }

    /// Whether any file had a line that is not blank.
    pub(super) fn has_lines(&self) -> bool {
        self.has_lines
    }

    /// What is to be said of each file, a line each.
    pub(super) fn told(&self) -> impl Iterator<Item = String> {
        let more = self.files - self.told.len() as u64;
        let rest = (more > 0).then(|| format!("{} more files have no line that is an entry", grouped(more)));
        self.told.iter().cloned().chain(rest)
    }

    /// The same with what was seen elsewhere.
    #[must_use]
    pub(super) fn and(mut self, other: Self) -> Self {
        self.files += other.files;
        self.has_lines |= other.has_lines;
        self.insisted |= other.insisted;
        self.told.extend(other.told.into_iter().take(NAMED_MAX.saturating_sub(self.told.len())));
        self
    }

    /// Says it on standard error: as what went wrong.
    pub(super) fn fail(&self) {
        for (index, what) in self.told().enumerate() {
            let failure = Failure::new(what);
            let hint = match self.insisted {
                true => "leave out --input-format, and it is found out",
                false => "docker, CRI, journald and syslog are understood; take off what else stands around the lines",
            };
            let failure = if index == 0 { failure.with_hint(hint) } else { failure };
            Diagnostics::stderr().failure(&failure);
        }
    }

    /// Says it on standard error: as what is worth a look.
    pub(super) fn warn(&self) {
        self.told().for_each(|what| Diagnostics::stderr().warning(&what));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Service;
    use crate::line::{Batch, LineReader};
    use crate::record::Services;

    const ENTRY: &str = r#"time="2025-03-14T00:00:00Z" level=info msg=m"#;

    fn told(files: &[&str]) -> Vec<String> {
        let mut check = EntryCheck::of(None);
        for (file, text) in files.iter().enumerate() {
            let name = Arc::from(format!("{file}.log"));
            let (mut batch, services) =
                (Batch::default(), Services::follow(&mut Service::default(), &Batch::default()));
            check.note(
                &name,
                &FileEvent::Opened { file, after_gap: false },
                &Records::new(&batch, &name, None, None, &services),
            );
            let limits = crate::line::Limits { batch_lines: 2, ..crate::line::Limits::default() };
            let mut lines = LineReader::with_limits(text.as_bytes(), limits);
            while lines.fill(&mut batch).expect("bytes can be read") {
                check.note(&name, &FileEvent::Lines { file }, &Records::new(&batch, &name, None, None, &services));
            }
            check.note(
                &name,
                &FileEvent::Closed { file, bytes: 0, wrapper: None, compression: None },
                &Records::new(&batch, &name, None, None, &services),
            );
        }
        check.into_foreign().told().collect()
    }

    #[test]
    fn a_file_without_an_entry_is_named_with_what_its_lines_begin_with() {
        let (long, late) = ("a\nb\nc\n".repeat(9), format!("x\ny\nz\n{ENTRY}\n"));
        let prefixed = format!("web> {ENTRY}\n\nweb> x\nweb> y\n");
        let cases: [(&[&str], &[&str]); 7] = [
            (
                &[">>> time=\"1\" b\n>>> time=\"1\" c\n"],
                &["0.log: 0 of 2 lines are entries; every line begins with `>>> `"],
            ),
            (&[&prefixed], &["0.log: 0 of 3 lines are entries; every line begins with `web> `"]),
            (&["ab\nc\n"], &["0.log: 0 of 2 lines are entries; the first one begins with `ab`"]),
            (&["ab\n"], &["0.log: the only line is no entry; it begins with `ab`"]),
            (&["", "\n \n"], &[]),
            (&[&long, ENTRY], &["0.log: 0 of 27 lines are entries; the first one begins with `a`"]),
            (&[&late], &[]),
        ];
        for (files, wanted) in cases {
            assert_eq!(told(files), wanted, "{files:?}");
        }
    }

    #[test]
    fn of_many_files_the_first_are_named_and_the_rest_is_counted() {
        let told = told(&["x\n"; NAMED_MAX + 3]);
        assert_eq!(told.len(), NAMED_MAX + 1);
        assert_eq!(told.last().map(String::as_str), Some("3 more files have no line that is an entry"));
    }
}
