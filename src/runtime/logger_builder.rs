//! Named loggers: how they are made.

use super::Runtime;
use crate::backtrace::Backtrace;
use crate::error::StartError;
use crate::level::Level;
use crate::logger::Logger;
use crate::sink::Sink;

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

impl<'r> LoggerBuilder<'r> {
    pub(super) fn new(runtime: &'r Runtime, name: String) -> Self {
        Self { runtime, name, sinks: Vec::new(), level: None, backtrace: None }
    }

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
