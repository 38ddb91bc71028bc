//! The slow half of the flush cell: waking those who wait.
//!
//! A settler takes the whole stack of waiters, wakes the reached, lets go of the cancelled, puts the rest back,
//! and looks once more at what they lacked. [`flush_cell`](super::flush_cell) tells the protocol.

use super::flush_cell::FlushCell;
use super::lanes::{SinkId, Stage};
use super::waiters::{Chain, Resolve};
use super::want::{Quorum, Route, Want};
use crate::sync::{Ordering, fence};
use std::panic::{AssertUnwindSafe, catch_unwind};

impl<E: Clone + PartialEq> FlushCell<E> {
    /// Takes all waiters, wakes the reached, lets go of the cancelled, and puts the rest back. How many were woken.
    #[cold]
    #[inline(never)]
    pub(super) fn settle(&self) -> usize {
        let mut reached = Chain::new();
        loop {
            let mut rest = Chain::new();
            let mut lacking = Lacking::new(self.failures.recorded());
            for waiter in self.waiters.take_all() {
                if waiter.is_cancelled() {
                    self.forget();
                } else if let Some(floor) = self.lacks(waiter.position, waiter.route, waiter.want, |sink| {
                    lacking.note(sink, waiter.want.stage(), waiter.position);
                }) {
                    lacking.floor = lacking.floor.min(floor);
                    rest.append(waiter);
                } else {
                    match waiter.resolve() {
                        Resolve::Resolved => reached.append(waiter),
                        Resolve::WasCancelled => self.forget(),
                    }
                }
            }
            // A sweep walks all nodes, so the next one waits until half of them would go.
            // ORDERING: relaxed, a rule of thumb.
            self.sweep_at.store(rest.len().max(self.fewest_to_sweep), Ordering::Relaxed);
            if rest.is_empty() {
                break;
            }
            self.waiters.push(rest);
            // ORDERING: sequentially consistent, between our push and our look at the lanes; pairs with the
            // fence of `notify`.
            fence(Ordering::SeqCst);
            if !lacking.is_met(self) {
                break;
            }
        }
        let count = reached.len();
        // Woken last: a waker is the user's code.
        wake_all(&mut reached);
        count
    }

    /// `None` if the record is reached. Else names the lanes that it lacks to `lack` (for all sinks, one of them is
    /// enough to keep it waiting) and returns the floor that would do in their place.
    pub(super) fn lacks(
        &self,
        position: u64,
        route: &Route,
        want: Want,
        mut lack: impl FnMut(SinkId),
    ) -> Option<u64> {
        let stage = want.stage();
        let is_behind =
            |sink| self.lanes.load(sink, stage) < position && !self.failures.contains(sink, stage, position);
        let is_lacking = match want.quorum() {
            Quorum::All => {
                route.sinks().iter().copied().find(|&sink| is_behind(sink)).map(&mut lack).is_some()
            }
            Quorum::Any => self.lacks_any(position, route, stage, &mut lack),
        };
        (is_lacking && self.floor() < position).then_some(position)
    }

    /// Each lane is looked at once: one that came between two looks would be missed by both.
    fn lacks_any(&self, position: u64, route: &Route, stage: Stage, lack: &mut impl FnMut(SinkId)) -> bool {
        let mut is_lacking = false;
        for &sink in route.sinks() {
            let is_behind = self.lanes.load(sink, stage) < position;
            if self.failures.contains(sink, stage, position) {
                continue;
            }
            if !is_behind {
                return false;
            }
            lack(sink);
            is_lacking = true;
        }
        is_lacking
    }

    fn forget(&self) {
        // ORDERING: relaxed, a count; `Waiter::is_cancelled` acquired what `cancel` had counted.
        self.cancelled.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What the waiters that a settler pushed back were seen to lack: for each lane the lowest position.
struct Lacking {
    lanes: Vec<(SinkId, Stage, u64)>,
    floor: u64,
    /// How many failures were recorded before they were looked at.
    failures: u64,
}

impl Lacking {
    fn new(failures: u64) -> Self {
        Self { lanes: Vec::new(), floor: u64::MAX, failures }
    }

    fn note(&mut self, sink: SinkId, stage: Stage, position: u64) {
        match self.lanes.iter_mut().find(|lane| (lane.0, lane.1) == (sink, stage)) {
            Some(lane) => lane.2 = lane.2.min(position),
            None => self.lanes.push((sink, stage, position)),
        }
    }

    /// Whether some of it has come meanwhile.
    fn is_met<E: Clone + PartialEq>(&self, cell: &FlushCell<E>) -> bool {
        cell.floor() >= self.floor
            || cell.failures.recorded() != self.failures
            || self.lanes.iter().any(|&(sink, stage, position)| cell.watermark(sink, stage) >= position)
    }
}

/// Wakes the resolved nodes, the oldest registration last. A waker is the user's code: when it panics, that costs nobody
/// else anything.
fn wake_all(reached: &mut Chain) {
    for waiter in reached {
        if let Some(waker) = waiter.slot.take() {
            let _ = catch_unwind(AssertUnwindSafe(|| waker.wake()));
        }
    }
}
