//! Loggers: named ways to sinks of their own.

use crate::backtrace::Backtrace;
use crate::batch::SinkId;
use crate::callsite::Callsite;
use crate::filter::Filter;
use crate::level::Level;
use crate::producer::Registry;
use crate::protocol::want::Route;
use crate::sync::{Arc, AtomicBool, AtomicU8, Ordering};
use smallvec::SmallVec;

/// Where a logger's records of one level go.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) route: &'static Route,
    /// The layouts that the route's sinks take.
    pub(crate) layouts: Box<[usize]>,
}

/// What producers and workers know of a logger.
#[derive(Debug)]
pub(crate) struct Destination {
    pub(crate) id: u16,
    /// Empty for the default logger.
    pub(crate) name: String,
    pub(crate) registry: Arc<Registry>,
    pub(crate) plans: [Plan; Level::COUNT],
    pub(crate) backtrace: Option<Backtrace>,
    /// What the completions of each level wait for.
    awaited: [&'static Route; Level::COUNT],
    /// The least level that is enabled, as a number; [`Level::COUNT`] for none. A hint: it guards no data.
    threshold: AtomicU8,
    /// Whether the threshold was set by hand, and not by the filter. Under the lock of the runtime's topology, or a
    /// hint.
    has_own_level: AtomicBool,
}

impl Destination {
    pub(crate) fn new(
        id: u16,
        name: String,
        registry: Arc<Registry>,
        plans: [Plan; Level::COUNT],
        backtrace: Option<Backtrace>,
    ) -> Self {
        let is_kept = |level| backtrace.is_some_and(|backtrace| backtrace.keeps(level));
        let awaited = |level: Level| {
            if is_kept(level) { crate::completion::kept_route() } else { plans[level as usize].route }
        };
        Self {
            id,
            name,
            registry,
            backtrace,
            awaited: Level::ALL.map(awaited),
            plans,
            threshold: AtomicU8::new(0),
            has_own_level: AtomicBool::new(false),
        }
    }

    /// Sets the level by hand, for a filter to leave alone unless it names the logger.
    pub(crate) fn set_own_level(&self, level: Option<Level>) {
        // ORDERING: relaxed, a hint that `apply` reads.
        self.has_own_level.store(true, Ordering::Relaxed);
        self.set_threshold(level);
    }

    /// Has the filter decide again, from the next [`apply`](Self::apply) on.
    #[cfg(feature = "config")]
    pub(crate) fn forget_own_level(&self) {
        // ORDERING: relaxed, a hint that `apply` reads.
        self.has_own_level.store(false, Ordering::Relaxed);
    }

    pub(crate) fn set_threshold(&self, threshold: Option<Level>) {
        let level = threshold.map_or(Level::COUNT as u8, |level| level as u8);
        // ORDERING: relaxed, a hint that `takes` reads.
        self.threshold.store(level, Ordering::Relaxed);
    }

    /// Sets what a new filter says, unless the level was set by hand and the filter does not name the logger.
    pub(crate) fn apply(&self, filter: &Filter) {
        // ORDERING: relaxed, a hint; pairs with `set_own_level` in time, not in order.
        if !self.has_own_level.load(Ordering::Relaxed) || filter.names(&self.name) {
            self.set_threshold(threshold(filter, &self.name));
        }
    }

    #[inline(always)]
    pub(crate) fn takes(&self, level: Level) -> bool {
        // ORDERING: relaxed, a hint; pairs with `set_threshold` in time, not in order.
        level as u8 >= self.threshold.load(Ordering::Relaxed)
    }

    /// What completions of a level wait for: the sinks that its records go to.
    pub(crate) fn route(&self, level: Level) -> &'static Route {
        self.awaited[level as usize]
    }
}

/// The least level that a filter lets through to a logger.
pub(crate) fn threshold(filter: &Filter, logger: &str) -> Option<Level> {
    Level::ALL.into_iter().find(|&level| filter.enabled_for(logger, level, logger))
}

/// Plans for a logger: for each level the sinks that take it.
pub(crate) fn plans(sinks: &[Arc<crate::sink::shared::Shared>]) -> [Plan; Level::COUNT] {
    Level::ALL.map(|level| {
        let taking = || sinks.iter().filter(|sink| sink.level.is_none_or(|least| level >= least));
        // A few at the most, in any order.
        let mut layouts: Vec<usize> = Vec::new();
        for sink in taking() {
            if !layouts.contains(&sink.layout) {
                layouts.push(sink.layout);
            }
        }
        let ids: SmallVec<[SinkId; 4]> = taking().map(|sink| sink.id).collect();
        Plan { route: crate::completion::route(&ids), layouts: layouts.into() }
    })
}

/// A logger: records that name it go to its sinks.
///
/// Cheap to clone. `info!(logger: audit, "…")` takes a logger, a reference to one, or a
/// [`Runtime`](crate::Runtime), whose default logger is meant.
///
/// ```
/// use ringlog::{Builder, Logger, info, sink};
///
/// struct Gateway {
///     log: Logger,
/// }
///
/// # fn main() -> Result<(), ringlog::StartError> {
/// let runtime = Builder::new().sink(sink::Null::new()).start()?;
/// let gateway = Gateway { log: runtime.logger("gateway").build()? };
/// info!(logger: gateway.log, "session {} opened", 12);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Logger {
    pub(crate) destination: Arc<Destination>,
}

impl Logger {
    /// Its name; empty for a runtime's default logger.
    ///
    /// ```
    /// use ringlog::{Builder, sink};
    ///
    /// let runtime = Builder::new().sink(sink::Null::new()).start()?;
    /// assert_eq!(runtime.logger("audit").build()?.name(), "audit");
    /// assert_eq!(runtime.default_logger().name(), "");
    /// # Ok::<_, ringlog::StartError>(())
    /// ```
    pub fn name(&self) -> &str {
        &self.destination.name
    }

    /// Whether records of a level are let through.
    ///
    /// ```
    /// use ringlog::{Builder, Level, debug, sink};
    ///
    /// let runtime = Builder::new().filter("info").sink(sink::Null::new()).start()?;
    /// let book = runtime.logger("book").build()?;
    /// if book.is_enabled(Level::Debug) {
    ///     let depth = (1..=1000).sum::<u32>(); // what is costly to work out
    ///     debug!(logger: book, depth, "the book");
    /// }
    /// # assert!(!book.is_enabled(Level::Debug));
    /// # Ok::<_, ringlog::StartError>(())
    /// ```
    pub fn is_enabled(&self, level: Level) -> bool {
        self.destination.takes(level)
    }

    /// Lets through records of a level and above from now on; `None` for none. A new filter leaves that alone unless a
    /// directive names the logger.
    ///
    /// ```
    /// use ringlog::{Builder, Level, sink};
    ///
    /// let runtime = Builder::new().sink(sink::Null::new()).start()?;
    /// let audit = runtime.logger("audit").build()?;
    /// audit.set_level(Some(Level::Debug));
    /// runtime.set_filter("warn")?;
    /// assert!(audit.is_enabled(Level::Debug));
    /// runtime.set_filter("warn,audit=error")?;
    /// assert!(!audit.is_enabled(Level::Warn));
    /// # Ok::<_, ringlog::StartError>(())
    /// ```
    pub fn set_level(&self, level: Option<Level>) {
        self.destination.set_own_level(level);
    }
}

/// What `logger:` takes.
///
/// ```
/// use ringlog::{AsLogger, Builder, info, sink};
///
/// fn report_fill(logger: &impl AsLogger, order_id: u64) {
///     info!(logger: logger, order_id, "filled");
/// }
///
/// let runtime = Builder::new().sink(sink::Null::new()).start()?;
/// report_fill(&runtime, 7);
/// report_fill(&runtime.logger("fills").build()?, 8);
/// # Ok::<_, ringlog::StartError>(())
/// ```
pub trait AsLogger {
    /// The logger.
    ///
    /// ```
    /// use ringlog::{AsLogger, Builder, sink};
    ///
    /// let runtime = Builder::new().sink(sink::Null::new()).start()?;
    /// assert_eq!(runtime.as_logger().name(), "");
    /// # Ok::<_, ringlog::StartError>(())
    /// ```
    fn as_logger(&self) -> &Logger;
}

impl AsLogger for Logger {
    #[inline(always)]
    fn as_logger(&self) -> &Logger {
        self
    }
}

impl<L: AsLogger + ?Sized> AsLogger for &L {
    #[inline(always)]
    fn as_logger(&self) -> &Logger {
        (**self).as_logger()
    }
}

impl<L: AsLogger + ?Sized> AsLogger for Arc<L> {
    #[inline(always)]
    fn as_logger(&self) -> &Logger {
        (**self).as_logger()
    }
}

/// Whether a statement that names a logger is enabled.
#[inline(always)]
pub fn is_enabled<L: AsLogger + ?Sized>(callsite: &'static Callsite, logger: &L) -> bool {
    callsite.is_enabled_for(|| logger.as_logger().destination.takes(callsite.place().level))
}
