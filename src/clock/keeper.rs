//! The workers' side of the clock: the cutoff of a merge, stamps to wall time, and keeping in step.
//!
//! One worker owns the [`ClockKeeper`] and samples the clocks. All others hold a [`ClockReader`] each, which
//! copies the timeline whenever the keeper has published a new one.

use super::counter;
use super::discipline::Discipline;
use super::sample::{CounterSampler, MonotonicSampler, Sampler, wall_nanos};
use super::source::ClockSource;
use super::timeline::{Knot, Piece, Rate, Timeline, WORDS};
use super::{Clock, ClockEvent, ClockWarning};
use crate::protocol::seqlock::Seqlock;
use crate::sync::{Arc, AtomicU64, Ordering};
use crossbeam_utils::CachePadded;
use std::time::Instant;

/// The coarse clock's word is stored no more often than this, in nanoseconds: after each store the next call of every
/// producer waits for the line.
const COARSE_STEP: u64 = 500_000;

/// What the keeper tells the other workers. It alone writes.
#[derive(Debug)]
struct Shared {
    /// Raised after each writing, so that a reader finds out by one load that its copy is the latest.
    version: AtomicU64,
    words: Seqlock<WORDS>,
}

/// Reads the time for a worker. A clone is for another worker.
#[derive(Clone, Debug)]
pub(crate) struct ClockReader {
    source: ClockSource,
    /// Ticks of the clocks that have no counter: nanoseconds since here.
    start: Instant,
    shared: Arc<CachePadded<Shared>>,
    /// What was published, and when.
    timeline: Timeline,
    version: u64,
    /// The piece of it that the last stamp was in.
    piece: Piece,
    /// The latest that `now` gave for the system's clock.
    latest: u64,
}

impl ClockReader {
    /// A stamp of now, to compare with those of records.
    ///
    /// For a counter it is read in program order: no load that follows is executed before. Costs up to two
    /// reads of the clock.
    pub(crate) fn now(&mut self) -> u64 {
        match &self.source {
            ClockSource::Tsc | ClockSource::TscFenced => counter::ticks_in_order(),
            // ORDERING: relaxed, pairs with the store in `ClockKeeper::publish`; see `ClockSource::stamp`.
            ClockSource::Coarse(word) => word.load(Ordering::Relaxed),
            ClockSource::System => self.system_now(),
            ClockSource::Custom(clock) => clock(),
        }
    }

    /// The bound of a merge: take this first, then look into the rings; a record that was committed before
    /// this call has a stamp of no more than that.
    ///
    /// It is the highest value for a custom clock, of which nobody knows what it will say to which thread:
    /// then the worker merges what it finds. A bound that such a clock may fall back behind would hold records
    /// back for ever.
    pub(crate) fn cutoff(&mut self) -> u64 {
        match &self.source {
            ClockSource::Custom(_) => u64::MAX,
            _ => self.now(),
        }
    }

    /// The wall clock, but below neither the timeline nor what was given before: after the wall clock was set
    /// back, producers go on with their last stamps until it has caught up, and a bound below those would
    /// hold their records back.
    #[inline(never)]
    fn system_now(&mut self) -> u64 {
        let ticks = MonotonicSampler { start: self.start }.ticks();
        self.refresh();
        self.latest = self.latest.max(wall_nanos()).max(self.timeline.at(ticks));
        self.latest
    }

    /// When a record was stamped, in nanoseconds since 1970-01-01T00:00:00Z.
    ///
    /// Of stamps converted in order, none gives a lower value than the one before, save when the keeper begins
    /// a new piece between them (a few nanoseconds, where this is not the keeper's own thread) and when the
    /// counter was reset: keep the last value of each ring, and take the larger. Wait-free on the
    /// keeper's own thread; others wait while it publishes.
    #[inline(always)]
    pub(crate) fn unix_nanos(&mut self, stamp: u64) -> u64 {
        self.refresh();
        match self.piece.at(stamp) {
            Some(nanos) => nanos,
            None => self.look_up(stamp),
        }
    }

    #[cold]
    #[inline(never)]
    fn look_up(&mut self, stamp: u64) -> u64 {
        if !matches!(self.source, ClockSource::Tsc | ClockSource::TscFenced) {
            self.piece = Piece::SAME;
            return stamp;
        }
        self.piece = self.timeline.piece(stamp);
        self.timeline.at(stamp)
    }

    #[inline(always)]
    fn refresh(&mut self) {
        // ORDERING: acquire, pairs with the store in `ClockKeeper::step`: the words are at least as new.
        let version = self.shared.version.load(Ordering::Acquire);
        if version != self.version {
            self.copy(version);
        }
    }

    #[cold]
    #[inline(never)]
    fn copy(&mut self, version: u64) {
        self.timeline = Timeline::from_words(&self.shared.words.read());
        self.piece = Piece::NONE;
        self.version = version;
    }
}

/// The discipline over what the clock ticks by.
#[derive(Debug)]
enum Steered {
    Counter(Discipline<CounterSampler>),
    Monotonic(Discipline<MonotonicSampler>),
    /// A custom clock is its user's to keep.
    Not,
}

/// Keeps the clock in step with the wall clock. Owned by one worker.
#[derive(Debug)]
pub(crate) struct ClockKeeper {
    reader: ClockReader,
    steered: Steered,
}

impl ClockKeeper {
    /// Takes 1 ms, save for a custom clock.
    pub(super) fn open(clock: Clock) -> (Self, ClockSource, Option<ClockWarning>) {
        let counts = matches!(clock, Clock::Tsc | Clock::TscFenced);
        let checked = if counts { counter::check() } else { Ok(()) };
        let start = Instant::now();
        let monotonic =
            || Steered::Monotonic(Discipline::start(MonotonicSampler { start }, Some(Rate::NANOS)));
        let (source, steered) = match clock {
            Clock::Tsc | Clock::TscFenced if checked.is_ok() => {
                let stated = counter::stated_hertz().map(Rate::of_hertz);
                let discipline = Discipline::start(CounterSampler::new(), stated);
                let is_fenced = matches!(clock, Clock::TscFenced);
                let source = if is_fenced { ClockSource::TscFenced } else { ClockSource::Tsc };
                (source, Steered::Counter(discipline))
            }
            Clock::Tsc | Clock::TscFenced | Clock::System => (ClockSource::System, monotonic()),
            Clock::Coarse => {
                let word = Arc::new(CachePadded::new(AtomicU64::new(0)));
                (ClockSource::Coarse(word), monotonic())
            }
            Clock::Custom(clock) => (ClockSource::Custom(clock), Steered::Not),
        };
        let timeline = match &steered {
            Steered::Counter(discipline) => discipline.timeline().clone(),
            Steered::Monotonic(discipline) => discipline.timeline().clone(),
            Steered::Not => Timeline::new(Knot { ticks: 0, nanos: 0, rate: Rate::NANOS }),
        };
        let shared = Arc::new(CachePadded::new(Shared {
            version: AtomicU64::new(0),
            words: Seqlock::new(timeline.to_words()),
        }));
        let reader = ClockReader {
            source: source.clone(),
            start,
            shared,
            timeline,
            version: 0,
            piece: Piece::NONE,
            latest: 0,
        };
        let mut keeper = Self { reader, steered };
        keeper.publish();
        (keeper, source, checked.err())
    }

    /// For another worker.
    pub(crate) fn reader(&self) -> ClockReader {
        self.reader.clone()
    }

    /// What reads the time.
    pub(crate) fn as_reader(&mut self) -> &mut ClockReader {
        &mut self.reader
    }

    /// Whether producers get the time from [`publish`](Self::publish).
    pub(crate) fn is_polled(&self) -> bool {
        matches!(self.reader.source, ClockSource::Coarse(_))
    }

    /// Tells the producers the time, for [`Clock::Coarse`]; nothing otherwise. To be called ahead of each
    /// poll's [`cutoff`](ClockReader::cutoff), and at least each millisecond while anybody may log: this is the
    /// clock's resolution.
    #[inline]
    pub(crate) fn publish(&mut self) {
        if let ClockSource::Coarse(word) = &self.reader.source {
            let now = self.reader.timeline.at(MonotonicSampler { start: self.reader.start }.ticks());
            // ORDERING: relaxed, written by this thread alone.
            if now >= word.load(Ordering::Relaxed).saturating_add(COARSE_STEP) {
                // ORDERING: relaxed, pairs with the load in `ClockSource::stamp`: a time that guards nothing.
                word.store(now, Ordering::Relaxed);
            }
        }
    }

    /// Keeps in step: to be called at each poll, and after each sleep before stamps are converted. Mostly one
    /// read of the counter; each 10 ms to 1 s a sample of the clocks (about a microsecond).
    ///
    /// Says when a clock was set. After [`ClockEvent::CounterReset`] the records that already lie in rings may
    /// have stamps above all to come: merge what is there once without a cutoff.
    #[inline]
    pub(crate) fn tick(&mut self) -> Option<ClockEvent> {
        let due = match &self.steered {
            Steered::Counter(discipline) => discipline.is_due(),
            Steered::Monotonic(discipline) => discipline.is_due(),
            Steered::Not => false,
        };
        if due { self.step() } else { None }
    }

    #[cold]
    #[inline(never)]
    fn step(&mut self) -> Option<ClockEvent> {
        let (event, timeline) = match &mut self.steered {
            Steered::Counter(discipline) => (discipline.step(), discipline.timeline()),
            Steered::Monotonic(discipline) => (discipline.step(), discipline.timeline()),
            Steered::Not => return None,
        };
        self.reader.shared.words.write(timeline.to_words());
        self.reader.timeline.clone_from(timeline);
        self.reader.piece = Piece::NONE;
        self.reader.version += 1;
        // ORDERING: release, pairs with the load in `ClockReader::refresh`.
        self.reader.shared.version.store(self.reader.version, Ordering::Release);
        event
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the timeline stands when the wall clock was set back by an hour and runs after it.
    #[test]
    fn a_cutoff_of_the_system_clock_does_not_follow_a_step_back() {
        const HOUR: u64 = 3_600_000_000_000;
        let (mut keeper, ..) = Clock::System.open();
        let ticks = MonotonicSampler { start: keeper.reader.start }.ticks();
        let ahead = wall_nanos() + HOUR;
        keeper.reader.timeline = Timeline::new(Knot { ticks, nanos: ahead, rate: Rate::NANOS });
        let cutoff = keeper.as_reader().cutoff();
        assert!(cutoff >= ahead, "producers' last stamps would be held back");
        keeper.reader.timeline = Timeline::new(Knot { ticks, nanos: ahead - HOUR, rate: Rate::NANOS });
        assert!(keeper.as_reader().cutoff() >= cutoff);
    }
}
