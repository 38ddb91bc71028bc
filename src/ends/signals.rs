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

use super::disposition::{Errno, Previous, SIGNALS, Was, act_by_default, current, is, send};
use super::{live, thread_id};
use crate::error::StartError;
use crate::sync::{AtomicBool, AtomicPtr, AtomicU32, Mutex, Ordering, UnsafeCell, lock, thread};
use std::any::Any;
use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::time::{Duration, Instant};

/// How long workers and sinks are waited for.
const LIMIT: Duration = Duration::from_secs(5);
const THREAD: &str = "ringlog-signals";

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
/// What the thread sleeps on; null while there is none.
static BELL: AtomicPtr<libc::sem_t> = AtomicPtr::new(std::ptr::null_mut());
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
    start_thread()?;
    for &signal in signals {
        PREVIOUS
            .install(signal, handle)
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
    // ORDERING: relaxed, there is no other thread.
    BELL.store(std::ptr::null_mut(), Ordering::Relaxed);
    for slot in &SLOTS {
        // ORDERING: relaxed, as above.
        slot.state.store(IDLE, Ordering::Relaxed);
    }
}

/// Keeps what is installed as it is.
pub(super) fn hold() -> Box<dyn Any> {
    Box::new(lock(&INSTALLED))
}

/// Under the lock of what is installed.
fn start_thread() -> Result<(), StartError> {
    // ORDERING: relaxed, under the lock.
    if !BELL.load(Ordering::Relaxed).is_null() {
        return Ok(());
    }
    let bell = Box::into_raw(Box::new(MaybeUninit::<libc::sem_t>::zeroed())).cast::<libc::sem_t>();
    // SAFETY: the semaphore is writable; it is leaked, so that a handler may use it at any time.
    unsafe { libc::sem_init(bell, 0, 0) };
    let bell = Bell(bell);
    let pointer = bell.0;
    let started = thread::Builder::new().name(THREAD.to_owned()).spawn(move || serve(&bell));
    // ORDERING: release pairs with `handle`: the semaphore is made.
    BELL.store(pointer, Ordering::Release);
    match started {
        Ok(_) => Ok(()),
        Err(source) => {
            // ORDERING: relaxed, null holds nothing to be seen.
            BELL.store(std::ptr::null_mut(), Ordering::Relaxed);
            Err(StartError::Thread { name: THREAD.to_owned(), source })
        }
    }
}

struct Bell(*mut libc::sem_t);

// SAFETY: semaphores are made to be used by several threads.
unsafe impl Send for Bell {}

extern "C" fn handle(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let _errno = Errno::save();
    let Some(slot) = SLOTS.get(signal as usize) else { return };
    // ORDERING: acquire pairs with `start_thread`.
    let bell = BELL.load(Ordering::Acquire);
    if bell.is_null() {
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
        // SAFETY: the semaphore is never freed. `sem_post` is async-signal-safe.
        unsafe { libc::sem_post(bell) };
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

/// The thread's life.
fn serve(bell: &Bell) {
    block_all();
    loop {
        // SAFETY: the semaphore is never freed. What interrupts the wait has the slots looked at in vain.
        unsafe { libc::sem_wait(bell.0) };
        for (signal, slot) in (0..).zip(&SLOTS) {
            // ORDERING: acquire pairs with `handle`.
            let state = slot.state.load(Ordering::Acquire);
            if state == ASKED || state == PASSED {
                flush();
                act(signal, slot, state);
            }
        }
    }
}

/// A signal for the process must not come to a thread that nobody knows of.
fn block_all() {
    let mut all = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: the set is writable, and filled before it is read.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        for fatal in super::crash::FATAL {
            libc::sigdelset(all.as_mut_ptr(), fatal);
        }
        libc::pthread_sigmask(libc::SIG_BLOCK, all.as_ptr(), std::ptr::null_mut());
    }
}

fn flush() {
    let start = Instant::now();
    let runtimes = live::all();
    let flushes: Vec<_> = runtimes.iter().map(|runtime| runtime.flush_all().durable()).collect();
    for flush in flushes {
        // A sink that failed was told to the error handler.
        let _ = flush.wait_timeout(LIMIT.saturating_sub(start.elapsed()));
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
