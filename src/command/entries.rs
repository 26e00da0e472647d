//! Remembers of which files no line is an entry: a search of such a file must not look like one that found nothing. What
//! follows for the exit code is left to the verbs.

use std::sync::Arc;

use crate::entry::Format;
use crate::event::NoEvent;
use crate::failure::Failure;
use crate::line::LineState;
use crate::output::{Diagnostics, grouped};
use crate::reading::FileEvent;
use crate::record::Records;

/// How much of what all lines begin with is looked at, in bytes.
const BEGINNING_BYTES_MAX: usize = 40;
/// What entries begin with (audit log, section 2).
const ENTRY_STARTS: [&[u8]; 3] = [b"{\"", b"time=\"", b"CEF:"];
/// How many files are named.
const NAMED_MAX: usize = 20;

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
            FileEvent::Lines { .. } | FileEvent::Failed { .. } => {}
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
