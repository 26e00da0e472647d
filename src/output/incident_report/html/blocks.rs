//! Blocks of the document as elements of the page.

use super::charts;
use super::element::{HtmlElement, Node};
use super::table::{HtmlTable, folded};
use super::value::{incident_anchor, phrase, phrases, tone_class};
use crate::output::incident_report::document::{
    Article, Block, ColumnKind, Fact, FactRole, List, ListItem, TableBlock,
};
use crate::output::incident_report::phrase::Phrase;

/// A block of a section that is called so.
pub(super) fn nodes(block: &Block<'_>, title: &str) -> Vec<Node> {
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
        Block::Drawing(drawing, report) => charts::nodes(*drawing, report),
        Block::Axis(_) | Block::Letters(_) => Vec::new(),
    }
}

/// A list of terms and what they stand for.
pub(super) fn facts<'f, 'a: 'f>(facts: impl IntoIterator<Item = &'f Fact<'a>>) -> HtmlElement {
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
    let there = |index: &usize| *index == 0 || list.items.iter().any(|item| part(item, *index).is_some());
    let there: Vec<usize> = (0..list.columns.len()).filter(there).collect();
    let columns = there.iter().map(|index| (list.columns[*index], ColumnKind::Words));
    let mut table = HtmlTable::new(title, columns);
    for item in &list.items {
        table.row(there.iter().map(|index| part(item, *index).map(phrase).into()));
    }
    table.plain()
}

/// What stands in a column.
fn part<'i, 'a>(item: &'i ListItem<'a>, index: usize) -> Option<&'i Phrase<'a>> {
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
