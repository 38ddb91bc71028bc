//! Why a record is not where it was to go.

use crate::sync::Arc;
use std::fmt;
use std::io;

/// Why a record is not where it was to go.
///
/// ```
/// use ringlog::{Builder, FlushError, info_async, sink};
/// use std::io;
///
/// # fn main() -> Result<(), ringlog::StartError> {
/// let dead = sink::Callback::try_new(|_| Err(io::Error::other("no peer")));
/// let runtime = Builder::new().sink(dead).sink(sink::Null::new()).on_error(|_| ()).start()?;
/// match info_async!(logger: runtime, "order {} accepted", 7).wait() {
///     Err(FlushError::Sinks(failures)) => assert_eq!(failures.len(), 1), // the other sink has it
///     outcome => panic!("{outcome:?}"),
/// }
/// # Ok(())
/// # }
/// ```
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
///
/// ```
/// use ringlog::{Builder, FlushError, info_async, sink};
/// use std::io::{Error, ErrorKind};
///
/// # fn main() -> Result<(), ringlog::StartError> {
/// let full = sink::Callback::try_new(|_| Err(Error::new(ErrorKind::StorageFull, "no space left")));
/// let runtime = Builder::new().sink(full).on_error(|_| ()).start()?;
/// let Err(FlushError::Sinks(failures)) = info_async!(logger: runtime, "filled").wait() else {
///     panic!("the sink has failed");
/// };
/// assert_eq!(failures[0].sink(), "callback");
/// assert_eq!(failures[0].kind(), ErrorKind::StorageFull);
/// assert_eq!(failures[0].to_string(), "sink `callback`: no space left");
/// # Ok(())
/// # }
/// ```
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
    ///
    /// ```
    /// use ringlog::SinkFailure;
    ///
    /// fn is_journal(failure: &SinkFailure) -> bool {
    ///     failure.sink() == "journal.log"
    /// }
    /// ```
    pub fn sink(&self) -> &str {
        &self.sink
    }

    /// The kind of error.
    ///
    /// ```
    /// use ringlog::SinkFailure;
    /// use std::io::ErrorKind;
    ///
    /// fn is_disk_full(failure: &SinkFailure) -> bool {
    ///     matches!(failure.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
    /// }
    /// ```
    pub fn kind(&self) -> io::ErrorKind {
        self.kind
    }

    /// What the error said.
    ///
    /// ```
    /// use ringlog::SinkFailure;
    ///
    /// fn reasons(failures: &[SinkFailure]) -> Vec<&str> {
    ///     failures.iter().map(SinkFailure::message).collect()
    /// }
    /// ```
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
