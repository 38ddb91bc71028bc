//! A producer thread's ring: `rtrb` behind reserve → write → commit.
//!
//! A record lies in one piece. Where it would wrap, a padding record fills the tail of the ring:
//!
//! ```text
//!   start                                                    start + capacity
//!     │ r4 │ r5 │  free   │ r1 │ r2 │ r3 │▒▒▒▒ padding ▒▒▒▒▒▒▒▒│
//!               ▲ place   ▲ offset
//! ```
//!
//! Two things go from one half to the other, and each in its own way:
//!
//! - **Records**, one by one, by [`Handover`]: the producer's commit is one store of an address, and the worker reads up to
//!   there.
//! - **Room**, in large portions, by `rtrb`: it owns the buffer, and its two indices say which part of it is whose. They
//!   lag behind. The producer looks at them when the room that it knows of runs out, and has `rtrb` commit then what it
//!   has written since ([`settle`](RingProducer::settle)); the worker gives back what it has read as far as that was
//!   settled, and owes the rest until it is.
//!
//! ```text
//!     │ r4 │ r5 │  free   │ r1 │ r2 │ r3 │▒▒▒▒ padding ▒▒▒▒▒▒▒▒│
//!          ▲    ▲    ▲              ▲
//!    settled  place  end      offset, owed from rtrb's head on
//! ```
//!
//! Of what `rtrb` has for free, one word is left out: else a ring that is full would have the address of an empty one.

mod consumer;

pub(crate) use consumer::RingConsumer;

use crate::protocol::handover::Handover;
use crate::sync::Arc;
use crossbeam_utils::CachePadded;
use rtrb::RingBuffer;
use std::alloc::Layout;
use std::ptr::NonNull;

/// The smallest ring, in words: four records of the largest framing and their padding.
const MIN_WORDS: usize = 64;
/// What part of a ring a record may take at the most.
const PART: usize = 4;
/// What part of a ring is handed out at once, unless a record takes more. So much that was read may not have come back yet.
const PORTION: usize = 8;

/// How far ahead of the record that was written a line is asked for, in bytes.
#[cfg(target_arch = "x86_64")]
const WRITE_AHEAD: usize = 2048;

/// The first word of a padding record: its length in words, and a bit that no pointer to a statement has.
const fn padding(words: usize) -> u64 {
    (words as u64) << 1 | 1
}

const fn is_padding(word: u64) -> bool {
    word & 1 == 1
}

/// The machine's memory in bytes, if it can be told.
pub(crate) fn memory() -> Option<usize> {
    // SAFETY: plain calls.
    let (pages, size) = unsafe { (libc::sysconf(libc::_SC_PHYS_PAGES), libc::sysconf(libc::_SC_PAGESIZE)) };
    usize::try_from(pages).ok()?.checked_mul(usize::try_from(size).ok()?).filter(|&bytes| bytes > 0)
}

/// Whether the allocator gives as much memory as a ring takes: std ends the process where it does not.
pub(crate) fn is_there_memory(bytes: usize) -> bool {
    let Ok(layout) = Layout::array::<u64>(bytes.div_ceil(8).max(MIN_WORDS)) else { return false };
    // SAFETY: the layout's size is not 0, and what was allocated by it is freed by it.
    unsafe {
        let start = std::alloc::alloc(layout);
        if start.is_null() {
            return false;
        }
        std::alloc::dealloc(std::hint::black_box(start), layout);
    }
    true
}

/// Makes a ring of at least `bytes` bytes and touches each of its pages, so that no log call takes a page
/// fault.
pub(crate) fn ring(bytes: usize) -> (RingProducer, RingConsumer) {
    let capacity = bytes.div_ceil(8).max(MIN_WORDS);
    let (mut producer, consumer) = RingBuffer::new(capacity);
    let mut whole = producer.write_chunk_uninit(capacity).expect("an empty ring has all its slots");
    let (words, _) = whole.as_mut_slices();
    let start = words.as_mut_ptr().cast::<u64>();
    // SAFETY: `start` is valid for writes of `capacity` words, and the consumer sees none of them yet. Written
    // as volatile, since the compiler may otherwise leave out zeros that nobody reads.
    unsafe {
        for word in 0..capacity {
            start.add(word).write_volatile(0);
        }
    }
    let handover = Arc::new(CachePadded::new(Handover::new(start.addr())));
    (
        RingProducer {
            place: start,
            end: start,
            handover: NonNull::from(&**handover),
            settled: start,
            hidden_end: start,
            start,
            capacity,
            shared_handover: Arc::clone(&handover),
            inner: producer,
        },
        RingConsumer { start, capacity, offset: 0, ready: 0, read: 0, owed: 0, handover, inner: consumer },
    )
}

/// The end of a ring that its thread writes.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct RingProducer {
    // What a log call needs comes first: see `entry::within`.
    /// Where the next record begins.
    place: *mut u64,
    /// Up to where the ring is known to be free from there on, in one piece.
    end: *mut u64,
    /// That of `shared_handover`.
    handover: NonNull<Handover>,
    /// Up to where `rtrb` knows of what was written.
    settled: *mut u64,
    /// What `end` was before it was hidden.
    hidden_end: *mut u64,
    start: *mut u64,
    capacity: usize,
    shared_handover: Arc<CachePadded<Handover>>,
    inner: rtrb::Producer<u64>,
}

// SAFETY: the pointers are into the buffer that `inner` owns a share of, where only this half writes, and to the handover,
// which any thread may refer to.
unsafe impl Send for RingProducer {}

impl RingProducer {
    /// The ring's size in words.
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// The longest record that the ring takes, in words: a quarter of it, so that a long one need not wait
    /// until all others are gone.
    pub(crate) fn max_record(&self) -> usize {
        self.capacity / PART
    }

    /// What the worker is told of calls and records. It lives as long as the ring.
    #[inline(always)]
    pub(crate) fn handover(&self) -> NonNull<Handover> {
        self.handover
    }

    /// As [`handover`](Self::handover), for others who want to know.
    pub(crate) fn share_handover(&self) -> Arc<CachePadded<Handover>> {
        Arc::clone(&self.shared_handover)
    }

    /// How many words were not given back as of the last look for room, at the most: the worker may give some back at any time.
    pub(crate) fn used(&self) -> usize {
        self.capacity - self.inner.slots()
    }

    /// Whether a record of `words` words is known to find room; if not, [`make_room`](Self::make_room) has to look.
    #[inline(always)]
    pub(crate) fn has_room(&self, words: usize) -> bool {
        self.after(words).is_some()
    }

    /// The place behind a record of `words` words, which is to be written next, if it is known to find room.
    #[inline(always)]
    pub(crate) fn after(&self, words: usize) -> Option<*mut u64> {
        // It is none that wraps: a record is in memory.
        let after = self.place.wrapping_add(words);
        (after.addr() <= self.end.addr()).then_some(after)
    }

    /// Where the next record begins.
    #[inline(always)]
    pub(crate) fn place(&self) -> *mut u64 {
        self.place
    }

    /// Looks how far the worker has come, fills the tail up where the record would wrap; whether there is room for
    /// `words` words. At most [`max_record`](Self::max_record) words can be had.
    #[cold]
    pub(crate) fn make_room(&mut self, words: usize) -> bool {
        debug_assert!(words <= self.max_record());
        self.settle();
        if self.tail_words() == 0 {
            self.rewind();
        }
        let (free, tail) = (self.inner.slots().saturating_sub(1), self.tail_words());
        if words <= tail {
            self.hand_out(free.min(tail).min(self.portion(words)));
            return self.has_room(words);
        }
        if free < tail + words {
            self.hand_out(free.min(tail));
            return false;
        }
        if tail > 0 {
            self.hand_out(tail);
            // SAFETY: the tail of the ring is free, and at least one word long.
            unsafe {
                self.place.write(padding(tail));
                self.commit(tail);
            }
            self.settle();
        }
        self.rewind();
        self.hand_out((free - tail).min(self.portion(words)));
        self.has_room(words)
    }

    /// How much is handed out at once, for a record of `words` words and those after it: a part of the ring, so that a producer
    /// comes by where it may wake a sleeping worker before the ring is full, and settles what the worker is to give back.
    fn portion(&self, words: usize) -> usize {
        words.max(self.capacity / PORTION)
    }

    /// Has `rtrb` know of what was written since it last did.
    pub(crate) fn settle(&mut self) {
        // SAFETY: `place` is where `settled` is, or behind it, both within the ring or at its end.
        let written = unsafe { self.place.offset_from_unsigned(self.settled) };
        if written > 0 {
            let chunk = self.inner.write_chunk_uninit(written).expect("there was room for them");
            // SAFETY: they are the `written` words from `settled` on, where `rtrb`'s index stands, and were written.
            unsafe { chunk.commit(written) };
            self.settled = self.place;
        }
    }

    /// Goes on at the beginning of the ring: all is written, and settled, up to its end.
    fn rewind(&mut self) {
        debug_assert!(self.tail_words() == 0 && self.settled == self.place);
        (self.place, self.settled) = (self.start, self.start);
    }

    /// Notes `words` free words from `place` on, in one piece.
    fn hand_out(&mut self, words: usize) {
        // SAFETY: they are in the ring.
        self.end = unsafe { self.place.add(words) };
    }

    /// Has no room until [`show_room`](Self::show_room): the next record is written elsewhere.
    pub(crate) fn hide_room(&mut self) {
        self.hidden_end = std::mem::replace(&mut self.end, self.place);
    }

    /// Takes back a [`hide_room`](Self::hide_room).
    pub(crate) fn show_room(&mut self) {
        self.end = self.hidden_end;
    }

    /// Whether the room is hidden.
    #[inline(always)]
    pub(crate) fn is_hidden(&self) -> bool {
        self.end == self.place
    }

    /// Has no room until it [is made](Self::make_room): the next log call has to look.
    pub(crate) fn forget_room(&mut self) {
        self.end = self.place;
    }

    /// Words from `place` to the end of the ring.
    fn tail_words(&self) -> usize {
        // SAFETY: `place` is within the `capacity` words from `start` on, or one past them.
        self.capacity - unsafe { self.place.offset_from_unsigned(self.start) }
    }

    /// Hands a record of `words` words to the worker.
    ///
    /// # Safety
    ///
    /// The ring [has room](Self::has_room) for `words` words, and they are written.
    #[inline(always)]
    pub(crate) unsafe fn commit(&mut self, words: usize) {
        // SAFETY: passed on from the caller, so the sum is in the ring, or at its end.
        unsafe { self.commit_up_to(self.place.add(words), self.handover) };
    }

    /// As [`commit`](Self::commit), by one who has the place [behind](Self::after) the record, and the ring's
    /// [handover](Self::handover), in registers: what stores words could have changed the fields, for all that the compiler
    /// knows.
    ///
    /// # Safety
    ///
    /// As for [`commit`](Self::commit), and they are.
    #[inline(always)]
    pub(crate) unsafe fn commit_up_to(&mut self, after: *mut u64, handover: NonNull<Handover>) {
        self.place = after;
        // SAFETY: the ring has a share of the handover.
        unsafe { handover.as_ref() }.commit(after.addr());
    }
}

/// Asks for the line that will be written some records after the one at `place`, to write to it. It lies in the cache of
/// the worker's core, which has read it: without this the stores of a burst wait for such lines in turn.
#[inline(always)]
pub(crate) fn claim_ahead(place: *mut u64) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch reads and writes nothing, wherever it points to, and a processor that does not know this one
    // passes it by. (`_mm_prefetch` has no hint for it that is more than a read where the target is not named.)
    unsafe {
        core::arch::asm!(
            "prefetchw byte ptr [{place} + {ahead}]",
            place = in(reg) place.addr(),
            ahead = const WRITE_AHEAD,
            options(nomem, nostack, preserves_flags)
        );
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}

#[cfg(test)]
mod tests;
