//! A worker: drains its rings, orders and formats their records, and sends batches to the sinks.
//!
//! One round of [`Worker::run`]:
//!
//! 1. Read the flush ticket, then the clock: the *cutoff*. What was committed before a ticket was drawn, or
//!    happened before a record of before the cutoff, is then seen by the steps below.
//! 2. Take commands: new rings, sinks and loggers.
//! 3. Look at all rings, and format what they hold up to the cutoff, in the order of stamps; not past a thread that is
//!    within a log call, see `protocol::announce`.
//! 4. Send the batch off, if the sinks have nothing else to do, or if there is no more to add to it.
//! 5. Pass the ticket on to each sink, behind the batches, once all is formatted that was logged before it.
//! 6. If nothing was found, wait as the idle strategy says.

mod backtrace;
mod successor;

pub(crate) use successor::Succession;

use super::counts::Counts;
use super::idle::{CLOCK_SLEEP, IdleStrategy, Idler};
use super::link::{Link, SinkLink};
use super::merge::{Merge, Turn};
use super::notice;
use super::pinning::pin;
use super::task::{Head, Taken, Task};
use crate::account::Account;
use crate::batch::{Content, Pool};
use crate::callsite::{Place, Statement};
use crate::clock::Timekeeper;
use crate::encode::Reader;
use crate::error::{Event, Handler};
use crate::layout::Writer as LayoutWriter;
use crate::level::Level;
use crate::logger::{Destination, Plan};
use crate::protocol::intake::Intake;
use crate::protocol::tickets::Tickets;
use crate::protocol::wake::Doorbell;
use crate::record::{Record, ThreadInfo};
use crate::ring::RingConsumer;
use crate::sink::OnFull;
use crate::sink::server::relieve;
use crate::sink::shared::Job;
use crate::sink::work::{IN_HAND, QUEUE};
use crate::sync::{Arc, AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, thread};
use smallvec::SmallVec;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// A batch is sent off when it has grown to so many bytes: large enough that a `write(2)` costs little a
/// byte, small enough that it is still in the cache when the sink reads it.
const BATCH_BYTES: usize = 64 * 1024;

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
        // ORDERING: relaxed, of interest to this thread alone, and to who waits for the end of it.
        self.handle.thread.store(crate::ends::thread_id(), Ordering::Relaxed);
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
        while let Some(logger) = self.tasks[turn.task].next_until(turn.until) {
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

    /// Formats the record that was seen at the head of a ring for each layout that wants it; whether the content is large enough to be
    /// sent off.
    #[inline]
    fn format(&mut self, place: usize) -> bool {
        // SAFETY: the caller has seen a record by `next_until`.
        let taken = unsafe { self.tasks[place].take() };
        let Taken { head, position, sequence, account, thread, context, last_nanos, cover } = taken;
        match head {
            Head::Record { statement, logger, arguments, stamp } => {
                let Some(destination) = self.loggers.get(usize::from(logger)) else { return false };
                let plan = &destination.plans[statement.callsite.place().level as usize];
                *last_nanos = self.clock.unix_nanos(stamp).max(*last_nanos);
                let record = Record {
                    statement,
                    arguments,
                    unix_nanos: *last_nanos,
                    thread,
                    logger: &destination.name,
                    context,
                    sequence,
                };
                if cover.0 != self.serial {
                    *cover = (self.serial, self.content.cover(account, position - 1));
                }
                let words;
                let record = if self.killer.is_some_and(|killer| std::ptr::eq(killer, statement)) {
                    words = notice::text(&killed_text(statement.callsite.place()));
                    Record { statement: &notice::PANICKED, arguments: Reader::new(&words), ..record }
                } else {
                    record
                };
                let mut longest = 0;
                for (done, &layout) in plan.layouts.iter().enumerate() {
                    self.formatting = Some((place, done));
                    let len = write(&mut self.layouts[layout], &record, &mut self.content, layout, plan);
                    longest = longest.max(len);
                }
                self.formatting = None;
                self.content.count(cover.1, position, plan.route);
                longest >= BATCH_BYTES
            }
            Head::Gap { dropped, first, last } => {
                let text =
                    gap_text(dropped, thread, self.clock.unix_nanos(first), self.clock.unix_nanos(last));
                let nanos = self.clock.unix_nanos(first);
                *last_nanos = nanos.max(*last_nanos);
                let (nanos, thread) = (*last_nanos, Arc::clone(thread));
                self.print_notice(&notice::DROPPED, &text, nanos, &thread);
                self.content.len() >= BATCH_BYTES
            }
            Head::Nothing => false,
        }
    }

    /// Goes past a record whose formatting panicked, or `killed` the thread: takes back what it has printed, and says so
    /// instead.
    fn recover(&mut self, killed: bool) {
        let Some((place, done)) = self.formatting.take() else { return };
        // SAFETY: it was taken by `format`, whose caller did not come to `advance`.
        let taken = unsafe { self.tasks[place].take_again() };
        let Taken {
            head: Head::Record { statement, logger, arguments, .. },
            position,
            sequence,
            thread,
            context,
            last_nanos,
            cover,
            ..
        } = taken
        else {
            return;
        };
        let site = *statement.callsite.place();
        let destination = &self.loggers[usize::from(logger)];
        let plan = &destination.plans[site.level as usize];
        self.content.count(cover.1, position, plan.route);
        let unix_nanos = *last_nanos;
        let logger = &destination.name;
        let record = Record { statement, arguments, unix_nanos, thread, logger, context, sequence };
        for &layout in plan.layouts.iter().skip(done) {
            self.content.buffer(layout).take_back();
        }
        if killed {
            self.killer = Some(statement);
        }
        let told = if killed { killed_text(&site) } else { panicked_text(&site) };
        let words = notice::text(&told);
        let instead = Record { statement: &notice::PANICKED, arguments: Reader::new(&words), ..record };
        for (place, &layout) in plan.layouts.iter().enumerate().skip(done) {
            // It may have been this layout alone that panicked.
            if killed
                || place == done
                || !try_write(&mut self.layouts, &record, &mut self.content, layout, plan)
            {
                try_write(&mut self.layouts, &instead, &mut self.content, layout, plan);
            }
        }
        self.handle.counts.fail();
        if !killed {
            (self.handler)(&Event::FormatPanicked { place: site });
        }
        self.tasks[place].advance();
    }

    /// Prints what the worker itself has to say to the sinks of the default logger.
    fn print_notice(
        &mut self,
        statement: &'static Statement,
        text: &str,
        unix_nanos: u64,
        thread: &ThreadInfo,
    ) {
        let Some(destination) = self.loggers.first() else { return };
        let plan = &destination.plans[Level::Warn as usize];
        let words = notice::text(text);
        let arguments = Reader::new(&words);
        let logger = &destination.name;
        let record = Record { statement, arguments, unix_nanos, thread, logger, context: None, sequence: 0 };
        for &layout in &plan.layouts {
            try_write(&mut self.layouts, &record, &mut self.content, layout, plan);
        }
        self.content.join(plan.route);
    }

    /// Tells of drops after which their threads have not logged again.
    fn tell_untold_gaps(&mut self) {
        for place in 0..self.tasks.len() {
            let Some(Taken { head: Head::Gap { dropped, first, last }, thread, last_nanos, .. }) =
                self.tasks[place].take_untold_gap()
            else {
                continue;
            };
            let (first, last) = (self.clock.unix_nanos(first), self.clock.unix_nanos(last));
            *last_nanos = first.max(*last_nanos);
            let (nanos, thread) = (*last_nanos, Arc::clone(thread));
            let text = gap_text(dropped, &thread, first, last);
            self.print_notice(&notice::DROPPED, &text, nanos, &thread);
        }
    }

    /// Sends the content to its sinks. Waits for those that are behind, unless they shed.
    fn dispatch(&mut self) {
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
        let mut behind: SmallVec<[usize; 4]> = SmallVec::new();
        for &sink in &batch.content.sinks {
            let link = &mut self.links[sink as usize];
            if !link.send_batch(&batch) {
                match link.shared.on_full {
                    OnFull::Backpressure if !link.shared.is_lost() => behind.push(sink as usize),
                    _ => link.shed(&batch, &self.handler),
                }
            }
        }
        while !behind.is_empty() {
            self.wait_for_sinks();
            behind.retain(|sink| !self.links[*sink].send_batch(&batch));
            let lost = behind.iter().position(|sink| self.links[*sink].shared.is_lost());
            if let Some(place) = lost {
                self.links[behind.remove(place)].shed(&batch, &self.handler);
            }
            // ORDERING: acquire, pairs with the release of `Runtime::shutdown_timeout`.
            if self.signals.abandon.load(Ordering::Acquire) {
                for sink in behind.drain(..) {
                    self.links[sink].shed(&batch, &self.handler);
                }
            }
        }
    }

    /// Waits a little for sinks that are behind.
    fn wait_for_sinks(&self) {
        let start = Instant::now();
        thread::sleep(QUEUE_PAUSE);
        self.relieve_sinks();
        self.handle.counts.block(start.elapsed());
    }

    /// Has another thread serve each sink that hangs.
    fn relieve_sinks(&self) {
        for link in &self.links {
            relieve(&link.shared);
        }
    }

    /// Passes on flush tickets, and what was shed; whether all of it is in the sinks' queues.
    fn deliver_tickets(&mut self) -> bool {
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

    fn stop_sinks(&mut self) {
        for link in &mut self.links {
            while !link.send(Job::Stop) {
                // ORDERING: acquire, pairs with the release of `Runtime::shutdown_timeout`.
                if self.signals.abandon.load(Ordering::Acquire) {
                    break;
                }
                thread::sleep(QUEUE_PAUSE);
                relieve(&link.shared);
            }
        }
    }
}

/// Appends a record in one layout: how long the layout's buffer is now.
#[inline]
fn write(
    layouter: &mut Box<dyn LayoutWriter>,
    record: &Record<'_>,
    content: &mut Content,
    layout: usize,
    plan: &Plan,
) -> usize {
    let buffer = content.buffer(layout);
    if layouter.write(record, &mut buffer.bytes).is_err() {
        buffer.bytes.extend_from_slice(b" <formatting failed>\n");
    }
    buffer.end_record(plan.route);
    buffer.bytes.len()
}

/// As [`write`], where a panic of the value's or of the layout is to do no harm: whether there was none.
fn try_write(
    layouts: &mut [Box<dyn LayoutWriter>],
    record: &Record<'_>,
    content: &mut Content,
    layout: usize,
    plan: &Plan,
) -> bool {
    let is_written =
        catch_unwind(AssertUnwindSafe(|| write(&mut layouts[layout], record, content, layout, plan))).is_ok();
    if !is_written {
        content.buffer(layout).take_back();
    }
    is_written
}

fn panicked_text(site: &Place) -> String {
    format!("a value logged at {}:{} panicked while it was formatted", site.file, site.line)
}

fn killed_text(site: &Place) -> String {
    format!("a value logged at {}:{} ended the process while it was formatted", site.file, site.line)
}

fn gap_text(dropped: u64, thread: &ThreadInfo, first: u64, last: u64) -> String {
    let name = if thread.name.is_empty() { thread.id.to_string() } else { thread.name.clone() };
    let (first, last) = (crate::layout::rfc3339(first), crate::layout::rfc3339(last));
    format!("dropped {dropped} records of thread {name} between {first} and {last}: ring full")
}
