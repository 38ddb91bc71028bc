//! The two ends of an encoded value: a cursor that writes words and one that reads them.

use std::marker::PhantomData;

/// How many words hold `bytes` bytes.
#[inline(always)]
pub const fn words_for(bytes: usize) -> usize {
    bytes.div_ceil(8)
}

/// A cursor over reserved words of a ring. It checks nothing: who makes one has measured the room before.
#[derive(Debug)]
pub struct Writer {
    next: *mut u64,
}

impl Writer {
    /// A cursor that writes from `start` on.
    ///
    /// # Safety
    ///
    /// The words from `start` to the last that will be written are valid for writes, and nobody else's.
    #[inline(always)]
    pub unsafe fn new(start: *mut u64) -> Self {
        Self { next: start }
    }

    /// Writes one word.
    ///
    /// # Safety
    ///
    /// There is room for one more word.
    #[inline(always)]
    pub unsafe fn word(&mut self, word: u64) {
        // SAFETY: the caller vouches for one more word at `next`, so `next + 1` is at most one past the room.
        unsafe {
            self.next.write(word);
            self.next = self.next.add(1);
        }
    }

    /// Writes bytes, and fills the last word up. The reader is told their number by other means.
    ///
    /// # Safety
    ///
    /// There is room for `words_for(bytes.len())` more words.
    #[inline(always)]
    pub unsafe fn bytes(&mut self, bytes: &[u8]) {
        let words = words_for(bytes.len());
        if words == 0 {
            return;
        }
        // SAFETY: the caller vouches for `words` words. The last one is written whole first, so that no byte
        // that a reader may load stays uninitialised.
        unsafe {
            self.next.add(words - 1).write(0);
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.next.cast::<u8>(), bytes.len());
            self.next = self.next.add(words);
        }
    }

    /// Where the next word goes.
    #[inline(always)]
    pub fn position(&self) -> *mut u64 {
        self.next
    }
}

/// A cursor over the words of one record.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'r> {
    next: *const u64,
    end: *const u64,
    words: PhantomData<&'r [u64]>,
}

// SAFETY: a reader is a shared borrow of words, which any thread may read.
unsafe impl Send for Reader<'_> {}
// SAFETY: as above; reading through `&Reader` changes nothing.
unsafe impl Sync for Reader<'_> {}

impl<'r> Reader<'r> {
    /// A cursor over all of `words`.
    #[inline(always)]
    pub fn new(words: &'r [u64]) -> Self {
        let range = words.as_ptr_range();
        Self { next: range.start, end: range.end, words: PhantomData }
    }

    /// How many words are left.
    #[inline(always)]
    pub fn remaining(&self) -> usize {
        // SAFETY: both pointers are into, or one past, the same slice, and `next` never passes `end`.
        unsafe { self.end.offset_from_unsigned(self.next) }
    }

    /// Reads one word.
    ///
    /// # Safety
    ///
    /// One more word is left.
    #[inline(always)]
    pub unsafe fn word(&mut self) -> u64 {
        debug_assert!(self.remaining() >= 1);
        // SAFETY: the caller vouches for one more word.
        unsafe {
            let word = self.next.read();
            self.next = self.next.add(1);
            word
        }
    }

    /// Reads `words` words at once.
    ///
    /// # Safety
    ///
    /// That many are left.
    #[inline(always)]
    pub unsafe fn take(&mut self, words: usize) -> Reader<'r> {
        debug_assert!(self.remaining() >= words);
        // SAFETY: the caller vouches for `words` more words.
        let end = unsafe { self.next.add(words) };
        let taken = Reader { next: self.next, end, words: PhantomData };
        self.next = end;
        taken
    }

    /// Reads `len` bytes and skips what fills their last word.
    ///
    /// # Safety
    ///
    /// `words_for(len)` words are left, written by [`Writer::bytes`].
    #[inline(always)]
    pub unsafe fn bytes(&mut self, len: usize) -> &'r [u8] {
        debug_assert!(self.remaining() >= words_for(len));
        // SAFETY: the caller vouches for the words, which live for `'r` and hold initialised bytes.
        unsafe {
            let bytes = std::slice::from_raw_parts(self.next.cast::<u8>(), len);
            self.next = self.next.add(words_for(len));
            bytes
        }
    }

    /// The words that are left.
    #[inline(always)]
    pub fn rest(&self) -> &'r [u64] {
        // SAFETY: `next..end` is within the slice this reader was made from, which lives for `'r`.
        unsafe { std::slice::from_raw_parts(self.next, self.remaining()) }
    }
}
