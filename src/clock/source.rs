//! A producer's side of the clock: the stamp that a log call puts into its record.

use super::counter;
use super::sample::wall_nanos;
use crate::sync::{Arc, AtomicU64, Ordering};
use crossbeam_utils::CachePadded;
use std::cell::Cell;
use std::fmt;
use std::hint::{cold_path, unreachable_unchecked};

/// A user's clock: unix nanoseconds.
pub(super) type CustomFn = dyn Fn() -> u64 + Send + Sync;

/// Where stamps come from. Each producer holds one; a clone costs at most a count.
#[derive(Clone)]
pub(crate) enum ClockSource {
    /// Ticks of the CPU's counter.
    Tsc,
    /// The same, read in program order.
    TscFenced,
    /// The word that the worker publishes: unix nanoseconds, alone on its cache line, never lowered.
    Coarse(Arc<CachePadded<AtomicU64>>),
    /// The system's wall clock.
    System,
    /// The user's.
    Custom(Arc<CustomFn>),
}

/// A clock of which a stamp takes a few instructions, and none of the user's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum QuickClock {
    /// The default, which the code of a log call is laid out for.
    Tsc,
    Other,
}

impl ClockSource {
    /// The stamp of a record that is written now. `last` is the calling thread's own (zero at first) and
    /// takes part only where the clock may go back: one thread's stamps never do.
    ///
    /// Wait-free, no allocation; a system call only for `System` where the kernel has no vDSO.
    #[inline(always)]
    pub(crate) fn stamp(&self, last: &Cell<u64>) -> u64 {
        if matches!(self, Self::Tsc) {
            return counter::ticks();
        }
        // Laid out aside, which costs a coarse clock a jump, and spares the counter a comparison.
        cold_path();
        match self {
            // ORDERING: relaxed, pairs with the store in `ClockKeeper::publish`: the word is a time and guards
            // nothing, and loads of one word by one thread never go back.
            Self::Coarse(word) => word.load(Ordering::Relaxed),
            Self::TscFenced => counter::ticks_after_loads(),
            _ => self.read_and_clamp(last),
        }
    }

    /// Which of the quick clocks it is, if it is one.
    pub(crate) fn quick(&self) -> Option<QuickClock> {
        match self {
            Self::Tsc => Some(QuickClock::Tsc),
            Self::Coarse(_) | Self::TscFenced => Some(QuickClock::Other),
            Self::System | Self::Custom(_) => None,
        }
    }

    /// As [`stamp`](Self::stamp), by one who knows already which clock it is.
    ///
    /// # Safety
    ///
    /// It is [this one](Self::quick).
    #[inline(always)]
    pub(crate) unsafe fn quick_stamp(&self, clock: QuickClock) -> u64 {
        match (clock, self) {
            (QuickClock::Tsc, _) => counter::ticks(),
            // ORDERING: relaxed, as in `stamp`.
            (QuickClock::Other, Self::Coarse(word)) => word.load(Ordering::Relaxed),
            (QuickClock::Other, Self::TscFenced) => counter::ticks_after_loads(),
            // SAFETY: the caller says that there is no such case.
            (QuickClock::Other, _) => unsafe { unreachable_unchecked() },
        }
    }

    /// The clocks that cost a call, out of line so that a log statement stays short.
    #[inline(never)]
    fn read_and_clamp(&self, last: &Cell<u64>) -> u64 {
        match self {
            Self::Custom(clock) => clamped(clock(), last),
            _ => clamped(wall_nanos(), last),
        }
    }
}

impl fmt::Debug for ClockSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tsc => "Tsc",
            Self::TscFenced => "TscFenced",
            Self::Coarse(_) => "Coarse",
            Self::System => "System",
            Self::Custom(_) => "Custom",
        })
    }
}

/// Never below the thread's last.
#[inline]
fn clamped(now: u64, last: &Cell<u64>) -> u64 {
    last.set(now.max(last.get()));
    last.get()
}
