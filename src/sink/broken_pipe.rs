//! Writing to a pipe whose reader may be gone.
//!
//! Such a write raises SIGPIPE, which ends the process, unless it is ignored. Rust's runtime ignores it; but
//! a program may have undone that, or have no `main` of Rust's. The signal goes to the thread that wrote: those that
//! serve sinks never let it through; on any other it is blocked during the write, and taken off before it is let through
//! again.

use std::mem::MaybeUninit;
use std::ptr;

/// Holds SIGPIPE back from this thread, for good.
pub(super) fn hold_back_sigpipe() {
    let _ = block();
}

/// Does what is asked with SIGPIPE held back from this thread. `is_raised` tells from the result whether it
/// may have been raised meanwhile.
pub(super) fn without_sigpipe<T>(write: impl FnOnce() -> T, is_raised: impl FnOnce(&T) -> bool) -> T {
    let Some(before) = block() else { return write() };
    let result = write();
    if is_raised(&result) {
        take_pending();
    }
    // SAFETY: the set is one that the same function has filled.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, ptr::null_mut()) };
    result
}

fn sigpipe() -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: `sigemptyset` fills the set; SIGPIPE is a signal that there is.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), libc::SIGPIPE);
        set.assume_init()
    }
}

/// Blocks the signal and returns what was blocked before; nothing if that was among it, or can't be told.
fn block() -> Option<libc::sigset_t> {
    let pipe = sigpipe();
    let mut before = MaybeUninit::uninit();
    // SAFETY: both sets are valid for the call; on success it fills the second.
    unsafe {
        if libc::pthread_sigmask(libc::SIG_BLOCK, &raw const pipe, before.as_mut_ptr()) != 0 {
            return None;
        }
        let before = before.assume_init();
        (libc::sigismember(&raw const before, libc::SIGPIPE) == 0).then_some(before)
    }
}

/// Takes off a signal that waits. There is none where SIGPIPE is ignored.
fn take_pending() {
    let pipe = sigpipe();
    let now = MaybeUninit::<libc::timespec>::zeroed();
    // SAFETY: set and time are valid for the call, zeroes are a time, and no information is asked for.
    while unsafe { libc::sigtimedwait(&raw const pipe, ptr::null_mut(), now.as_ptr()) } == -1 {
        if std::io::Error::last_os_error().kind() != std::io::ErrorKind::Interrupted {
            break;
        }
    }
}
