//! The head of the page: what it is called, how it looks, and what a browser is forbidden to do with it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::element::{HtmlElement, Node};
use crate::output::incident_report::document::IncidentDocument;

/// The one style sheet; no element has a style of its own, so that the policy can forbid all others.
const STYLE: &str = include_str!("style.css");

pub(super) fn head(document: &IncidentDocument<'_>) -> HtmlElement {
    let named = |name: &'static str, content: &str| {
        HtmlElement::new("meta").attribute("name", name).attribute("content", content)
    };
    let policy = HtmlElement::new("meta")
        .attribute("http-equiv", "Content-Security-Policy")
        .attribute("content", content_security_policy());
    HtmlElement::new("head")
        .with(HtmlElement::new("meta").attribute("charset", "utf-8"))
        .with(policy)
        .with(named("referrer", "no-referrer"))
        .with(named("viewport", "width=device-width, initial-scale=1"))
        .with(named("color-scheme", "light dark"))
        .with(named("generator", concat!("acralog ", env!("CARGO_PKG_VERSION"))))
        .with(HtmlElement::new("title").with(title(document)))
        // Without it browsers ask the server for an icon.
        .with(HtmlElement::new("link").attribute("rel", "icon").attribute("href", "data:,"))
        .with(HtmlElement::new("style").with(Node::Style(STYLE)))
}

fn title(document: &IncidentDocument<'_>) -> String {
    match document.case_id {
        Some(case) => format!("{} ({case})", document.title),
        None => document.title.to_owned(),
    }
}

/// Nothing is loaded, run, sent or framed; the style sheet is allowed by its hash.
fn content_security_policy() -> String {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!("default-src 'none'; style-src 'sha256-{hash}'; img-src data:; base-uri 'none'; form-action 'none'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_sheet_loads_nothing_and_cannot_end_itself() {
        for word in ["url(", "@import", "http", "</", "<!--", "@font-face"] {
            assert!(!STYLE.contains(word), "{word}");
        }
        assert!(content_security_policy().starts_with("default-src 'none'; style-src 'sha256-"));
    }
}
