//! How a worker sleeps, and how it is woken without costing those who write while it is awake.
//!
//! # Variables
//!
//! - `state`: `AWAKE` or `ASLEEP`. The sleeper alone sets `ASLEEP`, in [`announce`](Doorbell::announce); it sets
//!   `AWAKE` when it goes on by itself, a ringer when it wakes it. All by swap, so that every
//!   change has its place in one order: with stores, the model checker reports a lost wake-up (see
//!   `loom-tests/README.md`).
//! - `sleeper`: the thread that sleeps here, set by its first `announce`, before its first `ASLEEP`. Behind a lock that
//!   is taken by the sleeper, and by a ringer that makes a system call anyway: another thread may take the sleeper's
//!   place while it is awake.
//!
//! # The race that decided the design
//!
//! The sleeper finds its queues empty and lies down; the ringer puts something into a queue and sees nobody
//! asleep. If the two looks cross, the item lies there until the next one comes. So the sleeper first announces
//! that it will sleep, *then looks at its queues once more*, then parks; the ringer first publishes, then looks
//! at `state`. Between write and look there is a sequentially consistent fence on both sides, so that at
//! least one sees the other. The interface has the second look between two calls that cannot be mistaken:
//!
//! ```text
//!   sleeper                                   ringer
//!   ───────                                   ──────
//!   let announced = bell.announce();          queue.push(item);
//!   if !queue.is_empty() { announced.withdraw() }    bell.ring();
//!   else { announced.park(timeout) }
//! ```
//!
//! A ring while the sleeper is awake is one fence and one load. A park returns early when a stale token of the
//! thread lies about; `state` tells that apart.

use crate::sync::{AtomicU32, Mutex, Ordering, Thread, fence, lock, thread};
use std::time::{Duration, Instant};

const AWAKE: u32 = 0;
const ASLEEP: u32 = 1;

/// Where one thread sleeps, and any thread wakes it.
#[derive(Debug)]
pub(crate) struct Doorbell {
    state: AtomicU32,
    sleeper: Mutex<Option<Thread>>,
}

/// Why a sleep ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Woken {
    /// Someone rang.
    Rung,
    /// The time was up.
    TimedOut,
}

/// A sleep that has been announced: look at everything that you are rung for once more, then
/// [`park`](Self::park) or [`withdraw`](Self::withdraw). Dropping it withdraws.
#[derive(Debug)]
#[must_use = "look at the queues again, then park or withdraw"]
pub(crate) struct Announced<'d> {
    bell: &'d Doorbell,
}

impl Doorbell {
    pub(crate) fn new() -> Self {
        Self { state: AtomicU32::new(AWAKE), sleeper: Mutex::new(None) }
    }

    /// Says that the calling thread is about to sleep. Called by one thread at a time; the one that called it last is
    /// the one that is woken.
    pub(crate) fn announce(&self) -> Announced<'_> {
        {
            let (current, mut sleeper) = (thread::current(), lock(&self.sleeper));
            if sleeper.as_ref().is_none_or(|sleeper| sleeper.id() != current.id()) {
                *sleeper = Some(current);
            }
        }
        // ORDERING: release lets the `ring` that reads it also see `sleeper`.
        self.state.swap(ASLEEP, Ordering::Release);
        // ORDERING: sequentially consistent, between this store and the caller's second look at its queues; pairs
        // with the fence of `ring`.
        fence(Ordering::SeqCst);
        Announced { bell: self }
    }

    /// Wakes the sleeper, if it sleeps or is about to; what the caller published before is then seen by it.
    /// One fence and one load while it is awake; otherwise a system call.
    #[inline]
    pub(crate) fn ring(&self) {
        // ORDERING: sequentially consistent, between what the caller published and this look at `state`; pairs with
        // the fence of `announce`.
        fence(Ordering::SeqCst);
        if self.is_asleep() {
            self.wake();
        }
    }

    /// Whether the sleeper has announced a sleep, perhaps an instant ago and no longer: a hint for those who
    /// can do without a certain answer. Who cannot, calls [`ring`](Self::ring).
    #[inline]
    pub(crate) fn is_asleep(&self) -> bool {
        // ORDERING: relaxed, a hint by itself; in `ring`, the fence before it pairs with that of `announce`.
        self.state.load(Ordering::Relaxed) == ASLEEP
    }

    #[cold]
    #[inline(never)]
    fn wake(&self) {
        // ORDERING: acquire pairs with `announce`, which set `sleeper`; release gives what was published to the park that
        // finds itself woken.
        if self.state.swap(AWAKE, Ordering::AcqRel) == ASLEEP
            && let Some(sleeper) = &*lock(&self.sleeper)
        {
            sleeper.unpark();
        }
    }
}

impl Announced<'_> {
    /// Sleeps until someone rings, or `timeout` is over. `None` sleeps as long as it takes.
    pub(crate) fn park(self, timeout: Option<Duration>) -> Woken {
        let start = Instant::now();
        // ORDERING: acquire pairs with `wake`: the woken sees what the ringer published.
        while self.bell.state.load(Ordering::Acquire) == ASLEEP {
            match timeout.map(|timeout| timeout.saturating_sub(start.elapsed())) {
                None => thread::park(),
                Some(Duration::ZERO) => return Woken::TimedOut,
                Some(left) => thread::park_timeout(left),
            }
        }
        Woken::Rung
    }

    /// Stays awake.
    pub(crate) fn withdraw(self) {}
}

impl Drop for Announced<'_> {
    fn drop(&mut self) {
        // ORDERING: relaxed, nobody reads anything through it: a ringer that still sees `ASLEEP` rings in vain.
        self.bell.state.swap(AWAKE, Ordering::Relaxed);
    }
}
