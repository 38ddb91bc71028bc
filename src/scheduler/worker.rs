//! A worker: drains its rings, orders and formats their records, and sends batches to the sinks.
//!
//! One round of [`Worker::run`]:
//!
//! 1. Read the flush ticket, then the clock: the *cutoff*. What was committed before a ticket was drawn, or
//!    happened before a record of before the cutoff, is then seen by the steps below.
//! 2. Take commands: new rings, sinks and loggers.
//! 3. Look at all rings, and format what they hold up to the cutoff, in the order of stamps; not past a thread that is
//!    within a log call, see `protocol::handover`.
//! 4. Send the batch off, if the sinks have nothing else to do, or if there is no more to add to it.
//! 5. Pass the ticket on to each sink, behind the batches, once all is formatted that was logged before it.
//! 6. If nothing was found, wait as the idle strategy says.

mod backtrace;
mod dispatch;
mod format;
mod plain;
mod successor;

pub(crate) use successor::Succession;

use plain::Stop;

use super::counts::Counts;
use super::idle::{CLOCK_SLEEP, IdleStrategy, Idler};
use super::link::{Link, SinkLink};
use super::merge::{Merge, Turn};
use super::pinning::pin;
use super::task::Task;
use crate::account::Account;
use crate::batch::{Content, Pool};
use crate::callsite::Statement;
use crate::clock::Timekeeper;
use crate::error::{Event, Handler};
use crate::layout::Writer as LayoutWriter;
use crate::logger::Destination;
use crate::protocol::intake::Intake;
use crate::protocol::tickets::Tickets;
use crate::protocol::wake::Doorbell;
use crate::ring::RingConsumer;
use crate::sink::work::{IN_HAND, QUEUE};
use crate::sync::{Arc, AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// A batch is sent off when it has grown to so many bytes: large enough that a `write(2)` costs little a
/// byte, small enough that it is still in the cache when the sink reads it.
const BATCH_BYTES: usize = 256 * 1024;

/// How long a worker sleeps between two looks at a full sink queue.
const QUEUE_PAUSE: Duration = Duration::from_micros(20);

/// What the runtime sends to a worker.
#[derive(Debug)]
pub(crate) enum Command {
    /// Drain one more ring.
    Ring(RingConsumer, Arc<Account>),
    /// There is one more sink; sinks come in the order of their ids.
    Sink(SinkLink),
    /// There is one more logger; loggers come in the order of their ids.
    Logger(Arc<Destination>),
    /// Drain what the rings hold, stop the sinks, and end.
    Stop,
}

/// What others know of a worker.
#[derive(Debug)]
pub(crate) struct Handle {
    pub(crate) intake: Intake<Command>,
    pub(crate) doorbell: Arc<Doorbell>,
    /// How many rings it drains.
    pub(crate) rings: AtomicUsize,
    pub(crate) counts: Counts,
    /// The operating system's id of its thread, as long as it runs.
    pub(crate) thread: AtomicU32,
    /// The last flush ticket that it has passed on to all sinks.
    pub(crate) passed: AtomicU64,
    /// The worker itself, as long as its thread runs.
    worker: AtomicPtr<Worker>,
    succession: AtomicU32,
}

impl Handle {
    pub(crate) fn new() -> Self {
        Self {
            intake: Intake::new(),
            doorbell: Arc::new(Doorbell::new()),
            rings: AtomicUsize::new(0),
            counts: Counts::default(),
            thread: AtomicU32::new(0),
            passed: AtomicU64::new(0),
            worker: AtomicPtr::new(std::ptr::null_mut()),
            succession: AtomicU32::new(0),
        }
    }

    /// Whether the worker has handed over to the sinks all that the ticket was drawn for, or has ended, or runs on the
    /// thread `but`. Async-signal-safe.
    pub(crate) fn is_past(&self, ticket: u64, but: u32) -> bool {
        // ORDERING: acquire pairs with `Worker::run`: what it has handed over is there.
        let thread = self.thread.load(Ordering::Acquire);
        // ORDERING: acquire pairs with `Worker::round`, as above.
        thread == but || thread == 0 || self.passed.load(Ordering::Acquire) >= ticket
    }
}

/// What all workers of a runtime share.
#[derive(Debug)]
pub(crate) struct Signals {
    /// The flush tickets that were drawn.
    pub(crate) tickets: Tickets,
    /// The shutdown's deadline has passed: wait for no sink any more.
    pub(crate) abandon: AtomicBool,
    /// For how long a thread within a log call may hold up younger records of others.
    pub(crate) hold: Duration,
}

/// A worker's own state.
pub(crate) struct Worker {
    index: usize,
    core: Option<usize>,
    handle: Arc<Handle>,
    signals: Arc<Signals>,
    handler: Handler,
    clock: Timekeeper,
    idler: Idler,
    tasks: Vec<Task>,
    merge: Merge,
    links: Vec<Link>,
    /// By layout.
    layouts: Vec<Box<dyn LayoutWriter>>,
    loggers: Vec<Arc<Destination>>,
    content: Content,
    /// Which content this is, from 1.
    serial: u64,
    pool: Pool,
    /// The last ticket that was taken.
    asked: u64,
    /// The last ticket that was passed on.
    ticket: u64,
    /// The last ticket that all sinks have got.
    passed: u64,
    stopping: bool,
    /// The task whose record is being formatted, and how many of its layouts are done.
    formatting: Option<(usize, usize)>,
    /// The statement of a value that has killed the worker's thread: none of it is formatted again.
    killer: Option<&'static Statement>,
}

impl Worker {
    pub(crate) fn new(
        index: usize,
        core: Option<usize>,
        idle: IdleStrategy,
        clock: Timekeeper,
        handle: Arc<Handle>,
        signals: Arc<Signals>,
        handler: Handler,
    ) -> Self {
        Self {
            index,
            core,
            handle,
            signals,
            handler,
            idler: Idler::new(idle, clock.is_polled().then_some(CLOCK_SLEEP)),
            clock,
            tasks: Vec::new(),
            merge: Merge::default(),
            links: Vec::new(),
            layouts: Vec::new(),
            loggers: Vec::new(),
            content: Content::default(),
            serial: 1,
            // Being filled, being loaded.
            pool: Pool::new(2),
            asked: 0,
            ticket: 0,
            passed: 0,
            stopping: false,
            formatting: None,
            killer: None,
        }
    }

    /// Runs until [`Command::Stop`].
    pub(crate) fn run(mut self) {
        crate::completion::mark_backend_thread();
        let _alternate_stack = crate::ends::AlternateStack::install();
        // ORDERING: relaxed, of interest to this thread alone, and to who waits for the end of it.
        self.handle.thread.store(crate::sys::thread_id(), Ordering::Relaxed);
        if let Some(core) = self.core
            && !pin(core)
        {
            (self.handler)(&Event::NotPinned { worker: self.index, core });
        }
        let handle = Arc::clone(&self.handle);
        let worker = &raw mut self;
        // ORDERING: release pairs with `Handle::succeed`.
        handle.worker.store(worker, Ordering::Release);
        // SAFETY: it is a local variable, used by this reference alone from here on, as long as the thread lives.
        let worker = unsafe { &mut *worker };
        // What a round calls of the user's is caught where it is called; this is for what was overlooked.
        while !catch_unwind(AssertUnwindSafe(|| worker.round())).unwrap_or(false) {}
        worker.stop_sinks();
        // ORDERING: relaxed, only a thread that dies before this line looks at it, or has another look at it.
        handle.worker.store(std::ptr::null_mut(), Ordering::Relaxed);
        // ORDERING: release pairs with `Handle::is_past`.
        handle.thread.store(0, Ordering::Release);
    }

    /// One round; whether it was the last.
    fn round(&mut self) -> bool {
        let ticket = self.signals.tickets.latest();
        // A stop that this round takes makes the next one the last: what was logged before it may be younger than
        // the cutoff of this one.
        let stopping = self.stopping;
        if let Some(event) = self.clock.tick() {
            (self.handler)(&Event::ClockStepped(event));
        }
        let cutoff = self.clock.cutoff();
        let commanded = self.take_commands();
        if self.asked == self.ticket && ticket > self.ticket {
            self.asked = ticket;
            self.tasks.iter_mut().for_each(Task::begin_flush);
        }
        let found = self.pass(cutoff, stopping);
        let is_flushed = self.asked > self.ticket && (stopping || self.tasks.iter().all(Task::is_flushed));
        let due = is_flushed || stopping;
        if due || (!found && self.idler.is_settling()) {
            self.tell_untold_gaps();
        }
        if due || !found || self.pool.away() == 0 {
            self.dispatch();
        }
        if is_flushed {
            self.ticket = self.asked;
            for link in &mut self.links {
                link.ticket_due = self.ticket;
            }
        }
        let delivered = self.deliver_tickets();
        if delivered && std::mem::replace(&mut self.passed, self.ticket) != self.ticket {
            // ORDERING: release pairs with `Handle::is_past`: what was handed over comes before.
            self.handle.passed.store(self.ticket, Ordering::Release);
        }
        self.relieve_sinks();
        if found || commanded || due || !delivered {
            self.idler.reset();
        }
        if !found && self.merge.is_held(cutoff) {
            self.idler.linger();
        } else if !found && !self.stopping {
            let Self { idler, handle, tasks, signals, ticket, .. } = self;
            idler.wait(&handle.doorbell, || {
                signals.tickets.latest() > *ticket
                    || !handle.intake.is_empty()
                    || tasks.iter_mut().any(|task| task.refresh() > 0)
            });
        }
        stopping
    }

    /// Takes new rings, sinks and loggers in; whether there were any.
    fn take_commands(&mut self) -> bool {
        let mut any = false;
        for command in self.handle.intake.take_all() {
            any = true;
            match command {
                Command::Ring(ring, account) => self.tasks.push(Task::new(ring, account)),
                Command::Sink(link) => self.add_sink(link),
                Command::Logger(destination) => self.loggers.push(destination),
                Command::Stop => self.stopping = true,
            }
        }
        any
    }

    fn add_sink(&mut self, link: SinkLink) {
        let SinkLink { shared, jobs, layout } = link;
        if shared.layout == self.layouts.len() {
            self.layouts.push(layout);
        }
        self.pool.extend(QUEUE + IN_HAND);
        // A flush that began before the sink was there need not wait for it.
        self.links.push(Link::new(shared, jobs, self.ticket));
    }

    /// Formats what the rings hold, up to the cutoff; whether there was anything.
    fn pass(&mut self, cutoff: u64, stopping: bool) -> bool {
        // What is missing when the worker stops is never written.
        self.merge.refresh(&mut self.tasks, (!stopping).then_some(cutoff));
        let found = self.drain(cutoff);
        if !found && self.merge.is_held(cutoff) {
            self.pass_overdue();
        }
        // A record from the future was stamped before the clock was set back: there is no use in waiting.
        if self.merge.oldest().is_some_and(|stamp| stamp > self.clock.now()) {
            return self.drain(u64::MAX) || found;
        }
        found
    }

    /// Waits no more for threads that have been within a log call for long, or while a ring fills up: order costs no
    /// record.
    #[cold]
    fn pass_overdue(&mut self) {
        let now = Instant::now();
        let at_once = self.tasks.iter_mut().any(Task::is_half_full);
        for task in &mut self.tasks {
            if task.pass(now, self.signals.hold, at_once) {
                self.handle.counts.exceed_hold();
            }
        }
    }

    fn drain(&mut self, cutoff: u64) -> bool {
        let mut found = false;
        while let Some(turn) = self.merge.next(cutoff) {
            found = true;
            // A value's `Display` may panic. What the unwinding leaves behind is known: see `recover`.
            while catch_unwind(AssertUnwindSafe(|| self.take_turn(turn))).is_err() {
                self.recover(false);
            }
            let task = &mut self.tasks[turn.task];
            task.release();
            self.merge.put_back(turn.task, task);
        }
        found
    }

    /// Formats one ring's records until another ring's are older.
    fn take_turn(&mut self, turn: Turn) {
        loop {
            let logger = match self.format_plain(turn) {
                Stop::TurnOver => return,
                Stop::Full => {
                    self.dispatch();
                    continue;
                }
                Stop::NotPlain(logger) => logger,
            };
            if usize::from(logger) >= self.loggers.len() {
                // It was made after this round took its commands, and before the record was logged.
                self.take_commands();
            }
            let backtrace = self.loggers.get(usize::from(logger)).and_then(|logger| logger.backtrace);
            let is_full = match backtrace {
                None => self.format(turn.task),
                Some(backtrace) => self.format_or_keep(turn.task, logger, backtrace),
            };
            self.tasks[turn.task].advance();
            if is_full {
                self.dispatch();
            }
        }
    }
}
