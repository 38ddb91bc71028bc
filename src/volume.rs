//! Statements that log now and then: what `every_n!`, `every!` and `once!` keep of their calls.
//!
//! One static each, shared by all threads that come to the statement:
//!
//! | | written by each call | by a call that passes |
//! |---|---|---|
//! | `EveryN` | the count of calls | |
//! | `Every` | | the time, by the one thread that is the first to see that the last one is long enough ago |
//! | `Once` | | the mark, by the one thread that is the first to set it |
//! | `Held` | the count, if it is held back | takes the count out |
//!
//! Whoever passes is settled by one atomic operation, so no call waits for another and exactly one of them passes. A
//! count is taken out as a whole: each call that was held back is told of once, by the next that passes after it was
//! counted. No other data hang on these variables, so all of it is relaxed.

use crate::sync::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// Below this the coarse clock, which goes on by up to 10 ms at a time, is too coarse.
const FINE: Duration = Duration::from_millis(500);

/// No time: before a statement's first record.
const NEVER: u64 = u64::MAX;

/// Calls that were held back and are not told of yet.
#[derive(Debug)]
struct Held(AtomicU64);

impl Held {
    const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    #[inline]
    fn add_one(&self) {
        // ORDERING: relaxed, a count; each one is taken out by one `take`.
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    #[inline]
    fn take(&self) -> u64 {
        // ORDERING: relaxed, as in `add_one`.
        self.0.swap(0, Ordering::Relaxed)
    }
}

/// The first of each `n` calls passes.
#[derive(Debug)]
pub struct EveryN {
    calls: AtomicU64,
    held: Held,
}

impl EveryN {
    /// A statement that was not called yet.
    #[expect(clippy::new_without_default, reason = "it is made in a static")]
    pub const fn new() -> Self {
        Self { calls: AtomicU64::new(0), held: Held::new() }
    }

    /// How many were held back before this call, if it passes. Of no call at all each one is the first.
    #[inline]
    pub fn pass(&self, n: u64) -> Option<u64> {
        // ORDERING: relaxed, each call draws a number of its own.
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        if number.is_multiple_of(n.max(1)) {
            return Some(self.held.take());
        }
        self.held.add_one();
        None
    }
}

/// A call passes if the last one that did is long enough ago.
#[derive(Debug)]
pub struct Every {
    last: AtomicU64,
    held: Held,
}

impl Every {
    /// A statement that was not called yet.
    #[expect(clippy::new_without_default, reason = "it is made in a static")]
    pub const fn new() -> Self {
        Self { last: AtomicU64::new(NEVER), held: Held::new() }
    }

    /// How many were held back before this call, if it passes.
    #[inline]
    pub fn pass(&self, interval: Duration) -> Option<u64> {
        self.pass_at(now(interval), interval)
    }

    fn pass_at(&self, now: u64, interval: Duration) -> Option<u64> {
        // ORDERING: relaxed, what it says is checked by the exchange below.
        let last = self.last.load(Ordering::Relaxed);
        let is_due = last == NEVER || u128::from(now.saturating_sub(last)) >= interval.as_nanos();
        // ORDERING: relaxed on both ways: of those who saw the same time one stores the next, and nothing else is published.
        if is_due && self.last.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            return Some(self.held.take());
        }
        self.held.add_one();
        None
    }
}

/// The first call passes.
#[derive(Debug)]
pub struct Once(AtomicBool);

impl Once {
    /// A statement that was not called yet.
    #[expect(clippy::new_without_default, reason = "it is made in a static")]
    pub const fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// Nothing was held back before this call, if it passes. What comes later is not counted: no record would tell.
    #[inline]
    pub fn pass(&self) -> Option<u64> {
        // ORDERING: relaxed, spares later calls the swap, which alone settles who passes.
        if self.0.load(Ordering::Relaxed) {
            return None;
        }
        // ORDERING: relaxed, one caller gets `false`; nothing else is published.
        (!self.0.swap(true, Ordering::Relaxed)).then_some(0)
    }
}

/// Nanoseconds of a clock that never goes back, as fine as the interval asks for: the coarse one is had without reading the CPU's
/// counter.
fn now(interval: Duration) -> u64 {
    // They have the same zero, and the coarse one is behind by less than its step.
    let clock = if interval < FINE { libc::CLOCK_MONOTONIC } else { libc::CLOCK_MONOTONIC_COARSE };
    crate::sys::now(clock)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_passes_when_the_interval_is_over() {
        let (every, second) = (Every::new(), Duration::from_secs(1));
        assert_eq!(every.pass_at(5, second), Some(0));
        assert_eq!(every.pass_at(5, second), None);
        assert_eq!(every.pass_at(1_000_000_004, second), None);
        assert_eq!(every.pass_at(1_000_000_005, second), Some(2));
        assert_eq!(
            every.pass_at(900_000_000, second),
            None,
            "another thread's clock may be read a moment before"
        );
        assert_eq!(every.pass_at(3_000_000_000, second), Some(1));
        assert_eq!(every.pass_at(3_000_000_000, Duration::ZERO), Some(0));
        assert_eq!(every.pass_at(u64::MAX - 1, Duration::MAX), None);
    }

    #[test]
    fn the_interval_may_change_from_call_to_call() {
        let every = Every::new();
        assert_eq!(every.pass_at(0, Duration::from_secs(60)), Some(0));
        assert_eq!(every.pass_at(10, Duration::from_nanos(10)), Some(0));
    }

    #[test]
    fn both_clocks_go_on_from_the_same_zero() {
        let (fine, coarse) = (now(Duration::ZERO), now(Duration::from_secs(1)));
        assert!(fine.abs_diff(coarse) < 10_000_000_000 && coarse > 0);
        assert!(now(Duration::ZERO) >= fine);
    }

    #[test]
    fn one_of_so_many_passes() {
        let every = EveryN::new();
        let passed: Vec<_> = (0..7).filter_map(|call| Some((call, every.pass(3)?))).collect();
        assert_eq!(passed, [(0, 0), (3, 2), (6, 2)]);
        assert_eq!((0..3).filter_map(|_| EveryN::new().pass(0)).count(), 3);
    }
}
