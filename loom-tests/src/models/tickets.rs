//! Flush tickets over a flush cell.

use super::flush_cell::{Cell, FIRST, wait};
use super::model;
use crate::protocol::tickets::Tickets;
use crate::protocol::wake::Doorbell;
use crate::protocol::want::Want;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use loom::thread;

struct Shared {
    /// A ring of another thread: how many records it has committed.
    ring: AtomicU64,
    tickets: Tickets,
    bell: Doorbell,
    flushes: Cell,
    /// What the sink has written.
    written: AtomicU64,
}

/// A worker that is its own sink: it answers tickets until it has answered `last`.
fn work_until(shared: &Shared, last: u64) {
    let mut answered = 0;
    while answered < last {
        let ticket = shared.tickets.latest();
        let drained = shared.ring.load(Relaxed);
        shared.written.store(drained, Relaxed);
        if ticket > answered {
            shared.flushes.complete(0, ticket);
            answered = ticket;
        } else {
            let announced = shared.bell.announce();
            if shared.tickets.latest() == answered {
                let _ = announced.park(None);
            }
        }
    }
}

fn flush(shared: &Shared) {
    let ticket = shared.tickets.take();
    shared.bell.ring();
    assert_eq!(wait(&shared.flushes, ticket, &FIRST, Want::Written), Ok(()));
}

fn shared() -> Arc<Shared> {
    Arc::new(Shared {
        ring: AtomicU64::new(0),
        tickets: Tickets::new(),
        bell: Doorbell::new(),
        flushes: Cell::new(),
        written: AtomicU64::new(0),
    })
}

/// Claim: a flush that happens after a commit never resolves before that record is written.
#[test]
fn a_flush_covers_what_was_committed_before_it() {
    model(Some(3), || {
        let shared = shared();
        let worker = thread::spawn({
            let shared = Arc::clone(&shared);
            move || work_until(&shared, 1)
        });
        shared.ring.store(1, Relaxed);
        flush(&shared);
        assert_eq!(shared.written.load(Relaxed), 1, "flushed without the record");
        worker.join().unwrap();
    });
}

/// Claim: so it does when another thread made the commit and handed on to the flusher, and another flush runs
/// beside it.
#[test]
fn a_flush_covers_what_another_thread_committed_before_it() {
    model(Some(2), || {
        let shared = shared();
        let worker = thread::spawn({
            let shared = Arc::clone(&shared);
            move || work_until(&shared, 2)
        });
        let committed = Arc::new(AtomicBool::new(false));
        let producer = thread::spawn({
            let (shared, committed) = (Arc::clone(&shared), Arc::clone(&committed));
            move || {
                shared.ring.store(1, Relaxed);
                committed.store(true, loom::sync::atomic::Ordering::Release);
                // A flush beside ours, given up at once.
                shared.tickets.take();
                shared.bell.ring();
            }
        });
        let was_committed = committed.load(loom::sync::atomic::Ordering::Acquire);
        flush(&shared);
        if was_committed {
            assert_eq!(shared.written.load(Relaxed), 1, "flushed without the record");
        }
        producer.join().unwrap();
        worker.join().unwrap();
    });
}
