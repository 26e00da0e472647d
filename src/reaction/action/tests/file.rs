//! Files: what is in them afterwards, and which are refused.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::*;

const TOML: &str = "file = { path = \"alarms.jsonl\", format = \"jsonl\" }";

#[test]
fn each_alarm_is_a_line_behind_those_that_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alarms.jsonl");
    let action = prepare(TOML, folder.path()).unwrap();
    assert_eq!(action.describe(), format!("file {}", path.display()));
    let alarms = [alarm("a\u{202e}\n"), alarm("b")];
    let told = Notification { withheld: 3, ..notification(&alarms) };
    action.perform(&told, LONG).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    // As after a disk that was full.
    fs::write(&path, [&fs::read(&path).unwrap()[..], b"{\"torn"].concat()).unwrap();
    action.perform(&notification(&alarms[1..]), LONG).unwrap();
    // As after logrotate.
    fs::rename(&path, folder.path().join("alarms.jsonl.1")).unwrap();
    action.perform(&notification(&alarms[..1]), LONG).unwrap();
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let (old, new) = (read("alarms.jsonl.1"), read("alarms.jsonl"));
    assert!(!old.chars().any(|c| c != '\n' && crate::terminal_safe::is_unsafe_char(c)), "{old:?}");
    let lines: Vec<&str> = old.lines().collect();
    assert_eq!((lines.len(), lines[2], new.lines().count()), (4, "{\"torn", 1));
    for (line, alarm, withheld) in
        [(lines[0], 0, Some(3)), (lines[1], 1, None), (lines[3], 1, None), (new.trim(), 0, None)]
    {
        let mut found: serde_json::Value = serde_json::from_str(line).unwrap();
        let fields = found.as_object_mut().unwrap();
        assert_eq!(fields.remove("reaction").unwrap(), "page");
        assert_eq!(fields.remove("idempotency_key").unwrap(), "page-1f0c");
        assert_eq!(fields.remove("withheld").and_then(|count| count.as_u64()), withheld);
        assert_eq!(serde_json::from_value::<Alarm>(found).unwrap(), alarms[alarm]);
    }
}

#[test]
fn links_pipes_and_folders_are_refused_at_any_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alarms.jsonl");
    let action = prepare(TOML, folder.path()).unwrap();
    let perform = || action.perform(&notification(&[alarm("x")]), LONG);
    let victim = folder.path().join("victim");
    for (make, told) in [
        (&(|| symlink(&victim, &path)) as &dyn Fn() -> std::io::Result<()>, "a symbolic link"),
        (&|| std::process::Command::new("mkfifo").arg(&path).status().map(drop), "not a file"),
        (&|| fs::create_dir(&path), "not a file"),
    ] {
        make().unwrap();
        let failure = prepare(TOML, folder.path()).unwrap_err();
        assert!(failure.message.ends_with(told), "{failure:?}");
        let failure = perform().unwrap_err();
        assert!(!failure.is_permanent && failure.message.starts_with("file /"), "{failure:?}");
        fs::remove_file(&path).or_else(|_| fs::remove_dir(&path)).unwrap();
    }
    assert!(!victim.exists());
    assert!(prepare("file = { path = \"no/such/folder/x\" }", folder.path()).is_err());
    perform().unwrap();
}
