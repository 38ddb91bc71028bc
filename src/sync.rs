//! Where atomics come from: the only file of the library that names their origin.
//!
//! `loom-tests` compiles the files of `protocol/` with a `sync` module of its own, which re-exports loom's
//! types under the same names, so a protocol reads the same in the library and under the model checker.

use std::cell::Cell;
use std::io;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

pub(crate) use std::hint::spin_loop;
pub(crate) use std::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, compiler_fence, fence,
};
pub(crate) use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
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

std::thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
}

/// Whether the calling thread holds one of ringlog's locks, or waits for one. A signal handler or an allocator that logs
/// then must not wait for another.
pub(crate) fn is_holding() -> bool {
    HELD.get() > 0
}

/// Starts a thread. The closure is boxed, so that what std makes of one is compiled once for all of them.
pub(crate) fn spawn(name: &str, run: Box<dyn FnOnce() + Send>) -> io::Result<thread::JoinHandle<()>> {
    thread::Builder::new().name(name.to_owned()).spawn(run)
}

/// Counts a lock of the calling thread's.
#[derive(Debug)]
struct Holding(PhantomData<*const ()>);

impl Holding {
    fn new() -> Self {
        HELD.set(HELD.get() + 1);
        Self(PhantomData)
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        HELD.set(HELD.get() - 1);
    }
}

/// std's guard, and the count of it.
#[derive(Debug)]
pub(crate) struct MutexGuard<'m, T> {
    // Let go first.
    guard: std::sync::MutexGuard<'m, T>,
    _holding: Holding,
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

/// Locks, taking the data over from a thread that panicked: every lock here guards data that is whole
/// between any two statements.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    let _holding = Holding::new();
    MutexGuard { guard: lock_to_wait(mutex), _holding }
}

/// As [`lock()`], for a `Condvar`: std's own guard. Not counted: for locks that no log call waits for.
pub(crate) fn lock_to_wait<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads a variable that the calling thread alone writes. The model checker sees to it that it does.
#[inline]
pub(crate) fn own(variable: &AtomicU64) -> u64 {
    // ORDERING: relaxed, a thread sees its own stores.
    variable.load(Ordering::Relaxed)
}
