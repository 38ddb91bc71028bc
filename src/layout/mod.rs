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
pub trait Layout: fmt::Debug + Send + Sync + 'static {
    /// What does the work. Each worker asks for one of its own, once, so that it can remember something from one
    /// record to the next without sharing it.
    fn writer(&self) -> Box<dyn Writer>;

    /// What tells layouts apart: two sinks whose layouts have equal keys share the bytes. `None` shares with
    /// nobody.
    fn key(&self) -> Option<String> {
        None
    }
}

/// A layout at work in one worker. Closures that take a record and a buffer are writers.
pub trait Writer: Send {
    /// Appends one record, newline and all.
    ///
    /// The worker calls it for each record that it takes from its rings: whatever blocks here holds up all of its
    /// threads' records. What stands in `bytes` before the call belongs to other records.
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
