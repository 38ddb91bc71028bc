//! The seqlock.

use super::model;
use crate::protocol::seqlock::Seqlock;
use loom::sync::Arc;
use loom::thread;

/// Claim: a reader gets the words of one round, never of two, with the writer two rounds on.
#[test]
fn a_reader_never_sees_two_rounds_at_once() {
    model(None, || {
        let lock = Arc::new(Seqlock::new([0, 0]));
        let writer = thread::spawn({
            let lock = Arc::clone(&lock);
            move || {
                lock.write([1, 1]);
                lock.write([2, 2]);
            }
        });
        if let Some([first, second]) = lock.try_read() {
            assert_eq!(first, second);
        }
        writer.join().unwrap();
        assert_eq!(lock.read(), [2, 2]);
    });
}

/// Claim: a reader that tries until it succeeds ends, and never goes back in time.
#[test]
fn a_reader_never_goes_back_in_time() {
    model(None, || {
        let lock = Arc::new(Seqlock::new([0, 0]));
        let writer = thread::spawn({
            let lock = Arc::clone(&lock);
            move || lock.write([1, 1])
        });
        let (first, second) = (lock.read(), lock.read());
        assert!(first[0] <= second[0]);
        writer.join().unwrap();
    });
}
