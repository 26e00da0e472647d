//! Runs of neighbouring lines without a seal. Whether they are allowed to have none is left to `verdict`.

use std::sync::Arc;

use super::occurrence::{earlier, later};
use super::report::UnsignedRange;
use crate::entry::LogTime;
use crate::verdict::Capped;

/// How many stretches a report lists.
const LISTED_MAX: usize = 100_000;

/// All stretches so far.
#[derive(Debug, Default)]
pub(super) struct UnsignedRuns {
    listed: Capped<UnsignedRange>,
    /// The one that may go on.
    current: Option<UnsignedRange>,
}

impl UnsignedRuns {
    /// Takes in a line without a seal.
    pub(super) fn add(&mut self, file: &Arc<str>, line: u64, time: Option<LogTime>) {
        match &mut self.current {
            Some(current) if Arc::ptr_eq(&current.file, file) => {
                current.through = line;
                current.lines += 1;
                current.first = earlier(current.first, time);
                current.last = later(current.last, time);
            }
            _ => {
                self.end();
                let file = Arc::clone(file);
                self.current = Some(UnsignedRange { file, line, through: line, lines: 1, first: time, last: time });
            }
        }
    }

    /// An entry with a seal comes, or another file.
    pub(super) fn end(&mut self) {
        if let Some(stretch) = self.current.take() {
            self.listed.push(stretch, LISTED_MAX);
        }
    }

    /// The stretches in the order of the log, and how many more there were.
    pub(super) fn finish(mut self) -> (Vec<UnsignedRange>, u64) {
        self.end();
        (self.listed.items, self.listed.omitted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_ends_at_a_seal_and_at_the_end_of_its_file() {
        let (a, b): (Arc<str>, Arc<str>) = ("a".into(), "b".into());
        let mut stretches = UnsignedRuns::default();
        let at = |second: i64| Some(LogTime { unix_ms: second * 1000 });
        for (file, line, time) in [(&a, 1, at(5)), (&a, 2, None), (&a, 4, at(7)), (&b, 1, None)] {
            stretches.add(file, line, time);
        }
        stretches.end();
        stretches.add(&b, 9, None);
        let (listed, omitted) = stretches.finish();
        let seen: Vec<_> = listed.iter().map(|it| (&*it.file, it.line, it.through, it.lines)).collect();
        assert_eq!(seen, [("a", 1, 4, 3), ("b", 1, 1, 1), ("b", 9, 9, 1)]);
        assert_eq!((listed[0].first, listed[0].last, omitted), (at(5), at(7), 0));
    }

    #[test]
    fn memory_is_bounded() {
        let mut stretches = UnsignedRuns::default();
        let file: Arc<str> = "a".into();
        for line in 0..LISTED_MAX as u64 + 5 {
            stretches.add(&file, line, None);
            stretches.end();
        }
        let (listed, omitted) = stretches.finish();
        assert_eq!((listed.len(), omitted), (LISTED_MAX, 5));
    }
}
