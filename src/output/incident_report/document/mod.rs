//! The report as a page of headings, facts, lists and tables: what text and markdown say alike. How a page looks is left to
//! them.

mod chains;
mod incidents;
mod making;
mod story;
mod totals;
mod verification;

use super::axis::Axis;
use super::parts::Part;
use super::phrase::{Phrase, ours};
use super::view::View;
use super::wording::and_more;

/// How much a format says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// What a reader of an incident needs.
    Brief,
    /// Everything.
    Whole,
}

/// A part of the page.
#[derive(Debug)]
pub(super) struct Section<'a> {
    pub(super) title: &'static str,
    pub(super) blocks: Vec<Block<'a>>,
}

/// What stands below one another.
#[derive(Debug)]
pub(super) enum Block<'a> {
    /// The heading of something inside a section.
    Heading(Phrase<'a>),
    Text(Phrase<'a>),
    /// Names and what they stand for.
    Facts(Vec<Fact<'a>>),
    List(Vec<Item<'a>>),
    Table(Table<'a>),
    Counts(Counts<'a>),
    /// What is to be seen first: a word, what it means, and what stands behind it.
    Frame {
        word: &'static str,
        meaning: String,
        facts: Vec<Fact<'a>>,
    },
    /// When it happened.
    Axis(Axis),
}

/// A name and what it stands for; several values stand below one another.
#[derive(Debug)]
pub(super) struct Fact<'a> {
    pub(super) name: &'static str,
    pub(super) values: Vec<Phrase<'a>>,
}

/// An item of a list: what it is, and more about it.
#[derive(Debug)]
pub(super) struct Item<'a> {
    pub(super) first: Phrase<'a>,
    pub(super) more: Vec<Phrase<'a>>,
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) title: &'static str,
    pub(super) kind: ColumnKind,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ColumnKind {
    /// A few letters, to the left.
    Word,
    /// To the right.
    Number,
    /// Words that may be broken.
    Words,
}

/// Rows of cells.
#[derive(Debug)]
pub(super) struct Table<'a> {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<Phrase<'a>>>,
}

/// How many there are of each.
#[derive(Debug)]
pub(super) struct Counts<'a> {
    /// What is counted; the number follows as the last column.
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<(Vec<Phrase<'a>>, u64)>,
}

/// The parts of a report that it has something to say about.
pub(super) fn sections<'a>(view: &'a View<'a>, depth: Depth) -> Vec<Section<'a>> {
    let brief = depth == Depth::Brief && view.is_folded();
    let parts = Part::ALL.into_iter().filter(|part| part.is_in(view) && !(brief && *part == Part::Rules));
    parts.map(|part| Section { title: part.title(), blocks: blocks(part, view, depth) }).collect()
}

/// What stands above all parts.
pub(super) fn head<'a>(view: &'a View<'a>) -> Vec<Block<'a>> {
    vec![making::head(view)]
}

fn blocks<'a>(part: Part, report: &'a View<'a>, depth: Depth) -> Vec<Block<'a>> {
    match part {
        Part::Verification => verification::blocks(report),
        Part::Incidents => incidents::blocks(report, depth),
        Part::Totals => totals::blocks(report, depth),
        Part::Chains => chains::chains(report, depth),
        Part::Findings => chains::findings(report),
        Part::Runs => story::runs(report, depth),
        Part::Sessions => story::sessions(report),
        Part::Unsigned => story::unsigned(report),
        Part::Gaps => story::gaps(report, depth),
        Part::Inputs => making::inputs(report),
        Part::Rules => making::rules(report),
        Part::Scope => making::scope(report),
        Part::NotShown => making::not_shown(report),
        Part::Making => making::tool(report),
    }
}

impl<'a> Fact<'a> {
    fn new(name: &'static str, value: Phrase<'a>) -> Self {
        Self { name, values: vec![value] }
    }

    fn several(name: &'static str, values: impl IntoIterator<Item = Phrase<'a>>) -> Self {
        Self { name, values: values.into_iter().collect() }
    }
}

impl<'a> Item<'a> {
    fn new(first: Phrase<'a>, more: impl IntoIterator<Item = Phrase<'a>>) -> Self {
        Self { first, more: more.into_iter().collect() }
    }
}

/// What a list is of.
#[derive(Clone, Copy)]
struct Nouns {
    one: &'static str,
    many: &'static str,
    /// What to say when there is none.
    none: &'static str,
}

/// A list, and how many more there are.
fn list<'a, T>(items: &'a [T], omitted: u64, nouns: Nouns, item: impl Fn(&'a T) -> Item<'a>) -> Vec<Block<'a>> {
    if items.is_empty() && omitted == 0 {
        return vec![Block::Text(ours(nouns.none))];
    }
    let more = and_more(omitted, nouns.one, nouns.many).map(Block::Text);
    [Block::List(items.iter().map(item).collect())].into_iter().chain(more).collect()
}

/// Words for people; with those of the machine formats when the depth asks for them.
fn named<'a>(title: &'static str, name: &'static str, depth: Depth) -> Phrase<'a> {
    if depth == Depth::Brief || title == name {
        return ours(title);
    }
    ours(title).ours(" (").ours(name).ours(")")
}
