//! What can be set on every sink: its layout, its level, and what it does when it is behind or fails.

use super::on_error::CALL_LIMIT;
use super::{OnError, Sink};
use crate::error::Handler;
use crate::layout::Layout;
use crate::level::Level;
use crate::sync::Arc;
use std::io;
use std::time::Duration;

/// What a sink does when its queue is full.
///
/// ```
/// use ringlog::{Builder, sink};
///
/// // A slow terminal holds up nobody: what it does not keep up with is missing there, and counted.
/// let terminal = sink::Console::stderr().on_full(sink::OnFull::Shed);
/// let builder = Builder::new().sink(sink::Null::new()).sink(terminal);
/// # let _ = builder;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnFull {
    /// Has the worker wait: nothing is lost, and in the end the producers' rings fill up.
    #[default]
    Backpressure,
    /// Lets the batch pass by. Its records count as failed, and the error handler is told.
    Shed,
}

/// What can be set on every sink.
#[doc(hidden)]
#[derive(Debug)]
pub struct Options {
    pub(crate) layout: Option<Arc<dyn Layout>>,
    pub(crate) level: Option<Level>,
    pub(crate) on_full: OnFull,
    pub(crate) on_error: OnError,
    pub(crate) call_limit: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            layout: None,
            level: None,
            on_full: OnFull::default(),
            on_error: OnError::default(),
            call_limit: Some(CALL_LIMIT),
        }
    }
}

/// A sink, and how it is to be used.
///
/// ```
/// use ringlog::{Level, sink};
/// let sink = sink::with(sink::Null::new()).level(Level::Warn).on_full(sink::OnFull::Shed);
/// # let _ = sink;
/// ```
#[derive(Debug)]
pub struct Configured<S> {
    sink: S,
    options: Options,
}

/// Makes a sink of your own configurable; ringlog's own have the methods of [`Configured`] themselves.
///
/// ```
/// use ringlog::{Level, sink};
///
/// # struct Syslog;
/// # impl sink::Sink for Syslog {
/// #     fn name(&self) -> String {
/// #         "syslog".into()
/// #     }
/// #     fn write(&mut self, _batch: &[u8]) -> std::io::Result<()> {
/// #         Ok(())
/// #     }
/// # }
/// let errors = sink::with(Syslog).level(Level::Error);
/// # let _ = errors;
/// ```
pub fn with<S: Sink>(mut sink: S) -> Configured<S> {
    Configured { options: sink.take_options(), sink }
}

impl<S: Sink> Configured<S> {
    /// How records become bytes. Sinks with equal layouts share the work.
    ///
    /// ```
    /// use ringlog::{layout::Json, sink};
    /// let sink = sink::with(sink::Null::new()).layout(Json::new());
    /// # let _ = sink;
    /// ```
    #[must_use]
    pub fn layout(mut self, layout: impl Layout) -> Self {
        self.options.layout = Some(Arc::new(layout));
        self
    }

    /// The least level of records that the sink gets; all by default.
    ///
    /// ```
    /// use ringlog::{Builder, Level, info, sink, warn};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let warnings = sink::Null::new().level(Level::Warn);
    /// let runtime = Builder::new().sink(sink::Null::new()).sink(warnings).start()?;
    /// info!(logger: runtime, "to the first sink");
    /// warn!(logger: runtime, "to both");
    /// let sinks = runtime.shutdown()?.stats.sinks;
    /// assert_eq!((sinks[0].records, sinks[1].records), (2, 1));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn level(mut self, level: Level) -> Self {
        self.options.level = Some(level);
        self
    }

    /// What the sink does when it is behind.
    ///
    /// ```
    /// use ringlog::sink::{Null, OnFull};
    /// let sink = Null::new().on_full(OnFull::Shed);
    /// # let _ = sink;
    /// ```
    #[must_use]
    pub fn on_full(mut self, on_full: OnFull) -> Self {
        self.options.on_full = on_full;
        self
    }

    /// What the records come to when the sink fails or hangs; they fail by default.
    ///
    /// ```
    /// use ringlog::sink::{Console, Null, OnError};
    /// let sink = Null::new().on_error(OnError::fallback(Console::stderr()));
    /// # let _ = sink;
    /// ```
    #[must_use]
    pub fn on_error(mut self, on_error: OnError) -> Self {
        self.options.on_error = on_error;
        self
    }

    /// For how long a write or a sync may take before the sink counts as hanging: 30 seconds by default. With `None`
    /// it is waited for for ever.
    ///
    /// ```
    /// use ringlog::sink::Null;
    /// use std::time::Duration;
    ///
    /// let local_disk = Null::new().call_limit(Duration::from_secs(2));
    /// let network_share = Null::new().call_limit(None);
    /// # let _ = (local_disk, network_share);
    /// ```
    #[must_use]
    pub fn call_limit(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.options.call_limit = limit.into();
        self
    }
}

impl<S: Sink> Sink for Configured<S> {
    fn name(&self) -> String {
        self.sink.name()
    }

    fn write(&mut self, batch: &[u8]) -> io::Result<()> {
        self.sink.write(batch)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sink.sync()
    }

    fn can_sync(&self) -> bool {
        self.sink.can_sync()
    }

    fn default_layout(&self) -> Arc<dyn Layout> {
        self.sink.default_layout()
    }

    fn take_options(&mut self) -> Options {
        std::mem::take(&mut self.options)
    }

    fn report_to(&mut self, handler: Handler) {
        if let Some(fallback) = &mut self.options.on_error.fallback {
            fallback.report_to(Arc::clone(&handler));
        }
        self.sink.report_to(handler);
    }
}

/// Gives a sink the methods of [`Configured`].
macro_rules! configurable {
    ($sink:ty) => {
        impl $sink {
            /// How records become bytes. Sinks with equal layouts share the work.
            ///
            /// ```
            /// use ringlog::{layout::Json, sink};
            #[doc = concat!("fn set(sink: sink::", stringify!($sink), ") -> impl sink::Sink {")]
            ///     sink.layout(Json::new())
            /// }
            /// ```
            #[must_use]
            pub fn layout(self, layout: impl crate::layout::Layout) -> crate::sink::Configured<Self> {
                crate::sink::with(self).layout(layout)
            }

            /// The least level of records that the sink gets; all by default.
            ///
            /// ```
            /// use ringlog::{Level, sink};
            #[doc = concat!("fn set(sink: sink::", stringify!($sink), ") -> impl sink::Sink {")]
            ///     sink.level(Level::Warn)
            /// }
            /// ```
            #[must_use]
            pub fn level(self, level: crate::Level) -> crate::sink::Configured<Self> {
                crate::sink::with(self).level(level)
            }

            /// What the sink does when it is behind.
            ///
            /// ```
            /// use ringlog::sink;
            #[doc = concat!("fn set(sink: sink::", stringify!($sink), ") -> impl sink::Sink {")]
            ///     sink.on_full(sink::OnFull::Shed)
            /// }
            /// ```
            #[must_use]
            pub fn on_full(self, on_full: crate::sink::OnFull) -> crate::sink::Configured<Self> {
                crate::sink::with(self).on_full(on_full)
            }

            /// What the records come to when the sink fails or hangs; they fail by default.
            ///
            /// ```
            /// use ringlog::sink;
            #[doc = concat!("fn set(sink: sink::", stringify!($sink), ") -> impl sink::Sink {")]
            ///     sink.on_error(sink::OnError::fallback(sink::Console::stderr()))
            /// }
            /// ```
            #[must_use]
            pub fn on_error(self, on_error: crate::sink::OnError) -> crate::sink::Configured<Self> {
                crate::sink::with(self).on_error(on_error)
            }

            /// For how long a write or a sync may take before the sink counts as hanging: 30 seconds by default.
            /// With `None` it is waited for for ever.
            ///
            /// ```
            /// use ringlog::sink;
            #[doc = concat!("fn set(sink: sink::", stringify!($sink), ") -> impl sink::Sink {")]
            ///     sink.call_limit(std::time::Duration::from_secs(2))
            /// }
            /// ```
            #[must_use]
            pub fn call_limit(
                self,
                limit: impl Into<Option<std::time::Duration>>,
            ) -> crate::sink::Configured<Self> {
                crate::sink::with(self).call_limit(limit)
            }
        }
    };
}
pub(super) use configurable;
