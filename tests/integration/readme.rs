//! What people copy from the README holds: every command of a `console` block is run, every output shown there is printed,
//! and its tables are those of the program. Other blocks (`sh`, `yaml`) are for places this test cannot be in.

use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

use acralog::internals::{Kind, Loss};
use acralog::{Code, Policy};

/// How the README runs the tool on a machine that has not installed it yet.
const CARGO_RUN: &str = "cargo run --release -- ";

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// The blocks of one language, without their fences.
fn blocks(language: &str) -> Vec<String> {
    let readme = read("README.md");
    let fence = format!("\n```{language}\n");
    readme.split(fence.as_str()).skip(1).map(|rest| rest.split("\n```").next().unwrap().to_owned()).collect()
}

/// A command of a console block and the lines shown below it.
struct Step {
    command: String,
    shown: Vec<String>,
}

fn steps(block: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in block.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            steps.push(Step { command: command.replace(CARGO_RUN, "acralog "), shown: Vec::new() });
        } else {
            steps.last_mut().expect("a console block begins with `$ `").shown.push(line.to_owned());
        }
    }
    steps
}

#[expect(clippy::disallowed_methods, reason = "the tool is put in front of the path, not in its place")]
/// Runs a command in `folder` with the tool in its path; exit code and both outputs as one text.
fn run(command: &str, folder: &Path) -> (i32, String) {
    let tool = Path::new(env!("CARGO_BIN_EXE_acralog")).parent().unwrap();
    let mut path = vec![tool.to_owned()];
    path.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    let output = Command::new("bash")
        .args(["-c", &format!("{{ {command}\n}} 2>&1")])
        .current_dir(folder)
        .env("PATH", env::join_paths(path).unwrap())
        .env_remove("GITHUB_STEP_SUMMARY")
        .env("ACRALOG_CONFIG", "")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

/// Every line shown was printed, in this order; `...` stands for what was left out.
#[track_caller]
fn assert_shown(command: &str, shown: &[String], printed: &str) {
    let mut rest = printed.lines();
    for line in shown.iter().filter(|line| line.trim() != "..." && !line.trim().is_empty()) {
        let found = rest.any(|printed| printed.trim_end() == line.trim_end());
        assert!(found, "the README shows for `{command}`\n{line}\nwhich is not printed there:\n{printed}");
    }
}

#[test]
fn every_console_command_does_what_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    for needed in ["fixtures", "rules"] {
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join(needed), &folder.path().join(needed));
    }
    let blocks = blocks("console");
    assert!(blocks.len() >= 3, "the README lost its examples");
    for block in blocks {
        let mut last = None;
        for Step { command, shown } in steps(&block) {
            if command == "echo $?" {
                let code: i32 = last.take().expect("`echo $?` follows a command");
                assert_eq!(shown, [code.to_string()], "the exit code in\n{block}");
                continue;
            }
            assert!(matches!(last, None | Some(0)), "an exit code that is not 0 is shown with `echo $?`:\n{block}");
            let (code, printed) = run(&command, folder.path());
            assert_shown(&command, &shown, &printed);
            last = Some(code);
        }
        assert!(matches!(last, None | Some(0)), "an exit code that is not 0 is shown with `echo $?`:\n{block}");
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn the_table_of_findings_is_the_one_of_the_program() {
    let readme = read("README.md");
    let table: Vec<_> = readme.lines().skip_while(|line| !line.starts_with("| finding ")).skip(2).collect();
    let table: Vec<_> = table.into_iter().take_while(|line| line.starts_with('|')).collect();
    let expected: Vec<_> = Code::ALL
        .iter()
        .map(|&code| {
            let [default, strict, acra] =
                [Policy::Default, Policy::Strict, Policy::Acra].map(|policy| code.class(policy).name());
            let waivable = if code.waivable() { "yes" } else { "" };
            let cells = [&format!("`{}`", code.name()), default, strict, acra, waivable, code.meaning()];
            format!("| {} |", cells.join(" | "))
        })
        .collect();
    assert!(table == expected, "the table of findings should read:\n{}", expected.join("\n"));
}

#[test]
fn the_losses_of_a_conversion_are_those_of_the_program() {
    let readme = read("README.md");
    let table = readme.lines().skip_while(|line| !line.starts_with("| `warning: FIELD: ")).skip(2);
    let table: Vec<_> = table.take_while(|line| line.starts_with('|')).collect();
    let expected: Vec<_> = Loss::ALL.iter().map(|loss| format!("| {} |", loss.meaning())).collect();
    assert!(table == expected, "the table of losses should read:\n{}", expected.join("\n"));
}

#[test]
fn the_kinds_of_incidents_are_those_of_the_program() {
    let readme = read("README.md");
    let table = readme.lines().skip_while(|line| !line.starts_with("| kind of incident ")).skip(2);
    let table: Vec<_> = table.take_while(|line| line.starts_with('|')).collect();
    let row = |kind: &Kind| {
        let codes: Vec<String> = kind.codes().iter().map(u16::to_string).collect();
        format!("| `{}` | {} | {} | `{}` |", kind.name(), kind.title(), codes.join(" "), kind.rule())
    };
    let expected: Vec<_> = Kind::ALL.iter().map(row).collect();
    assert!(table == expected, "the table of kinds should read:\n{}", expected.join("\n"));
}

#[test]
fn the_exit_codes_are_those_of_the_program() {
    use acralog::Outcome::{Incomplete, Intact, Tampered, Undecided};
    let readme = read("README.md");
    for outcome in [Intact, Tampered, Undecided, Incomplete] {
        let row = format!("| {} | {} |", outcome.code(), outcome.name());
        assert!(readme.contains(&row), "the README has no row {row}");
    }
}

#[test]
fn ci_runs_the_two_commands_a_newcomer_runs() {
    let ci = read(".ci/run");
    let [verify, test] = setup();
    for command in [&verify, &test] {
        assert!(ci.lines().any(|line| line == command), ".ci/run does not run: {command}");
    }
    assert!(verify.starts_with(CARGO_RUN) && test.starts_with("cargo test"), "{verify} {test}");
}

/// The commands of the section "Set up", in their order.
fn setup() -> [String; 2] {
    let readme = read("README.md");
    let section = readme.split("\n## Set up\n").nth(1).expect("a section `Set up`").split("\n## ").next().unwrap();
    let commands = section.lines().filter_map(|line| line.strip_prefix("$ ")).filter(|line| line.starts_with("cargo "));
    let commands: Vec<_> = commands.map(str::to_owned).collect();
    commands.try_into().expect("two commands to set up")
}
