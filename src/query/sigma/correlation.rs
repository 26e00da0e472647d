//! A rule of correlation as it is written (Sigma correlation rules specification 2): which rules it counts, what belongs
//! together, and how many make a match. Counting is left to `correlator`.

use super::fields::SigmaField;
use super::yaml::{RuleFault, YamlNode, YamlValue};

/// A correlation counts to this and no further.
const THRESHOLD_MAX: u64 = 100_000;
/// How many rules a correlation is made of, at most.
const RULES_MAX: usize = 100;
/// The longest timespan, in seconds: a year.
const TIMESPAN_SECONDS_MAX: u64 = 366 * 86_400;

/// A correlation.
#[derive(Clone, Debug)]
pub(super) struct Correlation {
    pub(super) kind: CorrelationKind,
    /// The rules it is made of, by id or name, with their lines.
    pub(super) rules: Vec<(String, usize)>,
    /// The names of what it groups by.
    pub(super) group_by: Vec<String>,
    /// Names that stand for another field in each rule.
    pub(super) aliases: Vec<FieldAlias>,
    /// In milliseconds.
    pub(super) timespan_ms: i64,
    /// The length of the timespan as it is written.
    pub(super) timespan: String,
    pub(super) bounds: CountBounds,
    /// Whether the rules it is made of count for themselves as well.
    pub(super) generate: bool,
    line: usize,
}

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CorrelationKind {
    /// Entries.
    EventCount,
    /// The values of a field.
    ValueCount(String),
    /// The rules that match.
    Temporal,
    /// The rules that match one after the other.
    TemporalOrdered,
}

/// How many make a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CountBounds {
    pub(super) least: u64,
    pub(super) most: Option<u64>,
}

/// A name, and the field it stands for in each rule.
#[derive(Clone, Debug)]
pub(super) struct FieldAlias {
    name: String,
    fields: Vec<(String, String)>,
}

impl Correlation {
    /// Reads the section `correlation` of a rule.
    pub(super) fn parse(section: &YamlNode) -> Result<Self, RuleFault> {
        let members = section.members("correlation")?;
        const KNOWN: [&str; 8] =
            ["type", "rules", "group-by", "aliases", "timespan", "timeframe", "condition", "generate"];
        if let Some((key, node)) = members.iter().find(|(key, _)| !KNOWN.contains(&key.as_str())) {
            return Err(node.fault(format!("a correlation has no `{key}` that is supported here")));
        }
        let rules = names(section, "rules")?;
        if rules.is_empty() || rules.len() > RULES_MAX {
            return Err(section.fault(format!("a correlation is made of 1 to {RULES_MAX} rules")));
        }
        let condition = section.get("condition");
        let kind = kind(section, condition)?;
        let is_again = |at: usize| rules[..at].iter().any(|(name, _)| *name == rules[at].0);
        if let Some(at) = (0..rules.len()).find(|at| kind == CorrelationKind::Temporal && is_again(*at)) {
            let (name, line) = &rules[at];
            let what = format!("`{name}` stands here twice, and one entry would be both");
            return Err(RuleFault { line: *line, what, hint: None });
        }
        let bounds = bounds(section, condition, &kind, rules.len() as u64)?;
        let timespan = section.get("timespan").ok_or_else(|| section.fault("the correlation has no timespan"))?;
        let (text, timespan_ms) = milliseconds(timespan)?;
        let generate = match section.get("generate").map(|node| (&node.value, node)) {
            None | Some((YamlValue::Bool(false), _)) => false,
            Some((YamlValue::Bool(true), _)) => true,
            Some((_, node)) => return Err(node.fault("generate is true or false")),
        };
        Ok(Self {
            kind,
            rules,
            group_by: names(section, "group-by")?.into_iter().map(|(name, _)| name).collect(),
            aliases: aliases(section)?,
            timespan_ms,
            timespan: text,
            bounds,
            generate,
            line: section.line,
        })
    }

    pub(super) fn fault(&self, what: impl Into<String>) -> RuleFault {
        RuleFault { line: self.line, what: what.into(), hint: None }
    }

    /// The field that a name means in the entries of a rule, which has these names itself.
    pub(super) fn field(&self, name: &str, rule_names: &[&str]) -> Result<SigmaField, RuleFault> {
        let Some(alias) = self.aliases.iter().find(|alias| alias.name == name) else {
            return Ok(SigmaField::named(name));
        };
        let field = alias.fields.iter().find(|(rule, _)| rule_names.contains(&rule.as_str()));
        let refused = || self.fault(format!("the alias `{name}` names no field for `{}`", rule_names.join("`, `")));
        field.map(|(_, field)| SigmaField::named(field)).ok_or_else(refused)
    }

    /// What it demands, for people: `at least 10 entries within 5m`.
    pub(super) fn in_words(&self) -> String {
        let CountBounds { least, most } = self.bounds;
        let number = match most {
            None => format!("at least {least}"),
            Some(most) if most == least => format!("exactly {most}"),
            Some(most) if least <= 1 => format!("at most {most}"),
            Some(most) => format!("{least} to {most}"),
        };
        let names: Vec<&str> = self.rules.iter().map(|(name, _)| name.as_str()).collect();
        let (names, timespan) = (names.join(", "), &self.timespan);
        let counted = match &self.kind {
            CorrelationKind::EventCount => format!("{number} entries of {names}"),
            CorrelationKind::ValueCount(field) => format!("{number} values of {field} in {names}"),
            CorrelationKind::Temporal if least == self.rules.len() as u64 => format!("all of {names}"),
            CorrelationKind::Temporal => format!("{number} of {names}"),
            CorrelationKind::TemporalOrdered => format!("{names}, in this order"),
        };
        let groups = match self.group_by.is_empty() {
            true => String::new(),
            false => format!(", for each {}", self.group_by.join(" and ")),
        };
        format!("{counted} within {timespan}{groups}")
    }
}

fn kind(section: &YamlNode, condition: Option<&YamlNode>) -> Result<CorrelationKind, RuleFault> {
    let node = section.get("type").ok_or_else(|| section.fault("the correlation has no type"))?;
    Ok(match node.text().unwrap_or_default() {
        "event_count" => CorrelationKind::EventCount,
        "value_count" => {
            let field = condition.and_then(|condition| condition.get("field")).and_then(YamlNode::text);
            let missing = || section.fault("value_count needs a `field` in its condition");
            CorrelationKind::ValueCount(field.ok_or_else(missing)?.to_owned())
        }
        "temporal" => CorrelationKind::Temporal,
        "temporal_ordered" => CorrelationKind::TemporalOrdered,
        other => {
            return Err(node
                .fault(format!("correlations of the type `{other}` are not supported"))
                .with_hint("the types are event_count, value_count, temporal and temporal_ordered"));
        }
    })
}

fn bounds(
    section: &YamlNode,
    condition: Option<&YamlNode>,
    kind: &CorrelationKind,
    rules: u64,
) -> Result<CountBounds, RuleFault> {
    let is_temporal = matches!(kind, CorrelationKind::Temporal | CorrelationKind::TemporalOrdered);
    let Some(condition) = condition else {
        return match is_temporal {
            true => Ok(CountBounds { least: rules, most: None }),
            false => Err(section.fault("the correlation has no condition")),
        };
    };
    let mut bounds = CountBounds { least: 1, most: None };
    let mut stated = false;
    for (key, node) in condition.members("the condition of a correlation")? {
        if key == "field" && matches!(kind, CorrelationKind::ValueCount(_)) {
            continue;
        }
        let number = node.text().and_then(|text| text.parse().ok()).filter(|number| *number <= THRESHOLD_MAX);
        let refused = || node.fault(format!("`{key}` is no whole number from 0 to {THRESHOLD_MAX}"));
        let number: u64 = number.ok_or_else(refused)?;
        stated = true;
        let (least, most) = match key.as_str() {
            "gte" => (number, None),
            "gt" => (number + 1, None),
            "lte" => (1, Some(number)),
            "lt" => (1, Some(number.saturating_sub(1))),
            "eq" => (number, Some(number)),
            other => return Err(node.fault(format!("`{other}` is none of gt, gte, lt, lte and eq"))),
        };
        bounds.least = bounds.least.max(least);
        bounds.most = [bounds.most, most].into_iter().flatten().min();
    }
    if !stated {
        return Err(condition.fault("the condition says no number"));
    }
    if bounds.most.is_some_and(|most| most < bounds.least) {
        return Err(condition
            .fault("no number meets this condition")
            .with_hint("what never happens is in no entry, so that 0 is never counted"));
    }
    if is_temporal && bounds.most.is_some_and(|most| most >= rules) {
        bounds.most = None;
    }
    if is_temporal && bounds.least > rules {
        return Err(condition.fault(format!("there are only {rules} rules to be counted")));
    }
    if *kind == CorrelationKind::TemporalOrdered && (bounds.least < rules || bounds.most.is_some()) {
        return Err(condition.fault("temporal_ordered with fewer than all of its rules is not supported"));
    }
    Ok(bounds)
}

/// A list of names, with their lines; empty when it is not there.
fn names(section: &YamlNode, key: &str) -> Result<Vec<(String, usize)>, RuleFault> {
    let Some(list) = section.get(key) else { return Ok(Vec::new()) };
    let name = |node: &YamlNode| match node.text() {
        Some(text) => Ok((text.to_owned(), node.line)),
        None => Err(node.fault(format!("what stands in `{key}` is no name"))),
    };
    list.each().iter().map(name).collect()
}

fn aliases(section: &YamlNode) -> Result<Vec<FieldAlias>, RuleFault> {
    let Some(aliases) = section.get("aliases") else { return Ok(Vec::new()) };
    let field = |(rule, node): &(String, YamlNode)| match node.text() {
        Some(field) => Ok((rule.clone(), field.to_owned())),
        None => Err(node.fault("an alias names one field for each rule")),
    };
    let alias = |(name, node): &(String, YamlNode)| {
        let fields: Result<_, RuleFault> = node.members("an alias")?.iter().map(field).collect();
        Ok(FieldAlias { name: name.clone(), fields: fields? })
    };
    aliases.members("aliases")?.iter().map(alias).collect()
}

/// `90s`, `5m`, `1h`, `7d`, `2w`.
fn milliseconds(node: &YamlNode) -> Result<(String, i64), RuleFault> {
    let refused = || node.fault("the timespan is a number and one of s, m, h, d and w, of a second to a year");
    let text = node.text().ok_or_else(refused)?;
    let unit = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3_600,
        Some('d') => 86_400,
        Some('w') => 7 * 86_400,
        _ => return Err(refused()),
    };
    let number: Option<u64> = text[..text.len() - 1].parse().ok();
    let seconds = number.and_then(|number| number.checked_mul(unit));
    let seconds = seconds.filter(|seconds| (1..=TIMESPAN_SECONDS_MAX).contains(seconds)).ok_or_else(refused)?;
    let milliseconds = i64::try_from(seconds).map_or(i64::MAX, |seconds| seconds.saturating_mul(1_000));
    Ok((text.to_owned(), milliseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Correlation, RuleFault> {
        Correlation::parse(&YamlNode::documents(text).unwrap()[0])
    }

    #[test]
    fn a_condition_bounds_the_count() {
        let cases = [
            ("{gte: 10}", Some((10, None))),
            ("{gt: 10}", Some((11, None))),
            ("{lte: 3}", Some((1, Some(3)))),
            ("{lt: 3}", Some((1, Some(2)))),
            ("{eq: 3}", Some((3, Some(3)))),
            ("{gt: 100, lte: 200}", Some((101, Some(200)))),
            ("{eq: 0}", None),
            ("{lt: 1}", None),
            ("{gt: 5, lt: 5}", None),
            ("{}", None),
            ("{gte: -1}", None),
            ("{gte: 1.5}", None),
            ("{gte: 1000000}", None),
            ("{about: 3}", None),
        ];
        for (condition, wanted) in cases {
            let text = format!("type: event_count\nrules: a\ntimespan: 5m\ncondition: {condition}\n");
            let found = parse(&text).ok().map(|it| (it.bounds.least, it.bounds.most));
            assert_eq!(found, wanted, "{condition}");
        }
    }

    #[test]
    fn a_timespan_has_one_unit() {
        let cases = [
            ("90s", Some(90_000)),
            ("5m", Some(300_000)),
            ("1h", Some(3_600_000)),
            ("7d", Some(604_800_000)),
            ("2w", Some(1_209_600_000)),
            ("0s", None),
            ("400d", None),
            ("5", None),
            ("1h30m", None),
            ("5M", None),
            ("m", None),
            ("99999999999999999999d", None),
        ];
        for (timespan, wanted) in cases {
            let text = format!("type: event_count\nrules: [a]\ntimespan: {timespan}\ncondition: {{gte: 2}}\n");
            assert_eq!(parse(&text).ok().map(|it| it.timespan_ms), wanted, "{timespan}");
        }
    }

    #[test]
    fn what_is_not_supported_is_refused() {
        let cases = [
            ("type: value_avg\nrules: a\ntimespan: 5m\ncondition: {gte: 2}", "value_avg"),
            ("type: value_count\nrules: a\ntimespan: 5m\ncondition: {gte: 2}", "field"),
            ("type: event_count\nrules: a\ntimespan: 5m\ncondition: {field: b, gte: 2}", "`field`"),
            ("type: event_count\nrules: a\ncondition: {gte: 2}", "timespan"),
            ("type: event_count\nrules: a\ntimespan: 5m", "condition"),
            ("type: event_count\nrules: []\ntimespan: 5m\ncondition: {gte: 2}", "1 to 100 rules"),
            ("type: temporal\nrules: [a, b]\ntimespan: 5m\ncondition: {gte: 3}", "only 2 rules"),
            ("type: temporal\nrules: [a, b]\ntimespan: 5m\ncondition: a and not b", "no map"),
            ("type: temporal_ordered\nrules: [a, b]\ntimespan: 5m\ncondition: {gte: 1}", "temporal_ordered"),
            ("type: temporal\nrules: [a, b]\ntimespan: 5m\ngap: 1m", "`gap`"),
            ("type: temporal\nrules: [a, b]\ntimespan: 5m\ngenerate: maybe", "generate"),
            ("type: temporal\nrules: [a, b, a]\ntimespan: 5m", "`a` stands here twice"),
            ("rules: [a, b]\ntimespan: 5m", "type"),
        ];
        for (text, what) in cases {
            let fault = parse(text).unwrap_err();
            assert!(fault.what.contains(what), "{text}: {fault:?}");
        }
    }
}
