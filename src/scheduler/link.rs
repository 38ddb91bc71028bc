//! A worker's way to one sink.

use crate::account::Account;
use crate::batch::Batch;
use crate::error::Handler;
use crate::layout::Writer as LayoutWriter;
use crate::sink::shared::{Job, Shared};
use crate::sync::Arc;

/// A sink as the runtime hands it to a worker.
pub(crate) struct SinkLink {
    pub(crate) shared: Arc<Shared>,
    pub(crate) jobs: rtrb::Producer<Job>,
    /// Makes bytes for the sink, and for all others with the same layout.
    pub(crate) layout: Box<dyn LayoutWriter>,
}

impl std::fmt::Debug for SinkLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SinkLink").field("shared", &self.shared).finish_non_exhaustive()
    }
}

/// A sink, and the jobs that have not found room in its queue.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) shared: Arc<Shared>,
    jobs: rtrb::Producer<Job>,
    pub(super) ticket_due: u64,
    /// What was shed since the last job: the sink has to be told how far it has not come.
    skipped: Vec<(Arc<Account>, u64)>,
}

impl Link {
    pub(super) fn new(shared: Arc<Shared>, jobs: rtrb::Producer<Job>, ticket_due: u64) -> Self {
        Self { shared, jobs, ticket_due, skipped: Vec::new() }
    }

    pub(super) fn send_batch(&mut self, batch: &Arc<Batch>) -> bool {
        self.send_skipped() && self.send(Job::Write(Arc::clone(batch)))
    }

    /// Tells the sink of what was shed, in its place between the batches.
    pub(super) fn send_skipped(&mut self) -> bool {
        if self.skipped.is_empty() {
            return true;
        }
        if self.jobs.is_full() {
            return false;
        }
        let skipped = std::mem::take(&mut self.skipped);
        self.send(Job::Skip(skipped))
    }

    pub(super) fn shed(&mut self, batch: &Batch, handler: &Handler) {
        for cover in &batch.content.covers {
            match self.skipped.iter_mut().find(|(account, _)| Arc::ptr_eq(account, &cover.account)) {
                Some((_, up_to)) => *up_to = cover.up_to,
                None => self.skipped.push((Arc::clone(&cover.account), cover.up_to)),
            }
        }
        self.shared.shed(batch, handler);
    }

    pub(super) fn send(&mut self, job: Job) -> bool {
        let sent = self.jobs.push(job).is_ok();
        if sent {
            self.shared.doorbell.ring();
        }
        sent
    }
}
