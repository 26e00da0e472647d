//! The sections of the page: their order, their names, their anchors.

use super::element::{Element, Node};

/// A section, in the order of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Verdict,
    Overview,
    Contents,
    Incidents,
    Activity,
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
    Provenance,
}

impl Section {
    /// Every section that the contents lead to.
    pub(super) const LISTED: [Self; 14] = [
        Self::Incidents,
        Self::Activity,
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
        Self::Provenance,
    ];

    /// Its anchor, without the `#`.
    pub(super) fn anchor(self) -> &'static str {
        self.names().0
    }

    /// What it is called.
    pub(super) fn title(self) -> &'static str {
        self.names().1
    }

    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Verdict => ("verdict", "Can the log be trusted?"),
            Self::Overview => ("overview", "What happened"),
            Self::Contents => ("contents", "Contents"),
            Self::Incidents => ("incidents", "Incidents"),
            Self::Activity => ("activity", "Activity"),
            Self::Totals => ("totals", "Totals"),
            Self::Chains => ("chains", "Chains"),
            Self::Findings => ("findings", "Findings"),
            Self::Runs => ("runs", "Runs of services"),
            Self::Sessions => ("sessions", "Sessions"),
            Self::Unsigned => ("unsigned", "Lines without a seal"),
            Self::Gaps => ("gaps", "Gaps"),
            Self::Inputs => ("inputs", "Inputs"),
            Self::Rules => ("rules", "Rules in force"),
            Self::Scope => ("scope", "Scope"),
            Self::NotShown => ("not-shown", "What is not shown"),
            Self::Provenance => ("provenance", "How this was made"),
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
