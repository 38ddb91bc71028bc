//! A buffer that several sinks read at once, and that is written again when the last has finished.
//!
//! # Variables
//!
//! - `readers`: how many have not finished. Set by the owner when it is zero, counted down once by each reader.
//!
//! ```text
//!   owner     start(2) ──▶ hands the buffer out ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ is_free() ──▶ writes again
//!   readers                    read … finish() = false     read … finish() = true
//! ```
//!
//! The buffer is the owner's while `readers` is zero, and the readers' else. The next round is the job of *one*
//! of two: either of the owner that asks `is_free` (then no reader touches the buffer after its `finish`, the
//! last one included), or of the last reader, to which `finish` said `true` (then nobody asks `is_free`).
//!
//! # The race that decided the design
//!
//! The writer of the next round must come after *every* reader of this one, not just the last: a reader that
//! finished early has read the buffer too. The count is only ever changed by read-modify-write, so that each
//! reader's release stands at the head of a sequence that the zero ends.

use crate::sync::{AtomicU32, Ordering};

/// Counts the readers of a shared buffer.
#[derive(Debug)]
pub(crate) struct Countdown {
    readers: AtomicU32,
}

impl Countdown {
    /// No readers: the buffer is free.
    pub(crate) fn new() -> Self {
        Self { readers: AtomicU32::new(0) }
    }

    /// Begins a round with `readers` readers. Called by the owner, while the buffer is free, before it is handed out.
    pub(crate) fn start(&self, readers: u32) {
        debug_assert!(self.is_free(), "the last round is not over");
        // ORDERING: relaxed, the queues that hand the buffer out carry it to `finish`.
        self.readers.store(readers, Ordering::Relaxed);
    }

    /// Ends one reader's use of the buffer; `true` for the last, and only for it.
    #[must_use = "the last reader may have to pass the buffer on"]
    pub(crate) fn finish(&self) -> bool {
        // ORDERING: release gives the reads of this reader up to `is_free` and to the last `finish`, which
        // acquires them.
        let before = self.readers.fetch_sub(1, Ordering::AcqRel);
        debug_assert!(before > 0, "more have finished than were started");
        before == 1
    }

    /// Whether all have finished, so that the owner may write again.
    #[inline]
    pub(crate) fn is_free(&self) -> bool {
        // ORDERING: acquire pairs with each reader's `finish`.
        self.readers.load(Ordering::Acquire) == 0
    }
}
