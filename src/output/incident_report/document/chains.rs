//! What verification found: streams and their chains, then the findings.

use super::{Block, Depth, ListItem, Nouns, list};
use crate::incident::report::Verification;
use crate::output::incident_report::phrase::{Phrase, joined, number, ours, sentence, theirs};
use crate::output::incident_report::view::View;
use crate::output::incident_report::wording::{and_more, place};
use crate::verdict::report::{ChainReport, ChainVerdict, Finding, StreamReport};

const STREAMS: Nouns =
    Nouns { one: "stream", many: "streams", none: "Nothing was read.", columns: &["Stream", "Files", "Writers"] };
const CHAINS: Nouns = Nouns {
    one: "chain",
    many: "chains",
    none: "No chain was found.",
    columns: &["Chain", "Lines", "From, to", "Key", "Stream"],
};
const FINDINGS: Nouns = Nouns { one: "finding", many: "findings", none: "Nothing was found.", columns: &[] };

pub(super) fn chains<'a>(report: &'a View<'a>, depth: Depth) -> Vec<Block<'a>> {
    let Some(verification) = &report.verification else { return vec![] };
    let mut blocks = vec![Block::Text(counts(verification))];
    let chain = |chain| of_chain(verification, chain);
    // Folded, closed chains are counted alone, and streams of one file have no order to tell.
    let brief = depth == Depth::Brief && report.is_folded();
    if !brief || verification.chains.iter().any(|chain| chain.verdict != ChainVerdict::Closed) {
        let closed = |chain: &ChainReport| chain.verdict == ChainVerdict::Closed;
        let chains = report.heaviest(&verification.chains, verification.chains_omitted, closed);
        blocks.extend(list(chains, CHAINS, chain));
    }
    if !brief || verification.streams.iter().any(|stream| stream.files.len() > 1) {
        blocks.push(Block::Text(ours("Files that were read as one stream:")));
        blocks.extend(list(report.head(&verification.streams, 0), STREAMS, |of| stream(report, of)));
    }
    blocks
}

fn counts<'a>(verification: &Verification) -> Phrase<'a> {
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

fn of_chain<'a>(verification: &'a Verification, chain: &'a ChainReport) -> ListItem<'a> {
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

fn stream<'a>(report: &View<'_>, stream: &'a StreamReport) -> ListItem<'a> {
    let mixed = stream.interleaved.then(|| ours("several instances wrote into it"));
    let (files, omitted) = report.head(&stream.files, 0);
    let files = ours("files, oldest first: ")
        .then([joined(files.into_iter().map(|file| theirs(&**file)).chain(and_more(omitted, "file", "files")), ", ")]);
    ListItem::new(theirs(&*stream.name), [Some(files), mixed])
}

pub(super) fn findings<'a>(report: &'a View<'a>) -> Vec<Block<'a>> {
    let Some(verification) = &report.verification else { return vec![] };
    let lightness = |finding: &Finding| std::cmp::Reverse(finding.class);
    list(report.heaviest(&verification.findings, verification.findings_omitted, lightness), FINDINGS, finding)
}

fn finding(finding: &Finding) -> ListItem<'_> {
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
