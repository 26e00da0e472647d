//! Every text of a report that a log, a file name or a user has a say in, except for the names of clients and what examples
//! quote. Every structure is taken apart in full: a new field does not compile before it is decided here.

use std::sync::Arc;

use super::super::report::{
    Example, Gap, Incident, IncidentReport, InputFile, Reference, ServiceRun, SessionRecord, UnsignedRange,
    Verification,
};
use crate::line::Place;
use crate::verdict::report::{ChainReport, Finding, KeyReport, Limit, StreamReport};

/// Holds texts.
pub(super) trait Texts {
    /// Puts what comes of each text in its place; None leaves it as it is.
    fn change(&mut self, change: &dyn Fn(&str) -> Option<String>);
}

impl Texts for String {
    fn change(&mut self, change: &dyn Fn(&str) -> Option<String>) {
        if let Some(new) = change(self) {
            *self = new;
        }
    }
}

impl Texts for Arc<str> {
    fn change(&mut self, change: &dyn Fn(&str) -> Option<String>) {
        if let Some(new) = change(self) {
            *self = new.into();
        }
    }
}

impl<T: Texts> Texts for Option<T> {
    fn change(&mut self, change: &dyn Fn(&str) -> Option<String>) {
        self.iter_mut().for_each(|item| item.change(change));
    }
}

impl<T: Texts> Texts for Vec<T> {
    fn change(&mut self, change: &dyn Fn(&str) -> Option<String>) {
        self.iter_mut().for_each(|item| item.change(change));
    }
}

/// `texts!(Type { field, ... } not { field, ... })`: which fields of a structure hold texts, and which hold none.
macro_rules! texts {
    ($($of:ident { $($field:ident),* } not { $($other:ident),* })*) => {
        $(impl Texts for $of {
            fn change(&mut self, change: &dyn Fn(&str) -> Option<String>) {
                let Self { $($field,)* $($other: _,)* } = self;
                $($field.change(change);)*
            }
        })*
    };
}

texts! {
    IncidentReport { title, case_id, command, verification, inputs, incidents, runs, sessions, unsigned, gaps, not_shown } not {
        generated_at, redacted, scope, period, incidents_omitted, incidents_by_severity, totals, runs_omitted, sessions_omitted, unsigned_omitted,
        gaps_omitted, rules
    }
    InputFile { path, stream, unread } not { bytes, sha256, compression, wrapper, formats, lines, entries }
    Verification { keys, streams, chains, findings } not {
        outcome, policy, default_policy_outcome, account, chain_counts, chains_omitted, findings_omitted
    }
    KeyReport { source } not { fingerprint, chains }
    StreamReport { name, files } not { outcome, proven, proven_omitted, interleaved }
    ChainReport { first, last } not { stream, verdict, entries, key, from, to }
    Finding { place, through, message, hint } not { code, class, lines, expected, found }
    Limit { stream, what } not {}
    Place { file } not { line }
    Incident { sessions, references, examples } not {
        number, kind, title, severity, severity_score, codes, client_ids, client_ids_omitted, sessions_omitted, first, last,
        entries, count, counted, rule, seals, references_omitted, advice
    }
    Reference { file } not { line, through, entries }
    Example { file } not { line, time, level, message, error }
    SessionRecord { session_id, addresses } not { run, client_id, first, last, entries }
    ServiceRun { stream, service, version, pid, start } not { number, first, last, entries, end }
    UnsignedRange { file } not { line, through, lines, first, last }
    Gap { after, before } not { kind, from, to, seconds }
}
