//! No circle among the modules of one folder: whoever reads one of them need not read the others first. What a module takes
//! from its parent is left out, as are tests.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{Source, assert_none, product};

/// Circles that are still there: a folder, and the modules that reach one another. To be taken off when they are gone, and
/// never to be added to.
const KNOWN: [(&str, &[&str]); 3] =
    [("cli/log_verifier", &["flags", "tls"]), ("plan", &["configuration", "rules"]), ("verdict", &["code", "policy"])];

/// The names of a module and of those around it, from the root of the crate.
type ModulePath = Vec<String>;

/// What each module of a folder imports from its siblings.
type Imports = BTreeMap<String, BTreeSet<String>>;

/// The module that a file of `src` is.
fn module_of(path: &Path) -> ModulePath {
    let path = path.strip_prefix("src").unwrap_or(path).with_extension("");
    let names = path.iter().map(|name| name.to_str().expect("our own names").to_owned());
    names.filter(|name| name != "mod" && name != "lib").collect()
}

/// The paths that begin with `super` or `crate` in a text, one for each name in braces.
fn paths_in(code: &str) -> Vec<ModulePath> {
    let mut paths = Vec::new();
    for word in ["super::", "crate::"] {
        for (at, _) in code.match_indices(word) {
            let before = code[..at].chars().next_back().unwrap_or(' ');
            if !before.is_alphanumeric() && !matches!(before, '_' | ':') {
                read_tree(&mut &code[at..], Vec::new(), &mut paths);
            }
        }
    }
    paths
}

/// Reads `a::{b, c::d}` as `a::b` and `a::c::d`.
fn read_tree(rest: &mut &str, mut path: ModulePath, paths: &mut Vec<ModulePath>) {
    loop {
        *rest = rest.trim_start();
        if let Some(inside) = rest.strip_prefix('{') {
            *rest = inside;
            while !rest.is_empty() && !rest.starts_with('}') {
                read_tree(rest, path.clone(), paths);
                // Past the comma, and past the other name that something is given.
                let end = rest.find([',', '}']).unwrap_or(rest.len());
                *rest = rest[end..].trim_start_matches(',').trim_start();
            }
            *rest = rest.strip_prefix('}').unwrap_or(rest);
            return;
        }
        let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len());
        let (name, behind) = rest.split_at(end);
        *rest = behind;
        if !name.is_empty() {
            path.push(name.to_owned());
        }
        match rest.strip_prefix("::").filter(|_| !name.is_empty()) {
            Some(behind) => *rest = behind,
            None => return paths.push(path),
        }
    }
}

/// The same path from the root of the crate.
fn from_root(module: &[String], path: &[String]) -> ModulePath {
    let ups = path.iter().take_while(|name| *name == "super").count();
    let begin = if path.first().is_some_and(|name| name == "crate") { 0 } else { module.len().saturating_sub(ups) };
    let rest = path.iter().skip_while(|name| *name == "super" || *name == "crate");
    module[..begin].iter().chain(rest).cloned().collect()
}

/// For each folder, who imports whom in it. A module in a folder below stands for that folder.
fn imports(sources: &[(ModulePath, String)]) -> BTreeMap<String, Imports> {
    let modules: BTreeSet<&[String]> =
        sources.iter().flat_map(|(module, _)| (1..=module.len()).map(|names| &module[..names])).collect();
    let mut folders: BTreeMap<String, Imports> = BTreeMap::new();
    for (module, code) in sources {
        for path in paths_in(code) {
            let target = from_root(module, &path);
            let common = module.iter().zip(&target).take_while(|(one, other)| one == other).count();
            if module.len() > common && target.len() > common && modules.contains(&target[..=common]) {
                let folder = folders.entry(module[..common].join("/")).or_default();
                folder.entry(module[common].clone()).or_default().insert(target[common].clone());
            }
        }
    }
    folders
}

/// What a module imports, and what that imports, and so on.
fn reached_from<'a>(module: &'a str, imports: &'a Imports) -> BTreeSet<&'a str> {
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    let mut next = vec![module];
    while let Some(module) = next.pop() {
        let new = imports.get(module).into_iter().flatten().filter(|module| reached.insert(module));
        next.extend(new.map(String::as_str));
    }
    reached
}

/// The sets of modules that reach one another.
fn circles(imports: &Imports) -> BTreeSet<Vec<&str>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        imports.keys().map(|module| (module.as_str(), reached_from(module, imports))).collect();
    let circle_of = |module: &str| -> Vec<&str> {
        let returns = |other: &&&str| reached.get(**other).is_some_and(|back| back.contains(module));
        reached[module].iter().filter(returns).copied().collect()
    };
    reached.keys().map(|module| circle_of(module)).filter(|circle| !circle.is_empty()).collect()
}

#[test]
fn no_modules_of_a_folder_import_one_another_in_a_circle() {
    let sources: Vec<(ModulePath, String)> = product()
        .iter()
        .map(|source: &Source| {
            let code: Vec<&str> = source.product_code().into_iter().map(|(_, line)| line).collect();
            (module_of(&source.path), code.join("\n"))
        })
        .collect();
    let folders = imports(&sources);
    let found: BTreeSet<(&str, Vec<&str>)> = folders
        .iter()
        .flat_map(|(folder, imports)| circles(imports).into_iter().map(|circle| (folder.as_str(), circle)))
        .collect();
    let known: BTreeSet<(&str, Vec<&str>)> = KNOWN.iter().map(|(folder, circle)| (*folder, circle.to_vec())).collect();
    let new = found.difference(&known).map(|(folder, circle)| format!("src/{folder}: {circle:?} import one another"));
    let gone = known.difference(&found).map(|(folder, circle)| format!("src/{folder}: {circle:?}: take it off KNOWN"));
    assert_none(&new.chain(gone).collect::<Vec<_>>());
}

#[test]
fn the_reader_of_imports_finds_circles_of_any_length() {
    let module = |path: &str| path.split("::").map(str::to_owned).collect::<Vec<_>>();
    let sources = [
        ("x", "mod a; use a::B; use self::c::D;"),
        ("x::a", "use super::{\n    Shared,\n    b::{self, One as Two},\n};"),
        ("x::b", "fn f() { crate::x::c::g::<u8>() }"),
        ("x::c::deep", "use super::super::a::*;\nuse super::own;"),
        ("x::c::own", "pub(in super::super) struct A;"),
        ("x::d", "use super::a::B; // and nobody uses this one"),
        ("y", "use crate::x::a::B;"),
    ];
    let folders = imports(&sources.map(|(path, code)| (module(path), code.to_owned())));
    assert_eq!(circles(&folders["x"]), BTreeSet::from([vec!["a", "b", "c"]]));
    let others = folders.iter().filter(|(folder, _)| *folder != "x");
    assert_eq!(others.flat_map(|(_, imports)| circles(imports)).count(), 0);
    assert_eq!(module_of(Path::new("src/key/store/mod.rs")), ["key", "store"]);
}
