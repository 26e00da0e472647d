//! The sections of the page: their order, their names, their anchors.

use super::element::{Element, Node};
use crate::output::incident_report::parts::Part;

/// A section, in the order of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Verdict,
    Overview,
    Contents,
    Incidents,
    Activity,
    Totals,
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
    Provenance,
}

impl Section {
    /// Every section that the contents lead to.
    pub(super) const LISTED: [Self; 15] = [
        Self::Incidents,
        Self::Activity,
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
        Self::Provenance,
    ];

    /// Its anchor, without the `#`.
    pub(super) fn anchor(self) -> &'static str {
        self.names().0
    }

    /// What it is called; parts that other formats have as well are called the same.
    pub(super) fn title(self) -> &'static str {
        self.names().1
    }

    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Verdict => ("verdict", "Can the log be trusted?"),
            Self::Overview => ("overview", "What happened"),
            Self::Contents => ("contents", "Contents"),
            Self::Incidents => ("incidents", Part::Incidents.title()),
            Self::Activity => ("activity", "Activity"),
            Self::Totals => ("totals", Part::Totals.title()),
            Self::Proof => ("proof", "What is proven"),
            Self::Chains => ("chains", Part::Chains.title()),
            Self::Findings => ("findings", Part::Findings.title()),
            Self::Runs => ("runs", Part::Runs.title()),
            Self::Sessions => ("sessions", Part::Sessions.title()),
            Self::Unsigned => ("unsigned", Part::Unsigned.title()),
            Self::Gaps => ("gaps", Part::Gaps.title()),
            Self::Inputs => ("inputs", Part::Inputs.title()),
            Self::Rules => ("rules", Part::Rules.title()),
            Self::Scope => ("scope", Part::Scope.title()),
            Self::NotShown => ("not-shown", Part::NotShown.title()),
            Self::Provenance => ("provenance", Part::Making.title()),
        }
    }

    fn heading_id(self) -> String {
        format!("{}-title", self.anchor())
    }

    /// The section's element, still empty; for content that is written piece by piece.
    pub(super) fn shell(self) -> Element {
        let tag = if self == Self::Contents { "nav" } else { "section" };
        Element::new(tag).attribute("id", self.anchor()).attribute("aria-labelledby", self.heading_id())
    }

    /// The section's heading.
    pub(super) fn heading(self) -> Element {
        Element::new("h2").attribute("id", self.heading_id()).with(self.title())
    }

    /// The section with its content.
    pub(super) fn holding(self, content: impl IntoIterator<Item = Node>) -> Element {
        self.shell().with(self.heading()).with(Element::new("div").class("body").with_all(content))
    }
}
