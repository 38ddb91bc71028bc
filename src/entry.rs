//! Where the macros enter: from a log statement to the thread's producer.
//!
//! A thread's producers are in thread-locals: one without a destructor, read by an instruction, has a seat for the one of
//! the global runtime, which the common log call needs ([`within`]); another owns all others, and hands the rings of all over
//! when the thread ends ([`owned`]). What is logged after that, from the destructors of other thread-locals, finds its
//! producers by way of [`late`].

mod detour;
mod late;
mod owned;
mod room;
mod within;

pub(crate) use owned::{forget_producers, look_anew};
pub(crate) use room::{stray, strays};
pub(crate) use within::read_within;

use crate::callsite::{Asked, Statement};
use crate::completion::Completion;
use crate::encode::{Unit, Writer};
use crate::level::Level;
use crate::logger::{AsLogger, Destination};
use crate::producer::{Logged, Position, Producer, Registry, with_text};
use crate::record::FRAME_WORDS;
use crate::sync::{Arc, is_holding};
use detour::Detour;
use owned::producer_for;
use room::find_room_for;
use std::hint::cold_path;
use std::mem::MaybeUninit;
use within::{AtSeat, Within};

/// Logs to the global runtime.
// Inlined, the units never are in memory. Without optimization they are all the same, and one instance
// serves all statements whose units have the same types.
#[inline]
pub fn log<U: Unit>(statement: &'static Statement, units: U) {
    log_global(Asked::Yes, statement, units)
}

/// As [`log()`], for one who may wait for the record.
#[inline]
pub fn log_async<U: Unit>(statement: &'static Statement, units: U) -> Completion {
    log_global(Asked::Yes, statement, units)
}

/// Logs to the global runtime, for a statement that is not off and whose expressions do nothing. If it has not asked the filter, it
/// does that where the way is not clear: an expression that does something has to come after, and what it needs would be kept
/// for it in each call.
#[inline]
pub fn log_asking<U: Unit>(asked: Asked, statement: &'static Statement, units: U) {
    log_global(asked, statement, units)
}

/// As [`log_asking`], for one who may wait for the record.
#[inline]
pub fn log_asking_async<U: Unit>(asked: Asked, statement: &'static Statement, units: U) -> Completion {
    log_global(asked, statement, units)
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

#[inline]
fn log_global<U: Unit, O: Outcome>(asked: Asked, statement: &'static Statement, units: U) -> O {
    if const { are_few_words::<U>() } {
        return put_few(asked, statement, &units);
    }
    if asked == Asked::NotYet {
        cold_path();
        return log_asked(statement, units);
    }
    log_many(statement, units)
}

/// Logs units that may be more than [a few words](are_few_words): one instance serves most statements whose units have the same types.
/// If they [are short](Unit::is_short) and the way is clear it calls nothing, so it saves few registers; all else is another's.
#[inline]
fn log_many<U: Unit, O: Outcome>(statement: &'static Statement, units: U) -> O {
    if !U::ON_THE_SPOT && units.is_short() {
        // SAFETY: the writer has room for the units' words, and they are short.
        let encode = |writer: &mut Writer| unsafe { units.encode(&[], &mut writer.for_short()) };
        if let Some(position) = put_quickly(statement, FRAME_WORDS + units.words(), encode) {
            return O::of(Logged::At(position), statement);
        }
    }
    log_slowly(statement, units)
}

/// As [`log_many`], where the filter has not been asked.
#[cold]
#[inline(never)]
fn log_asked<U: Unit, O: Outcome>(statement: &'static Statement, units: U) -> O {
    if statement.callsite.is_enabled() { log_slowly(statement, units) } else { O::disabled() }
}

/// As [`log_many`], in any case.
#[inline(never)]
fn log_slowly<U: Unit, O: Outcome>(statement: &'static Statement, mut units: U) -> O {
    if U::ON_THE_SPOT {
        return with_text(&mut units, |units, text| put(statement, units, text));
    }
    put(statement, &units, &[])
}

#[inline]
fn log_destination<U: Unit>(destination: &Destination, statement: &'static Statement, units: U) -> Logged {
    if const { are_few_words::<U>() } {
        put_to(destination, statement, &units, &[])
    } else {
        log_many_to(destination, statement, units)
    }
}

/// As [`log_many`], for a logger of any runtime.
#[inline(never)]
fn log_many_to<U: Unit>(destination: &Destination, statement: &'static Statement, mut units: U) -> Logged {
    if U::ON_THE_SPOT {
        return with_text(&mut units, |units, text| put_to(destination, statement, units, text));
    }
    put_to(destination, statement, &units, &[])
}

/// Puts a record into the ring that the thread has with the global runtime. `text` is what the units were prepared with.
#[inline(always)]
fn put<U: Unit, O: Outcome>(statement: &'static Statement, units: &U, text: &[u8]) -> O {
    let words = FRAME_WORDS + units.words();
    // SAFETY: the writer has room for the units' words.
    let encode = |writer: &mut Writer| unsafe { units.encode(text, writer) };
    if let Some(position) = put_quickly(statement, words, encode) {
        return O::of(Logged::At(position), statement);
    }
    cold_path();
    let logged = match Detour::begin(statement, words) {
        // SAFETY: there is room for the units' words, and they are written when the record is handed over.
        Ok(mut detour) => unsafe {
            units.encode(text, &mut detour.writer());
            detour.end()
        },
        Err(refused) => refused.into(),
    };
    O::of(logged, statement)
}

/// Puts a record into the ring where the way is clear; `None` where it is not. `encode` writes what the record's `words` words are
/// beside the frame.
#[inline(always)]
fn put_quickly(
    statement: &'static Statement,
    words: usize,
    encode: impl FnOnce(&mut Writer),
) -> Option<Position> {
    // SAFETY: the clock is the seat's.
    let begin =
        |producer: &mut Producer, clock| unsafe { producer.begin_quickly(clock, (statement, 0, words)) };
    let (mut seat, begun) = AtSeat::begin(begin)?;
    // SAFETY: it was begun with as much room as the words take.
    Some(unsafe { seat.producer().finish_quickly(begun, encode) })
}

/// Units of up to so many words are handed on by a copy of those.
const FEW: usize = 8;

/// Whether units may be handed on as words. None of them runs code of the user's when it is encoded: the thread is not yet
/// within a log call then, and the statement may turn out to be off.
const fn are_few_words<U: Unit>() -> bool {
    U::IS_PLAIN && matches!(U::FIXED, Some(words) if words <= FEW)
}

/// Encodes units that [are few words](are_few_words).
#[inline(always)]
fn with_few_words<U: Unit, R>(units: &U, then: impl FnOnce(&[u64]) -> R) -> R {
    let mut words = [MaybeUninit::uninit(); FEW];
    // SAFETY: there is room for as many words as the units have at the most, and as many as they have are written.
    then(unsafe {
        units.encode(&[], &mut Writer::new(words.as_mut_ptr().cast()));
        words.get_unchecked(..units.words()).assume_init_ref()
    })
}

/// Logs units that [are few words](are_few_words), within the caller.
///
/// Where the way is not clear, they are handed on as words. Nobody ever gets the units themselves: arguments that are handed on
/// by reference have to be in memory, and would be read from there, after the clock, where the way is clear as well.
#[inline(always)]
fn put_few<U: Unit, O: Outcome>(asked: Asked, statement: &'static Statement, units: &U) -> O {
    // SAFETY: the writer has room for the units' words.
    let encode = |writer: &mut Writer| unsafe { units.encode(&[], writer) };
    if asked == Asked::Yes
        && let Some(position) = put_quickly(statement, FRAME_WORDS + units.words(), encode)
    {
        return O::of(Logged::At(position), statement);
    }
    cold_path();
    with_few_words(units, |words| put_words(statement, words))
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

/// As [`put`], for a logger of any runtime.
#[inline(always)]
fn put_to<U: Unit>(
    destination: &Destination,
    statement: &'static Statement,
    units: &U,
    text: &[u8],
) -> Logged {
    let words = FRAME_WORDS + units.words();
    let begin = |producer: &mut Producer| producer.begin_by_any_clock((statement, destination.id, words));
    if let Some((mut seat, begun)) = AtSeat::begin_for(&destination.registry, begin) {
        // SAFETY: it was begun with as much room as the units take.
        let encode = |writer: &mut Writer| unsafe { units.encode(text, writer) };
        // SAFETY: as above.
        let position = unsafe { seat.producer().finish_quickly(begun, encode) };
        return Logged::At(position);
    }
    cold_path();
    if const { are_few_words::<U>() } {
        return with_few_words(units, |words| put_words_to(destination, statement, words));
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
        Ok(room) => unsafe { room.write((statement, destination.id, words), encode) },
        Err(refused) => refused.into(),
    }
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
