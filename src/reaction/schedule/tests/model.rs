//! Random worlds: alarms come, go on and are over, targets are slow, fail and recover, the process is killed at any moment. In the end
//! everything was told, and whatever was told twice had the same key.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// Alarms of a world.
const ALARMS: u64 = 12;
const NAMES: [&str; 4] = ["slow", "page", "limited", "block"];

#[derive(Clone, Debug)]
enum Happening {
    Raise(u64),
    Update(u64),
    Close(u64),
    Pass(u64),
    /// A thread looks whether there is something to do.
    Begin(usize),
    /// A target answers: it took it or not, and that reaches us or not.
    Answer(usize, Answer),
    /// The process is killed and starts again.
    Kill,
    /// The journal is made anew.
    Shorten,
}

#[derive(Clone, Copy, Debug)]
enum Answer {
    Yes,
    No,
    Unheard,
}

fn happening() -> impl Strategy<Value = Happening> {
    let answer = prop_oneof![3 => Just(Answer::Yes), 2 => Just(Answer::No), 1 => Just(Answer::Unheard)];
    prop_oneof![
        4 => (0..ALARMS).prop_map(Happening::Raise),
        3 => (0..ALARMS).prop_map(Happening::Update),
        3 => (0..ALARMS).prop_map(Happening::Close),
        3 => (1..90_u64).prop_map(Happening::Pass),
        6 => (0..NAMES.len()).prop_map(Happening::Begin),
        6 => (0..NAMES.len(), answer).prop_map(|(name, answer)| Happening::Answer(name, answer)),
        1 => Just(Happening::Kill),
        1 => Just(Happening::Shorten),
    ]
}

fn all_settings() -> Vec<ReactionSettings> {
    let undo = Some(UndoSettings { timeout: seconds(5), after: None });
    let limit = RateLimit { at_most: 2, within: seconds(100) };
    vec![
        ReactionSettings { wait: seconds(30), interval: seconds(60), alarms_max: 3, ..sample::settings("slow") },
        ReactionSettings {
            when: when(r#"{"state": ["raised", "updated", "closed"]}"#),
            repeat: Some(seconds(200)),
            ..sample::settings("page")
        },
        ReactionSettings { rate_limit: Some(limit), alarms_max: 2, ..sample::settings("limited") },
        ReactionSettings { undo, resolve: false, alarms_max: 1, ..sample::settings("block") },
    ]
}

/// What a target got: the alarms of each key, and how many it did not get.
type Got = BTreeMap<String, (Purpose, Vec<(AlarmId, AlarmState)>, u64)>;

struct World {
    schedule: ReactionSchedule,
    journal: Vec<u8>,
    now: u64,
    alarms: BTreeMap<u64, Alarm>,
    under_way: [Option<NotificationAttempt>; NAMES.len()],
    got: [Got; NAMES.len()],
}

impl World {
    fn new() -> Self {
        let schedule = ReactionSchedule::new(Deliveries::default(), all_settings(), 3);
        let (under_way, got) = Default::default();
        Self { schedule, journal: Vec::new(), now: 0, alarms: BTreeMap::new(), under_way, got }
    }

    fn write_down(&mut self) {
        for entry in self.schedule.take_entries() {
            entry.write(&mut self.journal).unwrap();
        }
    }

    fn observe(&mut self, alarm: &Alarm) {
        self.schedule.observe(alarm, at(self.now));
        self.write_down();
    }

    fn change(&mut self, number: u64, change: impl Fn(&Alarm) -> Alarm) {
        if let Some(alarm) = self.alarms.get(&number).filter(|alarm| alarm.state != AlarmState::Closed).map(change) {
            self.observe(&alarm);
            self.alarms.insert(number, alarm);
        }
    }

    fn begin(&mut self, index: usize) {
        if self.under_way[index].is_none() {
            self.under_way[index] = self.schedule.step(NAMES[index], at(self.now));
            self.write_down();
        }
    }

    fn answer(&mut self, index: usize, answer: Answer) {
        let Some(attempt) = self.under_way[index].take() else { return };
        if !matches!(answer, Answer::No) {
            let told: Vec<_> = attempt.alarms.iter().map(|alarm| (alarm.id.clone(), alarm.state)).collect();
            let new = (attempt.purpose, told, attempt.withheld);
            let before = self.got[index].entry(attempt.key.clone()).or_insert_with(|| new.clone());
            assert_eq!(*before, new, "one key is one notification");
        }
        let result = if matches!(answer, Answer::Yes) { Ok(()) } else { Err(failure(false, None)) };
        self.schedule.finish(NAMES[index], attempt.purpose, at(self.now), result);
        self.write_down();
    }

    /// All that is known afterwards is what was written; the log is read again from its beginning.
    fn kill(&mut self) {
        let mut deliveries = Deliveries::default();
        for line in self.journal.split_inclusive(|byte| *byte == b'\n') {
            deliveries.apply(&JournalEntry::read(line).unwrap());
        }
        let facts = |deliveries: &Deliveries| deliveries.facts().collect::<Vec<_>>();
        assert_eq!(facts(&deliveries), facts(self.schedule.deliveries()));
        // What a target took just then, nobody knows of.
        for index in 0..NAMES.len() {
            if self.under_way[index].is_some() && self.now.is_multiple_of(2) {
                let attempt = self.under_way[index].clone();
                self.answer(index, Answer::Unheard);
                self.under_way[index] = attempt;
            }
        }
        self.schedule = ReactionSchedule::new(deliveries, all_settings(), self.now);
        self.under_way = Default::default();
        for (number, alarm) in self.alarms.clone() {
            self.observe(&sample::alarm(number));
            self.observe(&alarm);
        }
    }

    fn shorten(&mut self) {
        self.journal.clear();
        for entry in self.schedule.deliveries().facts() {
            entry.write(&mut self.journal).unwrap();
        }
    }

    fn happen(&mut self, happening: &Happening) {
        match *happening {
            Happening::Raise(number) => {
                if let std::collections::btree_map::Entry::Vacant(free) = self.alarms.entry(number) {
                    let alarm = free.insert(sample::alarm(number)).clone();
                    self.observe(&alarm);
                }
            }
            Happening::Update(number) => self.change(number, |alarm| sample::updated(alarm, alarm.count + 1)),
            Happening::Close(number) => self.change(number, sample::closed),
            Happening::Pass(seconds) => self.now += seconds,
            Happening::Begin(index) => self.begin(index),
            Happening::Answer(index, answer) => self.answer(index, answer),
            Happening::Kill => self.kill(),
            Happening::Shorten => self.shorten(),
        }
    }

    /// Everything recovers, and is over.
    fn recover(&mut self) {
        (0..ALARMS).for_each(|number| self.change(number, sample::closed));
        for _ in 0..2000 {
            for index in 0..NAMES.len() {
                self.begin(index);
                self.answer(index, Answer::Yes);
            }
            if self.schedule.is_settled() {
                return;
            }
            self.now += 5;
        }
        panic!("it never ends: {:?}", self.schedule);
    }

    fn check(&self) {
        for (name, got) in NAMES.iter().zip(&self.got) {
            let told = |purpose: Purpose, state: AlarmState| {
                let of_purpose = got.values().filter(move |it| it.0 == purpose).flat_map(|it| &it.1);
                of_purpose.filter(move |it| it.1 == state).map(|it| &it.0)
            };
            let raised: BTreeSet<_> = told(Purpose::Tell, AlarmState::Raised).collect();
            assert_eq!(raised.len(), told(Purpose::Tell, AlarmState::Raised).count(), "{name}: no alarm has two keys");
            let withheld: u64 = got.values().map(|it| it.2).sum();
            assert_eq!(raised.len() as u64 + withheld, self.alarms.len() as u64, "{name}: every alarm was told");
            assert!(withheld == 0 || *name == "limited");
            let (purpose, state) = match *name {
                "block" => (Purpose::Undo, AlarmState::Closed),
                _ => (Purpose::Tell, AlarmState::Closed),
            };
            let over: BTreeSet<_> = told(purpose, state).collect();
            assert_eq!(over.len(), told(purpose, state).count(), "{name}: nothing is over twice");
            assert_eq!(over, raised, "{name}: what was told is told to be over");
        }
        let is_whole = |alarm: &Alarm| self.schedule.deliveries().alarm(&alarm.id).is_some();
        assert!(!self.alarms.values().any(is_whole), "nothing is held any more");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_and_what_is_told_twice_has_the_same_key(happenings in prop::collection::vec(happening(), 1..150)) {
        let mut world = World::new();
        happenings.iter().for_each(|happening| world.happen(happening));
        world.recover();
        world.check();
    }
}
