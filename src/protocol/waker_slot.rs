//! A slot for one waker, which may be replaced while another thread wakes it.
//!
//! # Variables
//!
//! `waker` is guarded by `state`, which both sides change by read-modify-write only:
//!
//! ```text
//!                  begin_register                       finish_register
//!            ┌────────────────────────▶ REGISTERING ───────────────────────┐
//!            │                               │ begin_take                  ▼
//!   IDLE ────┤                               ▼                            IDLE
//!            │                     REGISTERING|WAKING ──────────────────▶
//!            │                               finish_register: the registrant takes its own waker back out
//!            └────────────────────────▶ WAKING ────────────────────────▶ IDLE
//!                    begin_take                        finish_take
//! ```
//!
//! - `IDLE`: nobody touches `waker`.
//! - `REGISTERING`: the registrant alone touches it.
//! - `WAKING`: the taker that found `IDLE` alone touches it.
//! - `REGISTERING|WAKING`: still the registrant's; a taker came and left the wake to it.
//!
//! # The race that decided the design
//!
//! A taker that comes while a waker is being stored can neither take it (half written) nor go away in silence (a
//! lost wake-up). So it leaves its mark and goes; the registrant finds the mark when it is done, takes the waker
//! back out and says [`Registered::Woken`]: its caller looks at the condition again. Neither side ever waits.
//!
//! What the taker did before `take` is visible to a registrant that `take` did not see: both go through
//! `state`, and of two read-modify-writes one reads the other's.

use crate::sync::{AtomicU8, Ordering, UnsafeCell};
use std::task::Waker;

const IDLE: u8 = 0;
const REGISTERING: u8 = 0b01;
const WAKING: u8 = 0b10;

/// A slot for one waker.
#[derive(Debug)]
pub(crate) struct WakerSlot {
    state: AtomicU8,
    waker: UnsafeCell<Option<Waker>>,
}

// SAFETY: `waker` is reached only by the one side that `state` names, and `Waker` is `Send` and `Sync`.
unsafe impl Send for WakerSlot {}
// SAFETY: as above.
unsafe impl Sync for WakerSlot {}

/// What became of a waker that was to be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Registered {
    /// It lies in the slot: the next `take` gets it. Look at the condition once more.
    Stored,
    /// A `take` came meanwhile: the slot is empty, and the condition has to be looked at again.
    Woken,
    /// Another registration is under way; this one did nothing.
    Contended,
}

#[must_use]
enum BeginRegister {
    Mine,
    Waking,
    Contended,
}

#[must_use]
enum FinishRegister {
    Stored,
    WakeCame,
}

#[must_use]
enum BeginTake {
    Mine,
    LeftToOther,
}

impl WakerSlot {
    /// An empty slot.
    pub(crate) fn new() -> Self {
        Self { state: AtomicU8::new(IDLE), waker: UnsafeCell::new(None) }
    }

    /// Puts a clone of `waker` in the slot, in the place of an earlier one. Wait-free.
    pub(crate) fn register(&self, waker: &Waker) -> Registered {
        // Cloned before and dropped after, since a waker's code is the user's: it may panic, or come back here.
        let fresh = waker.clone();
        match self.begin_register() {
            BeginRegister::Mine => {}
            BeginRegister::Waking => return Registered::Woken,
            BeginRegister::Contended => return Registered::Contended,
        }
        // SAFETY: `begin_register` said that the slot is ours.
        let old = self.waker.with_mut(|slot| unsafe { (*slot).replace(fresh) });
        let outcome = match self.finish_register() {
            FinishRegister::Stored => Registered::Stored,
            FinishRegister::WakeCame => Registered::Woken,
        };
        drop(old);
        outcome
    }

    /// Takes the waker out, if there is one and no one else is at it. Wait-free.
    ///
    /// After `None`, a registrant that was storing one meanwhile learns of this call.
    pub(crate) fn take(&self) -> Option<Waker> {
        match self.begin_take() {
            BeginTake::Mine => {}
            BeginTake::LeftToOther => return None,
        }
        // SAFETY: `begin_take` said that the slot is ours.
        let waker = self.waker.with_mut(|slot| unsafe { (*slot).take() });
        self.finish_take();
        waker
    }

    fn begin_register(&self) -> BeginRegister {
        // ORDERING: acquire pairs with `finish_take` (the slot was emptied before we fill it) and with
        // `begin_take` (a registrant that comes after a wake sees the condition that it was about).
        match self.state.compare_exchange(IDLE, REGISTERING, Ordering::Acquire, Ordering::Acquire) {
            Ok(_) => BeginRegister::Mine,
            Err(WAKING) => BeginRegister::Waking,
            Err(_) => BeginRegister::Contended,
        }
    }

    fn finish_register(&self) -> FinishRegister {
        // ORDERING: release hands the waker to `begin_take`; on failure, acquire pairs with the `begin_take`
        // whose mark we found, so the caller sees the condition that it was about.
        match self.state.compare_exchange(REGISTERING, IDLE, Ordering::Release, Ordering::Acquire) {
            Ok(_) => FinishRegister::Stored,
            Err(_) => {
                // SAFETY: the state has REGISTERING set: the slot is still ours.
                let waker = self.waker.with_mut(|slot| unsafe { (*slot).take() });
                // ORDERING: release hands the empty slot to the next `begin_register` or `begin_take`; acquire, and a
                // swap in place of a store, so that the caller also sees what a second taker left its mark for.
                self.state.swap(IDLE, Ordering::AcqRel);
                drop(waker);
                FinishRegister::WakeCame
            }
        }
    }

    fn begin_take(&self) -> BeginTake {
        // ORDERING: acquire pairs with `finish_register`, which filled the slot; release gives what the taker
        // did before to the registrant that finds the mark or comes later.
        match self.state.fetch_or(WAKING, Ordering::AcqRel) {
            IDLE => BeginTake::Mine,
            _ => BeginTake::LeftToOther,
        }
    }

    fn finish_take(&self) {
        // ORDERING: release hands the empty slot to the next `begin_register`. A swap, since a store would cut off
        // the release sequence of a second taker that found us here and left.
        self.state.swap(IDLE, Ordering::Release);
    }
}
