//! Searches logs as planned, and says what was not shown and not searched.

mod merge;
mod search;

use self::search::{Found, Grep};
use super::pipeline::{Completed, PipelineOptions, answered};
use super::{inputs, unknown};
use crate::entry::Format;
use crate::event::Event;
use crate::failure::Failure;
use crate::line::LineSearch;
use crate::outcome::{Exit, Outcome};
use crate::output::{Diagnostics, Target};
use crate::plan::GrepPlan;
use crate::query::Prefilter;

/// Searches what the plan names.
///
/// # Errors
/// When a list cannot be read, or the matches cannot be written.
pub fn run(plan: &GrepPlan) -> Result<Exit, Failure> {
    plan.warnings.iter().for_each(|warning| Diagnostics::stderr().warning(warning));
    let discovery = inputs::discover(&plan.input)?;
    inputs::tell_captured_queries(&discovery);
    let mut out = Target::stdout();
    let mut grep = Grep::new(plan, &discovery, &mut out);
    // Of what cannot be read again nothing is passed over that may have a name which was asked for.
    let may_skip = plan.may_skip_lines() && (plan.asked.is_empty() || unknown::is_rereadable(&discovery));
    let prefilter = may_skip.then(|| plan.query.literals(plan.wants_service())).flatten();
    let prefilter = prefilter.map(|needles| Needle { needles, format: plan.input.format });
    let pipeline = PipelineOptions {
        input: &plan.input,
        verification: plan.verification.as_ref(),
        search: prefilter.as_ref().map(|needle| needle as &dyn LineSearch),
        product: None,
        progress: plan.progress,
        threads: plan.threads,
    };
    let completed = match plan.merge {
        true => merge::run(&pipeline, &discovery, &mut grep)?,
        false => pipeline.run_over(&discovery, &mut grep)?,
    };
    let finished = grep.finish();
    let passed_over = grep.cut_short || !completed.complete;
    if prefilter.is_some() && !grep.unknown.is_settled() && !passed_over {
        unknown::read_again(&pipeline, &discovery, &grep.unknown)?;
    }
    let unknown = if passed_over { Vec::new() } else { grep.unknown.messages() };
    let found = grep.summary();
    let written = finished.and_then(|()| out.commit());
    unknown.iter().for_each(|name| Diagnostics::stderr().warning(name));
    Ok(answered(tell(plan, &completed, &found), written))
}

/// Says what was not shown, and what was not searched; the exit code.
fn tell(plan: &GrepPlan, completed: &Completed, found: &Found) -> Exit {
    let mut messages = Diagnostics::stderr();
    match found.withheld {
        0 => {}
        1 => messages.warning("1 matching line does not verify and is not shown"),
        lines => messages.warning(&format!("{lines} matching lines do not verify and are not shown")),
    }
    match found.context_withheld {
        0 => {}
        1 => messages.warning("1 context line that does not verify was withheld"),
        lines => messages.warning(&format!("{lines} context lines that do not verify were withheld")),
    }
    if let Some(unsearchable) = &found.unsearchable {
        messages.failure(&unsearchable.failure());
    }
    // Where the lines themselves are searched, it does not matter that they are no entries, once something was found.
    let foreign_searched = completed.foreign.is_nothing() || (plan.query.is_raw_pattern() && found.matches > 0);
    match foreign_searched {
        true => completed.foreign.warn(),
        false => completed.foreign.fail(),
    }
    if completed.complete && !completed.foreign.has_lines() && found.unsearchable.is_none() && plan.max_count != Some(0)
    {
        messages.warning("there was no line to search: the input is empty");
    }
    let exit = match (completed.complete && found.unsearchable.is_none() && foreign_searched, found.matches) {
        (false, _) => Outcome::Undecided.into(),
        (true, 0) => Exit::Nothing,
        (true, _) => Exit::Done,
    };
    exit.under(completed.verdict)
}

/// The pre-filter as the reader of lines takes it.
struct Needle {
    needles: Prefilter,
    /// The format that entries must have.
    format: Option<Format>,
}

impl LineSearch for Needle {
    fn find(&self, text: &[u8], from: usize) -> Option<usize> {
        self.needles.find(text, from)
    }

    fn knows(&self, text: &[u8]) -> bool {
        Event::read_as(text, self.format).is_ok()
    }
}
