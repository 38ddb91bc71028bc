//! A record: its frame in the ring, and the view that layouts get.

use crate::callsite::{Place, Statement};
use crate::encode::Reader;
use crate::layout::{Escape, Output};
use std::fmt;

/// A record as a layout sees it: borrowed from the ring, its message not yet formatted.
#[derive(Clone, Copy, Debug)]
pub struct Record<'r> {
    pub(crate) statement: &'static Statement,
    pub(crate) arguments: Reader<'r>,
    pub(crate) unix_nanos: u64,
    pub(crate) thread: &'r ThreadInfo,
    pub(crate) logger: &'r str,
}

/// Who wrote a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadInfo {
    /// The thread's name, empty where it has none.
    pub name: String,
    /// The operating system's id of the thread.
    pub id: u64,
}

impl<'r> Record<'r> {
    /// What the source says of the statement.
    pub fn place(&self) -> &'static Place {
        self.statement.callsite.place()
    }

    /// When the call was made, in nanoseconds since 1970-01-01T00:00:00Z.
    pub fn unix_nanos(&self) -> u64 {
        self.unix_nanos
    }

    /// The thread that made the call.
    pub fn thread(&self) -> &'r ThreadInfo {
        self.thread
    }

    /// The name of the logger, empty for the default one.
    pub fn logger(&self) -> &'r str {
        self.logger
    }

    /// Appends the message.
    ///
    /// # Errors
    ///
    /// When a value's `Display` or `Debug` fails.
    pub fn message(&self, bytes: &mut Vec<u8>, escape: Escape) -> fmt::Result {
        let mut arguments = self.arguments;
        // SAFETY: the arguments are those that this statement's call wrote.
        unsafe { (self.statement.format)(&mut arguments, &mut Output::new(bytes, escape)) }
    }
}
