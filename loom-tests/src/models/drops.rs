//! Drops and the ring beside them.

use super::model;
use crate::protocol::drops::Drops;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicU64, Ordering};
use loom::thread;

/// Claim: a worker that sees drops, and after that an empty ring, has drained every record that was committed
/// before them.
#[test]
fn drops_are_never_told_ahead_of_the_records_before_them() {
    model(Some(3), || {
        // The ring is its producer's index: rtrb stores it with release and loads it with acquire.
        let shared = Arc::new((AtomicU64::new(0), Drops::default()));
        let producer = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                let (committed, drops) = &*shared;
                drops.count(1, true);
                committed.store(1, Ordering::Release);
                drops.count(2, true);
            })
        };
        let (committed, drops) = &*shared;
        for _ in 0..2 {
            let seen = drops.seen();
            let drained = committed.load(Ordering::Acquire);
            // The second drop comes behind the record.
            assert!(seen.total < 2 || drained == 1, "a drop was told ahead of a record before it");
            assert!(seen.total == 0 || seen.last > 0, "a drop was told without its time");
        }
        producer.join().unwrap();
        assert_eq!((drops.seen().total, drops.seen().last), (2, 2));
    });
}
