//! What can be wrong with any page: every check returns its complaints about the page that is open, none when it is fine.

use serde::Deserialize;
use serde_json::json;

use super::driver::{Browser, Media, Scheme};

/// Widths of a phone, a tablet and a desk, in pixels.
pub const WIDTHS: [u32; 3] = [360, 768, 1280];

/// The least contrast of text to what is behind it (WCAG 2, level AA).
const CONTRAST_MIN: f64 = 4.5;

/// A check by its name.
pub type Check = (&'static str, fn(&Browser) -> Vec<String>);

pub const ALL: [Check; 7] = [
    ("nothing in the console", Browser::complaints),
    ("no request but for the page", requests),
    ("fits every width", wider_than_the_window),
    ("links lead somewhere", dead_links),
    ("labels do not touch", touching_labels),
    ("text can be read", pale_text),
    ("folds are open on paper", folded_on_paper),
];

fn requests(browser: &Browser) -> Vec<String> {
    let requests = browser.requests();
    assert!(
        requests.first().is_some_and(|page| page.starts_with("file:")),
        "the page itself was not seen: {requests:?}"
    );
    // What stands in the page itself needs no request.
    requests.into_iter().skip(1).filter(|address| !address.starts_with("data:")).collect()
}

fn wider_than_the_window(browser: &Browser) -> Vec<String> {
    let script = "return [document.documentElement.scrollWidth, innerWidth];";
    let mut complaints = Vec::new();
    for width in WIDTHS {
        browser.show(width, Media::Screen, Scheme::Light);
        let [page, window]: [u32; 2] = serde_json::from_value(browser.ask(script, &[])).expect("two numbers");
        assert_eq!(window, width);
        if page > window {
            complaints.push(format!("{page} of {window} pixels"));
        }
    }
    complaints
}

fn dead_links(browser: &Browser) -> Vec<String> {
    let script = "
        const ids = [...document.querySelectorAll('[id]')].map(element => element.id);
        const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
        const links = [...document.querySelectorAll('a')].map(link => link.getAttribute('href') ?? '');
        return [...twice, ...links.filter(link => !ids.includes(link.replace(/^#/, '')))];";
    list(browser, script)
}

/// Pairs of labels of one drawing with less than two pixels between their boxes. Labels of bars are cut off where their
/// room ends, boxes are not.
fn touching_labels(browser: &Browser) -> Vec<String> {
    let script = "
        const met = [];
        for (const drawing of document.querySelectorAll('#timeline > svg, #hours > svg')) {
            const labels = [...drawing.querySelectorAll('text')].map(text => [text, text.getBoundingClientRect()]);
            const shown = labels.filter(([, box]) => box.width > 0);
            shown.forEach(([one, a], index) => {
                for (const [other, b] of shown.slice(index + 1)) {
                    const aside = Math.max(a.left - b.right, b.left - a.right);
                    const apart = Math.max(a.top - b.bottom, b.top - a.bottom, aside) >= 2;
                    if (!apart) met.push(`${one.textContent} | ${other.textContent}`);
                }
            });
        }
        return met;";
    let mut complaints = Vec::new();
    for width in WIDTHS {
        browser.show(width, Media::Screen, Scheme::Light);
        complaints.extend(list(browser, script).into_iter().map(|pair| format!("{width} pixels: {pair}")));
    }
    complaints
}

/// A kind of text on the page, with its colour and the one behind it as `rgb(1, 2, 3)`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ink {
    /// Element and class.
    pub kind: String,
    pub color: String,
    pub behind: String,
}

impl Ink {
    /// From 1 to 21.
    pub fn contrast(&self) -> f64 {
        let (one, other) = (luminance(&self.color), luminance(&self.behind));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }
}

/// The relative luminance of WCAG 2.
#[track_caller]
fn luminance(color: &str) -> f64 {
    let numbers = color.strip_prefix("rgb(").and_then(|rest| rest.strip_suffix(')'));
    let numbers = numbers.unwrap_or_else(|| panic!("not an opaque colour: {color}")).split(", ");
    let linear = |share: f64| if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) };
    let shares = numbers.map(|number| linear(number.parse::<f64>().expect("a number") / 255.0));
    shares.zip([0.2126, 0.7152, 0.0722]).map(|(share, weight)| share * weight).sum()
}

/// Every kind of text that can be seen, with all folds open.
pub fn inks(browser: &Browser) -> Vec<Ink> {
    let script = "
        document.querySelectorAll('details').forEach(fold => { fold.open = true; });
        const behind = element => {
            for (let at = element; at; at = at.parentElement) {
                const color = getComputedStyle(at).backgroundColor;
                if (color !== 'rgba(0, 0, 0, 0)') return color;
            }
            return 'rgb(255, 255, 255)';
        };
        const inks = new Map();
        for (const element of document.body.querySelectorAll('*')) {
            const written = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
            if (!written || !element.checkVisibility() || ['title', 'desc'].includes(element.tagName)) continue;
            const style = getComputedStyle(element);
            const name = element.getAttribute('class');
            const ink = {
                kind: element.tagName.toLowerCase() + (name ? '.' + name : ''),
                color: element.tagName === 'text' ? style.fill : style.color,
                behind: behind(element),
            };
            inks.set(JSON.stringify(ink), ink);
        }
        return [...inks.values()];";
    serde_json::from_value(browser.ask(script, &[])).expect("a list of inks")
}

fn pale_text(browser: &Browser) -> Vec<String> {
    let views = [(Media::Screen, Scheme::Light), (Media::Screen, Scheme::Dark), (Media::Print, Scheme::Light)];
    let mut complaints = Vec::new();
    for (media, scheme) in views {
        browser.show(1280, media, scheme);
        let pale = inks(browser).into_iter().filter(|ink| ink.contrast() < CONTRAST_MIN);
        complaints.extend(pale.map(|ink| format!("{media:?}, {scheme:?}: {:.2} {ink:?}", ink.contrast())));
    }
    complaints
}

fn folded_on_paper(browser: &Browser) -> Vec<String> {
    browser.show(1280, Media::Print, Scheme::Light);
    folded(browser)
}

/// Folds whose content cannot be seen.
pub fn folded(browser: &Browser) -> Vec<String> {
    let script = "
        const folds = [...document.querySelectorAll('details')];
        const seen = element => element.checkVisibility() && element.getBoundingClientRect().height > 0;
        folds.forEach(fold => { fold.open = false; });
        return folds.filter(fold => ![...fold.children].every(seen)).map(fold => fold.firstChild.textContent);";
    list(browser, script)
}

/// How many pages the page takes on paper.
pub fn sheets(browser: &Browser) -> usize {
    use base64::Engine as _;
    browser.show(1280, Media::Print, Scheme::Light);
    let printed = browser.devtools("Page.printToPDF", &json!({}));
    let text = printed["data"].as_str().expect("a document");
    let document = base64::engine::general_purpose::STANDARD.decode(text).expect("base64");
    let document = String::from_utf8_lossy(&document);
    document.matches("/Type /Page").count() - document.matches("/Type /Pages").count()
}

#[track_caller]
fn list(browser: &Browser, script: &str) -> Vec<String> {
    serde_json::from_value(browser.ask(script, &[])).expect("a list of texts")
}

#[test]
fn contrast_is_that_of_the_guidelines() {
    let ink = |color: &str| Ink { kind: "p".into(), color: color.into(), behind: "rgb(255, 255, 255)".into() };
    for (color, wanted) in [("rgb(0, 0, 0)", 21.0), ("rgb(255, 255, 255)", 1.0), ("rgb(118, 118, 118)", 4.54)] {
        assert!((ink(color).contrast() - wanted).abs() < 0.005, "{color}: {}", ink(color).contrast());
    }
}
