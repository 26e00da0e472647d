//! Every number that a watch tells Prometheus, and the two text formats it tells them in. The numbers of each log are in `streams`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _, prometheus_text, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use strum::{IntoStaticStr, VariantArray};

use super::labels::{LabelValues, OTHER};
use super::streams::{StreamMetrics, Streams, TimeSource, seconds};
use crate::entry::LogTime;
use crate::verdict::code::Demands;
use crate::watch::{Alarm, AlarmKind, AlarmState};

/// Reactions with a label of their own.
const REACTIONS_MAX: usize = 100;

/// Keys with a label of their own.
const KEYS_MAX: usize = 32;

/// A text format of metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exposition {
    /// The text format of Prometheus, version 0.0.4, which everything reads.
    Prometheus,
    /// OpenMetrics, version 1.0.0.
    OpenMetrics,
}

impl Exposition {
    /// Its media type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => prometheus_text::CONTENT_TYPE,
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// How an attempt of a reaction went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum ReactionResult {
    /// It was told.
    Delivered,
    /// It failed, and is tried again.
    Failed,
    /// It failed, and is not tried again: nobody was told.
    Abandoned,
    /// The rate limit held it back; the next one says how many were.
    Withheld,
    /// It would have been told.
    DryRun,
}

impl ReactionResult {
    /// The word in the label.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabel {
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReactionLabel {
    reaction: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResultLabels {
    reaction: String,
    result: &'static str,
}

/// A number that is not there before it is set.
type Optional<G> = Family<[(&'static str, &'static str); 0], G>;

/// The numbers of a watch. All of them may be set from any thread, and are cheap to set.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    streams: Arc<Streams>,
    keys: Arc<Keys>,
    alarms_raised: Family<KindLabel, Counter>,
    alarms_open: Family<KindLabel, Gauge<u64, AtomicU64>>,
    reactions: Family<ResultLabels, Counter>,
    reactions_pending: Family<ReactionLabel, Gauge<u64, AtomicU64>>,
    reaction_names: Mutex<LabelValues>,
    journal_durable: Optional<Gauge>,
    reload_successful: Optional<Gauge>,
    reload_time: Optional<Gauge<f64, AtomicU64>>,
    clock: TimeSource,
}

impl Metrics {
    /// Nothing was counted yet. The demands say what a finding weighs. This is when the process started, as far as is told.
    pub fn new(demands: &Demands) -> Self {
        Self::with_clock(demands, LogTime::now)
    }

    pub(super) fn with_clock(demands: &Demands, clock: TimeSource) -> Self {
        let mut metrics = Self {
            registry: Registry::default(),
            streams: Arc::new(Streams::new(demands, clock)),
            keys: Arc::new(Keys { used_since: Mutex::new(BTreeMap::new()), clock }),
            alarms_raised: Family::default(),
            alarms_open: Family::default(),
            reactions: Family::default(),
            reactions_pending: Family::default(),
            reaction_names: Mutex::new(LabelValues::at_most(REACTIONS_MAX)),
            journal_durable: Family::default(),
            reload_successful: Family::default(),
            reload_time: Family::default(),
            clock,
        };
        metrics.register();
        // Prometheus sees an increase only of what was there before.
        for kind in AlarmKind::all().map(|kind| KindLabel { kind: kind.name() }) {
            metrics.alarms_raised.get_or_create_owned(&kind);
            metrics.alarms_open.get_or_create_owned(&kind);
        }
        metrics
    }

    fn register(&mut self) {
        let start = Gauge::<f64, AtomicU64>::default();
        start.set(seconds((self.clock)().unix_ms));
        let help = "Unix time at which the process started";
        self.registry.register_with_unit("process_start_time", help, Unit::Seconds, start);
        let own = self.registry.sub_registry_with_prefix("acralog");
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        own.register("build", "The version of acralog", build);
        own.register_collector(Box::new(Arc::clone(&self.streams)));
        own.register_collector(Box::new(Arc::clone(&self.keys)));
        own.register("alarms_raised", "Alarms raised by their kind", self.alarms_raised.clone());
        own.register("alarms_open", "Alarms that are not closed, by their kind", self.alarms_open.clone());
        let help = "Attempts of reactions and how they went";
        own.register("reactions", help, self.reactions.clone());
        let help = "Notifications that wait to be told, or to be tried again";
        own.register("reactions_pending", help, self.reactions_pending.clone());
        let help = "1 while alarms are on disk before anything is done about them, 0 while they cannot be written";
        own.register("journal_durable", help, self.journal_durable.clone());
        let help = "1 when the configuration was good when it was read last, 0 when an older one is in force";
        own.register("config_last_reload_successful", help, self.reload_successful.clone());
        let help = "Unix time at which the configuration in force was read";
        let name = "config_last_reload_success_timestamp";
        own.register_with_unit(name, help, Unit::Seconds, self.reload_time.clone());
    }

    /// The numbers of a log that begins to be followed. Logs beyond the first 64 share a label.
    pub fn stream(&self, name: &str) -> StreamMetrics {
        self.streams.follow(name)
    }

    /// An alarm changed. One that was made up is not counted.
    pub fn alarm(&self, alarm: &Alarm) {
        if alarm.test {
            return;
        }
        let kind = KindLabel { kind: alarm.kind.name() };
        match alarm.state {
            AlarmState::Raised => {
                self.alarms_raised.get_or_create(&kind).inc();
                self.alarms_open.get_or_create(&kind).inc();
            }
            AlarmState::Updated => {}
            AlarmState::Closed => {
                let open = self.alarms_open.get_or_create_owned(&kind);
                // One that was raised before a restart and is not known to be open is no reason to go below zero.
                let _ = open.inner().fetch_update(Ordering::Relaxed, Ordering::Relaxed, |open| open.checked_sub(1));
            }
        }
    }

    /// A reaction is configured: its counters begin at zero.
    pub fn know_reaction(&self, name: &str) {
        let reaction = self.reaction_label(name);
        for result in ReactionResult::VARIANTS {
            self.reactions.get_or_create_owned(&ResultLabels { reaction: reaction.clone(), result: result.name() });
        }
        self.reactions_pending.get_or_create_owned(&ReactionLabel { reaction });
    }

    /// A reaction was tried so often.
    pub fn add_reactions(&self, name: &str, result: ReactionResult, times: u64) {
        let labels = ResultLabels { reaction: self.reaction_label(name), result: result.name() };
        self.reactions.get_or_create(&labels).inc_by(times);
    }

    /// How many notifications of a reaction wait.
    pub fn set_reactions_pending(&self, name: &str, pending: u64) {
        let reaction = self.reaction_label(name);
        // What shares a label overwrites one another, and says nothing.
        if reaction != OTHER {
            self.reactions_pending.get_or_create(&ReactionLabel { reaction }).set(pending);
        }
    }

    fn reaction_label(&self, name: &str) -> String {
        self.reaction_names.lock().of(name).to_string()
    }

    /// Whether alarms can be written to disk. Without a journal it is never said.
    pub fn set_journal_durable(&self, durable: bool) {
        self.journal_durable.get_or_create(&[]).set(durable.into());
    }

    /// The configuration was read, at the start or again, and is in force or was refused.
    pub fn config_read(&self, accepted: bool) {
        self.reload_successful.get_or_create(&[]).set(accepted.into());
        if accepted {
            self.reload_time.get_or_create(&[]).set(seconds((self.clock)().unix_ms));
        }
    }

    /// The time of the earliest entry that a key sealed, by the fingerprint of that: it is at least as old. Keys beyond the first 32 are
    /// left out.
    pub fn set_key_used_since(&self, fingerprint: &str, since: LogTime) {
        let mut keys = self.keys.used_since.lock();
        if keys.len() < KEYS_MAX || keys.contains_key(fingerprint) {
            let known = keys.entry(fingerprint.to_owned()).or_insert(since);
            *known = (*known).min(since);
        }
    }

    /// All of it.
    pub fn encode(&self, exposition: Exposition) -> String {
        let mut page = String::new();
        let written = match exposition {
            Exposition::Prometheus => prometheus_text::encode(&mut page, &self.registry),
            Exposition::OpenMetrics => text::encode(&mut page, &self.registry),
        };
        written.expect("a string takes everything");
        page
    }
}

/// The keys that verify, and since when they are in use.
#[derive(Debug)]
struct Keys {
    used_since: Mutex<BTreeMap<String, LogTime>>,
    clock: TimeSource,
}

impl Collector for Keys {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let used_since = self.used_since.lock().clone();
        let help = "Time since the earliest entry read that a key sealed: it is at least that old.";
        let mut metric = encoder.encode_descriptor("key_age", help, Some(&Unit::Seconds), MetricType::Gauge)?;
        for (fingerprint, since) in used_since {
            let age = seconds((self.clock)().unix_ms.saturating_sub(since.unix_ms));
            ConstGauge::new(age).encode(metric.encode_family(&[("key", Cow::from(fingerprint))])?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
