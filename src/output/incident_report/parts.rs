//! The parts of a report for people, in their order, and what they are called: the same in every format.

use crate::incident::report::Report;

/// A part of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Verification,
    Incidents,
    Totals,
    Chains,
    Findings,
    Runs,
    Sessions,
    Unsigned,
    Gaps,
    Inputs,
    Rules,
    Scope,
    NotShown,
    Making,
}

impl Part {
    /// Every part, in the order of the report.
    pub(super) const ALL: [Self; 14] = [
        Self::Verification,
        Self::Incidents,
        Self::Totals,
        Self::Chains,
        Self::Findings,
        Self::Runs,
        Self::Sessions,
        Self::Unsigned,
        Self::Gaps,
        Self::Inputs,
        Self::Rules,
        Self::Scope,
        Self::NotShown,
        Self::Making,
    ];

    /// What stands above it.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Verification => "Verification",
            Self::Incidents => "Incidents",
            Self::Totals => "Totals",
            Self::Chains => "Chains",
            Self::Findings => "Findings",
            Self::Runs => "Runs",
            Self::Sessions => "Sessions",
            Self::Unsigned => "Unsigned lines",
            Self::Gaps => "Gaps",
            Self::Inputs => "Inputs",
            Self::Rules => "Rules in force",
            Self::Scope => "Scope",
            Self::NotShown => "What is not shown",
            Self::Making => "How this report was made",
        }
    }

    /// Whether a report has anything to say about it. An empty list says something, a question that was not asked does not.
    pub(super) fn is_in(self, report: &Report) -> bool {
        match self {
            Self::Chains | Self::Findings => report.verification.is_some(),
            Self::Sessions => report.sessions.is_some(),
            _ => true,
        }
    }
}
