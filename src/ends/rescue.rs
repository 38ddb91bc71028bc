//! Flushing from a thread that may be anything, at any point: one that crashed, or one of the logger's own that ends the
//! process. It takes no lock and allocates nothing: it asks, and looks again and again whether it was done.

use super::watch::Last;
use super::{WATCHES, successor};
use crate::sync::{AtomicBool, AtomicU32, Ordering};
use crate::sys::{self, nap, thread_id};
use std::time::Duration;

/// How long it waits for workers and sinks.
const LIMIT: Duration = Duration::from_secs(2);
/// How long it waits when it has waited in vain before.
const SECOND_LIMIT: Duration = Duration::from_millis(100);
/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(1);

/// The thread that flushes right now; 0 is none.
static FLUSHER: AtomicU32 = AtomicU32::new(0);
/// A flush has come to no end in time.
static HAS_FAILED: AtomicBool = AtomicBool::new(false);

/// What became of a flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(super) enum Flushed {
    /// All is written, but for what the calling thread would have had to do.
    Done,
    /// Time was up.
    TimedOut,
    /// The calling thread is within this very function: it has crashed there.
    Again,
}

/// Has all runtimes write what was logged before, and waits for that, for a limited time. Async-signal-safe. Of several
/// threads that come at once each flushes, one after another.
pub(super) fn flush(last: Last) -> Flushed {
    let me = thread_id();
    // ORDERING: relaxed, a hint for how long to wait.
    let has_failed = HAS_FAILED.load(Ordering::Relaxed);
    let limit = if has_failed && last == Last::No { SECOND_LIMIT } else { LIMIT };
    let deadline = now() + limit;
    // ORDERING: acquire pairs with the release below: the former flusher's notes in the watches are made.
    while let Err(other) = FLUSHER.compare_exchange(0, me, Ordering::Acquire, Ordering::Relaxed) {
        if other == me {
            return Flushed::Again;
        }
        if now() >= deadline {
            return Flushed::TimedOut;
        }
        nap(PAUSE);
    }
    let flushed = ask_and_wait(last, deadline);
    if flushed == Flushed::TimedOut {
        // ORDERING: relaxed, a hint.
        HAS_FAILED.store(true, Ordering::Relaxed);
    }
    // ORDERING: release pairs with the acquire above.
    FLUSHER.store(0, Ordering::Release);
    flushed
}

fn ask_and_wait(last: Last, deadline: Duration) -> Flushed {
    let Some(watches) = WATCHES.get() else { return Flushed::Done };
    let watches = watches.read();
    watches.each(|watch| watch.ask(last));
    loop {
        let mut is_drained = true;
        watches.each(|watch| is_drained &= watch.is_drained());
        if is_drained {
            return Flushed::Done;
        }
        if now() >= deadline {
            return Flushed::TimedOut;
        }
        nap(PAUSE);
    }
}

/// Whether the calling thread is a worker, or serves a sink, of a runtime that is flushed. Async-signal-safe: a thread-local
/// variable of a library may be allocated when it is first looked at.
pub(super) fn is_own_thread() -> bool {
    let me = thread_id();
    let mut is_own = false;
    if let Some(watches) = WATCHES.get() {
        watches.read().each(|watch| is_own |= watch.is_run_by(me));
    }
    is_own
}

/// Flushes where the end of the process comes from one of the logger's own threads, which would wait for itself: `exit` in a
/// callback, or in the `Display` of what was logged. What a sink's thread would have had to write itself is lost.
pub(crate) fn flush_from_own_thread() {
    // Nobody is left to be told.
    let _ = flush(Last::Words);
}

/// In a child: nobody flushes here.
pub(super) fn start_anew() {
    successor::start_anew();
    // ORDERING: relaxed, there is no other thread.
    FLUSHER.store(0, Ordering::Relaxed);
    // ORDERING: relaxed, as above.
    HAS_FAILED.store(false, Ordering::Relaxed);
}

/// Since some point in the past.
fn now() -> Duration {
    Duration::from_nanos(sys::now(libc::CLOCK_MONOTONIC))
}
