//! The runtimes of this process.

use crate::completion::Completion;
use crate::sync::{Mutex, MutexGuard, lock};
use std::sync::Weak;
use std::time::{Duration, Instant};

/// A runtime, as the ends of a process see it.
pub(crate) trait Live: Send + Sync {
    /// Begins to flush all that any thread has logged before.
    fn flush_all(&self) -> Completion;

    /// The process is a child, and the runtime's threads are not in it. Takes no lock.
    fn leave_behind(&self);
}

static LIVE: Mutex<Vec<Weak<dyn Live>>> = Mutex::new(Vec::new());

pub(super) type Held = MutexGuard<'static, Vec<Weak<dyn Live>>>;

/// Adds a runtime.
pub(crate) fn enlist(runtime: Weak<dyn Live>) {
    let mut list = lock(&LIVE);
    list.retain(|known| known.strong_count() > 0);
    list.push(runtime);
}

/// Has all of them write and sync what was logged, and waits for that.
pub(crate) fn flush(limit: Duration) {
    let start = Instant::now();
    // Dropped without the lock: the last one to let go of a runtime shuts it down.
    let runtimes: Vec<_> = lock(&LIVE).iter().filter_map(Weak::upgrade).collect();
    let flushes: Vec<_> = runtimes.iter().map(|runtime| runtime.flush_all().durable()).collect();
    for flush in flushes {
        // A sink that failed was told to the error handler.
        let _ = flush.wait_timeout(limit.saturating_sub(start.elapsed()));
    }
}

/// Keeps the list as it is.
pub(super) fn hold() -> Held {
    lock(&LIVE)
}

/// Leaves all of them behind, for good: what their threads were at is as it was when the process was copied.
pub(super) fn leave_behind(list: &Held) {
    for runtime in list.iter().filter_map(Weak::upgrade) {
        runtime.leave_behind();
        std::mem::forget(runtime);
    }
}
