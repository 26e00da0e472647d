//! A search, decided: which word is the pattern, what is asked for, how matches are printed.

use std::num::NonZeroUsize;
use std::path::Path;

use super::filter::{asked, first_filter, flagged_patterns, query, refuse_pattern_among_paths};
use super::{
    Environment, InputPlan, VerificationPlan, input, palette, refuse_following, repeated, threads, verification_if,
};
use crate::cli::GrepArgs;
use crate::failure::Failure;
use crate::output::{LineStyle, OutputConsumer, Palette, RowFormat, RowStyle};
use crate::query::{AskedName, Pattern, Query, Zone};
use crate::source;

/// A search, decided.
#[derive(Debug)]
pub struct GrepPlan {
    pub input: InputPlan,
    pub query: Query,
    /// What people should know of what they asked for; each one a line without the prefix.
    pub warnings: Vec<String>,
    /// The names in it: one that nothing in the input has was probably misspelled.
    pub asked: Vec<AskedName>,
    /// Whether what does not match is wanted.
    pub inverted: bool,
    /// How to verify on the way; then only verified entries are printed.
    pub verification: Option<VerificationPlan>,
    pub printing: Printing,
    /// How lines are printed.
    pub style: LineStyle,
    /// Whether file names are printed; None is when there are several.
    pub with_file: Option<bool>,
    /// Matches of a file after which its rest is left out; of all files when they are merged or followed.
    pub max_count: Option<u64>,
    /// Whether the matches of all files are put in the order of time.
    pub merge: bool,
    /// Whether what is written from now on is searched as well.
    pub follow: bool,
    /// Whether a progress bar may be drawn on standard error.
    pub progress: bool,
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
    /// The names of files in which nothing matches.
    NamesWithout,
    Nothing,
    Rows(RowStyle),
}

impl GrepPlan {
    /// Whether lines that cannot match need not even be looked at.
    pub fn may_skip_lines(&self) -> bool {
        let context = self.style.before > 0 || self.style.after > 0;
        !(self.inverted || context || self.verification.is_some())
    }

    /// Whether it matters what the start-up line of a run says for its entries.
    pub fn wants_service(&self) -> bool {
        let is_shown = |rows: &RowStyle| rows.has_column("product") || rows.has_column("version");
        self.query.needs_service() || matches!(&self.printing, Printing::Rows(rows) if is_shown(rows))
    }
}

/// Decides on a search.
///
/// # Errors
/// When a filter cannot be understood, when there is nothing to read, when a key cannot be had.
pub fn grep(mut typed: GrepArgs, env: &Environment<'_>) -> Result<GrepPlan, Failure> {
    let patterns = patterns(&mut typed)?;
    let mut warnings = Vec::new();
    refuse_following(typed.follow.follow)?;
    let input = input(&typed.input, "search", env).map_err(|failure| match patterns.as_deref() {
        Some([pattern]) if typed.input.paths.is_empty() && failure.hint.is_some() => {
            let hint = failure.hint.clone().unwrap_or_default();
            failure.with_hint(format!("`{pattern}` was taken for the PATTERN; {hint}"))
        }
        _ => failure,
    })?;
    let stdin = Path::new(source::STDIN_NAME);
    if typed.pattern.pattern_files.iter().chain(&input.paths).filter(|path| *path == stdin).count() > 1 {
        return Err(
            Failure::usage("standard input was given more than once").with_hint("-f - takes the patterns from it")
        );
    }
    if let Some([word]) = patterns.as_deref()
        && typed.input.paths.is_empty()
        && typed.pattern.patterns.is_empty()
        && Path::new(word).exists()
    {
        warnings.push(format!("`{word}` is taken for the PATTERN, and standard input is searched"));
    }
    let (query, notes) = query(&typed.filter, &typed.pattern, patterns.as_deref(), env)?;
    warnings.extend(notes);
    let asked = asked(&typed.filter, &typed.fields, &query);
    let verification = verification_if(typed.verified, "--verify", &input, &typed.keys, &typed.policy, env)?;
    let palette = palette(typed.color, env.stdout_is_terminal, env);
    let style = line_style(&typed, &query, palette, env)?;
    let printing = printing(&mut typed, palette)?;
    Ok(GrepPlan {
        input,
        query,
        warnings,
        asked,
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
        follow: typed.follow.follow,
        // A bar would tear the lines.
        progress: env.progress(&typed.work) && !env.stdout_is_terminal,
        threads: threads(typed.work.threads),
    })
}

/// The patterns. The first word is one unless a flag says what is looked for: -e, -f or a filter. What exists on the disk
/// never matters. None is that no pattern is asked for.
fn patterns(typed: &mut GrepArgs) -> Result<Option<Vec<String>>, Failure> {
    if let Some(patterns) = flagged_patterns(&typed.pattern)? {
        return Ok(Some(patterns));
    }
    if let Some(filter) = first_filter(&typed.filter) {
        return refuse_pattern_among_paths(&typed.input.paths, filter).map(|()| None);
    }
    if typed.input.paths.is_empty() {
        return Err(Failure::usage("nothing to search for: no PATTERN was given, and no filter")
            .with_hint("acralog grep PATTERN PATH..., or acralog grep --code 560 PATH...; '' matches every entry"));
    }
    let word = typed.input.paths.remove(0).into_os_string();
    word.into_string().map(|word| Some(vec![word])).map_err(|_| Failure::usage("the PATTERN is not UTF-8"))
}

fn line_style(typed: &GrepArgs, query: &Query, palette: Palette, env: &Environment<'_>) -> Result<LineStyle, Failure> {
    let only = match (typed.only_matching, &query.pattern) {
        (false, _) => None,
        (true, None) => {
            return Err(Failure::usage("-o prints what PATTERN matched, and there is none").with_hint("add -e PATTERN"));
        }
        (true, Some(pattern)) => {
            Some(pattern.regex().ok_or_else(|| Failure::usage("the pattern is too large for -o"))?)
        }
    };
    // The lines around a match have nothing that matched.
    let context = |own: Option<usize>| if only.is_some() { 0 } else { own.or(typed.context).unwrap_or(0) };
    Ok(LineStyle {
        // Colours are for eyes, wherever they go.
        reader: match env.stdout_is_terminal || palette == Palette::Colored {
            true => OutputConsumer::Person,
            false => OutputConsumer::Program,
        },
        with_file: false,
        with_number: typed.line_number,
        before: context(typed.before_context),
        after: context(typed.after_context),
        palette,
        highlight: query.pattern.as_ref().filter(|_| !typed.invert_match).and_then(Pattern::regex),
        only_matching: only.is_some(),
        end: if typed.null_data { b'\0' } else { b'\n' },
    })
}

fn printing(typed: &mut GrepArgs, palette: Palette) -> Result<Printing, Failure> {
    Ok(match typed.output_format {
        Some(format @ (RowFormat::Json | RowFormat::Table)) if typed.follow.follow => {
            let why = format!("--output-format {} has an end, and --follow has none", format.name());
            return Err(Failure::usage(why).with_hint("use --output-format jsonl or csv"));
        }
        Some(format) => {
            if let Some(name) = repeated(&typed.fields) {
                return Err(Failure::usage(format!("--fields names {name} twice")));
            }
            let zone = Zone::named(&typed.filter.timezone)?;
            let fields = std::mem::take(&mut typed.fields);
            Printing::Rows(RowStyle::new(format, fields, zone, palette, typed.verified))
        }
        None if typed.quiet => Printing::Nothing,
        None if typed.count => Printing::Counts,
        None if typed.files_with_matches => Printing::Names,
        None if typed.files_without_match => Printing::NamesWithout,
        None => Printing::Lines,
    })
}

#[cfg(test)]
mod tests;
