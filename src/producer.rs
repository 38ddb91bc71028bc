//! A thread's end of the pipeline: its registration, the log call, and what happens when the ring is full.
//!
//! A thread owns one [`Producer`] for each runtime that it logs to. A log call [begins](Producer::begin_quickly) if two plain
//! fields say that there is room, and [ends](Producer::finish_quickly) with its record committed: both touch only memory that no
//! other thread writes. What remains is out of line, and never sees the arguments: wrapping, waiting, dropping, and a
//! change of the ring's owner, all in [`Producer::make_room`]; and long records, whose room lies on the heap.
//!
//! When a thread ends, its ring goes back to the registry as it is, records and all. The next thread that
//! registers takes it over, and says so by a record of [`Kind::Thread`]: the worker never has to know.

mod context;
mod registry;
mod scratch;

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
use crate::protocol::handover::Handover;
use crate::protocol::wake::Doorbell;
use crate::protocol::want::Route;
use crate::record::{FRAME_WORDS, HEADER_WORD, Header, Kind, ThreadInfo};
use crate::ring::{RingProducer, claim_ahead};
use crate::sync::{Arc, Ordering, nap};
use crossbeam_utils::Backoff;
use std::cell::Cell;
use std::hint::cold_path;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::time::{Duration, Instant};

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

    /// Begins the log call as it nearly always is: reads the clock, if there is room for `words` words, which are what
    /// frame and units take. Wait-free; allocates nothing and makes no system call.
    /// [`finish_quickly`](Self::finish_quickly) comes next.
    ///
    /// # Safety
    ///
    /// The [clock is quick](Self::quick_clock), and this one.
    #[inline(always)]
    pub(crate) unsafe fn begin_quickly(&mut self, clock: QuickClock, words: usize) -> Option<Quick> {
        // SAFETY: passed on from the caller.
        self.begin_by(words, |source, _| unsafe { source.quick_stamp(clock) })
    }

    /// As [`begin_quickly`](Self::begin_quickly), by whichever clock it is: costs what that costs.
    #[inline(always)]
    pub(crate) fn begin_by_any_clock(&mut self, words: usize) -> Option<Quick> {
        self.begin_by(words, ClockSource::stamp)
    }

    #[inline(always)]
    fn begin_by(
        &mut self,
        words: usize,
        read_clock: impl FnOnce(&ClockSource, &Cell<u64>) -> u64,
    ) -> Option<Quick> {
        let Some(after) = self.ring.after(words) else {
            cold_path();
            return None;
        };
        let place = self.place();
        let begun = Begun::new(self.ring.handover(), self.position + 1);
        let stamp = read_clock(&self.clock, &self.last_stamp);
        Some(Quick { place, after, words, stamp, begun })
    }

    /// Writes the record that was begun, and hands it over. `encode` writes what stands behind the frame.
    ///
    /// # Safety
    ///
    /// It was begun right now, by this producer, and `encode` writes as many words as were said.
    #[inline(always)]
    pub(crate) unsafe fn finish_quickly(
        &mut self,
        Quick { place, after, words, stamp, begun }: Quick,
        (statement, logger): (&'static Statement, u16),
        encode: impl FnOnce(&mut Writer),
    ) -> Position {
        // SAFETY: there was room for so many words at the place, and nobody has used it since.
        unsafe {
            write_frame(place, statement, stamp, Header::new(words, logger, Kind::Inline));
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
            write_frame(place, statement, stamp, Header::new(words, logger, Kind::Inline));
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
        unsafe { write_frame(place, statement, stamp, Header::new(words, logger, Kind::Inline)) };
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

    /// Finds room for a record of `words` words, where the ring has to be looked at or the record is too long for it;
    /// says where it goes. Waits under `Overflow::Block`; a record without room is counted.
    ///
    /// # Errors
    ///
    /// When there is no room to be had.
    #[cold]
    #[inline(never)]
    pub(crate) fn make_room(&mut self, words: usize) -> Result<*mut u64, Refused> {
        let is_long = words > self.ring.max_record();
        if !self.find_room(if is_long { LONG_WORDS } else { words }) {
            return Err(self.give_up());
        }
        if !is_long {
            return Ok(self.ring.place());
        }
        let long = self.long.insert(vec![0; words].into_boxed_slice());
        self.ring.hide_room();
        Ok(long.as_mut_ptr())
    }

    /// Hands a long record over: the ring gets its address.
    #[cold]
    #[inline(never)]
    fn finish_long(&mut self) {
        self.ring.show_room();
        let Some(long) = self.long.take() else { return };
        self.account.box_one();
        let (statement, stamp, logger) = (long[0], long[1], Header::from_word(long[HEADER_WORD]).logger());
        let (address, len) = (long.as_ptr().expose_provenance() as u64, long.len() as u64);
        std::mem::forget(long);
        let header = Header::new(LONG_WORDS, logger, Kind::Boxed).word();
        self.put([statement, stamp, header, address, len]);
    }

    /// Whether there is room for `words` words in the ring, behind what must stand before them. Waits under
    /// `Overflow::Block`.
    fn find_room(&mut self, words: usize) -> bool {
        self.introduce_waiting()
            && self.tell_gap()
            && self.tell_context()
            && (self.try_room(words) || (self.overflow == Overflow::Block && self.wait_for_room(words)))
    }

    /// Looks for room, and wakes the worker when it sleeps and the ring is more than half full.
    fn try_room(&mut self, words: usize) -> bool {
        let room = self.ring.make_room(words);
        let used = self.ring.used();
        if !room {
            // What the worker finds it notes itself; what is used may be read already.
            self.account.note_used(used);
        }
        if used > self.ring.capacity() / 2 {
            self.doorbell().ring();
        }
        room
    }

    fn doorbell(&self) -> &Doorbell {
        // ORDERING: relaxed, whoever drains the ring sees its records by the ring's own indices.
        &self.registry.bells.workers[self.account.worker.load(Ordering::Relaxed)]
    }

    #[cold]
    fn wait_for_room(&mut self, words: usize) -> bool {
        self.account.wait();
        let mut since = Instant::now();
        let backoff = Backoff::new();
        let room = loop {
            if self.try_room(words) {
                break true;
            }
            if self.registry.is_closed() {
                break false;
            }
            if backoff.is_completed() {
                // The worker may need this very core.
                nap(self.pause());
            } else {
                backoff.snooze();
            }
            let now = Instant::now();
            self.account.block((now - since).as_nanos() as u64);
            since = now;
        };
        self.account.block(since.elapsed().as_nanos() as u64);
        room
    }

    /// How long a thread sleeps between two looks at its full ring: less than the worker takes for a part of it that is worth
    /// coming back for. Each sleep costs some microseconds of a core.
    fn pause(&self) -> Duration {
        const A_WORD: Duration = Duration::from_nanos(1);
        let part = A_WORD * u32::try_from(self.ring.capacity()).unwrap_or(u32::MAX);
        part.clamp(Duration::from_micros(20), Duration::from_micros(100))
    }

    /// Counts the record that finds no room.
    fn give_up(&mut self) -> Refused {
        // First: a clock of the user's may panic.
        let stamp = self.clock.stamp(&self.last_stamp);
        self.position += 1;
        let total = self.account.drop_one(self.position, stamp, self.gap.is_none());
        let first_stamp = self.gap.map_or(stamp, |gap| gap.first_stamp);
        self.gap = Some(Gap { first_stamp, last_stamp: stamp, total });
        // The next call has to come by here, to tell of the gap first.
        self.ring.forget_room();
        if self.registry.is_closed() { Refused::Closed } else { Refused::Full }
    }

    /// Writes how many records were dropped, where the next one will stand.
    fn tell_gap(&mut self) -> bool {
        let told = self.gap.is_none_or(|gap| self.write_gap(gap));
        if told {
            self.gap = None;
        }
        told
    }

    fn write_gap(&mut self, gap: Gap) -> bool {
        self.control_record(Kind::Dropped, gap.first_stamp, [gap.total, gap.last_stamp])
    }

    /// Tells the worker whose records follow, if the ring has room for that. What the former thread dropped comes before
    /// them: else the worker, who would learn of it when the ring is empty, would give them the positions of the dropped.
    fn introduce(&mut self) -> bool {
        if self.new_owner.is_none() {
            return true;
        }
        if !self.left_gap.is_none_or(|gap| self.write_gap(gap)) {
            self.ring.forget_room();
            return false;
        }
        self.left_gap = None;
        let stamp = self.clock.stamp(&self.last_stamp);
        let Some(thread) = self.new_owner.take() else { return true };
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
            self.wait_for_room(LONG_WORDS);
        }
        self.introduce()
    }

    /// Writes a record that is no log record, if there is room.
    fn control_record(&mut self, kind: Kind, stamp: u64, arguments: [u64; 2]) -> bool {
        if !self.try_room(LONG_WORDS) {
            return false;
        }
        let [first, second] = arguments;
        self.put([0, stamp, Header::new(LONG_WORDS, 0, kind).word(), first, second]);
        true
    }

    /// Writes words that there is room for.
    fn put(&mut self, words: [u64; LONG_WORDS]) {
        assert!(self.ring.has_room(LONG_WORDS), "room was made");
        // SAFETY: `LONG_WORDS` words are free from `place` on.
        unsafe {
            self.ring.place().cast::<[u64; LONG_WORDS]>().write(words);
            self.ring.commit(LONG_WORDS);
        }
    }
}

/// A log call that has read a quick clock.
pub(crate) struct Quick {
    place: *mut u64,
    after: *mut u64,
    words: usize,
    stamp: u64,
    begun: Begun,
}

/// A log call that is under way, and announced. Where a panic ends it, it has not begun.
#[must_use = "the call has not begun when this is dropped"]
struct Begun {
    /// That of the calling thread's ring.
    handover: NonNull<Handover>,
    number: u64,
}

impl Begun {
    /// The `number`th call of the ring's life.
    #[inline(always)]
    fn new(handover: NonNull<Handover>, number: u64) -> Self {
        // SAFETY: the producer has a share of it, and a call does not outlive that.
        unsafe { handover.as_ref() }.begin(number);
        Self { handover, number }
    }

    /// The call has written its record, which is to be committed. Returns its number.
    #[inline(always)]
    fn finish(self) -> u64 {
        ManuallyDrop::new(self).number
    }
}

impl Drop for Begun {
    #[cold]
    fn drop(&mut self) {
        // SAFETY: as in `new`.
        unsafe { self.handover.as_ref() }.begin(self.number - 1);
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
