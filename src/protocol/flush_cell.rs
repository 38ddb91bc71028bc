//! The flush cell: one for each ring, through which any number of records can be waited for.
//!
//! A ring's records have positions 1, 2, 3, …, never reset for the life of the cell, also when the ring gets a
//! new thread: an old completion can never take the new owner's watermark for its own.
//!
//! # Variables
//!
//! - `lanes`: for each sink how far it has come, written by that sink's worker only, in order ([`Lanes`]).
//! - `floor`: everything up to it is settled, whatever the lanes say. Moved on by `close`.
//! - `failures`: what failed, recorded before the lane (or the floor) moves over it.
//! - `waiters`: the stack of those who wait; `cancelled` counts the nodes on it whose waiter has gone.
//!
//! A record is *reached* when each lane of its route (for [`Quorum::Any`]: one that did not fail) is at its
//! position or the record has failed there, or the floor is at it. Lanes, floor and failures only grow, so a record once reached stays reached, and its outcome
//! is worked out on demand by whoever asks: nothing is stored for a record that nobody waits for.
//!
//! # The race that decided the design
//!
//! A waiter pushes its node and looks at the lanes; a sink worker stores its lane and looks at the stack. Were
//! each to see the state before the other's write (which store buffers allow, and acquire and release do not
//! forbid), the waiter would sleep for ever. So both put a sequentially consistent fence between their write and
//! their look: of two such fences one is first, and who passes the second one sees what was written before the
//! first. That is one fence and one load a batch and ring when nobody waits (one fence for many rings, by
//! `publish` and `notify_all`); a swap of the stack's head would cost as much and take the line as well.
//!
//! A settler takes the whole stack, so a second one finds it empty and goes, although its lane may be what a
//! taken waiter lacks. Therefore the settler, when it has pushed back those not yet reached, fences and looks
//! again: not at the nodes, which are no longer its own, but at the lane that each was seen to lack
//! (`settle.rs`). The second settler stored its lane before it looked, so one of the two sees.

use super::failures::Failures;
use super::lanes::{Lanes, SinkId, Stage};
use super::waiters::{Cancel, Chain, Waiter, Waiters};
use super::waker_slot::Registered;
use super::want::{Quorum, Route, Want};
use crate::sync::{Arc, AtomicU64, AtomicUsize, Ordering, fence};
use std::task::{Poll, Waker};

/// The sinks that failed, and why.
pub(crate) type Failed<E> = Vec<(SinkId, E)>;

/// A waiter's end of its node; empty until it first has to wait. Give it back by [`FlushCell::cancel`].
#[derive(Debug, Default)]
pub(crate) struct Registration(pub(crate) Option<Arc<Waiter>>);

/// How many cancelled nodes may lie on the stack before the one who cancels sweeps it.
const SWEEP_AT: usize = 64;

/// Watermarks and waiters of one ring.
#[derive(Debug)]
pub(crate) struct FlushCell<E> {
    // Written by the sink workers.
    pub(super) lanes: Lanes,
    pub(super) floor: AtomicU64,
    // Written by those who wait.
    pub(super) waiters: Waiters,
    pub(super) cancelled: AtomicUsize,
    pub(super) sweep_at: AtomicUsize,
    pub(super) fewest_to_sweep: usize,
    // Written where something failed.
    pub(super) failures: Failures<E>,
}

impl<E: Clone + PartialEq> FlushCell<E> {
    pub(crate) fn new() -> Self {
        Self::with_sweep_at(SWEEP_AT)
    }

    /// A cell that is swept when more than `fewest` cancelled nodes lie on it.
    pub(crate) fn with_sweep_at(fewest: usize) -> Self {
        Self {
            lanes: Lanes::new(),
            floor: AtomicU64::new(0),
            waiters: Waiters::new(),
            cancelled: AtomicUsize::new(0),
            sweep_at: AtomicUsize::new(fewest),
            fewest_to_sweep: fewest,
            failures: Failures::new(),
        }
    }

    /// `sink` has dealt with every record routed to it, up to and with `position`. Called by the sink's worker
    /// alone, with positions that never fall.
    #[allow(dead_code, reason = "the sinks publish for many rings at once")]
    #[inline]
    pub(crate) fn complete(&self, sink: SinkId, position: u64) {
        self.publish(sink, Stage::Written, position);
        self.notify();
    }

    /// `sink` has on stable storage what it wrote up to and with `position`. As [`complete`](Self::complete).
    #[allow(dead_code, reason = "the sinks publish for many rings at once")]
    #[inline]
    pub(crate) fn complete_durable(&self, sink: SinkId, position: u64) {
        self.publish(sink, Stage::Durable, position);
        self.notify();
    }

    /// The first half of `complete`, for batches that cover many rings: [`notify_all`](Self::notify_all) is the second.
    #[inline]
    pub(crate) fn publish(&self, sink: SinkId, stage: Stage, position: u64) {
        self.lanes.store(sink, stage, position);
    }

    /// Wakes those whose records were reached by what the caller published in these cells: one fence for all. How many
    /// were woken.
    pub(crate) fn notify_all<'c>(cells: impl IntoIterator<Item = &'c Self>) -> usize
    where
        E: 'c,
    {
        // ORDERING: sequentially consistent, as in `notify`.
        fence(Ordering::SeqCst);
        cells.into_iter().map(Self::look).sum()
    }

    /// Records that what lies after `after`, up to and with `up_to`, failed in `sink`. Called before the lane, or
    /// the floor, moves over it; where that may take long, [`notify_all`](Self::notify_all) tells those who wait now.
    #[cold]
    pub(crate) fn fail(&self, sink: SinkId, stage: Stage, after: u64, up_to: u64, error: E) {
        self.failures.record(sink, stage, after, up_to, error);
    }

    /// Settles everything up to and with `position`: the ring's thread has ended and all is drained, or the
    /// runtime has shut down. What no sink has written is to be recorded by `fail` before.
    pub(crate) fn close(&self, position: u64) {
        // ORDERING: release pairs with `floor`: who sees it sees the failures recorded before.
        self.floor.fetch_max(position, Ordering::Release);
        self.notify();
    }

    /// Takes back a `close` beyond `position`, the last that was ever given to a record: the cell is to serve another
    /// ring. Nobody else uses the cell but completions of positions up to that, which stay settled.
    pub(crate) fn reopen(&self, position: u64) {
        self.failures.cut(position);
        // ORDERING: release pairs with `floor`: the ring that goes on from there sees the failures cut.
        self.floor.store(position, Ordering::Release);
    }

    /// Up to where everything is settled.
    #[inline]
    pub(crate) fn floor(&self) -> u64 {
        // ORDERING: acquire pairs with `close`.
        self.floor.load(Ordering::Acquire)
    }

    /// How far `sink` has come.
    #[inline]
    pub(crate) fn watermark(&self, sink: SinkId, stage: Stage) -> u64 {
        self.lanes.load(sink, stage)
    }

    /// Asks for `position` on the stable storage of `sink`. Whether the caller has to ring the sink's doorbell: the record is
    /// written already, and the sink worker may have looked at [`durable_wanted`](Self::durable_wanted) before it fell
    /// asleep. Where it is not, the sink worker looks there once more when it has written it.
    pub(crate) fn want_durable(&self, sink: SinkId, position: u64) -> bool {
        self.lanes.want(sink, position);
        // ORDERING: sequentially consistent, between the wish and the look at the watermark. It pairs with the fence of
        // `Doorbell::announce`, which the sink worker passes between its watermark and its last look at the wish.
        fence(Ordering::SeqCst);
        self.watermark(sink, Stage::Written) >= position
    }

    /// The highest position that anyone has asked to be durable in `sink`. A sink worker with `durable < wanted` and
    /// `durable < written` has something to sync; it looks after each batch, and between announcing
    /// its sleep and sleeping.
    pub(crate) fn durable_wanted(&self, sink: SinkId) -> u64 {
        self.lanes.wanted(sink)
    }

    /// How many nodes lie on the stack, with no one else at it. For tests: it takes them off and puts them back.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        let mut chain = Chain::new();
        self.waiters.take_all().for_each(|waiter| chain.append(waiter));
        let count = chain.len();
        self.waiters.push(chain);
        count
    }

    /// Whether the record has its outcome.
    #[inline]
    pub(crate) fn is_reached(&self, position: u64, route: &Route, want: Want) -> bool {
        self.lacks(position, route, want, |_| {}).is_none()
    }

    /// The record's outcome, if it has one.
    pub(crate) fn outcome(&self, position: u64, route: &Route, want: Want) -> Poll<Result<(), Failed<E>>> {
        if !self.is_reached(position, route, want) {
            return Poll::Pending;
        }
        if !self.failures.any() {
            return Poll::Ready(Ok(()));
        }
        let failed = self.failures.of(route.sinks(), want.stage(), position);
        let enough = match want.quorum() {
            Quorum::All => failed.is_empty(),
            Quorum::Any => failed.is_empty() || failed.len() < route.sinks().len(),
        };
        Poll::Ready(if enough { Ok(()) } else { Err(failed) })
    }

    /// The record's outcome; while there is none, `waker` is woken when there is. Allocates a node on the first
    /// call that has to wait. `registration` belongs to this record, from its first poll to its last.
    pub(crate) fn poll(
        &self,
        position: u64,
        route: &'static Route,
        want: Want,
        registration: &mut Registration,
        waker: &Waker,
    ) -> Poll<Result<(), Failed<E>>> {
        let outcome = self.outcome(position, route, want);
        let outcome = match &registration.0 {
            _ if outcome.is_ready() => outcome,
            None => {
                let waiter = Arc::new(Waiter::new(position, route, want));
                let mut chain = Chain::new();
                chain.append(Arc::clone(&waiter));
                // Nobody else can be at the slot of a node that is not on the stack.
                let _: Registered = waiter.slot.register(waker);
                registration.0 = Some(waiter);
                self.waiters.push(chain);
                // ORDERING: sequentially consistent, between our push and our look at the lanes; pairs with the
                // fences of `notify` and `settle`.
                fence(Ordering::SeqCst);
                self.outcome(position, route, want)
            }
            Some(waiter) => match waiter.slot.register(waker) {
                // The node is on the stack, or in the hands of a settler that will look again. A waker that was taken
                // before is an outcome seen now, by way of the slot; one taken later is ours.
                Registered::Stored | Registered::Woken => self.outcome(position, route, want),
                Registered::Contended => {
                    waker.wake_by_ref();
                    Poll::Pending
                }
            },
        };
        if outcome.is_ready() {
            self.cancel(registration);
        }
        outcome
    }

    /// Ends a registration: its waker is dropped and will not be woken by this cell any more, unless a settler
    /// is just doing so.
    pub(crate) fn cancel(&self, registration: &mut Registration) {
        let Some(waiter) = registration.0.take() else { return };
        // ORDERING: relaxed, `Waiter::cancel` releases it to the settler that counts down. Counted first, so that the
        // count never falls below zero.
        let before = self.cancelled.fetch_add(1, Ordering::Relaxed);
        match waiter.cancel() {
            Cancel::Cancelled => {
                drop(waiter.slot.take());
                drop(waiter);
                // ORDERING: relaxed, a rule of thumb.
                if before >= self.sweep_at.load(Ordering::Relaxed) {
                    self.settle();
                }
            }
            Cancel::WasSettled => {
                // ORDERING: relaxed, a count.
                self.cancelled.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }

    /// Wakes those whose records have been reached. Comes after every store to a lane or to the floor.
    #[inline]
    fn notify(&self) {
        // ORDERING: sequentially consistent, between our store and our look at the stack; pairs with the fences
        // of `poll` and `settle`.
        fence(Ordering::SeqCst);
        self.look();
    }

    #[inline]
    fn look(&self) -> usize {
        if self.waiters.is_empty() { 0 } else { self.settle() }
    }
}
