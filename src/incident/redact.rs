//! Replaces what must not leave the house by pseudonyms, as the last step over a report. The same text has the same
//! pseudonym wherever it stands, and the same log gives the same pseudonyms.

mod pseudonyms;
mod scrub;
mod sql;
mod texts;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use strum::IntoStaticStr;

use super::report::{Example, Incident, IncidentReport, SessionRecord};
use pseudonyms::Pseudonyms;
pub use scrub::CannotRedact;
use scrub::Scrubber;
use texts::Texts as _;

/// The event codes of the SQL firewall: whatever their entries quote is a query, or part of one.
const CENSOR_CODES: std::ops::RangeInclusive<u16> = 560..=566;

/// What is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[schemars(rename_all = "snake_case")]
pub enum Redaction {
    /// The names of clients, wherever they stand.
    ClientId,
    /// The field `error` of examples.
    Error,
    /// What may be SQL, or data in it, in examples.
    Sql,
}

impl Redaction {
    /// Every one, in the order of the report.
    pub const ALL: [Self; 3] = [Self::ClientId, Self::Error, Self::Sql];

    /// The word on the command line, and in the report.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// Replaces what was asked for. Clients are numbered in the order given; those that only the report names come after them.
/// None for the clients is that the log has more than can be known.
///
/// # Errors
/// When there are too many names to look for.
pub fn redact(
    report: &mut IncidentReport,
    what: &BTreeSet<Redaction>,
    client_ids: Option<&[String]>,
) -> Result<(), CannotRedact> {
    report.redacted = what.iter().map(|redaction| redaction.name()).collect();
    let mut clients = Pseudonyms::new("client");
    if what.contains(&Redaction::ClientId) {
        client_ids.ok_or(CannotRedact)?.iter().for_each(|id| clients.learn(id));
        each_client_id(report, &mut |id| clients.learn(id));
    }
    let mut errors = Pseudonyms::new("error");
    if what.contains(&Redaction::Error) {
        let examples = report.incidents.iter().flat_map(|incident| &incident.examples);
        examples.filter_map(|example| example.error.as_deref()).for_each(|error| errors.learn(error));
    }
    let scrubber = Scrubber::new([&clients, &errors])?;
    report.change(&|text| scrubber.scrub(text));
    each_client_id(report, &mut |id| {
        if let Some(pseudonym) = clients.get(id) {
            *id = pseudonym;
        }
    });
    let mut queries = what.contains(&Redaction::Sql).then(|| Pseudonyms::new("sql"));
    for incident in &mut report.incidents {
        // Where the codes are not to be trusted, and not stated, any message may quote a query.
        let of_censor = incident.codes.is_empty() || incident.codes.iter().any(|code| CENSOR_CODES.contains(code));
        for Example { file: _, line: _, time: _, level: _, message, error } in &mut incident.examples {
            let mut rewrite = |text: &mut String, quotes_sql| {
                let begins = queries.as_ref().map_or(text.len(), |_| sql::begins_at(text, quotes_sql));
                let kept = scrubber.before_word(text, begins);
                let (kept, hidden) = text.split_at(kept);
                let mut new = scrubber.scrub(kept).unwrap_or_else(|| kept.to_owned());
                if let Some(queries) = queries.as_mut().filter(|_| !hidden.is_empty()) {
                    new += &queries.of(hidden);
                }
                *text = new;
            };
            rewrite(message, of_censor);
            if let Some(error) = error {
                match errors.get(error) {
                    Some(pseudonym) => *error = pseudonym,
                    None => rewrite(error, false),
                }
            }
        }
    }
    Ok(())
}

/// Every place where a client is named and nothing else.
fn each_client_id(report: &mut IncidentReport, act: &mut dyn FnMut(&mut String)) {
    report.scope.client_ids.iter_mut().for_each(|word| act_on_name(word, act));
    report.totals.by_client.iter_mut().filter_map(|client| client.client_id.as_mut()).for_each(&mut *act);
    for Incident { client_ids, sessions, .. } in &mut report.incidents {
        client_ids.iter_mut().for_each(&mut *act);
        sessions.iter_mut().filter_map(client_of).for_each(&mut *act);
    }
    report.sessions.iter_mut().flatten().filter_map(client_of).for_each(act);
}

fn client_of(session: &mut SessionRecord) -> Option<&mut String> {
    session.client_id.as_mut()
}

/// A `*` at the end of a name that was typed is not part of it.
fn act_on_name(word: &mut String, act: &mut dyn FnMut(&mut String)) {
    let open = word.ends_with('*') && word.pop().is_some();
    if !word.is_empty() {
        act(word);
    }
    if open {
        word.push('*');
    }
}

#[cfg(test)]
mod tests;
