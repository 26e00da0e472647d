//! The report as one document of facts, lists, tables and drawings: what text, markdown and HTML say alike. How it looks is
//! left to them.

mod chains;
mod incidents;
mod making;
mod story;
mod totals;
mod verification;

use super::axis::Axis;
use super::parts::ReportPart;
use super::phrase::{Emphasis, Phrase, ours};
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

/// The report, ready to be written.
#[derive(Debug)]
pub(super) struct IncidentDocument<'a> {
    pub(super) title: &'a str,
    pub(super) case_id: Option<&'a str>,
    /// What stands above all parts.
    pub(super) head: Vec<Fact<'a>>,
    pub(super) sections: Vec<Section<'a>>,
}

/// A part of the report.
#[derive(Debug)]
pub(super) struct Section<'a> {
    pub(super) part: ReportPart,
    pub(super) blocks: Vec<Block<'a>>,
}

/// What stands below one another.
#[derive(Debug)]
pub(super) enum Block<'a> {
    Text(Phrase<'a>),
    /// Names and what they stand for.
    Facts(Vec<Fact<'a>>),
    List(List<'a>),
    Table(TableBlock<'a>),
    /// One incident in full.
    Article(Article<'a>),
    /// What is to be seen first: a word, what it means, and what stands behind it, which is a part of its own as well.
    Frame {
        word: &'static str,
        tone: Emphasis,
        meaning: String,
        facts: Vec<Fact<'a>>,
    },
    /// When it happened, in letters.
    Axis(Axis),
    /// For formats that cannot draw: what a drawing shows.
    Letters(Vec<Block<'a>>),
    /// For formats that can.
    Drawing(ChartKind, &'a View<'a>),
}

/// What can be drawn of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChartKind {
    /// Every byte of the input.
    Bytes,
    /// How many incidents of which severity.
    Severities,
    /// When the incidents were.
    Timeline,
    /// Entries along the time.
    Hours,
    /// Entries by code and by client.
    Bars,
    /// Entries by client and hour of the day.
    HeatMap,
}

/// An incident with everything that is known about it.
#[derive(Debug)]
pub(super) struct Article<'a> {
    pub(super) number: u64,
    pub(super) title: &'static str,
    pub(super) tone: Emphasis,
    pub(super) facts: Vec<Fact<'a>>,
}

/// A name and what it stands for; several values stand below one another.
#[derive(Debug)]
pub(super) struct Fact<'a> {
    pub(super) name: &'static str,
    pub(super) values: Vec<Phrase<'a>>,
    pub(super) role: FactRole,
}

/// What a fact is to its reader, for formats that set such things apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FactRole {
    /// One of several in short.
    Plain,
    /// What the answer itself stands on.
    Lead,
    Advice,
    Reason,
    /// Things one below the other.
    Things,
    /// Something of the log, word by word.
    Quote,
}

/// Things of a kind.
#[derive(Debug)]
pub(super) struct List<'a> {
    /// What the parts of an item are called, where a format sets them side by side; none when they are not parts.
    pub(super) columns: &'static [&'static str],
    pub(super) items: Vec<ListItem<'a>>,
}

/// An item of a list: what it is, and more about it, as far as it is known.
#[derive(Debug)]
pub(super) struct ListItem<'a> {
    pub(super) first: Phrase<'a>,
    pub(super) more: Vec<Option<Phrase<'a>>>,
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct TableColumn {
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
pub(super) struct TableBlock<'a> {
    pub(super) columns: Vec<TableColumn>,
    pub(super) rows: Vec<Vec<Phrase<'a>>>,
    /// The last cell of each row as a number, where these are to be compared; otherwise empty.
    pub(super) counts: Vec<u64>,
}

impl<'a> IncidentDocument<'a> {
    /// What a view of a report says, to a depth.
    pub(super) fn of(view: &'a View<'a>, depth: Depth) -> Self {
        let brief = depth == Depth::Brief && view.is_folded();
        let parts =
            ReportPart::ALL.into_iter().filter(|part| part.is_in(view) && !(brief && *part == ReportPart::Rules));
        Self {
            title: &view.title,
            case_id: view.case_id.as_deref(),
            head: making::head(view),
            sections: parts.map(|part| Section { part, blocks: blocks(part, view, depth) }).collect(),
        }
    }

    /// The parts for formats that cannot draw: their blocks, the title in front of those that have one. What the answer
    /// stands on is in its frame there.
    pub(super) fn in_letters(&self) -> impl Iterator<Item = (Option<&'static str>, Vec<&Block<'a>>)> {
        let sections = self.sections.iter().filter(|section| section.part != ReportPart::Proof).map(|section| {
            let title = (!section.part.goes_on()).then(|| section.part.title());
            (title, section.blocks.iter().flat_map(letters).collect::<Vec<_>>())
        });
        sections.filter(|(_, blocks)| !blocks.is_empty())
    }
}

fn letters<'b, 'a>(block: &'b Block<'a>) -> &'b [Block<'a>] {
    match block {
        Block::Letters(blocks) => blocks,
        Block::Drawing(..) => &[],
        other => std::slice::from_ref(other),
    }
}

fn blocks<'a>(part: ReportPart, report: &'a View<'a>, depth: Depth) -> Vec<Block<'a>> {
    match part {
        ReportPart::Verification => verification::blocks(report),
        ReportPart::Incidents => incidents::overview(report),
        ReportPart::Contents => incidents::table(report),
        ReportPart::InFull => incidents::in_full(report, depth),
        ReportPart::Totals => totals::blocks(report, depth),
        ReportPart::Proof => verification::proof(report),
        ReportPart::Chains => chains::chains(report, depth),
        ReportPart::Findings => chains::findings(report),
        ReportPart::Runs => story::runs(report, depth),
        ReportPart::Sessions => story::sessions(report),
        ReportPart::Unsigned => story::unsigned(report),
        ReportPart::Gaps => story::gaps(report, depth),
        ReportPart::Inputs => making::inputs(report),
        ReportPart::Rules => making::rules(report),
        ReportPart::Scope => making::scope(report),
        ReportPart::NotShown => making::not_shown(report),
        ReportPart::Making => making::tool(report),
    }
}

impl<'a> Article<'a> {
    /// `Incident 3: Burst of blocked SQL queries`
    pub(super) fn heading(&self) -> Phrase<'a> {
        ours("Incident ").number(self.number).ours(": ").ours(self.title)
    }
}

impl<'a> Fact<'a> {
    fn new(name: &'static str, value: Phrase<'a>) -> Self {
        Self::several(name, [value])
    }

    fn several(name: &'static str, values: impl IntoIterator<Item = Phrase<'a>>) -> Self {
        Self { name, values: values.into_iter().collect(), role: FactRole::Plain }
    }

    fn is(self, role: FactRole) -> Self {
        Self { role, ..self }
    }
}

impl<'a> ListItem<'a> {
    fn new(first: Phrase<'a>, more: impl IntoIterator<Item = Option<Phrase<'a>>>) -> Self {
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
    columns: &'static [&'static str],
}

/// A list, and how many more there are.
fn list<'a, T>(
    (items, omitted): (Vec<&'a T>, u64),
    nouns: Nouns,
    item: impl Fn(&'a T) -> ListItem<'a>,
) -> Vec<Block<'a>> {
    if items.is_empty() && omitted == 0 {
        return vec![Block::Text(ours(nouns.none))];
    }
    let more = and_more(omitted, nouns.one, nouns.many).map(Block::Text);
    let list = List { columns: nouns.columns, items: items.into_iter().map(item).collect() };
    [Block::List(list)].into_iter().chain(more).collect()
}

/// Words for people; with those of the machine formats when the depth asks for them.
fn named<'a>(title: &'static str, name: &'static str, depth: Depth) -> Phrase<'a> {
    if depth == Depth::Brief || title == name {
        return ours(title);
    }
    ours(title).ours(" (").ours(name).ours(")")
}
