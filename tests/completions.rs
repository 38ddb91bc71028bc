//! Each record can be waited for.

mod common;

use common::{Captured, Gate, captured, close};
use futures::executor::block_on;
use ringlog::sink::{Callback, Sink};
use ringlog::{
    Builder, Completion, FlushError, IdleStrategy, Level, info, info_async, log_async, trace_async,
};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

#[test]
fn a_completion_resolves_when_the_record_is_written_and_not_before() {
    let (gate, shut) = (Gate::new(), Gate::new());
    let (opened, kept) = (gate.clone(), Captured::new());
    let mut inner = kept.sink();
    let runtime = Builder::new()
        .sink(Callback::try_new(move |bytes| {
            opened.pass();
            inner.write(bytes)
        }))
        .start()
        .unwrap();
    let done = info_async!(logger: runtime, "one");
    assert!(!done.is_done());
    assert!(done.wait_timeout(Duration::from_millis(5)).is_none());
    assert!(kept.lines().is_empty());
    gate.open();
    shut.open();
    assert_eq!(done.wait_timeout(Duration::from_secs(60)), Some(Ok(())));
    assert!(done.is_done());
    assert_eq!(kept.lines().len(), 1);
    close(&runtime);
}

#[test]
fn a_completion_is_a_future_of_any_runtime() {
    let (runtime, captured) = captured();
    block_on(async {
        for number in 0..100 {
            info_async!(logger: runtime, "{number}").await.unwrap();
            assert_eq!(captured.lines().len(), number + 1);
        }
    });
    close(&runtime);
}

#[test]
fn a_completion_is_a_future_of_tokio_and_smol_too() {
    let (runtime, captured) = captured();
    let (first, second) = (runtime.default_logger().clone(), runtime.default_logger().clone());
    let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    tokio.block_on(async {
        let tasks: Vec<_> = (0..100)
            .map(|number| info_async!(logger: first, "{number}"))
            .map(|done| {
                tokio::spawn(async move { tokio::time::timeout(Duration::from_secs(60), done).await })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().expect("in time").unwrap();
        }
    });
    assert_eq!(captured.lines().len(), 100);
    smol::block_on(async {
        let all: Vec<_> =
            (0..100).map(|number| smol::spawn(info_async!(logger: second, "{number}").durable())).collect();
        for task in all {
            task.await.unwrap();
        }
    });
    assert_eq!(captured.lines().len(), 200);
    close(&runtime);
}

#[test]
fn a_waiter_wakes_a_parked_worker() {
    for idle in
        [IdleStrategy::park(), IdleStrategy::backoff(), IdleStrategy::yielding(), IdleStrategy::busy_spin()]
    {
        let runtime = Builder::new().idle(idle).sink(ringlog::sink::Null::new()).start().unwrap();
        // A park lasts 10 ms: fifty that nobody ended would take half a second. A busy machine may take as long once,
        // but not each time.
        let is_fast = (0..10).any(|_| {
            let start = std::time::Instant::now();
            for number in 0..50 {
                info_async!(logger: runtime, "{number}").wait().unwrap();
            }
            start.elapsed() < Duration::from_millis(400)
        });
        assert!(is_fast, "{idle:?}");
        close(&runtime);
    }
}

#[test]
fn the_completion_of_a_disabled_statement_is_done() {
    let runtime = Builder::new().filter("info").sink(ringlog::sink::Null::new()).start().unwrap();
    let completion = trace_async!(logger: runtime, "{}", 1);
    assert!(completion.is_done());
    assert_eq!(completion.wait(), Ok(()));
    assert_eq!(log_async!(Level::Error, logger: runtime, "{}", 1).wait(), Ok(()));
    assert_eq!(close(&runtime).total.attempted, 1);
}

#[test]
fn many_are_made_and_then_all_waited_for() {
    let (runtime, captured) = captured();
    let all: Vec<Completion> = (0..10_000).map(|number| info_async!(logger: runtime, "{number}")).collect();
    for completion in all {
        completion.wait().unwrap();
    }
    assert_eq!(captured.lines().len(), 10_000);
    close(&runtime);
}

#[test]
fn dropped_and_timed_out_completions_leave_the_others_alone() {
    let gate = Gate::new();
    let shut = gate.clone();
    let runtime = Builder::new().sink(Callback::new(move |_: &[u8]| shut.pass())).start().unwrap();
    let kept: Vec<Completion> = (0..1_000)
        .filter_map(|number| {
            let completion = info_async!(logger: runtime, "{number}");
            let clone = completion.clone();
            assert!(clone.wait_timeout(Duration::ZERO).is_none());
            (number % 3 == 0).then_some(completion)
        })
        .collect();
    gate.open();
    for completion in kept {
        completion.wait().unwrap();
    }
    close(&runtime);
}

#[test]
fn a_flush_waits_for_all_that_any_thread_logged_before() {
    for workers in [1, 2] {
        let (runtime, captured) = common::captured_by(Builder::new().workers(workers));
        for round in 1..=50 {
            thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| info!(logger: runtime, "round {round}"));
                }
            });
            runtime.flush().unwrap();
            assert_eq!(captured.lines().len(), 3 * round);
        }
        close(&runtime);
    }
}

#[test]
fn a_wait_on_the_loggers_own_thread_is_an_error_and_no_deadlock() {
    let runtime = Arc::new(Mutex::new(None::<ringlog::Logger>));
    let outcome = Arc::new(Mutex::new(None));
    let (logger, result) = (Arc::clone(&runtime), Arc::clone(&outcome));
    let own = Builder::new()
        .sink(Callback::new(move |_: &[u8]| {
            if let Some(logger) = logger.lock().unwrap().take() {
                *result.lock().unwrap() = Some(info_async!(logger: logger, "from the sink").wait());
            }
        }))
        .start()
        .unwrap();
    *runtime.lock().unwrap() = Some(own.default_logger().clone());
    info_async!(logger: own, "to the sink").wait().unwrap();
    let report = close(&own);
    assert_eq!(*outcome.lock().unwrap(), Some(Err(FlushError::WouldDeadlock)));
    assert_eq!(report.total.written, 2, "the sink's own record is written all the same");
}

#[test]
fn shutdown_resolves_what_a_hanging_sink_has_not_written() {
    let gate = Gate::new();
    let shut = gate.clone();
    let runtime = Builder::new().sink(Callback::new(move |_: &[u8]| shut.pass())).start().unwrap();
    let all: Vec<Completion> = (0..100).map(|number| info_async!(logger: runtime, "{number}")).collect();
    let error = runtime.shutdown_timeout(Duration::from_millis(50)).unwrap_err();
    assert!(error.to_string().contains("ringlog-sink-0"), "{error}");
    for completion in all {
        assert!(completion.wait().is_err());
    }
    let total = runtime.stats().total();
    assert_eq!(total.attempted, total.written + total.dropped + total.failed);
    gate.open();
}

/// Counts how often it is synced, and fails when told to.
struct Synced {
    syncs: Arc<AtomicUsize>,
    fails: bool,
}

impl Sink for Synced {
    fn name(&self) -> String {
        "synced".into()
    }

    fn write(&mut self, _: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.syncs.fetch_add(1, Ordering::Relaxed);
        if self.fails { Err(io::Error::other("bad sector")) } else { Ok(()) }
    }
}

#[test]
fn a_durable_record_is_synced_before_it_resolves() {
    let syncs = Arc::new(AtomicUsize::new(0));
    let sink = Synced { syncs: Arc::clone(&syncs), fails: false };
    let runtime = Builder::new().sink(sink).start().unwrap();
    info_async!(logger: runtime, "written").wait().unwrap();
    assert_eq!(syncs.load(Ordering::Relaxed), 0, "nobody asked for it");
    info_async!(logger: runtime, "durable").durable().wait().unwrap();
    // One, and one more if the record was on its way for longer than a sync waits for it.
    let count = syncs.load(Ordering::Relaxed);
    assert!((1..=2).contains(&count), "{count}");
    let all: Vec<_> = (0..1_000).map(|number| info_async!(logger: runtime, "{number}").durable()).collect();
    block_on(async {
        for durable in all {
            durable.await.unwrap();
        }
    });
    let more = syncs.load(Ordering::Relaxed) - count;
    assert!((1..=1_000).contains(&more), "{more}");
    close(&runtime);
}

#[test]
fn a_failed_sync_fails_those_who_wait_for_it_and_not_the_write() {
    let sink = Synced { syncs: Arc::default(), fails: true };
    let runtime = Builder::new().sink(sink).on_error(|_| {}).start().unwrap();
    let written = info_async!(logger: runtime, "one");
    let durable = written.clone().durable();
    assert!(durable.wait().unwrap_err().to_string().contains("bad sector"));
    assert_eq!(written.wait(), Ok(()));
    close(&runtime);
}
