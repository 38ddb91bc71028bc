//! Group commit: durable waiters, a sink worker that sleeps, and one fsync for all who wait.

use super::flush_cell::{Cell, FIRST, wait};
use super::model;
use crate::protocol::lanes::Stage;
use crate::protocol::wake::Doorbell;
use crate::protocol::want::Want;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicU64, Ordering::Relaxed};
use loom::thread;

struct Shared {
    cell: Cell,
    bell: Doorbell,
    /// What the disk has. Written within an fsync.
    disk: AtomicU64,
}

/// The sink worker as far as it concerns durability: it has written up to `written`, and syncs when asked to.
fn sync_until(shared: &Shared, written: u64) {
    while shared.cell.watermark(0, Stage::Durable) < written {
        if shared.cell.durable_wanted(0) > shared.cell.watermark(0, Stage::Durable) {
            shared.disk.store(written, Relaxed);
            shared.cell.complete_durable(0, written);
            continue;
        }
        let announced = shared.bell.announce();
        if shared.cell.durable_wanted(0) <= shared.cell.watermark(0, Stage::Durable) {
            let _ = announced.park(None);
        }
    }
}

fn wait_durable(shared: &Shared, position: u64) {
    if shared.cell.want_durable(0, position) {
        shared.bell.ring();
    }
    assert_eq!(wait(&shared.cell, position, &FIRST, Want::Durable), Ok(()));
    assert!(shared.disk.load(Relaxed) >= position, "durable before the fsync");
}

/// Claim: a lone durable waiter wakes a sleeping sink worker whom nothing else will wake, and resolves after the fsync.
#[test]
fn a_durable_waiter_wakes_a_sleeping_sink() {
    model(Some(3), || {
        let shared = Arc::new(Shared { cell: Cell::new(), bell: Doorbell::new(), disk: AtomicU64::new(0) });
        let sink = thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                shared.cell.complete(0, 1);
                sync_until(&shared, 1);
            }
        });
        wait_durable(&shared, 1);
        sink.join().unwrap();
    });
}

/// Claim: a waiter that comes during an fsync which does not cover its record is served by the next one, without
/// asking again.
#[test]
fn a_waiter_that_comes_during_an_fsync_is_served_by_the_next() {
    model(Some(2), || {
        let shared = Arc::new(Shared { cell: Cell::new(), bell: Doorbell::new(), disk: AtomicU64::new(0) });
        let sink = thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                shared.cell.complete(0, 1);
                sync_until(&shared, 1);
                shared.cell.complete(0, 2);
                sync_until(&shared, 2);
            }
        });
        let late = thread::spawn({
            let shared = Arc::clone(&shared);
            move || wait_durable(&shared, 2)
        });
        wait_durable(&shared, 1);
        late.join().unwrap();
        sink.join().unwrap();
    });
}
