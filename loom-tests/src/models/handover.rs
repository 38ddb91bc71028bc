//! What producers hand over, and in which order it is seen.

use super::model;
use crate::protocol::handover::Handover;
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicU64, AtomicUsize, Ordering, fence};
use loom::thread;

/// A log call of a ring whose records are one address each: `clock` is read within it.
fn log(ring: &Handover, number: u64, clock: impl FnOnce()) {
    ring.begin(number);
    clock();
    ring.commit(number as usize);
}

/// A ring of two words, and the two indices by which `rtrb` gives room.
struct Ring {
    handover: Handover,
    words: [UnsafeCell<u64>; 2],
    /// Up to where the producer has settled, and the worker has given back.
    tail: AtomicUsize,
    head: AtomicUsize,
}

/// Claim: a worker reads what was written, and a producer writes over what was read, though the index by which room goes back
/// lags behind the commits; and a producer that waits for room gets it.
#[test]
fn words_are_read_when_committed_and_written_over_when_given_back() {
    model(None, || {
        let words = [UnsafeCell::new(0), UnsafeCell::new(0)];
        let (tail, head) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let ring = Arc::new(Ring { handover: Handover::new(0), words, tail, head });
        let producer = {
            let ring = Arc::clone(&ring);
            thread::spawn(move || {
                for at in 0..3 {
                    if at == 2 {
                        // There is no room: what was written is settled, and then it is waited for.
                        ring.tail.store(2, Ordering::Release);
                        while ring.head.load(Ordering::Acquire) == 0 {
                            thread::yield_now();
                        }
                    }
                    // SAFETY: nobody reads it now; loom checks it.
                    ring.words[at % 2].with_mut(|word| unsafe { *word = at as u64 });
                    ring.handover.begin(at as u64 + 1);
                    ring.handover.commit(at + 1);
                }
            })
        };
        let (mut read, mut owed) = (0, 0);
        while read < 3 {
            if owed > 0 && ring.tail.load(Ordering::Acquire) >= read {
                ring.head.store(read, Ordering::Release);
                owed = 0;
            }
            let committed = ring.handover.committed();
            if committed == read {
                thread::yield_now();
            }
            for at in read..committed {
                // SAFETY: nobody writes it now; loom checks it.
                assert_eq!(ring.words[at % 2].with(|word| unsafe { *word }), at as u64);
            }
            owed += committed - read;
            read = committed;
        }
        producer.join().unwrap();
    });
}

/// Claim: whoever finds a record finds every record that happened before it, or an announcement of it.
#[test]
fn what_happened_before_a_record_is_there_or_announced() {
    model(None, || {
        let shared = Arc::new((Handover::new(0), Handover::new(0), AtomicU64::new(0)));
        let first = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                let (ring, _, baton) = &*shared;
                log(ring, 1, || {});
                log(ring, 2, || {});
                baton.store(1, Ordering::Release);
            })
        };
        let second = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                let (_, ring, baton) = &*shared;
                if baton.load(Ordering::Acquire) == 1 {
                    log(ring, 1, || {});
                }
            })
        };
        let (first_ring, second_ring, _) = &*shared;
        // The worker's order: all commits, then the calls of those that are at their end.
        let (older, younger) = (first_ring.committed(), second_ring.committed());
        if younger == 1 {
            assert_eq!(first_ring.begun().max(older as u64), 2, "a record is missing, and nobody says so");
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
        let shared = Arc::new((Handover::new(0), AtomicU64::new(1), AtomicU64::new(0)));
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
                log(ring, 1, || {
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
        let is_passed = !is_there && ring.begun() == 0;
        producer.join().unwrap();
        other.join().unwrap();
        assert!(!is_passed || stamp.load(Ordering::Relaxed) > cutoff, "a record was passed that is older");
    });
}
