//! A few words that one thread publishes and many read whole, without ever making the writer wait.
//!
//! # Variables
//!
//! - `sequence`: odd while the words are being written. Written by the one writer.
//! - `words`: written by the one writer, between two moves of `sequence`. Atomics, since readers read them while
//!   they are written and throw away what they read.
//!
//! # The race that decided the design
//!
//! A reader may read some words of the old round and some of the new. It reads `sequence` before and after: had it
//! read any word of a later round, it would have to see that round's odd number or a later one in its second look
//! (the fences make it so), so two equal even numbers prove that all words are of one round. After H.-J. Boehm, "Can
//! seqlocks get along with programming language memory models?", MSPC 2012.

use crate::sync::{AtomicU64, Ordering, fence, own, spin_loop};

/// `N` words, published as one.
#[derive(Debug)]
pub(crate) struct Seqlock<const N: usize> {
    sequence: AtomicU64,
    words: [AtomicU64; N],
}

impl<const N: usize> Seqlock<N> {
    /// Holds `words` from the start.
    pub(crate) fn new(words: [u64; N]) -> Self {
        Self { sequence: AtomicU64::new(0), words: words.map(AtomicU64::new) }
    }

    /// Publishes `words`. Wait-free. Called by one thread at a time.
    pub(crate) fn write(&self, words: [u64; N]) {
        let sequence = own(&self.sequence);
        debug_assert!(sequence.is_multiple_of(2), "two writers at once");
        // ORDERING: relaxed, the fence orders it before the words.
        self.sequence.store(sequence + 1, Ordering::Relaxed);
        // ORDERING: release pairs with the acquire fence of `try_read`: who reads a new word sees the odd number.
        fence(Ordering::Release);
        for (slot, word) in self.words.iter().zip(words) {
            // ORDERING: relaxed, between the fence above and the store below.
            slot.store(word, Ordering::Relaxed);
        }
        // ORDERING: release pairs with the first load of `try_read`: who sees the even number sees the words.
        self.sequence.store(sequence + 2, Ordering::Release);
    }

    /// The words of the latest round, or of one that is being replaced. Tries again while a write is under way, which takes
    /// some nanoseconds, unless the writer was preempted amid it.
    #[inline]
    pub(crate) fn read(&self) -> [u64; N] {
        loop {
            if let Some(words) = self.try_read() {
                return words;
            }
            spin_loop();
        }
    }

    /// The words of one round; `None` where a write is under way.
    #[inline]
    pub(crate) fn try_read(&self) -> Option<[u64; N]> {
        // ORDERING: acquire pairs with the last store of `write`.
        let before = self.sequence.load(Ordering::Acquire);
        // ORDERING: relaxed, between the load above and the fence below.
        let words = std::array::from_fn(|index| self.words[index].load(Ordering::Relaxed));
        // ORDERING: acquire pairs with the release fence of `write`.
        fence(Ordering::Acquire);
        // ORDERING: relaxed, the fence orders it behind the words.
        let after = self.sequence.load(Ordering::Relaxed);
        (before == after && before.is_multiple_of(2)).then_some(words)
    }
}
