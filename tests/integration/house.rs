//! The rules of the house, as far as a program can read them. The source is read as lines in the layout of rustfmt: an item
//! ends where a closing brace stands as far to the left as the item begins.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

mod circles; // no modules of a folder import one another in a circle

/// Lines of a function.
const FUNCTION_LINES_MAX: usize = 60;

/// The house from left to right; a module names only modules that stand before it. Those of the first row are the ground
/// everyone stands on, those of the last row are around the house.
const ORDER: [&str; 32] = [
    "outcome",
    "failure",
    "terminal_safe",
    "private_file",
    "key", //
    "source",
    "follow",
    "line",
    "entry",
    "reading",
    "chain",
    "ledger",
    "verdict",
    "event",
    "record",
    "explanation",
    "verifier",
    "query",
    "incident",
    "stats",
    "siem",
    "watch",
    "reaction",
    "monitoring",
    "evidence",
    "output", //
    "cli",
    "plan",
    "command",
    "log_verifier",
    "program",
    "testing",
];

/// A source file, by its path inside the repository.
struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    fn all_in(folders: &[&str]) -> Vec<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let files = folders.iter().flat_map(|folder| walkdir::WalkDir::new(root.join(folder)).sort_by_file_name());
        let sources: Vec<_> = files
            .map(|entry| entry.unwrap().into_path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
            .map(|path| Self {
                text: fs::read_to_string(&path).unwrap(),
                path: path.strip_prefix(root).unwrap().to_owned(),
            })
            .collect();
        assert!(sources.len() > folders.len(), "nothing was read in {folders:?}");
        sources
    }

    /// The module of `src` this file belongs to: its folder, or its own name at the top.
    fn module(&self) -> &str {
        let second = self.path.components().nth(1).unwrap().as_os_str().to_str().unwrap();
        second.strip_suffix(".rs").unwrap_or(second)
    }

    /// Numbered lines that are not comments.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(index, line)| (index + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// Numbered lines that are neither comments nor tests.
    fn product_code(&self) -> Vec<(usize, &str)> {
        let mut kept = Vec::new();
        let mut lines = self.code();
        while let Some((number, line)) = lines.next() {
            if line.trim_start() != "#[cfg(test)]" {
                kept.push((number, line));
                continue;
            }
            let Some((_, line)) = lines.find(|(_, line)| !line.trim_start().starts_with("#[")) else {
                break;
            };
            if !line.ends_with([';', '}']) {
                let end = format!("{}}}", indent(line));
                lines.find(|(_, line)| line.trim_end_matches(';') == end);
            }
        }
        kept
    }

    /// The files that hold this file's modules for tests: `#[cfg(test)] mod name;`.
    fn test_files(&self) -> Vec<PathBuf> {
        let lines: Vec<_> = self.text.lines().map(str::trim).collect();
        let modules = lines.windows(2).filter(|pair| pair[0] == "#[cfg(test)]").filter_map(|pair| {
            pair[1].strip_prefix("mod ").or_else(|| pair[1].strip_prefix("pub(crate) mod "))?.strip_suffix(';')
        });
        let stem = self.path.file_stem().unwrap();
        let folder = if stem == "mod" || stem == "lib" || stem == "main" {
            self.path.parent().unwrap().to_owned()
        } else {
            self.path.with_extension("")
        };
        modules.flat_map(|name| [folder.join(format!("{name}.rs")), folder.join(name)]).collect()
    }

    fn at(&self, line: usize, complaint: &str) -> String {
        format!("{}:{line}: {complaint}", self.path.display())
    }
}

/// The blanks a line begins with.
fn indent(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

/// The files of `src` that are not tests.
fn product() -> Vec<Source> {
    let sources = Source::all_in(&["src"]);
    let tests: BTreeSet<PathBuf> = sources.iter().flat_map(Source::test_files).collect();
    sources.into_iter().filter(|source| !source.path.ancestors().any(|path| tests.contains(path))).collect()
}

#[track_caller]
fn assert_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn every_file_opens_with_what_it_is() {
    let sources = Source::all_in(&["src", "tests", "benches"]);
    let silent = sources.iter().filter(|source| !source.text.starts_with("//! "));
    assert_none(&silent.map(|source| source.at(1, "does not open with `//!`")).collect::<Vec<_>>());
}

#[test]
fn no_function_is_longer_than_a_page() {
    let mut complaints = Vec::new();
    for source in Source::all_in(&["src", "tests", "benches"]) {
        let lines: Vec<&str> = source.text.lines().collect();
        for (index, line) in lines.iter().enumerate() {
            let words = line.trim_start().split(['(', ' ', '<']);
            let is_function = words.take_while(|word| !word.starts_with(['/', '"'])).take(5).any(|word| word == "fn");
            if !is_function || line.ends_with(';') || line.ends_with('}') {
                continue;
            }
            let end = format!("{}}}", indent(line));
            let length = lines[index..].iter().position(|line| *line == end).map_or(0, |offset| offset + 1);
            if length > FUNCTION_LINES_MAX {
                let complaint = format!("a function of {length} lines, {FUNCTION_LINES_MAX} are enough");
                complaints.push(source.at(index + 1, &complaint));
            }
        }
    }
    assert_none(&complaints);
}

#[test]
fn a_module_imports_only_from_its_left() {
    let rank = |module: &str| ORDER.iter().position(|name| *name == module);
    let mut complaints = Vec::new();
    for source in product() {
        let module = source.module();
        if module == "lib" || module == "main" {
            continue;
        }
        let Some(own) = rank(module) else {
            complaints.push(source.at(1, &format!("{module} has no place in the house: add it to ORDER")));
            continue;
        };
        for (number, line) in source.product_code() {
            for (_, rest) in line.match_indices("crate::").map(|(at, word)| (at, &line[at + word.len()..])) {
                let name = rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or("");
                let Some(other) = rank(name) else {
                    complaints.push(source.at(number, "names the crate's root: import from one module at a time"));
                    continue;
                };
                if other > own {
                    complaints.push(source.at(number, &format!("{module} imports {name}, which stands to its right")));
                }
            }
        }
    }
    assert_none(&complaints);
}

/// The name of the type that a line of code declares.
fn declared_type(line: &str) -> Option<&str> {
    let mut words = line.split([' ', '<', '(', '{', ';', ':']).filter(|word| !word.is_empty());
    let keyword = words.find(|word| !word.starts_with("pub") && !["crate)", "super)"].contains(word))?;
    // An alias that is indented is one of a trait.
    let declares =
        ["struct", "enum", "trait", "union"].contains(&keyword) || keyword == "type" && indent(line).is_empty();
    words.next().filter(|_| declares)
}

#[test]
fn no_two_types_of_the_product_have_one_name() {
    let sources = product();
    let mut places: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for source in &sources {
        for (number, line) in source.product_code() {
            if let Some(name) = declared_type(line) {
                places.entry(name).or_default().push(source.at(number, name));
            }
        }
    }
    assert!(places.len() > 300, "the types were not found");
    let several = places.into_values().filter(|places| places.len() > 1);
    assert_none(&several.flatten().collect::<Vec<_>>());
}

#[test]
fn only_output_prints_and_nobody_unwraps() {
    let mut complaints = Vec::new();
    for source in product() {
        for (number, line) in source.product_code() {
            for word in ["println!", "print!(", "dbg!", "todo!", "unimplemented!"] {
                if line.contains(word) && source.module() != "output" {
                    complaints.push(source.at(number, &format!("{word} outside output")));
                }
            }
            if line.contains(".unwrap()") {
                complaints.push(source.at(number, "unwrap: say in an expect why it cannot fail, or return an error"));
            }
        }
    }
    assert_none(&complaints);
}

/// The files that may declare a file as their module, and the name under which they do.
fn declared_in(path: &Path, root: &Path) -> ([PathBuf; 2], String) {
    let is_folder = path.file_stem().is_some_and(|stem| stem == "mod");
    let module = if is_folder { path.parent().unwrap().to_owned() } else { path.with_extension("") };
    let name = module.file_name().unwrap().to_str().unwrap().to_owned();
    let folder = module.parent().unwrap();
    let declaring = if folder == root.parent().unwrap() {
        [root.to_owned(), root.to_owned()]
    } else {
        [folder.with_extension("rs"), folder.join("mod.rs")]
    };
    (declaring, name)
}

#[test]
fn unsafe_code_stays_in_the_folder_that_a_measurement_opened_for_it() {
    let mut allowed = 0;
    let mut complaints = Vec::new();
    for source in Source::all_in(&["src", "tests", "benches"]) {
        let is_arch = source.path.starts_with("src/chain/arch");
        for (number, line) in source.code().filter(|(_, line)| !line.contains('"')) {
            let has_unsafe =
                line.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|word| word == "unsafe");
            let allows = line.contains("allow(unsafe_code)");
            allowed += usize::from(allows && is_arch);
            if (has_unsafe || allows) && !is_arch {
                complaints.push(source.at(number, "unsafe code outside of src/chain/arch"));
            }
        }
    }
    assert_none(&complaints);
    assert_eq!(allowed, 2, "one for each architecture");
}

#[test]
fn no_integration_test_is_forgotten() {
    for (folder, roots) in [("tests/integration", &["main.rs"][..]), ("src", &["lib.rs", "main.rs"])] {
        let sources = Source::all_in(&[folder]);
        let root = Path::new(folder).join(roots[0]);
        for source in
            sources.iter().filter(|source| !roots.iter().any(|root| source.path == Path::new(folder).join(root)))
        {
            let (declaring, name) = declared_in(&source.path, &root);
            let declares = |other: &&Source| declaring.contains(&other.path);
            let is_declared = sources.iter().filter(declares).flat_map(Source::code).any(|(_, line)| {
                let mut words = line.split_whitespace().skip_while(|word| *word != "mod");
                words.nth(1).is_some_and(|word| word.strip_suffix(';') == Some(&name[..]))
            });
            assert!(is_declared, "{} is declared in none of {declaring:?}", source.path.display());
        }
    }
}

#[test]
fn the_reader_of_these_rules_can_tell_product_from_tests() {
    let text = "//! x\nuse a;\n#[cfg(test)]\nmod sample;\nfn f() {\n    g()\n}\n// crate::later\n\
                #[cfg(test)]\n#[allow(x)]\nmod tests {\n    fn t() {\n        h();\n    }\n}\nfn last() {}\n";
    let source = Source { path: "src/verdict/judge.rs".into(), text: text.to_owned() };
    let kept: Vec<_> = source.product_code().into_iter().map(|(_, line)| line.trim()).collect();
    assert_eq!(kept, ["use a;", "fn f() {", "g()", "}", "fn last() {}"]);
    assert_eq!(source.test_files()[0], Path::new("src/verdict/judge/sample.rs"));
    assert_eq!(source.module(), "verdict");
    let types = [
        "pub struct A<'a> {",
        "pub(crate) enum B {",
        "struct C(u8);",
        "trait D: E {",
        "type F = u8;",
        "    type G = u8;",
        "}",
    ];
    assert_eq!(types.map(declared_type), [Some("A"), Some("B"), Some("C"), Some("D"), Some("F"), None, None]);
}
