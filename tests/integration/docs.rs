//! The pages in `docs` hold what comments cite, name findings that there are, and lead somewhere. A citation is the short name
//! of a page, and rows, parts, sections or traps of it; rows without a name are those of the attacks.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use acralog::{Class, Code, Policy};
use regex::Regex;

/// A page: its short name, its file, and what the numbered rows of its tables are called.
const PAGES: [(&str, &str, Option<&str>); 6] = [
    ("attacks", "attacks.md", Some("row")),
    ("audit log", "format.md", None),
    ("keystore", "keystore.md", None),
    ("events", "events.md", Some("trap")),
    ("siem", "siem.md", None),
    ("ledger", "ledger.md", None),
];

/// Fewer citations than this in the whole of the source mean that they are not found any more.
const CITATIONS_MIN: usize = 200;

static CITATION: LazyLock<Regex> = LazyLock::new(|| {
    let number = r"(?:[0-9]+(?:\.[0-9]+)*[a-z]?|(?-i:[A-Z]))\b";
    let list = format!(r"(?P<list>{number}(?:\s*(?:,|and|or|to|-)\s*{number})*)");
    Regex::new(&format!(r"(?i)\b(?P<kind>row|part|section|trap)s?\s+{list}(?:, points?\s+(?P<point>[0-9]+))?")).unwrap()
});
static NUMBER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[0-9]+(?:\.[0-9]+)*[a-z]?|[A-Z]").unwrap());
static STANDARD: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b(?:RFC|FIPS|SARIF|NIST SP) [0-9]").unwrap());

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn page_text(file: &str) -> String {
    fs::read_to_string(root().join("docs").join(file)).unwrap_or_else(|error| panic!("docs/{file}: {error}"))
}

/// What can be cited of a page: its rows, parts, sections and the points of their lists, each as a citation has it.
fn anchors(text: &str, table: Option<&str>) -> BTreeSet<String> {
    let heading = Regex::new(r"^#+ (?:([A-Z])\.|([0-9]+(?:\.[0-9]+)*)\.?) ").unwrap();
    let row = Regex::new(r"^\| ([0-9]+[a-z]?) \|").unwrap();
    let point = Regex::new(r"^([0-9]+)\. ").unwrap();
    let mut found = BTreeSet::new();
    let mut section = String::new();
    for line in text.lines() {
        let anchor = if let Some(heading) = heading.captures(line) {
            match heading.get(1) {
                Some(part) => format!("part {}", part.as_str()),
                None => {
                    section = format!("section {}", &heading[2]);
                    section.clone()
                }
            }
        } else if let (Some(row), Some(table)) = (row.captures(line), table) {
            format!("{table} {}", &row[1])
        } else if let Some(point) = point.captures(line) {
            format!("{section}, point {}", &point[1])
        } else {
            continue;
        };
        assert!(found.insert(anchor.clone()), "{anchor} stands there twice");
    }
    found
}

/// The page that is named last before a citation.
fn named(before: &str) -> Option<&'static str> {
    let before = before.trim_end().strip_suffix(',')?.to_ascii_lowercase();
    let names = PAGES.iter().map(|(name, ..)| *name);
    names.into_iter().find(|name| {
        let rest = before.strip_suffix(name);
        rest.is_some_and(|rest| !rest.ends_with(|letter: char| letter.is_alphanumeric()))
    })
}

/// Consecutive lines of a comment, joined by blanks, with the number of the first one.
fn comments(source: &str) -> Vec<(usize, Vec<&str>)> {
    let mut blocks: Vec<(usize, Vec<&str>)> = Vec::new();
    let mut goes_on = false;
    for (index, line) in source.lines().enumerate() {
        let number = index + 1;
        let whole = line.trim_start().strip_prefix("//");
        let Some(text) = whole.or_else(|| line.split_once(" // ").map(|(_, text)| text)) else {
            goes_on = false;
            continue;
        };
        let text = text.trim_start_matches(['/', '!']).trim();
        match blocks.last_mut().filter(|_| goes_on && whole.is_some()) {
            Some((_, lines)) => lines.push(text),
            None => blocks.push((number, vec![text])),
        }
        goes_on = whole.is_some() && !text.is_empty();
    }
    blocks
}

/// What can be cited, by the short names of the pages.
type Anchors = BTreeMap<&'static str, BTreeSet<String>>;

fn all_anchors() -> Anchors {
    PAGES.iter().map(|(name, file, table)| (*name, anchors(&page_text(file), *table))).collect()
}

/// How many citations the comments of a source have, and which of them lead nowhere.
fn check(source: &str, anchors: &Anchors) -> (usize, Vec<String>) {
    let (mut count, mut complaints) = (0, Vec::new());
    for (first, lines) in comments(source) {
        let text = lines.join(" ");
        for citation in CITATION.captures_iter(&text) {
            let whole = citation.get(0).unwrap();
            let kind = citation["kind"].to_ascii_lowercase();
            let before = &text[..whole.start()];
            let page = match (named(before), kind.as_str()) {
                (Some(page), _) => page,
                (None, "row") => "attacks",
                (None, "part") => continue,
                (None, "section") if STANDARD.is_match(before) => continue,
                (None, _) => "no page is named",
            };
            count += 1;
            let line = first + line_offset(&lines, whole.start());
            let numbers = NUMBER.find_iter(&citation["list"]);
            let mut wanted: Vec<String> = numbers.map(|number| format!("{kind} {}", number.as_str())).collect();
            if let Some(point) = citation.name("point") {
                wanted.push(format!("{}, point {}", wanted[wanted.len() - 1], point.as_str()));
            }
            let lost =
                wanted.into_iter().filter(|wanted| !anchors.get(page).is_some_and(|known| known.contains(wanted)));
            complaints.extend(lost.map(|lost| format!("{line}: {page}: there is no {lost}")));
        }
    }
    (count, complaints)
}

/// In which of the lines the byte of the joined text stands.
fn line_offset(lines: &[&str], at: usize) -> usize {
    let ends = lines.iter().scan(0, |end, line| {
        *end += line.len() + 1;
        Some(*end)
    });
    ends.take_while(|end| *end <= at).count()
}

/// The paths and texts of the source.
fn sources() -> Vec<(String, String)> {
    let folders = ["src", "tests"].map(|folder| walkdir::WalkDir::new(root().join(folder)).sort_by_file_name());
    let files = folders.into_iter().flatten().map(|entry| entry.unwrap().into_path());
    let sources = files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let shown = |path: &Path| path.strip_prefix(root()).unwrap().display().to_string();
    sources.map(|path| (shown(&path), fs::read_to_string(&path).unwrap())).collect()
}

#[track_caller]
fn assert_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn every_citation_in_a_comment_leads_somewhere() {
    let (anchors, mut count, mut complaints) = (all_anchors(), 0, Vec::new());
    for (path, source) in sources() {
        let (citations, lost) = check(&source, &anchors);
        count += citations;
        complaints.extend(lost.into_iter().map(|lost| format!("{path}:{lost}")));
    }
    assert_none(&complaints);
    assert!(count >= CITATIONS_MIN, "only {count} citations were found");
}

#[test]
fn every_test_that_is_named_after_a_row_has_one() {
    let name = Regex::new(r"fn row_([0-9]+[a-z]?)_").unwrap();
    let rows = &all_anchors()["attacks"];
    let mut complaints = Vec::new();
    for (path, source) in sources().iter().filter(|(path, _)| path.contains("attacks")) {
        let lost = name.captures_iter(source).map(|name| format!("row {}", &name[1])).filter(|row| !rows.contains(row));
        complaints.extend(lost.map(|row| format!("{path}: there is no {row}")));
    }
    assert_none(&complaints);
}

#[test]
fn a_citation_that_leads_nowhere_is_told_with_its_line() {
    let pages = [
        ("attacks", "## C. Hostile\n| # | what |\n|---|---|\n| 5 | x |\n| 12b | y |\n", Some("row")),
        ("audit log", "## 3. The seal\n1. one\n### 3.1 Keys\n", None),
        ("events", "| trap | what |\n| 1 | x |\n", Some("trap")),
    ];
    let anchors = pages.map(|(name, text, table)| (name, anchors(text, table))).into_iter().collect();
    let cases: [(&str, usize, &[&str]); 14] = [
        ("// A line (attacks, rows 5 and 12b; attacks, part C).", 2, &[]),
        ("fn f() {} // row 5, whatever it is", 1, &[]),
        ("//! It follows (audit\n//! log, section 3, point 1) and (Audit log, section 3.1).", 2, &[]),
        ("/// It follows (events,\n/// trap 1).", 1, &[]),
        ("/// As RFC 5424, section 6, has it; a row of 7, part 2.", 0, &[]),
        ("let text = \"attacks, row 99\";", 0, &[]),
        (
            "// a\n// b (attacks,\n// rows 5, 7 - 9)",
            1,
            &["3: attacks: there is no row 7", "3: attacks: there is no row 9"],
        ),
        ("let a = b; // row 12", 1, &["1: attacks: there is no row 12"]),
        ("// (attacks, part D)", 1, &["1: attacks: there is no part D"]),
        ("// (audit log, section 3.2)", 1, &["1: audit log: there is no section 3.2"]),
        ("// (audit log, section 3, point 2)", 1, &["1: audit log: there is no section 3, point 2"]),
        ("// (events, row 1)", 1, &["1: events: there is no row 1"]),
        ("// (the log, section 3)", 1, &["1: no page is named: there is no section 3"]),
        ("// (attacks,\n\n// trap 1)", 1, &["3: no page is named: there is no trap 1"]),
    ];
    for (source, count, complaints) in cases {
        let (citations, lost) = check(source, &anchors);
        let lost: Vec<&str> = lost.iter().map(String::as_str).collect();
        assert_eq!((citations, lost.as_slice()), (count, complaints), "{source}");
    }
}

#[test]
fn an_attack_gets_the_answer_of_one_of_its_findings() {
    let letter = |class| match class {
        Class::Tampered => "T",
        Class::Undecided => "U",
        Class::Incomplete => "I",
        Class::Warning => "W",
        Class::Note => "N",
    };
    let quoted = Regex::new("`([a-z-]+)`").unwrap();
    let mut rows = 0;
    for line in page_text("attacks.md").lines() {
        // A row of parts A and B: number, what was done, answer, findings, why.
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let &["", number, _, answer, findings, _, ""] = cells.as_slice() else { continue };
        if !number.starts_with(|letter: char| letter.is_ascii_digit()) {
            continue;
        }
        let codes: Vec<Code> = quoted
            .captures_iter(findings)
            .map(|name| Code::ALL.iter().copied().find(|code| code.name() == &name[1]))
            .map(|code| code.unwrap_or_else(|| panic!("row {number}: no such finding in {findings}")))
            .collect();
        let classes: Vec<&str> = codes.iter().map(|code| letter(code.class(Policy::Default))).collect();
        let answers: Vec<&str> = answer.split(", or ").flat_map(|it| it.split(" or ")).collect();
        let is_answer = |it: &&str| if classes.is_empty() { *it == "ok" } else { classes.contains(it) };
        assert!(answers.iter().any(is_answer), "row {number}: {answer}, and {findings}");
        rows += 1;
    }
    assert!(rows > 40, "only {rows} rows were read");
}

#[test]
fn every_file_that_a_page_names_is_there() {
    let path = Regex::new("`((?:src|tests|docs|fixtures)/[^`{*]+)`").unwrap();
    let mut named = 0;
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let page = entry.unwrap().path();
        for path in path.captures_iter(&fs::read_to_string(&page).unwrap()) {
            assert!(root().join(&path[1]).exists(), "{}: {} is not there", page.display(), &path[1]);
            named += 1;
        }
    }
    assert!(named > 20, "only {named} files were found");
}

#[test]
fn every_link_of_a_page_leads_somewhere() {
    let link = Regex::new(r"\]\(([^)#]*)(?:#([^)]*))?\)").unwrap();
    // A heading as GitHub makes an anchor of it.
    let slug = |heading: &str| {
        let kept = heading.trim_start_matches('#').trim().to_lowercase();
        let letters = kept.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
        letters.collect::<String>().replace(' ', "-")
    };
    let docs = root().join("docs");
    let mut links = 0;
    for entry in fs::read_dir(&docs).unwrap() {
        let page = entry.unwrap().path();
        for link in link.captures_iter(&fs::read_to_string(&page).unwrap()) {
            let target = if link[1].is_empty() { page.clone() } else { docs.join(&link[1]) };
            let text = fs::read_to_string(&target).unwrap_or_else(|error| panic!("{}: {error}", target.display()));
            let headings = text.lines().filter(|line| line.starts_with('#')).map(slug).collect::<Vec<_>>();
            let found = link.get(2).is_none_or(|anchor| headings.iter().any(|it| it == anchor.as_str()));
            assert!(found, "{}: {}", page.display(), &link[0]);
            links += 1;
        }
    }
    assert!(links > 10, "only {links} links were found");
}
