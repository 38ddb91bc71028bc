//! A runtime: workers, sinks, loggers, and the rings of the threads that log to it.

mod live;
mod logger_builder;
mod parts;
#[cfg(feature = "config")]
mod reload;
mod shutdown;

pub use logger_builder::LoggerBuilder;
pub(crate) use shutdown::SHUTDOWN_LIMIT;
pub use shutdown::{Report, ShutdownError};

use crate::bells::Bells;
use crate::builder::Settings;
use crate::clock::Timekeeper;
use crate::completion::{Completion, CompletionCell, FlushError};
use crate::ends::{Live, Watch};
use crate::error::{Handler, StartError};
use crate::filter::Filter;
use crate::layout::Layout;
use crate::level::Level;
use crate::logger::{AsLogger, Destination, Logger};
use crate::producer::Registry;
use crate::protocol::beacons::Shown;
use crate::protocol::tickets::Tickets;
use crate::scheduler::{Handle, Signals, Worker};
use crate::sink::Sink;
use crate::sink::shared::Shared;
use crate::stats::Stats;
use crate::sync::{Arc, AtomicBool, Mutex, OnceLock, lock, thread};
use parts::adopt;
use std::time::Duration;

/// A running logger: its workers, its sinks, its loggers. Dropping the last handle shuts it down.
///
/// Made by [`Builder::start`](crate::Builder::start); the global one, which the log macros use where no
/// logger is named, by [`Builder::init`](crate::Builder::init).
///
/// ```
/// use ringlog::{Builder, info, sink};
/// use std::thread;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let runtime = &Builder::new().sink(sink::Null::new()).start()?;
/// thread::scope(|scope| {
///     for venue in ["XETR", "XNAS"] {
///         scope.spawn(move || info!(logger: runtime, "connected to {venue}"));
///     }
/// });
/// assert_eq!(runtime.shutdown()?.total.written, 2);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Runtime {
    core: Arc<Core>,
    default: Logger,
}

/// What all handles of a runtime share.
#[derive(Debug)]
struct Core {
    registry: Arc<Registry>,
    /// What signal handlers see of it, and since when they do.
    watch: Arc<Watch>,
    shown: OnceLock<Shown<Watch>>,
    workers: Box<[Arc<Handle>]>,
    signals: Arc<Signals>,
    handler: Handled,
    /// Who waits for flushes: positions are tickets.
    flushes: &'static CompletionCell,
    /// The position of ticket 0: what the cell was left at by another runtime.
    first_ticket: u64,
    topology: Mutex<Topology>,
    threads: Mutex<Vec<Running>>,
    /// What the shutdown came to.
    outcome: Mutex<Option<Result<Report, ShutdownError>>>,
    /// What the runtime was started with.
    #[cfg(feature = "config")]
    config: crate::config::Config,
}

/// A handler without a `Debug` of its own.
#[derive(Clone)]
struct Handled(Handler);

impl std::fmt::Debug for Handled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Handler")
    }
}

/// Sinks and loggers: they grow, and never shrink.
#[derive(Debug)]
struct Topology {
    sinks: Vec<Arc<Shared>>,
    layouts: Vec<Arc<dyn Layout>>,
    loggers: Vec<Arc<Destination>>,
    filter: Filter,
}

/// A thread, and whether it has come to its end: `JoinHandle` has no time limit.
#[derive(Debug)]
struct Running {
    name: String,
    handle: thread::JoinHandle<()>,
}

impl Runtime {
    pub(crate) fn start(settings: Settings) -> Result<Self, StartError> {
        let handler = settings.handler;
        let (keeper, source, warning) = settings.clock.open();
        if let Some(warning) = warning {
            handler(&crate::error::Event::Clock(warning));
        }
        let workers: Box<[Arc<Handle>]> = (0..settings.workers).map(|_| Arc::new(Handle::new())).collect();
        let bells = Arc::new(Bells::new(workers.iter().map(|worker| Arc::clone(&worker.doorbell)).collect()));
        let adopters = workers.clone();
        let registry = Arc::new(Registry::new(
            settings.ring_capacity,
            settings.overflow,
            source,
            Arc::clone(&bells),
            Box::new(move |ring, account| adopt(&adopters, ring, account)),
        ));
        let signals =
            Signals { tickets: Tickets::new(), abandon: AtomicBool::new(false), hold: settings.hold };
        let signals = Arc::new(signals);
        let flushes = crate::cells::acquire(bells);
        let first_ticket = flushes.flush().floor();
        let watch = Watch::new(Arc::clone(&signals), (flushes, first_ticket), workers.clone());
        let core = Arc::new(Core {
            registry: Arc::clone(&registry),
            watch: Arc::new(watch),
            shown: OnceLock::new(),
            workers,
            signals: Arc::clone(&signals),
            handler: Handled(Arc::clone(&handler)),
            flushes,
            first_ticket,
            topology: Mutex::new(Topology {
                sinks: Vec::new(),
                layouts: Vec::new(),
                loggers: Vec::new(),
                filter: settings.filter,
            }),
            threads: Mutex::default(),
            outcome: Mutex::default(),
            #[cfg(feature = "config")]
            config: settings.configured.config,
        });
        for (index, timekeeper) in Timekeeper::split(keeper, core.workers.len()).into_iter().enumerate() {
            let worker = Worker::new(
                index,
                settings.pin.get(index).copied(),
                settings.idle,
                timekeeper,
                Arc::clone(&core.workers[index]),
                Arc::clone(&signals),
                Arc::clone(&handler),
            );
            core.spawn(format!("ringlog-worker-{index}"), Box::new(move || worker.run()))?;
        }
        let default = core.add_logger(String::new(), settings.sinks, None, settings.backtrace)?;
        registry.set_default_routes(Level::ALL.map(|level| default.destination.route(level)));
        settings.ends.install()?;
        let live: Arc<dyn Live> = Arc::clone(&core) as Arc<dyn Live>;
        crate::ends::enlist(Arc::downgrade(&live));
        if settings.ends.crash_handler != Some(false) {
            core.shown.get_or_init(|| crate::ends::show(Arc::clone(&core.watch)));
        }
        let runtime = Self { core, default };
        #[cfg(feature = "config")]
        runtime.add_configured(settings.configured.loggers)?;
        Ok(runtime)
    }

    /// The logger that goes to the sinks of the builder.
    ///
    /// ```
    /// use ringlog::{Builder, Level, sink};
    ///
    /// let runtime = Builder::new().filter("warn").sink(sink::Null::new()).start()?;
    /// runtime.default_logger().set_level(Some(Level::Debug));
    /// assert!(runtime.default_logger().is_enabled(Level::Debug));
    /// # Ok::<_, ringlog::StartError>(())
    /// ```
    pub fn default_logger(&self) -> &Logger {
        &self.default
    }

    /// Begins a named logger with sinks of its own. Without any, it goes to the builder's sinks.
    ///
    /// ```
    /// use ringlog::{Builder, info, sink};
    ///
    /// let runtime = Builder::new().sink(sink::Null::new()).start()?;
    /// let audit = runtime.logger("audit").sink(sink::Null::new()).build()?;
    /// info!(logger: audit, user = "ada", "limit raised to {}", 5_000);
    /// assert_eq!(audit.name(), "audit");
    /// # Ok::<_, ringlog::StartError>(())
    /// ```
    pub fn logger(&self, name: impl Into<String>) -> LoggerBuilder<'_> {
        LoggerBuilder::new(self, name.into())
    }

    /// The logger of a name, the latest one where there are several.
    ///
    /// ```
    /// use ringlog::{Builder, info, sink};
    ///
    /// let runtime = Builder::new().sink(sink::Null::new()).start()?;
    /// runtime.logger("audit").sink(sink::Null::new()).build()?;
    /// let audit = runtime.find_logger("audit").expect("it was made above");
    /// info!(logger: audit, "found");
    /// # Ok::<_, ringlog::StartError>(())
    /// ```
    pub fn find_logger(&self, name: &str) -> Option<Logger> {
        let topology = lock(&self.core.topology);
        let found = topology.loggers.iter().rev().find(|logger| logger.name == name);
        found.map(|destination| Logger { destination: Arc::clone(destination) })
    }

    /// Prepares the calling thread for this runtime: its ring is made now and not within its first log call.
    /// Allocates and touches the whole ring. Whether it could be done: not after shutdown.
    ///
    /// ```
    /// use ringlog::{Builder, sink};
    ///
    /// let runtime = Builder::new().sink(sink::Null::new()).start()?;
    /// // Before the market opens:
    /// assert!(runtime.register_thread());
    /// assert_eq!(runtime.stats().producers.len(), 1);
    /// # Ok::<_, ringlog::StartError>(())
    /// ```
    pub fn register_thread(&self) -> bool {
        crate::entry::register(&self.core.registry)
    }

    /// Waits until all that any thread logged before this call is in all sinks.
    ///
    /// Blocks until then, however long a sink takes: [`flush_async`](Self::flush_async) can be waited for with
    /// a time limit.
    ///
    /// ```
    /// use ringlog::{Builder, info, sink};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let runtime = Builder::new().sink(sink::Null::new()).start()?;
    /// info!(logger: runtime, "the book is closed");
    /// runtime.flush()?;
    /// assert_eq!(runtime.stats().total().written, 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When it is called on a worker's or a sink's own thread, which would wait for itself, or the runtime is
    /// shut down meanwhile. A sink that failed to write earlier records is not told here: their completions
    /// and the error handler are.
    pub fn flush(&self) -> Result<(), FlushError> {
        self.flush_async().wait()
    }

    /// As [`flush`](Self::flush), to be awaited. Wakes the workers; allocates.
    ///
    /// ```
    /// use ringlog::{Builder, info, sink};
    /// use std::time::Duration;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let runtime = Builder::new().sink(sink::Null::new()).start()?;
    /// info!(logger: runtime, "the book is closed");
    /// let flushed = runtime.flush_async();
    /// assert_eq!(flushed.wait_timeout(Duration::from_secs(60)), Some(Ok(())));
    /// # Ok(())
    /// # }
    /// ```
    pub fn flush_async(&self) -> Completion {
        if self.core.registry.is_closed() { Completion::closed() } else { self.core.flush_all() }
    }

    /// The counts as of now. Locks the list of producers; log calls are not held up.
    ///
    /// ```
    /// use ringlog::{Builder, info, sink};
    ///
    /// let runtime = Builder::new().sink(sink::Null::new()).start()?;
    /// info!(logger: runtime, "order {} accepted", 7);
    /// let total = runtime.stats().total();
    /// assert_eq!(total.attempted, 1);
    /// assert_eq!(total.attempted, total.written + total.dropped + total.failed + total.in_flight);
    /// # Ok::<_, ringlog::StartError>(())
    /// ```
    pub fn stats(&self) -> Stats {
        self.core.stats()
    }

    /// Sets which levels are let through, for this runtime's loggers (by their names, where the filter names
    /// them), and for all log statements that name no logger, if the runtime is the global one. A logger whose level
    /// was set by hand keeps it, unless the filter names it.
    ///
    /// ```
    /// use ringlog::{Builder, Level, sink};
    ///
    /// let runtime = Builder::new().filter("info").sink(sink::Null::new()).start()?;
    /// let risk = runtime.logger("risk").build()?;
    /// runtime.set_filter("info,risk=trace")?;
    /// assert!(risk.is_enabled(Level::Trace));
    ///
    /// let error = runtime.set_filter("risk=loud").unwrap_err();
    /// assert!(error.to_string().contains("`risk=loud`"));
    /// assert!(risk.is_enabled(Level::Trace));
    /// # Ok::<_, ringlog::StartError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When a directive is none; nothing is changed then.
    pub fn set_filter(&self, directives: &str) -> Result<(), StartError> {
        let filter = Filter::parse(directives)?;
        if self.core.registry.is_left_behind() {
            return Err(StartError::ShutDown);
        }
        let mut topology = lock(&self.core.topology);
        for logger in &topology.loggers {
            logger.apply(&filter);
        }
        topology.filter = filter.clone();
        drop(topology);
        if crate::global::is_global(&self.core.registry) {
            crate::filter::set_global(filter);
        }
        Ok(())
    }

    /// Drains every ring, writes and syncs every sink, resolves every completion and joins every thread,
    /// within ten seconds; blocks until then. What is logged from now on is counted: as dropped, where the thread has a
    /// ring, else in [`lost_after_shutdown`](Stats::lost_after_shutdown).
    ///
    /// ```
    /// use ringlog::{Builder, info, sink};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let runtime = Builder::new().sink(sink::Null::new()).start()?;
    /// info!(logger: runtime, "the last record");
    /// let report = runtime.shutdown()?;
    /// assert_eq!((report.total.written, report.total.in_flight), (1, 0));
    ///
    /// info!(logger: runtime, "too late");
    /// assert_eq!(runtime.stats().total().dropped, 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// See [`ShutdownError`]. Of several calls each gets what the first came to.
    pub fn shutdown(&self) -> Result<Report, ShutdownError> {
        self.shutdown_timeout(SHUTDOWN_LIMIT)
    }

    /// As [`shutdown`](Self::shutdown), within a time limit of yours.
    ///
    /// ```
    /// use ringlog::{Builder, sink};
    /// use std::time::Duration;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let runtime = Builder::new().sink(sink::Null::new()).start()?;
    /// runtime.shutdown_timeout(Duration::from_secs(60))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`shutdown`](Self::shutdown).
    pub fn shutdown_timeout(&self, limit: Duration) -> Result<Report, ShutdownError> {
        self.core.shutdown(limit)
    }

    pub(crate) fn registry(&self) -> &Arc<Registry> {
        &self.core.registry
    }
}

impl AsLogger for Runtime {
    #[inline(always)]
    fn as_logger(&self) -> &Logger {
        &self.default
    }
}

impl std::fmt::Debug for dyn Sink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name())
    }
}
