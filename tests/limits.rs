//! The ends of the scales: very many threads and loggers, very long records, the smallest and the largest rings, and
//! settings that make no sense. Each works, or is a typed error at start.

mod common;

use common::{Captured, captured_by, close};
use ringlog::layout::{Json, Text};
use ringlog::sink::{Callback, File, Null, OnError, RollingFile};
use ringlog::{Backtrace, Builder, Clock, IdleStrategy, Level, Overflow, StartError, info, info_async, sink};
use std::io;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

/// As many threads as the machine gives, up to 10,000, all registered at once.
#[test]
fn ten_thousand_threads_are_registered_at_once() {
    const THREADS: usize = 10_000;
    let (runtime, captured) = captured_by(Builder::new().ring_capacity(512).workers(2));
    thread::scope(|scope| {
        let mut running = Vec::new();
        for number in 0..THREADS {
            let runtime = &runtime;
            let spawned = thread::Builder::new().stack_size(64 << 10).spawn_scoped(scope, move || {
                info!(logger: runtime, "first of {number}");
                thread::park();
                info!(logger: runtime, "last of {number}");
            });
            // A container may give fewer.
            let Ok(spawned) = spawned else { break };
            running.push(spawned);
        }
        let count = running.len();
        assert!(count >= 1_000, "{count} threads are too few to tell");
        // All have logged, and none has ended.
        while runtime.stats().total().attempted < count as u64 {
            thread::yield_now();
        }
        assert_eq!(runtime.stats().producers.len(), count);
        runtime.flush().unwrap();
        assert_eq!(captured.lines().len(), count);
        running.iter().for_each(|thread| thread.thread().unpark());
    });
    let report = close(&runtime);
    assert_eq!(report.total.written, report.total.attempted);
    let lines = captured.lines();
    assert_eq!(lines.len() as u64, report.total.written);
    // One who comes later takes a ring that was left.
    for number in 0..lines.len() / 2 {
        assert!(report.stats.producers.len() <= lines.len() / 2, "{number}");
    }
}

#[test]
fn a_thousand_loggers_go_to_their_sinks() {
    let (runtime, captured) = captured_by(Builder::new());
    let loggers: Vec<_> =
        (0..1_000).map(|number| runtime.logger(format!("n{number}")).build().unwrap()).collect();
    for (number, logger) in loggers.iter().enumerate() {
        info!(logger: logger, "to {number}");
    }
    close(&runtime);
    assert!((0..1_000).map(|number| format!("to {number}")).eq(captured.lines()));
}

#[test]
fn loggers_and_sinks_beyond_the_last_are_refused() {
    let runtime = Builder::new().sink(Null::new()).start().unwrap();
    for _ in 1..=u16::MAX {
        runtime.logger("many").build().unwrap();
    }
    let error = runtime.logger("one too many").build().unwrap_err();
    assert!(matches!(&error, StartError::TooManyLoggers(name) if name == "one too many"), "{error}");
    let last = runtime.find_logger("many").unwrap();
    info_async!(logger: last, "to the last").wait().unwrap();
    close(&runtime);

    let builder = (0..10_000).fold(Builder::new(), |builder, _| builder.sink(Null::new()));
    let error = builder.start().unwrap_err();
    assert!(matches!(error, StartError::TooManySinks(_)), "{error}");
}

/// Counts what it is given, and keeps nothing.
fn counting() -> (Arc<std::sync::Mutex<(usize, u64)>>, impl sink::Sink) {
    let counted = Arc::new(std::sync::Mutex::new((0, 0)));
    let to = Arc::clone(&counted);
    let sink = Callback::new(move |bytes| {
        let mut to = to.lock().unwrap();
        to.0 += bytes.len();
        to.1 = bytes.iter().fold(to.1, |sum, &byte| sum + u64::from(byte));
    });
    (counted, sink.layout(Text::pattern("{message}").unwrap().raw()))
}

#[test]
fn a_record_of_a_hundred_megabytes_is_written() {
    const LEN: usize = 100_000_000;
    let (counted, sink) = counting();
    let runtime = Builder::new().ring_capacity(512).sink(sink).start().unwrap();
    let long = "x".repeat(LEN);
    info_async!(logger: runtime, "<{}>", long).wait().unwrap();
    // Formatted on the spot.
    info_async!(logger: runtime, "<{}>", format_args!("{long}")).wait().unwrap();
    info_async!(logger: runtime, "short").wait().unwrap();
    let report = close(&runtime);
    assert_eq!((report.total.written, report.total.boxed), (3, 2));
    let wanted: u64 =
        "<>\n<>\nshort\n".bytes().map(u64::from).sum::<u64>() + 2 * LEN as u64 * u64::from(b'x');
    assert_eq!(*counted.lock().unwrap(), (2 * (LEN + 3) + 6, wanted));
}

include!("fixtures/long_format.rs");

#[test]
fn a_format_string_of_64_kib_is_printed() {
    let (runtime, captured) = captured_by(Builder::new());
    let line = long_format(&runtime);
    close(&runtime);
    assert_eq!(captured.lines(), [line.as_str()]);
    assert!(line.len() > 65_500);
}

#[test]
fn the_smallest_ring_takes_all_there_is() {
    for overflow in [Overflow::Block, Overflow::DropNewest] {
        let (runtime, captured) = captured_by(Builder::new().ring_capacity(512).overflow(overflow));
        let text = "long".repeat(100);
        for number in 0..500 {
            info!(logger: runtime, "{number} {}", number * 2);
            info!(logger: runtime, "{number} {text}");
        }
        let report = close(&runtime);
        assert_eq!(report.total.attempted, 1_000);
        assert!(overflow == Overflow::DropNewest || report.total.written == 1_000);
        let told = captured.lines().iter().filter(|line| !line.contains("dropped")).count();
        assert_eq!(told as u64, report.total.written);
    }
}

/// What the system says of its memory, in bytes.
fn memory(what: &str) -> Option<usize> {
    let told = std::fs::read_to_string("/proc/meminfo").ok()?;
    let kib = told.lines().find_map(|line| line.strip_prefix(what)?.trim().strip_suffix(" kB"))?;
    Some(kib.parse::<usize>().ok()? << 10)
}

fn physical_memory() -> Option<usize> {
    memory("MemTotal:")
}

/// A ring is touched in whole: one of more than the machine's memory is refused by the allocator, or the test would be
/// killed for it. So this one takes what a part of the free memory allows.
#[test]
fn a_ring_of_gigabytes_works_where_there_is_memory() {
    let available = memory("MemAvailable:").unwrap_or(0);
    let bytes = if available > 16 << 30 && !cfg!(debug_assertions) { 4 << 30 } else { 64 << 20 };
    let (runtime, captured) = captured_by(Builder::new().ring_capacity(bytes));
    assert!(runtime.register_thread());
    for number in 0..1_000 {
        info!(logger: runtime, "{number}");
    }
    let report = close(&runtime);
    assert_eq!(report.stats.producers[0].ring_capacity, bytes as u64);
    assert_eq!(captured.lines().len(), 1_000);
}

#[test]
fn absurd_numbers_are_typed_errors() {
    let error = |builder: Builder| builder.sink(Null::new()).start().unwrap_err();
    for workers in [0, 257, usize::MAX] {
        assert!(matches!(error(Builder::new().workers(workers)), StartError::Workers(n) if n == workers));
    }
    // More than any machine has: a record would else be lost, or the process, when the first thread logs.
    if physical_memory().is_some_and(|bytes| bytes < 1 << 36) {
        let found = error(Builder::new().ring_capacity(1 << 36));
        assert!(matches!(found, StartError::RingMemory { bytes, .. } if bytes == 1 << 36), "{found}");
    }
    for bytes in [0, 1, 511, (1 << 36) + 1, usize::MAX] {
        assert!(
            matches!(error(Builder::new().ring_capacity(bytes)), StartError::RingCapacity(n) if n == bytes)
        );
    }
    assert!(matches!(
        error(Builder::new().workers(3).pin([0, 1])),
        StartError::Cores { cores: 2, workers: 3 }
    ));
    for signal in [0, -1, i32::MIN, i32::MAX, 9, 11, 19, 65] {
        let found = error(Builder::new().flush_on_signals([signal]));
        assert!(matches!(found, StartError::Signal { signal: n, .. } if n == signal), "{found}");
    }
    for records in [0, usize::MAX] {
        let found = error(Builder::new().backtrace(Backtrace::last(records)));
        assert!(matches!(found, StartError::Backtrace { records: n, .. } if n == records), "{found}");
    }
    for level in Level::ALL {
        let kept = Backtrace::last(1).below(level).trigger(Level::Trace);
        assert!(matches!(error(Builder::new().backtrace(kept)), StartError::Backtrace { .. }));
    }
    for filter in ["=", "a=b=c", "info,x=9", "x=", "x=-1", "x=99999999999999999999"] {
        let started = Builder::new().filter(filter).sink(Null::new()).start();
        let found = started.err().unwrap_or_else(|| panic!("`{filter}` is no filter"));
        assert!(matches!(found, StartError::Filter(_)), "{filter}: {found}");
    }
    assert!(Text::pattern("{time:999999999999999999999}").is_err());
    assert!(Text::pattern("{level:<18446744073709551615}").is_err());
    assert!(Text::pattern(&"{".repeat(100_001)).is_err());
}

#[test]
fn what_is_unusual_but_makes_sense_works() {
    let builder = || Builder::new().filter("trace").on_error(|_| ());
    let works = |builder: Builder| {
        let (runtime, captured) = captured_by(builder);
        info_async!(logger: runtime, "works").wait().unwrap();
        close(&runtime);
        assert_eq!(captured.lines(), ["works"]);
    };
    works(builder().workers(256));
    works(builder().pin([100_000]));
    works(builder().pin([usize::MAX]));
    works(builder().pin(0..10_000));
    works(builder().flush_on_signals([]));
    works(builder().filter(""));
    works(builder().filter(" , ,,info, "));
    works(builder().filter("x".repeat(1 << 20) + "=off,info"));
    works(builder().idle(IdleStrategy::busy_spin()).clock(Clock::custom(|| 0)));
    works(builder().clock(Clock::custom(|| u64::MAX)));
    works(builder().backtrace(Backtrace::last(1 << 20)));
    works(builder().sink(Null::new().call_limit(Duration::ZERO)));
    works(builder().sink(Null::new().call_limit(Duration::MAX)));
    works(builder().sink(Null::new().on_error(OnError::retry(Duration::MAX, Duration::ZERO))));
    works(builder().sink(Null::new().on_error(OnError::retry(Duration::ZERO, Duration::MAX))));
}

#[test]
fn limits_of_time_at_the_ends_of_the_scale() {
    let (runtime, _) = captured_by(Builder::new());
    let done = info_async!(logger: runtime, "waits");
    assert!(done.wait_timeout(Duration::MAX).unwrap().is_ok());
    assert!(done.wait_timeout(Duration::ZERO).unwrap().is_ok());
    let durable = info_async!(logger: runtime, "waits").durable();
    assert!(durable.wait_timeout(Duration::MAX).is_some());
    runtime.shutdown_timeout(Duration::MAX).unwrap();

    // Nothing is running any more when there is no time at all, or the threads that are are named.
    let (runtime, _) = captured_by(Builder::new());
    info!(logger: runtime, "in a hurry");
    match runtime.shutdown_timeout(Duration::ZERO) {
        Ok(report) => assert_eq!(report.total.written, 1),
        Err(ringlog::ShutdownError::TimedOut { threads, report }) => {
            assert!(!threads.is_empty());
            assert_eq!(report.total.written + report.total.dropped + report.total.failed, 1);
        }
        Err(error) => panic!("{error}"),
    }
}

/// A sink that fails at once, for ever, is retried within its limit alone, also where the pauses have no end.
#[test]
fn a_retry_of_absurd_length_ends_with_the_shutdown() {
    let failing = || Callback::try_new(|_| Err(io::Error::other("on purpose")));
    for on_error in [
        OnError::retry(Duration::MAX, Duration::ZERO),
        OnError::retry(Duration::MAX, Duration::MAX),
        OnError::retry(Duration::ZERO, Duration::ZERO),
    ] {
        let runtime = Builder::new().on_error(|_| ()).sink(failing().on_error(on_error)).start().unwrap();
        info!(logger: runtime, "fails");
        let report = match runtime.shutdown_timeout(Duration::from_millis(200)) {
            Ok(report) => report,
            Err(ringlog::ShutdownError::TimedOut { report, .. }) => *report,
            Err(error) => panic!("{error}"),
        };
        assert_eq!(report.total.failed + report.total.dropped, 1, "{report:?}");
    }
}

#[test]
fn names_of_every_kind_are_printed_on_one_line() {
    let captured = Captured::new();
    let layout = Text::pattern("{logger}|{thread}|{message}").unwrap();
    let kept = captured.clone();
    let runtime = Builder::new().sink(kept.sink_with("{message}").layout(layout)).start().unwrap();
    let names = ["", "\n", "\u{1b}[31mred", "a\tb\r\n", "\u{2028}", "日本語", &"x".repeat(100_000)];
    for name in names {
        let logger = runtime.logger(name).build().unwrap();
        assert_eq!(logger.name(), name);
        // The standard library takes no name with a zero in it.
        thread::scope(|scope| {
            let log = || info!(logger: logger, "named");
            thread::Builder::new().name(name.to_owned()).spawn_scoped(scope, log).unwrap().join().unwrap();
        });
    }
    close(&runtime);
    let text = captured.text();
    assert_eq!(text.matches("|named\n").count(), names.len());
    let raw = text.chars().filter(|&c| c.is_control() && c != '\n').count();
    assert_eq!((raw, text.lines().count()), (0, names.len()), "{text:?}");
}

#[test]
fn paths_that_are_none_are_errors() {
    let long = "x".repeat(10_000);
    for path in ["", "/", "/proc/none/app.log", "with\0zero", "/dev/null/x", &long] {
        assert!(File::create(path).is_err(), "{path:?}");
        assert!(File::append(path).is_err(), "{path:?}");
        assert!(RollingFile::builder(path).open().is_err(), "{path:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = || folder.path().join("app.log");
    for builder in [
        RollingFile::builder(path()).max_size(0),
        RollingFile::builder(path()).daily_at("25:00"),
        RollingFile::builder(path()).daily_at(""),
    ] {
        assert!(builder.open().is_err());
    }
    let absurd = RollingFile::builder(path()).max_size(u64::MAX).keep_files(usize::MAX).keep_bytes(u64::MAX);
    let sink = absurd.keep_for(Duration::MAX).watch_path(Some(Duration::MAX)).open().unwrap();
    let runtime = Builder::new().sink(sink).start().unwrap();
    info_async!(logger: runtime, "works").durable().wait().unwrap();
    close(&runtime);
    assert!(std::fs::read_to_string(path()).unwrap().contains("works"));
}

/// What Json prints at the ends of the scales is JSON.
#[test]
fn floats_that_are_no_numbers_are_printed() {
    let captured = Captured::new();
    let sink = captured.sink_with("{message}").layout(Json::new());
    let runtime = Builder::new().sink(sink).start().unwrap();
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN_POSITIVE, -0.0] {
        info!(logger: runtime, number, least = i128::MIN, most = u128::MAX, "{number} {number:e} {:?}", number);
    }
    close(&runtime);
    for line in captured.lines() {
        serde_json::from_str::<serde_json::Value>(&line).unwrap();
    }
}

/// Threads that register at the same moment, on a runtime that another thread shuts down.
#[test]
fn a_thread_registers_before_the_shutdown_or_is_counted() {
    for _ in 0..50 {
        let (runtime, captured) = captured_by(Builder::new().ring_capacity(512));
        let start = Barrier::new(5);
        let report = thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    start.wait();
                    info!(logger: runtime, "now");
                });
            }
            start.wait();
            close(&runtime)
        });
        let stats = runtime.stats();
        let total = stats.total();
        assert_eq!(total.attempted + stats.lost_after_shutdown, 4, "{stats:?}");
        assert_eq!(captured.lines().len() as u64, report.total.written);
    }
}
