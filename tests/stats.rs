//! Statistics: what they count, and that Prometheus can read them.

mod common;

use common::{Captured, Gate, close};
use openmetrics_parser::prometheus::parse_prometheus;
use openmetrics_parser::{PrometheusType, PrometheusValue};
use ringlog::{Builder, Histogram, Overflow, Runtime, Stats, info, sink};
use std::io;
use std::time::Duration;

/// A sink of a name of one's own that waits at a gate, and fails where it is told to.
struct Gated {
    name: &'static str,
    gate: Gate,
    fails: bool,
}

impl sink::Sink for Gated {
    fn name(&self) -> String {
        self.name.into()
    }

    fn write(&mut self, _: &[u8]) -> io::Result<()> {
        self.gate.pass();
        if self.fails { Err(io::Error::other("told to")) } else { Ok(()) }
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.fails { Err(io::Error::other("told to")) } else { Ok(()) }
    }
}

fn quiet() -> Builder {
    Builder::new().filter("trace").on_error(|_| {})
}

fn each_batch_is_one_record(runtime: &Runtime, records: u64) {
    for number in 0..records {
        info!(logger: runtime, "record {number}");
        runtime.flush().unwrap();
    }
}

#[test]
fn records_bytes_and_batches_are_the_same_on_their_whole_way() {
    let captured = Captured::new();
    let runtime = quiet().sink(captured.sink()).start().unwrap();
    each_batch_is_one_record(&runtime, 10);
    let stats = close(&runtime).stats;
    let (worker, sink) = (&stats.workers[0], &stats.sinks[0]);
    assert_eq!((stats.workers.len(), worker.rings), (1, 1));
    let bytes = captured.text().len() as u64;
    assert_eq!((worker.records, worker.bytes, worker.failed), (10, bytes, 0));
    assert_eq!((sink.records, sink.bytes, sink.batches), (10, bytes, 10));
    assert_eq!((sink.batch_records.count(), sink.batch_records.max()), (10, Some(1)));
    assert_eq!((sink.batch_bytes.sum(), sink.batch_bytes.max()), (bytes, Some(9)));
    assert_eq!(
        (worker.batch_records.clone(), worker.batch_bytes.clone()),
        (sink.batch_records.clone(), sink.batch_bytes.clone())
    );
    assert_eq!(sink.write_latency.count(), 10);
    let producer = &stats.producers[0];
    // Frame, argument; and the record that says whose the ring is.
    assert_eq!(producer.bytes, 10 * 4 * 8 + 5 * 8);
    assert_eq!((producer.ring_capacity, producer.waits, producer.blocked), (1 << 20, 0, Duration::ZERO));
    assert!(producer.ring_high_water >= 4 * 8 && producer.ring_high_water <= producer.bytes, "{producer:?}");
}

#[test]
fn a_full_ring_shows_in_its_high_water_mark_and_in_the_time_blocked() {
    let gate = Gate::new();
    let runtime = quiet()
        .ring_capacity(4096)
        .sink(Gated { name: "slow", gate: gate.clone(), fails: false })
        .start()
        .unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..2_000_u64 {
                // Longer than a batch, so that the sink's queue and the ring fill up.
                info!(logger: runtime, "{number:>5000}");
            }
        });
        // Waits that go on are told of.
        let is_blocked =
            |stats: Stats| !stats.total().blocked.is_zero() && !stats.workers[0].blocked.is_zero();
        while !is_blocked(runtime.stats()) {
            std::thread::yield_now();
        }
        gate.open();
    });
    let stats = close(&runtime).stats;
    let producer = &stats.producers[0];
    assert_eq!(producer.written, 2_000);
    assert!(producer.waits > 0 && producer.blocked > Duration::ZERO, "{producer:?}");
    assert_eq!(producer.ring_capacity, 4096);
    assert!((3072..=4096).contains(&producer.ring_high_water), "{producer:?}");
}

#[test]
fn a_record_on_the_heap_counts_with_its_bytes() {
    let runtime = quiet().ring_capacity(512).sink(sink::Null::new()).start().unwrap();
    info!(logger: runtime, "{}", "x".repeat(10_000));
    let producer = &close(&runtime).stats.producers[0];
    assert_eq!(producer.boxed, 1);
    assert!((10_000..10_300).contains(&producer.bytes), "{producer:?}");
}

#[test]
fn writes_and_syncs_are_timed_whatever_they_come_to() {
    let gate = Gate::new();
    gate.open();
    let runtime = quiet().sink(Gated { name: "bad", gate: gate.clone(), fails: true }).start().unwrap();
    each_batch_is_one_record(&runtime, 3);
    let sink = &close(&runtime).stats.sinks[0];
    assert_eq!((sink.failed, sink.write_latency.count(), sink.batch_records.count()), (3, 3, 0));
    let runtime = quiet().sink(Gated { name: "good", gate, fails: false }).start().unwrap();
    each_batch_is_one_record(&runtime, 3);
    let sink = &close(&runtime).stats.sinks[0];
    assert_eq!((sink.write_latency.count(), sink.sync_latency.count(), sink.failed_syncs), (3, 1, 0));
}

#[test]
fn a_write_that_was_given_up_counts_with_its_limit() {
    let (gate, limit) = (Gate::new(), Duration::from_millis(20));
    let sink = sink::with(Gated { name: "hangs", gate: gate.clone(), fails: false }).call_limit(limit);
    let runtime = quiet().sink(sink).start().unwrap();
    info!(logger: runtime, "lost");
    runtime.flush().unwrap();
    let writes: Histogram = runtime.stats().sinks[0].write_latency.clone();
    assert_eq!((writes.count(), writes.sum()), (1, limit.as_nanos() as u64));
    gate.open();
    close(&runtime);
}

/// Statistics with a bit of everything, of two rings and three sinks.
fn lively() -> Stats {
    let gate = Gate::new();
    gate.open();
    let runtime = quiet()
        .overflow(Overflow::DropNewest)
        .sink(sink::Null::new())
        .sink(Gated { name: "C:\\logs\n\"app\".log", gate: gate.clone(), fails: false })
        .sink(Gated { name: "bad", gate, fails: true })
        .start()
        .unwrap();
    each_batch_is_one_record(&runtime, 7);
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("a \"b\"\\c\nd {e=\"f\"}".into());
        thread.spawn_scoped(scope, || info!(logger: runtime, "from there")).unwrap();
    });
    close(&runtime).stats
}

#[test]
fn a_prometheus_parser_reads_all_of_it() {
    let stats = lively();
    let text = stats.to_prometheus();
    let parsed = parse_prometheus(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let value = |name: &str, labels: &[(&str, &str)]| {
        let family = parsed.families.get(name).unwrap_or_else(|| panic!("no {name} in {text}"));
        assert!(!family.help.is_empty(), "{name}");
        let fits = |sample: &openmetrics_parser::Sample<PrometheusValue>| {
            labels.iter().all(|(key, value)| {
                sample.get_labelset().is_ok_and(|set| set.get_label_value(key) == Some(value))
            })
        };
        let mut found = family.iter_samples().filter(|sample| fits(sample));
        let one = found.next().unwrap_or_else(|| panic!("no {name}{labels:?} in {text}")).value.clone();
        assert!(found.next().is_none(), "{name}{labels:?} stands twice");
        (family.family_type.clone(), one)
    };
    for (place, producer) in stats.producers.iter().enumerate() {
        let ring = place.to_string();
        let (kind, written) = value("ringlog_records_written_total", &[("ring", &ring)]);
        assert_eq!(kind, PrometheusType::Counter);
        let PrometheusValue::Counter(written) = written else { panic!("{written:?}") };
        assert_eq!(written.value.as_f64(), producer.written as f64);
        value("ringlog_ring_info", &[("ring", &ring)]);
    }
    for (place, sink) in stats.sinks.iter().enumerate() {
        for (name, histogram, unit) in [
            ("ringlog_sink_write_seconds", &sink.write_latency, 1e9),
            ("ringlog_sink_sync_seconds", &sink.sync_latency, 1e9),
            ("ringlog_sink_batch_bytes", &sink.batch_bytes, 1.0),
            ("ringlog_sink_batch_records", &sink.batch_records, 1.0),
        ] {
            let (kind, read) = value(name, &[("sink", &place.to_string())]);
            assert_eq!(kind, PrometheusType::Histogram);
            let PrometheusValue::Histogram(read) = read else { panic!("{read:?}") };
            assert_eq!(read.count, Some(histogram.count()), "{name}");
            assert_eq!(read.sum.map(|sum| sum.as_f64()), Some(histogram.sum() as f64 / unit), "{name}");
            let last = read.buckets.last().unwrap();
            assert_eq!((last.upper_bound, last.count.as_f64()), (f64::INFINITY, histogram.count() as f64));
            for pair in read.buckets.windows(2) {
                assert!(
                    pair[0].upper_bound < pair[1].upper_bound
                        && pair[0].count.as_f64() <= pair[1].count.as_f64()
                );
            }
        }
    }
}

#[test]
fn labels_are_escaped() {
    let text = lively().to_prometheus();
    assert!(text.contains(r#"name="C:\\logs\n\"app\".log""#), "{text}");
    assert!(text.contains(r#"thread="a \"b\"\\c\nd {e=\"f\"}""#), "{text}");
}

#[test]
fn each_metric_is_in_the_docs_and_each_of_the_docs_is_there() {
    let text = lively().to_prometheus();
    let mut there: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let docs = include_str!("../docs/statistics.md");
    let rows = docs.lines().filter_map(|line| line.strip_prefix("| `ringlog_"));
    let mut told: Vec<String> =
        rows.map(|row| format!("ringlog_{}", row.split(['`', '{']).next().unwrap())).collect();
    there.sort_unstable();
    told.sort_unstable();
    assert_eq!(there, told);
}

#[test]
fn nothing_to_tell_is_still_read() {
    let text = Stats::default().to_prometheus();
    assert!(parse_prometheus(&text).is_ok(), "{text}");
}
