//! Programs: what they are given, how they end, and that nothing of them is left.

use std::fs;

use super::*;

/// A shell is a program like any other.
fn sh(script: &str, more: &str) -> String {
    format!("exec = {{ command = [\"/bin/sh\", \"-c\", '''{script}'''] {more} }}")
}

fn perform(toml: &str, folder: &Path, alarms: &[Alarm], timeout: Duration) -> Result<(), ActionFailure> {
    prepare(toml, folder).unwrap().perform(&notification(alarms), timeout)
}

/// Waits until a process is gone, or nobody but its parent remembers it.
fn wait_until_gone(pid: &str) {
    let state = || fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    for _ in 0..3000 {
        if state().rsplit(") ").next().is_none_or(|rest| rest.is_empty() || rest.starts_with(['Z', 'X'])) {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{pid} still runs: {}", state());
}

#[test]
fn a_program_reads_the_notification_and_finds_the_last_change_in_variables() {
    let folder = tempfile::tempdir().unwrap();
    let hostile = Alarm { client_ids: vec!["a\n\x1b[31m$(id)".to_owned()], ..alarm("second") };
    let alarms = [alarm("first"), hostile];
    perform(&sh("cat > told; env > variables", ""), folder.path(), &alarms, LONG).unwrap();
    let told = fs::read_to_string(folder.path().join("told")).unwrap();
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told, serde_json::to_value(notification(&alarms)).unwrap());
    assert_eq!(serde_json::from_value::<Vec<Alarm>>(told["alarms"].clone()).unwrap(), alarms);
    let variables = fs::read_to_string(folder.path().join("variables")).unwrap();
    for line in [
        "ACRALOG_REACTION=page",
        "ACRALOG_KEY=page-1f0c",
        "ACRALOG_ALARMS=2",
        "ACRALOG_WITHHELD=0",
        &format!("ACRALOG_ID={}", alarms[1].id),
        "ACRALOG_KIND=sql-firewall-burst",
        "ACRALOG_STATE=raised",
        "ACRALOG_SEVERITY=low",
        "ACRALOG_CLIENT=a\\n\\x1b[31m$(id)",
        "ACRALOG_RULE=test",
        "ACRALOG_TEST=",
    ] {
        assert!(variables.lines().any(|found| found == line), "{line}: {variables}");
    }
}

#[test]
fn nothing_of_our_own_environment_gets_to_a_program_but_what_the_table_names() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("token"), "hunter2\n").unwrap();
    let more = ", env = { PLACE = \"here\", TOKEN = { file = \"token\" }, OTHER = { env = \"SECRET\" } }";
    let action = prepare_with(&sh("env > variables", more), folder.path(), &[("SECRET", "hunter3")]).unwrap();
    action.perform(&notification(&[alarm("x")]), LONG).unwrap();
    let variables = fs::read_to_string(folder.path().join("variables")).unwrap();
    let of_shell = ["PWD=", "OLDPWD=", "SHLVL=", "_="];
    let mut given: Vec<&str> = variables
        .lines()
        .filter(|line| !line.starts_with(OWN) && !of_shell.iter().any(|own| line.starts_with(own)))
        .collect();
    given.sort_unstable();
    let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    assert_eq!(given, ["LANG=C.UTF-8", "OTHER=hunter3", path, "PLACE=here", "TOKEN=hunter2"]);
}

const OWN: &str = "ACRALOG_";

#[test]
fn the_code_a_program_ends_with_says_whether_it_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    for (script, permanent) in [
        ("exit 0", None),
        ("exit 1", Some(false)),
        ("exit 7", Some(false)),
        ("exit 75", Some(false)),
        ("exit 255", Some(false)),
        ("kill -9 $$", Some(false)),
        ("exit 64", Some(true)),
        ("exit 65", Some(true)),
        ("exit 78", Some(true)),
        ("no-such-command", Some(true)),
    ] {
        let done = perform(&sh(script, ""), folder.path(), &[alarm("x")], LONG);
        assert_eq!(done.err().map(|failure| failure.is_permanent), permanent, "{script}");
    }
}

#[test]
fn a_program_whose_time_is_up_is_killed_with_its_children() {
    let folder = tempfile::tempdir().unwrap();
    let script = "sleep 300 & echo $! > child; echo $$ > parent; echo working; wait";
    let failure = perform(&sh(script, ""), folder.path(), &[alarm("x")], Duration::from_secs(1)).unwrap_err();
    assert_eq!(failure.message, "exec /bin/sh: killed, as it took longer than 1 seconds: working");
    assert!(!failure.is_permanent);
    for name in ["child", "parent"] {
        wait_until_gone(&fs::read_to_string(folder.path().join(name)).unwrap());
    }
}

#[test]
fn what_a_program_leaves_behind_is_left_alone_and_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    perform(&sh("sleep 300 & echo $! > child", ""), folder.path(), &[alarm("x")], LONG).unwrap();
    let child = fs::read_to_string(folder.path().join("child")).unwrap();
    assert!(fs::exists(format!("/proc/{}", child.trim())).unwrap());
    let pid = rustix::process::Pid::from_raw(child.trim().parse().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

#[test]
fn of_endless_output_the_end_is_told_without_what_it_would_do() {
    let folder = tempfile::tempdir().unwrap();
    let end = "printf '\\n\\033[31mno \\342\\200\\256route\\n' >&2; exit 1";
    let script = format!("head -c 10000000 /dev/zero | tr '\\0' x; {end}");
    let failure = perform(&sh(&script, ""), folder.path(), &[alarm("x")], LONG).unwrap_err();
    assert!(failure.message.starts_with("exec /bin/sh: exit status: 1: ... xxx"), "{failure:?}");
    assert!(failure.message.ends_with("xxx; \\x1b[31mno \\u{202e}route"), "{failure:?}");
    assert!(failure.message.len() < 500, "{}", failure.message.len());
    let failure = perform(&sh(end, ""), folder.path(), &[alarm("x")], LONG).unwrap_err();
    assert_eq!(failure.message, "exec /bin/sh: exit status: 1: \\x1b[31mno \\u{202e}route");
}

#[test]
fn a_long_notification_gets_through_and_need_not_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let alarms = [Alarm { summary: "long ".repeat(100_000), ..alarm("x") }];
    perform(&sh("cat > told", ""), folder.path(), &alarms, LONG).unwrap();
    assert!(fs::metadata(folder.path().join("told")).unwrap().len() > 500_000);
    perform(&sh("exec 0<&-; exit 0", ""), folder.path(), &alarms, LONG).unwrap();
    perform("exec = { command = [\"/bin/true\"] }", folder.path(), &alarms, LONG).unwrap();
}

#[test]
fn a_secret_that_a_program_prints_is_not_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("token"), "hunter2-hunter3").unwrap();
    let more = ", env = { TOKEN = { file = \"token\" } }";
    for script in
        ["echo $TOKEN is wrong; exit 1", "printf %s \"$TOKEN\" | head -c 12; exit 1", "set -x; : $TOKEN; exit 64"]
    {
        let action = prepare(&sh(script, more), folder.path()).unwrap();
        let failure = action.perform(&notification(&[alarm("x")]), LONG).unwrap_err();
        let shown = format!("{failure:?} {action:?} {} {:?}", action.describe(), action.warnings());
        assert!(!shown.contains("hunter"), "{shown}");
    }
}

#[test]
fn a_program_starts_in_the_folder_of_the_configuration_wherever_that_is() {
    for (folder, file) in [("", "Cargo.toml"), (".", "Cargo.toml"), ("src", "lib.rs"), ("src/..", "Cargo.toml")] {
        perform(&sh(&format!("test -f {file}"), ""), Path::new(folder), &[alarm("x")], Duration::MAX).unwrap();
        let action = prepare("file = { path = \"x.jsonl\" }", Path::new(folder)).unwrap();
        assert!(action.describe().starts_with("file /"), "{action:?}");
    }
}

#[test]
fn what_cannot_be_started_is_refused_before_anything_happens() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script");
    fs::write(&script, "#!/bin/sh\n").unwrap();
    for (toml, told) in [
        ("exec = { command = [] }", "the command is empty"),
        ("exec = { command = [\"\"] }", "the command is empty"),
        ("exec = { command = [\"/no/such/program\"] }", "No such file"),
        ("exec = { command = [\"true\"] }", "No such file"),
        ("exec = { command = [\"/bin\"] }", "not a program"),
        ("exec = { command = [\"script\"] }", "not a program that may be run"),
        ("exec = { command = [\"/bin/sh\", \"a\\u0000\"] }", "NUL"),
        ("exec = { command = [\"/bin/sh\"], env = { ACRALOG_ID = \"a\" } }", "sets itself"),
        ("exec = { command = [\"/bin/sh\"], env = { \"A=B\" = \"a\" } }", "not that of a variable"),
        ("exec = { command = [\"/bin/sh\"], env = { A = {} } }", "neither a file nor an env"),
        ("exec = { command = [\"/bin/sh\"], env = { A = { env = \"NOT_SET\" } } }", "NOT_SET"),
    ] {
        let failure = prepare(toml, folder.path()).unwrap_err();
        assert!(failure.message.contains(told), "{toml}: {failure:?}");
    }
    fs::set_permissions(&script, fs::Permissions::from_mode(0o707)).unwrap();
    let action = prepare("exec = { command = [\"script\"] }", folder.path()).unwrap();
    assert!(action.warnings()[0].contains("every user may change this program"), "{action:?}");
    assert_eq!(action.describe(), format!("exec {}", script.display()));
}
