//! The switch's other side: what `ringlog::sync` takes from std, taken from loom under the same names.

pub(crate) use loom::cell::UnsafeCell;
pub(crate) use loom::hint::spin_loop;
pub(crate) use loom::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
};
pub(crate) use loom::sync::{Arc, Mutex, MutexGuard};
pub(crate) use loom::thread::Thread;

/// Loom's threads have no clock: who parks for a time parks until it is woken, and a model that is about the time
/// being up says so itself.
pub(crate) mod thread {
    pub(crate) use loom::thread::{current, park, yield_now};

    pub(crate) fn park_timeout(_: std::time::Duration) {
        park();
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no model panics under a lock")
}

/// Fails the model where another thread's store is not known to have come before.
pub(crate) fn own(variable: &AtomicU64) -> u64 {
    // SAFETY: loom checks what this asks for.
    unsafe { variable.unsync_load() }
}

/// std's `OnceLock` over loom's atomics: set once, then read by an acquire load.
///
/// Two that initialise at once do not wait for one another: the second drops its value. std has it wait; both
/// give every reader the one value that was set.
#[derive(Debug)]
pub(crate) struct OnceLock<T> {
    value: AtomicPtr<T>,
}

impl<T> OnceLock<T> {
    pub(crate) fn new() -> Self {
        Self { value: AtomicPtr::new(std::ptr::null_mut()) }
    }

    pub(crate) fn get(&self) -> Option<&T> {
        // ORDERING: acquire pairs with `get_or_init`.
        let value = self.value.load(Ordering::Acquire);
        // SAFETY: not null, so `get_or_init` made it, and only `drop` frees it.
        unsafe { value.as_ref() }
    }

    pub(crate) fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        if let Some(value) = self.get() {
            return value;
        }
        let mine = Box::into_raw(Box::new(make()));
        let null = std::ptr::null_mut();
        // ORDERING: release hands the value to `get`; acquire, on both ways, takes it.
        let winner = match self.value.compare_exchange(null, mine, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => mine,
            Err(theirs) => {
                // SAFETY: `mine` came from `Box::into_raw`, and nobody else has seen it.
                drop(unsafe { Box::from_raw(mine) });
                theirs
            }
        };
        // SAFETY: set once, and freed by `drop` only.
        unsafe { &*winner }
    }
}

impl<T> Drop for OnceLock<T> {
    fn drop(&mut self) {
        // ORDERING: relaxed, `&mut self` says that all others are done.
        let value = self.value.load(Ordering::Relaxed);
        if !value.is_null() {
            // SAFETY: it came from `Box::into_raw` and nobody refers to it any more.
            drop(unsafe { Box::from_raw(value) });
        }
    }
}
