//! The switch's other side: what `ringlog::sync` takes from std, taken from shuttle under the same names.

pub(crate) use shuttle::hint::spin_loop;
pub(crate) use shuttle::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
};
pub(crate) use shuttle::sync::{Arc, Mutex, MutexGuard};
pub(crate) use shuttle::thread::Thread;

/// Who parks for a time parks until it is woken: shuttle's threads have no clock.
pub(crate) mod thread {
    pub(crate) use shuttle::thread::{current, park, yield_now};

    pub(crate) fn park_timeout(_: std::time::Duration) {
        park();
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no run panics under a lock")
}

pub(crate) fn own(variable: &AtomicU64) -> u64 {
    variable.load(Ordering::Relaxed)
}

/// std's cell, behind the closures that loom asks for.
#[derive(Debug)]
pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }

    pub(crate) fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        read(self.0.get())
    }

    pub(crate) fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        write(self.0.get())
    }
}

/// std's own: nobody waits in it, as what it makes makes no step of shuttle's.
pub(crate) use std::sync::OnceLock;
