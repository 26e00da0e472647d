//! What a file of reactions may say, and what is said of one that says anything else.

use super::*;
use crate::reaction::action::ActionSpec;
use crate::reaction::reference::TABLES;
use crate::reaction::sample;
use crate::watch::{Alarm, AlarmState, SealProof};

/// What an action of the tests needs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
enum Spec {
    Exec { command: Vec<String> },
    Webhook { url: String },
}

fn read(text: &str) -> Result<Vec<Reaction<Spec>>, Failure> {
    reactions(Path::new("watch.toml"), text)
}

/// A reaction with a few more lines.
fn reaction(lines: &str) -> Result<Reaction<Spec>, Failure> {
    let text = format!("[[reaction]]\nname = \"page\"\nexec = {{ command = [\"/bin/true\"] }}\n{lines}\n");
    read(&text).map(|mut reactions| reactions.remove(0))
}

fn when(text: &str) -> When {
    reaction(&format!("when = {text}")).unwrap().settings.when
}

/// A file with something in every place.
const WHOLE: &str = r#"
    policy = "strict"
    [rules.sql-firewall]
    at-least = 20
    [[event]]
    name = "keys"
    [[reaction]]
    name = "page"
    when = { severity = "high" }
    wait = "30s"
    interval = "5m"
    repeat = "4h"
    rate-limit = { at-most = 10, within = "1h" }
    timeout = "20s"
    retry = { first = "2s", longest = "10m", give-up-after = "2h" }
    [reaction.webhook]
    url = "https://hooks.example"
    [[reaction]]
    name = "block"
    unverified = true
    dry-run = true
    max-alarms = 7
    exec = { command = ["/usr/local/bin/block"] }
    undo = { exec = { command = ["/usr/local/bin/unblock"] }, timeout = "5s", after = "1h" }
    "#;

#[test]
fn a_file_says_what_is_done_beside_what_is_of_others() {
    let config = read(WHOLE).unwrap();
    let [page, block] = &config[..] else { panic!("two") };
    let seconds = Duration::from_secs;
    let wanted = ReactionSettings {
        when: page.settings.when.clone(),
        wait: seconds(30),
        interval: seconds(300),
        repeat: Some(seconds(4 * 3600)),
        rate_limit: Some(RateLimit { at_most: 10, within: seconds(3600) }),
        timeout: seconds(20),
        retry: Retry { first: seconds(2), longest: seconds(600), give_up_after: seconds(7200) },
        ..sample::settings("page")
    };
    assert_eq!(page.settings, wanted);
    assert!(matches!(&page.action, Spec::Webhook { url } if url == "https://hooks.example"));
    assert!(page.undo.is_none());
    let undo = UndoSettings { timeout: seconds(5), after: Some(seconds(3600)) };
    // What is undone for each alarm is done for each, and not done again when it is over.
    let wanted = ReactionSettings {
        when: block.settings.when.clone(),
        unverified: true,
        dry_run: true,
        resolve: false,
        alarms_max: 1,
        undo: Some(undo),
        retry: Retry { longest: seconds(300), ..sample::settings("block").retry },
        ..sample::settings("block")
    };
    assert_eq!(block.settings, wanted);
    assert!(matches!(&block.undo, Some(Spec::Exec { command }) if command == &["/usr/local/bin/unblock"]));
}

#[test]
fn a_file_may_say_nothing() {
    assert!(read("").unwrap().is_empty());
    assert_eq!(reaction("").unwrap().settings.alarms_max, 1, "a program is about one alarm");
}

#[test]
fn what_cannot_be_understood_is_said_with_its_line_and_the_nearest_word() {
    let cases = [
        ("intervall = \"5m\"", ":4: no setting of reaction is called `intervall`", "did you mean `interval`?"),
        ("webhok = {}", ":4: no setting of reaction is called `webhok`", "did you mean `webhook`?"),
        ("when = { sevrity = \"high\" }", ":4: no setting is called `sevrity`", "did you mean `severity`?"),
        ("when = { severity = \"hihg\" }", ":4: no severity is called `hihg`", "did you mean `high`?"),
        (
            "when = { kind = [\"event\", \"poison-rekord\"] }",
            ":4: no kind of alarm is called `poison-rekord`",
            "poison-record",
        ),
        ("when = { state = \"rised\" }", ":4: no state is called `rised`", "did you mean `raised`?"),
        ("when = { code = 99999 }", ":4: 99999 is no event code", ""),
        ("when = { code = \"5xy\" }", ":4: ", ""),
        ("when = { client = \"\" }", ":4: a name is missing", ""),
        ("when = { kind = [] }", ":4: a list of nothing matches nothing", "leave it out to match everything"),
        ("when = 5", ":4: ", ""),
        ("rate-limit = { at-most = 0, within = \"1h\" }", ":4: this cannot be: it is a nonzero u16", ""),
        (
            "wait = \"1s\"\nrate-limit = { at-most = 1001, within = \"1h\" }",
            ":5: a rate limit counts up to 1000 notifications",
            "within a shorter time",
        ),
        ("rate-limit = { at-most = 5 }", ":4: missing field `within`", ""),
        ("wait = 30", ":4: this cannot be: it is a string", ""),
        ("wait = \"soon\"", ":4: `soon` is no length of time", ""),
        (
            "timeout = \"10s\"\nretry = { first = \"1h\" }",
            ":5: retry begins with more than its longest wait",
            "first <= longest",
        ),
        ("undo = { timeout = \"5s\" }", ":4: undo does nothing", "it has one of exec, webhook, syslog, file, signal"),
        ("undo = { exec = { command = [] }, untl = \"5s\" }", ":4: no setting of undo is called `untl`", ""),
        ("resolve = true\nundo = { exec = { command = [] } }", ":4: resolve and undo", "keep one"),
        ("resolve = true\nwhen = { state = \"raised\" }", ":4: resolve tells what `when` leaves out", ""),
        ("webhook = { url = \"https://x\" }", "reaction has two actions", "write one for each"),
        ("syslog = {}", "reaction has two actions", ""),
        ("[[reaction]]\nname = \"page\"\nexec = { command = [] }", ":4: two reactions are called `page`", ""),
        ("[[reaction]]\nname = \"a b\"\nexec = { command = [] }", ":5: this cannot be the name of a reaction", ""),
        (
            "[[reaction]]\nname = \"b\"\nexec = { comand = [] }",
            ":6: no setting is called `comand`",
            "did you mean `command`?",
        ),
        ("[[reaction]]\nname = \"b\"\nwebhook = { url = 7 }", ":6: this cannot be: it is a string", ""),
        ("[[reaction]]\nexec = { command = [] }", ": missing field `name`", ""),
        ("retry = {", ":4: ", ""),
    ];
    for (lines, message, hint) in cases {
        let failure = reaction(lines).map(|_| ()).expect_err(lines);
        assert!(failure.message.starts_with("watch.toml:"), "{lines}: {failure:?}");
        assert!(failure.message.contains(message), "{lines}: {failure:?}");
        assert!(failure.hint.unwrap_or_default().contains(&hint.replace('`', "")), "{lines}: {}", failure.message);
        assert_eq!(failure.kind, crate::failure::FailureKind::Usage, "{lines}");
    }
}

#[test]
fn a_value_that_may_be_a_secret_is_not_repeated() {
    for lines in [
        "timeout = 7\nmax-alarms = \"hunter2\"",
        "unverified = \"hunter2\"",
        "undo = \"hunter2\"",
        "when = { code = [[\"hunter2\"]] }",
    ] {
        let failure = reaction(lines).map(|_| ()).expect_err(lines);
        assert!(!format!("{failure:?}").contains("hunter2"), "{failure:?}");
    }
    let text = "[[reaction]]\nname = \"a\"\nsyslog = { address = \"udp://a\", facility = \"hunter2\" }\n";
    let failure = reactions::<ActionSpec>(Path::new("watch.toml"), text).map(|_| ()).expect_err(text);
    assert!(failure.message.starts_with("watch.toml:3: this cannot be: it is one of "), "{failure:?}");
    assert!(!format!("{failure:?}").contains("hunter2"), "{failure:?}");
}

#[test]
fn a_list_is_any_of_it_and_a_table_is_all_of_it() {
    let alarm = sample::alarm(1);
    let sigma = Alarm { rule: "Queries by night".to_owned(), ..sample::as_severe(&alarm, 5) };
    // The condition, whether it is for the alarm, and for the one of Sigma.
    let cases = [
        ("{}", true, true),
        ("{ kind = \"poison-record\" }", true, true),
        ("{ kind = [\"silence\", \"poison-record\"] }", true, true),
        ("{ kind = \"silence\" }", false, false),
        ("{ severity = \"high\" }", true, false),
        ("{ severity = \"critical\" }", true, false),
        ("{ severity = \"low\" }", true, true),
        ("{ code = 587 }", true, true),
        ("{ code = \"5xx\" }", true, true),
        ("{ code = [560, \"583-586\"] }", false, false),
        ("{ client = \"report*\" }", true, true),
        ("{ client = [\"webapp\", \"etl\"] }", false, false),
        ("{ rule = \"poison-*\" }", true, false),
        ("{ sigma = \"Queries by night\" }", false, true),
        ("{ kind = \"poison-record\", client = \"webapp\" }", false, false),
        ("[{ client = \"webapp\" }, { severity = \"high\" }]", true, false),
        ("{ state = \"closed\" }", true, true),
    ];
    for (text, wanted, of_sigma) in cases {
        let when = when(text);
        assert_eq!((when.matches(&alarm), when.matches(&sigma)), (wanted, of_sigma), "{text}");
    }
}

#[test]
fn the_changes_that_are_told_are_those_of_the_condition_that_holds() {
    let alarm = sample::alarm(1);
    let low = sample::as_severe(&alarm, 2);
    let all = [AlarmState::Raised, AlarmState::Updated, AlarmState::Closed];
    let told = |text: &str, alarm: &Alarm| all.map(|state| when(text).tells(alarm, state));
    assert_eq!(told("{}", &alarm), [true, false, true]);
    assert_eq!(told("{ state = [\"raised\", \"updated\"] }", &alarm), [true, true, false]);
    let both =
        "[{ severity = \"high\", state = [\"raised\", \"updated\"] }, { severity = \"low\", state = \"closed\" }]";
    assert_eq!(told(both, &low), [false, false, true]);
    assert_eq!(told(both, &alarm), [true, true, true]);
    // It was told before it became milder.
    assert_eq!(told("{ severity = \"high\" }", &low), [true, false, true]);
}

#[test]
fn only_what_is_proven_or_said_by_acralog_itself_is_trusted() {
    use crate::incident::Kind;
    use crate::reaction::condition::is_trusted;
    use crate::watch::AlarmKind;
    for kind in AlarmKind::all() {
        let own = [
            AlarmKind::Incident(Kind::IntegrityFailure),
            AlarmKind::Incident(Kind::Silence),
            AlarmKind::IntegrityWarning,
        ];
        for verified in [SealProof::Yes, SealProof::NotYet, SealProof::No] {
            let alarm = Alarm { kind, verified, ..sample::alarm(1) };
            assert_eq!(is_trusted(&alarm), verified == SealProof::Yes || own.contains(&kind), "{kind:?} {verified:?}");
        }
    }
}

#[test]
fn a_sigma_rule_is_named_by_its_id_or_its_title_and_must_be_there() {
    let text =
        "[[reaction]]\nname = \"a\"\nwhen = { sigma = [\"AB-1\", \"Queries by night\"] }\nexec = { command = [] }\n";
    let rules = [(Some("ab-1"), "Too many keys"), (None, "Queries by night")];
    let mut config = read(text).unwrap();
    name_sigma_rules(&mut config, &rules).unwrap();
    let alarm = Alarm { rule: "Too many keys".to_owned(), ..sample::alarm(1) };
    assert!(config[0].settings.when.matches(&alarm));
    let mut config = read(&text.replace("by night", "by nihgt")).unwrap();
    let failure = name_sigma_rules(&mut config, &rules).unwrap_err();
    assert_eq!(failure.message, "reaction a: no Sigma rule is called `Queries by nihgt`");
    assert_eq!(failure.hint.as_deref(), Some("did you mean Queries by night?"));
}

#[test]
fn what_an_action_lacks_is_said_with_the_reaction() {
    let failure =
        reaction("").unwrap().prepare(|_| Err::<(), _>(Failure::new("no such program"))).map(|_| ()).unwrap_err();
    assert_eq!(failure.message, "reaction page: no such program");
}

#[test]
fn the_page_says_up_to_how_many_notifications_a_rate_limit_counts() {
    let settings = TABLES.iter().filter(|table| table.name == "rate-limit").flat_map(|table| table.settings);
    let takes: Vec<_> = settings.filter(|setting| setting.name == "at-most").map(|setting| setting.takes).collect();
    assert_eq!(takes, [format!("1 to {TOLD_AT_MAX}")]);
}
