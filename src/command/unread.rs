//! Remembers whether something that was asked for could not be read, and says it on standard error.

use crate::failure::Failure;
use crate::output::Diagnostics;
use crate::reading::FileEvent;
use crate::source::{Discovery, Lack, Lacking};

/// What was not read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unread {
    /// Whether it is said here; otherwise whoever verifies says it.
    told: bool,
    /// Whether files may rightly be missing.
    missing_ok: bool,
    anything: bool,
}

impl Unread {
    /// Nothing so far; what comes is told.
    pub(super) fn told() -> Self {
        Self { told: true, missing_ok: false, anything: false }
    }

    /// Nothing so far; what comes is told by others.
    pub(super) fn told_by_others() -> Self {
        Self { told: false, ..Self::told() }
    }

    /// The same; a file may be missing when this is so.
    pub(super) fn where_missing_is(self, ok: bool) -> Self {
        Self { missing_ok: ok, ..self }
    }

    /// Whether everything was read.
    pub(super) fn is_nothing(self) -> bool {
        !self.anything
    }

    /// Takes note of what was asked for and is not there.
    pub(super) fn note_discovery(&mut self, discovery: &Discovery) {
        for Lacking { path, why, lack } in discovery.lacking() {
            self.note(&format!("{}: {why}", path.to_string_lossy()), lack == Lack::Missing);
        }
        for (path, why) in discovery.doubles.iter().filter(|_| self.told) {
            Diagnostics::stderr().warning(&format!("{}: left out: {why}", path.to_string_lossy()));
        }
    }

    /// Takes note of what cannot be read of a file.
    pub(super) fn note_event(&mut self, file: &str, event: &FileEvent) {
        if let FileEvent::Failed { missing, why, .. } = event {
            self.note(&format!("{file}: {why}"), *missing);
        }
    }

    fn note(&mut self, what: &str, missing: bool) {
        let fine = missing && self.missing_ok;
        self.anything |= !fine;
        match self.told {
            true if fine => Diagnostics::stderr().warning(what),
            true => Diagnostics::stderr().failure(&Failure::new(what)),
            false => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(missing: bool) -> FileEvent {
        FileEvent::Failed { file: 0, missing, why: "is a device".to_owned(), lost_bytes: 0 }
    }

    #[test]
    fn what_is_missing_counts_unless_it_may_be_and_what_is_broken_always_does() {
        for (missing_ok, missing, nothing) in
            [(false, true, false), (true, true, true), (false, false, false), (true, false, false)]
        {
            let mut unread = Unread::told_by_others().where_missing_is(missing_ok);
            assert!(unread.is_nothing());
            unread.note_event("a.log", &failed(missing));
            unread.note_event("b.log", &FileEvent::Opened { file: 1, after_gap: false });
            assert_eq!(unread.is_nothing(), nothing, "missing {missing}, fine {missing_ok}");
        }
    }

    #[test]
    fn of_what_was_asked_for_only_a_pattern_may_match_nothing() {
        let discoveries = [
            (Discovery { unmatched: vec!["a*".into()], ..Discovery::default() }, true),
            (Discovery { empty: vec!["a".into()], ..Discovery::default() }, false),
            (Discovery { unusable: vec![("a".into(), "is a socket".to_owned())], ..Discovery::default() }, false),
        ];
        for (discovery, may_be) in discoveries {
            for missing_ok in [false, true] {
                let mut unread = Unread::told_by_others().where_missing_is(missing_ok);
                unread.note_discovery(&discovery);
                assert_eq!(unread.is_nothing(), may_be && missing_ok, "{discovery:?}");
            }
        }
        let mut unread = Unread::told_by_others();
        unread.note_discovery(&Discovery { skipped: vec![("a".into(), "empty".to_owned())], ..Discovery::default() });
        assert!(unread.is_nothing());
    }
}
