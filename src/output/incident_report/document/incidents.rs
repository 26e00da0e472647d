//! The incidents: all of them in short, then each in full.

use super::{Article, Block, Column, ColumnKind, Depth, Drawing, Fact, Role, Table};
use crate::entry::LogTime;
use crate::event::catalogue;
use crate::incident::IncidentGroup;
use crate::incident::report::{Example, Incident, Reference, SealCounts, SessionRecord};
use crate::output::incident_report::axis::{axis, is_one_day};
use crate::output::incident_report::phrase::{Phrase, joined, number, ours, sentence, theirs};
use crate::output::incident_report::view::View;
use crate::output::incident_report::wording::{
    and_more, clients, count, in_a_sentence, incident_summary, lasted, place,
};

const COLUMNS: [Column; 6] = [
    Column { title: "no", kind: ColumnKind::Number },
    Column { title: "severity", kind: ColumnKind::Word },
    Column { title: "first", kind: ColumnKind::Word },
    Column { title: "count", kind: ColumnKind::Number },
    Column { title: "what", kind: ColumnKind::Words },
    Column { title: "who", kind: ColumnKind::Words },
];

/// All of them in a few lines.
pub(super) fn overview<'a>(report: &'a View<'a>) -> Vec<Block<'a>> {
    let mut blocks = vec![Block::Text(incident_summary(report))];
    blocks.extend(report.worst().map(|incident| Block::Text(ours("The worst: ").then([in_a_sentence(incident)]))));
    blocks.extend([Drawing::Severities, Drawing::Timeline].map(|drawing| Block::Drawing(drawing, report)));
    blocks.extend(axis(report).map(|axis| Block::Letters(vec![Block::Axis(axis)])));
    blocks
}

/// Similar incidents, a row for each group; how many they are is said where there are several.
pub(super) fn table<'a>(report: &'a View<'a>) -> Vec<Block<'a>> {
    if report.groups.is_empty() {
        return vec![];
    }
    let grouped = report.groups.iter().any(|group| group.incidents > 1);
    let day_is_clear = report.ends().is_some_and(|(first, last)| is_one_day(first, last));
    let mut columns = COLUMNS.to_vec();
    if grouped {
        columns.insert(3, Column { title: "incidents", kind: ColumnKind::Number });
    }
    let row = |group: &'a IncidentGroup| {
        let mut cells = row(group, report.first_of(group), day_is_clear);
        if grouped {
            cells.insert(3, number(group.incidents));
        }
        cells
    };
    let table = Block::Table(Table { columns, rows: report.groups.iter().map(row).collect(), counts: vec![] });
    let more =
        (report.groups_omitted > 0).then(|| ours("and ").counted(report.groups_omitted, "more group", "more groups"));
    [table].into_iter().chain(more.map(|more| Block::Text(more.ours(" of similar incidents")))).collect()
}

/// One after the other.
pub(super) fn in_full<'a>(report: &'a View<'a>, depth: Depth) -> Vec<Block<'a>> {
    let articles = report.told().map(|incident| {
        let Incident { number, title, severity, .. } = *incident;
        Block::Article(Article { number, title, tone: severity.into(), facts: facts(report, incident, depth) })
    });
    let folded = report.incidents_folded();
    let folded = (folded > 0).then(|| {
        let folded = ours("and ").counted(folded, "more incident", "more incidents");
        Block::Text(folded.ours(": --full tells them all, and the formats csv and json have them all."))
    });
    articles.chain(folded).collect()
}

fn row<'a>(group: &IncidentGroup, incident: &'a Incident, day_is_clear: bool) -> Vec<Phrase<'a>> {
    let first = |time: LogTime| Phrase::default().moment(time.whole_seconds(), day_is_clear);
    vec![
        number(group.number),
        Phrase::default().severity(group.severity),
        group.first.map_or_else(|| ours("not stated"), first),
        number(group.count),
        Phrase::default().link(group.number, group.kind.title()),
        clients(incident),
    ]
}

fn facts<'a>(report: &View<'_>, incident: &'a Incident, depth: Depth) -> Vec<Fact<'a>> {
    let score =
        Phrase::default().severity(incident.severity).ours(" (").number(incident.severity_score.into()).ours(" of 10)");
    let mut facts = vec![
        Fact::new("severity", score),
        Fact::new("kind", ours(incident.kind.name())),
        Fact::new("count", count(incident)),
    ];
    if depth == Depth::Whole && incident.count == 1 {
        facts.push(Fact::new("counted", ours(incident.counted)));
    }
    push_times(incident, depth, &mut facts);
    let (clients, more) = report.head(&incident.client_ids, incident.client_ids_omitted);
    let more = and_more(more, "client", "clients");
    push(&mut facts, "clients", Role::Plain, clients.into_iter().map(theirs).chain(more));
    push(&mut facts, "codes", Role::Plain, incident.codes.iter().map(|code| title(*code)));
    let rule = theirs(incident.rule.name).ours(": ").sentence(&incident.rule.text);
    facts.push(Fact::new("rule", rule).is(Role::Reason));
    let numbers = incident.rule.numbers.iter().map(|(name, value)| sentence(*name).ours(" ").number(*value));
    if depth == Depth::Whole {
        facts.push(Fact::new("numbers", joined(numbers, ", ")));
    }
    // That all of them verified goes without saying where the verdict stands above.
    let told = incident.seals.filter(|counts| depth == Depth::Whole || counts.verified != incident.entries);
    facts.extend(told.map(|counts| Fact::new("seals", seals(counts))));
    let (sessions, more) = report.head(&incident.sessions, incident.sessions_omitted);
    let more = and_more(more, "session", "sessions");
    push(&mut facts, "sessions", Role::Things, sessions.into_iter().map(session).chain(more));
    let ((references, elsewhere), examples) = report.evidence(incident);
    let elsewhere =
        (elsewhere > 0).then(|| Phrase::default().counted(elsewhere, "entry", "entries").ours(" elsewhere"));
    push(&mut facts, "where", Role::Things, references.into_iter().map(reference).chain(elsewhere));
    facts.extend(examples.into_iter().map(|entry| Fact::several("example", example(entry, depth)).is(Role::Quote)));
    facts.push(Fact::new("do first", sentence(&incident.advice)).is(Role::Advice));
    facts
}

fn push<'a>(facts: &mut Vec<Fact<'a>>, name: &'static str, role: Role, values: impl Iterator<Item = Phrase<'a>>) {
    let fact = Fact::several(name, values).is(role);
    if !fact.values.is_empty() {
        facts.push(fact);
    }
}

fn push_times<'a>(incident: &Incident, depth: Depth, facts: &mut Vec<Fact<'a>>) {
    let length = lasted(incident.first, incident.last);
    if depth == Depth::Brief {
        let length = length.map(|length| ours(", lasted ").sentence(length));
        facts.push(Fact::new("when", Phrase::default().when(incident.first, incident.last).then(length)));
        return;
    }
    let time = |name, time: Option<_>| time.map(|time| Fact::new(name, Phrase::default().time(time)));
    let [first, last] = [time("first", incident.first), time("last", incident.last)];
    if first.is_none() && last.is_none() {
        facts.push(Fact::new("time", ours("its entries do not state theirs")));
    }
    let length = length.map(|length| Fact::new("lasted", sentence(length)));
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

fn example(entry: &Example, depth: Depth) -> Vec<Phrase<'_>> {
    let time = entry.time.filter(|_| depth == Depth::Whole).map(|time| ours(", ").time(time));
    let head = theirs(place(&entry.file, entry.line, entry.line)).then(time).ours(", ").ours(entry.level.name());
    let error = entry.error.as_ref().map(|error| ours("error: ").theirs(error));
    [head, theirs(&entry.message)].into_iter().chain(error).collect()
}
