//! The parts of a report for people, in their order, and what they are called: the same in every format.

use crate::incident::report::IncidentReport;

/// A part of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Verification,
    Incidents,
    /// Which there are.
    Contents,
    InFull,
    Totals,
    /// What the answer of the verification stands on.
    Proof,
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
    pub(super) const ALL: [Self; 17] = [
        Self::Verification,
        Self::Incidents,
        Self::Contents,
        Self::InFull,
        Self::Totals,
        Self::Proof,
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
            Self::Contents => "Contents",
            Self::InFull => "Incidents in full",
            Self::Totals => "Totals",
            Self::Proof => "What is proven",
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

    /// Whether formats of letters say it without a title of its own, as more about incidents.
    pub(super) fn goes_on(self) -> bool {
        matches!(self, Self::Contents | Self::InFull)
    }

    /// Whether a report has anything to say about it. An empty list says something, a question that was not asked does not.
    pub(super) fn is_in(self, report: &IncidentReport) -> bool {
        match self {
            Self::Chains | Self::Findings => report.verification.is_some(),
            Self::Sessions => report.sessions.is_some(),
            _ => true,
        }
    }
}
