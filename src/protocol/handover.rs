//! What a producer tells the worker of its ring in each log call: that a call begins, and that its record is there.
//!
//! A log call reads the clock, writes what its record holds, and commits it. What other threads log meanwhile is younger, and
//! stands in their rings before the record stands in its own: so a producer says which call it begins before it
//! reads the clock, and a worker that finds the call's record missing waits for it.
//!
//! ```text
//!   producer                          worker
//!   begin(n)         one store        now = clock
//!   clock, record                     committed(), of every ring: what may be read
//!   commit(end)      one store        begun(), of those that are at their end: n, and the record is not there?
//! ```
//!
//! # Variables
//!
//! Both are written by the producer alone, and lie on one cache line: it is all that goes from one core to the other but
//! for the records.
//!
//! - `begun`: the number of the latest call, in the order of the ring's positions. There is no second store at the end of
//!   a call: the worker knows how many records it has taken, and finds the call over when its record is among them.
//! - `committed`: the address behind the last record that is whole. An address, since that is what a call has at hand: a
//!   running count would be one word more to load, and an index of `rtrb`'s, that wraps at twice the capacity, ten
//!   instructions more to compute.
//!
//! # Invariants
//!
//! 1. What lies before `committed`, back to where the worker has read, is written. The producer never fills a ring to the
//!    last word, so that no two fillings have the same address: see `ring`.
//!
//! A worker reads the clock, then `committed` of *all* rings, then the calls begun by those whose records it has all
//! taken. From that follows, for a ring whose latest call is no longer missing:
//!
//! 2. No record of it *happened before* one that was found in another ring. If it had, its call was announced, and it was
//!    committed, before the other was; who has seen the other's commit sees the announcement.
//! 3. Its next record is not older than the clock's reading, but for the time that the announcement takes to be seen.
//!
//! # The race that decided the design
//!
//! The announcement is a plain store, and the clock may be read before other threads see it. Only a full fence on the log
//! call could forbid that, and would double what the call costs. It is left out, because the first promise
//! does without it: it rests on what the commits carry along. What is left open is the order of two records neither of which
//! happened before the other, whose stamps differ by less than a store takes to leave the store buffer: well below
//! a microsecond, and no more where the thread loses its core right then, which drains that buffer.
//!
//! Were the calls looked at before the commits, the second promise would fall: a call may begin and end, and another
//! thread's record follow it, in between.

use crate::sync::{AtomicU64, AtomicUsize, Ordering};

/// What a ring's producer has begun and what it has committed.
#[derive(Debug)]
pub(crate) struct Handover {
    begun: AtomicU64,
    committed: AtomicUsize,
}

impl Handover {
    /// That of a ring that begins at an address.
    pub(crate) fn new(start: usize) -> Self {
        Self { begun: AtomicU64::new(0), committed: AtomicUsize::new(start) }
    }

    /// Says that a call begins whose record will be the `number`th: to be called before the clock is read. Wait-free. The
    /// producer only.
    #[inline(always)]
    pub(crate) fn begin(&self, number: u64) {
        // ORDERING: relaxed, one plain store. What makes it visible to `begun` is the commit of the record; until then
        // nothing depends on it that is promised.
        self.begun.store(number, Ordering::Relaxed);
    }

    /// The latest call that has begun. For order, look at it after the commits of all rings, not before.
    #[inline]
    pub(crate) fn begun(&self) -> u64 {
        // ORDERING: relaxed: `committed` of all rings, read before, has acquired all that happened before their records,
        // and a load is never older than what happened before it (`begin`).
        self.begun.load(Ordering::Relaxed)
    }

    /// Says that all is written up to an address. Wait-free. The producer only.
    #[inline(always)]
    pub(crate) fn commit(&self, end: usize) {
        // ORDERING: release pairs with `committed`: the words before `end`, and all that happened before.
        self.committed.store(end, Ordering::Release);
    }

    /// Up to which address the ring may be read.
    #[inline]
    pub(crate) fn committed(&self) -> usize {
        // ORDERING: acquire pairs with `commit`.
        self.committed.load(Ordering::Acquire)
    }
}
