//! Statistics as Prometheus reads them: text exposition format 0.0.4.
//!
//! <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>; names by
//! <https://prometheus.io/docs/practices/naming/>.

use super::{Histogram, ProducerStats, SinkStats, Stats, WorkerStats};
use std::fmt::{self, Display, Write as _};
use std::time::Duration;

/// Buckets of times: from 2^10 ns, about a microsecond, by factors of four to 69 seconds.
const TIMES: [u32; 14] = [10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36];
/// Buckets of sizes in bytes: from 64 to 16 MiB.
const SIZES: [u32; 10] = [6, 8, 10, 12, 14, 16, 18, 20, 22, 24];
/// Buckets of counts of records: from 1 to 65,536.
const RECORDS: [u32; 9] = [0, 2, 4, 6, 8, 10, 12, 14, 16];

const NANOS: f64 = 1e9;

/// The text, as far as it is written.
#[derive(Default)]
struct Exposition(String);

/// What tells a series from others of its metric: names, and values that are escaped.
type Labels<'l> = [(&'static str, &'l str)];

impl Stats {
    /// All counts as Prometheus reads them, in its text format 0.0.4, whose content type is
    /// `text/plain; version=0.0.4`.
    ///
    /// What each metric means is told in `docs/statistics.md`.
    ///
    /// ```
    /// use ringlog::{Builder, info, sink};
    ///
    /// let runtime = Builder::new().sink(sink::Null::new()).start()?;
    /// info!(logger: runtime, "hello");
    /// runtime.flush().expect("no worker's own thread");
    /// let text = runtime.stats().to_prometheus();
    /// assert!(text.contains("\nringlog_records_written_total{ring=\"0\"} 1\n"));
    /// # Ok::<_, ringlog::StartError>(())
    /// ```
    #[must_use]
    pub fn to_prometheus(&self) -> String {
        let mut text = Exposition::default();
        text.producers(&self.producers);
        text.workers(&self.workers);
        text.sinks(&self.sinks);
        let help = "Log calls that found no ring, as after shutdown.";
        text.family("ringlog_records_lost_total", "counter", help);
        text.sample("ringlog_records_lost_total", &[], self.lost_after_shutdown);
        text.0
    }
}

/// A number of seconds.
fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

impl Exposition {
    fn producers(&mut self, producers: &[ProducerStats]) {
        let names = numbers(producers.len());
        self.family(
            "ringlog_ring_info",
            "gauge",
            "Always 1; the labels name the thread that owns the ring, or did last.",
        );
        for (name, producer) in names.iter().zip(producers) {
            let id = producer.thread_id.to_string();
            let labels = [("ring", name.as_str()), ("thread", &producer.thread), ("thread_id", &id)];
            self.sample("ringlog_ring_info", &labels, 1);
        }
        let mut each = |name: &str, kind: &str, help: &str, value: fn(&ProducerStats) -> f64| {
            self.family(name, kind, help);
            for (ring, producer) in names.iter().zip(producers) {
                self.sample(name, &[("ring", ring)], value(producer));
            }
        };
        let counter = "counter";
        each("ringlog_records_attempted_total", counter, "Log calls of enabled statements.", |p| {
            p.attempted as f64
        });
        each(
            "ringlog_records_written_total",
            counter,
            "Records that all of their sinks have written.",
            |p| p.written as f64,
        );
        each(
            "ringlog_records_dropped_total",
            counter,
            "Records that were dropped: the ring was full, or a backtrace let them go.",
            |p| p.dropped as f64,
        );
        each(
            "ringlog_records_discarded_total",
            counter,
            "Those of the dropped records that a backtrace had kept.",
            |p| p.discarded as f64,
        );
        each("ringlog_records_failed_total", counter, "Records that at least one sink did not write.", |p| {
            p.failed as f64
        });
        each(
            "ringlog_records_boxed_total",
            counter,
            "Records too long for the ring, which went to the heap.",
            |p| p.boxed as f64,
        );
        each("ringlog_records_in_flight", "gauge", "Records on their way.", |p| p.in_flight as f64);
        each(
            "ringlog_ring_read_bytes_total",
            counter,
            "Bytes that were taken from the ring and the heap.",
            |p| p.bytes as f64,
        );
        each("ringlog_ring_waits_total", counter, "Log calls that waited for room.", |p| p.waits as f64);
        each("ringlog_ring_blocked_seconds_total", counter, "Time that log calls waited for room.", |p| {
            seconds(p.blocked)
        });
        each("ringlog_ring_capacity_bytes", "gauge", "The ring's size.", |p| p.ring_capacity as f64);
        each("ringlog_ring_high_water_bytes", "gauge", "The most that was seen to wait in the ring.", |p| {
            p.ring_high_water as f64
        });
    }

    fn workers(&mut self, workers: &[WorkerStats]) {
        let names = numbers(workers.len());
        let mut each = |name: &str, kind: &str, help: &str, value: fn(&WorkerStats) -> f64| {
            self.family(name, kind, help);
            for (worker, stats) in names.iter().zip(workers) {
                self.sample(name, &[("worker", worker)], value(stats));
            }
        };
        let counter = "counter";
        each("ringlog_worker_rings", "gauge", "Rings that the worker drains.", |w| w.rings as f64);
        each("ringlog_worker_failed_records_total", counter, "Records whose formatting panicked.", |w| {
            w.failed as f64
        });
        each(
            "ringlog_worker_holds_exceeded_total",
            counter,
            "Log calls that were passed by, for they had held up records of other threads for too long.",
            |w| w.holds_exceeded as f64,
        );
        each(
            "ringlog_worker_blocked_seconds_total",
            counter,
            "Time that the worker waited for sinks.",
            |w| seconds(w.blocked),
        );
        let labels: Vec<_> = names.iter().map(|name| [("worker", name.as_str())]).collect();
        let mut each = |name: &str, help: &str, bounds: &[u32], value: fn(&WorkerStats) -> &Histogram| {
            self.family(name, "histogram", help);
            for (labels, stats) in labels.iter().zip(workers) {
                self.histogram(name, labels, value(stats), bounds, 1.0);
            }
        };
        each(
            "ringlog_worker_batch_records",
            "Records of each batch that was sent to sinks.",
            &RECORDS,
            |w| &w.batch_records,
        );
        each("ringlog_worker_batch_bytes", "Bytes of each batch that was sent to sinks.", &SIZES, |w| {
            &w.batch_bytes
        });
    }

    fn sinks(&mut self, sinks: &[SinkStats]) {
        let names = numbers(sinks.len());
        let labels: Vec<_> = names
            .iter()
            .zip(sinks)
            .map(|(sink, stats)| [("sink", sink.as_str()), ("name", &*stats.name)])
            .collect();
        let mut each = |name: &str, help: &str, value: fn(&SinkStats) -> u64| {
            self.family(name, "counter", help);
            for (labels, stats) in labels.iter().zip(sinks) {
                self.sample(name, labels, value(stats));
            }
        };
        each("ringlog_sink_records_total", "Records that the sink, or its fallback, has written.", |s| {
            s.records
        });
        each("ringlog_sink_written_bytes_total", "Bytes that the sink, or its fallback, has written.", |s| {
            s.bytes
        });
        each("ringlog_sink_failed_records_total", "Records that the sink has failed to write.", |s| s.failed);
        each(
            "ringlog_sink_shed_records_total",
            "Records that passed the sink by while it was behind.",
            |s| s.shed,
        );
        each("ringlog_sink_fallback_records_total", "Records that its fallback has written.", |s| {
            s.fallen_back
        });
        each("ringlog_sink_retries_total", "Writes that were tried again.", |s| s.retries);
        each("ringlog_sink_failed_syncs_total", "Syncs that failed.", |s| s.failed_syncs);
        let mut each =
            |name: &str, help: &str, bounds: &[u32], unit: f64, value: fn(&SinkStats) -> &Histogram| {
                self.family(name, "histogram", help);
                for (labels, stats) in labels.iter().zip(sinks) {
                    self.histogram(name, labels, value(stats), bounds, unit);
                }
            };
        each("ringlog_sink_batch_records", "Records of each batch written.", &RECORDS, 1.0, |s| {
            &s.batch_records
        });
        each("ringlog_sink_batch_bytes", "Bytes of each batch written.", &SIZES, 1.0, |s| &s.batch_bytes);
        each("ringlog_sink_write_seconds", "How long each write took.", &TIMES, NANOS, |s| &s.write_latency);
        each("ringlog_sink_sync_seconds", "How long each sync took.", &TIMES, NANOS, |s| &s.sync_latency);
    }

    fn family(&mut self, name: &str, kind: &str, help: &str) {
        self.line(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
    }

    fn sample(&mut self, name: &str, labels: &Labels<'_>, value: impl Display) {
        self.line(format_args!("{name}{} {value}\n", Braces(labels)));
    }

    /// A histogram with bounds at powers of two, where counts are exact. `unit`: how many of its values are
    /// one.
    fn histogram(
        &mut self,
        name: &str,
        labels: &Labels<'_>,
        histogram: &Histogram,
        bounds: &[u32],
        unit: f64,
    ) {
        let mut all: Vec<(&'static str, &str)> = labels.to_vec();
        let bucket = format!("{name}_bucket");
        for bound in bounds.iter().map(|exponent| 1_u64 << exponent) {
            let text = (bound as f64 / unit).to_string();
            let mut all = all.clone();
            all.push(("le", &text));
            self.sample(&bucket, &all, histogram.count_up_to(bound));
        }
        all.push(("le", "+Inf"));
        self.sample(&bucket, &all, histogram.count());
        self.sample(&format!("{name}_sum"), labels, histogram.sum() as f64 / unit);
        self.sample(&format!("{name}_count"), labels, histogram.count());
    }

    fn line(&mut self, line: fmt::Arguments<'_>) {
        self.0.write_fmt(line).expect("a String takes all");
    }
}

fn numbers(len: usize) -> Vec<String> {
    (0..len).map(|number| number.to_string()).collect()
}

/// Labels in braces, if there are any.
struct Braces<'l>(&'l Labels<'l>);

impl Display for Braces<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (name, value)) in self.0.iter().enumerate() {
            let before = if place == 0 { '{' } else { ',' };
            write!(f, "{before}{name}=\"")?;
            for character in value.chars() {
                match character {
                    '\\' => f.write_str("\\\\")?,
                    '"' => f.write_str("\\\"")?,
                    '\n' => f.write_str("\\n")?,
                    character => f.write_char(character)?,
                }
            }
            f.write_char('"')?;
        }
        if self.0.is_empty() { Ok(()) } else { f.write_char('}') }
    }
}
