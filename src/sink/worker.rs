//! The thread of one sink: takes jobs from each worker's queue, writes, and says so.

use super::{OnFull, Sink};
use crate::account::Account;
use crate::batch::{Batch, SinkId};
use crate::completion::{CompletionCell, SinkFailure};
use crate::error::{Event, Handler};
use crate::level::Level;
use crate::protocol::flush_cell::FlushCell;
use crate::protocol::lanes::Stage;
use crate::protocol::wake::{Doorbell, Woken};
use crate::stats::SinkStats;
use crate::sync::{Arc, AtomicU64, Ordering};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// Jobs that wait for a sink, from each worker, at the most.
pub(crate) const QUEUE: usize = 16;

/// How long a sync waits for a record that someone waits for.
const PATIENCE: Duration = Duration::from_millis(1);

/// One thing for a sink to do.
#[derive(Debug)]
pub(crate) enum Job {
    /// Write what is for the sink.
    Write(Arc<Batch>),
    /// These rings' records, up to these positions, passed the sink by.
    Skip(Vec<(Arc<Account>, u64)>),
    /// All that the worker drained before this flush ticket was drawn is in the jobs before.
    Ticket(u64),
    /// No more jobs will come from the worker.
    Stop,
}

/// What others know of a sink.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) id: SinkId,
    pub(crate) name: Arc<str>,
    /// Which of the runtime's layouts its bytes have.
    pub(crate) layout: usize,
    pub(crate) level: Option<Level>,
    pub(crate) on_full: OnFull,
    pub(crate) doorbell: Arc<Doorbell>,
    pub(crate) counts: Counts,
}

/// Written by the sink's thread, but for `shed`, which the workers write. Counts that nobody draws further
/// conclusions from: all relaxed.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    records: AtomicU64,
    bytes: AtomicU64,
    batches: AtomicU64,
    failed: AtomicU64,
    shed: AtomicU64,
}

fn add(counter: &AtomicU64, n: u64) {
    // ORDERING: relaxed, a count.
    counter.fetch_add(n, Ordering::Relaxed);
}

fn get(counter: &AtomicU64) -> u64 {
    // ORDERING: relaxed, a count.
    counter.load(Ordering::Relaxed)
}

impl Shared {
    pub(crate) fn stats(&self) -> SinkStats {
        SinkStats {
            name: Arc::clone(&self.name),
            records: get(&self.counts.records),
            bytes: get(&self.counts.bytes),
            batches: get(&self.counts.batches),
            failed: get(&self.counts.failed),
            shed: get(&self.counts.shed),
        }
    }

    /// Lets a batch pass the sink by: its records count as failed.
    pub(crate) fn shed(&self, batch: &Batch, handler: &Handler) {
        let records = batch.records_for(self.id);
        add(&self.counts.shed, records);
        let error = io::Error::new(io::ErrorKind::WouldBlock, "the sink is behind and sheds");
        self.fail(batch, &SinkFailure::new(&self.name, &error));
        batch.finish(self.id, false);
        handler(&Event::Shed { sink: Arc::clone(&self.name), records });
    }

    fn fail(&self, batch: &Batch, failure: &SinkFailure) {
        for cover in &batch.content.covers {
            cover.account.cell.flush().fail(
                self.id,
                Stage::Written,
                cover.after,
                cover.up_to,
                failure.clone(),
            );
        }
    }
}

/// A sink on its own thread.
pub(crate) struct SinkWorker {
    pub(crate) sink: Box<dyn Sink>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) handler: Handler,
    /// Where flush tickets are given back.
    pub(crate) flushes: &'static CompletionCell,
    /// The position of ticket 0 in that cell.
    pub(crate) first_ticket: u64,
    pub(crate) queues: Vec<Queue>,
    pub(crate) gathered: Vec<u8>,
    /// What was written since the last sync.
    pub(crate) unsynced: Vec<Unsynced>,
}

/// What was written and not synced, of one cell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unsynced {
    cell: &'static CompletionCell,
    /// Up to this position.
    written: u64,
    /// The position that someone waited for when a wait was first seen: the sync comes when it is written, not
    /// before, which would serve nobody, and not for one who came later.
    goal: Option<u64>,
}

/// What one worker sends.
#[derive(Debug)]
pub(crate) struct Queue {
    jobs: rtrb::Consumer<Job>,
    /// The last flush ticket that came through.
    ticket: u64,
    stopped: bool,
}

impl Queue {
    /// A queue, and the end of it that a worker fills.
    pub(crate) fn new() -> (rtrb::Producer<Job>, Self) {
        let (producer, jobs) = rtrb::RingBuffer::new(QUEUE);
        (producer, Self { jobs, ticket: 0, stopped: false })
    }
}

impl SinkWorker {
    /// Runs until every worker has sent [`Job::Stop`], then syncs.
    pub(crate) fn run(mut self) {
        crate::completion::mark_backend_thread();
        while !self.queues.iter().all(|queue| queue.stopped) {
            // What is woken is the user's code, and may panic: that costs nobody else anything.
            let worked = catch_unwind(AssertUnwindSafe(|| self.poll())).unwrap_or(true);
            // One sync serves all who wait by now; who comes during it is served by the next.
            if self.is_sync_wanted() {
                self.sync();
            } else if !worked {
                self.rest();
            }
        }
        self.sync();
    }

    /// Whether anyone waits for stable storage of what is written by now.
    fn is_sync_wanted(&mut self) -> bool {
        let id = self.shared.id;
        let mut wanted = false;
        for unsynced in &mut self.unsynced {
            let cell = unsynced.cell.flush();
            if unsynced.goal.is_none() {
                let position = cell.durable_wanted();
                unsynced.goal = (position > cell.watermark(id, Stage::Durable)).then_some(position);
            }
            wanted |= unsynced.goal.is_some_and(|goal| goal <= unsynced.written);
        }
        wanted
    }

    /// Counts a cell as written up to a position.
    fn note_written(&mut self, cell: &'static CompletionCell, position: u64) {
        match self.unsynced.iter_mut().find(|known| std::ptr::eq(known.cell, cell)) {
            Some(known) => known.written = position,
            None => self.unsynced.push(Unsynced { cell, written: position, goal: None }),
        }
    }

    /// Takes one job from each queue; whether there was any.
    fn poll(&mut self) -> bool {
        let mut any = false;
        for queue in 0..self.queues.len() {
            if let Ok(job) = self.queues[queue].jobs.pop() {
                any = true;
                self.work(queue, job);
            }
        }
        any
    }

    fn work(&mut self, queue: usize, job: Job) {
        match job {
            Job::Write(batch) => self.write(batch),
            Job::Skip(skipped) => {
                for (account, up_to) in skipped {
                    account.cell.flush().complete(self.shared.id, up_to);
                    self.note_written(account.cell, up_to);
                }
            }
            Job::Ticket(ticket) => {
                self.queues[queue].ticket = ticket;
                self.pass_tickets();
            }
            Job::Stop => {
                self.queues[queue].stopped = true;
            }
        }
    }

    /// A flush is through when it has come through every worker.
    fn pass_tickets(&mut self) {
        let passed = self.queues.iter().map(|queue| queue.ticket).min().unwrap_or(0);
        let position = self.first_ticket + passed;
        self.flushes.flush().complete(self.shared.id, position);
        self.note_written(self.flushes, position);
    }

    fn rest(&mut self) {
        let doorbell = Arc::clone(&self.shared.doorbell);
        let rest = doorbell.announce();
        if self.queues.iter().any(|queue| !queue.jobs.is_empty()) || self.is_sync_wanted() {
            rest.withdraw();
        } else if self.unsynced.iter().any(|unsynced| unsynced.goal.is_some()) {
            // Someone waits for a record that is still on its way, or that goes to other sinks alone. In that case
            // none will come, and those who wait for what is written are not to wait longer.
            if rest.park(Some(PATIENCE)) == Woken::TimedOut {
                self.sync();
            }
        } else {
            let _ = rest.park(None);
        }
    }

    fn write(&mut self, batch: Arc<Batch>) {
        let id = self.shared.id;
        let buffer = batch.content.buffers.get(self.shared.layout);
        let (bytes, records) = match buffer {
            Some(buffer) => buffer.for_sink(id, &mut self.gathered),
            None => (&[][..], 0),
        };
        let result = if bytes.is_empty() {
            Ok(())
        } else {
            let sink = &mut self.sink;
            catch_unwind(AssertUnwindSafe(|| sink.write(bytes)))
                .unwrap_or_else(|_| Err(io::Error::other("the sink panicked")))
        };
        let counts = &self.shared.counts;
        match result {
            Ok(()) => {
                add(&counts.records, records);
                add(&counts.bytes, bytes.len() as u64);
                add(&counts.batches, 1);
                batch.finish(id, true);
            }
            Err(error) => {
                add(&counts.failed, records);
                self.shared.fail(&batch, &SinkFailure::new(&self.shared.name, &error));
                batch.finish(id, false);
                let sink = Arc::clone(&self.shared.name);
                (self.handler)(&Event::Write { sink, records, error: Arc::new(error) });
            }
        }
        let covers = &batch.content.covers;
        for cover in covers {
            cover.account.cell.flush().publish(id, Stage::Written, cover.up_to);
        }
        FlushCell::notify_all(covers.iter().map(|cover| cover.account.cell.flush()));
        for cover in covers {
            self.note_written(cover.account.cell, cover.up_to);
        }
    }

    /// Brings what was written to stable storage, and says so to all who wait for that.
    fn sync(&mut self) {
        let (id, sink) = (self.shared.id, &mut self.sink);
        let result = catch_unwind(AssertUnwindSafe(|| sink.sync()))
            .unwrap_or_else(|_| Err(io::Error::other("the sink panicked")));
        if let Err(error) = &result {
            let failure = SinkFailure::new(&self.shared.name, error);
            for &Unsynced { cell, written, .. } in &self.unsynced {
                let durable = cell.flush().watermark(id, Stage::Durable);
                cell.flush().fail(id, Stage::Durable, durable, written, failure.clone());
            }
        }
        for &Unsynced { cell, written, .. } in &self.unsynced {
            cell.flush().publish(id, Stage::Durable, written);
        }
        FlushCell::notify_all(self.unsynced.iter().map(|unsynced| unsynced.cell.flush()));
        self.unsynced.clear();
        if let Err(error) = result {
            let sink = Arc::clone(&self.shared.name);
            (self.handler)(&Event::Sync { sink, error: Arc::new(error) });
        }
    }
}
