//! Backtrace mode: less urgent records are kept, and written before an urgent one of the same thread.

mod common;

use common::{Captured, close};
use ringlog::{
    Backtrace, Builder, Completion, FlushError, Level, Runtime, StartError, context, debug, debug_async,
    error, error_async, info, info_async, log, trace, warn,
};
use std::fmt;

fn started(backtrace: Backtrace, pattern: &str) -> (Runtime, Captured) {
    let captured = Captured::new();
    let builder = Builder::new().filter("trace").backtrace(backtrace).ring_capacity(4096);
    (builder.sink(captured.sink_with(pattern)).start().unwrap(), captured)
}

#[test]
fn the_last_records_are_written_in_order_before_the_one_that_asks_for_them() {
    let (runtime, captured) = started(Backtrace::last(3), "{level} {message}");
    for step in 0..5 {
        debug!(logger: runtime, "step {step}");
        info!(logger: runtime, "at {step}");
    }
    runtime.flush().unwrap();
    assert_eq!(captured.lines(), ["INFO at 0", "INFO at 1", "INFO at 2", "INFO at 3", "INFO at 4"]);
    warn!(logger: runtime, "no trigger");
    error!(logger: runtime, "lost");
    error!(logger: runtime, "lost again");
    trace!(logger: runtime, "after");
    let report = close(&runtime);
    assert_eq!(
        captured.lines()[5..],
        ["WARN no trigger", "DEBUG step 2", "DEBUG step 3", "DEBUG step 4", "ERROR lost", "ERROR lost again"]
    );
    let total = report.total;
    assert_eq!((total.attempted, total.written, total.dropped, total.discarded), (14, 11, 3, 3));
}

#[test]
fn what_is_kept_is_in_flight_and_a_flush_does_not_wait_for_it() {
    let (runtime, captured) = started(Backtrace::last(10), "{message}");
    (0..4).for_each(|step| debug!(logger: runtime, "step {step}"));
    runtime.flush().unwrap();
    let total = runtime.stats().total();
    assert_eq!((total.attempted, total.in_flight, total.written, total.dropped), (4, 4, 0, 0));
    error_async!(logger: runtime, "lost").wait().unwrap();
    runtime.flush().unwrap();
    let total = runtime.stats().total();
    assert_eq!((total.attempted, total.in_flight, total.written, total.dropped), (5, 0, 5, 0));
    debug!(logger: runtime, "never asked for");
    let report = close(&runtime);
    assert_eq!((report.total.dropped, report.total.discarded), (1, 1));
    assert_eq!(captured.lines(), ["step 0", "step 1", "step 2", "step 3", "lost"]);
}

#[test]
fn a_completion_of_a_kept_record_says_that_it_is_kept() {
    let (runtime, _captured) = started(Backtrace::last(10), "{message}");
    let ask = |done: Completion| {
        (done.is_done(), done.clone().any().wait(), done.clone().durable().wait(), done.wait())
    };
    let kept = || Err(FlushError::Kept);
    assert_eq!(ask(debug_async!(logger: runtime, "kept")), (true, kept(), kept(), kept()));
    assert_eq!(futures::executor::block_on(debug_async!(logger: runtime, "kept")), kept());
    // Of those beside it nothing is kept.
    let done = info_async!(logger: runtime, "written");
    assert_eq!(done.wait(), Ok(()));
    let audit = runtime.logger("audit").backtrace(Backtrace::last(1).below(Level::Warn)).build().unwrap();
    assert_eq!(info_async!(logger: audit, "kept").wait(), kept());
    assert_eq!(error_async!(logger: audit, "lost").wait(), Ok(()));
    close(&runtime);
}

#[test]
fn threads_and_loggers_are_kept_apart() {
    let (runtime, captured) = started(Backtrace::last(2), "{message}");
    let plain = runtime.logger("plain").build().unwrap();
    let audit = runtime.logger("audit").backtrace(Backtrace::last(1).trigger(Level::Info)).build().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            debug!(logger: runtime, "of another thread");
            runtime.flush().unwrap();
        });
    });
    debug!(logger: runtime, "default");
    debug!(logger: audit, "audit");
    debug!(logger: plain, "plain");
    info!(logger: audit, "first");
    error!(logger: plain, "second");
    error!(logger: runtime, "third");
    let report = close(&runtime);
    assert_eq!(captured.lines(), ["plain", "audit", "first", "second", "default", "third"]);
    assert_eq!(report.total.discarded, 1);
}

#[test]
fn each_of_many_threads_gets_its_own_in_order() {
    let captured = Captured::new();
    let builder = Builder::new().workers(2).filter("trace").backtrace(Backtrace::last(2)).ring_capacity(1024);
    let runtime = builder.sink(captured.sink()).start().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let runtime = &runtime;
            scope.spawn(move || {
                for round in 0..500 {
                    for step in 0..3 {
                        debug!(logger: runtime, "{thread} {round} {step}");
                    }
                    error!(logger: runtime, "{thread} {round} lost");
                }
            });
        }
    });
    let report = close(&runtime);
    assert_eq!((report.total.written, report.total.discarded), (4 * 500 * 3, 4 * 500));
    for thread in 0..4 {
        let lines = captured.lines();
        let of_thread: Vec<_> =
            lines.iter().filter_map(|line| line.strip_prefix(&format!("{thread} "))).collect();
        let steps = ["1", "2", "lost"];
        let expected = (0..500).flat_map(|round| steps.map(|step| format!("{round} {step}")));
        assert_eq!(of_thread, expected.collect::<Vec<_>>());
    }
}

#[test]
fn a_threads_ring_leaves_the_next_thread_nothing() {
    let (runtime, captured) = started(Backtrace::last(8), "{message}");
    for round in 0..3 {
        let logger = runtime.default_logger().clone();
        let thread = std::thread::spawn(move || {
            if round == 2 {
                error!(logger: logger, "lost");
            }
            debug!(logger: logger, "kept {round}");
        });
        // To its very end, where it leaves its ring to the next.
        thread.join().unwrap();
    }
    let report = close(&runtime);
    assert_eq!(captured.lines(), ["lost"]);
    assert_eq!((report.stats.producers.len(), report.total.discarded), (1, 3));
}

#[test]
fn long_records_fields_and_contexts_are_kept_whole() {
    let (runtime, captured) = started(Backtrace::last(3), "{message}{fields}");
    let long = "long ".repeat(2_000);
    for round in 0..3 {
        let _guard = context!(round);
        debug!(logger: runtime, size = long.len(), "{long}");
        debug!(logger: runtime, "short");
    }
    error!(logger: runtime, "lost");
    let report = close(&runtime);
    let whole = format!("{long} size=10000 round=2");
    assert_eq!(captured.lines(), ["short round=1", &whole, "short round=2", "lost"]);
    assert_eq!((report.total.boxed, report.total.discarded), (3, 3));
}

#[test]
fn more_than_a_batch_is_kept_and_written() {
    let (runtime, captured) = started(Backtrace::last(5_000), "{message}");
    let text = "x".repeat(100);
    (0..6_000).for_each(|step| log!(Level::Trace, logger: runtime, "{text} {step}"));
    error_async!(logger: runtime, "lost").wait().unwrap();
    let lines = captured.lines();
    assert_eq!(lines.len(), 5_001);
    for (step, line) in (1_000..6_000).zip(&lines) {
        assert_eq!(*line, format!("{text} {step}"));
    }
    let report = close(&runtime);
    assert_eq!((report.total.written, report.total.discarded), (5_001, 1_000));
}

/// A value that the worker prints, and that panics.
#[derive(ringlog::Encode)]
struct Panics;

impl fmt::Display for Panics {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("as the test has it")
    }
}

#[test]
fn a_kept_record_that_panics_costs_nobody_else_anything() {
    let (runtime, captured) = started(Backtrace::last(8), "{message}");
    debug!(logger: runtime, "before");
    debug!(logger: runtime, "{}", Panics);
    debug!(logger: runtime, "after");
    error!(logger: runtime, "lost");
    close(&runtime);
    let lines = captured.lines();
    assert_eq!([&lines[0], &lines[2], &lines[3]], ["before", "after", "lost"]);
    assert!(lines[1].contains("panicked while it was formatted"), "{lines:?}");
}

#[test]
fn a_sink_that_fails_fails_what_was_kept_and_no_other_record() {
    let runtime = Builder::new()
        .filter("trace")
        .backtrace(Backtrace::last(8))
        .on_error(|_| {})
        .sink(ringlog::sink::Callback::try_new(|bytes| {
            if bytes.windows(4).any(|window| window == b"lost") {
                Err(std::io::Error::other("full"))
            } else {
                Ok(())
            }
        }))
        .start()
        .unwrap();
    let before = info_async!(logger: runtime, "written");
    before.clone().wait().unwrap();
    debug!(logger: runtime, "kept");
    assert!(error_async!(logger: runtime, "lost").wait().is_err());
    info_async!(logger: runtime, "written").wait().unwrap();
    before.wait().unwrap();
    let report = close(&runtime);
    assert_eq!((report.total.written, report.total.failed), (2, 2));
}

#[test]
fn a_backtrace_that_cannot_be_is_an_error_that_shows_it() {
    for backtrace in [
        Backtrace::last(0),
        Backtrace::last(usize::MAX),
        Backtrace::last(8).below(Level::Trace),
        Backtrace::last(8).below(Level::Error).trigger(Level::Warn),
    ] {
        let error = Builder::new().backtrace(backtrace).start().unwrap_err();
        assert!(matches!(error, StartError::Backtrace { .. }), "{error}");
    }
    let (runtime, _captured) = started(Backtrace::last(1), "{message}");
    let error = runtime.logger("audit").backtrace(Backtrace::last(0)).build().unwrap_err();
    assert!(
        error.to_string().contains("a backtrace of 0 records below INFO, written at ERROR: use 1 to 1048576")
    );
    close(&runtime);
}
