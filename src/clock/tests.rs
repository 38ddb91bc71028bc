//! The clocks as the runtime uses them, over the real ones of the machine.

use super::sample::wall_nanos;
use super::*;
use crate::sync::{AtomicU64, Ordering};
use std::cell::Cell;
use std::time::Instant;

const SLACK: u64 = 100_000;

/// Stamps between two readings of the wall clock must be converted to a time between them, give or take.
fn check_against_the_wall_clock(clock: Clock) {
    let (mut keeper, source, _) = clock.open();
    let mut reader = keeper.reader();
    let last = Cell::new(0);
    let (start, mut previous) = (Instant::now(), 0);
    while start.elapsed() < Duration::from_millis(50) {
        assert_eq!(keeper.tick(), None);
        keeper.publish();
        let before = wall_nanos();
        let stamp = source.stamp(&last);
        let after = wall_nanos();
        let nanos = keeper.as_reader().unix_nanos(stamp);
        assert!(nanos + SLACK >= before, "{} ns too early", before - nanos);
        assert!(nanos <= after + SLACK, "{} ns too late", nanos - after);
        assert!(nanos >= previous, "went back");
        assert_eq!(reader.unix_nanos(stamp), nanos, "workers differ");
        assert!(keeper.as_reader().cutoff() >= stamp && reader.cutoff() >= stamp);
        previous = nanos;
    }
}

#[test]
fn tsc_times_are_those_of_the_wall_clock() {
    check_against_the_wall_clock(Clock::Tsc);
    check_against_the_wall_clock(Clock::TscFenced);
}

#[test]
fn system_times_are_those_of_the_wall_clock() {
    check_against_the_wall_clock(Clock::System);
}

#[test]
fn coarse_times_are_those_of_the_last_publication() {
    let (mut keeper, source, warning) = Clock::Coarse.open();
    assert_eq!(warning, None);
    let last = Cell::new(0);
    let first = source.stamp(&last);
    assert!(first.abs_diff(wall_nanos()) < 1_000_000_000, "published when it is opened");
    assert_eq!(source.stamp(&last), first, "stands still while nobody publishes");
    let mut polls = 0;
    while source.stamp(&last) == first {
        keeper.publish();
        polls += 1;
    }
    assert!(source.stamp(&last) >= first + 500_000, "after {polls} polls");
    assert_eq!(keeper.as_reader().cutoff(), source.stamp(&last));
    assert_eq!(keeper.as_reader().unix_nanos(first), first);
}

#[test]
fn a_custom_clock_that_goes_back_stands_still_within_a_thread() {
    let time = Arc::new(AtomicU64::new(500));
    let shared = time.clone();
    // ORDERING: relaxed, this thread alone writes and reads.
    let (mut keeper, source, warning) = Clock::custom(move || shared.load(Ordering::Relaxed)).open();
    assert_eq!(warning, None);
    let (mine, another) = (Cell::new(0), Cell::new(0));
    assert_eq!(source.stamp(&mine), 500);
    // ORDERING: relaxed, as above.
    time.store(300, Ordering::Relaxed);
    assert_eq!(source.stamp(&mine), 500);
    assert_eq!(source.stamp(&another), 300, "threads are apart");
    assert_eq!(keeper.as_reader().now(), 300);
    assert_eq!(keeper.as_reader().cutoff(), u64::MAX, "nothing is held back");
    assert_eq!(keeper.as_reader().unix_nanos(500), 500);
    assert_eq!(keeper.tick(), None);
}

#[test]
fn a_fallback_says_why() {
    let (_, source, warning) = Clock::Tsc.open();
    assert_eq!(warning.is_some(), matches!(source, ClockSource::System));
    assert!(ClockWarning::TscUnstable.to_string().ends_with("using Clock::System"));
}

#[test]
fn events_read_as_sentences() {
    let event = ClockEvent::Stepped { by: Duration::from_millis(1500), forward: false };
    assert_eq!(event.to_string(), "the system clock was set back by 1.5s");
}

#[test]
fn what_a_producer_holds_is_two_words_and_a_tag() {
    assert!(size_of::<ClockSource>() <= 24);
}
