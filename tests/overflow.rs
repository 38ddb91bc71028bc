//! `Overflow::DropNewest` never waits, and tells in the log what it dropped.

mod common;

use common::{Captured, Gate, close};
use ringlog::sink::Callback;
use ringlog::{Builder, Overflow, info, info_async};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Lines are numbers, and `dropped N records of thread …`: together they must account for 0 .. `attempts`, each
/// gap at its place.
fn check(lines: &[String], attempts: u64) -> u64 {
    let (mut next, mut dropped) = (0, 0);
    for line in lines {
        if let Some(rest) = line.strip_prefix("dropped ") {
            assert!(rest.contains(" records of thread ") && rest.ends_with(": ring full"), "{line}");
            let gap: u64 = rest.split(' ').next().unwrap().parse().unwrap();
            next += gap;
            dropped += gap;
        } else {
            assert_eq!(line.parse::<u64>().unwrap(), next, "a gap is not told at its place");
            next += 1;
        }
    }
    assert_eq!(next, attempts);
    dropped
}

#[test]
fn dropped_records_are_counted_and_told_at_their_place() {
    let kept = Captured::new();
    let runtime = Builder::new()
        .overflow(Overflow::DropNewest)
        .ring_capacity(2 << 10)
        .sink(kept.sink())
        .start()
        .unwrap();
    for number in 0..300_000_u64 {
        info!(logger: runtime, "{number}");
    }
    let report = close(&runtime);
    let dropped = check(&kept.lines(), 300_000);
    assert_eq!(report.total.attempted, 300_000);
    assert_eq!(report.total.dropped, dropped);
}

#[test]
fn drops_after_which_a_thread_logs_no_more_are_told_by_a_flush() {
    let (gate, kept) = (Gate::new(), Captured::new());
    let (shut, mut inner) = (gate.clone(), kept.sink());
    let runtime = Builder::new()
        .overflow(Overflow::DropNewest)
        .ring_capacity(2 << 10)
        .sink(
            Callback::try_new(move |bytes| {
                shut.pass();
                ringlog::sink::Sink::write(&mut inner, bytes)
            })
            .layout(ringlog::layout::Text::pattern("{message}").unwrap()),
        )
        .start()
        .unwrap();
    // The sink stands still: in the end queue and ring are full.
    let mut attempts = 0;
    while runtime.stats().total().dropped < 10 {
        info!(logger: runtime, "{attempts}");
        attempts += 1_u64;
    }
    let lost = loop {
        let completion = info_async!(logger: runtime, "{attempts}");
        attempts += 1;
        if completion.is_done() {
            break completion;
        }
    };
    assert!(lost.wait().unwrap_err().to_string().contains("drop"), "a dropped record's completion says so");
    gate.open();
    runtime.flush().unwrap();
    let dropped = check(&kept.lines(), attempts);
    assert_eq!(runtime.stats().total().dropped, dropped);
    close(&runtime);
}

/// A ring that is full is handed on: its new thread's records stand behind what the former one has dropped.
#[test]
fn what_an_ended_thread_has_dropped_comes_before_the_records_of_the_next_one() {
    let (let_pass, passes) = mpsc::channel();
    let kept = Captured::new();
    let mut inner = kept.sink();
    let runtime = Builder::new()
        .overflow(Overflow::DropNewest)
        .ring_capacity(2 << 10)
        .sink(
            Callback::try_new(move |bytes| {
                // Free to pass when nobody is at the other end.
                let _ = passes.recv();
                ringlog::sink::Sink::write(&mut inner, bytes)
            })
            .layout(ringlog::layout::Text::pattern("{thread} {seq} {message}").unwrap()),
        )
        .start()
        .unwrap();
    // Each is a batch by itself, so that the ring is emptied as slowly as the sink is let.
    let long = "x".repeat(80 << 10);
    let named = |name: &str| thread::Builder::new().name(name.to_owned());
    thread::scope(|scope| {
        let first = || {
            while runtime.stats().total().dropped == 0 {
                info!(logger: runtime, "{long}");
            }
        };
        named("first").spawn_scoped(scope, first).unwrap().join().unwrap();
        let second = || {
            (0..30).for_each(|_| let_pass.send(()).unwrap());
            let (mut attempts, mut in_ring) = (0_u64, None);
            while in_ring.is_none() {
                attempts += 1;
                let completion = info_async!(logger: runtime, "call {attempts}");
                in_ring = (!completion.is_done()).then_some(completion);
            }
            drop(let_pass);
            let told = in_ring.and_then(|completion| completion.wait_timeout(Duration::from_secs(10)));
            assert_eq!(told, Some(Ok(())), "the record is written, and its completion does not say so");
            let line = format!("second {attempts} call {attempts}");
            assert!(kept.lines().contains(&line), "{line:?} is not in the log");
        };
        named("second").spawn_scoped(scope, second).unwrap().join().unwrap();
    });
    close(&runtime);
}
