//! The incidents: all of them in short, then each in full.

use super::{Block, Column, ColumnKind, Depth, Fact, Table};
use crate::event::catalogue;
use crate::incident::report::{Example, Incident, Reference, Report, SealCounts, SessionRecord};
use crate::output::incident_report::phrase::{Phrase, joined, number, ours, sentence, theirs};
use crate::output::incident_report::wording::{and_more, count, incident_summary, lasted, place};

/// The most clients that the short list names of an incident.
const CLIENTS_SHORT: usize = 2;

/// The most sessions that the brief form names of an incident.
const SESSIONS_BRIEF: usize = 10;

const COLUMNS: [Column; 6] = [
    Column { title: "no", kind: ColumnKind::Number },
    Column { title: "severity", kind: ColumnKind::Word },
    Column { title: "first", kind: ColumnKind::Word },
    Column { title: "count", kind: ColumnKind::Number },
    Column { title: "what", kind: ColumnKind::Words },
    Column { title: "who", kind: ColumnKind::Words },
];

pub(super) fn blocks(report: &Report, depth: Depth) -> Vec<Block<'_>> {
    let mut blocks = vec![Block::Text(incident_summary(report))];
    if report.incidents.is_empty() {
        return blocks;
    }
    let rows = report.incidents.iter().map(row).collect();
    blocks.push(Block::Table(Table { columns: COLUMNS.to_vec(), rows }));
    for incident in &report.incidents {
        let heading = ours("Incident ").number(incident.number).ours(": ").ours(incident.title);
        blocks.extend([Block::Heading(heading), Block::Facts(facts(incident, depth))]);
    }
    blocks
}

fn row(incident: &Incident) -> Vec<Phrase<'_>> {
    let first = incident.first.map_or_else(|| ours("not stated"), |time| Phrase::default().time(time.whole_seconds()));
    let named = incident.client_ids.iter().take(CLIENTS_SHORT);
    let others = incident.client_ids.len().saturating_sub(CLIENTS_SHORT) as u64 + incident.client_ids_omitted;
    let others = (others > 0).then(|| number(others).ours(" more"));
    vec![
        number(incident.number),
        ours(incident.severity.name()),
        first,
        number(incident.count),
        ours(incident.title),
        joined(named.map(theirs).chain(others), ", "),
    ]
}

fn facts(incident: &Incident, depth: Depth) -> Vec<Fact<'_>> {
    let score = ours(incident.severity.name()).ours(" (").number(incident.severity_score.into()).ours(" of 10)");
    let mut facts = vec![
        Fact::new("severity", score),
        Fact::new("kind", ours(incident.kind.name())),
        Fact::new("count", count(incident)),
    ];
    if depth == Depth::Whole && incident.count == 1 {
        facts.push(Fact::new("counted", ours(incident.counted)));
    }
    push_times(incident, &mut facts);
    let more = and_more(incident.client_ids_omitted, "client", "clients");
    push(&mut facts, "clients", incident.client_ids.iter().map(theirs).chain(more));
    push(&mut facts, "codes", incident.codes.iter().map(|code| title(*code)));
    facts.push(Fact::several("rule", [theirs(incident.rule.name).ours(": ").sentence(&incident.rule.text)]));
    let numbers = incident.rule.numbers.iter().map(|(name, value)| sentence(*name).ours(" ").number(*value));
    facts.push(Fact::new("numbers", joined(numbers, ", ")));
    facts.extend(incident.seals.map(|counts| Fact::new("seals", seals(counts))));
    let listed = if depth == Depth::Whole { incident.sessions.len() } else { SESSIONS_BRIEF };
    let beyond = incident.sessions.len().saturating_sub(listed) as u64;
    let more = and_more(beyond + incident.sessions_omitted, "session", "sessions");
    push(&mut facts, "sessions", incident.sessions.iter().take(listed).map(session).chain(more));
    let elsewhere = incident.references_omitted;
    let elsewhere =
        (elsewhere > 0).then(|| Phrase::default().counted(elsewhere, "entry", "entries").ours(" elsewhere"));
    push(&mut facts, "where", incident.references.iter().map(reference).chain(elsewhere));
    facts.extend(incident.examples.iter().map(|entry| Fact::several("example", example(entry))));
    facts.push(Fact::new("do first", sentence(&incident.advice)));
    facts
}

fn push<'a>(facts: &mut Vec<Fact<'a>>, name: &'static str, values: impl Iterator<Item = Phrase<'a>>) {
    let fact = Fact::several(name, values);
    if !fact.values.is_empty() {
        facts.push(fact);
    }
}

fn push_times<'a>(incident: &Incident, facts: &mut Vec<Fact<'a>>) {
    let time = |name, time: Option<_>| time.map(|time| Fact::new(name, Phrase::default().time(time)));
    let [first, last] = [time("first", incident.first), time("last", incident.last)];
    if first.is_none() && last.is_none() {
        facts.push(Fact::new("time", ours("its entries do not state theirs")));
    }
    let length = lasted(incident.first, incident.last).map(|length| Fact::new("lasted", theirs(length)));
    facts.extend([first, last, length].into_iter().flatten());
}

fn title<'a>(code: u16) -> Phrase<'a> {
    let title = catalogue::find(code).map_or("unknown code", |entry| entry.title);
    theirs(code.to_string()).ours(" ").sentence(title)
}

fn seals<'a>(counts: SealCounts) -> Phrase<'a> {
    let SealCounts { verified, reencoded, unsigned, failed } = counts;
    let words = [
        (verified, " verified"),
        (reencoded, " verified in another spelling"),
        (unsigned, " unsigned"),
        (failed, " failed"),
    ];
    joined(words.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| number(count).ours(word)), ", ")
}

/// A session on one line.
pub(super) fn session(session: &SessionRecord) -> Phrase<'_> {
    let phrase = theirs(&session.session_id).ours(" in run ").number(session.run);
    let client = session.client_id.as_ref().map(|client| ours(", client ").theirs(client));
    let addresses = joined(session.addresses.iter().map(theirs), " or ");
    let addresses = (!session.addresses.is_empty()).then(|| ours(", from ").then([addresses]));
    let phrase = phrase.then(client).then(addresses).ours("; ").counted(session.entries, "entry", "entries");
    phrase.ours(", ").when(session.first, session.last)
}

fn reference(reference: &Reference) -> Phrase<'_> {
    let lines = place(&reference.file, reference.line, reference.through);
    theirs(lines).ours(" (").counted(reference.entries, "entry", "entries").ours(")")
}

fn example(entry: &Example) -> Vec<Phrase<'_>> {
    let time = entry.time.map(|time| ours(", ").time(time));
    let head = theirs(place(&entry.file, entry.line, entry.line)).then(time).ours(", ").ours(entry.level.name());
    let error = entry.error.as_ref().map(|error| ours("error: ").theirs(error));
    [head, theirs(&entry.message)].into_iter().chain(error).collect()
}
