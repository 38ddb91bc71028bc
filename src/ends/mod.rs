//! How a process ends, or splits, and what is done so that nothing logged before is lost by it.
//!
//! | end | who flushes |
//! |---|---|
//! | return from `main`, a panic of it, `exit` | the exit handler ([`global`](crate::global)) |
//! | a fatal signal | the crashing thread, by [`crash`], which asks the workers and waits |
//! | a signal that was asked for | a thread of its own, by [`signals`]; then the signal is sent once more |
//! | `fork` | the parent goes on; the child, by [`fork`], has nothing of it |
//!
//! `docs/reliability.md` says what each of them leaves in the files.

mod alternate_stack;
pub(crate) mod crash;
mod disposition;
pub(crate) mod fork;
mod live;
mod rescue;
mod servant;
pub(crate) mod signals;
mod successor;
mod watch;

pub(crate) use alternate_stack::AlternateStack;
pub use fork::OnFork;
pub(crate) use live::{Live, enlist, flush};
pub(crate) use rescue::flush_from_own_thread;
pub(crate) use watch::Watch;

use crate::error::StartError;
use crate::protocol::beacons::{Beacons, Shown};
use crate::sync::{Arc, OnceLock};

/// What the signal handlers know of: one for each runtime.
static WATCHES: OnceLock<Beacons<Watch>> = OnceLock::new();

/// What a builder says of ends.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    pub(crate) crash_handler: Option<bool>,
    pub(crate) signals: Vec<i32>,
    pub(crate) on_fork: OnFork,
}

impl Ends {
    pub(crate) fn check(self) -> Result<Self, StartError> {
        self.signals.iter().try_for_each(|&signal| signals::check(signal))?;
        Ok(self)
    }

    /// Installs the handlers that are asked for.
    pub(crate) fn install(&self) -> Result<(), StartError> {
        fork::install();
        crate::global::at_exit();
        if self.crash_handler == Some(true) {
            crash::install()?;
        }
        signals::install(&self.signals)
    }
}

/// Has the handlers know of a runtime.
pub(crate) fn show(watch: Arc<Watch>) -> Shown<Watch> {
    WATCHES.get_or_init(Beacons::new).show(watch)
}
