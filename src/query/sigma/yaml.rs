//! A YAML file as a tree that knows its lines, so that whatever is wrong with a rule can be said with its place. What a rule
//! is made of is left to others.

use saphyr_parser::{Event, Parser, ScalarStyle, StrInput};

/// Rules are not nested deeper than this.
const DEPTH_MAX: usize = 32;

/// What is wrong, and in which line: lower case, no full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RuleFault {
    pub(super) line: usize,
    pub(super) what: String,
    /// What to do about it.
    pub(super) hint: Option<String>,
}

/// A value of YAML, and the line it begins in.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct YamlNode {
    pub(super) line: usize,
    pub(super) value: YamlValue,
}

/// What there is in YAML.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum YamlValue {
    Null,
    Bool(bool),
    /// A number, and how it is written.
    Number(f64, String),
    Text(String),
    List(Vec<YamlNode>),
    /// In the order of the file. No key is there twice.
    Map(Vec<(String, YamlNode)>),
}

impl YamlNode {
    /// The documents of a file, in their order.
    pub(super) fn documents(text: &str) -> Result<Vec<Self>, RuleFault> {
        let mut reader = YamlReader(Parser::new_from_str(text));
        let mut documents = Vec::new();
        loop {
            match reader.next()? {
                (Event::StreamEnd, _) => return Ok(documents),
                (Event::DocumentStart(_), _) => documents.push(reader.node(0)?),
                _ => {}
            }
        }
    }

    pub(super) fn fault(&self, what: impl Into<String>) -> RuleFault {
        RuleFault { line: self.line, what: what.into(), hint: None }
    }

    /// The members of a map; `what` it is, for who reads that it is none.
    pub(super) fn members(&self, what: &str) -> Result<&[(String, Self)], RuleFault> {
        match &self.value {
            YamlValue::Map(members) => Ok(members),
            _ => Err(self.fault(format!("{what} is no map of names and values"))),
        }
    }

    /// The value behind a key of a map.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            YamlValue::Map(members) => members.iter().find(|(name, _)| name == key).map(|(_, node)| node),
            _ => None,
        }
    }

    /// The elements of a list, or the value itself where there is only one.
    pub(super) fn each(&self) -> &[Self] {
        match &self.value {
            YamlValue::List(elements) => elements,
            _ => std::slice::from_ref(self),
        }
    }

    /// A single value as it is written; None for lists, maps and null.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            YamlValue::Text(text) | YamlValue::Number(_, text) => Some(text),
            YamlValue::Bool(true) => Some("true"),
            YamlValue::Bool(false) => Some("false"),
            YamlValue::Null | YamlValue::List(_) | YamlValue::Map(_) => None,
        }
    }
}

impl RuleFault {
    pub(super) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

struct YamlReader<'t>(Parser<'t, StrInput<'t>>);

impl<'t> YamlReader<'t> {
    fn next(&mut self) -> Result<(Event<'t>, usize), RuleFault> {
        match self.0.next() {
            Some(Ok((event, span))) => Ok((event, span.start.line())),
            Some(Err(error)) => {
                let what = format!("this is not YAML: {}", error.info());
                Err(RuleFault { line: error.marker().line(), what, hint: None })
            }
            None => Ok((Event::StreamEnd, 1)),
        }
    }

    fn node(&mut self, depth: usize) -> Result<YamlNode, RuleFault> {
        let (event, line) = self.next()?;
        self.node_of(event, line, depth)
    }

    fn node_of(&mut self, event: Event<'t>, line: usize, depth: usize) -> Result<YamlNode, RuleFault> {
        let wrong = |what: &str| RuleFault { line, what: what.to_owned(), hint: None };
        if depth == DEPTH_MAX {
            return Err(wrong("this is nested too deeply for a rule"));
        }
        let value = match event {
            Event::Scalar(text, ScalarStyle::Plain, _, None) => plain(&text),
            Event::Scalar(text, ..) => YamlValue::Text(text.into_owned()),
            Event::SequenceStart(..) => self.list(depth)?,
            Event::MappingStart(..) => self.map(depth)?,
            // A value that stands for many: of few lines they make gigabytes.
            Event::Alias(_) => return Err(wrong("an alias of YAML, which a rule cannot have here")),
            _ => return Err(wrong("a value was expected here")),
        };
        Ok(YamlNode { line, value })
    }

    fn list(&mut self, depth: usize) -> Result<YamlValue, RuleFault> {
        let mut elements = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(YamlValue::List(elements)),
                (event, line) => elements.push(self.node_of(event, line, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<YamlValue, RuleFault> {
        let mut members: Vec<(String, YamlNode)> = Vec::new();
        loop {
            let (key, line) = match self.next()? {
                (Event::MappingEnd, _) => return Ok(YamlValue::Map(members)),
                (Event::Scalar(key, ..), line) => (key.into_owned(), line),
                (_, line) => {
                    return Err(RuleFault { line, what: "a name was expected here".to_owned(), hint: None });
                }
            };
            if members.iter().any(|(name, _)| *name == key) {
                let what = format!("`{key}` stands here twice, and only one of them would count");
                return Err(RuleFault { line, what, hint: None });
            }
            let mut node = self.node(depth + 1)?;
            if node.value == YamlValue::Null {
                // What is not there has no line of its own.
                node.line = line;
            }
            members.push((key, node));
        }
    }
}

/// A scalar without quotes, by the core schema of YAML 1.2.
fn plain(text: &str) -> YamlValue {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return YamlValue::Null,
        "true" | "True" | "TRUE" => return YamlValue::Bool(true),
        "false" | "False" | "FALSE" => return YamlValue::Bool(false),
        _ => {}
    }
    let radix = |prefix: &str, radix| u64::from_str_radix(text.strip_prefix(prefix)?, radix).ok();
    #[allow(clippy::cast_precision_loss, reason = "a number is compared as one of JSON")]
    let of_radix = radix("0x", 16).or_else(|| radix("0o", 8)).map(|number| number as f64);
    let decimal = || {
        let plausible = text.bytes().any(|byte| byte.is_ascii_digit())
            && text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
        plausible.then(|| text.parse().ok()).flatten().filter(|number: &f64| number.is_finite())
    };
    match of_radix.or_else(decimal) {
        Some(number) => YamlValue::Number(number, text.to_owned()),
        None => YamlValue::Text(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_have_the_types_of_the_core_schema_unless_they_are_quoted() {
        let number = |number, text: &str| YamlValue::Number(number, text.to_owned());
        let text = |text: &str| YamlValue::Text(text.to_owned());
        let cases = [
            ("560", number(560.0, "560")),
            ("-1.5e1", number(-15.0, "-1.5e1")),
            ("0x40", number(64.0, "0x40")),
            ("'560'", text("560")),
            ("\"true\"", text("true")),
            ("true", YamlValue::Bool(true)),
            ("~", YamlValue::Null),
            ("''", text("")),
            ("5m", text("5m")),
            ("e", text("e")),
            ("2025-03-14", text("2025-03-14")),
            ("inf", text("inf")),
            ("yes", text("yes")),
        ];
        for (yaml, wanted) in cases {
            let documents = YamlNode::documents(&format!("a: {yaml}\n")).unwrap();
            assert_eq!(documents[0].get("a").unwrap().value, wanted, "{yaml}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let deep = format!("a: {}{}", "[".repeat(40), "]".repeat(40));
        let cases = [
            ("a: 1\nb: [1, 2\n", 3, "YAML"),
            ("a: 1\nb: *c\n", 2, ""),
            ("a: &c [1]\nb: *c\n", 2, "alias"),
            ("a: 1\nb: 2\na: 3\n", 3, "`a` stands here twice"),
            ("a: 1\n? [b]\n: 2\n", 2, "a name was expected"),
            (deep.as_str(), 1, "nested"),
        ];
        for (yaml, line, what) in cases {
            let fault = YamlNode::documents(yaml).unwrap_err();
            assert_eq!(fault.line, line, "{yaml}: {fault:?}");
            assert!(fault.what.contains(what), "{yaml}: {fault:?}");
        }
    }

    #[test]
    fn a_file_has_several_documents_and_values_know_their_lines() {
        let documents = YamlNode::documents("# a\na: 1\n---\nb:\n    - 1\n    - 2\n").unwrap();
        assert_eq!(documents.len(), 2);
        assert_eq!(documents[1].get("b").unwrap().each().iter().map(|it| it.line).collect::<Vec<_>>(), [5, 6]);
        assert_eq!(YamlNode::documents("").unwrap().len(), 0);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[ -~\n\u{e9}]{0,80}") {
            let _ = YamlNode::documents(&text);
        }
    }
}
