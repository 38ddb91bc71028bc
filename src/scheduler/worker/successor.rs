//! A worker whose thread has died within the formatting of a value, and that another thread goes on with.

use super::Handle;
use crate::sync::Ordering;

const NONE: u32 = 0;
const UNDER_WAY: u32 = 1;
const ENDED: u32 = 2;

/// Whether another thread goes on with a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Succession {
    /// Nobody was asked to.
    None,
    UnderWay,
    /// It has passed on all that it was asked for, or could not take over.
    Ended,
}

impl Handle {
    /// Says that the worker's thread, the calling one, will do nothing more; whether it has not said so before.
    /// Async-signal-safe.
    pub(crate) fn orphan(&self) -> bool {
        // ORDERING: relaxed, this thread alone does it; the worker is handed over by who asks for a successor.
        self.succession.compare_exchange(NONE, UNDER_WAY, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// How far the succession is. Async-signal-safe.
    pub(crate) fn succession(&self) -> Succession {
        // ORDERING: acquire pairs with `succeed`: what was handed over to the sinks is there.
        match self.succession.load(Ordering::Acquire) {
            NONE => Succession::None,
            UNDER_WAY => Succession::UnderWay,
            _ => Succession::Ended,
        }
    }

    /// Goes on with the worker until it has passed on all flush tickets.
    ///
    /// # Safety
    ///
    /// The worker's thread has said that it will do nothing more, which happened before this call. It is called once.
    pub(crate) unsafe fn succeed(&self) -> Succession {
        // ORDERING: acquire pairs with `Worker::run`.
        let worker = self.worker.load(Ordering::Acquire);
        // SAFETY: the worker lies on the stack of its thread, which stands still. What that thread was within is the
        // formatting of a record, which may unwind: so all of the worker is in memory, but for the end of a buffer
        // that `Worker::recover` takes back. Elsewhere the worker is left alone.
        if let Some(worker) = unsafe { worker.as_mut() }
            && worker.formatting.is_some()
        {
            worker.recover(true);
            while worker.signals.tickets.latest() > worker.ticket || !worker.deliver_tickets() {
                worker.round();
            }
        }
        // ORDERING: release pairs with `succession`.
        self.succession.store(ENDED, Ordering::Release);
        Succession::Ended
    }
}
