//! How many incidents of which severity, in large numbers.

use super::super::element::{Element, Node};
use crate::incident::report::SeverityCounts;

pub(super) fn list(counts: SeverityCounts) -> Node {
    let counts = counts.all();
    if counts.iter().all(|(_, count)| *count == 0) {
        return Node::Nothing;
    }
    let tallies = counts.map(|(severity, count)| {
        let class = format!("tally is-{}{}", severity.name(), if count == 0 { " is-zero" } else { "" });
        let count = Element::new("span").class("count").with(count);
        Element::new("li").class(class).with(count).with(Element::new("span").class("of").with(severity.name()))
    });
    Element::new("ul").class("tallies").with_all(tallies).into()
}
