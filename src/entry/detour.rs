//! A log call to the global runtime, where the way is not clear.
//!
//! It is in two parts, and the units are written in between, so that it never gets them.

use super::room::{Room, find_room, stray};
use super::within::Within;
use crate::callsite::Statement;
use crate::encode::Writer;
use crate::producer::{Logged, Producer, Refused};
use crate::record::FRAME_WORDS;
use std::ptr::NonNull;

/// A record on its way to the global runtime where the way is not clear: the clock takes a while, or the ring has to be looked
/// at. Its frame is written, and its units are not. Where it is dropped, as a panic does, it was never begun.
pub(super) struct Detour {
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
    pub(super) fn begin(statement: &'static Statement, words: usize) -> Result<Self, Refused> {
        let Some(mut within) = Within::enter() else {
            stray();
            return Err(Refused::Closed);
        };
        let Room { producer, place } = match within.global_producer() {
            Some(producer) if producer.has_room(words) => Room::of(producer),
            _ => find_room(&mut within, words)?,
        };
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
    pub(super) unsafe fn writer(&mut self) -> Writer {
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
    pub(super) unsafe fn end(mut self) -> Logged {
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
