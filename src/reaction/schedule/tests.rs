//! What is told when: by tables of cases with a clock that is set, and by random worlds in which targets fail, processes are killed and
//! journals are read again.

use super::*;
use crate::reaction::config::{RateLimit, UndoSettings};
use crate::reaction::sample;
use crate::watch::SealProof;

mod model; // random worlds

/// A schedule, and a clock in seconds.
struct Desk {
    schedule: ReactionSchedule,
    now: u64,
}

fn at(second: u64) -> UnixTime {
    UnixTime::default().plus(Duration::from_secs(1_000_000 + second))
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// What was told: each alarm by its number and state, and how many were withheld.
type ToldAt = (u64, Vec<(u64, &'static str)>, u64);

impl Desk {
    fn of(settings: ReactionSettings) -> Self {
        Self { schedule: ReactionSchedule::new(Deliveries::default(), vec![settings], 7), now: 0 }
    }

    fn observe(&mut self, alarm: &Alarm) {
        self.schedule.observe(alarm, at(self.now));
    }

    fn step(&mut self) -> Option<NotificationAttempt> {
        self.schedule.step("page", at(self.now))
    }

    /// Lets the time pass, while the target takes everything at once.
    fn until(&mut self, second: u64) -> Vec<ToldAt> {
        let mut told = Vec::new();
        loop {
            while let Some(attempt) = self.step() {
                let number = |alarm: &Alarm| (0..200).find(|number| sample::alarm(*number).id == alarm.id).unwrap();
                let state =
                    |alarm: &Alarm| if attempt.purpose == Purpose::Undo { "undone" } else { alarm.state.name() };
                let alarms = attempt.alarms.iter().map(|alarm| (number(alarm), state(alarm))).collect();
                told.push((self.now, alarms, attempt.withheld));
                self.schedule.finish("page", attempt.purpose, at(self.now), Ok(()));
            }
            if self.now >= second {
                return told;
            }
            self.now += 1;
        }
    }

    /// The same after a restart: all that is known is what was written.
    fn restarted(mut self, settings: ReactionSettings) -> Self {
        let mut deliveries = Deliveries::default();
        self.schedule.take_entries().iter().for_each(|entry| deliveries.apply(entry));
        assert_eq!(
            deliveries.facts().collect::<Vec<_>>(),
            self.schedule.deliveries().facts().collect::<Vec<_>>(),
            "nothing is known that was not written"
        );
        Self { schedule: ReactionSchedule::new(deliveries, vec![settings], 7), now: self.now }
    }
}

fn raised(number: u64) -> (u64, &'static str) {
    (number, "raised")
}

fn settings() -> ReactionSettings {
    sample::settings("page")
}

fn when(json: &str) -> crate::reaction::condition::When {
    serde_json::from_str(json).unwrap()
}

fn failure(is_permanent: bool, retry_after: Option<u64>) -> ActionFailure {
    ActionFailure { message: "no".to_owned(), is_permanent, retry_after: retry_after.map(seconds) }
}

#[test]
fn an_alarm_is_told_once_and_once_more_when_it_is_over() {
    let mut desk = Desk::of(settings());
    let alarm = sample::alarm(1);
    desk.observe(&alarm);
    assert_eq!(desk.until(5), [(0, vec![raised(1)], 0)]);
    desk.observe(&sample::updated(&alarm, 7));
    assert_eq!(desk.until(10), [], "that it goes on is not asked for");
    desk.observe(&sample::closed(&sample::updated(&alarm, 9)));
    assert_eq!(desk.until(15), [(10, vec![(1, "closed")], 0)]);
    desk.observe(&alarm);
    assert_eq!(desk.until(20), [], "what is over is over");
    assert_eq!(desk.schedule.deliveries().state(&alarm.id), Some(AlarmState::Closed));
    assert!(desk.schedule.deliveries().alarm(&alarm.id).is_none(), "no more than its name is kept");
}

#[test]
fn an_alarm_that_is_over_before_it_was_told_is_told_as_raised_first() {
    let mut desk = Desk::of(ReactionSettings { wait: seconds(30), ..settings() });
    let alarm = sample::alarm(1);
    desk.observe(&alarm);
    desk.observe(&sample::closed(&alarm));
    assert_eq!(desk.until(40), [(30, vec![raised(1)], 0), (30, vec![(1, "closed")], 0)]);
    let mut desk = Desk::of(ReactionSettings { wait: seconds(30), resolve: false, ..settings() });
    desk.observe(&alarm);
    desk.observe(&sample::closed(&alarm));
    assert_eq!(desk.until(40), [(30, vec![raised(1)], 0)]);
}

#[test]
fn wait_gathers_and_interval_spaces_and_repeat_tells_again() {
    let spaced =
        ReactionSettings { wait: seconds(30), interval: seconds(300), repeat: Some(seconds(1000)), ..settings() };
    let mut desk = Desk::of(spaced);
    let alarm = sample::alarm;
    desk.observe(&alarm(1));
    let _ = desk.until(20);
    desk.observe(&alarm(2));
    assert_eq!(desk.until(60), [(30, vec![raised(1), raised(2)], 0)]);
    desk.observe(&alarm(3));
    desk.observe(&sample::closed(&alarm(2)));
    assert_eq!(desk.until(400), [(330, vec![raised(3), (2, "closed")], 0)]);
    desk.observe(&sample::updated(&alarm(1), 5));
    assert_eq!(desk.until(1100), [(1030, vec![(1, "updated")], 0)]);
    desk.observe(&sample::closed(&alarm(3)));
    assert_eq!(desk.until(1400), [(1330, vec![(3, "closed")], 0)]);
    assert_eq!(desk.until(2100), [(2030, vec![(1, "updated")], 0)]);
}

#[test]
fn that_an_alarm_goes_on_is_told_where_it_is_asked_for() {
    let asked = ReactionSettings {
        when: when(r#"{"state": ["raised", "updated", "closed"]}"#),
        interval: seconds(60),
        ..settings()
    };
    let mut desk = Desk::of(asked);
    desk.observe(&sample::alarm(1));
    let _ = desk.until(1);
    for count in 2..50 {
        desk.observe(&sample::updated(&sample::alarm(1), count));
    }
    assert_eq!(desk.until(200), [(60, vec![(1, "updated")], 0)]);
}

#[test]
fn more_than_a_notification_holds_are_told_at_once_in_several() {
    let mut desk = Desk::of(ReactionSettings { alarms_max: 2, interval: seconds(300), ..settings() });
    (1..=5).for_each(|number| desk.observe(&sample::as_severe(&sample::alarm(number), number as u8)));
    // The most severe ones come first, and the oldest change within each.
    let told = [(0, vec![raised(4), raised(5)], 0), (0, vec![raised(2), raised(3)], 0), (0, vec![raised(1)], 0)];
    assert_eq!(desk.until(10), told);
}

#[test]
fn what_a_rate_limit_holds_back_is_said_and_told_as_a_number() {
    let limit = RateLimit { at_most: 2, within: seconds(100) };
    let mut desk = Desk::of(ReactionSettings { rate_limit: Some(limit), ..settings() });
    let mut told = Vec::new();
    for number in 0..32 {
        let score = if number == 31 { 9 } else { 5 };
        desk.observe(&sample::as_severe(&sample::alarm(number), score));
        told.extend(desk.until(number + 1));
    }
    assert_eq!(told, [(0, vec![raised(0)], 0), (1, vec![raised(1)], 0)]);
    let digest: Vec<_> = (2..11).chain([31]).map(raised).collect();
    assert_eq!(desk.until(300), [(100, digest, 20)]);
    let notices = desk.schedule.take_notices();
    assert_eq!(notices.len(), 2, "{notices:?}");
    assert!(notices[0].contains("its rate limit holds alarms back for 1m 38s"), "{notices:?}");
    assert!(notices[1].contains("of 20 alarms only the number is told"), "{notices:?}");
    assert_eq!(desk.schedule.counts()["page"].withheld, 20);
    // Of those nothing more is told; of the others it is.
    (2..32).for_each(|number| desk.observe(&sample::closed(&sample::alarm(number))));
    let over: Vec<_> = (2..11).chain([31]).map(|number| (number, "closed")).collect();
    assert_eq!(desk.until(301), [(300, over, 0)]);
}

#[test]
fn an_attempt_that_failed_is_made_again_later_and_later_and_with_the_same_key() {
    let mut desk = Desk::of(settings());
    desk.observe(&sample::alarm(1));
    let mut attempts: Vec<(u64, String)> = Vec::new();
    while desk.now < 200 {
        if let Some(attempt) = desk.step() {
            desk.observe(&sample::updated(&sample::alarm(1), desk.now + 2));
            attempts.push((desk.now, attempt.key));
            desk.schedule.finish("page", Purpose::Tell, at(desk.now), Err(failure(false, None)));
        }
        desk.now += 1;
    }
    let pauses: Vec<u64> = attempts.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    for (pause, least) in pauses.iter().zip([0, 1, 2, 4, 8, 16, 30, 30]) {
        assert!((least..=2 * least + 2).contains(pause), "{pauses:?}");
    }
    assert!(attempts.iter().all(|(_, key)| *key == attempts[0].1));
    // What was to be told stays as it was.
    assert_eq!(desk.until(400)[0].1, [raised(1)]);
    let notices = desk.schedule.take_notices();
    assert!(notices[0].contains("failed, tried again: no") && notices[1].contains("works again after"), "{notices:?}");
}

#[test]
fn a_target_is_asked_again_when_it_says() {
    let mut desk = Desk::of(settings());
    desk.observe(&sample::alarm(1));
    desk.step().unwrap();
    desk.schedule.finish("page", Purpose::Tell, at(0), Err(failure(false, Some(90))));
    assert_eq!(desk.until(200), [(90, vec![raised(1)], 0)]);
}

#[test]
fn what_is_refused_or_given_up_is_said_and_counted_in_the_next_notification() {
    let retry = Retry { give_up_after: seconds(10), ..settings().retry };
    for (is_permanent, retry_after, word) in [(true, None, "refused"), (false, Some(11), "given up")] {
        let mut desk = Desk::of(ReactionSettings { retry, ..settings() });
        desk.observe(&sample::alarm(1));
        desk.step().unwrap();
        desk.schedule.finish("page", Purpose::Tell, at(0), Err(failure(is_permanent, retry_after)));
        assert!(desk.schedule.take_notices()[0].contains(word));
        assert_eq!(desk.until(100), []);
        desk.observe(&sample::alarm(2));
        assert_eq!(desk.until(101), [(100, vec![raised(2)], 1)]);
        let counts = &desk.schedule.counts()["page"];
        assert_eq!(
            (counts.refused, counts.given_up, counts.delivered),
            (u64::from(is_permanent), u64::from(!is_permanent), 1)
        );
    }
}

#[test]
fn what_nothing_proves_is_told_only_where_that_is_asked_for_or_when_it_is_proven() {
    let mut desk = Desk::of(settings());
    let forged = Alarm { verified: SealProof::No, ..sample::alarm(1) };
    let early = Alarm { verified: SealProof::NotYet, ..sample::alarm(2) };
    desk.observe(&forged);
    desk.observe(&early);
    assert_eq!(desk.until(1), []);
    desk.observe(&Alarm { verified: SealProof::Yes, ..sample::updated(&early, 2) });
    assert_eq!(desk.until(2), [(1, vec![raised(2)], 0)]);
    let mut desk = Desk::of(ReactionSettings { unverified: true, ..settings() });
    desk.observe(&forged);
    assert_eq!(desk.until(1), [(0, vec![raised(1)], 0)]);
}

#[test]
fn a_log_that_is_read_again_after_a_restart_says_nothing_new() {
    let mut desk = Desk::of(settings());
    let (over, open) = (sample::alarm(1), sample::alarm(2));
    desk.observe(&over);
    desk.observe(&open);
    desk.observe(&sample::updated(&open, 40));
    desk.observe(&sample::closed(&over));
    let _ = desk.until(10);
    let mut desk = desk.restarted(settings());
    for alarm in [&over, &sample::updated(&over, 2), &sample::closed(&over), &open, &sample::updated(&open, 9)] {
        desk.observe(alarm);
    }
    assert_eq!(desk.until(20), []);
    assert!(desk.schedule.take_entries().is_empty(), "not even a line is written");
    assert_eq!(desk.schedule.deliveries().alarm(&open.id).unwrap().0.count, 40);
    desk.observe(&sample::closed(&open));
    let told = desk.step().unwrap();
    assert_eq!((told.alarms[0].state, told.alarms[0].count), (AlarmState::Closed, 40));
}

#[test]
fn a_reaction_that_is_new_is_not_told_of_what_is_over() {
    let mut desk = Desk::of(ReactionSettings { when: when(r#"{"kind": "silence"}"#), ..settings() });
    let (over, open) = (sample::alarm(1), sample::alarm(2));
    desk.observe(&over);
    desk.observe(&open);
    desk.observe(&sample::closed(&over));
    let mut desk = desk.restarted(settings());
    desk.observe(&over);
    desk.observe(&open);
    assert_eq!(desk.until(1), [(0, vec![raised(2)], 0)]);
}

#[test]
fn what_a_reaction_had_to_tell_is_said_when_it_is_taken_out() {
    let mut desk = Desk::of(ReactionSettings { wait: seconds(60), ..settings() });
    desk.observe(&sample::alarm(1));
    desk.schedule.configure(vec![sample::settings("other")]);
    assert!(desk.schedule.take_notices()[0].contains("page is gone from the configuration: 1 alarms"));
    assert!(desk.step().is_none());
    desk.schedule.configure(vec![settings()]);
    assert!(desk.step().is_none(), "it begins anew");
}

#[test]
fn what_was_done_is_undone_when_the_alarm_is_over_or_at_the_latest_after_a_time() {
    let undo = |after: Option<u64>| {
        let undo = UndoSettings { timeout: seconds(5), after: after.map(seconds) };
        ReactionSettings { undo: Some(undo), resolve: false, alarms_max: 1, ..settings() }
    };
    let alarm = sample::alarm(1);
    let mut desk = Desk::of(undo(None));
    desk.observe(&alarm);
    assert_eq!(desk.until(10), [(0, vec![raised(1)], 0)]);
    desk.observe(&sample::closed(&alarm));
    assert_eq!(desk.step().unwrap().timeout, seconds(5));
    assert_eq!(desk.until(20), [(10, vec![(1, "undone")], 0)]);
    assert!(desk.schedule.is_settled() && desk.schedule.deliveries().alarm(&alarm.id).is_none());

    let mut desk = Desk::of(undo(Some(50)));
    desk.observe(&alarm);
    assert_eq!(desk.until(100), [(0, vec![raised(1)], 0), (50, vec![(1, "undone")], 0)]);
    desk.observe(&sample::updated(&alarm, 5));
    desk.observe(&sample::closed(&sample::updated(&alarm, 5)));
    assert_eq!(desk.until(200), [], "once is enough");
}

#[test]
fn a_dry_run_says_what_it_would_do_and_that_is_that() {
    let mut desk = Desk::of(ReactionSettings { dry_run: true, ..settings() });
    desk.observe(&sample::alarm(1));
    let attempt = desk.step().unwrap();
    assert!(attempt.is_dry_run);
    desk.schedule.finish("page", attempt.purpose, at(0), Ok(()));
    let said = format!("reaction page: a dry run, nothing is done about {}", sample::alarm(1).id);
    assert_eq!(desk.schedule.take_notices(), [said]);
    let mut desk = desk.restarted(settings());
    assert_eq!(desk.until(10), []);
}

#[test]
fn at_the_end_nothing_is_waited_for() {
    let mut desk = Desk::of(ReactionSettings { wait: seconds(30), interval: seconds(300), ..settings() });
    desk.observe(&sample::alarm(1));
    desk.schedule.drain();
    assert_eq!(desk.until(0), [(0, vec![raised(1)], 0)]);
    desk.observe(&sample::closed(&sample::alarm(1)));
    assert_eq!(desk.until(1), [(0, vec![(1, "closed")], 0)]);
    assert!(desk.schedule.is_settled());
}

#[test]
fn the_least_severe_alarms_make_room_and_are_counted() {
    use crate::reaction::deliveries::ALARMS_MAX;
    let mut desk = Desk::of(settings());
    let alarms = ALARMS_MAX as u64;
    for number in 0..alarms - 1 {
        desk.observe(&sample::as_severe(&sample::alarm(number), 5));
        if let Some(attempt) = desk.step() {
            desk.schedule.finish("page", attempt.purpose, at(0), Ok(()));
        }
    }
    let [low, critical] = [sample::as_severe(&sample::alarm(alarms), 1), sample::alarm(alarms + 1)];
    desk.observe(&sample::as_severe(&sample::alarm(alarms - 1), 5));
    desk.observe(&low);
    desk.observe(&critical);
    assert_eq!(desk.schedule.deliveries().state(&low.id), Some(AlarmState::Closed));
    assert!(desk.schedule.take_notices().last().unwrap().contains("more alarms are open than can be held"));
    let attempt = desk.step().unwrap();
    assert_eq!((attempt.withheld > 0, &attempt.alarms[..]), (true, std::slice::from_ref(&critical)));
}

#[test]
fn a_reaction_that_is_far_behind_tells_the_most_severe_alarms_and_how_many_others_there_were() {
    let (slow, quick) = (sample::settings("slow"), settings());
    let mut schedule = ReactionSchedule::new(Deliveries::default(), vec![slow, quick], 7);
    let mut told = 0;
    for number in 0..5000 {
        let alarm = sample::as_severe(&sample::alarm(number), if number == 4999 { 10 } else { 5 });
        schedule.observe(&alarm, at(0));
        schedule.observe(&sample::closed(&alarm), at(0));
        while let Some(attempt) = schedule.step("page", at(0)) {
            told += attempt.alarms.iter().filter(|alarm| alarm.state == AlarmState::Raised).count();
            schedule.finish("page", attempt.purpose, at(0), Ok(()));
        }
    }
    assert_eq!(told, 5000, "it takes nothing from the others");
    let notices = schedule.take_notices();
    assert_eq!(notices.len(), 10, "{notices:?}");
    assert!(notices[0].contains("reaction slow: the reaction is far behind: of 1 alarms so far"), "{notices:?}");
    let attempt = schedule.step("slow", at(0)).unwrap();
    assert_eq!(attempt.withheld, 5000 - 4096);
    assert!(attempt.alarms.iter().any(|alarm| alarm.id == sample::alarm(4999).id));
}

#[test]
fn two_machines_have_the_same_key_for_the_same_alarm() {
    let key = |number| {
        let mut desk = Desk::of(settings());
        desk.observe(&sample::alarm(number));
        desk.step().unwrap().key
    };
    assert_eq!(key(1), key(1));
    assert_ne!(key(1), key(2));
    assert_eq!(key(1).len(), 32);
}
