//! Records that a producer dropped, for a worker that may have to tell of them.
//!
//! A producer whose ring is full drops the new record and counts it here. Its next record that finds room says in
//! the ring how many there were. A producer that logs no more says nothing: then the worker tells, once the ring
//! is empty.
//!
//! # Variables
//!
//! - `total`: drops in the life of the ring. Written by the producer, after `first` and `last`.
//! - `first`, `last`: the stamps of the last gap's first and last drop. Written by the producer.
//!
//! # The race that decided the design
//!
//! Positions count drops in their place among the records. Were the worker to find the ring empty, and only then read
//! the count, the producer could meanwhile commit records and drop more behind them: the worker would count these
//! drops in front of those records, and a watermark would run ahead of what is written. So it reads the count
//! *first* and the ring after it: what was committed before the drops that it has seen is then seen as well,
//! and where the ring is empty all the same, it is drained.

use crate::sync::{AtomicU64, Ordering, own};

/// The drops of one ring.
#[derive(Debug, Default)]
pub(crate) struct Drops {
    total: AtomicU64,
    first: AtomicU64,
    last: AtomicU64,
}

/// Drops up to some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// In the life of the ring.
    pub(crate) total: u64,
    /// The stamp of the first drop of the last gap.
    pub(crate) first: u64,
    /// The stamp of the last drop.
    pub(crate) last: u64,
}

impl Drops {
    /// Counts one drop: how many there are now. Called by the producer alone. Wait-free.
    pub(crate) fn count(&self, stamp: u64, begins_gap: bool) -> u64 {
        if begins_gap {
            // ORDERING: relaxed, carried by the release of `total`.
            self.first.store(stamp, Ordering::Relaxed);
        }
        // ORDERING: relaxed, as above.
        self.last.store(stamp, Ordering::Relaxed);
        let total = own(&self.total) + 1;
        // ORDERING: release pairs with `seen`: who sees the count sees the records that were committed before.
        self.total.store(total, Ordering::Release);
        total
    }

    /// The drops so far. Look at the ring after it, not before.
    pub(crate) fn seen(&self) -> Seen {
        // ORDERING: acquire pairs with `count`.
        let total = self.total.load(Ordering::Acquire);
        // ORDERING: relaxed, carried by `total`; they may be those of a later drop, whose time is then told.
        let first = self.first.load(Ordering::Relaxed);
        // ORDERING: relaxed, as above.
        Seen { total, first, last: self.last.load(Ordering::Relaxed) }
    }
}
