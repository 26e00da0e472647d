//! Where the limits of the judge lie: a log that just keeps one, and one that just does not. Caps that need more lines than
//! a log in memory should have are held beside their code.

use crate::attacks::damage::change_text;
use crate::log_writer::{Event, Format, Lines, Service, spelling, text};
use crate::support::fixture;
use crate::support::report::Report;
use crate::support::verify::verify_one_by_one;

/// The format that states milliseconds.
const JSON: Format = Format::Json;

const NOON_MS: i64 = 1_741_953_600_000;

fn service() -> Service {
    Service::new(JSON, fixture::key("audit.key"), 1)
}

fn report_on(lines: &[Vec<u8>]) -> Report {
    verify_one_by_one(&text(lines), &[fixture::key("audit.key")])
}

/// The entries that a chain has at these times, counted from noon.
fn entries_at(service: &mut Service, name: &str, times_ms: &[i64]) -> Lines {
    let entry = |(number, after_ms): (usize, &i64)| {
        service.write(&Event::new(NOON_MS + after_ms, "info", &format!("{name} {number}")))
    };
    times_ms.iter().enumerate().map(entry).collect()
}

/// A line of a start that is not its first.
fn of_a_start(after_ms: i64) -> Vec<u8> {
    spelling::unsigned(JSON, &Event::new(NOON_MS + after_ms, "info", "Keystore init OK"))
}

/// A chain that begins at noon, behind a line of a start.
fn behind_a_start(of_a_start_ms: i64) -> Lines {
    let mut lines = vec![of_a_start(of_a_start_ms)];
    lines.extend(entries_at(&mut service(), "only", &[0, 1, 2]));
    lines
}

/// An entry of one chain, so long after the first of another one that began inside it, perhaps behind a line of a start.
fn around_another(start: &[Vec<u8>], late_ms: i64) -> Lines {
    let (mut outer, mut inner) = (service(), service());
    let outer = entries_at(&mut outer, "outer", &[-20_000, -late_ms, 1]);
    let inner = entries_at(&mut inner, "inner", &[0, 2]);
    [&outer[..1], start, &inner[..1], &outer[1..2], &inner[1..], &outer[2..]].concat()
}

/// The same of an entry that stands behind the end of its chain.
fn behind_its_end(late_ms: i64) -> Lines {
    let mut service = service();
    let mut lines = entries_at(&mut service, "only", &[-20_000]);
    lines.push(service.write(&Event::new(NOON_MS, "info", "End of current audit log chain").with("chain", "end")));
    lines.extend(entries_at(&mut service, "last", &[-late_ms]));
    lines
}

/// A chain that begins so long before the latest entry of another one, beside which it runs.
fn begun_early(early_ms: i64) -> Lines {
    let (mut one, mut other) = (service(), service());
    let one = entries_at(&mut one, "one", &[-20_000, 0, 1]);
    let other = entries_at(&mut other, "other", &[-early_ms, 2]);
    [&one[..2], &other[..1], &one[2..], &other[1..]].concat()
}

/// A chain that begins so long before the end of two others, which ran beside one another.
fn begun_early_behind_others(early_ms: i64) -> Lines {
    let (mut one, mut other, mut third) = (service(), service(), service());
    let end = |service: &mut Service| {
        service.write(&Event::new(NOON_MS, "info", "End of current audit log chain").with("chain", "end"))
    };
    let first = entries_at(&mut one, "one", &[-20_000, -20_000]);
    let second = entries_at(&mut other, "other", &[-20_000]);
    let ends = [end(&mut one), end(&mut other)];
    [&first[..1], &second, &first[1..], &ends, &entries_at(&mut third, "third", &[-early_ms, 2])].concat()
}

/// A chain that does not go on, and so many others behind it of which none has an end.
fn broken_before(chains: usize) -> Lines {
    let mut lines = entries_at(&mut service(), "first", &[0, 1, 2]);
    lines[2] = change_text(JSON, &lines[2]);
    lines.extend((0..chains).flat_map(|number| entries_at(&mut service(), &format!("chain {number}"), &[3])));
    lines
}

fn start_up(lines: usize) -> Lines {
    let mut service = service();
    [service.start_up(lines), service.chain(3)].concat()
}

/// A limit, the code that tells of the log beyond it and not of the one inside, and these logs.
type Row = (&'static str, &'static str, fn() -> [Lines; 2]);

const ROWS: &[Row] = &[
    ("lines of a start", "lines-unsigned-many", || [16, 17].map(start_up)),
    ("a start behind its chain", "lines-unsigned-not-start-up", || [5_000, 5_001].map(behind_a_start)),
    ("a start before its chain", "lines-unsigned-not-start-up", || [-300_000, -300_001].map(behind_a_start)),
    ("an entry late", "entry-out-of-time", || [5_000, 5_001].map(|late_ms| around_another(&[], late_ms))),
    ("an entry late behind a start", "entry-out-of-time", || {
        [1_000, 1_001].map(|late_ms| around_another(&[of_a_start(0)], late_ms))
    }),
    ("an entry late behind its end", "entry-out-of-time", || [5_000, 5_001].map(behind_its_end)),
    ("a chain early inside another", "entry-out-of-time", || [5_000, 5_001].map(begun_early)),
    ("a chain early behind others", "time-backwards", || [5_000, 5_001].map(begun_early_behind_others)),
    // 32 chains are followed at once, and 1024 more are remembered.
    ("chains without an end", "line-out-of-chain", || [1_055, 1_056].map(broken_before)),
];

#[test]
fn each_limit_lies_where_it_is_said_to_lie() {
    let mut wrong = Vec::new();
    for (limit, code, logs) in ROWS {
        let [inside, beyond] = logs().map(|lines| report_on(&lines));
        if inside.codes().contains(code) || !beyond.codes().contains(code) {
            let found = [inside.codes(), beyond.codes()];
            wrong.push(format!("{limit}: inside and beyond {code}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
