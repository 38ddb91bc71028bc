//! Backtrace mode: what led to an error is logged when there is one, and not otherwise.

use crate::error::StartError;
use crate::level::Level;

/// The most records that are kept of a thread.
pub(crate) const MAX_RECORDS: usize = 1 << 20;

/// Keeps a logger's less urgent records in memory, the last ones of each thread, and writes them only when the same
/// thread logs something urgent: in order, right before that record, with their own times.
///
/// Set by [`Builder::backtrace`](crate::Builder::backtrace) for the default logger, and by
/// [`LoggerBuilder::backtrace`](crate::LoggerBuilder::backtrace) for a named one. A statement has to be enabled for its
/// records to be kept, so the filter should let through what is below; sinks go by their own levels as ever. The log call
/// costs what it always does: it is the worker that copies the record's words aside, unformatted.
///
/// What is kept may never be written, so a [`Completion`](crate::Completion) of it is done at once, with
/// [`FlushError::Kept`](crate::FlushError::Kept), and a flush does not wait for it. While it is kept it counts as in flight;
/// where it has to make room for a newer record, or its thread or the runtime ends first, it counts as dropped, and in
/// [`ProducerStats::discarded`](crate::ProducerStats::discarded).
///
/// ```
/// use ringlog::{Backtrace, Builder, debug, error, info, layout::Text, sink};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let kept = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
/// # let taken = kept.clone();
/// # let sink = sink::Callback::new(move |bytes| taken.lock().unwrap().push_str(str::from_utf8(bytes).unwrap()));
/// let runtime = Builder::new()
///     .filter("debug")
///     .backtrace(Backtrace::last(2))
///     .sink(sink.layout(Text::pattern("{message}")?))
///     .start()?;
/// for step in 1..=4 {
///     debug!(logger: runtime, "step {step}");
/// }
/// info!(logger: runtime, "listening");
/// error!(logger: runtime, "lost the peer");
/// let report = runtime.shutdown()?;
/// assert_eq!(*kept.lock().unwrap(), "listening\nstep 3\nstep 4\nlost the peer\n");
/// assert_eq!(report.total.discarded, 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backtrace {
    pub(crate) records: usize,
    pub(crate) below: Level,
    pub(crate) trigger: Level,
}

impl Backtrace {
    /// Keeps the last `records` records of each thread, from 1 to 1,048,576: those below
    /// [`Info`](Level::Info), until there is an [`Error`](Level::Error).
    ///
    /// ```
    /// let builder = ringlog::Builder::new().backtrace(ringlog::Backtrace::last(100));
    /// # let _ = builder;
    /// ```
    pub const fn last(records: usize) -> Self {
        Self { records, below: Level::Info, trigger: Level::Error }
    }

    /// Keeps records below a level. It is above [`Trace`](Level::Trace), below which there is none.
    ///
    /// ```
    /// use ringlog::{Backtrace, Level};
    /// let all_but_errors = Backtrace::last(100).below(Level::Error);
    /// # let _ = all_but_errors;
    /// ```
    pub const fn below(self, level: Level) -> Self {
        Self { below: level, ..self }
    }

    /// Writes what is kept when a record of this level or a more urgent one comes. It is not itself one of those that are
    /// kept.
    ///
    /// ```
    /// use ringlog::{Backtrace, Level};
    /// let on_warnings = Backtrace::last(100).trigger(Level::Warn);
    /// # let _ = on_warnings;
    /// ```
    pub const fn trigger(self, level: Level) -> Self {
        Self { trigger: level, ..self }
    }

    pub(crate) fn check(self) -> Result<Self, StartError> {
        let Self { records, below, trigger } = self;
        let is_right = (1..=MAX_RECORDS).contains(&records) && below > Level::Trace && trigger >= below;
        if is_right { Ok(self) } else { Err(StartError::Backtrace { records, below, trigger }) }
    }

    pub(crate) fn keeps(self, level: Level) -> bool {
        level < self.below
    }
}
