//! When which client is active: a row per client, a column per hour of the day.

use super::super::element::{Element, Node};
use super::super::table::Table;
use super::super::value::{counted, id, note};
use super::{Anchor, Drawing, ROWS_MAX, clipped, hint, label, legend, rect};
use crate::incident::report::{ByClient, EntryTotals};
use crate::output::incident_report::document::ColumnKind;
use crate::output::incident_report::view::View;

/// The room of the names, in percent.
const NAMES: f64 = 22.0;
/// The width of an hour, in percent, with its gap.
const HOUR: f64 = (100.0 - NAMES) / 24.0;
/// The height of a row and of the head, in pixels.
const ROW: f64 = 26.0;
const HEAD: f64 = 20.0;

/// Shades, the palest first; the first is for nothing.
const SHADES: [&str; 6] = ["heat-0", "heat-1", "heat-2", "heat-3", "heat-4", "heat-5"];

pub(super) fn figure(totals: &EntryTotals) -> Node {
    let named: Vec<(&str, &ByClient)> =
        totals.by_client.iter().filter_map(|row| Some((row.client_id.as_deref()?, row))).collect();
    let rows = &named[..named.len().min(ROWS_MAX)];
    let highest = rows.iter().flat_map(|(_, row)| row.hours).max().unwrap_or(0);
    if rows.is_empty() {
        return Node::Nothing;
    }
    let all = named.len() as u64 + totals.clients_omitted;
    let title = match all > rows.len() as u64 {
        true => format!("Clients by hour of the day: the most active {} of {all}", rows.len()),
        false => "Clients by hour of the day".to_owned(),
    };
    let spoken: Vec<String> = rows.iter().map(|(name, row)| describe(name, row)).collect();
    let mut drawing = Drawing::new("heat-map", title, spoken.join("; "), HEAD + ROW * rows.len() as f64);
    for hour in (0..24).step_by(3) {
        let class = if hour % 6 == 0 { "axis" } else { "axis minor" };
        drawing.add(label(class, Anchor::Start, NAMES + HOUR * f64::from(hour), 12.0, format!("{hour:02}:00")));
    }
    for (index, (name, row)) in rows.iter().enumerate() {
        drawing.add(line(HEAD + ROW * index as f64, name, row, highest));
    }
    let ranges = ranges(highest);
    let shades = SHADES.into_iter().zip(&ranges).filter(|(_, words)| !words.is_empty());
    let legend = legend(shades.map(|(shade, words)| (shade.to_owned(), words.as_str())));
    drawing.figure(note("Entries per hour, in UTC, over all days of the period.").into(), legend)
}

pub(super) fn table(report: &View<'_>) -> Node {
    let title = "The same in numbers: entries by client and hour of the day, UTC";
    let mut table = Table::new(title, [("Client", ColumnKind::Words), ("Entries", ColumnKind::Number)]);
    for hour in 0..24 {
        table = table.numbers(format!("{hour:02}"));
    }
    let (clients, omitted, others) = report.clients();
    for row in clients {
        let client = row.client_id.as_deref().map(id).into();
        table.row([client, row.entries.into()].into_iter().chain(row.hours.map(Node::from)));
    }
    let omitted = match omitted {
        0 => Node::Nothing,
        clients => note(format!("and {clients} more clients, with {others} entries")).into(),
    };
    Element::new("div").with(table.folded()).with(omitted).into()
}

fn line(top: f64, name: &str, row: &ByClient, highest: u64) -> Element {
    let cells = row.hours.into_iter().enumerate().map(|(hour, count)| {
        let left = NAMES + HOUR * hour as f64;
        rect(SHADES[shade(count, highest)], left, HOUR - 0.25, top, ROW - 3.0)
            .with(hint(format!("{name}, {hour:02}:00: {}", counted(count, "entry", "entries"))))
    });
    let name = label("name", Anchor::Start, 0.0, 16.0, name);
    Element::new("g").with(clipped(NAMES - 2.0, top, ROW, name)).with_all(cells)
}

/// The highest count of a shade: its square grows evenly, so that quiet hours differ too.
fn bound(shade: usize, highest: u64) -> u64 {
    let steps = (SHADES.len() - 1) as u128;
    let bound = u128::from(highest) * (shade as u128).pow(2) / steps.pow(2);
    u64::try_from(bound).unwrap_or(u64::MAX)
}

fn shade(count: u64, highest: u64) -> usize {
    let last = SHADES.len() - 1;
    if count == 0 { 0 } else { (1..last).find(|shade| count <= bound(*shade, highest)).unwrap_or(last) }
}

/// Which counts have which shade; nothing for a shade that no count has.
fn ranges(highest: u64) -> [String; SHADES.len()] {
    std::array::from_fn(|shade| {
        let (low, high) = (if shade == 0 { 0 } else { bound(shade - 1, highest) + 1 }, bound(shade, highest));
        match shade {
            0 => "0".to_owned(),
            _ if low > high => String::new(),
            _ if low == high => low.to_string(),
            _ => format!("{low} to {high}"),
        }
    })
}

fn describe(name: &str, row: &ByClient) -> String {
    let busy = row.hours.iter().enumerate().filter(|(_, count)| **count > 0);
    let hours: Vec<String> = busy.map(|(hour, count)| format!("{hour:02}:00 {count}")).collect();
    format!("{name}: {}", if hours.is_empty() { "nothing".to_owned() } else { hours.join(", ") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_cover_every_count_once_and_say_which() {
        assert_eq!(ranges(130), ["0", "1 to 5", "6 to 20", "21 to 46", "47 to 83", "84 to 130"]);
        assert_eq!(ranges(2), ["0", "", "", "", "1", "2"]);
        for highest in [1, 2, 3, 24, 25, 130, u64::MAX] {
            assert_eq!((shade(0, highest), shade(highest, highest)), (0, SHADES.len() - 1));
            assert!((0..=highest.min(200)).map(|count| shade(count, highest)).is_sorted());
        }
    }
}
