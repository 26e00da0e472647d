//! `codes` and `explain`, decided: which codes of the catalogue are meant.

use super::{Environment, palette_of};
use crate::cli::{CodesArgs, ExplainArgs};
use crate::event::catalogue::{self, CatalogueEntry};
use crate::failure::Failure;
use crate::incident::Kind;
use crate::output::{ACRA_VERSION, CodesFormat, ExplainFormat, ExplainTopic, Palette};
use crate::query::{CodeSet, either, nearest};
use crate::verdict::code::Code;

/// A list of codes, decided.
#[derive(Debug)]
pub struct CodesPlan {
    /// What to list, in ascending order; never empty.
    pub entries: Vec<&'static CatalogueEntry>,
    pub format: CodesFormat,
    pub palette: Palette,
}

/// Decides on a list of codes.
///
/// # Errors
/// When a code or a group is misspelled, or nothing is left.
pub fn codes(typed: &CodesArgs, env: &Environment<'_>) -> Result<CodesPlan, Failure> {
    let (named, words) = terms(&typed.query)?;
    let groups = CodeSet::of_groups(typed.groups.iter().map(String::as_str))?;
    let asked = |entry: &CatalogueEntry| {
        named.contains(entry.code)
            || (named.is_empty() && words.is_empty())
            || (!words.is_empty() && words.iter().all(|word| mentions(entry, word)))
    };
    let wanted = |entry: &&CatalogueEntry| {
        asked(entry) && (groups.is_empty() || groups.contains(entry.code)) && (entry.important || !typed.important)
    };
    let entries: Vec<_> = catalogue::all().iter().filter(wanted).collect();
    if entries.is_empty() {
        return Err(nothing_left(&named, &words));
    }
    Ok(CodesPlan { entries, format: typed.output_format, palette: palette_of(&typed.print, env) })
}

/// An explanation, decided.
#[derive(Debug)]
pub struct ExplainPlan {
    /// What to explain, in the order it was asked for; never empty.
    pub topics: Vec<ExplainTopic>,
    pub format: ExplainFormat,
    pub palette: Palette,
}

/// Decides what to explain, in the order it was asked for.
///
/// # Errors
/// When a name or number is no code of Acra's, no finding and no kind of incident.
pub fn explain(typed: &ExplainArgs, env: &Environment<'_>) -> Result<ExplainPlan, Failure> {
    let mut topics: Vec<ExplainTopic> = Vec::new();
    for part in typed.names.iter().flat_map(|value| value.split(',')).map(str::trim) {
        for topic in topics_of(part)? {
            if !topics.contains(&topic) {
                topics.push(topic);
            }
        }
    }
    Ok(ExplainPlan { topics, format: typed.output_format, palette: palette_of(&typed.print, env) })
}

fn topics_of(name: &str) -> Result<Vec<ExplainTopic>, Failure> {
    if let Some(code) = Code::ALL.iter().find(|code| code.name() == name) {
        return Ok(vec![ExplainTopic::Finding(*code)]);
    }
    if let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.name() == name) {
        return Ok(vec![ExplainTopic::Incident(kind)]);
    }
    let codes = CodeSet::parse([name]).map_err(|error| no_topic(name, error))?;
    let found: Vec<_> = codes.iter().filter_map(catalogue::find).map(ExplainTopic::Event).collect();
    if found.is_empty() {
        return Err(Failure::usage(format!("Acra {ACRA_VERSION} has no event code {name}"))
            .with_hint("`acralog codes` lists those it has"));
    }
    Ok(found)
}

/// A name may be that of a finding or an incident with a letter wrong.
fn no_topic(name: &str, error: Failure) -> Failure {
    let findings = Code::ALL.iter().map(|code| code.name());
    let near = nearest(name, findings.chain(Kind::ALL.into_iter().map(Kind::name)));
    match error.hint.as_deref().filter(|hint| hint.starts_with("did you mean")) {
        _ if near.is_empty() => error,
        None => Failure::usage(format!("no event code, finding or incident is called `{name}`"))
            .with_hint(format!("did you mean {}?", either(&near))),
        Some(hint) => Failure::usage(error.message.clone()).with_hint(format!("{hint} Or {}?", either(&near))),
    }
}

/// The codes that are named, and the words that name none, in lower case.
fn terms(query: &[String]) -> Result<(CodeSet, Vec<String>), Failure> {
    let (mut named, mut words) = (CodeSet::default(), Vec::new());
    let parts = query.iter().flat_map(|typed| typed.split([',', ' '])).filter(|part| !part.is_empty());
    for part in parts {
        match CodeSet::parse_part(part)?.or_else(|| CodeSet::of_group(part)) {
            Some(codes) => named.union(&codes),
            None => words.push(part.to_lowercase()),
        }
    }
    Ok((named, words))
}

/// Whether a word in lower case is part of what is said of a code.
fn mentions(entry: &CatalogueEntry, word: &str) -> bool {
    [entry.title, entry.meaning, entry.identifier, entry.slug].iter().any(|text| text.to_lowercase().contains(word))
}

fn nothing_left(named: &CodeSet, words: &[String]) -> Failure {
    match words {
        // It may be a name with a letter wrong.
        [word] if named.is_empty() && !catalogue::all().iter().any(|entry| mentions(entry, word)) => {
            CodeSet::parse([word.as_str()]).map_or_else(Failure::from, |_| Failure::usage("no event code matches"))
        }
        _ => Failure::usage(format!("no event code of Acra {ACRA_VERSION} matches all that"))
            .with_hint("`acralog codes` lists all of them"),
    }
}
