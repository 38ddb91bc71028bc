//! What others know of a sink: the workers that send it batches, the runtime, its statistics.

use super::OnFull;
use super::desk::Desk;
use super::work::Work;
use crate::account::Account;
use crate::batch::{Batch, SinkId};
use crate::completion::SinkFailure;
use crate::error::{Event, Handler};
use crate::level::Level;
use crate::protocol::flush_cell::FlushCell;
use crate::protocol::lanes::Stage;
use crate::protocol::wake::Doorbell;
use crate::stats::{Recorder, SinkStats};
use crate::sync::{Arc, AtomicBool, AtomicU32, AtomicU64, Mutex, Ordering, lock, thread};
use std::io;
use std::time::Duration;

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
    /// For how long a call of the sink may take, before the sink counts as hanging.
    pub(super) call_limit: Option<Duration>,
    pub(super) desk: Desk<Box<Work>>,
    /// The threads that have served it: the last one does.
    pub(super) servers: Mutex<Vec<thread::JoinHandle<()>>>,
    /// The shutdown's deadline has passed.
    is_abandoned: AtomicBool,
    /// The operating system's id of the thread that serves it: 0 before, [`ENDED`] when it has served to the end.
    server: AtomicU32,
    /// The thread that serves it is ending the process: it will do nothing more.
    is_lost: AtomicBool,
}

/// In the place of a thread's id.
const ENDED: u32 = u32::MAX;

/// Written by the thread that has the sink's [`Work`], but for `shed`, which the workers write. Counts that
/// nobody draws further conclusions from: all relaxed.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(super) records: AtomicU64,
    pub(super) bytes: AtomicU64,
    pub(super) batches: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) failed_syncs: AtomicU64,
    pub(super) retries: AtomicU64,
    pub(super) fallen_back: AtomicU64,
    pub(super) batch_records: Recorder,
    pub(super) batch_bytes: Recorder,
    pub(super) write_latency: Recorder,
    pub(super) sync_latency: Recorder,
    shed: AtomicU64,
}

pub(super) fn add(counter: &AtomicU64, n: u64) {
    // ORDERING: relaxed, a count.
    counter.fetch_add(n, Ordering::Relaxed);
}

fn get(counter: &AtomicU64) -> u64 {
    // ORDERING: relaxed, a count.
    counter.load(Ordering::Relaxed)
}

impl Shared {
    pub(crate) fn new(
        id: SinkId,
        name: Arc<str>,
        layout: usize,
        level: Option<Level>,
        on_full: OnFull,
        call_limit: Option<Duration>,
    ) -> Self {
        Self {
            id,
            name,
            layout,
            level,
            on_full,
            doorbell: Arc::new(Doorbell::new()),
            counts: Counts::default(),
            call_limit,
            desk: Desk::new(),
            servers: Mutex::default(),
            is_abandoned: AtomicBool::new(false),
            server: AtomicU32::new(0),
            is_lost: AtomicBool::new(false),
        }
    }

    pub(crate) fn stats(&self) -> SinkStats {
        SinkStats {
            name: Arc::clone(&self.name),
            records: get(&self.counts.records),
            bytes: get(&self.counts.bytes),
            batches: get(&self.counts.batches),
            failed: get(&self.counts.failed),
            shed: get(&self.counts.shed),
            retries: get(&self.counts.retries),
            fallen_back: get(&self.counts.fallen_back),
            failed_syncs: get(&self.counts.failed_syncs),
            batch_records: self.counts.batch_records.snapshot(),
            batch_bytes: self.counts.batch_bytes.snapshot(),
            write_latency: self.counts.write_latency.snapshot(),
            sync_latency: self.counts.sync_latency.snapshot(),
        }
    }

    /// What a thread that serves the sink is called.
    pub(crate) fn thread_name(&self) -> String {
        format!("ringlog-sink-{}", self.id)
    }

    /// Lets a batch pass the sink by: its records count as failed, and those who wait for them are told at
    /// once.
    pub(crate) fn shed(&self, batch: &Batch, handler: &Handler) {
        let records = batch.records_for(self.id);
        add(&self.counts.shed, records);
        let error = io::Error::new(io::ErrorKind::WouldBlock, "the sink is behind and sheds");
        self.fail(batch, &SinkFailure::new(&self.name, &error));
        batch.finish(self.id, false);
        FlushCell::notify_all(batch.content.covers.iter().map(|cover| cover.account.cell.flush()));
        handler(&Event::Shed { sink: Arc::clone(&self.name), records });
    }

    pub(super) fn fail(&self, batch: &Batch, failure: &SinkFailure) {
        for cover in &batch.content.covers {
            let cell = cover.account.cell.flush();
            cell.fail(self.id, Stage::Written, cover.after, cover.up_to, failure.clone());
        }
    }

    /// Has the sink try nothing again any more: the shutdown's deadline has passed.
    pub(crate) fn abandon(&self) {
        // ORDERING: relaxed, carried by the doorbell.
        self.is_abandoned.store(true, Ordering::Relaxed);
        self.doorbell.ring();
    }

    pub(super) fn is_abandoned(&self) -> bool {
        // ORDERING: relaxed, as in `abandon`.
        self.is_abandoned.load(Ordering::Relaxed)
    }

    /// Says which thread serves it.
    pub(super) fn begin_service(&self) {
        // ORDERING: relaxed, of interest to this thread alone.
        self.server.store(crate::sys::thread_id(), Ordering::Relaxed);
    }

    /// Says that there is nothing more to serve.
    pub(super) fn end_service(&self) {
        // ORDERING: release pairs with `is_gone`: all is written.
        self.server.store(ENDED, Ordering::Release);
    }

    /// Whether this thread serves it. Async-signal-safe.
    pub(crate) fn is_served_by(&self, thread: u32) -> bool {
        // ORDERING: relaxed, if it is so this thread has stored it.
        self.server.load(Ordering::Relaxed) == thread
    }

    /// Says that its thread will do nothing more. Async-signal-safe.
    pub(crate) fn lose(&self) {
        // ORDERING: relaxed, a hint for workers that would wait for it.
        self.is_lost.store(true, Ordering::Relaxed);
    }

    /// Whether its thread is ending the process.
    pub(crate) fn is_lost(&self) -> bool {
        // ORDERING: relaxed, as in `lose`.
        self.is_lost.load(Ordering::Relaxed)
    }

    /// Whether nothing more is to be waited for: it has written all, or its thread is lost. Async-signal-safe.
    pub(crate) fn is_gone(&self) -> bool {
        // ORDERING: acquire pairs with `end_service`.
        self.is_lost() || self.server.load(Ordering::Acquire) == ENDED
    }

    /// Whether every thread that still runs is one that was given up, and waits for the sink to return.
    pub(crate) fn is_served_to_the_end(&self) -> bool {
        lock(&self.servers).last().is_none_or(thread::JoinHandle::is_finished)
    }

    /// Whether no thread of the sink's runs any more.
    pub(crate) fn is_finished(&self) -> bool {
        lock(&self.servers).iter().all(thread::JoinHandle::is_finished)
    }
}
