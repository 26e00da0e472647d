//! The incident report as one page of HTML for an auditor: no script, nothing loaded, every value escaped. What it says is
//! left to `document`; here it gets its looks.

mod blocks;
mod charts;
mod element;
mod head;
mod table;
#[cfg(test)]
mod tests;
mod value;

use std::io::{self, Write};

use element::{HtmlElement, Node};

use super::document::{Depth, IncidentDocument, Section};
use super::parts::ReportPart;
use super::view::View;

/// Writes the page, block by block.
///
/// # Errors
/// Those of the writer.
pub(super) fn write(out: &mut dyn Write, report: &View<'_>) -> io::Result<()> {
    let document = IncidentDocument::of(report, Depth::Whole);
    let page = HtmlElement::new("html").attribute("lang", "en");
    let (body, main) = (HtmlElement::new("body"), HtmlElement::new("main"));
    out.write_all(b"<!DOCTYPE html>\n")?;
    page.open(out)?;
    head::head(&document).write(out)?;
    body.open(out)?;
    header(&document).write(out)?;
    main.open(out)?;
    sections(&document).try_for_each(|section| write_section(out, &document, section))?;
    main.close(out)?;
    footer(&document).write(out)?;
    body.close(out)?;
    page.close(out)
}

/// Those with anything in them; the contents always have themselves.
fn sections<'d, 'a>(document: &'d IncidentDocument<'a>) -> impl Iterator<Item = &'d Section<'a>> {
    document.sections.iter().filter(|section| section.part == ReportPart::Contents || !section.blocks.is_empty())
}

/// A part's anchor, without the `#`, and its heading: what an auditor asks first is a question here.
fn names(part: ReportPart) -> (String, &'static str) {
    match part {
        ReportPart::Verification => ("verdict".to_owned(), "Can the log be trusted?"),
        ReportPart::Incidents => ("overview".to_owned(), "What happened"),
        ReportPart::InFull => ("incidents".to_owned(), ReportPart::Incidents.title()),
        other => (other.title().to_lowercase().replace(' ', "-"), other.title()),
    }
}

fn write_section(out: &mut dyn Write, document: &IncidentDocument<'_>, section: &Section<'_>) -> io::Result<()> {
    let (anchor, title) = names(section.part);
    let contents = section.part == ReportPart::Contents;
    let heading = format!("{anchor}-title");
    let shell = HtmlElement::new(if contents { "nav" } else { "section" }).attribute("id", anchor);
    let (shell, body) = (shell.attribute("aria-labelledby", &heading), HtmlElement::new("div").class("body"));
    shell.open(out)?;
    HtmlElement::new("h2").attribute("id", heading).with(title).write(out)?;
    body.open(out)?;
    section.blocks.iter().flat_map(|block| blocks::nodes(block, title)).try_for_each(|node| node.write(out))?;
    if contents {
        links(document).write(out)?;
    }
    body.close(out)?;
    shell.close(out)
}

fn links(document: &IncidentDocument<'_>) -> HtmlElement {
    // What stands above the contents was seen already.
    let others = sections(document).skip_while(|section| section.part != ReportPart::Contents).skip(1);
    let links = others.map(|section| {
        let (anchor, title) = names(section.part);
        HtmlElement::new("li").with(HtmlElement::new("a").attribute("href", format_args!("#{anchor}")).with(title))
    });
    HtmlElement::new("ul").class("contents").with_all(links)
}

fn header(document: &IncidentDocument<'_>) -> HtmlElement {
    HtmlElement::new("header")
        .with(HtmlElement::new("p").class("kicker").with("Incident report"))
        .with(HtmlElement::new("h1").with(document.title))
        .with(blocks::facts(&document.head))
}

fn footer(document: &IncidentDocument<'_>) -> HtmlElement {
    let case = document.case_id.map_or(Node::Nothing, |case| format!(" · {case}").into());
    let top = HtmlElement::new("a").attribute("href", "#contents").with("Contents");
    HtmlElement::new("footer")
        .with(HtmlElement::new("span").with(document.title).with(case))
        .with(HtmlElement::new("span").with(concat!("acralog ", env!("CARGO_PKG_VERSION"))))
        .with(top)
}
