//! A thread that sleeps until a signal handler has something for it.

use crate::error::StartError;
use crate::sync::{AtomicPtr, Ordering, spawn};
use std::mem::MaybeUninit;
use std::ptr;

/// The thread, and the semaphore that it sleeps on: null while there is none. Semaphores are what a signal handler may wake a
/// thread by, and need no descriptor.
#[derive(Debug)]
pub(super) struct Servant {
    name: &'static str,
    bell: AtomicPtr<libc::sem_t>,
}

struct Bell(*mut libc::sem_t);

// SAFETY: semaphores are made to be used by several threads.
unsafe impl Send for Bell {}

impl Servant {
    pub(super) const fn new(name: &'static str) -> Self {
        Self { name, bell: AtomicPtr::new(ptr::null_mut()) }
    }

    /// Starts the thread, unless it runs: it calls `serve` each time that it was rung for, and now and then for nothing. By
    /// one thread at a time.
    pub(super) fn start(&self, serve: fn()) -> Result<(), StartError> {
        if self.is_there() {
            return Ok(());
        }
        let bell = Box::into_raw(Box::new(MaybeUninit::<libc::sem_t>::zeroed())).cast::<libc::sem_t>();
        // SAFETY: the semaphore is writable. It is leaked: a handler may use it at any time.
        unsafe { libc::sem_init(bell, 0, 0) };
        let given = Bell(bell);
        let run = move || {
            let bell = given;
            block_signals();
            loop {
                // SAFETY: the semaphore is never freed.
                unsafe { libc::sem_wait(bell.0) };
                serve();
            }
        };
        spawn(self.name, Box::new(run))
            .map_err(|source| StartError::Thread { name: self.name.to_owned(), source })?;
        // ORDERING: release pairs with `ring`: the semaphore is made.
        self.bell.store(bell, Ordering::Release);
        Ok(())
    }

    pub(super) fn is_there(&self) -> bool {
        // ORDERING: relaxed, a hint by itself.
        !self.bell.load(Ordering::Relaxed).is_null()
    }

    /// Wakes the thread, if there is one. Async-signal-safe, as `sem_post` is.
    pub(super) fn ring(&self) {
        // ORDERING: acquire pairs with `start`.
        let bell = self.bell.load(Ordering::Acquire);
        if !bell.is_null() {
            // SAFETY: the semaphore was made, and is never freed.
            unsafe { libc::sem_post(bell) };
        }
    }

    /// Forgets the thread: it was left behind in another process.
    pub(super) fn forget(&self) {
        // ORDERING: relaxed, there is no other thread.
        self.bell.store(ptr::null_mut(), Ordering::Relaxed);
    }
}

/// A signal for the process must not come to a thread that nobody knows of.
fn block_signals() {
    let mut all = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: the set is writable, and filled before it is read.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        for fatal in super::crash::FATAL {
            libc::sigdelset(all.as_mut_ptr(), fatal);
        }
        libc::pthread_sigmask(libc::SIG_BLOCK, all.as_ptr(), ptr::null_mut());
    }
}
