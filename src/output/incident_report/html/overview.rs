//! What happened at a glance: how many incidents of which severity, when, and the way to each of them.

use super::charts::timeline;
use super::element::{Element, Node};
use super::section::Section;
use super::table::{Column, Table};
use super::value::{anchor, counted, id, more, note, severity};
use crate::incident::report::{Incident, Report};
use crate::output::incident_report::wording;

/// A longer list of incidents begins folded.
const INCIDENTS_OPEN_MAX: usize = 100;

pub(super) fn overview(report: &Report) -> Element {
    let lead = |text: String| Element::new("p").class("lead").with(text).into();
    let unread = wording::not_read(report).map_or(Node::Nothing, |text| note(text).into());
    if let Some(nothing) = wording::nothing_happened(report) {
        return Section::Overview.holding([lead(nothing.to_owned()), unread, nothing_else(report)]);
    }
    let counts = report.incidents_by_severity.all().map(|(word, count)| {
        let class = format!("tally is-{}{}", word.name(), if count == 0 { " is-zero" } else { "" });
        Element::new("li")
            .class(class)
            .with(Element::new("span").class("count").with(count))
            .with(Element::new("span").class("of").with(word.name()))
    });
    let listed = counted(report.incidents.len() as u64, "incident", "incidents");
    let omitted = match report.incidents_omitted {
        0 => String::new(),
        omitted => format!(", and {omitted} more, the least severe, not listed"),
    };
    Section::Overview.holding([
        lead(format!("{listed}{omitted}.")),
        unread,
        Element::new("ul").class("tallies").with_all(counts).into(),
        timeline::figure(report),
    ])
}

fn nothing_else(report: &Report) -> Node {
    let entries = counted(report.totals.entries, "entry was", "entries were");
    note(format!("{entries} looked at. Which rules were applied, and with which numbers, stands below.")).into()
}

pub(super) fn contents(report: &Report) -> Element {
    let sections = Section::LISTED.map(|section| {
        let link = Element::new("a").attribute("href", format_args!("#{}", section.anchor())).with(section.title());
        Element::new("li").with(link)
    });
    Section::Contents.holding([
        index(&report.incidents),
        more(report.incidents_omitted, "incidents, less severe than these"),
        Element::new("ul").class("contents").with_all(sections).into(),
    ])
}

/// The incidents as a table of links: the numbers behind the timeline as well.
fn index(incidents: &[Incident]) -> Node {
    let columns = [("No.", Column::Number), ("Severity", Column::Line), ("Incident", Column::Words)];
    let mut table = Table::new("Incidents, by time", columns)
        .column("Client", Column::Words)
        .column("First", Column::Line)
        .column("Last", Column::Line)
        .column("Count", Column::Number)
        .shown_up_to(INCIDENTS_OPEN_MAX);
    for incident in incidents {
        let link = Element::new("a").attribute("href", format_args!("#{}", anchor(incident.number)));
        let client = match (incident.client_ids.first(), incident.client_ids.len() as u64 + incident.client_ids_omitted)
        {
            (None, _) => None::<u64>.into(),
            (Some(client), 1) => id(client.as_str()).into(),
            (Some(client), all) => {
                Element::new("span").with(id(client.as_str())).with(format!(" and {} more", all - 1)).into()
            }
        };
        table.row([
            incident.number.into(),
            severity(incident.severity).into(),
            link.with(incident.title).into(),
            client,
            incident.first.into(),
            incident.last.into(),
            incident.count.into(),
        ]);
    }
    table.plain()
}
