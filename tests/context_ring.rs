//! How changes of context go through a ring: in their place, none without need, none lost.

mod common;

use common::{Gate, close, with_fields_by};
use ringlog::{Builder, Encode, Overflow, context, info};
use std::fmt;
use std::thread;

/// Prints when the gate is open: until then the worker stands still.
#[derive(Encode)]
struct Waits(&'static Gate);

impl fmt::Display for Waits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.pass();
        f.write_str("passed")
    }
}

fn gate() -> &'static Gate {
    Box::leak(Box::default())
}

#[test]
fn contexts_within_which_nothing_is_logged_take_no_room() {
    let gate = gate();
    let (runtime, captured) =
        with_fields_by(Builder::new().overflow(Overflow::DropNewest).ring_capacity(512));
    info!(logger: runtime, "{}", Waits(gate));
    for number in 0..1_000 {
        let _outer = context!(number);
        let _inner = context!(other = number);
    }
    info!(logger: runtime, "last");
    assert_eq!(runtime.stats().total().dropped, 0);
    gate.open();
    close(&runtime);
    assert_eq!(captured.lines(), ["passed", "last"]);
}

#[test]
fn a_full_ring_does_not_lose_a_change_of_context() {
    let gate = gate();
    let (runtime, captured) =
        with_fields_by(Builder::new().overflow(Overflow::DropNewest).ring_capacity(512));
    info!(logger: runtime, "{}", Waits(gate));
    while runtime.stats().total().dropped == 0 {
        info!(logger: runtime, "filling");
    }
    let old = context!(old = 1);
    info!(logger: runtime, "dropped");
    drop(old);
    let _new = context!(new = 2);
    info!(logger: runtime, "dropped");
    gate.open();
    // The ring is empty, and no record has told of the new context.
    runtime.flush().unwrap();
    info!(logger: runtime, "kept");
    info!(logger: runtime, "kept too");
    let dropped = close(&runtime).total.dropped;
    let lines = captured.lines();
    assert_eq!(dropped, 3, "{lines:?}");
    let [.., gap, kept, too] = &*lines else { panic!("{lines:?}") };
    assert!(gap.starts_with("dropped 3 records") && gap.ends_with("ring full"), "{gap}");
    assert_eq!((&**kept, &**too), ("kept new=2", "kept too new=2"));
}

#[test]
fn every_record_is_in_its_context_however_often_that_changes() {
    for overflow in [Overflow::Block, Overflow::DropNewest] {
        let (runtime, captured) = with_fields_by(Builder::new().overflow(overflow).ring_capacity(1 << 10));
        thread::scope(|scope| {
            for thread in 0..3 {
                let runtime = &runtime;
                scope.spawn(move || {
                    for number in 0..3_000 {
                        let _outer = (number % 3 > 0).then(|| context!(thread, number));
                        let _inner = (number % 5 > 2).then(|| context!(inner = number));
                        let text = "x".repeat(if number % 100 == 7 { 1_000 } else { number % 7 });
                        info!(logger: runtime, text, "{thread} {number}");
                        info!(logger: runtime, text, "{thread} {number}");
                    }
                });
            }
        });
        let report = close(&runtime);
        let lines = captured.lines();
        let lines = lines.iter().filter(|line| !line.ends_with("ring full"));
        let mut records = 0;
        for line in lines {
            records += 1;
            let mut words = line.split(' ');
            let (thread, number) = (words.next().unwrap(), words.next().unwrap());
            let (text, n) = (words.next().unwrap(), number.parse::<u32>().unwrap());
            let mut expected = format!("{thread} {number} {text}");
            if n % 3 > 0 {
                expected += &format!(" thread={thread} number={number}");
            }
            if n % 5 > 2 {
                expected += &format!(" inner={number}");
            }
            assert_eq!(*line, expected);
        }
        assert_eq!(records, report.total.written);
        assert_eq!(overflow == Overflow::Block, report.total.dropped == 0);
    }
}
