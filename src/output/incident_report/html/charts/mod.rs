//! Drawings in the page: every one is named and described in words, and its numbers stand in a table near it. Widths
//! are in percent, so that a drawing fits a phone and its letters keep their size.

mod axis;
mod bars;
mod heat_map;
mod hours;
mod share;
mod tallies;
mod timeline;

use super::element::{HtmlElement, Node};
use super::value::Rounded;
use crate::output::incident_report::document::ChartKind;
use crate::output::incident_report::view::View;
use crate::output::wording::grouped;

/// The most rows of a chart of clients or codes; the table has them all.
const ROWS_MAX: usize = 20;

/// What is drawn, with its numbers.
pub(super) fn nodes(drawing: ChartKind, report: &View<'_>) -> Vec<Node> {
    let totals = &report.totals;
    match drawing {
        ChartKind::Bytes => {
            report.verification.iter().map(|verification| share::figure(&verification.account)).collect()
        }
        ChartKind::Severities => vec![tallies::list(report.incidents_by_severity)],
        ChartKind::Timeline => vec![timeline::figure(report)],
        ChartKind::Hours => vec![hours::figure(totals), hours::table(totals)],
        ChartKind::Bars => vec![bars::pair(totals), bars::table(report)],
        ChartKind::HeatMap => vec![heat_map::figure(totals), heat_map::table(report)],
    }
}

/// A drawing on its way.
struct Chart {
    /// Its anchor; unique on the page.
    id: &'static str,
    title: String,
    /// Its numbers in a sentence, for who cannot see it.
    description: String,
    /// In pixels.
    height: f64,
    shapes: Vec<HtmlElement>,
}

impl Chart {
    fn new(id: &'static str, title: impl Into<String>, description: impl Into<String>, height: f64) -> Self {
        Self { id, title: title.into(), description: description.into(), height, shapes: Vec::new() }
    }

    fn add(&mut self, shape: HtmlElement) {
        self.shapes.push(shape);
    }

    /// The drawing under its title, with a remark and a legend.
    fn figure(self, remark: Node, legend: Node) -> Node {
        let (title_id, description_id) = (format!("{}-title", self.id), format!("{}-description", self.id));
        let caption = HtmlElement::new("figcaption")
            .with(HtmlElement::new("span").class("figure-title").with(self.title.as_str()))
            .with(remark);
        let svg = HtmlElement::new("svg")
            .attribute("role", "img")
            .attribute("aria-labelledby", format_args!("{title_id} {description_id}"))
            .attribute("width", "100%")
            .attribute("height", Rounded(self.height))
            .with(HtmlElement::new("title").attribute("id", &title_id).with(self.title))
            .with(HtmlElement::new("desc").attribute("id", &description_id).with(self.description))
            .with_all(self.shapes);
        HtmlElement::new("figure").attribute("id", self.id).with(caption).with(svg).with(legend).into()
    }
}

/// A part of the whole in percent; 0 of nothing is 0.
fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 * 100.0 }
}

/// A percentage as an attribute.
fn in_percent(percent: f64) -> String {
    format!("{}%", Rounded(percent))
}

/// A box: left edge and width in percent, upper edge and height in pixels.
fn rect(class: &'static str, left: f64, width: f64, top: f64, height: f64) -> HtmlElement {
    HtmlElement::new("rect")
        .class(class)
        .attribute("x", in_percent(left))
        .attribute("width", in_percent(width))
        .attribute("y", Rounded(top))
        .attribute("height", Rounded(height))
}

/// A horizontal line over the whole width.
fn rule(class: &'static str, at: f64) -> HtmlElement {
    HtmlElement::new("line")
        .class(class)
        .attribute("x1", 0)
        .attribute("x2", "100%")
        .attribute("y1", Rounded(at))
        .attribute("y2", Rounded(at))
}

/// Where a label stands with respect to its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Anchor {
    Start,
    Middle,
    End,
}

fn label(class: &'static str, anchor: Anchor, left: f64, baseline: f64, words: impl Into<Node>) -> HtmlElement {
    let anchor = match anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    HtmlElement::new("text")
        .class(class)
        .attribute("x", in_percent(left))
        .attribute("y", Rounded(baseline))
        .attribute("text-anchor", anchor)
        .with(words)
}

/// A number in a drawing, in groups of three; its text is plain digits.
fn amount(number: u64) -> Node {
    let grouped = grouped(number);
    let mut groups = grouped.split(' ');
    let first = groups.next().unwrap_or_default().to_owned();
    let rest = groups.map(|group| HtmlElement::new("tspan").attribute("dx", 2).with(group));
    HtmlElement::new("tspan").with(first).with_all(rest).into()
}

/// A label that is cut off where its room ends, however long it is: width in percent, upper edge and height in pixels.
fn clipped(width: f64, top: f64, height: f64, label: HtmlElement) -> HtmlElement {
    HtmlElement::new("svg")
        .attribute("x", 0)
        .attribute("y", Rounded(top))
        .attribute("width", in_percent(width))
        .attribute("height", Rounded(height))
        .with(label)
}

/// What a shape stands for, shown when a pointer rests on it.
fn hint(words: String) -> HtmlElement {
    HtmlElement::new("title").with(words)
}

/// Colours and their words.
fn legend<'a>(entries: impl IntoIterator<Item = (String, &'a str)>) -> Node {
    let items = entries.into_iter().map(|(class, words)| {
        HtmlElement::new("li").with(HtmlElement::new("span").class(format_args!("swatch {class}"))).with(words)
    });
    HtmlElement::new("ul").class("legend").with_all(items).into()
}
