//! The detection of a rule: selections, and a condition over them (Sigma rules specification, section "Detection"). What a
//! field must be is left to `field_test`, how selections are combined to `condition_tree`.

use std::collections::BTreeSet;

use super::condition_tree::ConditionTree;
use super::field_test::{FieldTest, Keywords};
use super::yaml::{RuleFault, YamlNode, YamlValue};
use crate::event::Event;

/// Which entries a rule is about.
#[derive(Clone, Debug)]
pub(super) struct Detection {
    selections: Vec<Selection>,
    condition: ConditionTree,
    codes: Option<BTreeSet<u16>>,
}

/// What must hold of an entry.
#[derive(Clone, Debug)]
enum Selection {
    Keywords(Keywords),
    /// All tests of one of these lists.
    AnyOf(Vec<Vec<SelectionTest>>),
}

#[derive(Clone, Debug)]
enum SelectionTest {
    Field(FieldTest),
    Keywords(Keywords),
}

impl Detection {
    /// Reads the section `detection` of a rule.
    pub(super) fn parse(section: &YamlNode) -> Result<Self, RuleFault> {
        let members = section.members("detection")?;
        let (mut names, mut selections) = (Vec::new(), Vec::new());
        for (name, node) in members.iter().filter(|(name, _)| name != "condition") {
            if name == "timeframe" {
                return Err(node.fault("a timeframe, which Sigma 2 has replaced by rules of correlation"));
            }
            names.push(name.as_str());
            selections.push(Selection::parse(name, node)?);
        }
        let stated = section.get("condition").ok_or_else(|| section.fault("the detection has no condition"))?;
        let mut conditions = Vec::new();
        for node in stated.each() {
            let text = node.text().ok_or_else(|| node.fault("a condition is a text"))?;
            conditions.push(ConditionTree::parse(text, &names).map_err(|what| node.fault(what))?);
        }
        if conditions.is_empty() {
            return Err(stated.fault("the detection has no condition"));
        }
        // Of several conditions each one is a rule of its own.
        let condition = ConditionTree::Any(conditions);
        let codes = condition.codes(&|at| selections[at].codes());
        Ok(Self { selections, condition, codes })
    }

    pub(super) fn holds(&self, event: &Event<'_>) -> bool {
        self.condition.holds(&mut |at| self.selections[at].holds(event))
    }

    /// The event codes of which an entry must have one; None when any will do.
    pub(super) fn codes(&self) -> Option<&BTreeSet<u16>> {
        self.codes.as_ref()
    }

    /// Whether it asks for what the start-up line of a service says for all its entries.
    pub(super) fn needs_service(&self) -> bool {
        let tests = self.selections.iter().flat_map(|selection| match selection {
            Selection::AnyOf(maps) => maps.as_slice(),
            Selection::Keywords(_) => &[],
        });
        tests.flatten().any(|test| match test {
            SelectionTest::Field(test) => test.fields().any(|field| field.is_of_service()),
            SelectionTest::Keywords(_) => false,
        })
    }
}

impl Selection {
    fn parse(name: &str, node: &YamlNode) -> Result<Self, RuleFault> {
        let is_map = |node: &YamlNode| matches!(node.value, YamlValue::Map(_));
        if !node.each().iter().any(is_map) {
            return Keywords::parse("", node).map(Self::Keywords);
        }
        let maps: Result<Vec<_>, RuleFault> = node.each().iter().map(|map| tests(name, map)).collect();
        maps.map(Self::AnyOf)
    }

    fn holds(&self, event: &Event<'_>) -> bool {
        match self {
            Self::Keywords(keywords) => keywords.hold(event),
            Self::AnyOf(maps) => maps.iter().any(|tests| tests.iter().all(|test| test.holds(event))),
        }
    }

    fn codes(&self) -> Option<BTreeSet<u16>> {
        let Self::AnyOf(maps) = self else { return None };
        let of_map = |tests: &Vec<SelectionTest>| {
            tests.iter().find_map(|test| match test {
                SelectionTest::Field(test) => test.codes(),
                SelectionTest::Keywords(_) => None,
            })
        };
        let sets: Option<Vec<_>> = maps.iter().map(of_map).collect();
        sets.map(|sets| sets.into_iter().flatten().collect())
    }
}

/// The tests of a map of fields.
fn tests(name: &str, map: &YamlNode) -> Result<Vec<SelectionTest>, RuleFault> {
    let members = map.members(&format!("what stands in the selection `{name}`"))?;
    if members.is_empty() {
        return Err(map.fault(format!("the selection `{name}` is empty, and would hold for every entry")));
    }
    let test = |(key, values): &(String, YamlNode)| match key.is_empty() || key.starts_with('|') {
        true => Keywords::parse(key, values).map(SelectionTest::Keywords),
        false => FieldTest::parse(key, values).map(SelectionTest::Field),
    };
    members.iter().map(test).collect()
}

impl SelectionTest {
    fn holds(&self, event: &Event<'_>) -> bool {
        match self {
            Self::Field(test) => test.holds(event),
            Self::Keywords(keywords) => keywords.hold(event),
        }
    }
}
