//! What a worker counts of its own work.

use crate::batch::Content;
use crate::stats::{Recorder, WorkerStats};
use crate::sync::{AtomicU64, Ordering, own};
use std::time::Duration;

/// Written by the worker only: counts that nobody draws further conclusions from, all relaxed.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    failed: AtomicU64,
    holds_exceeded: AtomicU64,
    blocked_nanos: AtomicU64,
    batch_records: Recorder,
    batch_bytes: Recorder,
}

fn add(counter: &AtomicU64, n: u64) {
    // ORDERING: relaxed, a count with a single writer, read by `Counts::stats`.
    counter.store(own(counter) + n, Ordering::Relaxed);
}

impl Counts {
    /// Counts a content that is sent to its sinks.
    pub(super) fn dispatch(&self, content: &Content) {
        self.batch_records.record(content.records);
        let bytes: usize = content.buffers.iter().map(|buffer| buffer.bytes.len()).sum();
        self.batch_bytes.record(bytes as u64);
    }

    /// Counts a record whose formatting panicked.
    pub(super) fn fail(&self) {
        add(&self.failed, 1);
    }

    /// Counts a log call that was passed, for it had held up others for too long.
    pub(super) fn exceed_hold(&self) {
        add(&self.holds_exceeded, 1);
    }

    /// Counts time that the worker waited for sinks.
    pub(super) fn block(&self, time: Duration) {
        add(&self.blocked_nanos, time.as_nanos() as u64);
    }

    /// The counts as of now, of a worker that drains so many rings.
    pub(crate) fn stats(&self, rings: usize) -> WorkerStats {
        // ORDERING: relaxed, counts.
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let (batch_records, batch_bytes) = (self.batch_records.snapshot(), self.batch_bytes.snapshot());
        WorkerStats {
            rings,
            records: batch_records.sum(),
            bytes: batch_bytes.sum(),
            failed: get(&self.failed),
            holds_exceeded: get(&self.holds_exceeded),
            blocked: Duration::from_nanos(get(&self.blocked_nanos)),
            batch_records,
            batch_bytes,
        }
    }
}
