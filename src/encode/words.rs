//! The two ends of an encoded value: a cursor that writes words and one that reads them.

use std::marker::PhantomData;

/// How many words hold `bytes` bytes.
#[inline(always)]
#[allow(clippy::manual_div_ceil)] // `div_ceil` guards against an overflow that no length in memory reaches.
pub const fn words_for(bytes: usize) -> usize {
    (bytes + 7) / 8
}

/// Up to how many bytes are copied in line, word by word: for so few, a call of `memcpy` takes longer than the
/// copy (`benches/encode.rs`).
const SHORT: usize = 64;

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
        let (from, len, to) = (bytes.as_ptr(), bytes.len(), self.next);
        let words = words_for(len);
        // SAFETY: the caller vouches for `words` words, and `words * 8 >= len`. Each branch reads `len` bytes
        // and writes all words, so no byte that a reader may load stays uninitialised.
        unsafe {
            if len > SHORT {
                to.add(words - 1).write(0);
                std::ptr::copy_nonoverlapping(from, to.cast::<u8>(), len);
            } else if len >= 8 {
                copy_by_words(from, to, len);
            } else if len > 0 {
                copy_within_a_word(from, to, len);
            }
            self.next = to.add(words);
        }
    }

    /// Gives `words` words out to be written by other means, and goes on behind them.
    ///
    /// # Safety
    ///
    /// There is room for that many, and all of them will be written.
    #[inline(always)]
    pub(super) unsafe fn reserve(&mut self, words: usize) -> *mut u64 {
        let start = self.next;
        // SAFETY: the caller vouches for `words` words.
        self.next = unsafe { start.add(words) };
        start
    }

    /// Where the next word goes.
    #[inline(always)]
    pub fn position(&self) -> *mut u64 {
        self.next
    }
}

/// Copies one to seven bytes into a word, the rest of it 0. The pieces overlap, and where they do they agree.
///
/// # Safety
///
/// `len` bytes are readable from `from`, and `len` is 1 to 7. The word at `to` is writable.
#[inline(always)]
unsafe fn copy_within_a_word(from: *const u8, to: *mut u64, len: usize) {
    debug_assert!((1..8).contains(&len));
    // SAFETY: all offsets are below `len`: of the four-byte pieces the last begins at `len - 4`. `[u8; 4]` may
    // stand anywhere.
    unsafe {
        to.write(0);
        let to = to.cast::<u8>();
        if len >= 4 {
            let (first, last) = (from.cast::<[u8; 4]>().read(), from.add(len - 4).cast::<[u8; 4]>().read());
            to.cast::<[u8; 4]>().write(first);
            to.add(len - 4).cast::<[u8; 4]>().write(last);
        } else {
            to.write(from.read());
            to.add(len / 2).write(from.add(len / 2).read());
            to.add(len - 1).write(from.add(len - 1).read());
        }
    }
}

/// Copies eight or more bytes word by word, and fills the last word up.
///
/// # Safety
///
/// `len` bytes are readable from `from` and `words_for(len)` words writable from `to`; `len` is at least 8.
#[inline(always)]
unsafe fn copy_by_words(from: *const u8, to: *mut u64, len: usize) {
    debug_assert!(len >= 8);
    let (whole, rest) = (len / 8, len % 8);
    // SAFETY: the whole words are within `len` bytes, and so are the last eight of these. `[u8; 8]` may stand
    // anywhere.
    unsafe {
        let load = |at: usize| from.add(at).cast::<[u8; 8]>().read();
        for word in 0..whole {
            // Volatile, or the compiler sees a `memcpy` in the loop and calls it.
            to.add(word).write_volatile(u64::from_ne_bytes(load(word * 8)));
        }
        if rest != 0 {
            // The bytes before the rest are shifted out, and zeros into their place.
            let last = u64::from_le_bytes(load(len - 8)) >> ((8 - rest) * 8);
            to.add(whole).write(u64::from_le(last));
        }
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
