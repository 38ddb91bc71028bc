//! What orders a flush behind the records that it is for.
//!
//! A flush is a record of its own kind: each worker has a flush cell for flushes, whose positions are ticket
//! numbers and whose lanes are the sinks, as in a ring's cell. No further protocol for waiting is needed.
//!
//! ```text
//!   flusher           take() = t ──▶ ring the worker ──▶ wait for position t of the worker's cell
//!   worker            latest() = t ──▶ then look at the rings, drain what is there ──▶ a marker t to each sink
//!   sink worker       writes all that came before the marker ──▶ complete(sink, t)
//! ```
//!
//! With several workers, the flusher takes a ticket of each and waits for all.
//!
//! # Variables
//!
//! - `last`: the highest ticket taken.
//!
//! # The race that decided the design
//!
//! A record is committed, then a flush begins, perhaps in another thread. The worker must not answer the ticket from
//! a look at the rings that was older than the commit. So it reads `latest` *first* and the rings after it: who
//! sees the ticket sees all that happened before it was taken.

use crate::sync::{AtomicU64, Ordering};

/// A worker's tickets for flushes.
#[derive(Debug)]
pub(crate) struct Tickets {
    last: AtomicU64,
}

impl Tickets {
    pub(crate) fn new() -> Self {
        Self { last: AtomicU64::new(0) }
    }

    /// A ticket for everything that happened before, from 1. The caller rings the worker's doorbell next. Wait-free.
    pub(crate) fn take(&self) -> u64 {
        // ORDERING: release pairs with `latest`: the worker that sees the ticket sees what was committed before; later
        // tickets continue the release sequence.
        self.last.fetch_add(1, Ordering::Release) + 1
    }

    /// The highest ticket so far. What the worker reads of its rings *after* this call is enough for it.
    #[inline]
    pub(crate) fn latest(&self) -> u64 {
        // ORDERING: acquire pairs with each `take` up to the one that it reads.
        self.last.load(Ordering::Acquire)
    }
}
