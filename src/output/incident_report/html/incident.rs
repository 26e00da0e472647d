//! One incident as an article: what happened to whom and how often, what to do first, and how one can tell.

use super::element::{Element, Node};
use super::story::session_table;
use super::table::{Column, Table};
use super::value::{anchor, counted, duration, facts, id, ids, later, more, plain, severity};
use crate::event::catalogue;
use crate::incident::report::{Example, Incident, Reference, SealCounts};

pub(super) fn article(incident: &Incident) -> Element {
    let anchor = anchor(incident.number);
    let heading = format!("{anchor}-title");
    let content = [
        head(incident, &heading).into(),
        what(incident).into(),
        advice(incident).into(),
        rule(incident).into(),
        session_table("Sessions", &incident.sessions),
        more(incident.sessions_omitted, "sessions"),
        references(&incident.references),
        more(incident.references_omitted, "entries elsewhere"),
        examples(&incident.examples),
    ];
    Element::new("article")
        .class(format_args!("is-{}", incident.severity.name()))
        .attribute("id", anchor)
        .attribute("aria-labelledby", heading)
        .with_all(content)
}

fn head(incident: &Incident, heading: &str) -> Element {
    let line = Element::new("p")
        .class("marks")
        .with(severity(incident.severity))
        .with(Element::new("span").with(format!("score {} of 10", incident.severity_score)))
        .with(id(incident.kind.name()));
    let number = Element::new("span").class("ordinal").with(plain(incident.number));
    Element::new("div")
        .class("article-head")
        .with(line)
        .with(Element::new("h3").attribute("id", heading).with(number).with(" ").with(incident.title))
}

fn what(incident: &Incident) -> Element {
    let length = incident.first.zip(incident.last).map(|(first, last)| {
        let milliseconds = i128::from(last.unix_ms) - i128::from(first.unix_ms);
        duration(milliseconds.max(0))
    });
    let clients =
        Element::new("div").with(ids(&incident.client_ids)).with(more(incident.client_ids_omitted, "clients"));
    facts([
        (incident.counted, incident.count.into()),
        ("first", incident.first.into()),
        ("last", incident.last.map(|last| later(incident.first, last)).into()),
        ("duration", length.into()),
        ("entries", incident.entries.into()),
        ("clients", clients.into()),
        ("event codes", codes(&incident.codes)),
        ("seals of its entries", seals(incident.seals)),
    ])
}

fn codes(codes: &[u16]) -> Node {
    let items = codes.iter().map(|code| {
        let title = catalogue::find(*code).map_or("unknown code", |entry| entry.title);
        Element::new("li").with(id(code.to_string())).with(" ").with(title)
    });
    let list = Element::new("ul").class("codes").with_all(items);
    Some(list).filter(|_| !codes.is_empty()).into()
}

fn seals(seals: Option<SealCounts>) -> Node {
    match seals {
        None => "not checked".into(),
        Some(SealCounts { verified, reencoded, unsigned, failed }) => format!(
            "{verified} verified, {reencoded} verified in another spelling, {unsigned} without a seal, {failed} failed"
        )
        .into(),
    }
}

fn advice(incident: &Incident) -> Element {
    Element::new("div")
        .class("advice")
        .with(Element::new("h4").with("What to do first"))
        .with(Element::new("p").with(incident.advice.as_str()))
}

fn rule(incident: &Incident) -> Element {
    let rule = &incident.rule;
    let text = Element::new("p").with(id(rule.name)).with(" ").with(rule.text.as_str());
    let numbers = rule.numbers.iter().map(|(name, number)| {
        let value = Element::new("b").with(*number);
        Element::new("li").with(Element::new("span").with(name.replace('_', " "))).with(" ").with(value)
    });
    Element::new("div")
        .class("rule")
        .with(Element::new("h4").with("Why it is an incident"))
        .with(text)
        .with(Element::new("ul").class("numbers").with_all(numbers))
}

fn references(references: &[Reference]) -> Node {
    let columns = [("File", Column::Words), ("Line", Column::Number), ("Through line", Column::Number)];
    let mut table = Table::new("Where its entries stand", columns).column("Entries", Column::Number);
    for reference in references {
        let file = id(&*reference.file).into();
        table.row([file, plain(reference.line), plain(reference.through), reference.entries.into()]);
    }
    table.titled()
}

fn examples(examples: &[Example]) -> Node {
    if examples.is_empty() {
        return Node::Nothing;
    }
    let items = examples.iter().map(|example| {
        let place = id(format!("{}:{}", example.file, example.line));
        let level = Element::new("span").class("level").with(example.level.name());
        let caption = Element::new("p").class("marks").with(example.time).with(level).with(place);
        let error = example.error.as_deref().map(|error| {
            Element::new("p").class("error").with(Element::new("span").with("error")).with(" ").with(id(error))
        });
        Element::new("li")
            .with(caption)
            .with(Element::new("p").class("message").with(id(example.message.as_str())))
            .with(error.map_or(Node::Nothing, Node::from))
    });
    Element::new("div")
        .class("examples")
        .with(
            Element::new("h4")
                .with(format!("What the log says: {}", counted(examples.len() as u64, "example", "examples"))),
        )
        .with(Element::new("ol").with_all(items))
        .into()
}
