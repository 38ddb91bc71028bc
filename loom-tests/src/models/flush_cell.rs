//! The flush cell: those who wait against those who complete.

use super::{Count, model};
use crate::protocol::flush_cell::{Failed, FlushCell, Registration};
use crate::protocol::lanes::Stage;
use crate::protocol::want::{Route, Want};
use loom::future::block_on;
use loom::sync::Arc;
use loom::thread;
use std::future::poll_fn;
use std::task::{Poll, Waker};

pub(super) type Cell = FlushCell<&'static str>;
pub(super) type Outcome = Result<(), Failed<&'static str>>;

pub(super) static FIRST: Route = Route::new(&[0]);
pub(super) static BOTH: Route = Route::new(&[0, 1]);
static FAR: Route = Route::new(&[5]);

/// Waits as an executor does: polls, and polls again when woken, or for no reason at all.
pub(super) fn wait(cell: &Cell, position: u64, route: &'static Route, want: Want) -> Outcome {
    let mut registration = Registration::default();
    block_on(poll_fn(|context| cell.poll(position, route, want, &mut registration, context.waker())))
}

fn spawn(cell: &Arc<Cell>, run: impl FnOnce(&Cell) + 'static) -> thread::JoinHandle<()> {
    let cell = Arc::clone(cell);
    thread::spawn(move || run(&cell))
}

/// Claim: a waiter that registers while its record is completed is woken or sees it: it never sleeps on.
#[test]
fn no_wake_up_is_lost_between_registration_and_completion() {
    model(None, || {
        let cell = Arc::new(Cell::new());
        let sink = spawn(&cell, |cell| cell.complete(0, 1));
        assert_eq!(wait(&cell, 1, &FIRST, Want::Written), Ok(()));
        sink.join().unwrap();
    });
}

/// Claim: two sinks that complete at once, each perhaps settling while the other looks, wake one who waits for both,
/// and not before both have.
#[test]
fn two_sinks_at_once_wake_the_waiter_of_both() {
    model(Some(3), || {
        let cell = Arc::new(Cell::new());
        let sinks = [0, 1].map(|sink| spawn(&cell, move |cell| cell.complete(sink, 1)));
        assert_eq!(wait(&cell, 1, &BOTH, Want::Written), Ok(()));
        assert!(cell.watermark(0, Stage::Written) == 1 && cell.watermark(1, Stage::Written) == 1);
        sinks.into_iter().for_each(|sink| sink.join().unwrap());
    });
}

/// Claim: who waits for any sink is woken by whichever comes first, with the other never coming.
#[test]
fn any_sink_wakes_the_waiter_of_either() {
    model(None, || {
        let cell = Arc::new(Cell::new());
        // A bystander on the same stack, whose sink never comes.
        let mut bystander = Registration::default();
        let far = cell.poll(9, &BOTH, Want::Written, &mut bystander, Waker::noop());
        assert!(far.is_pending());
        let sink = spawn(&cell, |cell| cell.complete(1, 1));
        assert_eq!(wait(&cell, 1, &BOTH, Want::AnyWritten), Ok(()));
        sink.join().unwrap();
        cell.cancel(&mut bystander);
    });
}

/// Claim: a waiter for any sink, held by one settler while the sink that is not its first completes, is woken.
#[test]
fn a_waiter_of_any_sink_is_put_back_for_all_of_them() {
    model(None, || {
        let cell = Arc::new(Cell::new());
        let woken = Count::new();
        let mut registration = Registration::default();
        let waker = Waker::from(std::sync::Arc::clone(&woken));
        assert!(cell.poll(1, &BOTH, Want::AnyWritten, &mut registration, &waker).is_pending());
        let sink = spawn(&cell, |cell| cell.complete(1, 1));
        cell.complete(2, 1);
        sink.join().unwrap();
        assert_eq!(woken.get(), 1);
    });
}

/// Claim: only those are woken whose position is reached; each of them once.
#[test]
fn a_batch_wakes_those_it_reaches_and_nobody_else() {
    model(None, || {
        let cell = Arc::new(Cell::new());
        let (near, far) = (Count::new(), Count::new());
        let mut waiting = [Registration::default(), Registration::default()];
        let wakers = [Waker::from(std::sync::Arc::clone(&near)), Waker::from(std::sync::Arc::clone(&far))];
        for (index, position) in [1, 2].into_iter().enumerate() {
            let poll = cell.poll(position, &FIRST, Want::Written, &mut waiting[index], &wakers[index]);
            assert!(poll.is_pending());
        }
        // Two threads settle at once: the sink that has come to 1, and one that does not concern them.
        let other = spawn(&cell, |cell| cell.complete(1, 5));
        cell.complete(0, 1);
        other.join().unwrap();
        assert_eq!((near.get(), far.get()), (1, 0));
        cell.complete(0, 2);
        assert_eq!((near.get(), far.get()), (1, 1));
    });
}

/// Claim: a waker replaced while the record is completed: the new one is woken, or its poll sees the outcome.
#[test]
fn a_waker_replaced_during_completion_is_the_one_that_is_woken() {
    model(None, || {
        let cell = Arc::new(Cell::new());
        let (old, new) = (Count::new(), Count::new());
        let mut registration = Registration::default();
        let old_waker = Waker::from(std::sync::Arc::clone(&old));
        let first = cell.poll(1, &FIRST, Want::Written, &mut registration, &old_waker);
        assert!(first.is_pending());
        drop(old_waker);
        let sink = spawn(&cell, |cell| cell.complete(0, 1));
        let new_waker = Waker::from(std::sync::Arc::clone(&new));
        let second = cell.poll(1, &FIRST, Want::Written, &mut registration, &new_waker);
        sink.join().unwrap();
        assert!(second == Poll::Ready(Ok(())) || new.get() == 1, "neither woken nor told");
        assert!(old.get() + new.get() <= 1, "one completion woke two");
        cell.cancel(&mut registration);
    });
}

/// Claim: who sees a watermark sees the failures below it: a failed record never resolves to `Ok`, a record beside
/// it never to an error.
#[test]
fn a_failure_is_seen_by_all_who_see_its_watermark() {
    model(Some(3), || {
        let cell = Arc::new(Cell::new());
        let sink = spawn(&cell, |cell| {
            cell.fail(0, Stage::Written, 1, 2, "disk full");
            cell.complete(0, 3);
        });
        assert_eq!(wait(&cell, 2, &FIRST, Want::Written), Err(vec![(0, "disk full")]));
        assert_eq!(wait(&cell, 3, &FIRST, Want::Written), Ok(()));
        sink.join().unwrap();
    });
}

/// Claim: a record that is failed long before its lane comes by, as a worker does that sheds, has its outcome at once,
/// also when another sink's settler has just looked at it.
#[test]
fn a_record_that_fails_ahead_of_its_lane_wakes_its_waiter() {
    model(Some(3), || {
        let cell = Arc::new(Cell::new());
        let worker = spawn(&cell, |cell| {
            cell.fail(0, Stage::Written, 0, 1, "shed");
            Cell::notify_all([cell]);
        });
        let sink = spawn(&cell, |cell| cell.complete(1, 1));
        assert_eq!(wait(&cell, 1, &BOTH, Want::Written), Err(vec![(0, "shed")]));
        sink.join().unwrap();
        worker.join().unwrap();
    });
}

/// Claim: a lane in a chunk that two sinks allocate at once takes both watermarks, and wakes.
#[test]
fn a_lane_that_is_made_at_its_first_report_wakes_too() {
    model(Some(2), || {
        let cell = Arc::new(Cell::new());
        let sinks = [5, 6].map(|sink| spawn(&cell, move |cell| cell.complete(sink, 1)));
        assert_eq!(wait(&cell, 1, &FAR, Want::Written), Ok(()));
        sinks.into_iter().for_each(|sink| sink.join().unwrap());
        assert_eq!(cell.watermark(6, Stage::Written), 1);
    });
}

/// Claim: a sink that reports many rings with one fence wakes the waiter of each.
#[test]
fn one_fence_for_many_rings_wakes_the_waiter_of_each() {
    model(None, || {
        let cells = Arc::new([Cell::new(), Cell::new()]);
        let sink = thread::spawn({
            let cells = Arc::clone(&cells);
            move || {
                cells.iter().for_each(|cell| cell.publish(0, Stage::Written, 1));
                Cell::notify_all(&*cells);
            }
        });
        for cell in cells.iter().rev() {
            assert_eq!(wait(cell, 1, &FIRST, Want::Written), Ok(()));
        }
        sink.join().unwrap();
    });
}
