//! The condition of a rule: selections combined by `and`, `or`, `not`, parentheses, `1 of` and `all of` (Sigma rules
//! specification, section "Condition"). What a selection demands is left to `detection`.

use std::collections::BTreeSet;

/// Parentheses and `not` are not nested deeper than this.
const DEPTH_MAX: usize = 64;

/// A condition, with selections by their places in the rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ConditionTree {
    Selection(usize),
    Not(Box<Self>),
    All(Vec<Self>),
    Any(Vec<Self>),
}

impl ConditionTree {
    /// Reads a condition over selections of these names. What is wrong is said without its place.
    pub(super) fn parse(text: &str, names: &[&str]) -> Result<Self, String> {
        if text.contains('|') {
            return Err("an aggregation behind `|`, which Sigma 2 has replaced by rules of correlation".to_owned());
        }
        let mut parser = ConditionParser { words: words(text), at: 0, names };
        let tree = parser.any(0)?;
        match parser.peek() {
            None => Ok(tree),
            Some(word) => Err(format!("the condition is over before `{word}`")),
        }
    }

    /// Whether it holds for what is known of the selections.
    pub(super) fn holds(&self, selection: &mut impl FnMut(usize) -> bool) -> bool {
        match self {
            Self::Selection(at) => selection(*at),
            Self::Not(tree) => !tree.holds(selection),
            Self::All(trees) => trees.iter().all(|tree| tree.holds(selection)),
            Self::Any(trees) => trees.iter().any(|tree| tree.holds(selection)),
        }
    }

    /// The event codes without one of which it cannot hold; None when any code will do.
    pub(super) fn codes(&self, selection: &impl Fn(usize) -> Option<BTreeSet<u16>>) -> Option<BTreeSet<u16>> {
        match self {
            Self::Selection(at) => selection(*at),
            Self::Not(_) => None,
            Self::All(trees) => trees.iter().filter_map(|tree| tree.codes(selection)).min_by_key(BTreeSet::len),
            Self::Any(trees) => {
                let sets: Option<Vec<_>> = trees.iter().map(|tree| tree.codes(selection)).collect();
                sets.map(|sets| sets.into_iter().flatten().collect())
            }
        }
    }
}

/// The words of a condition; parentheses are words of their own.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        let mut rest = word;
        while let Some(at) = rest.find(['(', ')']) {
            words.extend([&rest[..at], &rest[at..=at]].into_iter().filter(|word| !word.is_empty()));
            rest = &rest[at + 1..];
        }
        words.extend(Some(rest).filter(|rest| !rest.is_empty()));
    }
    words
}

struct ConditionParser<'t> {
    words: Vec<&'t str>,
    at: usize,
    names: &'t [&'t str],
}

impl<'t> ConditionParser<'t> {
    fn peek(&self) -> Option<&'t str> {
        self.words.get(self.at).copied()
    }

    /// Takes the next word, when it is this one.
    fn takes(&mut self, word: &str) -> bool {
        let takes = self.peek().is_some_and(|next| next.eq_ignore_ascii_case(word));
        self.at += usize::from(takes);
        takes
    }

    fn any(&mut self, depth: usize) -> Result<ConditionTree, String> {
        let mut trees = vec![self.all(depth)?];
        while self.takes("or") {
            trees.push(self.all(depth)?);
        }
        Ok(single(trees, ConditionTree::Any))
    }

    fn all(&mut self, depth: usize) -> Result<ConditionTree, String> {
        let mut trees = vec![self.one(depth)?];
        while self.takes("and") {
            trees.push(self.one(depth)?);
        }
        Ok(single(trees, ConditionTree::All))
    }

    fn one(&mut self, depth: usize) -> Result<ConditionTree, String> {
        if depth == DEPTH_MAX {
            return Err("the condition is nested too deeply".to_owned());
        }
        if self.takes("not") {
            return Ok(ConditionTree::Not(Box::new(self.one(depth + 1)?)));
        }
        if self.takes("(") {
            let tree = self.any(depth + 1)?;
            return if self.takes(")") { Ok(tree) } else { Err("a `)` is missing in the condition".to_owned()) };
        }
        let word = self.peek().ok_or("the condition ends where a selection was expected")?;
        self.at += 1;
        if self.takes("of") {
            return self.quantified(word);
        }
        match self.names.iter().position(|name| *name == word) {
            Some(at) => Ok(ConditionTree::Selection(at)),
            None => Err(format!("the rule has no selection `{word}`, which its condition names")),
        }
    }

    /// `1 of selection_*`, `all of them`.
    fn quantified(&mut self, quantity: &str) -> Result<ConditionTree, String> {
        let combine = match quantity.to_ascii_lowercase().as_str() {
            "1" | "any" => ConditionTree::Any,
            "all" => ConditionTree::All,
            _ => return Err(format!("`{quantity} of` is not supported, only `1 of` and `all of`")),
        };
        let pattern = self.peek().ok_or("the condition ends behind `of`")?;
        self.at += 1;
        // Names with an underscore in front are for the condition to name.
        let is_meant = |name: &str| match pattern.eq_ignore_ascii_case("them") {
            true => !name.starts_with('_'),
            false => matches_name(pattern, name),
        };
        let meant: Vec<_> =
            (0..self.names.len()).filter(|at| is_meant(self.names[*at])).map(ConditionTree::Selection).collect();
        match meant.is_empty() {
            // `all of` nothing would hold for every entry, and `not 1 of` nothing as well.
            true => Err(format!("the rule has no selection `{pattern}`, which its condition names")),
            false => Ok(single(meant, combine)),
        }
    }
}

fn single(mut trees: Vec<ConditionTree>, combine: fn(Vec<ConditionTree>) -> ConditionTree) -> ConditionTree {
    match trees.len() {
        1 => trees.remove(0),
        _ => combine(trees),
    }
}

/// Whether a name is one of a pattern, in which `*` is anything.
fn matches_name(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_their_patterns() {
        let cases = [
            ("selection", "selection", true),
            ("selection", "selection_a", false),
            ("selection_*", "selection_", true),
            ("*_a", "selection_a", true),
            ("s*c*n", "selection", true),
            ("s*x*n", "selection", false),
            ("a*a", "a", false),
            ("*", "", true),
        ];
        for (pattern, name, wanted) in cases {
            assert_eq!(matches_name(pattern, name), wanted, "{pattern} {name}");
        }
    }

    #[test]
    fn a_condition_says_which_codes_it_needs() {
        // The first selection has two codes, the second one another, the third none.
        let codes = |at: usize| [Some([1, 2].into()), Some([3].into()), None][at].clone();
        let of = |text: &str| ConditionTree::parse(text, &["a", "b", "c"]).unwrap().codes(&codes);
        let cases: [(&str, Option<&[u16]>); 7] = [
            ("a", Some(&[1, 2])),
            ("a or b", Some(&[1, 2, 3])),
            ("a or c", None),
            ("a and c", Some(&[1, 2])),
            ("a and b", Some(&[3])),
            ("not a", None),
            ("b and not a", Some(&[3])),
        ];
        for (text, wanted) in cases {
            assert_eq!(of(text), wanted.map(|codes| codes.iter().copied().collect()), "{text}");
        }
    }

    #[test]
    fn a_condition_that_is_nested_without_end_is_refused() {
        for text in ["(".repeat(100_000), "not ".repeat(100_000)] {
            assert!(ConditionTree::parse(&text, &["a"]).unwrap_err().contains("nested"));
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_condition_or_none(text in "(a|b|and|or|not|of|1|all|them|[()* \u{e9}]){0,20}") {
            if let Ok(tree) = ConditionTree::parse(&text, &["a", "b"]) {
                tree.holds(&mut |at| at == 0);
            }
        }
    }
}
