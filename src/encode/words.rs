//! The two ends of an encoded value: a cursor that writes words and one that reads them.

use std::marker::PhantomData;

/// How many words hold `bytes` bytes.
#[inline(always)]
#[allow(clippy::manual_div_ceil)] // `div_ceil` guards against an overflow that no length in memory reaches.
pub const fn words_for(bytes: usize) -> usize {
    (bytes + 7) / 8
}

/// Up to how many bytes are copied in line: for so few, a call of `memcpy` takes longer than the copy
/// (`benches/encode.rs`).
pub(super) const SHORT: usize = 64;

/// A cursor over reserved words of a ring. It checks nothing: who makes one has measured the room before.
#[derive(Debug)]
pub struct Writer {
    next: *mut u64,
    /// Known at compile time where all is inlined.
    copies: Copies,
}

/// How bytes are copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Copies {
    /// In line, up to [`SHORT`].
    ShortInLine,
    /// In line: there are no longer ones.
    InLine,
    /// By a call.
    ByCall,
}

impl Writer {
    /// A cursor that writes from `start` on.
    ///
    /// # Safety
    ///
    /// The words from `start` to the last that will be written are valid for writes, and nobody else's.
    #[inline(always)]
    pub unsafe fn new(start: *mut u64) -> Self {
        Self { next: start, copies: Copies::ShortInLine }
    }

    /// A cursor at the same place that writes values which [are short](super::Encode::is_short), and calls nothing.
    ///
    /// # Safety
    ///
    /// No text of more than [`SHORT`] bytes is written.
    #[inline(always)]
    pub(crate) unsafe fn for_short(&self) -> Self {
        Self { next: self.next, copies: Copies::InLine }
    }

    /// As [`new`](Self::new), for where the size of the code counts, not its time.
    ///
    /// # Safety
    ///
    /// As for [`new`](Self::new).
    #[inline(always)]
    pub(crate) unsafe fn compact(start: *mut u64) -> Self {
        Self { next: start, copies: Copies::ByCall }
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
        // SAFETY: the caller vouches for `words` words, and `words * 8 >= len`. The last word is written first, where there
        // is one, and then `len` bytes, so no byte that a reader may load stays uninitialised.
        unsafe {
            if len > 0 {
                to.add(words - 1).write(0);
            }
            match self.copies {
                Copies::InLine => copy_short(from, to.cast(), len),
                Copies::ShortInLine if len <= SHORT => copy_short(from, to.cast(), len),
                _ => std::ptr::copy_nonoverlapping(from, to.cast::<u8>(), len),
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

/// Copies up to [`SHORT`] bytes, by pieces of one length: the last ones overlap, and where they do they agree.
///
/// # Safety
///
/// `len` bytes are readable from `from` and writable from `to`; `len` is at most [`SHORT`].
#[inline(always)]
unsafe fn copy_short(from: *const u8, to: *mut u8, len: usize) {
    debug_assert!(len <= SHORT);
    /// # Safety
    ///
    /// `N` bytes are readable from `from + at` and writable from `to + at`.
    #[inline(always)]
    unsafe fn copy<const N: usize>(from: *const u8, to: *mut u8, at: usize) {
        // SAFETY: as the caller says; `[u8; N]` may stand anywhere.
        unsafe { to.add(at).cast::<[u8; N]>().write(from.add(at).cast::<[u8; N]>().read()) }
    }
    // SAFETY: in each branch all pieces are within `len` bytes.
    unsafe {
        if len > 32 {
            copy::<16>(from, to, 0);
            copy::<16>(from, to, 16);
            copy::<16>(from, to, len - 32);
            copy::<16>(from, to, len - 16);
        } else if len >= 16 {
            copy::<16>(from, to, 0);
            copy::<16>(from, to, len - 16);
        } else if len >= 8 {
            copy::<8>(from, to, 0);
            copy::<8>(from, to, len - 8);
        } else if len >= 4 {
            copy::<4>(from, to, 0);
            copy::<4>(from, to, len - 4);
        } else if len > 0 {
            copy::<1>(from, to, 0);
            copy::<1>(from, to, len / 2);
            copy::<1>(from, to, len - 1);
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
