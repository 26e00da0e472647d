//! Which events are wanted: predicates over one event. Reading lines and printing what was found is left to others.

mod codes;
mod condition;
mod literal;
mod moment;
mod names;
mod sigma;
mod unknown;

pub use codes::{CodeSet, LevelSet};
pub use condition::{Condition, Pattern, PatternStyle};
pub use literal::Prefilter;
pub use moment::{Clock, TimeRange, Zone};
pub use names::Names;
pub(crate) use names::{either, nearest};
pub use sigma::{Correlator, MatchState, SigmaHits, SigmaLevel, SigmaMatch, SigmaRules};
pub use unknown::{AskedName, KnownNames, Unknown};

use std::sync::Arc;

use crate::event::{Event, NoEvent, Text};

/// What is asked for. Every part that is given must hold; without any, every event is wanted.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// One of these codes. An entry without a code has none of them.
    pub codes: Option<CodeSet>,
    /// None of these codes.
    pub excluded_codes: CodeSet,
    /// One of these levels.
    pub levels: Option<LevelSet>,
    /// Logged in this period. An entry that does not state its time is in none.
    pub period: TimeRange,
    /// One of these clients, under any spelling of the field that the entry has.
    pub clients: Names,
    /// One of these sessions.
    pub sessions: Names,
    /// One of these services. plaintext names them in its start-up lines only.
    pub products: Names,
    /// All of these conditions.
    pub conditions: Vec<Condition>,
    /// One of these rules of Sigma that tell by an entry alone.
    pub sigma: Option<Arc<SigmaRules>>,
    /// This pattern.
    pub pattern: Option<Pattern>,
}

impl Query {
    /// Whether a line is wanted; `event` is what was read from it. A line that is no event has nothing but its bytes:
    /// it is wanted when a raw pattern is all that is asked for and it matches.
    pub fn selects(&self, line: &[u8], event: Result<&Event<'_>, NoEvent>) -> bool {
        match event {
            Ok(event) => self.holds(event) && self.pattern_holds(line, event.message.as_bytes()),
            Err(_) => self.is_raw_pattern() && self.pattern_holds(line, b""),
        }
    }

    /// A searcher for lines that may be wanted, when some part of the query cannot hold without certain bytes in the
    /// line. It finds the start-up lines of services as well where they say what the others do not.
    pub fn literals(&self, with_start_up: bool) -> Option<Prefilter> {
        literal::prefilter(self, with_start_up || self.needs_service())
    }

    /// Whether it asks for what the start-up line of a service says for all its entries.
    pub fn needs_service(&self) -> bool {
        !self.products.is_empty()
            || self.conditions.iter().any(Condition::needs_service)
            || self.sigma.as_ref().is_some_and(|rules| rules.needs_service())
    }

    /// Whether everything but the pattern holds; what is cheap comes first.
    fn holds(&self, event: &Event<'_>) -> bool {
        let any = |names: &Names, key: &[u8]| {
            names.is_empty() || event.values(key).any(|value| names.contain(value.as_bytes()))
        };
        let product = |text: &Text<'_>| self.products.contain(text.as_bytes());
        self.levels.as_ref().is_none_or(|levels| levels.contains(event.level))
            && (self.period.is_open() || event.moment.as_ref().is_some_and(|moment| self.period.contains(moment.time)))
            && self.codes_hold(event)
            && any(&self.clients, b"client_id")
            && any(&self.sessions, b"session_id")
            && (self.products.is_empty() || event.product.as_ref().is_some_and(product))
            && self.conditions.iter().all(|condition| condition.holds(event))
            && self.sigma.as_ref().is_none_or(|rules| rules.matches(event))
    }

    fn codes_hold(&self, event: &Event<'_>) -> bool {
        if self.codes.is_none() && self.excluded_codes.is_empty() {
            return true;
        }
        match event.code() {
            None => self.codes.is_none(),
            Some(code) => {
                self.codes.as_ref().is_none_or(|codes| codes.contains(code)) && !self.excluded_codes.contains(code)
            }
        }
    }

    fn pattern_holds(&self, line: &[u8], message: &[u8]) -> bool {
        self.pattern.as_ref().is_none_or(|pattern| pattern.matches(if pattern.is_raw() { line } else { message }))
    }

    /// Whether a pattern on the line itself is all that is asked for: then a line that is no entry may be wanted too.
    pub fn is_raw_pattern(&self) -> bool {
        self.pattern.as_ref().is_some_and(Pattern::is_raw) && self.is_pattern()
    }

    /// Whether nothing but a pattern can be asked for.
    fn is_pattern(&self) -> bool {
        self.codes.is_none()
            && self.excluded_codes.is_empty()
            && self.levels.is_none()
            && self.period.is_open()
            && self.clients.is_empty()
            && self.sessions.is_empty()
            && self.products.is_empty()
            && self.conditions.is_empty()
            && self.sigma.is_none()
    }
}

#[cfg(test)]
mod tests;
