//! Counts, decided: what is counted, by what, where it goes.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::filter::{asked, first_filter, flagged_patterns, query, refuse_pattern_among_paths};
use super::{Environment, InputPlan, VerificationPlan, input, palette_of, repeated, target, threads, verification_if};
use crate::cli::StatsArgs;
use crate::failure::Failure;
use crate::output::{Existing, Palette, StatsFormat};
use crate::query::{AskedName, Query, Zone};
use crate::stats::Dimension;

/// How many things entries can be told apart by at once.
const BY_MAX: usize = 4;

/// Counts, decided.
#[derive(Debug)]
pub struct StatsPlan {
    pub input: InputPlan,
    pub query: Query,
    /// What people should know of what they asked for; each one a line without the prefix.
    pub warnings: Vec<String>,
    /// Names that some entry of the input should have.
    pub asked: Vec<AskedName>,
    /// What entries are told apart by; at least one.
    pub by: Vec<Dimension>,
    /// How many rows are listed; None is all.
    pub top: Option<usize>,
    /// The zone of hours.
    pub zone: Zone,
    /// How to verify on the way; then only verified entries are counted.
    pub verification: Option<VerificationPlan>,
    pub format: StatsFormat,
    pub palette: Palette,
    /// The file to write to; None is standard output.
    pub target: Option<(PathBuf, Existing)>,
    /// Whether nothing is written, and the exit code says whether anything was counted.
    pub quiet: bool,
    /// Whether a progress bar may be drawn on standard error.
    pub progress: bool,
    pub threads: NonZeroUsize,
}

/// Decides on counts.
///
/// # Errors
/// When a filter cannot be understood, when there is nothing to read, when a key cannot be had.
pub fn stats(typed: StatsArgs, env: &Environment<'_>) -> Result<StatsPlan, Failure> {
    refuse_pattern_among_paths(&typed.input.paths, first_filter(&typed.filter).unwrap_or("stats"))?;
    let patterns = flagged_patterns(&typed.pattern)?;
    let input = input(&typed.input, "count", env)?;
    let (query, warnings) = query(&typed.filter, &typed.pattern, patterns.as_deref(), env)?;
    let by = dimensions(&typed.by)?;
    let fields: Vec<String> = by.iter().filter_map(Dimension::field).map(str::to_owned).collect();
    let asked = asked(&typed.filter, &fields, &query);
    let verification = verification_if(typed.verified, "--verify", &input, &typed.keys, &typed.policy, env)?;
    Ok(StatsPlan {
        input,
        query,
        warnings,
        asked,
        by,
        top: typed.top,
        zone: Zone::named(&typed.filter.timezone)?,
        verification,
        format: typed.output_format,
        palette: palette_of(&typed.print, env),
        target: target(&typed.print.target),
        quiet: typed.print.quiet,
        progress: env.progress(&typed.work),
        threads: threads(typed.work.threads),
    })
}

fn dimensions(names: &[String]) -> Result<Vec<Dimension>, Failure> {
    if names.iter().any(|name| name.trim().is_empty()) {
        return Err(Failure::usage("--by: a name is missing").with_hint("names are separated by single commas"));
    }
    let by: Vec<Dimension> = names.iter().map(|name| Dimension::named(name.trim())).collect();
    let columns: Vec<String> = by.iter().map(|dimension| dimension.name().to_owned()).collect();
    if let Some(name) = repeated(&columns) {
        return Err(Failure::usage(format!("--by names {name} twice")));
    }
    if by.len() > BY_MAX {
        return Err(Failure::usage(format!("--by takes at most {BY_MAX} names")));
    }
    Ok(by)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Verb};

    fn plan(words: &[&str]) -> Result<StatsPlan, Failure> {
        let typed = ["acralog", "stats"].iter().chain(words);
        let Verb::Stats(typed) = Cli::parse_from(typed).verb else { panic!("not stats") };
        stats(*typed, &Environment::of_a_test(&|_| None, false))
    }

    #[test]
    fn what_is_counted_by_is_a_list_of_names() {
        let names = |words: &[&str]| plan(words).unwrap().by.iter().map(|it| it.name().to_owned()).collect::<Vec<_>>();
        assert_eq!(names(&["-"]), ["code"]);
        assert_eq!(names(&["--by", "client_id,hour", "-"]), ["client", "hour"]);
        assert_eq!(names(&["--by", "level", "--by", "x", "-"]), ["level", "x"]);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let cases: [(&[&str], &str); 6] = [
            (&["--by", "client,clientID", "-"], "--by names client twice"),
            (&["--by", "a,,b", "-"], "a name is missing"),
            (&["--by", "a,b,c,d,e", "-"], "at most 4"),
            (&[], "no PATH was given"),
            (&["poison", "a.log"], "poison: no such file"),
            (&["--verified", "-"], "no audit log key"),
        ];
        for (words, wanted) in cases {
            let failure = plan(words).unwrap_err();
            assert!(failure.message.contains(wanted), "{words:?}: {failure:?}");
        }
    }
}
