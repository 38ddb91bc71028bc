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

use crate::record::{FRAME_WORDS, HEADER_WORD, Header};
use rtrb::RingBuffer;
use rtrb::chunks::WriteChunkUninit;
use std::alloc::Layout;
use std::hint::assert_unchecked;
use std::marker::PhantomPinned;
use std::mem::MaybeUninit;

/// The smallest ring, in words: four records of the largest framing and their padding.
const MIN_WORDS: usize = 64;
/// What part of a ring a record may take at the most.
const PART: usize = 4;

/// How far ahead of the record that was read a line is asked for at the most, in words.
const READ_AHEAD: usize = 64;
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
    (
        RingProducer {
            room: 0,
            next: start,
            chunk: MaybeUninit::uninit(),
            inner: producer,
            hidden_room: 0,
            start,
            capacity,
            _refers_to_itself: PhantomPinned,
        },
        RingConsumer { start, capacity, offset: 0, ready: 0, unreleased: 0, inner: consumer },
    )
}

/// The end of a ring that its thread writes.
///
/// It refers to itself where it has room: who moves it has it [forget](Self::forget_room) that.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct RingProducer {
    /// How many words from `next` on are free and in one piece, at the least.
    room: usize,
    /// Where the next record begins.
    next: *mut u64,
    /// The free words that `room` was counted in when the ring was last looked at. It is committed piece by piece, by
    /// copies of it, so that a commit need not have `rtrb` count the free slots again.
    chunk: MaybeUninit<WriteChunkUninit<'static, u64>>,
    /// In place, though `chunk` points to it: a commit waits for one access to memory less.
    inner: rtrb::Producer<u64>,
    /// What `room` was before it was hidden.
    hidden_room: usize,
    start: *mut u64,
    capacity: usize,
    /// So that a `&mut` of it says nothing of what else points there.
    _refers_to_itself: PhantomPinned,
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
        self.capacity / PART
    }

    /// How many words wait for the worker, at the most: it may take some away at any time.
    pub(crate) fn used(&self) -> usize {
        self.capacity - self.inner.slots()
    }

    /// Whether a record of `words` words is known to find room; if not, [`make_room`](Self::make_room) has to look.
    #[inline(always)]
    pub(crate) fn has_room(&self, words: usize) -> bool {
        words <= self.room
    }

    /// Where the next record begins.
    #[inline(always)]
    pub(crate) fn next(&self) -> *mut u64 {
        self.next
    }

    /// Looks how far the worker has come, fills the tail up where the record would wrap; whether there is room for
    /// `words` words. At most [`max_record`](Self::max_record) words can be had.
    #[cold]
    pub(crate) fn make_room(&mut self, words: usize) -> bool {
        debug_assert!(words <= self.max_record());
        if self.tail_words() == 0 {
            self.next = self.start;
        }
        let (free, tail) = (self.inner.slots(), self.tail_words());
        if words <= tail {
            // A quarter of the ring at the most, so that a producer comes by here, where it may wake a
            // sleeping worker, before the ring is full.
            self.hand_out(free.min(tail).min(self.max_record()));
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
                self.next.write(padding(tail));
                self.commit(tail);
            }
        }
        self.next = self.start;
        self.hand_out((free - tail).min(self.max_record()));
        self.has_room(words)
    }

    /// Notes `words` free words from `next` on, in one piece.
    fn hand_out(&mut self, words: usize) {
        let inner = &raw mut self.inner;
        // SAFETY: `inner` stays in place until the room is forgotten, as who moves the ring has promised, and so the chunk is
        // made anew before it is used again. Whoever uses `inner` else (`make_room`, `used`) has the chunk made anew before
        // the next commit, or reads it alone.
        let chunk = unsafe { (*inner).write_chunk_uninit(words) };
        self.chunk.write(chunk.expect("as many slots are free"));
        self.room = words;
    }

    /// Has no room until [`show_room`](Self::show_room): the next record is written elsewhere.
    pub(crate) fn hide_room(&mut self) {
        self.hidden_room = std::mem::take(&mut self.room);
    }

    /// Takes back a [`hide_room`](Self::hide_room).
    pub(crate) fn show_room(&mut self) {
        self.room = std::mem::take(&mut self.hidden_room);
    }

    /// Whether the room is hidden.
    #[inline(always)]
    pub(crate) fn is_hidden(&self) -> bool {
        self.room == 0
    }

    /// Has no room until it [is made](Self::make_room): the next log call has to look.
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
    /// The ring [has room](Self::has_room) for `words` words, has not been moved since that was made, and they are written.
    #[inline(always)]
    pub(crate) unsafe fn commit(&mut self, words: usize) {
        self.room -= words;
        // SAFETY: `words` words from `next` on are free, a part of the chunk that came with the room, and are written. A
        // chunk has no destructor, and a commit of a copy of it moves the ring's index on by as much, wherever that
        // stands: so the chunk may be committed in pieces. (Which is why `Cargo.toml` names rtrb's exact version.)
        unsafe {
            self.next = self.next.add(words);
            let chunk = self.chunk.assume_init_read();
            assert_unchecked(words <= chunk.len());
            chunk.commit(words);
        }
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
        let words = Header::from_word(self.peek_frame()?[HEADER_WORD]).words();
        // SAFETY: it was seen right now, and its frame holds its length.
        Some(unsafe { self.seen(words) })
    }

    /// As [`peek`](Self::peek): the words that each record has.
    #[inline(always)]
    pub(crate) fn peek_frame(&mut self) -> Option<&[u64; FRAME_WORDS]> {
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
        // SAFETY: as above, and no record that is not padding is shorter than its frame.
        Some(unsafe { &*self.start.add(self.offset).cast() })
    }

    /// The words of the record that [`peek`](Self::peek) gave.
    ///
    /// # Safety
    ///
    /// It has as many, and nothing was skipped since.
    #[inline(always)]
    pub(crate) unsafe fn seen(&self, words: usize) -> &[u64] {
        debug_assert!(words <= self.ready);
        // SAFETY: as the caller says, and as `peek` has it.
        unsafe { std::slice::from_raw_parts(self.start.add(self.offset), words) }
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
        self.fetch_ahead();
    }

    /// Asks for the line that will be read some records later, of those that are there: one that is about to be written
    /// would be taken from the thread that writes it. It lies in the cache of the producer's core, and where one record
    /// ends says where the next one begins: without this each line is waited for in turn.
    #[inline(always)]
    fn fetch_ahead(&self) {
        #[cfg(target_arch = "x86_64")]
        {
            use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            let last = self.start.wrapping_add(self.offset + self.ready.min(READ_AHEAD)).wrapping_sub(1);
            // SAFETY: a prefetch reads nothing, wherever it points to.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(last.cast()) };
        }
    }

    /// The ring's size in words.
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Whether all is read that the last [`refresh`](Self::refresh) saw.
    #[inline]
    pub(crate) fn is_at_end(&self) -> bool {
        self.ready == 0
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
