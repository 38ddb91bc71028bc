//! The records of a worker's rings in the order of their stamps.
//!
//! Within a ring order is kept whatever the stamps say. Between rings the one whose next record is the oldest
//! goes on until another's is older. Nothing younger than the cutoff is taken: the worker reads the clock
//! *before* it looks at the rings' indices, so if a record of before the cutoff is seen, every record that
//! happened before it was committed, and is seen too.
//!
//! A ring that is at its end says nothing of what comes next in it. Where other rings go on, its thread is looked at, and
//! one that is within a log call bounds what is taken of them.

use super::task::Task;
use super::watch::NO_LIMIT;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The heads of the rings that have something to read, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Merge {
    heads: BinaryHeap<Reverse<(u64, usize)>>,
    /// No record is taken that is younger: one may be missing.
    limit: u64,
    /// What the clock said before the rings were looked at; none, if nobody is waited for.
    now: Option<u64>,
    /// The stamp at which the last turn began.
    turn_began: u64,
}

/// One ring's turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Turn {
    pub(crate) task: usize,
    /// The stamp of the next oldest record of another ring, or the cutoff: the turn ends where it is passed.
    pub(crate) until: u64,
}

impl Merge {
    /// Looks at every ring, and then at the threads of those that are empty; with `cutoff` none, at none.
    pub(crate) fn refresh(&mut self, tasks: &mut [Task], cutoff: Option<u64>) {
        self.heads.clear();
        self.limit = NO_LIMIT;
        let mut newest = 0;
        for (place, task) in tasks.iter_mut().enumerate() {
            if task.refresh() > 0
                && let Some((stamp, _)) = task.next()
            {
                newest = newest.max(stamp);
                self.heads.push(Reverse((stamp, place)));
            }
        }
        // Where the clock cannot be asked, the records say what it said before now.
        self.now = cutoff.map(|cutoff| if cutoff == u64::MAX { newest } else { cutoff });
        if self.heads.is_empty() || self.heads.len() == tasks.len() {
            return;
        }
        for task in tasks.iter_mut().filter(|task| task.is_at_end()) {
            self.look(task, 0);
        }
    }

    /// A ring is at its end, and others are not: is its thread within a log call?
    fn look(&mut self, task: &mut Task, last: u64) {
        if let Some(now) = self.now {
            self.limit = self.limit.min(task.look(now, last));
        }
    }

    /// Whose turn it is; `None` when nothing is left that is as old as `cutoff`, or that may be taken.
    pub(crate) fn next(&mut self, cutoff: u64) -> Option<Turn> {
        let Reverse((stamp, task)) = *self.heads.peek()?;
        let cutoff = cutoff.min(self.limit);
        if stamp > cutoff {
            return None;
        }
        self.heads.pop();
        self.turn_began = stamp;
        let next = self.heads.peek().map_or(u64::MAX, |Reverse((stamp, _))| *stamp);
        Some(Turn { task, until: next.min(cutoff) })
    }

    /// A turn has ended: the ring waits for the next one, if it has anything left.
    pub(crate) fn put_back(&mut self, place: usize, task: &mut Task) {
        if let Some((stamp, _)) = task.next() {
            self.heads.push(Reverse((stamp, place)));
        } else if !self.heads.is_empty() {
            self.look(task, self.turn_began);
        }
    }

    /// Whether a record of up to `cutoff` is left because an older one may be missing.
    pub(crate) fn is_held(&self, cutoff: u64) -> bool {
        self.limit < cutoff && self.oldest().is_some_and(|stamp| stamp <= cutoff)
    }

    /// The stamp of the oldest record that is left.
    pub(crate) fn oldest(&self) -> Option<u64> {
        self.heads.peek().map(|Reverse((stamp, _))| *stamp)
    }
}
