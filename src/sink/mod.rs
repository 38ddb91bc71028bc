//! Where formatted bytes go.
//!
//! Each sink runs on a thread of its own (`sink::server`), behind a bounded queue from each of the runtime's
//! workers, so that a slow one holds up nothing but itself.
//!
//! ```
//! use ringlog::{Builder, Level, info, layout::Json, sink};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let path = std::env::temp_dir().join(format!("ringlog-sinks-{}.json", std::process::id()));
//! let runtime = Builder::new()
//!     .sink(sink::File::create(&path)?.layout(Json::new()))
//!     .sink(sink::Console::stderr().level(Level::Warn).on_full(sink::OnFull::Shed))
//!     .start()?;
//! info!(logger: runtime, order_id = 7, "filled");
//! runtime.flush()?;
//! assert!(std::fs::read_to_string(&path)?.contains(r#""order_id":7"#));
//! # std::fs::remove_file(&path)?;
//! # Ok(())
//! # }
//! ```

mod broken_pipe;
mod callback;
mod commits;
mod console;
mod desk;
mod disk;
mod file;
mod null;
mod on_error;
#[cfg(test)]
mod power_loss;
mod rolling;
mod seat;
pub(crate) mod server;
pub(crate) mod shared;
pub(crate) mod work;

pub use callback::Callback;
pub use console::{Colour, Console};
pub use file::File;
pub use null::Null;
pub use on_error::OnError;
#[cfg(any(feature = "gzip", feature = "zstd"))]
pub use rolling::Compression;
pub use rolling::{RollingBuilder, RollingError, RollingFile, RollingHandle};

use crate::error::Handler;
use crate::layout::{Layout, Text};
use crate::level::Level;
use on_error::CALL_LIMIT;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// Something that formatted records are written to.
///
/// A sink is moved to a thread of its own and called by one thread at a time. It may block: other sinks go on, until its
/// queue is full (16 batches of some 64 KiB from each worker), when [`OnFull`] decides. When it
/// panics, that counts as an error, and the next batch is given to it all the same. When a call takes longer than the
/// sink's [`call_limit`](Configured::call_limit), the sink counts as hanging: its records come to what
/// [`OnError`] says until the call returns, and later calls come from another thread.
///
/// ```
/// use ringlog::sink::Sink;
/// use std::io::{self, Write};
/// use std::net::TcpStream;
///
/// struct Tcp(TcpStream);
///
/// impl Sink for Tcp {
///     fn name(&self) -> String {
///         "tcp".into()
///     }
///     fn write(&mut self, batch: &[u8]) -> io::Result<()> {
///         self.0.write_all(batch)
///     }
/// }
/// ```
pub trait Sink: Send + 'static {
    /// What errors and statistics call it.
    ///
    /// ```
    /// use ringlog::sink::{Console, Sink};
    /// assert_eq!(Console::stderr().name(), "stderr");
    /// ```
    fn name(&self) -> String;

    /// Writes a batch: whole records, as the layout made them, of at least one byte.
    ///
    /// ```
    /// use ringlog::sink::Sink;
    /// use std::io;
    ///
    /// /// Counts records: each batch holds whole lines.
    /// #[derive(Default)]
    /// struct Lines(usize);
    ///
    /// impl Sink for Lines {
    ///     fn name(&self) -> String {
    ///         "lines".into()
    ///     }
    ///     fn write(&mut self, batch: &[u8]) -> io::Result<()> {
    ///         self.0 += batch.iter().filter(|&&byte| byte == b'\n').count();
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let mut sink = Lines::default();
    /// sink.write(b"order 7 accepted\norder 7 filled\n")?;
    /// assert_eq!(sink.0, 2);
    /// # Ok::<_, io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Whatever keeps the batch from being written. Its records then come to what [`OnError`] says: where that is to
    /// try again, the whole batch is given once more, so take back what was written of it, if you can.
    fn write(&mut self, batch: &[u8]) -> io::Result<()>;

    /// Brings all that was written to stable storage. Called whenever a record's durability is waited for, and at
    /// shutdown, if anything was written since the last time.
    ///
    /// ```
    /// use ringlog::sink::Sink;
    /// use std::fs::File;
    /// use std::io::{self, Write};
    ///
    /// struct Journal(File);
    ///
    /// impl Sink for Journal {
    ///     fn name(&self) -> String {
    ///         "journal".into()
    ///     }
    ///     fn write(&mut self, batch: &[u8]) -> io::Result<()> {
    ///         self.0.write_all(batch)
    ///     }
    ///     fn sync(&mut self) -> io::Result<()> {
    ///         self.0.sync_data()
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Whatever keeps it from doing so. It is not tried again for what was written before.
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Whether the sink has a stable storage that [`sync`](Self::sync) brings records to. Asked once. Of one that has
    /// none, records count as durable once they are written, and nobody waits for its `sync`, which is never called.
    ///
    /// ```
    /// use ringlog::sink::{Console, Null, Sink};
    /// assert!(!Console::stderr().can_sync());
    /// assert!(!Null::new().can_sync());
    /// ```
    fn can_sync(&self) -> bool {
        true
    }

    /// How records become bytes, unless [`Configured::layout`] says otherwise.
    ///
    /// ```
    /// use ringlog::layout::{Json, Layout};
    /// use ringlog::sink::Sink;
    /// use std::sync::Arc;
    ///
    /// /// A collector that takes JSON, whatever the program forgets to say.
    /// struct Collector;
    ///
    /// impl Sink for Collector {
    ///     fn name(&self) -> String {
    ///         "collector".into()
    ///     }
    ///     fn write(&mut self, _batch: &[u8]) -> std::io::Result<()> {
    ///         Ok(())
    ///     }
    ///     fn default_layout(&self) -> Arc<dyn Layout> {
    ///         Arc::new(Json::new())
    ///     }
    /// }
    /// ```
    fn default_layout(&self) -> Arc<dyn Layout> {
        Arc::new(Text::default())
    }

    /// Takes out what is set on the sink; overridden by [`Configured`] alone.
    #[doc(hidden)]
    fn take_options(&mut self) -> Options {
        Options::default()
    }

    /// Whom the sink tells of what goes wrong between writes. Called once, by the runtime that takes the sink.
    #[doc(hidden)]
    fn report_to(&mut self, handler: Handler) {
        let _ = handler;
    }
}

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
use configurable;
