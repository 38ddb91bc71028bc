//! Where the macros enter: from a log statement to the thread's producer.
//!
//! A thread's producers are kept behind thread-locals: [`GLOBAL`] is a bare pointer to the one of the global
//! runtime, which the common log call needs and which has no destructor, so that reading it is one instruction;
//! [`OWNED`] owns all of them and hands their rings over when the thread ends. What is logged after that, from the
//! destructors of other thread-locals, finds its producers by way of [`late`].

mod late;

use crate::callsite::Statement;
use crate::completion::Completion;
use crate::encode::Unit;
use crate::level::Level;
use crate::logger::{AsLogger, Destination};
use crate::producer::{Logged, Producer, Refused, Registry, prepare_scratch, with_text};
use crate::record::FRAME_WORDS;
use crate::sync::Arc;
use std::cell::{Cell, RefCell};
use std::ptr;

std::thread_local! {
    static GLOBAL: Cell<*mut Producer> = const { Cell::new(ptr::null_mut()) };
    static IS_ASIDE: Cell<bool> = const { Cell::new(false) };
    static OWNED: RefCell<Owned> = const { RefCell::new(Owned(Vec::new())) };
}

/// A thread's producers, one for each runtime that it has logged to. Boxed, so that they stay in place.
#[derive(Debug)]
struct Owned(Vec<*mut Producer>);

impl Owned {
    fn find_or_register(&mut self, registry: &Arc<Registry>) -> Option<*mut Producer> {
        // SAFETY: the list's pointers are of boxes that it owns.
        let is_of = |producer: &*mut Producer| unsafe { Arc::ptr_eq((**producer).registry(), registry) };
        if let Some(&known) = self.0.iter().find(|producer| is_of(producer)) {
            return Some(known);
        }
        // What would else be set up within the first log call that needs it.
        prepare_scratch();
        let _ = crate::context::current();
        let new = registry.register(!crate::completion::is_backend_thread())?;
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
        GLOBAL.set(ptr::null_mut());
        for producer in self.0.drain(..) {
            // SAFETY: the pointers are of boxes that `find_or_register` leaked, and no log call is under way: a thread's
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

/// As [`log()`], for one who may wait for the record.
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
    if U::ON_THE_SPOT {
        return with_text(&mut units, |units, text| put(statement, units, text));
    }
    put(statement, &units, &[])
}

#[inline]
fn log_destination<U: Unit>(
    destination: &Destination,
    statement: &'static Statement,
    mut units: U,
) -> Logged {
    if U::ON_THE_SPOT {
        return with_text(&mut units, |units, text| put_to(destination, statement, units, text));
    }
    put_to(destination, statement, &units, &[])
}

/// Puts a record into the ring that the thread has with the global runtime. `text` is what the units were prepared with.
#[inline(always)]
fn put<U: Unit>(statement: &'static Statement, units: &U, text: &[u8]) -> Logged {
    let words = FRAME_WORDS + units.words();
    let producer = GLOBAL.get();
    // SAFETY: `GLOBAL` points into a box that `OWNED` keeps until the thread ends, and then is null. No other
    // reference is alive: no user code runs in here.
    let room = match unsafe { producer.as_mut() } {
        Some(producer) if producer.has_room(words) => Room { place: producer.place(), producer },
        _ => match find_room(words) {
            Ok(room) => room,
            Err(refused) => return refused.into(),
        },
    };
    // SAFETY: there is room for the units' words.
    unsafe { room.write(statement, 0, words, units, text) }
}

/// As [`put`], for a logger of any runtime.
#[inline]
fn put_to<U: Unit>(
    destination: &Destination,
    statement: &'static Statement,
    units: &U,
    text: &[u8],
) -> Logged {
    let words = FRAME_WORDS + units.words();
    let producer = GLOBAL.get();
    // SAFETY: as in `put`.
    let room = match unsafe { producer.as_mut() } {
        Some(producer)
            if Arc::ptr_eq(producer.registry(), &destination.registry) && producer.has_room(words) =>
        {
            Room { place: producer.place(), producer }
        }
        _ => match find_room_for(&destination.registry, words) {
            Ok(room) => room,
            Err(refused) => return refused.into(),
        },
    };
    // SAFETY: there is room for the units' words.
    unsafe { room.write(statement, destination.id, words, units, text) }
}

/// Room for one record.
struct Room {
    producer: *mut Producer,
    place: *mut u64,
}

impl Room {
    /// # Safety
    ///
    /// The room was made for `words` words just now, and these are what frame and units take.
    #[inline(always)]
    unsafe fn write<U: Unit>(
        self,
        statement: &'static Statement,
        logger: u16,
        words: usize,
        units: &U,
        text: &[u8],
    ) -> Logged {
        // SAFETY: the producer is the thread's, and nobody else refers to it now; the caller vouches for the words.
        Logged::At(unsafe { (*self.producer).write(self.place, statement, logger, words, units, text) })
    }
}

/// Finds room for a record of the global runtime, which is started if there is none.
#[cold]
#[inline(never)]
fn find_room(words: usize) -> Result<Room, Refused> {
    let bound = GLOBAL.get();
    // SAFETY: as in `put`.
    if let Some(producer) = unsafe { bound.as_mut() }
        && !producer.registry().is_superseded()
    {
        return Ok(Room { place: producer.make_room(words)?, producer });
    }
    match crate::global::get_or_start() {
        Some(runtime) => {
            let room = find_room_for(runtime.registry(), words)?;
            GLOBAL.set(room.producer);
            Ok(room)
        }
        None => {
            crate::global::lose_one();
            Err(Refused::Closed)
        }
    }
}

/// Finds room for a record of a runtime, with which the thread is registered if it is not yet.
#[cold]
#[inline(never)]
fn find_room_for(registry: &Arc<Registry>, words: usize) -> Result<Room, Refused> {
    let Some(found) = producer_for(registry) else {
        registry.lose_one();
        return Err(Refused::Closed);
    };
    // SAFETY: `producer_for` gives a producer that nobody else refers to now.
    let producer = unsafe { &mut *found };
    let place = if producer.has_room(words) { producer.place() } else { producer.make_room(words)? };
    Ok(Room { place, producer })
}

/// The thread's producer for a runtime, registered now if there is none.
fn producer_for(registry: &Arc<Registry>) -> Option<*mut Producer> {
    if IS_ASIDE.get() {
        return None;
    }
    let found = OWNED.try_with(|owned| {
        // An allocator that logs may come back here while the list grows.
        owned.try_borrow_mut().ok()?.find_or_register(registry)
    });
    // In a thread that is about to end the thread-locals with destructors are gone.
    found.unwrap_or_else(|_| late::with_owned(|owned| owned.find_or_register(registry)))
}

/// Calls what is the user's and runs within a log call, between the look for room and the record: a log call out of it
/// finds no producer, and is counted as lost. Else it would write where the outer one is about to.
pub(crate) fn aside(call: &dyn Fn() -> u64) -> u64 {
    struct Back(*mut Producer, bool);
    impl Drop for Back {
        fn drop(&mut self) {
            GLOBAL.set(self.0);
            IS_ASIDE.set(self.1);
        }
    }
    let _back = Back(GLOBAL.replace(ptr::null_mut()), IS_ASIDE.replace(true));
    call()
}

/// Makes the calling thread's ring for a runtime, if it has none; whether it has one now.
pub(crate) fn register(registry: &Arc<Registry>) -> bool {
    let Some(producer) = producer_for(registry) else { return false };
    if crate::global::is_global(registry) {
        GLOBAL.set(producer);
    }
    true
}

/// Has each of the calling thread's producers see which context it is in, before its next record.
pub(crate) fn context_changed() {
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

/// Has the calling thread look for the global runtime anew.
pub(crate) fn unbind_global() {
    GLOBAL.set(ptr::null_mut());
}

/// Has the calling thread, the only one of a new process, own no ring: its rings are the parent's.
pub(crate) fn forget_producers() {
    GLOBAL.set(ptr::null_mut());
    IS_ASIDE.set(false);
    let _ = OWNED.try_with(|owned| {
        // Where the list is in use, the fork comes out of an allocator: its pointers are found by nobody but that use.
        if let Ok(mut owned) = owned.try_borrow_mut() {
            owned.0.clear();
        }
    });
    late::forget();
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
