//! The incident report as a real browser shows it. Needs Chromium and its driver; where they are absent the tests say that
//! they are skipped, unless `ACRALOG_BROWSER=required` is set.

mod charts;
mod checks;
mod driver;

use std::sync::OnceLock;

use driver::{Media, Scheme, in_browser};

use crate::support::verify::write;
use crate::support::{Run, fixture};

/// A page by its name.
type Page = (&'static str, String);

/// Every fault that a check is for, and no policy that would keep it in.
const FAULTY: &str = r##"<!DOCTYPE html><title>faulty</title>
<img src="http://outside.invalid/x.png"><script>throw new Error("thrown")</script>
<p style="width: 2000px; color: #999">wide and pale</p><a href="#nowhere">dead</a>
<figure id="timeline"><svg><text y="20">one</text><text y="24">other</text></svg></figure>
<details><summary>fold</summary><p>hidden</p></details>"##;

/// A report of a log as a page.
#[track_caller]
fn page(log: &std::path::Path) -> String {
    let run = Run::bare().args(["report", "--format", "html", "--sessions"]).key("audit.key").path(log);
    run.exit(0).text().to_owned()
}

/// Reports of all sorts of logs.
fn pages() -> &'static [Page] {
    static PAGES: OnceLock<Vec<Page>> = OnceLock::new();
    PAGES.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let hostile = write(folder.path(), "\"><img src=x onerror=alert(1)>.log", hostile_log().as_bytes());
        let empty = write(folder.path(), "empty.log", b"");
        vec![
            ("service_day", page(&fixture::log("service_day.json.log"))),
            ("altered", page(&fixture::log("chain_altered_middle.json.log"))),
            ("hostile", page(&hostile)),
            ("empty", page(&empty)),
        ]
    })
}

/// A log whose texts try to be markup, to load, to run, and to be wider than any page.
fn hostile_log() -> String {
    let wide = "W".repeat(3_000);
    let texts = [
        "<script>alert(1)</script>",
        "\"><img src=http://outside.invalid/x.png onerror=alert(1)>",
        "</style><style>@import 'http://outside.invalid/x.css'</style>",
        "</title></svg></details></main><iframe src=http://outside.invalid/></iframe>",
        "<!-- \u{202e}\u{1b}[31m",
        &wide,
    ];
    let codes = [560, 587, 581, 540, 584, 511];
    let entry = |(minute, (text, code)): (usize, (&str, i32)), second: u32| {
        let text = serde_json::to_string(text).expect("a text");
        let seconds = 1_741_910_400 + minute * 60 + second as usize;
        format!(
            "{{\"client_id\":{text},\"code\":{code},\"error\":{text},\"level\":\"error\",\"msg\":{text},\"product\":{text},\
             \"session_id\":{text},\"unixTime\":\"{seconds}.000\",\"version\":{text}}}\n"
        )
    };
    let kinds = texts.into_iter().zip(codes).enumerate();
    kinds.flat_map(|kind| (0..20).map(move |second| entry(kind, second))).collect()
}

fn day() -> &'static str {
    &pages()[0].1
}

#[test]
fn no_page_has_a_fault_that_a_browser_can_see() {
    in_browser(|browser| {
        for (name, page) in pages() {
            browser.open(page);
            for (what, check) in checks::ALL {
                assert_eq!(check(browser), Vec::<String>::new(), "{name}: {what}");
            }
        }
    });
}

#[test]
fn every_check_notices_the_fault_it_is_for() {
    in_browser(|browser| {
        browser.open(FAULTY);
        let faults = [
            "thrown",
            "http://outside.invalid/x.png",
            "2008 of 360 pixels",
            "#nowhere",
            "one | other",
            "rgb(153, 153, 153)",
            "fold",
        ];
        for ((what, check), fault) in checks::ALL.into_iter().zip(faults) {
            let complaints = check(browser);
            assert!(complaints.iter().any(|complaint| complaint.contains(fault)), "{what}: {complaints:?}");
        }
    });
}

#[test]
fn what_would_load_or_run_all_the_same_is_stopped_by_the_policy_and_noticed() {
    in_browser(|browser| {
        for (markup, rule) in [
            ("<img src=\"http://outside.invalid/x.png\">", "img-src"),
            ("<script>document.title = 'run'</script>", "default-src"),
            ("<p style=\"color: red\">red</p>", "style-src"),
            ("<iframe src=\"http://outside.invalid/\"></iframe>", "default-src"),
        ] {
            browser.open(&day().replace("</main>", &format!("{markup}</main>")));
            let complaints = browser.complaints();
            let stopped = complaints.iter().any(|said| said.contains("Content Security Policy") && said.contains(rule));
            assert!(stopped, "{markup}: {complaints:?}");
            assert_ne!(browser.ask("return document.title;", &[]), "run");
        }
    });
}

#[test]
fn the_colours_that_were_measured_are_those_of_text_links_and_severities_in_light_and_dark() {
    in_browser(|browser| {
        browser.open(day());
        let mut papers = Vec::new();
        for scheme in [Scheme::Light, Scheme::Dark] {
            browser.show(1280, Media::Screen, scheme);
            let inks = checks::inks(browser);
            for kind in ["h1", "p", "p.note", "a", "span.severity is-critical", "span.severity is-high", "text.number"]
            {
                assert!(inks.iter().any(|ink| ink.kind == kind), "no {kind}: {inks:?}");
            }
            papers.push(inks[0].behind.clone());
        }
        assert_eq!(papers, ["rgb(255, 255, 255)", "rgb(18, 20, 22)"]);
    });
}

#[test]
fn on_paper_the_folds_of_the_screen_are_open_and_the_report_takes_several_sheets() {
    in_browser(|browser| {
        browser.open(day());
        assert!(checks::folded(browser).len() >= 3);
        browser.show(1280, Media::Print, Scheme::Light);
        assert_eq!(checks::folded(browser), Vec::<String>::new());
        let day = checks::sheets(browser);
        browser.open("<p>one</p>");
        assert_eq!(checks::sheets(browser), 1);
        assert!(day > 5, "{day} sheets");
    });
}
