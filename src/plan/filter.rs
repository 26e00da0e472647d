//! What `grep` and `stats` ask of an entry, decided: which words are patterns, what the filters mean.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Environment, asked_columns};
use crate::cli::shared::{FilterArgs, PatternArgs};
use crate::failure::Failure;
use crate::query::{
    AskedName, CodeSet, Condition, LevelSet, Names, Pattern, PatternStyle, Query, SigmaRules, TimeRange, Zone,
};
use crate::source;

/// The longest file of patterns, in bytes.
const PATTERN_FILE_BYTES_MAX: u64 = 1 << 20;

/// The first filter that was given, by the name of its flag.
pub(super) fn first_filter(typed: &FilterArgs) -> Option<&'static str> {
    let given = [
        ("--code", !typed.codes.is_empty()),
        ("--group", !typed.groups.is_empty()),
        ("--exclude-code", !typed.excluded_codes.is_empty()),
        ("--level", !typed.levels.is_empty()),
        ("--client", !typed.clients.is_empty()),
        ("--session", !typed.sessions.is_empty()),
        ("--product", !typed.products.is_empty()),
        ("--where", !typed.conditions.is_empty()),
        ("--sigma", !typed.sigma.is_empty()),
        ("--since", typed.since.is_some()),
        ("--until", typed.until.is_some()),
    ];
    given.into_iter().find(|(_, is_given)| *is_given).map(|(flag, _)| flag)
}

/// The patterns of -e and -f; None when neither was given.
pub(super) fn flagged_patterns(typed: &PatternArgs) -> Result<Option<Vec<String>>, Failure> {
    if typed.patterns.is_empty() && typed.pattern_files.is_empty() {
        return Ok(None);
    }
    let mut patterns = typed.patterns.clone();
    for file in &typed.pattern_files {
        let text = read_patterns(file)?;
        patterns.extend(text.lines().map(str::to_owned));
    }
    Ok(Some(patterns))
}

fn read_patterns(file: &Path) -> Result<String, Failure> {
    let cannot = |why: &str| Failure::new(format!("{}: cannot read the patterns: {why}", file.to_string_lossy()));
    let read = || -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        match file.as_os_str() == source::STDIN_NAME {
            true => io::stdin().lock().take(PATTERN_FILE_BYTES_MAX + 1).read_to_end(&mut text)?,
            false => std::fs::File::open(file)?.take(PATTERN_FILE_BYTES_MAX + 1).read_to_end(&mut text)?,
        };
        Ok(text)
    };
    let text = read().map_err(|error| cannot(&error.to_string()))?;
    if text.len() as u64 > PATTERN_FILE_BYTES_MAX {
        return Err(cannot("it is longer than 1 MiB"));
    }
    String::from_utf8(text).map_err(|_| cannot("it is not UTF-8"))
}

/// A first word that is not there, beside a filter, may have been meant as PATTERN: as a PATH it would merely be missing.
/// One that looks like a path is one, whatever is there.
pub(super) fn refuse_pattern_among_paths(words: &[PathBuf], filter: &str) -> Result<(), Failure> {
    let Some(word) = words.first() else { return Ok(()) };
    let is_input = word.as_os_str() == source::STDIN_NAME || word.exists() || source::matches_something(word);
    if is_input || looks_like_path(word) {
        return Ok(());
    }
    let word = word.to_string_lossy();
    Err(Failure::usage(format!("{word}: no such file or directory"))
        .with_hint(format!("with {filter} every word is a PATH; if it is meant as PATTERN: -e {}", quoted(&word))))
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/@".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn looks_like_path(word: &Path) -> bool {
    let text = word.to_string_lossy();
    let plain = !text.contains(['(', ')', '[', ']', '*', '+', '|', '^', '$', '\\', ' ', '?']);
    plain && (text.contains('/') || source::looks_like_log(&text))
}

/// What is asked for, and what people should know of it. `patterns` are those of the command line; None when no pattern was
/// given.
pub(super) fn query(
    filter: &FilterArgs,
    pattern: &PatternArgs,
    patterns: Option<&[String]>,
    env: &Environment<'_>,
) -> Result<(Query, Vec<String>), Failure> {
    let zone = Zone::named(&filter.timezone)?;
    let mut codes = CodeSet::parse(words(&filter.codes))?;
    codes.union(&CodeSet::of_groups(words(&filter.groups))?);
    let some = |given: &[String]| !given.is_empty();
    let style = PatternStyle {
        fixed: pattern.fixed_strings,
        ignore_case: pattern.ignore_case,
        raw: pattern.raw,
        words: pattern.word_regexp,
        whole: pattern.line_regexp,
    };
    let (period, notes) = TimeRange::parse(filter.since.as_deref(), filter.until.as_deref(), env.now, &zone)?;
    let query = Query {
        codes: (some(&filter.codes) || some(&filter.groups)).then_some(codes),
        excluded_codes: CodeSet::parse(words(&filter.excluded_codes))?,
        levels: some(&filter.levels).then(|| LevelSet::parse(words(&filter.levels))).transpose()?,
        period,
        clients: Names::parse(words(&filter.clients))?,
        sessions: Names::parse(words(&filter.sessions))?,
        products: Names::parse(words(&filter.products))?,
        conditions: filter.conditions.iter().map(|text| Condition::parse(text)).collect::<Result<_, _>>()?,
        sigma: sigma(&filter.sigma)?,
        pattern: patterns.map(|patterns| Pattern::any_of(patterns, style)).transpose()?,
    };
    Ok((query, notes))
}

/// The rules of Sigma that select entries; None when none are asked for.
fn sigma(paths: &[PathBuf]) -> Result<Option<Arc<SigmaRules>>, Failure> {
    if paths.is_empty() {
        return Ok(None);
    }
    let rules = SigmaRules::load(paths)?;
    if !rules.has_detections() {
        return Err(Failure::usage("no rule of Sigma tells by an entry alone: there are only correlations")
            .with_hint("acralog report --sigma counts over time"));
    }
    Ok(Some(Arc::new(rules)))
}

/// The names that are asked for, those of columns included.
pub(super) fn asked(filter: &FilterArgs, fields: &[String], query: &Query) -> Vec<AskedName> {
    let field = |condition: &Condition| Some(AskedName::field(&String::from_utf8_lossy(condition.field()?)));
    let mut asked: Vec<AskedName> = filter.codes.iter().flat_map(|value| AskedName::codes(value)).collect();
    asked.extend(AskedName::each(&query.clients, AskedName::Client));
    asked.extend(AskedName::each(&query.sessions, AskedName::Session));
    asked.extend(AskedName::each(&query.products, AskedName::Product));
    asked.extend(query.conditions.iter().filter_map(field));
    asked.extend(asked_columns(fields));
    asked
}

fn words(given: &[String]) -> impl Iterator<Item = &str> {
    given.iter().map(String::as_str)
}
