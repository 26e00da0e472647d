//! The numbers of each log that is followed: counters that stay, and gauges that end when the log is followed no more. Several threads
//! write them while they are read; nobody waits for another.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeGaugeValue, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

use super::labels::LabelValues;
use crate::entry::LogTime;
use crate::verdict::code::{Class, Code, Demands};

/// Logs with a label of their own.
const STREAMS_MAX: usize = 64;

/// Tells what time it is.
pub(super) type TimeSource = fn() -> LogTime;

/// The numbers of one log. A clone is the same numbers; where the last one ends, so do the gauges.
#[derive(Clone, Debug)]
pub struct StreamMetrics {
    counters: Arc<Counters>,
    gauges: Arc<Gauges>,
}

impl StreamMetrics {
    /// Lines were read: entries among them, their bytes with line ends, and those without a seal, entries or not.
    pub fn add_lines(&self, entries: u64, bytes: u64, unsealed: u64) {
        self.counters.entries.fetch_add(entries, Ordering::Relaxed);
        self.counters.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.counters.unsealed.fetch_add(unsealed, Ordering::Relaxed);
    }

    /// Something was found.
    pub fn finding(&self, code: Code) {
        if let Some(counter) = self.counters.findings.get(index(code)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What stands in the log and was not looked at yet, and since when the oldest of it stands there.
    pub fn set_lag(&self, bytes: u64, oldest: Duration) {
        self.gauges.lag_bytes.set(Some(i64::try_from(bytes).unwrap_or(i64::MAX)));
        self.gauges.lag_ms.set(Some(i64::try_from(oldest.as_millis()).unwrap_or(i64::MAX)));
    }

    /// The time that the last entry states whose seal was verified.
    pub fn set_verified_position(&self, time: Option<LogTime>) {
        self.gauges.verified.set(time.map(|time| time.unix_ms));
    }

    /// Up to which of its own times the log is proven without a hole; None where nothing is.
    pub fn set_proven_until(&self, time: Option<LogTime>) {
        self.gauges.proven_until.set(time.map(|time| time.unix_ms));
    }

    /// The time of the first entry of the chain that is open; None where none is.
    pub fn set_open_chain(&self, since: Option<LogTime>) {
        self.gauges.open_since.set(since.map(|time| time.unix_ms));
    }
}

/// Only ever grow.
#[derive(Debug)]
struct Counters {
    entries: AtomicU64,
    bytes: AtomicU64,
    unsealed: AtomicU64,
    /// In the order of [`Code::ALL`].
    findings: [AtomicU64; Code::ALL.len()],
}

impl Default for Counters {
    fn default() -> Self {
        let zero = || AtomicU64::new(0);
        Self { entries: zero(), bytes: zero(), unsealed: zero(), findings: std::array::from_fn(|_| zero()) }
    }
}

fn index(code: Code) -> usize {
    // The variants are those of `Code::ALL`, in its order.
    code as usize
}

#[derive(Debug, Default)]
struct Gauges {
    lag_bytes: Reading,
    lag_ms: Reading,
    /// Times are milliseconds since 1970.
    verified: Reading,
    proven_until: Reading,
    open_since: Reading,
}

/// A number, or none.
struct Reading(AtomicI64);

impl Reading {
    const NONE: i64 = i64::MIN;

    fn set(&self, value: Option<i64>) {
        self.0.store(value.unwrap_or(Self::NONE), Ordering::Relaxed);
    }

    fn get(&self) -> Option<i64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|value| *value != Self::NONE)
    }
}

impl Default for Reading {
    fn default() -> Self {
        Self(AtomicI64::new(Self::NONE))
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(out)
    }
}

/// All logs.
#[derive(Debug)]
pub(super) struct Streams {
    series: Mutex<Series>,
    classes: Vec<Class>,
    clock: TimeSource,
}

#[derive(Debug)]
struct Series {
    labels: LabelValues,
    counters: BTreeMap<Arc<str>, Arc<Counters>>,
    /// Those that somebody still writes; several of one label where logs share it.
    gauges: Vec<(Arc<str>, Weak<Gauges>)>,
}

impl Streams {
    pub(super) fn new(demands: &Demands, clock: TimeSource) -> Self {
        Self {
            series: Mutex::new(Series {
                labels: LabelValues::at_most(STREAMS_MAX),
                counters: BTreeMap::new(),
                gauges: Vec::new(),
            }),
            classes: Code::ALL.iter().map(|code| demands.class(*code)).collect(),
            clock,
        }
    }

    /// A log begins to be followed. One of the same name goes on with its counters.
    pub(super) fn follow(&self, name: &str) -> StreamMetrics {
        let mut series = self.series.lock();
        let label = series.labels.of(name);
        let counters = Arc::clone(series.counters.entry(Arc::clone(&label)).or_default());
        let gauges = Arc::new(Gauges::default());
        series.gauges.retain(|(_, gauges)| gauges.strong_count() > 0);
        series.gauges.push((label, Arc::downgrade(&gauges)));
        StreamMetrics { counters, gauges }
    }
}

impl Collector for Streams {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let (counters, gauges) = {
            let series = self.series.lock();
            let gauges =
                series.gauges.iter().filter_map(|(label, gauges)| Some((Arc::clone(label), gauges.upgrade()?)));
            (series.counters.clone(), gauges.collect::<Vec<_>>())
        };
        let mut page = Page { encoder: &mut encoder, counters: &counters, gauges: &gauges };
        page.counters(&self.classes)?;
        page.gauges((self.clock)())
    }
}

/// What is written at once.
struct Page<'p, 'e> {
    encoder: &'p mut DescriptorEncoder<'e>,
    counters: &'p BTreeMap<Arc<str>, Arc<Counters>>,
    gauges: &'p [(Arc<str>, Arc<Gauges>)],
}

impl Page<'_, '_> {
    fn counters(&mut self, classes: &[Class]) -> fmt::Result {
        self.counter("entries", "Entries read", None, |counters| &counters.entries)?;
        self.counter("read", "Bytes read, with their line ends", Some(Unit::Bytes), |counters| &counters.bytes)?;
        self.counter("unsealed_lines", "Lines read that carry no seal", None, |counters| &counters.unsealed)?;
        let help = "Findings by their code and what they weigh.";
        let mut findings = self.encoder.encode_descriptor("findings", help, None, MetricType::Counter)?;
        for (stream, counters) in self.counters {
            for ((code, class), counter) in Code::ALL.iter().zip(classes).zip(&counters.findings) {
                let count = counter.load(Ordering::Relaxed);
                // Prometheus sees an increase only of what was there before: what matters most begins at zero.
                if count == 0 && *class != Class::Tampered {
                    continue;
                }
                let labels = [("stream", &**stream), ("code", code.name()), ("class", class.name())];
                ConstCounter::new(count).encode(findings.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }

    fn counter(
        &mut self,
        name: &str,
        help: &str,
        unit: Option<Unit>,
        value: impl Fn(&Counters) -> &AtomicU64,
    ) -> fmt::Result {
        let help = format!("{help}.");
        let mut metric = self.encoder.encode_descriptor(name, &help, unit.as_ref(), MetricType::Counter)?;
        for (stream, counters) in self.counters {
            let count = ConstCounter::new(value(counters).load(Ordering::Relaxed));
            count.encode(metric.encode_family(&[("stream", &**stream)])?)?;
        }
        Ok(())
    }

    fn gauges(&mut self, now: LogTime) -> fmt::Result {
        // Of logs that share a label the worst is told: the longest lag, the oldest time.
        self.gauge(
            "lag",
            "Bytes that stand in the log and were not looked at yet",
            &Unit::Bytes,
            |gauges| gauges.lag_bytes.get(),
            i64::max,
            |bytes| bytes,
        )?;
        self.gauge(
            "lag",
            "How long the oldest of them stands there",
            &Unit::Seconds,
            |gauges| gauges.lag_ms.get(),
            i64::max,
            seconds,
        )?;
        self.gauge(
            "verified_position_timestamp",
            "Unix time that the last entry states whose seal was verified, 0 before the first one",
            &Unit::Seconds,
            |gauges| Some(gauges.verified.get().unwrap_or(0)),
            i64::min,
            seconds,
        )?;
        self.gauge(
            "proven_until",
            "Unix time up to which the log is proven without a hole, by its own times, 0 where nothing is",
            &Unit::Seconds,
            |gauges| Some(gauges.proven_until.get().unwrap_or(0)),
            i64::min,
            seconds,
        )?;
        self.gauge(
            "open_chain_age",
            "Time since the first entry of the chain that is open",
            &Unit::Seconds,
            |gauges| gauges.open_since.get(),
            i64::min,
            |since| seconds(now.unix_ms.saturating_sub(since)),
        )?;
        let help = "Logs that are followed.";
        let metric = self.encoder.encode_descriptor("logs_followed", help, None, MetricType::Gauge)?;
        ConstGauge::new(i64::try_from(self.gauges.len()).unwrap_or(i64::MAX)).encode(metric)
    }

    fn gauge<V: EncodeGaugeValue>(
        &mut self,
        name: &str,
        help: &str,
        unit: &Unit,
        value: impl Fn(&Gauges) -> Option<i64>,
        worst: fn(i64, i64) -> i64,
        shown: impl Fn(i64) -> V,
    ) -> fmt::Result {
        let mut values: BTreeMap<&str, i64> = BTreeMap::new();
        for (stream, gauges) in self.gauges {
            if let Some(value) = value(gauges) {
                values.entry(stream).and_modify(|known| *known = worst(*known, value)).or_insert(value);
            }
        }
        let help = format!("{help}.");
        let mut metric = self.encoder.encode_descriptor(name, &help, Some(unit), MetricType::Gauge)?;
        for (stream, value) in values {
            let labels = [("stream", stream)];
            let mut series = metric.encode_family(&labels)?;
            series.encode_gauge(&shown(value))?;
        }
        Ok(())
    }
}

/// Of milliseconds.
pub(super) fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}
