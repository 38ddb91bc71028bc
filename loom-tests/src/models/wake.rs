//! The doorbell.

use super::model;
use crate::protocol::intake::Intake;
use crate::protocol::wake::{Doorbell, Woken};
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use loom::thread;

/// Claim: an item published before a ring is found, however the two looks cross: the sleeper never sleeps on it.
#[test]
fn no_ring_is_lost_between_the_last_look_and_the_sleep() {
    model(None, || {
        let shared = Arc::new((Doorbell::new(), AtomicUsize::new(0)));
        let sleeper = thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                while shared.1.load(Relaxed) == 0 {
                    let announced = shared.0.announce();
                    if shared.1.load(Relaxed) == 0 {
                        assert_eq!(announced.park(None), Woken::Rung);
                        assert_eq!(shared.1.load(Relaxed), 1, "woken for what it cannot see");
                    } else {
                        announced.withdraw();
                    }
                }
            }
        });
        shared.1.store(1, Relaxed);
        shared.0.ring();
        sleeper.join().unwrap();
    });
}

/// Claim: two ringers and a sleeper that sleeps again between them: both items are found.
#[test]
fn two_ringers_wake_a_sleeper_for_both_items() {
    model(Some(3), || {
        let shared = Arc::new((Doorbell::new(), Intake::new()));
        let sleeper = thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                let mut sum = 0;
                while sum < 3 {
                    sum += shared.1.take_all().sum::<i32>();
                    let announced = shared.0.announce();
                    if sum < 3 && shared.1.is_empty() {
                        assert_eq!(announced.park(None), Woken::Rung);
                    }
                }
            }
        });
        let publish = |shared: &(Doorbell, Intake<i32>), item| {
            shared.1.push(item).unwrap();
            shared.0.ring();
        };
        let ringer = thread::spawn({
            let shared = Arc::clone(&shared);
            move || publish(&shared, 1)
        });
        publish(&shared, 2);
        ringer.join().unwrap();
        sleeper.join().unwrap();
    });
}
