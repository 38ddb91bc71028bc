//! How a runtime is to be: the builder.

use crate::backtrace::Backtrace;
use crate::clock::Clock;
use crate::ends::{Ends, OnFork};
use crate::error::{Event, Handler, MAX_HOLD, MAX_RING, MAX_WORKERS, MIN_RING, StartError, default_handler};
use crate::filter::Filter;
use crate::producer::Overflow;
use crate::runtime::Runtime;
use crate::scheduler::IdleStrategy;
use crate::sink::{Console, Sink};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

/// Configures a [`Runtime`] and starts it.
///
/// ```
/// use ringlog::{Builder, IdleStrategy, Overflow, info, sink};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let runtime = Builder::new()
///     .idle(IdleStrategy::park())
///     .ring_capacity(1 << 16)
///     .overflow(Overflow::DropNewest)
///     .sink(sink::Null::new())
///     .start()?;
/// info!(logger: runtime, "hello");
/// let report = runtime.shutdown()?;
/// assert_eq!(report.total.written, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a runtime is started by `init` or `start`"]
pub struct Builder {
    workers: usize,
    pin: Vec<usize>,
    idle: IdleStrategy,
    ring_capacity: usize,
    overflow: Overflow,
    hold: Duration,
    clock: Clock,
    filter: Option<String>,
    sinks: Vec<Box<dyn Sink>>,
    backtrace: Option<Backtrace>,
    ends: Ends,
    handler: Option<Reporter>,
    #[cfg(feature = "config")]
    configured: crate::config::Configured,
}

/// Longer than a thread mostly goes without a core that it wants.
const HOLD: Duration = Duration::from_millis(10);

/// A handler without a `Debug` of its own.
struct Reporter(Handler);

impl std::fmt::Debug for Reporter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Handler")
    }
}

/// What a builder has gathered and checked.
pub(crate) struct Settings {
    pub(crate) workers: usize,
    pub(crate) pin: Vec<usize>,
    pub(crate) idle: IdleStrategy,
    pub(crate) ring_capacity: usize,
    pub(crate) overflow: Overflow,
    pub(crate) hold: Duration,
    pub(crate) clock: Clock,
    pub(crate) filter: Filter,
    pub(crate) sinks: Vec<Box<dyn Sink>>,
    pub(crate) backtrace: Option<Backtrace>,
    pub(crate) ends: Ends,
    pub(crate) handler: Handler,
    #[cfg(feature = "config")]
    pub(crate) configured: crate::config::Configured,
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

impl Builder {
    /// One worker, on any core, that backs off when idle; rings of 1 MiB that block when full; the TSC as
    /// clock; the filter of the environment's `RINGLOG`, or `info`; standard error as the sink.
    ///
    /// ```
    /// use ringlog::{Builder, info};
    ///
    /// let runtime = Builder::new().start()?;
    /// info!(logger: runtime, "to standard error");
    /// # Ok::<_, ringlog::StartError>(())
    /// ```
    pub fn new() -> Self {
        Self {
            workers: 1,
            pin: Vec::new(),
            idle: IdleStrategy::default(),
            ring_capacity: 1 << 20,
            overflow: Overflow::default(),
            hold: HOLD,
            clock: Clock::Tsc,
            filter: None,
            sinks: Vec::new(),
            backtrace: None,
            ends: Ends::default(),
            handler: None,
            #[cfg(feature = "config")]
            configured: crate::config::Configured::default(),
        }
    }

    /// How many workers drain the rings. With more than one, order between threads holds only for threads
    /// whose rings the same worker drains.
    ///
    /// ```
    /// use ringlog::{Builder, sink};
    ///
    /// let runtime = Builder::new().workers(2).sink(sink::Null::new()).start()?;
    /// assert_eq!(runtime.stats().workers.len(), 2);
    /// # Ok::<_, ringlog::StartError>(())
    /// ```
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers;
        self
    }

    /// The cores that the workers are pinned to: worker *i* to the *i*th. One that cannot be had is told to
    /// the error handler, and the worker runs on any core.
    ///
    /// ```
    /// use ringlog::{Builder, StartError, sink};
    ///
    /// let builder = Builder::new().workers(2).pin([2, 3]);
    /// # let _ = builder;
    /// let too_few = Builder::new().workers(2).pin([2]).sink(sink::Null::new()).start();
    /// assert!(matches!(too_few, Err(StartError::Cores { cores: 1, workers: 2 })));
    /// ```
    pub fn pin(mut self, cores: impl IntoIterator<Item = usize>) -> Self {
        self.pin = cores.into_iter().collect();
        self
    }

    /// How workers wait when there is nothing to do.
    ///
    /// ```
    /// use ringlog::{Builder, IdleStrategy};
    ///
    /// // For a machine with a core to spare: it is busy even when nothing is logged.
    /// let builder = Builder::new().pin([3]).idle(IdleStrategy::busy_spin());
    /// # let _ = builder;
    /// ```
    pub fn idle(mut self, idle: IdleStrategy) -> Self {
        self.idle = idle;
        self
    }

    /// The size of each thread's ring, in bytes. It is rounded up to whole words and touched in whole when its
    /// thread registers. A record takes 24 bytes and its arguments; one that takes more than a quarter of the
    /// ring goes by way of the heap.
    ///
    /// ```
    /// use ringlog::{Builder, info, sink};
    ///
    /// let runtime = Builder::new().ring_capacity(4 << 20).sink(sink::Null::new()).start()?;
    /// info!(logger: runtime, "the first call of a thread makes its ring");
    /// assert_eq!(runtime.stats().producers[0].ring_capacity, 4 << 20);
    /// # Ok::<_, ringlog::StartError>(())
    /// ```
    pub fn ring_capacity(mut self, bytes: usize) -> Self {
        self.ring_capacity = bytes;
        self
    }

    /// What a log call does when its thread's ring is full.
    ///
    /// ```
    /// use ringlog::{Builder, Overflow, info, sink};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let runtime = Builder::new()
    ///     .ring_capacity(4096)
    ///     .overflow(Overflow::DropNewest)
    ///     .sink(sink::Null::new())
    ///     .start()?;
    /// for tick in 0..10_000 {
    ///     info!(logger: runtime, "tick {tick}");
    /// }
    /// let total = runtime.shutdown()?.total;
    /// assert_eq!(total.written + total.dropped, 10_000);
    /// # Ok(())
    /// # }
    /// ```
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// For how long a thread that is within a log call may hold up younger records of other threads: 10 ms, if not
    /// said otherwise, at most 1 s.
    ///
    /// Records stand in the sinks in the order of their stamps. A thread that loses its core between its look at the
    /// clock and the end of the call leaves a place open there: the worker waits for it, as long as no ring is
    /// more than half full. What was passed is counted in
    /// [`holds_exceeded`](crate::WorkerStats::holds_exceeded), and is written later. A record that *happened before*
    /// another stands before it whatever the hold. Under [`Duration::ZERO`] nobody is waited for.
    ///
    /// ```
    /// use ringlog::{Builder, sink};
    /// use std::time::Duration;
    ///
    /// let builder = Builder::new().hold(Duration::from_millis(2)).sink(sink::Null::new());
    /// # builder.start()?;
    /// # Ok::<_, ringlog::StartError>(())
    /// ```
    pub fn hold(mut self, hold: Duration) -> Self {
        self.hold = hold;
        self
    }

    /// Where timestamps come from.
    ///
    /// ```
    /// use ringlog::{Builder, Clock, info, layout::Text, sink};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (lines, written) = std::sync::mpsc::channel();
    /// # let sink = sink::Callback::new(move |bytes| lines.send(bytes.to_vec()).unwrap());
    /// let runtime = Builder::new()
    ///     .clock(Clock::custom(|| 1_700_000_000_000_000_000))
    ///     .sink(sink.layout(Text::pattern("{time} {message}")?))
    ///     .start()?;
    /// info!(logger: runtime, "replayed");
    /// runtime.flush()?;
    /// assert_eq!(written.recv()?, b"2023-11-14T22:13:20.000000000Z replayed\n");
    /// # Ok(())
    /// # }
    /// ```
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Which levels of which targets are let through: `"info,orders=debug"`. The environment's `RINGLOG` is
    /// not looked at then.
    ///
    /// ```
    /// use ringlog::{Builder, Level, sink};
    ///
    /// let runtime = Builder::new().filter("warn,audit=debug").sink(sink::Null::new()).start()?;
    /// assert!(!runtime.default_logger().is_enabled(Level::Info));
    /// assert!(runtime.logger("audit").build()?.is_enabled(Level::Debug));
    /// # Ok::<_, ringlog::StartError>(())
    /// ```
    pub fn filter(mut self, directives: impl Into<String>) -> Self {
        self.filter = Some(directives.into());
        self
    }

    /// Adds a sink. All of them get the records of statements that name no logger.
    ///
    /// ```
    /// use ringlog::{Builder, Level, error, sink};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let everything = sink::Null::new();
    /// let errors = sink::Null::new().level(Level::Error);
    /// let runtime = Builder::new().sink(everything).sink(errors).start()?;
    /// error!(logger: runtime, "lost the peer");
    /// let stats = runtime.shutdown()?.stats;
    /// assert!(stats.sinks.iter().all(|sink| sink.records == 1));
    /// # Ok(())
    /// # }
    /// ```
    pub fn sink(mut self, sink: impl Sink) -> Self {
        self.sinks.push(Box::new(sink));
        self
    }

    /// Keeps the default logger's less urgent records in memory until one comes that they are written before; see
    /// [`Backtrace`]. They reach it only where the filter lets them through.
    ///
    /// ```
    /// use ringlog::{Backtrace, Builder, Level};
    /// let builder = Builder::new().filter("trace").backtrace(Backtrace::last(100).trigger(Level::Warn));
    /// # let _ = builder;
    /// ```
    pub fn backtrace(mut self, backtrace: Backtrace) -> Self {
        self.backtrace = Some(backtrace);
        self
    }

    /// Who is told of what goes wrong later: a failed write, shed records, a core that cannot be had. Called on
    /// ringlog's own threads; a panic in it is caught. Without one, standard error gets a line, at most one a
    /// second for each kind.
    ///
    /// ```
    /// use ringlog::{Builder, Event, info, sink};
    /// use std::io;
    /// use std::sync::mpsc;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let (events, told) = mpsc::channel();
    /// let runtime = Builder::new()
    ///     .sink(sink::Callback::try_new(|_| Err(io::Error::other("no peer"))))
    ///     .on_error(move |event| {
    ///         let _ = events.send(event.clone());
    ///     })
    ///     .start()?;
    /// info!(logger: runtime, "order accepted");
    /// runtime.shutdown()?;
    /// assert!(matches!(told.recv()?, Event::Write { records: 1, .. }));
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_error(mut self, handler: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        let caught = move |event: &Event| {
            let _ = catch_unwind(AssertUnwindSafe(|| handler(event)));
        };
        self.handler = Some(Reporter(Arc::new(caught)));
        self
    }

    /// Signals on which all that was logged before is written and synced, within five seconds, before they do what they did:
    /// end the process, or call the handler that was there before. None by default.
    ///
    /// The handler stays for the life of the process, and serves every runtime in it; those of several runtimes come
    /// together. A handler that is installed later takes its place, and should call it, as those of `signal-hook` and
    /// `tokio` do: then ringlog flushes meanwhile, and what becomes of the process is that handler's to say.
    ///
    /// ```
    /// use ringlog::{Builder, sink};
    ///
    /// let builder = Builder::new()
    ///     .sink(sink::Null::new())
    ///     .flush_on_signals([libc::SIGTERM, libc::SIGINT, libc::SIGHUP]);
    /// # let _ = builder;
    /// ```
    ///
    /// Signals that cannot be handled, tell of a fault of the program, or do not exist are an error at start.
    pub fn flush_on_signals(mut self, signals: impl IntoIterator<Item = i32>) -> Self {
        self.ends.signals = signals.into_iter().collect();
        self
    }

    /// Whether fatal signals (`SIGSEGV`, `SIGBUS`, `SIGFPE`, `SIGILL`, `SIGABRT`) have all that was logged before written
    /// before they end the process, as they would without. [`init`](Self::init) installs the handler unless this is
    /// `false`; [`start`](Self::start) does if it is `true`.
    ///
    /// Where it is installed, every runtime of the process is flushed, but for those with `false`. What it does, and what is
    /// lost nevertheless, stands in `docs/reliability.md`.
    ///
    /// ```
    /// let builder = ringlog::Builder::new().crash_handler(false);
    /// # let _ = builder;
    /// ```
    pub fn crash_handler(mut self, is_installed: bool) -> Self {
        self.ends.crash_handler = Some(is_installed);
        self
    }

    /// What a child process of `fork` does with what it logs.
    ///
    /// ```
    /// use ringlog::{Builder, OnFork, sink};
    ///
    /// // What a child logs goes to its standard error.
    /// let builder = Builder::new().sink(sink::Null::new()).on_fork(OnFork::Restart(Builder::new));
    /// # let _ = builder;
    /// ```
    pub fn on_fork(mut self, on_fork: OnFork) -> Self {
        self.ends.on_fork = on_fork;
        self
    }

    /// Takes what a configuration has besides what the other methods take.
    #[cfg(feature = "config")]
    pub(crate) fn configured(
        mut self,
        configured: crate::config::Configured,
        sinks: Vec<Box<dyn Sink>>,
    ) -> Self {
        self.configured = configured;
        self.sinks.extend(sinks);
        self
    }

    /// Starts a runtime and makes it the global one. It is shut down at the end of the process, unless that
    /// was done before.
    ///
    /// ```
    /// use ringlog::{Builder, StartError, info, sink};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// Builder::new().filter("info").sink(sink::Null::new()).init()?;
    /// info!("listening");
    /// assert!(matches!(Builder::new().init(), Err(StartError::AlreadyInitialized)));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// See [`StartError`]; nothing runs then that did not run before.
    pub fn init(self) -> Result<(), StartError> {
        let mut settings = self.check()?;
        settings.ends.crash_handler.get_or_insert(true);
        let (filter, on_fork) = (settings.filter.clone(), settings.ends.on_fork);
        crate::global::install(|| Runtime::start(settings), on_fork)?;
        crate::filter::set_global(filter);
        Ok(())
    }

    /// Starts a runtime of your own. Statements reach it by `logger:`.
    ///
    /// ```
    /// use ringlog::{Builder, info, sink};
    ///
    /// let orders = Builder::new().sink(sink::Null::new()).start()?;
    /// let market_data = Builder::new().ring_capacity(16 << 20).sink(sink::Null::new()).start()?;
    /// info!(logger: orders, "order {} accepted", 7);
    /// info!(logger: market_data, bid = 99.5, ask = 99.75, "quote");
    ///
    /// let error = Builder::new().workers(0).start().unwrap_err();
    /// assert_eq!(error.to_string(), "0 workers: use 1 to 256");
    /// # Ok::<_, ringlog::StartError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// See [`StartError`].
    pub fn start(self) -> Result<Runtime, StartError> {
        Runtime::start(self.check()?)
    }

    fn check(self) -> Result<Settings, StartError> {
        if !(1..=MAX_WORKERS).contains(&self.workers) {
            return Err(StartError::Workers(self.workers));
        }
        if !self.pin.is_empty() && self.pin.len() < self.workers {
            return Err(StartError::Cores { cores: self.pin.len(), workers: self.workers });
        }
        if !(MIN_RING..=MAX_RING).contains(&self.ring_capacity) {
            return Err(StartError::RingCapacity(self.ring_capacity));
        }
        if self.hold > MAX_HOLD {
            return Err(StartError::Hold(self.hold));
        }
        if let Some(memory) = crate::ring::memory().filter(|&memory| self.ring_capacity >= memory) {
            return Err(StartError::RingMemory { bytes: self.ring_capacity, memory });
        }
        let filter = match self.filter {
            Some(directives) => Filter::parse(&directives)?,
            None => Filter::from_env()?.unwrap_or_default(),
        };
        let sinks = if self.sinks.is_empty() {
            vec![Box::new(Console::stderr()) as Box<dyn Sink>]
        } else {
            self.sinks
        };
        Ok(Settings {
            workers: self.workers,
            pin: self.pin,
            idle: self.idle,
            ring_capacity: self.ring_capacity,
            overflow: self.overflow,
            hold: self.hold,
            clock: self.clock.called_by(crate::entry::read_within),
            filter,
            sinks,
            backtrace: self.backtrace.map(Backtrace::check).transpose()?,
            ends: self.ends.check()?,
            handler: self.handler.map_or_else(default_handler, |Reporter(handler)| handler),
            #[cfg(feature = "config")]
            configured: self.configured,
        })
    }
}
