//! Records to bytes.

mod output;
mod text;
mod time;

pub use output::{Escape, Output};
pub use text::{PatternError, Text};

use crate::record::Record;
use std::fmt;

/// Turns records into the bytes that a sink writes.
pub trait Layout: fmt::Debug + Send + Sync + 'static {
    /// Appends one record, newline and all.
    ///
    /// # Errors
    ///
    /// When a value's `Display` or `Debug` fails; the worker then marks the record as cut short.
    fn write(&self, record: &Record<'_>, bytes: &mut Vec<u8>) -> fmt::Result;

    /// What tells layouts apart: two sinks whose layouts have equal keys share the bytes. `None` shares with
    /// nobody.
    fn key(&self) -> Option<String> {
        None
    }
}
