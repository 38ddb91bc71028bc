//! What can go wrong at start, and what is told to the error handler later.

use crate::backtrace::MAX_RECORDS;
use crate::callsite::Place;
use crate::clock::{ClockEvent, ClockWarning};
use crate::filter::FilterError;
use crate::level::Level;
use crate::protocol::lanes::MAX_SINKS;
use crate::sync::{Arc, AtomicU64, Mutex, Ordering, lock};
use crate::sys;
use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// Why a runtime did not start, or a logger was not made.
///
/// ```
/// use ringlog::{Builder, StartError};
///
/// let error = Builder::new().ring_capacity(16).start().unwrap_err();
/// assert!(matches!(error, StartError::RingCapacity(16)));
/// assert_eq!(error.to_string(), "a ring of 16 bytes: use 512 bytes to 68719476736");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// `Builder::workers` was given a number that is none.
    #[error("{0} workers: use 1 to {MAX_WORKERS}")]
    Workers(usize),
    /// `Builder::pin` was given fewer cores than there are workers.
    #[error("{cores} cores for {workers} workers: name one core for each, or none")]
    Cores {
        /// How many were named.
        cores: usize,
        /// How many are needed.
        workers: usize,
    },
    /// `Builder::ring_capacity` was given a size that no ring can have.
    #[error("a ring of {0} bytes: use {MIN_RING} bytes to {MAX_RING}")]
    RingCapacity(usize),
    /// `Builder::hold` was given a time for which nothing may be held up.
    #[error("records held up for {0:?}: use 0 to {MAX_HOLD:?}")]
    Hold(Duration),
    /// `Builder::ring_capacity` was given more than the machine has.
    #[error("a ring of {bytes} bytes: each is in memory in whole, and the machine has {memory} bytes of it")]
    RingMemory {
        /// What was asked for.
        bytes: usize,
        /// The machine's memory.
        memory: usize,
    },
    /// A backtrace that would keep nothing, or that its own trigger is kept by.
    #[error(
        "a backtrace of {records} records below {below}, written at {trigger}: use 1 to {MAX_RECORDS} records, a level \
         above TRACE to keep what is below it, and a trigger that is not below that level"
    )]
    Backtrace {
        /// How many were to be kept.
        records: usize,
        /// The level below which they were to be kept.
        below: Level,
        /// The level at which they were to be written.
        trigger: Level,
    },
    /// A filter directive, from the builder or the environment, is none.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// A runtime is global already.
    #[error("ringlog is initialised already: init() works once, until shutdown()")]
    AlreadyInitialized,
    /// The operating system gave no thread.
    #[error("no thread for {name}: {source}")]
    Thread {
        /// What the thread was for.
        name: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// More loggers than a record's header can tell apart.
    #[error("no room for logger `{0}`: a runtime has at most 65,535")]
    TooManyLoggers(String),
    /// More sinks than a flush cell has lanes for.
    #[error("no room for sink `{0}`: a runtime has at most {MAX_SINKS}")]
    TooManySinks(String),
    /// `Builder::flush_on_signals` was given a number that cannot be asked for.
    #[error("signal {signal} cannot be flushed on: {reason}")]
    Signal {
        /// The number.
        signal: i32,
        /// Why it cannot be.
        reason: &'static str,
    },
    /// The runtime is shut down.
    #[error("the runtime is shut down")]
    ShutDown,
}

/// The longest that records are held up for the sake of their order: a crash waits for workers for not much longer.
pub(crate) const MAX_HOLD: Duration = Duration::from_secs(1);
/// The smallest ring, in bytes.
pub(crate) const MIN_RING: usize = 512;
/// The largest ring, in bytes: 64 GiB, or 1 GiB where addresses have 32 bits.
pub(crate) const MAX_RING: usize = if usize::BITS < 64 { 1 << 30 } else { 1 << 36 };
/// The most workers that a runtime can have.
pub(crate) const MAX_WORKERS: usize = 256;

/// What ringlog tells its error handler: nothing that it does wrong or without is silent.
///
/// ```
/// use ringlog::{Builder, Event, sink};
///
/// let builder = Builder::new().sink(sink::Null::new()).on_error(|event| match event {
///     Event::Hanging { sink, .. } => eprintln!("page somebody: {sink} hangs"),
///     event => eprintln!("ringlog: {event}"),
/// });
/// # let _ = builder;
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Event {
    /// A worker runs on any core, since it could not be pinned to the one asked for.
    #[error("worker {worker} is not pinned: there is no core {core} to be had; it runs on any")]
    NotPinned {
        /// The worker, from 0.
        worker: usize,
        /// The core that was asked for.
        core: usize,
    },
    /// The filter in the environment is none, and nobody called [`Builder::init`](crate::Builder::init), which would
    /// have said so: the filter is `info`.
    #[error("RINGLOG is not used: {0}")]
    Environment(FilterError),
    /// The clock asked for cannot be had.
    #[error("{0}")]
    Clock(ClockWarning),
    /// The system's clock was set while the runtime ran.
    #[error("{0}")]
    ClockStepped(ClockEvent),
    /// A sink could not write a batch.
    #[error("sink {sink} failed to write {records} records: {error}")]
    Write {
        /// The sink's name.
        sink: Arc<str>,
        /// How many records it was to write.
        records: u64,
        /// Why it did not.
        error: Arc<io::Error>,
    },
    /// A sink could not write a batch, and tries again as its `OnError` says. Told once, until it has written.
    #[error("sink {sink} failed to write, and tries again: {error}")]
    Retrying {
        /// The sink's name.
        sink: Arc<str>,
        /// Why it did not write.
        error: Arc<io::Error>,
    },
    /// A sink that had failed has written again.
    #[error("sink {sink} writes again, after {after:?}")]
    Recovered {
        /// The sink's name.
        sink: Arc<str>,
        /// How long it had failed.
        after: Duration,
    },
    /// A sink could not write a batch, and another one did in its place.
    #[error("sink {sink} failed to write {records} records, which went to {fallback}: {error}")]
    FellBack {
        /// The sink's name.
        sink: Arc<str>,
        /// The name of the one that wrote the batch.
        fallback: Arc<str>,
        /// How many records it was to write.
        records: u64,
        /// Why it did not.
        error: Arc<io::Error>,
    },
    /// A sink has not come back from a write or a sync in time.
    #[error("sink {sink} hangs: it has not come back from a call for {limit:?}")]
    Hanging {
        /// The sink's name.
        sink: Arc<str>,
        /// What was set by `call_limit`.
        limit: Duration,
    },
    /// A sink could not bring what it had written to stable storage.
    #[error("sink {sink} failed to sync: {error}")]
    Sync {
        /// The sink's name.
        sink: Arc<str>,
        /// Why.
        error: Arc<io::Error>,
    },
    /// A rolling file could not be rotated, compressed or deleted. It is written to all the same.
    #[error("sink {sink} goes on, but not all is as it should be: {error}")]
    Rolling {
        /// The sink's name.
        sink: Arc<str>,
        /// What failed, with the file's path.
        error: Arc<io::Error>,
    },
    /// A sink under `OnFull::Shed` was behind, and records passed it by.
    #[error("sink {sink} is behind: it shed {records} records")]
    Shed {
        /// The sink's name.
        sink: Arc<str>,
        /// How many records it did not get.
        records: u64,
    },
    /// The `Display` or `Debug` of a logged value panicked on a worker; the record says so.
    #[error("a value logged at {}:{} panicked while it was formatted", place.file, place.line)]
    FormatPanicked {
        /// The log statement.
        place: Place,
    },
}

impl Event {
    /// The kind of event, by which the default handler counts what it leaves out.
    fn kind(&self) -> usize {
        match self {
            Self::NotPinned { .. } => 0,
            Self::Clock(_) => 1,
            Self::ClockStepped(_) => 2,
            Self::Write { .. } => 3,
            Self::Sync { .. } => 4,
            Self::Shed { .. } => 5,
            Self::Rolling { .. } => 12,
            Self::FormatPanicked { .. } => 6,
            Self::Environment(_) => 7,
            Self::Retrying { .. } => 8,
            Self::Recovered { .. } => 9,
            Self::FellBack { .. } => 10,
            Self::Hanging { .. } => 11,
        }
    }
}

const KINDS: usize = 13;

/// Takes events; called on ringlog's own threads.
pub(crate) type Handler = Arc<dyn Fn(&Event) + Send + Sync>;

/// The handler where the user gives none: a line on stderr, at most one a second for each kind.
pub(crate) fn default_handler() -> Handler {
    let throttles: [Throttle; KINDS] = Default::default();
    Arc::new(move |event| {
        if let Some(left_out) = throttles[event.kind()].admit() {
            let line = match left_out {
                0 => format!("ringlog: {event}\n"),
                n => format!("ringlog: {event} ({n} more of this kind left out)\n"),
            };
            // Nothing can be told to anybody when stderr itself fails.
            let _ = sys::write(io::stderr().as_fd(), line.as_bytes());
        }
    })
}

/// Lets one through a second and counts the others.
#[derive(Debug, Default)]
struct Throttle {
    last: Mutex<Option<Instant>>,
    left_out: AtomicU64,
}

impl Throttle {
    /// How many were left out since the last that was let through, if this one is.
    fn admit(&self) -> Option<u64> {
        let mut last = lock(&self.last);
        if last.is_some_and(|last| last.elapsed() < Duration::from_secs(1)) {
            // ORDERING: relaxed, under the lock.
            self.left_out.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        *last = Some(Instant::now());
        // ORDERING: relaxed, under the lock.
        Some(self.left_out.swap(0, Ordering::Relaxed))
    }
}
