//! What a signal did before ringlog had a handler for it: kept, and done after ours.

use crate::sync::{AtomicPtr, Ordering};
use crate::sys::thread_id;
use std::ffi::{c_int, c_void};
use std::io;
use std::mem::MaybeUninit;
use std::ptr;

/// One more than the highest signal.
pub(super) const SIGNALS: usize = 65;

/// A handler that is told all there is to know.
pub(super) type Handler = extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void);
type Simple = extern "C" fn(c_int);

/// What signals did before, by number. Each is leaked: a handler may be about to read the one of before. There is one for
/// each time that a handler of ours was installed over another.
#[derive(Debug)]
pub(super) struct Previous([AtomicPtr<libc::sigaction>; SIGNALS]);

/// What is left to do after a signal's previous disposition has acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Was {
    /// A handler of the user's: it was called.
    Handler,
    /// The default action is to follow.
    Default,
    Ignored,
}

impl Previous {
    pub(super) const fn new() -> Self {
        Self([const { AtomicPtr::new(ptr::null_mut()) }; SIGNALS])
    }

    /// Installs a handler, unless it is there already, or another was put over it since: that one calls it, or does
    /// not want it. Called under a lock. `stack`: `SA_ONSTACK`, or 0.
    ///
    /// # Errors
    ///
    /// When the operating system refuses.
    pub(super) fn install(&self, signal: c_int, handler: Handler, stack: c_int) -> io::Result<()> {
        let before = current(signal)?;
        if is(&before, handler) || (self.get(signal).is_some() && is_handler(&before)) {
            return Ok(());
        }
        // Known before the handler can be called.
        let kept: *mut libc::sigaction = Box::leak(Box::new(before));
        // ORDERING: release pairs with `get`, for handlers that run on other threads.
        self.0[signal as usize].store(kept, Ordering::Release);
        let is_handled = is_handler(&before);
        let restart = if is_handled { before.sa_flags & libc::SA_RESTART } else { libc::SA_RESTART };
        let mut ours = before;
        if !is_handled {
            // SAFETY: `sa_mask` is a plain set, and writable.
            unsafe { libc::sigemptyset(&raw mut ours.sa_mask) };
        }
        ours.sa_sigaction = handler as usize;
        ours.sa_flags = libc::SA_SIGINFO | stack | (before.sa_flags & libc::SA_ONSTACK) | restart;
        set(signal, &ours)
    }

    /// Puts back what was there before a handler of ours, if that is still there.
    pub(super) fn restore(&self, signal: c_int, handler: Handler) {
        if let (Some(before), Ok(now)) = (self.get(signal), current(signal))
            && is(&now, handler)
        {
            let _ = set(signal, before);
        }
    }

    fn get(&self, signal: c_int) -> Option<&libc::sigaction> {
        // ORDERING: acquire pairs with `install`.
        let kept = self.0.get(signal as usize)?.load(Ordering::Acquire);
        // SAFETY: null, or leaked by `install`.
        unsafe { kept.as_ref() }
    }

    /// What there was before.
    pub(super) fn was(&self, signal: c_int) -> Was {
        match self.get(signal).map_or(libc::SIG_DFL, |before| before.sa_sigaction) {
            libc::SIG_DFL => Was::Default,
            libc::SIG_IGN => Was::Ignored,
            _ => Was::Handler,
        }
    }

    /// Calls the handler that was there before, if it was one. Async-signal-safe as far as that handler is.
    pub(super) fn call(&self, signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) -> Was {
        let was = self.was(signal);
        let Some(before) = self.get(signal).filter(|_| was == Was::Handler) else { return was };
        if before.sa_flags & libc::SA_SIGINFO != 0 {
            // SAFETY: the flag says that the handler is of this type, and the arguments are those of a signal.
            let handler = unsafe { std::mem::transmute::<usize, Handler>(before.sa_sigaction) };
            handler(signal, info, context);
        } else {
            // SAFETY: without the flag, the handler is of this type.
            let handler = unsafe { std::mem::transmute::<usize, Simple>(before.sa_sigaction) };
            handler(signal);
        }
        if before.sa_flags & libc::SA_RESETHAND != 0 {
            // It was to be called once.
            // ORDERING: relaxed, null holds nothing to be seen.
            self.0[signal as usize].store(ptr::null_mut(), Ordering::Relaxed);
        }
        Was::Handler
    }
}

fn is_handler(action: &libc::sigaction) -> bool {
    !matches!(action.sa_sigaction, libc::SIG_DFL | libc::SIG_IGN)
}

pub(super) fn is(action: &libc::sigaction, handler: Handler) -> bool {
    action.sa_sigaction == handler as usize
}

/// What a signal does now. Async-signal-safe: one system call.
pub(super) fn current(signal: c_int) -> io::Result<libc::sigaction> {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: the second pointer is for the result, and the first may be null.
    match unsafe { libc::sigaction(signal, ptr::null(), action.as_mut_ptr()) } {
        // SAFETY: zeroes are a `sigaction`, and it was filled in.
        0 => Ok(unsafe { action.assume_init() }),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Has a signal do something else. Async-signal-safe: one system call.
pub(super) fn set(signal: c_int, action: &libc::sigaction) -> io::Result<()> {
    // SAFETY: the action is a whole one, made here or given by the system; the old one is not asked for.
    match unsafe { libc::sigaction(signal, action, ptr::null_mut()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Has the signal do what it does by default. Async-signal-safe.
pub(super) fn set_default(signal: c_int) {
    // SAFETY: zeroes are a `sigaction`: the default action, no flags, an empty mask.
    let default = unsafe { MaybeUninit::<libc::sigaction>::zeroed().assume_init() };
    let _ = set(signal, &default);
}

/// Has the default action of a signal follow now. Returns where that does not end the process: a stop that is over, a signal
/// that is ignored by default; `handler` is there again then. Async-signal-safe.
pub(super) fn act_by_default(signal: c_int, handler: Handler) {
    let Ok(ours) = current(signal) else { return };
    let mut only = MaybeUninit::<libc::sigset_t>::zeroed();
    let mut before = MaybeUninit::<libc::sigset_t>::zeroed();
    set_default(signal);
    send(thread_id(), signal);
    // SAFETY: the sets are writable, and filled in before they are read.
    unsafe {
        libc::sigemptyset(only.as_mut_ptr());
        libc::sigaddset(only.as_mut_ptr(), signal);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, only.as_ptr(), before.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), ptr::null_mut());
    }
    if is(&ours, handler) {
        let _ = set(signal, &ours);
    }
}

/// Sends a signal to a thread of this process; whether there is one. Async-signal-safe: one system call.
pub(super) fn send(thread: u32, signal: c_int) -> bool {
    // SAFETY: the call takes numbers alone.
    unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), thread, signal) == 0 }
}
