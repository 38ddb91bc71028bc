//! A ring's account: what its threads tried to log, and what became of it.
//!
//! At any time *attempted = written + dropped + failed + in flight*. What a backtrace kept and let go is
//! among the dropped; the ring's worker counts it. `attempted` and `dropped` are written by the ring's thread
//! alone, `written` and `failed` by whichever sink worker is the last to deal with a batch. All are counts
//! that nobody draws further conclusions from, and are relaxed; drops are told of in the log, and have a
//! protocol of their own ([`Drops`]).

use crate::bells::Bells;
use crate::completion::CompletionCell;
use crate::protocol::drops::{Drops, Seen};
use crate::protocol::handover::Handover;
use crate::record::ThreadInfo;
use crate::ring::RingProducer;
use crate::sync::{Arc, AtomicU64, AtomicUsize, Mutex, Ordering, lock, own};
use crossbeam_utils::CachePadded;

/// The account of one ring, shared by its producer, its worker and the sinks.
#[derive(Debug)]
pub(crate) struct Account {
    /// Which call the ring's thread has begun last.
    handover: Arc<CachePadded<Handover>>,
    producer: CachePadded<ProducerSide>,
    settled: CachePadded<SettledSide>,
    drained: CachePadded<WorkerSide>,
    /// The ring's size in words.
    capacity: usize,
    /// Where those who wait for the ring's records wait.
    pub(crate) cell: &'static CompletionCell,
    /// The position that the cell's former ring has left it at; this ring's records follow it.
    pub(crate) base: u64,
    /// Which worker drains the ring.
    pub(crate) worker: AtomicUsize,
    thread: Mutex<Arc<ThreadInfo>>,
}

/// Written by the ring's thread only, where something out of the ordinary happens.
#[derive(Debug, Default)]
struct ProducerSide {
    /// The position of the last record that was dropped. Those that were not are told by the handover.
    dropped: AtomicU64,
    drops: Drops,
    boxed: AtomicU64,
    blocked_nanos: AtomicU64,
    waits: AtomicU64,
    /// The most words that the thread has seen in its ring.
    high_water: AtomicU64,
}

/// Written by sink workers, and by the ring's worker.
#[derive(Debug, Default)]
struct SettledSide {
    written: AtomicU64,
    failed: AtomicU64,
    /// By the ring's worker.
    discarded: AtomicU64,
}

/// Written by the ring's worker only.
#[derive(Debug, Default)]
struct WorkerSide {
    bytes: AtomicU64,
    /// The most words that it has seen in the ring.
    high_water: AtomicU64,
}

/// Adds to a counter that the calling thread alone writes.
#[inline(always)]
fn add(counter: &AtomicU64, n: u64) -> u64 {
    // ORDERING: relaxed, a count with a single writer: no other thread's store can come in between.
    let sum = counter.load(Ordering::Relaxed) + n;
    // ORDERING: relaxed, as above; read by `Account::counts`.
    counter.store(sum, Ordering::Relaxed);
    sum
}

/// Raises a maximum that the calling thread alone writes.
fn raise(maximum: &AtomicU64, n: u64) {
    if n > own(maximum) {
        // ORDERING: relaxed, read by `Account::stats` as a count is.
        maximum.store(n, Ordering::Relaxed);
    }
}

impl Account {
    /// The account of a new ring, whose waiters ring `bells`.
    pub(crate) fn new(thread: Arc<ThreadInfo>, ring: &RingProducer, bells: Arc<Bells>) -> Self {
        let cell = crate::cells::acquire(bells);
        let base = cell.flush().floor();
        let handover = ring.share_handover();
        // Nothing of this ring was logged yet.
        handover.begin(base);
        Self {
            handover,
            producer: CachePadded::default(),
            settled: CachePadded::default(),
            drained: CachePadded::default(),
            capacity: ring.capacity(),
            cell,
            base,
            worker: AtomicUsize::new(0),
            thread: Mutex::new(thread),
        }
    }

    /// The position of the record that the latest log call writes, or has written. Look at it after the rings: see
    /// [`Handover`]. The worker only.
    #[inline]
    pub(crate) fn begun(&self) -> u64 {
        self.handover.begun()
    }

    /// Counts a dropped record by its position: how many there are now. The ring's thread only.
    pub(crate) fn drop_one(&self, position: u64, stamp: u64, first_of_gap: bool) -> u64 {
        // ORDERING: relaxed, a count with a single writer; read by `position`.
        self.producer.dropped.store(position, Ordering::Relaxed);
        self.producer.drops.count(stamp, first_of_gap)
    }

    /// How many records were dropped, and when. Look at the ring after it: see [`Drops`].
    pub(crate) fn drops(&self) -> Seen {
        self.producer.drops.seen()
    }

    /// Counts a record that went to the heap. The ring's thread only.
    pub(crate) fn box_one(&self) {
        add(&self.producer.boxed, 1);
    }

    /// Counts a wait for room. The ring's thread only.
    pub(crate) fn wait(&self) {
        add(&self.producer.waits, 1);
    }

    /// Takes note of how many words the ring's thread has seen in its ring. The ring's thread only.
    pub(crate) fn note_used(&self, words: usize) {
        raise(&self.producer.high_water, words as u64);
    }

    /// Takes note of how many words the ring's worker has seen in it. The worker only.
    pub(crate) fn note_found(&self, words: usize) {
        raise(&self.drained.high_water, words as u64);
    }

    /// Counts words that were taken. The worker only.
    pub(crate) fn drain(&self, words: usize) {
        add(&self.drained.bytes, words as u64 * 8);
    }

    /// Counts time that the ring's thread waited for room. The ring's thread only.
    pub(crate) fn block(&self, nanos: u64) {
        add(&self.producer.blocked_nanos, nanos);
    }

    /// Counts records whose sinks have all dealt with them.
    pub(crate) fn settle(&self, written: u64, failed: u64) {
        // ORDERING: relaxed, counts; several sink workers may add at once.
        self.settled.written.fetch_add(written, Ordering::Relaxed);
        // ORDERING: relaxed, as above.
        self.settled.failed.fetch_add(failed, Ordering::Relaxed);
    }

    /// Counts records that were kept, and will not be written any more.
    pub(crate) fn discard(&self, records: u64) {
        if records > 0 {
            // ORDERING: relaxed, a count.
            self.settled.discarded.fetch_add(records, Ordering::Relaxed);
        }
    }

    /// The thread that owns the ring, or did last.
    pub(crate) fn thread(&self) -> Arc<ThreadInfo> {
        lock(&self.thread).clone()
    }

    pub(crate) fn set_thread(&self, thread: Arc<ThreadInfo>) {
        *lock(&self.thread) = thread;
    }

    /// The position of the last record that a log call was made for, or is being made right now.
    pub(crate) fn position(&self) -> u64 {
        // ORDERING: relaxed, a count.
        self.begun().max(self.producer.dropped.load(Ordering::Relaxed))
    }

    /// The account as of now. Settled records are read first, so that none is counted that is not attempted.
    pub(crate) fn stats(&self) -> crate::stats::ProducerStats {
        // ORDERING: acquire, so that the counts of the ring's thread, read below, are no older than these.
        let written = self.settled.written.load(Ordering::Acquire);
        // ORDERING: acquire, as above.
        let failed = self.settled.failed.load(Ordering::Acquire);
        // ORDERING: acquire, as above.
        let discarded = self.settled.discarded.load(Ordering::Acquire);
        let dropped = self.drops().total + discarded;
        let attempted = self.position() - self.base;
        // ORDERING: relaxed, counts.
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let high_water = get(&self.producer.high_water).max(get(&self.drained.high_water));
        crate::stats::ProducerStats {
            thread: self.thread().name.clone(),
            thread_id: self.thread().id,
            attempted,
            written,
            dropped,
            discarded,
            failed,
            in_flight: attempted.saturating_sub(written + dropped + failed),
            boxed: get(&self.producer.boxed),
            bytes: get(&self.drained.bytes),
            blocked: std::time::Duration::from_nanos(get(&self.producer.blocked_nanos)),
            waits: get(&self.producer.waits),
            ring_capacity: self.capacity as u64 * 8,
            ring_high_water: high_water * 8,
        }
    }
}

impl Drop for Account {
    /// Settles what is left and gives the cell back: no record of this ring will come any more.
    fn drop(&mut self) {
        crate::cells::release(self.cell, self.position());
    }
}
