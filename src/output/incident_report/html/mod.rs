//! The incident report as one page of HTML for an auditor: no script, nothing loaded, every value escaped. What it says is
//! left to `document`; here its blocks become elements, below a head that forbids everything else.

mod charts;
mod element;

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::document::{
    Article, Block, ColumnKind, Depth, Fact, FactRole, IncidentDocument, List, ListItem, ReportPart, Section,
    TableBlock,
};
use super::view::View;
use super::wording::Phrase;
use element::{HtmlElement, HtmlTable, Node, folded, incident_anchor, phrase, phrases, tone_class};

/// Writes the page, block by block.
pub(super) fn write(out: &mut dyn Write, view: &View<'_>) -> io::Result<()> {
    let document = IncidentDocument::of(view, Depth::Whole);
    let page = HtmlElement::new("html").attribute("lang", "en");
    let (body, main) = (HtmlElement::new("body"), HtmlElement::new("main"));
    out.write_all(b"<!DOCTYPE html>\n")?;
    page.open(out)?;
    head(&document).write(out)?;
    body.open(out)?;
    header(&document).write(out)?;
    main.open(out)?;
    sections(&document).try_for_each(|section| write_section(out, &document, section))?;
    main.close(out)?;
    footer(&document).write(out)?;
    body.close(out)?;
    page.close(out)
}

/// The sections with anything in them; the contents always have themselves.
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
    section.blocks.iter().flat_map(|block| block_nodes(block, title)).try_for_each(|node| node.write(out))?;
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
        .with(facts(&document.head))
}

fn footer(document: &IncidentDocument<'_>) -> HtmlElement {
    let case = document.case_id.map_or(Node::Nothing, |case| format!(" · {case}").into());
    let top = HtmlElement::new("a").attribute("href", "#contents").with("Contents");
    HtmlElement::new("footer")
        .with(HtmlElement::new("span").with(document.title).with(case))
        .with(HtmlElement::new("span").with(concat!("acralog ", env!("CARGO_PKG_VERSION"))))
        .with(top)
}

/// The one style sheet; no element has a style of its own, so that the policy can forbid all others.
const STYLE: &str = include_str!("style.css");

/// What the page is called, how it looks, and what a browser is forbidden to do with it.
fn head(document: &IncidentDocument<'_>) -> HtmlElement {
    let named = |name: &'static str, content: &str| {
        HtmlElement::new("meta").attribute("name", name).attribute("content", content)
    };
    let policy = HtmlElement::new("meta")
        .attribute("http-equiv", "Content-Security-Policy")
        .attribute("content", content_security_policy());
    HtmlElement::new("head")
        .with(HtmlElement::new("meta").attribute("charset", "utf-8"))
        .with(policy)
        .with(named("referrer", "no-referrer"))
        .with(named("viewport", "width=device-width, initial-scale=1"))
        .with(named("color-scheme", "light dark"))
        .with(named("generator", concat!("acralog ", env!("CARGO_PKG_VERSION"))))
        .with(HtmlElement::new("title").with(page_title(document)))
        // Without it browsers ask the server for an icon.
        .with(HtmlElement::new("link").attribute("rel", "icon").attribute("href", "data:,"))
        .with(HtmlElement::new("style").with(Node::Style(STYLE)))
}

fn page_title(document: &IncidentDocument<'_>) -> String {
    match document.case_id {
        Some(case) => format!("{} ({case})", document.title),
        None => document.title.to_owned(),
    }
}

/// Nothing is loaded, run, sent or framed; the style sheet is allowed by its hash.
fn content_security_policy() -> String {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!("default-src 'none'; style-src 'sha256-{hash}'; img-src data:; base-uri 'none'; form-action 'none'")
}

/// A block of a section that is called so.
fn block_nodes(block: &Block<'_>, title: &str) -> Vec<Node> {
    match block {
        Block::Text(text) => vec![HtmlElement::new("p").with_all(phrases(text)).into()],
        Block::Facts(facts) => vec![self::facts(facts).into()],
        Block::List(list) if list.columns.is_empty() => vec![items(list, title)],
        Block::List(list) => vec![side_by_side(list, title)],
        Block::Table(table) => vec![rows(table, title)],
        Block::Article(article) => vec![self::article(article).into()],
        Block::Frame { word, tone, meaning, facts } => {
            let lead = facts.iter().filter(|fact| fact.role == FactRole::Lead).map(|fact| {
                let values = fact.values.iter().map(phrase);
                HtmlElement::new("p").class("proven").with(fact.name).with(" ").with_all(values)
            });
            let statement = HtmlElement::new("div")
                .class(format_args!("statement {}", tone_class(*tone)))
                .with(HtmlElement::new("p").class("word").with(*word))
                .with_all(lead)
                .with(HtmlElement::new("p").with(meaning.as_str()));
            vec![statement.into()]
        }
        Block::Drawing(drawing, report) => charts::chart_nodes(*drawing, report),
        Block::Axis(_) | Block::Letters(_) => Vec::new(),
    }
}

/// A list of terms and what they stand for.
fn facts<'f, 'a: 'f>(facts: impl IntoIterator<Item = &'f Fact<'a>>) -> HtmlElement {
    HtmlElement::new("dl").class("facts").with_all(facts.into_iter().map(|fact| {
        let values = HtmlElement::new("dd").with_all(fact.values.iter().map(|value| below(value, fact.values.len())));
        HtmlElement::new("div").with(HtmlElement::new("dt").with(fact.name)).with(values)
    }))
}

/// One of several values, on a line of its own.
fn below(value: &Phrase<'_>, of: usize) -> HtmlElement {
    let value = phrase(value);
    if of > 1 { HtmlElement::new("div").with(value) } else { value }
}

/// Items whose parts are columns; those that no item has are left out.
fn side_by_side(list: &List<'_>, title: &str) -> Node {
    let there = |index: &usize| *index == 0 || list.items.iter().any(|item| item_part(item, *index).is_some());
    let there: Vec<usize> = (0..list.columns.len()).filter(there).collect();
    let columns = there.iter().map(|index| (list.columns[*index], ColumnKind::Words));
    let mut table = HtmlTable::new(title, columns);
    for item in &list.items {
        table.row(there.iter().map(|index| item_part(item, *index).map(phrase).into()));
    }
    table.plain()
}

/// What stands in a column.
fn item_part<'i, 'a>(item: &'i ListItem<'a>, index: usize) -> Option<&'i Phrase<'a>> {
    match index.checked_sub(1) {
        None => Some(&item.first),
        Some(index) => item.more.get(index)?.as_ref(),
    }
}

/// Items below one another: of a line each, or each with more about it.
fn items(list: &List<'_>, title: &str) -> Node {
    if list.items.iter().all(|item| item.more.is_empty()) {
        return lines(list.items.iter().map(|item| &item.first), title);
    }
    let items = list.items.iter().map(|item| {
        let first = HtmlElement::new("p").class("message").with_all(phrases(&item.first));
        let more = item.more.iter().flatten().map(|part| HtmlElement::new("p").class("note").with_all(phrases(part)));
        HtmlElement::new("li").with(first).with_all(more)
    });
    folded(title, list.items.len(), HtmlElement::new("ol").class("findings").with_all(items))
}

fn lines<'f, 'a: 'f>(lines: impl ExactSizeIterator<Item = &'f Phrase<'a>>, title: &str) -> Node {
    let count = lines.len();
    let lines = lines.map(|line| HtmlElement::new("li").with_all(phrases(line)));
    folded(title, count, HtmlElement::new("ul").class("plain").with_all(lines))
}

/// Counts are one table of several in a section, and say what they count.
fn rows(table: &TableBlock<'_>, section: &str) -> Node {
    let columns = table.columns.iter().map(|column| (column.title, column.kind));
    let what = table.columns.first().map_or("", |column| column.title);
    let title = if table.counts.is_empty() { section.to_owned() } else { format!("Entries by {what}") };
    let mut drawn = HtmlTable::new(title, columns);
    table.rows.iter().for_each(|row| drawn.row(row.iter().map(|cell| phrase(cell).into())));
    if table.counts.is_empty() { drawn.plain() } else { drawn.titled() }
}

/// What happened to whom and how often, what to do first, and how one can tell.
fn article(article: &Article<'_>) -> HtmlElement {
    let anchor = incident_anchor(article.number);
    let heading = format!("{anchor}-title");
    let number = HtmlElement::new("span").class("ordinal").with(article.number.to_string());
    let of = |role: FactRole| article.facts.iter().filter(move |fact| fact.role == role);
    let apart = [FactRole::Advice, FactRole::Reason, FactRole::Things].into_iter().flat_map(of).map(set_apart);
    HtmlElement::new("article")
        .class(tone_class(article.tone))
        .attribute("id", anchor)
        .attribute("aria-labelledby", &heading)
        .with(HtmlElement::new("h3").attribute("id", heading).with(number).with(" ").with(article.title))
        .with(facts(of(FactRole::Plain)))
        .with_all(apart)
        .with(quotes(of(FactRole::Quote)))
}

fn set_apart(fact: &Fact<'_>) -> HtmlElement {
    let shell = HtmlElement::new("div").class(match fact.role {
        FactRole::Advice => "advice",
        FactRole::Reason => "rule",
        _ => "titled",
    });
    let shell = shell.with(HtmlElement::new("h4").with(fact.name));
    match fact.role {
        FactRole::Advice | FactRole::Reason => {
            shell.with_all(fact.values.iter().map(|value| HtmlElement::new("p").with_all(phrases(value))))
        }
        _ => shell.with(lines(fact.values.iter(), fact.name)),
    }
}

fn quotes<'f, 'a: 'f>(facts: impl Iterator<Item = &'f Fact<'a>>) -> Node {
    let items: Vec<_> = facts
        .map(|fact| {
            let classes = ["marks", "message", "error"].into_iter();
            let lines = fact.values.iter().zip(classes);
            HtmlElement::new("li")
                .with_all(lines.map(|(line, class)| HtmlElement::new("p").class(class).with_all(phrases(line))))
        })
        .collect();
    if items.is_empty() {
        return Node::Nothing;
    }
    let title = HtmlElement::new("h4").with("What the log says");
    HtmlElement::new("div").class("examples").with(title).with(HtmlElement::new("ol").with_all(items)).into()
}

#[cfg(test)]
mod tests;
