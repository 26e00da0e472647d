//! HTML as a tree of elements: whatever is put in as text comes out as text, since only names and the style sheet,
//! which are ours, are written as they are. What the page says is left to its sections.

use std::fmt::Display;
use std::io::{self, Write};

use crate::entry::LogTime;
use crate::output::escape;
use crate::output::wording::grouped;

/// Elements that have no content and no closing tag.
const VOID: [&str; 2] = ["link", "meta"];
/// Elements inside of which a line break would show.
const INLINE: [&str; 11] = ["a", "b", "code", "dd", "dt", "span", "td", "text", "th", "time", "tspan"];

/// An element with everything in it.
#[derive(Clone, Debug)]
pub(super) struct HtmlElement {
    tag: &'static str,
    attributes: Vec<(&'static str, String)>,
    content: Vec<Node>,
}

/// What an element holds.
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

    /// Writes it whole.
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

    /// Writes its closing tag.
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
}
