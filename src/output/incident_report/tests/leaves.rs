//! Whether a page for people says everything the JSON says: every leaf of the report is looked for in its text.

use serde_json::Value;

use crate::incident::report::IncidentReport;

/// The leaves of a report's JSON, without null and without yes and no, which pages say in words of their own.
#[derive(Default)]
pub(in crate::output::incident_report) struct Leaves {
    texts: Vec<String>,
    numbers: Vec<String>,
}

impl Leaves {
    pub(in crate::output::incident_report) fn of(report: &IncidentReport) -> Self {
        let mut leaves = Self::default();
        leaves.gather(&serde_json::to_value(report).unwrap());
        // A text may be part of another one.
        leaves.texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
        leaves
    }

    fn gather(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => fields.values().for_each(|field| self.gather(field)),
            Value::Array(items) => items.iter().for_each(|item| self.gather(item)),
            Value::String(text) => self.texts.push(text.clone()),
            Value::Number(number) => self.numbers.push(number.to_string()),
            Value::Bool(_) | Value::Null => {}
        }
    }

    /// Those that are not in a text, as it is when markup and escapes are undone. Numbers are looked for as whole ones
    /// where no text stands that holds digits itself.
    pub(in crate::output::incident_report) fn missing_from(&self, page: &str) -> Vec<&str> {
        let texts = self.texts.iter().filter(|text| !page.contains(text.as_str()));
        let mut rest = page.to_owned();
        for text in self.texts.iter().filter(|text| text.bytes().any(|byte| byte.is_ascii_digit())) {
            rest = rest.replace(text.as_str(), " ");
        }
        let found: Vec<&str> = rest.split(|c: char| !c.is_ascii_digit()).collect();
        // Numbers stand in groups of three, those that name something in plain digits.
        let grouped = |number: &str| number.parse().ok().map(crate::output::wording::grouped);
        let stands = |number: &str| {
            found.contains(&number)
                || grouped(number).is_some_and(|grouped| grouped != number && rest.contains(&grouped))
        };
        let numbers = self.numbers.iter().filter(|number| !stands(number));
        texts.chain(numbers).map(String::as_str).collect()
    }
}

#[test]
fn what_a_page_does_not_say_is_told() {
    let leaves = Leaves { texts: vec!["a 12".into(), "b".into()], numbers: vec!["12".into(), "7".into()] };
    assert_eq!(leaves.missing_from("a 12, b; 12 and 7"), Vec::<&str>::new());
    assert_eq!(leaves.missing_from("a 12, 71"), ["b", "12", "7"]);
}
