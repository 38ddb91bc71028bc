//! The list that signal handlers read.

use super::model;
use crate::protocol::beacons::Beacons;
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

/// A value that is written once more when it is freed: who still reads it then races with that.
struct Value(UnsafeCell<u32>);

impl Value {
    fn new() -> Arc<Self> {
        Arc::new(Self(UnsafeCell::new(1)))
    }

    fn read(&self) {
        // SAFETY: the value is alive; loom checks it.
        self.0.with(|value| assert_eq!(unsafe { *value }, 1));
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        // SAFETY: nobody else has the value; loom checks it.
        self.0.with_mut(|value| unsafe { *value = 0 });
    }
}

fn beacons() -> &'static Beacons<Value> {
    Box::leak(Box::new(Beacons::new()))
}

/// Claim: no value is freed while a reader looks at it.
#[test]
fn a_value_outlives_those_who_read_it() {
    model(Some(3), || {
        let beacons = beacons();
        let shown = beacons.show(Value::new());
        let reader = thread::spawn(move || beacons.read().each(Value::read));
        drop(shown);
        reader.join().unwrap();
    });
}

/// Claim: nor where its beacon is used again for another, by another thread.
#[test]
fn a_beacon_that_is_used_again_shows_whole_values() {
    model(Some(2), || {
        let beacons = beacons();
        let shown = beacons.show(Value::new());
        let other = thread::spawn(move || drop(beacons.show(Value::new())));
        drop(shown);
        beacons.read().each(Value::read);
        other.join().unwrap();
        let _shown = beacons.show(Value::new());
        let mut seen = 0;
        beacons.read().each(|_| seen += 1);
        assert_eq!(seen, 1);
    });
}
