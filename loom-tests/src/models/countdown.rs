//! The countdown of a shared batch.

use super::model;
use crate::protocol::countdown::Countdown;
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

struct Batch {
    countdown: Countdown,
    bytes: UnsafeCell<u32>,
}

// SAFETY: the countdown says who may touch `bytes`; that it does is the models' claim.
unsafe impl Sync for Batch {}
// SAFETY: as above.
unsafe impl Send for Batch {}

fn batch() -> Arc<Batch> {
    let batch = Arc::new(Batch { countdown: Countdown::new(), bytes: UnsafeCell::new(1) });
    batch.countdown.start(2);
    batch
}

fn read(batch: &Batch) {
    // SAFETY: a reader of a round that is not over; loom checks it.
    batch.bytes.with(|bytes| assert_eq!(unsafe { *bytes }, 1));
}

fn write(batch: &Batch) {
    // SAFETY: after the round; loom checks it.
    batch.bytes.with_mut(|bytes| unsafe { *bytes = 2 });
}

/// Claim: an owner that finds the batch free writes after every reader of the round before, the early ones too.
#[test]
fn the_next_round_never_races_with_a_reader_of_the_last() {
    model(None, || {
        let batch = batch();
        let readers = [0, 1].map(|_| {
            let batch = Arc::clone(&batch);
            thread::spawn(move || {
                read(&batch);
                batch.countdown.finish()
            })
        });
        if batch.countdown.is_free() {
            write(&batch);
        }
        let last = readers.map(|reader| reader.join().unwrap());
        assert!(last[0] != last[1], "not exactly one was the last");
    });
}

/// Claim: the last reader may write at once, after every other reader.
#[test]
fn the_last_reader_may_reuse_the_batch() {
    model(None, || {
        let batch = batch();
        let other = thread::spawn({
            let batch = Arc::clone(&batch);
            move || {
                read(&batch);
                if batch.countdown.finish() {
                    write(&batch);
                }
            }
        });
        read(&batch);
        if batch.countdown.finish() {
            write(&batch);
        }
        other.join().unwrap();
    });
}
