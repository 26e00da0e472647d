//! The tests' own writer of genuine logs: events to lines as Acra formats them, sealed into chains with a key. It shares no
//! code with the product, so that the two cannot share a misunderstanding. The spelling of a line is left to `spelling`, the
//! wrapping by docker and its like to `wrapping`.

pub mod sealing;
pub mod spelling;
pub mod wrapping;

use std::collections::BTreeMap;

use sealing::{Sealer, json_mac_input};
use serde_json::{Map, Value, json};

/// Lines without terminators.
pub type Lines = Vec<Vec<u8>>;

/// The three formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Plaintext,
    Json,
    Cef,
}

impl Format {
    pub const ALL: [Self; 3] = [Self::Plaintext, Self::Json, Self::Cef];

    /// The word of `--input-format`, and the middle of a fixture's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plaintext => "plaintext",
            Self::Json => "json",
            Self::Cef => "cef",
        }
    }
}

/// What a service has to say, before a format is chosen.
#[derive(Clone, Debug)]
pub struct Event {
    /// Milliseconds since the Unix epoch.
    pub unix_ms: i64,
    /// `debug`, `info`, `warning`, `error`.
    pub level: String,
    pub message: String,
    /// Everything else; numbers are JSON numbers.
    pub fields: BTreeMap<String, Value>,
}

impl Event {
    pub fn new(unix_ms: i64, level: &str, message: &str) -> Self {
        Self { unix_ms, level: level.into(), message: message.into(), fields: BTreeMap::new() }
    }

    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(key.into(), value.into());
        self
    }
}

/// A small generator (splitmix64): the same seed gives the same log on every machine.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is at least 1.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).expect("below a usize")
    }

    pub fn pick<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }
}

/// One instance of a service that writes one log.
pub struct Service {
    format: Format,
    key: [u8; 32],
    clock_ms: i64,
    chance: Chance,
    chain: Option<Sealer>,
}

impl Service {
    pub fn new(format: Format, key: [u8; 32], seed: u64) -> Self {
        // 2025-03-14T00:00:00Z
        Self { format, key, clock_ms: 1_741_910_400_000, chance: Chance::new(seed), chain: None }
    }

    /// The lines before the keystore is open: nothing seals them.
    pub fn start_up(&mut self, count: usize) -> Lines {
        (0..count)
            .map(|step| {
                let message = format!("Starting service acra-server [pid=100] step {step}");
                let event = Event::new(self.tick(), "info", &message);
                spelling::unsigned(self.format, &event)
            })
            .collect()
    }

    /// A chain of `entries` entries, at least 2, the end entry among them.
    pub fn chain(&mut self, entries: usize) -> Lines {
        let mut lines = self.entries(entries - 1);
        lines.push(self.end());
        lines
    }

    /// The next entries of the running chain; a new one begins when none is running.
    pub fn entries(&mut self, count: usize) -> Lines {
        (0..count)
            .map(|_| {
                let event = self.random_event();
                self.write(&event)
            })
            .collect()
    }

    /// One entry that says exactly this.
    pub fn write(&mut self, event: &Event) -> Vec<u8> {
        let format = self.format;
        let (sealer, marker) = self.running();
        seal(format, event, sealer, marker)
    }

    /// One entry that says nothing, in a MAC input of so many bytes; None where the format has no such input. Acra writes
    /// none as short as most of these.
    pub fn write_of_length(&mut self, mac_input_bytes: usize) -> Option<Vec<u8>> {
        let format = self.format;
        let filled = |beginning: &str| {
            let rest = mac_input_bytes.checked_sub(beginning.len())?;
            Some(format!("{beginning}{}", "x".repeat(rest)))
        };
        let line = match format {
            Format::Plaintext => Line::Text(filled("time=")?),
            Format::Cef => Line::Text(filled("CEF:")?),
            Format::Json if mac_input_bytes == 0 => Line::Object(Map::new()),
            // Three delimiters and a value of one digit stand around the key.
            Format::Json => Line::Object(Map::from_iter([("k".repeat(mac_input_bytes.checked_sub(28)?), 0.into())])),
        };
        let (sealer, marker) = self.running();
        Some(line.seal(sealer, marker))
    }

    /// The running chain, or a new one with the marker of its first entry.
    fn running(&mut self) -> (&mut Sealer, Option<&'static str>) {
        match &mut self.chain {
            Some(sealer) => (sealer, None),
            none => (none.insert(Sealer::new(&self.key)), Some("new")),
        }
    }

    /// The end of the running chain.
    pub fn end(&mut self) -> Vec<u8> {
        let now = self.tick();
        self.end_at(now)
    }

    /// The same at another time than that of its clock.
    pub fn end_at(&mut self, unix_ms: i64) -> Vec<u8> {
        let event = Event::new(unix_ms, "info", "End of current audit log chain").with("chain", "end");
        let line = self.write(&event);
        self.chain = None;
        line
    }

    /// A crash: the running chain gets no end.
    pub fn crash(&mut self) {
        self.chain = None;
    }

    /// From now on chains are sealed with this key.
    pub fn rotate_key(&mut self, key: [u8; 32]) {
        self.key = key;
    }

    /// Nothing happens for so long.
    pub fn pause(&mut self, ms: i64) {
        self.clock_ms += ms;
    }

    /// The next moment.
    pub fn tick(&mut self) -> i64 {
        self.clock_ms += 1 + self.chance.below(900) as i64;
        self.clock_ms
    }

    /// Something that happens next.
    pub fn random_event(&mut self) -> Event {
        let now = self.tick();
        let chance = &mut self.chance;
        let mut event = Event::new(now, chance.pick(&["debug", "info", "warning", "error"]), chance.pick(MESSAGES))
            .with("client_id", format!("client-{:03}", chance.below(40)))
            .with("session_id", chance.below(5000));
        if chance.below(3) == 0 {
            event = event.with("code", chance.pick(&[101, 512, 560, 563, 581, 707, 1302]));
        }
        if chance.below(3) == 0 {
            event = event.with("sql", chance.pick(QUERIES));
        }
        if chance.below(5) == 0 {
            event = event.with("duration", chance.below(1_000_000) as f64 / 1024.0);
        }
        if chance.below(9) == 0 {
            event = event.with("key with space", chance.pick(MESSAGES));
        }
        if self.format == Format::Json && chance.below(6) == 0 {
            event = event.with("nested", chance.pick(&nested_values()));
        }
        event
    }
}

const MESSAGES: &[&str] = &[
    "Process query",
    "Can't decrypt binary",
    "Got new connection to AcraServer: 10.0.0.7:51034",
    "message with integrity=deadbeef inside",
    "client said: End of current audit log chain chain=end",
    "bare-word",
    "tab\there, line\nbreak, \"quotes\", back\\slash and a bell \u{7}",
    "",
];

const QUERIES: &[&str] = &[
    "SELECT * FROM users WHERE id = 1",
    "select a, b from t where x <> 'y' and z = \"q\" & 1=1",
    "SELECT '\u{2028}' || 'é' || '日本'",
    "x integrity=44b7f70a5d10623ae34b5fd24816d5616fa58a06f491c6ab50fc556728356d93 chain=new",
    "",
];

fn nested_values() -> [Value; 4] {
    [
        json!({"<x>": null, "a": [1, 2, 3], "b": {"z": true, "c": "&"}}),
        json!([4.090_145_284_844_34e22, 8.209_573_643_640_86e-10, 1e21, 1e20, 1e-6, 1e-7]),
        json!(9_007_199_254_740_992_u64),
        json!([{}, [], "", -0.5]),
    ]
}

/// Seals the next entry of a chain; `marker` is `new` for its first one.
pub fn seal(format: Format, event: &Event, sealer: &mut Sealer, marker: Option<&str>) -> Vec<u8> {
    let line = match format {
        Format::Json => Line::Object(spelling::json_object(event)),
        Format::Plaintext | Format::Cef => Line::Text(spelling::body(format, event)),
    };
    line.seal(sealer, marker)
}

/// A line before it is sealed.
enum Line {
    Object(Map<String, Value>),
    /// What a plaintext or cef line has in front of its seal.
    Text(String),
}

impl Line {
    fn seal(self, sealer: &mut Sealer, marker: Option<&str>) -> Vec<u8> {
        match self {
            Self::Object(mut object) => {
                let seal = sealer.seal(&json_mac_input(&object, spelling::Go::Current));
                object.insert("integrity".into(), seal.into());
                if let Some(marker) = marker {
                    object.insert("chain".into(), marker.into());
                }
                spelling::json(&Value::Object(object), spelling::Go::Current).into_bytes()
            }
            Self::Text(body) => {
                let seal = sealer.seal(body.as_bytes());
                let chain = marker.map(|word| format!(" chain={word}")).unwrap_or_default();
                format!("{body} integrity={seal}{chain}").into_bytes()
            }
        }
    }
}

/// A file of these lines.
pub fn text(lines: &[Vec<u8>]) -> Vec<u8> {
    text_with(lines, b"\n")
}

/// A file of these lines, each ended by `terminator`.
pub fn text_with(lines: &[Vec<u8>], terminator: &[u8]) -> Vec<u8> {
    lines.iter().flat_map(|line| [line.as_slice(), terminator]).flatten().copied().collect()
}

/// The lines of a file.
pub fn lines(text: &[u8]) -> Lines {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    text.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect()
}

/// Writes several logs into one stream, each in its own order, and a line at most so long after a younger one of another.
pub fn interleave(seed: u64, logs: &[Lines]) -> Lines {
    const LATE_MS_MAX: i64 = 2000;
    let time_of = |line: &Vec<u8>| acralog::internals::time_of(line).map_or(0, |time| time.unix_ms);
    let mut chance = Chance::new(seed);
    let mut left: Vec<_> = logs.iter().map(|log| log.iter().peekable()).collect();
    let mut merged = Lines::new();
    loop {
        let times: Vec<i64> = left.iter_mut().map(|log| log.peek().map_or(i64::MAX, |line| time_of(line))).collect();
        let Some(oldest) = times.iter().copied().filter(|time| *time < i64::MAX).min() else { return merged };
        let ready: Vec<usize> =
            (0..left.len()).filter(|&log| times[log] <= oldest.saturating_add(LATE_MS_MAX)).collect();
        merged.extend(left[chance.pick(&ready)].next().cloned());
    }
}
