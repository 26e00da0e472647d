//! A search, decided: which word is the pattern, what is asked for, how matches are printed.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use super::{InputPlan, Surroundings, VerificationPlan, input, palette, repeated, threads, verification_if};
use crate::cli::GrepArgs;
use crate::failure::Failure;
use crate::output::{LineStyle, Palette, Reader, RowStyle};
use crate::query::{CodeSet, Condition, LevelSet, Names, Pattern, PatternStyle, Period, Query, Zone};
use crate::source;

/// A search, decided.
#[derive(Debug)]
pub struct GrepPlan {
    /// Where to look for logs.
    pub input: InputPlan,
    /// What is asked for.
    pub query: Query,
    /// Whether what does not match is wanted.
    pub inverted: bool,
    /// How to verify on the way; then only verified entries are printed.
    pub verification: Option<VerificationPlan>,
    /// What is printed.
    pub printing: Printing,
    /// How lines are printed.
    pub style: LineStyle,
    /// Whether file names are printed; None is when there are several.
    pub with_file: Option<bool>,
    /// Matches of a file after which its rest is left out; of all files when they are merged.
    pub max_count: Option<u64>,
    /// Whether the matches of all files are put in the order of time.
    pub merge: bool,
    /// Whether a progress bar may be drawn on standard error.
    pub progress: bool,
    /// How many threads to work with.
    pub threads: NonZeroUsize,
}

/// What is printed.
#[derive(Clone, Debug)]
pub enum Printing {
    /// The lines as they stand in the log.
    Lines,
    /// How many match in each file.
    Counts,
    /// The names of files in which something matches.
    Names,
    /// Nothing.
    Nothing,
    /// Events.
    Rows(RowStyle),
}

impl GrepPlan {
    /// Whether lines that cannot match need not even be looked at.
    pub fn may_skip_lines(&self) -> bool {
        let context = self.style.before > 0 || self.style.after > 0;
        !(self.inverted || context || self.wants_service() || self.verification.is_some())
    }

    /// Whether it matters what the start-up line of a run says for its entries.
    pub fn wants_service(&self) -> bool {
        !self.query.products.is_empty()
    }
}

/// Decides on a search.
///
/// # Errors
/// When a filter cannot be understood, when there is nothing to read, when a key cannot be had.
pub fn grep(mut typed: GrepArgs, around: &Surroundings<'_>) -> Result<GrepPlan, Failure> {
    if typed.pattern.is_none() {
        typed.pattern = take_pattern(&mut typed.input.paths)?;
    }
    let input = input(&typed.input, "search").map_err(|failure| match &typed.pattern {
        Some(pattern) if typed.input.paths.is_empty() && failure.hint.is_some() => {
            let hint = failure.hint.clone().unwrap_or_default();
            failure.with_hint(format!("`{pattern}` was taken for the PATTERN; {hint}"))
        }
        _ => failure,
    })?;
    let query = query(&typed, around)?;
    let verification = verification_if(typed.verified, "--verified", &input, &typed.keys, &typed.policy, around)?;
    let palette = palette(typed.color, around.stdout_is_terminal, around);
    // Colours are for eyes, wherever they go.
    let person = around.stdout_is_terminal || palette == Palette::Colored;
    let style = LineStyle {
        reader: if person { Reader::Person } else { Reader::Program },
        with_file: false,
        with_number: typed.line_number,
        before: typed.before_context.or(typed.context).unwrap_or(0),
        after: typed.after_context.or(typed.context).unwrap_or(0),
        palette,
        highlight: query.pattern.as_ref().filter(|_| !typed.invert_match).and_then(Pattern::regex),
    };
    let printing = match typed.output_format {
        Some(format) => {
            if let Some(name) = repeated(&typed.fields) {
                return Err(Failure::new(format!("--fields names {name} twice")));
            }
            let zone = Zone::named(&typed.timezone)?;
            Printing::Rows(RowStyle::new(format, typed.fields, zone, palette, typed.verified))
        }
        None if typed.count => Printing::Counts,
        None if typed.files_with_matches => Printing::Names,
        None if typed.quiet => Printing::Nothing,
        None => Printing::Lines,
    };
    Ok(GrepPlan {
        input,
        query,
        inverted: typed.invert_match,
        verification,
        printing,
        style,
        with_file: match (typed.with_filename, typed.no_filename) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        },
        max_count: typed.max_count,
        merge: typed.merge,
        // A bar would tear the lines.
        progress: around.progress(&typed.work) && !around.stdout_is_terminal,
        threads: threads(typed.work.threads),
    })
}

/// Takes the first word for the pattern, unless it is something to read. A word that looks like a file and is none is
/// refused: as a pattern it would find nothing, and nobody would see the misspelling.
fn take_pattern(words: &mut Vec<PathBuf>) -> Result<Option<String>, Failure> {
    let Some(word) = words.first() else { return Ok(None) };
    let is_input = word.as_os_str() == source::STDIN_NAME || word.exists() || source::matches_something(word);
    if is_input {
        return Ok(None);
    }
    if looks_like_path(word) {
        return Err(Failure::new(format!("{}: no such file or directory", word.to_string_lossy()))
            .with_hint("if it is meant as PATTERN: -e PATTERN"));
    }
    let word = words.remove(0).into_os_string();
    word.into_string().map(Some).map_err(|_| Failure::new("the PATTERN is not UTF-8"))
}

fn looks_like_path(word: &Path) -> bool {
    let text = word.to_string_lossy();
    let plain = !text.contains(['(', ')', '[', ']', '*', '+', '|', '^', '$', '\\', ' ', '?']);
    plain && (text.contains('/') || source::looks_like_log(&text))
}

fn query(typed: &GrepArgs, around: &Surroundings<'_>) -> Result<Query, Failure> {
    let zone = Zone::named(&typed.timezone)?;
    let mut codes = CodeSet::parse(words(&typed.codes))?;
    codes.union(&CodeSet::of_groups(words(&typed.groups))?);
    let some = |given: &[String]| !given.is_empty();
    let style = PatternStyle { fixed: typed.fixed_strings, ignore_case: typed.ignore_case, raw: typed.raw };
    Ok(Query {
        codes: (some(&typed.codes) || some(&typed.groups)).then_some(codes),
        excluded_codes: CodeSet::parse(words(&typed.excluded_codes))?,
        levels: some(&typed.levels).then(|| LevelSet::parse(words(&typed.levels))).transpose()?,
        period: Period::parse(typed.since.as_deref(), typed.until.as_deref(), around.now, &zone)?,
        clients: Names::parse(words(&typed.clients))?,
        sessions: Names::parse(words(&typed.sessions))?,
        products: Names::parse(words(&typed.products))?,
        conditions: typed.conditions.iter().map(|text| Condition::parse(text)).collect::<Result<_, _>>()?,
        pattern: typed.pattern.as_deref().map(|pattern| Pattern::new(pattern, style)).transpose()?,
    })
}

fn words(given: &[String]) -> impl Iterator<Item = &str> {
    given.iter().map(String::as_str)
}

#[cfg(test)]
mod tests;
