//! The flush cell: waiters that go, rings that end, and shutdown.

use super::flush_cell::{BOTH, Cell, FIRST, wait};
use super::{Count, model};
use crate::protocol::flush_cell::Registration;
use crate::protocol::lanes::Stage;
use crate::protocol::want::Want;
use loom::sync::Arc;
use loom::thread;
use std::task::{Poll, Waker};

/// Claim: a completion dropped while its record is completed is woken once at most, and its node and its waker are
/// freed (loom reports a leak).
#[test]
fn a_drop_during_completion_leaves_nothing() {
    model(None, || {
        let cell = Arc::new(Cell::new());
        let mut registration = Registration::default();
        let poll = cell.poll(1, &FIRST, Want::Written, &mut registration, &Waker::from(Count::new()));
        assert!(poll.is_pending());
        let sink = thread::spawn({
            let cell = Arc::clone(&cell);
            move || cell.complete(0, 1)
        });
        cell.cancel(&mut registration);
        sink.join().unwrap();
        cell.complete(0, 2);
        assert_eq!(cell.waiting(), 0, "a node was left");
    });
}

/// Claim: a wait that times out while its record is completed takes the outcome or nothing; waiting again, it gets
/// the outcome.
#[test]
fn a_timeout_against_a_completion_loses_nothing() {
    model(Some(3), || {
        let cell = Arc::new(Cell::new());
        let sink = thread::spawn({
            let cell = Arc::clone(&cell);
            move || cell.complete(0, 1)
        });
        let (mut registration, waker) = (Registration::default(), Waker::from(Count::new()));
        match cell.poll(1, &FIRST, Want::Written, &mut registration, &waker) {
            Poll::Ready(outcome) => assert_eq!(outcome, Ok(())),
            // The time is up at once.
            Poll::Pending => cell.cancel(&mut registration),
        }
        assert_eq!(wait(&cell, 1, &FIRST, Want::Written), Ok(()));
        sink.join().unwrap();
    });
}

/// Claim: one who cancels sweeps the stack, and those who stay on it, taken off and put back meanwhile, are woken
/// all the same.
#[test]
fn a_sweep_during_completion_loses_no_waiter() {
    model(None, || {
        let cell = Arc::new(Cell::with_sweep_at(0));
        let mut gone = Registration::default();
        let poll = cell.poll(9, &FIRST, Want::Written, &mut gone, Waker::noop());
        assert!(poll.is_pending());
        let woken = Count::new();
        let mut stays = Registration::default();
        let waker = Waker::from(std::sync::Arc::clone(&woken));
        let poll = cell.poll(1, &FIRST, Want::Written, &mut stays, &waker);
        assert!(poll.is_pending());
        let sink = thread::spawn({
            let cell = Arc::clone(&cell);
            move || cell.complete(0, 1)
        });
        cell.cancel(&mut gone);
        sink.join().unwrap();
        assert_eq!(woken.get(), 1, "put back and never woken");
        cell.cancel(&mut stays);
        assert!(cell.waiting() <= 1, "swept");
    });
}

/// Claim: shutdown resolves everyone, also who registers during it, and to the error that it left.
#[test]
fn a_registration_against_shutdown_is_resolved() {
    model(None, || {
        let cell = Arc::new(Cell::new());
        let closing = thread::spawn({
            let cell = Arc::clone(&cell);
            move || {
                cell.fail(0, Stage::Written, 0, 1, "shut down");
                cell.close(1);
            }
        });
        assert_eq!(wait(&cell, 1, &FIRST, Want::Written), Err(vec![(0, "shut down")]));
        closing.join().unwrap();
    });
}

/// Claim: a waiter held by a settler while its ring is closed is woken.
#[test]
fn a_close_during_a_settle_wakes_those_who_are_put_back() {
    model(None, || {
        let cell = Arc::new(Cell::new());
        let woken = Count::new();
        let mut registration = Registration::default();
        let waker = Waker::from(std::sync::Arc::clone(&woken));
        assert!(cell.poll(1, &FIRST, Want::Written, &mut registration, &waker).is_pending());
        let closing = thread::spawn({
            let cell = Arc::clone(&cell);
            move || cell.close(1)
        });
        cell.complete(1, 1);
        closing.join().unwrap();
        assert_eq!(woken.get(), 1);
    });
}

/// Claim: a ring retired with a record that one sink never wrote, and then reused: the old completion resolves to its
/// own failure, whichever of the new owner's watermarks have come.
#[test]
fn an_old_completion_never_takes_a_new_owners_watermark_for_its_own() {
    model(Some(3), || {
        let cell = Arc::new(Cell::new());
        // Position 1 is the old owner's; sink 0 has it, sink 1 does not.
        cell.complete(0, 1);
        let backend = thread::spawn({
            let cell = Arc::clone(&cell);
            move || {
                // The new owner's record, already written by sink 0, then by the sink that lost the old one.
                cell.complete(0, 2);
                cell.fail(1, Stage::Written, 0, 1, "lost");
                cell.close(1);
                cell.complete(1, 2);
            }
        });
        let mut registration = Registration::default();
        let early = cell.poll(1, &BOTH, Want::Written, &mut registration, Waker::noop());
        assert!(early != Poll::Ready(Ok(())), "the new owner's watermark");
        cell.cancel(&mut registration);
        assert_eq!(wait(&cell, 1, &BOTH, Want::Written), Err(vec![(1, "lost")]));
        assert_eq!(wait(&cell, 2, &BOTH, Want::Written), Ok(()));
        backend.join().unwrap();
    });
}
