//! Where the macros enter: from a log statement to the thread's producer.
//!
//! A thread's producers are kept behind thread-locals: [`ENTRY`] has a bare pointer to the one of the global runtime,
//! which the common log call needs, and no destructor, so that reading it is one instruction; [`OWNED`] owns all of them
//! and hands their rings over when the thread ends. What is logged after that, from the destructors of other
//! thread-locals, finds its producers by way of [`late`].
//!
//! # A log call within a log call
//!
//! A signal handler, a hand-written `Encode`, a custom clock or an allocator may log while a log call of the same thread
//! is under way, anywhere between two of its instructions. What the inner call wrote, the outer one would write over. So a
//! call says that it is [`Within`] before it looks at the ring, and until its record is committed: the inner call sees
//! that, and is counted as lost, as is one of a thread that holds one of ringlog's locks. It waits for nothing and
//! allocates nothing.

mod late;

use crate::callsite::Statement;
use crate::completion::Completion;
use crate::encode::{Unit, Writer};
use crate::level::Level;
use crate::logger::{AsLogger, Destination};
use crate::producer::{Logged, Producer, Refused, Registry, prepare_scratch, with_text};
use crate::record::{FRAME_WORDS, ThreadInfo};
use crate::sync::{Arc, AtomicU64, Ordering, is_holding};
use std::cell::{Cell, RefCell};
use std::hint::cold_path;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};
use std::sync::atomic::compiler_fence;

std::thread_local! {
    static ENTRY: Entry = const { Entry { producer: Cell::new(ptr::null_mut()), is_within: Cell::new(false) } };
    /// Why the last call that was refused was.
    static WHY: Cell<Refused> = const { Cell::new(Refused::Full) };
    static OWNED: RefCell<Owned> = const { RefCell::new(Owned(Vec::new())) };
}

/// What a log call needs of its thread. Without a destructor: it lasts as long as the thread.
struct Entry {
    /// The thread's producer for the global runtime. Null where it has none.
    producer: Cell<*mut Producer>,
    /// Whether log calls are refused: one is under way.
    is_within: Cell<bool>,
}

/// The thread is within a log call for as long as this lives, also where what is the user's panics.
// Without an address: what stands at a fixed place in each thread need not be kept in a register.
struct Within(PhantomData<*const ()>);

impl Within {
    /// `None` if the thread is within a call already.
    #[inline(always)]
    fn enter() -> Option<Self> {
        let was_within = ENTRY.with(|entry| entry.is_within.replace(true));
        // ORDERING: for the compiler alone: a handler of a signal finds the thread within, or its ring untouched.
        compiler_fence(Ordering::SeqCst);
        // Lazily: one that is dropped would end the call that is under way.
        (!was_within).then(|| Self(PhantomData))
    }

    /// The thread's producer for the global runtime, if it has one.
    #[inline(always)]
    fn producer(&mut self) -> Option<&mut Producer> {
        // SAFETY: the pointer is of a box that `OWNED` keeps until the thread ends, and then is null. No other reference
        // is alive: nobody asks twice in a call, and whoever else logs within it is refused.
        unsafe { ENTRY.with(|entry| entry.producer.get()).as_mut() }
    }

    /// Has the thread know its producer for the global runtime.
    fn bind(&mut self, producer: *mut Producer) {
        ENTRY.with(|entry| entry.producer.set(producer));
    }
}

impl Drop for Within {
    #[inline(always)]
    fn drop(&mut self) {
        // ORDERING: for the compiler alone, as in `enter`.
        compiler_fence(Ordering::SeqCst);
        ENTRY.with(|entry| entry.is_within.set(false));
    }
}

/// A thread's producers, one for each runtime that it has logged to. Boxed, so that they stay in place.
#[derive(Debug)]
struct Owned(Vec<*mut Producer>);

impl Owned {
    fn find_or_register(
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
        unbind_global();
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
    log_global(statement, units)
}

/// As [`log()`], for one who may wait for the record.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn log_async<U: Unit>(statement: &'static Statement, units: U) -> Completion {
    log_global(statement, units)
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

/// What a log call to the global runtime gives: nothing, or a completion for one who may wait for the record.
trait Outcome {
    fn of(logged: Logged, statement: &'static Statement) -> Self;
}

impl Outcome for () {
    #[inline(always)]
    fn of(_: Logged, _: &'static Statement) {}
}

impl Outcome for Completion {
    #[inline(always)]
    fn of(logged: Logged, statement: &'static Statement) -> Self {
        match logged {
            Logged::At(position) => position.completion_of_default(level(statement)),
            Logged::Dropped => Self::dropped(),
            Logged::Closed => Self::closed(),
        }
    }
}

#[inline(always)]
fn log_global<U: Unit, O: Outcome>(statement: &'static Statement, mut units: U) -> O {
    if U::ON_THE_SPOT {
        return with_text(&mut units, |units, text| put(statement, units, text));
    }
    if const { is_short::<U>() } { put_short(statement, &units) } else { put(statement, &units, &[]) }
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

/// The words of units that are short, at the most.
const SHORT: usize = 16;

/// Whether it is known at compile time how many words the units take, and that these are few.
const fn is_short<U: Unit>() -> bool {
    matches!(U::FIXED, Some(words) if words <= SHORT)
}

/// Puts a record of [short](is_short) units into the ring that the thread has with the global runtime.
///
/// Where the way is not clear the units go on as words, by a function that returns for the caller: so no register is kept
/// for its sake, and no argument has to be in memory.
#[inline(always)]
fn put_short<U: Unit, O: Outcome>(statement: &'static Statement, units: &U) -> O {
    let words = FRAME_WORDS + units.words();
    let mut within = Within::enter();
    match within.as_mut().and_then(Within::producer) {
        Some(producer) if producer.is_ready(words) => {
            // SAFETY: there is room for the units' words.
            let position =
                unsafe { producer.write_quickly(statement, words, |writer| units.encode(&[], writer)) };
            O::of(Logged::At(position), statement)
        }
        _ => {
            cold_path();
            let mut encoded = [const { MaybeUninit::<u64>::uninit() }; SHORT];
            // SAFETY: units that are short take no more.
            unsafe { units.encode(&[], &mut Writer::new(encoded.as_mut_ptr().cast())) };
            // SAFETY: `encode` has written as many words as the units take.
            let encoded = unsafe { std::slice::from_raw_parts(encoded.as_ptr().cast(), units.words()) };
            put_words(within, statement, encoded)
        }
    }
}

/// Puts a record into the ring whose units are words by now: the clock takes a while, or the ring has to be looked at.
#[cold]
#[inline(never)]
fn put_words<O: Outcome>(within: Option<Within>, statement: &'static Statement, encoded: &[u64]) -> O {
    let Some(mut within) = within else {
        stray();
        return O::of(Logged::Closed, statement);
    };
    let words = FRAME_WORDS + encoded.len();
    let logged = match room(&mut within, words) {
        // SAFETY: there is room for as many words.
        Some(room) => unsafe {
            room.write((statement, 0, words), |writer| encoded.iter().for_each(|&word| writer.word(word)))
        },
        None => WHY.get().into(),
    };
    O::of(logged, statement)
}

/// Puts a record into the ring that the thread has with the global runtime. `text` is what the units were prepared with.
#[inline(always)]
fn put<U: Unit, O: Outcome>(statement: &'static Statement, units: &U, text: &[u8]) -> O {
    let words = FRAME_WORDS + units.words();
    let Some(mut within) = Within::enter() else {
        stray();
        return O::of(Logged::Closed, statement);
    };
    let Some(room) = room(&mut within, words) else { return O::of(WHY.get().into(), statement) };
    // SAFETY: there is room for the units' words.
    let logged = unsafe { room.write((statement, 0, words), |writer| units.encode(text, writer)) };
    O::of(logged, statement)
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
    let Some(mut within) = Within::enter() else {
        destination.registry.lose_one();
        return Logged::Closed;
    };
    let room = match within.producer() {
        Some(producer)
            if Arc::ptr_eq(producer.registry(), &destination.registry) && producer.has_room(words) =>
        {
            Room::of(producer)
        }
        _ => match find_room_for(&destination.registry, words) {
            Some(room) => room,
            None => return WHY.get().into(),
        },
    };
    // SAFETY: there is room for the units' words.
    unsafe { room.write((statement, destination.id, words), |writer| units.encode(text, writer)) }
}

/// Room for one record.
struct Room {
    producer: NonNull<Producer>,
    place: NonNull<u64>,
}

impl Room {
    /// The producer has room.
    #[inline(always)]
    fn of(producer: &mut Producer) -> Self {
        // SAFETY: the place is within a ring.
        let place = unsafe { NonNull::new_unchecked(producer.place()) };
        Self { producer: NonNull::from(producer), place }
    }

    fn made(producer: &mut Producer, words: usize) -> Option<Self> {
        match producer.make_room(words) {
            Ok(place) => Some(Self { place: NonNull::new(place)?, producer: NonNull::from(producer) }),
            Err(refused) => refuse(refused),
        }
    }

    /// # Safety
    ///
    /// The room was made for the frame's words just now, and these are what the frame takes, and what `encode` writes.
    #[inline(always)]
    unsafe fn write(
        self,
        frame: (&'static Statement, u16, usize),
        encode: impl FnOnce(&mut Writer),
    ) -> Logged {
        let producer = self.producer.as_ptr();
        // SAFETY: the producer is the thread's, and nobody else refers to it now; the caller vouches for the words.
        Logged::At(unsafe { (*producer).write(self.place.as_ptr(), frame, encode) })
    }
}

fn refuse(why: Refused) -> Option<Room> {
    WHY.set(why);
    None
}

/// Records that were refused where their runtime could not be asked for, not counted by it yet.
static STRAYS: AtomicU64 = AtomicU64::new(0);

/// Counts a record of the global runtime that was refused within another call.
#[cold]
pub(crate) fn stray() {
    // ORDERING: relaxed, a count.
    STRAYS.fetch_add(1, Ordering::Relaxed);
}

/// How many records of the global runtime were refused within other calls.
pub(crate) fn strays() -> u64 {
    // ORDERING: relaxed, a count.
    STRAYS.load(Ordering::Relaxed)
}

/// Room for a record of the global runtime.
#[inline(always)]
fn room(within: &mut Within, words: usize) -> Option<Room> {
    match within.producer() {
        Some(producer) if producer.has_room(words) => Some(Room::of(producer)),
        _ => find_room(within, words),
    }
}

/// Finds room for a record of the global runtime, which is started if there is none.
#[cold]
#[inline(never)]
fn find_room(within: &mut Within, words: usize) -> Option<Room> {
    match within.producer() {
        Some(producer) if !producer.registry().is_superseded() => return Room::made(producer, words),
        None if is_holding() => {
            stray();
            return refuse(Refused::Closed);
        }
        _ => {}
    }
    let Some(runtime) = crate::global::get_or_start() else {
        crate::global::lose_one();
        return refuse(Refused::Closed);
    };
    let room = find_owned(runtime.registry(), words)?;
    within.bind(room.producer.as_ptr());
    Some(room)
}

/// Finds room for a record of a runtime, with which the thread is registered if it is not yet.
#[cold]
#[inline(never)]
fn find_room_for(registry: &Arc<Registry>, words: usize) -> Option<Room> {
    if is_holding() {
        registry.lose_one();
        return refuse(Refused::Closed);
    }
    find_owned(registry, words)
}

/// Finds room in the ring that the thread has with a runtime.
fn find_owned(registry: &Arc<Registry>, words: usize) -> Option<Room> {
    let Some(found) = producer_for(registry) else {
        registry.lose_one();
        return refuse(Refused::Closed);
    };
    // SAFETY: `producer_for` gives a producer that nobody else refers to now.
    let producer = unsafe { &mut *found };
    if producer.has_room(words) { Some(Room::of(producer)) } else { Room::made(producer, words) }
}

/// The thread's producer for a runtime, registered now if there is none.
fn producer_for(registry: &Arc<Registry>) -> Option<*mut Producer> {
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

/// Calls what must not log: a log call out of it is refused, and counted as lost.
pub(crate) fn aside<R>(call: impl FnOnce() -> R) -> R {
    // Where the thread is within a call already, it stays so.
    let _within = Within::enter();
    call()
}

/// Calls a clock of the user's: it is read within log calls.
pub(crate) fn read_aside(call: &dyn Fn() -> u64) -> u64 {
    aside(call)
}

/// Makes the calling thread's ring for a runtime, if it has none; whether it has one now.
pub(crate) fn register(registry: &Arc<Registry>) -> bool {
    if is_holding() {
        return false;
    }
    let Some(mut within) = Within::enter() else { return false };
    let Some(producer) = producer_for(registry) else { return false };
    if crate::global::is_global(registry) {
        within.bind(producer);
    }
    true
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

/// Has the calling thread look for the global runtime anew.
pub(crate) fn unbind_global() {
    ENTRY.with(|entry| entry.producer.set(ptr::null_mut()));
}

/// Has the calling thread, the only one of a new process, own no ring: its rings are the parent's.
pub(crate) fn forget_producers() {
    unbind_global();
    ENTRY.with(|entry| entry.is_within.set(false));
    let _ = OWNED.try_with(|owned| {
        // Where the list is in use, the fork comes out of an allocator: its pointers are found by nobody but that use.
        if let Ok(mut owned) = owned.try_borrow_mut() {
            owned.0.clear();
        }
    });
    late::forget();
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
