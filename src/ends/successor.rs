//! A worker whose thread dies within the formatting of a value is succeeded: another thread goes on with its rings, so that
//! what they hold is written.
//!
//! 1. The dying thread, in a signal handler or within `exit`, never goes on as a worker. It asks for a successor,
//!    and waits.
//! 2. The successor, a thread that has slept until then, takes the worker over as a panic would have left it.
//! 3. When the worker has passed on the ticket that the dying thread has drawn, the successor is done.

use super::servant::Servant;
use crate::error::StartError;
use crate::scheduler::{Handle, Succession};
use crate::sync::{AtomicPtr, Ordering};
use std::ptr;

static THREAD: Servant = Servant::new("ringlog-rescue");
/// The worker to take over.
static ORPHAN: AtomicPtr<Handle> = AtomicPtr::new(ptr::null_mut());

/// Has a thread stand by. By one thread at a time.
pub(super) fn start() -> Result<(), StartError> {
    THREAD.start(succeed)
}

/// Asks for a successor to the worker, which runs on the calling thread. Async-signal-safe.
pub(super) fn ask(worker: &Handle) {
    if THREAD.is_there() && worker.orphan() {
        // ORDERING: release pairs with `succeed`: all that the worker has done comes before.
        ORPHAN.store(ptr::from_ref(worker).cast_mut(), Ordering::Release);
        THREAD.ring();
    }
}

fn succeed() {
    // ORDERING: acquire pairs with `ask`.
    let orphan = ORPHAN.swap(ptr::null_mut(), Ordering::Acquire);
    // SAFETY: null, or of a runtime that the dying thread keeps alive by reading the list of watches. If it has given up and
    // the process has not ended yet, no runtime is dropped by the time that it takes to look: its worker's thread is not
    // at its end, and keeps the handle.
    if let Some(handle) = unsafe { orphan.as_ref() } {
        crate::completion::mark_backend_thread();
        // SAFETY: the worker's thread has asked for a successor, once, and does nothing more with the worker.
        let outcome = unsafe { handle.succeed() };
        debug_assert_ne!(outcome, Succession::UnderWay);
    }
}

/// In a child: the thread is not there.
pub(super) fn start_anew() {
    THREAD.forget();
}
