//! A worker's clock: one of the workers keeps it, the others read it.

use super::{ClockEvent, ClockKeeper, ClockReader};

/// The clock as a worker has it.
#[derive(Debug)]
pub(crate) enum Timekeeper {
    /// Keeps it in step.
    Keeper(Box<ClockKeeper>),
    /// Reads what the keeper publishes.
    Reader(Box<ClockReader>),
}

impl Timekeeper {
    /// One for each of `workers` workers, the keeper first.
    pub(crate) fn split(keeper: ClockKeeper, workers: usize) -> Vec<Self> {
        let readers: Vec<_> = (1..workers).map(|_| Self::Reader(Box::new(keeper.reader()))).collect();
        std::iter::once(Self::Keeper(Box::new(keeper))).chain(readers).collect()
    }

    /// Whether the clock is as fine as the keeper's polls.
    pub(crate) fn is_polled(&self) -> bool {
        match self {
            Self::Keeper(keeper) => keeper.is_polled(),
            Self::Reader(_) => false,
        }
    }

    /// See [`ClockReader::now`].
    pub(crate) fn now(&mut self) -> u64 {
        self.as_reader().now()
    }

    /// See [`ClockReader::cutoff`].
    pub(crate) fn cutoff(&mut self) -> u64 {
        self.as_reader().cutoff()
    }

    /// See [`ClockReader::unix_nanos`].
    #[inline]
    pub(crate) fn unix_nanos(&mut self, stamp: u64) -> u64 {
        self.as_reader().unix_nanos(stamp)
    }

    /// What reads the time.
    #[inline]
    pub(crate) fn as_reader(&mut self) -> &mut ClockReader {
        match self {
            Self::Keeper(keeper) => keeper.as_reader(),
            Self::Reader(reader) => reader,
        }
    }

    /// Keeps the clock in step and publishes the coarse time, if this is the keeper; to be called ahead of
    /// each round's [`cutoff`](Self::cutoff).
    pub(crate) fn tick(&mut self) -> Option<ClockEvent> {
        match self {
            Self::Keeper(keeper) => {
                let event = keeper.tick();
                keeper.publish();
                event
            }
            Self::Reader(_) => None,
        }
    }
}
