//! The crash handler: what was logged is written before a fatal signal has its way.
//!
//! The handler runs on the thread that crashed, on its alternate stack where it has one, and everything it does is
//! async-signal-safe. In this order:
//!
//! 1. All runtimes are asked to flush, by a ticket in an atomic variable, and it waits until they have, for 2 s at the
//!    most ([`rescue`](super::rescue)). A crash within that wait comes here again, and goes on with the default action.
//! 2. The handler that was there before is called: Rust's own, which tells of stack overflows. What it aborts by is
//!    handled here once more only where there is something left to do.
//! 3. Where there was none, or it has given up: a worker has another thread take its rings over
//!    ([`successor`]), and waits again; the sink that a thread serves is lost. Then the default disposition is put back. A fault happens again when the handler returns, at the same
//!    instruction, and a signal that was sent is sent again; so core dump, signal and status are what they would be.
//!
//! A handler of before that gives up puts the default back and returns, and so has the fault happen again. A signal
//! that was sent would be lost that way: it is sent again.

use super::disposition::{Previous, Was, current, is, send, set, set_default};
use super::rescue::{Flushed, flush, is_own_thread};
use super::successor;
use super::watch::Last;
use crate::error::StartError;
use crate::sync::{AtomicBool, Mutex, Ordering, lock};
use crate::sys::{Errno, thread_id};
use std::any::Any;
use std::ffi::{c_int, c_void};

/// The signals that end a process which has done wrong.
pub(super) const FATAL: [c_int; 5] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGABRT];

static PREVIOUS: Previous = Previous::new();
static INSTALLING: Mutex<()> = Mutex::new(());
static IS_INSTALLED: AtomicBool = AtomicBool::new(false);

/// Installs the handler. Does nothing where it is installed.
pub(super) fn install() -> Result<(), StartError> {
    let _one_at_a_time = lock(&INSTALLING);
    successor::start()?;
    for signal in FATAL {
        // A signal that cannot be handled (under a debugger's or sandbox's rules) does what it did.
        let _ = PREVIOUS.install(signal, handle, libc::SA_ONSTACK);
    }
    // ORDERING: relaxed, under the lock, or at the exit of the process.
    IS_INSTALLED.store(true, Ordering::Relaxed);
    Ok(())
}

/// Keeps another thread from installing it.
pub(super) fn hold() -> Box<dyn Any> {
    Box::new(lock(&INSTALLING))
}

/// Puts back what was there before, at the exit of the process: the library may be unloaded after it.
pub(crate) fn uninstall() {
    // ORDERING: relaxed, as above.
    if IS_INSTALLED.load(Ordering::Relaxed) {
        for signal in FATAL {
            PREVIOUS.restore(signal, handle);
        }
    }
}

extern "C" fn handle(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let _errno = Errno::save();
    // SAFETY: the kernel gives a handler of this kind the signal's description. Faults have positive codes.
    let is_fault = unsafe { info.as_ref() }.is_some_and(|info| info.si_code > 0);
    if flush(Last::No) == Flushed::Again {
        return act_by_default(signal, is_fault);
    }
    let is_the_end = match call_previous(signal, info, context) {
        Was::Default => true,
        Was::Ignored => is_fault,
        Was::Handler => current(signal).is_ok_and(|now| now.sa_sigaction == libc::SIG_DFL),
    };
    if is_the_end {
        if is_own_thread() {
            let _ = flush(Last::Words);
        }
        act_by_default(signal, is_fault);
    }
}

/// Calls the handler that was there before. It may abort, as Rust's own does of a stack overflow: without our handler then, which
/// has done what it is for, and whose frame would find no room on the alternate stack behind this one. On a thread of the
/// logger's own it has more to do, and [room](super::AlternateStack).
///
/// Until the handler of before returns, no thread's abort flushes, and none ever will if it leaves by a jump; if it sets another
/// disposition, that stays.
fn call_previous(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) -> Was {
    let may_overflow = matches!(signal, libc::SIGSEGV | libc::SIGBUS) && !is_own_thread();
    let ours = current(libc::SIGABRT).ok().filter(|now| may_overflow && is(now, handle));
    let Some(ours) = ours else { return PREVIOUS.call(signal, info, context) };
    PREVIOUS.restore(libc::SIGABRT, handle);
    let restored = current(libc::SIGABRT);
    let was = PREVIOUS.call(signal, info, context);
    if let (Ok(restored), Ok(now)) = (restored, current(libc::SIGABRT))
        && now.sa_sigaction == restored.sa_sigaction
    {
        let _ = set(libc::SIGABRT, &ours);
    }
    was
}

/// Has the default action follow when the handler returns: the signal is blocked until then.
fn act_by_default(signal: c_int, is_fault: bool) {
    set_default(signal);
    if !is_fault {
        send(thread_id(), signal);
    }
}
