//! A producer that is within a log call, for a worker that is about to pass it by.
//!
//! A log call reads the clock, writes its record, and commits it. What other threads log meanwhile is younger, and
//! stands in their rings before the record stands in its own: so a producer says which call it begins before it
//! reads the clock, and a worker that finds the call's record missing waits for it.
//!
//! # Variables
//!
//! - `begun`: the number of the latest call, in the order of the ring's positions. Written by the producer, before it
//!   reads the clock. There is no second store at the end of a call: the worker knows how many records it has
//!   taken, and finds the call over when its record is among them.
//!
//! # Invariants
//!
//! A worker reads the clock, then *all* rings' indices, then the calls begun by those whose records it has all
//! taken. From that follows, for a ring whose latest call is no longer missing:
//!
//! 1. No record of it *happened before* one that was found in another ring. If it had, its call was announced, and it was
//!    committed, before the other was; who has seen the other's index sees the announcement.
//! 2. Its next record is not older than the clock's reading, but for the time that the announcement takes to be seen.
//!
//! # The race that decided the design
//!
//! The announcement is a plain store, and the clock may be read before other threads see it. Only a full fence on the log
//! call could forbid that, and would double what the call costs. It is left out, because the first promise
//! does without it: it rests on what the indices carry along. What is left open is the order of two records neither of which
//! happened before the other, whose stamps differ by less than a store takes to leave the store buffer: well below
//! a microsecond, and no more where the thread loses its core right then, which drains that buffer.
//!
//! Were the calls looked at before the indices, the first promise would fall: a call may begin and end, and another
//! thread's record follow it, in between.

use crate::sync::{AtomicU64, Ordering};

/// The latest call of one ring's thread.
#[derive(Debug, Default)]
pub(crate) struct Announced {
    begun: AtomicU64,
}

impl Announced {
    /// Says that a call begins whose record will be the `number`th: to be called before the clock is read. Wait-free.
    #[inline(always)]
    pub(crate) fn begin(&self, number: u64) {
        // ORDERING: relaxed, one plain store. What makes it visible to `begun` is the commit of the record, by
        // the ring's index; until then nothing depends on it that is promised.
        self.begun.store(number, Ordering::Relaxed);
    }

    /// The latest call that has begun. Look at it after the indices of all rings, not before.
    #[inline]
    pub(crate) fn begun(&self) -> u64 {
        // ORDERING: relaxed: the rings' indices, read before, have acquired all that happened before their records, and a
        // load is never older than what happened before it (`begin`).
        self.begun.load(Ordering::Relaxed)
    }
}
