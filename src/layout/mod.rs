//! Records to bytes.
//!
//! [`Text`] prints lines by a pattern, for people; [`Json`] an object a line, for programs. Each sink has one of them:
//!
//! ```no_run
//! use ringlog::layout::{Json, Text};
//! use ringlog::{Builder, sink};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! Builder::new()
//!     .sink(sink::Console::stderr().layout(Text::pattern("{level:<5} {message}{fields}")?))
//!     .sink(sink::File::create("app.json")?.layout(Json::new()))
//!     .init()?;
//! # Ok(())
//! # }
//! ```
//!
//! A layout of your own takes few lines:
//!
//! ```
//! use ringlog::Record;
//! use ringlog::layout::{Escape, Layout, Timestamps, Writer};
//!
//! #[derive(Debug)]
//! struct Csv;
//!
//! impl Layout for Csv {
//!     fn writer(&self) -> Box<dyn Writer> {
//!         let mut time = Timestamps::utc();
//!         Box::new(move |record: &Record<'_>, bytes: &mut Vec<u8>| {
//!             time.write(record.unix_nanos(), bytes);
//!             bytes.extend_from_slice(b",\"");
//!             record.message(bytes, Escape::Json)?;
//!             bytes.extend_from_slice(b"\"\n");
//!             Ok(())
//!         })
//!     }
//! }
//! ```

mod constant;
mod escape;
mod json;
mod number;
mod output;
mod pad;
mod pattern;
mod pen;
mod text;
mod time;

pub use escape::Escape;
pub use json::{Json, JsonError, Member, Times};
pub(crate) use number::Fixed;
pub use output::Output;
pub use pattern::PatternError;
#[doc(hidden)]
pub use pen::Pen;
pub use text::Text;
pub use time::Timestamps;
pub(crate) use time::rfc3339;

use crate::record::Record;
use std::fmt;

/// A way to turn records into the bytes that a sink writes.
///
/// ```
/// use ringlog::layout::{Escape, Layout, Writer};
/// use ringlog::{Builder, Record, info, sink};
///
/// /// `I order 7 accepted`
/// #[derive(Debug)]
/// struct Short;
///
/// impl Layout for Short {
///     fn writer(&self) -> Box<dyn Writer> {
///         Box::new(|record: &Record<'_>, bytes: &mut Vec<u8>| {
///             bytes.extend([record.place().level.as_str().as_bytes()[0], b' ']);
///             record.message(bytes, Escape::Text)?;
///             bytes.push(b'\n');
///             Ok(())
///         })
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let (lines, written) = std::sync::mpsc::channel();
/// # let sink = sink::Callback::new(move |bytes| lines.send(bytes.to_vec()).unwrap());
/// let runtime = Builder::new().sink(sink.layout(Short)).start()?;
/// info!(logger: runtime, "order {} accepted", 7);
/// runtime.flush()?;
/// assert_eq!(written.recv()?, b"I order 7 accepted\n");
/// # Ok(())
/// # }
/// ```
pub trait Layout: fmt::Debug + Send + Sync + 'static {
    /// What does the work. Each worker asks for one of its own, once, so that it can remember something from one
    /// record to the next without sharing it.
    ///
    /// ```
    /// use ringlog::Record;
    /// use ringlog::layout::{Escape, Layout, Writer};
    ///
    /// #[derive(Debug)]
    /// struct Numbered;
    ///
    /// impl Layout for Numbered {
    ///     fn writer(&self) -> Box<dyn Writer> {
    ///         let mut lines = 0; // of this worker
    ///         Box::new(move |record: &Record<'_>, bytes: &mut Vec<u8>| {
    ///             lines += 1;
    ///             bytes.extend(format!("{lines} ").bytes());
    ///             record.message(bytes, Escape::Text)?;
    ///             bytes.push(b'\n');
    ///             Ok(())
    ///         })
    ///     }
    /// }
    /// ```
    fn writer(&self) -> Box<dyn Writer>;

    /// What tells layouts apart: two sinks whose layouts have equal keys share the bytes. `None` shares with
    /// nobody.
    ///
    /// ```
    /// use ringlog::layout::{Json, Layout, Text};
    ///
    /// assert_eq!(Json::new().key(), Json::new().key());
    /// assert_ne!(Text::default().key(), Text::default().raw().key());
    /// ```
    fn key(&self) -> Option<String> {
        None
    }
}

/// A layout at work in one worker. Closures that take a record and a buffer are writers.
///
/// ```
/// use ringlog::Record;
/// use ringlog::layout::{Escape, Timestamps, Writer};
/// use std::fmt;
///
/// struct Stamped(Timestamps);
///
/// impl Writer for Stamped {
///     fn write(&mut self, record: &Record<'_>, bytes: &mut Vec<u8>) -> fmt::Result {
///         self.0.write(record.unix_nanos(), bytes);
///         bytes.push(b' ');
///         record.message(bytes, Escape::Text)?;
///         bytes.push(b'\n');
///         Ok(())
///     }
/// }
/// ```
pub trait Writer: Send {
    /// Appends one record, newline and all.
    ///
    /// The worker calls it for each record that it takes from its rings: whatever blocks here holds up all of its
    /// threads' records. What stands in `bytes` before the call belongs to other records.
    ///
    /// ```
    /// use ringlog::Record;
    /// use ringlog::layout::Writer;
    /// use std::fmt;
    ///
    /// /// What another one prints, behind a mark.
    /// struct Marked(Box<dyn Writer>);
    ///
    /// impl Writer for Marked {
    ///     fn write(&mut self, record: &Record<'_>, bytes: &mut Vec<u8>) -> fmt::Result {
    ///         bytes.extend_from_slice(b"@cee: ");
    ///         self.0.write(record, bytes)
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// When a value's `Display` or `Debug` fails: the worker then ends the record with a mark and a newline. A
    /// layout that can end its record in a better way, as [`Text`] does, returns `Ok`.
    fn write(&mut self, record: &Record<'_>, bytes: &mut Vec<u8>) -> fmt::Result;
}

impl<F> Writer for F
where
    F: FnMut(&Record<'_>, &mut Vec<u8>) -> fmt::Result + Send,
{
    fn write(&mut self, record: &Record<'_>, bytes: &mut Vec<u8>) -> fmt::Result {
        self(record, bytes)
    }
}
