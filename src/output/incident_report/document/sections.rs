//! What stands in each part of the report, in the order of the parts: the verification, the incidents, counts, chains and
//! findings, what the log tells beside its incidents, and how the report was made.

use super::{
    Article, Block, ChartKind, ColumnKind, Depth, Fact, FactRole, List, ListItem, TableBlock, TableColumn, axis,
};
use crate::entry::LogTime;
use crate::event::catalogue;
use crate::incident::report::{
    Bin, ByClient, ByCode, EntryTotals, Example, Gap, GapKind, Incident, IncidentReport, InputFile, Reference,
    SealCounts, ServiceRun, SessionRecord, UnsignedRange, Verification,
};
use crate::incident::{IncidentGroup, rules_in_words};
use crate::output::incident_report::view::View;
use crate::output::incident_report::wording::{
    Emphasis, Phrase, and_more, clients, count, duration, in_a_sentence, incident_summary, is_one_day, joined, lasted,
    number, ours, place, sentence, theirs, verdict,
};
use crate::output::json::Tool;
use crate::verdict::report::{ChainReport, ChainVerdict, Finding, KeyReport, StreamReport, Tally};

/// What a list is of.
#[derive(Clone, Copy)]
struct Nouns {
    one: &'static str,
    many: &'static str,
    /// What to say when there is none.
    none: &'static str,
    columns: &'static [&'static str],
}

pub(super) fn verification<'a>(view: &'a View<'a>) -> Vec<Block<'a>> {
    let (word, meaning) = verdict(view.verification.as_ref());
    let facts = view.verification.as_ref().map_or_else(Vec::new, |verification| proof_facts(view, verification));
    let tone = view.verification.as_ref().map_or(Emphasis::Low, |verification| verification.outcome.into());
    vec![Block::Frame { word, tone, meaning, facts }]
}

/// What the answer of the verification stands on, for formats that put something else first.
pub(super) fn proof<'a>(view: &'a View<'a>) -> Vec<Block<'a>> {
    let Some(verification) = &view.verification else { return vec![] };
    vec![Block::Facts(proof_facts(view, verification)), Block::Drawing(ChartKind::Bytes, view)]
}

fn proof_facts<'a>(view: &'a View<'a>, verification: &'a Verification) -> Vec<Fact<'a>> {
    let by_default =
        verification.default_policy_outcome.map(|other| ours("; by the default policy: ").ours(other.name()));
    let (keys, more_keys) = view.head(&verification.keys, 0);
    let keys = keys.into_iter().map(key_in_words).chain(and_more(more_keys, "key", "keys"));
    // Of several logs none speaks for the answer.
    let role = if verification.streams.len() == 1 { FactRole::Lead } else { FactRole::Plain };
    let (streams, more_streams) = view.head(&verification.streams, 0);
    let streams = streams.into_iter().map(|stream| proven_ranges(view, stream)).chain(and_more(
        more_streams,
        "stream",
        "streams",
    ));
    let account = &verification.account;
    let classes = account.classes().into_iter().filter(|(_, tally)| tally.lines + tally.bytes > 0);
    let classes = classes.map(|(word, tally)| amount(tally).ours(" ").ours(word));
    let total = amount(account.total()).ours(" in all");
    vec![
        Fact::several("proven", streams).is(role),
        Fact::new("policy", ours(verification.policy.name()).then(by_default)),
        Fact::several("keys", keys),
        Fact::several("bytes", classes.chain([total])),
    ]
}

fn proven_ranges<'a>(view: &View<'_>, stream: &'a StreamReport) -> Phrase<'a> {
    let name = theirs(&*stream.name).ours(": ");
    if stream.proven.is_empty() && stream.proven_omitted == 0 {
        return name.ours("nothing");
    }
    let (ranges, omitted) = view.head(&stream.proven, stream.proven_omitted);
    let ranges = ranges.into_iter().map(|range| Phrase::default().when(Some(range.from), Some(range.to)));
    name.then([joined(ranges.chain(and_more(omitted, "range", "ranges")), ", ")])
}

fn key_in_words(key: &KeyReport) -> Phrase<'_> {
    theirs(&key.fingerprint).ours(" from ").theirs(&key.source).ours(": ").counted(key.chains, "chain", "chains")
}

fn amount<'a>(tally: Tally) -> Phrase<'a> {
    number(tally.bytes).ours(" in ").counted(tally.lines, "line", "lines")
}

const GROUP_COLUMNS: [TableColumn; 6] = [
    TableColumn { title: "no", kind: ColumnKind::Number },
    TableColumn { title: "severity", kind: ColumnKind::Word },
    TableColumn { title: "first", kind: ColumnKind::Word },
    TableColumn { title: "count", kind: ColumnKind::Number },
    TableColumn { title: "what", kind: ColumnKind::Words },
    TableColumn { title: "who", kind: ColumnKind::Words },
];

/// All incidents in a few lines.
pub(super) fn overview<'a>(view: &'a View<'a>) -> Vec<Block<'a>> {
    let mut blocks = vec![Block::Text(incident_summary(view))];
    blocks.extend(view.worst().map(|incident| Block::Text(ours("The worst: ").then([in_a_sentence(incident)]))));
    blocks.extend([ChartKind::Severities, ChartKind::Timeline].map(|drawing| Block::Drawing(drawing, view)));
    blocks.extend(axis(view).map(|axis| Block::Letters(vec![Block::Axis(axis)])));
    blocks
}

/// Similar incidents, a row for each group; how many they are is said where there are several.
pub(super) fn contents<'a>(view: &'a View<'a>) -> Vec<Block<'a>> {
    if view.groups.is_empty() {
        return vec![];
    }
    let grouped = view.groups.iter().any(|group| group.incidents > 1);
    let day_is_clear = view.ends().is_some_and(|(first, last)| is_one_day(first, last));
    let mut columns = GROUP_COLUMNS.to_vec();
    if grouped {
        columns.insert(3, TableColumn { title: "incidents", kind: ColumnKind::Number });
    }
    let row = |group: &'a IncidentGroup| {
        let mut cells = group_row(group, view.first_of(group), day_is_clear);
        if grouped {
            cells.insert(3, number(group.incidents));
        }
        cells
    };
    let table = Block::Table(TableBlock { columns, rows: view.groups.iter().map(row).collect(), counts: vec![] });
    let more =
        (view.groups_omitted > 0).then(|| ours("and ").counted(view.groups_omitted, "more group", "more groups"));
    [table].into_iter().chain(more.map(|more| Block::Text(more.ours(" of similar incidents")))).collect()
}

/// The incidents that are told, one after the other.
pub(super) fn in_full<'a>(view: &'a View<'a>, depth: Depth) -> Vec<Block<'a>> {
    let articles = view.told().map(|incident| {
        let Incident { number, title, severity, .. } = *incident;
        Block::Article(Article { number, title, tone: severity.into(), facts: incident_facts(view, incident, depth) })
    });
    let folded = view.incidents_folded();
    let folded = (folded > 0).then(|| {
        let folded = ours("and ").counted(folded, "more incident", "more incidents");
        Block::Text(folded.ours(": --full tells them all, and the formats csv and json have them all."))
    });
    articles.chain(folded).collect()
}

fn group_row<'a>(group: &IncidentGroup, incident: &'a Incident, day_is_clear: bool) -> Vec<Phrase<'a>> {
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

fn incident_facts<'a>(view: &View<'_>, incident: &'a Incident, depth: Depth) -> Vec<Fact<'a>> {
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
    let (clients, more) = view.head(&incident.client_ids, incident.client_ids_omitted);
    let more = and_more(more, "client", "clients");
    push_fact(&mut facts, "clients", FactRole::Plain, clients.into_iter().map(theirs).chain(more));
    push_fact(&mut facts, "codes", FactRole::Plain, incident.codes.iter().map(|code| code_title(*code)));
    let rule = theirs(incident.rule.name).ours(": ").sentence(&incident.rule.text);
    facts.push(Fact::new("rule", rule).is(FactRole::Reason));
    let numbers = incident.rule.numbers.iter().map(|(name, value)| sentence(*name).ours(" ").number(*value));
    if depth == Depth::Whole {
        facts.push(Fact::new("numbers", joined(numbers, ", ")));
    }
    // That all of them verified goes without saying where the verdict stands above.
    let told = incident.seals.filter(|counts| depth == Depth::Whole || counts.verified != incident.entries);
    facts.extend(told.map(|counts| Fact::new("seals", seals(counts))));
    let (sessions, more) = view.head(&incident.sessions, incident.sessions_omitted);
    let more = and_more(more, "session", "sessions");
    push_fact(&mut facts, "sessions", FactRole::Things, sessions.into_iter().map(session).chain(more));
    let ((references, elsewhere), examples) = view.evidence(incident);
    let elsewhere =
        (elsewhere > 0).then(|| Phrase::default().counted(elsewhere, "entry", "entries").ours(" elsewhere"));
    push_fact(&mut facts, "where", FactRole::Things, references.into_iter().map(reference).chain(elsewhere));
    facts.extend(examples.into_iter().map(|entry| Fact::several("example", example(entry, depth)).is(FactRole::Quote)));
    facts.push(Fact::new("do first", sentence(&incident.advice)).is(FactRole::Advice));
    facts
}

fn push_fact<'a>(
    facts: &mut Vec<Fact<'a>>,
    name: &'static str,
    role: FactRole,
    values: impl Iterator<Item = Phrase<'a>>,
) {
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

fn code_title<'a>(code: u16) -> Phrase<'a> {
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
fn session(session: &SessionRecord) -> Phrase<'_> {
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

const fn word_column(title: &'static str) -> TableColumn {
    TableColumn { title, kind: ColumnKind::Word }
}

const fn words_column(title: &'static str) -> TableColumn {
    TableColumn { title, kind: ColumnKind::Words }
}

pub(super) fn totals<'a>(view: &'a View<'a>, depth: Depth) -> Vec<Block<'a>> {
    let totals = &view.totals;
    let mut blocks = vec![Block::Facts(totals_facts(totals))];
    if totals.entries > 0 {
        let drawings = [ChartKind::Hours, ChartKind::Bars, ChartKind::HeatMap];
        blocks.extend(drawings.map(|drawing| Block::Drawing(drawing, view)));
    }
    if depth == Depth::Brief && view.is_folded() {
        blocks.push(Block::Facts(most_frequent(view)));
        return blocks;
    }
    let levels = totals.by_level.iter().filter(|row| row.entries > 0 || depth == Depth::Whole);
    let levels = levels.map(|row| (vec![ours(row.level.name())], row.entries));
    blocks.extend(count_table(vec![word_column("level")], levels));
    blocks.push(Block::Letters(code_counts(view)));
    let groups = totals.by_group.iter().map(|row| (vec![theirs(row.group)], row.entries));
    blocks.extend(count_table(vec![word_column("group")], groups));
    blocks.push(Block::Letters(client_counts(view, depth)));
    // Folded, the axis of the incidents shows the time.
    if !view.is_folded() {
        blocks.push(Block::Letters(time_counts(totals, depth)));
    }
    blocks
}

fn code_counts<'a>(view: &'a View<'a>) -> Vec<Block<'a>> {
    let (codes, omitted) = view.head(&view.totals.by_code, 0);
    let columns = vec![TableColumn { title: "code", kind: ColumnKind::Number }, words_column("title")];
    let more = and_more(omitted, "code", "codes").map(Block::Text);
    count_table(columns, codes.into_iter().map(by_code)).into_iter().chain(more).collect()
}

fn client_counts<'a>(view: &'a View<'a>, depth: Depth) -> Vec<Block<'a>> {
    let (clients, omitted, others) = view.clients();
    let rows = clients.iter().map(|row| (vec![client_name(row)], row.entries));
    let more = (omitted > 0).then(|| {
        let more = ours("and ").counted(omitted, "more client", "more clients").ours(" with ");
        Block::Text(more.counted(others, "entry", "entries"))
    });
    let mut blocks: Vec<_> = count_table(vec![words_column("client")], rows).into_iter().chain(more).collect();
    if depth == Depth::Whole && !view.is_folded() && !clients.is_empty() {
        blocks.push(Block::Text(ours("Entries of each client in the hours of the day, 0 to 23 in UTC:")));
        blocks.push(Block::List(List { columns: &[], items: clients.into_iter().map(hours_item).collect() }));
    }
    blocks
}

/// The codes and the clients with the most entries, in a line each.
fn most_frequent<'a>(view: &'a View<'a>) -> Vec<Fact<'a>> {
    let (codes, other_codes) = view.head(&view.totals.by_code, 0);
    let codes = codes.iter().map(|row| match row.code {
        Some(code) => number(row.entries).ours(" of ").theirs(code.to_string()),
        None => number(row.entries).ours(" with ").ours(row.title),
    });
    let codes = joined(codes.chain(and_more(other_codes, "code", "codes")), ", ");
    let (clients, others, _) = view.clients();
    let clients = clients.into_iter().map(|row| number(row.entries).ours(" of ").then([client_name(row)]));
    let clients = joined(clients.chain(and_more(others, "client", "clients")), ", ");
    let facts = [Fact::new("codes", codes), Fact::new("clients", clients)];
    facts.into_iter().filter(|fact| fact.values.iter().any(|value| !value.pieces().is_empty())).collect()
}

fn totals_facts(totals: &EntryTotals) -> Vec<Fact<'_>> {
    let sealed = number(totals.sealed).ours(" of them with a seal");
    let undated = (totals.undated > 0).then(|| number(totals.undated).ours(" without a time"));
    let entries = [number(totals.entries).ours(" in scope"), sealed].into_iter().chain(undated);
    let others = [
        (totals.out_of_scope, " are entries out of scope"),
        (totals.other_lines, " are no entries of Acra"),
        (totals.blank_lines, " are blank"),
    ];
    let others = others.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| number(count).ours(word));
    let lines = [number(totals.lines).ours(" in all inputs")].into_iter().chain(others);
    let levels = totals.by_level.iter().filter(|row| row.entries > 0);
    let levels = joined(levels.map(|row| number(row.entries).ours(" ").ours(row.level.name())), ", ");
    let levels = (!levels.pieces().is_empty()).then(|| Fact::new("levels", levels));
    let facts = [Fact::new("entries", joined(entries, "; ")), Fact::new("lines", joined(lines, "; "))];
    facts.into_iter().chain(levels).collect()
}

/// Counts, unless there is nothing to count.
fn count_table<'a>(columns: Vec<TableColumn>, rows: impl Iterator<Item = (Vec<Phrase<'a>>, u64)>) -> Option<Block<'a>> {
    let entries = TableColumn { title: "entries", kind: ColumnKind::Number };
    let columns = columns.into_iter().chain([entries]).collect();
    let (rows, counts): (Vec<_>, Vec<_>) = rows
        .map(|(mut cells, count)| {
            cells.push(number(count));
            (cells, count)
        })
        .unzip();
    (!rows.is_empty()).then_some(Block::Table(TableBlock { columns, rows, counts }))
}

fn by_code(row: &ByCode) -> (Vec<Phrase<'_>>, u64) {
    let code = row.code.map_or_else(|| ours("-"), |code| theirs(code.to_string()));
    (vec![code, sentence(row.title)], row.entries)
}

fn client_name(row: &ByClient) -> Phrase<'_> {
    row.client_id.as_ref().map_or_else(|| ours("(none named)"), theirs)
}

fn hours_item(row: &ByClient) -> ListItem<'_> {
    ListItem::new(client_name(row), [Some(joined(row.hours.iter().map(|entries| number(*entries)), ", "))])
}

fn time_counts<'a>(totals: &'a EntryTotals, depth: Depth) -> Vec<Block<'a>> {
    let hours = &totals.by_hour;
    let (columns, title) = match depth {
        Depth::Brief => (vec![word_column("from (UTC)")], None),
        Depth::Whole => (vec![word_column("from (UTC)"), words_column("of which")], Some(hours.bin_seconds)),
    };
    let title = title.filter(|_| !hours.bins.is_empty()).map(|seconds| {
        let steps = ours("Entries along the time, in steps of ").sentence(duration(seconds));
        Block::Text(steps.ours(" (").number(seconds).ours(" seconds):"))
    });
    let row = |bin: &'a Bin| {
        let levels = (depth == Depth::Whole).then(|| bin_levels(totals, bin));
        ([Phrase::default().time(bin.start)].into_iter().chain(levels).collect(), bin.entries)
    };
    title.into_iter().chain(count_table(columns, hours.bins.iter().map(row))).collect()
}

fn bin_levels<'a>(totals: &'a EntryTotals, bin: &Bin) -> Phrase<'a> {
    let levels = totals.by_level.iter().zip(bin.levels).filter(|(_, entries)| *entries > 0);
    joined(levels.map(|(row, entries)| number(entries).ours(" ").ours(row.level.name())), ", ")
}

const STREAMS: Nouns =
    Nouns { one: "stream", many: "streams", none: "Nothing was read.", columns: &["Stream", "Files", "Writers"] };
const CHAINS: Nouns = Nouns {
    one: "chain",
    many: "chains",
    none: "No chain was found.",
    columns: &["Chain", "Lines", "From, to", "Key", "Stream"],
};
const FINDINGS: Nouns = Nouns { one: "finding", many: "findings", none: "Nothing was found.", columns: &[] };

pub(super) fn chains<'a>(view: &'a View<'a>, depth: Depth) -> Vec<Block<'a>> {
    let Some(verification) = &view.verification else { return vec![] };
    let mut blocks = vec![Block::Text(chain_counts(verification))];
    let chain = |chain| chain_item(verification, chain);
    // Folded, closed chains are counted alone, and streams of one file have no order to tell.
    let brief = depth == Depth::Brief && view.is_folded();
    if !brief || verification.chains.iter().any(|chain| chain.verdict != ChainVerdict::Closed) {
        let closed = |chain: &ChainReport| chain.verdict == ChainVerdict::Closed;
        let chains = view.heaviest(&verification.chains, verification.chains_omitted, closed);
        blocks.extend(list(chains, CHAINS, chain));
    }
    if !brief || verification.streams.iter().any(|stream| stream.files.len() > 1) {
        blocks.push(Block::Text(ours("Files that were read as one stream:")));
        blocks.extend(list(view.head(&verification.streams, 0), STREAMS, |of| stream_item(view, of)));
    }
    blocks
}

fn chain_counts<'a>(verification: &Verification) -> Phrase<'a> {
    let counts = &verification.chain_counts;
    let words = [
        (counts.closed, " closed"),
        (counts.open_at_end, " open at the end"),
        (counts.unfinished, " unfinished"),
        (counts.headless, " without a start"),
        (counts.broken, " broken"),
    ];
    let words: Vec<_> = words.into_iter().filter(|(count, _)| *count > 0).collect();
    if words.is_empty() {
        return ours("No chain was found.");
    }
    ours("Chains: ").then([joined(words.into_iter().map(|(count, word)| number(count).ours(word)), ", ")])
}

fn chain_item<'a>(verification: &'a Verification, chain: &'a ChainReport) -> ListItem<'a> {
    let (first, last) = (&chain.first, &chain.last);
    let lines = if first.file == last.file {
        theirs(place(&first.file, first.line, last.line))
    } else {
        theirs(place(&first.file, first.line, 0)).ours(" to ").theirs(place(&last.file, last.line, 0))
    };
    let head = ours(chain.verdict.name()).ours(", ").counted(chain.entries, "entry", "entries").ours(" verified");
    let key = chain.key.as_ref().map(|key| ours("key ").theirs(key));
    let times = (chain.from.is_some() || chain.to.is_some()).then(|| Phrase::default().when(chain.from, chain.to));
    let stream = verification.streams.get(chain.stream).map(|stream| ours("stream ").theirs(&*stream.name));
    let stream = stream.filter(|_| verification.streams.len() > 1);
    ListItem::new(head, [Some(lines), times, key, stream])
}

fn stream_item<'a>(view: &View<'_>, stream: &'a StreamReport) -> ListItem<'a> {
    let mixed = stream.interleaved.then(|| ours("several instances wrote into it"));
    let (files, omitted) = view.head(&stream.files, 0);
    let files = ours("files, oldest first: ")
        .then([joined(files.into_iter().map(|file| theirs(&**file)).chain(and_more(omitted, "file", "files")), ", ")]);
    ListItem::new(theirs(&*stream.name), [Some(files), mixed])
}

pub(super) fn findings<'a>(view: &'a View<'a>) -> Vec<Block<'a>> {
    let Some(verification) = &view.verification else { return vec![] };
    let lightness = |finding: &Finding| std::cmp::Reverse(finding.class);
    list(view.heaviest(&verification.findings, verification.findings_omitted, lightness), FINDINGS, finding_item)
}

fn finding_item(finding: &Finding) -> ListItem<'_> {
    let head = ours(finding.code.name()).ours(" (").mark(finding.class.name(), finding.class.into()).ours(")");
    let head = head.then(whereabouts(finding));
    let seals = [("expected ", &finding.expected), ("found ", &finding.found)];
    let seals: Vec<_> =
        seals.into_iter().filter_map(|(words, seal)| Some(ours(words).theirs(seal.as_ref()?).ours(".."))).collect();
    let seals = (!seals.is_empty()).then(|| ours("seal ").then([joined(seals, ", ")]));
    let hint = finding.hint.as_ref().map(|hint| ours("hint: ").sentence(hint));
    ListItem::new(head, [Some(sentence(&finding.message)), seals, hint])
}

fn whereabouts(finding: &Finding) -> Option<Phrase<'_>> {
    let first = finding.place.as_ref()?;
    let place_of = match &finding.through {
        Some(last) if last.file == first.file => theirs(place(&first.file, first.line, last.line)),
        Some(last) => theirs(place(&first.file, first.line, 0)).ours(" to ").theirs(place(&last.file, last.line, 0)),
        None => theirs(place(&first.file, first.line, 0)),
    };
    let lines = (finding.lines > 0).then(|| ours(" (").counted(finding.lines, "line", "lines").ours(")"));
    Some(ours(" at ").then([place_of]).then(lines))
}

const RUNS: Nouns = Nouns {
    one: "run",
    many: "runs",
    none: "No run of a service is in the log.",
    columns: &["Run", "Times, entries, end", "Start-up line", "Stream"],
};
const SESSIONS: Nouns = Nouns { one: "session", many: "sessions", none: "No session is in the log.", columns: &[] };
const UNSIGNED: Nouns = Nouns {
    one: "stretch",
    many: "stretches",
    none: "Every line has a seal, or nothing was read.",
    columns: &["Lines", "First, last"],
};
const GAPS: Nouns =
    Nouns { one: "gap", many: "gaps", none: "No gap was found.", columns: &["Gap", "From, to", "Where"] };

pub(super) fn runs<'a>(view: &'a View<'a>, depth: Depth) -> Vec<Block<'a>> {
    list(view.head(&view.runs, view.runs_omitted), RUNS, |run| run_item(run, depth))
}

fn run_item(run: &ServiceRun, depth: Depth) -> ListItem<'_> {
    let service = run.service.as_ref().map_or_else(|| ours("a service that is not named"), theirs);
    let version = run.version.as_ref().map(|version| ours(" ").theirs(version));
    let pid = run.pid.as_ref().map(|pid| ours(", process ").theirs(pid));
    let head = ours("run ").number(run.number).ours(": ").then([service]).then(version).then(pid);
    let start = match &run.start {
        Some(start) => ours("start-up line ").theirs(place(&start.file, start.line, 0)),
        None => ours("began before the log does"),
    };
    let begins_there = run.start.as_ref().is_some_and(|start| start.file == run.stream);
    let stream = (!begins_there).then(|| ours("stream ").theirs(&*run.stream));
    let times = Phrase::default().when(run.first, run.last).ours(", ").counted(run.entries, "entry", "entries");
    let end = named(run.end.title(), run.end.name(), depth);
    ListItem::new(head, [Some(times.ours("; ").then([end])), Some(start), stream])
}

pub(super) fn sessions<'a>(view: &'a View<'a>) -> Vec<Block<'a>> {
    let sessions = view.sessions.as_deref().unwrap_or_default();
    list(view.head(sessions, view.sessions_omitted), SESSIONS, |record: &SessionRecord| {
        ListItem::new(session(record), [])
    })
}

pub(super) fn unsigned<'a>(view: &'a View<'a>) -> Vec<Block<'a>> {
    list(view.head(&view.unsigned, view.unsigned_omitted), UNSIGNED, stretch_item)
}

fn stretch_item(stretch: &UnsignedRange) -> ListItem<'_> {
    let lines = theirs(place(&stretch.file, stretch.line, stretch.through));
    let lines = lines.ours(" (").counted(stretch.lines, "line", "lines").ours(")");
    ListItem::new(lines, [Some(Phrase::default().when(stretch.first, stretch.last))])
}

pub(super) fn gaps<'a>(view: &'a View<'a>, depth: Depth) -> Vec<Block<'a>> {
    list(view.head(&view.gaps, view.gaps_omitted), GAPS, |gap| gap_item(gap, depth))
}

fn gap_item(gap: &Gap, depth: Depth) -> ListItem<'_> {
    let length = (gap.seconds > 0).then(|| {
        let length = ours(", ").sentence(duration(gap.seconds));
        match depth {
            Depth::Brief => length,
            Depth::Whole => length.ours(" (").number(gap.seconds).ours(" seconds)"),
        }
    });
    let head = named(gap.kind.title(), gap.kind.name(), depth).then(length);
    let after = if gap.kind == GapKind::FileUnread { "file " } else { "after " };
    let places = [(after, &gap.after), ("before ", &gap.before)];
    let places = places.into_iter().filter_map(|(word, at)| {
        let at = at.as_ref()?;
        Some(ours(word).theirs(place(&at.file, at.line, 0)))
    });
    let places = joined(places, ", ");
    let times = (gap.from.is_some() || gap.to.is_some()).then(|| Phrase::default().when(gap.from, gap.to));
    let places = (!places.pieces().is_empty()).then_some(places);
    ListItem::new(head, [times, places])
}

const INPUTS: Nouns = Nouns {
    one: "input",
    many: "inputs",
    none: "Nothing was read.",
    columns: &["File", "Not read", "Size", "Format", "Hash", "Stream"],
};

pub(super) fn head_facts(report: &IncidentReport) -> Vec<Fact<'_>> {
    let case = report.case_id.as_ref().map(|case| Fact::new("case", theirs(case)));
    let period = match report.period {
        Some(period) => Phrase::default().when(Some(period.first), Some(period.last)),
        None => ours("no entry in scope states its time"),
    };
    let made = report.generated_at.map(|time| Fact::new("made", Phrase::default().time(time)));
    case.into_iter().chain([Fact::new("period", period)]).chain(made).collect()
}

pub(super) fn inputs<'a>(view: &'a View<'a>) -> Vec<Block<'a>> {
    let inputs = view.head(&view.inputs, 0);
    let hashes = ours("The hash of each of them is in the json format, and with --full here.");
    let hashes = (inputs.1 > 0).then_some(Block::Text(hashes));
    list(inputs, INPUTS, input_item).into_iter().chain(hashes).collect()
}

fn input_item(input: &InputFile) -> ListItem<'_> {
    let counts = Phrase::default().counted(input.bytes, "byte", "bytes").ours(", ");
    let counts = counts.counted(input.lines, "line", "lines").ours(", ").counted(input.entries, "entry", "entries");
    let formats = input.formats.iter().map(|format| ours(format.name()));
    let kinds: Vec<_> = formats.chain(input.compression.map(ours)).chain(input.wrapper.map(ours)).collect();
    let kinds = (!kinds.is_empty()).then(|| joined(kinds, ", "));
    let stream = (input.stream != input.path).then(|| ours("stream ").theirs(&*input.stream));
    let unread = input.unread.as_ref().map(|why| ours("not read, or not to its end: ").theirs(why));
    let hash = input.sha256.as_ref().map(|hash| ours("SHA-256 ").theirs(hash));
    ListItem::new(theirs(&*input.path), [unread, Some(counts), kinds, hash, stream])
}

pub(super) fn rules(report: &IncidentReport) -> Vec<Block<'_>> {
    let rules = rules_in_words(&report.rules).map(|(name, text)| Fact::new(name, sentence(text)));
    vec![Block::Facts(rules.into())]
}

pub(super) fn scope(report: &IncidentReport) -> Vec<Block<'_>> {
    let scope = &report.scope;
    let since = scope.since.map(|time| Fact::new("since", Phrase::default().time(time)));
    let before = scope.before.map(|time| Fact::new("before", Phrase::default().time(time)));
    let clients = Fact::several("clients", scope.client_ids.iter().map(theirs));
    let clients = (!clients.values.is_empty()).then_some(clients);
    let mut facts: Vec<_> = since.into_iter().chain(before).chain(clients).collect();
    let whole = if facts.is_empty() {
        ours("The whole log.")
    } else {
        ours("Verification and runs see the whole log; everything else is confined to this.")
    };
    if !report.redacted.is_empty() {
        let fields = joined(report.redacted.iter().map(|field| sentence(*field)), ", ");
        facts.push(Fact::new("redacted", fields.ours(": the same pseudonym stands for the same text")));
    }
    let facts = (!facts.is_empty()).then_some(Block::Facts(facts));
    [Block::Text(whole)].into_iter().chain(facts).collect()
}

pub(super) fn not_shown<'a>(view: &'a View<'a>) -> Vec<Block<'a>> {
    let nouns = Nouns { one: "limit", many: "limits", none: "Nothing is known to be missing.", columns: &[] };
    list(view.head(&view.not_shown, 0), nouns, |limit| {
        let stream = limit.stream.as_ref().map(|stream| theirs(&**stream).ours(": "));
        ListItem::new(Phrase::default().then(stream).sentence(&limit.what), [])
    })
}

pub(super) fn tool(report: &IncidentReport) -> Vec<Block<'_>> {
    let Tool { name, version } = Tool::THIS;
    vec![Block::Facts(vec![
        Fact::new("tool", ours(name).ours(" ").sentence(version)),
        Fact::new("command", theirs(&report.command)),
    ])]
}

/// A list, and how many more there are.
fn list<'a, T>(
    (items, omitted): (Vec<&'a T>, u64),
    nouns: Nouns,
    item: impl Fn(&'a T) -> ListItem<'a>,
) -> Vec<Block<'a>> {
    if items.is_empty() && omitted == 0 {
        return vec![Block::Text(ours(nouns.none))];
    }
    let more = and_more(omitted, nouns.one, nouns.many).map(Block::Text);
    let list = List { columns: nouns.columns, items: items.into_iter().map(item).collect() };
    [Block::List(list)].into_iter().chain(more).collect()
}

/// Words for people; with those of the machine formats when the depth asks for them.
fn named<'a>(title: &'static str, name: &'static str, depth: Depth) -> Phrase<'a> {
    if depth == Depth::Brief || title == name {
        return ours(title);
    }
    ours(title).ours(" (").ours(name).ours(")")
}
