//! What lives as long as the process, kept once for each value: a table of lists that only grow.
//!
//! Each link is a `OnceLock`: empty, then set for good. A reader follows the links that are set, without a lock; who finds no
//! entry sets the last link to a new one, or, where another thread was first, goes on along the list.

use crate::sync::{AtomicUsize, OnceLock, Ordering};
use std::ptr;

const BUCKETS: usize = 1024;

type Link<T> = OnceLock<&'static Entry<T>>;

#[derive(Debug)]
struct Entry<T: 'static> {
    hash: u64,
    value: T,
    next: Link<T>,
}

/// Values that are never freed, at most `limit`.
#[derive(Debug)]
pub(super) struct Interned<T: 'static> {
    buckets: [Link<T>; BUCKETS],
    count: AtomicUsize,
    limit: usize,
}

impl<T: Sync> Interned<T> {
    pub(super) const fn new(limit: usize) -> Self {
        Self { buckets: [const { OnceLock::new() }; BUCKETS], count: AtomicUsize::new(0), limit }
    }

    /// The value with this hash that `is` knows, or the one that is made now; `None` where the table is full.
    #[inline]
    pub(super) fn get(
        &self,
        hash: u64,
        is: impl Fn(&T) -> bool,
        make: impl FnOnce() -> T,
    ) -> Option<&'static T> {
        let mut link = &self.buckets[hash as usize % BUCKETS];
        while let Some(&entry) = link.get() {
            if entry.hash == hash && is(&entry.value) {
                return Some(&entry.value);
            }
            link = &entry.next;
        }
        self.add(link, hash, is, make)
    }

    #[cold]
    #[inline(never)]
    fn add(
        &self,
        mut link: &Link<T>,
        hash: u64,
        is: impl Fn(&T) -> bool,
        make: impl FnOnce() -> T,
    ) -> Option<&'static T> {
        // ORDERING: relaxed, a bound that a few more may pass; nothing is published by it.
        if self.count.load(Ordering::Relaxed) >= self.limit {
            return None;
        }
        let new: &'static Entry<T> =
            Box::leak(Box::new(Entry { hash, value: make(), next: OnceLock::new() }));
        loop {
            let entry = *link.get_or_init(|| new);
            if ptr::eq(entry, new) {
                // ORDERING: relaxed, as above.
                self.count.fetch_add(1, Ordering::Relaxed);
                return Some(&entry.value);
            }
            // Another thread was first. If it added the same value, the one made here is left alone: it happens
            // at most once for each thread and value.
            if entry.hash == hash && is(&entry.value) {
                return Some(&entry.value);
            }
            link = &entry.next;
        }
    }
}

/// A hash of text that looks at its length and its last eight bytes only: entries are compared in full.
#[inline]
pub(super) fn hash(seed: u64, text: &str) -> u64 {
    let bytes = text.as_bytes();
    let mut last = [0; 8];
    let tail = &bytes[bytes.len().saturating_sub(8)..];
    last[..tail.len()].copy_from_slice(tail);
    let mixed = (seed.rotate_left(23) ^ u64::from_le_bytes(last) ^ bytes.len() as u64)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed ^ mixed >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intern(table: &Interned<String>, text: &str) -> Option<&'static String> {
        // One bucket and one hash for all: each look goes along the list.
        table.get(0, |known| known == text, || text.to_owned())
    }

    #[test]
    fn threads_that_add_the_same_value_get_the_same_one() {
        let table = Interned::new(100);
        let found: Vec<Vec<usize>> = std::thread::scope(|scope| {
            let look =
                || (0..50).map(|n| ptr::from_ref(intern(&table, &n.to_string()).unwrap()) as usize).collect();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(look)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(found.iter().all(|each| *each == found[0]));
    }

    #[test]
    fn a_full_table_takes_nothing_new_and_still_gives_what_it_has() {
        let table = Interned::new(1);
        assert_eq!(intern(&table, "a").unwrap(), "a");
        assert_eq!(intern(&table, "b"), None);
        assert_eq!(intern(&table, "a").unwrap(), "a");
    }
}
