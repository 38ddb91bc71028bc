//! A ring's account: what its threads tried to log, and what became of it.
//!
//! At any time *attempted = written + dropped + failed + in flight*. What a backtrace kept and let go is
//! among the dropped; the ring's worker counts it. `attempted` and `dropped` are written by the ring's thread
//! alone, `written` and `failed` by whichever sink worker is the last to deal with a batch. All are counts
//! that nobody draws further conclusions from, and are relaxed; drops are told of in the log, and have a
//! protocol of their own ([`Drops`]).

use crate::bells::Bells;
use crate::completion::CompletionCell;
use crate::protocol::announce::Announced;
use crate::protocol::drops::{Drops, Seen};
use crate::record::ThreadInfo;
use crate::sync::{Arc, AtomicU64, AtomicUsize, Mutex, Ordering, lock, own};
use crossbeam_utils::CachePadded;
use std::mem::ManuallyDrop;

/// The account of one ring, shared by its producer, its worker and the sinks.
#[derive(Debug)]
pub(crate) struct Account {
    calls: CachePadded<Calls>,
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

/// Written by the ring's thread only, in each call. A worker looks at it where it has to, and not after each burst: the
/// thread would have to fetch the line back.
#[derive(Debug, Default)]
struct Calls {
    attempted: AtomicU64,
    announced: Announced,
}

/// Written by the ring's thread only, where something out of the ordinary happens.
#[derive(Debug, Default)]
struct ProducerSide {
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
    /// The account of a new ring of `capacity` words, whose waiters ring `bells`.
    pub(crate) fn new(thread: Arc<ThreadInfo>, capacity: usize, bells: Arc<Bells>) -> Self {
        let cell = crate::cells::acquire(bells);
        let base = cell.flush().floor();
        let account = Self {
            calls: CachePadded::default(),
            producer: CachePadded::default(),
            settled: CachePadded::default(),
            drained: CachePadded::default(),
            capacity,
            cell,
            base,
            worker: AtomicUsize::new(0),
            thread: Mutex::new(thread),
        };
        add(&account.calls.attempted, base);
        account
    }

    /// Counts the log calls up to the `number`th of the ring's life, which is its record's position. The ring's thread
    /// only.
    #[inline(always)]
    pub(crate) fn count(&self, number: u64) {
        // ORDERING: relaxed, a count with a single writer; read by `position`.
        self.calls.attempted.store(number, Ordering::Relaxed);
    }

    /// Announces the `number`th log call of the ring's life, until it is [counted](Self::count): to be called before it
    /// reads the clock. The ring's thread only.
    #[inline(always)]
    pub(crate) fn begin(&self, number: u64) -> Begun<'_> {
        self.calls.announced.begin(number);
        Begun { account: self, number }
    }

    /// The position of the record that the latest log call writes, or has written. Look at it after the rings: see
    /// [`Announced`]. The worker only.
    #[inline]
    pub(crate) fn begun(&self) -> u64 {
        self.calls.announced.begun()
    }

    /// Counts a dropped record: how many there are now. The ring's thread only.
    pub(crate) fn drop_one(&self, stamp: u64, first_of_gap: bool) -> u64 {
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

    /// The position of the last record that a log call was made for.
    pub(crate) fn position(&self) -> u64 {
        // ORDERING: relaxed, a count.
        self.calls.attempted.load(Ordering::Relaxed)
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

/// A log call that is under way. Where a panic ends it, it has not begun.
#[derive(Debug)]
#[must_use = "the call has not begun when this is dropped"]
pub(crate) struct Begun<'a> {
    account: &'a Account,
    number: u64,
}

impl Begun<'_> {
    /// The call has written its record: it is to be counted and committed. Returns its number.
    #[inline(always)]
    pub(crate) fn finish(self) -> u64 {
        let Self { account, number } = *ManuallyDrop::new(self);
        account.count(number);
        number
    }
}

impl Drop for Begun<'_> {
    #[cold]
    fn drop(&mut self) {
        self.account.calls.announced.begin(self.number - 1);
    }
}

impl Drop for Account {
    /// Settles what is left and gives the cell back: no record of this ring will come any more.
    fn drop(&mut self) {
        crate::cells::release(self.cell, self.position());
    }
}
