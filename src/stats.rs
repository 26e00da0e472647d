//! Counts events by what they say: code, client, hour, any field; a blocked query counts once. Which events are counted is left
//! to `query`, how the counts are written to `output`.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::event::{Event, Text, canonical_key, catalogue};
use crate::incident::{QUERY_ENTRIES_MAX, QUERY_SPAN_MS, message_head};
use crate::query::Clock;

/// The code of the entries that a blocked query is logged in.
const CODE_BLOCKED: u16 = 560;
/// How many different rows are told apart. More are counted together: a log of hostile names has none worth a row each.
const ROWS_MAX: usize = 50_000;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventCount {
    pub entries: u64,
    /// Blocked queries: each is three or four entries of code 560 (events, trap 3). It counts where its first entry does.
    pub queries: u64,
}

impl EventCount {
    fn add(&mut self, other: Self) {
        self.entries += other.entries;
        self.queries += other.queries;
    }
}

/// What events are told apart by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dimension {
    Code,
    /// The group of the code.
    Group,
    Level,
    /// The client, under any spelling of the field.
    Client,
    Session,
    /// The hour in which it was logged, in the zone of the clock.
    Hour,
    Message,
    Product,
    Version,
    /// Any other field, by its canonical key.
    Field(String),
}

#[derive(Debug)]
pub struct Stats {
    /// What the rows are told apart by.
    pub by: Vec<Dimension>,
    pub rows: Vec<StatsRow>,
    /// What is in no row.
    pub rest: RestRow,
    /// The part of it that is in no row since there were too many to tell them apart: the counts are partial.
    pub others: EventCount,
    pub total: EventCount,
}

/// The count of events that are alike.
#[derive(Debug)]
pub struct StatsRow {
    /// What they are alike in, a value for each dimension; None where they have none.
    pub values: Vec<Option<String>>,
    /// What their code is called, where that is among it.
    pub title: Option<&'static str>,
    pub count: EventCount,
}

/// What is in no row.
#[derive(Clone, Copy, Debug)]
pub struct RestRow {
    /// How many rows it would be, as far as they were told apart.
    pub rows: u64,
    pub count: EventCount,
}

/// An event, as far as it is counted. Made of each event by itself, on any thread.
#[derive(Debug)]
pub struct CountedEvent {
    /// One value for each dimension; None where it has none.
    key: Vec<Option<String>>,
    time: Option<i64>,
    blocked: Option<(BlockOwner, Vec<u8>)>,
}

impl CountedEvent {
    pub fn of(event: &Event<'_>, by: &[Dimension], clock: &mut Clock) -> Self {
        let blocked = (event.code() == Some(CODE_BLOCKED))
            .then(|| (BlockOwner::of(event), message_head(event.message.as_bytes()).to_vec()));
        Self {
            key: by.iter().map(|dimension| dimension.value(event, clock)).collect(),
            time: event.moment.as_ref().map(|moment| moment.time.unix_ms),
            blocked,
        }
    }
}

#[derive(Debug, Default)]
pub struct StatsCounter {
    rows: HashMap<Vec<Option<String>>, EventCount>,
    /// What found no room.
    others: EventCount,
    queries: BlockedQueries,
}

impl StatsCounter {
    /// A service has started: sessions of its last run are over.
    pub fn start_run(&mut self) {
        self.queries.start_run();
    }

    pub fn add(&mut self, sighting: CountedEvent) {
        let CountedEvent { key, time, blocked } = sighting;
        let begins = blocked.is_some_and(|(owner, head)| self.queries.begins(owner, head, time));
        let count = EventCount { entries: 1, queries: u64::from(begins) };
        if let Some(row) = self.rows.get_mut(&key) {
            row.add(count);
        } else if self.rows.len() < ROWS_MAX {
            self.rows.insert(key, count);
        } else {
            self.others.add(count);
        }
    }

    /// The counts, the highest first; hours in their order. Of more than `top` rows, the rest is counted together.
    pub fn finish(self, by: Vec<Dimension>, top: Option<usize>) -> Stats {
        let mut rows: Vec<StatsRow> = self
            .rows
            .into_iter()
            .map(|(values, count)| StatsRow { title: title(&by, &values), values, count })
            .collect();
        rows.sort_unstable_by(|a, b| (Reverse(a.count.entries), &a.values).cmp(&(Reverse(b.count.entries), &b.values)));
        let mut total = self.others;
        rows.iter().for_each(|row| total.add(row.count));
        let listed = top.unwrap_or(rows.len()).min(rows.len());
        let mut rest = RestRow { rows: (rows.len() - listed) as u64, count: self.others };
        rows.drain(listed..).for_each(|row| rest.count.add(row.count));
        if by.first() == Some(&Dimension::Hour) {
            rows.sort_unstable_by(|a, b| a.values.cmp(&b.values));
        }
        Stats { by, rows, rest, others: self.others, total }
    }
}

impl Dimension {
    /// The dimension with a name; any other name is that of a field.
    pub fn named(name: &str) -> Self {
        match name {
            "code" => Self::Code,
            "group" => Self::Group,
            "level" => Self::Level,
            "client" | "client_id" => Self::Client,
            "session" | "session_id" => Self::Session,
            "hour" => Self::Hour,
            "message" | "msg" => Self::Message,
            "product" => Self::Product,
            "version" => Self::Version,
            key => match canonical_key(key.as_bytes()) {
                b"client_id" => Self::Client,
                _ => Self::Field(key.to_owned()),
            },
        }
    }

    /// The key of the field it is; None for what every entry has.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Field(key) => Some(key),
            _ => None,
        }
    }

    /// Its name in every format.
    pub fn name(&self) -> &str {
        match self {
            Self::Code => "code",
            Self::Group => "group",
            Self::Level => "level",
            Self::Client => "client",
            Self::Session => "session",
            Self::Hour => "hour",
            Self::Message => "message",
            Self::Product => "product",
            Self::Version => "version",
            Self::Field(key) => key,
        }
    }

    /// What an event says; None when it says nothing. A long value is known by its beginning.
    fn value(&self, event: &Event<'_>, clock: &mut Clock) -> Option<String> {
        let text = |text: &Text<'_>| beginning(&text.to_str());
        match self {
            Self::Code => event.code().map(|code| code.to_string()),
            Self::Group => event.code().map(|code| catalogue::find(code).map_or("unknown", |it| it.group).to_owned()),
            Self::Level => Some(event.level.name().to_owned()),
            Self::Client => event.client().map(|value| beginning(&value.to_str())),
            Self::Session => event.session().map(|value| beginning(&value.to_str())),
            Self::Hour => event.moment.as_ref().map(|moment| hour(moment.time.unix_ms.div_euclid(1000), clock)),
            Self::Message => Some(text(&event.message)),
            Self::Product => event.product.as_ref().map(text),
            Self::Version => event.version.as_ref().map(text),
            Self::Field(key) => event.field(key).map(|value| beginning(&value.to_str())),
        }
    }
}

fn title(by: &[Dimension], values: &[Option<String>]) -> Option<&'static str> {
    let at = by.iter().position(|dimension| *dimension == Dimension::Code)?;
    let code = values.get(at)?.as_ref()?.parse().ok()?;
    Some(catalogue::find(code).map_or("unknown code", |entry| entry.title))
}

/// How many queries may be waiting for more of their entries.
const OPEN_MAX: usize = 4096;
/// How much of a name tells owners apart, in bytes.
const NAME_BYTES_MAX: usize = 256;

/// Whose query it is: that of a session, or of a client where no session is named.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum BlockOwner {
    Session(Vec<u8>),
    Client(Option<Vec<u8>>),
}

impl BlockOwner {
    fn of(event: &Event<'_>) -> Self {
        let beginning = |text: &[u8]| text[..text.len().min(NAME_BYTES_MAX)].to_vec();
        match event.session() {
            Some(session) => Self::Session(beginning(session.as_bytes())),
            None => Self::Client(event.client().map(|client| beginning(client.as_bytes()))),
        }
    }
}

/// Queries of which entries may still come.
#[derive(Debug, Default)]
struct BlockedQueries {
    open: HashMap<BlockOwner, OpenBlock>,
    /// The last time that an entry stated.
    clock: i64,
}

#[derive(Debug)]
struct OpenBlock {
    since: i64,
    heads: Vec<Vec<u8>>,
}

impl BlockedQueries {
    /// Sessions begin anew.
    fn start_run(&mut self) {
        self.open.clear();
    }

    /// Whether an entry begins a query; otherwise it belongs to the one of its owner that was begun before.
    fn begins(&mut self, owner: BlockOwner, head: Vec<u8>, time: Option<i64>) -> bool {
        self.clock = time.unwrap_or(self.clock);
        let horizon = self.clock.saturating_sub(QUERY_SPAN_MS);
        if let Some(open) = self.open.get_mut(&owner)
            && open.since >= horizon
            && open.heads.len() < QUERY_ENTRIES_MAX
            && !open.heads.contains(&head)
        {
            open.heads.push(head);
            return false;
        }
        if self.open.len() >= OPEN_MAX {
            self.open.retain(|_, open| open.since >= horizon);
            if self.open.len() >= OPEN_MAX {
                self.open.clear();
            }
        }
        self.open.insert(owner, OpenBlock { since: self.clock, heads: vec![head] });
        true
    }
}

/// The hour of a second as RFC 3339; outside of the calendar the second itself.
fn hour(second: i64, clock: &mut Clock) -> String {
    let written = clock
        .second(second)
        .and_then(|(head, tail)| Some(format!("{}:00:00{tail}", head.strip_suffix(minutes(head)?)?)));
    written.unwrap_or_else(|| format!("@{second}"))
}

/// `:12:44` of a time.
fn minutes(head: &str) -> Option<&str> {
    head.get(head.len().checked_sub(6)?..)
}

/// How much of a value tells events apart, in bytes.
const VALUE_BYTES_MAX: usize = 256;

fn beginning(value: &str) -> String {
    if value.len() <= VALUE_BYTES_MAX {
        return value.to_owned();
    }
    format!("{} ...", &value[..value.floor_char_boundary(VALUE_BYTES_MAX)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Zone;

    fn tally(lines: &[String], by: &[Dimension]) -> StatsCounter {
        let mut clock = Clock::new(Zone::default());
        let mut tally = StatsCounter::default();
        for line in lines {
            let event = Event::read(line.as_bytes()).expect("an entry");
            tally.add(CountedEvent::of(&event, by, &mut clock));
        }
        tally
    }

    fn line(second: u32, rest: &str) -> String {
        format!("time=\"2025-03-14T00:59:{second:02}Z\" level=error {rest}")
    }

    #[test]
    fn three_entries_of_a_blocked_query_are_one_query() {
        let entries = |session: u32| {
            ["Denied query: a", "Query has been blocked by DENY [b]", "Error on AcraCensor check"]
                .map(|message| line(0, &format!("msg=\"{message}\" code=560 client_id=c session_id={session}")))
        };
        let lines = [entries(1), entries(2), entries(1)].concat();
        let stats = tally(&lines, &[Dimension::Client]).finish(vec![Dimension::Client], None);
        assert_eq!(stats.total, EventCount { entries: 9, queries: 3 });
        assert_eq!(stats.rows.len(), 1);
        // A filter may leave one of three.
        let one: Vec<String> = lines.into_iter().filter(|line| line.contains("Denied")).collect();
        assert_eq!(tally(&one, &[Dimension::Code]).finish(vec![], None).total, EventCount { entries: 3, queries: 3 });
    }

    #[test]
    fn rows_stand_by_their_count_and_the_rest_is_counted_together() {
        let lines: Vec<String> =
            ["a", "b", "b", "c", "c", "c", "-"].map(|client| line(0, &format!("msg=m client_id={client}"))).into();
        let by = || vec![Dimension::Client];
        let stats = tally(&lines, &by()).finish(by(), Some(1));
        assert_eq!(stats.rows[0].values, [Some("c".to_owned())]);
        assert_eq!((stats.rest.rows, stats.rest.count.entries, stats.total.entries), (3, 4, 7));
        assert_eq!(tally(&lines, &by()).finish(by(), Some(0)).rest.count.entries, 7);
        let absent = tally(&[line(0, "msg=m")], &by()).finish(by(), None);
        assert_eq!(absent.rows[0].values, [None]);
    }

    #[test]
    fn a_log_of_invented_names_does_not_fill_the_memory() {
        let mut tally = StatsCounter::default();
        for number in 0..ROWS_MAX + 7 {
            tally.add(CountedEvent { key: vec![Some(number.to_string())], time: None, blocked: None });
        }
        let stats = tally.finish(vec![Dimension::Client], None);
        assert_eq!((stats.rows.len(), stats.others.entries, stats.total.entries as usize), (ROWS_MAX, 7, ROWS_MAX + 7));
    }

    fn value(by: &str, rest: &str, zone: &str) -> Option<String> {
        let line = format!("time=\"2025-03-14T03:12:44Z\" level=error msg=\"a b\" {rest}");
        let event = Event::read(line.as_bytes()).unwrap();
        Dimension::named(by).value(&event, &mut Clock::new(Zone::named(zone).unwrap()))
    }

    #[test]
    fn every_dimension_has_the_value_of_the_event() {
        let cases = [
            ("code", "code=560", "UTC", Some("560")),
            ("group", "code=560", "UTC", Some("censor")),
            ("group", "code=9999", "UTC", Some("unknown")),
            ("code", "", "UTC", None),
            ("level", "", "UTC", Some("error")),
            ("client", "KeyID=x", "UTC", Some("x")),
            ("clientID", "client_id=x", "UTC", Some("x")),
            ("session", "session_id=7", "UTC", Some("7")),
            ("msg", "", "UTC", Some("a b")),
            ("duration", "duration=1.5", "UTC", Some("1.5")),
            ("duration", "", "UTC", None),
            ("hour", "", "UTC", Some("2025-03-14T03:00:00Z")),
            ("hour", "", "Europe/Berlin", Some("2025-03-14T04:00:00+01:00")),
            ("hour", "", "America/St_Johns", Some("2025-03-14T00:00:00-02:30")),
        ];
        for (by, rest, zone, wanted) in cases {
            assert_eq!(value(by, rest, zone).as_deref(), wanted, "{by} of {rest} in {zone}");
        }
        let long = value("x", &format!("x={}", "\u{fc}".repeat(400)), "UTC").unwrap();
        assert!(long.len() < 300 && long.ends_with(" ..."));
    }
}
