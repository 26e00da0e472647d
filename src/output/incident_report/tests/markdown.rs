//! The Markdown as an independent reader sees it: the same headings, lists and tables whatever the texts are.

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};

use super::hostile::{HOSTILE, written};
use super::leaves::Leaves;
use crate::output::escape::visible;
use crate::output::incident_report::IncidentFormat;
use crate::testing::incident as sample;

/// What GitHub reads, and everything the reader knows.
fn dialects() -> [Options; 3] {
    let github = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_MATH
        | Options::ENABLE_GFM;
    [Options::ENABLE_TABLES, github, Options::all()]
}

/// The events of a page without what its texts say: a row of texts and code spans is one text.
fn structure(page: &str, options: Options) -> Vec<String> {
    let mut events: Vec<String> = Vec::new();
    for event in Parser::new_ext(page, options) {
        assert_inert(&event, page);
        match event {
            Event::Text(_) | Event::Code(_) if events.last().is_some_and(|last| last == "text") => {}
            Event::Text(_) | Event::Code(_) => events.push("text".to_owned()),
            event => events.push(format!("{event:?}")),
        }
    }
    events
}

fn assert_inert(event: &Event<'_>, page: &str) {
    let acts = match event {
        Event::Start(tag) => {
            matches!(tag, Tag::Link { .. } | Tag::Image { .. } | Tag::HtmlBlock | Tag::CodeBlock(_) | Tag::Emphasis)
                || matches!(tag, Tag::FootnoteDefinition(_) | Tag::MetadataBlock(_) | Tag::DefinitionList)
        }
        Event::Html(_) | Event::InlineHtml(_) | Event::InlineMath(_) | Event::DisplayMath(_) => true,
        Event::FootnoteReference(_) | Event::TaskListMarker(_) | Event::Rule => true,
        Event::End(_) | Event::Text(_) | Event::Code(_) | Event::SoftBreak | Event::HardBreak => false,
    };
    assert!(!acts, "{event:?} in\n{page}");
}

fn page_of(text: &str) -> String {
    written(&sample::hostile(text), IncidentFormat::Markdown)
}

#[test]
fn no_text_changes_the_structure_of_the_page() {
    for options in dialects() {
        let wanted = structure(&page_of("harmless"), options);
        assert!(wanted.iter().filter(|event| event.contains("Start(Table(")).count() > 4, "{wanted:#?}");
        for text in HOSTILE {
            assert_eq!(structure(&page_of(text), options), wanted, "{text:?}:\n{}", page_of(text));
        }
    }
}

#[test]
fn other_reports_are_inert_as_well() {
    for report in [sample::report(), sample::quiet()] {
        for options in dialects() {
            structure(&written(&report, IncidentFormat::Markdown), options);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_the_text_the_structure_stays(text in "(\\PC|[ \n`|*_<>()!#:@a1.~$+=&{}\\[\\]\\\\-]){0,24}") {
        for options in dialects() {
            prop_assert_eq!(structure(&page_of(&text), options), structure(&page_of("harmless"), options));
        }
    }
}

/// The words of a page, as its reader sees them.
fn words(page: &str) -> String {
    let mut words = String::new();
    for event in Parser::new_ext(page, Options::ENABLE_TABLES) {
        match event {
            Event::Text(text) | Event::Code(text) => words.push_str(&text),
            Event::End(_) => words.push('\n'),
            _ => {}
        }
    }
    words
}

#[test]
fn the_page_says_everything_the_json_says() {
    let report = sample::report();
    let page = words(&written(&report, IncidentFormat::Markdown));
    assert_eq!(Leaves::of(&report).missing_from(&page), Vec::<&str>::new(), "{page}");
}

#[test]
fn every_text_is_still_read_as_it_was_once_it_is_visible() {
    for text in HOSTILE {
        let page = words(&page_of(text));
        let wanted = visible(text).replace('|', "\\x7c");
        assert!(page.matches(&*wanted).count() > 20, "{wanted}:\n{page}");
    }
}
