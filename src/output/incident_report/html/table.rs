//! Tables: columns that know what stands in them, a box of their own to scroll in, and a fold for what is long.

use super::element::{HtmlElement, Node};
use crate::output::incident_report::document::ColumnKind;

/// Longer tables and lists begin folded; on paper they are open.
const ROWS_SHOWN_MAX: usize = 24;
/// A table of so few columns is not drawn out over the whole width.
const COLUMNS_NARROW_MAX: usize = 4;
/// The columns of a table of so many stand closer together.
const COLUMNS_DENSE_MIN: usize = 13;

fn class(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Words => "words",
        ColumnKind::Word => "line",
        ColumnKind::Number => "number",
    }
}

/// A table that is being filled.
#[derive(Debug)]
pub(super) struct HtmlTable {
    title: String,
    columns: Vec<(String, ColumnKind)>,
    rows: Vec<HtmlElement>,
}

impl HtmlTable {
    pub(super) fn new<N: Into<String>>(
        title: impl Into<String>,
        columns: impl IntoIterator<Item = (N, ColumnKind)>,
    ) -> Self {
        let columns = columns.into_iter().map(|(name, kind)| (name.into(), kind)).collect();
        Self { title: title.into(), columns, rows: Vec::new() }
    }

    /// Adds a column of numbers on the right.
    pub(super) fn numbers(mut self, name: impl Into<String>) -> Self {
        self.columns.push((name.into(), ColumnKind::Number));
        self
    }

    /// Adds a row; its first cell names it.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = Node>) {
        let row = self.columns.iter().zip(cells).enumerate().map(|(index, ((_, kind), cell))| {
            let element = match index {
                0 => HtmlElement::new("th").attribute("scope", "row"),
                _ => HtmlElement::new("td"),
            };
            element.class(class(*kind)).with(cell)
        });
        self.rows.push(HtmlElement::new("tr").with_all(row));
    }

    /// The table with its title above it.
    pub(super) fn titled(self) -> Node {
        if self.rows.len() > ROWS_SHOWN_MAX {
            return self.folded();
        }
        let title = HtmlElement::new("p").class("table-title").with(self.title.as_str());
        HtmlElement::new("div").class("titled").with(title).with(self.boxed()).into()
    }

    /// The table alone, when a heading names it already.
    pub(super) fn plain(self) -> Node {
        let (title, count) = (self.title.clone(), self.rows.len());
        folded(&title, count, self.boxed())
    }

    /// The table behind a line that opens it; nothing when it has no rows.
    pub(super) fn folded(self) -> Node {
        let (title, count) = (self.title.clone(), self.rows.len());
        if count == 0 { Node::Nothing } else { fold(&title, count, self.boxed()).into() }
    }

    fn boxed(self) -> HtmlElement {
        let width = match self.columns.len() {
            ..=COLUMNS_NARROW_MAX => "narrow",
            COLUMNS_DENSE_MIN.. => "dense",
            _ => "wide",
        };
        let heads = self
            .columns
            .into_iter()
            .map(|(name, kind)| HtmlElement::new("th").attribute("scope", "col").class(class(kind)).with(name));
        let table = HtmlElement::new("table")
            .class(width)
            .attribute("aria-label", &self.title)
            .with(HtmlElement::new("thead").with(HtmlElement::new("tr").with_all(heads)))
            .with(HtmlElement::new("tbody").with_all(self.rows));
        // Who has no mouse scrolls a box that has the focus.
        HtmlElement::new("div")
            .class("scroll")
            .attribute("role", "group")
            .attribute("aria-label", self.title)
            .attribute("tabindex", 0)
            .with(table)
    }
}

/// A list as it is when it is short, and behind a line that opens it when it is long.
pub(super) fn folded(title: &str, rows: usize, list: HtmlElement) -> Node {
    if rows > ROWS_SHOWN_MAX { fold(title, rows, list).into() } else { list.into() }
}

fn fold(title: &str, rows: usize, list: HtmlElement) -> HtmlElement {
    let count = HtmlElement::new("span").class("row-count").with(format!("{rows} rows"));
    let summary = HtmlElement::new("summary").with(title).with(" ").with(count);
    HtmlElement::new("details").with(summary).with(list)
}
