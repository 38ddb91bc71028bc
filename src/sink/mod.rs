//! Where formatted bytes go.
//!
//! Each sink runs on a thread of its own (`sink::worker`), behind a bounded queue from each of the runtime's
//! workers, so that a slow one holds up nothing but itself.

mod callback;
mod console;
mod file;
mod null;
pub(crate) mod worker;

pub use callback::Callback;
pub use console::Console;
pub use file::File;
pub use null::Null;

use crate::layout::{Layout, Text};
use crate::level::Level;
use std::io;
use std::sync::Arc;

/// Something that formatted records are written to.
///
/// A sink is moved to a thread of its own and called there only. It may block: other sinks go on. When it
/// panics, the batch counts as failed and the next one is given to it all the same.
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
    /// Whatever keeps the batch from being written. Its records then count as failed.
    fn write(&mut self, batch: &[u8]) -> io::Result<()>;

    /// Brings all that was written to stable storage, where the sink has such a thing. Called at shutdown, and
    /// whenever a record's durability is waited for.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from doing so. It is not tried again for what was written before.
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// How records become bytes, unless [`Configured::layout`] says otherwise.
    fn default_layout(&self) -> Arc<dyn Layout> {
        Arc::new(Text::default())
    }

    /// What is set on the sink; overridden by [`Configured`] alone.
    #[doc(hidden)]
    fn options(&self) -> Options {
        Options::default()
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
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub(crate) layout: Option<Arc<dyn Layout>>,
    pub(crate) level: Option<Level>,
    pub(crate) on_full: OnFull,
}

/// A sink, and how it is to be used.
///
/// ```
/// use ringlog::{Level, sink};
/// let sink = sink::with(sink::Null::new()).level(Level::Warn).on_full(sink::OnFull::Shed);
/// # let _ = sink;
/// ```
#[derive(Clone, Debug)]
pub struct Configured<S> {
    sink: S,
    options: Options,
}

/// Makes a sink of your own configurable; ringlog's own have the methods of [`Configured`] themselves.
pub fn with<S: Sink>(sink: S) -> Configured<S> {
    Configured { options: sink.options(), sink }
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

    fn default_layout(&self) -> Arc<dyn Layout> {
        self.sink.default_layout()
    }

    fn options(&self) -> Options {
        self.options.clone()
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
        }
    };
}
use configurable;
