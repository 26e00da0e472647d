//! Counts of events: a table for people, json described by `acralog schema stats`, csv for spreadsheets (RFC 4180).

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value as Json};
use strum::IntoStaticStr;

use super::escape::{self, excerpt, visible};
use super::json::Tool;
use super::layout::{Align, Palette, Table, TextStyle};
use super::wording::{counted, grouped};
use crate::siem::push_row;
use crate::stats::{Dimension, EventCount, Stats, StatsRow};

/// Raised when a field changes its meaning or goes away.
const VERSION: u32 = 1;

/// What stands in a table where an event has no value.
const ABSENT: &str = "-";

#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum StatsFormat {
    Table,
    Json,
    Csv,
}

impl StatsFormat {
    pub const ALL: [Self; 3] = [Self::Table, Self::Json, Self::Csv];

    pub fn name(self) -> &'static str {
        self.into()
    }
}

pub fn write_stats(out: &mut impl Write, stats: &Stats, format: StatsFormat, palette: Palette) -> io::Result<()> {
    match format {
        StatsFormat::Table => write_table(out, stats, palette),
        StatsFormat::Json => escape::write_json(out, &document(stats)),
        StatsFormat::Csv => write_csv(out, stats),
    }
}

fn write_table(out: &mut impl Write, stats: &Stats, palette: Palette) -> io::Result<()> {
    if stats.rows.is_empty() {
        return Ok(());
    }
    let (titles, queries) = (stats.by.contains(&Dimension::Code), stats.total.queries > 0);
    let names: Vec<String> = stats.by.iter().map(|dimension| dimension.name().to_uppercase()).collect();
    let columns = names.iter().map(|name| (name.as_str(), Align::Left));
    let columns = columns.chain([("ENTRIES", Align::Right)]).chain(queries.then_some(("QUERIES", Align::Right)));
    let mut table = Table::new(columns.chain(titles.then_some(("TITLE", Align::Left))));
    let mut push = |tone: TextStyle, values: Vec<String>, count: EventCount, title: Option<&str>| {
        let numbers = [Some(grouped(count.entries)), queries.then(|| grouped(count.queries))];
        let title = title.filter(|_| titles).map(str::to_owned);
        let cells: Vec<String> = values.into_iter().chain(numbers.into_iter().flatten()).chain(title).collect();
        table.push(cells.iter().map(|cell| (tone, cell.as_str())));
    };
    for StatsRow { values, title, count } in &stats.rows {
        let values = values.iter().map(|value| excerpt(value.as_deref().unwrap_or(ABSENT)).into_owned()).collect();
        push(TextStyle::Neutral, values, *count, *title);
    }
    let summary = |word: String| -> Vec<String> {
        std::iter::once(word).chain(std::iter::repeat_n(String::new(), stats.by.len().saturating_sub(1))).collect()
    };
    if stats.rest.count.entries > 0 {
        let rest = match stats.rest.rows {
            0 => "others".to_owned(),
            rows => format!("{} more", grouped(rows)),
        };
        push(TextStyle::Quiet, summary(rest), stats.rest.count, None);
    }
    push(TextStyle::Quiet, summary("total".to_owned()), stats.total, None);
    table.write(out, palette)?;
    if stats.others.entries > 0 {
        let entries = counted(stats.others.entries, "entry", "entries");
        writeln!(out, "partial: {entries} with further values are not told apart")?;
    }
    Ok(())
}

fn write_csv(out: &mut impl Write, stats: &Stats) -> io::Result<()> {
    let titles = stats.by.contains(&Dimension::Code);
    let names = stats.by.iter().map(|dimension| Some(dimension.name().to_owned()));
    let ends = [titles.then_some("title"), Some("entries"), Some("queries")];
    write_row(out, names.chain(ends.into_iter().flatten().map(|name| Some(name.to_owned()))))?;
    for StatsRow { values, title, count } in &stats.rows {
        let title = titles.then(|| title.map(str::to_owned));
        let numbers = [count.entries, count.queries].map(|number| Some(number.to_string()));
        write_row(out, values.iter().cloned().chain(title).chain(numbers))?;
    }
    Ok(())
}

fn write_row(out: &mut impl Write, cells: impl Iterator<Item = Option<String>>) -> io::Result<()> {
    let cells: Vec<Option<String>> = cells.map(|cell| cell.map(|text| visible(&text).into_owned())).collect();
    let mut row = Vec::new();
    push_row(cells.iter().map(Option::as_deref), &mut row);
    row.push(b'\n');
    out.write_all(&row)
}

/// How many entries of a log are alike in what was asked for.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "acralog stats --output-format json")]
pub(super) struct StatsDocument<'a> {
    /// What this document is.
    #[schemars(extend("const" = "acralog-stats"))]
    schema: &'static str,
    /// Raised when a field changes its meaning or goes away.
    #[schemars(extend("const" = VERSION))]
    version: u32,
    /// Who wrote this.
    tool: Tool,
    /// What entries are told apart by, in the order given.
    #[schemars(length(min = 1))]
    by: Vec<&'a str>,
    /// All entries that were counted.
    entries: u64,
    /// All blocked queries among them: each is three or four entries of code 560.
    queries: u64,
    /// The highest counts first; hours in their order.
    rows: Vec<RowRecord<'a>>,
    /// What is in no row: what --top leaves out, and what was too much to be told apart.
    not_listed: NotListed,
    /// Whether there were more different values than can be told apart: then some entries of values that are in a row,
    /// or in none, are in not_listed.
    partial: bool,
}

#[derive(Serialize, JsonSchema)]
struct RowRecord<'a> {
    /// The values, by what was asked for; null where entries have none. A code is a number, all else a string; a long
    /// one is cut.
    #[schemars(extend("additionalProperties" = {"type": ["string", "integer", "null"]}))]
    by: Map<String, Json>,
    /// What the code is called, where entries are told apart by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    title: Option<&'a str>,
    /// Entries.
    entries: u64,
    /// Blocked queries, counted where their first entry is.
    queries: u64,
}

/// What is in no row: what --top leaves out, and what was too much to be told apart.
#[derive(Serialize, JsonSchema)]
struct NotListed {
    /// How many rows it would be, as far as they were told apart.
    rows: u64,
    /// Entries.
    entries: u64,
    /// Blocked queries.
    queries: u64,
}

fn document(stats: &Stats) -> StatsDocument<'_> {
    let value = |dimension: &Dimension, value: &Option<String>| match value {
        None => Json::Null,
        Some(code) if *dimension == Dimension::Code => code.parse::<u16>().map_or(Json::Null, Json::from),
        Some(text) => Json::String(text.clone()),
    };
    let record = |row: &'_ StatsRow| {
        let by = stats.by.iter().zip(&row.values);
        by.map(|(dimension, it)| (dimension.name().to_owned(), value(dimension, it))).collect()
    };
    let rows = stats.rows.iter().map(|row| RowRecord {
        by: record(row),
        title: row.title,
        entries: row.count.entries,
        queries: row.count.queries,
    });
    StatsDocument {
        schema: "acralog-stats",
        version: VERSION,
        tool: Tool::THIS,
        by: stats.by.iter().map(Dimension::name).collect(),
        entries: stats.total.entries,
        queries: stats.total.queries,
        rows: rows.collect(),
        not_listed: NotListed {
            rows: stats.rest.rows,
            entries: stats.rest.count.entries,
            queries: stats.rest.count.queries,
        },
        partial: stats.others.entries > 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::output::schema;
    use crate::stats::RestRow;

    const COUNT: EventCount = EventCount { entries: 1204, queries: 4 };

    fn stats() -> Stats {
        let row = |values: [Option<&str>; 2], title| StatsRow {
            values: values.map(|value| value.map(str::to_owned)).into(),
            title,
            count: COUNT,
        };
        Stats {
            by: vec![Dimension::Code, Dimension::Field("=x\x1b".to_owned())],
            rows: vec![row([Some("560"), Some("a\x1b[2J,\u{202e}")], Some("Blocked")), row([None, None], None)],
            rest: RestRow { rows: 3, count: COUNT },
            others: EventCount { entries: 1, queries: 0 },
            total: COUNT,
        }
    }

    fn written(format: StatsFormat) -> String {
        let mut out = Vec::new();
        write_stats(&mut out, &stats(), format, Palette::Plain).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn counts_are_written_in_every_format_and_act_on_no_terminal() {
        for format in StatsFormat::ALL {
            let text = written(format);
            assert!(!text.contains(['\x1b', '\u{202e}']), "{}: {text}", format.name());
        }
        let table = written(StatsFormat::Table);
        assert!(table.contains("1 204") && table.contains("3 more") && table.contains("partial: 1 entry"), "{table}");
        let csv = written(StatsFormat::Csv);
        assert_eq!(csv.lines().count(), 3, "{csv}");
        assert!(csv.starts_with("code,'=x") && csv.ends_with("\n,,,1204,4\n"), "{csv}");
    }

    #[test]
    fn the_document_is_the_one_of_the_schema() {
        let schema = schema::stats().to_value();
        jsonschema::meta::validate(&schema).unwrap();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let document: Json = serde_json::from_str(&written(StatsFormat::Json)).unwrap();
        assert!(validator.is_valid(&document), "{document:#}");
        assert_eq!(document["rows"][0]["by"]["code"], json!(560));
        assert_eq!(document["rows"][1]["by"]["code"], Json::Null);
        let changes: [fn(&mut Json); 4] = [
            |it| it["extra"] = 1.into(),
            |it| it["rows"][0]["entries"] = Json::Null,
            |it| it["version"] = 2.into(),
            |it| _ = it.as_object_mut().unwrap().remove("partial"),
        ];
        for (index, change) in changes.into_iter().enumerate() {
            let mut changed = document.clone();
            change(&mut changed);
            assert!(!validator.is_valid(&changed), "change {index}");
        }
    }
}
