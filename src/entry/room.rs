//! Room for a record where the way is not clear: the ring has to be looked at, the thread to be registered, the runtime to be
//! started.

use super::owned::{producer_for, seat_global};
use super::within::Within;
use crate::callsite::Statement;
use crate::encode::Writer;
use crate::producer::{Logged, Producer, Refused, Registry};
use crate::sync::{Arc, AtomicU64, Ordering, is_holding};
use std::ptr::NonNull;

/// Room for one record.
pub(super) struct Room {
    pub(super) producer: NonNull<Producer>,
    pub(super) place: NonNull<u64>,
}

impl Room {
    /// The producer has room.
    #[inline(always)]
    pub(super) fn of(producer: &mut Producer) -> Self {
        // SAFETY: the place is within a ring.
        let place = unsafe { NonNull::new_unchecked(producer.place()) };
        Self { producer: NonNull::from(producer), place }
    }

    fn made(producer: &mut Producer, words: usize) -> Result<Self, Refused> {
        // SAFETY: the place is within a ring, or on the heap.
        let place = unsafe { NonNull::new_unchecked(producer.make_room(words)?) };
        Ok(Self { place, producer: NonNull::from(producer) })
    }

    /// # Safety
    ///
    /// The room was made for the frame's words just now, and these are what the frame takes, and what `encode` writes.
    #[inline(always)]
    pub(super) unsafe fn write(
        self,
        frame: (&'static Statement, u16, usize),
        encode: impl FnOnce(&mut Writer),
    ) -> Logged {
        let producer = self.producer.as_ptr();
        // SAFETY: the producer is the thread's, and nobody else refers to it now; the caller vouches for the words.
        Logged::At(unsafe { (*producer).write(self.place.as_ptr(), frame, encode) })
    }
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
pub(super) fn find_room(within: &mut Within, words: usize) -> Result<Room, Refused> {
    match within.global_producer() {
        Some(producer) if !producer.registry().is_superseded() => return Room::made(producer, words),
        _ if is_holding() => {
            stray();
            return Err(Refused::Closed);
        }
        _ => {}
    }
    let Some(runtime) = crate::global::get_or_start() else {
        crate::global::lose_one();
        return Err(Refused::Closed);
    };
    if seat_global(within, runtime.registry()).is_none() {
        runtime.registry().lose_one();
        return Err(Refused::Closed);
    }
    Room::made(within.producer().ok_or(Refused::Closed)?, words)
}

/// Finds room for a record of a runtime, with which the thread is registered if it is not yet.
#[cold]
#[inline(never)]
pub(super) fn find_room_for(
    within: &mut Within,
    registry: &Arc<Registry>,
    words: usize,
) -> Result<Room, Refused> {
    let found = if is_holding() { None } else { producer_for(within, registry) };
    let Some(found) = found else {
        registry.lose_one();
        return Err(Refused::Closed);
    };
    // SAFETY: `producer_for` gives a producer that nobody else refers to now.
    let producer = unsafe { &mut *found };
    if producer.has_room(words) { Ok(Room::of(producer)) } else { Room::made(producer, words) }
}
