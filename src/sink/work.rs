//! What the thread that serves a sink needs and knows: jobs from each worker, how far it has come, and who is told.

use super::Sink;
use super::commits::Commits;
use super::on_error::{OnError, Outage, Retry};
use super::seat::Seat;
use super::shared::{Job, Shared, add};
use crate::account::Account;
use crate::batch::Batch;
use crate::completion::{CompletionCell, SinkFailure};
use crate::error::{Event, Handler};
use crate::protocol::flush_cell::FlushCell;
use crate::protocol::wake::Woken;
use crate::sync::Arc;
use std::io;
use std::thread::yield_now;
use std::time::{Duration, Instant};

/// Jobs that wait for a sink, from each worker, at the most.
pub(crate) const QUEUE: usize = 16;

/// How many batches a sink may hold besides: the one that is being written, and those that it, and the one it falls
/// back to, were lost with.
pub(crate) const IN_HAND: usize = 3;

/// How long a sync waits for a record that someone waits for.
const PATIENCE: Duration = Duration::from_millis(1);

/// All that a server needs and knows, but for the sink while it is called.
pub(crate) struct Work {
    pub(super) shared: Arc<Shared>,
    pub(super) handler: Handler,
    /// Where flush tickets are given back.
    flushes: &'static CompletionCell,
    /// The position of ticket 0 in that cell.
    first_ticket: u64,
    pub(super) queues: Vec<Queue>,
    pub(super) primary: Seat,
    pub(super) fallback: Option<Seat>,
    retry: Option<Retry>,
    /// Since when the sink has failed, if it does.
    outage: Option<Outage>,
    pub(super) commits: Commits,
    /// What the server is within.
    pub(super) doing: Option<Doing>,
}

/// A call of a sink's.
pub(super) enum Doing {
    /// The batch's bytes are being written.
    Write(Arc<Batch>),
    /// They are being written to the fallback, since the sink has failed.
    FallBack(Arc<Batch>, io::Error),
    Sync,
}

/// What one worker sends.
#[derive(Debug)]
pub(crate) struct Queue {
    pub(super) jobs: rtrb::Consumer<Job>,
    /// The last flush ticket that came through.
    pub(super) ticket: u64,
    pub(super) stopped: bool,
}

impl Queue {
    /// A queue, and the end of it that a worker fills.
    pub(crate) fn new() -> (rtrb::Producer<Job>, Self) {
        let (producer, jobs) = rtrb::RingBuffer::new(QUEUE);
        (producer, Self { jobs, ticket: 0, stopped: false })
    }
}

impl Work {
    pub(crate) fn new(
        sink: Box<dyn Sink>,
        on_error: OnError,
        shared: Arc<Shared>,
        handler: Handler,
        flushes: (&'static CompletionCell, u64),
        queues: Vec<Queue>,
    ) -> Self {
        let primary = Seat::new(sink);
        let fallback = on_error.fallback.map(Seat::new);
        let can_sync = primary.can_sync() || fallback.as_ref().is_some_and(Seat::can_sync);
        Self {
            commits: Commits::new(shared.id, can_sync),
            shared,
            handler,
            flushes: flushes.0,
            first_ticket: flushes.1,
            queues,
            primary,
            fallback,
            retry: on_error.retry,
            outage: None,
            doing: None,
        }
    }

    /// Takes in what the sink has written up to a position, and tells those who wait.
    pub(super) fn complete(
        &mut self,
        cell: &'static CompletionCell,
        account: Option<&Arc<Account>>,
        position: u64,
    ) {
        self.commits.note_written(cell, account, position);
        FlushCell::notify_all([cell.flush()]);
    }

    /// A flush is through when it has come through every worker.
    pub(super) fn pass_tickets(&mut self) {
        let passed = self.queues.iter().map(|queue| queue.ticket).min().unwrap_or(0);
        self.complete(self.flushes, None, self.first_ticket + passed);
    }

    /// Waits for something to do. Whether a sync is due: those who wait for what is written are not to wait much longer
    /// for a record that is still on its way.
    pub(super) fn rest(&mut self) -> bool {
        // A group that comes again does so sooner than a core comes out of its sleep.
        while self.commits.is_held_back() {
            if self.has_jobs() || self.commits.sync_due() == Some(Duration::ZERO) {
                return false;
            }
            yield_now();
        }
        let doorbell = Arc::clone(&self.shared.doorbell);
        let rest = doorbell.announce();
        if self.has_jobs() {
            rest.withdraw();
            return false;
        }
        let patience = match self.commits.sync_due() {
            None => self.commits.is_one_awaited().then_some(PATIENCE),
            due => due,
        };
        rest.park(patience) == Woken::TimedOut
    }

    fn has_jobs(&self) -> bool {
        self.queues.iter().any(|queue| !queue.jobs.is_empty())
    }

    /// Waits before a write is tried again.
    fn pause(&self, pause: Duration) {
        let start = Instant::now();
        while !self.shared.is_abandoned() {
            let left = pause.saturating_sub(start.elapsed());
            if left.is_zero() {
                break;
            }
            let rest = self.shared.doorbell.announce();
            if self.shared.is_abandoned() {
                rest.withdraw();
            } else {
                // Workers ring for each batch that they send.
                let _ = rest.park(Some(left));
            }
        }
    }

    /// Whether a failed write is to be tried again; waits until then.
    pub(super) fn is_retried(&mut self, error: &io::Error) -> bool {
        let is_new = self.outage.is_none();
        let retry = self.retry;
        let outage = self.outage.get_or_insert_with(|| Outage::new(retry));
        let Some(pause) = outage.next_pause(retry).filter(|_| !self.shared.is_abandoned()) else {
            return false;
        };
        if is_new {
            let (sink, error) = (Arc::clone(&self.shared.name), copy(error));
            (self.handler)(&Event::Retrying { sink, error: Arc::new(error) });
        }
        add(&self.shared.counts.retries, 1);
        self.pause(pause);
        !self.shared.is_abandoned()
    }

    pub(super) fn end_outage(&mut self) {
        if let Some(outage) = self.outage.take() {
            let sink = Arc::clone(&self.shared.name);
            (self.handler)(&Event::Recovered { sink, after: outage.lasts() });
        }
    }

    /// Counts what became of a batch, and tells those who wait.
    pub(super) fn settle(&mut self, batch: &Arc<Batch>, bytes: u64, records: u64, result: io::Result<()>) {
        let (id, counts) = (self.shared.id, &self.shared.counts);
        batch.finish(id, result.is_ok());
        match &result {
            Ok(()) => {
                add(&counts.records, records);
                add(&counts.bytes, bytes);
                add(&counts.batches, 1);
                counts.batch_records.record(records);
                counts.batch_bytes.record(bytes);
            }
            Err(error) => {
                add(&counts.failed, records);
                self.shared.fail(batch, &SinkFailure::new(&self.shared.name, error));
            }
        }
        let covers = &batch.content.covers;
        for cover in covers {
            self.commits.note_written(cover.account.cell, Some(&cover.account), cover.up_to);
        }
        if let Err(error) = result {
            let sink = Arc::clone(&self.shared.name);
            (self.handler)(&Event::Write { sink, records, error: Arc::new(error) });
        }
        // Last: what is woken is the user's code, and may panic.
        FlushCell::notify_all(covers.iter().map(|cover| cover.account.cell.flush()));
    }

    /// Tells all who wait for stable storage what a sync came to.
    pub(super) fn end_sync(&mut self, result: io::Result<()>, took: Duration) {
        let failure = result.as_ref().err().map(|error| SinkFailure::new(&self.shared.name, error));
        if let Err(error) = result {
            add(&self.shared.counts.failed_syncs, 1);
            let sink = Arc::clone(&self.shared.name);
            (self.handler)(&Event::Sync { sink, error: Arc::new(error) });
        }
        self.commits.settle(failure.as_ref(), took);
    }

    pub(super) fn hangs(&self) -> io::Error {
        let limit = self.shared.call_limit.unwrap_or_default();
        io::Error::new(
            io::ErrorKind::TimedOut,
            format!("the sink has not come back from a call for {limit:?}"),
        )
    }
}

impl std::fmt::Debug for Work {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Work").finish_non_exhaustive()
    }
}

/// An error with the same kind and text.
pub(super) fn copy(error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), error.to_string())
}

/// Why a batch was written neither by a sink nor by its fallback.
pub(super) fn both(first: &io::Error, second: &io::Error) -> io::Error {
    io::Error::new(first.kind(), format!("{first}; the fallback: {second}"))
}
