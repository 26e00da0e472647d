//! How many incidents of which severity, in large numbers.

use super::super::element::{HtmlElement, Node};
use crate::incident::report::SeverityCounts;

pub(super) fn list(counts: SeverityCounts) -> Node {
    let counts = counts.all();
    if counts.iter().all(|(_, count)| *count == 0) {
        return Node::Nothing;
    }
    let tallies = counts.map(|(severity, count)| {
        let class = format!("tally is-{}{}", severity.name(), if count == 0 { " is-zero" } else { "" });
        let count = HtmlElement::new("span").class("count").with(count);
        HtmlElement::new("li").class(class).with(count).with(HtmlElement::new("span").class("of").with(severity.name()))
    });
    HtmlElement::new("ul").class("tallies").with_all(tallies).into()
}
