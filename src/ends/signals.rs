//! Signals that are asked for: what was logged is written and synced before they have their way.
//!
//! A sync takes long, and the interrupted thread may hold any lock, so the handler does nothing but wake a thread of ours:
//!
//! ```text
//!              handler                 the thread                         handler, the second time
//!   IDLE ──▶ SAVING ──▶ ASKED ── flush, sync ──▶ READY, send again ──▶ IDLE, the handler that was there before
//!                         │                        (to the same thread: its calls that a signal interrupts are)
//!                         ├── flush, sync ──▶ IDLE, the default action on the thread itself
//!                         └── flush, sync ──▶ IDLE, if the signal was ignored
//!   IDLE ──▶ SAVING ──▶ PASSED ── flush, sync ──▶ IDLE
//! ```
//!
//! `PASSED` is where a handler that was installed over ours has called it: that one decides what becomes of the process, and a
//! default action is none of ours any more.
//!
//! A signal that comes again between `ASKED` and `READY` is one with the first, as signals of the kernel are that wait to be
//! delivered: a supervisor that sends two does not cut the log off.

use super::disposition::{Previous, SIGNALS, Was, act_by_default, current, is, send};
use super::live;
use super::servant::Servant;
use crate::error::StartError;
use crate::sync::{AtomicBool, AtomicU32, Mutex, Ordering, UnsafeCell, lock};
use crate::sys::{Errno, thread_id};
use std::any::Any;
use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::time::Duration;

/// How long workers and sinks are waited for.
const LIMIT: Duration = Duration::from_secs(5);

const IDLE: u32 = 0;
const SAVING: u32 = 1;
const ASKED: u32 = 2;
const READY: u32 = 3;
const PASSED: u32 = 4;

/// A signal on its way.
struct Slot {
    state: AtomicU32,
    /// The thread that was interrupted. Written in `SAVING`.
    thread: AtomicU32,
    /// What the kernel said of the signal. Written in `SAVING`, read by who has left `READY`.
    info: UnsafeCell<MaybeUninit<libc::siginfo_t>>,
}

// SAFETY: `info` is touched by the one thread that has moved `state` to `SAVING`, or away from `READY`.
unsafe impl Sync for Slot {}

static SLOTS: [Slot; SIGNALS] = [const {
    Slot {
        state: AtomicU32::new(IDLE),
        thread: AtomicU32::new(0),
        info: UnsafeCell::new(MaybeUninit::uninit()),
    }
}; SIGNALS];
static PREVIOUS: Previous = Previous::new();
static THREAD: Servant = Servant::new("ringlog-signals");
/// The signals with a handler of ours.
static INSTALLED: Mutex<Vec<c_int>> = Mutex::new(Vec::new());
static IS_ANY_INSTALLED: AtomicBool = AtomicBool::new(false);

/// Whether a signal can be asked for.
pub(super) fn check(signal: c_int) -> Result<(), StartError> {
    let reason = match signal {
        libc::SIGKILL | libc::SIGSTOP => "no process can handle it",
        libc::SIGTRAP | libc::SIGSYS => "it tells of a fault of the program itself",
        fault if super::crash::FATAL.contains(&fault) => {
            "it tells of a fault of the program itself: `Builder::crash_handler` is for that"
        }
        32 | 33 => "the C library uses it for itself",
        1..65 => return Ok(()),
        _ => "there is no such signal: they go from 1 to 64",
    };
    Err(StartError::Signal { signal, reason })
}

/// Installs the handler for signals that are right.
pub(super) fn install(signals: &[c_int]) -> Result<(), StartError> {
    if signals.is_empty() {
        return Ok(());
    }
    let mut installed = lock(&INSTALLED);
    THREAD.start(serve)?;
    for &signal in signals {
        PREVIOUS
            // Not on the alternate stack: Rust frees that of the main thread when any thread exits the process, and a
            // signal that comes then would find it gone.
            .install(signal, handle, 0)
            .map_err(|_| StartError::Signal { signal, reason: "the operating system refuses" })?;
        if !installed.contains(&signal) {
            installed.push(signal);
        }
    }
    // ORDERING: relaxed, a hint that spares the lock.
    IS_ANY_INSTALLED.store(true, Ordering::Relaxed);
    Ok(())
}

/// Puts back what was there before, at the exit of the process.
pub(crate) fn uninstall() {
    // ORDERING: relaxed, as above.
    if IS_ANY_INSTALLED.load(Ordering::Relaxed) {
        for &signal in &*lock(&INSTALLED) {
            PREVIOUS.restore(signal, handle);
        }
    }
}

/// In a child: the thread is not there, until a runtime that asks for signals is started. The lock is held or was.
pub(super) fn start_anew() {
    THREAD.forget();
    for slot in &SLOTS {
        // ORDERING: relaxed, there is no other thread.
        slot.state.store(IDLE, Ordering::Relaxed);
    }
}

/// Keeps what is installed as it is.
pub(super) fn hold() -> Box<dyn Any> {
    Box::new(lock(&INSTALLED))
}

extern "C" fn handle(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let _errno = Errno::save();
    let Some(slot) = SLOTS.get(signal as usize) else { return };
    if !THREAD.is_there() {
        let is_ours = current(signal).is_ok_and(|now| is(&now, handle));
        if PREVIOUS.call(signal, info, context) == Was::Default && is_ours {
            act_by_default(signal, handle);
        }
        return;
    }
    // ORDERING: acquire, on success, pairs with the release of who was here before, for `info`.
    if slot.state.compare_exchange(IDLE, SAVING, Ordering::Acquire, Ordering::Relaxed).is_ok() {
        // SAFETY: in `SAVING` the slot is ours; the kernel gives a handler of this kind the signal's description.
        slot.info.with_mut(|kept| unsafe { info.cast::<MaybeUninit<libc::siginfo_t>>().copy_to(kept, 1) });
        // ORDERING: relaxed, released by the next line.
        slot.thread.store(thread_id(), Ordering::Relaxed);
        let is_passed = current(signal).is_ok_and(|now| !is(&now, handle));
        // ORDERING: release pairs with `serve`.
        slot.state.store(if is_passed { PASSED } else { ASKED }, Ordering::Release);
        THREAD.ring();
        if is_passed {
            PREVIOUS.call(signal, info, context);
        }
        return;
    }
    // ORDERING: relaxed, a guess that the exchange below checks.
    if slot.state.load(Ordering::Relaxed) == READY {
        // SAFETY: in `READY` the slot was filled. A copy: the slot is free for the next one when the handler is called.
        let mut kept = slot.info.with(|kept| unsafe { *kept });
        // ORDERING: acquire pairs with `serve`, release gives the slot to the next signal.
        if slot.state.compare_exchange(READY, IDLE, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
            PREVIOUS.call(signal, kept.as_mut_ptr(), context);
        }
    }
}

/// What the thread does.
fn serve() {
    for (signal, slot) in (0..).zip(&SLOTS) {
        // ORDERING: acquire pairs with `handle`.
        let state = slot.state.load(Ordering::Acquire);
        if state == ASKED || state == PASSED {
            live::flush(LIMIT);
            act(signal, slot, state);
        }
    }
}

fn act(signal: c_int, slot: &Slot, state: u32) {
    let was = if state == PASSED { Was::Ignored } else { PREVIOUS.was(signal) };
    if was == Was::Handler {
        // ORDERING: relaxed, acquired with the state.
        let thread = slot.thread.load(Ordering::Relaxed);
        // ORDERING: release pairs with `handle`: the flush comes before the handler that was there.
        slot.state.store(READY, Ordering::Release);
        if !send(thread, signal) {
            // That thread has ended: any other will do.
            // SAFETY: the call takes numbers alone.
            unsafe { libc::kill(libc::getpid(), signal) };
        }
        return;
    }
    // ORDERING: release, gives the slot to the next signal.
    slot.state.store(IDLE, Ordering::Release);
    if was == Was::Default {
        act_by_default(signal, handle);
    }
}
