//! Where formatted bytes go.
//!
//! Each sink runs on a thread of its own (`sink::server`), behind a bounded queue from each of the runtime's
//! workers, so that a slow one holds up nothing but itself.

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
    fn name(&self) -> String;

    /// Writes a batch: whole records, as the layout made them, of at least one byte.
    ///
    /// # Errors
    ///
    /// Whatever keeps the batch from being written. Its records then come to what [`OnError`] says: where that is to
    /// try again, the whole batch is given once more, so take back what was written of it, if you can.
    fn write(&mut self, batch: &[u8]) -> io::Result<()>;

    /// Brings all that was written to stable storage. Called whenever a record's durability is waited for, and at
    /// shutdown, if anything was written since the last time.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from doing so. It is not tried again for what was written before.
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Whether the sink has a stable storage that [`sync`](Self::sync) brings records to. Asked once. Of one that has
    /// none, records count as durable once they are written, and nobody waits for its `sync`, which is never called.
    fn can_sync(&self) -> bool {
        true
    }

    /// How records become bytes, unless [`Configured::layout`] says otherwise.
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
pub fn with<S: Sink>(mut sink: S) -> Configured<S> {
    Configured { options: sink.take_options(), sink }
}

impl<S: Sink> Configured<S> {
    /// How records become bytes. Sinks with equal layouts share the work.
    #[must_use]
    pub fn layout(mut self, layout: impl Layout) -> Self {
        self.options.layout = Some(Arc::new(layout));
        self
    }

    /// The least level of records that the sink gets; all by default.
    #[must_use]
    pub fn level(mut self, level: Level) -> Self {
        self.options.level = Some(level);
        self
    }

    /// What the sink does when it is behind.
    #[must_use]
    pub fn on_full(mut self, on_full: OnFull) -> Self {
        self.options.on_full = on_full;
        self
    }

    /// What the records come to when the sink fails or hangs; they fail by default.
    #[must_use]
    pub fn on_error(mut self, on_error: OnError) -> Self {
        self.options.on_error = on_error;
        self
    }

    /// For how long a write or a sync may take before the sink counts as hanging: 30 seconds by default. With `None`
    /// it is waited for for ever.
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
            #[must_use]
            pub fn layout(self, layout: impl crate::layout::Layout) -> crate::sink::Configured<Self> {
                crate::sink::with(self).layout(layout)
            }

            /// The least level of records that the sink gets; all by default.
            #[must_use]
            pub fn level(self, level: crate::Level) -> crate::sink::Configured<Self> {
                crate::sink::with(self).level(level)
            }

            /// What the sink does when it is behind.
            #[must_use]
            pub fn on_full(self, on_full: crate::sink::OnFull) -> crate::sink::Configured<Self> {
                crate::sink::with(self).on_full(on_full)
            }

            /// What the records come to when the sink fails or hangs; they fail by default.
            #[must_use]
            pub fn on_error(self, on_error: crate::sink::OnError) -> crate::sink::Configured<Self> {
                crate::sink::with(self).on_error(on_error)
            }

            /// For how long a write or a sync may take before the sink counts as hanging: 30 seconds by default.
            /// With `None` it is waited for for ever.
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
