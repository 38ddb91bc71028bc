//! A thread's end of the pipeline: its registration, the log call, and what happens when the ring is full.
//!
//! A thread owns one [`Producer`] for each runtime that it logs to. A log call [begins](Producer::begin_quickly) if two plain
//! fields say that there is room, and [ends](Producer::finish_quickly) with its record committed: both touch only memory that no
//! other thread writes. What remains is out of line, and never sees the arguments: wrapping, waiting, dropping, and a
//! change of the ring's owner, all in [`Producer::make_room`]; and long records, whose room lies on the heap.
//!
//! When a thread ends, its ring goes back to the registry as it is, records and all. The next thread that
//! registers takes it over, and says so by a record of [`Kind::Thread`]: the worker never has to know.

mod begun;
mod context;
mod registry;
mod room;
mod scratch;

use begun::Begun;
pub(crate) use begun::Quick;
use registry::Idle;
pub(crate) use registry::{Registry, hold};
pub(crate) use scratch::{prepare_scratch, with_text};

use crate::account::Account;
use crate::callsite::Statement;
use crate::clock::{ClockSource, QuickClock};
use crate::completion::{Completion, CompletionCell};
use crate::context::Chain;
use crate::encode::Writer;
use crate::level::Level;
use crate::protocol::want::Route;
use crate::record::{FRAME_WORDS, HEADER_WORD, Header, Kind, STAMP_WORD, ThreadInfo};
use crate::ring::{RingProducer, claim_ahead};
use crate::sync::Arc;
use std::cell::Cell;
use std::hint::cold_path;

/// What a log call does when its thread's ring is full.
///
/// ```
/// use ringlog::{Builder, Overflow, sink};
///
/// let nothing_is_lost = Builder::new().overflow(Overflow::Block).sink(sink::Null::new());
/// let nobody_waits = Builder::new().overflow(Overflow::DropNewest).sink(sink::Null::new());
/// # let _ = (nothing_is_lost, nobody_waits);
/// ```
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
pub(crate) struct Gap {
    first_stamp: u64,
    last_stamp: u64,
    /// Of all drops in the ring's life.
    total: u64,
}

/// What a record takes that has two words beside its frame: an address and a length, or two counts.
const LONG_WORDS: usize = FRAME_WORDS + 2;

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
#[repr(C)]
pub(crate) struct Producer {
    // What a log call reads comes first, to be in one cache line: see `entry::within`.
    cell: &'static CompletionCell,
    default_routes: &'static Routes,
    /// How many log calls were made in the ring's life: the position of the last one's record.
    position: u64,
    ring: RingProducer,
    clock: ClockSource,
    last_stamp: Cell<u64>,
    account: Arc<Account>,
    overflow: Overflow,
    gap: Option<Gap>,
    /// The gap that the ring's former thread has left untold. The worker may know of it by now.
    left_gap: Option<Gap>,
    /// The thread, until the worker has been told of it.
    new_owner: Option<Arc<ThreadInfo>>,
    /// The context that the worker has been told of. Kept, so that no other comes to lie at its address.
    told_context: Option<Arc<Chain>>,
    /// Where a record is written that is too long for the ring.
    long: Option<Box<[u64]>>,
    registry: Arc<Registry>,
}

/// Why a log call found no room.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refused {
    /// The ring was full, and the record is dropped and counted.
    Full,
    /// The runtime has shut down, and the record is counted as lost.
    Closed,
}

impl From<Refused> for Logged {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Full => Self::Dropped,
            Refused::Closed => Self::Closed,
        }
    }
}

impl Drop for Producer {
    /// Leaves the ring to the next thread.
    fn drop(&mut self) {
        // A ring of the smallest size takes its place; it is never written.
        let (spare, _) = crate::ring::ring(0);
        self.ring.forget_room();
        self.ring.settle();
        let ring = std::mem::replace(&mut self.ring, spare);
        let gap = match (self.left_gap, self.gap) {
            (Some(left), Some(own)) => Some(Gap { first_stamp: left.first_stamp, ..own }),
            (left, own) => own.or(left),
        };
        self.registry.take_back(Idle { ring, account: Arc::clone(&self.account), gap });
    }
}

impl Producer {
    fn new(
        Idle { ring, account, gap }: Idle,
        overflow: Overflow,
        default_routes: &'static Routes,
        thread: Arc<ThreadInfo>,
        registry: Arc<Registry>,
    ) -> Self {
        let mut producer = Self {
            ring,
            clock: registry.clock.clone(),
            position: account.position(),
            cell: account.cell,
            default_routes,
            account,
            last_stamp: Cell::new(0),
            overflow,
            gap: None,
            left_gap: gap,
            new_owner: Some(thread),
            told_context: None,
            long: None,
            registry,
        };
        producer.introduce();
        // The thread may be in a context already.
        producer.look_anew();
        producer
    }

    pub(crate) fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// Whether a record of `words` words is known to find room in the ring.
    #[inline(always)]
    pub(crate) fn has_room(&self, words: usize) -> bool {
        self.ring.has_room(words)
    }

    /// Where the record goes that there is room for.
    #[inline(always)]
    pub(crate) fn place(&self) -> *mut u64 {
        self.ring.place()
    }

    /// The producer's clock, if it takes a few instructions, and none of the user's.
    pub(crate) fn quick_clock(&self) -> Option<QuickClock> {
        self.clock.quick()
    }

    /// Begins the log call as it nearly always is: writes the frame but for the stamp, and reads the clock, if there is room for the
    /// words that frame and units take, the last part of `frame`. Wait-free; allocates nothing and makes no system call.
    /// [`finish_quickly`](Self::finish_quickly) comes next.
    ///
    /// # Safety
    ///
    /// The [clock is quick](Self::quick_clock), and this one.
    #[inline(always)]
    pub(crate) unsafe fn begin_quickly(
        &mut self,
        clock: QuickClock,
        frame: (&'static Statement, u16, usize),
    ) -> Option<Quick> {
        // SAFETY: passed on from the caller.
        self.begin_by(frame, |source, _| unsafe { source.quick_stamp(clock) })
    }

    /// As [`begin_quickly`](Self::begin_quickly), by whichever clock it is: costs what that costs.
    #[inline(always)]
    pub(crate) fn begin_by_any_clock(&mut self, frame: (&'static Statement, u16, usize)) -> Option<Quick> {
        self.begin_by(frame, ClockSource::stamp)
    }

    #[inline(always)]
    fn begin_by(
        &mut self,
        (statement, logger, words): (&'static Statement, u16, usize),
        read_clock: impl FnOnce(&ClockSource, &Cell<u64>) -> u64,
    ) -> Option<Quick> {
        let Some(after) = self.ring.after(words) else {
            cold_path();
            return None;
        };
        let place = self.place();
        let begun = Begun::new(self.ring.handover(), self.position + 1);
        // What is known before the clock is read need not be kept while it is: it takes two registers of the few.
        // SAFETY: there is room for the frame.
        unsafe { write_frame(place, statement, Header::new(words, logger, Kind::Inline)) };
        let stamp = read_clock(&self.clock, &self.last_stamp);
        Some(Quick { place, after, stamp, begun })
    }

    /// Writes the rest of the record that was begun, and hands it over. `encode` writes what stands behind the frame.
    ///
    /// # Safety
    ///
    /// It was begun right now, by this producer, and `encode` writes as many words as were said.
    #[inline(always)]
    pub(crate) unsafe fn finish_quickly(
        &mut self,
        Quick { place, after, stamp, begun }: Quick,
        encode: impl FnOnce(&mut Writer),
    ) -> Position {
        // SAFETY: there was room for so many words at the place, and nobody has used it since.
        unsafe {
            place.add(STAMP_WORD).write(stamp);
            encode(&mut Writer::new(place.add(FRAME_WORDS)));
            claim_ahead(place);
            let handover = begun.handover;
            // Counted when nothing of the user's runs any more, no `Encode` that may panic.
            self.position = begun.finish();
            self.ring.commit_up_to(after, handover);
        }
        self.last_position()
    }

    /// The log call as it may be in any case. Costs what the clock costs, if that is not a quick one.
    ///
    /// # Safety
    ///
    /// `words` is what frame and units take. Either [`has_room`](Self::has_room) has just said that there is room
    /// for them, at [`place`](Self::place), or [`make_room`](Self::make_room) has given the place.
    #[inline(always)]
    pub(crate) unsafe fn write(
        &mut self,
        place: *mut u64,
        (statement, logger, words): (&'static Statement, u16, usize),
        encode: impl FnOnce(&mut Writer),
    ) -> Position {
        let begun = Begun::new(self.ring.handover(), self.position + 1);
        let stamp = self.clock.stamp(&self.last_stamp);
        // SAFETY: passed on from the caller; the words are written when they are handed over.
        unsafe {
            write_frame(place, statement, Header::new(words, logger, Kind::Inline));
            place.add(STAMP_WORD).write(stamp);
            encode(&mut Writer::new(place.add(FRAME_WORDS)));
            self.position = begun.finish();
            self.hand_over(words);
        }
        self.last_position()
    }

    /// Begins what [`write`](Self::write) does at once: all that stands before the encoding. [`end`](Self::end) or
    /// [`abandon`](Self::abandon) comes next.
    ///
    /// # Safety
    ///
    /// As for [`write`](Self::write).
    pub(crate) unsafe fn begin(
        &mut self,
        place: *mut u64,
        (statement, logger, words): (&'static Statement, u16, usize),
    ) {
        let begun = Begun::new(self.ring.handover(), self.position + 1);
        let stamp = self.clock.stamp(&self.last_stamp);
        // SAFETY: passed on from the caller.
        unsafe {
            write_frame(place, statement, Header::new(words, logger, Kind::Inline));
            place.add(STAMP_WORD).write(stamp);
        }
        std::mem::forget(begun);
    }

    /// Counts the record that was [begun](Self::begin), and hands it over.
    ///
    /// # Safety
    ///
    /// All its words are written.
    pub(crate) unsafe fn end(&mut self, words: usize) -> Position {
        self.position += 1;
        // SAFETY: passed on from the caller; there was room for them.
        unsafe { self.hand_over(words) };
        self.last_position()
    }

    /// The record that was [begun](Self::begin) will not be.
    pub(crate) fn abandon(&mut self) {
        drop(Begun::new(self.ring.handover(), self.position + 1));
    }

    /// Hands over what was written to where there was room for it.
    ///
    /// # Safety
    ///
    /// There was, for `words` words, and they are written.
    #[inline(always)]
    unsafe fn hand_over(&mut self, words: usize) {
        if self.ring.is_hidden() {
            self.finish_long();
        } else {
            // SAFETY: passed on from the caller.
            unsafe { self.ring.commit(words) };
        }
    }

    #[inline(always)]
    fn last_position(&self) -> Position {
        Position { position: self.position, cell: self.cell, default_routes: self.default_routes }
    }
}

/// Writes all of a record's frame but the stamp.
///
/// # Safety
///
/// There is room for [`FRAME_WORDS`] words at `record`.
#[inline(always)]
unsafe fn write_frame(record: *mut u64, statement: &'static Statement, header: Header) {
    // SAFETY: the caller vouches for the room.
    unsafe {
        record.write(std::ptr::from_ref(statement).expose_provenance() as u64);
        record.add(HEADER_WORD).write(header.word());
    }
}
