//! Values that a signal handler finds: a list that is read without a lock, and whose values come and go.
//!
//! # Variables
//!
//! - `head`: the newest beacon. Pushed by compare-and-swap; beacons are never freed and used again, so a reader may stand
//!   on any of them. There are as many as values were shown at once.
//! - A beacon's `taken`: whether it belongs to someone who shows a value.
//! - A beacon's `value`: null, or what it shows: one count of an `Arc`.
//! - `readers`: how many read the list right now.
//!
//! # The race that decided the design
//!
//! A handler has read a value's address, and the value is freed before it has looked at it. It can neither lock nor
//! count up what may be gone already. So it first says that it reads, then looks; who takes a value away first makes
//! it unreachable, then waits until nobody reads. Between write and look there is a sequentially consistent fence on both
//! sides, so that the reader finds the value gone, or is waited for.

use crate::sync::{Arc, AtomicBool, AtomicPtr, AtomicUsize, Ordering, fence, thread};
use std::ptr;

struct Beacon<T> {
    value: AtomicPtr<T>,
    taken: AtomicBool,
    next: *const Self,
}

/// The list.
pub(crate) struct Beacons<T> {
    head: AtomicPtr<Beacon<T>>,
    readers: AtomicUsize,
}

// SAFETY: values are reached by shared references only, and dropped by whichever thread holds the last count.
unsafe impl<T: Send + Sync> Send for Beacons<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for Beacons<T> {}

/// A value that is shown. Dropping it takes it away, and waits for those who read.
#[must_use = "what is shown is taken away when this is dropped"]
pub(crate) struct Shown<T: 'static> {
    list: &'static Beacons<T>,
    beacon: &'static Beacon<T>,
}

// SAFETY: as for the list.
unsafe impl<T: Send + Sync> Send for Shown<T> {}
// SAFETY: as for the list.
unsafe impl<T: Send + Sync> Sync for Shown<T> {}

/// Someone who reads: no value is freed meanwhile.
pub(crate) struct Reading<'b, T>(&'b Beacons<T>);

impl<T: 'static> Beacons<T> {
    pub(crate) fn new() -> Self {
        Self { head: AtomicPtr::new(ptr::null_mut()), readers: AtomicUsize::new(0) }
    }

    /// Shows a value until the result is dropped. Allocates where no beacon is free.
    pub(crate) fn show(&'static self, value: Arc<T>) -> Shown<T> {
        let beacon = self.free().unwrap_or_else(|| self.push());
        // ORDERING: release pairs with `Reading::each`: who finds the value sees it whole.
        beacon.value.store(Arc::into_raw(value).cast_mut(), Ordering::Release);
        Shown { list: self, beacon }
    }

    fn free(&'static self) -> Option<&'static Beacon<T>> {
        self.beacons().find(|beacon| {
            // ORDERING: acquire pairs with `Shown::drop`: the value of before is gone.
            beacon.taken.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_ok()
        })
    }

    fn push(&'static self) -> &'static Beacon<T> {
        let mut beacon = Box::new(Beacon {
            value: AtomicPtr::new(ptr::null_mut()),
            taken: AtomicBool::new(true),
            next: ptr::null(),
        });
        // ORDERING: relaxed, a guess that the compare-and-swap checks.
        let mut head = self.head.load(Ordering::Relaxed);
        let beacon = loop {
            beacon.next = head;
            let raw = Box::into_raw(beacon);
            // ORDERING: release hands the beacon to `beacons`, also through later pushes.
            match self.head.compare_exchange_weak(head, raw, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => break raw,
                Err(now) => head = now,
            }
            // SAFETY: the beacon came from `into_raw` above, and nobody else has seen it.
            beacon = unsafe { Box::from_raw(raw) };
        };
        // SAFETY: beacons on the list are never freed.
        unsafe { &*beacon }
    }

    fn beacons(&self) -> impl Iterator<Item = &'static Beacon<T>> {
        // ORDERING: acquire pairs with `push`.
        let head: *const Beacon<T> = self.head.load(Ordering::Acquire);
        // SAFETY: beacons on the list are never freed, and their links never change.
        std::iter::successors(unsafe { head.as_ref() }, |beacon| unsafe { beacon.next.as_ref() })
    }

    /// Begins to read. Wait-free and async-signal-safe.
    pub(crate) fn read(&self) -> Reading<'_, T> {
        // ORDERING: relaxed, by itself: the fence orders it before the look at the values.
        self.readers.fetch_add(1, Ordering::Relaxed);
        // ORDERING: sequentially consistent, between our count and our look; pairs with that of `Shown::drop`.
        fence(Ordering::SeqCst);
        Reading(self)
    }

    /// Forgets all values, and all who read: those who would were left behind in another process.
    pub(crate) fn forget_all(&self) {
        for beacon in self.beacons() {
            // ORDERING: relaxed, there is no other thread.
            beacon.value.store(ptr::null_mut(), Ordering::Relaxed);
        }
        // ORDERING: relaxed, as above.
        self.readers.store(0, Ordering::Relaxed);
    }
}

impl<T: 'static> Reading<'_, T> {
    /// Calls `look` with each value that is shown.
    pub(crate) fn each(&self, mut look: impl FnMut(&T)) {
        for beacon in self.0.beacons() {
            // ORDERING: acquire pairs with `show`.
            let value = beacon.value.load(Ordering::Acquire);
            // SAFETY: a value that is found while we are counted as a reader is not freed until we are not.
            if let Some(value) = unsafe { value.as_ref() } {
                look(value);
            }
        }
    }
}

impl<T> Drop for Reading<'_, T> {
    fn drop(&mut self) {
        // ORDERING: release pairs with `Shown::drop`: our looks come before the value is freed.
        self.0.readers.fetch_sub(1, Ordering::Release);
    }
}

impl<T> Drop for Shown<T> {
    fn drop(&mut self) {
        // ORDERING: relaxed, by itself: the fence orders it before the look at the readers.
        let value = self.beacon.value.swap(ptr::null_mut(), Ordering::Relaxed);
        // ORDERING: sequentially consistent, between our write and our look; pairs with that of `read`.
        fence(Ordering::SeqCst);
        // ORDERING: acquire pairs with `Reading::drop`.
        while self.list.readers.load(Ordering::Acquire) != 0 {
            thread::yield_now();
        }
        // Null in a process that was forked, where it is left alone.
        if !value.is_null() {
            // SAFETY: `show` leaked this count, and nobody reads the value any more.
            drop(unsafe { Arc::from_raw(value.cast_const()) });
        }
        // ORDERING: release pairs with `free`.
        self.beacon.taken.store(false, Ordering::Release);
    }
}

impl<T> std::fmt::Debug for Shown<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shown")
    }
}

impl<T> std::fmt::Debug for Beacons<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Beacons")
    }
}
