//! The producers that a thread owns, one for each runtime that it has logged to: one of them has the seat in [`within`],
//! the others are here.

use super::late;
use super::within::{self, Holder, Within};
use crate::producer::{Producer, Registry, prepare_scratch};
use crate::record::ThreadInfo;
use crate::sync::Arc;
use crate::sys;
use std::cell::RefCell;
use std::ptr;

std::thread_local! {
    static OWNED: RefCell<Owned> = const { RefCell::new(Owned::new()) };
}

/// A thread's producers, but for the one that has the seat. Boxed, so that they stay in place.
#[derive(Debug)]
pub(super) struct Owned(Vec<*mut Producer>);

impl Owned {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// The producer for a runtime, which is registered if there is none.
    fn find_or_register(
        &mut self,
        within: &mut Within,
        registry: &Arc<Registry>,
        current_thread: fn() -> ThreadInfo,
    ) -> Option<*mut Producer> {
        if let Some(index) = self.find(registry) {
            return Some(self.0[index]);
        }
        let producer = register(registry, current_thread)?;
        let is_idle = within.producer().is_none_or(|seated| seated.registry().is_closed());
        if is_idle && within.holder() != Holder::Global {
            self.seat(within, producer, Holder::Other).map(ptr::from_mut)
        } else {
            Some(self.keep(producer))
        }
    }

    /// Gives the producer for the global runtime, which this is, the seat; it is registered if there is none.
    fn seat_global(
        &mut self,
        within: &mut Within,
        registry: &Arc<Registry>,
        current_thread: fn() -> ThreadInfo,
    ) -> Option<()> {
        let producer = match self.find(registry) {
            // SAFETY: the list's pointers are of boxes that it owns.
            Some(index) => *unsafe { Box::from_raw(self.0.swap_remove(index)) },
            None => register(registry, current_thread)?,
        };
        self.seat(within, producer, Holder::Global).map(drop)
    }

    fn seat<'w>(
        &mut self,
        within: &'w mut Within,
        producer: Producer,
        holder: Holder,
    ) -> Option<&'w mut Producer> {
        if let Some(former) = within.seat(producer, holder) {
            self.keep(former);
        }
        let seated = within.producer()?;
        // It was moved, and so was its ring.
        seated.look_anew();
        Some(seated)
    }

    fn find(&self, registry: &Arc<Registry>) -> Option<usize> {
        // SAFETY: the list's pointers are of boxes that it owns.
        self.0.iter().position(|&producer| unsafe { Arc::ptr_eq((*producer).registry(), registry) })
    }

    fn keep(&mut self, producer: Producer) -> *mut Producer {
        let kept = Box::into_raw(Box::new(producer));
        // SAFETY: the pointer is of the box, which nobody else knows yet. What is in it was moved, and so was its ring.
        unsafe { (*kept).look_anew() };
        self.0.push(kept);
        kept
    }

    fn look_anew(&self) {
        for &producer in &self.0 {
            // SAFETY: the list's pointers are of boxes that it owns. No other reference is alive: contexts are entered
            // and left by code of the program, none of which runs within a log call's use of the producer.
            unsafe { (*producer).look_anew() };
        }
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // A destructor runs within no log call. Calls that come later find no producer.
        let seated = Within::enter().as_mut().and_then(Within::vacate);
        drop(seated);
        for producer in self.0.drain(..) {
            // SAFETY: the pointers are of boxes that `keep` leaked, and no log call is under way: a thread's
            // destructors run one after another.
            drop(unsafe { Box::from_raw(producer) });
        }
    }
}

/// A new producer for a runtime.
fn register(registry: &Arc<Registry>, current_thread: fn() -> ThreadInfo) -> Option<Producer> {
    // What would else be set up within the first log call that needs it.
    prepare_scratch();
    let _ = crate::context::current();
    registry.register(!crate::completion::is_backend_thread(), current_thread())
}

/// Has `then` use the list of the thread's producers, and a way to tell who the thread is.
fn with_owned<R>(mut then: impl FnMut(&mut Owned, fn() -> ThreadInfo) -> Option<R>) -> Option<R> {
    let done = OWNED.try_with(|owned| {
        // An allocator that logs may come back here while the list grows.
        then(&mut *owned.try_borrow_mut().ok()?, current_thread)
    });
    // In a thread that is about to end the thread-locals with destructors are gone.
    done.unwrap_or_else(|_| late::with_owned(|owned| then(owned, late::current_thread)))
}

/// The thread's producer for a runtime, registered now if there is none.
pub(super) fn producer_for(within: &mut Within, registry: &Arc<Registry>) -> Option<*mut Producer> {
    match within.producer() {
        Some(seated) if Arc::ptr_eq(seated.registry(), registry) => Some(seated),
        _ => with_owned(|owned, current_thread| owned.find_or_register(within, registry, current_thread)),
    }
}

/// Has the thread's producer for the global runtime, which this is, in the seat; registered now if there is none.
pub(super) fn seat_global(within: &mut Within, registry: &Arc<Registry>) -> Option<()> {
    match within.producer() {
        Some(seated) if Arc::ptr_eq(seated.registry(), registry) => {
            within.hold_for_global();
            Some(())
        }
        _ => with_owned(|owned, current_thread| owned.seat_global(within, registry, current_thread)),
    }
}

fn current_thread() -> ThreadInfo {
    let name = crate::sync::thread::current().name().unwrap_or_default().to_owned();
    ThreadInfo::new(name, sys::thread_id().into())
}

/// Has each of the calling thread's producers look, before its next record, which context the thread is in, and whether
/// another runtime is the global one.
pub(crate) fn look_anew() {
    // Out of a signal handler, a log call may be at its ring right now.
    let Some(mut within) = Within::enter() else { return };
    if let Some(seated) = within.producer() {
        seated.look_anew();
    }
    let told = OWNED.try_with(|owned| {
        // Where the list is growing, an allocator that logs has come by: who grows it looks at the context anyway.
        if let Ok(owned) = owned.try_borrow() {
            owned.look_anew();
        }
    });
    if told.is_err() {
        late::with_owned(|owned| {
            owned.look_anew();
            Some(())
        });
    }
}

/// Has the calling thread, the only one of a new process, own no ring: its rings are the parent's.
pub(crate) fn forget_producers() {
    let _ = within::forget();
    let _ = OWNED.try_with(|owned| {
        // Where the list is in use, the fork comes out of an allocator: its pointers are found by nobody but that use.
        if let Ok(mut owned) = owned.try_borrow_mut() {
            owned.0.clear();
        }
    });
    late::forget();
}
