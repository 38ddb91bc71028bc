//! A thread's end of the pipeline: its registration, the log call, and what happens when the ring is full.
//!
//! A thread owns one [`Producer`] for each runtime that it logs to. The fast path ([`Producer::log`]) knows the
//! ring's room as a plain field and touches only memory that no other thread writes. What remains is out of line:
//! wrapping, waiting, dropping, long records, and a change of the ring's owner.
//!
//! When a thread ends, its ring goes back to the registry as it is, records and all. The next thread that
//! registers takes it over, and says so by a record of [`Kind::Thread`]: the worker never has to know.

mod registry;
mod scratch;

pub(crate) use registry::Registry;
pub(crate) use scratch::{prepare_scratch, with_text};

use crate::account::Account;
use crate::callsite::Statement;
use crate::clock::ClockSource;
use crate::completion::{Completion, CompletionCell};
use crate::context::{self, Chain};
use crate::encode::{Unit, Writer};
use crate::level::Level;
use crate::protocol::wake::Doorbell;
use crate::protocol::want::Route;
use crate::record::{FRAME_WORDS, Header, Kind, ThreadInfo};
use crate::ring::RingProducer;
use crate::sync::{Arc, Ordering};
use crossbeam_utils::Backoff;
use std::cell::Cell;
use std::time::{Duration, Instant};

/// What a log call does when its thread's ring is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overflow {
    /// Waits until the worker has made room. Nothing is lost.
    #[default]
    Block,
    /// Drops the new record, and says in the log, in its place in time, how many were dropped. Never waits.
    DropNewest,
}

/// Records that were dropped since the last one that was not.
#[derive(Clone, Copy, Debug)]
struct Gap {
    first_stamp: u64,
    last_stamp: u64,
    /// Of all drops in the ring's life.
    total: u64,
}

/// What became of a log call.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub(crate) enum Logged {
    /// It is in the ring.
    At(Position),
    /// The ring was full, and the record is dropped and counted.
    Dropped,
    /// The runtime has shut down, and the record is counted as lost.
    Closed,
}

/// Where a record stands in the life of its ring.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Position {
    position: u64,
    cell: &'static CompletionCell,
    default_routes: &'static Routes,
}

/// The sinks that records of each level go to.
pub(crate) type Routes = [&'static Route; Level::COUNT];

impl Position {
    /// What tells when the record is written by the sinks of a route. Touches no memory.
    #[inline(always)]
    pub(crate) fn completion(self, route: &'static Route) -> Completion {
        Completion::new(self.cell, self.position, route)
    }

    /// As [`completion`](Self::completion), for the sinks of the default logger.
    #[inline(always)]
    pub(crate) fn completion_of_default(self, level: Level) -> Completion {
        self.completion(self.default_routes[level as usize])
    }
}

/// A thread's end of its ring.
#[derive(Debug)]
pub(crate) struct Producer {
    ring: RingProducer,
    account: Arc<Account>,
    clock: ClockSource,
    last_stamp: Cell<u64>,
    overflow: Overflow,
    gap: Option<Gap>,
    /// The thread, until the worker has been told of it.
    new_owner: Option<Arc<ThreadInfo>>,
    /// The context that the worker has been told of. Kept, so that no other comes to lie at its address.
    told_context: Option<Arc<Chain>>,
    default_routes: &'static Routes,
    registry: Arc<Registry>,
}

impl Drop for Producer {
    /// Leaves the ring to the next thread.
    fn drop(&mut self) {
        // A ring of the smallest size takes its place; it is never written.
        let (spare, _) = crate::ring::ring(0);
        let ring = std::mem::replace(&mut self.ring, spare);
        self.registry.take_back(ring, Arc::clone(&self.account));
    }
}

impl Producer {
    fn new(
        ring: RingProducer,
        account: Arc<Account>,
        overflow: Overflow,
        default_routes: &'static Routes,
        thread: Arc<ThreadInfo>,
        registry: Arc<Registry>,
    ) -> Self {
        let mut producer = Self {
            ring,
            account,
            clock: registry.clock.clone(),
            last_stamp: Cell::new(0),
            overflow,
            gap: None,
            new_owner: Some(thread),
            told_context: None,
            default_routes,
            registry,
        };
        producer.introduce();
        // The thread may be in a context already.
        producer.context_changed();
        producer
    }

    /// Has the next log call see which context it is in.
    pub(crate) fn context_changed(&mut self) {
        self.ring.forget_room();
    }

    pub(crate) fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// The log call: reads the clock, writes the record and hands it over, if the ring is known to have room.
    /// Wait-free; allocates nothing and makes no system call (under `Clock::Tsc` and `Clock::Coarse`).
    ///
    /// `text` is what the units were prepared with.
    #[inline(always)]
    pub(crate) fn log<U: Unit>(
        &mut self,
        statement: &'static Statement,
        logger: u16,
        units: &U,
        text: &[u8],
    ) -> Option<Position> {
        let words = FRAME_WORDS + units.words();
        let record = self.ring.reserve(words)?;
        let position = self.account.attempt();
        let stamp = self.clock.stamp(&self.last_stamp);
        // SAFETY: `words` words are reserved from `record` on, the frame and what the units asked for.
        unsafe {
            write_frame(record, statement, stamp, Header::new(words, logger, Kind::Inline));
            units.encode(text, &mut Writer::new(record.add(FRAME_WORDS)));
            self.ring.commit(words);
        }
        Some(self.at(position))
    }

    #[inline(always)]
    fn at(&self, position: u64) -> Position {
        Position { position, cell: self.account.cell, default_routes: self.default_routes }
    }

    /// The log call where the ring has to be looked at, or the record is too long for it.
    #[cold]
    #[inline(never)]
    pub(crate) fn log_slow(
        &mut self,
        statement: &'static Statement,
        logger: u16,
        units: &dyn ErasedUnit,
        text: &[u8],
    ) -> Logged {
        let position = self.account.attempt();
        let long = FRAME_WORDS + units.words() > self.ring.max_record();
        let words = if long { FRAME_WORDS + 2 } else { FRAME_WORDS + units.words() };
        let Some(record) = self.make_room(words) else {
            return self.give_up();
        };
        let kind = if long { Kind::Boxed } else { Kind::Inline };
        // SAFETY: `words` words are reserved from `record` on: the frame and the arguments, or the frame and
        // where the arguments are.
        unsafe {
            let mut arguments = Writer::new(record.add(FRAME_WORDS));
            if long {
                let boxed = encode_boxed(units, text);
                self.account.box_one();
                arguments.word(boxed.as_ptr().expose_provenance() as u64);
                arguments.word(boxed.len() as u64);
                std::mem::forget(boxed);
            } else {
                units.encode(text, &mut arguments);
            }
            let stamp = self.clock.stamp(&self.last_stamp);
            write_frame(record, statement, stamp, Header::new(words, logger, kind));
            self.ring.commit(words);
        }
        Logged::At(self.at(position))
    }

    /// Room for a record of `words` words, behind what must stand before it. Waits under `Overflow::Block`.
    fn make_room(&mut self, words: usize) -> Option<*mut u64> {
        if !self.introduce_waiting() {
            return None;
        }
        if self.gap.is_some() && !self.tell_gap() {
            return None;
        }
        if !self.tell_context() {
            return None;
        }
        match self.try_room(words) {
            Some(room) => Some(room),
            None if self.overflow == Overflow::Block => self.wait_for_room(words),
            None => None,
        }
    }

    /// Looks for room, and wakes the worker when it sleeps and the ring is more than half full.
    fn try_room(&mut self, words: usize) -> Option<*mut u64> {
        let room = self.ring.reserve_slow(words);
        if self.ring.used() > self.ring.capacity() / 2 {
            self.doorbell().ring();
        }
        room
    }

    fn doorbell(&self) -> &Doorbell {
        // ORDERING: relaxed, whoever drains the ring sees its records by the ring's own indices.
        &self.registry.bells.workers[self.account.worker.load(Ordering::Relaxed)]
    }

    #[cold]
    fn wait_for_room(&mut self, words: usize) -> Option<*mut u64> {
        let start = Instant::now();
        let backoff = Backoff::new();
        let room = loop {
            if let Some(room) = self.try_room(words) {
                break Some(room);
            }
            if self.registry.is_closed() {
                break None;
            }
            if backoff.is_completed() {
                // The worker may need this very core.
                crate::sync::thread::sleep(Duration::from_micros(20));
            } else {
                backoff.snooze();
            }
        };
        self.account.block(start.elapsed().as_nanos() as u64);
        room
    }

    /// Counts the record that finds no room.
    fn give_up(&mut self) -> Logged {
        let stamp = self.clock.stamp(&self.last_stamp);
        let total = self.account.drop_one(stamp, self.gap.is_none());
        let first_stamp = self.gap.map_or(stamp, |gap| gap.first_stamp);
        self.gap = Some(Gap { first_stamp, last_stamp: stamp, total });
        // The next call has to come by here, to tell of the gap first.
        self.ring.forget_room();
        if self.registry.is_closed() { Logged::Closed } else { Logged::Dropped }
    }

    /// Writes how many records were dropped, where the next one will stand.
    fn tell_gap(&mut self) -> bool {
        let Some(gap) = self.gap else { return true };
        let told = self.control_record(Kind::Dropped, gap.first_stamp, [gap.total, gap.last_stamp]);
        if told {
            self.gap = None;
        }
        told
    }

    /// Tells the worker whose records follow, if the ring has room for that.
    fn introduce(&mut self) -> bool {
        let Some(thread) = self.new_owner.take() else { return true };
        let stamp = self.clock.stamp(&self.last_stamp);
        let pointer = Arc::into_raw(thread);
        let told = self.control_record(Kind::Thread, stamp, [pointer.expose_provenance() as u64, 0]);
        if !told {
            // SAFETY: the pointer is that of `into_raw` above, and nobody else has got it.
            self.new_owner = Some(unsafe { Arc::from_raw(pointer) });
            self.ring.forget_room();
        }
        told
    }

    fn introduce_waiting(&mut self) -> bool {
        if self.new_owner.is_some() && self.overflow == Overflow::Block {
            self.wait_for_room(FRAME_WORDS + 2);
        }
        self.introduce()
    }

    /// Tells the worker which context the records that follow are in, if that is another than those before were in.
    /// Waits for room under `Overflow::Block`. What could not be told, the next call tells: it comes by here too, as
    /// this one's record is dropped.
    fn tell_context(&mut self) -> bool {
        let Ok(current) = context::current() else { return true };
        if context::same(current.as_ref(), self.told_context.as_ref()) {
            return true;
        }
        if self.overflow == Overflow::Block {
            self.wait_for_room(FRAME_WORDS + 2);
        }
        let stamp = self.clock.stamp(&self.last_stamp);
        let pointer = current.clone().map_or(std::ptr::null(), Arc::into_raw);
        let told = self.control_record(Kind::Context, stamp, [pointer.expose_provenance() as u64, 0]);
        if told {
            self.told_context = current;
        } else if !pointer.is_null() {
            // SAFETY: the pointer is that of `into_raw` above, and nobody else has got it.
            drop(unsafe { Arc::from_raw(pointer) });
        }
        told
    }

    /// Writes a record that is no log record, if there is room.
    fn control_record(&mut self, kind: Kind, stamp: u64, arguments: [u64; 2]) -> bool {
        let words = FRAME_WORDS + arguments.len();
        let Some(record) = self.try_room(words) else { return false };
        // SAFETY: `words` words are reserved from `record` on.
        unsafe {
            let mut writer = Writer::new(record);
            writer.word(0);
            writer.word(stamp);
            writer.word(Header::new(words, 0, kind).word());
            for argument in arguments {
                writer.word(argument);
            }
            self.ring.commit(words);
        }
        true
    }
}

/// # Safety
///
/// There is room for [`FRAME_WORDS`] words at `record`.
#[inline(always)]
unsafe fn write_frame(record: *mut u64, statement: &'static Statement, stamp: u64, header: Header) {
    // SAFETY: the caller vouches for the room.
    unsafe {
        let mut frame = Writer::new(record);
        frame.word(std::ptr::from_ref(statement).expose_provenance() as u64);
        frame.word(stamp);
        frame.word(header.word());
    }
}

#[cold]
fn encode_boxed(units: &dyn ErasedUnit, text: &[u8]) -> Box<[u64]> {
    let mut words = vec![0; units.words()].into_boxed_slice();
    // SAFETY: the slice has the room that the units ask for.
    unsafe { units.encode(text, &mut Writer::new(words.as_mut_ptr())) };
    words
}

/// A [`Unit`] behind a pointer, so that the slow path is there once and not once for each statement.
pub(crate) trait ErasedUnit {
    fn words(&self) -> usize;

    /// # Safety
    ///
    /// As for [`Unit::encode`].
    unsafe fn encode(&self, text: &[u8], writer: &mut Writer);
}

impl<U: Unit> ErasedUnit for U {
    fn words(&self) -> usize {
        Unit::words(self)
    }

    unsafe fn encode(&self, text: &[u8], writer: &mut Writer) {
        // SAFETY: passed on from the caller.
        unsafe { Unit::encode(self, text, writer) }
    }
}
