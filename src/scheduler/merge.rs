//! The records of a worker's rings in the order of their stamps.
//!
//! Within a ring order is kept whatever the stamps say. Between rings the one whose next record is the oldest
//! goes on until another's is older. Nothing younger than the cutoff is taken: the worker reads the clock
//! *before* it looks at the rings' indices, so if a record of before the cutoff is seen, every record that
//! happened before it was committed, and is seen too.

use super::task::Task;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The heads of the rings that have something to read, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Merge {
    heads: BinaryHeap<Reverse<(u64, usize)>>,
}

/// One ring's turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Turn {
    pub(crate) task: usize,
    /// The stamp of the next oldest record of another ring, or the cutoff: the turn ends where it is passed.
    pub(crate) until: u64,
}

impl Merge {
    /// Looks at every ring.
    pub(crate) fn refresh(&mut self, tasks: &mut [Task]) {
        self.heads.clear();
        for (place, task) in tasks.iter_mut().enumerate() {
            if task.refresh() > 0 {
                self.put_back(place, task);
            }
        }
    }

    /// Whose turn it is; `None` when nothing is left that is as old as `cutoff`.
    pub(crate) fn next(&mut self, cutoff: u64) -> Option<Turn> {
        let Reverse((stamp, task)) = *self.heads.peek()?;
        if stamp > cutoff {
            return None;
        }
        self.heads.pop();
        let next = self.heads.peek().map_or(u64::MAX, |Reverse((stamp, _))| *stamp);
        Some(Turn { task, until: next.min(cutoff) })
    }

    /// A turn has ended: the ring waits for the next one, if it has anything left.
    pub(crate) fn put_back(&mut self, place: usize, task: &mut Task) {
        if let Some((stamp, _)) = task.next() {
            self.heads.push(Reverse((stamp, place)));
        }
    }

    /// The stamp of the oldest record that is left.
    pub(crate) fn oldest(&self) -> Option<u64> {
        self.heads.peek().map(|Reverse((stamp, _))| *stamp)
    }
}
