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
mod configured;
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
use configured::configurable;
pub use configured::{Configured, OnFull, Options, with};
pub use console::{Colour, Console};
pub use file::File;
pub use null::Null;
pub use on_error::OnError;
#[cfg(any(feature = "gzip", feature = "zstd"))]
pub use rolling::Compression;
pub use rolling::{RollingBuilder, RollingError, RollingFile, RollingHandle};

use crate::error::Handler;
use crate::layout::{Layout, Text};
use std::io;
use std::sync::Arc;

/// Something that formatted records are written to.
///
/// A sink is moved to a thread of its own and called by one thread at a time. It may block: other sinks go on, until its
/// queue is full (16 batches of up to 256 KiB from each worker), when [`OnFull`] decides. When it
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
