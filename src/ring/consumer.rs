//! The end of a ring that a worker reads.

use super::is_padding;
use crate::protocol::handover::Handover;
use crate::record::{FRAME_WORDS, HEADER_WORD, Header};
use crate::sync::Arc;
use crossbeam_utils::CachePadded;

/// The end of a ring that a worker reads.
#[derive(Debug)]
pub(crate) struct RingConsumer {
    pub(super) start: *const u64,
    pub(super) capacity: usize,
    /// Where the next record begins, in words from `start`.
    pub(super) offset: usize,
    /// How many words from `offset` on (around the end, if need be) are known to be committed.
    pub(super) ready: usize,
    /// How many words were read since room was last given back.
    pub(super) read: usize,
    /// How many were read before that, and could not be given back: the producer has not settled them.
    pub(super) owed: usize,
    pub(super) handover: Arc<CachePadded<Handover>>,
    pub(super) inner: rtrb::Consumer<u64>,
}

// SAFETY: the pointer is into the buffer that `inner` owns a share of, and this half only reads it.
unsafe impl Send for RingConsumer {}

impl RingConsumer {
    /// Looks what the producer has committed: how many words are there to read. The producer may add more at any
    /// time; this is the one call that touches the cache line that it writes in each call.
    pub(crate) fn refresh(&mut self) -> usize {
        if self.owed > 0 {
            // A producer that waits for room has settled all, and may find that nothing is left to read.
            self.give_back();
        }
        let committed = (self.handover.committed() - self.start.addr()) / size_of::<u64>();
        // At the ring's end the next record is at its beginning.
        let end = if committed == self.capacity { 0 } else { committed };
        let wrapped = if end < self.offset { self.capacity } else { 0 };
        self.ready = wrapped + end - self.offset;
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
        self.read += words;
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
            /// How far ahead a line is asked for at the most, in words.
            const READ_AHEAD: usize = 64;
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

    /// How many words were read since the last [`release`](Self::release).
    #[inline]
    pub(crate) fn read(&self) -> usize {
        self.read
    }

    /// Gives the words that were read back to the producer, or some of them, and the others by a
    /// [`refresh`](Self::refresh) later on.
    pub(crate) fn release(&mut self) {
        if self.read > 0 {
            self.owed += std::mem::take(&mut self.read);
            self.give_back();
        }
    }

    fn give_back(&mut self) {
        let settled = self.owed.min(self.inner.slots());
        if settled > 0 {
            self.inner.read_chunk(settled).expect("so many slots are filled").commit_all();
            self.owed -= settled;
        }
    }
}
