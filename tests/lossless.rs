//! `Overflow::Block` loses nothing, whatever the rings' size and however threads come and go.

mod common;

use common::{captured_by, close};
use ringlog::{Builder, info};
use std::collections::HashMap;
use std::thread;

/// Each line is `thread sequence`: each thread's numbers must be 0, 1, 2, …
fn check(lines: &[String], threads: usize, each: usize) {
    let mut next: HashMap<usize, usize> = HashMap::new();
    for line in lines {
        let (thread, number) = line.split_once(' ').unwrap();
        let next = next.entry(thread.parse().unwrap()).or_default();
        assert_eq!(number.parse::<usize>().unwrap(), *next, "thread {thread} is out of order");
        *next += 1;
    }
    assert_eq!(next.len(), threads);
    assert!(next.values().all(|&count| count == each), "{next:?}");
}

#[test]
fn six_threads_with_rings_of_16_kib_lose_nothing_and_keep_their_order() {
    for workers in [1, 2] {
        let (runtime, captured) = captured_by(Builder::new().workers(workers).ring_capacity(16 << 10));
        thread::scope(|scope| {
            for thread in 0..6 {
                let runtime = &runtime;
                scope.spawn(move || {
                    for number in 0..20_000 {
                        info!(logger: runtime, "{thread} {number}");
                    }
                });
            }
        });
        let report = close(&runtime);
        assert_eq!(report.total.written, 120_000);
        check(&captured.lines(), 6, 20_000);
    }
}

#[test]
fn threads_that_come_and_go_lose_nothing() {
    let (runtime, captured) = captured_by(Builder::new().ring_capacity(4 << 10));
    thread::scope(|scope| {
        for group in 0..4 {
            let runtime = &runtime;
            scope.spawn(move || {
                for round in 0..100 {
                    thread::scope(|scope| {
                        scope.spawn(move || {
                            for number in 0..50 {
                                info!(logger: runtime, "{} {number}", group * 100 + round);
                            }
                        });
                    });
                }
            });
        }
    });
    let report = close(&runtime);
    assert_eq!(report.total.written, 4 * 100 * 50);
    check(&captured.lines(), 400, 50);
}

#[test]
fn the_smallest_ring_takes_records_of_every_length() {
    let (runtime, captured) = captured_by(Builder::new().ring_capacity(512));
    let text = "x".repeat(1000);
    for length in (0..1000).chain([100_000]) {
        let part = text.get(..length).map_or_else(|| "y".repeat(length), str::to_owned);
        info!(logger: runtime, "{part}");
    }
    let report = close(&runtime);
    assert_eq!(report.total.written, 1001);
    assert!(report.total.boxed > 0, "long records go by way of the heap");
    let lengths: Vec<usize> = captured.lines().iter().map(String::len).collect();
    assert_eq!(lengths, (0..1000).chain([100_000]).collect::<Vec<_>>());
}

#[test]
fn short_lived_threads_need_no_more_rings_than_lived_at_once() {
    let (runtime, _) = captured_by(Builder::new().ring_capacity(4 << 10));
    let runtime = std::sync::Arc::new(runtime);
    for number in 0..2_000 {
        let runtime = std::sync::Arc::clone(&runtime);
        // Joined by its handle: a scope does not wait for a thread's destructors, which hand the ring over.
        thread::spawn(move || info!(logger: runtime, "thread {number}")).join().unwrap();
    }
    let report = close(&runtime);
    assert_eq!(report.total.written, 2_000);
    assert_eq!(report.stats.producers.len(), 1);
}
