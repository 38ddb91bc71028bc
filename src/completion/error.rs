//! Why a record is not where it was to go.

use crate::sync::Arc;
use std::fmt;
use std::io;

/// Why a record is not where it was to go.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FlushError {
    /// Some of its sinks failed.
    ///
    /// Of one thread's records the last 1,024 runs of failures are kept apart. Where there were more, what lies between
    /// two neighbouring runs counts as failed too, for whoever asks about it so late.
    #[error("{}", Listed(.0))]
    Sinks(Vec<SinkFailure>),
    /// The ring was full and the record was dropped, as `Overflow::DropNewest` has it.
    #[error("the ring was full and the record was dropped")]
    Dropped,
    /// The record is one that its logger's [`Backtrace`](crate::Backtrace) keeps in memory: it is written when a record
    /// of the trigger level comes, and maybe never.
    #[error("the record is kept in memory by its logger's backtrace, and may never be written")]
    Kept,
    /// The call was made after the runtime had shut down.
    #[error("the logger has shut down")]
    Shutdown,
    /// The record was logged before this process was forked from another: it is the parent's to write.
    #[error("the record was logged in the parent process, before the fork")]
    Forked,
    /// The wait was on one of the logger's own threads, and would have kept it from doing what was waited for.
    #[error("a wait on a thread of the logger itself would never end")]
    WouldDeadlock,
}

/// A sink that failed, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("sink `{sink}`: {message}")]
pub struct SinkFailure {
    sink: Arc<str>,
    kind: io::ErrorKind,
    message: Arc<str>,
}

impl SinkFailure {
    /// What became of a write or a sync of `sink`.
    pub(crate) fn new(sink: &str, error: &io::Error) -> Self {
        Self { sink: sink.into(), kind: error.kind(), message: error.to_string().into() }
    }

    /// The sink's name.
    pub fn sink(&self) -> &str {
        &self.sink
    }

    /// The kind of error.
    pub fn kind(&self) -> io::ErrorKind {
        self.kind
    }

    /// What the error said.
    pub fn message(&self) -> &str {
        &self.message
    }
}

struct Listed<'f>(&'f [SinkFailure]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, failure) in self.0.iter().enumerate() {
            write!(f, "{}{failure}", if index == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}
