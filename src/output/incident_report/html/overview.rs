//! What happened at a glance: how many incidents of which severity, when, and the way to each of them.

use super::charts::timeline;
use super::element::{Element, Node};
use super::section::Section;
use super::table::{Column, Table};
use super::value::{anchor, counted, id, more, note, phrase, plain, severity, times};
use crate::incident::report::Incident;
use crate::output::incident_report::view::View;
use crate::output::incident_report::wording;

/// A longer list of incidents begins folded.
const INCIDENTS_OPEN_MAX: usize = 100;

pub(super) fn overview(report: &View<'_>) -> Element {
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
    let all: u64 = report.incidents_by_severity.all().iter().map(|(_, count)| count).sum();
    let omitted = (report.incidents_omitted > 0)
        .then(|| note("").with(report.incidents_omitted).with(" of them, the least severe, are counted only."));
    let noun = if all == 1 { " incident." } else { " incidents." };
    let worst = report.worst().map(|incident| {
        Element::new("p")
            .class("lead")
            .with(all)
            .with(noun)
            .with(" The worst: ")
            .with(phrase(&wording::in_a_sentence(incident)))
            .with(".")
    });
    Section::Overview.holding([
        worst.map_or(Node::Nothing, Node::from),
        unread,
        Element::new("ul").class("tallies").with_all(counts).into(),
        omitted.map_or(Node::Nothing, Node::from),
        timeline::figure(report),
    ])
}

fn nothing_else(report: &View<'_>) -> Node {
    let entries = counted(report.totals.entries, "entry was", "entries were");
    note(format!("{entries} looked at. Which rules were applied, and with which numbers, stands below.")).into()
}

pub(super) fn contents(report: &View<'_>) -> Element {
    let sections = Section::LISTED.map(|section| {
        let link = Element::new("a").attribute("href", format_args!("#{}", section.anchor())).with(section.title());
        Element::new("li").with(link)
    });
    Section::Contents.holding([
        index(report),
        more(report.groups_omitted, "groups of similar incidents"),
        Element::new("ul").class("contents").with_all(sections).into(),
    ])
}

/// Similar incidents as a table of links to the first one of each group: the numbers behind the timeline as well.
fn index(report: &View<'_>) -> Node {
    let columns = [("No.", Column::Number), ("Severity", Column::Line), ("Incident", Column::Words)];
    let grouped = report.groups.iter().any(|group| group.incidents > 1);
    let title = if grouped { "Incidents by kind and client, the worst first" } else { "Incidents, the worst first" };
    let mut table = Table::new(title, columns).column("Client", Column::Words);
    if grouped {
        table = table.column("Incidents", Column::Number);
    }
    table = table.column("First, last", Column::Line).column("Count", Column::Number).shown_up_to(INCIDENTS_OPEN_MAX);
    for group in &report.groups {
        let incident = report.first_of(group);
        let link = Element::new("a").attribute("href", format_args!("#{}", anchor(group.number)));
        let number = plain(group.number);
        let before = [number, severity(group.severity).into(), link.with(group.kind.title()).into(), client(incident)];
        let incidents = grouped.then(|| Node::from(group.incidents));
        let after = [times(group.first, group.last), group.count.into()];
        table.row(before.into_iter().chain(incidents).chain(after));
    }
    table.plain()
}

fn client(incident: &Incident) -> Node {
    match (incident.client_ids.first(), incident.client_ids.len() as u64 + incident.client_ids_omitted) {
        (None, _) => None::<u64>.into(),
        (Some(client), 1) => id(client.as_str()).into(),
        (Some(client), all) => {
            Element::new("span").with(id(client.as_str())).with(format!(" and {} more", all - 1)).into()
        }
    }
}
