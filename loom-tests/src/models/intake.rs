//! The intake.

use super::model;
use crate::protocol::intake::{Intake, Refused};
use loom::cell::Cell;
use loom::sync::Arc;
use loom::thread;

/// A value that loom watches: a reader that the push has not reached is a race, and one that is never dropped a leak.
fn watched(value: i32) -> Arc<Cell<i32>> {
    let watched = Arc::new(Cell::new(0));
    watched.set(value);
    watched
}

/// Claim: a push against a shutdown is either taken or refused, never lost, and a value's contents arrive with it.
#[test]
fn a_push_against_shutdown_is_taken_or_refused() {
    model(None, || {
        let intake = Arc::new(Intake::new());
        let pushers = [1, 2].map(|value| {
            let intake = Arc::clone(&intake);
            thread::spawn(move || match intake.push(watched(value)) {
                Ok(()) => 0,
                Err(Refused(value)) => value.get(),
            })
        });
        let mut sum: i32 = intake.take_all().map(|value| value.get()).sum();
        sum += intake.close().map(|value| value.get()).sum::<i32>();
        assert_eq!(intake.take_all().count(), 0, "taken after the close");
        sum += pushers.map(|pusher| pusher.join().unwrap()).iter().sum::<i32>();
        assert_eq!(sum, 3);
    });
}

/// Claim: what one thread pushes arrives in its order, across two takes.
#[test]
fn what_a_thread_pushes_arrives_in_order() {
    model(None, || {
        let intake = Arc::new(Intake::new());
        let pusher = thread::spawn({
            let intake = Arc::clone(&intake);
            move || {
                for value in 1..=3 {
                    intake.push(watched(value)).unwrap();
                }
            }
        });
        let mut got: Vec<i32> = intake.take_all().map(|value| value.get()).collect();
        pusher.join().unwrap();
        got.extend(intake.take_all().map(|value| value.get()));
        assert_eq!(got, [1, 2, 3]);
    });
}

/// Claim: a worker's take against another thread's close gives each value to one of them, and never opens the intake
/// again.
#[test]
fn a_take_against_a_close_leaves_it_closed() {
    model(None, || {
        let intake = Arc::new(Intake::new());
        intake.push(1).unwrap();
        let taker = thread::spawn({
            let intake = Arc::clone(&intake);
            move || intake.take_all().count()
        });
        let closed = intake.close().count();
        assert_eq!(intake.push(2), Err(Refused(2)));
        assert_eq!(taker.join().unwrap() + closed, 1);
        assert_eq!(intake.push(3), Err(Refused(3)));
    });
}
