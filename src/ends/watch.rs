//! A runtime as a signal handler sees it: what it asks, and how it finds out that it was done. All by atomics.

use super::successor;
use crate::completion::CompletionCell;
use crate::protocol::lanes::Stage;
use crate::scheduler::{Handle, Signals, Succession};
use crate::sink::shared::Shared;
use crate::sync::{Arc, AtomicBool, AtomicU32, AtomicU64, OnceLock, Ordering};
use crate::sys::thread_id;

/// How often in a row a sink that cannot be asked must be found asleep before it counts as idle.
const CALM: u32 = 3;

/// Whether the thread that asks may yet go on as what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Last {
    /// It may: a handler of the user's may make good what was wrong.
    No,
    /// Whatever it was, it does nothing more.
    Words,
}

/// A runtime, as signal handlers see it.
#[derive(Debug)]
pub(crate) struct Watch {
    signals: Arc<Signals>,
    flushes: &'static CompletionCell,
    /// The position of ticket 0 in that cell.
    first_ticket: u64,
    workers: Box<[Arc<Handle>]>,
    sinks: Sinks,
    /// The ticket that was taken last.
    asked: AtomicU64,
    /// A worker asks, and cannot do its part.
    is_worker_lost: AtomicBool,
    /// How often in a row all sinks were found asleep.
    calm: AtomicU32,
}

/// A list that grows at its end, and is read without a lock.
#[derive(Debug, Default)]
struct Sinks(OnceLock<Box<Sink>>);

#[derive(Debug)]
struct Sink {
    shared: Arc<Shared>,
    next: Sinks,
}

impl Sinks {
    fn iter(&self) -> impl Iterator<Item = &Shared> {
        std::iter::successors(self.0.get(), |sink| sink.next.0.get()).map(|sink| &*sink.shared)
    }
}

impl Watch {
    pub(crate) fn new(
        signals: Arc<Signals>,
        flushes: (&'static CompletionCell, u64),
        workers: Box<[Arc<Handle>]>,
    ) -> Self {
        let (flushes, first_ticket) = flushes;
        Self {
            signals,
            flushes,
            first_ticket,
            workers,
            sinks: Sinks::default(),
            asked: AtomicU64::new(0),
            is_worker_lost: AtomicBool::new(false),
            calm: AtomicU32::new(0),
        }
    }

    /// Adds a sink. By one thread at a time.
    pub(crate) fn add_sink(&self, shared: Arc<Shared>) {
        let mut end = &self.sinks;
        while let Some(sink) = end.0.get() {
            end = &sink.next;
        }
        end.0.get_or_init(|| Box::new(Sink { shared, next: Sinks::default() }));
    }

    /// Asks the workers and sinks to write all that was logged before, but for what the calling thread itself would have to
    /// do. Async-signal-safe: they poll for tickets, at least every 20 ms. By one thread at a time.
    pub(super) fn ask(&self, last: Last) {
        let me = thread_id();
        let mine = self.workers.iter().find(|worker| {
            // ORDERING: relaxed, the calling thread's own stores at most.
            worker.thread.load(Ordering::Relaxed) == me
        });
        // ORDERING: relaxed, read by `is_drained` on this thread.
        self.is_worker_lost.store(mine.is_some(), Ordering::Relaxed);
        // ORDERING: relaxed, as above.
        self.calm.store(0, Ordering::Relaxed);
        if last == Last::Words {
            self.sinks.iter().filter(|sink| sink.is_served_by(me)).for_each(Shared::lose);
        }
        // ORDERING: relaxed, as above.
        self.asked.store(self.signals.tickets.take(), Ordering::Relaxed);
        if let (Some(worker), Last::Words) = (mine, last) {
            successor::ask(worker);
        }
    }

    /// Whether a thread is one of the runtime's workers, or serves one of its sinks. Async-signal-safe.
    pub(super) fn is_run_by(&self, thread: u32) -> bool {
        // ORDERING: relaxed, the calling thread's own stores at most.
        self.workers.iter().any(|worker| worker.thread.load(Ordering::Relaxed) == thread)
            || self.sinks.iter().any(|sink| sink.is_served_by(thread))
    }

    fn is_succeeded(&self, me: u32) -> bool {
        self.workers.iter().any(|worker| {
            // ORDERING: relaxed, the calling thread's own store at most.
            worker.thread.load(Ordering::Relaxed) == me && worker.succession() == Succession::UnderWay
        })
    }

    /// Whether they have. Async-signal-safe. By the thread that has asked.
    pub(super) fn is_drained(&self) -> bool {
        // ORDERING: relaxed, this thread's own store, or none.
        let ticket = self.asked.load(Ordering::Relaxed);
        // ORDERING: relaxed, as above.
        let is_worker_lost = self.is_worker_lost.load(Ordering::Relaxed);
        let me = thread_id();
        if self
            .sinks
            .iter()
            .all(|sink| sink.is_gone() || sink.is_served_by(me) || self.has_written(sink, ticket))
        {
            return true;
        }
        if !is_worker_lost || self.is_succeeded(me) {
            return false;
        }
        // A flush comes through every worker or is none: look at what the other workers have handed over, and wait until
        // the sinks have nothing to do.
        let is_idle = self.workers.iter().all(|worker| worker.is_past(ticket, me))
            && self
                .sinks
                .iter()
                .all(|sink| sink.is_gone() || sink.is_served_by(me) || sink.doorbell.is_asleep());
        // ORDERING: relaxed, this thread's own count.
        let calm = if is_idle { self.calm.load(Ordering::Relaxed) + 1 } else { 0 };
        // ORDERING: relaxed, as above.
        self.calm.store(calm, Ordering::Relaxed);
        calm >= CALM
    }

    fn has_written(&self, sink: &Shared, ticket: u64) -> bool {
        self.flushes.flush().watermark(sink.id, Stage::Written) >= self.first_ticket + ticket
    }
}
