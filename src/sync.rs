//! Where atomics come from: the only file of the library that names their origin.
//!
//! `loom-tests` compiles the files of `protocol/` with a `sync` module of its own, which re-exports loom's
//! types under the same names, so a protocol reads the same in the library and under the model checker.

pub(crate) use std::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
};
pub(crate) use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
pub(crate) use std::thread::{self, Thread};

/// Locks, taking the data over from a thread that panicked: every lock here guards data that is whole
/// between any two statements.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
