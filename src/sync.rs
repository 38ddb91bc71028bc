//! Where atomics come from: the only file of the library that names their origin.
//!
//! `loom-tests` compiles the files of `protocol/` with a `sync` module of its own, which re-exports loom's
//! types under the same names, so a protocol reads the same in the library and under the model checker.

pub(crate) use std::hint::spin_loop;
pub(crate) use std::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
};
pub(crate) use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
pub(crate) use std::thread::{self, Thread};

/// A cell whose accesses the model checker can watch: std's, behind the closures that loom asks for.
#[derive(Debug)]
pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    /// A cell that holds `value`.
    pub(crate) const fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }

    /// Hands out a pointer to read through.
    #[inline]
    pub(crate) fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        read(self.0.get())
    }

    /// Hands out a pointer to write through.
    #[inline]
    pub(crate) fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        write(self.0.get())
    }
}

/// Locks, taking the data over from a thread that panicked: every lock here guards data that is whole
/// between any two statements.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads a variable that the calling thread alone writes. The model checker sees to it that it does.
#[inline]
pub(crate) fn own(variable: &AtomicU64) -> u64 {
    // ORDERING: relaxed, a thread sees its own stores.
    variable.load(Ordering::Relaxed)
}
