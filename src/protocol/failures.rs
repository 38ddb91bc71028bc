//! Which records failed, in which sink and why.
//!
//! # Variables
//!
//! - `recorded`: how many failures were recorded, in all; zero spares everyone the lock while nothing has ever failed.
//! - `ranges`: behind a lock that only failures, and readers after a failure, take. Sorted by sink, stage and
//!   start.
//!
//! A failure is recorded *before* a watermark moves over it, so whoever sees the watermark sees the failure. It counts
//! as an outcome by itself, too: a record that a sink has failed is not waited for until the sink comes by.
//!
//! # Bound
//!
//! A completion may be kept for ever, and so must the failures. Neighbouring ranges of equal cause are one. Beyond
//! [`LIMIT`] ranges the two of one lane that lie closest become one, the records between them included: an old
//! record that was written may then be reported as failed, never the other way round.

use super::lanes::{SinkId, Stage};
use crate::sync::{AtomicU64, Mutex, Ordering, lock};

/// How many ranges are kept apart.
pub(crate) const LIMIT: usize = 1024;

#[derive(Debug)]
struct Range<E> {
    sink: SinkId,
    stage: Stage,
    /// Exclusive.
    after: u64,
    /// Inclusive.
    up_to: u64,
    error: E,
}

impl<E> Range<E> {
    fn is_lane(&self, sink: SinkId, stage: Stage) -> bool {
        self.sink == sink && self.stage == stage
    }

    fn covers(&self, sink: SinkId, stage: Stage, position: u64) -> bool {
        // What was not written is not durable either.
        self.sink == sink && self.stage <= stage && self.after < position && position <= self.up_to
    }
}

/// The failures of one ring's records.
#[derive(Debug)]
pub(crate) struct Failures<E> {
    recorded: AtomicU64,
    ranges: Mutex<Vec<Range<E>>>,
}

impl<E: Clone + PartialEq> Failures<E> {
    pub(crate) fn new() -> Self {
        Self { recorded: AtomicU64::new(0), ranges: Mutex::new(Vec::new()) }
    }

    /// Records that the positions after `after`, up to and with `up_to`, failed in `sink`.
    #[cold]
    pub(crate) fn record(&self, sink: SinkId, stage: Stage, after: u64, up_to: u64, error: E) {
        let mut ranges = lock(&self.ranges);
        // ORDERING: relaxed, carried by what follows: the release store of a watermark (`Lanes::store`, `close`), or the
        // fence of `notify`.
        self.recorded.fetch_add(1, Ordering::Relaxed);
        insert(&mut ranges, Range { sink, stage, after, up_to, error });
        if ranges.len() > LIMIT {
            merge_closest(&mut ranges);
        }
    }

    /// Forgets what was recorded beyond `position`, where no record ever came to be.
    #[cold]
    pub(crate) fn cut(&self, position: u64) {
        let mut ranges = lock(&self.ranges);
        for range in ranges.iter_mut() {
            range.up_to = range.up_to.min(position);
        }
        ranges.retain(|range| range.after < range.up_to);
    }

    /// How many failures were recorded, in all.
    #[inline]
    pub(crate) fn recorded(&self) -> u64 {
        // ORDERING: relaxed, the caller has acquired the watermark (`Lanes::load`) that followed `record`, or stands
        // behind a fence that pairs with that of `notify`.
        self.recorded.load(Ordering::Relaxed)
    }

    /// Whether anything has failed.
    #[inline]
    pub(crate) fn any(&self) -> bool {
        self.recorded() > 0
    }

    /// How many ranges are kept.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        lock(&self.ranges).len()
    }

    /// Whether the record failed in `sink`.
    pub(crate) fn contains(&self, sink: SinkId, stage: Stage, position: u64) -> bool {
        self.any() && lock(&self.ranges).iter().any(|range| range.covers(sink, stage, position))
    }

    /// In which of `sinks` the record failed, and why: one entry a sink.
    #[cold]
    pub(crate) fn of(&self, sinks: &[SinkId], stage: Stage, position: u64) -> Vec<(SinkId, E)> {
        let ranges = lock(&self.ranges);
        let failed = |&sink| ranges.iter().find(|range| range.covers(sink, stage, position));
        sinks.iter().filter_map(failed).map(|range| (range.sink, range.error.clone())).collect()
    }
}

/// Puts the range in its place, or makes its predecessor longer.
fn insert<E: PartialEq>(ranges: &mut Vec<Range<E>>, mut new: Range<E>) {
    let index =
        ranges.partition_point(|old| (old.sink, old.stage, old.after) <= (new.sink, new.stage, new.after));
    if let Some(old) = index.checked_sub(1).map(|index| &mut ranges[index])
        && old.is_lane(new.sink, new.stage)
        && new.after <= old.up_to
    {
        if old.error == new.error {
            old.up_to = old.up_to.max(new.up_to);
            return;
        }
        // The first cause stands.
        new.after = old.up_to;
    }
    if new.after < new.up_to {
        ranges.insert(index, new);
    }
}

/// Makes one range of the two that lie closest in one lane, the older two where several lie as close.
fn merge_closest<E>(ranges: &mut Vec<Range<E>>) {
    let gap = |index: &usize| ranges[index + 1].after.saturating_sub(ranges[*index].up_to);
    let neighbours = |index: &usize| ranges[index + 1].is_lane(ranges[*index].sink, ranges[*index].stage);
    let closest = (0..ranges.len() - 1).filter(neighbours).min_by_key(gap);
    if let Some(index) = closest {
        let next = ranges.remove(index + 1);
        ranges[index].up_to = ranges[index].up_to.max(next.up_to);
    }
}
