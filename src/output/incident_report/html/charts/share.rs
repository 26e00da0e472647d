//! Every byte of the input, by what can be said about it: one bar, and its numbers.

use super::super::element::HtmlElement;
use super::super::element::Node;
use super::super::table::HtmlTable;
use super::{Chart, hint, percent, rect};
use crate::output::incident_report::document::ColumnKind;
use crate::verdict::report::Account;

/// The height of the bar, in pixels.
const BAR: f64 = 14.0;

/// The class of the colour of a kind of bytes.
fn class_of(word: &str) -> &'static str {
    match word {
        "verified" => "share-verified",
        "repeated" => "share-repeated",
        "unsigned" => "share-unsigned",
        "broken" => "share-broken",
        "not verifiable" => "share-unverifiable",
        "unreadable" => "share-unreadable",
        "of others" => "share-other",
        _ => "share-blank",
    }
}

pub(super) fn figure(account: &Account) -> Node {
    let total = account.total();
    let spoken: Vec<String> =
        account.classes().iter().map(|(word, tally)| format!("{} bytes {word}", tally.bytes)).collect();
    let mut drawing = Chart::new("bytes", "Every byte of the input", format!("{}.", spoken.join(", ")), BAR);
    let mut left = 0.0;
    for (word, tally) in account.classes() {
        let width = percent(tally.bytes, total.bytes);
        let shape = rect(class_of(word), left, width, 0.0, BAR);
        drawing.add(shape.with(hint(format!("{} bytes {word}", tally.bytes))));
        left += width;
    }
    drawing.figure(Node::Nothing, numbers(account))
}

fn numbers(account: &Account) -> Node {
    let columns = [("What", ColumnKind::Word), ("Bytes", ColumnKind::Number), ("Lines", ColumnKind::Number)];
    let mut table = HtmlTable::new("Every byte of the input", columns);
    for (word, tally) in account.classes() {
        let swatch = HtmlElement::new("span").class(format_args!("swatch {}", class_of(word)));
        table.row([HtmlElement::new("span").with(swatch).with(word).into(), tally.bytes.into(), tally.lines.into()]);
    }
    let total = account.total();
    table.row([HtmlElement::new("b").with("all").into(), total.bytes.into(), total.lines.into()]);
    table.plain()
}
