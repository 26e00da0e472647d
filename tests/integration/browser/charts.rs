//! The charts as they are drawn, held against the numbers of the JSON report of the same log: words, tables and sizes.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::driver::{Browser, in_browser};
use crate::support::{Run, fixture};

/// What two sizes in pixels may differ by: numbers in the page have two decimals.
const PIXELS_APART_MAX: f64 = 0.6;

/// The least height of what is drawn at all, in pixels.
const PILE_MIN: f64 = 2.0;

/// The part of the report that is drawn.
#[derive(Debug, Deserialize)]
struct Document {
    incidents: Vec<Incident>,
    totals: Totals,
}

#[derive(Debug, Deserialize)]
struct Incident {
    number: u64,
    title: String,
    severity: String,
    first: String,
    last: String,
}

#[derive(Debug, Deserialize)]
struct Totals {
    entries: u64,
    by_level: Vec<ByLevel>,
    by_code: Vec<ByCode>,
    by_client: Vec<ByClient>,
    by_hour: Hours,
}

#[derive(Debug, Deserialize)]
struct ByLevel {
    level: String,
}

#[derive(Debug, Deserialize)]
struct ByCode {
    code: Option<u64>,
    title: String,
    entries: u64,
}

#[derive(Debug, Deserialize)]
struct ByClient {
    client_id: Option<String>,
    entries: u64,
    hours: Vec<u64>,
}

#[derive(Debug, Deserialize)]
struct Hours {
    bins: Vec<Bin>,
}

#[derive(Debug, Deserialize)]
struct Bin {
    start: String,
    entries: u64,
    levels: Vec<u64>,
}

/// A shape with what a pointer is told on it, in pixels of the window.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shape {
    class: String,
    words: Option<String>,
    left: f64,
    width: f64,
    height: f64,
}

/// Shapes that belong together: a pile of levels, a bar on its track, a row of hours.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    words: Option<String>,
    shapes: Vec<Shape>,
}

/// Opens the page of the day in a browser, with the numbers of the same day.
#[track_caller]
fn in_the_day(test: impl FnOnce(&Browser, &Document)) {
    in_browser(|browser| {
        let run = Run::bare().args(["report", "--format", "json", "--sessions"]).key("audit.key");
        let done = run.path(fixture::log("service_day.json.log")).exit(0);
        let document = serde_json::from_slice(&done.stdout).unwrap_or_else(|error| panic!("{error}: {}", done.told()));
        browser.open(super::day());
        test(browser, &document);
    });
}

/// The groups of a drawing.
#[track_caller]
fn groups(browser: &Browser, figure: &str) -> Vec<Group> {
    let script = "
        const words = element => element.querySelector(':scope > title')?.textContent ?? null;
        const shape = element => {
            const { left, width, height } = element.getBoundingClientRect();
            return { class: element.getAttribute('class'), words: words(element), left, width, height };
        };
        const shapes = group => [...group.querySelectorAll(':scope > rect, :scope > line.event')].map(shape);
        const groups = [...document.querySelectorAll(`#${arguments[0]} > svg g`)];
        const all = groups.length ? groups : [...document.querySelectorAll(`#${arguments[0]} > svg`)];
        return all.map(group => ({ words: words(group), shapes: shapes(group) }));";
    serde_json::from_value(browser.ask(script, &[figure])).expect("groups of shapes")
}

/// The words beside a colour in the legend of a drawing, by the class of the colour.
#[track_caller]
fn legend(browser: &Browser, figure: &str) -> BTreeMap<String, String> {
    let script = "
        const entries = [...document.querySelectorAll(`#${arguments[0]} .legend li`)];
        return Object.fromEntries(entries.map(entry => [entry.firstChild.classList[1], entry.textContent]));";
    serde_json::from_value(browser.ask(script, &[figure])).expect("a legend")
}

/// The cells of the table whose name begins so, row by row, blanks at their ends cut off.
#[track_caller]
fn table(browser: &Browser, name: &str) -> Vec<Vec<String>> {
    let script = "
        const [found] = [...document.querySelectorAll('table')]
            .filter(table => table.getAttribute('aria-label').startsWith(arguments[0]));
        return [...found.tBodies[0].rows].map(row => [...row.cells].map(cell => cell.textContent.trim()));";
    serde_json::from_value(browser.ask(script, &[name])).expect("rows of cells")
}

/// The sentence about a drawing for who cannot see it.
#[track_caller]
fn description(browser: &Browser, figure: &str) -> String {
    let script = "return document.getElementById(arguments[0] + '-description').textContent;";
    serde_json::from_value(browser.ask(script, &[figure])).expect("a text")
}

fn entries(count: u64) -> String {
    format!("{count} {}", if count == 1 { "entry" } else { "entries" })
}

#[track_caller]
fn assert_close(drawn: f64, wanted: f64, what: &str) {
    assert!((drawn - wanted).abs() <= PIXELS_APART_MAX, "{what}: {drawn} instead of {wanted} pixels");
}

/// The height of an entry, by the names of the marks; the highest one is not below the tallest hour.
#[track_caller]
fn pixels_per_entry(browser: &Browser, tallest: u64) -> f64 {
    let script = "
        const marks = [...document.querySelectorAll('#hours > svg > text')].filter(text => /^[0-9]+$/.test(text.textContent));
        return marks.map(text => [Number(text.textContent), text.getBoundingClientRect().top]);";
    let marks: Vec<(f64, f64)> = serde_json::from_value(browser.ask(script, &[])).expect("marks");
    let [(low, below), .., (high, above)] = marks[..] else { panic!("{marks:?}") };
    assert!(high >= tallest as f64, "{marks:?}");
    (below - above) / (high - low)
}

#[test]
fn every_hour_is_a_pile_of_its_levels_as_high_as_their_counts() {
    in_the_day(|browser, document| {
        let (totals, bins) = (&document.totals, &document.totals.by_hour.bins);
        assert_eq!(bins.iter().map(|bin| bin.entries).sum::<u64>(), totals.entries);
        let piles = groups(browser, "hours");
        assert_eq!(piles.len(), bins.len());
        let tallest = bins.iter().max_by_key(|bin| bin.entries).expect("a day has hours");
        let scale = pixels_per_entry(browser, tallest.entries);
        for (pile, bin) in piles.iter().zip(bins) {
            let levels = totals.by_level.iter().zip(&bin.levels).filter(|(_, count)| **count > 0);
            let levels: Vec<_> = levels.map(|(row, count)| (row.level.as_str(), *count)).collect();
            let words: Vec<_> = levels.iter().map(|(level, count)| format!("{count} {level}")).collect();
            let words = format!("{}: {} ({})", bin.start, entries(bin.entries), words.join(", "));
            assert_eq!(pile.words.as_deref(), Some(words.as_str()));
            assert_eq!(pile.shapes.len(), levels.len(), "{words}");
            for (shape, (level, count)) in pile.shapes.iter().zip(levels) {
                assert_eq!(shape.class, format!("level-{level}"));
                assert_close(shape.height, (count as f64 * scale).max(PILE_MIN), &words);
            }
        }
        assert!(piles.windows(2).all(|pair| pair[0].shapes[0].left < pair[1].shapes[0].left), "out of order");
        let highest = format!("the highest has {}, from {}", tallest.entries, tallest.start);
        let told = description(browser, "hours");
        assert_eq!(told, format!("{} in {} bins; {highest}.", entries(totals.entries), bins.len()));
        let row = |bin: &Bin| {
            let counts = [bin.entries].into_iter().chain(bin.levels.iter().copied());
            [bin.start.clone()].into_iter().chain(counts.map(|count| count.to_string())).collect::<Vec<_>>()
        };
        assert_eq!(table(browser, "The same in numbers: bins"), bins.iter().map(row).collect::<Vec<_>>());
    });
}

/// Every row has its words, and a bar whose share of the track is that of the highest count.
#[track_caller]
fn assert_bars(browser: &Browser, figure: &str, rows: &[(String, u64)]) {
    let bars = groups(browser, figure);
    let words: Vec<_> = rows.iter().map(|(name, count)| format!("{name}: {count}")).collect();
    assert_eq!(bars.iter().filter_map(|bar| bar.words.clone()).collect::<Vec<_>>(), words);
    assert_eq!(description(browser, figure), words.join("; "));
    let highest = rows.iter().map(|row| row.1).max().expect("rows");
    for (bar, (name, count)) in bars.iter().zip(rows) {
        let [track, bar] = &bar.shapes[..] else { panic!("{name}: {bar:?}") };
        assert_eq!((track.class.as_str(), bar.class.as_str()), ("track", "bar"));
        assert!(track.width > 100.0, "{name}: {track:?}");
        assert_close(bar.width, track.width * *count as f64 / highest as f64, name);
    }
}

#[test]
fn every_code_and_every_client_has_a_bar_as_long_as_its_count() {
    in_the_day(|browser, document| {
        let Totals { by_code, by_client, .. } = &document.totals;
        let codes = by_code.iter().filter_map(|row| Some((format!("{}  {}", row.code?, row.title), row.entries)));
        assert_bars(browser, "codes", &codes.collect::<Vec<_>>());
        let clients = by_client.iter().filter_map(|row| Some((row.client_id.clone()?, row.entries)));
        assert_bars(browser, "clients", &clients.collect::<Vec<_>>());
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "none".to_owned());
        let row = |row: &ByCode| {
            [or_none(row.code.map(|code| code.to_string())), row.title.clone(), row.entries.to_string()].to_vec()
        };
        let rows = table(browser, "The same in numbers: entries by event code");
        assert_eq!(rows, by_code.iter().map(row).collect::<Vec<_>>());
        let row = |row: &ByClient| {
            let hours = row.hours.iter().map(u64::to_string);
            [or_none(row.client_id.clone()), row.entries.to_string()].into_iter().chain(hours).collect::<Vec<_>>()
        };
        let rows = table(browser, "The same in numbers: entries by client");
        assert_eq!(rows, by_client.iter().map(row).collect::<Vec<_>>());
    });
}

#[test]
fn every_client_has_a_row_of_hours_in_the_shades_that_the_legend_says() {
    in_the_day(|browser, document| {
        let rows = groups(browser, "heat-map");
        let clients = document.totals.by_client.iter().filter_map(|row| Some((row.client_id.as_deref()?, &row.hours)));
        let clients: Vec<_> = clients.collect();
        assert_eq!(rows.len(), clients.len());
        let legend = legend(browser, "heat-map");
        let mut shades = BTreeSet::new();
        for (row, (client, hours)) in rows.iter().zip(clients) {
            assert_eq!(row.shapes.len(), 24, "{client}");
            assert!(row.shapes.windows(2).all(|pair| pair[0].left < pair[1].left), "{client}");
            for ((hour, count), cell) in hours.iter().enumerate().zip(&row.shapes) {
                let words = format!("{client}, {hour:02}:00: {}", entries(*count));
                assert_eq!(cell.words.as_deref(), Some(words.as_str()));
                let range = &legend[&cell.class];
                let (low, high) = range.split_once(" to ").unwrap_or((range, range));
                let [low, high] = [low, high].map(|bound| bound.parse::<u64>().expect("a count"));
                assert!((low..=high).contains(count), "{words}, drawn as {range}");
                shades.insert((*count, &cell.class));
            }
        }
        assert!(shades.iter().is_sorted_by_key(|(_, class)| class), "{shades:?}");
        assert!(shades.len() > 10, "{shades:?}");
    });
}

#[test]
fn every_incident_is_on_the_timeline_at_its_time_and_has_its_place_on_the_page() {
    in_the_day(|browser, document| {
        let incidents = &document.incidents;
        assert_eq!(incidents.len(), 6);
        let groups = groups(browser, "timeline");
        let mut bars: Vec<&Shape> = groups.iter().flat_map(|group| &group.shapes).collect();
        // Incidents are numbered by time.
        bars.sort_by(|one, other| one.left.total_cmp(&other.left));
        let drawn: Vec<_> = bars.iter().map(|bar| (bar.words.clone().expect("words"), bar.class.clone())).collect();
        let wanted = incidents.iter().map(|incident| {
            let Incident { number, title, severity, first, last } = incident;
            let words = format!("{number}: {title}, {severity}, {first} to {last}");
            (words, format!("event stroke-{severity}"))
        });
        assert_eq!(drawn, wanted.collect::<Vec<_>>());
        for incident in incidents {
            let script = "
                const article = document.getElementById(arguments[0]);
                const link = document.querySelector(`#contents a[href='#${arguments[0]}']`);
                return [article.tagName, article.querySelector('h3').textContent, link.textContent];";
            let found = browser.ask(script, &[&format!("incident-{}", incident.number)]);
            let [Value::String(tag), Value::String(heading), Value::String(link)] =
                &found.as_array().expect("texts")[..]
            else {
                panic!("{found}")
            };
            assert_eq!((tag.as_str(), link), ("ARTICLE", &incident.title));
            assert!(heading.ends_with(&incident.title), "{heading}");
        }
    });
}
