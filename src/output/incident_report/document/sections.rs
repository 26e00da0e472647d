//! What stands in each part of the report, in the order of the parts: the verification, the incidents, counts, chains and
//! findings, what the log tells beside its incidents, and how the report was made.

use super::{
    Article, Block, ChartKind, ColumnKind, Depth, Fact, FactRole, List, ListItem, TableBlock, TableColumn, axis,
};
use crate::entry::LogTime;
use crate::event::catalogue;
use crate::incident::report::{
    Bin, ByClient, ByCode, EntryTotals, Example, Gap, GapKind, Incident, IncidentReport, InputFile, Reference,
    SealCounts, ServiceRun, SessionRecord, UnsignedRange, Verification, place,
};
use crate::incident::{IncidentGroup, rules_in_words};
use crate::output::incident_report::view::View;
use crate::output::incident_report::wording::{
    Emphasis, Phrase, and_more, clients, count, duration, in_a_sentence, incident_summary, is_one_day, joined, lasted,
    number, sentence, trusted, untrusted, verdict,
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
        verification.default_policy_outcome.map(|other| trusted("; by the default policy: ").trusted(other.name()));
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
    let classes = classes.map(|(word, tally)| amount(tally).trusted(" ").trusted(word));
    let total = amount(account.total()).trusted(" in all");
    vec![
        Fact::several("proven", streams).is(role),
        Fact::new("policy", trusted(verification.policy.name()).then(by_default)),
        Fact::several("keys", keys),
        Fact::several("bytes", classes.chain([total])),
    ]
}

fn proven_ranges<'a>(view: &View<'_>, stream: &'a StreamReport) -> Phrase<'a> {
    let name = untrusted(&*stream.name).trusted(": ");
    if stream.proven.is_empty() && stream.proven_omitted == 0 {
        return name.trusted("nothing");
    }
    let (ranges, omitted) = view.head(&stream.proven, stream.proven_omitted);
    let ranges = ranges.into_iter().map(|range| Phrase::default().when(Some(range.from), Some(range.to)));
    name.then([joined(ranges.chain(and_more(omitted, "range", "ranges")), ", ")])
}

fn key_in_words(key: &KeyReport) -> Phrase<'_> {
    untrusted(&key.fingerprint)
        .trusted(" from ")
        .untrusted(&key.source)
        .trusted(": ")
        .counted(key.chains, "chain", "chains")
}

fn amount<'a>(tally: Tally) -> Phrase<'a> {
    number(tally.bytes).trusted(" in ").counted(tally.lines, "line", "lines")
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
    blocks.extend(view.worst().map(|incident| Block::Text(trusted("The worst: ").then([in_a_sentence(incident)]))));
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
        (view.groups_omitted > 0).then(|| trusted("and ").counted(view.groups_omitted, "more group", "more groups"));
    [table].into_iter().chain(more.map(|more| Block::Text(more.trusted(" of similar incidents")))).collect()
}

/// The incidents that are told, one after the other.
pub(super) fn in_full<'a>(view: &'a View<'a>, depth: Depth) -> Vec<Block<'a>> {
    let articles = view.told().map(|incident| {
        let Incident { number, ref title, severity, .. } = *incident;
        Block::Article(Article { number, title, tone: severity.into(), facts: incident_facts(view, incident, depth) })
    });
    let folded = view.incidents_folded();
    let folded = (folded > 0).then(|| {
        let folded = trusted("and ").counted(folded, "more incident", "more incidents");
        Block::Text(folded.trusted(": --full tells them all, and the formats csv and json have them all."))
    });
    articles.chain(folded).collect()
}

fn group_row<'a>(group: &IncidentGroup, incident: &'a Incident, day_is_clear: bool) -> Vec<Phrase<'a>> {
    let first = |time: LogTime| Phrase::default().moment(time.whole_seconds(), day_is_clear);
    let by_rule = group.sigma_rule.is_some().then(|| trusted(": ").sentence(&*incident.title));
    vec![
        number(group.number),
        Phrase::default().severity(group.severity),
        group.first.map_or_else(|| trusted("not stated"), first),
        number(group.count),
        Phrase::default().link(group.number, group.kind.title()).then(by_rule),
        clients(incident),
    ]
}

fn incident_facts<'a>(view: &View<'_>, incident: &'a Incident, depth: Depth) -> Vec<Fact<'a>> {
    let score = Phrase::default()
        .severity(incident.severity)
        .trusted(" (")
        .number(incident.severity_score.into())
        .trusted(" of 10)");
    let mut facts = vec![
        Fact::new("severity", score),
        Fact::new("kind", trusted(incident.kind.name())),
        Fact::new("count", count(incident)),
    ];
    if depth == Depth::Whole && incident.count == 1 {
        facts.push(Fact::new("counted", trusted(incident.counted)));
    }
    push_times(incident, depth, &mut facts);
    let (clients, more) = view.head(&incident.client_ids, incident.client_ids_omitted);
    let more = and_more(more, "client", "clients");
    push_fact(&mut facts, "clients", FactRole::Plain, clients.into_iter().map(untrusted).chain(more));
    push_fact(&mut facts, "codes", FactRole::Plain, incident.codes.iter().map(|code| code_title(*code)));
    let rule = untrusted(&*incident.rule.name).trusted(": ").sentence(&incident.rule.text);
    facts.push(Fact::new("rule", rule).is(FactRole::Reason));
    let numbers = incident.rule.numbers.iter().map(|(name, value)| sentence(*name).trusted(" ").number(*value));
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
        (elsewhere > 0).then(|| Phrase::default().counted(elsewhere, "entry", "entries").trusted(" elsewhere"));
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
        let length = length.map(|length| trusted(", lasted ").sentence(length));
        facts.push(Fact::new("when", Phrase::default().when(incident.first, incident.last).then(length)));
        return;
    }
    let time = |name, time: Option<_>| time.map(|time| Fact::new(name, Phrase::default().time(time)));
    let [first, last] = [time("first", incident.first), time("last", incident.last)];
    if first.is_none() && last.is_none() {
        facts.push(Fact::new("time", trusted("its entries do not state theirs")));
    }
    let length = length.map(|length| Fact::new("lasted", sentence(length)));
    facts.extend([first, last, length].into_iter().flatten());
}

fn code_title<'a>(code: u16) -> Phrase<'a> {
    let title = catalogue::find(code).map_or("unknown code", |entry| entry.title);
    untrusted(code.to_string()).trusted(" ").sentence(title)
}

fn seals<'a>(counts: SealCounts) -> Phrase<'a> {
    let SealCounts { verified, reencoded, unsigned, failed } = counts;
    let words = [
        (verified, " verified"),
        (reencoded, " verified in another spelling"),
        (unsigned, " unsigned"),
        (failed, " failed"),
    ];
    joined(words.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| number(count).trusted(word)), ", ")
}

/// A session on one line.
fn session(session: &SessionRecord) -> Phrase<'_> {
    let phrase = untrusted(&session.session_id).trusted(" in run ").number(session.run);
    let client = session.client_id.as_ref().map(|client| trusted(", client ").untrusted(client));
    let addresses = joined(session.addresses.iter().map(untrusted), " or ");
    let addresses = (!session.addresses.is_empty()).then(|| trusted(", from ").then([addresses]));
    let phrase = phrase.then(client).then(addresses).trusted("; ").counted(session.entries, "entry", "entries");
    phrase.trusted(", ").when(session.first, session.last)
}

fn reference(reference: &Reference) -> Phrase<'_> {
    untrusted(reference.shown_as(&reference.file))
        .trusted(" (")
        .counted(reference.entries, "entry", "entries")
        .trusted(")")
}

fn example(entry: &Example, depth: Depth) -> Vec<Phrase<'_>> {
    let time = entry.time.filter(|_| depth == Depth::Whole).map(|time| trusted(", ").time(time));
    let head =
        untrusted(place(&entry.file, entry.line, entry.line)).then(time).trusted(", ").trusted(entry.level.name());
    let error = entry.error.as_ref().map(|error| trusted("error: ").untrusted(error));
    [head, untrusted(&entry.message)].into_iter().chain(error).collect()
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
    let levels = levels.map(|row| (vec![trusted(row.level.name())], row.entries));
    blocks.extend(count_table(vec![word_column("level")], levels));
    blocks.push(Block::Letters(code_counts(view)));
    let groups = totals.by_group.iter().map(|row| (vec![untrusted(row.group)], row.entries));
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
        let more = trusted("and ").counted(omitted, "more client", "more clients").trusted(" with ");
        Block::Text(more.counted(others, "entry", "entries"))
    });
    let mut blocks: Vec<_> = count_table(vec![words_column("client")], rows).into_iter().chain(more).collect();
    if depth == Depth::Whole && !view.is_folded() && !clients.is_empty() {
        blocks.push(Block::Text(trusted("Entries of each client in the hours of the day, 0 to 23 in UTC:")));
        blocks.push(Block::List(List { columns: &[], items: clients.into_iter().map(hours_item).collect() }));
    }
    blocks
}

/// The codes and the clients with the most entries, in a line each.
fn most_frequent<'a>(view: &'a View<'a>) -> Vec<Fact<'a>> {
    let (codes, other_codes) = view.head(&view.totals.by_code, 0);
    let codes = codes.iter().map(|row| match row.code {
        Some(code) => number(row.entries).trusted(" of ").untrusted(code.to_string()),
        None => number(row.entries).trusted(" with ").trusted(row.title),
    });
    let codes = joined(codes.chain(and_more(other_codes, "code", "codes")), ", ");
    let (clients, others, _) = view.clients();
    let clients = clients.into_iter().map(|row| number(row.entries).trusted(" of ").then([client_name(row)]));
    let clients = joined(clients.chain(and_more(others, "client", "clients")), ", ");
    let facts = [Fact::new("codes", codes), Fact::new("clients", clients)];
    facts.into_iter().filter(|fact| fact.values.iter().any(|value| !value.pieces().is_empty())).collect()
}

fn totals_facts(totals: &EntryTotals) -> Vec<Fact<'_>> {
    let sealed = number(totals.sealed).trusted(" of them with a seal");
    let undated = (totals.undated > 0).then(|| number(totals.undated).trusted(" without a time"));
    let entries = [number(totals.entries).trusted(" in scope"), sealed].into_iter().chain(undated);
    let others = [
        (totals.out_of_scope, " are entries out of scope"),
        (totals.other_lines, " are no entries of Acra"),
        (totals.blank_lines, " are blank"),
    ];
    let others = others.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| number(count).trusted(word));
    let lines = [number(totals.lines).trusted(" in all inputs")].into_iter().chain(others);
    let levels = totals.by_level.iter().filter(|row| row.entries > 0);
    let levels = joined(levels.map(|row| number(row.entries).trusted(" ").trusted(row.level.name())), ", ");
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
    let code = row.code.map_or_else(|| trusted("-"), |code| untrusted(code.to_string()));
    (vec![code, sentence(row.title)], row.entries)
}

fn client_name(row: &ByClient) -> Phrase<'_> {
    row.client_id.as_ref().map_or_else(|| trusted("(none named)"), untrusted)
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
        let steps = trusted("Entries along the time, in steps of ").sentence(duration(seconds));
        Block::Text(steps.trusted(" (").number(seconds).trusted(" seconds):"))
    });
    let row = |bin: &'a Bin| {
        let levels = (depth == Depth::Whole).then(|| bin_levels(totals, bin));
        ([Phrase::default().time(bin.start)].into_iter().chain(levels).collect(), bin.entries)
    };
    title.into_iter().chain(count_table(columns, hours.bins.iter().map(row))).collect()
}

fn bin_levels<'a>(totals: &'a EntryTotals, bin: &Bin) -> Phrase<'a> {
    let levels = totals.by_level.iter().zip(bin.levels).filter(|(_, entries)| *entries > 0);
    joined(levels.map(|(row, entries)| number(entries).trusted(" ").trusted(row.level.name())), ", ")
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
        blocks.push(Block::Text(trusted("Files that were read as one stream:")));
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
        return trusted("No chain was found.");
    }
    trusted("Chains: ").then([joined(words.into_iter().map(|(count, word)| number(count).trusted(word)), ", ")])
}

fn chain_item<'a>(verification: &'a Verification, chain: &'a ChainReport) -> ListItem<'a> {
    let (first, last) = (&chain.first, &chain.last);
    let lines = if first.file == last.file {
        untrusted(place(&first.file, first.line, last.line))
    } else {
        untrusted(place(&first.file, first.line, 0)).trusted(" to ").untrusted(place(&last.file, last.line, 0))
    };
    let head =
        trusted(chain.verdict.name()).trusted(", ").counted(chain.entries, "entry", "entries").trusted(" verified");
    let key = chain.key.as_ref().map(|key| trusted("key ").untrusted(key));
    let times = (chain.from.is_some() || chain.to.is_some()).then(|| Phrase::default().when(chain.from, chain.to));
    let stream = verification.streams.get(chain.stream).map(|stream| trusted("stream ").untrusted(&*stream.name));
    let stream = stream.filter(|_| verification.streams.len() > 1);
    ListItem::new(head, [Some(lines), times, key, stream])
}

fn stream_item<'a>(view: &View<'_>, stream: &'a StreamReport) -> ListItem<'a> {
    let mixed = stream.interleaved.then(|| trusted("several instances wrote into it"));
    let (files, omitted) = view.head(&stream.files, 0);
    let files = trusted("files, oldest first: ").then([joined(
        files.into_iter().map(|file| untrusted(&**file)).chain(and_more(omitted, "file", "files")),
        ", ",
    )]);
    ListItem::new(untrusted(&*stream.name), [Some(files), mixed])
}

pub(super) fn findings<'a>(view: &'a View<'a>) -> Vec<Block<'a>> {
    let Some(verification) = &view.verification else { return vec![] };
    let lightness = |finding: &Finding| std::cmp::Reverse(finding.class);
    list(view.heaviest(&verification.findings, verification.findings_omitted, lightness), FINDINGS, finding_item)
}

fn finding_item(finding: &Finding) -> ListItem<'_> {
    let head = trusted(finding.code.name()).trusted(" (").mark(finding.class.name(), finding.class.into()).trusted(")");
    let head = head.then(whereabouts(finding));
    let seals = [("expected ", &finding.expected), ("found ", &finding.found)];
    let seals: Vec<_> = seals
        .into_iter()
        .filter_map(|(words, seal)| Some(trusted(words).untrusted(seal.as_ref()?).trusted("..")))
        .collect();
    let seals = (!seals.is_empty()).then(|| trusted("seal ").then([joined(seals, ", ")]));
    let hint = finding.hint.as_ref().map(|hint| trusted("hint: ").sentence(hint));
    ListItem::new(head, [Some(sentence(&finding.message)), seals, hint])
}

fn whereabouts(finding: &Finding) -> Option<Phrase<'_>> {
    let first = finding.place.as_ref()?;
    let place_of = match &finding.through {
        Some(last) if last.file == first.file => untrusted(place(&first.file, first.line, last.line)),
        Some(last) => {
            untrusted(place(&first.file, first.line, 0)).trusted(" to ").untrusted(place(&last.file, last.line, 0))
        }
        None => untrusted(place(&first.file, first.line, 0)),
    };
    let lines = (finding.lines > 0).then(|| trusted(" (").counted(finding.lines, "line", "lines").trusted(")"));
    Some(trusted(" at ").then([place_of]).then(lines))
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
    let service = run.service.as_ref().map_or_else(|| trusted("a service that is not named"), untrusted);
    let version = run.version.as_ref().map(|version| trusted(" ").untrusted(version));
    let pid = run.pid.as_ref().map(|pid| trusted(", process ").untrusted(pid));
    let head = trusted("run ").number(run.number).trusted(": ").then([service]).then(version).then(pid);
    let start = match &run.start {
        Some(start) => trusted("start-up line ").untrusted(place(&start.file, start.line, 0)),
        None => trusted("began before the log does"),
    };
    let begins_there = run.start.as_ref().is_some_and(|start| start.file == run.stream);
    let stream = (!begins_there).then(|| trusted("stream ").untrusted(&*run.stream));
    let times = Phrase::default().when(run.first, run.last).trusted(", ").counted(run.entries, "entry", "entries");
    let end = named(run.end.title(), run.end.name(), depth);
    ListItem::new(head, [Some(times.trusted("; ").then([end])), Some(start), stream])
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
    let lines = untrusted(place(&stretch.file, stretch.line, stretch.through));
    let lines = lines.trusted(" (").counted(stretch.lines, "line", "lines").trusted(")");
    ListItem::new(lines, [Some(Phrase::default().when(stretch.first, stretch.last))])
}

pub(super) fn gaps<'a>(view: &'a View<'a>, depth: Depth) -> Vec<Block<'a>> {
    list(view.head(&view.gaps, view.gaps_omitted), GAPS, |gap| gap_item(gap, depth))
}

fn gap_item(gap: &Gap, depth: Depth) -> ListItem<'_> {
    let length = (gap.seconds > 0).then(|| {
        let length = trusted(", ").sentence(duration(gap.seconds));
        match depth {
            Depth::Brief => length,
            Depth::Whole => length.trusted(" (").number(gap.seconds).trusted(" seconds)"),
        }
    });
    let head = named(gap.kind.title(), gap.kind.name(), depth).then(length);
    let after = if gap.kind == GapKind::FileUnread { "file " } else { "after " };
    let places = [(after, &gap.after), ("before ", &gap.before)];
    let places = places.into_iter().filter_map(|(word, at)| {
        let at = at.as_ref()?;
        Some(trusted(word).untrusted(place(&at.file, at.line, 0)))
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
    let case = report.case_id.as_ref().map(|case| Fact::new("case", untrusted(case)));
    let period = match report.period {
        Some(period) => Phrase::default().when(Some(period.first), Some(period.last)),
        None => trusted("no entry in scope states its time"),
    };
    let made = report.generated_at.map(|time| Fact::new("made", Phrase::default().time(time)));
    case.into_iter().chain([Fact::new("period", period)]).chain(made).collect()
}

pub(super) fn inputs<'a>(view: &'a View<'a>) -> Vec<Block<'a>> {
    let inputs = view.head(&view.inputs, 0);
    let hashes = trusted("The hash of each of them is in the json format, and with --full here.");
    let hashes = (inputs.1 > 0).then_some(Block::Text(hashes));
    list(inputs, INPUTS, input_item).into_iter().chain(hashes).collect()
}

fn input_item(input: &InputFile) -> ListItem<'_> {
    let counts = Phrase::default().counted(input.bytes, "byte", "bytes").trusted(", ");
    let counts = counts.counted(input.lines, "line", "lines").trusted(", ").counted(input.entries, "entry", "entries");
    let formats = input.formats.iter().map(|format| trusted(format.name()));
    let kinds: Vec<_> = formats.chain(input.compression.map(trusted)).chain(input.wrapper.map(trusted)).collect();
    let kinds = (!kinds.is_empty()).then(|| joined(kinds, ", "));
    let stream = (input.stream != input.path).then(|| trusted("stream ").untrusted(&*input.stream));
    let unread = input.unread.as_ref().map(|why| trusted("not read, or not to its end: ").untrusted(why));
    let hash = input.sha256.as_ref().map(|hash| trusted("SHA-256 ").untrusted(hash));
    ListItem::new(untrusted(&*input.path), [unread, Some(counts), kinds, hash, stream])
}

pub(super) fn rules(report: &IncidentReport) -> Vec<Block<'_>> {
    let rules = rules_in_words(&report.rules).map(|(name, text)| Fact::new(name, sentence(text)));
    vec![Block::Facts(rules.into())]
}

pub(super) fn scope(report: &IncidentReport) -> Vec<Block<'_>> {
    let scope = &report.scope;
    let since = scope.since.map(|time| Fact::new("since", Phrase::default().time(time)));
    let before = scope.before.map(|time| Fact::new("before", Phrase::default().time(time)));
    let clients = Fact::several("clients", scope.client_ids.iter().map(untrusted));
    let clients = (!clients.values.is_empty()).then_some(clients);
    let mut facts: Vec<_> = since.into_iter().chain(before).chain(clients).collect();
    let whole = if facts.is_empty() {
        trusted("The whole log.")
    } else {
        trusted("Verification and runs see the whole log; everything else is confined to this.")
    };
    if !report.redacted.is_empty() {
        let fields = joined(report.redacted.iter().map(|field| sentence(*field)), ", ");
        facts.push(Fact::new("redacted", fields.trusted(": the same pseudonym stands for the same text")));
    }
    let facts = (!facts.is_empty()).then_some(Block::Facts(facts));
    [Block::Text(whole)].into_iter().chain(facts).collect()
}

pub(super) fn not_shown<'a>(view: &'a View<'a>) -> Vec<Block<'a>> {
    let nouns = Nouns { one: "limit", many: "limits", none: "Nothing is known to be missing.", columns: &[] };
    list(view.head(&view.not_shown, 0), nouns, |limit| {
        let stream = limit.stream.as_ref().map(|stream| untrusted(&**stream).trusted(": "));
        ListItem::new(Phrase::default().then(stream).sentence(&limit.what), [])
    })
}

pub(super) fn tool(report: &IncidentReport) -> Vec<Block<'_>> {
    let Tool { name, version } = Tool::THIS;
    vec![Block::Facts(vec![
        Fact::new("tool", trusted(name).trusted(" ").sentence(version)),
        Fact::new("command", untrusted(&report.command)),
    ])]
}

/// A list, and how many more there are.
fn list<'a, T>(
    (items, omitted): (Vec<&'a T>, u64),
    nouns: Nouns,
    item: impl Fn(&'a T) -> ListItem<'a>,
) -> Vec<Block<'a>> {
    if items.is_empty() && omitted == 0 {
        return vec![Block::Text(trusted(nouns.none))];
    }
    let more = and_more(omitted, nouns.one, nouns.many).map(Block::Text);
    let list = List { columns: nouns.columns, items: items.into_iter().map(item).collect() };
    [Block::List(list)].into_iter().chain(more).collect()
}

/// Words for people; with those of the machine formats when the depth asks for them.
fn named<'a>(title: &'static str, name: &'static str, depth: Depth) -> Phrase<'a> {
    if depth == Depth::Brief || title == name {
        return trusted(title);
    }
    trusted(title).trusted(" (").trusted(name).trusted(")")
}
