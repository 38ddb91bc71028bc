//! A runtime: workers, sinks, loggers, and the rings of the threads that log to it.

mod live;
#[cfg(feature = "config")]
mod reload;
mod shutdown;

pub(crate) use shutdown::SHUTDOWN_LIMIT;
pub use shutdown::{Report, ShutdownError};

use crate::account::Account;
use crate::backtrace::Backtrace;
use crate::batch::SinkId;
use crate::bells::Bells;
use crate::builder::Settings;
use crate::clock::Timekeeper;
use crate::completion::{Completion, CompletionCell, FlushError};
use crate::ends::{Live, Watch};
use crate::error::{Handler, StartError};
use crate::filter::Filter;
use crate::layout::Layout;
use crate::level::Level;
use crate::logger::{AsLogger, Destination, Logger, plans};
use crate::producer::Registry;
use crate::protocol::beacons::Shown;
use crate::protocol::lanes::MAX_SINKS;
use crate::protocol::tickets::Tickets;
use crate::protocol::want::Route;
use crate::ring::RingConsumer;
use crate::scheduler::{Command, Handle, Signals, SinkLink, Worker};
use crate::sink::Sink;
use crate::sink::server::serve;
use crate::sink::shared::Shared;
use crate::sink::work::{Queue, Work};
use crate::stats::{ProducerStats, Stats, WorkerStats};
use crate::sync::{Arc, AtomicBool, Mutex, MutexGuard, OnceLock, Ordering, lock, thread};
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
    report: Mutex<Option<Report>>,
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
            report: Mutex::default(),
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
            core.spawn(format!("ringlog-worker-{index}"), move || worker.run())?;
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
        LoggerBuilder { runtime: self, name: name.into(), sinks: Vec::new(), level: None, backtrace: None }
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
    /// See [`ShutdownError`]. Of several calls each gets the report of the first.
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

/// A named logger that is being made.
///
/// ```
/// use ringlog::{Builder, Level, Runtime, StartError, debug, sink};
///
/// fn serve(runtime: &Runtime) -> Result<(), StartError> {
///     let risk = runtime.logger("risk").level(Level::Debug).sink(sink::Null::new()).build()?;
///     debug!(logger: risk, exposure = 1_250_000, "checked");
///     Ok(())
/// }
/// # serve(&Builder::new().sink(sink::Null::new()).start()?)?;
/// # Ok::<_, ringlog::StartError>(())
/// ```
#[derive(Debug)]
#[must_use = "a logger is made by `build`"]
pub struct LoggerBuilder<'r> {
    runtime: &'r Runtime,
    name: String,
    sinks: Vec<Box<dyn Sink>>,
    level: Option<Option<Level>>,
    backtrace: Option<Backtrace>,
}

impl LoggerBuilder<'_> {
    /// Adds a sink that gets this logger's records.
    ///
    /// ```
    /// use ringlog::{Builder, info, sink};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let runtime = Builder::new().sink(sink::Null::new()).start()?;
    /// let audit = runtime.logger("audit").sink(sink::Null::new()).build()?;
    /// info!(logger: audit, "to the second sink alone");
    /// let sinks = runtime.shutdown()?.stats.sinks;
    /// assert_eq!((sinks[0].records, sinks[1].records), (0, 1));
    /// # Ok(())
    /// # }
    /// ```
    pub fn sink(mut self, sink: impl Sink) -> Self {
        self.sinks.push(Box::new(sink));
        self
    }

    /// The least level that the logger lets through. Without it, the runtime's filter decides: by the
    /// logger's name, if a directive names it.
    ///
    /// ```
    /// use ringlog::{Builder, Level, sink};
    ///
    /// let runtime = Builder::new().filter("info").sink(sink::Null::new()).start()?;
    /// let quotes = runtime.logger("quotes").level(Level::Error).build()?;
    /// assert!(!quotes.is_enabled(Level::Warn));
    /// # Ok::<_, ringlog::StartError>(())
    /// ```
    pub fn level(mut self, level: Level) -> Self {
        self.level = Some(Some(level));
        self
    }

    /// Keeps the logger's less urgent records in memory until one comes that they are written before; see [`Backtrace`].
    /// They reach it only where its level lets them through.
    ///
    /// ```
    /// use ringlog::{Backtrace, Builder, Level, sink};
    ///
    /// let runtime = Builder::new().sink(sink::Null::new()).start()?;
    /// let backtrace = Backtrace::last(32).below(Level::Warn);
    /// let orders = runtime.logger("orders").level(Level::Trace).backtrace(backtrace).build()?;
    /// # let _ = orders;
    /// # Ok::<_, ringlog::StartError>(())
    /// ```
    pub fn backtrace(mut self, backtrace: Backtrace) -> Self {
        self.backtrace = Some(backtrace);
        self
    }

    /// Makes the logger.
    ///
    /// ```
    /// use ringlog::{Builder, StartError, sink};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let runtime = Builder::new().sink(sink::Null::new()).start()?;
    /// let fills = runtime.logger("fills").build()?;
    /// assert_eq!(fills.name(), "fills");
    ///
    /// runtime.shutdown()?;
    /// assert!(matches!(runtime.logger("late").build(), Err(StartError::ShutDown)));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When its backtrace is none that can be, or the runtime is shut down, has 65,535 loggers already, or a sink's thread could not be started.
    pub fn build(self) -> Result<Logger, StartError> {
        let backtrace = self.backtrace.map(Backtrace::check).transpose()?;
        self.runtime.core.add_logger(self.name, self.sinks, self.level, backtrace)
    }
}

impl std::fmt::Debug for dyn Sink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name())
    }
}

/// Hands a new ring to the worker that drains the fewest; whether there is one that still takes rings.
fn adopt(workers: &[Arc<Handle>], ring: RingConsumer, account: &Arc<Account>) -> bool {
    // ORDERING: relaxed, a hint: two rings that come at once may go to the same worker.
    let least = (0..workers.len()).min_by_key(|&worker| workers[worker].rings.load(Ordering::Relaxed));
    let Some(index) = least else { return false };
    // ORDERING: relaxed, as above.
    workers[index].rings.fetch_add(1, Ordering::Relaxed);
    // ORDERING: relaxed, the producer that reads it is made later on this thread.
    account.worker.store(index, Ordering::Relaxed);
    workers[index].send(Command::Ring(ring, Arc::clone(account)))
}

impl Handle {
    fn stats(&self) -> WorkerStats {
        // ORDERING: relaxed, a count.
        self.counts.stats(self.rings.load(Ordering::Relaxed))
    }

    fn send(&self, command: Command) -> bool {
        let taken = self.intake.push(command).is_ok();
        self.doorbell.ring();
        taken
    }
}

impl Topology {
    fn all_sinks(&self) -> &'static Route {
        let ids: Vec<SinkId> = self.sinks.iter().map(|sink| sink.id).collect();
        crate::completion::route(&ids)
    }

    /// The number of a layout: that of an equal one, if there is any.
    fn layout(&mut self, layout: Arc<dyn Layout>) -> usize {
        let key = layout.key();
        let known = self
            .layouts
            .iter()
            .position(|known| Arc::ptr_eq(known, &layout) || (key.is_some() && known.key() == key));
        known.unwrap_or_else(|| {
            self.layouts.push(layout);
            self.layouts.len() - 1
        })
    }
}

impl Core {
    fn spawn(&self, name: String, run: impl FnOnce() + Send + 'static) -> Result<(), StartError> {
        let handle = thread::Builder::new()
            .name(name.clone())
            .spawn(run)
            .map_err(|source| StartError::Thread { name: name.clone(), source })?;
        lock(&self.threads).push(Running { name, handle });
        Ok(())
    }

    fn add_logger(
        &self,
        name: String,
        sinks: Vec<Box<dyn Sink>>,
        level: Option<Option<Level>>,
        backtrace: Option<Backtrace>,
    ) -> Result<Logger, StartError> {
        if self.registry.is_left_behind() {
            return Err(StartError::ShutDown);
        }
        let mut topology = lock(&self.topology);
        if self.registry.is_closed() {
            return Err(StartError::ShutDown);
        }
        let Ok(id) = u16::try_from(topology.loggers.len()) else {
            return Err(StartError::TooManyLoggers(name));
        };
        let mut shared = Vec::new();
        for sink in sinks {
            shared.push(self.add_sink(&mut topology, sink)?);
        }
        let plans = match topology.loggers.first() {
            Some(default) if shared.is_empty() => default.plans.clone(),
            _ => plans(&shared),
        };
        let registry = Arc::clone(&self.registry);
        let destination = Destination::new(id, name, registry, plans, backtrace);
        match level {
            Some(level) => destination.set_own_level(level),
            None => destination.apply(&topology.filter),
        }
        let destination = Arc::new(destination);
        topology.loggers.push(Arc::clone(&destination));
        for worker in &self.workers {
            if !worker.send(Command::Logger(Arc::clone(&destination))) {
                return Err(StartError::ShutDown);
            }
        }
        Ok(Logger { destination })
    }

    /// Starts a sink's thread and links it to every worker. The topology is locked, so that all workers get
    /// sinks in the same order.
    fn add_sink(
        &self,
        topology: &mut MutexGuard<'_, Topology>,
        mut sink: Box<dyn Sink>,
    ) -> Result<Arc<Shared>, StartError> {
        if topology.sinks.len() >= MAX_SINKS as usize {
            return Err(StartError::TooManySinks(sink.name()));
        }
        let mut options = sink.take_options();
        for sink in std::iter::once(&mut sink).chain(options.on_error.fallback.as_mut()) {
            sink.report_to(Arc::clone(&self.handler.0));
        }
        let layout = options.layout.unwrap_or_else(|| sink.default_layout());
        let shared = Arc::new(Shared::new(
            topology.sinks.len() as SinkId,
            sink.name().into(),
            topology.layout(Arc::clone(&layout)),
            options.level,
            options.on_full,
            options.call_limit,
        ));
        let mut queues = Vec::new();
        let mut links = Vec::new();
        for _ in &self.workers {
            let (jobs, queue) = Queue::new();
            queues.push(queue);
            links.push(SinkLink { shared: Arc::clone(&shared), jobs, layout: layout.writer() });
        }
        let (handler, flushes) = (Arc::clone(&self.handler.0), (self.flushes, self.first_ticket));
        let work = Work::new(sink, options.on_error, Arc::clone(&shared), handler, flushes, queues);
        if let Err((source, _)) = serve(Box::new(work)) {
            return Err(StartError::Thread { name: shared.thread_name(), source });
        }
        for (worker, link) in self.workers.iter().zip(links) {
            worker.send(Command::Sink(link));
        }
        self.registry.bells.add_sink(Arc::clone(&shared.doorbell));
        self.watch.add_sink(Arc::clone(&shared));
        topology.sinks.push(Arc::clone(&shared));
        Ok(shared)
    }

    fn stats(&self) -> Stats {
        if self.registry.is_left_behind() {
            return Stats { lost_after_shutdown: self.registry.lost(), ..Stats::default() };
        }
        let mut producers: Vec<ProducerStats> =
            self.registry.accounts().iter().map(|account| account.stats()).collect();
        if lock(&self.report).is_some() {
            // Nobody drains the rings any more.
            for producer in &mut producers {
                producer.dropped += std::mem::take(&mut producer.in_flight);
            }
        }
        Stats {
            producers,
            workers: self.workers.iter().map(|worker| worker.stats()).collect(),
            sinks: lock(&self.topology).sinks.iter().map(|sink| sink.stats()).collect(),
            lost_after_shutdown: self.registry.lost(),
        }
    }
}
