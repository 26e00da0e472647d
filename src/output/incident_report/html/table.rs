//! Tables: columns that know what stands in them, a box of their own to scroll in, and a fold when they are long.

use super::element::{Element, Node};

/// Longer tables begin folded, unless they say otherwise; on paper they are open.
const ROWS_SHOWN_MAX: usize = 24;
/// A table of so few columns is not drawn out over the whole width.
const COLUMNS_NARROW_MAX: usize = 4;
/// The columns of a table of so many stand closer together.
const COLUMNS_DENSE_MIN: usize = 13;

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// Words, on as many lines as they need.
    Words,
    /// A short text on one line: a time, an id.
    Line,
    /// A number, to be compared with those above and below.
    Number,
}

impl Column {
    fn class(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::Line => "line",
            Self::Number => "number",
        }
    }
}

/// A table that is being filled.
#[derive(Debug)]
pub(super) struct Table {
    title: String,
    columns: Vec<(String, Column)>,
    rows: Vec<Element>,
    rows_shown_max: usize,
}

impl Table {
    pub(super) fn new<const N: usize>(title: impl Into<String>, columns: [(&str, Column); N]) -> Self {
        let columns = columns.into_iter().map(|(name, column)| (name.to_owned(), column)).collect();
        Self { title: title.into(), columns, rows: Vec::new(), rows_shown_max: ROWS_SHOWN_MAX }
    }

    /// Adds a column on the right.
    pub(super) fn column(mut self, name: impl Into<String>, column: Column) -> Self {
        self.columns.push((name.into(), column));
        self
    }

    /// Stands open although it is longer than others.
    pub(super) fn shown_up_to(self, rows_shown_max: usize) -> Self {
        Self { rows_shown_max, ..self }
    }

    /// Adds a row; its first cell names it.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = Node>) {
        let row = self.columns.iter().zip(cells).enumerate().map(|(index, ((_, column), cell))| {
            let element = match index {
                0 => Element::new("th").attribute("scope", "row"),
                _ => Element::new("td"),
            };
            element.class(column.class()).with(cell)
        });
        self.rows.push(Element::new("tr").with_all(row));
    }

    /// The table with its title above it; nothing when it has no rows.
    pub(super) fn titled(self) -> Node {
        match self.rows.len() {
            0 => Node::Nothing,
            rows if rows <= self.rows_shown_max => {
                let title = Element::new("p").class("table-title").with(self.title.clone());
                Element::new("div").class("titled").with(title).with(self.boxed()).into()
            }
            _ => self.folded(),
        }
    }

    /// The table alone, when a heading names it already.
    pub(super) fn plain(self) -> Node {
        match self.rows.len() {
            0 => Node::Nothing,
            rows if rows <= self.rows_shown_max => self.boxed(),
            _ => self.folded(),
        }
    }

    /// The table behind a line that opens it.
    pub(super) fn folded(self) -> Node {
        let count = Element::new("span").class("row-count").with(format!("{} rows", self.rows.len()));
        let summary = Element::new("summary").with(self.title.clone()).with(" ").with(count);
        Element::new("details").with(summary).with(self.boxed()).into()
    }

    fn boxed(self) -> Node {
        let class = match self.columns.len() {
            ..=COLUMNS_NARROW_MAX => "narrow",
            COLUMNS_DENSE_MIN.. => "dense",
            _ => "wide",
        };
        let heads = self
            .columns
            .into_iter()
            .map(|(name, column)| Element::new("th").attribute("scope", "col").class(column.class()).with(name));
        let table = Element::new("table")
            .class(class)
            .attribute("aria-label", &self.title)
            .with(Element::new("thead").with(Element::new("tr").with_all(heads)))
            .with(Element::new("tbody").with_all(self.rows));
        // Who has no mouse scrolls a box that has the focus.
        Element::new("div")
            .class("scroll")
            .attribute("role", "group")
            .attribute("aria-label", self.title)
            .attribute("tabindex", 0)
            .with(table)
            .into()
    }
}
