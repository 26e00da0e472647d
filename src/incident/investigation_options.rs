//! What a report is asked for, and what it says of itself. The answer is left to `investigation`.

use super::report::Scope;
use super::rules::Rules;
use crate::entry::{Format, LogTime};
use crate::query::{Names, Period};

/// What a report is asked for.
#[derive(Clone, Debug, Default)]
pub struct InvestigationOptions {
    /// The period it is confined to.
    pub period: Period,
    /// The clients it is confined to; any, when there is none.
    pub clients: Names,
    /// When entries make an incident.
    pub rules: Rules,
    /// Whether sessions are listed.
    pub sessions: bool,
    /// The format that entries must have; None is to detect it.
    pub format: Option<Format>,
}

impl InvestigationOptions {
    /// What the report is confined to, for the report.
    pub fn scope(&self) -> Scope {
        Scope { since: self.period.from, before: self.period.before, client_ids: self.clients.to_words() }
    }
}

/// What a report says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportMeta {
    /// What it is called.
    pub title: String,
    /// The number of the case it belongs to.
    pub case_id: Option<String>,
    /// When it was made; only when asked for.
    pub generated_at: Option<LogTime>,
    /// What was typed, as a shell would take it.
    pub command: String,
}
