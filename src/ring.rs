//! A producer thread's ring: `rtrb` behind reserve → write → commit.
//!
//! A record lies in one piece. Where it would wrap, a padding record fills the tail of the ring:
//!
//! ```text
//!   start                                                    start + capacity
//!     │ r4 │ r5 │  free   │ r1 │ r2 │ r3 │▒▒▒▒ padding ▒▒▒▒▒▒▒▒│
//!               ▲ tail    ▲ head
//! ```
//!
//! Both halves keep the positions that only they move (`next`, `offset`) as plain fields, and what they know of
//! the other half (`room`, `ready`) as a count of words that can only grow behind their backs: a look at
//! `rtrb`'s shared indices is needed when the count runs out, and not before.

use crate::record::{HEADER_WORD, Header};
use rtrb::RingBuffer;
use std::hint::assert_unchecked;

/// The smallest ring, in words: four records of the largest framing and their padding.
const MIN_WORDS: usize = 64;

/// The first word of a padding record: its length in words, and a bit that no pointer to a statement has.
const fn padding(words: usize) -> u64 {
    (words as u64) << 1 | 1
}

const fn is_padding(word: u64) -> bool {
    word & 1 == 1
}

/// Makes a ring of at least `bytes` bytes and touches each of its pages, so that no log call takes a page
/// fault.
pub(crate) fn ring(bytes: usize) -> (RingProducer, RingConsumer) {
    let capacity = bytes.div_ceil(8).max(MIN_WORDS);
    let (mut producer, consumer) = RingBuffer::new(capacity);
    let mut chunk = producer.write_chunk_uninit(capacity).expect("an empty ring has all its slots");
    let (words, _) = chunk.as_mut_slices();
    let start = words.as_mut_ptr().cast::<u64>();
    // SAFETY: `start` is valid for writes of `capacity` words, and the consumer sees none of them yet. Written
    // as volatile, since the compiler may otherwise leave out zeros that nobody reads.
    unsafe {
        for word in 0..capacity {
            start.add(word).write_volatile(0);
        }
    }
    (
        RingProducer { next: start, room: 0, start, capacity, inner: producer },
        RingConsumer { start, capacity, offset: 0, ready: 0, unreleased: 0, inner: consumer },
    )
}

/// The end of a ring that its thread writes.
#[derive(Debug)]
pub(crate) struct RingProducer {
    /// Where the next record begins.
    next: *mut u64,
    /// How many words from `next` on are free and in one piece, at the least.
    room: usize,
    start: *mut u64,
    capacity: usize,
    inner: rtrb::Producer<u64>,
}

// SAFETY: the pointers are into the buffer that `inner` owns a share of, and only this half writes there.
unsafe impl Send for RingProducer {}

impl RingProducer {
    /// The ring's size in words.
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// The longest record that the ring takes, in words: a quarter of it, so that a long one need not wait
    /// until all others are gone.
    pub(crate) fn max_record(&self) -> usize {
        self.capacity / 4
    }

    /// How many words wait for the worker, at the most: it may take some away at any time.
    pub(crate) fn used(&self) -> usize {
        self.capacity - self.inner.slots()
    }

    /// Room for a record of `words` words, or `None` when [`reserve_slow`](Self::reserve_slow) has to look.
    #[inline(always)]
    pub(crate) fn reserve(&mut self, words: usize) -> Option<*mut u64> {
        (words <= self.room).then_some(self.next)
    }

    /// Looks how far the worker has come, fills the tail up where the record would wrap, and gives room for
    /// `words` words if there is any. At most [`max_record`](Self::max_record) words can be had.
    #[cold]
    pub(crate) fn reserve_slow(&mut self, words: usize) -> Option<*mut u64> {
        debug_assert!(words <= self.max_record());
        if self.tail_words() == 0 {
            self.next = self.start;
        }
        let (free, tail) = (self.inner.slots(), self.tail_words());
        if words <= tail {
            // A quarter of the ring at the most, so that a producer comes by here, where it may wake a
            // sleeping worker, before the ring is full.
            self.room = free.min(tail).min(self.max_record());
            return self.reserve(words);
        }
        if free < tail + words {
            self.room = free.min(tail);
            return None;
        }
        // SAFETY: the tail of the ring is free, and at least one word long.
        unsafe {
            self.next.write(padding(tail));
            self.commit_inner(tail);
        }
        self.next = self.start;
        self.room = (free - tail).min(self.max_record());
        self.reserve(words)
    }

    /// Has the next [`reserve`](Self::reserve) look again.
    pub(crate) fn forget_room(&mut self) {
        self.room = 0;
    }

    /// Words from `next` to the end of the ring.
    fn tail_words(&self) -> usize {
        // SAFETY: `next` is within the `capacity` words from `start` on, or one past them.
        self.capacity - unsafe { self.next.offset_from_unsigned(self.start) }
    }

    /// Hands a record of `words` words to the worker.
    ///
    /// # Safety
    ///
    /// `words` words were reserved since the last commit, and are all written.
    #[inline(always)]
    pub(crate) unsafe fn commit(&mut self, words: usize) {
        // SAFETY: `words` words from `next` on were reserved.
        unsafe {
            self.next = self.next.add(words);
            self.room -= words;
            self.commit_inner(words);
        }
    }

    /// # Safety
    ///
    /// `rtrb` knows of `words` free slots, and they are written.
    #[inline(always)]
    unsafe fn commit_inner(&mut self, words: usize) {
        // SAFETY: the caller vouches for the slots, so `rtrb` need not look at the consumer's index again.
        unsafe {
            assert_unchecked(self.inner.cached_slots() >= words);
            self.inner.write_chunk_uninit(words).unwrap_unchecked().commit_all();
        }
    }
}

/// The end of a ring that a worker reads.
#[derive(Debug)]
pub(crate) struct RingConsumer {
    start: *const u64,
    capacity: usize,
    /// Where the next record begins, in words from `start`.
    offset: usize,
    /// How many words from `offset` on (around the end, if need be) are known to be committed.
    ready: usize,
    /// How many words are read and not yet given back.
    unreleased: usize,
    inner: rtrb::Consumer<u64>,
}

// SAFETY: the pointer is into the buffer that `inner` owns a share of, and this half only reads it.
unsafe impl Send for RingConsumer {}

impl RingConsumer {
    /// Looks at the producer's index: how many words are there to read. The producer may add more at any
    /// time; this is the one call that touches its cache line.
    pub(crate) fn refresh(&mut self) -> usize {
        self.ready = self.inner.slots() - self.unreleased;
        self.ready
    }

    /// The words of the next record among those that the last [`refresh`](Self::refresh) saw.
    #[inline]
    pub(crate) fn peek(&mut self) -> Option<&[u64]> {
        if self.ready == 0 {
            return None;
        }
        // SAFETY: `ready` committed words begin at `offset`; a record, padding or not, is in one piece.
        let first = unsafe { self.start.add(self.offset).read() };
        if is_padding(first) {
            self.skip((first >> 1) as usize);
            debug_assert_eq!(self.offset, 0, "a padding record ends where the ring does");
            if self.ready == 0 {
                return None;
            }
        }
        // SAFETY: as above, and the frame of a record holds its length at this place.
        unsafe {
            let record = self.start.add(self.offset);
            let words = Header::from_word(record.add(HEADER_WORD).read()).words();
            debug_assert!(words <= self.ready);
            Some(std::slice::from_raw_parts(record, words))
        }
    }

    /// Goes past the record that [`peek`](Self::peek) gave.
    #[inline]
    pub(crate) fn skip(&mut self, words: usize) {
        self.offset += words;
        if self.offset == self.capacity {
            self.offset = 0;
        }
        self.ready -= words;
        self.unreleased += words;
    }

    /// The ring's size in words.
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// How many words are read and not yet given back to the producer.
    #[inline]
    pub(crate) fn unreleased(&self) -> usize {
        self.unreleased
    }

    /// Gives the words that were read back to the producer.
    pub(crate) fn release(&mut self) {
        if self.unreleased > 0 {
            self.inner.read_chunk(self.unreleased).expect("these words were read").commit_all();
            self.unreleased = 0;
        }
    }
}
