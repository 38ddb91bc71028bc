//! Counts: what was logged and what became of it.

mod histogram;
mod prometheus;

pub use histogram::Histogram;
pub(crate) use histogram::Recorder;

use std::sync::Arc;
use std::time::Duration;

/// What a runtime has done so far.
///
/// ```
/// use ringlog::{Builder, info, sink};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let runtime = Builder::new().workers(2).sink(sink::Null::new()).start()?;
/// info!(logger: runtime, "order {} accepted", 7);
/// runtime.flush()?;
/// let stats = runtime.stats();
/// assert_eq!((stats.producers.len(), stats.workers.len(), stats.sinks.len()), (1, 2, 1));
/// assert_eq!(stats.lost_after_shutdown, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Stats {
    /// One for each ring. A ring whose thread has ended is handed on, account and all, to the next thread
    /// that needs one, so there are as many as threads were alive at once.
    pub producers: Vec<ProducerStats>,
    /// One for each worker.
    pub workers: Vec<WorkerStats>,
    /// One for each sink, in the order in which they were added.
    pub sinks: Vec<SinkStats>,
    /// Log calls that found no ring: after shutdown, or out of another log call of the same thread (by a signal handler,
    /// a clock, an `Encode` or an allocator of the user's); and what ringlog's own threads logged by way of a bridge from
    /// `log` or `tracing`.
    pub lost_after_shutdown: u64,
}

/// The account of one ring: `attempted = written + dropped + failed + in_flight`, at any time.
///
/// ```
/// use ringlog::{Builder, info, sink};
///
/// # fn main() -> Result<(), ringlog::StartError> {
/// let runtime = Builder::new().sink(sink::Null::new()).start()?;
/// info!(logger: runtime, "order {} accepted", 7);
/// for producer in runtime.stats().producers {
///     let settled = producer.written + producer.dropped + producer.failed;
///     assert_eq!(producer.attempted, settled + producer.in_flight);
///     if producer.waits > 0 {
///         // A larger ring, or another worker, would spare `producer.thread` these waits.
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProducerStats {
    /// The thread that owns the ring, or did last; empty where it has no name.
    pub thread: String,
    /// The operating system's id of that thread.
    pub thread_id: u64,
    /// Log calls of enabled statements, from when they begin. One that a panic ends is taken back.
    pub attempted: u64,
    /// Records that every sink of their logger has written.
    pub written: u64,
    /// Records dropped because the ring was full, under `Overflow::DropNewest`, or the runtime closed; and
    /// those that were `discarded`.
    pub dropped: u64,
    /// Those among the dropped that a [`Backtrace`](crate::Backtrace) had kept, and that were not asked for.
    pub discarded: u64,
    /// Records that at least one sink did not write.
    pub failed: u64,
    /// Records on their way.
    pub in_flight: u64,
    /// Records that were longer than the ring allows and went to the heap.
    pub boxed: u64,
    /// Bytes that its worker has taken: of the ring, framing and padding included, and of the heap.
    pub bytes: u64,
    /// For how long the thread waited for room, under `Overflow::Block`; a wait that goes on is in it.
    pub blocked: Duration,
    /// How often it has waited.
    pub waits: u64,
    /// The ring's size in bytes.
    pub ring_capacity: u64,
    /// The most bytes that were seen to wait in the ring. It is looked at by the worker, each time that it
    /// comes by, and by the thread itself when it finds no room: so it may have been fuller, by what the thread logged while
    /// the worker read.
    pub ring_high_water: u64,
}

/// What one worker has done.
///
/// ```
/// use ringlog::{Builder, info, sink};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let runtime = Builder::new().sink(sink::Null::new()).start()?;
/// info!(logger: runtime, "order {} accepted", 7);
/// let worker = &runtime.shutdown()?.stats.workers[0];
/// assert_eq!((worker.records, worker.batch_records.max()), (1, Some(1)));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkerStats {
    /// How many rings it drains.
    pub rings: usize,
    /// Records that it has sent to their sinks.
    pub records: u64,
    /// Bytes that it has made of them, each layout's counted.
    pub bytes: u64,
    /// Records whose formatting panicked; they say so in the log.
    pub failed: u64,
    /// Log calls that did not come to their end within [`Builder::hold`](crate::Builder::hold), or while a ring was
    /// more than half full: younger records of other threads may stand before theirs.
    pub holds_exceeded: u64,
    /// For how long it waited for sinks that were behind.
    pub blocked: Duration,
    /// Records of each batch.
    pub batch_records: Histogram,
    /// Bytes of each batch, each layout's counted.
    pub batch_bytes: Histogram,
}

/// What one sink has done.
///
/// ```
/// use ringlog::{Builder, info, layout::Text, sink};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sink = sink::Null::new().layout(Text::pattern("{message}")?);
/// let runtime = Builder::new().sink(sink).start()?;
/// info!(logger: runtime, "filled");
/// let sink = &runtime.shutdown()?.stats.sinks[0];
/// assert_eq!((&*sink.name, sink.records, sink.bytes), ("null", 1, 7));
/// assert_eq!(sink.write_latency.count(), sink.batches);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SinkStats {
    /// The sink's name.
    pub name: Arc<str>,
    /// Records written.
    pub records: u64,
    /// Bytes written.
    pub bytes: u64,
    /// Batches written.
    pub batches: u64,
    /// Records that it failed to write.
    pub failed: u64,
    /// Records that passed it by, under `OnFull::Shed`.
    pub shed: u64,
    /// How often a batch was tried again.
    pub retries: u64,
    /// Records that its fallback wrote in its place, which do not count in `records` alone: they are among
    /// them.
    pub fallen_back: u64,
    /// Syncs that failed.
    pub failed_syncs: u64,
    /// Records of each batch that was written.
    pub batch_records: Histogram,
    /// Bytes of each batch that was written.
    pub batch_bytes: Histogram,
    /// How long each write took, in nanoseconds, whatever it came to; its fallback's are not counted. One
    /// that was given up counts with the sink's `call_limit`.
    pub write_latency: Histogram,
    /// How long each sync took, in nanoseconds, in the same way, but with its fallback's.
    pub sync_latency: Histogram,
}

impl Stats {
    /// The sum of all producers' accounts; of [`ring_high_water`](ProducerStats::ring_high_water) the
    /// greatest.
    ///
    /// ```
    /// use ringlog::{Builder, info, sink};
    /// use std::thread;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let runtime = &Builder::new().sink(sink::Null::new()).start()?;
    /// thread::scope(|scope| {
    ///     for session in 1..=3 {
    ///         scope.spawn(move || info!(logger: runtime, "session {session} opened"));
    ///     }
    /// });
    /// assert_eq!(runtime.stats().total().attempted, 3);
    /// # Ok(())
    /// # }
    /// ```
    pub fn total(&self) -> ProducerStats {
        let mut total = ProducerStats::default();
        for producer in &self.producers {
            total.attempted += producer.attempted;
            total.written += producer.written;
            total.dropped += producer.dropped;
            total.discarded += producer.discarded;
            total.failed += producer.failed;
            total.in_flight += producer.in_flight;
            total.boxed += producer.boxed;
            total.bytes += producer.bytes;
            total.blocked += producer.blocked;
            total.waits += producer.waits;
            total.ring_capacity += producer.ring_capacity;
            total.ring_high_water = total.ring_high_water.max(producer.ring_high_water);
        }
        total
    }
}
