//! `codes` and `explain`, decided: which codes of the catalogue are meant.

use super::{Surroundings, palette};
use crate::cli::{CodesArgs, ExplainArgs};
use crate::event::catalogue::{self, Entry};
use crate::failure::Failure;
use crate::output::{ACRA_VERSION, CodesFormat, Palette};
use crate::query::CodeSet;

/// A list of codes, decided.
#[derive(Debug)]
pub struct CodesPlan {
    /// What to list, in ascending order; never empty.
    pub entries: Vec<&'static Entry>,
    /// In which form.
    pub format: CodesFormat,
    /// In which colours.
    pub palette: Palette,
}

/// Decides on a list of codes.
///
/// # Errors
/// When a code or a group is misspelled, or nothing is left.
pub fn codes(typed: &CodesArgs, around: &Surroundings<'_>) -> Result<CodesPlan, Failure> {
    let (named, words) = terms(&typed.query)?;
    let groups = CodeSet::of_groups(typed.groups.iter().map(String::as_str))?;
    let asked = |entry: &Entry| {
        named.contains(entry.code)
            || (named.is_empty() && words.is_empty())
            || (!words.is_empty() && words.iter().all(|word| mentions(entry, word)))
    };
    let wanted = |entry: &&Entry| {
        asked(entry) && (groups.is_empty() || groups.contains(entry.code)) && (entry.important || !typed.important)
    };
    let entries: Vec<_> = catalogue::all().iter().filter(wanted).collect();
    if entries.is_empty() {
        return Err(nothing_left(&named, &words));
    }
    Ok(CodesPlan {
        entries,
        format: typed.output_format,
        palette: palette(typed.color, around.stdout_is_terminal, around),
    })
}

/// Decides what to explain, in the order it was asked for.
///
/// # Errors
/// When a name or number is no code of Acra's.
pub fn explain(typed: &ExplainArgs) -> Result<Vec<&'static Entry>, Failure> {
    let mut entries: Vec<&Entry> = Vec::new();
    for part in typed.codes.iter().flat_map(|value| value.split(',')) {
        let codes = CodeSet::parse([part])?;
        let found: Vec<_> = codes.iter().filter_map(catalogue::find).collect();
        if found.is_empty() {
            return Err(Failure::usage(format!("Acra {ACRA_VERSION} has no event code {}", part.trim()))
                .with_hint("`acralog codes` lists those it has"));
        }
        entries.extend(found);
    }
    let mut seen = CodeSet::default();
    entries.retain(|entry| {
        let new = !seen.contains(entry.code);
        seen.union(&CodeSet::from_iter([entry.code]));
        new
    });
    Ok(entries)
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
fn mentions(entry: &Entry, word: &str) -> bool {
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
