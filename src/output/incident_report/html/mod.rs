//! The incident report as one page of HTML for an auditor: no script, nothing loaded, every value escaped. What it says
//! is decided in `incident`; here it gets its order and its looks.

mod appendix;
mod charts;
mod cover;
mod element;
mod evidence;
mod head;
mod incident;
mod overview;
mod section;
mod story;
mod table;
#[cfg(test)]
mod tests;
mod totals;
mod value;

use crate::output::incident_report::view::View;
use std::io::{self, Write};

use element::Element;
use section::Section;

/// Writes the page.
///
/// # Errors
/// Those of the writer.
pub(super) fn write(out: &mut dyn Write, report: &View<'_>) -> io::Result<()> {
    let page = Element::new("html").attribute("lang", "en");
    let (body, main) = (Element::new("body"), Element::new("main"));
    out.write_all(b"<!DOCTYPE html>\n")?;
    page.open(out)?;
    head::head(report).write(out)?;
    body.open(out)?;
    cover::header(report).write(out)?;
    main.open(out)?;
    for section in [cover::verdict, overview::overview, overview::contents] {
        section(report).write(out)?;
    }
    write_incidents(out, report)?;
    for section in BACK {
        section(report).write(out)?;
    }
    main.close(out)?;
    footer(report).write(out)?;
    body.close(out)?;
    page.close(out)
}

/// What comes after the incidents.
const BACK: [fn(&View<'_>) -> Element; 14] = [
    totals::activity,
    totals::totals,
    cover::proof,
    evidence::chains,
    evidence::findings,
    story::runs,
    story::sessions,
    story::unsigned,
    story::gaps,
    evidence::inputs,
    appendix::rules,
    appendix::scope,
    appendix::not_shown,
    appendix::provenance,
];

/// There may be very many of them: they are written one by one.
fn write_incidents(out: &mut dyn Write, report: &View<'_>) -> io::Result<()> {
    let (section, body) = (Section::Incidents.shell(), Element::new("div").class("body"));
    section.open(out)?;
    Section::Incidents.heading().write(out)?;
    body.open(out)?;
    if report.incidents.is_empty() {
        value::note("Nothing that the rules look for.").write(out)?;
    }
    for incident in &report.incidents {
        incident::article(incident).write(out)?;
    }
    value::more(report.incidents_folded, "incidents, counted above: --full tells them all, and so do json and csv")
        .write(out)?;
    body.close(out)?;
    section.close(out)
}

fn footer(report: &View<'_>) -> Element {
    let title = match &report.case_id {
        Some(case) => format!("{} · {case}", report.title),
        None => report.title.clone(),
    };
    let top = Element::new("a").attribute("href", "#contents").with("Contents");
    Element::new("footer")
        .with(Element::new("span").with(title))
        .with(Element::new("span").with(concat!("acralog ", env!("CARGO_PKG_VERSION"))))
        .with(top)
}
