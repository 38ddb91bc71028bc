//! Where the macros enter: from a log statement to the thread's producer.
//!
//! A thread's producers are in thread-locals: one without a destructor, read by an instruction, has a seat for the one of
//! the global runtime, which the common log call needs ([`within`]); another owns all others, and hands the rings of all over
//! when the thread ends ([`owned`]). What is logged after that, from the destructors of other thread-locals, finds its
//! producers by way of [`late`].

mod late;
mod owned;
mod within;

pub(crate) use owned::{forget_producers, look_anew};
pub(crate) use within::read_within;

use crate::callsite::{Asked, Statement};
use crate::completion::Completion;
use crate::encode::{Unit, Writer};
use crate::level::Level;
use crate::logger::{AsLogger, Destination};
use crate::producer::{Logged, Position, Producer, Refused, Registry, with_text};
use crate::record::FRAME_WORDS;
use crate::sync::{Arc, AtomicU64, Ordering, is_holding};
use owned::producer_for;
use std::cell::Cell;
use std::hint::cold_path;
use std::ptr::NonNull;
use within::{AtSeat, Within};

std::thread_local! {
    /// Why the last call that was refused was.
    static WHY: Cell<Refused> = const { Cell::new(Refused::Full) };
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

/// Logs to the global runtime, for a statement that is not off and whose expressions do nothing. If it has not asked the filter, it
/// does that where the way is not clear: an expression that does something has to come after, and what it needs would be kept
/// for it in each call.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn log_asking<U: Unit>(asked: Asked, statement: &'static Statement, units: U) {
    log_global_asking(asked, statement, units)
}

/// As [`log_asking`], for one who may wait for the record.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn log_asking_async<U: Unit>(asked: Asked, statement: &'static Statement, units: U) -> Completion {
    log_global_asking(asked, statement, units)
}

/// Logs to a logger.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn log_to<L: AsLogger + ?Sized, U: Unit>(logger: &L, statement: &'static Statement, units: U) {
    let _ = log_destination(&logger.as_logger().destination, statement, units);
}

/// As [`log_to`], for one who may wait for the record.
#[cfg_attr(not(debug_assertions), inline(always))]
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
    /// Of a statement that is off.
    fn disabled() -> Self;
}

impl Outcome for () {
    #[inline(always)]
    fn of(_: Logged, _: &'static Statement) {}

    fn disabled() {}
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

    fn disabled() -> Self {
        Self::disabled()
    }
}

#[inline(always)]
fn log_global<U: Unit, O: Outcome>(statement: &'static Statement, mut units: U) -> O {
    if U::ON_THE_SPOT {
        return with_text(&mut units, |units, text| put(statement, units, text));
    }
    put(statement, &units, &[])
}

#[inline(always)]
fn log_global_asking<U: Unit, O: Outcome>(asked: Asked, statement: &'static Statement, units: U) -> O {
    if const { has_few_words::<U>() } {
        return put_few(asked, statement, &units, &[]);
    }
    if asked == Asked::NotYet && !statement.callsite.is_enabled() {
        return O::disabled();
    }
    log_global(statement, units)
}

#[inline(always)]
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
///
/// Where the way is not clear, the units are handed on as words, if they have few; else a [`Detour`] finds the room. Nobody
/// ever gets the units themselves: arguments that are handed on by reference have to be in memory, and would be read from
/// there, after the clock, where the way is clear as well.
#[inline(always)]
fn put<U: Unit, O: Outcome>(statement: &'static Statement, units: &U, text: &[u8]) -> O {
    if const { has_few_words::<U>() } {
        return put_few(Asked::Yes, statement, units, text);
    }
    if let Some(position) = put_quickly(statement, units, text) {
        return O::of(Logged::At(position), statement);
    }
    cold_path();
    let logged = match Detour::begin(statement, FRAME_WORDS + units.words()) {
        // SAFETY: there is room for the units' words, and they are written when the record is handed over.
        Ok(mut detour) => unsafe {
            units.encode(text, &mut detour.writer());
            detour.end()
        },
        Err(refused) => refused.into(),
    };
    O::of(logged, statement)
}

/// As [`put`], where the way is clear; `None` where it is not.
#[inline(always)]
fn put_quickly<U: Unit>(statement: &'static Statement, units: &U, text: &[u8]) -> Option<Position> {
    let words = FRAME_WORDS + units.words();
    // SAFETY: the clock is the seat's.
    let begin = |producer: &mut Producer, clock| unsafe { producer.begin_quickly(clock, words) };
    let (mut seat, begun) = AtSeat::begin(begin)?;
    // SAFETY: it was begun with as much room as the units take.
    let encode = |writer: &mut Writer| unsafe { units.encode(text, writer) };
    // SAFETY: as above.
    Some(unsafe { seat.producer().finish_quickly(begun, (statement, 0), encode) })
}

/// Units of up to so many words are handed on by a copy of those.
const FEW: usize = 8;

const fn has_few_words<U: Unit>() -> bool {
    matches!(U::FIXED, Some(words) if words <= FEW)
}

/// As [`put`], for units that [have few words](has_few_words).
#[inline(always)]
fn put_few<U: Unit, O: Outcome>(asked: Asked, statement: &'static Statement, units: &U, text: &[u8]) -> O {
    if asked == Asked::Yes
        && let Some(position) = put_quickly(statement, units, text)
    {
        return O::of(Logged::At(position), statement);
    }
    cold_path();
    let mut words = [0; FEW];
    // SAFETY: there is room for as many words as the units have at the most.
    unsafe { units.encode(text, &mut Writer::new(words.as_mut_ptr())) };
    put_words(statement, &words[..units.words()])
}

/// As [`put`] where the way is not clear, for units that were encoded already, if the statement is enabled.
#[cold]
#[inline(never)]
fn put_words<O: Outcome>(statement: &'static Statement, units: &[u64]) -> O {
    if !statement.callsite.is_enabled() {
        return O::disabled();
    }
    let logged = match Detour::begin(statement, FRAME_WORDS + units.len()) {
        // SAFETY: there is room for the units' words, and they are written when the record is handed over.
        Ok(mut detour) => unsafe {
            let mut writer = detour.writer();
            units.iter().for_each(|&word| writer.word(word));
            detour.end()
        },
        Err(refused) => refused.into(),
    };
    O::of(logged, statement)
}

/// A record on its way to the global runtime where the way is not clear: the clock takes a while, or the ring has to be looked
/// at. Its frame is written, and its units are not. Where it is dropped, as a panic does, it was never begun.
struct Detour {
    /// Until the record is handed over.
    producer: Option<NonNull<Producer>>,
    place: NonNull<u64>,
    words: usize,
    _within: Within,
}

impl Detour {
    /// Begins a record of `words` words.
    #[cold]
    #[inline(never)]
    fn begin(statement: &'static Statement, words: usize) -> Result<Self, Refused> {
        let Some(mut within) = Within::enter() else {
            stray();
            return Err(Refused::Closed);
        };
        let room = match within.global_producer() {
            Some(producer) if producer.has_room(words) => Some(Room::of(producer)),
            _ => find_room(&mut within, words),
        };
        let Some(Room { producer, place }) = room else { return Err(WHY.get()) };
        // SAFETY: the producer is the thread's, and nobody else refers to it now; there is room for as many words.
        unsafe { (*producer.as_ptr()).begin(place.as_ptr(), (statement, 0, words)) };
        Ok(Self { producer: Some(producer), place, words, _within: within })
    }

    /// What writes the units.
    ///
    /// # Safety
    ///
    /// No more is written than there is room for.
    #[inline(always)]
    unsafe fn writer(&mut self) -> Writer {
        // SAFETY: the frame stands before the units, in the same room.
        unsafe { Writer::compact(self.place.as_ptr().add(FRAME_WORDS)) }
    }

    /// Hands the record over.
    ///
    /// # Safety
    ///
    /// The units are written.
    #[cold]
    #[inline(never)]
    unsafe fn end(mut self) -> Logged {
        self.producer.take().map_or(Logged::Closed, |producer| {
            // SAFETY: as in `begin`; the caller vouches for the words.
            Logged::At(unsafe { (*producer.as_ptr()).end(self.words) })
        })
    }
}

impl Drop for Detour {
    fn drop(&mut self) {
        if let Some(producer) = self.producer {
            // SAFETY: as in `begin`.
            unsafe { (*producer.as_ptr()).abandon() };
        }
    }
}

/// As [`put`], for a logger of any runtime.
#[inline(always)]
fn put_to<U: Unit>(
    destination: &Destination,
    statement: &'static Statement,
    units: &U,
    text: &[u8],
) -> Logged {
    let words = FRAME_WORDS + units.words();
    let begin = |producer: &mut Producer| producer.begin_by_any_clock(words);
    if let Some((mut seat, begun)) = AtSeat::begin_for(&destination.registry, begin) {
        // SAFETY: it was begun with as much room as the units take.
        let encode = |writer: &mut Writer| unsafe { units.encode(text, writer) };
        // SAFETY: as above.
        let position =
            unsafe { seat.producer().finish_quickly(begun, (statement, destination.id), encode) };
        return Logged::At(position);
    }
    cold_path();
    if const { has_few_words::<U>() } {
        let mut few = [0; FEW];
        // SAFETY: there is room for as many words as the units have at the most.
        unsafe { units.encode(text, &mut Writer::new(few.as_mut_ptr())) };
        return put_words_to(destination, statement, &few[..units.words()]);
    }
    // SAFETY: the writer has room for the units' words.
    put_to_slowly(destination, statement, words, |writer| unsafe { units.encode(text, writer) })
}

/// As [`put_to`] where the way is not clear, for units that were encoded already.
#[cold]
#[inline(never)]
fn put_words_to(destination: &Destination, statement: &'static Statement, units: &[u64]) -> Logged {
    put_to_slowly(destination, statement, FRAME_WORDS + units.len(), |writer| {
        // SAFETY: the writer has room for the units' words.
        units.iter().for_each(|&word| unsafe { writer.word(word) });
    })
}

/// As [`put_to`], where the way is not clear. `encode` writes what the record's `words` words are beside the frame.
#[inline]
fn put_to_slowly(
    destination: &Destination,
    statement: &'static Statement,
    words: usize,
    encode: impl FnOnce(&mut Writer),
) -> Logged {
    let Some(mut within) = Within::enter() else {
        destination.registry.lose_one();
        return Logged::Closed;
    };
    match find_room_for(&mut within, &destination.registry, words) {
        // SAFETY: there is room for the words.
        Some(room) => unsafe { room.write((statement, destination.id, words), encode) },
        None => WHY.get().into(),
    }
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

/// Finds room for a record of the global runtime, which is started if there is none.
#[cold]
#[inline(never)]
fn find_room(within: &mut Within, words: usize) -> Option<Room> {
    match within.global_producer() {
        Some(producer) if !producer.registry().is_superseded() => return Room::made(producer, words),
        _ if is_holding() => {
            stray();
            return refuse(Refused::Closed);
        }
        _ => {}
    }
    let Some(runtime) = crate::global::get_or_start() else {
        crate::global::lose_one();
        return refuse(Refused::Closed);
    };
    if owned::seat_global(within, runtime.registry()).is_none() {
        runtime.registry().lose_one();
        return refuse(Refused::Closed);
    }
    Room::made(within.producer()?, words)
}

/// Finds room for a record of a runtime, with which the thread is registered if it is not yet.
#[cold]
#[inline(never)]
fn find_room_for(within: &mut Within, registry: &Arc<Registry>, words: usize) -> Option<Room> {
    let found = if is_holding() { None } else { producer_for(within, registry) };
    let Some(found) = found else {
        registry.lose_one();
        return refuse(Refused::Closed);
    };
    // SAFETY: `producer_for` gives a producer that nobody else refers to now.
    let producer = unsafe { &mut *found };
    if producer.has_room(words) { Some(Room::of(producer)) } else { Room::made(producer, words) }
}

/// Makes the calling thread's ring for a runtime, if it has none; whether it has one now.
pub(crate) fn register(registry: &Arc<Registry>) -> bool {
    if is_holding() {
        return false;
    }
    let Some(mut within) = Within::enter() else { return false };
    if crate::global::is_global(registry) {
        owned::seat_global(&mut within, registry).is_some()
    } else {
        producer_for(&mut within, registry).is_some()
    }
}

#[inline(always)]
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
