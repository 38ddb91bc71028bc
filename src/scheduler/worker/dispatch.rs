//! From the worker to its sinks: batches, flush tickets, the end; and waiting for sinks that are behind.

use super::{QUEUE_PAUSE, Worker};
use crate::batch::SinkId;
use crate::sink::OnFull;
use crate::sink::server::relieve;
use crate::sink::shared::Job;
use crate::sync::Ordering;
use crate::sys::nap;
use smallvec::SmallVec;
use std::thread::yield_now;
use std::time::Instant;

impl Worker {
    /// Sends the content to its sinks. Waits for those that are behind, unless they shed.
    pub(super) fn dispatch(&mut self) {
        if self.content.is_empty() {
            return;
        }
        self.serial += 1;
        self.content.seal();
        self.handle.counts.dispatch(&self.content);
        let batch = loop {
            match self.pool.load(&mut self.content) {
                Some(batch) => break batch,
                // Unreachable while each sink holds no more than its queue and those in hand: kept as a wait, since a
                // sink may hold on to a batch for as long as it writes.
                None => self.wait_for_sinks(),
            }
        };
        if batch.content.sinks.is_empty() {
            batch.settle();
            return;
        }
        let mut behind: SmallVec<[SinkId; 4]> = SmallVec::new();
        for &sink in &batch.content.sinks {
            let link = &mut self.links[sink as usize];
            if !link.send_batch(&batch) {
                match link.shared.on_full {
                    OnFull::Backpressure if !link.shared.is_lost() => behind.push(sink),
                    _ => link.shed(&batch, &self.handler),
                }
            }
        }
        while !behind.is_empty() {
            self.wait_for_sinks();
            behind.retain(|sink| !self.links[*sink as usize].send_batch(&batch));
            let lost = behind.iter().position(|&sink| self.links[sink as usize].shared.is_lost());
            if let Some(place) = lost {
                self.links[behind.remove(place) as usize].shed(&batch, &self.handler);
            }
            // ORDERING: acquire, pairs with the release of `Runtime::shutdown_timeout`.
            if self.signals.abandon.load(Ordering::Acquire) {
                for sink in behind.drain(..) {
                    self.links[sink as usize].shed(&batch, &self.handler);
                }
            }
        }
        if self.pool.away() > 1 {
            // A sink may wait for this very core. It takes a batch at a time then, in the place of a whole queue in which the
            // rings fill up.
            yield_now();
        }
    }

    /// Waits a little for sinks that are behind.
    pub(super) fn wait_for_sinks(&self) {
        let start = Instant::now();
        nap(QUEUE_PAUSE);
        self.relieve_sinks();
        self.handle.counts.block(start.elapsed());
    }

    /// Has another thread serve each sink that hangs.
    pub(super) fn relieve_sinks(&self) {
        for link in &self.links {
            relieve(&link.shared);
        }
    }

    /// Passes on flush tickets, and what was shed; whether all of it is in the sinks' queues.
    pub(super) fn deliver_tickets(&mut self) -> bool {
        let mut delivered = true;
        for link in &mut self.links {
            delivered &= link.send_skipped();
            if link.ticket_due > 0 {
                if link.send(Job::Ticket(link.ticket_due)) {
                    link.ticket_due = 0;
                } else {
                    delivered = false;
                }
            }
        }
        delivered
    }

    pub(super) fn stop_sinks(&mut self) {
        for link in &mut self.links {
            while !link.send(Job::Stop) {
                // ORDERING: acquire, pairs with the release of `Runtime::shutdown_timeout`.
                if self.signals.abandon.load(Ordering::Acquire) {
                    break;
                }
                nap(QUEUE_PAUSE);
                relieve(&link.shared);
            }
        }
    }
}
