//! Group commit: what a sink has written and not synced, and who waits for that.
//!
//! A sync begins at once when someone waits for what is written, and who comes during it is served by the next. A group
//! that was served together tends to come again together, a few microseconds after it was woken: were the next sync to
//! begin with the first of them, the others would wait for two. So after a sync that woke several, the next one is held
//! back until as many records are there again, for a part of the time that the sync itself took at the most. A lone waiter
//! is never held up.

use crate::account::Account;
use crate::batch::SinkId;
use crate::completion::{CompletionCell, SinkFailure};
use crate::protocol::flush_cell::FlushCell;
use crate::protocol::lanes::Stage;
use crate::sync::Arc;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// The next sync is held back by a part of the time that the last one took, and by no more than this.
const MAX_HOLD: Duration = Duration::from_micros(500);
const HOLD_PART: u32 = 2;

/// What one sink has written since its last sync.
#[derive(Debug)]
pub(super) struct Commits {
    sink: SinkId,
    can_sync: bool,
    /// By the cell's address.
    unsynced: HashMap<usize, Unsynced>,
    /// What the next sync is held back for.
    hold: Option<Hold>,
}

/// A group was served together, and may come again.
#[derive(Clone, Copy, Debug)]
struct Hold {
    /// As many were woken.
    group: u64,
    until: Instant,
}

/// What was written and not synced, of one cell.
#[derive(Debug)]
struct Unsynced {
    cell: &'static CompletionCell,
    /// Of the cell's ring, if it is a ring's: as long as that is there, the cell is given to no other.
    _account: Option<Arc<Account>>,
    /// Up to this position.
    written: u64,
    /// The position that someone waited for when a wait was first seen: the sync comes when it is written, not
    /// before, which would serve nobody, and not for one who came later.
    goal: Option<u64>,
}

impl Commits {
    /// Of a sink that cannot sync, records are durable when they are written.
    pub(super) fn new(sink: SinkId, can_sync: bool) -> Self {
        Self { sink, can_sync, unsynced: HashMap::new(), hold: None }
    }

    /// Counts a cell as written up to a position. Whoever waits is to be notified afterwards.
    pub(super) fn note_written(
        &mut self,
        cell: &'static CompletionCell,
        account: Option<&Arc<Account>>,
        position: u64,
    ) {
        cell.flush().publish(self.sink, Stage::Written, position);
        if !self.can_sync {
            cell.flush().publish(self.sink, Stage::Durable, position);
            return;
        }
        let new = || Unsynced { cell, _account: account.cloned(), written: position, goal: None };
        self.unsynced.entry(std::ptr::from_ref(cell).addr()).or_insert_with(new).written = position;
    }

    /// How long it is until a sync is due, if anyone waits for stable storage of what is written by now.
    pub(super) fn sync_due(&mut self) -> Option<Duration> {
        self.is_sync_wanted().then(|| match self.hold {
            Some(hold) if self.unsynced_records() < hold.group => {
                hold.until.saturating_duration_since(Instant::now())
            }
            _ => Duration::ZERO,
        })
    }

    /// Whether the next sync is held back for a group that may come again.
    pub(super) fn is_held_back(&self) -> bool {
        self.hold.is_some_and(|hold| Instant::now() < hold.until)
    }

    fn unsynced_records(&self) -> u64 {
        let records = |unsynced: &Unsynced| {
            unsynced.written.saturating_sub(unsynced.cell.flush().watermark(self.sink, Stage::Durable))
        };
        self.unsynced.values().map(records).sum()
    }

    fn is_sync_wanted(&mut self) -> bool {
        let mut wanted = false;
        for unsynced in self.unsynced.values_mut() {
            let cell = unsynced.cell.flush();
            if unsynced.goal.is_none() {
                let position = cell.durable_wanted(self.sink);
                unsynced.goal = (position > cell.watermark(self.sink, Stage::Durable)).then_some(position);
            }
            wanted |= unsynced.goal.is_some_and(|goal| goal <= unsynced.written);
        }
        wanted
    }

    /// Whether anyone waits for stable storage of a record that is still on its way.
    pub(super) fn is_one_awaited(&self) -> bool {
        self.unsynced.values().any(|unsynced| unsynced.goal.is_some())
    }

    /// Tells all who wait what a sync came to that took so long.
    pub(super) fn settle(&mut self, failure: Option<&SinkFailure>, took: Duration) {
        let sink = self.sink;
        for &Unsynced { cell, written, .. } in self.unsynced.values() {
            let cell = cell.flush();
            if let Some(failure) = failure {
                let durable = cell.watermark(sink, Stage::Durable);
                cell.fail(sink, Stage::Durable, durable, written, failure.clone());
            }
            cell.publish(sink, Stage::Durable, written);
        }
        let end = Instant::now();
        let served = FlushCell::notify_all(self.unsynced.values().map(|unsynced| unsynced.cell.flush()));
        let until = end + (took / HOLD_PART).min(MAX_HOLD);
        self.hold = (served > 1).then_some(Hold { group: served as u64, until });
        self.unsynced.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sync_is_held_back_until_as_many_are_there_again_and_no_longer() {
        let (sink, hour) = (0, Duration::from_secs(3600));
        let mut commits = Commits::new(sink, true);
        let cells = [(); 2].map(|()| CompletionCell::leak());
        assert_eq!(commits.sync_due(), None, "nothing is written");
        assert!(!commits.is_held_back());
        commits.hold = Some(Hold { group: 2, until: Instant::now() + hour });
        assert!(commits.is_held_back());
        for cell in cells {
            assert!(!cell.flush().want_durable(sink, 1));
        }
        commits.note_written(cells[0], None, 1);
        assert!(commits.sync_due().is_some_and(|left| left > hour / 2), "one of two is there");
        commits.note_written(cells[1], None, 1);
        assert_eq!(commits.sync_due(), Some(Duration::ZERO), "both are there");
        commits.settle(None, hour);
        assert_eq!(commits.sync_due(), None, "all is synced");
        assert!(!commits.is_held_back(), "nobody was woken, who would come again");
        assert!(!cells[0].flush().want_durable(sink, 2));
        commits.note_written(cells[0], None, 2);
        assert_eq!(
            commits.sync_due(),
            Some(Duration::ZERO),
            "nobody was woken: there is no group to wait for"
        );
    }
}
