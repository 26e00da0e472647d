//! Charts in the page: every one is named and described in words, and its numbers stand in a table near it. Widths are in
//! percent, so that a chart fits a phone and its letters keep their size; those along the time are left to `timeline`.

mod timeline;

use super::element::{HtmlElement, HtmlTable, Node, Rounded, counted, id, note};
use crate::incident::report::{ByClient, EntryTotals, SeverityCounts};
use crate::output::incident_report::document::{ChartKind, ColumnKind};
use crate::output::incident_report::view::View;
use crate::output::wording::grouped;
use crate::verdict::report::Account;

/// The most rows of a chart of clients or codes; the table has them all.
const ROWS_MAX: usize = 20;

/// What is drawn, with its numbers.
pub(super) fn chart_nodes(drawing: ChartKind, view: &View<'_>) -> Vec<Node> {
    let totals = &view.totals;
    match drawing {
        ChartKind::Bytes => view.verification.iter().map(|verification| share_bar(&verification.account)).collect(),
        ChartKind::Severities => vec![severity_tallies(view.incidents_by_severity)],
        ChartKind::Timeline => vec![timeline::timeline(view)],
        ChartKind::Hours => vec![timeline::hours(totals), timeline::hours_table(totals)],
        ChartKind::Bars => vec![bars_pair(totals), bars_table(view)],
        ChartKind::HeatMap => vec![heat_map(totals), heat_map_table(view)],
    }
}

/// A drawing on its way.
struct Chart {
    /// Its anchor; unique on the page.
    id: &'static str,
    title: String,
    /// Its numbers in a sentence, for who cannot see it.
    description: String,
    /// In pixels.
    height: f64,
    shapes: Vec<HtmlElement>,
}

impl Chart {
    fn new(id: &'static str, title: impl Into<String>, description: impl Into<String>, height: f64) -> Self {
        Self { id, title: title.into(), description: description.into(), height, shapes: Vec::new() }
    }

    fn add(&mut self, shape: HtmlElement) {
        self.shapes.push(shape);
    }

    /// The drawing under its title, with a remark and a legend.
    fn figure(self, remark: Node, legend: Node) -> Node {
        let (title_id, description_id) = (format!("{}-title", self.id), format!("{}-description", self.id));
        let caption = HtmlElement::new("figcaption")
            .with(HtmlElement::new("span").class("figure-title").with(self.title.as_str()))
            .with(remark);
        let svg = HtmlElement::new("svg")
            .attribute("role", "img")
            .attribute("aria-labelledby", format_args!("{title_id} {description_id}"))
            .attribute("width", "100%")
            .attribute("height", Rounded(self.height))
            .with(HtmlElement::new("title").attribute("id", &title_id).with(self.title))
            .with(HtmlElement::new("desc").attribute("id", &description_id).with(self.description))
            .with_all(self.shapes);
        HtmlElement::new("figure").attribute("id", self.id).with(caption).with(svg).with(legend).into()
    }
}

/// A part of the whole in percent; 0 of nothing is 0.
fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 * 100.0 }
}

/// A percentage as an attribute.
fn in_percent(percent: f64) -> String {
    format!("{}%", Rounded(percent))
}

/// A box: left edge and width in percent, upper edge and height in pixels.
fn rect(class: &'static str, left: f64, width: f64, top: f64, height: f64) -> HtmlElement {
    HtmlElement::new("rect")
        .class(class)
        .attribute("x", in_percent(left))
        .attribute("width", in_percent(width))
        .attribute("y", Rounded(top))
        .attribute("height", Rounded(height))
}

/// A horizontal line over the whole width.
fn rule(class: &'static str, at: f64) -> HtmlElement {
    HtmlElement::new("line")
        .class(class)
        .attribute("x1", 0)
        .attribute("x2", "100%")
        .attribute("y1", Rounded(at))
        .attribute("y2", Rounded(at))
}

/// Where a label stands with respect to its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Anchor {
    Start,
    Middle,
    End,
}

fn label(class: &'static str, anchor: Anchor, left: f64, baseline: f64, words: impl Into<Node>) -> HtmlElement {
    let anchor = match anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    HtmlElement::new("text")
        .class(class)
        .attribute("x", in_percent(left))
        .attribute("y", Rounded(baseline))
        .attribute("text-anchor", anchor)
        .with(words)
}

/// A number in a drawing, in groups of three; its text is plain digits.
fn amount(number: u64) -> Node {
    let grouped = grouped(number);
    let mut groups = grouped.split(' ');
    let first = groups.next().unwrap_or_default().to_owned();
    let rest = groups.map(|group| HtmlElement::new("tspan").attribute("dx", 2).with(group));
    HtmlElement::new("tspan").with(first).with_all(rest).into()
}

/// A label that is cut off where its room ends, however long it is: width in percent, upper edge and height in pixels.
fn clipped(width: f64, top: f64, height: f64, label: HtmlElement) -> HtmlElement {
    HtmlElement::new("svg")
        .attribute("x", 0)
        .attribute("y", Rounded(top))
        .attribute("width", in_percent(width))
        .attribute("height", Rounded(height))
        .with(label)
}

/// What a shape stands for, shown when a pointer rests on it.
fn hint(words: String) -> HtmlElement {
    HtmlElement::new("title").with(words)
}

fn legend<'a>(entries: impl IntoIterator<Item = (String, &'a str)>) -> Node {
    let items = entries.into_iter().map(|(class, words)| {
        HtmlElement::new("li").with(HtmlElement::new("span").class(format_args!("swatch {class}"))).with(words)
    });
    HtmlElement::new("ul").class("legend").with_all(items).into()
}

/// The height of the bar, in pixels.
const SHARE_HEIGHT: f64 = 14.0;

/// The class of the colour of a kind of bytes.
fn share_class(word: &str) -> &'static str {
    match word {
        "verified" => "share-verified",
        "repeated" => "share-repeated",
        "unsigned" => "share-unsigned",
        "broken" => "share-broken",
        "not verifiable" => "share-unverifiable",
        "unreadable" => "share-unreadable",
        "of others" => "share-other",
        _ => "share-blank",
    }
}

/// Every byte of the input, by what can be said about it: one bar, and its numbers.
fn share_bar(account: &Account) -> Node {
    let total = account.total();
    let spoken: Vec<String> =
        account.classes().iter().map(|(word, tally)| format!("{} bytes {word}", tally.bytes)).collect();
    let mut drawing = Chart::new("bytes", "Every byte of the input", format!("{}.", spoken.join(", ")), SHARE_HEIGHT);
    let mut left = 0.0;
    for (word, tally) in account.classes() {
        let width = percent(tally.bytes, total.bytes);
        let shape = rect(share_class(word), left, width, 0.0, SHARE_HEIGHT);
        drawing.add(shape.with(hint(format!("{} bytes {word}", tally.bytes))));
        left += width;
    }
    drawing.figure(Node::Nothing, share_table(account))
}

fn share_table(account: &Account) -> Node {
    let columns = [("What", ColumnKind::Word), ("Bytes", ColumnKind::Number), ("Lines", ColumnKind::Number)];
    let mut table = HtmlTable::new("Every byte of the input", columns);
    for (word, tally) in account.classes() {
        let swatch = HtmlElement::new("span").class(format_args!("swatch {}", share_class(word)));
        table.row([HtmlElement::new("span").with(swatch).with(word).into(), tally.bytes.into(), tally.lines.into()]);
    }
    let total = account.total();
    table.row([HtmlElement::new("b").with("all").into(), total.bytes.into(), total.lines.into()]);
    table.plain()
}

/// How many incidents of which severity, in large numbers.
fn severity_tallies(counts: SeverityCounts) -> Node {
    let counts = counts.all();
    if counts.iter().all(|(_, count)| *count == 0) {
        return Node::Nothing;
    }
    let tallies = counts.map(|(severity, count)| {
        let class = format!("tally is-{}{}", severity.name(), if count == 0 { " is-zero" } else { "" });
        let count = HtmlElement::new("span").class("count").with(count);
        HtmlElement::new("li").class(class).with(count).with(HtmlElement::new("span").class("of").with(severity.name()))
    });
    HtmlElement::new("ul").class("tallies").with_all(tallies).into()
}

/// The height of a row, and of its bar, in pixels.
const BAR_ROW: f64 = 36.0;
const BAR_HEIGHT: f64 = 7.0;

type BarRow = (String, u64);

/// The most frequent codes beside the most active clients.
fn bars_pair(totals: &EntryTotals) -> Node {
    HtmlElement::new("div").class("pair").with(code_bars(totals)).with(client_bars(totals)).into()
}

fn bars_table(view: &View<'_>) -> Node {
    let (codes, omitted) = view.head(&view.totals.by_code, 0);
    let columns = [("Code", ColumnKind::Number), ("Meaning", ColumnKind::Words), ("Entries", ColumnKind::Number)];
    let mut table = HtmlTable::new("The same in numbers: entries by event code", columns);
    for row in codes {
        table.row([row.code.map(|code| code.to_string()).into(), row.title.into(), row.entries.into()]);
    }
    let omitted = if omitted == 0 { Node::Nothing } else { note(format!("and {omitted} more codes")).into() };
    HtmlElement::new("div").with(table.folded()).with(omitted).into()
}

fn code_bars(totals: &EntryTotals) -> Node {
    let with_code =
        totals.by_code.iter().filter_map(|row| Some((format!("{}  {}", row.code?, row.title), row.entries)));
    let without: u64 = totals.by_code.iter().filter(|row| row.code.is_none()).map(|row| row.entries).sum();
    let with_code: Vec<BarRow> = with_code.collect();
    let all = with_code.len() as u64;
    bars_figure(
        "codes",
        "Most frequent event codes",
        (with_code, all),
        bars_remark(without, "carry no code, which is the normal case"),
    )
}

fn client_bars(totals: &EntryTotals) -> Node {
    let named: Vec<BarRow> =
        totals.by_client.iter().filter_map(|row| Some((row.client_id.clone()?, row.entries))).collect();
    let all = named.len() as u64 + totals.clients_omitted;
    let without: u64 = totals.by_client.iter().filter(|row| row.client_id.is_none()).map(|row| row.entries).sum();
    bars_figure("clients", "Most active clients", (named, all), bars_remark(without, "name no client"))
}

fn bars_remark(without: u64, why: &str) -> String {
    match without {
        0 => String::new(),
        _ => format!("{} {why}; they are not drawn.", counted(without, "entry", "entries")),
    }
}

fn bars_figure(id: &'static str, title: &str, (mut rows, all): (Vec<BarRow>, u64), remark: String) -> Node {
    rows.truncate(ROWS_MAX);
    let highest = rows.iter().map(|row| row.1).max().unwrap_or(0);
    let spoken: Vec<String> = rows.iter().map(|(name, count)| format!("{name}: {count}")).collect();
    let description = if rows.is_empty() { "None.".to_owned() } else { spoken.join("; ") };
    let title = if all > rows.len() as u64 { format!("{title}: {} of {all}", rows.len()) } else { title.to_owned() };
    let mut drawing = Chart::new(id, title, description, (rows.len().max(1) as f64) * BAR_ROW);
    if rows.is_empty() {
        drawing.add(label("axis", Anchor::Start, 0.0, 18.0, "none"));
    }
    for (index, (name, count)) in rows.into_iter().enumerate() {
        drawing.add(bar_row(index as f64 * BAR_ROW, name, count, highest));
    }
    let remark = if remark.is_empty() { Node::Nothing } else { note(remark).into() };
    drawing.figure(remark, Node::Nothing)
}

fn bar_row(top: f64, name: String, count: u64, highest: u64) -> HtmlElement {
    let bar = top + 21.0;
    HtmlElement::new("g")
        .with(hint(format!("{name}: {count}")))
        .with(clipped(80.0, top, 20.0, label("name", Anchor::Start, 0.0, 14.0, name)))
        .with(label("amount", Anchor::End, 100.0, top + 14.0, amount(count)))
        .with(rect("track", 0.0, 100.0, bar, BAR_HEIGHT))
        .with(rect("bar", 0.0, percent(count, highest), bar, BAR_HEIGHT))
}

/// The room of the names, in percent.
const NAME_WIDTH: f64 = 22.0;
/// The width of an hour, in percent, with its gap.
const HOUR_WIDTH: f64 = (100.0 - NAME_WIDTH) / 24.0;
/// The height of a row and of the head, in pixels.
const HEAT_ROW: f64 = 26.0;
const HEAT_HEAD: f64 = 20.0;

/// Shades, the palest first; the first is for nothing.
const SHADES: [&str; 6] = ["heat-0", "heat-1", "heat-2", "heat-3", "heat-4", "heat-5"];

/// When which client is active: a row per client, a column per hour of the day.
fn heat_map(totals: &EntryTotals) -> Node {
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
    let spoken: Vec<String> = rows.iter().map(|(name, row)| hours_in_words(name, row)).collect();
    let mut drawing = Chart::new("heat-map", title, spoken.join("; "), HEAT_HEAD + HEAT_ROW * rows.len() as f64);
    for hour in (0..24).step_by(3) {
        let class = if hour % 6 == 0 { "axis" } else { "axis minor" };
        drawing.add(label(
            class,
            Anchor::Start,
            NAME_WIDTH + HOUR_WIDTH * f64::from(hour),
            12.0,
            format!("{hour:02}:00"),
        ));
    }
    for (index, (name, row)) in rows.iter().enumerate() {
        drawing.add(heat_map_row(HEAT_HEAD + HEAT_ROW * index as f64, name, row, highest));
    }
    let ranges = shade_ranges(highest);
    let shades = SHADES.into_iter().zip(&ranges).filter(|(_, words)| !words.is_empty());
    let legend = legend(shades.map(|(shade, words)| (shade.to_owned(), words.as_str())));
    drawing.figure(note("Entries per hour, in UTC, over all days of the period.").into(), legend)
}

fn heat_map_table(view: &View<'_>) -> Node {
    let title = "The same in numbers: entries by client and hour of the day, UTC";
    let mut table = HtmlTable::new(title, [("Client", ColumnKind::Words), ("Entries", ColumnKind::Number)]);
    for hour in 0..24 {
        table = table.numbers(format!("{hour:02}"));
    }
    let (clients, omitted, others) = view.clients();
    for row in clients {
        let client = row.client_id.as_deref().map(id).into();
        table.row([client, row.entries.into()].into_iter().chain(row.hours.map(Node::from)));
    }
    let omitted = match omitted {
        0 => Node::Nothing,
        clients => note(format!("and {clients} more clients, with {others} entries")).into(),
    };
    HtmlElement::new("div").with(table.folded()).with(omitted).into()
}

fn heat_map_row(top: f64, name: &str, row: &ByClient, highest: u64) -> HtmlElement {
    let cells = row.hours.into_iter().enumerate().map(|(hour, count)| {
        let left = NAME_WIDTH + HOUR_WIDTH * hour as f64;
        rect(SHADES[shade(count, highest)], left, HOUR_WIDTH - 0.25, top, HEAT_ROW - 3.0)
            .with(hint(format!("{name}, {hour:02}:00: {}", counted(count, "entry", "entries"))))
    });
    let name = label("name", Anchor::Start, 0.0, 16.0, name);
    HtmlElement::new("g").with(clipped(NAME_WIDTH - 2.0, top, HEAT_ROW, name)).with_all(cells)
}

/// The highest count of a shade: its square grows evenly, so that quiet hours differ too.
fn shade_bound(shade: usize, highest: u64) -> u64 {
    let steps = (SHADES.len() - 1) as u128;
    let bound = u128::from(highest) * (shade as u128).pow(2) / steps.pow(2);
    u64::try_from(bound).unwrap_or(u64::MAX)
}

fn shade(count: u64, highest: u64) -> usize {
    let last = SHADES.len() - 1;
    if count == 0 { 0 } else { (1..last).find(|shade| count <= shade_bound(*shade, highest)).unwrap_or(last) }
}

/// Which counts have which shade; nothing for a shade that no count has.
fn shade_ranges(highest: u64) -> [String; SHADES.len()] {
    std::array::from_fn(|shade| {
        let (low, high) =
            (if shade == 0 { 0 } else { shade_bound(shade - 1, highest) + 1 }, shade_bound(shade, highest));
        match shade {
            0 => "0".to_owned(),
            _ if low > high => String::new(),
            _ if low == high => low.to_string(),
            _ => format!("{low} to {high}"),
        }
    })
}

fn hours_in_words(name: &str, row: &ByClient) -> String {
    let busy = row.hours.iter().enumerate().filter(|(_, count)| **count > 0);
    let hours: Vec<String> = busy.map(|(hour, count)| format!("{hour:02}:00 {count}")).collect();
    format!("{name}: {}", if hours.is_empty() { "nothing".to_owned() } else { hours.join(", ") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_cover_every_count_once_and_say_which() {
        assert_eq!(shade_ranges(130), ["0", "1 to 5", "6 to 20", "21 to 46", "47 to 83", "84 to 130"]);
        assert_eq!(shade_ranges(2), ["0", "", "", "", "1", "2"]);
        for highest in [1, 2, 3, 24, 25, 130, u64::MAX] {
            assert_eq!((shade(0, highest), shade(highest, highest)), (0, SHADES.len() - 1));
            assert!((0..=highest.min(200)).map(|count| shade(count, highest)).is_sorted());
        }
    }
}
