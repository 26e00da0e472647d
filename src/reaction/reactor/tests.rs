//! Reactions on their threads, with targets that record, wait, fail and break.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use super::*;
use crate::reaction::sample;

/// What a target was told: the reaction, the key, and the alarms.
type Told = (String, String, Vec<Alarm>);

/// Tells somebody; waits until it may.
struct Target {
    told: Mutex<Sender<Told>>,
    /// Each message is one that may pass; none is needed when there is no such thing.
    gate: Option<Mutex<Receiver<()>>>,
    breaks: bool,
}

impl Perform for Target {
    fn perform(&self, notification: &Notification<'_>, _: Duration) -> Result<(), ActionFailure> {
        assert!(!self.breaks, "text of the log");
        if let Some(gate) = &self.gate {
            // Whoever holds the other end may be gone.
            let _ = gate.lock().recv();
        }
        let Notification { reaction, idempotency_key, alarms, .. } = *notification;
        let told = (reaction.to_owned(), idempotency_key.to_owned(), alarms.to_vec());
        drop(self.told.lock().send(told));
        Ok(())
    }

    fn describe(&self) -> String {
        "tell the test".to_owned()
    }
}

fn reaction(name: &str, told: &Sender<Told>) -> Reaction<Target> {
    let action = Target { told: Mutex::new(told.clone()), gate: None, breaks: false };
    Reaction { settings: sample::settings(name), action, undo: None }
}

fn plan(reactions: Vec<Reaction<Target>>) -> ReactionPlan<Target> {
    ReactionPlan { reactions, forget_after: Duration::from_secs(1_000_000) }
}

fn announcing() -> (Announce, Receiver<String>) {
    let (said, heard) = channel();
    let said = Mutex::new(said);
    (Arc::new(move |line: &str| drop(said.lock().send(line.to_owned()))), heard)
}

fn silent() -> Announce {
    Arc::new(|_: &str| {})
}

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn an_alarm_is_told_and_not_told_again_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (told, got) = channel();
    let alarm = sample::alarm(1);
    let open = || Reactor::open(plan(vec![reaction("page", &told)]), Some(folder.path()), silent()).unwrap();
    let reactor = open();
    assert_eq!(reactor.knows(&alarm.id), None);
    reactor.observe(&alarm);
    assert_eq!(got.recv().unwrap().2, std::slice::from_ref(&alarm));
    assert_eq!(reactor.drain(PATIENCE), Drained { left: BTreeMap::new(), is_durable: true });
    let reactor = open();
    assert_eq!(reactor.knows(&alarm.id), Some(AlarmState::Raised));
    reactor.observe(&alarm);
    reactor.observe(&sample::closed(&alarm));
    assert_eq!(got.recv().unwrap().2, [sample::closed(&alarm)]);
    assert_eq!(reactor.drain(PATIENCE).left, BTreeMap::new());
    assert!(got.try_recv().is_err());
}

#[test]
fn a_slow_target_delays_nobody_else_and_gets_the_same_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (told, got) = channel();
    let (pass, gate) = channel();
    let mut slow = reaction("slow", &told);
    slow.action.gate = Some(Mutex::new(gate));
    let reactor = Reactor::open(plan(vec![slow, reaction("quick", &told)]), Some(folder.path()), silent()).unwrap();
    for number in 0..50 {
        reactor.observe(&sample::alarm(number));
    }
    let mut quick = Vec::new();
    while quick.len() < 50 {
        let (name, _, alarms) = got.recv().unwrap();
        assert_eq!(name, "quick");
        quick.extend(alarms);
    }
    let drained = reactor.drain(Duration::ZERO);
    assert_eq!(drained.left["slow"], 50);
    assert!(drained.is_durable);
    // The attempt that was under way comes to its end after all, and is made again.
    pass.send(()).unwrap();
    let first = got.recv().unwrap();
    let again =
        Reactor::open(plan(vec![reaction("slow", &told), reaction("quick", &told)]), Some(folder.path()), silent())
            .unwrap();
    // What the other one was just told may not have been written down.
    let second = got.iter().find(|(name, ..)| name == "slow").unwrap();
    assert_eq!(first, second, "with the same key");
    assert_eq!(again.drain(PATIENCE).left, BTreeMap::new());
    let rest: usize = got.try_iter().filter(|(name, ..)| name == "slow").map(|(_, _, alarms)| alarms.len()).sum();
    assert_eq!(second.2.len() + rest, 50);
}

#[test]
fn an_action_that_breaks_is_said_and_breaks_nothing_else() {
    let (told, got) = channel();
    let (announce, heard) = announcing();
    let mut broken = reaction("broken", &told);
    broken.action.breaks = true;
    let reactor = Reactor::open(plan(vec![broken, reaction("page", &told)]), None, announce).unwrap();
    reactor.observe(&sample::alarm(1));
    assert_eq!(got.recv().unwrap().0, "page");
    assert_eq!(heard.recv().unwrap(), "reaction broken: refused, not tried again: internal error");
    assert_eq!(reactor.counts()["broken"].refused, 1);
    assert_eq!(reactor.is_durable(), None);
    assert_eq!(reactor.drain(PATIENCE), Drained { left: BTreeMap::new(), is_durable: false });
}

#[test]
fn other_reactions_take_over_while_it_runs() {
    let (told, got) = channel();
    let reactor = Reactor::open(plan(vec![reaction("page", &told)]), None, silent()).unwrap();
    reactor.observe(&sample::alarm(1));
    assert_eq!(got.recv().unwrap().0, "page");
    reactor.reload(plan(vec![reaction("mail", &told)])).unwrap();
    reactor.observe(&sample::alarm(2));
    let (name, _, alarms) = got.recv().unwrap();
    assert_eq!((name.as_str(), alarms), ("mail", vec![sample::alarm(2)]));
    reactor.reload(plan(vec![reaction("mail", &told), reaction("page", &told)])).unwrap();
    reactor.observe(&sample::alarm(3));
    let mut names = [got.recv().unwrap().0, got.recv().unwrap().0];
    names.sort();
    assert_eq!(names, ["mail", "page"]);
    reactor.drain(PATIENCE);
}

#[test]
fn a_journal_that_cannot_be_written_is_said_and_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (told, got) = channel();
    let (announce, heard) = announcing();
    let reactor = Reactor::open(plan(vec![reaction("page", &told)]), Some(folder.path()), announce).unwrap();
    reactor.engine.state.lock().journal.as_mut().unwrap().distrust();
    assert_eq!(reactor.is_durable(), Some(false));
    reactor.observe(&sample::alarm(1));
    assert_eq!(got.recv().unwrap().2.len(), 1, "alarms go on to be told");
    // The thread that keeps the journal does this every second.
    reactor.engine.shorten_journal();
    assert!(heard.recv().unwrap().ends_with("the journal can be written again"));
    assert!(reactor.drain(PATIENCE).is_durable);
    let reactor = Reactor::open(plan(vec![reaction("page", &told)]), Some(folder.path()), silent()).unwrap();
    assert!(reactor.knows(&sample::alarm(1).id).is_some());
}

#[test]
fn a_reaction_is_tried_with_an_alarm_that_says_it_was_made_up() {
    let (told, got) = channel();
    let mut reactions = vec![reaction("page", &told)];
    let now = UnixTime::of_milliseconds(5);
    test_reaction(&reactions, "page", &sample::alarm(1), now).unwrap();
    let (_, key, alarms) = got.recv().unwrap();
    assert!(alarms[0].test);
    assert_eq!(key, "test-5");
    let failure = test_reaction(&reactions, "pagr", &sample::alarm(1), now).unwrap_err();
    assert_eq!(failure.in_one_line(), "no reaction is called `pagr`; hint: did you mean page?");
    reactions[0].settings.dry_run = true;
    assert!(test_reaction(&reactions, "page", &sample::alarm(1), now).unwrap_err().message.contains("a dry run"));
    assert!(got.try_recv().is_err());
}

#[test]
fn what_has_been_over_for_long_is_forgotten_with_and_without_a_journal() {
    let folder = tempfile::tempdir().unwrap();
    for state in [None, Some(folder.path())] {
        let plan = ReactionPlan { forget_after: Duration::from_millis(1), ..plan(Vec::new()) };
        let reactor = Reactor::open(plan, state, silent()).unwrap();
        let (over, open) = (sample::alarm(1), sample::alarm(2));
        [&over, &sample::closed(&over), &open].into_iter().for_each(|alarm| reactor.observe(alarm));
        assert_eq!(reactor.knows(&over.id), Some(AlarmState::Closed));
        let begun = Instant::now();
        while reactor.knows(&over.id).is_some() {
            assert!(begun.elapsed() < PATIENCE, "{state:?}");
            thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(reactor.knows(&open.id), Some(AlarmState::Raised));
    }
}
