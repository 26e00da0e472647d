//! Text of a log stays text, whatever it looks like (attacks, part C).

use super::{markup, page, tags, values};
use crate::testing::incident as sample;

const HOSTILE: [&str; 16] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "=cmd|'/c calc'!A1",
    "\x1b[31m\x07\0",
    "abc\u{202e}gol.txt\u{2028}",
    "</style><script>x</script>",
    "</title></svg></details></main>",
    "<!-- ",
    "]]>",
    "&lt;&#60;&amp",
    "a\r\nb\tc",
    "https://example.com/x",
    "##[error] ::warning::",
    "{{7*7}}${x}",
];

#[test]
fn no_text_adds_an_element_or_an_attribute() {
    let harmless = markup(&sample::hostile("harmless"));
    // A stream that is called like its file is not named again.
    let mut report = sample::report();
    report.inputs.iter_mut().for_each(|input| input.stream = input.path.clone());
    let report = markup(&report);
    assert_eq!(tags(&harmless), tags(&report));
    for text in HOSTILE {
        let hostile = markup(&sample::hostile(text));
        assert_eq!(tags(&hostile), tags(&harmless), "{text:?}");
        assert_eq!(hostile.matches(['<', '>']).count(), harmless.matches(['<', '>']).count(), "{text:?}");
        assert_eq!(hostile.matches('"').count(), harmless.matches('"').count(), "{text:?}");
        assert_eq!(values(&hostile, "href"), values(&harmless, "href"), "{text:?}");
        assert_eq!(values(&hostile, "class"), values(&harmless, "class"), "{text:?}");
        assert_eq!(values(&hostile, "id"), values(&harmless, "id"), "{text:?}");
    }
}

#[test]
fn every_ampersand_begins_an_entity_and_no_character_acts() {
    for text in HOSTILE {
        let page = page(&sample::hostile(text));
        let entities = ["&amp;", "&lt;", "&gt;", "&quot;", "&apos;"];
        let loose =
            page.match_indices('&').find(|(at, _)| !entities.iter().any(|entity| page[*at..].starts_with(entity)));
        assert_eq!(loose, None, "{text:?}");
        assert!(!page.chars().any(|c| c != '\n' && crate::terminal_safe::is_unsafe_char(c)), "{text:?}");
    }
}

#[test]
fn hostile_text_is_shown_as_it_is_written() {
    let page = page(&sample::hostile("<b>\u{202e}\x1b&lt;"));
    assert!(page.contains("<code>&lt;b&gt;\\u{202e}\\x1b&amp;lt;</code>"));
    assert!(page.contains("<title>&lt;b&gt;\\u{202e}\\x1b&amp;lt; (&lt;b&gt;\\u{202e}\\x1b&amp;lt;)</title>"));
}
