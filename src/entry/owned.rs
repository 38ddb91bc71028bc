//! The producers that a thread owns, one for each runtime that it has logged to.

use super::late;
use super::within::{self, Within};
use crate::producer::{Producer, Registry, prepare_scratch};
use crate::record::ThreadInfo;
use crate::sync::Arc;
use std::cell::RefCell;

std::thread_local! {
    static OWNED: RefCell<Owned> = const { RefCell::new(Owned::new()) };
}

/// A thread's producers. Boxed, so that they stay in place.
#[derive(Debug)]
pub(super) struct Owned(Vec<*mut Producer>);

impl Owned {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn find_or_register(
        &mut self,
        registry: &Arc<Registry>,
        current_thread: fn() -> ThreadInfo,
    ) -> Option<*mut Producer> {
        // SAFETY: the list's pointers are of boxes that it owns.
        let is_of = |producer: &*mut Producer| unsafe { Arc::ptr_eq((**producer).registry(), registry) };
        if let Some(&known) = self.0.iter().find(|producer| is_of(producer)) {
            return Some(known);
        }
        // What would else be set up within the first log call that needs it.
        prepare_scratch();
        let _ = crate::context::current();
        let new = registry.register(!crate::completion::is_backend_thread(), current_thread())?;
        let producer = Box::into_raw(Box::new(new));
        self.0.push(producer);
        Some(producer)
    }

    fn context_changed(&self) {
        for &producer in &self.0 {
            // SAFETY: the list's pointers are of boxes that it owns. No other reference is alive: contexts are entered
            // and left by code of the program, none of which runs within a log call's use of the producer.
            unsafe { (*producer).context_changed() };
        }
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        within::unbind_global();
        for producer in self.0.drain(..) {
            // SAFETY: the pointers are of boxes that `find_or_register` leaked, and no log call is under way: a thread's
            // destructors run one after another. Calls that come later find no pointer.
            drop(unsafe { Box::from_raw(producer) });
        }
    }
}

/// The thread's producer for a runtime, registered now if there is none.
pub(super) fn producer_for(registry: &Arc<Registry>) -> Option<*mut Producer> {
    let found = OWNED.try_with(|owned| {
        // An allocator that logs may come back here while the list grows.
        owned.try_borrow_mut().ok()?.find_or_register(registry, current_thread)
    });
    // In a thread that is about to end the thread-locals with destructors are gone.
    found.unwrap_or_else(|_| late::with_owned(|owned| owned.find_or_register(registry, late::current_thread)))
}

fn current_thread() -> ThreadInfo {
    let name = crate::sync::thread::current().name().unwrap_or_default().to_owned();
    ThreadInfo::new(name, rustix::thread::gettid().as_raw_nonzero().get() as u64)
}

/// Has each of the calling thread's producers see which context it is in, before its next record.
pub(crate) fn context_changed() {
    // Out of a signal handler, a log call may be at its ring right now.
    let Some(_within) = Within::enter() else { return };
    let told = OWNED.try_with(|owned| {
        // Where the list is growing, an allocator that logs has come by: who grows it looks at the context anyway.
        if let Ok(owned) = owned.try_borrow() {
            owned.context_changed();
        }
    });
    if told.is_err() {
        late::with_owned(|owned| {
            owned.context_changed();
            Some(())
        });
    }
}

/// Has the calling thread, the only one of a new process, own no ring: its rings are the parent's.
pub(crate) fn forget_producers() {
    within::unbind_global();
    within::leave();
    let _ = OWNED.try_with(|owned| {
        // Where the list is in use, the fork comes out of an allocator: its pointers are found by nobody but that use.
        if let Ok(mut owned) = owned.try_borrow_mut() {
            owned.0.clear();
        }
    });
    late::forget();
}
