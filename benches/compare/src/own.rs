//! ringlog itself, as its peers are: one worker, the default pattern, a ring of 1 MiB that blocks when it is
//! full.

use crate::{Outcome, Setup};
use ringlog::{Builder, Clock, sink};

/// A started ringlog, global. Dropping it does nothing: [`finish`](Self::finish) shuts it down.
#[derive(Debug)]
pub struct Ringlog(());

impl Ringlog {
    /// Starts it with that clock; all else is as it comes.
    ///
    /// # Errors
    ///
    /// Those of [`Builder::init`].
    pub fn start(setup: &Setup, clock: Clock) -> Outcome<Self> {
        Builder::new()
            .pin(setup.backend_core())
            .clock(clock)
            .filter("info")
            .sink(sink::File::create(setup.file())?)
            .init()?;
        Ok(Self(()))
    }

    /// Writes all and ends it.
    ///
    /// # Errors
    ///
    /// Those of [`ringlog::shutdown`].
    pub fn finish(self) -> Outcome<()> {
        ringlog::shutdown()?;
        Ok(())
    }
}
