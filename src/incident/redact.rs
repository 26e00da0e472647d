//! Replaces what must not leave the house by pseudonyms, as the last step over a report. The same text has the same
//! pseudonym wherever it stands, and the same log gives the same pseudonyms.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use aho_corasick::AhoCorasick;
use schemars::JsonSchema;
use strum::IntoStaticStr;

use super::occurrence::{CUT_OFF, before_cut};
use super::report::{
    Applied, Example, Gap, Incident, IncidentReport, InputFile, Reference, ServiceRun, SessionRecord, UnsignedRange,
    Verification,
};
use crate::line::Place;
use crate::verdict::code::Code;
use crate::verdict::report::{ChainReport, Finding, KeyReport, Limit, StreamReport};

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
    if !what.is_empty() {
        withhold_originals(report);
    }
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
                let begins = queries.as_ref().map_or(text.len(), |_| sql_begins_at(text, quotes_sql));
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

/// What stood in the place of an altered entry may be a text of any kind, and on no list of those to be replaced.
fn withhold_originals(report: &mut IncidentReport) {
    let findings = report.verification.iter_mut().flat_map(|verification| &mut verification.findings);
    for finding in findings.filter(|finding| finding.code == Code::EntryRestored) {
        finding.message = finding.code.meaning().to_owned();
    }
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

/// Pseudonyms of one kind: `client-1`, `client-2`, ...
struct Pseudonyms {
    word: &'static str,
    numbers: HashMap<String, usize>,
}

impl Pseudonyms {
    fn new(word: &'static str) -> Self {
        Self { word, numbers: HashMap::new() }
    }

    /// Gives a text the next number, unless it has one.
    fn learn(&mut self, text: &str) {
        if !self.numbers.contains_key(text) {
            self.numbers.insert(text.to_owned(), self.numbers.len() + 1);
        }
    }

    /// The pseudonym of a text; None when it has no number.
    fn get(&self, text: &str) -> Option<String> {
        self.numbers.get(text).map(|number| self.spelled(*number))
    }

    /// The pseudonym of a text, which gets a number if it has none.
    fn of(&mut self, text: &str) -> String {
        self.learn(text);
        self.get(text).unwrap_or_default()
    }

    /// Every text with its pseudonym, by number.
    fn all(&self) -> Vec<(&str, String)> {
        let mut all: Vec<_> = self.numbers.iter().collect();
        all.sort_by_key(|(_, number)| **number);
        all.into_iter().map(|(text, number)| (text.as_str(), self.spelled(*number))).collect()
    }

    fn spelled(&self, number: usize) -> String {
        format!("{}-{number}", self.word)
    }
}

/// Replaces known texts inside others, where they stand as whole words.
struct Scrubber {
    finder: AhoCorasick,
    /// Every spelling of every text, by its number.
    words: Vec<String>,
    /// What stands in the place of each, by the same number.
    pseudonyms: Vec<String>,
    /// The spellings in small letters of ASCII, sorted: texts that are cut off may end in the beginning of one.
    sorted: Vec<String>,
}

/// There are too many names to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CannotRedact;

impl fmt::Display for CannotRedact {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("there are too many clients to replace their names")
    }
}

impl std::error::Error for CannotRedact {}

/// A word that was found, by its number.
struct Hit {
    start: usize,
    end: usize,
    word: usize,
}

impl Scrubber {
    /// Looks for all that has a pseudonym.
    fn new<'a>(known: impl IntoIterator<Item = &'a Pseudonyms>) -> Result<Self, CannotRedact> {
        let known = known.into_iter().flat_map(Pseudonyms::all).filter(|(text, _)| !text.is_empty());
        let (words, pseudonyms): (Vec<_>, Vec<_>) =
            known.flat_map(|(text, pseudonym)| spellings(text).map(move |word| (word, pseudonym.clone()))).unzip();
        let finder = AhoCorasick::builder().ascii_case_insensitive(true).build(&words).map_err(|_| CannotRedact)?;
        let mut sorted: Vec<String> = words.iter().map(|word| word.to_ascii_lowercase()).collect();
        sorted.sort_unstable();
        Ok(Self { finder, words, pseudonyms, sorted })
    }

    /// The text without the words; None when it has none. Of words that overlap all are replaced, of those that begin at the
    /// same letter the longest one.
    fn scrub(&self, text: &str) -> Option<String> {
        let cut = self.begins_cut_off(text);
        let (mut scrubbed, mut done) = (String::new(), 0);
        for Hit { start, end, word } in self.hits(text).into_iter().filter(|hit| cut.is_none_or(|at| hit.end <= at)) {
            if start >= done {
                scrubbed += &text[done..start];
            } else if end > done {
                scrubbed.push('+');
            } else {
                continue;
            }
            scrubbed += &self.pseudonyms[word];
            done = end;
        }
        match cut {
            Some(cut) => Some(scrubbed + &text[done..cut] + CUT_OFF),
            None => (done > 0).then(|| scrubbed + &text[done..]),
        }
    }

    /// The place, or the beginning of the word that it would cut in two.
    fn before_word(&self, text: &str, at: usize) -> usize {
        let parted = self.hits(text).into_iter().filter(|hit| hit.start < at && at < hit.end);
        parted.map(|hit| hit.start).min().unwrap_or(at)
    }

    /// What is to be replaced, in the order of the text.
    fn hits(&self, text: &str) -> Vec<Hit> {
        let hits = self.finder.find_overlapping_iter(text);
        let hits = hits.map(|hit| Hit { start: hit.start(), end: hit.end(), word: hit.pattern().as_usize() });
        let mut hits: Vec<Hit> = hits.filter(|hit| is_whole(text.as_bytes(), hit.start, hit.end)).collect();
        // A name in its own case comes before another one that differs only in case.
        let is_other_case = |hit: &Hit| text[hit.start..hit.end] != self.words[hit.word];
        hits.sort_by_key(|hit| (hit.start, Reverse(hit.end), is_other_case(hit), hit.word));
        hits
    }

    /// Where a text that was cut off may end in the beginning of a word.
    fn begins_cut_off(&self, text: &str) -> Option<usize> {
        let body = before_cut(text)?;
        let small = body.to_ascii_lowercase();
        let begins_word = |start: &usize| {
            let rest = &small[*start..];
            let next = self.sorted.partition_point(|word| word.as_str() < rest);
            is_whole(body.as_bytes(), *start, body.len())
                && self.sorted.get(next).is_some_and(|word| word.starts_with(rest))
        };
        body.char_indices().map(|(start, _)| start).find(begins_word)
    }
}

/// A text as it may stand in others: as it is, in a command line, in a quotation. Of one that was cut off, what there is.
fn spellings(text: &str) -> impl Iterator<Item = String> {
    let text = before_cut(text).unwrap_or(text);
    let quoted = text.contains('\'').then(|| text.replace('\'', r"'\''"));
    let escaped = text.contains(['"', '\\']).then(|| text.replace('\\', r"\\").replace('"', r#"\""#));
    [text.to_owned()].into_iter().chain(quoted).chain(escaped)
}

/// Whether no letter or digit of ASCII goes on beyond an end. `_` does not make a word longer: Acra appends `_storage` to
/// names of clients.
fn is_whole(text: &[u8], start: usize, end: usize) -> bool {
    let joined = |at: usize| {
        let is_inside = |index: usize| text.get(index).is_some_and(u8::is_ascii_alphanumeric);
        at > 0 && is_inside(at - 1) && is_inside(at)
    };
    !joined(start) && !joined(end)
}

/// Words with which SQL begins, or a part of it that holds data.
const SQL_KEYWORDS: [&str; 21] = [
    "alter",
    "call",
    "declare",
    "delete",
    "drop",
    "exec",
    "execute",
    "explain",
    "grant",
    "having",
    "insert",
    "merge",
    "replace",
    "returning",
    "revoke",
    "select",
    "truncate",
    "union",
    "update",
    "values",
    "where",
];

/// Words that begin SQL only before others; people use them as well.
const SQL_KEYWORDS_BEFORE: [(&str, &[&str]); 6] = [
    (
        "create",
        &[
            "database",
            "extension",
            "function",
            "global",
            "index",
            "local",
            "materialized",
            "or",
            "policy",
            "procedure",
            "role",
            "schema",
            "sequence",
            "server",
            "table",
            "temp",
            "temporary",
            "trigger",
            "type",
            "unique",
            "user",
            "view",
        ],
    ),
    ("set", &["global", "local", "names", "password", "role", "session"]),
    ("comment", &["on"]),
    ("load", &["data"]),
    ("lock", &["table", "tables"]),
    ("with", &["recursive"]),
];

/// Words that begin SQL only when one of others is the next but one.
const SQL_KEYWORDS_AROUND: [(&str, &[&str]); 3] =
    [("copy", &["from", "to"]), ("prepare", &["as", "from"]), ("with", &["as"])];

/// Where SQL may begin, rather too early than too late: what is hidden by mistake is only a loss. The end of the text when
/// there is none. It begins with the first quotation, with a word of SQL, with the values
/// that a database names as `(column)=(value)`. In a text that is known to quote SQL, behind the first colon at the latest.
fn sql_begins_at(text: &str, quotes_sql: bool) -> usize {
    let colon = text.find(": ").filter(|_| quotes_sql).map(|at| at + 2);
    let values = text.find(")=(").map(|at| at + 2);
    [colon, quotation(text), values, sql_keyword(text)].into_iter().flatten().min().unwrap_or(text.len())
}

/// A quote that is no apostrophe inside a word.
fn quotation(text: &str) -> Option<usize> {
    let opens = |(at, _): &(usize, &str)| !text[..*at].ends_with(|before: char| before.is_alphanumeric());
    text.match_indices(['\'', '"', '`']).find(opens).map(|(at, _)| at)
}

/// The first keyword behind which something stands.
fn sql_keyword(text: &str) -> Option<usize> {
    let words: Vec<(usize, &str)> = words(text).collect();
    let word_at = |index: usize| words.get(index).map_or("", |word| word.1);
    let begins_sql = |&(index, &(at, word)): &(usize, &(usize, &str))| {
        let goes_on = !text[at + word.len()..].trim().is_empty();
        let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
        let with = |others: &[&str], index| others.iter().any(|other| word_at(index).eq_ignore_ascii_case(other));
        goes_on
            && (SQL_KEYWORDS.into_iter().any(is)
                || SQL_KEYWORDS_BEFORE.iter().any(|(keyword, others)| is(keyword) && with(others, index + 1))
                || SQL_KEYWORDS_AROUND.iter().any(|(keyword, others)| is(keyword) && with(others, index + 2)))
    };
    words.iter().enumerate().find(begins_sql).map(|(_, word)| word.0)
}

/// Words as SQL has them, and where they begin.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_between = |letter: char| !letter.is_alphanumeric() && letter != '_';
    let mut next = 0;
    text.split_inclusive(is_between).filter_map(move |piece| {
        let start = next;
        next += piece.len();
        let word = piece.trim_end_matches(is_between);
        (!word.is_empty()).then_some((start, word))
    })
}

/// Holds texts that a log, a file name or a user has a say in, except for the names of clients and what examples quote. Every
/// structure is taken apart in full: a new field does not compile before it is decided here.
trait Texts {
    /// Puts what comes of each text in its place; None leaves it as it is.
    fn change(&mut self, change: &dyn Fn(&str) -> Option<String>);
}

impl Texts for String {
    fn change(&mut self, change: &dyn Fn(&str) -> Option<String>) {
        if let Some(new) = change(self) {
            *self = new;
        }
    }
}

impl Texts for Arc<str> {
    fn change(&mut self, change: &dyn Fn(&str) -> Option<String>) {
        if let Some(new) = change(self) {
            *self = new.into();
        }
    }
}

/// Words of ours are borrowed from this program; those of a rule of Sigma are its author's.
impl Texts for Cow<'static, str> {
    fn change(&mut self, change: &dyn Fn(&str) -> Option<String>) {
        if let Self::Owned(text) = self {
            text.change(change);
        }
    }
}

impl Texts for Applied {
    fn change(&mut self, change: &dyn Fn(&str) -> Option<String>) {
        let Self { name, text, numbers: _ } = self;
        if matches!(name, Cow::Owned(_)) {
            text.change(change);
        }
        name.change(change);
    }
}

impl<T: Texts> Texts for Option<T> {
    fn change(&mut self, change: &dyn Fn(&str) -> Option<String>) {
        self.iter_mut().for_each(|item| item.change(change));
    }
}

impl<T: Texts> Texts for Vec<T> {
    fn change(&mut self, change: &dyn Fn(&str) -> Option<String>) {
        self.iter_mut().for_each(|item| item.change(change));
    }
}

/// `texts!(Type { field, ... } not { field, ... })`: which fields of a structure hold texts, and which hold none.
macro_rules! texts {
    ($($of:ident { $($field:ident),* } not { $($other:ident),* })*) => {
        $(impl Texts for $of {
            fn change(&mut self, change: &dyn Fn(&str) -> Option<String>) {
                let Self { $($field,)* $($other: _,)* } = self;
                $($field.change(change);)*
            }
        })*
    };
}

texts! {
    IncidentReport { title, case_id, command, verification, inputs, incidents, runs, sessions, unsigned, gaps, not_shown } not {
        generated_at, redacted, scope, period, incidents_omitted, incidents_by_severity, totals, runs_omitted, sessions_omitted, unsigned_omitted,
        gaps_omitted, rules
    }
    InputFile { path, stream, unread } not { bytes, sha256, compression, wrapper, formats, lines, entries }
    Verification { keys, streams, chains, findings } not {
        outcome, policy, default_policy_outcome, account, chain_counts, chains_omitted, findings_omitted
    }
    KeyReport { source } not { fingerprint, chains }
    StreamReport { name, files } not { outcome, proven, proven_omitted, interleaved }
    ChainReport { first, last } not { stream, verdict, entries, key, from, to }
    Finding { place, through, message, hint } not { code, class, lines, expected, found }
    Limit { stream, what } not {}
    Place { file } not { line }
    Incident { title, rule, sessions, references, examples } not {
        number, kind, severity, severity_score, codes, client_ids, client_ids_omitted, sessions_omitted, first, last,
        entries, count, counted, seals, references_omitted, advice
    }
    Reference { file } not { line, through, entries }
    Example { file } not { line, time, level, message, error }
    SessionRecord { session_id, addresses } not { run, client_id, first, last, entries }
    ServiceRun { stream, service, version, pid, start } not { number, first, last, entries, end }
    UnsignedRange { file } not { line, through, lines, first, last }
    Gap { after, before } not { kind, from, to, seconds }
}

#[cfg(test)]
mod tests;
