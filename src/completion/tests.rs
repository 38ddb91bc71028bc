//! Completions on real threads and real executors.

use super::*;
use crate::protocol::failures::{Failures, LIMIT};
use crate::protocol::lanes::{SinkId, Stage};
use crate::sync::{AtomicUsize, Mutex, Ordering, lock};
use futures::executor::block_on;
use futures::future::{Either, join_all, select};
use std::io;
use std::sync::mpsc;
use std::task::Wake;
use std::thread::{scope, spawn};

fn failure(sink: &str) -> SinkFailure {
    SinkFailure::new(sink, &io::Error::new(io::ErrorKind::StorageFull, "no space left"))
}

/// Tells a channel who comes: a waiter, or one who wants a sink to sync what it has written.
struct Told(Mutex<mpsc::Sender<Option<SinkId>>>);

impl Backend for Told {
    fn waiter_came(&self) {
        lock(&self.0).send(None).expect("the test listens");
    }

    fn sync_wanted(&self, sink: SinkId) {
        lock(&self.0).send(Some(sink)).expect("the test listens");
    }
}

fn told(cell: &CompletionCell) -> mpsc::Receiver<Option<SinkId>> {
    let (sender, receiver) = mpsc::channel();
    cell.attach(Some(Arc::new(Told(Mutex::new(sender)))));
    receiver
}

#[test]
fn a_completion_is_three_words_and_crosses_threads() {
    fn crosses<T: Send + Sync + Clone + Unpin + 'static>() {}
    crosses::<Completion>();
    crosses::<Durable>();
    assert_eq!(size_of::<Completion>(), 24);
    assert_eq!(size_of::<Durable>(), 24);
}

#[test]
fn what_is_wanted_and_its_position_survive_their_packing() {
    let cell = CompletionCell::leak();
    for position in [1, 1 << 31, (1 << 32) - 1, 1 << 32, (1 << 48) - 1, 1 << 48, MAX_POSITION] {
        for want in Want::ALL {
            let target = Target::new(cell, position, route(&[0]), want);
            assert_eq!((target.position(), target.want()), (position, want));
        }
    }
}

#[test]
fn a_set_of_sinks_has_one_route() {
    assert!(std::ptr::eq(route(&[2, 1, 2]), route(&[1, 2])));
    assert_eq!(route(&[2, 1]).sinks(), [1, 2]);
}

#[test]
fn immediate_outcomes_are_there_at_once() {
    assert_eq!(Completion::disabled().wait(), Ok(()));
    assert_eq!(Completion::dropped().durable().wait(), Err(FlushError::Dropped));
    assert_eq!(block_on(Completion::closed()), Err(FlushError::Shutdown));
    assert!(Completion::closed().is_done());
}

#[test]
fn a_future_resolves_when_all_sinks_have_written() {
    let cell = CompletionCell::leak();
    let came = told(cell);
    let completion = Completion::new(cell, 3, route(&[0, 7]));
    let waiter = spawn(move || block_on(completion));
    assert_eq!(came.recv(), Ok(None));
    cell.flush().complete(0, 3);
    assert!(!Completion::new(cell, 3, route(&[0, 7])).is_done());
    assert!(Completion::new(cell, 3, route(&[0, 7])).any().is_done());
    cell.flush().complete(7, 3);
    assert_eq!(waiter.join().unwrap(), Ok(()));
}

#[test]
fn an_error_names_each_sink_that_failed() {
    let cell = CompletionCell::leak();
    cell.flush().fail(0, Stage::Written, 0, 2, failure("file"));
    cell.flush().fail(1, Stage::Written, 1, 2, failure("console"));
    cell.flush().complete(0, 3);
    cell.flush().complete(1, 3);
    let outcome = |position| Completion::new(cell, position, route(&[0, 1])).wait();
    assert_eq!(outcome(1), Err(FlushError::Sinks(vec![failure("file")])));
    assert_eq!(outcome(2), Err(FlushError::Sinks(vec![failure("file"), failure("console")])));
    assert_eq!(outcome(3), Ok(()));
    assert_eq!(Completion::new(cell, 1, route(&[0, 1])).any().wait(), Ok(()));
    assert!(Completion::new(cell, 2, route(&[0, 1])).any().wait().is_err());
    let message = outcome(2).unwrap_err().to_string();
    assert_eq!(message, "sink `file`: no space left; sink `console`: no space left");
}

#[test]
fn a_failed_sync_fails_durable_waiters_alone() {
    let cell = CompletionCell::leak();
    let record = Completion::new(cell, 1, route(&[0]));
    cell.flush().complete(0, 1);
    assert!(!record.clone().durable().is_done());
    cell.flush().fail(0, Stage::Durable, 0, 1, failure("file"));
    cell.flush().complete_durable(0, 1);
    assert_eq!(record.clone().wait(), Ok(()));
    assert_eq!(record.durable().wait(), Err(FlushError::Sinks(vec![failure("file")])));
}

#[test]
fn failures_of_one_cause_in_a_row_are_one() {
    let failures = Failures::new();
    for position in 1..=5_000 {
        failures.record(0, Stage::Written, position - 1, position, "full");
    }
    failures.record(0, Stage::Written, 4_990, 5_010, "other");
    failures.record(1, Stage::Written, 5_000, 5_001, "full");
    assert_eq!(failures.len(), 3);
    assert_eq!(failures.of(&[0, 1], Stage::Durable, 4_999), [(0, "full")]);
    assert_eq!(failures.of(&[0, 1], Stage::Written, 5_001), [(0, "other"), (1, "full")]);
    assert_eq!(failures.of(&[0, 1], Stage::Written, 5_011), []);
}

#[test]
fn scattered_failures_take_bounded_room_and_none_is_forgotten() {
    let failures = Failures::new();
    let failed = |index: u64| index * index + 1;
    let count = 3 * LIMIT as u64;
    for index in 0..count {
        failures.record(0, Stage::Written, failed(index) - 1, failed(index), "full");
    }
    assert_eq!(failures.len(), LIMIT);
    assert!((0..count).all(|index| failures.contains(0, Stage::Written, failed(index))));
    assert!(!failures.contains(0, Stage::Written, failed(count - 1) - 1), "the latest stand apart");
}

#[test]
fn a_durable_waiter_says_what_it_wants_and_rings_those_who_will_not_look_again() {
    let cell = CompletionCell::leak();
    let came = told(cell);
    let durable = Completion::new(cell, 5, route(&[0, 1])).durable();
    assert!(!durable.is_done());
    assert_eq!(cell.flush().durable_wanted(0), 0);
    cell.flush().complete(1, 5);
    let waiter = spawn(move || durable.wait());
    assert_eq!(came.recv(), Ok(Some(1)), "it has written the record");
    assert_eq!(came.recv(), Ok(None), "the other one has not, and looks when it has");
    assert_eq!([0, 1].map(|sink| cell.flush().durable_wanted(sink)), [5, 5]);
    cell.flush().complete(0, 5);
    cell.flush().complete_durable(0, 5);
    cell.flush().complete_durable(1, 5);
    assert_eq!(waiter.join().unwrap(), Ok(()));
}

#[test]
fn a_wait_that_times_out_can_be_taken_up_again() {
    let cell = CompletionCell::leak();
    let completion = Completion::new(cell, 1, route(&[0]));
    for _ in 0..1_000 {
        assert_eq!(completion.wait_timeout(Duration::ZERO), None);
    }
    assert!(cell.flush().waiting() <= 66, "timed-out waits pile up");
    cell.flush().complete(0, 1);
    assert_eq!(completion.wait_timeout(Duration::MAX), Some(Ok(())));
    assert_eq!(cell.flush().waiting(), 0);
}

#[test]
fn a_dropped_future_leaves_no_waiter_behind() {
    let cell = CompletionCell::leak();
    for _ in 0..1_000 {
        let completion = Completion::new(cell, 1, route(&[0]));
        let done = block_on(select(completion, std::future::ready(())));
        assert!(matches!(done, Either::Right(_)), "nothing has completed it");
    }
    assert!(cell.flush().waiting() <= 66, "dropped futures pile up");
}

#[test]
fn a_wait_on_the_loggers_own_thread_is_an_error() {
    let cell = CompletionCell::leak();
    let completion = Completion::new(cell, 1, route(&[0]));
    let outcomes = spawn(move || {
        mark_backend_thread();
        let early = (completion.wait_timeout(Duration::from_secs(60)), completion.clone().wait());
        cell.flush().complete(0, 1);
        (early, completion.wait())
    });
    let deadlock = Err(FlushError::WouldDeadlock);
    assert_eq!(outcomes.join().unwrap(), ((Some(deadlock.clone()), deadlock), Ok(())));
}

#[test]
fn a_closed_ring_settles_all_that_was_before() {
    let cell = CompletionCell::leak();
    let came = told(cell);
    let waiter = spawn(move || Completion::new(cell, 2, route(&[0, 1])).wait());
    came.recv().unwrap();
    cell.flush().fail(1, Stage::Written, 0, 2, failure("hung"));
    cell.flush().close(2);
    assert_eq!(waiter.join().unwrap(), Err(FlushError::Sinks(vec![failure("hung")])));
    assert!(!Completion::new(cell, 3, route(&[0, 1])).is_done(), "the next owner's record");
}

#[test]
fn a_waker_whose_clone_panics_leaves_the_completion_as_it_was() {
    use std::task::{RawWaker, RawWakerVTable};
    fn clone(_: *const ()) -> RawWaker {
        panic!("a waker's own fault");
    }
    static TABLE: RawWakerVTable = RawWakerVTable::new(clone, |_| {}, |_| {}, |_| {});
    // SAFETY: nothing is behind the pointer, and no function of the table looks there.
    let bad = unsafe { Waker::from_raw(RawWaker::new(std::ptr::null(), &TABLE)) };
    let cell = CompletionCell::leak();
    let (_came, woken) = (told(cell), Arc::new(Woken::default()));
    let good = Waker::from(Arc::clone(&woken));
    let mut completion = Completion::new(cell, 1, route(&[0]));
    for waker in [&good, &bad] {
        let poll = || Pin::new(&mut completion).poll(&mut Context::from_waker(waker)).is_pending();
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(poll));
        assert_eq!(outcome.is_ok(), waker.will_wake(&good));
    }
    drop(completion);
    cell.flush().complete(0, 1);
    assert_eq!(woken.0.load(Ordering::SeqCst), 0, "it was dropped, and woke nobody");
}

/// Counts its wake-ups.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_waker_that_panics_keeps_nobody_else_from_waking() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("a waker's own fault");
        }
    }
    let cell = CompletionCell::leak();
    let came = told(cell);
    let waiters = [(); 2].map(|()| spawn(move || Completion::new(cell, 1, route(&[0])).wait()));
    waiters.iter().for_each(|_| assert!(came.recv().is_ok()));
    let mut bad = Completion::new(cell, 1, route(&[0]));
    let waker = Waker::from(Arc::new(Panics));
    assert!(Pin::new(&mut bad).poll(&mut Context::from_waker(&waker)).is_pending());
    cell.flush().complete(0, 1);
    waiters.into_iter().for_each(|waiter| assert_eq!(waiter.join().unwrap(), Ok(())));
}

/// Four threads wait for every record of a ring in their own way, while three sinks complete it at their own pace, one
/// of them failing every fiftieth record.
#[test]
fn every_completion_resolves_once_and_rightly_under_load() {
    const RECORDS: u64 = 20_000;
    let cell = CompletionCell::leak();
    let all = route(&[0, 1, 4]);
    let resolved = AtomicUsize::new(0);
    let expected = |position: u64| match position.is_multiple_of(50) {
        true => Err(FlushError::Sinks(vec![failure("flaky")])),
        false => Ok(()),
    };
    let check = |position: u64, outcome| {
        assert_eq!(outcome, expected(position), "record {position}");
        assert!([0, 1, 4].iter().all(|&sink| cell.flush().watermark(sink, Stage::Written) >= position));
        resolved.fetch_add(1, Ordering::Relaxed);
    };
    scope(|threads| {
        for (sink, batch) in [(0, 7), (1, 64), (4, 13)] {
            threads.spawn(move || {
                let mut written = 0;
                while written < RECORDS {
                    let next = (written + batch).min(RECORDS);
                    for failed in
                        (written + 1..=next).filter(|position| sink == 1 && position.is_multiple_of(50))
                    {
                        cell.flush().fail(sink, Stage::Written, failed - 1, failed, failure("flaky"));
                    }
                    cell.flush().complete(sink, next);
                    written = next;
                    std::thread::yield_now();
                }
            });
        }
        threads.spawn(|| {
            (1..=RECORDS).for_each(|position| check(position, Completion::new(cell, position, all).wait()))
        });
        threads.spawn(|| {
            for position in 1..=RECORDS {
                let completion = Completion::new(cell, position, all);
                let outcome = loop {
                    if let Some(outcome) = completion.wait_timeout(Duration::from_micros(position % 7)) {
                        break outcome;
                    }
                };
                check(position, outcome);
            }
        });
        for _ in 0..2 {
            threads.spawn(|| {
                for first in (1..=RECORDS).step_by(100) {
                    let batch = first..first + 100;
                    let outcomes =
                        join_all(batch.clone().map(|position| Completion::new(cell, position, all)));
                    batch.zip(block_on(outcomes)).for_each(|(position, outcome)| check(position, outcome));
                }
            });
        }
    });
    assert_eq!(resolved.load(Ordering::Relaxed), 4 * RECORDS as usize);
    cell.flush().complete(0, RECORDS);
    assert_eq!(cell.flush().waiting(), 0, "a waiter was left behind");
}
