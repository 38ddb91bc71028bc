//! What a thread needs to wait: its waker, and whether it may wait at all.

use crate::sync::{Arc, Thread, spin_loop, thread};
use std::cell::Cell;
use std::task::{Wake, Waker};

thread_local! {
    static IS_BACKEND: Cell<bool> = const { Cell::new(false) };
    static WAKER: Waker = new_thread_waker();
}

/// Marks the calling thread as one of the logger's own: a wait on it fails in place of a deadlock.
pub(crate) fn mark_backend_thread() {
    IS_BACKEND.set(true);
}

/// Takes back a [`mark_backend_thread`].
pub(super) fn unmark_backend_thread() {
    IS_BACKEND.set(false);
}

/// Whether the calling thread is one of the logger's own.
pub(crate) fn is_backend_thread() -> bool {
    IS_BACKEND.get()
}

/// Unparks the thread that made it.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

fn new_thread_waker() -> Waker {
    Waker::from(Arc::new(Unpark(thread::current())))
}

/// The calling thread's waker: made once, or anew where the thread's locals are gone already.
pub(super) fn with_thread_waker<R>(mut run: impl FnMut(&Waker) -> R) -> R {
    match WAKER.try_with(Waker::clone) {
        Ok(waker) => run(&waker),
        Err(_) => run(&new_thread_waker()),
    }
}

/// Gives the outcome a few microseconds to come before the thread is parked, which would cost as much.
pub(super) fn spin_until(is_done: impl Fn() -> bool) {
    const ROUNDS: u32 = 100;
    for _ in 0..ROUNDS {
        if is_done() {
            return;
        }
        spin_loop();
    }
}
