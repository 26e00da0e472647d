//! HTML as a tree of elements, tables and single values: whatever is put in as text comes out as text, since only names and
//! the style sheet, which are ours, are written as they are. What the page says is left to its sections.

use std::fmt::{self, Display};
use std::io::{self, Write};

use crate::entry::LogTime;
use crate::output::escape;
use crate::output::incident_report::document::ColumnKind;
use crate::output::incident_report::wording::{Emphasis, Phrase, PhrasePiece, date_and_time};
use crate::output::wording::grouped;

/// Elements that have no content and no closing tag.
const VOID: [&str; 2] = ["link", "meta"];
/// Elements inside of which a line break would show.
const INLINE: [&str; 11] = ["a", "b", "code", "dd", "dt", "span", "td", "text", "th", "time", "tspan"];

#[derive(Clone, Debug)]
pub(super) struct HtmlElement {
    tag: &'static str,
    attributes: Vec<(&'static str, String)>,
    content: Vec<Node>,
}

#[derive(Clone, Debug)]
pub(super) enum Node {
    Text(String),
    Element(HtmlElement),
    /// The page's style sheet, which no browser looks for entities in.
    Style(&'static str),
    Nothing,
}

impl HtmlElement {
    pub(super) fn new(tag: &'static str) -> Self {
        Self { tag, attributes: Vec::new(), content: Vec::new() }
    }

    pub(super) fn attribute(mut self, name: &'static str, value: impl Display) -> Self {
        self.attributes.push((name, value.to_string()));
        self
    }

    pub(super) fn class(self, name: impl Display) -> Self {
        self.attribute("class", name)
    }

    pub(super) fn with(mut self, content: impl Into<Node>) -> Self {
        self.content.push(content.into());
        self
    }

    pub(super) fn with_all<N: Into<Node>>(mut self, content: impl IntoIterator<Item = N>) -> Self {
        self.content.extend(content.into_iter().map(Into::into));
        self
    }

    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        self.open(out)?;
        self.content.iter().try_for_each(|node| node.write(out))?;
        self.close(out)
    }

    /// Writes its opening tag alone, for content that is written piece by piece.
    pub(super) fn open(&self, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "<{}", self.tag)?;
        for (name, value) in &self.attributes {
            write!(out, " {name}=\"{}\"", escape::xml(value))?;
        }
        out.write_all(b">")
    }

    pub(super) fn close(&self, out: &mut dyn Write) -> io::Result<()> {
        if !VOID.contains(&self.tag) {
            write!(out, "</{}>", self.tag)?;
        }
        if INLINE.contains(&self.tag) { Ok(()) } else { out.write_all(b"\n") }
    }
}

impl Node {
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Text(text) => out.write_all(escape::xml(text).as_bytes()),
            Self::Element(element) => element.write(out),
            Self::Style(sheet) => out.write_all(sheet.as_bytes()),
            Self::Nothing => Ok(()),
        }
    }
}

impl From<HtmlElement> for Node {
    fn from(element: HtmlElement) -> Self {
        Self::Element(element)
    }
}

impl From<&str> for Node {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Node {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Node {
    fn from(number: u64) -> Self {
        // Set apart by its looks alone: a number that is copied is plain digits.
        let grouped = grouped(number);
        let mut groups = grouped.split(' ');
        let first = groups.next().unwrap_or_default().to_owned();
        let mut rest = groups.map(|group| HtmlElement::new("span").class("group").with(group)).peekable();
        if rest.peek().is_none() {
            return Self::Text(first);
        }
        HtmlElement::new("span").with(first).with_all(rest).into()
    }
}

impl From<LogTime> for Node {
    fn from(time: LogTime) -> Self {
        Self::Element(HtmlElement::new("time").with(time.to_string()))
    }
}

/// Nothing is left blank: a value that is not there is said not to be there.
impl<T: Into<Node>> From<Option<T>> for Node {
    fn from(value: Option<T>) -> Self {
        value.map_or_else(|| HtmlElement::new("span").class("none").with("none").into(), Into::into)
    }
}

/// Longer tables and lists begin folded; on paper they are open.
const ROWS_SHOWN_MAX: usize = 24;
/// A table of so few columns is not drawn out over the whole width.
const COLUMNS_NARROW_MAX: usize = 4;
/// The columns of a table of so many stand closer together.
const COLUMNS_DENSE_MIN: usize = 13;

fn column_class(kind: ColumnKind) -> &'static str {
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
            element.class(column_class(*kind)).with(cell)
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
            .map(|(name, kind)| HtmlElement::new("th").attribute("scope", "col").class(column_class(kind)).with(name));
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

/// An id, a path, a hash: in the letters of a typewriter.
pub(super) fn id(text: impl Into<String>) -> HtmlElement {
    HtmlElement::new("code").with(text.into())
}

pub(super) fn tone_class(tone: Emphasis) -> &'static str {
    match tone {
        Emphasis::Good => "is-good",
        Emphasis::Low => "is-low",
        Emphasis::Medium => "is-medium",
        Emphasis::High => "is-high",
        Emphasis::Critical => "is-critical",
    }
}

pub(super) fn phrase(phrase: &Phrase<'_>) -> HtmlElement {
    HtmlElement::new("span").with_all(phrases(phrase))
}

pub(super) fn phrases(phrase: &Phrase<'_>) -> impl Iterator<Item = Node> {
    phrase.pieces().iter().map(|piece| match piece {
        PhrasePiece::Trusted(words) => (*words).into(),
        PhrasePiece::Sentence(words) => words.as_ref().into(),
        PhrasePiece::Untrusted(words) => id(words.as_ref()).into(),
        PhrasePiece::Number(number) => (*number).into(),
        PhrasePiece::Time(time) | PhrasePiece::Clock(time) => (*time).into(),
        PhrasePiece::Span(first, last) => {
            HtmlElement::new("span").with(*first).with(" to ").with(later(*first, *last)).into()
        }
        PhrasePiece::Mark(word, tone) => {
            HtmlElement::new("span").class(format_args!("severity {}", tone_class(*tone))).with(*word).into()
        }
        PhrasePiece::Link(incident, words) => {
            HtmlElement::new("a").attribute("href", format_args!("#{}", incident_anchor(*incident))).with(*words).into()
        }
    })
}

/// A time after another one: without its date where that is the same.
fn later(first: LogTime, last: LogTime) -> HtmlElement {
    let (date, clock) = date_and_time(last);
    if date_and_time(first).0 == date && !clock.is_empty() {
        HtmlElement::new("time").attribute("datetime", last).with(clock)
    } else {
        HtmlElement::new("time").with(last.to_string())
    }
}

/// A remark below or above what it belongs to.
pub(super) fn note(text: impl Into<Node>) -> HtmlElement {
    HtmlElement::new("p").class("note").with(text)
}

/// One in the singular, others in the plural: `1 entry`, `3 entries`.
pub(super) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// The anchor of an incident, without its `#`.
pub(super) fn incident_anchor(number: u64) -> String {
    format!("incident-{number}")
}

/// A number in a drawing: two decimals at most, and always a number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rounded(pub(super) f64);

impl fmt::Display for Rounded {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hundredths = if self.0.is_finite() { (self.0 * 100.0).round() } else { 0.0 };
        // Adding 0 takes the sign off a zero.
        write!(out, "{}", hundredths / 100.0 + 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(element: &HtmlElement) -> String {
        let mut out = Vec::new();
        element.write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_cannot_become_markup_neither_between_tags_nor_in_them() {
        let text = "</p><script>\"'&\u{202e}";
        let element = HtmlElement::new("a").attribute("title", text).with(text);
        let inert = "&lt;/p&gt;&lt;script&gt;&quot;&apos;&amp;\\u{202e}";
        assert_eq!(written(&element), format!("<a title=\"{inert}\">{inert}</a>"));
    }

    #[test]
    fn what_is_not_there_is_said_not_to_be_there() {
        let row = HtmlElement::new("tr")
            .with(HtmlElement::new("td").with(None::<u64>))
            .with(HtmlElement::new("td").with(Some(LogTime { unix_ms: 1 })));
        assert_eq!(
            written(&row),
            "<tr><td><span class=\"none\">none</span></td><td><time>1970-01-01T00:00:00.001Z</time></td></tr>\n"
        );
        assert_eq!(written(&HtmlElement::new("meta").attribute("name", "x")), "<meta name=\"x\">\n");
    }

    #[test]
    fn numbers_of_drawings_have_two_decimals_at_most_and_are_numbers() {
        let cases = [(1.0, "1"), (-0.001, "0"), (33.333_33, "33.33"), (0.1 + 0.2, "0.3"), (f64::NAN, "0")];
        for (number, wanted) in cases.into_iter().chain([(f64::INFINITY, "0"), (99.999, "100")]) {
            assert_eq!(Rounded(number).to_string(), wanted);
        }
    }
}
