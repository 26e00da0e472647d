//! What becomes of the flags, in worlds made for the purpose.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Parser as _;
use proptest::prelude::*;

use super::*;
use crate::cli::{Cli, Verb};
use crate::verdict::code::{Class, Code, Policy};

const HEX: &str = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF";

/// A world with some variables, and a terminal or none.
#[derive(Default)]
struct World {
    variables: BTreeMap<&'static str, String>,
    terminal: bool,
}

impl World {
    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.insert(name, value.into());
        self
    }

    fn with_key() -> Self {
        Self::default().with("K", HEX)
    }

    fn on_terminal(self) -> Self {
        Self { terminal: true, ..self }
    }

    fn plan(&self, flags: &str) -> Result<VerifyPlan, Failure> {
        let Verb::Verify(typed) = Cli::parse_from(format!("acralog verify {flags}").split_whitespace()).verb else {
            panic!("not verify");
        };
        let variable = |name: &str| self.variables.get(name).map(OsString::from);
        verify(*typed, &Environment::of_a_test(&variable, self.terminal))
    }
}

#[test]
fn what_cannot_be_answered_is_refused_with_advice() {
    let cases = [
        ("--key-env K", "nothing to verify: no PATH was given", "`-` reads standard input"),
        ("a.log", "no audit log key was given", "--key-file FILE, --key-env NAME, or --keys-dir DIR"),
        ("--key-env K - -", "standard input was given more than once", "once"),
        ("--key-env K - --files-from -", "standard input was given more than once", "once"),
        ("--key-env NO a.log", "the variable NO is not set, or empty", "64 hex digits"),
        ("--key-file no/such.key a.log", "no/such.key: cannot read the key file", ""),
    ];
    for (flags, message, hint) in cases {
        let failure = World::with_key().plan(flags).unwrap_err();
        assert!(failure.message.starts_with(message), "{flags}: {failure:?}");
        assert!(failure.hint.unwrap_or_default().contains(hint), "{flags}");
    }
}

#[test]
fn the_paths_stay_as_they_were_typed_and_nothing_is_looked_up_yet() {
    let plan = World::with_key().plan("--key-env K no/such.log - --as-one-stream --input-format cef").unwrap();
    assert_eq!(plan.input.paths, [Path::new("no/such.log"), Path::new("-")]);
    assert!(plan.input.as_one_stream);
    assert_eq!((plan.input.format, plan.input.unwrap_from), (Some(Format::Cef), None));

    let plan = World::with_key().plan("--key-env K --files-from list --unwrap-from splunk-hec").unwrap();
    assert_eq!(plan.input.files_from.as_deref(), Some(Path::new("list")));
    assert_eq!((plan.input.format, plan.input.unwrap_from), (None, Some(Wrapper::SplunkHec)));
}

#[test]
fn keys_are_tried_files_first_and_the_same_key_only_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.key");
    fs::write(&path, hex::decode(HEX).unwrap()).unwrap();
    let file = path.display();
    let world = World::with_key().with("OTHER", "7".repeat(64));
    let plan = world.plan(&format!("--key-env K --key-env OTHER --key-file {file} --key-file {file} a.log")).unwrap();
    let sources: Vec<_> = plan.verification.keys.keys().iter().map(crate::key::AuditKey::source).collect();
    assert_eq!(sources, [&format!("--key-file {file}"), "--key-env OTHER"]);
    let shown = format!("{plan:?}").to_lowercase();
    assert!(!shown.contains(&HEX.to_lowercase()) && !shown.contains("0, 17, 34"), "{shown}");
}

#[cfg(unix)]
#[test]
fn a_key_file_open_to_others_is_a_warning_of_the_plan() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.key");
    fs::write(&path, HEX).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let plan = World::default().plan(&format!("a.log --key-file {}", path.display())).unwrap();
    assert_eq!(plan.verification.warnings.len(), 1);
    assert!(plan.verification.warnings[0].contains("mode 0644"));
}

#[test]
fn a_policy_is_refined_by_name_and_by_flag() {
    let flags = "--key-env K a.log --policy strict --missing-ok --allow unsigned-between,chain-open-at-end \
                 --allow time-backwards";
    let demands = World::with_key().plan(flags).unwrap().verification.demands;
    assert_eq!(demands.policy, Policy::Strict);
    assert_eq!(demands.class(Code::LinesUnsignedBetweenChains), Class::Note);
    assert_eq!(demands.class(Code::ChainOpenAtEnd), Class::Note);
    assert_eq!(demands.class(Code::TimeBackwards), Class::Note);
    assert_eq!(demands.class(Code::FileMissing), Class::Warning);
    assert_eq!(demands.class(Code::ChainUnfinished), Class::Incomplete);

    assert_eq!(World::with_key().plan("--key-env K a.log").unwrap().verification.demands, Demands::default());
}

#[test]
fn colour_is_for_terminals_that_want_it_unless_it_is_demanded() {
    let piped = World::with_key;
    let terminal = || World::with_key().on_terminal();
    let cases = [
        (piped(), "", false),
        (terminal(), "", true),
        (terminal().with("NO_COLOR", "1"), "", false),
        (terminal().with("NO_COLOR", ""), "", true),
        (terminal().with("TERM", "dumb"), "", false),
        (piped().with("CLICOLOR_FORCE", "1"), "", true),
        (piped().with("CLICOLOR_FORCE", "1").with("NO_COLOR", "1"), "", false),
        (terminal(), "--color never", false),
        (terminal(), "-o no-such-report", false),
        (piped().with("NO_COLOR", "1"), "--color always", true),
    ];
    for (world, flags, color) in cases {
        assert_eq!(
            world.plan(&format!("--key-env K a.log {flags}")).unwrap().output.palette == Palette::Colored,
            color,
            "{flags}"
        );
    }
}

#[test]
fn progress_is_drawn_on_a_terminal_only_and_never_when_silence_is_asked_for() {
    for (world, flags, progress) in [
        (World::with_key(), "", false),
        (World::with_key().on_terminal(), "", true),
        (World::with_key().on_terminal(), "--no-progress", false),
        (World::with_key().on_terminal(), "-q", false),
    ] {
        assert_eq!(world.plan(&format!("--key-env K a.log {flags}")).unwrap().output.progress, progress, "{flags}");
    }
}

#[test]
fn the_step_summary_belongs_to_the_github_format() {
    let world = World::with_key().with("GITHUB_STEP_SUMMARY", "/tmp/summary.md");
    let summary = |world: &World, format: &str| {
        world.plan(&format!("--key-env K a.log --output-format {format}")).unwrap().output.step_summary
    };
    assert_eq!(summary(&world, "github").as_deref(), Some(Path::new("/tmp/summary.md")));
    assert_eq!(summary(&world, "json"), None);
    assert_eq!(summary(&World::with_key().with("GITHUB_STEP_SUMMARY", ""), "github"), None);
}

#[test]
fn how_much_is_said_and_with_how_many_threads_is_decided_here() {
    for (flags, verbosity) in [("", Verbosity::Normal), ("-q", Verbosity::Quiet), ("-v", Verbosity::Verbose)] {
        let plan = World::with_key().plan(&format!("--key-env K a.log {flags}")).unwrap();
        assert_eq!(plan.output.verbosity, verbosity);
    }
    assert_eq!(World::with_key().plan("--key-env K a.log --threads 3").unwrap().threads.get(), 3);
    assert!(World::with_key().plan("--key-env K a.log").unwrap().threads.get() >= 1);
}

#[test]
fn only_words_that_need_it_are_quoted() {
    let cases = [
        ("/var/log/acra-server.log.1", "/var/log/acra-server.log.1"),
        ("sql-firewall.at-least=20", "sql-firewall.at-least=20"),
        ("2025-03-14T10:00:00+01:00", "2025-03-14T10:00:00+01:00"),
        ("", "''"),
        ("a b", "'a b'"),
        ("*.log", "'*.log'"),
        ("~/a", "'~/a'"),
        ("$(rm)", "'$(rm)'"),
        ("o'neil", r"'o'\''neil'"),
        ("ж", "'ж'"),
    ];
    for (word, expected) in cases {
        assert_eq!(command_line(&[word.into()]), format!("acralog {expected}"));
    }
    assert_eq!(command_line(&["report".into(), "a b".into(), "c".into()]), "acralog report 'a b' c");
    assert_eq!(command_line(&[]), "acralog");
    let glued = ["-owebapp.txt", "-o", "-o=a b", "--", "-oa"].map(OsString::from);
    assert_eq!(command_line(&glued), "acralog -o webapp.txt -o '-o=a b' -- -oa");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    #[cfg(unix)]
    fn a_shell_reads_what_was_typed(words in proptest::collection::vec("[^\0]{0,12}", 0..4)) {
        prop_assume!(!words.iter().any(|word| word.starts_with("-o")));
        let arguments: Vec<OsString> = words.iter().map(OsString::from).collect();
        let line = command_line(&arguments);
        let script = format!("acralog() {{ for word; do printf '%s\\0' \"$word\"; done; }}; {line}");
        let printed = Command::new("sh").arg("-c").arg(script).output().unwrap();
        let expected: String = words.iter().map(|word| format!("{word}\0")).collect();
        prop_assert_eq!(String::from_utf8(printed.stdout).unwrap(), expected);
    }
}

fn inventory(text: &str) -> Result<Vec<(String, PathBuf, usize)>, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inventory");
    std::fs::write(&path, text).unwrap();
    let logs = read_inventory(&path)
        .map_err(|failure| failure.message.replace(&format!("{}", path.display()), "inventory"))?;
    let inside = |path: &PathBuf| path.strip_prefix(folder.path()).unwrap_or(path).to_owned();
    Ok(logs.iter().map(|log| (log.name.to_string(), inside(&log.path), log.key_files.len())).collect())
}

#[test]
fn a_line_names_a_log_its_place_and_its_keys() {
    let text = "\u{feff}# logs\neu  logs/eu*.log eu.key old.key # two keys\r\n\n'far east' \"/var/log/far east/\"\n";
    let wanted = [("eu", "logs/eu*.log", 2), ("far east", "/var/log/far east/", 0)];
    assert_eq!(inventory(text).unwrap(), wanted.map(|(name, path, keys)| (name.to_owned(), path.into(), keys)));
}

#[test]
fn what_is_no_inventory_is_refused_with_its_line() {
    let cases = [
        ("", "inventory: the inventory names no log"),
        ("# none\n", "inventory: the inventory names no log"),
        ("a a.log\nb\n", "inventory:2: a name without the path of its log"),
        ("a 'a.log\n", "inventory:1: a quote is not closed"),
        ("a a.log\na b.log\n", "inventory:2: the name stands on a line above as well"),
        ("a -\n", "inventory:1: a log has a name, and a path that is not standard input"),
        ("'' a.log\n", "inventory:1: a log has a name, and a path that is not standard input"),
    ];
    for (text, wanted) in cases {
        assert_eq!(inventory(text).unwrap_err(), wanted, "{text:?}");
    }
}
