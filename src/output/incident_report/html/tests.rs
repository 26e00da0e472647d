//! The page as a browser and an auditor take it.

mod drawings;
mod hostile;
mod leaves;

use super::{write, *};
use crate::incident::report::IncidentReport;
use crate::output::incident_report::view::View;
use crate::testing::incident as sample;

/// The page of a report.
fn page(report: &IncidentReport) -> String {
    let mut out = Vec::new();
    write(&mut out, &View::full(report)).unwrap();
    String::from_utf8(out).unwrap()
}

/// The page without its style sheet.
fn markup(report: &IncidentReport) -> String {
    let page = page(report);
    let (before, rest) = page.split_once("<style>").unwrap();
    let (_, after) = rest.split_once("</style>").unwrap();
    format!("{before}{after}")
}

/// The names of all opening tags, in order.
fn tags(markup: &str) -> Vec<&str> {
    let starts = markup.match_indices('<').map(|(at, _)| &markup[at + 1..]);
    let opening = starts.filter(|rest| !rest.starts_with(['/', '!']));
    opening.map(|rest| &rest[..rest.find([' ', '>']).unwrap()]).collect()
}

/// The values of an attribute, wherever it stands.
fn values<'a>(markup: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    let found = markup.match_indices(&start).map(|(at, _)| &markup[at + start.len()..]);
    found.map(|rest| &rest[..rest.find('"').unwrap()]).collect()
}

#[test]
fn every_element_is_closed_by_its_own_name() {
    for report in [sample::report(), sample::quiet()] {
        let markup = markup(&report);
        let mut open = Vec::new();
        for (at, _) in markup.match_indices('<') {
            let tag = &markup[at + 1..at + markup[at..].find('>').unwrap()];
            let name = tag.trim_start_matches('/').split(' ').next().unwrap();
            match tag.starts_with('/') {
                true => assert_eq!(open.pop(), Some(name), "{}", &markup[at..markup.len().min(at + 60)]),
                false if ["!DOCTYPE", "meta", "link"].contains(&name) => {}
                false => open.push(name),
            }
        }
        assert_eq!(open, Vec::<&str>::new());
    }
}

#[test]
fn nothing_is_loaded_run_or_styled_on_the_spot() {
    for report in [sample::report(), sample::quiet()] {
        let (page, markup) = (page(&report), markup(&report));
        assert!(!page.contains("http:") && !page.contains("https:") && !page.contains("//"));
        let forbidden = ["script", "iframe", "img", "object", "embed", "form", "base", "use", "image", "foreignObject"];
        assert!(tags(&markup).iter().all(|tag| !forbidden.contains(tag)));
        for attribute in ["style", "src", "action", "onload", "onclick", "onerror", "xlink:href", "srcset"] {
            assert_eq!(values(&markup, attribute), Vec::<&str>::new(), "{attribute}");
        }
        assert_eq!(
            values(&markup, "href").iter().filter(|link| !link.starts_with('#')).collect::<Vec<_>>(),
            [&"data:,"]
        );
    }
}

#[test]
fn every_link_and_every_label_has_its_place_and_no_place_is_there_twice() {
    for report in [sample::report(), sample::quiet()] {
        let markup = markup(&report);
        let ids = values(&markup, "id");
        let once: std::collections::BTreeSet<_> = ids.iter().collect();
        assert_eq!(once.len(), ids.len());
        let links = values(&markup, "href").into_iter().filter_map(|link| link.strip_prefix('#'));
        let labels = values(&markup, "aria-labelledby").into_iter().flat_map(|ids| ids.split(' '));
        for place in links.chain(labels) {
            assert!(once.contains(&place), "{place}");
        }
    }
    assert!(values(&markup(&sample::report()), "href").contains(&"#incident-1"));
}

#[test]
fn headings_stand_in_order_and_heads_of_tables_say_what_they_are_the_head_of() {
    for report in [sample::report(), sample::quiet()] {
        let markup = markup(&report);
        let all = tags(&markup);
        let levels: Vec<u8> = all.iter().filter_map(|tag| tag.strip_prefix('h')?.parse().ok()).collect();
        assert_eq!((levels[0], levels.iter().filter(|level| **level == 1).count()), (1, 1));
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
        let heads = all.iter().filter(|tag| **tag == "th").count();
        assert_eq!(heads, values(&markup, "scope").len());
        assert_eq!(all.iter().filter(|tag| **tag == "main").count(), 1);
    }
}

#[test]
fn a_quiet_log_without_a_key_is_neither_called_sound_nor_altered() {
    let page = page(&sample::quiet());
    assert!(page.contains("not verified") && page.contains("No incident: there is no entry to look at."));
    assert!(!page.contains("tampered") && !page.contains("<article"));
    assert!(!page.contains("class=\"more\"") && !page.contains("and 0 more"), "nothing was left out");
}

#[test]
fn a_list_of_incidents_that_may_not_be_all_of_them_says_so_whether_there_are_some_or_none() {
    let unread = "1 input was not read, or not to the end: there may be more.";
    for mut report in [sample::report(), sample::quiet()] {
        assert!(page(&report).contains(unread));
        report.inputs.iter_mut().for_each(|input| input.unread = None);
        assert!(!page(&report).contains("there may be more"));
    }
}

#[test]
fn a_file_that_is_missing_is_named_without_a_line() {
    let mut report = sample::report();
    let after = report.gaps[2].after.as_mut().expect("the file");
    after.line = 0;
    assert!(!page(&report).contains("acra-server.log:0<"));
}

#[test]
fn parts_that_no_item_of_a_list_has_are_no_column() {
    let mut report = sample::report();
    assert!(markup(&report).contains(">Not read</th>"));
    report.inputs.iter_mut().for_each(|input| input.unread = None);
    let markup = markup(&report);
    assert!(!markup.contains(">Not read</th>") && markup.contains(">Hash</th>"));
}

#[test]
fn a_long_list_is_behind_a_line_that_opens_it() {
    let mut report = sample::report();
    for (runs, folded) in [(24, false), (25, true)] {
        report.runs = vec![report.runs[0].clone(); runs];
        let row_count = format!("<summary>Runs <span class=\"row-count\">{runs} rows</span></summary>");
        assert_eq!(markup(&report).contains(&row_count), folded, "{runs}");
    }
}

#[test]
fn the_style_sheet_loads_nothing_and_cannot_end_itself() {
    for word in ["url(", "@import", "http", "</", "<!--", "@font-face"] {
        assert!(!STYLE.contains(word), "{word}");
    }
    assert!(content_security_policy().starts_with("default-src 'none'; style-src 'sha256-"));
}
