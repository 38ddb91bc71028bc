//! Where the macros enter: from a log statement to the thread's producer.
//!
//! A thread's producers are kept behind thread-locals: [`GLOBAL`] is a bare pointer to the one of the global
//! runtime, which the common log call needs and which has no destructor, so that reading it is one instruction;
//! [`OWNED`] owns all of them and hands their rings over when the thread ends.

use crate::callsite::Statement;
use crate::completion::Completion;
use crate::encode::Unit;
use crate::level::Level;
use crate::logger::{AsLogger, Destination};
use crate::producer::{ErasedUnit, Logged, Producer, Registry, prepare_scratch, with_text};
use crate::sync::Arc;
use std::cell::{Cell, RefCell};
use std::ptr;

std::thread_local! {
    static GLOBAL: Cell<*mut Producer> = const { Cell::new(ptr::null_mut()) };
    static OWNED: RefCell<Owned> = const { RefCell::new(Owned(Vec::new())) };
}

/// A thread's producers, one for each runtime that it has logged to. Boxed, so that they stay in place.
#[derive(Debug)]
struct Owned(Vec<*mut Producer>);

impl Drop for Owned {
    fn drop(&mut self) {
        GLOBAL.set(ptr::null_mut());
        for producer in self.0.drain(..) {
            // SAFETY: the pointers are of boxes that `with_producer` leaked, and no log call is under way: a thread's
            // destructors run one after another. Calls that come later find no pointer.
            drop(unsafe { Box::from_raw(producer) });
        }
    }
}

/// Logs to the global runtime.
// Inlined, the units never are in memory. Without optimization they are all the same, and one instance
// serves all statements whose units have the same types.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn log<U: Unit>(statement: &'static Statement, units: U) {
    let _ = log_global(statement, units);
}

/// As [`log`], for one who may wait for the record.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn log_async<U: Unit>(statement: &'static Statement, units: U) -> Completion {
    completion_global(log_global(statement, units), statement)
}

/// Logs to a logger.
#[inline]
pub fn log_to<L: AsLogger + ?Sized, U: Unit>(logger: &L, statement: &'static Statement, units: U) {
    let _ = log_destination(&logger.as_logger().destination, statement, units);
}

/// As [`log_to`], for one who may wait for the record.
#[inline]
pub fn log_to_async<L: AsLogger + ?Sized, U: Unit>(
    logger: &L,
    statement: &'static Statement,
    units: U,
) -> Completion {
    let destination = &*logger.as_logger().destination;
    completion(log_destination(destination, statement, units), destination, statement)
}

#[inline(always)]
fn log_global<U: Unit>(statement: &'static Statement, mut units: U) -> Logged {
    with_text(&mut units, |units, text| {
        let producer = GLOBAL.get();
        if !producer.is_null() {
            // SAFETY: `GLOBAL` points into a box that `OWNED` keeps until the thread ends, and then is null. No
            // other reference is alive: user code runs before, in `with_text`, and none within.
            if let Some(position) = unsafe { (*producer).log(statement, 0, units, text) } {
                return Logged::At(position);
            }
        }
        log_global_slow(statement, units, text)
    })
}

#[cold]
#[inline(never)]
fn log_global_slow(statement: &'static Statement, units: &dyn ErasedUnit, text: &[u8]) -> Logged {
    let bound = GLOBAL.get();
    // SAFETY: as in `log_global`.
    if let Some(producer) = unsafe { bound.as_mut() }
        && !producer.registry().is_superseded()
    {
        return producer.log_slow(statement, 0, units, text);
    }
    match crate::global::get_or_start() {
        Some(runtime) => {
            let registry = runtime.registry();
            log_with(registry, |producer, stays| {
                if stays {
                    GLOBAL.set(producer);
                }
                // SAFETY: `with_producer` gives a producer that nobody else refers to now.
                unsafe { (*producer).log_slow(statement, 0, units, text) }
            })
        }
        None => {
            crate::global::lose_one();
            Logged::Closed
        }
    }
}

#[inline]
fn log_destination<U: Unit>(
    destination: &Destination,
    statement: &'static Statement,
    mut units: U,
) -> Logged {
    with_text(&mut units, |units, text| {
        let producer = GLOBAL.get();
        // SAFETY: as in `log_global`.
        if let Some(producer) = unsafe { producer.as_mut() }
            && Arc::ptr_eq(producer.registry(), &destination.registry)
            && let Some(position) = producer.log(statement, destination.id, units, text)
        {
            return Logged::At(position);
        }
        log_with(&destination.registry, |producer, _| {
            // SAFETY: `with_producer` gives a producer that nobody else refers to now.
            let producer = unsafe { &mut *producer };
            match producer.log(statement, destination.id, units, text) {
                Some(position) => Logged::At(position),
                None => producer.log_slow(statement, destination.id, units, text),
            }
        })
    })
}

/// Calls `then` with the thread's producer for a runtime, registered now if there is none, and whether it stays: in
/// a thread that is about to end, whose thread-locals are gone, it is there for this call alone.
fn with_producer<R>(registry: &Arc<Registry>, then: impl Fn(*mut Producer, bool) -> R) -> Option<R> {
    let register = || registry.register(!crate::completion::is_backend_thread());
    let found = OWNED.try_with(|owned| {
        // An allocator that logs may come back here while the list grows.
        let mut owned = owned.try_borrow_mut().ok()?;
        // SAFETY: the list's pointers are of boxes that it owns.
        let known =
            owned.0.iter().copied().find(|&known| unsafe { Arc::ptr_eq((*known).registry(), registry) });
        known.or_else(|| {
            prepare_scratch();
            let producer = Box::into_raw(Box::new(register()?));
            owned.0.push(producer);
            Some(producer)
        })
    });
    match found {
        Ok(producer) => producer.map(|producer| then(producer, true)),
        Err(_) => register().map(|mut producer| then(&raw mut producer, false)),
    }
}

/// As [`with_producer`], for a log call.
fn log_with(registry: &Arc<Registry>, then: impl Fn(*mut Producer, bool) -> Logged) -> Logged {
    with_producer(registry, then).unwrap_or_else(|| {
        registry.lose_one();
        Logged::Closed
    })
}

/// Makes the calling thread's ring for a runtime, if it has none; whether it has one now.
pub(crate) fn register(registry: &Arc<Registry>) -> bool {
    let global = crate::global::is_global(registry);
    let registered = Cell::new(false);
    with_producer(registry, |producer, stays| {
        if global && stays {
            GLOBAL.set(producer);
        }
        registered.set(true);
    });
    registered.get()
}

/// Has each of the calling thread's producers see which context it is in, before its next record.
pub(crate) fn context_changed() {
    let _ = OWNED.try_with(|owned| {
        // Where the list is growing, an allocator that logs has come by: who grows it looks at the context anyway.
        let Ok(owned) = owned.try_borrow() else { return };
        for &producer in &owned.0 {
            // SAFETY: the list's pointers are of boxes that it owns. No other reference is alive: contexts are entered
            // and left by code of the program, none of which runs within a log call's use of the producer.
            unsafe { (*producer).context_changed() };
        }
    });
}

/// Has the calling thread look for the global runtime anew.
pub(crate) fn unbind_global() {
    GLOBAL.set(ptr::null_mut());
}

#[inline(always)]
fn completion_global(logged: Logged, statement: &'static Statement) -> Completion {
    match logged {
        Logged::At(position) => position.completion_of_default(level(statement)),
        Logged::Dropped => Completion::dropped(),
        Logged::Closed => Completion::closed(),
    }
}

#[inline]
fn completion(logged: Logged, destination: &Destination, statement: &'static Statement) -> Completion {
    match logged {
        Logged::At(position) => position.completion(destination.route(level(statement))),
        Logged::Dropped => Completion::dropped(),
        Logged::Closed => Completion::closed(),
    }
}

#[inline(always)]
fn level(statement: &'static Statement) -> Level {
    statement.callsite.place().level
}
