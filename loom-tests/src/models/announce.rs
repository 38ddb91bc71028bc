//! Announced calls and the rings beside them.

use super::model;
use crate::protocol::announce::Announced;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicU64, Ordering, fence};
use loom::thread;

/// A thread's ring, which is its producer's index: rtrb stores it with release and loads it with acquire.
#[derive(Default)]
struct Ring {
    announced: Announced,
    committed: AtomicU64,
}

impl Ring {
    /// A log call: `clock` is read within it.
    fn log(&self, number: u64, clock: impl FnOnce()) {
        self.announced.begin(number);
        clock();
        self.committed.store(number, Ordering::Release);
    }

    fn committed(&self) -> u64 {
        self.committed.load(Ordering::Acquire)
    }
}

/// Claim: whoever finds a record finds every record that happened before it, or an announcement of it.
#[test]
fn what_happened_before_a_record_is_there_or_announced() {
    model(None, || {
        let shared = Arc::new((Ring::default(), Ring::default(), AtomicU64::new(0)));
        let first = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                let (ring, _, baton) = &*shared;
                ring.log(1, || {});
                ring.log(2, || {});
                baton.store(1, Ordering::Release);
            })
        };
        let second = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                let (_, ring, baton) = &*shared;
                if baton.load(Ordering::Acquire) == 1 {
                    ring.log(1, || {});
                }
            })
        };
        let (first_ring, second_ring, _) = &*shared;
        // The worker's order: all indices, then the calls of those that are at their end.
        let (older, younger) = (first_ring.committed(), second_ring.committed());
        if younger == 1 {
            assert_eq!(first_ring.announced.begun().max(older), 2, "a record is missing, and nobody says so");
        }
        first.join().unwrap();
        second.join().unwrap();
    });
}

/// Claim: once announcements are seen, a thread that has read its clock and is not found within a call has committed
/// its record, or reads a later time than the worker's.
///
/// That they are seen is what the time that a store takes stands for: here it is a fence on either side.
#[test]
fn a_thread_that_has_read_its_clock_is_not_passed() {
    model(None, || {
        let shared = Arc::new((Ring::default(), AtomicU64::new(1), AtomicU64::new(0)));
        let other = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                // Time goes on by itself, too.
                shared.1.fetch_add(1, Ordering::Relaxed);
            })
        };
        let producer = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                let (ring, time, stamp) = &*shared;
                ring.log(1, || {
                    fence(Ordering::SeqCst);
                    stamp.store(time.load(Ordering::Relaxed), Ordering::Relaxed);
                });
            })
        };
        let (ring, time, stamp) = &*shared;
        // The time is over for those who come later.
        let cutoff = time.fetch_add(1, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        let is_there = ring.committed() == 1;
        let is_passed = !is_there && ring.announced.begun() == 0;
        producer.join().unwrap();
        other.join().unwrap();
        assert!(!is_passed || stamp.load(Ordering::Relaxed) > cutoff, "a record was passed that is older");
    });
}
