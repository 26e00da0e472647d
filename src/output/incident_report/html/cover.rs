//! The top of the page: what it is called, whose case it is, which time it covers, and whether the log can be trusted.

use super::charts::share;
use super::element::{Element, Node};
use super::evidence::not_verified;
use super::section::Section;
use super::table::{Column, Table};
use super::value::{counted, duration, facts, id, ids, later, more, note, outcome_class, plain};
use crate::entry::LogTime;
use crate::output::incident_report::view::View;
use crate::output::incident_report::wording;
use crate::verdict::report::{KeyReport, StreamReport};

pub(super) fn header(report: &View<'_>) -> Element {
    let period = report.period.map(|period| {
        let length = duration(i128::from(period.last.unix_ms) - i128::from(period.first.unix_ms));
        let ends = Element::new("span")
            .class("span")
            .with(period.first)
            .with(" to ")
            .with(later(Some(period.first), period.last));
        Element::new("span").with(ends).with(Element::new("span").class("aside").with(length))
    });
    let redacted = Some(ids(&report.redacted)).filter(|_| !report.redacted.is_empty());
    let facts = facts([
        ("Case", report.case_id.clone().map(id).into()),
        ("Period", period.map_or_else(|| "no entry states its time".into(), Node::from)),
        ("Generated", report.generated_at.map_or_else(|| "date not recorded".into(), Node::from)),
        ("Replaced by pseudonyms", redacted.unwrap_or_else(|| "nothing".into())),
    ]);
    Element::new("header")
        .with(Element::new("p").class("kicker").with("Incident report"))
        .with(Element::new("h1").with(report.title.as_str()))
        .with(facts)
}

pub(super) fn verdict(report: &View<'_>) -> Element {
    let outcome = report.verification.as_ref().map(|verification| verification.outcome);
    let (word, meaning) = wording::verdict(report.verification.as_ref());
    let statement = Element::new("div")
        .class(format_args!("statement {}", outcome_class(outcome)))
        .with(Element::new("p").class("word").with(word))
        .with(report.verification.as_ref().map_or(Node::Nothing, |verification| proven(&verification.streams).into()))
        .with(Element::new("p").with(meaning));
    Section::Verdict.holding([statement.into()])
}

/// The proven range in words; of several the first and how many more.
fn proven(streams: &[StreamReport]) -> Element {
    let words = Element::new("p").class("proven");
    let Some(range) = streams.iter().find_map(|stream| stream.proven.first()) else {
        return words.with("nothing is proven");
    };
    let time = |words| Element::new("time").with(words);
    let (from, to) = (day_and_time(range.from), day_and_time(range.to));
    let end = if from.0 == to.0 { to.1 } else { format!("{} {}", to.0, to.1) };
    let all: u64 = streams.iter().map(|stream| stream.proven.len() as u64 + stream.proven_omitted).sum();
    let more = match (all - 1, streams.len()) {
        (0, _) => String::new(),
        (more, 1) => format!(", and {}", counted(more, "more range", "more ranges")),
        (more, streams) => format!(", and {} in {streams} streams", counted(more, "more range", "more ranges")),
    };
    let start = time(format!("{} {}", from.0, from.1));
    words.with("proven ").with(start).with(" to ").with(time(end)).with(more)
}

/// `2025-03-14` and `00:00:00.271Z`.
fn day_and_time(time: LogTime) -> (String, String) {
    let text = time.to_string();
    text.split_once('T').map_or_else(|| (String::new(), text.clone()), |(day, time)| (day.to_owned(), time.to_owned()))
}

/// What stands behind the verdict.
pub(super) fn proof(report: &View<'_>) -> Element {
    let Some(verification) = &report.verification else {
        return Section::Proof.holding([not_verified()]);
    };
    let by_default = match verification.default_policy_outcome {
        Some(outcome) => outcome.name(),
        None => "not worse",
    };
    let facts = facts([
        ("Policy", verification.policy.name().into()),
        ("By the default policy", by_default.into()),
        ("Exit code of verify", u64::from(verification.outcome.code()).into()),
    ]);
    let remark = "A proven range is a stretch of the log's own time within which every signed entry verified. What \
                  lies outside of it, and whether a whole chain was removed, is not shown.";
    Section::Proof.holding([
        facts.into(),
        streams(report, &verification.streams),
        keys(report, &verification.keys),
        share::figure(&verification.account),
        note(remark).into(),
    ])
}

fn streams(report: &View<'_>, streams: &[StreamReport]) -> Node {
    let (streams, more_streams) = report.head(streams);
    let columns = [("No.", Column::Line), ("Stream", Column::Words), ("Proven", Column::Line)];
    let mut table = Table::new("What is proven, stream by stream", columns)
        .column("Files, oldest first", Column::Words)
        .column("Interleaved", Column::Line);
    for (index, stream) in streams.iter().enumerate() {
        let ranges = stream.proven.iter().map(|range| {
            let from = Element::new("span").class("line").with(range.from).with(" to");
            Element::new("span").class("range").with(from).with(" ").with(later(Some(range.from), range.to))
        });
        let proven = match stream.proven.len() {
            0 => Element::new("span").class("none").with("nothing"),
            _ => Element::new("div").class("ranges").with_all(ranges),
        };
        let proven = Element::new("div").with(proven).with(more(stream.proven_omitted, "ranges"));
        let (files, more_files) = report.head(&stream.files);
        let files = Element::new("div").with(ids(files)).with(more(more_files, "files"));
        table.row([
            plain(index as u64),
            id(&*stream.name).into(),
            proven.into(),
            files.into(),
            (if stream.interleaved { "yes" } else { "no" }).into(),
        ]);
    }
    Element::new("div").with(table.titled()).with(more(more_streams, "streams")).into()
}

fn keys(report: &View<'_>, keys: &[KeyReport]) -> Node {
    let all = keys.len() as u64;
    let (keys, more_keys) = report.head(keys);
    let columns = [("Fingerprint", Column::Line), ("Source", Column::Words), ("Chains it verified", Column::Number)];
    let mut table = Table::new(format!("Keys, by fingerprint: {}", counted(all, "key", "keys")), columns);
    for key in keys {
        table.row([id(key.fingerprint.as_str()).into(), id(key.source.as_str()).into(), key.chains.into()]);
    }
    Element::new("div").with(table.titled()).with(more(more_keys, "keys")).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Outcome;
    use crate::verdict::report::ProvenRange;

    /// 2025-03-14T00:00:00Z
    const MIDNIGHT: i64 = 1_741_910_400_000;

    fn stream(ranges: &[(i64, i64)], proven_omitted: u64) -> StreamReport {
        let time = |seconds: i64| LogTime { unix_ms: MIDNIGHT + seconds * 1000 };
        let proven = ranges.iter().map(|(from, to)| ProvenRange { from: time(*from), to: time(*to) }).collect();
        StreamReport {
            name: "log".into(),
            outcome: Outcome::Intact,
            files: Vec::new(),
            proven,
            proven_omitted,
            interleaved: false,
        }
    }

    #[test]
    fn the_proven_range_is_said_in_words_and_of_several_the_first() {
        let (one, none) = (|| stream(&[(0, 60)], 0), || stream(&[], 0));
        let cases = [
            (vec![one()], "proven 2025-03-14 00:00:00Z to 00:01:00Z"),
            (vec![stream(&[(0, 86_400)], 0)], "proven 2025-03-14 00:00:00Z to 2025-03-15 00:00:00Z"),
            (vec![stream(&[(0, 1), (5, 6)], 0)], "proven 2025-03-14 00:00:00Z to 00:00:01Z, and 1 more range"),
            (vec![stream(&[(0, 1)], 7)], "proven 2025-03-14 00:00:00Z to 00:00:01Z, and 7 more ranges"),
            (vec![none(), one()], "proven 2025-03-14 00:00:00Z to 00:01:00Z"),
            (vec![one(), one()], "proven 2025-03-14 00:00:00Z to 00:01:00Z, and 1 more range in 2 streams"),
            (vec![none()], "nothing is proven"),
            (vec![], "nothing is proven"),
        ];
        for (streams, wanted) in cases {
            let mut out = Vec::new();
            proven(&streams).write(&mut out).unwrap();
            let written = String::from_utf8(out).unwrap().replace("<time>", "").replace("</time>", "");
            assert_eq!(written, format!("<p class=\"proven\">{wanted}</p>\n"));
        }
    }
}
