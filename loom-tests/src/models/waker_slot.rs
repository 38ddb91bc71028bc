//! The waker slot.

use super::{Count, model};
use crate::protocol::waker_slot::{Registered, WakerSlot};
use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering::Relaxed};
use loom::thread;
use std::task::Waker;

/// Claim: a waker registered while another thread wakes is woken, or its registrant sees the condition.
#[test]
fn a_wake_during_a_registration_is_not_lost() {
    model(None, || {
        let shared = Arc::new((WakerSlot::new(), AtomicBool::new(false)));
        let waking = thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                shared.1.store(true, Relaxed);
                if let Some(waker) = shared.0.take() {
                    waker.wake();
                }
            }
        });
        let woken = Count::new();
        let registered = shared.0.register(&Waker::from(std::sync::Arc::clone(&woken)));
        let saw = shared.1.load(Relaxed);
        assert!(saw || registered == Registered::Stored);
        waking.join().unwrap();
        assert!(saw || woken.get() == 1, "neither seen nor woken");
    });
}

/// Claim: of two wakers registered one after the other while another thread wakes, the second is woken, unless its
/// registrant sees the condition.
#[test]
fn a_replaced_waker_is_not_woken_in_the_place_of_the_new_one() {
    model(None, || {
        let shared = Arc::new((WakerSlot::new(), AtomicBool::new(false)));
        let waking = thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                shared.1.store(true, Relaxed);
                if let Some(waker) = shared.0.take() {
                    waker.wake();
                }
            }
        });
        let (old, new) = (Count::new(), Count::new());
        let _: Registered = shared.0.register(&Waker::from(std::sync::Arc::clone(&old)));
        let _: Registered = shared.0.register(&Waker::from(std::sync::Arc::clone(&new)));
        let saw = shared.1.load(Relaxed);
        waking.join().unwrap();
        assert!(saw || new.get() == 1, "neither seen nor woken");
        assert!(old.get() + new.get() <= 1, "one take woke two");
    });
}

/// Claim: of two conditions that two threads wake for, a registrant that is told of a wake, or comes after one, sees
/// each whose wake it will not get.
#[test]
fn two_takers_at_once_lose_neither_condition() {
    model(Some(4), || {
        let shared = Arc::new((WakerSlot::new(), [AtomicBool::new(false), AtomicBool::new(false)]));
        let takers = [0, 1].map(|condition| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                shared.1[condition].store(true, Relaxed);
                if let Some(waker) = shared.0.take() {
                    waker.wake();
                }
            })
        });
        let woken = Count::new();
        let waker = Waker::from(std::sync::Arc::clone(&woken));
        // Told of a wake, the registrant registers once more. (Not in a loop with a yield, after which loom would not
        // show it again what it saw before.)
        let registered = match shared.0.register(&waker) {
            Registered::Woken => {
                let told = shared.0.register(&waker);
                assert!(conditions(&shared.1) != [false; 2], "told of a wake without a condition");
                told
            }
            first => first,
        };
        let saw = conditions(&shared.1);
        takers.into_iter().for_each(|taker| taker.join().unwrap());
        let is_stored = registered == Registered::Stored;
        assert!(!is_stored || saw == [true; 2] || woken.get() > 0, "neither seen nor woken");
    });
}

fn conditions(conditions: &[AtomicBool; 2]) -> [bool; 2] {
    [0, 1].map(|index| conditions[index].load(Relaxed))
}
